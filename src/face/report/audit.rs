//! What may run or reach out in a repo, and what of it is wrong.

use crate::face::ui::Ui;
use crate::ops::Session;
use crate::ops::steps::in_review::InReview;
use crate::ops::steps::standing::Template;
use crate::ops::verbs::audit::{AuditEntry, BroughtBy, Outcome};
use crate::words;

/// Shows it, what is wrong first.
pub fn show(ui: &mut Ui, context: &Session, outcome: &Outcome) {
    let things = match outcome.entries.as_slice() {
        [] if !outcome.skipped.is_empty() => {
            "nothing was found in what could be looked at, and not all could".to_owned()
        }
        [] => "nothing here can run, reach out or widen what is allowed".to_owned(),
        [_] => "1 thing here can run, reach out, or is allowed without asking".to_owned(),
        many => format!(
            "{} here can run, reach out, or are allowed without asking",
            words::count(many.len(), "thing")
        ),
    };
    match outcome.problems() {
        0 => ui.title(&things),
        problems => ui.warn_title(&format!("{}; {things}", words::count(problems, "problem"))),
    }
    super::folder(ui, context);
    for template in &outcome.templates {
        super::standing::show_withdrawn(ui, context, template);
        show_unknown(ui, template, outcome.asks);
    }
    super::standing::show_age(ui, context, &outcome.as_of);
    for capability in &outcome.unapproved {
        ui.row("unapproved", &format!("{} {capability}", capability.kind));
    }
    if let Some(in_review) = &outcome.in_review {
        super::in_review(ui, in_review);
    }
    for entry in &outcome.entries {
        let waits = outcome.in_review.as_ref();
        show_entry(ui, entry, waits.filter(|one| one.waiting() > 0));
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

/// Says of what nobody can say whether it was recalled.
fn show_unknown(ui: &mut Ui, template: &Template, asks: bool) {
    let Template { name, standing, .. } = template;
    let Some(why) = &standing.unknown else {
        return;
    };
    if !asks {
        ui.row("not asked", &format!("whether {name} was recalled"));
        return;
    }
    ui.row("unknown", &format!("whether {name} was recalled: {why}"));
    if let Some(ask) = &standing.ask {
        ui.row("", ask);
    }
}

fn show_entry(ui: &mut Ui, entry: &AuditEntry, waits: Option<&InReview>) {
    let AuditEntry {
        capability,
        origin,
        off,
    } = entry;
    let origin = match origin {
        BroughtBy::Template(name) if waits.is_some_and(|one| one.has(capability, name)) => {
            format!("{name}, in review")
        }
        BroughtBy::Template(name) => format!("{name}, approved"),
        BroughtBy::Edited(name) => format!("{name}, edited since it was approved"),
        BroughtBy::Team => "yours".to_owned(),
        BroughtBy::Person => "yours alone, in a file that is not shared".to_owned(),
    };
    let loose = capability.unpinned.as_ref();
    let loose = loose.map_or(String::new(), |why| format!("; {why}"));
    let off = off.as_ref();
    let off = off.map_or(String::new(), |off| format!("; switched off by {off}"));
    let digest = &capability.digest.hex()[..12];
    ui.row(
        capability.kind.as_str(),
        &format!("{capability} ({origin}{loose}{off}) {digest}"),
    );
}
