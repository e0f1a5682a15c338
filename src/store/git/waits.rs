//! What git would wait for: a named pipe or a device under a name that it reads.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::model::path::RelPath;
use crate::store::fs;

/// What git reads of its own folder, whatever it is asked.
const OF_GIT: [&str; 5] = ["HEAD", "config", "index", "info/exclude", "packed-refs"];

/// What git reads in each folder on the way to a path.
const OF_A_FOLDER: [&str; 2] = [".gitignore", ".gitattributes"];

/// Refuses what git would wait for when it is asked about `paths` of the folder at `root`.
///
/// # Errors
/// It is named.
pub(super) fn refuse(root: &Path, paths: &[RelPath]) -> Result<()> {
    let Some(top) = root
        .ancestors()
        .find(|folder| fs::exists(&folder.join(".git")))
    else {
        return Ok(());
    };
    let git = top.join(".git");
    let own = OF_GIT.iter().map(|name| git.join(name));
    let folders = folders(top, root, paths);
    let others = folders
        .iter()
        .flat_map(|folder| OF_A_FOLDER.map(|name| folder.join(name)));
    match [git.clone()]
        .into_iter()
        .chain(own)
        .chain(others)
        .find(|path| fs::is_waited_for(path))
    {
        None => Ok(()),
        Some(path) => {
            let name = path.strip_prefix(root).unwrap_or(&path).display();
            Err(Error::user(format!(
                "`{name}` is a named pipe or a device, and git would wait for it"
            ))
            .hint(format!("move `{name}` away")))
        }
    }
}

/// Returns the folders from `top` down to each path.
fn folders(top: &Path, root: &Path, paths: &[RelPath]) -> BTreeSet<PathBuf> {
    let above = root
        .ancestors()
        .take_while(|folder| folder.starts_with(top));
    let mut folders: BTreeSet<PathBuf> = above.map(Path::to_path_buf).collect();
    for path in paths {
        let mut folder = path.parent();
        while let Some(at) = folder {
            if !folders.insert(root.join(at.as_str())) {
                break;
            }
            folder = at.parent();
        }
    }
    folders
}

#[allow(clippy::disallowed_methods, reason = "a test makes its own files")]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::path::rel;

    /// By the program, since macOS has no call for it that rustix knows.
    fn make_pipe(path: &Path) {
        let made = std::process::Command::new("mkfifo").arg(path).status();
        assert!(made.unwrap().success());
    }

    #[test]
    fn pipes_in_the_way_of_git_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let asked = [rel("a/b/c.md"), rel("a/d.md")];
        for name in ["HEAD", "config", "index", "info/exclude"] {
            let path = root.join(".git").join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        std::fs::create_dir_all(root.join("a/b")).unwrap();
        std::fs::create_dir_all(root.join("other")).unwrap();
        refuse(root, &asked).unwrap();
        for name in [
            ".git/index",
            ".git/info/exclude",
            ".git/packed-refs",
            ".gitignore",
            "a/.gitignore",
            "a/b/.gitattributes",
        ] {
            let path = root.join(name);
            let _ = std::fs::remove_file(&path);
            make_pipe(&path);
            let said = refuse(root, &asked).unwrap_err().to_string();
            assert!(
                said.starts_with(&format!("`{name}` is a named pipe")),
                "{said}"
            );
            std::fs::remove_file(&path).unwrap();
        }
        // Where nothing is asked about, nothing is looked at.
        make_pipe(&root.join("other/.gitignore"));
        refuse(root, &asked).unwrap();
    }
}
