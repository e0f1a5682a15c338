//! `lint`: a repo with every broken hook, and what it says where there is little to say.

use snapbox::str;
use support::Scene;

use super::templates::{REVIEWER, guards};

/// Hooks as people write them, each broken in its own way.
fn broken() -> Scene {
    let settings = r#"{
  "hooks": {
    "PreToolUse": [
      { "matcher": "Bash", "hooks": [
        { "type": "command", "command": ".claude/hooks/gate.sh", "timeout": 5000 }
      ] },
      { "matcher": "Edit", "hooks": [
        { "type": "command", "command": "prettier --write $CLAUDE_TOOL_INPUT_FILE_PATH" }
      ] },
      { "matcher": "Bash", "owner": "platform", "hooks": [
        { "type": "command", "command": "$CLAUDE_PROJECT_DIR/.claude/hooks/gone.sh", "timeout": 10, "retries": 3 }
      ] }
    ],
    "PostToolUses": [
      { "hooks": [{ "type": "command", "command": "echo \"$CLAUDE_TOOL_INPUT\" \"$TOOL_ARGS\"", "timeout": 10 }] }
    ],
    "Stop": [
      { "matcher": "Bash", "hooks": [
        { "type": "command", "command": "\"$CLAUDE_PROJECT_DIR\"/.claude/hooks/stop.sh", "timeout": 10 }
      ] }
    ]
  }
}
"#;
    Scene::without_git()
        .edited(".claude/settings.json", settings)
        .edited(
            ".claude/hooks/gate.sh",
            "#!/bin/sh\nif grep -q 'push --force'; then\n  exit 1\nfi\n",
        )
        .with_mode(".claude/hooks/gate.sh", 0o644)
        .edited(
            ".claude/hooks/stop.sh",
            "#!/bin/sh\nmake test >&2 || exit 2\n",
        )
}

