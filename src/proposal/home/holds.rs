//! Whether a repo, or a release, has what an edit does at one path; and the record of a base that
//! has it.

use bytes::Bytes;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::agent::claude::parts::without_new;
use crate::agent::{self, POLICIES};
use crate::merge::block;
use crate::merge::json::{self, Document, Identities};
use crate::merge::kind::FileKind;
use crate::merge::pieces;
use crate::model::digest::{Digest, git_blob};
use crate::model::lock::{BlockRecord, Record, WholeRecord};
use crate::model::name::TemplateName;
use crate::model::path::RelPath;
use crate::model::tree::File;
use crate::model::upstream::{Block, Comment, Content, Upstream, Whole};
use crate::tree::{Absence, Base, Found, Local, Ours};

/// What an edit of a template does at one path of the repo.
pub(super) struct PathEdit<'a> {
    pub(super) path: &'a RelPath,
    /// What was installed.
    pub(super) before: Option<&'a Content>,
    /// What would have been, with the edit.
    pub(super) after: Option<&'a Content>,
}

impl PathEdit<'_> {
    /// Returns the edit that takes it back.
    pub(super) fn reversed(&self) -> Self {
        Self {
            path: self.path,
            before: self.after,
            after: self.before,
        }
    }

    /// Returns whether anything differs that the repo could have.
    pub(super) fn shows(&self) -> bool {
        match self.kind() {
            Some(Of::Whole(before, after)) => {
                before.map(|whole| &whole.file) != after.map(|whole| &whole.file)
            }
            Some(Of::Blocks(before, after)) => texts(before) != texts(after),
            Some(Of::Keys(before, after)) => before != after,
            None => true,
        }
    }

    /// Returns whether the repo has it, and the base is what was installed. `edited` is all that
    /// comes of the edit.
    pub(super) fn is_here(
        &self,
        base: &Base,
        ours: &Ours,
        edited: &Upstream,
        identities: &Identities,
    ) -> bool {
        let record = base.files.get(self.path);
        let Some(local) = ours.get(self.path).filter(|_| self.is_base(record)) else {
            return false;
        };
        match self.kind() {
            Some(Of::Whole(before, after)) => {
                let [before, after] = [before, after].map(|whole| whole.map(|whole| &whole.file));
                match &local.found {
                    _ if after.is_none() => is_gone(local, record, edited),
                    Found::File(file) => has_file(self.path, before, after, Some(file)),
                    Found::Absent(_) | Found::Link(_) | Found::Obstacle(_) => false,
                }
            }
            Some(Of::Blocks(before, after)) => {
                let comment = Comment::of(&local.real);
                let text = file_of(local)
                    .and_then(File::text)
                    .filter(|_| !local.is_lost());
                let Some(text) = text else { return false };
                let Ok(found) = block::find(text, comment) else {
                    return false;
                };
                let inner =
                    |found: &block::BlockRange| text[found.inner.clone()].replace("\r\n", "\n");
                let here = found
                    .iter()
                    .map(|found| (&found.owner, inner(found)))
                    .collect();
                has_blocks(comment, before, after, &here)
            }
            Some(Of::Keys(before, after)) => {
                let text = file_of(local)
                    .and_then(File::text)
                    .filter(|_| !local.is_lost());
                text.is_some_and(|text| has_entries(&before, &after, text, identities))
            }
            None => false,
        }
    }

    /// Returns whether a release has it, as it was accepted.
    pub(super) fn is_there(&self, theirs: &Upstream, identities: &Identities) -> bool {
        match (self.kind(), theirs.files.get(self.path)) {
            // It got another name.
            (Some(Of::Whole(None, Some(after))), None) => theirs
                .files
                .values()
                .filter_map(whole)
                .any(|there| there.file == after.file),
            (Some(Of::Whole(before, after)), there @ (Some(Content::Whole(_)) | None)) => {
                let [before, after, there] = [before, after, there.and_then(whole)]
                    .map(|whole| whole.map(|whole| &whole.file));
                has_file(self.path, before, after, there)
            }
            (Some(Of::Blocks(before, after)), there) => {
                let there = blocks(there)
                    .iter()
                    .map(|block| (&block.owner, block.text.clone()))
                    .collect();
                has_blocks(Comment::of(self.path), before, after, &there)
            }
            (Some(Of::Keys(before, after)), there) => {
                has_entries(&before, &after, &json::to_text(&union(there)), identities)
            }
            (Some(Of::Whole(..)) | None, _) => false,
        }
    }

    /// Makes the base one that has it.
    pub(super) fn take(&self, base: &mut Base, theirs: &Upstream) {
        match (self.after, base.files.get_mut(self.path)) {
            (Some(Content::Whole(after)), record) => {
                let WholeRecord {
                    deleted,
                    adopted,
                    moved,
                    ..
                } = match record {
                    Some(Record::Whole(known)) => known.clone(),
                    // The team had it before the template did: it stays when that goes.
                    _ => WholeRecord {
                        adopted: true,
                        ..record_of(after)
                    },
                };
                let record = WholeRecord {
                    deleted,
                    adopted,
                    moved,
                    ..record_of(after)
                };
                base.files.insert(self.path.clone(), Record::Whole(record));
                base.bytes
                    .insert(self.path.clone(), after.file.bytes.clone());
            }
            (Some(Content::Blocks(after)), Some(Record::Blocks(record))) => {
                for block in &after.blocks {
                    let known = record.blocks.remove(&block.owner).unwrap_or_default();
                    let known = BlockRecord {
                        source: block.source.clone(),
                        text: block.text.clone(),
                        ..known
                    };
                    record.blocks.insert(block.owner.clone(), known);
                }
            }
            (Some(Content::Keys(after)), Some(Record::Keys(record))) => {
                let before = union(self.before);
                record.parts = after
                    .parts
                    .iter()
                    .map(|(owner, part)| (owner.clone(), without_new(part, &before)))
                    .collect();
                record.parts.retain(|_, part| !json::is_empty(part));
            }
            (None, Some(Record::Keys(record))) => record.parts.clear(),
            // What upstream still has stays gone here.
            (None, Some(Record::Whole(_))) if !theirs.files.contains_key(self.path) => {
                base.files.remove(self.path);
                base.bytes.remove(self.path);
            }
            (_, _) => {}
        }
    }

    /// Returns both sides, if they are of one kind.
    fn kind(&self) -> Option<Of<'_>> {
        match (self.before, self.after) {
            (Some(Content::Whole(_)) | None, Some(Content::Whole(_)) | None) => Some(Of::Whole(
                self.before.and_then(whole),
                self.after.and_then(whole),
            )),
            (Some(Content::Blocks(_)) | None, Some(Content::Blocks(_)) | None) => {
                Some(Of::Blocks(blocks(self.before), blocks(self.after)))
            }
            (Some(Content::Keys(_)) | None, Some(Content::Keys(_)) | None) => {
                Some(Of::Keys(union(self.before), union(self.after)))
            }
            (_, _) => None,
        }
    }

    /// Returns whether the lock remembers what was installed.
    fn is_base(&self, record: Option<&Record>) -> bool {
        match (self.before, record) {
            (None, None) => true,
            (Some(Content::Whole(whole)), Some(Record::Whole(record))) => {
                record.digest == Digest::of(&whole.file.bytes) && !record.seed
            }
            (Some(Content::Blocks(before)), Some(Record::Blocks(record))) => {
                before.blocks.iter().all(|block| {
                    record
                        .blocks
                        .get(&block.owner)
                        .is_some_and(|known| known.text == block.text)
                })
            }
            (Some(Content::Keys(before)), Some(Record::Keys(record))) => {
                before.parts == record.parts
            }
            (_, _) => false,
        }
    }
}

