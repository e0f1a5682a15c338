//! Answers in what a team typed, and what looks like a tag there.
//!
//! An answer is looked for as whole words: with the answer `core`, nothing is meant by a "score".

use std::ops::Range;

use similar::DiffOp;

use crate::merge::tags::{is_control, tags};
use crate::model::operations::{Algorithm, operations};

use super::hunks::EditHunk;

/// What stands for a tag until a text is a source: what is between is the tag. For private use, as
/// the marks of origins.
const STANDS: [char; 2] = ['\u{f5c5}', '\u{f5c6}'];

/// What opens a tag.
const OPENERS: [&str; 3] = ["{{", "{%", "{#"];

/// Returns whether a text has what stands for a tag already: then nothing can be told apart.
pub fn is_strange(text: &str) -> bool {
    text.contains(STANDS)
}

/// Returns a text with what looks like a tag written so that it is rendered to just that, once
/// [`resolved`].
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        match OPENERS.iter().find(|opener| rest.starts_with(*opener)) {
            Some(opener) => {
                out.push_str(&standing(&format!("{{{{ \"{opener}\" }}}}")));
                rest = &rest[opener.len()..];
            }
            None => {
                out.push('{');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

/// Returns what stands for a tag.
pub fn standing(tag: &str) -> String {
    let letters = tag
        .bytes()
        .map(|byte| char::from_u32(0xf600 + u32::from(byte)).unwrap_or(' '));
    let inner: String = letters.collect();
    format!("{}{inner}{}", STANDS[0], STANDS[1])
}

/// Returns a text with the tags that others stood for.
pub fn resolved(text: &str) -> String {
    if !is_strange(text) {
        return text.to_owned();
    }
    let (mut out, mut inside) = (String::with_capacity(text.len()), false);
    for c in text.chars() {
        match c {
            c if c == STANDS[0] => inside = true,
            c if c == STANDS[1] => inside = false,
            c if inside => out.push(stood_for(c)),
            c => out.push(c),
        }
    }
    out
}

/// Returns the letter of a tag that another one stands for.
fn stood_for(c: char) -> char {
    match u32::from(c) {
        code @ 0xf600..=0xf6ff => u8::try_from(code - 0xf600).map_or(c, char::from),
        _ => c,
    }
}

/// Returns the words and marks of a text.
pub fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = match is_word_letter(first) {
            true => rest.find(|c| !is_word_letter(c)).unwrap_or(rest.len()),
            false => first.len_utf8(),
        };
        words.push(&rest[..end]);
        rest = &rest[end..];
    }
    words
}

fn is_word_letter(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// Returns where each word begins, and where the last one ends.
fn word_bounds(words: &[&str]) -> Vec<usize> {
    let mut bounds = vec![0];
    let mut end = 0;
    for word in words {
        end += word.len();
        bounds.push(end);
    }
    bounds
}

pub fn overlap(one: &Range<usize>, other: &Range<usize>) -> bool {
    one.start < other.end && other.start < one.end
}

/// Returns where a value stands in a text as whole words, as ranges of bytes.
pub fn places(text: &str, value: &str) -> Vec<Range<usize>> {
    if value.is_empty() || !text.contains(value) {
        return Vec::new();
    }
    let bounds = word_bounds(&words(text));
    let mut places = Vec::new();
    for (start, _) in text.match_indices(value) {
        let end = start + value.len();
        if bounds.binary_search(&start).is_ok() && bounds.binary_search(&end).is_ok() {
            places.push(start..end);
        }
    }
    places
}

/// Returns the answers that a source says in plain words more often than it did before.
pub fn typed<'v>(
    before: &str,
    after: &str,
    values: &'v [(String, String)],
) -> Vec<&'v (String, String)> {
    values
        .iter()
        .filter(|(value, _)| {
            after.contains(value) && count_plain(after, value) > count_plain(before, value)
        })
        .collect()
}

fn count_plain(source: &str, value: &str) -> usize {
    plain(source)
        .into_iter()
        .map(|text| places(text, value).len())
        .sum()
}

/// Returns the tags that write values in a source and not in what became of it, each as often.
pub fn lost(before: &str, after: &str) -> Vec<String> {
    let mut left = value_tags(after);
    let mut lost = value_tags(before);
    lost.retain(|tag| match left.iter().position(|other| other == tag) {
        Some(found) => {
            left.swap_remove(found);
            false
        }
        None => true,
    });
    lost
}

