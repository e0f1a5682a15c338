//! Conflicts as the lock remembers them: made of a merge, found again in a file, settled in it.
//!
//! A file that wasn't marked holds ours at each place. It is found again by its own lines and a few
//! around them, or by the pointer of its value, so a file that was edited elsewhere since can still
//! be settled, and a place that was edited by hand is settled by that.

use std::ops::Range;

use serde_json::Value;

use super::json::{self, Document, Policies};
use super::marking::{LOCAL, is_mark_of_upgrade};
use super::pieces::{self, Merge, Side, Sides};
use crate::model::conflict::{ConflictPlace, Open, WholeFileReason};
use crate::model::digest::Digest;
use crate::model::pointer;
use crate::model::tree::File;

/// How many lines around a place are remembered.
const CONTEXT: usize = 3;

/// Returns the places that a merge leaves to a person, as they are in the file that has ours there;
/// `marked` says that the file gets markers.
pub fn of(merge: &Merge, sides: &Sides<'_>, marked: bool) -> Vec<Open> {
    let all = [Side::Base, Side::Ours, Side::Theirs].map(|side| {
        let (bytes, places) = merge.taking_in_places(side, sides);
        Some((String::from_utf8(bytes).ok()?, places))
    });
    let [
        Some((base, in_base)),
        Some((ours, in_ours)),
        Some((theirs, in_theirs)),
    ] = all
    else {
        return vec![whole(WholeFileReason::Binary, Some(sides.ours))];
    };
    let conflicts = merge.conflicts().enumerate().map(|(index, conflict)| {
        let text = |side: &Option<Range<usize>>, text: &str, places: &[Range<usize>]| {
            side.as_ref()
                .map(|_| text[places[index].clone()].to_owned())
        };
        let texts = [
            text(&conflict.base, &base, &in_base),
            text(&conflict.ours, &ours, &in_ours),
            text(&conflict.theirs, &theirs, &in_theirs),
        ];
        let (at, [base, ours, theirs]) = match &conflict.place {
            pieces::Location::File => return whole(WholeFileReason::Changed, Some(sides.ours)),
            pieces::Location::Value(pointer) => {
                let here = conflict
                    .ours
                    .as_ref()
                    .and_then(|_| moved_to(&ours, &in_ours[index]));
                (
                    ConflictPlace::Value(here.unwrap_or(pointer.clone())),
                    texts.map(|side| side.and_then(|text| value_in(&text))),
                )
            }
            pieces::Location::Lines { .. } => (lines(&ours, &in_ours[index], marked), texts),
        };
        Open {
            at,
            base,
            ours,
            theirs,
        }
    });
    conflicts.collect()
}

/// A conflict about all of a file, which is known by its digest until it is edited.
pub fn whole(why: WholeFileReason, ours: Option<&[u8]>) -> Open {
    Open {
        at: ConflictPlace::File(why),
        base: None,
        ours: ours.map(|bytes| Digest::of(bytes).to_string()),
        theirs: None,
    }
}

/// A conflict about all lines of a text.
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

fn lines(text: &str, place: &Range<usize>, marked: bool) -> ConflictPlace {
    let (before, after) = (&text[..place.start], &text[place.end..]);
    let ends: Vec<&str> = before.split_inclusive('\n').collect();
    ConflictPlace::Lines {
        line: ends.len() + 1,
        before: ends[ends.len().saturating_sub(CONTEXT)..].concat(),
        after: after.split_inclusive('\n').take(CONTEXT).collect(),
        marked,
    }
}

/// Returns the pointer of the value that stands at a place of a document.
fn moved_to(text: &str, place: &Range<usize>) -> Option<String> {
    let document = Document::parse(text).ok()?;
    // What stands there may have its key before it.
    document.pointer_at(place)
}

/// Returns the value of what stands at a conflict: a value, or a property with its key and a comma.
fn value_in(text: &str) -> Option<String> {
    let text = text.trim().trim_matches(',').trim();
    if serde_json::from_str::<Value>(text).is_ok() {
        return Some(text.to_owned());
    }
    let wrapped = format!("{{{text}}}");
    let document = Document::parse(&wrapped).ok()?;
    let pointer = document.pointers().into_iter().nth(1)?;
    Some(wrapped[document.span(&pointer)?].to_owned())
}

