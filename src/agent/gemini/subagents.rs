//! Agents as Gemini CLI reads them: with exactly the keys that it knows. One key more, or a tool of
//! another name, and it leaves the agent out.

use crate::agent::tools::{self, ToolNames};
use crate::agent::translate::{Translation, body, fields, kept, line_of};

/// An agent, as Gemini CLI reads it.
pub const SUBAGENT: Translation = Translation {
    refuses: |text| {
        let has_name = line_of(&fields(text), "name").is_some_and(|name| is_name(&name));
        match has_name {
            true if body(text).contains("${") => Some("Gemini CLI takes `${…}` for an input"),
            true => tools::refuses(text, &TOOLS),
            false => Some("its name has more than small letters, digits, `-` and `_`"),
        }
    },
    ..Translation::new(subagent)
};

const TOOLS: ToolNames = ToolNames {
    names: &[
        ("Read", "read_file"),
        ("LS", "list_directory"),
        ("Edit", "replace"),
        ("MultiEdit", "replace"),
        ("Write", "write_file"),
        ("Grep", "grep_search"),
        ("Glob", "glob"),
        ("Bash", "run_shell_command"),
        ("WebFetch", "web_fetch"),
        ("WebSearch", "google_web_search"),
        ("TodoWrite", "write_todos"),
        ("*", "*"),
    ],
    of_server: |server, tool| format!("mcp_{server}_{tool}"),
};

fn is_name(name: &str) -> bool {
    let is_of_name = |letter: char| {
        letter.is_ascii_lowercase() || letter.is_ascii_digit() || "-_".contains(letter)
    };
    name.chars().all(is_of_name)
}

/// Returns an agent's file as Gemini CLI reads it. Its model is left out: Gemini CLI has others.
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
    fn an_agent_has_the_keys_that_gemini_knows() {
        let text = "---\nname: r\ndescription: d\ntools: Read, mcp__docs\ncolor: red\n---\nR\n";
        let expected =
            "---\nname: r\ndescription: d\ntools: [\"read_file\",\"mcp_docs_*\"]\n---\n\nR\n";
        assert_eq!(subagent(text), expected);
        assert!((SUBAGENT.refuses)(text).is_none());
        let capital = text.replace("name: r", "name: R");
        assert!((SUBAGENT.refuses)(&capital).is_some());
    }
}
