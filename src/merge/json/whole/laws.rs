//! The laws of the merge, over generated documents with generated edits.

use std::collections::{BTreeMap, BTreeSet};

use crate::merge::json::tests::SAMPLE;
use crate::merge::kind::FileKind;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::tests::merge_values;
use super::*;
use crate::merge::pieces::Sides;

const KEYS: [&str; 9] = [
    "allow",
    "args",
    "deny",
    "env",
    "hooks",
    "name",
    "PreToolUse",
    "permissions",
    "steps",
];
const WORDS: [&str; 6] = ["Bash", "Edit", "Read", "deploy", "lint", "test"];

fn key() -> prop::sample::Select<&'static str> {
    prop::sample::select(&KEYS[..])
}

fn scalar() -> impl Strategy<Value = Value> + Clone {
    prop_oneof![
        prop::sample::select(&WORDS[..]).prop_map(Value::from),
        (0..4u8).prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
    ]
}

fn value() -> impl Strategy<Value = Value> + Clone {
    let named = (prop::sample::select(&WORDS[..]), scalar())
        .prop_map(|(name, run)| json!({"name": name, "run": run}));
    let matcher = prop::sample::select(&WORDS[..]);
    let group = (matcher, 0..4u8, 0..3u8).prop_map(|(matcher, script, timeout)| {
        let command = format!("\"$CLAUDE_PROJECT_DIR\"/.claude/hooks/{script}.sh");
        let handler = json!({"type": "command", "command": command, "timeout": timeout});
        json!({"matcher": matcher, "hooks": [handler]})
    });
    let leaf = prop_oneof![
        4 => scalar(),
        1 => prop::collection::vec(named, 0..4).prop_map(Value::from),
        1 => prop::collection::vec(prop::sample::select(&WORDS[..]), 0..5).prop_map(Value::from),
        1 => prop::collection::vec(group, 0..3).prop_map(|groups| json!({"PreToolUse": groups})),
    ];
    leaf.prop_recursive(3, 24, 5, |inner| {
        prop_oneof![
            1 => prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            3 => prop::collection::vec((key(), inner), 0..5).prop_map(object),
        ]
    })
}

fn object(properties: Vec<(&str, Value)>) -> Value {
    Value::Object(
        properties
            .into_iter()
            .map(|(key, value)| (key.to_owned(), value))
            .collect(),
    )
}

fn document() -> impl Strategy<Value = Value> {
    prop::collection::vec((key(), value()), 0..5).prop_map(object)
}

