//! Links that lead out and things that are no files, where an agent's files belong.

use std::process::Command;

use support::Scene;

fn pipe(scene: &Scene, path: &str) {
    let made = Command::new("mkfifo").arg(scene.path(path)).status();
    assert!(made.unwrap().success());
}

#[test]
fn what_could_not_be_looked_at_is_said() {
    let outside = r#"{"hooks": {"Stop": [{"hooks": [{"type": "command", "command": "x"}]}]}}"#;
    for how in [".claude", ".claude/settings.json", "a pipe"] {
        let scene = Scene::new();
        std::fs::create_dir(scene.path("../outside")).unwrap();
        scene.write("../outside/settings.json", outside);
        let place = match how {
            ".claude" => {
                scene.link(".claude", "../outside");
                ".claude"
            }
            "a pipe" => {
                scene.folder(".claude");
                pipe(&scene, ".claude/settings.json");
                ".claude/settings.json"
            }
            path => {
                scene.link(path, scene.path("../outside/settings.json"));
                path
            }
        };
        let place = format!("`{place}`");
        scene.run("agentpkg audit").says(
            1,
            &["not all could", &format!("{place}: this wasn't looked at")],
        );
        scene
            .run("agentpkg lint")
            .says(0, &["nothing could be linted", &place]);
    }
}

#[test]
fn settings_that_the_agent_skips_are_no_guards() {
    let scene = Scene::new();
    scene.write(
        ".claude/settings.json",
        r#"{"attribution": {"commit": 1}, "permissions": {"deny": ["Read(.env)"]}}"#,
    );
    scene.run("agentpkg audit").says(
        1,
        &[
            "`.claude/settings.json`: the agent takes nothing from this file",
            "skips the whole file",
        ],
    );
}

#[test]
fn a_guard_that_is_no_file_is_not_in_place() {
    let hook = "[[hooks]]\nid = \"guard\"\nevent = \"before-tool\"\nrun = \"hooks/guard.sh\"\ntimeout = 5\n";
    let scene = Scene::new()
        .published(
            "gate",
            "1.0.0",
            &[("template.toml", hook), ("hooks/guard.sh", "#!/bin/sh\n")],
        )
        .installed("gate");
    let guard = ".claude/hooks/gate/guard.sh";
    let scene = scene.deleted(guard);
    pipe(&scene, guard);
    scene.run("agentpkg install").says(
        2,
        &[guard, "not a file is in the way", "nothing was changed"],
    );
    scene.run("agentpkg check").exits(1);
}

#[test]
fn pipes_that_git_would_read_are_named() {
    for path in [".gitignore", ".claude/.gitignore", ".git/info/exclude"] {
        let scene = Scene::new().published("base", "1.0.0", &[("rules/a.md", "a\n")]);
        scene
            .run("rm -f .git/info/exclude && mkdir .claude")
            .succeeds();
        pipe(&scene, path);
        scene
            .run("agentpkg install base")
            .complains(&format!("`{path}` is a named pipe or a device"));
    }
}
