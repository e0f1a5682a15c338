//! `merge-file --json`.

use std::ops::Range;

use serde_json::{Value, json};

use crate::merge::pieces::{Conflict, Location, Resolution, Side};
use crate::ops::verbs::merge_file::Outcome;

/// `print` says that the result is wanted too.
pub fn value(outcome: &Outcome, print: bool) -> Value {
    let text = |side, span: &Option<Range<usize>>| {
        span.as_ref().map(|span| {
            String::from_utf8_lossy(&outcome.sides().of(side)[span.clone()]).into_owned()
        })
    };
    let conflict = |conflict: &Conflict| {
        json!({
            "place": place(&conflict.place),
            "base": text(Side::Base, &conflict.base),
            "ours": text(Side::Ours, &conflict.ours),
            "theirs": text(Side::Theirs, &conflict.theirs),
        })
    };
    let settled = |settled: &Resolution| {
        let rule = settled.rule.to_string();
        json!({ "place": place(&settled.place), "rule": rule })
    };
    json!({
            "name": outcome.name,
            "clean": outcome.merge.is_clean(),
            "markers": outcome.marked,
            "conflicts": outcome.merge.conflicts().map(conflict).collect::<Vec<_>>(),
            "settled": outcome.merge.settled.iter().map(settled).collect::<Vec<_>>(),
            "result": print.then(|| String::from_utf8_lossy(&outcome.bytes)),
        })
}

fn place(place: &Location) -> Value {
    let lines = |range: &Range<usize>| json!([range.start + 1, range.end]);
    match place {
        Location::File => json!("file"),
        Location::Value(pointer) => json!({ "value": pointer }),
        Location::Lines { base, ours, theirs } => {
            json!({ "base": lines(base), "ours": lines(ours), "theirs": lines(theirs) })
        }
    }
}
