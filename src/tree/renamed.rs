//! Files that upstream renamed: what was installed under the old name is the base of the new one.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::digest::Digest;
use crate::model::lock::{Record, WholeRecord};
use crate::model::path::RelPath;
use crate::model::upstream::{Content, Origin, Upstream, Whole};

use super::{Base, Found, Ours};

/// Moves the base of each file that upstream renamed to its new name. Returns the old name of each.
///
/// A rename is declared by the template, or is there for all to see: one file went and one came
/// with its bytes. A seed is the team's wherever it lies, and what is no file any more can't go
/// along.
pub fn follow(base: &mut Base, ours: &Ours, theirs: &Upstream) -> BTreeMap<RelPath, RelPath> {
    let gone = gone(base, ours, theirs);
    let new = new(base, theirs);
    let declared = pairs(
        gone.iter()
            .filter_map(|(path, record)| Some((declared_as(&record.origin, theirs)?, *path))),
        new.iter()
            .map(|(path, whole)| (whole.origin.rendered(), *path)),
    );
    let told = |path: &RelPath| {
        declared
            .iter()
            .any(|(old, new)| [*old, *new].contains(&path))
    };
    // Empty files are no kin.
    let empty = Digest::of(&[]);
    let seen = pairs(
        gone.iter()
            .filter(|(path, _)| !told(path))
            .map(|(path, record)| (record.digest, *path)),
        new.iter()
            .filter(|(path, _)| !told(path))
            .map(|(path, whole)| (Digest::of(&whole.file.bytes), *path)),
    );
    let seen = seen
        .into_iter()
        .filter(|(old, _)| gone.get(old).is_some_and(|record| record.digest != empty));
    let renamed: BTreeMap<RelPath, RelPath> = declared
        .into_iter()
        .chain(seen)
        .map(|(old, new)| (new.clone(), old.clone()))
        .collect();
    for (new, old) in &renamed {
        base.rename(old, new);
    }
    renamed
}

impl Base {
    fn rename(&mut self, old: &RelPath, new: &RelPath) {
        if let Some(record) = self.files.remove(old) {
            self.files.insert(new.clone(), record);
        }
        if let Some(bytes) = self.bytes.remove(old) {
            self.bytes.insert(new.clone(), bytes);
        }
    }
}

/// The files that were installed and that upstream doesn't have under their names.
fn gone<'a>(
    base: &'a Base,
    ours: &Ours,
    theirs: &Upstream,
) -> BTreeMap<&'a RelPath, &'a WholeRecord> {
    let is_file = |path| match ours.get(path).map(|local| &local.found) {
        Some(Found::File(_) | Found::Absent(_)) | None => true,
        Some(Found::Link(_) | Found::Obstacle(_)) => false,
    };
    let files = base.files.iter().filter_map(|(path, record)| match record {
        Record::Whole(record) if !record.seed => Some((path, record)),
        _ => None,
    });
    files
        .filter(|(path, _)| !theirs.files.contains_key(*path) && is_file(path))
        .collect()
}

/// The files that upstream has and that weren't installed under their names.
fn new<'a>(base: &Base, theirs: &'a Upstream) -> BTreeMap<&'a RelPath, &'a Whole> {
    let files = theirs
        .files
        .iter()
        .filter_map(|(path, content)| match content {
            Content::Whole(whole) if !whole.seed => Some((path, whole)),
            _ => None,
        });
    files
        .filter(|(path, _)| !base.files.contains_key(*path))
        .collect()
}

fn declared_as(origin: &Origin, theirs: &Upstream) -> Option<Origin> {
    let source = theirs.renames.get(&origin.rendered())?;
    Some(
        Origin {
            template: origin.template.clone(),
            source: source.clone(),
        }
        .rendered(),
    )
}

/// Pairs the paths of both lists that have one key, where no other path has it.
fn pairs<'a, K: Ord>(
    old: impl Iterator<Item = (K, &'a RelPath)>,
    new: impl Iterator<Item = (K, &'a RelPath)>,
) -> Vec<(&'a RelPath, &'a RelPath)> {
    let mut by_key: BTreeMap<K, (BTreeSet<&'a RelPath>, BTreeSet<&'a RelPath>)> = BTreeMap::new();
    old.for_each(|(key, path)| _ = by_key.entry(key).or_default().0.insert(path));
    new.for_each(|(key, path)| _ = by_key.entry(key).or_default().1.insert(path));
    let single = |paths: &BTreeSet<&'a RelPath>| {
        if paths.len() == 1 {
            paths.first().copied()
        } else {
            None
        }
    };
    by_key
        .values()
        .filter_map(|(old, new)| Some((single(old)?, single(new)?)))
        .collect()
}
