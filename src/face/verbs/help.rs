//! `help`: what the program can do, or what one command can.

use crate::error::{Error, Result};
use crate::face::cli::{Cli, List};
use crate::face::report::{Detail, Part, Report};
use crate::ops::Session;
use crate::store::reach::Purpose;

use super::Verb;

/// Show help
#[derive(Debug, clap::Args)]
#[command(
    hide = true,
    after_help = "\
Examples:
  agentpkg help install
  agentpkg help --all     every command there is"
)]
pub struct Args {
    /// The command [default: all that a person needs]
    #[arg(value_name = "COMMAND")]
    command: Vec<String>,
    /// List every command
    #[arg(long, conflicts_with = "command")]
    all: bool,
}

impl Verb for Args {
    fn purpose(&self) -> Purpose {
        Purpose::Look
    }

    fn only_reads(&self) -> bool {
        true
    }

    fn run_alone(&self) -> Option<Result<Report>> {
        Some(self.report())
    }

    fn run(&self, _: &mut Session, _: Detail) -> Result<Report> {
        self.report()
    }
}

impl Args {
    fn report(&self) -> Result<Report> {
        let mut program = Cli::program(match self.all {
            true => List::All,
            false => List::Needed,
        });
        program.build();
        let mut command = &mut program;
        for name in &self.command {
            let Some(found) = command.find_subcommand_mut(name) else {
                let error = Error::user(format!("there is no command `{name}`"));
                return Err(error.command("agentpkg --help"));
            };
            command = found;
        }
        let help = command.render_help();
        Ok(Report::of(Part::Raw(format!("{}", help.ansi()))))
    }
}
