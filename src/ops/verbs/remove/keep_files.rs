//! `remove --keep-files`: what templates brought stays as it is, and is the team's from then on.
//! Only what marked it as theirs goes: markers of blocks, and what the lock and agentpkg.toml say.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::merge::json::Identities;
use crate::merge::{block, json};
use crate::model::lock::{
    AGENTPKG_LOCK, BlockRecord, BlocksRecord, KeysRecord, Lock, LockedRelease, Record,
};
use crate::model::manifest::AGENTPKG_TOML;
use crate::model::name::TemplateName;
use crate::model::path::{RelPath, rel};
use crate::model::plan::{FileChange, Plan, Stage};
use crate::model::tree::File;
use crate::model::upstream::{BlockName, Comment, Upstream};
use crate::tree::ownership::{identities_at, policies_at};
use crate::tree::{self, Found, ownership};

use super::Outcome;
use crate::ops::Session;
use crate::ops::steps::conflicts;
use crate::ops::steps::decide;
use crate::ops::steps::git_view::of_plan;
use crate::ops::steps::moves::moves;
use crate::ops::steps::repo::Repo;

/// The command, as it is typed.
const KEEP_FILES: &str = "remove --keep-files";

/// Returns the removal of everything but the files: agentpkg.toml and agentpkg.lock go.
pub fn of_all(session: &Session) -> Result<Outcome> {
    let repo = Repo::read(&session.workspace)?;
    let lock = repo.installed(session)?;
    conflicts::refuse_while_open(session, lock)?;
    let mut base = repo.base();
    let ours = repo.ours(&session.workspace, &mut base, [])?;
    let (mut changes, mut kept) = (Vec::new(), Vec::new());
    for (path, local) in &ours {
        let (Found::File(file) | Found::Link(file)) = &local.found else {
            continue;
        };
        kept.push(local.real.clone());
        if let Some(Record::Blocks(record)) = base.files.get(path) {
            let new = without_markers(path, file, &record.blocks, |_| true)?;
            changes.push(rewritten(&local.real, file, new));
        }
    }
    for (path, stage, text) in [
        (AGENTPKG_TOML, Stage::Manifest, &repo.manifest_text),
        (AGENTPKG_LOCK, Stage::Lock, &repo.lock_text),
    ] {
        changes.push(FileChange {
            path: rel(path),
            stage,
            old: text.as_deref().map(File::plain),
            new: None,
        });
    }
    let plan = Plan::new(KEEP_FILES, changes);
    Ok(outcome(session, lock, &BTreeMap::new(), kept, plan))
}

/// Returns the removal of some templates, and of what only they needed, without what they brought.
pub fn of(session: &Session, names: &[TemplateName]) -> Result<Outcome> {
    let repo = Repo::read(&session.workspace)?;
    repo.refuse_lost(session, &[])?;
    let lock = repo.installed(session)?;
    let gone = super::gone(&repo, lock, names, KEEP_FILES)?;
    conflicts::refuse_while_open(session, &concerned(lock, &gone))?;
    let mut base = repo.base();
    let ours = repo.ours(&session.workspace, &mut base, [])?;
    decide::refuse_elsewhere(session, &ours)?;
    let (mut changes, mut kept) = (Vec::new(), Vec::new());
    let mut after = lock.clone();
    after.files.clear();
    let identities = tree::identities(&base, &Upstream::default());
    for (path, record) in base.files {
        let left = match record.as_whole() {
            Some(whole) if super::is_going(lock, &gone, &whole.origin.template) => None,
            _ => left(&path, &record, &gone, &identities),
        };
        if let (Found::File(file) | Found::Link(file), true) =
            (&ours[&path].found, concerns(&record, &gone))
        {
            let real = &ours[&path].real;
            kept.push(real.clone());
            if let Record::Blocks(record) = &record {
                let going = blocks_going(record, left.as_ref());
                let new =
                    without_markers(&path, file, &record.blocks, |block| going.contains(block))?;
                changes.push(rewritten(real, file, new));
            }
        }
        after.files.extend(left.map(|left| (path, left)));
    }
    super::forget(&mut after, &gone);
    after.conflicts = conflicts::still_open(session, lock)?;
    super::forget_inputs(session, &repo, &mut after);
    changes.extend(super::own_files(&repo, &after, names)?);
    let plan = Plan::new(super::command(KEEP_FILES, names), changes);
    Ok(outcome(session, lock, &after.inputs.releases, kept, plan))
}

