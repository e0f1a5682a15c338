//! `merge-file --json`.

use std::ops::Range;

use serde_json::{Value, json};

use crate::face::report::json;
use crate::merge::pieces::{Conflict, Location, Resolution, Side};
use crate::ops::verbs::merge_file::Outcome;

/// `print` says that the result is wanted too.
pub fn value(outcome: &Outcome, print: bool) -> Value {
    let conflicts = outcome.merge.conflicts();
    let conflicts: Value = conflicts.map(|one| conflict(outcome, one)).collect();
    json!({
        "name": outcome.name,
        "clean": outcome.merge.is_clean(),
        "markers": outcome.marked,
        "conflicts": conflicts,
        "settled": json::list(&outcome.merge.resolutions, resolution),
        "result": print.then(|| String::from_utf8_lossy(&outcome.bytes)),
    })
}

fn conflict(outcome: &Outcome, conflict: &Conflict) -> Value {
    json!({
        "place": place(&conflict.place),
        "base": text(outcome, Side::Base, &conflict.base),
        "ours": text(outcome, Side::Ours, &conflict.ours),
        "theirs": text(outcome, Side::Theirs, &conflict.theirs),
    })
}

fn text(outcome: &Outcome, side: Side, span: &Option<Range<usize>>) -> Option<String> {
    let bytes = &outcome.sides().of(side)[span.clone()?];
    Some(String::from_utf8_lossy(bytes).into_owned())
}

fn resolution(resolution: &Resolution) -> Value {
    let rule = resolution.rule.to_string();
    json!({ "place": place(&resolution.place), "rule": rule })
}

fn place(place: &Location) -> Value {
    match place {
        Location::File => json!("file"),
        Location::Value(pointer) => json!({ "value": pointer }),
        Location::Lines { base, ours, theirs } => {
            json!({ "base": lines(base), "ours": lines(ours), "theirs": lines(theirs) })
        }
    }
}

/// Returns the first line and the last.
fn lines(range: &Range<usize>) -> Value {
    json!([range.start + 1, range.end])
}
