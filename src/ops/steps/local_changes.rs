//! What the team did to managed files since they were installed.

use std::collections::BTreeMap;

use crate::error::Result;
use crate::model::lock::Lock;
use crate::model::name::TemplateName;
use crate::model::path::RelPath;
use crate::model::snapshot::{Absence, Elsewhere, Found, Local, Obstacle};
use crate::model::upstream::{FileOrigin, Upstream};
use crate::tree::{self, State, ownership};

use crate::ops::Session;
use crate::ops::steps::repo::Repo;

/// A path that isn't as it was installed.
pub struct ChangedFile {
    pub path: RelPath,
    /// The templates whose part of it that is.
    pub owners: Vec<TemplateName>,
    /// What the team did to it.
    pub state: State,
    /// The files of templates that its edited parts come from. Other files may come from them, too.
    pub sources: Vec<FileOrigin>,
    /// Where the team keeps it, if it moved it.
    pub moved: Option<RelPath>,
    /// Which part of the repository it is in, if this checkout doesn't have that.
    pub elsewhere: Option<Elsewhere>,
    /// What is wrong with it, if something is: words that follow its name.
    pub wrong: Option<String>,
    /// What lies where it has to be, or where a folder on the way to it has to be.
    pub in_the_way: Option<Obstacle>,
}

/// Returns the paths that aren't as they were installed.
pub fn changed(
    session: &Session,
    repo: &Repo,
    lock: &Lock,
    upstream: Option<&Upstream>,
) -> Result<Vec<ChangedFile>> {
    let mut base = repo.base();
    let ours = repo.ours(&session.workspace, &mut base, [])?;
    let identities = tree::identities(&base, &Upstream::default());
    let named = tree::scripts_named(&ours, &lock.files, &identities);
    let mut files = Vec::new();
    for (path, record) in &base.files {
        let base = upstream.and_then(|upstream| upstream.files.get(path));
        let state = match tree::state(record, &ours[path], base, &identities) {
            State::Deleted if named.contains(path) => State::Missing,
            state => state,
        };
        if !matches!(state, State::Unchanged | State::Seed) {
            let owners = match state {
                State::Edited | State::Reformatted => {
                    tree::edited_of(record, &ours[path], &identities)
                }
                _ => ownership::of(record).owners(),
            };
            files.push(ChangedFile {
                path: path.clone(),
                owners: owners.into_iter().cloned().collect(),
                state,
                sources: tree::edited_sources(record, &ours[path], &identities),
                moved: record.moved().cloned(),
                elsewhere: elsewhere(&ours[path]),
                wrong: match state {
                    State::Broken => tree::why_broken(record, &ours[path]),
                    _ => None,
                },
                in_the_way: match &ours[path].found {
                    Found::Obstacle(obstacle) => Some(obstacle.clone()),
                    _ => None,
                },
            });
        }
    }
    Ok(files)
}

fn elsewhere(local: &Local) -> Option<Elsewhere> {
    match &local.found {
        Found::Absent(Absence::Elsewhere(elsewhere)) => Some(elsewhere.clone()),
        _ => None,
    }
}

/// Counts of changed files by what was done to them.
pub fn counts(files: &[ChangedFile], owner: &TemplateName) -> BTreeMap<State, usize> {
    let mut counts = BTreeMap::new();
    for file in files.iter().filter(|file| file.owners.contains(owner)) {
        *counts.entry(file.state).or_default() += 1;
    }
    counts
}
