//! A scene: a repo, a registry and a person's own configuration in a folder of their own.
//!
//! **Nothing of the machine is in it**: the environment is empty but for `PATH`, and the scene's
//! path is as long everywhere, so that lines break at the same words.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::builder::Builder;
use crate::commit::Comparison;
use crate::environment::{Person, isolated};
use crate::files::{chmod, write, write_by_name};
use crate::home::Home;
use crate::ran::{Ran, redacted};
use crate::registry::{self, Files};
use crate::snapshot::Text;
use crate::tree::{Tree, tree};
use crate::{git, program, terminal};

/// A repo with what is around it, which goes when this is dropped.
///
/// A path is one of the repo, or of the scene where it starts with `../`. What makes a scene out of
/// a scene, as `published` and `edited` do, takes it and returns it, so that one is told in one
/// breath; the rest borrows it.
pub struct Scene {
    pub(crate) root: PathBuf,
    pub(crate) repo: PathBuf,
    pub(crate) registry: &'static str,
    /// Whether `AGENTPKG_REGISTRY` names the registry as soon as it is there.
    pub(crate) names_registry: bool,
    pub(crate) home: Home,
    pub(crate) person: Person,
    pub(crate) variables: Vec<(&'static str, &'static str)>,
    /// Dropped before its folder.
    pub(crate) _comparison: Comparison,
    pub(crate) _folder: TempDir,
}

/// What a rule of Claude Code starts with whose template gives it no header: Copilot leaves it out.
pub const FOR_COPILOT: &str = "---\nexcludeAgent: \"coding-agent\"\n---\n\n";

impl Scene {
    /// Returns a scene with an empty git repository and no registry.
    #[expect(clippy::new_without_default, reason = "a scene is nobody's default")]
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// Returns a scene whose repo is a plain folder.
    pub fn without_git() -> Self {
        Self::builder().without_git().build()
    }

    /// Returns what [`Scene::new`] is made of, to be changed.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Makes a registry one whose templates are shown and not asked about; `name` is what the
    /// person's configuration calls it.
    pub fn trust(&self, name: &str, registry: &str) {
        let url = self.root.join(registry).display().to_string();
        self.home.trust(name, url);
    }

    /// Trusts no registry any more: what executes has to be approved.
    pub fn untrusting(self) -> Self {
        self.home.trust_nobody();
        self
    }

    /// Makes another registry the one that is published to and that `AGENTPKG_REGISTRY` names.
    pub fn with_registry(self, name: &'static str) -> Self {
        self.trust("trusted", name);
        Self {
            registry: name,
            ..self
        }
    }

    /// Publishes a template; see [`Scene::source`].
    #[track_caller]
    pub fn published(self, name: &str, version: &str, files: Files) -> Self {
        self.write_source(name, version, files);
        self.publish(name, self.registry);
        self
    }

    /// Publishes a template, as it is in `templates/NAME`, to a registry of the scene.
    #[track_caller]
    pub fn publish(&self, name: &str, registry: &str) {
        self.agentpkg(&[
            "publish",
            &format!("../templates/{name}"),
            "--registry",
            &format!("../{registry}"),
        ])
        .succeeds();
    }

    /// Writes a template's source to `templates/NAME`: `files`, and a manifest, a README and a
    /// changelog where they aren't among them. What is given as template.toml is added to the
    /// `[template]` that every source has.
    pub fn source(self, name: &str, version: &str, files: Files) -> Self {
        self.write_source(name, version, files);
        self
    }

    /// Writes a template's source; see [`Scene::source`].
    pub fn write_source(&self, name: &str, version: &str, files: Files) {
        let folder = self.root.join("templates").join(name);
        registry::source(&folder, name, version, files);
    }

    /// Installs templates into the repo.
    #[track_caller]
    pub fn installed(self, requests: &str) -> Self {
        self.run(&format!("agentpkg install {requests}")).succeeds();
        self
    }

    /// Writes a file, which may be executed if it is called `.sh`.
    pub fn edited(self, path: &str, bytes: impl AsRef<[u8]>) -> Self {
        write_by_name(&self.path(path), bytes);
        self
    }

    /// Writes a rule of Claude Code over its template's, whose header stays.
    pub fn edited_rule(self, path: &str, text: impl AsRef<str>) -> Self {
        self.edited(path, format!("{FOR_COPILOT}{}", text.as_ref()))
    }

    /// Replaces a part of a file, which has to be there.
    #[track_caller]
    pub fn replaced(self, path: &str, old: &str, new: &str) -> Self {
        self.replace(path, old, new);
        self
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
        self.link(path, target);
        self
    }

    /// Gives a file a mode.
    pub fn with_mode(self, path: &str, mode: u32) -> Self {
        self.chmod(path, mode);
        self
    }

    /// Writes a file.
    pub fn write(&self, path: &str, bytes: impl AsRef<[u8]>) -> &Self {
        write(&self.path(path), bytes);
        self
    }

