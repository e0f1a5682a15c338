//! The files of a commit, read without a checkout: what a fresh clone of it would have.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use tempfile::TempDir;

use crate::error::{Error, Result};
use crate::model::digest::Digest;
use crate::model::path::RelPath;
use crate::model::snapshot::{Absence, Elsewhere, Found, Local, Obstacle, Snapshot};
use crate::model::tree::File;
use crate::store::fs::{self, LEADS_NOWHERE, LEADS_OUT};
use crate::store::git::{self, CommitEntry, EntryKind};

use super::Files;

/// How many links lead on from one to the next; Linux follows as many.
const MOST_LINKS: usize = 40;

/// How many files are looked at in a folder, and how large one may be, to find what was moved.
const MOST_FILES: usize = 4_000;
const MOST_BYTES: usize = 1 << 20;

/// What a `.gitignore` is called, wherever it lies.
const GITIGNORE: &str = ".gitignore";

/// The files of a commit.
pub struct CommitFiles {
    /// The repository, or a folder in it: what lies above that isn't read.
    root: PathBuf,
    /// The commit, by a name that git knows.
    commit: String,
    /// What lies at and below the root, by its path from there.
    entries: BTreeMap<RelPath, CommitEntry>,
    /// Where the root lies in the repository: a folder with a slash behind it, or nothing.
    prefix: String,
    /// Every `.gitignore` of the commit, by its path from the topmost folder.
    ignore_lists: BTreeMap<RelPath, CommitEntry>,
    /// Where each link leads.
    links: BTreeMap<RelPath, String>,
    /// The bytes that were read, by git's name for them.
    blobs: RefCell<BTreeMap<String, Bytes>>,
}

impl CommitFiles {
    /// Reads which files a commit has; `root` is the repository, or a folder in it.
    ///
    /// # Errors
    /// When git has no such commit, or can't be asked.
    pub fn read(root: &Path, commit: &str) -> Result<Self> {
        let prefix = git::inside(root);
        let (mut entries, mut ignore_lists) = (BTreeMap::new(), BTreeMap::new());
        for (path, entry) in git::commit_entries(root, commit)? {
            if path.file_name() == GITIGNORE && matches!(entry.kind, EntryKind::File { .. }) {
                ignore_lists.insert(path.clone(), entry.clone());
            }
            let inside = path.as_str().strip_prefix(&prefix);
            if let Some(inside) = inside.and_then(|inside| inside.parse().ok()) {
                entries.insert(inside, entry);
            }
        }
        let mut files = Self {
            root: root.to_path_buf(),
            commit: commit.to_owned(),
            entries,
            prefix,
            ignore_lists,
            links: BTreeMap::new(),
            blobs: RefCell::default(),
        };
        let links: Vec<(RelPath, CommitEntry)> = files
            .entries
            .iter()
            .filter(|(_, entry)| entry.kind == EntryKind::Link)
            .map(|(path, entry)| (path.clone(), entry.clone()))
            .collect();
        files.fetch(links.iter().map(|(_, entry)| entry))?;
        for (path, entry) in links {
            let bytes = files.bytes(&entry)?;
            let target = String::from_utf8_lossy(&bytes).into_owned();
            files.links.insert(path, target);
        }
        Ok(files)
    }

    /// Returns the text of one of agentpkg's own files, or nothing where there is none.
    ///
    /// # Errors
    /// When git can't be asked.
    pub fn text(&self, path: &RelPath) -> Result<Option<String>> {
        match self.entries.get(path) {
            Some(entry) if matches!(entry.kind, EntryKind::File { .. }) => {
                let bytes = self.bytes(entry)?;
                Ok(String::from_utf8(bytes.to_vec()).ok())
            }
            _ => Ok(None),
        }
    }

