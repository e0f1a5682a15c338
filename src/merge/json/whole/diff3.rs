//! A three-way merge of sequences of numbers, by the hunks of each side.

use foldhash::HashSet;
use std::ops::Range;

use similar::DiffTag;

use crate::merge::counts::Counts;
use crate::merge::pieces::Side;
use crate::merge::trivial::trivial_merge;
use crate::model::operations::{Algorithm, of_numbers};

use super::tree::Id;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResultRun {
    /// Elements of the document whose bytes stay.
    Here(Range<usize>),
    /// Elements of the other document.
    Other(Range<usize>),
    /// An element of each of the three, which all differ.
    Each {
        base: usize,
        here: usize,
        other: usize,
    },
}

#[derive(Clone, Copy, Debug)]
pub struct Three<'a> {
    pub base: &'a [Id],
    pub here: &'a [Id],
    pub other: &'a [Id],
}

/// Merges three sequences, or returns `None` where both sides changed one place.
pub fn merge(three: Three<'_>) -> Option<Vec<ResultRun>> {
    let swapped = Three {
        here: three.other,
        other: three.here,
        ..three
    };
    match (has_already(three), has_already(swapped)) {
        (true, false) => Some(vec![ResultRun::Here(0..three.here.len())]),
        (false, true) => Some(vec![ResultRun::Other(0..three.other.len())]),
        _ => by_hunks(three),
    }
}

/// Returns whether `here` already has the other's edit: taking it out of `here` and merging it in
/// again gives `here`.
fn has_already(three: Three<'_>) -> bool {
    let Three { base, here, other } = three;
    let new = Counts::added(base, other);
    // Of a side that only moved elements nobody can say whether its edit is there already.
    if new.is_nothing() || !new.is_part_of(&Counts::added(base, here)) {
        return false;
    }
    let taken_out = Three {
        base: other,
        here,
        other: base,
    };
    let Some(without) = by_hunks(taken_out).and_then(|runs| numbers(&runs, taken_out)) else {
        return false;
    };
    let again = Three {
        base,
        here: &without,
        other,
    };
    by_hunks(again)
        .and_then(|runs| numbers(&runs, again))
        .is_some_and(|result| result == here)
}

fn numbers(runs: &[ResultRun], three: Three<'_>) -> Option<Vec<Id>> {
    let mut result = Vec::new();
    for run in runs {
        match run {
            ResultRun::Here(range) => result.extend_from_slice(&three.here[range.clone()]),
            ResultRun::Other(range) => result.extend_from_slice(&three.other[range.clone()]),
            ResultRun::Each { .. } => return None,
        }
    }
    Some(result)
}

fn by_hunks(three: Three<'_>) -> Option<Vec<ResultRun>> {
    let changes = changes(
        &hunks(three.base, three.here),
        &hunks(three.base, three.other),
    );
    if moves_twice(&changes, three) {
        return None;
    }
    let mut runs = Vec::new();
    let mut next = 0;
    let mut at = 0;
    for change in changes {
        let kept = change.base.start - at;
        runs.push(ResultRun::Here(next..next + kept));
        next += kept;
        at = change.base.end;
        match (change.here, change.other) {
            (Some(here), Some(other)) => {
                next = here.end;
                runs.extend(both_changed(three, change.base, here, other)?);
            }
            (Some(here), None) => {
                next = here.end;
                runs.push(ResultRun::Here(here));
            }
            (None, other) => {
                next += change.base.len();
                runs.extend(other.map(ResultRun::Other));
            }
        }
    }
    runs.push(ResultRun::Here(next..three.here.len()));
    runs.retain(
        |run| !matches!(run, ResultRun::Here(range) | ResultRun::Other(range) if range.is_empty()),
    );
    Some(runs)
}

