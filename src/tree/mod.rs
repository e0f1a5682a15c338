//! The decision table: what becomes of each path, from what was installed, what the repo has and
//! what upstream wants.
//!
//! One pure function serves every verb: [`decide`]. What it can't decide is a conflict, with ours in
//! its place, which the lock remembers until a person settles it; or a [`Refusal`], which has to be
//! mended first. Nothing is guessed.

pub mod copies;
mod moved;
pub mod renamed;
mod revert;
mod shared;
mod state;
mod table;
mod way;
mod whole;

use bytes::Bytes;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Range;

pub use revert::{AfterPlan, Revert, managed, revert};
pub use state::{State, holds_some, state, why_broken};
pub use way::make_way;

pub use crate::model::snapshot::{Absence, Elsewhere, Found, Local, Obstacle, Ours};

use serde_json::Value;

use crate::agent::POLICIES;
use crate::agent::claude::handlers::each_handler;
use crate::merge::block::Marks;
use crate::merge::pieces::{self, Location, Side, Sides};
use crate::merge::{json, unsettled};
use crate::model::conflict::{ConflictPlace, Open, WholeFileReason};
use crate::model::digest::Digest;
use crate::model::lock::Record;
use crate::model::name::TemplateName;
use crate::model::path::RelPath;
use crate::model::plan::{FileChange, Stage};
use crate::model::tree::File;
use crate::model::upstream::{Content, HookName, HookPlace, Upstream};

use whole::Decided;

/// What was installed: the base of every path, as the lock remembers it.
#[derive(Clone, Debug, Default)]
pub struct Base {
    /// The base of each managed path.
    pub files: BTreeMap<RelPath, Record>,
    /// Where each hook was placed.
    pub hooks: BTreeMap<HookName, HookPlace>,
    /// The bytes of whole files' bases, as far as they are at hand: the lock has their digests
    /// alone.
    pub bytes: BTreeMap<RelPath, Bytes>,
    /// Where the team's hand copies lie of files that upstream brings, by where these go.
    pub copied_from: BTreeMap<RelPath, RelPath>,
    /// Texts of the team's with markers around what it copied from blocks by hand.
    pub marked: BTreeMap<RelPath, String>,
}

impl Base {
    /// Takes in the bytes of files that are what was installed, by their digest.
    pub fn learn(&mut self, rendered: &Upstream) {
        for (path, record) in &self.files {
            if let (Record::Whole(record), Some(Content::Whole(whole))) =
                (record, rendered.files.get(path))
                && Digest::of(&whole.file.bytes) == record.digest
            {
                self.bytes.insert(path.clone(), whole.file.bytes.clone());
            }
        }
    }
}

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
        ours: &Ours,
        paths: impl IntoIterator<Item = &'a RelPath>,
    ) -> BTreeMap<RelPath, File> {
        let changes: BTreeMap<&RelPath, &FileChange> = self
            .changes
            .iter()
            .map(|change| (&change.path, change))
            .collect();
        let mut files = BTreeMap::new();
        for path in paths {
            let local = ours.get(path);
            let change = changes.get(local.map_or(path, |local| &local.real));
            let file = match (change, local.map(|local| &local.found)) {
                (Some(change), _) => change.new.clone(),
                (None, Some(Found::File(file) | Found::Link(file))) => Some(file.clone()),
                (None, _) => None,
            };
            files.extend(file.map(|file| (path.clone(), file)));
        }
        files
    }

    /// Returns whether it would have gone further with the bytes of what was installed; see
    /// [`Base::learn`].
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

/// Why a path can't be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Something else is in the way.
    Obstacle(Obstacle),
    /// What was written was edited since.
    BothChanged,
    /// A block that was written was edited since.
    BlockBothChanged(TemplateName),
    /// One value, two wishes.
    Value {
        /// The place, as a JSON pointer.
        pointer: String,
        /// Ours as compact JSON.
        ours: String,
        /// Theirs as compact JSON.
        theirs: String,
    },
    /// The file is not strict JSON.
    NotJson(json::InvalidJson),
    /// The markers in the file make no blocks.
    Markers(crate::merge::block::MalformedMarkers),
    /// A file with blocks or keys that isn't text.
    NotText,
    /// Two managed paths lead to this one file.
    TwoWrites,
    /// Settings would name a script that won't exist.
    ScriptGone(RelPath),
}

