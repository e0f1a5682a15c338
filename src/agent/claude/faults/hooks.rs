//! What makes the agent skip hooks.

use serde_json::Value;

use super::{Fault, GUARDED, Skips};
use crate::agent::claude::events;
use crate::agent::claude::handlers::REQUIRED;
use crate::words;

/// Finds what is wrong with hooks.
pub(super) fn hooks(value: &Value, found: &mut Vec<Fault>) {
    let Some(all) = value.as_object() else {
        found.push(Fault::new(&["hooks"], "is not an object", Skips::Guard));
        return;
    };
    for (event, groups) in all {
        let skips = match GUARDED.contains(&event.as_str()) {
            true => Skips::File,
            false => Skips::Guard,
        };
        if events::find(event).is_none() {
            found.push(Fault::new(&["hooks", event], "is no event", Skips::Guard));
            continue;
        }
        let Some(groups) = groups.as_array() else {
            let skips = match groups.is_null() {
                true => Skips::Guard,
                false => skips,
            };
            found.push(Fault::new(&["hooks", event], "is not a list", skips));
            continue;
        };
        for (number, group) in groups.iter().enumerate() {
            let number = number.to_string();
            let at = ["hooks", event.as_str(), number.as_str()];
            hook_group(group, &at, skips, found);
        }
    }
}

fn hook_group(group: &Value, at: &[&str; 3], skips: Skips, found: &mut Vec<Fault>) {
    let Some(object) = group.as_object() else {
        found.push(Fault::new(at, "is not an object", skips));
        return;
    };
    if object
        .get("matcher")
        .is_some_and(|matcher| !matcher.is_string())
    {
        found.push(Fault::new(
            &[at[0], at[1], at[2], "matcher"],
            "is not a text",
            skips,
        ));
    }
    let Some(handlers) = object.get("hooks").and_then(Value::as_array) else {
        found.push(Fault::new(
            &[at[0], at[1], at[2], "hooks"],
            "is not a list of hooks",
            skips,
        ));
        return;
    };
    for (number, handler) in handlers.iter().enumerate() {
        if let Some(what) = refused_handler(handler) {
            let number = number.to_string();
            found.push(Fault::new(
                &[at[0], at[1], at[2], "hooks", &number],
                what,
                skips,
            ));
        }
    }
}

/// Returns why the agent can't read a handler.
fn refused_handler(handler: &Value) -> Option<String> {
    let Some(handler) = handler.as_object() else {
        return Some("is not an object".to_owned());
    };
    let kind = handler.get("type").and_then(Value::as_str);
    let Some((kind, key)) = REQUIRED.iter().find(|(known, _)| kind == Some(known)) else {
        return Some(format!(
            "has none of the types {}",
            words::list(REQUIRED.map(|(known, _)| known))
        ));
    };
    if !handler.get(*key).is_some_and(Value::is_string) {
        return Some(format!("is a `{kind}` without `{key}`"));
    }
    if *kind == "http" && !handler.get("url").is_some_and(is_address) {
        return Some("has a `url` that is none".to_owned());
    }
    if *kind == "mcp_tool"
        && !["server", "tool"]
            .iter()
            .all(|key| handler.get(*key).is_some_and(Value::is_string))
    {
        return Some("is a `mcp_tool` without `server` or `tool`".to_owned());
    }
    for (key, fits, what) in HANDLER {
        if handler.get(key).is_some_and(|value| !fits(value)) {
            return Some(format!("has a `{key}` that is {what}"));
        }
    }
    None
}

fn is_address(value: &Value) -> bool {
    value
        .as_str()
        .is_some_and(|text| text.contains("://") && !text.ends_with("://"))
}

/// Whether a value is one that a key of a handler can have.
type Fits = fn(&Value) -> bool;

/// Keys of a handler, and what they have to be.
const HANDLER: [(&str, Fits, &str); 11] = [
    (
        "timeout",
        |value| value.as_f64().is_some_and(|seconds| seconds > 0.0),
        "no number of seconds",
    ),
    ("async", Value::is_boolean, "neither `true` nor `false`"),
    (
        "asyncRewake",
        Value::is_boolean,
        "neither `true` nor `false`",
    ),
    ("once", Value::is_boolean, "neither `true` nor `false`"),
    (
        "shell",
        |value| value == "bash" || value == "powershell",
        "no shell that it knows",
    ),
    (
        "onFailure",
        |value| value == "continue" || value == "block",
        "neither `continue` nor `block`",
    ),
    ("if", Value::is_string, "no text"),
    ("statusMessage", Value::is_string, "no text"),
    ("model", Value::is_string, "no text"),
    ("args", is_list_of_texts, "no list of texts"),
    ("headers", is_object_of_texts, "no list of headers"),
];

fn is_list_of_texts(value: &Value) -> bool {
    value
        .as_array()
        .is_some_and(|all| all.iter().all(Value::is_string))
}

fn is_object_of_texts(value: &Value) -> bool {
    value
        .as_object()
        .is_some_and(|all| all.values().all(Value::is_string))
}
