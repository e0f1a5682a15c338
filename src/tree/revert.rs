//! Takes back a plan that was carried out: base is what the plan left, theirs what was there
//! before. Edits made since are kept.

use std::collections::{BTreeMap, BTreeSet};

use crate::agent::POLICIES;
use crate::merge::json::{self, Identities, MergeContext};
use crate::model::lock::{Lock, Record};
use crate::model::path::RelPath;
use crate::model::plan::{FileChange, Plan, Stage};
use crate::model::tree::File;

use super::ownership::{self, EditedSince, Reverted};
use super::steps::scripts::{add_hook, is_kept, kept_with};
use super::table::{Verdict, verdict_of_files};
use super::{Decision, Refusal, Row, Snapshot, scripts_in};

/// A plan that was carried out, and what is there now.
pub struct AfterPlan<'a> {
    pub plan: &'a Plan,
    /// What is at each path of the plan.
    pub now: &'a BTreeMap<RelPath, Option<File>>,
    /// What is at each path that the locks before and after name; see [`managed`].
    pub managed: &'a Snapshot,
}

/// Returns the paths that the locks before and after a plan name. Links aren't followed.
pub fn managed(plan: &Plan) -> BTreeSet<RelPath> {
    let mut paths = BTreeSet::new();
    for lock in locks(plan) {
        paths.extend(lock.files.into_keys());
    }
    paths
}

/// The lock that a plan left, and the one that was there before, as far as they can be read.
fn locks(plan: &Plan) -> Vec<Lock> {
    let mut changes = plan.changes.iter();
    let Some(change) = changes.find(|change| change.stage == Stage::Lock) else {
        return Vec::new();
    };
    let mut locks = Vec::new();
    for file in [&change.new, &change.old].into_iter().flatten() {
        let lock = file.text().and_then(|text| Lock::parse(text).ok());
        locks.extend(lock);
    }
    locks
}

/// Decides how to take back a plan. Where an edit made since stays, the row is [`Row::Kept`].
///
/// The rows are in the order of the plan.
pub fn revert(done: &AfterPlan<'_>) -> Decision {
    let locks = locks(done.plan);
    let mut context = MergeContext::new(POLICIES);
    for (name, place) in locks.iter().flat_map(|lock| &lock.hooks) {
        add_hook(&mut context.identities, name, place);
    }
    let mut decision = Decision::default();
    // Scripts come first: where one was edited since, and so stays, its entries have to stay, too.
    for change in &done.plan.changes {
        let now = done.now.get(&change.path).cloned().flatten();
        let path = logical(done.managed, &change.path);
        let record = locks.iter().find_map(|lock| lock.files.get(path));
        match back(change, now.as_ref(), record, &context) {
            Ok(Some(Reverted { file, is_whole })) => {
                let row = match file {
                    _ if !is_whole => Row::Kept,
                    Some(_) => Row::Updated,
                    None => Row::Deleted,
                };
                let stage = match &file {
                    None if change.stage < Stage::Deletion => Stage::Deletion,
                    _ => change.stage,
                };
                decision.rows.push((change.path.clone(), row));
                decision.changes.push(FileChange {
                    path: change.path.clone(),
                    stage,
                    old: now,
                    new: file,
                });
            }
            Ok(None) => {
                let hooks = locks.iter().flat_map(|lock| lock.hooks.values());
                let run_by = hooks.filter(|place| place.script == *path);
                context
                    .held
                    .extend(run_by.map(|place| place.named().clone()));
                context.held.insert(path.clone());
                decision.rows.push((change.path.clone(), Row::Kept));
            }
            Err(refusal) => decision.refusals.push((change.path.clone(), refusal)),
        }
    }
    keep_what_runs(done, &context.identities, &mut decision);
    decision
}

/// Returns the path under which the repo knows a file.
fn logical<'a>(managed: &'a Snapshot, real: &'a RelPath) -> &'a RelPath {
    managed
        .iter()
        .find(|(_, local)| local.real == *real)
        .map_or(real, |(path, _)| path)
}

