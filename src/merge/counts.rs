//! Changes in how often things are there.

use std::hash::Hash;

use foldhash::HashMap;

/// How much more often each thing is there than before.
pub struct Counts<T>(HashMap<T, isize>);

impl<T: Copy + Eq + Hash> Counts<T> {
    pub fn of<'t>(came: impl Iterator<Item = &'t T>, went: impl Iterator<Item = &'t T>) -> Self
    where
        T: 't,
    {
        let mut counts: HashMap<T, isize> = HashMap::default();
        for thing in came {
            *counts.entry(*thing).or_default() += 1;
        }
        for thing in went {
            *counts.entry(*thing).or_default() -= 1;
        }
        Self(counts)
    }

    /// Counts what a side has more or less often than base.
    pub fn added(base: &[T], side: &[T]) -> Self {
        Self::of(side.iter(), base.iter())
    }

    /// Returns whether all is there as often as it was.
    pub fn is_nothing(&self) -> bool {
        self.0.values().all(|count| *count == 0)
    }

    /// Returns whether each of these changes is part of the same thing's change in `others`.
    pub fn is_part_of(&self, others: &Self) -> bool {
        self.0.iter().all(|(thing, count)| {
            let other = others.0.get(thing).copied().unwrap_or_default();
            is_part_of(*count, other)
        })
    }
}

/// Returns whether a change in how often something is there is part of another change: one in the
/// same direction that is as large or larger. No change is part of any.
pub fn is_part_of(change: isize, other: isize) -> bool {
    match change {
        0 => true,
        1.. => other >= change,
        _ => other <= change,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_part_of_one_that_goes_as_far() {
        for (change, other, expected) in [
            (0, -3, true),
            (2, 2, true),
            (2, 1, false),
            (2, -2, false),
            (-1, -2, true),
            (-2, -1, false),
            (-1, 1, false),
        ] {
            assert_eq!(is_part_of(change, other), expected, "{change} of {other}");
        }
    }
}
