//! `undo`: take the last command back, keeping every edit made since.

mod foreign;

pub use foreign::{
    Foreign, ForeignResult, Options as ForeignOptions, Outcome as ForeignOutcome, interrupted,
};

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::model::lock::{AGENTPKG_LOCK, Lock};
use crate::model::path::RelPath;
use crate::model::plan::{FileChange, Plan, PlanCommand};
use crate::model::tree::File;
use crate::store::journal::{self, Course, JournalRecord, Pile, Recovered};
use crate::store::lock_file::Writer;
use crate::store::snapshot;
use crate::tree::{self, AfterPlan, Refusal, revert};

use crate::ops::Session;
use crate::ops::steps::records::Records;
use crate::ops::steps::repo::Repo;
use crate::ops::steps::root_link;

/// What was taken back.
pub struct Outcome {
    /// The command that was taken back, or done again.
    pub verb: String,
    /// Whether it was done again.
    pub redone: bool,
    /// The command that would be taken back next.
    pub next: Option<String>,
    /// Whether the plan was carried out.
    pub applied: bool,
    /// What changes in the repo.
    pub plan: Plan,
    /// Files that were edited since: they stay.
    pub kept: Vec<RelPath>,
    /// What an earlier command had left to do.
    pub recovered: Option<Recovered>,
}

impl Outcome {
    /// Returns what it is where all that was left to do was an earlier command's.
    fn only_finished(recovered: Recovered) -> Self {
        let verb = recovered.verb.clone();
        Self {
            verb: match PlanCommand::parse(&verb) {
                PlanCommand::UndoOf(undone) => undone.to_owned(),
                _ => verb.clone(),
            },
            redone: false,
            next: None,
            applied: true,
            plan: Plan::new(verb, Vec::new()),
            kept: Vec::new(),
            recovered: Some(recovered),
        }
    }
}

/// Takes the last command back, of the last three; or does again what was taken back last.
///
/// # Errors
/// Where there is none, or its files were edited since in a way that can't be kept.
pub fn undo(session: &Session, redo: bool, dry_run: bool) -> Result<Outcome> {
    let pile = if redo { Pile::Undone } else { Pile::Done };
    let course = course(pile);
    let root = session.workspace.root();
    if !crate::store::fs::exists(&root.join(journal::HOME)) {
        return Err(nothing(pile));
    }
    let records = Records::open(session)?;
    if dry_run {
        return match records.own_journal()? {
            Some(record) => once_finished(session, &record, pile),
            None => compute(session, &records, pile),
        };
    }
    let _writer = Writer::enter(root, "undo")?;
    let recovered = records.recover()?;
    let mut outcome = match &recovered {
        // An undo that was interrupted has done what this one was to do.
        Some(done) if pile == Pile::Done && is_undo(&done.verb) => {
            return Ok(Outcome::only_finished(done.clone()));
        }
        Some(done) => {
            compute(session, &records, pile).map_err(|error| error.after(done.describe()))?
        }
        None => compute(session, &records, pile)?,
    };
    if outcome.plan.is_empty() {
        records.journal().forget_last(pile)?;
    }
    records.apply(&outcome.plan, course)?;
    outcome.next = records
        .last(Pile::Done)
        .ok()
        .flatten()
        .map(|plan| plan.verb);
    outcome.applied = true;
    outcome.recovered = recovered;
    Ok(outcome)
}

/// Takes the upgrade back whose conflicts are open.
///
/// # Errors
/// Where none is open, or the last command was another one.
pub fn abort(session: &Session, dry_run: bool) -> Result<Outcome> {
    let repo = Repo::read(&session.workspace)?;
    if repo.installed(session)?.conflicts.is_empty() {
        return Err(
            Error::user("no upgrade is waiting: no conflict is open").command("agentpkg undo")
        );
    }
    let root = session.workspace.root();
    let is_there = crate::store::fs::exists(&root.join(journal::HOME));
    let last = if is_there {
        Records::open(session)?.last(Pile::Done)?
    } else {
        None
    };
    match last.map(|plan| (brought_conflicts(&plan), plan.verb)) {
        Some((true, _)) => undo(session, false, dry_run),
        Some((false, verb)) => Err(Error::user(format!(
            "the last command here was `{verb}`, and has to be undone first"
        ))
        .command("agentpkg undo")),
        None => Err(Error::user(
            "the upgrade was not made in this checkout, which doesn't have what was before",
        )
        .hint("take back the commit that brought it, with git")),
    }
}

/// Whether a plan is what wrote the conflicts into the lock.
fn brought_conflicts(plan: &Plan) -> bool {
    let change = plan
        .changes
        .iter()
        .find(|change| change.path.as_str() == AGENTPKG_LOCK);
    change.is_some_and(|change| has_conflicts(&change.new) && !has_conflicts(&change.old))
}

