//! The only printer: styles, widths, and text from elsewhere made harmless.

use std::fmt::Write as _;
use std::io::{ErrorKind, IsTerminal as _, Write as _};
use std::path::Path;

use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthStr as _;

use crate::error::Error;
use crate::model::unicode::{is_selector, is_unseen, selects_nothing};
use crate::words;

const BAD: Style = AnsiColor::Red.on_default().bold();
const WARN: Style = AnsiColor::Yellow.on_default().bold();
const GOOD: Style = AnsiColor::Green.on_default().bold();
const NEXT: Style = AnsiColor::Cyan.on_default().bold();
const DIM: Style = Style::new().dimmed();
const STRONG: Style = Style::new().bold();
const ADDED: Style = AnsiColor::Green.on_default();
const REMOVED: Style = AnsiColor::Red.on_default();

/// How many columns a label has, with the gap behind it.
const LABEL: usize = 12;

/// How wide text is where nobody says: in a pipe, or in a file.
const WIDTH: usize = 100;

/// Whether a hint is, or ends with, a command: it stays on one line, so that it can be pasted.
fn is_command(hint: &str) -> bool {
    is_own(hint) || TYPED.iter().any(|word| begins(hint, word))
}

/// Words that a command, or the part of one that is to be added, begins with.
const TYPED: [&str; 5] = ["curl ", "export ", "git ", "unset ", "--"];

/// Whether a hint is, or ends with, a command of agentpkg's.
fn is_own(hint: &str) -> bool {
    begins(hint, "agentpkg ")
}

fn begins(hint: &str, word: &str) -> bool {
    hint.starts_with(word) || hint.contains(&format!(": {word}"))
}

/// Where a part of a report begins.
pub struct ReportPart(usize);

/// What is printed, and how.
pub struct Ui {
    quiet: bool,
    verbose: bool,
    width: usize,
    /// The repository that was named on the command line, as a shell reads it: commands to type
    /// name it, too.
    repo: Option<String>,
    out: String,
}

impl Ui {
    /// Returns the printer for this process.
    pub fn new(quiet: bool, verbose: bool) -> Self {
        let width = terminal_size::terminal_size()
            .map_or(WIDTH, |(width, _)| usize::from(width.0).clamp(40, 120));
        Self {
            quiet,
            verbose,
            width,
            repo: None,
            out: String::new(),
        }
    }

    /// Has commands to type name a repository, as the one that was typed did.
    pub fn name_repo(&mut self, repo: &Path) {
        self.repo = Some(words::path_quoted(&repo.display().to_string()));
    }

    /// Returns a hint whose command has the repository that was named.
    fn whole(&self, hint: &str) -> String {
        match &self.repo {
            Some(repo) if is_own(hint) && !hint.contains(" --repo ") => {
                format!("{hint} --repo {repo}")
            }
            _ => hint.to_owned(),
        }
    }

    /// Begins the part of a report that is about one of several things. Returns where it begins.
    pub fn part(&mut self, name: &str, is_first: bool) -> ReportPart {
        let part = ReportPart(self.out.len());
        let is_alone = is_first || (self.quiet && self.out.is_empty());
        if !is_alone {
            self.gap();
        }
        self.heading(name, "");
        part
    }

    /// Takes a part back where it is to be quiet: nothing in it went wrong, or that was said.
    pub fn hush(&mut self, ReportPart(start): ReportPart) {
        if self.quiet {
            self.out.truncate(start);
        }
    }

    /// Returns whether every file is to be named.
    pub fn verbose(&self) -> bool {
        self.verbose
    }

    /// Prints what was done: the first line of a report.
    pub fn title(&mut self, text: &str) {
        self.styled(GOOD, text);
    }

    /// Prints a title for what a person has to look at.
    pub fn warn_title(&mut self, text: &str) {
        self.styled(WARN, text);
    }

    fn styled(&mut self, style: Style, text: &str) {
        for (index, line) in wrap(&printable(text), self.width, self.width)
            .iter()
            .enumerate()
        {
            let gap = if index == 0 { "" } else { "  " };
            let _ = writeln!(self.out, "{gap}{style}{line}{style:#}");
        }
    }

    /// Prints a name in bold with what belongs to it.
    pub fn heading(&mut self, name: &str, rest: &str) {
        let name = printable(name);
        let gap = if rest.is_empty() { "" } else { "  " };
        let first = self.width.saturating_sub(name.width() + gap.len());
        for (index, line) in wrap(&printable(rest), first, self.width - 2)
            .iter()
            .enumerate()
        {
            let _ = match index {
                0 => writeln!(self.out, "{STRONG}{name}{STRONG:#}{gap}{line}"),
                _ => writeln!(self.out, "  {line}"),
            };
        }
    }

