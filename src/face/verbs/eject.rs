//! `eject`: what it leaves.

use crate::error::Result;
use crate::face::report::{Detail, Report, parts};
use crate::model::path::RelPath;
use crate::ops::Session;
use crate::ops::verbs::eject::{Outcome, eject};
use crate::store::reach::Purpose;
use crate::words;

use super::Verb;

/// Keep all files, and stop managing them
#[derive(Debug, clap::Args)]
#[command(
    hide = true,
    after_help = "\
Examples:
  agentpkg eject --dry-run   what would be left
  agentpkg eject             takes away markers, agentpkg.toml and agentpkg.lock"
)]
pub struct Args {
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
        Ok(report(session, &eject(session, self.dry_run)?, detail))
    }
}

fn report(session: &Session, outcome: &Outcome, detail: Detail) -> Report {
    let mut report = Report::new(detail);
    let templates = words::list(&outcome.templates);
    match outcome.applied {
        true => report.title(format!(
            "ejected {templates}: what is here is yours alone now"
        )),
        false => report.title(format!("would eject {templates} (nothing was changed)")),
    }
    parts::folder(&mut report, session);
    parts::recovered(&mut report, outcome.recovered.as_ref());
    let left: Vec<&RelPath> = outcome.left.iter().collect();
    report.row(
        "left",
        format!(
            "{}: {}",
            words::count(left.len(), "file"),
            parts::paths(&report, &left)
        ),
    );
    let gone = outcome
        .plan
        .changes
        .iter()
        .filter(|change| change.new.is_none());
    report.row("removed", words::list(gone.map(|change| &change.path)));
    if outcome.applied {
        report.gap();
        if !outcome.to_commit.is_empty() {
            parts::next_commit(&mut report, session, &outcome.to_commit);
        }
        parts::go_back(&mut report, session);
    }
    report
}
