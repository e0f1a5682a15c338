//! A template's question: what is asked, where an answer is found, and which one will do.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::model::answers::Answer;
use crate::words;

/// `[questions.KEY]`: a question. `KEY` is the name that files use for the answer: `a-z`, `0-9` and
/// `_`, beginning with a letter. Templates that ask for the same key share the answer.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// The question, as a person reads it.
    pub ask: String,
    /// The type of the answer.
    pub kind: QuestionKind,
    /// Where the answer is read from, so that a person need not type it.
    pub detect: Option<Detector>,
    /// A regular expression that a text, or each item of a list, must match.
    pub pattern: Option<String>,
    /// The answers to choose from. `kind = "choice"` needs them, and no other kind has them.
    pub choices: Option<Vec<String>>,
    /// The answer where nothing else is known.
    pub default: Option<Answer>,
}

/// The type of a question's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum QuestionKind {
    /// One line of text.
    Text,
    /// Yes or no.
    Bool,
    /// One of the question's choices.
    Choice,
    /// Several texts.
    List,
}

/// Where an answer is read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Detector {
    /// The team that owns `*` in CODEOWNERS, without its organisation.
    CodeownersTeam,
    /// The owner in the address of git's `origin`.
    GitRemoteOwner,
    /// The name in the project's own manifest, else the folder's name.
    ProjectName,
    /// The project's language, told by its manifest.
    Language,
    /// The command that runs the project's tests.
    TestCommand,
    /// The command that lints the project.
    LintCommand,
    /// The command that builds the project.
    BuildCommand,
    /// The oldest Rust that Cargo.toml or rust-toolchain.toml names.
    RustVersion,
}

impl fmt::Display for Detector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CodeownersTeam => "CODEOWNERS",
            Self::GitRemoteOwner => "git's `origin`",
            Self::ProjectName => "the project's name",
            Self::Language | Self::TestCommand | Self::LintCommand | Self::BuildCommand => {
                "the project's files"
            }
            Self::RustVersion => "the project's Rust version",
        })
    }
}

impl Question {
    /// Parses what a person typed, or `--set` gave, into an answer of the right type.
    ///
    /// # Errors
    /// Says what is wrong with it, as the end of a sentence: "is not one of `a` and `b`".
    pub fn parse(&self, text: &str) -> Result<Answer, String> {
        let answer = match self.kind {
            QuestionKind::Bool => match text.to_ascii_lowercase().as_str() {
                "true" | "yes" | "y" => Answer::Bool(true),
                "false" | "no" | "n" => Answer::Bool(false),
                _ => return Err("is not `true` or `false`".to_owned()),
            },
            QuestionKind::Text | QuestionKind::Choice => Answer::Text(text.to_owned()),
            QuestionKind::List => {
                let items = text
                    .split(',')
                    .map(str::trim)
                    .filter(|item| !item.is_empty());
                Answer::List(items.map(str::to_owned).collect())
            }
        };
        self.accept(&answer)?;
        Ok(answer)
    }

    /// Checks an answer against the question's kind, choices and pattern.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn accept(&self, answer: &Answer) -> Result<(), String> {
        match (self.kind, answer) {
            (QuestionKind::Bool, Answer::Bool(_)) => Ok(()),
            (QuestionKind::Text, Answer::Text(text)) => self.accept_text(text),
            (QuestionKind::Choice, Answer::Text(text)) => {
                let choices = self.choices.as_deref().unwrap_or_default();
                match choices.contains(text) {
                    true => Ok(()),
                    false => Err(format!("is not one of {}", words::list(choices))),
                }
            }
            (QuestionKind::List, Answer::List(items)) => {
                items.iter().try_for_each(|item| self.accept_text(item))
            }
            (QuestionKind::Bool, _) => Err("is not `true` or `false`".to_owned()),
            (QuestionKind::Text | QuestionKind::Choice, _) => Err("is not a text".to_owned()),
            (QuestionKind::List, _) => Err("is not a list of texts".to_owned()),
        }
    }

    fn accept_text(&self, text: &str) -> Result<(), String> {
        if text.trim().is_empty() {
            return Err("is empty".to_owned());
        }
        if text.chars().any(char::is_control) {
            return Err("has a control character".to_owned());
        }
        match &self.pattern {
            Some(pattern)
                if !regex_lite::Regex::new(pattern).is_ok_and(|regex| regex.is_match(text)) =>
            {
                Err(format!("does not match `{pattern}`"))
            }
            _ => Ok(()),
        }
    }
}

/// Checks what the types can't say. Errors are the ends of sentences: "is a choice of nothing".
pub(super) fn check_question(key: &str, question: &Question) -> Result<()> {
    let is_plain = key
        .chars()
        .all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_');
    if !is_plain || !key.starts_with(|letter: char| letter.is_ascii_lowercase()) {
        return Err(Error::user("is not a name that a template can use")
            .hint("write it in `a-z`, `0-9` and `_`"));
    }
    match (question.kind, &question.choices) {
        (QuestionKind::Choice, choices) if choices.as_ref().is_none_or(Vec::is_empty) => {
            return Err(Error::user("is a choice of nothing").hint("write `choices = [\"…\"]`"));
        }
        (QuestionKind::Choice, _) | (_, None) => {}
        (_, Some(_)) => {
            return Err(
                Error::user("has `choices` but is no choice").hint("write `kind = \"choice\"`")
            );
        }
    }
    if let Some(pattern) = &question.pattern {
        regex_lite::Regex::new(pattern).map_err(|error| {
            Error::user(format!(
                "has a `pattern` that is no regular expression: {error}"
            ))
        })?;
    }
    match &question.default {
        Some(default) => question
            .accept(default)
            .map_err(|why| Error::user(format!("has a `default` that {why}"))),
        None => Ok(()),
    }
}
