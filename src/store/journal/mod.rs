//! Carrying out a plan as if at once: after a crash, an error or a power cut, the repo is as before
//! or as after.
//!
//! **No file of the repo changes before its plan is in the journal; a person's edit in between is
//! never overwritten.**
//!
//! 1. The journal, one checksummed file with all old and new bytes, is made durable: the commit
//!    point.
//! 2. The new bytes go to temps in their files' own folders, and are made durable together.
//! 3. All files are checked to be as the plan saw them.
//! 4. Temps and files change places, in the plan's order: the lock last.
//! 5. That is made durable, and the journal becomes a record for `undo`, which has the last three.
//!
//! Whoever calls this holds [`Writer`](super::lock_file::Writer).

mod history;
mod keep;
mod record;
mod recover;
mod step;

use std::collections::BTreeSet;

pub use history::{Course, Pile};
pub use keep::Kept;
pub use recover::{Recovered, interrupted, recover};

use crate::error::{Error, Result};
use crate::model::path::{RelPath, rel};
use crate::model::plan::{Change, Plan};
use crate::model::tree::File;
use crate::store::fs::{Disk, Found};
use record::Record;
use recover::{Attempted, finish};
use step::{Moved, Step, forward};

/// The folder that holds the journal, the records for `undo`, the lock file and what was kept. It
/// ignores itself.
pub const HOME: &str = ".agentpkg";

fn journal() -> RelPath {
    rel(".agentpkg/journal")
}

/// The journal before it is whole.
fn draft() -> RelPath {
    rel(".agentpkg/journal.tmp")
}

/// Carries out the plan of a command: all of it, or nothing.
///
/// # Errors
/// As for [`apply_as`].
pub fn apply(disk: &dyn Disk, plan: &Plan) -> Result<()> {
    apply_as(disk, plan, Course::Do)
}

/// Carries out `plan`: all of it, or nothing.
///
/// # Errors
/// When a file isn't as the plan saw it, when something is in its way, or when the disk fails. The
/// repo is then as it was; a note says so, or says that the next command that writes finishes the
/// plan.
pub fn apply_as(disk: &dyn Disk, plan: &Plan, course: Course) -> Result<()> {
    if plan.is_empty() {
        return Ok(());
    }
    let created = survey(disk, plan).map_err(|error| error.note("nothing was changed"))?;
    let (record, bytes) = Record::write(plan, course);
    let steps = forward(plan, &record.id);
    let attempt = Attempted {
        disk,
        record: &record,
        steps: &steps,
        created,
    };
    commit(disk, bytes).map_err(|error| attempt.abandon(error))?;
    stage(disk, &record, &steps).map_err(|error| attempt.abandon(error))?;
    make(disk, plan, &steps).map_err(|error| attempt.roll_back(error))?;
    // The plan is carried out. Should what is left to do fail, the journal stays, and the next
    // command finishes it.
    let _ = finish(disk, &record, &steps);
    Ok(())
}

/// Makes the folder that holds everything of agentpkg's own, and has git ignore it.
pub fn make_home(disk: &dyn Disk) -> Result<()> {
    let ignore = rel(".agentpkg/.gitignore");
    if disk.look(&rel(HOME))? == Found::Absent {
        step::make_folders(disk, &ignore)?;
        // The journal holds the bytes of files that only their owner may read.
        disk.make_private(&rel(HOME))?;
    }
    match disk.look(&ignore)? {
        Found::File(file) if file.bytes.starts_with(b"*") => Ok(()),
        // A power cut may have left an empty one, and the journal holds what nobody means to
        // commit.
        _ => {
            disk.remove_file(&ignore)?;
            disk.write_new(&ignore, &File::plain("*\n"))
        }
    }
}

