//! One writer at a time in a repo.

use std::path::Path;
use std::process;

use crate::error::{Error, Result};
use crate::store::fs::{self, Held, Lock, Os};
use crate::store::journal;

/// The right to write to a repo, for as long as this value lives.
#[derive(Debug)]
#[must_use = "dropping it lets others write"]
pub struct Writer {
    _held: Held,
}

impl Writer {
    /// Takes the right to write to the repo at `root` for `command`: `install org-baseline`.
    ///
    /// # Errors
    /// Names who has it, when somebody does.
    pub fn enter(root: &Path, command: &str) -> Result<Self> {
        let owner = format!("`{command}` (process {})", process::id());
        let ask = || {
            journal::make_home(&Os::open(root)?)?;
            fs::try_lock(&root.join(journal::HOME).join("lock"), &owner)
        };
        match ask().map_err(|error| error.note("nothing was changed"))? {
            Lock::Taken(held) => Ok(Self { _held: held }),
            Lock::Busy(owner) => Err(busy(&owner)),
        }
    }
}

fn busy(owner: &str) -> Error {
    let message = match owner {
        "" => "another agentpkg is writing here".to_owned(),
        owner => format!("another agentpkg is writing here: {owner}"),
    };
    Error::user(message).note("nothing was changed").hint("wait for it to end, then run the command again")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_writer_is_told_who_the_first_is() {
        let folder = tempfile::tempdir().unwrap();
        let first = Writer::enter(folder.path(), "install org-baseline").unwrap();
        let error = Writer::enter(folder.path(), "upgrade").unwrap_err();
        let expected = format!("another agentpkg is writing here: `install org-baseline` (process {})", process::id());
        assert_eq!(error.message(), expected);
        drop(first);
        let _second = Writer::enter(folder.path(), "upgrade").unwrap();
    }
}
