//! Renderings undone: what is mapped, what is asked about, and what is left.

use std::cell::Cell;

use super::*;
use crate::model::answers::{Answer, Answers};
use crate::model::path::rel;
use crate::model::source::Source;
use crate::model::tree::{File, FileTree};

const MANIFEST: &str = "[template]\nname = \"t\"\nversion = \"1.0.0\"\ndescription = \
                        \"d\"\n[questions.team]\nask = \"?\"\nkind = \
                        \"text\"\n[questions.tests]\nask = \"?\"\nkind = \
                        \"text\"\n[questions.strict]\nask = \"?\"\nkind = \
                        \"bool\"\n[questions.tools]\nask = \"?\"\nkind = \"list\"\n";

fn answers() -> Answers {
    let tools = vec!["rg".to_owned(), "fd".to_owned()];
    Answers::from([
        ("team".to_owned(), Answer::Text("core".to_owned())),
        ("tests".to_owned(), Answer::Text("demo".to_owned())),
        ("strict".to_owned(), Answer::Bool(true)),
        ("tools".to_owned(), Answer::List(tools)),
    ])
}

/// Undoes the rendering of `source`, whose rendering a team made into what `edit` makes of it.
fn undone(source: &str, decisions: &[HunkDecision], edit: impl Fn(&str) -> String) -> Undone {
    let tree = FileTree::from([(rel("template.toml"), File::plain(MANIFEST))]);
    let template = Source::of(".", tree).unwrap();
    let answered = AnswerRenderers::new(&template, &answers());
    let path = rel("rules/a.md.jinja");
    let rendering = answered.file(&path, false);
    let rendered = rendering.render(source).expect("it renders");
    let edited = edit(&rendered);
    let file = Edited {
        source,
        is_template: true,
        rendered: &rendered,
        edited: &edited,
    };
    let undone = undo(&file, &rendering, decisions);
    assert_eq!(
        rendering.render(&undone.source).as_ref(),
        Some(&undone.rendered),
        "what is mapped is proved"
    );
    undone
}

#[track_caller]
fn maps(source: &str, edit: impl Fn(&str) -> String, expected: &str) {
    let undone = undone(source, &[], edit);
    assert_eq!(
        (undone.source.as_str(), undone.is_whole()),
        (expected, true),
        "{:#?}",
        undone.hunks
    );
}

/// Checks that the one hunk is asked about, and what each answer makes of the source.
#[track_caller]
fn asks(source: &str, edit: impl Fn(&str) -> String, readings: &[(&str, &str)]) {
    let asked = undone(source, &[], &edit);
    assert_eq!(asked.source, source, "nothing is mapped unasked");
    let [(_, HunkFate::Asked(found))] = asked.hunks.as_slice() else {
        panic!("{:#?}", asked.hunks)
    };
    let found: Vec<(String, String)> = found
        .iter()
        .enumerate()
        .map(|(number, reading)| {
            let read = undone(source, &[HunkDecision::Read(number)], &edit);
            (reading.meaning.clone(), read.source)
        })
        .collect();
    let expected: Vec<(String, String)> = readings
        .iter()
        .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
        .collect();
    assert_eq!(found, expected);
}

#[track_caller]
fn is_left(source: &str, edit: impl Fn(&str) -> String, why: UnplacedReason) {
    let undone = undone(source, &[], edit);
    assert_eq!(undone.source, source);
    let [(_, fate)] = undone.hunks.as_slice() else {
        panic!("{:#?}", undone.hunks)
    };
    assert_eq!(*fate, HunkFate::Unmapped(why));
}

fn replaces(from: &str, to: &str) -> impl Fn(&str) -> String {
    let (from, to) = (from.to_owned(), to.to_owned());
    move |text| {
        assert!(text.contains(&from), "{text}");
        text.replacen(&from, &to, 1)
    }
}

#[test]
fn an_edit_of_plain_lines_is_the_same_edit() {
    maps(
        "Ask {{ team }}.\nThen push.\n",
        replaces("push", "push it"),
        "Ask {{ team }}.\nThen push it.\n",
    );
    maps(
        "a\n{% if strict %}\nb\n{% endif %}\nc\n",
        replaces("b", "B"),
        "a\n{% if strict %}\nB\n{% endif %}\nc\n",
    );
}