    /// Prints a labelled line; what doesn't fit goes below, behind the label.
    pub fn row(&mut self, label: &str, text: &str) {
        let rest = self.width - 2 - LABEL;
        let first = (self.width - 2).saturating_sub(column(label).width());
        for (index, line) in wrap(&printable(text), first, rest).iter().enumerate() {
            let label = column(if index == 0 { label } else { "" });
            let _ = writeln!(self.out, "  {DIM}{label}{DIM:#}{line}");
        }
    }

    /// Prints something to type next: whole, so that it can be copied.
    pub fn next(&mut self, label: &str, command: &str) {
        let (label, command) = (column(label), printable(&self.whole(command)));
        let fits = 2 + label.width() + command.width() <= self.width;
        let _ = match fits {
            true => writeln!(self.out, "  {NEXT}{label}{NEXT:#}{command}"),
            false => writeln!(
                self.out,
                "  {NEXT}{}{NEXT:#}\n    {command}",
                label.trim_end()
            ),
        };
    }

    /// Prints a line of text.
    pub fn text(&mut self, text: &str) {
        for line in wrap(&printable(text), self.width, self.width) {
            let _ = writeln!(self.out, "{line}");
        }
    }

    /// Prints a text from a template as it is laid out, line by line.
    pub fn document(&mut self, text: &str) {
        for line in text.lines() {
            let _ = writeln!(self.out, "  {}", printable(line));
        }
    }

    /// Prints an empty line.
    pub fn gap(&mut self) {
        self.out.push('\n');
    }

    /// Prints a unified diff in its colours.
    pub fn diff(&mut self, unified: &str) {
        coloured(&mut self.out, unified);
    }

    /// Prints bytes for a program.
    pub fn raw(&mut self, text: &str) {
        self.out.push_str(text);
    }

    /// Writes bytes to standard output as they are, whatever they say to a terminal. Returns
    /// whether they could be written.
    pub fn bytes(&mut self, bytes: &[u8]) -> bool {
        let mut stdout = std::io::stdout().lock();
        was_written(stdout.write_all(bytes).and_then(|()| stdout.flush()))
    }

    /// Prints what there is although `--quiet` was asked for: it says what went wrong, or it is
    /// what was asked for.
    pub fn speak(&mut self) {
        self.quiet = false;
    }

    /// Prints a warning with what it lists and what to type.
    pub fn warning(&mut self, message: &str, details: &[String], hints: &[String]) {
        self.flush();
        let mut text = String::new();
        labelled(&mut text, self.width, WARN, "warning", message);
        listed(&mut text, self.width, details);
        self.hints(&mut text, hints);
        write_to_stderr(&text);
    }

    fn hints(&self, text: &mut String, hints: &[String]) {
        for hint in hints {
            // A command stays whole, so that it can be copied.
            let width = if is_command(hint) {
                usize::MAX
            } else {
                self.width
            };
            labelled(text, width, NEXT, "hint", &self.whole(hint));
        }
    }

    /// Prints lines beside the result, to standard error.
    pub fn aside(&mut self, lines: &[String]) {
        let mut text = String::new();
        listed(&mut text, self.width, lines);
        write_to_stderr(&text);
    }

    /// Prints an error: what is so, what it lists, why, what state things are in, and what to type.
    pub fn error(&mut self, error: &Error) {
        self.flush();
        let mut text = String::new();
        labelled(&mut text, self.width, BAD, "error", error.message());
        listed(&mut text, self.width, error.details());
        error
            .exhibits()
            .iter()
            .for_each(|exhibit| coloured(&mut text, exhibit));
        if self.verbose {
            let enclosures = error.enclosures().iter();
            enclosures.for_each(|one| coloured(&mut text, one));
        }
        for cause in error.causes() {
            labelled(&mut text, self.width, DIM, "  caused by", cause);
        }
        for note in error.notes() {
            labelled(&mut text, self.width, DIM, "note", note);
        }
        self.hints(&mut text, error.next_steps());
        write_to_stderr(&text);
    }

    /// Returns what was printed, for a terminal: with colours where it has them.
    pub fn styled_text(&self) -> String {
        match anstream::stdout().current_choice() {
            anstream::ColorChoice::Never => anstream::adapter::strip_str(&self.out).to_string(),
            _ => self.out.clone(),
        }
    }

    /// Writes what a person is asked about where they see it: to the terminal, whatever else goes
    /// to a file.
    pub fn flush_to_person(&mut self) {
        if std::io::stdout().is_terminal() {
            self.flush();
        } else {
            write_to_stderr(&std::mem::take(&mut self.out));
        }
    }

