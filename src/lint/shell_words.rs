//! The words of a shell's command, without their quotes. Nothing is expanded.

use crate::agent::claude::places::{PLUGIN_ROOT, PROJECT_DIR};

/// A word of a command.
#[derive(Debug, Default)]
pub struct ShellWord {
    /// Without its quotes; variables stay.
    pub text: String,
    /// A folder's variable in it that a shell would split at spaces.
    pub unquoted: Option<&'static str>,
    /// A folder's variable in it that no shell replaces.
    pub literal: Option<&'static str>,
}

impl ShellWord {
    pub fn is_assignment(&self) -> bool {
        let name = self.text.split_once('=').map_or("", |(name, _)| name);
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    }
}

/// Splits a command into its simple commands and their words. Quotes are taken off, and nothing is
/// expanded.
pub fn words(command: &str) -> Vec<Vec<ShellWord>> {
    let mut reader = Reader {
        rest: command,
        simple: vec![Vec::new()],
        word: None,
        open: 0,
    };
    while let Some(letter) = reader.rest.chars().next() {
        reader.step(letter);
    }
    reader.end_word();
    reader.simple
}

/// The variables of folders.
const FOLDERS: [&str; 2] = [PROJECT_DIR, PLUGIN_ROOT];

/// Whether a text begins with a variable: `$NAME`, `${NAME}`, or with a default, `${NAME:-…}`.
fn names(text: &str, name: &str) -> bool {
    let Some(rest) = text.strip_prefix('$') else {
        return false;
    };
    let (rest, in_braces) = match rest.strip_prefix('{') {
        Some(rest) => (rest, true),
        None => (rest, false),
    };
    let Some(behind) = rest.strip_prefix(name) else {
        return false;
    };
    match in_braces {
        true => behind.starts_with(['}', ':', '-', '=', '?']),
        false => !behind.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_'),
    }
}

struct Reader<'a> {
    rest: &'a str,
    simple: Vec<Vec<ShellWord>>,
    word: Option<ShellWord>,
    /// How many parentheses are open.
    open: usize,
}

impl Reader<'_> {
    fn step(&mut self, letter: char) {
        match letter {
            ' ' | '\t' => {
                self.skip(1);
                self.end_word();
            }
            ';' | '&' | '|' | '\n' | '(' | ')' => {
                self.skip(1);
                self.end_word();
                self.nest(letter);
                self.simple.push(Vec::new());
            }
            // What follows is text, as likely as not.
            '<' if self.rest.starts_with("<<") && !self.rest.starts_with("<<<") => {
                self.skip(self.rest.len())
            }
            '>' | '<' => self.redirect(),
            '#' if self.word.is_none() => {
                self.skip(self.rest.find('\n').unwrap_or(self.rest.len()))
            }
            '\'' => {
                let inside = &self.rest[1..];
                let end = inside.find('\'').unwrap_or(inside.len());
                self.push(&inside[..end]);
                // A plugin's folder is put in before a shell sees the command.
                let literal = names(&inside[..end], PROJECT_DIR).then_some(PROJECT_DIR);
                if let Some(word) = &mut self.word {
                    word.literal = word.literal.or(literal);
                }
                self.skip((end + 2).min(self.rest.len()));
            }
            '"' => self.double_quoted(),
            '\\' => {
                self.skip(1);
                let next = self
                    .rest
                    .chars()
                    .next()
                    .map(String::from)
                    .unwrap_or_default();
                self.push(&next);
                self.skip(next.len());
            }
            '$' | '`' => {
                let length = expansion(self.rest);
                let text = &self.rest[..length];
                let unquoted = FOLDERS.into_iter().find(|name| names(text, name));
                self.push(text);
                if let Some(word) = &mut self.word {
                    word.unquoted = word.unquoted.or(unquoted);
                }
                self.skip(length);
            }
            letter => {
                self.push(letter.encode_utf8(&mut [0; 4]));
                self.skip(letter.len_utf8());
            }
        }
    }

    /// A parenthesis that closes and wasn't opened ends the pattern of a `case`.
    fn nest(&mut self, letter: char) {
        match letter {
            '(' => self.open += 1,
            ')' if self.open > 0 => self.open -= 1,
            ')' => self.simple.last_mut().into_iter().for_each(Vec::clear),
            _ => {}
        }
    }

    fn double_quoted(&mut self) {
        self.skip(1);
        self.push("");
        while let Some(letter) = self.rest.chars().next() {
            let length = match letter {
                '"' => return self.skip(1),
                '\\' => {
                    self.skip(1);
                    self.rest.chars().next().map_or(0, char::len_utf8)
                }
                '$' | '`' => expansion(self.rest),
                letter => letter.len_utf8(),
            };
            self.push(&self.rest[..length]);
            self.skip(length);
        }
    }

    /// Where output goes or input comes from is no argument.
    fn redirect(&mut self) {
        self.end_word();
        let target = self.rest.trim_start_matches(['>', '<', '&', ' ']);
        let end = target
            .find([' ', ';', '|', '&', '\n', ')'])
            .unwrap_or(target.len());
        self.skip(self.rest.len() - target.len() + end);
    }

    fn push(&mut self, text: &str) {
        self.word.get_or_insert_default().text.push_str(text);
    }

    fn end_word(&mut self) {
        if let (Some(word), Some(words)) = (self.word.take(), self.simple.last_mut()) {
            words.push(word);
        }
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = &self.rest[bytes..];
    }
}

/// Returns how long the expansion is with which a text starts: `$name`, `${…}`, `$(…)` or
/// `` `…` ``.
fn expansion(text: &str) -> usize {
    let bytes = text.as_bytes();
    match (bytes.first(), bytes.get(1)) {
        (Some(b'`'), _) => text[1..].find('`').map_or(text.len(), |end| end + 2),
        (_, Some(b'{')) => 1 + bracketed(&bytes[1..], b'}'),
        (_, Some(b'(')) => 1 + bracketed(&bytes[1..], b')'),
        _ => {
            1 + text[1..]
                .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                .unwrap_or(text.len() - 1)
        }
    }
}

/// Returns how long what is in brackets is, with them: all of the text where they are not closed.
fn bracketed(text: &[u8], close: u8) -> usize {
    let open = text[0];
    let mut depth = 0_usize;
    for (at, byte) in text.iter().enumerate() {
        if *byte == open {
            depth += 1;
        } else if *byte == close {
            depth -= 1;
        }
        if depth == 0 {
            return at + 1;
        }
    }
    text.len()
}
