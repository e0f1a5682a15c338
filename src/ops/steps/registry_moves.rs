//! What `--registry` does to agentpkg.toml: a registry is added, or templates move to one.
//!
//! **What is installed comes from where agentpkg.toml says**: the option is turned into an edit of
//! agentpkg.toml before anything is chosen, so that every clone finds what this one found.
//!
//! The templates that are meant are those that the command names, else all that the default
//! registry serves; where it isn't clear which are to move, they have to be named. What is done is
//! the first row that fits:
//!
//! | the registry that `--registry` names | in agentpkg.toml |
//! |---|---|
//! | is the default one | those that are meant come from there; no `registry` key |
//! | has a name there | those that are meant get `registry = "NAME"` |
//! | nothing is installed, and no default is named | it becomes `[registries.default]` |
//! | else, if those are all that the default one serves | the `url` of `[registries.default]` |
//! | else | `[registries.NAME]` is added; those that are meant get `registry = "NAME"` |
//!
//! With `--locked` nothing is written: the registry stands in for the default one, and has to serve
//! the very releases that are locked.
//!
//! What is installed moves as it is, where the registry has that release with that digest. Where it
//! doesn't, it moves only by `upgrade`, or to the version that was asked for.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::{Error, Result};
use crate::model::lock::LockedRelease;
use crate::model::manifest::{DEFAULT_REGISTRY, Manifest};
use crate::model::name::TemplateName;
use crate::store::config::{self, Chosen};
use crate::store::registry::Address;
use crate::words;

use crate::ops::Session;
use crate::ops::steps::command_line::CommandLine;
use crate::ops::steps::releases::ChosenReleases;
use crate::ops::steps::releases::Registries;
use crate::ops::steps::repo::Repo;
use crate::ops::steps::target::TargetState;
use crate::ops::steps::unsigned;

/// What `--registry` does to agentpkg.toml.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegistryEdit {
    /// It names the default registry.
    Default,
    /// It names a registry that has this name there.
    Named(String),
    /// It becomes the default registry.
    First,
    /// It takes the place of the default registry.
    Replaced,
    /// It gets this name there.
    Added(String),
}

impl RegistryEdit {
    /// Returns the name that the registry has in agentpkg.toml then.
    fn name(&self) -> &str {
        match self {
            Self::Default | Self::First | Self::Replaced => DEFAULT_REGISTRY,
            Self::Named(name) | Self::Added(name) => name,
        }
    }
}

/// A registry that the command line names, and what it comes to.
pub struct Moving {
    pub registry: Chosen,
    /// What is done to agentpkg.toml.
    pub edit: RegistryEdit,
}

/// A template that comes from another registry than before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegistryMove {
    pub name: TemplateName,
    /// Where it came from.
    pub from: Address,
    /// Where it comes from now.
    pub to: Address,
}

/// Turns `--registry` into an edit of what is wished for, if it was given.
///
/// # Errors
/// Where it isn't clear what is meant, or what is installed isn't there as it is.
pub fn apply(session: &Session, repo: &Repo, wish: &mut TargetState) -> Result<Option<Moving>> {
    let root = session.workspace.root();
    let Some(registry) = config::flagged(&session.environment, root, &repo.manifest)? else {
        return Ok(None);
    };
    let url = registry.address.for_repo(root);
    if wish.locked {
        let entry = unsigned::entry(&registry, url);
        wish.manifest
            .registries
            .insert(DEFAULT_REGISTRY.to_owned(), entry);
        return Ok(None);
    }
    let now = Registries::recorded(session, &repo.manifest, None)?;
    let meant = meant(session, repo, wish, &registry, &now)?;
    let edit = decide(repo, &meant, &registry, &now);
    if !matches!(edit, RegistryEdit::Default | RegistryEdit::Named(_)) {
        let entry = unsigned::entry(&registry, url);
        wish.manifest
            .registries
            .insert(edit.name().to_owned(), entry);
    }
    for name in &meant {
        if let Some(wanted) = wish.manifest.templates.get_mut(name) {
            let named = Some(edit.name().to_owned());
            wanted.registry = named.filter(|name| name != DEFAULT_REGISTRY);
        }
    }
    let moving = Moving { registry, edit };
    hold(session, repo, wish, &meant, &moving)?;
    Ok(Some(moving))
}