/// Merges a place that both sides changed. Where all three have as many elements there, it is
/// merged element by element. Else what the sides have in common at both ends is taken, and what is
/// left between has to be changed by one side only, or be deletions of which one side's contain the
/// other's.
fn both_changed(
    three: Three<'_>,
    base: Range<usize>,
    here: Range<usize>,
    other: Range<usize>,
) -> Option<Vec<ResultRun>> {
    if base.len() == here.len() && base.len() == other.len() {
        return Some(
            base.zip(here)
                .zip(other)
                .map(|((base, here), other)| one_changed(three, base, here, other))
                .collect(),
        );
    }
    let (ours, theirs, olds) = (
        &three.here[here.clone()],
        &three.other[other.clone()],
        &three.base[base],
    );
    let before = common(ours.iter(), theirs.iter());
    let after = common(ours[before..].iter().rev(), theirs[before..].iter().rev());
    let start = common(olds.iter(), ours[..before].iter());
    let end = common(
        olds[start..].iter().rev(),
        ours[ours.len() - after..].iter().rev(),
    );
    let olds = &olds[start..olds.len() - end];
    let middle = here.start + before..here.end - after;
    let other = other.start + before..other.end - after;
    let (ours, theirs) = (&three.here[middle.clone()], &three.other[other.clone()]);
    let run = match trivial_merge(olds, ours, theirs) {
        Some(Side::Theirs) => ResultRun::Other(other),
        Some(Side::Base | Side::Ours) => ResultRun::Here(middle.clone()),
        // Both only removed elements, and one side removed more of them.
        None if is_within_order(theirs, ours) && is_within_order(ours, olds) => {
            ResultRun::Other(other)
        }
        None if is_within_order(ours, theirs) && is_within_order(theirs, olds) => {
            ResultRun::Here(middle.clone())
        }
        None => return None,
    };
    Some(vec![
        ResultRun::Here(here.start..middle.start),
        run,
        ResultRun::Here(middle.end..here.end),
    ])
}

fn one_changed(three: Three<'_>, base: usize, here: usize, other: usize) -> ResultRun {
    match trivial_merge(&three.base[base], &three.here[here], &three.other[other]) {
        Some(Side::Theirs) => ResultRun::Other(other..other + 1),
        Some(Side::Base | Side::Ours) => ResultRun::Here(here..here + 1),
        None => ResultRun::Each { base, here, other },
    }
}

/// Returns whether removing elements from `all` can give `some`.
fn is_within_order(some: &[Id], all: &[Id]) -> bool {
    let mut all = all.iter();
    some.iter().all(|id| all.any(|other| other == id))
}

fn common<'a>(one: impl Iterator<Item = &'a Id>, other: impl Iterator<Item = &'a Id>) -> usize {
    one.zip(other)
        .take_while(|(one, other)| one == other)
        .count()
}

/// Elements of base that a side replaced.
#[derive(Clone, Debug)]
struct Hunk {
    base: Range<usize>,
    side: Range<usize>,
}

impl Hunk {
    /// Returns whether the side has more or fewer elements there than base.
    fn resizes(&self) -> bool {
        self.side.len() != self.base.len()
    }

    /// Returns whether the hunks of two sides are about one place. Edits, or deletions, of
    /// neighbouring elements are not. But where both hunks change the number of elements and touch,
    /// nothing says in which order the elements go.
    fn meets(&self, other: &Self) -> bool {
        let overlap = self.base.start < other.base.end && other.base.start < self.base.end;
        let touch = self.base.start <= other.base.end && other.base.start <= self.base.end;
        let only_deleted = self.side.is_empty() && other.side.is_empty();
        overlap || (touch && !only_deleted && self.resizes() && other.resizes())
    }
}

fn hunks(base: &[Id], side: &[Id]) -> Vec<Hunk> {
    let operations = of_numbers(Algorithm::Myers, base, side);
    let changed = operations
        .iter()
        .filter(|operation| operation.tag() != DiffTag::Equal);
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

/// A place that a side changed, or both.
struct Change {
    base: Range<usize>,
    here: Option<Range<usize>>,
    other: Option<Range<usize>>,
}

/// The hunks of one side, and how many of them are grouped so far.
struct Queue<'a> {
    hunks: &'a [Hunk],
    next: usize,
    /// Where the group at hand starts.
    start: usize,
    /// How far the side's indexes are ahead of base's.
    ahead: isize,
}

