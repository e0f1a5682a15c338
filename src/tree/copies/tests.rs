//! Copies of a release, found and given their bases: nothing is there twice, and what was there
//! comes back when the template goes.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::merge::block::Marks;
use crate::model::path::rel;
use crate::model::upstream::{Block, Blocks, Comment, Content};
use crate::tree::{Decision, Found, Local, decide};

fn owner() -> TemplateName {
    "house".parse().unwrap()
}

/// What a release brings: one block in one file.
fn upstream(path: &'static str, text: &str) -> Upstream {
    let block = Block {
        owner: owner(),
        source: None,
        text: text.to_owned(),
    };
    let path = rel(path);
    let blocks = Content::Blocks(Blocks {
        comment: Comment::of(&path),
        blocks: vec![block],
    });
    Upstream {
        files: BTreeMap::from([(path, blocks)]),
        ..Upstream::default()
    }
}

/// Installs a release, of which and of an older one something may have been copied.
fn install(path: &'static str, here: &str, older: &str, newer: &str) -> (Copies, Decision) {
    let local = Local::new(rel(path), Found::File(File::plain(here)));
    let ours = Snapshot::from([(rel(path), local)]);
    let (theirs, mut base) = (upstream(path, newer), Base::default());
    let release = |version: &str, text: &str| RenderedRelease {
        name: owner(),
        version: version.parse().unwrap(),
        upstream: upstream(path, text),
    };
    let copies = find(&Search {
        base: &base,
        ours: &ours,
        others: &BTreeMap::new(),
        theirs: &theirs,
        releases: &[release("1.1.0", newer), release("1.0.0", older)],
        named_by: &|_| None,
        favourites: BTreeMap::new(),
    });
    copies.clone().apply(&mut base);
    let merge = decide(&base, &ours, &theirs, &Marks::new());
    (copies, merge)
}

fn text_of(merge: &Decision, here: &str) -> String {
    match merge.changes.as_slice() {
        [] => here.to_owned(),
        [change] => change.new.as_ref().unwrap().text().unwrap().to_owned(),
        changes => panic!("{changes:?}"),
    }
}

/// Removes the template again.
fn removed(path: &'static str, text: &str, installed: &Decision) -> String {
    let local = Local::new(rel(path), Found::File(File::plain(text)));
    let ours = Snapshot::from([(rel(path), local)]);
    let base = Base {
        files: installed.files.clone(),
        ..Base::default()
    };
    let merge = decide(&base, &ours, &Upstream::default(), &Marks::new());
    text_of(&merge, text)
}

const OLDER: &str = "## House rules\n\n- Be brief.\n- Be right.\n- Be kind.\n";
const NEWER: &str = "## House rules\n\n- Be brief.\n- Be right, always.\n- Be kind.\n- Be there.\n";

#[track_caller]
fn check(path: &'static str, here: &str, [older, newer]: [&str; 2], expected: &str) {
    let (_, merge) = install(path, here, older, newer);
    assert_eq!(merge.refusals, []);
    assert_eq!(text_of(&merge, here), expected);
}

#[test]
fn a_copied_text_becomes_a_block_where_it_stands() {
    check(
        "CLAUDE.md",
        &format!("# Shop\n\n{OLDER}\n## Ours\n"),
        [OLDER, NEWER],
        &format!(
            "# Shop\n\n<!-- BEGIN agentpkg house -->\n{NEWER}<!-- END agentpkg house -->\n\n## Ours\n"
        ),
    );
    // Too little of it is no copy.
    let other = "# Shop\n\n- Be brief.\n- Sell.\n- Buy.\n- Count.\n";
    check(
        "CLAUDE.md",
        other,
        [OLDER, NEWER],
        &format!("{other}\n<!-- BEGIN agentpkg house -->\n{NEWER}<!-- END agentpkg house -->\n"),
    );
}

#[test]
fn patterns_of_git_are_taken_in_wherever_they_stand() {
    let [older, newer] = ["dist/\n*.tmp\n", "dist/\n*.tmp\n*.bak\n"];
    check(
        ".gitignore",
        "*.tmp\ntarget/\ndist/\n",
        [older, newer],
        "# BEGIN agentpkg house\ndist/\n*.tmp\n*.bak\n# END agentpkg house\ntarget/\n",
    );
    // Order means something where a pattern takes another back.
    let here = "*.tmp\n!keep.tmp\ntarget/\ndist/\n";
    let [older, newer] = [
        "*.tmp\n*.old\ndist/\n*.out\n",
        "*.tmp\n*.bak\ndist/\n*.new\n",
    ];
    let (copies, merge) = install(".gitignore", here, older, newer);
    assert!(copies.is_empty());
    // What the team takes back stays the last word.
    let block = format!("# BEGIN agentpkg house\n{newer}# END agentpkg house\n");
    let expected = here.replace("!keep.tmp\n", &format!("{block}!keep.tmp\n"));
    assert_eq!(text_of(&merge, here), expected);
}

/// Lines of which each is a word that nobody else writes.
fn lines(who: &'static str, most: usize) -> impl Strategy<Value = Vec<String>> {
    (0..most).prop_map(move |count| {
        (0..count)
            .map(|line| format!("{who} {line} says so."))
            .collect()
    })
}

proptest! {
    #[test]
    fn nothing_is_there_twice_and_all_of_it_comes_back(
        before in lines("before", 6),
        after in lines("after", 6),
        common in lines("common", 12),
        dropped in lines("dropped", 3),
        new in lines("new", 3),
        is_ignored: bool,
        is_windows: bool,
        ends: bool,
    ) {
        let path = if is_ignored { ".gitignore" } else { "CLAUDE.md" };
        let join = |parts: &[&Vec<String>]| -> String {
            let lines = parts.iter().flat_map(|part| part.iter());
            lines.map(|line| format!("{line}\n")).collect()
        };
        let (older, newer) = (join(&[&common, &dropped]), join(&[&common, &new]));
        prop_assume!(!newer.is_empty());
        let mut here = join(&[&before, &common, &dropped, &after]);
        if !ends {
            here.pop();
        }
        if is_windows {
            here = here.replace('\n', "\r\n");
        }
        let (copies, merged) = install(path, &here, &older, &newer);
        prop_assert!(merged.refusals.is_empty() && merged.conflicts.is_empty());
        let text = text_of(&merged, &here);
        if !copies.is_empty() {
            for line in common.iter().chain(&new) {
                prop_assert_eq!(text.matches(line.as_str()).count(), 1, "{}: {}", line, text);
            }
        } else {
            let brought = if is_ignored { &common } else { &[&common[..], &dropped].concat() };
            prop_assert!(brought.is_empty(), "what is there whole was copied");
        }
        for line in before.iter().chain(&after) {
            prop_assert!(text.contains(line.as_str()));
        }
        // What the team ignores stays ignored.
        for line in dropped.iter().filter(|_| is_ignored) {
            prop_assert_eq!(text.matches(line.as_str()).count(), 1);
        }
        prop_assert_eq!(removed(path, &text, &merged), here);
    }
}
