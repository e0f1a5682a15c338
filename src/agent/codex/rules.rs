//! Rules as sections of AGENTS.md: Codex has no other place for them.

use crate::agent::rules::Rule;

/// What the section of a rule starts with that isn't for everything.
pub const APPLIES_TO: &str = "Applies to ";

/// Returns the section of a rule: what it applies to, if not to everything, and its body.
pub fn section(text: &str) -> String {
    let rule = Rule::parse(text);
    if rule.paths.is_empty() {
        return rule.body.to_owned();
    }
    let globs: Vec<String> = rule.paths.iter().map(|glob| format!("`{glob}`")).collect();
    format!("{APPLIES_TO}{}:\n\n{}", globs.join(", "), rule.body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_says_what_it_applies_to() {
        for (rule, expected) in [
            ("---\ndescription: d\n---\n\n# A\n\nb\n", "# A\n\nb\n"),
            (
                "---\npaths:\n  - \"**/*.rs\"\n  - docs/**\n---\n# A\n",
                "Applies to `**/*.rs`, `docs/**`:\n\n# A\n",
            ),
            ("# A\n", "# A\n"),
        ] {
            assert_eq!(section(rule), expected);
        }
    }
}
