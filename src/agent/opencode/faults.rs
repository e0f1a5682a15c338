//! What keeps OpenCode from starting: settings of another shape.

use serde_json::Value;

use crate::agent::documents::{DocumentFault, misshapen_servers};
use crate::model::pointer::escaped;

use super::SERVERS_KEY;

/// Returns what is wrong with settings: with what agentpkg and others write there.
pub fn faults(settings: &Value) -> Vec<DocumentFault> {
    let mut faults = misshapen_servers(settings, SERVERS_KEY);
    let servers = settings.get(SERVERS_KEY).and_then(Value::as_object);
    for (name, server) in servers.into_iter().flatten() {
        let at = format!("/{SERVERS_KEY}/{}", escaped(name));
        faults.extend(of_server(&at, server));
    }
    if let Some(names) = settings.get("instructions")
        && !is_list_of_texts(names)
    {
        let at = "/instructions".to_owned();
        faults.push(DocumentFault::new(at, "is not a list of texts"));
    }
    faults
}

fn of_server(at: &str, server: &Value) -> Option<DocumentFault> {
    let fields = server.as_object()?;
    let fault = |key: &str, what: &str| Some(DocumentFault::new(format!("{at}{key}"), what));
    let texts = |key: &str| {
        let texts = fields.get(key).map(Value::as_object);
        texts.is_none_or(|texts| texts.is_some_and(|texts| texts.values().all(Value::is_string)))
    };
    match fields.get("type").and_then(Value::as_str) {
        Some("local") if !fields.get("command").is_some_and(is_list_of_texts) => {
            fault("/command", "is not a list of texts")
        }
        Some("local") if !texts("environment") => fault("/environment", "is not a table of texts"),
        Some("remote") if !fields.get("url").is_some_and(Value::is_string) => {
            fault("/url", "is not a text")
        }
        Some("remote") if !texts("headers") => fault("/headers", "is not a table of texts"),
        Some("local" | "remote") => None,
        // A person's own settings may have the rest of it.
        None if fields.keys().all(|key| key == "enabled") => None,
        _ => fault("/type", "is neither `local` nor `remote`"),
    }
}

fn is_list_of_texts(value: &Value) -> bool {
    let elements = value.as_array();
    elements.is_some_and(|elements| elements.iter().all(Value::is_string))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_keeps_opencode_from_starting_is_found() {
        let server = |server: Value| json!({ "mcp": { "x": server } });
        for good in [
            json!({}),
            json!({"instructions": ["a.md"], "model": "m"}),
            server(json!({"type": "local", "command": ["a"], "args": 3})),
            server(json!({"type": "remote", "url": "u", "headers": {"A": "b"}})),
            server(json!({"enabled": false})),
        ] {
            assert_eq!(faults(&good), [], "{good}");
        }
        for (bad, expected) in [
            (json!([]), "it is not an object"),
            (
                json!({"instructions": "a.md"}),
                "`/instructions` is not a list of texts",
            ),
            (json!({"mcp": 3}), "`/mcp` is not an object"),
            (
                server(json!({"type": "stdio", "command": ["a"]})),
                "`/mcp/x/type` is neither `local` nor `remote`",
            ),
            (
                server(json!({"type": "local", "command": "a"})),
                "`/mcp/x/command` is not a list of texts",
            ),
            (
                server(json!({"type": "local", "command": ["a"], "environment": {"A": 1}})),
                "`/mcp/x/environment` is not a table of texts",
            ),
            (
                server(json!({"type": "remote"})),
                "`/mcp/x/url` is not a text",
            ),
        ] {
            let found: Vec<String> = faults(&bad).iter().map(ToString::to_string).collect();
            assert_eq!(found, [expected]);
        }
    }
}
