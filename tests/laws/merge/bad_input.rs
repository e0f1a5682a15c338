//! Input that nobody would call text, and input that is far too much: never a panic, and nothing
//! lost.
//!
//! The large ones are a small part of what they are meant to be; `--include-ignored` runs them
//! whole, in a release build.

use agentpkg::agent::merge;
use agentpkg::merge::kind::FileKind;
use agentpkg::merge::pieces::{Location, Piece, Sides};

use super::laws;

const KINDS: [FileKind; 8] = [
    FileKind::Json,
    FileKind::Markdown,
    FileKind::Ignore,
    FileKind::Shell,
    FileKind::Toml,
    FileKind::Yaml,
    FileKind::Template,
    FileKind::Other,
];

/// Checks the laws with the three versions in every order.
#[track_caller]
fn check(kind: FileKind, texts: [&[u8]; 3]) {
    let [a, b, c] = texts;
    for [base, ours, theirs] in [[a, b, c], [b, c, a], [c, a, b]] {
        let sides = Sides { base, ours, theirs };
        laws::check(kind, &sides).unwrap_or_else(|broken| {
            let [base, ours, theirs] =
                [base, ours, theirs].map(|text| laws::shown(&text[..text.len().min(1_000)]));
            let broken = &broken[..broken.floor_char_boundary(2_000)];
            panic!("{kind:?}: {broken}\n  base\n{base}  ours\n{ours}  theirs\n{theirs}");
        });
    }
}

#[test]
fn bytes_that_are_no_text() {
    for kind in KINDS {
        check(
            kind,
            [
                b"a\xff\nb\n\nc\n",
                b"a\xff\nB\xc3\n\nc\n",
                b"a\xff\nb\n\n\xfec\n",
            ],
        );
        check(
            kind,
            [b"\xef\xbb\xbf", b"\xef\xbb", b"\xef\xbb\xbf\xef\xbb\xbf\n"],
        );
        check(kind, [b"a\0\n", b"b\0\n", b"a\0\nc"]);
        check(kind, [b"\0", b"", b"\n"]);
    }
    let sides = Sides {
        base: b"a\0",
        ours: b"b",
        theirs: b"c",
    };
    let made = merge(FileKind::Markdown, &sides);
    assert!(
        matches!(&made.pieces[..], [Piece::Conflict(conflict)] if conflict.place == Location::File)
    );
}

#[test]
fn empty_files_in_every_place() {
    for kind in KINDS {
        for text in [
            "a\n",
            "a",
            "{}",
            "{\"a\": 1}\n",
            "\n",
            "\u{feff}",
            "\u{feff}a\r\n",
            "# a\r",
            "```\na\n",
        ] {
            for other in ["", "b\n", "\u{feff}b", "{\"b\": 2}"] {
                check(kind, [b"", text.as_bytes(), other.as_bytes()]);
            }
        }
    }
}

#[test]
fn line_ends_of_every_sort() {
    let text = "# One\n\nthe first is\na b c\n\n- two\n- three\n";
    let ends: [fn(&str) -> String; 5] = [
        str::to_owned,
        |text| text.replace('\n', "\r\n"),
        |text| text.replace('\n', "\r"),
        |text| text.replacen('\n', "\r\n", 2),
        |text| format!("\u{feff}{}", text.trim_end().replace('\n', "\r\n")),
    ];
    let [first, second] = [
        text.replace("first", "1st"),
        text.replace("- three", "- three\n- four"),
    ];
    for index in 0..ends.len().pow(3) {
        let [base, ours, theirs] = [index, index / 5, index / 25].map(|index| ends[index % 5]);
        let (base, ours, theirs) = (base(text), ours(&first), theirs(&second));
        check(
            FileKind::Markdown,
            [base.as_bytes(), ours.as_bytes(), theirs.as_bytes()],
        );
    }
}

#[test]
fn files_that_hold_markers_already() {
    let marked = "a\n<<<<<<< ours\nb\n||||||| base\nc\n=======\nd\n>>>>>>> theirs\ne\n";
    for kind in KINDS {
        check(kind, [b"a\nc\ne\n", marked.as_bytes(), b"a\nx\ne\n"]);
        check(kind, [marked.as_bytes(), b"a\nb\ne\n", b"a\nd\ne\n"]);
    }
}