fn value_tags(source: &str) -> Vec<String> {
    tags(source.as_bytes())
        .into_iter()
        .map(|tag| source[tag].to_owned())
        .filter(|tag| !is_control(tag.as_bytes()) && !is_constant(tag))
        .collect()
}

/// Returns whether a tag writes a text that stands in it, whatever the answers are.
pub fn is_constant(tag: &str) -> bool {
    let inner = tag
        .trim_start_matches(['{', '-', '+'])
        .trim_end_matches(['}', '-', '+'])
        .trim();
    ['"', '\''].into_iter().any(|quote| {
        let text = inner
            .strip_prefix(quote)
            .and_then(|rest| rest.strip_suffix(quote));
        text.is_some_and(|text| !text.contains([quote, '\\']))
    })
}

/// Returns whether a line of a hunk is rewritten: less than half of its words, without what tags
/// wrote in it, are kept.
pub fn is_rewritten(old: &[&str], line: usize, values: &[Range<usize>], new: &str) -> bool {
    let all: Vec<&str> = old.iter().flat_map(|line| words(line)).collect();
    let start: usize = old[..line].iter().map(|line| words(line).len()).sum();
    let new = words(new);
    let mut kept = vec![false; all.len()];
    for op in operations(Algorithm::Myers, &all, &new) {
        if let DiffOp::Equal { old_index, len, .. } = op {
            kept[old_index..old_index + len].fill(true);
        }
    }
    let (mut at, mut count, mut of) = (0, 0, 0);
    for (index, word) in words(old[line]).into_iter().enumerate() {
        let is_value = values
            .iter()
            .any(|value| value.start <= at && at < value.end);
        at += word.len();
        if !is_value && word.chars().any(char::is_alphanumeric) {
            of += 1;
            count += usize::from(kept[start + index]);
        }
    }
    count * 2 < of
}

/// Returns what is between a source's tags.
fn plain(text: &str) -> Vec<&str> {
    let (mut parts, mut at) = (Vec::new(), 0);
    for tag in tags(text.as_bytes()) {
        parts.push(&text[at..tag.start]);
        at = tag.end;
    }
    parts.push(&text[at..]);
    parts
}

/// Returns the answers that a hunk says where it says something new, each with its tag.
pub fn brought<'v>(hunk: &EditHunk, values: &'v [(String, String)]) -> Vec<&'v (String, String)> {
    let mut found: Vec<&(String, String)> = values
        .iter()
        .filter(|(value, _)| hunk.new.contains(value))
        .collect();
    if !found.is_empty() {
        let inserted = inserted(&hunk.old, &hunk.new);
        found.retain(|(value, _)| {
            let mut places = places(&hunk.new, value).into_iter();
            places.any(|place| inserted.iter().any(|new| overlap(new, &place)))
        });
    }
    found
}

/// Returns a hunk's text with the question's tag in place of each answer that the hunk brings:
/// those that are inserted, or all, where none seems to be.
pub fn filled(old: &str, new: &str, typed: &[&(String, String)]) -> String {
    let inserted = inserted(old, new);
    let mut found: Vec<(Range<usize>, &str)> = Vec::new();
    for (value, tag) in typed {
        let all = places(new, value);
        let mut chosen = all.clone();
        chosen.retain(|place| inserted.iter().any(|new| overlap(new, place)));
        if chosen.is_empty() {
            chosen = all;
        }
        for place in chosen {
            if !found.iter().any(|(other, _)| overlap(other, &place)) {
                found.push((place, tag));
            }
        }
    }
    found.sort_by_key(|(place, _)| place.start);
    let (mut text, mut at) = (String::new(), 0);
    for (place, tag) in found {
        text.push_str(&escaped(&new[at..place.start]));
        text.push_str(&standing(tag));
        at = place.end;
    }
    text.push_str(&escaped(&new[at..]));
    text
}

/// Returns the parts of a text that an older one doesn't have, word by word.
fn inserted(old: &str, new: &str) -> Vec<Range<usize>> {
    let (old, new) = (words(old), words(new));
    let bounds = word_bounds(&new);
    let mut inserted = Vec::new();
    for op in operations(Algorithm::Myers, &old, &new) {
        let range = op.new_range();
        if !matches!(op, DiffOp::Equal { .. }) && !range.is_empty() {
            inserted.push(bounds[range.start]..bounds[range.end]);
        }
    }
    inserted
}
