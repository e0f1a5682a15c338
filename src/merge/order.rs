//! One order made of three: of entries, keys, elements or sections that can be told apart.

use foldhash::{HashMap, HashSet};

use super::pieces::Side;
use super::trivial::trivial_merge;

/// The number of a child: the same in all versions that have the child, and no sibling's.
pub type Label = usize;

/// Whose order the result follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    Ours,
    /// Only theirs moved something.
    Theirs,
    /// Both moved things, in different ways.
    Contested,
}

/// Returns whose order the labels that all three have follow.
pub fn of(base: &[Label], ours: &[Label], theirs: &[Label]) -> Order {
    let sets = [base, ours, theirs].map(|side| side.iter().copied().collect::<HashSet<_>>());
    let [base, ours, theirs] = [base, ours, theirs].map(|side| {
        let mut common = side.to_vec();
        common.retain(|label| sets.iter().all(|set| set.contains(label)));
        common
    });
    match trivial_merge(&base, &ours, &theirs) {
        Some(Side::Theirs) => Order::Theirs,
        Some(Side::Base | Side::Ours) => Order::Ours,
        None => Order::Contested,
    }
}

/// Returns all labels of ours and theirs in one order: a run of labels that only one side has comes
/// right after the label before it that both have.
///
/// Where both sides have such a run at one place, the runs stay whole, one behind the other:
/// `sorts_first` compares their first labels. A comparison that doesn't depend on the side makes
/// the result symmetric, and keeps a sorted list sorted where each run is one label.
pub fn interleave(
    order: Order,
    ours: &[Label],
    theirs: &[Label],
    sorts_first: impl Fn(Label, Label) -> bool,
) -> Vec<Label> {
    match order {
        Order::Ours | Order::Contested => interleaved_labels(ours, theirs, sorts_first),
        Order::Theirs => interleaved_labels(theirs, ours, sorts_first),
    }
}

fn interleaved_labels(
    primary: &[Label],
    secondary: &[Label],
    sorts_first: impl Fn(Label, Label) -> bool,
) -> Vec<Label> {
    let in_primary: HashSet<Label> = primary.iter().copied().collect();
    let in_secondary: HashSet<Label> = secondary.iter().copied().collect();
    let mut behind: HashMap<Option<Label>, Vec<Label>> = HashMap::default();
    let mut anchor = None;
    for label in secondary {
        if in_primary.contains(label) {
            anchor = Some(*label);
        } else {
            behind.entry(anchor).or_default().push(*label);
        }
    }
    let mut result = Vec::with_capacity(primary.len() + secondary.len());
    let mut rest = primary;
    let mut anchor = None;
    loop {
        let alone = rest
            .iter()
            .take_while(|label| !in_secondary.contains(label))
            .count();
        let (here, behind_them) = rest.split_at(alone);
        let there = behind.remove(&anchor).unwrap_or_default();
        match (here.first(), there.first()) {
            (Some(one), Some(other)) if sorts_first(*other, *one) => {
                result.extend(there.iter().chain(here))
            }
            _ => result.extend(here.iter().chain(&there)),
        }
        let Some((shared, behind_it)) = behind_them.split_first() else {
            return result;
        };
        result.push(*shared);
        anchor = Some(*shared);
        rest = behind_it;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(ours: &[Label], theirs: &[Label], expected: &[Label]) {
        assert_eq!(
            interleave(Order::Ours, ours, theirs, |one, other| one < other),
            expected
        );
    }

    #[test]
    fn what_one_side_added_stands_where_that_side_has_it() {
        check(&[1, 2], &[1, 9, 2], &[1, 9, 2]);
        check(&[1, 2], &[9, 1, 2], &[9, 1, 2]);
        check(&[1, 8, 2], &[1, 9, 2], &[1, 8, 9, 2]);
        check(&[8, 1], &[9, 1], &[8, 9, 1]);
        assert_eq!(
            interleave(Order::Theirs, &[1, 2, 8], &[2, 9, 1], |one, other| one
                < other),
            [2, 8, 9, 1]
        );
        check(&[1, 9, 2], &[1, 8, 2], &[1, 8, 9, 2]);
    }

    #[test]
    fn one_sides_order_counts_where_the_other_moved_nothing() {
        assert_eq!(of(&[1, 2, 3], &[1, 2, 3, 4], &[3, 1, 2]), Order::Theirs);
        assert_eq!(of(&[1, 2, 3], &[3, 1, 2], &[1, 3]), Order::Ours);
        assert_eq!(of(&[1, 2, 3], &[3, 1, 2], &[2, 1, 3]), Order::Contested);
        assert_eq!(of(&[1, 2, 3], &[3, 1, 2], &[3, 1, 2]), Order::Ours);
    }
}
