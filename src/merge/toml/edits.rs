//! Changes of a text: what is deleted, and what is put where.

use std::ops::Range;

/// Changes in any order. What several delete is deleted once.
#[derive(Debug, Default)]
pub struct Edits {
    edits: Vec<(Range<usize>, String)>,
}

impl Edits {
    pub fn delete(&mut self, place: Range<usize>) {
        self.edits.push((place, String::new()));
    }

    pub fn insert(&mut self, at: usize, text: impl Into<String>) {
        self.edits.push((at..at, text.into()));
    }

    pub fn replace(&mut self, place: Range<usize>, text: impl Into<String>) {
        self.edits.push((place, text.into()));
    }

    /// Returns the text with all changes. What is put at one place keeps its order.
    pub fn applied_to(mut self, text: &str) -> String {
        self.edits.sort_by_key(|(place, _)| place.start);
        let (mut out, mut at) = (String::with_capacity(text.len()), 0);
        for (place, new) in self.edits {
            if place.start > at {
                out.push_str(&text[at..place.start]);
                at = place.start;
            }
            out.push_str(&new);
            at = at.max(place.end);
        }
        out.push_str(&text[at..]);
        out
    }
}