    /// Replaces a part of a file, which has to be there.
    #[track_caller]
    pub fn replace(&self, path: &str, old: &str, new: &str) -> &Self {
        let text = self.text(path);
        assert!(text.contains(old), "`{path}` has no `{old}`:\n{text}");
        self.write(path, text.replacen(old, new, 1))
    }

    /// Makes a folder.
    pub fn folder(&self, path: &str) -> &Self {
        fs::create_dir_all(self.path(path)).unwrap();
        self
    }

    /// Makes `path` a link to `target`, as it is written.
    pub fn link(&self, path: &str, target: impl AsRef<Path>) -> &Self {
        let place = self.path(path);
        fs::create_dir_all(place.parent().expect("a link is in a folder")).unwrap();
        symlink(target, place).unwrap();
        self
    }

    /// Gives a file or a folder a mode.
    pub fn chmod(&self, path: &str, mode: u32) -> &Self {
        chmod(&self.path(path), mode);
        self
    }

    /// Runs a command line of the shell in the repo, with the program on its path.
    #[track_caller]
    pub fn run(&self, line: &str) -> Ran {
        let mut command = self.command("sh");
        self.ran(command.args(["-c", line]), line.to_owned())
    }

    /// Runs a command line in a terminal, in which a person types; what it shows is standard
    /// output.
    #[track_caller]
    pub fn types(&self, line: &str, typed: &str) -> Ran {
        let mut command = self.command("sh");
        let shown = terminal::run(command.args(["-c", line]), typed);
        Ran::shown(line.to_owned(), shown.code, &shown.text, &self.root)
    }

    /// Runs the program in the repo.
    #[track_caller]
    pub fn agentpkg(&self, arguments: &[&str]) -> Ran {
        self.agentpkg_in("", arguments)
    }

    /// Runs the program in a folder.
    #[track_caller]
    pub fn agentpkg_in(&self, folder: impl AsRef<Path>, arguments: &[&str]) -> Ran {
        let mut command = self.command(program());
        command.current_dir(self.path(folder)).args(arguments);
        self.ran(&mut command, format!("agentpkg {}", arguments.join(" ")))
    }

    /// Runs a command that [`Scene::command`] began; `line` says which one it is.
    #[track_caller]
    pub fn ran(&self, command: &mut Command, line: String) -> Ran {
        Ran::of(command, line, &self.root)
    }

    /// Runs git in the repo, and returns what it printed.
    #[track_caller]
    pub fn git(&self, arguments: &[&str]) -> String {
        self.git_in("", arguments)
    }

    /// Runs git in a folder, and returns what it printed.
    #[track_caller]
    pub fn git_in(&self, folder: impl AsRef<Path>, arguments: &[&str]) -> String {
        let mut command = self.command("git");
        command.current_dir(self.path(folder)).args(arguments);
        git(&mut command, b"")
    }

    /// Returns a program, about to run in the repo.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = isolated(program, self.person);
        command.current_dir(self.path("")).stdin(Stdio::null());
        self.home.of(&mut command);
        let registry = self.root.join(self.registry);
        if self.names_registry && registry.exists() {
            command.env("AGENTPKG_REGISTRY", registry);
        }
        command.envs(self.variables.iter().copied());
        command
    }

    /// Checks a file's text.
    #[track_caller]
    pub fn reads(&self, path: &str, text: impl Into<Text>) -> &Self {
        let found = redacted(&self.text(path), &self.root);
        text.into().check(&found, path);
        self
    }

    /// Checks a rule of Claude Code as its template has it: with the line for Copilot, which says
    /// that it leaves the file out, and is no part of `text`.
    #[track_caller]
    pub fn has_rule(&self, path: &str, text: impl Into<Text>) -> &Self {
        let found = self.text(path);
        let line = "excludeAgent: \"coding-agent\"\n";
        assert_eq!(found.matches(line).count(), 1, "`{path}`: {found}");
        let template_s = match found.strip_prefix(FOR_COPILOT) {
            Some(rest) => rest.to_owned(),
            None => found.replacen(line, "", 1),
        };
        text.into().check(&redacted(&template_s, &self.root), path);
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

    /// Returns a file's bytes.
    #[track_caller]
    pub fn read(&self, path: &str) -> Vec<u8> {
        fs::read(self.path(path)).unwrap_or_else(|error| panic!("`{path}`: {error}"))
    }

    /// Returns all that is in the repo, git's and agentpkg's own folders apart.
    pub fn tree(&self) -> Tree {
        let mut tree = self.everything();
        tree.retain(|path, _| !path.starts_with(".agentpkg"));
        tree
    }

    /// Returns all that is in the repo, git's own folder apart.
    pub fn everything(&self) -> Tree {
        tree(&self.repo)
    }

    /// Returns the repo's folder.
    pub fn repo(&self) -> &Path {
        &self.repo
    }

    /// Returns the folder that holds the repo and what lies beside it.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Returns where a path of the repo, or of the scene, lies.
    pub fn path(&self, path: impl AsRef<Path>) -> PathBuf {
        match path.as_ref().strip_prefix("..") {
            Ok(path) => self.root.join(path),
            Err(_) => self.repo.join(path),
        }
    }
}
