//! A scene: a repo, a registry and a person's own configuration in a folder of their own.
//!
//! **Nothing of the machine is in it**: the environment is empty but for `PATH`, and the scene's
//! path is as long everywhere, so that lines break at the same words.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use snapbox::data::Inline;
use snapbox::{Data, IntoData as _};
use tempfile::TempDir;

/// How long the path of a scene is.
const LENGTH: usize = 32;

/// What every scene's repo is built from; the rest is said in the scene.
pub struct Scene {
    root: PathBuf,
    registry: &'static str,
    _folder: TempDir,
}

/// Files by their paths.
pub type Files<'a> = &'a [(&'a str, &'a str)];

impl Scene {
    /// Returns a scene with an empty git repository and no registry.
    pub fn new() -> Self {
        let scene = Self::without_git();
        scene.run("git init -q -b main").succeeds();
        scene
    }

    /// Returns a scene whose repo is a plain folder.
    pub fn without_git() -> Self {
        // Where memory is a file system, making things durable takes no time.
        let base = ["/dev/shm", "/tmp"]
            .into_iter()
            .find_map(|base| fs::canonicalize(base).ok());
        let base = base.expect("there is a /tmp");
        let length = LENGTH - base.as_os_str().len() - 1;
        let folder = tempfile::Builder::new()
            .prefix("scene")
            .rand_bytes(length - 5)
            .tempdir_in(base)
            .unwrap();
        let root = folder.path().to_path_buf();
        for name in ["repo", "home"] {
            fs::create_dir(root.join(name)).unwrap();
        }
        Self {
            root,
            registry: "registry",
            _folder: folder,
        }
        .trusting("registry")
    }

    /// Makes a registry one whose templates are shown and not asked about.
    fn trusting(self, registry: &str) -> Self {
        let url = self.root.join(registry);
        let config = format!(
            "[registries.trusted]\nurl = \"{}\"\ntrust = \"all\"\n",
            url.display()
        );
        write(
            &self.root.join("home/config/agentpkg/config.toml"),
            config.as_bytes(),
        );
        self
    }

    /// Trusts no registry: what executes has to be approved.
    pub fn untrusting(self) -> Self {
        self.deleted("../home/config")
    }

    /// Makes another registry the one that is published to and that `AGENTPKG_REGISTRY` names.
    pub fn with_registry(self, name: &'static str) -> Self {
        Self {
            registry: name,
            ..self
        }
        .trusting(name)
    }

    /// Publishes a template; see [`Scene::source`].
    pub fn published(self, name: &str, version: &str, files: Files) -> Self {
        let scene = self.source(name, version, files);
        scene
            .run(&format!(
                "agentpkg publish ../templates/{name} --registry ../{}",
                scene.registry
            ))
            .succeeds();
        scene
    }

    /// Writes a template's source to `templates/NAME`: `files`, and a manifest, a README and a
    /// changelog where they aren't among them. What is given as template.toml is added to the
    /// `[template]` that every source has.
    pub fn source(self, name: &str, version: &str, files: Files) -> Self {
        let folder = self.root.join("templates").join(name);
        let _ = fs::remove_dir_all(&folder);
        let added = files
            .iter()
            .find(|(path, _)| *path == "template.toml")
            .map_or("", |(_, text)| text);
        let manifest = format!(
            "[template]\nname = \"{name}\"\nversion = \"{version}\"\ndescription = \"What {name} is for\"\n{added}"
        );
        let mut all = BTreeMap::from([
            ("README.md", format!("# {name}\n")),
            (
                "CHANGELOG.md",
                format!("## [{version}] - 2026-01-01\n- What changed\n"),
            ),
        ]);
        all.extend(files.iter().map(|(path, text)| (*path, (*text).to_owned())));
        all.insert("template.toml", manifest);
        for (path, text) in all {
            write(&folder.join(path), text.as_bytes());
        }
        self
    }

    /// Installs templates into the repo.
    pub fn installed(self, requests: &str) -> Self {
        self.run(&format!("agentpkg install {requests}")).succeeds();
        self
    }

    /// Writes a file of the repo, or of the scene where the path starts with `../`.
    pub fn edited(self, path: &str, text: &str) -> Self {
        write(&self.path(path), text.as_bytes());
        self
    }

    /// Writes a file that isn't text.
    pub fn edited_bytes(self, path: &str, bytes: &[u8]) -> Self {
        write(&self.path(path), bytes);
        self
    }

    /// Replaces a part of a file, which has to be there.
    pub fn replaced(self, path: &str, old: &str, new: &str) -> Self {
        let text = self.text(path);
        assert!(text.contains(old), "`{path}` has no `{old}`:\n{text}");
        self.edited(path, &text.replacen(old, new, 1))
    }

    /// Deletes a file or a folder.
    pub fn deleted(self, path: &str) -> Self {
        let place = self.path(path);
        if place.is_dir() {
            fs::remove_dir_all(place).unwrap()
        } else {
            fs::remove_file(place).unwrap()
        }
        self
    }

    /// Makes a link.
    pub fn linked(self, path: &str, target: &str) -> Self {
        symlink(target, self.path(path)).unwrap();
        self
    }

    /// Gives a file a mode.
    pub fn chmod(self, path: &str, mode: u32) -> Self {
        fs::set_permissions(self.path(path), fs::Permissions::from_mode(mode)).unwrap();
        self
    }

