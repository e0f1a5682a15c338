//! What `undo` did.

use crate::face::run::Needed;
use crate::face::ui::Ui;
use crate::model::path::RelPath;
use crate::ops::Session;
use crate::ops::verbs::undo::{Foreign, ForeignOutcome, ForeignResult, Outcome};
use crate::words;

/// Shows it. A person is needed when an edit stayed.
pub fn show(ui: &mut Ui, context: &Session, outcome: &Outcome) -> Needed {
    let verb = &outcome.verb;
    match (outcome.plan.is_empty(), outcome.applied) {
        (true, _) if outcome.recovered.is_some() => ui.title(&format!("undid `{verb}`")),
        (true, _) => ui.title(&format!(
            "nothing to do: nothing that `{verb}` wrote is left"
        )),
        (false, applied) => {
            let done = match (outcome.redone, applied) {
                (true, true) => format!("did `{verb}` again"),
                (true, false) => format!("would do `{verb}` again (nothing was changed)"),
                (false, true) => format!("undid `{verb}`"),
                (false, false) => format!("would undo `{verb}` (nothing was changed)"),
            };
            ui.title(&done);
        }
    }
    super::folder(ui, context);
    super::recovered(ui, outcome.recovered.as_ref());
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
            ui.row(
                label,
                &format!(
                    "{}: {}",
                    words::count(paths.len(), "file"),
                    super::paths(ui, &paths)
                ),
            );
        }
    }
    let changed = |path: &&RelPath| changes.iter().any(|change| change.path == **path);
    let (partly, kept): (Vec<&RelPath>, Vec<&RelPath>) = outcome.kept.iter().partition(changed);
    if !partly.is_empty() {
        let files = words::count(partly.len(), "file");
        ui.row(
            "partly",
            &format!(
                "{files}: what was edited there, or still runs, stayed: {}",
                super::paths(ui, &partly)
            ),
        );
    }
    if !kept.is_empty() {
        let files = words::count(kept.len(), "file");
        ui.row(
            "kept",
            &format!(
                "{files}, edited since, or needed by what still runs: {}",
                super::paths(ui, &kept)
            ),
        );
    }
    if outcome.applied && !outcome.plan.is_empty() {
        ui.gap();
        if outcome.redone {
            super::go_back(ui, context);
        } else {
            ui.next("redo", "agentpkg undo --redo");
            if let Some(next) = &outcome.next {
                ui.row(
                    "before it",
                    &format!("`{next}`, which `agentpkg undo` takes back next"),
                );
            }
        }
    }
    !outcome.kept.is_empty()
}

/// Shows a record that isn't carried out unasked, and all that it would do.
pub fn show_record(ui: &mut Ui, foreign: &Foreign) {
    ui.warn_title(&foreign.title());
    for line in foreign.lines() {
        ui.text(&line);
    }
    foreign.diffs.iter().for_each(|diff| ui.diff(diff));
}

/// Shows what became of it. A person is needed while it still waits.
pub fn show_foreign(ui: &mut Ui, context: &Session, outcome: &ForeignOutcome) -> Needed {
    let verb = &outcome.foreign.verb;
    match &outcome.done {
        ForeignResult::Nothing => show_record(ui, &outcome.foreign),
        ForeignResult::Carried(recovered) => {
            let done = if outcome.foreign.undoes {
                "undid"
            } else {
                "finished"
            };
            let files = words::count(recovered.finished.len(), "file");
            ui.title(&format!("{done} `{verb}` ({files})"));
            super::folder(ui, context);
            super::kept(ui, &recovered.kept);
        }
        ForeignResult::Discarded { copy, left } => {
            ui.title(&format!("set the record of `{verb}` aside"));
            super::folder(ui, context);
            ui.row("kept", &format!("{copy}, where nothing carries it out"));
            if !left.is_empty() {
                let files = words::count(left.len(), "file");
                let paths: Vec<&RelPath> = left.iter().collect();
                let paths = super::paths(ui, &paths);
                ui.row(
                    "still here",
                    &format!("{files} that `{verb}` had made: {paths}"),
                );
            }
        }
    }
    match &outcome.done {
        ForeignResult::Nothing => true,
        ForeignResult::Carried(recovered) => !recovered.kept.is_empty(),
        ForeignResult::Discarded { left, .. } => !left.is_empty(),
    }
}
