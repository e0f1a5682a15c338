//! MCP servers as Codex reads them. It puts no variables in, passes no environment on but what is
//! named, and **doesn't start at all where a server has a key of the other kind of server**.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::model::template::McpServer;

/// Returns a server's table, or why Codex can't have it, as the end of "Codex can't have it: …".
pub fn server(server: &McpServer) -> Result<Value, &'static str> {
    match (&server.command, &server.url) {
        (Some(command), _) => program(command, &server.args, &server.env),
        (None, Some(url)) => address(server, url),
        (None, None) => Err("it has neither a command nor an address"),
    }
}

fn program(
    command: &str,
    args: &[String],
    env: &BTreeMap<String, String>,
) -> Result<Value, &'static str> {
    if has_variable(command) || args.iter().any(|arg| has_variable(arg)) {
        return Err("Codex puts no variables into commands");
    }
    let mut table = Map::from_iter([("command".to_owned(), json!(command))]);
    if !args.is_empty() {
        table.insert("args".to_owned(), json!(args));
    }
    let (mut constant, mut passed) = (Map::new(), Vec::new());
    for (name, value) in env {
        if variable(value) == Some(name.as_str()) {
            passed.push(name);
        } else if has_variable(value) {
            return Err("Codex puts no variables into the environment");
        } else {
            constant.insert(name.clone(), json!(value));
        }
    }
    if !passed.is_empty() {
        table.insert("env_vars".to_owned(), json!(passed));
    }
    if !constant.is_empty() {
        table.insert("env".to_owned(), Value::Object(constant));
    }
    Ok(Value::Object(table))
}

fn address(server: &McpServer, url: &str) -> Result<Value, &'static str> {
    if server.kind.as_deref() == Some("sse") {
        return Err("Codex speaks streamable HTTP alone");
    }
    if has_variable(url) {
        return Err("Codex puts no variables into addresses");
    }
    let mut table = Map::from_iter([("url".to_owned(), json!(url))]);
    let (mut constant, mut named) = (Map::new(), Map::new());
    for (name, value) in &server.headers {
        let is_authorization = name.eq_ignore_ascii_case("authorization");
        let token = value.strip_prefix("Bearer ").and_then(variable);
        if let (true, Some(token)) = (is_authorization, token) {
            table.insert("bearer_token_env_var".to_owned(), json!(token));
        } else if let Some(variable) = variable(value) {
            named.insert(name.clone(), json!(variable));
        } else if has_variable(value) {
            return Err("Codex puts no variables into headers");
        } else {
            constant.insert(name.clone(), json!(value));
        }
    }
    for (key, headers) in [("http_headers", constant), ("env_http_headers", named)] {
        if !headers.is_empty() {
            table.insert(key.to_owned(), Value::Object(headers));
        }
    }
    Ok(Value::Object(table))
}

/// Returns the server of a template that Codex gets as this table, if there is one.
pub fn read_back(table: &Value) -> Option<McpServer> {
    let fields = table.as_object()?;
    let texts = |key: &str| -> Vec<(String, String)> {
        let map = fields.get(key).and_then(Value::as_object);
        let texts = map.into_iter().flatten();
        texts
            .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
            .collect()
    };
    let list = |key: &str| -> Vec<String> {
        let list = fields.get(key).and_then(Value::as_array);
        let texts = list.into_iter().flatten().filter_map(Value::as_str);
        texts.map(str::to_owned).collect()
    };
    let text = |key: &str| fields.get(key).and_then(Value::as_str).map(str::to_owned);
    let mut env: BTreeMap<String, String> = texts("env").into_iter().collect();
    for name in list("env_vars") {
        env.insert(name.clone(), format!("${{{name}}}"));
    }
    let mut headers: BTreeMap<String, String> = texts("http_headers").into_iter().collect();
    for (name, variable) in texts("env_http_headers") {
        headers.insert(name, format!("${{{variable}}}"));
    }
    if let Some(variable) = text("bearer_token_env_var") {
        headers.insert(
            "Authorization".to_owned(),
            format!("Bearer ${{{variable}}}"),
        );
    }
    let read = McpServer {
        kind: None,
        command: text("command"),
        args: list("args"),
        env,
        url: text("url"),
        headers,
    };
    (server(&read).as_ref() == Ok(table)).then_some(read)
}

fn has_variable(text: &str) -> bool {
    text.contains("${")
}

/// Returns the variable that a text is and nothing else.
fn variable(text: &str) -> Option<&str> {
    let name = text.strip_prefix("${")?.strip_suffix('}')?;
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    (!name.is_empty() && name.chars().all(is_name)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> McpServer {
        toml_edit::de::from_str(text).unwrap()
    }

    #[test]
    fn a_table_is_read_back_only_if_it_is_written_the_same_again() {
        for good in [
            json!({"command": "docs", "args": ["a"], "env_vars": ["B"], "env": {"A": "1"}}),
            json!({
                "url": "https://mcp.example.org/",
                "bearer_token_env_var": "T",
                "http_headers": {"X-A": "a"},
                "env_http_headers": {"X-B": "B"},
            }),
        ] {
            assert_eq!(server(&read_back(&good).unwrap()), Ok(good));
        }
        for bad in [
            json!({"command": "docs", "enabled": false}),
            json!({"command": "docs", "env": {"A": "${A}"}}),
            json!({"enabled": true}),
            json!(3),
        ] {
            assert!(read_back(&bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_server_has_keys_of_its_own_kind_alone() {
        for (text, expected) in [
            (
                "command = \"docs\"\nargs = [\"--stdio\"]\nenv = { A = \"1\", B = \"${B}\" }\n",
                json!({"command": "docs", "args": ["--stdio"], "env_vars": ["B"], "env": {"A": "1"}}),
            ),
            (
                "url = \"https://mcp.example.org/\"\nheaders = { Authorization = \"Bearer ${T}\", \
                 X-A = \"a\", X-B = \"${B}\" }\n",
                json!({
                    "url": "https://mcp.example.org/",
                    "bearer_token_env_var": "T",
                    "http_headers": {"X-A": "a"},
                    "env_http_headers": {"X-B": "B"},
                }),
            ),
        ] {
            assert_eq!(server(&read(text)).unwrap(), expected);
        }
    }

    #[test]
    fn what_codex_would_take_literally_is_not_written() {
        for text in [
            "command = \"${HOME}/docs\"\n",
            "command = \"docs\"\nargs = [\"${A}\"]\n",
            "command = \"docs\"\nenv = { A = \"${B}\" }\n",
            "command = \"docs\"\nenv = { A = \"${A:-1}\" }\n",
            "url = \"https://${HOST}/\"\n",
            "url = \"https://mcp.example.org/\"\ntype = \"sse\"\n",
            "url = \"https://mcp.example.org/\"\nheaders = { Authorization = \"Basic ${A}\" }\n",
        ] {
            assert!(server(&read(text)).is_err(), "{text}");
        }
    }
}
