//! How often lines, or words, occur, and how often they may in what two sides make of one base.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// How often each line, or word, occurs.
#[derive(Clone, Debug, Default)]
pub struct Counts<'a>(BTreeMap<&'a str, i64>);

impl<'a> Counts<'a> {
    /// Counts what is in one and takes away what is in the other.
    pub fn of(
        all: impl IntoIterator<Item = &'a str>,
        less: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let mut counts = Self::default();
        all.into_iter()
            .for_each(|text| *counts.0.entry(text).or_default() += 1);
        less.into_iter()
            .for_each(|text| *counts.0.entry(text).or_default() -= 1);
        counts
    }

    fn get(&self, text: &str) -> i64 {
        self.0.get(text).copied().unwrap_or(0)
    }
}

/// What is counted in three versions and in what was made of them.
pub struct Tally<'a> {
    pub base: Counts<'a>,
    pub local: Counts<'a>,
    pub upstream: Counts<'a>,
    pub after: Counts<'a>,
}

impl<'a> Tally<'a> {
    /// Returns how often it may be there: what each side added came and what each removed went.
    /// Only where both sides did the same may it have been done once or twice.
    pub fn may(&self, text: &str) -> RangeInclusive<i64> {
        let base = self.base.get(text);
        let (local, upstream) = (self.local.get(text) - base, self.upstream.get(text) - base);
        let both = local + upstream;
        if local > 0 && upstream > 0 {
            base + local.max(upstream)..=base + both
        } else if local < 0 && upstream < 0 {
            base + both..=base + local.min(upstream)
        } else {
            base + both..=base + both
        }
    }

    /// Returns how often it is there.
    pub fn is(&self, text: &str) -> i64 {
        self.after.get(text)
    }

    /// Whether all that was added came.
    pub fn came(&self, text: &str) -> bool {
        self.is(text) >= *self.may(text).start()
    }

    /// Whether all that was removed went.
    pub fn went(&self, text: &str) -> bool {
        self.is(text) <= *self.may(text).end()
    }

    /// Returns what is there too often or not often enough.
    pub fn wrong(&self) -> Vec<&'a str> {
        let all = [&self.base, &self.local, &self.upstream, &self.after]
            .into_iter()
            .flat_map(|counts| counts.0.keys());
        let mut wrong: Vec<&str> = all
            .copied()
            .filter(|text| !self.came(text) || !self.went(text))
            .collect();
        wrong.sort_unstable();
        wrong.dedup();
        wrong
    }
}
