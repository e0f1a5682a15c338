//! The records of commands that lie in a repository, and whose they are.

use crate::agent::root_names;
use crate::error::{Error, Result};
use crate::model::digest::git_blob;
use crate::model::path::{RelPath, rel};
use crate::model::plan::Plan;
use crate::model::tree::File;
use crate::store::fs::{self, Disk as _, OnDisk, Os};
use crate::store::git;
use crate::store::journal::{
    self, Course, Interrupted, Journal, JournalRecord, Pile, RecordState, Recovered, Seal,
};

use crate::ops::Session;

/// The records of the repository at hand.
///
/// **What git tracks came with a clone**, or goes into one: it is carried out by nobody.
pub struct Records<'a> {
    session: &'a Session<'a>,
    disk: Os,
    seal: Seal,
}

impl<'a> Records<'a> {
    /// Opens the records of the repository.
    ///
    /// # Errors
    /// When its folder can't be opened.
    pub fn open(session: &'a Session<'a>) -> Result<Self> {
        let root = session.workspace.root();
        Ok(Self {
            session,
            disk: Os::open(root)?,
            seal: Seal::new(session.environment.state.as_deref(), root),
        })
    }

    /// Returns the files of the repository.
    pub fn disk(&self) -> &Os {
        &self.disk
    }

    /// Returns the records as they are, whoever has brought them.
    pub fn journal(&self) -> Journal<'_> {
        Journal {
            disk: &self.disk,
            seal: &self.seal,
        }
    }

    /// Carries out a plan: all of it, or nothing.
    ///
    /// # Errors
    /// As for [`Journal::apply_as`].
    pub fn apply(&self, plan: &Plan, course: Course) -> Result<()> {
        self.bring_here(plan)?;
        let twins = twins(&self.disk, plan);
        if self.disk.has_modes() {
            self.journal().apply_as(plan, course)?;
        } else {
            self.journal().apply_as(&plan.without_modes(), course)?;
        }
        for (path, twin) in &twins {
            let temp = twin.parent().map_or(rel(TWIN), |folder| {
                folder.join(TWIN).unwrap_or_else(|_| rel(TWIN))
            });
            self.disk.make_one(path, twin, &temp).map_err(|error| {
                error.note(format!(
                    "all else was done; `{twin}` and `{path}` are two files now"
                ))
            })?;
        }
        self.stage_left_out(plan)
    }

    /// Hands what a plan changed and a sparse checkout leaves out to git's index: **there, the
    /// index is the working tree**, and `git add` passes over such files. Else the team would get
    /// a lock without its files.
    fn stage_left_out(&self, plan: &Plan) -> Result<()> {
        let root = self.session.workspace.root();
        if plan.is_empty() || !git::is_repository(root) {
            return Ok(());
        }
        let changed = plan.paths().cloned();
        // A git that can't be asked is said where it is asked what it hides.
        let Ok(outside) = git::left_out(root, &changed.collect::<Vec<_>>()) else {
            return Ok(());
        };
        let (there, gone): (Vec<&RelPath>, Vec<&RelPath>) = outside
            .iter()
            .partition(|path| fs::exists(&path.under(root)));
        git::stage_left_out(root, &there, &gone).map_err(|error| {
            error
                .note("all else was done; git's index lacks what your sparse checkout leaves out")
                .hint_command("mend that, then", "git add --sparse --all")
        })
    }

    /// Writes what a plan changes and a sparse checkout leaves out, as git's index has it. From
    /// then on it is a file like any other: git takes it for unchanged, and `undo` goes back to it.
    fn bring_here(&self, plan: &Plan) -> Result<()> {
        let mut absent: Vec<(&RelPath, &File)> = Vec::new();
        for change in &plan.changes {
            if let Some(old) = &change.old
                && self.disk.look(&change.path)? == OnDisk::Absent
            {
                absent.push((&change.path, old));
            }
        }
        if absent.is_empty() {
            return Ok(());
        }
        let root = self.session.workspace.root();
        let index = git::index(root, absent.iter().map(|(path, _)| *path))?;
        for (path, old) in absent {
            let Some(entry) = index.get(path) else {
                continue;
            };
            if entry.is_left_out && entry.name == git_blob(&old.bytes) {
                let folders: Vec<RelPath> = path.ancestors().collect();
                for folder in folders.iter().rev() {
                    let _ = self.disk.create_folder(folder)?;
                }
                self.disk.write_new(path, old)?;
            }
        }
        Ok(())
    }

    /// Finishes what an interrupted command left to do.
    ///
    /// # Errors
    /// As for [`Journal::recover`].
    pub fn recover(&self) -> Result<Option<Recovered>> {
        self.disk.try_modes(&rel(".agentpkg/modes.tmp"));
        self.session.workspace.learn_modes(self.disk.has_modes());
        self.refuse_tracked(&journal::journal())?;
        self.journal().recover()
    }

    /// Returns the record of a command of this user's that was interrupted here, if there is one.
    ///
    /// # Errors
    /// When the disk fails, or git can't say whether it tracks it.
    pub fn own_journal(&self) -> Result<Option<JournalRecord>> {
        let place = journal::journal();
        match self.journal().standing(&place)? {
            RecordState::Own(record) if !self.is_tracked(&place)? => Ok(Some(record)),
            _ => Ok(None),
        }
    }

    /// Returns the newest plan of a pile.
    ///
    /// # Errors
    /// As for [`Journal::last`].
    pub fn last(&self, pile: Pile) -> Result<Option<Plan>> {
        self.refuse_tracked(&pile.newest())?;
        self.journal().last(pile)
    }

    /// Returns whether there is a record at `place`, and git tracks it.
    ///
    /// # Errors
    /// When git can't say.
    pub fn is_tracked(&self, place: &RelPath) -> Result<bool> {
        let root = self.session.workspace.root();
        if !fs::exists(&place.under(root)) || !git::is_repository(root) {
            return Ok(false);
        }
        let tracked = git::index(root, [place])?;
        Ok(tracked.keys().any(|path| path.folded() == place.folded()))
    }

    fn refuse_tracked(&self, place: &RelPath) -> Result<()> {
        match self.is_tracked(place)? {
            false => Ok(()),
            true => Err(Error::user(format!(
                "`{place}` is tracked by git: it came with a clone, or would go into one"
            ))
            .note("nothing was changed")
            .command(journal::SHOW)),
        }
    }
}

