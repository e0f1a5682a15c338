//! `resolve`: settles what both sides changed.

use crate::error::{Error, Result};
use crate::face::report::{Detail, Report, parts};
use crate::hint::Hint;
use crate::merge::pieces::Side;
use crate::model::path::RelPath;
use crate::ops::Session;
use crate::ops::verbs::resolve::{Options, Outcome, by_hand_hint, resolve};
use crate::store::reach::Purpose;
use crate::words;

use super::Verb;

/// Settle conflicts
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
    report.title(title(outcome));
    parts::folder(&mut report, session);
    parts::recovered(&mut report, outcome.recovered.as_ref());
    add_files(&mut report, outcome);
    if outcome.applied && !outcome.plan.is_empty() {
        report.gap();
        let changed = outcome.plan.changes.iter().map(|change| &change.path);
        let (git, paths) = (session.git(), parts::to_commit(changed));
        report.next("commit", format!("{git} add {paths}"));
        parts::go_back(&mut report, session);
    }
    add_stuck(&mut report, outcome);
    let hints = vec![Hint::command("agentpkg resolve")];
    let open = parts::conflicts(
        &mut report,
        "these still wait for you",
        &outcome.left,
        hints,
    );
    report.ending(open)
}

fn title(outcome: &Outcome) -> String {
    let settled = outcome.closed.len();
    let open: usize = outcome.left.values().map(Vec::len).sum();
    let (did, note) = match outcome.applied {
        true => ("settled", ""),
        false => ("would settle", " (nothing was changed)"),
    };
    let settled_conflicts = words::count(settled, "conflict");
    match (settled, open, outcome.by_hand.is_empty()) {
        (0, 0, true) => "nothing to resolve: no conflict is open".to_owned(),
        (0, 0, false) => "nothing is open any more".to_owned(),
        (0, open, _) => format!("{} left open", words::count(open, "conflict")),
        (_, 0, _) => format!("{did} {settled_conflicts}{note}"),
        (_, open, _) => format!("{did} {settled_conflicts}, {open} left open{note}"),
    }
}

/// Which side was taken where.
fn add_files(report: &mut Report, outcome: &Outcome) {
    for (label, side) in [("yours", Side::Ours), ("theirs", Side::Theirs)] {
        let mut paths: Vec<&RelPath> = Vec::new();
        for (path, _, taken) in &outcome.closed {
            if *taken == side {
                paths.push(path);
            }
        }
        paths.dedup();
        if !paths.is_empty() {
            report.row(label, parts::files(report, &paths));
        }
    }
    if !outcome.by_hand.is_empty() {
        let paths: Vec<&RelPath> = outcome.by_hand.iter().collect();
        let files = words::count(paths.len(), "file");
        let paths = parts::paths(report, &paths);
        report.row("by hand", format!("{files}, settled by an edit: {paths}"));
    }
}

/// Warns of what has to be put in by hand.
fn add_stuck(report: &mut Report, outcome: &Outcome) {
    if outcome.stuck.is_empty() {
        return;
    }
    let (mut lines, mut hints) = (Vec::new(), Vec::new());
    for (path, open) in &outcome.stuck {
        lines.push(format!("`{path}`: {}", open.place()));
        hints.push(Hint::text(by_hand_hint(path)));
    }
    hints.dedup();
    report.warning(
        "upstream's side can't be put in by itself here",
        lines,
        hints,
    );
}
