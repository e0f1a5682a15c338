//! `remove --agent`: an install for the agents that stay. What only the others read goes, what was
//! edited stays.

use std::collections::BTreeSet;

use crate::error::{Error, Result};
use crate::model::agent::Agent;

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
            let titles: Vec<&str> = written.iter().map(|agent| agent.title()).collect();
            let (agent, titles) = (agent.title(), titles.join(", "));
            return Err(
                Error::user(format!("{agent} is not among the agents here: {titles}"))
                    .note("nothing was changed"),
            );
        }
    }
    let mut staying = written.clone();
    staying.retain(|agent| !agents.contains(agent));
    if staying.is_empty() {
        let error = Error::user("no agent would be left to write for").note("nothing was changed");
        let mut others = Agent::ALL.into_iter();
        return Err(match others.find(|agent| !written.contains(agent)) {
            Some(other) => {
                let command = CommandLine::new(session, "install");
                error.hint_command(
                    "add another one first",
                    command.option("--agent", other.as_str()),
                )
            }
            None => error,
        });
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
