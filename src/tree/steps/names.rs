//! No two files get one name.

use std::collections::{BTreeMap, BTreeSet};

use crate::merge::open_conflicts;
use crate::model::conflict::WholeFileReason;
use crate::model::path::RelPath;
use crate::model::plan::FileChange;

use super::{Deciding, Refusal};
use crate::tree::Row;

/// The paths that there will be, by their names on file systems that ignore case.
type FoldedNames = BTreeMap<String, BTreeSet<RelPath>>;

impl Deciding<'_> {
    /// No new file gets a name that differs from another file's only in case.
    pub fn conflict_on_case_collisions(&mut self) {
        let names = self.names_in_the_end();
        let mut given_up = Vec::new();
        for change in std::mem::take(&mut self.out.changes) {
            let is_new = change.old.is_none() && change.new.is_some();
            match other_name(&names, &change.path).filter(|_| is_new) {
                Some(other) => given_up.push((change.path, other.clone())),
                None => self.out.changes.push(change),
            }
        }
        for (real, other) in given_up {
            self.take_back(&real, other);
        }
    }

    fn names_in_the_end(&self) -> FoldedNames {
        let mut paths: BTreeSet<&RelPath> = BTreeSet::new();
        for local in self.ours.values() {
            if !local.is_absent() && !self.is_deleted(&local.real) {
                paths.insert(&local.real);
            }
        }
        for change in &self.out.changes {
            paths.extend(change.new.as_ref().map(|_| &change.path));
        }
        let mut names = FoldedNames::new();
        for path in paths {
            let alike = names.entry(path.folded()).or_default();
            alike.insert(path.clone());
        }
        names
    }

    /// Turns a new file that was already decided into a conflict.
    fn take_back(&mut self, real: &RelPath, other: RelPath) {
        let mut ours = self.ours.iter();
        let logical = ours.find(|(_, local)| local.real == *real);
        let path = logical.map_or(real, |(path, _)| path).clone();
        self.out.rows.retain(|(other, _)| *other != path);
        self.out.notes.retain(|(other, _)| *other != path);
        if let Some(old) = self.renamed.get(&path).cloned() {
            // A file that was about to move stays, and is the team's now.
            let real = self.local(&old).real;
            self.out.changes.retain(|change| change.path != real);
            self.out.rows.push((real, Row::KeptUnmanaged));
        }
        let conflict = open_conflicts::whole(WholeFileReason::Folded(other), None);
        self.out.conflicts.insert(path.clone(), vec![conflict]);
        self.remember(&path, Row::Contested);
    }

    /// Keeps what another managed path leads to through a link: a file that upstream still wants
    /// there isn't deleted, and what two paths make of it alike is one change.
    pub fn keep_shared_places(&mut self) {
        let mut wanted = BTreeSet::new();
        for path in self.theirs.files.keys() {
            wanted.insert(self.local(path).real);
        }
        let (mut kept, mut staying) = (Vec::new(), BTreeSet::new());
        for change in std::mem::take(&mut self.out.changes) {
            let is_known = kept
                .iter()
                .any(|other: &FileChange| (&other.path, &other.new) == (&change.path, &change.new));
            if change.new.is_none() && wanted.contains(&change.path) {
                staying.insert(change.path);
            } else if !is_known {
                kept.push(change);
            }
        }
        self.out.changes = kept;
        let mut rows = std::mem::take(&mut self.out.rows);
        rows.retain(|(path, row)| {
            *row != Row::Deleted || !staying.contains(&self.local(path).real)
        });
        self.out.rows = rows;
    }

    /// Refuses to write a file twice, where two paths lead to it through a link.
    pub fn refuse_two_writes(&mut self) {
        let mut seen = BTreeSet::new();
        for change in &self.out.changes {
            if !seen.insert(&change.path) {
                let refusal = (change.path.clone(), Refusal::TwoWrites);
                self.out.refusals.push(refusal);
            }
        }
    }
}

/// Returns the name of another file that differs only in case.
fn other_name<'a>(names: &'a FoldedNames, path: &RelPath) -> Option<&'a RelPath> {
    names
        .get(&path.folded())?
        .iter()
        .find(|other| *other != path)
}
