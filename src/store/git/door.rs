//! The only place that starts git, with what keeps it from running what a repository brings.
//!
//! **A command that reads executes nothing**: neither a program that the repository's configuration
//! names, nor a hook or a filter, and nothing is fetched. What the job or the person has set up
//! (credentials, `safe.directory`, `insteadOf`) stays: only what would point git at another
//! repository than the one that is meant is taken out of the environment.

#![expect(clippy::disallowed_methods, reason = "this is the door")]

use std::io;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::error::{Error, Result};
use crate::store::program::{self, ProgramEnd};

/// How long git may take to answer: a repository's configuration may include a pipe that nobody
/// writes to.
const PATIENCE: Duration = Duration::from_secs(30);

/// How many bytes of an answer are read.
const MOST: u64 = 256 << 20;

/// What git starts for somebody, and with what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// Questions about a repository that anybody may have written. Only for commands that run no
    /// filter: `ls-files`, `ls-tree`, `check-ignore`, `check-attr`, `cat-file --batch`,
    /// `rev-parse`, `rev-list`, `merge-base`, `diff-tree --name-only`, `sparse-checkout
    /// check-rules`, `config`, `var`; never `status` or `diff`.
    Reading,
    /// Changes of the team's own repository, as if its people typed them: their hooks and filters
    /// run.
    Writing,
    /// A repository of our own making, which nobody else's files are in. What is configured for the
    /// machine and the person still holds.
    Own,
}

/// A bare repository that somebody committed as plain files is none: its configuration would be
/// taken for that of the repository around it.
const NO_HIDDEN_REPOSITORY: &str = "safe.bareRepository=explicit";

/// Settings that start no program.
const NO_PROGRAMS: [&str; 2] = ["core.fsmonitor=false", "core.hooksPath=/dev/null"];

/// Settings of our own repositories, which have no files that are meant for people.
const OWN: [&str; 7] = [
    "core.symlinks=false",
    "core.autocrlf=false",
    "commit.gpgSign=false",
    "i18n.commitEncoding=UTF-8",
    "gc.auto=0",
    "maintenance.auto=false",
    "submodule.recurse=false",
];

/// Variables that speak of one repository (`git rev-parse --local-env-vars`), without those that
/// carry configuration, and what else leads git to other files.
const ELSEWHERE: [&str; 16] = [
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_CONFIG",
    "GIT_DIR",
    "GIT_GRAFT_FILE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_INTERNAL_SUPER_PREFIX",
    "GIT_NAMESPACE",
    "GIT_NO_REPLACE_OBJECTS",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
    "GIT_TEMPLATE_DIR",
    "GIT_WORK_TREE",
];

/// Nothing is fetched and nobody is asked, and errors are in the words that we know.
const QUIET: [(&str, &str); 4] = [
    ("GIT_ALLOW_PROTOCOL", "none"),
    ("GIT_NO_LAZY_FETCH", "1"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("LC_ALL", "C"),
];

/// Returns git, about to do what a profile allows.
pub fn git(profile: Profile) -> Command {
    let mut command = Command::new("git");
    leave_repository(&mut command);
    let settings: Vec<&str> = match profile {
        Profile::Reading => [NO_HIDDEN_REPOSITORY]
            .into_iter()
            .chain(NO_PROGRAMS)
            .collect(),
        Profile::Writing => vec![NO_HIDDEN_REPOSITORY],
        Profile::Own => [NO_HIDDEN_REPOSITORY]
            .into_iter()
            .chain(NO_PROGRAMS)
            .chain(OWN)
            .collect(),
    };
    if profile == Profile::Reading {
        command.envs(QUIET);
    }
    command.args(settings.into_iter().flat_map(|setting| ["-c", setting]));
    command
}

/// Has a program not take this process's repository for its own.
pub fn leave_repository(command: &mut Command) {
    for variable in ELSEWHERE {
        command.env_remove(variable);
    }
}

/// Returns git in the repository that a folder lies in.
pub fn git_in(profile: Profile, folder: &Path) -> Command {
    let mut command = git(profile);
    command.arg("-C").arg(folder);
    command
}

/// Asks git something about a repository; nothing where there is no git. `what` is the question in
/// words: `git ls-files`.
///
/// # Errors
/// When git can't be run, or takes too long, or says more than is read.
pub fn ask(command: &mut Command, what: &'static str, input: &[u8]) -> Result<Option<ProgramEnd>> {
    match program::run(command, input, PATIENCE, MOST) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io("run", what, &error)),
        Ok(ended) if ended.late => Err(Error::user(format!(
            "`{what}` took longer than {} seconds",
            PATIENCE.as_secs()
        ))),
        Ok(ended) if ended.output.len() as u64 >= MOST => Err(Error::user(format!(
            "`{what}` says more than {} MiB",
            MOST >> 20
        ))),
        Ok(ended) => Ok(Some(ended)),
    }
}

/// Has git change the team's repository, and returns what it prints. It stays in the foreground: a
/// hook may ask the person something, and may take its time.
///
/// # Errors
/// With git's own words, when it refuses; when it can't be run.
pub fn change(command: &mut Command, what: &'static str) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .output()
        .map_err(|error| Error::io("run", what, &error))?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(refused(format!("`{what}` failed"), &output.stderr)),
    }
}

/// Returns an error with git's own words as its causes.
pub fn refused(message: impl Into<String>, words: &[u8]) -> Error {
    String::from_utf8_lossy(words)
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .fold(Error::user(message.into()), Error::cause)
}
