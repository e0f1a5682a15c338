//! The entries of Markdown.

use super::keyed::Keyed;
use super::{Clash, Class, Entry};
use crate::merge::marking::frontmatter;
use crate::merge::pieces::Side;
use crate::merge::text::fences::Fences;
use crate::merge::text::headings::{folded, level, title};
use crate::merge::text::rules::is_blank;

/// The depth of entries without a heading: they belong to the lines before more closely than any
/// section.
const NO_HEADING: usize = 9;

/// Returns the entries that an insertion is made of, if it is made of whole ones.
pub fn read(clash: &Clash<'_>, lines: &[&[u8]]) -> Option<Vec<Entry>> {
    if !is_prose(clash) || !is_whole(lines) {
        return None;
    }
    let mut fences = Fences::default();
    let mut sections: Vec<Entry> = Vec::new();
    let mut heading = None;
    for (index, line) in lines.iter().enumerate() {
        if let (false, Some(depth)) = (fences.are_open(), level(line)) {
            sections.push(Entry {
                name: title(line),
                class: Class::Section,
                depth,
            });
            heading = heading.or(Some(index));
        }
        fences.read(line);
    }
    let before = &lines[..heading.unwrap_or(lines.len())];
    let before = match before.iter().all(|line| is_blank(line)) {
        true => Vec::new(),
        false => list(before).unwrap_or_else(|| {
            vec![Entry {
                name: before.join(&b"\n"[..]),
                class: Class::Text,
                depth: NO_HEADING,
            }]
        }),
    };
    (!fences.are_open()).then(|| before.into_iter().chain(sections).collect())
}

/// Returns the rows, or the link definitions, of each version of a place, if it consists of those.
pub fn split(clash: &Clash<'_>, versions: &[Vec<&[u8]>; 3]) -> Option<[Vec<Keyed>; 3]> {
    let [base, ours, theirs] = &Side::ALL.map(|side| rows(clash, side));
    let rows = || {
        let rows = [base.clone()?, ours.clone()?, theirs.clone()?];
        // A table without its header is none.
        let heads = rows
            .each_ref()
            .map(|rows| rows.iter().filter(|row| row.key.starts_with(b"\0")).count());
        (heads[0] == heads[1] && heads[0] == heads[2]).then_some(rows)
    };
    let definitions = || {
        let [base, ours, theirs] = versions.each_ref().map(|lines| self::definitions(lines));
        Some([base?, ours?, theirs?])
    };
    let entries = rows().or_else(definitions)?;
    is_prose(clash).then_some(entries)
}

/// Returns the rows of a table in a place, including its header and delimiter if they are in it.
fn rows(clash: &Clash<'_>, side: Side) -> Option<Vec<Keyed>> {
    const HEADER: &[u8] = b"\0header";
    const DELIMITER: &[u8] = b"\0delimiter";
    let (text, lines) = (clash.texts.side(side), clash.lines(side));
    let mut rows = Vec::new();
    for index in lines.clone() {
        let line = text.line(index);
        let key = match () {
            () if is_delimiter(line) => DELIMITER.to_vec(),
            // The delimiter is below it.
            () if index + 1 < text.count() && is_delimiter(text.line(index + 1)) => HEADER.to_vec(),
            () => folded(first_cell(line)?),
        };
        let at = index - lines.start;
        rows.push(Keyed {
            key,
            lines: at..at + 1,
        });
    }
    Some(rows)
}

fn definitions(lines: &[&[u8]]) -> Option<Vec<Keyed>> {
    let mut definitions = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        definitions.push(Keyed {
            key: folded(label(line)?),
            lines: index..index + 1,
        });
    }
    Some(definitions)
}

/// Returns whether two lines are one row of a table, written with other padding.
pub fn is_one_row(line: &[u8], other: &[u8]) -> bool {
    let are_rows = [line, other]
        .iter()
        .all(|line| line.trim_ascii().starts_with(b"|"));
    line == other || are_rows && cells(line) == cells(other)
}

/// Returns the cells of a row, without their padding.
fn cells(line: &[u8]) -> Vec<Vec<u8>> {
    let is_delimiter = is_delimiter(line);
    let mut cells = Vec::new();
    for cell in line.trim_ascii().split(|byte| *byte == b'|') {
        cells.push(match cell.trim_ascii() {
            // The length of a delimiter doesn't matter.
            [first, .., last] if is_delimiter => vec![*first, *last],
            [only] if is_delimiter => vec![*only, *only],
            cell => cell.to_vec(),
        });
    }
    cells
}

