//! `remove`: what it took away, and what it left.

pub mod kept_files;

use crate::model::path::RelPath;
use crate::ops::Session;
use crate::ops::verbs::remove::{Options, Outcome, remove, remove_agents};
use crate::tree::Note;

use crate::error::Result;
use crate::face::args::bare;
use crate::face::report::change::{self, DryRun};
use crate::face::report::parts::{became, links};
use crate::face::report::{Detail, Report, parts};
use crate::model::agent::Agent;
use crate::model::name::TemplateName;
use crate::store::reach::Purpose;

use super::Verb;

/// Remove templates
#[derive(Debug, clap::Args)]
#[command(
    alias = "uninstall",
    after_help = "\
Examples:
  agentpkg remove org-baseline --dry-run       what would go and what would stay
  agentpkg remove org-baseline                 needs no registry: agentpkg.lock has what it brought
  agentpkg remove --keep-files org-baseline    keep what it brought; it is yours from then on
  agentpkg remove --keep-files                 all templates, agentpkg.toml and agentpkg.lock
  agentpkg remove --agent cursor               write for Cursor no longer

What you edited stays, and shared files are what they were before."
)]
pub struct Args {
    /// The templates [default with --keep-files: all]
    #[arg(
        value_name = "NAME",
        required_unless_present_any = ["keep_files", "agents"],
        value_parser = bare
    )]
    names: Vec<TemplateName>,
    /// Write no longer for an agent
    #[arg(
        long = "agent",
        value_name = "AGENT",
        value_parser = Agent::parse,
        conflicts_with_all = ["names", "keep_files"]
    )]
    agents: Vec<Agent>,
    /// Keep everything they brought as your own, managed no longer
    #[arg(long)]
    keep_files: bool,
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

    fn run(&self, session: &mut Session, detail: Detail) -> Result<Report> {
        if !self.agents.is_empty() {
            let outcome = remove_agents(session, &self.agents, self.dry_run)?;
            return Ok(change::report(session, &outcome, DryRun::Names, detail));
        }
        let options = Options {
            names: self.names.clone(),
            keep_files: self.keep_files,
            dry_run: self.dry_run,
        };
        let outcome = remove(session, &options)?;
        Ok(match self.keep_files {
            true => kept_files::report(session, &outcome, detail),
            false => report(session, &outcome, detail),
        })
    }
}

/// A person is needed where something that stays can still run.
fn report(session: &Session, outcome: &Outcome, detail: Detail) -> Report {
    let mut report = Report::new(detail);
    let gone: Vec<String> = outcome
        .moves
        .iter()
        .filter_map(|one| Some(format!("{} {}", one.name, one.from.as_ref()?)))
        .collect();
    match outcome.applied {
        true => report.title(format!("removed {}", gone.join(", "))),
        false => report.title(format!(
            "would remove {} (nothing was changed)",
            gone.join(", ")
        )),
    }
    parts::folder(&mut report, session);
    parts::recovered(&mut report, outcome.recovered.as_ref());
    became::rows_of_removal(&mut report, &outcome.rows);
    links::show(&mut report, &outcome.plan.links);
    became::notes(&mut report, &outcome.notes);
    let mut had: Vec<&RelPath> = Vec::new();
    for (path, note) in &outcome.notes {
        if matches!(note, Note::EntryUntaken(_)) && !had.contains(&path) {
            had.push(path);
        }
    }
    if !had.is_empty() {
        let text = format!(
            "entries that you had before the template: {}",
            parts::paths(&report, &had)
        );
        report.row("kept", text);
    }
    if outcome.applied {
        report.gap();
        if !outcome.to_commit.is_empty() {
            parts::next_commit(&mut report, session, &outcome.to_commit);
        }
        parts::go_back(&mut report, session);
    }
    let ended = parts::still_runs(&mut report, &outcome.notes, &outcome.still_run);
    report.ending(ended)
}
