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
    /// The templates that need it.
    pub needed_by: Vec<TemplateName>,
    /// How it stands in its registry.
    pub standing: Standing,
}

/// How a release stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// The newest release that agentpkg.toml and what needs it admit, if it is newer.
    pub newer: Option<Version>,
    /// The newest release that it doesn't admit, if it is newer still.
    pub outside: Option<Version>,
    /// Another release that is offered, where nothing newer is that is admitted: an earlier one, or
    /// a pre-release.
    pub other: Option<Version>,
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
        self.newer.is_none() && self.outside.is_none() && self.other.is_none()
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
    let needs = needs(registries, releases);
    let mut templates = Vec::new();
    for (name, release) in releases {
        let wanted = manifest.templates.get(name);
        let requirement = wanted.map(|wanted| wanted.version.clone());
        let needs = needs.get(name).map(Vec::as_slice).unwrap_or_default();
        let admitted = Admitted {
            requirement: requirement.as_ref(),
            needs,
        };
        templates.push(Template {
            name: name.clone(),
            release: release.clone(),
            standing: standing(registries, name, release, &admitted),
            requirement,
            needed_by: needs.iter().map(|(name, _)| name.clone()).collect(),
        });
    }
    templates
}

/// Which templates need one, and which releases of it.
type Needs = Vec<(TemplateName, Requirement)>;

/// Returns what releases need of one another.
fn needs(
    registries: &Registries,
    releases: &BTreeMap<TemplateName, LockedRelease>,
) -> BTreeMap<TemplateName, Needs> {
    let mut needs: BTreeMap<TemplateName, Needs> = BTreeMap::new();
    for (name, locked) in releases {
        let Ok(Some(index)) = registries.index(&locked.registry, name) else {
            continue;
        };
        let release = index.release(&locked.version);
        for (needed, requirement) in release.iter().flat_map(|release| &release.dependencies) {
            let by = (name.clone(), requirement.clone());
            needs.entry(needed.clone()).or_default().push(by);
        }
    }
    needs
}

/// Which releases of a template will do.
struct Admitted<'a> {
    /// What agentpkg.toml asks for, if it names the template.
    requirement: Option<&'a Requirement>,
    /// What others need of it.
    needs: &'a [(TemplateName, Requirement)],
}

impl Admitted<'_> {
    fn admits(&self, version: &Version) -> bool {
        self.requirement.is_none_or(|one| one.matches(version))
            && self.needs.iter().all(|(_, one)| one.matches(version))
    }
}

/// Returns the command that leaves a release which was recalled.
pub fn leave(context: &Context, template: &Template) -> CommandLine {
    match moved_to(template) {
        Some(request) => CommandLine::new(context, "upgrade").word(&request),
        None => removing(CommandLine::new(context, "remove"), template),
    }
}

/// Returns the commands that leave several releases, all at once.
pub fn leave_all(context: &Context, templates: &[&Template]) -> Vec<String> {
    let (mut upgrade, mut remove) = (
        CommandLine::new(context, "upgrade"),
        CommandLine::new(context, "remove"),
    );
    let (mut upgrades, mut removes) = (false, false);
    for template in templates {
        match moved_to(template) {
            Some(request) => {
                upgrades = true;
                upgrade = upgrade.word(&request);
            }
            None => {
                removes = true;
                remove = removing(remove, template);
            }
        }
    }
    let remove = removes.then(|| remove.to_string());
    let upgrade = upgrades.then(|| upgrade.to_string());
    remove.into_iter().chain(upgrade).collect()
}

/// Returns what `upgrade` is asked for to move to another release; nothing where none will do.
fn moved_to(template: &Template) -> Option<String> {
    let Template { name, standing, .. } = template;
    let other = standing.outside.as_ref().or(standing.other.as_ref());
    match (&standing.newer, other) {
        (Some(_), _) => Some(name.to_string()),
        (None, Some(other)) => Some(format!("{name}@{}", Requirement::compatible_with(other))),
        (None, None) => None,
    }
}

/// Names in a command what has to go so that a template does: itself, or what needs it.
fn removing(line: CommandLine, template: &Template) -> CommandLine {
    let names = match template.requirement {
        None if !template.needed_by.is_empty() => template.needed_by.as_slice(),
        _ => std::slice::from_ref(&template.name),
    };
    names
        .iter()
        .fold(line, |line, name| match line.names(name) {
            true => line,
            false => line.word(name.as_str()),
        })
}

/// Returns how a release stands.
fn standing(
    registries: &Registries,
    name: &TemplateName,
    release: &LockedRelease,
    admitted: &Admitted<'_>,
) -> Standing {
    let unknown = |why: &str| Standing {
        unknown: Some(why.to_owned()),
        ..Standing::default()
    };
    match registries.index(&release.registry, name) {
        Ok(Some(index)) => of(&index, release, admitted),
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

fn of(index: &Index, locked: &LockedRelease, admitted: &Admitted<'_>) -> Standing {
    let version = &locked.version;
    let offered = index.releases.iter().filter(|one| one.yanked.is_none());
    let others: Vec<&Version> = offered
        .map(|release| &release.version)
        .filter(|other| *other != version)
        .collect();
    let (mut newer, mut outside, mut other) = (None, None, None);
    for candidate in others.iter().copied() {
        let is_newer = candidate > version;
        match (admitted.admits(candidate), admitted.requirement) {
            (true, _) if is_newer => newer = newer.max(Some(candidate)),
            (true, _) => other = other.max(Some(candidate)),
            // What only others need can't be asked for, nor what they don't take.
            (false, None) => {}
            (false, Some(wanted)) if wanted.matches(candidate) => {}
            (false, Some(_)) if is_newer && candidate.pre.is_empty() => {
                outside = outside.max(Some(candidate));
            }
            (false, Some(_)) => other = other.max(Some(candidate)),
        }
    }
    let release = index.release(version);
    let withdrawn = release.and_then(|release| {
        Some(Withdrawn {
            reason: release.yanked.clone()?,
            recalled: release.recalled,
        })
    });
    Standing {
        outside: outside
            .filter(|outside| newer.is_none_or(|newer| outside > &newer))
            .cloned(),
        other: other.filter(|_| newer.is_none()).cloned(),
        newer: newer.cloned(),
        withdrawn,
        deprecated: index.deprecated.clone(),
        has_other_wanted: others.iter().any(|other| admitted.admits(other)),
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
