//! MCP servers as Cursor reads them: a variable is `${env:NAME}`, and has no default.

use serde_json::{Map, Value, json};

use crate::model::template::McpServer;

/// Returns a server's entry, or why Cursor can't have it.
pub fn server(server: &McpServer) -> Result<Value, &'static str> {
    let mut entry = Map::new();
    if let Some(command) = &server.command {
        entry.insert("command".to_owned(), json!(with_variables(command)?));
    }
    let mut args = Vec::new();
    for arg in &server.args {
        args.push(with_variables(arg)?);
    }
    if !args.is_empty() {
        entry.insert("args".to_owned(), json!(args));
    }
    if let Some(url) = &server.url {
        entry.insert("url".to_owned(), json!(with_variables(url)?));
    }
    for (key, fields) in [("env", &server.env), ("headers", &server.headers)] {
        let mut written = Map::new();
        for (name, value) in fields {
            written.insert(name.clone(), json!(with_variables(value)?));
        }
        if !written.is_empty() {
            entry.insert(key.to_owned(), Value::Object(written));
        }
    }
    Ok(Value::Object(entry))
}

/// Returns the server of a template that Cursor gets as this entry, if there is one.
pub fn read_back(entry: &Value) -> Option<McpServer> {
    let text = entry.to_string().replace("${env:", "${");
    let read = serde_json::from_str(&text).ok()?;
    (server(&read).as_ref() == Ok(entry)).then_some(read)
}

/// Returns a text with its variables as Cursor writes them.
fn with_variables(text: &str) -> Result<String, &'static str> {
    let mut written = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let Some(end) = rest[start..].find('}') else {
            break;
        };
        let name = &rest[start + 2..start + end];
        let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        if !name.chars().all(is_name) {
            return Err("Cursor's variables have no defaults");
        }
        written += &format!("{}${{env:{name}}}", &rest[..start]);
        rest = &rest[start + end + 1..];
    }
    Ok(written + rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_read_back_only_if_it_is_written_the_same_again() {
        let good = json!({"command": "a", "args": ["${env:A}"], "env": {"B": "${env:B}"}});
        let read = read_back(&good).unwrap();
        assert_eq!(
            (read.args[0].as_str(), read.env["B"].as_str()),
            ("${A}", "${B}")
        );
        for bad in [
            json!({"type": "stdio", "command": "a"}),
            json!({"command": "a", "envFile": ".env"}),
            json!({"command": "${A}"}),
            json!({"command": "a", "args": []}),
            json!("a"),
        ] {
            assert!(read_back(&bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn variables_are_written_as_cursor_reads_them() {
        for (text, expected) in [
            ("a", Ok("a".to_owned())),
            ("Bearer ${TOKEN}", Ok("Bearer ${env:TOKEN}".to_owned())),
            ("${A}/${B}", Ok("${env:A}/${env:B}".to_owned())),
            ("${A", Ok("${A".to_owned())),
            ("${A:-1}", Err("Cursor's variables have no defaults")),
        ] {
            assert_eq!(with_variables(text), expected);
        }
    }
}
