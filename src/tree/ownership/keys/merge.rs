//! The merge of what templates want of a JSON document into the team's.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::agent::POLICIES;
use crate::agent::claude::allowed_and_denied;
use crate::merge::json::{self, Document, MergeContext};
use crate::merge::open_conflicts;
use crate::model::lock::{KeysRecord, Record};
use crate::model::name::TemplateName;
use crate::model::plan::Stage;
use crate::model::snapshot::Found;
use crate::model::tree::File;
use crate::model::upstream::Keys;
use crate::tree::ownership::{SharedFile, SharedMerge};
use crate::tree::{Note, Refusal};

use super::{EMPTY, empty};

/// A merge of entries into a document.
pub(super) struct KeysMerge<'a> {
    pub(super) file: &'a SharedFile<'a>,
    pub(super) base: &'a KeysRecord,
    pub(super) theirs: &'a Keys,
    /// Whether what was installed is missing, and not deleted.
    pub(super) is_missing: bool,
    pub(super) is_new: bool,
}

impl KeysMerge<'_> {
    pub(super) fn merge(&self) -> Result<SharedMerge, Refusal> {
        let ours = self.ours()?;
        let is_deleted = self.is_deleted();
        let identities = self.file.identities;
        let installed = self.installed(&ours);
        let wanted = match is_deleted {
            true => self.arriving(),
            false => self.theirs.union.clone(),
        };
        let (before, wanted) = (json::to_text(&installed), json::to_text(&wanted));
        let (before, upstream) = (composed(&before), composed(&wanted));
        let context = MergeContext {
            identities: identities.clone(),
            held: self.file.held.clone(),
            replaced: self.base.replaced.clone(),
            adopted: POLICIES.united(self.base.adopted.values()),
        };
        let mut merge =
            json::merge(&before, &ours, &upstream, &context).map_err(Refusal::NotJson)?;
        let sides = json::sides(&before, &ours, &upstream);
        let text = json::text(&merge.merge, &sides);
        let result = Document::of_file(&text)
            .map(Document::into_value)
            .unwrap_or_default();
        let conflicts = match merge.merge.is_clean() {
            true => Vec::new(),
            false => open_conflicts::of(&merge.merge, &sides, false),
        };
        if is_deleted {
            // Only what came new was merged into nothing.
            merge.untaken = json::untaken(
                &installed,
                ours.value(),
                &self.theirs.union,
                [&result, &result],
                &context,
            );
        }
        let created = self.base.created || (self.is_new && !self.file.is_managed);
        let has_no_owner = created && self.theirs.parts.is_empty();
        let is_link = matches!(self.file.local.found, Found::Link(_));
        let is_gone = json::is_empty(&result) && (self.is_new || has_no_owner) && !is_link;
        let mut notes = Vec::new();
        for released in &merge.released {
            notes.push(Note::EntryReleased(released.pointer.clone()));
        }
        // Where nothing is left of the file, its row says enough.
        if !(is_gone && is_deleted) {
            notes.extend(merge.untaken.into_iter().map(Note::EntryUntaken));
        }
        let denied_before = allowed_and_denied(ours.value());
        for rule in allowed_and_denied(&result).difference(&denied_before) {
            notes.push(Note::AllowedAndDenied(rule.clone()));
        }
        let is_kept = self
            .base
            .parts
            .values()
            .any(|part| json::project(part, ours.value(), identities) != *part);
        let record = self.record(created, &merge.agreed, merge.replaced);
        Ok(SharedMerge {
            text: (!is_gone).then_some(text),
            record,
            conflicts,
            notes,
            is_kept,
            stage: Stage::Settings,
        })
    }

    /// Returns whether the team deleted the file on purpose. It stays deleted with everything that
    /// was in it; but a template that is new may create it again.
    fn is_deleted(&self) -> bool {
        self.is_new && self.file.is_managed && !self.is_missing
    }

    fn ours(&self) -> Result<Document<'_>, Refusal> {
        let document = match self.file.local.file().and_then(File::text) {
            Some(text) => Document::of_file(text),
            None => Document::parse(EMPTY),
        };
        let document = document.map_err(Refusal::NotJson)?;
        if !document.value().is_object() {
            let what = "something other than an object".to_owned();
            return Err(Refusal::NotJson(json::InvalidJson { line: 1, what }));
        }
        Ok(document)
    }

    /// Returns the installed entries that count as deleted where they aren't found.
    fn installed(&self, ours: &Document) -> Value {
        let installed = POLICIES.united(self.base.parts.values());
        if !self.is_missing {
            return installed;
        }
        // The file is missing, so only entries that are there count.
        let here = json::project(&installed, ours.value(), self.file.identities);
        json::project(&here, &installed, self.file.identities)
    }

    /// Returns what templates bring that had no part in a file before.
    fn arriving(&self) -> Value {
        let known = &self.base.parts;
        let arriving = self
            .theirs
            .parts
            .iter()
            .filter(|(owner, _)| !known.contains_key(*owner));
        POLICIES.united(arriving.map(|(_, part)| part))
    }

    /// Returns what the lock has to remember. `agreed` is what upstream brings and the team had.
    fn record(
        &self,
        created: bool,
        agreed: &Value,
        replaced: BTreeMap<String, String>,
    ) -> Option<Record> {
        if self.theirs.parts.is_empty() {
            return None;
        }
        Some(Record::Keys(KeysRecord {
            created,
            parts: self.theirs.parts.clone(),
            // What one clone is missing says nothing about other clones.
            adopted: match self.is_missing {
                true => self.adopted(&empty()),
                false => self.adopted(agreed),
            },
            replaced: match (created, self.is_missing) {
                (true, _) => BTreeMap::new(),
                (false, true) => self.base.replaced.clone(),
                (false, false) => replaced,
            },
        }))
    }

    /// The entries of each template that the team had before any came, as the template has them
    /// now.
    fn adopted(&self, agreed: &Value) -> BTreeMap<TemplateName, Value> {
        let had = POLICIES.united(self.base.adopted.values().chain([agreed]));
        let mut adopted = BTreeMap::new();
        for (owner, part) in &self.theirs.parts {
            let part = json::project(&had, part, self.file.identities);
            // Empty containers are left out.
            let part = POLICIES.subtract(&part, &Value::Null);
            if !json::is_empty(&part) {
                adopted.insert(owner.clone(), part);
            }
        }
        adopted
    }
}

fn composed(text: &str) -> Document<'_> {
    Document::parse(text).expect("what was composed is strict JSON")
}
