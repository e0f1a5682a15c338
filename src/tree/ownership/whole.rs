//! Templates that own a whole file.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;

use crate::agent;
use crate::error::{Error, Result};
use crate::merge::block::Marks;
use crate::merge::json::Identities;
use crate::merge::marking::may_mark;
use crate::merge::pieces::{Side, Sides};
use crate::merge::{diff, is_binary, is_layout_untaken, open_conflicts};
use crate::model::conflict::{Open, WholeFileReason};
use crate::model::digest::{Digest, git_blob};
use crate::model::lock::{Record, WholeRecord};
use crate::model::name::TemplateName;
use crate::model::path::RelPath;
use crate::model::snapshot::{Absence, Found, Local};
use crate::model::tree::File;
use crate::model::upstream::{Content, FileOrigin, Upstream, Whole};
use crate::tree::{Base, Refusal, Row, State};
use crate::words;

use super::edit::has_text;
use super::{
    ContentEdit, Contributions, EditedSince, FileHere, Ownership, Reverted, SharedFile, SharedMerge,
};

impl Ownership for WholeRecord {
    fn owners(&self) -> Vec<&TemplateName> {
        vec![&self.origin.template]
    }

    fn follows_links(&self) -> bool {
        false
    }

    fn state(&self, here: &FileHere<'_>, installed: Option<&Content>) -> State {
        let FileHere { at, file, .. } = here;
        if self.seed {
            return State::Seed;
        }
        if is_installed(self, file) && file.executable == self.executable {
            return match self.moved {
                Some(_) => State::Moved,
                None => State::Unchanged,
            };
        }
        let installed = installed.and_then(Content::as_whole);
        let installed = installed.and_then(|whole| whole.file.text());
        let (Some(installed), Some(text)) = (installed, file.text()) else {
            return State::Edited;
        };
        let kind = agent::kind_of(at.file_name(), &file.bytes);
        if installed != text && diff::is_layout(kind, installed, text) {
            State::Reformatted
        } else {
            State::Edited
        }
    }

    fn edited_of(&self, _: &FileHere<'_>) -> Vec<&TemplateName> {
        self.owners()
    }

    fn edited_sources(&self, _: &FileHere<'_>) -> Vec<FileOrigin> {
        vec![self.origin.clone()]
    }

    fn why_broken(&self, _: &RelPath, _: &str) -> Option<String> {
        None
    }

    fn holds_some(&self, _: &RelPath, _: &str, _: &Identities) -> bool {
        true
    }

    fn diff(
        &self,
        path: &RelPath,
        installed: &Content,
        here: Option<&File>,
        _: &Identities,
    ) -> String {
        let text = here.map_or(Some(""), File::text);
        let (Some(Whole { file, .. }), Some(text)) = (installed.as_whole(), text) else {
            return String::new();
        };
        let mode = match here {
            Some(here) if here.executable != file.executable => {
                let (old, new) = (file.mode(), here.mode());
                format!("diff --git a/{path} b/{path}\nold mode 10{old}\nnew mode 10{new}\n")
            }
            _ => String::new(),
        };
        let lines = diff::unified(path.as_str(), file.text().unwrap_or_default(), text);
        format!("{mode}{lines}")
    }

    fn merge(&self, file: &SharedFile<'_>, _: Option<&Content>) -> Result<SharedMerge, Refusal> {
        Err(file.other_ownership())
    }

    fn revert(&self, edited: &EditedSince<'_>) -> Result<Reverted, Refusal> {
        let EditedSince { path, now, .. } = edited;
        let (Some(before), Some(after)) = (edited.before, edited.after) else {
            return Err(Refusal::BothChanged);
        };
        let sides = Sides {
            base: &after.bytes,
            ours: &now.bytes,
            theirs: &before.bytes,
        };
        let merge = agent::merge(agent::kind_of(path.file_name(), &now.bytes), &sides);
        if !merge.is_clean() {
            return Err(Refusal::BothChanged);
        }
        let executable = if now.executable == after.executable {
            before.executable
        } else {
            now.executable
        };
        Ok(Reverted {
            file: Some(File {
                bytes: merge.bytes(&sides).into(),
                executable,
            }),
            is_whole: true,
        })
    }

    fn installed_content(
        &self,
        _: &RelPath,
        rendered: Option<&Content>,
    ) -> Result<Option<Content>> {
        match rendered.and_then(Content::as_whole) {
            Some(whole) if Digest::of(&whole.file.bytes) == self.digest => {
                Ok(Some(Content::Whole(whole.clone())))
            }
            _ => Ok(None),
        }
    }

