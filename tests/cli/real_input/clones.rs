//! A teammate's clone: what git brings is enough, and what it ignores comes back by `install`.

use std::path::{Path, PathBuf};

use support::{Scene, assert_same, tree};

use super::hooks;
use super::starter::{self, Starter};

/// Commits everything, and clones; returns where the clone of this name is.
fn clone(scene: &Scene, name: &str) -> PathBuf {
    scene.git(&["add", "-A"]);
    scene.git(&["commit", "-q", "-m", "agents"]);
    let clone = scene.root().join(name);
    let [from, to] = [scene.repo(), &clone].map(|path| path.to_str().unwrap());
    scene.git(&["clone", "-q", from, to]);
    clone
}

#[test]
fn a_clone_needs_no_tool() {
    let scene = starter::empty();
    scene
        .write("src/main.rs", "fn main() {}\n")
        .install()
        .exits(0);
    let clone = clone(&scene, "clone of a teammate");
    assert_same(&scene.tree(), &tree(&clone), "cloning");
    scene.agentpkg_in(&clone, &["check"]).exits(0);
    hooks::guard_at(&clone, &scene.elsewhere());
    scene
        .agentpkg_in(&clone, &["install"])
        .exits(0)
        .shows("nothing to do");
}

#[test]
fn a_clone_without_the_ignored_files_gets_them_from_install() {
    for (ignored, locked) in [
        (".claude/\n", false),
        (".claude\n", true),
        ("/.claude/*\n", false),
        (".claude/hooks/\n", true),
    ] {
        let scene = starter::empty();
        scene
            .write(".gitignore", ignored)
            .install()
            .exits(1)
            .complains("hides");
        let clone = clone(&scene, "clone");
        assert!(!clone.join(".claude/hooks").exists(), "{ignored}");
        scene
            .agentpkg_in(&clone, &["check"])
            .exits(1)
            .shows("guard-bash.sh");
        let install: &[&str] = if locked {
            &["install", "--locked"]
        } else {
            &["install"]
        };
        let ran = scene.agentpkg_in(&clone, install);
        ran.exits(0).shows("restored");
        assert!(
            !ran.stdout.contains("git add"),
            "there is nothing to commit:\n{}",
            ran.stdout
        );
        let mut restored = tree(&clone);
        restored.retain(|path, _| !path.starts_with(".agentpkg"));
        assert_same(&scene.tree(), &restored, "cloning and installing");
        scene.agentpkg_in(&clone, &["check"]).exits(0);
        hooks::guard_at(&clone, &scene.elsewhere());
        let status = scene.git_in(&clone, &["status", "--porcelain"]);
        assert_eq!(status, "", "nothing to commit after a restore");
        scene
            .agentpkg_in(&clone, &["install"])
            .exits(0)
            .shows("nothing to do");
    }
}

#[test]
fn a_clone_with_settings_of_its_own_gets_the_guards_all_the_same() {
    let scene = starter::empty();
    scene
        .write(".gitignore", ".claude/\n")
        .install()
        .exits(1)
        .complains("hides");
    let clone = clone(&scene, "clone");
    std::fs::create_dir_all(clone.join(".claude")).unwrap();
    std::fs::write(clone.join(".claude/settings.json"), "{\"model\": \"x\"}\n").unwrap();
    scene
        .agentpkg_in(&clone, &["install"])
        .exits(0)
        .shows("restored");
    let settings = std::fs::read_to_string(clone.join(".claude/settings.json")).unwrap();
    assert!(
        settings.contains("\"model\": \"x\"") && settings.contains("/guard-bash "),
        "{settings}"
    );
    hooks::guard_at(&clone, &scene.elsewhere());
    // Once they were there, what is taken out is out on purpose.
    std::fs::write(clone.join(".claude/settings.json"), "{\"model\": \"x\"}\n").unwrap();
    scene
        .agentpkg_in(&clone, &["install"])
        .exits(0)
        .shows("kept");
}

#[test]
fn a_clone_of_windows_line_ends_is_what_was_installed() {
    let scene = starter::empty();
    scene.write("CLAUDE.md", "# Ours\n").install().exits(0);
    let clone = clone(&scene, "clone");
    // What `core.autocrlf` makes of a checkout.
    for (path, _) in tree(&clone).into_iter().filter(|(path, _)| is_text(path)) {
        let text = std::fs::read_to_string(clone.join(&path)).unwrap();
        std::fs::write(clone.join(&path), text.replace('\n', "\r\n")).unwrap();
    }
    let before = tree(&clone);
    scene.agentpkg_in(&clone, &["check"]).exits(0);
    scene.agentpkg_in(&clone, &["install"]).exits(0);
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
