//! Entries that are told apart by a key, one by one: keys of YAML and TOML, rows of tables,
//! definitions of links.
//!
//! In a place of whole entries, one that only one side changed, added or took out is what that side
//! made of it, whatever became of its neighbours. One that both changed in different ways leaves
//! the whole place a conflict.

use std::ops::Range;

use foldhash::HashMap;

use super::{markdown, toml, yaml};
use crate::merge::kind::FileKind;
use crate::merge::order::{self, Label, Order};
use crate::merge::pieces::Side;
use crate::merge::text::rules::{Clash, RulePart};

/// How many lines a place has at most, all versions together.
const LONGEST: usize = 1_000;

/// An entry with the comments and blank lines before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keyed {
    /// What it is told apart by.
    pub key: Vec<u8>,
    /// Its lines, counted from the start of the place.
    pub lines: Range<usize>,
}

/// Settles a place that base has something in.
pub fn settle(clash: &Clash<'_>) -> Option<Vec<RulePart>> {
    // A value may go on to the last line: each line is tried as its end.
    let lines: usize = SIDES.iter().map(|side| clash.lines(*side).len()).sum();
    let is_long = lines > LONGEST;
    let is_known = matches!(
        clash.kind,
        FileKind::Markdown | FileKind::Toml | FileKind::Yaml
    );
    // Of Markdown that is read once.
    let may_read = || clash.kind == FileKind::Markdown || clash.may_read(lines);
    if !is_known || clash.region.base.is_empty() || is_long || !may_read() {
        return None;
    }
    let contents = SIDES.map(|side| clash.content(side).collect::<Vec<_>>());
    let split = match clash.kind {
        FileKind::Markdown if markdown::is_frontmatter(clash) => yaml::split,
        FileKind::Markdown => markdown::split,
        FileKind::Toml => toml::split,
        FileKind::Yaml => yaml::split,
        _ => return None,
    };
    let entries = split(clash, &contents)?;
    let mut known: HashMap<&[u8], Label> = HashMap::default();
    let mut versions: Vec<[Option<&Range<usize>>; 3]> = Vec::new();
    let mut orders: [Vec<Label>; 3] = Default::default();
    for (version, entries) in entries.iter().enumerate() {
        for entry in entries {
            let label = *known.entry(&entry.key).or_insert(versions.len());
            if label == versions.len() {
                versions.push([None; 3]);
            }
            // A key that comes twice tells nothing apart.
            if versions[label][version].replace(&entry.lines).is_some() {
                return None;
            }
            orders[version].push(label);
        }
    }
    let said = |version: usize, lines: Option<&Range<usize>>| {
        lines.map(|lines| &contents[version][lines.clone()])
    };
    let is_row = clash.kind == FileKind::Markdown;
    let is_same = |one: Option<&[&[u8]]>, other: Option<&[&[u8]]>| match (one, other) {
        (Some([one]), Some([other])) if is_row => markdown::is_one_row(one, other),
        _ => one == other,
    };
    // The version that each entry is taken from, if it stays.
    let chosen = |versions: &[Option<&Range<usize>>; 3]| -> Option<Option<usize>> {
        let [base, ours, theirs] = [0, 1, 2].map(|version| said(version, versions[version]));
        match () {
            () if theirs == base || ours == theirs => Some(ours.map(|_| 1)),
            () if ours == base => Some(theirs.map(|_| 2)),
            // Only padded otherwise by both: one of them, and the same with the sides swapped.
            () if is_same(ours, theirs) => Some(Some(if ours >= theirs { 1 } else { 2 })),
            () if is_same(theirs, base) => Some(ours.map(|_| 1)),
            () if is_same(ours, base) => Some(theirs.map(|_| 2)),
            () => None,
        }
    };
    let chosen: Vec<Option<usize>> = versions.iter().map(chosen).collect::<Option<_>>()?;
    if both_put_another_in_its_stead(&versions) {
        return None;
    }
    let order = order::of(&orders[0], &orders[1], &orders[2]);
    if order == Order::Contested {
        return None;
    }
    let stay = |labels: &[Label]| {
        labels
            .iter()
            .copied()
            .filter(|label| chosen[*label].is_some())
            .collect::<Vec<_>>()
    };
    let keys: HashMap<Label, &[u8]> = known.into_iter().map(|(key, label)| (label, key)).collect();
    let woven = order::weave(order, &stay(&orders[1]), &stay(&orders[2]), |one, other| {
        keys[&one] < keys[&other]
    });
    let run = |label: Label| {
        let version = chosen[label]?;
        let (side, lines) = (SIDES[version], versions[label][version]?);
        let start = clash.lines(side).start;
        Some(RulePart::Lines(
            side,
            start + lines.start..start + lines.end,
        ))
    };
    woven.into_iter().map(run).collect()
}

/// Returns whether both sides took one entry out and each put another one there, which the other
/// side lacks: two names for one entry, of which only a person can say which is right.
fn both_put_another_in_its_stead(versions: &[[Option<&Range<usize>>; 3]]) -> bool {
    let is = |wanted: [bool; 3]| {
        let mut all = versions.iter();
        all.any(|version| version.map(|lines| lines.is_some()) == wanted)
    };
    let (gone, ours_alone, theirs_alone) = (
        is([true, false, false]),
        is([false, true, false]),
        is([false, false, true]),
    );
    gone && ours_alone && theirs_alone
}

const SIDES: [Side; 3] = [Side::Base, Side::Ours, Side::Theirs];

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
