//! Blocks between markers: found, merged by the table, and taken out again.

use super::*;
use proptest::prelude::*;

fn block(owner: &str, text: &str) -> Block {
    Block {
        name: owner.parse().unwrap(),
        source: None,
        text: text.to_owned(),
    }
}

fn records(blocks: &[(&str, &str, &str)]) -> BTreeMap<BlockName, BlockRecord> {
    let record = |text: &str, before: &str| BlockRecord {
        source: None,
        text: text.to_owned(),
        before: before.to_owned(),
        deleted: false,
    };
    blocks
        .iter()
        .map(|(owner, text, before)| (owner.parse().unwrap(), record(text, before)))
        .collect()
}

#[track_caller]
fn check(
    base: &[(&str, &str, &str)],
    ours: &str,
    theirs: &[Block],
    text: &str,
    outcomes: &[Outcome],
) -> BlockMerge {
    let merge = merge(Comment::Html, &records(base), ours, theirs, &Marks::new()).unwrap();
    assert_eq!(merge.text, text);
    assert_eq!(
        merge
            .outcomes
            .iter()
            .map(|(_, outcome)| *outcome)
            .collect::<Vec<_>>(),
        outcomes
    );
    merge
}

const ONE: &str = "<!-- BEGIN agentpkg a -->\none\n<!-- END agentpkg a -->\n";

#[test]
fn a_block_is_appended_behind_an_empty_line() {
    let added = [Outcome::Added];
    for (ours, lead) in [
        ("", ""),
        ("# Ours\n", "\n"),
        ("# Ours", "\n\n"),
        ("# Ours\n\n", ""),
        ("\u{feff}", ""),
    ] {
        let merge = check(
            &[],
            ours,
            &[block("a", "one\n")],
            &format!("{ours}{lead}{ONE}"),
            &added,
        );
        assert_eq!(merge.records.values().next().unwrap().before, lead);
    }
    let crlf = format!("# Ours\r\n\r\n{}", ONE.replace('\n', "\r\n"));
    check(&[], "# Ours\r\n", &[block("a", "one\n")], &crlf, &added);
}

#[test]
fn each_row_of_the_table() {
    let base = [("a", "one\n", "\n")];
    let edited = ONE.replace("one", "ONE");
    let two = ONE.replace("one", "two");
    check(
        &base,
        ONE,
        &[block("a", "two\n")],
        &two,
        &[Outcome::Updated],
    );
    check(
        &base,
        &edited,
        &[block("a", "one\n")],
        &edited,
        &[Outcome::Kept],
    );
    check(
        &base,
        &edited,
        &[block("a", "ONE\n")],
        &edited,
        &[Outcome::Unchanged],
    );
    check(
        &base,
        &edited,
        &[block("a", "two\n")],
        &edited,
        &[Outcome::Conflict],
    );
    check(
        &base,
        "x\n",
        &[block("a", "one\n")],
        "x\n",
        &[Outcome::StillDeleted { changed: false }],
    );
    check(
        &base,
        "x\n",
        &[block("a", "two\n")],
        "x\n",
        &[Outcome::StillDeleted { changed: true }],
    );
}

#[test]
fn each_row_of_the_table_without_a_base_or_an_upstream() {
    let base = [("a", "one\n", "\n")];
    let edited = ONE.replace("one", "ONE");
    check(
        &base,
        &format!("x\n\n{ONE}y\n"),
        &[],
        "x\n\ny\n",
        &[Outcome::Deleted],
    );
    check(
        &base,
        &format!("x\n\n{ONE}\ny\n"),
        &[],
        "x\n\ny\n",
        &[Outcome::Deleted],
    );
    check(
        &base,
        &format!("x\n\n{edited}y\n"),
        &[],
        "x\n\nONE\ny\n",
        &[Outcome::KeptUnmanaged],
    );
    check(&base, "x\n", &[], "x\n", &[]);
    check(&[], ONE, &[block("a", "one\n")], ONE, &[Outcome::Unchanged]);
    check(
        &[],
        &edited,
        &[block("a", "one\n")],
        &edited,
        &[Outcome::Conflict],
    );
    check(&[], ONE, &[], ONE, &[]);
}

