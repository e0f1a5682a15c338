//! The children of three versions, matched by their keys: entries by their names, sections by their
//! headings.

use std::hash::Hash;

use foldhash::HashMap;

use super::order::{self, Label, Order};

/// The children that base, ours and theirs have. Versions are numbered 0, 1 and 2, in that order.
pub struct MatchedChildren<K, T> {
    labels: HashMap<K, Label>,
    keys: Vec<K>,
    rows: Vec<[Option<T>; 3]>,
    /// The labels of each version's children, in its order.
    pub orders: [Vec<Label>; 3],
}

impl<K, T> Default for MatchedChildren<K, T> {
    fn default() -> Self {
        Self {
            labels: HashMap::default(),
            keys: Vec::new(),
            rows: Vec::new(),
            orders: Default::default(),
        }
    }
}

impl<K: Clone + Eq + Hash, T> MatchedChildren<K, T> {
    /// Adds the next child of a version. Returns the one that it already had by this key.
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

impl<K, T> MatchedChildren<K, T> {
    pub fn key(&self, label: Label) -> &K {
        &self.keys[label]
    }

    pub fn row(&self, label: Label) -> &[Option<T>; 3] {
        &self.rows[label]
    }

    pub fn rows(&self) -> &[[Option<T>; 3]] {
        &self.rows
    }

    /// Returns the labels that these versions have, and no other version.
    pub fn only_in(&self, versions: [bool; 3]) -> Vec<Label> {
        let mut labels = Vec::new();
        for (label, row) in self.rows.iter().enumerate() {
            if row.each_ref().map(Option::is_some) == versions {
                labels.push(label);
            }
        }
        labels
    }

    /// Returns what both sides removed, what only ours added and what only theirs added, if there
    /// is some of each: both sides may have renamed one thing, and only a person can say which name
    /// is right.
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

    /// Returns whose order the labels that all three have follow.
    pub fn order(&self) -> Order {
        let [base, ours, theirs] = &self.orders;
        order::of(base, ours, theirs)
    }
}
