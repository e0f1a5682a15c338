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
  added       2 files: .claude/hooks/house/guard.hook, .claude/hooks/run
  merged      4 files, everything of yours kept: .gitignore, .mcp.json, CLAUDE.md,
              .claude/settings.json
  updated     3 files: .claude/hooks/house/guard.sh, .claude/rules/house/style.md,
              .claude/rules/house/tests.md
  now managed 7 existing files, copied from house 1.0.0, 1.1.0
  moved       3 files to where the template has them: .claude/hooks/house/guard.sh,
              .claude/rules/house/style.md, .claude/rules/house/tests.md
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
    scene.has_rule(".claude/rules/house/style.md", NEWER_STYLE);
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
          {"type": "command", "command": "sh \"$CLAUDE_PROJECT_DIR/.claude/hooks/run\" claude before-tool house/guard || exit 2", "timeout": 20}
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
    scene.has_rule(
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
    scene.has_rule(
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
    scene.has_rule(".claude/rules/house/style.md", NEWER_STYLE);
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

#[test]
fn a_copied_hook_goes_along_however_its_entry_was_edited() {
    for (old, new) in [
        ("\"timeout\": 10", "\"timeout\": 5"),
        (", \"timeout\": 10", ""),
        ("\"matcher\": \"Bash\"", "\"matcher\": \"Bash|Write\""),
    ] {
        let scene = copied().replaced(".claude/settings.json", old, new);
        scene.run("agentpkg install house@=1.0.0").succeeds();
        let settings = scene.text(".claude/settings.json");
        assert_eq!(settings.matches("house/guard ").count(), 1, "{settings}");
        assert!(!settings.contains("guard.sh"), "{settings}");
        assert!(new.is_empty() || settings.contains(new), "{settings}");
        scene.absent(".claude/hooks/guard.sh");
    }
}

#[test]
fn a_copy_that_was_renamed_since_is_found_under_its_old_name() {
    let scene = Scene::new();
    let rule = "# Reviews\n\nLook at tests.\n\nLook at names.\n\nRest.\n";
    let scene = scene.published("house", "1.0.0", &[("rules/reviews.md", rule)]);
    let renames = "[renames]\n\"rules/reviews.md\" = \"rules/merge-requests.md\"\n";
    let files = [
        ("template.toml", renames),
        ("rules/merge-requests.md", rule),
    ];
    let scene = scene.published("house", "1.1.0", &files);
    let newest = rule.replace("Rest.", "Rest a while.");
    let other = [("rules/merge-requests.md", newest.as_str())];
    let scene = scene.published("house", "1.2.0", &other);
    scene.write(".claude/rules/reviews.md", rule);
    scene.run("agentpkg install house").succeeds();
    scene.absent(".claude/rules/reviews.md");
    scene.has_rule(".claude/rules/house/merge-requests.md", other[0].1);
}

#[test]
fn a_copied_block_may_be_edited_at_its_ends() {
    let scene = copied()
        .replaced("CLAUDE.md", "- Be kind.", "- Be kind to us.")
        .replaced("CLAUDE.md", "## House rules", "## Our house rules");
    scene.run("agentpkg install house@=1.0.0").succeeds();
    let text = scene.text("CLAUDE.md");
    let block = text.split("agentpkg house -->\n").nth(1).unwrap();
    assert!(
        block.starts_with("## Our house rules") && block.contains("to us"),
        "{text}"
    );
}

#[test]
fn what_git_ignores_stays_ignored() {
    let files = |patterns: &'static str| [("gitignore", patterns)];
    let scene = Scene::new().published("ignores", "1.0.0", &files(".env\n*.log\n"));
    scene.write(".gitignore", "build/\n.env\n");
    scene.run("agentpkg install ignores").succeeds();
    let scene = scene.published("ignores", "1.1.0", &files(".secret\n*.log\n"));
    scene.run("agentpkg upgrade").succeeds();
    let text = scene.text(".gitignore");
    for pattern in ["build/", ".env", ".secret", "*.log"] {
        let times = text.lines().filter(|line| *line == pattern).count();
        assert_eq!(times, 1, "{pattern}: {text}");
    }
}

#[test]
fn a_copy_stays_where_something_else_finds_it() {
    let staying = |scene: &Scene| {
        let ran = scene.run("agentpkg install house");
        ran.shows("there twice .claude/");
        scene.run("agentpkg check").succeeds();
    };
    let scene = copied();
    scene.write("Makefile", "guard:\n\t.claude/hooks/guard.sh\n");
    staying(&scene);
    scene.reads(".claude/hooks/guard.sh", GUARD);
    let scene = copied();
    scene.link("guard", ".claude/hooks/guard.sh");
    staying(&scene);
    scene.reads("guard", GUARD);
    let scene = copied().replaced(
        ".claude/settings.json",
        "\"permissions\"",
        "\"statusLine\": {\"type\": \"command\", \"command\": \".claude/hooks/guard.sh\"},\n  \"permissions\"",
    );
    staying(&scene);
    scene.reads(".claude/hooks/guard.sh", GUARD);
    // Edited, it finds others from where it lies.
    let scene = copied();
    let own = GUARD.replace("exit 0", "cd \"$(dirname \"$0\")/../..\" && exit 0");
    scene.write(".claude/hooks/guard.sh", &own);
    staying(&scene);
    scene.reads(".claude/hooks/guard.sh", own.as_str());
}

#[test]
fn a_private_copy_stays_private() {
    let scene = copied();
    scene.write(".claude/rules/style.md", format!("{STYLE}\nOurs.\n"));
    scene.git(&["rm", "-q", "--cached", ".claude/rules/style.md"]);
    scene.write(".gitignore", "/.claude/rules/style.md\n");
    scene.run("agentpkg install house").succeeds();
    scene.reads(
        ".claude/rules/style.md",
        format!("{STYLE}\nOurs.\n").as_str(),
    );
}

#[test]
fn a_text_that_shows_the_block_is_an_example() {
    let scene = scene();
    let text = format!("# Shop\n\n```\n{ROOT}```\n");
    scene.write("CLAUDE.md", &text);
    scene.run("agentpkg install house").succeeds();
    assert!(scene.text("CLAUDE.md").starts_with(&text));
}

#[test]
fn a_copied_script_without_an_entry_leaves_none_behind() {
    let scene = scene();
    scene
        .write(".claude/hooks/guard.sh", GUARD)
        .chmod(".claude/hooks/guard.sh", 0o755);
    scene.run("agentpkg install house").succeeds();
    scene.absent(".claude/hooks/guard.sh");
    scene.run("agentpkg remove house").needs_a_person();
    scene.absent(".claude/settings.json");
}

#[test]
fn what_the_team_ignores_and_takes_back_has_the_last_word() {
    let files = |patterns: &'static str| [("gitignore", patterns)];
    let scene = Scene::new().published("ignores", "1.0.0", &files("*.bak\na/\nb/\nc/\n"));
    scene.write(".gitignore", "*.bak\na/\nb/\nc/\n");
    let before = scene.text(".gitignore");
    scene.run("agentpkg install ignores").succeeds();
    let scene = scene.replaced(".gitignore", "c/\n", "/c/\n!keep.bak\n");
    let scene = scene.published("ignores", "1.1.0", &files("a/\nb/\nc2/\n"));
    scene.run("agentpkg upgrade").needs_a_person();
    let text = scene.text(".gitignore");
    let place = |line: &str| text.lines().position(|one| one == line);
    assert!(
        place("*.bak").is_some() && place("*.bak") < place("!keep.bak"),
        "{text}"
    );
    assert!(before.contains("*.bak"));
    // A block that comes new is before what takes a pattern back.
    let scene = Scene::new().published("ignores", "1.0.0", &files("*.bak\n"));
    scene.write(".gitignore", "build/\n!keep.bak\n");
    scene.run("agentpkg install ignores").succeeds();
    let text = scene.text(".gitignore");
    let place = |line: &str| text.lines().position(|one| one == line);
    assert!(place("*.bak") < place("!keep.bak"), "{text}");
    scene.run("agentpkg remove ignores").succeeds();
    scene.reads(".gitignore", "build/\n!keep.bak\n");
}

#[test]
fn an_edited_script_stays_beside_what_it_may_import() {
    let guard = "import sys\n\nfrom ownlib import ok\n\nsys.stdin.read()\n\nsys.exit(2)\n";
    let released = guard.replace("from ownlib import ok\n\n", "");
    let hook = "[[hooks]]\nid = \"guard\"\nevent = \"before-tool\"\nmatches = \"Bash\"\nrun = \"hooks/guard.py\"\n";
    let script = format!("#!/usr/bin/env python3\n{released}");
    let files = [("template.toml", hook), ("hooks/guard.py", script.as_str())];
    let scene = Scene::new().published("py", "1.0.0", &files);
    let own = format!("#!/usr/bin/env python3\n{guard}");
    scene.write(".claude/hooks/guard.py", &own);
    scene.write(".claude/hooks/ownlib.py", "ok = 1\n");
    scene
        .run("agentpkg install py")
        .shows("there twice .claude/hooks/guard.py");
    scene.reads(".claude/hooks/guard.py", own.as_str());
}

#[test]
fn a_file_is_the_copy_of_what_it_is_most_like() {
    let other = STYLE.replace("- No surprises.", "- No wonders.\n- No doubts.");
    let scene = Scene::new()
        .published("aaa", "1.0.0", &[("rules/style.md", STYLE)])
        .published("zzz", "1.0.0", &[("rules/style.md", other.as_str())]);
    scene.write(".claude/rules/style.md", &other);
    scene.run("agentpkg install aaa zzz").succeeds();
    scene.absent(".claude/rules/style.md");
    scene.has_rule(".claude/rules/aaa/style.md", STYLE);
    scene.has_rule(".claude/rules/zzz/style.md", other.as_str());
}

#[test]
fn a_copied_hook_under_another_name_runs_once() {
    let scene = copied();
    scene.git(&["mv", ".claude/hooks/guard.sh", ".claude/hooks/block.sh"]);
    let scene = scene.replaced(".claude/settings.json", "guard.sh", "block.sh");
    scene.run("agentpkg install house").succeeds();
    let settings = scene.text(".claude/settings.json");
    assert_eq!(settings.matches("house/guard ").count(), 1, "{settings}");
    assert!(!settings.contains(".sh"), "{settings}");
    scene.absent(".claude/hooks/block.sh");
}
