//! Values as TOML writes them on one line, and the values that JSON has no type for.
//!
//! A date, a time, an infinity or NaN is a string here that starts with NUL. A string that starts
//! with NUL has one more, so that **no string is equal to a date**.

use serde_json::{Map, Number, Value};
use toml_edit::Datetime;

use crate::model::toml_text::quoted;

const SPECIAL: char = '\0';

/// Returns the value of a scalar that JSON has no type for.
pub fn special(text: &str) -> Value {
    Value::String(format!("{SPECIAL}{text}"))
}

/// Returns the value of a string.
pub fn string(text: &str) -> Value {
    match text.starts_with(SPECIAL) {
        true => special(text),
        false => Value::String(text.to_owned()),
    }
}

/// Returns what a special scalar is written as.
fn as_special(text: &str) -> Option<&str> {
    let text = text.strip_prefix(SPECIAL)?;
    let is_special = matches!(text, "inf" | "-inf" | "nan")
        || text
            .parse::<Datetime>()
            .is_ok_and(|time| time.to_string() == text);
    is_special.then_some(text)
}

/// Returns a value as a person reads it: special scalars are strings without their mark.
pub fn shown(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(text.strip_prefix(SPECIAL).unwrap_or(text).to_owned()),
        Value::Array(elements) => Value::Array(elements.iter().map(shown).collect()),
        Value::Object(properties) => {
            let mut all = Map::new();
            for (key, value) in properties {
                all.insert(key.clone(), shown(value));
            }
            Value::Object(all)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

/// Why TOML can't say a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inexpressible {
    /// The place, as keys from the root.
    pub keys: Vec<String>,
    pub value: String,
}

/// Returns a fragment as it is read from TOML: numbers that are equal there are equal.
///
/// # Errors
/// Where TOML can't say a value: `null`, or a number that is too large.
pub fn as_read(part: &Value) -> Result<Value, Inexpressible> {
    let mut keys = Vec::new();
    read(&mut keys, part).ok_or_else(|| Inexpressible {
        value: value_at(part, &keys),
        keys,
    })
}

/// As [`as_read`]; `keys` are left where a value can't be said.
fn read(keys: &mut Vec<String>, part: &Value) -> Option<Value> {
    Some(match part {
        Value::Null => return None,
        Value::Bool(_) => part.clone(),
        Value::String(text) => string(text),
        Value::Number(number) => Value::Number(self::number(number)?),
        Value::Array(elements) => {
            let mut all = Vec::new();
            for (index, element) in elements.iter().enumerate() {
                keys.push(index.to_string());
                all.push(read(keys, element)?);
                keys.pop();
            }
            Value::Array(all)
        }
        Value::Object(properties) => {
            let mut all = Map::new();
            for (key, value) in properties {
                keys.push(key.clone());
                all.insert(key.clone(), read(keys, value)?);
                keys.pop();
            }
            Value::Object(all)
        }
    })
}

fn number(number: &Number) -> Option<Number> {
    let text = number.as_str();
    if text.contains(['.', 'e', 'E']) {
        return Number::from_f64(text.parse().ok()?);
    }
    Some(Number::from(text.parse::<i64>().ok()?))
}

fn value_at(part: &Value, keys: &[String]) -> String {
    let mut value = part;
    for key in keys {
        let below = match value {
            Value::Array(elements) => key.parse::<usize>().ok().and_then(|at| elements.get(at)),
            _ => value.get(key),
        };
        value = below.unwrap_or(&Value::Null);
    }
    value.to_string()
}

/// Returns a value on one line.
pub fn written(value: &Value) -> String {
    let mut out = String::new();
    write(&mut out, value);
    out
}

fn write(out: &mut String, value: &Value) {
    match value {
        // `null` is no TOML, so nothing reads it as something else.
        Value::Null | Value::Bool(_) | Value::Number(_) => out.push_str(&value.to_string()),
        Value::String(text) => match as_special(text) {
            Some(special) => out.push_str(special),
            // One NUL of a string that starts with one is a mark.
            None if text.starts_with("\0\0") => write_string(out, &text[1..]),
            None => write_string(out, text),
        },
        Value::Array(elements) => {
            out.push('[');
            for (index, element) in elements.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { ", " });
                write(out, element);
            }
            out.push(']');
        }
        Value::Object(properties) if properties.is_empty() => out.push_str("{}"),
        Value::Object(properties) => {
            let mut before = "{ ";
            for (name, value) in properties {
                out.push_str(before);
                out.push_str(&key(name));
                out.push_str(" = ");
                write(out, value);
                before = ", ";
            }
            out.push_str(" }");
        }
    }
}

/// Returns a key, quoted where it has to be.
pub fn key(name: &str) -> String {
    let is_bare = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if !name.is_empty() && name.bytes().all(is_bare) {
        return name.to_owned();
    }
    let mut out = String::new();
    write_string(&mut out, name);
    out
}

/// Writes a string on one line: in single quotes where that saves escapes.
fn write_string(out: &mut String, text: &str) {
    let needs_escapes = text.contains(['"', '\\']);
    if needs_escapes && !text.contains(|letter: char| letter == '\'' || letter.is_control()) {
        out.push('\'');
        out.push_str(text);
        out.push('\'');
        return;
    }
    out.push_str(&quoted(text));
}
