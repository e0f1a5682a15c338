//! `proposals apply`: merges proposals onto the templates as they are now.

use std::path::Path;

use crate::error::Result;
use crate::face::args::RegistryArgs;
use crate::face::report::{Detail, Ended, Report, parts};
use crate::face::verbs::Verb;
use crate::model::path::RelPath;
use crate::ops::Session;
use crate::ops::steps::command_line::CommandLine;
use crate::ops::verbs::proposals::{AcceptMode, Outcome, ReviewedProposal, apply};
use crate::store::config::By;
use crate::store::reach::Purpose;
use crate::store::registry::Target;
use crate::words;

use super::Mails;
use super::offer::{add_changes, add_findings, add_fit, add_next_version, add_runs};

/// Merge proposals onto the templates as they are now, each with its record and its credit
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  agentpkg proposals apply fix.patch
  agentpkg proposals apply one.patch two.patch --commit      in this order, all or none
  agentpkg proposals apply fix.patch --template templates/x  where the folder has another name here
  agentpkg undo                                              take it back

The version in template.toml stays: the next one is suggested.")]
pub struct Args {
    #[command(flatten)]
    mails: Mails,
    /// Commit each, with its author, its reasons and its trailers; git's hooks and filters run,
    /// as with `git commit`
    #[arg(long, conflicts_with = "dry_run")]
    commit: bool,
    /// Show what would change, and change nothing
    #[arg(long)]
    dry_run: bool,
}

impl Verb for Args {
    fn purpose(&self) -> Purpose {
        Purpose::Change
    }

    fn only_reads(&self) -> bool {
        false
    }

    fn registry(&self) -> Option<&RegistryArgs> {
        Some(&self.mails.registry)
    }

    fn run(&self, session: &mut Session, detail: Detail) -> Result<Report> {
        let mode = AcceptMode {
            commit: self.commit,
            dry_run: self.dry_run,
        };
        let outcome = apply(session, &self.mails.options(), mode)?;
        Ok(report(session, &outcome, detail))
    }
}

/// A person is needed where `publish` would refuse the template now.
fn report(session: &Session, outcome: &Outcome, detail: Detail) -> Report {
    let mut report = Report::new(detail);
    let offers = &outcome.shown.proposals;
    let names: Vec<String> = offers
        .iter()
        .map(|offer| offer.proposal().id.short())
        .collect();
    let names = names.join(", ");
    match outcome.applied {
        true => report.title(format!("applied {names}")),
        false => report.title(format!("would apply {names} (nothing was changed)")),
    }
    parts::folder(&mut report, session);
    parts::recovered(&mut report, outcome.recovered.as_ref());
    for offer in offers {
        let proposal = offer.proposal();
        let (id, subject) = (proposal.id.short(), proposal.subject());
        report.row(
            &id,
            format!(
                "{subject} ({}, to {})",
                proposal.author.name, proposal.template
            ),
        );
        add_fit(&mut report, offer);
        add_runs(&mut report, offer, false);
        if !offer.findings.is_empty() {
            add_findings(&mut report, offer);
        }
    }
    let paths: Vec<&RelPath> = outcome
        .plan
        .changes
        .iter()
        .map(|change| &change.path)
        .collect();
    report.row(
        "changed",
        format!(
            "{}: {}",
            words::count(paths.len(), "file"),
            parts::paths(&report, &paths)
        ),
    );
    if outcome.committed {
        let by = if offers.len() == 1 {
            "by its author"
        } else {
            "each by its author"
        };
        report.row(
            "committed",
            format!("{}, {by}", words::count(offers.len(), "commit")),
        );
    }
    if !outcome.applied {
        for offer in offers {
            add_changes(&mut report, &offer.changes);
        }
    }
    add_next(&mut report, session, outcome, &paths);
    let breaks = offers.iter().any(ReviewedProposal::breaks);
    report.ending(Ended::needs_a_person_if(breaks))
}

/// Adds what to type next, for each template.
fn add_next(report: &mut Report, session: &Session, outcome: &Outcome, paths: &[&RelPath]) {
    report.gap();
    let mut folders: Vec<Option<&RelPath>> = Vec::new();
    for offer in outcome.shown.proposals.iter().rev() {
        if folders.contains(&offer.folder.as_ref()) {
            continue;
        }
        folders.push(offer.folder.as_ref());
        add_next_version(report, offer);
        if !outcome.applied {
            continue;
        }
        let version = offer
            .next
            .as_ref()
            .map_or(&offer.becomes, |next| (&next.version).max(&offer.becomes));
        let root = session.workspace.root();
        let place = offer
            .folder
            .as_ref()
            .map_or(root.to_path_buf(), |folder| folder.under(root));
        let place = from_here(session, &place);
        if outcome.shown.proposals.iter().any(ReviewedProposal::breaks) {
            let lint = CommandLine::new(session, "lint").file(&place);
            report.next("mend", lint);
        }
        let line = CommandLine::next(session, "publish").file(&place);
        let line = line
            .option("--bump", &version.to_string())
            .flag("--prepare");
        report.next("prepare", with_registry(session, outcome, line));
    }
    if !outcome.applied {
        return;
    }
    if outcome.committed {
        let number = outcome.shown.proposals.len();
        report.next(
            "go back",
            format!("{} reset --keep HEAD~{number}", session.git()),
        );
    } else {
        report.next(
            "commit",
            format!(
                "{} add {}",
                session.git(),
                parts::to_commit(paths.iter().copied())
            ),
        );
        parts::go_back(report, session);
    }
}

/// Returns a command that publishes, with the registry where it has to be named.
fn with_registry(session: &Session, outcome: &Outcome, line: CommandLine) -> CommandLine {
    let registry = &outcome.shown.registry;
    if registry.by != By::Nobody {
        return line;
    }
    match registry.address.target() {
        Target::Folder(folder) => line.option("--registry", &from_here(session, folder)),
        Target::Git(repository) => line.option("--registry", &repository.to_string()),
        Target::Embedded | Target::Web(_) | Target::Unknown(_) => line.option("--registry", "DIR"),
    }
}

/// Returns a folder as it is named from the current one.
fn from_here(session: &Session, place: &Path) -> String {
    match place.strip_prefix(&session.environment.here) {
        Ok(below) if below.as_os_str().is_empty() => ".".to_owned(),
        Ok(below) => below.display().to_string(),
        Err(_) => place.display().to_string(),
    }
}