    fn without(&self, _: &RelPath, _: &BTreeSet<TemplateName>) -> Option<Content> {
        None
    }

    fn remembers(&self, installed: &Content) -> bool {
        installed
            .as_whole()
            .is_some_and(|whole| self.digest == Digest::of(&whole.file.bytes) && !self.seed)
    }

    fn correct(&mut self, installed: &Content) {
        if let Some(Whole { file, .. }) = installed.as_whole().filter(|_| !self.seed) {
            self.digest = Digest::of(&file.bytes);
            self.blob = git_blob(&file.bytes);
            self.executable = file.executable;
        }
    }

    fn forget_deletion(&mut self) {
        self.deleted = false;
    }

    fn has_news(&self, _: &Content) -> bool {
        false
    }

    fn is_rendered_as(&self, now: &Record) -> bool {
        now.as_whole()
            .is_none_or(|now| self.seed || self.digest == now.digest)
    }
}

/// Returns whether a file is what was installed, to the byte.
pub(in crate::tree) fn is_installed(record: &WholeRecord, file: &File) -> bool {
    file.stands_for(&record.digest)
}

/// Takes the files that templates own.
pub(super) fn compose(
    contributions: &Contributions<'_>,
    files: &mut BTreeMap<RelPath, Content>,
) -> Result<()> {
    for (source, contribution) in &contributions.all {
        for (path, whole) in &contribution.whole {
            if let Some(other) = files.get(path).and_then(Content::as_whole) {
                let both = words::list([&other.origin.template, &source.manifest.template.name]);
                return Err(Error::user(format!("{both} both own `{path}`")).hint(
                    "a path has one owner; remove one of the templates, or ask its keeper to \
                     rename the file",
                ));
            }
            files.insert(path.clone(), Content::Whole(whole.clone()));
        }
    }
    Ok(())
}

/// What was decided about a whole file.
pub(in crate::tree) struct Decided {
    pub(in crate::tree) row: Row,
    /// The merged content, where both sides changed the file.
    pub(in crate::tree) merged: Option<Vec<u8>>,
    pub(in crate::tree) conflicts: Vec<Open>,
    /// Whether the release changed only layout somewhere, and the content doesn't have that change.
    pub(in crate::tree) is_layout_untaken: bool,
}

impl Decided {
    pub(in crate::tree) fn row(row: Row) -> Self {
        Self {
            row,
            merged: None,
            conflicts: Vec::new(),
            is_layout_untaken: false,
        }
    }

    pub(in crate::tree) fn contested(why: WholeFileReason, ours: Option<&File>) -> Self {
        let ours = ours.map(|ours| &ours.bytes[..]);
        Self {
            conflicts: vec![open_conflicts::whole(why, ours)],
            ..Self::row(Row::Contested)
        }
    }
}

/// A file that both sides changed: the content of all three decides.
pub(in crate::tree) struct WholeFile<'a> {
    pub(in crate::tree) path: &'a RelPath,
    pub(in crate::tree) was_installed: bool,
    /// The bytes of the base, where they are known. A file that was copied from a release by hand
    /// has a base, too.
    pub(in crate::tree) base: Option<&'a Bytes>,
    pub(in crate::tree) ours: Option<&'a File>,
    pub(in crate::tree) theirs: Option<&'a Whole>,
    pub(in crate::tree) marks: &'a Marks,
}

impl WholeFile<'_> {
    pub(in crate::tree) fn merge(&self) -> Decided {
        let (Some(ours), Some(theirs)) = (self.ours, self.theirs) else {
            return Decided::contested(WholeFileReason::Binary, None);
        };
        let base: &[u8] = match self.base {
            Some(base) => base,
            None if self.was_installed => {
                return Decided::contested(WholeFileReason::NoBase, Some(ours));
            }
            // Without a base, the team may have wanted an empty file.
            None if ours.bytes.is_empty() => {
                return Decided::contested(WholeFileReason::Occupied, Some(ours));
            }
            None => &[],
        };
        let has_base = self.was_installed || self.base.is_some();
        let sides = Sides {
            base,
            ours: &ours.bytes,
            theirs: &theirs.file.bytes,
        };
        let kind = agent::kind_of(self.path.file_name(), &ours.bytes);
        let merge = agent::merge(kind, &sides);
        let mut decided = match (merge.is_clean(), is_binary(&sides), has_base) {
            (true, _, _) => {
                let bytes = merge.bytes(&sides);
                let row = match () {
                    () if bytes == ours.bytes => Row::Kept,
                    () if bytes == theirs.file.bytes && has_base => Row::Updated,
                    () => Row::Merged,
                };
                Decided {
                    merged: Some(bytes).filter(|_| row == Row::Merged),
                    ..Decided::row(row)
                }
            }
            (false, _, false) => {
                return Decided::contested(WholeFileReason::Occupied, Some(ours));
            }
            (false, true, true) => {
                return Decided::contested(WholeFileReason::Binary, Some(ours));
            }
            (false, false, true) => {
                let executable = ours.executable || theirs.file.executable;
                let labels = self.marks.get(&theirs.origin.template);
                let labels = labels.filter(|_| may_mark(kind, &merge, &sides, executable));
                let bytes = match labels {
                    Some(labels) => merge.marked(&sides, labels),
                    None => merge.bytes(&sides),
                };
                Decided {
                    merged: Some(bytes),
                    conflicts: open_conflicts::of(&merge, &sides, labels.is_some()),
                    ..Decided::row(Row::Contested)
                }
            }
        };
        let results = [Side::Ours, Side::Theirs].map(|side| merge.taking(side, &sides));
        decided.is_layout_untaken =
            !is_binary(&sides) && is_layout_untaken(kind, sides.base, sides.theirs, &results);
        decided
    }
}

