//! What can run that nobody had approved: the list, and the text behind it.

use crate::face::report::terminal::{for_pager, show_to_person};
use crate::face::report::{Detail, Report};
use std::io::IsTerminal as _;

use crate::error::{Error, Result};
use crate::ops::steps::approval::{
    Approval, GONE, ListLine, ShownCapability, TrustReason, lines, phrase, texts,
};
use crate::ops::steps::change::{Outcome, ReleaseNotes};
use crate::store::pager;
use crate::store::registry::Address;

/// Shows a list.
fn rows(report: &mut Report, lines: Vec<ListLine>) {
    for ListLine { label, text } in lines {
        report.row(label, text);
    }
}

/// Shows what a person is asked to approve, on one screen.
pub fn question(report: &mut Report, outcome: &Outcome) {
    for one in &outcome.moves {
        report.heading(one.to_string(), "");
    }
    for ReleaseNotes { text, .. } in &outcome.news {
        let all = text.lines().filter(|line| !line.trim().is_empty());
        let items: Vec<&str> = all.filter(|line| line.starts_with("- ")).collect();
        for (index, item) in items.iter().take(FEW).enumerate() {
            report.row(if index == 0 { "changes" } else { "" }, &item[2..]);
        }
        if items.len() > FEW {
            report.row("", format!("… {} more", items.len() - FEW));
        }
    }
    report.text("can run");
    rows(report, lines(outcome.approval.asked(), false));
}

/// How many changes are said before a question.
const FEW: usize = 3;

/// Shows what can run since a change, or could after it.
pub fn show(report: &mut Report, outcome: &Outcome) {
    let approval = &outcome.approval;
    // What somebody has just looked at is counted.
    if approval.code.is_some() && outcome.applied && !outcome.in_review && !report.is_verbose() {
        report.row("approved", phrase(approval.asked()));
    } else {
        listed(report, &approval.shown);
    }
    if let Some(address) = trusted(approval) {
        report.row("", format!("(trusted: registry {address})"));
    }
    if outcome.in_review && approval.code.is_some() {
        report.row("in review", "whoever merges the commit approves it");
    }
    if report.is_verbose() {
        texts(&approval.shown)
            .into_iter()
            .for_each(|text| report.diff(text));
    }
}

/// Shows a list as rows of a report, each with its kind.
fn listed(report: &mut Report, shown: &[ShownCapability]) {
    let (label, mut kind, mut last) = ("can run", "", "");
    for line in lines(shown, report.is_verbose()) {
        if !line.label.is_empty() {
            kind = line.label;
        }
        let (at, text) = match kind == GONE {
            true => (GONE, line.text),
            false => (label, format!("{kind:<9} {}", line.text)),
        };
        report.row(if at == last { "" } else { at }, text);
        last = at;
    }
}

/// Returns the registry that is trusted, unless it is the one inside the program.
fn trusted(approval: &Approval) -> Option<&Address> {
    let mut settled = approval.shown.iter().map(|one| &one.trusted);
    settled.find_map(|settled| match settled {
        Some(TrustReason::Trusted(address)) if !address.is_embedded() => Some(address),
        _ => None,
    })
}

/// Shows the text of what has to be approved, a screen at a time.
///
/// # Errors
/// When the pager can't be waited for.
pub fn page(approval: &Approval, chosen: Option<&str>) -> Result<()> {
    let mut report = Report::new(Detail::Verbose);
    rows(&mut report, lines(approval.asked(), true));
    for text in approval.texts() {
        report.gap();
        report.diff(text);
    }
    if !std::io::stdout().is_terminal() {
        show_to_person(&report);
        return Ok(());
    }
    let is_there = pager::show(chosen, &for_pager(&report))
        .map_err(|error| Error::io("show", "the text", &error))?;
    if !is_there {
        show_to_person(&report);
    }
    Ok(())
}
