//! Scripts of languages that aren't a shell's.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::agent::readers::PROSE;
use crate::model::path::fold;

use super::super::command;
use super::Running;
use super::words::{is_of_a_name, is_open, pattern, without_comments};

/// The rows of `calls.tsv`, by name.
static CALLS: LazyLock<BTreeMap<&str, Call>> = LazyLock::new(|| {
    let lines = include_str!("calls.tsv").lines();
    lines
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(read_call)
        .collect()
});

/// Reads a row of `calls.tsv`: a name, what it is given, and what the text has to have.
fn read_call(row: &'static str) -> (&'static str, Call) {
    let columns: Vec<&str> = row.split('\t').collect();
    let [name, kind, only] = columns[..] else {
        panic!("`{row}` has three columns");
    };
    let kind = match kind {
        "runs" => Kind::Runs,
        "program" => Kind::Program,
        "module" => Kind::Module,
        other => panic!("`{other}` is no kind of call"),
    };
    let only = only.split(',').filter(|one| *one != "-").collect();
    (name, Call { kind, only })
}

/// A call that runs something.
struct Call {
    kind: Kind,
    /// What the text has to have somewhere, one of these; nothing where it needn't.
    only: Vec<&'static str>,
}

impl Call {
    fn may_be_in(&self, text: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|one| text.contains(one))
    }
}

/// What a call is given.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A program, with arguments.
    Runs,
    /// The text of a program, or a whole command.
    Program,
    /// A module, or a file where it is a path.
    Module,
}

/// What lists the files of a folder.
const LISTS: [&str; 9] = [
    "listdir",
    "iterdir",
    "scandir",
    "os.walk",
    "glob",
    "readdir",
    "Dir[",
    "Dir.",
    "Get-ChildItem",
];

impl Running {
    /// Reads a text in any other language.
    pub(super) fn other(&mut self, text: &str, comment: &str) {
        let text = without_comments(text, comment);
        let text = text.as_str();
        for line in text.lines() {
            self.named.extend(names_in(line));
        }
        let mut is_about: BTreeMap<String, bool> = BTreeMap::new();
        for (at, word) in identifiers(text) {
            let lower = word.to_ascii_lowercase();
            // JavaScript's `function` is none.
            let call = CALLS.get(lower.as_str()).filter(|_| word != "function");
            let Some(call) = call else {
                continue;
            };
            if !*is_about
                .entry(lower.clone())
                .or_insert_with(|| call.may_be_in(text))
            {
                continue;
            }
            // The name of a call, as a text.
            let quote = text[..at]
                .chars()
                .next_back()
                .filter(|one| matches!(one, '"' | '\''));
            if quote.is_some_and(|quote| text[at + word.len()..].starts_with(quote)) {
                continue;
            }
            self.call(text, at, word, &lower, call.kind);
        }
        if self.runs_any && LISTS.iter().any(|word| text.contains(word)) {
            self.named.insert("*".to_owned());
        }
        // `` $`sh x` `` of JavaScript, `` `sh x` `` of Ruby and Perl, pipes, `& x` of PowerShell.
        const SIGNS: [&str; 8] = [
            "$`",
            "%x",
            "\"|",
            "|\"",
            "-|",
            "\n& ",
            "scriptblock",
            "ScriptBlock",
        ];
        let has_sign = SIGNS.iter().any(|sign| text.contains(sign));
        if has_sign || comment == "#" && text.contains('`') {
            self.runs_unseen = true;
        }
    }