/// Returns whether the insertions stand in the frontmatter, on both sides.
pub fn is_frontmatter(clash: &Clash<'_>) -> bool {
    [Side::Ours, Side::Theirs].into_iter().all(|side| {
        let (lines, all) = (
            clash.lines(side),
            frontmatter(clash.texts.side(side).bytes()),
        );
        lines.start > 0 && lines.end < all
    })
}

/// Returns whether the insertions stand in no code and in no frontmatter, on either side.
fn is_prose(clash: &Clash<'_>) -> bool {
    clash.is_prose(Side::Ours) && clash.is_prose(Side::Theirs)
}

/// Returns whether lines can be inserted as a whole: they close every comment that they open and no
/// other, have something below their last heading, and no underlined heading, whose level only the
/// next line would tell.
fn is_whole(lines: &[&[u8]]) -> bool {
    let last = lines.iter().rev().find(|line| !is_blank(line));
    count(lines, b"<!--") == count(lines, b"-->")
        && last.is_none_or(|line| level(line).is_none())
        && !lines
            .windows(2)
            .any(|pair| !is_blank(pair[0]) && is_underline(pair[1]))
}

fn count(lines: &[&[u8]], mark: &[u8]) -> usize {
    let counts = lines
        .iter()
        .map(|line| memchr::memmem::find_iter(line, mark).count());
    counts.sum()
}

fn is_underline(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    !line.is_empty()
        && (line.iter().all(|byte| *byte == b'=') || line.iter().all(|byte| *byte == b'-'))
}

/// Returns lines as entries of one list, if they are.
fn list(lines: &[&[u8]]) -> Option<Vec<Entry>> {
    let mut said = lines.to_vec();
    said.retain(|line| !is_blank(line));
    named_by(&said, first_cell, Class::Row)
        .or_else(|| named_by(&said, label, Class::Definition))
        .or_else(|| items(&said))
}

/// Returns lines as entries of a class, if each has a name.
fn named_by(
    lines: &[&[u8]],
    name: for<'l> fn(&'l [u8]) -> Option<&'l [u8]>,
    class: Class,
) -> Option<Vec<Entry>> {
    let mut entries = Vec::new();
    for line in lines {
        entries.push(entry(name(line)?, class));
    }
    Some(entries)
}

/// Returns the items that lines are, with what is indented below them.
fn items(lines: &[&[u8]]) -> Option<Vec<Entry>> {
    let class = mark(lines.first()?)?;
    let Class::Item(indent, _) = class else {
        return None;
    };
    let mut items = Vec::new();
    for line in lines {
        match mark(line) {
            Some(other) if other == class => items.push(entry(line, class)),
            _ if indent_of(line) > indent => {}
            _ => return None,
        }
    }
    Some(items)
}

fn entry(name: &[u8], class: Class) -> Entry {
    Entry {
        name: folded(name),
        class,
        depth: NO_HEADING,
    }
}

/// Returns the first cell of a table's row; the line below the header has none.
fn first_cell(line: &[u8]) -> Option<&[u8]> {
    let inner = line.trim_ascii().strip_prefix(b"|")?.strip_suffix(b"|")?;
    inner
        .split(|byte| *byte == b'|')
        .next()
        .filter(|_| !is_delimiter(line))
}

fn is_delimiter(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    line.starts_with(b"|")
        && line
            .iter()
            .all(|byte| matches!(byte, b'-' | b':' | b'|' | b' '))
}

/// Returns the label of a link's definition (CommonMark 0.31, section 4.7).
fn label(line: &[u8]) -> Option<&[u8]> {
    let rest = line.strip_prefix(b"[")?;
    let end = rest.iter().position(|byte| *byte == b']')?;
    rest[end..].starts_with(b"]: ").then(|| &rest[..end])
}

/// Returns the class of the item that a line starts; numbered ones have their places.
fn mark(line: &[u8]) -> Option<Class> {
    let indent = indent_of(line);
    match line.get(indent..)? {
        [mark @ (b'-' | b'*' | b'+'), b' ' | b'\t', ..] => Some(Class::Item(indent, *mark)),
        _ => None,
    }
}

fn indent_of(line: &[u8]) -> usize {
    line.iter()
        .take_while(|byte| matches!(byte, b' ' | b'\t'))
        .count()
}

#[cfg(test)]
mod tests {
    use super::super::super::Cases;
    use super::super::settle;
    use crate::merge::kind::FileKind;

    const RULE: Cases = Cases {
        settle,
        kind: FileKind::Markdown,
        symmetric: false,
    };

