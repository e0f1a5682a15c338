//! Which registry is used, and who says so.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::error::{Error, Result};
use crate::model::document;
use crate::model::manifest::{DEFAULT_REGISTRY, Manifest, RegistryEntry};

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
}

/// A configuration file, the user's or the machine's.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    #[serde(default)]
    registries: BTreeMap<String, RegistryEntry>,
}

/// Returns the default registry: the first that somebody names.
pub fn default_registry(environment: &Environment, root: &Path, manifest: &Manifest) -> Result<Chosen> {
    let here = environment.here.clone();
    if let Some(url) = environment.flag.clone() {
        return Ok(Chosen { url, base: here, by: By::Flag });
    }
    if let Some(entry) = manifest.registries.get(DEFAULT_REGISTRY) {
        return Ok(Chosen { url: entry.url.clone(), base: root.to_path_buf(), by: By::Manifest });
    }
    if let Some(url) = environment.registry.clone().filter(|url| !url.is_empty()) {
        return Ok(Chosen { url, base: here, by: By::Environment });
    }
    for path in &environment.configs {
        let Some(bytes) = fs::read(path)? else { continue };
        let name = path.display().to_string();
        let text = String::from_utf8(bytes).map_err(|_| Error::user(format!("`{name}` is not UTF-8 text")))?;
        let config: Config = document::read(&name, &text)?;
        if let Some(entry) = config.registries.get(DEFAULT_REGISTRY) {
            let base = path.parent().unwrap_or(Path::new("/")).to_path_buf();
            return Ok(Chosen { url: entry.url.clone(), base, by: By::Config(path.clone()) });
        }
    }
    Ok(Chosen { url: EMBEDDED.to_owned(), base: here, by: By::Nobody })
}

/// Returns the registry that `[templates]` knows by `name`.
pub fn named_registry(environment: &Environment, root: &Path, manifest: &Manifest, name: &str) -> Result<Chosen> {
    if name == DEFAULT_REGISTRY {
        return default_registry(environment, root, manifest);
    }
    match manifest.registries.get(name) {
        Some(entry) => Ok(Chosen { url: entry.url.clone(), base: root.to_path_buf(), by: By::Manifest }),
        None => Err(Error::user(format!("`agentpkg.toml` names no registry `{name}`"))
            .hint(format!("add `[registries.{name}]` with its `url`"))),
    }
}

impl Chosen {
    /// Returns the address as agentpkg.toml of the repo at `root` can hold it: relative inside the repo, else absolute.
    pub fn written(&self, root: &Path) -> String {
        if self.url == EMBEDDED || self.url.contains("://") {
            return self.url.clone();
        }
        let Ok(folder) = fs::canonical(&self.base.join(&self.url)) else { return self.url.clone() };
        match folder.strip_prefix(root) {
            Ok(inside) if !inside.as_os_str().is_empty() => inside.display().to_string(),
            _ => folder.display().to_string(),
        }
    }
}