impl Refusal {
    /// Returns the refusal of a value that both sides changed; what one side lacks is `null` there.
    fn value(conflict: &pieces::Conflict, sides: &Sides<'_>) -> Self {
        let Location::Value(pointer) = &conflict.place else {
            return Self::BothChanged;
        };
        let compact = |side, span: &Option<Range<usize>>| {
            let bytes = span
                .clone()
                .map_or(&b"null"[..], |span| &sides.of(side)[span]);
            serde_json::from_slice::<Value>(bytes)
                .unwrap_or_default()
                .to_string()
        };
        let (ours, theirs) = (
            compact(Side::Ours, &conflict.ours),
            compact(Side::Theirs, &conflict.theirs),
        );
        Self::Value {
            pointer: pointer.clone(),
            ours,
            theirs,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Obstacle(obstacle) => write!(f, "{} is in the way", obstacle.what),
            Self::BothChanged => f.write_str("edited here, and changed upstream"),
            Self::BlockBothChanged(owner) => {
                write!(
                    f,
                    "the block of `{owner}` was edited here, and is another upstream"
                )
            }
            Self::Value {
                pointer,
                ours,
                theirs,
            } => {
                write!(f, "`{pointer}` is {ours} here and {theirs} upstream")
            }
            Self::NotJson(invalid) => invalid.fmt(f),
            Self::Markers(malformed) => malformed.fmt(f),
            Self::TwoWrites => f.write_str("two managed files are this one, over a link"),
            Self::NotText => f.write_str("it is not UTF-8 text: save it as UTF-8"),
            Self::ScriptGone(script) => write!(f, "it runs `{script}`, which would not exist"),
        }
    }
}

/// Merges the trees.
///
/// `ours` has an entry for each path of `base` and `theirs`. Conflicts are marked in prose of the
/// templates that `marks` names.
pub fn decide(base: &Base, ours: &Ours, theirs: &Upstream, marks: &Marks) -> Decision {
    let mut followed = moved::follow_root(base, ours, theirs);
    let renamed = renamed::follow(&mut followed, ours, theirs);
    let base = &followed;
    let identities = identities(base, theirs);
    let named = scripts_named(ours, &base.files, &identities);
    let mut merger = Merger {
        base,
        ours,
        theirs,
        marks,
        identities,
        renamed,
        named,
        out: Decision::default(),
    };
    let paths: BTreeSet<&RelPath> = base.files.keys().chain(theirs.files.keys()).collect();
    let (shared, whole): (Vec<&RelPath>, Vec<&RelPath>) =
        paths.into_iter().partition(|path| merger.is_shared(path));
    let mut decided: BTreeMap<&RelPath, Decided> = BTreeMap::new();
    for path in whole {
        let is_named = merger.named.contains(path)
            || merger
                .renamed
                .get(path)
                .is_some_and(|old| merger.named.contains(old));
        decided.extend(merger.whole_row(path, is_named).map(|one| (path, one)));
    }
    // A hook's entry and its script come and go together: an edit of either keeps both.
    let held = decided
        .iter()
        .filter(|(path, one)| one.row == Row::Released && merger.is_edited(path))
        .map(|(path, _)| (*path).clone())
        .collect();
    for path in shared {
        merger.shared(path, &held);
    }
    // A script that stays although upstream dropped it may need what lay beside it.
    let dropped = |script: &RelPath| !theirs.files.contains_key(script);
    let released = merger.named_in_the_end().into_iter().filter(dropped);
    let needed: BTreeSet<String> = released
        .filter_map(|script| script.parent())
        .map(String::from)
        .collect();
    let is_needed = |path: &RelPath| needed.iter().any(|folder| path.below(folder).is_some());
    for (path, mut one) in decided {
        if one.row == Row::Deleted && is_needed(path) {
            one.row = Row::Released;
        }
        let stays = merger.renamed.get(path).is_some_and(is_needed);
        merger.write_whole(path, one, stays);
    }
    merger.names_that_fold();
    merger.refuse_what_stays_in_the_way();
    merger.refuse_dead_hooks();
    merger.refuse_two_writes();
    merger.out.rows.sort();
    merger.out
}

