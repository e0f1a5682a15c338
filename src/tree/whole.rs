//! Files that one template owns: what the decision table is asked, and what its answer does.

use crate::agent;
use crate::merge::marking::may_mark;
use crate::merge::pieces::{Side, Sides};
use crate::merge::unsettled;
use crate::merge::{is_binary, is_layout_untaken};
use crate::model::conflict::{ConflictPlace, Open, WholeFileReason};
use crate::model::digest::{Digest, git_blob};
use crate::model::lock::{Record, WholeRecord};
use crate::model::path::RelPath;
use crate::model::plan::Stage;
use crate::model::tree::File;
use crate::model::upstream::{Content, Whole};
use bytes::Bytes;

use super::table::{Here, There, Verdict, Was, verdict};
use super::{Absence, Found, Local, Merger, Note, Obstacle, Refusal, Row};

/// What becomes of a whole file.
pub(super) struct Decided {
    pub(super) row: Row,
    /// What both sides' edits make together, where the row is a merge of content.
    merged: Option<Vec<u8>>,
    /// What is left to a person.
    conflicts: Vec<Open>,
    /// Whether a change of the layout alone that the release made isn't in it.
    is_layout_untaken: bool,
}

impl Decided {
    fn row(row: Row) -> Self {
        Self {
            row,
            merged: None,
            conflicts: Vec::new(),
            is_layout_untaken: false,
        }
    }

    fn contested(why: WholeFileReason, ours: Option<&File>) -> Self {
        let ours = ours.map(|ours| &ours.bytes[..]);
        Self {
            row: Row::Contested,
            merged: None,
            conflicts: vec![unsettled::whole(why, ours)],
            is_layout_untaken: false,
        }
    }
}

/// Where a file's content is, and where it belongs.
struct Located {
    /// What the repo has of it, under the old name where upstream has a new one.
    local: Local,
    /// The real path that it has in the end.
    to: RelPath,
    /// What is there already, where that is another place.
    occupant: Option<Found>,
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

    /// Whether what the repo has isn't what was installed. A file that the team had before, as the
    /// template has it, stays when that goes, and is no edit.
    pub(super) fn is_edited(&self, path: &RelPath) -> bool {
        let Located { local, .. } = self.located(path);
        match (self.whole_base(path), &local.found) {
            (Some(base), Found::File(file)) => {
                !base.adopted || !is_base(base, file) || file.executable != base.executable
            }
            _ => true,
        }
    }

