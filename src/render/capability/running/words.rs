//! Words of a script as patterns of paths.

use crate::agent::readers::PROSE;
use crate::model::path::fold;

use super::super::files::{NAMES, PICTURES};

/// How long a path is at most that is looked for.
const LONGEST: usize = 1 << 10;

/// Returns the lines of a text that don't begin with a sign.
pub(super) fn without_comments(text: &str, sign: &str) -> String {
    let mut code = String::with_capacity(text.len());
    for line in text.lines() {
        if !line.trim_start().starts_with(sign) {
            code.push_str(line);
            code.push('\n');
        }
    }
    code
}

/// Returns the variables in a word: `$x`, `${x}`, `${x:-y}`, `$1`, `$@`.
pub(super) fn variables(word: &str) -> Vec<String> {
    let mut found = Vec::new();
    for part in word.split('$').skip(1) {
        let part = part.trim_start_matches('{');
        let name: String = match part.chars().next() {
            Some(letter @ ('@' | '*')) => letter.to_string(),
            _ => part
                .chars()
                .take_while(|letter| is_of_a_name(*letter))
                .collect(),
        };
        if !name.is_empty() {
            found.push(name);
        }
    }
    found
}

/// Returns whether a letter may be in the name of a variable.
pub(super) fn is_of_a_name(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// Returns whether a shell finds files by a word: it has a pattern that is no variable's.
pub(super) fn has_wildcard(word: &str) -> bool {
    let mut parts = word.split('$');
    let first = parts.next().into_iter();
    let behind = parts.map(|part| match part.strip_prefix('{') {
        Some(inside) => inside.split_once('}').map_or("", |(_, rest)| rest),
        None => part.get(1..).unwrap_or_default(),
    });
    let mut outside = first.chain(behind);
    outside.any(|part| part.contains(['*', '?', '[']))
}

/// Returns whether a pattern has no letter of its own: it may be any file.
pub(super) fn is_open(pattern: &str) -> bool {
    !pattern.contains(char::is_alphanumeric)
}

/// Returns whether a pattern may match a file that is only read, by its name.
fn may_be_read_only(pattern: &str) -> bool {
    let name = pattern.rsplit('/').next().unwrap_or(pattern);
    let ending = name.rsplit_once('.').map(|(_, ending)| ending);
    pattern.len() <= LONGEST
        && !pattern.contains(['\\', '"', '\'', '<', '>', '|'])
        && (name.contains('*')
            || ending.is_some_and(|one| PROSE.contains(&one) || PICTURES.contains(&one))
            || NAMES.contains(&name))
}

/// Returns a word of a shell as a pattern of folded paths, below whatever folder: what a shell
/// fills in, and what its own patterns admit, is `*`. Nothing where no file can be meant that is
/// only read.
pub(super) fn pattern(word: &str) -> Option<String> {
    let word = word.trim_matches(['"', '\'', '`', '(', ')', ';', ',']);
    if matches!(word, "" | "$") || word.len() > LONGEST {
        return None;
    }
    let parts: Vec<String> = word.split('/').map(filled).collect();
    // What lies before a part that may be anything, or leads out, may be any folder.
    let (name, folders) = parts.split_last()?;
    let known = folders.iter().rposition(|part| is_open(part));
    let tail = folders[known.map_or(0, |at| at + 1)..].iter().chain([name]);
    let tail: Vec<&str> = tail
        .map(String::as_str)
        .filter(|part| !part.is_empty())
        .collect();
    let pattern = tail.join("/");
    (!pattern.is_empty() && may_be_read_only(&pattern)).then_some(pattern)
}

/// Returns a part of a path with `*` for what a shell fills in.
fn filled(part: &str) -> String {
    let mut text = String::new();
    let mut letters = part.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '$' => {
                let close = match letters.peek() {
                    Some('{') => Some('}'),
                    Some('(') => Some(')'),
                    _ => None,
                };
                // `$@`, `$1`.
                letters.next_if(|next| "@*#?!$-".contains(*next));
                match close {
                    Some(close) => while letters.next().is_some_and(|inner| inner != close) {},
                    None => while letters.next_if(|next| is_of_a_name(*next)).is_some() {},
                }
                text.push('*');
            }
            '{' => {
                while letters.next().is_some_and(|inner| inner != '}') {}
                text.push('*');
            }
            '*' | '?' | '[' | ']' | '}' => text.push('*'),
            letter => text.push(letter),
        }
    }
    fold(&text)
}
