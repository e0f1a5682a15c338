//! The values of documents, and the value that a clean merge of them has to have. This merge knows
//! nothing of lines, and shares no code with the merges that do.
//!
//! **What one side removed and the other only moved stays removed. What one side removed and the
//! other edited can't be in a clean result. Equal additions at different paths are different
//! additions**: a value is known by its path.

use std::collections::{BTreeMap, BTreeSet};

use saphyr_parser::{Event, Parser, ScalarStyle};
use toml_edit::{Item, TableLike, Value as Toml};

use super::json::Policies;
use super::kind::FileKind;
use super::marking::frontmatter;

/// The largest text whose values are read, in bytes.
const LARGEST: usize = 1 << 22;

/// The deepest nesting that is read.
const DEEPEST: usize = 100;

/// A value of a document. Sequences are sorted, since this merge compares them as multisets.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// A scalar as it is written, and whether it is between quotes.
    Scalar { text: String, is_quoted: bool },
    /// Elements, sorted.
    Sequence(Vec<Value>),
    /// Values by their keys.
    Mapping(BTreeMap<String, Value>),
}

impl Value {
    /// Reads a document of a kind, or the frontmatter of a Markdown text. Returns `None` where it
    /// doesn't parse, its kind has no values, or it is too large.
    pub fn read(kind: FileKind, bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        if text.len() > LARGEST {
            return None;
        }
        match kind {
            FileKind::Toml => {
                let document = toml_edit::Document::parse(text).ok()?;
                table(document.as_table(), 0)
            }
            FileKind::Yaml => yaml(text),
            FileKind::Json => json(&serde_json::from_str(text).ok()?, 0),
            FileKind::Markdown => yaml(header(text)?),
            _ => None,
        }
    }

    fn is_scalar(&self) -> bool {
        matches!(self, Self::Scalar { .. })
    }
}

/// Returns whether `result` has the value that merging the three versions gives. Where values alone
/// can't tell what is right, every result is.
pub fn agrees(
    base: Option<&Value>,
    ours: Option<&Value>,
    theirs: Option<&Value>,
    result: Option<&Value>,
) -> bool {
    if ours == theirs || theirs == base {
        return result == ours;
    }
    if ours == base {
        return result == theirs;
    }
    match (base, ours, theirs) {
        (
            None | Some(Value::Mapping(_)),
            Some(Value::Mapping(ours)),
            Some(Value::Mapping(theirs)),
        ) => {
            let nothing = BTreeMap::new();
            let base = match base {
                Some(Value::Mapping(base)) => base,
                _ => &nothing,
            };
            let Some(Value::Mapping(result)) = result else {
                return false;
            };
            mappings_agree([base, ours, theirs, result])
        }
        (
            None | Some(Value::Sequence(_)),
            Some(Value::Sequence(ours)),
            Some(Value::Sequence(theirs)),
        ) => {
            let base = match base {
                Some(Value::Sequence(base)) => base.as_slice(),
                _ => &[],
            };
            let Some(Value::Sequence(result)) = result else {
                return false;
            };
            sequences_agree([base, ours, theirs, result])
        }
        // A string that both edited may have been merged word by word, or contain the other's edit.
        (
            None | Some(Value::Scalar { .. }),
            Some(Value::Scalar { text: ours, .. }),
            Some(Value::Scalar { text: theirs, .. }),
        ) => {
            let base = match base {
                Some(Value::Scalar { text, .. }) => text.as_str(),
                _ => "",
            };
            let Some(Value::Scalar { text: result, .. }) = result else {
                return false;
            };
            counts_agree([base, ours, theirs, result].map(words))
        }
        // One side edited what the other removed, or their types differ.
        _ => false,
    }
}