/// Each text as base, with a line of it changed, one added and one taken out, at its head, in its
/// middle and at its end.
#[track_caller]
fn check_edits(kind: FileKind, texts: &[&str], line: &str) {
    for text in texts {
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let edited = |at: usize, with: Option<&str>, goes: usize| {
            let (before, rest) = lines.split_at(at.min(lines.len()));
            let with = with.map(|with| format!("{with}\n")).unwrap_or_default();
            format!(
                "{}{with}{}",
                before.concat(),
                rest[goes.min(rest.len())..].concat()
            )
        };
        let places = [0, lines.len() / 2, lines.len() / 2 + 1, lines.len()];
        let edits: Vec<String> = places
            .into_iter()
            .flat_map(|at| {
                [
                    edited(at, Some(line), 0),
                    edited(at, Some(line), 1),
                    edited(at, None, 1),
                ]
            })
            .collect();
        for (index, ours) in edits.iter().enumerate() {
            for theirs in &edits[index..] {
                check(
                    kind,
                    [
                        text.as_bytes(),
                        ours.as_bytes(),
                        theirs.replace(line, &format!("{line} 2")).as_bytes(),
                    ],
                );
            }
        }
    }
}

#[test]
fn markdown_that_nobody_closes() {
    let texts = [
        "# a\n\n```sh\nb\n# c\n\n## d\n",
        "# a\n\n~~~\nb\n```\nc\n~~~~\nd\n",
        "# a\n\n<div>\n\n## b\n\n<!-- c\n\n## d\n",
        "a\n===\n\nb\n---\n\nc\nd\n===\n",
        "# a\n\nb\n\n# a\n\nb\n\n# a\n\nc\n",
        "-\ta\n\t-\tb\n\n\t\tc\n1.\td\n",
        "---\na: [b\n- c: {\n---\n\n# d\n",
        "---\na: b\n# c\n\nd\n",
        "| a |\n|---|\n| b | c |\n| d\n\n[e]: <f\n[e]: g\n",
        "#\n\n##\n\n#\n\n####### a\n",
    ];
    check_edits(FileKind::Markdown, &texts, "- x");
    check_edits(FileKind::Markdown, &texts, "## x");
}

#[test]
fn yaml_that_is_more_than_a_mapping() {
    let texts = [
        "a: &x\n  b: 1\nc: *x\nd:\n  <<: *x\n",
        "a: !t b\nc: !!str 1\nd: !u {e: f}\n",
        "a: 1\n---\na: 2\n...\n---\nb: [c,\n  d]\n",
        "a: |+\n  b\n\nc: >-\n  d\n  e: f\n",
        "a: 1\na: 2\n",
        "? [a, b]\n: c\n? d\n",
        "a:\n\tb: 1\n",
        "\"a\\nb\": 'c\n  d'\n",
        "a: {b: 1\nc: 2\n",
    ];
    check_edits(FileKind::Yaml, &texts, "x: 1");
    check_edits(FileKind::Yaml, &texts, "  - x");
    // A billion laughs.
    let laugh = |at: usize| {
        format!(
            "l{}: &l{} [{}]\n",
            at + 1,
            at + 1,
            vec![format!("*l{at}"); 9].join(",")
        )
    };
    let laughs: String = std::iter::once("l0: &l0 [ha]\n".to_owned())
        .chain((0..30).map(laugh))
        .collect();
    check_edits(FileKind::Yaml, &[&laughs], "x: 1");
}

#[test]
fn toml_with_every_sort_of_key() {
    let texts = [
        "a.b = 1\na.\"c d\" = 2\n\n['e'.f]\ng = 3\n",
        "[[a]]\nb = 1\n\n[[a]]\nb = 2\n\n[a.c]\nd = 3\n\n[[a.e]]\nf = 4\n",
        "a = [\n  1,\n  # why\n  2,\n]\nb = { c = 1, d.e = 2 }\n",
        "a = \"\"\"\n[b]\nc = 1\n\"\"\"\nd = '''\n'''\n",
        "[a]\r\nb = 1\r\n\r\n[c]\r\nd = 2\r\n",
        "a = 1\na = 2\n",
        "[a]\n[a]\n",
        "a = \n",
    ];
    check_edits(FileKind::Toml, &texts, "x = 1");
    check_edits(FileKind::Toml, &texts, "[x]");
    check_edits(FileKind::Toml, &texts, "[[a]]");
}

#[test]
fn templates_whose_tags_do_not_close() {
    let texts = [
        "a {{ b\n{% if c\nd\n{# e\n",
        "{% raw %}\n{{ a }}\n{% if b %}\n",
        "{{ '}}\n' }} a\n{% set b = \"%}\" %}\nc\n",
        "{% if a %}{% if b %}\nc\n{% endif %}\n{% endif %}\n",
        "{{{ a }}}\n{{}}\n{%%}\n{##}\n",
    ];
    check_edits(FileKind::Template, &texts, "{{ x }}");
    check_edits(FileKind::Template, &texts, "{% if x %}");
    check_edits(FileKind::Template, &texts, "x");
}

