//! `capabilities`: what may run or reach out, and who brought it.

use snapbox::str;
use support::Scene;

use super::templates::guards;

#[test]
fn everything_that_may_run_is_listed_with_who_brought_it() {
    let scene = guards().installed("guards").replaced(
        ".claude/settings.json",
        "\"permissions\": {",
        "\"statusLine\": { \"type\": \"command\", \"command\": \"tools/line.sh\" },\n  \"permissions\": {\n    \"allow\": [\"Bash(make *)\"],",
    );
    let scene = scene
        .edited("tools/line.sh", "#!/bin/sh\necho here\n")
        .edited(".claude/hooks/guards/guard.sh", "#!/bin/sh\nexit 2\n")
        .edited(
            ".claude/settings.local.json",
            "{ \"permissions\": { \"allow\": [\"Bash(ls)\"] } }\n",
        )
        .edited(
            ".claude/skills/deploy/SKILL.md",
            "---\nname: deploy\ndescription: Deploy\n---\nNow: !`git log -1`\n",
        )
        .replaced(
            ".mcp.json",
            "\"docs-mcp\"",
            "\"npx\", \"args\": [\"docs-mcp\"]",
        );
    scene.run("agentpkg capabilities").prints(str![[r#"
6 things here may run, reach out, or are allowed without asking
  hook        PreToolUse .claude/hooks/guards/guard.sh (guards, edited here) 468647f779df
  server      docs = npx docs-mcp (guards, edited here; `docs-mcp` is whatever is newest when it
              runs) 25e1b852b1c4
  command     statusLine = tools/line.sh (yours) 1050d86063c8
  inline command git log -1 in .claude/skills/deploy/SKILL.md (yours) 9e024564872a
  allow       Bash(make *) (yours) 537bdb99b176
  allow       Bash(ls) in .claude/settings.local.json (yours alone, in a file that is not shared)
              96489c1f895a

"#]]);
    let scene = scene.edited(".mcp.json", "{ // mine\n}\n").edited(
        ".claude/settings.local.json",
        "{ \"disableAllHooks\": true }\n",
    );
    scene.run("agentpkg capabilities").prints(str![[r#"
5 things here may run, reach out, or are allowed without asking
  hook        PreToolUse .claude/hooks/guards/guard.sh (guards, edited here; switched off by
              `disableAllHooks` in `.claude/settings.local.json`) 468647f779df
  command     statusLine = tools/line.sh (yours) 1050d86063c8
  inline command git log -1 in .claude/skills/deploy/SKILL.md (yours) 9e024564872a
  allow       Bash(make *) (yours) 537bdb99b176
  setting     disableAllHooks in .claude/settings.local.json = true (yours alone, in a file that is
              not shared) e713f1a4b7b3
(standard error)
warning: `.mcp.json` can't be read, so the agent takes nothing from it: line 1: a comment, which
  strict JSON does not have
hint: agentpkg lint

"#]]);
    scene.run("agentpkg capabilities --json | head -22").prints(str![[r#"
{
  "format": 1,
  "command": "capabilities",
  "root": "[SCENE]/repo",
  "capabilities": [
    {
      "kind": "hook",
      "path": ".claude/settings.json",
      "name": "PreToolUse .claude/hooks/guards/guard.sh",
      "says": "{\n  \"hooks\": [\n    {\n      \"command\": \"\\\"$CLAUDE_PROJECT_DIR\\\"/.claude/hooks/guards/guard.sh\",\n      \"timeout\": 10,\n      \"type\": \"command\"\n    }\n  ],\n  \"matcher\": \"Bash\"\n}",
      "runs": [
        ".claude/hooks/guards/guard.sh"
      ],
      "digest": "sha256:468647f779df0734cb66b6c8593a3a14290fc57a8782a299a262737868dd9d6a",
      "unpinned": null,
      "skips": null,
      "by": "edited",
      "template": "guards",
      "switched_off": "`disableAllHooks` in `.claude/settings.local.json`"
    },
    {
      "kind": "command",

"#]]);
}

#[test]
fn a_repo_without_agent_files_has_nothing_that_runs() {
    Scene::without_git()
        .run("agentpkg capabilities")
        .prints(str![[r#"
nothing here runs, reaches out or widens what is allowed

"#]]);
}
