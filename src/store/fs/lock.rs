//! Locks: one process at a time, which says who it is.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use super::{failed_to, system};
use crate::error::{Error, Result};

/// What came of asking for a lock.
#[derive(Debug)]
pub enum LockAttempt {
    /// It is ours for as long as this value lives.
    Taken(Held),
    /// Somebody has it, and wrote this about themselves.
    Busy(String),
}

/// A lock, which is given up when this is dropped or the process ends.
#[derive(Debug)]
pub struct Held {
    file: File,
}

impl Drop for Held {
    /// Closing the file isn't enough: a program that another thread is starting just now has a copy
    /// of it until it runs, and the lock goes with the last copy.
    fn drop(&mut self) {
        let _ = self.file.unlock();
    }
}

/// Takes the lock at `path` without waiting, and writes `owner` into it for others to read.
///
/// A file system that knows no locks is taken at its word that nobody else is there, as Cargo does.
pub fn try_lock(path: &Path, owner: &str) -> Result<LockAttempt> {
    // A repo that somebody else wrote may hold a link here.
    let nofollow = rustix::fs::OFlags::NOFOLLOW.bits().cast_signed();
    let mut options = OpenOptions::new();
    options
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .custom_flags(nofollow);
    let mut file = loop {
        let mut file = options.open(path).map_err(failed_to("lock", path))?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => {
                let mut owner = String::new();
                let _ = file.read_to_string(&mut owner);
                return Ok(LockAttempt::Busy(owner));
            }
            Err(TryLockError::Error(error)) if !system::cannot(&error) => {
                return Err(Error::io("lock", path.display(), &error));
            }
            Err(TryLockError::Error(_)) | Ok(()) => {}
        }
        // Whoever had it before may have taken the file away with it: a lock on that keeps nobody
        // out.
        let inode = file.metadata().map_err(failed_to("lock", path))?.ino();
        if fs::symlink_metadata(path).is_ok_and(|there| there.ino() == inode) {
            break file;
        }
    };
    write_owner(&mut file, owner).map_err(failed_to("lock", path))?;
    Ok(LockAttempt::Taken(Held { file }))
}

fn write_owner(file: &mut File, owner: &str) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(owner.as_bytes())
}

/// Takes the file of a lock away that is still held; who comes next makes it anew. Should it fail,
/// it stays.
pub fn remove_lock(path: &Path) {
    let _ = fs::remove_file(path);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_one_process_and_names_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let held = try_lock(&path, "a long name").unwrap();
        assert!(matches!(&held, LockAttempt::Taken(_)));
        assert!(
            matches!(try_lock(&path, "b").unwrap(), LockAttempt::Busy(owner) if owner == "a long name")
        );
        drop(held);
        std::os::unix::fs::symlink(&path, folder.path().join("link")).unwrap();
        try_lock(&folder.path().join("link"), "b").unwrap_err();
        let _held = try_lock(&path, "b").unwrap();
        assert!(matches!(try_lock(&path, "c").unwrap(), LockAttempt::Busy(owner) if owner == "b"));
    }

    #[test]
    fn a_lock_that_was_given_up_is_free_though_a_program_being_started_has_a_copy_of_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let LockAttempt::Taken(held) = try_lock(&path, "a").unwrap() else {
            panic!("nobody has it");
        };
        let copy = held.file.try_clone().unwrap();
        drop(held);
        assert!(matches!(
            try_lock(&path, "b").unwrap(),
            LockAttempt::Taken(_)
        ));
        drop(copy);
    }
}
