//! What git makes of a plan: what it would hide from the team, what is to be committed, and how.

use std::collections::BTreeSet;
use std::path::Path;

use crate::agent::root_names;
use crate::error::{Error, Result};
use crate::model::lock::{AGENTPKG_LOCK, Lock};
use crate::model::manifest::AGENTPKG_TOML;
use crate::model::path::{RelPath, rel};
use crate::model::plan::Plan;
use crate::store::fs::{self, Os};
use crate::store::git::{self, Changed, EntryKind, Ignored};
use crate::words;

use crate::ops::Session;
use crate::ops::steps::records;

/// What git makes of a plan.
#[derive(Default)]
pub struct GitView {
    /// The files that are written for the first time and that git would not show to the team.
    pub hidden: Vec<Ignored>,
    /// What is for git.
    pub to_commit: ToCommit,
    /// Why git can't tell, if it can't: the install doesn't depend on it, but nobody knows then
    /// what is hidden.
    pub silent: Option<Error>,
}

/// What git hides of the files that are managed here.
#[derive(Default)]
pub struct Hidden {
    /// The files, with the patterns that hide them.
    pub files: Vec<Ignored>,
    /// Why git can't tell, if it can't.
    pub silent: Option<Error>,
}

/// Returns what git hides of the managed files that are here; nothing where it hides all of them:
/// such a team installs in every clone.
pub fn hidden(session: &Session, lock: &Lock) -> Hidden {
    let root = session.workspace.root();
    let here: Vec<RelPath> = lock
        .files
        .keys()
        .filter(|path| fs::exists(&path.under(root)))
        .cloned()
        .collect();
    // Git doesn't look behind links.
    let folders: BTreeSet<RelPath> = here.iter().flat_map(RelPath::ancestors).collect();
    let mut links = folders;
    links.retain(|folder| fs::is_link(&folder.under(root)));
    let is_inside = |path: &&RelPath| !path.ancestors().any(|folder| links.contains(&folder));
    let asked: Vec<RelPath> = here.iter().filter(is_inside).cloned().collect();
    match git::ignored(root, &asked) {
        Err(error) => Hidden {
            files: Vec::new(),
            silent: Some(error),
        },
        Ok(files) if files.len() == here.len() => Hidden::default(),
        Ok(files) => Hidden {
            files,
            silent: None,
        },
    }
}

/// What is to be committed, and what `git add` has to be told for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ToCommit {
    /// The changed paths that `git add` takes: neither what git ignores, nor what it has already,
    /// nor what is gone and it never had.
    pub paths: Vec<RelPath>,
    /// Those of them that a sparse checkout leaves out: git's index has them once the plan is
    /// carried out.
    pub left_out: Vec<RelPath>,
    /// Those of the paths that are there and that git was told to skip.
    pub skipped: SkippedByGit,
    /// Those of the paths whose executable bit git doesn't take from the file system.
    pub executable: Vec<RelPath>,
    /// Those of the paths that lie in a repository of their own, by that one's folder.
    pub inner: Vec<(RelPath, Vec<RelPath>)>,
}

/// Files whose changes git was told to skip, and not by a sparse checkout.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SkippedByGit {
    /// Those with `git update-index --skip-worktree`.
    pub left_out: Vec<RelPath>,
    /// Those with `git update-index --assume-unchanged`.
    pub assumed: Vec<RelPath>,
}

impl SkippedByGit {
    /// Returns every one of them.
    pub fn all(&self) -> BTreeSet<&RelPath> {
        self.left_out.iter().chain(&self.assumed).collect()
    }

    /// Returns the commands after which git sees them again; `git` is how git is run in the repo's
    /// folder. It takes one of its options at a time.
    pub fn commands(&self, git: &str) -> Vec<String> {
        let options = [
            ("--no-skip-worktree", &self.left_out),
            ("--no-assume-unchanged", &self.assumed),
        ];
        let mut commands = Vec::new();
        for (option, paths) in options {
            let names: Vec<String> = paths
                .iter()
                .map(|path| words::path_quoted(path.as_str()))
                .collect();
            if !names.is_empty() {
                commands.push(format!("{git} update-index {option} {}", names.join(" ")));
            }
        }
        commands
    }
}

impl ToCommit {
    /// Returns it as a commit takes it.
    pub fn for_git(&self) -> Changed<'_> {
        Changed {
            paths: &self.paths,
            is_sparse: !self.left_out.is_empty(),
            executable: &self.executable,
        }
    }

    /// Returns whether nothing is to be committed.
    pub fn is_empty(&self) -> bool {
        self.paths.is_empty()
    }
}

