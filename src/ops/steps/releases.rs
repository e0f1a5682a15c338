//! From what a repo asks for to the sources of releases: registries, indexes, archives.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::error::{Error, Result};
use crate::model::index::{Index, Release};
use crate::model::lock::{Lock, LockedRelease};
use crate::model::manifest::{DEFAULT_REGISTRY, Manifest};
use crate::model::name::TemplateName;
use crate::model::source::Source;
use crate::model::upstream::Upstream;
use crate::model::version::Requirement;
use crate::render::compose::{self, compose};
use crate::resolve::{self, Locked, Resolved, WantedRoot};
use crate::store::asked::AsOf;
use crate::store::config::{self, Chosen, Environment};
use crate::store::registry::{Address, Places, Registry};

use crate::ops::Session;
use crate::ops::steps::command_line::CommandLine;
use crate::ops::steps::repo::this_version;

/// The release of each template, with the registry that it comes from.
pub type ChosenReleases = BTreeMap<TemplateName, (String, Release)>;

/// Returns chosen releases as the lock has them.
pub fn locked_as(chosen: &ChosenReleases) -> BTreeMap<TemplateName, LockedRelease> {
    let mut releases = BTreeMap::new();
    for (name, (registry, release)) in chosen {
        let locked = LockedRelease {
            version: release.version.clone(),
            registry: registry.clone(),
            tree: release.tree,
            artifact: release.artifact,
            dependencies: release.dependencies.keys().cloned().collect(),
        };
        releases.insert(name.clone(), locked);
    }
    releases
}

/// The registries that a repo names, by the names that agentpkg.toml has for them.
pub struct Registries {
    chosen: Chosen,
    by_name: BTreeMap<String, Registry>,
    addresses: BTreeMap<String, Chosen>,
    /// The name that stands for all that share its address.
    canonical: BTreeMap<String, String>,
    templates: BTreeMap<TemplateName, String>,
    /// What was typed, and what comes next, for hints.
    typed: CommandLine,
    install: CommandLine,
    search: CommandLine,
    /// Whether `--registry` was given.
    is_flagged: bool,
    /// Indexes that were read already.
    indexes: RefCell<BTreeMap<(String, TemplateName), Option<Index>>>,
}

impl Registries {
    /// Opens the default registry and those that agentpkg.toml names; `--registry` takes the place
    /// of the default one. Nothing is read yet.
    pub fn new(context: &Session, manifest: &Manifest) -> Result<Self> {
        Self::open(context, &context.environment, manifest, None)
    }

    /// Opens the registries as agentpkg.toml has them, whatever `--registry` says; `typed` is one
    /// of them, and called as it was typed.
    pub fn recorded(
        context: &Session,
        manifest: &Manifest,
        typed: Option<&Chosen>,
    ) -> Result<Self> {
        let environment = Environment {
            flag: None,
            ..context.environment.clone()
        };
        Self::open(context, &environment, manifest, typed)
    }

    /// Opens the registries as they were read before: nobody is asked.
    pub fn kept(context: &Session, manifest: &Manifest) -> Result<Self> {
        let environment = Environment {
            flag: None,
            offline: true,
            places: Places::default(),
            ..context.environment.clone()
        };
        Self::open(context, &environment, manifest, None)
    }