/// Both sides of a difference.
enum Of<'a> {
    Whole(Option<&'a Whole>, Option<&'a Whole>),
    Blocks(&'a [Block], &'a [Block]),
    /// What all templates bring together.
    Keys(Value, Value),
}

fn whole(content: &Content) -> Option<&Whole> {
    match content {
        Content::Whole(whole) => Some(whole),
        Content::Blocks(_) | Content::Keys(_) => None,
    }
}

fn blocks(content: Option<&Content>) -> &[Block] {
    match content {
        Some(Content::Blocks(blocks)) => &blocks.blocks,
        _ => &[],
    }
}

fn union(content: Option<&Content>) -> Value {
    match content {
        Some(Content::Keys(keys)) => keys.union.clone(),
        _ => Value::Object(Map::new()),
    }
}

fn texts(blocks: &[Block]) -> BTreeMap<&TemplateName, &str> {
    blocks
        .iter()
        .map(|block| (&block.owner, block.text.as_str()))
        .collect()
}

fn record_of(whole: &Whole) -> WholeRecord {
    WholeRecord {
        origin: whole.origin.clone(),
        digest: Digest::of(&whole.file.bytes),
        blob: git_blob(&whole.file.bytes),
        executable: whole.file.executable,
        seed: false,
        deleted: false,
        adopted: false,
        moved: None,
    }
}

