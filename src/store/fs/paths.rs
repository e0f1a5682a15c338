//! Questions about one path: whether something is there, what it is, where it really lies.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use super::failed_to;
use crate::error::Result;
use crate::model::path::RelPath;

/// Returns the folder without links and `..` in its path.
pub fn canonical(path: &Path) -> Result<PathBuf> {
    fs::canonicalize(path).map_err(failed_to("find", path))
}

/// Returns a path, which may not exist yet, as the folders there are make it: without links and
/// `..`.
pub fn without_detours(path: &Path) -> PathBuf {
    let there = path
        .ancestors()
        .find_map(|folder| Some((fs::canonicalize(folder).ok()?, folder)));
    match there.and_then(|(real, folder)| Some((real, path.strip_prefix(folder).ok()?))) {
        Some((real, rest)) if rest.as_os_str().is_empty() => real,
        Some((real, rest)) if !rest.iter().any(|name| name == "..") => real.join(rest),
        _ => path.to_path_buf(),
    }
}

/// Returns whether there is anything at `path`, a link that leads nowhere included.
pub fn exists(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

/// Returns whether a program that reads what is there would wait for it, or find no end: it is
/// neither a file nor a folder. What a link leads to counts.
pub fn is_waited_for(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir())
}

/// Returns whether two paths lead to one file, over a link or as its two names.
pub fn are_one(one: &Path, other: &Path) -> bool {
    let (Ok(one), Ok(other)) = (fs::metadata(one), fs::metadata(other)) else {
        return false;
    };
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// Returns whether a link is there, wherever it leads.
pub fn is_link(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink())
}

/// Removes a folder, if it is empty.
pub fn remove_empty(path: &Path) {
    let _ = fs::remove_dir(path);
}

/// Returns whether `path` is a file, links followed.
pub fn is_file(path: &Path) -> bool {
    path.is_file()
}

/// Returns whether `path` is a folder, links followed.
pub fn is_folder(path: &Path) -> bool {
    path.is_dir()
}

/// Returns how many bytes the file at a path has, links followed; 0 where there is none.
pub fn size(root: &Path, path: &RelPath) -> u64 {
    fs::metadata(path.under(root)).map_or(0, |metadata| metadata.len())
}
