//! What each ownership says of an edit of a template, of a record, and of what can't be taken back.

use super::*;
use crate::agent::POLICIES;
use crate::merge::json::Identities;
use crate::model::lock::BlockRecord;
use crate::model::path::rel;
use crate::model::snapshot::{Found, Snapshot};
use crate::model::upstream::{Block, BlockName, Blocks, Comment, FileOrigin, Keys, Whole};
use crate::tree::Base;

fn template() -> TemplateName {
    "t".parse().unwrap()
}

fn whole(text: &str) -> Content {
    Content::Whole(Whole {
        file: File::plain(text),
        origin: FileOrigin {
            template: template(),
            source: rel("rules/a.md"),
        },
        seed: false,
    })
}

fn block(text: &str) -> Content {
    Content::Blocks(Blocks {
        comment: Comment::Html,
        blocks: vec![Block {
            name: BlockName::of(&template()),
            source: Some(rel("root.md")),
            text: text.to_owned(),
        }],
    })
}

fn keys(text: &str) -> Content {
    let union: serde_json::Value = serde_json::from_str(text).unwrap();
    Content::Keys(Keys {
        parts: BTreeMap::from([(template(), union.clone())]),
        union,
    })
}

/// The record of an install of that.
fn record(content: &Content) -> Record {
    let mut record = nothing_installed(content);
    match (&mut record, content) {
        (Record::Blocks(record), Content::Blocks(blocks)) => {
            let known = |block: &Block| BlockRecord {
                text: block.text.clone(),
                ..BlockRecord::default()
            };
            let known = blocks.blocks.iter().map(|b| (b.name.clone(), known(b)));
            record.blocks = known.collect();
        }
        (Record::Keys(record), Content::Keys(keys)) => record.parts = keys.parts.clone(),
        _ => {}
    }
    record
}

/// An edit, and a file which may have it.
struct Case {
    path: &'static str,
    /// The content before the edit and with it.
    sides: [Content; 2],
    /// Texts that have the edit.
    with: Vec<String>,
    without: Vec<String>,
}

fn cases() -> [Case; 6] {
    let marked =
        |text: &str| format!("mine\n<!-- BEGIN agentpkg t -->\n{text}<!-- END agentpkg t -->\n");
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    [
        Case {
            path: ".claude/rules/t/a.md",
            sides: ["a\nb\nc\n", "a\nb\nC\n"].map(whole),
            with: texts(&["a\nb\nC\n", "A\nb\nC\n"]),
            without: texts(&["a\nb\nc\n", "A\nb\nc\n", "a\nb\nx\n", ""]),
        },
        Case {
            path: "CLAUDE.md",
            sides: ["a\nb\nc\n", "a\nb\nC\n"].map(block),
            with: ["a\nb\nC\n", "A\nb\nC\n"].map(marked).into(),
            without: vec![marked("a\nb\nc\n"), marked("a\nb\nx\n"), "mine\n".into()],
        },
        Case {
            path: ".claude/settings.json",
            sides: ["{\"a\": 1}", "{\"a\": 2}"].map(keys),
            with: texts(&["{\"a\": 2}", "{\"a\": 2, \"b\": 3}"]),
            without: texts(&["{\"a\": 1}", "{\"a\": 3}", "{}", "[]"]),
        },
        Case {
            path: ".claude/settings.json",
            sides: ["{\"a\": 1, \"b\": 1}", "{\"b\": 1}"].map(keys),
            with: texts(&["{\"b\": 1}", "{\"b\": 1, \"c\": 3}"]),
            without: texts(&["{\"a\": 1, \"b\": 1}", "{\"a\": 5, \"b\": 1}"]),
        },
        Case {
            path: ".codex/config.toml",
            sides: ["{\"a\": 1}", "{\"a\": 2}"].map(keys),
            with: texts(&["a = 2 # mine\n", "b = 3\na = 2"]),
            without: texts(&["a = 1\n", "a = 3", "", "a = {}", "a"]),
        },
        Case {
            path: ".codex/config.toml",
            sides: ["{\"a\": {\"x\": 1}, \"b\": 1}", "{\"b\": 1}"].map(keys),
            with: texts(&["b = 1\n", "b = 1\n[c]\n"]),
            without: texts(&["a.x = 1\nb = 1\n", "b = 1\n[a]\nx = 5\n"]),
        },
    ]
}

fn upstream(path: &RelPath, content: &Content) -> Upstream {
    Upstream {
        files: BTreeMap::from([(path.clone(), content.clone())]),
        ..Upstream::default()
    }
}

#[test]
fn an_edit_is_where_taking_it_in_would_change_nothing() {
    let identities = Identities::new(POLICIES);
    for case in cases() {
        let path = rel(case.path);
        let [before, after] = &case.sides;
        let edit = PathEdit {
            path: &path,
            before: Some(before),
            after: Some(after),
        };
        let base = Base {
            files: BTreeMap::from([(path.clone(), record(before))]),
            ..Base::default()
        };
        let edited = upstream(&path, after);
        let repo_has_edit = |file: File| {
            let local = Local::new(path.clone(), Found::File(file));
            let ours = Snapshot::from([(path.clone(), local)]);
            edit.repo_has_edit(&base, &ours, &edited, &identities)
        };
        for (texts, expected) in [(&case.with, true), (&case.without, false)] {
            for text in texts {
                let executable = File {
                    executable: true,
                    ..File::plain(text.as_str())
                };
                // It leaves the mode alone.
                for file in [File::plain(text.as_str()), executable] {
                    assert_eq!(repo_has_edit(file), expected, "{path}: {text}");
                }
            }
        }
        for (content, expected) in [(after, true), (before, false)] {
            let release_has_edit = edit.release_has_edit(&upstream(&path, content), &identities);
            assert_eq!(release_has_edit, expected, "{path}");
        }
    }
}

