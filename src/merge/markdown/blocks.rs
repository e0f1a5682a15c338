//! The lines of a Markdown text, each with its kind and with the quotes and list items around it,
//! as in CommonMark 0.31, sections 4 and 5, and with the tables of GitHub's dialect.

use std::collections::BTreeSet;

use crate::merge::marking::frontmatter;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarkdownLine<'a> {
    /// The marks before its text, in one form: `> ` for a quote, `- ` or a number for an item that
    /// starts here, two spaces for an item that goes on.
    pub prefix: Vec<u8>,
    pub leaf: Leaf,
    /// Its text, after those marks.
    pub text: &'a [u8],
}

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaf {
    Blank,
    /// Frontmatter, HTML or link definitions, which stay as they are.
    Raw,
    /// Code by its indent, with the number of columns.
    Indented(usize),
    /// A fence or code between fences, with the number of columns of its indent.
    Fenced(usize),
    Heading(usize),
    /// The line below a heading, with the heading's level.
    Underline(usize),
    /// A thematic break.
    Break,
    Row,
    /// The row below the head of a table.
    Delimiter,
    /// The first line of a paragraph.
    Paragraph,
    /// A further line of a paragraph.
    Continued,
}

/// What a line can be inside of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Container {
    Quote,
    /// An item, with the number of columns by which its lines are indented.
    Item(usize),
}

/// A block that later lines belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Open {
    Nothing,
    Paragraph,
    Table,
    /// A fence: its mark, its length, and the line that it is in.
    Fence(u8, usize, usize),
    /// HTML up to a line that contains this, or up to a blank one.
    Html(Option<&'static [u8]>),
}

/// How deeply nested quotes and items are told apart.
const DEEPEST: usize = 32;

/// How many fences that don't close are tried.
const MOST_UNCLOSED: usize = 16;

/// Reads the lines of a text, which are given without their ends. After a fence that isn't closed,
/// everything is code.
pub fn read<'a>(lines: &[&'a [u8]]) -> Vec<MarkdownLine<'a>> {
    Reader::default().all(lines)
}

/// Returns for each line of code between fences, and for the fences, the line of the opening fence.
///
/// **A fence that is still open at the end of the text doesn't count**: somebody forgot to close
/// it, and text that is appended must not become code.
pub fn fenced(lines: &[&[u8]]) -> Vec<Option<usize>> {
    let mut unclosed = BTreeSet::new();
    loop {
        let mut reader = Reader {
            no_fences: unclosed.clone(),
            ..Reader::default()
        };
        let mut start = None;
        let mut code = Vec::with_capacity(lines.len());
        reader.each(lines, |reader, line| {
            let is_code = matches!(line.leaf, Leaf::Fenced(_));
            start = match (start, reader.open) {
                (_, Open::Fence(_, _, line)) => Some(line),
                (start, _) => start,
            };
            code.push(start.filter(|_| is_code));
        });
        let Open::Fence(_, _, line) = reader.open else {
            return code;
        };
        if unclosed.len() == MOST_UNCLOSED {
            code[line..].fill(None);
            return code;
        }
        unclosed.insert(line);
    }
}

#[derive(Debug)]
struct Reader {
    containers: Vec<Container>,
    /// The delimiter of the list that goes on at each depth; bullets have one for all.
    lists: Vec<u8>,
    open: Open,
    /// Lines that look like a fence but don't count as one.
    no_fences: BTreeSet<usize>,
}

impl Default for Reader {
    fn default() -> Self {
        Self {
            containers: Vec::new(),
            lists: Vec::new(),
            open: Open::Nothing,
            no_fences: BTreeSet::new(),
        }
    }
}