/// The name that a file has while it gets its second one back.
const TWIN: &str = ".agentpkg-twin.tmp";

/// Returns the root instructions that a plan changes and that have a second name, with that one: a
/// CLAUDE.md that is hard-linked to AGENTS.md stays one file with it.
pub fn twins(disk: &Os, plan: &Plan) -> Vec<(RelPath, RelPath)> {
    let (changed, unchanged): (Vec<RelPath>, Vec<RelPath>) = root_names()
        .into_iter()
        .partition(|path| writes(plan, path));
    let mut twins = Vec::new();
    for path in &changed {
        for other in &unchanged {
            if disk.are_one(path, other) {
                twins.push((path.clone(), other.clone()));
            }
        }
    }
    twins
}

fn writes(plan: &Plan, path: &RelPath) -> bool {
    let mut changes = plan.changes.iter();
    changes.any(|change| change.path == *path && change.new.is_some())
}

/// How what was just done is taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WayBack {
    /// By `undo`.
    Undo,
    /// By `undo --interrupted`: there is no key that says whose the record is.
    Shown,
    /// Not by agentpkg: git tracks the record.
    Git,
}

/// Returns how what was just done is taken back.
pub fn way_back(session: &Session) -> WayBack {
    let newest = Pile::Done.newest();
    let Ok(records) = Records::open(session) else {
        return WayBack::Undo;
    };
    match records.is_tracked(&newest) {
        Ok(true) => WayBack::Git,
        _ if records.seal.has_key() => WayBack::Undo,
        _ => WayBack::Shown,
    }
}

/// Returns the command that was interrupted in this repo, for verbs that only read.
///
/// # Errors
/// When the folder can't be read, or git can't say what it tracks.
pub fn interrupted(session: &Session) -> Result<Option<Interrupted>> {
    if !fs::is_folder(session.workspace.root()) {
        return Ok(None);
    }
    let records = Records::open(session)?;
    if !matches!(
        records.disk.look(&rel(journal::HOME))?,
        OnDisk::Absent | OnDisk::Folder
    ) {
        return Err(journal::no_home());
    }
    let Some(mut interrupted) = records.journal().interrupted()? else {
        return Ok(None);
    };
    interrupted.is_own &= !records.is_tracked(&journal::journal())?;
    Ok(Some(interrupted))
}
