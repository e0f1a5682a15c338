//! How an installed release stands in its registry: whether there is a newer one, and whether it is
//! offered any more.
//!
//! **What is offered can be had**: a version stands in [`ReleaseStanding`] as newer, outside or
//! other only where the search that `upgrade` makes comes to it. A pre-release is offered to who
//! has one.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use semver::Version;

use crate::error::Error;
use crate::hint::Hint;
use crate::model::index::{Deprecated, Index, Release};
use crate::model::lock::{Lock, LockedRelease};
use crate::model::manifest::{Manifest, Wanted};
use crate::model::name::TemplateName;
use crate::model::version::Requirement;
use crate::words;

use crate::ops::Session;
use crate::ops::steps::command_line::CommandLine;
use crate::ops::steps::releases::Registries;
use crate::ops::steps::repo::{Repo, this_version};

/// One installed template.
pub struct Template {
    pub name: TemplateName,
    /// What is installed.
    pub release: LockedRelease,
    /// What agentpkg.toml asks for; `None` for a dependency.
    pub requirement: Option<Requirement>,
    /// The templates that need it.
    pub needed_by: Vec<TemplateName>,
    /// How it stands in its registry.
    pub standing: ReleaseStanding,
}

/// How a release stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReleaseStanding {
    /// The release that `upgrade NAME` brings, if it is newer.
    pub newer: Option<Version>,
    /// The newest release that agentpkg.toml doesn't admit, if it is newer still: what `upgrade
    /// NAME@^VERSION` brings.
    pub outside: Option<Version>,
    /// The newest release, if it is newer still and no command brings it.
    pub held_back: Option<HeldBack>,
    /// Another release that `upgrade NAME@^VERSION` brings, where the one that is installed was
    /// withdrawn and no newer one is offered: an earlier one, or an earlier pre-release.
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
    pub hint: Option<Hint>,
}

/// A newer release that can't be had as things stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldBack {
    pub version: Version,
    /// Why, as a clause: "`org-baseline` needs ^1".
    pub why: String,
}

/// That a release isn't offered any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withdrawn {
    /// Why.
    pub reason: String,
    /// Whether it isn't safe, so that who has it is to leave it.
    pub recalled: bool,
}

impl ReleaseStanding {
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
        let search = Search {
            registries,
            manifest,
            releases,
            name,
            admitted: Admitted {
                requirement: requirement.as_ref(),
                needs,
            },
        };
        templates.push(Template {
            name: name.clone(),
            release: release.clone(),
            standing: standing(&search, release),
            requirement,
            needed_by: needed_by(releases, name),
        });
    }
    templates
}

