//! The merge of what templates want of a document into the team's.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::agent::claude::allowed_and_denied;
use crate::merge::format::Format;
use crate::merge::invalid::InvalidDocument;
use crate::merge::json::{self, Identities, MergeContext, Policies};
use crate::model::lock::{KeysRecord, Record};
use crate::model::name::TemplateName;
use crate::model::plan::Stage;
use crate::model::snapshot::Found;
use crate::model::tree::File;
use crate::model::upstream::Keys;
use crate::tree::ownership::{SharedFile, SharedMerge};
use crate::tree::{Note, Refusal};

use super::{empty, identities_at, policies_at};

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
        let format = Format::of(self.file.path);
        let text = self.file.local.file().and_then(File::text);
        let text = text.unwrap_or(format.empty());
        let ours = format.read(text).map_err(Refusal::Invalid)?;
        if !ours.is_object() {
            let what = "something other than an object".to_owned();
            return Err(Refusal::Invalid(InvalidDocument { line: 1, what }));
        }
        let is_deleted = self.is_deleted();
        let identities = identities_at(self.file.path, self.file.identities);
        let installed = self.installed(&ours, &identities);
        let wanted = match is_deleted {
            true => self.arriving(),
            false => self.theirs.union.clone(),
        };
        let context = MergeContext {
            identities: identities.into_owned(),
            held: self.file.held.clone(),
            replaced: self.base.replaced.clone(),
            adopted: self.policies().united(self.base.adopted.values()),
        };
        let (before, wanted) = (format.text_of(&installed), format.text_of(&wanted));
        let mut merge = format
            .merge([&before, text, &wanted], &context)
            .map_err(Refusal::Invalid)?;
        let result = merge.value;
        if is_deleted {
            // Only what came new was merged into nothing.
            merge.untaken = json::untaken(
                &installed,
                &ours,
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
        let denied_before = allowed_and_denied(&ours);
        for rule in allowed_and_denied(&result).difference(&denied_before) {
            notes.push(Note::AllowedAndDenied(rule.clone()));
        }
        let is_kept = self
            .base
            .parts
            .values()
            .any(|part| json::project(part, &ours, &context.identities) != *part);
        let record = self.record(created, &merge.agreed, merge.replaced, &context.identities);
        Ok(SharedMerge {
            text: (!is_gone).then_some(merge.text),
            record,
            conflicts: merge.conflicts,
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

    fn policies(&self) -> &'static Policies {
        policies_at(self.file.path)
    }

    /// Returns the installed entries that count as deleted where they aren't found.
    fn installed(&self, ours: &Value, identities: &Identities) -> Value {
        let installed = self.policies().united(self.base.parts.values());
        if !self.is_missing {
            return installed;
        }
        // The file is missing, so only entries that are there count.
        let here = json::project(&installed, ours, identities);
        json::project(&here, &installed, identities)
    }

    /// Returns what templates bring that had no part in a file before.
    fn arriving(&self) -> Value {
        let known = &self.base.parts;
        let arriving = self
            .theirs
            .parts
            .iter()
            .filter(|(owner, _)| !known.contains_key(*owner));
        self.policies().united(arriving.map(|(_, part)| part))
    }

    /// Returns what the lock has to remember. `agreed` is what upstream brings and the team had.
    fn record(
        &self,
        created: bool,
        agreed: &Value,
        mut replaced: BTreeMap<String, String>,
        identities: &Identities,
    ) -> Option<Record> {
        if self.theirs.parts.is_empty() {
            return None;
        }
        if self.is_missing {
            replaced.clone_from(&self.base.replaced);
        }
        if created {
            // The document itself was nothing before.
            replaced.remove("");
        }
        Some(Record::Keys(KeysRecord {
            created,
            parts: self.theirs.parts.clone(),
            // What one clone is missing says nothing about other clones.
            adopted: match self.is_missing {
                true => self.adopted(&empty(), identities),
                false => self.adopted(agreed, identities),
            },
            replaced,
        }))
    }

    /// The entries of each template that the team had before any came, as the template has them
    /// now.
    fn adopted(&self, agreed: &Value, identities: &Identities) -> BTreeMap<TemplateName, Value> {
        let had = self
            .policies()
            .united(self.base.adopted.values().chain([agreed]));
        let mut adopted = BTreeMap::new();
        for (owner, part) in &self.theirs.parts {
            let part = json::project(&had, part, identities);
            // Empty containers are left out.
            let part = self.policies().subtract(&part, &Value::Null);
            if !json::is_empty(&part) {
                adopted.insert(owner.clone(), part);
            }
        }
        adopted
    }
}