impl Reader {
    fn all<'a>(&mut self, lines: &[&'a [u8]]) -> Vec<MarkdownLine<'a>> {
        let mut read: Vec<MarkdownLine<'a>> = Vec::with_capacity(lines.len());
        self.each(lines, |_, line| {
            if line.leaf == Leaf::Delimiter
                && let Some(head) = read.last_mut()
            {
                head.leaf = Leaf::Row;
            }
            read.push(line);
        });
        read
    }

    fn each<'a>(&mut self, lines: &[&'a [u8]], mut take: impl FnMut(&Self, MarkdownLine<'a>)) {
        let header = frontmatter_of(lines);
        // The text of a line that a paragraph starts with.
        let mut head = None;
        for (number, line) in lines.iter().enumerate() {
            let line = line
                .strip_prefix(b"\xef\xbb\xbf")
                .filter(|_| number == 0)
                .unwrap_or(line);
            let line = if number < header {
                MarkdownLine {
                    prefix: Vec::new(),
                    leaf: Leaf::Raw,
                    text: line,
                }
            } else {
                self.line(number, line, head)
            };
            head = (line.leaf == Leaf::Paragraph).then_some(line.text);
            take(self, line);
        }
    }

    fn line<'a>(&mut self, number: usize, line: &'a [u8], head: Option<&[u8]>) -> MarkdownLine<'a> {
        let mut cursor = Cursor::new(line);
        let mut prefix = Vec::new();
        let matched = self.matched(&mut cursor, &mut prefix);
        let is_inside = matched == self.containers.len();
        if !is_inside && matches!(self.open, Open::Fence(..) | Open::Html(_)) {
            self.open = Open::Nothing;
        }
        if let Some(leaf) = self.goes_on(&cursor) {
            return MarkdownLine {
                prefix,
                leaf,
                text: cursor.trimmed(),
            };
        }
        if cursor.is_blank() {
            self.containers.truncate(matched);
            self.open = Open::Nothing;
            return MarkdownLine {
                prefix,
                leaf: Leaf::Blank,
                text: b"",
            };
        }
        let was_open = self.open;
        let in_paragraph = was_open == Open::Paragraph || (was_open == Open::Table && is_inside);
        let opened = self.opened(&mut cursor, &mut prefix, matched, in_paragraph && is_inside);
        let goes_on = in_paragraph && !opened;
        let leaf = self.leaf(number, &cursor, goes_on, is_inside, head);
        let is_lazy = goes_on && !is_inside && leaf == Leaf::Continued;
        if is_lazy {
            prefix.clear();
            for container in &self.containers {
                prefix.extend_from_slice(container.prefix());
            }
        } else if !opened {
            self.containers.truncate(matched);
        }
        if !is_lazy {
            self.lists.truncate(self.containers.len());
        }
        MarkdownLine {
            prefix,
            leaf,
            text: cursor.trimmed(),
        }
    }

    /// Takes the marks of open containers from a line, and returns how many of them go on.
    fn matched(&self, cursor: &mut Cursor<'_>, prefix: &mut Vec<u8>) -> usize {
        let mut matched = 0;
        for container in &self.containers {
            let goes_on = match container {
                Container::Quote => cursor.take_quote(),
                Container::Item(_) if cursor.is_blank() => true,
                Container::Item(columns) => cursor.take_columns(*columns),
            };
            if !goes_on {
                break;
            }
            prefix.extend_from_slice(container.prefix());
            matched += 1;
        }
        matched
    }

    /// Returns what a line is, if it belongs to open code or HTML.
    fn goes_on(&mut self, cursor: &Cursor<'_>) -> Option<Leaf> {
        match self.open {
            Open::Fence(mark, length, _) => {
                if closes(cursor, mark, length) {
                    self.open = Open::Nothing;
                }
                Some(Leaf::Fenced(cursor.indent()))
            }
            Open::Html(Some(end)) => {
                if memchr::memmem::find(cursor.rest, end).is_some() {
                    self.open = Open::Nothing;
                }
                Some(Leaf::Raw)
            }
            Open::Html(None) if !cursor.is_blank() => Some(Leaf::Raw),
            _ => None,
        }
    }

    /// Opens the quotes and items that start in a line. Returns whether there are any.
    fn opened(
        &mut self,
        cursor: &mut Cursor<'_>,
        prefix: &mut Vec<u8>,
        matched: usize,
        in_paragraph: bool,
    ) -> bool {
        let mut opened = false;
        let mut depth = matched;
        while depth < DEEPEST && cursor.indent() <= 3 && !is_break(cursor.trimmed()) {
            let mut ahead = *cursor;
            if ahead.take_quote() {
                self.open_at(depth, Container::Quote);
                self.lists.truncate(depth);
                self.lists.push(b'>');
                prefix.extend_from_slice(b"> ");
            } else if let Some(mark) = ahead.take_mark() {
                let (is_first, is_one) = (!opened, mark.number.is_none_or(|number| number == b"1"));
                if is_first && in_paragraph && (!is_one || ahead.is_blank()) {
                    break;
                }
                self.open_at(depth, Container::Item(mark.columns));
                self.lists.truncate(depth + 1);
                let is_next = self.lists.get(depth) == Some(&mark.delimiter);
                self.lists.truncate(depth);
                self.lists.push(mark.delimiter);
                match mark.number {
                    None => prefix.extend_from_slice(b"- "),
                    Some(_) if is_next => prefix.extend_from_slice(&[b'#', mark.delimiter, b' ']),
                    Some(number) => {
                        prefix.extend_from_slice(number);
                        prefix.extend_from_slice(&[mark.delimiter, b' ']);
                    }
                }
            } else {
                break;
            }
            (*cursor, opened, depth) = (ahead, true, depth + 1);
        }
        if opened {
            self.open = Open::Nothing;
        }
        opened
    }

    fn open_at(&mut self, depth: usize, container: Container) {
        self.containers.truncate(depth);
        self.containers.push(container);
    }

    /// Returns what the rest of a line is, and records what it opens.
    fn leaf(
        &mut self,
        number: usize,
        cursor: &Cursor<'_>,
        goes_on: bool,
        is_inside: bool,
        head: Option<&[u8]>,
    ) -> Leaf {
        let (indent, text) = (cursor.indent(), cursor.trimmed());
        if indent > 3 {
            return match goes_on {
                true => Leaf::Continued,
                false => {
                    self.open = Open::Nothing;
                    Leaf::Indented(indent)
                }
            };
        }
        let was_table = self.open == Open::Table;
        let (leaf, open) = if text.is_empty() {
            (Leaf::Blank, Open::Nothing)
        } else if let Some((mark, length)) =
            fence(text).filter(|_| !self.no_fences.contains(&number))
        {
            (Leaf::Fenced(indent), Open::Fence(mark, length, number))
        } else if let Some(level) = heading(text) {
            (Leaf::Heading(level), Open::Nothing)
        } else if let Some(level) = underline(text).filter(|_| goes_on && is_inside && !was_table) {
            (Leaf::Underline(level), Open::Nothing)
        } else if is_break(text) {
            (Leaf::Break, Open::Nothing)
        } else if let Some(open) = html(text, goes_on) {
            (Leaf::Raw, open)
        } else if !goes_on && is_definition(text) {
            (Leaf::Raw, Open::Nothing)
        } else if was_table && goes_on && is_inside {
            (Leaf::Row, Open::Table)
        } else if goes_on && is_inside && is_delimiter_of(text, head) {
            (Leaf::Delimiter, Open::Table)
        } else if goes_on {
            (Leaf::Continued, self.open)
        } else {
            (Leaf::Paragraph, Open::Paragraph)
        };
        self.open = open;
        leaf
    }
}

