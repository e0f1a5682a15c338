//! The value law over documents whose entries are moved, renamed, removed, added, edited and
//! reordered: a clean merge says what merging the values says, and what isn't contested is merged
//! whatever is contested beside it.
//!
//! The value merge here and the readers of the documents share no code with the engine.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write as _};

use agentpkg::agent::merge;
use agentpkg::merge::kind::FileKind;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use support::Skips;

use super::documents::Case;
use super::laws;

/// A document: tables of entries, in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Document(Vec<(String, Table)>);

type Table = Vec<(String, Said)>;

/// What an entry says.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Said {
    One(u8),
    List(Vec<u8>),
}

/// What a person does to a document.
#[derive(Clone, Debug)]
enum Edit {
    Set(Index, Index, u8),
    Extend(Index, Index, u8),
    Drop(Index, Index, Index),
    Shift(Index, Index, Index, Index),
    Remove(Index, Index),
    Add(Index, Index, &'static str, Said),
    Move(Index, Index, Index),
    MoveToOther(Index, Index, Index),
    Rename(Index, Index, &'static str),
    Reverse(Index),
    AddTable(Index, &'static str, u8),
    RemoveTable(Index),
    MoveTable(Index, Index),
    RenameTable(Index, &'static str),
}

const TABLES: [&str; 5] = ["alpha", "beta", "gamma", "delta", "omega"];
const KEYS: [&str; 8] = ["a", "b", "c", "d", "e", "f", "g", "h"];

fn said(lists: bool) -> BoxedStrategy<Said> {
    let one = (0..6_u8).prop_map(Said::One);
    match lists {
        true => prop_oneof![2 => one, 1 => vec(0..9_u8, 1..5).prop_map(Said::List)].boxed(),
        false => one.boxed(),
    }
}

fn table(lists: bool) -> impl Strategy<Value = Table> {
    let keys = proptest::sample::subsequence(KEYS.to_vec(), 1..6).prop_shuffle();
    (keys, vec(said(lists), 8)).prop_map(|(keys, values)| {
        let keys = keys.into_iter().map(str::to_owned);
        keys.zip(values).collect()
    })
}

fn document(lists: bool) -> impl Strategy<Value = Document> {
    let names = proptest::sample::subsequence(TABLES.to_vec(), 1..4).prop_shuffle();
    (names, vec(table(lists), 4)).prop_map(|(names, tables)| {
        let names = names.into_iter().map(str::to_owned);
        Document(names.zip(tables).collect())
    })
}

fn edit(lists: bool) -> BoxedStrategy<Edit> {
    let at = any::<Index>;
    let key = || select(&KEYS[..]);
    let name = || select(&TABLES[..]);
    let of_entries = prop_oneof![
        4 => (at(), at(), 0..6_u8).prop_map(|(table, key, value)| Edit::Set(table, key, value)),
        3 => (at(), at()).prop_map(|(table, key)| Edit::Remove(table, key)),
        3 => (at(), at(), key(), said(lists)).prop_map(|(table, to, key, said)| Edit::Add(table, to, key, said)),
        3 => (at(), at(), at()).prop_map(|(table, from, to)| Edit::Move(table, from, to)),
        1 => (at(), at(), at()).prop_map(|(table, key, other)| Edit::MoveToOther(table, key, other)),
        2 => (at(), at(), key()).prop_map(|(table, key, name)| Edit::Rename(table, key, name)),
        1 => at().prop_map(Edit::Reverse),
        1 => (at(), name(), 0..6_u8).prop_map(|(to, name, value)| Edit::AddTable(to, name, value)),
        1 => at().prop_map(Edit::RemoveTable),
        1 => (at(), at()).prop_map(|(from, to)| Edit::MoveTable(from, to)),
        1 => (at(), name()).prop_map(|(table, name)| Edit::RenameTable(table, name)),
    ];
    let of_lists = prop_oneof![
        2 => (at(), at(), 0..9_u8).prop_map(|(table, key, item)| Edit::Extend(table, key, item)),
        2 => (at(), at(), at()).prop_map(|(table, key, item)| Edit::Drop(table, key, item)),
        2 => (at(), at(), at(), at()).prop_map(|(table, key, from, to)| Edit::Shift(table, key, from, to)),
    ];
    match lists {
        true => prop_oneof![1 => of_entries, 1 => of_lists].boxed(),
        false => of_entries.boxed(),
    }
}

impl Document {
    fn edited(mut self, edits: &[Edit]) -> Self {
        edits.iter().for_each(|edit| self.edit(edit));
        self
    }

    fn edit(&mut self, edit: &Edit) {
        let Self(tables) = self;
        let has_table =
            |tables: &[(String, Table)], name: &str| tables.iter().any(|(other, _)| other == name);
        match edit {
            Edit::AddTable(to, name, value) => {
                if !has_table(tables, name) {
                    let table = vec![("a".to_owned(), Said::One(*value))];
                    tables.insert(to.index(tables.len() + 1), ((*name).to_owned(), table));
                }
                return;
            }
            _ if tables.is_empty() => return,
            Edit::RemoveTable(table) => _ = tables.remove(table.index(tables.len())),
            Edit::MoveTable(from, to) => {
                let moved = tables.remove(from.index(tables.len()));
                tables.insert(to.index(tables.len() + 1), moved);
            }
            Edit::RenameTable(table, name) => {
                let table = table.index(tables.len());
                if !has_table(tables, name) {
                    tables[table].0 = (*name).to_owned();
                }
            }
            Edit::Set(table, ..)
            | Edit::Extend(table, ..)
            | Edit::Drop(table, ..)
            | Edit::Shift(table, ..)
            | Edit::Remove(table, ..)
            | Edit::Add(table, ..)
            | Edit::Move(table, ..)
            | Edit::Rename(table, ..)
            | Edit::Reverse(table) => {
                let table = table.index(tables.len());
                edit_table(&mut tables[table].1, edit);
            }
            Edit::MoveToOther(table, key, other) => {
                let (table, other) = (table.index(tables.len()), other.index(tables.len()));
                let at = key.index(tables[table].1.len());
                let (key, said) = tables[table].1[at].clone();
                if tables[other].1.iter().all(|(known, _)| *known != key) {
                    tables[table].1.remove(at);
                    tables[other].1.push((key, said));
                }
            }
        }
        // A table of nothing is written otherwise in each kind.
        self.0.retain(|(_, table)| !table.is_empty());
    }
}

fn edit_table(table: &mut Table, edit: &Edit) {
    let has = |table: &Table, key: &str| table.iter().any(|(known, _)| known == key);
    let count = table.len();
    match edit {
        Edit::Set(_, key, value) => table[key.index(count)].1 = Said::One(*value),
        Edit::Extend(_, key, item) => {
            if let Said::List(list) = &mut table[key.index(count)].1 {
                list.push(*item);
            }
        }
        Edit::Drop(_, key, item) => {
            if let Said::List(list) = &mut table[key.index(count)].1
                && list.len() > 1
            {
                list.remove(item.index(list.len()));
            }
        }
        Edit::Shift(_, key, from, to) => {
            if let Said::List(list) = &mut table[key.index(count)].1 {
                let moved = list.remove(from.index(list.len()));
                list.insert(to.index(list.len() + 1), moved);
            }
        }
        Edit::Remove(_, key) => _ = table.remove(key.index(count)),
        Edit::Add(_, to, key, said) if !has(table, key) => {
            table.insert(to.index(count + 1), ((*key).to_owned(), said.clone()));
        }
        Edit::Move(_, from, to) => {
            let moved = table.remove(from.index(count));
            table.insert(to.index(count), moved);
        }
        Edit::Rename(_, key, name) if !has(table, name) => {
            table[key.index(count)].0 = (*name).to_owned();
        }
        Edit::Reverse(_) => table.reverse(),
        _ => {}
    }
}

/// Writes a document of a kind; Markdown has it as its frontmatter.
fn written(kind: FileKind, document: &Document) -> String {
    let mut text = String::new();
    let last = document.0.len().saturating_sub(1);
    if kind == FileKind::Json {
        text.push('{');
    }
    for (index, (name, table)) in document.0.iter().enumerate() {
        match kind {
            FileKind::Toml if index > 0 => _ = write!(text, "\n[{name}]\n"),
            FileKind::Toml => _ = writeln!(text, "[{name}]"),
            FileKind::Json => _ = write!(text, "\n  \"{name}\": {{"),
            _ => _ = writeln!(text, "{name}:"),
        }
        for (at, (key, said)) in table.iter().enumerate() {
            let comma = if at + 1 < table.len() { "," } else { "" };
            let value = match (kind, said) {
                (_, Said::One(value)) => value.to_string(),
                (FileKind::Markdown | FileKind::Yaml, Said::List(list)) => {
                    list.iter().map(|item| format!("\n    - i{item}")).collect()
                }
                (_, Said::List(list)) => {
                    let items: Vec<String> = list
                        .iter()
                        .map(|item| format!("\n      \"i{item}\""))
                        .collect();
                    format!("[{}\n    ]", items.join(","))
                }
            };
            let space = if value.starts_with('\n') { "" } else { " " };
            match kind {
                FileKind::Toml => _ = writeln!(text, "{key} = {value}"),
                FileKind::Json => _ = write!(text, "\n    \"{key}\": {value}{comma}"),
                _ => _ = writeln!(text, "  {key}:{space}{value}"),
            }
        }
        if kind == FileKind::Json {
            text.push_str(if index < last { "\n  }," } else { "\n  }" });
        }
    }
    match kind {
        FileKind::Json if document.0.is_empty() => "{}\n".to_owned(),
        FileKind::Json => text + "\n}\n",
        FileKind::Markdown => format!("---\n{text}---\n\nHow it is done.\n"),
        _ => text,
    }
}

/// The values of a document by their places, read line by line: what is written above has no other
/// layout.
fn read(text: &str) -> Result<Places, String> {
    let mut places = Places::new();
    let (mut table, mut list) = (String::new(), None::<(String, String)>);
    for line in text.lines() {
        let bare = line.trim().trim_end_matches(',').replace('"', "");
        if matches!(
            bare.as_str(),
            "" | "---" | "{" | "}" | "{}" | "]" | "How it is done."
        ) {
            if bare == "]" {
                list = None;
            }
            continue;
        }
        let is_header = bare.starts_with('[')
            || bare.ends_with(": {")
            || !line.starts_with(' ') && bare.ends_with(':');
        if is_header {
            table = bare.trim_matches(['[', ']', ':', '{', ' ']).to_owned();
            continue;
        }
        let entry = bare.split_once(['=', ':']);
        match (entry, &list) {
            (None, Some(place)) => {
                let item = bare.trim_start_matches("- ").to_owned();
                match places.get_mut(place) {
                    Some(items) => items.push(item),
                    None => return Err(format!("an item of nothing: {line}")),
                }
            }
            (None, None) => return Err(format!("a line of nothing: {line}")),
            (Some((key, value)), _) => {
                let place = (table.clone(), key.trim().to_owned());
                let value = value.trim();
                let is_list = value.is_empty() || value.starts_with('[');
                let said = if is_list {
                    vec![LIST.to_owned()]
                } else {
                    vec![value.to_owned()]
                };
                if places.insert(place.clone(), said).is_some() {
                    return Err(format!("for the second time: {line}"));
                }
                list = (is_list && value != "[]").then_some(place);
            }
        }
    }
    // Where an item stands is no part of what a list says.
    places.values_mut().for_each(|said| said.sort());
    Ok(places)
}

/// What stands before the items of a list.
const LIST: &str = "items";

/// What each entry says, by its table and key.
type Places = BTreeMap<(String, String), Vec<String>>;

/// What a value merge makes of each entry: what it says, where anything; or that it is contested.
type Merged = BTreeMap<(String, String), Outcome>;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Outcome {
    Says(Option<Vec<String>>),
    Contested,
}

/// Merges values: tables by their names, entries by their keys.
fn merged([base, ours, theirs]: [&Places; 3]) -> Merged {
    let tables = |places: &Places| -> BTreeSet<String> {
        places.keys().map(|(table, _)| table.clone()).collect()
    };
    let [in_base, in_ours, in_theirs] = [base, ours, theirs].map(tables);
    let new_tables = new_names([&in_base, &in_ours, &in_theirs]);
    let of = |places: &Places, table: &str| -> Places {
        let entries = places.iter().filter(|((other, _), _)| other == table);
        entries
            .map(|(place, said)| (place.clone(), said.clone()))
            .collect()
    };
    let mut result = Merged::new();
    let all: BTreeSet<&String> = in_base.iter().chain(&in_ours).chain(&in_theirs).collect();
    for table in all {
        let sides = [of(base, table), of(ours, table), of(theirs, table)];
        let [base, ours, theirs] = &sides;
        let contest = |result: &mut Merged| {
            for place in sides.iter().flat_map(Places::keys) {
                result.insert(place.clone(), Outcome::Contested);
            }
        };
        let is_one_sided = ours == theirs || theirs == base || ours == base;
        let is_gone_somewhere = !base.is_empty() && (ours.is_empty() || theirs.is_empty());
        if new_tables.contains(table) || is_gone_somewhere && !is_one_sided {
            contest(&mut result);
            continue;
        }
        let keys = |places: &Places| -> BTreeSet<String> {
            places.keys().map(|(_, key)| key.clone()).collect()
        };
        let new_keys = match is_one_sided {
            true => BTreeSet::new(),
            false => new_names([&keys(base), &keys(ours), &keys(theirs)]),
        };
        for place in sides.iter().flat_map(Places::keys) {
            let [base, ours, theirs] = [base, ours, theirs].map(|side| side.get(place).cloned());
            let outcome = match () {
                () if new_keys.contains(&place.1) => Outcome::Contested,
                () if ours == theirs || theirs == base => Outcome::Says(ours),
                () if ours == base => Outcome::Says(theirs),
                () => Outcome::Contested,
            };
            result.insert(place.clone(), outcome);
        }
    }
    result
}

/// Returns the names that one side has alone, where both sides took some out and each put others in
/// their stead.
fn new_names([base, ours, theirs]: [&BTreeSet<String>; 3]) -> BTreeSet<String> {
    let is_gone = base
        .iter()
        .any(|name| !ours.contains(name) && !theirs.contains(name));
    let of_ours: BTreeSet<&String> = ours
        .iter()
        .filter(|name| !base.contains(*name) && !theirs.contains(*name))
        .collect();
    let of_theirs: BTreeSet<&String> = theirs
        .iter()
        .filter(|name| !base.contains(*name) && !ours.contains(*name))
        .collect();
    match is_gone && !of_ours.is_empty() && !of_theirs.is_empty() {
        true => of_ours.into_iter().chain(of_theirs).cloned().collect(),
        false => BTreeSet::new(),
    }
}

/// Three versions of a document.
#[derive(Clone)]
struct Three {
    kind: FileKind,
    texts: [String; 3],
}

impl fmt::Debug for Three {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [base, ours, theirs] = &self.texts;
        write!(
            f,
            "{:?}\n-- base\n{base}-- ours\n{ours}-- theirs\n{theirs}",
            self.kind
        )
    }
}

/// The kinds that have values; Markdown has them in its frontmatter.
const KINDS: [FileKind; 4] = [
    FileKind::Json,
    FileKind::Toml,
    FileKind::Yaml,
    FileKind::Markdown,
];

fn three(lists: bool) -> impl Strategy<Value = Three> {
    let edits = || vec(edit(lists), 1..5);
    (select(&KINDS[..]), document(lists), edits(), edits()).prop_map(
        |(kind, base, ours, theirs)| {
            let (ours, theirs) = (base.clone().edited(&ours), base.clone().edited(&theirs));
            Three {
                kind,
                texts: [base, ours, theirs].map(|document| written(kind, &document)),
            }
        },
    )
}

impl Three {
    fn case(&self) -> Case {
        let [base, ours, theirs] = self.texts.clone().map(String::into_bytes);
        Case {
            kind: self.kind,
            base,
            ours,
            theirs,
        }
    }

    fn places(&self) -> Result<[Places; 3], TestCaseError> {
        let [base, ours, theirs] = self
            .texts
            .each_ref()
            .map(|text| read(text).map_err(TestCaseError::fail));
        Ok([base?, ours?, theirs?])
    }
}

proptest! {
    #![proptest_config(super::proofs::config())]

    #[test]
    fn a_clean_merge_says_what_its_values_say(three in three(true)) {
        let case = three.case();
        laws::check(case.kind, &case.sides()).map_err(TestCaseError::fail)?;
        let merge = merge(case.kind, &case.sides());
        if !merge.is_clean() {
            return Ok(());
        }
        let text = String::from_utf8(merge.bytes(&case.sides())).expect("the sides are text");
        let result = read(&text).map_err(TestCaseError::fail)?;
        let [base, ours, theirs] = three.places()?;
        for (place, outcome) in merged([&base, &ours, &theirs]) {
            let said = result.get(&place).cloned();
            let lists = [&base, &ours, &theirs].map(|side| side.get(&place).cloned());
            let is_right = match (&outcome, lists) {
                (Outcome::Says(expected), _) => said == *expected,
                (Outcome::Contested, [base, Some(ours), Some(theirs)]) => {
                    said.as_ref().is_some_and(|said| counts_agree([&base.unwrap_or_default(), &ours, &theirs, said]))
                }
                (Outcome::Contested, _) => false,
            };
            prop_assert!(is_right, "{place:?} says {said:?}, and not {outcome:?}, in\n{text}");
        }
    }
}

/// Whether lists that both sides edited were merged item by item.
fn counts_agree([base, ours, theirs, result]: [&Vec<String>; 4]) -> bool {
    let count =
        |list: &Vec<String>, item: &String| list.iter().filter(|other| *other == item).count();
    let all: BTreeSet<&String> = [base, ours, theirs, result].into_iter().flatten().collect();
    let are_lists = [ours, theirs, result]
        .iter()
        .all(|list| list.iter().any(|item| item == LIST));
    are_lists
        && all.into_iter().all(|item| {
            let [base, ours, theirs, result] =
                [base, ours, theirs, result].map(|list| count(list, item));
            match () {
                () if theirs == base => result == ours,
                () if ours == base => result == theirs,
                () if ours == theirs => {
                    (ours..=ours + theirs.saturating_sub(base)).contains(&result)
                }
                () => result == ours || result == theirs,
            }
        })
}

#[test]
fn what_is_not_contested_is_merged_whatever_is_contested_beside_it() {
    let as_small = Skips::at_most(2, "merges with no conflict larger than its entry");
    let clean = Skips::at_most(60, "merges that are clean");
    proptest!(super::proofs::config(), |(three in three(false))| {
        let case = three.case();
        let merge = merge(case.kind, &case.sides());
        let text = String::from_utf8(merge.bytes(&case.sides())).expect("the sides are text");
        let result = read(&text).map_err(TestCaseError::fail)?;
        let [base, ours, theirs] = three.places()?;
        let expected = merged([&base, &ours, &theirs]);
        let is_contested = expected.values().any(|outcome| *outcome == Outcome::Contested);
        clean.uses(merge.is_clean());
        // An entry that both added may be one that both renamed, and one of them edited.
        let is_added = |place: &(String, String)| !base.contains_key(place) && ours.contains_key(place) && theirs.contains_key(place);
        let is_right = |(place, outcome): (&(String, String), &Outcome)| match outcome {
            Outcome::Says(said) => result.get(place) == said.as_ref(),
            Outcome::Contested if merge.is_clean() => is_added(place) && [ours.get(place), theirs.get(place)].contains(&result.get(place)),
            Outcome::Contested => result.get(place) == ours.get(place),
        };
        let is_exact = (is_contested || merge.is_clean()) && expected.iter().all(is_right);
        if !as_small.uses(is_exact) {
            // Larger, but never wrong.
            prop_assert!(!merge.is_clean(), "{text}");
            if std::env::var_os("SHOW").is_some() { println!("{three:?}\n== \n{text}{:?}\n", merge.conflicts().map(|c| c.place.clone()).collect::<Vec<_>>()); }
        }
    });
    clean.check();
    as_small.check();
}
