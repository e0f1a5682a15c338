//! Laws of undoing a rendering, over templates, answers and edits that nobody thought of.

use agentpkg::model::answers::{Answer, Answers};
use agentpkg::model::path::rel;
use agentpkg::model::source::Source;
use agentpkg::model::tree::{File, FileTree};
use agentpkg::render::reverse::{AnswerRenderers, Edited, HunkDecision, HunkFate, Rendering, undo};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use support::Skips;

const MANIFEST: &str = "[template]\nname = \"t\"\nversion = \"1.0.0\"\ndescription = \"d\"\n\
    [questions.team]\nask = \"?\"\nkind = \"text\"\n[questions.tests]\nask = \"?\"\nkind = \"text\"\n\
    [questions.strict]\nask = \"?\"\nkind = \"bool\"\n[questions.tools]\nask = \"?\"\nkind = \"list\"\n";

/// The file whose rendering is edited.
const PATH: &str = "rules/a.md.jinja";

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

/// A template, the answers of the repo that edits its rendering, and what people said of the edits.
#[derive(Clone, Debug)]
struct Case {
    source: String,
    team: &'static str,
    tests: &'static str,
    strict: bool,
    edits: Vec<Edit>,
    decisions: Vec<HunkDecision>,
}

const DECISIONS: [HunkDecision; 5] = [
    HunkDecision::Map,
    HunkDecision::Map,
    HunkDecision::Map,
    HunkDecision::Leave,
    HunkDecision::Read(0),
];

fn case() -> impl Strategy<Value = Case> {
    (
        vec(part(), 1..9),
        (select(&ANSWERS[..]), select(&ANSWERS[..])),
        any::<bool>(),
        vec(edit(), 1..4),
        vec(select(&DECISIONS[..]), 0..4),
    )
        .prop_map(|(parts, (team, tests), strict, edits, decisions)| Case {
            source: parts.concat(),
            team,
            tests,
            strict,
            edits,
            decisions,
        })
}

/// What can't be rendered: words that open a tag may come together to what is none.
struct Skipped {
    here: Skips,
    elsewhere: Skips,
}

impl Case {
    fn check(&self, skipped: &Skipped) -> Result<(), TestCaseError> {
        let manifest = FileTree::from([(rel("template.toml"), File::plain(MANIFEST))]);
        let template = Source::of(".", manifest).unwrap();
        let answers = answers(self.team, self.tests, self.strict, &["rg", "fd"]);
        let here = AnswerRenderers::new(&template, &answers);
        let path = rel(PATH);
        let rendering = here.file(&path, false);
        let rendered = rendering.render(&self.source);
        skipped.here.uses(rendered.is_some());
        let Some(rendered) = rendered else {
            return Ok(());
        };
        let mut lines: Vec<String> = rendered.lines().map(str::to_owned).collect();
        for edit in &self.edits {
            apply(&mut lines, edit);
        }
        let edited: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let file = Edited {
            source: &self.source,
            is_template: true,
            rendered: &rendered,
            edited: &edited,
        };
        let undone = undo(&file, &rendering, &self.decisions);
        let again = rendering.render(&undone.source);
        prop_assert_eq!(
            again.as_ref(),
            Some(&undone.rendered),
            "\n{}",
            undone.source
        );
        if undone.is_whole() {
            prop_assert_eq!(&undone.rendered, &edited);
        }
        if undone
            .hunks
            .iter()
            .all(|(_, fate)| *fate != HunkFate::Mapped)
        {
            prop_assert_eq!(&undone.source, &self.source);
        }
        for strict in [self.strict, !self.strict] {
            self.check_elsewhere(&template, strict, &undone.source, &skipped.elsewhere)?;
        }
        Ok(())
    }

    /// Checks what comes of the edited source in a repo that isn't the one which edited it.
    fn check_elsewhere(
        &self,
        template: &Source,
        strict: bool,
        source: &str,
        skipped: &Skips,
    ) -> Result<(), TestCaseError> {
        let render = |strict: bool, source: &str| {
            let answers = answers("elsewhere", "otherwise", strict, &["grep"]);
            let answered = AnswerRenderers::new(template, &answers);
            answered.file(&rel(PATH), false).render(source)
        };
        let before = render(strict, &self.source);
        skipped.uses(before.is_some());
        let Some(before) = before else {
            return Ok(());
        };
        let after = render(strict, source);
        prop_assert!(
            after.is_some(),
            "it can't be rendered elsewhere:\n{}",
            source
        );
        let after = after.unwrap_or_default();
        // What nobody here can see is still there.
        let seen = render(self.strict, &self.source).unwrap_or_default();
        for line in before.lines() {
            let hidden = times(&before, line).saturating_sub(times(&seen, line));
            prop_assert!(
                times(&after, line) >= hidden,
                "`{}` is gone:\n{}",
                line,
                source
            );
        }
        let is_read = |decision: &HunkDecision| matches!(decision, HunkDecision::Read(_));
        if self.decisions.iter().any(is_read) || strict != self.strict {
            return Ok(());
        }
        for answer in [self.team, self.tests] {
            let known = count(&before, answer).max(count(&self.source, answer));
            prop_assert!(
                count(&after, answer) <= known,
                "another repo is told `{}`:\n{}\nfrom\n{}",
                answer,
                after,
                source
            );
        }
        Ok(())
    }
}

/// How often a line stands in a text.
fn times(text: &str, line: &str) -> usize {
    text.lines().filter(|other| *other == line).count()
}

/// What is mapped renders back to the byte, in this repo; what isn't mapped is not there; and no
/// other repo gets an answer of this one, or loses what it has, unless somebody said so.
#[test]
fn what_is_mapped_renders_back_to_the_byte() {
    let skipped = Skipped {
        // None of 9,000 was.
        here: Skips::at_most(2, "renderings here"),
        elsewhere: Skips::at_most(2, "renderings elsewhere"),
    };
    proptest!(|(case in case())| {
        case.check(&skipped)?;
    });
    skipped.here.check();
    skipped.elsewhere.check();
}
