//! Whatever stands in the files: an answer, the same one twice, and places that exist.

use std::collections::BTreeSet;

use agentpkg::lint;
use agentpkg::model::tree::{File, FileTree};
use proptest::prelude::*;

const PATHS: [&str; 8] = [
    "CLAUDE.md",
    ".claude/settings.json",
    ".mcp.json",
    ".claude/rules/a.md",
    ".claude/agents/a.md",
    ".claude/skills/a/SKILL.md",
    ".claude/hooks/a.sh",
    "template.toml",
];

/// What the rules look for, in any order.
fn text() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "---\n",
        "name: a\n",
        "paths: [",
        "]",
        "(a.md)",
        "[a]",
        "@a.md ",
        "`",
        "```\n",
        "<!--",
        "-->",
        "\u{200d}",
        "\u{e0041}",
        "\u{fe0f}",
        "\u{feff}",
        "\\u200b",
        "\"",
        "'",
        "$",
        "${",
        "$(",
        "CLAUDE_PROJECT_DIR",
        "/",
        ".claude/hooks/a.sh",
        " ",
        "\n",
        "{",
        "}",
        ":",
        ",",
        "hooks",
        "Stop",
        "exit 1",
        "AKIA",
        "password = \"",
        "ü",
        "\\",
        "<<<<<<< a\n",
        "=======\n",
        ">>>>>>> b\n",
        "[template]\n",
        "{\"hooks\": {\"Stop\": [{\"hooks\": [{\"type\": \"command\", \"command\": \"",
        "\"}]}]}}",
    ]);
    prop::collection::vec(words, 0..24).prop_map(|words| words.concat())
}

proptest! {
    #[test]
    fn anything_is_read(texts in prop::collection::vec(text(), PATHS.len())) {
        let files: FileTree = PATHS.iter().zip(&texts).map(|(path, text)| (path.parse().unwrap(), File::plain(text.as_bytes()))).collect();
        let findings = lint::repo(&files, &BTreeSet::new());
        prop_assert_eq!(&findings, &lint::repo(&files, &BTreeSet::new()));
        for finding in &findings {
            let lines = 1 + files[&finding.place.path].bytes.iter().filter(|byte| **byte == b'\n').count();
            prop_assert!(finding.place.line().is_none_or(|line| (1..=lines).contains(&line)), "{finding:?}");
            prop_assert!(!finding.message.is_empty() && finding.joined_hints().is_some_and(|hints| !hints.is_empty()));
        }
        lint::template("any", files);
    }
}
