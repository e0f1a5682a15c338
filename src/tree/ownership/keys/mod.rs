//! Templates that each own entries of a JSON or TOML document: the path's ending tells which
//! ([`Format`]).

mod format;
mod merge;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::agent::claude::parts::without_new;
use crate::error::{Error, Result};
use crate::merge::diff;
use crate::merge::format::Format;
use crate::merge::json::{self, Identities, MergeContext, Policies};
use crate::model::lock::{AGENTPKG_LOCK, KeysRecord, Record};
use crate::model::name::TemplateName;
use crate::model::path::RelPath;
use crate::model::snapshot::Local;
use crate::model::source::Source;
use crate::model::tree::File;
use crate::model::upstream::{Content, FileOrigin, Keys, Upstream};
use crate::tree::state::worst;
use crate::tree::{Base, Refusal, State};
use crate::words;

use super::{
    ContentEdit, Contributions, EditedSince, FileHere, Ownership, Reverted, SharedFile, SharedMerge,
};

use merge::KeysMerge;

pub use format::{identities_at, policies_at};

impl Ownership for KeysRecord {
    fn owners(&self) -> Vec<&TemplateName> {
        self.parts.keys().collect()
    }

    fn follows_links(&self) -> bool {
        true
    }

    fn state(&self, here: &FileHere<'_>, _: Option<&Content>) -> State {
        let format = Format::of(here.at);
        let Some(Ok(document)) = here.file.text().map(|text| format.read(text)) else {
            return State::Broken;
        };
        let identities = identities_at(here.at, here.identities);
        worst(self.parts.values().map(|part| {
            match json::project(part, &document, &identities) == *part {
                true => State::Unchanged,
                false => State::Edited,
            }
        }))
    }

    fn edited_of(&self, here: &FileHere<'_>) -> Vec<&TemplateName> {
        let text = here.file.text().unwrap_or_default();
        let document = Format::of(here.at).read(text).unwrap_or_default();
        let identities = identities_at(here.at, here.identities);
        let mut edited = Vec::new();
        for (owner, part) in &self.parts {
            if json::project(part, &document, &identities) != *part {
                edited.push(owner);
            }
        }
        edited
    }

    fn edited_sources(&self, _: &FileHere<'_>) -> Vec<FileOrigin> {
        Vec::new()
    }

    fn why_broken(&self, at: &RelPath, text: &str) -> Option<String> {
        let document = Format::of(at).read(text);
        document.err().map(|invalid| format!(" {invalid}"))
    }