/// Three versions that are large; `size` is how many lines or numbers they have.
fn large(size: usize) -> Vec<(FileKind, [String; 3])> {
    let lines =
        |line: &dyn Fn(usize) -> String| (0..size).map(|at| line(at) + "\n").collect::<String>();
    let changed = |text: &str| {
        [
            text.to_owned(),
            format!("ours\n{text}"),
            format!("{text}theirs\n"),
        ]
    };
    let all_lines = |say: fn(usize) -> String| {
        let every = |every: usize, add: &'static str| {
            lines(&|at| {
                if at % every == 0 {
                    format!("{} {add}", say(at))
                } else {
                    say(at)
                }
            })
        };
        [lines(&say), every(7, "ours"), every(11, "theirs")]
    };
    let long = "word ".repeat(size * 4);
    let numbers = |separator: &str| {
        let list = |add: &[&str]| {
            let numbers = (0..size)
                .map(|at| at.to_string())
                .chain(add.iter().map(|&add| add.to_owned()));
            format!("[{}]\n", numbers.collect::<Vec<_>>().join(separator))
        };
        [list(&[]), list(&["1", "2"]), list(&["\"x\""])]
    };
    let depth = (size / 20).min(10_000);
    let deep = |inner: &str| format!("{}{inner}{}", "{\"a\":".repeat(depth), "}".repeat(depth));
    let names = (0..size).map(|at| format!(" <<E{at}")).collect::<String>();
    let here_documents = format!("cat{names}\n{}", lines(&|at| format!("x\nE{at}")));
    let other = |name: &'static str| lines(&|at| format!("{name} {at}"));
    // 10,000 levels take 100 MB of indent: as many as fit into a few.
    let levels = (size / 20).min(2_500);
    let nested = |item: &str| {
        (0..levels)
            .map(|at| format!("{}- {item} {at}\n", " ".repeat(at)))
            .collect::<String>()
    };
    let sections = |said: &str| {
        lines(&|at| {
            format!(
                "## {at}\n\n{}",
                if at % 100 == 0 { said } else { "the same" }
            )
        })
    };
    let brackets = |inner: &str| format!("a = {}{inner}{}\n", "[".repeat(depth), "]".repeat(depth));
    let flow = |inner: &str| brackets(inner).replace(" =", ":");
    let open = |name| {
        lines(&|at| {
            if at % 300 == 0 {
                "# why".to_owned()
            } else {
                format!("{name}{at} = [")
            }
        })
    };
    let keys = |every: usize| lines(&|at| format!("k{at}: {}", at % every));
    let tables = |every: usize| lines(&|at| format!("[t{at}]\na = {}", at % every));
    vec![
        (
            FileKind::Markdown,
            [nested("a"), nested("b"), nested("a") + "- x\n"],
        ),
        (
            FileKind::Markdown,
            [
                sections("a"),
                sections("b") + "## x\n\nb\n",
                "## x\n\nc\n".to_owned() + &sections("c"),
            ],
        ),
        (
            FileKind::Yaml,
            [nested("a"), nested("b"), nested("a") + "- x\n"],
        ),
        (FileKind::Yaml, ["1", "2", "3"].map(flow)),
        (FileKind::Yaml, [1, 7, 11].map(keys)),
        (FileKind::Toml, ["1", "2", "3"].map(brackets)),
        (FileKind::Toml, ["a", "b", "c"].map(open)),
        (FileKind::Toml, [1, 7, 11].map(tables)),
        (
            FileKind::Template,
            all_lines(|at| format!("{{{{ a{at} }}}} b {{% if c %}}")),
        ),
        (
            FileKind::Template,
            ["a", "b", "c"].map(|end| format!("{{% raw %}}{}{end}\n", "{% '".repeat(size))),
        ),
        (
            FileKind::Template,
            ["{{ ", "{% raw %}{{ ", "{# "].map(|open| open.repeat(size / 2) + "\n"),
        ),
        (
            FileKind::Markdown,
            [
                long.clone(),
                format!("ours {long}"),
                format!("{long} theirs"),
            ],
        ),
        (FileKind::Other, all_lines(|at| format!("line {at}"))),
        (
            FileKind::Markdown,
            all_lines(|at| format!("line {}", at % 100)),
        ),
        (
            FileKind::Markdown,
            changed(&lines(&|_| "the same".to_owned())),
        ),
        (
            FileKind::Markdown,
            [
                lines(&|_| "a".to_owned()),
                lines(&|at| if at % 3 == 0 { "b" } else { "a" }.to_owned()),
                lines(&|at| if at % 5 == 0 { "c" } else { "a" }.to_owned()),
            ],
        ),
        (
            FileKind::Markdown,
            [
                lines(&|at| ["a", "b"][at % 2].to_owned()),
                lines(&|at| ["b", "a"][at % 2].to_owned()),
                lines(&|at| ["a", "b", "c"][at % 3].to_owned()),
            ],
        ),
        (
            FileKind::Markdown,
            [String::new(), other("one"), other("two")],
        ),
        (
            FileKind::Markdown,
            [other("zero"), other("one"), other("two")],
        ),
        (
            FileKind::Ignore,
            [String::new(), other("one"), other("two")],
        ),
        // Many places of one file, each of which asks something of the whole.
        (
            FileKind::Ignore,
            ["base", "ours", "theirs"].map(|name| {
                lines(&|at| format!("{} {at}", if at % 3 == 0 { name } else { "all" }))
            }),
        ),
        (
            FileKind::Shell,
            ["a\nb", "A\nb", "a\nB"].map(|end| format!("{here_documents}{end}\n")),
        ),
        (FileKind::Json, [deep("1"), deep("2"), deep("{\"b\": 1}")]),
        (FileKind::Json, numbers(",")),
        (FileKind::Json, numbers(",\n")),
    ]
}