    /// Runs a command line of the shell in the repo, with the program on its path.
    #[track_caller]
    pub fn run(&self, line: &str) -> Ran {
        let program = Path::new(env!("CARGO_BIN_EXE_agentpkg"))
            .parent()
            .expect("a file is in a folder");
        let path = format!(
            "{}:{}",
            program.display(),
            std::env::var("PATH").unwrap_or_default()
        );
        let mut command = Command::new("sh");
        command
            .args(["-c", line])
            .current_dir(self.path(""))
            .stdin(Stdio::null())
            .env_clear();
        command
            .env("PATH", path)
            .env("NO_COLOR", "1")
            .env("LC_ALL", "C");
        command
            .env("HOME", self.root.join("home"))
            .env("XDG_CONFIG_HOME", self.root.join("home/config"));
        command
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1");
        for who in ["AUTHOR", "COMMITTER"] {
            command
                .env(format!("GIT_{who}_NAME"), "team")
                .env(format!("GIT_{who}_EMAIL"), "team@example.org");
        }
        if self.root.join(self.registry).exists() {
            command.env("AGENTPKG_REGISTRY", self.root.join(self.registry));
        }
        let output = command.output().unwrap();
        let [stdout, stderr] = [output.stdout, output.stderr].map(|bytes| self.redacted(&bytes));
        Ran {
            line: line.to_owned(),
            code: output.status.code(),
            stdout,
            stderr,
        }
    }

    fn redacted(&self, bytes: &[u8]) -> String {
        let text = String::from_utf8(bytes.to_vec())
            .unwrap()
            .replace(&self.root.display().to_string(), "[SCENE]");
        // What is kept lies below a digest of the plan, in which the scene's path is.
        let (before, after) = text.split_once(".agentpkg/kept/").unwrap_or((&text, ""));
        match after.split_once('/') {
            Some((_, after)) => format!("{before}.agentpkg/kept/[PLAN]/{after}"),
            None => text,
        }
    }

    /// Checks a file's text.
    #[track_caller]
    pub fn reads(&self, path: &str, text: impl Into<Text>) -> &Self {
        let found = self.redacted(self.text(path).as_bytes());
        text.into().check(&found, path);
        self
    }

    /// Checks that nothing is there.
    #[track_caller]
    pub fn absent(&self, path: &str) -> &Self {
        assert!(
            fs::symlink_metadata(self.path(path)).is_err(),
            "`{path}` is there"
        );
        self
    }

    /// Returns a file's text.
    #[track_caller]
    pub fn text(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_else(|error| panic!("`{path}`: {error}"))
    }

    /// Returns all that is in the repo, git's and agentpkg's own folders apart: each path with its
    /// mode and its bytes.
    pub fn tree(&self) -> BTreeMap<String, (u32, Vec<u8>)> {
        let mut tree = BTreeMap::new();
        let mut open = vec![self.path("")];
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let place = entry.unwrap().path();
                let name = place
                    .strip_prefix(self.path(""))
                    .unwrap()
                    .display()
                    .to_string();
                let metadata = fs::symlink_metadata(&place).unwrap();
                if name == ".git" || name == ".agentpkg" {
                    continue;
                }
                let bytes = if metadata.is_symlink() {
                    fs::read_link(&place)
                        .unwrap()
                        .into_os_string()
                        .into_encoded_bytes()
                } else if metadata.is_dir() {
                    open.push(place);
                    Vec::new()
                } else {
                    fs::read(&place).unwrap()
                };
                tree.insert(name, (metadata.permissions().mode(), bytes));
            }
        }
        tree
    }

    /// Returns where a path of the repo, or of the scene, lies.
    pub fn path(&self, path: &str) -> PathBuf {
        match path.strip_prefix("../") {
            Some(path) => self.root.join(path),
            None => self.root.join("repo").join(path),
        }
    }
}

fn write(path: &Path, bytes: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
    if path.extension().is_some_and(|extension| extension == "sh") {
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }
}

/// What a command did.
#[must_use = "a scene says what is printed"]
pub struct Ran {
    line: String,
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

impl Ran {
    /// Checks what was printed: standard output, then standard error, then the exit code unless it
    /// is 0.
    #[track_caller]
    pub fn prints(self, expected: Inline) {
        check(&self.all(), expected);
    }

    /// Checks that the exit code is 0, whatever was printed.
    #[track_caller]
    pub fn succeeds(self) {
        assert_eq!(self.code, Some(0), "{}\n{}", self.line, self.all());
    }

    /// Checks that a person is needed, whatever was printed.
    #[track_caller]
    pub fn needs_a_person(self) {
        assert_eq!(self.code, Some(1), "{}\n{}", self.line, self.all());
    }

    /// Returns standard output.
    pub fn stdout(self) -> String {
        self.stdout
    }

    /// Returns all that was printed.
    pub fn all(&self) -> String {
        let mut all = self.stdout.clone();
        if !self.stderr.is_empty() {
            all += &format!("(standard error)\n{}", self.stderr);
        }
        match self.code {
            Some(0) => {}
            Some(code) => all += &format!("(exit code {code})\n"),
            None => all += "(killed)\n",
        }
        all
    }
}

#[track_caller]
fn check(found: &str, expected: Inline) {
    let found = Data::text(found);
    snapbox::Assert::new()
        .action_env("SNAPSHOTS")
        .eq(found, expected.raw());
}

/// A text as it is written in a scene, or one that blesses itself.
pub enum Text {
    Plain(String),
    Inline(Inline),
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::Plain(text.to_owned())
    }
}

impl From<Inline> for Text {
    fn from(inline: Inline) -> Self {
        Self::Inline(inline)
    }
}

impl Text {
    #[track_caller]
    fn check(self, found: &str, path: &str) {
        match self {
            Self::Plain(text) => assert_eq!(found, text, "`{path}`"),
            Self::Inline(inline) => check(found, inline),
        }
    }
}
