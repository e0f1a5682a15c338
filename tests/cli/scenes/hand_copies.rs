//! What a team copied from a template by hand before it installed it: it comes under management
//! where the template has it, with the team's edits, and nothing is there twice.

use snapbox::str;
use support::Scene;

const GUARD: &str = "#!/bin/sh\ncat > /dev/null\nexit 0\n";
const STYLE: &str =
    "# Style\n\n- Short names.\n- Short functions.\n- No abbreviations.\n- No surprises.\n";
const NEWER_STYLE: &str =
    "# Style\n\n- Short names.\n- Short functions.\n- No abbreviations.\n- No surprises, ever.\n";
const ROOT: &str = "## House rules\n\n- Be brief.\n- Be right.\n- Be kind.\n";
const NEWER_ROOT: &str = "## House rules\n\n- Be brief.\n- Be right.\n- Be kind, always.\n";

const HOOK: &str = "[[hooks]]\nid = \"guard\"\nevent = \"before-tool\"\nmatches = \"Bash\"\nrun = \"hooks/guard.sh\"\ntimeout = SECONDS\n\n\
    [permissions]\ndeny = [\"Read(.env)\"]\n\n[mcp.docs]\ncommand = \"docs-mcp\"\nargs = [ARGS]\n";

/// A registry with 1.0.0 and 1.1.0 of a template that has something of each kind.
fn scene() -> Scene {
    let scene = Scene::new();
    for (version, style, root, seconds, args, ignored) in [
        ("1.0.0", STYLE, ROOT, "10", "\"--stdio\"", "dist/\n*.tmp\n"),
        (
            "1.1.0",
            NEWER_STYLE,
            NEWER_ROOT,
            "20",
            "\"--stdio\", \"--quiet\"",
            "dist/\n*.tmp\n*.bak\n",
        ),
    ] {
        let entries = HOOK.replace("SECONDS", seconds).replace("ARGS", args);
        let files = [
            ("template.toml", entries.as_str()),
            ("rules/style.md", style),
            ("rules/tests.md", "# Tests\n\nRun them.\n"),
            ("hooks/guard.sh", GUARD),
            ("root.md", root),
            ("gitignore", ignored),
        ];
        scene.write_source("house", version, &files);
        scene.publish("house", "registry");
    }
    scene
}

/// What a README tells people to copy, of 1.0.0.
fn copied() -> Scene {
    let scene = scene();
    let settings = r#"{
  "hooks": {
    "PreToolUse": [
      {
        "matcher": "Bash",
        "hooks": [
          {"type": "command", "command": "$CLAUDE_PROJECT_DIR/.claude/hooks/guard.sh", "timeout": 10}
        ]
      }
    ]
  },
  "permissions": {"deny": ["Read(.env)"], "allow": ["Bash(make *)"]}
}
"#;
    scene.write(".claude/rules/style.md", STYLE);
    scene.write(".claude/rules/tests.md", "# Tests\n\nRun them.\n");
    scene
        .write(".claude/hooks/guard.sh", GUARD)
        .chmod(".claude/hooks/guard.sh", 0o755);
    scene.write(".claude/settings.json", settings);
    scene.write(
        ".mcp.json",
        "{\"mcpServers\": {\"docs\": {\"command\": \"docs-mcp\", \"args\": [\"--stdio\"]}}}\n",
    );
    scene.write("CLAUDE.md", format!("# Shop\n\n{ROOT}\n## Ours\n\nMore.\n"));
    scene.write(".gitignore", "target/\n*.tmp\n.env\ndist/\n");
    scene.git(&["add", "-A"]);
    scene.git(&["commit", "-qm", "copied by hand"]);
    scene
}