/// Returns whether both sides changed an object that makes sense only as a whole, so that merging it
/// property by property would give one that neither side has: one side dropped a property, or both
/// added the object, and neither says all that the other says. `at` is where the values are.
pub fn tears_a_whole(
    at: &mut Vec<String>,
    [base, ours, theirs]: [Option<&Value>; 3],
    policies: &Policies,
) -> bool {
    let (Some(Value::Mapping(in_ours)), Some(Value::Mapping(in_theirs))) = (ours, theirs) else {
        return false;
    };
    if ours == theirs || ours == base || theirs == base {
        return false;
    }
    let in_base = match base {
        Some(Value::Mapping(in_base)) => Some(in_base),
        _ => None,
    };
    if policies.is_unit(at) {
        let has_all = |one: &BTreeMap<String, Value>, other: &BTreeMap<String, Value>| {
            other.iter().all(|(key, value)| one.get(key) == Some(value))
        };
        return match in_base {
            Some(in_base) => {
                let drops = |side: &BTreeMap<String, Value>| {
                    in_base.keys().any(|key| !side.contains_key(key))
                };
                drops(in_ours) || drops(in_theirs)
            }
            None => !has_all(in_ours, in_theirs) && !has_all(in_theirs, in_ours),
        };
    }
    for (key, ours) in in_ours {
        let base = in_base.and_then(|base| base.get(key));
        at.push(key.clone());
        let tears = tears_a_whole(at, [base, Some(ours), in_theirs.get(key)], policies);
        at.pop();
        if tears {
            return true;
        }
    }
    false
}

fn mappings_agree([base, ours, theirs, result]: [&BTreeMap<String, Value>; 4]) -> bool {
    let mut keys: BTreeSet<&String> = BTreeSet::new();
    for mapping in [base, ours, theirs, result] {
        keys.extend(mapping.keys());
    }
    let are_in = |which: [bool; 3]| {
        let mut keys = keys.iter();
        keys.any(|key| [base, ours, theirs].map(|mapping| mapping.contains_key(*key)) == which)
    };
    // Two names for one entry.
    let is_renamed_by_both = are_in([true, false, false])
        && are_in([false, true, false])
        && are_in([false, false, true]);
    !is_renamed_by_both
        && keys.into_iter().all(|key| {
            agrees(
                base.get(key),
                ours.get(key),
                theirs.get(key),
                result.get(key),
            )
        })
}

/// Compares elements that aren't scalars. Both sides may have edited the same one, and it has no
/// name that would say so; but an element that one side removed or edited, and the other left
/// alone, is gone.
fn sequences_agree([base, ours, theirs, result]: [&[Value]; 4]) -> bool {
    let all = [base, ours, theirs, result];
    if !all.iter().all(|side| side.iter().all(Value::is_scalar)) {
        return counts_of(all.map(|side| side.iter())).all(|[base, ours, theirs, result]| {
            match () {
                () if ours < base && theirs == base => result <= ours,
                () if theirs < base && ours == base => result <= theirs,
                // Added here and taken out there: merged again, it would be as base has it.
                () if (ours < base) != (theirs < base) && ours != base && theirs != base => {
                    result == ours || result == theirs
                }
                () => true,
            }
        });
    }
    counts_agree(all.map(|side| side.iter()))
}

/// Returns whether each element comes as often as merging the counts of the three sides says.
fn counts_agree<T: Ord>(sides: [impl Iterator<Item = T>; 4]) -> bool {
    counts_of(sides).all(|[base, ours, theirs, result]| {
        match () {
            () if theirs == base => result == ours,
            () if ours == base => result == theirs,
            // Both added it: once in the result, or once for each side.
            () if ours == theirs && ours > base => (ours..=ours + theirs - base).contains(&result),
            () if ours == theirs => result == ours,
            // As often as one side or the other has it.
            () => result == ours || result == theirs,
        }
    })
}

/// Returns how often each element comes on each side.
fn counts_of<T: Ord>(sides: [impl Iterator<Item = T>; 4]) -> impl Iterator<Item = [usize; 4]> {
    let mut counts: BTreeMap<T, [usize; 4]> = BTreeMap::new();
    for (side, elements) in sides.into_iter().enumerate() {
        for element in elements {
            counts.entry(element).or_default()[side] += 1;
        }
    }
    counts.into_values()
}

/// Returns the words of a text.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
    words.filter(|word| !word.is_empty())
}

fn json(value: &serde_json::Value, depth: usize) -> Option<Value> {
    use serde_json::Value as Json;
    Some(match value {
        Json::String(text) => Value::Scalar {
            text: text.clone(),
            is_quoted: true,
        },
        Json::Null | Json::Bool(_) | Json::Number(_) => Value::Scalar {
            text: value.to_string(),
            is_quoted: false,
        },
        Json::Array(array) => {
            let mut elements = Vec::new();
            for element in array {
                elements.push(json(element, within(depth)?)?);
            }
            sequence(elements)
        }
        Json::Object(object) => {
            let mut mapping = BTreeMap::new();
            for (key, value) in object {
                mapping.insert(key.clone(), json(value, within(depth)?)?);
            }
            Value::Mapping(mapping)
        }
    })
}

