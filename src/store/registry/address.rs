//! A registry's address, parsed once: what was written, and where that is.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::store::fs;

/// The address of the registry inside the binary.
const EMBEDDED: &str = "embedded";

/// What an address may be, for hints.
const KNOWN: &str = "name a folder (`../registry`, `file:///srv/registry`) or `embedded`";

/// A registry's address. It prints as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    written: String,
    target: Target,
}

/// Where an address leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// Into the binary.
    Embedded,
    /// To a folder of this machine.
    Folder(PathBuf),
    /// To what this agentpkg can't read, by its scheme.
    Unknown(String),
}

impl Address {
    /// Parses an address: `embedded`, a folder (relative to `base`), or `file://` and an absolute
    /// folder. What has another scheme is an address that this agentpkg can't read.
    ///
    /// # Errors
    /// When it is empty, or names a file without saying where.
    pub fn parse(written: &str, base: &Path) -> Result<Self> {
        let target = match written.split_once("://") {
            None if written.is_empty() => {
                return Err(Error::user("a registry's address is empty").hint(KNOWN));
            }
            None if written == EMBEDDED => Target::Embedded,
            None => Target::Folder(base.join(written)),
            Some(("file", path)) if path.starts_with('/') => Target::Folder(PathBuf::from(path)),
            Some(("file", _)) => {
                return Err(Error::user(format!("`{written}` names no absolute folder"))
                    .hint("write `file:///` and the folder"));
            }
            Some((scheme, _)) => Target::Unknown(scheme.to_owned()),
        };
        Ok(Self {
            written: written.to_owned(),
            target,
        })
    }

    /// Returns the address of the registry inside the binary.
    pub fn embedded() -> Self {
        Self {
            written: EMBEDDED.to_owned(),
            target: Target::Embedded,
        }
    }

    /// Returns the address of a folder.
    pub fn folder(folder: &Path) -> Self {
        Self {
            written: folder.display().to_string(),
            target: Target::Folder(folder.to_path_buf()),
        }
    }

    /// Returns where it leads.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// Returns whether it is that of the registry inside the binary.
    pub fn is_embedded(&self) -> bool {
        self.target == Target::Embedded
    }

    /// Returns whether it leads to where another does, however either is written.
    pub fn is_same_place(&self, other: &Self) -> bool {
        match (&self.target, &other.target) {
            (Target::Folder(folder), Target::Folder(there)) => real(folder) == real(there),
            (Target::Embedded, Target::Embedded) => true,
            (Target::Unknown(_), Target::Unknown(_)) => {
                self.written.trim_end_matches('/') == other.written.trim_end_matches('/')
            }
            _ => false,
        }
    }

    /// Returns the address as agentpkg.toml of the repo at `root` can hold it: relative inside the
    /// repo, else absolute.
    pub fn for_repo(&self, root: &Path) -> String {
        let Target::Folder(folder) = &self.target else {
            return self.written.clone();
        };
        if self.written.contains("://") {
            return self.written.clone();
        }
        let Ok(folder) = fs::canonical(folder) else {
            return self.written.clone();
        };
        match folder.strip_prefix(root) {
            Ok(inside) if !inside.as_os_str().is_empty() => inside.display().to_string(),
            _ => folder.display().to_string(),
        }
    }

    /// Returns why this agentpkg can't read what has this scheme.
    pub(super) fn unreadable(&self, scheme: &str) -> Error {
        Error::user(format!(
            "`{self}` can't be read: this agentpkg reads registries in folders and `embedded`, \
             not `{scheme}://`"
        ))
        .hint(KNOWN)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

fn real(folder: &Path) -> PathBuf {
    fs::canonical(folder).unwrap_or_else(|_| folder.to_path_buf())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(written: &str, expected: &str) {
        let found = match Address::parse(written, Path::new("/base")) {
            Ok(address) => format!("{:?}", address.target),
            Err(error) => error.message().to_owned(),
        };
        assert_eq!(found, expected);
    }

    #[test]
    fn a_url_is_embedded_a_folder_or_refused() {
        check("embedded", "Embedded");
        check("../registry", r#"Folder("/base/../registry")"#);
        check("/srv/registry", r#"Folder("/srv/registry")"#);
        check("file:///srv/registry", r#"Folder("/srv/registry")"#);
        check("file://srv", "`file://srv` names no absolute folder");
        check("", "a registry's address is empty");
        check("https://agents.example/", r#"Unknown("https")"#);
        for written in ["https://agents.example/", "git+ssh://host/x", "s3://bucket"] {
            let address = Address::parse(written, Path::new("/base")).unwrap();
            let Target::Unknown(scheme) = address.target() else {
                panic!("{written}");
            };
            assert_eq!(
                address.unreadable(scheme).message(),
                format!(
                    "`{written}` can't be read: this agentpkg reads registries in folders and \
                     `embedded`, not `{scheme}://`"
                )
            );
        }
    }

    #[test]
    fn two_ways_to_write_a_place_are_one_place() {
        let folder = tempfile::tempdir().unwrap();
        let at = |written: &str| Address::parse(written, folder.path()).unwrap();
        let absolute = at(&format!("file://{}", folder.path().display()));
        assert!(at(".").is_same_place(&absolute));
        assert!(!at("..").is_same_place(&absolute));
        assert!(!at("embedded").is_same_place(&absolute));
        assert!(at("embedded").is_same_place(&Address::embedded()));
        assert!(at("https://a").is_same_place(&at("https://a/")));
        assert!(!at("https://a").is_same_place(&at("https://b")));
    }
}
