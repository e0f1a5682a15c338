//! A repo on disk: where it is, what is at its paths, what can be seen in it.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::agent::{self, AGENTS_MD, OTHERS, claude};
use crate::error::{Error, Result};
use crate::merge::block;
use crate::model::agent::Agent;
use crate::model::lock::{BlockRecord, Facts, Lock, Record};
use crate::model::manifest::AGENTPKG_TOML;
use crate::model::path::{RelPath, rel};
use crate::model::tree::File;
use crate::model::upstream::{BlockName, Comment};
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

    /// Returns what rendering needs to know of the repo. What was true at the last install stays
    /// true while it can.
    pub fn facts(&self, agents: &[Agent], lock: Option<&Lock>) -> Result<Facts> {
        let mut facts = Facts::default();
        for agent in agents {
            let before = lock.and_then(|lock| lock.inputs.facts.roots.get(agent));
            let mut root = self.root_of(*agent, before)?;
            // A file with two names, by a hard link, is one.
            for other in facts.root_files() {
                if fs::are_one(&root.under(&self.root), &other.under(&self.root)) {
                    root = other.clone();
                    break;
                }
            }
            facts.roots.insert(*agent, root);
        }
        facts.link = self.link(&facts, lock)?;
        match &facts.link {
            Some(_) => _ = facts.roots.insert(Agent::Claude, rel(AGENTS_MD)),
            None => facts.imports = self.imported(&facts, lock)?,
        }
        Ok(facts)
    }

    /// Returns the name that is, or is to be, a link to AGENTS.md for Claude Code: where the team
    /// has an AGENTS.md with words of its own and no root instructions that Claude Code reads first.
    fn link(&self, facts: &Facts, lock: Option<&Lock>) -> Result<Option<RelPath>> {
        let (name, agents_md) = (rel(claude::ROOTS[0]), rel(AGENTS_MD));
        let Followed::File { real, .. } = fs::follow(&self.root, &agents_md)? else {
            return Ok(None);
        };
        if !facts.roots.contains_key(&Agent::Claude) {
            return Ok(None);
        }
        let before = lock.map(|lock| &lock.inputs.facts);
        let is_linked = before.is_some_and(|facts| facts.link.is_some());
        let stands = match fs::follow(&self.root, &name)? {
            Followed::Absent(_) if is_linked => true,
            Followed::Absent(_) => {
                let is_known = lock.is_some_and(|lock| lock.files.contains_key(&name));
                let mut others = claude::ROOTS[1..].iter();
                !is_known
                    && !others.any(|other| fs::exists(&self.root.join(other)))
                    && self.has_own_text(&agents_md, lock)?
                    && git::makes_links(&self.root)?
            }
            Followed::File {
                real: found,
                linked: true,
                ..
            } => is_linked && found == real,
            Followed::File { .. } => {
                before.is_some_and(|facts| facts.imports.is_some())
                    && self.is_as_installed(&name, lock)?
                    && git::makes_links(&self.root)?
            }
            Followed::Obstacle(_) => false,
        };
        Ok(stands.then_some(name))
    }

    /// Returns whether a file has nothing but blocks as they were installed.
    fn is_as_installed(&self, path: &RelPath, lock: Option<&Lock>) -> Result<bool> {
        let record = lock.and_then(|lock| lock.files.get(path)?.as_blocks());
        let file = self.file(path)?;
        let (Some(record), Some(text)) = (record, file.as_ref().and_then(File::text)) else {
            return Ok(false);
        };
        let found = block::find_known(text, Comment::Html, &record.blocks).unwrap_or_default();
        let is_there = |name: &BlockName, known: &BlockRecord| {
            let mut found = found.iter().filter(|found| found.name == *name);
            found.any(|found| known.text == text[found.inner.clone()])
        };
        let mut blocks = record.blocks.iter();
        Ok(record.created
            && blocks.all(|(name, known)| is_there(name, known))
            && !self.has_own_text(path, lock)?)
    }

    /// Returns the file with the root instructions that an agent reads first, or would.
    fn root_of(&self, agent: Agent, before: Option<&RelPath>) -> Result<RelPath> {
        let names = agent::roots(agent);
        let mut roots = Vec::new();
        for root in names.iter().copied().map(rel) {
            match fs::follow(&self.root, &root)? {
                Followed::File { real, .. } => roots.push(real),
                // What isn't there at all is none: a folder on the way is something else.
                Followed::Obstacle(obstacle) if obstacle.at != root => {}
                Followed::Obstacle(_) => roots.push(root),
                Followed::Absent(_) => {}
            }
        }
        Ok(match before {
            Some(before) if roots.is_empty() || roots.contains(before) => before.clone(),
            _ => roots.into_iter().next().unwrap_or_else(|| rel(names[0])),
        })
    }

    /// Returns the AGENTS.md that the root instructions of Claude Code have to import.
    fn imported(&self, facts: &Facts, lock: Option<&Lock>) -> Result<Option<RelPath>> {
        let agents_md = rel(AGENTS_MD);
        let Some(root) = facts.roots.get(&Agent::Claude) else {
            return Ok(None);
        };
        let did_import = lock.is_some_and(|lock| lock.inputs.facts.imports.is_some());
        let is_there = !matches!(fs::follow(&self.root, root)?, Followed::Absent(_));
        let is_read_itself = facts.roots.values().any(|other| *other == agents_md);
        // A root file of agentpkg's making would hide an AGENTS.md; one of the team's own does as
        // the team says, and so does a team that took it away.
        let imports = match (lock.and_then(|lock| lock.files.get(root)), is_there) {
            (Some(Record::Blocks(record)), true) if !is_read_itself => record.created,
            (Some(_), _) => did_import,
            (None, is_there) => !is_there,
        };
        let is_one = fs::are_one(&root.under(&self.root), &agents_md.under(&self.root));
        let imports = imports && !is_one && self.has_own_text(&agents_md, lock)?;
        Ok(imports.then_some(agents_md))
    }

    /// Returns whether a file with root instructions is there, and has more than blocks.
    fn has_own_text(&self, path: &RelPath, lock: Option<&Lock>) -> Result<bool> {
        let Followed::File { file, .. } = fs::follow(&self.root, path)? else {
            return Ok(fs::exists(&path.under(&self.root)));
        };
        let record = lock.and_then(|lock| lock.files.get(path)?.as_blocks());
        let (Some(record), Some(text)) = (record, file.text()) else {
            return Ok(true);
        };
        let found = block::find_known(text, Comment::Html, &record.blocks).unwrap_or_default();
        let mut own = text.to_owned();
        for block in found.iter().rev() {
            own.replace_range(block.whole.clone(), "");
        }
        Ok(!own.trim_matches(['\u{feff}', '\r', '\n']).is_empty())
    }

    /// Says of root instructions that are one file with some of `roots`, by a hard link, that they
    /// are those.
    pub fn follow_hard_links(&self, ours: &mut Snapshot, roots: &BTreeSet<&RelPath>) {
        for agent in Agent::ALL {
            for name in agent::roots(agent).iter().copied().map(rel) {
                let Some(local) = ours.get_mut(&name).filter(|local| local.real == name) else {
                    continue;
                };
                for root in roots {
                    let [one, other] = [&name, *root].map(|path| path.under(&self.root));
                    let is_one = fs::are_one(&one, &other) && !fs::is_link(&one);
                    if **root != name && is_one && !fs::is_link(&other) {
                        local.real = (*root).clone();
                    }
                }
            }
        }
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
        if has_any(agent::signs(agent)) {
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
