//! Which registry is used, and who says so.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use crate::error::{Error, Result};
use crate::model::document;
use crate::model::manifest::{DEFAULT_REGISTRY, Manifest};

use super::fs;
use super::git::{self, RepositoryUrl};
use super::reach::{Access, Reach};
use super::registry::Address;
use super::surroundings::Surroundings;

/// A registry's address, and who named it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// The address.
    pub address: Address,
    /// Who named it.
    pub by: By,
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

/// What surrounds the process: read once, by the binary.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// The current folder.
    pub here: PathBuf,
    /// The time, in seconds since 1970.
    pub now: i64,
    /// What was typed after the program's name.
    pub typed: Vec<String>,
    /// `--registry`.
    pub flag: Option<String>,
    /// `AGENTPKG_REGISTRY`.
    pub registry: Option<String>,
    /// Configuration files, the user's before the machine's.
    pub configs: Vec<PathBuf>,
    /// Where the user's state lies: `$XDG_STATE_HOME`, or `~/.local/state`.
    pub state: Option<PathBuf>,
    /// Where what was fetched is kept: `$XDG_CACHE_HOME/agentpkg`, or `~/.cache/agentpkg`.
    pub cache: Option<PathBuf>,
    /// Where the machine's managed settings of the agent lie.
    pub managed: Option<PathBuf>,
    /// `--offline`.
    pub offline: bool,
    /// Whether the command only reads.
    pub reads: bool,
}

/// The addresses that a command of this user's which writes has used, a line each.
const USED: &str = "agentpkg/registries";
/// How long a command that only reads waits for an answer; what moves a repository may take five
/// times as long.
const READING: Duration = Duration::from_secs(6);
/// How much of that list is read.
const MOST_USED: usize = 1 << 20;

impl Environment {
    /// Returns how far a command may go to reach a registry.
    ///
    /// **A clone can name any host**: who only reads asks none that this user or their machine
    /// doesn't know, and who writes signs in at none.
    ///
    /// # Errors
    /// When a configuration file can't be read.
    pub fn reach(&self, root: &Path, registry: &Chosen) -> Result<Reach> {
        let access = match () {
            () if self.offline => Access::Offline,
            () if self.knows(root, registry)? => Access::Signed,
            () if self.reads => Access::NotAsked,
            () => Access::Anonymous,
        };
        Ok(Reach {
            access,
            cache: self.cache.clone(),
            surroundings: match self.reads {
                true => Surroundings::default().patience(READING),
                false => Surroundings::default(),
            },
        })
    }

    /// Whether somebody of this machine named the host of a registry: the command line, the
    /// environment, a configuration, an earlier command, or the clone's own origin.
    fn knows(&self, root: &Path, registry: &Chosen) -> Result<bool> {
        let Some(host) = registry
            .address
            .host()
            .filter(|_| registry.by == By::Manifest)
        else {
            return Ok(true);
        };
        let origin = git::origin(root).and_then(|url| RepositoryUrl::parse(&url).ok());
        if origin.and_then(|url| url.host()).as_ref() == Some(&host) {
            return Ok(true);
        }
        let used = self.used();
        let used = used
            .lines()
            .filter_map(|line| Address::parse(line, root).ok());
        if used
            .filter_map(|address| address.host())
            .any(|known| known == host)
        {
            return Ok(true);
        }
        for (path, config) in configs(self)? {
            for entry in config.registries.values() {
                let named = entry.chosen(&path).ok();
                if named.and_then(|named| named.address.host()).as_ref() == Some(&host) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    fn used(&self) -> String {
        let place = self.state.as_ref().map(|state| state.join(USED));
        let bytes = place.and_then(|place| fs::read_own(&place, MOST_USED));
        String::from_utf8(bytes.unwrap_or_default()).unwrap_or_default()
    }

    /// Remembers that a command which writes has used a registry. It is no error when that can't
    /// be written: it is asked about once more.
    pub fn remember(&self, registry: &Address) {
        let (Some(state), Some(_)) = (&self.state, registry.host()) else {
            return;
        };
        let used = self.used();
        let line = registry.to_string();
        if !used.lines().any(|known| known == line) {
            let _ = fs::write_private(&state.join(USED), format!("{used}{line}\n").as_bytes());
        }
    }
}

/// A configuration file, the user's or the machine's.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    #[serde(default)]
    registries: BTreeMap<String, ConfiguredRegistry>,
}

/// `[registries.NAME]` of a configuration file. A repo's own agentpkg.toml can't say whom to trust:
/// whoever wrote it would.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ConfiguredRegistry {
    url: String,
    trust: Option<Trust>,
}

/// What of a registry is trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Trust {
    /// Whatever it serves is shown, and not asked about.
    All,
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
    let address = match manifest.registries.get(written) {
        Some(entry) => Address::parse(&entry.url, root)?,
        None => Address::parse(written, &environment.here)?,
    };
    Ok(Some(Chosen {
        address,
        by: By::Flag,
    }))
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
        return Ok(Chosen {
            address: Address::parse(&entry.url, root)?,
            by: By::Manifest,
        });
    }
    if let Some(url) = environment.registry.as_ref().filter(|url| !url.is_empty()) {
        return Ok(Chosen {
            address: Address::parse(url, here)?,
            by: By::Environment,
        });
    }
    for (path, config) in configs(environment)? {
        if let Some(entry) = config.registries.get(DEFAULT_REGISTRY) {
            return entry.chosen(&path);
        }
    }
    Ok(Chosen {
        address: Address::embedded(),
        by: By::Nobody,
    })
}

/// Returns whether the user or the machine trusts whatever a registry serves; the one inside the
/// program is a part of it.
pub fn trusts(environment: &Environment, registry: &Chosen) -> Result<bool> {
    if registry.address.is_embedded() {
        return Ok(true);
    }
    for (path, config) in configs(environment)? {
        for entry in config.registries.values() {
            // An address that says nothing trusts nothing.
            let is_it = entry
                .chosen(&path)
                .is_ok_and(|trusted| trusted.address.is_same_place(&registry.address));
            if is_it && entry.trust == Some(Trust::All) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Returns the configuration files that are there, the user's first.
fn configs(environment: &Environment) -> Result<Vec<(PathBuf, Config)>> {
    let mut configs = Vec::new();
    for path in &environment.configs {
        let Some(bytes) = fs::read(path)? else {
            continue;
        };
        let name = path.display().to_string();
        let text = String::from_utf8(bytes)
            .map_err(|_| Error::user(format!("`{name}` is not UTF-8 text")))?;
        configs.push((path.clone(), document::read(&name, &text)?));
    }
    Ok(configs)
}

impl ConfiguredRegistry {
    fn chosen(&self, config: &Path) -> Result<Chosen> {
        let base = config.parent().unwrap_or(Path::new("/"));
        let address = Address::parse(&self.url, base)
            .map_err(|error| error.cause(format!("`{}` names it", config.display())))?;
        Ok(Chosen {
            address,
            by: By::Config(config.to_path_buf()),
        })
    }
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
        Some(entry) => Ok(Chosen {
            address: Address::parse(&entry.url, root)?,
            by: By::Manifest,
        }),
        None => Err(
            Error::user(format!("`agentpkg.toml` names no registry `{name}`"))
                .hint(format!("add `[registries.{name}]` with its `url`")),
        ),
    }
}
