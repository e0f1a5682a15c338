//! `eject`: the earlier name of `remove --keep-files`.

use crate::error::Result;
use crate::face::report::{Detail, Report};
use crate::ops::Session;
use crate::ops::verbs::remove::{Options, remove};
use crate::store::reach::Purpose;

use super::Verb;
use super::remove::kept_files;

/// The earlier name of `remove --keep-files`
#[derive(Debug, clap::Args)]
#[command(hide = true)]
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
        let options = Options {
            keep_files: true,
            dry_run: self.dry_run,
            ..Default::default()
        };
        let outcome = remove(session, &options)?;
        Ok(kept_files::report(session, &outcome, detail))
    }
}
