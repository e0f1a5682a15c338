//! Edits of different items of one line that is a list, `tools: Read, Grep`, or an inline table of
//! TOML, `serde = { version = "1", optional = true }`. Both are kept.
//!
//! A list is the value of a key of YAML, and each item is a name, perhaps with something in
//! parentheses. What both added stands in the order of the alphabet, so that it doesn't matter
//! which side is called ours. Where both put another item in the place of one, nothing says which
//! is right.

use std::ops::Range;

use foldhash::HashMap;
use toml_edit::Document;

use super::entries::is_frontmatter;
use super::{Clash, RulePart};
use crate::merge::kind::FileKind;
use crate::merge::order::{self, Label, Order};
use crate::merge::pieces::Side;

/// Settles a place with as many lines in all versions.
pub fn settle(clash: &Clash<'_>) -> Option<Vec<RulePart>> {
    let [base, ours, theirs] = SIDES.map(|side| clash.lines(side));
    let has_items = matches!(clash.kind, FileKind::Yaml | FileKind::Toml) || is_frontmatter(clash);
    if !has_items || base.len() != ours.len() || base.len() != theirs.len() {
        return None;
    }
    let mut runs = Vec::new();
    for (base, (ours, theirs)) in base.zip(ours.zip(theirs)) {
        let ids = [
            clash.texts.base.ids[base],
            clash.texts.ours.ids[ours],
            clash.texts.theirs.ids[theirs],
        ];
        runs.push(match ids {
            [base, ours_id, theirs_id] if base == theirs_id || ours_id == theirs_id => {
                RulePart::Lines(Side::Ours, ours..ours + 1)
            }
            [base, ours_id, _] if base == ours_id => {
                RulePart::Lines(Side::Theirs, theirs..theirs + 1)
            }
            _ => {
                let spans = merged(clash, [base, ours, theirs])?;
                RulePart::Line(spans, (Side::Ours, ours))
            }
        });
    }
    Some(runs)
}

const SIDES: [Side; 3] = [Side::Base, Side::Ours, Side::Theirs];

/// A line of items, by places in its text.
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

fn merged(clash: &Clash<'_>, lines: [usize; 3]) -> Option<Vec<(Side, Range<usize>)>> {
    let read = |version: usize| {
        let text = clash.texts.side(SIDES[version]);
        let (line, start) = (
            text.line(lines[version]),
            text.content(lines[version]).start,
        );
        match clash.kind {
            FileKind::Toml => inline_table(line, start),
            _ => list(line, start),
        }
    };
    let versions = [read(0)?, read(1)?, read(2)?];
    let said = |version: usize, place: &Range<usize>| {
        &clash.texts.side(SIDES[version]).bytes()[place.clone()]
    };
    // Whose bytes are taken of something that base may have and both sides have.
    let chosen = |places: [Option<&Range<usize>>; 3]| -> Option<(Side, Range<usize>)> {
        let [base, ours, theirs] = [0, 1, 2].map(|version| Some(said(version, places[version]?)));
        match () {
            () if theirs == base || ours == theirs => Some((Side::Ours, places[1]?.clone())),
            () if ours == base => Some((Side::Theirs, places[2]?.clone())),
            () => None,
        }
    };
    // What is edited under another key has moved.
    let befores = [0, 1, 2].map(|version| said(version, &versions[version].before));
    if befores[0] != befores[1] || befores[0] != befores[2] {
        return None;
    }
    let after = chosen(versions.each_ref().map(|line| Some(&line.after)))?;
    let mut known: HashMap<&[u8], Label> = HashMap::default();
    let mut rows: Vec<[Option<&Range<usize>>; 3]> = Vec::new();
    let mut orders: [Vec<Label>; 3] = Default::default();
    let mut names: Vec<&[u8]> = Vec::new();
    for (version, line) in versions.iter().enumerate() {
        for Item { name, place } in &line.items {
            let label = *known.entry(name).or_insert(rows.len());
            if label == rows.len() {
                rows.push([None; 3]);
                names.push(name);
            }
            // What comes twice says something by its order.
            if rows[label][version].replace(place).is_some() {
                return None;
            }
            orders[version].push(label);
        }
    }
    let are_in = |wanted: [bool; 3]| {
        rows.iter()
            .any(|row| row.map(|place| place.is_some()) == wanted)
    };
    let is_replaced_by_both = are_in([true, false, false])
        && are_in([false, true, false])
        && are_in([false, false, true]);
    let order = order::of(&orders[0], &orders[1], &orders[2]);
    if is_replaced_by_both || order == Order::Contested {
        return None;
    }
    let mut taken: Vec<Option<(Side, Range<usize>)>> = Vec::new();
    for row in &rows {
        let text = |version: usize| row[version].map(|place| said(version, place));
        taken.push(match row {
            [_, Some(_), Some(_)] => Some(chosen(*row)?),
            [None, Some(ours), None] => Some((Side::Ours, (*ours).clone())),
            [None, None, Some(theirs)] => Some((Side::Theirs, (*theirs).clone())),
            [Some(_), Some(_), None] if text(1) != text(0) => return None,
            [Some(_), None, Some(_)] if text(2) != text(0) => return None,
            _ => None,
        });
    }
    let kept = |version: usize| -> Vec<Label> {
        let labels = orders[version].iter().copied();
        labels.filter(|label| taken[*label].is_some()).collect()
    };
    let woven = order::weave(order, &kept(1), &kept(2), |one, other| {
        names[one] < names[other]
    });
    let between = |version: usize| {
        let [first, second, ..] = versions[version].items.as_slice() else {
            return None;
        };
        Some((SIDES[version], first.place.end..second.place.start))
    };
    let separator = between(1).or(between(2))?;
    let mut spans = vec![(Side::Ours, versions[1].before.clone())];
    for (index, label) in woven.iter().enumerate() {
        if index > 0 {
            spans.push(separator.clone());
        }
        spans.push(taken[*label].clone()?);
    }
    spans.push(after);
    (!woven.is_empty()).then_some(spans)
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
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-".contains(byte);
    let spaces = |rest: &[u8]| rest.iter().take_while(|byte| **byte == b' ').count();
    let first = colon + 2 + spaces(&line[colon + 2..]);
    let mut items = Vec::new();
    let mut at = first;
    if !line[..colon].trim_ascii_start().iter().all(is_part) {
        return None;
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

/// Returns how long the name is that a line's rest starts with, with what is in parentheses.
fn item(rest: &[u8]) -> Option<usize> {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.*/".contains(byte);
    let name = rest.iter().take_while(|byte| is_part(byte)).count();
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
