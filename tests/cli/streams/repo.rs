//! What a team and a registry do in the scene of a stream.

use std::fs;

use support::Scene;
use toml_edit::DocumentMut;

use super::conflicts::{self, Conflicts};
use super::releases::{self, NAME};
use super::tree::{self, Tree};

/// What isn't the team's nor a template's.
const OWN: [&str; 4] = [".git", ".agentpkg", "agentpkg.toml", "agentpkg.lock"];

/// What the streams do with a scene.
pub trait Repo {
    /// Commits all that is there.
    fn commit(&self, message: &str);

    /// Publishes a version to the registry.
    fn release(&self, version: &str);

    /// Returns the files of the team and of the templates.
    fn files(&self) -> Tree;

    /// Makes the team's files these.
    fn put(&self, files: &Tree);

    /// Returns the lock.
    fn lock(&self) -> DocumentMut;

    /// Returns the conflicts that the lock holds.
    fn conflicts(&self) -> Conflicts {
        conflicts::of(&self.lock())
    }

    /// Returns the version that the lock says is installed.
    fn version(&self) -> String {
        self.lock()["releases"][NAME]["version"]
            .as_str()
            .expect("a release has a version")
            .to_owned()
    }
}

impl Repo for Scene {
    fn commit(&self, message: &str) {
        self.git(&["add", "--all"]);
        let commit = ["commit", "-q", "--allow-empty", "-m", message];
        self.git(&[&["-c", "core.autocrlf=false"], &commit[..]].concat());
    }

    fn release(&self, version: &str) {
        releases::source(&self.path("../templates").join(NAME), version);
        self.publish(NAME, "registry");
    }

    fn files(&self) -> Tree {
        tree::read(self.repo(), &OWN)
    }

    fn put(&self, files: &Tree) {
        let here = self.files();
        for path in here.keys().filter(|path| !files.contains_key(*path)) {
            fs::remove_file(self.path(path)).unwrap();
        }
        for (path, file) in files {
            if here.get(path) != Some(file) {
                tree::write(&self.path(path), file);
            }
        }
    }

    fn lock(&self) -> DocumentMut {
        self.text("agentpkg.lock")
            .parse()
            .expect("the lock is TOML")
    }
}
