//! The path of each line of a document: the keys that lead there, found without parsing.
//!
//! It is a scanner of brackets and strings. For a text that isn't JSON the paths mean nothing,
//! which does no harm.

use std::hash::{BuildHasher as _, Hasher as _};

use foldhash::fast::FixedState;

/// A path of keys, as a number that is equal for equal paths. Elements of an array have the path of
/// the array.
pub type KeyPath = u64;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LinePath {
    /// The path of the container that the line starts in.
    pub starts: KeyPath,
    /// The path of the container that the line ends in.
    pub ends: KeyPath,
    /// The path of the outermost array that the line starts or ends in.
    pub array: Option<KeyPath>,
}

/// Returns the path of each line of a whole text.
pub fn places<'a>(lines: impl Iterator<Item = &'a [u8]>) -> Vec<LinePath> {
    let mut scanner = Scanner {
        open: Vec::new(),
        key: 0,
        array: None,
    };
    lines
        .map(|line| {
            let (starts, before) = (scanner.way(), scanner.array_way());
            scanner.read(line);
            LinePath {
                starts,
                ends: scanner.way(),
                array: before.or(scanner.array_way()),
            }
        })
        .collect()
}

struct Scanner {
    /// The paths of the containers that are open.
    open: Vec<KeyPath>,
    /// The key or string that was read last, as a number.
    key: u64,
    /// The depth of the outermost array that is open.
    array: Option<usize>,
}

impl Scanner {
    fn way(&self) -> KeyPath {
        self.open.last().copied().unwrap_or_default()
    }

    fn array_way(&self) -> Option<KeyPath> {
        self.array.map(|depth| self.open[depth])
    }

    fn read(&mut self, line: &[u8]) {
        let mut at = 0;
        while let Some(&byte) = line.get(at) {
            match byte {
                b'"' => {
                    let length = string(&line[at + 1..]);
                    self.key = hash(0, &line[at + 1..at + 1 + length]);
                    at += 1 + length;
                }
                b'{' | b'[' => {
                    if byte == b'[' && self.array.is_none() {
                        self.array = Some(self.open.len());
                    }
                    self.open
                        .push(hash(self.way() ^ u64::from(byte), &self.key.to_le_bytes()));
                    self.key = 0;
                }
                b'}' | b']' => {
                    self.open.pop();
                    self.array = self.array.filter(|depth| *depth < self.open.len());
                    self.key = 0;
                }
                b',' => self.key = 0,
                _ => {}
            }
            at += 1;
        }
    }
}

/// Returns how long a string is, up to its closing quote or the end of the line.
fn string(rest: &[u8]) -> usize {
    let mut at = 0;
    loop {
        match memchr::memchr2(b'"', b'\\', &rest[at.min(rest.len())..]) {
            None => return rest.len(),
            Some(found) if rest[at + found] == b'"' => return at + found,
            Some(found) => at += found + 2,
        }
    }
}

fn hash(seed: u64, bytes: &[u8]) -> u64 {
    let mut hasher = FixedState::with_seed(seed).build_hasher();
    hasher.write(bytes);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<LinePath> {
        places(text.lines().map(str::as_bytes))
    }

    #[test]
    fn equal_ways_are_equal_and_others_are_not() {
        let text = "{\n\"a\": {\n\"x\": 1\n},\n\"b\": {\n\"x\": 1\n},\n\"c\": [\n{\n\"x\": \
                    \"}\\\"]\"\n},\n{\n\"x\": 1\n}\n]\n}";
        let places = of(text);
        let line = |number: usize| places[number - 1];
        assert_ne!(line(3), line(6), "one is in `a`, the other in `b`");
        assert_eq!(line(10), line(13), "elements of an array have one way");
        assert_eq!(
            (line(3).array, line(10).array),
            (None, Some(line(9).starts))
        );
        assert_eq!(line(1).starts, line(16).ends);
        assert_eq!(of("{\"a\": {\n\"x\": 1\n}}")[1].starts, line(3).starts);
    }
}
