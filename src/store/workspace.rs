//! A repo on disk: where it is, what is at its paths, what can be seen in it.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};

use crate::agent::{self, OTHERS};
use crate::error::{Error, Result};
use crate::model::agent::Agent;
use crate::model::manifest::AGENTPKG_TOML;
use crate::model::path::{RelPath, rel};
use crate::model::tree::File;
use crate::tree::{Absence, Found, Local, Snapshot};

use super::fs::{self, Followed};
use super::git;

/// A repo's folder.
#[derive(Clone, Debug)]
pub struct Workspace {
    root: PathBuf,
    why: RootReason,
    /// Whether the executable bits that are read mean something, once somebody asked.
    modes: OnceCell<bool>,
}

/// Why this folder is the repo's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RootReason {
    /// `--repo` names it.
    Named,
    /// It is one of several that are done one after the other.
    Package,
    /// It has an agentpkg.toml.
    Manifest,
    /// It is the root of a git repository.
    Git,
    /// It is the current folder.
    Here,
}

impl Workspace {
    /// Finds the repo: `named` as it is; else the nearest folder upwards with an agentpkg.toml;
    /// else the git root; else `here`.
    pub fn find(named: Option<&Path>, here: &Path) -> Result<Self> {
        if let Some(named) = named {
            let place = here.join(named);
            if fs::exists(&place) && !fs::is_folder(&place) {
                return Err(
                    Error::user(format!("`{}` is not a folder", named.display()))
                        .hint("name the repository's folder: `--repo DIR`"),
                );
            }
            let root = match fs::is_folder(&place) {
                true => fs::canonical(&place)?,
                false => place,
            };
            return Ok(Self {
                root,
                why: RootReason::Named,
                modes: OnceCell::new(),
            });
        }
        let here = fs::canonical(here)?;
        let (root, why) = if let Some(root) = nearest_with(&here, AGENTPKG_TOML) {
            (root, RootReason::Manifest)
        } else if let Some(root) = nearest_with(&here, ".git") {
            (root, RootReason::Git)
        } else {
            (here, RootReason::Here)
        };
        let modes = OnceCell::new();
        Ok(Self { root, why, modes })
    }

    /// Returns one of the packages of a monorepo.
    pub fn package(root: &Path) -> Self {
        Self {
            root: root.to_path_buf(),
            why: RootReason::Package,
            modes: OnceCell::new(),
        }
    }

    /// Creates the folder if it is absent, for a command that writes. Returns the folders that
    /// were, from the innermost.
    pub fn create(&mut self) -> Result<Vec<PathBuf>> {
        let absent = self
            .root
            .ancestors()
            .take_while(|folder| !fs::exists(folder))
            .map(Path::to_path_buf)
            .collect();
        if fs::exists(&self.root) && !fs::is_folder(&self.root) {
            return Err(Error::user(format!(
                "`{}` is not a folder",
                self.root.display()
            )));
        }
        if is_bare(&self.root) {
            let name = self.root.display();
            return Err(Error::user(format!(
                "`{name}` is a bare git repository, which has no files to work on"
            ))
            .note("nothing was changed")
            .command(format!("git clone {name} DIR, and run the command in DIR")));
        }
        fs::create_dir_all(&self.root)?;
        self.root = fs::canonical(&self.root)?;
        Ok(absent)
    }

    /// Returns the repo's folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Says whether the file system keeps the modes of files, for who tried it.
    pub fn learn_modes(&self, keeps: bool) {
        let _ = self.modes.set(keeps);
    }

    /// Returns whether the executable bits that are read mean something: as somebody tried, or as
    /// git's `core.fileMode` says.
    ///
    /// # Errors
    /// When git can't say.
    pub fn has_modes(&self) -> Result<bool> {
        if let Some(known) = self.modes.get() {
            return Ok(*known);
        }
        let keeps = git::believes_modes(&self.root)?;
        Ok(*self.modes.get_or_init(|| keeps))
    }

