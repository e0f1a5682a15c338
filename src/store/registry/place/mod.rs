//! Where a registry's files lie: one contract, and a room for each sort of place.
//!
//! A place is read in batches, since one that is far away answers many questions as fast as one. It
//! is changed by reading, deciding and committing, and decides again where somebody else was
//! faster: **two publishers never overwrite one another**, and what is half written is never found.

mod embedded;
mod folder;
mod git;
mod web;

use std::collections::BTreeMap;
use std::fmt::{self, Debug};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

pub use embedded::Embedded;
pub use folder::FolderPlace;
pub use git::Git;
pub use web::Web;

use super::address::{Address, Target};
use super::write::Write;
use crate::error::Result;
use crate::store::asked::AsOf;
use crate::store::reach::{Access, Reach};

/// What a change of a registry writes, decided from what it holds now.
pub type Decide<'a> = &'a mut dyn FnMut() -> Result<Vec<Write>>;

/// Where a registry's files lie.
pub trait Place: Debug + Send + Sync {
    /// Returns the bytes at each of `paths`, which are in forward slashes below the registry, or
    /// `None` where there is no file. The same paths give the same bytes until the place is changed
    /// through this value: what one command reads is of one moment, where the place can tell.
    ///
    /// # Errors
    /// When the place can't be reached, or what lies there is no file or too large.
    fn get_many(&self, paths: &[&str]) -> Result<Vec<Option<Bytes>>>;

    /// Says of a file that was read whether it is what it should be: only then it is kept.
    fn judge(&self, path: &str, is_right: bool) {
        let _ = (path, is_right);
    }

    /// Returns how old what was read is, where nobody was asked for anything newer.
    fn as_of(&self) -> Option<AsOf> {
        None
    }

    /// Returns whether a registry is there; if not, one may be made.
    ///
    /// # Errors
    /// When anything else is there, or the place can't be reached.
    fn is_registry(&self) -> Result<bool>;

    /// Returns what a new registry here is called.
    fn name(&self) -> String;

    /// Writes what `decide` says, in its order, so that the last file is the commit: all of it is
    /// there once this returns. `decide` reads the place, and is asked again where somebody else
    /// changed that in the meantime. `what` is the change in words: "publishing `guards` 1.0.0".
    ///
    /// # Errors
    /// What `decide` fails with; when the place can't be written to, or others are faster for too
    /// long.
    fn change(&self, what: &str, decide: Decide<'_>) -> Result<()>;
}

/// The places that a command has been to. **What it read of one stays what it is until it ends**,
/// however often it asks.
#[derive(Clone, Default)]
pub struct Places {
    open: Arc<Mutex<BTreeMap<String, Arc<dyn Place>>>>,
}

impl Debug for Places {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Places")
    }
}

impl Places {
    /// Returns the place that an address leads to.
    ///
    /// # Errors
    /// When this agentpkg can't read what lies there.
    pub fn at(&self, address: &Address, reach: &Reach) -> Result<Arc<dyn Place>> {
        if !address.is_remote() {
            return at(address, reach);
        }
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        // Who is asked as nobody may answer otherwise.
        let name = format!("{address} {}", reach.access == Access::Signed);
        if let Some(place) = open.get(&name) {
            return Ok(Arc::clone(place));
        }
        let place = at(address, reach)?;
        open.insert(name, Arc::clone(&place));
        Ok(place)
    }
}

/// Returns the place that an address leads to.
///
/// # Errors
/// When this agentpkg can't read what lies there.
pub fn at(address: &Address, reach: &Reach) -> Result<Arc<dyn Place>> {
    Ok(match address.target() {
        Target::Embedded => Arc::new(Embedded),
        Target::Folder(folder) => Arc::new(FolderPlace::at(folder)),
        Target::Git(repository) => Arc::new(Git::at(repository, reach)),
        Target::Web(address) => Arc::new(Web::at(address, reach)),
        Target::Unknown(scheme) => return Err(address.unreadable(scheme)),
    })
}
