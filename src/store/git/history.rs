//! Who brought a file to where it is: the commits of HEAD's first parents that changed it.

use std::path::Path;

use bytes::Bytes;

use crate::error::Result;

use super::door::Profile;
use super::{ask, git_in, is_repository, waits};

/// How many commits are looked at.
const MOST: usize = 200;

/// A commit of a branch that changed a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Its name.
    pub id: String,
    /// Whether it merged another branch.
    pub is_merge: bool,
    /// Who made what it has; of a merge, whoever merged.
    pub author: String,
    /// Who put it onto the branch.
    pub committer: String,
    /// The file as it has it.
    pub bytes: Option<Bytes>,
}

/// The commits that changed a file.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// One after the other, the newest first.
    pub commits: Vec<Commit>,
    /// Whether there are more than could be looked at: the repository was cloned without its
    /// history, or that is long.
    pub is_cut: bool,
}

/// Returns the commits that changed a file on the way from HEAD to its first parents; none where
/// there is no repository, or no commit.
///
/// # Errors
/// When git can't say.
pub fn history(root: &Path, path: &str) -> Result<History> {
    if !is_repository(root) {
        return Ok(History::default());
    }
    waits::refuse(root, &[])?;
    let most = format!("--max-count={}", MOST + 1);
    let mut question = git_in(Profile::Reading, root);
    question.args(["rev-list", "--first-parent", &most, "HEAD", "--", path]);
    let Some(said) = ask(&mut question, "git rev-list", b"")?.filter(|said| said.code == Some(0))
    else {
        return Ok(History::default());
    };
    let listed = String::from_utf8_lossy(&said.output).into_owned();
    let ids: Vec<&str> = listed.lines().collect();
    let mut input = String::new();
    for id in ids.iter().take(MOST) {
        input.push_str(&format!("{id}\n{id}:./{path}\n"));
    }
    let mut question = git_in(Profile::Reading, root);
    question.args(["cat-file", "--batch"]);
    let said = ask(&mut question, "git cat-file", input.as_bytes())?;
    let objects = said
        .map(|said| objects(&said.output.into()))
        .unwrap_or_default();
    let commits = ids
        .iter()
        .zip(objects.chunks(2))
        .filter_map(|(id, pair)| match pair {
            [Some(commit), file] => Some(parse(id, commit, file.clone())),
            _ => None,
        });
    Ok(History {
        commits: commits.collect(),
        is_cut: ids.len() > MOST || is_shallow(root)?,
    })
}

fn is_shallow(root: &Path) -> Result<bool> {
    let mut question = git_in(Profile::Reading, root);
    question.args(["rev-parse", "--is-shallow-repository"]);
    let said = ask(&mut question, "git rev-parse", b"")?;
    Ok(said.is_some_and(|said| said.output.trim_ascii() == b"true"))
}

/// Branches that requests are usually merged into: the one that a clone is made for, else these.
const TARGETS: [&str; 3] = ["HEAD", "main", "master"];

/// Where a commit lies, as far as a repository can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lies {
    /// On the branch that requests are merged into.
    OnTarget,
    /// On a branch of that name here, which wasn't pushed; or, where nothing says which one that
    /// is, on some branch.
    Here,
    /// Nothing says where requests are merged to.
    Unknown,
    /// On another branch, or on none: what a forge merges to try it is on none.
    Elsewhere,
}

/// Returns where a commit lies that leads to HEAD.
///
/// # Errors
/// When git can't be run.
pub fn lies(root: &Path, id: &str) -> Result<Lies> {
    let branch = branch(root, "HEAD")?;
    let remotes = remotes(root)?;
    for remote in &remotes {
        for target in TARGETS {
            let Some(name) = self::branch(root, &format!("refs/remotes/{remote}/{target}"))? else {
                continue;
            };
            let mut question = git_in(Profile::Reading, root);
            question.args(["merge-base", "--is-ancestor", id, &name]);
            let said = ask(&mut question, "git merge-base", b"")?;
            let is_pushed = said.is_some_and(|said| said.code == Some(0));
            let own = name.strip_prefix(&format!("{remote}/"));
            return Ok(
                match (is_pushed, branch.is_some() && branch.as_deref() == own) {
                    (true, _) => Lies::OnTarget,
                    (false, true) => Lies::Here,
                    (false, false) => Lies::Elsewhere,
                },
            );
        }
    }
    Ok(match (remotes.is_empty(), branch.is_some()) {
        (true, true) => Lies::Here,
        (false, true) => Lies::Unknown,
        (_, false) => Lies::Elsewhere,
    })
}

