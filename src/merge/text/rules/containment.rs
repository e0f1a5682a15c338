//! Both inserted, and every line of one insertion is in the other, in order: the longer one is
//! taken.

use super::{Clash, RulePart, is_blank};
use crate::merge::pieces::Side;

/// Settles a place where base has nothing.
pub fn settle(clash: &Clash<'_>) -> Option<Vec<RulePart>> {
    if !clash.region.base.is_empty() {
        return None;
    }
    let said = |side| clash.content(side).filter(|line| !is_blank(line));
    let (ours, theirs) = (said(Side::Ours), said(Side::Theirs));
    let in_ours = is_subsequence(theirs.clone(), ours.clone());
    let in_theirs = is_subsequence(ours, theirs);
    clash
        .whichever_has_the_other(in_ours, in_theirs)
        .map(|side| clash.all_of(side))
}

/// Returns whether a side's lines, at least one, all occur in the other's, in order.
fn is_subsequence<'a>(
    small: impl Iterator<Item = &'a [u8]>,
    mut large: impl Iterator<Item = &'a [u8]>,
) -> bool {
    let mut small = small.peekable();
    small.peek().is_some() && small.all(|line| large.any(|other| other == line))
}

#[cfg(test)]
mod tests {
    use super::super::Cases;
    use super::settle;
    use crate::merge::kind::FileKind;

    const RULE: Cases = Cases {
        settle,
        kind: FileKind::Text,
        symmetric: true,
    };

    #[test]
    fn the_longer_insertion_is_taken() {
        RULE.gives("", "x\n", "x\ny\n", "x\ny\n");
        RULE.gives(
            "a\nb\n",
            "a\nx\nz\nb\n",
            "a\nx\n\ny\nz\nb\n",
            "a\nx\n\ny\nz\nb\n",
        );
    }

    #[test]
    fn each_line_counts_and_so_does_order() {
        RULE.conflicts("", "x\nz\n", "x\ny\n");
        RULE.conflicts("", "y\nx\n", "x\ny\nz\n");
        RULE.conflicts("a\n", "b\n", "b\nc\n");
        RULE.conflicts("a\n", "\na\n", "b\na\n");
    }
}
