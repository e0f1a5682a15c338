//! Files that upstream renamed: what was installed under the old name is the base of the new one.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::model::digest::Digest;
use crate::model::lock::WholeRecord;
use crate::model::path::RelPath;
use crate::model::tree::File;
use crate::model::upstream::{FileOrigin, Upstream, Whole};

use super::{Base, Found, Snapshot};

/// The old name of a file, and the new one.
type Pair<'a> = (&'a RelPath, &'a RelPath);

/// Moves the base of each file that upstream renamed to its new name. Returns the old name of each.
///
/// A rename is declared by the template, or is recognized: one file went, and one came with the
/// same bytes that [can't be equal by chance](is_kin). Hand copies of the team move to where
/// upstream has them. Seeds don't move, since they are the team's, nor does anything that isn't a
/// file any more.
pub fn follow(base: &mut Base, ours: &Snapshot, theirs: &Upstream) -> BTreeMap<RelPath, RelPath> {
    let mut candidates = Candidates {
        gone: gone(base, ours, theirs),
        new: new(base, theirs),
    };
    let mut declared = candidates.pairs_by_name(&theirs.renames);
    candidates.add_copies(base, &mut declared);
    candidates.add_scripts(base, theirs, &mut declared);
    candidates.forget(&declared);
    let mut likely = candidates.pairs_by_name(&theirs.likely_renames);
    likely.retain(|(old, now)| is_still_one(ours, old, candidates.new[now]));
    let mut seen = candidates.pairs_by_bytes();
    seen.retain(|(old, now)| {
        let is_known = likely.iter().any(|(one, other)| one == old || other == now);
        !is_known && is_one(ours, old, now, candidates.new[now])
    });
    let mut renamed = BTreeMap::new();
    for (old, now) in declared.into_iter().chain(seen).chain(likely) {
        renamed.insert(now.clone(), old.clone());
    }
    for (now, old) in &renamed {
        base.rename(old, now);
    }
    renamed
}

/// Files that may be one under two names.
struct Candidates<'a> {
    /// The files that were installed and that upstream doesn't have under their names.
    gone: BTreeMap<&'a RelPath, &'a WholeRecord>,
    /// The files that upstream has and that weren't installed under their names.
    new: BTreeMap<&'a RelPath, &'a Whole>,
}

impl<'a> Candidates<'a> {
    /// Returns the pair of two names, if both may be one file.
    fn pair(&self, old: &RelPath, now: &RelPath) -> Option<Pair<'a>> {
        let (old, _) = self.gone.get_key_value(old)?;
        let (now, _) = self.new.get_key_value(now)?;
        Some((old, now))
    }

    /// Pairs the files that these renames name.
    fn pairs_by_name(&self, renames: &BTreeMap<FileOrigin, RelPath>) -> Vec<Pair<'a>> {
        let mut pairing = Pairing::default();
        for (path, record) in &self.gone {
            if let Some(source) = renames.get(&record.origin.rendered()) {
                let origin = FileOrigin {
                    template: record.origin.template.clone(),
                    source: source.clone(),
                };
                pairing.add_old(origin.rendered(), path);
            }
        }
        for (path, whole) in &self.new {
            pairing.add_new(whole.origin.rendered(), path);
        }
        pairing.pairs()
    }

    /// Pairs the files that have the same bytes.
    fn pairs_by_bytes(&self) -> Vec<Pair<'a>> {
        let mut pairing = Pairing::default();
        for (path, record) in &self.gone {
            pairing.add_old(record.digest, path);
        }
        for (path, whole) in &self.new {
            pairing.add_new(Digest::of(&whole.file.bytes), path);
        }
        pairing.pairs()
    }

    /// Adds the files that the team copied by hand.
    fn add_copies(&self, base: &Base, pairs: &mut Vec<Pair<'a>>) {
        for (now, old) in &base.copied_from {
            if let Some(pair) = self.pair(old, now)
                && !pairs.iter().any(|(_, other)| *other == pair.1)
            {
                pairs.push(pair);
            }
        }
    }

    /// Adds the scripts of hooks: a hook stays the same when its script gets another name.
    fn add_scripts(&self, base: &Base, theirs: &Upstream, pairs: &mut Vec<Pair<'a>>) {
        for (name, before) in &base.hooks {
            if let Some(now) = theirs.hooks.get(name)
                && let Some((old, now)) = self.pair(&before.script, &now.script)
                && !pairs
                    .iter()
                    .any(|(one, other)| *one == old || *other == now)
            {
                pairs.push((old, now));
            }
        }
    }

    /// Removes files that are paired from the candidates.
    fn forget(&mut self, pairs: &[Pair<'a>]) {
        for (old, now) in pairs {
            self.gone.remove(old);
            self.new.remove(now);
        }
    }
}

