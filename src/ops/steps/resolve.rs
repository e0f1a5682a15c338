//! From what a repo asks for to a release of each template.

use std::collections::BTreeMap;

use semver::Version;

use crate::error::{Error, Result};
use crate::model::lock::LockedRelease;
use crate::model::name::TemplateName;
use crate::model::version::Requirement;
use crate::words;

use crate::ops::Session;
use crate::ops::steps::registry_moves::{self, Moving, RegistryMove};
use crate::ops::steps::releases::{ChosenReleases, Registries, locked_as};
use crate::ops::steps::repo::Repo;
use crate::ops::steps::standing::{self, Template};
use crate::ops::steps::target::TargetState;
use crate::ops::steps::unsigned;

/// The releases that a repo is to have, and where they come from.
pub struct ResolvedReleases {
    /// What the repo is to become, with everything in it that was decided on the way here.
    pub target: TargetState,
    /// The registries that agentpkg.toml names then.
    pub registries: Registries,
    /// Those that it names now, where `--registry` changes them.
    before: Option<Registries>,
    /// What `--registry` does to agentpkg.toml.
    pub moving: Option<Moving>,
    /// The release of each template, with the registry that it comes from.
    pub chosen: ChosenReleases,
    /// Newer releases that agentpkg.toml doesn't admit.
    pub outside: Vec<(TemplateName, Version)>,
    /// Chosen releases that aren't offered any more, or whose template another takes the place of.
    pub withdrawn: Vec<Template>,
}

impl ResolvedReleases {
    /// Returns the registries that have what is installed: the ones that it came from, or where
    /// those are gone, the ones that it comes from now.
    pub fn installed_from(&self, repo: &Repo) -> &Registries {
        match (&self.before, &repo.lock) {
            (Some(before), Some(lock)) if before.have(lock) => before,
            _ => &self.registries,
        }
    }

    /// Returns the templates that come from another registry than before, by `--registry`.
    ///
    /// # Errors
    /// When a registry of agentpkg.toml has no address that can be read.
    pub fn registry_moves(&self, repo: &Repo) -> Result<Vec<RegistryMove>> {
        match (&self.moving, &self.before) {
            (Some(moving), Some(before)) => {
                registry_moves::moved(repo, &moving.edit, before, &self.registries, &self.chosen)
            }
            _ => Ok(Vec::new()),
        }
    }
}

/// Chooses a release of each template that is wanted, and of each that those need.
///
/// `asks_first` says whether a person has to have agreed to registries that nobody signs.
///
/// # Errors
/// Where a registry can't be read, nothing fits, or a release that would be had was recalled.
pub fn resolve(
    session: &Session,
    repo: &Repo,
    mut target: TargetState,
    asks_first: bool,
) -> Result<ResolvedReleases> {
    let moving = registry_moves::apply(session, repo, &mut target)?;
    unsigned::mark(session, &mut target.manifest)?;
    if asks_first {
        unsigned::require_permitted(session, &target.manifest)?;
    }
    let typed = moving.as_ref().map(|moving| &moving.registry);
    let registries = Registries::recorded(session, &target.manifest, typed)?;
    let before = match moving {
        Some(_) => Some(Registries::recorded(session, &repo.manifest, None)?),
        None => None,
    };
    session.progress.step("choosing releases");
    if let Some(lock) = repo.lock.as_ref().filter(|_| target.locked) {
        registries.pin(lock);
    }
    ask_for_latest(&registries, &mut target)?;
    let chosen = choose(&registries, repo, &target)?;
    let standings = standing::of_releases(&registries, &target.manifest, &locked_as(&chosen));
    let outside = outside(&standings);
    let mut withdrawn = withdrawn(standings);
    refuse_recalled(session, &withdrawn)?;
    if target.locked {
        // Nobody was asked, perhaps; what was read before is told.
        let kept = Registries::kept(session, &target.manifest)?;
        let standings = standing::of_releases(&kept, &target.manifest, &locked_as(&chosen));
        withdrawn = self::withdrawn(standings);
    }
    Ok(ResolvedReleases {
        target,
        registries,
        before,
        moving,
        chosen,
        outside,
        withdrawn,
    })
}

/// Has the manifest ask for the newest release of those templates of which it was asked for.
///
/// # Errors
/// When a registry can't be read, has no such template, or has nothing but pre-releases of it.
fn ask_for_latest(registries: &Registries, target: &mut TargetState) -> Result<()> {
    for name in &target.latest {
        let (_, index) = registries.index_of(name)?;
        let latest = index.latest();
        let Some(latest) = latest.filter(|latest| latest.version.pre.is_empty()) else {
            return Err(registries.no_latest(name, latest));
        };
        if let Some(wanted) = target.manifest.templates.get_mut(name) {
            wanted.version = Requirement::exactly(&latest.version);
        }
    }
    Ok(())
}

