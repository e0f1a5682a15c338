//! Files that upstream renamed: what was installed under the old name is the base of the new one.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::model::digest::Digest;
use crate::model::lock::{Record, WholeRecord};
use crate::model::path::RelPath;
use crate::model::tree::File;
use crate::model::upstream::{Content, FileOrigin, Upstream, Whole};

use super::{Base, Found, Ours};

/// Moves the base of each file that upstream renamed to its new name. Returns the old name of each.
///
/// A rename is declared by the template, or is there for all to see: one file went and one came
/// with its bytes, which are [more than a few](is_kin). What the team copied by hand goes to where
/// upstream has it. A seed is the team's wherever it lies, and what is no file any more can't go
/// along.
pub fn follow(base: &mut Base, ours: &Ours, theirs: &Upstream) -> BTreeMap<RelPath, RelPath> {
    let gone = gone(base, ours, theirs);
    let new = new(base, theirs);
    let copied: Vec<(&RelPath, &RelPath)> = base
        .copied_from
        .iter()
        .filter_map(|(new_path, old)| {
            let (old, _) = gone.get_key_value(old)?;
            let (new_path, _) = new.get_key_value(new_path)?;
            Some((*old, *new_path))
        })
        .collect();
    let mut declared = pairs(
        gone.iter().filter_map(|(path, record)| {
            let origin = declared_as(&record.origin, &theirs.renames)?;
            Some((origin, *path))
        }),
        new.iter()
            .map(|(path, whole)| (whole.origin.rendered(), *path)),
    );
    for (old, now) in copied {
        if !declared.iter().any(|(_, other)| *other == now) {
            declared.push((old, now));
        }
    }
    // A hook is the same one whatever its script is called.
    for (name, before) in &base.hooks {
        let now = theirs.hooks.get(name);
        let now = now.and_then(|now| new.get_key_value(&now.script));
        let before = gone.get_key_value(&before.script);
        if let (Some((old, _)), Some((now, _))) = (before, now)
            && !declared
                .iter()
                .any(|(one, other)| one == old || other == now)
        {
            declared.push((*old, *now));
        }
    }
    let told = |path: &RelPath| {
        declared
            .iter()
            .any(|(old, new)| [*old, *new].contains(&path))
    };
    let likely = pairs(
        gone.iter()
            .filter(|(path, _)| !told(path))
            .filter_map(|(path, record)| {
                let origin = declared_as(&record.origin, &theirs.likely_renames)?;
                Some((origin, *path))
            }),
        new.iter()
            .filter(|(path, _)| !told(path))
            .map(|(path, whole)| (whole.origin.rendered(), *path)),
    );
    let seen = pairs(
        gone.iter()
            .filter(|(path, _)| !told(path))
            .map(|(path, record)| (record.digest, *path)),
        new.iter()
            .filter(|(path, _)| !told(path))
            .map(|(path, whole)| (Digest::of(&whole.file.bytes), *path)),
    );
    let whole = |path: &RelPath| new.get(path).copied();
    let likely: Vec<_> = likely
        .into_iter()
        .filter(|(old, now)| whole(now).is_some_and(|whole| is_still_one(ours, old, whole)))
        .collect();
    let known = |path: &RelPath| likely.iter().any(|(old, now)| [*old, *now].contains(&path));
    let seen = seen.into_iter().filter(|(old, now)| {
        let is_one = whole(now).is_some_and(|whole| is_one(ours, old, now, whole));
        is_one && !known(old) && !known(now)
    });
    let renamed: BTreeMap<RelPath, RelPath> = declared
        .into_iter()
        .chain(seen)
        .chain(likely.iter().copied())
        .map(|(old, new)| (new.clone(), old.clone()))
        .collect();
    for (new, old) in &renamed {
        base.rename(old, new);
    }
    renamed
}

/// Whether a file that went is one that came with its bytes.
fn is_one(ours: &Ours, old: &RelPath, now: &RelPath, whole: &Whole) -> bool {
    let bytes = &whole.file.bytes;
    match file_at(ours, old) {
        // Nobody edited it: what lies where is upstream's alone.
        Some(file) if file.bytes == *bytes => !bytes.is_empty(),
        Some(file) => is_kin(old, now, bytes) && !is_another(file, bytes),
        None => is_kin(old, now, bytes),
    }
}

/// Whether what the team has is still the file that came of it, over versions between.
fn is_still_one(ours: &Ours, old: &RelPath, whole: &Whole) -> bool {
    let file = file_at(ours, old);
    file.is_none_or(|file| !is_another(file, &whole.file.bytes))
}

/// Returns whether a file that went and one that came are one, where both have these bytes: they
/// have one name or one folder, and say more than a few lines that many files say.
pub fn is_kin(old: &RelPath, new: &RelPath, bytes: &[u8]) -> bool {
    const LINES: usize = 3;
    const BYTES: usize = 64;
    let are_near = old.file_name() == new.file_name() || old.parent() == new.parent();
    let says_enough = said(bytes).count() >= LINES || bytes.len() >= BYTES;
    old.folded() == new.folded() || are_near && says_enough
}

/// Returns the lines that say something, whatever ends them.
fn said(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let lines = bytes.split(|byte| *byte == b'\n');
    let trimmed = lines.map(<[u8]>::trim_ascii_end);
    trimmed.filter(|line| !line.is_empty())
}

/// Whether the team made another file of one that went: less than half of the lines are left. That
/// is the team's own, and stays where it is.
fn is_another(file: &File, base: &[u8]) -> bool {
    let here: HashSet<&[u8]> = said(&file.bytes).collect();
    let (mut all, mut left) = (0, 0);
    for line in said(base) {
        all += 1;
        left += usize::from(here.contains(line));
    }
    2 * left < all
}

fn file_at<'a>(ours: &'a Ours, path: &RelPath) -> Option<&'a File> {
    match ours.get(path).map(|local| &local.found) {
        Some(Found::File(file)) => Some(file),
        _ => None,
    }
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

fn declared_as(origin: &FileOrigin, renames: &BTreeMap<FileOrigin, RelPath>) -> Option<FileOrigin> {
    let source = renames.get(&origin.rendered())?;
    Some(
        FileOrigin {
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
