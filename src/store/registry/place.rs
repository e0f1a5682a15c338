//! Where a registry's files lie.

use std::borrow::Cow;
use std::path::PathBuf;

use include_dir::{Dir, include_dir};

use super::address::{Address, Target};
use crate::error::Result;
use crate::store::fs;

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
    /// Returns the place that an address leads to.
    ///
    /// # Errors
    /// When this agentpkg can't read what lies there.
    pub fn at(address: &Address) -> Result<Self> {
        match address.target() {
            Target::Embedded => Ok(Self::Embedded),
            Target::Folder(folder) => Ok(Self::Folder(folder.clone())),
            Target::Unknown(scheme) => Err(address.unreadable(scheme)),
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
