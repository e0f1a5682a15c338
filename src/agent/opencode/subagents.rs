//! Agents as OpenCode reads them. **It doesn't start at all where one has Claude Code's tools or
//! colour**, so only what it knows is written.

use crate::agent::tools::only_reads;
use crate::agent::translate::{body, line_of, scalar};
use crate::model::frontmatter;

/// Returns an agent's file as OpenCode reads it.
pub fn subagent(text: &str) -> String {
    let fields = frontmatter::read(text)
        .ok()
        .flatten()
        .unwrap_or_default()
        .fields;
    let mut written = String::new();
    if let Some(value) = line_of(&fields, "description") {
        written += &format!("description: {}\n", scalar(&value));
    }
    written += "mode: subagent\n";
    if only_reads(&fields) {
        written += "permission:\n  edit: deny\n  bash: deny\n";
    }
    format!("---\n{written}---\n\n{}", body(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agent_has_what_opencode_knows() {
        for (tools, permission) in [
            (
                "tools: Read, Grep\n",
                "permission:\n  edit: deny\n  bash: deny\n",
            ),
            ("tools: Read, Bash\ncolor: red\n", ""),
            ("", ""),
        ] {
            let text = format!("---\nname: r\ndescription: d\n{tools}---\nR\n");
            let expected = format!("---\ndescription: d\nmode: subagent\n{permission}---\n\nR\n");
            assert_eq!(subagent(&text), expected);
        }
    }
}
