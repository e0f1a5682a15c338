//! The repo's files with upstream's changes in them, or everything that stands in the way, in one error.

use crate::error::{Error, Result};
use crate::merge::tree::{self, Base, Cause, Conflict, Merge, Refusal};
use crate::model::lock::{AGENTPKG_LOCK, Inputs, Lock, Record};
use crate::model::path::RelPath;
use crate::model::upstream::Upstream;
use crate::words;

use super::Context;
use super::releases::Registries;
use super::repo::Repo;

/// Merges what was installed, what the repo has and what upstream wants.
///
/// # Errors
/// Where a person is needed, with every place at once.
pub fn merged(
    context: &Context,
    registries: &Registries,
    repo: &Repo,
    inputs: &Inputs,
    upstream: &Upstream,
) -> Result<Merge> {
    let mut base = repo.base();
    let mut ours = repo.ours(&context.workspace, &mut base, upstream.files.keys())?;
    context.workspace.add_lookalikes(&mut ours)?;
    let mut merge = tree::merge(&base, &ours, upstream);
    if let Some(lock) = repo.lock.as_ref().filter(|_| merge.lacks_bases()) {
        learn(registries, lock, &mut base);
        merge = tree::merge(&base, &ours, upstream);
    }
    if !merge.conflicts.is_empty() || !merge.refusals.is_empty() {
        return Err(undecided(&merge));
    }
    if let Some(lock) = repo.lock.as_ref().filter(|lock| lock.inputs == *inputs) {
        rendered_as_locked(lock, &merge)?;
    }
    Ok(merge)
}

/// Renders what is installed again: the lock has only digests of whole files. Where the registry no longer has it, the
/// places that need it are conflicts.
fn learn(registries: &Registries, lock: &Lock, base: &mut Base) {
    if let Ok(installed) = registries.upstream(lock) {
        base.learn(&installed);
    }
}

fn undecided(merge: &Merge) -> Error {
    let conflicts = merge.conflicts.iter().flat_map(|(path, conflict)| {
        conflict.places().into_iter().map(move |place| (path, place, way_on(path, conflict)))
    });
    let refusals = merge.refusals.iter().map(|(path, refusal)| (path, refusal.to_string(), way_out(path, refusal)));
    let mut places: Vec<_> = conflicts.chain(refusals).collect();
    places.sort();
    let what = words::count(places.len(), "place");
    let mut error = Error::user(format!("{what} in this repository can't be decided without you"));
    let mut hints: Vec<String> = Vec::new();
    for (path, what, hint) in places {
        // A line reads best right behind its file.
        let colon = if what.starts_with("line ") { "" } else { ":" };
        error = error.detail(format!("`{path}`{colon} {what}"));
        if !hints.contains(&hint) {
            hints.push(hint);
        }
    }
    error.note("nothing was changed").hints(hints)
}

/// What a person can do about a conflict.
fn way_on(path: &RelPath, conflict: &Conflict) -> String {
    match &conflict.cause {
        Cause::Text(_) | Cause::Block { .. } | Cause::Binary | Cause::NoBase => {
            "set your edit aside, run the command again, and make it anew".to_owned()
        }
        Cause::Values(_) => "give both the same value, or take yours out, and run the command again".to_owned(),
        Cause::Occupied(_) | Cause::Type(_) | Cause::Taken { .. } => away(path),
        Cause::Folded(other) => away(other),
    }
}

/// What a person can do about a refusal.
fn way_out(path: &RelPath, refusal: &Refusal) -> String {
    match refusal {
        Refusal::TwoWrites => format!("make `{path}` and what links to it two files, or one"),
        Refusal::Obstacle(_) => away(path),
        Refusal::BothChanged | Refusal::BlockBothChanged(_) => {
            "set your edit aside, run the command again, and make it anew".to_owned()
        }
        Refusal::Value { .. } => "give both the same value, or take yours out, and run the command again".to_owned(),
        Refusal::NotJson(_) | Refusal::Markers(_) | Refusal::NotText => "mend it and run the command again".to_owned(),
        Refusal::ScriptGone(_) => "take the entry out, or bring the script back".to_owned(),
    }
}

fn away(path: &RelPath) -> String {
    format!("move `{path}` away and run the command again")
}

/// **What is installed is what was published**: the same inputs give what the lock recorded, or something is wrong.
fn rendered_as_locked(lock: &Lock, merge: &Merge) -> Result<()> {
    for (path, record) in &lock.files {
        let same = match (record, merge.files.get(path)) {
            (Record::Whole(before), Some(Record::Whole(now))) => before.seed || before.digest == now.digest,
            (_, now) => now.is_some(),
        };
        if !same {
            return Err(Error::damaged(format!(
                "`{path}` would be rendered to other bytes than `{AGENTPKG_LOCK}` records"
            ))
            .note("nothing was changed")
            .hint(format!("if `{AGENTPKG_LOCK}` was edited: git checkout {AGENTPKG_LOCK}")));
        }
    }
    Ok(())
}
