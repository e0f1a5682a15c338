//! `new --from`: a template made of a repo's agent files, installed into that repo, adopts every
//! file and changes none, but for the marks of root instructions; other agents get what one had.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use agentpkg::agent::claude::rules;
use agentpkg::agent::taken::{self, Taken};
use agentpkg::agent::usual_facts;
use agentpkg::merge::block::Marks;
use agentpkg::model::agent::Agent;
use agentpkg::model::answers::Answers;
use agentpkg::model::path::RelPath;
use agentpkg::model::plan::FileChange;
use agentpkg::model::renderer::RENDERER;
use agentpkg::model::source::Source;
use agentpkg::model::tree::{File, FileTree};
use agentpkg::ops::steps::scenario_run;
use agentpkg::render::compose::{ComposeInputs, compose};
use agentpkg::tree::{Absence, Base, Found, Local, Row, decide};

/// Makes a template of files and installs it into them. Returns what was left out.
#[track_caller]
fn adopts(files: &FileTree) -> Vec<(RelPath, &'static str)> {
    let Taken {
        tree, left, places, ..
    } = taken::template(&"house".parse().unwrap(), files);
    let source = Source::of("house", tree).unwrap();
    let (answers, facts) = (Answers::new(), usual_facts(&Agent::ALL));
    let inputs = ComposeInputs {
        agents: &Agent::ALL,
        answers: &answers,
        facts: &facts,
        renderer: RENDERER,
    };
    let upstream = compose(std::slice::from_ref(&source), &inputs).unwrap();
    let local = |path: &RelPath| {
        let found = files
            .get(path)
            .map_or(Found::Absent(Absence::Deleted), |file| {
                Found::File(file.clone())
            });
        (path.clone(), Local::new(path.clone(), found))
    };
    let ours = upstream.files.keys().map(local).collect();
    let merge = decide(&Base::default(), &ours, &upstream, &Marks::new());
    assert_eq!(merge.refusals, [], "{:?}", source.tree);
    let is_root = |path: &RelPath| ["CLAUDE.md", "AGENTS.md"].contains(&path.as_str());
    for change in &merge.changes {
        let is_new = change.old.is_none();
        assert!(
            is_new || is_root(&change.path) || is_expected(change),
            "{change:?}"
        );
    }
    assert!(merge.conflicts.is_empty(), "{:?}", merge.conflicts);
    for path in places.iter().filter(|path| !is_root(path)) {
        let row = merge
            .rows
            .iter()
            .find(|(other, _)| other == path)
            .map(|(_, row)| *row);
        // What has nothing that a template could bring is not in it.
        assert!(
            matches!(
                row,
                Some(Row::Adopted | Row::Seed { .. } | Row::Unchanged) | None
            ) || merge
                .changes
                .iter()
                .any(|change| change.path == *path && is_expected(change)),
            "{path}: {row:?}"
        );
    }
    left
}

/// Returns whether a file of the team's is changed as each is.
fn is_expected(change: &FileChange) -> bool {
    gets_the_line_for_copilot(change) || gets_the_runner(change)
}

/// Returns whether settings get entries of the hook runner and lose nothing.
fn gets_the_runner(change: &FileChange) -> bool {
    let text = |file: &Option<File>| file.as_ref().and_then(File::text).map(str::to_owned);
    let (Some(old), Some(new)) = (text(&change.old), text(&change.new)) else {
        return false;
    };
    let mut lines = old.lines().map(|line| line.trim_end_matches(','));
    change.path.as_str() == ".claude/settings.json"
        && new.contains(".claude/hooks/run")
        && lines.all(|line| new.contains(line))
}

/// Returns whether a rule of Claude Code gets the line that each has, and stays as it is but for it.
fn gets_the_line_for_copilot(change: &FileChange) -> bool {
    let text = |file: &Option<File>| file.as_ref().and_then(File::text).map(str::to_owned);
    let (Some(old), Some(new)) = (text(&change.old), text(&change.new)) else {
        return false;
    };
    change.path.below(".claude/rules").is_some() && (rules::RULE.write)(&old) == new
}

