//! What a repository has at the paths that matter to a verb, read once.

use std::collections::BTreeMap;
use std::fmt;

use crate::model::path::RelPath;
use crate::model::tree::File;
use crate::words;

/// What the repo has at each path that base or upstream name.
pub type Snapshot = BTreeMap<RelPath, Local>;

/// What the repo has at one path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Local {
    /// The path with every link on the way followed: where a change is written.
    pub real: RelPath,
    /// What is there.
    pub found: Found,
    /// Whether this checkout never had what was installed: what a shared file lacks is missing,
    /// not deleted.
    pub fresh: bool,
    /// What is in the way, and goes before anything comes here: a file that becomes a folder, or a
    /// folder that becomes a file.
    pub making_way: Option<Obstacle>,
}

impl Local {
    /// Returns what is at a path as it is on disk.
    pub fn new(real: RelPath, found: Found) -> Self {
        Self {
            real,
            found,
            fresh: false,
            making_way: None,
        }
    }

    /// Whether what was installed here is missing, and not deleted.
    pub fn is_lost(&self) -> bool {
        self.fresh || self.found == Found::Absent(Absence::Missing)
    }

    /// Whether nothing is here, whyever.
    pub fn is_absent(&self) -> bool {
        matches!(self.found, Found::Absent(_))
    }

    /// Returns the file that is here, or behind the link that is.
    pub fn file(&self) -> Option<&File> {
        match &self.found {
            Found::File(file) | Found::Link(file) => Some(file),
            Found::Absent(_) | Found::Obstacle(_) => None,
        }
    }
}

/// What is at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// Nothing.
    Absent(Absence),
    File(File),
    /// A link to a file inside the repo, with what is behind it.
    Link(File),
    /// Something that no merge can go into.
    Obstacle(Obstacle),
}

impl Found {
    /// Returns the file that is at the path itself: what is behind a link is another one.
    pub fn own_file(&self) -> Option<&File> {
        match self {
            Self::File(file) => Some(file),
            Self::Absent(_) | Self::Link(_) | Self::Obstacle(_) => None,
        }
    }
}

/// Why nothing is at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Absence {
    /// It was never there, or the team deleted it.
    Deleted,
    /// Not by the team's doing: a fresh clone of a repository that ignores it. It has to be
    /// restored.
    Missing,
    /// It is in a part of the repository that this checkout doesn't have.
    Elsewhere(Elsewhere),
}

/// A part of a repository that a checkout doesn't have.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Elsewhere {
    /// A submodule, by its folder, that isn't initialised.
    Submodule(RelPath),
    /// What a sparse checkout leaves out and git never fetched.
    Unfetched(RelPath),
    /// A link, or what else is no file, that a sparse checkout leaves out.
    LeftOut(RelPath),
}

impl Elsewhere {
    /// Returns the command that gets it; `git` is how git is run in the repo's folder.
    pub fn command(&self, git: &str) -> String {
        match self {
            Self::Submodule(folder) => {
                let folder = words::shell_quoted(folder.as_str());
                format!("{git} submodule update --init {folder}")
            }
            Self::LeftOut(path) => {
                let path = words::shell_quoted(path.as_str());
                format!("{git} sparse-checkout add --skip-checks {path}")
            }
            Self::Unfetched(path) => {
                let folder = path.parent();
                let folder = folder.as_ref().map_or(path.as_str(), RelPath::as_str);
                format!("{git} sparse-checkout add {}", words::shell_quoted(folder))
            }
        }
    }
}

impl fmt::Display for Elsewhere {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Submodule(folder) => {
                write!(
                    f,
                    "the submodule `{folder}` is not initialised in this checkout"
                )
            }
            Self::LeftOut(path) => {
                write!(
                    f,
                    "this sparse checkout leaves `{path}` out, which is no file"
                )
            }
            Self::Unfetched(path) => {
                write!(
                    f,
                    "this sparse checkout leaves `{path}` out, and git has not fetched it"
                )
            }
        }
    }
}

/// Something that no merge can go into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obstacle {
    /// Where it is: the path itself, or a folder on the way to it.
    pub at: RelPath,
    /// What it is, in words: "a folder", "a link that leads out of the repository".
    pub what: &'static str,
}

impl Obstacle {
    /// Returns what is in the way of `path`, in words.
    pub fn words(&self, path: &RelPath) -> String {
        match self.at == *path {
            true => self.what.to_owned(),
            false => format!("`{}`, which is {}", self.at, self.what),
        }
    }
}
