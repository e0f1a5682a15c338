//! `check`: a rule a scene.

use snapbox::str;
use support::Scene;

use super::templates::{REVIEWER, guards, reviewer};

#[test]
fn a_repo_that_holds_what_its_lock_says_is_ok() {
    let scene = guards().installed("guards");
    scene.run("agentpkg check").prints(str![[r#"
ok: 10 files checked

"#]]);
    // Neither the registry nor a network is needed.
    let scene = scene.deleted("../registry");
    scene
        .run("CI=true agentpkg check --strict")
        .prints(str![[r#"
ok: 10 files checked

"#]]);
}

#[test]
fn edits_and_deletions_are_a_teams_right_unless_strict() {
    let scene = guards()
        .installed("guards")
        .edited(".claude/rules/guards/general.md", "ours\n");
    let scene = scene.deleted(".claude/rules/guards/tests.md");
    scene.run("agentpkg check").prints(str![[r#"
ok: 10 files checked
  yours       2 files edited or deleted, as is your right: .claude/rules/guards/general.md,
              .claude/rules/guards/tests.md

"#]]);
    scene.run("agentpkg check --strict").prints(str![[r#"
2 problems found in 10 files
  changed     `.claude/rules/guards/general.md`: edited here
  changed     `.claude/rules/guards/tests.md`: deleted here
(exit code 1)

"#]]);
}

#[test]
fn a_missing_file_fails() {
    let scene = guards()
        .installed("guards")
        .deleted(".claude/hooks/guards/guard.sh");
    scene.run("agentpkg check").prints(str![[r#"
2 problems found in 10 files
  missing     `.claude/hooks/guards/guard.sh`: it is not there
  script      `.claude/settings.json`: it runs `.claude/hooks/guards/guard.sh`, which is not there

  next        agentpkg install
(exit code 1)

"#]]);
    scene.run("agentpkg install").succeeds();
    scene.run("agentpkg check").prints(str![[r#"
ok: 10 files checked

"#]]);
}

#[test]
fn a_script_that_is_not_executable_fails() {
    let scene = guards()
        .installed("guards")
        .with_mode(".claude/hooks/guards/guard.sh", 0o644);
    scene.run("agentpkg check").prints(str![[r#"
1 problem found in 10 files
  script      `.claude/settings.json`: it runs `.claude/hooks/guards/guard.sh`, which is not
              executable
  yours       1 file edited or deleted, as is your right: .claude/hooks/guards/guard.sh

  next        agentpkg install
(exit code 1)

"#]]);
}

#[test]
fn a_teams_own_hook_without_its_script_fails() {
    let hook = r#"{"hooks": {"Stop": [{"hooks": [{"type": "command", "command": ".claude/hooks/ours.sh"}]}]}}"#;
    let scene = reviewer()
        .installed("reviewer")
        .edited(".claude/settings.json", hook);
    scene.run("agentpkg check").prints(str![[r#"
1 problem found in 1 file
  script      `.claude/settings.json`: it runs `.claude/hooks/ours.sh`, which is not there
(exit code 1)

"#]]);
}

#[test]
fn settings_that_the_agent_would_not_read_fail() {
    let scene = guards().installed("guards").replaced(
        ".claude/settings.json",
        "\"deny\": [",
        "\"deny\": [ // why",
    );
    scene.run("agentpkg check").prints(str![[r#"
1 problem found in 10 files
  invalid     `.claude/settings.json` line 3: a comment, which strict JSON does not have
(exit code 1)

"#]]);
    let scene = scene.edited(
        ".claude/settings.json",
        r#"{"permissions": {"deny": "Read"}, "hooks": {"Stop": [{"hooks": [{"type": "shell"}]}]}}"#,
    );
    scene.run("agentpkg check").prints(str![[r#"
2 problems found in 10 files
  invalid     `.claude/settings.json`: `/permissions/deny` is not a list: the agent skips the whole
              file, guards included
  invalid     `.claude/settings.json`: `/hooks/Stop/0/hooks/0` has none of the types `command`,
              `http`, `mcp_tool`, `prompt` and `agent`: the agent skips it
  yours       1 file edited or deleted, as is your right: .claude/settings.json
(exit code 1)

"#]]);
    let scene = scene.edited(".mcp.json", "[]");
    scene.run("agentpkg check").prints(str![[r#"
3 problems found in 10 files
  invalid     `.claude/settings.json`: `/permissions/deny` is not a list: the agent skips the whole
              file, guards included
  invalid     `.claude/settings.json`: `/hooks/Stop/0/hooks/0` has none of the types `command`,
              `http`, `mcp_tool`, `prompt` and `agent`: the agent skips it
  invalid     `.mcp.json`: it is not a JSON object
  yours       2 files edited or deleted, as is your right: .claude/settings.json, .mcp.json
(exit code 1)

"#]]);
}

#[test]
fn a_conflict_marker_and_broken_markers_fail() {
    let scene = guards().installed("guards");
    let scene = scene.edited(
        ".claude/rules/guards/tests.md",
        "one\n<<<<<<< ours\na\n=======\nb\n>>>>>>> theirs\n",
    );
    let scene = scene.replaced("CLAUDE.md", "<!-- END agentpkg guards -->\n", "");
    scene.run("agentpkg check").prints(str![[r#"
2 problems found in 10 files
  invalid     `CLAUDE.md` line 1: the block of `guards` has no end
  marker      `.claude/rules/guards/tests.md` line 2: a conflict marker
  yours       1 file edited or deleted, as is your right: .claude/rules/guards/tests.md
(exit code 1)

"#]]);
}

#[test]
fn something_that_is_no_file_fails() {
    let scene = guards()
        .installed("guards")
        .deleted(".claude/rules/guards/tests.md");
    let scene = scene
        .edited(".claude/rules/guards/tests.md/x", "")
        .deleted(".claude/rules/guards/general.md");
    let scene = scene.linked(".claude/rules/guards/general.md", "/etc/hosts");
    scene.run("agentpkg check").prints(str![[r#"
2 problems found in 10 files
  invalid     `.claude/rules/guards/general.md`: it is a link that leads out of the repository
  invalid     `.claude/rules/guards/tests.md`: it is a folder
(exit code 1)

"#]]);
}

#[test]
fn a_lock_that_does_not_fit_the_manifest_fails() {
    let scene = guards()
        .published("reviewer", "1.0.0", REVIEWER)
        .installed("guards reviewer");
    let scene = scene.replaced("agentpkg.toml", "guards = \"^1.0\"", "guards = \"^2\"");
    let scene = scene.replaced("agentpkg.toml", "reviewer = \"^1.0\"", "tidy = \"^1\"");
    let scene = scene.replaced("agentpkg.toml", "level = \"low\"", "level = \"high\"");
    let scene = scene.replaced("agentpkg.toml", "[\"claude\"]", "[]");
    scene.run("agentpkg check").prints(str![[r#"
5 problems found in 11 files
  lock        `agentpkg.lock`: `guards` 1.0.0 is installed, and `agentpkg.toml` wants ^2
  lock        `agentpkg.lock`: `agentpkg.toml` wants `tidy`, which is not installed
  lock        `agentpkg.lock`: `reviewer` is installed, and nothing asks for it
  lock        `agentpkg.lock`: the answer to `level` in `agentpkg.toml` has changed
  lock        `agentpkg.lock`: the agents in `agentpkg.toml` have changed

  next        agentpkg install
(exit code 1)

"#]]);
}

#[test]
fn an_interrupted_command_fails() {
    let scene = reviewer().installed("reviewer");
    // The journal of a command that was killed, as the record for `undo` has it.
    scene.run("cp .agentpkg/undo .agentpkg/journal").succeeds();
    scene.run("agentpkg check").prints(str![[r#"
1 problem found in 1 file
  interrupted `.agentpkg/journal`: `install reviewer` was interrupted

  next        agentpkg install
(exit code 1)

"#]]);
    scene.run("agentpkg status").prints(str![[r#"
reviewer 1.0.0  (^1.0)
  latest      installed
  changed     nothing: every file is as it was installed
(standard error)
warning: `install reviewer` was interrupted
hint: the next command that writes finishes it: agentpkg install

"#]]);
    scene.run("agentpkg").prints(str![[r#"
1 template installed here
  installed   reviewer 1.0.0 (latest)
  registry    [SCENE]/registry

  next        agentpkg status
  all         agentpkg --help
(standard error)
warning: `install reviewer` was interrupted
hint: the next command that writes finishes it: agentpkg install

"#]]);
    scene.run("agentpkg install").prints(str![[r#"
finished `install reviewer`; nothing more to do
  finished    `install reviewer`, which was interrupted (0 files)

"#]]);
    scene.run("agentpkg check").prints(str![[r#"
ok: 1 file checked

"#]]);
}

#[test]
fn check_where_nothing_is_installed_is_an_error() {
    Scene::new().run("agentpkg check").prints(str![[r#"
(standard error)
error: nothing is installed here: there is no `agentpkg.lock`
hint: agentpkg install NAME
hint: agentpkg search
(exit code 2)

"#]]);
    Scene::new()
        .edited("agentpkg.toml", "[templates]\na = \"*\"\n")
        .run("agentpkg check")
        .prints(str![[r#"
(standard error)
error: nothing is installed here: there is no `agentpkg.lock`
hint: agentpkg install
(exit code 2)

"#]]);
}

#[test]
fn a_guard_that_can_not_run_is_a_failure() {
    let scene = guards().installed("guards");
    let guard = ".claude/hooks/guards/guard.sh";
    for (bytes, what) in [
        (&b"#!/bin/sh\r\nexit 2\r\n"[..], "Windows line endings"),
        (b"", "is empty"),
        (b"\xef\xbb\xbf#!/bin/sh\nexit 2\n", "a byte order mark"),
        (b"\xff\xfe#\0!\0", "UTF-16"),
        (b"../shared/guard.sh", "the name of another file"),
    ] {
        scene.write(guard, bytes);
        scene.chmod(guard, 0o755);
        scene
            .run("agentpkg check")
            .says(1, &[&format!("it runs `{guard}`, which"), what]);
        scene
            .run("agentpkg lint")
            .says(1, &["hook-script-dead", what]);
    }
}
