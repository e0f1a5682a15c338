//! Copies of a release, found and given their bases: nothing is there twice, and what was there
//! comes back when the template goes.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::merge::block::Marks;
use crate::model::path::rel;
use crate::model::upstream::{Block, BlockName, Blocks, Comment, Content, Keys, Whole};
use crate::tree::{Decision, Found, Local, decide};

fn owner() -> TemplateName {
    "house".parse().unwrap()
}

/// What a release brings: one block in one file.
fn upstream(path: &'static str, text: &str) -> Upstream {
    let block = Block {
        name: BlockName::of(&owner()),
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

/// What a release brings: one rule.
fn rule(text: &str) -> Upstream {
    let whole = Content::Whole(Whole {
        file: File::plain(text),
        origin: FileOrigin {
            template: owner(),
            source: rel("rules/tone.md"),
        },
        seed: false,
    });
    Upstream {
        files: BTreeMap::from([(rel(RULE), whole)]),
        ..Upstream::default()
    }
}

const RULE: &str = ".claude/rules/house/tone.md";

/// Searches for copies of the newest of some releases, which come first, among the team's files.
fn search<T>(
    base: &Base,
    files: &[(&'static str, &str)],
    releases: &[(&str, &Upstream)],
    run: impl Fn(&Search) -> T,
) -> T {
    let (mut ours, mut others) = (Snapshot::new(), BTreeMap::new());
    let (_, theirs) = releases[0];
    for (path, text) in files {
        let (path, file) = (rel(path), File::plain(*text));
        if theirs.files.contains_key(&path) {
            ours.insert(path.clone(), Local::new(path, Found::File(file)));
        } else {
            others.insert(path, file);
        }
    }
    let release = |(version, upstream): &(&str, &Upstream)| RenderedRelease {
        name: owner(),
        version: version.parse().unwrap(),
        upstream: (*upstream).clone(),
    };
    let releases: Vec<RenderedRelease> = releases.iter().map(release).collect();
    run(&Search {
        base,
        ours: &ours,
        others: &others,
        theirs,
        releases: &releases,
        named_by: &|_| None,
        favourites: BTreeMap::new(),
    })
}

#[test]
fn a_rule_that_was_copied_and_edited_is_known_beside_its_template() {
    let beside = ".claude/rules/tone.md";
    let edited = OLDER.replace("brief", "brief and clear");
    let (newer, older) = (rule(NEWER), rule(OLDER));
    let releases = [("1.1.0", &newer), ("1.0.0", &older)];
    let copies = search(&Base::default(), &[(beside, &edited)], &releases, find);
    let copied = Copied {
        name: owner(),
        version: "1.0.0".parse().unwrap(),
        is_equal: false,
    };
    assert_eq!(
        copies.list(),
        BTreeMap::from([((rel(beside), owner()), copied)])
    );
    assert_eq!(copies.places(), BTreeSet::from([&rel(beside)]));
    assert!(copies.has_any_of(&owner()) && !copies.has_any_of(&"t".parse().unwrap()));
    // What was installed is no copy.
    let mut base = Base::default();
    base.files = decide(&base, &Snapshot::new(), &newer, &Marks::new()).files;
    assert!(search(&base, &[(beside, &edited)], &releases, find).is_empty());
}

#[test]
fn the_release_that_copies_are_nearest_to_is_the_newest_of_those_that_are_as_near() {
    let (newer, older, other) = (rule(NEWER), rule(OLDER), rule("x\n"));
    for (releases, expected) in [
        (vec![("1.1.0", &newer), ("1.0.0", &older)], Some("1.0.0")),
        (vec![("1.1.0", &older), ("1.0.0", &older)], Some("1.1.0")),
        (vec![("1.1.0", &other), ("1.0.0", &other)], None),
    ] {
        let favourites = |search: &Search| search.favourites();
        let favourites = search(&Base::default(), &[(RULE, OLDER)], &releases, favourites);
        let version = favourites.get(&owner()).map(ToString::to_string);
        assert_eq!(version.as_deref(), expected);
    }
}

#[test]
fn more_releases_are_read_where_a_third_of_three_lines_or_more_is_there() {
    let text = |who: &str, count: usize| -> String {
        (0..count).map(|line| format!("{who} {line}\n")).collect()
    };
    for (common, own, is_unsure) in [(3, 6, true), (3, 7, false), (2, 0, false)] {
        let theirs = rule(&[text("common", common), text("theirs", own)].concat());
        let ours = [text("common", common), text("ours", own)].concat();
        let other = ".claude/rules/style.md";
        let unsure = search(
            &Base::default(),
            &[(other, &ours)],
            &[("1.0.0", &theirs)],
            |search| unsure(search, &Copies::default()),
        );
        assert_eq!(!unsure.is_empty(), is_unsure, "{common} {own}");
    }
}

#[test]
fn three_entries_that_settings_have_are_a_copy_and_two_are_none() {
    let settings = ".claude/settings.json";
    for (denied, is_copy) in [("\"a\", \"b\", \"c\"", true), ("\"a\", \"b\"", false)] {
        let text = format!("{{\"permissions\": {{\"deny\": [{denied}]}}}}");
        let part: Value = serde_json::from_str(&text).unwrap();
        let keys = Content::Keys(Keys {
            parts: BTreeMap::from([(owner(), part.clone())]),
            union: part,
        });
        let theirs = Upstream {
            files: BTreeMap::from([(rel(settings), keys)]),
            ..Upstream::default()
        };
        let releases = [("1.0.0", &theirs)];
        let copies = search(&Base::default(), &[(settings, &text)], &releases, find);
        assert_eq!(!copies.is_empty(), is_copy, "{text}");
    }
}

#[test]
fn a_text_that_two_templates_bring_is_a_copy_of_one() {
    let mut theirs = upstream("CLAUDE.md", OLDER);
    let Some(Content::Blocks(blocks)) = theirs.files.get_mut(&rel("CLAUDE.md")) else {
        unreachable!()
    };
    let other = Block {
        name: "other".parse().unwrap(),
        ..blocks.blocks[0].clone()
    };
    blocks.blocks.push(other.clone());
    let release = |name: TemplateName| RenderedRelease {
        name,
        version: "1.0.0".parse().unwrap(),
        upstream: theirs.clone(),
    };
    let releases = [release(owner()), release(other.name.template)];
    let copies = search(
        &Base::default(),
        &[("CLAUDE.md", OLDER)],
        &[("1.0.0", &theirs)],
        |search| {
            find(&Search {
                releases: &releases,
                favourites: BTreeMap::new(),
                ..*search
            })
        },
    );
    assert_eq!(
        copies.list().into_keys().collect::<Vec<_>>(),
        [(rel("CLAUDE.md"), owner())]
    );
}

#[test]
fn a_text_in_a_comment_is_an_example() {
    for open in ["<!-- shown:", "<!-- why --> <!-- shown:"] {
        let here = format!("{open}\n{OLDER}-->\n");
        let block = "<!-- BEGIN agentpkg house -->\n{NEWER}<!-- END agentpkg house -->\n";
        let block = block.replace("{NEWER}", NEWER);
        check(
            "CLAUDE.md",
            &here,
            [OLDER, NEWER],
            &format!("{here}\n{block}"),
        );
    }
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
