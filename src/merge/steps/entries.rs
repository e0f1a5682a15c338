//! TOML, YAML and frontmatter entry by entry.

use crate::merge::gates;
use crate::merge::kind::FileKind;
use crate::merge::marking::frontmatter;
use crate::merge::outline;
use crate::merge::pieces::Merge;

use super::attempt::MergeAttempt;
use super::merge_attempt;
use super::progress::MergeProgress;

/// Merges a text by entries before its lines are tried, where both sides moved lines: a merge of
/// lines doesn't know what was only moved.
pub fn of_sides_that_move(progress: &MergeProgress<'_, '_>) -> Option<Merge> {
    if !progress.comparison().both_move() {
        return None;
    }
    step(progress)
}

/// Merges a text by entries, if that leaves no conflict.
pub fn step(progress: &MergeProgress<'_, '_>) -> Option<Merge> {
    progress.entries().filter(|merge| merge.is_clean()).cloned()
}

/// Merges a text by entries, with conflicts or without. A conflict is about one entry, or lines of
/// it.
pub fn merge(progress: &MergeProgress<'_, '_>) -> Option<Merge> {
    let (attempt, comparison) = (&progress.attempt, progress.comparison());
    let has_entries = match attempt.facts.kind {
        FileKind::Toml | FileKind::Yaml => true,
        FileKind::Markdown => {
            frontmatter(attempt.sides.ours) + frontmatter(attempt.sides.theirs) > 0
        }
        _ => false,
    };
    let is_small = comparison.is_small() && comparison.has_whole_lines();
    // Where base is empty, the sides are two files of one name, not two versions of one file.
    let is_new = attempt.sides.base.trim_ascii().is_empty();
    if attempt.is_part || !has_entries || !is_small || is_new {
        return None;
    }
    attempt.in_both_orders(MergeAttempt::by_entries, |_, _| true)
}

impl MergeAttempt<'_, '_> {
    fn by_entries(&self) -> Option<Merge> {
        let texts = self.facts.lines.texts(&self.sides);
        let [base, ours, theirs] =
            [&texts.base, &texts.ours, &texts.theirs].map(|text| self.facts.outline(text));
        let outlines = [&*base?, &*ours?, &*theirs?];
        let merge = outline::merge(outlines, &texts, &self.sides, |sides| {
            merge_attempt(&self.part(sides))
        });
        let stands = if merge.is_clean() {
            gates::keeps_every_word_of(self.facts, &self.sides, &merge)
                && self.passes_gates(&merge, self.gates())
        } else {
            self.conflicts_are_safe(&merge)
        };
        stands.then_some(merge)
    }
}
