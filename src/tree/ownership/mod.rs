//! The ways in which templates own a file or parts of it. Each is a file here, and answers the same
//! questions.
//!
//! | ownership | what is a template's | the rest |
//! |---|---|---|
//! | `whole` | the file | nothing |
//! | `block` | the lines between a pair of markers | the team's, and other templates' blocks |
//! | `keys` | entries of a JSON or TOML document | the team's, and other templates' entries |
//!
//! [`compose`] makes one upstream file of the parts that several templates have in it. From then on
//! a file's [`Record`] tells its ownership, and [`of`] returns what answers for it. What an
//! [edit](PathEdit) of a template does to a file is told from the file before and after the edit.

mod block;
mod edit;
mod keys;
mod whole;

use std::collections::{BTreeMap, BTreeSet};

use crate::agent::Contribution;
use crate::error::Result;
use crate::merge::block::Marks;
use crate::merge::json::{Identities, MergeContext};
use crate::model::conflict::Open;
use crate::model::lock::{BlocksRecord, Facts, KeysRecord, Record, WholeRecord};
use crate::model::name::TemplateName;
use crate::model::path::RelPath;
use crate::model::plan::Stage;
use crate::model::snapshot::{Local, Obstacle};
use crate::model::source::Source;
use crate::model::tree::File;
use crate::model::upstream::{Content, FileOrigin, Upstream};

use super::{Note, Refusal, State};

pub use edit::PathEdit;
pub use keys::{identities_at, policies_at};
pub(super) use whole::{Decided, WholeFile, is_installed};

/// What is known of a file by what the lock remembers of it.
pub trait Ownership {
    /// Returns the templates that own the file or a part of it.
    fn owners(&self) -> Vec<&TemplateName>;

    /// Returns whether the file may be behind a link.
    fn follows_links(&self) -> bool;

    /// Returns what the team did to the file; `installed` is its composed content, where that is
    /// known.
    fn state(&self, here: &FileHere<'_>, installed: Option<&Content>) -> State;

    /// Returns the owners whose part of a file that can be read isn't as it was installed.
    fn edited_of(&self, here: &FileHere<'_>) -> Vec<&TemplateName>;

    /// Returns the files of templates that those parts come from, where they are known.
    fn edited_sources(&self, here: &FileHere<'_>) -> Vec<FileOrigin>;

    /// Returns why the text at a path can't be read, in words that follow its name.
    fn why_broken(&self, at: &RelPath, text: &str) -> Option<String>;

    /// Returns whether a text has anything of what was installed in it.
    fn holds_some(&self, at: &RelPath, text: &str, identities: &Identities) -> bool;

    /// Returns the difference between what was installed and what is here, as a person reads it.
    fn diff(
        &self,
        path: &RelPath,
        installed: &Content,
        here: Option<&File>,
        identities: &Identities,
    ) -> String;

    /// Merges what upstream wants of a shared file into it.
    ///
    /// # Errors Where a person has to fix something first. A file that a template owned whole is
    /// refused, since the decision table decides about such files.
    fn merge(
        &self,
        file: &SharedFile<'_>,
        theirs: Option<&Content>,
    ) -> Result<SharedMerge, Refusal>;

    /// Takes back what a plan did to a file that was edited since, and keeps the edit.
    ///
    /// # Errors
    /// Where both isn't possible.
    fn revert(&self, edited: &EditedSince<'_>) -> Result<Reverted, Refusal>;

    /// Returns what was installed; `None` where the lock has only its digest. `rendered` is what
    /// this program renders from the same releases.
    ///
    /// # Errors
    /// Where the lock contradicts itself.
    fn installed_content(
        &self,
        path: &RelPath,
        rendered: Option<&Content>,
    ) -> Result<Option<Content>>;

    /// Returns what the other templates want of the file when these are gone, if any do.
    fn without(&self, path: &RelPath, gone: &BTreeSet<TemplateName>) -> Option<Content>;

    /// Returns whether this is the record of an installation of `installed`.
    fn remembers(&self, installed: &Content) -> bool;

    /// Makes this the record of an installation of `installed`. What it says of the team stays.
    fn correct(&mut self, installed: &Content);

    /// Forgets that the team deleted something on purpose.
    fn forget_deletion(&mut self);

    /// Returns whether upstream wants something else of a shared file than was installed.
    fn has_news(&self, theirs: &Content) -> bool;

    /// Returns whether this record and `now` were rendered alike.
    fn is_rendered_as(&self, now: &Record) -> bool;
}

/// Returns what answers for a file, by its ownership.
pub fn of(record: &Record) -> &dyn Ownership {
    match record {
        Record::Whole(record) => record,
        Record::Blocks(record) => record,
        Record::Keys(record) => record,
    }
}

/// As [`of`].
pub fn of_mut(record: &mut Record) -> &mut dyn Ownership {
    match record {
        Record::Whole(record) => record,
        Record::Blocks(record) => record,
        Record::Keys(record) => record,
    }
}

/// Returns the record of a file like this in which nothing was installed.
pub(super) fn nothing_installed(content: &Content) -> Record {
    match content {
        Content::Whole(whole) => Record::Whole(WholeRecord::of(whole)),
        Content::Blocks(_) => Record::Blocks(BlocksRecord::default()),
        Content::Keys(_) => Record::Keys(KeysRecord::default()),
    }
}

/// What every template brings.
pub struct Contributions<'a> {
    pub sources: &'a [Source],
    /// Dependencies before their dependents.
    pub all: Vec<(&'a Source, Contribution)>,
    pub facts: &'a Facts,
}

/// Makes one file of what templates bring to each path.
///
/// # Errors
/// Where two templates own one path, or set one value differently: names both.
pub fn compose(contributions: &Contributions<'_>) -> Result<BTreeMap<RelPath, Content>> {
    let mut files = BTreeMap::new();
    whole::compose(contributions, &mut files)?;
    block::compose(contributions, &mut files)?;
    keys::compose(contributions, &mut files)?;
    Ok(files)
}

/// A file that is there, where a path leads.
pub struct FileHere<'a> {
    pub at: &'a RelPath,
    pub file: &'a File,
    pub identities: &'a Identities,
}

/// A file that templates share with the team, and the inputs of its merge.
pub struct SharedFile<'a> {
    pub path: &'a RelPath,
    pub local: &'a Local,
    /// Whether the lock knows the path.
    pub is_managed: bool,
    /// The team's text, with markers added around what it copied from blocks by hand.
    pub marked: Option<&'a str>,
    pub marks: &'a Marks,
    pub identities: &'a Identities,
    /// The scripts whose entries stay even if upstream dropped them.
    pub held: &'a BTreeSet<RelPath>,
}

impl SharedFile<'_> {
    /// Returns the refusal of a path that one side shares and the other has a template own.
    fn other_ownership(&self) -> Refusal {
        let (at, what) = (self.path.clone(), "a file of another ownership");
        Refusal::Obstacle(Obstacle { at, what })
    }
}

/// The result of a merge of a shared file.
pub struct SharedMerge {
    /// `None` where nothing is left of the file.
    pub text: Option<String>,
    /// What the lock has to remember.
    pub record: Option<Record>,
    pub conflicts: Vec<Open>,
    pub notes: Vec<Note>,
    /// Whether the text has an edit of the team.
    pub is_kept: bool,
    pub stage: Stage,
}

/// A file that a plan wrote, and that is neither as it was before nor as the plan left it.
pub struct EditedSince<'a> {
    pub path: &'a RelPath,
    pub before: Option<&'a File>,
    pub after: Option<&'a File>,
    pub now: &'a File,
    pub context: &'a MergeContext,
}

