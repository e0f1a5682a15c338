//! `cache`: what is kept of registries on other machines.

use crate::error::Result;
use crate::face::report::{Detail, Report};
use crate::ops::Session;
use crate::ops::verbs::cache::{Outcome, cache};
use crate::store::reach::Purpose;
use crate::words;

use super::Verb;

/// Show or clear what is kept of registries on other machines
#[derive(Debug, clap::Args)]
#[command(hide = true)]
pub struct Args {
    /// Throw it away
    #[arg(long)]
    clear: bool,
}

impl Verb for Args {
    fn purpose(&self) -> Purpose {
        Purpose::Look
    }

    fn only_reads(&self) -> bool {
        true
    }

    fn run(&self, session: &mut Session, detail: Detail) -> Result<Report> {
        Ok(report(&cache(session, self.clear)?, detail))
    }
}

fn report(outcome: &Outcome, detail: Detail) -> Report {
    let mut report = Report::new(detail);
    let Outcome {
        folder,
        kept,
        cleared,
    } = outcome;
    let files = words::count(kept.files, "file");
    let size = format!("{files}, {} KiB", kept.bytes.div_ceil(1024));
    match cleared {
        true => report.title(format!("removed {size}")),
        false => report.title(size),
    }
    report.row("folder", folder.display().to_string());
    if !cleared && kept.files > 0 {
        report.gap();
        report.next("to clear", "agentpkg cache --clear");
    }
    report
}
