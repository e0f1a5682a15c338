//! What can run that nobody had approved: the list, and the text behind it.

use std::io::IsTerminal as _;

use crate::error::{Error, Result};
use crate::face::ui::Ui;
use crate::ops::approval::{Approval, GONE, Line, Settled, lines};
use crate::ops::change::Outcome;
use crate::store::pager;

/// Shows a list.
pub fn rows(ui: &mut Ui, lines: Vec<Line>) {
    for Line { label, text } in lines {
        ui.row(label, &text);
    }
}

/// Shows what can run since a change, or could after it.
pub fn show(ui: &mut Ui, outcome: &Outcome) {
    let shown = &outcome.approval.shown;
    let (label, mut kind, mut last) = ("can run", "", "");
    for line in lines(shown, ui.verbose()) {
        if !line.label.is_empty() {
            kind = line.label;
        }
        let (at, text) = match kind == GONE {
            true => (GONE, line.text),
            false => (label, format!("{kind:<9} {}", line.text)),
        };
        ui.row(if at == last { "" } else { at }, &text);
        last = at;
    }
    if let Some(trusted) = trusted(&outcome.approval) {
        ui.row("", &format!("(trusted: registry {trusted})"));
    }
    if outcome.in_review && outcome.approval.code.is_some() {
        ui.row("", "in review: whoever merges the commit approves it");
    }
    if ui.verbose() {
        let diffs = shown.iter().flat_map(|one| &one.diffs);
        diffs.for_each(|diff| ui.diff(diff));
    }
}

/// Returns the registry that is trusted, unless it is the one inside the program.
fn trusted(approval: &Approval) -> Option<&str> {
    let mut all = approval.shown.iter().filter_map(|one| match &one.settled {
        Some(Settled::Trusted(registry)) => Some(registry.as_str()),
        _ => None,
    });
    all.find(|registry| *registry != crate::store::registry::EMBEDDED)
}

/// Shows the text of what has to be approved, a screen at a time.
///
/// # Errors
/// When the pager can't be waited for.
pub fn page(approval: &Approval) -> Result<()> {
    let mut ui = Ui::new(false, true);
    rows(&mut ui, lines(approval.asked(), true));
    for text in approval.texts() {
        ui.gap();
        ui.diff(text);
    }
    if !std::io::stdout().is_terminal() {
        ui.flush_to_person();
        return Ok(());
    }
    let chosen = std::env::var("PAGER")
        .ok()
        .filter(|chosen| !chosen.is_empty());
    let is_there = pager::show(chosen.as_deref(), &ui.styled_text())
        .map_err(|error| Error::io("show", "the text", &error))?;
    if !is_there {
        ui.flush_to_person();
    }
    Ok(())
}
