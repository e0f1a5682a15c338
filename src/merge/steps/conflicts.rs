//! What is left when no step gave a clean merge: the first of several merges with conflicts in
//! which either side can be taken without breaking the file.

use std::ops::Range;

use crate::merge::kind::FileKind;
use crate::merge::marking::frontmatter;
use crate::merge::pieces::Merge;
use crate::merge::text::Comparison;

use super::attempt::MergeAttempt;
use super::progress::MergeProgress;

/// Takes the merge by entries, where both sides edited entries. A clash of lines would withhold the
/// entries beside the contested one, too.
pub fn of_entries_of_both(progress: &MergeProgress<'_, '_>) -> Option<Merge> {
    let merge = progress.entries()?;
    progress
        .attempt
        .do_both_edit_entries()
        .then(|| merge.clone())
}

/// Takes the merge of Markdown by what its lines say, where less is in conflict than with rules: a
/// formatter touched much more than what is contested.
pub fn of_forms(progress: &MergeProgress<'_, '_>) -> Option<Merge> {
    let forms = progress.forms()?;
    let rules = progress.rules(progress.rule_sets()[0]);
    (contested(forms) < contested(rules)).then(|| forms.clone())
}

/// Takes what rules settled, with conflicts at the other places.
pub fn of_rules(progress: &MergeProgress<'_, '_>) -> Option<Merge> {
    let asked = progress.rule_sets()[0];
    let rules = progress.rules(asked);
    let may_be_left =
        progress
            .attempt
            .conflicts_may_stay(progress.comparison(), rules, |comparison| {
                comparison.by_rules(asked)
            });
    may_be_left.then(|| rules.clone())
}

/// Takes the merge by entries, else the one by lines.
pub fn of_entries_or_lines(progress: &MergeProgress<'_, '_>) -> Option<Merge> {
    if let Some(entries) = progress.entries() {
        return Some(entries.clone());
    }
    let comparison = progress.comparison();
    let lines = comparison.by_lines();
    progress
        .attempt
        .conflicts_may_stay(comparison, &lines, Comparison::by_lines)
        .then_some(lines)
}

impl<'a> MergeAttempt<'_, 'a> {
    /// Returns whether a merge may be the answer with its conflicts: whichever side is taken there,
    /// the file stays valid. Where the versions differ in their envelope, each order of the sides
    /// writes another one, and both results have to be valid.
    fn conflicts_may_stay(
        &self,
        comparison: &Comparison<'a>,
        merge: &Merge,
        merged: impl Fn(&Comparison<'a>) -> Merge,
    ) -> bool {
        if !self.conflicts_are_safe(merge) {
            return false;
        }
        if comparison.has_common_envelope() {
            return true;
        }
        let swapped = self.swapped();
        swapped.conflicts_are_safe(&merged(&swapped.compared_like(comparison)))
    }

    /// Returns whether both sides edited entries: in Markdown, the frontmatter.
    fn do_both_edit_entries(&self) -> bool {
        if self.facts.kind != FileKind::Markdown {
            return true;
        }
        let [base, ours, theirs] =
            [self.sides.base, self.sides.ours, self.sides.theirs].map(header);
        ours != base && theirs != base && ours != theirs
    }
}

fn header(text: &[u8]) -> Vec<&[u8]> {
    let lines = text.split_inclusive(|byte| *byte == b'\n');
    lines.take(frontmatter(text)).collect()
}

/// Returns how many bytes of ours and theirs are in conflicts.
fn contested(merge: &Merge) -> usize {
    merge
        .conflicts()
        .flat_map(|conflict| [&conflict.ours, &conflict.theirs])
        .flatten()
        .map(Range::len)
        .sum()
}