fn file_of(local: &Local) -> Option<&File> {
    match &local.found {
        Found::File(file) | Found::Link(file) => Some(file),
        Found::Absent(_) | Found::Obstacle(_) => None,
    }
}

/// Whether a file is gone by the team's doing, or is where the edit has it too.
fn is_gone(local: &Local, record: Option<&Record>, edited: &Upstream) -> bool {
    match (record, &local.found) {
        (Some(Record::Whole(record)), Found::Absent(absence)) => {
            record.deleted || *absence == Absence::Deleted
        }
        (Some(Record::Whole(record)), Found::File(_)) => record
            .moved
            .as_ref()
            .is_some_and(|moved| edited.files.contains_key(moved)),
        (_, _) => false,
    }
}

/// Whether a file has an edit: taking the edit in would change nothing.
fn has_file(
    path: &RelPath,
    before: Option<&File>,
    after: Option<&File>,
    side: Option<&File>,
) -> bool {
    match (before, after, side) {
        (Some(_), None, None) => true,
        (before, Some(after), Some(side)) => {
            let mode = before.is_some_and(|before| before.executable == after.executable);
            let nothing = Bytes::new();
            let old = before.map_or(&nothing, |before| &before.bytes);
            let kind = agent::kind_of(path.file_name(), &side.bytes);
            (mode || side.executable == after.executable)
                && has_text(kind, old, &after.bytes, &side.bytes)
        }
        (_, _, _) => false,
    }
}

fn has_text(kind: FileKind, before: &[u8], after: &[u8], side: &[u8]) -> bool {
    if before == after || side == after {
        return true;
    }
    // Nothing has everything only by having thrown it away.
    if side.is_empty() || side == before {
        return false;
    }
    let sides = pieces::Sides {
        base: before,
        ours: side,
        theirs: after,
    };
    let merge = agent::merge(kind, &sides);
    merge.is_clean() && merge.bytes(&sides) == side
}

/// Whether blocks have an edit. A block that is new is nowhere before it is installed.
fn has_blocks(
    comment: Comment,
    before: &[Block],
    after: &[Block],
    side: &BTreeMap<&TemplateName, String>,
) -> bool {
    let kind = match comment {
        Comment::Html => FileKind::Markdown,
        Comment::Hash => FileKind::Ignore,
    };
    let (before, after) = (texts(before), texts(after));
    let owners: BTreeSet<&&TemplateName> = before.keys().chain(after.keys()).collect();
    owners.into_iter().all(|owner| {
        match (before.get(*owner), after.get(*owner), side.get(*owner)) {
            (Some(before), Some(after), _) if before == after => true,
            (Some(before), Some(after), Some(side)) => {
                has_text(kind, before.as_bytes(), after.as_bytes(), side.as_bytes())
            }
            (Some(_), None, None) => true,
            (_, _, _) => false,
        }
    })
}

/// Whether a document has the entries that an edit adds, and lacks those that it takes out.
fn has_entries(before: &Value, after: &Value, side: &str, identities: &Identities) -> bool {
    let (old, new) = (json::to_text(before), json::to_text(after));
    let (Ok(old), Ok(new), Ok(document)) = (
        Document::parse(&old),
        Document::parse(&new),
        Document::of_file(side),
    ) else {
        return false;
    };
    if !document.value().is_object() {
        return false;
    }
    let context = json::MergeContext {
        identities: identities.clone(),
        ..json::MergeContext::new(POLICIES)
    };
    let Ok(merge) = json::merge(&old, &document, &new, &context) else {
        return false;
    };
    let stays = merge.merge.is_clean()
        && json::text(&merge.merge, &json::sides(&old, &document, &new)) == side;
    let (added, removed) = (
        POLICIES.subtract(after, before),
        POLICIES.subtract(before, after),
    );
    stays
        && merge.untaken.is_empty()
        && merge.released.is_empty()
        && json::project(&added, document.value(), identities) == added
        && POLICIES.subtract(&removed, document.value()) == removed
}
