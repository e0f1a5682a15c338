//! Copilot, Gemini CLI and OpenCode: what each gets and where, what is told twice, and the line that
//! the rules of Claude Code got by renderer 2.

use std::fs;

use agentpkg::model::digest::Digest;
use snapbox::str;
use support::{FOR_COPILOT, Scene};

const MANIFEST: &str = "[mcp.docs]\ncommand = \"docs-mcp\"\nenv = { TOKEN = \"${TOKEN}\" }\n";

const FILES: &[(&str, &str)] = &[
    ("template.toml", MANIFEST),
    ("root.md", "## House\n\nAsk first.\n"),
    (
        "rules/git.md",
        "---\ndescription: How we push\n---\n\n# Git\n\nOne.\nTwo.\nThree.\n",
    ),
    (
        "rules/rust.md",
        "---\ndescription: Rust\npaths: [\"**/*.rs\", \"src/**\"]\n---\n\n# Rust\n\nNo panics.\n",
    ),
    (
        "skills/release/SKILL.md",
        "---\nname: release\ndescription: How to release\n---\n\nTag it.\n",
    ),
    (
        "commands/tidy.md",
        "---\ndescription: Tidy up\n---\n\nTidy $ARGUMENTS.\n",
    ),
    (
        "agents/reader.md",
        "---\nname: reader\ndescription: Reads\ntools: Read, Grep\n---\n\nYou read.\n",
    ),
];

/// A repository in which nothing is yet, and the template.
fn house() -> Scene {
    Scene::new().published("house", "1.0.0", FILES)
}

