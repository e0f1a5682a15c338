//! The values of documents, merged by key and by the policy of each array.

use crate::merge::gates;
use crate::merge::json;
use crate::merge::kind::FileKind;
use crate::merge::pieces::Merge;

use super::attempt::{Effort, MergeAttempt};
use super::progress::MergeProgress;

/// Merges documents by their values. A conflict is about one value.
///
/// The result has to pass the gates in both orders of the sides. Where the result of one order
/// doesn't, that of the other order is tried. So it doesn't matter which side is called ours,
/// except where both moved entries and the order of ours wins: there each order's result only has
/// to pass in that order.
pub fn step(progress: &MergeProgress<'_, '_>) -> Option<Merge> {
    let attempt = &progress.attempt;
    let merge = attempt.structure();
    if attempt.effort != Effort::Full {
        return merge.filter(|merge| attempt.keeps_all(merge));
    }
    if let Some(merge) = &merge
        && attempt.value_merge_passes(merge)
        && attempt.structure_stands_swapped(merge)
    {
        return Some(merge.clone());
    }
    let other = attempt.swapped().structure().map(Merge::mirrored)?;
    if attempt.value_merge_passes(&other) && attempt.structure_stands_swapped(&other) {
        return Some(other);
    }
    merge.filter(|merge| {
        attempt.value_merge_passes(merge) && attempt.structure_stands_swapped(&other)
    })
}

impl MergeAttempt<'_, '_> {
    fn structure(&self) -> Option<Merge> {
        let all = [self.sides.base, self.sides.ours, self.sides.theirs];
        if self.facts.kind != FileKind::Json || !json::may_be_read(&all) {
            return None;
        }
        self.facts.by_value(&self.sides)
    }

    /// Returns whether a clean merge of documents by lines has the value that merging their values
    /// gives: a line may have been put into another entry that looks like its own.
    pub fn agrees_with_structure(&self, merge: &Merge) -> bool {
        let Some(by_value) = self.structure() else {
            return true;
        };
        let (by_lines, in_structure) = (merge.bytes(&self.sides), by_value.bytes(&self.sides));
        by_value.is_clean()
            && (by_lines == in_structure || value(&by_lines) == value(&in_structure))
    }

    /// Returns whether a clean merge loses no word and no value. A merge with conflicts loses
    /// nothing.
    fn keeps_all(&self, merge: &Merge) -> bool {
        !merge.is_clean()
            || gates::keeps_every_word_of(self.facts, &self.sides, merge)
                && gates::agrees_with_value_merge(self.facts, &self.sides, merge)
    }

    fn value_merge_passes(&self, merge: &Merge) -> bool {
        !merge.is_clean() || self.keeps_all(merge) && self.is_stable(merge, false)
    }

    fn structure_stands_swapped(&self, merge: &Merge) -> bool {
        let swapped = merge.clone().mirrored();
        !merge.is_clean() || self.keeps_all(merge) && self.swapped().is_stable(&swapped, false)
    }
}

fn value(text: &[u8]) -> Option<serde_json::Value> {
    serde_json::from_slice(text).ok()
}
