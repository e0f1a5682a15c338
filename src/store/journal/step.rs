//! One change on its way: from one state of a path to the other, through a temp beside it; where
//! a file becomes a folder or a folder a file, through one beside that.
//!
//! **A temp is removed only while it holds bytes that the journal holds too**; anything else is
//! somebody's, and is kept.

use std::collections::BTreeSet;

use super::folders;
use super::keep::{self, KeptFile};
use crate::error::Result;
use crate::model::path::RelPath;
use crate::model::plan::{FileChange, Plan, Stage};
use crate::model::tree::{File, FileOrLink};
use crate::store::fs::{Attempt, Disk, OnDisk};

/// A change in one of its two directions.
#[derive(Clone)]
pub(super) struct Step<'a> {
    /// The file.
    pub path: &'a RelPath,
    /// A name beside it, the same whenever and however often the plan is carried out.
    pub temp: RelPath,
    /// What is there now; `None` is nothing.
    pub from: Option<FileOrLink>,
    /// What will be there.
    pub to: Option<FileOrLink>,
    /// What the path is below, where that is a file on one side of the plan.
    below: Option<RelPath>,
    /// The folders that are empty when the file comes, where the path is a folder on one side of
    /// the plan: the innermost first, itself the last.
    emptied: Vec<RelPath>,
}

/// What keeps git, and agentpkg with it, from making links.
const NO_LINKS: &str = "git config core.symlinks false";

/// What came of moving.
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub(super) enum Moved {
    /// The path holds what it should; the temp what it held.
    Done,
    /// The path held something else, which is there again.
    Changed,
}

/// Returns the steps that carry out `plan`, in its order. Links come and go right before agentpkg's
/// own files: what they lead to is there, and the lock is the last.
pub(super) fn forward<'a>(plan: &'a Plan, id: &str) -> Vec<Step<'a>> {
    let turned = plan.turned();
    let mut steps = Vec::new();
    for (number, change) in plan.changes.iter().enumerate() {
        // The outermost one.
        let above = change
            .path
            .ancestors()
            .filter(|above| turned.contains(above));
        let below = above.last();
        let emptied = match turned.contains(&change.path) {
            true => folders_below(plan, &change.path),
            false => Vec::new(),
        };
        steps.push(Step {
            path: &change.path,
            temp: temp(below.as_ref().unwrap_or(&change.path), id, number),
            from: change.old.clone().map(FileOrLink::File),
            to: change.new.clone().map(FileOrLink::File),
            below,
            emptied,
        });
    }
    let is_others = |change: &&FileChange| change.stage < Stage::Manifest;
    let first_own = plan.changes.iter().take_while(is_others).count();
    let links = plan.links.iter().enumerate().map(|(index, link)| Step {
        path: &link.path,
        temp: temp(&link.path, id, plan.changes.len() + index),
        from: link.old.clone(),
        to: link.new.clone(),
        below: None,
        emptied: Vec::new(),
    });
    steps.splice(first_own..first_own, links);
    steps
}

/// Returns the folders from `top` down in which a plan has files, the innermost first.
fn folders_below(plan: &Plan, top: &RelPath) -> Vec<RelPath> {
    let mut folders = BTreeSet::new();
    for change in &plan.changes {
        let above = change.path.ancestors();
        folders
            .extend(above.filter(|folder| folder == top || folder.below(top.as_str()).is_some()));
    }
    // A folder sorts before what is in it.
    folders.into_iter().rev().collect()
}

/// Returns the steps that take `steps` back, the last first.
pub(super) fn backward<'a>(steps: &[Step<'a>]) -> Vec<Step<'a>> {
    let mut back = steps.to_vec();
    back.reverse();
    for step in &mut back {
        std::mem::swap(&mut step.from, &mut step.to);
    }
    back
}

