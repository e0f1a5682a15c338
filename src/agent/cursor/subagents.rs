//! Agents as Cursor reads them: Markdown with the keys that it knows.

use crate::agent::tools::only_reads;
use crate::agent::translate::{body, fields, kept};

/// Returns an agent's file as Cursor reads it.
pub fn subagent(text: &str) -> String {
    let fields = fields(text);
    let mut written = kept(&fields, &["name", "description"]);
    if only_reads(&fields) {
        written += "readonly: true\n";
    }
    format!("---\n{written}---\n\n{}", body(text))
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