#[test]
fn copilot_gets_files_of_its_own_and_the_root_instructions_of_another() {
    let scene = house().edited("CLAUDE.md", "# Ours\n").installed("house");
    let before = scene.tree();
    scene
        .run("agentpkg install --agent copilot -v")
        .prints(str![[r#"
added Copilot
  added       5 files: .agents/skills/release/SKILL.md, .github/agents/reader.agent.md,
              .github/instructions/house/git.instructions.md,
              .github/instructions/house/rust.instructions.md, .github/prompts/tidy.prompt.md
  limited     Copilot: 1 command for VS Code, not the CLI, as text in which nothing is filled in
              Copilot: 1 agent with the model of the session

  commit      git add .agents .github agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
    scene
        .absent("AGENTS.md")
        .reads(
            ".github/instructions/house/rust.instructions.md",
            str![[r#"
---
description: Rust
applyTo: "**/*.rs,**/src/**"
---

# Rust

No panics.

"#]],
        )
        .reads(
            ".github/agents/reader.agent.md",
            str![[r#"
---
name: reader
description: Reads
tools: ["read","search"]
---

You read.

"#]],
        )
        .reads(
            ".github/prompts/tidy.prompt.md",
            str![[r#"
---
description: Tidy up
---

Tidy $ARGUMENTS.

"#]],
        );
    scene.run("agentpkg remove --agent copilot").succeeds();
    assert_eq!(scene.tree(), before);
}

#[test]
fn gemini_gets_its_rules_in_gemini_md_and_its_servers_in_its_settings() {
    let settings = "{\n  \"general\": { \"vimMode\": true }\n}\n";
    let scene = house().edited(".gemini/settings.json", settings);
    scene
        .run("agentpkg install house --agent gemini -v")
        .prints(str![[r#"
installed house 1.0.0
  added       4 files: .agents/skills/release/SKILL.md, .gemini/agents/reader.md,
              .gemini/commands/tidy.toml, GEMINI.md
  merged      1 file, everything of yours kept: .gemini/settings.json
  registry    [SCENE]/registry, named by `AGENTPKG_REGISTRY`
              `agentpkg.toml` names it as `[SCENE]/registry`: teammates
              need a folder of that name too
  agent       Gemini CLI (as you said)
  limited     Gemini CLI: 1 rule in sections of GEMINI.md
              Gemini CLI: 1 scoped rule in sections of GEMINI.md, read in every session
              Gemini CLI: 1 skill where it is started in the root
              Gemini CLI: 1 command where it is started in the root, with all that was typed, and no
              commands run
              Gemini CLI: 1 agent once a person has acknowledged them, with the model of the session
              Gemini CLI: 1 MCP server where it is started in the root
  can run     server    docs in .gemini/settings.json  docs-mcp, with TOKEN
              (trusted: registry [SCENE]/registry)
--- a/server .gemini/settings.json docs
+++ b/server .gemini/settings.json docs
@@ -0,0 +1,6 @@
+{
+  "command": "docs-mcp",
+  "env": {
+    "TOKEN": "${TOKEN}"
+  }
+}
  context     always loaded: 13 lines; 1 server may be started

  commit      git add .agents .gemini GEMINI.md agentpkg.lock agentpkg.toml
              your teammates get all of it from git; they need no tool
  go back     agentpkg undo

"#]]);
    scene
        .reads(
            "GEMINI.md",
            str![[r#"
<!-- BEGIN agentpkg house -->
## House

Ask first.
<!-- END agentpkg house -->

<!-- BEGIN agentpkg house/rules/git -->
# Git

One.
Two.
Three.
<!-- END agentpkg house/rules/git -->

<!-- BEGIN agentpkg house/rules/rust -->
Applies to `**/*.rs`, `src/**`:

# Rust

No panics.
<!-- END agentpkg house/rules/rust -->

"#]],
        )
        .reads(
            ".gemini/settings.json",
            str![[r#"
{
  "general": { "vimMode": true },
  "mcpServers": {
    "docs": {
      "command": "docs-mcp",
      "env": {
        "TOKEN": "${TOKEN}"
      }
    }
  }
}

"#]],
        )
        .reads(
            ".gemini/commands/tidy.toml",
            str![[r#"
description = "Tidy up"
prompt = '''
Tidy {{args}}.
'''

"#]],
        )
        .reads(
            ".gemini/agents/reader.md",
            str![[r#"
---
name: reader
description: Reads
tools: ["read_file","grep_search"]
---

You read.

"#]],
        );
    scene.run("agentpkg remove house").succeeds();
    scene.reads(".gemini/settings.json", settings);
}

#[test]
fn gemini_reads_the_file_that_its_settings_name() {
    let settings = "{\"context\": {\"fileName\": [\"AGENTS.md\", \"GEMINI.md\"]}}\n";
    let scene = house()
        .edited(".gemini/settings.json", settings)
        .edited("AGENTS.md", "# Ours\n");
    scene.run("agentpkg install house").succeeds();
    scene.absent("GEMINI.md");
    assert!(scene.text("AGENTS.md").contains("No panics."));
}

#[test]
fn names_in_settings_of_gemini_lead_nowhere_else() {
    for name in ["5", "\"../AGENTS.md\"", "\"docs/A.md\"", "\".git/config\""] {
        let settings = format!("{{\"context\": {{\"fileName\": {name}}}}}\n");
        let scene = house().edited(".gemini/settings.json", &settings);
        scene.run("agentpkg install house").succeeds();
        assert!(
            scene.text("GEMINI.md").contains("No panics."),
            "{name} is passed over"
        );
    }
}

#[test]
fn opencode_has_its_settings_name_the_rules() {
    let settings =
        "{\"instructions\": [\"docs/*.md\"], \"mcp\": {\"own\": {\"enabled\": false}}}\n";
    let scene = house()
        .edited("opencode.json", settings)
        .edited("CLAUDE.md", "# Ours\n");
    scene
        .run("agentpkg install house --agent opencode -v")
        .prints(str![[r#"
installed house 1.0.0
  added       5 files: .agents/skills/release/SKILL.md, .opencode/agents/reader.md,
              .opencode/commands/tidy.md, .opencode/rules/house/git.md,
              .opencode/rules/house/rust.md
  merged      2 files, everything of yours kept: CLAUDE.md, opencode.json
  registry    [SCENE]/registry, named by `AGENTPKG_REGISTRY`
              `agentpkg.toml` names it as `[SCENE]/registry`: teammates
              need a folder of that name too
  agent       OpenCode (as you said); Claude Code in use here, too
  to add      agentpkg install --agent claude
  limited     OpenCode: 1 scoped rule read in every session
              OpenCode: 1 command with the tools and the model of the session
              OpenCode: 1 agent with all tools, or for reading only, and the model of the session
  can run     server    docs in opencode.json  docs-mcp, with TOKEN
              (trusted: registry [SCENE]/registry)
--- a/server opencode.json docs
+++ b/server opencode.json docs
@@ -0,0 +1,9 @@
+{
+  "command": [
+    "docs-mcp"
+  ],
+  "environment": {
+    "TOKEN": "{env:TOKEN}"
+  },
+  "type": "local"
+}
  context     always loaded: 13 lines; 1 server may be started

  commit      git add .agents .opencode CLAUDE.md agentpkg.lock agentpkg.toml opencode.json
              your teammates get all of it from git; they need no tool
  go back     agentpkg undo

"#]]);
    scene
        .absent("AGENTS.md")
        .reads("opencode.json", str![[r#"
{"instructions": ["docs/*.md", "CLAUDE.md", ".opencode/rules/house/**/*.md"], "mcp": {"own": {"enabled": false}, "docs": {"type": "local", "command": ["docs-mcp"], "environment": {"TOKEN": "{env:TOKEN}"}}}}

"#]])
        .reads(".opencode/rules/house/rust.md", str![[r#"
Applies to `**/*.rs`, `src/**`:

# Rust

No panics.

"#]])
        .reads(".opencode/commands/tidy.md", str![[r#"
---
description: Tidy up
---

Tidy $ARGUMENTS.

"#]])
        .reads(".opencode/agents/reader.md", str![[r#"
---
description: Reads
mode: subagent
permission:
  edit: deny
  bash: deny
---

You read.

"#]]);
    scene.run("agentpkg remove house").succeeds();
    scene.reads("opencode.json", settings);
}

#[test]
fn what_copilot_is_told_twice_is_said() {
    let scene = house()
        .edited("AGENTS.md", "# Ours\n")
        .edited("CLAUDE.md", "# Ours, for Claude\n");
    scene
        .run("agentpkg install house --agent claude --agent codex --agent copilot")
        .prints(str![[r#"
installed house 1.0.0
  added       13 files: .mcp.json, .agents/skills/release/SKILL.md, .claude/agents/reader.md,
              .claude/commands/tidy.md, .claude/rules/house/ (2), .claude/skills/release/SKILL.md,
              .codex/config.toml, .codex/agents/reader.toml, .github/agents/reader.agent.md, 3 more
              (-v)
  merged      2 files, everything of yours kept: AGENTS.md, CLAUDE.md
  registry    [SCENE]/registry, named by `AGENTPKG_REGISTRY`
              `agentpkg.toml` names it as `[SCENE]/registry`: teammates
              need a folder of that name too
  agent       Claude Code, Codex, Copilot (as you said)
  limited     Codex: without 1 command; 1 rule, 1 scoped rule, 1 agent in another form (-v)
              Copilot: 1 command, 1 agent in another form (-v)
  told twice  Copilot: 13 lines of `AGENTS.md` and `CLAUDE.md` that it reads elsewhere, too
  can run     server    docs in .codex/config.toml  docs-mcp
              server    docs                        docs-mcp, with TOKEN
              (trusted: registry [SCENE]/registry)
  context     always loaded: Claude Code 8 lines, Codex 13 lines, Copilot 18 lines; 1 rule loads by
              path; 1 server may be started

  commit
    git add .agents .claude .codex .github .mcp.json AGENTS.md CLAUDE.md agentpkg.lock agentpkg.toml
              your teammates get all of it from git; they need no tool
  go back     agentpkg undo

"#]]);
    scene.run("agentpkg status -v").prints(str![[r#"
house 1.0.0  (^1.0)
  latest      installed
  changed     nothing: every file is as it was installed

  agents      Claude Code, Codex, Copilot
  limited     Codex: 1 rule in sections of AGENTS.md
              Codex: 1 scoped rule in sections of AGENTS.md, read in every session
              Codex: without 1 command: Codex has none in a project
              Codex: 1 agent with the tools and the model of the session
              Copilot: 1 command for VS Code, not the CLI, as text in which nothing is filled in
              Copilot: 1 agent with the model of the session
  told twice  Copilot: 13 lines of `AGENTS.md` and `CLAUDE.md` that it reads elsewhere, too
              it costs context and nothing else; docs/agents.md says what makes it less

"#]]);
    // One file under both names, and the block is told once.
    fs::remove_file(scene.path("CLAUDE.md")).unwrap();
    scene.link("CLAUDE.md", "AGENTS.md");
    scene.run("agentpkg install").prints(str![[r#"
followed the root instructions to `AGENTS.md`

  commit      git add agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
    scene.run("agentpkg status -v").prints(str![[r#"
house 1.0.0  (^1.0)
  latest      installed
  changed     nothing: every file is as it was installed

  agents      Claude Code, Codex, Copilot
  limited     Codex: 1 rule in sections of AGENTS.md
              Codex: 1 scoped rule in sections of AGENTS.md, read in every session
              Codex: without 1 command: Codex has none in a project
              Codex: 1 agent with the tools and the model of the session
              Copilot: 1 command for VS Code, not the CLI, as text in which nothing is filled in
              Copilot: 1 agent with the model of the session
  told twice  Claude Code: 10 lines of `AGENTS.md` that it reads elsewhere, too
              Copilot: 10 lines of `AGENTS.md` that it reads elsewhere, too

"#]]);
}

#[test]
fn an_edit_of_any_copy_is_the_same_proposal() {
    let agents = "--agent claude --agent codex --agent cursor --agent copilot --agent gemini --agent opencode";
    let copies = [
        ".claude/rules/house/git.md",
        ".cursor/rules/house/git.mdc",
        ".github/instructions/house/git.instructions.md",
        ".opencode/rules/house/git.md",
        "AGENTS.md",
        "GEMINI.md",
    ];
    let mut patches = Vec::new();
    for copy in copies {
        let scene = house().installed(&format!("house {agents}"));
        scene.replace(copy, "Two.", "Two, and a half.");
        let ran =
            scene.run("GIT_AUTHOR_DATE='1700000000 +0100' agentpkg contribute -m why --output -");
        ran.succeeds();
        let text = ran.stdout();
        assert!(text.contains("+Two, and a half."), "{copy}: {text}");
        patches.push(text);
    }
    for (patch, copy) in patches.iter().zip(copies) {
        assert_eq!(*patch, patches[0], "{copy}");
    }
}

/// Makes a repository what renderer 1 would have left: rules of Claude Code as their template has
/// them.
fn as_renderer_1_left_it(scene: &Scene, rules: &[&str]) {
    let mut lock = scene
        .text("agentpkg.lock")
        .replace("renderer = 3", "renderer = 1");
    for rule in rules {
        let text = scene.text(rule);
        let plain = match text.strip_prefix(FOR_COPILOT) {
            Some(rest) => rest.to_owned(),
            None => text.replacen("excludeAgent: \"coding-agent\"\n", "", 1),
        };
        assert_ne!(plain, text);
        let blob = |scene: &Scene| scene.git(&["hash-object", rule]).trim().to_owned();
        let before = (Digest::of(text.as_bytes()), blob(scene));
        scene.write(rule, &plain);
        let after = (Digest::of(plain.as_bytes()), blob(scene));
        lock = lock
            .replace(&before.0.to_string(), &after.0.to_string())
            .replace(&before.1, &after.1);
    }
    scene.write("agentpkg.lock", lock);
}

#[test]
fn rules_of_renderer_1_get_their_line_by_an_upgrade_and_keep_every_edit() {
    let rules = [".claude/rules/house/git.md", ".claude/rules/house/rust.md"];
    let scene = house().installed("house");
    as_renderer_1_left_it(&scene, &rules);
    // Nothing is in git, and nothing was edited: what renderer 1 made is made again.
    scene.run("agentpkg status").prints(str![[r#"
house 1.0.0  (^1.0)
  latest      installed
  changed     nothing: every file is as it was installed

"#]]);
    let before = scene.tree();
    scene.run("agentpkg install").succeeds();
    scene.run("agentpkg check --strict").succeeds();
    assert_eq!(scene.tree(), before);
    // An edit can be proposed before the upgrade.
    scene.replace(rules[0], "Two.", "Two, ours.");
    scene.replace(rules[1], "description: Rust", "description: Rust, ours");
    scene
        .run("GIT_AUTHOR_DATE='1700000000 +0100' agentpkg contribute -m why --output -")
        .prints(str![[r#"
From 0adac3c3f19fafc77b5a5f70d9ba18c2668fbb3f Mon Sep 17 00:00:00 2001
From: team <team@example.org>
Date: Tue, 14 Nov 2023 23:13:20 +0100
Subject: [PATCH] why

Agentpkg-Proposal: p-c57d5eb7b03c9b19374d
Agentpkg-Template: house
Agentpkg-Base: house 1.0.0 sha256:1603f942c227396230077ae8729317e4d4cc2e7711203049796a48d0a5a1b1ef
---
 4 files changed, 35 insertions(+), 2 deletions(-)

diff --git a/CHANGELOG.md b/CHANGELOG.md
index 9c51fa037745042072a44edee88bb5159277931f..0630c16c0391b9645785687e13be2ef88b9856fb 100644
--- a/CHANGELOG.md
+++ b/CHANGELOG.md
@@ -1,2 +1,6 @@
+## [Unreleased]
+
+- why (proposed by team, p-c57d5e)
+
 ## [1.0.0] - 2026-01-01
 - What changed
diff --git a/accepted/p-c57d5eb7b03c9b19374d.diff b/accepted/p-c57d5eb7b03c9b19374d.diff
new file mode 100644
index 0000000000000000000000000000000000000000..4f40a1b8af3fa04956a7fbc5560b555ce005d0d1
--- /dev/null
+++ b/accepted/p-c57d5eb7b03c9b19374d.diff
@@ -0,0 +1,29 @@
+From: team <team@example.org>
+Date: Tue, 14 Nov 2023 23:13:20 +0100
+Subject: why
+
+Agentpkg-Template: house
+Agentpkg-Base: house 1.0.0 sha256:1603f942c227396230077ae8729317e4d4cc2e7711203049796a48d0a5a1b1ef
+---
+diff --git a/rules/git.md b/rules/git.md
+index 5b594cac13bd5f85394c0c78239cbdbfcff70b4d..6fa6f8d95eed0adde7eba99f18717fc46e9a678d 100644
+--- a/rules/git.md
++++ b/rules/git.md
+@@ -5,5 +5,5 @@
+ # Git
+ 
+ One.
+-Two.
++Two, ours.
+ Three.
+diff --git a/rules/rust.md b/rules/rust.md
+index 695e126b96871a64fb85f2cf8fc31d4b7b0e1f09..3532a6d6ede224aa86d1f656fddb146ca74f4ce6 100644
+--- a/rules/rust.md
++++ b/rules/rust.md
+@@ -1,5 +1,5 @@
+ ---
+-description: Rust
++description: Rust, ours
+ paths: ["**/*.rs", "src/**"]
+ ---
+ 
diff --git a/rules/git.md b/rules/git.md
index 5b594cac13bd5f85394c0c78239cbdbfcff70b4d..6fa6f8d95eed0adde7eba99f18717fc46e9a678d 100644
--- a/rules/git.md
+++ b/rules/git.md
@@ -5,5 +5,5 @@
 # Git
 
 One.
-Two.
+Two, ours.
 Three.
diff --git a/rules/rust.md b/rules/rust.md
index 695e126b96871a64fb85f2cf8fc31d4b7b0e1f09..3532a6d6ede224aa86d1f656fddb146ca74f4ce6 100644
--- a/rules/rust.md
+++ b/rules/rust.md
@@ -1,5 +1,5 @@
 ---
-description: Rust
+description: Rust, ours
 paths: ["**/*.rs", "src/**"]
 ---
 
-- 
agentpkg 0.1.0


"#]]);
    scene.run("agentpkg upgrade").prints(str![[r#"
rendered with renderer 3
  merged      2 files, everything of yours kept: .claude/rules/house/git.md,
              .claude/rules/house/rust.md
  note        each rule of Claude Code has a new line, `excludeAgent`, by which Copilot leaves it
              out; docs/agents.md says why

  commit      git add .claude agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
    scene
        .has_rule(
            rules[0],
            str![[r#"
---
description: How we push
---

# Git

One.
Two, ours.
Three.

"#]],
        )
        .has_rule(
            rules[1],
            str![[r#"
---
description: Rust, ours
paths: ["**/*.rs", "src/**"]
---

# Rust

No panics.

"#]],
        );
    scene.run("agentpkg diff").prints(str![[r#"
--- a/.claude/rules/house/git.md
+++ b/.claude/rules/house/git.md
@@ -6,5 +6,5 @@
 # Git
 
 One.
-Two.
+Two, ours.
 Three.
--- a/.claude/rules/house/rust.md
+++ b/.claude/rules/house/rust.md
@@ -1,5 +1,5 @@
 ---
-description: Rust
+description: Rust, ours
 paths: ["**/*.rs", "src/**"]
 excludeAgent: "coding-agent"
 ---

"#]]);
    scene.run("agentpkg undo").succeeds();
    scene.run("agentpkg upgrade").succeeds();
}

#[test]
fn what_would_run_or_could_not_be_held_back_is_left_out() {
    let files = [
        ("commands/run.md", "Now !{date} and @{/etc/hostname}\n"),
        ("commands/count.md", "First $1.\n"),
        ("commands/deep/own.md", "Own.\n"),
        ("agents/Big.md", "---\nname: Big\ndescription: d\n---\nA\n"),
        (
            "agents/held.md",
            "---\nname: held\ndescription: d\ndisallowedTools: Bash\n---\nA\n",
        ),
    ];
    let scene = Scene::new().published("odd", "1.0.0", &files);
    scene
        .run("agentpkg install odd --agent copilot --agent gemini --agent opencode -v")
        .prints(str![[r#"
installed odd 1.0.0
  added       8 files: .gemini/commands/count.toml, .gemini/commands/deep/own.toml,
              .github/agents/Big.agent.md, .github/prompts/count.prompt.md,
              .github/prompts/run.prompt.md, .opencode/agents/Big.md,
              .opencode/commands/deep/own.md, .opencode/commands/run.md
  registry    [SCENE]/registry, named by `AGENTPKG_REGISTRY`
              `agentpkg.toml` names it as `[SCENE]/registry`: teammates
              need a folder of that name too
  agent       Copilot, Gemini CLI, OpenCode (as you said)
  limited     Copilot: 2 commands for VS Code, not the CLI, as text in which nothing is filled in
              Copilot: 1 agent with the model of the session
              Copilot: without agent held.md: it can't be kept from single tools
              Copilot: without command commands/deep/own.md: it looks for them in no folder below
              Gemini CLI: 2 commands where it is started in the root, with all that was typed, and
              no commands run
              Gemini CLI: without agent Big.md: its name has more than small letters, digits, `-`
              and `_`
              Gemini CLI: without agent held.md: it can't be kept from single tools
              Gemini CLI: without command run.md: its words are orders for Gemini CLI
              OpenCode: 2 commands with the tools and the model of the session
              OpenCode: 1 agent with all tools, or for reading only, and the model of the session
              OpenCode: without agent held.md: it can't be kept from single tools
              OpenCode: without command count.md: it numbers what was typed, which OpenCode counts
              otherwise
  can run     in a text date in .opencode/commands/run.md
              (trusted: registry [SCENE]/registry)

  commit      git add .gemini .github .opencode agentpkg.lock agentpkg.toml
              your teammates get all of it from git; they need no tool
  go back     agentpkg undo

"#]]);
}
