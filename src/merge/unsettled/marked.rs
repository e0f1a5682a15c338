//! Where a conflict is in a file that an upgrade marked.

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

/// Returns the line, from 1, of the first conflict that an upgrade marked in a text, in code or
/// not.
pub fn first_marked(text: &str) -> Option<usize> {
    let first = marked(text).into_iter().next()?;
    Some(text[..first.whole.start].lines().count() + 1)
}

/// Returns the places between markers of an upgrade.
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

/// Returns how often a line has a mark at its start.
fn run(line: &str, mark: char) -> usize {
    line.len() - line.trim_start_matches(mark).len()
}

/// Returns the place between markers that is this one: that has both its sides, or where one was
/// edited, the other. One that isn't there was settled by hand.
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

/// Returns whether a marker of a conflict was left that is none any more: the others were taken
/// out.
pub fn has_torn_marks(text: &str) -> bool {
    let whole = marked(text);
    let mut at = 0;
    text.split_inclusive('\n').any(|line| {
        let start = at;
        at += line.len();
        is_mark_of_upgrade(line) && !whole.iter().any(|place| place.whole.contains(&start))
    })
}

/// Takes a side of the place between markers that is this one.
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
