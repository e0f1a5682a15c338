//! The public schema of Claude Code's settings, as data, and what a document has in it that the
//! schema refuses. What the agent makes of that is another question: see `faults`.

use std::sync::LazyLock;

use serde_json::{Map, Value};

/// When the schema was taken.
pub const DATE: &str = "2026-11-28";

static SCHEMA: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("settings.json")).expect("the vendored schema is JSON")
});

/// How bad it is what the schema refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FaultKind {
    /// Finer points: patterns, formats, lengths, names and keys that the schema doesn't know.
    Fine,
    /// A number out of its range.
    Range,
    /// A wrong type, none of the values there are, a key that has to be there.
    Shape,
}

/// Something that the schema refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Where: keys and places in lists.
    pub at: Vec<String>,
    /// How bad.
    pub kind: FaultKind,
    /// What it is not: `a text`, `one of "a" and "b"`.
    pub wanted: String,
}

/// How deep a document is looked at; the agent itself looks at 64 levels.
const DEEPEST: usize = 100;

/// Returns what the schema refuses in a value at a key of the top level.
pub fn violations(key: &str, value: &Value) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut at = vec![key.to_owned()];
    match SCHEMA.get("properties").and_then(|all| all.get(key)) {
        Some(schema) => check(schema, value, &mut at, &mut found),
        None => found.push(Violation {
            at,
            kind: FaultKind::Fine,
            wanted: "a key of the schema".to_owned(),
        }),
    }
    found
}

fn check(schema: &Value, value: &Value, at: &mut Vec<String>, found: &mut Vec<Violation>) {
    if at.len() > DEEPEST {
        return;
    }
    let Some(schema) = resolved(schema) else {
        return;
    };
    if let Some(wanted) = wanted_shape(schema, value) {
        found.push(Violation {
            at: at.clone(),
            kind: FaultKind::Shape,
            wanted,
        });
        return;
    }
    for (name, refuses) in FINE {
        if schema.get(name).is_some_and(|limit| refuses(limit, value)) {
            found.push(Violation {
                at: at.clone(),
                kind: match RANGES.contains(&name) {
                    true => FaultKind::Range,
                    false => FaultKind::Fine,
                },
                wanted: format!("within `{name}` {}", schema[name]),
            });
        }
    }
    for name in ["anyOf", "oneOf"] {
        if let Some(branches) = schema.get(name).and_then(Value::as_array) {
            found.extend(best(branches, value, at));
        }
    }
    match value {
        Value::Object(object) => check_object(schema, object, at, found),
        Value::Array(elements) => {
            if let Some(items) = schema.get("items") {
                for (number, element) in elements.iter().enumerate() {
                    at.push(number.to_string());
                    check(items, element, at, found);
                    at.pop();
                }
            }
        }
        _ => {}
    }
}

/// Returns what a schema wants instead of a value of another shape.
fn wanted_shape(schema: &Map<String, Value>, value: &Value) -> Option<String> {
    if let Some(wanted) = schema.get("type")
        && !is_of(value, wanted)
    {
        return Some(named(wanted));
    }
    if let Some(words) = schema.get("enum").and_then(Value::as_array)
        && !words.contains(value)
    {
        return Some(one_of(words));
    }
    let word = schema.get("const").filter(|word| *word != value);
    word.map(Value::to_string)
}

fn check_object(
    schema: &Map<String, Value>,
    object: &Map<String, Value>,
    at: &mut Vec<String>,
    found: &mut Vec<Violation>,
) {
    for key in schema
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let key = key.as_str().unwrap_or_default();
        if !object.contains_key(key) {
            found.push(Violation {
                at: at.clone(),
                kind: FaultKind::Shape,
                wanted: format!("with `{key}`"),
            });
        }
    }
    let properties = schema.get("properties");
    for (key, value) in object {
        at.push(key.clone());
        match (
            properties.and_then(|properties| properties.get(key)),
            schema.get("additionalProperties"),
        ) {
            (Some(schema), _) => check(schema, value, at, found),
            (None, Some(Value::Bool(false))) => found.push(Violation {
                at: at.clone(),
                kind: FaultKind::Fine,
                wanted: "a key of the schema".to_owned(),
            }),
            (None, Some(schema @ Value::Object(_))) => check(schema, value, at, found),
            (None, _) => {}
        }
        at.pop();
    }
}

/// Returns what the branch refuses that fits best.
fn best(branches: &[Value], value: &Value, at: &mut Vec<String>) -> Vec<Violation> {
    let judged = branches.iter().map(|branch| {
        let mut found = Vec::new();
        check(branch, value, at, &mut found);
        found
    });
    judged
        .min_by_key(|found| distance(found))
        .unwrap_or_default()
}

/// Returns how far a value is from a branch that refuses this of it. Deeper in is nearer to what
/// was meant.
fn distance(found: &[Violation]) -> (bool, usize, usize) {
    let shapes = found.iter().filter(|one| one.kind == FaultKind::Shape);
    match shapes.map(|one| one.at.len()).min() {
        Some(depth) => (true, usize::MAX - depth, found.len()),
        None => (false, 0, found.len()),
    }
}

