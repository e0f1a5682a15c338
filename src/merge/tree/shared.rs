//! Files that templates and the team own together: blocks and keys.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::merge::{block, json};
use crate::model::lock::{BlocksRecord, KeysRecord, Record};
use crate::model::name::TemplateName;
use crate::model::path::RelPath;
use crate::model::plan::Stage;
use crate::model::tree::File;
use crate::model::upstream::{Blocks, Comment, Content, Keys};

use super::{Found, Local, Merger, Note, Refusal, Row};

impl Merger<'_> {
    /// Merges a shared file, or refuses. Returns the scripts whose entries were kept although upstream dropped them.
    pub(super) fn shared(&mut self, path: &RelPath, held: &BTreeSet<RelPath>) -> BTreeSet<RelPath> {
        let local = self.local(path);
        let old = match &local.found {
            Found::Obstacle(what) => {
                self.refuse(path, Refusal::Obstacle(what.clone()));
                return BTreeSet::new();
            }
            Found::Absent { .. } => None,
            Found::File(file) | Found::Link(file) => Some(file.clone()),
        };
        if old.as_ref().is_some_and(|file| file.text().is_none()) {
            self.refuse(path, Refusal::NotText);
            return BTreeSet::new();
        }
        match (self.base.files.get(path), self.theirs.files.get(path)) {
            (Some(Record::Keys(base)), Some(Content::Keys(theirs))) => self.keys(path, &local, old, base, theirs, held),
            (None, Some(Content::Keys(theirs))) => self.keys(path, &local, old, &KeysRecord::default(), theirs, held),
            (Some(Record::Keys(base)), None) => {
                let nothing = Keys { parts: BTreeMap::new(), union: Value::Object(Map::new()) };
                self.keys(path, &local, old, base, &nothing, held)
            }
            (Some(Record::Blocks(base)), Some(Content::Blocks(theirs))) => self.blocks(path, &local, old, base, theirs),
            (None, Some(Content::Blocks(theirs))) => self.blocks(path, &local, old, &BlocksRecord::default(), theirs),
            (Some(Record::Blocks(base)), None) => {
                let comment = if path.file_name() == ".gitignore" { Comment::Hash } else { Comment::Html };
                self.blocks(path, &local, old, base, &Blocks { comment, blocks: Vec::new() })
            }
            _ => {
                self.refuse(path, Refusal::Obstacle("a file of another ownership".to_owned()));
                BTreeSet::new()
            }
        }
    }

    fn blocks(
        &mut self,
        path: &RelPath,
        local: &Local,
        old: Option<File>,
        base: &BlocksRecord,
        theirs: &Blocks,
    ) -> BTreeSet<RelPath> {
        let missing = local.found == Found::Absent { missing: true };
        let nothing = BTreeMap::new();
        let known = if missing { &nothing } else { &base.blocks };
        let ours = old.as_ref().and_then(File::text).unwrap_or_default();
        let merge = match block::merge(theirs.comment, known, ours, &theirs.blocks) {
            Ok(merge) => merge,
            Err(malformed) => {
                self.refuse(path, Refusal::Markers(malformed));
                return BTreeSet::new();
            }
        };
        for (owner, outcome) in &merge.outcomes {
            match outcome {
                block::Outcome::Conflict => self.refuse(path, Refusal::BlockBothChanged(owner.clone())),
                block::Outcome::Released => self.note(path, Note::BlockReleased(owner.clone())),
                block::Outcome::StaysGone { changed: true } => self.note(path, Note::BlockGone(owner.clone())),
                _ => {}
            }
        }
        let created = old.is_none() || base.created;
        let empty = merge.text.trim_matches(['\u{feff}', '\r', '\n']).is_empty();
        let gone = empty && created && (old.is_none() || theirs.blocks.is_empty());
        let kept = merge.outcomes.iter().any(|(_, outcome)| *outcome == block::Outcome::Kept);
        self.finish(path, local, old, (!gone).then_some(merge.text), Stage::File, kept);
        if !merge.records.is_empty() {
            let record = BlocksRecord { created: created && !gone || base.created, blocks: merge.records };
            self.out.files.insert(path.clone(), Record::Blocks(record));
        }
        BTreeSet::new()
    }

    fn keys(
        &mut self,
        path: &RelPath,
        local: &Local,
        old: Option<File>,
        base: &KeysRecord,
        theirs: &Keys,
        held: &BTreeSet<RelPath>,
    ) -> BTreeSet<RelPath> {
        const EMPTY: &str = "{}\n";
        let missing = local.found == Found::Absent { missing: true };
        let text = old.as_ref().and_then(File::text);
        let ours = match text.map_or_else(|| json::Document::parse(EMPTY), json::Document::parse) {
            Ok(document) => document,
            Err(invalid) => {
                self.refuse(path, Refusal::NotJson(invalid));
                return BTreeSet::new();
            }
        };
        if !ours.value().is_object() {
            let what = "something other than an object".to_owned();
            self.refuse(path, Refusal::NotJson(json::Invalid { line: 1, what }));
            return BTreeSet::new();
        }
        let before = if missing { Value::Object(Map::new()) } else { installed(base, &theirs.union) };
        let theirs_text = json::to_text(&theirs.union);
        let upstream = json::Document::parse(&theirs_text).expect("what was composed is strict JSON");
        let context =
            json::Context { identities: self.identities.clone(), held: held.clone(), replaced: base.replaced.clone() };
        let merge = match json::merge(&before, &ours, &upstream, &context) {
            Ok(merge) => merge,
            Err(invalid) => {
                self.refuse(path, Refusal::NotJson(invalid));
                return BTreeSet::new();
            }
        };
        let merged = merge.text(ours.text(), &theirs_text);
        for conflict in &merge.conflicts {
            self.refuse(path, Refusal::Value(conflict.clone()));
        }
        for released in &merge.released {
            self.note(path, Note::EntryReleased(released.pointer.clone()));
        }
        for pointer in &merge.gone {
            self.note(path, Note::EntryGone(pointer.clone()));
        }
        let result = json::Document::parse(&merged).map(json::Document::into_value).unwrap_or_default();
        for rule in allowed_and_denied(&result).difference(&allowed_and_denied(ours.value())) {
            self.note(path, Note::AllowedAndDenied(rule.clone()));
        }
        let created = old.is_none() || base.created;
        let gone = created && json::is_empty(&result) && (old.is_none() || theirs.parts.is_empty());
        let kept = base.parts.values().any(|part| json::project(part, ours.value(), &self.identities) != *part);
        self.finish(path, local, old, (!gone).then_some(merged), Stage::Settings, kept);
        if !theirs.parts.is_empty() {
            let record = KeysRecord {
                created,
                parts: theirs.parts.clone(),
                adopted: adopted(theirs, base, &merge.agreed),
                replaced: if created { BTreeMap::new() } else { merge.replaced },
            };
            self.out.files.insert(path.clone(), Record::Keys(record));
        }
        merge.released.into_iter().filter_map(|released| released.script).collect()
    }

    /// Says what became of a shared file, and changes it.
    fn finish(
        &mut self,
        path: &RelPath,
        local: &Local,
        old: Option<File>,
        new: Option<String>,
        stage: Stage,
        kept: bool,
    ) {
        let managed = self.base.files.contains_key(path);
        let row = match (&old, &new) {
            (None, Some(_)) if local.found == (Found::Absent { missing: true }) => Row::Restored,
            (None, Some(_)) => Row::Added,
            (None, None) if self.theirs.files.contains_key(path) => Row::StaysGone { changed: false },
            (None, None) => Row::Forgotten,
            (Some(_), None) => Row::Deleted,
            (Some(old), Some(new)) if old.bytes != new.as_bytes() => Row::Merged,
            (Some(_), Some(_)) if kept => Row::Kept,
            (Some(_), Some(_)) if managed => Row::Unchanged,
            (Some(_), Some(_)) => Row::Adopted,
        };
        let executable = old.as_ref().is_some_and(|file| file.executable);
        let new = new.map(|text| File { bytes: text.into_bytes(), executable });
        self.change(local.real.clone(), stage, old, new);
        self.out.rows.push((path.clone(), row));
    }

    fn note(&mut self, path: &RelPath, note: Note) {
        self.out.notes.push((path.clone(), note));
    }
}

