//! A new release comes in beside the team's edits.

use snapbox::str;
use support::Scene;

const RULES: &str = "# Review\n\n- Read all of it.\n- Run it.\n\n# After\n\n- Thank.\n";

/// A template with one rule, installed, and its next release published.
fn upgraded(rule: &'static str, text: &str) -> Scene {
    Scene::new()
        .published(
            "reviewer",
            "1.0.0",
            &[("rules/review.md", RULES), ("root.md", RULES)],
        )
        .installed("reviewer")
        .published("reviewer", "1.1.0", &[(rule, text), ("root.md", text)])
}

const AT: &str = ".claude/rules/reviewer/review.md";

#[test]
fn an_edit_and_an_update_of_one_file_are_both_kept() {
    let scene = upgraded("rules/review.md", &RULES.replace("Thank", "Say thanks"));
    let scene = scene
        .replaced(AT, "- Run it.\n", "- Run it twice.\n")
        .replaced("CLAUDE.md", "Run it", "Run it thrice");
    scene
        .run("agentpkg install reviewer@1.1.0")
        .prints(str![[r#"
upgraded reviewer 1.0.0 -> 1.1.0
  changelog   reviewer 1.1.0
              - What changed
  merged      2 files, everything of yours kept: .claude/rules/reviewer/review.md, CLAUDE.md
  context     always loaded: 16 lines

  commit      git add .claude CLAUDE.md agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
    scene
        .reads(
            AT,
            str![[r#"
---
excludeAgent: "coding-agent"
---

# Review

- Read all of it.
- Run it twice.

# After

- Say thanks.

"#]],
        )
        .reads(
            "CLAUDE.md",
            str![[r#"
<!-- BEGIN agentpkg reviewer -->
# Review

- Read all of it.
- Run it thrice.

# After

- Say thanks.
<!-- END agentpkg reviewer -->

"#]],
        );
    scene.run("agentpkg diff").prints(str![[r#"
--- a/.claude/rules/reviewer/review.md
+++ b/.claude/rules/reviewer/review.md
@@ -5,7 +5,7 @@
 # Review
 
 - Read all of it.
-- Run it.
+- Run it twice.
 
 # After
 
--- a/CLAUDE.md (reviewer)
+++ b/CLAUDE.md (reviewer)
@@ -1,7 +1,7 @@
 # Review
 
 - Read all of it.
-- Run it.
+- Run it thrice.
 
 # After
 

"#]]);
    scene.run("agentpkg install").prints(str![[r#"
nothing to do: everything is in place
  kept        2 files with your edits: .claude/rules/reviewer/review.md, CLAUDE.md

"#]]);
    // An edit made since stays, and what the release brought goes.
    let scene = scene.replaced(AT, "# Review", "# Reviews");
    scene.run("agentpkg undo").prints(str![[r#"
undid `install reviewer@=1.1.0`
  reverted    4 files: CLAUDE.md, agentpkg.toml, agentpkg.lock, .claude/rules/reviewer/review.md

  redo        agentpkg undo --redo
  before it   `install reviewer`, which `agentpkg undo` takes back next

"#]]);
    scene
        .reads(
            AT,
            str![[r#"
---
excludeAgent: "coding-agent"
---

# Reviews

- Read all of it.
- Run it twice.

# After

- Thank.

"#]],
        )
        .reads(
            "CLAUDE.md",
            str![[r#"
<!-- BEGIN agentpkg reviewer -->
# Review

- Read all of it.
- Run it thrice.

# After

- Thank.
<!-- END agentpkg reviewer -->

"#]],
        );
}

#[test]
fn two_edits_of_one_line_wait_for_a_person() {
    let scene = upgraded("rules/review.md", &RULES.replace("Run it", "Run its tests"));
    let scene = scene
        .replaced(AT, "- Run it.\n", "- Run it twice.\n")
        .replaced("CLAUDE.md", "Run it", "Run it thrice");
    let before = [AT, "CLAUDE.md"].map(|path| scene.text(path));
    scene
        .run("agentpkg install reviewer@1.1.0")
        .prints(str![[r#"
upgraded reviewer 1.0.0 -> 1.1.0
  changelog   reviewer 1.1.0
              - What changed
  context     always loaded: 16 lines

  commit      git add agentpkg.lock agentpkg.toml
  go back     agentpkg undo
(standard error)
warning: 2 files have conflicts; your version was kept
  `.claude/rules/reviewer/review.md` line 8
  `CLAUDE.md` line 5
hint: run `agentpkg resolve`, or edit these places: an edit settles them
hint: to go back: agentpkg upgrade --abort
(exit code 1)

"#]]);
    assert_eq!([AT, "CLAUDE.md"].map(|path| scene.text(path)), before);
}

#[test]
fn an_edit_follows_a_rename() {
    let scene =
        upgraded("rules/reviews.md", RULES).replaced(AT, "- Run it.\n", "- Run it twice.\n");
    scene
        .run("agentpkg install reviewer@1.1.0")
        .prints(str![[r#"
upgraded reviewer 1.0.0 -> 1.1.0
  changelog   reviewer 1.1.0
              - What changed
  kept        1 file with your edits: .claude/rules/reviewer/reviews.md
  note        .claude/rules/reviewer/review.md is now .claude/rules/reviewer/reviews.md, as in the
              template
  context     always loaded: 16 lines

  commit      git add .claude agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
    scene.absent(AT).reads(
        ".claude/rules/reviewer/reviews.md",
        str![[r#"
---
excludeAgent: "coding-agent"
---

# Review

- Read all of it.
- Run it twice.

# After

- Thank.

"#]],
    );
    // Declared, it may change at the same time.
    let manifest = "[renames]\n\"rules/reviews.md\" = \"rules/reading.md\"\n";
    let text = RULES.replace("Thank", "Say thanks");
    let files = [
        ("rules/reading.md", text.as_str()),
        ("root.md", RULES),
        ("template.toml", manifest),
    ];
    let scene = scene.published("reviewer", "1.2.0", &files);
    let taken = scene.edited(".claude/rules/reviewer/reading.md", "mine\n");
    taken
        .run("agentpkg install reviewer@1.2.0")
        .prints(str![[r#"
upgraded reviewer 1.1.0 -> 1.2.0
  changelog   reviewer 1.2.0
              - What changed
  yours now   1 file kept, no longer managed: .claude/rules/reviewer/reviews.md
  context     always loaded: 9 lines

  commit      git add agentpkg.lock agentpkg.toml
  go back     agentpkg undo
(standard error)
warning: 1 file has conflicts; your version was kept
  `.claude/rules/reviewer/reading.md`: `.claude/rules/reviewer/reviews.md` has this name upstream
    now, and a file of yours with other content is there
hint: run `agentpkg resolve`, or edit these places: an edit settles them
hint: to go back: agentpkg upgrade --abort
(exit code 1)

"#]]);
    taken.run("agentpkg upgrade --abort").prints(str![[r#"
undid `install reviewer@=1.2.0`
  reverted    2 files: agentpkg.toml, agentpkg.lock

  redo        agentpkg undo --redo
  before it   `install reviewer@=1.1.0`, which `agentpkg undo` takes back next

"#]]);
    let scene = taken.deleted(".claude/rules/reviewer/reading.md");
    scene
        .run("agentpkg install reviewer@1.2.0")
        .prints(str![[r#"
upgraded reviewer 1.1.0 -> 1.2.0
  changelog   reviewer 1.2.0
              - What changed
  merged      1 file, everything of yours kept: .claude/rules/reviewer/reading.md
  note        .claude/rules/reviewer/reviews.md is now .claude/rules/reviewer/reading.md, as in the
              template
  context     always loaded: 16 lines

  commit      git add .claude agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
    scene.absent(".claude/rules/reviewer/reviews.md").reads(
        ".claude/rules/reviewer/reading.md",
        str![[r#"
---
excludeAgent: "coding-agent"
---

# Review

- Read all of it.
- Run it twice.

# After

- Say thanks.

"#]],
    );
    // A deletion follows too.
    let scene = scene.deleted(".claude/rules/reviewer/reading.md");
    let scene = scene.published(
        "reviewer",
        "1.3.0",
        &[("rules/read.md", text.as_str()), ("root.md", RULES)],
    );
    scene
        .run("agentpkg install reviewer@1.3.0")
        .prints(str![[r#"
upgraded reviewer 1.2.0 -> 1.3.0
  changelog   reviewer 1.3.0
              - What changed
  not here    1 file still deleted, by you: .claude/rules/reviewer/read.md
  context     always loaded: 8 lines

  commit      git add agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
    scene.absent(".claude/rules/reviewer/read.md");
    scene.run("agentpkg status").prints(str![[r#"
reviewer 1.3.0  (=1.3.0)
  latest      installed
  deleted     1 file: .claude/rules/reviewer/read.md

"#]]);
}

#[test]
fn a_release_that_is_gone_can_not_be_merged_against() {
    let scene = upgraded("rules/review.md", &RULES.replace("Thank", "Say thanks"));
    let scene = scene.replaced(AT, "- Run it.\n", "- Run it twice.\n");
    let scene = scene.deleted("../registry").published(
        "reviewer",
        "1.1.0",
        &[("rules/review.md", &RULES.replace("Thank", "Say thanks"))],
    );
    scene
        .run("agentpkg install reviewer@1.1.0")
        .prints(str![[r#"
upgraded reviewer 1.0.0 -> 1.1.0
  changelog   reviewer 1.1.0
              - What changed
  deleted     1 file, which the templates no longer have: CLAUDE.md
  context     always loaded: 8 lines

  commit      git add agentpkg.lock agentpkg.toml
  go back     agentpkg undo
(standard error)
warning: 1 file has conflicts; your version was kept
  `.claude/rules/reviewer/review.md`: edited here, and changed upstream; what was installed can't be
    had again
hint: run `agentpkg resolve`, or edit these places: an edit settles them
hint: to go back: agentpkg upgrade --abort
(exit code 1)

"#]]);
}

#[test]
fn names_that_are_one_elsewhere_wait_for_a_person() {
    let scene = Scene::new().published("reviewer", "1.0.0", &[("rules/review.md", RULES)]);
    let scene = scene.edited(".claude/rules/reviewer/REVIEW.md", "mine\n");
    scene.run("agentpkg install reviewer").prints(str![[r#"
installed reviewer 1.0.0
  registry    [SCENE]/registry, named by `AGENTPKG_REGISTRY`
              `agentpkg.toml` names it as `[SCENE]/registry`: teammates
              need a folder of that name too
  agent       Claude Code (in use here)

  commit      git add agentpkg.lock agentpkg.toml
              your teammates get all of it from git; they need no tool
  go back     agentpkg undo
(standard error)
warning: 1 file has conflicts; your version was kept
  `.claude/rules/reviewer/review.md`: its name and that of `.claude/rules/reviewer/REVIEW.md` are
    one on file systems that don't tell `A` from `a`
hint: run `agentpkg resolve`, or edit these places: an edit settles them
hint: to go back: agentpkg upgrade --abort
(exit code 1)

"#]]);
}

#[test]
fn a_file_that_is_there_already_takes_in_what_it_lacks() {
    let scene = Scene::new().published("reviewer", "1.0.0", &[("rules/review.md", RULES)]);
    let scene = scene.edited(AT, RULES.replace("- Thank.\n", ""));
    scene.run("agentpkg install reviewer").prints(str![[r#"
installed reviewer 1.0.0
  merged      1 file, everything of yours kept: .claude/rules/reviewer/review.md
  now managed 1 existing file, copied from reviewer 1.0.0, 1 with your edits
  note        .claude/rules/reviewer/review.md was yours before and has changed; `agentpkg undo`
              brings it back
  registry    [SCENE]/registry, named by `AGENTPKG_REGISTRY`
              `agentpkg.toml` names it as `[SCENE]/registry`: teammates
              need a folder of that name too
  agent       Claude Code (in use here)
  context     always loaded: 7 lines

  commit      git add .claude agentpkg.lock agentpkg.toml
              your teammates get all of it from git; they need no tool
  go back     agentpkg undo

"#]]);
}

#[test]
fn a_file_that_the_team_moved_is_updated_where_it_is() {
    let scene = upgraded("rules/review.md", &RULES.replace("Thank", "Say thanks")).deleted(AT);
    let scene = scene.edited_rule(".claude/rules/house/reading.md", RULES);
    scene.run("agentpkg status").prints(str![[r#"
reviewer 1.0.0  (^1.0)
  latest      1.1.0: agentpkg upgrade reviewer
  moved       1 file: .claude/rules/house/reading.md

"#]]);
    scene.run("agentpkg diff").prints(str![[r#"
.claude/rules/reviewer/review.md  moved to .claude/rules/house/reading.md

"#]]);
    scene.run("agentpkg check").prints(str![[r#"
ok: 2 files checked
  yours       1 file edited or deleted, as is your right: .claude/rules/reviewer/review.md

"#]]);
    scene
        .run("agentpkg install reviewer@1.1.0")
        .prints(str![[r#"
upgraded reviewer 1.0.0 -> 1.1.0
  changelog   reviewer 1.1.0
              - What changed
  merged      1 file, everything of yours kept: CLAUDE.md
  updated     1 file: .claude/rules/reviewer/review.md
  note        .claude/rules/reviewer/review.md is .claude/rules/house/reading.md here, where you
              moved it
  context     always loaded: 16 lines

  commit      git add .claude CLAUDE.md agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
    scene.absent(AT).reads(
        ".claude/rules/house/reading.md",
        str![[r#"
---
excludeAgent: "coding-agent"
---

# Review

- Read all of it.
- Run it.

# After

- Say thanks.

"#]],
    );
    // It is known from now on, edited or not.
    let scene = scene.replaced(".claude/rules/house/reading.md", "Run it", "Run it twice");
    scene.run("agentpkg install").prints(str![[r#"
nothing to do: everything is in place
  kept        1 file with your edits: .claude/rules/reviewer/review.md
  note        .claude/rules/reviewer/review.md is .claude/rules/house/reading.md here, where you
              moved it

"#]]);
    scene.run("agentpkg diff").prints(str![[r#"
--- a/.claude/rules/reviewer/review.md
+++ b/.claude/rules/reviewer/review.md
@@ -5,7 +5,7 @@
 # Review
 
 - Read all of it.
-- Run it.
+- Run it twice.
 
 # After
 

"#]]);
    // A template that goes leaves it there.
    let scene = scene.replaced("agentpkg.toml", "reviewer = \"=1.1.0\"\n", "");
    scene.run("agentpkg install").prints(str![[r#"
removed reviewer 1.1.0
  deleted     1 file, which the templates no longer have: CLAUDE.md
  yours now   1 file kept, no longer managed: .claude/rules/reviewer/review.md
  note        .claude/rules/reviewer/review.md is .claude/rules/house/reading.md here, where you
              moved it

  commit      git add agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
    assert!(scene.path(".claude/rules/house/reading.md").exists());
}

#[test]
fn a_copy_of_a_file_is_no_move_and_two_are_none_either() {
    let scene = upgraded("rules/review.md", &RULES.replace("Thank", "Say thanks"));
    let scene = scene.edited_rule(".claude/rules/house/copy.md", RULES);
    scene.run("agentpkg status").prints(str![[r#"
reviewer 1.0.0  (^1.0)
  latest      1.1.0: agentpkg upgrade reviewer
  changed     nothing: every file is as it was installed

"#]]);
    let scene = scene
        .deleted(AT)
        .edited_rule(".claude/rules/house/second.md", RULES);
    scene
        .run("agentpkg install reviewer@1.1.0")
        .prints(str![[r#"
upgraded reviewer 1.0.0 -> 1.1.0
  changelog   reviewer 1.1.0
              - What changed
  merged      1 file, everything of yours kept: CLAUDE.md
  not taken   1 file, which you deleted: .claude/rules/reviewer/review.md
  to have it  agentpkg upgrade --restore .claude/rules/reviewer/review.md
  context     always loaded: 8 lines

  commit      git add CLAUDE.md agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
}

const CLOSE: &str = "# Review\n\nbase one\n\nbase two\nend\n";

/// Two conflicts of which each is among the lines around the other.
fn with_neighbours() -> Scene {
    let scene = Scene::new()
        .published("reviewer", "1.0.0", &[("rules/review.md", CLOSE)])
        .installed("reviewer")
        .published(
            "reviewer",
            "1.1.0",
            &[("rules/review.md", "# Review\n\ntheir 1\n\ntheir 2\nend\n")],
        )
        .edited(AT, "# Review\n\nour own\n\nend\n");
    scene.run("agentpkg upgrade").needs_a_person();
    scene
}

#[test]
fn conflicts_beside_one_another_are_settled_together() {
    let scene = with_neighbours();
    scene
        .run("agentpkg resolve --upstream --all")
        .prints(str![[r#"
settled 2 conflicts
  theirs      1 file: .claude/rules/reviewer/review.md

  commit      git add .claude agentpkg.lock
  go back     agentpkg undo

"#]]);
    scene.reads(
        AT,
        str![[r#"
# Review

their 1

their 2
end

"#]],
    );
}

#[test]
fn a_conflict_that_was_edited_by_hand_is_settled_by_that_and_the_others_are_done() {
    let scene = with_neighbours().replaced(AT, "own\n\nend", "own\n\nnew\nend");
    scene
        .run("agentpkg resolve --upstream --all")
        .prints(str![[r#"
settled 1 conflict
  theirs      1 file: .claude/rules/reviewer/review.md

  commit      git add .claude agentpkg.lock
  go back     agentpkg undo

"#]]);
    scene.reads(
        AT,
        str![[r#"
# Review

their 1

new
end

"#]],
    );
}
