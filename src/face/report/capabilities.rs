//! What may run or reach out in a repo.

use crate::face::ui::Ui;
use crate::ops::Context;
use crate::ops::capabilities::{Entry, Origin, Outcome};
use crate::words;

/// Shows it.
pub fn show(ui: &mut Ui, context: &Context, outcome: &Outcome) {
    match outcome.entries.as_slice() {
        [] if !outcome.skipped.is_empty() => {
            ui.warn_title("nothing was found in what could be looked at, and not all could");
        }
        [] => ui.title("nothing here runs, reaches out or widens what is allowed"),
        [_] => ui.title("1 thing here may run, reach out, or is allowed without asking"),
        many => ui.title(&format!(
            "{} here may run, reach out, or are allowed without asking",
            words::count(many.len(), "thing")
        )),
    }
    super::folder(ui, context);
    for Entry {
        capability,
        origin,
        off,
    } in &outcome.entries
    {
        let origin = match origin {
            Origin::Template(name) => name.to_string(),
            Origin::Edited(name) => format!("{name}, edited here"),
            Origin::Team => "yours".to_owned(),
            Origin::Person => "yours alone, in a file that is not shared".to_owned(),
        };
        let loose = capability
            .unpinned
            .as_ref()
            .map(|why| format!("; {why}"))
            .unwrap_or_default();
        let off = off
            .as_ref()
            .map(|off| format!("; switched off by {off}"))
            .unwrap_or_default();
        let digest = &capability.digest.hex()[..12];
        ui.row(
            capability.kind.as_str(),
            &format!("{capability} ({origin}{loose}{off}) {digest}"),
        );
    }
    for (path, why) in &outcome.unreadable {
        ui.warning(
            &format!("`{path}` can't be read, so the agent takes nothing from it: {why}"),
            &[],
            &["agentpkg lint".to_owned()],
        );
    }
    for (path, why) in &outcome.skipped {
        ui.warning(&format!("`{path}` was not looked at: it {why}"), &[], &[]);
    }
}
