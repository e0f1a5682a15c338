//! Markdown section by section, each as a text of its own.

use crate::merge::gates;
use crate::merge::pieces::Merge;
use crate::merge::rule::MergeRule;
use crate::merge::sections;

use super::attempt::MergeAttempt;
use super::merge_attempt;
use super::progress::MergeProgress;

/// How many bytes the three texts may have together.
const LARGEST: usize = 1 << 20;

/// Merges Markdown section by section. The result has to be the same whichever side is called ours,
/// except for the order of entries that both inserted in one section.
pub fn step(progress: &MergeProgress<'_, '_>) -> Option<Merge> {
    let (attempt, comparison) = (&progress.attempt, progress.comparison());
    let sides = &attempt.sides;
    let length = sides.base.len() + sides.ours.len() + sides.theirs.len();
    if length > LARGEST || !comparison.is_small() || !comparison.has_whole_lines() {
        return None;
    }
    attempt.in_both_orders(MergeAttempt::by_sections, |merge, is_same| {
        is_same || merge.uses(MergeRule::Union)
    })
}

impl MergeAttempt<'_, '_> {
    fn by_sections(&self) -> Option<Merge> {
        let merge = sections::merge(&self.sides, |sides| {
            Some(merge_attempt(&self.part(sides))).filter(Merge::is_clean)
        })?;
        let stands = gates::keeps_every_word_of(self.facts, &self.sides, &merge)
            && self.passes_gates(&merge, self.gates());
        stands.then_some(merge)
    }
}
