//! From chosen releases to the files that they want.

use std::collections::BTreeSet;

use crate::agent::hooks::are_run_by_runner;
use crate::agent::usual_facts;
use crate::error::{Error, Result};
use crate::model::agent::Agent;
use crate::model::answers::Answers;
use crate::model::lock::{Facts, Inputs, Lock};
use crate::model::manifest::{AGENTPKG_TOML, Manifest};
use crate::model::path::RelPath;
use crate::model::renderer::{RENDERER, is_known};
use crate::model::source::Source;
use crate::model::upstream::Upstream;
use crate::render::compose::{self, compose};
use crate::words;

use crate::ops::Session;
use crate::ops::steps::answers::{self, Answered};
use crate::ops::steps::from_lock::{FromLock, from_lock};
use crate::ops::steps::releases::{ChosenReleases, Registries, locked_as};
use crate::ops::steps::renames;
use crate::ops::steps::repo::Repo;
use crate::ops::steps::resolve::ResolvedReleases;

/// What the chosen releases want of a repo.
pub struct RenderedTemplates {
    /// The templates.
    pub sources: Vec<Source>,
    /// The answers to their questions.
    pub answered: Answered,
    /// The agents that are written for.
    pub agents: Agents,
    /// Everything that `upstream` depends on.
    pub inputs: Inputs,
    /// The files that the templates want, composed.
    pub upstream: Upstream,
    /// Whether `upstream` is what the lock remembers, since an earlier agentpkg rendered it
    /// otherwise and nothing else changed.
    pub is_from_lock: bool,
    /// Whole files that stay as they are then: nobody has what was installed.
    pub frozen: BTreeSet<RelPath>,
}

/// The agents of a repo.
pub struct Agents {
    pub written: Vec<Agent>,
    /// Why these.
    pub why: AgentChoice,
    /// Those in use that nothing is written for, although it could be.
    pub unserved: Vec<Agent>,
    /// Those in use that nothing is written for yet, by their vendors' names.
    pub others: Vec<&'static str>,
}

/// Why files are written for some agents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgentChoice {
    /// Somebody named them, or they are locked.
    Named,
    /// What is in the repository says that they are in use.
    InUse,
    /// Nothing says which are in use.
    Assumed,
}

/// Reads the chosen releases, has their questions answered, and renders them.
///
/// # Errors
/// Where an archive can't be had, a question has no answer, or a template can't be rendered.
pub fn render(
    session: &Session,
    repo: &Repo,
    resolved: &ResolvedReleases,
    settings: &[(String, String)],
) -> Result<RenderedTemplates> {
    let ResolvedReleases {
        target,
        registries,
        chosen,
        ..
    } = resolved;
    session.progress.step("reading releases");
    let sources = sources(session, registries, chosen)?;
    let answered = answers::answer(session, &sources, &target.manifest.answers, settings)?;
    let agents = agents(session, repo, &target.manifest)?;
    let answers = answered.all.clone();
    // What is locked isn't mended either.
    let facts = session
        .workspace
        .facts(&agents.written, repo.lock.as_ref(), !target.locked)?;
    let mut inputs = inputs(&agents.written, facts, answers, chosen);
    let mut upstream = compose(&sources, &compose::ComposeInputs::of(&inputs))?;
    let before = repo.installed_releases();
    renames::across(registries, before, &repo.base(), &sources, &mut upstream);
    if !inputs.facts.are_in(&upstream.files) {
        // No template has root instructions: where they are is no input.
        let hooks = inputs.facts.hooks.take();
        inputs.facts = Facts {
            hooks,
            ..usual_facts(&inputs.agents)
        };
    }
    if upstream.hooks.is_empty() {
        inputs.facts.hooks = None;
    }
    let (mut is_from_lock, mut frozen) = (false, BTreeSet::new());
    if let Some(lock) = &repo.lock
        && !target.upgrades
        && only_renderer_differs(lock, &inputs)
    {
        inputs.renderer = lock.inputs.renderer;
        inputs.facts.hooks.clone_from(&lock.inputs.facts.hooks);
        if is_known(inputs.renderer) {
            upstream = compose(&sources, &compose::ComposeInputs::of(&inputs))?;
        } else {
            is_from_lock = true;
            FromLock { upstream, frozen } = from_lock(&session.workspace, lock, &upstream)?;
        }
    }
    Ok(RenderedTemplates {
        sources,
        answered,
        agents,
        inputs,
        upstream,
        is_from_lock,
        frozen,
    })
}

fn sources(
    session: &Session,
    registries: &Registries,
    chosen: &ChosenReleases,
) -> Result<Vec<Source>> {
    session.progress.expect(registries.bytes_to_come(chosen));
    registries.read_archives(chosen)?;
    chosen
        .iter()
        .map(|(name, (registry, release))| registries.source(registry, name, release))
        .collect()
}

/// # Errors
/// Where agentpkg.toml names none: everything would go.
fn agents(session: &Session, repo: &Repo, manifest: &Manifest) -> Result<Agents> {
    let (in_use, others) = session.workspace.agents_in_use();
    let (mut written, why) = match (&manifest.agents, &repo.lock) {
        (Some(agents), _) => (agents.clone(), AgentChoice::Named),
        (None, Some(lock)) => (lock.inputs.agents.clone(), AgentChoice::Named),
        (None, None) if in_use.is_empty() => (vec![Agent::Claude], AgentChoice::Assumed),
        (None, None) => (in_use.clone(), AgentChoice::InUse),
    };
    // Their order says nothing.
    written.sort();
    written.dedup();
    if written.is_empty() {
        return Err(
            Error::user(format!("`agents` in `{AGENTPKG_TOML}` names none"))
                .note("nothing was changed")
                .hint(format!("name one of {}", words::list(Agent::ALL))),
        );
    }
    let mut unserved = in_use;
    unserved.retain(|agent| !written.contains(agent));
    Ok(Agents {
        written,
        why,
        unserved,
        others,
    })
}

fn inputs(agents: &[Agent], facts: Facts, answers: Answers, chosen: &ChosenReleases) -> Inputs {
    Inputs {
        renderer: RENDERER,
        agents: agents.to_vec(),
        facts,
        answers,
        releases: locked_as(chosen),
    }
}

/// Whether the lock says what would be installed, but for the program that rendered it.
fn only_renderer_differs(lock: &Lock, inputs: &Inputs) -> bool {
    let mut then = inputs.clone();
    then.renderer = lock.inputs.renderer;
    if !are_run_by_runner(then.renderer) {
        then.facts.hooks = None;
    }
    lock.inputs.renderer != inputs.renderer && lock.inputs == then
}
