//! What was installed.

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::model::digest::Digest;
use crate::model::lock::Record;
use crate::model::path::RelPath;
use crate::model::upstream::{Content, HookName, HookPlace, Upstream};

/// What was installed: the base of every path, as the lock remembers it.
#[derive(Clone, Debug, Default)]
pub struct Base {
    /// The base of each managed path.
    pub files: BTreeMap<RelPath, Record>,
    /// Where each hook was placed.
    pub hooks: BTreeMap<HookName, HookPlace>,
    /// The bytes of whole files' bases, as far as they are at hand: the lock has their digests
    /// alone.
    pub bytes: BTreeMap<RelPath, Bytes>,
    /// Where the team's hand copies lie of files that upstream brings, by where these go.
    pub copied_from: BTreeMap<RelPath, RelPath>,
    /// Texts of the team's with markers around what it copied from blocks by hand.
    pub marked: BTreeMap<RelPath, String>,
}

impl Base {
    /// Takes in the bytes of files that are what was installed, by their digest.
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