impl Queue<'_> {
    /// Takes the next hunk if it meets one of the other side's group.
    fn take_if_it_meets(&mut self, other: &Self) -> bool {
        let Some(hunk) = self.hunks.get(self.next) else {
            return false;
        };
        // Hunks of a side are in order and don't touch: only the last two can touch what follows.
        let group = &other.hunks[other.start.max(other.next.saturating_sub(2))..other.next];
        let meets = group.iter().any(|other| hunk.meets(other));
        self.next += usize::from(meets);
        meets
    }

    /// Ends the group. Returns what the side has for these elements of base.
    fn close(&mut self, base: &Range<usize>) -> Option<Range<usize>> {
        let group = &self.hunks[self.start..self.next];
        let start = base.start.saturating_add_signed(self.ahead);
        self.ahead += group
            .iter()
            .map(|hunk| hunk.side.len() as isize - hunk.base.len() as isize)
            .sum::<isize>();
        self.start = self.next;
        (!group.is_empty()).then(|| start..base.end.saturating_add_signed(self.ahead))
    }
}

/// Groups the hunks of both sides by the places that they are about.
fn changes(here: &[Hunk], other: &[Hunk]) -> Vec<Change> {
    let [mut here, mut other] = [here, other].map(|hunks| Queue {
        hunks,
        next: 0,
        start: 0,
        ahead: 0,
    });
    let mut changes = Vec::new();
    loop {
        match (here.hunks.get(here.next), other.hunks.get(other.next)) {
            (None, None) => return changes,
            (Some(one), Some(two))
                if (one.base.start, one.base.end) <= (two.base.start, two.base.end) =>
            {
                here.next += 1
            }
            (Some(_), None) => here.next += 1,
            _ => other.next += 1,
        }
        while other.take_if_it_meets(&here) || here.take_if_it_meets(&other) {}
        let group = here.hunks[here.start..here.next]
            .iter()
            .chain(&other.hunks[other.start..other.next]);
        let (start, end) = (
            group.clone().map(|hunk| hunk.base.start).min(),
            group.map(|hunk| hunk.base.end).max(),
        );
        let base = start.unwrap_or_default()..end.unwrap_or_default();
        changes.push(Change {
            here: here.close(&base),
            other: other.close(&base),
            base,
        });
    }
}

/// Returns whether both sides put the same value at different places: it was moved twice.
fn moves_twice(changes: &[Change], three: Three<'_>) -> bool {
    let mut in_here: HashSet<Id> = HashSet::default();
    let mut in_other = Vec::new();
    for change in changes {
        match (&change.here, &change.other) {
            (Some(here), None) => in_here.extend(&three.here[here.clone()]),
            (None, Some(other)) => in_other.extend(&three.other[other.clone()]),
            _ => {}
        }
    }
    in_other.iter().any(|id| in_here.contains(*id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(base: &[Id], here: &[Id], other: &[Id], expected: Option<&[Id]>) {
        let three = Three { base, here, other };
        assert_eq!(
            merge(three)
                .and_then(|runs| numbers(&runs, three))
                .as_deref(),
            expected
        );
    }

    #[test]
    fn edits_of_different_places_are_both_kept() {
        check(&[1, 2, 3], &[9, 2, 3], &[1, 2, 8], Some(&[9, 2, 8]));
        // Neighbours, and an insertion beside an edit.
        check(&[1, 2], &[9, 2], &[1, 8], Some(&[9, 8]));
        check(&[1], &[9], &[1, 8], Some(&[9, 8]));
        check(&[1, 2], &[2], &[1, 8], Some(&[8]));
        check(&[1, 2, 3], &[3], &[1, 3], Some(&[3]));
        // An insertion beside a deletion may be a replacement of what went.
        check(&[1, 2], &[1], &[1, 2, 8], None);
        // Two insertions in one place have no order.
        check(&[1], &[1, 9], &[1, 8], None);
        check(&[1], &[1, 9, 8], &[1, 8], Some(&[1, 9, 8]));
        // One value moved to two places.
        check(&[1, 2, 3, 4, 5], &[2, 3, 1, 4, 5], &[2, 3, 4, 5, 1], None);
    }

    #[test]
    fn what_is_there_already_is_not_brought_twice() {
        check(&[1, 1], &[7, 1, 9], &[7, 1, 1], Some(&[7, 1, 9]));
        check(&[1, 1], &[7, 1, 1], &[7, 1, 9], Some(&[7, 1, 9]));
        check(&[1, 2], &[1, 2, 3, 3], &[1, 2, 3], Some(&[1, 2, 3, 3]));
    }
}
