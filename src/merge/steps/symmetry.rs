//! Whether a merge stands whichever side is called ours.

use std::rc::Rc;

use crate::merge::pieces::Merge;
use crate::merge::text::Comparison;

use super::attempt::{Effort, Gates, MergeAttempt};

impl<'a> MergeAttempt<'_, 'a> {
    /// Makes a merge that, with full effort, stands with the sides swapped, too.
    ///
    /// `agrees` says whether it may: it gets the merge, and whether the other order gives the same
    /// bytes.
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
        agrees(&merge, is_same).then_some(merge)
    }

    /// Returns whether a merge of lines passes the gates with the sides swapped, too: a declared
    /// order gives another text then.
    pub fn is_symmetric(
        &self,
        comparison: &Comparison<'a>,
        merged: impl Fn(&Comparison<'a>) -> Merge,
    ) -> bool {
        let swapped = self.swapped();
        let merge = merged(&swapped.compared_like(comparison));
        merge.is_clean() && swapped.holds(&merge, Gates::ValidAndStable { is_first: false })
    }

    /// Returns the versions side by side, aligned like those of another attempt.
    pub fn compared_like(&self, other: &Comparison<'a>) -> Rc<Comparison<'a>> {
        let texts = self.facts.lines.texts(&self.sides);
        self.facts.lines.compare(&texts, other.algorithm())
    }
}
