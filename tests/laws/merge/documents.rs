//! Documents of each kind and what people do to them, from proptest.

use std::fmt;

use agentpkg::merge::kind::FileKind;
use agentpkg::merge::pieces::Sides;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::laws;

/// Three versions of a file.
#[derive(Clone)]
pub struct Case {
    pub kind: FileKind,
    pub base: Vec<u8>,
    pub ours: Vec<u8>,
    pub theirs: Vec<u8>,
}

impl Case {
    pub fn sides(&self) -> Sides<'_> {
        Sides {
            base: &self.base,
            ours: &self.ours,
            theirs: &self.theirs,
        }
    }

    /// Checks the laws.
    pub fn check(&self) -> Result<(), TestCaseError> {
        laws::check(self.kind, &self.sides()).map_err(TestCaseError::fail)
    }

    /// Checks that a clean merge has these lines, in whatever order and however often: nothing that
    /// one side did alone is undone.
    pub fn check_gives(&self, expected: &[u8]) -> Result<(), TestCaseError> {
        let merge = agentpkg::agent::merge(self.kind, &self.sides());
        let said = |text: &[u8]| -> Vec<String> {
            let text = String::from_utf8_lossy(text).into_owned();
            let mut lines: Vec<String> = text
                .lines()
                .map(|line| line.trim_end().to_owned())
                .collect();
            lines.retain(|line| !line.is_empty());
            lines.sort();
            lines.dedup();
            lines
        };
        let result = merge.bytes(&self.sides());
        if merge.is_clean() && said(&result) != said(expected) {
            let (result, expected) = (laws::shown(&result), laws::shown(expected));
            return Err(TestCaseError::fail(format!(
                "the result is\n{result}and not\n{expected}"
            )));
        }
        Ok(())
    }
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:?}", self.kind)?;
        for (name, text) in [
            ("base", &self.base),
            ("ours", &self.ours),
            ("theirs", &self.theirs),
        ] {
            writeln!(f, "  {name}\n{}", laws::shown(text))?;
        }
        Ok(())
    }
}

/// Prose that ours has, beside its own edits, as a formatter leaves it.
pub fn formatted(ends: u32) -> impl Strategy<Value = Case> {
    case(FileKind::Markdown, ends).prop_map(|case| {
        let rough = |text: &[u8]| {
            let text = String::from_utf8_lossy(text).into_owned();
            let text = text.replace("- ", "* ").replace(" | x |", "|x|");
            text.replace("never", "*never*")
        };
        Case {
            kind: case.kind,
            base: rough(&case.base).into_bytes(),
            ours: support::formatter::format(&rough(&case.ours)).into_bytes(),
            theirs: rough(&case.theirs).into_bytes(),
        }
    })
}

/// A text as lines with their ends.
#[derive(Clone, Debug, Default)]
struct Text {
    mark: bool,
    lines: Vec<(String, &'static str)>,
}

impl Text {
    fn of(lines: &[String]) -> Self {
        Self {
            mark: false,
            lines: lines.iter().map(|line| (line.clone(), "\n")).collect(),
        }
    }

    fn bytes(&self) -> Vec<u8> {
        let mark = if self.mark { "\u{feff}" } else { "" };
        let lines = self.lines.iter().map(|(line, end)| format!("{line}{end}"));
        std::iter::once(mark.to_owned())
            .chain(lines)
            .collect::<String>()
            .into_bytes()
    }

    fn end(&self) -> &'static str {
        self.lines
            .first()
            .map_or("\n", |(_, end)| if end.is_empty() { "\n" } else { end })
    }
}

