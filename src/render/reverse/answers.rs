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
    let letter = |c: char| match u32::from(c) {
        code @ 0xf600..=0xf6ff => u8::try_from(code - 0xf600).map_or(c, char::from),
        _ => c,
    };
    let (mut out, mut inside) = (String::with_capacity(text.len()), false);
    for c in text.chars() {
        match c {
            c if c == STANDS[0] => inside = true,
            c if c == STANDS[1] => inside = false,
            c if inside => out.push(letter(c)),
            c => out.push(c),
        }
    }
    out
}

/// Returns the words and marks of a text.
pub fn words(text: &str) -> Vec<&str> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut words = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = match is_word(first) {
            true => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            false => first.len_utf8(),
        };
        words.push(&rest[..end]);
        rest = &rest[end..];
    }
    words
}

/// Returns where a value stands in a text as whole words, as ranges of bytes.
pub fn places(text: &str, value: &str) -> Vec<Range<usize>> {
    if value.is_empty() || !text.contains(value) {
        return Vec::new();
    }
    let mut bounds: Vec<usize> = words(text)
        .iter()
        .scan(0, |at, word| Some(std::mem::replace(at, *at + word.len())))
        .collect();
    bounds.push(text.len());
    let is_bound = |at: usize| bounds.binary_search(&at).is_ok();
    let found = text
        .match_indices(value)
        .map(|(at, _)| at..at + value.len());
    found
        .filter(|place| is_bound(place.start) && is_bound(place.end))
        .collect()
}

/// Returns the answers that a source says in plain words more often than it did before.
pub fn typed<'v>(
    before: &str,
    after: &str,
    values: &'v [(String, String)],
) -> Vec<&'v (String, String)> {
    let count = |text: &str, value: &str| {
        let plain = plain(text);
        plain
            .iter()
            .map(|text| places(text, value).len())
            .sum::<usize>()
    };
    values
        .iter()
        .filter(|(value, _)| after.contains(value) && count(after, value) > count(before, value))
        .collect()
}

/// Returns the tags that write values in a source and not in what became of it, each as often.
pub fn lost(before: &str, after: &str) -> Vec<String> {
    let values = |text: &str| -> Vec<String> {
        let all = tags(text.as_bytes())
            .into_iter()
            .map(|tag| text[tag].to_owned());
        all.filter(|tag| !is_control(tag.as_bytes()) && !is_constant(tag))
            .collect()
    };
    let mut left = values(after);
    let mut lost = values(before);
    lost.retain(|tag| match left.iter().position(|other| other == tag) {
        Some(found) => {
            left.swap_remove(found);
            false
        }
        None => true,
    });
    lost
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

/// Returns whether a hunk says an answer where it says something new.
pub fn brings(hunk: &EditHunk, values: &[(String, String)]) -> bool {
    let mut found = values
        .iter()
        .filter(|(value, _)| hunk.new.contains(value.as_str()))
        .peekable();
    if found.peek().is_none() {
        return false;
    }
    let inserted = inserted(&hunk.old, &hunk.new);
    let is_new = |place: &Range<usize>| {
        inserted
            .iter()
            .any(|range| range.start < place.end && place.start < range.end)
    };
    found.any(|(value, _)| places(&hunk.new, value).iter().any(is_new))
}

/// Returns a hunk's text with the question's tag in place of each answer that the hunk brings:
/// those that are inserted, or all, where none seems to be.
pub fn filled(old: &str, new: &str, typed: &[&(String, String)]) -> String {
    let inserted = inserted(old, new);
    let is_new = |place: &Range<usize>| {
        inserted
            .iter()
            .any(|range| range.start < place.end && place.start < range.end)
    };
    let mut found: Vec<(Range<usize>, &str)> = Vec::new();
    for (value, tag) in typed {
        let all = places(new, value);
        let news: Vec<Range<usize>> = all.iter().filter(|place| is_new(place)).cloned().collect();
        let chosen = if news.is_empty() { all } else { news };
        for place in chosen {
            if !found
                .iter()
                .any(|(other, _)| other.start < place.end && place.start < other.end)
            {
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
    let starts: Vec<usize> = new
        .iter()
        .scan(0, |at, word| Some(std::mem::replace(at, *at + word.len())))
        .collect();
    let ops = operations(Algorithm::Myers, &old, &new);
    let changed = ops
        .iter()
        .filter(|op| !matches!(op, DiffOp::Equal { .. }))
        .map(DiffOp::new_range);
    let bytes =
        |range: Range<usize>| starts[range.start]..starts[range.end - 1] + new[range.end - 1].len();
    changed
        .filter(|range| !range.is_empty())
        .map(bytes)
        .collect()
}
