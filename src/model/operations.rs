//! What makes one sequence of another: `similar`'s algorithms, over numbers.

use std::collections::HashMap;
use std::hash::Hash;

use similar::{Algorithm, DiffOp, capture_diff_slices};

/// Returns the operations that make `new` of `old`.
///
/// Elements are numbered first, equal ones alike: five algorithms, each of many functions, are then
/// compiled once for all types of elements. That was an eighth of the code that the compiler had to
/// translate.
pub fn operations<T: Eq + Hash>(algorithm: Algorithm, old: &[T], new: &[T]) -> Vec<DiffOp> {
    let mut known: HashMap<&T, u32> = HashMap::new();
    let mut number = |element| {
        let next = u32::try_from(known.len()).expect("there are fewer elements than numbers");
        *known.entry(element).or_insert(next)
    };
    let old: Vec<u32> = old.iter().map(&mut number).collect();
    let new: Vec<u32> = new.iter().map(&mut number).collect();
    of_numbers(algorithm, &old, &new)
}

/// As [`operations`], of what is numbered already.
pub fn of_numbers(algorithm: Algorithm, old: &[u32], new: &[u32]) -> Vec<DiffOp> {
    capture_diff_slices(algorithm, old, new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_change_nothing(
            old in prop::collection::vec("[ab]{0,2}", 0..12),
            new in prop::collection::vec("[ab]{0,2}", 0..12),
        ) {
            for algorithm in [Algorithm::Myers, Algorithm::Patience] {
                let operations = operations(algorithm, &old, &new);
                prop_assert_eq!(operations, capture_diff_slices(algorithm, &old, &new));
            }
        }
    }
}
