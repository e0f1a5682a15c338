//! The loop with real releases: a team makes each release's changes in its repo, offers them, and
//! the next release brings them home; two other repos have them in their own words.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use crate::made;
use crate::{CHANGED, Changed, STEPS, mapped};

/// The repos: the one that offers, and two with other answers.
const REPOS: [&str; 3] = ["offers", "same", "others"];

/// Templates, a registry and repos in a folder of their own.
struct Scene {
    folder: TempDir,
}

impl Scene {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// Runs the program in a folder, and returns its exit code with all that it printed.
    fn run(&self, place: &str, arguments: &[&str]) -> (Option<i32>, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_agentpkg"));
        command
            .args(arguments)
            .current_dir(self.path(place))
            .env_clear();
        command
            .env("PATH", std::env::var("PATH").unwrap_or_default())
            .env("HOME", self.path(""))
            .env("NO_COLOR", "1");
        command
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1");
        for who in ["AUTHOR", "COMMITTER"] {
            command
                .env(format!("GIT_{who}_NAME"), "A developer")
                .env(format!("GIT_{who}_EMAIL"), "dev@example.org");
        }
        let output = command.output().unwrap();
        let text = [output.stdout, output.stderr]
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .concat();
        (output.status.code(), text)
    }

    #[track_caller]
    fn succeeds(&self, place: &str, arguments: &[&str]) -> String {
        let (code, text) = self.run(place, arguments);
        assert_eq!(code, Some(0), "{arguments:?}\n{text}");
        text
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Publishes the template as it is in its folder.
    fn publish(&self, version: &str) {
        let manifest =
            made::MANIFEST.replace("version = \"1.0.0\"", &format!("version = \"{version}\""));
        self.write("templates/made/template.toml", &manifest);
        let changelog = self.path("templates/made/CHANGELOG.md");
        let text = fs::read_to_string(&changelog)
            .unwrap_or_default()
            .replace("## [Unreleased]", "## [0.0.1]");
        fs::write(
            changelog,
            format!("## [{version}]\n\n- What changed.\n\n{text}"),
        )
        .unwrap();
        self.succeeds("", &["publish", "templates/made", "--registry", "registry"]);
    }
}

/// The real files of a step that can be the files of a template here: Markdown, which no lint or
/// launcher has a word on.
fn changed(step: usize) -> BTreeMap<String, &'static Changed> {
    let of_step = CHANGED
        .iter()
        .filter(|file| file.step == step && file.path.ends_with(".md"));
    of_step
        .map(|file| (file.path.replace('/', "-"), file))
        .collect()
}

#[test]
#[ignore = "needs AGENTPKG_CORPUS"]
fn real_changes_come_home() {
    let mut came = 0;
    for (step, (_, to)) in STEPS.into_iter().enumerate() {
        let files = changed(step);
        let scene = Scene::new();
        for (path, file) in &files {
            scene.write(
                &format!("templates/made/rules/{path}.jinja"),
                &file.made.source,
            );
        }
        scene.write("templates/made/README.md", "# Made\n");
        scene.publish("1.0.0");
        for (repo, own) in REPOS.into_iter().zip([true, true, false]) {
            fs::create_dir(scene.path(repo)).unwrap();
            Command::new("git")
                .args(["init", "-q"])
                .arg(scene.path(repo))
                .status()
                .unwrap();
            let mut arguments = vec![
                "install".to_owned(),
                "made".to_owned(),
                "--registry".to_owned(),
                "../registry".to_owned(),
            ];
            for (key, answer) in made::answers(own) {
                arguments.extend(["--set".to_owned(), format!("{key}={}", answer.to_set())]);
            }
            scene.succeeds(
                repo,
                &arguments.iter().map(String::as_str).collect::<Vec<_>>(),
            );
        }
        // Each change that can be mapped unasked is made in the one repo; the others are this
        // team's own.
        let offered: BTreeMap<&String, Vec<usize>> = files
            .iter()
            .map(|(path, file)| (path, mapped(file)))
            .collect();
        for (path, file) in &files {
            scene.write(
                &format!("offers/.claude/rules/made/{path}"),
                &file.made.rendered(true, &offered[path]),
            );
        }
        scene.succeeds(
            "offers",
            &[
                "contribute",
                "-m",
                &format!("What {to} brought"),
                "--output",
                "../change.patch",
            ],
        );
        scene.succeeds("", &["proposals", "apply", "change.patch"]);
        scene.publish("1.1.0");
        for (repo, own) in REPOS.into_iter().zip([true, true, false]) {
            let said = scene.succeeds(repo, &["upgrade"]);
            assert_eq!(said.contains("came home"), repo == "offers", "{said}");
            assert_eq!(
                scene.succeeds(repo, &["diff"]),
                "no changes to what the templates wrote\n",
                "{repo}"
            );
            for (path, file) in &files {
                let text = scene.read(&format!("{repo}/.claude/rules/made/{path}"));
                assert_eq!(
                    text,
                    file.made.rendered(own, &offered[path]),
                    "{repo}: {path}"
                );
            }
        }
        came += offered.values().map(Vec::len).sum::<usize>();
    }
    assert!(came >= 300, "{came} changes came home");
    println!("{came} changes came home");
}
