//! `status`: what is installed, what is newer, and what the team changed. Never fails for want of a
//! registry.

use std::collections::{BTreeMap, BTreeSet};

use semver::Version;

use crate::error::Result;
use crate::model::agent::Agent;
use crate::model::lock::Lock;
use crate::model::name::TemplateName;
use crate::model::path::RelPath;
use crate::model::plan::Plan;
use crate::model::proposal::{ProposalId, SentProposal};
use crate::model::source::Source;
use crate::model::support::Limit;
use crate::proposal::absorber;
use crate::store::asked::AsOf;
use crate::store::fs;
use crate::store::journal::Interrupted;
use crate::store::registry::Address;
use crate::tree::State;

use crate::ops::Session;
use crate::ops::steps::conflicts::{self, Conflicts};
use crate::ops::steps::drifts::{self, Drift};
use crate::ops::steps::from_lock;
use crate::ops::steps::gate::{self, HooksOff};
use crate::ops::steps::git_view::{self, Hidden};
use crate::ops::steps::local_changes::{self, ChangedFile};
use crate::ops::steps::reading::{ToldAgain, told_again};
use crate::ops::steps::records;
use crate::ops::steps::releases::Registries;
use crate::ops::steps::repo::Repo;
use crate::ops::steps::standing::{self, Template};
use crate::ops::steps::unbrought;

/// What is installed.
pub struct Outcome {
    /// The templates by name.
    pub templates: Vec<Template>,
    /// What the team did to each path that it did something to; shared files have several owners.
    pub files: Vec<ChangedFile>,
    /// Files of the team's own that lie next to a template's.
    pub unbrought: BTreeMap<TemplateName, Vec<RelPath>>,
    /// Where files of one thing, for several agents, say different things.
    pub drifts: Vec<Drift>,
    /// The agents that files are written for.
    pub agents: Vec<Agent>,
    /// The agents that agentpkg.toml names, where those are others.
    pub wanted_agents: Option<Vec<Agent>>,
    /// What those agents don't get as it is meant, where that was asked for.
    pub limits: Vec<Limit>,
    /// What each agent is told more than once, where that was asked for.
    pub told_again: Vec<ToldAgain>,
    /// The link of agentpkg's making that the team deleted.
    pub link_gone: Option<RelPath>,
    /// How many paths are managed.
    pub managed: usize,
    /// Templates that agentpkg.toml asks for and that aren't installed.
    pub wanted: Vec<TemplateName>,
    /// Templates that are installed and that nothing asks for.
    pub unasked: Vec<TemplateName>,
    /// What both sides changed and waits for a person.
    pub conflicts: Conflicts,
    /// What was offered upstream from here, and hasn't come home.
    pub proposals: Vec<Offered>,
    /// The command that was interrupted, if one was.
    pub interrupted: Option<Interrupted>,
    /// What git hides of the managed files.
    pub hidden: Hidden,
    /// The agents that files show not to run hooks.
    pub hooks_off: Vec<HooksOff>,
    /// How old what registries said is, where they weren't asked for anything newer.
    pub as_of: Vec<(Address, AsOf)>,
}

/// A change that was offered upstream.
pub struct Offered {
    /// What names it.
    pub id: ProposalId,
    /// What the lock remembers of it.
    pub sent: SentProposal,
    /// The newest release, if that has it.
    pub accepted: Option<Version>,
}

