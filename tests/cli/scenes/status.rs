//! `status` and `diff`.

use snapbox::str;
use support::Scene;

use super::templates::{REVIEWER, REVIEWER_LATER, guards, reviewer};

#[test]
fn status_where_nothing_is_installed_leads_on() {
    reviewer().run("agentpkg status").prints(str![[r#"
nothing is installed here

  next        agentpkg install NAME
  choose      agentpkg search

"#]]);
}

#[test]
fn status_of_what_is_as_it_was_installed() {
    reviewer()
        .installed("reviewer")
        .run("agentpkg status")
        .prints(str![[r#"
reviewer 1.0.0  (^1.0)
  latest      installed
  changed     nothing: every file is as it was installed

"#]]);
}

#[test]
fn status_tells_what_the_team_did_to_each_file() {
    let scene = Scene::new().published(
        "many",
        "1.0.0",
        &[
            ("rules/deleted.md", "one\n"),
            ("rules/edited.md", "one\n"),
            ("rules/kept.md", "one\n"),
            ("rules/laid-out.md", "- one\n- two\n"),
            ("rules/linked.md", "one\n"),
            ("files/out/ignored.txt", "one\n"),
        ],
    );
    let scene = scene.installed("many");
    let rules = |name: &str| format!(".claude/rules/many/{name}.md");
    let scene = scene
        .deleted(&rules("deleted"))
        .edited(&rules("edited"), "two\n");
    let scene = scene.edited_rule(&rules("laid-out"), "-   one\n\n-   two\n");
    let scene = scene
        .deleted(&rules("linked"))
        .linked(&rules("linked"), "kept.md");
    // What git ignores and nobody saw here is missing.
    let scene = scene.edited(".gitignore", "/out\n").deleted("out");
    let scene = scene.deleted(".agentpkg/seen");
    scene.run("agentpkg status").prints(str![[r#"
many 1.0.0  (^1.0)
  latest      installed
  edited      1 file: .claude/rules/many/edited.md
  reformatted 1 file: .claude/rules/many/laid-out.md
  deleted     1 file: .claude/rules/many/deleted.md
  missing     1 file: out/ignored.txt
  broken      1 file: .claude/rules/many/linked.md

  next        agentpkg install
  see         agentpkg diff
  offer       agentpkg contribute -m "WHY"
(standard error)
warning: 1 file is broken
  `.claude/rules/many/linked.md`: a link
hint: mend what is named, and see that all is well: agentpkg check
hint: or take the last committed, and lose what was edited since: git checkout -- .claude/rules/many/linked.md
(exit code 1)

"#]]);
    scene.run("agentpkg status --verbose").prints(str![[r#"
many 1.0.0  (^1.0)
  latest      installed
  edited      1 file: .claude/rules/many/edited.md
  reformatted 1 file: .claude/rules/many/laid-out.md
  deleted     1 file: .claude/rules/many/deleted.md
  missing     1 file: out/ignored.txt
  broken      1 file: .claude/rules/many/linked.md

  next        agentpkg install
  see         agentpkg diff
  offer       agentpkg contribute -m "WHY"
(standard error)
warning: 1 file is broken
  `.claude/rules/many/linked.md`: a link
hint: mend what is named, and see that all is well: agentpkg check
hint: or take the last committed, and lose what was edited since: git checkout -- .claude/rules/many/linked.md
(exit code 1)

"#]]);
    scene.run("agentpkg diff").prints(str![[r#"
.claude/rules/many/deleted.md  deleted
--- a/.claude/rules/many/edited.md
+++ b/.claude/rules/many/edited.md
@@ -1,5 +1 @@
----
-excludeAgent: "coding-agent"
----
-
-one
+two
.claude/rules/many/laid-out.md  reformatted: the same words in another layout
--- a/.claude/rules/many/laid-out.md
+++ b/.claude/rules/many/laid-out.md
@@ -2,5 +2,6 @@
 excludeAgent: "coding-agent"
 ---
 
-- one
-- two
+-   one
+
+-   two
.claude/rules/many/linked.md  broken; `agentpkg check` says why
out/ignored.txt  missing; `agentpkg install` restores it

"#]]);
}

#[test]
fn status_tells_of_newer_releases_inside_and_outside_the_requirement() {
    let scene = reviewer().installed("reviewer");
    let scene = scene
        .published("reviewer", "1.1.0", REVIEWER_LATER)
        .published("reviewer", "2.0.0", REVIEWER_LATER);
    scene.run("agentpkg status").prints(str![[r#"
reviewer 1.0.0  (^1.0)
  latest      1.1.0: agentpkg upgrade reviewer
  newer       2.0.0 is outside ^1.0: agentpkg upgrade reviewer@^2.0
  changed     nothing: every file is as it was installed

"#]]);
    // The commands that it names work.
    scene.run("agentpkg install reviewer@1.1.0").succeeds();
    scene.run("agentpkg status").prints(str![[r#"
reviewer 1.1.0  (=1.1.0)
  newer       2.0.0 is outside =1.1.0: agentpkg upgrade reviewer@^2.0
  changed     nothing: every file is as it was installed

"#]]);
    scene.run("agentpkg install reviewer@^2.0.0").succeeds();
    scene.run("agentpkg outdated").prints(str![[r#"
reviewer 2.0.0  (^2.0.0)
  latest      installed
  changed     nothing: every file is as it was installed

"#]]);
}

#[test]
fn status_tells_of_a_yanked_release() {
    let scene = reviewer().installed("reviewer");
    scene
        .run("agentpkg yank reviewer@1.0.0 --why 'it forgets the names' --registry ../registry")
        .succeeds();
    scene.run("agentpkg status").prints(str![[r#"
reviewer 1.0.0  (^1.0)
  yanked      reviewer 1.0.0: it forgets the names
  latest      no release is offered
  changed     nothing: every file is as it was installed

"#]]);
}

#[test]
fn status_never_fails_for_want_of_a_registry() {
    let scene = reviewer().installed("reviewer").deleted("../registry");
    let scene = scene.edited(".claude/rules/reviewer/review.md", "ours\n");
    scene.run("agentpkg status").prints(str![[r#"
reviewer 1.0.0  (^1.0)
  latest      not known: there is no registry at `[SCENE]/registry`: it has
              no `registry.json`
  edited      1 file: .claude/rules/reviewer/review.md

  see         agentpkg diff
  offer       agentpkg contribute -m "WHY"

"#]]);
    scene.run("agentpkg status --json").prints(str![[r#"
{
  "format": 1,
  "command": "status",
  "root": "[SCENE]/repo",
  "templates": [
    {
      "name": "reviewer",
      "version": "1.0.0",
      "registry": "default",
      "tree": "sha256:6fb059d00fd0566d9cf0f926faaa2e42cb73a056837f152b92784c98efda8c04",
      "requirement": "^1.0",
      "newer": null,
      "outside": null,
      "held_back": null,
      "yanked": null,
      "recalled": false,
      "deprecated": null,
      "registry_error": "there is no registry at `[SCENE]/registry`: it has no `registry.json`"
    }
  ],
  "as_of": [],
  "managed": 1,
  "conflicts": [],
  "agents": [
    "claude"
  ],
  "changed": [
    {
      "path": ".claude/rules/reviewer/review.md",
      "state": "edited",
      "templates": [
        "reviewer"
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
fn status_tells_what_is_wanted_and_not_installed_and_the_other_way_round() {
    let scene = reviewer()
        .published("tidy", "1.0.0", REVIEWER)
        .installed("reviewer");
    let scene = scene.replaced("agentpkg.toml", "reviewer = \"^1.0\"", "tidy = \"^1.0\"");
    scene.run("agentpkg list").prints(str![[r#"
reviewer 1.0.0  (no longer asked for)
  latest      installed
  changed     nothing: every file is as it was installed
tidy  not installed yet

  next        agentpkg install
(standard error)
warning: `reviewer` is installed, and nothing asks for it
hint: agentpkg install

"#]]);
}

#[test]
fn status_of_a_fresh_clone_names_what_is_missing() {
    let scene = guards()
        .installed("guards")
        .deleted(".claude")
        .deleted(".mcp.json")
        .deleted("CLAUDE.md");
    let scene = scene.deleted(".gitignore");
    scene.run("agentpkg status").prints(str![[r#"
guards 1.0.0  (^1.0)
  latest      installed
  missing     9 files: .gitignore, .mcp.json, CLAUDE.md, .claude/settings.json,
              .claude/hooks/guards/ (2), .claude/memory/notes.md, .claude/rules/guards/ (2)

  next        agentpkg install

"#]]);
}

#[test]
fn diff_shows_what_was_edited() {
    let scene = guards().edited("CLAUDE.md", "# Ours\n").installed("guards");
    scene.run("agentpkg diff").prints(str![[r#"
no changes to what the templates wrote

"#]]);
    let scene = scene.edited(".claude/rules/guards/general.md", "Guards are ours.\n");
    let scene = scene.replaced("CLAUDE.md", "belongs to", "is the pride of");
    let scene = scene.replaced(
        ".claude/settings.json",
        "\"Read(.env)\"",
        "\"Read(.env)\",\n      \"Read(.ours)\"",
    );
    let scene = scene.replaced(".claude/settings.json", "\"Bash(git push *)\"", "");
    let scene = scene.with_mode(".claude/hooks/guards/guard.sh", 0o644);
    scene.run("agentpkg diff").prints(str![[r#"
diff --git a/.claude/hooks/guards/guard.sh b/.claude/hooks/guards/guard.sh
old mode 100755
new mode 100644
--- a/.claude/rules/guards/general.md
+++ b/.claude/rules/guards/general.md
@@ -1,5 +1 @@
----
-excludeAgent: "coding-agent"
----
-
-Guards are low.
+Guards are ours.
--- a/.claude/settings.json
+++ b/.claude/settings.json
@@ -2,9 +2,6 @@
   "permissions": {
     "deny": [
       "Read(.env)"
-    ],
-    "ask": [
-      "Bash(git push *)"
     ]
   },
   "hooks": {
--- a/CLAUDE.md (guards)
+++ b/CLAUDE.md (guards)
@@ -1 +1 @@
-This repository belongs to payments.
+This repository is the pride of payments.

"#]]);
    scene
        .run("agentpkg diff CLAUDE.md .claude/rules/")
        .prints(str![[r#"
--- a/.claude/rules/guards/general.md
+++ b/.claude/rules/guards/general.md
@@ -1,5 +1 @@
----
-excludeAgent: "coding-agent"
----
-
-Guards are low.
+Guards are ours.
--- a/CLAUDE.md (guards)
+++ b/CLAUDE.md (guards)
@@ -1 +1 @@
-This repository belongs to payments.
+This repository is the pride of payments.

"#]]);
    scene.run("agentpkg diff guards --json | head -c 300").prints(str![[r#"
{
  "format": 1,
  "command": "diff",
  "root": "[SCENE]/repo",
  "files": [
    {
      "path": ".claude/hooks/guards/guard.sh",
      "state": "edited",
      "diff": "diff --git a/.claude/hooks/guards/guard.sh b/.claude/hooks/guards/guard.sh\nold mode 100755\nnew mode 100
"#]]);
}

#[test]
fn diff_of_what_is_neither_a_template_nor_a_managed_path_is_refused() {
    let scene = reviewer().installed("reviewer");
    scene.run("agentpkg diff src/main.rs").prints(str![[r#"
(standard error)
error: `src/main.rs` is neither an installed template nor a managed path
hint: name an installed template, or a file or folder that one wrote
(exit code 2)

"#]]);
}

#[test]
fn a_broken_file_is_named_with_the_line_and_the_way_back() {
    let settings = "{\"env\": {\"OWNER\": \"platform\"}}\n";
    let files = [("settings/claude.json", settings)];
    let scene = Scene::new()
        .published("house", "1.0.0", &files)
        .installed("house");
    scene.git(&["add", "-A"]);
    scene.git(&["commit", "-qm", "installed"]);
    let scene = scene.edited(".claude/settings.json", "{\n  \"a\": 1,\n}\n");
    scene
        .run("agentpkg status")
        .needs_a_person()
        .complains("warning: 1 file is broken\n  `.claude/settings.json` line 3: ");
    let back = "git checkout -- .claude/settings.json";
    scene.run("agentpkg status").complains(back);
    scene.git(&["checkout", "--", ".claude/settings.json"]);
    scene.run("agentpkg status").succeeds();
}
