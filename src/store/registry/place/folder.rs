//! A registry in a folder of this machine: files are replaced whole, by one writer at a time.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::{Decide, Place};
use crate::error::{Error, Result};
use crate::store::fs::{self, Held, LockAttempt};

use super::super::REGISTRY_JSON;
use super::super::write::Write;

/// The lock of a registry's writers.
const LOCK: &str = ".lock";
/// What may be named instead of what is no registry.
const WHERE: &str = "name a registry, or a new folder to make one";
/// How long a writer waits for another.
const PATIENCE: Duration = Duration::from_secs(30);

/// In a folder of this machine.
#[derive(Debug)]
pub struct FolderPlace {
    folder: PathBuf,
}

impl FolderPlace {
    /// Returns the place in `folder`, which may be absent yet.
    pub fn at(folder: &Path) -> Self {
        Self {
            folder: folder.to_path_buf(),
        }
    }
}

impl Place for FolderPlace {
    fn get_many(&self, paths: &[&str]) -> Result<Vec<Option<Bytes>>> {
        let mut files = Vec::new();
        for path in paths {
            files.push(fs::read(&self.folder.join(path))?.map(Bytes::from));
        }
        Ok(files)
    }

    fn is_registry(&self) -> Result<bool> {
        let folder = &self.folder;
        if fs::exists(folder) && !fs::is_folder(folder) {
            return Err(Error::user(format!("`{}` is not a folder", folder.display())).hint(WHERE));
        }
        let entries = fs::list(folder)?;
        if entries.iter().any(|entry| entry.ends_with(REGISTRY_JSON)) {
            return Ok(true);
        }
        let names = entries.iter().map(|entry| entry.file_name());
        let mut names = names.map(|name| name.and_then(OsStr::to_str).unwrap_or_default());
        match names.all(is_left_aside) {
            true => Ok(false),
            false => Err(Error::user(format!(
                "`{}` is no registry, and not empty",
                folder.display()
            ))
            .hint(WHERE)),
        }
    }

    fn name(&self) -> String {
        let absolute = std::path::absolute(&self.folder).unwrap_or_else(|_| self.folder.clone());
        absolute.file_name().map_or_else(
            || "registry".to_owned(),
            |name| name.to_string_lossy().into_owned(),
        )
    }

    fn change(&self, what: &str, decide: Decide<'_>) -> Result<()> {
        self.is_registry()?;
        let _lock = self.lock(what)?;
        for write in decide()? {
            self.write(&write).map_err(|error| {
                error
                    .note("the release is not complete")
                    .hint("run the same command again: it completes what is missing")
            })?;
        }
        Ok(())
    }
}

/// Returns whether a name doesn't count in a folder that is empty else: a fresh clone has `.git`; a
/// publisher that is about to write, or was stopped, a lock and a temp.
fn is_left_aside(name: &str) -> bool {
    name == LOCK || name == ".git" || name.starts_with(".agentpkg-")
}

/// The right to write to a registry, for as long as this value lives. Nothing of it stays among
/// what is served.
struct Writer {
    path: PathBuf,
    _held: Held,
}

impl Drop for Writer {
    fn drop(&mut self) {
        fs::remove_lock(&self.path);
    }
}

impl FolderPlace {
    fn write(&self, write: &Write) -> Result<()> {
        let path = self.folder.join(&write.path);
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::write_atomic(&path, &write.bytes, false)
    }

    /// Waits until no one else writes to the registry; `what` is told to those who wait for us.
    fn lock(&self, what: &str) -> Result<Writer> {
        fs::create_dir_all(&self.folder)?;
        let start = Instant::now();
        loop {
            let path = self.folder.join(LOCK);
            match fs::try_lock(&path, what)? {
                LockAttempt::Taken(held) => return Ok(Writer { path, _held: held }),
                LockAttempt::Busy(_) if start.elapsed() < PATIENCE => {
                    thread::sleep(Duration::from_millis(20));
                }
                LockAttempt::Busy(other) => {
                    return Err(Error::user(format!(
                        "someone else is writing to `{}`: {other}",
                        self.folder.display()
                    ))
                    .note("nothing was published")
                    .hint("run the same command again when they are done"));
                }
            }
        }
    }
}
