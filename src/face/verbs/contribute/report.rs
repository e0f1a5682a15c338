//! What is offered upstream, and where it went.

use std::path::Path;

use crate::face::report::{Detail, Ended, Hint, Part, Report};
use crate::lint::Finding;
use crate::ops::Session;
use crate::ops::verbs::contribute::{Delivered, Destination, Offer, Outcome};
use crate::render::reverse::HunkFate;
use crate::words;

/// A person is needed where not all that was edited is in it.
pub fn report(session: &Session, outcome: &Outcome, detail: Detail) -> Report {
    let mut report = Report::new(detail);
    let Outcome {
        offer,
        destination,
        delivered,
    } = outcome;
    let proposal = &offer.proposal;
    let (id, template) = (proposal.id.short(), &proposal.template);
    match delivered {
        None => {
            report.title(format!(
                "would propose {id} for {template}; nothing was sent"
            ));
            add_offer(&mut report, offer, destination);
        }
        Some(Delivered::Standard) => {
            report.add(Part::Raw(offer.mail.clone()));
            let ended = unsettled_aside(&mut report, offer);
            return report.ending(ended);
        }
        Some(Delivered::Request { url, updated, .. }) => {
            let what = if *updated {
                "updated the proposal"
            } else {
                "proposed"
            };
            report.title(format!(
                "{what} {id} for {template}: {}",
                proposal.subject()
            ));
            summary(&mut report, offer);
            report.row("sent to", url);
        }
        Some(Delivered::Branch {
            address,
            branch,
            link,
        }) => {
            report.title(format!(
                "pushed the proposal {id} for {template}: {}",
                proposal.subject()
            ));
            summary(&mut report, offer);
            report.row("sent to", format!("{branch} of {address}"));
            report.gap();
            match link {
                Some(link) => report.next("open", link),
                None => report.row("next", "open a merge request for that branch"),
            }
        }
        Some(Delivered::File { path, why }) => {
            report.title(format!(
                "wrote the proposal {id} for {template}: {}",
                proposal.subject()
            ));
            summary(&mut report, offer);
            report.row("file", &shown(session, path));
            if !why.is_empty() {
                report.warning("it could not be sent", why.clone(), []);
            }
            report.gap();
            match &offer.contact {
                Some(contact) => report.row(
                    "next",
                    format!("send the file to {contact}; `git am` applies it"),
                ),
                None => report.row(
                    "next",
                    "send the file to whoever keeps the template; `git am` applies it",
                ),
            }
        }
    }
    if delivered.is_some() {
        report.row(
            "then",
            "once it is released, `agentpkg upgrade` takes it out of your local changes",
        );
    }
    let ended = unsettled(&mut report, offer);
    report.ending(ended)
}

/// Returns a path as a person here would type it.
fn shown(session: &Session, path: &Path) -> String {
    path.strip_prefix(&session.environment.here)
        .unwrap_or(path)
        .display()
        .to_string()
}

/// Adds all that would leave the repo.
pub fn add_offer(report: &mut Report, offer: &Offer, destination: &Destination) {
    let proposal = &offer.proposal;
    report.heading(
        format!("{} {}", proposal.template, proposal.base.version),
        proposal.subject(),
    );
    if !proposal.body().is_empty() {
        report.document(proposal.body());
    }
    report.gap();
    report.diff(&offer.diff);
    report.gap();
    summary(report, offer);
    report.row("from", &proposal.author.to_string());
    report.row("to", &destination.to_string());
    report.row(
        "with it",
        format!("{}, and a line in CHANGELOG.md", proposal.accepted_path()),
    );
}

fn summary(report: &mut Report, offer: &Offer) {
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
        report.row("edit", format!("{} -> {}: {what}", file.path, file.source));
    }
    if let Some((id, sent)) = &offer.updates {
        report.row(
            "replaces",
            format!(
                "{}, sent to {} (`--separate` makes it one of its own)",
                id.short(),
                sent.at
            ),
        );
    }
    for (path, why) in &offer.left {
        report.row("left out", format!("{path}: {why}"));
    }
    if offer.installed != offer.proposal.base.version {
        let (installed, base) = (&offer.installed, &offer.proposal.base.version);
        report.row(
            "merged",
            format!("your edit is of {installed}; it was brought up to {base}"),
        );
    }
    let tested = &offer.tested;
    if tested.files > 0 && tested.failures.is_empty() {
        let hooks = if tested.skips_hooks {
            "; its hooks' tests are left to those who keep it"
        } else {
            ""
        };
        report.row(
            "tests",
            format!("the template's tests hold with it{hooks}"),
        );
    }
    if !tested.failures.is_empty() {
        let count = words::count(tested.failures.len(), "thing");
        report.warning(
            format!("{count} that the template's tests ask for would not hold"),
            tested.failures.clone(),
            [],
        );
    }
    let said: Vec<String> = offer.findings.iter().map(found).collect();
    if !said.is_empty() {
        report.warning(
            "`agentpkg lint` finds in the template with it, and not without",
            said,
            [],
        );
    }
}

fn found(finding: &Finding) -> String {
    let line = words::line_suffix(finding.line);
    format!("`{}`{line}: {}", finding.path, finding.message)
}

/// Shows what isn't in it because nobody said how it is meant, or because it has no place in the
/// template.
fn unsettled(report: &mut Report, offer: &Offer) -> Ended {
    let (details, hints) = said(offer);
    if details.is_empty() {
        return Ended::Done;
    }
    report.warning("not all of what you edited is in it", details, hints);
    Ended::NeedsAPerson
}

fn unsettled_aside(report: &mut Report, offer: &Offer) -> Ended {
    let (details, _) = said(offer);
    if details.is_empty() {
        return Ended::Done;
    }
    report.aside(details);
    Ended::NeedsAPerson
}

fn said(offer: &Offer) -> (Vec<String>, Vec<Hint>) {
    let (mut details, mut hints) = (Vec::new(), Vec::new());
    for (path, number, hunk, fate) in offer.unsettled() {
        let place = format!("`{path}` line {}", hunk.base.start + 1);
        match fate {
            HunkFate::Asked(readings) => {
                let readings: Vec<String> = readings
                    .iter()
                    .enumerate()
                    .map(|(at, one)| format!("{}: it {}", at + 1, one.meaning))
                    .collect();
                details.push(format!("{place} can be read as {}", readings.join("; ")));
                hints.push(Hint::text(format!(
                    "say which one is meant: `--read {path}#{number}=1`"
                )));
            }
            HunkFate::Unmapped(why) => details.push(format!("{place}: {why}")),
            HunkFate::Mapped | HunkFate::Left => {}
        }
    }
    (details, hints)
}
