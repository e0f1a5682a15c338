//! One writer at a time in a repo.

use std::path::Path;
use std::process;

use crate::error::{Error, Result};
use crate::model::path::rel;
use crate::store::fs::{self, Disk, Held, LockAttempt, Os};
use crate::store::journal;

/// The right to write to a repo, for as long as this value lives.
#[derive(Debug)]
#[must_use = "dropping it lets others write"]
pub struct Writer {
    _held: Held,
    /// Whether agentpkg had no folder here before.
    fresh: bool,
}

/// How often the lock is asked for, before it is an error that it can't be had.
const TRIES: usize = 3;

impl Writer {
    /// Takes the right to write to the repo at `root` for `command`: `install org-baseline`.
    ///
    /// # Errors
    /// Names who has it, when somebody does.
    pub fn enter(root: &Path, command: &str) -> Result<Self> {
        let fresh = !fs::exists(&root.join(journal::HOME));
        let owner = format!("`{command}` (process {})", process::id());
        // Another writer may be taking an unused folder away just now.
        let mut asked = try_lock(root, &owner);
        for _ in 1..TRIES {
            if asked.is_err() {
                asked = try_lock(root, &owner);
            }
        }
        match asked.map_err(|error| error.note("nothing was changed"))? {
            LockAttempt::Taken(held) => Ok(Self { _held: held, fresh }),
            LockAttempt::Busy(owner) => Err(busy(&owner)),
        }
    }

    /// Leaves the repo without a trace of a command that wrote nothing.
    pub fn withdraw(self, disk: &dyn Disk) -> Result<()> {
        if self.fresh {
            // The lock first: who finds it gone makes the whole folder anew.
            disk.remove_file(&rel(".agentpkg/lock"))?;
            disk.remove_file(&rel(".agentpkg/.gitignore"))?;
            let _ = disk.remove_folder(&rel(journal::HOME))?;
        }
        Ok(())
    }
}

fn try_lock(root: &Path, owner: &str) -> Result<LockAttempt> {
    journal::make_home(&Os::open(root)?)?;
    fs::try_lock(&root.join(journal::HOME).join("lock"), owner)
}

fn busy(owner: &str) -> Error {
    let message = match owner {
        "" => "another agentpkg is writing here".to_owned(),
        owner => format!("another agentpkg is writing here: {owner}"),
    };
    Error::user(message)
        .note("nothing was changed")
        .hint("wait for it to end, then run the command again")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_writer_is_told_who_the_first_is() {
        let folder = tempfile::tempdir().unwrap();
        let first = Writer::enter(folder.path(), "install org-baseline").unwrap();
        let error = Writer::enter(folder.path(), "upgrade").unwrap_err();
        let expected = format!(
            "another agentpkg is writing here: `install org-baseline` (process {})",
            process::id()
        );
        assert_eq!(error.message(), expected);
        drop(first);
        let _second = Writer::enter(folder.path(), "upgrade").unwrap();
    }

    #[test]
    fn a_repo_whose_home_is_a_link_elsewhere_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (repo, out) = (folder.path().join("repo"), folder.path().join("out"));
        fs::create_dir_all(&repo).unwrap();
        fs::create_dir_all(&out).unwrap();
        std::os::unix::fs::symlink("../out", repo.join(journal::HOME)).unwrap();
        Writer::enter(&repo, "install").unwrap_err();
        assert!(fs::list(&out).unwrap().is_empty());
    }
}
