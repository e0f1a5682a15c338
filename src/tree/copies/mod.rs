//! What a team copied from a template by hand before installing it. The release that is nearest to
//! a copy is taken for the one that was copied.
//!
//! A copy gets the base that installing that release at that place would have left. The merge does
//! the rest: the copy moves to where the template has it, with the team's edits, and **nothing is
//! there twice**. Something that resembles a release only by chance isn't a copy: see [`LIKENESS`].
//!
//! | file | what is looked for |
//! |---|---|
//! | `files` | rules and scripts beside their folder, and whatever lies where upstream has a file |
//! | `regions` | the text of a block, without its markers |
//! | `entries` | entries of settings, and hooks that run a copied script |
//! | `traces` | whether more releases have to be looked at |

mod entries;
mod files;
mod regions;
mod traces;

pub use traces::unsure;

use std::collections::{BTreeMap, BTreeSet};

use semver::Version;
use serde_json::Value;

use crate::model::digest::{Digest, git_blob};
use crate::model::lock::{BlockRecord, BlocksRecord, KeysRecord, Record, WholeRecord};
use crate::model::name::TemplateName;
use crate::model::path::RelPath;
use crate::model::snapshot::Snapshot;
use crate::model::tree::File;
use crate::model::upstream::{BlockName, FileOrigin, HookName, HookPlace, Upstream};

use super::{Base, ownership};

/// How alike a copy and its original have to be, from 0 to 1: twice the number of common lines,
/// divided by the lines of both.
pub const LIKENESS: f32 = 0.6;

/// A release as it would be rendered here.
pub struct RenderedRelease {
    pub name: TemplateName,
    pub version: Version,
    /// What it renders to, together with the other templates.
    pub upstream: Upstream,
}

/// Where copies are looked for.
pub struct Search<'a> {
    /// What is installed.
    pub base: &'a Base,
    /// What the repo has where upstream has something.
    pub ours: &'a Snapshot,
    /// The team's own files at the places where hand copies lie.
    pub others: &'a BTreeMap<RelPath, File>,
    /// What upstream wants.
    pub theirs: &'a Upstream,
    /// The releases that may have been copied from, the newest first.
    pub releases: &'a [RenderedRelease],
    /// Returns a file of the team, other than its settings, that names a path, if there is one.
    pub named_by: &'a dyn Fn(&RelPath) -> Option<RelPath>,
    /// The release that the copies of each template are nearest to, once that is known.
    pub favourites: BTreeMap<TemplateName, Version>,
}

/// Why a copy stays where it is, beside what the template brings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Left {
    /// This file names it by its path.
    Named(RelPath),
    /// Settings run it otherwise than the template does.
    RunOtherwise,
    /// Scripts beside it may need it, or it may need them.
    Needed,
    /// It was edited, and refers to other files by paths relative to its own.
    FindsOthers,
}

/// What something was copied from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    pub name: TemplateName,
    /// The version of the release that has the same, or is nearest to it.
    pub version: Version,
    /// Whether the copy is equal to what it was copied from.
    pub is_equal: bool,
}

/// A file that was copied.
#[derive(Clone, Debug)]
struct CopiedFile {
    copied: Copied,
    /// Where it lies.
    at: RelPath,
    /// What it was copied from.
    file: File,
    origin: FileOrigin,
}

/// A block whose text was copied.
#[derive(Clone, Debug)]
struct CopiedBlock {
    copied: Copied,
    record: BlockRecord,
}

/// Entries of a document that were copied.
#[derive(Clone, Debug)]
struct CopiedEntries {
    copied: Copied,
    part: Value,
}

/// What was copied by hand.
#[derive(Clone, Debug, Default)]
pub struct Copies {
    files: BTreeMap<RelPath, CopiedFile>,
    blocks: BTreeMap<RelPath, BTreeMap<BlockName, CopiedBlock>>,
    /// The team's texts with the markers that an install would have put around its blocks.
    marked: BTreeMap<RelPath, String>,
    entries: BTreeMap<RelPath, BTreeMap<TemplateName, CopiedEntries>>,
    hooks: BTreeMap<HookName, HookPlace>,
    /// Copies that stay where they are, with the template's path for them and the reason.
    pub left: BTreeMap<RelPath, (RelPath, Left)>,
}

/// Finds what was copied by hand.
pub fn find(search: &Search) -> Copies {
    let search = Search {
        favourites: search.favourites(),
        ..*search
    };
    let mut copies = Copies::default();
    search.files(&mut copies);
    search.blocks(&mut copies);
    search.entries(&mut copies);
    copies
}

/// The nearest of several releases. Of two that are equally near, the one that the template's other
/// copies are nearest to wins, else the first: the newer one.
struct Nearest<T> {
    best: Option<(f32, bool, T)>,
}

impl<T> Nearest<T> {
    fn new() -> Self {
        Self { best: None }
    }