/// Chooses releases. What is held stays, unless the manifest forbids it.
fn choose(registries: &Registries, repo: &Repo, target: &TargetState) -> Result<ChosenReleases> {
    // A registry that lost or changed a locked release must not move the repo to another one
    // unasked. What isn't wanted any more may have gone from there, or its registry from
    // agentpkg.toml.
    let there = |name: &TemplateName, registry: &str| {
        let locked = target
            .held
            .get(name)
            .filter(|locked| registries.same_registry(registry, &locked.registry));
        let admits = |locked: &&LockedRelease| {
            target
                .manifest
                .templates
                .get(name)
                .is_none_or(|wanted| wanted.version.matches(&locked.version))
        };
        let kept = locked.filter(admits);
        kept.map_or(Ok(()), |locked| {
            registries.locked_release(name, locked).map(drop)
        })
    };
    target
        .manifest
        .templates
        .keys()
        .try_for_each(|name| there(name, registries.of_template(name)))?;
    let mut held = target.held.clone();
    if target.upgrades {
        held.extend(last_ones(registries, repo, target));
    }
    let chosen = registries.resolve(&target.manifest, &held)?;
    chosen
        .iter()
        .try_for_each(|(name, (registry, _))| there(name, registry))?;
    // Nor does it go back because a registry has lost what is locked.
    let locked = repo.lock.iter().flat_map(|lock| &lock.inputs.releases);
    for (name, locked) in locked {
        let (Some((registry, release)), Some(wanted)) =
            (chosen.get(name), target.manifest.templates.get(name))
        else {
            continue;
        };
        let is_back = release.version < locked.version && wanted.version.matches(&locked.version);
        if is_back && registries.same_registry(registry, &locked.registry) {
            registries.locked_release(name, locked)?;
        }
    }
    Ok(chosen)
}

/// Returns what is installed of templates of which no other release that is wanted is offered any
/// more: who has one that was yanked keeps it, and who has one that was recalled is told so.
fn last_ones(
    registries: &Registries,
    repo: &Repo,
    target: &TargetState,
) -> BTreeMap<TemplateName, LockedRelease> {
    let Some(lock) = &repo.lock else {
        return BTreeMap::new();
    };
    let mut last = BTreeMap::new();
    for template in standing::of_releases(registries, &target.manifest, &lock.inputs.releases) {
        let Template {
            name,
            release,
            requirement,
            standing,
            ..
        } = template;
        let is_wanted = requirement.is_none_or(|wanted| wanted.matches(&release.version));
        if is_wanted && standing.withdrawn.is_some() && !standing.has_other_wanted {
            last.insert(name, release);
        }
    }
    last
}

/// Returns the newer releases that agentpkg.toml doesn't admit.
fn outside(standings: &[Template]) -> Vec<(TemplateName, Version)> {
    let mut outside = Vec::new();
    for Template { name, standing, .. } in standings {
        outside.extend(
            standing
                .outside
                .clone()
                .map(|version| (name.clone(), version)),
        );
    }
    outside
}

/// Returns the chosen releases that aren't offered any more, or whose template another takes the
/// place of.
fn withdrawn(mut standings: Vec<Template>) -> Vec<Template> {
    standings.retain(|Template { standing, .. }| {
        standing.withdrawn.is_some() || standing.deprecated.is_some()
    });
    standings
}

/// Refuses releases that were recalled: **who has one is to leave it**.
///
/// # Errors
/// With the reason of each, and the command that leaves it.
fn refuse_recalled(session: &Session, withdrawn: &[Template]) -> Result<()> {
    let is_recalled = |template: &&Template| template.standing.recall().is_some();
    let recalled: Vec<&Template> = withdrawn.iter().filter(is_recalled).collect();
    let Some(first) = recalled.first() else {
        return Ok(());
    };
    let what = |template: &Template| format!("`{}` {}", template.name, template.release.version);
    let message = match recalled.as_slice() {
        [one] => format!(
            "{} was recalled: {}",
            what(one),
            one.standing.recall().unwrap_or_default()
        ),
        many => format!("{} were recalled", words::count(many.len(), "release")),
    };
    let mut error = Error::user(message).note("nothing was changed");
    if recalled.len() > 1 {
        for one in &recalled {
            let why = one.standing.recall().unwrap_or_default();
            error = error.detail(format!("{}: {why}", what(one)));
        }
    }
    if first.standing.is_last() {
        error = error.note("no other release of it is offered");
    }
    Err(error.hints(standing::leave_all(session, &recalled)))
}
