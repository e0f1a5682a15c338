//! `undo`.

use snapbox::str;

use crate::templates::{REVIEWER, REVIEWER_LATER, guards, reviewer};

#[test]
fn undo_takes_the_last_command_back_and_undo_again_takes_that_back() {
    let scene = guards();
    let before = scene.tree();
    let scene = scene.installed("guards");
    let after = scene.tree();
    scene.run("agentpkg undo --dry-run").prints(str![[r#"
would undo `install guards` (nothing was changed)
  removed     10 files: .gitignore, .mcp.json, CLAUDE.md, agentpkg.toml, agentpkg.lock,
              .claude/settings.json, .claude/hooks/guards/guard.sh, .claude/memory/notes.md,
              .claude/rules/guards/ (2)

"#]]);
    assert_eq!(scene.tree(), after);
    scene.run("agentpkg undo").prints(str![[r#"
undid `install guards`
  removed     10 files: .gitignore, .mcp.json, CLAUDE.md, agentpkg.toml, agentpkg.lock,
              .claude/settings.json, .claude/hooks/guards/guard.sh, .claude/memory/notes.md,
              .claude/rules/guards/ (2)

  redo        agentpkg undo

"#]]);
    assert_eq!(scene.tree(), before);
    scene.run("agentpkg undo").prints(str![[r#"
did `install guards` again
  restored    10 files: .gitignore, .mcp.json, CLAUDE.md, agentpkg.toml, agentpkg.lock,
              .claude/settings.json, .claude/hooks/guards/guard.sh, .claude/memory/notes.md,
              .claude/rules/guards/ (2)

  go back     agentpkg undo

"#]]);
    assert_eq!(scene.tree(), after);
}

#[test]
fn undo_keeps_what_was_edited_since() {
    let scene = guards().edited("CLAUDE.md", "# Ours\n").edited(".claude/settings.json", "{\"model\": \"opus\"}\n");
    let scene = scene.installed("guards").edited(".claude/rules/guards/general.md", "Guards are ours.\n");
    let scene = scene.replaced("CLAUDE.md", "# Ours\n", "# Ours, later\n");
    let scene = scene.replaced(".claude/settings.json", "\"opus\"", "\"haiku\"");
    scene.run("agentpkg undo").prints(str![[r#"
undid `install guards`
  removed     7 files: .gitignore, .mcp.json, agentpkg.toml, agentpkg.lock,
              .claude/hooks/guards/guard.sh, .claude/memory/notes.md, .claude/rules/guards/tests.md
  reverted    2 files: CLAUDE.md, .claude/settings.json
  kept        1 file, edited since or still run: .claude/rules/guards/general.md

  redo        agentpkg undo
(exit code 1)

"#]]);
    scene.reads("CLAUDE.md", "# Ours, later\n").reads(".claude/settings.json", "{\"model\": \"haiku\"}\n");
    scene.reads(".claude/rules/guards/general.md", "Guards are ours.\n").absent("agentpkg.lock");
}

#[test]
fn undo_of_a_move_brings_the_earlier_release_back() {
    let scene = reviewer().installed("reviewer").published("reviewer", "1.1.0", REVIEWER_LATER);
    let scene = scene.installed("reviewer@^1.1");
    scene.run("agentpkg undo").prints(str![[r#"
undid `install reviewer@^1.1`
  reverted    3 files: .claude/rules/reviewer/review.md, agentpkg.toml, agentpkg.lock

  redo        agentpkg undo

"#]]);
    scene.reads(".claude/rules/reviewer/review.md", REVIEWER[0].1);
}

#[test]
fn undo_stops_where_an_edit_is_in_its_way() {
    let scene = reviewer().installed("reviewer").published("reviewer", "1.1.0", REVIEWER_LATER);
    let scene = scene.installed("reviewer@^1.1").edited(".claude/rules/reviewer/review.md", "ours\n");
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
    let scene = reviewer().installed("reviewer").deleted(".claude").deleted("agentpkg.toml").deleted("agentpkg.lock");
    scene.run("agentpkg undo").prints(str![[r#"
nothing to do: nothing that `install reviewer` wrote is left

"#]]);
}
