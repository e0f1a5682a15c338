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

mod folders;
mod history;
mod keep;
mod record;
mod recover;
mod seal;
mod step;

use std::collections::BTreeSet;

pub use history::{Course, Pile};
pub use keep::KeptFile;
pub use record::JournalRecord;
pub use recover::Recovered;
pub use seal::Seal;

use bytes::Bytes;

use crate::error::{Error, Result};
use crate::model::path::{RelPath, rel};
use crate::model::plan::{FileChange, LinkChange, Plan};
use crate::model::tree::{File, FileOrLink};
use crate::store::fs::{Disk, OnDisk};
use record::UnreadableRecord;
use recover::Attempted;
use step::{Moved, Step, forward};

/// The folder that holds the journal, the records for `undo`, the lock file and what was kept. It
/// ignores itself.
pub const HOME: &str = ".agentpkg";

/// Where bytes are kept that have no place in the tree.
pub const KEPT: &str = ".agentpkg/kept";

/// Where the plan lies that is being carried out.
pub fn journal() -> RelPath {
    rel(".agentpkg/journal")
}

/// The journal before it is whole.
fn draft() -> RelPath {
    rel(".agentpkg/journal.tmp")
}

/// The records of one repository, as one user may carry them out.
#[derive(Clone, Copy)]
pub struct Journal<'a> {
    /// Where the repository and its records lie.
    pub disk: &'a dyn Disk,
    /// Whose records are carried out.
    pub seal: &'a Seal,
}

/// What lies where a record would.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordState {
    /// Nothing.
    Nothing,
    /// A record that this user wrote at this place.
    Own(JournalRecord),
    /// A record that may be anybody's: of another user, of another place, of a repository that was
    /// moved, of an earlier agentpkg.
    Foreign(JournalRecord),
    /// What no record is.
    Damaged,
    /// A record that a later agentpkg wrote.
    Newer,
}

/// How large a record may be, in bytes: the largest templates there are, before and after.
const LARGEST: u64 = 1 << 30;

