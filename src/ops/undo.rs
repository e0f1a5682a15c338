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
