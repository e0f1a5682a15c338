//! What is installed as agentpkg.lock remembers it, for a repo that an earlier agentpkg rendered
//! otherwise.
//!
//! `install` brings about what the lock says, whichever agentpkg wrote it: a colleague's newer
//! program is no reason to change the team's files. `upgrade` renders them anew.

use std::collections::BTreeSet;

use crate::error::{Error, Result};
use crate::model::digest::{Digest, git_blob};
use crate::model::lock::{Lock, Record, WholeRecord};
use crate::model::path::RelPath;
use crate::model::renderer::is_known;
use crate::model::tree::File;
use crate::model::upstream::{Content, Upstream, Whole};
use crate::store::git;
use crate::store::workspace::Workspace;
use crate::tree::{Base, Decision, Found, Local, Row, Snapshot, ownership};
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
pub fn installed(session: &Session, registries: &Registries, lock: &Lock) -> Result<Upstream> {
    let mut upstream = registries.upstream(lock)?;
    if !is_known(lock.inputs.renderer) {
        upstream.files.extend(
            from_lock(&session.workspace, lock, &upstream)?
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
    if !is_known(lock.inputs.renderer) {
        return Ok(());
    }
    let installed = registries.upstream(lock)?;
    for (path, content) in &installed.files {
        if let Some(record) = base.files.get_mut(path) {
            ownership::of_mut(record).correct(content);
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
        match ownership::of(record).installed_content(path, rendered.files.get(path))? {
            Some(content) => _ = upstream.files.insert(path.clone(), content),
            None => missing.extend(record.as_whole().map(|record| (path, record))),
        }
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
    ours: &Snapshot,
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
                "they were rendered by an older agentpkg, which renders them differently, and git \
                 doesn't have its version",
            )
            .note("nothing was changed")
            .command("agentpkg upgrade"));
    }
    for path in still {
        let record = base.files.get_mut(path);
        let Some(record) = record.and_then(Record::as_whole_mut) else {
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

fn is_edited(path: &RelPath, lock: &Lock, ours: &Snapshot) -> bool {
    let record = lock.files.get(path).and_then(Record::as_whole);
    let file = ours.get(path).and_then(Local::file);
    match (record, file) {
        (Some(record), Some(file)) => Digest::of(&file.bytes) != record.digest,
        (_, _) => false,
    }
}

/// Remembers of each path that is frozen what the lock had, and says that an edited one is kept.
pub fn remember(frozen: &BTreeSet<RelPath>, lock: &Lock, ours: &Snapshot, merge: &mut Decision) {
    for (path, row) in &mut merge.rows {
        if *row == Row::Unchanged && frozen.contains(path) && is_edited(path, lock, ours) {
            *row = Row::Kept;
        }
    }
    for path in frozen {
        let record = lock.files.get(path).and_then(Record::as_whole);
        let now = merge.files.get_mut(path).and_then(Record::as_whole_mut);
        let (Some(record), Some(now)) = (record, now) else {
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
