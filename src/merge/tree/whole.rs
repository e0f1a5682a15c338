//! Files that one template owns: the rows of the decision table.

use crate::model::digest::{Digest, git_blob};
use crate::model::lock::{Record, WholeRecord};
use crate::model::path::RelPath;
use crate::model::plan::Stage;
use crate::model::tree::File;
use crate::model::upstream::{Content, Whole};

use super::{Found, Merger, Refusal, Row};

/// Ours beside base.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Same,
    Changed,
    Gone,
    Missing,
}

impl Merger<'_> {
    fn whole_base(&self, path: &RelPath) -> Option<&WholeRecord> {
        match self.base.files.get(path) {
            Some(Record::Whole(record)) => Some(record),
            _ => None,
        }
    }

    fn whole_theirs(&self, path: &RelPath) -> Option<&Whole> {
        match self.theirs.files.get(path) {
            Some(Content::Whole(whole)) => Some(whole),
            _ => None,
        }
    }

    /// Returns the row of a whole file, or refuses. `named` says that settings name it as a script.
    pub(super) fn whole_row(&mut self, path: &RelPath, named: bool) -> Option<Row> {
        let local = self.local(path);
        let (base, theirs) = (self.whole_base(path), self.whole_theirs(path));
        let refusal = match (&local.found, base, theirs) {
            (Found::Obstacle(_), _, None) => return Some(Row::Released),
            (Found::Obstacle(what), _, Some(_)) => Refusal::Obstacle(what.clone()),
            (Found::Link(_), _, Some(_)) => Refusal::Obstacle("a link".to_owned()),
            (Found::Link(_), _, None) => return Some(Row::Released),
            (Found::Absent { .. }, None, _) => return Some(Row::Added),
            (Found::File(ours), None, Some(theirs)) => match row_of_new(ours, theirs) {
                Some(row) => return Some(row),
                None => Refusal::Occupied,
            },
            (Found::File(_), None, None) => return None,
            (found, Some(base), theirs) => match row_of_managed(base, found, theirs, named) {
                Some(row) => return Some(row),
                None => Refusal::BothChanged,
            },
        };
        self.refuse(path, refusal);
        None
    }

    /// Records and changes what the row of a whole file says.
    pub(super) fn write_whole(&mut self, path: &RelPath, row: Row) {
        let local = self.local(path);
        let old = match local.found {
            Found::File(file) => Some(file),
            _ => None,
        };
        let theirs = self.whole_theirs(path).cloned();
        let new = match (row, &theirs) {
            (Row::Added | Row::Restored, Some(theirs)) => Some(theirs.file.clone()),
            (Row::Updated | Row::Adopted, Some(theirs)) => {
                let executable = self.merged_mode(path, old.as_ref(), theirs);
                Some(File { bytes: theirs.file.bytes.clone(), executable })
            }
            (Row::Deleted, _) => None,
            _ => old.clone(),
        };
        let stage = if new.as_ref().is_some_and(|file| file.executable) { Stage::Script } else { Stage::File };
        self.change(local.real, stage, old, new);
        if let Some(theirs) = theirs {
            let record = self.record_of(path, row, &theirs);
            self.out.files.insert(path.clone(), Record::Whole(record));
        }
        self.out.rows.push((path.clone(), row));
    }

    /// The executable bit is a three-way scalar of its own; a file that was there before gets what it needs to run.
    fn merged_mode(&self, path: &RelPath, old: Option<&File>, theirs: &Whole) -> bool {
        match (self.whole_base(path), old) {
            (Some(base), Some(old)) if old.executable != base.executable => old.executable,
            (None, Some(old)) => old.executable || theirs.file.executable,
            _ => theirs.file.executable,
        }
    }

    fn record_of(&self, path: &RelPath, row: Row, theirs: &Whole) -> WholeRecord {
        if let (Row::Seed { .. }, Some(base)) = (row, self.whole_base(path)) {
            // A seed's base is the one that was given.
            return WholeRecord { origin: theirs.origin.clone(), ..base.clone() };
        }
        WholeRecord {
            origin: theirs.origin.clone(),
            digest: Digest::of(&theirs.file.bytes),
            blob: git_blob(&theirs.file.bytes),
            executable: theirs.file.executable,
            seed: theirs.seed,
            deleted: matches!(row, Row::StaysGone { .. }),
        }
    }
}

/// A path that no release had: adopt what is equal, leave a seed to the team.
fn row_of_new(ours: &File, theirs: &Whole) -> Option<Row> {
    match (ours.bytes == theirs.file.bytes, theirs.seed) {
        (true, _) => Some(Row::Adopted),
        (false, true) => Some(Row::Seed { newer: false }),
        (false, false) => None,
    }
}

/// A path that was installed. `None` is the row that merges text, which is not built yet.
fn row_of_managed(base: &WholeRecord, found: &Found, theirs: Option<&Whole>, named: bool) -> Option<Row> {
    let digest = theirs.map(|theirs| Digest::of(&theirs.file.bytes));
    let news = theirs.is_some_and(|theirs| digest != Some(base.digest) || theirs.file.executable != base.executable);
    let ours = match found {
        Found::Absent { missing: true } if !base.deleted => Side::Missing,
        Found::Absent { .. } if named => Side::Missing,
        Found::File(file) if Digest::of(&file.bytes) == base.digest && file.executable == base.executable => Side::Same,
        Found::File(_) => Side::Changed,
        _ => Side::Gone,
    };
    Some(match (ours, theirs, news) {
        (Side::Missing, Some(_), _) => Row::Restored,
        (Side::Gone | Side::Missing, None, _) => Row::Forgotten,
        (Side::Gone, Some(_), changed) => Row::StaysGone { changed },
        (_, Some(_), newer) if base.seed => Row::Seed { newer },
        (_, None, _) if base.seed => Row::Released,
        (Side::Same, Some(_), false) => Row::Unchanged,
        (Side::Same, Some(_), true) => Row::Updated,
        (Side::Changed, Some(_), false) => Row::Kept,
        (Side::Changed, Some(theirs), true) => return row_of_both_changed(base, found, theirs),
        (Side::Same, None, _) => Row::Deleted,
        (Side::Changed, None, _) => Row::Released,
    })
}

/// Content and mode are told apart: a change of one on each side is no collision.
fn row_of_both_changed(base: &WholeRecord, found: &Found, theirs: &Whole) -> Option<Row> {
    let Found::File(ours) = found else { return None };
    if ours.bytes == theirs.file.bytes || Digest::of(&ours.bytes) == base.digest {
        return Some(Row::Updated);
    }
    // Upstream changed the mode alone, and the bytes were edited here.
    (Digest::of(&theirs.file.bytes) == base.digest).then_some(Row::Kept)
}
