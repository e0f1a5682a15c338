//! What goes along with the program: completions for shells, and manual pages.

use std::path::Path;

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::cli::Cli;
use crate::error::{Error, Result};
use crate::store::fs;

/// Returns the script that completes the command line in a shell.
pub fn completions(shell: Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "agentpkg", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

/// Returns the manual page of the program itself, as roff.
pub fn page() -> String {
    let mut page = Vec::new();
    clap_mangen::Man::new(Cli::command())
        .render(&mut page)
        .expect("memory takes what is written to it");
    String::from_utf8_lossy(&page).into_owned()
}

/// Writes the manual pages of the program and of each command into a folder, which is made.
///
/// # Errors
/// When the folder can't be written to.
pub fn write_pages(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    clap_mangen::generate_to(Cli::command(), folder)
        .map_err(|error| Error::io("write the manual pages to", folder.display(), &error))
}