#[test]
fn an_edit_of_a_line_keeps_its_tags() {
    maps(
        "Ask {{ team }} first.\n",
        replaces("first", "at once"),
        "Ask {{ team }} at once.\n",
    );
    maps(
        "Ask {{ team }}\n",
        replaces("core", "big core"),
        "Ask big {{ team }}\n",
    );
    maps(
        "Ask {{ team }}\nand go\n",
        replaces("and go", "yes\nand go"),
        "Ask {{ team }}\nyes\nand go\n",
    );
    maps(
        "Ask {{ team }}\nand go\n",
        replaces("Ask core\n", "Ask core\nyes\n"),
        "Ask {{ team }}\nyes\nand go\n",
    );
    maps(
        "{{ team }} runs {{ tests }} now\n",
        replaces("runs demo now", "should run demo"),
        "{{ team }} should run {{ tests }}\n",
    );
}

#[test]
fn a_line_that_goes_takes_its_tags_along() {
    maps(
        "a\nAsk {{ team }}.\nb\n",
        replaces("Ask core.\n", ""),
        "a\nb\n",
    );
    maps(
        "a\n{% if strict %}\nb\n{% endif %}\nc\n",
        replaces("b\n", ""),
        "a\n{% if strict %}\n{% endif %}\nc\n",
    );
}

#[test]
fn short_answers_in_longer_words_are_words() {
    // The trap of a tool that replaces each answer by its tag.
    maps(
        "{{ team }} {{ tests }}\n",
        |text| format!("{text}score the demolition\n"),
        "{{ team }} {{ tests }}\nscore the demolition\n",
    );
}

#[test]
fn an_answer_that_is_typed_is_asked_about() {
    asks(
        "Ask {{ team }}.\n",
        |text| format!("{text}The core decides.\n"),
        &[
            (
                "says `core` in every repository",
                "Ask {{ team }}.\nThe core decides.\n",
            ),
            (
                "says `{{ team }}`: each repository's own",
                "Ask {{ team }}.\nThe {{ team }} decides.\n",
            ),
        ],
    );
}

#[test]
fn an_answer_that_is_typed_far_from_any_tag_is_asked_about() {
    asks(
        "Ask {{ team }}.\n\nLast.\n",
        |text| format!("{text}The core decides.\n"),
        &[
            (
                "says `core` in every repository",
                "Ask {{ team }}.\n\nLast.\nThe core decides.\n",
            ),
            (
                "says `{{ team }}`: each repository's own",
                "Ask {{ team }}.\n\nLast.\nThe {{ team }} decides.\n",
            ),
        ],
    );
}

#[test]
fn an_answer_that_no_tag_writes_here_is_asked_about() {
    asks(
        "Ask nobody.\n",
        |text| format!("{text}The core decides.\n"),
        &[
            (
                "says `core` in every repository",
                "Ask nobody.\nThe core decides.\n",
            ),
            (
                "says `{{ team }}`: each repository's own",
                "Ask nobody.\nThe {{ team }} decides.\n",
            ),
        ],
    );
}

#[test]
fn what_looks_like_a_tag_is_text() {
    maps(
        "a {{ team }}\nb\n",
        replaces("b", "{{ team }} and {% if %}"),
        "a {{ team }}\n{{ \"{{\" }} team }} and {{ \"{%\" }} if %}\n",
    );
    maps(
        "{% raw %}\n{{ a }}\nb\n{% endraw %}\n",
        replaces("b", "{{ b }}"),
        "{% raw %}\n{{ a }}\n{{ b }}\n{% endraw %}\n",
    );
}

#[test]
fn what_touches_a_control_tag_is_asked_about() {
    asks(
        "a\n{% if strict %}\nb\n{% endif %}\nc\n",
        replaces("b\n", "b\nnew\n"),
        &[
            (
                "belongs before `{% endif %}`",
                "a\n{% if strict %}\nb\nnew\n{% endif %}\nc\n",
            ),
            (
                "belongs behind `{% endif %}`",
                "a\n{% if strict %}\nb\n{% endif %}\nnew\nc\n",
            ),
        ],
    );
}

#[test]
fn what_a_tag_wrote_is_not_changed() {
    asks(
        "a\nAsk {{ team }}.\nb\n",
        replaces("Ask core.\n", "Ask nobody.\n"),
        &[(
            "takes `{{ team }}` out in every repository",
            "a\nAsk nobody.\nb\n",
        )],
    );
    is_left(
        "a\n{% for tool in tools %}\nuse {{ tool }}\n{% endfor %}\n",
        replaces("use fd", "take fd"),
        UnplacedReason::Tag,
    );
}

