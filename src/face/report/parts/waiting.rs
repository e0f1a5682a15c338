//! What waits for a person: conflicts, and what whoever merges approves.

use crate::agent::documents::executes;
use crate::face::report::{Ended, Report};
use crate::hint::Hint;
use crate::model::path::RelPath;
use crate::ops::steps::conflicts::{Conflicts, describe_conflicts};
use crate::ops::steps::in_review::InReview;
use crate::tree::Note;
use crate::words;

/// Warns of conflicts, a line a place. A person is needed where there is one.
pub fn conflicts(report: &mut Report, message: &str, open: &Conflicts, hints: Vec<Hint>) -> Ended {
    if open.is_empty() {
        return Ended::Done;
    }
    const MOST: usize = 10;
    let mut lines = describe_conflicts(open);
    if lines.len() > MOST && !report.is_verbose() {
        let more = lines.len() - MOST;
        lines.truncate(MOST);
        lines.push(format!("… {more} more (-v)"));
    }
    report.warning(message, lines, hints);
    Ended::NeedsAPerson
}

/// What was committed for review, and who merged it.
pub fn in_review(report: &mut Report, in_review: &InReview) {
    const FEW: usize = 5;
    let shown = match report.is_verbose() {
        true => in_review.items.len(),
        false => FEW.min(in_review.items.len()),
    };
    let what = words::count(in_review.items.len(), "thing");
    let said = in_review.standing.describe();
    report.row("in review", format!("{what} that can run: {said}"));
    for item in &in_review.items[..shown] {
        report.row("", item);
    }
    if shown < in_review.items.len() {
        let more = in_review.items.len() - shown;
        report.row("", format!("… {more} more (-v)"));
    }
}

/// Warns of what can execute although no template has it any more. A person is needed where there
/// is such.
pub fn still_runs(report: &mut Report, notes: &[(RelPath, Note)], scripts: &[RelPath]) -> Ended {
    let mut lines = Vec::new();
    for (path, note) in notes {
        if let Note::EntryReleased(entry) = note
            && executes(path, entry)
        {
            lines.push(format!("`{entry}` in `{path}`"));
        }
    }
    for script in scripts {
        lines.push(format!("`{script}`, a script"));
    }
    if lines.is_empty() {
        return Ended::Done;
    }
    let hint = "take out the entries and delete the scripts that you don't want; they are yours \
                now";
    report.warning(
        "what stays here can still run, and no template has it any more",
        lines,
        [Hint::text(hint)],
    );
    Ended::NeedsAPerson
}
