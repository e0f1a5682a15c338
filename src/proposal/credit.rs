//! The line of a changelog that says who proposed a change.

use std::fmt::Write as _;

use super::ProposalId;
use crate::merge::Fences;
use crate::model::changelog::is_unreleased;

/// Returns the changelog with the credit at the end of what isn't released yet.
///
/// Everything that was there stays to the byte, and new lines end as its first one does.
pub fn add(changelog: &str, subject: &str, name: &str, id: &ProposalId) -> String {
    let end = if changelog
        .split_inclusive('\n')
        .next()
        .is_some_and(|line| line.ends_with("\r\n"))
    {
        "\r\n"
    } else {
        "\n"
    };
    let lines: Vec<&str> = changelog.split_inclusive('\n').collect();
    let headings = headings(&lines);
    let credit = format!(
        "{} (proposed by {}, {})",
        plain(subject),
        plain(name),
        id.short()
    );
    let unreleased = headings.iter().position(|at| is_unreleased(lines[*at]));
    let (at, new) = match unreleased {
        Some(heading) => {
            let until = headings.get(heading + 1).copied().unwrap_or(lines.len());
            into_section(&lines, headings[heading], until, &credit)
        }
        None => new_section(&lines, headings.first().copied(), &format!("- {credit}")),
    };
    spliced(&lines, at, &new, end)
}

/// Returns the lines that begin a section of the second level, outside of code.
fn headings(lines: &[&str]) -> Vec<usize> {
    let mut fences = Fences::default();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        if !fences.are_open() && line.starts_with("## ") {
            found.push(at);
        }
        fences.read(line.trim_end().as_bytes());
    }
    found
}

/// Returns where the item goes in a section, and the lines to put there.
fn into_section(
    lines: &[&str],
    heading: usize,
    until: usize,
    credit: &str,
) -> (usize, Vec<String>) {
    let until = before_links(lines, heading + 1, until);
    let last = (heading + 1..until)
        .rev()
        .find_map(|at| Some((at, bullet(lines[at])?)));
    match last {
        Some((at, bullet)) => (
            end_of_item(lines, at, until),
            vec![format!("{bullet} {credit}")],
        ),
        None => {
            let at = (heading..until)
                .rev()
                .find(|at| !is_blank(lines[*at]))
                .map_or(heading + 1, |at| at + 1);
            let is_last = at >= lines.len() || is_blank(lines[at]);
            let mut new = vec![String::new(), format!("- {credit}")];
            if !is_last {
                new.push(String::new());
            }
            (at, new)
        }
    }
}

fn bullet(line: &str) -> Option<char> {
    line.chars()
        .next()
        .filter(|c| matches!(c, '-' | '*' | '+') && line[1..].starts_with(' '))
}

/// Returns the end of a section without the definitions of links that changelogs end in.
fn before_links(lines: &[&str], from: usize, until: usize) -> usize {
    let mut end = until;
    while end > from && (is_blank(lines[end - 1]) || is_link_definition(lines[end - 1])) {
        end -= 1;
    }
    end
}

fn is_link_definition(line: &str) -> bool {
    line.starts_with('[') && line.contains("]: ")
}

/// Returns the line behind a list item: what continues it is indented, or follows without an empty
/// line.
fn end_of_item(lines: &[&str], item: usize, until: usize) -> usize {
    let mut end = item + 1;
    for at in item + 1..until {
        let (line, after_blank) = (lines[at], is_blank(lines[at - 1]));
        let continues = line.starts_with([' ', '\t']) || !after_blank && !line.starts_with('#');
        if is_blank(line) {
            continue;
        }
        if !continues {
            break;
        }
        end = at + 1;
    }
    end
}

fn new_section(lines: &[&str], before: Option<usize>, item: &str) -> (usize, Vec<String>) {
    let section = ["## [Unreleased]", "", item].map(str::to_owned);
    match before {
        Some(at) => (at, section.into_iter().chain([String::new()]).collect()),
        None if lines.iter().all(|line| is_blank(line)) => (
            lines.len(),
            ["# Changelog", ""]
                .map(str::to_owned)
                .into_iter()
                .chain(section)
                .collect(),
        ),
        None => {
            let at = before_links(lines, 0, lines.len());
            let behind = (at < lines.len() && !is_blank(lines[at])).then(String::new);
            (
                at,
                [String::new()]
                    .into_iter()
                    .chain(section)
                    .chain(behind)
                    .collect(),
            )
        }
    }
}

fn is_blank(line: &str) -> bool {
    line.trim().is_empty()
}

