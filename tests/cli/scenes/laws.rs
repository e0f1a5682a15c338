//! What holds of the whole product.

use snapbox::str;

use super::templates::{GUARDS, REVIEWER, guards, reviewer};

#[test]
fn installing_twice_changes_nothing_the_second_time() {
    for (requests, ours) in [
        ("guards", &[][..]),
        (
            "guards reviewer",
            &[
                ("CLAUDE.md", "# Ours"),
                (".claude/settings.json", "{\"model\":\"opus\"}"),
            ],
        ),
        ("reviewer", &[("AGENTS.md", "# Ours\r\n")]),
        (
            "guards",
            &[
                ("AGENTS.md", "# Ours\n"),
                (".gitignore", "target"),
                (".mcp.json", "{}"),
            ],
        ),
    ] {
        let mut scene = guards().published("reviewer", "1.0.0", REVIEWER);
        for (path, text) in ours {
            scene = scene.edited(path, text);
        }
        let scene = scene.installed(requests);
        let before = scene.tree();
        let scene = scene.installed("").installed(requests);
        assert_eq!(scene.tree(), before, "{requests} {ours:?}");
    }
}

#[test]
fn a_fresh_clone_gets_its_files_although_git_ignores_them() {
    let scene = guards()
        .edited(".gitignore", ".claude/\n")
        .edited("CLAUDE.md", "# Ours\n");
    scene.run("agentpkg install guards").prints(str![[r#"
installed guards 1.0.0
  added       8 files: .mcp.json, .claude/settings.json, .claude/hooks/ (3),
              .claude/memory/notes.md, .claude/rules/ (2)
  merged      2 files, everything of yours kept: .gitignore, CLAUDE.md
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

  commit      git add .gitignore .mcp.json CLAUDE.md agentpkg.lock agentpkg.toml
  go back     agentpkg undo
(standard error)
warning: `.gitignore` line 1 (`.claude/`) hides 7 of 10 files from your team
hint: write `.claude/settings.local.json` in line 1 of `.gitignore`: it hides what is personal alone
(exit code 1)

"#]]);
    scene
        .run("git add . && git commit -qm all && cd .. && mv repo first && git clone -q first repo")
        .succeeds();
    scene.absent(".claude");
    scene.run("agentpkg check").prints(str![[r#"
7 problems found in 10 files
  missing     `.claude/hooks/guards/guard.hook`: it is not there
  missing     `.claude/hooks/guards/guard.sh`: it is not there
  missing     `.claude/hooks/run`: it is not there
  missing     `.claude/memory/notes.md`: it is not there
  missing     `.claude/rules/guards/general.md`: it is not there
  missing     `.claude/rules/guards/tests.md`: it is not there
  missing     `.claude/settings.json`: it is not there

  next        agentpkg install
(exit code 1)

"#]]);
    scene.run("agentpkg install").prints(str![[r#"
restored 7 missing files
  restored    7 files from the templates: .claude/settings.json, .claude/hooks/run,
              .claude/hooks/guards/ (2), .claude/memory/notes.md, .claude/rules/guards/ (2)

  go back     agentpkg undo

"#]]);
    scene.has_rule(".claude/rules/guards/general.md", "Guards are low.\n");
    scene.run("git status --porcelain").prints(str![]);
    scene.run("agentpkg check").prints(str![[r#"
ok: 10 files checked
(standard error)
warning: `.gitignore` line 1 (`.claude/`) hides 7 of 10 files from your team
hint: write `.claude/settings.local.json` in line 1 of `.gitignore`: it hides what is personal alone

"#]]);
}

#[test]
fn a_fresh_clone_of_a_repo_that_commits_everything_needs_no_tool() {
    let scene = guards().installed("guards");
    scene
        .run("git add . && git commit -qm all && cd .. && mv repo first && git clone -q first repo")
        .succeeds();
    scene.run("agentpkg check").prints(str![[r#"
ok: 10 files checked

"#]]);
    scene.run("agentpkg install").prints(str![[r#"
nothing to do: everything is in place

"#]]);
}

#[test]
fn git_says_which_line_hides_what_was_installed() {
    let scene = reviewer().edited(".gitignore", "target/\n# agents\n.claude/\n");
    scene
        .run("agentpkg install reviewer --verbose")
        .prints(str![[r#"
installed reviewer 1.0.0
  added       1 file: .claude/rules/reviewer/review.md
  registry    [SCENE]/registry, named by `AGENTPKG_REGISTRY`
              `agentpkg.toml` names it as `[SCENE]/registry`: teammates
              need a folder of that name too
  agent       Claude Code (assumed: nothing here says which agent you use)
  context     always loaded: 2 lines

  commit      git add agentpkg.lock agentpkg.toml
  go back     agentpkg undo
(standard error)
warning: `.gitignore` line 3 (`.claude/`) hides 1 of 3 files from your team
  `.claude/rules/reviewer/review.md`
hint: write `.claude/settings.local.json` in line 3 of `.gitignore`: it hides what is personal alone
(exit code 1)

"#]]);
    // The first time only.
    scene.run("agentpkg install").prints(str![[r#"
nothing to do: everything is in place

"#]]);
    // What the hint says works.
    let scene = scene.replaced(".gitignore", ".claude/\n", ".claude/settings.local.json\n");
    scene
        .run("git check-ignore .claude/rules/reviewer/review.md")
        .prints(str![[r#"
(exit code 1)

"#]]);
}

#[test]
fn a_pattern_that_hides_one_file_is_taken_back_for_it() {
    let scene = reviewer().edited(".gitignore", "*.md\n");
    scene.run("agentpkg install reviewer").prints(str![[r#"
installed reviewer 1.0.0
  added       1 file: .claude/rules/reviewer/review.md
  registry    [SCENE]/registry, named by `AGENTPKG_REGISTRY`
              `agentpkg.toml` names it as `[SCENE]/registry`: teammates
              need a folder of that name too
  agent       Claude Code (assumed: nothing here says which agent you use)
  context     always loaded: 2 lines

  commit      git add agentpkg.lock agentpkg.toml
  go back     agentpkg undo
(standard error)
warning: `.gitignore` line 1 (`*.md`) hides 1 of 3 files from your team
hint: add `!/.claude/rules/reviewer/review.md` below line 1 of `.gitignore`
(exit code 1)

"#]]);
    let scene = scene.edited(".gitignore", "*.md\n!/.claude/rules/reviewer/review.md\n");
    scene
        .run("git check-ignore .claude/rules/reviewer/review.md")
        .prints(str![[r#"
(exit code 1)

"#]]);
}

#[test]
fn a_file_that_the_team_deleted_stays_gone_and_is_remembered() {
    let scene = guards()
        .installed("guards")
        .deleted(".claude/rules/guards/general.md");
    scene.run("agentpkg install").prints(str![[r#"
updated `agentpkg.lock`
  not here    1 file still deleted, by you: .claude/rules/guards/general.md

  commit      git add agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
    scene.absent(".claude/rules/guards/general.md");
    let lock = scene.text("agentpkg.lock");
    let line = lock
        .lines()
        .find(|line| line.contains("general.md"))
        .unwrap();
    assert!(line.contains("deleted = true"), "{line}");
    // Remembered, it is not taken for missing where everything is.
    let scene = scene
        .deleted(".claude")
        .deleted(".mcp.json")
        .deleted("CLAUDE.md")
        .deleted(".gitignore")
        .installed("");
    scene.absent(".claude/rules/guards/general.md");
    scene.has_rule(
        ".claude/rules/guards/tests.md",
        "---\npaths: [\"tests/**\"]\n---\nA test is a sentence.\n",
    );
}

#[test]
fn an_edit_of_the_team_is_kept() {
    let scene = guards()
        .installed("guards")
        .edited(".claude/rules/guards/general.md", "Guards are ours.\n");
    let scene = scene.replaced("CLAUDE.md", "belongs to", "is the pride of");
    let scene = scene.replaced(
        ".claude/settings.json",
        "\"timeout\": 10",
        "\"timeout\": 20",
    );
    let before = scene.tree();
    scene.run("agentpkg install").prints(str![[r#"
nothing to do: everything is in place
  kept        3 files with your edits: .claude/rules/guards/general.md, .claude/settings.json,
              CLAUDE.md

"#]]);
    assert_eq!(scene.tree(), before);
}

#[test]
fn dropping_the_templates_restores_what_was_there_to_the_byte() {
    for ours in [
        [
            ("CLAUDE.md", "# Ours"),
            (".claude/settings.json", "{ }"),
            (".gitignore", "/target\r\n"),
            (".mcp.json", "{}\n"),
        ],
        [
            ("CLAUDE.md", "\u{feff}# Ours\n\n"),
            (
                ".claude/settings.json",
                "{\n\t\"hooks\" : {},\n\t\"permissions\": {\"deny\": [ ]}\n}",
            ),
            (".gitignore", "# ours"),
            (
                ".mcp.json",
                "{\"mcpServers\":{\"ours\":{\"command\":\"x\"}}}",
            ),
        ],
    ] {
        let mut scene = guards().published("reviewer", "1.0.0", REVIEWER);
        for (path, text) in ours {
            scene = scene.edited(path, text);
        }
        let scene = scene.installed("guards reviewer");
        let manifest = scene
            .text("agentpkg.toml")
            .replace("guards = \"^1.0\"\n", "")
            .replace("reviewer = \"^1.0\"\n", "");
        let scene = scene.edited("agentpkg.toml", &manifest).installed("");
        for (path, text) in ours {
            scene.reads(path, text);
        }
        scene.absent(".claude/rules").absent(".claude/hooks");
    }
}

#[test]
fn two_templates_and_the_team_share_files() {
    let second: &[(&str, &str)] = &[
        (
            "template.toml",
            "[permissions]\ndeny = [\"Read(.env)\", \"Read(secrets/**)\"]\n",
        ),
        ("root.md", "Secrets stay secret.\n"),
        ("gitignore", "secrets/\n"),
    ];
    let ours = "{\n  \"hooks\": {\n    \"Stop\": [{\"hooks\": [{\"type\": \"command\", \"command\": \"make lint\"}]}]\n  },\n  \"permissions\": {\n    \"allow\": [\"Bash(make *)\"]\n  }\n}\n";
    let scene = guards()
        .published("secrets", "1.0.0", second)
        .edited("CLAUDE.md", "# Ours\n");
    let scene = scene
        .edited(".claude/settings.json", ours)
        .installed("guards")
        .installed("secrets");
    scene.reads(
        "CLAUDE.md",
        str![[r#"
# Ours

<!-- BEGIN agentpkg guards -->
This repository belongs to payments.
<!-- END agentpkg guards -->

<!-- BEGIN agentpkg secrets -->
Secrets stay secret.
<!-- END agentpkg secrets -->

"#]],
    );
    scene.reads(
        ".claude/settings.json",
        str![[r#"
{
  "hooks": {
    "Stop": [{"hooks": [{"type": "command", "command": "make lint"}]}],
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
  },
  "permissions": {
    "allow": ["Bash(make *)"],
    "deny": [
      "Read(.env)",
      "Read(secrets/**)"
    ],
    "ask": [
      "Bash(git push *)"
    ]
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

# BEGIN agentpkg secrets
secrets/
# END agentpkg secrets

"#]],
    );
    // One goes, the other and the team's stay.
    let scene = scene
        .replaced("agentpkg.toml", "guards = \"^1.0\"\n", "")
        .installed("");
    scene.reads(
        "CLAUDE.md",
        str![[r#"
# Ours

<!-- BEGIN agentpkg secrets -->
Secrets stay secret.
<!-- END agentpkg secrets -->

"#]],
    );
    scene.reads(
        ".claude/settings.json",
        str![[r#"
{
  "hooks": {
    "Stop": [{"hooks": [{"type": "command", "command": "make lint"}]}]
  },
  "permissions": {
    "allow": ["Bash(make *)"],
    "deny": [
      "Read(.env)",
      "Read(secrets/**)"
    ]
  }
}

"#]],
    );
    let scene = scene
        .replaced("agentpkg.toml", "secrets = \"^1.0\"\n", "")
        .installed("");
    scene
        .reads("CLAUDE.md", "# Ours\n")
        .reads(".claude/settings.json", ours)
        .absent(".gitignore");
}

#[test]
fn where_claude_md_is_a_link_to_agents_md_there_is_one_block() {
    let scene = guards()
        .edited("AGENTS.md", "# Ours\n")
        .linked("CLAUDE.md", "AGENTS.md");
    scene.run("agentpkg install guards").prints(str![[r#"
installed guards 1.0.0
  added       9 files: .gitignore, .mcp.json, .claude/settings.json, .claude/hooks/ (3),
              .claude/memory/notes.md, .claude/rules/ (2)
  merged      1 file, everything of yours kept: AGENTS.md
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

  commit      git add .claude .gitignore .mcp.json AGENTS.md agentpkg.lock agentpkg.toml
              your teammates get all of it from git; they need no tool
  go back     agentpkg undo

"#]]);
    scene.reads(
        "AGENTS.md",
        str![[r#"
# Ours

<!-- BEGIN agentpkg guards -->
This repository belongs to payments.
<!-- END agentpkg guards -->

"#]],
    );
    scene
        .run("readlink CLAUDE.md && git status --porcelain")
        .prints(str![[r#"
AGENTS.md
?? .claude/
?? .github/
?? .gitignore
?? .mcp.json
?? AGENTS.md
?? CLAUDE.md
?? agentpkg.lock
?? agentpkg.toml

"#]]);
    scene.run("agentpkg check").prints(str![[r#"
ok: 10 files checked

"#]]);
    scene.run("agentpkg undo").succeeds();
    scene.reads("AGENTS.md", "# Ours\n");
}

#[test]
fn where_there_is_only_an_agents_md_claude_md_is_a_link_to_it() {
    let scene = guards()
        .edited("AGENTS.md", "# Ours\n")
        .edited(".claude/own.md", "# Ours\n");
    scene.git(&["add", "--all"]);
    scene.git(&["commit", "-qm", "ours"]);
    scene.run("agentpkg install guards").prints(str![[r#"
installed guards 1.0.0
  added       9 files: .gitignore, .mcp.json, .claude/settings.json, .claude/hooks/ (3),
              .claude/memory/notes.md, .claude/rules/ (2)
  merged      1 file, everything of yours kept: AGENTS.md
  linked      CLAUDE.md to AGENTS.md: both are one file
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

  commit      git add .claude .gitignore .mcp.json AGENTS.md CLAUDE.md agentpkg.lock agentpkg.toml
              your teammates get all of it from git; they need no tool
  go back     agentpkg undo

"#]]);
    scene.run("readlink CLAUDE.md").prints(str![[r#"
AGENTS.md

"#]]);
    scene.reads(
        "AGENTS.md",
        str![[r#"
# Ours

<!-- BEGIN agentpkg guards -->
This repository belongs to payments.
<!-- END agentpkg guards -->

"#]],
    );
    scene.run("agentpkg install").prints(str![[r#"
nothing to do: everything is in place

"#]]);
    scene.run("agentpkg status").prints(str![[r#"
guards 1.0.0  (^1.0)
  latest      installed
  changed     nothing: every file is as it was installed

"#]]);
    // `undo` takes the link back, and `remove` does.
    scene.run("agentpkg undo").prints(str![[r#"
undid `install guards`
  removed     12 files: .gitignore, .mcp.json, agentpkg.toml, agentpkg.lock, CLAUDE.md,
              .claude/settings.json, .claude/hooks/ (3), .claude/memory/notes.md, .claude/rules/ (2)
  reverted    1 file: AGENTS.md

  redo        agentpkg undo --redo

"#]]);
    scene.reads("AGENTS.md", "# Ours\n").absent("CLAUDE.md");
    scene.run("agentpkg undo --redo").prints(str![[r#"
did `install guards` again
  restored    12 files: .gitignore, .mcp.json, agentpkg.toml, agentpkg.lock, CLAUDE.md,
              .claude/settings.json, .claude/hooks/ (3), .claude/memory/notes.md, .claude/rules/ (2)
  reverted    1 file: AGENTS.md

  go back     agentpkg undo

"#]]);
    scene.run("readlink CLAUDE.md && true").prints(str![[r#"
AGENTS.md

"#]]);
    scene.run("agentpkg remove guards").prints(str![[r#"
removed guards 1.0.0
  cleaned     1 shared file: AGENTS.md
  deleted     8 files: .gitignore, .mcp.json, .claude/settings.json, .claude/hooks/run,
              .claude/hooks/guards/ (2), .claude/rules/guards/ (2)
  yours now   1 file kept, no longer managed: .claude/memory/notes.md
  deleted     CLAUDE.md, the link to AGENTS.md

  commit      git add AGENTS.md agentpkg.toml
  go back     agentpkg undo

"#]]);
    scene.reads("AGENTS.md", "# Ours\n").absent("CLAUDE.md");
}

#[test]
fn a_link_that_the_team_deleted_or_replaced_is_the_teams() {
    let scene = guards().edited("AGENTS.md", "# Ours\n");
    scene.run("agentpkg install guards").succeeds();
    scene.run("rm CLAUDE.md").succeeds();
    scene.run("agentpkg install").prints(str![[r#"
nothing to do: everything is in place

"#]]);
    scene.run("agentpkg check").prints(str![[r#"
ok: 10 files checked

"#]]);
    scene.run("agentpkg status").prints(str![[r#"
guards 1.0.0  (^1.0)
  latest      installed
  changed     nothing: every file is as it was installed

  not here    CLAUDE.md, the link to AGENTS.md; you deleted it
  to have it  ln -s AGENTS.md CLAUDE.md

"#]]);
    scene.absent("CLAUDE.md");
    // Words of their own in its place: the block goes where Claude Code reads first.
    let scene = scene.edited("CLAUDE.md", "# Claude\n");
    scene.run("agentpkg install").prints(str![[r#"
followed the root instructions to `CLAUDE.md`
  merged      2 files, everything of yours kept: AGENTS.md, CLAUDE.md

  commit      git add AGENTS.md CLAUDE.md agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
    scene.reads(
        "CLAUDE.md",
        str![[r#"
# Claude

<!-- BEGIN agentpkg guards -->
This repository belongs to payments.
<!-- END agentpkg guards -->

"#]],
    );
    scene.reads("AGENTS.md", "# Ours\n");
    scene.run("agentpkg remove guards").succeeds();
    scene.reads("CLAUDE.md", "# Claude\n");
}

#[test]
fn where_git_makes_no_links_claude_md_imports_agents_md_and_becomes_a_link_where_it_does() {
    let scene = guards().edited("AGENTS.md", "# Ours\n");
    scene.run("git config core.symlinks false").succeeds();
    scene.run("agentpkg install guards").succeeds();
    scene.reads(
        "CLAUDE.md",
        str![[r#"
<!-- BEGIN agentpkg agentpkg -->
@AGENTS.md
<!-- END agentpkg agentpkg -->

<!-- BEGIN agentpkg guards -->
This repository belongs to payments.
<!-- END agentpkg guards -->

"#]],
    );
    scene.run("agentpkg install").prints(str![[r#"
nothing to do: everything is in place

"#]]);
    scene.run("git config core.symlinks true").succeeds();
    scene.run("agentpkg check").succeeds();
    scene.run("agentpkg install --locked").succeeds();
    scene.run("agentpkg install").prints(str![[r#"
followed the root instructions to `AGENTS.md`, dropped the import of `AGENTS.md`, linked `CLAUDE.md`
  to `AGENTS.md`
  merged      1 file, everything of yours kept: AGENTS.md
  linked      CLAUDE.md to AGENTS.md: both are one file

  commit      git add AGENTS.md CLAUDE.md agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
    scene.run("readlink CLAUDE.md && true").prints(str![[r#"
AGENTS.md

"#]]);
    scene.reads(
        "AGENTS.md",
        str![[r#"
# Ours

<!-- BEGIN agentpkg guards -->
This repository belongs to payments.
<!-- END agentpkg guards -->

"#]],
    );
    scene.run("agentpkg undo").prints(str![[r#"
undid `install`
  reverted    3 files: AGENTS.md, agentpkg.lock, CLAUDE.md

  redo        agentpkg undo --redo
  before it   `install guards`, which `agentpkg undo` takes back next

"#]]);
    scene.reads(
        "CLAUDE.md",
        str![[r#"
<!-- BEGIN agentpkg agentpkg -->
@AGENTS.md
<!-- END agentpkg agentpkg -->

<!-- BEGIN agentpkg guards -->
This repository belongs to payments.
<!-- END agentpkg guards -->

"#]],
    );
    // What was edited there stays where it is.
    scene.run("sed -i s/belongs/belonged/ CLAUDE.md").succeeds();
    scene.run("agentpkg install").prints(str![[r#"
nothing to do: everything is in place
  kept        1 file with your edits: CLAUDE.md

"#]]);
    scene.reads(
        "CLAUDE.md",
        str![[r#"
<!-- BEGIN agentpkg agentpkg -->
@AGENTS.md
<!-- END agentpkg agentpkg -->

<!-- BEGIN agentpkg guards -->
This repository belonged to payments.
<!-- END agentpkg guards -->

"#]],
    );
}

#[test]
fn no_link_is_made_where_git_has_the_name_or_ignores_what_it_would_lead_to() {
    // A sparse checkout leaves out what the team wrote for Claude Code.
    let scene = guards()
        .edited("AGENTS.md", "# Ours\n")
        .edited("CLAUDE.md", "# Ours, for Claude\n");
    scene.git(&["sparse-checkout", "set", "--no-cone", "/*", "!/CLAUDE.md"]);
    scene.run("agentpkg install guards").succeeds();
    scene
        .run("git diff --cached --summary && git cat-file -p :CLAUDE.md")
        .prints(str![[r#"
 create mode 100644 CLAUDE.md
# Ours, for Claude

<!-- BEGIN agentpkg guards -->
This repository belongs to payments.
<!-- END agentpkg guards -->

"#]]);
    scene.run("agentpkg undo").succeeds();
    scene.run("git cat-file -p :CLAUDE.md").prints(str![[r#"
# Ours, for Claude

"#]]);
    // Root instructions that git ignores are one person's.
    let scene = guards().edited(".gitignore", "AGENTS.md\n");
    scene.write("AGENTS.md", "# Mine\n");
    scene.run("agentpkg install guards").succeeds();
    scene
        .run("readlink CLAUDE.md || echo no link")
        .prints(str![[r#"
no link

"#]]);
}

#[test]
fn what_git_writes_where_it_makes_no_links_counts_as_the_link() {
    let scene = guards().edited("AGENTS.md", "# Ours\n");
    scene.run("agentpkg install guards").succeeds();
    scene
        .run("git config core.symlinks false && rm CLAUDE.md && printf AGENTS.md > CLAUDE.md")
        .succeeds();
    scene.run("agentpkg check").prints(str![[r#"
ok: 10 files checked

"#]]);
    let scene = scene.published("guards", "1.1.0", GUARDS);
    scene.run("agentpkg upgrade").succeeds();
    scene.reads("CLAUDE.md", "AGENTS.md");
}

#[test]
fn a_link_of_the_teams_that_is_gone_is_not_made_again() {
    let scene = guards().edited("AGENTS.md", "# Ours\n");
    scene.link("CLAUDE.md", "AGENTS.md");
    scene.run("agentpkg install guards").succeeds();
    scene.run("rm CLAUDE.md").succeeds();
    scene.run("agentpkg check").prints(str![[r#"
ok: 10 files checked

"#]]);
    scene.run("agentpkg install").prints(str![[r#"
nothing to do: everything is in place

"#]]);
    scene.absent("CLAUDE.md");
    // Nor is anything else where the team took AGENTS.md away, too.
    let scene = guards().edited("AGENTS.md", "# Ours\n");
    scene.run("agentpkg install guards").succeeds();
    scene.run("rm AGENTS.md").succeeds();
    scene.run("agentpkg install").prints(str![[r#"
updated `agentpkg.lock`
  not here    1 file still deleted, by you: AGENTS.md

  commit      git add agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
    scene.run("agentpkg status").prints(str![[r#"
guards 1.0.0  (^1.0)
  latest      installed
  deleted     1 file: AGENTS.md

"#]]);
}

#[test]
fn an_agents_md_that_is_a_link_itself_is_one_file_with_what_it_leads_to() {
    let scene = guards().edited("docs/agents.md", "# Ours\n");
    scene.link("AGENTS.md", "docs/agents.md");
    scene
        .run("agentpkg install guards --agent claude --agent codex")
        .succeeds();
    scene
        .run("readlink CLAUDE.md && cat CLAUDE.md")
        .prints(str![[r#"
AGENTS.md
# Ours

<!-- BEGIN agentpkg guards -->
This repository belongs to payments.
<!-- END agentpkg guards -->

<!-- BEGIN agentpkg guards/memory -->
Read these files of the team's memory when they matter:

- `.claude/memory/notes.md`
<!-- END agentpkg guards/memory -->

<!-- BEGIN agentpkg guards/rules/general -->
Guards are low.
<!-- END agentpkg guards/rules/general -->

<!-- BEGIN agentpkg guards/rules/tests -->
Applies to `tests/**`:

A test is a sentence.
<!-- END agentpkg guards/rules/tests -->

"#]]);
}

#[test]
fn two_registries_serve_one_repo() {
    let scene = reviewer().with_registry("lab").published(
        "tidy",
        "1.0.0",
        &[("rules/tidy.md", "Leave it tidier.\n")],
    );
    let scene = scene.edited(
        "agentpkg.toml",
        "[registries]\ndefault = { url = \"../registry\" }\nlab = { url = \"../lab\" }\n\n[templates]\nreviewer = \"*\"\ntidy = { version = \"^1\", registry = \"lab\" }\n",
    );
    scene.run("agentpkg install").prints(str![[r#"
installed reviewer 1.0.0, installed tidy 1.0.0
  added       2 files: .claude/rules/reviewer/review.md, .claude/rules/tidy/tidy.md
  registry    ../registry
              `agentpkg.toml` names it as `[SCENE]/registry`: teammates
              need a folder of that name too
  agent       Claude Code (assumed: nothing here says which agent you use)
  context     always loaded: 3 lines

  commit      git add .claude agentpkg.lock agentpkg.toml
              your teammates get all of it from git; they need no tool
  go back     agentpkg undo

"#]]);
    scene
        .run("agentpkg install && agentpkg status && agentpkg check")
        .prints(str![[r#"
nothing to do: everything is in place
reviewer 1.0.0  (*)
  latest      installed
  changed     nothing: every file is as it was installed
tidy 1.0.0  (^1)
  latest      installed
  changed     nothing: every file is as it was installed
ok: 2 files checked

"#]]);
    scene.run("agentpkg info tidy").prints(str![[r#"
tidy 1.0.0  What tidy is for
  registry    ../lab
  releases    1.0.0

  # tidy

  add         agentpkg install tidy

"#]]);
    scene.reads(
        "agentpkg.toml",
        str![[r#"
agents = ["claude"]

[registries]
default = { url = "../registry" }
lab = { url = "../lab" }

[templates]
reviewer = "*"
tidy = { version = "^1", registry = "lab" }

"#]],
    );
}

#[test]
fn what_a_person_made_a_link_is_committed_with_the_lock_that_goes_by_it() {
    let scene = guards()
        .edited("AGENTS.md", "# Ours\n")
        .edited("CLAUDE.md", "# Ours, for Claude\n")
        .installed("guards");
    scene.git(&["add", "--all"]);
    scene.git(&["commit", "-qm", "guards"]);
    scene
        .run("ln -sf AGENTS.md CLAUDE.md && agentpkg install")
        .prints(str![[r#"
followed the root instructions to `AGENTS.md`
  merged      1 file, everything of yours kept: AGENTS.md

  commit      git add AGENTS.md CLAUDE.md agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
}