#[test]
fn a_great_deal_of_input() {
    for (kind, [base, ours, theirs]) in large(300) {
        check(kind, [base.as_bytes(), ours.as_bytes(), theirs.as_bytes()]);
    }
}

#[test]
fn what_merges_in_a_small_file_merges_in_a_large_one() {
    for count in [30, 1_500] {
        let document = |edit: &dyn Fn(usize) -> u8| {
            let entries: Vec<String> = (0..count)
                .map(|at| {
                    let text = "x".repeat(30_000 / count * 30);
                    format!("  \"k{at}\": {{\"a\": {}, \"text\": \"{text}\"}}", edit(at))
                })
                .collect();
            format!("{{\n{}\n}}\n", entries.join(",\n"))
        };
        // The first line of both is edited by both, so that lines alone don't merge.
        let (base, ours) = (document(&|_| 0), document(&|at| u8::from(at % 3 == 1)));
        let theirs =
            document(&|at| u8::from(at % 3 == 2) * 2).replacen("\"a\"", "\"z\": 1, \"a\"", 1);
        let ours = ours.replacen("\"a\": 0", "\"a\": 9", 1);
        assert!(base.len() + ours.len() + theirs.len() > 1 << 20);
        clean(FileKind::Json, [&base, &ours, &theirs]);
    }
    for count in [30, 1_500] {
        let prose = |old: &str, new: &str| {
            let letter = |at: usize| char::from(b'a' + u8::try_from(at % 26).unwrap());
            let line = |at: usize| {
                let name: String = [at, at / 26, at / 676].map(letter).iter().collect();
                format!(
                    "Run the tests of {name} before you push, and wait for the result.\n\nsame\n\n"
                )
            };
            (0..count).map(line).collect::<String>().replace(old, new)
        };
        let sides = [
            prose("", ""),
            prose("the tests", "all tests"),
            prose("the result", "a result"),
        ];
        clean(FileKind::Markdown, [&sides[0], &sides[1], &sides[2]]);
    }
}

#[track_caller]
fn clean(kind: FileKind, [base, ours, theirs]: [&str; 3]) {
    let [base, ours, theirs] = [base, ours, theirs].map(str::as_bytes);
    let made = merge(kind, &Sides { base, ours, theirs });
    let places: Vec<_> = made.conflicts().map(|conflict| &conflict.place).collect();
    assert!(
        places.is_empty(),
        "{kind:?}: {} at {:?}",
        places.len(),
        places[0]
    );
}

#[test]
#[ignore = "takes a release build"]
fn far_too_much_input() {
    for (kind, [base, ours, theirs]) in large(200_000) {
        let sides = Sides {
            base: base.as_bytes(),
            ours: ours.as_bytes(),
            theirs: theirs.as_bytes(),
        };
        let made = merge(kind, &sides);
        let result = made.bytes(&sides);
        assert!(made.is_clean() || !result.is_empty(), "{kind:?}");
    }
}
