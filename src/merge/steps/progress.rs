//! What the steps of one attempt share, each thing computed when a step first needs it.

use std::cell::OnceCell;
use std::rc::Rc;

use crate::merge::pieces::Merge;
use crate::merge::rule::MergeRule;
use crate::merge::text::lines::Texts;
use crate::merge::text::{Comparison, RuleSet};
use crate::model::operations::Algorithm;

use super::attempt::MergeAttempt;
use super::{entries, forms};

/// The alignment of lines that is tried first.
pub const FIRST: Algorithm = Algorithm::Patience;

/// An attempt, and what its steps have computed so far.
pub struct MergeProgress<'m, 'a> {
    pub attempt: MergeAttempt<'m, 'a>,
    texts: OnceCell<Texts<'a>>,
    comparisons: [OnceCell<Rc<Comparison<'a>>>; 2],
    forms: OnceCell<Option<Merge>>,
    rules: [OnceCell<Merge>; 2],
    rule_sets: OnceCell<&'static [RuleSet]>,
    entries: OnceCell<Option<Merge>>,
}

impl<'m, 'a> MergeProgress<'m, 'a> {
    pub fn new(attempt: MergeAttempt<'m, 'a>) -> Self {
        Self {
            attempt,
            texts: OnceCell::new(),
            comparisons: Default::default(),
            forms: OnceCell::new(),
            rules: Default::default(),
            rule_sets: OnceCell::new(),
            entries: OnceCell::new(),
        }
    }

    pub fn texts(&self) -> &Texts<'a> {
        self.texts
            .get_or_init(|| self.attempt.facts.lines.texts(&self.attempt.sides))
    }

    /// Returns the versions side by side, in the alignment that is tried first.
    pub fn comparison(&self) -> &Comparison<'a> {
        self.aligned(0)
    }

    /// Returns the versions side by side, in each of the other alignments.
    pub fn other_comparisons(&self) -> impl Iterator<Item = &Comparison<'a>> {
        (1..self.alignments().len()).map(|index| self.aligned(index))
    }

    fn aligned(&self, index: usize) -> &Comparison<'a> {
        self.comparisons[index].get_or_init(|| {
            let (texts, algorithm) = (self.texts(), self.alignments()[index]);
            self.attempt.facts.lines.compare(texts, algorithm)
        })
    }

    fn alignments(&self) -> &'static [Algorithm] {
        alignments(self.texts())
    }

    /// Returns the merge of Markdown by what its lines say, if it passes its gates.
    pub fn forms(&self) -> Option<&Merge> {
        self.forms.get_or_init(|| forms::merge(self)).as_ref()
    }

    /// Returns the merge by entries, if it passes its gates.
    pub fn entries(&self) -> Option<&Merge> {
        self.entries.get_or_init(|| entries::merge(self)).as_ref()
    }

    /// Returns the merge by lines and these rules.
    pub fn rules(&self, asked: RuleSet) -> &Merge {
        self.rules[asked as usize].get_or_init(|| self.comparison().by_rules(asked))
    }

    /// Returns the sets of rules to try, the best first. Where a rule took one edit for a part of
    /// the other, those rules may have found its lines at another place: then they are left out, or
    /// the set without them is tried as well.
    pub fn rule_sets(&self) -> &'static [RuleSet] {
        self.rule_sets.get_or_init(|| {
            let all = self.rules(RuleSet::All);
            let contains = all.uses(MergeRule::Containment) || all.uses(MergeRule::Subsumption);
            match contains {
                false => &[RuleSet::All],
                true if self.attempt.stays_in_place(all) => {
                    &[RuleSet::All, RuleSet::NoneThatContains]
                }
                true => &[RuleSet::NoneThatContains],
            }
        })
    }
}

/// Returns the alignments to try; the first that gives a clean result counts. Lines of a file that
/// repeats itself can be aligned in several ways.
pub fn alignments(texts: &Texts<'_>) -> &'static [Algorithm] {
    match texts.are_small() {
        true => &[FIRST, Algorithm::Myers],
        // The fastest one.
        false => &[Algorithm::Myers],
    }
}
