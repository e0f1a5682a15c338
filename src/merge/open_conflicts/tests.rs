//! Conflicts that the lock remembers: found again after edits, and closed by them.

use serde_json::Value;

use super::*;
use crate::merge::json::tests::SAMPLE;
use crate::merge::kind::FileKind;
use crate::merge::marking::LOCAL;
use crate::merge::merge;
use crate::merge::pieces::SideLabels;

/// What an upgrade leaves: the file, and what the lock remembers.
fn left(kind: FileKind, base: &str, ours: &str, theirs: &str, mark: bool) -> (String, Vec<Open>) {
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
    is_open(place, Some(&File::plain(text)), Format::Json)
}

fn settled(text: &str, places: &[Open], side: Side) -> String {
    let asked = places.iter().cloned().map(|place| (place, Some(side)));
    let (text, fates) = settle(asked.collect(), text, Format::Json, SAMPLE);
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
        let (same, fates) = settle(
            vec![(places[0].clone(), Some(Side::Theirs))],
            &text,
            Format::Json,
            SAMPLE,
        );
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
        let asked = asked.map(|(index, place)| (place, (index == first).then_some(Side::Theirs)));
        let (text, fates) = settle(asked.collect(), &text, Format::Json, SAMPLE);
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
    let (text, fates) = settle(asked.collect(), &text, Format::Json, SAMPLE);
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
