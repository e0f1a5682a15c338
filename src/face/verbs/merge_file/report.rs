//! What `merge-file` made of three files: conflicts and explanations to standard error, the result
//! to standard output.

use std::ops::Range;

use crate::face::report::{Ended, Report};
use crate::hint::Hint;
use crate::merge::pieces::{Conflict, Location, Side};
use crate::ops::verbs::merge_file::Outcome;
use crate::words;

/// How much of a value is shown.
const SHOWN: usize = 60;

/// Says which rule settled what.
pub fn explain(report: &mut Report, outcome: &Outcome) {
    let lines: Vec<String> = outcome
        .merge
        .resolutions
        .iter()
        .map(|settled| format!("{}: {}", place(&settled.place), settled.rule))
        .collect();
    report.add_to_stderr(lines);
}

/// Adds what conflicts. A person is needed where something does.
pub fn add_conflicts(report: &mut Report, outcome: &Outcome, replaced: bool) {
    for rule in &outcome.allowed_and_denied {
        let message = format!(
            "`{rule}` is now both allowed and denied in `{}`; the denial wins",
            outcome.name
        );
        report.warning(message, [], []);
    }
    let conflicts: Vec<String> = outcome
        .merge
        .conflicts()
        .map(|conflict| conflict_line(outcome, conflict))
        .collect();
    if conflicts.is_empty() {
        return;
    }
    let count = words::count(conflicts.len(), "conflict");
    let kept = if outcome.marked {
        "marked in the file"
    } else {
        "ours was kept there"
    };
    let hint = match (outcome.marked, outcome.takes_markers, replaced) {
        (true, ..) => "edit the marked lines",
        (false, true, _) => "add `--markers` to see both sides in place",
        (false, false, true) => "edit the file where theirs is right",
        (false, false, false) => "take over by hand what is right in theirs",
    };
    report.warning(
        format!("{count} in `{}`; {kept}", outcome.name),
        conflicts,
        [Hint::text(hint)],
    );
    report.end(Ended::NeedsAPerson);
}

fn conflict_line(outcome: &Outcome, conflict: &Conflict) -> String {
    let place = place(&conflict.place);
    let [base, ours, theirs] = [
        bytes(outcome, Side::Base, &conflict.base),
        bytes(outcome, Side::Ours, &conflict.ours),
        bytes(outcome, Side::Theirs, &conflict.theirs),
    ];
    match &conflict.place {
        Location::File => format!("{place}: both sides changed it, and it can't be merged"),
        Location::Lines { .. } => match (base, ours, theirs) {
            (_, None, _) => format!("{place}: deleted here, changed there"),
            (_, _, None) => format!("{place}: changed here, deleted there"),
            (_, Some(ours), Some(theirs)) if is_one_line(ours) && is_one_line(theirs) => {
                format!("{place}: `{}` here, `{}` there", short(ours), short(theirs))
            }
            (None, ..) => format!("{place}: both added different lines"),
            (Some(_), ..) => format!("{place}: both changed it"),
        },
        Location::Value(_) => {
            let [base, ours, theirs] =
                [base, ours, theirs].map(|value| value.map_or_else(|| "nothing".to_owned(), short));
            format!("{place}: {ours} here, {theirs} there, {base} before")
        }
    }
}

fn bytes<'a>(outcome: &'a Outcome, side: Side, span: &Option<Range<usize>>) -> Option<&'a [u8]> {
    Some(&outcome.sides().of(side)[span.clone()?])
}

fn is_one_line(text: &[u8]) -> bool {
    let lines = text
        .split(|byte| matches!(byte, b'\r' | b'\n'))
        .filter(|line| !line.trim_ascii().is_empty());
    lines.count() == 1
}

fn short(value: &[u8]) -> String {
    // What is far too long is cut before it is read.
    let value = String::from_utf8_lossy(&value[..value.len().min(SHOWN * 64)]);
    let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
    match value.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value,
    }
}

fn place(place: &Location) -> String {
    match place {
        Location::File => "the whole file".to_owned(),
        Location::Value(pointer) if pointer.is_empty() => "the whole document".to_owned(),
        Location::Value(pointer) => format!("`{pointer}`"),
        Location::Lines { ours, theirs, .. } => match (lines(ours), lines(theirs)) {
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
