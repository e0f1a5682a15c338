//! From what a repo asks for to the sources of releases: registries, indexes, archives.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::model::index::{Index, Release};
use crate::model::lock::{Lock, LockedRelease};
use crate::model::manifest::{DEFAULT_REGISTRY, Manifest};
use crate::model::name::TemplateName;
use crate::model::upstream::Upstream;
use crate::render::compose::{self, compose};
use crate::render::source::Source;
use crate::resolve::{self, Locked, Resolved, Root};
use crate::store::config::{self, Chosen};
use crate::store::registry::Registry;

use super::Context;
use super::repo::this_version;

/// The registries that a repo names, by the names that agentpkg.toml has for them.
pub struct Registries {
    chosen: Chosen,
    by_name: BTreeMap<String, Registry>,
    addresses: BTreeMap<String, Chosen>,
    templates: BTreeMap<TemplateName, String>,
    /// Indexes that were read already.
    indexes: RefCell<BTreeMap<(String, TemplateName), Option<Index>>>,
}

impl Registries {
    /// Opens the default registry and those that agentpkg.toml names. Nothing is read yet.
    pub fn new(context: &Context, manifest: &Manifest) -> Result<Self> {
        let root = context.workspace.root();
        let chosen = config::default_registry(&context.environment, root, manifest)?;
        let mut addresses = BTreeMap::from([(DEFAULT_REGISTRY.to_owned(), chosen.clone())]);
        let named = manifest.templates.values().filter_map(|wanted| wanted.registry.as_ref());
        for name in manifest.registries.keys().chain(named) {
            if !addresses.contains_key(name) {
                let address = config::named_registry(&context.environment, root, manifest, name)?;
                addresses.insert(name.clone(), address);
            }
        }
        let open =
            |(name, address): (&String, &Chosen)| Ok((name.clone(), Registry::open(&address.url, &address.base)?));
        let by_name = addresses.iter().map(open).collect::<Result<_>>()?;
        let of = |(name, wanted): (&TemplateName, &crate::model::manifest::Wanted)| {
            (name.clone(), wanted.registry.clone().unwrap_or_else(|| DEFAULT_REGISTRY.to_owned()))
        };
        let templates = manifest.templates.iter().map(of).collect();
        Ok(Self { chosen, by_name, addresses, templates, indexes: RefCell::default() })
    }

    /// Returns the registry of templates that name no other.
    pub fn default(&self) -> &Registry {
        &self.by_name[DEFAULT_REGISTRY]
    }

    /// Returns the default registry's address, and who named it.
    pub fn chosen(&self) -> &Chosen {
        &self.chosen
    }

    /// Returns a registry's address, and who named it.
    pub fn chosen_as(&self, registry: &str) -> Result<Chosen> {
        self.get(registry)?;
        Ok(self.addresses[registry].clone())
    }

    /// Returns the registry that a template comes from, by its name in agentpkg.toml.
    pub fn of_template(&self, name: &TemplateName) -> &str {
        self.templates.get(name).map_or(DEFAULT_REGISTRY, String::as_str)
    }

    /// Returns whether agentpkg.toml still has a template, or what needs it, come from this registry.
    pub fn still_serves(&self, name: &TemplateName, registry: &str) -> bool {
        self.by_name.contains_key(registry) && self.templates.get(name).is_none_or(|wanted| wanted == registry)
    }

    fn get(&self, registry: &str) -> Result<&Registry> {
        self.by_name.get(registry).ok_or_else(|| {
            Error::user(format!("`agentpkg.toml` names no registry `{registry}`"))
                .hint(format!("add `[registries.{registry}]` with its `url`"))
        })
    }

    /// Returns a template's releases; each index is read once.
    pub fn index(&self, registry: &str, name: &TemplateName) -> Result<Option<Index>> {
        let key = (registry.to_owned(), name.clone());
        if let Some(index) = self.indexes.borrow().get(&key) {
            return Ok(index.clone());
        }
        let index = self.get(registry)?.index(name)?;
        self.indexes.borrow_mut().insert(key, index.clone());
        Ok(index)
    }

