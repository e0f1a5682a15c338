//! The decision table, a row a case, and laws over random trees.

use serde_json::json;

use super::*;
use crate::model::path::rel;
use crate::model::upstream::{Block, Blocks, Comment, Keys, Origin, Whole};

const PATH: &str = ".claude/rules/t/a.md";

fn template() -> TemplateName {
    "t".parse().unwrap()
}

fn upstream(text: Option<&str>, seed: bool) -> Upstream {
    let whole = |text: &str| {
        let origin = Origin { template: template(), source: rel("rules/a.md") };
        Content::Whole(Whole { file: File::plain(text), origin, seed })
    };
    let files = text.map(|text| (rel(PATH), whole(text))).into_iter().collect();
    Upstream { files, hooks: BTreeMap::new() }
}

/// What the lock remembers after an install of `theirs` into an empty repo.
fn base_of(theirs: &Upstream) -> Base {
    Base { files: merge(&Base::default(), &Ours::new(), theirs).files, hooks: theirs.hooks.clone() }
}

fn file(text: &str) -> Found {
    Found::File(File::plain(text))
}

const ABSENT: Found = Found::Absent { missing: false };
const MISSING: Found = Found::Absent { missing: true };

fn run(base: &Base, path: &'static str, found: Found, theirs: &Upstream) -> Merge {
    merge(base, &Ours::from([(rel(path), Local { real: rel(path), found })]), theirs)
}

#[track_caller]
fn check(base: Option<&str>, found: Found, theirs: Option<&str>, row: Row, after: Option<&str>) {
    let base = base_of(&upstream(base, false));
    let merge = run(&base, PATH, found.clone(), &upstream(theirs, false));
    assert_eq!(merge.refusals, []);
    assert_eq!(merge.rows, [(rel(PATH), row)]);
    let before = match &found {
        Found::File(file) => Some(file.clone()),
        _ => None,
    };
    let result = merge.changes.first().map_or(before, |change| change.new.clone());
    assert_eq!(result, after.map(File::plain));
    // What was decided is remembered: the same again changes nothing.
    let again = Base { files: merge.files, hooks: BTreeMap::new() };
    let found = result.map_or(ABSENT, Found::File);
    assert_eq!(run(&again, PATH, found, &upstream(theirs, false)).changes, []);
}

#[track_caller]
fn refused(base: Option<&str>, found: Found, theirs: Option<&str>, refusal: Refusal) {
    let base = base_of(&upstream(base, false));
    let merge = run(&base, PATH, found, &upstream(theirs, false));
    assert_eq!(merge.refusals, [(rel(PATH), refusal)]);
    assert_eq!(merge.changes, []);
}

#[test]
fn each_row_of_the_table() {
    check(None, ABSENT, Some("1"), Row::Added, Some("1"));
    check(None, file("1"), Some("1"), Row::Adopted, Some("1"));
    check(Some("1"), file("1"), Some("1"), Row::Unchanged, Some("1"));
    check(Some("1"), file("1"), Some("2"), Row::Updated, Some("2"));
    check(Some("1"), file("x"), Some("1"), Row::Kept, Some("x"));
    check(Some("1"), file("2"), Some("2"), Row::Updated, Some("2"));
    check(Some("1"), ABSENT, Some("1"), Row::StaysGone { changed: false }, None);
    check(Some("1"), ABSENT, Some("2"), Row::StaysGone { changed: true }, None);
    check(Some("1"), MISSING, Some("1"), Row::Restored, Some("1"));
    check(Some("1"), MISSING, Some("2"), Row::Restored, Some("2"));
    check(Some("1"), file("1"), None, Row::Deleted, None);
    check(Some("1"), file("x"), None, Row::Released, Some("x"));
    check(Some("1"), ABSENT, None, Row::Forgotten, None);
}

#[test]
fn what_can_not_be_decided_yet_is_refused() {
    refused(None, file("x"), Some("1"), Refusal::Occupied);
    refused(Some("1"), file("x"), Some("2"), Refusal::BothChanged);
    refused(Some("1"), Found::Obstacle("a folder".into()), Some("1"), Refusal::Obstacle("a folder".into()));
    refused(Some("1"), Found::Link(File::plain("1")), Some("1"), Refusal::Obstacle("a link".into()));
}

