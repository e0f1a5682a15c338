//! Templates, and what teams made of their renderings: the merge that a proposal to a template is
//! made by.

use std::fmt::{self, Debug, Formatter};

use agentpkg::agent::merge;
use agentpkg::merge::kind::FileKind;
use agentpkg::merge::pieces::Sides;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::laws;

/// A template's source, its rendering, and the rendering after a team edited it.
#[derive(Clone)]
pub struct Case {
    source: String,
    rendered: String,
    edited: String,
}

impl Case {
    /// Where the merge of the source and the edited rendering is clean, it has the tags of the
    /// source, and renders to what the team has. Returns whether it is clean.
    pub fn check(&self) -> Result<bool, TestCaseError> {
        let Self {
            source,
            rendered,
            edited,
        } = self;
        let sides = Sides {
            base: rendered.as_bytes(),
            ours: source.as_bytes(),
            theirs: edited.as_bytes(),
        };
        laws::check(FileKind::Template, &sides).map_err(TestCaseError::fail)?;
        let merge = merge(FileKind::Template, &sides);
        if !merge.is_clean() {
            return Ok(false);
        }
        let result = String::from_utf8(merge.bytes(&sides)).expect("texts stay text");
        prop_assert_eq!(
            laws::tags(result.as_bytes()),
            laws::tags(source.as_bytes()),
            "\n{}",
            result
        );
        prop_assert_eq!(&render(&result), edited, "the template\n{}", result);
        Ok(true)
    }
}

impl Debug for Case {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (name, text) in [
            ("source", &self.source),
            ("rendered", &self.rendered),
            ("edited", &self.edited),
        ] {
            writeln!(f, "  {name}\n{}", laws::shown(text.as_bytes()))?;
        }
        Ok(())
    }
}

/// The answers, and what is rendered where.
const ANSWERS: [(&str, &str); 3] = [
    ("{{ team }}", "the platform team"),
    ("{{ tests }}", "cargo test"),
    ("{{ n }}", "10"),
];

/// Renders as Jinja does, as far as these templates go: values, and control tags that have lines of
/// their own.
fn render(source: &str) -> String {
    let is_control = |line: &str| line.starts_with("{%") || line.starts_with("{#");
    let lines = source
        .split_inclusive('\n')
        .filter(|line| !is_control(line));
    ANSWERS.iter().fold(lines.collect(), |text, (tag, answer)| {
        text.replace(tag, answer)
    })
}

const WORDS: [&str; 12] = [
    "ask",
    "{{ team }}",
    "run",
    "`{{ tests }}`",
    "before",
    "you",
    "push",
    "{{ n }}",
    "times",
    "-",
    "a",
    "main.",
];

fn line() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => vec(select(&WORDS[..]), 1..9).prop_map(|words| words.join(" ")),
        2 => select(&["{% if rust %}", "{% endif %}", "{# why #}"][..]).prop_map(str::to_owned),
        1 => Just(String::new()),
    ]
}

/// What a team does to a rendering.
#[derive(Clone, Debug)]
enum Edit {
    Insert(Index, String),
    Delete(Index),
    Word(Index, Index, &'static str),
    AddWord(Index, Index, &'static str),
    DropWord(Index, Index),
}

fn edit() -> impl Strategy<Value = Edit> {
    let at = any::<Index>;
    let word = || select(&["ask", "the", "team", "cargo", "test", "11", "never", "a"][..]);
    prop_oneof![
        2 => (at(), vec(word(), 1..6)).prop_map(|(at, words)| Edit::Insert(at, words.join(" "))),
        1 => at().prop_map(Edit::Delete),
        4 => (at(), at(), word()).prop_map(|(line, at, word)| Edit::Word(line, at, word)),
        4 => (at(), at(), word()).prop_map(|(line, at, word)| Edit::AddWord(line, at, word)),
        2 => (at(), at()).prop_map(|(line, at)| Edit::DropWord(line, at)),
    ]
}

fn apply(lines: &mut Vec<String>, edit: &Edit) {
    if let Edit::Insert(at, line) = edit {
        return lines.insert(at.index(lines.len() + 1), line.clone());
    }
    if lines.is_empty() {
        return;
    }
    let mut words = |at: &Index, change: &dyn Fn(&mut Vec<&str>)| {
        let at = at.index(lines.len());
        let mut words: Vec<&str> = lines[at].split(' ').collect();
        change(&mut words);
        lines[at] = words.join(" ");
    };
    match edit {
        Edit::Insert(..) => {}
        Edit::Delete(at) => _ = lines.remove(at.index(lines.len())),
        Edit::Word(line, at, word) => words(line, &|words| {
            let at = at.index(words.len());
            words[at] = word;
        }),
        Edit::AddWord(line, at, word) => {
            words(line, &|words| words.insert(at.index(words.len() + 1), word))
        }
        Edit::DropWord(line, at) => words(line, &|words| _ = words.remove(at.index(words.len()))),
    }
}

/// A template, and one to three edits of its rendering.
pub fn case() -> impl Strategy<Value = Case> {
    (vec(line(), 1..9), vec(edit(), 1..4)).prop_map(|(lines, edits)| {
        let source: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let rendered = render(&source);
        let mut lines: Vec<String> = rendered.lines().map(str::to_owned).collect();
        edits.iter().for_each(|edit| apply(&mut lines, edit));
        let edited = lines.iter().map(|line| format!("{line}\n")).collect();
        Case {
            source,
            rendered,
            edited,
        }
    })
}

/// What was found: a deletion of what a tag stands for, which looked as if the source had done it
/// already.
#[test]
fn what_the_team_deleted_is_not_in_the_source_already() {
    for (source, edited) in [
        ("{{ team }}\n\n{{ team }}\n\n", "the platform team\n\n"),
        (
            "{{ team }}\n\n{{ n }}\n{{ team }} ask\n{{ team }}\n",
            "the platform team\n\n\nthe platform team ask\nthe platform team\n",
        ),
    ] {
        let case = Case {
            source: source.to_owned(),
            rendered: render(source),
            edited: edited.to_owned(),
        };
        case.check()
            .expect("what is merged renders to what the team has");
    }
}
