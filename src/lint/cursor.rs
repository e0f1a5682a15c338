//! Rules of Cursor: which files it reads, and how it reads their headers.

use crate::agent::cursor::{RULES, rules};
use crate::model::frontmatter;
use crate::model::path::RelPath;

use super::{LintRule, Report, is_markdown};

/// Checks a file among Cursor's rules.
pub fn check(path: &RelPath, text: &str, report: &mut Report) {
    if path.below(RULES).is_some() && is_markdown(path) && path.as_str().ends_with(".md") {
        report.add(
            LintRule::RuleNotRead,
            path,
            None,
            "Cursor reads only `.mdc` files here: this rule is never loaded",
            format!("rename it to `{}c`", path.file_name()),
        );
    }
    if rules::is_rule(path) {
        header(path, text, report);
    }
}

/// Checks what Cursor takes a line at a time: `alwaysApply` is a bare boolean, and `globs` is bare,
/// to the end of its line.
fn header(path: &RelPath, text: &str, report: &mut Report) {
    let header = frontmatter::split(text).header.unwrap_or_default();
    for (index, line) in header.lines().enumerate() {
        let Some((key, value)) = line.split_once(':') else {
            continue;
        };
        let value = value.trim();
        let is_quoted = value.starts_with(['"', '\'']);
        let (message, hint) = match key {
            "alwaysApply" if is_quoted => (
                "`alwaysApply` is a text, which Cursor doesn't take for a boolean",
                format!("write `alwaysApply: {}`", value.trim_matches(['"', '\''])),
            ),
            "alwaysApply" if !["true", "false", ""].contains(&value) => (
                "`alwaysApply` is neither `true` nor `false`",
                "write `alwaysApply: true`, or `globs`, or neither".to_owned(),
            ),
            "globs" if is_quoted || value.starts_with('[') => (
                "Cursor takes quotes and brackets for parts of the globs: they match no file",
                "write `globs: src/**,**/*.rs`".to_owned(),
            ),
            _ => continue,
        };
        report.add(
            LintRule::RuleFrontmatter,
            path,
            Some(index + 2),
            message,
            hint,
        );
    }
}
