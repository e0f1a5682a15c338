//! `check`: whether the repository holds what its lock says.

use crate::error::Result;
use crate::face::all_packages::EachPackage;
use crate::face::args::Json;
use crate::face::report::{Detail, Ended, Report, json, parts};
use crate::hint::Hint;
use crate::model::path::RelPath;
use crate::model::upstream::HookName;
use crate::ops::Session;
use crate::ops::steps::command_line::CommandLine;
use crate::ops::steps::hook_calls::Tally;
use crate::ops::verbs::check::{CheckFinding, Outcome};
use crate::ops::verbs::check::{Options, check};
use crate::store::reach::Purpose;
use crate::words;
use serde_json::{Value, json};

use super::Verb;

/// Check the repository against its lock file (offline, for CI)
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  agentpkg check            exit code 1 if something is missing or broken
  agentpkg check --strict   also fail on edits and on answers that no template asks for
  agentpkg check --hooks    also run the templates' hook tests against the hooks as they are here
  agentpkg check --all      every package of a monorepo, by itself; the exit code is the worst")]
pub struct Args {
    /// Do every package: this folder, and each below with its own agentpkg.toml or agentpkg.lock
    #[arg(long)]
    all: bool,
    /// Fail on edits, deletions, and answers that no template asks for too
    #[arg(long)]
    strict: bool,
    /// Run the tests of the templates' hooks too: those that are as somebody approved them; reads
    /// the registry
    #[arg(long)]
    hooks: bool,
    #[command(flatten)]
    json: Json,
}

impl Verb for Args {
    fn purpose(&self) -> Purpose {
        Purpose::Look
    }

    fn only_reads(&self) -> bool {
        self.json.json
    }

    fn run(&self, session: &mut Session, detail: Detail) -> Result<Report> {
        self.run_in_packages(session, detail, self.all, self.json.json)
    }
}

impl EachPackage for Args {
    const NAME: &'static str = "check";

    fn report(&self, session: &Session, detail: Detail, below: &[RelPath]) -> Result<Report> {
        let outcome = check(session, &self.options())?;
        Ok(report(session, &outcome, detail, below))
    }

    fn value(&self, session: &Session) -> Result<(Value, Ended)> {
        let outcome = check(session, &self.options())?;
        Ok((value(session, &outcome), ended(&outcome)))
    }
}

impl Args {
    fn options(&self) -> Options {
        Options {
            strict: self.strict,
            hooks: self.hooks,
        }
    }
}

fn ended(outcome: &Outcome) -> Ended {
    Ended::needs_a_person_if(!outcome.failures.is_empty())
}

/// `below` are packages of their own.
fn report(session: &Session, outcome: &Outcome, detail: Detail, below: &[RelPath]) -> Report {
    let mut report = Report::new(detail);
    let Outcome {
        failures,
        changed,
        unasked,
        checked,
        tested,
        unrun,
        in_review,
        hidden,
    } = outcome;
    match failures.len() {
        0 => report.title(format!("ok: {} checked", words::count(*checked, "file"))),
        many => report.warn_title(format!(
            "{} found in {}",
            words::count(many, "problem"),
            words::count(*checked, "file")
        )),
    }
    parts::folder(&mut report, session);
    for (HookName { template, id }, tally) in tested {
        report.row("hook", format!("{id} of {template}: {tally}"));
    }
    for finding in failures {
        show_finding(&mut report, finding.rule.id(), finding);
    }
    if !changed.is_empty() {
        let paths: Vec<_> = changed.iter().map(|finding| &finding.place.path).collect();
        let count = words::count(changed.len(), "file");
        report.row(
            "yours",
            format!(
                "{count} edited or deleted, as is your right: {}",
                parts::paths(&report, &paths)
            ),
        );
    }
    for finding in unrun {
        show_finding(&mut report, "not run", finding);
    }
    if let Some(in_review) = in_review {
        parts::in_review(&mut report, in_review);
    }
    for finding in unasked {
        show_finding(&mut report, "note", finding);
    }
    parts::hidden::show_managed(&mut report, session, hidden, *checked);
    let mut hints: Vec<&Hint> = Vec::new();
    for finding in failures.iter().chain(unasked) {
        hints.extend(&finding.hints);
    }
    hints.dedup();
    parts::packages(&mut report, below);
    if !hints.is_empty() || !below.is_empty() {
        report.gap();
    }
    for hint in hints {
        report.next_hint("next", hint.clone());
    }
    if !below.is_empty() {
        report.next("all", CommandLine::new(session, "check --all"));
    }
    report.ending(ended(outcome))
}

fn show_finding(report: &mut Report, label: &str, finding: &CheckFinding) {
    let CheckFinding { place, message, .. } = finding;
    report.row(label, format!("{place}: {message}"));
}

fn value(session: &Session, outcome: &Outcome) -> Value {
    json!({
        "root": json::root(session),
        "ok": outcome.failures.is_empty(),
        "checked": outcome.checked,
        "hooks": json::list(&outcome.tested, tested),
        "failures": json::list(&outcome.failures, finding),
        "changed": json::list(&outcome.changed, finding),
        "unasked": json::list(&outcome.unasked, finding),
        "in_review": outcome.in_review.as_ref().map(json::in_review),
        "not_run": json::list(&outcome.unrun, finding),
        "hidden": json::list(&outcome.hidden.files, json::hidden),
    })
}

fn finding(finding: &CheckFinding) -> Value {
    json::finding(finding.rule.id(), finding)
}

fn tested((hook, tally): &(HookName, Tally)) -> Value {
    let (passed, tests) = tally.total();
    json!({
        "template": hook.template,
        "id": hook.id,
        "passed": passed,
        "tests": tests,
    })
}
