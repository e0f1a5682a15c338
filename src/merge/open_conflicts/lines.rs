//! Finds the lines of a conflict in a file without markers.

use std::cmp::Reverse;
use std::ops::Range;

use crate::merge::line_ends::unix;
use crate::model::conflict::{ConflictPlace, Open};

/// Returns the likeliest place of the lines of ours: the one with the most of the remembered lines
/// around it, and of those the nearest. Where ours has no lines, all remembered lines have to be
/// there. Places that overlap `taken` belong to other conflicts.
pub fn find(open: &Open, text: &str, taken: &[Range<usize>]) -> Option<Range<usize>> {
    let ConflictPlace::Lines {
        line,
        before,
        after,
        ..
    } = &open.at
    else {
        return None;
    };
    let spans: Vec<&str> = text.split_inclusive('\n').collect();
    let place = LinesAround {
        lines: spans.iter().map(|line| without_end(line)).collect(),
        before: before.lines().map(without_end).collect(),
        ours: open
            .ours
            .as_deref()
            .unwrap_or_default()
            .lines()
            .map(without_end)
            .collect(),
        after: after.lines().map(without_end).collect(),
    };
    let mut starts = vec![0];
    for line in &spans {
        starts.push(starts[starts.len() - 1] + line.len());
    }
    let mut best = None;
    for at in 0..=spans.len().saturating_sub(place.ours.len()) {
        if !place.fits(at) {
            continue;
        }
        let span = starts[at]..starts[at + place.ours.len()];
        if taken
            .iter()
            .any(|other| span.end > other.start && other.end > span.start)
        {
            continue;
        }
        let (above, below) = place.around(at);
        let likeness = (above + below, Reverse(at.abs_diff(line - 1)));
        if best.as_ref().is_none_or(|(best, _)| likeness >= *best) {
            best = Some((likeness, span));
        }
    }
    best.map(|(_, span)| span)
}

/// The lines of a text, and those of a conflict with its context.
struct LinesAround<'t> {
    lines: Vec<&'t str>,
    before: Vec<&'t str>,
    ours: Vec<&'t str>,
    after: Vec<&'t str>,
}

impl LinesAround<'_> {
    fn fits(&self, at: usize) -> bool {
        self.lines.get(at..at + self.ours.len()) == Some(self.ours.as_slice())
            && (!self.ours.is_empty() || self.around(at) == (self.before.len(), self.after.len()))
    }

    /// Returns how many of the remembered lines are there, above and below.
    fn around(&self, at: usize) -> (usize, usize) {
        let above = self.lines[..at].iter().rev();
        let below = &self.lines[at + self.ours.len()..];
        (
            common(above, self.before.iter().rev()),
            common(below.iter(), self.after.iter()),
        )
    }
}

fn common<'t>(
    some: impl Iterator<Item = &'t &'t str>,
    others: impl Iterator<Item = &'t &'t str>,
) -> usize {
    some.zip(others)
        .take_while(|(one, other)| one == other)
        .count()
}

fn without_end(line: &str) -> &str {
    line.trim_end_matches(['\n', '\r'])
}

/// Returns whether a person put the other side's lines right beside ours, which are at this place.
pub fn has_both(open: &Open, text: &str, place: &Range<usize>) -> bool {
    let (ConflictPlace::Lines { before, after, .. }, Some(theirs)) = (&open.at, &open.theirs)
    else {
        return false;
    };
    let (above, below) = (unix(&text[..place.start]), unix(&text[place.end..]));
    let is_above = above.ends_with(theirs) && !before.ends_with(theirs);
    let is_below = below.starts_with(theirs) && !after.starts_with(theirs);
    !theirs.trim().is_empty() && (is_above || is_below)
}
