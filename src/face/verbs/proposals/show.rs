//! `proposals show`: who offers what, and whether it can be applied.

use std::path::Path;

use crate::error::Result;
use crate::face::args::{Json, RegistryArgs};
use crate::face::report::{Detail, Ended, Report, json, parts};
use crate::face::verbs::Verb;
use crate::model::path::RelPath;
use crate::ops::Session;
use crate::ops::steps::command_line::CommandLine;
use crate::ops::verbs::proposals::{self, ProposalPreview, ReviewedProposal};
use crate::store::config::By;
use crate::store::reach::Purpose;

use super::Mails;
use super::offer::{add_changes, add_findings, add_fit, add_next_version, add_runs};
use super::value::value;

/// Show who offers what, what it lets run, whether it merges, and which version is next
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  agentpkg proposals show fix.patch
  agentpkg proposals show - < fix.patch
  agentpkg proposals show fix.patch --json

Nothing of a proposal runs. Exit codes: 0 it can be applied and published, 1 a person has to mend
something, 2 it is no proposal.")]
pub struct Args {
    #[command(flatten)]
    mails: Mails,
    #[command(flatten)]
    json: Json,
}

impl Verb for Args {
    fn purpose(&self) -> Purpose {
        Purpose::Look
    }

    fn only_reads(&self) -> bool {
        true
    }

    fn registry(&self) -> Option<&RegistryArgs> {
        Some(&self.mails.registry)
    }

    fn run(&self, session: &mut Session, detail: Detail) -> Result<Report> {
        let shown = proposals::preview(session, &self.mails.options())?;
        let is_sound = shown.proposals.iter().all(ReviewedProposal::is_sound);
        Ok(match self.json.json {
            true => json::report("proposals show", value(session, &shown)),
            false => report(session, &shown, &self.mails, detail),
        }
        .ending(Ended::needs_a_person_if(!is_sound)))
    }
}

/// One proposal after the other.
fn report(session: &Session, shown: &ProposalPreview, mails: &Mails, detail: Detail) -> Report {
    let mut report = Report::new(detail);
    for (number, offer) in shown.proposals.iter().enumerate() {
        if number > 0 {
            report.gap();
        }
        add_head(&mut report, session, shown, offer);
        add_changes(&mut report, &offer.changes);
        report.gap();
        add_runs(&mut report, offer, true);
        add_findings(&mut report, offer);
        add_fit(&mut report, offer);
        if offer.breaks() {
            report.row("refused", "`publish` would refuse the template with this");
        }
        add_next_version(&mut report, offer);
    }
    let fitting: Vec<&Path> = shown
        .proposals
        .iter()
        .filter(|offer| offer.fit.applies())
        .map(|offer| offer.file.as_path())
        .collect();
    if !fitting.is_empty() {
        report.gap();
        report.next("to accept", accepting(session, &fitting, mails));
    }
    report
}

/// Who offers what, and why.
fn add_head(
    report: &mut Report,
    session: &Session,
    shown: &ProposalPreview,
    offer: &ReviewedProposal,
) {
    let proposal = offer.proposal();
    let title = format!("{}: {}", proposal.id.short(), proposal.subject());
    match offer.is_sound() {
        true => report.title(title),
        false => report.warn_title(title),
    }
    parts::folder(report, session);
    report.row("by", format!("{}, {}", proposal.author, proposal.date()));
    let sender = &offer.mail.sender;
    if !sender.contains(&proposal.author.email) {
        report.row("sent by", sender);
    }
    for line in proposal.body().lines() {
        report.row("", line);
    }
    let base = format!("{} {}", proposal.template, proposal.base.version);
    let moved = if offer.version == proposal.base.version {
        String::new()
    } else {
        format!("; it is {} here", offer.version)
    };
    report.row(
        "changes",
        format!("{base}, in `{}`{moved}", folder(offer.folder.as_ref())),
    );
    report.row("registry", registry(shown));
}

fn folder(folder: Option<&RelPath>) -> &str {
    folder.map_or(".", RelPath::as_str)
}

fn registry(shown: &ProposalPreview) -> String {
    match shown.registry.by {
        By::Nobody if !shown.registry.address.is_embedded() => {
            format!("{}, in this repository", shown.registry.address)
        }
        _ => parts::registry(&shown.registry),
    }
}

/// Returns the command that applies some of the proposals that were shown.
fn accepting(session: &Session, files: &[&Path], mails: &Mails) -> CommandLine {
    let mut line = CommandLine::next(session, "proposals apply");
    for file in files {
        line = line.file(&file.display().to_string());
    }
    match &mails.template {
        Some(folder) => line.option("--template", &folder.display().to_string()),
        None => line,
    }
}
