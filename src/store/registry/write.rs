//! Changing a registry in a folder: one writer at a time, each file whole or not at all.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::Value;

use super::{CATALOG_JSON, REGISTRY_JSON, Registry, index_path};
use crate::error::{Error, Result};
use crate::model::index::{Catalog, Index, RegistryInfo, to_bytes};
use crate::store::fs::{self, Held, Lock};

/// The lock of a registry's writers.
const LOCK: &str = ".lock";
/// How long a writer waits for another.
const WHERE: &str = "name a registry, or a new folder to make one";
const PATIENCE: Duration = Duration::from_secs(30);

/// A file to write: where it goes below the registry, and what it will hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    pub path: String,
    pub bytes: Vec<u8>,
}

impl Write {
    pub fn info(info: &RegistryInfo) -> Self {
        Self {
            path: REGISTRY_JSON.to_owned(),
            bytes: to_bytes(info),
        }
    }

    pub fn catalog(registry: &Registry, catalog: &Catalog) -> Result<Self> {
        Self::over(registry, CATALOG_JSON.to_owned(), catalog)
    }

    pub fn index(registry: &Registry, index: &Index) -> Result<Self> {
        Self::over(registry, index_path(&index.name), index)
    }

    /// Returns `value` in the place of what the registry has, with the keys there that this
    /// agentpkg doesn't know.
    fn over<T: Serialize>(registry: &Registry, path: String, value: &T) -> Result<Self> {
        let mut value = serde_json::to_value(value).expect("a registry's values are JSON");
        let old = registry.read(&path)?;
        if let Some(old) = old.and_then(|old| serde_json::from_slice(&old).ok()) {
            keep_unknown(&mut value, old);
        }
        Ok(Self {
            path,
            bytes: to_bytes(&value),
        })
    }
}

/// The keys that a change may leave out; all others are a later agentpkg's, and a published entry
/// doesn't change.
const CHANGING: [&str; 5] = ["yanked", "latest", "contact", "keywords", "recommended"];

fn keep_unknown(new: &mut Value, old: Value) {
    match (new, old) {
        (Value::Object(new), Value::Object(old)) => {
            for (key, old) in old {
                match new.get_mut(&key) {
                    Some(new) => keep_unknown(new, old),
                    None if CHANGING.contains(&key.as_str()) => {}
                    None => _ = new.insert(key, old),
                }
            }
        }
        (Value::Array(new), Value::Array(old)) => {
            for old in old {
                let same = |new: &&mut Value| {
                    new.get("version").is_some() && new.get("version") == old.get("version")
                };
                if let Some(new) = new.iter_mut().find(same) {
                    keep_unknown(new, old);
                }
            }
        }
        _ => {}
    }
}

/// Returns whether the folder is a registry; if not, it is absent or empty and may become one.
///
/// # Errors
/// When it holds anything else.
pub fn is_registry(folder: &Path) -> Result<bool> {
    if fs::exists(folder) && !fs::is_folder(folder) {
        return Err(Error::user(format!("`{}` is not a folder", folder.display())).hint(WHERE));
    }
    let entries = fs::list(folder)?;
    let has = |name: &str| entries.iter().any(|entry| entry.ends_with(name));
    // A fresh clone has nothing but `.git`; a publisher that is about to write, or was stopped, a
    // lock and a temp.
    let passing = |name: &str| name == LOCK || name == ".git" || name.starts_with(".agentpkg-");
    let empty = entries.iter().all(|entry| {
        entry
            .file_name()
            .and_then(OsStr::to_str)
            .is_some_and(passing)
    });
    match (has(REGISTRY_JSON), empty) {
        (true, _) => Ok(true),
        (false, true) => Ok(false),
        (false, false) => Err(Error::user(format!(
            "`{}` is no registry, and not empty",
            folder.display()
        ))
        .hint(WHERE)),
    }
}

/// The right to write to a registry, for as long as this value lives. Nothing of it stays among
/// what is served.
pub struct Writer {
    path: PathBuf,
    _held: Held,
}

impl Drop for Writer {
    fn drop(&mut self) {
        fs::remove_lock(&self.path);
    }
}

/// Waits until no one else writes to the registry; `what` is told to those who wait for us.
pub fn lock(folder: &Path, what: &str) -> Result<Writer> {
    fs::create_dir_all(folder)?;
    let start = Instant::now();
    loop {
        let path = folder.join(LOCK);
        match fs::try_lock(&path, what)? {
            Lock::Taken(held) => return Ok(Writer { path, _held: held }),
            Lock::Busy(_) if start.elapsed() < PATIENCE => thread::sleep(Duration::from_millis(20)),
            Lock::Busy(other) => {
                return Err(Error::user(format!(
                    "someone else is writing to `{}`: {other}",
                    folder.display()
                ))
                .note("nothing was published")
                .hint("run the same command again when they are done"));
            }
        }
    }
}

/// Writes files in order, each whole before the next: the last one is the commit.
pub fn apply(folder: &Path, writes: &[Write]) -> Result<()> {
    writes.iter().try_for_each(|write| {
        let path = folder.join(&write.path);
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::write_atomic(&path, &write.bytes, false)
    })
}
