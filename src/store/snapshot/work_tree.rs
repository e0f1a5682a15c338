//! The files of a work tree: on disk, and in git's index where a sparse checkout leaves them out.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::error::{Error, Result};
use crate::model::digest::Digest;
use crate::model::lock::{AGENTPKG_LOCK, Lock};
use crate::model::path::{RelPath, rel};
use crate::model::snapshot::{Absence, Elsewhere, Found, Snapshot};
use crate::model::tree::File;
use crate::store::fs::{self, Disk};
use crate::store::git::{self, EntryKind};
use crate::store::workspace::Workspace;
use crate::words;

use super::Files;
use super::absence::reals;

impl Files for Workspace {
    fn look(&self, paths: &[&RelPath]) -> Result<Snapshot> {
        self.snapshot(paths.iter().copied())
    }

    fn names_in(&self, folder: &str) -> Result<Vec<String>> {
        let places = fs::list(&self.root().join(folder))?;
        let names = places
            .iter()
            .filter_map(|place| place.file_name()?.to_str());
        Ok(names.map(str::to_owned).collect())
    }

    fn digests_below(&self, folder: &str) -> Result<Vec<(RelPath, Digest)>> {
        fs::digests(self.root(), folder)
    }

    fn only_files(&self, folder: &RelPath) -> Result<Option<Vec<RelPath>>> {
        match fs::is_folder(&folder.under(self.root())) {
            true => fs::only_files(self.root(), folder),
            false => Ok(None),
        }
    }

    fn has_modes(&self) -> Result<bool> {
        Workspace::has_modes(self)
    }

    fn tell_elsewhere(
        &self,
        ours: &mut Snapshot,
        absent: &[RelPath],
        is_installed: bool,
    ) -> Result<BTreeSet<RelPath>> {
        let index = match git::index(self.root(), &reals(ours, absent)) {
            Ok(index) => index,
            Err(_) if !is_installed => return Ok(BTreeSet::new()),
            Err(error) => return Err(error),
        };
        let mut tracked: BTreeSet<RelPath> = absent.iter().cloned().collect();
        tracked.retain(|path| index.contains_key(&ours[path].real));
        tell_elsewhere(self, ours, absent, &index)?;
        Ok(tracked)
    }

    fn is_in_git(&self) -> bool {
        git::is_repository(self.root())
    }

    fn committed(&self, paths: &[RelPath]) -> Result<BTreeSet<RelPath>> {
        git::committed(self.root(), paths)
    }

    fn ignored(&self, paths: &[RelPath]) -> Result<BTreeSet<RelPath>> {
        let ignored = git::ignored(self.root(), paths)?;
        Ok(ignored.into_iter().map(|one| one.path).collect())
    }

    fn deleted(&self, paths: &[RelPath]) -> Result<BTreeSet<RelPath>> {
        git::deleted(self.root(), "HEAD", paths)
    }

    fn seen(&self) -> BTreeSet<RelPath> {
        seen(self)
    }
}

/// Says which of the absent paths this checkout doesn't have: what a sparse one leaves out is what
/// git's index has, and what a submodule would bring is elsewhere.
fn tell_elsewhere(
    workspace: &Workspace,
    ours: &mut Snapshot,
    open: &[RelPath],
    index: &BTreeMap<RelPath, git::IndexEntry>,
) -> Result<()> {
    let root = workspace.root();
    let names = open
        .iter()
        .filter_map(|path| Some(entry_left_out(index, &ours[path].real)?.name.as_str()));
    let blobs = git::blobs(root, names)?;
    for path in open {
        let Some(local) = ours.get_mut(path) else {
            continue;
        };
        if let Some(folder) = submodule(&local.real, index)
            && !fs::exists(&folder.under(root).join(".git"))
        {
            local.found = Found::Absent(Absence::Elsewhere(Elsewhere::Submodule(folder)));
            continue;
        }
        // A link on the way leads to what nobody sees here.
        let mut way = local.real.ancestors();
        if let Some(link) = way.find(|folder| {
            entry_left_out(index, folder).is_some_and(|entry| entry.kind == EntryKind::Link)
        }) {
            local.found = Found::Absent(Absence::Elsewhere(Elsewhere::LeftOut(link)));
            continue;
        }
        let Some(entry) = entry_left_out(index, &local.real) else {
            continue;
        };
        let real = local.real.clone();
        local.found = match (entry.kind, blobs.get(&entry.name)) {
            (EntryKind::File { executable }, Some(bytes)) => Found::File(File {
                bytes: bytes.clone(),
                executable,
            }),
            (EntryKind::File { .. }, None) => {
                Found::Absent(Absence::Elsewhere(Elsewhere::Unfetched(real)))
            }
            _ => Found::Absent(Absence::Elsewhere(Elsewhere::LeftOut(real))),
        };
    }
    Ok(())
}

/// Returns what the index has at a path that a sparse checkout leaves out.
fn entry_left_out<'a>(
    index: &'a BTreeMap<RelPath, git::IndexEntry>,
    path: &RelPath,
) -> Option<&'a git::IndexEntry> {
    index.get(path).filter(|entry| entry.is_left_out)
}

/// Returns the file at a path: where a sparse checkout leaves it out, as git's index has it.
///
/// # Errors
/// When it can't be read, or git can't say.
pub fn file(workspace: &Workspace, path: &RelPath) -> Result<Option<File>> {
    Ok(files(workspace, [path])?.remove(path))
}