/// The scripts of managed hooks, old and new ones under their hook's one name.
pub fn identities(base: &Base, theirs: &Upstream) -> json::Identities {
    let mut identities = json::Identities::new(POLICIES);
    for (HookName { template, id }, place) in base.hooks.iter().chain(&theirs.hooks) {
        identities.insert(
            &place.event,
            place.script.clone(),
            format!("{template}/{id}"),
        );
    }
    identities
}

/// Returns the managed scripts that the repo's settings name: one that isn't there is missing,
/// whatever git says.
pub fn scripts_named(
    ours: &Ours,
    files: &BTreeMap<RelPath, Record>,
    identities: &json::Identities,
) -> BTreeSet<RelPath> {
    let mut named = BTreeSet::new();
    for path in files
        .iter()
        .filter(|(_, record)| matches!(record, Record::Keys(_)))
        .map(|(path, _)| path)
    {
        if let Some(Found::File(file) | Found::Link(file)) =
            ours.get(path).map(|local| &local.found)
            && let Some(Ok(document)) = file.text().map(json::Document::parse)
        {
            named.extend(scripts_in(document.value(), identities));
        }
    }
    named
}

/// Returns the managed scripts that a settings document names, whatever the event and whoever wrote
/// the entry.
pub fn scripts_in(document: &Value, identities: &json::Identities) -> BTreeSet<RelPath> {
    let mut named = BTreeSet::new();
    each_handler(document, &mut |handler| {
        named.extend(identities.script(handler).cloned())
    });
    named
}

struct Merger<'a> {
    base: &'a Base,
    ours: &'a Ours,
    theirs: &'a Upstream,
    marks: &'a Marks,
    identities: json::Identities,
    /// The old name of each file that upstream renamed.
    renamed: BTreeMap<RelPath, RelPath>,
    /// The managed scripts that settings name.
    named: BTreeSet<RelPath>,
    out: Decision,
}

impl Merger<'_> {
    fn local(&self, path: &RelPath) -> Local {
        let absent = || Local::new(path.clone(), Found::Absent(Absence::Deleted));
        self.ours.get(path).cloned().unwrap_or_else(absent)
    }

    fn is_shared(&self, path: &RelPath) -> bool {
        !matches!(
            (self.base.files.get(path), self.theirs.files.get(path)),
            (
                Some(Record::Whole(_)) | None,
                Some(Content::Whole(_)) | None
            )
        )
    }

    fn change(&mut self, real: RelPath, stage: Stage, old: Option<File>, new: Option<File>) {
        if old != new {
            let stage = if new.is_none() {
                Stage::Deletion
            } else {
                stage
            };
            self.out.changes.push(FileChange {
                path: real,
                stage,
                old,
                new,
            });
        }
    }

    fn note(&mut self, path: &RelPath, note: Note) {
        self.out.notes.push((path.clone(), note));
    }

    fn refuse(&mut self, path: &RelPath, refusal: Refusal) {
        self.out.refusals.push((path.clone(), refusal));
    }

    /// Returns what a path will hold.
    fn in_the_end(&self, path: &RelPath) -> Option<File> {
        let local = self.local(path);
        match self
            .out
            .changes
            .iter()
            .find(|change| change.path == local.real)
        {
            Some(change) => change.new.clone(),
            None => match local.found {
                Found::File(file) | Found::Link(file) => Some(file),
                Found::Absent(_) | Found::Obstacle(_) => None,
            },
        }
    }

    /// Returns the managed scripts that a settings file will name.
    fn scripts_of(&self, path: &RelPath) -> BTreeSet<RelPath> {
        match self
            .in_the_end(path)
            .as_ref()
            .and_then(File::text)
            .map(json::Document::parse)
        {
            Some(Ok(document)) => scripts_in(document.value(), &self.identities),
            _ => BTreeSet::new(),
        }
    }

    fn settings_files(&self) -> BTreeSet<&RelPath> {
        let installed = self
            .base
            .files
            .iter()
            .filter(|(_, record)| matches!(record, Record::Keys(_)));
        let wanted = self
            .theirs
            .files
            .iter()
            .filter(|(_, content)| matches!(content, Content::Keys(_)));
        installed
            .map(|(path, _)| path)
            .chain(wanted.map(|(path, _)| path))
            .collect()
    }

    fn named_in_the_end(&self) -> BTreeSet<RelPath> {
        self.settings_files()
            .into_iter()
            .flat_map(|path| self.scripts_of(path))
            .collect()
    }

    /// **Settings never name a managed script that won't exist.**
    fn refuse_dead_hooks(&mut self) {
        let mut dead = Vec::new();
        for path in self.settings_files() {
            let changed = self
                .out
                .changes
                .iter()
                .any(|change| change.path == self.local(path).real);
            for script in self.scripts_of(path).into_iter().filter(|_| changed) {
                if self.in_the_end(&script).is_none() {
                    dead.push((path.clone(), Refusal::ScriptGone(script)));
                }
            }
        }
        self.out.refusals.extend(dead);
    }

    /// No file is written twice: two paths may lead to it over a link.
    fn refuse_two_writes(&mut self) {
        let mut seen = BTreeSet::new();
        let twice = self
            .out
            .changes
            .iter()
            .map(|change| &change.path)
            .filter(|path| !seen.insert(*path));
        let twice: Vec<_> = twice
            .map(|path| (path.clone(), Refusal::TwoWrites))
            .collect();
        self.out.refusals.extend(twice);
    }
}

