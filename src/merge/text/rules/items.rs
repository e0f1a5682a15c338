//! Edits of different items of one line that is a list, `tools: Read, Grep`, or an inline table of
//! TOML, `serde = { version = "1", optional = true }`. Both are kept.
//!
//! A list is the value of a key of YAML, and each item is a name, perhaps with something in
//! parentheses. Items that both sides added are put in alphabetical order, so that it doesn't
//! matter which side is called ours. Where both replaced one item with another, nothing says which
//! is right.

use std::ops::Range;

use toml_edit::Document;

use super::entries::is_frontmatter;
use super::{Clash, RulePart};
use crate::merge::kind::FileKind;
use crate::merge::matched::MatchedChildren;
use crate::merge::order::{self, Order};
use crate::merge::pieces::Side;
use crate::merge::trivial::trivial_merge;

/// Settles a place that has the same number of lines in all versions.
pub fn settle(clash: &Clash<'_>) -> Option<Vec<RulePart>> {
    let [base, ours, theirs] = Side::ALL.map(|side| clash.lines(side));
    let has_items = matches!(clash.kind, FileKind::Yaml | FileKind::Toml) || is_frontmatter(clash);
    if !has_items || base.len() != ours.len() || base.len() != theirs.len() {
        return None;
    }
    let mut runs = Vec::new();
    for (base, (ours, theirs)) in base.zip(ours.zip(theirs)) {
        let side = trivial_merge(
            &clash.texts.base.ids[base],
            &clash.texts.ours.ids[ours],
            &clash.texts.theirs.ids[theirs],
        );
        runs.push(match side {
            Some(Side::Theirs) => RulePart::Lines(Side::Theirs, theirs..theirs + 1),
            Some(Side::Base | Side::Ours) => RulePart::Lines(Side::Ours, ours..ours + 1),
            None => {
                let spans = merged(clash, [base, ours, theirs])?;
                RulePart::Line(spans, (Side::Ours, ours))
            }
        });
    }
    Some(runs)
}

/// A line of items, as places in its text.
struct Items<'a> {
    /// What stands before the first one.
    before: Range<usize>,
    items: Vec<Item<'a>>,
    /// What stands behind the last one.
    after: Range<usize>,
}

struct Item<'a> {
    name: &'a [u8],
    place: Range<usize>,
}

/// Bytes of one side.
type Span = (Side, Range<usize>);

fn merged(clash: &Clash<'_>, lines: [usize; 3]) -> Option<Vec<Span>> {
    let [base, ours, theirs] =
        [0, 1, 2].map(|version| read(clash, Side::ALL[version], lines[version]));
    let versions = [base?, ours?, theirs?];
    // Under another key it is another list.
    let [base, ours, theirs] =
        [0, 1, 2].map(|version| said(clash, version, Some(&versions[version].before)));
    if base != ours || base != theirs {
        return None;
    }
    let after = chosen(clash, versions.each_ref().map(|line| Some(&line.after)))?;
    let mut items: MatchedChildren<&[u8], &Range<usize>> = MatchedChildren::default();
    for (version, line) in versions.iter().enumerate() {
        for Item { name, place } in &line.items {
            // Where an item comes twice, order may mean something.
            if items.add(version, name, place).is_some() {
                return None;
            }
        }
    }
    let order = items.order();
    if items.renamed_by_both().is_some() || order == Order::Contested {
        return None;
    }
    let mut taken = Vec::new();
    for row in items.rows() {
        taken.push(taken_item(clash, *row)?);
    }
    let [ours, theirs] = [1, 2].map(|version| {
        let mut labels = items.orders[version].clone();
        labels.retain(|label| taken[*label].is_some());
        labels
    });
    let woven = order::interleave(order, &ours, &theirs, |one, other| {
        items.key(one) < items.key(other)
    });
    let [_, ours, theirs] = &versions;
    let separator = separator(Side::Ours, ours).or(separator(Side::Theirs, theirs))?;
    let mut spans = vec![(Side::Ours, ours.before.clone())];
    for (index, label) in woven.iter().enumerate() {
        if index > 0 {
            spans.push(separator.clone());
        }
        spans.push(taken[*label].clone()?);
    }
    spans.push(after);
    (!woven.is_empty()).then_some(spans)
}

fn read<'a>(clash: &Clash<'a>, side: Side, line: usize) -> Option<Items<'a>> {
    let text = clash.texts.side(side);
    let (content, start) = (text.line(line), text.content(line).start);
    match clash.kind {
        FileKind::Toml => inline_table(content, start),
        _ => list(content, start),
    }
}

fn said<'a>(clash: &Clash<'a>, version: usize, place: Option<&Range<usize>>) -> Option<&'a [u8]> {
    Some(&clash.texts.side(Side::ALL[version]).bytes()[place?.clone()])
}

/// Returns the bytes to take of something that both sides have, and base perhaps.
fn chosen(clash: &Clash<'_>, places: [Option<&Range<usize>>; 3]) -> Option<Span> {
    let [base, ours, theirs] = [0, 1, 2].map(|version| said(clash, version, places[version]));
    let side = trivial_merge(&base, &ours, &theirs)?;
    Some((side, places[side as usize]?.clone()))
}

/// Returns the bytes that an item is taken from, if it stays; or `None` where both sides changed
/// it.
fn taken_item(clash: &Clash<'_>, item: [Option<&Range<usize>>; 3]) -> Option<Option<Span>> {
    let [base, ours, theirs] = [0, 1, 2].map(|version| said(clash, version, item[version]));
    match item {
        [_, Some(_), Some(_)] => Some(Some(chosen(clash, item)?)),
        [None, Some(place), None] => Some(Some((Side::Ours, place.clone()))),
        [None, None, Some(place)] => Some(Some((Side::Theirs, place.clone()))),
        [Some(_), Some(_), None] if ours != base => None,
        [Some(_), None, Some(_)] if theirs != base => None,
        [_, _, None] | [_, None, _] => Some(None),
    }
}

