//! The three-way merge of what needs no merging.

use super::pieces::Side;

/// Returns the side that is taken where both are the same or only one changed, or `None` where both
/// changed in different ways.
///
/// Ours stands for both where they are the same.
pub fn trivial_merge<T: PartialEq + ?Sized>(base: &T, ours: &T, theirs: &T) -> Option<Side> {
    if ours == theirs || base == theirs {
        Some(Side::Ours)
    } else if base == ours {
        Some(Side::Theirs)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row() {
        for (base, ours, theirs, expected) in [
            (1, 1, 1, Some(Side::Ours)),
            (1, 2, 2, Some(Side::Ours)),
            (1, 2, 1, Some(Side::Ours)),
            (1, 1, 2, Some(Side::Theirs)),
            (1, 2, 3, None),
        ] {
            assert_eq!(trivial_merge(&base, &ours, &theirs), expected);
        }
    }
}
