//! How long what is always loaded may be.

use crate::agent::AGENTS_MD;
use crate::agent::claude::places::{self, RULES};
use crate::model::frontmatter::split;
use crate::model::path::RelPath;

use super::{LintRule, Report, is_markdown};

/// How many lines an agent follows well.
const LINES: usize = 200;

/// Checks a rule, or root instructions.
pub fn check(path: &RelPath, text: &str, report: &mut Report) {
    let is_root = places::is_root(path) || path.as_str() == AGENTS_MD;
    let is_rule = is_markdown(path) && path.below(RULES).is_some();
    if !is_root && !is_rule {
        return;
    }
    let lines = split(text).body.lines().count();
    if lines > LINES {
        report.add(
            LintRule::RuleTooLong,
            path,
            None,
            format!(
                "it has {lines} lines: an agent loads all of them, and follows long instructions \
                 less well"
            ),
            "split it: give rules that concern some files a header with `paths`, and move how-to \
             into a skill",
        );
    }
}
