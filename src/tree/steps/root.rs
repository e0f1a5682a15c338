//! Root instructions that moved: CLAUDE.md became a link to AGENTS.md, or a link became a file.

use crate::merge::block;
use crate::model::lock::{BlocksRecord, Record};
use crate::model::path::RelPath;
use crate::model::tree::File;
use crate::model::upstream::{Comment, Upstream};

use super::{Base, Local, Snapshot};

/// Returns the base with the blocks of the root instructions at the path where they are now.
///
/// What was deleted stays deleted, and a block that is found at the new path is the one that was
/// installed. If the old path is still another file, its blocks are removed from it.
pub fn follow(base: &Base, ours: &Snapshot, theirs: &Upstream) -> Base {
    let mut followed = base.clone();
    let (Some((old, record)), Some(new)) = (old_root(base, theirs), new_root(base, theirs)) else {
        return followed;
    };
    let is_same = real(old, ours) == real(new, ours);
    let record = at_new_place(record, new, ours, is_same);
    followed.files.insert(new.clone(), Record::Blocks(record));
    if is_same {
        followed.files.remove(old);
    }
    followed
}

/// Returns the root instructions that were installed and that upstream no longer has.
fn old_root<'a>(base: &'a Base, theirs: &Upstream) -> Option<(&'a RelPath, &'a BlocksRecord)> {
    for (path, record) in &base.files {
        if let Some(blocks) = record.as_blocks()
            && Comment::of(path) == Comment::Html
            && !theirs.files.contains_key(path)
        {
            return Some((path, blocks));
        }
    }
    None
}

/// Returns the root instructions that upstream has and that weren't installed.
fn new_root<'a>(base: &Base, theirs: &'a Upstream) -> Option<&'a RelPath> {
    for (path, content) in &theirs.files {
        if let Some(blocks) = content.as_blocks()
            && blocks.comment == Comment::Html
            && !base.files.contains_key(path)
        {
            return Some(path);
        }
    }
    None
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
