//! `merge-file --driver` under git itself: what `git merge` and `git rebase` make of it.

use snapbox::str;
use support::Scene;

/// A repo whose branch `main` has `file`, with agentpkg as its merge driver.
fn driven(file: &str, text: &str) -> Scene {
    let scene = Scene::new()
        .edited(".gitattributes", "* merge=agentpkg\n")
        .edited(file, text);
    scene
        .run("git config merge.agentpkg.driver 'agentpkg merge-file --driver %O %A %B %P'")
        .succeeds();
    scene.run("git add . && git commit -qm base").succeeds();
    scene
}

/// Commits `text` to `file` on a branch, which is made where it isn't there.
fn committed(scene: Scene, branch: &str, file: &str, text: &str) -> Scene {
    scene
        .run(&format!(
            "git checkout -q {branch} 2>/dev/null || git checkout -q -b {branch} main"
        ))
        .succeeds();
    let scene = scene.edited(file, text);
    scene
        .run(&format!("git commit -qam '{branch} changes it'"))
        .succeeds();
    scene
}

const SETTINGS: &str = ".claude/settings.json";

const BASE: &str = r#"{
  "permissions": {
    "allow": [
      "Bash(make *)"
    ]
  }
}
"#;

const GUARDED: &str = r#"{
  "permissions": {
    "allow": [
      "Bash(make *)",
      "Bash(cargo test *)"
    ],
    "deny": [
      "Read(.env)"
    ]
  },
  "hooks": {
    "PreToolUse": [
      {
        "matcher": "Bash",
        "hooks": [{ "type": "command", "command": "./guard.sh" }]
      }
    ]
  }
}
"#;

const LINTED: &str = r#"{
  "permissions": {
    "allow": [
      "Bash(make *)",
      "Bash(npm run *)"
    ]
  },
  "hooks": {
    "PreToolUse": [
      {
        "matcher": "Edit",
        "hooks": [{ "type": "command", "command": "./lint.sh" }]
      }
    ]
  }
}
"#;

#[test]
fn two_branches_that_both_added_permissions_and_hooks_merge() {
    let scene = driven(SETTINGS, BASE);
    let scene = committed(scene, "guards", SETTINGS, GUARDED);
    let scene = committed(scene, "lint", SETTINGS, LINTED);
    scene
        .run("git merge -q --no-edit guards && git status --short")
        .succeeds();
    let merged: serde_json::Value = serde_json::from_str(&scene.text(SETTINGS)).unwrap();
    let texts = |value: &serde_json::Value| {
        let mut texts: Vec<String> = value
            .as_array()
            .unwrap()
            .iter()
            .map(|text| text.as_str().unwrap().to_owned())
            .collect();
        texts.sort();
        texts
    };
    assert_eq!(
        texts(&merged["permissions"]["allow"]),
        ["Bash(cargo test *)", "Bash(make *)", "Bash(npm run *)"]
    );
    assert_eq!(texts(&merged["permissions"]["deny"]), ["Read(.env)"]);
    let hooks = merged["hooks"]["PreToolUse"].as_array().unwrap();
    let mut commands: Vec<&str> = hooks
        .iter()
        .map(|hook| hook["hooks"][0]["command"].as_str().unwrap())
        .collect();
    commands.sort_unstable();
    assert_eq!(commands, ["./guard.sh", "./lint.sh"]);
}

