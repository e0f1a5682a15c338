//! Which answers are there, which are missing, and what is wrong with them.

use indexmap::IndexMap;

use crate::error::{Error, Result};
use crate::model::answers::{Answer, Answers};
use crate::model::name::TemplateName;
use crate::model::template::{Question, QuestionKind};

use crate::model::source::Source;

/// Every question of some templates, by key; templates that ask for the same key share the answer.
pub type Questions<'a> = IndexMap<&'a str, Vec<(&'a TemplateName, &'a Question)>>;

/// Collects the questions of templates, in their order.
pub fn collect<'a>(sources: impl IntoIterator<Item = &'a Source>) -> Questions<'a> {
    let mut questions = Questions::new();
    for source in sources {
        for (key, question) in &source.manifest.questions {
            questions
                .entry(key.as_str())
                .or_default()
                .push((&source.manifest.template.name, question));
        }
    }
    questions
}

/// Checks that an answer suits every template that asks for it; `place` says where it was given.
pub fn check(
    key: &str,
    asked: &[(&TemplateName, &Question)],
    answer: &Answer,
    place: &str,
) -> Result<()> {
    asked.iter().try_for_each(|(template, question)| {
        question.accept(answer).map_err(|why| {
            Error::user(format!(
                "the answer {answer} to `{key}` ({place}) {why}, as `{template}` asks"
            ))
            .cause(format!("`{template}` asks: {}", question.ask))
        })
    })
}

/// Parses `--set KEY=VALUE` arguments.
///
/// # Errors
/// For a key that no template asks for, and a value that doesn't suit.
pub fn parse_settings(questions: &Questions, settings: &[(String, String)]) -> Result<Answers> {
    let mut answers = Answers::new();
    for (key, text) in settings {
        let Some(asked) = questions.get(key.as_str()) else {
            return Err(Error::user(format!("no template here asks for `{key}`")));
        };
        let (template, question) = asked[0];
        let answer = question.parse(text).map_err(|why| {
            Error::user(format!("`--set {key}={text}` {why}, as `{template}` asks"))
                .cause(format!("`{template}` asks: {}", question.ask))
        })?;
        check(key, asked, &answer, "--set")?;
        answers.insert(key.clone(), answer);
    }
    Ok(answers)
}

/// Returns the one error that lists every missing answer.
pub fn missing(questions: &Questions, missing: &[&str]) -> Error {
    let mut error = Error::user(format!(
        "{} to be answered, and nobody can be asked here",
        match missing.len() {
            1 => "1 question has".to_owned(),
            many => format!("{many} questions have"),
        }
    ));
    for key in missing {
        let (template, question) = questions[key][0];
        let kind = match (question.kind, &question.choices, &question.pattern) {
            (QuestionKind::Bool, ..) => " (true | false)".to_owned(),
            (QuestionKind::Choice, choices, _) => {
                format!(" ({})", choices.as_deref().unwrap_or_default().join(" | "))
            }
            (QuestionKind::Text, _, Some(pattern)) => format!(" (matches `{pattern}`)"),
            (QuestionKind::List, _, Some(pattern)) => format!(" (a,b,c; each matches `{pattern}`)"),
            (QuestionKind::List, _, None) => " (a,b,c)".to_owned(),
            (QuestionKind::Text, _, None) => String::new(),
        };
        error = error.detail(format!("`{key}` of `{template}`: {}{kind}", question.ask));
    }
    error.note("nothing was changed")
}
