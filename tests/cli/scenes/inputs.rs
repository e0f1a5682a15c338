//! What rendering depends on changes, in a repo with edits: they stay.

use agentpkg::model::digest::{Digest, git_blob};
use snapbox::str;
use support::Scene;

const RULE: &str = ".claude/rules/reviewer/review.md";

fn scene() -> Scene {
    let files = [
        (
            "rules/review.md",
            "# Review\n\nLook at the tests first.\n\nThen at the names.\n",
        ),
        ("rules/other.md", "Other.\n"),
        ("root.md", "Review with care.\n"),
        (
            "settings/claude.json",
            "{\"permissions\": {\"deny\": [\"Bash(rm *)\"]}}\n",
        ),
    ];
    Scene::new().published("reviewer", "1.0.0", &files)
}

/// Makes the repo one that an earlier agentpkg installed, which rendered a rule otherwise.
fn rendered_earlier(scene: Scene, path: &str, was: &str) -> Scene {
    let now = scene.text(path);
    let digest = |text: &str| Digest::of(text.as_bytes()).to_string();
    let blob = |text: &str| git_blob(text.as_bytes());
    let lock = scene
        .text("agentpkg.lock")
        .replace("renderer = 3", "renderer = 0");
    let lock = lock
        .replace(&digest(&now), &digest(was))
        .replace(&blob(&now), &blob(was));
    scene.edited("agentpkg.lock", &lock).edited(path, was)
}

