//! Taking a carried out plan back: base is what it left, theirs what was before. Edits made since
//! are kept.

use std::collections::{BTreeMap, BTreeSet};

use crate::agent::{self, POLICIES};
use crate::merge::pieces::Sides;
use crate::merge::{block, json};
use crate::model::lock::{BlocksRecord, Lock, Record};
use crate::model::path::RelPath;
use crate::model::plan::{FileChange, Plan, Stage};
use crate::model::tree::File;
use crate::model::upstream::{Block, Comment};

use super::shared::is_nothing;
use super::{Found, Ours, Refusal, scripts_in};

/// The way back.
#[derive(Clone, Debug, Default)]
pub struct Revert {
    /// The files that change.
    pub changes: Vec<FileChange>,
    /// Files that the plan had made and that were edited since: they stay.
    pub kept: Vec<RelPath>,
    /// Why it can't be taken back; empty when it can.
    pub refusals: Vec<(RelPath, Refusal)>,
}

/// What a plan left behind, and what is there now.
pub struct AfterPlan<'a> {
    /// The plan that was carried out.
    pub plan: &'a Plan,
    /// What is at each of its paths.
    pub now: &'a BTreeMap<RelPath, Option<File>>,
    /// What is at each path that the locks before and after name; see [`managed`].
    pub managed: &'a Ours,
}

/// Returns the paths that the locks before and after a plan name, as the repo knows them: links not
/// followed.
pub fn managed(plan: &Plan) -> BTreeSet<RelPath> {
    locks(plan)
        .iter()
        .flatten()
        .flat_map(|lock| lock.files.keys().cloned())
        .collect()
}

/// The lock that a plan left, and the one that was there before.
fn locks(plan: &Plan) -> [Option<Lock>; 2] {
    [
        |change: &FileChange| change.new.clone(),
        |change: &FileChange| change.old.clone(),
    ]
    .map(|side| {
        let lock = plan
            .changes
            .iter()
            .find(|change| change.stage == Stage::Lock)
            .and_then(side);
        lock.and_then(|file| Lock::parse(file.text()?).ok())
    })
}

/// Returns the way back from a plan.
pub fn revert(done: &AfterPlan) -> Revert {
    let locks = locks(done.plan);
    let mut context = json::MergeContext::new(POLICIES);
    for (name, place) in locks.iter().flatten().flat_map(|lock| &lock.hooks) {
        context.identities.insert(
            &place.event,
            place.script.clone(),
            format!("{}/{}", name.template, name.id),
        );
    }
    let mut revert = Revert::default();
    // Scripts come first: an entry whose script was edited since, and so stays, stays too.
    for change in &done.plan.changes {
        let now = done.now.get(&change.path).cloned().flatten();
        let path = logical(done.managed, &change.path);
        let record = locks.iter().flatten().find_map(|lock| lock.files.get(path));
        match back(change, now.as_ref(), record, &context) {
            Ok(Back::To { file: old, whole }) => {
                if !whole {
                    revert.kept.push(change.path.clone());
                }
                let stage = if old.is_none() && change.stage < Stage::Deletion {
                    Stage::Deletion
                } else {
                    change.stage
                };
                revert.changes.push(FileChange {
                    path: change.path.clone(),
                    stage,
                    old: now,
                    new: old,
                });
            }
            Ok(Back::Keep) => {
                context.held.insert(path.clone());
                revert.kept.push(change.path.clone());
            }
            Err(refusal) => revert.refusals.push((change.path.clone(), refusal)),
        }
    }
    keep_what_runs(done, &context.identities, &mut revert);
    revert
}

/// Returns the path under which the repo knows a file.
fn logical<'a>(managed: &'a Ours, real: &'a RelPath) -> &'a RelPath {
    managed
        .iter()
        .find(|(_, local)| local.real == *real)
        .map_or(real, |(path, _)| path)
}

/// **Settings never name a managed script that won't exist**: one that they still run, and that would
/// go, stays with what lies beside it.
fn keep_what_runs(done: &AfterPlan, identities: &json::Identities, revert: &mut Revert) {
    let mut needed = BTreeSet::new();
    for local in done.managed.values() {
        let change = revert
            .changes
            .iter()
            .find(|change| change.path == local.real);
        let file = match (change, &local.found) {
            (Some(change), _) => change.new.as_ref(),
            (None, Found::File(file) | Found::Link(file)) => Some(file),
            (None, _) => None,
        };
        let document = file
            .and_then(File::text)
            .and_then(|text| json::Document::of_file(text).ok());
        let scripts = document
            .map(|document| scripts_in(document.value(), identities))
            .unwrap_or_default();
        let goes = |script: &&RelPath| {
            let mut changes = revert.changes.iter();
            changes.any(|change| {
                change.new.is_none() && logical(done.managed, &change.path) == *script
            })
        };
        let scripts = scripts.iter().filter(goes);
        needed.extend(scripts.filter_map(RelPath::parent).map(String::from));
    }
    let runs = |change: &FileChange| {
        let path = logical(done.managed, &change.path);
        change.new.is_none() && needed.iter().any(|folder| path.below(folder).is_some())
    };
    let (stay, go) = std::mem::take(&mut revert.changes)
        .into_iter()
        .partition(runs);
    let stay: Vec<FileChange> = stay;
    revert.changes = go;
    revert
        .kept
        .extend(stay.into_iter().map(|change| change.path));
}

