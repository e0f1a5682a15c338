//! How a document is laid out: its indent, its line ends, and what each line starts with.

use std::ops::Range;

#[derive(Clone, Debug)]
pub struct Layout<'a> {
    text: &'a str,
    pub newline: &'static str,
    /// One level of indent.
    pub unit: &'a str,
    /// Whether everything is on one line.
    pub flat: bool,
    lines: Vec<usize>,
}

impl<'a> Layout<'a> {
    /// Returns the layout of a document's text, whose value stands at `root`, and the first value
    /// in it at `first`.
    pub fn of(text: &'a str, root: &Range<usize>, first: Option<&Range<usize>>) -> Self {
        let lead = first.map(|first| &text[root.start + 1..first.start]);
        let ends = memchr::memchr_iter(b'\n', text.as_bytes()).map(|index| index + 1);
        Self {
            text,
            newline: if text.contains("\r\n") { "\r\n" } else { "\n" },
            unit: lead
                .and_then(indent_after_newline)
                .filter(|unit| !unit.is_empty())
                .unwrap_or("  "),
            flat: lead.is_some() && !text[root.clone()].contains('\n'),
            lines: std::iter::once(0).chain(ends).collect(),
        }
    }

    /// Returns the white space that the line of `offset` starts with.
    pub fn indent(&self, offset: usize) -> &'a str {
        let line = self
            .lines
            .partition_point(|&start| start <= offset)
            .saturating_sub(1);
        let line = self.text[self.lines[line]..offset].trim_start_matches('\u{feff}');
        let end = line
            .find(|c: char| !matches!(c, ' ' | '\t'))
            .unwrap_or(line.len());
        &line[..end]
    }

    /// Returns the indent that the lines of a value are relative to: that of its closing bracket,
    /// where it stands alone.
    pub fn indent_of(&self, span: &Range<usize>) -> &'a str {
        let last = self.lines[self
            .lines
            .partition_point(|&start| start < span.end)
            .saturating_sub(1)];
        let before = self.text[last..span.end - 1].trim_start_matches('\u{feff}');
        let stands_alone =
            last > span.start && before.bytes().all(|byte| matches!(byte, b' ' | b'\t'));
        if stands_alone {
            before
        } else {
            self.indent(span.start)
        }
    }

    /// Returns whether two documents are laid out alike.
    pub fn is_like(&self, other: &Self) -> bool {
        self.unit == other.unit && self.flat == other.flat
    }
}

/// Returns what follows the last newline of a run of white space.
pub fn indent_after_newline(whitespace: &str) -> Option<&str> {
    whitespace.rsplit_once('\n').map(|(_, indent)| indent)
}
