//! `man`: the manual pages.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::face::cli::{Cli, List};
use crate::face::report::{Detail, Part, Report};
use crate::ops::Session;
use crate::store::fs;
use crate::store::reach::Purpose;

use super::Verb;

/// Write the manual pages: one for the program, and one for each command
#[derive(Debug, clap::Args)]
#[command(
    hide = true,
    after_help = "\
Examples:
  agentpkg man | man -l -
  agentpkg man --output ~/.local/share/man/man1"
)]
pub struct Args {
    /// The folder that gets a page for each command; without it the program's own page is
    /// printed
    #[arg(long, value_name = "DIR")]
    output: Option<PathBuf>,
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
        Ok(match &self.output {
            Some(folder) => {
                write_pages(folder)?;
                Report::new(Detail::Brief)
            }
            None => Report::of(Part::Raw(page())),
        })
    }
}

/// Returns the manual page of the program itself, as roff.
fn page() -> String {
    let mut page = Vec::new();
    clap_mangen::Man::new(Cli::program(List::Needed))
        .render(&mut page)
        .expect("memory takes what is written to it");
    String::from_utf8_lossy(&page).into_owned()
}

/// Writes the manual pages of the program and of each command into a folder, which is made.
///
/// # Errors
/// When the folder can't be written to.
fn write_pages(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    let program = Cli::program(List::All).mut_subcommands(|verb| verb.hide(false));
    clap_mangen::generate_to(program, folder)
        .map_err(|error| Error::io("write the manual pages to", folder.display(), &error))
}