/// A file after a plan was taken back.
pub struct Reverted {
    pub file: Option<File>,
    /// False where an edit made since stays in it without the block or entry that it belonged to.
    pub is_whole: bool,
}

/// What one edit of a template does to a file, by its ownership.
trait ContentEdit {
    /// Returns whether the edit changes anything that a repo could have.
    fn shows(&self) -> bool;

    /// Returns whether the repo has the edit, in a file that the lock knows as it was before the
    /// edit. `edited` is everything that the edited template renders to.
    fn repo_has_edit(
        &self,
        local: &Local,
        record: Option<&Record>,
        edited: &Upstream,
        identities: &Identities,
    ) -> bool;

    /// Returns whether a release has the edit as it was accepted.
    fn release_has_edit(&self, theirs: &Upstream, identities: &Identities) -> bool;

    /// Takes the edit into the base.
    fn take(&self, base: &mut super::Base, theirs: &Upstream);
}

/// Returns what an edit does, if it doesn't change the file's ownership.
fn content_edit<'a>(edit: &PathEdit<'a>) -> Option<Box<dyn ContentEdit + 'a>> {
    use Content::{Blocks, Keys, Whole};
    let PathEdit {
        path,
        before,
        after,
    } = *edit;
    match (before, after) {
        (Some(Whole(_)) | None, Some(Whole(_)) | None) => Some(Box::new(whole::WholeEdit {
            path,
            before: before.and_then(Content::as_whole),
            after: after.and_then(Content::as_whole),
        })),
        (Some(Blocks(_)) | None, Some(Blocks(_)) | None) => Some(Box::new(block::BlockEdit {
            path,
            before: block::blocks_of(before),
            after: block::blocks_of(after),
        })),
        (Some(Keys(_)) | None, Some(Keys(_)) | None) => Some(Box::new(keys::KeysEdit {
            path,
            before: keys::union_of(before),
            after: keys::union_of(after),
            parts: after.and_then(Content::as_keys).map(|keys| &keys.parts),
        })),
        (_, _) => None,
    }
}

#[cfg(test)]
mod tests;