    fn offer(&mut self, likeness: f32, is_favourite: bool, found: T) {
        let is_nearer = match &self.best {
            None => true,
            Some((other, other_is, _)) => {
                likeness > *other || (likeness >= *other && is_favourite && !other_is)
            }
        };
        if is_nearer {
            self.best = Some((likeness, is_favourite, found));
        }
    }

    fn found(self) -> Option<T> {
        self.best.map(|(_, _, found)| found)
    }
}

impl Search<'_> {
    /// Returns the release that all copies of each template together are nearest to. A copy that is
    /// equally near to several releases is taken to be from that one.
    fn favourites(&self) -> BTreeMap<TemplateName, Version> {
        let mut best: BTreeMap<&TemplateName, (f32, &Version)> = BTreeMap::new();
        for release in self.releases {
            let likeness = self.likeness_of_all(release);
            let most = best.get(&release.name).map_or(0.0, |(most, _)| *most);
            if likeness > most {
                best.insert(&release.name, (likeness, &release.version));
            }
        }
        best.into_iter()
            .map(|(name, (_, version))| (name.clone(), version.clone()))
            .collect()
    }

    fn is_favourite(&self, release: &RenderedRelease) -> bool {
        self.favourites.get(&release.name) == Some(&release.version)
    }

    /// Returns whether a template has something installed in a shared file.
    fn is_known(&self, path: &RelPath, owner: &TemplateName) -> bool {
        let record = self.base.files.get(path);
        record.is_some_and(|record| {
            record.as_whole().is_none() && ownership::of(record).owners().contains(&owner)
        })
    }

    fn of<'s>(&'s self, name: &'s TemplateName) -> impl Iterator<Item = &'s RenderedRelease> {
        self.releases
            .iter()
            .filter(move |release| release.name == *name)
    }
}

impl Copies {
    /// Returns whether nothing was copied.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty() && self.blocks.is_empty() && self.entries.is_empty()
    }

    /// Returns the copies by where they lie, each file once for each template.
    pub fn list(&self) -> BTreeMap<(RelPath, TemplateName), Copied> {
        let mut all = BTreeMap::new();
        for file in self.files.values() {
            let key = (file.at.clone(), file.copied.name.clone());
            all.insert(key, file.copied.clone());
        }
        for (path, blocks) in &self.blocks {
            for (name, block) in blocks {
                let key = (path.clone(), name.template.clone());
                all.insert(key, block.copied.clone());
            }
        }
        for (path, entries) in &self.entries {
            for (owner, entries) in entries {
                all.insert((path.clone(), owner.clone()), entries.copied.clone());
            }
        }
        all
    }

    fn has_any_of(&self, name: &TemplateName) -> bool {
        let of_files = self.files.values().any(|file| file.copied.name == *name);
        let mut of_blocks = self.blocks.values().flat_map(BTreeMap::keys);
        of_files || of_blocks.any(|block| block.template == *name)
    }

    /// Gives the copies the bases that an installation would have left.
    pub fn apply(self, base: &mut Base) {
        for (path, copy) in self.files {
            if copy.at != path {
                base.copied_from.insert(path, copy.at.clone());
                base.files
                    .insert(copy.at.clone(), Record::Whole(copy.record()));
            }
            base.bytes.insert(copy.at, copy.file.bytes);
        }
        for (path, blocks) in self.blocks {
            let nothing = || Record::Blocks(BlocksRecord::default());
            if let Record::Blocks(record) = base.files.entry(path).or_insert_with(nothing) {
                let records = blocks.into_iter();
                record
                    .blocks
                    .extend(records.map(|(owner, block)| (owner, block.record)));
            }
        }
        for (path, entries) in self.entries {
            let nothing = || Record::Keys(KeysRecord::default());
            if let Record::Keys(record) = base.files.entry(path).or_insert_with(nothing) {
                for (owner, CopiedEntries { part, .. }) in entries {
                    record.parts.insert(owner.clone(), part.clone());
                    record.adopted.insert(owner, part);
                }
            }
        }
        base.marked.extend(self.marked);
        base.hooks.extend(self.hooks);
    }

    /// Returns the places of copied files that upstream has elsewhere.
    pub fn places(&self) -> BTreeSet<&RelPath> {
        let elsewhere = self.files.iter().filter(|(path, copy)| copy.at != **path);
        elsewhere.map(|(_, copy)| &copy.at).collect()
    }
}

impl CopiedFile {
    fn record(&self) -> WholeRecord {
        WholeRecord {
            origin: self.origin.clone(),
            digest: Digest::of(&self.file.bytes),
            blob: git_blob(&self.file.bytes),
            executable: self.file.executable,
            seed: false,
            deleted: false,
            // The team had it before, so it stays when the template goes.
            adopted: true,
            moved: None,
        }
    }
}

/// Returns the file that a snapshot has at a path.
fn file_in<'a>(ours: &'a Snapshot, path: &RelPath) -> Option<&'a File> {
    ours.get(path)?.found.own_file()
}

#[cfg(test)]
mod tests;
