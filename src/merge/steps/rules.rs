//! The rules inside a place that both changed (`text::rules`), all or nothing for each place.

use crate::merge::pieces::Merge;
use crate::merge::rule::MergeRule;
use crate::merge::text::RuleSet;

use super::attempt::{Effort, Gates};
use super::progress::MergeProgress;

/// Takes the merge by rules, if they settle every clash.
pub fn step(progress: &MergeProgress<'_, '_>) -> Option<Merge> {
    // Checking the result of rules in a large file takes too long.
    if !progress.comparison().is_small() {
        return None;
    }
    progress.rule_sets().iter().find_map(|asked| {
        let merge = progress.rules(*asked);
        (merge.is_clean() && stands(progress, merge, *asked)).then(|| merge.clone())
    })
}

/// Returns whether a merge by rules passes the gates.
fn stands(progress: &MergeProgress<'_, '_>, merge: &Merge, asked: RuleSet) -> bool {
    let (attempt, comparison) = (&progress.attempt, progress.comparison());
    let is_full = attempt.effort == Effort::Full;
    let gates = match is_full {
        true => Gates::ValidAndStable {
            is_first: asked == RuleSet::All && do_all_clash(progress),
        },
        false => Gates::Valid,
    };
    let says_who_is_first = merge.uses(MergeRule::Union) || merge.uses(MergeRule::Entries);
    let has_order = is_full && (says_who_is_first || !comparison.has_common_envelope());
    attempt.agrees_with_structure(merge)
        && attempt.passes_gates(merge, gates)
        && (!has_order || attempt.is_symmetric(comparison, |comparison| comparison.by_rules(asked)))
}

/// Returns whether the lines clash in every alignment, so that a merge with plain effort gets as
/// far as the rules, too.
fn do_all_clash(progress: &MergeProgress<'_, '_>) -> bool {
    !progress.comparison().is_clean()
        && progress
            .other_comparisons()
            .all(|comparison| !comparison.is_clean())
}