fn has_conflicts(lock: &Option<File>) -> bool {
    let text = lock.as_ref().and_then(File::text);
    let lock = text.and_then(|text| Lock::parse(text).ok());
    lock.is_some_and(|lock| !lock.conflicts.is_empty())
}

fn is_undo(verb: &str) -> bool {
    matches!(PlanCommand::parse(verb), PlanCommand::UndoOf(_))
}

fn nothing(pile: Pile) -> Error {
    match pile {
        Pile::Done => Error::user("there is nothing to undo here").command("agentpkg status"),
        Pile::Undone => Error::user("there is nothing to do again: the last command was no undo")
            .command("agentpkg status"),
    }
}

/// Returns what the plan is to the history that takes the newest of a pile.
fn course(pile: Pile) -> Course {
    match pile {
        Pile::Done => Course::Undo,
        Pile::Undone => Course::Redo,
    }
}

fn compute(session: &Session, records: &Records, pile: Pile) -> Result<Outcome> {
    let done = records.last(pile)?.ok_or_else(|| nothing(pile))?;
    taken_back(session, &done, pile)
}

/// Returns the files that are at a plan's paths now.
fn here(session: &Session, plan: &Plan) -> Result<BTreeMap<RelPath, File>> {
    let paths = plan.changes.iter().map(|change| &change.path);
    snapshot::files(&session.workspace, paths)
}

/// Returns what an undo would come to that first finishes an interrupted command.
fn once_finished(session: &Session, record: &JournalRecord, pile: Pile) -> Result<Outcome> {
    let plan = &record.plan;
    if pile == Pile::Done && is_undo(&plan.verb) {
        let mut left = plan.clone();
        let here = here(session, plan)?;
        left.changes
            .retain(|change| here.get(&change.path) != change.new.as_ref());
        left.links = root_link::to_do(session, plan)?;
        return Ok(Outcome {
            applied: false,
            plan: left,
            ..Outcome::only_finished(Recovered {
                verb: plan.verb.clone(),
                finished: Vec::new(),
                kept: Vec::new(),
            })
        });
    }
    if pile == Pile::Undone {
        return Err(nothing(pile));
    }
    taken_back_from(session, plan, pile, |change, now| match now == change.old {
        true => change.new.clone(),
        false => now,
    })
}

/// Returns what takes a plan back, keeping every edit made since.
fn taken_back(session: &Session, done: &Plan, pile: Pile) -> Result<Outcome> {
    taken_back_from(session, done, pile, |_, now| now)
}

/// Returns what takes a plan back. `stands` says what a file is by then, of what it is now.
fn taken_back_from(
    session: &Session,
    done: &Plan,
    pile: Pile,
    stands: impl Fn(&FileChange, Option<File>) -> Option<File>,
) -> Result<Outcome> {
    // Where the file system keeps no modes, what was carried out had none.
    let has_modes = session.workspace.has_modes()?;
    let done = &match has_modes {
        true => done.clone(),
        false => done.without_modes(),
    };
    let mut here = here(session, done)?;
    let mut ours = BTreeMap::new();
    for change in &done.changes {
        let file = here.remove(&change.path).map(|file| File {
            executable: file.executable && has_modes,
            ..file
        });
        ours.insert(change.path.clone(), stands(change, file));
    }
    let managed = tree::managed(done);
    let managed = session.workspace.snapshot(&managed)?;
    let revert = revert(&AfterPlan {
        plan: done,
        now: &ours,
        managed: &managed,
    });
    if !revert.refusals.is_empty() {
        let mut error = Error::user(format!(
            "`{}` can't be undone: what it wrote was edited since",
            done.verb
        ));
        for (path, refusal) in &revert.refusals {
            error = error.detail(match refusal {
                Refusal::BothChanged | Refusal::BlockBothChanged(_) => format!("`{path}`"),
                Refusal::Value { pointer, .. } => format!("`{path}`: `{pointer}`"),
                Refusal::Invalid(_) | Refusal::Markers(_) => format!("`{path}` {refusal}"),
                _ => format!("`{path}`: {refusal}"),
            });
        }
        return Err(error.note("nothing was changed").hint(
            "set your edit of these files aside, run `agentpkg undo` again, and make it anew",
        ));
    }
    let redone = pile == Pile::Undone;
    let (verb, plan_verb) = match done.command() {
        PlanCommand::UndoOf(undone) if redone => (undone.to_owned(), undone.to_owned()),
        _ => (done.verb.clone(), PlanCommand::undo_of(&done.verb)),
    };
    let kept = revert.kept();
    let (links, edited) = root_link::taking_back(session, done)?;
    let kept = [kept, edited].concat();
    let plan = Plan::new(plan_verb, revert.changes).with_links(links);
    Ok(Outcome {
        verb,
        redone,
        next: None,
        applied: false,
        plan,
        kept,
        recovered: None,
    })
}
