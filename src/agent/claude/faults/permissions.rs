//! What makes the agent skip rules of permissions.

use serde_json::{Map, Value};

use super::by_schema::by_schema;
use super::{Fault, Skips};
use crate::agent::claude::parts;

/// Modes that the schema knows and the agent doesn't.
const NO_MODES: [&str; 1] = ["delegate"];

/// Finds what is wrong with lists of rules, and with a mode.
pub(super) fn permissions(value: &Value, found: &mut Vec<Fault>) {
    let Some(object) = value.as_object() else {
        found.push(Fault::new(
            &[parts::PERMISSIONS],
            "is not an object",
            Skips::File,
        ));
        return;
    };
    for (key, value) in object {
        let at = [parts::PERMISSIONS, key.as_str()];
        match key.as_str() {
            "allow" | "deny" | "ask" => {
                let Some(rules) = value.as_array() else {
                    found.push(Fault::new(&at, "is not a list", Skips::File));
                    continue;
                };
                let skips = match key == "allow" {
                    true => Skips::Entry,
                    false => Skips::Guard,
                };
                for (number, rule) in rules.iter().enumerate() {
                    if let Some(what) = refused_rule(rule, key == "allow") {
                        let number = number.to_string();
                        found.push(Fault::new(&[at[0], at[1], &number], what, skips));
                    }
                }
            }
            "defaultMode" if value == "manual" => {}
            "defaultMode" if value.as_str().is_some_and(|mode| NO_MODES.contains(&mode)) => {
                found.push(Fault::new(
                    &at,
                    "is no mode that the agent knows",
                    Skips::File,
                ));
            }
            _ => {
                let alone = Value::Object(Map::from_iter([(key.clone(), value.clone())]));
                found.extend(by_schema(parts::PERMISSIONS, &alone));
            }
        }
    }
}

/// Returns why the agent drops a rule of a permission list.
fn refused_rule(rule: &Value, allows: bool) -> Option<&'static str> {
    let Some(rule) = rule.as_str() else {
        return Some("is not a text");
    };
    let (tool, argument) = match rule.split_once('(') {
        Some((tool, rest)) => match rest.strip_suffix(')') {
            Some("") => return Some("says nothing between its brackets"),
            Some(argument) => (tool, Some(argument)),
            None => return Some("has an open bracket, or something behind it"),
        },
        None if rule.ends_with(')') => return Some("has a bracket that was never opened"),
        None => (rule, None),
    };
    if tool.is_empty() && argument.is_none() {
        return Some("is empty");
    }
    if tool == "*" && allows && argument.is_none() {
        return Some("would allow everything");
    }
    if tool.starts_with(|letter: char| letter.is_ascii_lowercase()) && !tool.starts_with("mcp__") {
        return Some("has a tool in lower case");
    }
    let argument = argument?;
    match tool {
        _ if tool.starts_with("mcp__") => Some("gives a server's tool an argument"),
        "WebFetch" if !argument.starts_with("domain:") => Some("names no `domain:`"),
        "WebSearch" if argument.contains('*') => Some("has a `*`, which isn't read there"),
        "Read" | "Write" | "Edit" if argument.ends_with(":*") => {
            Some("ends in `:*`, which is for commands")
        }
        _ if argument == ":*" => Some("has nothing before `:*`"),
        _ => None,
    }
}
