//! The entries of YAML mappings. Sequences say something by their order, and everything else is opaque.

use super::{Clash, Class, Entry};
use crate::merge::pieces::Side;
use crate::merge::text::rules::is_blank;

/// Returns the keys that an insertion is made of, if it is made of whole ones, all at one indent.
pub fn read(clash: &Clash<'_>, lines: &[&[u8]]) -> Option<Vec<Entry>> {
    let said = || lines.iter().filter(|line| !is_blank(line) && !is_comment(line));
    let indent = indent_of(said().next()?);
    let mut entries: Vec<Entry> = Vec::new();
    let mut is_open = false;
    for line in said() {
        match key(line) {
            Some(name) if indent_of(line) == indent => {
                entries.push(Entry { name: name.to_vec(), class: Class::Key(indent), depth: indent });
                is_open = line.trim_ascii_end().ends_with(b":");
            }
            _ if indent_of(line) > indent && !entries.is_empty() => {}
            // A sequence may stand at the indent of its key.
            _ if is_open && indent_of(line) == indent && line[indent..].starts_with(b"- ") => {}
            _ => return None,
        }
    }
    (is_mapping(clash, indent) && !lines.iter().any(|line| refers(line))).then_some(entries)
}

/// Returns whether keys at this indent can stand where both inserted: in no text of several lines, and before nothing that
/// would become a part of them.
fn is_mapping(clash: &Clash<'_>, indent: usize) -> bool {
    let base = &clash.texts.base;
    let at = clash.region.base.start;
    let says = |line: &&[u8]| !is_blank(line);
    let after = base.lines(&(at..base.count())).find(says);
    let mut before = base.lines(&(0..at)).rev().filter(says);
    // The nearest line of a smaller indent is what these keys are in.
    let outer = before.clone().find(|line| indent_of(line) < indent);
    let is_text = |line: &[u8]| {
        let line = line.trim_ascii_end();
        let line = line.strip_suffix(b"-").or_else(|| line.strip_suffix(b"+")).unwrap_or(line);
        line.ends_with(b"|") || line.ends_with(b">")
    };
    after.is_none_or(|line| indent_of(line) <= indent && !line.trim_ascii().starts_with(b"- "))
        && !outer.is_some_and(is_text)
        && before.next().is_none_or(|line| indent_of(line) >= indent || line.trim_ascii_end().ends_with(b":"))
        && [Side::Ours, Side::Theirs].iter().all(|side| clash.content(*side).all(|line| !line.contains(&b'\t')))
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
    use crate::merge::kind::Kind;

    const RULE: Cases = Cases { settle, kind: Kind::Yaml, symmetric: false };

    #[test]
    fn keys_are_both_kept_ours_first() {
        RULE.gives("a: 1\n", "a: 1\nx:\n  - 1\n", "a: 1\n# why\ny: 2\n", "a: 1\nx:\n  - 1\n# why\ny: 2\n");
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
        RULE.conflicts("a:\n  - 1\n", "a:\n  - 1\n  - x\n", "a:\n  - 1\n  - y\n");
        RULE.conflicts("a: |\n  t\n", "a: |\n  t\n  x: 1\n", "a: |\n  t\n  y: 1\n");
        RULE.conflicts("a: 1\n", "a: 1\nx: 1\n", "a: 1\nx: 2\n");
        RULE.conflicts("a:\n  b: 1\n", "a:\n  b: 1\n  x: 1\n", "a:\n  b: 1\ny: 1\n");
        RULE.conflicts("a: 1\n", "a: 1\nx: &b 1\n", "a: 1\ny: 1\n");
    }
}
