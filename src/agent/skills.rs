//! What of a skill only Claude Code understands: the others read the file as it is, and leave it
//! out or take it for words.

use crate::model::frontmatter;

use super::translate::body;

/// The folders in which agents look for skills. Of those with one name, an agent reads one.
pub const FOLDERS: [&str; 7] = [
    ".claude/skills",
    ".agents/skills",
    ".github/skills",
    ".opencode/skills",
    ".gemini/skills",
    ".cursor/skills",
    ".codex/skills",
];

/// The keys of a skill's header that every agent reads, or that mean nothing to any.
const KEYS: [&str; 5] = [
    "name",
    "description",
    "license",
    "compatibility",
    "metadata",
];

/// What Claude Code fills in before it reads a skill.
const FILLED_IN: [&str; 4] = ["!`", "```!", "$ARGUMENTS", "${CLAUDE_"];

/// Returns whether a skill says something that an agent with these further keys doesn't follow.
pub fn is_claude_codes(text: &str, further: &[&str]) -> bool {
    let header = frontmatter::read(text).ok().flatten().unwrap_or_default();
    let is_known = |key: &str| KEYS.contains(&key) || further.contains(&key);
    let mut fields = header.fields.keys();
    fields.any(|key| !is_known(key)) || FILLED_IN.iter().any(|what| body(text).contains(what))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_one_agent_understands_is_found() {
        let skill = |header: &str, body: &str| {
            format!("---\nname: a\ndescription: b\n{header}---\n\n{body}\n")
        };
        for (header, body, expected) in [
            ("", "Tag it.", false),
            ("license: MIT\n", "Run `git tag`!", false),
            ("disable-model-invocation: true\n", "Tag it.", true),
            ("", "Now: !`git status`", true),
            ("", "Run ${CLAUDE_SKILL_DIR}/a.sh", true),
        ] {
            let text = skill(header, body);
            assert_eq!(is_claude_codes(&text, &[]), expected, "{text}");
        }
        let text = skill("disable-model-invocation: true\n", "Tag it.");
        assert!(!is_claude_codes(&text, &["disable-model-invocation"]));
    }
}
