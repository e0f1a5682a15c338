//! What once went wrong, and holds since: the binary in a temporary folder, a sentence a case.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// A registry, repos that use it, and nobody to ask.
struct Scene(TempDir);

/// What a command said, on one line, and its exit code.
struct Ran {
    code: i32,
    said: String,
}

impl Scene {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    fn edit(&self, path: &str, from: &str, to: &str) {
        let text = self.read(path);
        assert!(text.contains(from), "{path} has no {from:?}:\n{text}");
        self.write(path, &text.replacen(from, to, 1));
    }

    /// Publishes `NAME VERSION` to `registry`.
    #[track_caller]
    fn publish_to(&self, registry: &str, release: &str, manifest: &str, files: &[(&str, &str)]) {
        let (name, version) = release.split_once(' ').unwrap();
        let folder = format!("source/{registry}/{name}-{version}");
        let about = format!("[template]\nname = \"{name}\"\nversion = \"{version}\"\ndescription = \"d\"\n");
        self.write(&format!("{folder}/template.toml"), &format!("{about}{manifest}"));
        self.write(&format!("{folder}/README.md"), "r\n");
        self.write(&format!("{folder}/CHANGELOG.md"), &format!("## [{version}]\n- x\n"));
        for (path, text) in files {
            self.write(&format!("{folder}/{path}"), text);
        }
        let ran = self.run(".", &["publish", &folder, "--registry", registry]);
        assert_eq!(ran.code, 0, "{}", ran.said);
    }

    #[track_caller]
    fn publish(&self, release: &str, manifest: &str, files: &[(&str, &str)]) {
        self.publish_to("registry", release, manifest, files);
    }

    fn run(&self, folder: &str, arguments: &[&str]) -> Ran {
        let here = self.path(folder);
        fs::create_dir_all(&here).unwrap();
        let output = command(Path::new(env!("CARGO_BIN_EXE_agentpkg")), &here, self.0.path(), arguments);
        let text = [output.stdout, output.stderr].concat();
        let text = String::from_utf8(text)
            .unwrap()
            .replace(&fs::canonicalize(self.0.path()).unwrap().display().to_string(), "");
        let said = text.split_whitespace().collect::<Vec<_>>().join(" ");
        Ran { code: output.status.code().unwrap(), said }
    }

    /// Installs from the registry, quietly expecting it to work.
    #[track_caller]
    fn install(&self, repo: &str, arguments: &[&str]) {
        let registry = self.path("registry").display().to_string();
        let mut all = vec!["install"];
        all.extend(arguments);
        if !self.path(repo).join("agentpkg.toml").exists() {
            all.extend(["--registry", &registry]);
        }
        let ran = self.run(repo, &all);
        assert_eq!(ran.code, 0, "{}", ran.said);
    }

    #[track_caller]
    fn git(&self, folder: &str, arguments: &[&str]) -> String {
        let here = self.path(folder);
        fs::create_dir_all(&here).unwrap();
        let output = command(Path::new("git"), &here, self.0.path(), arguments);
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}

/// Runs a program that knows nothing of this machine's configuration.
fn command(program: &Path, here: &Path, home: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(program);
    command.current_dir(here).env("HOME", home).env("XDG_CONFIG_HOME", home.join("none")).env("CI", "true");
    command.env("GIT_CONFIG_NOSYSTEM", "1").env_remove("AGENTPKG_REGISTRY").args(arguments).output().unwrap()
}

impl Ran {
    #[track_caller]
    fn says(&self, code: i32, parts: &[&str]) -> &Self {
        for part in parts {
            assert!(self.said.contains(part), "not said: {part}\n{}", self.said);
        }
        assert_eq!(self.code, code, "{}", self.said);
        self
    }

