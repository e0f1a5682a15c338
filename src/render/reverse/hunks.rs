//! An edit, hunk by hunk.

use std::ops::Range;

use similar::DiffOp;

use crate::model::operations::{Algorithm, operations};

/// A run of lines that the team replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditHunk {
    /// The lines of what was rendered, from 0.
    pub base: Range<usize>,
    /// What they were.
    pub old: String,
    /// What they are.
    pub new: String,
}

/// Returns what was done to a text, in order.
pub fn between(rendered: &str, edited: &str) -> Vec<EditHunk> {
    let (old, new) = (lines(rendered), lines(edited));
    let ops = operations(Algorithm::Patience, &old, &new);
    let mut hunks: Vec<EditHunk> = Vec::new();
    for op in ops.iter().filter(|op| !matches!(op, DiffOp::Equal { .. })) {
        let (base, side) = (op.old_range(), op.new_range());
        match hunks.last_mut().filter(|last| last.base.end == base.start) {
            Some(last) => {
                last.base.end = base.end;
                last.old.push_str(&old[base].concat());
                last.new.push_str(&new[side].concat());
            }
            None => hunks.push(EditHunk {
                base: base.clone(),
                old: old[base].concat(),
                new: new[side].concat(),
            }),
        }
    }
    hunks
}

/// Returns a text with some of its hunks made, which are in order.
pub fn applied(rendered: &str, hunks: &[&EditHunk]) -> String {
    let lines = lines(rendered);
    let mut text = String::with_capacity(rendered.len());
    let mut at = 0;
    for hunk in hunks {
        text.extend(lines[at..hunk.base.start].iter().copied());
        text.push_str(&hunk.new);
        at = hunk.base.end;
    }
    text.extend(lines[at..].iter().copied());
    text
}

/// Returns the lines of a text, each with what ends it.
pub fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}
