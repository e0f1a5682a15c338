//! Many templates to one upstream tree, with provenance: who wants what where.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::merge::json;
use crate::model::agent::Agent;
use crate::model::answers::Answers;
use crate::model::lock::{self, Facts};
use crate::model::name::TemplateName;
use crate::model::path::{RelPath, rel};
use crate::model::upstream::{Block, Blocks, Comment, Content, FileOrigin, Keys, Upstream};
use crate::words;

use super::render;
use crate::agent::claude::ROOTS;
use crate::agent::{self, Contribution, POLICIES};
use crate::model::source::Source;

/// What composing depends on besides the sources.
pub struct ComposeInputs<'a> {
    /// The agents to write for.
    pub agents: &'a [Agent],
    /// Answers to every question of the sources.
    pub answers: &'a Answers,
    /// What was seen in the repo.
    pub facts: &'a Facts,
}

impl<'a> ComposeInputs<'a> {
    /// Returns the part of what a lock has that composing depends on.
    pub fn of(inputs: &'a lock::Inputs) -> Self {
        Self {
            agents: &inputs.agents,
            answers: &inputs.answers,
            facts: &inputs.facts,
        }
    }
}

/// Composes the upstream tree of a repo from its templates.
///
/// # Errors
/// Where two templates own one path or set one value differently: names both.
pub fn compose(sources: &[Source], inputs: &ComposeInputs) -> Result<Upstream> {
    let mut contributions = Vec::new();
    for source in in_order_of_dependency(sources) {
        let rendered = render(source, inputs.answers)?;
        for agent in inputs.agents {
            contributions.push((source, agent::adapt(*agent, &rendered)?));
        }
    }
    let mut upstream = Upstream::default();
    whole_files(&contributions, &mut upstream)?;
    blocks(&contributions, inputs.facts, &mut upstream)?;
    keys(sources, &contributions, &mut upstream)?;
    for (_, contribution) in contributions {
        upstream.hooks.extend(contribution.hooks);
    }
    upstream.renames = sources.iter().flat_map(renames).collect();
    check_paths(&upstream)?;
    Ok(upstream)
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

fn whole_files(contributions: &[(&Source, Contribution)], upstream: &mut Upstream) -> Result<()> {
    for (source, contribution) in contributions {
        for (path, whole) in &contribution.whole {
            if let Some(Content::Whole(other)) = upstream.files.get(path) {
                let both = words::list([&other.origin.template, &source.manifest.template.name]);
                return Err(Error::user(format!("{both} both own `{path}`")).hint(
                    "a path has one owner; remove one of the templates, or ask its keeper to \
                     rename the file",
                ));
            }
            upstream
                .files
                .insert(path.clone(), Content::Whole(whole.clone()));
        }
    }
    Ok(())
}

fn blocks(
    contributions: &[(&Source, Contribution)],
    facts: &Facts,
    upstream: &mut Upstream,
) -> Result<()> {
    let mut root: Vec<Block> = contributions
        .iter()
        .filter_map(|(_, one)| one.root.clone())
        .collect();
    if let (Some(imports), false) = (&facts.imports, root.is_empty()) {
        // An import is looked for beside the file that has it.
        let up = "../".repeat(facts.root.ancestors().count());
        let text = format!("@{up}{imports}\n");
        root.insert(
            0,
            Block {
                owner: TemplateName::composition(),
                source: None,
                text,
            },
        );
    }
    let ignore: Vec<Block> = contributions
        .iter()
        .filter_map(|(_, one)| one.ignore.clone())
        .collect();
    for (path, comment, blocks) in [
        (facts.root.clone(), Comment::Html, root),
        (rel(".gitignore"), Comment::Hash, ignore),
    ] {
        if blocks.is_empty() {
            continue;
        }
        if let Some(Content::Whole(whole)) = upstream.files.get(&path) {
            return Err(two_ownerships(&path, &whole.origin.template, &blocks));
        }
        upstream
            .files
            .insert(path, Content::Blocks(Blocks { comment, blocks }));
    }
    Ok(())
}

/// Root instructions lie where a link leads, which may be a file that a template owns whole.
fn two_ownerships(path: &RelPath, owner: &TemplateName, blocks: &[Block]) -> Error {
    let writers = blocks
        .iter()
        .map(|block| &block.owner)
        .filter(|writer| **writer != TemplateName::composition());
    let writers: Vec<_> = writers.collect();
    let write = if writers.len() == 1 {
        "writes"
    } else {
        "write"
    };
    let writers = words::list(writers);
    Error::user(format!(
        "`{owner}` owns `{path}`, and {writers} {write} the root instructions there"
    ))
    .hint(format!(
        "if `{}` is a link to `{path}`, make it a file of its own, or remove one of the templates",
        ROOTS[0]
    ))
}

fn keys(
    sources: &[Source],
    contributions: &[(&Source, Contribution)],
    upstream: &mut Upstream,
) -> Result<()> {
    let mut files: BTreeMap<&RelPath, Vec<(&Source, Value)>> = BTreeMap::new();
    for (source, contribution) in contributions {
        for (path, part) in &contribution.keys {
            let parts = files.entry(path).or_default();
            for (other, theirs) in parts.iter_mut() {
                if depends_on(sources, source, other) {
                    *theirs = without_overridden(theirs, part);
                }
            }
            parts.push((source, part.clone()));
        }
    }
    for (path, parts) in files {
        let mut union = Value::Object(Map::new());
        for (index, (source, part)) in parts.iter().enumerate() {
            POLICIES.union(&mut union, part, false).map_err(|clash| {
                let first = parts[..index].iter().find(|(_, part)| {
                    POLICIES
                        .union(&mut part.clone(), &parts[index].1, false)
                        .is_err()
                });
                let names = first
                    .into_iter()
                    .chain([&parts[index]])
                    .map(|(source, _)| &source.manifest.template.name);
                let key = clash.keys.join(".");
                Error::user(format!(
                    "{} set `{key}` of `{path}` to {} and {}",
                    words::list(names),
                    clash.first,
                    clash.second
                ))
                .hint(format!(
                    "a template that depends on the other overrides it; `{}` does not",
                    source.manifest.template.name
                ))
            })?;
        }
        let parts = parts
            .into_iter()
            .map(|(source, part)| (source.manifest.template.name.clone(), part));
        let parts = parts.filter(|(_, part)| !json::is_empty(part)).collect();
        upstream
            .files
            .insert(path.clone(), Content::Keys(Keys { parts, union }));
    }
    Ok(())
}

/// Whether `source` needs `other`, over any number of steps.
fn depends_on(sources: &[Source], source: &Source, other: &Source) -> bool {
    let mut seen = BTreeSet::new();
    let mut open = vec![&source.manifest];
    while let Some(manifest) = open.pop() {
        for name in manifest.dependencies.keys() {
            if *name == other.manifest.template.name {
                return true;
            }
            if seen.insert(name) {
                open.extend(
                    sources
                        .iter()
                        .map(|source| &source.manifest)
                        .filter(|one| one.template.name == *name),
                );
            }
        }
    }
    false
}

/// Returns a dependency's part without the values that its dependent sets to something else.
fn without_overridden(part: &Value, by: &Value) -> Value {
    match (part, by) {
        (Value::Object(part), Value::Object(by)) => {
            let kept = part.iter().filter_map(|(key, value)| match by.get(key) {
                None => Some((key.clone(), value.clone())),
                Some(over)
                    if value == over || POLICIES.union(&mut value.clone(), over, false).is_ok() =>
                {
                    Some((key.clone(), value.clone()))
                }
                Some(over @ Value::Object(_)) if value.is_object() => {
                    Some((key.clone(), without_overridden(value, over)))
                }
                Some(_) => None,
            });
            Value::Object(kept.collect())
        }
        (part, _) => part.clone(),
    }
}

/// No path is a folder of another, and none differ in case alone: some file systems could not hold
/// them.
fn check_paths(upstream: &Upstream) -> Result<()> {
    let owner = |path: &RelPath| match upstream.files.get(path) {
        Some(Content::Whole(whole)) => format!(" (of `{}`)", whole.origin.template),
        _ => String::new(),
    };
    let clash = |one: &RelPath, other: &RelPath| {
        let (one_of, other_of) = (owner(one), owner(other));
        Error::user(format!(
            "`{one}`{one_of} and `{other}`{other_of} can't be in one folder on every file system"
        ))
        .hint("rename one of them, or remove one of the templates")
    };
    let (mut files, mut folders) = (BTreeMap::new(), BTreeMap::new());
    for path in upstream.files.keys() {
        if let Some(other) = files.insert(path.folded(), path) {
            return Err(clash(other, path));
        }
        folders.extend(path.ancestors().map(|folder| (folder.folded(), path)));
    }
    match files
        .iter()
        .find_map(|(name, path)| Some((path, folders.get(name)?)))
    {
        Some((file, inside)) => Err(clash(file, inside)),
        None => Ok(()),
    }
}