    fn open(
        context: &Session,
        environment: &Environment,
        manifest: &Manifest,
        typed: Option<&Chosen>,
    ) -> Result<Self> {
        let root = context.workspace.root();
        let chosen = config::default_registry(environment, root, manifest)?;
        let mut addresses = BTreeMap::from([(DEFAULT_REGISTRY.to_owned(), chosen)]);
        let named = manifest
            .templates
            .values()
            .filter_map(|wanted| wanted.registry.as_ref());
        for name in manifest.registries.keys().chain(named) {
            if !addresses.contains_key(name) {
                let address = config::named_registry(environment, root, manifest, name)?;
                addresses.insert(name.clone(), address);
            }
        }
        for address in addresses.values_mut() {
            if let Some(typed) = typed.filter(|one| one.address.is_same_place(&address.address)) {
                address.clone_from(typed);
            }
        }
        let open = |(name, address): (&String, &Chosen)| -> Result<(String, Registry)> {
            Ok((name.clone(), environment.open(root, address)?))
        };
        let by_name = addresses.iter().map(open).collect::<Result<_>>()?;
        let of = |(name, wanted): (&TemplateName, &crate::model::manifest::Wanted)| {
            (
                name.clone(),
                wanted
                    .registry
                    .clone()
                    .unwrap_or_else(|| DEFAULT_REGISTRY.to_owned()),
            )
        };
        let templates = manifest.templates.iter().map(of).collect();
        let canonical = canonical(&addresses, root);
        Ok(Self {
            chosen: addresses[DEFAULT_REGISTRY].clone(),
            by_name,
            addresses,
            canonical,
            templates,
            typed: CommandLine::again(context),
            install: CommandLine::next(context, "install"),
            search: CommandLine::next(context, "search"),
            is_flagged: context.environment.flag.is_some(),
            indexes: RefCell::default(),
        })
    }

    /// Returns the registry of templates that name no other.
    pub fn default(&self) -> &Registry {
        &self.by_name[DEFAULT_REGISTRY]
    }

    /// Returns the default registry's address, and who named it.
    pub fn chosen(&self) -> &Chosen {
        &self.chosen
    }

    /// Returns the registries, each once, by their names: the default one first.
    pub fn each(&self) -> Vec<(&str, &Registry)> {
        let mut each = vec![(DEFAULT_REGISTRY, self.default())];
        for (name, registry) in &self.by_name {
            if name != DEFAULT_REGISTRY && self.canonical(name) == name {
                each.push((name, registry));
            }
        }
        each
    }

    /// Returns the name of the registry at an address, if it has one.
    pub fn name_of(&self, address: &Address) -> Option<&str> {
        let is_there =
            |(_, registry): &(&str, &Registry)| registry.address().is_same_place(address);
        self.each().into_iter().find(is_there).map(|(name, _)| name)
    }

    /// Returns whether every release that is locked can be had.
    pub fn have(&self, lock: &Lock) -> bool {
        let mut releases = lock.inputs.releases.iter();
        releases.all(|(name, locked)| self.locked_release(name, locked).is_ok())
    }

    /// Returns how old what was read of registries is, where they weren't asked for anything newer.
    pub fn as_of(&self) -> Vec<(Address, AsOf)> {
        let each = self.each().into_iter();
        let of = |(_, registry): (&str, &Registry)| {
            let as_of = registry.as_of()?;
            Some((registry.address().clone(), as_of))
        };
        each.filter_map(of).collect()
    }

    /// Returns a registry's address, and who named it.
    pub fn chosen_as(&self, registry: &str) -> Result<Chosen> {
        self.get(registry)?;
        Ok(self.addresses[registry].clone())
    }

    /// Returns the registry that a template comes from, by its name in agentpkg.toml.
    pub fn of_template(&self, name: &TemplateName) -> &str {
        self.templates
            .get(name)
            .map_or(DEFAULT_REGISTRY, String::as_str)
    }

    fn get(&self, registry: &str) -> Result<&Registry> {
        self.by_name.get(registry).ok_or_else(|| {
            Error::user(format!("`agentpkg.toml` names no registry `{registry}`"))
                .hint(format!("add `[registries.{registry}]` with its `url`"))
        })
    }

    /// Returns a template's releases; each index is read once.
    pub fn index(&self, registry: &str, name: &TemplateName) -> Result<Option<Index>> {
        let key = self.key(registry, name);
        if let Some(index) = self.indexes.borrow().get(&key) {
            return Ok(index.clone());
        }
        if self.indexes.borrow().len() >= MOST_TEMPLATES {
            return Err(too_many(registry));
        }
        let index = self.get(registry)?.index(name)?;
        self.indexes.borrow_mut().insert(key, index.clone());
        Ok(index)
    }

