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
".claude/hooks/run" = { template = "agentpkg", source = ".claude/hooks/run", digest = "sha256:85974d13b2c41c0ce5a9bc7c3c385187cb190dd412494740f14de9d42ca2d8f4", blob = "4c777877d8eae43e5ae9f4af22b74665bdfe5915" }
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
"hook PreToolUse .claude/hooks/guards/guard.sh" = ["sha256:b5fa2c8ab4c9dd7be8c42a4c675f2d737d7389489e4e04d55aac8a6b8f27ba3b"]
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
installed org-baseline 1.5.0
  added       15 files: .gitignore, CLAUDE.md, .claude/settings.json, .claude/hooks/run,
              .claude/hooks/org-baseline/ (8), .claude/rules/org-baseline/ (3)
  registry    embedded: agentpkg's own starter templates; `--registry DIR` names your own
  agent       Claude Code (assumed: nothing here says which agent you use)
  answer      team = "payments" (--set)
  can run     hook      guard-bash     before shell commands, can block, 10 s
              hook      protect-files  before file edits, can block, 10 s
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
        .run("agentpkg install guards --verbose")
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
@@ -0,0 +1,530 @@
+#!/bin/sh
+# run AGENT EVENT TEMPLATE/HOOK: runs a hook of a template as Claude Code would, whichever agent calls it. agentpkg wrote this
+# file. POSIX sh and awk, nothing else.
+#
+# stdin   what the agent tells its hooks, one JSON document
+# stdout  the answer, as the agent reads it
+# exit 2  the hook stops what the agent is about to do; stderr says why
+#
+# The script is given what Claude Code would give it, with the agent's own words as `agent_input`; AGENT_HOOK_AGENT says which
+# agent it is. The file TEMPLATE/HOOK.hook beside this one says what is run: it sets `blocks`, `seconds`, `matches` and the
+# words of the command.
+#
+# A gate, a hook before a tool that blocks, fails closed: input that can't be read, a missing file, a crash, too long a time
+# all stop the action. No other hook stops anything by failing.
+
+agent=$1 event=$2 name=$3
+case $0 in
+*/*) here=${0%/*} ;;
+*) here=. ;;
+esac
+
+# ---- Ways to end.
+
+# Prints a text as it stands between the quotes of JSON.
+quoted() {
+  printf '%s' "$1" | LC_ALL=C awk '
+    { gsub(/\\/, "&&"); gsub(/"/, "\\\""); gsub(/\t/, "\\t"); gsub(/[\001-\037]/, " ")
+      printf "%s%s", (NR > 1 ? "\\n" : ""), $0 }'
+}
+
+# Stops the action, and tells the agent why in the way that it listens to.
+stop() {
+  case $agent in
+  claude | codex) ;;
+  cursor)
+    why=$(quoted "$1")
+    [ -z "$why" ] || {
+      printf '{"permission":"deny","user_message":"%s","agent_message":"%s"}\n' "$why" "$why"
+      exit 0
+    }
+    ;;
+  *)
+    why=$(quoted "$1")
+    case $event in
+    before-tool) printf '{"permissionDecision":"deny","permissionDecisionReason":"%s","decision":"deny","reason":"%s"}\n' "$why" "$why" ;;
+    *) printf '{"decision":"block","reason":"%s"}\n' "$why" ;;
+    esac
+    ;;
+  esac
+  printf '%s\n' "$1" >&2
+  exit 2
+}
+
+# Says what went wrong, and stops the action if this is a gate.
+fail() {
+  if [ "$event" = before-tool ] && [ "$blocks" = yes ]; then
+    stop "agentpkg: $name stops this, because it could not do its work: $1. Ask a person to look at $here."
+  fi
+  printf 'agentpkg: %s: %s\n' "$name" "$1" >&2
+  answer '{}'
+  exit 0
+}
+
+# Answers, where the agent wants an answer to be JSON.
+answer() {
+  case $agent in
+  claude | codex) ;;
+  *) printf '%s\n' "$1" ;;
+  esac
+}
+
+# ---- The hook, and the time that it has.
+
+# Ends a process and all that it started.
+end() {
+  # A line of /proc has a name in brackets, which may be anything, and a state before the parent.
+  kill -KILL "$1" $(
+    if [ -r "/proc/$$/stat" ]; then cat /proc/[0-9]*/stat 2>/dev/null; else ps -A -o pid= -o ppid=; fi |
+      awk -v top="$1" '
+        { sub(/\(.*\) [A-Za-z]/, ""); parent[$1] = $2 }
+        END {
+          below[top] = grows = 1
+          while (grows) { grows = 0; for (id in parent) if (!(id in below) && parent[id] in below) below[id] = grows = 1 }
+          for (id in below) if (id != top) print id
+        }'
+  ) 2>/dev/null
+}
+
+# Runs the hook with what file descriptor 3 has; `code` is how it ended, or `late`. Nothing is said here: what a script prints
+# may go to a file.
+call() {
+  "$@" <&3 3<&- &
+  running=$!
+  wait "$running"
+  code=$?
+  [ -z "$late" ] || code=late
+}
+
+# Starts the clock. When the time is up, this shell hears of it, also while it waits.
+start_clock() {
+  late=
+  trap 'late=yes; end "$running"' ALRM
+  (
+    trap 'kill "$clock" 2>/dev/null; exit 0' TERM
+    sleep "$seconds" &
+    clock=$!
+    wait "$clock"
+    kill -ALRM $$
+  ) </dev/null >/dev/null 2>&1 3<&- &
+  watch=$!
+}
+
+# The clock is stopped whichever way this shell ends: it must not tell another process that has its number by then.
+stop_clock() {
+  trap '' ALRM
+  [ -z "$watch" ] || kill "$watch" 2>/dev/null
+  watch=
+}
+
+# Says how the hook ended, if that is no way to end.
+check() {
+  case $code in
+  0 | 2) ;;
+  late) fail "it took longer than $seconds s" ;;
+  *) fail "it ended with $code${why:+, and said: $why}" ;;
+  esac
+}
+
+watch= why=
+blocks=yes
+# Nothing outside of this folder is read: nobody approved it.
+case $name in
+*[!A-Za-z0-9._/-]* | *..* | */*/* | /* | */) fail "$name is not the name of a hook" ;;
+*/*) ;;
+*) fail "$name is not the name of a hook" ;;
+esac
+file=$here/$name.hook
+[ -f "$file" ] || fail "there is no $file"
+set --
+. "$file"
+[ $# -gt 0 ] || fail "$file says nothing to run"
+
+# ---- Another agent that runs the hooks of Claude Code, too.
+
+# Each of these is set for hooks alone; a Claude Code that another agent starts is still Claude Code.
+other=
+if [ "$agent" = claude ] && [ -n "$COPILOT_PROJECT_DIR" ]; then
+  other=copilot entries=.github/hooks/${name%%/*}.json
+elif [ "$agent" = claude ] && [ -n "$CURSOR_VERSION" ] && [ -z "$CLAUDECODE" ]; then
+  other=cursor entries=.cursor/hooks.json
+fi
+if [ -n "$other" ]; then
+  # It has an entry of its own for this hook: once is enough.
+  if grep -q "/run[\\\\\"]* $other ${event} ${name}[ \\\\\"]" "$here/../../$entries" 2>/dev/null; then exit 0; fi
+  agent=$other
+fi
+
+export AGENT_HOOK_AGENT="$agent"
+if [ "$agent" = claude ]; then
+  exec 3<&0
+  start_clock
+  call "$@"
+  stop_clock
+  check
+  [ "$code" = 0 ] || [ "$blocks" != yes ] || exit 2
+  exit 0
+fi
+
+# ---- Every other agent.
+
+CLAUDE_PROJECT_DIR=$(cd "$here/../.." && pwd -P) || fail "there is no folder $here/../.."
+export CLAUDE_PROJECT_DIR
+umask 077
+folder=$(mktemp -d "${TMPDIR:-/tmp}/agentpkg-hook.XXXXXX") || fail "no temporary folder can be made"
+trap 'stop_clock; rm -rf "$folder"' EXIT
+trap 'exit 2' HUP INT TERM
+
+# Reads JSON. The mode `calls` makes of what the agent tells the documents that Claude Code would tell: the files call1, call2 …,
+# one for each file that a patch names. The mode `verdict` makes of what a hook answers a word, `go`, `stop` or `says`, with
+# what there is to say in the lines below.
+json='
+BEGIN {
+  agent = ENVIRON["AGENT_HOOK_AGENT"]; event = ENVIRON["event"]; matches = ENVIRON["matches"]; folder = ENVIRON["folder"]
+  for (i = 1; i < 32; i++) controls = controls sprintf("%c", i)
+  means("Bash", "bash powershell shell run_shell_command run_in_terminal exec_command")
+  means("Edit", "edit replace strreplace str_replace replace_string_in_file insert_edit_into_file delete")
+  means("MultiEdit", "multiedit multi_replace_string_in_file")
+  means("Write", "write write_file create create_file")
+  means("NotebookEdit", "notebookedit editnotebook edit_notebook_file")
+  means("Read", "read read_file view read_many_files")
+  means("Glob", "glob file_search")
+  means("Grep", "grep rg search_file_content grep_search")
+  means("LS", "ls list_directory list_dir")
+  means("WebFetch", "webfetch web_fetch fetch_webpage")
+  means("WebSearch", "websearch web_search google_web_search")
+  means("patch", "apply_patch")
+  split("session-start SessionStart prompt UserPromptSubmit before-tool PreToolUse after-tool PostToolUse before-stop Stop " \
+    "session-end SessionEnd before-compact PreCompact notification Notification agent-stop SubagentStop", list, / /)
+  for (i = 1; i in list; i += 2) claude_event[list[i]] = list[i + 1]
+  # Other names of what Claude Code gives.
+  split("filePath file_path path file_path absolute_path file_path target_file file_path file_text content " \
+    "old_str old_string oldString old_string new_str new_string newString new_string", list, / /)
+  for (i = 1; i in list; i += 2) { other[i] = list[i]; ours[i] = list[i + 1] }
+}
+
+{ document = document (NR > 1 ? " " : "") $0 }
+
+END {
+  if (mode == "verdict") { verdict(); exit 0 }
+  if (!read_json(document) || token[1] != "{") exit 3
+  is_tool = event == "before-tool" || event == "after-tool"
+  tool = has("\ntool_name") ? said("\ntool_name") : said("\ntoolName")
+  if (is_tool && tool == "") exit 3
+  if (has("\ncwd")) cwd = said("\ncwd")
+  head = "{\"hook_event_name\":\"" (event in claude_event ? claude_event[event] : event) "\""
+  for (i = 1; i <= members[""]; i++) {
+    key = snake(member["", i])
+    if (key == "tool_result" || key == "tool_output") key = "tool_response"
+    if (key !~ /^(hook_event_name|tool_name|tool_input|tool_args|agent_input)$/)
+      head = head "," quoted(key) ":" raw("\n" member["", i])
+  }
+  tail = ",\"agent_input\":" document "}"
+  if (!is_tool) { print head tail > (folder "/call1"); exit 0 }
+
+  args = has("\ntool_input") ? "\ntool_input" : "\ntoolArgs"
+  # A text in the place of an object: JSON once more, or the patch itself.
+  if (has(args) && token[first[args]] == "\"") {
+    patch = said(args)
+    if (patch ~ /^[ \t\r\n]*[{]/) {
+      if (!read_json(patch)) exit 3
+      args = patch = ""
+    }
+  }
+  if (has("\nmcp_context\nserver_name")) tool = "mcp__" said("\nmcp_context\nserver_name") "__" said("\nmcp_context\ntool_name")
+  else if (tolower(tool) in name_of) tool = name_of[tolower(tool)]
+  else if (agent == "copilot" && tool ~ /^[^-]+-/) { sub(/-/, "__", tool); tool = "mcp__" tool }
+  else if (agent == "cursor" && tool ~ /^MCP:/) { sub(/^MCP:/, "mcp__", tool) }
+  # Codex takes a patch from a command, too.
+  if (tool == "Bash" && said(args "\ncommand") ~ /[*][*][*] Begin Patch/) { patch = said(args "\ncommand"); patched() }
+  if (tool != "patch") { files(); exit 0 }
+  count = split("command input patch patchText", list, / /)
+  for (i = 1; i <= count; i++) if (patch == "") patch = said(args "\n" list[i])
+  if (!patched()) exit 3
+}
+
+function means(name, others,    list, i) { for (i = split(others, list, / /); i; i--) name_of[list[i]] = name }
+
+# One call for the tool, or one for each file of a list.
+function files(    i, k, at, list, named) {
+  split("files paths file_paths", list, / /)
+  for (k = 1; k <= 3; k++)
+    for (i = 0; (at = args "\n" list[k] "\n[" i "]") in first; i++) {
+      if (token[first[at]] == "\"") { call(tool, absolute(said(at))); named++ }
+      else if (has(at "\nfilePath")) { call(tool, absolute(said(at "\nfilePath"))); named++ }
+    }
+  if (!named) call(tool, "")
+}
+
+# Writes the document of one call. Without a file it is the one that the tool is given, if that names one.
+function call(tool, file,    input, i, key, at, done) {
+  if (!is_meant(tool)) return
+  for (i = 1; i <= members[args]; i++) {
+    key = member[args, i]
+    at = args "\n" key
+    if (key == "file_path") { if (file == "") file = absolute(said(at)); continue }
+    input = input (input == "" ? "" : ",") quoted(key) ":" raw(at)
+    done[key] = 1
+  }
+  for (i = 1; i in other; i += 2) {
+    at = args "\n" other[i]
+    if (!has(at)) continue
+    if (ours[i] == "file_path") { if (file == "") file = absolute(said(at)) }
+    else if (!(ours[i] in done)) { input = input "," quoted(ours[i]) ":" raw(at); done[ours[i]] = 1 }
+  }
+  if (file != "") input = input (input == "" ? "" : ",") "\"file_path\":" quoted(file)
+  write(tool, input)
+}
+
+function write(tool, input) {
+  print head ",\"tool_name\":" quoted(tool) ",\"tool_input\":{" input "}" tail > (folder "/call" (++calls))
+  close(folder "/call" calls)
+}
+
+# Writes a call for each file that a patch names; returns how many it names.
+function patched(    count, line, i, kind, next_file, named) {
+  count = split(patch, line, /\n/)
+  for (i = 1; i <= count; i++) {
+    sub(/\r$/, "", line[i])
+    if (match(line[i], /^[ \t]*[*][*][*] (Add|Update|Delete) File:[ \t]*/) || match(line[i], /^[ \t]*[*][*][*] Move to:[ \t]*/)) {
+      kind = substr(line[i], 1, RLENGTH)
+      next_file = substr(line[i], RLENGTH + 1)
+      flush()
+      file = next_file
+      sub(/[ \t]+$/, "", file)
+      file_tool = kind ~ /(Add File|Move to):/ ? "Write" : "Edit"
+      named++
+    } else if (line[i] ~ /^[+]/) { added = added (has_added++ ? "\n" : "") substr(line[i], 2) }
+    else if (line[i] ~ /^-/) { removed = removed (has_removed++ ? "\n" : "") substr(line[i], 2) }
+  }
+  flush()
+  return named
+}
+
+function flush(    input) {
+  if (file == "") { added = removed = ""; has_added = has_removed = 0; return }
+  input = "\"file_path\":" quoted(absolute(file)) ",\"patch\":" quoted(patch)
+  if (file_tool == "Write") input = input ",\"content\":" quoted(added)
+  else input = input ",\"old_string\":" quoted(removed) ",\"new_string\":" quoted(added)
+  if (is_meant(file_tool)) write(file_tool, input)
+  file = added = removed = ""
+  has_added = has_removed = 0
+}
+
+# Whether the hook is for a tool: by a list of names, or by a regular expression.
+function is_meant(tool,    list, i) {
+  if (matches == "" || matches == "*") return 1
+  if (matches !~ /^[A-Za-z0-9_ ,|-]+$/) return tool ~ matches
+  for (i = split(matches, list, /[|,]/); i; i--) {
+    gsub(/ /, "", list[i])
+    if (list[i] == tool) return 1
+  }
+  return 0
+}
+
+function absolute(path) { return path ~ /^\// || path == "" || cwd == "" ? path : cwd "/" path }
+
+# toolName -> tool_name
+function snake(key,    text) {
+  while (match(key, /[A-Z]/)) {
+    text = text substr(key, 1, RSTART - 1) "_" tolower(substr(key, RSTART, 1))
+    key = substr(key, RSTART + 1)
+  }
+  return text key
+}
+
+function verdict(    decision, why, asks) {
+  if (!read_json(document) || token[1] != "{") { print "says\n" document; return }
+  decision = said("\nhookSpecificOutput\npermissionDecision")
+  if (decision == "") decision = said("\npermissionDecision")
+  if (decision == "") decision = said("\ndecision")
+  why = said("\nhookSpecificOutput\npermissionDecisionReason")
+  if (why == "") why = said("\npermissionDecisionReason")
+  if (why == "") why = said("\nreason")
+  if (has("\ncontinue") && token[first["\ncontinue"]] == "false") {
+    decision = "deny"
+    if (why == "") why = said("\nstopReason")
+  }
+  if (decision == "deny" || decision == "block") { print "stop\n" why; return }
+  # Not every agent can ask.
+  if (decision == "ask") { print "stop\n" why " (a person has to do this)"; return }
+  why = said("\nhookSpecificOutput\nadditionalContext")
+  print (why == "" ? "go" : "says\n" why)
+}
+
+# ---- JSON. A document is cut at its double quotes: the pieces are outside and inside of strings by turns. A token is a sign, a
+# number, a word, or a string, which is the pieces from `from` to `to`. A path is "\nkey\n[0]".
+
+function read_json(document,    count, i, inside) {
+  split("", token); split("", from); split("", to); split("", first); split("", last)
+  split("", members); split("", member)
+  tokens = wrong = open = 0
+  count = split(document, piece, /"/)
+  for (i = 1; i <= count; i++) {
+    if (inside) {
+      to[tokens] = i
+      inside = goes_on(piece[i])
+    } else {
+      signs(piece[i])
+      if (i < count) { inside = 1; token[++tokens] = "\""; from[tokens] = i + 1 }
+    }
+  }
+  if (inside) return 0
+  here = 1
+  value("")
+  return !wrong && here == tokens + 1
+}
+
+# Whether a string goes on behind a piece: the quote there has an odd number of backslashes before it.
+function goes_on(text,    end) {
+  end = length(text)
+  while (end && substr(text, end, 1) == "\\") end--
+  return (length(text) - end) % 2
+}
+
+function signs(text) {
+  while (text != "") {
+    if (match(text, /^[ \t\r\n]+/)) { text = substr(text, RLENGTH + 1); continue }
+    if (!match(text, /^[][{}:,]/) && !match(text, /^(true|false|null)/) &&
+        !match(text, /^-?[0-9]+([.][0-9]+)?([eE][-+]?[0-9]+)?/)) { wrong = 1; return }
+    token[++tokens] = substr(text, 1, RLENGTH)
+    text = substr(text, RLENGTH + 1)
+    if (token[tokens] ~ /[[{]/) { if (++open > 100) { wrong = 1; return } }
+    else if (token[tokens] ~ /[]}]/) open--
+  }
+}
+
+# Reads the value at `path`: afterwards its tokens are those from first[path] to last[path].
+function value(path,    key, i, sign) {
+  if (wrong) return
+  first[path] = here
+  sign = token[here++]
+  if (sign == "{" || sign == "[") {
+    i = 0
+    if (token[here] == (sign == "{" ? "}" : "]")) here++
+    else for (;;) {
+      key = "[" i++ "]"
+      if (sign == "{") {
+        if (token[here] != "\"") { wrong = 1; return }
+        key = string(here++)
+        if (token[here++] != ":") { wrong = 1; return }
+        member[path, ++members[path]] = key
+      }
+      value(path "\n" key)
+      if (wrong) return
+      if (token[here] != ",") break
+      here++
+    }
+    if (i && token[here++] != (sign == "{" ? "}" : "]")) wrong = 1
+  } else if (sign == "" || sign ~ /^[]}:,]$/) wrong = 1
+  last[path] = here - 1
+}
+
+function has(path) { return path in first }
+
+# The text that a string at `path` means; nothing for any other value.
+function said(path) { return has(path) && token[first[path]] == "\"" ? string(first[path]) : "" }
+
+function inner(at,    text, i) {
+  for (i = from[at]; i <= to[at]; i++) text = text (i > from[at] ? "\"" : "") piece[i]
+  return text
+}
+
+# A value as it is written.
+function raw(path,    text, i) {
+  for (i = first[path]; i <= last[path]; i++) text = text (token[i] == "\"" ? "\"" inner(i) "\"" : token[i])
+  return text
+}
+
+function string(at,    text, rest, sign) {
+  rest = inner(at)
+  while (match(rest, /\\/)) {
+    text = text substr(rest, 1, RSTART - 1)
+    sign = substr(rest, RSTART + 1, 1)
+    rest = substr(rest, RSTART + 2)
+    if (sign == "u") {
+      text = text utf8(rest)
+      rest = substr(rest, 5 + 6 * is_pair)
+    } else text = text (sign == "n" ? "\n" : sign == "t" ? "\t" : sign == "r" ? "\r" : sign == "b" ? "\b" : sign == "f" ? "\f" : sign)
+  }
+  return text rest
+}
+
+# The bytes of the character whose number begins a text; `is_pair` is whether it takes another escape, too.
+function utf8(rest,    code, low) {
+  is_pair = 0
+  code = number(rest)
+  if (code >= 55296 && code < 56320 && substr(rest, 5, 2) == "\\u") {
+    low = number(substr(rest, 7))
+    if (low >= 56320 && low < 57344) { is_pair = 1; code = 65536 + (code - 55296) * 1024 + low - 56320 }
+  }
+  if (code < 128) return sprintf("%c", code)
+  if (code < 2048) return sprintf("%c%c", 192 + int(code / 64), 128 + code % 64)
+  if (code < 65536) return sprintf("%c%c%c", 224 + int(code / 4096), 128 + int(code / 64) % 64, 128 + code % 64)
+  return sprintf("%c%c%c%c", 240 + int(code / 262144), 128 + int(code / 4096) % 64, 128 + int(code / 64) % 64, 128 + code % 64)
+}
+
+function number(text,    i, code) {
+  for (i = 1; i <= 4; i++) code = code * 16 + index("0123456789abcdef", tolower(substr(text, i, 1))) - 1
+  return code
+}
+
+# A text as a string of JSON.
+function quoted(text,    done, sign) {
+  while (match(text, /["\\\001-\037]/)) {
+    sign = substr(text, RSTART, 1)
+    done = done substr(text, 1, RSTART - 1)
+    if (sign == "\n") done = done "\\n"
+    else if (sign == "\t") done = done "\\t"
+    else if (sign == "\r") done = done "\\r"
+    else if (sign == "\"" || sign == "\\") done = done "\\" sign
+    else done = done sprintf("\\u%04x", index(controls, sign))
+    text = substr(text, RSTART + 1)
+  }
+  return "\"" done text "\""
+}
+'
+
+cat >"$folder/told" || fail "what $agent tells can't be kept"
+export event matches folder
+LC_ALL=C awk -v mode=calls "$json" <"$folder/told" 2>"$folder/error" ||
+  fail "what $agent tells its hooks can't be read"
+
+n=1 verdict=go
+while [ -f "$folder/call$n" ]; do
+  [ -n "$watch" ] || start_clock
+  exec 3<"$folder/call$n"
+  call "$@" >"$folder/out" 2>"$folder/err"
+  why=$(cat "$folder/err")
+  verdict=go
+  if [ "$code" = 0 ] && [ -s "$folder/out" ]; then
+    verdict=$(LC_ALL=C awk -v mode=verdict "$json" <"$folder/out") || verdict=go
+  fi
+  check
+  case $verdict in
+  stop*) code=2 why=${verdict#stop?} ;;
+  esac
+  if [ "$code" = 2 ] && [ "$blocks" = yes ]; then
+    stop "${why:-$name stops this}"
+  fi
+  n=$((n + 1))
+done
+stop_clock
+
+# What the hook tells the agent: as it is, where that is Claude Code's way.
+if [ "$agent" = codex ]; then
+  [ ! -s "$folder/out" ] || cat "$folder/out"
+  exit 0
+fi
+case $event/$verdict in
+before-tool/*) answer '{}' ;;
+*/says*)
+  text=$(quoted "${verdict#says?}")
+  case $agent in
+  cursor) answer "{\"additional_context\":\"$text\"}" ;;
+  gemini) answer "{\"hookSpecificOutput\":{\"additionalContext\":\"$text\"}}" ;;
+  *) answer "{\"additionalContext\":\"$text\"}" ;;
+  esac
+  ;;
+*) answer '{}' ;;
+esac
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