fn table(table: &dyn TableLike, depth: usize) -> Option<Value> {
    let mut mapping = BTreeMap::new();
    for (key, item) in table.iter() {
        let value = match item {
            Item::None => continue,
            Item::Value(value) => toml(value, depth + 1)?,
            Item::Table(inner) => self::table(inner, within(depth)?)?,
            Item::ArrayOfTables(tables) => {
                let mut elements = Vec::new();
                for inner in tables {
                    elements.push(self::table(inner, within(depth)?)?);
                }
                sequence(elements)
            }
        };
        mapping.insert(key.to_owned(), value);
    }
    Some(Value::Mapping(mapping))
}

fn toml(value: &Toml, depth: usize) -> Option<Value> {
    let plain = |text: String| Value::Scalar {
        text,
        is_quoted: false,
    };
    Some(match value {
        Toml::String(text) => Value::Scalar {
            text: text.value().clone(),
            is_quoted: true,
        },
        Toml::Integer(number) => plain(number.display_repr().into_owned()),
        Toml::Float(number) => plain(number.display_repr().into_owned()),
        Toml::Boolean(yes) => plain(yes.value().to_string()),
        Toml::Datetime(time) => plain(time.value().to_string()),
        Toml::Array(array) => {
            let mut elements = Vec::new();
            for element in array {
                elements.push(toml(element, within(depth)?)?);
            }
            sequence(elements)
        }
        Toml::InlineTable(inner) => table(inner, within(depth)?)?,
    })
}

/// Returns the depth one level down, if that is read.
fn within(depth: usize) -> Option<usize> {
    (depth < DEEPEST).then_some(depth + 1)
}

fn sequence(mut elements: Vec<Value>) -> Value {
    elements.sort();
    Value::Sequence(elements)
}

/// Returns the frontmatter of a text between its fences, if it has one.
fn header(text: &str) -> Option<&str> {
    let lines = frontmatter(text.as_bytes()).checked_sub(1)?;
    let ends = memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1);
    let ends: Vec<usize> = ends.take(lines).collect();
    text.get(*ends.first()?..*ends.last()?)
}

/// A container of which a part was read so far.
enum Open {
    Sequence(Vec<Value>),
    Mapping(BTreeMap<String, Value>, Option<String>),
}

