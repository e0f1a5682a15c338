//! Why nothing is at a managed path: deleted, missing, or in a part of the repository that wasn't
//! read.
//!
//! **What isn't there wasn't deleted**, unless something says so: what git has, what the last
//! command saw here, history. The rows are asked in turn, and the first that fits decides:
//!
//! | an absent path | verdict |
//! |---|---|
//! | a sparse checkout leaves it out | what git's index has is there |
//! | in a submodule that isn't initialised | elsewhere |
//! | the lock records its deletion | deleted |
//! | every managed path is absent | missing: a fresh clone |
//! | settings name it as a script | missing |
//! | in the index, or in the last commit | deleted |
//! | git doesn't ignore it | deleted |
//! | the last command saw it here, or history has its deletion | deleted |
//! | none of these | missing |
//!
//! Outside git, what the last command saw is deleted, and all else missing.

use std::collections::BTreeSet;

use crate::error::Result;
use crate::model::lock::Lock;
use crate::model::path::RelPath;
use crate::model::snapshot::{Absence, Found, Snapshot};
use crate::model::upstream::Upstream;
use crate::tree::{Base, holds_some, identities, scripts_named};

use super::Files;

/// Says of each absent path why it is absent, and finds what a sparse checkout leaves out; without
/// a lock only that.
///
/// # Errors
/// When git is there and can't say: no answer is not a no.
pub fn tell(files: &dyn Files, ours: &mut Snapshot, lock: Option<&Lock>) -> Result<()> {
    let absent = ours.iter().filter(|(_, local)| local.is_absent());
    let absent: Vec<RelPath> = absent.map(|(path, _)| path.clone()).collect();
    if absent.is_empty() {
        return Ok(());
    }
    let tracked = files.tell_elsewhere(ours, &absent, lock.is_some())?;
    match lock {
        Some(lock) => tell_missing(files, ours, lock, &tracked),
        None => Ok(()),
    }
}

/// The rows of the table from the lock's on.
fn tell_missing(
    files: &dyn Files,
    ours: &mut Snapshot,
    lock: &Lock,
    tracked: &BTreeSet<RelPath>,
) -> Result<()> {
    let expected = lock.expected();
    let mut open: Vec<RelPath> = Vec::new();
    for path in &expected {
        if ours[*path].found == Found::Absent(Absence::Deleted) {
            open.push((*path).clone());
        }
    }
    if open.is_empty() {
        return Ok(());
    }
    // The last one of many, after the others were deleted one by one, was deleted too.
    let last_of_many = expected.len() == 1 && lock.files.len() > 1;
    if open.len() == expected.len() && !last_of_many {
        call_missing(ours, &open);
        return Ok(());
    }
    let base = Base {
        hooks: lock.hooks.clone(),
        ..Base::default()
    };
    let named = scripts_named(ours, &lock.files, &identities(&base, &Upstream::default()));
    let (scripts, mut open): (Vec<RelPath>, Vec<RelPath>) =
        open.into_iter().partition(|path| named.contains(path));
    call_missing(ours, &scripts);
    if files.is_in_git() {
        open.retain(|path| !tracked.contains(path));
        let committed = files.committed(&reals(ours, &open))?;
        open.retain(|path| !committed.contains(&ours[path].real));
        let ignored = files.ignored(&reals(ours, &open))?;
        open.retain(|path| ignored.contains(&ours[path].real));
        if !open.is_empty() {
            tell_fresh(files, ours, lock)?;
        }
    }
    let seen = files.seen();
    open.retain(|path| !seen.contains(path));
    if files.is_in_git() {
        let deleted = files.deleted(&reals(ours, &open))?;
        open.retain(|path| !deleted.contains(&ours[path].real));
    }
    call_missing(ours, &open);
    Ok(())
}

/// Returns where paths really are: git doesn't look behind links.
pub fn reals(ours: &Snapshot, paths: &[RelPath]) -> Vec<RelPath> {
    paths.iter().map(|path| ours[path].real.clone()).collect()
}

fn call_missing(ours: &mut Snapshot, paths: &[RelPath]) {
    for path in paths {
        if let Some(local) = ours.get_mut(path) {
            local.found = Found::Absent(Absence::Missing);
        }
    }
}

/// Says which shared files this checkout has of its own, and never had with what was installed in
/// them: git ignores them, and no whole file that it ignores is there either.
fn tell_fresh(files: &dyn Files, ours: &mut Snapshot, lock: &Lock) -> Result<()> {
    let managed: Vec<RelPath> = lock.files.keys().cloned().collect();
    let ignored = files.ignored(&reals(ours, &managed))?;
    let base = Base {
        hooks: lock.hooks.clone(),
        ..Base::default()
    };
    let identities = identities(&base, &Upstream::default());
    let mut fresh: Vec<&RelPath> = Vec::new();
    for (path, record) in &lock.files {
        let local = &ours[path];
        if !ignored.contains(&local.real) {
            continue;
        }
        let is_whole = record.as_whole().is_some();
        if is_whole && !local.is_absent() {
            return Ok(());
        }
        if !is_whole && !holds_some(record, local, &identities) {
            fresh.push(path);
        }
    }
    for path in fresh {
        if let Some(local) = ours.get_mut(path) {
            local.fresh = true;
        }
    }
    Ok(())
}