fn outcome(
    session: &Session,
    before: &Lock,
    after: &BTreeMap<TemplateName, LockedRelease>,
    mut kept: Vec<RelPath>,
    plan: Plan,
) -> Outcome {
    kept.sort();
    kept.dedup();
    Outcome {
        applied: false,
        moves: moves(&before.inputs.releases, after),
        rows: Vec::new(),
        notes: Vec::new(),
        still_run: Vec::new(),
        kept_files: kept,
        to_commit: of_plan(session, &plan, &[]).to_commit,
        recovered: None,
        plan,
    }
}

fn rewritten(path: &RelPath, old: &File, new: File) -> FileChange {
    FileChange {
        path: path.clone(),
        stage: Stage::File,
        old: Some(old.clone()),
        new: Some(new),
    }
}

/// Returns what a lock has of the paths that templates wrote to.
fn concerned(lock: &Lock, gone: &BTreeSet<TemplateName>) -> Lock {
    let mut concerned = lock.clone();
    concerned.files.retain(|_, record| concerns(record, gone));
    let files = &concerned.files;
    concerned
        .conflicts
        .retain(|path, _| files.contains_key(path));
    concerned
}

/// Whether one of some templates wrote to a path.
fn concerns(record: &Record, gone: &BTreeSet<TemplateName>) -> bool {
    let mut owners = ownership::of(record).owners().into_iter();
    owners.any(|owner| gone.contains(owner))
}

/// Returns what is still managed of a path without some templates.
fn left(
    path: &RelPath,
    record: &Record,
    gone: &BTreeSet<TemplateName>,
    identities: &Identities,
) -> Option<Record> {
    match record {
        Record::Whole(_) => Some(record.clone()),
        Record::Blocks(record) => blocks_left(record, gone).map(Record::Blocks),
        Record::Keys(record) => keys_left(path, record, gone, identities).map(Record::Keys),
    }
}

fn blocks_left(record: &BlocksRecord, gone: &BTreeSet<TemplateName>) -> Option<BlocksRecord> {
    let mut left = record.clone();
    left.blocks
        .retain(|block, _| !gone.contains(&block.template));
    // Composition's own block is there for those of templates.
    let composition = TemplateName::composition();
    let mut staying = left.blocks.keys();
    let has_a_template = staying.any(|block| block.template != composition);
    has_a_template.then_some(left)
}

/// Returns the blocks that are managed no longer.
fn blocks_going(record: &BlocksRecord, left: Option<&Record>) -> BTreeSet<BlockName> {
    let mut going: BTreeSet<BlockName> = record.blocks.keys().cloned().collect();
    if let Some(Record::Blocks(left)) = left {
        going.retain(|block| !left.blocks.contains_key(block));
    }
    going
}

/// An entry that a template which stays brought too is the team's as well, and stays when that one
/// goes.
fn keys_left(
    path: &RelPath,
    record: &KeysRecord,
    gone: &BTreeSet<TemplateName>,
    identities: &Identities,
) -> Option<KeysRecord> {
    let policies = policies_at(path);
    let identities = identities_at(path, identities);
    let mut left = record.clone();
    left.parts.retain(|owner, _| !gone.contains(owner));
    left.adopted.retain(|owner, _| !gone.contains(owner));
    let going = record
        .parts
        .iter()
        .filter(|(owner, _)| gone.contains(*owner));
    let going = policies.united(going.map(|(_, part)| part));
    for (owner, part) in &left.parts {
        // Hooks are told apart one by one, whatever group they stand in.
        let shared = json::project(&going, part, &identities);
        // What holds no entry is left out.
        let shared = policies.subtract(&shared, &Value::Null);
        if !json::is_empty(&shared) {
            let adopted = left.adopted.entry(owner.clone());
            let adopted = adopted.or_insert_with(|| Value::Object(Map::new()));
            *adopted = policies.united([&*adopted, &shared]);
        }
    }
    (!left.parts.is_empty()).then_some(left)
}

/// Returns a file with the texts of its blocks, and without what marked those that go.
fn without_markers(
    path: &RelPath,
    file: &File,
    known: &BTreeMap<BlockName, BlockRecord>,
    goes: impl Fn(&BlockName) -> bool,
) -> Result<File> {
    let mend = |what: String| {
        Error::user(format!("`{path}` {what}"))
            .note("nothing was changed")
            .hint("mend it and run the command again")
    };
    let text = file
        .text()
        .ok_or_else(|| mend("is not UTF-8 text".to_owned()))?;
    let found = block::find_known(text, Comment::of(path), known)
        .map_err(|malformed| mend(malformed.to_string()))?;
    let mut rest = text.to_owned();
    for block in found.iter().rev().filter(|block| goes(&block.name)) {
        rest.replace_range(block.inner.end..block.whole.end, "");
        rest.replace_range(block.whole.start..block.inner.start, "");
    }
    Ok(File {
        bytes: rest.into_bytes().into(),
        executable: file.executable,
    })
}