    /// Reads the releases of what is locked from registries that are far away, all at once. It is
    /// no error where that fails: whoever needs one is told.
    pub fn read_locked(&self, releases: &BTreeMap<TemplateName, LockedRelease>) {
        let mut wanted: BTreeMap<&str, Vec<&TemplateName>> = BTreeMap::new();
        for (name, locked) in releases {
            let key = self.key(&locked.registry, name);
            if !self.indexes.borrow().contains_key(&key) {
                wanted.entry(&locked.registry).or_default().push(name);
            }
        }
        for (registry, names) in wanted {
            let Ok(one) = self.get(registry) else {
                continue;
            };
            let Ok(indexes) = one.indexes(&names) else {
                continue;
            };
            for (name, index) in names.into_iter().zip(indexes) {
                let key = self.key(registry, name);
                self.indexes.borrow_mut().insert(key, index);
            }
        }
    }

    /// Returns by what an index is known, whichever of its names a registry is called by.
    fn key(&self, registry: &str, name: &TemplateName) -> (String, TemplateName) {
        (self.canonical(registry).to_owned(), name.clone())
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
        match resolve::no_such_template(&ByName(self), registry, name) {
            Ok(error) | Err(error) => error,
        }
    }

    /// Returns the error for a template of which no release is latest; `early` is its newest
    /// pre-release.
    pub fn no_latest(&self, name: &TemplateName, early: Option<&Release>) -> Error {
        let Some(early) = early else {
            return Error::user(format!("no release of `{name}` is left"));
        };
        let version = &early.version;
        let command =
            resolve::IndexSource::install(&ByName(self), name, &format!("{name}@{version}"));
        Error::user(format!(
            "no release of `{name}` is latest: only pre-releases are published"
        ))
        .hint(format!("name one: {command}"))
    }

    fn address(&self, registry: &str) -> String {
        self.addresses
            .get(registry)
            .map_or_else(|| registry.to_owned(), |chosen| chosen.address.to_string())
    }

