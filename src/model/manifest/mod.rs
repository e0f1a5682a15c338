//! agentpkg.toml: what the team wants. Comments and order are kept when a command edits it.

mod edit;

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::error::{Error, Result};
use crate::model::agent::Agent;
use crate::model::answers::Answers;
use crate::model::document;
use crate::model::name::TemplateName;
use crate::model::version::Requirement;
pub use edit::ManifestEdit;

/// The name of the file at a repo's root.
pub const AGENTPKG_TOML: &str = "agentpkg.toml";

/// The name of the registry that a template comes from unless it names another.
pub const DEFAULT_REGISTRY: &str = "default";

/// The keys at the top of `agentpkg.toml`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The versions of agentpkg that this repository can be used with.
    pub agentpkg: Option<Requirement>,
    /// The agents to write for. The first `install` looks which ones are in use, and writes them
    /// here.
    pub agents: Option<Vec<Agent>>,
    /// Registries, by name. `default` is the one that templates come from unless they name another.
    #[serde(default)]
    pub registries: BTreeMap<String, RegistryEntry>,
    /// The templates that are wanted here, each with the versions that will do.
    #[serde(default)]
    pub templates: BTreeMap<TemplateName, Wanted>,
    /// Answers to the templates' questions, by the question's key.
    #[serde(default)]
    pub answers: Answers,
}

/// `[registries.NAME]`: a registry.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegistryEntry {
    /// Its address: a folder, a git repository, a web server, or `embedded`. A folder is relative
    /// to the file that names it.
    pub url: String,
    /// Whether a web server is used although nobody signs what it serves.
    #[serde(default)]
    pub unsigned: bool,
    /// Whether it is read over plain HTTP from another machine, although anybody on the network can
    /// change what is read.
    #[serde(default)]
    pub insecure: bool,
}

impl RegistryEntry {
    /// Returns the entry of a registry that nothing more has to be said of.
    pub fn at(url: String) -> Self {
        Self {
            url,
            unsigned: false,
            insecure: false,
        }
    }
}

/// `[templates.NAME]`: a template that is wanted. `NAME = "^1.2"` is short for
/// `NAME = { version = "^1.2" }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The versions that will do.
    pub version: Requirement,
    /// The registry that it comes from, by its name in `[registries]`. Left out, it is `default`.
    pub registry: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Long {
    version: Requirement,
    registry: Option<String>,
}

impl<'de> Deserialize<'de> for Wanted {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Spelling)
    }
}

/// Reads either spelling; what is wrong with a requirement is said of it in both.
struct Spelling;

impl<'de> Visitor<'de> for Spelling {
    type Value = Wanted;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a requirement like \"^1.2\", or { version = \"^1.2\", registry = \"lab\" }")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Wanted, E> {
        let version = text.parse().map_err(E::custom)?;
        Ok(Wanted {
            version,
            registry: None,
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Wanted, A::Error> {
        let Long { version, registry } =
            Long::deserialize(de::value::MapAccessDeserializer::new(map))?;
        Ok(Wanted { version, registry })
    }
}

impl Manifest {
    /// Parses agentpkg.toml.
    pub fn parse(text: &str) -> Result<Self> {
        if let Some(line) = text.lines().position(|line| line.starts_with("<<<<<<< ")) {
            return Err(Error::user(format!(
                "`{AGENTPKG_TOML}` line {} is a conflict marker",
                line + 1
            ))
            .hint("settle the conflict, and run the command again"));
        }
        document::read(AGENTPKG_TOML, text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_name_the_line() {
        let error = Manifest::parse("[templates]\na = 1\n").unwrap_err();
        assert_eq!(
            error.message(),
            "`agentpkg.toml` line 2: invalid type: integer `1`, expected a requirement like \
             \"^1.2\", or { version = \"^1.2\", registry = \"lab\" }"
        );
        let error = Manifest::parse("agents = [\"cladue\"]\n").unwrap_err();
        assert!(error.message().contains("line 1"), "{}", error.message());
    }
}
