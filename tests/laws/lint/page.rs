//! Each rule has a section in docs/lint.md whose bad examples break it and nothing else, and whose
//! good ones break nothing.
//!
//! A fence says `bad` or `good`, the file's path, and whether it is `executable`. Fences with
//! nothing between them are one example. `utf16` says how a file is saved. `\u{…}` stands for a character; where a fence says `long` or
//! `huge`, `…` stands for more of the same.

use std::collections::BTreeSet;

use agentpkg::lint::{self, LintFinding, LintRule};
use agentpkg::model::tree::{File, FileTree};

const PAGE: &str = include_str!("../../../docs/lint.md");

struct Example {
    good: bool,
    files: FileTree,
}

/// Returns the sections of the page, by their headings. What stands in fences is none.
fn sections() -> Vec<(&'static str, String)> {
    let mut sections: Vec<(&str, String)> = Vec::new();
    let mut in_fence = false;
    for line in PAGE.lines() {
        in_fence ^= line.starts_with("```");
        match (
            line.strip_prefix("## ").filter(|_| !in_fence),
            sections.last_mut(),
        ) {
            (Some(heading), _) => sections.push((heading, String::new())),
            (None, Some((_, body))) => *body += &format!("{line}\n"),
            (None, None) => {}
        }
    }
    sections
}

fn examples(section: &str) -> Vec<Example> {
    let mut examples: Vec<Example> = Vec::new();
    let mut follows = false;
    let mut lines = section.lines();
    while let Some(line) = lines.next() {
        let Some(fence) = line
            .strip_prefix("```")
            .map(|info| info.split(' ').collect::<Vec<_>>())
        else {
            follows &= line.is_empty();
            continue;
        };
        let body: String = lines
            .by_ref()
            .take_while(|line| *line != "```")
            .map(|line| format!("{line}\n"))
            .collect();
        let [_, kind @ ("good" | "bad"), path, marks @ ..] = fence.as_slice() else {
            panic!("what is `{line}`?")
        };
        let text = decoded(&if marks.contains(&"long") {
            lengthened(&body)
        } else if marks.contains(&"huge") {
            body.replace('…', &"more of the same ".repeat(4096))
        } else {
            body
        });
        let bytes = match marks.contains(&"utf16") {
            true => utf_16(&text),
            false => text.into_bytes(),
        };
        let file = File {
            bytes: bytes.into(),
            executable: marks.contains(&"executable"),
        };
        let good = *kind == "good";
        match examples
            .last_mut()
            .filter(|last| follows && last.good == good)
        {
            Some(last) => _ = last.files.insert(decoded(path).parse().unwrap(), file),
            None => {
                examples.push(Example {
                    good,
                    files: FileTree::from([(decoded(path).parse().unwrap(), file)]),
                });
            }
        }
        follows = true;
    }
    examples
}

/// A line of its own becomes many lines, a place in a line many letters.
fn lengthened(body: &str) -> String {
    body.replace(
        "\n…\n",
        &format!("\n{}", "- More of the same.\n".repeat(200)),
    )
    .replace('…', &"more of the same ".repeat(64))
}

/// With a byte order mark, as editors of Windows save it.
fn utf_16(text: &str) -> Vec<u8> {
    let letters = std::iter::once(0xfeff).chain(text.encode_utf16());
    letters.flat_map(u16::to_le_bytes).collect()
}

fn decoded(text: &str) -> String {
    let mut parts = text.split("\\u{");
    let mut decoded = parts.next().unwrap().to_owned();
    for part in parts {
        let (code, rest) = part.split_once('}').unwrap();
        decoded.push(char::from_u32(u32::from_str_radix(code, 16).unwrap()).unwrap());
        decoded += rest;
    }
    decoded
}

fn linted(mut files: FileTree) -> Vec<LintFinding> {
    if !files.contains_key(&"template.toml".parse().unwrap()) {
        return lint::repo(&files, &BTreeSet::new());
    }
    for (path, text) in [
        ("README.md", "# Reviewer\n"),
        ("CHANGELOG.md", "## [1.0.0] - 2026-01-01\n- The first.\n"),
    ] {
        files
            .entry(path.parse().unwrap())
            .or_insert_with(|| File::plain(text));
    }
    lint::template("reviewer", files)
}

#[test]
fn each_rule_has_a_section_and_each_section_a_rule() {
    let sections: Vec<&str> = sections().into_iter().map(|(heading, _)| heading).collect();
    let rules: Vec<&str> = LintRule::ALL.iter().map(|rule| rule.id()).collect();
    assert_eq!(sections, rules);
}

#[test]
fn bad_examples_break_their_rule_alone_and_good_ones_none() {
    let mut wrong = Vec::new();
    for (heading, section) in sections() {
        let examples = examples(&section);
        for good in [true, false] {
            if examples.iter().all(|example| example.good != good) {
                wrong.push(format!(
                    "{heading} has no example that is {}",
                    if good { "good" } else { "bad" }
                ));
            }
        }
        for Example { good, files } in examples {
            let shown: Vec<String> = files.keys().map(ToString::to_string).collect();
            let found = linted(files);
            let rules: BTreeSet<&str> = found.iter().map(|finding| finding.rule.id()).collect();
            let expected = if good {
                BTreeSet::new()
            } else {
                BTreeSet::from([heading])
            };
            if rules != expected {
                wrong.push(format!("{heading}: {shown:?} gives {found:#?}"));
            }
            wrong.extend(
                found
                    .iter()
                    .filter(|one| {
                        one.message.is_empty()
                            || one.joined_hints().is_none_or(|hints| hints.is_empty())
                    })
                    .map(|one| format!("{one:?}")),
            );
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
