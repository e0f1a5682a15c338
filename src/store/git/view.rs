//! What git has of some paths: in its index, in the last commit, in history.
//!
//! A submodule is a repository of its own: **each path is asked about where it lies**.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::model::path::RelPath;
use crate::store::fs;

use super::door::{Profile, ask, git_in, refused};
use super::waits;

/// What the index has at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexEntry {
    /// What it is.
    pub kind: EntryKind,
    /// Git's name for its bytes, or for the commit of a submodule.
    pub name: String,
    /// Whether a sparse checkout leaves it out, or somebody told git so (`--skip-worktree`).
    pub is_left_out: bool,
    /// Whether somebody told git that it doesn't change (`--assume-unchanged`).
    pub is_assumed: bool,
}

/// What sort of thing the index has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    File {
        /// Whether it can be executed.
        executable: bool,
    },
    Link,
    /// The commit of a submodule.
    Submodule,
}

impl EntryKind {
    fn of(mode: &str) -> Option<Self> {
        Some(match mode {
            "100644" => Self::File { executable: false },
            "100755" => Self::File { executable: true },
            "120000" => Self::Link,
            "160000" => Self::Submodule,
            _ => return None,
        })
    }
}

/// A repository and what of some paths lies in it, by their names there.
pub(super) struct RepositoryPart {
    /// Its folder.
    pub root: PathBuf,
    /// Its folder below the one that was asked about; empty for that one.
    pub prefix: String,
    /// The paths, as it knows them.
    pub paths: Vec<RelPath>,
}

impl RepositoryPart {
    /// Returns a path of this repository as whoever asked knows it.
    pub fn outer(&self, path: &str) -> Option<RelPath> {
        match self.prefix.is_empty() {
            true => path.parse().ok(),
            false => format!("{}/{path}", self.prefix).parse().ok(),
        }
    }
}

/// Groups paths by the repository that each lies in.
pub(super) fn parts<'a>(
    root: &Path,
    paths: impl IntoIterator<Item = &'a RelPath>,
) -> Vec<RepositoryPart> {
    let mut parts: Vec<RepositoryPart> = Vec::new();
    let mut known: BTreeMap<RelPath, bool> = BTreeMap::new();
    for path in paths {
        let mut inner: Option<RelPath> = None;
        for folder in path.ancestors() {
            let is_repository = *known
                .entry(folder.clone())
                .or_insert_with(|| fs::exists(&folder.under(root).join(".git")));
            if is_repository {
                inner = inner.max(Some(folder));
            }
        }
        let prefix = inner.as_ref().map_or("", RelPath::as_str);
        let name = match &inner {
            Some(inner) => path
                .below(inner.as_str())
                .and_then(|name| name.parse().ok()),
            None => Some(path.clone()),
        };
        let Some(name) = name else { continue };
        match parts.iter_mut().find(|part| part.prefix == prefix) {
            Some(part) => part.paths.push(name),
            None => parts.push(RepositoryPart {
                root: root.join(prefix),
                prefix: prefix.to_owned(),
                paths: vec![name],
            }),
        }
    }
    parts
}

/// Returns what the index has at some paths and everywhere else in their topmost folders; nothing
/// where there is no git.
///
/// # Errors
/// When git refuses.
pub fn index<'a>(
    root: &Path,
    paths: impl IntoIterator<Item = &'a RelPath>,
) -> Result<BTreeMap<RelPath, IndexEntry>> {
    let mut entries = BTreeMap::new();
    for part in parts(root, paths) {
        if !super::is_repository(&part.root) {
            continue;
        }
        waits::refuse(&part.root, &part.paths)?;
        let mut question = git_in(Profile::Reading, &part.root);
        question
            .args(["--literal-pathspecs", "ls-files", "-z", "-s", "-v", "--"])
            .args(topmost(&part.paths));
        let Some(said) = ask(&mut question, "git ls-files", b"")? else {
            continue;
        };
        if said.code != Some(0) {
            return Err(refused("git does not say what it has", &said.errors));
        }
        // `<tag> <mode> <name> <stage>`, a tab, the path.
        for line in said.output.split(|byte| *byte == 0) {
            // A name that is no text is no path of ours.
            let Ok(line) = std::str::from_utf8(line) else {
                continue;
            };
            let Some((head, path)) = line.split_once('\t') else {
                continue;
            };
            if let [tag, mode, name, _] = head.split(' ').collect::<Vec<_>>()[..]
                && let (Some(kind), Some(path)) = (EntryKind::of(mode), part.outer(path))
            {
                let entry = IndexEntry {
                    kind,
                    name: name.to_owned(),
                    is_left_out: tag.eq_ignore_ascii_case("s"),
                    is_assumed: tag.chars().all(|letter| letter.is_ascii_lowercase()),
                };
                entries.insert(path, entry);
            }
        }
    }
    Ok(entries)
}

