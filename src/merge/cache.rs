//! A cache in which each question is answered once.

use std::cell::RefCell;
use std::hash::Hash;

use foldhash::HashMap;

#[derive(Debug)]
pub struct Cache<K, V>(RefCell<HashMap<K, V>>);

impl<K, V> Default for Cache<K, V> {
    fn default() -> Self {
        Self(RefCell::default())
    }
}

impl<K: Eq + Hash, V: Clone> Cache<K, V> {
    /// Returns the answer to a question; `answer` is called the first time. It may use other
    /// caches, but not this one.
    pub fn get(&self, question: K, answer: impl FnOnce() -> V) -> V {
        self.0
            .borrow_mut()
            .entry(question)
            .or_insert_with(answer)
            .clone()
    }
}
