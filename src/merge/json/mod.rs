//! The three-way merge of JSON documents: parse to find boundaries, splice the original bytes, verify by parsing.
//!
//! `ours` keeps every byte that the merge doesn't change: its order, indent, line ends and byte order mark. **The result
//! parses to exactly what merging the parsed values gives, or there is no result.**
//!
//! | file | what it does |
//! |---|---|
//! | `document` | text to nodes with spans; strict: no comments, no trailing commas, no duplicate keys |
//! | `policy` | which arrays are sets, which hold hooks |
//! | `decide` | three values to a list of operations on ours |
//! | `handlers` | the same for hooks, handler by handler |
//! | `splice` | those operations to pieces of the original bytes |
//! | `parts` | union, difference and intersection of fragments, by the same policies |

mod decide;
mod document;
mod handlers;
mod parts;
mod policy;
mod splice;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use serde_json::Value;

pub use document::{Document, Invalid};
pub use parts::{Clash, is_empty, project, subtract, union};
pub use policy::{Identities, script_in};

use crate::model::path::RelPath;

/// What a merge has to know besides the three documents.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// The scripts that managed hook entries name.
    pub identities: Identities,
    /// Scripts that stay although upstream drops them; so do the entries that name them.
    pub held: BTreeSet<RelPath>,
    /// The exact bytes of the containers that were empty before a merge filled them, by JSON pointer.
    pub replaced: BTreeMap<String, String>,
}

/// The result of a merge, as pieces of the inputs.
#[derive(Clone, Debug)]
pub struct Merge {
    /// The result from its first byte to its last.
    pub pieces: Vec<Piece>,
    /// Places that both sides changed; ours stays there.
    pub conflicts: Vec<Conflict>,
    /// What theirs brought and ours had already, although base did not.
    pub agreed: Value,
    /// Entries that theirs dropped and ours had edited: kept.
    pub released: Vec<Released>,
    /// Places that ours deleted and theirs changed: they stay gone.
    pub gone: Vec<String>,
    /// The bytes of empty containers that this merge filled or left filled, by JSON pointer.
    pub replaced: BTreeMap<String, String>,
}

/// A run of the result's bytes, with where they come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Bytes of one side.
    Take(Side, Range<usize>),
    /// Whitespace, commas, colons and brackets between them.
    Separator(String),
    /// The bytes that a container had before it was filled.
    Restored(String),
}

/// A side of a merge that bytes are taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// What the repo has.
    Ours,
    /// What the release brings.
    Theirs,
}

/// One place that both sides changed in different ways.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The place, as a JSON pointer.
    pub pointer: String,
    /// Ours as compact JSON.
    pub ours: String,
    /// Theirs as compact JSON.
    pub theirs: String,
}

/// An entry that theirs dropped and ours had edited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Released {
    /// The place in ours, as a JSON pointer.
    pub pointer: String,
    /// The managed script that the entry runs.
    pub script: Option<RelPath>,
}

impl Merge {
    /// Returns the result's text; `ours` and `theirs` are the texts that were merged.
    pub fn text(&self, ours: &str, theirs: &str) -> String {
        self.pieces.iter().fold(String::new(), |mut text, piece| {
            text.push_str(match piece {
                Piece::Take(Side::Ours, span) => &ours[span.clone()],
                Piece::Take(Side::Theirs, span) => &theirs[span.clone()],
                Piece::Separator(bytes) | Piece::Restored(bytes) => bytes,
            });
            text
        })
    }
}

/// Merges three documents into ours's text.
///
/// `base` and `theirs` are what releases contribute, `ours` is the repo's file; what only ours has is the team's own.
///
/// # Errors
/// When the spliced result doesn't parse to the merged value; nothing may be written then.
pub fn merge(base: &Value, ours: &Document, theirs: &Document, context: &Context) -> Result<Merge, Invalid> {
    let decision = decide::decide(base, ours.value(), theirs.value(), context);
    let spliced = splice::splice(ours, theirs, &decision.operations);
    let mut replaced = context.replaced.clone();
    replaced.extend(spliced.filled);
    let merge = Merge {
        pieces: spliced.pieces,
        conflicts: decision.conflicts,
        agreed: decision.agreed,
        released: decision.released,
        gone: decision.gone,
        replaced,
    };
    let result = Document::parse(&merge.text(ours.text(), theirs.text()))?.into_value();
    if result != decide::apply(ours.value(), theirs.value(), &decision.operations) {
        return Err(Invalid { line: 1, what: "the merged text is not the merged value".to_owned() });
    }
    Ok(merge)
}

/// Returns a fragment as the text of a new file: two spaces of indent and a final newline.
pub fn to_text(value: &Value) -> String {
    format!("{value:#}\n")
}

#[cfg(test)]
mod tests;
