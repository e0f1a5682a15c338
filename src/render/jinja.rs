//! `*.jinja` files and `when` expressions, through minijinja: strict, without clock, environment or
//! files.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

use minijinja::syntax::SyntaxConfig;
use minijinja::value::ValueKind;
use minijinja::{AutoEscape, Environment, ErrorKind, UndefinedBehavior, Value};

use crate::error::{Error, Result};
use crate::model::answers::{Answer, Answers};
use crate::model::path::RelPath;
use crate::model::tree::File;
use crate::words;

use super::bounds;
use crate::model::source::Source;

/// What one file may cost, in minijinja's fuel: a step, or 64 bytes that are made.
///
/// minijinja doesn't count what comparing two long texts takes, so there can't be both: many steps
/// and long texts.
const FUEL: u64 = 150_000;

/// How deep macros and loops may call themselves, as minijinja counts: a macro counts four times.
const RECURSION: usize = 100;

/// The stack that a file is rendered on, in bytes. Only what is used of it takes memory.
const STACK: usize = 256 << 20;

/// How many letters of an expression an error shows.
const SHOWN: usize = 60;

/// Bytes that one file may become: what the archive reader takes.
const OUTPUT: usize = 4 << 20;

/// The renderer of one template with its answers.
pub struct Renderer<'a> {
    environment: Environment<'static>,
    syntax: SyntaxConfig,
    /// Atomic, since a file is rendered on a stack of its own.
    spent: AtomicU64,
    answers: Value,
    source: &'a Source,
}

impl<'a> Renderer<'a> {
    /// Returns a renderer that knows the answers to the template's own questions and no others.
    pub fn new(source: &'a Source, answers: &Answers) -> Self {
        let own = source
            .manifest
            .questions
            .keys()
            .filter_map(|key| Some((key.clone(), value(answers.get(key)?))));
        let syntax = syntax();
        Self {
            environment: environment(&syntax),
            syntax,
            spent: AtomicU64::new(0),
            answers: Value::from_pairs(own),
            source,
        }
    }

    /// Renders a file of the source.
    pub fn render(&self, path: &RelPath, file: &File) -> Result<Vec<u8>> {
        let text = self.text(path, file)?;
        let input = Input::File(path);
        self.check(input, text)?;
        on_a_deep_stack(|| self.render_text(path, text))?
            .map_err(|error| self.explain(input, &error))
    }

    fn render_text(&self, path: &RelPath, text: &str) -> Result<Vec<u8>, minijinja::Error> {
        let mut output = Bounded(Vec::new());
        let template = self
            .environment
            .template_from_named_str(path.as_str(), text)?;
        let captured = template.render_captured_to(self.answers.clone(), &mut output)?;
        let spent = captured.state().fuel_levels().map_or(0, |(spent, _)| spent);
        self.spent.fetch_add(spent, Ordering::Relaxed);
        drop(captured);
        Ok(output.0)
    }

    /// Returns what all files that were rendered have cost, in minijinja's fuel.
    pub fn spent(&self) -> u64 {
        self.spent.load(Ordering::Relaxed)
    }

    /// Returns whether an expression over the answers holds.
    pub fn holds(&self, expression: &str) -> Result<bool> {
        let input = Input::When(expression);
        self.check(input, expression)?;
        on_a_deep_stack(|| self.evaluate(expression))?.map_err(|error| self.explain(input, &error))
    }

    fn evaluate(&self, expression: &str) -> Result<bool, minijinja::Error> {
        let value = self
            .environment
            .compile_expression(expression)?
            .eval(self.answers.clone())?;
        match value.is_undefined() {
            true => Err(minijinja::Error::from(ErrorKind::UndefinedError)),
            false => Ok(value.is_true()),
        }
    }

    /// Checks that a text may be parsed.
    fn check(&self, input: Input<'_>, text: &str) -> Result<()> {
        let in_expr = matches!(input, Input::When(_));
        bounds::check(text, in_expr, &self.syntax).map_err(|(line, what)| {
            // An expression is one line.
            let line = Some(line).filter(|_| !in_expr);
            input.error(line, &what).of(self.source)
        })
    }

    fn text<'f>(&self, path: &RelPath, file: &'f File) -> Result<&'f str> {
        file.text()
            .ok_or_else(|| Error::user(format!("`{path}` is not UTF-8 text")).of(self.source))
    }

    fn explain(&self, input: Input<'_>, error: &minijinja::Error) -> Error {
        let what = match error.kind() {
            ErrorKind::UndefinedError => "an unknown answer is used".to_owned(),
            ErrorKind::OutOfFuel => "it takes more steps than a template may".to_owned(),
            ErrorKind::WriteFailure => format!("it becomes larger than {} MiB", OUTPUT >> 20),
            kind => error
                .detail()
                .map_or_else(|| kind.to_string(), str::to_owned),
        };
        let keys: Vec<&String> = self.source.manifest.questions.keys().collect();
        let wrong = input.error(error.line(), &what).of(self.source);
        match error.kind() {
            ErrorKind::UndefinedError if keys.is_empty() => {
                wrong.hint("the template has no `[questions]`")
            }
            ErrorKind::UndefinedError => wrong.hint(format!("it asks for {}", words::list(keys))),
            _ => wrong,
        }
    }
}

/// What minijinja reads.
#[derive(Clone, Copy)]
enum Input<'a> {
    File(&'a RelPath),
    /// The condition of a row of `[files]`.
    When(&'a str),
}

impl Input<'_> {
    fn error(self, line: Option<usize>, what: &str) -> Error {
        match self {
            Self::File(path) => Error::in_file(path, line, what),
            Self::When(expression) => {
                let shown: String = expression.chars().take(SHOWN).collect();
                let line = words::line_suffix(line);
                Error::user(format!("`when = \"{shown}\"`{line}: {what}"))
            }
        }
    }
}

fn environment(syntax: &SyntaxConfig) -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    // `true`, as JSON, TOML and YAML write it, and not as Python does.
    environment.set_formatter(|out, state, value| match bool::try_from(value.clone()) {
        Ok(flag) if value.kind() == ValueKind::Bool => {
            Ok(out.write_str(if flag { "true" } else { "false" })?)
        }
        _ => minijinja::escape_formatter(out, state, value),
    });
    environment.set_fuel(Some(FUEL));
    environment.set_recursion_limit(RECURSION);
    // What a loop leaves in one grows with each round, and in depth.
    environment.remove_global("namespace");
    environment.set_syntax(syntax.clone());
    environment
}

fn syntax() -> SyntaxConfig {
    let mut syntax = SyntaxConfig::builder();
    syntax
        .keep_trailing_newline(true)
        .trim_blocks(true)
        .lstrip_blocks(true);
    syntax.build().expect("the default delimiters are a syntax")
}

/// Does something on a stack that is as deep as values can be that a bounded template makes.
fn on_a_deep_stack<T: Send>(act: impl FnOnce() -> T + Send) -> Result<T> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .stack_size(STACK)
            .spawn_scoped(scope, act)
            .map_err(|error| Error::io("start", "a thread to render in", &error))?;
        match thread.join() {
            Ok(done) => Ok(done),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

fn value(answer: &Answer) -> Value {
    match answer {
        Answer::Bool(value) => Value::from(*value),
        Answer::Text(text) => Value::from(text.as_str()),
        Answer::List(items) => items.iter().map(String::as_str).map(Value::from).collect(),
    }
}

/// A writer that stops at the limit.
struct Bounded(Vec<u8>);

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > OUTPUT {
            return Err(io::Error::from(io::ErrorKind::FileTooLarge));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
