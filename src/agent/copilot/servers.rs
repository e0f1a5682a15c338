//! MCP servers as Copilot reads them: in the file of Claude Code, as Claude Code has them.

use serde_json::Value;

use crate::agent::claude;
use crate::model::template::McpServer;

/// Returns a server's entry, or why Copilot can't have it.
pub fn server(server: &McpServer) -> Result<Value, &'static str> {
    // It reads an address before it puts variables in: scheme, host and port have to be there.
    let is_read = |url: &str| {
        let host = url
            .split_once("://")
            .map(|(_, rest)| rest.split('/').next());
        let host = host.flatten().unwrap_or_default();
        let scheme = url.split("://").next().unwrap_or_default();
        let is_plain = !host.contains(":-") && !host.contains(":${");
        is_plain && !host.is_empty() && !scheme.contains("${")
    };
    match &server.url {
        Some(url) if !is_read(url) => {
            Err("Copilot reads an address before it puts variables into it")
        }
        _ => claude::servers::server(server),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_to_be_one_before_variables_are_put_in() {
        for (url, is_read) in [
            ("https://mcp.example.org/", true),
            ("https://${HOST}/mcp", true),
            ("http://${HOST}:80/${PATH:-mcp}", true),
            ("${URL}", false),
            ("${URL:-https://mcp.example.org/}", false),
            ("https://${HOST:-a}/", false),
            ("https://mcp.example.org:${PORT}/", false),
            ("${SCHEME}://mcp.example.org/", false),
        ] {
            let one = McpServer {
                url: Some(url.to_owned()),
                ..McpServer::default()
            };
            assert_eq!(server(&one).is_ok(), is_read, "{url}");
        }
    }
}
