//! SIGKILL at every system call: once the next writing command has run, the tree is as before or as
//! after.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use support::{Scene, Tree, program, strace};

/// A scene with no memory of anything and nobody to ask. Some hundred repos are copied in it, which
/// is too much for memory.
fn scene() -> Scene {
    Scene::builder()
        .without_git()
        .untrusting()
        .without_default_registry()
        .with("CI", "true")
        .on_disk()
        .build()
}

/// Everything but agentpkg's own and git's.
fn tree(root: &Path) -> Tree {
    let mut tree = support::tree(root);
    tree.retain(|path, _| !path.starts_with(".agentpkg"));
    tree
}

fn copy(from: &Path, to: &Path) {
    let status = Command::new("cp")
        .arg("-a")
        .arg(from)
        .arg(to)
        .status()
        .unwrap();
    assert!(status.success());
}

/// System calls that change nothing and come by the hundred: killing at one of each hundred is as
/// good as at all.
const READING: [&str; 14] = [
    "brk",
    "mmap",
    "munmap",
    "mprotect",
    "madvise",
    "statx",
    "lseek",
    "fstat",
    "sigaltstack",
    "rt_sigaction",
    "read",
    "readlink",
    "close",
    "poll",
];

/// Kills `arguments` at each system call and checks what the next writing command finds. Returns
/// the folders in which something was left half-way.
fn kill_everywhere(scene: &Scene, prepared: &Path, arguments: &[&str]) -> Vec<PathBuf> {
    let whole = scene.path("../whole");
    copy(prepared, &whole);
    let before = tree(prepared);
    let calls = strace::calls(scene, &whole, arguments);
    let after = tree(&whole);
    assert_ne!(before, after, "the command has to do something");
    let mut half_way = Vec::new();
    let mut kills = 0;
    for (name, count) in calls {
        let step = if READING.contains(&name.as_str()) {
            1 + count / 8
        } else {
            1
        };
        for when in (1..=count).step_by(step) {
            let repo = scene.path(format!("../{name}-{when}"));
            copy(prepared, &repo);
            strace::killed_at(scene, &repo, arguments, &name, when);
            kills += 1;
            let interrupted = repo.join(".agentpkg/journal").exists();
            if interrupted {
                let half = scene.path(format!("../half-{name}-{when}"));
                copy(&repo, &half);
                half_way.push(half);
            }
            let next = scene.agentpkg_in(&repo, &["install"]);
            let found = tree(&repo);
            assert!(
                found == before || found == after,
                "killed at {name} {when}: neither before nor after; then: {}",
                next.all()
            );
            let committed = interrupted || prepared.join(".agentpkg/journal").exists();
            assert!(
                !committed || found == after,
                "killed at {name} {when}: a committed plan is finished"
            );
            fs::remove_dir_all(&repo).unwrap();
        }
    }
    assert!(kills > 100, "only {kills} system calls were met");
    assert!(!half_way.is_empty(), "nothing was ever left half-way");
    half_way
}

/// A scene whose repo has instructions and settings of its own.
fn repo() -> Scene {
    let scene = scene();
    scene.write("CLAUDE.md", "# Ours\r\n").write(
        ".claude/settings.json",
        "{\n    \"permissions\": { \"deny\": [\"Read(./.env)\"] }\n}",
    );
    scene
}

const FIRST: [&str; 4] = ["install", "org-baseline@1.0.0", "--set", "team=payments"];

#[test]
#[ignore = "runs strace some hundred times"]
fn a_first_install_killed_anywhere() {
    let scene = repo();
    kill_everywhere(&scene, scene.repo(), &FIRST);
}

#[test]
#[ignore = "runs strace some hundred times"]
fn an_update_killed_anywhere_and_its_recovery_killed_anywhere() {
    let scene = repo();
    scene.agentpkg(&FIRST).succeeds();
    let half_way = kill_everywhere(&scene, scene.repo(), &["install", "org-baseline@1.1.0"]);
    // The recovery is killed too, from an early, a middle and a late stop.
    for half in [0, half_way.len() / 2, half_way.len() - 1] {
        kill_everywhere(&self::scene(), &half_way[half], &["install"]);
    }
}