#[test]
fn each_broken_hook_is_found_with_why_and_what_to_write() {
    broken().run("agentpkg lint").prints(str![[r#"
7 errors and 8 warnings in 3 files; 3 files read

.claude/hooks/gate.sh
  line 3      warning hook-exit-1: `exit 1` blocks nothing on PreToolUse: the agent goes on
  fix         write `exit 2` to block, with the reason on standard error; `exit 0` to let it pass

.claude/hooks/stop.sh
  file        warning hook-stop-loop: it blocks on Stop without a look at `stop_hook_active`: the
              agent may never stop
  fix         let it pass where the input has `"stop_hook_active": true`

.claude/settings.json
  line 5      error hook-timeout-milliseconds: a timeout is in seconds: this is 83 minutes
  fix         write `"timeout": 5`
  line 5      warning hook-relative-path: `.claude/hooks/gate.sh` is looked for where the agent
              happens to be: after a `cd` it is not found
  fix         write `\"$CLAUDE_PROJECT_DIR\"/.claude/hooks/gate.sh`
  line 5      error hook-script-not-executable: `.claude/hooks/gate.sh` is not executable: the hook
              does nothing, and nobody is told
  fix         chmod +x .claude/hooks/gate.sh
  line 8      error hook-phantom-variable: nobody sets `$CLAUDE_TOOL_INPUT_FILE_PATH`: what a hook
              is told comes on standard input, as JSON
  fix         read it there, as with `jq -r '.tool_input.file_path'`
  line 8      warning hook-no-timeout: it has no timeout: if it hangs, the agent waits ten minutes
  fix         add `"timeout": 10`, in seconds
  line 10     warning hook-unknown-key: `owner` is no key of a group of hooks: it has no effect
  fix         take `owner` out
  line 11     warning hook-unknown-key: `retries` is no key of a `command` hook: it has no effect
  fix         take `retries` out
  line 11     warning hook-unquoted-project-dir: `$CLAUDE_PROJECT_DIR` is not quoted: in a folder
              with a space in its name nothing is run
  fix         write `\"$CLAUDE_PROJECT_DIR\"/.claude/hooks/gone.sh`
  line 11     error hook-script-missing: no file is at `.claude/hooks/gone.sh`: the hook does
              nothing, and nobody is told
  fix         add the script, or take the hook out
  line 14     error hook-unknown-event: `PostToolUses` is no event: its hooks never run
  fix         write `PostToolUse`
  line 15     error hook-phantom-variable: nobody sets `$CLAUDE_TOOL_INPUT`: what a hook is told
              comes on standard input, as JSON
  fix         read it there, as with `jq -r '.tool_input.file_path'`
  line 15     error hook-phantom-variable: nobody sets `$TOOL_ARGS`: what a hook is told comes on
              standard input, as JSON
  fix         read it there, as with `jq -r '.tool_input.file_path'`
  line 18     warning hook-matcher-ignored: Stop takes no matcher: the hook runs every time
  fix         take the matcher out, and look at the input in the script

  rules       each has a section in docs/lint.md
(exit code 1)

"#]]);
}

#[test]
fn a_repository_without_a_finding_is_ok() {
    let scene = Scene::without_git().edited("CLAUDE.md", "Tests first.\n");
    scene.run("agentpkg lint").prints(str![[r#"
ok: nothing found in 1 file

"#]]);
    scene.run("agentpkg lint --quiet").prints(str![[r#""#]]);
    Scene::without_git().run("agentpkg lint").prints(str![[r#"
nothing to lint: no files for agents here

"#]]);
    guards()
        .installed("guards")
        .run("agentpkg lint")
        .prints(str![[r#"
ok: nothing found in 9 files

"#]]);
}

#[test]
fn what_only_surprises_is_shown_and_no_failure() {
    let scene = Scene::new()
        .edited("docs/x.md", "")
        .edited("CLAUDE.md", "See [a](docs/a.md), [x](docs/x.md).\n");
    let scene = scene.edited(".claude/rules/long.md", "- One more.\n".repeat(201));
    scene.run("cd docs && agentpkg lint").prints(str![[r#"
2 warnings in 2 files; 2 files read
  in          [SCENE]/repo

.claude/rules/long.md
  file        warning rule-too-long: it has 201 lines: an agent loads all of them, and follows long
              instructions less well
  fix         split it: give rules that concern some files a header with `paths`, and move how-to
              into a skill

CLAUDE.md
  line 1      warning link-missing: `docs/a.md` leads to `docs/a.md`, which is not there
  fix         name the file as it is seen from this one, or take the link out

  rules       each has a section in docs/lint.md

"#]]);
}

#[test]
fn a_folder_is_named_or_found() {
    let scene = Scene::new()
        .edited("sub/CLAUDE.md", "@gone.md\n")
        .edited("CLAUDE.md", "Fine.\n");
    scene.run("agentpkg lint sub").prints(str![[r#"
1 warning in 1 file; 1 file read
  in          [SCENE]/repo/sub

CLAUDE.md
  line 1      warning link-missing: `@gone.md` imports `gone.md`, which is not there: the agent
              reads nothing
  fix         name the file as it is seen from this one, or take the import out

  rules       each has a section in docs/lint.md

"#]]);
    scene.run("agentpkg lint nothing").prints(str![[r#"
(standard error)
error: `nothing` is not a folder
hint: name the folder of a repository, or of a template's source
(exit code 2)

"#]]);
    let scene = scene.source("reviewer", "1.0.0", REVIEWER);
    scene
        .run("agentpkg lint ../templates/reviewer")
        .prints(str![[r#"
ok: nothing found in 4 files
  in          [SCENE]/templates/reviewer

"#]]);
    scene
        .run("cd ../templates/reviewer && agentpkg lint")
        .prints(str![[r#"
ok: nothing found in 4 files

"#]]);
}

#[test]
fn nothing_is_read_out_of_the_repository() {
    let scene = Scene::new()
        .edited("../outside/a.md", "@gone.md\n")
        .edited(".claude/rules/a.md", "Fine.\n");
    let scene = scene
        .edited("../outside/CLAUDE.md", "@gone.md\n")
        .linked("CLAUDE.md", "../outside/CLAUDE.md");
    let scene = scene
        .linked(".claude/rules/out", "../../../outside")
        .linked(".claude/skills", "../../outside");
    let scene = scene.edited(".claude/rules/picture.png", b"\x89PNG\xff\xfe");
    let scene = scene.edited(".claude/rules/large.md", "x".repeat((1 << 20) + 1));
    scene.run("agentpkg lint").prints(str![[r#"
ok: nothing found in 1 file
  not read    `.claude/rules/large.md`, which is too large
  not read    `.claude/skills`, which is a link that leads out of the repository
  not read    `CLAUDE.md`, which is a link that leads out of the repository

"#]]);
}

#[test]
fn programs_get_json_and_sarif() {
    let scene = Scene::without_git().edited("CLAUDE.md", "Tests first.\n\n@docs/style.md\n");
    let scene = scene.edited(
        ".claude/agents/reviewer.md",
        "---\nname: reviewer\n---\nLook at the tests.\n",
    );
    scene.run("agentpkg lint --format json").prints(str![[r#"
{
  "format": 1,
  "command": "lint",
  "root": "[SCENE]/repo",
  "ok": false,
  "read": 2,
  "errors": 1,
  "warnings": 1,
  "findings": [
    {
      "rule": "agent-frontmatter",
      "severity": "error",
      "path": ".claude/agents/reviewer.md",
      "line": 1,
      "message": "`description` is missing: the agent is not loaded",
      "hint": "write `description: …` between the two lines `---`"
    },
    {
      "rule": "link-missing",
      "severity": "warning",
      "path": "CLAUDE.md",
      "line": 3,
      "message": "`@docs/style.md` imports `docs/style.md`, which is not there: the agent reads nothing",
      "hint": "name the file as it is seen from this one, or take the import out"
    }
  ],
  "not_read": []
}
(exit code 1)

"#]]);
    let printed = scene
        .run("agentpkg lint --format json")
        .stdout()
        .replace("[SCENE]/repo", "/srv/shop");
    let documented = include_str!("../../../docs/json.md");
    assert!(
        documented.contains(&format!("```json\n{printed}```")),
        "docs/json.md has no\n{printed}"
    );

    let sarif: serde_json::Value =
        serde_json::from_str(&broken().run("agentpkg lint --format sarif").stdout()).unwrap();
    assert_eq!(sarif["version"], "2.1.0");
    let run = &sarif["runs"][0];
    let driver = &run["tool"]["driver"];
    assert_eq!(driver["name"], "agentpkg");
    let results = run["results"].as_array().unwrap();
    assert!(results.len() > 10);
    for result in results {
        let rule =
            &driver["rules"][usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], result["ruleId"]);
        assert!(["error", "warning"].contains(&result["level"].as_str().unwrap()));
        assert!(!result["message"]["text"].as_str().unwrap().is_empty());
        let place = &result["locations"][0]["physicalLocation"];
        assert!(
            place["artifactLocation"]["uri"]
                .as_str()
                .unwrap()
                .starts_with(".claude/")
        );
        assert!(
            place["region"]["startLine"]
                .as_u64()
                .is_none_or(|line| line > 0)
        );
    }
}

#[test]
fn publish_refuses_errors_and_shows_warnings() {
    let hook = "\n[[hooks]]\nid = \"gate\"\nevent = \"before-tool\"\nmatches = \"Bash\"\nrun = \"hooks/gate.sh\"\n";
    let timed = format!("{hook}timeout = 10000\n[permissions]\ndeny = [\"Read(.e\\u200bnv)\"]\n");
    let gate = (
        "hooks/gate.sh",
        "#!/bin/sh\ngrep -q force && exit 1\necho \"$TOOL_ARGS\"\n",
    );
    let skill = (
        "skills/notes/SKILL.md",
        "---\nname: Notes\ndescription: Writes notes.\n---\nRead the log.\n",
    );
    let scene = Scene::without_git().source(
        "gates",
        "1.0.0",
        &[("template.toml", timed.as_str()), gate, skill],
    );
    scene
        .run("agentpkg publish ../templates/gates --registry ../registry")
        .prints(str![[r#"
(standard error)
error: `gates` 1.0.0 has 4 errors that `lint` finds
  `hooks/gate.sh` line 3: nobody sets `$TOOL_ARGS`: what a hook is told comes on standard input, as
    JSON (hook-phantom-variable); read it there, as with `jq -r '.tool_input.file_path'`
  `skills/notes/SKILL.md` line 2: the name `Notes` has other characters than `a-z`, `0-9` and `-`
    (skill-name); write `name: notes`
  `template.toml`: U+200B is a character without a width (hidden-unicode); delete it; type the line
    anew if you can't find it
  `template.toml` line 7: a timeout is in seconds: this is 3 hours (hook-timeout-milliseconds);
    write `timeout = 10`
hint: each rule has a section in docs/lint.md; `agentpkg lint` shows warnings too
(exit code 2)

"#]]);
    scene.absent("../registry");
    let gate = (
        "hooks/gate.sh",
        "#!/bin/sh\ngrep -q force && exit 1\nexit 0\n",
    );
    let scene = scene.source("gates", "1.0.0", &[("template.toml", hook), gate]);
    scene
        .run("agentpkg publish ../templates/gates --registry ../registry")
        .prints(str![[r#"
published gates 1.0.0
  registry    [SCENE]/registry, a new registry
  files       4 files, packed to 351 bytes
  tree        sha256:794560fe154b642100ec180ff31691be5d61454c299f4e12ea8fb3df8f9c8401
  warnings    1 warning in 1 file

hooks/gate.sh
  line 2      warning hook-exit-1: `exit 1` blocks nothing on PreToolUse: the agent goes on
  fix         write `exit 2` to block, with the reason on standard error; `exit 0` to let it pass

  for teams   agentpkg install gates --registry [SCENE]/registry

"#]]);
}
