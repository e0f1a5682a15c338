//! What is kept of other machines' registries.

use crate::face::ui::Ui;
use crate::ops::verbs::cache::Outcome;
use crate::words;

/// Shows what is kept, or was.
pub fn show(ui: &mut Ui, outcome: &Outcome) {
    let Outcome {
        folder,
        kept,
        cleared,
    } = outcome;
    let files = words::count(kept.files, "file");
    let size = format!("{files}, {} KiB", kept.bytes.div_ceil(1024));
    match cleared {
        true => ui.title(&format!("removed {size}")),
        false => ui.title(&size),
    }
    ui.row("folder", &folder.display().to_string());
    if !cleared && kept.files > 0 {
        ui.gap();
        ui.next("to clear", "agentpkg cache --clear");
    }
}
