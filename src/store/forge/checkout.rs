//! A template's repository, as it is now, and a change of the template on top of it.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use super::ProposeVia;
use crate::error::{Error, Result};
use crate::model::author::Author;
use crate::model::path::RelPath;
use crate::model::tree::{File, FileTree};
use crate::store::git::{RepositoryUrl, parse_batch};
use crate::store::surroundings::{Reasons, Surroundings};

/// How many bytes a template's source may have in all, and how many files.
const LARGEST: (u64, usize) = (64 << 20, 10_000);

/// A repository's objects in a folder of their own, which goes when this does.
///
/// **Nothing of the repository is ever a file of a working tree**: it is read from git's objects,
/// and a commit is made of objects, so there is nothing that could run, and no link that could lead
/// anywhere.
pub struct Checkout {
    folder: TempDir,
    address: RepositoryUrl,
    via: ProposeVia,
    surroundings: Surroundings,
    head: String,
}

/// A change that isn't sent yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnsentChange {
    pub(super) id: String,
}

impl Checkout {
    /// Fetches the newest commit of the default branch.
    ///
    /// # Errors
    /// In git's words, when it can't be had; when there is none.
    pub fn fetch(
        address: &RepositoryUrl,
        via: ProposeVia,
        surroundings: &Surroundings,
    ) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("agentpkg-forge-").tempdir();
        let folder =
            folder.map_err(|error| Error::io("create", "a folder for a repository", &error))?;
        let (address, surroundings) = (address.clone(), surroundings.clone());
        let mut checkout = Self {
            folder,
            address,
            via,
            surroundings,
            head: String::new(),
        };
        checkout
            .clone_it()
            .map_err(|why| checkout.failed("clone", why))?;
        let head = checkout.ask(&["rev-parse", "--verify", "--quiet", "HEAD^{commit}"], b"");
        let head =
            head.map_err(|_| Error::user(format!("`{}` has no commit", checkout.address)))?;
        checkout.head = String::from_utf8_lossy(&head).trim().to_owned();
        Ok(checkout)
    }

    fn clone_it(&self) -> Result<(), Reasons> {
        let mut command = self.git();
        self.via.sign_in().tell(&mut command, &self.address);
        command.args([
            "clone",
            "--quiet",
            "--bare",
            "--template=",
            "--depth=1",
            "--no-tags",
            "--single-branch",
        ]);
        command
            .arg("--no-recurse-submodules")
            .args(self.address.upload())
            .arg("--");
        command.arg(self.address.to_string()).arg(self.repository());
        self.surroundings.transfer(&mut command, b"").map(drop)
    }

    /// Returns the files of a template's source, in `directory` or in all of the repository.
    ///
    /// # Errors
    /// When there is no such folder, or it holds what no template has: a link, a submodule, a name
    /// that is no path.
    pub fn tree(&self, directory: Option<&RelPath>) -> Result<FileTree> {
        let place = directory.map_or_else(|| self.address.to_string(), ToString::to_string);
        let entries = self.entries(directory)?;
        let total = entries
            .iter()
            .map(|entry| entry.size)
            .try_fold(0_u64, u64::checked_add);
        if entries.len() > LARGEST.1 || total.is_none_or(|total| total > LARGEST.0) {
            return Err(Error::user(format!(
                "`{place}` is too large for a template"
            )));
        }
        let wanted: String = entries
            .iter()
            .map(|entry| format!("{}\n", entry.id))
            .collect();
        let blobs = self.objects(&["cat-file", "--batch"], wanted.as_bytes())?;
        let blobs = parse_batch(&blobs.into());
        let mut files = FileTree::new();
        for Entry {
            path,
            id,
            executable,
            ..
        } in entries
        {
            let Some(bytes) = blobs.get(&id).cloned() else {
                return Err(Error::damaged(format!("`{}` lacks `{path}`", self.address)));
            };
            files.insert(path, File { bytes, executable });
        }
        Ok(files)
    }

    fn entries(&self, directory: Option<&RelPath>) -> Result<Vec<Entry>> {
        let place = format!(
            "{}{}",
            self.head,
            directory.map(|path| format!(":{path}")).unwrap_or_default()
        );
        let listed = self
            .ask(&["ls-tree", "-r", "-l", "-z", &place], b"")
            .map_err(|_| {
                let folder = directory.map(RelPath::as_str).unwrap_or_default();
                Error::user(format!(
                    "there is no folder `{folder}` in `{}`",
                    self.address
                ))
                .note("the template's source may have moved since it was published")
            })?;
        let lines = listed
            .split(|byte| *byte == 0)
            .filter(|line| !line.is_empty());
        lines
            .map(|line| Entry::parse(line).map_err(|why| self.refused(directory, line, why)))
            .collect()
    }

    fn refused(&self, directory: Option<&RelPath>, line: &[u8], why: &str) -> Error {
        let name = line
            .split(|byte| *byte == b'\t')
            .next_back()
            .unwrap_or_default();
        let folder = directory.map(|path| format!("{path}/")).unwrap_or_default();
        let name = String::from_utf8_lossy(name).escape_debug().to_string();
        Error::user(format!("`{folder}{name}` in `{}` {why}", self.address))
            .note("what a template is made of has to be files")
    }

    /// Makes a commit in which the template's folder holds `new` instead of `old`.
    ///
    /// Only paths in which the two differ are touched. The committer is whom git is configured
    /// with.
    ///
    /// # Errors
    /// When nothing differs, or one of these paths isn't what `old` says; in git's words, when it
    /// refuses.
    pub fn commit(
        &self,
        directory: Option<&RelPath>,
        old: &FileTree,
        new: &FileTree,
        author: &Author,
        message: &str,
    ) -> Result<UnsentChange> {
        let paths: BTreeSet<&RelPath> = old.keys().chain(new.keys()).collect();
        let changed: Vec<&RelPath> = paths
            .into_iter()
            .filter(|path| old.get(path) != new.get(path))
            .collect();
        if changed.is_empty() {
            return Err(Error::user(format!(
                "nothing differs from `{}`",
                self.address
            )));
        }
        let there = self.tree(directory)?;
        if let Some(path) = changed
            .iter()
            .find(|path| there.get(**path) != old.get(**path))
        {
            return Err(Error::user(format!(
                "`{path}` isn't the same in `{}`",
                self.address
            )));
        }
        let tree = self.tree_with(directory, &changed, new)?;
        let mut command = self.git_in();
        command
            .env("GIT_AUTHOR_NAME", &author.name)
            .env("GIT_AUTHOR_EMAIL", &author.email);
        command.env("GIT_AUTHOR_DATE", author.time()).args([
            "commit-tree",
            &tree,
            "-p",
            &self.head,
            "-F",
            "-",
        ]);
        let made = self
            .surroundings
            .ask(&mut command, message.as_bytes())
            .map_err(|why| {
                self.failed("make a commit for", why)
                    .command("git config --global user.name \"NAME\"")
                    .command("git config --global user.email ADDRESS")
            })?;
        Ok(UnsentChange {
            id: String::from_utf8_lossy(&made.output).trim().to_owned(),
        })
    }

    /// Makes the repository's tree with other files in the template's folder.
    fn tree_with(
        &self,
        directory: Option<&RelPath>,
        changed: &[&RelPath],
        new: &FileTree,
    ) -> Result<String> {
        let lines = self.index_lines(directory, changed, new)?;
        self.objects(&["read-tree", &self.head], b"")?;
        self.objects(
            &["update-index", "--add", "--replace", "-z", "--index-info"],
            &lines,
        )?;
        let tree = self.object(&["write-tree"], b"")?;
        // Git passes over a name that it takes for its own, and a file takes the place of a folder
        // with all in it.
        let differing = self.objects(
            &[
                "diff-tree",
                "-r",
                "-z",
                "--no-renames",
                "--name-only",
                &self.head,
                &tree,
            ],
            b"",
        )?;
        let differing: BTreeSet<&[u8]> = differing
            .split(|byte| *byte == 0)
            .filter(|name| !name.is_empty())
            .collect();
        let names: Vec<String> = changed.iter().map(|path| below(directory, path)).collect();
        if differing == names.iter().map(String::as_bytes).collect() {
            return Ok(tree);
        }
        let names = names
            .iter()
            .filter(|name| !differing.contains(name.as_bytes()));
        Err(names.fold(
            Error::user(format!("git can't hold this change of `{}`", self.address)),
            |error, name| error.detail(name.escape_debug().to_string()),
        ))
    }

    /// Returns what `git update-index --index-info` reads: what goes, and then what comes, so that
    /// a folder may take the place of a file.
    fn index_lines(
        &self,
        directory: Option<&RelPath>,
        changed: &[&RelPath],
        new: &FileTree,
    ) -> Result<Vec<u8>> {
        let nothing = "0".repeat(self.head.len());
        let gone = changed.iter().filter(|path| !new.contains_key(**path));
        let mut lines: String = gone
            .map(|path| format!("0 {nothing}\t{}\0", below(directory, path)))
            .collect();
        for path in changed {
            let Some(file) = new.get(*path) else { continue };
            let id = self.blob(&file.bytes)?;
            let mode = if file.executable { "100755" } else { "100644" };
            lines.push_str(&format!("{mode} {id}\t{}\0", below(directory, path)));
        }
        Ok(lines.into_bytes())
    }

    fn blob(&self, bytes: &[u8]) -> Result<String> {
        self.object(&["hash-object", "-w", "--stdin"], bytes)
    }

    /// Returns where the repository is.
    pub fn address(&self) -> &RepositoryUrl {
        &self.address
    }

    /// Returns how a change gets there.
    pub fn via(&self) -> ProposeVia {
        self.via
    }

    /// Returns the commit that everything is based on.
    pub fn head(&self) -> &str {
        &self.head
    }

    pub(super) fn surroundings(&self) -> &Surroundings {
        &self.surroundings
    }

    /// Fetches the rest of the history, for a repository that hasn't got the newest commit.
    pub(super) fn deepen(&self) -> Result<(), Reasons> {
        if self
            .ask(&["rev-parse", "--is-shallow-repository"], b"")?
            .starts_with(b"false")
        {
            return Ok(());
        }
        let mut command = self.git_in();
        command.args([
            "fetch",
            "--quiet",
            "--unshallow",
            "--no-tags",
            "--no-recurse-submodules",
            "--",
        ]);
        command.arg(self.address.to_string()).arg("HEAD");
        self.surroundings.transfer(&mut command, b"").map(drop)
    }

    /// Git in this repository.
    pub(super) fn git_in(&self) -> Command {
        let mut command = self.git();
        command.env("GIT_INDEX_FILE", self.folder.path().join("index"));
        command.arg("--git-dir").arg(self.repository());
        command
    }

    /// Git, which starts no program but its transports, and no hook.
    ///
    /// What the person has configured stays: without their credentials and their `insteadOf`
    /// nothing would be reached.
    fn git(&self) -> Command {
        let mut command = self.surroundings.git();
        self.surroundings.for_transport(&mut command, &self.address);
        command
    }

    fn ask(&self, arguments: &[&str], input: &[u8]) -> Result<Vec<u8>, Reasons> {
        Ok(self
            .surroundings
            .ask(self.git_in().args(arguments), input)?
            .output)
    }

    fn objects(&self, arguments: &[&str], input: &[u8]) -> Result<Vec<u8>> {
        self.ask(arguments, input)
            .map_err(|why| self.failed("work on a copy of", why))
    }

    fn object(&self, arguments: &[&str], input: &[u8]) -> Result<String> {
        Ok(String::from_utf8_lossy(&self.objects(arguments, input)?)
            .trim()
            .to_owned())
    }

    fn failed(&self, verb: &str, why: Reasons) -> Error {
        why.into_iter().fold(
            Error::user(format!("failed to {verb} `{}`", self.address)),
            Error::cause,
        )
    }

    fn repository(&self) -> PathBuf {
        self.folder.path().join("repository")
    }
}