/// Returns the names of the repositories that this one knows, `origin` first.
fn remotes(root: &Path) -> Result<Vec<String>> {
    let mut question = git_in(Profile::Reading, root);
    question.args([
        "config",
        "--name-only",
        "--get-regexp",
        r"^remote\..*\.url$",
    ]);
    let said = ask(&mut question, "git config", b"")?;
    let listed = said.map(|said| String::from_utf8_lossy(&said.output).into_owned());
    let listed = listed.unwrap_or_default();
    let mut remotes = Vec::new();
    for line in listed.lines() {
        let name = line.strip_prefix("remote.");
        if let Some(name) = name.and_then(|name| name.strip_suffix(".url")) {
            remotes.push(name.to_owned());
        }
    }
    remotes.sort_by_key(|remote| (remote != "origin", remote.clone()));
    Ok(remotes)
}

/// Returns the branch that a name stands for: `main`, `origin/main`; nothing where there is none,
/// or HEAD is on none.
fn branch(root: &Path, name: &str) -> Result<Option<String>> {
    let mut question = git_in(Profile::Reading, root);
    question.args(["rev-parse", "--verify", "--quiet", "--abbrev-ref", name]);
    let said = ask(&mut question, "git rev-parse", b"")?;
    let said = said.filter(|said| said.code == Some(0));
    let text = said.map(|said| String::from_utf8_lossy(&said.output).trim().to_owned());
    Ok(text.filter(|branch| !branch.is_empty() && branch != "HEAD"))
}

/// Returns what `git cat-file --batch` prints, in the order in which it was asked.
fn objects(output: &Bytes) -> Vec<Option<Bytes>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(end) = output[at..].iter().position(|byte| *byte == b'\n') {
        let head = String::from_utf8_lossy(&output[at..at + end]).into_owned();
        at += end + 1;
        let mut fields = head.rsplit(' ');
        let size = fields.next().and_then(|size| size.parse::<usize>().ok());
        match size.filter(|size| at + size < output.len()) {
            Some(size) => {
                found.push(Some(output.slice(at..at + size)));
                at += size + 1;
            }
            None => found.push(None),
        }
    }
    found
}

fn parse(id: &str, commit: &Bytes, file: Option<Bytes>) -> Commit {
    let text = String::from_utf8_lossy(commit);
    let mut headers = text.lines().take_while(|line| !line.is_empty());
    let mut commit = Commit {
        id: id.to_owned(),
        is_merge: false,
        author: String::new(),
        committer: String::new(),
        bytes: file,
    };
    let mut parents = 0;
    for line in &mut headers {
        match line.split_once(' ') {
            Some(("parent", _)) => parents += 1,
            Some(("author", rest)) => commit.author = name_of(rest),
            Some(("committer", rest)) => commit.committer = name_of(rest),
            _ => {}
        }
    }
    commit.is_merge = parents > 1;
    commit
}

/// Returns the name in `NAME <ADDRESS> SECONDS ZONE`.
fn name_of(person: &str) -> String {
    person.split(" <").next().unwrap_or(person).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_told_apart_in_the_order_of_the_question() {
        let output = Bytes::from_static(b"ab commit 3\nx\ny\nab:./z missing\ncd blob 0\n\n");
        let found = objects(&output);
        assert_eq!(
            found,
            [Some(Bytes::from_static(b"x\ny")), None, Some(Bytes::new())]
        );
    }

    #[test]
    fn a_commit_says_who_merged_it() {
        let text = "tree a\nparent b\nparent c\nauthor Reviewer <r@example.org> 1 +0000\n\
                    committer Forge <f@example.org> 1 +0000\n\nauthor No <n@example.org>\n";
        let commit = parse("d", &Bytes::from(text), None);
        assert!(commit.is_merge);
        assert_eq!(
            (commit.author.as_str(), commit.committer.as_str()),
            ("Reviewer", "Forge")
        );
    }
}
