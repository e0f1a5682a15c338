//! A merge that is made: of what, with how much effort, and the gates that a clean one passes.

use crate::merge::facts::TextFacts;
use crate::merge::gates;
use crate::merge::pieces::{Merge, Side, Sides};
use crate::merge::rule::MergeRule;

/// A merge to be made.
#[derive(Clone, Copy)]
pub struct MergeAttempt<'m, 'a> {
    pub facts: &'m TextFacts<'a>,
    pub sides: Sides<'a>,
    pub effort: Effort<'a>,
    /// Whether the texts are parts of others: an entry, a section.
    pub is_part: bool,
}

/// How much is tried, so that a merge that is made to check another doesn't check itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effort<'a> {
    /// Lines, structure and rules.
    Plain,
    /// Whether one side has the other's edit already, too; of one side it may be proved.
    Check { proved: Option<Proved<'a>> },
    /// Whether merging again changes nothing, too.
    Full,
}

/// That merging the other side into `rest` gives `side`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proved<'a> {
    pub side: Side,
    pub rest: &'a [u8],
}

/// The gates that a clean merge has to pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gates {
    /// It is a document of its kind, and says what its values say.
    Valid,
    /// Merging again changes nothing, too. `is_first` says that the plain effort gives this merge.
    ValidAndStable { is_first: bool },
}

impl<'a> MergeAttempt<'_, 'a> {
    /// Returns the attempt with the sides swapped.
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

    /// Returns the gates for what no other merge says anything about.
    pub fn gates(&self) -> Gates {
        match self.effort {
            Effort::Full => Gates::ValidAndStable { is_first: false },
            Effort::Plain | Effort::Check { .. } => Gates::Valid,
        }
    }

    /// Returns whether a clean merge passes the gates.
    ///
    /// Merging again has to change nothing whichever side is called ours, so that both orders of
    /// the sides are clean or neither is; where the order says what the result is, each has a
    /// result of its own.
    pub fn holds(&self, merge: &Merge, gates: Gates) -> bool {
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

    /// Returns whether the order of the sides says what the result is.
    fn gives_each_order_its_own(&self, merge: &Merge) -> bool {
        merge.uses(MergeRule::Union)
            || merge.uses(MergeRule::Order)
            || !self.facts.lines.texts(&self.sides).envelope.is_common
    }

    /// Returns whether a merge has conflicts, and the file is what it was whichever side is taken
    /// there.
    pub fn is_whole(&self, merge: &Merge) -> bool {
        !merge.is_clean()
            && gates::stays_valid(self.facts, &self.sides, merge)
            && gates::keeps_what_both_have(&self.sides, merge)
    }
}
