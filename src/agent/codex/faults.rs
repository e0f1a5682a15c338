//! What keeps Codex from starting: it refuses a whole configuration for one bad server. Measured
//! with the version of the table in `codex`, by `codex mcp list`.

use serde_json::Value;

use crate::agent::documents::DocumentFault;
use crate::model::pointer::escaped;

const SERVERS_KEY: &str = "mcp_servers";

/// What a server that is a program has. Codex refuses what the other kind has, whatever it says.
const PROGRAM: [(&str, KeyShape); 5] = [
    ("command", KeyShape::Text),
    ("args", KeyShape::Texts),
    ("env", KeyShape::Table),
    ("env_vars", KeyShape::List),
    ("cwd", KeyShape::Text),
];

/// What a server that is an address has.
const ADDRESS: [(&str, KeyShape); 5] = [
    ("url", KeyShape::Text),
    ("bearer_token_env_var", KeyShape::Text),
    ("http_headers", KeyShape::Table),
    ("env_http_headers", KeyShape::Table),
    ("oauth_resource", KeyShape::Text),
];

/// What a value has to be.
#[derive(Clone, Copy)]
enum KeyShape {
    Text,
    Texts,
    List,
    Table,
}

impl KeyShape {
    /// Returns what a value should be and isn't.
    fn missed(self, value: &Value) -> Option<&'static str> {
        let is_text_list = |value: &Value| {
            let elements = value.as_array();
            elements.is_some_and(|elements| elements.iter().all(Value::is_string))
        };
        let is_text_table = |value: &Value| {
            let texts = value.as_object();
            texts.is_some_and(|texts| texts.values().all(Value::is_string))
        };
        let (fits, what) = match self {
            Self::Text => (value.is_string(), "a text"),
            Self::Texts => (is_text_list(value), "a list of texts"),
            Self::List => (value.is_array(), "a list"),
            Self::Table => (is_text_table(value), "a table of texts"),
        };
        (!fits).then_some(what)
    }
}

/// Returns what is wrong with a document of hooks, which Codex leaves out whole for another key at
/// its root.
pub fn of_hooks(document: &Value) -> Vec<DocumentFault> {
    let Some(keys) = document.as_object() else {
        return vec![DocumentFault::new(String::new(), "is not an object")];
    };
    let mut faults = Vec::new();
    for key in keys
        .keys()
        .filter(|key| !["hooks", "description"].contains(&key.as_str()))
    {
        let what = "is a key that Codex doesn't know there";
        faults.push(DocumentFault::new(format!("/{}", escaped(key)), what));
    }
    faults
}

/// Returns what is wrong with the servers of a configuration.
pub fn faults(config: &Value) -> Vec<DocumentFault> {
    let Some(servers) = config.get(SERVERS_KEY) else {
        return Vec::new();
    };
    let Some(servers) = servers.as_object() else {
        return vec![DocumentFault::new(
            format!("/{SERVERS_KEY}"),
            "is not a table",
        )];
    };
    let mut faults = Vec::new();
    for (name, server) in servers {
        faults.extend(of_server(
            &format!("/{SERVERS_KEY}/{}", escaped(name)),
            server,
        ));
    }
    faults
}

fn of_server(at: &str, server: &Value) -> Vec<DocumentFault> {
    let one = |what: &str| vec![DocumentFault::new(at.to_owned(), what)];
    let Some(server) = server.as_object() else {
        return one("is not a table");
    };
    let (own, other, kind) = match (server.contains_key("command"), server.contains_key("url")) {
        (true, false) => (PROGRAM, ADDRESS, "a program"),
        (false, true) => (ADDRESS, PROGRAM, "an address"),
        (true, true) => {
            return one("has a `command` and a `url`: a server is one or the other");
        }
        // A person's own configuration may have the rest of it.
        (false, false) => return Vec::new(),
    };
    let mut faults = Vec::new();
    for (key, value) in server {
        let at = format!("{at}/{}", escaped(key));
        if key == "bearer_token" {
            faults.push(DocumentFault::new(
                at,
                "is for no server: Codex takes `bearer_token_env_var`",
            ));
        } else if shape(&other, key).is_some() {
            let what = format!("is nothing that a server which is {kind} may have");
            faults.push(DocumentFault::new(at, what));
        } else if let Some(what) = shape(&own, key).and_then(|shape| shape.missed(value)) {
            faults.push(DocumentFault::new(at, format!("is not {what}")));
        }
    }
    faults
}

fn shape(keys: &[(&str, KeyShape)], key: &str) -> Option<KeyShape> {
    let mut keys = keys.iter();
    keys.find(|(known, _)| *known == key)
        .map(|(_, shape)| *shape)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(config: Value, expected: &[&str]) {
        let found: Vec<String> = faults(&config).iter().map(ToString::to_string).collect();
        assert_eq!(found, expected, "{config}");
    }

    #[test]
    fn what_codex_refuses_is_found_and_what_it_reads_is_not() {
        let server = |server: Value| json!({"mcp_servers": {"x": server}});
        for good in [
            json!({}),
            json!({"model": "m", "mcp_servers": {}}),
            server(json!({"command": "a", "args": ["b"], "env": {"A": "1"}, "env_vars": ["B"]})),
            server(json!({"url": "u", "http_headers": {"A": "b"}, "enabled": false, "type": "x"})),
            server(json!({"command": "a", "scopes": ["b"]})),
            // A part of one, of which a person's own configuration may have the rest.
            server(json!({"enabled": false})),
            server(json!({"args": ["b"]})),
        ] {
            check(good, &[]);
        }
        check(
            json!({"mcp_servers": 3}),
            &["`/mcp_servers` is not a table"],
        );
        check(server(json!(3)), &["`/mcp_servers/x` is not a table"]);
        check(
            server(json!({"command": "a", "url": "u"})),
            &["`/mcp_servers/x` has a `command` and a `url`: a server is one or the other"],
        );
        check(
            server(json!({"command": "a", "args": "b", "http_headers": {"A": "b"}})),
            &[
                "`/mcp_servers/x/args` is not a list of texts",
                "`/mcp_servers/x/http_headers` is nothing that a server which is a program may have",
            ],
        );
        check(
            server(json!({"url": "u", "bearer_token": "a", "http_headers": {"A": 1}})),
            &[
                "`/mcp_servers/x/bearer_token` is for no server: Codex takes `bearer_token_env_var`",
                "`/mcp_servers/x/http_headers` is not a table of texts",
            ],
        );
        check(
            server(json!({"url": "u", "cwd": "c"})),
            &["`/mcp_servers/x/cwd` is nothing that a server which is an address may have"],
        );
    }
}
