//! `*.jinja` files and `when` expressions, through minijinja: strict, without clock, environment or
//! files.

use std::io;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::ValueKind;
use minijinja::{AutoEscape, Environment, ErrorKind, UndefinedBehavior, Value};

use crate::error::{Error, Result};
use crate::model::answers::{Answer, Answers};
use crate::model::path::RelPath;
use crate::model::tree::File;
use crate::words;

use crate::model::source::Source;

/// Instructions that one file may cost.
const FUEL: u64 = 1_000_000;

/// Bytes that one file may become: what the archive reader takes.
const OUTPUT: usize = 4 << 20;

/// The renderer of one template with its answers.
pub struct Renderer<'a> {
    environment: Environment<'static>,
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
        Self {
            environment: environment(),
            answers: Value::from_pairs(own),
            source,
        }
    }

    /// Renders a file of the source.
    pub fn render(&self, path: &RelPath, file: &File) -> Result<Vec<u8>> {
        let text = self.text(path, file)?;
        let template = self
            .environment
            .template_from_named_str(path.as_str(), text);
        let mut output = Bounded(Vec::new());
        template
            .and_then(|template| {
                template
                    .render_captured_to(self.answers.clone(), &mut output)
                    .map(drop)
            })
            .map_err(|error| self.explain(&format!("`{path}`"), &error))?;
        Ok(output.0)
    }

    /// Returns whether an expression over the answers holds.
    pub fn holds(&self, expression: &str) -> Result<bool> {
        let value = self
            .environment
            .compile_expression(expression)
            .and_then(|e| e.eval(self.answers.clone()));
        let value =
            value.map_err(|error| self.explain(&format!("`when = \"{expression}\"`"), &error))?;
        if value.is_undefined() {
            let place = format!("`when = \"{expression}\"`");
            return Err(self.explain(&place, &minijinja::Error::from(ErrorKind::UndefinedError)));
        }
        Ok(value.is_true())
    }

    fn text<'f>(&self, path: &RelPath, file: &'f File) -> Result<&'f str> {
        file.text()
            .ok_or_else(|| Error::user(format!("{}: `{path}` is not UTF-8 text", self.source)))
    }

    fn explain(&self, place: &str, error: &minijinja::Error) -> Error {
        let line = words::line_suffix(error.line());
        let what = match error.kind() {
            ErrorKind::UndefinedError => "an unknown answer is used".to_owned(),
            ErrorKind::OutOfFuel => "it takes more steps than a template may".to_owned(),
            ErrorKind::WriteFailure => format!("it becomes larger than {} MiB", OUTPUT >> 20),
            kind => error
                .detail()
                .map_or_else(|| kind.to_string(), str::to_owned),
        };
        let keys: Vec<&String> = self.source.manifest.questions.keys().collect();
        let wrong = Error::user(format!("{}: {place}{line}: {what}", self.source));
        match error.kind() {
            ErrorKind::UndefinedError if keys.is_empty() => {
                wrong.hint("the template has no `[questions]`")
            }
            ErrorKind::UndefinedError => {
                wrong.hint(format!("it asks for {}", crate::words::list(keys)))
            }
            _ => wrong,
        }
    }
}

fn environment() -> Environment<'static> {
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
    let mut syntax = SyntaxConfig::builder();
    syntax
        .keep_trailing_newline(true)
        .trim_blocks(true)
        .lstrip_blocks(true);
    environment.set_syntax(syntax.build().expect("the default delimiters are a syntax"));
    environment
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