    #[test]
    fn items_rows_and_definitions_are_both_kept_ours_first() {
        RULE.gives(
            "- a\n",
            "- a\n- x\n  more of it\n",
            "- a\n- y\n",
            "- a\n- x\n  more of it\n- y\n",
        );
        let table = |rows: &str| format!("| a | b |\n|---|---|\n| 1 | 2 |\n{rows}");
        RULE.gives(
            &table(""),
            &table("| x | 1 |\n"),
            &table("| y | 1 |\n| z | 1 |\n"),
            &table("| x | 1 |\n| y | 1 |\n| z | 1 |\n"),
        );
        RULE.gives(
            "[a]: b\n",
            "[a]: b\n[x]: 1\n",
            "[a]: b\n[y]: 2\n",
            "[a]: b\n[x]: 1\n[y]: 2\n",
        );
    }

    #[test]
    fn sections_are_both_kept_and_what_belongs_to_the_one_before_comes_first() {
        RULE.gives(
            "a\n",
            "a\n\n## X\n\nx\n",
            "a\n\n## Y\n\ny\n",
            "a\n\n## X\n\nx\n\n## Y\n\ny\n",
        );
        let cases = [
            // A deeper section, an item of the list before, a paragraph.
            ("a\n\n### y\n\nmore\n", "a\n\n### y\n\nmore\n\n## X\n\nx\n"),
            ("a\n- y\n", "a\n- y\n\n## X\n\nx\n"),
            ("a\n\nmore\n", "a\n\nmore\n\n## X\n\nx\n"),
        ];
        for (theirs, expected) in cases {
            RULE.gives("a\n", "a\n\n## X\n\nx\n", theirs, expected);
            RULE.gives("a\n", theirs, "a\n\n## X\n\nx\n", expected);
        }
    }

    #[test]
    fn keys_of_the_frontmatter_are_both_kept() {
        let text = |keys: &str| format!("---\nname: a\n{keys}---\n\ntext\n");
        RULE.gives(
            &text(""),
            &text("x: 1\n"),
            &text("y:\n  - 1\n"),
            &text("x: 1\ny:\n  - 1\n"),
        );
        RULE.conflicts(&text(""), &text("x: 1\n"), &text("x: 2\n"));
    }

    #[test]
    fn what_has_one_name_or_no_place_of_its_own_is_a_conflict() {
        RULE.conflicts("a\n", "a\n\n## X\n\nx\n", "a\n\n## X\n\ny\n");
        RULE.conflicts("a\n", "a\n- x\n  1\n", "a\n- x\n  2\n");
        RULE.conflicts("|a|\n|-|\n", "|a|\n|-|\n|x|1|\n", "|a|\n|-|\n|x|2|\n");
        // Paragraphs and numbered items say something by their order.
        RULE.conflicts("a\n", "a\n\nx\n", "a\n\ny\n");
        RULE.conflicts("1. a\n", "1. a\n2. x\n", "1. a\n2. y\n");
        // The lists differ, and so do a list and a table.
        RULE.conflicts("a\n", "a\n- x\n", "a\n* y\n");
        RULE.conflicts("a\n", "a\n- x\n", "a\n  - y\n");
        // Code, and a sequence in the frontmatter.
        RULE.conflicts("```\na\n```\n", "```\na\n- x\n```\n", "```\na\n- y\n```\n");
        RULE.conflicts(
            "---\na:\n---\n",
            "---\na:\n- x\n---\n",
            "---\na:\n- y\n---\n",
        );
        // Two names that are one; a heading above what the other side's would take; a half of a
        // comment.
        RULE.conflicts("a\n", "a\n\n## X\n\nx\n", "a\n\n### x ##\n\ny\n");
        RULE.conflicts("[a]: b\n", "[a]: b\n[X]: 1\n", "[a]: b\n[x]: 2\n");
        RULE.conflicts("a\n\nb\n", "a\n\n## X\n\nb\n", "a\n\n## Y\n\nb\n");
        RULE.conflicts("a\n\nb\n", "a\n\n<!--\n\nb\n", "a\n\n## Y\n\ny\n\nb\n");
        RULE.conflicts("a\n", "a\n\nX\n===\n\nx\n", "a\n\n### Y\n\ny\n");
        // What goes on with the list before, and then a section.
        RULE.conflicts("- a\n", "- a\n  more\n\n## X\n\nx\n", "- a\n- y\n");
        RULE.conflicts(
            "|a|\n|-|\n",
            "|a|\n|-|\n|x|\n\n## X\n\nx\n",
            "|a|\n|-|\n\nNote.\n",
        );
        RULE.conflicts("a\n", "a\nmore\n\n## X\n\nx\n", "a\n- y\n");
        // A section that can't be told from what stands before it.
        RULE.conflicts("a\n", "a\n## X\n", "a\n## Y\n");
    }
}
