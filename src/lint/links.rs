//! Links and imports that lead to files which aren't there.
//!
//! Only what surely means a file is looked at: no addresses, no anchors, nothing in code, no
//! `path/to/…`.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex_lite::Regex;

use crate::agent::claude::places;
use crate::merge::Fences;
use crate::model::frontmatter;
use crate::model::path::RelPath;
use crate::model::tree::File;

use super::{LintRule, Report, Scope, is_markdown};

static LINK: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = concat!(
        // `[text](target "title")`
        r#"\]\(\s*<?([^()\s<>]+)>?(?:\s+["'(][^()]*["')])?\s*\)"#,
        // `[label]: target`, on a line of its own
        r"|^ {0,3}\[[^\]^][^\]]*\]:\s+<?([^\s<>]+)>?\s*$",
    );
    Regex::new(pattern).expect("the pattern is tested")
});

static IMPORT: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = concat!(
        r"(?:^|([\s(]))@",
        r"((?:[A-Za-z0-9_.-]+/)*[A-Za-z0-9_.-]+\.(?:md|mdx|txt|json|yaml|yml|toml))",
        r"([\s,;:.)]|$)",
    );
    Regex::new(pattern).expect("the pattern is tested")
});

/// What stands for a path in examples, and what is a person's own.
const PLACEHOLDERS: [&str; 14] = [
    "path/to", "{", "}", "$", "<", ">", "*", "…", "...", "XXX", "YYYY", "example", "your-",
    ".local.",
];

/// Checks the links of a text.
pub fn check(path: &RelPath, file: &File, scope: &Scope<'_>, report: &mut Report) {
    for Link {
        line,
        written,
        target,
        how,
    } in links(path, file)
    {
        if !scope.lacks(&target) {
            if let Written::Import {
                around: Some(letter),
            } = how
            {
                report.add(
                    LintRule::ImportInert,
                    path,
                    line,
                    format!(
                        "`@{written}` looks like an import, and the `{letter}` beside it is taken \
                         for a part of it: nothing is loaded"
                    ),
                    format!("put a space between `@{written}` and `{letter}`, or take the `@` out"),
                );
            }
            continue;
        }
        let (message, hint) = match how {
            Written::Import { .. } => (
                format!(
                    "`@{written}` imports `{target}`, which is not there: the agent reads nothing"
                ),
                "name the file as it is seen from this one, or take the import out",
            ),
            Written::Link => (
                format!("`{written}` leads to `{target}`, which is not there"),
                "name the file as it is seen from this one, or take the link out",
            ),
        };
        report.add(LintRule::LinkMissing, path, line, message, hint);
    }
}

/// Returns where the links of a text lead, inside the repo.
pub fn targets(path: &RelPath, file: &File) -> BTreeSet<RelPath> {
    links(path, file)
        .into_iter()
        .map(|link| link.target)
        .collect()
}

struct Link {
    line: usize,
    written: String,
    target: RelPath,
    how: Written,
}

#[derive(Clone, Copy)]
enum Written {
    Link,
    Import {
        /// The letter beside an import that makes it none: Claude Code takes all up to a blank for
        /// the file's name (measured with 2.1.332).
        around: Option<char>,
    },
}

impl Link {
    fn new(from: &RelPath, line: usize, written: &str, how: Written) -> Option<Self> {
        Some(Self {
            line,
            written: written.to_owned(),
            target: target(from, written)?,
            how,
        })
    }
}

fn links(path: &RelPath, file: &File) -> Vec<Link> {
    let Some(text) = file.text().filter(|_| is_markdown(path)) else {
        return Vec::new();
    };
    let parts = frontmatter::split(text);
    let may_import = places::is_root(path);
    let mut found = Vec::new();
    let mut fences = Fences::default();
    let mut in_comment = false;
    for (index, line) in parts.body.lines().enumerate() {
        let was_open = fences.are_open();
        fences.read(line.as_bytes());
        let is_comment = in_comment || line.trim_start().starts_with("<!--");
        in_comment = is_comment && !line.contains("-->");
        if was_open
            || fences.are_open()
            || is_comment
            || line.starts_with("    ")
            || line.starts_with('\t')
        {
            continue;
        }
        let prose = without_code(line);
        let line = parts.body_line + index;
        for written in linked(&prose) {
            found.extend(Link::new(path, line, written, Written::Link));
        }
        if may_import {
            for (written, around) in imported(&prose) {
                found.extend(Link::new(path, line, written, Written::Import { around }));
            }
        }
    }
    found
}

