//! What is installed as agentpkg.lock remembers it, for a repo that an earlier agentpkg rendered
//! otherwise.
//!
//! `install` brings about what the lock says, whichever agentpkg wrote it: a colleague's newer
//! program is no reason to change the team's files. `upgrade` renders them anew.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::agent::POLICIES;
use crate::error::{Error, Result};
use crate::model::digest::{Digest, git_blob};
use crate::model::lock::{AGENTPKG_LOCK, Lock, Record, WholeRecord};
use crate::model::path::RelPath;
use crate::model::tree::File;
use crate::model::upstream::{Block, Blocks, Comment, Content, Keys, Upstream, Whole};
use crate::render::RENDERER;
use crate::store::git;
use crate::store::workspace::Workspace;
use crate::tree::{Base, Found, Ours, Row, TreeMerge};
use crate::words;

use crate::ops::Session;
use crate::ops::steps::releases::Registries;

/// What the lock remembers, as far as it can be had.
pub struct FromLock {
    /// What each path holds.
    pub upstream: Upstream,
    /// Whole files whose bytes can't be had: they stay as they are.
    pub frozen: BTreeSet<RelPath>,
}

/// Returns what was installed, as exactly as it can be had: from the registries, and where this
/// agentpkg renders otherwise than the one that installed it, from the lock and the repo's git.
///
/// # Errors
/// When a locked release can't be read.
pub fn installed(context: &Session, registries: &Registries, lock: &Lock) -> Result<Upstream> {
    let mut upstream = registries.upstream(lock)?;
    if lock.inputs.renderer != RENDERER {
        upstream.files.extend(
            from_lock(&context.workspace, lock, &upstream)?
                .upstream
                .files,
        );
    }
    Ok(upstream)
}

/// Corrects what a lock that was joined from two sides remembers: git may have taken the releases
/// from one side and the record of a file from the other. **What was installed is what the locked
/// releases render to.**
///
/// # Errors
/// When a locked release can't be read.
pub fn correct(lock: &Lock, registries: &Registries, base: &mut Base) -> Result<()> {
    if lock.inputs.renderer != RENDERER {
        return Ok(());
    }
    let installed = registries.upstream(lock)?;
    for (path, content) in &installed.files {
        match (base.files.get_mut(path), content) {
            (Some(Record::Whole(record)), Content::Whole(whole)) if !record.seed => {
                record.digest = Digest::of(&whole.file.bytes);
                record.blob = git_blob(&whole.file.bytes);
                record.executable = whole.file.executable;
            }
            (Some(Record::Blocks(record)), Content::Blocks(blocks)) => {
                for block in &blocks.blocks {
                    if let Some(known) = record.blocks.get_mut(&block.owner) {
                        known.text.clone_from(&block.text);
                    }
                }
            }
            (Some(Record::Keys(record)), Content::Keys(keys)) => {
                record.parts.clone_from(&keys.parts);
            }
            _ => {}
        }
    }
    Ok(())
}

/// Returns what the lock remembers: whole files as they are `rendered` here where that gives the
/// same, else from the repo's git; the rest from the lock.
///
/// # Errors
/// When git fails.
pub fn from_lock(workspace: &Workspace, lock: &Lock, rendered: &Upstream) -> Result<FromLock> {
    let mut upstream = Upstream {
        hooks: lock.hooks.clone(),
        ..Upstream::default()
    };
    let mut missing = Vec::new();
    for (path, record) in &lock.files {
        let now = rendered.files.get(path);
        let content = match (record, now) {
            (Record::Whole(record), Some(Content::Whole(whole)))
                if Digest::of(&whole.file.bytes) == record.digest =>
            {
                Content::Whole(whole.clone())
            }
            (Record::Whole(record), _) => {
                missing.push((path, record));
                continue;
            }
            (Record::Blocks(record), now) => {
                let places: Vec<_> = match now {
                    Some(Content::Blocks(blocks)) => {
                        blocks.blocks.iter().map(|block| &block.owner).collect()
                    }
                    _ => Vec::new(),
                };
                let mut blocks: Vec<Block> = record
                    .blocks
                    .iter()
                    .map(|(owner, block)| Block {
                        owner: owner.clone(),
                        source: block.source.clone(),
                        text: block.text.clone(),
                    })
                    .collect();
                blocks.sort_by_key(|block| places.iter().position(|owner| **owner == block.owner));
                Content::Blocks(Blocks {
                    comment: Comment::of(path),
                    blocks,
                })
            }
            (Record::Keys(record), _) => {
                let mut union = Value::Object(Map::new());
                for part in record.parts.values() {
                    POLICIES.union(&mut union, part, false).map_err(|_| {
                        Error::damaged(format!(
                            "the entries of `{path}` in `{AGENTPKG_LOCK}` contradict each other"
                        ))
                        .hint(format!("if it was edited: git checkout {AGENTPKG_LOCK}"))
                    })?;
                }
                Content::Keys(Keys {
                    parts: record.parts.clone(),
                    union,
                })
            }
        };
        upstream.files.insert(path.clone(), content);
    }
    let frozen = restore(workspace, &missing, &mut upstream)?;
    Ok(FromLock { upstream, frozen })
}

