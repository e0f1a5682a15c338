//! How what rendering depends on differs from what is locked.

use std::fmt;

use semver::Version;

use crate::model::agent::Agent;
use crate::model::answers::Answer;
use crate::model::lock::{Facts, Inputs, LockedRelease};
use crate::model::name::TemplateName;
use crate::model::path::RelPath;
use crate::words;

/// One input of rendering that is not what the lock says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InputDifference {
    /// A template came, moved or went.
    Release(TemplateName, InputPair<Option<Version>>),
    /// A template comes from another registry.
    Registry(TemplateName, InputPair<String>),
    /// A release of the same version holds something else.
    Contents(TemplateName, Version),
    Answer(String, InputPair<Option<Answer>>),
    /// The agents written for.
    Agents(InputPair<Vec<Agent>>),
    /// Where an agent's root instructions are.
    Root(InputPair<RelPath>),
    /// What the root instructions have to import.
    Imports(InputPair<Option<RelPath>>),
    /// What agentpkg made a link to AGENTS.md.
    Link(InputPair<Option<RelPath>>),
    /// The renderer's number.
    Renderer(InputPair<u32>),
}

/// A value as it is locked, and as it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputPair<T> {
    /// What the lock says.
    pub locked: T,
    /// What agentpkg.toml, the repo or this program says.
    pub now: T,
}

fn differ<T: PartialEq + Clone>(locked: &T, now: &T) -> Option<InputPair<T>> {
    (locked != now).then(|| InputPair {
        locked: locked.clone(),
        now: now.clone(),
    })
}

impl Inputs {
    /// Returns every input in which `now` differs from what is locked, in the order of the lock's
    /// tables.
    pub fn differences(&self, now: &Self) -> Vec<InputDifference> {
        let mut differences: Vec<InputDifference> = differ(&self.renderer, &now.renderer)
            .map(InputDifference::Renderer)
            .into_iter()
            .collect();
        differences.extend(differ(&self.agents, &now.agents).map(InputDifference::Agents));
        differences.extend(self.facts.differences(&now.facts));
        for key in keys(self.answers.keys(), now.answers.keys()) {
            let side = differ(
                &self.answers.get(key).cloned(),
                &now.answers.get(key).cloned(),
            );
            differences.extend(side.map(|side| InputDifference::Answer(key.clone(), side)));
        }
        for name in keys(self.releases.keys(), now.releases.keys()) {
            differences.extend(of_release(
                name,
                self.releases.get(name),
                now.releases.get(name),
            ));
        }
        differences
    }
}

impl Facts {
    /// Returns every fact in which `now` differs from what is locked.
    pub fn differences(&self, now: &Self) -> Vec<InputDifference> {
        let mut differences = Vec::new();
        for (agent, root) in &self.roots {
            let pair = now.roots.get(agent).and_then(|now| differ(root, now));
            let difference = pair.map(InputDifference::Root);
            // Agents often share a file.
            differences.extend(difference.filter(|one| !differences.contains(one)));
        }
        differences.extend(differ(&self.imports, &now.imports).map(InputDifference::Imports));
        differences.extend(differ(&self.link, &now.link).map(InputDifference::Link));
        differences
    }
}

fn keys<'a, K: Ord>(
    one: impl Iterator<Item = &'a K>,
    other: impl Iterator<Item = &'a K>,
) -> Vec<&'a K> {
    let mut keys: Vec<&K> = one.chain(other).collect();
    keys.sort();
    keys.dedup();
    keys
}

fn of_release(
    name: &TemplateName,
    locked: Option<&LockedRelease>,
    now: Option<&LockedRelease>,
) -> Option<InputDifference> {
    let locked_version = locked.map(|release| release.version.clone());
    let version = now.map(|release| release.version.clone());
    if let Some(side) = differ(&locked_version, &version) {
        return Some(InputDifference::Release(name.clone(), side));
    }
    let (locked, now) = (locked?, now?);
    match differ(&locked.registry, &now.registry) {
        Some(side) => Some(InputDifference::Registry(name.clone(), side)),
        None => {
            (locked != now).then(|| InputDifference::Contents(name.clone(), now.version.clone()))
        }
    }
}

impl fmt::Display for InputDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Release(name, InputPair { locked, now }) => {
                let (locked, now) = (or_nothing(locked.as_ref()), or_nothing(now.as_ref()));
                write!(f, "`{name}`: {locked} locked, {now} wanted")
            }
            Self::Registry(name, InputPair { locked, now }) => {
                write!(
                    f,
                    "the registry of `{name}`: `{locked}` locked, `{now}` wanted"
                )
            }
            Self::Contents(name, version) => write!(
                f,
                "`{name}` {version}: other contents than those that are locked"
            ),
            Self::Answer(key, InputPair { locked, now }) => {
                let (locked, now) = (or_nothing(locked.as_ref()), or_nothing(now.as_ref()));
                write!(f, "the answer to `{key}`: {locked} locked, {now} wanted")
            }
            Self::Agents(InputPair { locked, now }) => {
                write!(
                    f,
                    "the agents: {} locked, {} wanted",
                    words::list(locked),
                    words::list(now)
                )
            }
            Self::Root(InputPair { locked, now }) => {
                write!(f, "the root instructions: `{locked}` locked, `{now}` here")
            }
            Self::Imports(InputPair { locked, now }) => {
                let locked = or_nothing(locked.as_ref().map(|path| format!("`{path}`")));
                let now = or_nothing(now.as_ref().map(|path| format!("`{path}`")));
                write!(
                    f,
                    "what the root instructions import: {locked} locked, {now} here"
                )
            }
            Self::Link(InputPair { locked, now }) => {
                let locked = or_nothing(locked.as_ref().map(|path| format!("`{path}`")));
                let now = or_nothing(now.as_ref().map(|path| format!("`{path}`")));
                write!(f, "the link to AGENTS.md: {locked} locked, {now} here")
            }
            Self::Renderer(InputPair { locked, now }) => {
                write!(f, "the renderer: {locked} locked, {now} here")
            }
        }
    }
}

fn or_nothing(value: Option<impl fmt::Display>) -> String {
    value.map_or("nothing".to_owned(), |value| value.to_string())
}
