//! Where a registry's files lie.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};

use crate::error::{Error, Result};
use crate::store::fs;
use crate::store::registry::EMBEDDED;

/// The registry that every agentpkg carries, as `agentpkg publish` wrote it.
static STARTERS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/registry");

/// Where a registry's files lie.
#[derive(Clone, Debug)]
pub enum Place {
    /// Inside the binary.
    Embedded,
    /// In a folder of this machine.
    Folder(PathBuf),
}

impl Place {
    /// Parses a registry's URL; a relative folder is relative to `base`.
    pub fn parse(url: &str, base: &Path) -> Result<Self> {
        match url.split_once("://") {
            None if url.is_empty() => Err(Error::user("a registry's address is empty").hint(KNOWN)),
            None if url == EMBEDDED => Ok(Self::Embedded),
            None => Ok(Self::Folder(base.join(url))),
            Some(("file", path)) if path.starts_with('/') => Ok(Self::Folder(PathBuf::from(path))),
            Some(("file", _)) => {
                Err(Error::user(format!("`{url}` names no absolute folder")).hint("write `file:///` and the folder"))
            }
            Some((scheme, _)) => Err(Error::user(format!(
                "`{url}` can't be read: this agentpkg reads registries in folders and `embedded`, not `{scheme}://`"
            ))
            .hint(KNOWN)),
        }
    }

    /// Returns the bytes at `path`, which is in forward slashes, or `None` if there is no such
    /// file.
    pub fn read(&self, path: &str) -> Result<Option<Cow<'static, [u8]>>> {
        match self {
            Self::Embedded => Ok(STARTERS
                .get_file(path)
                .map(|file| Cow::Borrowed(file.contents()))),
            Self::Folder(folder) => Ok(fs::read(&folder.join(path))?.map(Cow::Owned)),
        }
    }
}

const KNOWN: &str = "name a folder (`../registry`, `file:///srv/registry`) or `embedded`";

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(url: &str, place: &str) {
        let found = match Place::parse(url, Path::new("/base")) {
            Ok(place) => format!("{place:?}"),
            Err(error) => error.message().to_owned(),
        };
        assert_eq!(found, place);
    }

    #[test]
    fn a_url_is_embedded_a_folder_or_refused() {
        check("embedded", "Embedded");
        check("../registry", r#"Folder("/base/../registry")"#);
        check("/srv/registry", r#"Folder("/srv/registry")"#);
        check("file:///srv/registry", r#"Folder("/srv/registry")"#);
        check("file://srv", "`file://srv` names no absolute folder");
        check("", "a registry's address is empty");
        for url in ["https://agents.example/", "git+ssh://host/x", "s3://bucket"] {
            let scheme = url.split_once(':').unwrap().0;
            check(
                url,
                &format!(
                    "`{url}` can't be read: this agentpkg reads registries in folders and `embedded`, not `{scheme}://`"
                ),
            );
        }
    }
}
