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
        let row = match (&local.found, base, theirs) {
            (Found::Absent { .. }, None, _) => Ok(Row::Added),
            (found, base, Some(theirs)) if theirs.seed && !is_absent(found) => Ok(row_of_seed(found, base, theirs)),
            (Found::Obstacle(what), base, theirs) => row_in_the_way(base, theirs, what),
            (Found::Link(_), base, theirs) => row_in_the_way(base, theirs, "a link"),
            (Found::File(ours), None, Some(theirs)) if ours.bytes == theirs.file.bytes => Ok(Row::Adopted),
            (Found::File(_), None, Some(_)) => Err(Refusal::Occupied),
            (Found::File(_), None, None) => return None,
            (found, Some(base), theirs) => row_of_managed(base, found, theirs, named),
        };
        row.map_err(|refusal| self.refuse(path, refusal)).ok()
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
            // The bytes are the team's, the mode is merged.
            (Row::Kept, Some(theirs)) => old.as_ref().map(|file| {
                let executable = self.merged_mode(path, Some(file), theirs);
                File { bytes: file.bytes.clone(), executable }
            }),
            _ => old.clone(),
        };
        let stage = if new.as_ref().is_some_and(|file| file.executable) { Stage::Script } else { Stage::File };
        if row == Row::Restored {
            self.out.restored.push(local.real.clone());
        }
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
        let base = self.whole_base(path);
        // A seed's base is the one that was given.
        let given = base.filter(|_| matches!(row, Row::Seed { .. }));
        let had = base.is_some_and(|base| base.adopted) && row != Row::Restored;
        WholeRecord {
            origin: theirs.origin.clone(),
            digest: given.map_or_else(|| Digest::of(&theirs.file.bytes), |base| base.digest),
            blob: given.map_or_else(|| git_blob(&theirs.file.bytes), |base| base.blob.clone()),
            executable: theirs.file.executable,
            seed: theirs.seed,
            deleted: matches!(row, Row::StaysGone { .. }),
            adopted: row == Row::Adopted || had,
        }
    }
}

fn is_absent(found: &Found) -> bool {
    matches!(found, Found::Absent { .. })
}

/// A seed is the team's since it was given, whatever is there now.
fn row_of_seed(found: &Found, base: Option<&WholeRecord>, theirs: &Whole) -> Row {
    match (base, found) {
        (None, Found::File(file)) if file.bytes == theirs.file.bytes => Row::Adopted,
        (None, _) => Row::Seed { newer: false },
        (Some(base), _) => Row::Seed { newer: base.digest != Digest::of(&theirs.file.bytes) },
    }
}

/// A link or a folder where a file was installed is the team's edit; upstream's news can't go into it.
fn row_in_the_way(base: Option<&WholeRecord>, theirs: Option<&Whole>, what: &str) -> Result<Row, Refusal> {
    match (base, theirs) {
        (_, None) => Ok(Row::Released),
        (Some(base), Some(theirs)) if !has_news(base, theirs) => Ok(Row::Kept),
        (_, Some(_)) => Err(Refusal::Obstacle(what.to_owned())),
    }
}

fn has_news(base: &WholeRecord, theirs: &Whole) -> bool {
    Digest::of(&theirs.file.bytes) != base.digest || theirs.file.executable != base.executable
}

/// A path that was installed. The row that merges text is not built yet, and refused.
fn row_of_managed(base: &WholeRecord, found: &Found, theirs: Option<&Whole>, named: bool) -> Result<Row, Refusal> {
    let news = theirs.is_some_and(|theirs| has_news(base, theirs));
    let ours = match found {
        Found::Absent { missing: true } if !base.deleted => Side::Missing,
        Found::Absent { .. } if named => Side::Missing,
        Found::File(file) if Digest::of(&file.bytes) == base.digest && file.executable == base.executable => Side::Same,
        Found::File(_) => Side::Changed,
        _ => Side::Gone,
    };
    Ok(match (ours, theirs, news) {
        (Side::Missing, Some(_), _) => Row::Restored,
        (Side::Gone | Side::Missing, None, _) => Row::Forgotten,
        (Side::Gone, Some(_), changed) => Row::StaysGone { changed },
        (_, None, _) if base.seed || base.adopted => Row::Released,
        (Side::Same, Some(_), false) => Row::Unchanged,
        (Side::Same, Some(_), true) => Row::Updated,
        (Side::Changed, Some(_), false) => Row::Kept,
        (Side::Changed, Some(theirs), true) => row_of_both_changed(base, found, theirs)?,
        (Side::Same, None, _) => Row::Deleted,
        (Side::Changed, None, _) => Row::Released,
    })
}

/// Content and mode are told apart: a change of one on each side is no collision.
fn row_of_both_changed(base: &WholeRecord, found: &Found, theirs: &Whole) -> Result<Row, Refusal> {
    let Found::File(ours) = found else { return Err(Refusal::BothChanged) };
    if ours.bytes == theirs.file.bytes || Digest::of(&ours.bytes) == base.digest {
        return Ok(Row::Updated);
    }
    // Upstream changed the mode alone, and the bytes were edited here.
    if Digest::of(&theirs.file.bytes) == base.digest { Ok(Row::Kept) } else { Err(Refusal::BothChanged) }
}
