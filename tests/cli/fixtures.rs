//! Real configuration of several agents, from public repositories: a template for all agents goes
//! in beside it, everything stays readable, and when the template goes, it is as it was to the byte.

use std::fs;
use std::path::{Path, PathBuf};

use support::Scene;

/// A template with something in every file that several writers share.
const FILES: &[(&str, &str)] = &[
    (
        "template.toml",
        "[permissions]\ndeny = [\"Read(.env)\"]\nallow = [\"Bash(git status)\"]\n\n\
         [[hooks]]\nid = \"guard\"\nevent = \"before-tool\"\nrun = \"hooks/guard.sh\"\ntimeout = 5\n\n\
         [mcp.house-docs]\ncommand = \"house-docs\"\nargs = [\"--stdio\"]\n",
    ),
    ("hooks/guard.sh", "#!/bin/sh\nexit 0\n"),
    ("root.md", "## House\n\nAsk first.\n"),
    ("rules/house.md", "---\ndescription: d\n---\n\n# House\n"),
    (
        "skills/house/SKILL.md",
        "---\nname: house\ndescription: d\n---\n\nAsk.\n",
    ),
    (
        "agents/house.md",
        "---\nname: house\ndescription: d\n---\n\nAsk.\n",
    ),
];

/// Returns the files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let (mut files, mut open) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => open.push(path),
                false => files.push(path),
            }
        }
    }
    files.sort();
    files
}

/// Returns whether a file that an agent reads is one that it can read.
fn is_valid(path: &Path, bytes: &[u8]) -> bool {
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("json") => serde_json::from_slice::<serde_json::Value>(bytes).is_ok(),
        Some("toml") => toml_edit::de::from_slice::<serde_json::Value>(bytes).is_ok(),
        _ => std::str::from_utf8(bytes).is_ok(),
    }
}

#[test]
#[ignore = "needs the fixtures that AGENTPKG_AGENTS names"]
fn what_agents_are_told_in_real_repositories_stays_and_comes_back_to_the_byte() {
    let folder = std::env::var("AGENTPKG_AGENTS").expect("AGENTPKG_AGENTS names a folder");
    let fixtures = Path::new(&folder).join("fixtures");
    let mut repositories = 0;
    for repository in fs::read_dir(&fixtures).unwrap() {
        let repository = repository.unwrap().path();
        if !repository.is_dir() {
            continue;
        }
        let scene = Scene::new().published("house", "1.0.0", FILES);
        for file in files(&repository) {
            let path = file
                .strip_prefix(&repository)
                .unwrap()
                .display()
                .to_string();
            let bytes = fs::read(&file).unwrap();
            scene.write(&path, bytes);
        }
        let before = scene.tree();
        scene
            .run("agentpkg install house --agent claude --agent codex --agent cursor --agent copilot --agent gemini --agent opencode -q")
            .succeeds();
        for file in files(scene.repo()) {
            let path = file.strip_prefix(scene.repo()).unwrap();
            let was_valid = fs::read(repository.join(path));
            let was_valid = was_valid.map_or(true, |bytes| is_valid(path, &bytes));
            let is_valid = is_valid(path, &fs::read(&file).unwrap());
            assert!(
                is_valid || !was_valid || path.starts_with(".git"),
                "{}",
                file.display()
            );
        }
        scene.run("agentpkg remove house -q").succeeds();
        let mut after = scene.tree();
        after.retain(|path, _| path != Path::new("agentpkg.toml"));
        assert_eq!(after, before, "{}", repository.display());
        repositories += 1;
    }
    assert!(repositories >= 5, "{repositories} repositories");
}