/// What is done to one value of a document.
#[derive(Clone, Debug)]
enum Edit {
    Set(Value),
    Delete,
    Insert(&'static str, usize, Value),
    Move(usize, usize),
}

type Edits = Vec<(usize, Edit)>;

fn edits() -> impl Strategy<Value = Edits> + Clone {
    let edit = prop_oneof![
        2 => scalar().prop_map(Edit::Set),
        1 => value().prop_map(Edit::Set),
        2 => Just(Edit::Delete),
        3 => (key(), 0..5usize, value()).prop_map(|(k, at, v)| Edit::Insert(k, at, v)),
        1 => (0..5usize, 0..5usize).prop_map(|(from, to)| Edit::Move(from, to)),
    ];
    prop::collection::vec((0..40usize, edit), 0..4)
}

fn pointers(value: &Value, here: &str, into: &mut Vec<String>) {
    into.push(here.to_owned());
    match value {
        Value::Object(map) => map
            .iter()
            .for_each(|(key, value)| pointers(value, &format!("{here}/{key}"), into)),
        Value::Array(list) => {
            list.iter()
                .enumerate()
                .for_each(|(index, value)| pointers(value, &format!("{here}/{index}"), into));
        }
        _ => {}
    }
}

fn edited(mut value: Value, edits: &[(usize, Edit)]) -> Value {
    for (pick, edit) in edits {
        let mut all = Vec::new();
        pointers(&value, "", &mut all);
        let pointer = all[pick % all.len()].clone();
        match edit {
            Edit::Set(new) if !pointer.is_empty() => {
                *value.pointer_mut(&pointer).unwrap() = new.clone()
            }
            Edit::Delete if !pointer.is_empty() => {
                let (above, last) = pointer.rsplit_once('/').unwrap();
                match value.pointer_mut(above).unwrap() {
                    Value::Object(map) => drop(map.shift_remove(last)),
                    Value::Array(list) => drop(list.remove(last.parse().unwrap())),
                    _ => {}
                }
            }
            Edit::Insert(key, at, new) => match value.pointer_mut(&pointer).unwrap() {
                Value::Object(map) => drop(map.shift_insert(
                    (*at).min(map.len().saturating_sub(1)),
                    (*key).to_owned(),
                    new.clone(),
                )),
                Value::Array(list) => list.insert((*at).min(list.len()), new.clone()),
                _ => {}
            },
            Edit::Move(from, to) => match value.pointer_mut(&pointer).unwrap() {
                Value::Array(list) if !list.is_empty() => {
                    let (from, to) = (from % list.len(), to % list.len());
                    let moved = list.remove(from);
                    list.insert(to, moved);
                }
                Value::Object(map) if !map.is_empty() => {
                    let (from, to) = (from % map.len(), to % map.len());
                    let key = map.keys().nth(from).unwrap().clone();
                    let moved = map.shift_remove(&key).unwrap();
                    map.shift_insert(to, key, moved);
                }
                _ => {}
            },
            Edit::Set(_) | Edit::Delete => {}
        }
    }
    value
}

/// A value in one of several layouts.
fn text(value: &Value, layout: u8) -> String {
    let indented = crate::merge::json::to_text(value);
    match layout {
        0..=4 => indented,
        5 => value.to_string(),
        6 => indented.replace("  ", "\t"),
        7 => indented.replace('\n', "\r\n"),
        8 => format!("\u{feff}{}", indented.trim_end()),
        _ => indented.replace("[\n", "[").replace("  ", "    "),
    }
}

fn versions() -> impl Strategy<Value = [String; 3]> {
    let layouts = (
        0..10u8,
        prop::option::of(0..10u8),
        prop::option::of(0..10u8),
    );
    (document(), edits(), edits(), layouts).prop_map(
        |(base, ours, theirs, (layout, ours_layout, theirs_layout))| {
            let (ours, theirs) = (edited(base.clone(), &ours), edited(base.clone(), &theirs));
            let text_in = |value, other: Option<u8>| {
                text(
                    value,
                    other.filter(|other| other % 2 == 1).unwrap_or(layout),
                )
            };
            [
                text(&base, layout),
                text_in(&ours, ours_layout),
                text_in(&theirs, theirs_layout),
            ]
        },
    )
}

fn merged(texts: &[String; 3]) -> Merge {
    let [base, ours, theirs] = [0, 1, 2].map(|index| Document::parse(&texts[index]).unwrap());
    merge_values([&base, &ours, &theirs]).unwrap()
}

fn bytes<'a>([base, ours, theirs]: &'a [String; 3]) -> Sides<'a> {
    Sides {
        base: base.as_bytes(),
        ours: ours.as_bytes(),
        theirs: theirs.as_bytes(),
    }
}

/// Every key and scalar that a text holds.
fn words(text: &[u8]) -> BTreeSet<String> {
    fn collect(value: &Value, into: &mut BTreeSet<String>) {
        match value {
            Value::Object(map) => map.iter().for_each(|(key, value)| {
                into.insert(key.clone());
                collect(value, into);
            }),
            Value::Array(list) => list.iter().for_each(|value| collect(value, into)),
            Value::String(text) => drop(into.insert(text.clone())),
            scalar => drop(into.insert(scalar.to_string())),
        }
    }
    let mut found = BTreeSet::new();
    collect(&parsed(text), &mut found);
    found
}

