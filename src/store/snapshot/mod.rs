//! What a repository has at the paths that matter to a verb, read once: from its work tree, or from
//! one of its commits without a checkout.

mod absence;
mod commit;
mod work_tree;

use std::collections::{BTreeMap, BTreeSet};

use crate::error::Result;
use crate::model::digest::Digest;
use crate::model::lock::{Lock, Record};
use crate::model::path::{RelPath, fold};
use crate::model::snapshot::{Absence, Found, Snapshot};

pub use commit::CommitFiles;
pub use work_tree::{file, files, left_out, refuse_part, remember, uninitialised};

/// The files of a repository, where a snapshot can be taken of them.
pub trait Files {
    /// Returns what is at each of some paths, links followed. Nothing is called missing yet.
    fn look(&self, paths: &[&RelPath]) -> Result<Snapshot>;

    /// Returns the names in a folder, which is empty for the topmost one; none where there is none.
    fn names_in(&self, folder: &str) -> Result<Vec<String>>;

    /// Returns the digest of each file in a folder and below; none at all where there are more of
    /// them than a team keeps in such a folder.
    fn digests_below(&self, folder: &str) -> Result<Vec<(RelPath, Digest)>>;

    /// Returns the files in a folder and below; nothing where anything else is in it, or where the
    /// path is no folder.
    fn only_files(&self, folder: &RelPath) -> Result<Option<Vec<RelPath>>>;

    /// Returns whether the executable bits that are read mean something.
    fn has_modes(&self) -> Result<bool>;

    /// Finds what is absent only from what was read, and says so in the snapshot: what a sparse
    /// checkout leaves out, and what a submodule would bring. Returns which of the absent paths
    /// git's index has. Where nothing `is_installed`, an index that can't be read has nothing:
    /// whoever asks git for more says that it can't be asked.
    fn tell_elsewhere(
        &self,
        ours: &mut Snapshot,
        absent: &[RelPath],
        is_installed: bool,
    ) -> Result<BTreeSet<RelPath>>;

    /// Returns whether git knows these files.
    fn is_in_git(&self) -> bool;

    /// Returns those of some real paths that the last commit has.
    fn committed(&self, paths: &[RelPath]) -> Result<BTreeSet<RelPath>>;

    /// Returns those of some real paths that git ignores.
    fn ignored(&self, paths: &[RelPath]) -> Result<BTreeSet<RelPath>>;

    /// Returns those of some real paths, none of which the last commit has, that an earlier one
    /// had.
    fn deleted(&self, paths: &[RelPath]) -> Result<BTreeSet<RelPath>>;

    /// Returns the managed paths that the last command that wrote saw here.
    fn seen(&self) -> BTreeSet<RelPath>;
}

/// Returns what is at each managed path and at `others`: what is missing is told from what was
/// deleted, and what was moved is followed, which `records` then say.
///
/// # Errors
/// When a file can't be read, or git can't say why one isn't there.
pub fn take<'a>(
    files: &dyn Files,
    lock: Option<&Lock>,
    records: &mut BTreeMap<RelPath, Record>,
    others: impl IntoIterator<Item = &'a RelPath>,
) -> Result<Snapshot> {
    let mut ours = managed(files, records, others)?;
    absence::tell(files, &mut ours, lock)?;
    if let Some(lock) = lock {
        follow_moves(files, &mut ours, lock, records)?;
    }
    correct_modes(files, &mut ours, |path| {
        Some(records.get(path)?.as_whole()?.executable)
    })?;
    Ok(ours)
}

/// Returns what is at each managed path, and at `others`. What the team moved is looked for where
/// it keeps it.
///
/// # Errors
/// When a file can't be read.
pub fn managed<'a>(
    files: &dyn Files,
    records: &BTreeMap<RelPath, Record>,
    others: impl IntoIterator<Item = &'a RelPath>,
) -> Result<Snapshot> {
    let managed: Vec<&RelPath> = records.keys().collect();
    let mut ours = files.look(&managed)?;
    let others = others
        .into_iter()
        .filter(|path| !records.contains_key(*path));
    ours.extend(files.look(&others.collect::<Vec<_>>())?);
    for (path, record) in records {
        if let Some(moved) = record.moved()
            && is_absent(&ours, path)
            && let Some(local) = files.look(&[moved])?.remove(moved)
        {
            ours.insert(path.clone(), local);
        }
    }
    Ok(ours)
}