fn tree(files: &[(&'static str, &str, bool)]) -> FileTree {
    let file = |(path, text, executable): &(&'static str, &str, bool)| {
        (
            path.parse().unwrap(),
            File {
                bytes: text.as_bytes().to_vec().into(),
                executable: *executable,
            },
        )
    };
    files.iter().map(file).collect()
}

const SETTINGS: &str = r#"{
  "$schema": "https://example.org/settings.json",
  "permissions": {"allow": ["Bash(make *)"], "deny": ["Read(.env)"], "defaultMode": "plan"},
  "env": {"CI": "1"},
  "hooks": {
    "PreToolUse": [
      {"matcher": "Bash", "hooks": [{"type": "command", "command": "\"$CLAUDE_PROJECT_DIR\"/.claude/hooks/house/guard.sh", "timeout": 10}]},
      {"hooks": [{"type": "command", "command": "\"$CLAUDE_PROJECT_DIR\"/.claude/hooks/other.sh"}, {"type": "prompt", "prompt": "Look."}]}
    ]
  }
}
"#;

#[test]
fn settings_are_taken_apart_and_every_file_is_adopted() {
    let files = tree(&[
        (".claude/settings.json", SETTINGS, false),
        (".claude/settings.local.json", "{}\n", false),
        (
            ".mcp.json",
            r#"{"mcpServers": {"docs": {"command": "docs", "args": ["--stdio"], "env": {"A": "1"}}, "far": {"url": "https://example.org"}}}"#,
            false,
        ),
        (".claude/hooks/house/guard.sh", "#!/bin/sh\n", true),
        (".claude/hooks/other.sh", "#!/bin/sh\n", true),
        (".claude/rules/a.md", "A\n", false),
        (".claude/rules/house/b.md", "B\n", false),
        (
            ".claude/skills/c/SKILL.md",
            "---\nname: c\ndescription: C\n---\n",
            false,
        ),
        (".claude/commands/d.md", "D\n", false),
        (
            ".claude/agents/e.md",
            "---\nname: e\ndescription: E\n---\n",
            false,
        ),
        (".claude/memory/f.md", "F\n", false),
        (".claude/agent-memory/e/MEMORY.md", "G\n", false),
        (".claude/skills/c/t.jinja", "{{ x }}\n", false),
        ("CLAUDE.md", "# Shop\n", false),
    ]);
    let left: Vec<String> = adopts(&files)
        .into_iter()
        .map(|(path, _)| path.to_string())
        .collect();
    assert_eq!(
        left,
        [
            ".claude/settings.local.json",
            ".claude/skills/c/t.jinja",
            ".mcp.json"
        ]
    );
    let source = taken::template(&"house".parse().unwrap(), &files).tree;
    let text = |path: &str| {
        String::from_utf8_lossy(&source[&path.parse::<RelPath>().unwrap()].bytes).into_owned()
    };
    assert_eq!(
        text("template.toml"),
        r#"[template]
name = "house"
version = "0.1.0"
description = "What house is for, in one line"
agentpkg = ">=0.1"

[[hooks]]
id = "pretooluse-guard-sh"
event = "PreToolUse"
matches = "Bash"
run = "hooks/guard.sh"
timeout = 10

[permissions]
allow = [
  "Bash(make *)",
]
deny = [
  "Read(.env)",
]

[mcp.docs]
command = "docs"
args = ["--stdio"]
env = { A = "1" }
"#
    );
    // What it says of itself holds.
    let source = Source::of("house", source).unwrap();
    for (path, scenario) in scenario_run::scenarios(&source).unwrap() {
        let tried = scenario_run::attempt(&source, &path, &scenario, None).unwrap();
        assert_eq!(tried.failures, []);
    }
}

#[test]
fn files_of_any_kind_are_adopted_or_left() {
    let settings = SETTINGS.replace('\n', "\r\n");
    let mut files = tree(&[
        (".claude/settings.json", &settings, false),
        (".claude/rules/windows.md", "a\r\nb", false),
        (".claude/commands/empty.md", "", false),
    ]);
    files.insert(
        ".claude/skills/a/logo.png".parse().unwrap(),
        File {
            bytes: vec![0, 159, 255].into(),
            executable: false,
        },
    );
    assert!(adopts(&files).is_empty());
    for broken in ["", "{ // mine\n}\n", "[]", "\u{feff}{"] {
        let left = adopts(&tree(&[
            (".claude/settings.json", broken, false),
            (".mcp.json", broken, false),
        ]));
        assert_eq!(left.len(), 2, "{broken}");
    }
}

fn read(folder: &Path, below: &str, into: &mut FileTree) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{below}/{}", path.file_name().unwrap().to_str().unwrap());
        let metadata = fs::metadata(&path).unwrap();
        if metadata.is_dir() {
            read(&path, &name, into);
        } else {
            let executable = metadata.permissions().mode() & 0o100 != 0;
            into.insert(
                name.parse().unwrap(),
                File {
                    bytes: fs::read(&path).unwrap().into(),
                    executable,
                },
            );
        }
    }
}