#[test]
fn prose_that_both_changed_gets_markers_and_git_lists_it() {
    let scene = driven(
        "CLAUDE.md",
        "# Rules\n\nAsk before you push.\n\nRun the tests.\n",
    );
    let scene = committed(
        scene,
        "theirs",
        "CLAUDE.md",
        "# Rules\n\nNever push.\n\nRun the tests.\n",
    );
    let scene = committed(
        scene,
        "ours",
        "CLAUDE.md",
        "# Rules\n\nPush to a branch of yours.\n\nRun the tests.\n",
    );
    scene
        .run("git merge theirs; echo $?; git status --short")
        .prints(str![[r#"
Auto-merging CLAUDE.md
CONFLICT (content): Merge conflict in CLAUDE.md
Automatic merge failed; fix conflicts and then commit the result.
1
UU CLAUDE.md
(standard error)
warning: 1 conflict in `CLAUDE.md`; marked in the file
  line 3: `Push to a branch of yours.` here, `Never push.` there
hint: edit the marked lines

"#]]);
    scene.reads(
        "CLAUDE.md",
        str![[r#"
# Rules

<<<<<<< ours
Push to a branch of yours.
||||||| base
Ask before you push.
=======
Never push.
>>>>>>> theirs

Run the tests.

"#]],
    );
}

#[test]
fn settings_that_both_changed_stay_valid_and_git_lists_them() {
    let scene = driven(SETTINGS, "{\n  \"model\": \"small\",\n  \"env\": {}\n}\n");
    let scene = committed(
        scene,
        "theirs",
        SETTINGS,
        "{\n  \"model\": \"large\",\n  \"env\": { \"A\": \"1\" }\n}\n",
    );
    let scene = committed(
        scene,
        "ours",
        SETTINGS,
        "{\n  \"model\": \"middle\",\n  \"env\": {}\n}\n",
    );
    scene
        .run("git merge theirs; echo $?; git status --short")
        .prints(str![[r#"
Auto-merging .claude/settings.json
CONFLICT (content): Merge conflict in .claude/settings.json
Automatic merge failed; fix conflicts and then commit the result.
1
UU .claude/settings.json
(standard error)
warning: 1 conflict in `.claude/settings.json`; ours was kept there
  `/model`: "middle" here, "large" there, "small" before
hint: edit the file where theirs is right

"#]]);
    scene.reads(
        SETTINGS,
        str![[r#"
{
  "model": "middle",
  "env": { "A": "1" }
}

"#]],
    );
}

#[test]
fn a_driver_that_fails_makes_git_fail() {
    let scene = driven("CLAUDE.md", "one\n");
    let scene = committed(scene, "theirs", "CLAUDE.md", "two\n");
    let scene = committed(scene, "ours", "CLAUDE.md", "three\n");
    scene
        .run("git config merge.agentpkg.driver 'agentpkg merge-file --driver %O.gone %A %B %P'")
        .succeeds();
    scene
        .run("git merge theirs 2>&1 | sed 's/merge_file_[A-Za-z0-9]*/[TEMP]/g'; git status --short")
        .prints(str![[r#"
error: there is no file `.[TEMP].gone`
error: failed to execute internal merge for CLAUDE.md
Merge with strategy ort failed.

"#]]);
    scene.run("git merge --abort; git config merge.agentpkg.driver 'agentpkg merge-file --driver %O %A'").succeeds();
    scene
        .run("git merge -q theirs >/dev/null 2>&1; echo $?; git status --short")
        .prints(str![[r#"
2

"#]]);
    for wrong in [
        "one two three four",
        "",
        "one two",
        "one two three four five",
        "--print a b c d",
        "--what a b c d",
    ] {
        let all = scene
            .run(&format!("agentpkg merge-file --driver {wrong}"))
            .all();
        assert!(all.ends_with("(exit code 129)\n"), "{wrong}: {all}");
    }
}

#[test]
fn several_commits_are_rebased() {
    let base = "# Rules\n\nAsk before you push.\n\n## Tests\n\nRun them.\n";
    let tested = base.replace("Run them.", "Run them all.");
    let asked = base.replace("Ask before", "Always ask before");
    let scene = driven("CLAUDE.md", base);
    let scene = committed(scene, "topic", "CLAUDE.md", &tested);
    let scene = committed(
        scene,
        "topic",
        "CLAUDE.md",
        &format!("{tested}\n## Docs\n\nWrite some.\n"),
    );
    let scene = committed(
        scene,
        "topic",
        "CLAUDE.md",
        &format!("# The rules{}\n## Docs\n\nWrite some.\n", &tested[7..]),
    );
    // Upstream has the first commit already, among others.
    let scene = committed(scene, "upstream", "CLAUDE.md", &asked);
    let scene = committed(
        scene,
        "upstream",
        "CLAUDE.md",
        &asked.replace("Run them.", "Run them all."),
    );
    scene
        .run("git checkout -q topic && git rebase -q upstream")
        .succeeds();
    scene
        .run("git status --short && git log --format=%s upstream..")
        .prints(str![[r#"
topic changes it
topic changes it

"#]]);
    scene.reads(
        "CLAUDE.md",
        str![[r#"
# The rules

Always ask before you push.

## Tests

Run them all.

## Docs

Write some.

"#]],
    );
}