/// Returns the templates that `--registry` is about.
fn meant(
    session: &Session,
    repo: &Repo,
    wish: &TargetState,
    registry: &Chosen,
    now: &Registries,
) -> Result<BTreeSet<TemplateName>> {
    if !wish.named.is_empty() {
        return Ok(wish.named.iter().cloned().collect());
    }
    let address = &registry.address;
    let served = served_by_default(&repo.manifest);
    let templates = &repo.manifest.templates;
    match now.name_of(address) {
        Some(DEFAULT_REGISTRY) => Ok(served),
        Some(name) => {
            let others = templates
                .iter()
                .filter(|(_, wanted)| wanted.registry.as_deref() != Some(name));
            let others: BTreeSet<TemplateName> = others.map(|(name, _)| name.clone()).collect();
            match others.is_empty() {
                true => Ok(others),
                false => Err(unclear(session, address, &others)),
            }
        }
        None if served.is_empty() => {
            let all = templates.keys().cloned().collect();
            Err(unclear(session, address, &all))
        }
        None => all_there(session, served, registry),
    }
}

/// Returns the error for a command that names no template where that would move too much or
/// nothing.
fn unclear(session: &Session, address: &Address, names: &BTreeSet<TemplateName>) -> Error {
    Error::user(format!(
        "name the templates that are to come from `{address}`"
    ))
    .note("nothing was changed")
    .command(naming(session, names))
}

/// Returns the templates if a registry has all of them.
///
/// # Errors
/// Where it doesn't, with the command that moves those that it has.
fn all_there(
    session: &Session,
    names: BTreeSet<TemplateName>,
    registry: &Chosen,
) -> Result<BTreeSet<TemplateName>> {
    let address = &registry.address;
    let root = session.workspace.root();
    let registry = session.environment.open(root, registry)?;
    let (mut there, mut absent) = (BTreeSet::new(), Vec::new());
    for name in names {
        match registry.index(&name)? {
            Some(_) => _ = there.insert(name),
            None => absent.push(name),
        }
    }
    if absent.is_empty() {
        return Ok(there);
    }
    let error = Error::user(format!("`{address}` has no {}", words::list(&absent)))
        .note("nothing was changed");
    Err(match there.is_empty() {
        true => error.command(CommandLine::next(session, "search")),
        false => error.hint_command("move what it has", naming(session, &there)),
    })
}

/// Returns the command that was typed with templates named in it.
fn naming(session: &Session, names: &BTreeSet<TemplateName>) -> String {
    let mut line = CommandLine::again(session);
    for name in names {
        line = line.word(name.as_str());
    }
    line.to_string()
}

/// Returns the templates of agentpkg.toml that name no registry.
fn served_by_default(manifest: &Manifest) -> BTreeSet<TemplateName> {
    let mut names = BTreeSet::new();
    for (name, wanted) in &manifest.templates {
        if wanted.registry.as_deref().unwrap_or(DEFAULT_REGISTRY) == DEFAULT_REGISTRY {
            names.insert(name.clone());
        }
    }
    names
}

/// The table above, row by row.
fn decide(
    repo: &Repo,
    meant: &BTreeSet<TemplateName>,
    registry: &Chosen,
    now: &Registries,
) -> RegistryEdit {
    let registries = &repo.manifest.registries;
    // A lost agentpkg.toml had one, and nobody knows which.
    let is_installed = repo.lock.is_some() && repo.manifest_text.is_some();
    let has_default = registries.contains_key(DEFAULT_REGISTRY) || is_installed;
    let served = served_by_default(&repo.manifest);
    match now.name_of(&registry.address) {
        Some(DEFAULT_REGISTRY) if has_default => RegistryEdit::Default,
        Some(name) if name != DEFAULT_REGISTRY => RegistryEdit::Named(name.to_owned()),
        _ if !has_default => RegistryEdit::First,
        _ if !served.is_empty() && served.is_subset(meant) => RegistryEdit::Replaced,
        _ => RegistryEdit::Added(new_name(&registry.address.to_string(), |name| {
            registries.contains_key(name)
        })),
    }
}

/// Lets what moves be held where the registry has that very release, and lets it go where an
/// upgrade was asked for.
///
/// # Errors
/// Where it has to stay what it is, and isn't there.
fn hold(
    session: &Session,
    repo: &Repo,
    wish: &mut TargetState,
    meant: &BTreeSet<TemplateName>,
    moving: &Moving,
) -> Result<()> {
    let after = Registries::recorded(session, &wish.manifest, Some(&moving.registry))?;
    let name_there = moving.edit.name();
    let stays_as_it_is = meant.iter().any(|name| wish.held.contains_key(name)) && !wish.upgrades;
    for name in with_dependencies(repo, wish, meant) {
        let Some(locked) = wish.held.remove(&name) else {
            continue;
        };
        let index = after.index(name_there, &name)?;
        let release = index
            .as_ref()
            .and_then(|index| index.release(&locked.version));
        if release.is_some_and(|release| release.tree == locked.tree) {
            let registry = name_there.to_owned();
            wish.held.insert(name, LockedRelease { registry, ..locked });
            continue;
        }
        let is_same_place = after.same_registry(name_there, &locked.registry)
            && moving.edit != RegistryEdit::Replaced;
        if is_same_place {
            wish.held.insert(name, locked);
        } else if stays_as_it_is {
            let why = match (&index, release) {
                (None, _) => format!("there is no `{name}`"),
                (_, None) => "that version isn't there".to_owned(),
                _ => "that version has other contents there".to_owned(),
            };
            return Err(not_as_it_is(&name, &locked, moving, &why)
                .hint_command("move it and upgrade it", upgrading(session, meant)));
        }
    }
    Ok(())
}

