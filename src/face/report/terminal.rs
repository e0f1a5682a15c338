//! Prints a report for a person: the result to standard output, what needs them to standard error,
//! in the order of the report.

use std::io::{ErrorKind, IsTerminal as _, Write as _};
use std::path::Path;

use crate::error::Error;
use crate::words;

use super::layout::{GOOD, TextLayout, WARN};
use super::{Ended, PackageReport, Part, Report, json};

pub struct Terminal {
    /// Whether nothing goes to standard output yet: what comes last decides.
    is_quiet: bool,
    is_verbose: bool,
    /// Whether something went to standard output.
    has_begun: bool,
    /// What goes to standard output.
    out: TextLayout,
}

impl Terminal {
    pub fn new(is_quiet: bool, is_verbose: bool) -> Self {
        Self {
            is_quiet,
            is_verbose,
            has_begun: false,
            out: TextLayout::new(),
        }
    }

    /// Has commands to type name a repository, as the one that was typed did.
    pub fn name_repo(&mut self, repo: &Path) {
        self.out
            .name_repo(words::path_quoted(&repo.display().to_string()));
    }

    /// Prints a report, even where it is to be quiet if a person is needed, or if the report is
    /// all that was asked for. Returns how the command ended: it isn't done if the report could
    /// not be written.
    pub fn print(&mut self, report: &Report, is_asked_for: bool) -> Ended {
        for part in &report.parts {
            if !self.part(part) {
                self.error(&Error::user("the result was not printed whole"));
                return Ended::NotDone;
            }
        }
        if is_asked_for || report.ended != Ended::Done {
            self.is_quiet = false;
        }
        match self.flush() {
            true => report.ended,
            false => Ended::NotDone,
        }
    }

    /// Prints an error.
    pub fn error(&mut self, error: &Error) {
        self.flush();
        let mut beside = self.out.beside();
        beside.error(error, self.is_verbose);
        write_to_stderr(&beside.lines);
    }

    /// Prints one part. Returns whether it could be written, as far as it was.
    fn part(&mut self, part: &Part) -> bool {
        let out = &mut self.out;
        match part {
            Part::Title(text) => out.title(GOOD, text),
            Part::WarnTitle(text) => out.title(WARN, text),
            Part::Heading { name, rest } => out.heading(name, rest),
            Part::Row { label, text } => out.row(label, text),
            Part::Next { label, hint } => out.next(label, hint),
            Part::Text(text) => out.text(text),
            Part::Document(text) => out.document(text),
            Part::Gap => out.gap(),
            Part::Diff(unified) => out.diff(unified),
            Part::Json(value) => out.lines.push_str(&json::text(value)),
            Part::Raw(text) => out.lines.push_str(text),
            Part::Contents(bytes) => return write_as_is(bytes),
            Part::Warning(warning) => {
                let mut beside = out.beside();
                beside.warning(warning);
                self.flush();
                write_to_stderr(&beside.lines);
            }
            Part::Aside(lines) => {
                let mut beside = out.beside();
                beside.listed(lines);
                write_to_stderr(&beside.lines);
            }
            Part::Error(error) => self.error(error),
            Part::Package(package) => self.package(package),
        }
        true
    }

    /// Prints the report of one of several packages below its name. Where it is to be quiet,
    /// one in which nothing went wrong is left out, and one whose error was printed.
    fn package(&mut self, package: &PackageReport) {
        let PackageReport {
            folder,
            report,
            is_asked_for,
        } = package;
        if folder != "." {
            self.name_repo(Path::new(folder));
        }
        let start = self.out.lines.len();
        if self.has_begun || start > 0 {
            self.out.gap();
        }
        self.out.heading(folder, "");
        for part in &report.parts {
            self.part(part);
        }
        let is_shown = match report.ended {
            Ended::Done => *is_asked_for,
            Ended::NeedsAPerson => true,
            Ended::NotDone => false,
        };
        if self.is_quiet && !is_shown {
            self.out.lines.truncate(start);
        }
    }

    /// Writes what was printed to standard output, unless it is to be quiet. Returns whether it
    /// could be written; a reader that has gone away is no error.
    fn flush(&mut self) -> bool {
        if self.is_quiet {
            return true;
        }
        let lines = std::mem::take(&mut self.out.lines);
        self.has_begun |= !lines.is_empty();
        let mut stdout = anstream::stdout();
        was_written(
            stdout
                .write_all(lines.as_bytes())
                .and_then(|()| stdout.flush()),
        )
    }
}

/// Shows a person what they are asked about where they see it: at the terminal, whatever else goes
/// to a file.
pub fn show_to_person(report: &Report) {
    let mut terminal = Terminal::new(false, report.is_verbose());
    if std::io::stdout().is_terminal() {
        terminal.print(report, true);
    } else {
        write_to_stderr(&laid_out(report));
    }
}

/// Returns a report for a pager: with colours where the terminal has them.
pub fn for_pager(report: &Report) -> String {
    let lines = laid_out(report);
    match anstream::stdout().current_choice() {
        anstream::ColorChoice::Never => anstream::adapter::strip_str(&lines).to_string(),
        _ => lines,
    }
}

/// Returns the lines of a report, with those that would go to standard error.
fn laid_out(report: &Report) -> String {
    let mut terminal = Terminal::new(true, report.is_verbose());
    for part in &report.parts {
        match part {
            Part::Warning(warning) => terminal.out.warning(warning),
            Part::Aside(lines) => terminal.out.listed(lines),
            Part::Error(error) => terminal.out.error(error, report.is_verbose()),
            part => _ = terminal.part(part),
        }
    }
    terminal.out.lines
}

/// Writes what a person is asked to where they see it.
pub fn say_to_person(text: &str) {
    write_to_stderr(text);
}

/// Writes to standard output whatever it says to a terminal. Returns whether it could be written.
fn write_as_is(bytes: &[u8]) -> bool {
    let mut stdout = std::io::stdout().lock();
    was_written(stdout.write_all(bytes).and_then(|()| stdout.flush()))
}

fn was_written(written: std::io::Result<()>) -> bool {
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            write_to_stderr(&format!(
                "error: failed to write to standard output: {error}\n"
            ));
            false
        }
        _ => true,
    }
}

fn write_to_stderr(text: &str) {
    let _ = anstream::stderr().write_all(text.as_bytes());
}