/// Returns every path that `steps` touch.
pub(super) fn touched<'a>(steps: &'a [Step<'_>]) -> Vec<&'a RelPath> {
    steps
        .iter()
        .flat_map(|step| [step.path, &step.temp])
        .collect()
}

/// A dot-file whose name ends like nothing that an agent reads.
fn temp(path: &RelPath, id: &str, number: usize) -> RelPath {
    let name = format!(".agentpkg-{id}-{number}.tmp");
    let temp = match path.parent() {
        Some(parent) => parent.join(&name),
        None => name.parse(),
    };
    temp.expect("a name without a slash is a path")
}

impl Step<'_> {
    /// Gets ready to move: the folders above, and a temp that holds what the path will.
    pub fn prepare(&self, disk: &dyn Disk, id: &str) -> Result<Option<KeptFile>> {
        if self.to.is_some() && disk.look(&self.temp)?.is_file_or_link(self.to.as_ref()) {
            return Ok(None);
        }
        let kept = self.discard(disk, id)?;
        if let Some(to) = &self.to {
            folders::make_above(disk, &self.temp)?;
            let written = match to {
                FileOrLink::File(file) => disk.write_new(&self.temp, file),
                FileOrLink::Link(target) => {
                    let made = disk.write_link(&self.temp, target);
                    made.map_err(|error| error.hint_command("to have no links", NO_LINKS))
                }
            };
            written.map_err(|error| error.failing_to("write", self.path))?;
        }
        Ok(kept)
    }

    /// Returns what is at the path. Of a folder that becomes a file, or is one that was, there is
    /// nothing: what is in it is the matter of other steps.
    pub fn look(&self, disk: &dyn Disk) -> Result<OnDisk> {
        match disk.look(self.path)? {
            OnDisk::Folder if !self.emptied.is_empty() => Ok(OnDisk::Absent),
            found => Ok(found),
        }
    }

    /// Returns whether a file above the path is one that other steps take out of the way.
    pub fn makes_way(&self, obstacle: &RelPath) -> bool {
        self.below.as_ref() == Some(obstacle)
    }

    /// Makes the folders above the path where a file was, and removes those where a file will be.
    /// Returns whether the way is free.
    fn clear_way(&self, disk: &dyn Disk) -> Result<bool> {
        if self.to.is_none() {
            return Ok(true);
        }
        if let Some(top) = &self.below {
            // What somebody put in its place stays.
            let is_free = matches!(disk.look(top)?, OnDisk::Absent | OnDisk::Folder);
            if !is_free || folders::obstacle(disk, self.path)?.is_some() {
                return Ok(false);
            }
            folders::make_above(disk, self.path)?;
        }
        for folder in &self.emptied {
            match disk.remove_folder(folder)? {
                Attempt::Done | Attempt::Refused => {}
            }
        }
        Ok(disk.look(self.path)? != OnDisk::Folder)
    }

    /// Moves what was prepared to the path, and what the path held to the temp.
    pub fn make(&self, disk: &dyn Disk) -> Result<Moved> {
        if !self.clear_way(disk)? {
            return Ok(Moved::Changed);
        }
        let attempt = match (&self.from, &self.to) {
            (None, _) => disk.rename_if_absent(&self.temp, self.path),
            (Some(_), None) => disk.rename_if_absent(self.path, &self.temp),
            (Some(_), Some(_)) => disk.exchange(&self.temp, self.path),
        };
        match (
            attempt.map_err(|error| error.failing_to("replace", self.path))?,
            self.from.as_ref(),
            &self.to,
        ) {
            (Attempt::Done, None, _) => Ok(Moved::Done),
            (Attempt::Done, from, _) if disk.look(&self.temp)?.is_file_or_link(from) => {
                Ok(Moved::Done)
            }
            (Attempt::Done, ..) => self.put_back(disk).map(|()| Moved::Changed),
            (Attempt::Refused, Some(_), Some(_)) => self.replace(disk),
            (Attempt::Refused, ..) => Ok(Moved::Changed),
        }
    }

    /// Moves where two names can't be swapped. An edit between the look and the rename would be
    /// lost, which is why this is not the first choice.
    fn replace(&self, disk: &dyn Disk) -> Result<Moved> {
        if !disk.look(self.path)?.is_file_or_link(self.from.as_ref()) {
            return Ok(Moved::Changed);
        }
        disk.rename(&self.temp, self.path)
            .map_err(|error| error.failing_to("replace", self.path))?;
        Ok(Moved::Done)
    }

    /// Puts what a move took by mistake back to the path.
    fn put_back(&self, disk: &dyn Disk) -> Result<()> {
        let attempt = match &self.to {
            None => disk.rename_if_absent(&self.temp, self.path)?,
            Some(_) => disk.exchange(&self.temp, self.path)?,
        };
        match attempt {
            // What couldn't go back is in the temp, and is kept when that is cleared.
            Attempt::Done | Attempt::Refused => Ok(()),
        }
    }

    /// Puts an edit that a move took, just before everything stopped, back to the path.
    ///
    /// Only an edit that is a beginning of our own bytes is taken for a temp that was cut short.
    pub fn reclaim(&self, disk: &dyn Disk) -> Result<()> {
        let temp = disk.look(&self.temp)?;
        if temp == OnDisk::Absent || self.is_ours(&temp) {
            return Ok(());
        }
        let has_folder = match self.path.parent() {
            Some(parent) => matches!(disk.look(&parent)?, OnDisk::Folder | OnDisk::Link(_)),
            None => true,
        };
        let attempt = match disk.look(self.path)? {
            OnDisk::Absent if !has_folder => Attempt::Refused,
            OnDisk::Absent => disk.rename_if_absent(&self.temp, self.path)?,
            path if path.is_file_or_link(self.from.as_ref())
                || path.is_file_or_link(self.to.as_ref()) =>
            {
                disk.exchange(&self.temp, self.path)?
            }
            _ => Attempt::Refused,
        };
        match attempt {
            // As in `put_back`.
            Attempt::Done | Attempt::Refused => Ok(()),
        }
    }

    /// Returns whether the temp holds what a move left there, if anything.
    pub fn holds_what_was(&self, disk: &dyn Disk) -> Result<bool> {
        let temp = disk.look(&self.temp)?;
        Ok(temp == OnDisk::Absent || temp.is_file_or_link(self.from.as_ref()))
    }

    /// Removes the temp; what isn't ours is kept.
    pub fn discard(&self, disk: &dyn Disk, id: &str) -> Result<Option<KeptFile>> {
        match disk.look(&self.temp)? {
            OnDisk::Absent => Ok(None),
            found if self.is_ours(&found) => disk.remove_file(&self.temp).map(|()| None),
            _ => keep::keep_found(disk, id, self.path, &self.temp).map(Some),
        }
    }

    fn is_ours(&self, temp: &OnDisk) -> bool {
        let mut ends = [&self.from, &self.to].into_iter().flatten();
        ends.any(|node| match (temp, node) {
            (OnDisk::File(temp), FileOrLink::File(file)) => {
                file == temp || is_torn_write(temp, file)
            }
            _ => temp.is_file_or_link(Some(node)),
        })
    }
}

/// Returns whether `file` may be what a full disk or a power cut left of `whole`: no byte that
/// isn't right or unwritten.
fn is_torn_write(file: &File, whole: &File) -> bool {
    file.bytes.len() <= whole.bytes.len()
        && file
            .bytes
            .iter()
            .zip(&whole.bytes)
            .all(|(is, was)| is == was || *is == 0)
}
