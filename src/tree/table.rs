//! The decision table of files that one template owns: from what was installed, what is here and
//! what upstream wants to what happens.

use crate::model::tree::File;

use super::Row;

/// What was installed at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Was {
    Nothing,
    /// A file that goes when its template goes.
    Installed,
    /// A file that stays when its template goes: a seed, one that the team had before, or one that
    /// the team moved.
    Lasting,
}

/// What is here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Here {
    /// Nothing: the team deleted it, or never had it.
    Nothing,
    /// Nothing, although the team didn't delete it.
    Missing,
    /// What was installed.
    Same,
    /// What was installed, with another executable bit.
    Mode,
    /// What was installed, but no longer executable although settings run it.
    Dead,
    /// Not what was installed, but already what upstream wants, to the byte.
    Equal,
    /// A file with other content.
    Other,
    /// Something that is no file: a folder, a link.
    NoFile(String),
    /// What was installed, edited or not, while the team has another file at the new name that
    /// upstream gave it.
    Taken,
}

/// What upstream wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum There {
    Nothing,
    /// What was installed.
    Same,
    /// What was installed, with another executable bit.
    Mode,
    /// A file with other content.
    Other,
    Seed {
        /// Whether its content differs from the seed that was installed.
        newer: bool,
    },
}

/// What happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// This row, whatever the bytes are.
    Row(Row),
    /// The content of all three decides.
    Merge,
    /// A person decides: something is there that isn't a file.
    Type(String),
    /// A person decides: the new name is taken.
    Taken,
}

/// The decision table. A file that upstream renamed is one path here, the new one: its edit, its
/// mode and its deletion follow. The executable bit is a three-way scalar of its own wherever a
/// file results.
pub fn verdict(was: Was, here: Here, there: There) -> Verdict {
    use Verdict::{Merge, Taken, Type};
    let row = match (was, here, there) {
        // A seed is installed once, and then belongs to the team.
        (Was::Nothing, Here::Nothing | Here::Missing, There::Seed { .. }) => Row::Added,
        (Was::Nothing, Here::Equal, There::Seed { .. }) => Row::Adopted,
        // The team has its own.
        (Was::Nothing, _, There::Seed { .. }) => Row::Seed { newer: true },
        (_, Here::Missing, There::Seed { .. }) => Row::Restored,
        (_, Here::Nothing, There::Seed { newer }) => Row::StillDeleted { changed: newer },
        (_, _, There::Seed { newer }) => Row::Seed { newer },

        // It was never installed.
        (Was::Nothing, Here::Nothing | Here::Missing, _) => Row::Added,
        (Was::Nothing, Here::Same | Here::Mode | Here::Dead | Here::Equal, _) => Row::Adopted,
        (Was::Nothing, Here::Other, _) => return Merge,
        (Was::Nothing, Here::NoFile(what), _) => return Type(what),

        // Upstream no longer has it.
        (_, Here::Nothing | Here::Missing, There::Nothing) => Row::Forgotten,
        (Was::Installed, Here::Same, There::Nothing) => Row::Deleted,
        (_, _, There::Nothing) => Row::KeptUnmanaged,

        // It was deleted, or is missing.
        (_, Here::Nothing, There::Same) => Row::StillDeleted { changed: false },
        (_, Here::Nothing, There::Mode | There::Other) => Row::StillDeleted { changed: true },
        (_, Here::Missing, There::Same | There::Mode | There::Other) => Row::Restored,

        // A guard that can't run guards nothing.
        (_, Here::Dead, There::Same | There::Mode | There::Other) => Row::Updated,

        // One side changed it, or none.
        (_, Here::Same, There::Same) => Row::Unchanged,
        (_, Here::Same, There::Mode | There::Other) => Row::Updated,
        (_, Here::Mode | Here::Other | Here::NoFile(_), There::Same) => Row::Kept,

        // Both changed it.
        (_, Here::Mode, There::Mode | There::Other) => Row::Updated,
        (_, Here::Equal, _) => Row::Updated,
        (_, Here::Other, There::Mode) => Row::Kept,
        (_, Here::Other, There::Other) => return Merge,
        (_, Here::NoFile(what), There::Mode | There::Other) => return Type(what),

        // Nothing is overwritten.
        (_, Here::Taken, _) => return Taken,
    };
    Verdict::Row(row)
}

/// Decides on three files of which nothing is known but their content.
pub fn verdict_of_files(
    base: Option<&File>,
    ours: Option<&File>,
    theirs: Option<&File>,
) -> Verdict {
    let was = match base {
        Some(_) => Was::Installed,
        None => Was::Nothing,
    };
    let here = match (base, ours, theirs) {
        (_, None, _) => Here::Nothing,
        (Some(base), Some(ours), _) if ours == base => Here::Same,
        (Some(base), Some(ours), _) if ours.bytes == base.bytes => Here::Mode,
        (_, Some(ours), Some(theirs)) if ours.bytes == theirs.bytes => Here::Equal,
        (_, Some(_), _) => Here::Other,
    };
    let there = match (base, theirs) {
        (_, None) => There::Nothing,
        (Some(base), Some(theirs)) if theirs == base => There::Same,
        (Some(base), Some(theirs)) if theirs.bytes == base.bytes => There::Mode,
        (_, Some(_)) => There::Other,
    };
    verdict(was, here, there)
}