/// Returns what stands between the first two items.
fn separator(side: Side, line: &Items<'_>) -> Option<Span> {
    match line.items.as_slice() {
        [first, second, ..] => Some((side, first.place.end..second.place.start)),
        _ => None,
    }
}

/// Reads a line as a key and the keys of its inline table.
fn inline_table(line: &[u8], start: usize) -> Option<Items<'_>> {
    let text = std::str::from_utf8(line).ok()?;
    let document = Document::parse(text).ok()?;
    let (_, value) = document.as_table().iter().next()?;
    let table = value.as_inline_table()?;
    let mut items = Vec::new();
    for (name, _) in table {
        let (key, value) = table.get_key_value(name)?;
        let place = key.span()?.start..value.span()?.end;
        items.push(Item {
            name: &line[key.span()?],
            place: start + place.start..start + place.end,
        });
    }
    let (first, last) = (items.first()?.place.start, items.last()?.place.end);
    Some(Items {
        before: start..first,
        items,
        after: last..start + line.len(),
    })
}

/// Reads a line as a key and the names behind it.
fn list(line: &[u8], start: usize) -> Option<Items<'_>> {
    let colon = memchr::memmem::find(line, b": ")?;
    let first = colon + 2 + spaces(&line[colon + 2..]);
    let mut items = Vec::new();
    let mut at = first;
    for byte in line[..colon].trim_ascii_start() {
        if !byte.is_ascii_alphanumeric() && !b"_-".contains(byte) {
            return None;
        }
    }
    loop {
        let end = at + item(line.get(at..)?)?;
        items.push(Item {
            name: &line[at..end],
            place: start + at..start + end,
        });
        if end == line.len() {
            break;
        }
        at = end + 1 + spaces(&line[end + 1..]);
    }
    Some(Items {
        before: start..start + first,
        items,
        after: start + line.len()..start + line.len(),
    })
}

fn spaces(rest: &[u8]) -> usize {
    rest.iter().take_while(|byte| **byte == b' ').count()
}

/// Returns how long the name is that a line's rest starts with, with what is in parentheses.
fn item(rest: &[u8]) -> Option<usize> {
    let name = rest
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric() || b"_-.*/".contains(byte))
        .count();
    let inner = match rest.get(name) {
        Some(b'(') => rest[name..].iter().position(|byte| *byte == b')')? + 1,
        _ => 0,
    };
    let end = name + inner;
    (name > 0 && matches!(rest.get(end), None | Some(b','))).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::super::Cases;
    use super::settle;
    use crate::merge::kind::FileKind;

    const RULE: Cases = Cases {
        settle,
        kind: FileKind::Yaml,
        symmetric: true,
    };

    #[test]
    fn items_that_one_side_touched_are_what_it_made_of_them() {
        RULE.gives(
            "tools: Read, Grep\n",
            "tools: Read, Grep, Write\n",
            "tools: Read, Grep, Bash(git log *)\n",
            "tools: Read, Grep, Bash(git log *), Write\n",
        );
        RULE.gives(
            "tools: Read, Grep\n",
            "tools: Grep\n",
            "tools: Read, Grep, Write\n",
            "tools: Grep, Write\n",
        );
        RULE.gives(
            "a: 1\ntools: A, B, C\n",
            "a: 2\ntools: C, A, B\n",
            "a: 1\ntools: A, C\n",
            "a: 2\ntools: C, A\n",
        );
    }

    #[test]
    fn what_is_no_list_of_names_is_left_alone() {
        RULE.conflicts("x: A, B\n", "x: A, C\n", "x: A, D\n");
        RULE.conflicts("x: A, B, C\n", "x: B, A, C\n", "x: A, C, B\n");
        RULE.conflicts(
            "x: do it, now\n",
            "x: do it, now, fast\n",
            "x: do it, now, here\n",
        );
        RULE.conflicts("x: A, A\n", "x: A, A, B\n", "x: A, A, C\n");
        RULE.conflicts("x: A\n", "y: A, B\n", "x: A, C\n");
    }

    #[test]
    fn keys_of_an_inline_table_are_items() {
        let toml = Cases {
            kind: FileKind::Toml,
            ..RULE
        };
        toml.gives(
            "a = { version = \"1\", path = \"..\", features = [\"x\"] }\n",
            "a = { version = \"1\", path = \"..\", features = [\"x\", \"y\"] }\n",
            "a = { version = \"2\", features = [\"x\"], optional = true } # why\n",
            "a = { version = \"2\", features = [\"x\", \"y\"], optional = true } # why\n",
        );
        toml.conflicts("a = { b = 1 }\n", "a = { b = 2 }\n", "a = { b = 3 }\n");
        toml.conflicts(
            "a = { b = 1, c = 1 }\n",
            "a = { b = 2, c = 1 }\n",
            "a = { c = 1 }\n",
        );
        toml.conflicts("a = [1, 2]\n", "a = [1, 2, 3]\n", "a = [1, 2, 4]\n");
    }

    #[test]
    fn of_markdown_it_is_the_header() {
        let markdown = Cases {
            kind: FileKind::Markdown,
            ..RULE
        };
        markdown.gives(
            "---\ntools: A\n---\n",
            "---\ntools: A, B\n---\n",
            "---\ntools: A, C\n---\n",
            "---\ntools: A, B, C\n---\n",
        );
        markdown.conflicts("x: A, B\n", "x: A, B, C\n", "x: A, B, D\n");
    }
}