/// Looks at everything that is installed, and with `asks_limits` at what agents don't get of it.
pub fn status(session: &Session, asks_limits: bool) -> Result<Outcome> {
    let repo = Repo::read(&session.workspace)?;
    let interrupted = records::interrupted(session)?;
    let Some(lock) = &repo.lock else {
        let (templates, files, unasked) = (Vec::new(), Vec::new(), Vec::new());
        let (wanted, conflicts, proposals) = (not_installed(&repo), Conflicts::new(), Vec::new());
        return Ok(Outcome {
            templates,
            files,
            unbrought: BTreeMap::new(),
            drifts: Vec::new(),
            agents: Vec::new(),
            wanted_agents: None,
            limits: Vec::new(),
            told_again: Vec::new(),
            link_gone: None,
            managed: 0,
            wanted,
            unasked,
            conflicts,
            proposals,
            interrupted,
            hidden: Hidden::default(),
            hooks_off: Vec::new(),
            as_of: Vec::new(),
        });
    };
    let registries = Registries::new(session, &repo.manifest)?;
    let templates = standing::templates(&registries, &repo, lock);
    let mut files = local_changes::changed(session, &repo, lock, None)?;
    // Only an edit may be one of layout, which what was installed tells.
    let is_edited = files.iter().any(|file| file.state == State::Edited);
    let mut upstream = None;
    if is_edited || asks_limits {
        upstream = from_lock::installed(session, &registries, lock).ok();
    }
    if is_edited {
        files = local_changes::changed(session, &repo, lock, upstream.as_ref())?;
    }
    let drifts = drifts::find(session, lock, &files, upstream.as_ref())?;
    let mut unbrought = BTreeMap::new();
    for name in lock.inputs.releases.keys() {
        let beside = unbrought::beside(session, lock, name, &files)?;
        if !beside.is_empty() {
            unbrought.insert(name.clone(), beside);
        }
    }
    let mut limits = Vec::new();
    let shown = upstream.iter().filter(|_| asks_limits);
    for of_template in shown.flat_map(|upstream| upstream.limits.values()) {
        limits.extend(of_template.iter().cloned());
    }
    let mut again = Vec::new();
    if let Some(upstream) = upstream.as_ref().filter(|_| asks_limits) {
        again = told_again(session, &lock.inputs, upstream, &Plan::default())?;
    }
    let (managed, unasked, wanted) = (lock.files.len(), repo.unasked(), not_installed(&repo));
    let conflicts = conflicts::by_team_path(lock, conflicts::still_open(session, lock)?);
    let proposals = offered(&registries, lock);
    Ok(Outcome {
        templates,
        files,
        unbrought,
        drifts,
        agents: lock.inputs.agents.clone(),
        wanted_agents: wanted_agents(&repo, lock),
        limits,
        told_again: again,
        link_gone: link_gone(session, lock),
        managed,
        wanted,
        unasked,
        conflicts,
        proposals,
        interrupted,
        hidden: git_view::hidden(session, lock),
        hooks_off: gate::off_by_files(session, lock),
        as_of: registries.as_of(),
    })
}

/// Returns the link that agentpkg made, where nothing is any more.
fn link_gone(session: &Session, lock: &Lock) -> Option<RelPath> {
    let root = session.workspace.root();
    let link = lock.inputs.facts.link.clone();
    link.filter(|link| !fs::exists(&link.under(root)))
}

/// Returns the agents that agentpkg.toml names, unless it is those that files are written for.
fn wanted_agents(repo: &Repo, lock: &Lock) -> Option<Vec<Agent>> {
    let wanted = repo.manifest.agents.clone()?;
    let sets = [&wanted, &lock.inputs.agents].map(|all| all.iter().collect::<BTreeSet<_>>());
    (sets[0] != sets[1]).then_some(wanted)
}

/// Returns the templates that agentpkg.toml asks for and that aren't installed.
fn not_installed(repo: &Repo) -> Vec<TemplateName> {
    let mut names: Vec<TemplateName> = repo.manifest.templates.keys().cloned().collect();
    if let Some(lock) = &repo.lock {
        names.retain(|name| !lock.inputs.releases.contains_key(name));
    }
    names
}

/// Returns what was offered, and whether the newest release of each template has it, as far as the
/// registry says.
fn offered(registries: &Registries, lock: &Lock) -> Vec<Offered> {
    let mut newest_releases: BTreeMap<&TemplateName, Option<Source>> = BTreeMap::new();
    let mut offered = Vec::new();
    for (id, sent) in &lock.proposals {
        let source = newest_releases
            .entry(&sent.template)
            .or_insert_with(|| newest(registries, lock, &sent.template));
        let source = source.as_ref();
        let accepted =
            source.filter(|source| absorber::record(source, &id.accepted_path()).is_ok());
        offered.push(Offered {
            id: id.clone(),
            sent: sent.clone(),
            accepted: accepted.map(|source| source.manifest.template.version.clone()),
        });
    }
    offered
}

/// Returns the newest release of an installed template, as far as its registry says.
fn newest(registries: &Registries, lock: &Lock, name: &TemplateName) -> Option<Source> {
    let registry = &lock.inputs.releases.get(name)?.registry;
    let index = registries.index(registry, name).ok()??;
    registries.source(registry, name, index.latest()?).ok()
}
