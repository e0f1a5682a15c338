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

/// How many places a hunk is tried at, at most.
pub const MOST_PLACES: usize = 16;

impl EditHunk {
    /// Returns the same hunk with another new text.
    pub fn with_new(&self, new: String) -> Self {
        Self {
            new,
            ..self.clone()
        }
    }
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
pub fn applied<'h>(rendered: &str, hunks: impl IntoIterator<Item = &'h EditHunk>) -> String {
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

/// Returns a hunk in each place in which it is the same edit: what is only inserted or only deleted
/// may stand anywhere among lines that repeat it. In the order of the places.
pub fn slides(all: &[&str], hunk: &EditHunk) -> Vec<EditHunk> {
    let is_pure = hunk.new.is_empty() != hunk.base.is_empty();
    if !is_pure {
        return vec![hunk.clone()];
    }
    let mut places = vec![hunk.clone()];
    let moved: Vec<&str> = if hunk.new.is_empty() {
        all[hunk.base.clone()].to_vec()
    } else {
        lines(&hunk.new)
    };
    let (mut base, mut rolled) = (hunk.base.clone(), moved.clone());
    while base.start > 0
        && places.len() < MOST_PLACES
        && rolled.last() == Some(&all[base.start - 1])
    {
        rolled.rotate_right(1);
        base = base.start - 1..base.end - 1;
        places.insert(0, slid(hunk, base.clone(), &rolled));
    }
    let (mut base, mut rolled) = (hunk.base.clone(), moved);
    while base.end < all.len()
        && places.len() < 2 * MOST_PLACES
        && rolled.first() == Some(&all[base.end])
    {
        rolled.rotate_left(1);
        base = base.start + 1..base.end + 1;
        places.push(slid(hunk, base.clone(), &rolled));
    }
    places
}

/// Returns what is only inserted or only deleted at another place.
fn slid(hunk: &EditHunk, base: Range<usize>, moved: &[&str]) -> EditHunk {
    let (old, new) = match hunk.new.is_empty() {
        true => (moved.concat(), String::new()),
        false => (String::new(), moved.concat()),
    };
    EditHunk { base, old, new }
}
