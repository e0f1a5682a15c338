//! The laws of the merge, as one function over any three texts: what the documents, the corpus and
//! the fuzzer all check.
//!
//! Nothing here asks the engine what a word or a document is: it would agree with itself.

use std::collections::{BTreeSet, HashSet};
use std::fmt;

use agentpkg::agent::merge;
use agentpkg::merge::kind::FileKind;
use agentpkg::merge::pieces::{Location, Merge, Piece, Side, SideLabels, Sides};
use agentpkg::merge::rule::MergeRule;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// Checks every law that holds of three versions of a file, whatever they are.
///
/// # Errors
/// Which law is broken, and how.
pub fn check(kind: FileKind, sides: &Sides<'_>) -> Result<(), String> {
    let made = merge(kind, sides);
    if made != merge(kind, sides) {
        return Err("the same input gives two merges".to_owned());
    }
    identities(kind, sides)?;
    provenance(&made, sides)?;
    symmetry(kind, &made, sides)?;
    validity(kind, &made, sides)?;
    nothing_is_lost(kind, &made, sides)?;
    if !made.is_clean() {
        return Ok(());
    }
    let result = made.bytes(sides);
    if kind == FileKind::Template {
        tags_stay(&result, sides)?;
    }
    fixpoint(kind, &result, sides)
}

/// Law 1: who did nothing has no say, and who did the same has the same.
fn identities(kind: FileKind, sides: &Sides<'_>) -> Result<(), String> {
    for (base, ours, theirs, result) in [
        (sides.base, sides.ours, sides.base, sides.ours),
        (sides.base, sides.base, sides.theirs, sides.theirs),
        (sides.base, sides.ours, sides.ours, sides.ours),
    ] {
        let sides = Sides { base, ours, theirs };
        let made = merge(kind, &sides);
        if !made.is_clean() || made.bytes(&sides) != result {
            return Err(format!(
                "1: an identity gives\n{}",
                shown(&made.bytes(&sides))
            ));
        }
    }
    Ok(())
}

/// Law 2: the same conflicts with the sides swapped, and the same text, but for a declared order.
fn symmetry(kind: FileKind, made: &Merge, sides: &Sides<'_>) -> Result<(), String> {
    let swapped = Sides {
        ours: sides.theirs,
        theirs: sides.ours,
        ..*sides
    };
    let other = merge(kind, &swapped);
    let mut places: Vec<Location> = made
        .conflicts()
        .map(|conflict| named(&conflict.place))
        .collect();
    let mut mirrored: Vec<Location> = other
        .conflicts()
        .map(|conflict| mirror(&conflict.place))
        .collect();
    // They come in the order of ours.
    places.sort_by_key(|place| format!("{place:?}"));
    mirrored.sort_by_key(|place| format!("{place:?}"));
    if places != mirrored {
        return Err(format!(
            "2: conflicts at {places:?}, and with the sides swapped at {mirrored:?}"
        ));
    }
    let (text, other_text) = (made.bytes(sides), other.bytes(&swapped));
    if made.is_clean() && !alike(kind, sides, made, &text, &other_text) {
        return Err(format!(
            "2: the result is\n{}with the sides swapped\n{}",
            shown(&text),
            shown(&other_text)
        ));
    }
    Ok(())
}

fn mirror(place: &Location) -> Location {
    match place {
        Location::Lines { base, ours, theirs } => Location::Lines {
            base: base.clone(),
            ours: theirs.clone(),
            theirs: ours.clone(),
        },
        place => named(place),
    }
}

/// A place without the numbers of items: they are those of ours.
fn named(place: &Location) -> Location {
    match place {
        Location::Value(pointer) => Location::Value(
            pointer
                .chars()
                .filter(|letter| !letter.is_ascii_digit())
                .collect(),
        ),
        place => place.clone(),
    }
}

/// Whether two results differ by a declared order alone: entries that both inserted, and an
/// envelope that both changed.
fn alike(kind: FileKind, sides: &Sides<'_>, made: &Merge, text: &[u8], other: &[u8]) -> bool {
    if text == other {
        return true;
    }
    if kind == FileKind::Json
        && let (Ok(text), Ok(other)) = (document(text), document(other))
    {
        return unordered(text) == unordered(other);
    }
    let (mut text, mut other) = (lines(text), lines(other));
    let has_order = made.uses(MergeRule::Union) || made.uses(MergeRule::Order);
    if has_order {
        text.sort_unstable();
        other.sort_unstable();
        text.dedup();
        other.dedup();
    }
    let envelopes: BTreeSet<Envelope> = [sides.base, sides.ours, sides.theirs].map(envelope).into();
    text == other && (envelopes.len() > 1 || has_order)
}

