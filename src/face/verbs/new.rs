//! `new`: makes a template.

use crate::agent::definition::{SourceFolder, places};
use crate::error::Result;
use crate::face::report::{Detail, Report, parts};
use crate::model::name::TemplateName;
use crate::model::path::RelPath;
use crate::ops::Session;
use crate::ops::verbs::new::{Options, Outcome, new};
use crate::store::reach::Purpose;
use crate::words;
use std::path::PathBuf;

use super::Verb;

/// Create a template
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  agentpkg new reviewer && agentpkg lint reviewer && agentpkg test reviewer
  agentpkg new house --from ../shop   of the agent files that a repository has")]
pub struct Args {
    /// Its name, and its folder
    name: TemplateName,
    /// Take the agent files of a repository: installed there, it gives each agent what another had
    #[arg(long, value_name = "REPO")]
    from: Option<PathBuf>,
}

impl Verb for Args {
    fn purpose(&self) -> Purpose {
        Purpose::Change
    }

    fn only_reads(&self) -> bool {
        false
    }

    fn run(&self, session: &mut Session, detail: Detail) -> Result<Report> {
        let options = Options {
            name: self.name.clone(),
            from: self.from.clone(),
        };
        Ok(report(&new(session, &options)?, detail))
    }
}

fn report(outcome: &Outcome, detail: Detail) -> Report {
    let mut report = Report::new(detail);
    let Outcome {
        name,
        folder,
        files,
        left,
    } = outcome;
    let place = words::path_quoted(&folder.display().to_string());
    report.title(format!("made the template {name}"));
    let paths = parts::paths(&report, &files.iter().collect::<Vec<_>>());
    report.row(
        "files",
        format!("{} in {place}: {paths}", words::count(files.len(), "file")),
    );
    let for_one: Vec<&RelPath> = files
        .iter()
        .filter(|path| is_a_rule_for_one(path))
        .collect();
    if !for_one.is_empty() {
        let paths = parts::paths(&report, &for_one);
        let note = format!("{paths}: below `rules/`, every agent would have them");
        report.row("for one", note);
    }
    for (path, why) in left {
        report.row("left out", format!("{path}: {why}"));
    }
    report.gap();
    report.next("look", format!("agentpkg lint {place}"));
    report.next("try", format!("agentpkg test {place}"));
    report.next(
        "publish",
        format!("agentpkg publish {place} --registry registry"),
    );
    report
}

/// Returns whether a template has a rule as one agent alone reads it, at the path where that was.
fn is_a_rule_for_one(path: &RelPath) -> bool {
    let mut rules = places().filter(|(_, place)| place.from == SourceFolder::Rules);
    rules.any(|(_, place)| path.below(&format!("files/{}", place.to)).is_some())
}