/// Asks git about a plan. Where there is no repository, nothing is hidden and nothing to commit.
pub fn of_plan(session: &Session, plan: &Plan, restored: &[RelPath]) -> GitView {
    if !git::is_repository(session.workspace.root()) {
        return GitView::default();
    }
    ask(session, plan, restored).unwrap_or_else(|error| GitView {
        silent: Some(error),
        ..GitView::default()
    })
}

fn ask(session: &Session, plan: &Plan, restored: &[RelPath]) -> Result<GitView> {
    let root = session.workspace.root();
    let (there, gone) = plan.there_and_gone();
    let ignored = git::ignored(root, &there)?;
    let tracked = git::index(root, there.iter().chain(&gone))?;
    let is_ignored = |path: &RelPath| ignored.iter().any(|ignored| ignored.path == *path);
    let written = there
        .into_iter()
        .filter(|path| !is_ignored(path) && !restored.contains(path));
    // The second name of a file is another file to git.
    let twins = records::twins(&Os::open(root)?, plan);
    let twins = twins
        .into_iter()
        .filter(|(path, _)| !is_ignored(path))
        .map(|(_, twin)| twin);
    let mut to_commit: Vec<RelPath> = written
        .chain(gone.into_iter().filter(|path| tracked.contains_key(path)))
        .chain(twins)
        .collect();
    // A person edited it, and git may not have seen that yet.
    let manifest = rel(AGENTPKG_TOML);
    let is_locked = to_commit.contains(&rel(AGENTPKG_LOCK));
    if is_locked && !to_commit.contains(&manifest) && fs::exists(&manifest.under(root)) {
        to_commit.push(manifest);
    }
    if is_locked {
        to_commit.extend(new_links(root, &to_commit)?);
    }
    to_commit.sort();
    let is_sparse = git::is_sparse(root)?;
    let skipped = |is: fn(&git::IndexEntry) -> bool| -> Vec<RelPath> {
        // What a sparse checkout leaves out is no wish of a person's.
        let is_there = |path: &RelPath| !is_sparse || fs::exists(&path.under(root));
        let of = |path: &&RelPath| tracked.get(*path).is_some_and(is) && is_there(path);
        to_commit.iter().filter(of).cloned().collect()
    };
    let skipped = SkippedByGit {
        left_out: skipped(|entry| entry.is_left_out),
        assumed: skipped(|entry| entry.is_assumed),
    };
    let hidden = ignored
        .into_iter()
        .filter(|ignored| plan.creates(&ignored.path) && !restored.contains(&ignored.path))
        .collect();
    Ok(GitView {
        hidden,
        to_commit: ToCommit {
            left_out: git::left_out(root, &to_commit)?,
            skipped,
            executable: executable(session, plan, &to_commit)?,
            inner: inner(session, &to_commit),
            paths: to_commit,
        },
        silent: None,
    })
}

/// Returns the names of root instructions that a person made a link, and that git has otherwise:
/// the lock goes by what is here.
fn new_links(root: &Path, known: &[RelPath]) -> Result<Vec<RelPath>> {
    let mut links: Vec<RelPath> = root_names().into_iter().collect();
    links.retain(|path| !known.contains(path) && fs::is_link(&path.under(root)));
    if links.is_empty() {
        return Ok(links);
    }
    let index = git::index(root, &links)?;
    links.retain(|path| {
        index
            .get(path)
            .is_some_and(|entry| entry.kind != EntryKind::Link)
    });
    Ok(links)
}

/// Returns the files that can be executed and that git would not know to be.
fn executable(session: &Session, plan: &Plan, paths: &[RelPath]) -> Result<Vec<RelPath>> {
    let root = session.workspace.root();
    let scripts: Vec<RelPath> = plan
        .changes
        .iter()
        .filter(|change| change.new.as_ref().is_some_and(|new| new.executable))
        .map(|change| change.path.clone())
        .filter(|path| paths.contains(path))
        .collect();
    if scripts.is_empty() || git::believes_modes(root)? {
        return Ok(Vec::new());
    }
    let index = git::index(root, &scripts)?;
    let is_known = |path: &RelPath| {
        let kind = index.get(path).map(|entry| entry.kind);
        kind == Some(EntryKind::File { executable: true })
    };
    Ok(scripts.into_iter().filter(|path| !is_known(path)).collect())
}

/// Groups those paths that lie in a repository of their own.
fn inner(session: &Session, paths: &[RelPath]) -> Vec<(RelPath, Vec<RelPath>)> {
    let mut inner: Vec<(RelPath, Vec<RelPath>)> = Vec::new();
    for path in paths {
        let Some(folder) = git::inner_repository(session.workspace.root(), path) else {
            continue;
        };
        match inner.iter_mut().find(|(known, _)| *known == folder) {
            Some((_, paths)) => paths.push(path.clone()),
            None => inner.push((folder, vec![path.clone()])),
        }
    }
    inner
}
