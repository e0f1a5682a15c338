//! `proposals`: what teams offer to the templates of this repository, and taking it in.

mod apply;
mod offer;
mod show;
mod value;

use std::path::PathBuf;

use clap::Subcommand;

use crate::error::Result;
use crate::face::args::RegistryArgs;
use crate::face::report::{Detail, Report};
use crate::ops::Session;
use crate::ops::verbs::proposals::Options;
use crate::store::reach::Purpose;

use super::Verb;

/// Review and apply edits that teams sent
#[derive(Debug, clap::Args)]
#[command(
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = "\
Examples:
  agentpkg proposals show fix.patch             who, why, what it changes, what it lets run
  agentpkg proposals apply fix.patch --commit   merge it onto the template, as its author's commit"
)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Show(show::Args),
    Apply(apply::Args),
}

#[derive(Debug, clap::Args)]
pub struct Mails {
    /// Mails, as `agentpkg contribute` or `git format-patch` wrote them; `-` is standard input
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
    /// The folder of the template's source [default: where the mail has it]
    #[arg(long, value_name = "DIR")]
    pub template: Option<PathBuf>,
    #[command(flatten)]
    pub registry: RegistryArgs,
}

impl Mails {
    fn options(&self) -> Options {
        Options {
            files: self.files.clone(),
            template: self.template.clone(),
        }
    }
}

impl Args {
    fn verb(&self) -> &dyn Verb {
        match &self.command {
            Command::Show(args) => args,
            Command::Apply(args) => args,
        }
    }
}

impl Verb for Args {
    fn purpose(&self) -> Purpose {
        self.verb().purpose()
    }

    fn only_reads(&self) -> bool {
        self.verb().only_reads()
    }

    fn registry(&self) -> Option<&RegistryArgs> {
        self.verb().registry()
    }

    fn run(&self, session: &mut Session, detail: Detail) -> Result<Report> {
        self.verb().run(session, detail)
    }
}
