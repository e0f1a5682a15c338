//! What is left when no step gave a clean merge: the merge whose conflicts are smallest, so long as
//! the file is what it was whichever side is taken at them.

use std::ops::Range;

use crate::merge::kind::FileKind;
use crate::merge::marking::frontmatter;
use crate::merge::pieces::Merge;
use crate::merge::text::Comparison;

use super::attempt::MergeAttempt;
use super::progress::MergeProgress;

/// Takes entries with conflicts, where both sides edited some: lines of those that clash say
/// nothing of what is beside them.
pub fn of_entries_of_both(progress: &MergeProgress<'_, '_>) -> Option<Merge> {
    let merge = progress.entries()?;
    progress
        .attempt
        .do_both_edit_entries()
        .then(|| merge.clone())
}

/// Takes the forms with conflicts: where a formatter went over a side, what is contested is less
/// than what it touched.
pub fn of_forms(progress: &MergeProgress<'_, '_>) -> Option<Merge> {
    let forms = progress.forms()?;
    let rules = progress.rules(progress.rule_sets()[0]);
    (contested(forms) < contested(rules)).then(|| forms.clone())
}

/// Takes what rules settled, and leaves the rest.
pub fn of_rules(progress: &MergeProgress<'_, '_>) -> Option<Merge> {
    let asked = progress.rule_sets()[0];
    let rules = progress.rules(asked);
    let may_be_left = progress
        .attempt
        .may_be_left(progress.comparison(), rules, |comparison| {
            comparison.by_rules(asked)
        });
    may_be_left.then(|| rules.clone())
}

/// Takes entries with conflicts, else lines with conflicts.
pub fn of_entries_or_lines(progress: &MergeProgress<'_, '_>) -> Option<Merge> {
    if let Some(entries) = progress.entries() {
        return Some(entries.clone());
    }
    let comparison = progress.comparison();
    let lines = comparison.by_lines();
    progress
        .attempt
        .may_be_left(comparison, &lines, Comparison::by_lines)
        .then_some(lines)
}

impl<'a> MergeAttempt<'_, 'a> {
    /// Returns whether the conflicts of a merge are as small as they may be: whichever side is
    /// taken there, the file is what it was. Where both sides changed the envelope, each order
    /// of the sides writes another one, and both have to be.
    fn may_be_left(
        &self,
        comparison: &Comparison<'a>,
        merge: &Merge,
        merged: impl Fn(&Comparison<'a>) -> Merge,
    ) -> bool {
        if !self.is_whole(merge) {
            return false;
        }
        if comparison.has_common_envelope() {
            return true;
        }
        let swapped = self.swapped();
        swapped.is_whole(&merged(&swapped.compared_like(comparison)))
    }

    /// Returns whether what both sides edited is made of entries.
    fn do_both_edit_entries(&self) -> bool {
        if self.facts.kind != FileKind::Markdown {
            return true;
        }
        let [base, ours, theirs] =
            [self.sides.base, self.sides.ours, self.sides.theirs].map(header);
        ours != base && theirs != base && ours != theirs
    }
}

/// Returns the lines of the frontmatter of a Markdown text.
fn header(text: &[u8]) -> Vec<&[u8]> {
    let lines = text.split_inclusive(|byte| *byte == b'\n');
    lines.take(frontmatter(text)).collect()
}

/// Returns how many bytes of the sides are contested.
fn contested(merge: &Merge) -> usize {
    merge
        .conflicts()
        .flat_map(|conflict| [&conflict.ours, &conflict.theirs])
        .flatten()
        .map(Range::len)
        .sum()
}