    /// Returns the registry that has a template, by its name here, and the template's releases.
    pub fn index_of(&self, name: &TemplateName) -> Result<(String, Index)> {
        let registry = self.of_template(name).to_owned();
        match self.index(&registry, name)? {
            Some(index) => Ok((registry, index)),
            None => Err(self.unknown(&registry, name)),
        }
    }

    /// Returns the error for a template that a registry doesn't have.
    pub fn unknown(&self, registry: &str, name: &TemplateName) -> Error {
        let names: Vec<TemplateName> = self
            .get(registry)
            .and_then(Registry::catalog)
            .map(|catalog| catalog.templates.into_keys().collect())
            .unwrap_or_default();
        resolve::no_template(name, &self.address(registry), &names)
    }

    fn address(&self, registry: &str) -> String {
        self.addresses.get(registry).map_or(registry, |chosen| chosen.url.as_str()).to_owned()
    }

    /// Chooses a release for each template that is wanted or needed; returns them by template, each with its registry.
    pub fn resolve(
        &self,
        manifest: &Manifest,
        locked: &BTreeMap<TemplateName, LockedRelease>,
    ) -> Result<BTreeMap<TemplateName, (String, Release)>> {
        let root = |(name, wanted): (&TemplateName, &crate::model::manifest::Wanted)| Root {
            name: name.clone(),
            requirement: wanted.version.clone(),
            registry: self.address(self.of_template(name)),
        };
        let roots: Vec<Root> = manifest.templates.iter().map(root).collect();
        let locked: Locked = locked
            .iter()
            .map(|(name, release)| (name.clone(), (self.address(&release.registry), release.version.clone())))
            .collect();
        let resolved = resolve::resolve(&roots, &ByAddress(self), &locked, &this_version())?;
        let named = |(name, Resolved { registry, release })| (name, (self.name_of(&registry), release));
        Ok(resolved.into_iter().map(named).collect())
    }

    fn name_of(&self, address: &str) -> String {
        let name = self.addresses.iter().find(|(_, chosen)| chosen.url == address).map(|(name, _)| name.clone());
        name.unwrap_or_else(|| DEFAULT_REGISTRY.to_owned())
    }

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
            .cause(format!("its manifest says `{}` {}", about.name, about.version)));
        }
        Ok(source)
    }

    /// Returns the sources of everything that is locked.
    ///
    /// # Errors
    /// Where a registry no longer has a release, or has another under its version.
    pub fn locked_sources(&self, lock: &Lock) -> Result<Vec<Source>> {
        let source = |(name, locked): (&TemplateName, &LockedRelease)| {
            let release = self.locked_release(name, locked)?;
            self.source(&locked.registry, name, &release)
        };
        lock.inputs.releases.iter().map(source).collect()
    }

    /// Returns the release that is locked, as its registry has it now.
    pub fn locked_release(&self, name: &TemplateName, locked: &LockedRelease) -> Result<Release> {
        let index = self.index(&locked.registry, name)?;
        let release = index.as_ref().and_then(|index| index.release(&locked.version));
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
            .hint("ask whoever keeps the registry, or take it out of `[templates]` in `agentpkg.toml`")),
            None => {
                Err(Error::user(format!("`{name}` {} is locked, and `{address}` does not have it", locked.version))
                    .note("nothing was changed")
                    .hint(format!("take another release: agentpkg install {name}@^{}", locked.version.major)))
            }
        }
    }

    /// Returns the composition of what is locked: the base of every path.
    pub fn upstream(&self, lock: &Lock) -> Result<Upstream> {
        let inputs = &lock.inputs;
        let inputs = compose::Inputs { agents: &inputs.agents, answers: &inputs.answers, facts: &inputs.facts };
        compose(&self.locked_sources(lock)?, &inputs)
    }
}

/// The registries by their addresses, which is what resolution and its messages speak of.
struct ByAddress<'a>(&'a Registries);

impl resolve::Source for ByAddress<'_> {
    fn index(&self, registry: &str, name: &TemplateName) -> Result<Option<Index>> {
        self.0.index(&self.0.name_of(registry), name)
    }

    fn names(&self, registry: &str) -> Result<Vec<TemplateName>> {
        let catalog = self.0.get(&self.0.name_of(registry))?.catalog()?;
        Ok(catalog.templates.into_keys().collect())
    }
}
