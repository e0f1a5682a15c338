//! `undo`: takes the last command back.

use crate::model::path::RelPath;
use crate::ops::Session;
use crate::ops::verbs::undo::{
    Foreign, ForeignOptions, ForeignOutcome, ForeignResult, Outcome, interrupted, undo,
};
use crate::words;
use crate::error::Result;
use crate::store::reach::Purpose;
use crate::face::report::{Detail, Ended, Report, parts};

use super::Verb;

/// Take the last command back, keeping every edit made since
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  agentpkg undo --dry-run   what would change
  agentpkg undo             the last command; again, the one before; three at most
  agentpkg undo --redo      do again what was taken back last

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
    let verb = &outcome.verb;
    match (outcome.plan.is_empty(), outcome.applied) {
        (true, _) if outcome.recovered.is_some() => report.title(format!("undid `{verb}`")),
        (true, _) => report.title(format!(
            "nothing to do: nothing that `{verb}` wrote is left"
        )),
        (false, applied) => {
            let done = match (outcome.redone, applied) {
                (true, true) => format!("did `{verb}` again"),
                (true, false) => format!("would do `{verb}` again (nothing was changed)"),
                (false, true) => format!("undid `{verb}`"),
                (false, false) => format!("would undo `{verb}` (nothing was changed)"),
            };
            report.title(done);
        }
    }
    parts::folder(&mut report, session);
    parts::recovered(&mut report, outcome.recovered.as_ref());
    let changes = &outcome.plan.changes;
    for (label, gone, was) in [
        ("removed", true, true),
        ("restored", false, false),
        ("reverted", false, true),
    ] {
        let wanted = changes
            .iter()
            .filter(|change| change.new.is_none() == gone && change.old.is_some() == was);
        let wanted = wanted.filter(|change| !outcome.kept.contains(&change.path));
        let paths: Vec<_> = wanted.map(|change| &change.path).collect();
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
    let changed = |path: &&RelPath| changes.iter().any(|change| change.path == **path);
    let (partly, kept): (Vec<&RelPath>, Vec<&RelPath>) = outcome.kept.iter().partition(changed);
    if !partly.is_empty() {
        let files = words::count(partly.len(), "file");
        report.row(
            "partly",
            format!(
                "{files}: what was edited there, or still runs, stayed: {}",
                parts::paths(&report, &partly)
            ),
        );
    }
    if !kept.is_empty() {
        let files = words::count(kept.len(), "file");
        report.row(
            "kept",
            format!(
                "{files}, edited since, or needed by what still runs: {}",
                parts::paths(&report, &kept)
            ),
        );
    }
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
