//! `undo`: take the last command back, keeping every edit made since.

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::merge::tree::{self, Done, Refusal, revert};
use crate::model::path::RelPath;
use crate::model::plan::Plan;
use crate::store::fs::Os;
use crate::store::journal::{self, Recovered};
use crate::store::lock_file::Writer;

use super::Context;
use super::repo::Repo;

/// What was taken back.
pub struct Outcome {
    /// The command that was taken back.
    pub verb: String,
    /// Whether the plan was carried out.
    pub applied: bool,
    /// What changes in the repo.
    pub plan: Plan,
    /// Files that were edited since: they stay.
    pub kept: Vec<RelPath>,
    /// What an earlier command had left to do.
    pub recovered: Option<Recovered>,
}

/// Takes the last command back. Done twice, it is as if it had not been done.
pub fn undo(context: &Context, dry_run: bool) -> Result<Outcome> {
    let root = context.workspace.root();
    if !crate::store::fs::exists(&root.join(journal::HOME)) {
        return Err(nothing());
    }
    let disk = Os::open(root)?;
    if dry_run {
        return compute(context, &disk);
    }
    let _writer = Writer::enter(root, "undo")?;
    let recovered = journal::recover(&disk)?;
    let mut outcome = compute(context, &disk)?;
    journal::apply(&disk, &outcome.plan)?;
    outcome.applied = true;
    outcome.recovered = recovered;
    Ok(outcome)
}

/// Takes the upgrade back whose conflicts are open.
///
/// # Errors
/// Where none is open, or the last command was another one.
pub fn abort(context: &Context, dry_run: bool) -> Result<Outcome> {
    let repo = Repo::read(&context.workspace)?;
    if repo.installed()?.conflicts.is_empty() {
        return Err(Error::user("no upgrade is waiting: no conflict is open").hint("agentpkg undo"));
    }
    let root = context.workspace.root();
    let is_there = crate::store::fs::exists(&root.join(journal::HOME));
    let last = if is_there { journal::last(&Os::open(root)?)? } else { None };
    match last.map(|plan| plan.verb) {
        Some(verb) if verb.starts_with("upgrade") || verb.starts_with("install") => undo(context, dry_run),
        Some(verb) => Err(Error::user(format!("the last command here was `{verb}`, and has to be undone first"))
            .hint("agentpkg undo")),
        None => Err(Error::user("the upgrade was not made in this checkout, which doesn't have what was before")
            .hint("take back the commit that brought it, with git")),
    }
}

fn nothing() -> Error {
    Error::user("there is nothing to undo here").hint("agentpkg status")
}

fn compute(context: &Context, disk: &Os) -> Result<Outcome> {
    let done = journal::last(disk)?.ok_or_else(nothing)?;
    let now = |path: &RelPath| Ok((path.clone(), context.workspace.file(path)?));
    let ours: BTreeMap<_, _> = done.changes.iter().map(|change| now(&change.path)).collect::<Result<_>>()?;
    let managed = tree::managed(&done);
    let managed = context.workspace.snapshot(&managed)?;
    let revert = revert(&Done { plan: &done, now: &ours, managed: &managed });
    if !revert.refusals.is_empty() {
        let mut error = Error::user(format!("`{}` can't be undone: what it wrote was edited since", done.verb));
        for (path, refusal) in &revert.refusals {
            error = error.detail(match refusal {
                Refusal::BothChanged | Refusal::BlockBothChanged(_) => format!("`{path}`"),
                Refusal::Value { pointer, .. } => format!("`{path}`: `{pointer}`"),
                Refusal::NotJson(_) | Refusal::Markers(_) => format!("`{path}` {refusal}"),
                _ => format!("`{path}`: {refusal}"),
            });
        }
        return Err(error
            .note("nothing was changed")
            .hint("set your edit of these files aside, run `agentpkg undo` again, and make it anew"));
    }
    let verb = match done.verb.strip_prefix("undo of ") {
        Some(verb) => verb.to_owned(),
        None => format!("undo of {}", done.verb),
    };
    let plan = Plan::new(verb, revert.changes);
    Ok(Outcome { verb: done.verb, applied: false, plan, kept: revert.kept, recovered: None })
}
