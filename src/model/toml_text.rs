//! TOML that a person wrote, edited: **what isn't edited keeps its bytes**.

use std::fmt::Write as _;

use similar::DiffOp;
use toml_edit::{Item, TableLike, Value};

use crate::model::operations::{Algorithm, operations};

/// Sets a key; a value that is there already lends its place and its comment.
pub fn set(table: &mut (impl TableLike + ?Sized), key: &str, mut new: Value) {
    if let Some(old) = table.get_mut(key).and_then(Item::as_value_mut) {
        *new.decor_mut() = old.decor().clone();
        *old = new;
        return;
    }
    // In `{ a = 1 }`, the space before the brace belongs to the last value: it stays the last
    // one's.
    let last = table
        .iter_mut()
        .last()
        .and_then(|(_, item)| item.as_value_mut().map(Value::decor_mut));
    if let Some(decor) = last
        && let Some(space) = decor
            .suffix()
            .and_then(|suffix| suffix.as_str())
            .filter(|space| *space == " ")
    {
        *new.decor_mut() = toml_edit::Decor::new(" ", space);
        decor.set_suffix("");
    }
    table.insert(key, Item::Value(new));
}

/// Returns a text as a TOML string on one line.
pub fn quoted(text: &str) -> String {
    format!("\"{}\"", escaped(text))
}

/// Returns a text as a TOML string over several lines, which stand as they are where that can be,
/// with the line end behind it.
pub fn over_lines(text: &str) -> String {
    let is_plain = |letter: char| !letter.is_control() || letter == '\n' || letter == '\t';
    if !text.contains("'''") && !text.ends_with('\'') && text.chars().all(is_plain) {
        return format!("'''\n{text}'''\n");
    }
    let escaped: Vec<String> = text.split('\n').map(escaped).collect();
    format!("\"\"\"\n{}\"\"\"\n", escaped.join("\n"))
}

/// Returns a text as it stands between the quotes of such a string.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            letter if letter.is_control() || letter == '\u{feff}' => {
                let _ = write!(out, "\\u{:04X}", u32::from(letter));
            }
            letter => out.push(letter),
        }
    }
    out
}

/// Returns `edited`, its lines with the bytes that they have in `original`; a new line ends as the
/// first one there does.
///
/// A TOML document remembers neither carriage returns nor a byte order mark.
pub fn keep_lines(original: &str, edited: &str) -> String {
    const MARK: char = '\u{feff}';
    let mark = match original.starts_with(MARK) {
        true => "\u{feff}",
        false => "",
    };
    let original: Vec<&str> = original
        .trim_start_matches(MARK)
        .split_inclusive('\n')
        .collect();
    let edited: Vec<&str> = edited
        .trim_start_matches(MARK)
        .split_inclusive('\n')
        .collect();
    let ending = match original.first() {
        Some(line) if line.ends_with("\r\n") => "\r\n",
        _ => "\n",
    };
    let (before, after) = (without_endings(&original), without_endings(&edited));
    let mut text = mark.to_owned();
    for operation in operations(Algorithm::Myers, &before, &after) {
        if let DiffOp::Equal { old_index, len, .. } = operation {
            original[old_index..old_index + len]
                .iter()
                .for_each(|line| text.push_str(line));
            continue;
        }
        // What the file ended with gets its newline before anything follows it.
        for line in &after[operation.new_range()] {
            if !text.is_empty() && text != mark && !text.ends_with('\n') {
                text.push_str(ending);
            }
            text.push_str(line);
            text.push_str(ending);
        }
    }
    text
}

fn without_endings<'a>(lines: &[&'a str]) -> Vec<&'a str> {
    let bare = lines.iter().map(|line| line.trim_end_matches(['\r', '\n']));
    bare.collect()
}