/// Returns a schema, behind its `$ref` into `$defs`.
fn resolved(schema: &Value) -> Option<&Map<String, Value>> {
    let schema = schema.as_object()?;
    match schema.get("$ref").and_then(Value::as_str) {
        Some(reference) => SCHEMA
            .pointer(reference.strip_prefix('#')?)
            .and_then(Value::as_object),
        None => Some(schema),
    }
}

/// Whether a limit of the schema refuses a value.
type Refuses = fn(&Value, &Value) -> bool;

/// Limits of values that have the right shape. `pattern`, `not`, `uniqueItems` and `default` say
/// nothing that changes what the agent does.
const FINE: [(&str, Refuses); 8] = [
    ("minimum", |limit, value| number(value) < number(limit)),
    ("maximum", |limit, value| number(value) > number(limit)),
    ("exclusiveMinimum", |limit, value| {
        number(value) <= number(limit)
    }),
    ("minLength", |limit, value| letters(value) < number(limit)),
    ("minItems", |limit, value| elements(value) < number(limit)),
    ("maxItems", |limit, value| elements(value) > number(limit)),
    ("propertyNames", |names, value| {
        value
            .as_object()
            .is_some_and(|object| object.keys().any(|key| !fits_name(names, key)))
    }),
    ("format", |format, value| {
        *format == "uri" && value.as_str().is_some_and(|text| !is_address(text))
    }),
];

fn is_address(text: &str) -> bool {
    text.contains("://") && !text.ends_with("://")
}

/// Those of them that are about a number's range.
const RANGES: [&str; 3] = ["minimum", "maximum", "exclusiveMinimum"];

/// What the schema says beside limits, and what says nothing about a value.
#[cfg(test)]
const OTHERS: [&str; 20] = [
    "$schema",
    "$id",
    "$defs",
    "$ref",
    "type",
    "enum",
    "const",
    "anyOf",
    "oneOf",
    "not",
    "items",
    "properties",
    "additionalProperties",
    "required",
    "default",
    "pattern",
    "uniqueItems",
    "allowTrailingCommas",
    "examples",
    "deprecated",
];

fn number(value: &Value) -> Option<f64> {
    value.as_f64()
}

fn letters(value: &Value) -> Option<f64> {
    value
        .as_str()
        .map(|text| text.chars().count() as f64)
        .or(Some(f64::MAX))
}

fn elements(value: &Value) -> Option<f64> {
    value.as_array().map(|list| list.len() as f64)
}

/// Returns whether a name is one that `propertyNames` lets through: those of variables, the one
/// pattern there is for them.
fn fits_name(names: &Value, key: &str) -> bool {
    if names.get("pattern").is_none() {
        return true;
    }
    let letter = |one: char| one.is_ascii_uppercase() || one.is_ascii_digit() || one == '_';
    key.chars().all(letter) && !key.starts_with(|one: char| one.is_ascii_digit())
}

fn is_of(value: &Value, wanted: &Value) -> bool {
    let is = |name: &str| match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "number" => value.is_number(),
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        "null" => value.is_null(),
        _ => true,
    };
    match wanted {
        Value::String(name) => is(name),
        Value::Array(names) => names.iter().filter_map(Value::as_str).any(is),
        _ => true,
    }
}

fn named(wanted: &Value) -> String {
    let name = |name: &str| match name {
        "object" => "an object".to_owned(),
        "array" => "a list".to_owned(),
        "string" => "a text".to_owned(),
        "boolean" => "`true` or `false`".to_owned(),
        "integer" => "a whole number".to_owned(),
        name => format!("a {name}"),
    };
    match wanted {
        Value::Array(names) => names
            .iter()
            .filter_map(Value::as_str)
            .map(name)
            .collect::<Vec<_>>()
            .join(" or "),
        wanted => name(wanted.as_str().unwrap_or_default()),
    }
}

fn one_of(words: &[Value]) -> String {
    let words: Vec<String> = words.iter().map(Value::to_string).collect();
    format!("one of {}", words.join(", "))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Adds the keywords of a schema, and not the names of properties.
    fn keywords(schema: &Value, into: &mut BTreeSet<String>) {
        let Some(schema) = schema.as_object() else {
            return;
        };
        for (key, value) in schema {
            into.insert(key.clone());
            match key.as_str() {
                "properties" | "$defs" => value
                    .as_object()
                    .into_iter()
                    .flat_map(|object| object.values())
                    .for_each(|one| keywords(one, into)),
                "anyOf" | "oneOf" => value
                    .as_array()
                    .into_iter()
                    .flatten()
                    .for_each(|one| keywords(one, into)),
                "items" | "additionalProperties" | "not" | "propertyNames" => keywords(value, into),
                _ => {}
            }
        }
    }

    #[test]
    fn every_keyword_of_the_schema_is_read() {
        let mut all = BTreeSet::new();
        keywords(&SCHEMA, &mut all);
        let known: BTreeSet<&str> = FINE.iter().map(|(name, _)| *name).chain(OTHERS).collect();
        all.retain(|keyword| !known.contains(keyword.as_str()));
        assert_eq!(all, BTreeSet::new());
    }
}
