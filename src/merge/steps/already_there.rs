//! One side already has the other's edit: if the edit is taken out of that side and merged in
//! again, the result is that side.
//!
//! Tried only where each line that one side added is among the lines that the other added, and each
//! line that it removed is among those that the other removed. Otherwise it did something that the
//! other didn't.

use std::collections::BTreeSet;

use crate::merge::gates;
use crate::merge::kind::FileKind;
use crate::merge::line_places;
use crate::merge::pieces::{Location, Merge, Resolution, Side, Sides};
use crate::merge::rule::MergeRule;
use crate::merge::text::Comparison;
use crate::merge::text::rules::template;

use super::attempt::{Effort, MergeAttempt};
use super::progress::{self, MergeProgress};
use super::whole;

/// For every kind of file but JSON.
pub fn step(progress: &MergeProgress<'_, '_>) -> Option<Merge> {
    progress.attempt.already_there(progress.comparison())
}

/// For JSON whose lines merge cleanly, but may confuse two values with each other.
pub fn in_mixed_values(progress: &MergeProgress<'_, '_>) -> Option<Merge> {
    let comparison = progress.comparison();
    if !comparison.is_clean() || comparison.keeps_values_apart() {
        return None;
    }
    let merge = progress.attempt.already_there(comparison)?;
    progress
        .attempt
        .agrees_with_structure(&merge)
        .then_some(merge)
}

/// For JSON whose lines clash.
pub fn in_clashing_lines(progress: &MergeProgress<'_, '_>) -> Option<Merge> {
    let comparison = progress.comparison();
    if comparison.is_clean() {
        return None;
    }
    progress.attempt.already_there(comparison)
}

impl<'a> MergeAttempt<'_, 'a> {
    fn already_there(&self, comparison: &Comparison<'_>) -> Option<Merge> {
        if self.effort == Effort::Plain {
            return None;
        }
        let in_ours = comparison.edits_are_subset_of_other(Side::Theirs)
            && self.has_edit_of_other(Side::Ours);
        let in_theirs = comparison.edits_are_subset_of_other(Side::Ours)
            && self.has_edit_of_other(Side::Theirs);
        // Both did the same, but each put it in an order of its own.
        let has_order = matches!(
            self.facts.kind,
            FileKind::Json | FileKind::Toml | FileKind::Yaml
        ) && comparison.sides_have_the_same_lines();
        let side = match (in_ours, in_theirs) {
            (true, true) if has_order => Side::Ours,
            (true, true) => comparison.fuller(),
            (true, false) => Side::Ours,
            (false, true) => Side::Theirs,
            (false, false) => return None,
        };
        let mut merge = Merge::whole(side, self.sides.of(side).len(), MergeRule::AlreadyThere);
        if in_ours && in_theirs && has_order {
            merge.resolutions.push(Resolution {
                rule: MergeRule::Order,
                place: Location::File,
            });
        }
        self.side_stands(&merge).then_some(merge)
    }

    /// Returns whether a whole side may be the result. It is valid already; but a template has to
    /// have the tags of the right side, and a line of a document may stand at another path than the
    /// edit put it.
    fn side_stands(&self, merge: &Merge) -> bool {
        let has_tags = self.facts.kind == FileKind::Template;
        (!has_tags || gates::stays_valid(self.facts, &self.sides, merge))
            && gates::agrees_with_value_merge(self.facts, &self.sides, merge)
    }

    /// Returns whether a side already has the other side's edit, at the same place.
    fn has_edit_of_other(&self, side: Side) -> bool {
        let Sides { base, ours, theirs } = self.sides;
        let (whole, edit) = match side {
            Side::Theirs => (theirs, ours),
            Side::Base | Side::Ours => (ours, theirs),
        };
        let known = match self.effort {
            Effort::Check {
                proved: Some(proved),
            } if proved.side == side => Some(proved.rest),
            _ => None,
        };
        let is_covered = self.facts.kind == FileKind::Template
            && template::tag_may_cover_deletion(base, whole, edit);
        !is_covered && self.is_at_its_place(whole, edit) && self.is_in(whole, edit, known)
    }

    fn is_at_its_place(&self, whole: &'a [u8], edit: &'a [u8]) -> bool {
        match [self.sides.base, whole, edit].map(|text| self.facts.places(text)) {
            [Some(base), Some(whole), Some(edit)] => line_places::is_there(&base, &whole, &edit),
            // Files of this kind have no places.
            _ => true,
        }
    }

    /// Returns whether there is a version into which merging `edit` gives `whole`. It may be
    /// `known` of one version that it does.
    ///
    /// Any version will do, however it was guessed: each guess is proved.
    fn is_in(&self, whole: &'a [u8], edit: &'a [u8], known: Option<&[u8]>) -> bool {
        let taken_out = Sides {
            base: edit,
            ours: whole,
            theirs: self.sides.base,
        };
        if let Some(merge) = whole::unmerged(&taken_out) {
            let rest = merge.bytes(&taken_out);
            return known == Some(&rest) || self.gives_whole(self.facts.keep(rest), edit, whole);
        }
        let mut tried = BTreeSet::new();
        let texts = self.facts.lines.texts(&taken_out);
        for alignment in progress::alignments(&texts) {
            let comparison = self.facts.lines.compare(&texts, *alignment);
            for guess in comparison.guesses() {
                let rest = guess.bytes(&taken_out);
                if known == Some(&rest) {
                    return true;
                }
                if tried.contains(rest.as_slice()) {
                    continue;
                }
                let rest = self.facts.keep(rest);
                tried.insert(rest);
                if self.gives_whole(rest, edit, whole) {
                    return true;
                }
            }
        }
        false
    }

    /// Returns whether merging `edit` into `rest` gives `whole`.
    fn gives_whole(&self, rest: &'a [u8], edit: &'a [u8], whole: &[u8]) -> bool {
        let attempt = MergeAttempt {
            sides: Sides {
                base: self.sides.base,
                ours: rest,
                theirs: edit,
            },
            effort: Effort::Plain,
            ..*self
        };
        attempt.gives(whole)
    }

    /// Returns whether lines that both sides added stand in the result where each side put them,
    /// whichever side is taken at the conflicts. A rule that takes one edit for a part of the other
    /// may have found its lines at another place.
    pub fn stays_in_place(&self, merge: &Merge) -> bool {
        [Side::Ours, Side::Theirs].into_iter().all(|side| {
            let result = self.facts.keep(merge.taking(side, &self.sides));
            let texts = [self.sides.base, self.sides.of(side), result];
            match texts.map(|text| self.facts.places(text)) {
                [Some(base), Some(side), Some(result)] => {
                    line_places::stays_where_it_was_added(self.facts.kind, &base, &side, &result)
                }
                // Files of this kind have no places.
                _ => true,
            }
        })
    }
}
