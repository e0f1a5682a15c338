//! Hooks that stand where the agent doesn't look for them.

use serde_json::{Map, Value};

use super::{Fault, GUARDED, Skips};
use crate::agent::claude::events;

/// How deep hooks are looked for that stand somewhere else than below `hooks`.
const MISPLACED_DEPTH: usize = 4;

/// Keys in which nothing is looked for that could be a hook.
const NO_HOOKS_IN: [&str; 2] = ["env", "mcpServers"];

/// Keys whose own keys are names of things.
const NAMES_IN: [&str; 4] = [
    "enabledPlugins",
    "extraKnownMarketplaces",
    "pluginConfigs",
    "skillOverrides",
];

/// Finds hooks that stand somewhere else than below `hooks`: the agent takes them for guards that
/// it doesn't understand, and skips the file.
pub(super) fn misplaced(object: &Map<String, Value>, at: &mut Vec<String>, found: &mut Vec<Fault>) {
    let above: Vec<&str> = at.iter().map(String::as_str).collect();
    let (is_top, in_events) = (above.is_empty(), above == ["hooks"]);
    let are_names = above.len() == 1 && NAMES_IN.contains(&above[0]);
    for (key, value) in object {
        if is_top && NO_HOOKS_IN.contains(&key.as_str()) {
            continue;
        }
        let is_guarded = GUARDED.contains(&key.as_str());
        let is_event = events::find(key).is_some();
        let may_hold = is_top && key == "hooks" || in_events || is_event && !is_guarded;
        let is_something = !value.is_null() && value.as_array().is_none_or(|list| !list.is_empty());
        let is_misplaced =
            is_guarded && !in_events && is_something || !may_hold && holds_hooks(value);
        at.push(key.clone());
        if is_misplaced && !are_names {
            found.push(Fault {
                at: at.clone(),
                what: "has hooks, which stand below `hooks` alone".to_owned(),
                skips: Skips::File,
            });
        } else if at.len() < MISPLACED_DEPTH {
            below(value, at, found);
        }
        at.pop();
    }
}

fn below(value: &Value, at: &mut Vec<String>, found: &mut Vec<Fault>) {
    match value {
        Value::Object(object) => misplaced(object, at, found),
        Value::Array(elements) => {
            for (number, element) in elements.iter().enumerate() {
                at.push(number.to_string());
                if at.len() < MISPLACED_DEPTH {
                    below(element, at, found);
                }
                at.pop();
            }
        }
        _ => {}
    }
}

/// Returns whether a value looks like a group of hooks, or a list of groups.
fn holds_hooks(value: &Value) -> bool {
    match value {
        Value::Array(elements) => elements.iter().any(is_group),
        value => is_group(value),
    }
}

fn is_group(value: &Value) -> bool {
    let hooks = value.get("hooks").and_then(Value::as_array);
    hooks.is_some_and(|list| !list.is_empty())
}