fn not_as_it_is(name: &TemplateName, locked: &LockedRelease, moving: &Moving, why: &str) -> Error {
    Error::user(format!(
        "`{name}` {} can't move to `{}` as it is: {why}",
        locked.version, moving.registry.address
    ))
    .note("nothing was changed")
}

/// Returns the command that moves templates and upgrades them.
fn upgrading(session: &Session, names: &BTreeSet<TemplateName>) -> CommandLine {
    let mut line = CommandLine::next(session, "upgrade");
    for name in names {
        line = line.word(name.as_str());
    }
    line
}

/// Returns templates with what they need: that comes from where they do, unless agentpkg.toml
/// names it.
fn with_dependencies(
    repo: &Repo,
    wish: &TargetState,
    names: &BTreeSet<TemplateName>,
) -> Vec<TemplateName> {
    let no_releases = BTreeMap::new();
    let releases = repo
        .lock
        .as_ref()
        .map_or(&no_releases, |lock| &lock.inputs.releases);
    let mut all: Vec<TemplateName> = names.iter().cloned().collect();
    let mut next = 0;
    while let Some(name) = all.get(next).cloned() {
        next += 1;
        let Some(release) = releases.get(&name) else {
            continue;
        };
        for needed in &release.dependencies {
            if !all.contains(needed) && !wish.manifest.templates.contains_key(needed) {
                all.push(needed.clone());
            }
        }
    }
    all
}

/// Returns what comes from another place than before, as far as agentpkg.toml said where that was.
pub fn moved(
    repo: &Repo,
    edit: &RegistryEdit,
    before: &Registries,
    after: &Registries,
    chosen: &ChosenReleases,
) -> Result<Vec<RegistryMove>> {
    let mut moves = Vec::new();
    let Some(lock) = repo.lock.as_ref().filter(|_| *edit != RegistryEdit::First) else {
        return Ok(moves);
    };
    for (name, (registry, _)) in chosen {
        let Some(locked) = lock.inputs.releases.get(name) else {
            continue;
        };
        let Ok(from) = before.address_of(&locked.registry) else {
            continue;
        };
        let to = after.address_of(registry)?;
        if !from.address.is_same_place(&to.address) {
            moves.push(RegistryMove {
                name: name.clone(),
                from: from.address,
                to: to.address,
            });
        }
    }
    Ok(moves)
}

/// Returns a free name for a registry, after its address.
fn new_name(url: &str, is_taken: impl Fn(&str) -> bool) -> String {
    let name = match plain(last_part(url)) {
        name if name.is_empty() => "registry".to_owned(),
        name => name,
    };
    let mut candidate = name.clone();
    let mut number = 2;
    while candidate == DEFAULT_REGISTRY || is_taken(&candidate) {
        candidate = format!("{name}-{number}");
        number += 1;
    }
    candidate
}

/// Returns the last folder of an address, or its host where it has none.
fn last_part(url: &str) -> &str {
    let place = url.split('#').next().unwrap_or_default();
    let place = place.split_once("://").map_or(place, |(_, place)| place);
    let mut last = "";
    for part in place.split(['/', ':']) {
        let is_port = !last.is_empty() && part.parse::<u16>().is_ok();
        if !part.is_empty() && !part.starts_with('.') && !is_port {
            last = part;
        }
    }
    last.trim_end_matches(".git")
}

/// Returns a text in small letters, digits and dashes.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    for letter in text.chars() {
        if letter.is_ascii_alphanumeric() {
            plain.push(letter.to_ascii_lowercase());
        } else if !plain.is_empty() && !plain.ends_with('-') {
            plain.push('-');
        }
    }
    plain.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(url: &str, expected: &str) {
        assert_eq!(new_name(url, |name| name == "taken"), expected);
    }

    #[test]
    fn a_registry_is_called_as_its_last_folder_or_its_host() {
        check("../new", "new");
        check("/srv/platform/Agent Templates/", "agent-templates");
        check("git@git.example.org:platform/agents.git#registry", "agents");
        check("https://agents.example.org/", "agents-example-org");
        check("http://localhost:8080/", "localhost");
        check("file:///srv/x", "x");
        check("embedded", "embedded");
        check("../taken", "taken-2");
        check("../default", "default-2");
        check("..", "registry");
        check("s3://bucket//", "bucket");
    }
}