    fn holds_some(&self, at: &RelPath, text: &str, identities: &Identities) -> bool {
        let identities = identities_at(at, identities);
        match Format::of(at).read(text) {
            Ok(document) => self
                .parts
                .values()
                .any(|part| has_entry(&json::project(part, &document, &identities))),
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
        let format = Format::of(path);
        let document = format.read(text).unwrap_or_else(|_| empty());
        let there = json::project(union, &document, &identities_at(path, identities));
        diff::unified(
            path.as_str(),
            &format.text_of(union),
            &format.text_of(&there),
        )
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
        let format = Format::of(edited.path);
        let base = document_text(format, edited.after)?;
        let ours = document_text(format, Some(edited.now))?;
        let theirs = document_text(format, edited.before)?;
        let context = MergeContext {
            identities: identities_at(edited.path, &edited.context.identities).into_owned(),
            replaced: self.replaced.clone(),
            ..edited.context.clone()
        };
        let merged = format
            .merge([base, ours, theirs], &context)
            .map_err(Refusal::Invalid)?;
        if let Some(conflict) = merged.conflicts.first() {
            return Err(Refusal::value(conflict));
        }
        let is_gone = edited.before.is_none() && json::is_empty(&merged.value);
        let text = merged.text;
        let file = (!is_gone).then(|| File {
            bytes: text.into_bytes().into(),
            executable: edited.now.executable,
        });
        Ok(Reverted {
            file,
            is_whole: merged.released.is_empty(),
        })
    }

    fn installed_content(&self, path: &RelPath, _: Option<&Content>) -> Result<Option<Content>> {
        let policies = policies_at(path);
        let mut union = empty();
        for part in self.parts.values() {
            policies.union(&mut union, part, false).map_err(|_| {
                Error::damaged(format!(
                    "the entries of `{path}` in `{AGENTPKG_LOCK}` contradict each other"
                ))
                .hint_command("if it was edited", format!("git checkout {AGENTPKG_LOCK}"))
            })?;
        }
        let parts = self.parts.clone();
        Ok(Some(Content::Keys(Keys { parts, union })))
    }

    fn without(&self, path: &RelPath, gone: &BTreeSet<TemplateName>) -> Option<Content> {
        let mut parts = self.parts.clone();
        parts.retain(|owner, _| !gone.contains(owner));
        if parts.is_empty() {
            return None;
        }
        let union = policies_at(path).united(parts.values());
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
            let part = as_read(path, source, part)?;
            for (other, theirs) in parts.iter_mut() {
                if depends_on(contributions.sources, source, other) {
                    *theirs = without_overridden(policies_at(path), theirs, &part);
                }
            }
            parts.push((source, part));
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

/// Returns a template's part as it is when it is read from the file.
fn as_read(path: &RelPath, source: &Source, part: &Value) -> Result<Value> {
    Format::of(path).as_read(part).map_err(|refused| {
        Error::user(format!(
            "`{}` sets `{}` of `{path}` to {}, which TOML can't say",
            source.manifest.template.name,
            refused.keys.join("."),
            refused.value
        ))
        .hint("leave the key out, or give it another value")
    })
}

fn union(path: &RelPath, parts: &[(&Source, Value)]) -> Result<Value> {
    let policies = policies_at(path);
    let mut union = empty();
    for (index, (source, part)) in parts.iter().enumerate() {
        policies.union(&mut union, part, false).map_err(|clash| {
            let first = parts[..index]
                .iter()
                .find(|(_, other)| policies.union(&mut other.clone(), part, false).is_err());
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

/// Returns whether `source` depends on `other`, directly or not.
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
fn without_overridden(policies: &Policies, part: &Value, by: &Value) -> Value {
    let (Value::Object(part), Value::Object(by)) = (part, by) else {
        return part.clone();
    };
    let mut kept = Map::new();
    for (key, value) in part {
        let value = match by.get(key) {
            None => value.clone(),
            Some(over)
                if value == over || policies.union(&mut value.clone(), over, false).is_ok() =>
            {
                value.clone()
            }
            Some(over @ Value::Object(_)) if value.is_object() => {
                without_overridden(policies, value, over)
            }
            Some(_) => continue,
        };
        kept.insert(key.clone(), value);
    }
    Value::Object(kept)
}

/// Returns the text of a document, which is empty where there is no file.
fn document_text(format: Format, file: Option<&File>) -> Result<&str, Refusal> {
    file.map_or(Some(format.empty()), File::text)
        .ok_or(Refusal::NotText)
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
pub(super) struct KeysEdit<'a> {
    pub(super) path: &'a RelPath,
    /// What all templates together bring before the edit.
    pub(super) before: Value,
    pub(super) after: Value,
    /// What each template brings after the edit; `None` where the document is no longer wanted.
    pub(super) parts: Option<&'a BTreeMap<TemplateName, Value>>,
}

impl ContentEdit for KeysEdit<'_> {
    fn shows(&self) -> bool {
        self.before != self.after
    }

    fn repo_has_edit(
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

    fn release_has_edit(&self, theirs: &Upstream, identities: &Identities) -> bool {
        let union = union_of(theirs.files.get(self.path));
        self.is_in(&Format::of(self.path).text_of(&union), identities)
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

impl KeysEdit<'_> {
    /// Returns whether a document has the entries that the edit adds, and none that it removes.
    fn is_in(&self, side: &str, identities: &Identities) -> bool {
        let format = Format::of(self.path);
        let policies = policies_at(self.path);
        let [old, new] = [&self.before, &self.after].map(|union| format.text_of(union));
        let Some(document) = format.read(side).ok().filter(Value::is_object) else {
            return false;
        };
        let context = MergeContext {
            identities: identities_at(self.path, identities).into_owned(),
            ..MergeContext::new(policies)
        };
        let Ok(merge) = format.merge([&old, side, &new], &context) else {
            return false;
        };
        let stays = merge.conflicts.is_empty() && merge.text == side;
        let added = policies.subtract(&self.after, &self.before);
        let removed = policies.subtract(&self.before, &self.after);
        stays
            && merge.untaken.is_empty()
            && merge.released.is_empty()
            && json::project(&added, &document, &context.identities) == added
            && policies.subtract(&removed, &document) == removed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::POLICIES;

    #[test]
    fn a_dependency_keeps_what_its_dependent_does_not_set_to_something_else() {
        for (part, by, left) in [
            (r#"{"a": 1}"#, r#"{"b": 2}"#, r#"{"a": 1}"#),
            (r#"{"a": 1}"#, r#"{"a": 1}"#, r#"{"a": 1}"#),
            (r#"{"a": 1, "b": 1}"#, r#"{"a": 2}"#, r#"{"b": 1}"#),
            (
                r#"{"a": {"b": 1, "c": 1}}"#,
                r#"{"a": {"b": 2}}"#,
                r#"{"a": {"c": 1}}"#,
            ),
            (r#"{"a": {"b": 1}}"#, r#"{"a": 2}"#, "{}"),
            (
                r#"{"permissions": {"deny": ["x"]}}"#,
                r#"{"permissions": {"deny": ["y"]}}"#,
                r#"{"permissions": {"deny": ["x"]}}"#,
            ),
        ] {
            let [part, by, left] =
                [part, by, left].map(|text| serde_json::from_str::<Value>(text).unwrap());
            assert_eq!(
                without_overridden(POLICIES, &part, &by),
                left,
                "{part} {by}"
            );
        }
    }
}