/// Returns the templates that need one, as the lock has it.
fn needed_by(
    releases: &BTreeMap<TemplateName, LockedRelease>,
    name: &TemplateName,
) -> Vec<TemplateName> {
    let dependents = releases
        .iter()
        .filter(|(_, release)| release.dependencies.contains(name));
    dependents.map(|(name, _)| name.clone()).collect()
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
pub fn leave(session: &Session, template: &Template) -> CommandLine {
    match moved_to(template) {
        Some(request) => CommandLine::new(session, "upgrade").word(&request),
        None => removing(CommandLine::new(session, "remove"), template),
    }
}

/// Returns the commands that leave several releases, all at once.
pub fn leave_all(session: &Session, templates: &[&Template]) -> Vec<Hint> {
    let (mut upgrade, mut remove) = (
        CommandLine::new(session, "upgrade"),
        CommandLine::new(session, "remove"),
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
    let mut hints = Vec::new();
    if removes {
        hints.push(Hint::command(remove));
    }
    if upgrades {
        hints.push(Hint::command(upgrade));
    }
    hints
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
fn standing(search: &Search<'_>, release: &LockedRelease) -> ReleaseStanding {
    match search.registries.index(&release.registry, search.name) {
        Ok(Some(index)) => standing_of(&index, release, search),
        Ok(None) => ReleaseStanding {
            unknown: Some("the registry no longer has it".to_owned()),
            ..ReleaseStanding::default()
        },
        Err(error) => ReleaseStanding {
            unknown: Some(in_one_line(&error)),
            hint: error.next_steps().first().cloned(),
            ..ReleaseStanding::default()
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

fn standing_of(index: &Index, locked: &LockedRelease, search: &Search<'_>) -> ReleaseStanding {
    let version = &locked.version;
    let others = others(index, version);
    let release = index.release(version);
    let withdrawn = release.and_then(|release| {
        Some(Withdrawn {
            reason: release.yanked.clone()?,
            recalled: release.recalled,
        })
    });
    let newer = newer(search, &others, version);
    let floor = newer.clone().unwrap_or_else(|| version.clone());
    let outside = outside(search, &others, &floor);
    let floor = outside.clone().unwrap_or(floor);
    let is_left = withdrawn.is_some() && newer.is_none() && outside.is_none();
    ReleaseStanding {
        held_back: held_back(search, &others, &floor),
        other: match is_left {
            true => other(search, &others, version),
            false => None,
        },
        newer,
        outside,
        withdrawn,
        deprecated: index.deprecated.clone(),
        has_other_wanted: others
            .iter()
            .any(|other| search.admitted.admits(&other.version)),
        unknown: match release {
            None => Some(format!("the registry no longer has {version}")),
            Some(release) if release.tree != locked.tree => Some(format!(
                "{version} has other contents there than what is locked"
            )),
            Some(_) => None,
        },
        hint: None,
    }
}

/// Returns the other releases that are offered to who has `version`, from the newest on. A
/// pre-release is offered to who has one.
fn others<'a>(index: &'a Index, version: &Version) -> Vec<&'a Release> {
    let mut others = Vec::new();
    for release in &index.releases {
        let other = &release.version;
        let is_asked_for = other.pre.is_empty() || !version.pre.is_empty();
        if release.yanked.is_none() && other != version && is_asked_for {
            others.push(release);
        }
    }
    others.sort_by_key(|release| Reverse(&release.version));
    others
}

/// Returns what `upgrade NAME` brings, if it is newer than `version`.
fn newer(search: &Search<'_>, others: &[&Release], version: &Version) -> Option<Version> {
    if !others.iter().any(|other| other.version > *version) {
        return None;
    }
    let brought = search.brought(None).ok().flatten();
    brought.filter(|brought| brought > version)
}

/// Returns the newest release above `floor` that agentpkg.toml doesn't admit and `upgrade
/// NAME@^VERSION` brings. What only others need can't be asked for.
fn outside(search: &Search<'_>, others: &[&Release], floor: &Version) -> Option<Version> {
    let wanted = search.admitted.requirement?;
    let versions = others.iter().map(|other| &other.version);
    search.first_brought(versions.filter(|version| *version > floor && !wanted.matches(version)))
}

/// Returns the newest release below `version` that `upgrade NAME@^VERSION` brings.
fn other(search: &Search<'_>, others: &[&Release], version: &Version) -> Option<Version> {
    let versions = others.iter().map(|other| &other.version);
    search.first_brought(versions.filter(|other| *other < version))
}

/// Returns the newest release, if it is above `floor` and somebody can say why no command brings
/// it.
fn held_back(search: &Search<'_>, others: &[&Release], floor: &Version) -> Option<HeldBack> {
    let newest = others.first().filter(|newest| newest.version > *floor)?;
    Some(HeldBack {
        version: newest.version.clone(),
        why: search.why_not(newest)?,
    })
}

/// How many lines of releases are tried before nothing is offered.
const MOST_TRIED: usize = 8;

/// The search that `upgrade` makes for one template.
struct Search<'a> {
    registries: &'a Registries,
    manifest: &'a Manifest,
    releases: &'a BTreeMap<TemplateName, LockedRelease>,
    name: &'a TemplateName,
    admitted: Admitted<'a>,
}

impl Search<'_> {
    /// Returns the version that `upgrade NAME`, or `upgrade NAME@ASKED`, comes to; `None` where
    /// the template would go.
    ///
    /// # Errors
    /// When no releases fit together, or a registry can't be read.
    fn brought(&self, asked: Option<&Requirement>) -> Result<Option<Version>, Error> {
        let mut manifest = self.manifest.clone();
        if let Some(asked) = asked {
            let before = manifest.templates.get(self.name);
            let registry = before.and_then(|wanted| wanted.registry.clone());
            let version = asked.clone();
            let wanted = Wanted { version, registry };
            manifest.templates.insert(self.name.clone(), wanted);
        }
        let mut held = self.releases.clone();
        held.remove(self.name);
        let mut chosen = self.registries.resolve(&manifest, &held)?;
        Ok(chosen.remove(self.name).map(|(_, release)| release.version))
    }

    /// Returns whether an `upgrade` of everything brings a version.
    fn comes_with_all(&self, version: &Version) -> bool {
        let chosen = self.registries.resolve(self.manifest, &BTreeMap::new());
        let release = chosen.ok().and_then(|mut chosen| chosen.remove(self.name));
        release.is_some_and(|(_, release)| release.version == *version)
    }

    /// Returns the first of some versions, the newest first, that is had by asking for it and what
    /// is compatible with it.
    fn first_brought<'v>(&self, versions: impl Iterator<Item = &'v Version>) -> Option<Version> {
        let mut tried = BTreeSet::new();
        for version in versions {
            let asked = Requirement::compatible_with(version);
            if !tried.insert(asked.to_string()) {
                continue;
            }
            if let Ok(Some(brought)) = self.brought(Some(&asked)) {
                return Some(brought);
            }
            if tried.len() == MOST_TRIED {
                break;
            }
        }
        None
    }

    /// Returns why a release can't be had, if the templates that need another one say so, or it
    /// needs another agentpkg.
    fn why_not(&self, release: &Release) -> Option<String> {
        let mut refusing = Vec::new();
        for (name, needed) in self.admitted.needs {
            if !needed.matches(&release.version) {
                refusing.push(format!("`{name}` needs {needed}"));
            }
        }
        if !refusing.is_empty() && self.comes_with_all(&release.version) {
            let dependents = self.admitted.needs.iter().map(|(name, _)| name.as_str());
            return Some(format!("it comes with a newer {}", words::list(dependents)));
        }
        if !refusing.is_empty() {
            return Some(refusing.join(", "));
        }
        let this = without_pre_release(&this_version());
        let needed = release.agentpkg.as_ref();
        let needed = needed.filter(|needed| !needed.matches(&this))?;
        Some(format!("it needs agentpkg {needed}, and this is {this}"))
    }
}

/// Returns the version that a pre-release precedes: it can do what that can.
fn without_pre_release(version: &Version) -> Version {
    Version::new(version.major, version.minor, version.patch)
}
