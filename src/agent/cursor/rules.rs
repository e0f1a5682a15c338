//! Rules as Cursor reads them: `.mdc` files with exactly three keys.

use std::borrow::Cow;

use crate::agent::rules::Rule;
use crate::agent::translate::{Translation, body, line_of, scalar};
use crate::model::frontmatter;
use crate::model::path::RelPath;

use super::RULES;

/// A rule, as Cursor's `.mdc`.
pub const RULE: Translation = Translation {
    read_back,
    loses: |text| {
        let loses = Rule::parse(text).loses_globs();
        loses.then_some("without the patterns that Cursor has no globs for")
    },
    ..Translation::new(rule)
};

/// Returns a rule as Cursor reads it.
///
/// `globs` is a bare line of globs between commas: a list, quotes, braces and spaces are each a way
/// to match no file in one of Cursor's readers. `alwaysApply` is a boolean.
pub fn rule(text: &str) -> String {
    let rule = Rule::parse(text);
    let fields = frontmatter::read(text).ok().flatten().unwrap_or_default();
    let mut header = String::new();
    if let Some(description) = line_of(&fields.fields, "description") {
        header += &format!("description: {}\n", scalar(&description));
    }
    // A rule that nothing loads by itself is better than one that is always loaded.
    let mut globs = rule.globs().unwrap_or_default();
    let is_for_all = rule.paths.is_empty() || globs.iter().any(|glob| glob == "**");
    if !is_for_all {
        // One of the readers takes a star at the start for YAML's own.
        globs.sort_by_key(|glob| glob.starts_with('*'));
        header += &format!("globs: {}\n", globs.join(","));
    }
    format!(
        "---\n{header}alwaysApply: {is_for_all}\n---\n\n{}",
        rule.body
    )
}

/// Returns the rule of a template that Cursor reads as this text, if there is one.
fn read_back(text: &str) -> Option<String> {
    let header = frontmatter::split(text).header?;
    let (mut lines, mut paths) = (String::new(), Vec::new());
    for line in header.lines() {
        match line.split_once(':')? {
            ("description", _) => lines += &format!("{line}\n"),
            ("globs", globs) => {
                paths.extend(globs.trim().split(',').filter(|glob| !glob.is_empty()))
            }
            ("alwaysApply", _) => {}
            _ => return None,
        }
    }
    if !paths.is_empty() {
        lines += &format!("paths: {}\n", serde_json::json!(paths));
    }
    let body = body(text);
    let rule_text = match lines.as_str() {
        "" => body.to_owned(),
        lines => format!("---\n{lines}---\n\n{body}"),
    };
    (rule(&rule_text) == text).then_some(rule_text)
}

/// Returns a rule as a reader of YAML understands it: with quotes around its globs. A bare star at
/// the start is YAML's own, and Cursor doesn't mind.
pub fn as_yaml<'a>(path: &RelPath, text: &'a str) -> Cow<'a, str> {
    let may_be_in =
        |letter: char| letter.is_ascii_alphanumeric() || "_-./*?,[]{} ".contains(letter);
    let parts = frontmatter::split(text);
    let Some(header) = parts.header.filter(|_| is_rule(path)) else {
        return Cow::Borrowed(text);
    };
    for line in header.lines() {
        let globs = line.strip_prefix("globs:").map(str::trim);
        if let Some(globs) = globs.filter(|globs| !globs.is_empty() && globs.chars().all(may_be_in))
        {
            return Cow::Owned(text.replacen(line, &format!("globs: \"{globs}\""), 1));
        }
    }
    Cow::Borrowed(text)
}

/// Returns whether a file is a rule that Cursor reads.
pub fn is_rule(path: &RelPath) -> bool {
    path.as_str().ends_with(".mdc") && path.below(RULES).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_has_the_three_keys_as_cursor_reads_them() {
        for (text, expected) in [
            (
                "---\ndescription: Branches: and more\n---\n\n# Git\n",
                "---\nalwaysApply: true\n---\n\n---\ndescription: Branches: and more\n---\n\n# Git\n",
            ),
            (
                "---\ndescription: Branches\n---\n\n# Git\n",
                "---\ndescription: Branches\nalwaysApply: true\n---\n\n# Git\n",
            ),
            (
                "---\ndescription: \"a: b\"\npaths:\n  - \"**/*.{ts,tsx}\"\n  - src/**\n---\n# A\n",
                "---\ndescription: \"a: b\"\nglobs: **/*.ts,**/*.tsx,**/src/**\nalwaysApply: \
                 false\n---\n\n# A\n",
            ),
            (
                "---\npaths: [\"**\"]\nname: x\n---\nA\n",
                "---\nalwaysApply: true\n---\n\nA\n",
            ),
            ("A\n", "---\nalwaysApply: true\n---\n\nA\n"),
        ] {
            assert_eq!(rule(text), expected);
        }
    }
}
