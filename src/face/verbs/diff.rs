//! `diff`: what the team changed against what was installed.

use crate::error::Result;
use crate::face::args::Json;
use crate::face::report::{Detail, Report, json};
use crate::ops::Session;
use crate::ops::verbs::diff::{FileDiff, Options, diff};
use crate::store::reach::Purpose;
use crate::tree::State;
use serde_json::{Value, json};

use super::Verb;

/// Show your edits
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  agentpkg diff
  agentpkg diff org-baseline
  agentpkg diff .claude/settings.json")]
pub struct Args {
    /// Templates, files or folders [default: all]
    #[arg(value_name = "NAME|PATH")]
    only: Vec<String>,
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

    fn run(&self, session: &mut Session, detail: Detail) -> Result<Report> {
        let options = Options {
            only: self.only.clone(),
        };
        let files = diff(session, &options)?;
        Ok(match self.json.json {
            true => json::report("diff", value(session, &files)),
            false => report(&files, detail),
        })
    }
}

fn report(files: &[FileDiff], detail: Detail) -> Report {
    let mut report = Report::new(detail);
    if files.is_empty() {
        report.text("no changes to what the templates wrote");
    }
    for file in files {
        match file.state {
            State::Deleted => report.heading(file.path.as_str(), "deleted"),
            State::Moved => report.heading(file.path.as_str(), moved(file)),
            State::Missing => report.heading(
                file.path.as_str(),
                "missing; `agentpkg install` restores it",
            ),
            State::Elsewhere => report.heading(
                file.path.as_str(),
                "in a part of the repository that this checkout doesn't have",
            ),
            State::Reformatted => report.heading(
                file.path.as_str(),
                "reformatted: the same words in another layout",
            ),
            State::Broken => {
                report.heading(file.path.as_str(), "broken; `agentpkg check` says why")
            }
            _ if file.unified.is_empty() => report.heading(file.path.as_str(), "edited; not text"),
            _ => {}
        }
        if !matches!(
            file.state,
            State::Moved | State::Deleted | State::Missing | State::Elsewhere | State::Broken
        ) {
            report.diff(&file.unified);
        }
    }
    report
}

fn moved(file: &FileDiff) -> String {
    file.moved
        .as_ref()
        .map_or_else(|| "moved".to_owned(), |to| format!("moved to {to}"))
}

fn value(session: &Session, files: &[FileDiff]) -> Value {
    json!({ "root": json::root(session), "files": json::list(files, file) })
}

fn file(file: &FileDiff) -> Value {
    let state = json::state(file.state);
    json!({ "path": file.path, "state": state, "diff": file.unified })
}
