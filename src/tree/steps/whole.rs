//! Files that one template owns: makes the input of the decision table, and applies its answer.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;

use crate::model::conflict::{ConflictPlace, WholeFileReason};
use crate::model::lock::{Record, WholeRecord};
use crate::model::path::RelPath;
use crate::model::plan::Stage;
use crate::model::tree::File;
use crate::model::upstream::Whole;

use super::scripts::is_kept;
use super::{Absence, Deciding, Found, Local, Note, Refusal};
use crate::model::snapshot::Obstacle;
use crate::tree::Row;
use crate::tree::ownership::{Decided, WholeFile, is_installed};
use crate::tree::table::{Here, There, Verdict, Was, verdict};

/// What was decided about each file that a template owns whole.
pub type WholeFiles<'a> = BTreeMap<&'a RelPath, Decided>;

/// Where a file is now, and where it will be.
struct Located {
    /// What the repo has of it, under the old name where upstream has a new one.
    local: Local,
    /// The real path that it will have.
    to: RelPath,
    /// What is already at that path, if it is another one.
    occupant: Option<Found>,
}

impl<'a> Deciding<'a> {
    /// Decides about the files that a template owns whole, without writing them yet: whether some
    /// of them stay depends on the shared files.
    pub fn whole_files(&mut self) -> WholeFiles<'a> {
        let mut whole = WholeFiles::new();
        for path in self.paths(false) {
            match self.whole_file(path) {
                Ok(decided) => _ = whole.insert(path, decided),
                Err(refusal) => self.refuse(path, refusal),
            }
        }
        whole
    }

    /// Returns the scripts that upstream dropped and that stay because the team edited them.
    pub(super) fn edited_scripts(&self, whole: &WholeFiles<'_>) -> BTreeSet<RelPath> {
        let mut edited = BTreeSet::new();
        for (path, decided) in whole {
            if decided.row == Row::KeptUnmanaged && self.is_edited(path) {
                edited.insert((*path).clone());
            }
        }
        let hooks = self.base.hooks.values();
        for place in hooks
            .filter(|place| edited.contains(&place.script))
            .collect::<Vec<_>>()
        {
            edited.insert(place.named().clone());
        }
        edited
    }

    /// Applies what was decided about whole files.
    pub fn write_whole_files(&mut self, whole: WholeFiles<'_>) {
        let kept = self.kept_with_scripts();
        let is_needed = |path: &RelPath| is_kept(path, &kept);
        for (path, mut decided) in whole {
            if decided.row == Row::Deleted && is_needed(path) {
                decided.row = Row::KeptUnmanaged;
            }
            let stays = self.renamed.get(path).is_some_and(is_needed);
            self.write_whole(path, decided, stays);
        }
    }

    fn whole_base(&self, path: &RelPath) -> Option<&'a WholeRecord> {
        self.base.files.get(path)?.as_whole()
    }

    fn whole_theirs(&self, path: &RelPath) -> Option<&'a Whole> {
        self.theirs.files.get(path)?.as_whole()
    }

    /// Returns whether settings name a file as a script, by its new or its old name.
    fn is_named(&self, path: &RelPath) -> bool {
        let old = self.renamed.get(path);
        self.named.contains(path) || old.is_some_and(|old| self.named.contains(old))
    }

    /// Returns whether a file that upstream dropped stays because of an edit, and not just because
    /// the team had it before the template, as the template has it.
    fn is_edited(&self, path: &RelPath) -> bool {
        let Located { local, .. } = self.located(path);
        match (self.whole_base(path), &local.found) {
            (Some(base), Found::File(file)) => {
                !base.adopted || !is_installed(base, file) || file.executable != base.executable
            }
            _ => true,
        }
    }

    fn located(&self, path: &RelPath) -> Located {
        let here = self.local(path);
        let to = here.real.clone();
        let is_moved = self
            .whole_base(path)
            .is_some_and(|base| base.moved.is_some());
        match self.renamed.get(path).map(|old| self.local(old)) {
            // Renamed on both sides: it stays where the team put it.
            Some(old) if is_moved => Located {
                to: old.real.clone(),
                local: old,
                occupant: None,
            },
            Some(old) if here.is_absent() && old.is_absent() => Located {
                local: Local {
                    real: to.clone(),
                    ..old
                },
                to,
                occupant: None,
            },
            Some(old) if !old.is_absent() => Located {
                local: old,
                to,
                occupant: Some(here.found),
            },
            _ => Located {
                local: here,
                to,
                occupant: None,
            },
        }
    }

    fn whole_file(&self, path: &RelPath) -> Result<Decided, Refusal> {
        let is_named = self.is_named(path);
        let located = self.located(path);
        let found = &located.local.found;
        let (base, theirs) = (self.whole_base(path), self.whole_theirs(path));
        let here = here(&located, base, theirs, is_named);
        let decided = match verdict(was(base), here, there(base, theirs)) {
            // Unchanged content under a new name is still a change.
            Verdict::Row(Row::Unchanged) if self.renamed.contains_key(path) => {
                Decided::row(Row::Updated)
            }
            // Settings would run something that isn't a file.
            Verdict::Row(Row::Kept) if is_named && matches!(found, Found::Obstacle(_)) => {
                return Err(Refusal::Obstacle(no_file(path, found)));
            }
            Verdict::Row(row) => Decided::row(row),
            // What was never installed can wait until the path is free.
            Verdict::Type(_) if base.is_none() => {
                return Err(Refusal::Obstacle(no_file(path, found)));
            }
            // A link is recorded with what it leads to.
            Verdict::Type(what) => {
                Decided::contested(WholeFileReason::Type(what), located.local.file())
            }
            Verdict::Taken => {
                let old = self.renamed.get(path).unwrap_or(path).clone();
                let occupant = located.occupant.as_ref().and_then(Found::own_file);
                Decided::contested(WholeFileReason::Taken(old), occupant)
            }
            Verdict::Merge => WholeFile {
                path,
                was_installed: base.is_some(),
                base: self.base.bytes.get(path),
                ours: found.own_file(),
                theirs,
                marks: self.marks,
            }
            .merge(),
        };
        if is_in_the_way(&decided) && self.is_beside_a_script(path) {
            // Settings would run a script that isn't the template's, or run one without the files
            // beside it.
            return Err(Refusal::Obstacle(match found {
                Found::Obstacle(obstacle) => obstacle.clone(),
                _ => Obstacle {
                    at: path.clone(),
                    what: "a file of yours with other content",
                },
            }));
        }
        Ok(decided)
    }

    /// Returns whether a file is in the folder of a script that upstream's hooks run.
    fn is_beside_a_script(&self, path: &RelPath) -> bool {
        self.theirs.hooks.values().any(|hook| {
            let folder = hook.script.parent();
            folder.is_some_and(|folder| path.below(folder.as_str()).is_some())
        })
    }

    /// Applies the row of a whole file. A script that something still runs by its old name `stays`
    /// there, too.
    fn write_whole(&mut self, path: &RelPath, decided: Decided, stays: bool) {
        let Decided {
            row,
            merged,
            conflicts,
            is_layout_untaken,
        } = decided;
        if is_layout_untaken {
            self.note(path, Note::LayoutUntaken);
        }
        let Located {
            local,
            to,
            occupant,
        } = self.located(path);
        if !conflicts.is_empty() {
            self.out.conflicts.insert(path.clone(), conflicts);
        }
        let real = local.real;
        if let Some(ConflictPlace::File(WholeFileReason::Taken(_))) = self.why(path) {
            // Both files stay where they are; the installed one is the team's now.
            self.out.rows.push((real, Row::KeptUnmanaged));
            return self.remember(path, row);
        }
        let old = local.found.own_file().cloned();
        let new = self.whole_in_the_end(path, row, old.as_ref(), merged);
        let stage = match &new {
            Some(file) if file.executable => Stage::Script,
            _ => Stage::File,
        };
        if row == Row::Restored {
            self.out.restored.push(real.clone());
        }
        self.note_whole(path, row, old.as_ref(), new.as_ref());
        if real == to {
            self.change(real, stage, old, new);
        } else {
            let occupant = occupant.as_ref().and_then(Found::own_file).cloned();
            self.change(to, stage, occupant, new);
            if stays {
                self.out.rows.push((real, Row::KeptUnmanaged));
            } else {
                self.change(real, Stage::Deletion, old, None);
            }
        }
        self.remember(path, row);
    }

    /// Returns the file that the row of a whole file leaves.
    fn whole_in_the_end(
        &self,
        path: &RelPath,
        row: Row,
        old: Option<&File>,
        merged: Option<Vec<u8>>,
    ) -> Option<File> {
        match (row, self.whole_theirs(path)) {
            (Row::Added | Row::Restored, Some(theirs)) => Some(theirs.file.clone()),
            (Row::Deleted, _) => None,
            // What the team has there isn't a file.
            (Row::Kept | Row::Contested, _) if old.is_none() => None,
            // The mode is merged, whichever side's bytes are taken.
            (Row::Contested, Some(_)) if merged.is_none() => old.cloned(),
            (
                Row::Updated | Row::Adopted | Row::Merged | Row::Kept | Row::Contested,
                Some(theirs),
            ) => Some(File {
                bytes: match (merged, old) {
                    (Some(merged), _) => Bytes::from(merged),
                    (None, Some(old)) if row == Row::Kept => old.bytes.clone(),
                    (None, _) => theirs.file.bytes.clone(),
                },
                executable: self.merged_mode(path, old, theirs),
            }),
            _ => old.cloned(),
        }
    }

    /// Merges the executable bit as a scalar. A file that the team had before becomes executable if
    /// upstream's is.
    fn merged_mode(&self, path: &RelPath, old: Option<&File>, theirs: &Whole) -> bool {
        match (self.whole_base(path), old) {
            // What settings run has to be executable, even if the team took the bit away.
            (Some(base), _) if base.executable && self.named.contains(path) => true,
            (Some(base), Some(old)) if old.executable != base.executable => old.executable,
            (None, Some(old)) => old.executable || theirs.file.executable,
            _ => theirs.file.executable,
        }
    }

    /// Adds notes about a whole file where its row doesn't say enough.
    fn note_whole(&mut self, path: &RelPath, row: Row, old: Option<&File>, new: Option<&File>) {
        let base = self.whole_base(path);
        if base.is_none() && old.is_some() && old != new {
            self.note(path, Note::WasYours);
        }
        if let (Row::Kept | Row::Merged, Some(before), Some(after)) = (row, old, new)
            && before.executable != after.executable
        {
            let executable = after.executable;
            self.note(path, Note::Mode { executable });
        }
        let moved = base.and_then(|base| base.moved.clone());
        match (self.renamed.get(path).cloned(), moved) {
            _ if matches!(row, Row::StillDeleted { .. }) => {}
            (_, Some(to)) if row != Row::Unchanged => self.note(path, Note::Moved { to }),
            (Some(from), None) => self.note(path, Note::Renamed { from }),
            (_, _) => {}
        }
    }

    /// Records what the row of a whole file leaves.
    pub(super) fn remember(&mut self, path: &RelPath, row: Row) {
        if let Some(theirs) = self.whole_theirs(path) {
            let record = self.record_of(path, row, theirs);
            self.out.files.insert(path.clone(), Record::Whole(record));
        }
        self.out.rows.push((path.clone(), row));
    }

    /// Returns why a whole file is left to a person.
    fn why(&self, path: &RelPath) -> Option<&ConflictPlace> {
        let open = self.out.conflicts.get(path)?.first()?;
        Some(&open.at)
    }

    fn record_of(&self, path: &RelPath, row: Row, theirs: &Whole) -> WholeRecord {
        let base = self.whole_base(path);
        let stays_gone = matches!(row, Row::StillDeleted { .. });
        let mut record = WholeRecord::of(theirs);
        // The base of a seed stays the one that was installed.
        if let (Row::Seed { .. }, Some(base)) = (row, base) {
            record.digest = base.digest;
            record.blob.clone_from(&base.blob);
        }
        let had = base.is_some_and(|base| base.adopted) && row != Row::Restored;
        // The team's own file and upstream's are one file now, which stays when the template goes.
        let joined = base.is_none()
            && matches!(row, Row::Kept | Row::Updated | Row::Merged | Row::Contested);
        record.adopted = row == Row::Adopted || had || joined;
        let is_no_file = matches!(self.local(path).found, Found::Link(_) | Found::Obstacle(_));
        let is_nowhere = matches!(
            self.why(path),
            Some(ConflictPlace::File(
                WholeFileReason::Type(_) | WholeFileReason::Folded(_)
            ))
        ) || is_no_file && base.is_some_and(|base| base.deleted);
        record.deleted = stays_gone || is_nowhere;
        if let Some(base) = base.filter(|_| !stays_gone) {
            record.moved.clone_from(&base.moved);
        }
        record
    }
}

