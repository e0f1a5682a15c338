//! What is offered upstream, and where it went.

use std::path::Path;

use crate::face::ui::Ui;
use crate::lint::LintFinding;
use crate::ops::Session;
use crate::ops::verbs::contribute::{Delivered, Destination, Offer, Outcome, Skipped};
use crate::render::reverse::HunkFate;
use crate::words;

/// Shows what was done. Returns whether a person is needed.
pub fn show(ui: &mut Ui, context: &Session, outcome: &Outcome) -> bool {
    let Outcome {
        offer,
        destination,
        delivered,
    } = outcome;
    let proposal = &offer.proposal;
    let (id, template) = (proposal.id.short(), &proposal.template);
    match delivered {
        None => {
            ui.title(&format!(
                "would propose {id} for {template}; nothing was sent"
            ));
            show_offer(ui, offer, destination);
        }
        Some(Delivered::Standard) => {
            ui.raw(&offer.mail);
            return unsettled_aside(ui, offer);
        }
        Some(Delivered::Request { url, updated, .. }) => {
            let what = if *updated {
                "updated the proposal"
            } else {
                "proposed"
            };
            ui.title(&format!(
                "{what} {id} for {template}: {}",
                proposal.subject()
            ));
            summary(ui, offer);
            ui.row("sent to", url);
        }
        Some(Delivered::Branch {
            address,
            branch,
            link,
        }) => {
            ui.title(&format!(
                "pushed the proposal {id} for {template}: {}",
                proposal.subject()
            ));
            summary(ui, offer);
            ui.row("sent to", &format!("{branch} of {address}"));
            ui.gap();
            match link {
                Some(link) => ui.next("open", link),
                None => ui.row("next", "open a merge request for that branch"),
            }
        }
        Some(Delivered::File { path, why }) => {
            ui.title(&format!(
                "wrote the proposal {id} for {template}: {}",
                proposal.subject()
            ));
            summary(ui, offer);
            ui.row("file", &shown(context, path));
            if !why.is_empty() {
                ui.warning("it could not be sent", why, &[]);
            }
            ui.gap();
            match &offer.contact {
                Some(contact) => ui.row(
                    "next",
                    &format!("send the file to {contact}; `git am` applies it"),
                ),
                None => ui.row(
                    "next",
                    "send the file to whoever keeps the template; `git am` applies it",
                ),
            }
        }
    }
    if delivered.is_some() {
        ui.row(
            "then",
            "once it is released, `agentpkg upgrade` takes it out of your local changes",
        );
    }
    unsettled(ui, offer)
}

/// Returns a path as a person here would type it.
fn shown(context: &Session, path: &Path) -> String {
    path.strip_prefix(&context.environment.here)
        .unwrap_or(path)
        .display()
        .to_string()
}

/// Shows all that would leave the repo.
pub fn show_offer(ui: &mut Ui, offer: &Offer, destination: &Destination) {
    let proposal = &offer.proposal;
    ui.heading(
        &format!("{} {}", proposal.template, proposal.base.version),
        proposal.subject(),
    );
    if !proposal.body().is_empty() {
        ui.document(proposal.body());
    }
    ui.gap();
    ui.diff(&offer.diff);
    ui.gap();
    summary(ui, offer);
    ui.row("from", &proposal.author.to_string());
    ui.row("to", &destination.to_string());
    ui.row(
        "with it",
        &format!("{}, and a line in CHANGELOG.md", proposal.accepted_path()),
    );
}

fn summary(ui: &mut Ui, offer: &Offer) {
    for file in &offer.files {
        let mapped = file
            .hunks
            .iter()
            .filter(|(_, fate)| *fate == HunkFate::Mapped)
            .count();
        if mapped == 0 && file.what.is_none() {
            continue;
        }
        let what = file
            .what
            .map_or_else(|| words::count(mapped, "hunk"), str::to_owned);
        ui.row("edit", &format!("{} -> {}: {what}", file.path, file.source));
    }
    if let Some((id, sent)) = &offer.updates {
        ui.row(
            "replaces",
            &format!(
                "{}, sent to {} (`--separate` makes it one of its own)",
                id.short(),
                sent.at
            ),
        );
    }
    for Skipped { path, why } in &offer.skipped {
        ui.row("left out", &format!("{path}: {why}"));
    }
    if offer.installed != offer.proposal.base.version {
        let (installed, base) = (&offer.installed, &offer.proposal.base.version);
        ui.row(
            "merged",
            &format!("your edit is of {installed}; it was brought up to {base}"),
        );
    }
    let tested = &offer.tested;
    if tested.files > 0 && tested.failures.is_empty() {
        let hooks = if tested.skips_hooks {
            "; its hooks' tests are left to those who keep it"
        } else {
            ""
        };
        ui.row(
            "tests",
            &format!("the template's tests hold with it{hooks}"),
        );
    }
    if !tested.failures.is_empty() {
        let count = words::count(tested.failures.len(), "thing");
        ui.warning(
            &format!("{count} that the template's tests ask for would not hold"),
            &tested.failures,
            &[],
        );
    }
    let said: Vec<String> = offer.findings.iter().map(found).collect();
    if !said.is_empty() {
        ui.warning(
            "`agentpkg lint` finds in the template with it, and not without",
            &said,
            &[],
        );
    }
}

fn found(finding: &LintFinding) -> String {
    let line = words::line_suffix(finding.place.line());
    format!("`{}`{line}: {}", finding.place.path, finding.message)
}

/// Shows what isn't in it because nobody said how it is meant, or because it has no place in the
/// template.
fn unsettled(ui: &mut Ui, offer: &Offer) -> bool {
    let (details, hints) = said(offer);
    if details.is_empty() {
        return false;
    }
    ui.warning("not all of what you edited is in it", &details, &hints);
    true
}

fn unsettled_aside(ui: &mut Ui, offer: &Offer) -> bool {
    let (details, _) = said(offer);
    if !details.is_empty() {
        ui.aside(&details);
    }
    !details.is_empty()
}

fn said(offer: &Offer) -> (Vec<String>, Vec<String>) {
    let (mut details, mut hints) = (Vec::new(), Vec::new());
    for (path, number, hunk, fate) in offer.undecided() {
        let place = format!("`{path}` line {}", hunk.base.start + 1);
        match fate {
            HunkFate::Asked(readings) => {
                let readings: Vec<String> = readings
                    .iter()
                    .enumerate()
                    .map(|(at, one)| format!("{}: it {}", at + 1, one.meaning))
                    .collect();
                details.push(format!("{place} can be read as {}", readings.join("; ")));
                hints.push(format!(
                    "say which one is meant: `--read {path}#{number}=1`"
                ));
            }
            HunkFate::Unmapped(why) => details.push(format!("{place}: {why}")),
            HunkFate::Mapped | HunkFate::Left => {}
        }
    }
    (details, hints)
}
