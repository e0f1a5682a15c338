//! What a registry serves about templates: an index of releases for each, and a catalog of all.
//!
//! Readers ignore unknown keys and refuse a higher `format`. **A release never changes.**

use std::collections::BTreeMap;

use semver::Version;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::model::digest::Digest;
use crate::model::name::TemplateName;
use crate::model::version::Requirement;

/// The highest `format` of registry files that this program reads.
pub const FORMAT: u32 = 1;

/// `index/<template>.json`: the releases of one template, by version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    /// The format of the file.
    pub format: u32,
    pub name: TemplateName,
    /// What takes its place, if something does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deprecated: Option<Deprecated>,
    /// Its releases in the order of their versions.
    pub releases: Vec<Release>,
}

/// That another template takes the place of one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deprecated {
    /// The other template, in the same registry.
    pub replacement: TemplateName,
    /// Why, if somebody said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// One published version. Only whether it is offered may change once it is published.
///
/// `releaseTimestamp` and `isDeprecated` are called as Renovate's custom datasources read them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    pub version: Version,
    /// The digest of the source's tree: what the release *is*.
    pub tree: Digest,
    /// The digest of the archive: how it travels.
    pub artifact: Digest,
    /// The archive's size in bytes.
    pub size: u64,
    /// What it needs from the same registry.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub dependencies: BTreeMap<TemplateName, Requirement>,
    /// The versions of agentpkg that can install it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agentpkg: Option<Requirement>,
    /// Why it is hidden from resolution, if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub yanked: Option<String>,
    /// Whether it was yanked for security: who has it is to leave it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub recalled: bool,
    /// When it was published, as RFC 3339 has it, in Greenwich.
    #[serde(
        default,
        rename = "releaseTimestamp",
        skip_serializing_if = "Option::is_none"
    )]
    pub released: Option<String>,
    /// Whether another template takes the place of this one; the index says which.
    #[serde(
        default,
        rename = "isDeprecated",
        skip_serializing_if = "std::ops::Not::not"
    )]
    pub deprecated: bool,
}

impl Release {
    /// Returns why it was recalled, if it was.
    pub fn recall(&self) -> Option<&str> {
        self.yanked.as_deref().filter(|_| self.recalled)
    }
}

impl Index {
    /// Returns the index of a template without releases.
    pub fn new(name: TemplateName) -> Self {
        Self {
            format: FORMAT,
            name,
            deprecated: None,
            releases: Vec::new(),
        }
    }

    /// Returns the release of exactly this version.
    pub fn release(&self, version: &Version) -> Option<&Release> {
        self.releases
            .iter()
            .find(|release| release.version == *version)
    }

    /// Returns the newest release that is not yanked, a pre-release only where there is nothing
    /// else.
    pub fn latest(&self) -> Option<&Release> {
        let newest_first = self.releases.iter().rev();
        let mut offered = newest_first
            .filter(|release| release.yanked.is_none())
            .peekable();
        let newest = offered.peek().copied();
        offered
            .find(|release| release.version.pre.is_empty())
            .or(newest)
    }

    /// Returns the newest release that is offered to who has `version`: not yanked, and a
    /// pre-release only if that is one.
    pub fn offered_to(&self, version: &Version) -> Option<&Release> {
        let latest = self.latest()?;
        let is_asked_for = latest.version.pre.is_empty() || !version.pre.is_empty();
        is_asked_for.then_some(latest)
    }

    /// Adds a release in its place.
    pub fn insert(&mut self, release: Release) {
        let place = self
            .releases
            .partition_point(|other| other.version < release.version);
        self.releases.insert(place, release);
    }
}

/// `catalog.json`: a line a template, for `search` and a bare `agentpkg`. A hint: the index
/// decides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catalog {
    /// The format of the file.
    pub format: u32,
    pub templates: BTreeMap<TemplateName, CatalogEntry>,
}

impl Default for Catalog {
    fn default() -> Self {
        Self {
            format: FORMAT,
            templates: BTreeMap::new(),
        }
    }
}

/// What a person needs to choose.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogEntry {
    /// One line.
    pub description: String,
    /// What it is also found by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keywords: Vec<String>,
    /// The newest release that is not yanked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latest: Option<Version>,
    /// Where a question goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
    /// Whether a repo that lacks it is told of it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub recommended: bool,
    /// The template that takes its place, if one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deprecated: Option<TemplateName>,
}