/// Returns those of some paths of this repository that a sparse checkout leaves out, whether they
/// are there or not.
///
/// # Errors
/// When git can't be run.
pub fn left_out(root: &Path, paths: &[RelPath]) -> Result<Vec<RelPath>> {
    if !super::is_sparse(root)? {
        return Ok(Vec::new());
    }
    let mut own = paths.to_vec();
    own.retain(|path| super::inner_repository(root, path).is_none());
    let inside = inside_sparse(root, &own)?;
    own.retain(|path| !inside.contains(path));
    Ok(own)
}

/// Returns those of `paths` that the rules of a sparse checkout take in; none where git is too old
/// to say.
///
/// # Errors
/// When git can't be run.
fn inside_sparse(root: &Path, paths: &[RelPath]) -> Result<BTreeSet<RelPath>> {
    let mut question = git_in(Profile::Reading, root);
    question.args(["rev-parse", "--show-prefix"]);
    let said = ask(&mut question, "git rev-parse", b"")?;
    let Some(said) = said.filter(|said| said.code == Some(0)) else {
        return Ok(BTreeSet::new());
    };
    // The rules are those of the whole repository.
    let prefix = String::from_utf8_lossy(&said.output);
    let prefix = prefix.trim_end_matches('\n');
    let input: String = paths
        .iter()
        .map(|path| format!("{prefix}{path}\0"))
        .collect();
    let mut question = git_in(Profile::Reading, root);
    question.args(["sparse-checkout", "check-rules", "-z"]);
    let said = ask(&mut question, "git sparse-checkout", input.as_bytes())?;
    let said = said.filter(|said| said.code == Some(0));
    let inside = said.map(|said| String::from_utf8_lossy(&said.output).into_owned());
    let inside = inside.unwrap_or_default();
    let own = inside
        .split('\0')
        .filter_map(|path| path.strip_prefix(prefix));
    Ok(own.filter_map(|path| path.parse().ok()).collect())
}

/// Returns how many files below a folder the index has and a sparse checkout leaves out.
///
/// # Errors
/// When git refuses.
pub fn left_out_below(folder: &Path) -> Result<usize> {
    let mut question = git_in(Profile::Reading, folder);
    question.args(["ls-files", "-z", "-v", "--", "."]);
    let Some(said) = ask(&mut question, "git ls-files", b"")? else {
        return Ok(0);
    };
    if said.code != Some(0) {
        return Err(refused("git does not say what it has", &said.errors));
    }
    let lines = said.output.split(|byte| *byte == 0);
    Ok(lines
        .filter(|line| matches!(line.first(), Some(b'S' | b's')))
        .count())
}

/// What a commit has at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitEntry {
    /// What it is.
    pub kind: EntryKind,
    /// Git's name for its bytes, or for the commit of a submodule.
    pub name: String,
}

