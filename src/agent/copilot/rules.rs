//! Rules as Copilot reads them: `.instructions.md` files with a text of globs.

use crate::agent::rules::Rule;
use crate::agent::translate::{Translation, body, fields, kept};
use crate::model::frontmatter;

/// A rule, as Copilot reads it.
pub const RULE: Translation = Translation {
    read_back,
    refuses: |text| {
        let rule = Rule::parse(text);
        let has_globs = rule.paths.is_empty() || rule.globs().is_some();
        // Without a scope it would be read always.
        (!has_globs).then_some("Copilot has no globs for its patterns")
    },
    loses: |text| {
        let loses = Rule::parse(text).loses_globs();
        loses.then_some("without the patterns that Copilot has no globs for")
    },
    ..Translation::new(rule)
};

/// Returns a rule as Copilot reads it. Where it has no `applyTo`, VS Code applies it by hand alone.
fn rule(text: &str) -> String {
    let rule = Rule::parse(text);
    let fields = fields(text);
    let header = kept(&fields, &["description", "excludeAgent"]);
    let globs = rule.globs().unwrap_or_default();
    let globs = match globs.is_empty() || globs.iter().any(|glob| glob == "**") {
        true => "**".to_owned(),
        false => globs.join(","),
    };
    format!("---\n{header}applyTo: \"{globs}\"\n---\n\n{}", rule.body)
}

/// Returns the rule of a template that Copilot reads as this text, if there is one.
fn read_back(text: &str) -> Option<String> {
    let header = frontmatter::split(text).header?;
    let (mut lines, mut paths) = (String::new(), Vec::new());
    for line in header.lines() {
        match line.split_once(": ")? {
            ("description" | "excludeAgent", _) => lines += &format!("{line}\n"),
            ("applyTo", "\"**\"") => {}
            ("applyTo", globs) => {
                paths.extend(globs.strip_prefix('"')?.strip_suffix('"')?.split(','));
            }
            _ => return None,
        }
    }
    if !paths.is_empty() {
        lines += &format!("paths: {}\n", serde_json::json!(paths));
    }
    let body = body(text);
    let back = match lines.as_str() {
        "" => body.to_owned(),
        lines => format!("---\n{lines}---\n\n{body}"),
    };
    (rule(&back) == text).then_some(back)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_says_what_it_applies_to() {
        for (text, expected) in [
            ("# A\n", "---\napplyTo: \"**\"\n---\n\n# A\n"),
            (
                "---\ndescription: \"a: b\"\npaths: [\"*.rs\", \"src/**/*.{ts,tsx}\"]\n---\n# A\n",
                "---\ndescription: \"a: b\"\napplyTo: \"**/*.rs,src/**/*.ts,src/**/*.tsx\"\n---\n\n# A\n",
            ),
            (
                "---\nexcludeAgent: code-review\npaths: [\"**\"]\n---\nA\n",
                "---\nexcludeAgent: code-review\napplyTo: \"**\"\n---\n\nA\n",
            ),
        ] {
            assert_eq!(rule(text), expected);
            assert!((RULE.refuses)(text).is_none());
            let back = read_back(expected).unwrap();
            assert_eq!(rule(&back), expected);
        }
    }

    #[test]
    fn a_rule_whose_patterns_fit_nothing_is_refused() {
        let text = "---\npaths: [\"./src/**\"]\n---\nA\n";
        assert!((RULE.refuses)(text).is_some());
    }
}