#[test]
fn the_executable_bit_merges_on_its_own() {
    let theirs = |executable: bool, text: &str| {
        let mut theirs = upstream(Some(text), false);
        let Some(Content::Whole(whole)) = theirs.files.get_mut(&rel(PATH)) else { unreachable!() };
        whole.file.executable = executable;
        theirs
    };
    let base = base_of(&theirs(true, "1"));
    let plain = Found::File(File::plain("1"));
    // The team took the bit away, upstream changed the text: both.
    let merge = run(&base, PATH, plain.clone(), &theirs(true, "2"));
    assert_eq!(merge.changes[0].new, Some(File::plain("2")));
    // The team took it away, upstream changed nothing.
    assert_eq!(run(&base, PATH, plain.clone(), &theirs(true, "1")).rows[0].1, Row::Kept);
    // A script that was copied without the bit gets it.
    let merge = run(&Base::default(), PATH, plain, &theirs(true, "1"));
    assert_eq!(merge.changes[0].new, Some(File { bytes: b"1".to_vec(), executable: true }));
}

#[test]
fn a_seed_is_the_teams() {
    let base = base_of(&upstream(Some("1"), true));
    let row = |found, theirs| run(&base, PATH, found, &upstream(theirs, true)).rows[0].1;
    assert_eq!(row(file("x"), Some("1")), Row::Seed { newer: false });
    assert_eq!(row(file("1"), Some("2")), Row::Seed { newer: true });
    assert_eq!(row(file("1"), None), Row::Released);
    assert_eq!(row(ABSENT, Some("2")), Row::StaysGone { changed: true });
    assert_eq!(run(&Base::default(), PATH, file("x"), &upstream(Some("1"), true)).changes, []);
}

#[test]
fn a_deletion_that_was_recorded_is_no_longer_missing() {
    let base = base_of(&upstream(Some("1"), false));
    let gone = run(&base, PATH, ABSENT, &upstream(Some("1"), false));
    let base = Base { files: gone.files, hooks: BTreeMap::new() };
    assert_eq!(run(&base, PATH, MISSING, &upstream(Some("1"), false)).rows[0].1, Row::StaysGone { changed: false });
}

const SETTINGS: &str = ".claude/settings.json";
const GUARD: &str = ".claude/hooks/t/guard.sh";

/// A hook with its script, its entry and a rule.
fn guarded() -> Upstream {
    let command = format!("\"$CLAUDE_PROJECT_DIR\"/{GUARD}");
    let group = json!({"matcher": "Bash", "hooks": [{"type": "command", "command": command}]});
    let part = json!({"permissions": {"deny": ["Read(.env)"]}, "hooks": {"PreToolUse": [group]}});
    let keys = Keys { parts: BTreeMap::from([(template(), part.clone())]), union: part };
    let script = Whole {
        file: File { bytes: b"#!/bin/sh\n".to_vec(), executable: true },
        origin: Origin { template: template(), source: rel("hooks/guard.sh") },
        seed: false,
    };
    let name = HookName { template: template(), id: "guard".into() };
    let place = HookPlace { event: "PreToolUse".into(), script: rel(GUARD) };
    Upstream {
        files: BTreeMap::from([(rel(SETTINGS), Content::Keys(keys)), (rel(GUARD), Content::Whole(script))]),
        hooks: BTreeMap::from([(name, place)]),
    }
}

/// The repo after a merge, as the next merge finds it.
fn after(merge: &Merge, ours: &Ours) -> Ours {
    let mut ours = ours.clone();
    for Change { path, new, .. } in &merge.changes {
        let found = new.clone().map_or(ABSENT, Found::File);
        ours.insert(path.clone(), Local { real: path.clone(), found });
    }
    ours
}

fn text(ours: &Ours, path: &'static str) -> Option<String> {
    match &ours.get(&rel(path))?.found {
        Found::File(file) => Some(file.text().unwrap().to_owned()),
        _ => None,
    }
}

