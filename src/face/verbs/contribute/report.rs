//! What is offered upstream, and where it went.

use std::path::Path;

use crate::face::report::{Detail, Ended, Part, Report};
use crate::hint::Hint;
use crate::lint::LintFinding;
use crate::ops::Session;
use crate::ops::verbs::contribute::{Delivered, Destination, Offer, Outcome, Skipped};
use crate::render::reverse::HunkFate;
use crate::words;

/// A person is needed where not all that was edited is in it.
pub fn report(session: &Session, outcome: &Outcome, detail: Detail) -> Report {
    let mut report = Report::new(detail);
    let offer = &outcome.offer;
    match &outcome.delivered {
        None => {
            let (id, template) = (offer.proposal.id.short(), &offer.proposal.template);
            report.title(format!(
                "would propose {id} for {template}; nothing was sent"
            ));
            add_offer(&mut report, offer, &outcome.destination);
        }
        Some(Delivered::Standard) => {
            report.add(Part::Raw(offer.mail.clone()));
            let (details, _) = unsettled(offer);
            if !details.is_empty() {
                report.add_to_stderr(details);
                report.end(Ended::NeedsAPerson);
            }
            return report;
        }
        Some(delivered) => {
            add_delivered(&mut report, session, offer, delivered);
            report.row(
                "then",
                "once it is released, `agentpkg upgrade` takes it out of your local changes",
            );
        }
    }
    let (details, hints) = unsettled(offer);
    if !details.is_empty() {
        report.warning("not all of what you edited is in it", details, hints);
        report.end(Ended::NeedsAPerson);
    }
    report
}

/// Where it went, and what comes next.
fn add_delivered(report: &mut Report, session: &Session, offer: &Offer, delivered: &Delivered) {
    let did = match delivered {
        Delivered::Request { updated: true, .. } => "updated the proposal",
        Delivered::Request { updated: false, .. } => "proposed",
        Delivered::Branch { .. } => "pushed the proposal",
        Delivered::File { .. } | Delivered::Standard => "wrote the proposal",
    };
    let proposal = &offer.proposal;
    let (id, template) = (proposal.id.short(), &proposal.template);
    report.title(format!("{did} {id} for {template}: {}", proposal.subject()));
    add_summary(report, offer);
    match delivered {
        Delivered::Standard => {}
        Delivered::Request { url, .. } => report.row("sent to", url),
        Delivered::Branch {
            address,
            branch,
            link,
        } => {
            report.row("sent to", format!("{branch} of {address}"));
            report.gap();
            match link {
                Some(link) => report.next("open", link),
                None => report.row("next", "open a merge request for that branch"),
            }
        }
        Delivered::File { path, why } => {
            report.row("file", shown(session, path));
            if !why.is_empty() {
                report.warning("it could not be sent", why.as_slice(), []);
            }
            report.gap();
            let keeper = offer.contact.as_deref();
            let keeper = keeper.unwrap_or("whoever keeps the template");
            let applies = match offer.has_directory {
                true => "`git am` applies it",
                false => "`agentpkg proposals apply` takes it, or `git am --directory=FOLDER`",
            };
            report.row("next", format!("send the file to {keeper}; {applies}"));
        }
    }
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
    add_summary(report, offer);
    report.row("from", proposal.author.to_string());
    report.row("to", destination.to_string());
    report.row(
        "with it",
        format!("{}, and a line in CHANGELOG.md", proposal.accepted_path()),
    );
}

fn add_summary(report: &mut Report, offer: &Offer) {
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
    for Skipped { path, why } in &offer.skipped {
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
    if tested.failed_before > 0 {
        let count = words::count(tested.failed_before, "thing");
        let said = format!("{count} that they ask for: not so in the release, either");
        report.row("tests", said);
    } else if tested.files > 0 && tested.failures.is_empty() {
        let hooks = if tested.skips_hooks {
            "; its hooks' tests are left to those who keep it"
        } else {
            ""
        };
        report.row("tests", format!("the template's tests hold with it{hooks}"));
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

fn found(finding: &LintFinding) -> String {
    let line = words::line_suffix(finding.place.line());
    format!("`{}`{line}: {}", finding.place.path, finding.message)
}

/// Returns what isn't in it because nobody said how it is meant, or because it has no place in the
/// template, and how to say it.
fn unsettled(offer: &Offer) -> (Vec<String>, Vec<Hint>) {
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
