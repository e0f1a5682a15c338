//! `merge-file --driver` under git itself: what `git merge` and `git rebase` make of it; how it is set
//! up, and taken out.

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

/// A repo with settings, in which the driver was set up.
fn installed() -> Scene {
    let scene = Scene::new()
        .edited(SETTINGS, BASE)
        .edited("CLAUDE.md", "one\n");
    scene.run("agentpkg merge-file --install --yes").succeeds();
    scene.run("git add . && git commit -qm base").succeeds();
    scene
}

#[test]
fn what_sets_it_up_is_shown_and_asked_about() {
    let scene = Scene::new().edited(".gitattributes", "* text=auto");
    scene.types("agentpkg merge-file --install", "n\n").says(
        2,
        &[
            "+CLAUDE.md merge=agentpkg",
            "git config --local merge.agentpkg.driver",
            "not confirmed",
        ],
    );
    scene.reads(".gitattributes", "* text=auto");
    scene.run("agentpkg merge-file --install").prints(str![[r#"
(standard error)
error: nobody can be asked whether this may be written
  git config --local merge.agentpkg.name 'agentpkg, by what files for agents say'
  git config --local merge.agentpkg.driver 'agentpkg --version >/dev/null 2>&1 || exec git
    merge-file -L ours -L base -L theirs %A %O %B; exec agentpkg merge-file --driver %O %A %B %P'
  git config --local merge.agentpkg.recursive binary
--- a/.gitattributes
+++ b/.gitattributes
@@ -1 +1,9 @@
+# BEGIN agentpkg merge driver
+# Set up in a clone by `agentpkg merge-file --install`; git merges as text without it.
+**/.claude/**/*.json merge=agentpkg
+**/.claude/**/*.md merge=agentpkg
+.mcp.json merge=agentpkg
+CLAUDE.md merge=agentpkg
+AGENTS.md merge=agentpkg
+# END agentpkg merge driver
 * text=auto
\ No newline at end of file
note: nothing was changed
hint: agentpkg merge-file --install --yes
(exit code 2)

"#]]);
    scene.reads(".gitattributes", "* text=auto");
    scene.run("git config merge.agentpkg.driver").exits(1);
    scene
        .types("agentpkg merge-file --install", "y\n")
        .says(0, &["set up git's merge driver in this repository"]);
    scene.reads(
        ".gitattributes",
        str![[r#"
# BEGIN agentpkg merge driver
# Set up in a clone by `agentpkg merge-file --install`; git merges as text without it.
**/.claude/**/*.json merge=agentpkg
**/.claude/**/*.md merge=agentpkg
.mcp.json merge=agentpkg
CLAUDE.md merge=agentpkg
AGENTS.md merge=agentpkg
# END agentpkg merge driver
* text=auto
"#]],
    );
    scene.run("agentpkg merge-file --install").prints(str![[r#"
git's merge driver is set up here

"#]]);
    scene
        .run("agentpkg merge-file --uninstall --dry-run")
        .prints(str![[r#"
nothing was changed: --uninstall would take this out
--- a/.gitattributes
+++ b/.gitattributes
@@ -1,9 +1 @@
-# BEGIN agentpkg merge driver
-# Set up in a clone by `agentpkg merge-file --install`; git merges as text without it.
-**/.claude/**/*.json merge=agentpkg
-**/.claude/**/*.md merge=agentpkg
-.mcp.json merge=agentpkg
-CLAUDE.md merge=agentpkg
-AGENTS.md merge=agentpkg
-# END agentpkg merge driver
 * text=auto
\ No newline at end of file
  config      git config --local --unset-all merge.agentpkg.name
  config      git config --local --unset-all merge.agentpkg.driver
  config      git config --local --unset-all merge.agentpkg.recursive

"#]]);
    scene
        .run("agentpkg merge-file --uninstall")
        .prints(str![[r#"
took git's merge driver out of this repository

  commit      git add .gitattributes

"#]]);
    scene.reads(".gitattributes", "* text=auto");
    assert!(!scene.text(".git/config").contains("agentpkg"));
    scene
        .run("agentpkg merge-file --uninstall")
        .prints(str![[r#"
git's merge driver isn't set up here

"#]]);
    scene
        .run("agentpkg merge-file --install --yes")
        .prints(str![[r#"
set up git's merge driver in this repository
  attributes  .gitattributes: settings, servers, prose for agents
  config      merge.agentpkg.driver, in this clone
  teammates   git merges these files as text for them until they run this, too

  commit      git add .gitattributes
  go back     agentpkg merge-file --uninstall

"#]]);
    for wrong in [
        "--yes a b c",
        "--install a b c",
        "--install --uninstall",
        "--install --driver",
        "--dry-run a b c",
    ] {
        scene
            .run(&format!("agentpkg merge-file {wrong} 2>/dev/null"))
            .exits(if wrong.contains("--driver") { 129 } else { 2 });
    }
}

#[test]
fn a_repository_that_it_was_set_up_in_merges_by_it() {
    let scene = committed(installed(), "guards", SETTINGS, GUARDED);
    let scene = committed(scene, "lint", SETTINGS, LINTED);
    scene.run("git merge -q --no-edit guards").succeeds();
    let merged: serde_json::Value = serde_json::from_str(&scene.text(SETTINGS)).unwrap();
    assert_eq!(merged["permissions"]["allow"].as_array().unwrap().len(), 3);
    // Packages of a monorepo have files of their own.
    for path in [
        "a/.claude/settings.json",
        "a/b/CLAUDE.md",
        ".claude/agents/x.md",
        "a/.mcp.json",
    ] {
        let said = scene.git(&["check-attr", "merge", path]);
        assert!(said.ends_with(": agentpkg\n"), "{said}");
    }
    for path in [
        "package.json",
        "README.md",
        ".claude/hooks/guard.sh",
        "agentpkg.lock",
    ] {
        let said = scene.git(&["check-attr", "merge", path]);
        assert!(said.ends_with(": unspecified\n"), "{said}");
    }
}

/// Whoever has no agentpkg merges as text: no side wins without a word.
#[test]
fn without_agentpkg_git_merges_as_text() {
    let text = "<<<<<<< ours\nthree\n=======\ntwo\n>>>>>>> theirs\n";
    // In a clone in which nobody set it up.
    let scene = committed(installed(), "theirs", "CLAUDE.md", "two\n");
    let scene = committed(scene, "ours", "CLAUDE.md", "three\n");
    scene.run("git clone -q . ../clone").succeeds();
    scene
        .run("cd ../clone && git merge -q origin/theirs")
        .exits(1);
    assert_eq!(
        scene
            .text("../clone/CLAUDE.md")
            .replace("HEAD", "ours")
            .replace("origin/", ""),
        text
    );
    // Where it was set up, and agentpkg has gone.
    let line = "PATH=$(echo \"$PATH\" | cut -d: -f2-) && ! command -v agentpkg >/dev/null && git merge -q theirs";
    scene.run(line).exits(1);
    scene.reads("CLAUDE.md", text);
    scene.run("git status --short").shows("UU CLAUDE.md");
}

#[test]
fn what_somebody_else_set_up_is_not_overwritten() {
    let scene = Scene::new();
    scene
        .run("git config merge.agentpkg.driver 'mine %A'")
        .succeeds();
    scene
        .run("agentpkg merge-file --install --yes")
        .prints(str![[r#"
(standard error)
error: git has something else as `merge.agentpkg.driver`
  `mine %A`
note: nothing was changed
hint: look where it comes from: git config --show-origin merge.agentpkg.driver
(exit code 2)

"#]]);
    scene.absent(".gitattributes");
    scene
        .run("agentpkg merge-file --uninstall")
        .prints(str![[r#"
git's merge driver isn't set up here
  not ours    `merge.agentpkg.driver` is `mine %A`: it stays

"#]]);
    assert_eq!(scene.git(&["config", "merge.agentpkg.driver"]), "mine %A\n");
    let scene = Scene::new().edited(".gitattributes", "*.json merge=union\nCLAUDE.md -merge\n");
    scene
        .run("agentpkg merge-file --install --yes")
        .prints(str![[r#"
(standard error)
error: git's attributes say otherwise how files are merged
  `.claude/settings.json`: `merge=union`
  `.mcp.json`: `merge=union`
  `CLAUDE.md`: `-merge`
note: nothing was changed
hint: take that out of .gitattributes, .git/info/attributes or your own file first
(exit code 2)

"#]]);
    // What was typed by hand, as the documentation had it, is brought up to date.
    let scene = Scene::new();
    scene
        .run("git config merge.agentpkg.driver 'agentpkg merge-file --driver %O %A %B %P'")
        .succeeds();
    scene
        .run("agentpkg merge-file --install --dry-run")
        .says(0, &["was `agentpkg merge-file --driver %O %A %B %P`"]);
    scene.run("agentpkg merge-file --install --yes").succeeds();
    assert!(
        scene
            .git(&["config", "merge.agentpkg.driver"])
            .starts_with("agentpkg --version")
    );
    // Lines that were edited are nobody's to take out.
    scene.replace(".gitattributes", "# END agentpkg merge driver\n", "");
    scene
        .run("agentpkg merge-file --uninstall")
        .prints(str![[r#"
(standard error)
error: `.gitattributes` doesn't have `# BEGIN agentpkg merge driver` and `# END agentpkg merge
  driver` once each, in this order
note: nothing was changed
hint: take the lines out by hand
(exit code 2)

"#]]);
    // Git reads no link.
    let scene = Scene::new().linked(".gitattributes", "elsewhere");
    scene
        .run("agentpkg merge-file --install --yes")
        .prints(str![[r#"
(standard error)
error: `.gitattributes` is no file, and git reads nothing else
note: nothing was changed
(exit code 2)

"#]]);
}

#[test]
fn it_is_set_up_where_git_has_its_root() {
    // In a folder of a monorepo.
    let scene = Scene::new().edited("a/agentpkg.toml", "");
    scene
        .run("cd a && agentpkg merge-file --install --yes")
        .says(0, &["git -C .. add .gitattributes"]);
    assert!(
        scene
            .text(".gitattributes")
            .contains("CLAUDE.md merge=agentpkg")
    );
    scene.absent("a/.gitattributes");
    // In a second working tree: its own lines, and the configuration of all.
    scene
        .run("git add -A && git commit -qm first && git worktree add -q ../second -b second")
        .succeeds();
    scene
        .run("cd ../second && agentpkg merge-file --install")
        .says(0, &["is set up here"]);
    scene
        .run("cd ../second && agentpkg merge-file --uninstall")
        .succeeds();
    scene.absent("../second/.gitattributes");
    scene.run("git config merge.agentpkg.driver").exits(1);
    // In a submodule: its own.
    scene
        .run("git init -q ../inner && cd ../inner && git commit -q --allow-empty -m first")
        .succeeds();
    scene
        .run("git -c protocol.file.allow=always submodule add -q ../inner inner")
        .succeeds();
    scene
        .run("cd inner && agentpkg merge-file --install --yes")
        .succeeds();
    scene
        .run("cd inner && git config --local merge.agentpkg.driver")
        .succeeds();
    scene.run("git config merge.agentpkg.driver").exits(1);
    // Nowhere else.
    let scene = Scene::without_git();
    scene
        .run("agentpkg merge-file --install --yes")
        .prints(str![[r#"
(standard error)
error: there is no working tree of git here, and it is git's merge driver
note: nothing was changed
(exit code 2)

"#]]);
    scene
        .run("git init -q --bare ../bare && agentpkg merge-file --install --yes --repo ../bare")
        .exits(2);
}

#[test]
fn git_reads_the_lines_however_the_file_ends_its_own() {
    for text in [
        "* text=auto\r\n*.png binary\r\n",
        "* text=auto",
        "\u{feff}* text=auto\n",
        "",
    ] {
        let scene = Scene::new().edited(".gitattributes", text);
        scene.run("agentpkg merge-file --install --yes").succeeds();
        let said = scene.git(&["check-attr", "merge", "text", "--", "CLAUDE.md"]);
        assert!(
            said.starts_with("CLAUDE.md: merge: agentpkg\n"),
            "{text:?}: {said}"
        );
        assert_eq!(
            said.contains("text: auto"),
            !text.is_empty(),
            "{text:?}: {said}"
        );
        scene.run("agentpkg merge-file --uninstall").succeeds();
        if text.is_empty() {
            scene.absent(".gitattributes");
        } else {
            scene.reads(".gitattributes", text);
        }
    }
}

/// Two branches that were merged into each other, and each settled one value its own way: git merges
/// their two common ancestors first, with the driver, too.
#[test]
fn branches_that_were_merged_into_each_other_conflict_where_each_settled_otherwise() {
    let value = |mode: &str| format!("{{ \"permissions\": {{ \"defaultMode\": \"{mode}\" }} }}\n");
    let scene = Scene::new().edited(SETTINGS, value("default"));
    scene.run("agentpkg merge-file --install --yes").succeeds();
    scene.run("git add . && git commit -qm base").succeeds();
    let scene = committed(scene, "one", SETTINGS, &value("plan"));
    let scene = committed(scene, "other", SETTINGS, &value("acceptEdits"));
    for (branch, into, mode) in [
        ("one", "other~0", "plan"),
        ("other", "one~1", "acceptEdits"),
    ] {
        scene
            .run(&format!(
                "git checkout -q {branch} && ! git merge -q {into} 2>/dev/null"
            ))
            .succeeds();
        scene.write(SETTINGS, value(mode));
        scene
            .run(&format!("git commit -qam '{branch}: {mode}'"))
            .succeeds();
    }
    for (branch, into) in [("one", "other"), ("other", "one")] {
        scene
            .run(&format!(
                "git checkout -q {branch} && ! git merge -q {into} 2>/dev/null"
            ))
            .succeeds();
        scene
            .run(&format!(
                "git diff --name-only --diff-filter=U | grep -qx {SETTINGS} && git merge --abort"
            ))
            .succeeds();
    }
}
