//! Which release is chosen of each template, from the indexes of its registry.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::Result;
use crate::model::index::Index;
use crate::model::lock::LockedRelease;
use crate::model::manifest::{DEFAULT_REGISTRY, Manifest};
use crate::model::name::TemplateName;
use crate::resolve::{self, Locked, Resolved, WantedRoot};

use crate::ops::steps::repo::this_version;

use super::{ChosenReleases, MOST_TEMPLATES, Registries, too_many};

impl Registries {
    /// Chooses a release for each template that is wanted or needed; returns them by template, each
    /// with its registry.
    pub fn resolve(
        &self,
        manifest: &Manifest,
        locked: &BTreeMap<TemplateName, LockedRelease>,
    ) -> Result<ChosenReleases> {
        let mut roots = Vec::new();
        for (name, wanted) in &manifest.templates {
            roots.push(WantedRoot {
                name: name.clone(),
                requirement: wanted.version.clone(),
                registry: self.canonical(self.of_template(name)).to_owned(),
            });
        }
        self.read_ahead(&roots)?;
        let mut held = Locked::new();
        for (name, release) in locked {
            if let Some(registry) = self.registry_holding(name, release) {
                held.insert(name.clone(), (registry, release.version.clone()));
            }
        }
        let resolved = resolve::resolve(&roots, &ByName(self), &held, &this_version())?;
        let mut chosen = ChosenReleases::new();
        for (name, Resolved { registry, release }) in resolved {
            let locked = locked.get(&name).map(|locked| &locked.registry);
            let name_here = match (self.templates.get(&name), locked) {
                (Some(named), _) => named.clone(),
                (None, Some(locked)) if self.same_registry(locked, &registry) => locked.clone(),
                (None, _) => registry,
            };
            chosen.insert(name, (name_here, release));
        }
        Ok(chosen)
    }

    /// Reads the indexes that choosing may need from registries that are far away: of what is
    /// wanted at once, then of what that needs, and so on.
    fn read_ahead(&self, roots: &[WantedRoot]) -> Result<()> {
        let mut level: BTreeMap<String, BTreeSet<TemplateName>> = BTreeMap::new();
        for root in roots {
            let names = level.entry(root.registry.clone()).or_default();
            names.insert(root.name.clone());
        }
        while !level.is_empty() {
            let mut next: BTreeMap<String, BTreeSet<TemplateName>> = BTreeMap::new();
            for (registry, names) in level {
                let one = self.get(&registry)?;
                if !one.address().is_remote() {
                    continue;
                }
                let mut new: Vec<&TemplateName> = names.iter().collect();
                new.retain(|name| !self.has_read(&registry, name));
                if self.indexes.borrow().len() + new.len() > MOST_TEMPLATES {
                    return Err(too_many(&registry));
                }
                for (name, index) in new.iter().zip(one.indexes(&new)?) {
                    let releases = index.iter().flat_map(|index| &index.releases);
                    for needed in releases.flat_map(|release| release.dependencies.keys()) {
                        let from = match self.templates.get(needed) {
                            Some(named) => self.canonical(named),
                            None => registry.as_str(),
                        };
                        let names = next.entry(from.to_owned()).or_default();
                        names.insert(needed.clone());
                    }
                    let key = (registry.clone(), (*name).clone());
                    self.indexes.borrow_mut().insert(key, index);
                }
            }
            next.retain(|registry, names| {
                names.retain(|name| !self.has_read(registry, name));
                !names.is_empty()
            });
            level = next;
        }
        Ok(())
    }

    /// Returns whether an index was read; `registry` is the name that stands for all of its names.
    fn has_read(&self, registry: &str, name: &TemplateName) -> bool {
        let key = (registry.to_owned(), name.clone());
        self.indexes.borrow().contains_key(&key)
    }

    /// Returns the registry from which a template comes now, if that has the very release that is
    /// locked: a registry may have got another name since, or none.
    fn registry_holding(&self, name: &TemplateName, locked: &LockedRelease) -> Option<String> {
        let registry = match self.templates.get(name) {
            Some(named) => named.as_str(),
            None if self.by_name.contains_key(&locked.registry) => locked.registry.as_str(),
            None => DEFAULT_REGISTRY,
        };
        if !self.same_registry(registry, &locked.registry) {
            let index = self.index(registry, name).ok().flatten()?;
            if index.release(&locked.version)?.tree != locked.tree {
                return None;
            }
        }
        Some(self.canonical(registry).to_owned())
    }
}

/// The registries by their names here; messages speak of their addresses.
pub(super) struct ByName<'a>(pub(super) &'a Registries);

impl resolve::IndexSource for ByName<'_> {
    fn index(&self, registry: &str, name: &TemplateName) -> Result<Option<Index>> {
        self.0.index(registry, name)
    }

    fn names(&self, registry: &str) -> Result<Vec<TemplateName>> {
        let catalog = self.0.get(registry)?.catalog()?;
        Ok(catalog.templates.into_keys().collect())
    }

    fn address(&self, registry: &str) -> String {
        self.0.address(registry)
    }

    fn corrected(&self, name: &TemplateName, other: &str) -> Option<String> {
        let typed = &self.0.typed;
        let is_named = typed.names(name);
        is_named.then(|| typed.clone().naming(name, other).to_string())
    }

    fn install(&self, name: &TemplateName, request: &str) -> String {
        match self.corrected(name, request) {
            Some(command) => command,
            None => self.0.install.clone().word(request).to_string(),
        }
    }

    fn elsewhere(&self, name: &TemplateName) -> Option<String> {
        if self.0.is_flagged || !self.0.typed.names(name) {
            return None;
        }
        for (registry, _) in self.0.each() {
            if matches!(self.0.index(registry, name), Ok(Some(_))) {
                let typed = self.0.typed.clone();
                return Some(typed.option("--registry", registry).to_string());
            }
        }
        None
    }

    fn search(&self) -> String {
        self.0.search.to_string()
    }
}