/// What a person does to a text.
#[derive(Clone, Debug)]
enum Edit {
    Insert(Index, Vec<String>),
    Delete(Index, usize),
    Replace(Index, String),
    Move(Index, Index, usize),
    Copy(Index, Index),
    ChangeWord(Index, Index, &'static str),
    AddWord(Index, Index, &'static str),
    DropWord(Index, Index),
    /// Joins a line with the next, or breaks it.
    Wrap(Index, bool),
    TrailingSpace(Index),
    Blank(Index),
    Ends(&'static str),
    OneEnd(Index, &'static str),
    FinalNewline,
    Mark,
}

const WORDS: [&str; 20] = [
    "the",
    "a",
    "guard",
    "is",
    "never",
    "read",
    "1.2.0",
    "`code`",
    "secrets",
    "team",
    "and",
    "runs",
    "rule",
    "every",
    "[link](a/b)",
    "not",
    "tests",
    "42",
    "over",
    "it.",
];

fn word() -> impl Strategy<Value = &'static str> {
    select(&WORDS[..])
}

fn edit(blocks: BoxedStrategy<Vec<String>>, ends: u32) -> BoxedStrategy<Edit> {
    let at = any::<Index>;
    let line_end = || select(&["\n", "\r\n", "\r"][..]);
    let line = blocks
        .clone()
        .prop_map(|lines| lines.into_iter().next().unwrap_or_default());
    prop_oneof![
        6 => (at(), blocks).prop_map(|(at, lines)| Edit::Insert(at, lines)),
        4 => (at(), 1..4_usize).prop_map(|(at, count)| Edit::Delete(at, count)),
        5 => (at(), line).prop_map(|(at, line)| Edit::Replace(at, line)),
        3 => (at(), at(), 1..4_usize).prop_map(|(from, to, count)| Edit::Move(from, to, count)),
        2 => (at(), at()).prop_map(|(from, to)| Edit::Copy(from, to)),
        4 => (at(), at(), word()).prop_map(|(line, at, word)| Edit::ChangeWord(line, at, word)),
        3 => (at(), at(), word()).prop_map(|(line, at, word)| Edit::AddWord(line, at, word)),
        2 => (at(), at()).prop_map(|(line, at)| Edit::DropWord(line, at)),
        1 => (at(), any::<bool>()).prop_map(|(at, join)| Edit::Wrap(at, join)),
        1 => at().prop_map(Edit::TrailingSpace),
        1 => at().prop_map(Edit::Blank),
        ends => line_end().prop_map(Edit::Ends),
        ends => (at(), line_end()).prop_map(|(at, end)| Edit::OneEnd(at, end)),
        ends => Just(Edit::FinalNewline),
        ends => Just(Edit::Mark),
    ]
    .boxed()
}

fn apply(text: &mut Text, edit: &Edit) {
    let end = text.end();
    let count = text.lines.len();
    let before = |at: &Index| at.index(count + 1);
    if let Edit::Insert(at, lines) = edit {
        let at = before(at);
        text.lines
            .splice(at..at, lines.iter().map(|line| (line.clone(), end)));
        return close(text, end);
    }
    if let Edit::Mark = edit {
        text.mark = !text.mark;
        return;
    }
    if count == 0 {
        return;
    }
    let place = |at: &Index| at.index(count);
    match edit {
        Edit::Insert(..) | Edit::Mark => {}
        Edit::Delete(at, length) => {
            let at = place(at);
            text.lines.drain(at..count.min(at + length));
        }
        Edit::Replace(at, line) => text.lines[place(at)].0.clone_from(line),
        Edit::Move(from, to, length) => {
            let from = place(from);
            let moved: Vec<_> = text.lines.drain(from..count.min(from + length)).collect();
            let to = to.index(text.lines.len() + 1);
            text.lines.splice(to..to, moved);
        }
        Edit::Copy(from, to) => text
            .lines
            .insert(before(to), text.lines[place(from)].clone()),
        Edit::ChangeWord(line, at, word) => words(text, place(line), |words| {
            let at = at.index(words.len());
            words[at] = (*word).to_owned();
        }),
        Edit::AddWord(line, at, word) => words(text, place(line), |words| {
            words.insert(at.index(words.len() + 1), (*word).to_owned());
        }),
        Edit::DropWord(line, at) => words(text, place(line), |words| {
            _ = words.remove(at.index(words.len()))
        }),
        Edit::Wrap(at, true) if place(at) + 1 < count => {
            let (next, end) = text.lines.remove(place(at) + 1);
            let line = &mut text.lines[place(at)];
            *line = (format!("{} {next}", line.0), end);
        }
        Edit::Wrap(at, _) => {
            let line = text.lines[place(at)].0.clone();
            if let Some((first, rest)) = line.split_once(' ') {
                text.lines[place(at)].0 = rest.to_owned();
                text.lines.insert(place(at), (first.to_owned(), end));
            }
        }
        Edit::TrailingSpace(at) => text.lines[place(at)].0.push(' '),
        Edit::Blank(at) => text.lines.insert(before(at), (String::new(), end)),
        Edit::Ends(end) => {
            let has_last = text.lines.last().is_some_and(|(_, end)| !end.is_empty());
            text.lines.iter_mut().for_each(|line| line.1 = end);
            if !has_last && let Some(last) = text.lines.last_mut() {
                last.1 = "";
            }
        }
        Edit::OneEnd(at, end) => text.lines[place(at)].1 = end,
        Edit::FinalNewline => {
            if let Some(last) = text.lines.last_mut() {
                last.1 = if last.1.is_empty() { end } else { "" };
            }
        }
    }
    close(text, end);
}

/// Only the last line may have no end.
fn close(text: &mut Text, end: &'static str) {
    if let Some((_, rest)) = text.lines.split_last_mut() {
        rest.iter_mut()
            .filter(|line| line.1.is_empty())
            .for_each(|line| line.1 = end);
    }
}

fn words(text: &mut Text, line: usize, change: impl FnOnce(&mut Vec<String>)) {
    let mut words: Vec<String> = text.lines[line].0.split(' ').map(str::to_owned).collect();
    change(&mut words);
    text.lines[line].0 = words.join(" ");
}

fn sentence() -> impl Strategy<Value = String> {
    vec(word(), 1..8).prop_map(|words| words.join(" "))
}

fn one(lines: &'static [&'static str]) -> impl Strategy<Value = Vec<String>> {
    select(lines).prop_map(|block| block.split('\n').map(str::to_owned).collect())
}

/// Blocks of lines that documents of a kind are made of, and that people insert.
fn blocks(kind: FileKind) -> BoxedStrategy<Vec<String>> {
    match kind {
        FileKind::Markdown | FileKind::Text => prop_oneof![
            3 => vec(sentence(), 1..4),
            2 => sentence().prop_map(|line| vec![String::new(), format!("## {line}"), String::new()]),
            3 => vec(sentence().prop_map(|line| format!("- {line}")), 1..4),
            1 => sentence().prop_map(|line| vec!["```sh".to_owned(), line, "```".to_owned()]),
            1 => sentence().prop_map(|line| vec![format!("| {line} | x |")]),
            2 => Just(vec![String::new()]),
            1 => Just(vec!["---".to_owned()]),
        ]
        .boxed(),
        FileKind::Ignore => one(&[
            "target/",
            "*.log",
            "/build",
            ".env",
            "# Local",
            "# Secrets",
            "# Local\n*.local",
            "# Secrets\n.env\nkeys/",
            "",
            "\n# Build\n/out",
            "!keep.log",
            "node_modules/",
            "*.tmp",
            "a b",
        ])
        .boxed(),
        FileKind::Shell => prop_oneof![
            4 => one(&[
                "set -eu", "exit 0", "fi", "done", "", "# it's a comment", "if [ -f \"$1\" ]; then\n  exit 2\nfi",
                "cat <<EOF\nit's a text\n  with words\nEOF", "cat <<-'END' | sort\n\tone\n\ttwo\n\tEND",
                "message='one\ntwo\nthree'", "case $1 in\n  a) run a ;;\n  b) run b ;;\nesac", "echo \"a\" \\\n  b",
            ]),
            2 => sentence().prop_map(|line| vec![format!("echo {line}")]),
        ]
        .boxed(),
        FileKind::Toml => prop_oneof![
            3 => (select(&["a", "b", "c", "d.e"][..]), 0..9_u8).prop_map(|(key, value)| vec![format!("{key} = {value}")]),
            2 => select(&["t", "u", "v.w"][..]).prop_map(|name| vec![String::new(), format!("[{name}]")]),
            1 => Just(vec!["[[list]]".to_owned(), "name = \"x\"".to_owned()]),
            1 => sentence().prop_map(|line| vec![format!("text = \"\"\""), line, "\"\"\"".to_owned()]),
            1 => Just(vec!["# why".to_owned()]),
        ]
        .boxed(),
        FileKind::Yaml => prop_oneof![
            3 => (select(&["a", "b", "  c", "  - d"][..]), 0..9_u8).prop_map(|(key, value)| vec![format!("{key}: {value}")]),
            2 => sentence().prop_map(|line| vec!["text: |".to_owned(), format!("  {line}"), String::new(), "  x".to_owned()]),
            1 => Just(vec!["# why".to_owned()]),
            1 => Just(vec!["---".to_owned()]),
        ]
        .boxed(),
        FileKind::Template => prop_oneof![
            3 => vec(sentence(), 1..3),
            2 => one(&["run `{{ tests }}` first", "ask {{ team }} and {{ lead }}", "{{ team }}", "a {{ '}}' }} b"]),
            2 => one(&["{% if rust %}", "{% endif %}", "{% for each in all %}\n- {{ each }}\n{% endfor %}", "{# why #}"]),
            1 => one(&["{% raw %}\n{{ this is text }}\n{% endraw %}", "{{ one\n| two }}", "{{ open"]),
        ]
        .boxed(),
        // Lines that repeat themselves: there are many ways to lay them side by side.
        _ => vec(select(&["a", "b", "c", "", "a b"][..]).prop_map(str::to_owned), 1..4).boxed(),
    }
}

/// Three versions: what both have in common, an edit of each, one of them perhaps on top of the
/// other's.
pub fn case(kind: FileKind, ends: u32) -> impl Strategy<Value = Case> {
    let blocks = blocks(kind);
    let edits = |most: usize| vec(edit(blocks.clone(), ends), 0..most);
    let base = vec(blocks.clone(), 0..10).prop_map(|blocks| blocks.concat());
    let envelope = vec(
        edit(Just(Vec::new()).boxed(), ends),
        0..if ends > 2 { 3 } else { 1 },
    );
    let inserted = || vec(blocks.clone(), 1..3).prop_map(|blocks| blocks.concat());
    // Where both insert something in one place.
    let both_insert = prop::option::weighted(0.3, (any::<Index>(), inserted(), inserted()));
    (
        base,
        envelope,
        edits(3),
        (edits(5), edits(5), both_insert),
        any::<bool>(),
        any::<bool>(),
    )
        .prop_map(
            move |(
                base,
                envelope,
                shared,
                (mut ours, mut theirs, both_insert),
                follows,
                swapped,
            )| {
                if let Some((at, one, other)) = both_insert {
                    ours.insert(0, Edit::Insert(at, one));
                    theirs.insert(0, Edit::Insert(at, other));
                }
                let with = |text: &Text, edits: &[Edit]| {
                    let mut text = text.clone();
                    edits.iter().for_each(|edit| apply(&mut text, edit));
                    text
                };
                let base = with(&Text::of(&base), &envelope);
                let both = with(&base, &shared);
                let ours = with(&both, &ours);
                let theirs = with(if follows { &ours } else { &both }, &theirs);
                let (ours, theirs) = if swapped {
                    (theirs, ours)
                } else {
                    (ours, theirs)
                };
                Case {
                    kind,
                    base: base.bytes(),
                    ours: ours.bytes(),
                    theirs: theirs.bytes(),
                }
            },
        )
}

/// An edit of the head of a file by one side, and one of its tail by the other, with lines that
/// nobody touches between.
pub fn apart(kind: FileKind) -> impl Strategy<Value = (Case, Vec<u8>)> {
    let part = || case(kind, 1).prop_map(|case| [case.base, case.ours].map(plain));
    (part(), part(), any::<bool>()).prop_map(
        move |([head, new_head], [tail, new_tail], swapped)| {
            let file = |head: &str, tail: &str| {
                format!("{head}first of two\nsecond of two\n{tail}").into_bytes()
            };
            let (ours, theirs) = (file(&new_head, &tail), file(&head, &new_tail));
            let (ours, theirs) = if swapped {
                (theirs, ours)
            } else {
                (ours, theirs)
            };
            (
                Case {
                    kind,
                    base: file(&head, &tail),
                    ours,
                    theirs,
                },
                file(&new_head, &new_tail),
            )
        },
    )
}

/// Whole lines that end in `\n`.
fn plain(text: Vec<u8>) -> String {
    let text = String::from_utf8(text)
        .expect("documents are text")
        .replace('\u{feff}', "")
        .replace('\r', "\n");
    text.lines().map(|line| format!("{line}\n")).collect()
}

/// Sections of Markdown: one side moves one of them, the other edits it, and perhaps another.
pub fn moved() -> impl Strategy<Value = (Case, Vec<u8>)> {
    let body = || {
        vec(
            prop_oneof![4 => sentence(), 1 => sentence().prop_map(|line| format!("- {line}"))],
            1..4,
        )
    };
    let edit = || (any::<Index>(), sentence());
    (
        vec(body(), 3..7),
        any::<Index>(),
        any::<Index>(),
        edit(),
        prop::option::of((any::<Index>(), edit())),
        any::<bool>(),
    )
        .prop_map(|(bodies, from, to, (at, line), other, swapped)| {
            let from = from.index(bodies.len());
            let order = |moves: bool| {
                let mut order: Vec<usize> = (0..bodies.len()).collect();
                if moves {
                    let section = order.remove(from);
                    order.insert(to.index(order.len() + 1), section);
                }
                order
            };
            let edited = |edits: bool| {
                let mut bodies = bodies.clone();
                let mut change = |section: usize, at: &Index, line: &str| {
                    let at = at.index(bodies[section].len());
                    bodies[section][at] = format!("edited {line}");
                };
                if edits {
                    if let Some((section, (at, line))) = &other {
                        change(section.index(order(false).len()), at, line);
                    }
                    change(from, &at, &line);
                }
                bodies
            };
            let text = |moves: bool, edits: bool| {
                let bodies = edited(edits);
                let section = |index: usize| {
                    // No two sections have a line in common, else lines alone may take one for
                    // another.
                    let lines = bodies[index]
                        .iter()
                        .map(|line| format!("{line} {index}\n"))
                        .collect::<String>();
                    format!("\n## Section {index}\n\n{lines}")
                };
                let sections: String = order(moves).into_iter().map(section).collect();
                format!("# All\n{sections}").into_bytes()
            };
            let (ours, theirs) = if swapped {
                ((true, false), (false, true))
            } else {
                ((false, true), (true, false))
            };
            let case = Case {
                kind: FileKind::Markdown,
                base: text(false, false),
                ours: text(ours.0, ours.1),
                theirs: text(theirs.0, theirs.1),
            };
            (case, text(true, true))
        })
}

#[test]
fn what_the_formatter_formats() {
    let text = "---\na: 1\n---\n# A\ntext *x*\n* one\n  * two\n## B\n```\n# c\n* d\n```\n|a|`b|c`|\n|:-|-|\n|long cell|x|\nend\n";
    let expected = "---\na: 1\n---\n\n# A\n\ntext _x_\n- one\n  - two\n\n## B\n\n```\n# c\n* d\n```\n\
                    | a         | `b|c` |\n| :-------- | ----- |\n| long cell | x     |\nend\n";
    assert_eq!(support::formatter::format(text), expected);
    assert_eq!(support::formatter::format(expected), expected);
}