/// Notes in the records, and in the snapshot, which files the team has moved: they are absent, not
/// missing, and one other file of the same topmost folder is what was installed. What settings run
/// has its place.
fn follow_moves(
    files: &dyn Files,
    ours: &mut Snapshot,
    lock: &Lock,
    records: &mut BTreeMap<RelPath, Record>,
) -> Result<()> {
    let mut absent: BTreeMap<Digest, Vec<RelPath>> = BTreeMap::new();
    for (path, record) in records.iter_mut() {
        let (Some(record), Some(local)) = (record.as_whole_mut(), ours.get(path)) else {
            continue;
        };
        // It was moved back.
        record
            .moved
            .take_if(|moved| local.real == *path && *moved != *path);
        let mut hooks = lock.hooks.values();
        let is_script = hooks.any(|hook| hook.script == *path || hook.named() == path);
        let is_gone = local.found == Found::Absent(Absence::Deleted) && !record.deleted;
        if is_gone && !is_script && record.digest != Digest::of(&[]) {
            absent.entry(record.digest).or_default().push(path.clone());
        }
    }
    let mut folders: BTreeSet<&str> = BTreeSet::new();
    for path in absent.values().flatten() {
        folders.extend(path.as_str().split_once('/').map(|(topmost, _)| topmost));
    }
    let mut there: BTreeMap<Digest, Vec<RelPath>> = BTreeMap::new();
    for folder in folders {
        for (path, digest) in files.digests_below(folder)? {
            if absent.contains_key(&digest) && !ours.contains_key(&path) {
                there.entry(digest).or_default().push(path);
            }
        }
    }
    for (digest, from) in &absent {
        if let ([from], Some([to])) = (from.as_slice(), there.get(digest).map(Vec::as_slice))
            && let Some(record) = records.get_mut(from).and_then(Record::as_whole_mut)
            && let Some(local) = files.look(&[to])?.remove(to)
        {
            record.moved = Some(to.clone());
            ours.insert(from.clone(), local);
        }
    }
    Ok(())
}

/// Gives files the executable bits that are wanted, where those that were read mean nothing.
///
/// # Errors
/// When git can't say whether they do.
pub fn correct_modes(
    files: &dyn Files,
    ours: &mut Snapshot,
    wanted: impl Fn(&RelPath) -> Option<bool>,
) -> Result<()> {
    for (path, local) in ours {
        let (Found::File(file) | Found::Link(file)) = &mut local.found else {
            continue;
        };
        if let Some(wanted) = wanted(path)
            && wanted != file.executable
            && !files.has_modes()?
        {
            file.executable = wanted;
        }
    }
    Ok(())
}

/// Returns the folders that are where some paths want a file, each with all the files in it, and
/// adds these to the snapshot. A folder with anything else in it is left out.
///
/// # Errors
/// When a folder or a file can't be read.
pub fn folders_in_the_way<'a>(
    files: &dyn Files,
    ours: &mut Snapshot,
    paths: impl IntoIterator<Item = &'a RelPath>,
) -> Result<BTreeMap<RelPath, Vec<RelPath>>> {
    let mut folders = BTreeMap::new();
    for path in paths {
        let Some(Found::Obstacle(obstacle)) = ours.get(path).map(|local| &local.found) else {
            continue;
        };
        if obstacle.at == *path
            && let Some(inside) = files.only_files(path)?
        {
            look_at_more(files, ours, &inside)?;
            folders.insert(path.clone(), inside);
        }
    }
    Ok(folders)
}

/// Adds to a snapshot the files that are there under names which fold to those of its absent paths,
/// as [`RelPath::folded`] has it.
///
/// # Errors
/// When a folder or a file can't be read.
pub fn add_lookalikes(files: &dyn Files, ours: &mut Snapshot) -> Result<()> {
    let mut listed = BTreeMap::new();
    let mut found = Vec::new();
    for path in ours.keys().filter(|path| is_absent(ours, path)) {
        found.extend(lookalikes(files, path, &mut listed)?);
    }
    look_at_more(files, ours, &found)
}

/// The names in folders that were listed.
type Listed = BTreeMap<String, Vec<String>>;

/// Returns the paths that fold as `path` does and aren't it, a folder after the other; no folder is
/// listed twice.
fn lookalikes(files: &dyn Files, path: &RelPath, listed: &mut Listed) -> Result<Vec<RelPath>> {
    let mut open = vec![String::new()];
    for component in path.components().map(fold) {
        let mut next = Vec::new();
        for folder in open {
            if !listed.contains_key(&folder) {
                listed.insert(folder.clone(), files.names_in(&folder)?);
            }
            for name in &listed[&folder] {
                if fold(name) == component && folder.is_empty() {
                    next.push(name.clone());
                } else if fold(name) == component {
                    next.push(format!("{folder}/{name}"));
                }
            }
        }
        open = next;
    }
    open.retain(|other| other != path.as_str());
    Ok(open.iter().filter_map(|other| other.parse().ok()).collect())
}

/// Adds paths to a snapshot that aren't in it.
fn look_at_more(files: &dyn Files, ours: &mut Snapshot, paths: &[RelPath]) -> Result<()> {
    let unknown: Vec<&RelPath> = paths
        .iter()
        .filter(|path| !ours.contains_key(*path))
        .collect();
    let more = files.look(&unknown)?;
    ours.extend(more);
    Ok(())
}

fn is_absent(ours: &Snapshot, path: &RelPath) -> bool {
    ours.get(path).is_none_or(|local| local.is_absent())
}