#[test]
fn edits_of_different_lines_of_a_block_are_both_kept() {
    let base = [("a", "one\ntwo\nthree\nfour\n", "")];
    // A formatter has indented the marker: it stays as it is.
    let ours = "  <!-- BEGIN agentpkg a -->\r\nONE\r\ntwo\r\nthree\r\nfour\r\n<!-- END \
                agentpkg a -->\r\nx\r\n";
    let theirs = [block("a", "one\ntwo\nthree\nFOUR\n")];
    let merge = check(
        &base,
        ours,
        &theirs,
        &ours.replace("four", "FOUR"),
        &[Outcome::Merged],
    );
    assert_eq!(merge.records.values().next().unwrap().text, theirs[0].text);
    let theirs = [block("a", "uno\ntwo\nthree\nfour\n")];
    let merge = check(&base, ours, &theirs, ours, &[Outcome::Conflict]);
    assert_eq!(merge.records.values().next().unwrap().text, theirs[0].text);
    let [open] = merge.conflicts.as_slice() else {
        panic!("one place")
    };
    assert_eq!(
        (
            open.place().as_str(),
            open.ours.as_deref(),
            open.theirs.as_deref()
        ),
        ("line 2", Some("ONE\n"), Some("uno\n"))
    );
    // What would be no block any more is none.
    let theirs = [block("a", "one\ntwo\nthree\n<!-- BEGIN agentpkg b -->\n")];
    check(&base, ours, &theirs, ours, &[Outcome::Conflict]);
}

#[test]
fn markers_that_make_no_blocks_stop_everything() {
    let cases = [
        (
            "<!-- BEGIN agentpkg a -->\none\n",
            "line 1: the block of `a` has no end",
        ),
        (
            "x\n<!-- END agentpkg a -->\n",
            "line 2: the block of `a` ends without having begun",
        ),
        (
            &format!("{ONE}{ONE}"),
            "line 4: the block of `a` begins for the second time",
        ),
        (
            "<!-- BEGIN agentpkg a -->\n<!-- BEGIN agentpkg b -->\n",
            "line 2: the block of `b` begins inside that of `a` (line 1)",
        ),
        (
            "<!-- BEGIN agentpkg A B -->\n",
            "line 1: `A B` is not a template's name",
        ),
    ];
    for (text, message) in cases {
        assert_eq!(find(text, Comment::Html).unwrap_err().to_string(), message);
    }
    assert_eq!(
        find("# BEGIN agentpkg a\n# END agentpkg a\n", Comment::Html),
        Ok(vec![])
    );
    assert_eq!(
        find("# BEGIN agentpkg a\n# END agentpkg a\n", Comment::Hash)
            .unwrap()
            .len(),
        1
    );
}

#[track_caller]
fn finds(text: &str, expected: &[(&str, &str)]) {
    let found = find(text, Comment::Html).unwrap();
    let found: Vec<(&str, &str)> = found
        .iter()
        .map(|block| (block.name.template.as_str(), &text[block.inner.clone()]))
        .collect();
    assert_eq!(found, expected, "{text}");
}

#[test]
fn markers_between_fences_are_shown() {
    let fenced = |fence: &str, text: &str| format!("{fence}md\n{text}{fence}\n");
    let (begin, end) = ("<!-- BEGIN agentpkg a -->\n", "<!-- END agentpkg a -->\n");
    let whole = [
        fenced("```", ONE),
        fenced("~~~~", ONE),
        fenced("````", &fenced("```", ONE)),
        format!(
            "- x\n\n  {}\n",
            fenced("```", ONE).trim_end().replace('\n', "\n  ")
        ),
        format!(
            "> {}\n",
            fenced("```", ONE).trim_end().replace('\n', "\n> ")
        ),
        format!("{}and\n{}", fenced("```", ONE), fenced("```", ONE)),
    ];
    let halves = [
        fenced("```", begin),
        fenced("```", end),
        format!("{}and\n{}", fenced("```", begin), fenced("```", end)),
    ];
    for shown in whole.iter().chain(&halves) {
        finds(shown, &[]);
        finds(&format!("{shown}\n{ONE}"), &[("a", "one\n")]);
        finds(&format!("{ONE}\n{shown}"), &[("a", "one\n")]);
        // A block may show what it likes.
        let other = format!("<!-- BEGIN agentpkg b -->\n{shown}<!-- END agentpkg b -->\n");
        finds(&other, &[("b", shown)]);
    }
    for shown in &whole {
        finds(&format!("{begin}{shown}{end}"), &[("a", shown)]);
    }
}

