//! Agents as OpenCode reads them. **It doesn't start at all where one has Claude Code's tools or
//! colour**, so only what it knows is written.

use crate::agent::tools::{names_no_tool, only_reads};
use crate::agent::translate::{Translation, body, fields, kept};

/// An agent, as OpenCode reads it. It has all tools, or those that change nothing: what is to have
/// none, or all but some, is refused.
pub const SUBAGENT: Translation = Translation {
    refuses: |text| {
        let fields = fields(text);
        if fields.contains_key("disallowedTools") {
            return Some("it can't be kept from single tools");
        }
        let has_none = names_no_tool(&fields);
        has_none.then_some("it can't be without tools")
    },
    ..Translation::new(subagent)
};

/// Returns an agent's file as OpenCode reads it.
fn subagent(text: &str) -> String {
    let fields = fields(text);
    let mut written = kept(&fields, &["description"]);
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
