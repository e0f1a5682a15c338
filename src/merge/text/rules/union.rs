//! Both inserted entries of an ignore file: both are kept, ours first, each entry once.
//!
//! An ignore file is a set inside groups that start with a comment. Where a `!` line takes
//! something back, order matters and nothing is united.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::Range;

use super::{Clash, RulePart, is_blank};
use crate::merge::kind::FileKind;
use crate::merge::pieces::Side;
use crate::merge::text::lines::Text;

/// Settles a place where both sides only add.
pub fn settle(clash: &Clash<'_>) -> Option<Vec<RulePart>> {
    if clash.kind != FileKind::Ignore || !clash.region.base.is_empty() || clash.is_ordered() {
        return None;
    }
    let (ours, theirs) = (groups(clash, Side::Ours), groups(clash, Side::Theirs));
    let known: BTreeSet<&[u8]> = clash
        .content(Side::Ours)
        .filter(|line| !is_blank(line))
        .collect();
    let news = |lines: &Range<usize>| {
        let is_news = |index: &usize| !known.contains(clash.texts.theirs.line(*index));
        lines
            .clone()
            .filter(is_news)
            .map(|index| RulePart::Lines(Side::Theirs, index..index + 1))
            .collect::<Vec<_>>()
    };
    let mut same: HashMap<Vec<&[u8]>, Vec<&Group>> = HashMap::new();
    for group in &theirs {
        same.entry(header(clash, Side::Theirs, group).collect())
            .or_default()
            .push(group);
    }
    let mut runs = Vec::new();
    let mut shared = HashSet::new();
    for group in &ours {
        let header: Vec<&[u8]> = header(clash, Side::Ours, group).collect();
        runs.push(RulePart::Lines(
            Side::Ours,
            group.header.start..group.entries.end,
        ));
        runs.extend(
            same.get(&header)
                .into_iter()
                .flatten()
                .flat_map(|other| news(&other.entries)),
        );
        shared.insert(header);
    }
    let is_new =
        |group: &&Group| !shared.contains(&header(clash, Side::Theirs, group).collect::<Vec<_>>());
    for group in theirs.iter().filter(is_new) {
        runs.push(RulePart::Lines(Side::Theirs, group.header.clone()));
        runs.extend(news(&group.entries));
    }
    Some(runs)
}

/// Entries below a comment. The first group of an insertion may have no comment, and belongs to the
/// lines before it.
struct Group {
    header: Range<usize>,
    entries: Range<usize>,
}

fn header<'a>(
    clash: &Clash<'a>,
    side: Side,
    group: &Group,
) -> impl Iterator<Item = &'a [u8]> + use<'a> {
    let text: &'a Text<'a> = clash.texts.side(side);
    group.header.clone().map(move |index| text.line(index))
}

fn groups(clash: &Clash<'_>, side: Side) -> Vec<Group> {
    let all = clash.lines(side);
    let text = clash.texts.side(side);
    let is_comment = |index: &usize| text.line(*index).starts_with(b"#");
    let mut groups = Vec::new();
    let mut at = all.start;
    // There is always a first group, since the other side's may have entries.
    while at < all.end || groups.is_empty() {
        let header = at + (at..all.end).take_while(is_comment).count();
        let header = if groups.is_empty() && header > at {
            at
        } else {
            header
        };
        let entries = header
            + (header..all.end)
                .take_while(|index| !is_comment(index))
                .count();
        groups.push(Group {
            header: at..header,
            entries: header..entries,
        });
        at = entries;
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::super::Cases;
    use super::settle;
    use crate::merge::kind::FileKind;

    const RULE: Cases = Cases {
        settle,
        kind: FileKind::Ignore,
        symmetric: false,
    };

    #[test]
    fn both_insertions_are_kept_ours_first_one_of_each() {
        RULE.gives("a\n", "a\nx\n", "a\ny\n", "a\nx\ny\n");
        RULE.gives("a\n", "a\nx\nz\n", "a\ny\nz\n", "a\nx\nz\ny\n");
        RULE.gives("", "# one\nx\n", "# two\ny\n", "# one\nx\n# two\ny\n");
        // What has the same comment is the same group; what has none belongs to what stands before.
        RULE.gives(
            "",
            "# one\nx\n# three\nz\n",
            "# one\ny\n",
            "# one\nx\ny\n# three\nz\n",
        );
        RULE.gives("a\n", "a\n# one\nx\n", "a\ny\n", "a\ny\n# one\nx\n");
    }

    #[test]
    fn where_order_matters_nothing_is_united() {
        RULE.conflicts("*\n!a\n", "*\n!a\nx\n", "*\n!a\ny\n");
        RULE.conflicts("a\n", "x\n", "y\n");
    }
}