    /// Reads bytes with one question.
    fn fetch<'a>(&self, entries: impl Iterator<Item = &'a CommitEntry>) -> Result<()> {
        let mut blobs = self.blobs.borrow_mut();
        let unknown: BTreeSet<&str> = entries
            .map(|entry| entry.name.as_str())
            .filter(|name| !blobs.contains_key(*name))
            .collect();
        blobs.extend(git::blobs(&self.root, unknown)?);
        Ok(())
    }

    fn bytes(&self, entry: &CommitEntry) -> Result<Bytes> {
        self.fetch([entry].into_iter())?;
        let blobs = self.blobs.borrow();
        blobs
            .get(&entry.name)
            .cloned()
            .ok_or_else(|| Error::user(format!("git has no `{}` of `{}`", entry.name, self.commit)))
    }

    fn is_folder(&self, path: &str) -> bool {
        path.is_empty() || self.below(path).next().is_some()
    }

    /// Returns what lies below a folder.
    fn below<'a>(&'a self, folder: &str) -> impl Iterator<Item = (&'a RelPath, &'a CommitEntry)> {
        let inside = match folder {
            "" => String::new(),
            _ => format!("{folder}/"),
        };
        self.entries
            .iter()
            .filter(move |(path, _)| path.as_str().starts_with(&inside))
    }

    /// Follows the links on the way to a path, and the one at it.
    fn lead(&self, path: &RelPath) -> Lead {
        let mut left: Vec<String> = path.components().rev().map(str::to_owned).collect();
        let mut real: Vec<String> = Vec::new();
        let mut links = 0;
        while let Some(component) = left.pop() {
            match component.as_str() {
                "" | "." => continue,
                // A way through a folder that isn't there leads nowhere.
                ".." if !self.is_folder(&real.join("/")) => return Lead::Nowhere,
                ".." => match real.pop() {
                    Some(_) => continue,
                    None => return Lead::Out,
                },
                _ => real.push(component),
            }
            let Ok(here) = real.join("/").parse::<RelPath>() else {
                return Lead::Nowhere;
            };
            let Some(target) = self.links.get(&here) else {
                continue;
            };
            links += 1;
            if links > MOST_LINKS {
                return Lead::Nowhere;
            }
            if target.starts_with('/') {
                return Lead::Out;
            }
            real.pop();
            left.extend(target.split('/').rev().map(str::to_owned));
        }
        Lead::To(real.join("/"))
    }

    /// Returns what is at a path, without the bytes of a file.
    fn find(&self, path: &RelPath) -> Result<At<'_>> {
        let folder = match path.parent() {
            Some(folder) => match self.find_folder(&folder)? {
                Ok(real) => format!("{real}/"),
                Err(obstacle) => return Ok(At::Obstacle(obstacle)),
            },
            None => String::new(),
        };
        let folder = folder.trim_start_matches('/');
        let real: RelPath = format!("{folder}{}", path.file_name()).parse()?;
        let obstacle = |at: &RelPath, what| {
            let at = at.clone();
            Ok(At::Obstacle(Obstacle { at, what }))
        };
        match self.entries.get(&real) {
            Some(entry) => match entry.kind {
                EntryKind::File { .. } => Ok(At::File(real, entry, false)),
                EntryKind::Link => match self.lead(&real) {
                    Lead::Nowhere => obstacle(path, LEADS_NOWHERE),
                    Lead::Out => obstacle(path, LEADS_OUT),
                    Lead::To(target) => self.find_target(path, &target),
                },
                EntryKind::Submodule => obstacle(&real, "a folder"),
            },
            None if self.is_folder(real.as_str()) => obstacle(&real, "a folder"),
            None => Ok(At::Nothing(real)),
        }
    }

    /// Returns what a link at `path` leads to.
    fn find_target(&self, path: &RelPath, target: &str) -> Result<At<'_>> {
        let what = match target
            .parse::<RelPath>()
            .ok()
            .map(|real| (self.entries.get(&real), real))
        {
            Some((Some(entry), real)) if matches!(entry.kind, EntryKind::File { .. }) => {
                return Ok(At::File(real, entry, true));
            }
            _ if self.is_folder(target) => "a link to a folder",
            _ => LEADS_NOWHERE,
        };
        let at = path.clone();
        Ok(At::Obstacle(Obstacle { at, what }))
    }

    /// Returns where a folder really is, or what is in the way of it.
    fn find_folder(&self, path: &RelPath) -> Result<std::result::Result<String, Obstacle>> {
        let mut real = String::new();
        for component in path.components() {
            let next: RelPath = match real.is_empty() {
                true => component.parse()?,
                false => format!("{real}/{component}").parse()?,
            };
            let kind = self.entries.get(&next).map(|entry| entry.kind);
            let what = match kind {
                None | Some(EntryKind::Submodule) => {
                    real = next.as_str().to_owned();
                    continue;
                }
                Some(EntryKind::File { .. }) => "a file",
                Some(EntryKind::Link) => match self.lead(&next) {
                    Lead::Nowhere => LEADS_NOWHERE,
                    Lead::Out => LEADS_OUT,
                    Lead::To(target) if self.is_folder(&target) => {
                        real = target;
                        continue;
                    }
                    Lead::To(target) if self.is_file(&target) => "a link to a file",
                    Lead::To(_) => LEADS_NOWHERE,
                },
            };
            return Ok(Err(Obstacle { at: next, what }));
        }
        Ok(Ok(real))
    }

    fn is_file(&self, path: &str) -> bool {
        let path = path.parse::<RelPath>().ok();
        path.is_some_and(|path| self.entries.contains_key(&path))
    }

    /// Returns the submodule that a path lies in.
    fn submodule(&self, path: &RelPath) -> Option<RelPath> {
        path.ancestors().find(|folder| {
            let entry = self.entries.get(folder);
            entry.is_some_and(|entry| entry.kind == EntryKind::Submodule)
        })
    }

    /// Writes the commit's `.gitignore`s, and nothing else of it, to a folder of their own: git
    /// says then what they ignore.
    fn ignore_files(&self) -> Result<TempDir> {
        self.fetch(self.ignore_lists.values())?;
        let folder = TempDir::new()
            .map_err(|error| Error::io("create", "a folder for `.gitignore`s", &error))?;
        git::init(folder.path())?;
        for (path, entry) in &self.ignore_lists {
            let place = path.under(folder.path());
            if let Some(parent) = place.parent() {
                fs::create_dir_all(parent)?;
            }
            fs::write_loose(&place, &self.bytes(entry)?, false)?;
        }
        Ok(folder)
    }
}

