//! A folder of agent files that is a repository of its own, which several repositories share.

use support::Scene;

/// A repository whose `.claude` is a submodule, with a template in it.
fn scene() -> Scene {
    let scene = Scene::new()
        .published(
            "base",
            "1.0.0",
            &[("rules/a.md", "- first\n"), ("files/docs/a.md", "a\n")],
        )
        .published(
            "base",
            "1.1.0",
            &[("rules/a.md", "- second\n"), ("files/docs/a.md", "a\n")],
        );
    scene
        .run(
            "git init -q ../shared && cd ../shared && echo x > own.md && git add -A && git commit \
             -qm x && cd ../repo && git -c protocol.file.allow=always submodule -q add ../shared \
             .claude && git commit -qm s",
        )
        .succeeds();
    scene.run("agentpkg install base@1.0.0").says(
        0,
        &[
            "git -C .claude add rules",
            "`.claude` is a repository of its own: commit there first",
            "git add .claude agentpkg.lock agentpkg.toml docs",
        ],
    );
    scene
        .run(
            "git -C .claude add -A && git -C .claude commit -qm i && git -C .claude push -q origin \
             HEAD:all && git add -A && git commit -qm i",
        )
        .succeeds();
    scene
}

#[test]
fn a_submodule_is_a_repository_of_its_own() {
    let scene = scene();
    let before = scene.tree();
    scene.run("agentpkg upgrade base@^1 --commit").says(
        2,
        &[
            "`.claude` is a git repository of its own",
            "nothing was changed",
        ],
    );
    assert_eq!(scene.tree(), before);
    assert_eq!(scene.git(&["status", "--porcelain"]), "");
    // One file less stops nothing.
    std::fs::remove_file(scene.path(".claude/rules/base/a.md")).unwrap();
    scene
        .run("agentpkg status")
        .says(0, &["deleted 1 file: .claude/rules/base/a.md"]);
    scene.run("agentpkg check").succeeds();
    scene
        .run("agentpkg upgrade base@^1 --restore .claude/rules/base/a.md")
        .says(0, &["git -C .claude add rules"]);
    scene.has_rule(".claude/rules/base/a.md", "- second\n");
}

#[test]
fn a_submodule_that_is_not_initialised_is_named() {
    let scene = scene();
    scene
        .run("cd .. && mv repo first && git clone -q first repo")
        .succeeds();
    let before = scene.tree();
    let command = "git submodule update --init .claude";
    for verb in [
        "upgrade base@^1",
        "install",
        "remove base",
        "upgrade base@^1 --dry-run",
    ] {
        scene.run(&format!("agentpkg {verb}")).says(
            2,
            &[
                "`.claude` is not initialised",
                command,
                "nothing was changed",
            ],
        );
        assert_eq!(scene.tree(), before, "{verb}");
    }
    scene
        .run("agentpkg status")
        .says(0, &["not here 1 file: .claude/rules/base/a.md"]);
    scene.run("agentpkg check").says(1, &[command]);
    scene
        .run(&format!(
            "git -c protocol.file.allow=always {}",
            &command[4..]
        ))
        .succeeds();
    scene.run("agentpkg upgrade base@^1").succeeds();
    scene.has_rule(".claude/rules/base/a.md", "- second\n");
}

#[test]
fn nothing_new_is_put_where_a_submodule_belongs() {
    let scene = scene().published("more", "1.0.0", &[("rules/m.md", "m\n")]);
    scene
        .run("agentpkg remove base && git -C .claude add -A && git -C .claude commit -qm r && git add -A && git commit -qm r")
        .succeeds();
    scene
        .run("cd .. && mv repo first && git clone -q first repo")
        .succeeds();
    scene
        .run("agentpkg install more")
        .says(2, &["git submodule update --init .claude"]);
    scene.absent(".claude/rules");
}
