//! What `remove --keep-files` left.

use crate::face::run::Needed;
use crate::face::ui::Ui;
use crate::model::path::RelPath;
use crate::ops::Session;
use crate::ops::verbs::remove::Outcome;
use crate::words;

/// Shows it. Nobody is needed: what can still run was asked to stay.
pub fn show(ui: &mut Ui, context: &Session, outcome: &Outcome) -> Needed {
    let templates = words::list(outcome.moves.iter().map(|one| &one.name));
    match outcome.applied {
        true => ui.title(&format!(
            "removed {templates} and kept the files: they are yours now"
        )),
        false => ui.title(&format!(
            "would remove {templates} and keep the files (nothing was changed)"
        )),
    }
    super::folder(ui, context);
    super::recovered(ui, outcome.recovered.as_ref());
    let left: Vec<&RelPath> = outcome.kept_files.iter().collect();
    ui.row(
        "kept",
        &format!(
            "{}: {}",
            words::count(left.len(), "file"),
            super::paths(ui, &left)
        ),
    );
    let mut gone: Vec<&RelPath> = Vec::new();
    for change in &outcome.plan.changes {
        if change.new.is_none() {
            gone.push(&change.path);
        }
    }
    if !gone.is_empty() {
        ui.row("removed", &words::list(gone));
    }
    if outcome.applied {
        ui.gap();
        if !outcome.to_commit.is_empty() {
            super::next_commit(ui, context, &outcome.to_commit);
        }
        super::go_back(ui, context);
    }
    false
}
