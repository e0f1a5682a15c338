//! `undo`.

use snapbox::str;

use support::Scene;

use super::templates::{REVIEWER, REVIEWER_LATER, guards, reviewer};

#[test]
fn undo_takes_the_last_command_back_and_redo_does_it_again() {
    let scene = guards();
    let before = scene.tree();
    let scene = scene.installed("guards");
    let after = scene.tree();
    scene.run("agentpkg undo --dry-run").prints(str![[r#"
would undo `install guards` (nothing was changed)
  removed     12 files: .gitignore, .mcp.json, CLAUDE.md, agentpkg.toml, agentpkg.lock,
              .claude/settings.json, .claude/hooks/ (3), .claude/memory/notes.md, .claude/rules/ (2)

"#]]);
    assert_eq!(scene.tree(), after);
    scene.run("agentpkg undo").prints(str![[r#"
undid `install guards`
  removed     12 files: .gitignore, .mcp.json, CLAUDE.md, agentpkg.toml, agentpkg.lock,
              .claude/settings.json, .claude/hooks/ (3), .claude/memory/notes.md, .claude/rules/ (2)

  redo        agentpkg undo --redo

"#]]);
    assert_eq!(scene.tree(), before);
    scene.run("agentpkg undo --redo").prints(str![[r#"
did `install guards` again
  restored    12 files: .gitignore, .mcp.json, CLAUDE.md, agentpkg.toml, agentpkg.lock,
              .claude/settings.json, .claude/hooks/ (3), .claude/memory/notes.md, .claude/rules/ (2)

  go back     agentpkg undo

"#]]);
    assert_eq!(scene.tree(), after);
}

#[test]
fn undo_keeps_what_was_edited_since() {
    let scene = guards()
        .edited("CLAUDE.md", "# Ours\n")
        .edited(".claude/settings.json", "{\"model\": \"opus\"}\n");
    let scene = scene
        .installed("guards")
        .edited(".claude/rules/guards/general.md", "Guards are ours.\n");
    let scene = scene.replaced("CLAUDE.md", "# Ours\n", "# Ours, later\n");
    let scene = scene.replaced(".claude/settings.json", "\"opus\"", "\"haiku\"");
    scene.run("agentpkg undo").prints(str![[r#"
undid `install guards`
  removed     9 files: .gitignore, .mcp.json, agentpkg.toml, agentpkg.lock, .claude/hooks/run,
              .claude/hooks/guards/ (2), .claude/memory/notes.md, .claude/rules/guards/tests.md
  reverted    2 files: CLAUDE.md, .claude/settings.json
  kept        1 file, edited since, or needed by what still runs: .claude/rules/guards/general.md

  redo        agentpkg undo --redo
(exit code 1)

"#]]);
    scene
        .reads("CLAUDE.md", "# Ours, later\n")
        .reads(".claude/settings.json", "{\"model\": \"haiku\"}\n");
    scene
        .reads(".claude/rules/guards/general.md", "Guards are ours.\n")
        .absent("agentpkg.lock");
}

#[test]
fn undo_of_a_move_brings_the_earlier_release_back() {
    let scene = reviewer()
        .installed("reviewer")
        .published("reviewer", "1.1.0", REVIEWER_LATER);
    let scene = scene.installed("reviewer@^1.1");
    scene.run("agentpkg undo").prints(str![[r#"
undid `install reviewer@^1.1`
  reverted    3 files: .claude/rules/reviewer/review.md, agentpkg.toml, agentpkg.lock

  redo        agentpkg undo --redo
  before it   `install reviewer`, which `agentpkg undo` takes back next

"#]]);
    scene.has_rule(".claude/rules/reviewer/review.md", REVIEWER[0].1);
}

#[test]
fn undo_stops_where_an_edit_is_in_its_way() {
    let scene = reviewer()
        .installed("reviewer")
        .published("reviewer", "1.1.0", REVIEWER_LATER);
    let scene = scene
        .installed("reviewer@^1.1")
        .edited(".claude/rules/reviewer/review.md", "ours\n");
    scene.run("agentpkg undo").prints(str![[r#"
(standard error)
error: `install reviewer@^1.1` can't be undone: what it wrote was edited since
  `.claude/rules/reviewer/review.md`
note: nothing was changed
hint: set your edit of these files aside, run `agentpkg undo` again, and make it anew
(exit code 2)

"#]]);
    scene.reads(".claude/rules/reviewer/review.md", "ours\n");
}

#[test]
fn undo_where_nothing_was_done_says_so() {
    reviewer().run("agentpkg undo").prints(str![[r#"
(standard error)
error: there is nothing to undo here
hint: agentpkg status
(exit code 2)

"#]]);
}

#[test]
fn undo_when_its_files_are_gone_has_nothing_to_do() {
    let scene = reviewer()
        .installed("reviewer")
        .deleted(".claude")
        .deleted("agentpkg.toml")
        .deleted("agentpkg.lock");
    scene.run("agentpkg undo").prints(str![[r#"
nothing to do: nothing that `install reviewer` wrote is left

"#]]);
}

#[test]
fn the_last_three_commands_can_be_taken_back() {
    let scene = guards().installed("guards");
    let mut states = vec![scene.tree()];
    let scene = scene
        .published("reviewer", "1.0.0", REVIEWER)
        .installed("reviewer@1.0.0");
    states.push(scene.tree());
    let scene = scene
        .published("reviewer", "1.1.0", REVIEWER_LATER)
        .installed("reviewer@^1.1");
    states.push(scene.tree());
    scene.run("agentpkg remove guards").succeeds();
    let last = scene.tree();
    scene.run("agentpkg undo").prints(str![[r#"
undid `remove guards`
  restored    9 files: .gitignore, .mcp.json, CLAUDE.md, .claude/settings.json, .claude/hooks/run,
              .claude/hooks/guards/ (2), .claude/rules/guards/ (2)
  reverted    2 files: agentpkg.toml, agentpkg.lock

  redo        agentpkg undo --redo
  before it   `install reviewer@^1.1`, which `agentpkg undo` takes back next

"#]]);
    assert_eq!(scene.tree(), states[2]);
    scene.run("agentpkg undo").prints(str![[r#"
undid `install reviewer@^1.1`
  reverted    3 files: .claude/rules/reviewer/review.md, agentpkg.toml, agentpkg.lock

  redo        agentpkg undo --redo
  before it   `install reviewer@=1.0.0`, which `agentpkg undo` takes back next

"#]]);
    assert_eq!(scene.tree(), states[1]);
    scene.run("agentpkg undo").prints(str![[r#"
undid `install reviewer@=1.0.0`
  removed     1 file: .claude/rules/reviewer/review.md
  reverted    2 files: agentpkg.toml, agentpkg.lock

  redo        agentpkg undo --redo

"#]]);
    assert_eq!(scene.tree(), states[0]);
    scene.run("agentpkg undo").prints(str![[r#"
(standard error)
error: there is nothing to undo here
hint: agentpkg status
(exit code 2)

"#]]);
    for state in [&states[1], &states[2], &last] {
        scene.run("agentpkg undo --redo").succeeds();
        assert_eq!(scene.tree(), *state);
    }
    scene.run("agentpkg undo --redo").prints(str![[r#"
(standard error)
error: there is nothing to do again: the last command was no undo
hint: agentpkg status
(exit code 2)

"#]]);
    scene.run("agentpkg undo").succeeds();
    assert_eq!(scene.tree(), states[2]);
    // What is new has no redo.
    let scene = scene.installed("reviewer@=1.0.0");
    scene.run("agentpkg undo --redo").prints(str![[r#"
(standard error)
error: there is nothing to do again: the last command was no undo
hint: agentpkg status
(exit code 2)

"#]]);
}

#[test]
fn a_script_that_an_upgrade_added_goes_with_it() {
    let hook = |id: &str| {
        format!(
            "[[hooks]]\nid = \"{id}\"\nevent = \"before-tool\"\nmatches = \"{id}\"\nrun = \"hooks/{id}.sh\"\n"
        )
    };
    let (one, two) = (hook("Bash"), hook("Bash") + &hook("Edit"));
    let script = "#!/bin/sh\ncat > /dev/null\n";
    let first = [("template.toml", one.as_str()), ("hooks/Bash.sh", script)];
    let second = [
        ("template.toml", two.as_str()),
        ("hooks/Bash.sh", script),
        ("hooks/Edit.sh", script),
    ];
    let scene = Scene::new()
        .published("house", "1.0.0", &first)
        .installed("house");
    let before = scene.tree();
    let scene = scene.published("house", "1.1.0", &second);
    scene.run("agentpkg upgrade").succeeds();
    let after = scene.tree();
    scene.run("agentpkg undo").succeeds();
    assert_eq!(scene.tree(), before);
    scene.run("agentpkg undo --redo").succeeds();
    assert_eq!(scene.tree(), after);
}
