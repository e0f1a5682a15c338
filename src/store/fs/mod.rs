//! The only door to the file system.
//!
//! What the journal does goes through a [`Disk`], so that tests can put a failing one in its place;
//! the rest is here.

#![expect(clippy::disallowed_methods, reason = "this is the door")]

mod disk;
mod follow;
mod lock;
mod os;
mod paths;
mod replace;
mod system;
mod trees;
mod walk;

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

pub use disk::{Attempt, Disk, OnDisk};
pub use follow::{Followed, Follower, LEADS_NOWHERE, LEADS_OUT, NO_FILE, follow};
pub use lock::{Held, LockAttempt, remove_lock, try_lock};
pub use os::Os;
pub use paths::{
    are_one, canonical, exists, is_file, is_folder, is_link, is_waited_for, remove_empty, size,
    without_detours,
};
pub use replace::{replace, replace_all};
pub use trees::{digests, list_files, only_files, read_source, read_tree};

use crate::error::{Error, Result};

/// How many bytes are read of any file that isn't given by hand: more than any has that is meant.
pub const LARGEST: u64 = 64 << 20;

/// Returns the bytes of the file at `path`, or `None` if there is nothing.
///
/// # Errors
/// When it isn't a file, or is larger than [`LARGEST`].
pub fn read(path: &Path) -> Result<Option<Vec<u8>>> {
    match open_without_waiting(path).and_then(|file| read_bounded(file, LARGEST)) {
        Ok((bytes, _)) => Ok(Some(bytes)),
        Err(error) if is_absent(&error) => Ok(None),
        Err(error) => Err(Error::io("read", path.display(), &error)),
    }
}

/// Reads a file that is open, with its metadata; refuses what is no file, and what is larger.
fn read_bounded(file: File, limit: u64) -> io::Result<(Vec<u8>, fs::Metadata)> {
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::new(ErrorKind::InvalidInput, "it is no file"));
    }
    if metadata.len() > limit {
        return Err(too_large(limit));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0));
    let read = file.take(limit + 1).read_to_end(&mut bytes)?;
    match read as u64 > limit {
        true => Err(too_large(limit)),
        false => Ok((bytes, metadata)),
    }
}

fn too_large(limit: u64) -> io::Error {
    let what = format!("it is larger than {} MiB", limit >> 20);
    io::Error::new(ErrorKind::FileTooLarge, what)
}

/// Returns the bytes of the file at `path`, or of standard input for `-`: at most `limit`, whatever
/// lies there.
///
/// # Errors
/// When there is nothing, or more.
pub fn read_at_most(path: &Path, limit: usize) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let more = limit as u64 + 1;
    let read = match path == Path::new("-") {
        true => io::stdin().lock().take(more).read_to_end(&mut bytes),
        false => File::open(path).and_then(|file| file.take(more).read_to_end(&mut bytes)),
    };
    read.map_err(failed_to("read", path))?;
    match bytes.len() > limit {
        true => Err(Error::user(format!(
            "`{}` is larger than {} MiB",
            path.display(),
            limit >> 20
        ))),
        false => Ok(bytes),
    }
}

/// Returns the bytes of a file that belongs to this user, if it has no more than `limit`.
pub fn read_own(path: &Path, limit: usize) -> Option<Vec<u8>> {
    let file = open_without_waiting(path).ok()?;
    let metadata = file.metadata().ok()?;
    let is_own = metadata.uid() == rustix::process::geteuid().as_raw();
    if !metadata.is_file() || !is_own || metadata.len() > limit as u64 {
        return None;
    }
    let mut bytes = Vec::new();
    file.take(limit as u64).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// Makes a file that nobody else may read, durably, unless there is something; its folders are
/// this user's alone as well.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<()> {
    let temp = temp_beside(path);
    let written = write_private_over(&temp, path, bytes);
    let _ = fs::remove_file(&temp);
    written.map_err(failed_to("write", path))
}

fn write_private_over(temp: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut folders = DirBuilder::new();
    folders
        .recursive(true)
        .mode(0o700)
        .create(folder_of(path))?;
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(temp)?;
    file.write_all(bytes)?;
    system::sync(&file)?;
    match fs::hard_link(temp, path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        // Where there are no links, the last of two writers wins.
        Err(_) => fs::rename(temp, path)?,
        Ok(()) => {}
    }
    sync_folder(folder_of(path))
}

/// Opens what lies at a path, and waits for nobody: a pipe may have no other end.
fn open_without_waiting(path: &Path) -> io::Result<File> {
    let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
    OpenOptions::new()
        .read(true)
        .custom_flags(flags.bits().cast_signed())
        .open(path)
}

/// Returns whether there is a file at `path`, behind any link, that its owner may execute.
pub fn is_executable_file(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| metadata.is_file() && is_executable(&metadata))
}

/// Writes a file that nobody reads yet: at once where there is a file or none, and through where
/// something else is there, a pipe or a device.
///
/// # Errors
/// When it can't be written.
pub fn write_out(path: &Path, bytes: &[u8]) -> Result<()> {
    if !exists(path) || is_file(path) {
        return write_atomic(path, bytes, false);
    }
    let file = OpenOptions::new().write(true).open(path);
    file.and_then(|mut file| file.write_all(bytes))
        .map_err(failed_to("write", path))
}

