//! Checks that a merge holds whichever side is called ours.

use std::rc::Rc;

use crate::merge::pieces::{Location, Merge};
use crate::merge::text::Comparison;

use super::attempt::{Effort, Gates, MergeAttempt};

impl<'a> MergeAttempt<'_, 'a> {
    /// Makes a merge; with full effort, only if swapped sides give one with the same conflicts, and
    /// `agrees` accepts the two: it gets the merge, and whether the other order gives the same
    /// bytes. Bytes alone don't tell: a place that one order settles by taking ours, and that the
    /// other leaves in conflict, has the bytes of ours in both.
    pub fn in_both_orders(
        &self,
        merged: impl Fn(&Self) -> Option<Merge>,
        agrees: impl Fn(&Merge, bool) -> bool,
    ) -> Option<Merge> {
        let merge = merged(self)?;
        if self.effort != Effort::Full {
            return Some(merge);
        }
        let other = merged(&self.swapped())?.mirrored();
        let is_same = merge.bytes(&self.sides) == other.bytes(&self.sides);
        (have_same_conflicts(&merge, &other) && agrees(&merge, is_same)).then_some(merge)
    }

    /// Returns whether the merge of lines that swapped sides give is clean and passes the gates. It
    /// may be another text, where an order was declared.
    pub fn is_symmetric(
        &self,
        comparison: &Comparison<'a>,
        merged: impl Fn(&Comparison<'a>) -> Merge,
    ) -> bool {
        let swapped = self.swapped();
        let merge = merged(&swapped.compared_like(comparison));
        merge.is_clean() && swapped.passes_gates(&merge, Gates::ValidAndStable { is_first: false })
    }

    /// Returns this attempt's versions side by side, in the alignment of another comparison.
    pub fn compared_like(&self, other: &Comparison<'a>) -> Rc<Comparison<'a>> {
        let texts = self.facts.lines.texts(&self.sides);
        self.facts.lines.compare(&texts, other.algorithm())
    }
}

/// Returns whether two merges have conflicts at the same places, in whatever order.
fn have_same_conflicts(one: &Merge, other: &Merge) -> bool {
    let places = |merge: &Merge| -> Vec<Location> {
        merge
            .conflicts()
            .map(|conflict| conflict.place.clone())
            .collect()
    };
    let (places, others) = (places(one), places(other));
    places == others
        || (places.len() == others.len() && places.iter().all(|place| others.contains(place)))
}
