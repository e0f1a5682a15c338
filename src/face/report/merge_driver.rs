//! `merge-file --install` and `--uninstall`: what is written, and what a team does with it.

use crate::face::ui::Ui;
use crate::ops::Session;
use crate::ops::verbs::merge_driver::{ATTRIBUTES, Outcome};

/// Shows what was set up, or would be.
pub fn show_installed(ui: &mut Ui, context: &Session, outcome: &Outcome) {
    if outcome.is_done() {
        ui.title("git's merge driver is set up here");
        return;
    }
    if !outcome.applied {
        ui.title("nothing was changed: --install would write this");
        show_change(ui, outcome);
        return;
    }
    ui.title("set up git's merge driver in this repository");
    if outcome.changes_attributes() {
        ui.row(
            "attributes",
            &format!("{ATTRIBUTES}: settings, servers, prose for agents"),
        );
    }
    if !outcome.settings.is_empty() {
        ui.row("config", "merge.agentpkg.driver, in this clone");
    }
    ui.row(
        "teammates",
        "git merges these files as text for them until they run this, too",
    );
    ui.gap();
    if outcome.changes_attributes() {
        ui.next(
            "commit",
            &format!("{} add {ATTRIBUTES}", context.git_in(&outcome.root)),
        );
    }
    ui.next("go back", "agentpkg merge-file --uninstall");
}

/// Shows what was taken out, or would be.
pub fn show_uninstalled(ui: &mut Ui, context: &Session, outcome: &Outcome) {
    let stays = |ui: &mut Ui| {
        for left in &outcome.left {
            ui.row("not ours", &format!("{left}: it stays"));
        }
    };
    if outcome.is_done() {
        ui.title("git's merge driver isn't set up here");
        stays(ui);
        return;
    }
    if !outcome.applied {
        ui.title("nothing was changed: --uninstall would take this out");
        show_change(ui, outcome);
        stays(ui);
        return;
    }
    ui.title("took git's merge driver out of this repository");
    stays(ui);
    if outcome.changes_attributes() {
        ui.gap();
        let git = context.git_in(&outcome.root);
        ui.next("commit", &format!("{git} add {ATTRIBUTES}"));
    }
}

/// Shows what changes, all of it.
pub fn show_change(ui: &mut Ui, outcome: &Outcome) {
    ui.diff(&outcome.diff());
    for (setting, command) in outcome.settings.iter().zip(outcome.commands()) {
        if let Some(old) = &setting.old
            && setting.new.is_some()
        {
            ui.row("before", &format!("{} was `{old}`", setting.key));
        }
        ui.next("config", &command);
    }
}