enum Back {
    /// The file becomes this; `whole` is false where an edit made since stays in it that has
    /// nowhere to belong to.
    To {
        file: Option<File>,
        whole: bool,
    },
    Keep,
}

fn back(
    change: &FileChange,
    now: Option<&File>,
    record: Option<&Record>,
    context: &json::MergeContext,
) -> Result<Back, Refusal> {
    let (before, after) = (change.old.as_ref(), change.new.as_ref());
    // Settings have to keep the entries of scripts that stay, so they are looked into all the same.
    let has_held = matches!(record, Some(Record::Keys(_))) && !context.held.is_empty();
    if now == before || (now == after && !has_held) {
        return Ok(Back::To {
            file: before.cloned(),
            whole: true,
        });
    }
    match (record, now) {
        (_, None) => Ok(Back::Keep),
        (Some(Record::Keys(_)), Some(now)) => keys(before, after, now, context),
        (Some(Record::Blocks(record)), Some(now)) => {
            blocks(before, after, now, Comment::of(&change.path), record)
        }
        (_, Some(_)) if before.is_none() => Ok(Back::Keep),
        (Some(Record::Whole(_)), Some(now)) => whole(&change.path, before, after, now),
        (None, Some(_)) => Err(Refusal::BothChanged),
    }
}

/// What was edited since stays, where the plan changed something else.
fn whole(
    path: &RelPath,
    before: Option<&File>,
    after: Option<&File>,
    now: &File,
) -> Result<Back, Refusal> {
    let (Some(before), Some(after)) = (before, after) else {
        return Err(Refusal::BothChanged);
    };
    let sides = Sides {
        base: &after.bytes,
        ours: &now.bytes,
        theirs: &before.bytes,
    };
    let merge = agent::merge(agent::kind_of(path.file_name(), &now.bytes), &sides);
    if !merge.is_clean() {
        return Err(Refusal::BothChanged);
    }
    let executable = if now.executable == after.executable {
        before.executable
    } else {
        now.executable
    };
    Ok(Back::To {
        file: Some(File {
            bytes: merge.bytes(&sides).into(),
            executable,
        }),
        whole: true,
    })
}

fn keys(
    before: Option<&File>,
    after: Option<&File>,
    now: &File,
    context: &json::MergeContext,
) -> Result<Back, Refusal> {
    const EMPTY: &str = "{}\n";
    let text = |file: Option<&'_ File>| {
        file.map_or(Some(EMPTY.to_owned()), |file| {
            file.text().map(str::to_owned)
        })
    };
    let (Some(base), Some(ours), Some(theirs)) = (text(after), text(Some(now)), text(before))
    else {
        return Err(Refusal::NotText);
    };
    let parse = |text| json::Document::of_file(text).map_err(Refusal::NotJson);
    let (base, ours, theirs) = (parse(&base)?, parse(&ours)?, parse(&theirs)?);
    let merged = json::merge(&base, &ours, &theirs, context).map_err(Refusal::NotJson)?;
    let sides = json::sides(&base, &ours, &theirs);
    if let Some(conflict) = merged.merge.conflicts().next() {
        return Err(Refusal::value(conflict, &sides));
    }
    let text = json::text(&merged.merge, &sides);
    let nothing = before.is_none()
        && json::Document::of_file(&text).is_ok_and(|left| json::is_empty(left.value()));
    let file = (!nothing).then(|| File {
        bytes: text.into_bytes().into(),
        executable: now.executable,
    });
    Ok(Back::To {
        file,
        whole: merged.released.is_empty(),
    })
}

fn blocks(
    before: Option<&File>,
    after: Option<&File>,
    now: &File,
    comment: Comment,
    record: &BlocksRecord,
) -> Result<Back, Refusal> {
    let text = |file: Option<&'_ File>| {
        file.map_or(Some(""), File::text)
            .map(str::to_owned)
            .ok_or(Refusal::NotText)
    };
    let (before_text, after_text, now_text) = (text(before)?, text(after)?, text(Some(now))?);
    let found = |text: &str| block::find(text, comment).map_err(Refusal::Markers);
    let mut base = BTreeMap::new();
    for found in found(&after_text)? {
        let mut known = record.blocks.get(&found.owner).cloned().unwrap_or_default();
        known.text = after_text[found.inner].replace("\r\n", "\n");
        base.insert(found.owner, known);
    }
    let theirs: Vec<Block> = found(&before_text)?
        .into_iter()
        .map(|found| Block {
            text: before_text[found.inner].replace("\r\n", "\n"),
            owner: found.owner,
            source: None,
        })
        .collect();
    let merge = block::merge(comment, &base, &now_text, &theirs, &block::Marks::new())
        .map_err(Refusal::Markers)?;
    if let Some((owner, _)) = merge
        .outcomes
        .iter()
        .find(|(_, outcome)| *outcome == block::Outcome::Conflict)
    {
        return Err(Refusal::BlockBothChanged(owner.clone()));
    }
    let whole = merge
        .outcomes
        .iter()
        .all(|(_, outcome)| *outcome != block::Outcome::Released);
    let nothing = before.is_none() && is_nothing(&merge.text);
    let file = (!nothing).then(|| File {
        bytes: merge.text.into_bytes().into(),
        executable: now.executable,
    });
    Ok(Back::To { file, whole })
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
            managed: &Ours::new(),
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
