//! A path below a root that it can't leave.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;

use crate::error::Error;

/// A relative path in forward slashes, of ordinary components only.
///
/// **A `RelPath` can't leave its root**: no `..`, no `.`, no empty component, no leading slash, no
/// backslash, no NUL.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RelPath(String);

impl RelPath {
    /// Returns the path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the path below `root` on this machine.
    pub fn under(&self, root: &Path) -> PathBuf {
        let mut path = root.to_path_buf();
        path.extend(self.components());
        path
    }

    /// Returns this path with `name` below it; `name` may have several components.
    pub fn join(&self, name: &str) -> Result<Self, Error> {
        format!("{}/{name}", self.0).parse()
    }

    /// Returns the components from the root down; there is at least one.
    pub fn components(&self) -> std::str::Split<'_, char> {
        self.0.split('/')
    }

    /// Returns the last component.
    pub fn file_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }

    /// Returns the folder that holds this path, or `None` at the root.
    pub fn parent(&self) -> Option<Self> {
        self.0
            .rsplit_once('/')
            .map(|(parent, _)| Self(parent.to_owned()))
    }

    /// Returns every folder above this path, the nearest first.
    pub fn ancestors(&self) -> impl Iterator<Item = Self> {
        std::iter::successors(self.parent(), Self::parent)
    }

    /// Returns what a file system without case makes of the path: paths that fold alike may be one
    /// file.
    pub fn folded(&self) -> String {
        fold(&self.0)
    }

    /// Returns what follows the folder `prefix`, if this path lies below it.
    pub fn below<'a>(&'a self, prefix: &str) -> Option<&'a str> {
        self.0.strip_prefix(prefix)?.strip_prefix('/')
    }
}

/// Returns what a file system without case makes of a name: names that fold alike may be one file.
///
/// By way of upper case, since some letters (`ſ`, `ß`, `ς`) meet others only there. Coarser than
/// any one system.
pub fn fold(name: &str) -> String {
    name.chars()
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
        .nfc()
        .collect()
}

impl FromStr for RelPath {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = if text.is_empty() {
            "it is empty"
        } else if text.starts_with('/') {
            "it starts at the root of the file system"
        } else if text.contains('\\') {
            "it has a backslash"
        } else if text.contains('\0') {
            "it has a NUL character"
        } else if text.split('/').any(|component| component == "..") {
            "`..` would leave the folder"
        } else if text
            .split('/')
            .any(|component| component.is_empty() || component == ".")
        {
            "it has an empty component or `.`"
        } else {
            return Ok(Self(text.to_owned()));
        };
        Err(Error::user(format!(
            "`{}` is not a path inside the folder: {wrong}",
            text.escape_debug()
        )))
    }
}

impl TryFrom<String> for RelPath {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<RelPath> for String {
    fn from(path: RelPath) -> Self {
        path.0
    }
}

impl fmt::Display for RelPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Returns the path that a literal in this program spells.
///
/// # Panics
/// When the literal is not a relative path, which the first test that meets it shows.
pub fn rel(literal: &'static str) -> RelPath {
    literal.parse().expect("a literal path is relative")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_can_not_leave_its_root() {
        for good in ["a", "a/b", ".claude/rules/x.md", "..a/b", "a b/ü"] {
            assert!(good.parse::<RelPath>().is_ok(), "{good}");
        }
        for bad in [
            "", "/a", "..", "a/../b", "a//b", "a/", "./a", "a\\b", "a\0b",
        ] {
            assert!(bad.parse::<RelPath>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_path_knows_its_place() {
        let path = rel(".claude/rules/x.md");
        assert_eq!(path.file_name(), "x.md");
        assert_eq!(path.below(".claude"), Some("rules/x.md"));
        assert_eq!(path.below(".cla"), None);
        assert_eq!(
            path.ancestors().map(String::from).collect::<Vec<_>>(),
            [".claude/rules", ".claude"]
        );
    }
}
