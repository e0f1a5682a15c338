//! The entries of TOML.

use toml_edit::{Document, Item};

use super::keyed::Keyed;
use super::{Clash, Class, Entry};
use crate::merge::pieces::Side;
use crate::merge::text::rules::is_blank;

/// Returns the keys and tables that an insertion is made of, if it is made of whole ones.
pub fn read(_: &Clash<'_>, lines: &[&[u8]]) -> Option<Vec<Entry>> {
    let text = lines.join(&b"\n"[..]);
    let document = Document::parse(std::str::from_utf8(&text).ok()?).ok()?;
    // Keys belong to the table before them.
    let is_key =
        |item: &Item| item.is_value() || item.as_table().is_some_and(|table| table.is_dotted());
    let keys = document.iter().filter(|(_, item)| is_key(item));
    let mut entries: Vec<Entry> = keys
        .map(|(key, _)| Entry {
            name: key.as_bytes().to_vec(),
            class: Class::Key(0),
            depth: 2,
        })
        .collect();
    for (index, line) in lines.iter().enumerate().filter(|(_, line)| is_header(line)) {
        let mut name = line.trim_ascii().to_vec();
        if name.starts_with(b"[[") {
            // Elements of one array are told apart by their first key.
            let first = lines[index + 1..]
                .iter()
                .find(|line| !is_blank(line) && !line.starts_with(b"#"));
            name.extend(
                first
                    .into_iter()
                    .flat_map(|line| line.iter())
                    .filter(|byte| !byte.is_ascii_whitespace()),
            );
        }
        entries.push(Entry {
            name,
            class: Class::Section,
            depth: 1,
        });
    }
    (!entries.is_empty()).then_some(entries)
}

/// Returns the keys of each version of a place, if it is made of whole ones, of one table.
pub fn split(clash: &Clash<'_>, versions: &[Vec<&[u8]>; 3]) -> Option<[Vec<Keyed>; 3]> {
    let [base, ours, theirs] = versions.each_ref().map(|lines| keys(lines));
    let entries = [base?, ours?, theirs?];
    // Everything up to the end of the place parses: it doesn't end in a multi-line string.
    let is_whole = |side: Side| {
        is_document(
            &clash
                .texts
                .side(side)
                .lines(&(0..clash.lines(side).end))
                .collect::<Vec<_>>(),
        )
    };
    [Side::Base, Side::Ours, Side::Theirs]
        .into_iter()
        .all(is_whole)
        .then_some(entries)
}

/// Returns lines as keys with their values, each with the comments before it.
fn keys(lines: &[&[u8]]) -> Option<Vec<Keyed>> {
    let mut entries: Vec<Keyed> = Vec::new();
    let mut at = 0;
    while let Some(first) = (at..lines.len()).find(|index| says(lines[*index])) {
        // A value ends with the first line at which it parses.
        let end = (first + 1..=lines.len()).find(|end| is_document(&lines[first..*end]))?;
        let text = lines[first..end].join(&b"\n"[..]);
        let document = Document::parse(std::str::from_utf8(&text).ok()?).ok()?;
        let values = document.as_table().get_values();
        let [(path, _)] = values.as_slice() else {
            return None;
        };
        let key = path
            .iter()
            .map(|key| key.get())
            .collect::<Vec<_>>()
            .join("\0")
            .into_bytes();
        entries.push(Keyed {
            key,
            lines: at..end,
        });
        at = end;
    }
    if let Some(last) = entries.last_mut() {
        last.lines.end = lines.len();
    }
    Some(entries)
}

fn is_document(lines: &[&[u8]]) -> bool {
    std::str::from_utf8(&lines.join(&b"\n"[..])).is_ok_and(|text| Document::parse(text).is_ok())
}

fn says(line: &[u8]) -> bool {
    !is_blank(line) && !line.trim_ascii_start().starts_with(b"#")
}

/// Returns whether the insertions stand between entries: everything before them parses, and no
/// table of one side would belong to an array element that the other side adds.
pub fn are_between(clash: &Clash<'_>) -> bool {
    !is_below_an_array(clash) && is_whole_before(clash)
}

fn is_whole_before(clash: &Clash<'_>) -> bool {
    is_document(
        &clash
            .texts
            .base
            .lines(&(0..clash.region.base.start))
            .collect::<Vec<_>>(),
    )
}

