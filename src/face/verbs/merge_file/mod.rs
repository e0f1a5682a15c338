//! `merge-file`: merges three versions of a file, and sets git's merge driver up.

mod driver;
mod report;
mod value;

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::face::args::Json;
use crate::face::report::{Detail, Part, Report, json};
use crate::ops::Session;
use crate::ops::verbs::merge_driver;
use crate::ops::verbs::merge_file::{Options, merge_file};
use crate::store::reach::Purpose;

use super::Verb;

pub use driver::add_change;

/// What a merge is told, which setting the driver up is not.
const OF_A_MERGE: [&str; 7] = [
    "files", "path", "print", "markers", "explain", "json", "driver",
];

/// Merge three versions of a file; also as git's merge driver
#[derive(Debug, clap::Args)]
#[command(
    hide = true,
    after_help = "\
Examples:
  agentpkg merge-file --path .claude/settings.json OURS BASE THEIRS      OURS becomes the result
  agentpkg merge-file -p --path notes.md OURS BASE THEIRS --explain      print it, and say why
  agentpkg merge-file --install        have git use it: show what is written, and ask
  agentpkg merge-file --install --yes  the same where nobody can be asked
  agentpkg merge-file --uninstall      take out just that

--install writes lines to .gitattributes, which everybody gets, and a command to git's configuration
of this clone. Where there is no such command, or no agentpkg, git merges as text.

Exit codes: 0 merged, 1 a conflict (ours stays there), 2 an error (129 with --driver)."
)]
pub struct Args {
    /// The three versions; with --driver in git's order: BASE OURS THEIRS NAME
    #[arg(
        value_name = "FILE",
        num_args = 3..=4,
        required_unless_present_any = ["install", "uninstall"]
    )]
    files: Vec<PathBuf>,
    /// The name that the file has in its repository: it tells the kind [default: OURS]
    #[arg(long, value_name = "NAME", conflicts_with = "driver")]
    path: Option<String>,
    /// Print the result, and leave OURS as it is
    #[arg(short, long, conflicts_with = "driver")]
    print: bool,
    /// Put markers around conflicts, in files that no program reads
    #[arg(long)]
    markers: bool,
    /// Say on standard error which rule settled which lines
    #[arg(long)]
    explain: bool,
    #[command(flatten)]
    json: Json,
    /// Be the merge driver of git, which says what it wants with %O %A %B %P
    #[arg(long)]
    driver: bool,
    /// Set git's merge driver up for this repository
    #[arg(long, conflicts_with_all = OF_A_MERGE)]
    install: bool,
    /// Take out what --install wrote, and nothing else
    #[arg(long, conflicts_with_all = OF_A_MERGE, conflicts_with = "install")]
    uninstall: bool,
    /// Write it without asking
    #[arg(long, requires = "install", conflicts_with_all = OF_A_MERGE)]
    yes: bool,
    /// Show what --install or --uninstall would write, and write nothing
    #[arg(long, conflicts_with_all = OF_A_MERGE)]
    dry_run: bool,
}

impl Verb for Args {
    fn purpose(&self) -> Purpose {
        Purpose::Look
    }

    fn only_reads(&self) -> bool {
        self.json.json
    }

    fn run_alone(&self) -> Option<Result<Report>> {
        (!self.install && !self.uninstall).then(|| self.merge())
    }

    fn run(&self, session: &mut Session, detail: Detail) -> Result<Report> {
        let options = merge_driver::Options {
            yes: self.yes,
            dry_run: self.dry_run,
        };
        Ok(match (self.install, self.uninstall) {
            (true, _) => {
                let outcome = merge_driver::install(session, options)?;
                driver::installed(session, &outcome, detail)
            }
            (_, true) => {
                let outcome = merge_driver::uninstall(session, options)?;
                driver::uninstalled(session, &outcome, detail)
            }
            (false, false) => self.merge()?,
        })
    }
}

impl Args {
    fn merge(&self) -> Result<Report> {
        let options = self.options()?;
        let outcome = merge_file(&options)?;
        let mut report = Report::new(Detail::Brief);
        match (self.json.json, self.print) {
            (true, print) => {
                report = json::report("merge-file", value::value(&outcome, print));
            }
            (false, true) => report.add(Part::Contents(outcome.bytes.clone())),
            (false, false) => {}
        }
        if self.explain {
            report::explain(&mut report, &outcome);
        }
        report::add_conflicts(&mut report, &outcome, options.replace);
        Ok(report)
    }

    fn options(&self) -> Result<Options> {
        let (ours, base, theirs, name) = match (self.driver, self.files.as_slice()) {
            (true, [base, ours, theirs, name]) => (ours, base, theirs, named(name)),
            (false, [ours, base, theirs]) => {
                let name = self.path.clone().unwrap_or_else(|| named(ours));
                (ours, base, theirs, name)
            }
            (true, _) => {
                return Err(Error::user("expected four names: --driver %O %A %B %P"));
            }
            (false, _) => {
                return Err(Error::user("expected three files: OURS BASE THEIRS"));
            }
        };
        Ok(Options {
            ours: ours.clone(),
            base: base.clone(),
            theirs: theirs.clone(),
            name,
            replace: !self.print,
            markers: self.markers || self.driver,
        })
    }
}

fn named(file: &Path) -> String {
    file.to_string_lossy().into_owned()
}
