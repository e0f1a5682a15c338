//! MCP servers as Gemini CLI reads them. It puts variables in wherever Claude Code does.

use serde_json::{Map, Value, json};

use crate::model::template::McpServer;

/// Returns a server's entry, or why Gemini CLI can't have it.
pub fn server(server: &McpServer) -> Result<Value, &'static str> {
    let mut entry = Map::new();
    if let Some(command) = &server.command {
        entry.insert("command".to_owned(), json!(command));
    }
    if let Some(url) = &server.url {
        let is_stream = server.kind.as_deref() != Some("sse");
        if !is_stream {
            entry.insert("type".to_owned(), json!("sse"));
        }
        let key = if is_stream { "httpUrl" } else { "url" };
        entry.insert(key.to_owned(), json!(url));
    }
    if !server.args.is_empty() {
        entry.insert("args".to_owned(), json!(server.args));
    }
    for (key, fields) in [("env", &server.env), ("headers", &server.headers)] {
        if !fields.is_empty() {
            entry.insert(key.to_owned(), json!(fields));
        }
    }
    match entry.contains_key("command") || server.url.is_some() {
        true => Ok(Value::Object(entry)),
        false => Err("it has neither a command nor an address"),
    }
}

/// Returns the server of a template that Gemini CLI gets as this entry, if there is one.
pub fn read_back(entry: &Value) -> Option<McpServer> {
    let mut fields = entry.as_object()?.clone();
    if let Some(url) = fields.remove("httpUrl") {
        fields.insert("url".to_owned(), url);
    }
    let read: McpServer = serde_json::from_value(Value::Object(fields)).ok()?;
    (server(&read).as_ref() == Ok(entry)).then_some(read)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_read_back_only_if_it_is_written_the_same_again() {
        for good in [
            json!({"command": "a", "args": ["${A:-b}"], "env": {"B": "${B}"}}),
            json!({"httpUrl": "https://mcp.example.org/", "headers": {"X": "${Y}"}}),
            json!({"type": "sse", "url": "https://mcp.example.org/"}),
        ] {
            assert_eq!(server(&read_back(&good).unwrap()), Ok(good));
        }
        for bad in [
            json!({"url": "https://mcp.example.org/"}),
            json!({"command": "a", "trust": true}),
            json!({"command": "a", "args": []}),
            json!({}),
            json!("a"),
        ] {
            assert!(read_back(&bad).is_none(), "{bad}");
        }
    }
}
