//! Several agents in one repository: what each gets, and what becomes of it when one comes or goes.

use snapbox::str;
use support::Scene;

/// When the author of every scene's proposals wrote them.
const THEN: &str = "GIT_AUTHOR_DATE='1700000000 +0100'";

const MANIFEST: &str = "\
[permissions]
deny = [\"Read(.env)\", \"Bash(git push *)\"]
ask = [\"Bash(git log *)\"]
allow = [\"Bash(git status)\", \"Bash(git log -p *)\"]

[mcp.docs]
command = \"docs-mcp\"
env = { TOKEN = \"${TOKEN}\" }
";

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
    ("memory/words.md", "# Words\n"),
];

/// A repository with words of its own, in which Claude Code is in use.
fn house() -> Scene {
    Scene::new()
        .published("house", "1.0.0", FILES)
        .edited("AGENTS.md", "# Ours\n")
        .edited("CLAUDE.md", "# Ours, for Claude\n")
}

#[test]
fn an_agent_more_changes_nothing_of_the_others_and_goes_without_a_trace() {
    let scene = house().installed("house");
    let before = scene.tree();
    scene
        .run("agentpkg install --agent cursor --agent codex")
        .prints(str![[r#"
added Codex, Cursor
  added       9 files: .agents/skills/release/SKILL.md, .codex/config.toml,
              .codex/agents/reader.toml, .cursor/ (2), .cursor/agents/reader.md,
              .cursor/commands/tidy.md, .cursor/rules/house/ (2)
  merged      1 file, everything of yours kept: AGENTS.md
  limited     Codex: without 1 command, 2 permissions, 1 question before an action, 2 denials; 1
              rule, 1 scoped rule, 1 agent, 1 memory file in another form (-v)
              Cursor: without 1 permission, 1 question before an action; 1 command, 1 agent, 1
              permission, 2 denials, 1 memory file in another form (-v)
  told twice  Cursor: 13 lines of `AGENTS.md` and `CLAUDE.md` that it reads elsewhere, too
  can run     server    docs in .codex/config.toml       docs-mcp
              server    docs in .cursor/mcp.json         docs-mcp, with TOKEN
              allow     Shell(git:status) without asking
              setting   permissions in .cursor/cli.json  = instead of a person's own
              (trusted: registry [SCENE]/registry)

  commit      git add .agents .codex .cursor AGENTS.md agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
    let with_all = scene.tree();
    for (path, file) in &before {
        let is_told = ["AGENTS.md", "agentpkg.toml", "agentpkg.lock"];
        if !is_told.iter().any(|name| path.ends_with(name)) {
            assert_eq!(with_all.get(path), Some(file), "{}", path.display());
        }
    }
    scene.reads(
        "AGENTS.md",
        str![[r#"
# Ours

<!-- BEGIN agentpkg house -->
## House

Ask first.
<!-- END agentpkg house -->

<!-- BEGIN agentpkg house/memory -->
Read these files of the team's memory when they matter:

- `.claude/memory/words.md`
<!-- END agentpkg house/memory -->

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
    );
    scene.reads(
        ".cursor/rules/house/rust.mdc",
        str![[r#"
---
description: Rust
globs: **/*.rs,**/src/**
alwaysApply: false
---

# Rust

No panics.

"#]],
    );
    scene.reads(
        ".cursor/cli.json",
        str![[r#"
{
  "permissions": {
    "allow": [
      "Shell(git:status)"
    ],
    "deny": [
      "Read(**/.env)",
      "Read(**/.env/**)",
      "Write(**/.env)",
      "Write(**/.env/**)",
      "Shell(git:push*)"
    ]
  }
}

"#]],
    );
    scene.reads(
        ".cursor/mcp.json",
        str![[r#"
{
  "mcpServers": {
    "docs": {
      "command": "docs-mcp",
      "env": {
        "TOKEN": "${env:TOKEN}"
      }
    }
  }
}

"#]],
    );
    scene.reads(
        ".codex/agents/reader.toml",
        str![[r#"
name = "reader"
description = "Reads"
developer_instructions = '''
You read.
'''

"#]],
    );
    scene
        .run("agentpkg remove --agent cursor --agent codex")
        .succeeds();
    assert_eq!(scene.tree(), before);
    scene.run("agentpkg undo").succeeds();
    assert_eq!(scene.tree(), with_all);
}

#[test]
fn the_agents_in_use_are_found_at_the_first_install() {
    let scene = Scene::new().published("house", "1.0.0", FILES).edited(
        ".cursor/rules/own.mdc",
        "---\nalwaysApply: true\n---\nOurs.\n",
    );
    scene.run("agentpkg install house").prints(str![[r#"
installed house 1.0.0
  added       9 files: AGENTS.md, .agents/skills/release/SKILL.md, .claude/memory/words.md, .cursor/
              (2), .cursor/agents/reader.md, .cursor/commands/tidy.md, .cursor/rules/house/ (2)
  registry    [SCENE]/registry, named by `AGENTPKG_REGISTRY`
              `agentpkg.toml` names it as `[SCENE]/registry`: teammates
              need a folder of that name too
  agent       Cursor (in use here)
  limited     Cursor: without 1 permission, 1 question before an action; 1 command, 1 agent, 1
              permission, 2 denials, 1 memory file in another form (-v)
  can run     server    docs in .cursor/mcp.json         docs-mcp, with TOKEN
              allow     Shell(git:status) without asking
              setting   permissions in .cursor/cli.json  = instead of a person's own
              (trusted: registry [SCENE]/registry)
  context     always loaded: 11 lines; 1 rule loads by path; 1 server may be started

  commit      git add .agents .claude .cursor AGENTS.md agentpkg.lock agentpkg.toml
              your teammates get all of it from git; they need no tool
  go back     agentpkg undo

"#]]);
    scene.reads(
        "agentpkg.toml",
        str![[r#"
agentpkg = ">=0.1"
agents = ["cursor"]

[registries.default]
url = "[SCENE]/registry"

[templates]
house = "^1.0"

"#]],
    );
}

#[test]
fn what_was_edited_for_an_agent_that_goes_stays() {
    let scene = house()
        .installed("house --agent claude --agent cursor")
        .replaced(".cursor/rules/house/git.mdc", "Two", "Two, and a half");
    scene.run("agentpkg remove --agent cursor").prints(str![[r#"
removed Cursor
  cleaned     1 shared file: AGENTS.md
  deleted     6 files: .agents/skills/release/SKILL.md, .cursor/ (2), .cursor/agents/reader.md,
              .cursor/commands/tidy.md, .cursor/rules/house/rust.mdc
  yours now   1 file kept, no longer managed: .cursor/rules/house/git.mdc
  no longer   5 denials in .cursor/cli.json
              1 setting in .cursor/cli.json
              1 setting in .cursor/agents/reader.md

  commit      git add AGENTS.md agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
}

#[test]
fn an_edit_of_any_copy_is_the_same_edit_of_the_template() {
    let all = "house --agent claude --agent codex --agent cursor";
    let mut patches = Vec::new();
    for path in [
        ".claude/rules/house/git.md",
        ".cursor/rules/house/git.mdc",
        "AGENTS.md",
    ] {
        let scene = house()
            .installed(all)
            .replaced(path, "Two", "Two, and a half");
        let ran = scene.run(&format!("{THEN} agentpkg contribute -m 'Half' --output -"));
        ran.succeeds();
        patches.push(ran.stdout());
    }
    assert!(patches[0].contains("+Two, and a half."), "{}", patches[0]);
    assert_eq!(patches[0], patches[1]);
    assert_eq!(patches[0], patches[2]);
}

#[test]
fn different_edits_of_copies_are_asked_about() {
    let scene = house()
        .installed("house --agent claude --agent codex --agent cursor")
        .replaced(".claude/rules/house/git.md", "Two", "Two, and a half")
        .replaced(".cursor/rules/house/git.mdc", "Two", "Two, or three");
    scene
        .run("agentpkg contribute -m 'Half' --output -")
        .prints(str![[r#"
(standard error)
error: there is nothing of `house` that can be proposed
  `.claude/rules/house/git.md`: `.cursor/rules/house/git.mdc` has another edit; name the one that
    you mean
  `.cursor/rules/house/git.mdc`: `.claude/rules/house/git.md` has another edit; name the one that
    you mean
note: nothing was sent
(exit code 2)

"#]]);
    let named = ".cursor/rules/house/git.mdc";
    scene
        .run(&format!(
            "{THEN} agentpkg contribute {named} -m 'Half' --output -"
        ))
        .succeeds();
}

#[test]
fn linked_root_instructions_are_one_file_with_each_block_once() {
    let scene = Scene::new()
        .published("house", "1.0.0", FILES)
        .edited("AGENTS.md", "# Ours\n")
        .linked("CLAUDE.md", "AGENTS.md")
        .installed("house --agent claude --agent codex");
    scene
        .run("grep -c BEGIN AGENTS.md; ls -l CLAUDE.md | sed 's/.* CLAUDE/CLAUDE/'")
        .prints(str![[r#"
4
CLAUDE.md -> AGENTS.md

"#]]);
}

#[test]
fn an_agent_that_nobody_knows_or_that_is_not_served_is_an_error() {
    let scene = house().installed("house");
    scene.run("agentpkg install --agent cursed").exits(2);
    scene.run("agentpkg remove --agent cursor").prints(str![[r#"
(standard error)
error: Cursor is not among the agents here: Claude Code
note: nothing was changed
(exit code 2)

"#]]);
    scene.run("agentpkg remove --agent claude").prints(str![[r#"
(standard error)
error: no agent would be left to write for
note: nothing was changed
hint: add another one first: agentpkg install --agent codex
(exit code 2)

"#]]);
}

#[test]
fn more_root_instructions_than_codex_reads_are_refused() {
    let long = "A line of ours that takes some room.\n".repeat(900);
    let scene = house()
        .edited("AGENTS.md", &long)
        .edited("sub/AGENTS.md", "# Sub\n");
    scene
        .run("agentpkg install house --agent codex")
        .prints(str![[r#"
(standard error)
error: Codex would read 32768 of 33782 bytes of root instructions, and cut the rest off
  caused by: 33304 bytes: your own text in `AGENTS.md`
  caused by: 470 bytes: `house` in `AGENTS.md`
  caused by: 6 bytes: `sub/AGENTS.md`
note: nothing was changed
hint: shorten what is yours, or set `project_doc_max_bytes = 65536` in `.codex/config.toml`, which
  Codex goes by where the project is trusted
hint: or take `codex` out of `agents` in `agentpkg.toml`, and out of the command
(exit code 2)

"#]]);
    scene.absent("agentpkg.lock");
    scene.write(".codex/config.toml", "project_doc_max_bytes = 65536\n");
    scene.run("agentpkg install house --agent codex").succeeds();
    // What lies above a part of a repository is read with it.
    let almost = "A line of ours that takes some room.\n".repeat(880);
    let scene = house().edited("AGENTS.md", &almost).edited(".codex/a", "");
    scene.folder("part");
    scene
        .run("cd part && agentpkg install house --repo .")
        .prints(str![[r#"
(standard error)
error: Codex would read 32768 of 33035 bytes of root instructions, and cut the rest off
  caused by: 32560 bytes: `../AGENTS.md`
  caused by: 470 bytes: `house` in `AGENTS.md`
  caused by: 3 bytes: your own text in `AGENTS.md`
note: nothing was changed
hint: shorten what is yours, or set `project_doc_max_bytes = 65536` in `.codex/config.toml`, which
  Codex goes by where the project is trusted
hint: or write nothing for Codex: agentpkg install house --repo . --agent claude
(exit code 2)

"#]]);
    scene
        .run("cd part && agentpkg install house --repo . --agent claude")
        .prints(str![[r#"
installed house 1.0.0
  added       9 files: .mcp.json, CLAUDE.md, .claude/settings.json, .claude/agents/reader.md,
              .claude/commands/tidy.md, .claude/memory/words.md, .claude/rules/house/ (2),
              .claude/skills/release/SKILL.md
  registry    [SCENE]/registry, named by `AGENTPKG_REGISTRY`
              `agentpkg.toml` names it as `[SCENE]/registry`: teammates
              need a folder of that name too
  agent       Claude Code (as you said); Codex in use here, too
  to add      agentpkg install --agent codex --repo .
  can run     server    docs  docs-mcp, with TOKEN
              allow     2 without asking: Bash(git status), Bash(git log -p *)
              (trusted: registry [SCENE]/registry)
  context     always loaded: 8 lines; 1 rule loads by path; 1 server may be started

  commit      git add .claude .mcp.json CLAUDE.md agentpkg.lock agentpkg.toml
              your teammates get all of it from git; they need no tool
  go back     agentpkg undo --repo .

"#]]);
}

#[test]
fn what_two_agents_read_through_a_link_is_one_file() {
    let scene = house()
        .edited(".claude/skills/own/SKILL.md", "Ours.\n")
        .linked(".agents/skills", "../.claude/skills")
        .installed("house --agent claude --agent codex");
    let skill = ".claude/skills/release/SKILL.md";
    let text = scene.text(skill);
    scene
        .run("agentpkg remove --agent codex")
        .succeeds()
        .never(".agents/skills");
    assert_eq!(scene.text(skill), text);
}

#[test]
fn hard_linked_root_instructions_keep_their_blocks_when_an_agent_goes_or_comes() {
    let all = "house --agent claude --agent codex --agent cursor";
    let scene = Scene::new()
        .published("house", "1.0.0", FILES)
        .edited("AGENTS.md", "# Ours\n");
    scene.run("ln AGENTS.md CLAUDE.md").succeeds();
    let scene = scene.installed(all);
    scene.run("agentpkg remove --agent claude").succeeds();
    let text = scene.text("AGENTS.md");
    assert!(text.contains("BEGIN agentpkg house/rules/git"), "{text}");
    assert_eq!(text, scene.text("CLAUDE.md"));
    scene.run("agentpkg install --agent claude").succeeds();
    assert_eq!(
        scene
            .text("AGENTS.md")
            .matches("BEGIN agentpkg house ")
            .count(),
        1
    );
    scene.run("agentpkg check").succeeds();
}

#[test]
fn an_agent_that_goes_leaves_nothing_to_do() {
    let scene = house().installed("house --agent claude --agent codex");
    scene.replace("AGENTS.md", "# Ours", "# Ours, and more");
    scene.run("agentpkg remove --agent codex").succeeds();
    scene.run("agentpkg check").succeeds();
    scene.run("agentpkg install --locked").succeeds();
}

#[test]
fn the_agents_of_a_lock_stay_where_agentpkg_toml_names_none() {
    let scene = house()
        .installed("house --agent claude")
        .replaced("agentpkg.toml", "agents = [\"claude\"]\n", "")
        .edited(
            ".cursor/rules/own.mdc",
            "---\nalwaysApply: true\n---\nOurs.\n",
        );
    scene.run("agentpkg install --agent codex").succeeds();
    assert!(
        scene
            .text("agentpkg.toml")
            .contains("agents = [\"claude\", \"codex\"]")
    );
    scene.replace("agentpkg.toml", "[\"claude\", \"codex\"]", "[]");
    scene
        .run("agentpkg install")
        .complains("names none")
        .exits(2);
}

#[test]
fn what_one_template_asks_for_no_other_allows_in_cursor() {
    let allows = "[permissions]\nallow = [\"Bash(git push *)\", \"Bash(git status)\"]\ndeny = [\"Bash(rm)\"]\n";
    let asks = "[permissions]\nask = [\"Bash(git push *)\"]\n";
    let scene = Scene::new()
        .published("allows", "1.0.0", &[("template.toml", allows)])
        .published("asks", "1.0.0", &[("template.toml", asks)])
        .installed("allows asks --agent claude --agent cursor");
    let lists = scene.text(".cursor/cli.json");
    assert!(lists.contains("Shell(git:status)"), "{lists}");
    assert!(!lists.contains("git:push"), "{lists}");
}

#[test]
fn an_edit_follows_a_renamed_rule_in_each_agent_s_folder() {
    let renamed = format!("{MANIFEST}\n[renames]\n\"rules/git.md\" = \"rules/pushes.md\"\n");
    let mut later: Vec<(&str, &str)> = FILES.to_vec();
    later[0].1 = &renamed;
    later[2].0 = "rules/pushes.md";
    let scene = house()
        .installed("house --agent claude --agent cursor")
        .published("house", "1.1.0", &later)
        .replaced(".claude/rules/house/git.md", "Two", "Two, and a half")
        .deleted(".cursor/rules/house/git.mdc");
    scene.run("agentpkg upgrade").succeeds();
    let rule = scene.text(".claude/rules/house/pushes.md");
    assert!(rule.contains("Two, and a half"), "{rule}");
    scene.absent(".claude/rules/house/git.md");
    scene.absent(".cursor/rules/house/pushes.mdc");
}

#[test]
fn a_link_that_became_a_file_keeps_no_block_that_is_not_its_own() {
    let scene = Scene::new()
        .published("house", "1.0.0", FILES)
        .edited("AGENTS.md", "# Ours\n")
        .linked("CLAUDE.md", "AGENTS.md")
        .installed("house --agent claude --agent codex");
    scene
        .run("rm CLAUDE.md && cp AGENTS.md CLAUDE.md && agentpkg install")
        .succeeds();
    let text = scene.text("CLAUDE.md");
    assert_eq!(text.matches("BEGIN agentpkg").count(), 1, "{text}");
    assert_eq!(scene.text("AGENTS.md").matches("BEGIN agentpkg").count(), 4);
    scene.run("agentpkg remove house").succeeds();
    scene
        .reads("CLAUDE.md", "# Ours\n")
        .reads("AGENTS.md", "# Ours\n");
}

#[test]
fn a_conflict_in_an_agent_s_own_form_is_settled_with_the_release() {
    let mut later: Vec<(&str, &str)> = FILES.to_vec();
    later[6].1 = "---\nname: reader\ndescription: Reads\n---\n\nYou read all.\n";
    let scene = house()
        .installed("house --agent codex")
        .replaced(".codex/agents/reader.toml", "You read.", "You read twice.")
        .published("house", "1.1.0", &later);
    scene.run("agentpkg upgrade").needs_a_person();
    scene.run("agentpkg resolve --upstream --all").succeeds();
    let text = scene.text(".codex/agents/reader.toml");
    assert!(text.contains("You read all."), "{text}");
    scene.run("agentpkg check").succeeds();
}

#[test]
fn a_server_of_the_teams_that_has_the_same_name_is_one_conflict_and_stays_whole() {
    let json = "{\"mcpServers\": {\"docs\": {\"type\": \"http\", \"url\": \"https://mine.example.org\"}}}\n";
    let toml = "# Ours\n[mcp_servers.docs]\nurl = \"https://mine.example.org\"\n";
    let scene = house()
        .edited(".mcp.json", json)
        .edited(".cursor/mcp.json", json)
        .edited(".codex/config.toml", toml);
    scene.run("agentpkg install house").prints(str![[r#"
installed house 1.0.0
  added       14 files: .agents/skills/release/SKILL.md, .claude/settings.json,
              .claude/agents/reader.md, .claude/commands/tidy.md, .claude/memory/words.md,
              .claude/rules/house/ (2), .claude/skills/release/SKILL.md, .codex/agents/reader.toml,
              .cursor/cli.json, 4 more (-v)
  merged      2 files, everything of yours kept: AGENTS.md, CLAUDE.md
  registry    [SCENE]/registry, named by `AGENTPKG_REGISTRY`
              `agentpkg.toml` names it as `[SCENE]/registry`: teammates
              need a folder of that name too
  agent       Claude Code, Codex, Cursor (in use here)
  limited     Codex: without 1 command, 2 permissions, 1 question before an action, 2 denials; 1
              rule, 1 scoped rule, 1 agent, 1 memory file in another form (-v)
              Cursor: without 1 permission, 1 question before an action; 1 command, 1 agent, 1
              permission, 2 denials, 1 memory file in another form (-v)
  told twice  Cursor: 13 lines of `AGENTS.md` and `CLAUDE.md` that it reads elsewhere, too
  can run     server    docs in .codex/config.toml       docs-mcp
              server    docs in .cursor/mcp.json         docs-mcp, with TOKEN
              server    docs                             docs-mcp, with TOKEN
              allow     3 without asking: Bash(git status), Shell(git:status), Bash(git log -p *)
              setting   permissions in .cursor/cli.json  = instead of a person's own
              (trusted: registry [SCENE]/registry)
  context     always loaded: Claude Code 8 lines, Codex 16 lines, Cursor 21 lines; 1 rule loads by
              path; 1 server may be started

  commit      git add .agents .claude .codex .cursor AGENTS.md CLAUDE.md agentpkg.lock agentpkg.toml
              your teammates get all of it from git; they need no tool
  go back     agentpkg undo
(standard error)
warning: 3 files have conflicts; your version was kept
  `.codex/config.toml`: `/mcp_servers/docs` is { url = "https://mine.example.org" } here and {
    command = "docs-mcp", env_vars = ["TOK… upstream
  `.cursor/mcp.json`: `/mcpServers/docs` is {"type":"http","url":"https://mine.examp… here and
    {"command":"docs-mcp","env":{"TOKEN":"${… upstream
  `.mcp.json`: `/mcpServers/docs` is {"type":"http","url":"https://mine.examp… here and
    {"command":"docs-mcp","env":{"TOKEN":"${… upstream
hint: run `agentpkg resolve`, or edit these places: an edit settles them
hint: to go back: agentpkg upgrade --abort
(exit code 1)

"#]]);
    for (path, text) in [
        (".mcp.json", json),
        (".cursor/mcp.json", json),
        (".codex/config.toml", toml),
    ] {
        scene.reads(path, text);
    }
    scene.run("agentpkg audit").prints(str![[r#"
3 problems; 7 things here can run, reach out, or are allowed without asking
  server      docs in .codex/config.toml = https://mine.example.org (house, edited since it was
              approved) 69c5201ae941
  server      docs in .cursor/mcp.json = https://mine.example.org (house, edited since it was
              approved) 6de5d8119c3d
  server      docs = https://mine.example.org (house, edited since it was approved) 1f2a1a784836
  allow       Bash(git log -p *) (house, approved) 83e17dd4152d
  allow       Bash(git status) (house, approved) 2aa5e36b3bf4
  allow       Shell(git:status) in .cursor/cli.json (house, approved) 011faf52fdbf
  setting     permissions in .cursor/cli.json = instead of a person's own (house, approved)
              1ca96848af9b
(exit code 1)

"#]]);
    // An upgrade that adds to the template's has no say in it either.
    scene.run("agentpkg resolve --local --all").prints(str![[r#"
settled 3 conflicts
  yours       3 files: .codex/config.toml, .cursor/mcp.json, .mcp.json

  commit      git add agentpkg.lock
  go back     agentpkg undo

"#]]);
    let more = MANIFEST.replace(
        "command = \"docs-mcp\"",
        "command = \"docs-mcp\"\nargs = [\"-y\"]",
    );
    let scene = scene.published(
        "house",
        "1.1.0",
        &[&[("template.toml", more.as_str())], &FILES[1..]].concat(),
    );
    scene.run("agentpkg upgrade").prints(str![[r#"
upgraded house 1.0.0 -> 1.1.0
  changelog   house 1.1.0
              - What changed
  can run     server    docs in .codex/config.toml  changed, docs-mcp -y
              server    docs in .cursor/mcp.json    changed, docs-mcp -y, with TOKEN
              server    docs                        changed, docs-mcp -y, with TOKEN
              (trusted: registry [SCENE]/registry)
  context     always loaded: Claude Code 8 lines, Codex 16 lines, Cursor 21 lines; 1 rule loads by
              path; 1 server may be started

  commit      git add agentpkg.lock agentpkg.toml
  go back     agentpkg undo
(standard error)
warning: 3 files have conflicts; your version was kept
  `.codex/config.toml`: `/mcp_servers/docs` is { url = "https://mine.example.org" } here and {
    command = "docs-mcp", args = ["-y"], e… upstream
  `.cursor/mcp.json`: `/mcpServers/docs` is {"type":"http","url":"https://mine.examp… here and
    {"command":"docs-mcp","args":["-y"],"env… upstream
  `.mcp.json`: `/mcpServers/docs` is {"type":"http","url":"https://mine.examp… here and
    {"command":"docs-mcp","args":["-y"],"env… upstream
hint: run `agentpkg resolve`, or edit these places: an edit settles them
hint: to go back: agentpkg upgrade --abort
(exit code 1)

"#]]);
    scene
        .run("agentpkg resolve .codex/config.toml --upstream")
        .prints(str![[r#"
settled 1 conflict, 2 left open
  theirs      1 file: .codex/config.toml

  commit      git add .codex agentpkg.lock
  go back     agentpkg undo
(standard error)
warning: these still wait for you
  `.cursor/mcp.json`: `/mcpServers/docs` is {"type":"http","url":"https://mine.examp… here and
    {"command":"docs-mcp","args":["-y"],"env… upstream
  `.mcp.json`: `/mcpServers/docs` is {"type":"http","url":"https://mine.examp… here and
    {"command":"docs-mcp","args":["-y"],"env… upstream
hint: agentpkg resolve
(exit code 1)

"#]]);
    scene.reads(
        ".codex/config.toml",
        str![[r##"
# Ours
[mcp_servers.docs]
command = "docs-mcp"
args = ["-y"]
env_vars = ["TOKEN"]

"##]],
    );
    scene.run("agentpkg resolve --local --all").prints(str![[r#"
settled 2 conflicts
  yours       2 files: .cursor/mcp.json, .mcp.json

  commit      git add agentpkg.lock
  go back     agentpkg undo

"#]]);
    scene.run("agentpkg remove house").prints(str![[r#"
removed house 1.1.0
  cleaned     3 shared files: .codex/config.toml, AGENTS.md, CLAUDE.md
  kept        2 files with your edits: .cursor/mcp.json, .mcp.json
  deleted     13 files: .agents/skills/release/SKILL.md, .claude/settings.json,
              .claude/agents/reader.md, .claude/commands/tidy.md, .claude/rules/house/ (2),
              .claude/skills/release/SKILL.md, .codex/agents/reader.toml, .cursor/cli.json,
              .cursor/agents/reader.md, 3 more (-v)
  yours now   1 file kept, no longer managed: .claude/memory/words.md
  note        `/mcpServers/docs` in .cursor/mcp.json: edited here and no longer managed; yours now
  note        `/mcpServers/docs` in .mcp.json: edited here and no longer managed; yours now

  commit      git add .codex AGENTS.md CLAUDE.md agentpkg.toml
  go back     agentpkg undo
(standard error)
warning: what stays here can still run, and no template has it any more
  `/mcpServers/docs` in `.cursor/mcp.json`
  `/mcpServers/docs` in `.mcp.json`
hint: take out the entries and delete the scripts that you don't want; they are yours now
(exit code 1)

"#]]);
    scene
        .reads(".mcp.json", json)
        .reads(".cursor/mcp.json", json);
    scene.reads(
        ".codex/config.toml",
        str![[r#"
# Ours

"#]],
    );
}

#[test]
fn what_another_agent_can_not_read_is_said_by_check_lint_and_audit() {
    let scene = house().installed("house");
    scene
        .run("agentpkg install --agent cursor --agent codex")
        .succeeds();
    scene.write(".cursor/cli.json", "{\n");
    scene.write(".codex/config.toml", "[mcp_servers.docs]\nargs = 3\n");
    scene.run("agentpkg check").prints(str![[r#"
1 problem found in 19 files
  invalid     `.cursor/cli.json` line 2: the file ends inside an object: Cursor's CLI can't read
              what is denied
  yours       1 file edited or deleted, as is your right: .codex/config.toml
(exit code 1)

"#]]);
    scene.run("agentpkg lint").prints(str![[r#"
1 error in 1 file; 19 files read

.cursor/cli.json
  line 2      error settings-invalid: the file ends inside an object: Cursor's CLI can't read what
              is denied
  fix         write strict JSON

  rules       each has a section in docs/lint.md
(exit code 1)

"#]]);
    scene.run("agentpkg audit").prints(str![[r#"
2 problems; 5 things here can run, reach out, or are allowed without asking
  server      docs in .codex/config.toml (house, edited since it was approved) ee833305ddf8
  server      docs in .cursor/mcp.json = docs-mcp (house, approved) e05c7464adee
  server      docs = docs-mcp (house, approved) 5ccd842edd75
  allow       Bash(git log -p *) (house, approved) 83e17dd4152d
  allow       Bash(git status) (house, approved) 2aa5e36b3bf4
(standard error)
warning: `.cursor/cli.json` line 2: Cursor's CLI can't read what is denied: the file ends inside an
  object
hint: agentpkg lint
(exit code 1)

"#]]);
    scene.run("agentpkg status").prints(str![[r#"
house 1.0.0  (^1.0)
  latest      installed
  edited      1 file: .codex/config.toml
  broken      1 file: .cursor/cli.json

  agents      Claude Code, Codex, Cursor

  see         agentpkg diff
  offer       agentpkg contribute -m "WHY"
(standard error)
warning: 1 file is broken
  `.cursor/cli.json` line 2: the file ends inside an object
hint: mend what is named, and see that all is well: agentpkg check
hint: or take the last committed, and lose what was edited since: git checkout -- .cursor/cli.json
(exit code 1)

"#]]);
    scene.run("agentpkg diff .cursor/cli.json").prints(str![[r#"
.cursor/cli.json  broken; `agentpkg check` says why

"#]]);
    scene.run("agentpkg install").prints(str![[r#"
(standard error)
error: 1 place in this repository can't be decided without you
  `.cursor/cli.json` line 2: the file ends inside an object
note: nothing was changed
hint: mend it and run the command again
(exit code 2)

"#]]);
}

#[test]
fn that_an_agent_goes_needs_no_approval_of_its_guards() {
    let many: Vec<String> = (0..12)
        .map(|number| format!("\"Read(secret-{number})\""))
        .collect();
    let manifest = format!("[permissions]\ndeny = [{}]\n", many.join(", "));
    let scene = Scene::new()
        .published("house", "1.0.0", &[("template.toml", &manifest)])
        .untrusting();
    let refused = scene.run("agentpkg install house --agent claude --agent cursor");
    refused.exits(2);
    let code = refused.code_shown();
    scene
        .run(&format!(
            "agentpkg install house --agent claude --agent cursor --approve {code}"
        ))
        .succeeds();
    scene.run("agentpkg remove --agent cursor").prints(str![[r#"
removed Cursor
  deleted     1 file: .cursor/cli.json
  no longer   48 denials in .cursor/cli.json
              1 setting in .cursor/cli.json

  commit      git add agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
    // A release that takes them away is asked about, and names them by their files.
    let scene = scene.published("house", "1.1.0", &[("root.md", "Be kind.\n")]);
    scene.run("agentpkg upgrade").prints(str![[r#"
(standard error)
error: approval needed for house 1.0.0 -> 1.1.0: 12 guards gone
  no longer   12 denials in .claude/settings.json
note: nothing was changed; `--report FILE.md` writes the text of all this
hint: agentpkg upgrade --approve 46912e80bf8491c5
(exit code 2)

"#]]);
}

#[test]
fn status_says_who_is_served_and_where_copies_say_different_things() {
    let scene = house().installed("house");
    scene
        .run("agentpkg install --agent cursor --agent codex")
        .succeeds();
    scene.replace(".cursor/rules/house/git.mdc", "Two.", "Two, and a half.");
    scene.run("agentpkg status").prints(str![[r#"
house 1.0.0  (^1.0)
  latest      installed
  edited      1 file: .cursor/rules/house/git.mdc

  agents      Claude Code, Codex, Cursor

  see         agentpkg diff
  offer       agentpkg contribute -m "WHY"
(standard error)
warning: these say different things to different agents
  rules/git.md of house: edited in `.cursor/rules/house/git.mdc`, not in
    `.claude/rules/house/git.md` and `AGENTS.md`
hint: make the edit in each of them, or offer it: a release brings it to all

"#]]);
    // The same edit in all of them is one.
    scene.replace(".claude/rules/house/git.md", "Two.", "Two, and a half.");
    scene.replace("AGENTS.md", "Two.", "Two, and a half.");
    scene.run("agentpkg status").prints(str![[r#"
house 1.0.0  (^1.0)
  latest      installed
  edited      1 file: .claude/rules/house/git.md; 2 copies for other agents

  agents      Claude Code, Codex, Cursor

  see         agentpkg diff
  offer       agentpkg contribute -m "WHY"

"#]]);
    scene.replace("AGENTS.md", "a half", "no more");
    scene.run("agentpkg status").prints(str![[r#"
house 1.0.0  (^1.0)
  latest      installed
  edited      1 file: .claude/rules/house/git.md; 2 copies for other agents

  agents      Claude Code, Codex, Cursor

  see         agentpkg diff
  offer       agentpkg contribute -m "WHY"
(standard error)
warning: these say different things to different agents
  rules/git.md of house: edited in different ways in `.claude/rules/house/git.md`,
    `.cursor/rules/house/git.mdc` and `AGENTS.md`
hint: make the edit in each of them, or offer it: a release brings it to all

"#]]);
    scene.replace("agentpkg.toml", ", \"cursor\"", "");
    scene.run("agentpkg status -v").prints(str![[r#"
house 1.0.0  (^1.0)
  latest      installed
  edited      1 file: .claude/rules/house/git.md, .cursor/rules/house/git.mdc, AGENTS.md; 2 copies
              for other agents

  agents      Claude Code, Codex, Cursor
  limited     Codex: 1 rule in sections of AGENTS.md
              Codex: 1 scoped rule in sections of AGENTS.md, read in every session
              Codex: without 1 command: Codex has none in a project
              Codex: 1 agent with the tools and the model of the session
              Codex: without 2 permissions, 1 question before an action, 2 denials: Codex asks by
              its own sandbox and rules
              Codex: 1 memory file by name in AGENTS.md, to be read when needed
              Cursor: 1 command as text in which arguments and commands aren't filled in
              Cursor: 1 agent with all tools, or for reading only, and the model of the session
              Cursor: 1 permission, 2 denials for its CLI, not the editor, instead of a person's own
              Cursor: without 1 question before an action: Cursor asks unless it is allowed
              Cursor: 1 memory file by name in AGENTS.md, to be read when needed
              Cursor: without 1 permission: Cursor can't say them without allowing more
  told twice  Cursor: 13 lines of `AGENTS.md` and `CLAUDE.md` that it reads elsewhere, too
              it costs context and nothing else; docs/agents.md says what makes it less

  see         agentpkg diff
  offer       agentpkg contribute -m "WHY"
(standard error)
warning: these say different things to different agents
  rules/git.md of house: edited in different ways in `.claude/rules/house/git.md`,
    `.cursor/rules/house/git.mdc` and `AGENTS.md`
hint: make the edit in each of them, or offer it: a release brings it to all
warning: `agentpkg.toml` names other agents: Claude Code, Codex
hint: agentpkg install

"#]]);
}

#[test]
fn a_template_is_made_of_what_each_agent_had_and_changes_none_of_it() {
    let files = [
        ("CLAUDE.md", "# House\n\nBe kind.\n"),
        (
            ".cursor/rules/ours/rust.mdc",
            "---\ndescription: Rust\nglobs: **/*.rs\nalwaysApply: false\n---\n\n# Rust\n\nNo panics.\n",
        ),
        (
            ".cursor/rules/all.mdc",
            "---\nalwaysApply: true\n---\n\nShort.\n",
        ),
        (".cursor/commands/tidy.md", "Tidy.\n"),
        (
            ".cursor/mcp.json",
            "{\"mcpServers\": {\"docs\": {\"command\": \"docs-mcp\"}}}\n",
        ),
        (
            ".codex/config.toml",
            "# Ours\nmodel = \"m\"\n\n[mcp_servers.docs]\ncommand = \"docs-mcp\"\n\n[mcp_servers.own]\ncommand = \"own\"\nenabled = false\n",
        ),
        (
            ".agents/skills/tag/SKILL.md",
            "---\nname: tag\ndescription: Tag\n---\n\nTag it.\n",
        ),
        (".cursor/hooks.json", "{\"version\": 1, \"hooks\": {}}\n"),
        (".cursorrules", "Old.\n"),
    ];
    let scene = Scene::new();
    for (path, text) in files {
        scene.write(path, text);
    }
    scene
        .run("cd .. && agentpkg new ours --from repo")
        .prints(str![[r#"
made the template ours
  files       9 files in ours: CHANGELOG.md, README.md, root.md, template.toml, commands/tidy.md,
              files/.cursor/rules/all.mdc, rules/rust.md, skills/tag/SKILL.md, tests/default.toml
  for one     files/.cursor/rules/all.mdc: below `rules/`, every agent would have them
  left out    .codex/config.toml: not all of it can be told by `[mcp.NAME]`; what can is there
  left out    .cursor/hooks.json: hooks are taken from Claude Code's settings alone
  left out    .cursorrules: put what is for all teams into `root.md`, or into a rule

  look        agentpkg lint ours
  try         agentpkg test ours
  publish     agentpkg publish ours --registry registry

"#]]);
    scene
        .run("cat ../ours/rules/rust.md ../ours/template.toml")
        .prints(str![[r#"
---
description: Rust
paths: ["**/*.rs"]
---

# Rust

No panics.
[template]
name = "ours"
version = "0.1.0"
description = "What ours is for, in one line"
agentpkg = ">=0.1"

[mcp.docs]
command = "docs-mcp"

"#]]);
    scene
        .run("cd .. && agentpkg lint ours && agentpkg test ours && agentpkg publish ours --registry registry -q")
        .prints(str![[r#"
ok: nothing found in 9 files
  in          [SCENE]/ours
ours 0.1.0: 1 test passed
  ok          tests/default.toml

"#]]);
    scene.run("agentpkg install ours").prints(str![[r#"
installed ours 0.1.0
  added       5 files: .mcp.json, AGENTS.md, .claude/commands/tidy.md, .claude/rules/ours/rust.md,
              .claude/skills/tag/SKILL.md
  merged      1 file, everything of yours kept: CLAUDE.md
  now managed 4 files, which you had already: .agents/skills/tag/SKILL.md, .cursor/commands/tidy.md,
              .cursor/rules/all.mdc, .cursor/rules/ours/rust.mdc
  now managed 3 existing files, copied from ours 0.1.0
  registry    [SCENE]/registry, named by `AGENTPKG_REGISTRY`
              `agentpkg.toml` names it as `[SCENE]/registry`: teammates
              need a folder of that name too
  agent       Claude Code, Codex, Cursor (in use here)
  limited     Codex: without 1 command; 1 scoped rule in another form (-v)
              Cursor: 1 command in another form (-v)
  told twice  Cursor: 8 lines of `AGENTS.md` and `CLAUDE.md` that it reads elsewhere, too
  can run     server    docs  docs-mcp
              (trusted: registry [SCENE]/registry)
  context     always loaded: Claude Code 3 lines, Codex 8 lines, Cursor 9 lines; 1 rule loads by
              path; 1 server may be started

  commit      git add .claude .mcp.json AGENTS.md CLAUDE.md agentpkg.lock agentpkg.toml
              your teammates get all of it from git; they need no tool
  go back     agentpkg undo

"#]]);
    for (path, text) in files {
        if path != "CLAUDE.md" {
            scene.reads(path, text);
        }
    }
    scene.reads(
        "CLAUDE.md",
        str![[r#"
<!-- BEGIN agentpkg ours -->
# House

Be kind.
<!-- END agentpkg ours -->

"#]],
    );
    scene.run("agentpkg remove ours").succeeds();
    for (path, text) in files {
        scene.reads(path, text);
    }
}

#[test]
fn what_holds_another_agent_back_is_asked_about_although_an_agent_goes() {
    let deny = |rules: &str| format!("[permissions]\ndeny = [{rules}]\n");
    let old = deny("\"Read(.env)\"");
    let scene = Scene::new()
        .published("house", "1.0.0", &[("template.toml", &old)])
        .edited("agentpkg.toml", "agents = [\"claude\", \"cursor\"]\n")
        .installed("house")
        .untrusting();
    let scene = scene.published("house", "1.1.0", &[("root.md", "Be kind.\n")]);
    scene.replace("agentpkg.toml", ", \"cursor\"", "");
    scene.run("agentpkg upgrade").prints(str![[r#"
(standard error)
error: approval needed for house 1.0.0 -> 1.1.0: 1 guard gone
  no longer   deny Read(.env)
note: nothing was changed; `--report FILE.md` writes the text of all this
hint: agentpkg upgrade --approve 6bde3d874b13c602
(exit code 2)

"#]]);
}

#[test]
fn info_says_what_the_agents_here_would_not_get() {
    let scene = house().edited(".codex/own.md", "");
    scene.run("agentpkg info house").prints(str![[r#"
house 1.0.0  What house is for
  registry    [SCENE]/registry, named by `AGENTPKG_REGISTRY`
  server      docs: docs-mcp
  denies      Read(.env), Bash(git push *)
  asks for    Bash(git log *)
  allows      Bash(git status), Bash(git log -p *)
  limited     Codex: without 1 command, 2 permissions, 1 question before an action, 2 denials; 1
              rule, 1 scoped rule, 1 agent, 1 memory file in another form (-v)
  releases    1.0.0

  # house

  add         agentpkg install house

"#]]);
    scene.write("agentpkg.toml", "agents = [\"claude\"]\n");
    scene.run("agentpkg info house -q").never("limited");
}

#[test]
fn what_an_agent_has_no_words_for_is_said_of_each_file() {
    let scene = Scene::new()
        .published(
            "house",
            "1.0.0",
            &[
                ("rules/a.md", "---\npaths: [\"!gen/**\"]\n---\n\nA.\n"),
                ("rules/b.txt", "B.\n"),
                (
                    "skills/tag/SKILL.md",
                    "---\nname: tag\ndescription: Tag\nmodel: opus\n---\n\nNow: !`git status`\n",
                ),
            ],
        )
        .edited("agentpkg.toml", "agents = [\"codex\", \"cursor\"]\n");
    scene.run("agentpkg info house -v").prints(str![[r#"
house 1.0.0  What house is for
  registry    [SCENE]/registry, named by `AGENTPKG_REGISTRY`
  limited     Codex: 1 scoped rule in sections of AGENTS.md, read in every session
              Codex: 1 skill without what only Claude Code does with its keys, commands and
              variables
              Codex: without rule rules/b.txt: its name doesn't end in `.md`
              Cursor: 1 scoped rule without the patterns that Cursor has no globs for
              Cursor: 1 skill without what only Claude Code does with its keys, commands and
              variables
              Cursor: without rule rules/b.txt: its name doesn't end in `.md`
  releases    1.0.0

  # house

  add         agentpkg install house

"#]]);
}

#[test]
fn a_folder_names_the_conflicts_in_it() {
    let scene = house().installed("house");
    scene
        .run("agentpkg install --agent cursor --agent codex")
        .succeeds();
    for path in [
        ".claude/rules/house/git.md",
        ".cursor/rules/house/git.mdc",
        "AGENTS.md",
    ] {
        scene.replace(path, "Two.", "Two, ours.");
    }
    let theirs = FILES[2].1.replace("Two.", "Two, theirs.");
    let mut files = FILES.to_vec();
    files[2] = ("rules/git.md", theirs.as_str());
    let scene = scene.published("house", "1.1.0", &files);
    scene.run("agentpkg upgrade").needs_a_person();
    scene
        .run("agentpkg resolve --upstream .cursor")
        .prints(str![[r#"
settled 1 conflict, 2 left open
  theirs      1 file: .cursor/rules/house/git.mdc

  commit      git add .cursor agentpkg.lock
  go back     agentpkg undo
(standard error)
warning: these still wait for you
  `.claude/rules/house/git.md` line 9
  `AGENTS.md` line 19
hint: agentpkg resolve
(exit code 1)

"#]]);
}