const UPGRADE: [&str; 2] = ["upgrade", "org-baseline@=1.1.0"];

/// A repo at 1.0.0 with a file edited beside upstream's changes, one at the line of one, and one
/// deleted.
fn edited() -> Scene {
    let scene = repo();
    scene.agentpkg(&FIRST).succeeds();
    let guard = ".claude/hooks/org-baseline/guard-bash.awk";
    let longer = scene.text(guard) + "# ours\n";
    scene
        .write(guard, longer)
        .replace(
            ".claude/rules/org-baseline/git-workflow.md",
            "first push names",
            "very first push names",
        )
        .replace("CLAUDE.md", "# Ours", "# Ours, later");
    fs::remove_file(scene.path(".claude/rules/org-baseline/security.md")).unwrap();
    // The deletion is remembered.
    scene.agentpkg(&["install"]).succeeds();
    scene
}

#[test]
#[ignore = "runs strace some hundred times"]
fn an_upgrade_with_edits_and_a_conflict_killed_anywhere() {
    let scene = edited();
    let upgraded = scene.path("../upgraded");
    copy(scene.repo(), &upgraded);
    let ran = scene.agentpkg_in(&upgraded, &UPGRADE);
    assert_eq!(ran.code, Some(1), "there is a conflict");
    let script = scene.text("../upgraded/.claude/hooks/org-baseline/guard-bash.awk");
    assert!(script.contains("judge_interpreter") && script.ends_with("# ours\n"));
    kill_everywhere(&scene, scene.repo(), &UPGRADE);
}

#[test]
#[ignore = "starts some hundred processes"]
fn two_upgrades_at_once_are_one() {
    let scene = edited();
    let whole = scene.path("../whole");
    copy(scene.repo(), &whole);
    let _ = scene.agentpkg_in(&whole, &UPGRADE);
    let after = tree(&whole);
    let mut waited = 0;
    for round in 0..60 {
        let repo = scene.path(format!("../round-{round}"));
        copy(scene.repo(), &repo);
        let start = || {
            let mut command = scene.command(program());
            command
                .current_dir(&repo)
                .args(UPGRADE)
                .stdout(Stdio::piped())
                .stderr(Stdio::piped());
            command.spawn().unwrap()
        };
        let both = [start(), start()].map(|process| process.wait_with_output().unwrap());
        assert_eq!(tree(&repo), after, "round {round}");
        let codes = both.each_ref().map(|output| output.status.code());
        assert!(codes.contains(&Some(1)), "{codes:?}: one has done it");
        // The other came too late: the conflict is open, or the first was still at it.
        let refused = both.iter().filter(|output| output.status.code() == Some(2));
        waited += refused.count();
        assert!(!repo.join(".agentpkg/journal").exists());
    }
    assert!(waited > 0, "none came in between");
}

#[test]
#[ignore = "runs strace some hundred times"]
fn an_undo_killed_anywhere() {
    let scene = repo();
    scene.agentpkg(&FIRST).succeeds();
    kill_everywhere(&scene, scene.repo(), &["undo"]);
}

/// Runs the program in a new folder, and returns how often something was made durable.
fn syncs(scene: &Scene, folder: &str, arguments: &[&str]) -> usize {
    scene.folder(folder);
    let calls = strace::calls(scene, &scene.path(folder), arguments);
    let syncs = ["fsync", "fdatasync", "syncfs", "sync"];
    syncs.iter().filter_map(|call| calls.get(*call)).sum()
}

#[test]
#[ignore = "runs strace"]
fn the_number_of_syncs_is_constant() {
    let scene = scene();
    let rules: Vec<(String, String)> = (0..500)
        .map(|number| (format!("rules/{number}.md"), format!("{number}\n")))
        .collect();
    let files: Vec<(&str, &str)> = rules
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    scene.write_source("large", "1.0.0", &files);
    scene.publish("large", "registry");
    let small = syncs(&scene, "../small", &FIRST);
    let install = ["install", "large", "--registry", "../registry"];
    let large = syncs(&scene, "../many", &install);
    assert_eq!(small, large);
    assert!(small <= 6, "{small} syncs");
}
