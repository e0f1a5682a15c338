//! Why nothing is at a managed path: deleted, missing, or in a part of the repository that this
//! checkout doesn't have.
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

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::error::{Error, Result};
use crate::model::lock::{AGENTPKG_LOCK, Lock, Record};
use crate::model::path::{RelPath, rel};
use crate::model::snapshot::{Absence, Elsewhere, Found, Ours};
use crate::model::tree::File;
use crate::model::upstream::Upstream;
use crate::tree::{Base, holds_some, identities, scripts_named};
use crate::words;

use super::fs::{self, Disk};
use super::git::{self, EntryKind};
use super::workspace::Workspace;

/// Says of each absent path why it is absent, and finds what a sparse checkout leaves out; without
/// a lock only that.
///
/// # Errors
/// When git is there and can't say: no answer is not a no.
pub fn tell_absences(workspace: &Workspace, ours: &mut Ours, lock: Option<&Lock>) -> Result<()> {
    let root = workspace.root();
    let in_git = git::is_repository(root);
    let absent = ours.iter().filter(|(_, local)| local.is_absent());
    let absent: Vec<RelPath> = absent.map(|(path, _)| path.clone()).collect();
    if absent.is_empty() {
        return Ok(());
    }
    let index = match (git::index(root, &reals(ours, &absent)), lock) {
        (Ok(index), _) => index,
        // Nothing is installed, and whoever asks git for more says that it can't be asked.
        (Err(_), None) => return Ok(()),
        (Err(error), Some(_)) => return Err(error),
    };
    tell_elsewhere(workspace, ours, &absent, &index)?;
    let Some(lock) = lock else {
        return Ok(());
    };
    let open = lock.expected().into_iter();
    let open: Vec<RelPath> = open
        .filter(|path| ours[*path].found == Found::Absent(Absence::Deleted))
        .cloned()
        .collect();
    if open.is_empty() {
        return Ok(());
    }
    let expected = lock.expected().len();
    // The last one of many, after the others were deleted one by one, was deleted too.
    let last_of_many = expected == 1 && lock.files.len() > 1;
    if open.len() == expected && !last_of_many {
        missing(ours, open.iter());
        return Ok(());
    }
    let base = Base {
        hooks: lock.hooks.clone(),
        ..Base::default()
    };
    let named = scripts_named(ours, &lock.files, &identities(&base, &Upstream::default()));
    let (scripts, mut open): (Vec<RelPath>, Vec<RelPath>) =
        open.into_iter().partition(|path| named.contains(path));
    missing(ours, scripts.iter());
    if in_git {
        open.retain(|path| !index.contains_key(&ours[path].real));
        let committed = git::committed(root, &reals(ours, &open))?;
        open.retain(|path| !committed.contains(&ours[path].real));
        let ignored = git::ignored(root, &reals(ours, &open))?;
        open.retain(|path| ignored.iter().any(|one| one.path == ours[path].real));
        if !open.is_empty() {
            tell_fresh(workspace, ours, lock)?;
        }
    }
    let seen = seen(workspace);
    open.retain(|path| !seen.contains(path));
    if in_git {
        let deleted = git::deleted(root, &reals(ours, &open))?;
        open.retain(|path| !deleted.contains(&ours[path].real));
    }
    missing(ours, open.iter());
    Ok(())
}

/// Returns where paths really are: git doesn't look behind links.
fn reals(ours: &Ours, paths: &[RelPath]) -> Vec<RelPath> {
    paths.iter().map(|path| ours[path].real.clone()).collect()
}

fn missing<'a>(ours: &mut Ours, paths: impl Iterator<Item = &'a RelPath>) {
    for path in paths {
        if let Some(local) = ours.get_mut(path) {
            local.found = Found::Absent(Absence::Missing);
        }
    }
}

/// Says which of the absent paths this checkout doesn't have: what a sparse one leaves out is what
/// git's index has, and what a submodule would bring is elsewhere.
fn tell_elsewhere(
    workspace: &Workspace,
    ours: &mut Ours,
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
    .hint(format!("git -C {shown} sparse-checkout add .")))
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

/// Says which shared files this checkout has of its own, and never had with what was installed
/// in them: git ignores them, and no whole file that it ignores is there either.
fn tell_fresh(workspace: &Workspace, ours: &mut Ours, lock: &Lock) -> Result<()> {
    let real: Vec<RelPath> = lock
        .files
        .keys()
        .map(|path| ours[path].real.clone())
        .collect();
    let ignored: BTreeSet<RelPath> = git::ignored(workspace.root(), &real)?
        .into_iter()
        .map(|one| one.path)
        .collect();
    let mut shared = Vec::new();
    for (path, record) in &lock.files {
        if !ignored.contains(&ours[path].real) {
            continue;
        }
        match record {
            Record::Whole(_) if !ours[path].is_absent() => return Ok(()),
            Record::Whole(_) => {}
            Record::Blocks(_) | Record::Keys(_) => shared.push((path, record)),
        }
    }
    let base = Base {
        hooks: lock.hooks.clone(),
        ..Base::default()
    };
    let identities = identities(&base, &Upstream::default());
    for (path, record) in shared {
        if let Some(local) = ours.get_mut(path) {
            local.fresh |= !holds_some(record, local, &identities);
        }
    }
    Ok(())
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
