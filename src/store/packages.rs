//! The packages below a folder: folders that have an agentpkg.toml or an agentpkg.lock of their
//! own, as those of a monorepo do.

use std::collections::BTreeSet;
use std::path::Path;

use crate::error::Result;
use crate::model::lock::AGENTPKG_LOCK;
use crate::model::manifest::AGENTPKG_TOML;
use crate::model::path::RelPath;

use super::{fs, git};

/// What makes a folder a package.
const OWN: [&str; 2] = [AGENTPKG_TOML, AGENTPKG_LOCK];

/// Folders that tools fill with what others wrote.
const FILLED: [&str; 3] = ["__pycache__", "node_modules", "target"];

/// How many folders are looked into where there is no git to ask.
const MOST_FOLDERS: usize = 5_000;

/// Returns whether a folder is a package.
pub fn is_package(folder: &Path) -> bool {
    OWN.iter().any(|name| fs::is_file(&folder.join(name)))
}

/// Returns the packages below a folder, but for the folder itself: in a repository those that git
/// tracks or doesn't ignore, else those that a bounded walk finds. A repository inside, such as a
/// submodule, has its own.
///
/// # Errors
/// When git can't say what there is, or a folder can't be listed.
pub fn below(root: &Path) -> Result<BTreeSet<RelPath>> {
    match git::is_repository(root) {
        true => Ok(folders_of(root, git::named(root, &OWN)?)),
        false => walked(root),
    }
}

/// Returns those of them that git tracks, which is known without looking into a folder; none where
/// there is no git.
///
/// # Errors
/// When git can't say.
pub fn tracked_below(root: &Path) -> Result<BTreeSet<RelPath>> {
    Ok(folders_of(root, git::tracked(root, &OWN)?))
}

/// Returns the folders that these files are in: what the index has may not be here.
fn folders_of(root: &Path, files: BTreeSet<RelPath>) -> BTreeSet<RelPath> {
    let mut folders = BTreeSet::new();
    for file in files {
        let is_filled = file.components().any(|name| FILLED.contains(&name));
        if !is_filled && fs::is_file(&file.under(root)) {
            folders.extend(file.parent());
        }
    }
    folders
}

/// Returns the packages that a walk finds.
fn walked(root: &Path) -> Result<BTreeSet<RelPath>> {
    let mut packages = BTreeSet::new();
    let mut open = vec![root.to_path_buf()];
    let mut seen = 0;
    while let Some(folder) = open.pop() {
        seen += 1;
        if seen > MOST_FOLDERS {
            break;
        }
        for place in fs::list(&folder).unwrap_or_default() {
            let name = place.file_name().and_then(|name| name.to_str());
            let is_passed = name.is_none_or(|name| name.starts_with('.') || FILLED.contains(&name));
            let is_walked = fs::is_folder(&place) && !fs::is_link(&place);
            if is_passed || !is_walked || fs::exists(&place.join(".git")) {
                continue;
            }
            let inside = place.strip_prefix(root).ok().and_then(Path::to_str);
            if is_package(&place) {
                packages.extend(inside.and_then(|inside| inside.parse::<RelPath>().ok()));
            }
            open.push(place);
        }
    }
    Ok(packages)
}
