//! How an installed release stands in its registry: whether there is a newer one, and whether it is
//! offered any more.

use std::collections::BTreeMap;

use semver::Version;

use crate::error::Error;
use crate::model::index::{Deprecated, Index};
use crate::model::lock::{Lock, LockedRelease};
use crate::model::manifest::Manifest;
use crate::model::name::TemplateName;
use crate::model::version::Requirement;

use super::Context;
use super::command_line::CommandLine;
use super::releases::Registries;
use super::repo::Repo;

/// One installed template.
pub struct Template {
    /// Its name.
    pub name: TemplateName,
    /// What is installed.
    pub release: LockedRelease,
    /// What agentpkg.toml asks for; `None` for a dependency.
    pub requirement: Option<Requirement>,
    /// How it stands in its registry.
    pub standing: Standing,
}

/// How a release stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// The newest release that agentpkg.toml admits, if it is newer.
    pub newer: Option<Version>,
    /// The newest release that it doesn't admit, if it is newer still.
    pub outside: Option<Version>,
    /// The newest release below it, where nothing newer is offered.
    pub earlier: Option<Version>,
    /// Why the release isn't offered any more, if it isn't.
    pub withdrawn: Option<Withdrawn>,
    /// What takes the template's place, if something does.
    pub deprecated: Option<Deprecated>,
    /// Whether another release that agentpkg.toml admits is offered, newer or not.
    pub has_other_wanted: bool,
    /// Why the registry can't be asked, if it can't.
    pub unknown: Option<String>,
    /// What to type then.
    pub ask: Option<String>,
}

/// That a release isn't offered any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withdrawn {
    /// Why.
    pub reason: String,
    /// Whether it isn't safe, so that who has it is to leave it.
    pub recalled: bool,
}

impl Standing {
    /// Returns why the release was recalled, if it was.
    pub fn recall(&self) -> Option<&str> {
        let withdrawn = self.withdrawn.as_ref().filter(|one| one.recalled);
        withdrawn.map(|withdrawn| withdrawn.reason.as_str())
    }

    /// Returns whether no other release is offered.
    pub fn is_last(&self) -> bool {
        self.newer.is_none() && self.outside.is_none() && self.earlier.is_none()
    }
}

/// Returns what is installed, and how it stands.
pub fn templates(registries: &Registries, repo: &Repo, lock: &Lock) -> Vec<Template> {
    of_releases(registries, &repo.manifest, &lock.inputs.releases)
}

/// Returns how releases stand that are locked, or about to be.
pub fn of_releases(
    registries: &Registries,
    manifest: &Manifest,
    releases: &BTreeMap<TemplateName, LockedRelease>,
) -> Vec<Template> {
    registries.read_locked(releases);
    let mut templates = Vec::new();
    for (name, release) in releases {
        let wanted = manifest.templates.get(name);
        let requirement = wanted.map(|wanted| wanted.version.clone());
        templates.push(Template {
            name: name.clone(),
            release: release.clone(),
            standing: standing(registries, name, release, requirement.as_ref()),
            requirement,
        });
    }
    templates
}

/// Returns the command that leaves a release which was recalled.
pub fn leave(context: &Context, template: &Template) -> CommandLine {
    let Template { name, standing, .. } = template;
    let other = standing.outside.as_ref().or(standing.earlier.as_ref());
    match (&standing.newer, other) {
        (Some(_), _) => CommandLine::new(context, "upgrade").word(name.as_str()),
        (None, Some(other)) => {
            let request = format!("{name}@{}", Requirement::compatible_with(other));
            CommandLine::new(context, "upgrade").word(&request)
        }
        (None, None) => CommandLine::new(context, "remove").word(name.as_str()),
    }
}

/// Returns how a release stands that agentpkg.toml asks for with a requirement; a dependency has
/// none.
fn standing(
    registries: &Registries,
    name: &TemplateName,
    release: &LockedRelease,
    requirement: Option<&Requirement>,
) -> Standing {
    let unknown = |why: &str| Standing {
        unknown: Some(why.to_owned()),
        ..Standing::default()
    };
    match registries.index(&release.registry, name) {
        Ok(Some(index)) => of(&index, release, requirement),
        Ok(None) => unknown("the registry no longer has it"),
        Err(error) => Standing {
            ask: error.next_steps().first().cloned(),
            ..unknown(&in_one_line(&error))
        },
    }
}

/// Returns what is so, and why.
fn in_one_line(error: &Error) -> String {
    match error.causes().first() {
        Some(cause) => format!("{}: {cause}", error.message()),
        None => error.message().to_owned(),
    }
}

fn of(index: &Index, locked: &LockedRelease, requirement: Option<&Requirement>) -> Standing {
    let version = &locked.version;
    let (newer, outside) = (
        newest(index, version, requirement, true),
        newest(index, version, requirement, false),
    );
    let release = index.release(version);
    let withdrawn = release.and_then(|release| {
        Some(Withdrawn {
            reason: release.yanked.clone()?,
            recalled: release.recalled,
        })
    });
    Standing {
        earlier: earlier(index, version).filter(|_| newer.is_none()),
        outside: outside.filter(|outside| newer.as_ref().is_none_or(|newer| outside > newer)),
        newer,
        withdrawn,
        deprecated: index.deprecated.clone(),
        has_other_wanted: has_other(index, version, requirement),
        unknown: match release {
            None => Some(format!("the registry no longer has {version}")),
            Some(release) if release.tree != locked.tree => Some(format!(
                "{version} has other contents there than what is locked"
            )),
            Some(_) => None,
        },
        ask: None,
    }
}

/// Returns whether a requirement admits another release that is offered.
fn has_other(index: &Index, version: &Version, requirement: Option<&Requirement>) -> bool {
    index.releases.iter().any(|release| {
        let admits = requirement.is_none_or(|one| one.matches(&release.version));
        admits && release.yanked.is_none() && release.version != *version
    })
}

/// Returns the newest release below a version that is offered.
fn earlier(index: &Index, version: &Version) -> Option<Version> {
    let offered = index
        .releases
        .iter()
        .filter(|release| release.yanked.is_none());
    let below = offered.filter(|release| release.version < *version);
    below.map(|release| release.version.clone()).max()
}

/// Returns the newest release above a version that a requirement admits, or that it doesn't.
fn newest(
    index: &Index,
    version: &Version,
    requirement: Option<&Requirement>,
    admitted: bool,
) -> Option<Version> {
    let mut newest = None;
    for release in &index.releases {
        let admits = requirement.is_none_or(|one| one.matches(&release.version));
        let is_offered = release.yanked.is_none() && (admitted || release.version.pre.is_empty());
        if admits == admitted && is_offered && release.version > *version {
            newest = newest.max(Some(release.version.clone()));
        }
    }
    newest
}
