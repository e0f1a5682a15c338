//! What `undo` did.

use crate::face::run::Needed;
use crate::face::ui::Ui;
use crate::ops::Context;
use crate::ops::undo::Outcome;
use crate::words;

/// Shows it. A person is needed when an edit stayed.
pub fn show(ui: &mut Ui, context: &Context, outcome: &Outcome) -> Needed {
    let verb = &outcome.verb;
    match (outcome.plan.is_empty(), outcome.applied) {
        (true, _) => ui.title(&format!("nothing to do: nothing that `{verb}` wrote is left")),
        (false, true) => ui.title(&format!("undid `{verb}`")),
        (false, false) => ui.title(&format!("would undo `{verb}` (nothing was changed)")),
    }
    super::folder(ui, context);
    super::recovered(ui, outcome.recovered.as_ref());
    let changes = &outcome.plan.changes;
    for (label, gone, was) in [("removed", true, true), ("restored", false, false), ("reverted", false, true)] {
        let wanted = changes.iter().filter(|change| change.new.is_none() == gone && change.old.is_some() == was);
        let paths: Vec<_> = wanted.map(|change| &change.path).collect();
        if !paths.is_empty() {
            ui.row(label, &format!("{}: {}", words::count(paths.len(), "file"), super::paths(ui, &paths)));
        }
    }
    if !outcome.kept.is_empty() {
        let kept: Vec<_> = outcome.kept.iter().collect();
        ui.row("kept", &format!("{}, edited since: {}", words::count(kept.len(), "file"), super::paths(ui, &kept)));
    }
    if outcome.applied && !outcome.plan.is_empty() {
        ui.gap();
        ui.next("go back", "agentpkg undo");
    }
    !outcome.kept.is_empty()
}
