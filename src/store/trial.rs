//! A repository that is made to try something in, and hooks that are run in it as an agent runs them.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::error::{Error, Result};
use crate::model::path::RelPath;
use crate::model::tree::{File, FileTree};

use super::fs;

const REPOSITORY: &str = "a repository";
const ELSEWHERE: &str = "elsewhere";
const HOME: &str = "home";
const PROGRAMS: &str = "programs";

/// How long is waited for what a hook printed, once it has ended.
const LEFT: Duration = Duration::from_secs(1);

/// How much of what a hook prints is read.
const MOST: u64 = 1 << 20;

/// A folder that goes when this does. The repository in it has a space in its path, as some people's have.
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
        let folder = tempfile::Builder::new().prefix("agentpkg-trial-").tempdir();
        let folder = folder.map_err(|error| Error::io("create", "a folder to try in", &error))?;
        let trial = Self { folder };
        [REPOSITORY, ELSEWHERE, HOME, PROGRAMS].into_iter().try_for_each(|name| fs::create_loose(&trial.at(name)))?;
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
    pub fn write<'a>(&self, files: impl IntoIterator<Item = (&'a RelPath, &'a File)>) -> Result<()> {
        files
            .into_iter()
            .try_for_each(|(path, file)| fs::write_loose(&path.under(&self.root()), &file.bytes, file.executable))
    }

    /// Makes programs that are found before those of the machine.
    pub fn programs(&self, programs: &BTreeMap<String, String>) -> Result<()> {
        programs.iter().try_for_each(|(name, text)| {
            fs::write_loose(&self.at(PROGRAMS).join(name.replace('/', "_")), text.as_bytes(), true)
        })
    }

    /// Makes the repository one of git, with all that is there committed. Does nothing where there is no git.
    pub fn commit(&self) {
        for arguments in [&["init", "-q"][..], &["add", "-A"], &["commit", "-q", "--allow-empty", "-m", "trial"]] {
            let mut git = self.command("git");
            git.args(["-c", "user.name=trial", "-c", "user.email=trial@example.org"]).args(arguments);
            let _ = git.current_dir(self.root()).stdout(Stdio::null()).stderr(Stdio::null()).status();
        }
    }

    /// Runs a hook's command as an agent does: by a shell, with the event on its input, from another folder.
    pub fn run(&self, command: &str, event: &str, limit: Duration) -> Result<Ran> {
        let failed = |error: &std::io::Error| Error::io("run", command, error);
        let mut shell = self.command("sh");
        shell.args(["-c", command]).current_dir(self.at(ELSEWHERE));
        shell.env("CLAUDE_PROJECT_DIR", self.root());
        let mut child = shell.spawn().map_err(|error| failed(&error))?;
        let (mut input, event) = (child.stdin.take().expect("it was asked for"), event.to_owned());
        // A hook that doesn't read its input closes it.
        std::thread::spawn(move || drop(input.write_all(event.as_bytes())));
        let outputs: [Box<dyn std::io::Read + Send>; 2] = [
            Box::new(child.stdout.take().expect("it was asked for")),
            Box::new(child.stderr.take().expect("it was asked for")),
        ];
        let readers = outputs.map(|output| {
            let (sender, receiver) = mpsc::channel();
            std::thread::spawn(move || {
                let mut bytes = Vec::new();
                let _ = output.take(MOST).read_to_end(&mut bytes);
                let _ = sender.send(bytes);
            });
            receiver
        });
        let start = Instant::now();
        let status = loop {
            match child.try_wait().map_err(|error| failed(&error))? {
                Some(status) => break Some(status),
                None if start.elapsed() > limit => {
                    let _ = child.kill();
                    let _ = child.wait();
                    break None;
                }
                None => std::thread::sleep(Duration::from_millis(1)),
            }
        };
        // What a hook has started may hold its outputs for longer than itself: that isn't waited for.
        let read = |reader: &mpsc::Receiver<Vec<u8>>| reader.recv_timeout(LEFT).unwrap_or_default();
        let output: Vec<u8> = readers.iter().flat_map(read).collect();
        let output = String::from_utf8_lossy(&output).into_owned();
        Ok(Ran { code: status.and_then(|status| status.code()), output })
    }

    /// A program that knows nothing of the person who runs it.
    fn command(&self, program: &str) -> Command {
        let mut path = OsString::from(self.at(PROGRAMS));
        path.push(":");
        path.push(std::env::var_os("PATH").unwrap_or_default());
        let mut command = Command::new(program);
        command.env_clear().env("PATH", path).env("HOME", self.at(HOME)).env("LC_ALL", "C");
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }
}

/// Returns files as a tree.
pub fn texts(files: &BTreeMap<RelPath, String>) -> FileTree {
    files.iter().map(|(path, text)| (path.clone(), File::plain(text.as_str()))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hook_that_hangs_or_leaves_something_running_is_not_waited_for() {
        let trial = Trial::new().unwrap();
        let start = Instant::now();
        let ran = trial.run("echo a; sleep 60", "{}", Duration::from_millis(100)).unwrap();
        assert_eq!(ran.code, None);
        let ran = trial.run("sleep 60 & exit 2", "{}", Duration::from_secs(9)).unwrap();
        assert_eq!(ran.code, Some(2));
        // An event that nobody reads, larger than a pipe.
        let ran = trial.run("exit 0", &"x".repeat(1 << 20), Duration::from_secs(9)).unwrap();
        assert_eq!(ran, Ran { code: Some(0), output: String::new() });
        assert!(start.elapsed() < Duration::from_secs(50));
    }
}