/// Returns whether a person has to decide about a file that isn't the template's.
fn is_in_the_way(decided: &Decided) -> bool {
    use WholeFileReason::{Occupied, Taken, Type};
    decided.conflicts.iter().any(|open| {
        let why = &open.at;
        matches!(why, ConflictPlace::File(Occupied | Type(_) | Taken(_)))
    })
}

/// Returns what is in the way at a path where a file is wanted.
fn no_file(path: &RelPath, found: &Found) -> Obstacle {
    match found {
        Found::Obstacle(obstacle) => obstacle.clone(),
        _ => Obstacle {
            at: path.clone(),
            what: "a link",
        },
    }
}

fn was(base: Option<&WholeRecord>) -> Was {
    match base {
        None => Was::Nothing,
        Some(base) if base.seed || base.adopted || base.moved.is_some() => Was::Lasting,
        Some(_) => Was::Installed,
    }
}

fn here(
    located: &Located,
    base: Option<&WholeRecord>,
    theirs: Option<&Whole>,
    named: bool,
) -> Here {
    let ours = match &located.local.found {
        Found::Absent(Absence::Missing) if base.is_none_or(|base| !base.deleted) => {
            return Here::Missing;
        }
        Found::Absent(_) if named => return Here::Missing,
        Found::Absent(_) => return Here::Nothing,
        Found::Link(_) => return Here::NoFile("a link".to_owned()),
        Found::Obstacle(obstacle) => {
            return Here::NoFile(obstacle.words(&located.local.real));
        }
        Found::File(ours) => ours,
    };
    match &located.occupant {
        Some(Found::File(occupant)) => {
            let is_known = occupant.bytes == ours.bytes
                || theirs.is_some_and(|theirs| occupant.bytes == theirs.file.bytes)
                || base.is_some_and(|base| is_installed(base, occupant));
            if !is_known {
                return Here::Taken;
            }
        }
        Some(Found::Link(_) | Found::Obstacle(_)) => return Here::Taken,
        Some(Found::Absent(_)) | None => {}
    }
    match base {
        Some(base) if is_installed(base, ours) && ours.executable == base.executable => Here::Same,
        Some(base) if is_installed(base, ours) && named && base.executable => Here::Dead,
        Some(base) if is_installed(base, ours) => Here::Mode,
        _ if theirs.is_some_and(|theirs| theirs.file.bytes == ours.bytes) => Here::Equal,
        _ => Here::Other,
    }
}

fn there(base: Option<&WholeRecord>, theirs: Option<&Whole>) -> There {
    let Some(theirs) = theirs else {
        return There::Nothing;
    };
    match base {
        _ if theirs.seed => There::Seed {
            newer: base.is_none_or(|base| !is_installed(base, &theirs.file)),
        },
        Some(base)
            if is_installed(base, &theirs.file) && theirs.file.executable == base.executable =>
        {
            There::Same
        }
        Some(base) if is_installed(base, &theirs.file) => There::Mode,
        _ => There::Other,
    }
}
