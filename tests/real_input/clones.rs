//! A teammate's clone: what git brings is enough, and what it ignores comes back by `install`.

use std::path::Path;

use crate::hooks;
use crate::scene::{Scene, assert_same, git, tree};

/// Commits everything, and clones; returns the clone's name in the scene's outer folder.
fn clone(scene: &Scene, name: &str) -> std::path::PathBuf {
    scene.git(&["add", "-A"]);
    scene.git(&["commit", "-q", "-m", "agents"]);
    let clone = scene.outside().join(name);
    git(
        scene.outside(),
        &[
            "clone",
            "-q",
            scene.repo.to_str().unwrap(),
            clone.to_str().unwrap(),
        ],
    );
    clone
}

#[test]
fn a_clone_needs_no_tool() {
    let scene = Scene::new();
    scene
        .write("src/main.rs", "fn main() {}\n")
        .install()
        .exits(0);
    let clone = clone(&scene, "clone of a teammate");
    assert_same(&scene.files(), &tree(&clone), "cloning");
    scene.run_in(&clone, &["check"]).exits(0);
    hooks::guard_at(&clone, &scene.elsewhere());
    scene
        .run_in(&clone, &["install"])
        .exits(0)
        .prints("nothing to do");
}

#[test]
fn a_clone_without_the_ignored_files_gets_them_from_install() {
    for (ignored, locked) in [
        (".claude/\n", false),
        (".claude\n", true),
        ("/.claude/*\n", false),
        (".claude/hooks/\n", true),
    ] {
        let scene = Scene::new();
        scene
            .write(".gitignore", ignored)
            .install()
            .exits(1)
            .complains("hides");
        let clone = clone(&scene, "clone");
        assert!(!clone.join(".claude/hooks").exists(), "{ignored}");
        scene
            .run_in(&clone, &["check"])
            .exits(1)
            .prints("guard-bash.sh");
        let install: &[&str] = if locked {
            &["install", "--locked"]
        } else {
            &["install"]
        };
        let ran = scene.run_in(&clone, install);
        ran.exits(0).prints("restored");
        assert!(
            !ran.out.contains("git add"),
            "there is nothing to commit:\n{}",
            ran.out
        );
        let mut restored = tree(&clone);
        restored.retain(|path, _| !path.starts_with(".agentpkg"));
        assert_same(&scene.files(), &restored, "cloning and installing");
        scene.run_in(&clone, &["check"]).exits(0);
        hooks::guard_at(&clone, &scene.elsewhere());
        let status = git(&clone, &["status", "--porcelain"]);
        assert_eq!(
            String::from_utf8_lossy(&status.stdout),
            "",
            "nothing to commit after a restore"
        );
        scene
            .run_in(&clone, &["install"])
            .exits(0)
            .prints("nothing to do");
    }
}

#[test]
fn a_clone_with_settings_of_its_own_gets_the_guards_all_the_same() {
    let scene = Scene::new();
    scene
        .write(".gitignore", ".claude/\n")
        .install()
        .exits(1)
        .complains("hides");
    let clone = clone(&scene, "clone");
    std::fs::create_dir_all(clone.join(".claude")).unwrap();
    std::fs::write(clone.join(".claude/settings.json"), "{\"model\": \"x\"}\n").unwrap();
    scene
        .run_in(&clone, &["install"])
        .exits(0)
        .prints("restored");
    let settings = std::fs::read_to_string(clone.join(".claude/settings.json")).unwrap();
    assert!(
        settings.contains("\"model\": \"x\"") && settings.contains("guard-bash.sh"),
        "{settings}"
    );
    hooks::guard_at(&clone, &scene.elsewhere());
    // Once they were there, what is taken out is out on purpose.
    std::fs::write(clone.join(".claude/settings.json"), "{\"model\": \"x\"}\n").unwrap();
    scene.run_in(&clone, &["install"]).exits(0).prints("kept");
}

#[test]
fn a_clone_of_windows_line_ends_is_what_was_installed() {
    let scene = Scene::new();
    scene.write("CLAUDE.md", "# Ours\n").install().exits(0);
    let clone = clone(&scene, "clone");
    // What `core.autocrlf` makes of a checkout.
    for (path, _) in tree(&clone).into_iter().filter(|(path, _)| is_text(path)) {
        let text = std::fs::read_to_string(clone.join(&path)).unwrap();
        std::fs::write(clone.join(&path), text.replace('\n', "\r\n")).unwrap();
    }
    let before = tree(&clone);
    scene.run_in(&clone, &["check"]).exits(0);
    scene.run_in(&clone, &["install"]).exits(0);
    let mut after = tree(&clone);
    after.retain(|path, _| !path.starts_with(".agentpkg"));
    // The lock is the program's own; git takes its line ends for the same.
    after.insert(
        "agentpkg.lock".into(),
        before[Path::new("agentpkg.lock")].clone(),
    );
    assert_same(&before, &after, "install");
}

fn is_text(path: &Path) -> bool {
    path.extension().is_some_and(|extension| {
        extension == "md" || extension == "json" || extension == "toml" || extension == "lock"
    })
}