    /// Chooses a release for each template that is wanted or needed; returns them by template, each
    /// with its registry.
    pub fn resolve(
        &self,
        manifest: &Manifest,
        locked: &BTreeMap<TemplateName, LockedRelease>,
    ) -> Result<BTreeMap<TemplateName, (String, Release)>> {
        let root = |(name, wanted): (&TemplateName, &crate::model::manifest::Wanted)| WantedRoot {
            name: name.clone(),
            requirement: wanted.version.clone(),
            registry: self.canonical(self.of_template(name)).to_owned(),
        };
        let roots: Vec<WantedRoot> = manifest.templates.iter().map(root).collect();
        let held = |(name, release): (&TemplateName, &LockedRelease)| {
            Some((
                name.clone(),
                (self.holder(name, release)?, release.version.clone()),
            ))
        };
        self.read_ahead(&roots)?;
        let held: Locked = locked.iter().filter_map(held).collect();
        let resolved = resolve::resolve(&roots, &ByName(self), &held, &this_version())?;
        let named = |(name, Resolved { registry, release })| {
            let locked = locked
                .get(&name)
                .map(|locked: &LockedRelease| locked.registry.as_str());
            let name_here = match (self.templates.get(&name), locked) {
                (Some(named), _) => named.clone(),
                (None, Some(locked)) if self.are_one(locked, &registry) => locked.to_owned(),
                (None, _) => registry,
            };
            (name, (name_here, release))
        };
        Ok(resolved.into_iter().map(named).collect())
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
                let is_known = |name: &&TemplateName| {
                    let key = (registry.clone(), (*name).clone());
                    self.indexes.borrow().contains_key(&key)
                };
                let new: Vec<&TemplateName> = names.iter().filter(|name| !is_known(name)).collect();
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
                names.retain(|name| {
                    let key = (registry.clone(), name.clone());
                    !self.indexes.borrow().contains_key(&key)
                });
                !names.is_empty()
            });
            level = next;
        }
        Ok(())
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

    fn canonical<'a>(&'a self, registry: &'a str) -> &'a str {
        self.canonical
            .get(registry)
            .map_or(registry, String::as_str)
    }

    /// Returns whether two names are of one registry.
    pub fn are_one(&self, registry: &str, other: &str) -> bool {
        self.canonical(registry) == self.canonical(other)
    }

    /// Returns the registry from which a template comes now, if that has the very release that is
    /// locked: a registry may have got another name since, or none.
    fn holder(&self, name: &TemplateName, locked: &LockedRelease) -> Option<String> {
        let known = || {
            self.by_name
                .contains_key(&locked.registry)
                .then_some(locked.registry.as_str())
        };
        let named = self.templates.get(name).map(String::as_str);
        let registry = named.or_else(known).unwrap_or(DEFAULT_REGISTRY);
        let same = || {
            let index = self.index(registry, name).ok().flatten()?;
            Some(index.release(&locked.version)?.tree == locked.tree)
        };
        (self.are_one(registry, &locked.registry) || same() == Some(true))
            .then(|| self.canonical(registry).to_owned())
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
        let source = |(name, locked): (&TemplateName, &LockedRelease)| {
            let kept = self.get(&locked.registry).ok();
            if let Some(source) = kept.and_then(|registry| kept_source(registry, name, locked)) {
                return Ok(source);
            }
            let release = self.locked_release(name, locked)?;
            self.source(&locked.registry, name, &release)
        };
        lock.inputs.releases.iter().map(source).collect()
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
                        error.hint(format!("take another release: {install}"))
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
}

/// Returns the registries that a manifest's templates come from, whatever `--registry` says.
pub fn in_use(context: &Session, manifest: &Manifest) -> Result<Vec<Chosen>> {
    let named = named_in_use(context, manifest)?;
    Ok(named.into_values().collect())
}

/// Returns them by their names in agentpkg.toml.
pub fn named_in_use(context: &Session, manifest: &Manifest) -> Result<BTreeMap<String, Chosen>> {
    let environment = Environment {
        flag: None,
        ..context.environment.clone()
    };
    let root = context.workspace.root();
    let mut used = BTreeMap::new();
    for wanted in manifest.templates.values() {
        let name = wanted.registry.as_deref().unwrap_or(DEFAULT_REGISTRY);
        let registry = config::named_registry(&environment, root, manifest, name)?;
        used.insert(name.to_owned(), registry);
    }
    Ok(used)
}

/// How many templates are looked at to choose releases.
const MOST_TEMPLATES: usize = 2_000;

fn too_many(registry: &str) -> Error {
    Error::user(format!(
        "what is wanted needs more than {MOST_TEMPLATES} templates of the registry `{registry}`"
    ))
    .note("nothing was changed")
    .hint("ask whoever keeps the registry")
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

/// Returns for each name the one that stands for it: of names with one address the default's, else
/// the first.
fn canonical(addresses: &BTreeMap<String, Chosen>, root: &Path) -> BTreeMap<String, String> {
    let mut names: Vec<&String> = addresses.keys().collect();
    names.sort_by_key(|name| *name != DEFAULT_REGISTRY);
    let place = |name: &String| addresses[name].address.for_repo(root);
    let first = |name: &String| {
        names
            .iter()
            .find(|other| place(other) == place(name))
            .copied()
            .cloned()
    };
    addresses
        .keys()
        .map(|name| (name.clone(), first(name).unwrap_or_else(|| name.clone())))
        .collect()
}

/// The registries by their names here; messages speak of their addresses.
struct ByName<'a>(&'a Registries);

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
