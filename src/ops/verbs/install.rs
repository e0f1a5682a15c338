//! `install`: add templates, restore a fresh clone, or bring about what agentpkg.toml says.

use std::collections::BTreeSet;

use crate::error::{Error, Result};
use crate::model::agent::Agent;
use crate::model::lock::AGENTPKG_LOCK;
use crate::model::manifest::{AGENTPKG_TOML, Manifest, Wanted};
use crate::model::name::TemplateName;
use crate::model::version::{RequestedVersion, Requirement, TemplateRequest};

use crate::ops::Session;
use crate::ops::steps::change::{self, Outcome, Run};
use crate::ops::steps::command_line::CommandLine;
use crate::ops::steps::repo::Repo;
use crate::ops::steps::target::TargetState;

/// What to install.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Templates to add, or to move to another release.
    pub requests: Vec<TemplateRequest>,
    /// Agents to write for besides those that agentpkg.toml names.
    pub agents: Vec<Agent>,
    /// Answers given on the command line.
    pub settings: Vec<(String, String)>,
    /// Codes that approve what would be able to run or to do more.
    pub approve: Vec<String>,
    /// Whether to refuse to change the lock.
    pub locked: bool,
    /// Whether to stop before anything is written.
    pub dry_run: bool,
}

/// Installs.
pub fn install(session: &mut Session, options: &Options) -> Result<Outcome> {
    let mut command = "install".to_owned();
    for request in &options.requests {
        command += &format!(" {request}");
    }
    for agent in &options.agents {
        command += &format!(" --agent {agent}");
    }
    change::change(
        session,
        &Run {
            command,
            settings: options.settings.clone(),
            approve: options.approve.clone(),
            dry_run: options.dry_run,
            commits: false,
            in_review: false,
            read: Repo::rejoin,
            wish: &|session, repo| wish(session, repo, options),
        },
    )
}

/// What is locked stays, unless it is asked to move.
fn wish(session: &Session, repo: &Repo, options: &Options) -> Result<TargetState> {
    asks_for_something(session, repo, options)?;
    let mut manifest = repo.manifest.clone();
    let unversioned = ask_for(&mut manifest, &options.requests);
    add_agents(repo, &mut manifest, &options.agents);
    let mut held = repo
        .lock
        .as_ref()
        .map(|lock| lock.inputs.releases.clone())
        .unwrap_or_default();
    for request in options
        .requests
        .iter()
        .filter(|request| request.asked != RequestedVersion::Any)
    {
        held.remove(&request.name);
    }
    let named = options
        .requests
        .iter()
        .map(|request| request.name.clone())
        .collect();
    Ok(TargetState {
        manifest,
        unversioned,
        latest: TemplateRequest::latest(&options.requests),
        held,
        named,
        locked: options.locked,
        restore: BTreeSet::new(),
        marks: true,
        upgrades: false,
    })
}

/// An install of nothing in a repo that wants nothing is a question.
fn asks_for_something(session: &Session, repo: &Repo, options: &Options) -> Result<()> {
    if options.requests.is_empty() && repo.manifest.templates.is_empty() && repo.lock.is_none() {
        return Err(Error::user(format!(
            "there is no template to install: `{AGENTPKG_TOML}` names none"
        ))
        .command(CommandLine::again(session).word("NAME"))
        .command(CommandLine::next(session, "search")));
    }
    if options.locked && repo.lock.is_none() {
        return Err(Error::user(format!(
            "`--locked` needs an `{AGENTPKG_LOCK}`, and there is none"
        ))
        .hint("run `agentpkg install` where it may write, and commit what it wrote"));
    }
    Ok(())
}

/// Adds agents to those of agentpkg.toml; where it names none, to those that are locked. At a first
/// install they are all: who names some means these.
fn add_agents(repo: &Repo, manifest: &mut Manifest, agents: &[Agent]) {
    if agents.is_empty() {
        return;
    }
    let mut all = match (&manifest.agents, &repo.lock) {
        (Some(agents), _) => agents.clone(),
        (None, Some(lock)) => lock.inputs.agents.clone(),
        (None, None) => Vec::new(),
    };
    for agent in agents {
        if !all.contains(agent) {
            all.push(*agent);
        }
    }
    manifest.agents = Some(all);
}

/// Adds what was requested to the manifest. Returns the templates whose requirement is still to be
/// written.
fn ask_for(manifest: &mut Manifest, requests: &[TemplateRequest]) -> Vec<TemplateName> {
    let mut unversioned = Vec::new();
    for TemplateRequest { name, asked } in requests {
        let version = match (manifest.templates.get(name), asked) {
            (Some(_), RequestedVersion::Any) => continue,
            (_, RequestedVersion::Of(requirement)) => requirement.clone(),
            (None, RequestedVersion::Any) | (_, RequestedVersion::Latest) => {
                unversioned.push(name.clone());
                Requirement::any()
            }
        };
        match manifest.templates.get_mut(name) {
            Some(wanted) => wanted.version = version,
            None => {
                let registry = None;
                let wanted = Wanted { version, registry };
                manifest.templates.insert(name.clone(), wanted);
            }
        }
    }
    unversioned
}
