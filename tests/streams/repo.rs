//! A git repository with a registry beside it, and the program run in it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use tempfile::TempDir;
use toml_edit::DocumentMut;

use crate::conflicts::{self, Conflicts};
use crate::releases::{self, NAME};
use crate::summary::Summary;
use crate::tree::{self, Tree};

/// What isn't the team's nor a template's.
const OWN: [&str; 4] = [".git", ".agentpkg", "agentpkg.toml", "agentpkg.lock"];

pub struct Repo {
    folder: TempDir,
}

/// What a command printed, and whether a person is needed.
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    /// Returns what was printed, read as a summary.
    pub fn summary(&self) -> Summary {
        Summary::of(&self.stdout, &self.stderr)
    }

    /// Checks how the command ended.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "\n{}\n{}", self.stdout, self.stderr);
        self
    }
}

impl Repo {
    /// Returns an empty repository.
    pub fn new() -> Self {
        let repo = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        for name in ["repo", "home"] {
            fs::create_dir_all(repo.beside(name)).unwrap();
        }
        // What its templates run is shown, and not asked about.
        let config = "[registries.trusted]\nurl = \"../../registry\"\ntrust = \"all\"\n";
        fs::create_dir_all(repo.beside("home/agentpkg")).unwrap();
        fs::write(repo.beside("home/agentpkg/config.toml"), config).unwrap();
        repo.git(&["init", "-q", "-b", "main"]);
        repo
    }

    fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join(name)
    }

    fn root(&self) -> PathBuf {
        self.beside("repo")
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.root())
            .env_clear()
            .env("PATH", env::var_os("PATH").unwrap_or_default());
        command
            .env("HOME", self.beside("home"))
            .env("XDG_CONFIG_HOME", self.beside("home"));
        command
            .env("AGENTPKG_REGISTRY", self.beside("registry"))
            .env("NO_COLOR", "1")
            .env("LC_ALL", "C");
        command
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1");
        for who in ["AUTHOR", "COMMITTER"] {
            command
                .env(format!("GIT_{who}_NAME"), "team")
                .env(format!("GIT_{who}_EMAIL"), "team@example.org");
        }
        command
    }

    fn git(&self, arguments: &[&str]) {
        let output = self.command("git").args(arguments).output().unwrap();
        assert!(
            output.status.success(),
            "git {arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    /// Commits all that is there.
    pub fn commit(&self, message: &str) {
        self.git(&["add", "--all"]);
        self.git(&[
            "-c",
            "core.autocrlf=false",
            "commit",
            "-q",
            "--allow-empty",
            "-m",
            message,
        ]);
    }

    /// Publishes a version to the registry.
    pub fn publish(&self, version: &str) {
        let source = self.beside("source");
        releases::source(&source, version);
        let registry = self.beside("registry");
        let [source, registry] =
            [&source, &registry].map(|path| path.to_str().expect("a temp folder is UTF-8"));
        self.run(&["publish", source, "--registry", registry])
            .exits(0);
    }

    /// Runs the program.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        let output = self
            .command(env!("CARGO_BIN_EXE_agentpkg"))
            .args(arguments)
            .output()
            .unwrap();
        let [stdout, stderr] =
            [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
        Ran {
            code: output.status.code().expect("nobody kills it"),
            stdout,
            stderr,
        }
    }

    /// Returns the files of the team and of the templates.
    pub fn tree(&self) -> Tree {
        tree::read(&self.root(), &OWN)
    }

    /// Makes the team's files these.
    pub fn put(&self, tree: &Tree) {
        for path in self.tree().keys().filter(|path| !tree.contains_key(*path)) {
            fs::remove_file(self.at(path)).unwrap();
        }
        for (path, file) in tree
            .iter()
            .filter(|(path, file)| self.tree().get(*path) != Some(file))
        {
            tree::write(&self.at(path), file);
        }
    }

    fn at(&self, path: &str) -> PathBuf {
        self.root().join(Path::new(path))
    }

    fn lock(&self) -> DocumentMut {
        fs::read_to_string(self.at("agentpkg.lock"))
            .unwrap()
            .parse()
            .expect("the lock is TOML")
    }

    /// Returns the conflicts that the lock holds.
    pub fn conflicts(&self) -> Conflicts {
        conflicts::of(&self.lock())
    }

    /// Returns the version that the lock says is installed.
    pub fn version(&self) -> String {
        self.lock()["releases"][NAME]["version"]
            .as_str()
            .expect("a release has a version")
            .to_owned()
    }
}
