//! Something that isn't as it should be: where, by which rule, what is so, and what to do. Printers
//! make sentences of it; nothing reads them back.

use std::fmt;

use crate::error::Error;
use crate::hint::Hint;
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
    pub fn new(
        place: FilePlace,
        rule: Rule,
        severity: Severity,
        message: impl Into<String>,
    ) -> Self {
        Self {
            place,
            rule,
            severity,
            message: message.into(),
            hints: Vec::new(),
        }
    }

    /// Returns what an error says, at the place that it names, else at `file` as a whole.
    pub fn from_error(rule: Rule, severity: Severity, error: &Error, file: RelPath) -> Self {
        let path = error.file().and_then(|named| named.parse().ok());
        Self {
            place: FilePlace::of_line(path.unwrap_or(file), error.line()),
            rule,
            severity,
            message: error.fact().to_owned(),
            hints: error.next_steps().to_vec(),
        }
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<Hint>) -> Self {
        self.hints.push(hint.into());
        self
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
    /// From the first to the last, counted from 1.
    Lines(usize, usize),
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
            Some(Within::Line(line) | Within::Lines(line, _)) => Some(line),
            Some(Within::Pointer(_)) | None => None,
        }
    }
}

/// "`.mcp.json`", "`.mcp.json` line 4", as a sentence begins.
impl fmt::Display for FilePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.path)?;
        match &self.within {
            None => Ok(()),
            Some(Within::Line(line)) => write!(f, " line {line}"),
            Some(Within::Lines(first, last)) => write!(f, " lines {first}-{last}"),
            Some(Within::Pointer(pointer)) => write!(f, " `{pointer}`"),
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
