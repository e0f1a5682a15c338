//! Making durable what was written: few files one by one, many at once.

use std::collections::BTreeMap;
use std::fs::File as Handle;
use std::io;

use super::spot::{open_file, open_folder};
use super::{FEW, Os};
use crate::error::{Error, Result};
use crate::model::path::RelPath;
use crate::store::fs::{is_absent, system};

/// How many files are open at once to be synced: macOS allows a process 256.
const OPEN: usize = 2 * FEW;

/// How many syncs wait at once: a file system makes one of those that come together.
const AT_ONCE: usize = 8;

impl Os {
    /// Syncs all that was written to the file system; where there is no call for that, all that was
    /// touched.
    pub(super) fn sync_file_system(&self, touched: &[&RelPath]) -> Result<()> {
        let synced = match system::sync_file_system(&self.handle) {
            Some(synced) => synced,
            None => {
                self.sync_files(touched, system::hand_over)?;
                self.sync_folders(touched, system::hand_over)?;
                system::sync(&self.handle)
            }
        };
        synced.map_err(|error| Error::io("sync", "the file system", &error))
    }

    /// Syncs each of some paths where there is a file.
    pub(super) fn sync_files(&self, touched: &[&RelPath], sync: How) -> Result<()> {
        for some in touched.chunks(OPEN) {
            self.sync_open_files(some, sync)?;
        }
        Ok(())
    }

    fn sync_open_files(&self, touched: &[&RelPath], sync: How) -> Result<()> {
        let mut open = Vec::new();
        for path in touched {
            match self.root.walk(path).and_then(|spot| open_file(&spot)) {
                Ok(file) => open.extend(file),
                Err(error) if is_absent(&error) => {}
                Err(error) => return Err(Error::io("sync", path, &error)),
            }
        }
        sync_side_by_side(&open, sync).map_err(|error| Error::io("sync", "the new files", &error))
    }

    /// Syncs every folder on the way to some paths that is still there: new ones are entries of
    /// those above them, and what was removed is one of the nearest that is left.
    pub(super) fn sync_folders(&self, touched: &[&RelPath], sync: How) -> Result<()> {
        // A name in each folder.
        let mut folders: BTreeMap<Option<RelPath>, RelPath> = BTreeMap::new();
        for path in touched {
            let names = std::iter::once((*path).clone()).chain(path.ancestors());
            for name in names {
                let folder = name.parent();
                if !folders.contains_key(&folder) && self.root.walk(&name).is_ok() {
                    folders.insert(folder, name);
                }
            }
        }
        for name in folders.values() {
            self.at("sync the folder of", name, |spot| {
                sync(&open_folder(&spot)?)
            })?;
        }
        Ok(())
    }
}

/// How a file or a folder is synced: [`system::sync`] or [`system::hand_over`].
pub(super) type How = fn(&Handle) -> io::Result<()>;

/// Syncs files, several at a time.
fn sync_side_by_side(files: &[Handle], sync: How) -> io::Result<()> {
    std::thread::scope(|scope| {
        let mut waiting = Vec::new();
        for part in files.chunks(files.len().div_ceil(AT_ONCE).max(1)) {
            waiting.push(scope.spawn(move || part.iter().try_for_each(sync)));
        }
        for one in waiting {
            one.join()
                .unwrap_or_else(|_| Err(io::Error::other("a sync did not end")))?;
        }
        Ok(())
    })
}
