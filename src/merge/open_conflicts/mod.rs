//! Conflicts as the lock remembers them: made from a merge, found again in the file, and settled
//! there.
//!
//! A file without markers has ours at each place. A place is found again by its own lines and a few
//! around them, or by the pointer of its value. So a file that was edited elsewhere can still be
//! settled, and a place that was edited by hand counts as settled.

mod lines;
mod marked;
mod values;

use std::ops::Range;

use self::lines::{find, has_both};
pub use self::marked::first_marked;
use self::marked::{has_torn_marks, marked, of_marked, settle_marked};
use self::values::{by_merging, moved_to, value_at, value_in};
use super::format::Format;
use super::json::{Document, Policies};
use super::line_ends::windows;
use super::pieces::{Location, Merge, Side, Sides};
use super::toml;
use crate::model::conflict::{ConflictPlace, Open, WholeFileReason};
use crate::model::digest::Digest;
use crate::model::tree::File;

/// How many lines around a place are remembered.
const CONTEXT: usize = 3;

/// Returns the conflicts of a merge with their places in the file that has ours at them. `marked`
/// says that the file gets markers.
pub fn of(merge: &Merge, sides: &Sides<'_>, marked: bool) -> Vec<Open> {
    let mut open = Vec::new();
    let [Some(base), Some(ours), Some(theirs)] =
        Side::ALL.map(|side| Taken::of(merge, sides, side))
    else {
        return vec![whole(WholeFileReason::Binary, Some(sides.ours))];
    };
    for (index, conflict) in merge.conflicts().enumerate() {
        let texts = [
            conflict.base.is_some().then(|| base.text_at(index)),
            conflict.ours.is_some().then(|| ours.text_at(index)),
            conflict.theirs.is_some().then(|| theirs.text_at(index)),
        ];
        let (at, texts) = match &conflict.place {
            Location::File => {
                open.push(whole(WholeFileReason::Changed, Some(sides.ours)));
                continue;
            }
            Location::Value(pointer) => {
                let here = match &conflict.ours {
                    Some(_) => moved_to(&ours.text, &ours.places[index]),
                    None => None,
                };
                (
                    ConflictPlace::Value(here.unwrap_or(pointer.clone())),
                    texts.map(|text| value_in(text?)),
                )
            }
            Location::Lines { .. } => (
                lines_at(&ours.text, &ours.places[index], marked),
                texts.map(|text| text.map(str::to_owned)),
            ),
        };
        let [base, ours, theirs] = texts;
        open.push(Open {
            at,
            base,
            ours,
            theirs,
        });
    }
    open
}

/// The result of a merge with one side at every conflict, and where in it each conflict is.
struct Taken {
    text: String,
    places: Vec<Range<usize>>,
}

impl Taken {
    fn of(merge: &Merge, sides: &Sides<'_>, side: Side) -> Option<Self> {
        let (bytes, places) = merge.taking_in_places(side, sides);
        let text = String::from_utf8(bytes).ok()?;
        Some(Self { text, places })
    }

    fn text_at(&self, conflict: usize) -> &str {
        &self.text[self.places[conflict].clone()]
    }
}

/// Returns a conflict about a whole file, which is open until the file's digest changes.
pub fn whole(why: WholeFileReason, ours: Option<&[u8]>) -> Open {
    Open {
        at: ConflictPlace::File(why),
        base: None,
        ours: ours.map(|bytes| Digest::of(bytes).to_string()),
        theirs: None,
    }
}

/// Returns a conflict about all lines of a text.
pub fn lines_of(text: &str) -> Open {
    let at = ConflictPlace::Lines {
        line: 1,
        before: String::new(),
        after: String::new(),
        marked: false,
    };
    Open {
        at,
        base: None,
        ours: Some(text.to_owned()),
        theirs: None,
    }
}

fn lines_at(text: &str, place: &Range<usize>, marked: bool) -> ConflictPlace {
    let (before, after) = (&text[..place.start], &text[place.end..]);
    let ends: Vec<&str> = before.split_inclusive('\n').collect();
    ConflictPlace::Lines {
        line: ends.len() + 1,
        before: ends[ends.len().saturating_sub(CONTEXT)..].concat(),
        after: after.split_inclusive('\n').take(CONTEXT).collect(),
        marked,
    }
}