#[test]
fn a_hooks_entry_and_its_script_come_and_go_together() {
    let theirs = guarded();
    let base = base_of(&theirs);
    let installed = after(&merge(&Base::default(), &Ours::new(), &theirs), &Ours::new());
    let nothing = Upstream::default();

    // Nothing edited: both go, and with them the files.
    let removed = merge(&base, &installed, &nothing);
    assert!(after(&removed, &installed).values().all(|local| local.found == ABSENT));
    assert_eq!(removed.files, BTreeMap::new());

    // The script edited: its entry stays, the rule goes.
    let mut edited = installed.clone();
    edited.get_mut(&rel(GUARD)).unwrap().found = Found::File(File { bytes: b"mine".to_vec(), executable: true });
    let merged = merge(&base, &edited, &nothing);
    let left = text(&after(&merged, &edited), SETTINGS).unwrap();
    assert!(left.contains("guard.sh") && !left.contains("deny"), "{left}");
    assert!(merged.rows.contains(&(rel(GUARD), Row::Released)));

    // The entry edited: its script stays.
    let mut edited = installed.clone();
    let settings = text(&installed, SETTINGS).unwrap().replace("\"Bash\"", "\"Bash|Edit\"");
    edited.get_mut(&rel(SETTINGS)).unwrap().found = file(&settings);
    let merged = merge(&base, &edited, &nothing);
    assert!(text(&after(&merged, &edited), GUARD).is_some());
    assert!(merged.rows.contains(&(rel(GUARD), Row::Released)));

    // The script deleted while its entry names it: missing, whatever git says.
    let mut edited = installed.clone();
    edited.get_mut(&rel(GUARD)).unwrap().found = ABSENT;
    let merged = merge(&base, &edited, &theirs);
    assert!(merged.rows.contains(&(rel(GUARD), Row::Restored)));

    // Both deleted: on purpose.
    edited.get_mut(&rel(SETTINGS)).unwrap().found = file("{}\n");
    let merged = merge(&base, &edited, &theirs);
    assert!(merged.rows.contains(&(rel(GUARD), Row::StaysGone { changed: false })));
    assert_eq!(merged.changes, []);
}

#[test]
fn an_adopted_entry_is_shared_and_never_removed() {
    let theirs = guarded();
    let mine = "{\"permissions\": {\"deny\": [\"Read(.env)\"]}}";
    let ours = Ours::from([(rel(SETTINGS), Local { real: rel(SETTINGS), found: file(mine) })]);
    let first = merge(&Base::default(), &ours, &theirs);
    let installed = after(&first, &ours);
    let base = Base { files: first.files, hooks: theirs.hooks.clone() };
    assert_eq!(merge(&base, &installed, &theirs).changes, []);
    let removed = merge(&base, &installed, &Upstream::default());
    assert_eq!(text(&after(&removed, &installed), SETTINGS).unwrap(), mine);
}

#[test]
fn a_file_of_ours_that_is_not_json_stops_everything() {
    let merge = run(&Base::default(), SETTINGS, file("{\n  // why\n}"), &guarded());
    let (path, refusal) = &merge.refusals[0];
    assert_eq!(path.as_str(), SETTINGS);
    assert_eq!(refusal.to_string(), "line 2: a comment, which strict JSON does not have");
    let merge = run(&Base::default(), SETTINGS, file("[]"), &guarded());
    assert_eq!(merge.refusals[0].1.to_string(), "line 1: something other than an object");
}

#[test]
fn a_rule_that_ends_up_allowed_and_denied_is_said() {
    let mine = "{\"permissions\": {\"allow\": [\"Read(.env)\"]}}";
    let merge = run(&Base::default(), SETTINGS, file(mine), &guarded());
    assert_eq!(merge.notes, [(rel(SETTINGS), Note::AllowedAndDenied("Read(.env)".into()))]);
}

fn instructions(text: &str) -> Upstream {
    let block = Block { owner: template(), source: Some(rel("root.md")), text: text.to_owned() };
    let blocks = Blocks { comment: Comment::Html, blocks: vec![block] };
    Upstream { files: BTreeMap::from([(rel("CLAUDE.md"), Content::Blocks(blocks))]), hooks: BTreeMap::new() }
}

#[test]
fn a_file_that_was_ours_alone_goes_with_its_last_block() {
    let base = base_of(&instructions("one\n"));
    let block = "<!-- BEGIN agentpkg t -->\none\n<!-- END agentpkg t -->\n";
    let merge = run(&base, "CLAUDE.md", file(block), &Upstream::default());
    assert_eq!(merge.changes[0].new, None);
    // With a word of the team's in it, it stays.
    let merge = run(&base, "CLAUDE.md", file(&format!("mine\n{block}")), &Upstream::default());
    assert_eq!(merge.changes[0].new, Some(File::plain("mine\n")));
    // Deleted on purpose, it stays gone; missing, it is restored.
    assert_eq!(run(&base, "CLAUDE.md", ABSENT, &instructions("one\n")).rows[0].1, Row::StaysGone { changed: false });
    assert_eq!(run(&base, "CLAUDE.md", MISSING, &instructions("one\n")).rows[0].1, Row::Restored);
}

#[test]
fn a_write_goes_where_a_link_leads() {
    let local = Local { real: rel("AGENTS.md"), found: Found::Link(File::plain("mine\n")) };
    let merge = merge(&Base::default(), &Ours::from([(rel("CLAUDE.md"), local)]), &instructions("one\n"));
    assert_eq!(merge.changes[0].path, rel("AGENTS.md"));
}
