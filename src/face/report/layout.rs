//! Lines of a report: styles, widths, and text from elsewhere made harmless.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthStr as _;

use crate::model::unicode::{is_selector, is_unseen, selects_nothing};

use super::Warning;
use crate::error::Error;
use crate::hint::Hint;

pub const BAD: Style = AnsiColor::Red.on_default().bold();
pub const WARN: Style = AnsiColor::Yellow.on_default().bold();
pub const GOOD: Style = AnsiColor::Green.on_default().bold();
const NEXT: Style = AnsiColor::Cyan.on_default().bold();
const DIM: Style = Style::new().dimmed();
const STRONG: Style = Style::new().bold();
const ADDED: Style = AnsiColor::Green.on_default();
const REMOVED: Style = AnsiColor::Red.on_default();

/// How many columns a label has, with the gap behind it.
const LABEL: usize = 12;

/// How wide text is where nobody says: in a pipe, or in a file.
const WIDTH: usize = 100;

/// Text that is laid out line by line.
#[derive(Clone)]
pub struct TextLayout {
    width: usize,
    /// The repository that was named on the command line, as a shell reads it: commands to type
    /// name it, too.
    repo: Option<String>,
    pub lines: String,
}

impl TextLayout {
    /// Returns an empty one, as wide as the terminal.
    pub fn new() -> Self {
        let width = terminal_size::terminal_size()
            .map_or(WIDTH, |(width, _)| usize::from(width.0).clamp(40, 120));
        Self {
            width,
            repo: None,
            lines: String::new(),
        }
    }

    /// Returns an empty one for what stands beside this one.
    pub fn beside(&self) -> Self {
        Self {
            lines: String::new(),
            ..self.clone()
        }
    }

    /// Has commands to type name a repository, as the one that was typed did.
    pub fn name_repo(&mut self, repo: String) {
        self.repo = Some(repo);
    }

    pub fn title(&mut self, style: Style, text: &str) {
        let lines = wrap(&printable(text), self.width, self.width);
        for (index, line) in lines.iter().enumerate() {
            let gap = if index == 0 { "" } else { "  " };
            let _ = writeln!(self.lines, "{gap}{style}{line}{style:#}");
        }
    }

    /// Adds a name in bold with what belongs to it.
    pub fn heading(&mut self, name: &str, rest: &str) {
        let name = printable(name);
        let gap = if rest.is_empty() { "" } else { "  " };
        let first = self.width.saturating_sub(name.width() + gap.len());
        let lines = wrap(&printable(rest), first, self.width - 2);
        for (index, line) in lines.iter().enumerate() {
            let _ = match index {
                0 => writeln!(self.lines, "{STRONG}{name}{STRONG:#}{gap}{line}"),
                _ => writeln!(self.lines, "  {line}"),
            };
        }
    }

    /// Adds a labelled line; what doesn't fit goes below, behind the label.
    pub fn row(&mut self, label: &str, text: &str) {
        let rest = self.width - 2 - LABEL;
        let first = (self.width - 2).saturating_sub(column(label).width());
        let lines = wrap(&printable(text), first, rest);
        for (index, line) in lines.iter().enumerate() {
            let label = column(if index == 0 { label } else { "" });
            let _ = writeln!(self.lines, "  {DIM}{label}{DIM:#}{line}");
        }
    }

    /// Adds something to type next: whole, so that it can be copied.
    pub fn next(&mut self, label: &str, hint: &Hint) {
        let label = column(label);
        let command = printable(&hint.naming(self.repo.as_deref()));
        let fits = 2 + label.width() + command.width() <= self.width;
        let _ = match fits {
            true => writeln!(self.lines, "  {NEXT}{label}{NEXT:#}{command}"),
            false => {
                let label = label.trim_end();
                writeln!(self.lines, "  {NEXT}{label}{NEXT:#}\n    {command}")
            }
        };
    }

    pub fn text(&mut self, text: &str) {
        for line in wrap(&printable(text), self.width, self.width) {
            let _ = writeln!(self.lines, "{line}");
        }
    }

    pub fn document(&mut self, text: &str) {
        for line in text.lines() {
            let _ = writeln!(self.lines, "  {}", printable(line));
        }
    }

    pub fn gap(&mut self) {
        self.lines.push('\n');
    }

    /// Adds a unified diff in its colours.
    pub fn diff(&mut self, unified: &str) {
        for line in unified.lines() {
            let style = match line.as_bytes().first() {
                Some(b'+') if !line.starts_with("+++") => ADDED,
                Some(b'-') if !line.starts_with("---") => REMOVED,
                Some(b'@') => DIM,
                _ if line.starts_with("+++") || line.starts_with("---") => STRONG,
                _ => Style::new(),
            };
            let _ = writeln!(self.lines, "{style}{}{style:#}", printable(line));
        }
    }

    pub fn warning(&mut self, warning: &Warning) {
        self.labelled(WARN, "warning", &warning.message);
        self.listed(&warning.details);
        self.hints(&warning.hints);
    }

    /// Adds an error: what is so, what it lists, why, what state things are in, and what to type.
    pub fn error(&mut self, error: &Error, is_verbose: bool) {
        self.labelled(BAD, "error", error.message());
        self.listed(error.details());
        for diff in error.diffs() {
            self.diff(diff);
        }
        if is_verbose {
            for attachment in error.attachments() {
                self.diff(attachment);
            }
        }
        for cause in error.causes() {
            self.labelled(DIM, "  caused by", cause);
        }
        for note in error.notes() {
            self.labelled(DIM, "note", note);
        }
        self.hints(error.next_steps());
    }

    fn hints(&mut self, hints: &[Hint]) {
        let width = self.width;
        for hint in hints {
            if hint.typed().is_some() {
                self.width = usize::MAX;
            }
            self.labelled(NEXT, "hint", &hint.naming(self.repo.as_deref()));
            self.width = width;
        }
    }

    fn labelled(&mut self, style: Style, label: &str, message: &str) {
        let first = self.width.saturating_sub(label.len() + 2);
        let lines = wrap(&printable(message), first, self.width - 2);
        for (index, line) in lines.iter().enumerate() {
            let _ = match index {
                0 => writeln!(self.lines, "{style}{label}{style:#}: {line}"),
                _ => writeln!(self.lines, "  {line}"),
            };
        }
    }

    pub fn listed(&mut self, details: &[String]) {
        for detail in details {
            let detail = printable(detail);
            // What stands behind a label that isn't repeated stays there.
            let rest = detail.trim_start_matches(' ');
            let blank = " ".repeat((detail.len() - rest.len()).min(LABEL));
            let width = self.width - blank.len();
            for (index, line) in wrap(rest, width - 2, width - 4).iter().enumerate() {
                let gap = if index == 0 { "  " } else { "    " };
                let _ = writeln!(self.lines, "{gap}{blank}{line}");
            }
        }
    }
}

/// Returns a label as wide as the column of labels; a longer one pushes its text to the right.
fn column(label: &str) -> String {
    match label.width() < LABEL {
        true => format!("{label:<LABEL$}"),
        false => format!("{label} "),
    }
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
        let mut layout = TextLayout::new();
        layout.row("changed back", "2 files");
        layout.row("kept", "1 file");
        layout.next("somewhat longer", &Hint::command("agentpkg undo"));
        let plain = anstream::adapter::strip_str(&layout.lines).to_string();
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
