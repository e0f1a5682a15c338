//! Which registry is used, and who says so.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::error::{Error, Result};
use crate::model::document;
use crate::model::manifest::{DEFAULT_REGISTRY, Manifest};

use super::fs;

/// The address of the registry inside the binary.
pub const EMBEDDED: &str = "embedded";

/// A registry's address, and who named it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// The address as it was written.
    pub url: String,
    /// The folder that a relative address starts from.
    pub base: PathBuf,
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
    /// `--registry`.
    pub flag: Option<String>,
    /// `AGENTPKG_REGISTRY`.
    pub registry: Option<String>,
    /// Configuration files, the user's before the machine's.
    pub configs: Vec<PathBuf>,
    /// Where the machine's managed settings of the agent lie.
    pub managed: Option<PathBuf>,
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

/// Returns the default registry: the first that somebody names.
pub fn default_registry(
    environment: &Environment,
    root: &Path,
    manifest: &Manifest,
) -> Result<Chosen> {
    let here = environment.here.clone();
    if let Some(url) = environment.flag.clone() {
        return Ok(Chosen {
            url,
            base: here,
            by: By::Flag,
        });
    }
    if let Some(entry) = manifest.registries.get(DEFAULT_REGISTRY) {
        return Ok(Chosen {
            url: entry.url.clone(),
            base: root.to_path_buf(),
            by: By::Manifest,
        });
    }
    if let Some(url) = environment.registry.clone().filter(|url| !url.is_empty()) {
        return Ok(Chosen {
            url,
            base: here,
            by: By::Environment,
        });
    }
    for (path, config) in configs(environment)? {
        if let Some(entry) = config.registries.get(DEFAULT_REGISTRY) {
            return Ok(entry.chosen(&path));
        }
    }
    Ok(Chosen {
        url: EMBEDDED.to_owned(),
        base: here,
        by: By::Nobody,
    })
}

/// Returns whether the user or the machine trusts whatever a registry serves; the one inside the
/// program is a part of it.
pub fn trusts(environment: &Environment, registry: &Chosen) -> Result<bool> {
    let trusts = |(path, config): &(PathBuf, Config)| {
        let entries = config
            .registries
            .values()
            .filter(|entry| entry.trust == Some(Trust::All));
        entries
            .map(|entry| entry.chosen(path))
            .any(|trusted| trusted.place() == registry.place())
    };
    Ok(registry.url == EMBEDDED || configs(environment)?.iter().any(trusts))
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
    fn chosen(&self, config: &Path) -> Chosen {
        let base = config.parent().unwrap_or(Path::new("/")).to_path_buf();
        Chosen {
            url: self.url.clone(),
            base,
            by: By::Config(config.to_path_buf()),
        }
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
            url: entry.url.clone(),
            base: root.to_path_buf(),
            by: By::Manifest,
        }),
        None => Err(
            Error::user(format!("`agentpkg.toml` names no registry `{name}`"))
                .hint(format!("add `[registries.{name}]` with its `url`")),
        ),
    }
}

impl Chosen {
    /// Returns where it is, whoever names it and however: two registries at one place are one.
    fn place(&self) -> PathBuf {
        let folder = match self.url.split_once("://") {
            Some(("file", path)) => PathBuf::from(path),
            Some(_) => return PathBuf::from(self.url.trim_end_matches('/')),
            None => self.base.join(&self.url),
        };
        fs::canonical(&folder).unwrap_or(folder)
    }

    /// Returns the address as agentpkg.toml of the repo at `root` can hold it: relative inside the
    /// repo, else absolute.
    pub fn written(&self, root: &Path) -> String {
        if self.url == EMBEDDED || self.url.contains("://") {
            return self.url.clone();
        }
        let Ok(folder) = fs::canonical(&self.base.join(&self.url)) else {
            return self.url.clone();
        };
        match folder.strip_prefix(root) {
            Ok(inside) if !inside.as_os_str().is_empty() => inside.display().to_string(),
            _ => folder.display().to_string(),
        }
    }
}
