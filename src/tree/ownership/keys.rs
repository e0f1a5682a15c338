//! Templates that each own entries of a JSON document.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::agent::POLICIES;
use crate::agent::claude::allowed_and_denied;
use crate::agent::claude::parts::without_new;
use crate::error::{Error, Result};
use crate::merge::json::{self, Document, Identities, MergeContext};
use crate::merge::{diff, unsettled};
use crate::model::lock::{AGENTPKG_LOCK, KeysRecord, Record};
use crate::model::name::TemplateName;
use crate::model::path::RelPath;
use crate::model::plan::Stage;
use crate::model::snapshot::{Found, Local};
use crate::model::source::Source;
use crate::model::tree::File;
use crate::model::upstream::{Content, Keys, Upstream};
use crate::tree::state::worst;
use crate::tree::{Base, Note, Refusal, State};
use crate::words;

use super::{
    ContentEdit, Contributions, EditedSince, FileHere, Ownership, Reverted, SharedFile, SharedMerge,
};

/// A document of nothing, as a new file starts.
const EMPTY: &str = "{}\n";

impl Ownership for KeysRecord {
    fn owners(&self) -> Vec<&TemplateName> {
        self.parts.keys().collect()
    }

    fn follows_links(&self) -> bool {
        true
    }

    fn state(&self, here: &FileHere<'_>, _: Option<&Content>) -> State {
        let Some(Ok(document)) = here.file.text().map(Document::of_file) else {
            return State::Broken;
        };
        worst(self.parts.values().map(|part| {
            match json::project(part, document.value(), here.identities) == *part {
                true => State::Unchanged,
                false => State::Edited,
            }
        }))
    }

    fn why_broken(&self, _: &RelPath, text: &str) -> Option<String> {
        let document = Document::of_file(text);
        document.err().map(|invalid| format!(" {invalid}"))
    }

    fn holds_some(&self, _: &RelPath, text: &str, identities: &Identities) -> bool {
        match Document::of_file(text) {
            Ok(document) => self
                .parts
                .values()
                .any(|part| has_entry(&json::project(part, document.value(), identities))),
            Err(_) => true,
        }
    }

    fn diff(
        &self,
        path: &RelPath,
        installed: &Content,
        here: Option<&File>,
        identities: &Identities,
    ) -> String {
        let text = here.map_or(Some(""), File::text);
        let (Some(Keys { union, .. }), Some(text)) = (installed.as_keys(), text) else {
            return String::new();
        };
        let document = Document::parse(text).map_or_else(|_| empty(), Document::into_value);
        let there = json::project(union, &document, identities);
        diff::unified(path.as_str(), &json::to_text(union), &json::to_text(&there))
    }

    fn merge(
        &self,
        file: &SharedFile<'_>,
        theirs: Option<&Content>,
    ) -> Result<SharedMerge, Refusal> {
        let nothing = Keys {
            parts: BTreeMap::new(),
            union: empty(),
        };
        let theirs = match theirs {
            None => &nothing,
            Some(Content::Keys(theirs)) => theirs,
            Some(_) => return Err(file.other_ownership()),
        };
        KeysMerge {
            file,
            base: self,
            theirs,
            is_missing: file.local.is_lost(),
            is_new: file.local.file().is_none(),
        }
        .merge()
    }

    fn revert(&self, edited: &EditedSince<'_>) -> Result<Reverted, Refusal> {
        let base = document_text(edited.after)?;
        let ours = document_text(Some(edited.now))?;
        let theirs = document_text(edited.before)?;
        let parse = |text| Document::of_file(text).map_err(Refusal::NotJson);
        let (base, ours, theirs) = (parse(base)?, parse(ours)?, parse(theirs)?);
        let merged =
            json::merge(&base, &ours, &theirs, edited.context).map_err(Refusal::NotJson)?;
        let sides = json::sides(&base, &ours, &theirs);
        if let Some(conflict) = merged.merge.conflicts().next() {
            return Err(Refusal::value(conflict, &sides));
        }
        let text = json::text(&merged.merge, &sides);
        let is_gone = edited.before.is_none()
            && Document::of_file(&text).is_ok_and(|left| json::is_empty(left.value()));
        let file = (!is_gone).then(|| File {
            bytes: text.into_bytes().into(),
            executable: edited.now.executable,
        });
        Ok(Reverted {
            file,
            is_whole: merged.released.is_empty(),
        })
    }