/// Adds whole files to `upstream` as the repo's git has them; returns those whose bytes it lacks.
fn restore(
    workspace: &Workspace,
    missing: &[(&RelPath, &WholeRecord)],
    upstream: &mut Upstream,
) -> Result<BTreeSet<RelPath>> {
    let mut found = git::blobs(
        workspace.root(),
        missing.iter().map(|(_, record)| record.blob.as_str()),
    )?;
    let mut frozen = BTreeSet::new();
    for (path, record) in missing.iter().copied() {
        match found
            .remove(&record.blob)
            .filter(|bytes| Digest::of(bytes) == record.digest)
        {
            Some(bytes) => {
                let file = File {
                    bytes,
                    executable: record.executable,
                };
                let whole = Whole {
                    file,
                    origin: record.origin.clone(),
                    seed: record.seed,
                };
                upstream.files.insert(path.clone(), Content::Whole(whole));
            }
            None => _ = frozen.insert(path.clone()),
        }
    }
    Ok(frozen)
}

/// Makes base and upstream of each path that stays still what is there, so that nothing becomes of
/// it.
///
/// # Errors
/// When one of them is missing, and has to be there.
pub fn hold_still(
    still: &BTreeSet<RelPath>,
    base: &mut Base,
    ours: &Ours,
    upstream: &mut Upstream,
) -> Result<()> {
    let lost: Vec<&RelPath> = still
        .iter()
        .filter(|path| ours.get(*path).is_some_and(|local| local.is_lost()))
        .collect();
    if !lost.is_empty() {
        let (count, names) = (words::count(lost.len(), "file"), words::list(lost));
        return Err(Error::user(format!("{count} can't be restored: {names}"))
            .note(
                "an earlier agentpkg rendered otherwise than this one does, and git doesn't have \
                 what it made",
            )
            .note("nothing was changed")
            .hint("agentpkg upgrade"));
    }
    for path in still {
        let Some(Record::Whole(record)) = base.files.get_mut(path) else {
            continue;
        };
        let file = match ours.get(path).map(|local| &local.found) {
            Some(Found::File(file) | Found::Link(file)) => file.clone(),
            _ => File {
                bytes: Vec::new().into(),
                executable: record.executable,
            },
        };
        record.digest = Digest::of(&file.bytes);
        record.blob = git_blob(&file.bytes);
        record.executable = file.executable;
        let whole = Whole {
            file,
            origin: record.origin.clone(),
            seed: record.seed,
        };
        upstream.files.insert(path.clone(), Content::Whole(whole));
    }
    Ok(())
}

fn is_edited(path: &RelPath, lock: &Lock, ours: &Ours) -> bool {
    let here = ours.get(path).map(|local| &local.found);
    match (lock.files.get(path), here) {
        (Some(Record::Whole(record)), Some(Found::File(file) | Found::Link(file))) => {
            Digest::of(&file.bytes) != record.digest
        }
        _ => false,
    }
}

/// Remembers of each path that is frozen what the lock had, and says that an edited one is kept.
pub fn remember(frozen: &BTreeSet<RelPath>, lock: &Lock, ours: &Ours, merge: &mut TreeMerge) {
    for (path, row) in &mut merge.rows {
        if *row == Row::Unchanged && frozen.contains(path) && is_edited(path, lock, ours) {
            *row = Row::Kept;
        }
    }
    for path in frozen {
        let (Some(Record::Whole(record)), Some(Record::Whole(now))) =
            (lock.files.get(path), merge.files.get_mut(path))
        else {
            continue;
        };
        // What was installed stays what it was; where the team has it, or that it has not, is news.
        let WholeRecord {
            digest,
            blob,
            executable,
            ..
        } = record.clone();
        *now = WholeRecord {
            digest,
            blob,
            executable,
            ..now.clone()
        };
    }
}