fn spliced(lines: &[&str], at: usize, new: &[String], end: &str) -> String {
    let mut text = lines[..at].concat();
    if !text.is_empty() && !text.ends_with('\n') {
        text.push_str(end);
    }
    for line in new {
        let _ = write!(text, "{line}{end}");
    }
    text + &lines[at..].concat()
}

/// Returns a text that Markdown shows as it is. Code between single backticks stays code.
fn plain(text: &str) -> String {
    let pieces: Vec<&str> = text.split('`').collect();
    let has_code =
        pieces.len() % 2 == 1 && pieces[1..].iter().step_by(2).all(|code| !code.is_empty());
    if !has_code {
        return escaped(text);
    }
    let mut text = String::new();
    for (at, piece) in pieces.into_iter().enumerate() {
        text.push_str(&match at % 2 {
            0 => escaped(piece),
            _ => format!("`{piece}`"),
        });
    }
    text
}

fn escaped(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let mut result = String::new();
    for (at, &letter) in letters.iter().enumerate() {
        // Inside a word an underscore is only that.
        let special = match letter {
            '_' => {
                !(letters[..at].last().is_some_and(|c| c.is_alphanumeric())
                    && letters.get(at + 1).is_some_and(|c| c.is_alphanumeric()))
            }
            '\\' | '`' | '*' | '[' | ']' | '<' | '>' | '&' | '|' | '~' | '$' => true,
            // At its start a line could be a heading, a list or a rule.
            '#' | '+' | '-' | '=' => at == 0,
            '.' | ')' => at > 0 && letters[..at].iter().all(char::is_ascii_digit),
            _ => false,
        };
        if special {
            result.push('\\');
        }
        result.push(letter);
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(before: &str, after: &str) {
        let id = "p-7f3a9c00000000000000".parse().unwrap();
        assert_eq!(
            add(before, "Why", "A", &id),
            after.replace("ITEM", "Why (proposed by A, p-7f3a9c)")
        );
    }

    #[test]
    fn a_changelog_that_is_missing_begins() {
        check("", "# Changelog\n\n## [Unreleased]\n\n- ITEM\n");
        check("# Changes", "# Changes\n\n## [Unreleased]\n\n- ITEM\n");
    }

    #[test]
    fn what_is_not_released_stands_before_what_is() {
        check(
            "# C\n\nText.\n\n## [1.0.0]\n\n- x\n",
            "# C\n\nText.\n\n## [Unreleased]\n\n- ITEM\n\n## [1.0.0]\n\n- x\n",
        );
        check(
            "# C\r\n\r\n## 1\r\n",
            "# C\r\n\r\n## [Unreleased]\r\n\r\n- ITEM\r\n\r\n## 1\r\n",
        );
        check(
            "```\n## x\n```\n\n## 1\n",
            "```\n## x\n```\n\n## [Unreleased]\n\n- ITEM\n\n## 1\n",
        );
    }

    #[test]
    fn an_item_joins_the_end_of_the_list() {
        check(
            "## [Unreleased]\n\n- a\n  more\n\n## 1\n\n- b\n",
            "## [Unreleased]\n\n- a\n  more\n- ITEM\n\n## 1\n\n- b\n",
        );
        check(
            "## Unreleased\n### Added\n* a\nlazy",
            "## Unreleased\n### Added\n* a\nlazy\n* ITEM\n",
        );
        check(
            "## [Unreleased]\n- a\n\n  b\n\nText.\n",
            "## [Unreleased]\n- a\n\n  b\n- ITEM\n\nText.\n",
        );
        check(
            "## [Unreleased]\n\n## 1\n",
            "## [Unreleased]\n\n- ITEM\n\n## 1\n",
        );
        check(
            "## [Unreleased]\n## 1\n",
            "## [Unreleased]\n\n- ITEM\n\n## 1\n",
        );
        check(
            "## [Unreleased]\n\n- a\n\n[Unreleased]: x\n",
            "## [Unreleased]\n\n- a\n- ITEM\n\n[Unreleased]: x\n",
        );
        check("## [Unreleased]", "## [Unreleased]\n\n- ITEM\n");
    }

    #[test]
    fn markdown_shows_what_was_written() {
        assert_eq!(
            plain("use `a_*` in snake_case, *not* _x_"),
            "use `a_*` in snake_case, \\*not\\* \\_x\\_"
        );
        assert_eq!(plain("a ` b"), "a \\` b");
        assert_eq!(plain("``a``"), "\\`\\`a\\`\\`");
        assert_eq!(
            plain("# [a](b) <i> &amp;"),
            "\\# \\[a\\](b) \\<i\\> \\&amp;"
        );
        assert_eq!(plain("1. x"), "1\\. x");
    }
}
