//! The sources that a hunk may come to, by the lines of the source that the hunk's lines come from.

use std::ops::Range;

use super::answers::resolved;
use super::atoms::with_tags;
use super::hunks::{EditHunk, MOST_PLACES, lines};
use super::origin::Origins;

/// A source that may have the hunk.
pub struct Candidate {
    pub source: String,
    pub meaning: String,
    /// Whether that is for a person to say, even if there is no other way.
    pub is_doubtful: bool,
}

/// A source, what it renders to, and which line comes from which.
pub struct TracedSource<'a> {
    pub source: &'a str,
    pub rendered: &'a str,
    pub origins: &'a Origins,
}

impl TracedSource<'_> {
    /// Returns the sources that have a text in place of the lines that a hunk's lines come from.
    pub fn candidates(&self, hunk: &EditHunk, text: &str) -> Vec<Candidate> {
        match hunk.base.is_empty() {
            true => self.inserted(hunk.base.start, text),
            false => self.replaced(hunk, text).unwrap_or_default(),
        }
    }

    /// A text between two lines, wherever between the lines they come from it can be.
    fn inserted(&self, at: usize, text: &str) -> Vec<Candidate> {
        let Some(places) = self.places_between(at) else {
            return Vec::new();
        };
        let texts = lines(self.source);
        let text = resolved(text);
        places
            .take(MOST_PLACES)
            .map(|place| Candidate {
                source: spliced(&texts, place..place, &text),
                meaning: beside(&texts, self.origins, place),
                is_doubtful: false,
            })
            .collect()
    }

    /// Returns the lines of the source before which a text can be inserted that is rendered before
    /// the line `at`. Beside what a tag controls that goes as far as such lines do.
    fn places_between(&self, at: usize) -> Option<impl Iterator<Item = usize>> {
        let origins = self.origins;
        let above = match at.checked_sub(1) {
            Some(above) => origins.line(above).map(|line| line + 1),
            None => Some(0),
        };
        let below = if at == origins.rendered() {
            Some(origins.lines())
        } else {
            origins.line(at)
        };
        let (first, last) = match (above, below) {
            (Some(above), Some(below)) => (above, below),
            (None, Some(below)) => {
                let mut first = below;
                while first > 0 && origins.is_control(first - 1) {
                    first -= 1;
                }
                (first, below)
            }
            (Some(above), None) => {
                let mut last = above;
                while last < origins.lines() && origins.is_control(last) {
                    last += 1;
                }
                (above, last)
            }
            (None, None) => return None,
        };
        Some(first..=last)
    }

    /// A text in place of lines.
    fn replaced(&self, hunk: &EditHunk, text: &str) -> Option<Vec<Candidate>> {
        let from: Vec<usize> = hunk
            .base
            .clone()
            .map(|line| self.origins.line(line))
            .collect::<Option<_>>()?;
        if !from.is_sorted() {
            return None;
        }
        let (first, last) = (*from.first()?, *from.last()?);
        let texts = lines(self.source);
        let filled = resolved(&with_tags(self.origins, hunk, &lines(self.rendered), text)?);
        let others: Vec<usize> = (first..=last).filter(|line| !from.contains(line)).collect();
        let mut places = vec![first];
        if !filled.is_empty() {
            places.extend(others.iter().map(|line| line + 1));
        }
        places.truncate(MOST_PLACES);
        let mut candidates = Vec::new();
        for place in places {
            let (before, behind): (Vec<usize>, Vec<usize>) =
                others.iter().copied().partition(|line| *line < place);
            let before: String = before.into_iter().map(|line| texts[line]).collect();
            let behind: String = behind.into_iter().map(|line| texts[line]).collect();
            let text = format!("{before}{filled}{behind}");
            candidates.push(Candidate {
                source: spliced(&texts, first..last + 1, &text),
                meaning: beside(&texts, self.origins, place),
                is_doubtful: false,
            });
        }
        Some(candidates)
    }
}

/// Returns lines with some of them replaced.
fn spliced(lines: &[&str], range: Range<usize>, text: &str) -> String {
    [
        &lines[..range.start].concat(),
        text,
        &lines[range.end..].concat(),
    ]
    .concat()
}

/// Says what is beside a place of a source.
fn beside(lines: &[&str], origins: &Origins, place: usize) -> String {
    match (place.checked_sub(1), place) {
        (_, below) if origins.is_control(below) => {
            format!("belongs before `{}`", lines[below].trim())
        }
        (Some(above), _) if origins.is_control(above) => {
            format!("belongs behind `{}`", lines[above].trim())
        }
        _ => format!("belongs to line {}", place + 1),
    }
}
