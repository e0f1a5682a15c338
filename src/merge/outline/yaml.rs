//! The entries of YAML: keys of block mappings, nested in each other.
//!
//! Lists, multi-line strings and everything else aren't entries. If something is read wrongly here,
//! the merge disagrees with the merge of values, and is refused.

use foldhash::HashSet;

use super::{Entry, Lines};
use crate::merge::text::lines::Text;

/// How deep entries may be nested.
const DEEPEST: usize = 64;

/// Returns the keys of a document's outermost mapping. Lines like `---` and `...` bound it.
pub fn document(text: &Text<'_>, lines: Lines) -> Option<Vec<Entry>> {
    let first = (lines.clone()).find(|index| says(text.line(*index)));
    let Some(first) = first else {
        return Some(Vec::new());
    };
    let mut entries = Vec::new();
    let mut rest = lines;
    if text.line(first).trim_ascii_end() == b"---" {
        entries.push(Entry::text(*b"---", rest.start..first, first..first + 1));
        rest.start = first + 1;
    }
    if (rest.clone()).any(|index| is_bound(text.line(index))) {
        return None;
    }
    entries.extend(mapping(text, rest, 0)?);
    Some(entries)
}

/// Returns lines as the keys of one mapping, if that is what they are. Blank lines and comments at
/// the end don't belong to it.
fn mapping(text: &Text<'_>, lines: Lines, depth: usize) -> Option<Vec<Entry>> {
    let said = || lines.clone().filter(|index| says(text.line(*index)));
    let Some(first) = said().next() else {
        return Some(Vec::new());
    };
    let indent = indent_of(text.line(first))?;
    let mut entries: Vec<Entry> = Vec::new();
    let mut end = lines.start;
    for index in said() {
        let line = text.line(index);
        let here = indent_of(line)?;
        match key(line) {
            Some(name) if here == indent => {
                entries.push(Entry::text(name, end..index, index..index + 1));
            }
            _ if here > indent && !entries.is_empty() => {}
            // A list may stand at the indent of its key.
            _ if here == indent && is_item(line) && !entries.is_empty() => {}
            _ => return None,
        }
        end = index + 1;
        let last = entries.last_mut()?;
        last.head.end = end;
        last.tail = end..end;
    }
    let mut known = HashSet::default();
    if depth > DEEPEST || !entries.iter().all(|entry| known.insert(entry.name.clone())) {
        return None;
    }
    for entry in &mut entries {
        let below = entry.head.start + 1..entry.head.end;
        let opens = text
            .line(entry.head.start)
            .split(|byte| *byte == b'#')
            .next()
            .is_some_and(|line| line.trim_ascii_end().ends_with(b":"));
        let is_list = said_in(text, &below).next().is_none_or(is_item);
        if opens && !is_list {
            entry.inner = mapping(text, below, depth + 1);
            if entry.inner.is_some() {
                entry.head.end = entry.head.start + 1;
            }
        }
    }
    Some(entries)
}

fn said_in<'t, 'a>(
    text: &'t Text<'a>,
    lines: &Lines,
) -> impl Iterator<Item = &'a [u8]> + use<'t, 'a> {
    let lines = lines.clone();
    lines
        .map(|index| text.line(index))
        .filter(|line| says(line))
}

/// Returns the key of a mapping's entry, as it is written.
fn key(line: &[u8]) -> Option<&[u8]> {
    let line = line.trim_ascii();
    let is_plain = |byte: &u8| !b"-?{}[],&*!|>%@`\"'#".contains(byte);
    let end = match line.first()? {
        quote @ (b'"' | b'\'') => {
            let close = 1 + line[1..].iter().position(|byte| byte == quote)?;
            line.get(close + 1).filter(|byte| **byte == b':')?;
            close + 1
        }
        first if is_plain(first) => {
            let is_end =
                |at: &usize| line[*at] == b':' && line.get(at + 1).is_none_or(|next| *next == b' ');
            (0..line.len()).find(is_end)?
        }
        _ => return None,
    };
    (line.get(end + 1).is_none_or(|next| *next == b' ') && end > 0).then(|| &line[..end])
}

fn is_item(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    line.starts_with(b"- ") || line == b"-"
}

/// Returns whether a line is neither blank nor a comment.
fn says(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    !line.is_empty() && !line.starts_with(b"#")
}

/// Returns whether a line starts or ends a document, or is a directive.
fn is_bound(line: &[u8]) -> bool {
    [b"---".as_slice(), b"...", b"%"]
        .iter()
        .any(|mark| line.starts_with(mark))
}

/// Returns how far a line is indented; `None` where the indent has a tab, which YAML doesn't allow.
fn indent_of(line: &[u8]) -> Option<usize> {
    let indent = line.iter().take_while(|byte| **byte == b' ').count();
    (line.get(indent) != Some(&b'\t')).then_some(indent)
}
