//! The loop with real releases: a team makes each release's changes in its repo, offers them, and
//! the next release brings them home; two other repos have them in their own words.

use std::collections::BTreeMap;
use std::fs;

use support::real_changes::{CHANGED, Changed, STEPS, mapped};
use support::{Scene, made};

/// The repos: the one that offers, and two with other answers.
const REPOS: [&str; 3] = ["offers", "same", "others"];

/// A scene of a platform team's and three others' repos. What is in them runs nothing, so nobody
/// has to be trusted.
fn scene() -> Scene {
    Scene::builder()
        .without_git()
        .untrusting()
        .without_default_registry()
        .by("A developer", "dev@example.org")
        .build()
}

#[track_caller]
fn succeeds(scene: &Scene, place: &str, arguments: &[&str]) -> String {
    let ran = scene.agentpkg_in(format!("../{place}"), arguments);
    ran.succeeds();
    ran.stdout + &ran.stderr
}

/// Publishes the template as it is in its folder.
fn publish(scene: &Scene, version: &str) {
    let manifest =
        made::MANIFEST.replace("version = \"1.0.0\"", &format!("version = \"{version}\""));
    scene.write("../templates/made/template.toml", manifest);
    let changelog = "../templates/made/CHANGELOG.md";
    let text = fs::read_to_string(scene.path(changelog))
        .unwrap_or_default()
        .replace("## [Unreleased]", "## [0.0.1]");
    scene.write(
        changelog,
        format!("## [{version}]\n\n- What changed.\n\n{text}"),
    );
    scene.publish("made", "registry");
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
        let scene = scene();
        for (path, file) in &files {
            scene.write(
                &format!("../templates/made/rules/{path}.jinja"),
                &file.made.source,
            );
        }
        scene.write("../templates/made/README.md", "# Made\n");
        publish(&scene, "1.0.0");
        for (repo, own) in REPOS.into_iter().zip([true, true, false]) {
            scene.git(&["init", "-q", &format!("../{repo}")]);
            let mut arguments = vec![
                "install".to_owned(),
                "made".to_owned(),
                "--registry".to_owned(),
                "../registry".to_owned(),
            ];
            for (key, answer) in made::answers(own) {
                arguments.extend(["--set".to_owned(), format!("{key}={}", answer.to_set())]);
            }
            succeeds(
                &scene,
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
                &format!("../offers/.claude/rules/made/{path}"),
                file.made.rendered(true, &offered[path]),
            );
        }
        succeeds(
            &scene,
            "offers",
            &[
                "contribute",
                "-m",
                &format!("What {to} brought"),
                "--output",
                "../change.patch",
            ],
        );
        succeeds(&scene, "", &["proposals", "apply", "change.patch"]);
        publish(&scene, "1.1.0");
        for (repo, own) in REPOS.into_iter().zip([true, true, false]) {
            let said = succeeds(&scene, repo, &["upgrade"]);
            assert_eq!(said.contains("came home"), repo == "offers", "{said}");
            assert_eq!(
                succeeds(&scene, repo, &["diff"]),
                "no changes to what the templates wrote\n",
                "{repo}"
            );
            for (path, file) in &files {
                let text = scene.text(&format!("../{repo}/.claude/rules/made/{path}"));
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