#[test]
fn hunks_are_mapped_one_by_one() {
    let source = "Ask {{ team }} first.\nb\nc\n{% if strict %}\nd\n{% endif %}\ne\n";
    let edit = |text: &str| {
        text.replace("core", "cores")
            .replace("c\n", "C\n")
            .replace("e\n", "E\n")
    };
    let undone = undone(
        source,
        &[HunkDecision::Map, HunkDecision::Map, HunkDecision::Leave],
        edit,
    );
    let fates: Vec<&HunkFate> = undone.hunks.iter().map(|(_, fate)| fate).collect();
    assert_eq!(
        undone.source,
        "Ask {{ team }} first.\nb\nC\n{% if strict %}\nd\n{% endif %}\ne\n"
    );
    assert!(matches!(fates[0], HunkFate::Asked(_)));
    assert_eq!(
        fates[1..],
        [&HunkFate::Mapped, &HunkFate::Left],
        "{undone:#?}"
    );
}

#[test]
fn a_line_at_the_end_of_a_condition_is_asked_about_whatever_it_asks() {
    for condition in ["strict or team", "tools", "team != 'demo'", "team"] {
        let source = format!("a\n{{% if {condition} %}}\nb\n{{% endif %}}\nc\n");
        asks(
            &source,
            replaces("b\n", "b\nnew\n"),
            &[
                (
                    "belongs before `{% endif %}`",
                    &source.replace("b\n", "b\nnew\n"),
                ),
                (
                    "belongs behind `{% endif %}`",
                    &source.replace("c\n", "new\nc\n"),
                ),
            ],
        );
    }
}

#[test]
fn which_of_equal_lines_went_is_not_guessed() {
    let source = "{% if strict %}\nsame\n{% endif %}\n{% if team %}\nsame\n{% endif %}\nlast\n";
    is_left(source, replaces("same\n", ""), UnplacedReason::Elsewhere);
}

#[test]
fn an_answer_is_asked_about_although_it_went_elsewhere() {
    let source = "{{ team }}\nonly core files\nx\nlast\n";
    let edit = |text: &str| {
        text.replace("only core", "some")
            .replace("last", "last, ask core")
    };
    let undone = undone(source, &[], edit);
    assert!(
        matches!(undone.hunks[1].1, HunkFate::Asked(_)),
        "{:#?}",
        undone.hunks
    );
    asks(
        "{{ team | upper }}\n\nb\n",
        |text| format!("{text}CORE\n"),
        &[
            (
                "says `CORE` in every repository",
                "{{ team | upper }}\n\nb\nCORE\n",
            ),
            (
                "says `{{ team | upper }}`: each repository's own",
                "{{ team | upper }}\n\nb\n{{ team | upper }}\n",
            ),
        ],
    );
}

#[test]
fn what_comes_between_a_loop_and_a_condition_is_asked_about() {
    let source = "{% for tool in tools %}\nuse {{ tool }}\n{% endfor %}\n\
                  {% if strict %}\nb\nc\n{% endif %}\n";
    asks(
        source,
        replaces("b\n", "new\nb\n"),
        &[
            (
                "belongs before `{% if strict %}`",
                &source.replace("{% if", "new\n{% if"),
            ),
            (
                "belongs behind `{% if strict %}`",
                &source.replace("b\n", "new\nb\n"),
            ),
        ],
    );
}

#[test]
fn a_line_in_place_of_some_on_both_sides_of_a_tag_is_asked_about() {
    asks(
        "a\n{% if strict %}\nb\n{% endif %}\nc\n",
        replaces("b\nc\n", "x\n"),
        &[
            (
                "belongs behind `{% if strict %}`",
                "a\n{% if strict %}\nx\n{% endif %}\n",
            ),
            (
                "belongs behind `{% endif %}`",
                "a\n{% if strict %}\n{% endif %}\nx\n",
            ),
        ],
    );
}

#[test]
fn one_more_of_equal_lines_beside_a_tag_is_asked_about() {
    asks(
        "{% if strict %}\nsame\n{% endif %}\nlast\n",
        replaces("same\n", "same\nsame\n"),
        &[
            (
                "belongs before `{% if strict %}`",
                "same\n{% if strict %}\nsame\n{% endif %}\nlast\n",
            ),
            (
                "belongs behind `{% if strict %}`",
                "{% if strict %}\nsame\nsame\n{% endif %}\nlast\n",
            ),
            (
                "belongs behind `{% endif %}`",
                "{% if strict %}\nsame\n{% endif %}\nsame\nlast\n",
            ),
        ],
    );
    asks(
        "a\nsame\n{% if strict %}\nb\n{% endif %}\n",
        replaces("same\n", "same\nsame\n"),
        &[
            (
                "belongs to line 2",
                "a\nsame\nsame\n{% if strict %}\nb\n{% endif %}\n",
            ),
            (
                "belongs behind `{% if strict %}`",
                "a\nsame\n{% if strict %}\nsame\nb\n{% endif %}\n",
            ),
        ],
    );
}