/// Makes `path` a file of these bytes: whole or not at all, whatever stops the machine.
pub fn write_atomic(path: &Path, bytes: &[u8], executable: bool) -> Result<()> {
    let temp = temp_beside(path);
    let written = write_new(&temp, bytes, executable)
        .and_then(|file| system::sync(&file))
        .and_then(|()| fs::rename(&temp, path))
        .and_then(|()| sync_folder(folder_of(path)));
    written.map_err(|error| {
        let _ = fs::remove_file(&temp);
        Error::io("write", path.display(), &error)
    })
}

/// Keeps what can be had again, as a whole file or not at all while the machine runs. The disk
/// isn't waited for, and it is no error when nothing can be written: whoever reads it checks it,
/// and fetches it again.
pub fn keep(path: &Path, bytes: &[u8]) {
    let temp = temp_beside(path);
    let written = fs::create_dir_all(folder_of(path))
        .and_then(|()| write_new(&temp, bytes, false))
        .and_then(|_| fs::rename(&temp, path));
    if written.is_err() {
        let _ = fs::remove_file(&temp);
    }
}

/// Removes a file.
pub fn remove_file(path: &Path) -> Result<()> {
    fs::remove_file(path).map_err(failed_to("remove", path))
}

/// Makes `path` a file of these bytes, and the folders above it, for now: nothing is made durable.
pub fn write_loose(path: &Path, bytes: &[u8], executable: bool) -> Result<()> {
    let mode = fs::Permissions::from_mode(if executable { 0o755 } else { 0o644 });
    let made = fs::create_dir_all(folder_of(path)).and_then(|()| fs::write(path, bytes));
    made.and_then(|()| fs::set_permissions(path, mode))
        .map_err(failed_to("write", path))
}

/// Creates the folder at `path` and those above it, for now.
pub fn create_loose(path: &Path) -> Result<()> {
    fs::create_dir_all(path).map_err(failed_to("create", path))
}

/// Creates the folder at `path` and those above it, where they are missing, durably.
pub fn create_dir_all(path: &Path) -> Result<()> {
    let missing: Vec<&Path> = path
        .ancestors()
        .take_while(|folder| !folder.as_os_str().is_empty() && !folder.exists())
        .collect();
    fs::create_dir_all(path).map_err(failed_to("create", path))?;
    for created in missing {
        sync_folder(folder_of(created)).map_err(failed_to("create", path))?;
    }
    Ok(())
}

/// Returns how many bytes a file has; nothing for a folder and what can't be looked at.
pub fn length(path: &Path) -> Option<u64> {
    let metadata = fs::symlink_metadata(path).ok()?;
    (!metadata.is_dir()).then_some(metadata.len())
}

/// Takes a folder of this program's own away, with all that is in it; or what lies in its place.
///
/// # Errors
/// When a part of it stays.
pub fn clear_own(folder: &Path) -> Result<()> {
    let cleared = match fs::symlink_metadata(folder) {
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(folder),
        Ok(_) => fs::remove_file(folder),
        Err(error) => Err(error),
    };
    match cleared {
        Err(error) if !is_absent(&error) => Err(Error::io("remove", folder.display(), &error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Gives a folder of this program's own another name, beside the old one.
///
/// # Errors
/// When it can't have it.
pub fn rename_own(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to).map_err(failed_to("rename", from))
}

/// Returns what is in the folder at `path`, sorted; nothing if there is no such folder.
pub fn list(path: &Path) -> Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    match fs::read_dir(path) {
        Ok(entries) => {
            for entry in entries {
                paths.push(entry.map_err(failed_to("list", path))?.path());
            }
        }
        Err(error) if is_absent(&error) => {}
        Err(error) => return Err(Error::io("list", path.display(), &error)),
    }
    paths.sort();
    Ok(paths)
}

/// Returns what makes an error about a path of the system's: for `map_err`.
fn failed_to(verb: &str, path: &Path) -> impl Fn(io::Error) -> Error {
    move |error| Error::io(verb, path.display(), &error)
}

/// Returns a name that no other writer uses, in the same folder, so that a rename is atomic.
fn temp_beside(path: &Path) -> PathBuf {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    path.with_file_name(format!(".agentpkg-{}-{number}.tmp", std::process::id()))
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Writes a file that isn't there yet: O_EXCL neither follows a link nor overwrites.
fn write_new(path: &Path, bytes: &[u8], executable: bool) -> io::Result<File> {
    let mode = if executable { 0o755 } else { 0o644 };
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)?;
    file.write_all(bytes)?;
    Ok(file)
}

/// A folder's entries are durable only once the folder itself is synced.
fn sync_folder(path: &Path) -> io::Result<()> {
    system::sync(&File::open(path)?)
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

fn is_executable(metadata: &fs::Metadata) -> bool {
    metadata.permissions().mode() & 0o100 != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_written_file_reads_back_and_leaves_no_temp() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        assert_eq!(read(&path).unwrap(), None);
        write_atomic(&path, b"1", false).unwrap();
        write_atomic(&path, b"2", true).unwrap();
        assert_eq!(read(&path).unwrap().unwrap(), b"2");
        assert!(is_executable(&path.metadata().unwrap()));
        assert_eq!(list(folder.path()).unwrap(), [path]);
        assert_eq!(
            list(&folder.path().join("none")).unwrap(),
            Vec::<PathBuf>::new()
        );
    }

    #[test]
    fn a_failed_write_leaves_no_temp() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        create_dir_all(&path.join("b")).unwrap();
        write_atomic(&path, b"1", false).unwrap_err();
        assert_eq!(list(folder.path()).unwrap(), [path]);
    }
}
