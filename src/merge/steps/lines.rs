//! Lines: each edit that no edit of the other side touches is taken.

use crate::merge::gates;
use crate::merge::kind::FileKind;
use crate::merge::pieces::Merge;
use crate::merge::text::Comparison;

use super::attempt::{Effort, Gates, MergeAttempt};
use super::progress::{FIRST, MergeProgress};

/// Merges lines in the alignment that is tried first.
pub fn first(progress: &MergeProgress<'_, '_>) -> Option<Merge> {
    progress.attempt.by_lines(progress.comparison(), true)
}

/// Merges lines in the other alignments.
pub fn aligned_otherwise(progress: &MergeProgress<'_, '_>) -> Option<Merge> {
    let is_first = !progress.comparison().is_clean();
    progress
        .other_comparisons()
        .find_map(|comparison| progress.attempt.by_lines(comparison, is_first))
}

impl<'a> MergeAttempt<'_, 'a> {
    /// Merges lines where no edit touches one of the other side's. `is_first` says that a merge
    /// with plain effort gives the same result.
    fn by_lines(&self, comparison: &Comparison<'a>, is_first: bool) -> Option<Merge> {
        if !comparison.is_clean() {
            return None;
        }
        let merge = comparison.by_lines();
        if !comparison.keeps_values_apart() && !self.agrees_with_structure(&merge) {
            return None;
        }
        let is_checked = self.effort == Effort::Full && comparison.is_small();
        let gates = match is_checked && !self.is_proved_stable(comparison) {
            true => Gates::ValidAndStable { is_first },
            false => Gates::Valid,
        };
        // Where the versions differ in their envelope, swapped sides give another result, which
        // has to pass the gates, too.
        let has_order = is_checked && !comparison.has_common_envelope();
        let stands = self.passes_gates(&merge, gates)
            && (!has_order || self.is_symmetric(comparison, Comparison::by_lines));
        stands.then_some(merge)
    }

    /// Returns whether the lines alone prove that merging again changes nothing.
    ///
    /// They don't in the second alignment, since a merge made again tries the first one before it;
    /// nor in templates, where tags are looked at as well. Where a side doesn't parse, the result
    /// may, and a merge made again would compare values that this one couldn't.
    fn is_proved_stable(&self, comparison: &Comparison<'a>) -> bool {
        comparison.algorithm() == FIRST
            && self.facts.kind != FileKind::Template
            && gates::asks_values_of_all(self.facts, &self.sides)
            && comparison.is_stable()
    }
}
