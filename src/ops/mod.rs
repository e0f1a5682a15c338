//! The verbs: options in, an outcome out. They print nothing and call no other verb; a shared step
//! is in a file of its own.

pub mod steps;
pub mod verbs;

use std::path::Path;

use crate::error::Result;
use crate::model::answers::Answer;
use crate::model::conflict::Open;
use crate::model::name::TemplateName;
use crate::model::path::RelPath;
use crate::model::template::Question;
use crate::render::reverse::{EditHunk, Reading};
use crate::store::config::Environment;
use crate::store::registry::Address;
use crate::store::workspace::Workspace;
use crate::words;

/// What a verb works in.
pub struct Session<'a> {
    /// The repo.
    pub workspace: Workspace,
    /// What surrounds the process.
    pub environment: Environment,
    /// Somebody who can be asked, if there is.
    pub person: Option<&'a dyn Ask>,
    /// Where to say what takes long.
    pub progress: &'a dyn Progress,
}

impl Session<'_> {
    /// Returns the command that runs git in the repo's folder, as it is typed where the person is.
    pub fn git(&self) -> String {
        self.git_in(self.workspace.root())
    }

    /// Returns the command that runs git in a folder, as it is typed where the person is.
    pub fn git_in(&self, folder: &Path) -> String {
        let here = &self.environment.here;
        if folder == here {
            return "git".to_owned();
        }
        let place = match (folder.strip_prefix(here), here.strip_prefix(folder)) {
            (Ok(below), _) => below.display().to_string(),
            (_, Ok(below)) => vec![".."; below.components().count()].join("/"),
            _ => folder.display().to_string(),
        };
        format!("git -C {}", words::path_quoted(&place))
    }
}

/// Somebody who can be asked.
pub trait Ask {
    /// Shows web servers whose registries nobody signs, and returns whether they may be used.
    fn use_unsigned(&self, registries: &[Address]) -> Result<bool>;

    /// Asks a template's question and returns an answer that its kind accepts; `first` is what is
    /// proposed.
    fn ask(
        &self,
        template: &TemplateName,
        question: &Question,
        first: Option<&Answer>,
    ) -> Result<Answer>;

    /// Shows what would be able to run or to do more than was approved, and returns whether it is
    /// approved.
    fn approve(&self, outcome: &steps::change::Outcome) -> Result<bool>;

    /// Shows what could be offered upstream, and returns for each hunk, and for each file without
    /// hunks, whether it is to be.
    fn pick(&self, files: &[verbs::contribute::FileEdit]) -> Result<Vec<bool>>;

    /// Shows a hunk that can be read in several ways, and returns which one is meant; `None` leaves
    /// it out.
    fn read(&self, path: &RelPath, hunk: &EditHunk, readings: &[Reading]) -> Result<Option<usize>>;

    /// Shows all that would leave the repo, and returns whether it may.
    fn send(
        &self,
        offer: &verbs::contribute::Offer,
        destination: &verbs::contribute::Destination,
    ) -> Result<bool>;

    /// Shows what sets git's merge driver up, and returns whether it may be written.
    fn set_up_driver(&self, outcome: &verbs::merge_driver::Outcome) -> Result<bool>;

    /// Shows a record that isn't carried out unasked, and returns what becomes of it.
    fn decide_record(&self, foreign: &verbs::undo::Foreign) -> Result<RecordDecision>;

    /// Shows both sides of a conflict, and returns which one is taken.
    fn choose(&self, path: &RelPath, open: &Open) -> Result<Choice>;
}

/// What a person does about a record that may be anybody's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordDecision {
    /// What it says is done.
    CarryOut,
    /// It is set aside, and nobody carries it out.
    Discard,
    /// It stays as it is.
    Leave,
}

/// What a person does about a conflict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// The team's side stays.
    Local,
    /// The release's side comes in.
    Upstream,
    /// It stays open.
    Later,
}

/// Where a verb says what it is doing, for steps that may last.
pub trait Progress {
    /// Says what happens now.
    fn step(&self, what: &str);

    /// Says how many bytes are about to come from web servers.
    fn expect(&self, bytes: u64);

    /// Makes room for a question: nothing is shown until the next step.
    fn stop(&self);
}
