//! What git has to be told: what is staged and committed, and who says so.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use super::door::{Profile, ask, change, git_in};
use crate::error::{Error, Result};
use crate::model::author::Author;
use crate::model::path::RelPath;
use crate::store::fs;

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
    if changed.executable.is_empty() {
        // What git has never seen has to be known before it can be named.
        let mut command = git_add(root, changed);
        command.args(["--intent-to-add", "--"]).args(&there);
        change(&mut command, "git add")?;
        return Ok(());
    }
    refuse_staged(root, changed)?;
    let mut command = git_add(root, changed);
    let all = changed.paths.iter().map(RelPath::as_str);
    change(command.args(["--all", "--"]).args(all), "git add")?;
    let mut command = git_add(root, changed);
    let scripts = changed.executable.iter().map(RelPath::as_str);
    change(command.args(["--chmod=+x", "--"]).args(scripts), "git add")?;
    Ok(())
}

fn git_add(root: &Path, changed: &Changed) -> Command {
    let mut command = git_in(Profile::Writing, root);
    command.args(["--literal-pathspecs", "add"]);
    if changed.is_sparse {
        command.arg("--sparse");
    }
    command
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
    let own: BTreeSet<&str> = changed.paths.iter().map(RelPath::as_str).collect();
    let mut error =
        Error::user("other files are staged, and git takes no modes from the file system here");
    for path in staged.split('\0') {
        if !path.is_empty() && !own.contains(path) {
            error = error.detail(format!("`{path}`"));
        }
    }
    if error.details().is_empty() {
        return Ok(());
    }
    Err(error.hint_command(
        "commit them first, or take them back",
        "git restore --staged PATH",
    ))
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

/// Makes a repository of a folder of our own.
///
/// # Errors
/// When git can't be run, or refuses.
pub fn init(folder: &Path) -> Result<()> {
    let mut command = git_in(Profile::Own, folder);
    change(command.args(["init", "--quiet", "--template="]), "git init").map(drop)
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
    match Author::parse(&String::from_utf8_lossy(&said.output)) {
        Some(author)
            if said.code == Some(0)
                && !author.name.trim().is_empty()
                && author.email.contains('@') =>
        {
            Ok(author)
        }
        _ => Err(unknown_author(&said.errors)),
    }
}

/// Returns the error of an author whom git doesn't know, with its own last word on it.
fn unknown_author(words: &[u8]) -> Error {
    let mut error = Error::user("git doesn't know who you are");
    let words = String::from_utf8_lossy(words);
    let mut fatal = words
        .lines()
        .rev()
        .filter_map(|line| line.strip_prefix("fatal: "));
    if let Some(why) = fatal.next() {
        error = error.cause(why);
    }
    error
        .command("git config user.name \"YOUR NAME\"")
        .command("git config user.email \"YOU@EXAMPLE.ORG\"")
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
