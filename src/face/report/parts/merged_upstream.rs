//! Edits that a release has merged: they are no local changes any more.

use crate::face::report::Report;
use crate::ops::steps::change::{AcceptedEdit, Unchecked};
use crate::words;

/// Says which edits were merged upstream, and which could not be looked for.
pub fn show(report: &mut Report, home: &[AcceptedEdit], passed: &[Unchecked]) {
    for one in home {
        report.row("upstream", describe(one));
        if !one.changed.is_empty() {
            let paths = words::list(&one.changed);
            report.row(
                "",
                format!(
                    "the platform team worded it otherwise: {paths}; yours is in `agentpkg undo`"
                ),
            );
        }
    }
    for Unchecked {
        template,
        version,
        record,
        why,
    } in passed
    {
        let message = match (record, why.message()) {
            (Some(_), why) => format!("{template} {version}: {why}"),
            (None, why) => {
                format!(
                    "{template} {version} accepted changes; nobody can say whether you have them: \
                     {why}"
                )
            }
        };
        report.row("note", message);
    }
}

/// Returns what is to be said of one edit.
pub fn describe(home: &AcceptedEdit) -> String {
    let AcceptedEdit {
        id,
        subject,
        author,
        version,
        is_whole,
        ..
    } = home;
    let id = id.short();
    let part = if *is_whole { "" } else { "a part of " };
    match (home.is_yours, home.paths.is_empty()) {
        (true, true) => {
            format!(
                "your change {id} was accepted in {version}, and isn't here as it was sent: \
                 {subject}"
            )
        }
        (true, false) => format!("{part}your change {id} is in {version}: {subject}"),
        (false, _) => {
            format!(
                "{part}a change that you have too, {id} by {author}, is in {version}: {subject}"
            )
        }
    }
}
