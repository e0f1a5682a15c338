//! Markdown by what its lines say, where one side was reformatted.

use crate::merge::gates;
use crate::merge::pieces::Merge;
use crate::merge::rule::MergeRule;
use crate::merge::text::forms;

use super::attempt::MergeAttempt;
use super::progress::MergeProgress;

/// Merges Markdown by what its lines say: to the rules, a line that a formatter rewrote is another
/// line.
pub fn step(progress: &MergeProgress<'_, '_>) -> Option<Merge> {
    progress.forms().filter(|merge| merge.is_clean()).cloned()
}

/// Returns that merge, with conflicts or without. It has to be the same whichever side is called
/// ours, except for the order of entries that both inserted.
pub fn merge(progress: &MergeProgress<'_, '_>) -> Option<Merge> {
    if !progress.comparison().has_common_envelope() {
        return None;
    }
    progress
        .attempt
        .in_both_orders(MergeAttempt::by_forms, |merge, is_same| {
            is_same || merge.uses(MergeRule::Union)
        })
}

impl MergeAttempt<'_, '_> {
    fn by_forms(&self) -> Option<Merge> {
        let texts = self.facts.lines.texts(&self.sides);
        let merge = forms::merge(&self.facts.lines, &texts, &self.sides)?;
        let stands = if merge.is_clean() {
            gates::keeps_every_word_of(self.facts, &self.sides, &merge)
                && self.passes_gates(&merge, self.gates())
        } else {
            gates::keeps_every_word_of_who_is_taken(self.facts, &self.sides, &merge)
                && self.conflicts_are_safe(&merge)
        };
        stands.then_some(merge)
    }
}
