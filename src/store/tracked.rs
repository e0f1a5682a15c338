//! What git has of a repo. Nothing where there is no git.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::error::{Error, Result};
use crate::model::path::RelPath;

/// Returns those of `paths` that git has, and what else it has in the same topmost folders.
///
/// # Errors
/// When git can't be run, or refuses.
pub fn tracked(root: &Path, paths: &[RelPath]) -> Result<BTreeSet<RelPath>> {
    let topmost: BTreeSet<&str> = paths.iter().filter_map(|path| path.components().next()).collect();
    if topmost.is_empty() {
        return Ok(BTreeSet::new());
    }
    let mut command = Command::new("git");
    command.arg("-C").arg(root).args(["--literal-pathspecs", "ls-files", "-z", "--"]).args(topmost);
    for variable in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"] {
        command.env_remove(variable);
    }
    let output = command.stdin(Stdio::null()).output().map_err(|error| Error::io("run", "git ls-files", &error))?;
    if !output.status.success() {
        return Err(Error::user("git does not say what it has").cause(String::from_utf8_lossy(&output.stderr).trim()));
    }
    let names = String::from_utf8_lossy(&output.stdout);
    Ok(names.split('\0').filter_map(|name| name.parse().ok()).collect())
}