    /// Writes what was printed to standard output, unless it is to be quiet. Returns whether it
    /// could be written; a reader that has gone away is no error.
    pub fn flush(&mut self) -> bool {
        if self.quiet {
            return true;
        }
        let out = std::mem::take(&mut self.out);
        let mut stdout = anstream::stdout();
        was_written(
            stdout
                .write_all(out.as_bytes())
                .and_then(|()| stdout.flush()),
        )
    }
}

/// Writes a unified diff in its colours.
fn coloured(text: &mut String, unified: &str) {
    for line in unified.lines() {
        let style = match line.as_bytes().first() {
            Some(b'+') if !line.starts_with("+++") => ADDED,
            Some(b'-') if !line.starts_with("---") => REMOVED,
            Some(b'@') => DIM,
            _ if line.starts_with("+++") || line.starts_with("---") => STRONG,
            _ => Style::new(),
        };
        let _ = writeln!(text, "{style}{}{style:#}", printable(line));
    }
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

/// Returns a label as wide as the column of labels; a longer one pushes its text to the right.
fn column(label: &str) -> String {
    match label.width() < LABEL {
        true => format!("{label:<LABEL$}"),
        false => format!("{label} "),
    }
}

fn labelled(text: &mut String, width: usize, style: Style, label: &str, message: &str) {
    let first = width.saturating_sub(label.len() + 2);
    for (index, line) in wrap(&printable(message), first, width - 2)
        .iter()
        .enumerate()
    {
        let _ = match index {
            0 => writeln!(text, "{style}{label}{style:#}: {line}"),
            _ => writeln!(text, "  {line}"),
        };
    }
}

fn listed(text: &mut String, width: usize, details: &[String]) {
    for detail in details {
        let detail = printable(detail);
        // What stands behind a label that isn't repeated stays there.
        let rest = detail.trim_start_matches(' ');
        let blank = " ".repeat((detail.len() - rest.len()).min(LABEL));
        let width = width - blank.len();
        for (index, line) in wrap(rest, width - 2, width - 4).iter().enumerate() {
            let gap = if index == 0 { "  " } else { "    " };
            let _ = writeln!(text, "{gap}{blank}{line}");
        }
    }
}

/// Writes what a person is asked to where they see it.
pub fn to_person(text: &str) {
    write_to_stderr(text);
}

fn write_to_stderr(text: &str) {
    let _ = anstream::stderr().write_all(text.as_bytes());
}

/// Breaks a line between words; what stands between backticks and can't be broken is not.
fn wrap(text: &str, first: usize, rest: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut taken = 0;
    for word in text.split(' ') {
        let limit = if lines.len() == 1 { first } else { rest };
        let line = lines.last_mut().expect("there is always a line");
        let width = word.width();
        if !line.is_empty() && taken + 1 + width > limit {
            lines.push(word.to_owned());
            taken = width;
        } else {
            if !line.is_empty() {
                line.push(' ');
                taken += 1;
            }
            line.push_str(word);
            taken += width;
        }
    }
    lines
}

/// Returns `text` with everything escaped that a terminal would obey rather than show: control
/// characters, and those that reorder or hide what is around them. A selector that makes an emoji
/// of what is before it is shown.
pub fn printable(text: &str) -> String {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return text.to_owned();
    }
    let letters: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    for (at, letter) in letters.iter().copied().enumerate() {
        let is_dress = is_selector(letter) && !selects_nothing(&letters, at);
        match letter {
            '\t' => out.push_str("    "),
            letter if is_unseen(letter) && !is_dress => {
                let _ = write!(out, "\\u{{{:x}}}", u32::from(letter));
            }
            letter => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_elsewhere_can_not_speak_to_the_terminal() {
        assert_eq!(
            printable("a\u{1b}[31mb\u{202e}c\u{200b}d\te"),
            "a\\u{1b}[31mb\\u{202e}c\\u{200b}d    e"
        );
        for emoji in ["\u{2764}\u{fe0f}", "1\u{fe0f}\u{20e3}"] {
            assert_eq!(printable(emoji), emoji);
        }
        assert_eq!(printable("a\u{fe0f}"), "a\\u{fe0f}");
    }

    #[test]
    fn a_label_never_touches_its_text() {
        let mut ui = Ui::new(true, false);
        ui.row("changed back", "2 files");
        ui.row("kept", "1 file");
        ui.next("somewhat longer", "agentpkg undo");
        let plain = anstream::adapter::strip_str(&ui.out).to_string();
        assert_eq!(
            plain,
            "  changed back 2 files\n  kept        1 file\n  somewhat longer agentpkg undo\n"
        );
    }

    #[test]
    fn lines_break_between_words() {
        assert_eq!(wrap("one two three", 7, 7), ["one two", "three"]);
        assert_eq!(wrap("unbreakable", 3, 3), ["unbreakable"]);
    }
}