/// Law 4: every byte is a side's, or separates.
fn provenance(made: &Merge, sides: &Sides<'_>) -> Result<(), String> {
    for piece in &made.pieces {
        let is_right = match piece {
            Piece::Take(side, span) => span.start <= span.end && span.end <= sides.of(*side).len(),
            Piece::Separator(text) => text
                .chars()
                .all(|letter| letter.is_whitespace() || ",:[]{}".contains(letter)),
            Piece::Restored(_) => false,
            Piece::Conflict(conflict) => {
                let spans = [
                    (Side::Base, &conflict.base),
                    (Side::Ours, &conflict.ours),
                    (Side::Theirs, &conflict.theirs),
                ];
                let is_inside = |(side, span): (Side, &Option<std::ops::Range<usize>>)| {
                    span.as_ref().is_none_or(|span| {
                        span.start <= span.end && span.end <= sides.of(side).len()
                    })
                };
                spans.into_iter().all(is_inside)
            }
        };
        if !is_right {
            return Err(format!("4: {piece:?} is nobody's"));
        }
    }
    Ok(())
}

/// Law 5: documents stay documents, with ours at every conflict and with theirs.
fn validity(kind: FileKind, made: &Merge, sides: &Sides<'_>) -> Result<(), String> {
    let is_valid: fn(&[u8]) -> Result<(), String> = match kind {
        FileKind::Json => |text| document(text).map(drop),
        FileKind::Toml => table,
        _ => return Ok(()),
    };
    if [sides.base, sides.ours, sides.theirs]
        .into_iter()
        .any(|side| is_valid(side).is_err())
    {
        return Ok(());
    }
    for side in [Side::Ours, Side::Theirs] {
        let result = made.taking(side, sides);
        if let Err(error) = is_valid(&result) {
            return Err(format!("5: {error}, taking {side:?}:\n{}", shown(&result)));
        }
    }
    Ok(())
}

/// The law of templates: where one side alone changed tags, the result has its tags, in its order.
fn tags_stay(result: &[u8], sides: &Sides<'_>) -> Result<(), String> {
    let [base, ours, theirs, made] = [sides.base, sides.ours, sides.theirs, result].map(tags);
    let expected = match () {
        () if theirs == base => ours,
        () if ours == base || ours == theirs => theirs,
        () => return Ok(()),
    };
    if made == expected {
        Ok(())
    } else {
        Err(format!("the tags are other ones in\n{}", shown(result)))
    }
}

/// The tags of a template, as Jinja reads them.
pub fn tags(text: &[u8]) -> Vec<&[u8]> {
    let mut found = Vec::new();
    let (mut at, mut raw) = (0, false);
    while at + 1 < text.len() {
        let close: &[u8] = match &text[at..at + 2] {
            b"{{" if !raw => b"}}",
            b"{%" => b"%}",
            b"{#" if !raw => b"#}",
            _ => {
                at += 1;
                continue;
            }
        };
        let (start, mut quote) = (at, None);
        at += 2;
        while at < text.len() {
            match (quote, text[at]) {
                (None, _) if text[at..].starts_with(close) => break,
                (None, byte @ (b'"' | b'\'')) if close != b"#}" => quote = Some(byte),
                (Some(_), b'\\') => at += 1,
                (Some(open), byte) if open == byte => quote = None,
                _ => {}
            }
            at += 1;
        }
        let end = (at + 2).min(text.len());
        let tag = &text[start..end];
        let inner = String::from_utf8_lossy(tag.get(2..).unwrap_or_default()).into_owned();
        let inner = inner
            .strip_prefix(['-', '+'])
            .unwrap_or(&inner)
            .trim_ascii_start()
            .to_owned();
        let is = |name: &str| {
            let behind = inner.strip_prefix(name).map(|rest| rest.chars().next());
            close == b"%}"
                && behind
                    .is_some_and(|next| next.is_none_or(|c| !c.is_ascii_alphanumeric() && c != '_'))
        };
        if raw && !is("endraw") {
            at = start + 1;
            continue;
        }
        raw = !raw && is("raw");
        found.push(tag);
        at = end;
    }
    found
}

/// Laws 3 and 8: what a side added is in a clean result, in the result that takes this side, and
/// between the markers.
fn nothing_is_lost(kind: FileKind, made: &Merge, sides: &Sides<'_>) -> Result<(), String> {
    let known: HashSet<&[u8]> = words(sides.base).collect();
    let labels = SideLabels {
        base: "base".to_owned(),
        ours: "ours".to_owned(),
        theirs: "theirs".to_owned(),
    };
    let marked = made.marked(sides, &labels);
    for side in [Side::Ours, Side::Theirs] {
        let added: BTreeSet<&[u8]> = words(sides.of(side))
            .filter(|word| !known.contains(word))
            .collect();
        let mut results = vec![(8, made.taking(side, sides))];
        if made.is_clean() {
            results.push((3, made.bytes(sides)));
        }
        if kind.takes_markers() {
            results.push((8, marked.clone()));
        }
        for (law, result) in results {
            let kept: HashSet<&[u8]> = words(&result).collect();
            if let Some(lost) = added.iter().find(|word| !kept.contains(*word)) {
                let lost = String::from_utf8_lossy(lost);
                return Err(format!(
                    "{law}: {side:?} loses {lost:?}; the result is\n{}",
                    shown(&result)
                ));
            }
        }
    }
    Ok(())
}