impl Merger<'_> {
    /// Nothing new gets a name that is another file's where case is not told apart.
    fn names_that_fold(&mut self) {
        let gone = |path: &RelPath| {
            self.out
                .changes
                .iter()
                .any(|change| change.path == *path && change.new.is_none())
        };
        let there = self
            .ours
            .values()
            .filter(|local| !matches!(local.found, Found::Absent(_)) && !gone(&local.real));
        let new = self
            .out
            .changes
            .iter()
            .filter(|change| change.new.is_some())
            .map(|change| &change.path);
        let mut folded: BTreeMap<String, BTreeSet<RelPath>> = BTreeMap::new();
        for path in there.map(|local| &local.real).chain(new) {
            folded
                .entry(path.folded())
                .or_default()
                .insert(path.clone());
        }
        let other = |change: &FileChange| {
            folded[&change.path.folded()]
                .iter()
                .find(|path| **path != change.path)
                .cloned()
        };
        let (stay, go): (Vec<FileChange>, Vec<FileChange>) = std::mem::take(&mut self.out.changes)
            .into_iter()
            .partition(|change| {
                change.old.is_some() || change.new.is_none() || other(change).is_none()
            });
        self.out.changes = stay;
        for change in go {
            let other = other(&change).expect("it was set apart for its other name");
            self.take_back(change, other);
        }
    }

    /// Makes a conflict of a new file that was decided already.
    fn take_back(&mut self, change: FileChange, other: RelPath) {
        let logical = self
            .ours
            .iter()
            .find(|(_, local)| local.real == change.path)
            .map(|(path, _)| path);
        let path = logical.cloned().unwrap_or_else(|| change.path.clone());
        self.out.rows.retain(|(other, _)| *other != path);
        self.out.notes.retain(|(other, _)| *other != path);
        if let Some(old) = self.renamed.get(&path).cloned() {
            // What was to move stays, and is the team's now.
            let real = self.local(&old).real;
            self.out.changes.retain(|change| change.path != real);
            self.out.rows.push((real, Row::Released));
        }
        self.out.conflicts.insert(
            path.clone(),
            vec![unsettled::whole(WholeFileReason::Folded(other), None)],
        );
        self.remember(&path, Row::Contested);
    }
}

#[cfg(test)]
mod tests;
