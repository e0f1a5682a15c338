//! A bare `agentpkg`: where one stands, and the next command.

use crate::error::Result;
use crate::face::report::parts::{self, standing};
use crate::face::report::{Detail, Report};
use crate::model::path::RelPath;
use crate::ops::Session;
use crate::ops::steps::command_line::CommandLine;
use crate::ops::steps::packages::mentioned;
use crate::ops::steps::standing::leave;
use crate::ops::verbs::welcome::{Outcome, welcome};
use crate::store::reach::Purpose;
use crate::words;

use super::Verb;

/// What is carried out where no verb is typed.
pub struct Welcome;

impl Verb for Welcome {
    fn purpose(&self) -> Purpose {
        Purpose::News
    }

    fn only_reads(&self) -> bool {
        true
    }

    fn run(&self, session: &mut Session, detail: Detail) -> Result<Report> {
        let outcome = welcome(session)?;
        Ok(report(session, &outcome, detail, &mentioned(session)))
    }
}

/// `below` are packages of their own.
fn report(session: &Session, outcome: &Outcome, detail: Detail, below: &[RelPath]) -> Report {
    let mut report = Report::new(detail);
    report.title(title(outcome));
    parts::folder(&mut report, session);
    parts::packages(&mut report, below);
    let names: Vec<String> = outcome.installed.iter().map(standing::in_short).collect();
    if !names.is_empty() {
        report.row("installed", names.join(", "));
    }
    for template in &outcome.installed {
        standing::show_withdrawn(&mut report, session, template);
    }
    standing::show_age(&mut report, session, &outcome.as_of);
    report.row("registry", parts::registry(&outcome.registry));
    match &outcome.recommended {
        Ok(recommended) => {
            for (name, entry) in recommended {
                let version = entry.offered();
                let version = version.map_or(String::new(), |version| format!(" {version}"));
                let description = &entry.description;
                report.row("recommends", format!("{name}{version}: {description}"));
            }
        }
        Err(error) => report.row("problem", error),
    }
    parts::interrupted(&mut report, outcome.interrupted.as_ref());
    add_next(&mut report, session, outcome, below);
    report
}

fn title(outcome: &Outcome) -> String {
    match (outcome.installed.len(), outcome.wanted) {
        (0, 0) => "no template is installed here".to_owned(),
        (0, wanted) => {
            let wanted = words::count(wanted, "template");
            format!("{wanted} wanted by `agentpkg.toml`, and not installed")
        }
        (installed, _) => format!("{} installed here", words::count(installed, "template")),
    }
}

fn add_next(report: &mut Report, session: &Session, outcome: &Outcome, below: &[RelPath]) {
    let recommended = outcome.recommended.as_ref().ok();
    let first = recommended.and_then(|recommended| recommended.first());
    let first = first.map(|(name, _)| name.as_str());
    report.gap();
    report.next("next", next(session, outcome, below, first));
    if let Some(name) = first.filter(|_| !outcome.installed.is_empty() || !below.is_empty()) {
        report.next("add", CommandLine::new(session, "install").word(name));
    }
    report.next("all", "agentpkg --help");
}

/// Returns the one command that comes next; `first` is recommended.
fn next(
    session: &Session,
    outcome: &Outcome,
    below: &[RelPath],
    first: Option<&str>,
) -> CommandLine {
    let installed = &outcome.installed;
    let recalled = installed.iter().find(|one| one.standing.recall().is_some());
    if let Some(recalled) = recalled {
        return leave(session, recalled);
    }
    let has_newer = installed.iter().any(|one| one.standing.newer.is_some());
    let line = |command| CommandLine::new(session, command);
    match (installed.len(), outcome.wanted, first) {
        (0, 0, _) if !below.is_empty() => line("status").flag("--all"),
        (0, 0, None) if outcome.recommended.is_err() => line("search").option("--registry", "DIR"),
        (0, 0, Some(name)) => line("install").word(name),
        (0, 0, None) => line("search"),
        (0, _, _) => line("install"),
        _ if has_newer => line("upgrade"),
        _ => line("status"),
    }
}
