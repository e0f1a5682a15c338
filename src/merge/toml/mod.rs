//! The merge of what templates manage into a team's TOML file, and nothing else: whole TOML files
//! are merged as texts.
//!
//! `merge::json::decide` decides about the values, as it does for JSON. What it decides makes the
//! value that the file has to say, and `splice` makes the file say it: **every byte that isn't
//! part of a value that changes stays, and the result says exactly the merged value, or there is no
//! result.**
//!
//! | file | what it does |
//! |---|---|
//! | `document` | text to a value, and to nodes with the spans of the parser |
//! | `scalars` | values on one line; dates and infinities, which JSON doesn't have |
//! | `splice` | removes and replaces what another value doesn't have |
//! | `insert` | adds what it has besides |
//! | `list` | the same inside arrays and inline tables |
//! | `edits` | changes of a text |
//! | `memory` | what was there before something was added |

mod document;
mod edits;
mod insert;
mod list;
mod memory;
mod scalars;
mod splice;

use std::ops::Range;

use serde_json::{Map, Value};

use super::format::MergedEntries;
use super::invalid::InvalidDocument;
use super::json::{self, MergeContext};
use crate::model::conflict::{ConflictPlace, Open};
use crate::model::pointer;

use document::Document;
use memory::Memory;
use scalars::written;

pub use scalars::{Inexpressible, as_read, shown};

/// Merges what templates manage into the repo's file; the arguments are texts.
///
/// # Errors
/// Where a text isn't TOML, or the result isn't what was decided.
pub fn merge(
    [base, ours, theirs]: [&str; 3],
    context: &MergeContext,
) -> Result<MergedEntries, InvalidDocument> {
    let (base, theirs) = (read(base)?, read(theirs)?);
    let document = Document::parse(ours)?;
    let mut memory = Memory::of(&context.replaced);
    let context = MergeContext {
        replaced: memory.emptied.clone(),
        ..context.clone()
    };
    let ours = document.value();
    let decision = json::decide(&base, ours, &theirs, &context);
    let [target, resolved] =
        [false, true].map(|is_theirs| decision.operations.applied_to(ours, &theirs, is_theirs));
    memory.fill(&document, &target, &base);
    let mut conflicts = Vec::new();
    for contest in decision.operations.contests() {
        let keys: Vec<String> = pointer::keys(&contest.ours).collect();
        let base = contest.base.and_then(|pointer| base.pointer(&pointer));
        conflicts.push(Open {
            base: base.map(written),
            ours: text_of(&document, &keys),
            theirs: theirs.pointer(&contest.theirs).map(written),
            at: ConflictPlace::Value(contest.ours),
        });
    }
    if !conflicts.is_empty() {
        splice::splice(&document, &resolved, &theirs, &mut memory.clone())?;
    }
    let text = splice::splice(&document, &target, &theirs, &mut memory)?;
    let untaken = json::untaken(&base, ours, &theirs, [&target, &resolved], &context);
    Ok(MergedEntries {
        text,
        value: target,
        conflicts,
        agreed: decision.agreed,
        released: decision.released,
        untaken,
        replaced: memory.into_replaced(),
    })
}

/// Returns the value of a text.
///
/// # Errors
/// Where it isn't TOML: with the line.
pub fn read(text: &str) -> Result<Value, InvalidDocument> {
    Document::parse(text).map(Document::into_value)
}

/// Returns the values of a text with the places of their keys and themselves, and the tables with
/// those of their headers, by JSON pointer.
///
/// # Errors
/// As [`read`].
pub fn places(text: &str) -> Result<Vec<(String, Range<usize>)>, InvalidDocument> {
    Ok(Document::parse(text)?.places())
}

/// Returns a fragment as the text of a new file. Where TOML can't say a value, it isn't TOML.
pub fn to_text(value: &Value) -> String {
    let empty = Document::parse("").expect("an empty text is TOML");
    insert::insert(&empty, value, &mut Memory::default())
}

/// Returns whether a text has a value at a pointer; `value` is as TOML writes it on its own.
pub fn has_value(text: &str, pointer: &str, value: &str) -> bool {
    let (document, value) = (read(text), value_of(value));
    value.is_some() && document.is_ok_and(|document| document.pointer(pointer) == value.as_ref())
}

/// Returns a text with another value at a pointer, which may have none before or after; both are as
/// TOML writes them on their own. Returns `None` where it has another value there.
pub fn with_value(text: &str, pointer: &str, [ours, theirs]: [Option<&str>; 2]) -> Option<String> {
    let document = Document::parse(text).ok()?;
    let read = |value: Option<&str>| match value {
        Some(text) => value_of(text).map(Some),
        None => Some(None),
    };
    let (ours, theirs) = (read(ours)?, read(theirs)?);
    if document.value().pointer(pointer) != ours.as_ref() {
        return None;
    }
    let keys: Vec<String> = pointer::keys(pointer).collect();
    let mut target = document.value().clone();
    let (last, above) = keys.split_last()?;
    let mut table = &mut target;
    for key in above {
        let properties = table.as_object_mut()?;
        table = properties
            .entry(key)
            .or_insert_with(|| Value::Object(Map::new()));
    }
    let properties = table.as_object_mut()?;
    match theirs {
        Some(value) => _ = properties.insert(last.clone(), value),
        None => _ = properties.shift_remove(last),
    }
    splice::splice(&document, &target, &target, &mut Memory::default()).ok()
}

/// Returns the value of a text that TOML could have behind a `=`.
pub fn value_of(text: &str) -> Option<Value> {
    let line = format!("x = {text}\n");
    let document = Document::parse(&line).ok()?;
    let keys = ["x".to_owned()];
    let is_all = document.node(&keys)?.span()?.end == line.trim_end().len();
    let value = document.value().as_object()?;
    (is_all && value.len() == 1).then(|| value["x"].clone())
}

/// Returns a value as it is written, or as it would be on one line where it is in many places.
fn text_of(document: &Document<'_>, keys: &[String]) -> Option<String> {
    let written_at = document.node(keys).and_then(|node| node.span());
    match written_at {
        Some(span) => Some(document.text()[span.clone()].to_owned()),
        None => {
            let mut value = document.value();
            for key in keys {
                value = value.get(key)?;
            }
            Some(written(value))
        }
    }
}

#[cfg(test)]
mod tests;
