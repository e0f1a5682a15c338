//! Questions to git, and the commits that it makes for us. Every question has an answer where there
//! is no git: nothing is ignored, there is no remote.

mod commit;
mod door;
mod history;
mod settings;
mod url;
mod view;
mod waits;
mod worktree;

use bytes::Bytes;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::error::Result;
use crate::model::path::RelPath;

use super::fs;
pub use commit::{Changed, author, commit, dirty, init, stage_left_out};
pub(super) use door::{Profile, git, leave_repository};
use door::{ask, git_in, refused};
pub use history::{Commit, Lies, history, lies};
pub use settings::{
    Attribute, attributes, believes_modes, is_sparse, makes_links, origin, own_setting, set,
    setting, unset,
};
pub use url::RepositoryUrl;
pub(super) use url::without_users;
pub use view::{
    CommitEntry, EntryKind, IndexEntry, commit_entries, committed, deleted, index, left_out,
    left_out_below,
};
use view::{RepositoryPart, parts};
pub use worktree::{main_checkout, nearest_repository};

/// A path that git ignores, with the line that says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ignored {
    pub path: RelPath,
    /// The file that has the pattern, as git names it.
    pub source: String,
    /// The line in it, from 1.
    pub line: usize,
    pub pattern: String,
}

/// Returns whether a folder lies in a git repository.
pub fn is_repository(root: &Path) -> bool {
    root.ancestors()
        .any(|folder| fs::exists(&folder.join(".git")))
}

/// Returns those of `paths` that git ignores and doesn't track.
///
/// # Errors
/// When there is a repository and git can't say: no answer is not a no.
pub fn ignored(root: &Path, paths: &[RelPath]) -> Result<Vec<Ignored>> {
    let mut found = Vec::new();
    for part in parts(root, paths) {
        if is_repository(&part.root) {
            found.extend(ignored_in(&part)?);
        }
    }
    Ok(found)
}

fn ignored_in(part: &RepositoryPart) -> Result<Vec<Ignored>> {
    let input: String = part.paths.iter().map(|path| format!("{path}\0")).collect();
    waits::refuse(&part.root, &part.paths)?;
    let mut question = git_in(Profile::Reading, &part.root);
    question.args(["check-ignore", "-v", "-z", "--stdin"]);
    let Some(said) = ask(&mut question, "git check-ignore", input.as_bytes())? else {
        return Ok(Vec::new());
    };
    // 0 is some, 1 is none.
    if !matches!(said.code, Some(0 | 1)) {
        return Err(refused(
            "git can't say which files it ignores",
            &said.errors,
        ));
    }
    let output = String::from_utf8_lossy(&said.output);
    let fields: Vec<&str> = output.split('\0').collect();
    let mut found = Vec::new();
    for mut ignored in fields.chunks_exact(4).filter_map(parse_ignored) {
        let Some(path) = part.outer(ignored.path.as_str()) else {
            continue;
        };
        ignored.path = path;
        // A file of this repository is named from the one that was asked about.
        if !part.prefix.is_empty() && !ignored.source.starts_with('/') {
            ignored.source = format!("{}/{}", part.prefix, ignored.source);
        }
        found.push(ignored);
    }
    Ok(found)
}

fn parse_ignored(fields: &[&str]) -> Option<Ignored> {
    let [source, line, pattern, path] = fields else {
        return None;
    };
    // A pattern that takes something back is reported too.
    if pattern.starts_with('!') {
        return None;
    }
    let (source, pattern) = ((*source).to_owned(), (*pattern).to_owned());
    Some(Ignored {
        path: path.parse().ok()?,
        source,
        line: line.parse().ok()?,
        pattern,
    })
}

/// Returns the repository below `root` that a path lies in, by its folder, if it isn't that of
/// `root`: a submodule, or one that somebody cloned there.
pub fn inner_repository(root: &Path, path: &RelPath) -> Option<RelPath> {
    let part = parts(root, [path]).pop()?;
    part.prefix.parse().ok()
}

