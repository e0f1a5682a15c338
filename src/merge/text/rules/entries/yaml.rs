//! The entries of YAML mappings. The order of sequences means something, and everything else is
//! opaque.

use std::ops::Range;

use super::keyed::Keyed;
use super::{Clash, Class, Entry};
use crate::merge::pieces::Side;
use crate::merge::text::rules::is_blank;

/// Returns the keys that an insertion is made of, if it is made of whole ones, all at one indent.
pub fn read(clash: &Clash<'_>, lines: &[&[u8]]) -> Option<Vec<Entry>> {
    let indent = indent_of(lines.iter().find(|line| says(line))?);
    let entries = keys(indent, lines)?;
    let entry = |keyed: Keyed| Entry {
        name: keyed.key,
        class: Class::Key(indent),
        depth: indent,
    };
    is_mapping(clash, indent).then(|| entries.into_iter().map(entry).collect())
}

/// Returns the keys of each version of a place, if it is made of whole ones, all at one indent.
pub fn split(clash: &Clash<'_>, versions: &[Vec<&[u8]>; 3]) -> Option<[Vec<Keyed>; 3]> {
    let indent = indent_of(versions.iter().flatten().find(|line| says(line))?);
    let [base, ours, theirs] = versions.each_ref().map(|lines| keys(indent, lines));
    let entries = [base?, ours?, theirs?];
    is_mapping(clash, indent).then_some(entries)
}

/// Returns lines as keys at an indent, each with what is below it and the comments before it.
fn keys(indent: usize, lines: &[&[u8]]) -> Option<Vec<Keyed>> {
    let mut entries: Vec<Keyed> = Vec::new();
    let (mut is_open, mut end) = (false, 0);
    for (index, line) in lines.iter().enumerate().filter(|(_, line)| says(line)) {
        match key(line) {
            Some(name) if indent_of(line) == indent => {
                entries.push(Keyed {
                    key: name.to_vec(),
                    lines: end..index + 1,
                });
                is_open = line.trim_ascii_end().ends_with(b":");
            }
            _ if indent_of(line) > indent && !entries.is_empty() => {}
            // A sequence may stand at the indent of its key.
            _ if is_open && indent_of(line) == indent && line[indent..].starts_with(b"- ") => {}
            _ => return None,
        }
        end = index + 1;
        entries.last_mut()?.lines.end = end;
    }
    if let Some(last) = entries.last_mut() {
        last.lines.end = lines.len();
    }
    (!lines.iter().any(|line| refers(line))).then_some(entries)
}

/// Returns whether a line is neither blank nor a comment.
fn says(line: &[u8]) -> bool {
    !is_blank(line) && !is_comment(line)
}

/// Returns whether keys at this indent can stand where both inserted: below keys or in an item, not
/// in a multi-line string, and before nothing that would become a part of them.
fn is_mapping(clash: &Clash<'_>, indent: usize) -> bool {
    let base = &clash.texts.base;
    let Range { start, end } = clash.region.base;
    let after = base.lines(&(end..base.count())).find(|line| says(line));
    let mut before = base
        .lines(&(0..start))
        .rev()
        .filter(|line| says(line))
        .peekable();
    let is_in_place = before
        .peek()
        .is_none_or(|line| content_at(line) >= indent || opens(line));
    let mut inner = indent;
    let is_in_mappings = before.all(|line| {
        let is_outer = content_at(line) < inner;
        inner = inner.min(indent_of(line));
        (!is_outer || opens(line)) && !line.starts_with(b"--- ")
    });
    after.is_none_or(|line| indent_of(line) <= indent && !line.trim_ascii().starts_with(b"- "))
        && is_in_place
        && is_in_mappings
        && [Side::Ours, Side::Theirs]
            .iter()
            .all(|side| clash.content(*side).all(|line| !line.contains(&b'\t')))
}

/// Returns whether the lines below a line are the value of its key.
fn opens(line: &[u8]) -> bool {
    let line = line.split(|byte| *byte == b'#').next().unwrap_or_default();
    line.trim_ascii_end().ends_with(b":")
}

