//! What a template file may be before it is parsed, so that neither parsing nor rendering it can
//! take the stack, the memory or the time of the machine.
//!
//! minijinja counts the steps of a template and the bytes that it makes, but neither how deep a
//! chain of operators is that it parses, nor what lists become that are added to one another: those
//! it puts together later, all at once. So chains have a limit here, and what is added has to be a
//! number or a text.

use minijinja::machinery::{Token, tokenize};
use minijinja::syntax::SyntaxConfig;

/// Operators, brackets and words between operands that one tag may have.
const OPERATORS: usize = 250;

/// Tags that set a variable in one file: each may wrap what an earlier one set.
const SETS: usize = 200;

/// Branches of `if` in one file: each is parsed inside the one before.
const BRANCHES: usize = 250;

/// Tags in one file.
const TAGS: usize = 10_000;

/// Lines of one file, and bytes of one line: minijinja counts both in 16 bits.
const LINES: usize = 60_000;
const COLUMNS: usize = 60_000;

/// Where a text isn't within bounds: its line, from 1, and what is wrong there.
pub(super) type Unbounded = (usize, String);

/// Checks a template file, or, `in_expr`, a bare expression. What can't be read as tokens is left
/// to the parser to say.
pub(super) fn check(text: &str, in_expr: bool, syntax: &SyntaxConfig) -> Result<(), Unbounded> {
    for (number, line) in (1..).zip(text.split('\n')) {
        if number > LINES || line.len() > COLUMNS {
            let what = format!("it has more than {LINES} lines, or {COLUMNS} letters in one");
            return Err((number, what));
        }
    }
    let mut counts = Counts::default();
    let mut window: [Option<Token<'_>>; 3] = [const { None }; 3];
    for token in tokenize(text, in_expr, syntax.clone()) {
        let Ok((token, span)) = token else { break };
        let start = span.start_offset as usize;
        counts
            .count(&token)
            .map_err(|what| (line_at(text, start), what))?;
        window.rotate_left(1);
        window[2] = Some(token);
        if adds_a_list(&window) {
            return Err((line_at(text, start), ADDED.to_owned()));
        }
    }
    Ok(())
}

fn line_at(text: &str, offset: usize) -> usize {
    let before = &text.as_bytes()[..offset.min(text.len())];
    memchr::memchr_iter(b'\n', before).count() + 1
}

/// Why something can't be added.
const ADDED: &str = "`+` adds a number or a text that is written out; texts are joined by `~`, \
                     and lists aren't added";

/// Returns whether a `+` among the last three tokens may have a list beside it.
fn adds_a_list(window: &[Option<Token<'_>>; 3]) -> bool {
    match window {
        [Some(left), Some(Token::Plus), right]
            if !is_scalar(left) && !right.as_ref().is_some_and(is_scalar) =>
        {
            true
        }
        // `+ "text"|list` adds a list.
        [
            Some(Token::Plus),
            Some(right),
            Some(Token::Pipe | Token::Dot | Token::BracketOpen | Token::ParenOpen),
        ] => is_scalar(right),
        _ => false,
    }
}

/// Returns whether a token is a number or a text.
fn is_scalar(token: &Token<'_>) -> bool {
    matches!(
        token,
        Token::Int(_) | Token::Int128(_) | Token::Float(_) | Token::Str(_) | Token::String(_)
    )
}

/// What was met so far.
#[derive(Default)]
struct Counts {
    operators: usize,
    sets: usize,
    branches: usize,
    tags: usize,
}

impl Counts {
    fn count(&mut self, token: &Token<'_>) -> Result<(), String> {
        match token {
            Token::BlockStart | Token::VariableStart => {
                self.tags += 1;
                self.operators = 0;
            }
            Token::Ident("set") => self.sets += 1,
            Token::Ident("elif") => self.branches += 1,
            Token::Ident("not" | "and" | "or" | "in" | "is" | "if" | "else") => self.operators += 1,
            Token::TemplateData(_)
            | Token::BlockEnd
            | Token::VariableEnd
            | Token::Ident(_)
            | Token::Comma
            | Token::Colon
            | Token::Assign
            | Token::BracketClose
            | Token::ParenClose
            | Token::BraceClose => {}
            token if is_scalar(token) => {}
            _ => self.operators += 1,
        }
        let limits = [
            (self.operators, OPERATORS, "operators in one tag"),
            (self.sets, SETS, "tags that set something"),
            (self.branches, BRANCHES, "`elif`"),
            (self.tags, TAGS, "tags"),
        ];
        match limits.iter().find(|(count, most, _)| count > most) {
            Some((_, most, what)) => Err(format!("it has more than {most} {what}")),
            None => Ok(()),
        }
    }
}