#[test]
fn a_hunk_is_tried_in_each_place_in_which_it_is_the_same_edit() {
    let all = vec!["a\n"; 5 * hunks::MOST_PLACES];
    let hunk = |start: usize| EditHunk {
        base: start..start + 1,
        old: "a\n".to_owned(),
        new: String::new(),
    };
    assert_eq!(hunks::slides(&all[..3], &hunk(1)), [0, 1, 2].map(hunk));
    let middle = all.len() / 2;
    assert_eq!(
        hunks::slides(&all, &hunk(middle)).len(),
        2 * hunks::MOST_PLACES
    );
}

#[test]
fn a_text_that_stands_in_its_tag_may_go() {
    maps(
        "a {{ \"{{\" }} b }}\nc\n",
        replaces("a {{ b }}", "a b"),
        "a b\nc\n",
    );
}

#[test]
fn a_line_that_keeps_its_words_but_for_a_tag_is_asked_about() {
    asks(
        "a\n{{ team }} go\nb\n",
        replaces("core go\n", "nobody go\n"),
        &[(
            "takes `{{ team }}` out in every repository",
            "a\nnobody go\nb\n",
        )],
    );
}

#[test]
fn an_answer_is_typed_where_plain_words_say_it_more_often() {
    let values = [("core".to_owned(), "{{ team }}".to_owned())];
    for (before, after, is_typed) in [
        ("Ask {{ team }}.", "Ask core.", true),
        ("Ask core.", "Ask core, core.", true),
        ("Ask core.", "Tell core.", false),
        ("Ask.", "Ask {{ core }}.", false),
        ("Ask.", "Ask for the score.", false),
    ] {
        let typed = answers::typed(before, after, &values);
        assert_eq!(!typed.is_empty(), is_typed, "{before} {after}");
    }
}

#[test]
fn an_edit_has_to_hold_for_other_texts_other_flags_and_none() {
    let tree = FileTree::from([(rel("template.toml"), File::plain(MANIFEST))]);
    let template = Source::of(".", tree).unwrap();
    let answers = answers();
    let probes = probes::probes(&template.manifest, &answers);
    let others: Vec<Vec<&str>> = probes
        .iter()
        .map(|probe| {
            let keys = probe.keys().filter(|key| probe[*key] != answers[*key]);
            keys.map(String::as_str).collect()
        })
        .collect();
    assert_eq!(
        others,
        [
            &["strict", "team", "tests", "tools"][..],
            &["team", "tests", "tools"],
            &["strict"],
            &["team"],
            &["tests"],
            &["tools"],
        ]
    );
}

/// Counts how often a file is rendered with the repo's answers.
struct Counting<'a> {
    rendering: &'a dyn Rendering,
    count: Cell<usize>,
}

impl Rendering for Counting<'_> {
    fn render(&self, source: &str) -> Option<String> {
        self.count.set(self.count.get() + 1);
        self.rendering.render(source)
    }

    fn probe(&self, source: &str) -> Vec<Option<String>> {
        self.rendering.probe(source)
    }

    fn values(&self) -> &[(String, String)] {
        self.rendering.values()
    }
}

#[test]
fn hunks_about_which_nothing_is_to_be_asked_are_mapped_all_at_once() {
    let tree = FileTree::from([(rel("template.toml"), File::plain(MANIFEST))]);
    let template = Source::of(".", tree).unwrap();
    let (answered, path) = (
        AnswerRenderers::new(&template, &answers()),
        rel("rules/a.md.jinja"),
    );
    let rendering = Counting {
        rendering: &answered.file(&path, false),
        count: Cell::new(0),
    };
    let source: String = (0..100).map(|line| format!("Line {line}\n")).collect();
    let edited = source.replace("5\n", "5, edited\n");
    let file = Edited {
        source: &source,
        is_template: true,
        rendered: &source,
        edited: &edited,
    };
    let undone = undo(&file, &rendering, &[]);
    assert_eq!((undone.source, undone.hunks.len()), (edited.clone(), 10));
    // Once with marks, and once for the proof.
    assert_eq!(rendering.count.get(), 2);
}
