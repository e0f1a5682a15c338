//! The steps of a merge, in their order: the first that gives a clean result which passes the gates
//! decides.

use std::collections::BTreeSet;
use std::rc::Rc;

use crate::model::operations::Algorithm;

use super::gates;
use super::json::{self, Policies};
use super::kind::FileKind;
use super::marking::frontmatter;
use super::memo::{Arena, TextFacts};
use super::outline;
use super::pieces::{Conflict, Location, Merge, Piece, Resolution, Side, Sides};
use super::rule::MergeRule;
use super::sections;
use super::text::forms;
use super::text::lines::Texts;
use super::text::rules::template;
use super::text::{Comparison, RuleSet};
use super::there;

/// Merges three versions of a file.
///
/// It is total: whatever the bytes are, the result is a merge that holds the laws, or one with
/// conflicts. The same input gives the same bytes, and effort is bounded by counted work.
///
/// `policies` say what arrays mean, where the files are documents.
pub fn merge(kind: FileKind, sides: &Sides<'_>, policies: &'static Policies) -> Merge {
    let made = Arena::default();
    Attempt {
        memo: &TextFacts::new(kind, policies, &made),
        sides: *sides,
        effort: Effort::Full,
        is_part: false,
    }
    .merge()
}

/// Whether a side isn't text.
pub fn is_binary(sides: &Sides<'_>) -> bool {
    [sides.base, sides.ours, sides.theirs]
        .into_iter()
        .any(|side| memchr::memchr(0, side).is_some())
}

/// A merge to be made.
#[derive(Clone, Copy)]
struct Attempt<'m, 'a> {
    memo: &'m TextFacts<'a>,
    sides: Sides<'a>,
    effort: Effort<'a>,
    /// Whether the texts are parts of others: an entry, a section.
    is_part: bool,
}

/// How much is tried, so that a merge that is made to check another doesn't check itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effort<'a> {
    /// Lines, structure and rules.
    Plain,
    /// Whether one side has the other's edit already, too. Of this side it may be known that
    /// merging the other one into these bytes gives it: that needn't be proved again.
    Again(Option<(Side, &'a [u8])>),
    /// Whether merging again changes nothing, too.
    Full,
}

/// What a clean merge is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gates {
    /// Whether it is a document of its kind.
    Valid,
    /// Whether merging again changes nothing, too. `is_first` says that it is what the plain effort
    /// gives.
    ValidAndStable { is_first: bool },
}

/// How lines are aligned first.
const FIRST: Algorithm = Algorithm::Patience;