    /// Reads a call by what it is given first.
    fn call(&mut self, text: &str, at: usize, word: &str, lower: &str, kind: Kind) {
        let rest = &text[at + word.len()..];
        match lower {
            // `(0, eval)(x)`; what is given behind a name; another way to quote a command.
            "eval" if rest.starts_with(")(") => self.runs_unseen = true,
            "sourcefileloader" | "spec_from_file_location" | "qx" => self.runs_unseen = true,
            // Python's `from x import (a)` is none, nor is a loop.
            "import" if !rest.starts_with('(') => return,
            "do" if !rest.trim_start().starts_with(['"', '\'']) => return,
            _ => {}
        }
        let behind = text[at + word.len()..].trim_start_matches(['?', '!', ' ', '\t']);
        let argument = match behind.strip_prefix(['(', '[']) {
            Some(rest) => rest.trim_start_matches(|letter: char| {
                letter.is_whitespace() || matches!(letter, '[' | '(')
            }),
            // `eval x`, `system "x"`: a language without parentheses, not `{ exec } = require(…)`.
            None if behind.starts_with(['"', '\'', '`']) => behind,
            None if is_bare(text, at, behind) => return self.runs_unseen = true,
            None => return,
        };
        let Some(quote) = argument
            .chars()
            .next()
            .filter(|one| matches!(one, '"' | '\'' | '`'))
        else {
            let is_pattern = lower == "exec" && is_of_a_pattern(text, at);
            if !is_pattern && !argument.starts_with([')', '{']) {
                self.runs_unseen = true;
                // `cp.exec(command)` is given a command, and not a program's text.
                self.runs_any |= kind == Kind::Program
                    && !(lower.starts_with("exec") && text[..at].ends_with('.'));
            }
            return;
        };
        let inside = &argument[quote.len_utf8()..];
        let literal = inside.split(quote).next().unwrap_or_default();
        // `system("sh docs/" + name)`.
        let behind = inside[literal.len()..]
            .trim_start_matches(quote)
            .trim_start();
        if behind.starts_with(['+', '%']) || behind.starts_with(".format") {
            self.runs_unseen = true;
            self.runs_any = true;
        }
        if kind == Kind::Module {
            if literal.contains(['/', '.', '$', '{']) {
                self.run(literal);
            }
            return;
        }
        let program = command::bare(literal.split_whitespace().next().unwrap_or_default());
        match literal.contains(char::is_whitespace) {
            true => self.shell_in(literal),
            // `spawn("sh", [file])`: what the file is can't be seen.
            false if command::interprets(program) || literal.contains(['$', '{', '%']) => {
                self.runs_unseen = true;
                self.runs_any = true;
            }
            false => self.run(literal),
        }
        if literal.contains(['$', '{', '%']) || kind == Kind::Program && !lower.starts_with("exec")
        {
            self.runs_unseen = true;
            self.runs_any = true;
        }
    }

    /// Reads a command that a shell is given by another language.
    fn shell_in(&mut self, literal: &str) {
        let inner = Self::of_command(literal);
        self.join(inner);
    }
}

/// Returns the words of a text that may be names, each with where it stands.
fn identifiers(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + text[at..].find(is_of_a_call)?;
        let rest = &text[start..];
        let end = rest
            .find(|letter| !is_of_a_call(letter))
            .unwrap_or(rest.len());
        at = start + end;
        Some((start, &rest[..end]))
    })
}

fn is_of_a_call(letter: char) -> bool {
    is_of_a_name(letter) || letter == '-'
}

/// Returns whether a call has no parentheses: a word follows on its line, and it begins a
/// statement.
fn is_bare(text: &str, at: usize, behind: &str) -> bool {
    let before = text[..at].trim_end_matches([' ', '\t']);
    let begins = before.is_empty() || before.ends_with(['\n', ';', '{', '&', '|']);
    begins
        && behind.starts_with(|letter: char| {
            letter.is_alphanumeric() || matches!(letter, '$' | '@' | '_')
        })
}

/// Returns whether `exec` is called of something that isn't known to run programs: of a pattern.
fn is_of_a_pattern(text: &str, at: usize) -> bool {
    const RUNNERS: [&str; 10] = [
        "cp",
        "child_process",
        "childProcess",
        "process",
        "shell",
        "ssh",
        "docker",
        "os",
        "client",
        "zx",
    ];
    let Some(before) = text[..at].strip_suffix('.') else {
        return false;
    };
    let start = before
        .rfind(|letter| !is_of_a_name(letter))
        .map_or(0, |at| at + 1);
    !RUNNERS.contains(&before.get(start..).unwrap_or_default())
}

/// Returns the patterns of the files that a line names which are only read, with what isn't known
/// of a name as `*`.
fn names_in(line: &str) -> Vec<String> {
    let mut named = Vec::new();
    for word in line.split(|letter: char| !is_of_a_path(letter)) {
        if !word.contains('.') {
            continue;
        }
        let folded = fold(word);
        // `name + ".md"`: any of that ending.
        let is_ending = PROSE.iter().any(|ending| folded == format!(".{ending}"));
        named.extend(match is_ending {
            true => pattern(&format!("*{word}")),
            false => pattern(word).filter(|pattern| !is_open(pattern)),
        });
    }
    named
}

fn is_of_a_path(letter: char) -> bool {
    letter.is_alphanumeric()
        || matches!(letter, '.' | '_' | '-' | '/' | '*' | '?' | '$' | '{' | '}')
}
