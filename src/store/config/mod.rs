//! Which registry is used, and who says so.

mod environment;
mod file;
mod trust;

use std::fmt;
use std::path::{Path, PathBuf};

use super::registry::{Address, EMBEDDED, Target};
use crate::error::{Error, Result};
use crate::model::manifest::{DEFAULT_REGISTRY, Manifest};
pub use environment::{Environment, surroundings};
use file::read_configs;
pub use trust::{TRUST, trusts, unused_trust};

/// A registry's address, and who named it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// The address.
    pub address: Address,
    /// Who named it.
    pub by: By,
    /// What was permitted of it.
    pub permits: Permits,
}

/// What somebody permitted of a registry, who knows that it can't be proved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Permits {
    /// That it is used although nobody signs what its web server serves.
    pub unsigned: bool,
    /// That it is read although everybody on the way can change that.
    pub insecure: bool,
}

/// Who named a registry, from the first asked to the last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum By {
    /// `--registry`.
    Flag,
    /// agentpkg.toml.
    Manifest,
    /// `AGENTPKG_REGISTRY`.
    Environment,
    /// The user's or the machine's configuration file.
    Config(PathBuf),
    /// Nobody.
    Nobody,
}

impl fmt::Display for By {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag => f.write_str("`--registry`"),
            Self::Manifest => f.write_str("`agentpkg.toml`"),
            Self::Environment => f.write_str("`AGENTPKG_REGISTRY`"),
            Self::Config(path) => write!(f, "`{}`", path.display()),
            Self::Nobody => f.write_str("nobody: it is inside the program"),
        }
    }
}

/// Returns the registry that `--registry` names: by its name in agentpkg.toml, else by its address.
pub fn flagged(
    environment: &Environment,
    root: &Path,
    manifest: &Manifest,
) -> Result<Option<Chosen>> {
    let Some(written) = &environment.flag else {
        return Ok(None);
    };
    let (address, by) = named_or_address(environment, root, manifest, written)?;
    chosen(environment, root, manifest, address, by).map(Some)
}

/// Returns the address that was typed, or whose name was, and who wrote it.
fn named_or_address(
    environment: &Environment,
    root: &Path,
    manifest: &Manifest,
    written: &str,
) -> Result<(Address, By)> {
    // A clone's names stand for no address, and a clone's address is not one that was typed.
    let is_name = written != EMBEDDED && !written.contains("://");
    match manifest.registries.get(written).filter(|_| is_name) {
        Some(entry) => Ok((Address::parse(&entry.url, root)?, By::Manifest)),
        None => Ok((Address::parse(written, &environment.here)?, By::Flag)),
    }
}

/// Returns a registry with what is permitted of it: by `--unsigned`, or wherever it is named.
fn chosen(
    environment: &Environment,
    root: &Path,
    manifest: &Manifest,
    address: Address,
    by: By,
) -> Result<Chosen> {
    let mut permits = Permits::default();
    let is_meant = match &environment.permits_of {
        Some(written) => {
            let (meant, _) = named_or_address(environment, root, manifest, written)?;
            meant.is_same_place(&address)
        }
        None => true,
    };
    if is_meant {
        permits = environment.permits;
    }
    let mut permitted = environment.permitted.iter();
    permits.unsigned |= permitted.any(|other| other.is_same_place(&address));
    if matches!(address.target(), Target::Web(_)) {
        for named in all_named(environment, root, manifest)? {
            if named.address.is_same_place(&address) {
                permits.unsigned |= named.permits.unsigned;
                permits.insecure |= named.permits.insecure;
            }
        }
    }
    Ok(Chosen {
        address,
        by,
        permits,
    })
}

/// Returns what agentpkg.toml and the configuration files name, where it is an address.
fn all_named(environment: &Environment, root: &Path, manifest: &Manifest) -> Result<Vec<Chosen>> {
    let mut named = Vec::new();
    for entry in manifest.registries.values() {
        if let Ok(address) = Address::parse(&entry.url, root) {
            named.push(Chosen {
                address,
                by: By::Manifest,
                permits: Permits {
                    unsigned: entry.unsigned,
                    insecure: entry.insecure,
                },
            });
        }
    }
    for (path, config) in read_configs(&environment.configs)? {
        for entry in config.registries.values() {
            named.extend(entry.chosen(&path));
        }
    }
    Ok(named)
}

/// Returns the default registry: the first that somebody names.
pub fn default_registry(
    environment: &Environment,
    root: &Path,
    manifest: &Manifest,
) -> Result<Chosen> {
    let here = &environment.here;
    if let Some(chosen) = flagged(environment, root, manifest)? {
        return Ok(chosen);
    }
    if let Some(entry) = manifest.registries.get(DEFAULT_REGISTRY) {
        let address = Address::parse(&entry.url, root)?;
        return chosen(environment, root, manifest, address, By::Manifest);
    }
    if let Some(url) = environment.registry.as_ref().filter(|url| !url.is_empty()) {
        let address = Address::parse(url, here)?;
        return chosen(environment, root, manifest, address, By::Environment);
    }
    for (path, config) in read_configs(&environment.configs)? {
        if let Some(entry) = config.registries.get(DEFAULT_REGISTRY) {
            let Chosen { address, by, .. } = entry.chosen(&path)?;
            return chosen(environment, root, manifest, address, by);
        }
    }
    let address = Address::embedded();
    chosen(environment, root, manifest, address, By::Nobody)
}

/// Returns the registry that `[templates]` knows by `name`.
pub fn named_registry(
    environment: &Environment,
    root: &Path,
    manifest: &Manifest,
    name: &str,
) -> Result<Chosen> {
    if name == DEFAULT_REGISTRY {
        return default_registry(environment, root, manifest);
    }
    match manifest.registries.get(name) {
        Some(entry) => {
            let address = Address::parse(&entry.url, root)?;
            chosen(environment, root, manifest, address, By::Manifest)
        }
        None => Err(
            Error::user(format!("`agentpkg.toml` names no registry `{name}`"))
                .hint(format!("add `[registries.{name}]` with its `url`")),
        ),
    }
}
