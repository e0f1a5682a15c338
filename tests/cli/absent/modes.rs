//! File systems without modes, and a git that doesn't believe them.

use support::Scene;

const GUARD: &str = ".claude/hooks/base/guard.sh";

/// A template with a hook, which its second release changes.
fn published() -> Scene {
    let hook = "[[hooks]]\nid = \"guard\"\nevent = \"before-tool\"\nmatches = \"Bash\"\nrun = \
                \"hooks/guard.sh\"\ntimeout = 5\n";
    let files = |script: &'static str| [("template.toml", hook), ("hooks/guard.sh", script)];
    Scene::new()
        .published("base", "1.0.0", &files("#!/bin/sh\nexit 0\n"))
        .published("base", "1.1.0", &files("#!/bin/sh\n# Changed.\nexit 0\n"))
}

/// Clones the scene's repository, and makes the clone its folder.
fn cloned(scene: &Scene) {
    scene
        .run("cd .. && mv repo first && git clone -q first repo")
        .succeeds();
}

#[test]
fn where_git_believes_no_modes_it_is_told() {
    let scene = published();
    scene.run("git config core.fileMode false").succeeds();
    let add = format!("git add --chmod=+x {GUARD}");
    scene.run("agentpkg install base@1.0.0").says(0, &[&add]);
    scene
        .run(&format!(
            "git add .claude agentpkg.lock agentpkg.toml && {add} && git commit -qm i"
        ))
        .succeeds();
    scene.run("agentpkg check").succeeds();
    // Git knows it now, and needs no second word.
    scene
        .run("agentpkg upgrade base@^1")
        .says(0, &["git add .claude"])
        .never("chmod");
    scene.run("git commit -qam up").succeeds();
    cloned(&scene);
    scene.run("agentpkg check").succeeds();
}

#[test]
fn a_hook_that_no_clone_can_run_is_found_before_and_after() {
    let scene = published();
    scene.run("git config core.fileMode false").succeeds();
    scene.run("agentpkg install base@1.0.0").succeeds();
    scene.run("git add -A && git commit -qm i").succeeds();
    let mend = format!("git update-index --chmod=+x {GUARD}");
    scene
        .run("agentpkg check")
        .says(1, &["no clone can run it", &mend]);
    cloned(&scene);
    scene
        .run("agentpkg check")
        .says(1, &["is not executable", "agentpkg install"]);
    scene
        .run("agentpkg install")
        .says(0, &["updated 1 file", GUARD, "git add .claude"]);
    scene.run("agentpkg check").succeeds();
    // And where it was committed wrongly.
    scene
        .run("cd .. && mv repo second && mv first repo")
        .succeeds();
    scene.run(&format!("{mend} && git commit -qm x")).succeeds();
    scene.run("agentpkg check").succeeds();
}

#[test]
fn a_commit_where_git_believes_no_modes_has_them() {
    let scene = published().published("base", "1.2.0", &[("rules/r.md", "r\n")]);
    scene.run("git config core.fileMode false").succeeds();
    scene.run("agentpkg install base@1.2.0").succeeds();
    scene.run("git add -A && git commit -qm i").succeeds();
    scene.replace("agentpkg.toml", "=1.2.0", "=1.1.0");
    scene.run("git commit -qam wish").succeeds();
    scene
        .run("agentpkg upgrade --commit")
        .says(0, &["committed"]);
    let index = scene.git(&["ls-files", "-s", GUARD]);
    assert!(index.starts_with("100755"), "{index}");
    assert_eq!(scene.git(&["status", "--porcelain"]), "");
    // What else is staged would go into it.
    scene.replace("agentpkg.toml", "=1.1.0", "=1.2.0");
    scene
        .run("git commit -qam wish && agentpkg upgrade --commit")
        .succeeds();
    scene.replace("agentpkg.toml", "=1.2.0", "=1.1.0");
    scene
        .run("git commit -qam wish && echo y > other && git add other")
        .succeeds();
    scene
        .run("agentpkg upgrade --commit")
        .says(2, &["other files are staged", "`other`"]);
}

#[test]
#[ignore = "mounts a file system without modes: needs root and bindfs"]
fn a_file_system_without_modes_is_no_edit() {
    let scene = published();
    let script = "mkdir ../src ../mnt && bindfs --perms=a+rwx --chmod-ignore ../src ../mnt && cd \
                  ../mnt && git init -q r && cd r && agentpkg install base@1.0.0 && agentpkg \
                  status && agentpkg check && touch .agentpkg/modes.tmp && agentpkg upgrade base@^1 && agentpkg status && \
                  agentpkg undo && agentpkg undo --redo && agentpkg status && agentpkg check && \
                  agentpkg remove base && ls -A";
    let ran = scene.run(&format!("unshare -m sh -c '{script}'"));
    ran.says(
        0,
        &["upgraded base", "undid `upgrade base@^1`", "removed base"],
    )
    .never("edited");
}
