//! A repository in a temp folder, and the program run in it with a home of its own.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// What is at a path: enough to tell whether anything about it changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    Folder,
    File { bytes: Vec<u8>, mode: u32 },
    Link(PathBuf),
    Other,
}

/// Everything below a folder, git's own folder left out.
pub type Tree = BTreeMap<PathBuf, Entry>;

pub struct Scene {
    folder: TempDir,
    pub repo: PathBuf,
}

impl Scene {
    /// An empty git repository.
    pub fn new() -> Self {
        Self::named("repo")
    }

    /// An empty git repository in a folder of this name.
    pub fn named(name: impl AsRef<OsStr>) -> Self {
        let scene = Self::without_git(name);
        scene.git(&["init", "-q"]);
        scene
    }

    /// An empty folder.
    pub fn without_git(name: impl AsRef<OsStr>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // The folder that `TMPDIR` names may be a link, and the program prints real paths.
        let repo = folder.path().canonicalize().unwrap().join(name.as_ref());
        for made in [
            &repo,
            &folder.path().join("home"),
            &folder.path().join("elsewhere"),
        ] {
            fs::create_dir_all(made).unwrap();
        }
        Self { folder, repo }
    }

    /// The folder that holds the repository and what lies outside it.
    pub fn outside(&self) -> &Path {
        self.folder.path()
    }

    /// A folder that has nothing to do with the repository.
    pub fn elsewhere(&self) -> PathBuf {
        self.folder.path().join("elsewhere")
    }

    pub fn at(&self, path: &str) -> PathBuf {
        self.repo.join(path)
    }

    pub fn folder(&self, path: &str) -> &Self {
        fs::create_dir_all(self.at(path)).unwrap();
        self
    }

    pub fn write(&self, path: &str, bytes: impl AsRef<[u8]>) -> &Self {
        fs::create_dir_all(self.at(path).parent().unwrap()).unwrap();
        fs::write(self.at(path), bytes).unwrap();
        self
    }

    pub fn chmod(&self, path: &str, mode: u32) -> &Self {
        fs::set_permissions(self.at(path), fs::Permissions::from_mode(mode)).unwrap();
        self
    }

    /// Makes `path` a link to `target`, as it is written.
    pub fn link(&self, path: &str, target: impl AsRef<Path>) -> &Self {
        fs::create_dir_all(self.at(path).parent().unwrap()).unwrap();
        symlink(target, self.at(path)).unwrap();
        self
    }

    #[track_caller]
    pub fn read(&self, path: &str) -> Vec<u8> {
        fs::read(self.at(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    #[track_caller]
    pub fn text(&self, path: &str) -> String {
        String::from_utf8(self.read(path)).unwrap()
    }

    /// Everything in the repository.
    pub fn tree(&self) -> Tree {
        tree(&self.repo)
    }

    /// Everything in the repository but agentpkg's own folder.
    pub fn files(&self) -> Tree {
        self.tree()
            .into_iter()
            .filter(|(path, _)| !path.starts_with(".agentpkg"))
            .collect()
    }

    pub fn git(&self, arguments: &[&str]) -> Output {
        git(&self.repo, arguments)
    }

    /// The program, about to run in the repository.
    pub fn command(&self) -> Command {
        self.command_in(&self.repo)
    }

    /// The program, about to run in a folder.
    pub fn command_in(&self, folder: &Path) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_agentpkg"));
        let home = self.folder.path().join("home");
        command
            .current_dir(folder)
            .env("HOME", &home)
            .env("XDG_CONFIG_HOME", home.join(".config"));
        // The machine's own configuration must not choose the registry.
        command
            .env("AGENTPKG_REGISTRY", "embedded")
            .env("NO_COLOR", "1");
        for variable in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"] {
            command.env_remove(variable);
        }
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        self.run_in(&self.repo, arguments)
    }

    pub fn run_in(&self, folder: &Path, arguments: &[&str]) -> Ran {
        Ran::of(self.command_in(folder).args(arguments))
    }

    /// Installs the template of every test.
    pub fn install(&self) -> Ran {
        self.run(INSTALL)
    }

    /// Takes the template's line out of agentpkg.toml, and installs.
    #[track_caller]
    pub fn drop_template(&self) -> Ran {
        let manifest = self.text("agentpkg.toml");
        let rest: String = manifest
            .split_inclusive('\n')
            .filter(|line| !line.starts_with("org-baseline"))
            .collect();
        assert_ne!(rest, manifest, "agentpkg.toml names the template");
        self.write("agentpkg.toml", rest);
        self.run(&["install"])
    }

    /// Installs, undoes, redoes and drops the template. **Nothing that was there is lost or changed
    /// by the way back.**
    ///
    /// Returns the tree after the install.
    #[track_caller]
    pub fn there_and_back(&self) -> Tree {
        let before = self.files();
        self.install().exits(0);
        let after = self.files();
        self.changes_nothing(&["install"]).prints("nothing to do");
        self.changes_nothing(INSTALL).prints("nothing to do");
        self.run(&["undo"]).exits(0);
        assert_same(&before, &self.files(), "undo");
        self.run(&["undo", "--redo"]).exits(0);
        assert_same(&after, &self.files(), "undo of undo");
        let manifest = self.text("agentpkg.toml");
        self.drop_template().exits(0);
        let mut dropped = self.files();
        for own in ["agentpkg.toml", "agentpkg.lock"] {
            assert!(dropped.remove(Path::new(own)).is_some(), "{own} stays");
        }
        assert_same(&before, &dropped, "dropping the template");
        self.run(&["undo"]).exits(0);
        // The line was taken out by hand, before the command that was undone.
        self.write("agentpkg.toml", manifest);
        assert_same(&after, &self.files(), "undo of dropping the template");
        after
    }

    /// Runs a command that exits 0 and leaves every byte as it is.
    #[track_caller]
    pub fn changes_nothing(&self, arguments: &[&str]) -> Ran {
        let tree = || {
            let mut tree = self.tree();
            // It names the last process that wrote.
            tree.remove(Path::new(".agentpkg/lock"));
            tree
        };
        let before = tree();
        let ran = self.run(arguments);
        assert_same(&before, &tree(), &arguments.join(" "));
        ran.exits(0);
        ran
    }

    /// Runs the install, which is refused in these words. **A refusal leaves nothing behind.**
    #[track_caller]
    pub fn refuses(&self, words: &[&str]) -> Ran {
        let before = tree(self.outside());
        let ran = self.install();
        ran.exits(2);
        for word in words {
            ran.complains(word);
        }
        assert_same(&before, &tree(self.outside()), "a refused install");
        ran
    }
}

pub const INSTALL: &[&str] = &["install", "org-baseline", "--set", "team=payments"];

/// Runs git in a folder, as somebody.
#[track_caller]
pub fn git(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new("git");
    command.arg("-C").arg(folder).args([
        "-c",
        "user.name=maintainer",
        "-c",
        "user.email=maintainer@example.org",
    ]);
    command.args([
        "-c",
        "core.excludesFile=/dev/null",
        "-c",
        "core.hooksPath=/dev/null",
    ]);
    command
        .args(arguments)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null");
    for variable in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"] {
        command.env_remove(variable);
    }
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "git {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

/// How the program ended, and what it said.
#[derive(Clone, Debug)]
pub struct Ran {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Ran {
    pub fn of(command: &mut Command) -> Self {
        let Output {
            status,
            stdout,
            stderr,
        } = command.output().unwrap();
        let text = |bytes| String::from_utf8(bytes).expect("the program prints UTF-8");
        Self {
            code: status.code(),
            out: text(stdout),
            err: text(stderr),
        }
    }

