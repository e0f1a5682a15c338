//! Files that templates and the team own together.

use std::collections::BTreeSet;

use crate::model::path::RelPath;
use crate::model::tree::File;

use super::whole::WholeFiles;
use super::{Absence, Deciding, Found, Local, Refusal};
use crate::tree::Row;
use crate::tree::ownership::{self, SharedFile, SharedMerge};

impl Deciding<'_> {
    /// Merges the shared files, or refuses them. An entry that upstream dropped stays where its
    /// script stays with the team.
    pub fn shared_files(&mut self, whole: &WholeFiles<'_>) {
        let held = self.edited_scripts(whole);
        for path in self.paths(true) {
            match self.shared_merge(path, &held) {
                Ok(merge) => self.write_shared(path, merge),
                Err(refusal) => self.refuse(path, refusal),
            }
        }
    }

    fn shared_merge(
        &self,
        path: &RelPath,
        held: &BTreeSet<RelPath>,
    ) -> Result<SharedMerge, Refusal> {
        let local = self.local(path);
        if let Found::Obstacle(obstacle) = local.found {
            return Err(Refusal::Obstacle(obstacle));
        }
        let (base, theirs) = (self.base.files.get(path), self.theirs.files.get(path));
        // UTF-16 text can be valid UTF-8 with NULs. For JSON, the parser reports where they are.
        let is_json = theirs.is_some_and(|content| content.as_keys().is_some());
        let is_text = |file: &File| file.is_text() || is_json && file.text().is_some();
        if local.file().is_some_and(|file| !is_text(file)) {
            return Err(Refusal::NotText);
        }
        let nothing = theirs.map(ownership::nothing_installed);
        let record = base.or(nothing.as_ref()).expect("one side has the path");
        let file = SharedFile {
            path,
            local: &local,
            is_managed: base.is_some(),
            marked: self.base.marked.get(path).map(String::as_str),
            marks: self.marks,
            identities: &self.identities,
            held,
        };
        ownership::of(record).merge(&file, theirs)
    }

    /// Applies the merge of a shared file: its row, its change and its record.
    fn write_shared(&mut self, path: &RelPath, merge: SharedMerge) {
        let local = self.local(path);
        let row = self.shared_row(path, &local, &merge);
        for note in merge.notes {
            self.note(path, note);
        }
        if !merge.conflicts.is_empty() {
            self.out.conflicts.insert(path.clone(), merge.conflicts);
        }
        if row == Row::Restored {
            self.out.restored.push(local.real.clone());
        }
        let old = local.file().cloned();
        let new = merge.text.map(|text| File {
            bytes: text.into_bytes().into(),
            executable: old.as_ref().is_some_and(|file| file.executable),
        });
        self.change(local.real, merge.stage, old, new);
        self.out.rows.push((path.clone(), row));
        if let Some(record) = merge.record {
            self.out.files.insert(path.clone(), record);
        }
    }

    fn shared_row(&self, path: &RelPath, local: &Local, merge: &SharedMerge) -> Row {
        let (base, theirs) = (self.base.files.get(path), self.theirs.files.get(path));
        match (local.file(), &merge.text) {
            (None, Some(_)) if local.found == Found::Absent(Absence::Missing) => Row::Restored,
            (None, Some(_)) => Row::Added,
            (None, None) => match (base, theirs) {
                (_, None) => Row::Forgotten,
                (None, Some(_)) => Row::StillDeleted { changed: false },
                (Some(base), Some(theirs)) => Row::StillDeleted {
                    changed: ownership::of(base).has_news(theirs),
                },
            },
            (Some(_), None) => Row::Deleted,
            (Some(_), Some(_)) if !merge.conflicts.is_empty() => Row::Contested,
            (Some(old), Some(new)) if old.bytes != new.as_bytes() => Row::Merged,
            (Some(_), Some(_)) if merge.is_kept => Row::Kept,
            (Some(_), Some(_)) if base.is_some() => Row::Unchanged,
            (Some(_), Some(_)) => Row::Adopted,
        }
    }
}
