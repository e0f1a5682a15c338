//! The files of a repo that agents read, whoever wrote them; bounded, and nothing out of the repo.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::agent::claude::places::{FILES, FOLDERS, NESTED, PLUGIN_FOLDER, PLUGIN_HOOKS};
use crate::agent::definition::{definitions, places};
use crate::agent::skills;
use crate::error::Result;
use crate::model::path::{RelPath, rel};
use crate::model::snapshot::Obstacle;
use crate::model::tree::FileTree;

use super::fs::{self, Followed};
use super::git;
use super::workspace::Workspace;

/// How many files are read at most.
const MOST: usize = 20_000;

/// How large a file is at most that is read.
const BYTES: u64 = 1 << 20;

/// Returns the files that agents read, whatever lies beside them.
fn files() -> Vec<&'static str> {
    let mut files = FILES.to_vec();
    for (_, known) in definitions() {
        files.extend(known.roots);
        files.extend(known.documents.iter().map(|document| document.path));
        let not_written = known.not_written.iter().map(|(path, _)| *path);
        files.extend(not_written.filter(|path| !path.ends_with('/')));
    }
    files
}

/// Returns the folders of which agents read every file.
fn folders() -> BTreeSet<&'static str> {
    let mut folders = BTreeSet::from(FOLDERS);
    folders.extend(places().map(|(_, place)| place.to));
    folders.extend(skills::FOLDERS);
    for (_, known) in definitions() {
        let not_written = known.not_written.iter();
        folders.extend(not_written.filter_map(|(path, _)| path.strip_suffix('/')));
    }
    folders
}

/// What was read.
#[derive(Debug, Default)]
pub struct AgentFiles {
    pub files: FileTree,
    /// What was not read, and why: files that are too large, folders that have too many, links out
    /// of the repo, what is no file.
    pub skipped: BTreeMap<RelPath, &'static str>,
}

impl AgentFiles {
    /// Reads the files that agents read without being told to.
    pub fn read(workspace: &Workspace) -> Result<Self> {
        let mut read = Self::default();
        for place in files().into_iter().map(rel) {
            read.add(workspace.root(), place)?;
        }
        // Only a plugin's hooks lie there.
        if !fs::exists(&workspace.root().join(PLUGIN_FOLDER)) {
            read.files.remove(&rel(PLUGIN_HOOKS));
        }
        for path in git::named(workspace.root(), &NESTED)?
            .into_iter()
            .take(MOST)
        {
            if !read.files.contains_key(&path) {
                read.add(workspace.root(), path)?;
            }
        }
        for folder in folders().into_iter().map(rel) {
            let left = MOST.saturating_sub(read.files.len());
            let (paths, is_whole) = fs::list_files(workspace.root(), &folder, left)?;
            if !is_whole {
                read.skipped.insert(folder, "has too many files");
            }
            for path in paths {
                read.add(workspace.root(), path)?;
            }
        }
        Ok(read)
    }

    /// Adds a file, if there is one.
    pub fn add(&mut self, root: &Path, path: RelPath) -> Result<()> {
        if fs::size(root, &path) > BYTES {
            self.skipped.insert(path, "is too large");
            return Ok(());
        }
        match fs::follow(root, &path)? {
            Followed::File { file, .. } => _ = self.files.insert(path, file),
            // A link that leads nowhere brings nothing, and a folder is no file of anybody's.
            Followed::Obstacle(Obstacle {
                at,
                what: fs::LEADS_OUT,
            }) => {
                self.skipped
                    .insert(at, "is a link that leads out of the repository");
            }
            Followed::Obstacle(Obstacle {
                at,
                what: fs::NO_FILE,
            }) => {
                self.skipped.insert(at, "is not a file");
            }
            Followed::Obstacle(_) | Followed::Absent(_) => {}
        }
        Ok(())
    }
}

/// Returns which of some paths a file is at, itself or by links.
pub fn files_there(
    workspace: &Workspace,
    paths: impl IntoIterator<Item = RelPath>,
) -> BTreeSet<RelPath> {
    paths
        .into_iter()
        .filter(|path| fs::is_file(&path.under(workspace.root())))
        .collect()
}

/// Returns which of some paths something is at: a file, a folder, a link wherever it leads.
pub fn there(workspace: &Workspace, paths: impl IntoIterator<Item = RelPath>) -> BTreeSet<RelPath> {
    paths
        .into_iter()
        .filter(|path| fs::exists(&path.under(workspace.root())))
        .collect()
}
