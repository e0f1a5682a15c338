//! What is around a block: the blank lines that set it apart, and the team's patterns that it
//! replaced.

use super::markers::{find, marker};
use crate::merge::line_ends::unix;
use crate::model::lock::BlockRecord;
use crate::model::upstream::Comment;

/// Returns how many bytes before a block stay when the block goes, and what has to be written after
/// them.
///
/// The bytes that were written before the block go with it, unless the team moved things: a line of
/// the team always keeps its line end, and what is set apart stays apart.
pub fn without_lead(
    before: &str,
    record: Option<&BlockRecord>,
    behind: &str,
    comment: Comment,
) -> (usize, String) {
    let lead = unix(record.map_or("", |record| record.before.as_str()));
    // Of two newlines the first may be the end of another block.
    let half = if lead.len() == 2 { "\n" } else { lead.as_str() };
    let forms = [
        lead.replace('\n', "\r\n"),
        lead.clone(),
        half.replace('\n', "\r\n"),
        half.to_owned(),
    ];
    let Some((rest, lead)) = forms
        .iter()
        .find_map(|lead| Some((before.strip_suffix(lead.as_str())?, lead)))
    else {
        return (before.len(), String::new());
    };
    let ends_a_line = rest.trim_start_matches('\u{feff}').is_empty() || rest.ends_with('\n');
    let next_is_apart = behind.is_empty()
        || behind.starts_with(['\n', '\r'])
        || behind
            .lines()
            .next()
            .is_some_and(|line| marker(line, comment).is_some());
    match lead.matches('\n').count() {
        // The text had no final newline when the block came.
        2 if !ends_a_line && behind.is_empty() => (rest.len(), String::new()),
        2 if !ends_a_line => (rest.len(), lead[..lead.len() / 2].to_owned()),
        _ if ends_a_line && next_is_apart => (rest.len(), String::new()),
        _ => (before.len(), String::new()),
    }
}

/// Returns whether a block replaced text of the team, which comes back when the block goes.
pub fn replaces_text(record: Option<&BlockRecord>) -> bool {
    record.is_some_and(|record| !record.before.trim().is_empty())
}

/// Returns the patterns of the team that a block replaced, and that the block has lost since. They
/// go back to the team, before the block, so that a `!` line in the block still applies to them.
pub fn patterns_that_go(record: Option<&BlockRecord>, ours: &str, result: &str) -> String {
    let Some(record) = record else {
        return String::new();
    };
    let mut patterns = String::new();
    for line in record.before.lines() {
        if !line.trim().is_empty()
            && has_line(&record.text, line)
            && has_line(ours, line)
            && !has_line(result, line)
        {
            patterns += line;
            patterns.push('\n');
        }
    }
    patterns
}

fn has_line(text: &str, line: &str) -> bool {
    text.lines()
        .any(|other| other.trim_end() == line.trim_end())
}

/// Returns the start of the first `!` line of an ignore file outside of blocks.
pub fn first_taken_back(text: &str, comment: Comment) -> Option<usize> {
    if comment != Comment::Hash {
        return None;
    }
    let found = find(text, comment).unwrap_or_default();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if line.starts_with('!') && !found.iter().any(|block| block.whole.contains(&start)) {
            return Some(start);
        }
        start += line.len();
    }
    None
}

pub fn without_lines(text: &str, gone: &str) -> String {
    text.split_inclusive('\n')
        .filter(|line| {
            !gone
                .lines()
                .any(|other| other == line.trim_end_matches('\n'))
        })
        .collect()
}

/// Returns what to write after `text` so that a block starts on a line of its own, after an empty
/// line.
pub fn lead(text: &str, newline: &str) -> String {
    let body = text.trim_start_matches('\u{feff}');
    if body.is_empty() {
        String::new()
    } else if !body.ends_with('\n') {
        newline.repeat(2)
    } else if body.ends_with("\n\n") || body.ends_with("\n\r\n") || body == newline {
        String::new()
    } else {
        newline.to_owned()
    }
}
