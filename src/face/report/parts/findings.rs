//! What the linter found, file by file, with why and what to write.

use std::collections::HashMap;

use crate::face::report::Report;
use crate::hint::Hint;
use crate::lint::{LintFinding, LintRule};
use crate::model::finding::Severity;
use crate::model::path::RelPath;
use crate::words;

/// Shows findings below the names of their files. What is so in several lines is said once.
pub fn findings(report: &mut Report, findings: &[LintFinding]) {
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
            report.gap();
            report.heading(finding.place.path.as_str(), "");
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
        report.row(
            &label,
            format!(
                "{} {}: {message}{}",
                severity.name(),
                rule.id(),
                also(&lines)
            ),
        );
        if let Some(hints) = finding.joined_hints() {
            report.row("fix", hints);
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
    let mut counts = Vec::new();
    for (severity, what) in [(Severity::Error, "error"), (Severity::Warning, "warning")] {
        let same = findings
            .iter()
            .filter(|finding| finding.severity == severity);
        match same.count() {
            0 => {}
            count => counts.push(words::count(count, what)),
        }
    }
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
