//! Arrays where order is everything: a diff3 over elements.

use std::collections::HashSet;
use std::ops::Range;

use similar::{Algorithm, DiffTag, capture_diff_slices};

use super::tree::{Id, Tree};
use super::values::{Merger, Versions};
use crate::merge::json::decide::Step;
use crate::merge::json::plan::{Plan, Slot, Source};
use crate::merge::rule::Rule;

/// Elements of base that a side has others for.
#[derive(Clone, Debug)]
struct Hunk {
    base: Range<usize>,
    side: Range<usize>,
}

impl Hunk {
    /// Whether elements are put beside those of base, and not only in their place.
    fn grows(&self) -> bool {
        self.side.len() > self.base.len()
    }

    /// Whether two sides' hunks are about the same place.
    fn meets(&self, other: &Self) -> bool {
        let overlap = self.base.start < other.base.end && other.base.start < self.base.end;
        let touch = self.base.start <= other.base.end && other.base.start <= self.base.end;
        let inserts = self.base.is_empty() || other.base.is_empty();
        overlap || (touch && inserts && self.grows() && other.grows())
    }
}

/// A place that one side changed, or both, in the elements of each.
struct Change {
    base: Range<usize>,
    here: Option<Range<usize>>,
    other: Option<Range<usize>>,
}

impl<'a> Merger<'a> {
    /// Merges arrays element by element, or returns `None` where both sides changed one place.
    pub(super) fn sequence(&mut self, versions: Versions<'_, 'a>) -> Option<Plan<'a>> {
        let children = versions.children();
        let ids = children.map(|side| side.iter().map(|element| element.id).collect::<Vec<Id>>());
        let changes = changes(&hunks(&ids[0], &ids[1]), &hunks(&ids[0], &ids[2]));
        if inserts_twice(&changes, &ids) {
            return None;
        }
        self.settle(Rule::Structure);
        let mut slots = Vec::new();
        let mut at = 0;
        let mut next = 0;
        for change in changes {
            let kept = change.base.start - at;
            slots.extend((next..next + kept).map(|index| Slot::Kept(index, Plan::Keep)));
            next += kept;
            at = change.base.end;
            next = self.change(versions, &change, next, &mut slots)?;
        }
        slots.extend((next..children[1].len()).map(|index| Slot::Kept(index, Plan::Keep)));
        Some(Plan::Children(slots))
    }

    /// Writes what a change gives. Returns the index in this document behind it.
    fn change(
        &mut self,
        versions: Versions<'_, 'a>,
        change: &Change,
        next: usize,
        slots: &mut Vec<Slot<'a>>,
    ) -> Option<usize> {
        let [base, here, other] = versions.children();
        let new = |range: Range<usize>| other[range].iter().map(|element| Slot::New(None, Source::Whole(element.item)));
        match (change.here.clone(), change.other.clone()) {
            (Some(range), None) => {
                slots.extend(range.clone().map(|index| Slot::Kept(index, Plan::Keep)));
                Some(range.end)
            }
            (None, Some(range)) => {
                let end = next + change.base.len();
                if range.len() == change.base.len() {
                    // Edits of elements, which may go into them.
                    for ((index, base), other) in (next..end).zip(&base[change.base.clone()]).zip(&other[range]) {
                        slots.push(self.element(index, Versions { base: Some(base), here: &here[index], other }));
                    }
                } else {
                    slots.extend(new(range));
                }
                Some(end)
            }
            (Some(here_range), Some(other_range)) => {
                let trimmed =
                    Trimmed::of(&base[change.base.clone()], &here[here_range.clone()], &other[other_range.clone()]);
                let start = here_range.start + trimmed.before;
                let here_left = start..here_range.end - trimmed.after;
                let other_left = other_range.start + trimmed.before..other_range.end - trimmed.after;
                let base_left = &base[change.base.clone()][trimmed.base.clone()];
                slots.extend((here_range.start..start).map(|index| Slot::Kept(index, Plan::Keep)));
                let same = |one: &[Tree], two: &[Tree]| one.iter().map(|t| t.id).eq(two.iter().map(|t| t.id));
                if same(base_left, &other[other_left.clone()]) || other_left.is_empty() && here_left.is_empty() {
                    slots.extend(here_left.clone().map(|index| Slot::Kept(index, Plan::Keep)));
                } else if same(base_left, &here[here_left.clone()]) {
                    slots.extend(new(other_left));
                } else if base_left.len() == here_left.len() && base_left.len() == other_left.len() {
                    for ((index, base), other) in here_left.clone().zip(base_left).zip(&other[other_left]) {
                        let versions = Versions { base: Some(base), here: &here[index], other };
                        if !is_one_element(versions) {
                            return None;
                        }
                        slots.push(self.element(index, versions));
                    }
                } else {
                    return None;
                }
                slots.extend((here_left.end..here_range.end).map(|index| Slot::Kept(index, Plan::Keep)));
                Some(here_range.end)
            }
            (None, None) => Some(next),
        }
    }

    fn element(&mut self, index: usize, versions: Versions<'_, 'a>) -> Slot<'a> {
        self.path.push(Step::Index(index));
        let plan = self.value(versions);
        self.path.pop();
        Slot::Kept(index, plan)
    }
}

