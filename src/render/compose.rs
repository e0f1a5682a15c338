//! Many templates to one upstream tree, with provenance: who wants what where.

use std::collections::{BTreeMap, BTreeSet};

use crate::agent::{self, hooks};
use crate::error::{Error, Result};
use crate::model::agent::Agent;
use crate::model::answers::Answers;
use crate::model::lock::{self, Facts};
use crate::model::name::TemplateName;
use crate::model::path::RelPath;
use crate::model::source::Source;
use crate::model::upstream::{Content, FileOrigin, Upstream, Whole};
use crate::tree::ownership::{self, Contributions};

use super::render;

/// What composing depends on besides the sources.
pub struct ComposeInputs<'a> {
    /// The agents to write for.
    pub agents: &'a [Agent],
    /// Answers to every question of the sources.
    pub answers: &'a Answers,
    /// What was seen in the repo.
    pub facts: &'a Facts,
    /// The number of the renderer whose bytes are wanted. One that isn't known is this one.
    pub renderer: u32,
}

impl<'a> ComposeInputs<'a> {
    /// Returns the part of what a lock has that composing depends on.
    pub fn of(inputs: &'a lock::Inputs) -> Self {
        Self {
            agents: &inputs.agents,
            answers: &inputs.answers,
            facts: &inputs.facts,
            renderer: inputs.renderer,
        }
    }
}

/// Composes the upstream tree of a repo from its templates.
///
/// # Errors
/// Where two templates own one path or set one value differently: names both.
pub fn compose(sources: &[Source], inputs: &ComposeInputs) -> Result<Upstream> {
    let mut all = Vec::new();
    for source in in_order_of_dependency(sources) {
        let rendered = render(source, inputs.answers)?;
        all.push((
            source,
            agent::adapt(inputs.agents, inputs.facts, inputs.renderer, &rendered)?,
        ));
    }
    agent::finish(&mut all);
    let contributions = Contributions {
        sources,
        all,
        facts: inputs.facts,
    };
    let mut upstream = Upstream {
        files: ownership::compose(&contributions)?,
        ..Upstream::default()
    };
    let folder = hooks::folder(inputs.agents, inputs.facts);
    for (source, contribution) in contributions.all {
        upstream.hooks.extend(contribution.hooks);
        let name = source.manifest.template.name.clone();
        upstream.limits.insert(name, contribution.limits);
    }
    add_runner(folder, &mut upstream)?;
    upstream.renames = sources.iter().flat_map(renames).collect();
    check_paths(&upstream)?;
    Ok(upstream)
}

/// Adds the runner, where it has something to run. It is nobody's but agentpkg's.
fn add_runner(folder: &str, upstream: &mut Upstream) -> Result<()> {
    if upstream.hooks.values().all(|place| place.file.is_none()) {
        return Ok(());
    }
    let path = hooks::runner_in(folder);
    let runner = Whole {
        file: hooks::runner(),
        origin: FileOrigin {
            template: TemplateName::composition(),
            source: path.clone(),
        },
        seed: false,
    };
    let own = upstream.files.insert(path.clone(), Content::Whole(runner));
    match own.as_ref().and_then(Content::as_whole) {
        Some(whole) => {
            let what = format!("`{}` would own `{path}`", whole.origin.template);
            Err(Error::user(what).hint("leave it out: it is agentpkg's own"))
        }
        None => Ok(()),
    }
}

fn renames(source: &Source) -> impl Iterator<Item = (FileOrigin, RelPath)> {
    let template = &source.manifest.template.name;
    let origin = |source: &RelPath| FileOrigin {
        template: template.clone(),
        source: source.clone(),
    };
    source
        .manifest
        .renames
        .iter()
        .map(move |(old, new)| (origin(old), new.clone()))
}

/// Dependencies before their dependents, names deciding the rest. Releases depend on each other in
/// a circle only by mistake; the first one met comes last then. Chains are of any length: nothing
/// here recurses.
fn in_order_of_dependency(sources: &[Source]) -> Vec<&Source> {
    let all: BTreeMap<_, _> = sources
        .iter()
        .map(|source| (&source.manifest.template.name, source))
        .collect();
    let (mut met, mut done) = (BTreeSet::new(), Vec::new());
    for first in all.values().copied() {
        let mut open = Vec::new();
        let mut next = met.insert(&first.manifest.template.name).then_some(first);
        loop {
            if let Some(source) = next {
                open.push((source, source.manifest.dependencies.keys()));
            }
            let Some((source, dependencies)) = open.last_mut() else {
                break;
            };
            next = dependencies
                .filter_map(|name| all.get(name).copied())
                .find(|one| met.insert(&one.manifest.template.name));
            if next.is_none() {
                done.push(*source);
                open.pop();
            }
        }
    }
    done
}

/// No path is a folder of another, and none differ in case alone: some file systems could not hold
/// them.
fn check_paths(upstream: &Upstream) -> Result<()> {
    let (mut files, mut folders) = (BTreeMap::new(), BTreeMap::new());
    for path in upstream.files.keys() {
        if let Some(other) = files.insert(path.folded(), path) {
            return Err(path_clash(upstream, other, path));
        }
        folders.extend(path.ancestors().map(|folder| (folder.folded(), path)));
    }
    for (name, file) in files {
        if let Some(inside) = folders.get(&name) {
            return Err(path_clash(upstream, file, inside));
        }
    }
    Ok(())
}

fn path_clash(upstream: &Upstream, one: &RelPath, other: &RelPath) -> Error {
    let owner = |path: &RelPath| match upstream.files.get(path).and_then(Content::as_whole) {
        Some(whole) => format!(" (of `{}`)", whole.origin.template),
        None => String::new(),
    };
    let (one_of, other_of) = (owner(one), owner(other));
    Error::user(format!(
        "`{one}`{one_of} and `{other}`{other_of} can't be in one folder on every file system"
    ))
    .hint("rename one of them, or remove one of the templates")
}