impl Journal<'_> {
    /// Carries out the plan of a command: all of it, or nothing.
    ///
    /// # Errors
    /// As for [`apply_as`](Self::apply_as).
    pub fn apply(&self, plan: &Plan) -> Result<()> {
        self.apply_as(plan, Course::Do)
    }

    /// Carries out `plan`: all of it, or nothing.
    ///
    /// # Errors
    /// When a file isn't as the plan saw it, when something is in its way, or when the disk fails.
    /// The repo is then as it was; a note says so, or says that the next command that writes
    /// finishes the plan.
    pub fn apply_as(&self, plan: &Plan, course: Course) -> Result<()> {
        if plan.is_empty() {
            return Ok(());
        }
        let disk = self.disk;
        let created = self
            .survey(plan)
            .map_err(|error| error.note("nothing was changed"))?;
        let (record, parts) = JournalRecord::write(plan, course, self.seal);
        let steps = forward(plan, &record.id);
        let attempt = Attempted {
            disk,
            record: &record,
            steps: &steps,
            created,
        };
        commit(disk, &parts).map_err(|error| attempt.abandon(error))?;
        stage(disk, &record, &steps).map_err(|error| attempt.abandon(error))?;
        make(disk, plan, &steps).map_err(|error| attempt.roll_back(error))?;
        // The plan is carried out. Should what is left to do fail, the journal stays, and the next
        // command finishes it.
        let _ = recover::tidy_up(disk, &record, &steps);
        Ok(())
    }

    /// Finishes what an interrupted command left to do. Every command that writes does this first.
    ///
    /// # Errors
    /// When the journal is damaged: it is set aside, so that the next command goes on without it.
    /// When it may be somebody else's: **it is neither carried out nor dropped**.
    pub fn recover(&self) -> Result<Option<Recovered>> {
        // Nothing moves before the draft becomes the journal.
        self.disk.remove_file(&draft())?;
        match self.standing(&journal())? {
            RecordState::Nothing => {
                history::forget_taken(self.disk)?;
                Ok(None)
            }
            RecordState::Own(record) => recover::carry_out(self.disk, record).map(Some),
            RecordState::Foreign(record) => Err(foreign(&journal(), &record)),
            RecordState::Newer => Err(newer(&journal())),
            RecordState::Damaged => Err(recover::set_aside(self.disk)?),
        }
    }

    /// Brings the files of a record to where its command would have, whoever wrote it: somebody saw
    /// all of it. It is this user's from then on.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn carry_out(&self, record: &JournalRecord) -> Result<Recovered> {
        let (record, parts) = JournalRecord::write(&record.plan, record.course, self.seal);
        commit(self.disk, &parts)?;
        recover::carry_out(self.disk, record)
    }

    /// Takes a record out of the way, where nobody carries it out, and returns where it is kept.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn discard(&self, path: &RelPath) -> Result<RelPath> {
        let copy = keep::keep_record(self.disk, path)?;
        for pile in [Pile::Done, Pile::Undone] {
            if *path == pile.newest() {
                pile.close_up(self.disk)?;
            }
        }
        self.disk.sync_folder_of(path)?;
        Ok(copy)
    }

    /// Returns which command was interrupted, for those that only read. Touches nothing.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn interrupted(&self) -> Result<Option<Interrupted>> {
        let (verb, is_own) = match self.standing(&journal())? {
            RecordState::Nothing => return Ok(None),
            RecordState::Own(record) => (Some(record.plan.verb), true),
            RecordState::Foreign(record) => (Some(record.plan.verb), false),
            RecordState::Damaged | RecordState::Newer => (None, true),
        };
        Ok(Some(Interrupted { verb, is_own }))
    }

    /// Returns the newest plan of a pile.
    ///
    /// # Errors
    /// When its record is damaged, or may be somebody else's.
    pub fn last(&self, pile: Pile) -> Result<Option<Plan>> {
        let place = pile.newest();
        match self.standing(&place)? {
            RecordState::Nothing => Ok(None),
            RecordState::Own(record) => Ok(Some(record.plan)),
            RecordState::Foreign(record) => Err(foreign(&place, &record)),
            RecordState::Newer => Err(newer(&place)),
            RecordState::Damaged => {
                Err(Error::damaged(format!("`{place}` is not what was written"))
                    .note("nothing was changed"))
            }
        }
    }

    /// Forgets the newest plan of a pile.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn forget_last(&self, pile: Pile) -> Result<()> {
        pile.forget_last(self.disk)
    }

    /// Returns what lies at the place of a record.
    ///
    /// # Errors
    /// When the disk fails, or the record is larger than any that was written.
    pub fn standing(&self, place: &RelPath) -> Result<RecordState> {
        if self.disk.size(place)?.is_some_and(|size| size > LARGEST) {
            return Err(
                Error::user(format!("`{place}` is larger than {} GiB", LARGEST >> 30))
                    .note("nothing was changed")
                    .hint(format!("mv {place} {place}.large")),
            );
        }
        Ok(match self.disk.look(place)? {
            OnDisk::Absent => RecordState::Nothing,
            OnDisk::File(file) => match JournalRecord::read(&file.bytes, self.seal) {
                Ok(record) => RecordState::Own(record),
                Err(UnreadableRecord::Foreign(record)) => RecordState::Foreign(*record),
                Err(UnreadableRecord::Newer) => RecordState::Newer,
                Err(UnreadableRecord::Damaged) => RecordState::Damaged,
            },
            OnDisk::Folder | OnDisk::Link(_) | OnDisk::Other => RecordState::Damaged,
        })
    }

    /// Returns the folders that the plan will create, if it can be carried out.
    fn survey(&self, plan: &Plan) -> Result<BTreeSet<RelPath>> {
        if let Some(Interrupted { verb, .. }) = self.interrupted()? {
            let what = verb.map_or("a command".to_owned(), |verb| format!("`{verb}`"));
            return Err(Error::user(format!(
                "{what} was interrupted, and has to be finished first"
            )));
        }
        check_all(self.disk, plan)?;
        folders::missing(self.disk, plan)
    }
}

impl JournalRecord {
    /// Returns the names beside its files that carrying it out goes through, each with what the
    /// file is before and after.
    pub fn temps(&self) -> Vec<(RelPath, [Option<FileOrLink>; 2])> {
        let mut temps = Vec::new();
        for step in forward(&self.plan, &self.id) {
            temps.push((step.temp, [step.from, step.to]));
        }
        temps
    }
}

/// A command that was interrupted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interrupted {
    /// The command, as its record says: `install org-baseline`; nothing where that can't be read.
    pub verb: Option<String>,
    /// Whether the next command that writes finishes it, or else refuses.
    pub is_own: bool,
}

/// The command that shows a record that isn't carried out unasked.
pub const SHOW: &str = "agentpkg undo --interrupted";

/// Why a record isn't carried out.
fn foreign(place: &RelPath, record: &JournalRecord) -> Error {
    Error::user(format!(
        "`{place}`, of `{}`, wasn't written by you at this place",
        record.plan.verb
    ))
    .note("nothing was changed")
    .note(
        "it may have come with a clone; or the repository was moved, another user or container \
         wrote it, or there was no home to keep a key in",
    )
    .command(SHOW)
}

