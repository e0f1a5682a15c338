//! Root instructions that moved: CLAUDE.md became a link to AGENTS.md, or a link became a file.

use std::collections::BTreeMap;

use crate::merge::block;
use crate::model::lock::{BlockRecord, BlocksRecord, Record};
use crate::model::path::RelPath;
use crate::model::tree::File;
use crate::model::upstream::{BlockName, Comment, Upstream};

use super::{Base, Local, Snapshot};

/// Returns the base with the blocks of root instructions at the paths where they are now.
///
/// What was deleted stays deleted, and a block that is found at the new path is the one that was
/// installed. If the old path is still another file, its blocks are removed from it.
pub fn follow(base: &Base, ours: &Snapshot, theirs: &Upstream) -> Base {
    let mut followed = base.clone();
    for (old, record) in old_roots(base, theirs) {
        let Some(new) = new_root(old, &followed, ours, theirs) else {
            continue;
        };
        let is_same = real(old, ours) == real(new, ours);
        let moved = at_new_place(record, new, ours, is_same);
        match followed.files.get_mut(new) {
            // What two agents read apart is one file now.
            Some(Record::Blocks(known)) => {
                for (name, block) in moved.blocks {
                    known.blocks.entry(name).or_insert(block);
                }
            }
            _ => {
                followed.files.insert(new.clone(), Record::Blocks(moved));
            }
        }
        if is_same {
            followed.files.remove(old);
        }
    }
    for (path, content) in &theirs.files {
        let is_root = content
            .as_blocks()
            .is_some_and(|all| all.comment == Comment::Html);
        if is_root && !followed.files.contains_key(path) {
            let blocks = copied(path, base, ours);
            if !blocks.is_empty() {
                let created = false;
                let record = BlocksRecord { created, blocks };
                followed.files.insert(path.clone(), Record::Blocks(record));
            }
        }
    }
    followed
}

/// Returns the blocks of a file that were installed in others: a link that became a file has what
/// it led to.
fn copied(path: &RelPath, base: &Base, ours: &Snapshot) -> BTreeMap<BlockName, BlockRecord> {
    let text = ours.get(path).and_then(Local::file).and_then(File::text);
    let text = text.unwrap_or_default();
    let mut copied = BTreeMap::new();
    for (other, record) in &base.files {
        let Some(record) = record
            .as_blocks()
            .filter(|_| Comment::of(other) == Comment::Html)
        else {
            continue;
        };
        for found in block::find_known(text, Comment::Html, &record.blocks).unwrap_or_default() {
            if let Some(known) = record.blocks.get(&found.name) {
                copied.insert(found.name, known.clone());
            }
        }
    }
    copied
}

/// Returns the root instructions that were installed and that upstream no longer has.
fn old_roots<'a>(base: &'a Base, theirs: &Upstream) -> Vec<(&'a RelPath, &'a BlocksRecord)> {
    let mut roots = Vec::new();
    for (path, record) in &base.files {
        if let Some(blocks) = record.as_blocks()
            && Comment::of(path) == Comment::Html
            && !theirs.files.contains_key(path)
        {
            roots.push((path, blocks));
        }
    }
    roots
}

/// Returns the root instructions of upstream that took the place of some which it no longer has:
/// the file that they lead to, or those that weren't installed.
fn new_root<'a>(
    old: &RelPath,
    base: &Base,
    ours: &Snapshot,
    theirs: &'a Upstream,
) -> Option<&'a RelPath> {
    let mut new = None;
    for (path, content) in &theirs.files {
        let Some(blocks) = content.as_blocks() else {
            continue;
        };
        if blocks.comment == Comment::Html {
            if path == real(old, ours) {
                return Some(path);
            }
            if new.is_none() && !base.files.contains_key(path) {
                new = Some(path);
            }
        }
    }
    new
}

fn at_new_place(
    record: &BlocksRecord,
    new: &RelPath,
    ours: &Snapshot,
    is_same: bool,
) -> BlocksRecord {
    let text = ours.get(new).and_then(Local::file).and_then(File::text);
    let text = text.unwrap_or_default();
    let found = block::find_known(text, Comment::Html, &record.blocks).unwrap_or_default();
    let mut blocks = record.blocks.clone();
    blocks.retain(|owner, block| block.deleted || found.iter().any(|found| found.name == *owner));
    BlocksRecord {
        created: record.created && is_same,
        blocks,
    }
}

fn real<'a>(path: &'a RelPath, ours: &'a Snapshot) -> &'a RelPath {
    ours.get(path).map_or(path, |local| &local.real)
}
