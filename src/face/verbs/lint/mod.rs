//! `lint`: finds what is wrong with the files that agents read.

mod sarif;

use crate::error::Result;
use crate::face::report::parts::findings;
use crate::face::report::{Detail, Ended, Part, Report, json};
use crate::model::finding::Severity;
use crate::ops::Session;
use crate::ops::verbs::lint::Outcome;
use crate::ops::verbs::lint::lint;
use crate::store::reach::Purpose;
use crate::words;
use clap::ValueEnum;
use serde_json::{Value, json};
use std::path::PathBuf;

use super::Verb;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Text,
    Json,
    Sarif,
}

/// Find mistakes in agent files
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  agentpkg lint                       this repository's agent files, managed or not
  agentpkg lint templates/reviewer    a template, as `publish` would
  agentpkg lint --format sarif        for a code host, beside the lines

Exit codes: 0 no errors, 1 errors, 2 not looked at. Each rule has a section in docs/lint.md.")]
pub struct Args {
    /// The folder of a repository or of a template's source [default: as for other commands]
    #[arg(value_name = "DIR")]
    path: Option<PathBuf>,
    /// How to print: text, json or sarif
    #[arg(
        long,
        value_name = "FORMAT",
        default_value = "text",
        hide_possible_values = true
    )]
    format: Format,
}

impl Verb for Args {
    fn purpose(&self) -> Purpose {
        Purpose::Look
    }

    fn only_reads(&self) -> bool {
        self.format != Format::Text
    }

    fn run(&self, session: &mut Session, detail: Detail) -> Result<Report> {
        let outcome = lint(session, self.path.as_deref())?;
        let report = match self.format {
            Format::Text => report(session, &outcome, detail),
            Format::Json => json::report("lint", value(&outcome)),
            Format::Sarif => Report::of(Part::Json(sarif::value(&outcome))),
        };
        let has_errors = outcome.count(Severity::Error) > 0;
        Ok(report.ending(Ended::needs_a_person_if(has_errors)))
    }
}

fn report(session: &Session, outcome: &Outcome, detail: Detail) -> Report {
    let mut report = Report::new(detail);
    let read = words::count(outcome.read, "file");
    match outcome.findings.is_empty() {
        true if outcome.read == 0 && !outcome.skipped.is_empty() => {
            report.warn_title("nothing could be linted");
        }
        true if outcome.read == 0 => report.title("nothing to lint: no files for agents here"),
        true => report.title(format!("ok: nothing found in {read}")),
        false => report.warn_title(format!(
            "{}; {read} read",
            findings::summary(&outcome.findings)
        )),
    }
    if outcome.root != session.environment.here {
        report.row("in", outcome.root.display().to_string());
    }
    for (skipped, why) in &outcome.skipped {
        report.row("not read", format!("`{skipped}`, which {why}"));
    }
    findings::findings(&mut report, &outcome.findings);
    if !outcome.findings.is_empty() {
        report.gap();
        report.row("rules", "each has a section in docs/lint.md");
    }
    report
}

fn value(outcome: &Outcome) -> Value {
    let skipped: Vec<_> = outcome.skipped.iter().map(|(path, _)| path).collect();
    json!({
        "root": outcome.root.display().to_string(),
        "ok": outcome.count(Severity::Error) == 0,
        "read": outcome.read,
        "errors": outcome.count(Severity::Error),
        "warnings": outcome.count(Severity::Warning),
        "findings": json::list(&outcome.findings, json::lint_finding),
        "not_read": skipped,
    })
}