/// Returns the files at some paths: those that a sparse checkout leaves out, as git's index has
/// them. Git is asked once for all.
///
/// # Errors
/// When one can't be read, or git can't say.
pub fn files<'a>(
    workspace: &Workspace,
    paths: impl IntoIterator<Item = &'a RelPath>,
) -> Result<BTreeMap<RelPath, File>> {
    let (mut found, mut absent) = (BTreeMap::new(), BTreeSet::new());
    for path in paths {
        match workspace.file(path)? {
            Some(file) => _ = found.insert(path.clone(), file),
            None => _ = absent.insert(path),
        }
    }
    if absent.is_empty() {
        return Ok(found);
    }
    let mut entries = git::index(workspace.root(), absent.iter().copied())?;
    entries.retain(|path, entry| entry.is_left_out && absent.contains(path));
    found.extend(contents(workspace, entries)?);
    Ok(found)
}

/// Refuses where a sparse checkout leaves a part of a folder out: what is read of it would be taken
/// for all of it.
///
/// # Errors
/// With the command that brings the rest.
pub fn refuse_part(folder: &Path) -> Result<()> {
    let is_sparse = git::is_repository(folder) && git::is_sparse(folder).unwrap_or(false);
    let left_out = match is_sparse {
        true => git::left_out_below(folder)?,
        false => 0,
    };
    if left_out == 0 {
        return Ok(());
    }
    let place = folder.display();
    let files = words::count(left_out, "file");
    let shown = words::path_quoted(&place.to_string());
    Err(Error::user(format!(
        "this sparse checkout leaves out {files} of `{place}`"
    ))
    .note("nothing was changed")
    .command(format!("git -C {shown} sparse-checkout add .")))
}

/// Returns those of some absent paths that a sparse checkout leaves out; none where git can't say.
pub fn left_out(workspace: &Workspace, absent: &[RelPath]) -> Vec<RelPath> {
    let root = workspace.root();
    if absent.is_empty() || !git::is_repository(root) {
        return Vec::new();
    }
    let index = git::index(root, absent).unwrap_or_default();
    let mut left_out = absent.to_vec();
    left_out.retain(|path| entry_left_out(&index, path).is_some());
    left_out
}

fn contents(
    workspace: &Workspace,
    entries: BTreeMap<RelPath, git::IndexEntry>,
) -> Result<BTreeMap<RelPath, File>> {
    let names = entries.values().map(|entry| entry.name.as_str());
    let blobs = git::blobs(workspace.root(), names)?;
    let mut files = BTreeMap::new();
    for (path, entry) in entries {
        if let (EntryKind::File { executable }, Some(bytes)) = (entry.kind, blobs.get(&entry.name))
        {
            let bytes = bytes.clone();
            files.insert(path, File { bytes, executable });
        }
    }
    Ok(files)
}

/// Returns the submodule that a path lies in.
fn submodule(path: &RelPath, index: &BTreeMap<RelPath, git::IndexEntry>) -> Option<RelPath> {
    path.ancestors().find(|folder| {
        index
            .get(folder)
            .is_some_and(|entry| entry.kind == EntryKind::Submodule)
    })
}

/// Returns the submodule, not initialised, that a path lies in, for each path that does. Nothing
/// can be written there: git would not put the submodule where files are.
///
/// # Errors
/// When git can't say.
pub fn uninitialised<'a>(
    workspace: &Workspace,
    paths: impl IntoIterator<Item = &'a RelPath>,
) -> Result<BTreeSet<RelPath>> {
    let root = workspace.root();
    let top = root
        .ancestors()
        .find(|folder| fs::exists(&folder.join(".git")));
    if top.is_none_or(|top| !fs::exists(&top.join(".gitmodules"))) {
        return Ok(BTreeSet::new());
    }
    let paths: Vec<&RelPath> = paths.into_iter().collect();
    let index = git::index(root, paths.iter().copied())?;
    let folders = paths.iter().filter_map(|path| submodule(path, &index));
    Ok(folders
        .filter(|folder| !fs::exists(&folder.under(root).join(".git")))
        .collect())
}

/// The list of what was here, in agentpkg's own folder, and that list before it is whole.
const SEEN: [&str; 2] = [".agentpkg/seen", ".agentpkg/seen.tmp"];

/// Returns the managed paths that the last command that wrote saw here.
fn seen(workspace: &Workspace) -> BTreeSet<RelPath> {
    let file = workspace.file(&rel(SEEN[0])).ok().flatten();
    let text = file.as_ref().and_then(File::text).unwrap_or_default();
    text.lines().filter_map(|line| line.parse().ok()).collect()
}

/// Remembers which managed paths are here, so that one that isn't any more was deleted; and which
/// were, and aren't after a command that brings back what is missing: those were deleted, and still
/// are the next time. It is no error when that can't be written: what then isn't here is missing,
/// and comes back.
pub fn remember(workspace: &Workspace, disk: &dyn Disk) {
    let text = workspace.text(AGENTPKG_LOCK).ok().flatten();
    let Some(lock) = text.and_then(|text| Lock::parse(&text).ok()) else {
        let _ = disk.remove_file(&rel(SEEN[0]));
        return;
    };
    let before = seen(workspace);
    let here = lock
        .files
        .keys()
        .filter(|path| before.contains(*path) || fs::exists(&path.under(workspace.root())));
    let list: String = here.map(|path| format!("{path}\n")).collect();
    let [place, draft] = SEEN.map(rel);
    let known = workspace.file(&place).ok().flatten();
    if known.as_ref().and_then(File::text) != Some(&list) {
        let written = disk
            .remove_file(&draft)
            .and_then(|()| disk.write_new(&draft, &File::plain(list)));
        let _ = written.and_then(|()| disk.rename(&draft, &place));
    }
}
