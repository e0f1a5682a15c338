//! `remove`: what a template brought goes, what was edited stays, shared files are what they were.

use std::path::Path;

use snapbox::str;
use support::{Files, Scene};

use super::templates::{GUARDS, REVIEWER};

const SETTINGS: &str =
    "{\n  \"model\": \"opus\",\n  \"permissions\": { \"deny\": [\"Read(.env)\"] }\n}";

/// A repo with files of its own.
fn own() -> Scene {
    Scene::new()
        .published("guards", "1.0.0", GUARDS)
        .published("reviewer", "1.0.0", REVIEWER)
        .edited("CODEOWNERS", "* @shop/payments\n")
        .edited(".claude/settings.json", SETTINGS)
        .edited("CLAUDE.md", "# Ours\r\n\r\nNo newline at the end")
        .edited(".gitignore", "target\n")
}

#[test]
fn every_shared_file_is_what_it_was_to_the_byte_without_any_registry() {
    let scene = own();
    let before = scene.tree();
    let scene = scene.installed("guards").deleted("../registry");
    scene
        .run("agentpkg remove guards --dry-run")
        .prints(str![[r#"
would remove guards 1.0.0 (nothing was changed)
  cleaned     3 shared files: .claude/settings.json, .gitignore, CLAUDE.md
  deleted     6 files: .mcp.json, .claude/hooks/run, .claude/hooks/guards/ (2),
              .claude/rules/guards/ (2)
  yours now   1 file kept, no longer managed: .claude/memory/notes.md
  kept        entries that you had before the template: .claude/settings.json

"#]]);
    scene.run("agentpkg remove guards").prints(str![[r#"
removed guards 1.0.0
  cleaned     3 shared files: .claude/settings.json, .gitignore, CLAUDE.md
  deleted     6 files: .mcp.json, .claude/hooks/run, .claude/hooks/guards/ (2),
              .claude/rules/guards/ (2)
  yours now   1 file kept, no longer managed: .claude/memory/notes.md
  kept        entries that you had before the template: .claude/settings.json

  commit      git add .claude .gitignore CLAUDE.md agentpkg.toml
  go back     agentpkg undo

"#]]);
    let mut after = scene.tree();
    // What the team wants is the team's file, and so is a seed since it was given.
    after.retain(|path, _| {
        path != Path::new("agentpkg.toml") && !path.starts_with(".claude/memory")
    });
    assert_eq!(after, before);
    scene.run("agentpkg status").prints(str![[r#"
nothing is installed here

  next        agentpkg install NAME
  choose      agentpkg search

"#]]);
}

#[test]
fn what_was_edited_stays_and_is_named() {
    let scene = own().installed("guards");
    let scene = scene.edited(".claude/rules/guards/general.md", "Guards are ours.\n");
    let scene = scene.replaced("CLAUDE.md", "belongs to", "is the pride of");
    let scene = scene.edited(".claude/hooks/guards/guard.sh", "#!/bin/sh\nexit 2\n");
    scene.run("agentpkg remove guards").prints(str![[r#"
removed guards 1.0.0
  cleaned     3 shared files: .claude/settings.json, .gitignore, CLAUDE.md
  deleted     2 files: .claude/rules/guards/tests.md, .mcp.json
  yours now   5 files kept, no longer managed: .claude/hooks/run, .claude/hooks/guards/ (2),
              .claude/memory/notes.md, .claude/rules/guards/general.md
  note        `/hooks/PreToolUse/0/hooks/0` in .claude/settings.json: edited here and no longer
              managed; yours now
  note        the text of `guards` in CLAUDE.md: edited here and no longer managed; yours now
  kept        entries that you had before the template: .claude/settings.json

  commit      git add .claude .gitignore CLAUDE.md agentpkg.toml
  go back     agentpkg undo
(standard error)
warning: what stays here can still run, and no template has it any more
  `/hooks/PreToolUse/0/hooks/0` in `.claude/settings.json`
  `.claude/hooks/guards/guard.sh`, a script
hint: take out the entries and delete the scripts that you don't want; they are yours now
(exit code 1)

"#]]);
    scene.reads(
        "CLAUDE.md",
        str![[r#"
# Ours

No newline at the end

This repository is the pride of payments.

"#]],
    );
    scene.reads(
        ".claude/settings.json",
        str![[r#"
{
  "model": "opus",
  "permissions": { "deny": ["Read(.env)"] },
  "hooks": {
    "PreToolUse": [
      {
        "matcher": "Bash",
        "hooks": [
          {
            "type": "command",
            "command": "sh \"$CLAUDE_PROJECT_DIR/.claude/hooks/run\" claude before-tool guards/guard || exit 2",
            "timeout": 10
          }
        ]
      }
    ]
  }
}
"#]],
    );
}

#[test]
fn what_another_template_brought_stays() {
    let scene = own().installed("guards").installed("reviewer");
    scene.run("agentpkg uninstall guards").prints(str![[r#"
removed guards 1.0.0
  cleaned     3 shared files: .claude/settings.json, .gitignore, CLAUDE.md
  deleted     6 files: .mcp.json, .claude/hooks/run, .claude/hooks/guards/ (2),
              .claude/rules/guards/ (2)
  yours now   1 file kept, no longer managed: .claude/memory/notes.md
  kept        entries that you had before the template: .claude/settings.json

  commit      git add .claude .gitignore CLAUDE.md agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
    scene.run("agentpkg install").prints(str![[r#"
nothing to do: everything is in place
(standard error)
warning: no template asks for the answer `level`
hint: take `level` out of `[answers]` in `agentpkg.toml`
warning: no template asks for the answer `team`
hint: take `team` out of `[answers]` in `agentpkg.toml`

"#]]);
    scene.run("agentpkg check --strict").prints(str![[r#"
2 problems found in 1 file
  answer      `agentpkg.toml`: no template asks for the answer `level`
  answer      `agentpkg.toml`: no template asks for the answer `team`
(exit code 1)

"#]]);
    scene.run("agentpkg undo").succeeds();
    scene.run("agentpkg check --strict").prints(str![[r#"
ok: 11 files checked

"#]]);
}

#[test]
fn what_is_needed_or_not_installed_is_not_removed() {
    let manifest = "[dependencies]\nreviewer = \"^1\"\n";
    let scene = own()
        .published(
            "team",
            "1.0.0",
            &[("template.toml", manifest), ("rules/a.md", "A.\n")],
        )
        .installed("team");
    scene.run("agentpkg remove reviewer").prints(str![[r#"
(standard error)
error: `team` needs `reviewer`
note: nothing was changed
hint: agentpkg remove team reviewer
(exit code 2)

"#]]);
    scene.run("agentpkg remove guards").prints(str![[r#"
(standard error)
error: `guards` is not installed
note: nothing was changed
hint: agentpkg status
(exit code 2)

"#]]);
    // With the last that needs it, it goes too.
    scene.run("agentpkg remove team").prints(str![[r#"
removed reviewer 1.0.0, team 1.0.0
  deleted     2 files: .claude/rules/reviewer/review.md, .claude/rules/team/a.md

  commit      git add agentpkg.toml
  go back     agentpkg undo

"#]]);
}

#[test]
fn with_keep_files_everything_stays_and_is_managed_no_longer() {
    let scene = own().installed("guards");
    let settings = scene.text(".claude/settings.json");
    scene
        .run("agentpkg remove --keep-files --dry-run")
        .prints(str![[r#"
would remove `guards` and keep the files (nothing was changed)
  kept        10 files: .gitignore, .mcp.json, CLAUDE.md, .claude/settings.json, .claude/hooks/ (3),
              .claude/memory/notes.md, .claude/rules/ (2)
  removed     `agentpkg.toml` and `agentpkg.lock`

"#]]);
    scene.run("agentpkg remove --keep-files").prints(str![[r#"
removed `guards` and kept the files: they are yours now
  kept        10 files: .gitignore, .mcp.json, CLAUDE.md, .claude/settings.json, .claude/hooks/ (3),
              .claude/memory/notes.md, .claude/rules/ (2)
  removed     `agentpkg.toml` and `agentpkg.lock`

  commit      git add .gitignore CLAUDE.md
  go back     agentpkg undo

"#]]);
    scene.absent("agentpkg.toml").absent("agentpkg.lock");
    scene.reads(
        "CLAUDE.md",
        str![[r#"
# Ours

No newline at the end

This repository belongs to payments.

"#]],
    );
    scene.reads(".claude/settings.json", settings.as_str());
    scene.run("agentpkg undo").succeeds();
    scene.run("agentpkg check --strict").prints(str![[r#"
ok: 10 files checked

"#]]);
}

#[test]
fn eject_is_the_earlier_name_of_it() {
    let scene = own().installed("guards");
    scene.run("agentpkg eject").prints(str![[r#"
removed `guards` and kept the files: they are yours now
  kept        10 files: .gitignore, .mcp.json, CLAUDE.md, .claude/settings.json, .claude/hooks/ (3),
              .claude/memory/notes.md, .claude/rules/ (2)
  removed     `agentpkg.toml` and `agentpkg.lock`

  commit      git add .gitignore CLAUDE.md
  go back     agentpkg undo

"#]]);
    scene.absent("agentpkg.toml").absent("agentpkg.lock");
}

/// Shares an entry, the root instructions and the settings with `guards`.
const LOCKS: Files = &[
    (
        "template.toml",
        "[permissions]\ndeny = [\"Read(.env)\", \"Read(*.pem)\"]\n",
    ),
    ("root.md", "Keys are locked away.\n"),
    ("rules/keys.md", "No key is read.\n"),
];

fn guards_and_locks() -> Scene {
    own()
        .edited(".claude/settings.json", "{}\n")
        .published("locks", "1.0.0", LOCKS)
        .installed("guards")
        .installed("locks")
}

#[test]
fn one_template_goes_and_its_files_stay_beside_those_of_the_others() {
    let scene = guards_and_locks();
    let before = scene.tree();
    let settings = scene.text(".claude/settings.json");
    scene
        .run("agentpkg remove --keep-files guards --dry-run")
        .prints(str![[r#"
would remove `guards` and keep the files (nothing was changed)
  kept        9 files: .gitignore, .mcp.json, CLAUDE.md, .claude/settings.json,
              .claude/hooks/guards/ (2), .claude/memory/notes.md, .claude/rules/guards/ (2)

"#]]);
    assert_eq!(scene.tree(), before);
    scene
        .run("agentpkg remove --keep-files guards")
        .prints(str![[r#"
removed `guards` and kept the files: they are yours now
  kept        9 files: .gitignore, .mcp.json, CLAUDE.md, .claude/settings.json,
              .claude/hooks/guards/ (2), .claude/memory/notes.md, .claude/rules/guards/ (2)

  commit      git add .gitignore CLAUDE.md agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
    scene.reads(
        "CLAUDE.md",
        str![[r#"
# Ours

No newline at the end

This repository belongs to payments.

<!-- BEGIN agentpkg locks -->
Keys are locked away.
<!-- END agentpkg locks -->

"#]],
    );
    scene.reads(".claude/settings.json", settings.as_str());
    scene.reads(
        "agentpkg.toml",
        str![[r#"
agentpkg = ">=0.1"
agents = ["claude"]

[registries.default]
url = "[SCENE]/registry"

[templates]
locks = "^1.0"

[answers]
team = "payments"
level = "low"

"#]],
    );
    scene.run("agentpkg check --strict").prints(str![[r#"
2 problems found in 3 files
  answer      `agentpkg.toml`: no template asks for the answer `level`
  answer      `agentpkg.toml`: no template asks for the answer `team`
(exit code 1)

"#]]);
    scene.run("agentpkg status").prints(str![[r#"
locks 1.0.0  (^1.0)
  latest      installed
  changed     nothing: every file is as it was installed

"#]]);

    // What both brought is the team's too, and the other template no longer takes it along.
    scene.run("agentpkg remove locks").prints(str![[r#"
removed locks 1.0.0
  cleaned     2 shared files: .claude/settings.json, CLAUDE.md
  deleted     1 file: .claude/rules/locks/keys.md
  kept        entries that you had before the template: .claude/settings.json

  commit      git add .claude CLAUDE.md agentpkg.toml
  go back     agentpkg undo

"#]]);
    scene.reads(
        ".claude/settings.json",
        str![[r#"
{
  "permissions": {
    "deny": [
      "Read(.env)"
    ],
    "ask": [
      "Bash(git push *)"
    ]
  },
  "hooks": {
    "PreToolUse": [
      {
        "matcher": "Bash",
        "hooks": [
          {
            "type": "command",
            "command": "sh \"$CLAUDE_PROJECT_DIR/.claude/hooks/run\" claude before-tool guards/guard || exit 2",
            "timeout": 10
          }
        ]
      }
    ]
  }
}

"#]],
    );
    scene.reads(
        "CLAUDE.md",
        str![[r#"
# Ours

No newline at the end

This repository belongs to payments.

"#]],
    );
    scene.run("agentpkg undo").succeeds();
    scene.run("agentpkg undo").prints(str![[r#"
undid `remove --keep-files guards`
  reverted    4 files: .gitignore, CLAUDE.md, agentpkg.toml, agentpkg.lock

  redo        agentpkg undo --redo
  before it   `install locks`, which `agentpkg undo` takes back next

"#]]);
    scene.run("agentpkg check --strict").prints(str![[r#"
ok: 11 files checked

"#]]);
}

/// Rows of (the command, an edit before it, an edit after it): the markers come back around
/// the text that they were taken from, which is never there twice.
#[test]
fn markers_come_back_around_the_text_that_stayed() {
    const INSIDE: (&str, &str) = ("belongs to payments", "belongs to payments and us");
    const OUTSIDE: (&str, &str) = ("# Ours", "# OURS");
    const NONE: (&str, &str) = ("# Ours", "# Ours");
    for (command, before, after) in [
        ("remove --keep-files", NONE, OUTSIDE),
        ("remove --keep-files", NONE, INSIDE),
        ("remove --keep-files guards", INSIDE, OUTSIDE),
        // A block that was edited stays when its template goes, without its markers.
        ("remove guards", INSIDE, OUTSIDE),
        ("remove guards", INSIDE, ("and us", "and them")),
    ] {
        let scene = own()
            .installed("guards")
            .replaced("CLAUDE.md", before.0, before.1);
        let whole = scene.text("CLAUDE.md");
        scene.run(&format!("agentpkg {command}")).succeeds();
        let scene = scene.replaced("CLAUDE.md", after.0, after.1);
        scene.run("agentpkg undo").succeeds();
        let expected = whole.replace(after.0, after.1);
        assert_eq!(scene.text("CLAUDE.md"), expected, "{command} {after:?}");
    }
}

#[test]
fn a_line_of_the_teams_that_a_block_has_too_is_not_taken_for_the_blocks() {
    let scene = own().installed("guards");
    let ignored = scene.text(".gitignore");
    let (_, block) = ignored.split_once("# BEGIN agentpkg guards\n").unwrap();
    let (inner, _) = block.split_once("# END").unwrap();
    let whole = format!("{ignored}{inner}");
    let scene = scene.edited(".gitignore", &whole);
    scene.run("agentpkg remove guards").succeeds();
    let scene = scene.edited(".gitignore", format!("target\n{inner}more\n"));
    scene.run("agentpkg undo").succeeds();
    // The team's own line is where it was, and the block is there again.
    assert_eq!(
        scene.text(".gitignore"),
        format!("target\n{inner}more\n\n# BEGIN agentpkg guards\n{block}")
    );
}

#[test]
fn a_template_that_comes_back_finds_what_it_left() {
    let scene = guards_and_locks();
    let settings = scene.text(".claude/settings.json");
    let root = scene.text("CLAUDE.md");
    scene.run("agentpkg remove --keep-files guards").succeeds();
    scene
        .run("agentpkg install guards --set team=payments")
        .prints(str![[r#"
installed guards 1.0.0
  merged      2 files, everything of yours kept: .gitignore, CLAUDE.md
  now managed 6 files, which you had already: .claude/hooks/run, .claude/hooks/guards/ (2),
              .claude/memory/notes.md, .claude/rules/guards/ (2)
  now managed 4 existing files, copied from guards 1.0.0
  context     always loaded: 4 lines; 1 rule loads by path; 1 script may run; 1 server may be
              started

  commit      git add .gitignore CLAUDE.md agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
    scene.reads(".claude/settings.json", settings.as_str());
    scene.reads("CLAUDE.md", root.as_str());
    scene.run("agentpkg check --strict").prints(str![[r#"
ok: 11 files checked

"#]]);
}

#[test]
fn what_waits_for_a_person_keeps_its_template_and_no_other() {
    const RULE: &str = ".claude/rules/house/a.md";
    let scene = Scene::new()
        .published("house", "1.0.0", &[("rules/a.md", "Ask first.\n")])
        .published("reviewer", "1.0.0", REVIEWER)
        .installed("house reviewer")
        .edited(RULE, "Ask me first.\n")
        .published("house", "1.1.0", &[("rules/a.md", "Ask us first.\n")]);
    scene.run("agentpkg upgrade").needs_a_person();
    scene
        .run("agentpkg remove --keep-files house")
        .prints(str![[r#"
(standard error)
error: 1 conflict of the last upgrade still waits for you
  `.claude/rules/house/a.md` line 1
note: nothing was changed
hint: agentpkg resolve
hint: to go back to before that upgrade: agentpkg upgrade --abort
(exit code 2)

"#]]);
    scene.run("agentpkg remove --keep-files").exits(2);
    scene
        .run("agentpkg remove --keep-files reviewer")
        .prints(str![[r#"
removed `reviewer` and kept the files: they are yours now
  kept        1 file: .claude/rules/reviewer/review.md

  commit      git add agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
    scene.run("agentpkg resolve --local --all").succeeds();
    scene
        .run("agentpkg remove --keep-files house")
        .prints(str![[r#"
removed `house` and kept the files: they are yours now
  kept        1 file: .claude/rules/house/a.md
  removed     `agentpkg.lock`

  commit      git add agentpkg.toml
  go back     agentpkg undo

"#]]);
    scene.reads(RULE, "Ask me first.\n");
}

#[test]
fn a_template_whose_files_would_stay_has_to_be_there_and_to_be_alone() {
    let manifest = "[dependencies]\nreviewer = \"^1\"\n";
    let scene = own()
        .published(
            "team",
            "1.0.0",
            &[("template.toml", manifest), ("rules/a.md", "A.\n")],
        )
        .installed("team");
    scene
        .run("agentpkg remove --keep-files reviewer")
        .prints(str![[r#"
(standard error)
error: `team` needs `reviewer`
note: nothing was changed
hint: agentpkg remove --keep-files team reviewer
(exit code 2)

"#]]);
    scene
        .run("agentpkg remove --keep-files teams")
        .prints(str![[r#"
(standard error)
error: `teams` is not installed
note: nothing was changed
hint: agentpkg remove --keep-files team
(exit code 2)

"#]]);
    scene
        .run("agentpkg remove --keep-files team")
        .prints(str![[r#"
removed `reviewer` and `team` and kept the files: they are yours now
  kept        2 files: .claude/rules/reviewer/review.md, .claude/rules/team/a.md
  removed     `agentpkg.lock`

  commit      git add agentpkg.toml
  go back     agentpkg undo

"#]]);
}

#[test]
fn a_conflict_is_settled_before_its_template_goes() {
    const RULE: &str = ".claude/rules/house/a.md";
    let scene = Scene::new()
        .published("house", "1.0.0", &[("rules/a.md", "Ask first.\n")])
        .installed("house")
        .edited(RULE, "Ask me first.\n")
        .published("house", "1.1.0", &[("rules/a.md", "Ask us first.\n")]);
    scene.run("agentpkg upgrade").needs_a_person();
    let before = scene.tree();
    scene.run("agentpkg remove house").prints(str![[r#"
(standard error)
error: 1 conflict of the last upgrade still waits for you
  `.claude/rules/house/a.md` line 1
note: nothing was changed
hint: agentpkg resolve
hint: to go back to before that upgrade: agentpkg upgrade --abort
(exit code 2)

"#]]);
    assert_eq!(scene.tree(), before);
    scene.run("agentpkg resolve --local --all").succeeds();
    scene.run("agentpkg remove house").prints(str![[r#"
removed house 1.1.0
  yours now   1 file kept, no longer managed: .claude/rules/house/a.md

  commit      git add agentpkg.toml
  go back     agentpkg undo

"#]]);
    scene.reads(RULE, "Ask me first.\n");
}

#[test]
fn a_hook_that_two_templates_brought_stays_in_whatever_group_it_stands() {
    const ONE: &str = r#"{"type": "command", "command": "echo one"}"#;
    const TWO: &str = r#"{"type": "command", "command": "echo two"}"#;
    let settings = |hooks: &str| {
        format!(r#"{{"hooks": {{"PreToolUse": [{{"matcher": "Bash", "hooks": [{hooks}]}}]}}}}"#)
    };
    let (both, one) = (settings(&format!("{ONE}, {TWO}")), settings(ONE));
    let scene = Scene::new()
        .published("base", "1.0.0", &[("settings/claude.json", &both)])
        .published("web", "1.0.0", &[("settings/claude.json", &one)])
        .installed("base web");
    scene.run("agentpkg remove --keep-files base").succeeds();
    scene.run("agentpkg remove web").succeeds();
    let text = scene.text(".claude/settings.json");
    assert!(
        text.contains("echo one") && text.contains("echo two"),
        "{text}"
    );
}
