//! Finds the value of a conflict in a document, and puts another one there.

use std::ops::Range;

use serde_json::{Map, Value};

use crate::merge::json::{self, Document, Policies};
use crate::model::pointer;

/// Returns the pointer of the value that stands at a place of a document.
pub fn moved_to(text: &str, place: &Range<usize>) -> Option<String> {
    let document = Document::parse(text).ok()?;
    // The place may include the key.
    document.pointer_at(place)
}

/// Returns the value in the text of a conflict, which may be a property with its key and a comma.
pub fn value_in(text: &str) -> Option<String> {
    let text = text.trim().trim_matches(',').trim();
    if serde_json::from_str::<Value>(text).is_ok() {
        return Some(text.to_owned());
    }
    let wrapped = format!("{{{text}}}");
    let document = Document::parse(&wrapped).ok()?;
    let pointer = document.pointers().into_iter().nth(1)?;
    Some(wrapped[document.span(&pointer)?].to_owned())
}

/// Adds or removes a value, by merging fragments that have it or don't.
pub fn by_merging(
    document: &Document<'_>,
    pointer: &str,
    [ours, theirs]: [Option<&str>; 2],
    policies: &'static Policies,
) -> Option<String> {
    let texts = [fragment(pointer, ours)?, fragment(pointer, theirs)?]
        .map(|fragment| json::to_text(&fragment));
    let (base, wanted) = (
        Document::parse(&texts[0]).ok()?,
        Document::parse(&texts[1]).ok()?,
    );
    let context = json::MergeContext::new(policies);
    let merged = json::merge(&base, document, &wanted, &context).ok()?;
    let sides = json::sides(&base, document, &wanted);
    merged
        .merge
        .is_clean()
        .then(|| json::text(&merged.merge, &sides))
}

/// Returns a document with a single value at a pointer, or without it.
fn fragment(pointer: &str, value: Option<&str>) -> Option<Value> {
    let Some(value) = value else {
        return Some(Value::Object(Map::new()));
    };
    // The text of a property includes its key.
    let mut value: Value = serde_json::from_str(value).ok()?;
    let keys: Vec<String> = pointer::keys(pointer).collect();
    for key in keys.into_iter().rev() {
        if key.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        value = Value::Object(Map::from_iter([(key, value)]));
    }
    Some(value)
}

/// Returns where a value is: at its pointer or, where elements before it were added or removed, at
/// the pointer of an equal value.
pub fn value_at(document: &Document<'_>, pointer: &str, ours: &str) -> Option<Range<usize>> {
    let ours: Value = serde_json::from_str(ours).ok()?;
    if document.value().pointer(pointer) == Some(&ours) {
        return document.span(pointer);
    }
    let mut alike = document
        .pointers()
        .into_iter()
        .filter(|other| is_alike(pointer, other) && document.value().pointer(other) == Some(&ours));
    let first = alike.next()?;
    if alike.next().is_some() {
        None
    } else {
        document.span(&first)
    }
}

/// Returns whether two pointers have indexes of elements, and differ in nothing else.
fn is_alike(pointer: &str, other: &str) -> bool {
    let one = shape(pointer);
    one.contains(&"#") && one == shape(other)
}

/// Returns the keys of a pointer without the indexes of elements.
fn shape(pointer: &str) -> Vec<&str> {
    pointer
        .split('/')
        .map(|key| if is_index(key) { "#" } else { key })
        .collect()
}

fn is_index(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_digit())
}
