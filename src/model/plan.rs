//! A plan: ordered changes of a repo, as data. One plan, three readers: shown, journaled, applied.

use serde::{Deserialize, Serialize};

use crate::model::path::RelPath;
use crate::model::tree::File;

/// What a verb is about to do to a repo.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The command that made it, for messages: `install org-baseline`.
    pub verb: String,
    /// The changes in the order in which they are made; no path occurs twice.
    pub changes: Vec<Change>,
}

/// One file, before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The file, after every link on the way to it was followed.
    pub path: RelPath,
    /// When it is made, among the others.
    pub stage: Stage,
    /// What is there now; `None` is nothing.
    pub old: Option<File>,
    /// What will be there; `None` is nothing.
    pub new: Option<File>,
}

/// The order of changes: a settings file never names a script that isn't there yet, and the lock
/// comes last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Executables.
    Script,
    /// Everything that nothing else names.
    File,
    /// What names scripts.
    Settings,
    /// What is taken away.
    Deletion,
    /// agentpkg.toml.
    Manifest,
    /// agentpkg.lock.
    Lock,
}

impl Plan {
    /// Returns the plan that makes `changes`, in the order of their stages and paths.
    pub fn new(verb: impl Into<String>, mut changes: Vec<Change>) -> Self {
        changes.retain(|change| change.old != change.new);
        changes.sort_by(|a, b| (a.stage, &a.path).cmp(&(b.stage, &b.path)));
        Self {
            verb: verb.into(),
            changes,
        }
    }

    /// Returns the plan for a file system that keeps no modes: no file can be executable there.
    pub fn without_modes(&self) -> Self {
        let plain = |file: &Option<File>| {
            file.clone().map(|file| File {
                executable: false,
                ..file
            })
        };
        let changes = self.changes.iter().map(|change| Change {
            old: plain(&change.old),
            new: plain(&change.new),
            ..change.clone()
        });
        Self::new(&self.verb, changes.collect())
    }

    /// Returns whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }
}
