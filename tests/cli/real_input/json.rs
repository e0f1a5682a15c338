//! Questions about JSON texts: whether one is inside another, and a text in other layouts.

use serde_json::Value;

const BYTE_ORDER_MARK: &str = "\u{feff}";

/// Parses strict JSON, a byte order mark left out as agents do.
#[track_caller]
pub fn parse(text: &str) -> Value {
    serde_json::from_str(text.trim_start_matches(BYTE_ORDER_MARK))
        .unwrap_or_else(|error| panic!("{error}:\n{text}"))
}

/// Checks that taking spans out of `new` gives `old`, byte for byte, no token cut in two.
///
/// What stood between the brackets of an empty container may be gone: it is filled now.
#[track_caller]
pub fn assert_only_insertions(old: &str, new: &str) {
    let mut rest = tokens(new).into_iter();
    let old = tokens(old);
    for (index, token) in old.iter().enumerate() {
        if !is_inside_empty(&old, index) {
            let found = rest.by_ref().any(|other| other == *token);
            assert!(
                found,
                "token {index}, `{token}`, is no longer there or in order"
            );
        }
    }
}

/// Strings and words whole, everything else a character.
fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = match first {
            '"' => string_end(rest),
            c if c.is_alphanumeric() || "+-.".contains(c) => rest
                .find(|c: char| !c.is_alphanumeric() && !"+-.".contains(c))
                .unwrap_or(rest.len()),
            c => c.len_utf8(),
        };
        tokens.push(&rest[..end]);
        rest = &rest[end..];
    }
    tokens
}

fn string_end(text: &str) -> usize {
    let mut escaped = false;
    for (index, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return index + 1,
            _ => {}
        }
    }
    text.len()
}

fn is_inside_empty(tokens: &[&str], index: usize) -> bool {
    let blank = |token: &&&str| token.trim().is_empty();
    let before = tokens[..index].iter().rev().find(|token| !blank(token));
    let after = tokens[index..].iter().find(|token| !blank(token));
    blank(&&tokens[index])
        && matches!(
            (before, after),
            (Some(&"{"), Some(&"}")) | (Some(&"["), Some(&"]"))
        )
}

/// Checks that `new` holds what `old` and `template` hold, `old`'s in its order, and nothing else.
#[track_caller]
pub fn assert_union(old: &Value, template: &Value, new: &Value) {
    if let Err(what) = union(old, template, new, "") {
        panic!("{what}");
    }
}

fn union(old: &Value, template: &Value, new: &Value, at: &str) -> Result<(), String> {
    match (old, template, new) {
        (Value::Object(old), Value::Object(template), Value::Object(new)) => {
            let mut keys = new.keys().filter(|key| old.contains_key(*key));
            if !old.keys().eq(keys.by_ref()) {
                return Err(format!(
                    "`{at}` has the keys {:?}, and had {:?}",
                    new.keys(),
                    old.keys()
                ));
            }
            for (key, value) in new {
                let at = format!("{at}/{key}");
                match (old.get(key), template.get(key)) {
                    (Some(old), Some(template)) => union(old, template, value, &at)?,
                    (Some(old), None) if old == value => {}
                    (None, Some(template)) => union(&empty(template), template, value, &at)?,
                    _ => return Err(format!("`{at}` is {value}")),
                }
            }
            match template.keys().find(|key| !new.contains_key(*key)) {
                Some(key) => Err(format!("`{at}` lacks `{key}`")),
                None => Ok(()),
            }
        }
        (Value::Array(old), Value::Array(template), Value::Array(new)) => {
            let brought = template.iter().filter(|value| !old.contains(value));
            let expected: Vec<&Value> = old.iter().chain(brought).collect();
            // What an upgrade brings comes behind what the older release brought.
            let same =
                new.len() == expected.len() && new.iter().all(|value| expected.contains(&value));
            if new.starts_with(old) && same {
                return Ok(());
            }
            Err(format!(
                "`{at}` is {new:?}, was {old:?}, and the template has {template:?}"
            ))
        }
        (old, template, new) if old == template && old == new => Ok(()),
        _ => Err(format!(
            "`{at}` is {new}, was {old}, and the template has {template}"
        )),
    }
}

fn empty(value: &Value) -> Value {
    match value {
        Value::Object(_) => Value::Object(serde_json::Map::new()),
        Value::Array(_) => Value::Array(Vec::new()),
        scalar => scalar.clone(),
    }
}

/// A way to lay a document out.
pub type Layout = (&'static str, fn(&str) -> String);

/// The layouts that people's editors and scripts leave.
pub const LAYOUTS: [Layout; 8] = [
    ("as it is", str::to_owned),
    ("with CRLF", |text| {
        text.replace("\r\n", "\n").replace('\n', "\r\n")
    }),
    ("indented by tabs", |text| reindented(text, "\t")),
    ("indented by five spaces", |text| reindented(text, "     ")),
    ("minified", |text| parse(text).to_string()),
    ("without a final newline", |text| text.trim_end().to_owned()),
    ("with a byte order mark", |text| {
        format!("{BYTE_ORDER_MARK}{text}")
    }),
    (
        "with a byte order mark, CRLF and no final newline",
        |text| {
            format!(
                "{BYTE_ORDER_MARK}{}",
                text.trim_end().replace("\r\n", "\n").replace('\n', "\r\n")
            )
        },
    ),
];

/// No JSON string spans lines, so what a line starts with is always layout.
fn reindented(text: &str, unit: &str) -> String {
    let line = |line: &str| {
        let rest = line.trim_start_matches(' ');
        unit.repeat((line.len() - rest.len()) / 2) + rest
    };
    text.split_inclusive('\n').map(line).collect()
}
