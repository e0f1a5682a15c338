//! MCP servers as Claude Code reads them: as template.toml has them.

use serde_json::{Value, json};

use crate::model::template::McpServer;

/// Returns a server's entry; every server has one.
pub fn server(server: &McpServer) -> Result<Value, &'static str> {
    let mut server = server.clone();
    if server.url.is_some() && server.kind.is_none() {
        server.kind = Some("http".to_owned());
    }
    Ok(json!(server))
}

/// Returns the server of a template that Claude Code gets as this entry, if there is one.
pub fn read_back(entry: &Value) -> Option<McpServer> {
    let read: McpServer = serde_json::from_value(entry.clone()).ok()?;
    (server(&read).as_ref() == Ok(entry)).then_some(read)
}