/// Paths by what makes an old and a new one the same file.
struct Pairing<'a, K>(BTreeMap<K, [BTreeSet<&'a RelPath>; 2]>);

impl<K> Default for Pairing<'_, K> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<'a, K: Ord> Pairing<'a, K> {
    fn add_old(&mut self, key: K, path: &'a RelPath) {
        let [old, _] = self.0.entry(key).or_default();
        old.insert(path);
    }

    fn add_new(&mut self, key: K, path: &'a RelPath) {
        let [_, new] = self.0.entry(key).or_default();
        new.insert(path);
    }

    /// Returns the pair of each key that has exactly one old and one new path. Where several agents
    /// have a copy each, that holds in each agent's folder.
    fn pairs(&self) -> Vec<Pair<'a>> {
        let mut pairs = Vec::new();
        for [old, new] in self.0.values() {
            let (all_old, all_new): (Vec<_>, Vec<_>) =
                (old.iter().copied().collect(), new.iter().copied().collect());
            if let ([old], [new]) = (all_old.as_slice(), all_new.as_slice()) {
                pairs.push((*old, *new));
                continue;
            }
            let places: BTreeSet<&str> = all_old.iter().map(|path| top_folder(path)).collect();
            for place in places {
                let (old, new) = (in_place(&all_old, place), in_place(&all_new, place));
                if let ([old], [new]) = (old.as_slice(), new.as_slice()) {
                    pairs.push((*old, *new));
                }
            }
        }
        pairs
    }
}

/// Returns the outermost folder of a path: agents have different ones.
fn top_folder(path: &RelPath) -> &str {
    path.as_str()
        .split_once('/')
        .map_or("", |(folder, _)| folder)
}

fn in_place<'a>(paths: &[&'a RelPath], place: &str) -> Vec<&'a RelPath> {
    let mut there = paths.to_vec();
    there.retain(|path| top_folder(path) == place);
    there
}

/// Returns whether a file that went and one that came with its bytes are the same file.
fn is_one(ours: &Snapshot, old: &RelPath, now: &RelPath, whole: &Whole) -> bool {
    let bytes = &whole.file.bytes;
    match own_file(ours, old) {
        // Nobody edited it, so upstream alone decides where it goes.
        Some(file) if file.bytes == *bytes => !bytes.is_empty(),
        Some(file) => is_kin(old, now, bytes) && !is_another(file, bytes),
        None => is_kin(old, now, bytes),
    }
}

/// Whether what the team has is still the file that came of it, over versions between.
fn is_still_one(ours: &Snapshot, old: &RelPath, whole: &Whole) -> bool {
    let file = own_file(ours, old);
    file.is_none_or(|file| !is_another(file, &whole.file.bytes))
}

/// Returns whether a file that went and one that came, both with these bytes, are the same file:
/// they have the same name or the same folder, and more than a few lines that any file might have.
pub fn is_kin(old: &RelPath, new: &RelPath, bytes: &[u8]) -> bool {
    const LINES: usize = 3;
    const BYTES: usize = 64;
    let are_near = old.file_name() == new.file_name() || old.parent() == new.parent();
    let says_enough = said(bytes).count() >= LINES || bytes.len() >= BYTES;
    old.folded() == new.folded() || are_near && says_enough
}

/// Returns the lines that aren't blank, without line ends.
fn said(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let lines = bytes.split(|byte| *byte == b'\n');
    let trimmed = lines.map(<[u8]>::trim_ascii_end);
    trimmed.filter(|line| !line.is_empty())
}

/// Returns whether the team rewrote a file that went: less than half of its lines are left. Then it
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

fn own_file<'a>(ours: &'a Snapshot, path: &RelPath) -> Option<&'a File> {
    ours.get(path)?.found.own_file()
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

fn gone<'a>(
    base: &'a Base,
    ours: &Snapshot,
    theirs: &Upstream,
) -> BTreeMap<&'a RelPath, &'a WholeRecord> {
    let mut gone = BTreeMap::new();
    for (path, record) in &base.files {
        let is_file = match ours.get(path).map(|local| &local.found) {
            Some(Found::File(_) | Found::Absent(_)) | None => true,
            Some(Found::Link(_) | Found::Obstacle(_)) => false,
        };
        if let Some(record) = record.as_whole()
            && is_file
            && !record.seed
            && !theirs.files.contains_key(path)
        {
            gone.insert(path, record);
        }
    }
    gone
}

fn new<'a>(base: &Base, theirs: &'a Upstream) -> BTreeMap<&'a RelPath, &'a Whole> {
    let mut new = BTreeMap::new();
    for (path, content) in &theirs.files {
        if let Some(whole) = content.as_whole()
            && !whole.seed
            && !base.files.contains_key(path)
        {
            new.insert(path, whole);
        }
    }
    new
}
