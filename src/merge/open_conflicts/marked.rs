//! Finds a conflict in a file in which an upgrade marked it.

use std::ops::Range;

use crate::merge::line_ends::unix;
use crate::merge::marking::{LOCAL, is_mark_of_upgrade};
use crate::merge::pieces::Side;
use crate::model::conflict::Open;

/// A place between markers.
pub struct Marked {
    whole: Range<usize>,
    ours: Range<usize>,
    theirs: Range<usize>,
}

/// Returns the line, from 1, of the first conflict that an upgrade marked in a text, even inside a
/// code fence.
pub fn first_marked(text: &str) -> Option<usize> {
    let first = marked(text).into_iter().next()?;
    Some(text[..first.whole.start].lines().count() + 1)
}

/// Returns the conflicts between an upgrade's markers.
pub fn marked(text: &str) -> Vec<Marked> {
    let mut found = Vec::new();
    let mut start: Option<(usize, usize, usize)> = None;
    let (mut base, mut theirs) = (None, None);
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let end = at + line.len();
        let said = line.trim_end_matches(['\n', '\r']);
        match start {
            _ if run(said, '<') >= 7 && said[run(said, '<')..].trim() == LOCAL => {
                (start, base, theirs) = (Some((at, end, run(said, '<'))), None, None);
            }
            Some((_, _, length)) if run(said, '|') == length => base = Some(at),
            Some((_, _, length))
                if base.is_some() && run(said, '=') == length && said.len() == length =>
            {
                theirs = Some((at, end))
            }
            Some((from, ours, length)) if run(said, '>') == length => {
                if let (Some(base), Some((_, theirs))) = (base, theirs) {
                    found.push(Marked {
                        whole: from..end,
                        ours: ours..base,
                        theirs: theirs..at,
                    });
                }
                start = None;
            }
            _ => {}
        }
        at = end;
    }
    found
}

/// Returns how many times a line repeats a mark at its start.
fn run(line: &str, mark: char) -> usize {
    line.len() - line.trim_start_matches(mark).len()
}

/// Returns the index of the marked place that is this conflict: the one that has both its sides or,
/// where one was edited, the other. If there is none, it was settled by hand.
pub fn of_marked(open: &Open, places: &[Marked], text: &str) -> Option<usize> {
    let [ours, theirs] =
        [&open.ours, &open.theirs].map(|side| unix(side.as_deref().unwrap_or_default()));
    let mut edited = None;
    for (index, place) in places.iter().enumerate() {
        let has_ours = unix(&text[place.ours.clone()]) == ours;
        let has_theirs = unix(&text[place.theirs.clone()]) == theirs;
        if has_ours && has_theirs {
            return Some(index);
        }
        if !ours.is_empty() && has_ours || !theirs.is_empty() && has_theirs {
            edited = edited.or(Some(index));
        }
    }
    edited
}

/// Returns whether a marker was left behind when the other markers of its conflict were removed.
pub fn has_torn_marks(text: &str) -> bool {
    let whole = marked(text);
    let mut at = 0;
    text.split_inclusive('\n').any(|line| {
        let start = at;
        at += line.len();
        is_mark_of_upgrade(line) && !whole.iter().any(|place| place.whole.contains(&start))
    })
}

/// Returns the text with a side in place of this conflict and its markers.
pub fn settle_marked(open: &Open, text: &str, side: Side) -> Option<String> {
    let places = marked(text);
    let place = &places[of_marked(open, &places, text)?];
    let taken = if side == Side::Theirs {
        &place.theirs
    } else {
        &place.ours
    };
    Some(format!(
        "{}{}{}",
        &text[..place.whole.start],
        &text[taken.clone()],
        &text[place.whole.end..]
    ))
}
