//! Markdown in one form: text that differs only in what a formatter may change is equal in it.
//!
//! | file | what it does |
//! |---|---|
//! | `blocks` | the lines, each with what it is and what it stands in |
//! | `inline` | emphasis, and what stands around it |
//!
//! A formatter writes `-` for `*`, pads tables, renumbers lists, puts `_` around emphasis, and `#`
//! before a heading instead of a line below it. **Where it isn't certain that two lines say the
//! same, they are different**: code, HTML, frontmatter, targets of links and line breaks in
//! paragraphs stay as they are.

mod blocks;
mod inline;

use std::borrow::Cow;

pub use blocks::fenced;
use blocks::{Leaf, MarkdownLine};

/// The longest paragraph that is read, in bytes: nobody writes a longer one by hand.
const LONGEST: usize = 1 << 13;

/// The form of an empty line that is part of code, HTML or frontmatter.
pub const EMPTY: &[u8] = b"\0";

/// The form of the line that underlines a heading: the heading's own form says it.
pub const UNDERLINE: &[u8] = b"\x01";

/// Returns the form of each line of a Markdown text; that of a blank line is empty. Lines are given
/// without their ends.
pub fn canonical(lines: &[&[u8]]) -> Vec<Vec<u8>> {
    let read = blocks::read(lines);
    let mut made: Vec<Vec<u8>> = Vec::with_capacity(lines.len());
    let mut at = 0;
    while at < read.len() {
        let end = at + 1 + continued(&read[at + 1..]);
        match read[at].leaf {
            Leaf::Paragraph => paragraph(&read[at..end], read.get(end), &mut made),
            _ => made.push(alone(&read[at])),
        }
        at = made.len();
    }
    made
}

/// Returns whether two Markdown texts differ in layout alone.
pub fn same_layout(one: &str, other: &str) -> bool {
    words(one) == words(other)
}

/// Returns whether a form says anything: an empty line of a quote doesn't.
pub fn speaks(line: &[u8]) -> bool {
    line.iter().any(|byte| !matches!(byte, b'>' | b' '))
}

fn words(text: &str) -> Vec<Vec<u8>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines: Vec<&[u8]> = text.lines().map(str::as_bytes).collect();
    let mut words = Vec::new();
    let is_said = |line: &Vec<u8>| speaks(line) && line != EMPTY && line != UNDERLINE;
    for line in canonical(&lines).into_iter().filter(is_said) {
        let parts = line.split(u8::is_ascii_whitespace);
        words.extend(parts.filter(|word| !word.is_empty()).map(<[u8]>::to_vec));
    }
    words
}

fn continued(lines: &[MarkdownLine<'_>]) -> usize {
    lines
        .iter()
        .take_while(|line| line.leaf == Leaf::Continued)
        .count()
}

/// Returns the form of a line that isn't part of a paragraph.
fn alone(line: &MarkdownLine<'_>) -> Vec<u8> {
    let is_empty = line.text.trim_ascii().is_empty();
    let said: Cow<'_, [u8]> = match line.leaf {
        Leaf::Raw | Leaf::Indented(_) | Leaf::Fenced(_) if is_empty => return EMPTY.to_vec(),
        Leaf::Underline(_) => return UNDERLINE.to_vec(),
        Leaf::Blank => Cow::Borrowed(b""),
        Leaf::Raw => Cow::Borrowed(line.text),
        Leaf::Indented(columns) | Leaf::Fenced(columns) => {
            Cow::Owned([b" ".repeat(columns).as_slice(), line.text].concat())
        }
        Leaf::Heading(level) => Cow::Owned(heading(level, title(line.text))),
        Leaf::Break => Cow::Borrowed(b"---"),
        Leaf::Row => Cow::Owned(row(line.text, inline::canonical)),
        Leaf::Delimiter => Cow::Owned(row(line.text, dashes)),
        Leaf::Paragraph | Leaf::Continued => Cow::Owned(inline::canonical(line.text)),
    };
    with_prefix(line, said.trim_ascii_end())
}

