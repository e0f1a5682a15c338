//! Shared files that a sparse checkout leaves out: whoever upgrades there and doesn't add them, and
//! whoever upgrades where everything is, come to the same.

use std::fs;

use super::full_again;
use support::Scene;

/// A release: its settings and its root instructions.
type Release = (&'static str, &'static str);

const FIRST: Release = (
    r#"{"env": {"A": "1", "B": "1"}, "permissions": {"deny": ["Read(.env)"]}}"#,
    "# House\n\n- Be brief.\n- Be right.\n",
);

/// The releases that follow, each a kind of change.
const SECOND: [(&str, Release); 6] = [
    (
        "adds",
        (
            r#"{"env": {"A": "1", "B": "1", "C": "1"}, "permissions": {"deny": ["Read(.env)", "Read(key)"]}}"#,
            "# House\n\n- Be brief.\n- Be right.\n- Be kind.\n",
        ),
    ),
    (
        "drops",
        (
            r#"{"env": {"A": "1"}, "permissions": {"deny": ["Read(.env)"]}}"#,
            "# House\n\n- Be brief.\n",
        ),
    ),
    (
        "changes",
        (
            r#"{"env": {"A": "2", "B": "1"}, "permissions": {"deny": ["Read(.env*)"]}}"#,
            "# House\n\n- Be short.\n- Be right.\n",
        ),
    ),
    (
        "drops all but one entry",
        (r#"{"env": {"B": "1"}}"#, FIRST.1),
    ),
    (
        "changes settings alone",
        (r#"{"env": {"A": "3"}}"#, FIRST.1),
    ),
    (
        "changes text alone",
        (FIRST.0, "# House\n\n- Be quick.\n- Be right.\n"),
    ),
];

/// What a team does to the files before: a shell command.
const EDITS: [&str; 4] = [
    "true",
    r#"sed -i 's/"A": "1"/"A": "1", "OURS": "x"/' .claude/settings.json && printf '\nOurs.\n' >> CLAUDE.md"#,
    r#"sed -i 's/"B": "1"/"B": "ours"/' .claude/settings.json"#,
    "sed -i 's/Be right/Be right, always/' CLAUDE.md",
];

fn publish(scene: Scene, version: &str, release: Release) -> Scene {
    let files = [
        ("settings/claude.json", release.0),
        ("root.md", release.1),
        ("rules/r.md", "r\n"),
    ];
    scene.published("base", version, &files)
}

/// A repo with an edit of its team's, and each release after the first.
fn scene(second: Release, edit: &str) -> Scene {
    let scene = publish(Scene::new(), "1.0.0", FIRST);
    let scene = publish(scene, "1.1.0", second);
    let scene = publish(scene, "1.2.0", second);
    scene.run("agentpkg install base@1.0.0").succeeds();
    scene.run(edit).succeeds();
    scene
        .run("mkdir src && echo x > src/x && git add -A && git commit -qm all")
        .succeeds();
    scene
}

/// Makes the scene's folder a checkout with the folder `src` and agentpkg's own files alone.
fn without_shared(scene: &Scene) {
    scene
        .run(
            "cd .. && mv repo full && git clone -q full repo && cd repo && git sparse-checkout set \
             --no-cone '/agentpkg.*' /src/",
        )
        .succeeds();
    scene.absent("CLAUDE.md").absent(".claude/settings.json");
}

/// The shared files, as they are.
fn shared(scene: &Scene) -> [Option<String>; 2] {
    [".claude/settings.json", "CLAUDE.md"].map(|path| fs::read_to_string(scene.path(path)).ok())
}

#[test]
fn an_upgrade_that_nobody_added_comes_to_the_same() {
    for (what, second) in SECOND {
        for edit in EDITS {
            let expected = scene(second, edit);
            let upgrade = expected.run("agentpkg upgrade base@=1.1.0");
            let expected = shared(&expected);
            let is_clean = upgrade.code == Some(0);
            for upgrades in [&["1.1.0"][..], &["1.1.0", "1.2.0"]] {
                if upgrades.len() > 1 && !is_clean {
                    continue;
                }
                let scene = scene(second, edit);
                without_shared(&scene);
                for version in upgrades {
                    let again = scene.run(&format!("agentpkg upgrade base@={version}"));
                    assert_eq!(again.code, upgrade.code, "{what}, {edit}: {}", again.all());
                    scene.run("git add -A; true").succeeds();
                }
                full_again(&scene);
                let story = format!("{what}; {edit}; {upgrades:?}");
                let installed = scene.run("agentpkg install");
                assert_eq!(shared(&scene), expected, "{story}\n{}", installed.all());
            }
        }
    }
}
