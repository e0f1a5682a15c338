//! `completions`: a script that completes the command line in a shell.

use clap_complete::Shell;

use crate::error::Result;
use crate::face::cli::{Cli, List};
use crate::face::report::{Detail, Part, Report};
use crate::ops::Session;
use crate::store::reach::Purpose;

use super::Verb;

/// Print the completions of a shell
#[derive(Debug, clap::Args)]
#[command(
    hide = true,
    after_help = "\
Examples:
  agentpkg completions bash > ~/.local/share/bash-completion/completions/agentpkg
  agentpkg completions fish > ~/.config/fish/completions/agentpkg.fish"
)]
pub struct Args {
    /// The shell
    shell: Shell,
}

impl Verb for Args {
    fn purpose(&self) -> Purpose {
        Purpose::Look
    }

    fn only_reads(&self) -> bool {
        true
    }

    fn run_alone(&self) -> Option<Result<Report>> {
        Some(Ok(self.report()))
    }

    fn run(&self, _: &mut Session, _: Detail) -> Result<Report> {
        Ok(self.report())
    }
}

impl Args {
    fn report(&self) -> Report {
        let mut script = Vec::new();
        clap_complete::generate(
            self.shell,
            &mut Cli::program(List::Needed),
            "agentpkg",
            &mut script,
        );
        Report::of(Part::Raw(String::from_utf8_lossy(&script).into_owned()))
    }
}