    #[track_caller]
    pub fn exits(&self, code: i32) -> &Self {
        assert_eq!(self.code, Some(code), "\n{}\n{}", self.out, self.err);
        assert!(!self.err.contains("panicked"), "{}", self.err);
        self
    }

    #[track_caller]
    pub fn prints(&self, words: &str) -> &Self {
        assert!(
            self.out.contains(words),
            "no `{words}` in what was printed:\n{}\n{}",
            self.out,
            self.err
        );
        self
    }

    /// Checks that an error has these words, wherever its lines were broken.
    #[track_caller]
    pub fn complains(&self, words: &str) -> &Self {
        let joined = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            joined(&self.err).contains(&joined(words)),
            "no `{words}` in the error:\n{}",
            self.err
        );
        self
    }
}

/// Returns everything below a folder, git's own folders left out.
pub fn tree(root: &Path) -> Tree {
    let mut tree = Tree::new();
    let mut open = vec![root.to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).unwrap().map(Result::unwrap) {
            if entry.file_name() == ".git" {
                continue;
            }
            let (path, kind) = (entry.path(), entry.file_type().unwrap());
            let found = if kind.is_symlink() {
                Entry::Link(fs::read_link(&path).unwrap())
            } else if kind.is_dir() {
                open.push(path.clone());
                Entry::Folder
            } else if kind.is_file() {
                let mode = entry.metadata().unwrap().permissions().mode() & 0o7777;
                Entry::File {
                    bytes: fs::read(&path).unwrap(),
                    mode,
                }
            } else {
                Entry::Other
            };
            tree.insert(path.strip_prefix(root).unwrap().to_path_buf(), found);
        }
    }
    tree
}

/// Checks that two trees are the same, and names what differs.
#[track_caller]
pub fn assert_same(before: &Tree, after: &Tree, what: &str) {
    let paths = before
        .keys()
        .chain(after.keys())
        .collect::<std::collections::BTreeSet<_>>();
    let different = paths
        .into_iter()
        .filter(|path| before.get(*path) != after.get(*path));
    let shown: Vec<String> = different
        .map(|path| {
            format!(
                "{}:\n  before {}\n  after  {}",
                path.display(),
                show(before.get(path)),
                show(after.get(path))
            )
        })
        .collect();
    assert!(
        shown.is_empty(),
        "{what} changed {} paths:\n{}",
        shown.len(),
        shown.join("\n")
    );
}

fn show(entry: Option<&Entry>) -> String {
    match entry {
        None => "nothing".to_owned(),
        Some(Entry::File { bytes, mode }) => {
            let text = String::from_utf8_lossy(bytes);
            format!(
                "{mode:o} {} bytes {:?}",
                bytes.len(),
                text.chars().take(400).collect::<String>()
            )
        }
        Some(other) => format!("{other:?}"),
    }
}
