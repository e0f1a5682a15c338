//! Laws of undoing a rendering, over templates, answers and edits that nobody thought of.

use agentpkg::model::answers::{Answer, Answers};
use agentpkg::model::path::rel;
use agentpkg::model::tree::{File, FileTree};
use agentpkg::render::reverse::{Answered, Decision, Edited, Fate, Rendering, undo};
use agentpkg::render::source::Source;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

const MANIFEST: &str = "[template]\nname = \"t\"\nversion = \"1.0.0\"\ndescription = \"d\"\n\
    [questions.team]\nask = \"?\"\nkind = \"text\"\n[questions.tests]\nask = \"?\"\nkind = \"text\"\n\
    [questions.strict]\nask = \"?\"\nkind = \"bool\"\n[questions.tools]\nask = \"?\"\nkind = \"list\"\n";

/// Answers that occur in other words, in each other, and in what people type.
const ANSWERS: [&str; 6] = ["core", "demo", "true", "the core", "cargo test", "a"];

const WORDS: [&str; 12] = [
    "ask",
    "{{ team }}",
    "`{{ tests }}`",
    "{{ team }}'s",
    "core",
    "score",
    "before",
    "you",
    "push",
    "a",
    "-",
    "demo.",
];

const TYPED: [&str; 10] = [
    "ask",
    "the",
    "core",
    "true",
    "demolition",
    "never",
    "a",
    "push",
    "{{ team }}",
    "{%",
];

/// A line of a template, or several that belong together.
fn part() -> impl Strategy<Value = String> {
    let line = || vec(select(&WORDS[..]), 1..7).prop_map(|words| format!("{}\n", words.join(" ")));
    let block = |open: &'static str, close: &'static str| {
        vec(line(), 0..3).prop_map(move |lines| format!("{open}\n{}{close}\n", lines.concat()))
    };
    prop_oneof![
        8 => line(),
        1 => Just("\n".to_owned()),
        2 => block("{% if strict %}", "{% endif %}"),
        1 => block("{% if not strict %}", "{% endif %}"),
        1 => block("{% raw %}", "{% endraw %}"),
        1 => Just("{% for tool in tools %}\n- {{ tool }}\n{% endfor %}\n".to_owned()),
        1 => Just("{# why #}\n".to_owned()),
    ]
}