/// Returns everything that a commit of the repository around `root` has, by the paths from its
/// topmost folder.
///
/// # Errors
/// When git can't be run, or has no such commit.
pub fn commit_entries(root: &Path, commit: &str) -> Result<BTreeMap<RelPath, CommitEntry>> {
    waits::refuse(root, &[])?;
    let mut question = git_in(Profile::Reading, root);
    question.args([
        "ls-tree",
        "-r",
        "-z",
        "--full-tree",
        "--end-of-options",
        commit,
    ]);
    let said = ask(&mut question, "git ls-tree", b"")?;
    let said = said.ok_or_else(|| Error::user("git can't be run, and it has the commit"))?;
    if said.code != Some(0) {
        let message = format!("git has no commit `{commit}` that can be read");
        return Err(refused(message, &said.errors));
    }
    let mut entries = BTreeMap::new();
    // `MODE TYPE NAME`, a tab, the path.
    for line in said.output.split(|byte| *byte == 0) {
        // A name that is no text is no path of ours.
        let Ok(line) = std::str::from_utf8(line) else {
            continue;
        };
        let Some((fields, path)) = line.split_once('\t') else {
            continue;
        };
        let mut fields = fields.split(' ');
        if let (Some(mode), Some(_), Some(name)) = (fields.next(), fields.next(), fields.next())
            && let (Some(kind), Ok(path)) = (EntryKind::of(mode), path.parse())
        {
            let name = name.to_owned();
            entries.insert(path, CommitEntry { kind, name });
        }
    }
    Ok(entries)
}

/// Returns those of `paths` that the last commit has.
///
/// # Errors
/// When git can't be run.
pub fn committed(root: &Path, paths: &[RelPath]) -> Result<BTreeSet<RelPath>> {
    let mut found = BTreeSet::new();
    for part in parts(root, paths) {
        if !super::is_repository(&part.root) {
            continue;
        }
        let mut question = git_in(Profile::Reading, &part.root);
        question
            .args(["--literal-pathspecs", "ls-tree", "-r", "-z", "--name-only"])
            .args(["HEAD", "--"])
            .args(topmost(&part.paths));
        // Before the first commit there is none, and git refuses.
        let said = ask(&mut question, "git ls-tree", b"")?;
        if let Some(said) = said.filter(|said| said.code == Some(0)) {
            let names = String::from_utf8_lossy(&said.output).into_owned();
            found.extend(names.split('\0').filter_map(|name| part.outer(name)));
        }
    }
    found.retain(|path| paths.contains(path));
    Ok(found)
}

/// Returns those of `paths`, none of which a commit has, that an earlier one had: they were
/// deleted. None where a part of history isn't here.
///
/// # Errors
/// When git can't be run.
pub fn deleted(root: &Path, commit: &str, paths: &[RelPath]) -> Result<BTreeSet<RelPath>> {
    let mut found = BTreeSet::new();
    for part in parts(root, paths) {
        if !super::is_repository(&part.root) || is_shallow(&part.root)? {
            continue;
        }
        let paths: Vec<&str> = part.paths.iter().map(RelPath::as_str).collect();
        let mut question = git_in(Profile::Reading, &part.root);
        question
            .args(["--literal-pathspecs", "rev-list", commit, "--"])
            .args(&paths);
        // Before the first commit there is none, and git refuses.
        let said = ask(&mut question, "git rev-list", b"")?;
        let commits = said
            .filter(|said| said.code == Some(0))
            .map(|said| said.output);
        let Some(commits) = commits.filter(|commits| !commits.is_empty()) else {
            continue;
        };
        let mut question = git_in(Profile::Reading, &part.root);
        question
            .args([
                "--literal-pathspecs",
                "diff-tree",
                "--stdin",
                "-r",
                "-m",
                "-z",
            ])
            .args(["--no-commit-id", "--no-renames", "--relative"])
            .args(["--name-only", "--diff-filter=D", "--"])
            .args(&paths);
        if let Some(said) = ask(&mut question, "git diff-tree", &commits)? {
            let names = String::from_utf8_lossy(&said.output).into_owned();
            found.extend(names.split('\0').filter_map(|name| part.outer(name)));
        }
    }
    Ok(found)
}

fn is_shallow(root: &Path) -> Result<bool> {
    let mut question = git_in(Profile::Reading, root);
    question.args(["rev-parse", "--is-shallow-repository"]);
    let said = ask(&mut question, "git rev-parse", b"")?;
    Ok(said.is_none_or(|said| said.output.trim_ascii() != b"false"))
}

/// Returns the first component of each path, once.
pub(super) fn topmost(paths: &[RelPath]) -> BTreeSet<&str> {
    paths
        .iter()
        .filter_map(|path| path.components().next())
        .collect()
}
