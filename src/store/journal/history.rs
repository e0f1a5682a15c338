//! What commands did and what `undo` took back: the last three journals of each, the newest first.
//!
//! ```text
//! .agentpkg/undo  undo.2  undo.3    what commands did; `undo` takes the first back
//! .agentpkg/redo  redo.2  redo.3    what `undo` did; `undo --redo` takes the first back
//! ```
//!
//! A command puts its journal on the first pile and clears the second; an undo takes one from the
//! first and puts its own on the second; a redo the other way. **The journal is moved last, so that
//! who is stopped anywhere can start again.**

use serde::{Deserialize, Serialize};

use super::{HOME, journal};
use crate::error::Result;
use crate::model::path::{RelPath, rel};
use crate::store::fs::Disk;

/// How many commands can be taken back.
const KEPT: usize = 3;

/// How many bytes the journals of one pile take at most; the newest is kept whatever it takes.
const MOST: u64 = 64 << 20;

/// What a plan is to the history.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Course {
    /// A command does something new.
    #[default]
    Do,
    /// The last command is taken back.
    Undo,
    /// The last undo is taken back.
    Redo,
}

impl Course {
    /// Whether it needs no words in a record.
    pub(super) fn is_usual(&self) -> bool {
        *self == Self::Do
    }
}

/// A pile of journals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pile {
    /// What commands did.
    Done,
    /// What `undo` did.
    Undone,
}

impl Pile {
    fn name(self) -> &'static str {
        if self == Self::Done { "undo" } else { "redo" }
    }

    /// Returns where a journal lies; the newest is number 1.
    fn at(self, number: usize) -> RelPath {
        let number = if number == 1 {
            String::new()
        } else {
            format!(".{number}")
        };
        format!("{HOME}/{}{number}", self.name())
            .parse()
            .expect("a name without a slash is a path")
    }

    /// Returns where the newest record lies.
    pub fn newest(self) -> RelPath {
        self.at(1)
    }

    /// Forgets the newest plan.
    ///
    /// # Errors
    /// When the disk fails.
    pub(super) fn forget_last(self, disk: &dyn Disk) -> Result<()> {
        match disk.size(&self.at(2))? {
            // In one move, so that who is stopped finds one or the other.
            Some(_) => disk.rename(&self.at(2), &self.at(1))?,
            None => disk.remove_file(&self.at(1))?,
        }
        self.close_up(disk)
    }

    /// Takes the newest away, if that wasn't done before the journal was moved.
    fn pop(self, disk: &dyn Disk) -> Result<()> {
        if disk.size(&taken())?.is_none() && disk.size(&self.at(1))?.is_some() {
            disk.rename(&self.at(1), &taken())?;
        }
        self.close_up(disk)
    }

    /// Moves the journal to the top.
    fn push(self, disk: &dyn Disk) -> Result<()> {
        self.close_up(disk)?;
        let mut bytes = disk.size(&journal())?.unwrap_or_default();
        for number in 1..=KEPT {
            let Some(size) = disk.size(&self.at(number))? else {
                break;
            };
            bytes = bytes.saturating_add(size);
            if number == KEPT || bytes > MOST {
                disk.remove_file(&self.at(number))?;
            }
        }
        for number in (1..KEPT).rev() {
            if disk.size(&self.at(number))?.is_some() {
                disk.rename(&self.at(number), &self.at(number + 1))?;
            }
        }
        disk.rename(&journal(), &self.at(1))
    }

    fn clear(self, disk: &dyn Disk) -> Result<()> {
        (1..=KEPT).try_for_each(|number| disk.remove_file(&self.at(number)))
    }

    /// Moves up what lies behind a gap.
    pub(super) fn close_up(self, disk: &dyn Disk) -> Result<()> {
        let mut free = 1;
        for number in 1..=KEPT {
            if disk.size(&self.at(number))?.is_some() {
                if free < number {
                    disk.rename(&self.at(number), &self.at(free))?;
                }
                free += 1;
            }
        }
        Ok(())
    }
}

/// What is on its way from one pile to nowhere.
fn taken() -> RelPath {
    rel(".agentpkg/taken")
}

/// Puts the journal of a plan that is carried out where it belongs.
pub(super) fn file(disk: &dyn Disk, course: Course) -> Result<()> {
    match course {
        Course::Do => {
            Pile::Undone.clear(disk)?;
            Pile::Done.push(disk)?;
        }
        Course::Undo => {
            Pile::Done.pop(disk)?;
            Pile::Undone.push(disk)?;
        }
        Course::Redo => {
            Pile::Undone.pop(disk)?;
            Pile::Done.push(disk)?;
        }
    }
    forget_taken(disk)?;
    disk.sync_folder_of(&taken())
}

/// Removes what a stop left behind the move of the journal. Not while there is one.
pub(super) fn forget_taken(disk: &dyn Disk) -> Result<()> {
    disk.remove_file(&taken())
}
