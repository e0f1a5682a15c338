//! What `merge-file` made of three files: conflicts and explanations to standard error, the result to standard output.

use std::ops::Range;

use crate::face::run::Needed;
use crate::face::ui::Ui;
use crate::merge::pieces::{Conflict, Place, Side};
use crate::ops::merge_file::Outcome;
use crate::words;

/// How much of a value is shown.
const SHOWN: usize = 60;

/// Says which rule settled what.
pub fn explain(ui: &mut Ui, outcome: &Outcome) {
    let lines: Vec<String> =
        outcome.merge.settled.iter().map(|settled| format!("{}: {}", place(&settled.place), settled.rule)).collect();
    ui.aside(&lines);
}

/// Says what conflicts. A person is needed when something does.
pub fn show(ui: &mut Ui, outcome: &Outcome, replaced: bool) -> Needed {
    let conflicts: Vec<String> = outcome.merge.conflicts().map(|conflict| said(outcome, conflict)).collect();
    if conflicts.is_empty() {
        return false;
    }
    let count = words::count(conflicts.len(), "conflict");
    let kept = if outcome.marked { "marked in the file" } else { "ours was kept there" };
    let hint = match (outcome.marked, replaced) {
        (true, _) => "edit the marked lines",
        (false, true) => "edit the file where theirs is right",
        (false, false) => "take over by hand what is right in theirs",
    };
    ui.warning(&format!("{count} in `{}`; {kept}", outcome.name), &conflicts, &[hint.to_owned()]);
    true
}

fn said(outcome: &Outcome, conflict: &Conflict) -> String {
    let place = place(&conflict.place);
    match &conflict.place {
        Place::File => format!("{place}: both sides changed it, and it can't be merged"),
        Place::Lines { .. } => {
            let what = if conflict.base.is_none() { "both added different lines" } else { "both changed it" };
            format!("{place}: {what}")
        }
        Place::Value(_) => {
            let value = |side, span: &Option<Range<usize>>| match span {
                Some(span) => short(&String::from_utf8_lossy(&outcome.sides().of(side)[span.clone()])),
                None => "nothing".to_owned(),
            };
            let (ours, theirs) = (value(Side::Ours, &conflict.ours), value(Side::Theirs, &conflict.theirs));
            format!("{place}: {ours} here, {theirs} there, {} before", value(Side::Base, &conflict.base))
        }
    }
}

fn short(value: &str) -> String {
    let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
    match value.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value,
    }
}

fn place(place: &Place) -> String {
    match place {
        Place::File => "the whole file".to_owned(),
        Place::Value(pointer) if pointer.is_empty() => "the whole document".to_owned(),
        Place::Value(pointer) => format!("`{pointer}`"),
        Place::Lines { ours, theirs, .. } => match (lines(ours), lines(theirs)) {
            (Some(ours), Some(theirs)) if ours == theirs => ours,
            (Some(ours), Some(theirs)) => format!("{ours} here, {theirs} there"),
            (Some(ours), None) => format!("{ours} here"),
            (None, Some(theirs)) => format!("{theirs} there"),
            (None, None) => format!("behind line {}", ours.start),
        },
    }
}

fn lines(range: &Range<usize>) -> Option<String> {
    match range.len() {
        0 => None,
        1 => Some(format!("line {}", range.end)),
        _ => Some(format!("lines {}-{}", range.start + 1, range.end)),
    }
}
