//! Real settings and real skills: no crash, and every finding was looked at.

use std::collections::{BTreeMap, BTreeSet};

use agentpkg::lint::{self, LintFinding};
use agentpkg::model::tree::{File, FileTree};
use agentpkg::store::fs;
use support::corpus;

/// Lints a repo with one file of settings, in which every script that they name is there and may be
/// executed.
fn with_scripts(path: &str, bytes: Vec<u8>) -> Vec<LintFinding> {
    let mut files = FileTree::from([(path.parse().unwrap(), File::plain(bytes))]);
    for script in lint::scripts(&files) {
        files.insert(
            script,
            File {
                bytes: b"#!/bin/sh\nexit 0\n".to_vec().into(),
                executable: true,
            },
        );
    }
    lint::repo(&files, &BTreeSet::new())
}

/// What was found in the settings, each finding read and found right.
///
/// Keys: `description` and `id` in groups, which the schema forbids, and a `timeout` and an `async`
/// that were meant for the handler. Variables: `$TOOL_NAME`, `$TOOL_INPUT` and `$TOOL_OUTPUT`,
/// which nobody sets. Timeouts: 5000 and 3000.
const IN_SETTINGS: &[(&str, &[(&str, usize)])] = &[
    (
        "LEBOCQTitouan+everything-claude-code__.claude__settings.json",
        &[("hook-no-timeout", 8), ("hook-unknown-key", 9)],
    ),
    (
        "LEBOCQTitouan+everything-claude-code__hooks__hooks.json",
        &[("hook-no-timeout", 19), ("hook-unknown-key", 47)],
    ),
    ("PackmindHub+packmind__.claude__settings.json", &[]),
    (
        "affaan-m+everything-claude-code__hooks__hooks.json",
        &[("hook-no-timeout", 10), ("hook-unknown-key", 56)],
    ),
    (
        "agentskills+agentskills__.claude__settings.json",
        &[("hook-no-timeout", 1), ("hook-relative-path", 1)],
    ),
    (
        "anthropics+claude-plugins-official__plugins__claude-security__hooks__hooks.json",
        &[("hook-no-timeout", 1)],
    ),
    (
        "anthropics+claude-plugins-official__plugins__explanatory-output-style__hooks__hooks.json",
        &[("hook-no-timeout", 1)],
    ),
    (
        "anthropics+claude-plugins-official__plugins__hookify__hooks__hooks.json",
        &[],
    ),
    (
        "anthropics+claude-plugins-official__plugins__learning-output-style__hooks__hooks.json",
        &[("hook-no-timeout", 1)],
    ),
    (
        "anthropics+claude-plugins-official__plugins__ralph-loop__hooks__hooks.json",
        &[("hook-no-timeout", 1)],
    ),
    (
        "anthropics+claude-plugins-official__plugins__security-guidance__hooks__hooks.json",
        &[("hook-no-timeout", 1)],
    ),
    (
        "astral-sh+uv__.claude__settings.json",
        &[("hook-no-timeout", 2), ("hook-relative-path", 2)],
    ),
    (
        "dyoshikawa+rulesync__.claude__settings.json",
        &[("hook-no-timeout", 1)],
    ),
    (
        "obra+superpowers__hooks__hooks.json",
        &[("hook-no-timeout", 1)],
    ),
    (
        "pr-pm+prpm__.claude__settings.json",
        &[("hook-relative-path", 2), ("hook-timeout-milliseconds", 2)],
    ),
    (
        "wshobson+agents__plugins__protect-mcp__hooks__hooks.json",
        &[("hook-no-timeout", 2), ("hook-phantom-variable", 5)],
    ),
    (
        "wshobson+agents__plugins__review-agent-governance__hooks__hooks.json",
        &[("hook-no-timeout", 2), ("hook-phantom-variable", 5)],
    ),
];

/// What was found in each release with its skills: its one hook has no timeout.
const WITH_SKILLS: &[(&str, usize)] = &[("hook-no-timeout", 1)];

fn counted(findings: &[LintFinding]) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    findings
        .iter()
        .for_each(|finding| *counts.entry(finding.rule.id()).or_default() += 1);
    counts
}

#[test]
#[ignore = "needs AGENTPKG_CORPUS, a folder of real files"]
fn real_settings() {
    let mut all: BTreeMap<String, BTreeMap<&str, usize>> = BTreeMap::new();
    for place in fs::list(&corpus().join("settings")).unwrap() {
        let name = place.file_name().unwrap().to_str().unwrap();
        let bytes = fs::read(&place).unwrap().unwrap();
        let path = match name {
            _ if name.ends_with(".schema.json") => continue,
            _ if name.ends_with(".claude__settings.json") => ".claude/settings.json",
            _ if name.ends_with("hooks__hooks.json") && !name.contains(".codex") => {
                "hooks/hooks.json"
            }
            // Of other agents: whatever is said of them, it has to be said without a crash.
            _ => {
                with_scripts(".claude/settings.json", bytes);
                continue;
            }
        };
        let findings = with_scripts(path, bytes);
        for finding in &findings {
            println!(
                "{name} {:?} {}: {} | {}",
                finding.place.line(),
                finding.rule.id(),
                finding.message,
                finding.joined_hints().unwrap_or_default()
            );
        }
        all.insert(name.to_owned(), counted(&findings));
    }
    let expected: BTreeMap<String, BTreeMap<&str, usize>> = IN_SETTINGS
        .iter()
        .map(|(name, counts)| ((*name).to_owned(), counts.iter().copied().collect()))
        .collect();
    assert_eq!(all, expected);
}

#[test]
#[ignore = "needs AGENTPKG_CORPUS, a folder of real files"]
fn real_skills() {
    for release in fs::list(&corpus().join("streams/superpowers")).unwrap() {
        let version = release.file_name().unwrap().to_str().unwrap().to_owned();
        let tree = fs::read_tree(&release).unwrap();
        let place = |path: &str| match path.split_once('/') {
            Some(("skills" | "agents" | "commands", _)) => format!(".claude/{path}"),
            _ => path.to_owned(),
        };
        let files: FileTree = tree
            .into_iter()
            .map(|(path, file)| (place(path.as_str()).parse().unwrap(), file))
            .collect();
        let findings = lint::repo(&files, &BTreeSet::new());
        for finding in &findings {
            let at = format!(
                "{version} {}:{}",
                finding.place.path,
                finding.place.line().unwrap_or_default()
            );
            println!(
                "{at} {}: {} | {}",
                finding.rule.id(),
                finding.message,
                finding.joined_hints().unwrap_or_default()
            );
        }
        assert_eq!(
            counted(&findings),
            WITH_SKILLS.iter().copied().collect(),
            "{version}"
        );
    }
}
