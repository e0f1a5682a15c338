//! What `remove --keep-files` left.

use crate::face::report::{Detail, Report, parts};
use crate::model::path::RelPath;
use crate::ops::Session;
use crate::ops::verbs::remove::Outcome;
use crate::words;

/// Nobody is needed: what can still run was asked to stay.
pub fn report(session: &Session, outcome: &Outcome, detail: Detail) -> Report {
    let mut report = Report::new(detail);
    let templates = words::list(outcome.moves.iter().map(|one| &one.name));
    report.title(match outcome.applied {
        true => format!("removed {templates} and kept the files: they are yours now"),
        false => {
            format!("would remove {templates} and keep the files (nothing was changed)")
        }
    });
    parts::folder(&mut report, session);
    parts::recovered(&mut report, outcome.recovered.as_ref());
    let kept: Vec<&RelPath> = outcome.kept_files.iter().collect();
    report.row("kept", parts::files(&report, &kept));
    let mut gone: Vec<&RelPath> = Vec::new();
    for change in &outcome.plan.changes {
        if change.new.is_none() {
            gone.push(&change.path);
        }
    }
    if !gone.is_empty() {
        report.row("removed", words::list(gone));
    }
    if outcome.applied {
        report.gap();
        if !outcome.to_commit.is_empty() {
            parts::next_commit(&mut report, session, &outcome.to_commit);
        }
        parts::go_back(&mut report, session);
    }
    report
}
