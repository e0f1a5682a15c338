//! What Copilot makes of files: rules that it doesn't apply by itself, hooks that it runs twice.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::agent::claude::handlers::{each_handler, script_in};
use crate::agent::claude::places::SETTINGS;
use crate::agent::documents;
use crate::model::frontmatter;
use crate::model::path::{RelPath, rel};

use super::{LintRule, Report, Scope};

/// Its rules.
const RULES: &str = ".github/instructions";

/// Its hooks, which it runs beside those of Claude Code's settings.
const HOOKS: &str = ".github/hooks";

/// What a script looks at that stands down under Copilot.
const STANDS_DOWN: &str = "COPILOT_CLI";

/// Checks a rule.
pub fn check(path: &RelPath, text: &str, report: &mut Report) {
    if path.below(RULES).is_none() || !path.as_str().ends_with(".instructions.md") {
        return;
    }
    let header = frontmatter::read(text).ok().flatten().unwrap_or_default();
    if !header.fields.contains_key("applyTo") {
        report.add(
            LintRule::RuleNotApplied,
            path,
            1,
            "it has no `applyTo`: VS Code and the cloud agent don't apply it by themselves",
            "write `applyTo: \"**\"`, or the globs of the files that it is for, into its header",
        );
    }
}

/// Checks a file of hooks: Copilot runs those of `.claude/settings.json` as well.
pub fn check_hooks(path: &RelPath, text: &str, scope: &Scope<'_>, report: &mut Report) {
    if path.below(HOOKS).is_none() || !path.as_str().ends_with(".json") {
        return;
    }
    for script in scripts_of_claude(scope) {
        let stands_down = scope
            .files
            .get(&script)
            .is_some_and(|file| file.text().is_some_and(|text| text.contains(STANDS_DOWN)));
        let line = text.lines().position(|line| line.contains(script.as_str()));
        if let Some(line) = line.filter(|_| !stands_down) {
            report.add(
                LintRule::HookRunTwice,
                path,
                line + 1,
                format!("`{script}` is run by `{SETTINGS}`, too, and Copilot runs both"),
                "take it out here: Copilot gives it what Claude Code does",
            );
        }
    }
}

/// Returns the scripts that Claude Code's settings run.
fn scripts_of_claude(scope: &Scope<'_>) -> BTreeSet<RelPath> {
    let settings = rel(SETTINGS);
    let file = scope.files.get(&settings);
    let document = file.and_then(|file| documents::read(&settings, &file.bytes));
    let mut scripts = BTreeSet::new();
    if let Some(document) = document {
        each_handler(&document, &mut |handler| {
            let command = handler.get("command").and_then(Value::as_str);
            scripts.extend(command.and_then(script_in));
        });
    }
    scripts
}
