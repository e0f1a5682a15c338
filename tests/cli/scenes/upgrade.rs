//! `upgrade` and `resolve`: the release arrives, every local edit stays.

use snapbox::str;
use support::Scene;

use super::templates::REVIEWER;

const AT: &str = ".claude/rules/reviewer/review.md";

/// A repo at 1.0.0 of a template whose rule and settings 1.1.0 changes.
fn scene() -> Scene {
    let settings = |mode: &str| format!("{{\"permissions\": {{\"defaultMode\": \"{mode}\"}}}}\n");
    let rule = |names: &str| {
        format!("# Review\n\nLook at the tests first.\n\nThen at the {names}.\n\nThen rest.\n")
    };
    let (one, two) = (rule("names"), rule("errors"));
    let (plan, edits) = (settings("plan"), settings("acceptEdits"));
    let first = [
        ("rules/review.md", one.as_str()),
        ("settings/claude.json", &plan),
        ("rules/a.md", "A.\n"),
    ];
    let second = [
        ("rules/review.md", two.as_str()),
        ("settings/claude.json", &edits),
        ("rules/a.md", "B.\n"),
        ("rules/new.md", "N.\n"),
    ];
    let scene = Scene::new()
        .published("reviewer", "1.0.0", &first)
        .installed("reviewer");
    scene.published("reviewer", "1.1.0", &second)
}

