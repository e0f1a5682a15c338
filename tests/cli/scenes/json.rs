//! `--json` of every command that reads: the examples of docs/json.md.

use snapbox::str;
use support::Scene;

use super::templates::{GUARDS, REVIEWER_LATER, guards};

fn scene() -> Scene {
    guards()
        .installed("guards")
        .edited_rule(".claude/rules/guards/general.md", "Guards are ours.\n")
}

/// Checks that docs/json.md has this report.
#[track_caller]
pub fn is_documented(line: &str, scene: &Scene) {
    let printed = scene.run(line).stdout();
    let printed = printed
        .replace("[SCENE]/repo", "/srv/shop")
        .replace("[SCENE]/registry", "/srv/registry");
    let documented = include_str!("../../../docs/json.md");
    assert!(
        documented.contains(&format!("```json\n{printed}```")),
        "docs/json.md has no\n{printed}"
    );
}

#[test]
fn status_as_json() {
    let scene =
        scene()
            .published("guards", "1.1.0", GUARDS)
            .published("guards", "2.0.0", REVIEWER_LATER);
    is_documented("agentpkg status --json", &scene);
    scene.run("agentpkg status --json").prints(str![[r#"
{
  "format": 1,
  "command": "status",
  "root": "[SCENE]/repo",
  "templates": [
    {
      "name": "guards",
      "version": "1.0.0",
      "registry": "default",
      "tree": "sha256:e91fa513517c6cc917e4fef580cbc331168fa92e32967c88a9399a1e484f5939",
      "requirement": "^1.0",
      "newer": "1.1.0",
      "outside": "2.0.0",
      "held_back": null,
      "yanked": null,
      "recalled": false,
      "deprecated": null,
      "registry_error": null
    }
  ],
  "as_of": [],
  "managed": 10,
  "conflicts": [],
  "agents": [
    "claude"
  ],
  "changed": [
    {
      "path": ".claude/rules/guards/general.md",
      "state": "edited",
      "templates": [
        "guards"
      ]
    }
  ],
  "new": [],
  "differing": [],
  "not_installed": [],
  "not_wanted": [],
  "proposals": [],
  "interrupted": null,
  "hidden": []
}

"#]]);
}

#[test]
fn diff_as_json() {
    let scene = scene();
    is_documented("agentpkg diff --json", &scene);
    scene.run("agentpkg diff --json").prints(str![[r#"
{
  "format": 1,
  "command": "diff",
  "root": "[SCENE]/repo",
  "files": [
    {
      "path": ".claude/rules/guards/general.md",
      "state": "edited",
      "diff": "--- a/.claude/rules/guards/general.md\n+++ b/.claude/rules/guards/general.md\n@@ -2,4 +2,4 @@\n excludeAgent: \"coding-agent\"\n ---\n \n-Guards are low.\n+Guards are ours.\n"
    }
  ]
}

"#]]);
}

#[test]
fn check_as_json() {
    let scene = scene().deleted(".claude/hooks/guards/guard.sh");
    is_documented("agentpkg check --json", &scene);
    scene.run("agentpkg check --json").prints(str![[r#"
{
  "format": 1,
  "command": "check",
  "root": "[SCENE]/repo",
  "ok": false,
  "checked": 10,
  "hooks": [],
  "failures": [
    {
      "rule": "missing",
      "severity": "error",
      "path": ".claude/hooks/guards/guard.sh",
      "line": null,
      "message": "it is not there",
      "hint": "agentpkg install"
    },
    {
      "rule": "script",
      "severity": "error",
      "path": ".claude/settings.json",
      "line": null,
      "message": "it runs `.claude/hooks/guards/guard.sh`, which is not there",
      "hint": "agentpkg install"
    }
  ],
  "changed": [
    {
      "rule": "changed",
      "severity": "warning",
      "path": ".claude/rules/guards/general.md",
      "line": null,
      "message": "edited here",
      "hint": null
    }
  ],
  "unasked": [],
  "in_review": null,
  "not_run": [],
  "hidden": []
}
(exit code 1)

"#]]);
}

#[test]
fn search_as_json() {
    let scene = scene();
    is_documented("agentpkg search --json", &scene);
    scene.run("agentpkg search --json").prints(str![[r##"
{
  "format": 1,
  "command": "search",
  "registry": {
    "url": "[SCENE]/registry",
    "named_by": "manifest"
  },
  "registries": [
    {
      "url": "[SCENE]/registry",
      "named_by": "manifest",
      "name": "default",
      "error": null
    }
  ],
  "templates": [
    {
      "name": "guards",
      "registry": "default",
      "latest": "1.0.0",
      "description": "What guards is for",
      "keywords": [
        "security"
      ],
      "contact": "#agent-platform",
      "recommended": true
    }
  ]
}

"##]]);
}

#[test]
fn info_as_json() {
    let scene = scene();
    is_documented("agentpkg info guards --json", &scene);
    scene.run("agentpkg info guards --json").prints(str![[r##"
{
  "format": 1,
  "command": "info",
  "registry": {
    "url": "[SCENE]/registry",
    "named_by": "manifest"
  },
  "name": "guards",
  "version": "1.0.0",
  "description": "What guards is for",
  "license": "MIT",
  "contact": "#agent-platform",
  "questions": [
    {
      "key": "team",
      "ask": "Which team owns this repository?",
      "kind": "text",
      "choices": null,
      "pattern": "^[a-z][a-z0-9-]*$",
      "default": null
    },
    {
      "key": "level",
      "ask": "How strict should the guards be?",
      "kind": "choice",
      "choices": [
        "low",
        "high"
      ],
      "pattern": null,
      "default": "low"
    }
  ],
  "deprecated": null,
  "releases": [
    {
      "version": "1.0.0",
      "tree": "sha256:e91fa513517c6cc917e4fef580cbc331168fa92e32967c88a9399a1e484f5939",
      "size": 825,
      "released": "2026-07-10T00:00:00Z",
      "yanked": null,
      "recalled": false
    }
  ],
  "readme": "# guards\n"
}

"##]]);
}

#[test]
fn json_is_printed_whatever_the_verbosity() {
    scene()
        .run("agentpkg search nothing-such --json --quiet")
        .prints(str![[r#"
{
  "format": 1,
  "command": "search",
  "registry": {
    "url": "[SCENE]/registry",
    "named_by": "manifest"
  },
  "registries": [
    {
      "url": "[SCENE]/registry",
      "named_by": "manifest",
      "name": "default",
      "error": null
    }
  ],
  "templates": []
}

"#]]);
}