/// Where links lead.
enum Lead {
    /// To this path, which may be absent.
    To(String),
    /// To nothing, or in a circle.
    Nowhere,
    /// Out of the repository.
    Out,
}

/// What a commit has at a path.
enum At<'a> {
    Nothing(RelPath),
    /// A file, where it really is; whether the path is a link to it.
    File(RelPath, &'a CommitEntry, bool),
    Obstacle(Obstacle),
}

impl Files for CommitFiles {
    fn look(&self, paths: &[&RelPath]) -> Result<Snapshot> {
        let mut found = Vec::new();
        for path in paths {
            found.push((*path, self.find(path)?));
        }
        self.fetch(found.iter().filter_map(|(_, at)| match at {
            At::File(_, entry, _) => Some(*entry),
            At::Nothing(_) | At::Obstacle(_) => None,
        }))?;
        let mut ours = Snapshot::new();
        for (path, at) in found {
            let local = match at {
                At::Nothing(real) => Local::new(real, Found::Absent(Absence::Deleted)),
                At::Obstacle(obstacle) => Local::new(path.clone(), Found::Obstacle(obstacle)),
                At::File(real, entry, is_linked) => {
                    let file = File {
                        bytes: self.bytes(entry)?,
                        executable: entry.kind == EntryKind::File { executable: true },
                    };
                    match is_linked {
                        true => Local::new(real, Found::Link(file)),
                        false => Local::new(real, Found::File(file)),
                    }
                }
            };
            ours.insert(path.clone(), local);
        }
        Ok(ours)
    }

