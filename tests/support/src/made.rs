//! Templates that are made from real files, and what a real change of such a file is in a repo that
//! has its rendering.

use std::collections::BTreeMap;
use std::fs;

use agentpkg::model::answers::{Answer, Answers};
use agentpkg::model::path::rel;
use agentpkg::model::source::Source;
use agentpkg::model::tree::{File, FileTree};
use similar::{Algorithm, DiffOp, capture_diff_slices};

use crate::corpus;

/// Words that the templates ask for, with the question, and two repos' answers.
const WORDS: [(&str, &str, &str, &str); 3] = [
    ("plan", "work", "core", "roadmap item"),
    ("branch", "line", "demo", "trunk"),
    ("review", "look", "true", "second look"),
];

/// The items of a loop in two repos.
const TOOLS: [&[&str]; 2] = [&["rg", "fd"], &["grep"]];

/// template.toml.
pub const MANIFEST: &str = "[template]\nname = \"made\"\nversion = \"1.0.0\"\ndescription = \"d\"\ndirectory = \"templates/made\"\n\
    [questions.work]\nask = \"?\"\nkind = \"text\"\n[questions.line]\nask = \"?\"\nkind = \"text\"\n\
    [questions.look]\nask = \"?\"\nkind = \"text\"\n[questions.strict]\nask = \"?\"\nkind = \"bool\"\n\
    [questions.tools]\nask = \"?\"\nkind = \"list\"\n";

/// Returns the template without files.
pub fn template() -> Source {
    Source::of(
        ".",
        FileTree::from([(rel("template.toml"), File::plain(MANIFEST))]),
    )
    .unwrap()
}

/// Returns the contributor's answers, or another repo's.
pub fn answers(here: bool) -> Answers {
    let word = |(_, key, ours, theirs): (&str, &str, &str, &str)| {
        (
            key.to_owned(),
            Answer::Text(if here { ours } else { theirs }.to_owned()),
        )
    };
    let mut answers: Answers = WORDS.map(word).into_iter().collect();
    answers.insert("strict".to_owned(), Answer::Bool(true));
    let tools = TOOLS[usize::from(!here)]
        .iter()
        .map(|tool| (*tool).to_owned())
        .collect();
    answers.insert("tools".to_owned(), Answer::List(tools));
    answers
}

/// Returns the texts of a release, by their paths.
pub fn files(version: &str) -> BTreeMap<String, String> {
    let root = corpus()
        .join("streams/superpowers")
        .join(format!("v{version}"));
    let mut found = BTreeMap::new();
    let mut open = vec![root.clone()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if let Ok(text) = fs::read_to_string(&path) {
                found.insert(
                    path.strip_prefix(&root)
                        .unwrap()
                        .to_str()
                        .unwrap()
                        .to_owned(),
                    text,
                );
            }
        }
    }
    assert!(found.len() > 40, "the corpus has the files of {version}");
    found
}

/// A template's file, made from a real one, and the real change of it.
pub struct Made {
    /// The source.
    pub source: String,
    old: Vec<String>,
    new: Vec<String>,
    changes: Vec<DiffOp>,
}

impl Made {
    pub fn new(old: &str, new: &str) -> Self {
        let lines = |text: &str| {
            text.split_inclusive('\n')
                .map(str::to_owned)
                .collect::<Vec<String>>()
        };
        let (old, new) = (lines(old), lines(new));
        let ops = capture_diff_slices(Algorithm::Myers, &old, &new);
        let changes = ops
            .into_iter()
            .filter(|op| !matches!(op, DiffOp::Equal { .. }))
            .collect();
        let headings: Vec<usize> = (0..old.len())
            .filter(|line| old[*line].starts_with("## "))
            .collect();
        let (first, last) = match headings.as_slice() {
            [_, second, third, ..] => (*second, *third),
            _ => (old.len(), old.len()),
        };
        let mut source = String::new();
        for (number, line) in old.iter().enumerate() {
            if number == first && first < last {
                source.push_str("{% if strict %}\n");
            }
            if number == last && first < last {
                source.push_str("{% endif %}\n");
            }
            source.push_str(&said(line, &|word| {
                let asked = WORDS.iter().find(|(asked, ..)| *asked == word);
                asked.map_or_else(
                    || word.replace('{', "{{ '{' }}"),
                    |(_, key, ..)| format!("{{{{ {key} }}}}"),
                )
            }));
        }
        // What a list is written into ends its lines.
        if source.ends_with('\n') {
            source.push_str("{% for tool in tools %}\n- {{ tool }}\n{% endfor %}\n");
        }
        Self {
            source,
            old,
            new,
            changes,
        }
    }

    /// Returns how many changes there are.
    pub fn hunks(&self) -> usize {
        self.changes.len()
    }

    /// Returns the rendering in the contributor's repo or in another one, with some of the changes
    /// made: words that the change keeps are the repo's own, words that it brings are what they
    /// are.
    pub fn rendered(&self, here: bool, changes: &[usize]) -> String {
        let own = |word: &str| match WORDS.iter().find(|(asked, ..)| *asked == word) {
            Some((_, _, ours, theirs)) => if here { ours } else { theirs }.to_string(),
            None => word.to_owned(),
        };
        let (mut text, mut at) = (String::new(), 0);
        for change in changes {
            let op = &self.changes[*change];
            self.old[at..op.old_range().start]
                .iter()
                .for_each(|line| text.push_str(&said(line, &own)));
            let (old, new) = (
                self.old[op.old_range()].concat(),
                self.new[op.new_range()].concat(),
            );
            let (old, new) = (words(&old), words(&new));
            for part in capture_diff_slices(Algorithm::Myers, &old, &new) {
                match part {
                    DiffOp::Equal { new_index, len, .. } => {
                        new[new_index..new_index + len]
                            .iter()
                            .for_each(|word| text.push_str(&own(word)));
                    }
                    _ => text.push_str(&new[part.new_range()].concat()),
                }
            }
            at = op.old_range().end;
        }
        self.old[at..]
            .iter()
            .for_each(|line| text.push_str(&said(line, &own)));
        if self.source.ends_with("{% endfor %}\n") {
            TOOLS[usize::from(!here)]
                .iter()
                .for_each(|tool| text.push_str(&format!("- {tool}\n")));
        }
        text
    }
}

fn said(line: &str, word: &dyn Fn(&str) -> String) -> String {
    words(line).into_iter().map(word).collect()
}

fn words(text: &str) -> Vec<&str> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut words = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = if is_word(first) {
            rest.find(|c| !is_word(c)).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        words.push(&rest[..end]);
        rest = &rest[end..];
    }
    words
}
