//! `test`: whether a template does what its tests say.

use crate::error::Result;
use crate::face::report::{Detail, Ended, Report, parts};
use crate::model::path::RelPath;
use crate::model::template::About;
use crate::ops::Session;
use crate::ops::steps::scenario_run::ScenarioResult;
use crate::ops::verbs::test::{Options, Outcome, test};
use crate::store::reach::Purpose;
use crate::words;
use std::path::PathBuf;

use super::Verb;

/// Run a template's tests
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  agentpkg test templates/org-baseline
  agentpkg test templates/org-baseline --bless   snapshots take what there is now

Tests are code: this runs the template's hooks and the programs that its tests bring.
What tests look like is in docs/tests.md.")]
pub struct Args {
    /// The folder of the template's source
    #[arg(value_name = "TEMPLATE_DIR", default_value = ".")]
    source: PathBuf,
    /// Write the snapshots of what comes of each test
    #[arg(long)]
    bless: bool,
}

impl Verb for Args {
    fn purpose(&self) -> Purpose {
        Purpose::Look
    }

    fn only_reads(&self) -> bool {
        false
    }

    fn run(&self, _: &mut Session, detail: Detail) -> Result<Report> {
        let options = Options {
            source: self.source.clone(),
            bless: self.bless,
        };
        Ok(report(&test(&options)?, detail))
    }
}

/// A person is needed where something doesn't hold.
fn report(outcome: &Outcome, detail: Detail) -> Report {
    let mut report = Report::new(detail);
    let About { name, version, .. } = &outcome.source.manifest.template;
    let tests = words::count(outcome.tried.len(), "test");
    match outcome.holds() {
        true => report.title(format!("{name} {version}: {tests} passed")),
        false => {
            let failed = outcome
                .tried
                .iter()
                .filter(|tried| !tried.failures.is_empty())
                .count();
            report.warn_title(format!("{name} {version}: {failed} of {tests} failed"));
        }
    }
    for ScenarioResult {
        path,
        failures,
        hooks,
        ..
    } in &outcome.tried
    {
        let counts = hooks.iter().map(|(id, tally)| format!("{id} {tally}"));
        let counts: Vec<String> = counts.collect();
        let counts = if counts.is_empty() {
            String::new()
        } else {
            format!(": {}", counts.join("; "))
        };
        report.row(
            if failures.is_empty() { "ok" } else { "failed" },
            format!("{path}{counts}"),
        );
        for failure in failures {
            report.row("", failure.to_string());
            report.diff(failure.diff.as_deref().unwrap_or_default());
        }
    }
    if !outcome.blessed.is_empty() {
        let paths: Vec<&RelPath> = outcome.blessed.iter().collect();
        report.row("written", parts::paths(&report, &paths));
    }
    if !outcome.untested.is_empty() {
        let hooks = words::list(&outcome.untested);
        report.row("untested", format!("no test runs {hooks}"));
    }
    report.ending(Ended::needs_a_person_if(!outcome.holds()))
}