    fn names_in(&self, folder: &str) -> Result<Vec<String>> {
        let real = match folder.parse::<RelPath>() {
            Ok(path) => self.find_folder(&path)?.unwrap_or_default(),
            Err(_) => String::new(),
        };
        let mut names = BTreeSet::new();
        if real.is_empty() && !folder.is_empty() {
            return Ok(Vec::new());
        }
        for (path, _) in self.below(&real) {
            let inside = path.as_str().get(real.len()..).unwrap_or_default();
            let name = inside.trim_start_matches('/').split('/').next();
            names.extend(name.map(str::to_owned));
        }
        Ok(names.into_iter().collect())
    }

    fn digests_below(&self, folder: &str) -> Result<Vec<(RelPath, Digest)>> {
        let Ok(real) = self.find_folder(&folder.parse()?)? else {
            return Ok(Vec::new());
        };
        let mut files = Vec::new();
        for (path, entry) in self.below(&real) {
            if let (EntryKind::File { .. }, Some(inside)) = (entry.kind, path.below(&real)) {
                files.push((format!("{folder}/{inside}").parse()?, entry));
            }
        }
        if files.len() > MOST_FILES {
            return Ok(Vec::new());
        }
        self.fetch(files.iter().map(|(_, entry)| *entry))?;
        let mut digests = Vec::new();
        for (path, entry) in files {
            let bytes = self.bytes(entry)?;
            if bytes.len() <= MOST_BYTES {
                digests.push((path, Digest::of(&bytes)));
            }
        }
        Ok(digests)
    }

    fn only_files(&self, folder: &RelPath) -> Result<Option<Vec<RelPath>>> {
        let Ok(real) = self.find_folder(folder)? else {
            return Ok(None);
        };
        let mut files = Vec::new();
        for (path, entry) in self.below(&real) {
            let (EntryKind::File { .. }, Some(inside)) = (entry.kind, path.below(&real)) else {
                return Ok(None);
            };
            // Behind a link, it is known by the link's name.
            files.push(format!("{folder}/{inside}").parse()?);
        }
        Ok(Some(files).filter(|files| !files.is_empty()))
    }

    fn has_modes(&self) -> Result<bool> {
        Ok(true)
    }

    fn tell_elsewhere(
        &self,
        ours: &mut Snapshot,
        absent: &[RelPath],
        _: bool,
    ) -> Result<BTreeSet<RelPath>> {
        for path in absent {
            if let Some(local) = ours.get_mut(path)
                && let Some(folder) = self.submodule(&local.real)
            {
                local.found = Found::Absent(Absence::Elsewhere(Elsewhere::Submodule(folder)));
            }
        }
        Ok(BTreeSet::new())
    }

    fn is_in_git(&self) -> bool {
        true
    }

    fn committed(&self, paths: &[RelPath]) -> Result<BTreeSet<RelPath>> {
        let has = |path: &&RelPath| self.entries.contains_key(*path);
        Ok(paths.iter().filter(has).cloned().collect())
    }

    fn ignored(&self, paths: &[RelPath]) -> Result<BTreeSet<RelPath>> {
        let folder = self.ignore_files()?;
        let prefix = &self.prefix;
        let mut from_the_top = Vec::new();
        for path in paths {
            from_the_top.push(format!("{prefix}{path}").parse()?);
        }
        let ignored = git::ignored(folder.path(), &from_the_top)?;
        let inside = ignored
            .iter()
            .filter_map(|one| one.path.as_str().strip_prefix(prefix)?.parse().ok());
        Ok(inside.collect())
    }

    fn deleted(&self, paths: &[RelPath]) -> Result<BTreeSet<RelPath>> {
        git::deleted(&self.root, &self.commit, paths)
    }

    fn seen(&self) -> BTreeSet<RelPath> {
        BTreeSet::new()
    }
}
