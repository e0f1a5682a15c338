//! Requirements and indexes become releases, or sentences that say why not.
//!
//! PubGrub does the search. It sees a version as its place in the index, and a requirement as the
//! set of places that meet it, so that semver's own rule for pre-releases holds, which no interval
//! of versions could say.
//!
//! **The same requirements, indexes and lock give the same releases.** No IO: a [`IndexSource`]
//! hands the indexes over.

mod explain;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod tests;
mod universe;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use pubgrub::{PubGrubError, SelectedDependencies};
use semver::Version;
use universe::{SolverPackage, Universe};

use crate::error::{Error, Result};
use crate::model::index::{Index, Release};
use crate::model::name::TemplateName;
use crate::model::version::Requirement;
use crate::words;

/// A template that the repo itself wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedRoot {
    pub name: TemplateName,
    /// Which versions will do.
    pub requirement: Requirement,
    /// The one registry it comes from, by its name.
    pub registry: String,
}

/// A release that was chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// The registry it comes from, by its name.
    pub registry: String,
    pub release: Release,
}

/// The registry, by its name, and the version that the lock has of each template.
pub type Locked = BTreeMap<TemplateName, (String, Version)>;

/// Where indexes come from: each is asked for once at most, and only when something needs it.
pub trait IndexSource {
    /// Returns a template's index, its releases in the order of their versions; `None` if the
    /// registry has no such template.
    fn index(&self, registry: &str, name: &TemplateName) -> Result<Option<Index>>;

    /// Returns the templates of a registry; asked only to say which name was meant.
    fn names(&self, registry: &str) -> Result<Vec<TemplateName>>;

    /// Returns what messages call a registry: its address.
    fn address(&self, registry: &str) -> String;

    /// Returns the command that was typed with another name in the place of a template's, if it has
    /// that.
    fn corrected(&self, name: &TemplateName, other: &str) -> Option<String>;

    /// Returns the command that asks for `request`, a version of a template.
    fn install(&self, name: &TemplateName, request: &str) -> String;

    /// Returns the command that was typed with the registry that has a template, if it is another
    /// one.
    fn elsewhere(&self, name: &TemplateName) -> Option<String>;

    /// Returns the command that lists the templates there are.
    fn search(&self) -> String;
}

/// Returns one release for each template that is wanted, and for each that those need.
///
/// The highest version that fits, except that the locked one stays while it fits, even if it was
/// yanked since. Where both can't be had, what isn't locked gets its highest version and a lock
/// gives way, as in `cargo update NAME`. Yanked releases are otherwise hidden, and so are
/// pre-releases that no requirement names. A dependency is looked for in its dependent's registry,
/// unless `wanted` names it.
///
/// # Errors
/// When no releases fit together (the causes say why), a wanted template doesn't exist, a template
/// would come from two registries, or the source fails.
pub fn resolve(
    wanted: &[WantedRoot],
    source: &dyn IndexSource,
    locked: &Locked,
    agentpkg: &Version,
) -> Result<BTreeMap<TemplateName, Resolved>> {
    check_registries(wanted, source)?;
    search(&Universe::new(wanted, source, locked, agentpkg))
}

/// Looks for releases that fit together.
fn search(universe: &Universe) -> Result<BTreeMap<TemplateName, Resolved>> {
    let (wanted, source) = (universe.wanted, universe.source);
    for root in wanted {
        if !universe
            .candidates(&SolverPackage::template(&root.registry, &root.name))?
            .exists
        {
            return Err(no_such_template(source, &root.registry, &root.name)?);
        }
    }
    match pubgrub::resolve(universe, SolverPackage::Repo, 0_usize) {
        Ok(selected) => collect(universe, selected),
        Err(PubGrubError::NoSolution(tree)) => Err(explain::explain(universe, &tree)),
        Err(
            PubGrubError::ErrorRetrievingDependencies { source, .. }
            | PubGrubError::ErrorChoosingVersion { source, .. }
            | PubGrubError::ErrorInShouldCancel(source),
        ) => Err(source),
    }
}

/// Returns the error for a template that a registry doesn't have, with the command that asks for
/// the one that was probably meant.
///
/// # Errors
/// When the registry can't say what it has.
pub fn no_such_template(
    source: &dyn IndexSource,
    registry: &str,
    name: &TemplateName,
) -> Result<Error> {
    let names = source.names(registry)?;
    let near = words::nearest(name.as_str(), names.iter().map(TemplateName::as_str));
    let command = near.and_then(|near| source.corrected(name, near));
    let address = source.address(registry);
    let error = Error::user(format!("no template named `{name}` in `{address}`"));
    if let Some(command) = source.elsewhere(name) {
        return Ok(error.hint_command("another registry has it", command));
    }
    Ok(match (command, near) {
        (Some(command), _) => error.hint_command("a template with a similar name exists", command),
        (None, Some(_)) => no_template(name, &address, &names),
        (None, None) => error.hint_command("list the templates there are", source.search()),
    })
}

/// Returns the error for a template that a registry doesn't have; `names` are those it has.
pub fn no_template<'a>(
    name: &TemplateName,
    registry: &str,
    names: impl IntoIterator<Item = &'a TemplateName>,
) -> Error {
    let error = Error::user(format!("no template named `{name}` in `{registry}`"));
    match words::nearest(name.as_str(), names.into_iter().map(TemplateName::as_str)) {
        Some(near) => error.hint(format!("a template with a similar name exists: `{near}`")),
        None => error.hint("`agentpkg search` lists the templates there are"),
    }
}

/// Checks that the repo names one registry for each template.
fn check_registries(wanted: &[WantedRoot], source: &dyn IndexSource) -> Result<()> {
    let mut registries = BTreeMap::new();
    for root in wanted {
        let first = *registries.entry(&root.name).or_insert(&root.registry);
        if *first != root.registry {
            return Err(two_registries(&root.name, source, [first, &root.registry]));
        }
    }
    Ok(())
}

fn two_registries(name: &TemplateName, source: &dyn IndexSource, registries: [&str; 2]) -> Error {
    let [one, other] = registries.map(|registry| source.address(registry));
    Error::user(format!(
        "`{name}` would come from two registries: `{one}` and `{other}`"
    ))
    .hint(format!(
        "say which one in `[templates]` of `agentpkg.toml`: `{name} = {{ version = \"…\", \
         registry = \"…\" }}`"
    ))
}

fn collect(
    universe: &Universe,
    selected: SelectedDependencies<SolverPackage, usize>,
) -> Result<BTreeMap<TemplateName, Resolved>> {
    let mut chosen: BTreeMap<TemplateName, Resolved> = BTreeMap::new();
    let mut selected: Vec<_> = selected.into_iter().collect();
    selected.sort();
    for (package, place) in selected {
        let SolverPackage::Template { name, registry } = &package else {
            continue;
        };
        let release = universe.candidates(&package)?.releases[place].clone();
        match chosen.entry(name.clone()) {
            Entry::Vacant(entry) => {
                _ = entry.insert(Resolved {
                    registry: registry.clone(),
                    release,
                })
            }
            Entry::Occupied(entry) => {
                return Err(two_registries(
                    name,
                    universe.source,
                    [&entry.get().registry, registry],
                ));
            }
        }
    }
    Ok(chosen)
}
