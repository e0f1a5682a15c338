//! How many of a law's cases it has nothing to say of.

use std::cell::Cell;

/// How many cases tell which share of them is skipped.
const ENOUGH: usize = 100;

/// Counts the cases that a law used and those that it skipped.
///
/// A law that skips most of what is generated holds of almost nothing, and nobody sees it. So each
/// says how many in a hundred it may skip.
pub struct Skips {
    what: &'static str,
    most: usize,
    used: Cell<usize>,
    skipped: Cell<usize>,
}

impl Skips {
    /// Returns a count of nothing yet; `most` in a hundred of `what` may be skipped.
    pub fn at_most(most: usize, what: &'static str) -> Self {
        Self {
            what,
            most,
            used: Cell::new(0),
            skipped: Cell::new(0),
        }
    }

    /// Counts a case as used, if the law can use it; returns whether it can.
    pub fn uses(&self, can: bool) -> bool {
        let count = if can { &self.used } else { &self.skipped };
        count.set(count.get() + 1);
        can
    }

    /// Prints the numbers, and fails where too much was skipped; of a handful of cases, as
    /// `PROPTEST_CASES` may ask for, that says nothing.
    #[track_caller]
    pub fn check(&self) {
        let (used, skipped) = (self.used.get(), self.skipped.get());
        let all = used + skipped;
        println!("{}: {used} used, {skipped} skipped", self.what);
        assert!(all > 0, "{}: there was none", self.what);
        assert!(
            all < ENOUGH || skipped * 100 <= self.most * all,
            "{}: {skipped} of {all} were skipped, and at most {} in a hundred may be",
            self.what,
            self.most
        );
    }
}
