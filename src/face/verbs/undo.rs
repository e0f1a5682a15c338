//! `undo`: takes the last command back.

use crate::error::Result;
use crate::face::report::{Detail, Ended, Report, parts};
use crate::model::path::RelPath;
use crate::model::plan::{FileChange, LinkChange};
use crate::ops::Session;
use crate::ops::verbs::undo::{
    Foreign, ForeignOptions, ForeignOutcome, ForeignResult, Outcome, interrupted, undo,
};
use crate::store::reach::Purpose;
use crate::words;

use super::Verb;

/// Take back the last command
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  agentpkg undo --dry-run   what would change
  agentpkg undo             the last command; again, the one before; three at most
  agentpkg undo --redo      do again what was taken back last

Every edit made since is kept.

A record belongs to the user and the place that wrote it. Another one, of a clone,
another user, or from before the repository was moved, is neither carried out nor dropped:
  agentpkg undo --interrupted                  show what it would do, and ask
  agentpkg undo --interrupted --approve CODE   do exactly what was shown
  agentpkg undo --interrupted --discard        set it aside")]
pub struct Args {
    /// Do again what was taken back last
    #[arg(long)]
    redo: bool,
    /// Show a record that isn't yours, and ask what becomes of it
    #[arg(long, conflicts_with = "redo")]
    interrupted: bool,
    /// Approve exactly what was shown, by the code that was shown with it
    #[arg(
        long,
        value_name = "CODE",
        requires = "interrupted",
        conflicts_with = "discard"
    )]
    approve: Vec<String>,
    /// Set the record aside, where nothing carries it out
    #[arg(long, requires = "interrupted")]
    discard: bool,
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
        if self.interrupted {
            let options = ForeignOptions {
                approve: self.approve.clone(),
                discard: self.discard,
                dry_run: self.dry_run,
            };
            return Ok(foreign(session, &interrupted(session, &options)?, detail));
        }
        let outcome = undo(session, self.redo, self.dry_run)?;
        Ok(report(session, &outcome, detail))
    }
}

/// A person is needed where an edit stayed.
pub fn report(session: &Session, outcome: &Outcome, detail: Detail) -> Report {
    let mut report = Report::new(detail);
    report.title(title(outcome));
    parts::folder(&mut report, session);
    parts::recovered(&mut report, outcome.recovered.as_ref());
    add_changes(&mut report, outcome);
    add_kept(&mut report, outcome);
    if outcome.applied && !outcome.plan.is_empty() {
        report.gap();
        if outcome.redone {
            parts::go_back(&mut report, session);
        } else {
            report.next("redo", "agentpkg undo --redo");
            if let Some(next) = &outcome.next {
                report.row(
                    "before it",
                    format!("`{next}`, which `agentpkg undo` takes back next"),
                );
            }
        }
    }
    report.ending(Ended::needs_a_person_if(!outcome.kept.is_empty()))
}

fn title(outcome: &Outcome) -> String {
    let verb = &outcome.verb;
    match (outcome.redone, outcome.applied) {
        _ if outcome.plan.is_empty() && outcome.recovered.is_some() => format!("undid `{verb}`"),
        _ if outcome.plan.is_empty() => {
            format!("nothing to do: nothing that `{verb}` wrote is left")
        }
        (true, true) => format!("did `{verb}` again"),
        (true, false) => format!("would do `{verb}` again (nothing was changed)"),
        (false, true) => format!("undid `{verb}`"),
        (false, false) => format!("would undo `{verb}` (nothing was changed)"),
    }
}

/// The files that are as they were before, all of each.
fn add_changes(report: &mut Report, outcome: &Outcome) {
    let (mut removed, mut restored, mut reverted) = (Vec::new(), Vec::new(), Vec::new());
    for FileChange { path, old, new, .. } in &outcome.plan.changes {
        if outcome.kept.contains(path) {
            continue;
        }
        match (old, new) {
            (Some(_), None) => removed.push(path),
            (None, Some(_)) => restored.push(path),
            (Some(_), Some(_)) => reverted.push(path),
            (None, None) => {}
        }
    }
    for LinkChange { path, old, new } in &outcome.plan.links {
        match (old, new) {
            (_, None) => removed.push(path),
            (None, _) => restored.push(path),
            (Some(_), Some(_)) => reverted.push(path),
        }
    }
    for (label, paths) in [
        ("removed", removed),
        ("restored", restored),
        ("reverted", reverted),
    ] {
        if !paths.is_empty() {
            report.row(label, parts::files(report, &paths));
        }
    }
}

/// The files that stayed, in part or whole.
fn add_kept(report: &mut Report, outcome: &Outcome) {
    let (mut partly, mut kept) = (Vec::new(), Vec::new());
    for path in &outcome.kept {
        let mut changes = outcome.plan.changes.iter();
        match changes.any(|change| change.path == *path) {
            true => partly.push(path),
            false => kept.push(path),
        }
    }
    if !partly.is_empty() {
        let files = words::count(partly.len(), "file");
        let paths = parts::paths(report, &partly);
        report.row(
            "partly",
            format!("{files}: what was edited there, or still runs, stayed: {paths}"),
        );
    }
    if !kept.is_empty() {
        let files = words::count(kept.len(), "file");
        let paths = parts::paths(report, &kept);
        report.row(
            "kept",
            format!("{files}, edited since, or needed by what still runs: {paths}"),
        );
    }
}

/// Shows a record that isn't carried out unasked, and all that it would do.
pub fn add_record(report: &mut Report, foreign: &Foreign) {
    report.warn_title(foreign.title());
    for line in foreign.lines() {
        report.text(line);
    }
    for diff in &foreign.diffs {
        report.diff(diff);
    }
}

/// What became of a record that isn't this user's. A person is needed while it still waits.
fn foreign(session: &Session, outcome: &ForeignOutcome, detail: Detail) -> Report {
    let mut report = Report::new(detail);
    let verb = &outcome.foreign.verb;
    match &outcome.done {
        ForeignResult::Nothing => add_record(&mut report, &outcome.foreign),
        ForeignResult::Carried(recovered) => {
            let done = if outcome.foreign.undoes {
                "undid"
            } else {
                "finished"
            };
            let files = words::count(recovered.finished.len(), "file");
            report.title(format!("{done} `{verb}` ({files})"));
            parts::folder(&mut report, session);
            parts::kept(&mut report, &recovered.kept);
        }
        ForeignResult::Discarded { copy, left } => {
            report.title(format!("set the record of `{verb}` aside"));
            parts::folder(&mut report, session);
            report.row("kept", format!("{copy}, where nothing carries it out"));
            if !left.is_empty() {
                let files = words::count(left.len(), "file");
                let paths: Vec<&RelPath> = left.iter().collect();
                let paths = parts::paths(&report, &paths);
                report.row(
                    "still here",
                    format!("{files} that `{verb}` had made: {paths}"),
                );
            }
        }
    }
    let is_needed = match &outcome.done {
        ForeignResult::Nothing => true,
        ForeignResult::Carried(recovered) => !recovered.kept.is_empty(),
        ForeignResult::Discarded { left, .. } => !left.is_empty(),
    };
    report.ending(Ended::needs_a_person_if(is_needed))
}
