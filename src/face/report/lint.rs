//! What `lint` found: file by file, with why and what to write.

use std::collections::HashMap;

use crate::face::ui::Ui;
use crate::lint::{LintFinding, LintRule};
use crate::model::finding::{Hint, Severity};
use crate::model::path::RelPath;
use crate::ops::Session;
use crate::ops::verbs::lint::Outcome;
use crate::words;

/// Shows it.
pub fn show(ui: &mut Ui, context: &Session, outcome: &Outcome) {
    let read = words::count(outcome.read, "file");
    match outcome.findings.is_empty() {
        true if outcome.read == 0 && !outcome.skipped.is_empty() => {
            ui.warn_title("nothing could be linted");
        }
        true if outcome.read == 0 => ui.title("nothing to lint: no files for agents here"),
        true => ui.title(&format!("ok: nothing found in {read}")),
        false => ui.warn_title(&format!("{}; {read} read", summary(&outcome.findings))),
    }
    if outcome.root != context.environment.here {
        ui.row("in", &outcome.root.display().to_string());
    }
    for (skipped, why) in &outcome.skipped {
        ui.row("not read", &format!("`{skipped}`, which {why}"));
    }
    findings(ui, &outcome.findings);
    if !outcome.findings.is_empty() {
        ui.gap();
        ui.row("rules", "each has a section in docs/lint.md");
    }
}

/// Shows findings below the names of their files. What is so in several lines is said once.
pub fn findings(ui: &mut Ui, findings: &[LintFinding]) {
    let mut lines: HashMap<_, Vec<usize>> = HashMap::new();
    for finding in findings {
        lines
            .entry(what(finding))
            .or_default()
            .extend(finding.place.line());
    }
    let mut file: Option<&RelPath> = None;
    for finding in findings {
        if file != Some(&finding.place.path) {
            ui.gap();
            ui.heading(finding.place.path.as_str(), "");
            file = Some(&finding.place.path);
        }
        // Said with the first of its lines.
        let Some(lines) = lines.remove(&what(finding)) else {
            continue;
        };
        let LintFinding {
            rule,
            severity,
            message,
            ..
        } = finding;
        let label = lines
            .first()
            .map_or("file".to_owned(), |line| format!("line {line}"));
        ui.row(
            &label,
            &format!(
                "{} {}: {message}{}",
                severity.name(),
                rule.id(),
                also(&lines)
            ),
        );
        if let Some(hints) = finding.joined_hints() {
            ui.row("fix", &hints);
        }
    }
}

/// What is the same in several lines.
fn what(finding: &LintFinding) -> (&RelPath, LintRule, &str, &[Hint]) {
    let LintFinding {
        place,
        rule,
        message,
        hints,
        ..
    } = finding;
    (&place.path, *rule, message, hints)
}

/// Returns "3 errors and 1 warning in 2 files".
pub fn summary(findings: &[LintFinding]) -> String {
    let count = |severity| {
        findings
            .iter()
            .filter(|finding| finding.severity == severity)
            .count()
    };
    let counts = [
        (count(Severity::Error), "error"),
        (count(Severity::Warning), "warning"),
    ];
    let counts: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| words::count(*count, what))
        .collect();
    let mut files: Vec<&RelPath> = findings.iter().map(|finding| &finding.place.path).collect();
    files.dedup();
    format!(
        "{} in {}",
        counts.join(" and "),
        words::count(files.len(), "file")
    )
}

/// Returns "; also on lines 4, 9 and 12": the lines but the first, or a few of many.
fn also(lines: &[usize]) -> String {
    const FEW: usize = 6;
    let others: Vec<String> = lines.iter().skip(1).map(usize::to_string).collect();
    match others.as_slice() {
        [] => String::new(),
        [one] => format!("; also on line {one}"),
        [few @ .., last] if others.len() <= FEW => {
            format!("; also on lines {} and {last}", few.join(", "))
        }
        many => format!(
            "; also on lines {} and {} more",
            many[..FEW].join(", "),
            many.len() - FEW
        ),
    }
}
