//! What both sides want differently, as data: enough to refuse, to show, and to settle later.

use std::fmt;
use std::ops::Range;

use crate::merge::pieces::{self, Place, Sides};
use crate::model::name::TemplateName;
use crate::model::path::RelPath;
use crate::model::tree::File;

use super::Refusal;

/// One path, or one block of it, that can't be decided without a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// Why.
    pub cause: Cause,
    /// What both started from, where there was something and its bytes are at hand.
    pub base: Option<File>,
    /// What the repo has, if it is a file.
    pub ours: Option<File>,
    /// What upstream wants, if it wants something.
    pub theirs: Option<File>,
}

/// Why a person has to decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Text that both changed, with what could be merged of it.
    Text(pieces::Merge),
    /// A block of text that both changed; the conflict's files hold the block alone.
    Block {
        /// Whose block it is.
        owner: TemplateName,
        /// What could be merged of it.
        merge: pieces::Merge,
    },
    /// Values of a document that both changed, with what could be merged of it. Base and theirs hold what templates
    /// manage alone.
    Values(pieces::Merge),
    /// Both changed it, and it is no text.
    Binary,
    /// Both changed it, and what was installed can't be had any more.
    NoBase,
    /// A file of the team's is where upstream has a new one; what could be merged, if both are text and say something.
    Occupied(Option<pieces::Merge>),
    /// Something that is no file is where upstream has news, in words: "a folder", "a link".
    Type(String),
    /// Upstream renamed the file, and another one is there already.
    Taken {
        /// The old name.
        from: RelPath,
    },
    /// Another file has the same name on a file system that doesn't tell upper case from lower.
    Folded(RelPath),
}

impl Conflict {
    /// Returns the three versions; what isn't there is empty.
    pub fn sides(&self) -> Sides<'_> {
        fn bytes(file: Option<&File>) -> &[u8] {
            file.map_or(&[], |file| &file.bytes)
        }
        Sides { base: bytes(self.base.as_ref()), ours: bytes(self.ours.as_ref()), theirs: bytes(self.theirs.as_ref()) }
    }
}

impl Conflict {
    /// Returns what is contested, a sentence a place.
    pub fn places(&self) -> Vec<String> {
        match &self.cause {
            Cause::Values(merge) | Cause::Text(merge) if merge.conflicts().any(is_value) => {
                merge.conflicts().map(|place| Refusal::value(place, &self.sides()).to_string()).collect()
            }
            cause => vec![cause.to_string()],
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(merge) => write!(f, "edited here, and changed upstream{}", places(merge, "")),
            Self::Block { owner, merge } => {
                write!(f, "the block of `{owner}` was edited here, and is another upstream{}", places(merge, "its "))
            }
            Self::Values(_) => f.write_str("edited here, and changed upstream"),
            Self::Binary => f.write_str("edited here, and changed upstream; it is not text"),
            Self::NoBase => f.write_str("edited here, and changed upstream; what was installed can't be had again"),
            Self::Occupied(_) => f.write_str("a file of yours with other content is there"),
            Self::Type(what) => write!(f, "{what} is in the way"),
            Self::Taken { from } => {
                write!(f, "`{from}` has this name upstream now, and a file of yours with other content is there")
            }
            Self::Folded(other) => {
                write!(f, "its name and that of `{other}` are one on file systems that don't tell `A` from `a`")
            }
        }
    }
}

fn is_value(conflict: &pieces::Conflict) -> bool {
    matches!(conflict.place, Place::Value(_))
}

/// Names the lines of ours that are contested: ` (line 3)`, ` (its lines 3-5, 9)`.
fn places(merge: &pieces::Merge, whose: &str) -> String {
    let lines = |conflict: &pieces::Conflict| match &conflict.place {
        Place::Lines { ours, .. } => Some(line_numbers(ours)),
        Place::File | Place::Value(_) => None,
    };
    let all: Vec<String> = merge.conflicts().filter_map(lines).collect();
    match all.as_slice() {
        [] => String::new(),
        [one] if !one.contains('-') => format!(" ({whose}line {one})"),
        several => format!(" ({whose}lines {})", several.join(", ")),
    }
}

/// Lines are counted from 1; where ours has none of them any more, it is the line behind them.
fn line_numbers(lines: &Range<usize>) -> String {
    match lines.len() {
        0 | 1 => (lines.start + 1).to_string(),
        _ => format!("{}-{}", lines.start + 1, lines.end),
    }
}
