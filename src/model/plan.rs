//! A plan: ordered changes of a repo, as data. One plan, three readers: shown, journaled, applied.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::model::path::RelPath;
use crate::model::tree::{File, FileOrLink};

/// What a verb is about to do to a repo.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The command that made it, for messages: `install org-baseline`.
    pub verb: String,
    /// The changes in the order in which they are made; no path occurs twice.
    pub changes: Vec<FileChange>,
    /// The links that come or go, each at a path of its own, right before agentpkg's own files.
    pub links: Vec<LinkChange>,
}

/// A path that is a symbolic link before or after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkChange {
    pub path: RelPath,
    /// What is there now; `None` is nothing.
    pub old: Option<FileOrLink>,
    /// What will be there; `None` is nothing.
    pub new: Option<FileOrLink>,
}

impl LinkChange {
    /// Returns the change that takes this one back.
    pub fn reversed(&self) -> Self {
        Self {
            path: self.path.clone(),
            old: self.new.clone(),
            new: self.old.clone(),
        }
    }
}

/// One file, before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileChange {
    /// The file, after every link on the way to it was followed.
    pub path: RelPath,
    /// When it is made, among the others.
    pub stage: Stage,
    /// What is there now; `None` is nothing.
    pub old: Option<File>,
    /// What will be there; `None` is nothing.
    pub new: Option<File>,
}

/// The order of changes: a settings file never names a script that isn't there yet, and the lock
/// comes last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// What makes way: a file that becomes a folder, and the files of a folder that becomes a file.
    Clearing,
    /// Executables.
    Script,
    /// Everything that nothing else names.
    File,
    /// What names scripts.
    Settings,
    /// What is taken away.
    Deletion,
    /// agentpkg.toml.
    Manifest,
    /// agentpkg.lock.
    Lock,
}

impl Plan {
    /// Returns the plan that makes `changes`, in the order of their stages and paths.
    pub fn new(verb: impl Into<String>, mut changes: Vec<FileChange>) -> Self {
        changes.retain(|change| change.old != change.new);
        let turned = turned(&changes);
        for change in &mut changes {
            let is_or_is_below_one = turned.contains(&change.path)
                || change
                    .path
                    .ancestors()
                    .any(|folder| turned.contains(&folder));
            match &change.new {
                None if is_or_is_below_one => change.stage = Stage::Clearing,
                // On the way back, what made way comes again.
                Some(file) if change.stage == Stage::Clearing => {
                    change.stage = if file.executable {
                        Stage::Script
                    } else {
                        Stage::File
                    };
                }
                _ => {}
            }
        }
        changes.sort_by(|a, b| (a.stage, &a.path).cmp(&(b.stage, &b.path)));
        Self {
            verb: verb.into(),
            changes,
            links: Vec::new(),
        }
    }

    /// Returns the plan with links that come or go besides. A link takes the place of a file that
    /// the plan deletes.
    pub fn with_links(mut self, links: Vec<LinkChange>) -> Self {
        for mut link in links {
            let mut changes = self.changes.iter();
            if let Some(at) = changes.position(|change| change.path == link.path) {
                link.old = self.changes.remove(at).old.map(FileOrLink::File);
            }
            self.links.push(link);
        }
        self
    }

    /// Returns the plan for a file system that keeps no modes: no file can be executable there.
    pub fn without_modes(&self) -> Self {
        let mut changes = self.changes.clone();
        for change in &mut changes {
            for file in [&mut change.old, &mut change.new].into_iter().flatten() {
                file.executable = false;
            }
        }
        Self {
            links: self.links.clone(),
            ..Self::new(&self.verb, changes)
        }
    }

    /// Returns the paths that are a file before, and a folder after, or the other way round.
    pub fn turned(&self) -> BTreeSet<RelPath> {
        turned(&self.changes)
    }

    /// Returns the name of the command that made it: `install`.
    pub fn command_name(&self) -> &str {
        self.verb.split(' ').next().unwrap_or_default()
    }

    /// Returns which command made it.
    pub fn command(&self) -> PlanCommand<'_> {
        PlanCommand::parse(&self.verb)
    }

    /// Returns whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.links.is_empty()
    }

    /// Returns the paths where something is in the end, and those where nothing is.
    pub fn there_and_gone(&self) -> (Vec<RelPath>, Vec<RelPath>) {
        let (mut there, mut gone) = (Vec::new(), Vec::new());
        let changes = self
            .changes
            .iter()
            .map(|change| (&change.path, change.new.is_some()));
        let links = self
            .links
            .iter()
            .map(|link| (&link.path, link.new.is_some()));
        for (path, is_there) in changes.chain(links) {
            match is_there {
                true => there.push(path.clone()),
                false => gone.push(path.clone()),
            }
        }
        (there, gone)
    }

    /// Returns whether something comes to a path where nothing was.
    pub fn creates(&self, path: &RelPath) -> bool {
        let mut changes = self.changes.iter();
        let mut links = self.links.iter();
        changes.any(|change| change.path == *path && change.old.is_none())
            || links.any(|link| link.path == *path && link.old.is_none())
    }

    /// Returns every path that changes.
    pub fn paths(&self) -> impl Iterator<Item = &RelPath> {
        let links = self.links.iter().map(|link| &link.path);
        self.changes.iter().map(|change| &change.path).chain(links)
    }
}

/// Which command made a plan, as far as a later command asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanCommand<'a> {
    /// `upgrade`, whatever it named.
    Upgrade,
    /// `undo`, of the command that is named.
    UndoOf(&'a str),
    Other,
}

impl<'a> PlanCommand<'a> {
    /// Reads a command from a plan's words. A record on disk has nothing else of it, and records
    /// that earlier versions wrote have to be understood: so the words are parsed, here alone.
    pub fn parse(verb: &'a str) -> Self {
        match verb.strip_prefix(UNDO_OF) {
            Some(undone) => Self::UndoOf(undone),
            None if verb.starts_with("upgrade") => Self::Upgrade,
            None => Self::Other,
        }
    }

    /// Returns what the plan of an undo is called by, from the words of what it takes back.
    pub fn undo_of(verb: &str) -> String {
        format!("{UNDO_OF}{verb}")
    }
}

const UNDO_OF: &str = "undo of ";

/// The paths of changes below which others are.
fn turned(changes: &[FileChange]) -> BTreeSet<RelPath> {
    let paths: BTreeSet<&RelPath> = changes.iter().map(|change| &change.path).collect();
    let mut turned = BTreeSet::new();
    for path in &paths {
        turned.extend(path.ancestors().filter(|folder| paths.contains(folder)));
    }
    turned
}