#[test]
fn an_older_copy_is_brought_up_to_date_and_nothing_is_there_twice() {
    let scene = copied();
    let before = scene.tree();
    scene.run("agentpkg install house").prints(str![[r#"
installed house 1.1.0
  merged      4 files into what was there: .gitignore, .mcp.json, CLAUDE.md, .claude/settings.json
  updated     3 files: .claude/hooks/house/guard.sh, .claude/rules/house/style.md,
              .claude/rules/house/tests.md
  now managed 7 existing files, copied from house 1.0.0, 1.1.0
  registry    [SCENE]/registry, named by `AGENTPKG_REGISTRY`
              `agentpkg.toml` names it as `[SCENE]/registry`: teammates
              need a folder of that name too
  agent       Claude Code (in use here)
  can run     hook      guard  before shell commands, can block, 20 s
              server    docs   docs-mcp --stdio --quiet
              (trusted: registry [SCENE]/registry)
  context     always loaded: 14 lines; 1 script may run; 1 server may be started

  commit      git add .claude .gitignore .mcp.json CLAUDE.md agentpkg.lock agentpkg.toml
              your teammates get all of it from git; they need no tool
  go back     agentpkg undo

"#]]);
    scene.absent(".claude/rules/style.md");
    scene.absent(".claude/hooks/guard.sh");
    scene.reads(".claude/rules/house/style.md", NEWER_STYLE);
    scene.reads(
        "CLAUDE.md",
        str![[r#"
# Shop

<!-- BEGIN agentpkg house -->
## House rules

- Be brief.
- Be right.
- Be kind, always.
<!-- END agentpkg house -->

## Ours

More.

"#]],
    );
    scene.reads(
        ".gitignore",
        str![[r#"
target/
# BEGIN agentpkg house
dist/
*.tmp
*.bak
# END agentpkg house
.env

"#]],
    );
    scene.reads(".claude/settings.json", str![[r#"
{
  "hooks": {
    "PreToolUse": [
      {
        "matcher": "Bash",
        "hooks": [
          {"type": "command", "command": "\"$CLAUDE_PROJECT_DIR\"/.claude/hooks/house/guard.sh", "timeout": 20}
        ]
      }
    ]
  },
  "permissions": {"deny": ["Read(.env)"], "allow": ["Bash(make *)"]}
}

"#]]);
    scene.reads(
        ".mcp.json",
        str![[r#"
{"mcpServers": {"docs": {"command": "docs-mcp", "args": ["--stdio", "--quiet"]}}}

"#]],
    );
    scene.run("agentpkg check").succeeds();
    scene.run("agentpkg undo").succeeds();
    assert_eq!(scene.tree(), before);
}

#[test]
fn edits_and_deletions_in_a_copy_are_kept() {
    let scene = copied()
        .replaced(".claude/rules/style.md", "- Short functions.\n", "")
        .replaced("CLAUDE.md", "- Be brief.\n", "- Be brief, please.\n")
        .replaced(
            ".claude/settings.json",
            "\"timeout\": 10",
            "\"timeout\": 15",
        );
    scene
        .run("agentpkg install house")
        .needs_a_person()
        .complains("`/hooks/PreToolUse/0/hooks/0/timeout`");
    scene.reads(
        ".claude/rules/house/style.md",
        NEWER_STYLE.replace("- Short functions.\n", "").as_str(),
    );
    scene.reads(
        "CLAUDE.md",
        str![[r#"
# Shop

<!-- BEGIN agentpkg house -->
## House rules

- Be brief, please.
- Be right.
- Be kind, always.
<!-- END agentpkg house -->

## Ours

More.

"#]],
    );
}

#[test]
fn a_copy_whose_only_edit_is_a_deletion_keeps_it() {
    let scene = scene();
    scene.write(
        ".claude/rules/style.md",
        NEWER_STYLE.replace("- Short names.\n", ""),
    );
    scene.run("agentpkg install house").succeeds();
    scene.reads(
        ".claude/rules/house/style.md",
        NEWER_STYLE.replace("- Short names.\n", "").as_str(),
    );
    // So does one at the very place.
    let scene = self::scene();
    let files = [(
        "skills/x/SKILL.md",
        "---\nname: x\ndescription: d\n---\n\nOne.\n\nTwo.\n\nThree.\n",
    )];
    let scene = scene.published("skills", "1.0.0", &files);
    let shorter = "---\nname: x\ndescription: d\n---\n\nOne.\n\nThree.\n";
    scene.write(".claude/skills/x/SKILL.md", shorter);
    scene.run("agentpkg install skills").succeeds();
    scene.reads(".claude/skills/x/SKILL.md", shorter);
}

#[test]
fn when_the_template_goes_the_team_has_what_it_had() {
    let scene = copied();
    let text = scene.text("CLAUDE.md");
    scene.run("agentpkg install house").succeeds();
    scene.run("agentpkg remove house").needs_a_person();
    scene.reads("CLAUDE.md", text.as_str());
    scene.reads(".claude/rules/house/style.md", NEWER_STYLE);
    scene.run("agentpkg lint").succeeds();
}

#[test]
fn what_is_named_elsewhere_or_like_it_by_chance_stays() {
    let scene = scene();
    scene.write(".claude/rules/style.md", STYLE);
    scene.write("CLAUDE.md", "# Shop\n\nSee @.claude/rules/style.md\n");
    scene.write(
        ".claude/rules/tests.md",
        "# Tests\n\nOurs are run by the robot.\n\nNever by hand.\n",
    );
    scene.run("agentpkg install house").succeeds();
    scene.reads(".claude/rules/style.md", STYLE);
    scene.reads(
        ".claude/rules/tests.md",
        "# Tests\n\nOurs are run by the robot.\n\nNever by hand.\n",
    );
    // A script that runs with arguments of the team's own isn't the template's hook.
    let scene = copied().replaced(".claude/settings.json", "guard.sh\"", "guard.sh --strict\"");
    scene.run("agentpkg install house").succeeds();
    scene.reads(".claude/hooks/guard.sh", GUARD);
    scene.reads(".claude/hooks/house/guard.sh", GUARD);
}
