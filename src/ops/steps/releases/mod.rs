//! From what a repo asks for to the sources of releases: registries, indexes, archives.

mod choose;
mod sources;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;

use crate::error::{Error, Result};
use crate::model::index::{Index, Release};
use crate::model::lock::{Lock, LockedRelease};
use crate::model::manifest::{DEFAULT_REGISTRY, Manifest};
use crate::model::name::TemplateName;
use crate::resolve;
use crate::store::asked::AsOf;
use crate::store::config::{self, Chosen, Environment};
use crate::store::registry::{Address, Places, Registry};

use crate::ops::Session;
use crate::ops::steps::command_line::CommandLine;

use choose::ByName;

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
    pub fn new(session: &Session, manifest: &Manifest) -> Result<Self> {
        Self::open(session, &session.environment, manifest, None)
    }

    /// Opens the registries as agentpkg.toml has them, whatever `--registry` says; `typed` is one
    /// of them, and called as it was typed.
    pub fn recorded(
        session: &Session,
        manifest: &Manifest,
        typed: Option<&Chosen>,
    ) -> Result<Self> {
        let environment = Environment {
            flag: None,
            ..session.environment.clone()
        };
        Self::open(session, &environment, manifest, typed)
    }

    /// Opens the registries as they were read before: nobody is asked.
    pub fn kept(session: &Session, manifest: &Manifest) -> Result<Self> {
        let environment = Environment {
            flag: None,
            offline: true,
            places: Places::default(),
            ..session.environment.clone()
        };
        Self::open(session, &environment, manifest, None)
    }

    fn open(
        session: &Session,
        environment: &Environment,
        manifest: &Manifest,
        typed: Option<&Chosen>,
    ) -> Result<Self> {
        let root = session.workspace.root();
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
        let mut by_name = BTreeMap::new();
        for (name, address) in &addresses {
            by_name.insert(name.clone(), environment.open(root, address)?);
        }
        let mut templates = BTreeMap::new();
        for (name, wanted) in &manifest.templates {
            let registry = wanted.registry.as_deref().unwrap_or(DEFAULT_REGISTRY);
            templates.insert(name.clone(), registry.to_owned());
        }
        let canonical = canonical(&addresses, root);
        Ok(Self {
            chosen: addresses[DEFAULT_REGISTRY].clone(),
            by_name,
            addresses,
            canonical,
            templates,
            typed: CommandLine::again(session),
            install: CommandLine::next(session, "install"),
            search: CommandLine::next(session, "search"),
            is_flagged: session.environment.flag.is_some(),
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
        let mut registries = self.each().into_iter();
        registries
            .find(|(_, registry)| registry.address().is_same_place(address))
            .map(|(name, _)| name)
    }

    /// Returns whether every release that is locked can be had.
    pub fn have(&self, lock: &Lock) -> bool {
        let mut releases = lock.inputs.releases.iter();
        releases.all(|(name, locked)| self.locked_release(name, locked).is_ok())
    }

    /// Returns how old what was read of registries is, where they weren't asked for anything newer.
    pub fn as_of(&self) -> Vec<(Address, AsOf)> {
        let mut ages = Vec::new();
        for (_, registry) in self.each() {
            if let Some(as_of) = registry.as_of() {
                ages.push((registry.address().clone(), as_of));
            }
        }
        ages
    }

    /// Returns a registry's address, and who named it.
    pub fn address_of(&self, registry: &str) -> Result<Chosen> {
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
        .hint_command("name one", command)
    }

    fn address(&self, registry: &str) -> String {
        self.addresses
            .get(registry)
            .map_or_else(|| registry.to_owned(), |chosen| chosen.address.to_string())
    }

    fn canonical<'a>(&'a self, registry: &'a str) -> &'a str {
        self.canonical
            .get(registry)
            .map_or(registry, String::as_str)
    }

    /// Returns whether two names are of one registry.
    pub fn same_registry(&self, registry: &str, other: &str) -> bool {
        self.canonical(registry) == self.canonical(other)
    }
}

/// Returns the registries that a manifest's templates come from, whatever `--registry` says.
pub fn in_use(session: &Session, manifest: &Manifest) -> Result<Vec<Chosen>> {
    let named = named_in_use(session, manifest)?;
    Ok(named.into_values().collect())
}

/// Returns them by their names in agentpkg.toml.
pub fn named_in_use(session: &Session, manifest: &Manifest) -> Result<BTreeMap<String, Chosen>> {
    let environment = Environment {
        flag: None,
        ..session.environment.clone()
    };
    let root = session.workspace.root();
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

/// Returns for each name the one that stands for it: of names with one address the default's, else
/// the first.
fn canonical(addresses: &BTreeMap<String, Chosen>, root: &Path) -> BTreeMap<String, String> {
    let mut places = Vec::new();
    for (name, registry) in addresses {
        places.push((name, registry.address.for_repo(root)));
    }
    places.sort_by_key(|(name, _)| *name != DEFAULT_REGISTRY);
    let mut canonical = BTreeMap::new();
    for (name, place) in &places {
        let first = places.iter().find(|(_, other)| other == place);
        let first = first.map_or(*name, |(first, _)| *first);
        canonical.insert((*name).clone(), first.clone());
    }
    canonical
}