fn with_prefix(line: &MarkdownLine<'_>, said: &[u8]) -> Vec<u8> {
    if said.is_empty() {
        return line.prefix.trim_ascii().to_vec();
    }
    [line.prefix.as_slice(), said].concat()
}

/// Adds the forms of the lines of a paragraph, or of an underlined heading. `below` is the line
/// after them.
fn paragraph(
    lines: &[MarkdownLine<'_>],
    below: Option<&MarkdownLine<'_>>,
    made: &mut Vec<Vec<u8>>,
) {
    if let (line, Some(Leaf::Underline(level))) = (&lines[0], below.map(|line| line.leaf)) {
        made.push(with_prefix(line, &heading(level, line.text.trim_ascii())));
        made.extend(lines[1..].iter().map(|line| with_prefix(line, line.text)));
        return;
    }
    let length: usize = lines.iter().map(|line| line.text.len() + 1).sum();
    if length > LONGEST {
        made.extend(lines.iter().map(|line| with_prefix(line, line.text)));
        return;
    }
    let mut whole = Vec::with_capacity(length);
    for (index, line) in lines.iter().enumerate() {
        whole.extend_from_slice(line.text.trim_ascii_end());
        if index + 1 < lines.len() {
            // A line break, which a backslash makes, too.
            if without_return(line.text).ends_with(b"  ") {
                whole.push(b'\\');
            }
            whole.push(b'\n');
        }
    }
    let whole = inline::canonical(&whole);
    let said = whole.split(|byte| *byte == b'\n');
    made.extend(
        lines
            .iter()
            .zip(said)
            .map(|(line, said)| with_prefix(line, said)),
    );
}

fn without_return(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

fn heading(level: usize, title: &[u8]) -> Vec<u8> {
    [
        b"#".repeat(level).as_slice(),
        b" ",
        &inline::canonical(title),
    ]
    .concat()
}

/// Returns what a heading says, without the marks around it.
fn title(line: &[u8]) -> &[u8] {
    let marks = |line: &[u8]| line.iter().rev().take_while(|byte| **byte == b'#').count();
    let text = line.trim_ascii_end();
    let start = text.iter().take_while(|byte| **byte == b'#').count();
    let text = &text[start..];
    let behind = &text[..text.len() - marks(text)];
    match behind.last() {
        None | Some(b' ' | b'\t') => behind.trim_ascii(),
        Some(_) => text.trim_ascii(),
    }
}

fn row(line: &[u8], said: impl Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let mut row = b"|".to_vec();
    for cell in blocks::cells(line) {
        row.push(b' ');
        row.extend(said(cell.trim_ascii()));
        row.extend_from_slice(b" |");
    }
    row
}

/// Returns the form of a cell of a table's delimiter row: how its column is aligned.
fn dashes(cell: &[u8]) -> Vec<u8> {
    let colon = |is_there: bool| if is_there { b":".as_slice() } else { b"" };
    [
        colon(cell.starts_with(b":")),
        b"---",
        colon(cell.ends_with(b":")),
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a formatter makes of a text, and back: pairs of the same.
    const SAME: [(&str, &str); 19] = [
        ("* a\n* b\n", "- a\n- b\n"),
        ("+ a\n", "- a\n"),
        ("*   a\n    * b\n", "- a\n  - b\n"),
        ("_a_ __b__\n", "*a* **b**\n"),
        (
            "|a|b|\n|-|:-:|\n|x|1|\n",
            "| a | b   |\n| --- | :---: |\n| x | 1 |\n",
        ),
        ("a|b\n-|-\nx|1\n", "| a | b |\n| --- | --- |\n| x | 1 |\n"),
        ("a\n\n***\nb\n", "a\n\n---\n\nb\n"),
        ("a\n\n* * *\n\n___\n", "a\n\n---\n\n---\n"),
        ("Title\n=====\ntext\n", "# Title\n\ntext\n"),
        ("Title _x_\n---\n", "## Title *x*\n"),
        ("# A #\ntext\n", "# A\n\ntext\n"),
        ("1. a\n1. b\n1. c\n", "1. a\n2. b\n3. c\n"),
        ("1. a\n\n   more\n1. b\n", "1. a\n\n   more\n\n2. b\n"),
        ("a\\_b \\* c\n", "a_b * c\n"),
        ("a  \nb\n", "a\\\nb\n"),
        (">a\n>b\n", "> a\n> b\n"),
        ("- ```sh\n  x\n  ```\n", "*   ```sh\n    x\n    ```\n"),
        ("a  \n\nb\t\n", "a\n\nb\n"),
        ("- a\n\n\n- b\n", "* a\n* b\n"),
    ];

    #[test]
    fn what_a_formatter_writes_otherwise_is_the_same() {
        for (one, other) in SAME {
            assert!(same_layout(one, other), "{one:?} {other:?}");
            assert!(same_layout(&one.replace('\n', "\r\n"), other), "{one:?}");
            let quoted =
                |text: &str| -> String { text.lines().map(|line| format!("> {line}\n")).collect() };
            assert!(same_layout(&quoted(one), &quoted(other)), "{one:?}");
        }
    }

    #[test]
    fn what_says_something_else_is_not() {
        for (one, other) in [
            ("```\n* a\n```\n", "```\n- a\n```\n"),
            ("~~~~\n* a\n~~~\n* b\n", "~~~~\n* a\n~~~\n- b\n"),
            ("a\n\n    * a\n", "a\n\n    - a\n"),
            ("`_a_`\n", "`*a*`\n"),
            ("[a](_b_)\n", "[a](*b*)\n"),
            ("[a]: _b_\n", "[a]: *b*\n"),
            ("<p>\n* a\n</p>\n", "<p>\n- a\n</p>\n"),
            ("<!--\n* a\n\n* b\n-->\n", "<!--\n* a\n\n- b\n-->\n"),
            ("---\na: '*x*'\n---\n", "---\na: '_x_'\n---\n"),
            ("---\na:\n* b\n---\n", "---\na:\n- b\n---\n"),
            ("*a*\n", "**a**\n"),
            ("*a*\n", "\\*a\\*\n"),
            ("_a\n", "*a\n"),
            ("a  \nb\n", "a\nb\n"),
            ("3. a\n4. b\n", "1. a\n2. b\n"),
            ("1. a\n", "1) a\n"),
            ("1. a\n", "- a\n"),
            ("|a|\n|-|\n", "|a|\n|:-|\n"),
            ("# a\n", "## a\n"),
            ("a\n---\n", "a\n\n---\n"),
            ("- a\n", "a\n"),
            ("*a*b\n", "_a_b\n"),
        ] {
            assert!(!same_layout(one, other), "{one:?} {other:?}");
        }
    }

    #[test]
    fn code_between_fences_ends_with_what_it_stands_in() {
        for (text, code) in [
            ("a\n```\nb\n```\nc\n", "01110"),
            ("````\n```\na\n````\nb", "11110"),
            ("- ~~~\n  a\n\n  ~~~\nb", "11110"),
            // The item ends, and with it the code.
            ("- a\n  ```\n  b\nc\n", "0110"),
            ("> ```\n> a\nb\n", "110"),
            ("1. a\n\n   ```x\n   b\n   ```\n2. c\n", "001110"),
            // Not closed: no fence; what is behind it may have some.
            ("```\na\nb\n", "000"),
            ("```sh\na\n\n```sh\nb\n", "00000"),
            ("~~~\na\n```\nb\n```\n", "00111"),
            ("    ```\na\n    ```\n", "000"),
            ("``` a `b`\nc\n```\n", "000"),
        ] {
            let lines: Vec<&[u8]> = text.lines().map(str::as_bytes).collect();
            let found: String = fenced(&lines)
                .into_iter()
                .map(|fence| if fence.is_some() { '1' } else { '0' })
                .collect();
            assert_eq!(found, code, "{text:?}");
        }
    }
}
