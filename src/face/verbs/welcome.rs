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
    let Outcome {
        wanted,
        installed,
        registry,
        recommended,
        interrupted,
        as_of,
    } = outcome;
    match (installed.len(), wanted) {
        (0, 0) => report.title("no template is installed here"),
        (0, wanted) => report.title(format!(
            "{} wanted by `agentpkg.toml`, and not installed",
            words::count(*wanted, "template")
        )),
        (installed, _) => report.title(format!(
            "{} installed here",
            words::count(installed, "template")
        )),
    }
    parts::folder(&mut report, session);
    parts::packages(&mut report, below);
    let names: Vec<String> = installed.iter().map(standing::in_short).collect();
    if !names.is_empty() {
        report.row("installed", &names.join(", "));
    }
    for template in installed {
        standing::show_withdrawn(&mut report, session, template);
    }
    standing::show_age(&mut report, session, as_of);
    report.row("registry", &parts::registry(registry));
    match recommended {
        Ok(recommended) => {
            for (name, entry) in recommended {
                let version = entry
                    .offered()
                    .map_or(String::new(), |version| format!(" {version}"));
                report.row(
                    "recommends",
                    format!("{name}{version}: {}", entry.description),
                );
            }
        }
        Err(error) => report.row("problem", error),
    }
    parts::interrupted(&mut report, interrupted.as_ref());
    report.gap();
    let first = recommended
        .as_ref()
        .ok()
        .and_then(|recommended| recommended.first());
    let recalled = installed.iter().find(|one| one.standing.recall().is_some());
    let line = |command: &str| CommandLine::new(session, command);
    let next = match (installed.len(), wanted, first) {
        (0, 0, _) if !below.is_empty() => line("status").flag("--all"),
        (0, 0, None) if recommended.is_err() => line("search").option("--registry", "DIR"),
        (0, 0, Some((name, _))) => line("install").word(name.as_str()),
        (0, 0, None) => line("search"),
        (0, _, _) => line("install"),
        _ if installed.iter().any(|one| one.standing.newer.is_some()) => line("upgrade"),
        (_, _, _) => line("status"),
    };
    let next = recalled.map_or(next, |recalled| leave(session, recalled));
    report.next("next", &next.to_string());
    if let Some((name, _)) = first.filter(|_| !installed.is_empty() || !below.is_empty()) {
        report.next("add", &line("install").word(name.as_str()).to_string());
    }
    report.next("all", "agentpkg --help");
    report
}
