//! The folders above the files of a plan: what stands in their place, which are missing.

use std::collections::BTreeSet;

use crate::error::Result;
use crate::model::path::RelPath;
use crate::model::plan::Plan;
use crate::store::fs::{Attempt, Disk, OnDisk};

/// Returns what stands where a folder above `path` has to be.
pub(super) fn obstacle(disk: &dyn Disk, path: &RelPath) -> Result<Option<RelPath>> {
    for folder in path.ancestors() {
        match disk.look(&folder)? {
            OnDisk::Absent => {}
            OnDisk::Folder | OnDisk::Link(_) => return Ok(None),
            OnDisk::File(_) | OnDisk::Other => return Ok(Some(folder)),
        }
    }
    Ok(None)
}

/// Returns the folders that the plan will create, each after those above it.
pub(super) fn missing(disk: &dyn Disk, plan: &Plan) -> Result<BTreeSet<RelPath>> {
    let mut missing = BTreeSet::new();
    let come = plan.changes.iter().filter(|change| change.new.is_some());
    let links = plan.links.iter().filter(|link| link.new.is_some());
    let paths = come
        .map(|change| &change.path)
        .chain(links.map(|link| &link.path));
    for path in paths {
        for folder in path.ancestors() {
            if missing.contains(&folder) || disk.look(&folder)? != OnDisk::Absent {
                break;
            }
            missing.insert(folder);
        }
    }
    Ok(missing)
}

/// Creates the folders above `path` that are missing.
pub(super) fn make_above(disk: &dyn Disk, path: &RelPath) -> Result<()> {
    let Some(parent) = path.parent() else {
        return Ok(());
    };
    if let OnDisk::Folder | OnDisk::Link(_) = disk.look(&parent)? {
        return Ok(());
    }
    make_above(disk, &parent)?;
    match disk.create_folder(&parent)? {
        // Somebody else's folder will do; anything else fails the write that needs it.
        Attempt::Done | Attempt::Refused => Ok(()),
    }
}
