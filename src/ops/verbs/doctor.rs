//! `doctor`: whether the agents in use run the hooks of templates now, from this folder and in this
//! shell.
//!
//! **The only command that starts an agent's program**: with `--version`, with a deadline, outside
//! of the repository.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::agent::definition;
use crate::agent::gate::{Gate, VersionFrom};
use crate::error::{Error, Result};
use crate::model::agent::Agent;
use crate::store::agent_program::AgentProgram;

use crate::ops::Session;
use crate::ops::steps::gate::{self, AgentHooks, GateView};
use crate::ops::steps::repo::Repo;

/// What was found.
pub struct Outcome {
    /// The folder that agents are taken to be started in.
    pub from: PathBuf,
    /// The agents that files are written for.
    pub agents: Vec<Diagnosis>,
    /// Why git can't say what it knows of the files, if it can't.
    pub silent_git: Option<Error>,
}

/// An agent, its program and its hooks.
pub struct Diagnosis {
    pub hooks: AgentHooks,
    /// Nothing where nobody looked: it has no hooks of templates, or no known program.
    pub program: Option<AgentProgram>,
}

/// Looks at every agent that files are written for.
pub fn doctor(session: &Session) -> Result<Outcome> {
    let repo = Repo::read(&session.workspace)?;
    let lock = repo.installed(session)?;
    let mut programs = BTreeMap::new();
    for agent in &lock.inputs.agents {
        let gate = definition(*agent).gate;
        let is_asked =
            |gate: &&Gate| gate.version != VersionFrom::Unknown && gate::has_hooks(gate, lock);
        if let Some(gate) = gate.filter(is_asked) {
            let root = session.workspace.root();
            let program = AgentProgram::look_for(gate.program, gate.version, root);
            programs.insert(*agent, program);
        }
    }
    let versions: BTreeMap<Agent, String> = programs
        .iter()
        .filter_map(|(agent, program)| Some((*agent, program.version()?.to_owned())))
        .collect();
    let mut agents = Vec::new();
    let GateView {
        start,
        agents: found,
        silent_git,
    } = gate::look_from_here(session, lock, &versions)?;
    for hooks in found {
        let program = programs.remove(&hooks.agent);
        agents.push(Diagnosis { hooks, program });
    }
    Ok(Outcome {
        from: start.cwd,
        agents,
        silent_git,
    })
}
