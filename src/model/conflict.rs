//! What both sides changed and nobody has settled yet, as the lock remembers it: enough to settle
//! it on any machine.

use std::fmt;

use serde_json::Value;

use crate::model::finding::{FilePlace, Within};
use crate::model::path::RelPath;

/// A place of a file that waits for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    /// Where.
    pub at: ConflictPlace,
    /// What both started from; `None` where there was nothing, or nothing to show.
    pub base: Option<String>,
    /// What the repo has there: lines, or a value as it is written.
    pub ours: Option<String>,
    /// What the release has there.
    pub theirs: Option<String>,
}

/// A place of a file, and how it is found again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConflictPlace {
    /// All of it. The file is ours; the release's is what the lock has a digest of.
    File(WholeFileReason),
    Lines {
        /// The first of ours, from 1, when the file was written.
        line: usize,
        /// A few lines before them.
        before: String,
        /// A few lines behind them.
        after: String,
        /// Whether the file has both sides between markers; else it has ours.
        marked: bool,
    },
    /// A value of a JSON or TOML document, as a JSON pointer (RFC 6901).
    Value(String),
}

/// Why a file can only be taken whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WholeFileReason {
    /// Both changed it, in no two places that could be told apart.
    Changed,
    /// Both changed it, and it is no text.
    Binary,
    /// Both changed it, and what was installed can't be had any more.
    NoBase,
    /// A file of the team's is where the release has a new one.
    Occupied,
    /// Something that is no file is there, in words: "a folder", "a link".
    Type(String),
    /// The release has a file of this old name here, and another one is here already.
    Taken(RelPath),
    /// Another file has this name on a file system that doesn't tell upper case from lower.
    Folded(RelPath),
}

impl fmt::Display for WholeFileReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Changed => f.write_str("edited here, and changed upstream"),
            Self::Binary => f.write_str("edited here, and changed upstream; it is not text"),
            Self::NoBase => f.write_str(
                "edited here, and changed upstream; what was installed can't be had again",
            ),
            Self::Occupied => f.write_str("a file of yours with other content is there"),
            Self::Type(what) => write!(f, "{what} is in the way"),
            Self::Taken(from) => {
                write!(
                    f,
                    "`{from}` has this name upstream now, and a file of yours with other content \
                     is there"
                )
            }
            Self::Folded(other) => {
                write!(
                    f,
                    "its name and that of `{other}` are one on file systems that don't tell `A` \
                     from `a`"
                )
            }
        }
    }
}

impl Open {
    /// Returns the same place of a text that has so many lines above it.
    pub fn below(mut self, above: usize) -> Self {
        if let ConflictPlace::Lines { line, .. } = &mut self.at {
            *line += above;
        }
        self
    }

    /// Returns whether it is some lines of a text, so that its place begins with their numbers.
    pub fn is_in_lines(&self) -> bool {
        matches!(self.at, ConflictPlace::Lines { .. })
    }

    /// Returns where it is in a file: its lines, or the file as a whole.
    pub fn place_in(&self, path: RelPath) -> FilePlace {
        let within = match &self.at {
            ConflictPlace::Lines { line, .. } => {
                let count = self.ours.as_deref().unwrap_or_default().lines().count();
                Some(match count {
                    0 | 1 => Within::Line(*line),
                    count => Within::Lines(*line, line + count - 1),
                })
            }
            ConflictPlace::File(_) | ConflictPlace::Value(_) => None,
        };
        FilePlace { path, within }
    }

    /// Returns where in the file it is, for a list: "line 41", "lines 41-43",
    /// "`/permissions/defaultMode`".
    pub fn place(&self) -> String {
        match &self.at {
            ConflictPlace::File(why) => why.to_string(),
            ConflictPlace::Lines { line, .. } => {
                match self.ours.as_deref().unwrap_or_default().lines().count() {
                    0 | 1 => format!("line {line}"),
                    count => format!("lines {line}-{}", line + count - 1),
                }
            }
            ConflictPlace::Value(pointer) => {
                let [ours, theirs] = short([&self.ours, &self.theirs]);
                format!("`{pointer}` is {ours} here and {theirs} upstream")
            }
        }
    }
}

/// How many letters of a value are shown.
const MOST: usize = 40;

/// Returns two values on one line each, cut where they are long; what both begin with is cut, too,
/// where nobody would see a difference.
fn short(values: [&Option<String>; 2]) -> [String; 2] {
    let texts = values.map(|value| match value {
        None => "nothing".to_owned(),
        Some(text) => serde_json::from_str::<Value>(text)
            .map_or_else(|_| text.clone(), |value| value.to_string()),
    });
    let cut = texts.each_ref().map(|text| cut_at(text, 0));
    if cut[0] != cut[1] {
        return cut;
    }
    let pairs = texts[0].chars().zip(texts[1].chars());
    let common = pairs.take_while(|(one, other)| one == other).count();
    texts
        .each_ref()
        .map(|text| cut_at(text, common.saturating_sub(MOST / 4)))
}

/// Returns at most so many letters of a text, from a letter on.
fn cut_at(text: &str, start: usize) -> String {
    let shown: String = text.chars().skip(start).take(MOST).collect();
    let before = if start > 0 { "…" } else { "" };
    let behind = if text.chars().count() > start + MOST {
        "…"
    } else {
        ""
    };
    format!("{before}{shown}{behind}")
}
