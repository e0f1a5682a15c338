//! A merge to be made: of which versions, with how much effort, and which gates a clean result has
//! to pass.

use crate::merge::facts::TextFacts;
use crate::merge::gates;
use crate::merge::pieces::{Merge, Side, Sides};
use crate::merge::rule::MergeRule;

#[derive(Clone, Copy)]
pub struct MergeAttempt<'m, 'a> {
    pub facts: &'m TextFacts<'a>,
    pub sides: Sides<'a>,
    pub effort: Effort<'a>,
    /// Whether the texts are parts of a file: an entry, a section.
    pub is_part: bool,
}

/// How much is tried and checked. A merge that is made to check another one isn't checked itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effort<'a> {
    /// All steps but `already_there`. Results have to be valid, but aren't merged again.
    Plain,
    /// The step `already_there`, too. That one side has the other's edit may be `proved`.
    Check { proved: Option<Proved<'a>> },
    /// Merging again has to change nothing, too.
    Full,
}

/// What is known already: merging the other side into `rest` gives `side`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proved<'a> {
    pub side: Side,
    pub rest: &'a [u8],
}

/// The gates that a clean merge has to pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gates {
    /// It is a document of its kind, and has the value that a merge of values gives.
    Valid,
    /// Merging again changes nothing, too; asked with full effort only. `is_first` says that a
    /// merge with plain effort gives this result.
    ValidAndStable { is_first: bool },
}

impl<'a> MergeAttempt<'_, 'a> {
    pub fn swapped(&self) -> Self {
        Self {
            sides: self.sides.swapped(),
            ..*self
        }
    }

    /// Returns the attempt to merge a part of the texts on its own.
    pub fn part(&self, sides: &Sides<'a>) -> Self {
        Self {
            sides: *sides,
            effort: Effort::Plain,
            is_part: true,
            ..*self
        }
    }

    /// Returns the gates for a result that a merge with plain effort may not give.
    pub fn gates(&self) -> Gates {
        match self.effort {
            Effort::Full => Gates::ValidAndStable { is_first: false },
            Effort::Plain | Effort::Check { .. } => Gates::Valid,
        }
    }

    /// Returns whether a clean merge passes the gates.
    ///
    /// Merging again has to change nothing whichever side is called ours, so that both orders of
    /// the sides give a clean merge or neither does. Where the result depends on that order, the
    /// other order's result is checked by the step itself.
    pub fn passes_gates(&self, merge: &Merge, gates: Gates) -> bool {
        let (facts, sides) = (self.facts, &self.sides);
        if !gates::stays_valid(facts, sides, merge)
            || !gates::agrees_with_value_merge(facts, sides, merge)
            || self.effort == Effort::Full && gates::is_mended(facts, sides, merge)
        {
            return false;
        }
        match gates {
            Gates::Valid => true,
            Gates::ValidAndStable { is_first } => {
                self.is_stable(merge, is_first)
                    && (self.gives_each_order_its_own(merge)
                        || self
                            .swapped()
                            .is_stable(&merge.clone().mirrored(), is_first))
            }
        }
    }

    /// Returns whether swapped sides may give another result.
    fn gives_each_order_its_own(&self, merge: &Merge) -> bool {
        merge.uses(MergeRule::Union)
            || merge.uses(MergeRule::Order)
            || !self.facts.lines.texts(&self.sides).envelope.is_common
    }

    /// Returns whether a merge has conflicts, and either side can be taken at all of them without
    /// breaking the file or losing a line that all versions have.
    pub fn conflicts_are_safe(&self, merge: &Merge) -> bool {
        !merge.is_clean()
            && gates::stays_valid(self.facts, &self.sides, merge)
            && gates::keeps_what_both_have(&self.sides, merge)
    }
}