/// Returns whether a table of either side is below an array of tables: it belongs to the element
/// before it.
fn is_below_an_array(clash: &Clash<'_>) -> bool {
    let lines = || {
        clash
            .content(Side::Ours)
            .chain(clash.content(Side::Theirs))
            .filter(|line| is_header(line))
    };
    let path = |line: &[u8]| -> Vec<u8> {
        line.iter()
            .copied()
            .filter(|byte| !matches!(byte, b'[' | b']' | b' ' | b'\t'))
            .collect()
    };
    lines()
        .filter(|line| line.trim_ascii().starts_with(b"[["))
        .any(|array| {
            let below = [path(array), b".".to_vec()].concat();
            lines().any(|line| path(line).starts_with(&below))
        })
}

fn is_header(line: &[u8]) -> bool {
    let line = line
        .split(|byte| *byte == b'#')
        .next()
        .unwrap_or_default()
        .trim_ascii();
    line.starts_with(b"[") && line.ends_with(b"]") && !line.contains(&b',')
}

#[cfg(test)]
mod tests {
    use super::super::super::Cases;
    use super::super::settle;
    use crate::merge::kind::FileKind;

    const RULE: Cases = Cases {
        settle,
        kind: FileKind::Toml,
        symmetric: false,
    };

    #[test]
    fn keys_and_tables_are_both_kept_ours_first() {
        RULE.gives(
            "[a]\nb = 1\n",
            "[a]\nb = 1\nx = [\n  1,\n]\n",
            "[a]\nb = 1\n# why\ny = 2\n",
            "[a]\nb = 1\nx = [\n  1,\n]\n# why\ny = 2\n",
        );
        RULE.gives(
            "[a]\n",
            "[a]\n\n[x]\nn = 1\n",
            "[a]\n\n[y]\nn = 1\n",
            "[a]\n\n[x]\nn = 1\n\n[y]\nn = 1\n",
        );
        // A key of the table before.
        for (ours, theirs) in [
            ("[a]\n\n[x]\nn = 1\n", "[a]\ny = 1\n"),
            ("[a]\ny = 1\n", "[a]\n\n[x]\nn = 1\n"),
        ] {
            RULE.gives("[a]\n", ours, theirs, "[a]\ny = 1\n\n[x]\nn = 1\n");
        }
    }

    #[test]
    fn elements_are_both_kept_wherever_the_edit_seems_to_start() {
        let text = |names: &[&str]| {
            names
                .iter()
                .map(|name| format!("[[a]]\nname = \"{name}\"\n\n"))
                .collect::<String>()
        };
        RULE.gives(
            &text(&["1", "2"]),
            &text(&["1", "x", "2"]),
            &text(&["1", "y", "2"]),
            &text(&["1", "x", "y", "2"]),
        );
    }

    #[test]
    fn what_has_one_name_is_a_conflict() {
        RULE.conflicts("[a]\n", "[a]\nx = 1\n", "[a]\nx = 2\n");
        RULE.conflicts(
            "a = \"\"\"\nt\n\"\"\"\n",
            "a = \"\"\"\nt\nx = 1\n\"\"\"\n",
            "a = \"\"\"\nt\ny = 1\n\"\"\"\n",
        );
        RULE.conflicts(
            "# \"\"\"\na = \"\"\"\nt\n\"\"\"\n",
            "# \"\"\"\na = \"\"\"\nt\nx = 1\n\"\"\"\n",
            "# \"\"\"\na = \"\"\"\nt\ny = 1\n\"\"\"\n",
        );
        // A table of the element before.
        RULE.conflicts(
            "[[a]]\n",
            "[[a]]\n\n[[a]]\nb = 1\n",
            "[[a]]\n\n[a.c]\nd = 1\n",
        );
        RULE.conflicts("", "[x]\na = 1\n", "[x]\na = 2\n");
        RULE.conflicts(
            "",
            "[[x]]\nname = \"a\"\nb = 1\n",
            "[[x]]\nname = \"a\"\nb = 2\n",
        );
        RULE.conflicts(
            "a = [\n  1,\n]\n",
            "a = [\n  1,\n  2,\n]\n",
            "a = [\n  1,\n  3,\n]\n",
        );
    }
}
