//! The rules that settle what the sides changed, in words that a person can check.

use std::fmt;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MergeRule {
    Equal,
    OnlyOurs,
    OnlyTheirs,
    /// One side already has the other's edit; asked of a whole file.
    AlreadyThere,
    /// Both made the same edit at this place.
    Agreement,
    /// One side changed only the layout: blank lines, trailing space, line ends.
    Layout,
    Subsumption,
    /// Both inserted, and one insertion contains the other.
    Containment,
    /// Edits of neighbouring lines.
    Adjacency,
    /// Both inserted entries, and both are kept: patterns of an ignore file, strings of a JSON
    /// list, list items, table rows, sections, keys.
    Union,
    /// The sides edited different entries, which are told apart by their keys.
    Entries,
    /// The sides edited different items of a list that is one line.
    Items,
    /// The sides edited different words of one line of prose.
    Words,
    /// The sides edited different words and tags of a template.
    Tokens,
    Sections,
    /// A JSON array was merged as a sequence of values.
    Structure,
    /// Both sides reordered something in different ways, and the order of ours was taken.
    Order,
}

impl fmt::Display for MergeRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Equal => "both sides are equal",
            Self::OnlyOurs => "only ours changed",
            Self::OnlyTheirs => "only theirs changed",
            Self::AlreadyThere => "one side has the other's edit already",
            Self::Agreement => "both made the same edit",
            Self::Layout => "one side changed the layout alone",
            Self::Subsumption => "one side's edit contains the other's",
            Self::Containment => "one side's insertion contains the other's",
            Self::Adjacency => "edits of neighbouring lines, both kept",
            Self::Union => "both inserted entries, both kept",
            Self::Entries => "edits of different entries, both kept",
            Self::Items => "edits of different items, both kept",
            Self::Words => "edits of different words, both kept",
            Self::Tokens => "edits of different words and tags, both kept",
            Self::Sections => "merged section by section",
            Self::Structure => "merged by value",
            Self::Order => "both in an order of their own, ours kept",
        })
    }
}
