//! `install`: what it prints, what it asks, what it writes.

use snapbox::str;
use support::Scene;

use super::templates::{GUARDS, REVIEWER, REVIEWER_LATER, guards, reviewer};

#[test]
fn the_first_install_says_what_it_did_and_what_it_assumed() {
    let scene = guards();
    scene.run("agentpkg install guards").prints(str![[r#"
installed guards 1.0.0
  added       10 files: .gitignore, .mcp.json, CLAUDE.md, .claude/settings.json, .claude/hooks/ (3),
              .claude/memory/notes.md, .claude/rules/ (2)
  registry    [SCENE]/registry, named by `AGENTPKG_REGISTRY`
              `agentpkg.toml` names it as `[SCENE]/registry`: teammates
              need a folder of that name too
  agent       Claude Code (assumed: nothing here says which agent you use)
  answer      team = "payments" (read off CODEOWNERS)
  answer      level = "low" (the template's default)
  can run     hook      guard  before shell commands, can block, 10 s
              server    docs   docs-mcp
              (trusted: registry [SCENE]/registry)
  context     always loaded: 2 lines; 1 rule loads by path; 1 script may run; 1 server may be
              started

  commit      git add .claude .gitignore .mcp.json CLAUDE.md agentpkg.lock agentpkg.toml
              your teammates get all of it from git; they need no tool
  go back     agentpkg undo

"#]]);
    scene.reads(
        "agentpkg.toml",
        str![[r#"
agentpkg = ">=0.1"
agents = ["claude"]

[registries.default]
url = "[SCENE]/registry"

[templates]
guards = "^1.0"

[answers]
team = "payments"
level = "low"

"#]],
    );
    scene.reads("agentpkg.lock", str![[r##"
# Written by agentpkg. Commit it; edit agentpkg.toml instead.
format = 3
renderer = 3
agents = ["claude"]

[facts]
root = "CLAUDE.md"
hooks = ".claude/hooks"

[answers]
level = "low"
team = "payments"

[releases]
guards = { version = "1.0.0", registry = "default", tree = "sha256:e91fa513517c6cc917e4fef580cbc331168fa92e32967c88a9399a1e484f5939", artifact = "sha256:942c175b89aac3e5d11e886a83d470fe7633410d50b55e2253f937ec1ef09c8b" }

[files]
".claude/hooks/guards/guard.hook" = { template = "guards", source = "template.toml", digest = "sha256:e43bdf7be3b9fa4de57fae44fc3ecfcabc10a6200710fc14375831f8bd8d2c69", blob = "520cc5a3a075ec3d97f8ffe04f196b63c9fd0ce1" }
".claude/hooks/guards/guard.sh" = { template = "guards", source = "hooks/guard.sh", digest = "sha256:306c6ca7407560340797866e077e053627ad409277d1b9da58106fce4cf717cb", blob = "039e4d0069c5c26909f86c505b9de66182e6d1f3", executable = true }
".claude/hooks/run" = { template = "agentpkg", source = ".claude/hooks/run", digest = "sha256:1c4cf1a8099557abcd412f5fe3d6b781059cae988d251d2e25b3f8431cdcec21", blob = "71d7d52273ee4640b603c65688ae0a5d99691b5f" }
".claude/memory/notes.md" = { template = "guards", source = "memory/notes.md", digest = "sha256:9e63eb0f54b65664148c732fb0cdf380f43fe93961ef3927eae48d55331e9ba0", blob = "58c8c49b1c6e42c47b1bae5ffabac83c6e74f266", seed = true }
".claude/rules/guards/general.md" = { template = "guards", source = "rules/general.md.jinja", digest = "sha256:1ee4821f66bd2fcefa2d80aa37ca47ddc6edc0276af5842284797ef19d14ec5f", blob = "7870245164256a0d51c208a5177f5a4f2c57fddf" }
".claude/rules/guards/tests.md" = { template = "guards", source = "rules/tests.md", digest = "sha256:e353c6c75efff0ee6e770b0b97ea09b8381f034bf8a956b538cb42ec212fee33", blob = "3c867633a51ea9f907d63b77e20696b85c0df4cb" }
".claude/settings.json" = { shared = "keys", created = true }
".gitignore" = { shared = "blocks", created = true }
".mcp.json" = { shared = "keys", created = true }
"CLAUDE.md" = { shared = "blocks", created = true }

[blocks.".gitignore"]
guards = { source = "gitignore", text = ".env\n" }

[blocks."CLAUDE.md"]
guards = { source = "root.md.jinja", text = "This repository belongs to payments.\n" }

[keys.".claude/settings.json"]
guards = "{\"permissions\":{\"deny\":[\"Read(.env)\"],\"ask\":[\"Bash(git push *)\"]},\"hooks\":{\"PreToolUse\":[{\"matcher\":\"Bash\",\"hooks\":[{\"type\":\"command\",\"command\":\"sh \\\"$CLAUDE_PROJECT_DIR/.claude/hooks/run\\\" claude before-tool guards/guard || exit 2\",\"timeout\":10}]}]}}"

[keys.".mcp.json"]
guards = "{\"mcpServers\":{\"docs\":{\"command\":\"docs-mcp\"}}}"

[approvals.guards]
"hook PreToolUse .claude/hooks/guards/guard.sh" = ["sha256:298a374525aa6442c413d93725781ca820ae85cd107b901cd2ac3fed7c43549c"]
"server docs" = ["sha256:2ccba60c6078893fdb260b6a6d5ce661927cfc5b5ecbe65f7972cc3d0f1d4c77"]

[hooks]
"guards/guard" = { event = "PreToolUse", script = ".claude/hooks/guards/guard.sh", file = ".claude/hooks/guards/guard.hook" }

"##]]);
    scene.reads(
        "CLAUDE.md",
        str![[r#"
<!-- BEGIN agentpkg guards -->
This repository belongs to payments.
<!-- END agentpkg guards -->

"#]],
    );
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
        ".mcp.json",
        str![[r#"
{
  "mcpServers": {
    "docs": {
      "command": "docs-mcp"
    }
  }
}

"#]],
    );
    scene.reads(
        ".gitignore",
        str![[r#"
# BEGIN agentpkg guards
.env
# END agentpkg guards

"#]],
    );
    scene.has_rule(".claude/rules/guards/general.md", "Guards are low.\n");
    // Only `*.jinja` is rendered.
    scene.reads(".claude/memory/notes.md", "What {{ we }} learned\n");
}

#[test]
fn a_second_install_has_nothing_to_do() {
    let scene = guards().installed("guards");
    scene.run("agentpkg install guards").prints(str![[r#"
nothing to do: everything is in place

"#]]);
    scene.run("agentpkg install").prints(str![[r#"
nothing to do: everything is in place

"#]]);
}

#[test]
fn the_embedded_templates_install_without_any_registry() {
    let scene = Scene::new();
    scene
        .run("agentpkg install org-baseline --set team=payments")
        .prints(str![[r#"
installed org-baseline 1.6.0
  added       15 files: .gitignore, CLAUDE.md, .claude/settings.json, .claude/hooks/run,
              .claude/hooks/org-baseline/ (8), .claude/rules/org-baseline/ (3)
  registry    embedded: agentpkg's own starter templates; `--registry DIR` names your own
  agent       Claude Code (assumed: nothing here says which agent you use)
  answer      team = "payments" (--set)
  can run     hook      guard-bash     before shell commands and MCP tools, can block, 10 s
              hook      protect-files  before file edits and MCP tools, can block, 10 s
              file      .claude/hooks/org-baseline/guard-bash.awk
              file      .claude/hooks/org-baseline/lib-input.awk
              file      .claude/hooks/org-baseline/lib-shell.awk
              file      .claude/hooks/org-baseline/protect-files.awk
              allow     11 without asking: Bash(ls), Bash(pwd), Bash(ls *), Bash(git log), Bash(git
              diff), … 6 more
  context     always loaded: 68 lines; 1 rule loads by path; 2 scripts may run

  commit      git add .claude .gitignore CLAUDE.md agentpkg.lock agentpkg.toml
              your teammates get all of it from git; they need no tool
  go back     agentpkg undo

"#]]);
    scene.run("agentpkg check").prints(str![[r#"
ok: 15 files checked

"#]]);
}

#[test]
fn answers_come_from_the_command_line_before_everything() {
    let scene = guards();
    scene
        .run("agentpkg install guards --set team=ledger --set level=high")
        .prints(str![[r#"
installed guards 1.0.0
  added       10 files: .gitignore, .mcp.json, CLAUDE.md, .claude/settings.json, .claude/hooks/ (3),
              .claude/memory/notes.md, .claude/rules/ (2)
  registry    [SCENE]/registry, named by `AGENTPKG_REGISTRY`
              `agentpkg.toml` names it as `[SCENE]/registry`: teammates
              need a folder of that name too
  agent       Claude Code (assumed: nothing here says which agent you use)
  answer      team = "ledger" (--set)
  answer      level = "high" (--set)
  can run     hook      guard  before shell commands, can block, 10 s
              server    docs   docs-mcp
              (trusted: registry [SCENE]/registry)
  context     always loaded: 2 lines; 1 rule loads by path; 1 script may run; 1 server may be
              started

  commit      git add .claude .gitignore .mcp.json CLAUDE.md agentpkg.lock agentpkg.toml
              your teammates get all of it from git; they need no tool
  go back     agentpkg undo

"#]]);
    scene.has_rule(".claude/rules/guards/general.md", "Guards are high.\n");
    // What was answered is remembered, and can be answered anew.
    scene
        .run("agentpkg install --set level=low")
        .prints(str![[r#"
applied the answers of `agentpkg.toml`
  updated     1 file: .claude/rules/guards/general.md
  answer      level = "low" (--set)

  commit      git add .claude agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
    scene.has_rule(".claude/rules/guards/general.md", "Guards are low.\n");
}

#[test]
fn an_answer_changed_in_the_manifest_is_an_install() {
    let scene = guards().installed("guards").replaced(
        "agentpkg.toml",
        "level = \"low\"",
        "level = \"high\"",
    );
    scene.run("agentpkg install").prints(str![[r#"
applied the answers of `agentpkg.toml`
  updated     1 file: .claude/rules/guards/general.md

  commit      git add .claude agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
    scene.has_rule(".claude/rules/guards/general.md", "Guards are high.\n");
}

#[test]
fn a_second_template_is_added_beside_the_first() {
    let scene = reviewer()
        .published("tidy", "2.1.0", &[("rules/tidy.md", "Leave it tidier.\n")])
        .installed("reviewer");
    scene.run("agentpkg install tidy").prints(str![[r#"
installed tidy 2.1.0
  added       1 file: .claude/rules/tidy/tidy.md
  context     always loaded: 3 lines

  commit      git add .claude agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
    scene.reads(
        "agentpkg.toml",
        str![[r#"
agentpkg = ">=0.1"
agents = ["claude"]

[registries.default]
url = "[SCENE]/registry"

[templates]
reviewer = "^1.0"
tidy = "^2.1"

"#]],
    );
}

#[test]
fn two_templates_are_installed_at_once() {
    let scene = reviewer().published("tidy", "2.1.0", &[("rules/tidy.md", "Leave it tidier.\n")]);
    scene
        .run("agentpkg install reviewer tidy@^2")
        .prints(str![[r#"
installed reviewer 1.0.0, installed tidy 2.1.0
  added       2 files: .claude/rules/reviewer/review.md, .claude/rules/tidy/tidy.md
  registry    [SCENE]/registry, named by `AGENTPKG_REGISTRY`
              `agentpkg.toml` names it as `[SCENE]/registry`: teammates
              need a folder of that name too
  agent       Claude Code (assumed: nothing here says which agent you use)
  context     always loaded: 3 lines

  commit      git add .claude agentpkg.lock agentpkg.toml
              your teammates get all of it from git; they need no tool
  go back     agentpkg undo

"#]]);
}

#[test]
fn a_template_brings_those_that_it_depends_on() {
    let scene = reviewer().published(
        "team-rules",
        "1.0.0",
        &[
            ("template.toml", "[dependencies]\nreviewer = \"^1\"\n"),
            ("rules/team.md", "Ask the team.\n"),
        ],
    );
    scene.run("agentpkg install team-rules").prints(str![[r#"
installed reviewer 1.0.0, installed team-rules 1.0.0
  added       2 files: .claude/rules/reviewer/review.md, .claude/rules/team-rules/team.md
  registry    [SCENE]/registry, named by `AGENTPKG_REGISTRY`
              `agentpkg.toml` names it as `[SCENE]/registry`: teammates
              need a folder of that name too
  agent       Claude Code (assumed: nothing here says which agent you use)
  context     always loaded: 3 lines

  commit      git add .claude agentpkg.lock agentpkg.toml
              your teammates get all of it from git; they need no tool
  go back     agentpkg undo

"#]]);
    scene.run("agentpkg status").prints(str![[r#"
reviewer 1.0.0  (needed by another template)
  latest      installed
  changed     nothing: every file is as it was installed
team-rules 1.0.0  (^1.0)
  latest      installed
  changed     nothing: every file is as it was installed

"#]]);
}

#[test]
fn a_template_that_the_manifest_no_longer_names_goes() {
    let scene = guards()
        .published("reviewer", "1.0.0", REVIEWER)
        .installed("guards reviewer");
    let scene = scene.replaced("agentpkg.toml", "guards = \"^1.0\"\n", "");
    scene.run("agentpkg status").prints(str![[r#"
guards 1.0.0  (no longer asked for)
  latest      installed
  changed     nothing: every file is as it was installed
reviewer 1.0.0  (^1.0)
  latest      installed
  changed     nothing: every file is as it was installed
(standard error)
warning: `guards` is installed, and nothing asks for it
hint: agentpkg install

"#]]);
    scene.run("agentpkg install").prints(str![[r#"
removed guards 1.0.0
  deleted     9 files, which the templates no longer have: .gitignore, .mcp.json, CLAUDE.md,
              .claude/settings.json, .claude/hooks/run, .claude/hooks/guards/ (2),
              .claude/rules/guards/ (2)
  yours now   1 file kept, no longer managed: .claude/memory/notes.md
  no longer   hook guard
              deny Read(.env)
              ask Bash(git push *)
  context     always loaded: 2 lines

  commit      git add agentpkg.lock agentpkg.toml
  go back     agentpkg undo
(standard error)
warning: no template asks for the answer `level`
hint: take `level` out of `[answers]` in `agentpkg.toml`
warning: no template asks for the answer `team`
hint: take `team` out of `[answers]` in `agentpkg.toml`

"#]]);
    scene
        .absent(".claude/settings.json")
        .absent(".claude/hooks")
        .absent("CLAUDE.md")
        .absent(".gitignore");
    // A seed is the team's once it was given.
    scene.reads(".claude/memory/notes.md", "What {{ we }} learned\n");
}

#[test]
fn a_requirement_moves_a_template_to_another_release() {
    let scene = reviewer()
        .installed("reviewer")
        .published("reviewer", "1.1.0", REVIEWER_LATER);
    // What is locked stays until somebody asks.
    scene.run("agentpkg install").prints(str![[r#"
nothing to do: everything is in place

"#]]);
    scene.run("agentpkg install reviewer").prints(str![[r#"
nothing to do: everything is in place

"#]]);
    scene.run("agentpkg install reviewer@^1.1").prints(str![[r#"
upgraded reviewer 1.0.0 -> 1.1.0
  changelog   reviewer 1.1.0
              - What changed
  updated     1 file: .claude/rules/reviewer/review.md
  context     always loaded: 3 lines

  commit      git add .claude agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
    scene.has_rule(".claude/rules/reviewer/review.md", REVIEWER_LATER[0].1);
    scene
        .run("agentpkg install reviewer@1.0.0")
        .prints(str![[r#"
moved reviewer back 1.1.0 -> 1.0.0
  updated     1 file: .claude/rules/reviewer/review.md
  context     always loaded: 2 lines

  commit      git add .claude agentpkg.lock agentpkg.toml
  go back     agentpkg undo
  newer       reviewer 1.1.0 is outside what `agentpkg.toml` admits
  to take it  agentpkg upgrade reviewer@^1.1

"#]]);
    scene.reads(
        "agentpkg.toml",
        str![[r#"
agentpkg = ">=0.1"
agents = ["claude"]

[registries.default]
url = "[SCENE]/registry"

[templates]
reviewer = "=1.0.0"

"#]],
    );
}

#[test]
fn dry_run_shows_and_changes_nothing() {
    let scene = guards();
    let before = scene.tree();
    scene
        .run("agentpkg install guards --dry-run")
        .prints(str![[r#"
would have installed guards 1.0.0 (nothing was changed)
  added       10 files: .gitignore, .mcp.json, CLAUDE.md, .claude/settings.json, .claude/hooks/ (3),
              .claude/memory/notes.md, .claude/rules/ (2)
  registry    [SCENE]/registry, named by `AGENTPKG_REGISTRY`
              `agentpkg.toml` names it as `[SCENE]/registry`: teammates
              need a folder of that name too
  agent       Claude Code (assumed: nothing here says which agent you use)
  answer      team = "payments" (read off CODEOWNERS)
  answer      level = "low" (the template's default)
  can run     hook      guard  before shell commands, can block, 10 s
              server    docs   docs-mcp
              (trusted: registry [SCENE]/registry)
  context     always loaded: 2 lines; 1 rule loads by path; 1 script may run; 1 server may be
              started

"#]]);
    scene.absent(".agentpkg");
    assert_eq!(scene.tree(), before);
    let scene = scene
        .installed("guards")
        .deleted(".claude/hooks/guards/guard.sh");
    scene.run("agentpkg install --dry-run").prints(str![[r#"
would have restored 1 missing file (nothing was changed)
  restored    1 file from the templates: .claude/hooks/guards/guard.sh

"#]]);
}

#[test]
fn verbose_names_every_file() {
    guards()
        .run(
            "agentpkg install guards --verbose | sed '/b.*hooks.run$/,/^---/{/^+[^+]/d;/^+$/d;}'",
        )
        .prints(str![[r#"
installed guards 1.0.0
  added       10 files: .claude/hooks/guards/guard.hook, .claude/hooks/guards/guard.sh,
              .claude/hooks/run, .claude/memory/notes.md, .claude/rules/guards/general.md,
              .claude/rules/guards/tests.md, .claude/settings.json, .gitignore, .mcp.json, CLAUDE.md
  registry    [SCENE]/registry, named by `AGENTPKG_REGISTRY`
              `agentpkg.toml` names it as `[SCENE]/registry`: teammates
              need a folder of that name too
  agent       Claude Code (assumed: nothing here says which agent you use)
  answer      team = "payments" (read off CODEOWNERS)
  answer      level = "low" (the template's default)
  can run     hook      guard  before shell commands, can block, 10 s
              server    docs   docs-mcp
              (trusted: registry [SCENE]/registry)
--- a/hook PreToolUse .claude/hooks/guards/guard.sh
+++ b/hook PreToolUse .claude/hooks/guards/guard.sh
@@ -0,0 +1,10 @@
+{
+  "hooks": [
+    {
+      "command": "sh \"$CLAUDE_PROJECT_DIR/.claude/hooks/run\" claude before-tool guards/guard || exit 2",
+      "timeout": 10,
+      "type": "command"
+    }
+  ],
+  "matcher": "Bash"
+}
--- a/.claude/hooks/guards/guard.hook
+++ b/.claude/hooks/guards/guard.hook
@@ -0,0 +1,5 @@
+# How the hook guard of guards is run. agentpkg wrote this from template.toml.
+blocks=yes
+seconds=9
+matches='Bash'
+set -- "$here/guards/guard.sh"
--- a/.claude/hooks/guards/guard.sh
+++ b/.claude/hooks/guards/guard.sh
@@ -0,0 +1,2 @@
+#!/bin/sh
+exit 0
--- a/.claude/hooks/run
+++ b/.claude/hooks/run
@@ -0,0 +1,678 @@
--- a/server docs
+++ b/server docs
@@ -0,0 +1,3 @@
+{
+  "command": "docs-mcp"
+}
  context     always loaded: 2 lines; 1 rule loads by path; 1 script may run; 1 server may be
              started

  commit      git add .claude .gitignore .mcp.json CLAUDE.md agentpkg.lock agentpkg.toml
              your teammates get all of it from git; they need no tool
  go back     agentpkg undo

"#]]);
}

#[test]
fn locked_restores_files_and_never_changes_the_lock() {
    let scene = reviewer().installed("reviewer");
    scene.run("agentpkg install --locked").prints(str![[r#"
nothing to do: everything is in place

"#]]);
    let scene = scene.deleted(".claude");
    scene
        .run("CI=true agentpkg install --locked")
        .prints(str![[r#"
restored 1 missing file
  restored    1 file from the templates: .claude/rules/reviewer/review.md

  go back     agentpkg undo

"#]]);
    scene.has_rule(".claude/rules/reviewer/review.md", REVIEWER[0].1);
}

#[test]
fn locked_refuses_a_manifest_that_the_lock_does_not_fit() {
    let scene = reviewer()
        .published("reviewer", "2.0.0", REVIEWER_LATER)
        .installed("reviewer@^1");
    let scene = scene.replaced("agentpkg.toml", "^1", "^2");
    let before = scene.tree();
    scene.run("agentpkg install --locked").prints(str![[r#"
(standard error)
error: `agentpkg.lock` does not fit `agentpkg.toml`, and `--locked` forbids to change it
  `reviewer`: 1.0.0 locked, 2.0.0 wanted
note: nothing was changed
hint: run `agentpkg install` where it may write, and commit what it wrote
(exit code 2)

"#]]);
    assert_eq!(scene.tree(), before);
}

#[test]
fn a_folder_that_does_not_exist_yet_becomes_the_repo() {
    let scene = reviewer();
    scene
        .run("agentpkg install reviewer --repo ../fresh")
        .prints(str![[r#"
installed reviewer 1.0.0
  in          [SCENE]/fresh
  added       1 file: .claude/rules/reviewer/review.md
  registry    [SCENE]/registry, named by `AGENTPKG_REGISTRY`
              `agentpkg.toml` names it as `[SCENE]/registry`: teammates
              need a folder of that name too
  agent       Claude Code (assumed: nothing here says which agent you use)
  context     always loaded: 2 lines

  go back     agentpkg undo --repo [SCENE]/fresh

"#]]);
    scene.has_rule("../fresh/.claude/rules/reviewer/review.md", REVIEWER[0].1);
}

#[test]
fn the_repo_is_found_from_a_folder_below() {
    let scene = reviewer().edited("src/main.rs", "");
    scene
        .run("cd src && agentpkg install reviewer")
        .prints(str![[r#"
installed reviewer 1.0.0
  in          [SCENE]/repo, the root of the git repository
  added       1 file: .claude/rules/reviewer/review.md
  registry    [SCENE]/registry, named by `AGENTPKG_REGISTRY`
              `agentpkg.toml` names it as `[SCENE]/registry`: teammates
              need a folder of that name too
  agent       Claude Code (assumed: nothing here says which agent you use)
  context     always loaded: 2 lines

  commit      git -C .. add .claude agentpkg.lock agentpkg.toml
              your teammates get all of it from git; they need no tool
  go back     agentpkg undo

"#]]);
    scene.run("cd src && agentpkg status").prints(str![[r#"
  in          [SCENE]/repo, the nearest with an `agentpkg.toml`
reviewer 1.0.0  (^1.0)
  latest      installed
  changed     nothing: every file is as it was installed

"#]]);
}

#[test]
fn other_agents_in_use_are_named() {
    let scene = reviewer()
        .edited(".cursor/rules/x.mdc", "")
        .edited("GEMINI.md", "");
    scene.run("agentpkg install reviewer").prints(str![[r#"
installed reviewer 1.0.0
  added       1 file: .cursor/rules/reviewer/review.mdc
  merged      1 file, everything of yours kept: GEMINI.md
  registry    [SCENE]/registry, named by `AGENTPKG_REGISTRY`
              `agentpkg.toml` names it as `[SCENE]/registry`: teammates
              need a folder of that name too
  agent       Cursor, Gemini CLI (in use here)
  limited     Gemini CLI: 1 rule in another form (-v)
  context     always loaded: 2 lines

  commit      git add .cursor GEMINI.md agentpkg.lock agentpkg.toml
              your teammates get all of it from git; they need no tool
  go back     agentpkg undo

"#]]);
}

#[test]
fn a_yanked_release_that_is_locked_is_kept_and_said() {
    let scene = reviewer()
        .published("reviewer", "1.1.0", REVIEWER_LATER)
        .installed("reviewer@1.1.0");
    scene
        .run("agentpkg yank reviewer@1.1.0 --reason 'it forgets the names' --registry ../registry")
        .succeeds();
    scene.run("agentpkg install").prints(str![[r#"
nothing to do: everything is in place
(standard error)
warning: `reviewer` 1.1.0 was yanked: it forgets the names
hint: move to another release: agentpkg upgrade reviewer@^1.0

"#]]);
    // What the hint says works.
    scene.run("agentpkg install reviewer@^1").prints(str![[r#"
moved reviewer back 1.1.0 -> 1.0.0
  updated     1 file: .claude/rules/reviewer/review.md
  context     always loaded: 2 lines

  commit      git add .claude agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
}

#[test]
fn a_text_of_a_template_can_not_speak_to_the_terminal() {
    let scene = Scene::new().published(
        "loud",
        "1.0.0",
        &[
            (
                "template.toml",
                "[questions.who]\nask = \"Who? \\u001b[31mred\\u202e\"\nkind = \"choice\"\nchoices = [\"\\u001b[2J\", \"b\"]\n",
            ),
            ("README.md", "\u{1b}]0;title\u{7} family \u{1f468}\u{200d}\u{1f469}\n"),
            ("rules/a.md", "a\n"),
        ],
    );
    scene.run("agentpkg info loud").prints(str![[r#"
loud 1.0.0  What loud is for
  registry    [SCENE]/registry, named by `AGENTPKG_REGISTRY`
  asks        who: Who? \u{1b}[31mred\u{202e} (\u{1b}[2J | b)
  releases    1.0.0

  \u{1b}]0;title\u{7} family 👨\u{200d}👩

  add         agentpkg install loud

"#]]);
    scene.run("agentpkg install loud").prints(str![[r#"
(standard error)
error: 1 question has to be answered, and nobody can be asked here
  `who` of `loud`: Who? \u{1b}[31mred\u{202e} (\u{1b}[2J | b)
note: nothing was changed
hint: agentpkg install loud --set who=…
(exit code 2)

"#]]);
}

#[test]
fn upstreams_news_and_a_teams_edit_of_other_files_both_stay() {
    let files: [&[(&str, &str)]; 2] = [
        &[("rules/a.md", "one\n"), ("rules/b.md", "one\n")],
        &[
            ("rules/a.md", "one\n"),
            ("rules/b.md", "two\n"),
            ("rules/c.md", "new\n"),
        ],
    ];
    let scene = Scene::new()
        .published("pair", "1.0.0", files[0])
        .installed("pair")
        .published("pair", "1.1.0", files[1]);
    let scene = scene.edited(".claude/rules/pair/a.md", "ours\n");
    scene.run("agentpkg install pair@^1.1").prints(str![[r#"
upgraded pair 1.0.0 -> 1.1.0
  changelog   pair 1.1.0
              - What changed
  added       1 file: .claude/rules/pair/c.md
  updated     1 file: .claude/rules/pair/b.md
  kept        1 file with your edits: .claude/rules/pair/a.md
  context     always loaded: 3 lines

  commit      git add .claude agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
    scene
        .reads(".claude/rules/pair/a.md", "ours\n")
        .has_rule(".claude/rules/pair/b.md", "two\n");
}

#[test]
fn what_upstream_drops_goes_and_what_was_edited_is_released() {
    let files = [
        ("rules/a.md", "one\n"),
        ("rules/b.md", "one\n"),
        ("rules/c.md", "one\n"),
    ];
    let scene = Scene::new()
        .published("three", "1.0.0", &files)
        .installed("three");
    let scene = scene
        .published("three", "2.0.0", &files[2..])
        .edited(".claude/rules/three/b.md", "ours\n");
    scene.run("agentpkg install three@^2").prints(str![[r#"
upgraded three 1.0.0 -> 2.0.0
  changelog   three 2.0.0
              - What changed
  deleted     1 file, which the templates no longer have: .claude/rules/three/a.md
  yours now   1 file kept, no longer managed: .claude/rules/three/b.md
  context     always loaded: 1 line

  commit      git add agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
    scene
        .absent(".claude/rules/three/a.md")
        .reads(".claude/rules/three/b.md", "ours\n");
}

#[test]
fn a_newer_seed_is_said_and_not_written() {
    let scene = guards().installed("guards");
    let mut later = GUARDS.to_vec();
    later.retain(|(path, _)| *path != "memory/notes.md");
    later.push(("memory/notes.md", "A later beginning\n"));
    let scene = scene.published("guards", "1.1.0", &later);
    scene.run("agentpkg install guards@^1.1").prints(str![[r#"
upgraded guards 1.0.0 -> 1.1.0
  changelog   guards 1.1.0
              - What changed
  not taken   1 file, yours since it was first given: .claude/memory/notes.md
  context     always loaded: 2 lines; 1 rule loads by path; 1 script may run; 1 server may be
              started

  commit      git add agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
    scene.reads(".claude/memory/notes.md", "What {{ we }} learned\n");
}

#[test]
fn an_entry_and_a_block_that_were_edited_and_dropped_are_released() {
    let scene = guards().installed("guards");
    let scene = scene.replaced("CLAUDE.md", "belongs to", "is the pride of");
    let scene = scene.replaced(
        ".claude/settings.json",
        "\"timeout\": 10",
        "\"timeout\": 20",
    );
    let scene = scene.replaced("agentpkg.toml", "guards = \"^1.0\"\n", "");
    scene.run("agentpkg install").prints(str![[r#"
removed guards 1.0.0
  merged      2 files, everything of yours kept: .claude/settings.json, CLAUDE.md
  deleted     4 files, which the templates no longer have: .gitignore, .mcp.json,
              .claude/rules/guards/ (2)
  yours now   4 files kept, no longer managed: .claude/hooks/run, .claude/hooks/guards/ (2),
              .claude/memory/notes.md
  note        `/hooks/PreToolUse/0/hooks/0` in .claude/settings.json: edited here and no longer
              managed; yours now
  note        the text of `guards` in CLAUDE.md: edited here and no longer managed; yours now
  no longer   deny Read(.env)
              ask Bash(git push *)

  commit      git add .claude CLAUDE.md agentpkg.lock agentpkg.toml
  go back     agentpkg undo
(standard error)
warning: no template asks for the answer `level`
hint: take `level` out of `[answers]` in `agentpkg.toml`
warning: no template asks for the answer `team`
hint: take `team` out of `[answers]` in `agentpkg.toml`
warning: what stays here can still run, and no template has it any more
  `/hooks/PreToolUse/0/hooks/0` in `.claude/settings.json`
  `.claude/hooks/guards/guard.sh`, a script
hint: take out the entries and delete the scripts that you don't want; they are yours now
(exit code 1)

"#]]);
    scene.reads(
        "CLAUDE.md",
        str![[r#"
This repository is the pride of payments.

"#]],
    );
    scene.reads(
        ".claude/settings.json",
        str![[r#"
{
  "hooks": {
    "PreToolUse": [
      {
        "matcher": "Bash",
        "hooks": [
          {
            "type": "command",
            "command": "sh \"$CLAUDE_PROJECT_DIR/.claude/hooks/run\" claude before-tool guards/guard || exit 2",
            "timeout": 20
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
fn an_entry_and_a_block_that_were_deleted_and_changed_stay_gone() {
    let scene = guards().installed("guards").edited("CLAUDE.md", "# Ours\n");
    let scene = scene.replaced(".mcp.json", "\"docs\"", "\"ours\"");
    let mut later = GUARDS.to_vec();
    later.retain(|(path, _)| *path != "root.md.jinja" && *path != "template.toml");
    later.push(("root.md.jinja", "Ask {{ team }}.\n"));
    let manifest = GUARDS[0].1.replace("docs-mcp", "docs-mcp-2");
    later.push(("template.toml", &manifest));
    let scene = scene.published("guards", "1.1.0", &later);
    scene.run("agentpkg install guards@^1.1").prints(str![[r#"
upgraded guards 1.0.0 -> 1.1.0
  changelog   guards 1.1.0
              - What changed
  kept        1 file with your edits: .mcp.json
  not taken   `/mcpServers/docs` in .mcp.json: you deleted it
  not taken   the block of `guards` in CLAUDE.md: you deleted it
  to have it  agentpkg upgrade --restore .mcp.json --restore CLAUDE.md
  can run     server    docs  off here, you took its entry out, changed, docs-mcp-2
              (trusted: registry [SCENE]/registry)
  context     always loaded: 1 line; 1 rule loads by path; 1 script may run

  commit      git add agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
    scene.reads("CLAUDE.md", "# Ours\n");
}

#[test]
fn a_rule_that_is_now_both_allowed_and_denied_is_said() {
    let scene = guards().edited(
        ".claude/settings.json",
        "{\"permissions\": {\"allow\": [\"Read(.env)\"]}}\n",
    );
    scene.run("agentpkg install guards").prints(str![[r#"
installed guards 1.0.0
  added       9 files: .gitignore, .mcp.json, CLAUDE.md, .claude/hooks/run, .claude/hooks/guards/
              (2), .claude/memory/notes.md, .claude/rules/guards/ (2)
  merged      1 file, everything of yours kept: .claude/settings.json
  note        `Read(.env)` is now both allowed and denied in .claude/settings.json; the denial wins
  registry    [SCENE]/registry, named by `AGENTPKG_REGISTRY`
              `agentpkg.toml` names it as `[SCENE]/registry`: teammates
              need a folder of that name too
  agent       Claude Code (in use here)
  answer      team = "payments" (read off CODEOWNERS)
  answer      level = "low" (the template's default)
  can run     hook      guard  before shell commands, can block, 10 s
              server    docs   docs-mcp
              (trusted: registry [SCENE]/registry)
  context     always loaded: 2 lines; 1 rule loads by path; 1 script may run; 1 server may be
              started

  commit      git add .claude .gitignore .mcp.json CLAUDE.md agentpkg.lock agentpkg.toml
              your teammates get all of it from git; they need no tool
  go back     agentpkg undo

"#]]);
}

#[test]
fn answers_are_read_off_the_project() {
    let asks = |key: &str, detector: &str| {
        format!(
            "[questions.{key}]\nask = \"Which {key}?\"\nkind = \"text\"\ndetect = \"{detector}\"\n"
        )
    };
    let questions = asks("owner", "git-remote-owner")
        + &asks("name", "project-name")
        + &asks("language", "language")
        + &asks("test", "test-command")
        + &asks("rust", "rust-version");
    let scene = Scene::new().published(
        "project",
        "1.0.0",
        &[("template.toml", &questions), ("rules/a.md", "a\n")],
    );
    let scene = scene.edited(
        "Cargo.toml",
        "[package]\nname = \"ledger\"\nrust-version = \"1.85\"\n",
    );
    scene
        .run("git remote add origin git@git.example.org:acme/ledger.git")
        .succeeds();
    scene.run("agentpkg install project").prints(str![[r#"
installed project 1.0.0
  added       1 file: .claude/rules/project/a.md
  registry    [SCENE]/registry, named by `AGENTPKG_REGISTRY`
              `agentpkg.toml` names it as `[SCENE]/registry`: teammates
              need a folder of that name too
  agent       Claude Code (assumed: nothing here says which agent you use)
  answer      owner = "acme" (read off git's `origin`)
  answer      name = "ledger" (read off the project's name)
  answer      language = "rust" (read off the project's files)
  answer      test = "cargo test" (read off the project's files)
  answer      rust = "1.85" (read off the project's Rust version)
  context     always loaded: 1 line

  commit      git add .claude agentpkg.lock agentpkg.toml
              your teammates get all of it from git; they need no tool
  go back     agentpkg undo

"#]]);
}

#[test]
fn an_interrupted_install_is_finished_and_an_edit_in_between_is_kept() {
    let scene = reviewer().installed("reviewer");
    scene.run("cp .agentpkg/undo .agentpkg/journal").succeeds();
    let scene = scene
        .edited(".claude/rules/reviewer/review.md", "ours\n")
        .deleted("agentpkg.lock");
    scene.run("agentpkg install").prints(str![[r#"
finished `install reviewer`; nothing more to do
  finished    `install reviewer`, which was interrupted (1 file)
  kept        `.claude/rules/reviewer/review.md`, which was edited meanwhile; what it would have
              written is `.agentpkg/kept/[PLAN]/.claude/rules/reviewer/review.md`
  kept        1 file with your edits: .claude/rules/reviewer/review.md

"#]]);
    scene.reads(".claude/rules/reviewer/review.md", "ours\n");
}
