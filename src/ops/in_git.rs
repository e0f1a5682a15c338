//! What git makes of a plan: what it would hide from the team, and what is to be committed.

use crate::error::Error;
use crate::model::lock::AGENTPKG_LOCK;
use crate::model::manifest::AGENTPKG_TOML;
use crate::model::path::{RelPath, rel};
use crate::model::plan::Plan;
use crate::store::fs;
use crate::store::git::{self, Ignored};

use super::Context;

/// What git makes of a plan.
pub struct InGit {
    /// The files that are written for the first time and that git would not show to the team.
    pub hidden: Vec<Ignored>,
    /// The changed paths that `git add` takes: neither what git ignores, nor what it has already,
    /// nor what is gone and it never had.
    pub to_commit: Vec<RelPath>,
    /// Why git can't tell, if it can't: the install doesn't depend on it, but nobody knows then
    /// what is hidden.
    pub silent: Option<Error>,
}

/// Asks git about a plan. Where there is no repository, nothing is hidden and nothing to commit.
pub fn in_git(context: &Context, plan: &Plan, restored: &[RelPath]) -> InGit {
    let root = context.workspace.root();
    let paths = |gone: bool| {
        let changes = plan
            .changes
            .iter()
            .filter(move |change| change.new.is_none() == gone);
        changes
            .map(|change| change.path.clone())
            .collect::<Vec<_>>()
    };
    let (there, gone) = (paths(false), paths(true));
    let nothing = InGit {
        hidden: Vec::new(),
        to_commit: Vec::new(),
        silent: None,
    };
    if !git::is_repository(root) {
        return nothing;
    }
    let (ignored, tracked) = match (git::ignored(root, &there), git::tracked(root, &gone)) {
        (Ok(ignored), Ok(tracked)) => (ignored, tracked),
        (Err(error), _) | (_, Err(error)) => {
            return InGit {
                silent: Some(error),
                ..nothing
            };
        }
    };
    let is_ignored = |path: &RelPath| ignored.iter().any(|ignored| ignored.path == *path);
    let written = there
        .into_iter()
        .filter(|path| !is_ignored(path) && !restored.contains(path));
    let mut to_commit: Vec<RelPath> = written
        .chain(gone.into_iter().filter(|path| tracked.contains(path)))
        .collect();
    // A person edited it, and git may not have seen that yet.
    let manifest = rel(AGENTPKG_TOML);
    let is_locked = to_commit.contains(&rel(AGENTPKG_LOCK));
    if is_locked && !to_commit.contains(&manifest) && fs::exists(&manifest.under(root)) {
        to_commit.push(manifest);
    }
    to_commit.sort();
    let new = |path: &RelPath| {
        plan.changes
            .iter()
            .any(|change| change.path == *path && change.old.is_none())
    };
    let hidden = ignored
        .into_iter()
        .filter(|ignored| new(&ignored.path) && !restored.contains(&ignored.path))
        .collect();
    InGit {
        hidden,
        to_commit,
        silent: None,
    }
}
