//! Where a repository and its main checkout are, as its files say: no git is started.

use std::path::{Path, PathBuf};

use crate::store::fs;

/// Returns the nearest folder, upwards, that has a `.git`.
pub fn nearest_repository(folder: &Path) -> Option<PathBuf> {
    let mut folders = folder.ancestors();
    folders
        .find(|folder| fs::exists(&folder.join(".git")))
        .map(Path::to_path_buf)
}

/// Returns the main checkout of a linked worktree, by the worktree's folder; nothing for any other
/// repository, and where the main one is bare.
pub fn main_checkout(top: &Path) -> Option<PathBuf> {
    let own = line_of(&top.join(".git"))?;
    let own = top.join(own.strip_prefix("gitdir: ")?);
    let common = own.join(line_of(&own.join("commondir"))?);
    let common = fs::canonical(&common).ok()?;
    let is_usual = common.file_name().is_some_and(|name| name == ".git");
    let main = common.parent().filter(|_| is_usual)?;
    (main != top).then(|| main.to_path_buf())
}

/// Returns the only line of a file; nothing where there is no such file.
fn line_of(path: &Path) -> Option<String> {
    if !fs::is_file(path) {
        return None;
    }
    let text = String::from_utf8(fs::read(path).ok()??).ok()?;
    Some(text.trim_end_matches(['\n', '\r']).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worktree_leads_to_its_main_checkout_and_a_submodule_to_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let root = fs::canonical(folder.path()).unwrap();
        let write = |path: &str, text: &str| {
            fs::write_loose(&root.join(path), text.as_bytes(), false).unwrap();
        };
        write("main/.git/worktrees/w/commondir", "../..\n");
        write(
            "w/.git",
            &format!("gitdir: {}/main/.git/worktrees/w\n", root.display()),
        );
        write("main/.git/modules/s/HEAD", "");
        write("main/s/.git", "gitdir: ../.git/modules/s\n");
        write("bare.git/worktrees/b/commondir", "../..\n");
        write("b/.git", "gitdir: ../bare.git/worktrees/b\n");
        assert_eq!(main_checkout(&root.join("w")), Some(root.join("main")));
        for other in ["main", "main/s", "b", "none"] {
            assert_eq!(main_checkout(&root.join(other)), None, "{other}");
        }
        let below = root.join("w/a/b");
        assert_eq!(nearest_repository(&below), Some(root.join("w")));
    }
}