fn parsed(text: &[u8]) -> Value {
    Document::parse(std::str::from_utf8(text).unwrap())
        .unwrap()
        .into_value()
}

/// A value with its arrays sorted: equal where two differ in order alone.
fn unordered(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            // Sorted, since lists are sorted by what their elements are written as.
            let sorted: BTreeMap<String, Value> = map
                .into_iter()
                .map(|(key, value)| (key, unordered(value)))
                .collect();
            Value::Object(sorted.into_iter().collect::<Map<_, _>>())
        }
        Value::Array(list) => {
            let mut list: Vec<Value> = list.into_iter().map(unordered).collect();
            list.sort_by_key(Value::to_string);
            Value::Array(list)
        }
        scalar => scalar,
    }
}

proptest! {
    #[test]
    fn where_one_side_is_silent_the_other_is_taken(texts in versions()) {
        let [base, ours, _] = texts;
        let theirs_only = [base.clone(), base.clone(), ours.clone()];
        let merge = merged(&theirs_only);
        prop_assert!(merge.is_clean());
        prop_assert_eq!(parsed(&merge.bytes(&bytes(&theirs_only))), parsed(ours.as_bytes()));
        let ours_only = [base.clone(), ours.clone(), base];
        let merge = merged(&ours_only);
        prop_assert!(merge.is_clean());
        prop_assert_eq!(merge.bytes(&bytes(&ours_only)), ours.as_bytes());
    }

    #[test]
    fn a_result_parses_and_loses_no_word(texts in versions()) {
        let merge = merged(&texts);
        let [base, ours, theirs] = [0, 1, 2].map(|side: usize| words(texts[side].as_bytes()));
        let sides = [(Side::Ours, &ours, &theirs), (Side::Theirs, &theirs, &ours)];
        for (side, words_of_side, other) in sides {
            let found = words(&merge.taking(side, &bytes(&texts)));
            let mut added = words_of_side.difference(&base).collect::<BTreeSet<_>>();
            if merge.is_clean() {
                added.extend(other.difference(&base));
            }
            let lost: Vec<_> = added.into_iter().filter(|word| !found.contains(*word)).collect();
            prop_assert!(lost.is_empty(), "{:?} is lost", lost);
        }
    }

    // Where an edit can be seen in several ways, a gate may find that this doesn't hold; then there
    // is a conflict.
    #[test]
    fn a_result_has_both_sides_in_it_for_good(texts in versions()) {
        let texts = bytes(&texts);
        let merged = |sides: &Sides| {
            let merge = crate::merge::merge(FileKind::Json, sides, SAMPLE);
            merge.is_clean().then_some(merge)
        };
        let Some(merge) = merged(&texts) else { return Ok(()) };
        let result = merge.bytes(&texts);
        for again in [Sides { ours: &result, ..texts }, Sides { theirs: &result, ..texts }] {
            prop_assert_eq!(merged(&again).map(|merge| merge.bytes(&again)), Some(result.clone()));
        }
    }

    #[test]
    fn swapped_sides_are_in_the_same_conflicts(texts in versions()) {
        let swapped = [texts[0].clone(), texts[2].clone(), texts[1].clone()];
        let (merge, other) = (merged(&texts), merged(&swapped));
        let places = |merge: &Merge| {
            let mut bases: Vec<_> = merge
                .conflicts()
                .map(|conflict| conflict.base.clone().map(|base| (base.start, base.end)))
                .collect();
            bases.sort();
            bases
        };
        prop_assert_eq!(places(&merge), places(&other));
        if merge.is_clean() {
            let value = |merge: &Merge, texts| unordered(parsed(&merge.bytes(&bytes(texts))));
            prop_assert_eq!(value(&merge, &texts), value(&other, &swapped));
        }
    }
}
