//! A repository that is made to try something in, and hooks that are run in it as an agent runs
//! them.

#![expect(
    clippy::disallowed_methods,
    reason = "hooks are run by a shell, as agents do"
)]

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::agent::claude::places::PROJECT_DIR;
use crate::error::{Error, Result};
use crate::model::agent::Agent;
use crate::model::path::RelPath;
use crate::model::tree::{File, FileTree};

use super::git::{self, Profile};
use super::{fs, program};

const REPOSITORY: &str = "a repository";
const ELSEWHERE: &str = "elsewhere";
const HOME: &str = "home";
const PROGRAMS: &str = "programs";

/// How much of what a hook prints is read.
const MOST: u64 = 1 << 20;

/// A folder that goes when this does. The repository in it has a space in its path, as some
/// people's have.
pub struct Trial {
    folder: TempDir,
}

/// What a hook did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ran {
    /// The exit code; nothing where it was ended by a signal, or for taking too long.
    pub code: Option<i32>,
    /// Both of its outputs, one behind the other.
    pub output: String,
}

impl Trial {
    /// Makes a folder of its own, with an empty repository.
    pub fn new() -> Result<Self> {
        // At its real path, which a hook may ask for: on macOS, the one that is named leads over a
        // link.
        let real = fs::canonical(&std::env::temp_dir())?;
        let folder = tempfile::Builder::new()
            .prefix("agentpkg-trial-")
            .tempdir_in(real);
        let folder = folder.map_err(|error| Error::io("create", "a folder to try in", &error))?;
        let trial = Self { folder };
        [REPOSITORY, ELSEWHERE, HOME, PROGRAMS]
            .into_iter()
            .try_for_each(|name| fs::create_loose(&trial.at(name)))?;
        Ok(trial)
    }

    /// Returns the repository's folder.
    pub fn root(&self) -> PathBuf {
        self.at(REPOSITORY)
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes files into the repository.
    pub fn write<'a>(
        &self,
        files: impl IntoIterator<Item = (&'a RelPath, &'a File)>,
    ) -> Result<()> {
        files.into_iter().try_for_each(|(path, file)| {
            fs::write_loose(&path.under(&self.root()), &file.bytes, file.executable)
        })
    }

    /// Makes programs that are found before those of the machine.
    pub fn programs(&self, programs: &BTreeMap<String, String>) -> Result<()> {
        programs.iter().try_for_each(|(name, text)| {
            fs::write_loose(
                &self.at(PROGRAMS).join(name.replace('/', "_")),
                text.as_bytes(),
                true,
            )
        })
    }

    /// Makes the repository one of git, with all that is there committed. Does nothing where there
    /// is no git.
    pub fn commit(&self) {
        for arguments in [
            &["init", "-q"][..],
            &["add", "-A"],
            &["commit", "-q", "--allow-empty", "-m", "trial"],
        ] {
            let mut git = self.around(git::git(Profile::Own));
            git.args([
                "-c",
                "user.name=trial",
                "-c",
                "user.email=trial@example.org",
            ])
            .args(arguments);
            let _ = git
                .current_dir(self.root())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status();
        }
    }

    /// Runs a hook's command as an agent does: by a shell, with the event on its input. Claude Code
    /// says where the repository is; for any other, the command is run in a folder of it.
    pub fn run(&self, agent: Agent, command: &str, event: &str, limit: Duration) -> Result<Ran> {
        let mut shell = self.around(Command::new("sh"));
        shell.args(["-c", command]);
        match agent {
            Agent::Claude => shell
                .current_dir(self.at(ELSEWHERE))
                .env(PROJECT_DIR, self.root()),
            _ => shell.current_dir(self.root()),
        };
        let ended = program::run(&mut shell, event.as_bytes(), limit, MOST);
        let ended = ended.map_err(|error| Error::io("run", command, &error))?;
        let output = [ended.output, ended.errors].concat();
        Ok(Ran {
            code: ended.code,
            output: String::from_utf8_lossy(&output).into_owned(),
        })
    }

    /// A program that knows nothing of the person who runs it.
    fn around(&self, mut command: Command) -> Command {
        let mut path = OsString::from(self.at(PROGRAMS));
        path.push(":");
        path.push(std::env::var_os("PATH").unwrap_or_default());
        command
            .env_clear()
            .env("PATH", path)
            .env("HOME", self.at(HOME))
            .env("LC_ALL", "C");
        command
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1");
        command
    }
}

/// Returns files as a tree.
pub fn texts(files: &BTreeMap<RelPath, String>) -> FileTree {
    files
        .iter()
        .map(|(path, text)| (path.clone(), File::plain(text.as_str())))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[test]
    fn a_hook_that_hangs_or_leaves_something_running_is_not_waited_for() {
        let trial = Trial::new().unwrap();
        let start = Instant::now();
        let ran = trial
            .run(
                Agent::Claude,
                "echo a; sleep 60",
                "{}",
                Duration::from_millis(100),
            )
            .unwrap();
        assert_eq!(ran.code, None);
        let ran = trial
            .run(
                Agent::Claude,
                "sleep 60 & exit 2",
                "{}",
                Duration::from_secs(9),
            )
            .unwrap();
        assert_eq!(ran.code, Some(2));
        // An event that nobody reads, larger than a pipe.
        let ran = trial
            .run(
                Agent::Claude,
                "exit 0",
                &"x".repeat(1 << 20),
                Duration::from_secs(9),
            )
            .unwrap();
        assert_eq!(
            ran,
            Ran {
                code: Some(0),
                output: String::new()
            }
        );
        assert!(start.elapsed() < Duration::from_secs(50));
    }
}