#[test]
fn another_renderer_is_no_reason_to_install_anything() {
    let scene = rendered_earlier(
        scene().installed("reviewer"),
        RULE,
        "# Review\nLook at the tests first.\n",
    );
    let scene =
        scene
            .replaced(RULE, "first", "last")
            .replaced("CLAUDE.md", "with care", "with great care");
    let before = scene.tree();
    scene.run("agentpkg install --locked").prints(str![[r#"
nothing to do: everything is in place
  kept        2 files with your edits: .claude/rules/reviewer/review.md, CLAUDE.md

"#]]);
    scene.run("agentpkg check").prints(str![[r#"
ok: 4 files checked
  yours       2 files edited or deleted, as is your right: .claude/rules/reviewer/review.md,
              CLAUDE.md

"#]]);
    scene.run("agentpkg diff").prints(str![[r#"
--- a/.claude/rules/reviewer/review.md
+++ b/.claude/rules/reviewer/review.md
@@ -1,9 +1,2 @@
----
-excludeAgent: "coding-agent"
----
-
 # Review
-
-Look at the tests first.
-
-Then at the names.
+Look at the tests last.
--- a/CLAUDE.md (reviewer)
+++ b/CLAUDE.md (reviewer)
@@ -1 +1 @@
-Review with care.
+Review with great care.

"#]]);
    assert_eq!(scene.tree(), before);
}

#[test]
fn what_another_renderer_made_is_restored_from_git_alone() {
    let scene = scene().edited(".gitignore", ".claude/\n");
    scene.run("agentpkg install reviewer").needs_a_person();
    let scene = rendered_earlier(scene, RULE, "# Review\nLook at the tests first.\n");
    let clone =
        "git add . && git commit -qm all && cd .. && mv repo first && git clone -q first repo";
    scene.run(clone).succeeds();
    scene.run("agentpkg install").prints(str![[r#"
(standard error)
error: 1 file can't be restored: `.claude/rules/reviewer/review.md`
note: they were rendered by an older agentpkg, which renders them differently, and git doesn't have
  its version
note: nothing was changed
hint: agentpkg upgrade
(exit code 2)

"#]]);
    scene
        .run("cd ../first && git add -f .claude && git commit -qm all && cd ../repo && git pull -q")
        .succeeds();
    scene
        .run("git rm -rq --cached .claude && rm -r .claude && git commit -qm ignored")
        .succeeds();
    // Nobody knows what history would say.
    scene.run("git rev-parse HEAD > .git/shallow").succeeds();
    scene.run("agentpkg install").prints(str![[r#"
restored 3 missing files
  restored    3 files from the templates: .claude/rules/reviewer/other.md,
              .claude/rules/reviewer/review.md, .claude/settings.json

  go back     agentpkg undo

"#]]);
    scene.reads(
        RULE,
        str![[r#"
# Review
Look at the tests first.

"#]],
    );
}

#[test]
fn an_upgrade_renders_anew_and_keeps_edits() {
    let earlier = |scene| {
        rendered_earlier(
            scene,
            RULE,
            "# Review\nLook at the tests first.\n\nThen at the names.\n",
        )
    };
    let scene = earlier(scene().installed("reviewer"));
    scene.run("agentpkg upgrade").prints(str![[r#"
rendered with renderer 3
  updated     1 file: .claude/rules/reviewer/review.md
  note        each rule of Claude Code has a new line, `excludeAgent`, by which Copilot leaves it
              out; docs/agents.md says why

  commit      git add .claude agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
    scene.reads(
        RULE,
        str![[r#"
---
excludeAgent: "coding-agent"
---

# Review

Look at the tests first.

Then at the names.

"#]],
    );
    // What was installed is in git: a merge as ever.
    let scene = earlier(self::scene().installed("reviewer"));
    scene.run("git add . && git commit -qm all").succeeds();
    let scene = scene.replaced(RULE, "names", "names and errors");
    scene.run("agentpkg upgrade").prints(str![[r#"
rendered with renderer 3
  merged      1 file, everything of yours kept: .claude/rules/reviewer/review.md
  note        each rule of Claude Code has a new line, `excludeAgent`, by which Copilot leaves it
              out; docs/agents.md says why

  commit      git add .claude agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
    scene.reads(
        RULE,
        str![[r#"
---
excludeAgent: "coding-agent"
---

# Review

Look at the tests first.

Then at the names and errors.

"#]],
    );
    // It is nowhere: what is rendered now stands in.
    let scene =
        earlier(self::scene().installed("reviewer")).replaced(RULE, "names", "names and errors");
    scene.run("agentpkg upgrade").prints(str![[r#"
rendered with renderer 3
  kept        1 file with your edits: .claude/rules/reviewer/review.md
  note        .claude/rules/reviewer/review.md: what this agentpkg renders otherwise than the last
              one stays as you have it

  commit      git add agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
    scene.reads(
        RULE,
        str![[r#"
# Review
Look at the tests first.

Then at the names and errors.

"#]],
    );
}

#[test]
fn root_instructions_that_moved_are_followed_with_their_edits() {
    let scene = scene()
        .edited("CLAUDE.md", "# Ours\n")
        .installed("reviewer");
    let scene = scene.replaced("CLAUDE.md", "with care", "with great care");
    scene.run("mv CLAUDE.md .claude/CLAUDE.md").succeeds();
    scene.run("agentpkg upgrade").prints(str![[r#"
followed the root instructions to `.claude/CLAUDE.md`
  kept        1 file with your edits: .claude/CLAUDE.md

  commit      git add agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
    scene.reads(
        ".claude/CLAUDE.md",
        str![[r#"
# Ours

<!-- BEGIN agentpkg reviewer -->
Review with great care.
<!-- END agentpkg reviewer -->

"#]],
    );
    scene.absent("CLAUDE.md");
    scene.run("agentpkg upgrade").prints(str![[r#"
nothing to do: everything is in place
  kept        1 file with your edits: .claude/CLAUDE.md

"#]]);
}

#[test]
fn an_agents_md_that_came_is_imported_beside_the_edits() {
    let scene = scene()
        .installed("reviewer")
        .replaced("CLAUDE.md", "with care", "with great care");
    let scene = scene.edited("AGENTS.md", "# Agents\n");
    scene.run("agentpkg upgrade").prints(str![[r#"
imported `AGENTS.md`
  merged      1 file, everything of yours kept: CLAUDE.md

  commit      git add CLAUDE.md agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
    scene.reads(
        "CLAUDE.md",
        str![[r#"
<!-- BEGIN agentpkg reviewer -->
Review with great care.
<!-- END agentpkg reviewer -->

<!-- BEGIN agentpkg agentpkg -->
@AGENTS.md
<!-- END agentpkg agentpkg -->

"#]],
    );
    let scene = scene.deleted("AGENTS.md");
    scene.run("agentpkg upgrade").prints(str![[r#"
dropped the import of `AGENTS.md`
  merged      1 file, everything of yours kept: CLAUDE.md

  commit      git add CLAUDE.md agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
    scene.reads(
        "CLAUDE.md",
        str![[r#"
<!-- BEGIN agentpkg reviewer -->
Review with great care.
<!-- END agentpkg reviewer -->

"#]],
    );
}

#[test]
fn an_answer_that_changed_is_merged_with_the_edits() {
    let files = [
        (
            "template.toml",
            "[questions.team]\nask = \"Team?\"\nkind = \"text\"\ndefault = \"payments\"\n",
        ),
        (
            "rules/team.md.jinja",
            "# {{ team }}\n\nAsk first.\n\nThen {{ team }} decides.\n",
        ),
        ("rules/own.md.jinja", "{{ team }}\n"),
    ];
    let scene = Scene::new()
        .published("asks", "1.0.0", &files)
        .installed("asks");
    let scene = scene.replaced(".claude/rules/asks/team.md", "Ask first", "Ask twice");
    scene
        .run("agentpkg upgrade --set team=search")
        .prints(str![[r#"
applied the answers of `agentpkg.toml`
  merged      1 file, everything of yours kept: .claude/rules/asks/team.md
  updated     1 file: .claude/rules/asks/own.md
  answer      team = "search" (--set)

  commit      git add .claude agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
    scene.reads(
        ".claude/rules/asks/team.md",
        str![[r#"
---
excludeAgent: "coding-agent"
---

# search

Ask twice.

Then search decides.

"#]],
    );
    scene.run("agentpkg upgrade").prints(str![[r#"
nothing to do: everything is in place
  kept        1 file with your edits: .claude/rules/asks/team.md

"#]]);
}
