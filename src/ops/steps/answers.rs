//! Getting an answer to every question of the templates.

use crate::error::{Error, Result};
use crate::model::answers::{Answer, Answers};
use crate::model::name::TemplateName;
use crate::model::source::Source;
use crate::model::template::{Detector, Question};
use crate::render::questions::{self, Questions};
use crate::store::detect::detect;
use crate::words;

use crate::ops::Session;
use crate::ops::steps::command_line::CommandLine;

/// An answer that agentpkg.toml didn't have, and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAnswer {
    /// The question's key.
    pub key: String,
    pub answer: Answer,
    /// Where it came from.
    pub from: AnswerOrigin,
}

/// Where an answer came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnswerOrigin {
    /// `--set`.
    Setting,
    Person,
    /// Read off the repo.
    Detected(Detector),
    /// The template.
    Default,
}

/// Every answer in use, and what has to be said of them.
pub struct Answered {
    /// The answers to all questions.
    pub all: Answers,
    /// Those that agentpkg.toml didn't have.
    pub new: Vec<NewAnswer>,
    /// Keys of agentpkg.toml that no template asks for.
    pub unasked: Vec<Unasked>,
}

/// An answer to no question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unasked {
    /// The key in agentpkg.toml.
    pub key: String,
    /// The key that was probably meant.
    pub nearest: Option<String>,
}

/// Answers every question of `sources`: by `--set`, by agentpkg.toml, by a person, by the repo, by
/// the default, in this order.
///
/// # Errors
/// One that lists everything that is missing, with the command made complete.
pub fn answer(
    session: &Session,
    sources: &[Source],
    known: &Answers,
    settings: &[(String, String)],
) -> Result<Answered> {
    let questions = questions::collect(sources);
    refuse_unasked(session, &questions, settings)?;
    let set = questions::parse_settings(&questions, settings)?;
    let (mut answers, mut new, mut missing) = (Answers::new(), Vec::new(), Vec::new());
    for (key, asked) in &questions {
        let found = match (set.get(*key), known.get(*key)) {
            (Some(answer), _) => Some((answer.clone(), Some(AnswerOrigin::Setting))),
            (None, Some(answer)) => {
                questions::check(key, asked, answer, "in `agentpkg.toml`")
                    .map_err(|error| error.command(again(session, &[*key])))?;
                Some((answer.clone(), None))
            }
            (None, None) => find(session, asked)?.map(|(answer, from)| (answer, Some(from))),
        };
        let Some((answer, from)) = found else {
            missing.push(*key);
            continue;
        };
        if let Some(from) = from.filter(|_| known.get(*key) != Some(&answer)) {
            new.push(NewAnswer {
                key: (*key).to_owned(),
                answer: answer.clone(),
                from,
            });
        }
        answers.insert((*key).to_owned(), answer);
    }
    match missing.is_empty() {
        true => Ok(Answered {
            all: answers,
            new,
            unasked: unasked(&questions, known),
        }),
        false => Err(questions::missing(&questions, &missing).command(again(session, &missing))),
    }
}

fn unasked(questions: &Questions, known: &Answers) -> Vec<Unasked> {
    let mut unasked = Vec::new();
    for key in known.keys() {
        if !questions.contains_key(key.as_str()) {
            unasked.push(Unasked {
                key: key.clone(),
                nearest: words::nearest(key, questions.keys().copied()).map(str::to_owned),
            });
        }
    }
    unasked
}

/// Returns the command that was typed, with places for answers.
fn again(session: &Session, keys: &[&str]) -> CommandLine {
    let mut keys = keys.to_vec();
    keys.sort_unstable();
    let mut line = CommandLine::again(session);
    for key in keys {
        line = line.answer(key);
    }
    line
}

/// Refuses answers of the command line to what no template asks.
///
/// # Errors
/// With the questions there are, and the command that answers the one that was probably meant.
fn refuse_unasked(
    session: &Session,
    questions: &Questions,
    settings: &[(String, String)],
) -> Result<()> {
    for (key, value) in settings {
        if questions.contains_key(key.as_str()) {
            continue;
        }
        let error = Error::user(format!("no template here asks for `{key}`"));
        let error = match questions.is_empty() {
            true => error.note("no template here asks anything"),
            false => error.note(format!(
                "the questions here: {}",
                words::list(questions.keys())
            )),
        };
        let near = words::nearest(key, questions.keys().copied());
        return Err(match near {
            Some(near) => {
                let old = format!("{key}={value}");
                let new = format!("{near}={value}");
                error.command(CommandLine::again(session).replacing(&old, &new))
            }
            None => error,
        });
    }
    Ok(())
}

/// Answers one question that nobody has answered yet.
fn find(
    session: &Session,
    asked: &[(&TemplateName, &Question)],
) -> Result<Option<(Answer, AnswerOrigin)>> {
    let mut first = None;
    for (_, question) in asked {
        let Some(detector) = question.detect else {
            continue;
        };
        let seen =
            detect(session.workspace.root(), detector)?.and_then(|text| question.parse(&text).ok());
        if let Some(answer) = seen.filter(|answer| suits(asked, answer)) {
            first = Some((answer, AnswerOrigin::Detected(detector)));
            break;
        }
    }
    if first.is_none() {
        let mut questions = asked.iter();
        let default = questions.find_map(|(_, question)| question.default.clone());
        first = default
            .filter(|answer| suits(asked, answer))
            .map(|answer| (answer, AnswerOrigin::Default));
    }
    let Some(person) = session.person else {
        return Ok(first);
    };
    let (template, question) = asked[0];
    session.progress.stop();
    let answer = person.ask(template, question, first.as_ref().map(|(answer, _)| answer))?;
    questions::check("answer", asked, &answer, "typed")?;
    Ok(Some((answer, AnswerOrigin::Person)))
}

fn suits(asked: &[(&TemplateName, &Question)], answer: &Answer) -> bool {
    let mut questions = asked.iter();
    questions.all(|(_, question)| question.accept(answer).is_ok())
}
