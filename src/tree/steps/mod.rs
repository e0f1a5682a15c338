//! The steps of [`decide`](super::decide), in the order in which they run.
//!
//! | file | step |
//! |---|---|
//! | `root` | the base follows root instructions that moved |
//! | `renames` | the base follows files that upstream renamed |
//! | `whole` | files that one template owns: a row each by the table, written after `shared` |
//! | `shared` | files that templates and the team own together |
//! | `scripts` | the scripts that hooks run exist, with the files that they need |
//! | `names` | no new file takes another file's name, and no file is written twice |
//! | `obstacles` | no file is written where something else stays |

mod names;
pub mod obstacles;
pub mod renames;
pub mod root;
pub mod scripts;
mod shared;
mod whole;

use std::collections::{BTreeMap, BTreeSet};

use crate::merge::block::Marks;
use crate::merge::json::Identities;
use crate::model::path::RelPath;
use crate::model::plan::{FileChange, Stage};
use crate::model::tree::File;
use crate::model::upstream::Upstream;

use super::{Absence, Base, Decision, Found, Local, Note, Refusal, Snapshot};

/// A decision in the making.
pub struct Deciding<'a> {
    base: &'a Base,
    ours: &'a Snapshot,
    theirs: &'a Upstream,
    marks: &'a Marks,
    identities: Identities,
    /// The old name of each file that upstream renamed.
    renamed: BTreeMap<RelPath, RelPath>,
    /// The managed scripts that settings name.
    named: BTreeSet<RelPath>,
    out: Decision,
}

impl<'a> Deciding<'a> {
    pub fn new(
        base: &'a Base,
        ours: &'a Snapshot,
        theirs: &'a Upstream,
        marks: &'a Marks,
        renamed: BTreeMap<RelPath, RelPath>,
    ) -> Self {
        let identities = scripts::identities(base, theirs);
        let named = scripts::scripts_named(ours, &base.files, &identities);
        Self {
            base,
            ours,
            theirs,
            marks,
            identities,
            renamed,
            named,
            out: Decision::default(),
        }
    }

    /// Returns what was decided.
    pub fn decision(mut self) -> Decision {
        self.out.rows.sort();
        self.out
    }

    /// Returns the paths of base and upstream that are shared, or those that a template owns whole.
    fn paths(&self, is_shared: bool) -> BTreeSet<&'a RelPath> {
        let all = self.base.files.keys().chain(self.theirs.files.keys());
        all.filter(|path| self.is_shared(path) == is_shared)
            .collect()
    }

    fn is_shared(&self, path: &RelPath) -> bool {
        let (base, theirs) = (self.base.files.get(path), self.theirs.files.get(path));
        base.is_some_and(|record| record.as_whole().is_none())
            || theirs.is_some_and(|content| content.as_whole().is_none())
    }

    fn local(&self, path: &RelPath) -> Local {
        match self.ours.get(path) {
            Some(local) => local.clone(),
            None => Local::new(path.clone(), Found::Absent(Absence::Deleted)),
        }
    }

    fn change(&mut self, path: RelPath, stage: Stage, old: Option<File>, new: Option<File>) {
        if old == new {
            return;
        }
        let stage = match new {
            Some(_) => stage,
            None => Stage::Deletion,
        };
        self.out.changes.push(FileChange {
            path,
            stage,
            old,
            new,
        });
    }

    fn note(&mut self, path: &RelPath, note: Note) {
        self.out.notes.push((path.clone(), note));
    }

    fn refuse(&mut self, path: &RelPath, refusal: Refusal) {
        self.out.refusals.push((path.clone(), refusal));
    }

    fn change_of(&self, real: &RelPath) -> Option<&FileChange> {
        self.out.changes.iter().find(|change| change.path == *real)
    }

    /// Returns whether the file at a real path is deleted.
    fn is_deleted(&self, real: &RelPath) -> bool {
        let mut changes = self.out.changes.iter();
        changes.any(|change| change.path == *real && change.new.is_none())
    }

    /// Returns the file that will be at a path.
    fn in_the_end(&self, path: &RelPath) -> Option<File> {
        let local = self.local(path);
        match self.change_of(&local.real) {
            Some(change) => change.new.clone(),
            None => local.file().cloned(),
        }
    }
}
