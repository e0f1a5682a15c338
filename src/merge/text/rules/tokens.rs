//! Lines as words, separated by white space. Punctuation right after a word is a word of its own.

use foldhash::HashMap;
use std::ops::Range;

/// Words, numbered alike in all versions.
#[derive(Debug, Default)]
pub struct Tokens<'a> {
    known: HashMap<&'a [u8], u32>,
}

impl<'a> Tokens<'a> {
    /// Returns the numbers of the words of some lines.
    pub fn ids(&mut self, lines: impl Iterator<Item = &'a [u8]>) -> Vec<u32> {
        lines
            .flat_map(|line| words(line).into_iter().map(|word| &line[word]))
            .map(|word| self.id(word))
            .collect()
    }

    fn id(&mut self, word: &'a [u8]) -> u32 {
        let next = u32::try_from(self.known.len()).unwrap_or(u32::MAX);
        *self.known.entry(word).or_insert(next)
    }
}

/// Returns the places of a line's words.
pub fn words(line: &[u8]) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    let mut at = 0;
    for word in line.split(u8::is_ascii_whitespace) {
        let start = at;
        at += word.len() + 1;
        let body = word.len()
            - word
                .iter()
                .rev()
                .take_while(|byte| is_closing(**byte))
                .count();
        if body > 0 {
            words.push(start..start + body);
        }
        if body < word.len() {
            words.push(start + body..start + word.len());
        }
    }
    words
}

/// Whether a character ends a sentence or a part of one.
fn is_closing(byte: u8) -> bool {
    matches!(byte, b'.' | b',' | b';' | b':' | b'!' | b'?')
}
