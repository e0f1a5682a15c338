//! Root instructions that moved: CLAUDE.md became a link to AGENTS.md, or a link became a file.

use crate::merge::block;
use crate::model::lock::{BlocksRecord, Record};
use crate::model::path::RelPath;
use crate::model::upstream::{Comment, Content, Upstream};

use super::{Base, Found, Ours};

/// Returns the base with the blocks of the root instructions remembered where they are now.
///
/// What was deleted stays deleted, and a block that is found at the new place is the one that was
/// installed. Where the old place is another file still, its blocks are taken out of it.
pub fn follow_root(base: &Base, ours: &Ours, theirs: &Upstream) -> Base {
    let mut followed = base.clone();
    let Some((old, record)) = base.files.iter().find_map(|(path, record)| match record {
        Record::Blocks(record)
            if Comment::of(path) == Comment::Html && !theirs.files.contains_key(path) =>
        {
            Some((path, record))
        }
        _ => None,
    }) else {
        return followed;
    };
    let Some(new) = theirs
        .files
        .iter()
        .find_map(|(path, content)| match content {
            Content::Blocks(blocks)
                if blocks.comment == Comment::Html && !base.files.contains_key(path) =>
            {
                Some(path)
            }
            _ => None,
        })
    else {
        return followed;
    };
    let same = real(old, ours) == real(new, ours);
    followed.files.insert(
        new.clone(),
        Record::Blocks(at_new_place(record, new, ours, same)),
    );
    if same {
        followed.files.remove(old);
    }
    followed
}

fn at_new_place(record: &BlocksRecord, new: &RelPath, ours: &Ours, same: bool) -> BlocksRecord {
    let text = match ours.get(new).map(|local| &local.found) {
        Some(Found::File(file) | Found::Link(file)) => file.text().unwrap_or_default(),
        _ => "",
    };
    let found = block::find_known(text, Comment::Html, &record.blocks).unwrap_or_default();
    let blocks = record
        .blocks
        .iter()
        .filter(|(owner, block)| block.deleted || found.iter().any(|found| found.owner == **owner));
    BlocksRecord {
        created: record.created && same,
        blocks: blocks
            .map(|(owner, block)| (owner.clone(), block.clone()))
            .collect(),
    }
}

fn real<'a>(path: &'a RelPath, ours: &'a Ours) -> &'a RelPath {
    ours.get(path).map_or(path, |local| &local.real)
}