    fn located(&self, path: &RelPath) -> Located {
        let here = self.local(path);
        let to = here.real.clone();
        match self.renamed.get(path).map(|old| self.local(old)) {
            // Renamed on both sides: it stays where the team keeps it.
            Some(old)
                if self
                    .whole_base(path)
                    .is_some_and(|base| base.moved.is_some()) =>
            {
                Located {
                    to: old.real.clone(),
                    local: old,
                    occupant: None,
                }
            }
            Some(old) if is_absent(&here.found) && is_absent(&old.found) => Located {
                local: Local {
                    real: to.clone(),
                    ..old
                },
                to,
                occupant: None,
            },
            Some(old) if !is_absent(&old.found) => Located {
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

    /// Returns what becomes of a whole file, or refuses. `named` says that settings name it as a
    /// script.
    pub(super) fn whole_row(&mut self, path: &RelPath, named: bool) -> Option<Decided> {
        let located = self.located(path);
        let (base, theirs) = (self.whole_base(path), self.whole_theirs(path));
        let decided = match verdict(
            was(base),
            here(&located, base, theirs, named),
            there(base, theirs),
        ) {
            // What was under the old name is under the new one: that is news.
            Verdict::Row(Row::Unchanged) if self.renamed.contains_key(path) => {
                Decided::row(Row::Updated)
            }
            // Settings would run what is no file, and so nothing.
            Verdict::Row(Row::Kept)
                if named && matches!(located.local.found, Found::Obstacle(_)) =>
            {
                self.refuse(path, Refusal::Obstacle(no_file(path, &located.local.found)));
                return None;
            }
            Verdict::Row(row) => Decided::row(row),
            // What was never there can wait until the way is free.
            Verdict::Type(_) if base.is_none() => {
                self.refuse(path, Refusal::Obstacle(no_file(path, &located.local.found)));
                return None;
            }
            // A link is known by what is behind it.
            Verdict::Type(what) => match &located.local.found {
                Found::Link(file) => Decided::contested(WholeFileReason::Type(what), Some(file)),
                _ => Decided::contested(WholeFileReason::Type(what), None),
            },
            Verdict::Taken => {
                let occupant = located.occupant.as_ref().and_then(file_of);
                Decided::contested(
                    WholeFileReason::Taken(self.renamed.get(path).unwrap_or(path).clone()),
                    occupant,
                )
            }
            Verdict::Merge => self.merged(path, &located, base.is_some(), theirs),
        };
        let is_in_the_way = |open: &Open| {
            matches!(
                open.at,
                ConflictPlace::File(
                    WholeFileReason::Occupied
                        | WholeFileReason::Type(_)
                        | WholeFileReason::Taken(_)
                )
            )
        };
        let runs = |script: &RelPath| {
            script
                .parent()
                .is_some_and(|folder| path.below(folder.as_str()).is_some())
        };
        if decided.conflicts.iter().any(is_in_the_way)
            && self.theirs.hooks.values().any(|hook| runs(&hook.script))
        {
            // Settings would run what isn't the template's, or a script without what lies beside
            // it.
            if let Found::Obstacle(obstacle) = &located.local.found {
                self.refuse(path, Refusal::Obstacle(obstacle.clone()));
                return None;
            }
            let (at, what) = (path.clone(), "a file of yours with other content");
            self.refuse(path, Refusal::Obstacle(Obstacle { at, what }));
            return None;
        }
        Some(decided)
    }

    /// The row that merges text.
    fn merged(
        &self,
        path: &RelPath,
        located: &Located,
        was_installed: bool,
        theirs: Option<&Whole>,
    ) -> Decided {
        let (Some(ours), Some(theirs)) = (file_of(&located.local.found), theirs) else {
            return Decided::contested(WholeFileReason::Binary, None);
        };
        let known = self.base.bytes.get(path);
        // What was copied from a release before it was installed has a base all the same.
        let has_base = was_installed || known.is_some();
        let base: &[u8] = match known {
            Some(base) => base,
            None if was_installed => {
                return Decided::contested(WholeFileReason::NoBase, Some(ours));
            }
            // Without a base, nothing says that an empty file is no wish.
            None if ours.bytes.is_empty() => {
                return Decided::contested(WholeFileReason::Occupied, Some(ours));
            }
            None => &[],
        };
        let sides = Sides {
            base,
            ours: &ours.bytes,
            theirs: &theirs.file.bytes,
        };
        let kind = agent::kind_of(path.file_name(), &ours.bytes);
        let merge = agent::merge(kind, &sides);
        let is_layout_untaken = || {
            let results = [Side::Ours, Side::Theirs].map(|side| merge.taking(side, &sides));
            !is_binary(&sides) && is_layout_untaken(kind, base, sides.theirs, &results)
        };
        match (merge.is_clean(), is_binary(&sides), has_base) {
            (true, _, _) => {
                let bytes = merge.bytes(&sides);
                let row = match () {
                    () if bytes == ours.bytes => Row::Kept,
                    () if bytes == theirs.file.bytes && has_base => Row::Updated,
                    () => Row::Merged,
                };
                Decided {
                    merged: Some(bytes).filter(|_| row == Row::Merged),
                    is_layout_untaken: is_layout_untaken(),
                    ..Decided::row(row)
                }
            }
            (false, _, false) => Decided::contested(WholeFileReason::Occupied, Some(ours)),
            (false, true, true) => Decided::contested(WholeFileReason::Binary, Some(ours)),
            (false, false, true) => {
                let executable = ours.executable || theirs.file.executable;
                let labels = self.marks.get(&theirs.origin.template);
                let labels = labels.filter(|_| may_mark(kind, &merge, &sides, executable));
                let bytes = labels.map_or_else(
                    || merge.bytes(&sides),
                    |labels| merge.marked(&sides, labels),
                );
                let conflicts = unsettled::of(&merge, &sides, labels.is_some());
                Decided {
                    row: Row::Contested,
                    merged: Some(bytes),
                    conflicts,
                    is_layout_untaken: is_layout_untaken(),
                }
            }
        }
    }

    /// Records and changes what the row of a whole file says. A script that something still runs
    /// under its old name `stays` there too.
    pub(super) fn write_whole(&mut self, path: &RelPath, decided: Decided, stays: bool) {
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
        if let (Row::Contested, Some(ConflictPlace::File(WholeFileReason::Taken(_)))) =
            (row, self.why(path))
        {
            // Both files stay where they are; the one that was installed is the team's now.
            self.out.rows.push((local.real, Row::Released));
            return self.remember(path, row);
        }
        let real = local.real.clone();
        let old = into_file(local.found);
        let theirs = self.whole_theirs(path).cloned();
        // What settings run has to be executable, whoever took that away.
        let revived = self.named.contains(path) && self.was_executable(path);
        let new = match (row, &theirs) {
            (Row::Added | Row::Restored, Some(theirs)) => Some(theirs.file.clone()),
            (Row::Deleted, _) => None,
            // What the team has there is no file.
            (Row::Kept | Row::Contested, _) if old.is_none() => None,
            // The mode is merged, whosever the bytes are.
            (Row::Contested, Some(_)) if merged.is_none() => old.clone(),
            (
                Row::Updated | Row::Adopted | Row::Merged | Row::Kept | Row::Contested,
                Some(theirs),
            ) => {
                let executable = revived || self.merged_mode(path, old.as_ref(), theirs);
                let ours = old
                    .as_ref()
                    .filter(|_| row == Row::Kept)
                    .map(|old| old.bytes.clone());
                let merged = merged.map(Bytes::from);
                Some(File {
                    bytes: merged.or(ours).unwrap_or_else(|| theirs.file.bytes.clone()),
                    executable,
                })
            }
            _ => old.clone(),
        };
        let stage = if new.as_ref().is_some_and(|file| file.executable) {
            Stage::Script
        } else {
            Stage::File
        };
        if row == Row::Restored {
            self.out.restored.push(real.clone());
        }
        if self.whole_base(path).is_none() && old.is_some() && old != new {
            self.note(path, Note::WasYours);
        }
        if let (Row::Kept | Row::Merged, Some(before), Some(after)) = (row, &old, &new)
            && before.executable != after.executable
        {
            self.note(
                path,
                Note::Mode {
                    executable: after.executable,
                },
            );
        }
        if real == to {
            self.change(real, stage, old, new);
        } else {
            self.change(to, stage, occupant.and_then(into_file), new);
            if stays {
                self.out.rows.push((real, Row::Released));
            } else {
                self.change(real, Stage::Deletion, old, None);
            }
        }
        let moved = self.whole_base(path).and_then(|base| base.moved.clone());
        match (self.renamed.get(path).cloned(), moved) {
            _ if matches!(row, Row::StaysGone { .. }) => {}
            (_, Some(to)) if row != Row::Unchanged => self.note(path, Note::Moved { to }),
            (Some(from), None) => self.note(path, Note::Renamed { from }),
            (_, _) => {}
        }
        self.remember(path, row);
    }

    /// Records what the row of a whole file leaves.
    pub(super) fn remember(&mut self, path: &RelPath, row: Row) {
        if let Some(theirs) = self.whole_theirs(path).cloned() {
            let record = self.record_of(path, row, &theirs);
            self.out.files.insert(path.clone(), Record::Whole(record));
        }
        self.out.rows.push((path.clone(), row));
    }

    fn why(&self, path: &RelPath) -> Option<&ConflictPlace> {
        self.out
            .conflicts
            .get(path)
            .and_then(|places| places.first())
            .map(|open| &open.at)
    }

    /// The executable bit is a three-way scalar of its own; a file that was there before gets what
    /// it needs to run.
    fn was_executable(&self, path: &RelPath) -> bool {
        self.whole_base(path).is_some_and(|base| base.executable)
    }

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
        // What the team had and what upstream brings are one file now: it stays when the template
        // goes.
        let joined = base.is_none()
            && matches!(row, Row::Kept | Row::Updated | Row::Merged | Row::Contested);
        let is_no_file = matches!(self.local(path).found, Found::Link(_) | Found::Obstacle(_));
        let is_nowhere = matches!(
            self.why(path),
            Some(ConflictPlace::File(
                WholeFileReason::Type(_) | WholeFileReason::Folded(_)
            ))
        ) || is_no_file && base.is_some_and(|base| base.deleted);
        WholeRecord {
            origin: theirs.origin.clone(),
            digest: given.map_or_else(|| Digest::of(&theirs.file.bytes), |base| base.digest),
            blob: given.map_or_else(|| git_blob(&theirs.file.bytes), |base| base.blob.clone()),
            executable: theirs.file.executable,
            seed: theirs.seed,
            deleted: matches!(row, Row::StaysGone { .. }) || is_nowhere,
            adopted: row == Row::Adopted || had || joined,
            moved: base
                .and_then(|base| base.moved.clone())
                .filter(|_| !matches!(row, Row::StaysGone { .. })),
        }
    }
}

/// Returns what is at a path where a file is wanted.
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
    let known = |file: &File| {
        let versions = theirs
            .map(|theirs| &theirs.file.bytes)
            .into_iter()
            .chain([&ours.bytes]);
        versions.into_iter().any(|bytes| *bytes == file.bytes)
            || base.is_some_and(|base| is_base(base, file))
    };
    match &located.occupant {
        Some(Found::File(occupant)) if !known(occupant) => return Here::Taken,
        Some(Found::Link(_) | Found::Obstacle(_)) => return Here::Taken,
        Some(Found::File(_) | Found::Absent(_)) | None => {}
    }
    match base {
        Some(base) if is_base(base, ours) && ours.executable == base.executable => Here::Same,
        Some(base) if is_base(base, ours) && named && base.executable => Here::Dead,
        Some(base) if is_base(base, ours) => Here::Mode,
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
            newer: base.is_none_or(|base| !is_base(base, &theirs.file)),
        },
        Some(base) if is_base(base, &theirs.file) && theirs.file.executable == base.executable => {
            There::Same
        }
        Some(base) if is_base(base, &theirs.file) => There::Mode,
        _ => There::Other,
    }
}

fn is_base(base: &WholeRecord, file: &File) -> bool {
    file.stands_for(&base.digest)
}

fn is_absent(found: &Found) -> bool {
    matches!(found, Found::Absent(_))
}

fn file_of(found: &Found) -> Option<&File> {
    match found {
        Found::File(file) => Some(file),
        _ => None,
    }
}

fn into_file(found: Found) -> Option<File> {
    match found {
        Found::File(file) => Some(file),
        _ => None,
    }
}