/// Returns what the links of a line lead to, as it is written.
fn linked(prose: &str) -> Vec<&str> {
    let mut written = Vec::new();
    // Most lines aren't worth the pattern.
    if prose.contains("](") || prose.trim_start().starts_with('[') {
        for captures in LINK.captures_iter(prose) {
            let target = captures.get(1).or(captures.get(2));
            written.extend(target.map(|target| target.as_str()));
        }
    }
    written
}

/// Returns what a line imports, each with the letter beside it.
fn imported(prose: &str) -> Vec<(&str, Option<char>)> {
    let mut imports = Vec::new();
    if !prose.contains('@') {
        return imports;
    }
    for captures in IMPORT.captures_iter(prose) {
        let Some(written) = captures.get(2) else {
            continue;
        };
        let beside = [captures.get(1), captures.get(3)].into_iter().flatten();
        let mut letters = beside.filter_map(|one| one.as_str().chars().next());
        let around = letters.rfind(|letter| !letter.is_whitespace());
        imports.push((written.as_str(), around));
    }
    imports
}

/// Returns a line with its code spans blanked.
fn without_code(line: &str) -> String {
    let mut prose = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(start) = rest.find('`') {
        let ticks = rest[start..]
            .bytes()
            .take_while(|byte| *byte == b'`')
            .count();
        let behind = &rest[start + ticks..];
        prose.push_str(&rest[..start]);
        let Some(end) = behind.find(&rest[start..start + ticks]) else {
            prose.push_str(behind);
            return prose;
        };
        prose.push('`');
        rest = behind[end..].trim_start_matches('`');
    }
    prose.push_str(rest);
    prose
}

/// Returns the path that a link means, seen from the file that has it.
fn target(from: &RelPath, written: &str) -> Option<RelPath> {
    let path = written.split(['#', '?']).next().unwrap_or_default();
    let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending);
    let is_file =
        ending.starts_with(|c: char| c.is_ascii_alphabetic()) && !path.starts_with(['/', '~', '@']);
    let is_address = path
        .split('/')
        .next()
        .is_some_and(|first| first.contains(':'))
        || path.starts_with("www.");
    if !is_file || is_address || PLACEHOLDERS.iter().any(|word| path.contains(word)) {
        return None;
    }
    let mut components: Vec<&str> = from.as_str().split('/').collect();
    components.pop();
    let path = path.replace("%20", " ");
    for component in path.split('/') {
        match component {
            "" | "." => {}
            ".." => _ = components.pop()?,
            name => components.push(name),
        }
    }
    components.join("/").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let path = crate::model::path::rel(".claude/CLAUDE.md");
        let found: Vec<String> = links(&path, &File::plain(text))
            .into_iter()
            .map(|link| link.target.to_string())
            .collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn links_are_seen_from_their_file() {
        check(
            "See [a](rules/a.md) and [b](../docs/b.md#top \"title\").",
            &[".claude/rules/a.md", "docs/b.md"],
        );
        check("![image](<a.png>)", &[".claude/a.png"]);
        check("[label]: ../docs/c.md\n", &["docs/c.md"]);
        check(
            "@../AGENTS.md\nand (@rules/x.md).",
            &["AGENTS.md", ".claude/rules/x.md"],
        );
        check("---\na: b\n---\n[a](a%20b.md)", &[".claude/a b.md"]);
    }

    #[test]
    fn what_means_no_file_is_let_be() {
        for text in [
            "[a](https://example.org/a.md) [b](mailto:team@example.org) [c](#top)",
            "[d](/root.md) <https://example.org>",
            "```\n[a](a.md)\n@a.md\n```\n",
            "`[a](a.md)` and ``@a.md``",
            "    [a](a.md)",
            "[text](url) [a](path/to/a.md) [b]({{ file }}.md) [c](...)",
            "<!-- [a](a.md)\n[b](b.md) -->",
            "[up](../../out.md)",
            "team@example.md.org @types/node @scope/package",
            "[^1]: a.md",
            "[1.2](v1.2) [a](a.)",
        ] {
            check(text, &[]);
        }
    }
}
