//! A command that was interrupted: that it was, and what became of it.

use crate::face::report::Report;
use crate::hint::Hint;
use crate::store::journal::{self, Interrupted, KeptFile, Recovered};
use crate::words;

/// Warns of a command that was interrupted.
pub fn interrupted(report: &mut Report, interrupted: Option<&Interrupted>) {
    let Some(interrupted) = interrupted else {
        return;
    };
    let Some(verb) = &interrupted.verb else {
        let message = "the record of an interrupted command can't be read";
        let hint = "the next command that writes sets it aside, or says why it can't";
        return report.warning(message, [], [Hint::text(hint)]);
    };
    let hint = match interrupted.is_own {
        true => Hint::text_then_command(
            "the next command that writes finishes it",
            "agentpkg install",
        ),
        false => Hint::text_then_command("it wasn't begun by you at this place", journal::SHOW),
    };
    report.warning(format!("`{verb}` was interrupted"), [], [hint]);
}

/// Says what an interrupted command had left to do.
pub fn recovered(report: &mut Report, recovered: Option<&Recovered>) {
    let Some(Recovered {
        verb,
        finished,
        kept,
    }) = recovered
    else {
        return;
    };
    report.row(
        "finished",
        format!(
            "`{verb}`, which was interrupted ({})",
            words::count(finished.len(), "file")
        ),
    );
    self::kept(report, kept);
}

/// Names files that were edited while a command was interrupted, and stay.
pub fn kept(report: &mut Report, kept: &[KeptFile]) {
    for kept in kept {
        let copy = kept.copy.as_ref().map_or(String::new(), |copy| {
            format!("; what it would have written is `{copy}`")
        });
        report.row(
            "kept",
            format!("`{}`, which was edited meanwhile{copy}", kept.path),
        );
    }
}