#[test]
fn an_upgrade_keeps_what_was_edited() {
    let scene = scene().replaced(AT, "Then rest.", "Then rest a while.");
    scene.run("agentpkg upgrade").prints(str![[r#"
upgraded reviewer 1.0.0 -> 1.1.0
  changelog   reviewer 1.1.0
              - What changed
  added       1 file: .claude/rules/reviewer/new.md
  merged      2 files, everything of yours kept: .claude/rules/reviewer/review.md,
              .claude/settings.json
  updated     1 file: .claude/rules/reviewer/a.md
  can run     setting   permissions.defaultMode  = acceptEdits
              (trusted: registry [SCENE]/registry)
  context     always loaded: 9 lines

  commit      git add .claude agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
    scene.reads(
        AT,
        str![[r#"
---
excludeAgent: "coding-agent"
---

# Review

Look at the tests first.

Then at the errors.

Then rest a while.

"#]],
    );
    scene.run("agentpkg upgrade").prints(str![[r#"
nothing to do: everything is in place
  kept        1 file with your edits: .claude/rules/reviewer/review.md

"#]]);
}

#[test]
fn a_dry_run_shows_every_change() {
    let scene = scene().replaced(AT, "Then rest.", "Then rest a while.");
    let before = scene.tree();
    scene
        .run("agentpkg upgrade reviewer --dry-run")
        .prints(str![[r#"
would have upgraded reviewer 1.0.0 -> 1.1.0 (nothing was changed)
  changelog   reviewer 1.1.0
              - What changed
  added       1 file: .claude/rules/reviewer/new.md
  merged      2 files, everything of yours kept: .claude/rules/reviewer/review.md,
              .claude/settings.json
  updated     1 file: .claude/rules/reviewer/a.md
  can run     setting   permissions.defaultMode  = acceptEdits
              (trusted: registry [SCENE]/registry)
  context     always loaded: 9 lines

.claude/rules/reviewer/a.md
--- a/.claude/rules/reviewer/a.md
+++ b/.claude/rules/reviewer/a.md
@@ -2,4 +2,4 @@
 excludeAgent: "coding-agent"
 ---
 
-A.
+B.

.claude/rules/reviewer/new.md  added
--- a/.claude/rules/reviewer/new.md
+++ b/.claude/rules/reviewer/new.md
@@ -0,0 +1,5 @@
+---
+excludeAgent: "coding-agent"
+---
+
+N.

.claude/rules/reviewer/review.md
--- a/.claude/rules/reviewer/review.md
+++ b/.claude/rules/reviewer/review.md
@@ -6,6 +6,6 @@
 
 Look at the tests first.
 
-Then at the names.
+Then at the errors.
 
 Then rest a while.

.claude/settings.json
--- a/.claude/settings.json
+++ b/.claude/settings.json
@@ -1,5 +1,5 @@
 {
   "permissions": {
-    "defaultMode": "plan"
+    "defaultMode": "acceptEdits"
   }
 }

"#]]);
    assert_eq!(scene.tree(), before);
}

/// A repo whose rule and settings both sides changed in one place.
fn contested() -> Scene {
    let scene = scene().replaced(AT, "the names.", "the types.");
    scene.replaced(".claude/settings.json", "\"plan\"", "\"dontAsk\"")
}

#[test]
fn what_both_changed_waits_with_ours_in_place() {
    let scene = contested();
    scene.run("agentpkg upgrade").prints(str![[r#"
upgraded reviewer 1.0.0 -> 1.1.0
  changelog   reviewer 1.1.0
              - What changed
  added       1 file: .claude/rules/reviewer/new.md
  updated     1 file: .claude/rules/reviewer/a.md
  can run     setting   permissions.defaultMode  = acceptEdits
              (trusted: registry [SCENE]/registry)
  context     always loaded: 9 lines

  commit      git add .claude agentpkg.lock agentpkg.toml
  go back     agentpkg undo
(standard error)
warning: 2 files have conflicts; your version was kept
  `.claude/rules/reviewer/review.md` line 9
  `.claude/settings.json`: `/permissions/defaultMode` is "dontAsk" here and "acceptEdits" upstream
hint: run `agentpkg resolve`, or edit these places: an edit settles them
hint: to go back: agentpkg upgrade --abort
(exit code 1)

"#]]);
    scene.reads(
        AT,
        str![[r#"
---
excludeAgent: "coding-agent"
---

# Review

Look at the tests first.

Then at the types.

Then rest.

"#]],
    );
    scene.reads(
        ".claude/settings.json",
        str![[r#"
{
  "permissions": {
    "defaultMode": "dontAsk"
  }
}

"#]],
    );
    scene.run("agentpkg status").prints(str![[r#"
reviewer 1.1.0  (^1.0)
  latest      installed
  edited      2 files: .claude/rules/reviewer/review.md, .claude/settings.json

  see         agentpkg diff
  offer       agentpkg contribute -m "WHY"
(standard error)
warning: you and the release both changed these
  `.claude/rules/reviewer/review.md` line 9
  `.claude/settings.json`: `/permissions/defaultMode` is "dontAsk" here and "acceptEdits" upstream
hint: agentpkg resolve
hint: to go back: agentpkg upgrade --abort

"#]]);
    scene.run("agentpkg check").prints(str![[r#"
2 problems found in 4 files
  conflict    `.claude/rules/reviewer/review.md` line 9: both changed
  conflict    `.claude/settings.json`: `/permissions/defaultMode` is "dontAsk" here and
              "acceptEdits" upstream
  yours       2 files edited or deleted, as is your right: .claude/rules/reviewer/review.md,
              .claude/settings.json

  next        agentpkg resolve .claude/rules/reviewer/review.md
  next        agentpkg resolve .claude/settings.json
(exit code 1)

"#]]);
    // Nothing moves before that is settled.
    scene.run("agentpkg upgrade").prints(str![[r#"
(standard error)
error: 2 conflicts of the last upgrade still wait for you
  `.claude/rules/reviewer/review.md` line 9
  `.claude/settings.json`: `/permissions/defaultMode` is "dontAsk" here and "acceptEdits" upstream
note: nothing was changed
hint: agentpkg resolve
hint: to go back to before that upgrade: agentpkg upgrade --abort
(exit code 2)

"#]]);
    scene.run("agentpkg resolve").prints(str![[r#"
(standard error)
error: nobody is here to be asked which side to take
  `.claude/rules/reviewer/review.md`: line 9
  `.claude/settings.json`: `/permissions/defaultMode` is "dontAsk" here and "acceptEdits" upstream
note: nothing was changed
hint: keep yours: agentpkg resolve --local --all, or --local PATH
hint: take the release's: agentpkg resolve --upstream --all, or --upstream PATH
(exit code 2)

"#]]);
    scene.run("agentpkg resolve --local").prints(str![[r#"
(standard error)
error: it is not said which conflicts are meant
hint: name the files, or add `--all`
(exit code 2)

"#]]);
    scene
        .run("agentpkg resolve --local CLAUDE.md")
        .prints(str![[r#"
(standard error)
error: no conflict of `CLAUDE.md` is open
note: nothing was changed
hint: agentpkg resolve .claude/rules/reviewer/review.md
hint: agentpkg resolve .claude/settings.json
(exit code 2)

"#]]);
    // In a clone it is settled too: the lock has both sides.
    scene
        .run(&format!("agentpkg resolve --upstream {AT}"))
        .prints(str![[r#"
settled 1 conflict, 1 left open
  theirs      1 file: .claude/rules/reviewer/review.md

  commit      git add .claude agentpkg.lock
  go back     agentpkg undo
(standard error)
warning: these still wait for you
  `.claude/settings.json`: `/permissions/defaultMode` is "dontAsk" here and "acceptEdits" upstream
hint: agentpkg resolve
(exit code 1)

"#]]);
    scene.reads(
        AT,
        str![[r#"
---
excludeAgent: "coding-agent"
---

# Review

Look at the tests first.

Then at the errors.

Then rest.

"#]],
    );
    scene.run("agentpkg resolve --local --all").prints(str![[r#"
settled 1 conflict
  yours       1 file: .claude/settings.json

  commit      git add agentpkg.lock
  go back     agentpkg undo

"#]]);
    scene.run("agentpkg resolve --local --all").prints(str![[r#"
nothing to resolve: no conflict is open

"#]]);
    scene.run("agentpkg check").prints(str![[r#"
ok: 4 files checked
  yours       1 file edited or deleted, as is your right: .claude/settings.json

"#]]);
    scene.run("agentpkg upgrade").prints(str![[r#"
nothing to do: everything is in place
  kept        1 file with your edits: .claude/settings.json

"#]]);
}

#[test]
fn an_edit_by_hand_settles() {
    let scene = contested();
    scene.run("agentpkg upgrade").needs_a_person();
    let scene = scene.replaced(AT, "the types.", "the types and the errors.");
    let scene = scene.replaced(".claude/settings.json", "\"dontAsk\"", "\"acceptEdits\"");
    scene.run("agentpkg status").prints(str![[r#"
reviewer 1.1.0  (^1.0)
  latest      installed
  edited      1 file: .claude/rules/reviewer/review.md

  see         agentpkg diff
  offer       agentpkg contribute -m "WHY"

"#]]);
    scene.run("agentpkg resolve").prints(str![[r#"
nothing is open any more
  by hand     2 files, settled by an edit: .claude/rules/reviewer/review.md, .claude/settings.json

  commit      git add agentpkg.lock
  go back     agentpkg undo

"#]]);
    scene.run("agentpkg upgrade").prints(str![[r#"
nothing to do: everything is in place
  kept        1 file with your edits: .claude/rules/reviewer/review.md

"#]]);
}

#[test]
fn an_upgrade_is_taken_back_with_edits_made_since() {
    let scene = contested();
    let before = scene.tree();
    scene.run("agentpkg upgrade").needs_a_person();
    let scene = scene.replaced(AT, "Then rest.", "Then rest a while.");
    scene.run("agentpkg upgrade --abort").prints(str![[r#"
undid `upgrade`
  removed     1 file: .claude/rules/reviewer/new.md
  reverted    2 files: .claude/rules/reviewer/a.md, agentpkg.lock

  redo        agentpkg undo --redo
  before it   `install reviewer`, which `agentpkg undo` takes back next

"#]]);
    scene.reads(
        AT,
        str![[r#"
---
excludeAgent: "coding-agent"
---

# Review

Look at the tests first.

Then at the types.

Then rest a while.

"#]],
    );
    let scene = scene.replaced(AT, "Then rest a while.", "Then rest.");
    assert_eq!(scene.tree(), before);
    scene.run("agentpkg upgrade --abort").prints(str![[r#"
(standard error)
error: no upgrade is waiting: no conflict is open
hint: agentpkg undo
(exit code 2)

"#]]);
}

#[test]
fn a_deletion_is_remembered_and_undone() {
    let scene = scene().deleted(".claude/rules/reviewer/a.md");
    scene.run("agentpkg upgrade").prints(str![[r#"
upgraded reviewer 1.0.0 -> 1.1.0
  changelog   reviewer 1.1.0
              - What changed
  added       1 file: .claude/rules/reviewer/new.md
  merged      1 file, everything of yours kept: .claude/settings.json
  updated     1 file: .claude/rules/reviewer/review.md
  not taken   1 file, which you deleted: .claude/rules/reviewer/a.md
  to have it  agentpkg upgrade --restore .claude/rules/reviewer/a.md
  can run     setting   permissions.defaultMode  = acceptEdits
              (trusted: registry [SCENE]/registry)
  context     always loaded: 8 lines

  commit      git add .claude agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
    scene.absent(".claude/rules/reviewer/a.md");
    scene
        .run("agentpkg upgrade --restore .claude/rules/reviewer/a.md")
        .prints(str![[r#"
restored 1 missing file
  restored    1 file from the templates: .claude/rules/reviewer/a.md

  commit      git add .claude agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
    scene.reads(
        ".claude/rules/reviewer/a.md",
        str![[r#"
---
excludeAgent: "coding-agent"
---

B.

"#]],
    );
    scene
        .run("agentpkg upgrade --restore .claude/rules/reviewer/b.md")
        .prints(str![[r#"
(standard error)
error: no template wrote `.claude/rules/reviewer/b.md`
note: nothing was changed
hint: agentpkg upgrade --restore .claude/rules/reviewer/a.md
(exit code 2)

"#]]);
}

#[test]
fn what_is_not_installed_is_not_upgraded() {
    scene().run("agentpkg upgrade reviewr").prints(str![[r#"
(standard error)
error: `reviewr` is not installed
note: nothing was changed
hint: agentpkg upgrade reviewer
(exit code 2)

"#]]);
    Scene::new().run("agentpkg upgrade").prints(str![[r#"
(standard error)
error: nothing is installed here: there is no `agentpkg.lock`
hint: agentpkg install NAME
hint: agentpkg search
(exit code 2)

"#]]);
}

#[test]
fn a_release_outside_the_requirement_is_named() {
    let scene = scene().published("reviewer", "2.0.0", REVIEWER);
    scene.run("agentpkg upgrade").prints(str![[r#"
upgraded reviewer 1.0.0 -> 1.1.0
  changelog   reviewer 1.1.0
              - What changed
  added       1 file: .claude/rules/reviewer/new.md
  merged      1 file, everything of yours kept: .claude/settings.json
  updated     2 files: .claude/rules/reviewer/a.md, .claude/rules/reviewer/review.md
  can run     setting   permissions.defaultMode  = acceptEdits
              (trusted: registry [SCENE]/registry)
  context     always loaded: 9 lines

  commit      git add .claude agentpkg.lock agentpkg.toml
  go back     agentpkg undo
  newer       reviewer 2.0.0 is outside what `agentpkg.toml` admits
  to take it  agentpkg upgrade reviewer@^2.0

"#]]);
    scene.run("agentpkg upgrade reviewer@^2").prints(str![[r#"
upgraded reviewer 1.1.0 -> 2.0.0
  changelog   reviewer 2.0.0
              - What changed
  updated     1 file: .claude/rules/reviewer/review.md
  deleted     3 files, which the templates no longer have: .claude/rules/reviewer/a.md,
              .claude/rules/reviewer/new.md, .claude/settings.json
  context     always loaded: 2 lines

  commit      git add .claude agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
    scene
        .run("agentpkg upgrade reviewer@=1.0.0")
        .prints(str![[r#"
moved reviewer back 2.0.0 -> 1.0.0
  added       2 files: .claude/rules/reviewer/a.md, .claude/settings.json
  updated     1 file: .claude/rules/reviewer/review.md
  context     always loaded: 8 lines

  commit      git add .claude agentpkg.lock agentpkg.toml
  go back     agentpkg undo
  newer       reviewer 2.0.0 is outside what `agentpkg.toml` admits
  to take it  agentpkg upgrade reviewer@^2.0

"#]]);
}

#[test]
fn a_file_that_still_holds_markers_is_not_upgraded() {
    let marked =
        "<<<<<<< local\na\n||||||| reviewer 1.0.0\nb\n=======\nc\n>>>>>>> reviewer 1.1.0\n";
    let scene = scene().replaced(AT, "Then rest.\n", marked);
    scene.run("agentpkg upgrade").prints(str![[r#"
(standard error)
error: `.claude/rules/reviewer/review.md` line 11 still holds the markers of a conflict
note: nothing was changed
hint: edit the marked lines and take the markers out, then run the command again
(exit code 2)

"#]]);
}

#[test]
fn a_file_with_markers_of_gits_is_not_upgraded_unless_it_speaks_of_them() {
    let marked = "<<<<<<< HEAD\na\n=======\nc\n>>>>>>> main\n";
    let scene = scene().replaced(AT, "Then rest.\n", marked);
    scene.run("agentpkg upgrade").prints(str![[r#"
(standard error)
error: `.claude/rules/reviewer/review.md` line 11 still holds the markers of a conflict
note: nothing was changed
hint: edit the marked lines and take the markers out, then run the command again
(exit code 2)

"#]]);
    let scene = scene.replaced(AT, marked, &format!("```\n{marked}```\n"));
    scene.run("agentpkg upgrade").succeeds();
    let text = scene.text(AT);
    assert!(
        text.contains("Then at the errors.") && text.contains(marked),
        "{text}"
    );
}

#[test]
fn an_upgrade_is_not_aborted_when_another_command_came_after_it() {
    let scene = contested();
    scene.run("agentpkg upgrade").needs_a_person();
    let scene = scene.published("later", "1.0.0", REVIEWER);
    scene.run("agentpkg install later").succeeds();
    let before = scene.tree();
    scene.run("agentpkg upgrade --abort").prints(str![[r#"
(standard error)
error: the last command here was `install later`, and has to be undone first
hint: agentpkg undo
(exit code 2)

"#]]);
    assert_eq!(scene.tree(), before);
}

#[test]
fn two_branches_that_both_upgraded_have_one_lock() {
    let scene = Scene::new()
        .published("reviewer", "1.0.0", REVIEWER)
        .published("namer", "1.0.0", REVIEWER);
    let scene = scene.installed("reviewer").installed("namer");
    let commit = "git add -A && git commit -qm x";
    scene
        .run(&format!("{commit} && git checkout -qb other"))
        .succeeds();
    let scene = scene.published("reviewer", "1.1.0", &[("rules/review.md", "Errors.\n")]);
    let scene = scene.published("namer", "1.1.0", &[("rules/review.md", "Short ones.\n")]);
    scene
        .run(&format!("agentpkg upgrade reviewer && {commit}"))
        .succeeds();
    scene
        .run(&format!(
            "git checkout -q - && agentpkg upgrade namer && {commit}"
        ))
        .succeeds();
    scene.run("git merge -q other || true").succeeds();
    scene.run("agentpkg install").prints(str![[r#"
updated `agentpkg.lock`
  lock        `agentpkg.lock`, which git could not merge, is rebuilt from both sides

  commit      git add agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
    scene.run("agentpkg check --strict").prints(str![[r#"
ok: 2 files checked

"#]]);
    scene.run("agentpkg install").prints(str![[r#"
nothing to do: everything is in place

"#]]);
}

#[test]
fn what_was_copied_from_a_release_is_merged_with_it() {
    let rule = |number: u32| format!("# Rule\n\nOne.\n\nTwo.\n\nThree: {number}.\n");
    let (one, two, others) = (rule(1), rule(2), "A rule that nobody else has.\n");
    let first = ["rules/a.md", "rules/b.md", "rules/c.md"].map(|path| (path, one.as_str()));
    let second = ["rules/a.md", "rules/b.md", "rules/c.md"].map(|path| (path, two.as_str()));
    let scene = Scene::new()
        .published("house", "1.0.0", &first)
        .published("house", "1.1.0", &second);
    let folder = ".claude/rules/house";
    let scene = scene.edited(&format!("{folder}/a.md"), &one);
    let scene = scene.edited(
        &format!("{folder}/b.md"),
        one.replace("One.", "One, edited."),
    );
    let scene = scene.edited(&format!("{folder}/c.md"), others);
    scene.run("agentpkg install house").prints(str![[r#"
installed house 1.1.0
  merged      1 file, everything of yours kept: .claude/rules/house/b.md
  updated     1 file: .claude/rules/house/a.md
  now managed 2 existing files, copied from house 1.0.0, 1 with your edits
  note        .claude/rules/house/a.md was yours before and has changed; `agentpkg undo` brings it
              back
  note        .claude/rules/house/b.md was yours before and has changed; `agentpkg undo` brings it
              back
  registry    [SCENE]/registry, named by `AGENTPKG_REGISTRY`
              `agentpkg.toml` names it as `[SCENE]/registry`: teammates
              need a folder of that name too
  agent       Claude Code (in use here)
  context     always loaded: 15 lines

  commit      git add .claude agentpkg.lock agentpkg.toml
              your teammates get all of it from git; they need no tool
  go back     agentpkg undo
(standard error)
warning: 1 file has conflicts; your version was kept
  `.claude/rules/house/c.md`: a file of yours with other content is there
hint: run `agentpkg resolve`, or edit these places: an edit settles them
hint: to go back: agentpkg upgrade --abort
(exit code 1)

"#]]);
    scene.reads(
        &format!("{folder}/b.md"),
        str![[r#"
---
excludeAgent: "coding-agent"
---

# Rule

One, edited.

Two.

Three: 2.

"#]],
    );
    scene.reads(&format!("{folder}/c.md"), others);
}

#[test]
fn a_machine_commits_and_reports() {
    let scene = contested();
    scene.run("agentpkg upgrade --commit").prints(str![[r#"
(standard error)
error: 2 files that the upgrade changes hold what isn't committed
  `.claude/rules/reviewer/a.md`
  `agentpkg.lock`
note: nothing was changed
hint: commit or stash that first
(exit code 2)

"#]]);
    scene
        .run("git add -A && git commit -qm edits && echo x > other && git add other")
        .succeeds();
    scene
        .run("agentpkg upgrade --commit --report ../body.md")
        .prints(str![[r#"
upgraded reviewer 1.0.0 -> 1.1.0
  changelog   reviewer 1.1.0
              - What changed
  added       1 file: .claude/rules/reviewer/new.md
  updated     1 file: .claude/rules/reviewer/a.md
  can run     setting   permissions.defaultMode  = acceptEdits
              (trusted: registry [SCENE]/registry)
  context     always loaded: 9 lines

  committed   3 files
  go back     agentpkg undo
(standard error)
warning: 2 files have conflicts; your version was kept
  `.claude/rules/reviewer/review.md` line 9
  `.claude/settings.json`: `/permissions/defaultMode` is "dontAsk" here and "acceptEdits" upstream
hint: run `agentpkg resolve`, or edit these places: an edit settles them
hint: to go back: agentpkg upgrade --abort
(exit code 1)

"#]]);
    scene
        .run("git show --stat --format=%B HEAD && git status --short")
        .prints(str![[r#"
Upgrade reviewer 1.0.0 -> 1.1.0

- changed: .claude/rules/reviewer/a.md
- added: .claude/rules/reviewer/new.md

2 files with edits of this repository kept.
2 places that both changed, as here; `agentpkg resolve` settles them:
- `.claude/rules/reviewer/review.md` line 9
- `.claude/settings.json`: `/permissions/defaultMode` is "dontAsk" here and "acceptEdits" upstream

Agentpkg-Upgrade: reviewer 1.0.0..1.1.0; conflicts=2; kept=2


 .claude/rules/reviewer/a.md   |  2 +-
 .claude/rules/reviewer/new.md |  5 +++++
 agentpkg.lock                 | 16 ++++++++++++----
 3 files changed, 18 insertions(+), 5 deletions(-)
A  other

"#]]);
    scene.reads(
        "../body.md",
        str![[r##"
# Upgrade `reviewer` 1.0.0 → 1.1.0

## Waiting for you

Both sides changed these; what this repository had is there. Settle them with `agentpkg resolve`, or by editing.

- `.claude/rules/reviewer/review.md` line 9
- `.claude/settings.json`: `/permissions/defaultMode` is "dontAsk" here and "acceptEdits" upstream

## Can run

```text
setting     permissions.defaultMode  = acceptEdits
```

## What reviewer 1.1.0 says

- What changed

## Updated

- `.claude/rules/reviewer/a.md`
- `.claude/rules/reviewer/new.md`


"##]],
    );
    Scene::without_git()
        .published("reviewer", "1.0.0", REVIEWER)
        .installed("reviewer")
        .published("reviewer", "1.1.0", &[("rules/review.md", "Errors.\n")])
        .run("agentpkg upgrade --commit")
        .prints(str![[r#"
(standard error)
error: there is no git repository to commit to
note: nothing was changed
(exit code 2)

"#]]);
}

#[test]
fn a_conflict_of_a_file_that_was_moved_is_named_by_where_it_is() {
    let scene = contested();
    let moved = ".claude/rules/house/review.md";
    scene
        .run(&format!("mkdir -p .claude/rules/house && git add -A && perl -pi -e 's/types/names/' {AT} && mv {AT} {moved}"))
        .succeeds();
    scene.run("agentpkg install").succeeds();
    let scene = scene.replaced(moved, "the names.", "the types.");
    scene.run("agentpkg upgrade").needs_a_person();
    scene.run("agentpkg check").prints(str![[r#"
2 problems found in 4 files
  conflict    `.claude/rules/house/review.md` line 9: both changed
  conflict    `.claude/settings.json`: `/permissions/defaultMode` is "dontAsk" here and
              "acceptEdits" upstream
  yours       2 files edited or deleted, as is your right: .claude/rules/reviewer/review.md,
              .claude/settings.json

  next        agentpkg resolve .claude/rules/house/review.md
  next        agentpkg resolve .claude/settings.json
(exit code 1)

"#]]);
    scene
        .run(&format!("agentpkg resolve --upstream {moved}"))
        .prints(str![[r#"
settled 1 conflict, 1 left open
  theirs      1 file: .claude/rules/house/review.md

  commit      git add .claude agentpkg.lock
  go back     agentpkg undo
(standard error)
warning: these still wait for you
  `.claude/settings.json`: `/permissions/defaultMode` is "dontAsk" here and "acceptEdits" upstream
hint: agentpkg resolve
(exit code 1)

"#]]);
    scene.absent(AT);
}

#[test]
fn a_file_that_was_replaced_by_a_link_waits_until_it_is_settled() {
    let scene = scene();
    scene
        .run(&format!("mkdir shared && mv {AT} shared/review.md"))
        .succeeds();
    let scene = scene.linked(AT, "../../../shared/review.md");
    scene.run("agentpkg upgrade").needs_a_person();
    scene.run("agentpkg upgrade").prints(str![[r#"
(standard error)
error: 1 conflict of the last upgrade still waits for you
  `.claude/rules/reviewer/review.md`: a link is in the way
note: nothing was changed
hint: agentpkg resolve
hint: to go back to before that upgrade: agentpkg upgrade --abort
(exit code 2)

"#]]);
    scene
        .run("agentpkg resolve --upstream --all")
        .prints(str![[r#"
(standard error)
error: `.claude/rules/reviewer/review.md` is no file of its own
note: nothing was changed
hint: move `.claude/rules/reviewer/review.md` away, then run `agentpkg resolve --upstream
  .claude/rules/reviewer/review.md`
(exit code 2)

"#]]);
    let before = scene.text("shared/review.md");
    let scene = scene.deleted(AT);
    scene
        .run(&format!("agentpkg resolve --upstream {AT}"))
        .succeeds();
    assert_eq!(scene.text("shared/review.md"), before);
    scene.reads(
        AT,
        str![[r#"
---
excludeAgent: "coding-agent"
---

# Review

Look at the tests first.

Then at the errors.

Then rest.

"#]],
    );
}

#[test]
fn a_new_file_that_is_nearly_one_of_the_teams_own_waits_for_a_person() {
    let scene = scene().edited(".claude/rules/reviewer/new.md", "N.\n\nAnd more.\n");
    let same = "# New\n\nOne.\n\nTwo.\n\nThree.\n";
    let scene = scene.published(
        "reviewer",
        "1.2.0",
        &[("rules/review.md", "R.\n"), ("rules/fresh.md", same)],
    );
    let scene = scene.edited(
        ".claude/rules/reviewer/fresh.md",
        same.replace("Two.", "Two of ours."),
    );
    scene.run("agentpkg upgrade").prints(str![[r#"
upgraded reviewer 1.0.0 -> 1.2.0
  changelog   reviewer 1.2.0
              - What changed
  updated     1 file: .claude/rules/reviewer/review.md
  deleted     2 files, which the templates no longer have: .claude/rules/reviewer/a.md,
              .claude/settings.json
  no longer   limit permissions.defaultMode
              (trusted: registry [SCENE]/registry)
  context     always loaded: 8 lines

  commit      git add .claude agentpkg.lock agentpkg.toml
  go back     agentpkg undo
(standard error)
warning: 1 file has conflicts; your version was kept
  `.claude/rules/reviewer/fresh.md`: a file of yours with other content is there
hint: run `agentpkg resolve`, or edit these places: an edit settles them
hint: to go back: agentpkg upgrade --abort
(exit code 1)

"#]]);
    scene.reads(
        ".claude/rules/reviewer/fresh.md",
        str![[r#"
# New

One.

Two of ours.

Three.

"#]],
    );
}

/// Two names of one file stand in for a file system that ignores case.
#[test]
fn a_rename_to_another_case_takes_no_file_that_is_both() {
    let rule = "# Review\n\nLook at the tests first.\n";
    let scene = Scene::new()
        .published("house", "1.0.0", &[("rules/Review.md", rule)])
        .published("house", "1.1.0", &[("rules/review.md", rule)])
        .installed("house@1.0.0");
    let at = |name: &str| scene.path(format!(".claude/rules/house/{name}"));
    std::fs::hard_link(at("Review.md"), at("review.md")).unwrap();
    scene.run("agentpkg upgrade house@^1.1").prints(str![[r#"
(standard error)
error: the release renames `.claude/rules/house/Review.md` to `.claude/rules/house/review.md`, which
  is the same file here
note: nothing was changed
hint: run the command on a disk that tells them apart, commit, and pull that here
(exit code 2)

"#]]);
    scene.has_rule(".claude/rules/house/Review.md", rule);
    // Where they are two names, one goes and the other comes.
    std::fs::remove_file(at("review.md")).unwrap();
    scene.run("agentpkg upgrade house@^1.1").succeeds();
    scene.absent(".claude/rules/house/Review.md");
    scene.has_rule(".claude/rules/house/review.md", rule);
}