impl CatalogEntry {
    /// Returns the newest release, if who names none gets it: a pre-release has to be asked for.
    pub fn offered(&self) -> Option<&Version> {
        self.latest.as_ref().filter(|latest| latest.pre.is_empty())
    }
}

/// `registry.json`: that this is a registry, and what it calls itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistryInfo {
    /// The format of the registry.
    pub format: u32,
    /// A name for people.
    pub name: String,
}

/// How many releases a template has at most.
pub const MOST_RELEASES: usize = 8_000;

/// How many bytes a file of an index has at most.
pub const LARGEST: usize = 32 << 20;

/// Parses one of a registry's files; `file` is its place for messages.
///
/// # Errors
/// When the file is damaged, or of a format that a newer agentpkg writes.
pub fn parse<T: DeserializeOwned>(file: &str, bytes: &[u8]) -> Result<T> {
    #[derive(Deserialize)]
    struct Format {
        format: u32,
    }
    if bytes.len() > LARGEST {
        return Err(
            Error::user(format!("`{file}` is larger than {} MiB", LARGEST >> 20))
                .hint("ask whoever keeps the registry"),
        );
    }
    let Format { format } =
        serde_json::from_slice(bytes).map_err(|error| damaged(file, bytes, &error))?;
    if format > FORMAT {
        return Err(Error::user(format!(
            "`{file}` has format {format}; this agentpkg reads up to {FORMAT}"
        ))
        .hint("update agentpkg"));
    }
    serde_json::from_slice(bytes).map_err(|error| damaged(file, bytes, &error))
}

fn damaged(file: &str, bytes: &[u8], error: &serde_json::Error) -> Error {
    let line = match is_page(bytes) || bytes.is_empty() {
        true => String::new(),
        false => format!(" line {}", error.line()),
    };
    let why = match is_page(bytes) {
        true => "it is a web page: of a sign-in, or of a server that has nothing there".to_owned(),
        false => error.to_string(),
    };
    Error::damaged(format!("`{file}`{line} is not what a registry holds"))
        .cause(why)
        .hint("check the registry's address, and ask whoever keeps it")
}

/// Returns whether a file is a page for people.
pub fn is_page(bytes: &[u8]) -> bool {
    bytes.trim_ascii_start().starts_with(b"<")
}

/// Returns the file that [`parse`] reads: indented, with a final newline, the same for the same
/// value.
pub fn to_bytes<T: Serialize>(value: &T) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(value).expect("a registry's values are JSON");
    bytes.push(b'\n');
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(version: &str, yanked: bool) -> Release {
        Release {
            version: version.parse().unwrap(),
            tree: Digest::of(b""),
            artifact: Digest::of(b""),
            size: 0,
            dependencies: BTreeMap::new(),
            agentpkg: None,
            yanked: yanked.then(|| "broken".to_owned()),
            recalled: false,
            released: None,
            deprecated: false,
        }
    }

    #[test]
    fn the_latest_is_neither_yanked_nor_a_pre_release() {
        let mut index = Index::new("a".parse().unwrap());
        for (version, yanked) in [
            ("1.10.0", false),
            ("1.9.0", false),
            ("2.0.0-rc.1", false),
            ("1.11.0", true),
        ] {
            index.insert(release(version, yanked));
        }
        assert_eq!(index.latest().unwrap().version.to_string(), "1.10.0");
        let versions: Vec<_> = index
            .releases
            .iter()
            .map(|release| release.version.to_string())
            .collect();
        assert_eq!(versions, ["1.9.0", "1.10.0", "1.11.0", "2.0.0-rc.1"]);
    }

    #[test]
    fn unknown_keys_are_ignored_and_a_higher_format_is_refused() {
        let text = br#"{"format":1,"name":"a","releases":[],"later":true}"#;
        assert_eq!(
            parse::<Index>("index/a.json", text).unwrap(),
            Index::new("a".parse().unwrap())
        );
        let error = parse::<Index>("index/a.json", br#"{"format":2}"#).unwrap_err();
        assert_eq!(
            error.message(),
            "`index/a.json` has format 2; this agentpkg reads up to 1"
        );
        let error = parse::<Index>("index/a.json", b"<html>").unwrap_err();
        assert_eq!(
            error.message(),
            "`index/a.json` is not what a registry holds"
        );
    }
}
