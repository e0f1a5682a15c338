//! Agents as Cursor reads them: Markdown with the keys that it knows.

use crate::agent::tools::only_reads;
use crate::agent::translate::{body, line_of, scalar};
use crate::model::frontmatter;

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