/// Returns the name that a file of the template has in the repository.
fn below(directory: Option<&RelPath>, path: &RelPath) -> String {
    directory.map_or_else(|| path.to_string(), |folder| format!("{folder}/{path}"))
}

/// A file of a tree, as `git ls-tree -r -l -z` has it: `MODE TYPE ID SIZE`, a tab, the path.
struct Entry {
    path: RelPath,
    id: String,
    size: u64,
    executable: bool,
}

impl Entry {
    fn parse(line: &[u8]) -> Result<Self, &'static str> {
        let line = std::str::from_utf8(line).map_err(|_| "has a name that is no text")?;
        let (head, path) = line.split_once('\t').ok_or("is no file")?;
        let fields: Vec<&str> = head.split_ascii_whitespace().collect();
        let (mode, id, size) = match fields.as_slice() {
            ["120000", ..] => return Err("is a link"),
            ["160000", ..] => return Err("is a submodule"),
            [mode, "blob", id, size] => (
                *mode,
                (*id).to_owned(),
                size.parse().map_err(|_| "has no size")?,
            ),
            _ => return Err("is no file"),
        };
        let path = path.parse().map_err(|_| "has a name that is no path")?;
        Ok(Self {
            path,
            id,
            size,
            executable: mode == "100755",
        })
    }
}