/// Returns whether a conflict still waits for a person. Where there is no file, only a conflict
/// about a whole file can. `format` is that of a document.
pub fn is_open(open: &Open, file: Option<&File>, format: Format) -> bool {
    if let ConflictPlace::File(why) = &open.at {
        // Moving away what is in the way is only half of taking upstream's file.
        if let (WholeFileReason::Type(_), None) = (why, file) {
            return true;
        }
        // It is open until the file is edited.
        return open.ours == file.map(|file| Digest::of(&file.bytes).to_string());
    }
    let Some(text) = file.and_then(File::text) else {
        return false;
    };
    match (&open.at, &open.ours) {
        (ConflictPlace::File(_), _) => true,
        (ConflictPlace::Lines { marked: true, .. }, _) => {
            of_marked(open, &marked(text), text).is_some() || has_torn_marks(text)
        }
        (ConflictPlace::Lines { marked: false, .. }, _) => {
            find(open, text, &[]).is_some_and(|place| !has_both(open, text, &place))
        }
        (ConflictPlace::Value(pointer), ours) if format == Format::Toml => {
            match (toml::read(text), ours) {
                (Err(_), _) => true,
                (Ok(document), None) => document.pointer(pointer).is_none(),
                (Ok(_), Some(ours)) => toml::has_value(text, pointer, ours),
            }
        }
        (ConflictPlace::Value(pointer), ours) => match (Document::of_file(text), ours) {
            (Err(_), _) => true,
            (Ok(document), None) => document.value().pointer(pointer).is_none(),
            (Ok(document), Some(ours)) => value_at(&document, pointer, ours).is_some(),
        },
    }
}

/// What became of a conflict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlaceFate {
    /// A side was taken.
    Settled,
    /// No side was asked for. The lines around it may have changed.
    Open(Open),
    /// Only a person can settle it.
    Stuck(Open),
}

/// Returns the text with a side at each place for which one is asked, and what became of each
/// place.
///
/// All places are found before any is settled, since places close together are in each other's
/// context. `format` is that of a document.
pub fn settle(
    places: Vec<(Open, Option<Side>)>,
    text: &str,
    format: Format,
    policies: &'static Policies,
) -> (String, Vec<PlaceFate>) {
    let (mut text, found) = settle_lines(&places, text);
    let mut fates = Vec::new();
    for ((mut open, side), found) in places.into_iter().zip(found) {
        fates.push(match (side, found) {
            (Some(_), Some(_)) => PlaceFate::Settled,
            (Some(side), None) => match settle_alone(&open, &text, side, format, policies) {
                Some(settled) => {
                    text = settled;
                    PlaceFate::Settled
                }
                None => PlaceFate::Stuck(open),
            },
            (None, Some(place)) => {
                open.at = lines_at(&text, &place, false);
                PlaceFate::Open(open)
            }
            (None, None) => PlaceFate::Open(open),
        });
    }
    (text, fates)
}

/// Settles the places of lines without markers. Returns where each place is in the result, if it
/// was found.
fn settle_lines(
    places: &[(Open, Option<Side>)],
    text: &str,
) -> (String, Vec<Option<Range<usize>>>) {
    let mut found: Vec<(usize, Range<usize>)> = Vec::new();
    for (index, (open, _)) in places.iter().enumerate() {
        if matches!(open.at, ConflictPlace::Lines { marked: false, .. }) {
            let taken: Vec<Range<usize>> = found.iter().map(|(_, place)| place.clone()).collect();
            found.extend(find(open, text, &taken).map(|place| (index, place)));
        }
    }
    found.sort_by_key(|(index, place)| (place.start, place.end, *index));
    let (mut out, mut at) = (String::with_capacity(text.len()), 0);
    let mut results = vec![None; places.len()];
    for (index, place) in found {
        let (open, side) = &places[index];
        let wanted = match side {
            Some(Side::Theirs) => open.theirs.as_deref().unwrap_or_default(),
            Some(Side::Ours | Side::Base) => open.ours.as_deref().unwrap_or_default(),
            None => &text[place.clone()],
        };
        out.push_str(&text[at..place.start]);
        let start = out.len();
        match text.contains("\r\n") && side.is_some() {
            true => out.push_str(&windows(wanted)),
            false => out.push_str(wanted),
        }
        results[index] = Some(start..out.len());
        at = place.end;
    }
    out.push_str(&text[at..]);
    (out, results)
}

/// Returns the text with one side at an open place that isn't plain lines. Returns `None` where
/// only a person can do that.
fn settle_alone(
    open: &Open,
    text: &str,
    side: Side,
    format: Format,
    policies: &'static Policies,
) -> Option<String> {
    match &open.at {
        ConflictPlace::File(_) => (side != Side::Theirs).then(|| text.to_owned()),
        ConflictPlace::Lines { marked: true, .. } => settle_marked(open, text, side),
        ConflictPlace::Lines { marked: false, .. } => None,
        ConflictPlace::Value(_) if side != Side::Theirs => Some(text.to_owned()),
        ConflictPlace::Value(pointer) if format == Format::Toml => toml::with_value(
            text,
            pointer,
            [open.ours.as_deref(), open.theirs.as_deref()],
        ),
        ConflictPlace::Value(pointer) => {
            let document = Document::parse(text).ok()?;
            let settled = match (&open.ours, &open.theirs) {
                (Some(ours), Some(theirs)) => {
                    let span = value_at(&document, pointer, ours)?;
                    format!("{}{theirs}{}", &text[..span.start], &text[span.end..])
                }
                (ours, theirs) => by_merging(
                    &document,
                    pointer,
                    [ours.as_deref(), theirs.as_deref()],
                    policies,
                )?,
            };
            Document::parse(&settled).is_ok().then_some(settled)
        }
    }
}

#[cfg(test)]
mod tests;