#[test]
fn a_fence_that_was_not_closed_hides_no_block() {
    let two = "<!-- BEGIN agentpkg a -->\n```\nx\n```\n<!-- END agentpkg a -->\n";
    for open in ["```\nx\n\n", "~~~~\n", "```sh\nx\n```md\n\n"] {
        finds(&format!("{open}{ONE}"), &[("a", "one\n")]);
        finds(&format!("{open}{two}"), &[("a", "```\nx\n```\n")]);
        let other = two.replace(" a -->", " b -->");
        let both = [("a", "```\nx\n```\n"), ("b", "```\nx\n```\n")];
        finds(&format!("{open}{two}\n{other}"), &both);
    }
    // One that the block itself leaves open.
    let torn = "<!-- BEGIN agentpkg a -->\n```\none\n<!-- END agentpkg a -->\n";
    finds(torn, &[("a", "```\none\n")]);
    finds(&format!("{torn}```\nx\n```\n"), &[("a", "```\none\n")]);
    // One that is closed behind the block: the lock knows the block.
    let closed = format!("```\nx\n\n{ONE}\n```sh\ny\n```\n");
    finds(&closed, &[]);
    let known = records(&[("a", "one\n", "\n")]);
    assert_eq!(find_known(&closed, Comment::Html, &known).unwrap().len(), 1);
    let base = [("a", "one\n", "\n")];
    let two = closed.replace("one", "two");
    check(
        &base,
        &closed,
        &[block("a", "two\n")],
        &two,
        &[Outcome::Updated],
    );
    // What isn't just that is shown, and the block is gone.
    let gone = [Outcome::StillDeleted { changed: false }];
    check(&base, &two, &[block("a", "one\n")], &two, &gone);
}

#[test]
fn a_line_of_the_teams_keeps_its_end_wherever_the_block_was_moved() {
    let base = [("a", "one\n", "\n")];
    check(
        &base,
        &format!("target\n{ONE}node_modules\n"),
        &[],
        "target\nnode_modules\n",
        &[Outcome::Deleted],
    );
    check(
        &base,
        &format!("target\n{ONE}"),
        &[],
        "target\n",
        &[Outcome::Deleted],
    );
    let base = [("a", "one\n", "\n\n")];
    check(
        &base,
        &format!("x\n\n{ONE}y"),
        &[],
        "x\ny",
        &[Outcome::Deleted],
    );
    check(&base, &format!("x\n\n{ONE}"), &[], "x", &[Outcome::Deleted]);
    let crlf = format!("x\r\n\r\n{}", ONE.replace('\n', "\r\n"));
    check(
        &[("a", "one\n", "\n")],
        &crlf,
        &[],
        "x\r\n",
        &[Outcome::Deleted],
    );
    let indented = ONE.replace("<!--", "  <!--");
    check(
        &base,
        &indented,
        &[block("a", "one\n")],
        &indented,
        &[Outcome::Unchanged],
    );
}

#[test]
fn a_block_behind_another_leaves_that_one_alone() {
    let other = ONE.replace(" a -->", " b -->").replace("one", "two");
    let base = [("a", "one\n", ""), ("b", "two\n", "\n\n")];
    let both = format!("{ONE}\n{other}");
    check(
        &base,
        &both,
        &[block("a", "one\n")],
        ONE,
        &[Outcome::Unchanged, Outcome::Deleted],
    );
    check(&base, &both, &[], "", &[Outcome::Deleted, Outcome::Deleted]);
}

/// Lines that show blocks, and those that open and close what they are shown in.
const SHOWN: [&str; 12] = [
    "x\n",
    "\n",
    "```\n",
    "```md\n",
    "````\n",
    "~~~\n",
    "- x\n",
    "  ```\n",
    "<!-- BEGIN agentpkg a -->\n",
    "<!-- END agentpkg a -->\n",
    "  <!-- BEGIN agentpkg c -->\n",
    "  <!-- END agentpkg c -->\n",
];

