//! Where a repository is: no git, a part of a monorepo, a folder of any name.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use support::{Scene, assert_same, tree};

use super::starter::{self, INSTALL, Starter};

const SETTINGS: &str = ".claude/settings.json";

#[test]
fn a_folder_without_git_will_do() {
    let scene = starter::plain("plain");
    scene.there_and_back();
    scene.agentpkg(&["check"]).exits(0);
}

/// A monorepo with a part that has instructions of its own.
fn monorepo() -> Scene {
    let scene = starter::empty();
    scene
        .write("CLAUDE.md", "# All\n")
        .write("services/ledger/CLAUDE.md", "# Ledger\n")
        .folder("services/ledger/src");
    scene
}

#[test]
fn a_part_without_a_manifest_belongs_to_the_whole() {
    let scene = monorepo();
    let ran = scene.agentpkg_in(scene.path("services/ledger/src"), INSTALL);
    ran.exits(0).shows("[SCENE]/repo");
    assert!(scene.text("CLAUDE.md").contains("BEGIN agentpkg"));
    assert_eq!(scene.text("services/ledger/CLAUDE.md"), "# Ledger\n");
    assert!(scene.path(SETTINGS).exists() && !scene.path("services/ledger/.claude").exists());
    scene
        .agentpkg_in(scene.path("services/ledger/src"), &["check"])
        .exits(0);
}

#[test]
fn a_part_with_a_manifest_is_a_repository_of_its_own() {
    let scene = monorepo();
    scene.write(
        "services/ledger/agentpkg.toml",
        "# Ledger's own\n[templates]\norg-baseline = \"^1\"\n",
    );
    let ran = scene.agentpkg_in(
        scene.path("services/ledger/src"),
        &["install", "--set", "team=payments"],
    );
    ran.exits(0).shows("services/ledger");
    assert!(
        scene
            .text("services/ledger/CLAUDE.md")
            .starts_with("# Ledger\n\n<!-- BEGIN agentpkg")
    );
    assert!(
        scene
            .text("services/ledger/agentpkg.toml")
            .contains("# Ledger's own\n[templates]\n")
    );
    assert_eq!(scene.text("CLAUDE.md"), "# All\n");
    assert!(
        scene.path("services/ledger").join(SETTINGS).exists() && !scene.path(".claude").exists()
    );
    scene
        .agentpkg_in(scene.path("services/ledger"), &["check"])
        .exits(0);
    scene
        .agentpkg_in(scene.path("services/ledger/src"), &["undo"])
        .exits(0);
    assert!(!scene.path("services/ledger/.claude").exists());
}

#[test]
fn a_part_that_is_named_is_taken_as_it_is() {
    let scene = monorepo();
    let before = scene.tree();
    for (from, named) in [
        (scene.repo().to_path_buf(), "services/ledger"),
        (scene.path("services/ledger/src"), ".."),
        (scene.path("services"), "./ledger/../ledger/"),
        (scene.elsewhere(), "../repo/services/ledger"),
    ] {
        scene
            .agentpkg_in(&from, &[INSTALL, &["--repo", named]].concat())
            .exits(0);
        assert_eq!(scene.text("CLAUDE.md"), "# All\n");
        assert!(
            scene
                .text("services/ledger/CLAUDE.md")
                .contains("BEGIN agentpkg")
        );
        assert!(!scene.path(".claude").exists() && !scene.path("agentpkg.toml").exists());
        scene
            .agentpkg_in(&from, &["check", "--repo", named])
            .exits(0);
        scene
            .agentpkg_in(&from, &["undo", "--repo", named])
            .exits(0);
        let mut after = scene.tree();
        after.retain(|path, _| !path.starts_with("services/ledger/.agentpkg"));
        assert_same(&before, &after, "undo");
    }
}

#[test]
fn a_named_folder_that_is_absent_is_created() {
    let scene = starter::plain("repo");
    scene
        .agentpkg(&[INSTALL, &["--repo", "new/deep one"]].concat())
        .exits(0);
    assert!(scene.path("new/deep one").join(SETTINGS).exists());
    scene
        .agentpkg(&["check", "--repo", "new/deep one"])
        .exits(0);
}

#[test]
fn a_named_folder_stays_absent_when_nothing_is_installed() {
    let scene = starter::plain("repo");
    let before = tree(scene.root());
    scene
        .agentpkg(&["install", "no-such-template", "--repo", "new/deep"])
        .exits(2);
    scene.agentpkg(&["install", "--repo", "new/deep"]).exits(2);
    scene
        .agentpkg(&[INSTALL, &["--dry-run", "--repo", "new/deep"]].concat())
        .exits(0);
    assert_same(&before, &tree(scene.root()), "what was not done");
}

#[test]
fn a_name_of_any_kind_will_do() {
    for name in [
        "with spaces",
        "Größe № ۱ 日本 🚀",
        "e\u{301}",
        "it's \"quoted\" `whoami` $HOME \\ *?[x]",
        "-dash",
        "two\nlines",
        "%s{}",
    ] {
        let scene = starter::named(name);
        scene
            .write(SETTINGS, "{\"model\": \"x\"}\n")
            .there_and_back();
        scene.agentpkg(&["check"]).exits(0);
        super::hooks::guard(&scene);
    }
}

#[test]
fn a_name_that_is_no_text_will_do() {
    let scene = starter::named(OsStr::from_bytes(b"repo-\xff\xfe"));
    scene.there_and_back();
    scene.agentpkg(&["check", "--json"]).exits(0);
    scene.agentpkg(&["status"]).exits(0);
    super::hooks::guard(&scene);
}

#[test]
fn files_beside_whose_names_are_no_text_are_no_hindrance() {
    let scene = starter::empty();
    scene.folder(".claude/rules/org-baseline");
    for folder in ["", ".claude", ".claude/rules/org-baseline"] {
        std::fs::write(
            scene.path(folder).join(OsStr::from_bytes(b"\xff.md")),
            "ours",
        )
        .unwrap();
    }
    scene.there_and_back();
}

#[test]
fn the_repository_may_be_reached_by_a_link() {
    let scene = starter::empty();
    let alias = scene.root().join("alias");
    std::os::unix::fs::symlink(scene.repo(), &alias).unwrap();
    scene.agentpkg_in(&alias, INSTALL).exits(0);
    assert!(scene.path(SETTINGS).exists());
    scene
        .agentpkg_in(scene.root(), &["check", "--repo", "alias"])
        .exits(0);
    assert!(Path::new(&alias).is_symlink());
}

#[test]
fn what_is_written_has_the_rights_that_were_there() {
    let scene = starter::empty();
    scene
        .write(SETTINGS, "{\"env\": {\"TOKEN\": \"x\"}}\n")
        .chmod(SETTINGS, 0o600);
    scene
        .write("CLAUDE.md", "# Ours\n")
        .chmod("CLAUDE.md", 0o664);
    let mode =
        |path| std::os::unix::fs::MetadataExt::mode(&scene.path(path).metadata().unwrap()) & 0o777;
    scene.install().exits(0);
    assert_eq!((mode(SETTINGS), mode("CLAUDE.md")), (0o600, 0o664));
    scene.agentpkg(&["undo"]).exits(0);
    assert_eq!((mode(SETTINGS), mode("CLAUDE.md")), (0o600, 0o664));
}
