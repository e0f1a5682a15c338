//! The user's and the machine's configuration files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{By, Chosen, Permits};
use crate::error::{Error, Result};
use crate::model::document;
use crate::store::fs;
use crate::store::registry::Address;

/// The keys at the top of a configuration file, the user's or the machine's.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Config {
    /// Registries, by name. `default` is the one that is used where neither the command line, nor
    /// `agentpkg.toml`, nor `AGENTPKG_REGISTRY` names one.
    #[serde(default)]
    pub registries: BTreeMap<String, ConfiguredRegistry>,
}

/// `[registries.NAME]`: a registry that this user or this machine knows. Only here can one be
/// trusted: an `agentpkg.toml` can't say so, since whoever wrote it would.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ConfiguredRegistry {
    /// Its address, as in `agentpkg.toml`.
    url: String,
    /// What of it needs no approval in each repository.
    pub trust: Option<Trust>,
    /// Whether a web server is used although nobody signs what it serves.
    #[serde(default)]
    pub unsigned: bool,
    /// Whether it is read over plain HTTP from another machine, although anybody on the network can
    /// change what is read.
    #[serde(default)]
    pub insecure: bool,
}

impl ConfiguredRegistry {
    pub fn chosen(&self, config: &Path) -> Result<Chosen> {
        let base = config.parent().unwrap_or(Path::new("/"));
        let address = Address::parse(&self.url, base)
            .map_err(|error| error.cause(format!("`{}` names it", config.display())))?;
        Ok(Chosen {
            address,
            by: By::Config(config.to_path_buf()),
            permits: Permits {
                unsigned: self.unsigned,
                insecure: self.insecure,
            },
        })
    }
}

/// What of a registry is trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Trust {
    /// Everything: what it serves is shown, and not asked about.
    All,
}

/// Returns the configuration files that are there, the user's first.
pub(super) fn read_configs(paths: &[PathBuf]) -> Result<Vec<(PathBuf, Config)>> {
    let mut configs = Vec::new();
    for path in paths {
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