    fn from_lock(&self, path: &RelPath, _: Option<&Content>) -> Result<Option<Content>> {
        let mut union = empty();
        for part in self.parts.values() {
            POLICIES.union(&mut union, part, false).map_err(|_| {
                Error::damaged(format!(
                    "the entries of `{path}` in `{AGENTPKG_LOCK}` contradict each other"
                ))
                .hint(format!("if it was edited: git checkout {AGENTPKG_LOCK}"))
            })?;
        }
        let parts = self.parts.clone();
        Ok(Some(Content::Keys(Keys { parts, union })))
    }

    fn without(&self, _: &RelPath, gone: &BTreeSet<TemplateName>) -> Option<Content> {
        let mut parts = self.parts.clone();
        parts.retain(|owner, _| !gone.contains(owner));
        if parts.is_empty() {
            return None;
        }
        let union = POLICIES.united(parts.values());
        Some(Content::Keys(Keys { parts, union }))
    }

    fn remembers(&self, installed: &Content) -> bool {
        installed
            .as_keys()
            .is_some_and(|installed| installed.parts == self.parts)
    }

    fn correct(&mut self, installed: &Content) {
        if let Some(installed) = installed.as_keys() {
            self.parts.clone_from(&installed.parts);
        }
    }

    /// The lock doesn't know which entries were deleted on purpose.
    fn forget_deletion(&mut self) {}

    fn has_news(&self, theirs: &Content) -> bool {
        theirs
            .as_keys()
            .is_some_and(|theirs| theirs.parts != self.parts)
    }

    fn is_rendered_as(&self, _: &Record) -> bool {
        true
    }
}

/// A merge of entries into a document.
struct KeysMerge<'a> {
    file: &'a SharedFile<'a>,
    base: &'a KeysRecord,
    theirs: &'a Keys,
    /// Whether what was installed is missing, and not deleted.
    is_missing: bool,
    /// Whether no file is there.
    is_new: bool,
}

impl KeysMerge<'_> {
    fn merge(&self) -> Result<SharedMerge, Refusal> {
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
            false => unsettled::of(&merge.merge, &sides, false),
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
        // The row says it all where nothing is left of the file.
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

    /// A file that was deleted on purpose stays gone with all that was in it; who comes new may
    /// make it again.
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

    /// Returns what was installed, as far as it can be deleted.
    fn installed(&self, ours: &Document) -> Value {
        let installed = POLICIES.united(self.base.parts.values());
        if !self.is_missing {
            return installed;
        }
        // What is there isn't missing.
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
            // What one clone happens to have says nothing of the others.
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
            // What holds no entry is left out.
            let part = POLICIES.subtract(&part, &Value::Null);
            if !json::is_empty(&part) {
                adopted.insert(owner.clone(), part);
            }
        }
        adopted
    }
}

/// Makes documents of the entries that templates bring. A template overrides those that it depends
/// on.
pub(super) fn compose(
    contributions: &Contributions<'_>,
    files: &mut BTreeMap<RelPath, Content>,
) -> Result<()> {
    let mut by_path: BTreeMap<&RelPath, Vec<(&Source, Value)>> = BTreeMap::new();
    for (source, contribution) in &contributions.all {
        for (path, part) in &contribution.keys {
            let parts = by_path.entry(path).or_default();
            for (other, theirs) in parts.iter_mut() {
                if depends_on(contributions.sources, source, other) {
                    *theirs = without_overridden(theirs, part);
                }
            }
            parts.push((source, part.clone()));
        }
    }
    for (path, parts) in by_path {
        let union = union(path, &parts)?;
        let mut owned = BTreeMap::new();
        for (source, part) in parts {
            if !json::is_empty(&part) {
                owned.insert(source.manifest.template.name.clone(), part);
            }
        }
        let keys = Keys {
            parts: owned,
            union,
        };
        files.insert(path.clone(), Content::Keys(keys));
    }
    Ok(())
}

/// Returns the union of what templates set in a document.
fn union(path: &RelPath, parts: &[(&Source, Value)]) -> Result<Value> {
    let mut union = empty();
    for (index, (source, part)) in parts.iter().enumerate() {
        POLICIES.union(&mut union, part, false).map_err(|clash| {
            let clashes = |(_, other): &&(&Source, Value)| {
                POLICIES.union(&mut other.clone(), part, false).is_err()
            };
            let first = parts[..index].iter().find(clashes);
            let both = first.into_iter().chain([&parts[index]]);
            let key = clash.keys.join(".");
            Error::user(format!(
                "{} set `{key}` of `{path}` to {} and {}",
                words::list(both.map(|(source, _)| &source.manifest.template.name)),
                clash.first,
                clash.second
            ))
            .hint(format!(
                "a template that depends on the other overrides it; `{}` does not",
                source.manifest.template.name
            ))
        })?;
    }
    Ok(union)
}

