//! `resolve`: settles what both sides changed.

use crate::merge::pieces::Side;
use crate::model::path::RelPath;
use crate::ops::Session;
use crate::ops::verbs::resolve::{Options, Outcome, by_hand_hint, resolve};
use crate::words;
use crate::error::{Error, Result};
use crate::store::reach::Purpose;
use crate::face::report::{Detail, Hint, Report, parts};

use super::Verb;

/// Settle what you and a release both changed
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  agentpkg resolve                          ask at each place
  agentpkg resolve --local CLAUDE.md        keep yours
  agentpkg resolve --upstream --all         take the release's everywhere

What you edit by hand is settled by that; nothing has to be said.")]
pub struct Args {
    /// The files [default: all, asking at each place]
    #[arg(value_name = "PATH")]
    paths: Vec<RelPath>,
    /// Keep yours
    #[arg(long, conflicts_with = "upstream")]
    local: bool,
    /// Take the release's
    #[arg(long)]
    upstream: bool,
    /// Everywhere
    #[arg(long, conflicts_with = "paths")]
    all: bool,
    /// Show what would change, and change nothing
    #[arg(long)]
    dry_run: bool,
}

impl Verb for Args {
    fn purpose(&self) -> Purpose {
        Purpose::Change
    }

    fn only_reads(&self) -> bool {
        false
    }

    fn run(&self, session: &mut Session, detail: Detail) -> Result<Report> {
        let outcome = resolve(session, &self.options()?)?;
        Ok(report(session, &outcome, detail))
    }
}

impl Args {
    fn options(&self) -> Result<Options> {
        let side = match (self.local, self.upstream) {
            (true, _) => Some(Side::Ours),
            (_, true) => Some(Side::Theirs),
            _ => None,
        };
        if side.is_some() && self.paths.is_empty() && !self.all {
            let error = Error::user("it is not said which conflicts are meant");
            return Err(error.hint("name the files, or add `--all`"));
        }
        Ok(Options {
            paths: self.paths.clone(),
            side,
            dry_run: self.dry_run,
        })
    }
}

/// A person is needed while something is open.
fn report(session: &Session, outcome: &Outcome, detail: Detail) -> Report {
    let mut report = Report::new(detail);
    let (settled, open) = (
        outcome.settled.len(),
        outcome.left.values().map(Vec::len).sum::<usize>(),
    );
    let conflicts = |count| words::count(count, "conflict");
    let (did, note) = if outcome.applied {
        ("settled", "")
    } else {
        ("would settle", " (nothing was changed)")
    };
    report.title(match (settled, open, outcome.by_hand.is_empty()) {
        (0, 0, true) => "nothing to resolve: no conflict is open".to_owned(),
        (0, 0, false) => "nothing is open any more".to_owned(),
        (0, open, _) => format!("{} left open", conflicts(open)),
        (settled, 0, _) => format!("{did} {}{note}", conflicts(settled)),
        (settled, open, _) => format!("{did} {}, {open} left open{note}", conflicts(settled)),
    });
    parts::folder(&mut report, session);
    parts::recovered(&mut report, outcome.recovered.as_ref());
    for (label, side) in [("yours", Side::Ours), ("theirs", Side::Theirs)] {
        let taken = outcome
            .settled
            .iter()
            .filter(|(_, _, taken)| *taken == side)
            .map(|(path, ..)| path);
        let mut paths: Vec<&RelPath> = taken.collect();
        paths.dedup();
        if !paths.is_empty() {
            report.row(
                label,
                format!(
                    "{}: {}",
                    words::count(paths.len(), "file"),
                    parts::paths(&report, &paths)
                ),
            );
        }
    }
    if !outcome.by_hand.is_empty() {
        let paths: Vec<&RelPath> = outcome.by_hand.iter().collect();
        report.row(
            "by hand",
            format!(
                "{}, settled by an edit: {}",
                words::count(paths.len(), "file"),
                parts::paths(&report, &paths)
            ),
        );
    }
    if outcome.applied && !outcome.plan.is_empty() {
        report.gap();
        let changed = outcome.plan.changes.iter().map(|change| &change.path);
        report.next(
            "commit",
            format!("{} add {}", session.git(), parts::to_commit(changed)),
        );
        parts::go_back(&mut report, session);
    }
    if !outcome.stuck.is_empty() {
        let lines: Vec<String> = outcome
            .stuck
            .iter()
            .map(|(path, open)| format!("`{path}`: {}", open.place()))
            .collect();
        let mut hints: Vec<Hint> = outcome
            .stuck
            .iter()
            .map(|(path, _)| Hint::text(by_hand_hint(path)))
            .collect();
        hints.dedup();
        report.warning(
            "upstream's side can't be put in by itself here",
            lines,
            hints,
        );
    }
    let ended = parts::conflicts(
        &mut report,
        "these still wait for you",
        &outcome.left,
        vec![Hint::command("agentpkg resolve")],
    );
    report.ending(ended)
}