/// Returns the folders that the plan will create, if it can be carried out.
fn survey(disk: &dyn Disk, plan: &Plan) -> Result<BTreeSet<RelPath>> {
    if let Some(verb) = interrupted(disk)? {
        return Err(Error::user(format!(
            "`{verb}` was interrupted, and has to be finished first"
        )));
    }
    check(disk, plan)?;
    missing_folders(disk, plan)
}

/// Checks that every file is as the plan saw it, and that nothing is in its way.
fn check(disk: &dyn Disk, plan: &Plan) -> Result<()> {
    plan.changes
        .iter()
        .try_for_each(|change| check_one(disk, plan, change))
}

fn check_one(disk: &dyn Disk, plan: &Plan, Change { path, old, .. }: &Change) -> Result<()> {
    if path.components().next() == Some(HOME) {
        return Err(Error::user(format!("`{path}` is agentpkg's own")));
    }
    if let Some(obstacle) = obstacle(disk, path)? {
        return Err(in_the_way(
            &obstacle,
            "is a file",
            &format!("the folder of `{path}`"),
        ));
    }
    match disk.look(path)? {
        found if found.is(old.as_ref()) => Ok(()),
        Found::Folder => Err(in_the_way(path, "is a folder", "a file")),
        Found::Link => Err(in_the_way(path, "is a link", "a file")),
        Found::Other => Err(in_the_way(path, "is not a file", "a file")),
        Found::Absent | Found::File(_) => Err(changed(plan, path)),
    }
}

/// Returns what stands where a folder above `path` has to be.
fn obstacle(disk: &dyn Disk, path: &RelPath) -> Result<Option<RelPath>> {
    for folder in path.ancestors() {
        match disk.look(&folder)? {
            Found::Absent => {}
            Found::Folder | Found::Link => return Ok(None),
            Found::File(_) | Found::Other => return Ok(Some(folder)),
        }
    }
    Ok(None)
}

fn in_the_way(path: &RelPath, what: &str, wanted: &str) -> Error {
    Error::user(format!("`{path}` {what} where {wanted} has to be"))
        .hint(format!("move `{path}` away, then run the command again"))
}

fn changed(plan: &Plan, path: &RelPath) -> Error {
    Error::user(format!(
        "`{path}` changed while `{}` was at work",
        plan.verb
    ))
    .hint("run the command again")
}

/// Returns the folders that the plan will create, each after those above it.
fn missing_folders(disk: &dyn Disk, plan: &Plan) -> Result<BTreeSet<RelPath>> {
    let mut missing = BTreeSet::new();
    for change in plan.changes.iter().filter(|change| change.new.is_some()) {
        for folder in change.path.ancestors() {
            if missing.contains(&folder) || disk.look(&folder)? != Found::Absent {
                break;
            }
            missing.insert(folder);
        }
    }
    Ok(missing)
}

/// Writes the journal: once this returns, a crash leads to the state after.
fn commit(disk: &dyn Disk, bytes: Vec<u8>) -> Result<()> {
    make_home(disk)?;
    disk.write_new(&draft(), &File::plain(bytes))?;
    disk.sync_file(&draft())?;
    disk.rename(&draft(), &journal())?;
    disk.sync_folder_of(&journal())?;
    disk.sync_folder_of(&rel(HOME))
}

/// Puts the new bytes beside their files, makes them durable, and checks for the last time.
fn stage(disk: &dyn Disk, record: &Record, steps: &[Step<'_>]) -> Result<()> {
    for step in steps {
        step.prepare(disk, &record.id)?;
    }
    disk.sync_all(&step::touched(steps))?;
    check(disk, &record.plan)
}

/// Moves everything to its place.
fn make(disk: &dyn Disk, plan: &Plan, steps: &[Step<'_>]) -> Result<()> {
    for step in steps {
        if step.make(disk)? == Moved::Changed {
            return Err(changed(plan, step.path));
        }
    }
    // An editor that had a file open may have written to it after it was moved away.
    for step in steps {
        if !step.holds_what_was(disk)? {
            return Err(changed(plan, step.path));
        }
    }
    Ok(())
}
