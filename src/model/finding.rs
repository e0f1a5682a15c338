//! Something that isn't as it should be: where, by which rule, what is so, and what to do. Printers
//! make sentences of it; nothing reads them back.

use std::fmt;

use crate::error::Error;
use crate::model::path::RelPath;

/// What a rule found. Findings are in the order of their places.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding<Rule> {
    pub place: FilePlace,
    pub rule: Rule,
    pub severity: Severity,
    /// What is so, and why it matters. The place isn't in it.
    pub message: String,
    pub hints: Vec<Hint>,
}

impl<Rule> Finding<Rule> {
    /// Returns what an error says, at the place that it names, else at `file` as a whole.
    pub fn from_error(rule: Rule, severity: Severity, error: &Error, file: RelPath) -> Self {
        let path = error.file().and_then(|named| named.parse().ok());
        Self {
            place: FilePlace::of_line(path.unwrap_or(file), error.line()),
            rule,
            severity,
            message: error.fact().to_owned(),
            hints: error.next_steps().iter().cloned().map(Hint::Text).collect(),
        }
    }

    /// Returns the hints in one line.
    pub fn joined_hints(&self) -> Option<String> {
        let hints: Vec<String> = self.hints.iter().map(Hint::to_string).collect();
        (!hints.is_empty()).then(|| hints.join("; "))
    }
}

/// Where something was found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FilePlace {
    pub path: RelPath,
    /// `None` for the file as a whole.
    pub within: Option<Within>,
}

/// A place within a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Within {
    /// Counted from 1.
    Line(usize),
    /// A JSON pointer (RFC 6901).
    Pointer(String),
}

impl FilePlace {
    /// Returns a line of a file, or the file as a whole.
    pub fn of_line(path: RelPath, line: Option<usize>) -> Self {
        Self {
            path,
            within: line.map(Within::Line),
        }
    }

    /// Returns the line, where it is known.
    pub fn line(&self) -> Option<usize> {
        match self.within {
            Some(Within::Line(line)) => Some(line),
            Some(Within::Pointer(_)) | None => None,
        }
    }
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// An agent doesn't do what the file says.
    Error,
    /// It does, and somebody will be surprised some day.
    Warning,
}

impl Severity {
    /// Returns its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// What to do about something.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hint {
    /// A whole command, which works when it is pasted.
    Command(String),
    Text(String),
}

impl From<&str> for Hint {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Hint {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Command(text) | Self::Text(text)) = self;
        f.write_str(text)
    }
}