impl Container {
    fn prefix(&self) -> &'static [u8] {
        match self {
            Self::Quote => b"> ",
            Self::Item(_) => b"  ",
        }
    }
}

/// The mark that an item starts with.
struct Mark<'a> {
    /// Its number, without zeros before it.
    number: Option<&'a [u8]>,
    /// The character after the number; the same one for all bullets.
    delimiter: u8,
    /// The number of columns by which its further lines are indented.
    columns: usize,
}

/// A place in a line; a tab may be taken in part.
#[derive(Clone, Copy, Debug)]
struct Cursor<'a> {
    rest: &'a [u8],
    column: usize,
    /// The columns of a tab that are left.
    left: usize,
}

impl<'a> Cursor<'a> {
    fn new(line: &'a [u8]) -> Self {
        Self {
            rest: line,
            column: 0,
            left: 0,
        }
    }

    fn is_blank(&self) -> bool {
        self.rest.iter().all(u8::is_ascii_whitespace)
    }

    /// Returns the number of columns by which the rest is indented.
    fn indent(&self) -> usize {
        let mut column = self.column + self.left;
        for byte in self.rest {
            match byte {
                b' ' => column += 1,
                b'\t' => column += 4 - column % 4,
                _ => break,
            }
        }
        column - self.column
    }

