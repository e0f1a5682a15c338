//! What `new` made.

use crate::face::ui::Ui;
use crate::ops::verbs::new::Outcome;
use crate::words;

/// Shows it.
pub fn show(ui: &mut Ui, outcome: &Outcome) {
    let Outcome {
        name,
        folder,
        files,
        left,
    } = outcome;
    let place = words::path_quoted(&folder.display().to_string());
    ui.title(&format!("made the template {name}"));
    let paths = super::paths(ui, &files.iter().collect::<Vec<_>>());
    ui.row(
        "files",
        &format!("{} in {place}: {paths}", words::count(files.len(), "file")),
    );
    for (path, why) in left {
        ui.row("left out", &format!("{path}: {why}"));
    }
    ui.gap();
    ui.next("look", &format!("agentpkg lint {place}"));
    ui.next("try", &format!("agentpkg test {place}"));
    ui.next(
        "publish",
        &format!("agentpkg publish {place} --registry registry"),
    );
}