/// Returns the repo's folder inside git's, with a slash behind it; empty where they are one.
pub fn inside(root: &Path) -> String {
    let top = root
        .ancestors()
        .find(|folder| fs::exists(&folder.join(".git")))
        .unwrap_or(root);
    let folders = root
        .strip_prefix(top)
        .into_iter()
        .flat_map(|inside| inside.iter());
    folders
        .map(|folder| format!("{}/", folder.to_string_lossy()))
        .collect()
}

/// Returns the files of the working tree that have one of these names, in whichever folder, but for
/// those that git ignores; none where there is no repository.
///
/// # Errors
/// When git can't say.
pub fn named(root: &Path, names: &[&str]) -> Result<BTreeSet<RelPath>> {
    waits::refuse(root, &[])?;
    listed(root, &["--cached", "--others", "--exclude-standard"], names)
}

/// Returns the files of git's index that have one of these names, in whichever folder; none where
/// there is no repository.
///
/// # Errors
/// When git can't say.
pub fn tracked(root: &Path, names: &[&str]) -> Result<BTreeSet<RelPath>> {
    listed(root, &["--cached"], names)
}

fn listed(root: &Path, which: &[&str], names: &[&str]) -> Result<BTreeSet<RelPath>> {
    if !is_repository(root) {
        return Ok(BTreeSet::new());
    }
    let mut question = git_in(Profile::Reading, root);
    question
        .args(["ls-files", "-z"])
        .args(which)
        .arg("--")
        .args(names.iter().map(|name| format!(":(glob)**/{name}")));
    let Some(said) = ask(&mut question, "git ls-files", b"")? else {
        return Ok(BTreeSet::new());
    };
    if said.code != Some(0) {
        return Err(refused("git does not say what it has", &said.errors));
    }
    let found = String::from_utf8_lossy(&said.output);
    Ok(found
        .split('\0')
        .filter_map(|name| name.parse().ok())
        .collect())
}

/// Returns the bytes of those blobs that the repository has, by their names.
///
/// # Errors
/// When git is there and can't be asked.
pub fn blobs<'a>(
    root: &Path,
    names: impl IntoIterator<Item = &'a str>,
) -> Result<BTreeMap<String, Bytes>> {
    let names: BTreeSet<&str> = names.into_iter().collect();
    if names.is_empty() || !is_repository(root) {
        return Ok(BTreeMap::new());
    }
    let input: String = names.iter().map(|name| format!("{name}\n")).collect();
    waits::refuse(root, &[])?;
    let mut question = git_in(Profile::Reading, root);
    question.args(["cat-file", "--batch"]);
    let said = ask(&mut question, "git cat-file", input.as_bytes())?;
    Ok(said
        .map(|said| parse_batch(&said.output.into()))
        .unwrap_or_default())
}

/// Returns the blobs that `git cat-file --batch` prints, by their names.
pub(super) fn parse_batch(output: &Bytes) -> BTreeMap<String, Bytes> {
    let mut found = BTreeMap::new();
    // `<name> blob <size>`, a line end, the bytes, a line end; or `<name> missing`.
    let mut rest: &[u8] = output;
    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
        let (head, behind) = (
            String::from_utf8_lossy(&rest[..end]).into_owned(),
            &rest[end + 1..],
        );
        let fields: Vec<&str> = head.split(' ').collect();
        rest = behind;
        if let [name, "blob", size] = fields.as_slice()
            && let Some(bytes) = size
                .parse::<usize>()
                .ok()
                .and_then(|size| behind.get(..size))
        {
            found.insert((*name).to_owned(), output.slice_ref(bytes));
            rest = behind.get(bytes.len() + 1..).unwrap_or_default();
        }
    }
    found
}

/// Returns the root of the working tree that a folder lies in; nothing where there is none.
///
/// # Errors
/// When git is there and can't be asked.
pub fn top(folder: &Path) -> Result<Option<PathBuf>> {
    let mut question = git_in(Profile::Reading, folder);
    question.args(["rev-parse", "--show-toplevel"]);
    let said = ask(&mut question, "git rev-parse", b"")?;
    let said = said.filter(|said| said.code == Some(0));
    let top = said.and_then(|said| String::from_utf8(said.output).ok());
    Ok(top.map(|top| PathBuf::from(top.trim_end_matches('\n'))))
}
