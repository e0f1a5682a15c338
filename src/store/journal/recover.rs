//! Going on from wherever a plan stopped: forward after a crash, back after an error.
//!
//! **It asks only what the files hold, so it may itself be stopped anywhere, and started again.**

use std::collections::BTreeSet;

use super::keep::{self, KeptFile};
use super::record::JournalRecord;
use super::step::{Moved, Step, backward, forward, touched};
use super::{draft, folders, history, journal};
use crate::error::{Error, Result};
use crate::model::path::{RelPath, rel};
use crate::store::fs::{Attempt, Disk, OnDisk};
use crate::words;

/// What an interrupted command left to do, now done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovered {
    /// The command: `install org-baseline`.
    pub verb: String,
    /// The files that were brought to what the command wanted.
    pub finished: Vec<RelPath>,
    /// The files that somebody edited since, and that stay as they are.
    pub kept: Vec<KeptFile>,
}

impl Recovered {
    /// Returns what was done, in a sentence.
    pub fn describe(&self) -> String {
        let files = words::count(self.finished.len(), "file");
        format!(
            "`{}`, which was interrupted, was finished first: {files}",
            self.verb
        )
    }
}

/// Brings the files of a record to where its command would have.
pub(super) fn carry_out(disk: &dyn Disk, record: JournalRecord) -> Result<Recovered> {
    let steps = forward(&record.plan, &record.id);
    let Finished { finished, mut kept } = carry_out_steps(disk, &record.id, &steps)?;
    kept.extend(tidy_up(disk, &record, &steps)?);
    Ok(Recovered {
        verb: record.plan.verb,
        finished,
        kept,
    })
}

/// Keeps a damaged journal for whoever wants to know, out of the way.
pub(super) fn set_aside(disk: &dyn Disk) -> Result<Error> {
    let aside = rel(".agentpkg/journal.damaged");
    disk.rename(&journal(), &aside)?;
    disk.sync_folder_of(&aside)?;
    Ok(
        Error::damaged("the journal of an interrupted command is damaged")
            .note(format!(
                "it was set aside as `{aside}`; the command may have written some of its files"
            ))
            .hint("see `git status`, then run the command again"),
    )
}

/// What became of some steps.
#[derive(Default)]
struct Finished {
    finished: Vec<RelPath>,
    kept: Vec<KeptFile>,
}

/// Brings every path to where its step leads, from wherever it is. A path that is at neither end
/// stays as it is.
fn carry_out_steps(disk: &dyn Disk, id: &str, steps: &[Step<'_>]) -> Result<Finished> {
    let mut outcome = Finished::default();
    let mut ready = vec![];
    for step in steps {
        step.reclaim(disk)?;
        match step.look(disk)? {
            found if found.is_file_or_link(step.to.as_ref()) => {}
            found if found.is_file_or_link(step.from.as_ref()) && !is_blocked(disk, step)? => {
                outcome.kept.extend(step.prepare(disk, id)?);
                ready.push(step.clone());
            }
            _ => outcome
                .kept
                .push(keep::keep_wanted(disk, id, step.path, step.to.as_ref())?),
        }
    }
    if !ready.is_empty() {
        disk.sync_all(&touched(&ready))?;
    }
    for step in ready {
        match step.make(disk)? {
            Moved::Done => outcome.finished.push(step.path.clone()),
            Moved::Changed => {
                outcome
                    .kept
                    .push(keep::keep_wanted(disk, id, step.path, step.to.as_ref())?)
            }
        }
    }
    Ok(outcome)
}

fn is_blocked(disk: &dyn Disk, step: &Step<'_>) -> Result<bool> {
    let obstacle = folders::obstacle(disk, step.path)?;
    Ok(step.to.is_some() && obstacle.is_some_and(|obstacle| !step.makes_way(&obstacle)))
}

/// Tidies up after steps that were carried out, and makes the journal a record for `undo`.
pub(super) fn tidy_up(
    disk: &dyn Disk,
    record: &JournalRecord,
    steps: &[Step<'_>],
) -> Result<Vec<KeptFile>> {
    let deleted = steps.iter().filter(|step| step.to.is_none());
    let emptied = deleted.flat_map(|step| step.path.ancestors()).collect();
    let kept = clear(disk, &record.id, steps, &emptied)?;
    history::file(disk, record.course)?;
    Ok(kept)
}

/// Removes temps, and those of `folders` that are empty; makes everything durable.
fn clear(
    disk: &dyn Disk,
    id: &str,
    steps: &[Step<'_>],
    folders: &BTreeSet<RelPath>,
) -> Result<Vec<KeptFile>> {
    let mut kept = vec![];
    for step in steps {
        kept.extend(step.discard(disk, id)?);
    }
    // Backwards, since a folder sorts before what is in it.
    for folder in folders.iter().rev() {
        match disk.remove_folder(folder)? {
            Attempt::Done | Attempt::Refused => {}
        }
    }
    let touched = touched(steps)
        .into_iter()
        .chain(folders)
        .collect::<Vec<_>>();
    disk.sync_names(&touched)?;
    Ok(kept)
}

/// A plan that is being carried out, to be taken back when that fails.
pub(super) struct Attempted<'a> {
    pub disk: &'a dyn Disk,
    pub record: &'a JournalRecord,
    pub steps: &'a [Step<'a>],
    /// The folders that were missing before.
    pub created: BTreeSet<RelPath>,
}

impl Attempted<'_> {
    /// Returns `error` after taking back what was prepared. No file has moved yet.
    pub fn abandon(&self, error: Error) -> Error {
        self.report(error, "nothing was changed", Ok(vec![]))
    }

    /// Returns `error` after taking back what was done.
    pub fn roll_back(&self, error: Error) -> Error {
        let steps = backward(self.steps);
        let kept = carry_out_steps(self.disk, &self.record.id, &steps).map(|outcome| outcome.kept);
        let command = self.record.plan.command_name();
        self.report(
            error,
            &format!("the {command} was rolled back; no files were changed"),
            kept,
        )
    }

    fn report(&self, error: Error, done: &str, kept: Result<Vec<KeptFile>>) -> Error {
        match kept.and_then(|kept| self.forget().map(|late| [kept, late].concat())) {
            Ok(kept) => kept
                .into_iter()
                .map(describe_edited)
                .fold(error.note(done), Error::note),
            Err(failure) => match self.disk.look(&journal()) {
                Ok(OnDisk::Absent) => error.note(done),
                _ => error
                    .note(format!("taking it back failed too: {failure}"))
                    .note(format!(
                        "the next command that writes finishes `{}`",
                        self.record.plan.verb
                    )),
            },
        }
    }

    /// Removes temps, created folders and, once that is durable, the journal.
    fn forget(&self) -> Result<Vec<KeptFile>> {
        let kept = clear(self.disk, &self.record.id, self.steps, &self.created)?;
        self.disk.remove_file(&draft())?;
        if self.disk.look(&journal())? != OnDisk::Absent {
            self.disk.remove_file(&journal())?;
            self.disk.sync_folder_of(&journal())?;
        }
        Ok(kept)
    }
}

fn describe_edited(KeptFile { path, copy }: KeptFile) -> String {
    match copy {
        Some(copy) => {
            format!(
                "`{path}` was edited meanwhile and stays as it is; what it held before is in \
                 `{copy}`"
            )
        }
        None => format!("`{path}` was edited meanwhile and stays as it is"),
    }
}
