//! What `resolve` settled.

use crate::face::run::Needed;
use crate::face::ui::Ui;
use crate::merge::pieces::Side;
use crate::model::path::RelPath;
use crate::ops::Session;
use crate::ops::verbs::resolve::{Outcome, by_hand_hint};
use crate::words;

/// Shows it. A person is needed while something is open.
pub fn show(ui: &mut Ui, context: &Session, outcome: &Outcome) -> Needed {
    let (settled, open) = (
        outcome.closed.len(),
        outcome.left.values().map(Vec::len).sum::<usize>(),
    );
    let conflicts = |count| words::count(count, "conflict");
    let (did, note) = if outcome.applied {
        ("settled", "")
    } else {
        ("would settle", " (nothing was changed)")
    };
    ui.title(&match (settled, open, outcome.by_hand.is_empty()) {
        (0, 0, true) => "nothing to resolve: no conflict is open".to_owned(),
        (0, 0, false) => "nothing is open any more".to_owned(),
        (0, open, _) => format!("{} left open", conflicts(open)),
        (settled, 0, _) => format!("{did} {}{note}", conflicts(settled)),
        (settled, open, _) => format!("{did} {}, {open} left open{note}", conflicts(settled)),
    });
    super::folder(ui, context);
    super::recovered(ui, outcome.recovered.as_ref());
    for (label, side) in [("yours", Side::Ours), ("theirs", Side::Theirs)] {
        let taken = outcome
            .closed
            .iter()
            .filter(|(_, _, taken)| *taken == side)
            .map(|(path, ..)| path);
        let mut paths: Vec<&RelPath> = taken.collect();
        paths.dedup();
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
    if !outcome.by_hand.is_empty() {
        let paths: Vec<&RelPath> = outcome.by_hand.iter().collect();
        ui.row(
            "by hand",
            &format!(
                "{}, settled by an edit: {}",
                words::count(paths.len(), "file"),
                super::paths(ui, &paths)
            ),
        );
    }
    if outcome.applied && !outcome.plan.is_empty() {
        ui.gap();
        let changed = outcome.plan.changes.iter().map(|change| &change.path);
        ui.next(
            "commit",
            &format!("{} add {}", context.git(), super::to_commit(changed)),
        );
        super::go_back(ui, context);
    }
    if !outcome.stuck.is_empty() {
        let lines: Vec<String> = outcome
            .stuck
            .iter()
            .map(|(path, open)| format!("`{path}`: {}", open.place()))
            .collect();
        let mut hints: Vec<String> = outcome
            .stuck
            .iter()
            .map(|(path, _)| by_hand_hint(path))
            .collect();
        hints.dedup();
        ui.warning(
            "upstream's side can't be put in by itself here",
            &lines,
            &hints,
        );
    }
    super::conflicts(
        ui,
        "these still wait for you",
        &outcome.left,
        &["agentpkg resolve".to_owned()],
    )
}
