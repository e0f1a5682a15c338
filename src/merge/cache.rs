//! Answers by what was asked, so that each question is answered once.

use std::cell::RefCell;
use std::hash::Hash;

use foldhash::HashMap;

/// Answers that were given, by their questions.
#[derive(Debug)]
pub struct Cache<K, V>(RefCell<HashMap<K, V>>);

impl<K, V> Default for Cache<K, V> {
    fn default() -> Self {
        Self(RefCell::default())
    }
}

impl<K: Eq + Hash, V: Clone> Cache<K, V> {
    /// Returns the answer to a question, which `answer` gives the first time.
    ///
    /// `answer` may ask other caches, but not this one.
    pub fn get(&self, question: K, answer: impl FnOnce() -> V) -> V {
        self.0
            .borrow_mut()
            .entry(question)
            .or_insert_with(answer)
            .clone()
    }
}
