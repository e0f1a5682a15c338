//! What makes one sequence of another: `similar`'s algorithms, over numbers.

use std::collections::HashMap;
use std::hash::Hash;

use foldhash::fast::RandomState;
use similar::DiffOp;
use similar::algorithms::{Capture, Compact, Replace, myers, patience};

/// How two sequences are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// The fewest operations (Myers, 1986).
    Myers,
    /// First the elements that each sequence has once, then what is between them (Bram Cohen).
    Patience,
}

/// Returns the operations that make `new` of `old`.
///
/// Elements are [numbered] first.
pub fn operations<T: Eq + Hash>(algorithm: Algorithm, old: &[T], new: &[T]) -> Vec<DiffOp> {
    let (old, new) = numbered(old, new);
    of_numbers(algorithm, &old, &new)
}

/// Returns two sequences as numbers, equal elements alike.
///
/// The algorithms are then compiled once for all types of elements, where they were an eighth of
/// the code that the compiler had to translate.
pub fn numbered<T: Eq + Hash>(old: &[T], new: &[T]) -> (Vec<u32>, Vec<u32>) {
    let mut known = HashMap::with_capacity_and_hasher(old.len(), RandomState::default());
    let mut number = |element| {
        let next = u32::try_from(known.len()).expect("there are fewer elements than numbers");
        *known.entry(element).or_insert(next)
    };
    let old = old.iter().map(&mut number).collect();
    let new = new.iter().map(&mut number).collect();
    (old, new)
}

/// As [`operations`], of what is numbered already.
pub fn of_numbers(algorithm: Algorithm, old: &[u32], new: &[u32]) -> Vec<DiffOp> {
    let mut found = Compact::new(Replace::new(Capture::new()), old, new);
    let (whole, other) = (0..old.len(), 0..new.len());
    let Ok(()) = match algorithm {
        Algorithm::Myers => myers::diff(&mut found, old, whole, new, other),
        Algorithm::Patience => patience::diff(&mut found, old, whole, new, other),
    };
    found.into_inner().into_inner().into_ops()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use similar::capture_diff_slices;

    proptest! {
        #[test]
        fn numbers_change_nothing(
            old in prop::collection::vec("[ab]{0,2}", 0..12),
            new in prop::collection::vec("[ab]{0,2}", 0..12),
        ) {
            for (algorithm, same) in [
                (Algorithm::Myers, similar::Algorithm::Myers),
                (Algorithm::Patience, similar::Algorithm::Patience),
            ] {
                let operations = operations(algorithm, &old, &new);
                prop_assert_eq!(operations, capture_diff_slices(same, &old, &new));
            }
        }
    }
}
