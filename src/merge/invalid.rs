//! Why a text isn't a document that entries can be merged into, in whichever format.

use std::fmt;

/// Why a text isn't a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidDocument {
    /// The line, from 1.
    pub line: usize,
    pub what: String,
}

impl fmt::Display for InvalidDocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}