/// Reads the documents of a text, as a sequence of them. Aliases aren't followed. Returns `None`
/// where a key isn't a scalar, or comes twice.
fn yaml(text: &str) -> Option<Value> {
    let mut open = vec![Open::Sequence(Vec::new())];
    for event in Parser::new_from_str(text) {
        let value = match event.ok()?.0 {
            Event::MappingStart(..) if open.len() < DEEPEST => {
                open.push(Open::Mapping(BTreeMap::new(), None));
                continue;
            }
            Event::SequenceStart(..) if open.len() < DEEPEST => {
                open.push(Open::Sequence(Vec::new()));
                continue;
            }
            Event::MappingStart(..) | Event::SequenceStart(..) => return None,
            Event::MappingEnd | Event::SequenceEnd => match open.pop()? {
                Open::Sequence(elements) => sequence(elements),
                Open::Mapping(mapping, None) => Value::Mapping(mapping),
                Open::Mapping(_, Some(_)) => return None,
            },
            Event::Scalar(text, style, _, tag) => Value::Scalar {
                text: match tag {
                    Some(tag) => format!("{tag:?} {text}"),
                    None => text.to_string(),
                },
                is_quoted: style != ScalarStyle::Plain,
            },
            Event::Alias(id) => Value::Scalar {
                text: format!("*{id}"),
                is_quoted: false,
            },
            _ => continue,
        };
        match (open.last_mut()?, value) {
            (Open::Sequence(elements), value) => elements.push(value),
            (Open::Mapping(mapping, key @ Some(_)), value) => {
                if mapping.insert(key.take()?, value).is_some() {
                    return None;
                }
            }
            (Open::Mapping(_, key), Value::Scalar { text, .. }) => *key = Some(text),
            (Open::Mapping(..), _) => return None,
        }
    }
    match (open.pop()?, open.is_empty()) {
        // A text of comments alone is an empty mapping.
        (Open::Sequence(documents), true) if documents.is_empty() => {
            Some(Value::Mapping(BTreeMap::new()))
        }
        (Open::Sequence(documents), true) => Some(match <[Value; 1]>::try_from(documents) {
            Ok([one]) => one,
            Err(documents) => Value::Sequence(documents),
        }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(kind: FileKind, [base, ours, theirs, result]: [&str; 4], expected: bool) {
        let [base, ours, theirs, result] = [base, ours, theirs, result]
            .map(|text| Some(Value::read(kind, text.as_bytes()).expect("it is a document")));
        let found = |one: &Option<Value>, other: &Option<Value>| {
            agrees(base.as_ref(), one.as_ref(), other.as_ref(), result.as_ref())
        };
        assert_eq!(found(&ours, &theirs), expected);
        assert_eq!(found(&theirs, &ours), expected, "with the sides swapped");
    }

    #[test]
    fn a_value_is_known_by_its_path() {
        let base = "[a]\nx = 1\n";
        let ours = "[a]\nx = 1\ny = 2\n";
        let theirs = "[a]\nx = 1\n[b]\ny = 2\n";
        check(FileKind::Toml, [base, ours, theirs, theirs], false);
        let both = "[a]\nx = 1\ny = 2\n[b]\ny = 2\n";
        check(FileKind::Toml, [base, ours, theirs, both], true);
        let base = "allow: [Read]\ndeny: []\n";
        let ours = "allow: [Read, Write]\ndeny: []\n";
        let theirs = "allow: [Read]\ndeny: [Write]\n";
        check(FileKind::Yaml, [base, ours, theirs, theirs], false);
        let both = "allow: [Write, Read]\ndeny: [Write]\n";
        check(FileKind::Yaml, [base, ours, theirs, both], true);
    }

    #[test]
    fn what_was_removed_and_only_moved_stays_removed() {
        let (base, moved) = ("l: [a, b, x]\n", "l: [x, a, b]\n");
        check(
            FileKind::Yaml,
            [base, moved, "l: [a, b]\n", "l: [a, b]\n"],
            true,
        );
        check(FileKind::Yaml, [base, moved, "l: [a, b]\n", moved], false);
        let (base, moved) = ("a: 1\nb: 2\n", "b: 2\na: 1\n");
        check(FileKind::Yaml, [base, moved, "b: 2\n", "b: 2\n"], true);
        check(FileKind::Yaml, [base, moved, "b: 2\n", moved], false);
    }

    #[test]
    fn an_edit_against_a_removal_and_two_new_names_are_nobodys_to_settle() {
        for result in ["b: 2\n", "a: 5\nb: 2\n"] {
            let sides = ["a: 1\nb: 2\n", "b: 2\na: 5\n", "b: 2\n", result];
            check(FileKind::Yaml, sides, false);
        }
        let sides = ["a = 1\n", "b = 1\n", "c = 1\n", "b = 1\nc = 1\n"];
        check(FileKind::Toml, sides, false);
    }

    #[test]
    fn long_lists_are_counted_and_not_searched() {
        let list = |from: usize, to: usize| {
            let items: Vec<String> = (from..to).map(|item| format!("- i{item}\n")).collect();
            items.concat()
        };
        let (base, ours, theirs) = (list(1, 40_000), list(0, 40_000), list(1, 40_001));
        check(
            FileKind::Yaml,
            [&base, &ours, &theirs, &list(0, 40_001)],
            true,
        );
        check(FileKind::Yaml, [&base, &ours, &theirs, &ours], false);
    }

    #[test]
    fn documents_that_are_none_have_no_value() {
        for text in ["a: 1\na: 2\n", "[", "? [a]\n: 1\n"] {
            assert_eq!(Value::read(FileKind::Yaml, text.as_bytes()), None, "{text}");
        }
        let deep = format!("{}{}", "[".repeat(500), "]".repeat(500));
        assert_eq!(Value::read(FileKind::Yaml, deep.as_bytes()), None);
        assert_eq!(Value::read(FileKind::Toml, b"a = "), None);
        assert_eq!(Value::read(FileKind::Shell, b"a"), None);
    }
}