/// What an edit of a template does to a file of its own.
pub(super) struct WholeEdit<'a> {
    pub(super) path: &'a RelPath,
    pub(super) before: Option<&'a Whole>,
    pub(super) after: Option<&'a Whole>,
}

impl ContentEdit for WholeEdit<'_> {
    fn shows(&self) -> bool {
        let [before, after] = self.files();
        before != after
    }

    fn repo_has_edit(
        &self,
        local: &Local,
        record: Option<&Record>,
        edited: &Upstream,
        _: &Identities,
    ) -> bool {
        match self.after {
            Some(_) => local
                .found
                .own_file()
                .is_some_and(|file| self.is_in(Some(file))),
            None => is_gone(local, record.and_then(Record::as_whole), edited),
        }
    }

    fn release_has_edit(&self, theirs: &Upstream, _: &Identities) -> bool {
        match (self.before, self.after, theirs.files.get(self.path)) {
            // It was renamed.
            (None, Some(after), None) => theirs
                .files
                .values()
                .filter_map(Content::as_whole)
                .any(|there| there.file == after.file),
            (_, _, None) => self.is_in(None),
            (_, _, Some(Content::Whole(there))) => self.is_in(Some(&there.file)),
            (_, _, Some(_)) => false,
        }
    }

    fn take(&self, base: &mut Base, theirs: &Upstream) {
        let known = base.files.get(self.path);
        let Some(after) = self.after else {
            // What upstream still has stays gone here.
            if known.and_then(Record::as_whole).is_some() && !theirs.files.contains_key(self.path) {
                base.files.remove(self.path);
                base.bytes.remove(self.path);
            }
            return;
        };
        let mut record = WholeRecord::of(after);
        // A later edit of it may have come back, too.
        record.seed = false;
        match known.and_then(Record::as_whole) {
            Some(known) => {
                record.deleted = known.deleted;
                record.adopted = known.adopted;
                record.moved.clone_from(&known.moved);
            }
            // The team had it before the template: it stays when the template goes.
            None => record.adopted = true,
        }
        base.files.insert(self.path.clone(), Record::Whole(record));
        let bytes = after.file.bytes.clone();
        base.bytes.insert(self.path.clone(), bytes);
    }
}

impl WholeEdit<'_> {
    fn files(&self) -> [Option<&File>; 2] {
        [self.before, self.after].map(|whole| whole.map(|whole| &whole.file))
    }

    /// Returns whether a file has the edit: merging the edit into it would change nothing.
    fn is_in(&self, side: Option<&File>) -> bool {
        let [before, after] = self.files();
        match (before, after, side) {
            (Some(_), None, None) => true,
            (before, Some(after), Some(side)) => {
                let mode = before.is_some_and(|before| before.executable == after.executable);
                let old = before.map_or(&[][..], |before| &before.bytes);
                let kind = agent::kind_of(self.path.file_name(), &side.bytes);
                (mode || side.executable == after.executable)
                    && has_text(kind, old, &after.bytes, &side.bytes)
            }
            (_, _, _) => false,
        }
    }
}

/// Returns whether the team deleted a file, or moved it to where the edited template has it, too.
fn is_gone(local: &Local, record: Option<&WholeRecord>, edited: &Upstream) -> bool {
    match (record, &local.found) {
        (Some(record), Found::Absent(absence)) => record.deleted || *absence == Absence::Deleted,
        (Some(record), Found::File(_)) => record
            .moved
            .as_ref()
            .is_some_and(|moved| edited.files.contains_key(moved)),
        (_, _) => false,
    }
}
