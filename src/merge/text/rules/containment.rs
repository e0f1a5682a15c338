//! Both inserted, and every line of one insertion is in the other, in order: the longer one is taken.

use super::{Clash, Run, is_blank};
use crate::merge::pieces::Side;

/// Settles a place where base has nothing.
pub fn settle(clash: &Clash<'_>) -> Option<Vec<Run>> {
    if !clash.region.base.is_empty() {
        return None;
    }
    let said = |side| clash.content(side).filter(|line| !is_blank(line));
    let (ours, theirs) = (said(Side::Ours), said(Side::Theirs));
    let in_ours = is_subsequence(theirs.clone(), ours.clone());
    let in_theirs = is_subsequence(ours, theirs);
    clash.whichever_has_the_other(in_ours, in_theirs).map(|side| clash.all_of(side))
}

/// Returns whether a side's lines, at least one, all occur in the other's, in order.
fn is_subsequence<'a>(small: impl Iterator<Item = &'a [u8]>, mut large: impl Iterator<Item = &'a [u8]>) -> bool {
    let mut small = small.peekable();
    small.peek().is_some() && small.all(|line| large.any(|other| other == line))
}

#[cfg(test)]
mod tests {
    use super::super::check;
    use super::settle;
    use crate::merge::kind::Kind;

    #[track_caller]
    fn gives(base: &str, ours: &str, theirs: &str, expected: &str) {
        check(settle, Kind::Text, [base, ours, theirs], Some(expected));
        check(settle, Kind::Text, [base, theirs, ours], Some(expected));
    }

    #[track_caller]
    fn conflicts(base: &str, ours: &str, theirs: &str) {
        check(settle, Kind::Text, [base, ours, theirs], None);
        check(settle, Kind::Text, [base, theirs, ours], None);
    }

    #[test]
    fn the_longer_insertion_is_taken() {
        gives("", "x\n", "x\ny\n", "x\ny\n");
        gives("a\nb\n", "a\nx\nz\nb\n", "a\nx\n\ny\nz\nb\n", "a\nx\n\ny\nz\nb\n");
    }

    #[test]
    fn each_line_counts_and_so_does_order() {
        conflicts("", "x\nz\n", "x\ny\n");
        conflicts("", "y\nx\n", "x\ny\nz\n");
        conflicts("a\n", "b\n", "b\nc\n");
        conflicts("a\n", "\na\n", "b\na\n");
    }
}
