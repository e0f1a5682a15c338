//! Other answers than the repo's, for which an edit of a template has to hold, too.

use crate::model::answers::{Answer, Answers};
use crate::model::template::{Question, QuestionKind, TemplateManifest};

/// A word that nobody answers with.
const WORD: &str = "qzxj";

/// How many other sets of answers are tried, at most.
const MOST: usize = 12;

/// Returns other answers to the questions of a template: every one of them another, the same with
/// flags as they are, nothing but the flags turned, each flag turned alone, every choice, and no
/// text and no list.
pub fn probes(manifest: &TemplateManifest, answers: &Answers) -> Vec<Answers> {
    let mut probes = vec![
        probe(manifest, answers, true, true),
        probe(manifest, answers, false, true),
    ];
    probes.push(probe(manifest, answers, true, false));
    for (key, question) in &manifest.questions {
        let Some(answer) = answers.get(key) else {
            continue;
        };
        let others: Vec<Answer> = match (question.kind, answer) {
            (QuestionKind::Bool, answer) => vec![turned(answer)],
            (QuestionKind::Choice, _) => question
                .choices
                .iter()
                .flatten()
                .cloned()
                .map(Answer::Text)
                .collect(),
            (_, Answer::List(_)) => vec![Answer::List(Vec::new())],
            _ => vec![Answer::Text(String::new())],
        };
        probes.extend(others.into_iter().map(|other| {
            let mut probe = answers.clone();
            probe.insert(key.clone(), other);
            probe
        }));
    }
    let mut known: Vec<Answers> = Vec::new();
    for probe in probes {
        if probe != *answers && !known.contains(&probe) {
            known.push(probe);
        }
    }
    known.truncate(MOST);
    known
}

fn probe(
    manifest: &TemplateManifest,
    answers: &Answers,
    turns_flags: bool,
    changes_texts: bool,
) -> Answers {
    let mut probe = answers.clone();
    for (number, (key, question)) in manifest.questions.iter().enumerate() {
        let Some(answer) = probe.get_mut(key) else {
            continue;
        };
        match question.kind {
            QuestionKind::Bool if turns_flags => *answer = turned(answer),
            QuestionKind::Bool => {}
            _ if changes_texts => *answer = other(question, answer, number),
            _ => {}
        }
    }
    probe
}

fn turned(answer: &Answer) -> Answer {
    match answer {
        Answer::Bool(value) => Answer::Bool(!value),
        other => other.clone(),
    }
}

/// Returns another answer to a question; whether its pattern admits that doesn't matter to a
/// rendering.
fn other(question: &Question, answer: &Answer, number: usize) -> Answer {
    match answer {
        Answer::Text(text) => {
            let choices = question
                .choices
                .iter()
                .flatten()
                .find(|choice| *choice != text)
                .cloned();
            Answer::Text(choices.unwrap_or_else(|| format!("{WORD}{number}")))
        }
        Answer::List(items) => Answer::List(
            (0..=items.len())
                .map(|item| format!("{WORD}{number}x{item}"))
                .collect(),
        ),
        Answer::Bool(_) => answer.clone(),
    }
}

/// Returns the texts that a template's answers stand for, each with its question: what may have
/// been typed for a tag.
pub fn values(manifest: &TemplateManifest, answers: &Answers) -> Vec<(String, String)> {
    let mut values = Vec::new();
    for key in manifest.questions.keys() {
        let texts = match answers.get(key) {
            Some(Answer::Text(text)) => std::slice::from_ref(text),
            Some(Answer::List(items)) => items,
            Some(Answer::Bool(_)) | None => &[],
        };
        for text in texts.iter().filter(|text| !text.trim().is_empty()) {
            values.push((text.clone(), key.clone()));
        }
    }
    values
}