fn newer(path: &RelPath) -> Error {
    Error::user(format!("a later agentpkg than this one wrote `{path}`"))
        .hint("run the command with that agentpkg")
}

/// What is said where something else lies in the place of agentpkg's own folder.
pub fn no_home() -> Error {
    Error::user(format!("`{HOME}` is no folder")).hint(format!("mv {HOME} {HOME}.aside"))
}

/// Makes the folder that holds everything of agentpkg's own, and has git ignore it.
pub fn make_home(disk: &dyn Disk) -> Result<()> {
    let ignore = rel(".agentpkg/.gitignore");
    match disk.look(&rel(HOME))? {
        OnDisk::Folder => {}
        OnDisk::Absent => {
            folders::make_above(disk, &ignore)?;
            // The journal holds the bytes of files that only their owner may read.
            disk.make_private(&rel(HOME))?;
        }
        // What would be written and removed there might be the team's.
        OnDisk::File(_) | OnDisk::Link(_) | OnDisk::Other => {
            return Err(no_home());
        }
    }
    match disk.look(&ignore)? {
        OnDisk::File(file) if file.bytes.starts_with(b"*") => Ok(()),
        // A power cut may have left an empty one, and the journal holds what nobody means to
        // commit.
        _ => {
            disk.remove_file(&ignore)?;
            disk.write_new(&ignore, &File::plain("*\n"))
        }
    }
}

/// Checks that every file is as the plan saw it, and that nothing is in its way.
fn check_all(disk: &dyn Disk, plan: &Plan) -> Result<()> {
    let turned = plan.turned();
    for change in &plan.changes {
        check_one(disk, plan, &turned, change)?;
    }
    for link in &plan.links {
        check_link(disk, plan, link)?;
    }
    Ok(())
}

fn check_link(disk: &dyn Disk, plan: &Plan, link: &LinkChange) -> Result<()> {
    let LinkChange { path, old, .. } = link;
    if path.components().next() == Some(HOME) {
        return Err(Error::user(format!("`{path}` is agentpkg's own")));
    }
    match disk.look(path)?.is_file_or_link(old.as_ref()) {
        true => Ok(()),
        false => Err(changed(plan, path)),
    }
}

fn check_one(
    disk: &dyn Disk,
    plan: &Plan,
    turned: &BTreeSet<RelPath>,
    FileChange { path, old, .. }: &FileChange,
) -> Result<()> {
    if path.components().next() == Some(HOME) {
        return Err(Error::user(format!("`{path}` is agentpkg's own")));
    }
    if let Some(obstacle) =
        folders::obstacle(disk, path)?.filter(|obstacle| !turned.contains(obstacle))
    {
        return Err(in_the_way(
            &obstacle,
            "is a file",
            &format!("the folder of `{path}`"),
        ));
    }
    match disk.look(path)? {
        found if found.is(old.as_ref()) => Ok(()),
        // What is in it goes first.
        OnDisk::Folder if old.is_none() && turned.contains(path) => Ok(()),
        OnDisk::Folder => Err(in_the_way(path, "is a folder", "a file")),
        OnDisk::Link(_) => Err(in_the_way(path, "is a link", "a file")),
        OnDisk::Other => Err(in_the_way(path, "is not a file", "a file")),
        OnDisk::Absent | OnDisk::File(_) => Err(changed(plan, path)),
    }
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

/// Writes the journal: once this returns, a crash leads to the state after.
fn commit(disk: &dyn Disk, record: &[Bytes]) -> Result<()> {
    make_home(disk)?;
    disk.write_parts(&draft(), record)?;
    disk.sync_file(&draft())?;
    disk.rename(&draft(), &journal())?;
    disk.sync_folder_of(&journal())?;
    disk.sync_folder_of(&rel(HOME))
}

/// Puts the new bytes beside their files, makes them durable, and checks for the last time.
fn stage(disk: &dyn Disk, record: &JournalRecord, steps: &[Step<'_>]) -> Result<()> {
    for step in steps {
        step.prepare(disk, &record.id)?;
    }
    disk.sync_all(&step::touched(steps))?;
    check_all(disk, &record.plan)
}

/// Moves everything to its place.
fn make(disk: &dyn Disk, plan: &Plan, steps: &[Step<'_>]) -> Result<()> {
    for step in steps {
        if step.make(disk)? == Moved::Changed {
            return Err(match disk.look(step.path)? {
                OnDisk::Folder => in_the_way(step.path, "has more in it", "a file"),
                _ => changed(plan, step.path),
            });
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