/// **Settings never name a managed script that won't exist**: a script that they still run stays,
/// with the files beside it.
fn keep_what_runs(done: &AfterPlan<'_>, identities: &Identities, decision: &mut Decision) {
    let mut going = BTreeSet::new();
    for change in &decision.changes {
        if change.new.is_none() {
            going.insert(logical(done.managed, &change.path));
        }
    }
    let mut needed = BTreeSet::new();
    for script in scripts_in_the_end(done, identities, decision) {
        if going.contains(&script) {
            needed.insert(kept_with(&script));
        }
    }
    for change in std::mem::take(&mut decision.changes) {
        let path = logical(done.managed, &change.path);
        if change.new.is_none() && is_kept(path, &needed) {
            decision.rows.retain(|(path, _)| *path != change.path);
            decision.rows.push((change.path, Row::Kept));
        } else {
            decision.changes.push(change);
        }
    }
}

/// Returns the managed scripts that settings will name once the plan is taken back.
fn scripts_in_the_end(
    done: &AfterPlan<'_>,
    identities: &Identities,
    decision: &Decision,
) -> BTreeSet<RelPath> {
    let mut scripts = BTreeSet::new();
    for file in decision
        .files_in_the_end(done.managed, done.managed.keys())
        .values()
    {
        let document = file.text().map(json::Document::of_file);
        if let Some(Ok(document)) = document {
            scripts.extend(scripts_in(document.value(), identities));
        }
    }
    scripts
}

/// Returns what a file becomes; `None` where it was edited since and stays as it is.
fn back(
    change: &FileChange,
    now: Option<&File>,
    record: Option<&Record>,
    context: &MergeContext,
) -> Result<Option<Reverted>, Refusal> {
    let (before, after) = (change.old.as_ref(), change.new.as_ref());
    let as_before = Reverted {
        file: before.cloned(),
        is_whole: true,
    };
    if now == before {
        return Ok(Some(as_before));
    }
    if let Some(record) = record.filter(|record| record.as_whole().is_none()) {
        // Settings have to keep the entries of scripts that stay, so they are merged nevertheless.
        let has_held = record.as_keys().is_some() && !context.held.is_empty();
        return match now {
            _ if now == after && !has_held => Ok(Some(as_before)),
            Some(now) => merged(change, record, now, context),
            None => Ok(None),
        };
    }
    match verdict_of_files(after, now, before) {
        Verdict::Row(Row::StillDeleted { .. } | Row::KeptUnmanaged) => Ok(None),
        Verdict::Row(_) if now == after => Ok(Some(as_before)),
        Verdict::Row(Row::Updated | Row::Kept) | Verdict::Merge => match (record, now) {
            (Some(record), Some(now)) => merged(change, record, now, context),
            (_, _) => Err(Refusal::BothChanged),
        },
        Verdict::Row(_) | Verdict::Type(_) | Verdict::Taken => Err(Refusal::BothChanged),
    }
}

/// Returns what a file that was edited since becomes.
fn merged(
    change: &FileChange,
    record: &Record,
    now: &File,
    context: &MergeContext,
) -> Result<Option<Reverted>, Refusal> {
    let edited = EditedSince {
        path: &change.path,
        before: change.old.as_ref(),
        after: change.new.as_ref(),
        now,
        context,
    };
    ownership::of(record).revert(&edited).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::path::rel;

    #[track_caller]
    fn check(
        before: Option<&str>,
        after: Option<&str>,
        now: Option<&str>,
        expected: Result<Option<&str>, ()>,
    ) {
        let path = rel(".claude/rules/t/a.md");
        let change = FileChange {
            path: path.clone(),
            stage: Stage::File,
            old: before.map(File::plain),
            new: after.map(File::plain),
        };
        let ours = BTreeMap::from([(path.clone(), now.map(File::plain))]);
        let plan = Plan::new("install", vec![change]);
        let revert = revert(&AfterPlan {
            plan: &plan,
            now: &ours,
            managed: &Snapshot::new(),
        });
        let result = match revert.changes.first() {
            _ if !revert.refusals.is_empty() => Err(()),
            Some(change) => Ok(change.new.clone()),
            None => Ok(now.map(File::plain)),
        };
        assert_eq!(result, expected.map(|text| text.map(File::plain)));
    }

    #[test]
    fn what_was_not_edited_since_goes_back_and_the_rest_stays() {
        check(None, Some("1"), Some("1"), Ok(None));
        check(Some("0"), Some("1"), Some("1"), Ok(Some("0")));
        check(Some("0"), None, None, Ok(Some("0")));
        check(None, Some("1"), Some("x"), Ok(Some("x")));
        check(Some("0"), Some("1"), None, Ok(None));
        check(Some("0"), Some("1"), Some("x"), Err(()));
        check(Some("0"), None, Some("x"), Err(()));
    }
}
