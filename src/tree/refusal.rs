//! Why a path can't be written before a person fixes something.

use std::fmt;

use serde_json::Value;

use crate::merge::invalid::InvalidDocument;
use crate::model::conflict::{ConflictPlace, Open};
use crate::model::path::RelPath;
use crate::model::snapshot::Obstacle;
use crate::model::upstream::BlockName;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Something else is in the way.
    Obstacle(Obstacle),
    /// A file that a plan wrote was edited since.
    BothChanged,
    /// A block that a plan wrote was edited since.
    BlockBothChanged(BlockName),
    /// Both sides changed a value differently.
    Value {
        /// The place, as a JSON pointer.
        pointer: String,
        /// Ours as compact JSON, or as TOML.
        ours: String,
        theirs: String,
    },
    /// The file isn't a document of the format that its name says.
    Invalid(InvalidDocument),
    /// The markers in the file are malformed.
    Markers(crate::merge::block::MalformedMarkers),
    /// A file with blocks or keys that isn't text.
    NotText,
    /// Two managed paths lead to the same file.
    TwoWrites,
    /// Settings would name a script that won't exist.
    ScriptGone(RelPath),
}

impl Refusal {
    /// Returns the line of the file, from 1, that it is about and begins with.
    pub fn line(&self) -> Option<usize> {
        match self {
            Self::Invalid(invalid) => Some(invalid.line),
            Self::Markers(malformed) => Some(malformed.line),
            Self::Obstacle(_)
            | Self::BothChanged
            | Self::BlockBothChanged(_)
            | Self::Value { .. }
            | Self::NotText
            | Self::TwoWrites
            | Self::ScriptGone(_) => None,
        }
    }

    /// Returns the refusal of a value that both sides changed; `null` stands for a value that a
    /// side doesn't have.
    pub(super) fn value(conflict: &Open) -> Self {
        let ConflictPlace::Value(pointer) = &conflict.at else {
            return Self::BothChanged;
        };
        Self::Value {
            pointer: pointer.clone(),
            ours: compact(conflict.ours.as_deref()),
            theirs: compact(conflict.theirs.as_deref()),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Obstacle(obstacle) => write!(f, "{} is in the way", obstacle.what),
            Self::BothChanged => f.write_str("edited here, and changed upstream"),
            Self::BlockBothChanged(owner) => {
                write!(
                    f,
                    "the block of `{owner}` was edited here, and is another upstream"
                )
            }
            Self::Value {
                pointer,
                ours,
                theirs,
            } => {
                write!(f, "`{pointer}` is {ours} here and {theirs} upstream")
            }
            Self::Invalid(invalid) => invalid.fmt(f),
            Self::Markers(malformed) => malformed.fmt(f),
            Self::TwoWrites => f.write_str("two managed files are this one, over a link"),
            Self::NotText => f.write_str("it is not UTF-8 text: save it as UTF-8"),
            Self::ScriptGone(script) => write!(f, "it runs `{script}`, which would not exist"),
        }
    }
}

/// Returns a value as compact JSON, or as it is written where it isn't JSON.
fn compact(value: Option<&str>) -> String {
    let text = value.unwrap_or("null");
    serde_json::from_str::<Value>(text).map_or_else(|_| text.to_owned(), |value| value.to_string())
}
