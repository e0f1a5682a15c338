//! `audit`: what can run or reach out, who brought it, and what of it is wrong.

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
    scene.run("agentpkg audit").prints(str![[r#"
2 problems; 6 things here can run, reach out, or are allowed without asking
  hook        PreToolUse .claude/hooks/guards/guard.sh (guards, edited since it was approved)
              5188081b8cda
  server      docs = npx docs-mcp (guards, edited since it was approved; `docs-mcp` is whatever is
              newest when it runs) 25e1b852b1c4
  command     statusLine = tools/line.sh (yours) 1050d86063c8
  inline command git log -1 in .claude/skills/deploy/SKILL.md (yours) 9e024564872a
  allow       Bash(make *) (yours) 537bdb99b176
  allow       Bash(ls) in .claude/settings.local.json (yours alone, in a file that is not shared)
              96489c1f895a
(exit code 1)

"#]]);
    let scene = scene.edited(".mcp.json", "{ // mine\n}\n").edited(
        ".claude/settings.local.json",
        "{ \"disableAllHooks\": true }\n",
    );
    scene.run("agentpkg audit").prints(str![[r#"
2 problems; 5 things here can run, reach out, or are allowed without asking
  hook        PreToolUse .claude/hooks/guards/guard.sh (guards, edited since it was approved;
              switched off by `disableAllHooks` in `.claude/settings.local.json`) 5188081b8cda
  command     statusLine = tools/line.sh (yours) 1050d86063c8
  inline command git log -1 in .claude/skills/deploy/SKILL.md (yours) 9e024564872a
  allow       Bash(make *) (yours) 537bdb99b176
  setting     disableAllHooks in .claude/settings.local.json = true (yours alone, in a file that is
              not shared) e713f1a4b7b3
(standard error)
warning: `.mcp.json` line 1: the agent takes nothing from this file: a comment, which strict JSON
  does not have
hint: agentpkg lint
(exit code 1)

"#]]);
    scene
        .run("agentpkg audit --json | head -23")
        .prints(str![[r#"
{
  "format": 1,
  "command": "audit",
  "root": "[SCENE]/repo",
  "problems": 2,
  "asked": true,
  "templates": [
    {
      "newer": null,
      "outside": null,
      "held_back": null,
      "yanked": null,
      "recalled": false,
      "deprecated": null,
      "registry_error": null,
      "name": "guards",
      "version": "1.0.0"
    }
  ],
  "in_review": null,
  "unapproved": [],
  "capabilities": [
    {

"#]]);
}

#[test]
fn a_repo_without_agent_files_has_nothing_that_runs() {
    Scene::without_git().run("agentpkg audit").prints(str![[r#"
nothing here can run, reach out or widen what is allowed

"#]]);
}
