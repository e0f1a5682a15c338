//! `install`: adds templates, or brings the repository to what its lock says.

use crate::error::Result;
use crate::face::args::{PermittedRegistryArgs, RegistryArgs, setting};
use crate::face::report::change::{self, DryRun};
use crate::face::report::to_file::reported;
use crate::face::report::{Detail, Report};
use crate::model::agent::Agent;
use crate::model::version::TemplateRequest;
use crate::ops::Session;
use crate::ops::verbs::install::{Options, install};
use crate::store::config::Permits;
use crate::store::reach::Purpose;
use std::path::PathBuf;

use super::Verb;

/// Add templates, or restore what the lock file lists
#[derive(Debug, clap::Args)]
#[command(
    alias = "add",
    after_help = "\
Examples:
  agentpkg install org-baseline                      the newest release
  agentpkg install org-baseline@1.0.0                exactly this one; v1.0.0 is the same
  agentpkg install org-baseline@latest               the newest, whatever agentpkg.toml says
  agentpkg install org-baseline --set team=payments  answer a question beforehand
  agentpkg install guards --registry ../lab          from a second registry, which agentpkg.toml
                                                     then names
  agentpkg install                                   restore what a fresh clone lacks; after an edit
                                                     of agentpkg.toml, bring it about
  agentpkg install --agent cursor                    write for Cursor, too
  agentpkg install --locked                          the same in CI, where the lock may not change

What can run is shown, and you are asked. Where nobody can be asked, the exit code is 2 and the last
line is the command that approves exactly that; --report FILE.md, or -v, shows its text.
AGENTPKG_TRUST=ADDRESS trusts a registry."
)]
pub struct Args {
    /// Templates, with a version or a requirement if not the newest will do
    #[arg(value_name = "NAME[@REQ]")]
    requests: Vec<TemplateRequest>,
    /// Write for one more agent: claude, codex, cursor, copilot, gemini or opencode
    #[arg(long = "agent", value_name = "AGENT", value_parser = Agent::parse)]
    agents: Vec<Agent>,
    /// Answer a template's question
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = setting)]
    settings: Vec<(String, String)>,
    /// Approve what can run, by the code that was shown with it
    #[arg(long, value_name = "CODE")]
    approve: Vec<String>,
    /// Refuse to change agentpkg.lock
    #[arg(long, conflicts_with = "requests")]
    locked: bool,
    /// Write what was done, or what has to be approved first with all its text, to a file
    #[arg(long, value_name = "FILE.md")]
    report: Option<PathBuf>,
    /// Show what would change, and change nothing
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

    fn makes_the_folder(&self) -> bool {
        true
    }

    fn run(&self, session: &mut Session, detail: Detail) -> Result<Report> {
        let options = Options {
            requests: self.requests.clone(),
            agents: self.agents.clone(),
            settings: self.settings.clone(),
            approve: self.approve.clone(),
            locked: self.locked,
            dry_run: self.dry_run,
        };
        let outcome = reported(session, self.report.as_deref(), |session| {
            install(session, &options)
        })?;
        Ok(change::report(session, &outcome, DryRun::Names, detail))
    }
}
