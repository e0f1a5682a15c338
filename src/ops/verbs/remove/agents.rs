//! `remove --agent`: an install for the agents that stay. What only the others read goes, what was
//! edited stays.

use std::collections::BTreeSet;

use crate::error::{Error, Result};
use crate::model::agent::Agent;
use crate::model::manifest::AGENTPKG_TOML;
use crate::words;

use crate::ops::Session;
use crate::ops::steps::change::{self, Outcome, Run};
use crate::ops::steps::command_line::CommandLine;
use crate::ops::steps::repo::Repo;
use crate::ops::steps::target::TargetState;

/// Writes no longer for some agents.
///
/// # Errors
/// Where nothing is written for one of them, or for no other.
pub fn remove_agents(session: &mut Session, agents: &[Agent], dry_run: bool) -> Result<Outcome> {
    let mut command = "remove".to_owned();
    for agent in agents {
        command += &format!(" --agent {agent}");
    }
    change::change(
        session,
        &Run {
            command,
            settings: Vec::new(),
            approve: Vec::new(),
            dry_run,
            commits: false,
            in_review: false,
            read: Repo::read,
            wish: &|session, repo| wish(session, repo, agents),
        },
    )
}

fn wish(session: &Session, repo: &Repo, agents: &[Agent]) -> Result<TargetState> {
    let lock = repo.installed(session)?;
    let written = repo.manifest.agents.as_ref().unwrap_or(&lock.inputs.agents);
    for agent in agents {
        if !written.contains(agent) {
            let written = words::list(written);
            return Err(Error::user(format!(
                "nothing is written for `{agent}` here, but for {written}"
            ))
            .note("nothing was changed"));
        }
    }
    let mut staying = written.clone();
    staying.retain(|agent| !agents.contains(agent));
    if staying.is_empty() {
        return Err(Error::user("no agent would be left to write for")
            .note("nothing was changed")
            .command(
                CommandLine::new(session, "install")
                    .word("--agent")
                    .word("NAME"),
            )
            .hint(format!(
                "or remove the templates that `{AGENTPKG_TOML}` names"
            )));
    }
    let mut manifest = repo.manifest.clone();
    manifest.agents = Some(staying);
    Ok(TargetState {
        manifest,
        unversioned: Vec::new(),
        latest: Vec::new(),
        held: lock.inputs.releases.clone(),
        named: Vec::new(),
        locked: false,
        restore: BTreeSet::new(),
        marks: true,
        upgrades: false,
    })
}
