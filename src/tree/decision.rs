//! What was decided: a row for each path, the changes, and what is left to a person.

use std::collections::BTreeMap;

use crate::merge::json;
use crate::model::conflict::{ConflictPlace, Open, WholeFileReason};
use crate::model::lock::Record;
use crate::model::path::RelPath;
use crate::model::plan::FileChange;
use crate::model::snapshot::{Local, Snapshot};
use crate::model::tree::File;
use crate::model::upstream::BlockName;

use super::Refusal;

/// What was decided.
#[derive(Clone, Debug, Default)]
pub struct Decision {
    pub changes: Vec<FileChange>,
    /// What the lock has to remember.
    pub files: BTreeMap<RelPath, Record>,
    /// In the order of paths.
    pub rows: Vec<(RelPath, Row)>,
    /// The real paths of files that were missing and come back.
    pub restored: Vec<RelPath>,
    /// What else to report about parts of files.
    pub notes: Vec<(RelPath, Note)>,
    /// The conflicts of each file. Ours is in their place, and everything else is merged; `files`
    /// already has upstream's state. **A caller that doesn't record these conflicts may write
    /// nothing.**
    pub conflicts: BTreeMap<RelPath, Vec<Open>>,
    /// What has to be fixed before anything may be written.
    pub refusals: Vec<(RelPath, Refusal)>,
}

impl Decision {
    /// Returns the files that will be at some paths.
    pub fn files_in_the_end<'a>(
        &self,
        ours: &Snapshot,
        paths: impl IntoIterator<Item = &'a RelPath>,
    ) -> BTreeMap<RelPath, File> {
        let mut changes: BTreeMap<&RelPath, &FileChange> = BTreeMap::new();
        for change in &self.changes {
            changes.insert(&change.path, change);
        }
        let mut files = BTreeMap::new();
        for path in paths {
            let local = ours.get(path);
            let file = match changes.get(local.map_or(path, |local| &local.real)) {
                Some(change) => change.new.as_ref(),
                None => local.and_then(Local::file),
            };
            files.extend(file.map(|file| (path.clone(), file.clone())));
        }
        files
    }

    /// Returns the paths where an edit of the team stays as it is.
    pub fn kept(&self) -> Vec<RelPath> {
        let mut kept = Vec::new();
        for (path, row) in &self.rows {
            if *row == Row::Kept {
                kept.push(path.clone());
            }
        }
        kept
    }

    /// Returns whether more could be merged if the bytes of what was installed were known; see
    /// [`Base::learn`](super::Base::learn).
    pub fn lacks_bases(&self) -> bool {
        self.conflicts
            .values()
            .flatten()
            .any(|open| open.at == ConflictPlace::File(WholeFileReason::NoBase))
    }
}

/// A row of the decision table: what happened to a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Row {
    Added,
    /// The team already had an equal file, which is managed now.
    Adopted,
    /// It has upstream's change now.
    Updated,
    /// It has upstream's change now, beside the team's edit.
    Merged,
    /// It was missing, and came back.
    Restored,
    Unchanged,
    /// Edited here, unchanged upstream.
    Kept,
    /// Edited here and changed upstream, with conflicts left.
    Contested,
    StillDeleted {
        /// Whether upstream changed it.
        changed: bool,
    },
    /// Dropped upstream.
    Deleted,
    /// Dropped upstream, edited here: kept, no longer managed.
    KeptUnmanaged,
    /// Gone on both sides.
    Forgotten,
    /// A seed: the team's own since it was installed.
    Seed {
        /// Whether a newer one exists.
        newer: bool,
    },
}

/// Something to report about a part of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// An entry that upstream dropped and the team had edited was kept.
    EntryReleased(String),
    /// Upstream changed an entry, and neither the result nor a conflict has that change.
    EntryUntaken(json::MissedChange),
    /// Upstream changed only the layout of lines that the team had edited, and that isn't in the
    /// result.
    LayoutUntaken,
    /// A block that upstream dropped and the team had edited is the team's text now.
    BlockKeptUnmanaged(BlockName),
    /// Upstream changed a block that the team had deleted; it stays deleted.
    BlockGone(BlockName),
    /// A rule is now both allowed and denied.
    AllowedAndDenied(String),
    /// Upstream renamed a file, and the team's edit went along.
    Renamed { from: RelPath },
    /// The team keeps a file elsewhere, and it was updated there.
    Moved { to: RelPath },
    /// A file that the team edited became executable, or no longer is, as upstream has it.
    Mode { executable: bool },
    /// A file that the team had before any template came was changed; undo brings it back.
    WasYours,
}
