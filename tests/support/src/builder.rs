//! What a scene is made of, where it isn't the usual.

use std::ffi::{OsStr, OsString};
use std::fs;

use tempfile::TempDir;

use crate::Scene;
use crate::commit::Comparison;
use crate::environment::Person;
use crate::home::Home;

/// How long the path of a scene in memory is.
const LENGTH: usize = 32;

/// What is said of a scene before it is there.
pub struct Builder {
    repo: OsString,
    git: bool,
    trusting: bool,
    names_registry: bool,
    in_memory: bool,
    length: usize,
    person: Person,
    variables: Vec<(&'static str, &'static str)>,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            repo: "repo".into(),
            git: true,
            trusting: true,
            names_registry: true,
            in_memory: true,
            length: LENGTH,
            person: Person {
                name: "team",
                email: "team@example.org",
            },
            variables: Vec::new(),
        }
    }
}

impl Builder {
    /// Calls the repo's folder something else than `repo`.
    pub fn named(self, repo: impl AsRef<OsStr>) -> Self {
        Self {
            repo: repo.as_ref().to_owned(),
            ..self
        }
    }

    /// Makes the repo a plain folder.
    pub fn without_git(self) -> Self {
        Self { git: false, ..self }
    }

    /// Trusts no registry: what executes has to be approved.
    pub fn untrusting(self) -> Self {
        Self {
            trusting: false,
            ..self
        }
    }

    /// Names no registry in `AGENTPKG_REGISTRY`.
    pub fn without_default_registry(self) -> Self {
        Self {
            names_registry: false,
            ..self
        }
    }

    /// Puts the scene where temporary files go, `TMPDIR` that is: what lies in memory may not be
    /// large, and a machine may forbid to execute it.
    pub fn on_disk(self) -> Self {
        Self {
            in_memory: false,
            ..self
        }
    }

    /// Makes the scene's path as long as another one, which is shown in its place.
    pub fn at_a_path_as_long_as(self, path: &str) -> Self {
        Self {
            length: path.len(),
            ..self
        }
    }

    /// Makes somebody else the author of what is committed.
    pub fn by(self, name: &'static str, email: &'static str) -> Self {
        Self {
            person: Person { name, email },
            ..self
        }
    }

    /// Sets a variable of the environment.
    pub fn with(mut self, name: &'static str, value: &'static str) -> Self {
        self.variables.push((name, value));
        self
    }

    /// Makes the scene.
    pub fn build(self) -> Scene {
        let folder = if self.in_memory {
            memory(self.length)
        } else {
            disk()
        };
        // The folder that `TMPDIR` names may be a link, and the program prints real paths.
        let root = fs::canonicalize(folder.path()).unwrap();
        let repo = root.join(&self.repo);
        fs::create_dir_all(&repo).unwrap();
        let comparison = Comparison {
            repo: repo.clone(),
            person: self.person,
        };
        let scene = Scene {
            home: Home::new(root.join("home")),
            root,
            repo,
            registry: "registry",
            names_registry: self.names_registry,
            person: self.person,
            variables: self.variables,
            _comparison: comparison,
            _folder: folder,
        };
        if self.trusting {
            scene.trust("trusted", "registry");
        }
        if self.git {
            scene.git(&["init", "-q", "-b", "main"]);
        }
        scene
    }
}

/// Returns a folder in memory, where making things durable takes no time, or in `/tmp`; its path
/// has `length` bytes.
fn memory(length: usize) -> TempDir {
    let base = ["/dev/shm", "/tmp"]
        .into_iter()
        .find_map(|base| fs::canonicalize(base).ok());
    let base = base.expect("there is a /tmp");
    let length = length - base.as_os_str().len() - 1;
    let prefix = if length > 8 { "scene" } else { "" };
    tempfile::Builder::new()
        .prefix(prefix)
        .rand_bytes(length - prefix.len())
        .tempdir_in(base)
        .unwrap()
}

fn disk() -> TempDir {
    tempfile::tempdir().unwrap()
}
