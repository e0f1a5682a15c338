//! Files that templates and the team own together: blocks and keys.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::agent::POLICIES;
use crate::agent::claude::allowed_and_denied;
use crate::merge::{block, json, unsettled};
use crate::model::lock::{BlockRecord, BlocksRecord, KeysRecord, Record};
use crate::model::name::TemplateName;
use crate::model::path::RelPath;
use crate::model::plan::Stage;
use crate::model::tree::File;
use crate::model::upstream::{Blocks, Comment, Content, Keys};

use super::{Absence, Found, Local, Merger, Note, Obstacle, Refusal, Row};

impl Merger<'_> {
    /// Merges a shared file, or refuses. Entries that run a script of `held` stay, whatever
    /// upstream dropped.
    pub(super) fn shared(&mut self, path: &RelPath, held: &BTreeSet<RelPath>) {
        let local = self.local(path);
        let old = match &local.found {
            Found::Obstacle(obstacle) => {
                return self.refuse(path, Refusal::Obstacle(obstacle.clone()));
            }
            Found::Absent(_) => None,
            Found::File(file) | Found::Link(file) => Some(file.clone()),
        };
        // UTF-16 may be UTF-8 with zero bytes; of JSON, its reader says where they are.
        let is_json = matches!(self.theirs.files.get(path), Some(Content::Keys(_)));
        let is_text = |file: &File| match is_json {
            true => file.text().is_some(),
            false => file.is_text(),
        };
        if old.as_ref().is_some_and(|file| !is_text(file)) {
            return self.refuse(path, Refusal::NotText);
        }
        match (self.base.files.get(path), self.theirs.files.get(path)) {
            (Some(Record::Keys(base)), Some(Content::Keys(theirs))) => {
                self.keys(path, &local, old, base, theirs, held)
            }
            (None, Some(Content::Keys(theirs))) => {
                self.keys(path, &local, old, &KeysRecord::default(), theirs, held)
            }
            (Some(Record::Keys(base)), None) => {
                let nothing = Keys {
                    parts: BTreeMap::new(),
                    union: Value::Object(Map::new()),
                };
                self.keys(path, &local, old, base, &nothing, held)
            }
            (Some(Record::Blocks(base)), Some(Content::Blocks(theirs))) => {
                self.blocks(path, &local, old, base, theirs)
            }
            (None, Some(Content::Blocks(theirs))) => {
                self.blocks(path, &local, old, &BlocksRecord::default(), theirs)
            }
            (Some(Record::Blocks(base)), None) => {
                self.blocks(
                    path,
                    &local,
                    old,
                    base,
                    &Blocks {
                        comment: Comment::of(path),
                        blocks: Vec::new(),
                    },
                );
            }
            _ => {
                let (at, what) = (path.clone(), "a file of another ownership");
                self.refuse(path, Refusal::Obstacle(Obstacle { at, what }));
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
    ) {
        let missing = local.is_lost();
        let here = old.as_ref().and_then(File::text).unwrap_or_default();
        let there = block::find_known(here, theirs.comment, &base.blocks).unwrap_or_default();
        // What is there isn't missing.
        let known = |(owner, block): &(&TemplateName, &BlockRecord)| {
            let is_there = there.iter().any(|found| found.owner == **owner);
            !missing || block.deleted || is_there
        };
        let known = base
            .blocks
            .iter()
            .filter(known)
            .map(|(owner, block)| (owner.clone(), block.clone()))
            .collect();
        let ours = self.base.marked.get(path).map_or(here, String::as_str);
        let merge = match merge_blocks(&known, ours, theirs, self.marks) {
            Ok(merge) => merge,
            Err(malformed) => return self.refuse(path, Refusal::Markers(malformed)),
        };
        for (owner, outcome) in &merge.outcomes {
            match outcome {
                block::Outcome::Released => self.note(path, Note::BlockReleased(owner.clone())),
                block::Outcome::StaysGone { changed: true } => {
                    self.note(path, Note::BlockGone(owner.clone()))
                }
                _ => {}
            }
        }
        if merge.is_layout_untaken {
            self.note(path, Note::LayoutUntaken);
        }
        if !merge.conflicts.is_empty() {
            self.out
                .conflicts
                .insert(path.clone(), merge.conflicts.clone());
        }
        let mut merge = merge;
        for (owner, record) in &mut merge.records {
            // What a block replaced was recorded where it first came, not where it is restored.
            if let Some(first) = base.blocks.get(owner).filter(|_| missing) {
                record.before.clone_from(&first.before);
            }
        }
        let created = base.created || (old.is_none() && base.blocks.is_empty());
        let gone =
            is_nothing(&merge.text) && created && (old.is_none() || theirs.blocks.is_empty());
        let gone = gone || (old.is_none() && merge.text.is_empty());
        let gone = gone && !is_link(local);
        let kept = merge
            .outcomes
            .iter()
            .any(|(_, outcome)| *outcome == block::Outcome::Kept);
        self.finish(
            path,
            local,
            old,
            (!gone).then_some(merge.text),
            Stage::File,
            kept,
        );
        if !merge.records.is_empty() {
            self.out.files.insert(
                path.clone(),
                Record::Blocks(BlocksRecord {
                    created,
                    blocks: merge.records,
                }),
            );
        }
    }

    fn keys(
        &mut self,
        path: &RelPath,
        local: &Local,
        old: Option<File>,
        base: &KeysRecord,
        theirs: &Keys,
        held: &BTreeSet<RelPath>,
    ) {
        let missing = local.is_lost();
        let managed = self.base.files.contains_key(path);
        // A file that was deleted on purpose stays gone with all that was in it; who comes new may
        // make it again.
        let deleted = old.is_none() && managed && !missing;
        let wanted = if deleted {
            arriving(base, theirs)
        } else {
            theirs.union.clone()
        };
        let ours = match old
            .as_ref()
            .and_then(File::text)
            .map_or_else(|| json::Document::parse(EMPTY), json::Document::of_file)
        {
            Ok(document) if document.value().is_object() => document,
            Ok(_) => {
                let what = "something other than an object".to_owned();
                return self.refuse(path, Refusal::NotJson(json::InvalidJson { line: 1, what }));
            }
            Err(invalid) => return self.refuse(path, Refusal::NotJson(invalid)),
        };
        let mut installed = POLICIES.united(base.parts.values());
        if missing {
            // What is there isn't missing.
            let here = json::project(&installed, ours.value(), &self.identities);
            installed = json::project(&here, &installed, &self.identities);
        }
        let (before, wanted) = (json::to_text(&installed), json::to_text(&wanted));
        let parse = |text| json::Document::parse(text).expect("what was composed is strict JSON");
        let (before, upstream) = (parse(&before), parse(&wanted));
        let replaced = base.replaced.clone();
        let context = json::MergeContext {
            identities: self.identities.clone(),
            held: held.clone(),
            replaced,
            adopted: POLICIES.united(base.adopted.values()),
        };
        let merge = match json::merge(&before, &ours, &upstream, &context) {
            Ok(merge) => merge,
            Err(invalid) => return self.refuse(path, Refusal::NotJson(invalid)),
        };
        let sides = json::sides(&before, &ours, &upstream);
        let merged = json::text(&merge.merge, &sides);
        let result = json::Document::of_file(&merged)
            .map(json::Document::into_value)
            .unwrap_or_default();
        if !merge.merge.is_clean() {
            self.out
                .conflicts
                .insert(path.clone(), unsettled::of(&merge.merge, &sides, false));
        }
        for released in &merge.released {
            self.note(path, Note::EntryReleased(released.pointer.clone()));
        }
        let untaken = match deleted {
            // Only what came new was merged into nothing.
            true => json::untaken(
                &installed,
                ours.value(),
                &theirs.union,
                [&result, &result],
                &context,
            ),
            false => merge.untaken,
        };
        let created = base.created || (old.is_none() && !managed);
        let gone =
            json::is_empty(&result) && (old.is_none() || (created && theirs.parts.is_empty()));
        let gone = gone && !is_link(local);
        // The row says it all where nothing is left of the file.
        if !(gone && deleted) {
            for untaken in untaken {
                self.note(path, Note::EntryUntaken(untaken));
            }
        }
        let denied_before = allowed_and_denied(ours.value());
        for rule in allowed_and_denied(&result).difference(&denied_before) {
            self.note(path, Note::AllowedAndDenied(rule.clone()));
        }
        let kept = base
            .parts
            .values()
            .any(|part| json::project(part, ours.value(), &self.identities) != *part);
        self.finish(
            path,
            local,
            old,
            (!gone).then_some(merged),
            Stage::Settings,
            kept,
        );
        let nothing = empty();
        if !theirs.parts.is_empty() {
            let record = KeysRecord {
                created,
                parts: theirs.parts.clone(),
                // What one clone happens to have says nothing of the others.
                adopted: adopted(
                    theirs,
                    base,
                    if missing { &nothing } else { &merge.agreed },
                    &self.identities,
                ),
                replaced: match (created, missing) {
                    (true, _) => BTreeMap::new(),
                    (false, true) => base.replaced.clone(),
                    (false, false) => merge.replaced,
                },
            };
            self.out.files.insert(path.clone(), Record::Keys(record));
        }
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
            (None, Some(_)) if local.found == (Found::Absent(Absence::Missing)) => Row::Restored,
            (None, Some(_)) => Row::Added,
            (None, None) if self.theirs.files.contains_key(path) => Row::StaysGone {
                changed: self.has_news(path),
            },
            (None, None) => Row::Forgotten,
            (Some(_), None) => Row::Deleted,
            (Some(_), Some(_)) if self.out.conflicts.contains_key(path) => Row::Contested,
            (Some(old), Some(new)) if old.bytes != new.as_bytes() => Row::Merged,
            (Some(_), Some(_)) if kept => Row::Kept,
            (Some(_), Some(_)) if managed => Row::Unchanged,
            (Some(_), Some(_)) => Row::Adopted,
        };
        if row == Row::Restored {
            self.out.restored.push(local.real.clone());
        }
        let executable = old.as_ref().is_some_and(|file| file.executable);
        let new = new.map(|text| File {
            bytes: text.into_bytes().into(),
            executable,
        });
        self.change(local.real.clone(), stage, old, new);
        self.out.rows.push((path.clone(), row));
    }

    /// Whether upstream has something else for a shared file than was installed.
    fn has_news(&self, path: &RelPath) -> bool {
        match (self.base.files.get(path), self.theirs.files.get(path)) {
            (Some(Record::Keys(base)), Some(Content::Keys(theirs))) => base.parts != theirs.parts,
            (Some(Record::Blocks(base)), Some(Content::Blocks(theirs))) => {
                theirs.blocks.iter().any(|block| {
                    base.blocks
                        .get(&block.owner)
                        .is_none_or(|record| record.text != block.text)
                })
            }
            _ => false,
        }
    }
}

