//! A report: what a verb has to say, as data, in the order in which it is shown. Printers turn it
//! into text: `terminal` for a person, `json` for programs, `markdown` for a merge request.
//!
//! **Nothing is printed before its report is whole.**

pub mod change;
mod ended;
pub mod json;
mod layout;
pub mod markdown;

pub mod parts;
pub mod terminal;
pub mod to_file;

use serde_json::Value;

use crate::error::Error;

use crate::hint::Hint;
pub use ended::Ended;
pub use layout::printable;

/// How much a report tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// A few of many are named.
    Brief,
    /// Every file is named.
    Verbose,
}

pub struct Report {
    pub parts: Vec<Part>,
    pub ended: Ended,
    detail: Detail,
}

pub enum Part {
    /// What was done: the first line of most reports.
    Title(String),
    /// A title for what a person has to look at.
    WarnTitle(String),
    /// A name with what belongs to it.
    Heading {
        name: String,
        rest: String,
    },
    /// A labelled line; without a label it goes on with the one before.
    Row {
        label: String,
        text: String,
    },
    /// Something to type next.
    Next {
        label: String,
        hint: Hint,
    },
    Text(String),
    /// A text from a template, as it is laid out.
    Document(String),
    /// An empty line.
    Gap,
    /// A unified diff.
    Diff(String),
    Warning(Warning),
    /// Lines beside the result, for standard error.
    Aside(Vec<String>),
    Error(Error),
    /// The report of one of several packages.
    Package(PackageReport),
    /// The whole report, for programs.
    Json(Value),
    /// A text for another program, as it is.
    Raw(String),
    /// The contents of a file, as they are, even where it is to be quiet.
    Contents(Vec<u8>),
}

/// What a person has to look at, beside the result.
pub struct Warning {
    pub message: String,
    pub details: Vec<String>,
    pub hints: Vec<Hint>,
}

/// What a command that goes over all packages of a repository did in one.
pub struct PackageReport {
    /// As the command line would name it.
    pub folder: String,
    pub report: Report,
    /// Whether the report is all that was asked for.
    pub is_asked_for: bool,
}

impl Report {
    pub fn new(detail: Detail) -> Self {
        Self {
            parts: Vec::new(),
            ended: Ended::Done,
            detail,
        }
    }

    /// Returns a report of one part, for another program.
    pub fn of(part: Part) -> Self {
        let mut report = Self::new(Detail::Brief);
        report.add(part);
        report
    }

    /// Returns it with how it ended, where that is worse than what it says so far.
    #[must_use]
    pub fn ending(mut self, ended: Ended) -> Self {
        self.end(ended);
        self
    }

    /// Says how a part of the command ended; the worst counts.
    pub fn end(&mut self, ended: Ended) {
        self.ended = self.ended.max(ended);
    }

    pub fn is_verbose(&self) -> bool {
        self.detail == Detail::Verbose
    }

    pub fn add(&mut self, part: Part) {
        self.parts.push(part);
    }

    pub fn title(&mut self, text: impl Into<String>) {
        self.add(Part::Title(text.into()));
    }

    pub fn warn_title(&mut self, text: impl Into<String>) {
        self.add(Part::WarnTitle(text.into()));
    }

    pub fn heading(&mut self, name: impl Into<String>, rest: impl Into<String>) {
        self.add(Part::Heading {
            name: name.into(),
            rest: rest.into(),
        });
    }

    pub fn row(&mut self, label: impl Into<String>, text: impl Into<String>) {
        self.add(Part::Row {
            label: label.into(),
            text: text.into(),
        });
    }

    /// Adds a whole command, which can be pasted.
    pub fn next(&mut self, label: impl Into<String>, command: impl std::fmt::Display) {
        self.next_hint(label, Hint::command(command));
    }

    pub fn next_hint(&mut self, label: impl Into<String>, hint: Hint) {
        self.add(Part::Next {
            label: label.into(),
            hint,
        });
    }

    pub fn text(&mut self, text: impl Into<String>) {
        self.add(Part::Text(text.into()));
    }

    pub fn document(&mut self, text: impl Into<String>) {
        self.add(Part::Document(text.into()));
    }

    pub fn gap(&mut self) {
        self.add(Part::Gap);
    }

    pub fn diff(&mut self, unified: impl Into<String>) {
        self.add(Part::Diff(unified.into()));
    }

    pub fn warning(
        &mut self,
        message: impl Into<String>,
        details: impl Into<Vec<String>>,
        hints: impl Into<Vec<Hint>>,
    ) {
        self.add(Part::Warning(Warning {
            message: message.into(),
            details: details.into(),
            hints: hints.into(),
        }));
    }

    pub fn add_to_stderr(&mut self, lines: Vec<String>) {
        self.add(Part::Aside(lines));
    }
}
