//! `upgrade`: brings templates to a newer release, keeping local edits.

use super::undo;
use crate::error::Result;
use crate::face::args::{PermittedRegistryArgs, RegistryArgs, setting};
use crate::face::report::change::{self, DryRun};
use crate::face::report::to_file::reported;
use crate::face::report::{Detail, Report};
use crate::model::version::TemplateRequest;
use crate::ops::Session;
use crate::ops::verbs::undo::abort;
use crate::ops::verbs::upgrade::{Options, upgrade};
use crate::store::config::Permits;
use crate::store::reach::Purpose;
use std::path::PathBuf;

use super::Verb;

/// What `upgrade` is told, which going back from one is not.
const OF_AN_UPGRADE: [&str; 10] = [
    "requests",
    "settings",
    "approve",
    "restore",
    "unsigned",
    "insecure",
    "registry",
    "commit",
    "report",
    "approve_in_review",
];

/// Move to newer versions, keeping your edits
#[derive(Debug, clap::Args)]
#[command(
    alias = "update",
    after_help = "\
Examples:
  agentpkg upgrade                                   everything, as far as agentpkg.toml admits
  agentpkg upgrade org-baseline --dry-run            one template; show every change as a diff
  agentpkg upgrade org-baseline@^2                   to another line of releases, or back: @=1.0.0
  agentpkg upgrade --restore .claude/rules/a.md      bring back a file that you deleted; many:
                                                     --restore '.claude/skills/**'
  agentpkg upgrade --registry ../agents              move all templates to another registry
  agentpkg upgrade --commit --report body.md         in CI: a commit, and a merge request's text
  agentpkg upgrade --commit --approve-in-review --report body.md
                                                     the same; whoever merges approves what can run
  agentpkg upgrade --abort                           back to before, keeping edits made since

Where you and the release changed one place, yours stays and agentpkg.lock remembers both sides for
`agentpkg resolve`. At a terminal, prose gets markers around both."
)]
pub struct Args {
    /// Templates [default: all], with a requirement to move to another line of releases
    #[arg(value_name = "NAME[@REQ]")]
    requests: Vec<TemplateRequest>,
    /// Answer a template's question, or change an answer
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = setting)]
    settings: Vec<(String, String)>,
    /// Approve what can run, by the code that was shown with it
    #[arg(long, value_name = "CODE")]
    approve: Vec<String>,
    /// Bring back a file, a block or settings that were deleted here; a pattern for many files
    #[arg(long, value_name = "PATH")]
    restore: Vec<String>,
    /// Commit what was changed, with a message that lists it; for machines that open merge
    /// requests. Git's hooks and filters run, as with `git commit`
    #[arg(long, conflicts_with = "dry_run")]
    commit: bool,
    /// Have whoever merges the commit approve what it can run: the lock and the report say so
    #[arg(long, requires = "commit", conflicts_with = "approve")]
    approve_in_review: bool,
    /// Write the body of a merge request: what needs a person, what can run with all its text, the
    /// changelog, kept edits
    #[arg(long, value_name = "FILE.md")]
    report: Option<PathBuf>,
    /// Go back to before the upgrade whose conflicts are open
    #[arg(long, conflicts_with_all = OF_AN_UPGRADE)]
    abort: bool,
    /// Show what would change as diffs, and change nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    from: PermittedRegistryArgs,
}

impl Verb for Args {
    fn purpose(&self) -> Purpose {
        Purpose::Change
    }

    fn only_reads(&self) -> bool {
        false
    }

    fn registry(&self) -> Option<&RegistryArgs> {
        Some(&self.from.registry)
    }

    fn permits(&self) -> Permits {
        self.from.permits()
    }

    fn run(&self, session: &mut Session, detail: Detail) -> Result<Report> {
        if self.abort {
            let outcome = abort(session, self.dry_run)?;
            return Ok(undo::report(session, &outcome, detail));
        }
        let options = Options {
            requests: self.requests.clone(),
            settings: self.settings.clone(),
            approve: self.approve.clone(),
            restore: self.restore.clone(),
            commit: self.commit,
            approve_in_review: self.approve_in_review,
            dry_run: self.dry_run,
        };
        let outcome = reported(session, self.report.as_deref(), |session| {
            upgrade(session, &options)
        })?;
        Ok(change::report(session, &outcome, DryRun::Diffs, detail))
    }
}
