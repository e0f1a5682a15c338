//! Checks that merging again changes nothing: merging either side into the result gives the result.

use crate::merge::kind::FileKind;
use crate::merge::pieces::{Merge, Side};
use crate::merge::rule::MergeRule;

use super::attempt::{Effort, MergeAttempt, Proved};
use super::merge_attempt;

impl<'a> MergeAttempt<'_, 'a> {
    /// Returns whether merging either side into the result again changes nothing.
    pub fn is_stable(&self, merge: &Merge, is_first: bool) -> bool {
        let result = self.facts.keep(merge.bytes(&self.sides));
        // Merging theirs into ours gives it with plain effort, unless an order was declared; that
        // merging ours into theirs does, too, is tried.
        let is_known = is_first && !merge.uses(MergeRule::Union) && merge.newline.is_none();
        self.remerge_is_noop(result, Side::Ours, is_known)
            && self.remerge_is_noop(result, Side::Theirs, is_known && self.gives_swapped(result))
    }

    /// Returns whether merging the other side into the result, which takes the place of `side`,
    /// gives the result. `is_proved` says that merging it into `side` itself is known to give it.
    fn remerge_is_noop(&self, result: &'a [u8], side: Side, is_proved: bool) -> bool {
        let rest = self.sides.of(side);
        let proved = is_proved.then_some(Proved { side, rest });
        let again = MergeAttempt {
            sides: self.sides.with(side, result),
            effort: Effort::Check { proved },
            ..*self
        };
        let merge = merge_attempt(&again);
        // A union imposes an order (ours first), so merging again isn't without effect.
        let is_united = self.facts.kind != FileKind::Json && merge.uses(MergeRule::Union);
        merge.is_clean()
            && !is_united
            && merge.bytes(&again.sides) == result
            && again.remerge_is_symmetric(&merge, result)
    }

    fn gives_swapped(&self, result: &[u8]) -> bool {
        let swapped = MergeAttempt {
            effort: Effort::Plain,
            ..self.swapped()
        };
        swapped.gives(result)
    }

    /// Returns whether a merge that was made again gives the result with its sides swapped, too: a
    /// merge with full effort would check that. Where the swapped merge may put things in another
    /// order, it is enough that its own result is stable.
    fn remerge_is_symmetric(&self, merge: &Merge, result: &[u8]) -> bool {
        // Values are merged into one side's order and layout.
        let is_by_value = self.facts.kind == FileKind::Json && merge.is_by_value();
        let has_order = is_by_value || merge.uses(MergeRule::Order);
        let is_common = self.facts.lines.texts(&self.sides).envelope.is_common;
        if !has_order && (!is_common || self.facts.kind == FileKind::Json) {
            return true;
        }
        let turned = MergeAttempt {
            effort: Effort::Check { proved: None },
            ..self.swapped()
        };
        turned.gives(result) || has_order && turned.gives_a_fixpoint()
    }

    /// Returns whether the merge is clean, and merging either side into its result again gives
    /// that.
    fn gives_a_fixpoint(&self) -> bool {
        let merge = merge_attempt(self);
        let result = self.facts.keep(merge.bytes(&self.sides));
        merge.is_clean()
            && [Side::Ours, Side::Theirs].into_iter().all(|side| {
                let sides = self.sides.with(side, result);
                MergeAttempt { sides, ..*self }.gives(result)
            })
    }

    /// Returns whether the merge is clean, and gives these bytes.
    pub fn gives(&self, result: &[u8]) -> bool {
        let merge = merge_attempt(self);
        merge.is_clean() && merge.bytes(&self.sides) == result
    }
}
