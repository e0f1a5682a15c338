//! `.agentpkg/kept/`: bytes that have no place in the tree, and that nobody else has.
//!
//! **Nothing here is ever overwritten.**

use super::{HOME, folders};
use crate::error::{Error, Result};
use crate::model::path::RelPath;
use crate::model::tree::FileOrLink;
use crate::store::fs::{Attempt, Disk, OnDisk};

/// A file that was edited while a command wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptFile {
    /// The file, which stays as it was found.
    pub path: RelPath,
    /// Where the bytes are that had to give way; `None` if the file was to be deleted, or a link.
    pub copy: Option<RelPath>,
}

/// Keeps what a plan would have put to `path`; `None` is a deletion. A link has no bytes to keep.
pub(super) fn keep_wanted(
    disk: &dyn Disk,
    id: &str,
    path: &RelPath,
    wanted: Option<&FileOrLink>,
) -> Result<KeptFile> {
    let path = path.clone();
    let Some(FileOrLink::File(wanted)) = wanted else {
        return Ok(KeptFile { path, copy: None });
    };
    for copy in places(id, &path) {
        match disk.look(&copy)? {
            OnDisk::Absent => {
                make_own_folders(disk, &copy)?;
                disk.write_new(&copy, wanted)?;
                return Ok(KeptFile {
                    path,
                    copy: Some(copy),
                });
            }
            found if found.is(Some(wanted)) => {
                return Ok(KeptFile {
                    path,
                    copy: Some(copy),
                });
            }
            _ => {}
        }
    }
    unreachable!("there is always a next place")
}

/// Keeps what is at `temp`, a file that a move took from `path`.
pub(super) fn keep_found(
    disk: &dyn Disk,
    id: &str,
    path: &RelPath,
    temp: &RelPath,
) -> Result<KeptFile> {
    for copy in places(id, path) {
        make_own_folders(disk, &copy)?;
        // A power cut must not leave it in a folder that isn't there.
        disk.sync_names(&[&copy])?;
        if disk.rename_if_absent(temp, &copy)? == Attempt::Done {
            return Ok(KeptFile {
                path: path.clone(),
                copy: Some(copy),
            });
        }
    }
    unreachable!("there is always a next place")
}

/// Keeps a record that is to be carried out by nobody.
pub(super) fn keep_record(disk: &dyn Disk, path: &RelPath) -> Result<RelPath> {
    for copy in places("records", path) {
        make_own_folders(disk, &copy)?;
        disk.sync_names(&[&copy])?;
        if disk.rename_if_absent(path, &copy)? == Attempt::Done {
            return Ok(copy);
        }
    }
    unreachable!("there is always a next place")
}

/// Creates the folders above a place of ours. **None of them is a link**: a clone may bring one,
/// and what is kept would lie where it leads.
fn make_own_folders(disk: &dyn Disk, copy: &RelPath) -> Result<()> {
    for folder in copy.ancestors() {
        if let OnDisk::Link(_) = disk.look(&folder)? {
            return Err(Error::user(format!(
                "`{folder}` is a link: nothing is kept where it leads"
            ))
            .hint(format!("mv {folder} {folder}.aside")));
        }
    }
    folders::make_above(disk, copy)
}

/// Returns the names under which bytes of `path` may be kept. Those of one plan have a folder of
/// their own, since one plan's file may be another's folder.
fn places(id: &str, path: &RelPath) -> impl Iterator<Item = RelPath> + use<> {
    let place = format!("{HOME}/kept/{id}/{path}");
    (1..).map(move |number| {
        let place = match number {
            1 => place.clone(),
            _ => format!("{place}.{number}"),
        };
        place.parse().expect("a path below a path is a path")
    })
}
