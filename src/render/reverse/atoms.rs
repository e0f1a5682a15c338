//! The words of rendered lines, where all that a tag wrote is one word: a line is rewritten with
//! the tags whose values it keeps.

use std::ops::Range;

use similar::DiffOp;

use crate::model::operations::{Algorithm, operations};

use super::answers::{self, overlap};
use super::hunks::EditHunk;
use super::origin::{Origins, TagValue};

/// A word of a rendered line, or all that a tag wrote.
#[derive(Clone, Debug)]
struct Atom {
    text: String,
    /// The tag that wrote it.
    tag: Option<String>,
}

impl Atom {
    /// Returns whether it is an answer's, and not a text that stands in its tag.
    fn is_answer(&self) -> bool {
        self.tag
            .as_ref()
            .is_some_and(|tag| !answers::is_constant(tag))
    }
}

/// Returns the new text of a hunk with the tags whose values it keeps, or nothing where it can't be
/// told which ones.
pub fn with_tags(
    origins: &Origins,
    hunk: &EditHunk,
    rendered: &[&str],
    text: &str,
) -> Option<String> {
    let mut old: Vec<Atom> = Vec::new();
    for line in hunk.base.clone() {
        let values = origins.values(line)?;
        push_atoms(rendered[line], &values, &mut old);
    }
    if text.is_empty() || old.iter().all(|atom| atom.tag.is_none()) {
        return Some(text.to_owned());
    }
    let written: Vec<&str> = old
        .iter()
        .filter(|atom| atom.is_answer())
        .map(|atom| atom.text.as_str())
        .collect();
    if written.iter().any(|value| value.trim().is_empty()) {
        return None;
    }
    let new = grouped(text, &written);
    if !written.iter().all(|value| is_clear(value, &old, &new)) {
        return None;
    }
    let (old_texts, new_texts) = (texts(&old), texts(&new));
    let ops = operations(Algorithm::Myers, &old_texts, &new_texts);
    if ops.iter().any(|op| slides_over_a_tag(op, &old, &new_texts)) {
        return None;
    }
    let mut out = String::new();
    for op in ops {
        match op {
            DiffOp::Equal { old_index, len, .. } => {
                for atom in &old[old_index..old_index + len] {
                    out.push_str(atom.tag.as_ref().unwrap_or(&atom.text));
                }
            }
            _ => out.push_str(&new_texts[op.new_range()].concat()),
        }
    }
    Some(out)
}

/// Returns whether it is clear which ones are left of several that are the same.
fn is_clear(value: &str, old: &[Atom], new: &[Atom]) -> bool {
    let same: Vec<&Atom> = old.iter().filter(|atom| atom.text == value).collect();
    let left = new.iter().filter(|atom| atom.text == value).count();
    let are_one = same
        .iter()
        .all(|atom| atom.is_answer() && atom.tag == same[0].tag);
    left == same.len() || left < same.len() && are_one
}

fn texts(atoms: &[Atom]) -> Vec<String> {
    atoms.iter().map(|atom| atom.text.clone()).collect()
}

fn push_atoms(line: &str, values: &[TagValue], atoms: &mut Vec<Atom>) {
    let mut at = 0;
    for value in values {
        push_words(&line[at..value.place.start], atoms);
        atoms.push(Atom {
            text: line[value.place.clone()].to_owned(),
            tag: Some(value.tag.clone()),
        });
        at = value.place.end;
    }
    push_words(&line[at..], atoms);
}

fn push_words(text: &str, atoms: &mut Vec<Atom>) {
    for word in answers::words(text) {
        atoms.push(Atom {
            text: word.to_owned(),
            tag: None,
        });
    }
}

/// Returns the words of a text, with each that is one of the values as one.
fn grouped(text: &str, values: &[&str]) -> Vec<Atom> {
    let mut places: Vec<Range<usize>> = Vec::new();
    let mut longest: Vec<&str> = values.to_vec();
    longest.sort_by_key(|value| std::cmp::Reverse(value.len()));
    for value in longest {
        let mut found = answers::places(text, value);
        found.retain(|place| !places.iter().any(|other| overlap(other, place)));
        places.extend(found);
    }
    places.sort_by_key(|place| place.start);
    let values: Vec<TagValue> = places
        .into_iter()
        .map(|place| TagValue {
            place,
            tag: String::new(),
        })
        .collect();
    let mut atoms = Vec::new();
    push_atoms(text, &values, &mut atoms);
    atoms
}

/// Returns whether what is only inserted or only deleted could as well stand on the other side of
/// what a tag wrote.
fn slides_over_a_tag(op: &DiffOp, old: &[Atom], new: &[String]) -> bool {
    let (before, after) = (op.old_range(), op.new_range());
    let moved: Vec<&str> = match (before.is_empty(), after.is_empty()) {
        (true, false) => new[after].iter().map(String::as_str).collect(),
        (false, true) => old[before.clone()]
            .iter()
            .map(|atom| atom.text.as_str())
            .collect(),
        (true, true) | (false, false) => return false,
    };
    let mut passed: Vec<usize> = Vec::new();
    for (at, word) in (0..before.start).rev().zip(moved.iter().rev().cycle()) {
        if old[at].text != *word {
            break;
        }
        passed.push(at);
    }
    for (at, word) in (before.end..old.len()).zip(moved.iter().cycle()) {
        if old[at].text != *word {
            break;
        }
        passed.push(at);
    }
    if passed.is_empty() {
        return false;
    }
    passed.extend(before);
    // Of what is gone altogether it doesn't matter which one was meant.
    passed
        .into_iter()
        .any(|at| old[at].is_answer() && new.contains(&old[at].text))
}
