//! How often something is there, more or less than before.

/// Returns whether a change in how often something is there is part of another change: what comes
/// comes there as often or more, and what goes goes there as often or more.
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