#[test]
fn files_of_other_agents_become_everybodys_or_are_taken_as_they_are() {
    let files = tree(&[
        (
            ".agents/skills/own/SKILL.md",
            "---\nname: own\n---\n",
            false,
        ),
        (
            ".agents/skills/both/SKILL.md",
            "---\nname: both\n---\n",
            false,
        ),
        (
            ".claude/skills/both/SKILL.md",
            "---\nname: both\n---\n",
            false,
        ),
        (
            ".claude/agents/reader.md",
            "---\nname: reader\n---\nRead.\n",
            false,
        ),
        (".codex/agents/reader.toml", "name = \"reader\"\n", false),
        (".codex/config.toml", "model = \"a\"\n", false),
        (".cursor/cli.json", "{}\n", false),
        (".cursor/mcp.json", "{\"mcpServers\": {}}\n", false),
        (
            ".cursor/rules/a.mdc",
            "---\nalwaysApply: true\n---\nA.\n",
            false,
        ),
        (
            ".cursor/rules/house/b.mdc",
            "---\nglobs: **/*.rs\nalwaysApply: false\n---\n\nB.\n",
            false,
        ),
        // In another layout than ours: as it is.
        (
            ".cursor/rules/house/c.mdc",
            "---\nalwaysApply: true\nglobs:\n---\nC.\n",
            false,
        ),
        ("CLAUDE.md", "One.\n", false),
        ("AGENTS.md", "Another.\n", false),
    ]);
    let left: Vec<String> = adopts(&files)
        .into_iter()
        .map(|(path, _)| path.to_string())
        .collect();
    assert_eq!(
        left,
        [
            ".agents/skills/both/SKILL.md",
            ".codex/config.toml",
            ".cursor/cli.json",
            "AGENTS.md",
            "CLAUDE.md",
        ]
    );
    let Taken { tree, .. } = taken::template(&"house".parse().unwrap(), &files);
    for (path, is_there) in [
        ("rules/b.md", true),
        ("files/.cursor/rules/a.mdc", true),
        ("files/.cursor/rules/house/c.mdc", true),
        ("skills/own/SKILL.md", true),
        ("skills/both/SKILL.md", true),
        // The two say different things.
        ("files/.claude/agents/reader.md", true),
        ("files/.codex/agents/reader.toml", true),
        ("root.md", false),
    ] {
        let path: RelPath = path.parse().unwrap();
        assert_eq!(tree.contains_key(&path), is_there, "{path}");
    }
}

#[test]
#[ignore = "needs AGENTPKG_CORPUS, a folder of real files"]
fn real_repos_are_adopted_whole() {
    let corpus = support::corpus();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for entry in fs::read_dir(corpus.join("settings")).unwrap() {
        let path = entry.unwrap().path();
        if path.to_string_lossy().contains("schema") {
            continue;
        }
        let files = tree(&[(
            ".claude/settings.json",
            &fs::read_to_string(&path).unwrap(),
            false,
        )]);
        *counts
            .entry(if adopts(&files).is_empty() {
                "settings"
            } else {
                "left"
            })
            .or_default() += 1;
    }
    for entry in fs::read_dir(corpus.join("streams/superpowers")).unwrap() {
        let version = entry.unwrap().path();
        let mut files = FileTree::new();
        for folder in ["skills", "commands", "agents", "hooks"] {
            if version.join(folder).is_dir() {
                read(
                    &version.join(folder),
                    &format!(".claude/{folder}"),
                    &mut files,
                );
            }
        }
        assert!(adopts(&files).is_empty());
        *counts.entry("streams").or_default() += 1;
    }
    println!("{counts:?}");
    assert!(
        counts["settings"] >= 20 && counts["streams"] == 4,
        "{counts:?}"
    );
}
