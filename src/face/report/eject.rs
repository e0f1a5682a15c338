//! What `eject` left.

use crate::face::ui::Ui;
use crate::model::path::RelPath;
use crate::ops::Session;
use crate::ops::verbs::eject::Outcome;
use crate::words;

/// Shows it.
pub fn show(ui: &mut Ui, context: &Session, outcome: &Outcome) {
    let templates = words::list(&outcome.templates);
    match outcome.applied {
        true => ui.title(&format!(
            "ejected {templates}: what is here is yours alone now"
        )),
        false => ui.title(&format!("would eject {templates} (nothing was changed)")),
    }
    super::folder(ui, context);
    super::recovered(ui, outcome.recovered.as_ref());
    let left: Vec<&RelPath> = outcome.left.iter().collect();
    ui.row(
        "left",
        &format!(
            "{}: {}",
            words::count(left.len(), "file"),
            super::paths(ui, &left)
        ),
    );
    let gone = outcome
        .plan
        .changes
        .iter()
        .filter(|change| change.new.is_none());
    ui.row("removed", &words::list(gone.map(|change| &change.path)));
    if outcome.applied {
        ui.gap();
        if !outcome.to_commit.is_empty() {
            super::next_commit(ui, context, &outcome.to_commit);
        }
        super::go_back(ui, context);
    }
}
