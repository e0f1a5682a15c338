//! The shapes of Claude Code's documents: what it would skip, in words.

use serde_json::Value;

use super::faults::{Fault, Skips, faults};
use super::places::SERVERS;

/// What a place in a document has to be.
enum Shape {
    Text,
    Texts,
    Object,
}

/// Places in the list of servers; `*` is any key or element.
const SERVER_LIST: [(&[&str], Shape); 5] = [
    (&["mcpServers"], Shape::Object),
    (&["mcpServers", "*"], Shape::Object),
    (&["mcpServers", "*", "command"], Shape::Text),
    (&["mcpServers", "*", "url"], Shape::Text),
    (&["mcpServers", "*", "args"], Shape::Texts),
];

/// Returns what an agent would skip of a document that is strict JSON, where a guard goes with it:
/// a sentence each.
pub fn misshapen(path: &str, document: &Value) -> Vec<String> {
    if path != SERVERS {
        let found = faults(document);
        let guards = found.iter().filter(|fault| fault.skips != Skips::Entry);
        return guards.map(sentence).collect();
    }
    if !document.is_object() {
        return vec!["it is not a JSON object".to_owned()];
    }
    let mut wrong = Vec::new();
    for (place, shape) in SERVER_LIST {
        each(document, place, "", &mut |at, value| {
            let (fits, what) = match shape {
                Shape::Text => (value.is_string(), "a text"),
                Shape::Texts => (is_list_of(value, Value::is_string), "a list of texts"),
                Shape::Object => (value.is_object(), "an object"),
            };
            if !fits {
                wrong.push(format!("`{at}` is not {what}"));
            }
        });
    }
    wrong
}

/// Returns what is wrong at a place, and what is skipped for it.
pub fn sentence(fault: &Fault) -> String {
    let place = match fault.pointer() {
        pointer if pointer.is_empty() => "it".to_owned(),
        pointer => format!("`{pointer}`"),
    };
    let skipped = match fault.skips {
        Skips::File => "the agent skips the whole file, guards included",
        Skips::Guard | Skips::Entry => "the agent skips it",
    };
    format!("{place} {}: {skipped}", fault.what)
}

fn is_list_of(value: &Value, of: fn(&Value) -> bool) -> bool {
    value
        .as_array()
        .is_some_and(|elements| elements.iter().all(of))
}

/// Calls `visit` with each value at `place`, and with where it is.
fn each(value: &Value, place: &[&str], at: &str, visit: &mut impl FnMut(&str, &Value)) {
    let Some((step, rest)) = place.split_first() else {
        return visit(at, value);
    };
    match value {
        Value::Object(object) => {
            for (key, value) in object.iter().filter(|(key, _)| *step == "*" || key == step) {
                each(value, rest, &format!("{at}/{key}"), visit);
            }
        }
        Value::Array(elements) if *step == "*" => {
            for (index, value) in elements.iter().enumerate() {
                each(value, rest, &format!("{at}/{index}"), visit);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(document: Value, wrong: &[&str]) {
        assert_eq!(misshapen(".claude/settings.json", &document), wrong);
    }

    #[test]
    fn what_an_agent_would_drop_is_said() {
        check(
            json!([]),
            &["it is not an object: the agent skips the whole file, guards included"],
        );
        check(
            json!({"permissions": {"deny": "Read"}}),
            &["`/permissions/deny` is not a list: the agent skips the whole file, guards included"],
        );
        check(
            json!({"hooks": []}),
            &["`/hooks` is not an object: the agent skips it"],
        );
        check(
            json!({"hooks": {"Stop": [{"hooks": [{"type": "shell"}]}]}}),
            &[
                "`/hooks/Stop/0/hooks/0` has none of the types `command`, `http`, `mcp_tool`, \
                 `prompt` and `agent`: the agent skips it",
            ],
        );
        check(
            json!({"hooks": {"PreToolUse": [{"hooks": [{"type": "command"}]}]}}),
            &[
                "`/hooks/PreToolUse/0/hooks/0` is a `command` without `command`: the agent skips \
                 the whole file, guards included",
            ],
        );
        check(
            json!({"model": 1, "permissions": {"allow": [{}]}}),
            &["`/model` is not a text: the agent skips the whole file, guards included"],
        );
        assert_eq!(
            misshapen(SERVERS, &json!({"mcpServers": {"a": {"args": 1}}})),
            ["`/mcpServers/a/args` is not a list of texts"]
        );
    }
}
