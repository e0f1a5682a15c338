//! `contribute`: offers edits to those who keep the template.

mod report;

use std::path::PathBuf;

use crate::error::{Error, Result};
use crate::face::report::{Detail, Report};
use crate::ops::Session;
use crate::ops::verbs::contribute::{HunkReading, Options, Output, contribute};
use crate::store::reach::Purpose;

use super::Verb;

pub use report::add_offer;

/// Send your edits back to the template
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  agentpkg contribute org-baseline -m \"Say why pushes wait\"  what you edited of a template
  agentpkg contribute .claude/rules/a.md -m \"…\"              one file, or what is below a folder
  agentpkg contribute -m \"…\" --dry-run                       show what would leave the repository
  agentpkg contribute -m \"…\" --output change.patch           a mail for `git am`; nothing is sent
  agentpkg contribute -m \"…\" --read CLAUDE.md#2=1            read hunk 2, which can be read in
                                                             several ways, in the first; =0 leaves
                                                             it out

The edit is turned into an edit of the template's source, and checked: it renders to exactly your
files. Once released, it is no longer a local change, for you or anyone else with the same edit.")]
pub struct Args {
    /// A template, or files and folders of one [default: the one that was edited]
    #[arg(value_name = "NAME|PATH")]
    wanted: Vec<String>,
    /// Why: the first line is the title
    #[arg(short, long = "message", value_name = "WHY")]
    message: Option<String>,
    /// Entries that you added to shared files go along: permissions and servers
    #[arg(long)]
    with_additions: bool,
    /// How the Nth hunk of a file is meant, where it can be read in more ways than one
    #[arg(long, value_name = "PATH#HUNK=N", value_parser = reading)]
    read: Vec<HunkReading>,
    /// Write the patch there, or to standard output (`-`), and send nothing
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Send it without asking
    #[arg(short, long)]
    yes: bool,
    /// Make it a proposal of its own, although one that was sent has some of it
    #[arg(long)]
    separate: bool,
    /// Show what would be sent
    #[arg(short = 'n', long)]
    dry_run: bool,
}

impl Verb for Args {
    fn purpose(&self) -> Purpose {
        Purpose::Change
    }

    /// A patch on standard output is what was asked for.
    fn only_reads(&self) -> bool {
        self.output
            .as_ref()
            .is_some_and(|output| output.as_os_str() == "-")
    }

    fn run(&self, session: &mut Session, detail: Detail) -> Result<Report> {
        let outcome = contribute(session, &self.options())?;
        Ok(report::report(session, &outcome, detail))
    }
}

impl Args {
    fn options(&self) -> Options {
        Options {
            wanted: self.wanted.clone(),
            why: self.message.clone(),
            additions: self.with_additions,
            readings: self.read.clone(),
            output: self
                .output
                .as_ref()
                .map(|output| match output.as_os_str() == "-" {
                    true => Output::Standard,
                    false => Output::File(output.clone()),
                }),
            yes: self.yes,
            separate: self.separate,
            dry_run: self.dry_run,
        }
    }
}

/// Reads `PATH#HUNK=N`.
fn reading(text: &str) -> Result<HunkReading, Error> {
    split_reading(text).ok_or_else(|| {
        Error::user(format!("`{text}` doesn't name a hunk and a reading"))
            .command("--read CLAUDE.md#2=1")
    })
}

fn split_reading(text: &str) -> Option<HunkReading> {
    let (path, rest) = text.rsplit_once('#')?;
    let (hunk, reading) = rest.split_once('=')?;
    Some(HunkReading {
        path: path.parse().ok()?,
        hunk: hunk.parse().ok()?,
        reading: reading.parse().ok()?,
    })
}
