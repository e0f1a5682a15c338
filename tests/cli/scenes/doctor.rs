//! `doctor`: each way in which a hook doesn't run, and nobody says so.

use snapbox::str;
use support::Scene;

use super::json::is_documented;
use super::templates::guards;

/// Runs it with a `claude` on the path that says its version.
const DOCTOR: &str = "PATH=\"$PWD/../bin:$PATH\" agentpkg doctor";

const SCRIPT: &str = ".claude/hooks/guards/guard.sh";

fn scene() -> Scene {
    guards()
        .installed("guards")
        .edited("../bin/claude", "#!/bin/sh\necho '2.1.332 (Claude Code)'\n")
        .with_mode("../bin/claude", 0o755)
}

#[test]
fn hooks_run_in_a_folder_that_nobody_trusted() {
    scene().run(DOCTOR).prints(str![[r#"
ok: hooks run in Claude Code
  claude      on (2.1.332): 1 hook runs

"#]]);
}

#[test]
fn without_the_program_the_files_are_looked_at() {
    let scene = scene().deleted("../bin/claude");
    scene
        .run("PATH=\"$(dirname \"$(command -v agentpkg)\")\" agentpkg doctor")
        .prints(str![[r#"
ok: hooks run in Claude Code
  claude      on (not on this PATH): 1 hook runs

"#]]);
}

#[test]
fn a_program_that_fails_says_nothing_and_one_of_the_repository_is_not_started() {
    let scene = scene().edited("../bin/claude", "#!/bin/sh\necho no >&2; exit 3\n");
    scene.run(DOCTOR).prints(str![[r#"
ok: hooks run in Claude Code
  claude      on: 1 hook runs

"#]]);
    let scene = scene
        .edited("bin/claude", "#!/bin/sh\ntouch started; echo 1.0.0\n")
        .with_mode("bin/claude", 0o755);
    let line = "PATH=\"$PWD/bin:$PWD/../bin:$PATH\" agentpkg doctor";
    scene.run(line).succeeds();
    scene.absent("started");
}

#[test]
fn nothing_installed_is_an_error_and_no_hooks_are_none() {
    guards().run("agentpkg doctor").prints(str![[r#"
(standard error)
error: nothing is installed here: there is no `agentpkg.lock`
hint: agentpkg install NAME
hint: agentpkg search
(exit code 2)

"#]]);
    let scene = Scene::new()
        .published("plain", "1.0.0", &[("rules/a.md", "a\n")])
        .installed("plain");
    scene.run("agentpkg doctor").prints(str![[r#"
no agent has hooks of templates here
  claude      none: agentpkg gives it no hooks

"#]]);
}

#[test]
fn a_subfolder() {
    let scene = scene().edited("src/a/b.rs", "");
    scene
        .run("cd src/a && PATH=\"$PWD/../../../bin:$PATH\" agentpkg doctor")
        .prints(str![[r#"
hooks are off in Claude Code
  in          [SCENE]/repo, the nearest with an `agentpkg.toml`
  claude      off (2.1.332): Claude Code reads `.claude/settings.json` only in the folder it is
              started in

  next        cd ../.. && claude
(exit code 1)

"#]]);
    // What is so in this folder alone isn't told elsewhere.
    scene
        .run("cd src/a && agentpkg status")
        .succeeds()
        .shows("guards 1.0.0");
}

#[test]
fn disable_all_hooks() {
    let scene = scene().edited(
        ".claude/settings.local.json",
        "{\"disableAllHooks\": true}\n",
    );
    scene.run(DOCTOR).prints(str![[r#"
hooks are off in Claude Code
  claude      off (2.1.332): `.claude/settings.local.json` switches hooks off (`disableAllHooks`)

  next        take `disableAllHooks` out of `.claude/settings.local.json`
(exit code 1)

"#]]);
    scene.run("agentpkg status").prints(str![[r#"
guards 1.0.0  (^1.0)
  latest      installed
  changed     nothing: every file is as it was installed

  hooks off   Claude Code doesn't run 1 hook: agentpkg doctor

"#]]);
    scene.run("agentpkg install").prints(str![[r#"
nothing to do: everything is in place

  hooks off   Claude Code doesn't run 1 hook: agentpkg doctor

"#]]);
    scene.run("agentpkg upgrade").prints(str![[r#"
nothing to do: everything is in place

  hooks off   Claude Code doesn't run 1 hook: agentpkg doctor

"#]]);
}

#[test]
fn a_worktree_obeys_the_local_settings_of_its_main_checkout() {
    let scene = scene();
    scene.git(&["add", "."]);
    scene.git(&["commit", "--quiet", "-m", "all"]);
    scene.git(&["worktree", "add", "--quiet", "../other"]);
    let line = format!("cd ../other && {DOCTOR}");
    scene.run(&line).succeeds();
    let scene = scene.edited(
        ".claude/settings.local.json",
        "{\"disableAllHooks\": true}\n",
    );
    scene.run(&line).prints(str![[r#"
hooks are off in Claude Code
  claude      off (2.1.332): `[SCENE]/repo/.claude/settings.local.json`
              switches hooks off (`disableAllHooks`)

  next
    take `disableAllHooks` out of `[SCENE]/repo/.claude/settings.local.json`
(exit code 1)

"#]]);
}

#[test]
fn agents_of_which_nothing_is_known_or_that_have_none() {
    let scene = scene();
    scene
        .run("agentpkg install --agent codex --agent cursor")
        .succeeds();
    scene.run(DOCTOR).prints(str![[r#"
hooks are off in 1 of 3 agents
  claude      on (2.1.332): 1 hook runs
  codex       off (not on this PATH): Codex doesn't trust this folder, and runs none of its hooks
  cursor      can't be told: agentpkg doesn't know what switches hooks off in Cursor

  next        start `codex` here and trust the folder, then type `/hooks` and trust the hooks
(exit code 1)

"#]]);
}

#[test]
fn settings_of_a_person_and_a_shell() {
    let scene = scene().edited(
        "../home/.claude/settings.json",
        "{\"disableAllHooks\": true}\n",
    );
    let line = format!("export CLAUDE_CODE_SIMPLE=1; {DOCTOR}");
    scene.run(&line).prints(str![[r#"
hooks are off in Claude Code
  claude      off (2.1.332): this shell switches hooks off (`CLAUDE_CODE_SIMPLE=1`)
              `~/.claude/settings.json` switches hooks off (`disableAllHooks`)

  next        unset CLAUDE_CODE_SIMPLE
  next        take `disableAllHooks` out of `~/.claude/settings.json`
(exit code 1)

"#]]);
}

#[test]
fn settings_that_claude_code_skips() {
    let scene = scene().replaced(".claude/settings.json", "\"deny\": [", "\"deny\": [ // why");
    scene.run(DOCTOR).prints(str![[r#"
hooks are off in Claude Code
  claude      off (2.1.332): Claude Code skips `.claude/settings.json`: it isn't strict JSON

  next        agentpkg check
(exit code 1)

"#]]);
}

#[test]
fn an_entry_that_somebody_took_out() {
    let scene = scene().edited(".claude/settings.json", "{}\n");
    scene.run(DOCTOR).prints(str![[r#"
hooks are off in Claude Code
  claude      off (2.1.332): `.claude/settings.json` has no entry for guard

  next        agentpkg upgrade --restore .claude/settings.json
(exit code 1)

"#]]);
    scene
        .run("agentpkg upgrade --restore .claude/settings.json")
        .succeeds();
    scene.run(DOCTOR).succeeds();
}

#[test]
fn a_lost_executable_bit() {
    let scene = scene().with_mode(SCRIPT, 0o644);
    scene.run(DOCTOR).prints(str![[r#"
hooks are off in Claude Code
  claude      off (2.1.332): `.claude/hooks/guards/guard.sh` isn't executable

  next        agentpkg install
(exit code 1)

"#]]);
    scene.run("agentpkg install").succeeds();
    scene.run(DOCTOR).succeeds();
    // Where git takes no modes from the disk, it may have the file without one.
    scene.git(&["config", "core.fileMode", "false"]);
    scene.git(&["add", "."]);
    scene.git(&["update-index", "--chmod=-x", SCRIPT]);
    scene.run(DOCTOR).prints(str![[r#"
hooks are off in Claude Code
  claude      off (2.1.332): `.claude/hooks/guards/guard.sh` isn't executable in git, so that no
              clone runs it

  next        git update-index --chmod=+x .claude/hooks/guards/guard.sh
(exit code 1)

"#]]);
}

#[test]
fn windows_line_endings() {
    let scene = scene().edited(SCRIPT, "#!/bin/sh\r\nexit 0\r\n");
    scene.run(DOCTOR).prints(str![[r#"
hooks are off in Claude Code
  claude      off (2.1.332): `.claude/hooks/guards/guard.sh` has Windows line endings (CRLF), so
              that its `#!` line names no program

  next
    `.claude/hooks/guards/guard.sh`: save it with Unix line endings (LF), and add `*.sh text eol=lf` to .gitattributes
(exit code 1)

"#]]);
}

#[test]
fn a_missing_script() {
    let scene = scene().deleted(SCRIPT);
    scene.run(DOCTOR).prints(str![[r#"
hooks are off in Claude Code
  claude      off (2.1.332): `.claude/hooks/guards/guard.sh` isn't here

  next        agentpkg install
(exit code 1)

"#]]);
    scene.run("agentpkg install").succeeds();
    scene.run(DOCTOR).succeeds();
}

#[test]
fn an_ignored_file() {
    let scene = scene().edited(".gitignore", "hooks/\n");
    scene.run(DOCTOR).prints(str![[r#"
hooks are off in Claude Code
  claude      off (2.1.332): git ignores `.claude/hooks/guards/guard.hook` (.gitignore line 1), so
              that no clone has it
              git ignores `.claude/hooks/guards/guard.sh` (.gitignore line 1), so that no clone has
              it
              git ignores `.claude/hooks/run` (.gitignore line 1), so that no clone has it

  next        git add -f .claude/hooks/guards/guard.hook
  next        git add -f .claude/hooks/guards/guard.sh
  next        git add -f .claude/hooks/run
(exit code 1)

"#]]);
    for file in [
        SCRIPT,
        ".claude/hooks/guards/guard.hook",
        ".claude/hooks/run",
    ] {
        scene.git(&["add", "-f", file]);
    }
    scene.run(DOCTOR).succeeds();
}

#[test]
fn a_sparse_checkout() {
    let scene = scene().edited("src/a.rs", "");
    scene.git(&["add", "."]);
    scene.git(&["commit", "--quiet", "-m", "all"]);
    scene.git(&["sparse-checkout", "set", "src"]);
    scene.run(DOCTOR).prints(str![[r#"
hooks are off in Claude Code
  claude      off (2.1.332): this sparse checkout leaves out `.claude/settings.json`

  next        git sparse-checkout add .claude
(exit code 1)

"#]]);
    scene.run("git sparse-checkout add .claude").succeeds();
    scene.run(DOCTOR).succeeds();
}

#[test]
fn doctor_as_json() {
    let scene = scene().with_mode(SCRIPT, 0o644);
    is_documented(&format!("{DOCTOR} --json"), &scene);
    scene.run(&format!("{DOCTOR} --json")).prints(str![[r#"
{
  "format": 1,
  "command": "doctor",
  "root": "[SCENE]/repo",
  "from": "[SCENE]/repo",
  "ok": false,
  "agents": [
    {
      "agent": "claude",
      "state": "off",
      "installed": true,
      "version": "2.1.332",
      "hooks": [
        {
          "template": "guards",
          "id": "guard"
        }
      ],
      "findings": [
        {
          "hook": {
            "template": "guards",
            "id": "guard"
          },
          "off": true,
          "basis": "files",
          "message": "`.claude/hooks/guards/guard.sh` isn't executable",
          "hint": "agentpkg install"
        }
      ]
    }
  ],
  "git_error": null
}
(exit code 1)

"#]]);
}

#[test]
fn where_git_does_not_answer_the_rest_is_said() {
    let scene = scene().edited(".git/index", "none");
    scene.run(DOCTOR).prints(str![[r#"
ok: hooks run in Claude Code
  claude      on (2.1.332): 1 hook runs
(standard error)
warning: nobody can say what git hides from your team: git can't say which files it ignores
  fatal: .git/index: index file smaller than expected

"#]]);
}
