//! The only door to the file system.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::{Error, Result};

/// Returns the bytes of the file at `path`, or `None` if there is nothing.
pub fn read(path: &Path) -> Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if is_absent(&error) => Ok(None),
        Err(error) => Err(Error::io("read", path.display(), &error)),
    }
}

/// Makes `path` a file of these bytes: whole or not at all, whatever stops the machine.
pub fn write_atomic(path: &Path, bytes: &[u8], _executable: bool) -> Result<()> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let temp = path.with_file_name(format!(".agentpkg-{}-{number}.tmp", std::process::id()));
    let written = File::create_new(&temp)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&temp, path))
        .and_then(|()| path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all()));
    written.map_err(|error| {
        let _ = fs::remove_file(&temp);
        Error::io("write", path.display(), &error)
    })
}

/// Creates the folder at `path` and those above it, where they are missing.
pub fn create_dir_all(path: &Path) -> Result<()> {
    fs::create_dir_all(path).map_err(|error| Error::io("create", path.display(), &error))
}

/// Returns what is in the folder at `path`, sorted; nothing if there is no such folder.
pub fn list(path: &Path) -> Result<Vec<PathBuf>> {
    let failed = |error: io::Error| Error::io("list", path.display(), &error);
    let entries = match fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) if is_absent(&error) => return Ok(vec![]),
        Err(error) => return Err(failed(error)),
    };
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>().map_err(failed)?;
    paths.sort();
    Ok(paths)
}

/// What came of asking for a lock.
#[derive(Debug)]
pub enum Lock {
    /// It is ours for as long as this value lives.
    Taken(Held),
    /// Somebody has it, and wrote this about themselves.
    Busy(String),
}

/// A lock, which is given up when this is dropped or the process ends.
#[derive(Debug)]
pub struct Held {
    _file: File,
}

/// Takes the lock at `path` without waiting, and writes `owner` into it for others to read.
pub fn try_lock(path: &Path, owner: &str) -> Result<Lock> {
    let failed = |error: io::Error| Error::io("lock", path.display(), &error);
    let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).map_err(failed)?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => {
            let mut owner = String::new();
            let _ = file.read_to_string(&mut owner);
            return Ok(Lock::Busy(owner));
        }
        Err(TryLockError::Error(error)) if error.kind() != ErrorKind::Unsupported => return Err(failed(error)),
        Err(TryLockError::Error(_)) | Ok(()) => {}
    }
    let named = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| file.write_all(owner.as_bytes()));
    named.map_err(failed)?;
    Ok(Lock::Taken(Held { _file: file }))
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}