/// Returns whether a place of a file still waits for a person; without the file, only what has none
/// does.
pub fn is_open(open: &Open, file: Option<&File>) -> bool {
    if let ConflictPlace::File(why) = &open.at {
        // To move away what is in the way is half of taking upstream's.
        if let (WholeFileReason::Type(_), None) = (why, file) {
            return true;
        }
        // Until it is edited.
        return open.ours == file.map(|file| Digest::of(&file.bytes).to_string());
    }
    let Some(text) = file.and_then(File::text) else {
        return false;
    };
    match (&open.at, &open.ours) {
        (ConflictPlace::File(_), _) => true,
        (ConflictPlace::Lines { marked: true, .. }, _) => {
            of_marked(open, &marked(text), text).is_some() || is_torn(text)
        }
        (ConflictPlace::Lines { marked: false, .. }, _) => {
            find(open, text, &[]).is_some_and(|place| !has_both(open, text, &place))
        }
        (ConflictPlace::Value(pointer), ours) => match (Document::of_file(text), ours) {
            (Err(_), _) => true,
            (Ok(document), None) => document.value().pointer(pointer).is_none(),
            (Ok(document), Some(ours)) => value_at(&document, pointer, ours).is_some(),
        },
    }
}

/// What became of a place of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlaceFate {
    /// A side was taken.
    Settled,
    /// Nothing was asked. What is around it may be other lines now.
    Open(Open),
    /// It can't be settled without a person.
    Stuck(Open),
}

/// Returns the text with a side at each place that one is asked for, and what became of each.
///
/// Places are found before any is settled: those that stand close together are around one another.
pub fn settle(
    places: Vec<(Open, Option<Side>)>,
    text: &str,
    policies: &'static Policies,
) -> (String, Vec<PlaceFate>) {
    let (mut text, found) = settle_lines(&places, text);
    let mut fates = Vec::new();
    for ((mut open, side), found) in places.into_iter().zip(found) {
        fates.push(match (side, found) {
            (Some(_), Some(_)) => PlaceFate::Settled,
            (Some(side), None) => match settle_alone(&open, &text, side, policies) {
                Some(settled) => {
                    text = settled;
                    PlaceFate::Settled
                }
                None => PlaceFate::Stuck(open),
            },
            (None, Some(place)) => {
                open.at = lines(&text, &place, false);
                PlaceFate::Open(open)
            }
            (None, None) => PlaceFate::Open(open),
        });
    }
    (text, fates)
}

/// Settles the lines that weren't marked. Returns where each place is in the result, if it was
/// found.
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
            true => out.push_str(&with_returns(wanted)),
            false => out.push_str(wanted),
        }
        results[index] = Some(start..out.len());
        at = place.end;
    }
    out.push_str(&text[at..]);
    (out, results)
}