    /// Returns the rest without white space around it.
    fn trimmed(&self) -> &'a [u8] {
        self.rest.trim_ascii_start()
    }

    /// Takes this many columns of white space, if there are as many.
    fn take_columns(&mut self, columns: usize) -> bool {
        if self.indent() < columns {
            return false;
        }
        let end = self.column + columns;
        while self.column < end {
            if self.left == 0 {
                self.left = match self.rest.first() {
                    Some(b'\t') => 4 - self.column % 4,
                    _ => 1,
                };
                self.rest = self.rest.get(1..).unwrap_or_default();
            }
            let taken = self.left.min(end - self.column);
            self.left -= taken;
            self.column += taken;
        }
        true
    }

    fn take_bytes(&mut self, count: usize) {
        self.column += count;
        self.rest = &self.rest[count..];
    }

    /// Takes the mark of a quote, if one is next.
    fn take_quote(&mut self) -> bool {
        let indent = self.indent();
        if indent > 3 || !self.trimmed().starts_with(b">") {
            return false;
        }
        self.take_columns(indent);
        self.take_bytes(1);
        self.take_columns(1);
        true
    }

    /// Takes the mark of an item, if one is next, and the white space after it.
    fn take_mark(&mut self) -> Option<Mark<'a>> {
        let (indent, text) = (self.indent(), self.trimmed());
        let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let delimiter = match text.get(digits)? {
            b'-' | b'*' | b'+' if digits == 0 => b'-',
            mark @ (b'.' | b')') if (1..=9).contains(&digits) => *mark,
            _ => return None,
        };
        if !matches!(text.get(digits + 1), None | Some(b' ' | b'\t')) {
            return None;
        }
        self.take_columns(indent);
        self.take_bytes(digits + 1);
        let spaces = match self.indent() {
            spaces @ 1..=4 if !self.is_blank() => spaces,
            _ => 1,
        };
        self.take_columns(spaces);
        let zeros = text[..digits]
            .iter()
            .take_while(|byte| **byte == b'0')
            .count();
        Some(Mark {
            number: (digits > 0).then(|| &text[zeros.min(digits - 1)..digits]),
            delimiter,
            columns: indent + digits + 1 + spaces,
        })
    }
}

/// Returns how many of some lines are frontmatter.
fn frontmatter_of(lines: &[&[u8]]) -> usize {
    match lines.first() {
        Some(first) if first.starts_with(b"---") || first.starts_with(b"\xef\xbb\xbf---") => {
            frontmatter(&lines.join(&b'\n')).min(lines.len())
        }
        _ => 0,
    }
}

fn fence(text: &[u8]) -> Option<(u8, usize)> {
    let mark = *text.first().filter(|mark| matches!(mark, b'`' | b'~'))?;
    let length = text.iter().take_while(|byte| **byte == mark).count();
    let is_fence = length >= 3 && !(mark == b'`' && text[length..].contains(&b'`'));
    is_fence.then_some((mark, length))
}

