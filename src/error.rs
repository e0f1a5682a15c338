//! The one error type: what is so, why, and what to type next.

use std::fmt;
use std::io;

use crate::hint::Hint;

/// The result of everything in this crate that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A failure, told as the reader's next step.
///
/// The message says what is so, each cause says why, each note says what state things are in, and
/// each hint is something to type. All are lower case, without a final period, and put what can be
/// copied between backticks.
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    message: String,
    /// Where in the message the fact begins: what is before it says whose it is, and where.
    fact: usize,
    file: Option<String>,
    line: Option<usize>,
    details: Vec<String>,
    diffs: Vec<String>,
    attachments: Vec<String>,
    causes: Vec<String>,
    notes: Vec<String>,
    hints: Vec<Hint>,
    meant: Option<String>,
}

/// What sort of failure it is, for programs that read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// What a person or a file asked for can't be done as it stands.
    User,
    /// The machine refused: a file, a folder, a disk.
    Io,
    /// Bytes are not what their digest or format says they are.
    Damaged,
}

/// What most notes say of the state things are in.
const NOTHING: &str = "nothing was changed";

impl Error {
    /// Returns an error about what a person, a manifest or a repository asked for.
    pub fn user(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::User, message.into())
    }

    /// Returns an error about bytes that are not what they were published as.
    pub fn damaged(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Damaged, message.into())
    }

    /// Returns "failed to ‹verb› `‹path›`" with the operating system's reason as its cause.
    pub fn io(verb: &str, path: impl fmt::Display, source: &io::Error) -> Self {
        Self::new(ErrorKind::Io, failed_to(verb, path)).cause(reason(source))
    }

    /// Says what failed, in the place of the message: whoever called knows what it was for.
    #[must_use]
    pub fn failing_to(mut self, verb: &str, path: impl fmt::Display) -> Self {
        self.0.message = failed_to(verb, path);
        (self.0.fact, self.0.file, self.0.line) = (0, None, None);
        self
    }

    /// Returns "`‹file›` line ‹line›: ‹fact›", or "`‹file›`: ‹fact›" where the line isn't known.
    pub fn in_file(file: impl fmt::Display, line: Option<usize>, fact: impl fmt::Display) -> Self {
        let line_suffix = line.map_or(String::new(), |line| format!(" line {line}"));
        let mut error = Self::user(format!("{fact}")).behind(format!("`{file}`{line_suffix}: "));
        error.0.file = Some(file.to_string());
        error.0.line = line;
        error
    }

    /// Returns "`‹file›` ‹fact›", where the fact is a sentence about the file.
    pub fn about_file(file: impl fmt::Display, fact: impl fmt::Display) -> Self {
        let mut error = Self::user(format!("{fact}")).behind(format!("`{file}` "));
        error.0.file = Some(file.to_string());
        error
    }

    /// Says whose it is: "‹owner›: ‹message›".
    #[must_use]
    pub fn of(self, owner: impl fmt::Display) -> Self {
        self.behind(format!("{owner}: "))
    }

    fn behind(mut self, prefix: String) -> Self {
        self.0.message.insert_str(0, &prefix);
        self.0.fact += prefix.len();
        self
    }

    /// Says that it is about bytes that are not what their format says.
    #[must_use]
    pub fn being_damaged(mut self) -> Self {
        self.0.kind = ErrorKind::Damaged;
        self
    }

    fn new(kind: ErrorKind, message: String) -> Self {
        Self(Box::new(Inner {
            kind,
            message,
            fact: 0,
            file: None,
            line: None,
            details: vec![],
            diffs: vec![],
            attachments: vec![],
            causes: vec![],
            notes: vec![],
            hints: vec![],
            meant: None,
        }))
    }

    /// Adds one line to what the message lists.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.0.details.push(detail.into());
        self
    }

    /// Adds a text that is shown as it is laid out: a unified diff.
    #[must_use]
    pub fn diff(mut self, text: impl Into<String>) -> Self {
        self.0.diffs.push(text.into());
        self
    }

    /// Adds a text that is too long for a screen, for whoever wants to read it: in a report.
    #[must_use]
    pub fn attaching(mut self, text: impl Into<String>) -> Self {
        self.0.attachments.push(text.into());
        self
    }

    /// Adds why it is so.
    #[must_use]
    pub fn cause(mut self, cause: impl Into<String>) -> Self {
        self.0.causes.push(cause.into());
        self
    }

    /// Adds what state things were left in.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.0.notes.push(note.into());
        self
    }

    /// Says of what was finished before this failed: what is said not to have changed is the rest.
    #[must_use]
    pub fn after(mut self, finished: impl Into<String>) -> Self {
        for note in &mut self.0.notes {
            if let Some(rest) = note.strip_prefix(NOTHING) {
                *note = format!("nothing else was changed{rest}");
            }
        }
        self.note(finished)
    }

    /// Adds what to do next; words are a text.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<Hint>) -> Self {
        self.0.hints.push(hint.into());
        self
    }

    /// Adds a whole command to type next.
    #[must_use]
    pub fn command(self, command: impl fmt::Display) -> Self {
        self.hint(Hint::command(command))
    }

    /// Adds a whole command to type next, and what it is for: "to go back", "agentpkg undo".
    #[must_use]
    pub fn hint_command(self, text: impl Into<String>, command: impl fmt::Display) -> Self {
        self.hint(Hint::text_then_command(text, command))
    }

    /// Adds each of several hints.
    #[must_use]
    pub fn hints(mut self, hints: impl IntoIterator<Item = Hint>) -> Self {
        self.0.hints.extend(hints);
        self
    }

    /// Takes the hints away, for whoever knows better.
    #[must_use]
    pub fn without_hints(mut self) -> Self {
        self.0.hints.clear();
        self
    }

    /// Says which word was meant by the one that was refused, for whoever knows in which command
    /// or file that stands.
    #[must_use]
    pub fn meaning(mut self, word: impl Into<String>) -> Self {
        self.0.meant = Some(word.into());
        self
    }

    /// Returns what sort of failure it is.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Returns what is so, in one line.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Returns the message without whose it is and where.
    pub fn fact(&self) -> &str {
        &self.0.message[self.0.fact..]
    }

    /// Returns the file that it is about, as its author named it.
    pub fn file(&self) -> Option<&str> {
        self.0.file.as_deref()
    }

    /// Returns the line of that file, from 1.
    pub fn line(&self) -> Option<usize> {
        self.0.line
    }

    /// Returns the lines that the message lists.
    pub fn details(&self) -> &[String] {
        &self.0.details
    }

    /// Returns the texts that are shown as they are laid out.
    pub fn diffs(&self) -> &[String] {
        &self.0.diffs
    }

    /// Returns the texts for whoever wants to read them.
    pub fn attachments(&self) -> &[String] {
        &self.0.attachments
    }

    /// Returns why, the nearest cause first.
    pub fn causes(&self) -> &[String] {
        &self.0.causes
    }

    /// Returns what state things were left in.
    pub fn notes(&self) -> &[String] {
        &self.0.notes
    }

    /// Returns what to do next.
    pub fn next_steps(&self) -> &[Hint] {
        &self.0.hints
    }

    /// Returns the word that was meant by the one that was refused, if somebody can tell.
    pub fn meant(&self) -> Option<&str> {
        self.0.meant.as_deref()
    }
}

fn failed_to(verb: &str, path: impl fmt::Display) -> String {
    format!("failed to {verb} `{path}`")
}

/// Returns the operating system's reason without its error number: "permission denied".
fn reason(source: &io::Error) -> String {
    let text = source.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_lowercase().chain(letters).collect(),
        None => text.to_owned(),
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.message)?;
        for line in [&self.0.details, &self.0.causes, &self.0.notes]
            .into_iter()
            .flatten()
        {
            write!(f, "\n  {line}")?;
        }
        for hint in &self.0.hints {
            write!(f, "\n  {hint}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}
