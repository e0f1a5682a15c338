//! Whether a checkout has what was there before an upgrade that somebody made where a sparse checkout
//! left it out: git doesn't commit what is written there unless it is told to.

use std::collections::BTreeMap;

use similar::{ChangeTag, TextDiff};

use crate::agent::POLICIES;
use crate::merge::{block, json};
use crate::model::digest::Digest;
use crate::model::lock::{BlockRecord, KeysRecord, Record};
use crate::model::name::TemplateName;
use crate::model::path::RelPath;
use crate::model::tree::File;
use crate::model::upstream::Comment;

/// Returns whether a file is what it was before the upgrade, by what a record remembers: a whole
/// file to the byte, a shared one by what of it templates own, since the team edits the rest.
pub fn is_behind(
    record: &Record,
    path: &RelPath,
    file: &File,
    identities: &json::Identities,
) -> bool {
    match record {
        Record::Whole(record) => {
            let now = || Digest::of(&file.bytes);
            let before = record.before.as_ref();
            before.is_some_and(|before| before.ours == now())
        }
        Record::Blocks(record) => {
            let (Some(before), Some(text)) = (&record.before, file.text()) else {
                return false;
            };
            let far = |blocks| far_from_blocks(blocks, text, Comment::of(path));
            far(&before.blocks) < far(&record.blocks)
        }
        Record::Keys(record) => {
            let (Some(before), Some(text)) = (&record.before, file.text()) else {
                return false;
            };
            let Ok(document) = json::Document::parse(text) else {
                return false;
            };
            // What of the two records is in the file.
            let parts = before.parts.values().chain(record.parts.values());
            let either = POLICIES.united(parts);
            let here = json::to_text(&json::project(&either, document.value(), identities));
            let far = |record: &KeysRecord| {
                let wanted = json::to_text(&POLICIES.united(record.parts.values()));
                changed_lines(&wanted, &here)
            };
            far(before) < far(record)
        }
    }
}

/// Returns how many lines of blocks are otherwise in a text.
fn far_from_blocks(
    blocks: &BTreeMap<TemplateName, BlockRecord>,
    text: &str,
    comment: Comment,
) -> usize {
    let found = block::find(text, comment).unwrap_or_default();
    let inside = |owner: &TemplateName| -> Option<&str> {
        let found = found.iter().find(|found| found.owner == *owner)?;
        Some(&text[found.inner.clone()])
    };
    let mut far = 0;
    for (owner, block) in blocks {
        let here = inside(owner).unwrap_or_default().replace("\r\n", "\n");
        far += changed_lines(&block.text, &here);
    }
    for found in &found {
        if !blocks.contains_key(&found.owner) {
            far += text[found.inner.clone()].lines().count();
        }
    }
    far
}

fn changed_lines(one: &str, other: &str) -> usize {
    let diff = TextDiff::from_lines(one, other);
    let changes = diff.iter_all_changes();
    changes
        .filter(|change| change.tag() != ChangeTag::Equal)
        .count()
}