fn closes(cursor: &Cursor<'_>, mark: u8, length: usize) -> bool {
    let text = cursor.trimmed().trim_ascii_end();
    cursor.indent() <= 3 && text.len() >= length && text.iter().all(|byte| *byte == mark)
}

fn heading(text: &[u8]) -> Option<usize> {
    let level = text.iter().take_while(|byte| **byte == b'#').count();
    let is_heading =
        (1..=6).contains(&level) && matches!(text.get(level), None | Some(b' ' | b'\t'));
    is_heading.then_some(level)
}

fn underline(text: &[u8]) -> Option<usize> {
    let text = text.trim_ascii_end();
    let is_all = |mark: u8| text.iter().all(|byte| *byte == mark);
    match text.first()? {
        b'=' if is_all(b'=') => Some(1),
        b'-' if is_all(b'-') => Some(2),
        _ => None,
    }
}

fn is_break(text: &[u8]) -> bool {
    let Some(mark @ (b'*' | b'-' | b'_')) = text.first() else {
        return false;
    };
    let is_part = |byte: &u8| byte == mark || byte.is_ascii_whitespace();
    text.iter().all(is_part) && text.iter().filter(|byte| *byte == mark).count() >= 3
}

/// Returns the HTML block that a line opens, if any.
fn html(text: &[u8], in_paragraph: bool) -> Option<Open> {
    const ENDS: [(&[u8], &[u8]); 7] = [
        (b"<!--", b"-->"),
        (b"<?", b"?>"),
        (b"<![CDATA[", b"]]>"),
        (b"<script", b"</script>"),
        (b"<pre", b"</pre>"),
        (b"<style", b"</style>"),
        (b"<textarea", b"</textarea>"),
    ];
    let name = text.strip_prefix(b"<")?;
    for (start, end) in ENDS {
        if let Some(rest) = text.strip_prefix(start) {
            return Some(match memchr::memmem::find(rest, end) {
                Some(_) => Open::Nothing,
                None => Open::Html(Some(end)),
            });
        }
    }
    let name = name.strip_prefix(b"/").unwrap_or(name);
    let length = name
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'-')
        .count();
    let is_tag = name.first().is_some_and(u8::is_ascii_alphabetic)
        && matches!(name.get(length), None | Some(b' ' | b'\t' | b'>' | b'/'));
    (is_tag && !in_paragraph).then_some(Open::Html(None))
}

fn is_definition(text: &[u8]) -> bool {
    let end = text.iter().position(|byte| *byte == b']');
    text.starts_with(b"[") && end.is_some_and(|end| text.get(end + 1) == Some(&b':'))
}

/// Returns whether a line is the delimiter row of a table with this head: it has as many cells.
fn is_delimiter_of(text: &[u8], head: Option<&[u8]>) -> bool {
    let is_dashes = |cell: &&[u8]| {
        let cell = cell.strip_prefix(b":").unwrap_or(cell);
        let cell = cell.strip_suffix(b":").unwrap_or(cell);
        !cell.is_empty() && cell.iter().all(|byte| *byte == b'-')
    };
    if !text.contains(&b'|') {
        return false;
    }
    let own = cells(text);
    own.iter().all(|cell| is_dashes(&cell.trim_ascii()))
        && head.is_some_and(|head| cells(head).len() == own.len())
}

/// Returns the cells of a row. An escaped bar doesn't separate cells.
pub fn cells(row: &[u8]) -> Vec<&[u8]> {
    let row = row.trim_ascii();
    let row = row.strip_prefix(b"|").unwrap_or(row);
    let mut cells = Vec::new();
    let (mut start, mut is_escaped) = (0, false);
    for (at, byte) in row.iter().enumerate() {
        if *byte == b'|' && !is_escaped {
            cells.push(&row[start..at]);
            start = at + 1;
        }
        is_escaped = *byte == b'\\' && !is_escaped;
    }
    if start < row.len() || cells.is_empty() {
        cells.push(&row[start..]);
    }
    cells
}
