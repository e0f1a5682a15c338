//! The files of a repo that agents read, whoever wrote them; bounded, and nothing out of the repo.

use std::collections::BTreeSet;
use std::path::Path;

use crate::agent::AGENTS_MD;
use crate::agent::claude::places::{FILES, FOLDERS, NESTED, PLUGIN_FOLDER, PLUGIN_HOOKS};
use crate::error::Result;
use crate::model::path::{RelPath, rel};
use crate::model::tree::FileTree;

use super::fs::{self, Followed};
use super::git;
use super::workspace::Workspace;

/// How many files are read at most.
const MOST: usize = 20_000;

/// How large a file is at most that is read.
const BYTES: u64 = 1 << 20;

/// What was read.
#[derive(Debug, Default)]
pub struct AgentFiles {
    /// The files.
    pub files: FileTree,
    /// Files that are too large to be read, and folders that have too many.
    pub skipped: BTreeSet<RelPath>,
}

impl AgentFiles {
    /// Reads the files that agents read without being told to.
    pub fn read(workspace: &Workspace) -> Result<Self> {
        let mut read = Self::default();
        for place in FILES.into_iter().chain([AGENTS_MD]).map(rel) {
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
        for folder in FOLDERS.map(rel) {
            let left = MOST.saturating_sub(read.files.len());
            let (paths, is_whole) = fs::list_files(workspace.root(), &folder, left)?;
            if !is_whole {
                read.skipped.insert(folder);
            }
            for path in paths {
                read.add(workspace.root(), path)?;
            }
        }
        Ok(read)
    }

    /// Adds a file, if there is one. A link out of the repo leads nowhere.
    pub fn add(&mut self, root: &Path, path: RelPath) -> Result<()> {
        if fs::size(root, &path) > BYTES {
            self.skipped.insert(path);
        } else if let Followed::File { file, .. } = fs::follow(root, &path)? {
            self.files.insert(path, file);
        }
        Ok(())
    }
}

/// Returns which of some paths something is at: a file, a folder, a link wherever it leads.
pub fn there(workspace: &Workspace, paths: impl IntoIterator<Item = RelPath>) -> BTreeSet<RelPath> {
    paths
        .into_iter()
        .filter(|path| fs::exists(&path.under(workspace.root())))
        .collect()
}