#[derive(Clone, Debug)]
enum Edit {
    Insert(Index, String),
    Delete(Index),
    Word(Index, Index, &'static str),
    AddWord(Index, Index, &'static str),
    DropWord(Index, Index),
    Swap(Index),
}

fn edit() -> impl Strategy<Value = Edit> {
    let at = any::<Index>;
    let word = || select(&TYPED[..]);
    prop_oneof![
        3 => (at(), vec(word(), 1..6)).prop_map(|(at, words)| Edit::Insert(at, words.join(" "))),
        2 => at().prop_map(Edit::Delete),
        4 => (at(), at(), word()).prop_map(|(line, at, word)| Edit::Word(line, at, word)),
        4 => (at(), at(), word()).prop_map(|(line, at, word)| Edit::AddWord(line, at, word)),
        2 => (at(), at()).prop_map(|(line, at)| Edit::DropWord(line, at)),
        1 => at().prop_map(Edit::Swap),
    ]
}

fn apply(lines: &mut Vec<String>, edit: &Edit) {
    if let Edit::Insert(at, line) = edit {
        return lines.insert(at.index(lines.len() + 1), line.clone());
    }
    if lines.is_empty() {
        return;
    }
    let line = |at: &Index| at.index(lines.len());
    match edit {
        Edit::Insert(..) => {}
        Edit::Delete(at) => _ = lines.remove(line(at)),
        Edit::Swap(at) => {
            let (first, last) = (line(at), lines.len() - 1);
            lines.swap(first, last);
        }
        Edit::Word(at, word_at, _)
        | Edit::AddWord(at, word_at, _)
        | Edit::DropWord(at, word_at) => {
            let at = line(at);
            let mut words: Vec<&str> = lines[at].split(' ').collect();
            let index = word_at.index(words.len());
            match edit {
                Edit::Word(_, _, word) => words[index] = word,
                Edit::AddWord(_, _, word) => words.insert(index, word),
                _ => _ = words.remove(index),
            }
            lines[at] = words.join(" ");
        }
    }
}

fn answers(team: &str, tests: &str, strict: bool, tools: &[&str]) -> Answers {
    let list = tools.iter().map(|tool| (*tool).to_owned()).collect();
    Answers::from([
        ("team".to_owned(), Answer::Text(team.to_owned())),
        ("tests".to_owned(), Answer::Text(tests.to_owned())),
        ("strict".to_owned(), Answer::Bool(strict)),
        ("tools".to_owned(), Answer::List(list)),
    ])
}

/// How often an answer stands in a text as whole words.
fn count(text: &str, answer: &str) -> usize {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(answer)
        .filter(|(at, _)| {
            let before = text[..*at].chars().next_back();
            let behind = text[at + answer.len()..].chars().next();
            !before.is_some_and(is_word) && !behind.is_some_and(is_word)
        })
        .count()
}

proptest! {
    #![proptest_config(ProptestConfig::default())]

    /// What is mapped renders back to the byte, in this repo; what isn't mapped is not there; and no other repo gets an
    /// answer of this one, or loses what it has, unless somebody said so.
    #[test]
    fn what_is_mapped_renders_back_to_the_byte(
        parts in vec(part(), 1..9),
        (team, tests) in (select(&ANSWERS[..]), select(&ANSWERS[..])),
        strict in any::<bool>(),
        edits in vec(edit(), 1..4),
        decisions in vec(select(&[Decision::Map, Decision::Map, Decision::Map, Decision::Leave, Decision::Read(0)][..]), 0..4),
    ) {
        let source = parts.concat();
        let template = Source::of(".", FileTree::from([(rel("template.toml"), File::plain(MANIFEST))])).unwrap();
        let here = Answered::new(&template, &answers(team, tests, strict, &["rg", "fd"]));
        let path = rel("rules/a.md.jinja");
        let rendering = here.file(&path, false);
        // Words that open a tag may come together to what is none.
        let Some(rendered) = rendering.render(&source) else { return Ok(()) };
        let mut lines: Vec<String> = rendered.lines().map(str::to_owned).collect();
        edits.iter().for_each(|edit| apply(&mut lines, edit));
        let edited: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let file = Edited { source: &source, is_template: true, rendered: &rendered, edited: &edited };
        let undone = undo(&file, &rendering, &decisions);
        let again = rendering.render(&undone.source);
        prop_assert_eq!(again.as_ref(), Some(&undone.rendered), "\n{}", undone.source);
        if undone.is_whole() {
            prop_assert_eq!(&undone.rendered, &edited);
        }
        if undone.hunks.iter().all(|(_, fate)| *fate != Fate::Mapped) {
            prop_assert_eq!(&undone.source, &source);
        }
        let is_plain = decisions.iter().all(|decision| !matches!(decision, Decision::Read(_)));
        for (flag, other) in [(strict, "elsewhere"), (!strict, "elsewhere")] {
            let there = Answered::new(&template, &answers(other, "otherwise", flag, &["grep"]));
            let there = there.file(&path, false);
            let Some(before) = there.render(&source) else { continue };
            let after = there.render(&undone.source);
            prop_assert!(after.is_some(), "it can't be rendered elsewhere:\n{}", undone.source);
            let after = after.unwrap_or_default();
            // What nobody here can see is still there.
            let seen = Answered::new(&template, &answers(other, "otherwise", strict, &["grep"]));
            let seen = seen.file(&path, false).render(&source).unwrap_or_default();
            let times = |text: &str, line: &str| text.lines().filter(|other| *other == line).count();
            for line in before.lines() {
                let hidden = times(&before, line).saturating_sub(times(&seen, line));
                prop_assert!(times(&after, line) >= hidden, "`{}` is gone:\n{}", line, undone.source);
            }
            if is_plain && flag == strict {
                for answer in [team, tests] {
                    prop_assert!(
                        count(&after, answer) <= count(&before, answer).max(count(&source, answer)),
                        "another repo is told `{}`:\n{}\nfrom\n{}", answer, after, undone.source
                    );
                }
            }
        }
    }
}
