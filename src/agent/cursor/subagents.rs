//! Agents as Cursor reads them: Markdown with the keys that it knows.

use serde_json::{Map, Value};

use crate::agent::translate::{body, line_of};
use crate::model::frontmatter;

use super::rules::scalar;

/// The tools of Claude Code that change something.
const WRITING: [&str; 6] = [
    "Bash",
    "Edit",
    "MultiEdit",
    "NotebookEdit",
    "Write",
    "PowerShell",
];

/// Returns an agent's file as Cursor reads it.
pub fn subagent(text: &str) -> String {
    let header = frontmatter::read(text).ok().flatten().unwrap_or_default();
    let mut written = String::new();
    for key in ["name", "description"] {
        if let Some(value) = line_of(&header.fields, key) {
            written += &format!("{key}: {}\n", scalar(&value));
        }
    }
    if only_reads(&header.fields) {
        written += "readonly: true\n";
    }
    format!("---\n{written}---\n\n{}", body(text))
}

/// Returns whether an agent names its tools, and none of them changes anything.
fn only_reads(fields: &Map<String, Value>) -> bool {
    let tools: Vec<&str> = match fields.get("tools") {
        Some(Value::String(tools)) => tools.split(',').map(str::trim).collect(),
        Some(Value::Array(tools)) => tools.iter().filter_map(Value::as_str).collect(),
        _ => return false,
    };
    let writes = |tool: &&str| {
        let name = tool.split('(').next().unwrap_or_default();
        WRITING.contains(&name) || name.starts_with("mcp__") || name == "*"
    };
    !tools.is_empty() && !tools.iter().any(writes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agent_has_the_keys_that_cursor_knows() {
        for (tools, expected) in [
            ("tools: Read, Grep, Glob\n", "readonly: true\n"),
            ("tools: Read, Edit\n", ""),
            ("tools: [Read, \"Bash(git status)\"]\n", ""),
            ("model: opus\n", ""),
            ("", ""),
        ] {
            let text = format!("---\nname: r\ndescription: d\n{tools}---\n\nYou review.\n");
            let written = format!("---\nname: r\ndescription: d\n{expected}---\n\nYou review.\n");
            assert_eq!(subagent(&text), written);
        }
    }
}