/// Returns the text with one side at a place that is open, and isn't lines among others; `None`
/// where that can't be done without a person.
fn settle_alone(
    open: &Open,
    text: &str,
    side: Side,
    policies: &'static Policies,
) -> Option<String> {
    match &open.at {
        ConflictPlace::File(_) => (side != Side::Theirs).then(|| text.to_owned()),
        ConflictPlace::Lines { marked: true, .. } => settle_marked(open, text, side),
        ConflictPlace::Lines { marked: false, .. } => None,
        ConflictPlace::Value(_) if side != Side::Theirs => Some(text.to_owned()),
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

fn with_returns(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\n', "\r\n")
}

/// Puts a value where none is, or takes one out: a merge of fragments does that, by keys.
fn by_merging(
    document: &Document<'_>,
    pointer: &str,
    [ours, theirs]: [Option<&str>; 2],
    policies: &'static Policies,
) -> Option<String> {
    let fragment = |value: Option<&str>| -> Option<Value> {
        let Some(value) = value else {
            return Some(Value::Object(serde_json::Map::new()));
        };
        // A property is written with its key.
        let value: Value = serde_json::from_str(value).ok()?;
        let keys: Vec<String> = pointer::keys(pointer).collect();
        if keys
            .iter()
            .any(|key| key.bytes().all(|byte| byte.is_ascii_digit()))
        {
            return None;
        }
        Some(keys.into_iter().rev().fold(value, |value, key| {
            Value::Object([(key, value)].into_iter().collect())
        }))
    };
    let texts = [fragment(ours)?, fragment(theirs)?].map(|fragment| json::to_text(&fragment));
    let (base, wanted) = (
        Document::parse(&texts[0]).ok()?,
        Document::parse(&texts[1]).ok()?,
    );
    let context = json::MergeContext::new(policies);
    let merged = json::merge(&base, document, &wanted, &context).ok()?;
    let sides = json::sides(&base, document, &wanted);
    merged
        .merge
        .is_clean()
        .then(|| json::text(&merged.merge, &sides))
}

/// Returns where a value is, by its pointer or, where elements came and went before it, by what it
/// is.
fn value_at(document: &Document<'_>, pointer: &str, ours: &str) -> Option<Range<usize>> {
    let ours: Value = serde_json::from_str(ours).ok()?;
    if document.value().pointer(pointer) == Some(&ours) {
        return document.span(pointer);
    }
    let mut alike = document
        .pointers()
        .into_iter()
        .filter(|other| is_alike(pointer, other) && document.value().pointer(other) == Some(&ours));
    let first = alike.next()?;
    if alike.next().is_some() {
        None
    } else {
        document.span(&first)
    }
}

/// Whether two pointers differ in numbers of elements alone, and there is one.
fn is_alike(pointer: &str, other: &str) -> bool {
    let shape = |pointer: &str| -> Vec<String> {
        let is_index = |key: &str| !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_digit());
        pointer
            .split('/')
            .map(|key| {
                if is_index(key) {
                    "#".to_owned()
                } else {
                    key.to_owned()
                }
            })
            .collect()
    };
    let one = shape(pointer);
    one.contains(&"#".to_owned()) && one == shape(other)
}

/// Returns where the lines of ours are, the likeliest place of them: with the most of the lines
/// around them, and the nearest. Where ours has no lines there, those around have to be there all.
/// What is `taken` is another place.
fn find(open: &Open, text: &str, taken: &[Range<usize>]) -> Option<Range<usize>> {
    let ConflictPlace::Lines {
        line,
        before,
        after,
        ..
    } = &open.at
    else {
        return None;
    };
    let split = |text: &str| -> Vec<String> {
        text.lines()
            .map(|line| line.trim_end_matches('\r').to_owned())
            .collect()
    };
    let (before, after) = (split(before), split(after));
    let ours = split(open.ours.as_deref().unwrap_or_default());
    let spans: Vec<&str> = text.split_inclusive('\n').collect();
    let lines: Vec<&str> = spans
        .iter()
        .map(|line| line.trim_end_matches(['\n', '\r']))
        .collect();
    let starts_with = |at: usize, wanted: &[String]| {
        lines
            .get(at..at + wanted.len())
            .is_some_and(|there| there.iter().zip(wanted).all(|(one, other)| *one == other))
    };
    let around = |at: usize| {
        let (above, below) = (&lines[..at], &lines[at + ours.len()..]);
        let above = above
            .iter()
            .rev()
            .zip(before.iter().rev())
            .take_while(|(one, other)| **one == **other)
            .count();
        let below = below
            .iter()
            .zip(&after)
            .take_while(|(one, other)| **one == **other)
            .count();
        (above, below)
    };
    let all = (before.len(), after.len());
    let offset = |count: usize| spans[..count].iter().map(|line| line.len()).sum::<usize>();
    let is_free = |at: usize| {
        let (start, end) = (offset(at), offset(at + ours.len()));
        taken
            .iter()
            .all(|other| end <= other.start || other.end <= start)
    };
    let fits = |at: &usize| {
        starts_with(*at, &ours) && (!ours.is_empty() || around(*at) == all) && is_free(*at)
    };
    let places = (0..=lines.len().saturating_sub(ours.len())).filter(fits);
    let best = places.max_by_key(|at| {
        let (above, below) = around(*at);
        (above + below, std::cmp::Reverse(at.abs_diff(line - 1)))
    })?;
    Some(offset(best)..offset(best + ours.len()))
}

/// Returns whether a person put the other side's lines beside ours, which are at this place.
fn has_both(open: &Open, text: &str, place: &Range<usize>) -> bool {
    let (ConflictPlace::Lines { before, after, .. }, Some(theirs)) = (&open.at, &open.theirs)
    else {
        return false;
    };
    let said = |text: &str| text.replace("\r\n", "\n");
    let (above, below) = (said(&text[..place.start]), said(&text[place.end..]));
    let is_above = above.ends_with(theirs) && !before.ends_with(theirs);
    let is_below = below.starts_with(theirs) && !after.starts_with(theirs);
    !theirs.trim().is_empty() && (is_above || is_below)
}

/// A place between markers.
struct Marked {
    whole: Range<usize>,
    ours: Range<usize>,
    theirs: Range<usize>,
}

/// Returns the line, from 1, of the first conflict that an upgrade marked in a text, in code or not.
pub fn first_marked(text: &str) -> Option<usize> {
    let first = marked(text).into_iter().next()?;
    Some(text[..first.whole.start].lines().count() + 1)
}

/// Returns the places between markers of an upgrade.
fn marked(text: &str) -> Vec<Marked> {
    let mut found = Vec::new();
    let mut start: Option<(usize, usize, usize)> = None;
    let (mut base, mut theirs) = (None, None);
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let end = at + line.len();
        let said = line.trim_end_matches(['\n', '\r']);
        let run = |mark: char| said.chars().take_while(|letter| *letter == mark).count();
        match start {
            _ if run('<') >= 7 && said[run('<')..].trim() == LOCAL => {
                (start, base, theirs) = (Some((at, end, run('<'))), None, None);
            }
            Some((_, _, length)) if run('|') == length => base = Some(at),
            Some((_, _, length))
                if base.is_some() && run('=') == length && said.len() == length =>
            {
                theirs = Some((at, end))
            }
            Some((from, ours, length)) if run('>') == length => {
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

/// Returns the place between markers that is this one: that has both its sides, or where one was
/// edited, the other. One that isn't there was settled by hand.
fn of_marked(open: &Open, places: &[Marked], text: &str) -> Option<usize> {
    let said = |text: &str| text.replace("\r\n", "\n");
    let [ours, theirs] =
        [&open.ours, &open.theirs].map(|side| said(side.as_deref().unwrap_or_default()));
    let has_ours = |place: &Marked| said(&text[place.ours.clone()]) == ours;
    let has_theirs = |place: &Marked| said(&text[place.theirs.clone()]) == theirs;
    let is_this = |place: &Marked| has_ours(place) && has_theirs(place);
    let is_edited = |place: &Marked| {
        !ours.is_empty() && has_ours(place) || !theirs.is_empty() && has_theirs(place)
    };
    let exact = places.iter().position(is_this);
    exact.or_else(|| places.iter().position(is_edited))
}

/// Returns whether a marker of a conflict was left that is none any more: the others were taken
/// out.
fn is_torn(text: &str) -> bool {
    let whole = marked(text);
    let mut at = 0;
    text.split_inclusive('\n').any(|line| {
        let start = at;
        at += line.len();
        is_mark_of_upgrade(line) && !whole.iter().any(|place| place.whole.contains(&start))
    })
}

/// Takes a side of the place between markers that is this one.
fn settle_marked(open: &Open, text: &str, side: Side) -> Option<String> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merge::json::tests::SAMPLE;
    use crate::merge::kind::FileKind;
    use crate::merge::merge;
    use crate::merge::pieces::SideLabels;

    /// What an upgrade leaves: the file, and what the lock remembers.
    fn left(
        kind: FileKind,
        base: &str,
        ours: &str,
        theirs: &str,
        mark: bool,
    ) -> (String, Vec<Open>) {
        let sides = Sides {
            base: base.as_bytes(),
            ours: ours.as_bytes(),
            theirs: theirs.as_bytes(),
        };
        let merge = merge(kind, &sides, SAMPLE);
        let labels = SideLabels {
            ours: LOCAL.to_owned(),
            base: "t 1.0.0".to_owned(),
            theirs: "t 1.1.0".to_owned(),
        };
        let bytes = if mark {
            merge.marked(&sides, &labels)
        } else {
            merge.bytes(&sides)
        };
        (String::from_utf8(bytes).unwrap(), of(&merge, &sides, mark))
    }

    fn open(place: &Open, text: &str) -> bool {
        is_open(place, Some(&File::plain(text)))
    }

    fn settled(text: &str, places: &[Open], side: Side) -> String {
        let asked = places.iter().cloned().map(|place| (place, Some(side)));
        let (text, fates) = settle(asked.collect(), text, SAMPLE);
        assert!(
            fates.iter().all(|fate| *fate == PlaceFate::Settled),
            "{fates:?}"
        );
        text
    }

    const BASE: &str = "a\nb\nc\nd\ne\nf\ng\nh\n";
    const OURS: &str = "a\nB\nc\nd\ne\nf\nG\nh\n";
    const THEIRS: &str = "a\nbb\nc\nd\ne\nf\ngg\nh\ni\n";

    #[test]
    fn either_side_is_taken_marked_or_not() {
        for mark in [false, true] {
            let (text, places) = left(FileKind::Text, BASE, OURS, THEIRS, mark);
            assert_eq!(places.len(), 2);
            assert!(places.iter().all(|place| open(place, &text)));
            assert_eq!(settled(&text, &places, Side::Theirs), THEIRS);
            assert_eq!(settled(&text, &places, Side::Ours), format!("{OURS}i\n"));
        }
    }

    #[test]
    fn a_file_that_was_edited_elsewhere_since_is_settled_all_the_same() {
        let (text, places) = left(FileKind::Text, BASE, OURS, THEIRS, false);
        let text = format!("new\n{}", text.replace("e\n", "E\n")).replace('\n', "\r\n");
        let expected = "new\na\nbb\nc\nd\nE\nf\ngg\nh\ni\n".replace('\n', "\r\n");
        assert_eq!(settled(&text, &places, Side::Theirs), expected);
    }

    #[test]
    fn what_was_edited_by_hand_is_settled() {
        let (text, places) = left(FileKind::Text, BASE, OURS, THEIRS, false);
        let text = text.replace("B\n", "B and bb\n");
        assert_eq!(
            [0, 1].map(|index| open(&places[index], &text)),
            [false, true]
        );
        let (_, places) = left(FileKind::Text, BASE, OURS, THEIRS, true);
        assert!(!open(&places[0], "a\nB\n"));
    }

    #[test]
    fn what_was_settled_by_hand_between_markers_is_no_other_place() {
        let (text, places) = left(FileKind::Text, BASE, OURS, THEIRS, true);
        let end = text.find(">>>>>>> t 1.1.0\n").unwrap() + ">>>>>>> t 1.1.0\n".len();
        let start = text.find("<<<<<<<").unwrap();
        let text = format!("{}by hand\n{}", &text[..start], &text[end..]);
        assert_eq!(
            [0, 1].map(|index| open(&places[index], &text)),
            [false, true]
        );
        let expected = |side: &str| format!("a\nby hand\nc\nd\ne\nf\n{side}\nh\ni\n");
        assert_eq!(settled(&text, &places[1..], Side::Theirs), expected("gg"));
        assert_eq!(settled(&text, &places[1..], Side::Ours), expected("G"));
    }

    #[test]
    fn a_place_of_which_a_marker_is_left_is_open() {
        let (text, places) = left(FileKind::Text, BASE, OURS, THEIRS, true);
        for gone in [">>>>>>> t 1.1.0\n", "<<<<<<< local\n", "=======\n"] {
            let text = text.replacen(gone, "", 2);
            assert!(places.iter().all(|place| open(place, &text)), "{text}");
            let (same, fates) =
                settle(vec![(places[0].clone(), Some(Side::Theirs))], &text, SAMPLE);
            assert_eq!(same, text);
            assert_eq!(fates, [PlaceFate::Stuck(places[0].clone())]);
        }
    }

    #[test]
    fn a_place_that_has_both_sides_by_hand_is_settled() {
        let (text, places) = left(FileKind::Text, BASE, OURS, THEIRS, false);
        for both in ["B\nbb\n", "bb\nB\n"] {
            let text = text.replace("B\n", both);
            assert_eq!(
                [0, 1].map(|index| open(&places[index], &text)),
                [false, true]
            );
        }
    }

    #[test]
    fn a_deletion_is_a_side_too() {
        let (text, places) = left(FileKind::Text, "a\nb\nc\n", "a\nc\n", "a\nB\nc\n", false);
        assert_eq!(text, "a\nc\n");
        assert!(open(&places[0], &text));
        assert_eq!(settled(&text, &places, Side::Theirs), "a\nB\nc\n");
        assert!(!open(&places[0], "a\nx\nc\n"));
        let (text, places) = left(FileKind::Text, "a\nb\nc\n", "a\nB\nc\n", "a\nc\n", false);
        assert_eq!(settled(&text, &places, Side::Theirs), "a\nc\n");
    }

    const CLOSE: [&str; 3] = [
        "a\n\nbase one\n\nbase two\nz\n",
        "a\n\nour own\n\nz\n",
        "a\n\ntheir 1\n\ntheir 2\nz\n",
    ];

    #[test]
    fn places_that_stand_around_one_another_are_settled_together() {
        let [base, ours, theirs] = CLOSE;
        let (text, places) = left(FileKind::Text, base, ours, theirs, false);
        assert_eq!(places.len(), 2);
        assert_eq!(settled(&text, &places, Side::Theirs), theirs);
        assert_eq!(settled(&text, &places, Side::Ours), ours);
    }

    #[test]
    fn a_place_is_found_when_its_neighbour_was_settled_before() {
        let [base, ours, theirs] = CLOSE;
        for [first, second] in [[0, 1], [1, 0]] {
            let (text, places) = left(FileKind::Text, base, ours, theirs, false);
            let asked = places.into_iter().enumerate();
            let asked =
                asked.map(|(index, place)| (place, (index == first).then_some(Side::Theirs)));
            let (text, fates) = settle(asked.collect(), &text, SAMPLE);
            let PlaceFate::Open(other) = &fates[second] else {
                panic!("{fates:?}");
            };
            assert!(open(other, &text));
            assert_eq!(
                settled(&text, std::slice::from_ref(other), Side::Theirs),
                theirs
            );
        }
    }

    #[test]
    fn a_place_that_is_gone_is_stuck_and_the_others_are_settled() {
        let [base, ours, theirs] = CLOSE;
        let (text, places) = left(FileKind::Text, base, ours, theirs, false);
        let text = text.replace("our own\n\nz\n", "our own\n\nnew\nz\n");
        let asked = places.into_iter().map(|place| (place, Some(Side::Theirs)));
        let (text, fates) = settle(asked.collect(), &text, SAMPLE);
        assert_eq!(text, "a\n\ntheir 1\n\nnew\nz\n");
        assert!(matches!(
            fates.as_slice(),
            [PlaceFate::Settled, PlaceFate::Stuck(_)]
        ));
    }

    #[test]
    fn values_are_found_by_their_pointers() {
        let document = |mode: &str, timeout: u32, before: &str| {
            format!(
                "{{\n  \"mode\": {mode},\n  \"list\": [{before}{{ \"name\": \"x\", \"timeout\": \
                 {timeout} }}]\n}}\n"
            )
        };
        let (base, ours, theirs) = (
            document("1", 1, ""),
            document("2", 2, ""),
            document("3", 3, ""),
        );
        let (text, places) = left(FileKind::Json, &base, &ours, &theirs, false);
        assert_eq!(text, ours);
        let pointers: Vec<_> = places.iter().map(|place| place.at.clone()).collect();
        assert_eq!(
            pointers,
            [
                ConflictPlace::Value("/mode".into()),
                ConflictPlace::Value("/list/0/timeout".into())
            ]
        );
        assert_eq!(settled(&text, &places, Side::Theirs), theirs);
        // An element came before it since.
        let before = "{ \"name\": \"new\", \"timeout\": 9 }, ";
        let (text, expected) = (document("2", 2, before), document("3", 3, before));
        assert!(places.iter().all(|place| open(place, &text)));
        assert_eq!(settled(&text, &places, Side::Theirs), expected);
        // It was given another value by hand.
        assert!(!open(&places[0], &document("7", 2, "")));
    }

    #[test]
    fn a_property_is_taken_out_or_brought_back() {
        let (base, without) = (
            "{\n  \"a\": 1,\n  \"b\": { \"c\": 1 }\n}\n",
            "{\n  \"a\": 1\n}\n",
        );
        let edited = base.replace("{ \"c\": 1 }", "{ \"c\": 2 }");
        let (text, places) = left(FileKind::Json, base, &edited, without, false);
        assert_eq!(settled(&text, &places, Side::Theirs), without);
        let (text, places) = left(FileKind::Json, base, without, &edited, false);
        let value = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        assert!(open(&places[0], &text));
        assert_eq!(
            value(&settled(&text, &places, Side::Theirs)),
            value(&edited)
        );
    }
}
