//! Entries that are told apart by a key, one by one: keys of YAML and TOML, rows of tables,
//! definitions of links.
//!
//! In a place of whole entries, an entry that only one side changed, added or removed is taken from
//! that side, whatever happened to its neighbours. If both changed one in different ways, the whole
//! place stays a conflict.

use std::ops::Range;

use super::{markdown, toml, yaml};
use crate::merge::kind::FileKind;
use crate::merge::matched::MatchedChildren;
use crate::merge::order::{self, Order};
use crate::merge::pieces::Side;
use crate::merge::text::rules::{Clash, RulePart};
use crate::merge::trivial::trivial_merge;

/// The longest place that is merged, in lines of all versions together.
const LONGEST: usize = 1_000;

/// An entry with the comments and blank lines before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keyed {
    pub key: Vec<u8>,
    /// Its lines, counted from the start of the place.
    pub lines: Range<usize>,
}

/// Settles a place where base has entries.
pub fn settle(clash: &Clash<'_>) -> Option<Vec<RulePart>> {
    // Finding the end of a value may try every line up to the last.
    let lines: usize = Side::ALL.iter().map(|side| clash.lines(*side).len()).sum();
    let is_long = lines > LONGEST;
    let is_known = matches!(
        clash.kind,
        FileKind::Markdown | FileKind::Toml | FileKind::Yaml
    );
    if !is_known || clash.region.base.is_empty() || is_long {
        return None;
    }
    // Markdown is read only once.
    if clash.kind != FileKind::Markdown && !clash.may_read(lines) {
        return None;
    }
    let contents = Side::ALL.map(|side| clash.content(side).collect::<Vec<_>>());
    let split = match clash.kind {
        FileKind::Markdown if markdown::is_frontmatter(clash) => yaml::split,
        FileKind::Markdown => markdown::split,
        FileKind::Toml => toml::split,
        FileKind::Yaml => yaml::split,
        _ => return None,
    };
    let mut entries: MatchedChildren<Vec<u8>, Range<usize>> = MatchedChildren::default();
    for (version, split) in split(clash, &contents)?.into_iter().enumerate() {
        for Keyed { key, lines } in split {
            // A key that comes twice identifies nothing.
            if entries.add(version, key, lines).is_some() {
                return None;
            }
        }
    }
    let order = entries.order();
    if order == Order::Contested || entries.renamed_by_both().is_some() {
        return None;
    }
    // The version that each entry is taken from, if it stays.
    let mut chosen = Vec::new();
    for row in entries.rows() {
        let said = [0, 1, 2].map(|version| {
            let lines = row[version].clone()?;
            Some(&contents[version][lines])
        });
        chosen.push(chosen_version(clash.kind, said)?);
    }
    let [ours, theirs] = [1, 2].map(|version| {
        let mut labels = entries.orders[version].clone();
        labels.retain(|label| chosen[*label].is_some());
        labels
    });
    let woven = order::interleave(order, &ours, &theirs, |one, other| {
        entries.key(one) < entries.key(other)
    });
    let mut parts = Vec::new();
    for label in woven {
        let version = chosen[label]?;
        let lines = entries.row(label)[version].as_ref()?;
        let start = clash.lines(Side::ALL[version]).start;
        let lines = start + lines.start..start + lines.end;
        parts.push(RulePart::Lines(Side::ALL[version], lines));
    }
    Some(parts)
}

/// Returns the version that an entry is taken from, if it stays; or `None` where both sides changed
/// it.
fn chosen_version(kind: FileKind, entry: [Option<&[&[u8]]>; 3]) -> Option<Option<usize>> {
    let [base, ours, theirs] = entry;
    let has_rows = kind == FileKind::Markdown;
    let taken = match trivial_merge(&base, &ours, &theirs) {
        Some(side) => side,
        None if !has_rows => return None,
        // Both only changed the padding: take one of them, the same with the sides swapped.
        None if are_one_row(ours, theirs) && ours >= theirs => Side::Ours,
        None if are_one_row(ours, theirs) => Side::Theirs,
        None if are_one_row(theirs, base) => Side::Ours,
        None if are_one_row(ours, base) => Side::Theirs,
        None => return None,
    };
    let version = taken as usize;
    Some(entry[version].map(|_| version))
}

