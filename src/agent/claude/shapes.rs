//! The shapes of Claude Code's settings: what it would refuse, and with it the whole file.

use serde_json::Value;

use super::handlers::REQUIRED;
use super::places::SERVERS;
use crate::words;

/// What a place in a document has to be.
enum Shape {
    Text,
    Texts,
    Object,
    Objects,
}

/// Places in settings that Claude Code reads; `*` is any key or element.
const SETTINGS: [(&[&str], Shape); 10] = [
    (&["env"], Shape::Object),
    (&["permissions"], Shape::Object),
    (&["permissions", "allow"], Shape::Texts),
    (&["permissions", "ask"], Shape::Texts),
    (&["permissions", "deny"], Shape::Texts),
    (&["permissions", "additionalDirectories"], Shape::Texts),
    (&["permissions", "defaultMode"], Shape::Text),
    (&["hooks"], Shape::Object),
    (&["hooks", "*"], Shape::Objects),
    (&["hooks", "*", "*", "matcher"], Shape::Text),
];

/// Places in the list of servers.
const SERVER_LIST: [(&[&str], Shape); 5] = [
    (&["mcpServers"], Shape::Object),
    (&["mcpServers", "*"], Shape::Object),
    (&["mcpServers", "*", "command"], Shape::Text),
    (&["mcpServers", "*", "url"], Shape::Text),
    (&["mcpServers", "*", "args"], Shape::Texts),
];

/// Returns what is wrong with the shapes of a document that is strict JSON: a sentence each.
pub fn misshapen(path: &str, document: &Value) -> Vec<String> {
    if !document.is_object() {
        return vec!["it is not a JSON object".to_owned()];
    }
    let shapes: &[(&[&str], Shape)] = if path == SERVERS {
        &SERVER_LIST
    } else {
        &SETTINGS
    };
    let mut wrong = Vec::new();
    for (place, shape) in shapes {
        each(document, place, "", &mut |at, value| {
            let (fits, what) = match shape {
                Shape::Text => (value.is_string(), "a text"),
                Shape::Texts => (is_list_of(value, Value::is_string), "a list of texts"),
                Shape::Object => (value.is_object(), "an object"),
                Shape::Objects => (is_list_of(value, Value::is_object), "a list of objects"),
            };
            if !fits {
                wrong.push(format!("`{at}` is not {what}"));
            }
        });
    }
    if path != SERVERS {
        each(
            document,
            &["hooks", "*", "*"],
            "",
            &mut |at, group| match group.get("hooks") {
                Some(handlers) if is_list_of(handlers, Value::is_object) => {}
                _ if !group.is_object() => {}
                _ => wrong.push(format!("`{at}/hooks` is not a list of objects")),
            },
        );
        each(
            document,
            &["hooks", "*", "*", "hooks", "*"],
            "",
            &mut |at, handler| {
                wrong.extend(misshapen_handler(handler).map(|what| format!("`{at}` {what}")));
            },
        );
    }
    wrong
}

fn misshapen_handler(handler: &Value) -> Option<String> {
    if !handler.is_object() {
        return None;
    }
    let kind = handler.get("type").and_then(Value::as_str);
    let Some((kind, key)) = REQUIRED.iter().find(|(known, _)| kind == Some(known)) else {
        return Some(format!(
            "has none of the types {}",
            words::list(REQUIRED.map(|(known, _)| known))
        ));
    };
    if !handler.get(key).is_some_and(Value::is_string) {
        return Some(format!("is a `{kind}` without `{key}`"));
    }
    let timeout = handler.get("timeout")?;
    let seconds = timeout.as_f64().is_some_and(|seconds| seconds > 0.0);
    (!seconds).then(|| "has a `timeout` that is no number of seconds".to_owned())
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
        check(json!([]), &["it is not a JSON object"]);
        check(
            json!({"permissions": {"deny": "Read"}}),
            &["`/permissions/deny` is not a list of texts"],
        );
        check(json!({"hooks": []}), &["`/hooks` is not an object"]);
        check(
            json!({"hooks": {"Stop": [{"matcher": ""}]}}),
            &["`/hooks/Stop/0/hooks` is not a list of objects"],
        );
        check(
            json!({"hooks": {"Stop": [{"hooks": [{"type": "shell"}]}]}}),
            &[
                "`/hooks/Stop/0/hooks/0` has none of the types `command`, `http`, `mcp_tool`, \
                 `prompt` and `agent`",
            ],
        );
        check(
            json!({"hooks": {"Stop": [{"hooks": [{"type": "command"}]}]}}),
            &["`/hooks/Stop/0/hooks/0` is a `command` without `command`"],
        );
        let handler = json!({"type": "command", "command": "x", "timeout": "10"});
        check(
            json!({"hooks": {"Stop": [{"hooks": [handler]}]}}),
            &["`/hooks/Stop/0/hooks/0` has a `timeout` that is no number of seconds"],
        );
        let handler = json!({"type": "command", "command": "x", "timeout": 10, "async": true});
        check(
            json!({
                "hooks": {"New": [{"hooks": [handler]}]},
                "model": 1,
                "permissions": {"allow": ["a"]},
            }),
            &[],
        );
        assert_eq!(
            misshapen(SERVERS, &json!({"mcpServers": {"a": {"args": 1}}})),
            ["`/mcpServers/a/args` is not a list of texts"]
        );
    }
}
