//! What was decided: a row a path, what changes, and what is left to a person.

use std::collections::BTreeMap;

use crate::merge::json;
use crate::model::conflict::{ConflictPlace, Open, WholeFileReason};
use crate::model::lock::Record;
use crate::model::name::TemplateName;
use crate::model::path::RelPath;
use crate::model::plan::FileChange;
use crate::model::snapshot::{Local, Snapshot};
use crate::model::tree::File;

use super::Refusal;

/// What was decided.
#[derive(Clone, Debug, Default)]
pub struct Decision {
    /// The files that change.
    pub changes: Vec<FileChange>,
    /// What the lock has to remember.
    pub files: BTreeMap<RelPath, Record>,
    /// What became of each path, in the order of paths.
    pub rows: Vec<(RelPath, Row)>,
    /// The real paths of what was missing.
    pub restored: Vec<RelPath>,
    /// Things to say besides.
    pub notes: Vec<(RelPath, Note)>,
    /// What both sides want differently. Ours is in its place, everything else is merged, and what
    /// the lock remembers is upstream's: **nothing may be written by who doesn't record
    /// these.**
    pub conflicts: BTreeMap<RelPath, Vec<Open>>,
    /// What has to be mended before anything may be written.
    pub refusals: Vec<(RelPath, Refusal)>,
}

impl Decision {
    /// Returns the files that are at some paths in the end.
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

    /// Returns the paths where an edit of the team's stays as it is.
    pub fn kept(&self) -> Vec<RelPath> {
        let mut kept = Vec::new();
        for (path, row) in &self.rows {
            if *row == Row::Kept {
                kept.push(path.clone());
            }
        }
        kept
    }

    /// Returns whether it would have gone further with the bytes of what was installed; see
    /// [`Base::learn`](super::Base::learn).
    pub fn lacks_bases(&self) -> bool {
        self.conflicts
            .values()
            .flatten()
            .any(|open| open.at == ConflictPlace::File(WholeFileReason::NoBase))
    }
}

/// A row of the decision table: what became of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Row {
    /// It was not there.
    Added,
    /// It was there already, equal.
    Adopted,
    /// Upstream's change came in.
    Updated,
    /// Upstream's change came in beside the team's.
    Merged,
    /// It was missing, and is back.
    Restored,
    /// As it was installed.
    Unchanged,
    /// Edited here, unchanged upstream.
    Kept,
    /// Edited here, changed upstream, and not everything merges.
    Contested,
    /// Deleted here.
    StaysGone {
        /// Whether upstream has news for it.
        changed: bool,
    },
    /// Dropped upstream.
    Deleted,
    /// Dropped upstream, edited here: kept, no longer owned.
    Released,
    /// Gone on both sides.
    Forgotten,
    /// A seed, the team's since it was given.
    Seed {
        /// Whether a newer one exists.
        newer: bool,
    },
}

/// Something to say about a part of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// An entry that upstream dropped and the team had edited was kept.
    EntryReleased(String),
    /// Upstream changed an entry, and neither the result nor a conflict has that.
    EntryUntaken(json::Untaken),
    /// Upstream changed the layout of some lines alone, where the team had edited them.
    LayoutUntaken,
    /// A block that upstream dropped and the team had edited is the team's text now.
    BlockReleased(TemplateName),
    /// A block that the team deleted stays gone; upstream has changed it.
    BlockGone(TemplateName),
    /// A rule is now both allowed and denied.
    AllowedAndDenied(String),
    /// Upstream renamed a file, and what the team did to it went along.
    Renamed {
        /// The old name.
        from: RelPath,
    },
    /// The team keeps a file elsewhere, and it was seen to there.
    Moved {
        /// Where.
        to: RelPath,
    },
    /// A file that the team edited can be run now, or no longer, as upstream has it.
    Mode {
        /// Whether it can.
        executable: bool,
    },
    /// A file that the team had before any template came was changed; undo brings it back.
    WasYours,
}
