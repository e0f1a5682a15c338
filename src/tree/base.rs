//! What was installed.

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::model::digest::Digest;
use crate::model::lock::Record;
use crate::model::path::RelPath;
use crate::model::upstream::{Content, HookName, HookPlace, Upstream};

/// What was installed, as the lock remembers it.
#[derive(Clone, Debug, Default)]
pub struct Base {
    pub files: BTreeMap<RelPath, Record>,
    /// Where each hook was placed.
    pub hooks: BTreeMap<HookName, HookPlace>,
    /// The bytes of whole files' bases, as far as they are known: the lock has only their digests.
    pub bytes: BTreeMap<RelPath, Bytes>,
    /// The places of the team's hand copies of files that upstream brings, by upstream's paths.
    pub copied_from: BTreeMap<RelPath, RelPath>,
    /// Texts of the team, with markers added around what it copied from blocks by hand.
    pub marked: BTreeMap<RelPath, String>,
}

impl Base {
    /// Takes the bytes of bases from a rendering, where its digests are those of the lock.
    pub fn learn(&mut self, rendered: &Upstream) {
        for (path, record) in &self.files {
            let whole = rendered.files.get(path).and_then(Content::as_whole);
            if let (Some(record), Some(whole)) = (record.as_whole(), whole)
                && Digest::of(&whole.file.bytes) == record.digest
            {
                self.bytes.insert(path.clone(), whole.file.bytes.clone());
            }
        }
    }
}