/// Law 7: a side that is merged again changes nothing.
fn fixpoint(kind: FileKind, result: &[u8], sides: &Sides<'_>) -> Result<(), String> {
    for (who, again) in [
        (
            "theirs",
            Sides {
                ours: result,
                ..*sides
            },
        ),
        (
            "ours",
            Sides {
                theirs: result,
                ..*sides
            },
        ),
    ] {
        let made = merge(kind, &again);
        if !made.is_clean() {
            let marked = made.conflicts().count();
            return Err(format!(
                "7: {who} again is {marked} conflicts with\n{}",
                shown(result)
            ));
        }
        if made.bytes(&again) != result {
            return Err(format!(
                "7: {who} again gives\n{}from\n{}",
                shown(&made.bytes(&again)),
                shown(result)
            ));
        }
    }
    Ok(())
}

/// Runs of letters, digits and underscores; all that isn't ASCII is taken for a letter, a byte
/// order mark for none.
fn words(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte >= 0x80;
    let words = text.split(move |byte| !is_part(byte));
    words.map(without_marks).filter(|word| !word.is_empty())
}

fn without_marks(word: &[u8]) -> &[u8] {
    word.strip_prefix(b"\xef\xbb\xbf")
        .map_or(word, without_marks)
}

/// What a text says, whatever is around its lines.
fn lines(text: &[u8]) -> Vec<&[u8]> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let mut lines: Vec<&[u8]> = text.split(|byte| matches!(byte, b'\r' | b'\n')).collect();
    lines.retain(|line| !line.is_empty());
    lines
}

/// Byte order mark, the line ends that occur, final newline.
type Envelope = (bool, [bool; 3], bool);

fn envelope(text: &[u8]) -> Envelope {
    let has = |pair: &[u8]| text.windows(pair.len()).any(|window| window == pair);
    let only = |byte: u8| text.contains(&byte);
    (
        text.starts_with(b"\xef\xbb\xbf"),
        [has(b"\r\n"), only(b'\n'), only(b'\r')],
        matches!(text.last(), Some(b'\r' | b'\n')),
    )
}

/// Parses TOML.
fn table(text: &[u8]) -> Result<(), String> {
    let text = std::str::from_utf8(text).map_err(|error| error.to_string())?;
    text.parse::<toml_edit::DocumentMut>()
        .map(drop)
        .map_err(|error| error.to_string())
}

/// Parses strict JSON whose keys are unique.
fn document(text: &[u8]) -> Result<Value, String> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let mut reader = serde_json::Deserializer::from_slice(text);
    Unique
        .deserialize(&mut reader)
        .and_then(|()| reader.end())
        .map_err(|error| error.to_string())?;
    serde_json::from_slice(text).map_err(|error| error.to_string())
}

/// The same value with its lists in one order.
fn unordered(value: Value) -> Value {
    match value {
        Value::Array(items) => {
            let mut items: Vec<Value> = items.into_iter().map(unordered).collect();
            items.sort_by_key(ToString::to_string);
            Value::Array(items)
        }
        Value::Object(map) => {
            let mut entries: Vec<(String, Value)> = map
                .into_iter()
                .map(|(key, value)| (key, unordered(value)))
                .collect();
            entries.sort_by(|one, other| one.0.cmp(&other.0));
            Value::Object(entries.into_iter().collect())
        }
        scalar => scalar,
    }
}

/// Reads a value, and refuses a key that comes twice.
struct Unique;

impl<'de> DeserializeSeed<'de> for Unique {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Unique {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(Unique)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let mut keys = HashSet::new();
        while let Some(key) = entries.next_key::<String>()? {
            entries.next_value_seed(Unique)?;
            if !keys.insert(key) {
                return Err(A::Error::custom("a key comes twice"));
            }
        }
        Ok(())
    }
}

/// A text with what can't be seen in it made visible, a line a line.
pub fn shown(text: &[u8]) -> String {
    let lines = text.split_inclusive(|byte| *byte == b'\n');
    lines
        .map(|line| format!("    {:?}\n", String::from_utf8_lossy(line)))
        .collect()
}
