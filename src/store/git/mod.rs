//! Questions to git, and the commits that it makes for us. Every question has an answer where there
//! is no git: nothing is ignored, there is no remote.

mod door;
mod history;
mod url;
mod view;
mod waits;

use bytes::Bytes;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::model::author::Author;
use crate::model::path::RelPath;

use super::fs;
use super::program::Ended;
pub(super) use door::{Profile, git, leave_repository};
use door::{ask, change, git_in, refused};
pub use history::{Commit, Lies, history, lies};
pub use url::RepositoryUrl;
pub(super) use url::without_users;
pub use view::{
    CommitEntry, EntryKind, IndexEntry, commit_entries, committed, deleted, index, left_out,
    left_out_below,
};
use view::{RepositoryPart, parts};

/// A path that git ignores, with the line that says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ignored {
    /// The path.
    pub path: RelPath,
    /// The file that has the pattern, as git names it.
    pub source: String,
    /// The line in it, from 1.
    pub line: usize,
    /// The pattern.
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
    let parsed = fields.chunks_exact(4).filter_map(parse_ignored);
    Ok(parsed
        .filter_map(|ignored| {
            // A file of this repository is named from the one that was asked about.
            let is_inner = !part.prefix.is_empty() && !ignored.source.starts_with('/');
            Some(Ignored {
                path: part.outer(ignored.path.as_str())?,
                source: match is_inner {
                    true => format!("{}/{}", part.prefix, ignored.source),
                    false => ignored.source,
                },
                ..ignored
            })
        })
        .collect())
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

/// Whether a checkout is a sparse one; `core.sparseCheckout`.
///
/// # Errors
/// When git can't be run.
pub fn is_sparse(root: &Path) -> Result<bool> {
    let mut question = git_in(Profile::Reading, root);
    question.args(["config", "--type=bool", "--get", "core.sparseCheckout"]);
    let said = ask(&mut question, "git config", b"")?;
    Ok(said.is_some_and(|said| said.output.trim_ascii() == b"true"))
}

