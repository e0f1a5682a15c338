//! All files below a folder: read, hashed or listed, each within a bound.

use std::fs;
use std::path::{Path, PathBuf};

use super::follow::{below, read_file};
use super::{failed_to, list};
use crate::error::{Error, Result};
use crate::model::digest::Digest;
use crate::model::path::RelPath;
use crate::model::tree::FileTree;

/// Reads every file below `root` into a tree; a link or anything else that is no file or folder is
/// refused.
pub fn read_tree(root: &Path) -> Result<FileTree> {
    read_tree_without(root, &[])
}

/// What a repository has in its own folder, and no template: git's files, and agentpkg's.
const OF_REPOSITORIES: [&str; 2] = [".git", ".agentpkg"];

/// Reads a template's source, which may be a repository of its own.
pub fn read_source(root: &Path) -> Result<FileTree> {
    read_tree_without(root, &OF_REPOSITORIES)
}

/// What macOS leaves in folders that somebody looked into; nobody means it.
const LEFT_BY_FINDER: &str = ".DS_Store";

/// Reads as [`read_tree`] does, without what lies in folders of these names right below `root`.
fn read_tree_without(root: &Path, left_out: &[&str]) -> Result<FileTree> {
    let left_out: Vec<PathBuf> = left_out.iter().map(|name| root.join(name)).collect();
    let mut tree = FileTree::new();
    let mut open = vec![root.to_path_buf()];
    while let Some(folder) = open.pop() {
        for place in list(&folder)? {
            if place.ends_with(LEFT_BY_FINDER) || left_out.contains(&place) {
                continue;
            }
            let metadata = fs::symlink_metadata(&place).map_err(failed_to("read", &place))?;
            if metadata.is_dir() {
                open.push(place);
                continue;
            }
            if !metadata.is_file() {
                return Err(Error::user(format!(
                    "`{}` is neither a file nor a folder",
                    place.display()
                ))
                .hint("a template holds files; replace a link by what it leads to"));
            }
            let path = below(root, &place).ok_or_else(|| {
                Error::user(format!("the name of `{}` is not UTF-8", place.display()))
                    .hint("rename it")
            })?;
            let file = read_file(&place).map_err(failed_to("read", &place))?;
            tree.insert(path.parse()?, file);
        }
    }
    Ok(tree)
}

/// Returns the digest of each file in a folder of `root` and below, links and large files left out;
/// none at all where there are more of them than a team keeps in such a folder.
pub fn digests(root: &Path, folder: &str) -> Result<Vec<(RelPath, Digest)>> {
    const FILES: usize = 4_000;
    const BYTES: u64 = 1 << 20;
    let mut digests = Vec::new();
    let mut open = vec![root.join(folder)];
    while let Some(folder) = open.pop() {
        for place in list(&folder)? {
            let Ok(metadata) = fs::symlink_metadata(&place) else {
                continue;
            };
            if metadata.is_dir() {
                open.push(place);
            } else if metadata.is_file() && metadata.len() <= BYTES {
                let Some(Ok(path)) = below(root, &place).map(|path| path.parse()) else {
                    continue;
                };
                let file = read_file(&place).map_err(failed_to("read", &place))?;
                digests.push((path, Digest::of(&file.bytes)));
            }
        }
        if digests.len() + open.len() > FILES {
            return Ok(Vec::new());
        }
    }
    Ok(digests)
}

/// Returns the files in a folder of `root` and below, where nothing else is in it: no link, no
/// empty folder, and not more than a template brings.
pub fn only_files(root: &Path, folder: &RelPath) -> Result<Option<Vec<RelPath>>> {
    const FILES: usize = 20_000;
    let mut files = Vec::new();
    let mut open = vec![folder.under(root)];
    while let Some(folder) = open.pop() {
        let places = list(&folder)?;
        if places.is_empty() || files.len() + places.len() > FILES {
            return Ok(None);
        }
        for place in places {
            let metadata = fs::symlink_metadata(&place).map_err(failed_to("read", &place))?;
            match below(root, &place).map(|path| path.parse()) {
                _ if metadata.is_dir() => open.push(place),
                Some(Ok(path)) if metadata.is_file() => files.push(path),
                _ => return Ok(None),
            }
        }
    }
    Ok(Some(files))
}

/// Returns the files in a folder of `root` and below, links to files among them, and whether these
/// are all. At most `limit` are listed, and none in folders that tools fill.
pub fn list_files(root: &Path, folder: &RelPath, limit: usize) -> Result<(Vec<RelPath>, bool)> {
    const FILLED: [&str; 4] = [".git", ".venv", "__pycache__", "node_modules"];
    let mut files = Vec::new();
    let mut open = vec![folder.under(root)];
    while let Some(folder) = open.pop() {
        for place in list(&folder)? {
            let Ok(metadata) = fs::symlink_metadata(&place) else {
                continue;
            };
            let name = place.file_name().unwrap_or_default();
            if metadata.is_dir() && FILLED.iter().all(|filled| name != *filled) {
                open.push(place);
            } else if metadata.is_file() || (metadata.is_symlink() && place.is_file()) {
                files.extend(below(root, &place).and_then(|path| path.parse().ok()));
            }
        }
        if files.len() + open.len() > limit {
            files.truncate(limit);
            return Ok((files, false));
        }
    }
    Ok((files, true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_is_read_without_what_finder_leaves_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir(root.join("rules")).unwrap();
        for path in [".DS_Store", "a.md", "rules/.DS_Store", "rules/b.md"] {
            fs::write(root.join(path), "x").unwrap();
        }
        let tree = read_tree(root).unwrap();
        let paths: Vec<&str> = tree.keys().map(RelPath::as_str).collect();
        assert_eq!(paths, ["a.md", "rules/b.md"]);
    }
}