    /// Returns why it is the repo's.
    pub fn why(&self) -> RootReason {
        self.why
    }

    /// Returns the text of a file of agentpkg's own at the root, or `None` if there is none.
    pub fn text(&self, name: &'static str) -> Result<Option<String>> {
        match fs::follow(&self.root, &rel(name))? {
            Followed::Absent(_) => Ok(None),
            Followed::File {
                file,
                linked: false,
                ..
            } => match file.text() {
                Some(text) => Ok(Some(text.to_owned())),
                None => Err(Error::user(format!("`{name}` is not UTF-8 text"))),
            },
            Followed::File { .. } => {
                Err(Error::user(format!("`{name}` is a link")).hint("put the file itself there"))
            }
            Followed::Obstacle(obstacle) => {
                let what = obstacle.words(&rel(name));
                Err(Error::user(format!("`{name}` is {what}")))
            }
        }
    }

    /// Returns the file at a path with links followed, or `None` if there is none.
    pub fn file(&self, path: &RelPath) -> Result<Option<File>> {
        Ok(match fs::follow(&self.root, path)? {
            Followed::File { file, .. } => Some(file),
            Followed::Absent(_) | Followed::Obstacle(_) => None,
        })
    }

    /// Returns what is at each of some paths. Nothing is called missing yet.
    pub fn snapshot<'a>(&self, paths: impl IntoIterator<Item = &'a RelPath>) -> Result<Snapshot> {
        let mut follower = fs::Follower::new(&self.root);
        let mut ours = Snapshot::default();
        for path in paths {
            let local = match follower.follow(path)? {
                Followed::Absent(real) => Local::new(real, Found::Absent(Absence::Deleted)),
                Followed::File {
                    real,
                    file,
                    linked: true,
                } => Local::new(real, Found::Link(file)),
                Followed::File {
                    real,
                    file,
                    linked: false,
                } => Local::new(real, Found::File(file)),
                Followed::Obstacle(what) => Local::new(path.clone(), Found::Obstacle(what)),
            };
            ours.insert(path.clone(), local);
        }
        Ok(ours)
    }

    /// Returns the agents that are in use here, and those that nothing is written for yet, by their
    /// vendors' names. A part of a larger repository uses what that uses, where it says nothing.
    pub fn agents_in_use(&self) -> (Vec<Agent>, Vec<&'static str>) {
        // A home has folders of agents, too, and is no part of what lies in it.
        let top = nearest_with(&self.root, ".git").unwrap_or_else(|| self.root.clone());
        for folder in self
            .root
            .ancestors()
            .take_while(|one| one.starts_with(&top))
        {
            let found = agents_in(folder);
            if found != (Vec::new(), Vec::new()) {
                return found;
            }
        }
        (Vec::new(), Vec::new())
    }
}

/// Returns the agents of which a folder has signs.
fn agents_in(folder: &Path) -> (Vec<Agent>, Vec<&'static str>) {
    let has_any = |paths: &[&str]| paths.iter().any(|path| fs::exists(&folder.join(path)));
    let (mut agents, mut others) = (Vec::new(), Vec::new());
    for agent in Agent::ALL {
        if has_any(agent::definition(agent).signs) {
            agents.push(agent);
        }
    }
    for (name, paths) in OTHERS {
        if has_any(paths) {
            others.push(name);
        }
    }
    (agents, others)
}

/// Returns the nearest folder from `here` upwards that has something of this name.
fn nearest_with(here: &Path, name: &str) -> Option<PathBuf> {
    let mut folders = here.ancestors();
    let folder = folders.find(|folder| fs::exists(&folder.join(name)))?;
    Some(folder.to_path_buf())
}

/// Returns whether a folder is a bare git repository.
fn is_bare(folder: &Path) -> bool {
    let all_there = ["HEAD", "objects", "refs", "config"]
        .iter()
        .all(|name| fs::exists(&folder.join(name)));
    all_there && !fs::exists(&folder.join(".git"))
}
