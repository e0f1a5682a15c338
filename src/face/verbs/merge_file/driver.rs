//! `merge-file --install` and `--uninstall`: what is written, and what a team does with it.

use crate::face::report::{Detail, Report};
use crate::ops::Session;
use crate::ops::verbs::merge_driver::{ATTRIBUTES, Outcome};

/// What was set up, or would be.
pub fn installed(session: &Session, outcome: &Outcome, detail: Detail) -> Report {
    let mut report = Report::new(detail);
    if outcome.is_done() {
        report.title("git's merge driver is set up here");
        return report;
    }
    if !outcome.applied {
        report.title("nothing was changed: --install would write this");
        add_change(&mut report, outcome);
        return report;
    }
    report.title("set up git's merge driver in this repository");
    if outcome.changes_attributes() {
        report.row(
            "attributes",
            format!("{ATTRIBUTES}: settings, servers, prose for agents"),
        );
    }
    if !outcome.settings.is_empty() {
        report.row("config", "merge.agentpkg.driver, in this clone");
    }
    report.row(
        "teammates",
        "git merges these files as text for them until they run this, too",
    );
    report.gap();
    if outcome.changes_attributes() {
        report.next(
            "commit",
            format!("{} add {ATTRIBUTES}", session.git_in(&outcome.root)),
        );
    }
    report.next("go back", "agentpkg merge-file --uninstall");
    report
}

/// What was taken out, or would be.
pub fn uninstalled(session: &Session, outcome: &Outcome, detail: Detail) -> Report {
    let mut report = Report::new(detail);
    if outcome.is_done() {
        report.title("git's merge driver isn't set up here");
        add_left(&mut report, outcome);
        return report;
    }
    if !outcome.applied {
        report.title("nothing was changed: --uninstall would take this out");
        add_change(&mut report, outcome);
        add_left(&mut report, outcome);
        return report;
    }
    report.title("took git's merge driver out of this repository");
    add_left(&mut report, outcome);
    if outcome.changes_attributes() {
        report.gap();
        let git = session.git_in(&outcome.root);
        report.next("commit", format!("{git} add {ATTRIBUTES}"));
    }
    report
}

/// Adds what agentpkg didn't write.
fn add_left(report: &mut Report, outcome: &Outcome) {
    for left in &outcome.left {
        report.row("not ours", format!("{left}: it stays"));
    }
}

/// Adds what changes, all of it.
pub fn add_change(report: &mut Report, outcome: &Outcome) {
    report.diff(outcome.diff());
    for (setting, command) in outcome.settings.iter().zip(outcome.commands()) {
        if let Some(old) = &setting.old
            && setting.new.is_some()
        {
            report.row("before", format!("{} was `{old}`", setting.key));
        }
        report.next("config", command);
    }
}
