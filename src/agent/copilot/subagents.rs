//! Agents as Copilot reads them: `.agent.md` files, with tools by the names of their kinds.

use crate::agent::tools::{self, ToolNames};
use crate::agent::translate::{Translation, body, fields, kept};

/// An agent, as Copilot reads it.
pub const SUBAGENT: Translation = Translation {
    refuses: |text| tools::refuses(text, &TOOLS),
    ..Translation::new(subagent)
};

const TOOLS: ToolNames = ToolNames {
    names: &[
        ("Read", "read"),
        ("NotebookRead", "read"),
        ("LS", "read"),
        ("Edit", "edit"),
        ("MultiEdit", "edit"),
        ("Write", "edit"),
        ("NotebookEdit", "edit"),
        ("Grep", "search"),
        ("Glob", "search"),
        ("Bash", "execute"),
        ("PowerShell", "execute"),
        ("WebFetch", "web"),
        ("WebSearch", "web"),
        ("Task", "agent"),
        ("Agent", "agent"),
        ("TodoWrite", "todo"),
        ("*", "*"),
    ],
    of_server: |server, tool| format!("{server}/{tool}"),
};

/// Returns an agent's file as Copilot reads it. Its model is left out: Copilot has other names.
fn subagent(text: &str) -> String {
    let fields = fields(text);
    let mut written = kept(&fields, &["name", "description"]);
    if let Some(tools) = tools::translated(&fields, &TOOLS) {
        written += &format!("tools: {}\n", serde_json::json!(tools));
    }
    format!("---\n{written}---\n\n{}", body(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agent_has_its_tools_by_their_kinds() {
        let text = "---\nname: r\ndescription: \"a: b\"\ntools: Read, Grep, Glob, mcp__docs__find\nmodel: opus\n---\nR\n";
        let expected = "---\nname: r\ndescription: \"a: b\"\ntools: [\"read\",\"search\",\"docs/find\"]\n---\n\nR\n";
        assert_eq!(subagent(text), expected);
    }
}