proptest! {
    #[test]
    fn any_text_and_any_lead_make_a_merge(
        parts in prop::collection::vec(0..6usize, 0..6),
        leads in prop::collection::vec("(\n|\n\n|\r\n)?", 2..3),
    ) {
        let other = ONE.replace(" a -->", " b -->");
        let pieces = [ONE, other.as_str(), "x\n", "y", "\n", "\r\n"];
        let ours: String = parts.iter().map(|part| pieces[*part]).collect();
        let base = records(&[("a", "one\n", &leads[0]), ("b", "one\n", &leads[1])]);
        if let Ok(merge) = merge(Comment::Html, &base, &ours, &[], &Marks::new()) {
            let outside = ours.replace(ONE, "").replace(&other, "");
            let words = |text: &str| text.replace(|c: char| !matches!(c, 'x' | 'y'), "");
            prop_assert_eq!(words(&merge.text), words(&outside));
        }
    }

    #[test]
    fn what_is_outside_is_never_touched(
        mut head in "[a#\n]{0,6}",
        tail in "[a#\n]{0,6}",
        before in "(\n|\n\n)?",
    ) {
        if !head.is_empty() && !head.ends_with('\n') {
            head.push('\n');
        }
        let ours = format!("{head}{ONE}{tail}");
        let base = records(&[("a", "one\n", &before)]);
        let removed = merge(Comment::Html, &base, &ours, &[], &Marks::new()).unwrap();
        let outside = format!("{head}{tail}");
        let [left, lines] = [&removed.text, &outside]
            .map(|text| text.lines().filter(|line| !line.is_empty()).collect::<Vec<_>>());
        prop_assert_eq!(left, lines);
    }

    #[test]
    fn what_shows_blocks_keeps_every_byte(
        lines in prop::collection::vec(0..SHOWN.len(), 0..8),
        inside in prop::collection::vec(0..SHOWN.len(), 0..5),
        ends in any::<bool>(),
    ) {
        let text = |lines: &[usize]| lines.iter().map(|line| SHOWN[*line]).collect::<String>();
        let mut ours = text(&lines);
        // The end of a line that is a block's own goes with nothing.
        if !ends && find(&ours, Comment::Html).is_ok_and(|found| found.is_empty()) {
            ours.truncate(ours.trim_end_matches('\n').len());
        }
        let inside = text(&inside);
        // What publish refuses is no block.
        prop_assume!(may_stand_in(&inside, Comment::Html, &"a".parse().unwrap()));
        let theirs = [block("a", &inside), block("b", "other\n")];
        let (none, marks) = (BTreeMap::new(), Marks::new());
        let Ok(added) = merge(Comment::Html, &none, &ours, &theirs, &marks) else {
            return Ok(());
        };
        let (base, text) = (&added.records, &added.text);
        let again = merge(Comment::Html, base, text, &theirs, &marks).unwrap();
        prop_assert_eq!(&again.text, &added.text);
        let is_new = |outcome: &(BlockName, Outcome)| outcome.1 == Outcome::Added;
        if added.outcomes.iter().all(is_new) {
            let removed = merge(Comment::Html, base, text, &[], &marks).unwrap();
            prop_assert_eq!(removed.text, ours);
        }
    }

    #[test]
    fn adding_and_removing_restores_every_byte(
        ours in "(\u{feff})?([a#]{0,3}(\n|\r\n)){0,4}[a ]{0,2}",
        text in "([b]{0,2}\n){1,3}",
    ) {
        let theirs = [block("a", &text), block("b", "other\n")];
        let (none, marks) = (BTreeMap::new(), Marks::new());
        let added = merge(Comment::Html, &none, &ours, &theirs, &marks).unwrap();
        let (base, text) = (&added.records, &added.text);
        let removed = merge(Comment::Html, base, text, &[], &marks).unwrap();
        prop_assert_eq!(removed.text, ours);
        let again = merge(Comment::Html, base, text, &theirs, &marks).unwrap();
        prop_assert_eq!(again.text, added.text);
    }
}