/// Whether a path leads elsewhere: what is there was put there by the team, and stays, if with
/// nothing in it.
fn is_link(local: &Local) -> bool {
    matches!(local.found, Found::Link(_))
}

/// A document of nothing, as a new file starts.
const EMPTY: &str = "{}\n";

fn empty() -> Value {
    Value::Object(Map::new())
}

/// Whether nothing is left of a text that agentpkg had made.
pub(super) fn is_nothing(text: &str) -> bool {
    text.trim_matches(['\u{feff}', '\r', '\n']).is_empty()
}

/// Merges blocks. Composition's import of AGENTS.md stays as text where the file stays: without it
/// the file would hide AGENTS.md from the agent.
fn merge_blocks(
    known: &BTreeMap<TemplateName, BlockRecord>,
    ours: &str,
    theirs: &Blocks,
    marks: &block::Marks,
) -> Result<block::BlockMerge, block::MalformedMarkers> {
    let merge = block::merge(theirs.comment, known, ours, &theirs.blocks, marks)?;
    let import = TemplateName::composition();
    let dropped = merge
        .outcomes
        .contains(&(import.clone(), block::Outcome::Deleted))
        && theirs.blocks.is_empty();
    if !dropped || is_nothing(&merge.text) {
        return Ok(merge);
    }
    let mut known = known.clone();
    // As if it had been edited here: it is released.
    known.entry(import).or_default().text.clear();
    block::merge(theirs.comment, &known, ours, &theirs.blocks, marks)
}

/// What templates bring that had no part in a file before.
fn arriving(base: &KeysRecord, theirs: &Keys) -> Value {
    POLICIES.united(
        theirs
            .parts
            .iter()
            .filter(|(owner, _)| !base.parts.contains_key(*owner))
            .map(|(_, part)| part),
    )
}

/// The entries of each template that the team had before any came, as the template has them now.
fn adopted(
    theirs: &Keys,
    base: &KeysRecord,
    agreed: &Value,
    identities: &json::Identities,
) -> BTreeMap<TemplateName, Value> {
    let had = POLICIES.united(base.adopted.values().chain([agreed]));
    let mut adopted = BTreeMap::new();
    for (owner, part) in &theirs.parts {
        let part = json::project(&had, part, identities);
        // What holds no entry is left out.
        let part = POLICIES.subtract(&part, &Value::Null);
        if !json::is_empty(&part) {
            adopted.insert(owner.clone(), part);
        }
    }
    adopted
}