/// What was installed, less the adopted entries that upstream no longer has: those are the team's alone now.
fn installed(base: &KeysRecord, theirs: &Value) -> Value {
    let unite = |parts: &BTreeMap<TemplateName, Value>| {
        parts.values().fold(Value::Object(Map::new()), |mut union, part| {
            json::union(&mut union, part, true).expect("an override never clashes");
            union
        })
    };
    json::subtract(&unite(&base.parts), &json::subtract(&unite(&base.adopted), theirs))
}

/// The entries of each template that the team had before it came.
fn adopted(theirs: &Keys, base: &KeysRecord, agreed: &Value) -> BTreeMap<TemplateName, Value> {
    let of = |owner: &TemplateName, part: &Value| {
        let mut had = agreed.clone();
        if let Some(before) = base.adopted.get(owner) {
            json::union(&mut had, before, true).expect("an override never clashes");
        }
        // What is left of the part when what the team lacked is taken out.
        json::subtract(part, &json::subtract(part, &had))
    };
    let parts = theirs.parts.iter().map(|(owner, part)| (owner.clone(), of(owner, part)));
    parts.filter(|(_, part)| !json::is_empty(part)).collect()
}

/// The rules that a settings document both allows and denies.
fn allowed_and_denied(settings: &Value) -> BTreeSet<String> {
    let rules = |list: &str| -> BTreeSet<String> {
        let rules = settings.get("permissions").and_then(|p| p.get(list)).and_then(Value::as_array);
        rules.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    rules("allow").intersection(&rules("deny")).cloned().collect()
}
