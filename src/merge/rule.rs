//! The rules that settle what both sides changed, in words that a person can check.

use std::fmt;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MergeRule {
    Equal,
    OnlyOurs,
    OnlyTheirs,
    /// One side has the other's edit in it already.
    AlreadyThere,
    /// Both made the same edit here.
    Agreement,
    /// One side changed the layout alone: blank lines, trailing space, line ends.
    Layout,
    /// One side's edit contains the other's.
    Subsumption,
    /// Both inserted, and one insertion contains the other.
    Containment,
    /// Edits of neighbouring lines.
    Adjacency,
    /// Both inserted entries of a set.
    Union,
    /// Edits of different entries that are told apart by keys.
    Entries,
    /// Edits of different items of one line that is a list.
    Items,
    /// Edits of different words of one line of prose.
    Words,
    /// Edits of different words and tags of a template.
    Tokens,
    /// Markdown was merged section by section.
    Sections,
    /// A document was merged by its values.
    Structure,
    /// Each side has an order of its own, and ours's was taken.
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