/// How lines are aligned, the first that gives a clean result: a file that repeats itself can be
/// read in several ways.
fn alignments(texts: &Texts<'_>) -> &'static [Algorithm] {
    match texts.are_small() {
        true => &[FIRST, Algorithm::Myers],
        // The fastest one.
        false => &[Algorithm::Myers],
    }
}

impl<'a> Attempt<'_, 'a> {
    fn merge(&self) -> Merge {
        if let Some(merge) = self.identity() {
            return merge;
        }
        if is_binary(&self.sides) {
            return self.whole_conflict();
        }
        let texts = self.memo.lines.texts(&self.sides);
        if !texts.have_lines_in_common() {
            return self.whole_conflict();
        }
        let mut comparisons = vec![self.memo.lines.compare(&texts, alignments(&texts)[0])];
        if self.memo.kind == FileKind::Json {
            return self.document(&texts, comparisons);
        }
        let first = self
            .already_there(&comparisons[0])
            .or_else(|| self.entries_in_order(&comparisons[0]))
            .or_else(|| self.by_lines(&comparisons[0], true));
        first.unwrap_or_else(|| {
            self.align_again(&texts, &mut comparisons)
                .unwrap_or_else(|| self.by_rules(&comparisons))
        })
    }

    /// Merges a document: its lines where they can't mistake one value for another, else its
    /// values, which also say who has what already.
    fn document(&self, texts: &Texts<'a>, mut comparisons: Vec<Rc<Comparison<'a>>>) -> Merge {
        let is_clean = comparisons[0].is_clean();
        let is_apart = is_clean && comparisons[0].keeps_values_apart();
        let already = || {
            if is_clean && !is_apart {
                self.already_there(&comparisons[0])
            } else {
                None
            }
        };
        let first = already().filter(|merge| self.says_what_values_say(merge));
        let first = first
            .or_else(|| self.by_lines(&comparisons[0], true))
            .or_else(|| self.by_structure());
        let again = |comparisons: &mut Vec<Rc<_>>| {
            let already = || {
                if is_clean {
                    None
                } else {
                    self.already_there(&comparisons[0])
                }
            };
            already().or_else(|| self.align_again(texts, comparisons))
        };
        first
            .or_else(|| again(&mut comparisons))
            .unwrap_or_else(|| self.by_rules(&comparisons))
    }

    /// Merges lines in the other ways to align them.
    fn align_again(
        &self,
        texts: &Texts<'a>,
        comparisons: &mut Vec<Rc<Comparison<'a>>>,
    ) -> Option<Merge> {
        let is_first = !comparisons[0].is_clean();
        let others = alignments(texts)[1..]
            .iter()
            .map(|alignment| self.memo.lines.compare(texts, *alignment));
        comparisons.extend(others);
        comparisons[1..]
            .iter()
            .find_map(|comparison| self.by_lines(comparison, is_first))
    }

    /// Settles what needs no merge: equal sides, or only one that changed.
    fn identity(&self) -> Option<Merge> {
        let Sides { base, ours, theirs } = self.sides;
        if ours == theirs {
            Some(Merge::whole(Side::Ours, ours.len(), MergeRule::Equal))
        } else if base == theirs {
            Some(Merge::whole(Side::Ours, ours.len(), MergeRule::OnlyOurs))
        } else if base == ours {
            Some(Merge::whole(
                Side::Theirs,
                theirs.len(),
                MergeRule::OnlyTheirs,
            ))
        } else {
            None
        }
    }

    /// Settles what one side has in it already, by taking the other's edit out and merging it in
    /// again.
    ///
    /// Tried only where each line that one side added is among the lines that the other added, and
    /// each line that it took out among those that the other took out: else it did something
    /// that the other did not.
    fn already_there(&self, comparison: &Comparison<'_>) -> Option<Merge> {
        let known = |side| match self.effort {
            Effort::Again(Some((known, rest))) if known == side => Some(rest),
            _ => None,
        };
        if self.effort == Effort::Plain {
            return None;
        }
        let Sides { base, ours, theirs } = self.sides;
        let is_template = self.memo.kind == FileKind::Template;
        let has = |whole, edit, known| {
            !(is_template && template::may_stand_for_what_goes(base, whole, edit))
                && there::is_there(self.memo, base, whole, edit)
                && self.is_in(base, whole, edit, known)
        };
        let in_ours = comparison.does_nothing_beside_the_other(Side::Theirs)
            && has(ours, theirs, known(Side::Ours));
        let in_theirs = comparison.does_nothing_beside_the_other(Side::Ours)
            && has(theirs, ours, known(Side::Theirs));
        // Each has what the other did, in another order.
        let has_order = matches!(
            self.memo.kind,
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
            merge.settled.push(Resolution {
                rule: MergeRule::Order,
                place: Location::File,
            });
        }
        // A side is as valid as it is, but whether its tags are those of the right side has to be
        // asked; and lines that are there may be there at another place.
        let stands = !is_template || gates::stays_valid(self.memo, &self.sides, &merge);
        (stands && gates::says_what_values_say(self.memo, &self.sides, &merge)).then_some(merge)
    }

    /// Returns whether there is a version into which merging `edit` gives `whole`; of one it may be
    /// `known`.
    ///
    /// What is guessed is proved: any version will do, however it was found.
    fn is_in(&self, base: &'a [u8], whole: &'a [u8], edit: &'a [u8], known: Option<&[u8]>) -> bool {
        let mut tried = BTreeSet::new();
        let mut gives_whole = |rest: Vec<u8>| {
            if known == Some(&rest) {
                return true;
            }
            if tried.contains(rest.as_slice()) {
                return false;
            }
            let rest = self.memo.keep(rest);
            tried.insert(rest);
            let sides = Sides {
                base,
                ours: rest,
                theirs: edit,
            };
            Attempt {
                sides,
                effort: Effort::Plain,
                ..*self
            }
            .gives(whole)
        };
        let sides = Sides {
            base: edit,
            ours: whole,
            theirs: base,
        };
        if let Some(merge) = (Attempt { sides, ..*self }).identity() {
            return gives_whole(merge.bytes(&sides));
        }
        let texts = self.memo.lines.texts(&sides);
        alignments(&texts).iter().any(|alignment| {
            let comparison = self.memo.lines.compare(&texts, *alignment);
            comparison
                .guesses()
                .any(|guess| gives_whole(guess.bytes(&sides)))
        })
    }

    /// Merges lines where no edit touches one of the other side's. `is_first` says that the plain
    /// effort gives the same.
    fn by_lines(&self, comparison: &Comparison<'_>, is_first: bool) -> Option<Merge> {
        let merge = comparison.is_clean().then(|| comparison.by_lines())?;
        if !comparison.keeps_values_apart() && !self.says_what_values_say(&merge) {
            return None;
        }
        // What one alignment proves, those asked before it may read in another way; so may those
        // who ask what tags stand for.
        let is_asked_first =
            comparison.algorithm() == FIRST && self.memo.kind != FileKind::Template;
        // Where a side is no document, the values of what is merged again may be asked for the
        // first time.
        let is_proved = || {
            is_asked_first
                && gates::asks_values_of_all(self.memo, &self.sides)
                && comparison.is_stable()
        };
        let gates = match self.effort {
            Effort::Full if comparison.is_small() && !is_proved() => {
                Gates::ValidAndStable { is_first }
            }
            _ => Gates::Valid,
        };
        // Where both changed the envelope, ours's counts: the other order has to hold, too.
        let is_ordered = self.effort == Effort::Full
            && comparison.is_small()
            && !comparison.has_common_envelope();
        let stands = || {
            !is_ordered
                || self.stands_swapped(comparison.algorithm(), |comparison| comparison.by_lines())
        };
        (self.holds(&merge, gates) && stands()).then_some(merge)
    }

    /// Returns whether a clean merge by lines of documents has the value that merging their values
    /// gives: lines of one entry may have found their place in another that looks like it.
    fn says_what_values_say(&self, merge: &Merge) -> bool {
        let Some(by_value) = self.structure() else {
            return true;
        };
        let value = |bytes: &[u8]| serde_json::from_slice::<serde_json::Value>(bytes).ok();
        let (by_lines, is_clean) = (merge.bytes(&self.sides), by_value.is_clean());
        let by_value = by_value.bytes(&self.sides);
        is_clean && (by_lines == by_value || value(&by_lines) == value(&by_value))
    }

    /// Merges documents by their values, where the kind has any. A conflict there is about one
    /// value.
    ///
    /// The result has to hold in both orders of the sides; where what one order gives doesn't, the
    /// other's may. So it doesn't matter which side is called ours, but for the order of entries
    /// that both moved, which is ours's: there what each order gives has to hold in that order.
    fn by_structure(&self) -> Option<Merge> {
        let merge = self.structure();
        let keeps_all = |merge: &Merge| {
            !merge.is_clean()
                || gates::keeps_every_word_of(self.memo, &self.sides, merge)
                    && gates::says_what_values_say(self.memo, &self.sides, merge)
        };
        if self.effort != Effort::Full {
            return merge.filter(keeps_all);
        }
        let swapped = self.swapped();
        let holds_here =
            |merge: &Merge| !merge.is_clean() || keeps_all(merge) && self.is_stable(merge, false);
        let holds_swapped = |merge: &Merge| {
            !merge.is_clean()
                || keeps_all(merge) && swapped.is_stable(&merge.clone().mirrored(), false)
        };
        let holds = |merge: &Merge| holds_here(merge) && holds_swapped(merge);
        if let Some(merge) = merge.as_ref().filter(|merge| holds(merge)) {
            return Some(merge.clone());
        }
        let other = swapped.structure().map(Merge::mirrored)?;
        if holds(&other) {
            return Some(other);
        }
        merge.filter(|merge| holds_here(merge) && holds_swapped(&other))
    }

    fn structure(&self) -> Option<Merge> {
        let Sides { base, ours, theirs } = self.sides;
        let is_json = self.memo.kind == FileKind::Json;
        let may_be_read = || json::may_be_read(&[base, ours, theirs]);
        (is_json && may_be_read()).then(|| self.memo.by_value(&self.sides))?
    }

    /// Settles what rules can; the rest is a conflict. With ours there, the file has to be what it
    /// was.
    fn by_rules(&self, comparisons: &[Rc<Comparison<'a>>]) -> Merge {
        let comparison = &comparisons[0];
        // Lines that a formatter wrote otherwise look like other lines to all rules.
        let forms = self.by_forms(comparison);
        if let Some(forms) = forms.as_ref().filter(|forms| forms.is_clean()) {
            return forms.clone();
        }
        let is_first = comparisons.iter().all(|comparison| !comparison.is_clean());
        // What one edit seems to contain of the other may stand at another place.
        let all = comparison.by_rules(RuleSet::All);
        let contains = all.uses(MergeRule::Containment) || all.uses(MergeRule::Subsumption);
        let mut asked = RuleSet::All;
        if contains && !self.stays_in_place(&all) {
            asked = RuleSet::NoneThatContains;
        }
        for asked in [asked, RuleSet::NoneThatContains] {
            let rules = comparison.by_rules(asked);
            let is_first = is_first && asked == RuleSet::All;
            // Proving what rules make of a large file takes too long.
            let may_stand = rules.is_clean() && comparison.is_small();
            if may_stand && self.rules_stand(comparison, &rules, asked, is_first) {
                return rules;
            }
            if !contains {
                break;
            }
        }
        let entries = self.by_entries(comparison);
        if let Some(entries) = entries.as_ref().filter(|entries| entries.is_clean()) {
            return entries.clone();
        }
        if let Some(sections) = self.by_sections(comparison) {
            return sections;
        }
        if let Some(entries) = entries.as_ref().filter(|_| self.both_edit_entries()) {
            return entries.clone();
        }
        let rules = comparison.by_rules(asked);
        // Where a formatter went over a side, what is contested is less than what it touched.
        if let Some(forms) = forms.filter(|forms| contested(forms) < contested(&rules)) {
            return forms;
        }
        if self.may_be_left(comparison, &rules, |comparison| comparison.by_rules(asked)) {
            return rules;
        }
        if let Some(entries) = entries {
            return entries;
        }
        let lines = comparison.by_lines();
        match self.may_be_left(comparison, &lines, |comparison| comparison.by_lines()) {
            true => lines,
            false => self.whole_conflict(),
        }
    }

    /// Returns whether what rules settled, all of it, passes the gates.
    fn rules_stand(
        &self,
        comparison: &Comparison<'a>,
        rules: &Merge,
        asked: RuleSet,
        is_first: bool,
    ) -> bool {
        let gates = if self.effort == Effort::Full {
            Gates::ValidAndStable { is_first }
        } else {
            Gates::Valid
        };
        let says_who_is_first = rules.uses(MergeRule::Union) || rules.uses(MergeRule::Entries);
        let has_order =
            self.effort == Effort::Full && (says_who_is_first || !comparison.has_common_envelope());
        self.says_what_values_say(rules)
            && self.holds(rules, gates)
            && (!has_order
                || self.stands_swapped(comparison.algorithm(), |comparison| {
                    comparison.by_rules(asked)
                }))
    }

    /// Returns whether the conflicts of a merge are as small as they may be: whichever side is
    /// taken there, the file is what it was. Where both sides changed the envelope, each order
    /// of the sides writes another one, and both have to be.
    fn may_be_left(
        &self,
        comparison: &Comparison<'_>,
        merge: &Merge,
        merged: impl Fn(&Comparison<'_>) -> Merge,
    ) -> bool {
        if !self.is_whole(merge) {
            return false;
        }
        if comparison.has_common_envelope() {
            return true;
        }
        let swapped = self.swapped();
        let texts = self.memo.lines.texts(&swapped.sides);
        let other = self.memo.lines.compare(&texts, comparison.algorithm());
        swapped.is_whole(&merged(&other))
    }

    /// Returns whether a merge has conflicts, and the file is what it was whichever side is taken
    /// there.
    fn is_whole(&self, merge: &Merge) -> bool {
        !merge.is_clean()
            && gates::stays_valid(self.memo, &self.sides, merge)
            && gates::keeps_what_both_have(&self.sides, merge)
    }

    /// Merges a part of the texts on its own.
    fn part(&self, sides: &Sides<'a>) -> Self {
        Self {
            sides: *sides,
            effort: Effort::Plain,
            is_part: true,
            ..*self
        }
    }

    /// Returns whether what both sides edited is made of entries: lines of those that clash say
    /// nothing of what is beside them.
    fn both_edit_entries(&self) -> bool {
        let Sides { base, ours, theirs } = self.sides;
        let [base, ours, theirs] = match self.memo.kind {
            FileKind::Markdown => [base, ours, theirs].map(|text| {
                let lines = text.split_inclusive(|byte| *byte == b'\n');
                lines.take(frontmatter(text)).collect::<Vec<_>>()
            }),
            _ => return true,
        };
        ours != base && theirs != base && ours != theirs
    }

    /// Merges a text of entries that both sides moved: lines know of no order.
    fn entries_in_order(&self, comparison: &Comparison<'a>) -> Option<Merge> {
        let merge = comparison
            .both_move()
            .then(|| self.by_entries(comparison))?;
        merge.filter(Merge::is_clean)
    }

    /// Merges a text of entries entry by entry; what is contested is one of them, or a part of its
    /// text.
    fn by_entries(&self, comparison: &Comparison<'a>) -> Option<Merge> {
        let has_entries = match self.memo.kind {
            FileKind::Toml | FileKind::Yaml => true,
            FileKind::Markdown => frontmatter(self.sides.ours) + frontmatter(self.sides.theirs) > 0,
            _ => false,
        };
        let is_small = comparison.is_small() && comparison.has_whole_lines();
        // Two files of one name are not two versions of one.
        let is_new = self.sides.base.trim_ascii().is_empty();
        if self.is_part || !has_entries || !is_small || is_new {
            return None;
        }
        let merged = |whole: &Self| {
            let texts = self.memo.lines.texts(&whole.sides);
            outline::merge(self.memo, &texts, &whole.sides, |sides| {
                self.part(sides).merge()
            })
        };
        let stands = |whole: &Self, merge: &Merge| {
            if !merge.is_clean() {
                return whole.is_whole(merge);
            }
            let gates = if self.effort == Effort::Full {
                Gates::ValidAndStable { is_first: false }
            } else {
                Gates::Valid
            };
            gates::keeps_every_word_of(self.memo, &whole.sides, merge) && whole.holds(merge, gates)
        };
        let merge = merged(self).filter(|merge| stands(self, merge))?;
        if self.effort != Effort::Full {
            return Some(merge);
        }
        let swapped = self.swapped();
        let stands_swapped = merged(&swapped).is_some_and(|merge| stands(&swapped, &merge));
        stands_swapped.then_some(merge)
    }

    /// Merges Markdown section by section. It has to give the same whichever side is called ours,
    /// but for entries that both inserted in one section.
    fn by_sections(&self, comparison: &Comparison<'a>) -> Option<Merge> {
        const LARGEST: usize = 1 << 20;
        let Sides { base, ours, theirs } = self.sides;
        let is_small = base.len() + ours.len() + theirs.len() <= LARGEST && comparison.is_small();
        if self.memo.kind != FileKind::Markdown || !is_small || !comparison.has_whole_lines() {
            return None;
        }
        let is_full = self.effort == Effort::Full;
        let merged = |whole: &Self| {
            let body = |sides: &Sides<'a>| Some(self.part(sides).merge()).filter(Merge::is_clean);
            let gates = if is_full {
                Gates::ValidAndStable { is_first: false }
            } else {
                Gates::Valid
            };
            let keeps = |merge: &Merge| gates::keeps_every_word_of(self.memo, &whole.sides, merge);
            sections::merge(&whole.sides, body)
                .filter(|merge| keeps(merge) && whole.holds(merge, gates))
        };
        let merge = merged(self)?;
        let is_alike = |other: &Merge| {
            merge.uses(MergeRule::Union)
                || merge.bytes(&self.sides) == other.bytes(&self.swapped().sides)
        };
        (!is_full || merged(&self.swapped()).is_some_and(|other| is_alike(&other))).then_some(merge)
    }

    /// Merges Markdown by what its lines say, where a side is laid out otherwise. It has to give the
    /// same whichever side is called ours, but for entries that both inserted.
    fn by_forms(&self, comparison: &Comparison<'a>) -> Option<Merge> {
        if self.memo.kind != FileKind::Markdown || !comparison.has_common_envelope() {
            return None;
        }
        let is_full = self.effort == Effort::Full;
        let gates = match is_full {
            true => Gates::ValidAndStable { is_first: false },
            false => Gates::Valid,
        };
        let merged = |whole: &Self| {
            let texts = self.memo.lines.texts(&whole.sides);
            let merge = forms::merge(&self.memo.lines, &texts, &whole.sides)?;
            let stands = match merge.is_clean() {
                true => {
                    gates::keeps_every_word_of(self.memo, &whole.sides, &merge)
                        && whole.holds(&merge, gates)
                }
                false => {
                    gates::keeps_every_word_of_who_is_taken(self.memo, &whole.sides, &merge)
                        && whole.is_whole(&merge)
                }
            };
            stands.then_some(merge)
        };
        let merge = merged(self)?;
        let is_alike = |other: &Merge| {
            let (one, other) = (merge.bytes(&self.sides), other.clone().mirrored());
            merge.uses(MergeRule::Union) || one == other.bytes(&self.sides)
        };
        let is_same = || merged(&self.swapped()).is_some_and(|other| is_alike(&other));
        (!is_full || is_same()).then_some(merge)
    }

    /// Returns whether a clean merge passes the gates.
    ///
    /// Merging again has to change nothing whichever side is called ours, so that both orders of
    /// the sides are clean or neither is; where the order says what the result is, each has a
    /// result of its own.
    fn holds(&self, merge: &Merge, gates: Gates) -> bool {
        let is_common = || self.memo.lines.texts(&self.sides).envelope.is_common;
        let has_order =
            merge.uses(MergeRule::Union) || merge.uses(MergeRule::Order) || !is_common();
        let is_stable = |is_first| {
            self.is_stable(merge, is_first)
                && (self.effort != Effort::Full
                    || has_order
                    || self
                        .swapped()
                        .is_stable(&merge.clone().mirrored(), is_first))
        };
        gates::stays_valid(self.memo, &self.sides, merge)
            && gates::says_what_values_say(self.memo, &self.sides, merge)
            && (self.effort != Effort::Full || !gates::is_mended(self.memo, &self.sides, merge))
            && match gates {
                Gates::Valid => true,
                Gates::ValidAndStable { is_first } => is_stable(is_first),
            }
    }

    /// Returns whether what one edit was found to contain of the other stands where the other put
    /// it, with each side at the conflicts.
    fn stays_in_place(&self, merge: &Merge) -> bool {
        let base = self.sides.base;
        [Side::Ours, Side::Theirs].into_iter().all(|side| {
            let result = self.memo.keep(merge.taking(side, &self.sides));
            there::stays_where_it_was_added(self.memo, base, self.sides.of(side), result)
        })
    }

    /// Returns whether a merge passes the gates with the sides swapped, too: a declared order gives
    /// another text then.
    fn stands_swapped(
        &self,
        algorithm: Algorithm,
        merged: impl Fn(&Comparison<'_>) -> Merge,
    ) -> bool {
        let swapped = self.swapped();
        let texts = self.memo.lines.texts(&swapped.sides);
        let merge = merged(&self.memo.lines.compare(&texts, algorithm));
        merge.is_clean() && swapped.holds(&merge, Gates::ValidAndStable { is_first: false })
    }

    /// Returns whether merging either side into the result again changes nothing.
    fn is_stable(&self, merge: &Merge, is_first: bool) -> bool {
        let result = self.memo.keep(merge.bytes(&self.sides));
        // It is what ours gives with theirs merged into it, if no order was declared; and the other
        // way around, if that was looked at.
        let is_known = is_first && !merge.uses(MergeRule::Union) && merge.newline.is_none();
        let is_known_of = |side| {
            let swapped = || Attempt {
                effort: Effort::Plain,
                ..self.swapped()
            };
            is_known && (side == Side::Ours || swapped().gives(result))
        };
        let same = |sides: Sides<'a>, side: Side| {
            let known = is_known_of(side).then_some((side, self.sides.of(side)));
            let again = Attempt {
                sides,
                effort: Effort::Again(known),
                ..*self
            };
            let merge = again.merge();
            let is_json = self.memo.kind == FileKind::Json;
            // Lines that are united say who comes first: that is none of what was merged already.
            let is_united = !is_json && merge.uses(MergeRule::Union);
            merge.is_clean()
                && !is_united
                && merge.bytes(&sides) == result
                && again.holds_turned(&merge, result)
        };
        same(
            Sides {
                ours: result,
                ..self.sides
            },
            Side::Ours,
        ) && same(
            Sides {
                theirs: result,
                ..self.sides
            },
            Side::Theirs,
        )
    }

    /// Returns whether a merge that was made again gives the result with the sides swapped, too, as
    /// who merges again with all effort asks. Where an order is declared, or each side has an
    /// envelope of its own, the result is another one then.
    fn holds_turned(&self, merge: &Merge, result: &[u8]) -> bool {
        let turned = Attempt {
            effort: Effort::Again(None),
            ..self.swapped()
        };
        // Values are merged into one side's order and layout.
        let is_by_value = self.memo.kind == FileKind::Json && merge.is_by_value();
        let is_ordered = is_by_value || merge.uses(MergeRule::Order);
        let is_common = self.memo.lines.texts(&self.sides).envelope.is_common;
        let asks = is_ordered || is_common && self.memo.kind != FileKind::Json;
        !asks || turned.gives(result) || is_ordered && turned.gives_a_fixpoint()
    }

    /// Returns whether the merge is clean, and merging either side into its result again gives
    /// that.
    fn gives_a_fixpoint(&self) -> bool {
        let merge = self.merge();
        let result = self.memo.keep(merge.bytes(&self.sides));
        let [into_ours, into_theirs] = [
            Sides {
                ours: result,
                ..self.sides
            },
            Sides {
                theirs: result,
                ..self.sides
            },
        ];
        merge.is_clean()
            && (Attempt {
                sides: into_ours,
                ..*self
            })
            .gives(result)
            && (Attempt {
                sides: into_theirs,
                ..*self
            })
            .gives(result)
    }

    /// Returns whether the merge is clean, and gives these bytes.
    fn gives(&self, result: &[u8]) -> bool {
        let merge = self.merge();
        merge.is_clean() && merge.bytes(&self.sides) == result
    }

    fn swapped(&self) -> Self {
        let Sides { base, ours, theirs } = self.sides;
        Self {
            sides: Sides {
                base,
                ours: theirs,
                theirs: ours,
            },
            ..*self
        }
    }

    fn whole_conflict(&self) -> Merge {
        let whole = |side: &[u8]| (!side.is_empty()).then_some(0..side.len());
        let conflict = Conflict {
            place: Location::File,
            base: whole(self.sides.base),
            ours: whole(self.sides.ours),
            theirs: whole(self.sides.theirs),
            lead: String::new(),
            trail: String::new(),
        };
        Merge {
            pieces: vec![Piece::Conflict(conflict)],
            ..Merge::default()
        }
    }
}

/// Returns how many bytes of the sides are contested.
fn contested(merge: &Merge) -> usize {
    let length =
        |span: &Option<std::ops::Range<usize>>| span.as_ref().map_or(0, ExactSizeIterator::len);
    merge
        .conflicts()
        .map(|conflict| length(&conflict.ours) + length(&conflict.theirs))
        .sum()
}