#[test]
fn an_edit_shows_where_anything_differs() {
    for Case { path, sides, .. } in cases() {
        let (path, [before, after]) = (rel(path), &sides);
        let shows = |after| {
            let before = Some(before);
            let (path, after) = (&path, Some(after));
            PathEdit {
                path,
                before,
                after,
            }
            .shows()
        };
        assert_eq!((shows(after), shows(before)), (true, false), "{path}");
    }
}

#[test]
fn a_record_that_is_corrected_remembers_what_was_installed() {
    for Case { path, sides, .. } in cases() {
        let [before, after] = &sides;
        let mut record = record(before);
        assert!(!of(&record).remembers(after), "{path}");
        of_mut(&mut record).correct(after);
        assert!(of(&record).remembers(after), "{path}");
    }
}

#[test]
fn a_deletion_of_the_teams_can_be_forgotten() {
    let records = [record(&whole("a\n")), record(&block("a\n"))];
    let [Record::Whole(mut file), Record::Blocks(mut text)] = records else {
        unreachable!()
    };
    file.deleted = true;
    file.forget_deletion();
    text.blocks
        .values_mut()
        .for_each(|block| block.deleted = true);
    text.forget_deletion();
    let mut blocks = text.blocks.values();
    assert!(!file.deleted && blocks.all(|block| !block.deleted));
}

#[test]
fn a_whole_file_is_rendered_as_before_where_its_bytes_are_or_it_is_a_seed() {
    let [before, after] = ["a\n", "b\n"].map(|text| record(&whole(text)));
    assert!(of(&before).is_rendered_as(&before));
    assert!(!of(&before).is_rendered_as(&after));
    let Record::Whole(mut seed) = before else {
        unreachable!()
    };
    seed.seed = true;
    assert!(seed.is_rendered_as(&after));
}

#[test]
fn a_value_that_was_set_anew_since_is_not_taken_back_and_both_are_said() {
    let file = |text: &str| File::plain(text);
    let (before, after, now) = (
        file("{\"a\": {\"b\": 1}}"),
        file("{\"a\": {\"b\": 2}}"),
        file("{\"a\": {\"b\": [3, 4]}}"),
    );
    let edited = EditedSince {
        path: &rel(".claude/settings.json"),
        before: Some(&before),
        after: Some(&after),
        now: &now,
        context: &MergeContext::new(POLICIES),
    };
    let refused = of(&record(&keys("{\"a\": {\"b\": 2}}"))).revert(&edited);
    assert_eq!(
        refused.err().map(|refusal| refusal.to_string()).as_deref(),
        Some("`/a/b` is [3,4] here and 1 upstream")
    );
}

#[test]
fn entries_of_toml_are_taken_back_and_an_edit_made_since_stays() {
    let file = |text: &str| File::plain(text);
    let (before, after, now) = (
        file("# Mine.\na = 1"),
        file("# Mine.\na = 1\n\n[t]\nx = 1\n"),
        file("# Mine.\na = 2\n\n[t]\nx = 1\n"),
    );
    let path = rel(".codex/config.toml");
    let edited = EditedSince {
        path: &path,
        before: Some(&before),
        after: Some(&after),
        now: &now,
        context: &MergeContext::new(POLICIES),
    };
    let Record::Keys(mut record) = record(&keys("{\"t\": {\"x\": 1}}")) else {
        unreachable!()
    };
    let before_section = ("/t".to_owned(), "\n\n".to_owned());
    record.replaced = BTreeMap::from([before_section]);
    let reverted = record
        .revert(&edited)
        .unwrap_or_else(|refusal| panic!("{refusal}"));
    assert_eq!(reverted.file, Some(file("# Mine.\na = 2")));
    let edited = EditedSince {
        now: &file("# Mine.\na = 1\n\n[t]\nx = [3, 4]\n"),
        before: Some(&file("[t]\nx = 2\n")),
        ..edited
    };
    let refused = record.revert(&edited).err();
    assert_eq!(
        refused.map(|refusal| refusal.to_string()).as_deref(),
        Some("`/t/x` is [3,4] here and 2 upstream")
    );
}

#[test]
fn a_difference_in_toml_is_shown_as_toml() {
    let path = rel(".codex/config.toml");
    let content = keys("{\"t\": {\"x\": 1, \"y\": \"a\"}}");
    let here = File::plain("mine = 1\nt.x = 2\nt.y = 'a'\n");
    let record = record(&content);
    let diff = of(&record).diff(&path, &content, Some(&here), &Identities::new(POLICIES));
    assert!(
        diff.contains("\n [t]\n-x = 1\n+x = 2\n y = \"a\"\n"),
        "{diff}"
    );
    assert_eq!(
        of(&record).why_broken(&path, "a = \n").as_deref(),
        Some(" line 1: invalid TOML: string values must be quoted, expected literal string")
    );
    assert!(of(&record).holds_some(&path, "t = { y = 1 }", &Identities::new(POLICIES)));
    assert!(!of(&record).holds_some(&path, "mine = 1", &Identities::new(POLICIES)));
}