/// What both sides have at the ends of a place that both changed.
struct Trimmed {
    before: usize,
    after: usize,
    /// What of base is in question.
    base: Range<usize>,
}

impl Trimmed {
    fn of(base: &[Tree<'_>], here: &[Tree<'_>], other: &[Tree<'_>]) -> Self {
        let shorter = here.len().min(other.len());
        let before = (0..shorter).take_while(|&index| here[index].id == other[index].id).count();
        let from_end = |side: &[Tree<'_>], index: usize| side[side.len() - 1 - index].id;
        let after = (0..shorter - before).take_while(|&index| from_end(here, index) == from_end(other, index)).count();
        let start = (0..before.min(base.len())).take_while(|&index| base[index].id == here[index].id).count();
        let end =
            (0..after.min(base.len() - start)).take_while(|&index| from_end(base, index) == from_end(here, index));
        Self { before, after, base: start..base.len() - end.count() }
    }
}

/// Returns whether three elements are versions of one: scalars, or containers that have something in common.
fn is_one_element(versions: Versions<'_, '_>) -> bool {
    let Some(base) = versions.base else { return false };
    let sides = [versions.here, versions.other];
    if !base.is_object() {
        return sides.iter().all(|side| side.is_array() == base.is_array() && !side.is_object());
    }
    let shared = |side: &Tree| base.children.iter().filter(|child| side.property(child.name()).is_some()).count();
    sides.iter().all(|side| side.is_object() && 2 * shared(side) >= base.children.len().max(1))
}

fn hunks(base: &[Id], side: &[Id]) -> Vec<Hunk> {
    let operations = capture_diff_slices(Algorithm::Myers, base, side);
    let changed = operations.iter().filter(|operation| operation.tag() != DiffTag::Equal);
    let mut hunks: Vec<Hunk> = Vec::new();
    for operation in changed {
        let (base, side) = (operation.old_range(), operation.new_range());
        match hunks.last_mut() {
            Some(last) if last.base.end == base.start && last.side.end == side.start => {
                last.base.end = base.end;
                last.side.end = side.end;
            }
            _ => hunks.push(Hunk { base, side }),
        }
    }
    hunks
}

/// Groups the hunks of both sides that are about one place.
fn changes(here: &[Hunk], other: &[Hunk]) -> Vec<Change> {
    let mut changes = Vec::new();
    let (mut i, mut j) = (0, 0);
    // How far a side's indexes are ahead of base's.
    let (mut here_shift, mut other_shift) = (0isize, 0isize);
    while i < here.len() || j < other.len() {
        let (start_i, start_j) = (i, j);
        let first_is_here = match (here.get(i), other.get(j)) {
            (Some(one), Some(two)) => (one.base.start, one.base.end) <= (two.base.start, two.base.end),
            (one, _) => one.is_some(),
        };
        if first_is_here {
            i += 1
        } else {
            j += 1
        }
        loop {
            let meets = |hunks: &[Hunk], next: usize, others: &[Hunk]| {
                hunks.get(next).is_some_and(|hunk| others.iter().any(|other| hunk.meets(other)))
            };
            // Only the last hunks of a group can meet what follows.
            let last_of =
                |hunks: &'_ [Hunk], start: usize, end: usize| hunks[start.max(end.saturating_sub(2))..end].to_vec();
            if meets(other, j, &last_of(here, start_i, i)) {
                j += 1;
            } else if meets(here, i, &last_of(other, start_j, j)) {
                i += 1;
            } else {
                break;
            }
        }
        let all = here[start_i..i].iter().chain(&other[start_j..j]);
        let base = all.clone().map(|hunk| hunk.base.start).min().unwrap_or_default()
            ..all.map(|hunk| hunk.base.end).max().unwrap_or_default();
        let range = |hunks: &[Hunk], shift: &mut isize| {
            let start = base.start.saturating_add_signed(*shift);
            *shift += hunks.iter().map(|hunk| hunk.side.len() as isize - hunk.base.len() as isize).sum::<isize>();
            (!hunks.is_empty()).then(|| start..base.end.saturating_add_signed(*shift))
        };
        let (here_range, other_range) =
            (range(&here[start_i..i], &mut here_shift), range(&other[start_j..j], &mut other_shift));
        changes.push(Change { base, here: here_range, other: other_range });
    }
    changes
}

/// Returns whether both sides put one value into different places: it was moved twice.
fn inserts_twice(changes: &[Change], ids: &[Vec<Id>; 3]) -> bool {
    let inserted = |own: &dyn Fn(&Change) -> Option<Range<usize>>, side: usize| -> HashSet<Id> {
        changes.iter().filter_map(own).flat_map(|range| ids[side][range].iter().copied()).collect()
    };
    let here = inserted(&|change| change.here.clone().filter(|_| change.other.is_none()), 1);
    let other = inserted(&|change| change.other.clone().filter(|_| change.here.is_none()), 2);
    !here.is_disjoint(&other)
}
