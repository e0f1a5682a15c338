//! The headers of rules and agents.

use serde_json::{Map, Value};

use crate::agent::claude::places::{AGENTS, RULES};
use crate::model::frontmatter::{self, Frontmatter};
use crate::model::path::RelPath;

use super::{LintRule, Report, is_markdown};

/// Checks the header of a rule or an agent.
pub fn check(path: &RelPath, text: &str, report: &mut Report) {
    if !is_markdown(path) {
        return;
    }
    if path.below(RULES).is_some() {
        rule(path, text, report);
    } else if path.below(AGENTS).is_some() {
        agent(path, text, report);
    }
}

fn rule(path: &RelPath, text: &str, report: &mut Report) {
    let Some(header) = read(
        path,
        text,
        LintRule::RuleFrontmatter,
        "the agent doesn't see the rule's paths",
        report,
    ) else {
        return;
    };
    match header.fields.get("paths") {
        Some(paths) if !is_globs(paths) => {
            let message = "`paths` is no list of globs: the rule's scope is not read";
            report.add(
                LintRule::RuleFrontmatter,
                path,
                header.lines.get("paths").copied(),
                message,
                "write `paths: [\"src/**\"]`",
            );
        }
        Some(paths) => {
            let texts = paths.as_array().into_iter().flatten().chain([paths]);
            for pattern in texts.filter_map(Value::as_str) {
                if let Some(rest) = pattern.strip_prefix("./") {
                    report.add(
                        LintRule::RuleFrontmatter,
                        path,
                        header.lines.get("paths").copied(),
                        format!("`{pattern}` fits no file: the rule is never loaded for it"),
                        format!("write `{rest}`"),
                    );
                }
            }
        }
        None if header.fields.contains_key("globs") && !is_always(&header.fields) => {
            let message = "`globs` is another agent's key: the rule is loaded everywhere";
            report.add(
                LintRule::RuleFrontmatter,
                path,
                header.lines.get("globs").copied(),
                message,
                "write `paths: [\"src/**\"]`",
            );
        }
        None => {}
    }
}

fn is_globs(paths: &Value) -> bool {
    match paths {
        Value::Array(globs) => globs.iter().all(is_glob),
        Value::Null => true,
        other => is_glob(other),
    }
}

fn is_glob(value: &Value) -> bool {
    value.as_str().is_some_and(|glob| !glob.is_empty())
}

/// A rule that is for everything says so, or has no globs in it.
fn is_always(fields: &Map<String, Value>) -> bool {
    if fields.get("alwaysApply") == Some(&Value::Bool(true)) {
        return true;
    }
    match fields.get("globs") {
        None | Some(Value::Null) => true,
        Some(Value::String(glob)) => matches!(glob.as_str(), "" | "*" | "**" | "**/*"),
        Some(Value::Array(globs)) => globs
            .iter()
            .any(|glob| matches!(glob.as_str(), Some("*" | "**" | "**/*"))),
        Some(_) => false,
    }
}

fn agent(path: &RelPath, text: &str, report: &mut Report) {
    let why = "the agent is not loaded";
    if frontmatter::split(text).header.is_none() && !frontmatter::is_unclosed(text) {
        // `README.md`, `_template.md`: for people.
        if !path
            .file_name()
            .starts_with(|c: char| c.is_ascii_uppercase() || c == '_')
        {
            let message = format!("it has no header: {why}");
            report.add(
                LintRule::AgentFrontmatter,
                path,
                1,
                message,
                "start with `---`, `name: …`, `description: …`, `---`",
            );
        }
        return;
    }
    if let Some(header) = read(path, text, LintRule::AgentFrontmatter, why, report) {
        for key in ["name", "description"] {
            required(path, &header, key, LintRule::AgentFrontmatter, why, report);
        }
    }
}

/// Reads a header; what is wrong with it is a finding of `rule`.
pub(super) fn read(
    path: &RelPath,
    text: &str,
    rule: LintRule,
    why: &str,
    report: &mut Report,
) -> Option<Frontmatter> {
    if frontmatter::is_unclosed(text) {
        let message = format!("the header that starts here has no end: {why}");
        report.add(
            rule,
            path,
            1,
            message,
            "add a line `---` behind the last key",
        );
        return None;
    }
    match frontmatter::read(text) {
        Ok(header) => header,
        Err(invalid) => {
            let hint = "put the value between quotes, or indent it as YAML has it";
            report.add(
                rule,
                path,
                invalid.line,
                format!("{}: {why}", invalid.what),
                hint,
            );
            None
        }
    }
}

/// A text that has to be in a header.
pub(super) fn required(
    path: &RelPath,
    header: &Frontmatter,
    key: &str,
    rule: LintRule,
    why: &str,
    report: &mut Report,
) {
    let line = header.lines.get(key).copied().unwrap_or(1);
    let message = match header.fields.get(key) {
        Some(Value::String(text)) if !text.trim().is_empty() => return,
        Some(Value::String(_) | Value::Null) => format!("`{key}` is empty: {why}"),
        Some(_) => format!("`{key}` is no text: {why}"),
        None => format!("`{key}` is missing: {why}"),
    };
    report.add(
        rule,
        path,
        line,
        message,
        format!("write `{key}: …` between the two lines `---`"),
    );
}
