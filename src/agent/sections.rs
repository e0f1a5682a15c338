//! Rules as sections of root instructions, for agents that have no other place for them.

use super::rules::Rule;
use super::translate::Translation;

/// A rule, as a section of root instructions.
pub const SECTION: Translation = Translation::new(section);

/// What the section of a rule starts with that isn't for everything.
const APPLIES_TO: &str = "Applies to ";

/// Returns a section without the line that says what it applies to.
pub fn section_body(text: &str) -> &str {
    match text.split_once("\n\n") {
        Some((first, rest)) if first.starts_with(APPLIES_TO) => rest,
        _ => text,
    }
}

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