/// Whether `source` needs `other`, over any number of steps.
fn depends_on(sources: &[Source], source: &Source, other: &Source) -> bool {
    let mut seen = BTreeSet::new();
    let mut open = vec![&source.manifest];
    while let Some(manifest) = open.pop() {
        for name in manifest.dependencies.keys() {
            if *name == other.manifest.template.name {
                return true;
            }
            if seen.insert(name) {
                open.extend(
                    sources
                        .iter()
                        .map(|source| &source.manifest)
                        .filter(|one| one.template.name == *name),
                );
            }
        }
    }
    false
}

/// Returns a dependency's part without the values that its dependent sets to something else.
fn without_overridden(part: &Value, by: &Value) -> Value {
    let (Value::Object(part), Value::Object(by)) = (part, by) else {
        return part.clone();
    };
    let mut kept = Map::new();
    for (key, value) in part {
        let value = match by.get(key) {
            None => value.clone(),
            Some(over)
                if value == over || POLICIES.union(&mut value.clone(), over, false).is_ok() =>
            {
                value.clone()
            }
            Some(over @ Value::Object(_)) if value.is_object() => without_overridden(value, over),
            Some(_) => continue,
        };
        kept.insert(key.clone(), value);
    }
    Value::Object(kept)
}

fn composed(text: &str) -> Document<'_> {
    Document::parse(text).expect("what was composed is strict JSON")
}

/// Returns the text of a document, which is empty where there is no file.
fn document_text(file: Option<&File>) -> Result<&str, Refusal> {
    file.map_or(Some(EMPTY), File::text).ok_or(Refusal::NotText)
}

fn has_entry(value: &Value) -> bool {
    match value {
        Value::Object(object) => object.values().any(has_entry),
        Value::Array(elements) => !elements.is_empty(),
        _ => true,
    }
}

fn empty() -> Value {
    Value::Object(Map::new())
}

pub(super) fn union_of(content: Option<&Content>) -> Value {
    match content {
        Some(Content::Keys(keys)) => keys.union.clone(),
        _ => empty(),
    }
}

/// What an edit of a template does to the entries of a document.
pub(super) struct Edit<'a> {
    pub(super) path: &'a RelPath,
    /// What all templates bring together.
    pub(super) before: Value,
    pub(super) after: Value,
    /// What each brings after it, unless the document isn't wanted any more.
    pub(super) parts: Option<&'a BTreeMap<TemplateName, Value>>,
}

impl ContentEdit for Edit<'_> {
    fn shows(&self) -> bool {
        self.before != self.after
    }

    fn is_here(
        &self,
        local: &Local,
        _: Option<&Record>,
        _: &Upstream,
        identities: &Identities,
    ) -> bool {
        let text = local.file().and_then(File::text);
        text.filter(|_| !local.is_lost())
            .is_some_and(|text| self.is_in(text, identities))
    }

    fn is_there(&self, theirs: &Upstream, identities: &Identities) -> bool {
        let union = union_of(theirs.files.get(self.path));
        self.is_in(&json::to_text(&union), identities)
    }

    fn take(&self, base: &mut Base, _: &Upstream) {
        let Some(Record::Keys(record)) = base.files.get_mut(self.path) else {
            return;
        };
        record.parts.clear();
        for (owner, part) in self.parts.into_iter().flatten() {
            let part = without_new(part, &self.before);
            if !json::is_empty(&part) {
                record.parts.insert(owner.clone(), part);
            }
        }
    }
}

impl Edit<'_> {
    /// Whether a document has the entries that it adds, and lacks those that it takes out.
    fn is_in(&self, side: &str, identities: &Identities) -> bool {
        let (old, new) = (json::to_text(&self.before), json::to_text(&self.after));
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
        let context = MergeContext {
            identities: identities.clone(),
            ..MergeContext::new(POLICIES)
        };
        let Ok(merge) = json::merge(&old, &document, &new, &context) else {
            return false;
        };
        let stays = merge.merge.is_clean()
            && json::text(&merge.merge, &json::sides(&old, &document, &new)) == side;
        let added = POLICIES.subtract(&self.after, &self.before);
        let removed = POLICIES.subtract(&self.before, &self.after);
        stays
            && merge.untaken.is_empty()
            && merge.released.is_empty()
            && json::project(&added, document.value(), identities) == added
            && POLICIES.subtract(&removed, document.value()) == removed
    }
}
