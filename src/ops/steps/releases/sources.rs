//! The sources of releases, as their registries have them or as they were read before.

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::model::index::{Index, Release};
use crate::model::lock::{Lock, LockedRelease};
use crate::model::name::TemplateName;
use crate::model::source::Source;
use crate::model::upstream::Upstream;
use crate::model::version::Requirement;
use crate::render::compose::{self, compose};
use crate::store::registry::Registry;

use super::{ChosenReleases, Registries};

impl Registries {
    /// Returns the source of a release, every byte checked.
    pub fn source(&self, registry: &str, name: &TemplateName, release: &Release) -> Result<Source> {
        let tree = self.get(registry)?.artifact(release, name)?;
        let source = Source::of(&format!("{name} {}", release.version), tree)?;
        let about = &source.manifest.template;
        if about.name != *name || about.version != release.version {
            return Err(Error::damaged(format!(
                "`{name}` {} in `{}` is damaged",
                release.version,
                self.address(registry)
            ))
            .cause(format!(
                "its manifest says `{}` {}",
                about.name, about.version
            )));
        }
        Ok(source)
    }

    /// Returns how many bytes of archives are about to come from web servers.
    pub fn bytes_to_come(&self, chosen: &ChosenReleases) -> u64 {
        let mut bytes: u64 = 0;
        for (registry, release) in chosen.values() {
            let registry = self.by_name.get(registry);
            if registry.is_some_and(|registry| registry.is_to_come(release)) {
                bytes = bytes.saturating_add(release.size);
            }
        }
        bytes
    }

    /// Reads the archives of chosen releases from registries that are far away, all at once.
    ///
    /// # Errors
    /// When a registry can't be read.
    pub fn read_archives(&self, chosen: &ChosenReleases) -> Result<()> {
        let mut wanted: BTreeMap<&str, Vec<&Release>> = BTreeMap::new();
        for (registry, release) in chosen.values() {
            wanted.entry(registry).or_default().push(release);
        }
        for (registry, releases) in wanted {
            self.get(registry)?.read_archives(&releases)?;
        }
        Ok(())
    }

    /// Returns the sources of everything that is locked.
    ///
    /// # Errors
    /// Where a registry no longer has a release, or has another under its version.
    pub fn locked_sources(&self, lock: &Lock) -> Result<Vec<Source>> {
        let mut sources = Vec::new();
        for (name, locked) in &lock.inputs.releases {
            let registry = self.get(&locked.registry).ok();
            let kept = registry.and_then(|registry| kept_source(registry, name, locked));
            sources.push(match kept {
                Some(source) => source,
                None => {
                    let release = self.locked_release(name, locked)?;
                    self.source(&locked.registry, name, &release)?
                }
            });
        }
        Ok(sources)
    }

    /// Returns the release that is locked, as its registry has it now.
    pub fn locked_release(&self, name: &TemplateName, locked: &LockedRelease) -> Result<Release> {
        let index = self.index(&locked.registry, name)?;
        let release = index
            .as_ref()
            .and_then(|index| index.release(&locked.version));
        let address = self.address(&locked.registry);
        match release {
            Some(release) if release.tree == locked.tree => Ok(release.clone()),
            Some(_) => Err(Error::damaged(format!(
                "`{name}` {} in `{address}` is not what `agentpkg.lock` was written for",
                locked.version
            ))
            .cause("a release never changes; this one has other contents")
            .note("nothing was changed")
            .hint("ask whoever keeps the registry")),
            None if index.is_none() => Err(Error::user(format!(
                "`{name}` {} is locked, and `{address}` no longer has `{name}`",
                locked.version
            ))
            .note("nothing was changed")
            .hint(
                "ask whoever keeps the registry, or take it out of `[templates]` in \
                 `agentpkg.toml`",
            )),
            None => {
                let error = Error::user(format!(
                    "`{name}` {} is locked, and `{address}` does not have it",
                    locked.version
                ))
                .note("nothing was changed");
                let offered = index
                    .as_ref()
                    .and_then(|index| index.offered_to(&locked.version));
                Err(match offered {
                    Some(offered) => {
                        let asked = Requirement::compatible_with(&offered.version);
                        let install = self.install.clone().word(&format!("{name}@{asked}"));
                        error.hint_command("take another release", install)
                    }
                    None => error.hint("ask whoever keeps the registry"),
                })
            }
        }
    }

    /// Returns the composition of what is locked: the base of every path.
    pub fn upstream(&self, lock: &Lock) -> Result<Upstream> {
        compose(
            &self.locked_sources(lock)?,
            &compose::ComposeInputs::of(&lock.inputs),
        )
    }

    /// Has what is locked stand for what its registries have, where all of it was read before: a
    /// locked install asks nobody then.
    pub fn pin(&self, lock: &Lock) {
        let mut pinned = Vec::new();
        for (name, locked) in &lock.inputs.releases {
            let Ok(registry) = self.get(&locked.registry) else {
                return;
            };
            if !registry.address().is_remote() {
                continue;
            }
            let Some(release) = kept_release(registry, name, locked) else {
                return;
            };
            pinned.push((locked.registry.clone(), name.clone(), release));
        }
        for (registry, name, release) in pinned {
            let mut index = Index::new(name.clone());
            index.insert(release);
            let registry = self.canonical(&registry).to_owned();
            self.indexes
                .borrow_mut()
                .insert((registry, name), Some(index));
        }
    }
}

/// Returns the source of a locked release that was read before.
fn kept_source(registry: &Registry, name: &TemplateName, locked: &LockedRelease) -> Option<Source> {
    let tree = registry.kept_source(&locked.artifact, &locked.tree)?;
    let source = Source::of(&format!("{name} {}", locked.version), tree).ok()?;
    let about = &source.manifest.template;
    (about.name == *name && about.version == locked.version).then_some(source)
}

/// Returns a locked release that was read before, as its registry has it.
fn kept_release(
    registry: &Registry,
    name: &TemplateName,
    locked: &LockedRelease,
) -> Option<Release> {
    let source = kept_source(registry, name, locked)?;
    Some(Release {
        version: locked.version.clone(),
        tree: locked.tree,
        artifact: locked.artifact,
        size: registry.kept_size(&locked.artifact)?,
        dependencies: source.manifest.dependencies.clone(),
        agentpkg: source.manifest.template.agentpkg.clone(),
        yanked: None,
        recalled: false,
        released: None,
        deprecated: false,
    })
}
