//! How long what is always loaded may be.

use crate::agent::claude::places::{self, RULES};
use crate::agent::codex::{self, LARGEST_INSTRUCTIONS};
use crate::agent::{AGENTS_MD, documents};
use crate::model::frontmatter::split;
use crate::model::path::{RelPath, rel};

use super::{LintRule, Report, Scope, is_markdown};

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

/// Checks whether Codex reads all of a project's root instructions.
pub fn check_cut(path: &RelPath, text: &str, scope: &Scope<'_>, report: &mut Report) {
    if path.as_str() != AGENTS_MD || text.len() <= LARGEST_INSTRUCTIONS {
        return;
    }
    let config = rel(codex::CONFIG);
    let settings = scope.files.get(&config);
    let settings = settings.and_then(|file| documents::read(&config, &file.bytes));
    if settings.is_some_and(|settings| settings.get("project_doc_max_bytes").is_some()) {
        return;
    }
    report.add(
        LintRule::InstructionsCut,
        path,
        None,
        format!(
            "it has {} bytes: Codex reads the first {LARGEST_INSTRUCTIONS}, and says nothing of \
             the rest",
            text.len()
        ),
        format!("shorten it, or set `project_doc_max_bytes` in `{config}`"),
    );
}
