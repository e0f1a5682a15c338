//! What three versions have, matched by what it is told apart by: entries by their names, sections
//! by their headings.

use std::hash::Hash;

use foldhash::HashMap;

use super::order::{self, Label, Order};

/// What base, ours and theirs have. A version is 0, 1 or 2, in that order.
pub struct Matched<K, T> {
    labels: HashMap<K, Label>,
    keys: Vec<K>,
    rows: Vec<[Option<T>; 3]>,
    /// What each version has, in its order.
    pub orders: [Vec<Label>; 3],
}

impl<K, T> Default for Matched<K, T> {
    fn default() -> Self {
        Self {
            labels: HashMap::default(),
            keys: Vec::new(),
            rows: Vec::new(),
            orders: Default::default(),
        }
    }
}

impl<K: Clone + Eq + Hash, T> Matched<K, T> {
    /// Adds what a version has next. Returns what it had by this key already.
    pub fn add(&mut self, version: usize, key: K, value: T) -> Option<T> {
        let next = self.rows.len();
        let label = *self.labels.entry(key.clone()).or_insert(next);
        if label == next {
            self.keys.push(key);
            self.rows.push([None, None, None]);
        }
        self.orders[version].push(label);
        self.rows[label][version].replace(value)
    }
}

impl<K, T> Matched<K, T> {
    pub fn key(&self, label: Label) -> &K {
        &self.keys[label]
    }

    pub fn row(&self, label: Label) -> &[Option<T>; 3] {
        &self.rows[label]
    }

    pub fn rows(&self) -> &[[Option<T>; 3]] {
        &self.rows
    }

    /// Returns what just these versions have.
    pub fn only_in(&self, versions: [bool; 3]) -> Vec<Label> {
        let mut labels = Vec::new();
        for (label, row) in self.rows.iter().enumerate() {
            if row.each_ref().map(Option::is_some) == versions {
                labels.push(label);
            }
        }
        labels
    }

    /// Returns what went from both sides, what came on ours and what came on theirs, if all three
    /// did: both may have put another in the stead of one, and nobody but a person can say which is
    /// right.
    pub fn renamed_by_both(&self) -> Option<[Vec<Label>; 3]> {
        let renamed = [
            self.only_in([true, false, false]),
            self.only_in([false, true, false]),
            self.only_in([false, false, true]),
        ];
        renamed
            .iter()
            .all(|labels| !labels.is_empty())
            .then_some(renamed)
    }

    /// Returns whose order counts among what all three have.
    pub fn order(&self) -> Order {
        let [base, ours, theirs] = &self.orders;
        order::of(base, ours, theirs)
    }
}