/// Returns whether two entries are one row of a table, but for its padding.
fn are_one_row(one: Option<&[&[u8]]>, other: Option<&[&[u8]]>) -> bool {
    match (one, other) {
        (Some([one]), Some([other])) => markdown::is_one_row(one, other),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::Cases;
    use super::settle;
    use crate::merge::kind::FileKind;

    const YAML: Cases = Cases {
        settle,
        kind: FileKind::Yaml,
        symmetric: true,
    };
    const TOML: Cases = Cases {
        kind: FileKind::Toml,
        ..YAML
    };
    const MARKDOWN: Cases = Cases {
        kind: FileKind::Markdown,
        ..YAML
    };

    #[test]
    fn each_entry_is_what_the_side_made_of_it_that_touched_it() {
        YAML.gives(
            "m:\n  a: 1\n  b: 2\n",
            "m:\n  a: 1\n  # why\n  x:\n    - 1\n  b: 2\n",
            "m:\n  a: 1\n",
            "m:\n  a: 1\n  # why\n  x:\n    - 1\n",
        );
        YAML.gives("a: 1\nb: 2\n", "a: 1\nb: 3\n", "b: 2\n", "b: 3\n");
        TOML.gives(
            "[t]\na = 88\nb = ['x']\n",
            "[t]\na = 88\nb = [\n  'y',\n]\n",
            "[t]\nb = ['x']\n",
            "[t]\nb = [\n  'y',\n]\n",
        );
        TOML.gives(
            "a.b = 1\nc = 2\n",
            "a.b = 1\nx = 0\nc = 3\n",
            "a.b = 2\nc = 2\n",
            "a.b = 2\nx = 0\nc = 3\n",
        );
        MARKDOWN.gives(
            "|a|b|\n|-|-|\n|1|2|\n|3|4|\n",
            "|a|b|\n|-|-|\n|1|5|\n|3|4|\n",
            "|a|b|\n|-|-|\n|3|4|\n|6|7|\n"
                .replace("|3|4|", "|1|2|")
                .as_str(),
            "|a|b|\n|-|-|\n|1|5|\n|6|7|\n",
        );
        MARKDOWN.gives(
            "[a]: 1\n[b]: 2\n",
            "[a]: 3\n[b]: 2\n",
            "[a]: 1\n",
            "[a]: 3\n",
        );
    }

    #[test]
    fn an_entry_that_both_changed_leaves_a_conflict() {
        YAML.conflicts("a: 1\nb: 1\n", "a: 2\nb: 2\n", "a: 3\nb: 1\n");
        YAML.conflicts("a: 1\nb: 1\n", "a: 2\nb: 1\n", "b: 1\n");
        // No mapping, or a part of one; anchors.
        YAML.conflicts("- a: 1\n- b: 1\n", "- a: 2\n- b: 1\n", "- b: 1\n");
        YAML.conflicts(
            "t: |\n  a: 1\n  b: 1\n",
            "t: |\n  a: 1\n  b: 2\n",
            "t: |\n  b: 1\n",
        );
        YAML.conflicts("a: &x 1\nb: 1\n", "a: &x 1\nb: 2\n", "b: 1\n");
        TOML.conflicts("a = 1\nb = 1\n", "a = 1\nb = 2\n", "[t]\nb = 1\n");
        TOML.conflicts(
            "t = '''\na = 1\nb = 1\n'''\n",
            "t = '''\na = 1\nb = 2\n'''\n",
            "t = '''\nb = 1\n'''\n",
        );
        // Items of a list have no keys, and neither has the line below a table's header.
        MARKDOWN.conflicts("- a\n- b\n", "- a\n- c\n", "- b\n");
        MARKDOWN.conflicts("|a|\n|-|\n|b|\n", "|a|\n|-|\n|c|\n", "|b|\n");
    }

    #[test]
    fn a_row_that_is_only_padded_otherwise_is_the_same_row() {
        MARKDOWN.gives(
            "|a|b|\n|-|-|\n|x|1|\n|y|2|\n",
            "| a  | b |\n|----|---|\n| x  | 1 |\n| y  | 2 |\n",
            "|a|b|\n|-|-|\n|x|1|\n|y|3|\n|z|4|\n",
            "| a  | b |\n|----|---|\n| x  | 1 |\n|y|3|\n|z|4|\n",
        );
        MARKDOWN.conflicts("|x|1|\n|y|2|\n", "| x | 5 |\n|y|2|\n", "|x|6|\n|y|3|\n");
        // To the left and in the middle.
        MARKDOWN.conflicts("|a|\n|-|\n|x|\n", "|a|\n|:-|\n|x|\n", "|a|\n|:-:|\n|x|\n");
    }

    #[test]
    fn an_entry_that_both_renamed_leaves_a_conflict() {
        TOML.conflicts("a = 1\nz = 2\n", "b = 1\nz = 2\n", "c = 1\nz = 2\n");
        YAML.conflicts("a: 1\nz: 2\n", "b: 1\nz: 2\n", "c: 1\nz: 2\n");
        MARKDOWN.conflicts(
            "|a|b|\n|-|-|\n|x|1|\n|z|2|\n",
            "|a|b|\n|-|-|\n|y|1|\n|z|2|\n",
            "|a|b|\n|-|-|\n|w|1|\n|z|2|\n",
        );
        MARKDOWN.conflicts("[a]: 1\n[z]: 2\n", "[b]: 1\n[z]: 2\n", "[c]: 1\n[z]: 2\n");
        // The same new name is agreement.
        TOML.gives(
            "a = 1\nz = 2\n",
            "b = 1\nz = 2\n",
            "b = 1\nz = 3\n",
            "b = 1\nz = 3\n",
        );
    }
}
