//! What a version changes and a team's deletions leave out: each change is named, whatever took its
//! place away.

use snapbox::str;
use support::Scene;

const HOOK: &str = "[[hooks]]\nid = \"guard\"\nevent = \"before-tool\"\nmatches = \"Bash\"\nrun = \"hooks/guard.sh\"\ntimeout = SECONDS\n\n\
    [permissions]\nallow = [\"Bash(make *)\"]\n";

/// A repo at 1.0.0 of a template whose 1.1.0 changes a hook, its script, a variable, a rule and the
/// root instructions.
fn scene() -> Scene {
    let mut scene = Scene::new();
    for (version, seconds, owner, text) in [
        ("1.0.0", "10", "one", "One.\n"),
        ("1.1.0", "20", "two", "Two.\n"),
    ] {
        let manifest = HOOK.replace("SECONDS", seconds);
        let settings = format!("{{\"env\": {{\"OWNER\": \"{owner}\"}}}}\n");
        let script = format!("#!/bin/sh\n# {text}cat > /dev/null\n");
        let files = [
            ("template.toml", manifest.as_str()),
            ("hooks/guard.sh", script.as_str()),
            ("settings/claude.json", settings.as_str()),
            ("rules/a.md", text),
            ("root.md", text),
        ];
        scene = scene.published("house", version, &files);
        if version == "1.0.0" {
            scene = scene.installed("house");
        }
    }
    scene
}

#[test]
fn a_hook_whose_entry_was_taken_out_is_named_and_does_not_count_as_one_that_runs() {
    let scene = scene().edited(
        ".claude/settings.json",
        "{\n  \"env\": {\"OWNER\": \"one\"},\n  \"permissions\": {\"allow\": [\"Bash(make *)\"]}\n}\n",
    );
    scene.run("agentpkg upgrade").prints(str![[r#"
upgraded house 1.0.0 -> 1.1.0
  changelog   house 1.1.0
              - What changed
  merged      2 files, everything of yours kept: .claude/settings.json, CLAUDE.md
  updated     3 files: .claude/hooks/house/guard.hook, .claude/hooks/house/guard.sh,
              .claude/rules/house/a.md
  not taken   `/hooks` in .claude/settings.json: you deleted it
  to have it  agentpkg upgrade --restore .claude/settings.json
  can run     hook      guard  off here, you took its entry out, changed, +3 -3 lines
              variable  OWNER  changed, two
              (trusted: registry [SCENE]/registry)
  context     always loaded: 2 lines

  commit      git add .claude CLAUDE.md agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
}

#[test]
fn everything_that_was_deleted_and_changed_is_named() {
    let scene = scene()
        .edited(".claude/settings.json", "{}\n")
        .deleted(".claude/rules/house/a.md")
        .edited("CLAUDE.md", "# Ours\n");
    scene.run("agentpkg upgrade").prints(str![[r#"
upgraded house 1.0.0 -> 1.1.0
  changelog   house 1.1.0
              - What changed
  updated     2 files: .claude/hooks/house/guard.hook, .claude/hooks/house/guard.sh
  kept        1 file with your edits: .claude/settings.json
  not taken   1 file, which you deleted: .claude/rules/house/a.md
  not taken   `/env` in .claude/settings.json: you deleted it
  not taken   `/hooks` in .claude/settings.json: you deleted it
  not taken   the block of `house` in CLAUDE.md: you deleted it
  to have it
    agentpkg upgrade --restore .claude/rules/house/a.md --restore .claude/settings.json --restore CLAUDE.md
  can run     hook      guard  off here, you took its entry out, changed, +3 -3 lines
              variable  OWNER  off here, you took its entry out, changed, two
              (trusted: registry [SCENE]/registry)

  commit      git add .claude agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
    let report = scene.path("report.md");
    scene.run("agentpkg undo").succeeds();
    scene.run("agentpkg upgrade --report report.md").succeeds();
    let report = std::fs::read_to_string(report).unwrap();
    let untaken = report.split_once("## Not taken").unwrap().1;
    for what in [
        ".claude/rules/house/a.md",
        "`/hooks`",
        "`/env`",
        "the block of `house`",
    ] {
        assert!(untaken.contains(what), "{what}: {report}");
    }
}

#[test]
fn what_brings_many_files_back_brings_entries_back_too() {
    let rules = ["a", "b", "c", "d"].map(|name| format!("rules/{name}.md"));
    let mut scene = Scene::new();
    for (version, text, owner) in [("1.0.0", "One.\n", "one"), ("1.1.0", "Two.\n", "two")] {
        let settings = format!("{{\"env\": {{\"OWNER\": \"{owner}\"}}}}\n");
        let mut files: Vec<(&str, &str)> = rules.iter().map(|path| (path.as_str(), text)).collect();
        files.push(("settings/claude.json", settings.as_str()));
        scene = scene.published("house", version, &files);
        if version == "1.0.0" {
            scene = scene.installed("house");
        }
    }
    for rule in &rules {
        scene = scene.deleted(&format!(".claude/rules/house/{}", &rule["rules/".len()..]));
    }
    let scene = scene.edited(".claude/settings.json", "{}\n");
    let back =
        "agentpkg upgrade --restore '.claude/rules/house/**' --restore .claude/settings.json";
    let ran = scene.run("agentpkg upgrade");
    ran.shows(back);
    scene.run(back).succeeds();
    scene.has_rule(".claude/rules/house/d.md", "Two.\n");
    assert!(
        scene
            .text(".claude/settings.json")
            .contains("\"OWNER\": \"two\"")
    );
}
