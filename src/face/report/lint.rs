//! What `lint` found: file by file, with why and what to write.

use crate::face::ui::Ui;
use crate::lint::{Finding, Rule, Severity};
use crate::model::path::RelPath;
use crate::ops::Context;
use crate::ops::lint::Outcome;
use crate::words;

/// Shows it.
pub fn show(ui: &mut Ui, context: &Context, outcome: &Outcome) {
    let read = words::count(outcome.read, "file");
    match outcome.findings.is_empty() {
        true if outcome.read == 0 => ui.title("nothing to lint: no files for agents here"),
        true => ui.title(&format!("ok: nothing found in {read}")),
        false => ui.warn_title(&format!("{}; {read} read", summary(&outcome.findings))),
    }
    if outcome.root != context.environment.here {
        ui.row("in", &outcome.root.display().to_string());
    }
    for skipped in &outcome.skipped {
        ui.row("not read", &format!("`{skipped}`, which is too large"));
    }
    findings(ui, &outcome.findings);
    if !outcome.findings.is_empty() {
        ui.gap();
        ui.row("rules", "each has a section in docs/lint.md");
    }
}

/// Shows findings below the names of their files. What is so in several lines is said once.
pub fn findings(ui: &mut Ui, findings: &[Finding]) {
    let mut file: Option<&RelPath> = None;
    for (index, finding) in findings.iter().enumerate() {
        if file != Some(&finding.path) {
            ui.gap();
            ui.heading(finding.path.as_str(), "");
            file = Some(&finding.path);
        }
        if findings[..index].iter().any(|other| is_same(other, finding)) {
            continue;
        }
        let lines: Vec<String> = findings[index..]
            .iter()
            .filter(|other| is_same(other, finding))
            .filter_map(|other| Some(other.line?.to_string()))
            .collect();
        let Finding { rule, severity, message, hint, .. } = finding;
        let label = lines.first().map_or("file".to_owned(), |line| format!("line {line}"));
        let others = lines.get(1..).unwrap_or_default();
        let also = if others.is_empty() { String::new() } else { format!("; also on {}", line_numbers(others)) };
        ui.row(&label, &format!("{} {}: {message}{also}", severity.name(), rule.id()));
        if !hint.is_empty() {
            ui.row("fix", hint);
        }
    }
}

/// Returns "3 errors and 1 warning in 2 files".
pub fn summary(findings: &[Finding]) -> String {
    let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
    let counts = [(count(Severity::Error), "error"), (count(Severity::Warning), "warning")];
    let counts: Vec<String> =
        counts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| words::count(*count, what)).collect();
    let mut files: Vec<&RelPath> = findings.iter().map(|finding| &finding.path).collect();
    files.dedup();
    format!("{} in {}", counts.join(" and "), words::count(files.len(), "file"))
}

fn is_same(one: &Finding, other: &Finding) -> bool {
    let key = |finding: &Finding| -> (Rule, Severity) { (finding.rule, finding.severity) };
    key(one) == key(other) && one.path == other.path && one.message == other.message && one.hint == other.hint
}

/// Returns "lines 4, 9 and 12", or a few of many.
fn line_numbers(lines: &[String]) -> String {
    const FEW: usize = 6;
    match lines {
        [one] => format!("line {one}"),
        [few @ .., last] if lines.len() <= FEW => format!("lines {} and {last}", few.join(", ")),
        many => format!("lines {} and {} more", many[..FEW].join(", "), many.len() - FEW),
    }
}
