//! What `remove` took away, and what it left.

use crate::face::run::Needed;
use crate::face::ui::Ui;
use crate::model::path::RelPath;
use crate::ops::Session;
use crate::ops::verbs::remove::Outcome;
use crate::tree::Note;

use super::{became, change};

/// Shows it. A person is needed where something that stays can still run.
pub fn show(ui: &mut Ui, context: &Session, outcome: &Outcome) -> Needed {
    let gone: Vec<String> = outcome
        .moves
        .iter()
        .filter_map(|one| Some(format!("{} {}", one.name, one.from.as_ref()?)))
        .collect();
    match outcome.applied {
        true => ui.title(&format!("removed {}", gone.join(", "))),
        false => ui.title(&format!(
            "would remove {} (nothing was changed)",
            gone.join(", ")
        )),
    }
    super::folder(ui, context);
    super::recovered(ui, outcome.recovered.as_ref());
    became::rows(ui, &outcome.rows);
    became::notes(ui, &outcome.notes);
    let mut had: Vec<&RelPath> = Vec::new();
    for (path, note) in &outcome.notes {
        if matches!(note, Note::EntryUntaken(_)) && !had.contains(&path) {
            had.push(path);
        }
    }
    if !had.is_empty() {
        let text = format!(
            "entries that you had before the template: {}",
            super::paths(ui, &had)
        );
        ui.row("kept", &text);
    }
    if outcome.applied {
        ui.gap();
        if !outcome.to_commit.is_empty() {
            super::next_commit(ui, context, &outcome.to_commit);
        }
        super::go_back(ui, context);
    }
    change::still_runs(ui, &outcome.notes, &outcome.still_run)
}