/// Returns the key of a mapping's entry.
fn key(line: &[u8]) -> Option<&[u8]> {
    let line = line.trim_ascii();
    let end = line.iter().position(|byte| *byte == b':')?;
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-./@".contains(byte);
    let is_key = end > 0 && line[..end].iter().all(is_part) && !line.starts_with(b"-");
    (is_key && line.get(end + 1).is_none_or(|byte| *byte == b' ')).then(|| &line[..end])
}

/// Returns whether a line has an anchor, an alias or a tag, or begins a document.
fn refers(line: &[u8]) -> bool {
    let mut words = line.split(|byte| byte.is_ascii_whitespace());
    words.any(|word| matches!(word, [b'&' | b'*' | b'!', _, ..] | b"---" | b"..." | b"<<:"))
}

/// Returns the indent of the mapping that an item of a sequence holds; of another line, its own.
fn content_at(line: &[u8]) -> usize {
    let indent = indent_of(line);
    match line[indent..].strip_prefix(b"- ") {
        Some(rest) if key(rest).is_some() || rest.trim_ascii_start().starts_with(b"- ") => {
            indent + 2 + content_at(rest)
        }
        _ => indent,
    }
}

fn is_comment(line: &[u8]) -> bool {
    line.trim_ascii_start().starts_with(b"#")
}

fn indent_of(line: &[u8]) -> usize {
    line.iter().take_while(|byte| **byte == b' ').count()
}

#[cfg(test)]
mod tests {
    use super::super::super::Cases;
    use super::super::settle;
    use crate::merge::kind::FileKind;

    const RULE: Cases = Cases {
        settle,
        kind: FileKind::Yaml,
        symmetric: false,
    };

    #[test]
    fn keys_are_both_kept_ours_first() {
        RULE.gives(
            "- a: 1\n",
            "- a: 1\n  x: 1\n",
            "- a: 1\n  y: 1\n",
            "- a: 1\n  x: 1\n  y: 1\n",
        );
        RULE.gives(
            "a: # why\n  b: 1\n",
            "a: # why\n  b: 1\n  x: 1\n",
            "a: # why\n  b: 1\n  y: 1\n",
            "a: # why\n  b: 1\n  x: 1\n  y: 1\n",
        );
        RULE.gives(
            "a: 1\n",
            "a: 1\nx:\n  - 1\n",
            "a: 1\n# why\ny: 2\n",
            "a: 1\nx:\n  - 1\n# why\ny: 2\n",
        );
        RULE.gives(
            "a:\n  b: 1\nc: 1\n",
            "a:\n  b: 1\n  x:\n  - 1\nc: 1\n",
            "a:\n  b: 1\n  y: |\n    t\nc: 1\n",
            "a:\n  b: 1\n  x:\n  - 1\n  y: |\n    t\nc: 1\n",
        );
    }

    #[test]
    fn what_says_something_by_its_place_is_a_conflict() {
        // A sequence, a text, one key, two indents.
        RULE.conflicts(
            "a: |\n  t:\n    u: 1\n",
            "a: |\n  t:\n    u: 1\n    x: 1\n",
            "a: |\n  t:\n    u: 1\n    y: 1\n",
        );
        RULE.conflicts(
            "- |\n  t: 1\n",
            "- |\n  t: 1\n  x: 1\n",
            "- |\n  t: 1\n  y: 1\n",
        );
        RULE.conflicts(
            "--- |\nt: 1\n",
            "--- |\nt: 1\nx: 1\n",
            "--- |\nt: 1\ny: 1\n",
        );
        RULE.conflicts(
            "a: \"t\n  u\"\n",
            "a: \"t\n  x: 1\n  u\"\n",
            "a: \"t\n  y: 1\n  u\"\n",
        );
        RULE.conflicts("a:\n  - 1\n", "a:\n  - 1\n  - x\n", "a:\n  - 1\n  - y\n");
        RULE.conflicts("a: |\n  t\n", "a: |\n  t\n  x: 1\n", "a: |\n  t\n  y: 1\n");
        RULE.conflicts("a: 1\n", "a: 1\nx: 1\n", "a: 1\nx: 2\n");
        RULE.conflicts("a:\n  b: 1\n", "a:\n  b: 1\n  x: 1\n", "a:\n  b: 1\ny: 1\n");
        RULE.conflicts("a: 1\n", "a: 1\nx: &b 1\n", "a: 1\ny: 1\n");
    }
}