/// Makes a repository of a folder of our own.
///
/// # Errors
/// When git can't be run, or refuses.
pub fn init(folder: &Path) -> Result<()> {
    let mut command = git_in(Profile::Own, folder);
    change(command.args(["init", "--quiet", "--template="]), "git init").map(drop)
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

/// Has git's index hold what a sparse checkout leaves out: there, the index is what a working tree
/// is elsewhere. `gone` are files that are there no more.
///
/// # Errors
/// In git's words, when it refuses.
pub fn stage_left_out(root: &Path, there: &[&RelPath], gone: &[&RelPath]) -> Result<()> {
    let verbs: [(&[&str], &[&RelPath]); 2] = [
        (&["add", "--sparse", "--"], there),
        (
            &[
                "rm",
                "--quiet",
                "--cached",
                "--sparse",
                "--ignore-unmatch",
                "--",
            ],
            gone,
        ),
    ];
    for (verb, paths) in verbs {
        if !paths.is_empty() {
            let mut command = git_in(Profile::Writing, root);
            command.arg("--literal-pathspecs").args(verb);
            let paths = paths.iter().map(|path| path.as_str());
            change(command.args(paths), "git")?;
        }
    }
    Ok(())
}

/// Whether git takes files to be executable as the file system says; `core.fileMode`.
///
/// # Errors
/// When git can't be run.
pub fn believes_modes(root: &Path) -> Result<bool> {
    if !is_repository(root) {
        return Ok(true);
    }
    let mut question = git_in(Profile::Reading, root);
    question.args(["config", "--type=bool", "--get", "core.fileMode"]);
    let said = ask(&mut question, "git config", b"")?;
    Ok(said.is_none_or(|said| said.output.trim_ascii() != b"false"))
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

/// Returns those of `paths` that hold what isn't committed: edited, staged, or not known to git and
/// not ignored.
///
/// # Errors
/// When git can't say.
pub fn dirty(root: &Path, paths: &[RelPath]) -> Result<Vec<RelPath>> {
    if paths.is_empty() {
        return Ok(Vec::new());
    }
    let mut command = git_in(Profile::Writing, root);
    command.args([
        "--literal-pathspecs",
        "status",
        "--porcelain",
        "-z",
        "--untracked-files=all",
        "--no-renames",
        "--",
    ]);
    let output = change(
        command.args(paths.iter().map(RelPath::as_str)),
        "git status",
    )?;
    let prefix = change(
        git_in(Profile::Writing, root).args(["rev-parse", "--show-prefix"]),
        "git rev-parse",
    )?;
    let entries = output
        .split('\0')
        .filter_map(|entry| entry.get(3..)?.strip_prefix(prefix.trim_end()));
    Ok(entries.filter_map(|path| path.parse().ok()).collect())
}

/// What a commit is made of.
#[derive(Clone, Copy, Debug, Default)]
pub struct Changed<'a> {
    /// The paths, as they are in the working tree.
    pub paths: &'a [RelPath],
    /// Whether a sparse checkout leaves some of them out.
    pub is_sparse: bool,
    /// Those of the paths whose executable bit git doesn't take from the file system.
    pub executable: &'a [RelPath],
}

/// Commits these paths, and nothing else; what else is staged stays staged.
///
/// The author is who git says is working here, unless somebody else wrote the change.
///
/// # Errors
/// With git's own words, when it refuses. Git knows of no file then that it didn't know before.
pub fn commit(
    root: &Path,
    changed: &Changed,
    message: &str,
    author: Option<&Author>,
) -> Result<()> {
    let all: Vec<&str> = changed.paths.iter().map(RelPath::as_str).collect();
    stage(root, changed)?;
    let mut command = git_in(Profile::Writing, root);
    if let Some(author) = author {
        command
            .env("GIT_AUTHOR_NAME", &author.name)
            .env("GIT_AUTHOR_EMAIL", &author.email);
        command.env("GIT_AUTHOR_DATE", format!("@{}", author.time()));
    }
    // A message is kept as it is, whatever the configuration would take out of it.
    command.args([
        "--literal-pathspecs",
        "commit",
        "--quiet",
        "--cleanup=whitespace",
        "-m",
        message,
    ]);
    // A commit of some paths takes their modes from the file system again.
    if changed.executable.is_empty() {
        command.args(["--only", "--"]).args(&all);
    }
    change(&mut command, "git commit")
        .map(drop)
        .inspect_err(|_| {
            let _ = change(
                git_in(Profile::Writing, root)
                    .args(["--literal-pathspecs", "reset", "--quiet", "--"])
                    .args(&all),
                "git reset",
            );
        })
}

/// Has git know what is to be committed, and with which modes.
fn stage(root: &Path, changed: &Changed) -> Result<()> {
    let there: Vec<&str> = changed
        .paths
        .iter()
        .map(RelPath::as_str)
        .filter(|path| fs::exists(&root.join(path)))
        .collect();
    let add = || {
        let mut command = git_in(Profile::Writing, root);
        command.args(["--literal-pathspecs", "add"]);
        if changed.is_sparse {
            command.arg("--sparse");
        }
        command
    };
    if changed.executable.is_empty() {
        // What git has never seen has to be known before it can be named.
        change(
            add().args(["--intent-to-add", "--"]).args(&there),
            "git add",
        )?;
    } else {
        refuse_staged(root, changed)?;
        let all = changed.paths.iter().map(RelPath::as_str);
        change(add().arg("--all").arg("--").args(all), "git add")?;
        let scripts = changed.executable.iter().map(RelPath::as_str);
        change(add().args(["--chmod=+x", "--"]).args(scripts), "git add")?;
    }
    Ok(())
}

/// Refuses where more is staged than is to be committed, and git can't be told which.
fn refuse_staged(root: &Path, changed: &Changed) -> Result<()> {
    let mut command = git_in(Profile::Writing, root);
    command.args([
        "diff",
        "--cached",
        "--name-only",
        "--no-renames",
        "--relative",
        "-z",
    ]);
    let staged = change(&mut command, "git diff")?;
    let ours = |path: &str| changed.paths.iter().any(|own| own.as_str() == path);
    let others: Vec<&str> = staged
        .split('\0')
        .filter(|path| !path.is_empty() && !ours(path))
        .collect();
    if others.is_empty() {
        return Ok(());
    }
    let error = others.iter().fold(
        Error::user("other files are staged, and git takes no modes from the file system here"),
        |error, path| error.detail(format!("`{path}`")),
    );
    Err(error.hint("commit them first, or take them back: git restore --staged PATH"))
}

/// Returns who git says is making a change here, and now.
///
/// # Errors
/// When git doesn't know the name or the address, or can't be run.
pub fn author(root: &Path) -> Result<Author> {
    let mut question = git_in(Profile::Reading, root);
    question.args(["-c", "user.useConfigOnly=true", "var", "GIT_AUTHOR_IDENT"]);
    let said = ask(&mut question, "git var", b"")?.ok_or_else(|| {
        Error::user("there is no git here, which says who you are").hint("install git")
    })?;
    let ident =
        Author::parse(&String::from_utf8_lossy(&said.output)).filter(|_| said.code == Some(0));
    ident
        .filter(|author| !author.name.trim().is_empty() && author.email.contains('@'))
        .ok_or_else(|| {
            let words = String::from_utf8_lossy(&said.errors).into_owned();
            let why = words
                .lines()
                .rev()
                .find_map(|line| line.strip_prefix("fatal: "))
                .map(str::to_owned);
            why.into_iter()
                .fold(Error::user("git doesn't know who you are"), Error::cause)
                .hint("git config user.name \"YOUR NAME\"")
                .hint("git config user.email \"YOU@EXAMPLE.ORG\"")
        })
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

/// What git's attributes say of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attribute {
    /// Nothing.
    Unspecified,
    /// It has the attribute.
    Set,
    /// It hasn't got it: `-text`.
    Unset,
    /// It has this value.
    Value(String),
}

/// Returns what git's attributes say of each of these paths.
///
/// # Errors
/// When git can't say.
pub fn attributes(root: &Path, attribute: &str, paths: &[&str]) -> Result<Vec<Attribute>> {
    let mut question = git_in(Profile::Reading, root);
    question
        .args(["check-attr", "-z", attribute, "--"])
        .args(paths);
    let said = ask(&mut question, "git check-attr", b"")?;
    let said = said.filter(|said| said.code == Some(0));
    let Some(said) = said else {
        return Ok(vec![Attribute::Unspecified; paths.len()]);
    };
    let said = String::from_utf8_lossy(&said.output).into_owned();
    let fields: Vec<&str> = said.split('\0').collect();
    let values = fields.chunks_exact(3).map(|fields| match fields[2] {
        "unspecified" => Attribute::Unspecified,
        "set" => Attribute::Set,
        "unset" => Attribute::Unset,
        value => Attribute::Value(value.to_owned()),
    });
    Ok(values.collect())
}

/// Returns what a key of git's configuration is, wherever it is set.
///
/// # Errors
/// When git can't be run.
pub fn setting(root: &Path, key: &str) -> Result<Option<String>> {
    let mut question = git_in(Profile::Reading, root);
    question.args(["config", "-z", "--get", key]);
    Ok(value(ask(&mut question, "git config", b"")?))
}

/// Returns what a key is in the configuration of the repository itself.
///
/// # Errors
/// When git can't be run.
pub fn own_setting(root: &Path, key: &str) -> Result<Option<String>> {
    let mut question = git_in(Profile::Reading, root);
    question.args(["config", "-z", "--local", "--get", key]);
    Ok(value(ask(&mut question, "git config", b"")?))
}

fn value(said: Option<Ended>) -> Option<String> {
    let said = said.filter(|said| said.code == Some(0))?;
    let value = String::from_utf8(said.output).ok()?;
    Some(value.trim_end_matches('\0').to_owned())
}

/// Sets a key in the configuration of the repository, which all of its working trees share.
///
/// # Errors
/// In git's words, when it refuses.
pub fn set(root: &Path, key: &str, value: &str) -> Result<()> {
    let mut command = git_in(Profile::Writing, root);
    change(
        command.args(["config", "--local", key, value]),
        "git config",
    )
    .map(drop)
}

/// Takes a key out of the configuration of the repository wherever it has this value.
///
/// # Errors
/// In git's words, when it refuses.
pub fn unset(root: &Path, key: &str, value: &str) -> Result<()> {
    let mut command = git_in(Profile::Writing, root);
    command.args(["config", "--local", "--fixed-value", "--unset-all"]);
    change(command.args([key, value]), "git config").map(drop)
}

/// Returns the address of the remote `origin`; nothing where git has none, or can't say.
pub fn origin(root: &Path) -> Option<String> {
    let mut question = git_in(Profile::Reading, root);
    question.args(["config", "--get", "remote.origin.url"]);
    let said = ask(&mut question, "git config", b"").ok()??;
    let address = String::from_utf8(said.output).ok()?;
    Some(address.trim().to_owned()).filter(|address| !address.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Makes a repository whose own configuration is these lines.
    fn repository(configuration: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let own = || git_in(Profile::Own, folder.path());
        change(own().args(["init", "--quiet"]), "git init").unwrap();
        for (key, value) in configuration {
            change(own().args(["config", key, value]), "git config").unwrap();
        }
        folder
    }

    #[test]
    fn git_knows_who_makes_a_change() {
        let folder = repository(&[
            ("user.name", "Ä developer"),
            ("user.email", "dev@example.org"),
        ]);
        // The environment of a test run may name somebody else, as git itself lets it.
        if std::env::vars().any(|(name, _)| name.starts_with("GIT_AUTHOR_")) {
            return;
        }
        let author = author(folder.path()).unwrap();
        assert_eq!(author.to_string(), "Ä developer <dev@example.org>");
        assert!(author.seconds > 0);
    }

    #[test]
    fn without_an_address_the_error_says_how_to_give_one() {
        let folder = repository(&[("user.name", "A developer"), ("user.email", "nowhere")]);
        if std::env::vars().any(|(name, _)| name.starts_with("GIT_AUTHOR_")) {
            return;
        }
        let error = author(folder.path()).unwrap_err();
        assert_eq!(error.message(), "git doesn't know who you are");
        assert_eq!(error.next_steps().len(), 2);
    }
}