    #[track_caller]
    fn never(&self, part: &str) -> &Self {
        assert!(!self.said.contains(part), "said: {part}\n{}", self.said);
        self
    }
}

const NOTHING: &str = "nothing to do";

#[test]
fn carriage_returns_that_git_put_in_are_no_change() {
    let scene = Scene::new();
    scene.publish("a 1.0.0", "", &[("rules/a.md", "a\n")]);
    scene.install("repo", &["a"]);
    for file in ["repo/agentpkg.toml", "repo/agentpkg.lock"] {
        let text = scene.read(file).replace('\n', "\r\n");
        scene.write(file, &text);
        scene.run("repo", &["install"]).says(0, &[NOTHING]);
        scene.run("repo", &["install", "--locked"]).says(0, &[NOTHING]);
        assert_eq!(scene.read(file), text);
    }
}

#[test]
fn a_template_can_be_removed_together_with_its_registry() {
    let scene = Scene::new();
    scene.publish("a 1.0.0", "", &[("rules/a.md", "a\n")]);
    scene.publish_to("lab", "b 1.0.0", "", &[("rules/b.md", "b\n")]);
    scene.install("repo", &["a"]);
    let before = scene.read("repo/agentpkg.toml");
    let entry = "b = { version = \"^1\", registry = \"lab\" }\n";
    scene.write("repo/agentpkg.toml", &format!("{before}{entry}[registries.lab]\nurl = \"../lab\"\n"));
    scene.install("repo", &[]);
    scene.write("repo/agentpkg.toml", &before);
    scene.run("repo", &["install"]).says(0, &["removed b 1.0.0"]);
    assert!(!scene.path("repo/.claude/rules/b").exists());
}

#[test]
fn a_template_can_be_removed_after_its_registry_lost_it() {
    let scene = Scene::new();
    scene.publish("a 1.0.0", "", &[("rules/a.md", "a\n")]);
    scene.publish("b 1.0.0", "", &[("rules/b.md", "b\n")]);
    scene.install("repo", &["a", "b"]);
    fs::remove_file(scene.path("registry/index/b.json")).unwrap();
    scene.run("repo", &["install"]).says(2, &["no template named `b`"]);
    scene.edit("repo/agentpkg.toml", "b = \"^1.0\"\n", "");
    scene.run("repo", &["install"]).says(0, &["removed b 1.0.0"]);
}

#[test]
fn a_release_that_its_registry_lost_moves_nobody() {
    let scene = Scene::new();
    scene.publish("a 1.0.0", "", &[("rules/a.md", "a\n")]);
    scene.install("repo", &["a"]);
    fs::remove_dir_all(scene.path("registry")).unwrap();
    scene.publish("a 1.1.0", "", &[("rules/a.md", "a\n")]);
    scene.run("repo", &["install"]).says(2, &["`a` 1.0.0 is locked", "agentpkg install a@^1"]);
}

#[test]
fn a_registry_with_two_names_is_one_registry() {
    let scene = Scene::new();
    scene.publish("a 1.0.0", "[dependencies]\nd = \"^1\"\n", &[("rules/a.md", "a\n")]);
    scene.publish("d 1.0.0", "", &[("rules/d.md", "d\n")]);
    let other = "[registries.alab]\nurl = \"../registry\"\n";
    let rest = "[registries.default]\nurl = \"../registry\"\n[templates]\na = \"^1\"\n";
    scene.write("repo/agentpkg.toml", &format!("{other}{rest}"));
    scene.install("repo", &[]);
    assert_eq!(scene.read("repo/agentpkg.lock").matches("registry = \"default\"").count(), 2);
    scene.publish("a 1.1.0", "", &[("rules/a.md", "news\n")]);
    // What is locked stays, whatever its registry is called.
    scene.edit("repo/agentpkg.toml", "a = \"^1\"", "a = { version = \"^1\", registry = \"alab\" }");
    scene.install("repo", &[]);
    scene.edit("repo/agentpkg.toml", "alab", "blab");
    scene.edit("repo/agentpkg.toml", "alab", "blab");
    scene.install("repo", &[]);
    assert!(scene.read("repo/agentpkg.lock").contains("a = { version = \"1.0.0\", registry = \"blab\""));
    assert_eq!(scene.read("repo/.claude/rules/a/a.md"), "a\n");
}

#[test]
fn another_registry_on_the_command_line_is_told_from_a_second_one() {
    let scene = Scene::new();
    scene.publish("a 1.0.0", "", &[("rules/a.md", "a\n")]);
    scene.publish_to("second", "q 1.0.0", "", &[("rules/q.md", "q\n")]);
    scene.install("repo", &["a"]);
    let ran = scene.run("repo", &["install", "q", "--registry", "../second"]);
    ran.says(
        2,
        &["no template named `a` in `../second`", "`--registry` takes the place of the registry in `agentpkg.toml`"],
    );
    ran.says(2, &["add `[registries.lab]` with `url = \"/second\"`", "`q = { version = \"*\", registry = \"lab\" }`"]);
    // The same where the other registry has the template, and not the release.
    scene.publish_to("second", "a 2.0.0", "", &[("rules/a.md", "a\n")]);
    scene
        .run("repo", &["install", "q", "--registry", "../second"])
        .says(2, &["second registry"])
        .never("another release");
    let text = scene.read("repo/agentpkg.toml");
    let text = format!("{text}q = {{ version = \"*\", registry = \"lab\" }}\n[registries.lab]\nurl = \"../second\"\n");
    scene.write("repo/agentpkg.toml", &text);
    scene.run("repo", &["install"]).says(0, &["installed q 1.0.0"]);
}
