//! The decision table, a row a case, and laws over random trees.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::agent::POLICIES;
use crate::model::conflict::{ConflictPlace, Open, WholeFileReason};
use crate::model::lock::Record;
use crate::model::name::TemplateName;
use crate::model::path::rel;
use crate::model::plan::FileChange;
use crate::model::tree::File;
use crate::model::upstream::{
    Block, BlockName, Blocks, Comment, Content, FileOrigin, HookName, HookPlace, Keys, Whole,
};

/// Merges without markers.
fn merge(base: &Base, ours: &Snapshot, theirs: &Upstream) -> Decision {
    super::decide(base, ours, theirs, &Marks::new())
}

const PATH: &str = ".claude/rules/t/a.md";

fn template() -> TemplateName {
    "t".parse().unwrap()
}

fn upstream(text: Option<&str>, seed: bool) -> Upstream {
    let whole = |text: &str| {
        let origin = FileOrigin {
            template: template(),
            source: rel("rules/a.md"),
        };
        Content::Whole(Whole {
            file: File::plain(text),
            origin,
            seed,
        })
    };
    let files = text
        .map(|text| (rel(PATH), whole(text)))
        .into_iter()
        .collect();
    Upstream {
        files,
        ..Default::default()
    }
}

/// What the lock remembers after an install of `theirs` into an empty repo, with the bytes of its
/// files.
fn base_of(theirs: &Upstream) -> Base {
    let files = merge(&Base::default(), &Snapshot::new(), theirs).files;
    let mut base = Base {
        files,
        hooks: theirs.hooks.clone(),
        ..Base::default()
    };
    base.learn(theirs);
    base
}

fn file(text: &str) -> Found {
    Found::File(File::plain(text))
}

const ABSENT: Found = Found::Absent(Absence::Deleted);
const MISSING: Found = Found::Absent(Absence::Missing);

fn run(base: &Base, path: &'static str, found: Found, theirs: &Upstream) -> Decision {
    merge(
        base,
        &Snapshot::from([(rel(path), Local::new(rel(path), found))]),
        theirs,
    )
}

#[track_caller]
fn check(base: Option<&str>, found: Found, theirs: Option<&str>, row: Row, after: Option<&str>) {
    let base = base_of(&upstream(base, false));
    let merge = run(&base, PATH, found.clone(), &upstream(theirs, false));
    assert_eq!((merge.refusals, merge.conflicts), (vec![], BTreeMap::new()));
    assert_eq!(merge.rows, [(rel(PATH), row)]);
    assert_eq!(merge.restored.len(), usize::from(row == Row::Restored));
    let before = match &found {
        Found::File(file) => Some(file.clone()),
        _ => None,
    };
    let result = merge
        .changes
        .first()
        .map_or(before, |change| change.new.clone());
    assert_eq!(result, after.map(File::plain));
    // What was decided is remembered: the same again changes nothing.
    let again = Base {
        files: merge.files,
        ..Default::default()
    };
    let found = result.map_or(ABSENT, Found::File);
    assert_eq!(
        run(&again, PATH, found, &upstream(theirs, false)).changes,
        []
    );
}

/// Checks that a row is a conflict, that ours stays there, and that the lock remembers upstream's:
/// asked again, nothing changes.
#[track_caller]
fn conflict(base: Option<&str>, found: Found, theirs: Option<&str>, says: &str) -> Open {
    let base = base_of(&upstream(base, false));
    let merge = run(&base, PATH, found.clone(), &upstream(theirs, false));
    assert_eq!(
        (merge.rows, merge.refusals, merge.changes),
        (vec![(rel(PATH), Row::Contested)], vec![], vec![])
    );
    let [open] = merge.conflicts[&rel(PATH)].as_slice() else {
        panic!("{:?}", merge.conflicts)
    };
    assert_eq!(open.place(), says);
    let again = Base {
        files: merge.files.clone(),
        ..Base::default()
    };
    let again = run(&again, PATH, found, &upstream(theirs, false));
    assert_eq!(
        (again.changes, again.conflicts, again.files),
        (vec![], BTreeMap::new(), merge.files)
    );
    open.clone()
}

#[test]
fn each_row_of_the_table() {
    check(None, ABSENT, Some("1"), Row::Added, Some("1"));
    check(None, file("1"), Some("1"), Row::Adopted, Some("1"));
    check(Some("1"), file("1"), Some("1"), Row::Unchanged, Some("1"));
    check(Some("1"), file("1"), Some("2"), Row::Updated, Some("2"));
    check(Some("1"), file("x"), Some("1"), Row::Kept, Some("x"));
    check(Some("1"), file("2"), Some("2"), Row::Updated, Some("2"));
    check(
        Some("1"),
        ABSENT,
        Some("1"),
        Row::StillDeleted { changed: false },
        None,
    );
    check(
        Some("1"),
        ABSENT,
        Some("2"),
        Row::StillDeleted { changed: true },
        None,
    );
    check(Some("1"), MISSING, Some("1"), Row::Restored, Some("1"));
    check(Some("1"), MISSING, Some("2"), Row::Restored, Some("2"));
    check(Some("1"), file("1"), None, Row::Deleted, None);
    check(Some("1"), file("x"), None, Row::KeptUnmanaged, Some("x"));
    check(Some("1"), ABSENT, None, Row::Forgotten, None);
    // Both changed it: the text decides.
    let three = Some("a\nb\nc\nd\ne\n");
    check(
        three,
        file("A\nb\nc\nd\ne\n"),
        Some("a\nb\nc\nd\nE\n"),
        Row::Merged,
        Some("A\nb\nc\nd\nE\n"),
    );
    check(
        three,
        file("A\nb\nc\nd\nE\n"),
        Some("a\nb\nc\nd\nE\n"),
        Row::Kept,
        Some("A\nb\nc\nd\nE\n"),
    );
    check(
        three,
        file("a\nb\nc\nd\nE\n"),
        Some("A\nb\nc\nd\nE\n"),
        Row::Updated,
        Some("A\nb\nc\nd\nE\n"),
    );
}

#[test]
fn each_row_that_waits_for_a_person() {
    const BOTH: &str = "edited here, and changed upstream";
    let text = conflict(Some("1\n"), file("x\n"), Some("2\n"), "line 1");
    assert_eq!(
        [&text.base, &text.ours, &text.theirs].map(Option::as_deref),
        [Some("1\n"), Some("x\n"), Some("2\n")]
    );
    let binary = Found::File(File::plain(b"\0x"));
    conflict(
        Some("1"),
        binary,
        Some("2"),
        &format!("{BOTH}; it is not text"),
    );
    conflict(
        None,
        file("x"),
        Some("1"),
        "a file of yours with other content is there",
    );
    conflict(
        None,
        file(""),
        Some("1"),
        "a file of yours with other content is there",
    );
    let obstacle = || Obstacle {
        at: rel(PATH),
        what: "a folder",
    };
    let folder = || Found::Obstacle(obstacle());
    let refused = run(
        &Base::default(),
        PATH,
        folder(),
        &upstream(Some("1"), false),
    );
    assert_eq!(
        refused.refusals,
        [(rel(PATH), Refusal::Obstacle(obstacle()))]
    );
    conflict(Some("1"), folder(), Some("2"), "a folder is in the way");
    conflict(
        Some("1"),
        Found::Link(File::plain("1")),
        Some("2"),
        "a link is in the way",
    );
    // Without news from upstream it is the team's edit, like any other.
    let base = base_of(&upstream(Some("1"), false));
    let merge = run(
        &base,
        PATH,
        Found::Link(File::plain("1")),
        &upstream(Some("1"), false),
    );
    assert_eq!(
        (merge.rows[0].1, merge.conflicts, merge.changes),
        (Row::Kept, BTreeMap::new(), vec![])
    );
}

#[test]
fn the_lock_has_a_digest_and_the_text_needs_the_bytes() {
    let (one, two) = (
        upstream(Some("a\nb\nc\n"), false),
        upstream(Some("a\nb\nC\n"), false),
    );
    let mut base = Base {
        bytes: BTreeMap::new(),
        ..base_of(&one)
    };
    let merged = run(&base, PATH, file("A\nb\nc\n"), &two);
    assert!(merged.lacks_bases());
    assert_eq!(
        merged.conflicts[&rel(PATH)][0].at,
        ConflictPlace::File(WholeFileReason::NoBase)
    );
    // Other bytes than the digest's are not the base.
    base.learn(&two);
    assert!(run(&base, PATH, file("A\nb\nc\n"), &two).lacks_bases());
    base.learn(&one);
    assert_eq!(
        run(&base, PATH, file("A\nb\nc\n"), &two).rows,
        [(rel(PATH), Row::Merged)]
    );
    // Nothing else needs them.
    assert!(
        !run(
            &Base {
                bytes: BTreeMap::new(),
                ..base
            },
            PATH,
            file("a\nb\nc\n"),
            &two
        )
        .lacks_bases()
    );
}

/// Files of the template, each from the source of the same name.
fn files(files: &[(&'static str, &str)]) -> Upstream {
    let whole = |(path, text): &(&'static str, &str)| {
        let source = rel(path.rsplit_once("/t/").map_or(path, |(_, name)| name));
        let origin = FileOrigin {
            template: template(),
            source,
        };
        (
            rel(path),
            Content::Whole(Whole {
                file: File::plain(*text),
                origin,
                seed: false,
            }),
        )
    };
    Upstream {
        files: files.iter().map(whole).collect(),
        ..Upstream::default()
    }
}

fn repo(files: &[(&'static str, &str)]) -> Snapshot {
    let local =
        |(path, text): &(&'static str, &str)| (rel(path), Local::new(rel(path), file(text)));
    files.iter().map(local).collect()
}

const NEW: &str = ".claude/rules/t/b.md";

/// Upstream's file, renamed: declared to be so.
fn renamed(text: &str) -> Upstream {
    let origin = FileOrigin {
        template: template(),
        source: rel("a.md"),
    };
    Upstream {
        renames: BTreeMap::from([(origin, rel("b.md"))]),
        ..files(&[(NEW, text)])
    }
}

/// Merges a renamed file, and returns the row of its new name and what the repo has in the end
/// under both names.
#[track_caller]
fn follow(
    ours: &[(&'static str, &str)],
    theirs: &Upstream,
    row: Row,
    after_both: [Option<&str>; 2],
) -> Decision {
    let base = base_of(&files(&[(PATH, "a\nb\nc\n")]));
    let merged = merge(&base, &repo(ours), theirs);
    assert_eq!(
        (&merged.conflicts, &merged.refusals),
        (&BTreeMap::new(), &vec![])
    );
    assert!(merged.rows.contains(&(rel(NEW), row)), "{:?}", merged.rows);
    let end = after(&merged, &repo(ours));
    assert_eq!(
        [text(&end, PATH).as_deref(), text(&end, NEW).as_deref()],
        after_both
    );
    assert_eq!(merged.files.keys().collect::<Vec<_>>(), [&rel(NEW)]);
    let again = Base {
        files: merged.files.clone(),
        ..Base::default()
    };
    assert_eq!(merge(&again, &end, theirs).changes, []);
    merged
}

#[test]
fn an_edit_a_mode_and_a_deletion_follow_a_rename() {
    let same = files(&[(NEW, "a\nb\nc\n")]);
    let mine = [(PATH, "A\nb\nc\n")];
    // The content says it, or the template does.
    follow(&mine, &same, Row::Kept, [None, Some("A\nb\nc\n")]);
    let merged = follow(
        &mine,
        &renamed("a\nb\nC\n"),
        Row::Merged,
        [None, Some("A\nb\nC\n")],
    );
    assert_eq!(
        merged.notes,
        [(rel(NEW), Note::Renamed { from: rel(PATH) })]
    );
    follow(
        &[(PATH, "a\nb\nc\n")],
        &renamed("x\n"),
        Row::Updated,
        [None, Some("x\n")],
    );
    follow(
        &[(PATH, "a\nb\nc\n")],
        &same,
        Row::Updated,
        [None, Some("a\nb\nc\n")],
    );
    let merged = follow(
        &[],
        &same,
        Row::StillDeleted { changed: false },
        [None, None],
    );
    assert_eq!(merged.notes, []);
    follow(
        &[],
        &renamed("x\n"),
        Row::StillDeleted { changed: true },
        [None, None],
    );
    // Renamed here in the same way.
    follow(
        &[(NEW, "A\nb\nc\n")],
        &renamed("a\nb\nC\n"),
        Row::Merged,
        [None, Some("A\nb\nC\n")],
    );
    // The mode.
    let mut ours = repo(&mine);
    let executable = File {
        bytes: b"A\nb\nc\n".to_vec().into(),
        executable: true,
    };
    ours.get_mut(&rel(PATH)).unwrap().found = Found::File(executable.clone());
    let merged = merge(&base_of(&files(&[(PATH, "a\nb\nc\n")])), &ours, &same);
    assert!(
        merged
            .changes
            .iter()
            .any(|change| change.path == rel(NEW) && change.new == Some(executable.clone()))
    );
}

#[test]
fn what_the_team_moved_is_updated_where_it_is_and_stays_when_the_template_goes() {
    const HOUSE: &str = ".claude/rules/house/a.md";
    let mut base = base_of(&files(&[(PATH, "a\nb\nc\n")]));
    let Some(Record::Whole(record)) = base.files.get_mut(&rel(PATH)) else {
        unreachable!()
    };
    record.moved = Some(rel(HOUSE));
    let there = Local::new(rel(HOUSE), file("A\nb\nc\n"));
    let ours = Snapshot::from([(rel(PATH), there)]);
    let new = Some(File::plain("A\nb\nC\n"));
    // Whatever it is called upstream now.
    for (path, theirs) in [
        (PATH, files(&[(PATH, "a\nb\nC\n")])),
        (NEW, renamed("a\nb\nC\n")),
    ] {
        let merged = merge(&base, &ours, &theirs);
        let changes: Vec<_> = merged
            .changes
            .iter()
            .map(|change| (&change.path, &change.new))
            .collect();
        assert_eq!(changes, [(&rel(HOUSE), &new)]);
        assert_eq!(merged.notes, [(rel(path), Note::Moved { to: rel(HOUSE) })]);
        let Record::Whole(record) = &merged.files[&rel(path)] else {
            panic!("{path} is no whole file");
        };
        assert_eq!(record.moved, Some(rel(HOUSE)));
    }
    let there = Local::new(rel(HOUSE), file("a\nb\nc\n"));
    let merged = merge(
        &base,
        &Snapshot::from([(rel(PATH), there)]),
        &Upstream::default(),
    );
    assert_eq!(
        (merged.rows, merged.changes),
        (vec![(rel(PATH), Row::KeptUnmanaged)], vec![])
    );
}

#[test]
fn a_rename_that_is_not_for_sure_is_none() {
    const THIRD: &str = ".claude/rules/t/c.md";
    let base = base_of(&files(&[(PATH, "a\n")]));
    let ours = repo(&[(PATH, "mine\n")]);
    let two = files(&[(NEW, "a\n"), (THIRD, "a\n")]);
    assert!(
        merge(&base, &ours, &two)
            .rows
            .contains(&(rel(PATH), Row::KeptUnmanaged))
    );
    let both = base_of(&files(&[(PATH, "a\n"), (THIRD, "a\n")]));
    assert!(
        merge(&both, &ours, &files(&[(NEW, "a\n")]))
            .rows
            .contains(&(rel(PATH), Row::KeptUnmanaged))
    );
    let empty = base_of(&files(&[(PATH, "")]));
    assert!(
        merge(&empty, &ours, &files(&[(NEW, "")]))
            .rows
            .contains(&(rel(PATH), Row::KeptUnmanaged))
    );
    // What is no file any more doesn't go along.
    let link = Local::new(rel(PATH), Found::Link(File::plain("a\n")));
    let merged = merge(&base, &Snapshot::from([(rel(PATH), link)]), &renamed("a\n"));
    assert!(merged.rows.contains(&(rel(PATH), Row::KeptUnmanaged)));
    assert!(merged.rows.contains(&(rel(NEW), Row::Added)));
}

#[test]
fn a_renamed_script_goes_with_its_entry_unless_something_else_runs_it() {
    const TOOL: &str = ".claude/hooks/t/tool.sh";
    let theirs = guarded();
    let base = base_of(&theirs);
    let installed = after(
        &merge(&Base::default(), &Snapshot::new(), &theirs),
        &Snapshot::new(),
    );
    let mut news = guarded();
    let script = news.files.remove(&rel(GUARD)).unwrap();
    news.files.insert(rel(TOOL), script);
    let Some(Content::Keys(keys)) = news.files.get_mut(&rel(SETTINGS)) else {
        unreachable!()
    };
    let part: Value =
        serde_json::from_str(&keys.union.to_string().replace("guard.sh", "tool.sh")).unwrap();
    *keys = Keys {
        parts: BTreeMap::from([(template(), part.clone())]),
        union: part,
    };
    news.hooks
        .values_mut()
        .for_each(|place| place.script = rel(TOOL));
    // The team widened the matcher and edited the script: both go along.
    let mut ours = installed.clone();
    ours.get_mut(&rel(GUARD)).unwrap().found = Found::File(File {
        bytes: b"mine\n".to_vec().into(),
        executable: true,
    });
    let wider = text(&installed, SETTINGS)
        .unwrap()
        .replace("\"Bash\"", "\"Bash|Edit\"");
    ours.get_mut(&rel(SETTINGS)).unwrap().found = file(&wider);
    let merged = merge(&base, &ours, &news);
    let end = after(&merged, &ours);
    assert_eq!(
        (text(&end, GUARD), text(&end, TOOL).as_deref()),
        (None, Some("mine\n"))
    );
    assert_eq!(
        text(&end, SETTINGS).unwrap(),
        wider.replace("guard.sh", "tool.sh")
    );
    // An entry of the team's own runs the script under its old name: it stays there too.
    let own = format!(
        "{{\"hooks\": {{\"Stop\": [{{\"hooks\": [{{\"type\": \"command\", \"command\": \
         \"{GUARD}\"}}]}}]}}}}"
    );
    ours.get_mut(&rel(SETTINGS)).unwrap().found = file(&own);
    let merged = merge(&base, &ours, &news);
    assert_eq!(
        (&merged.refusals, &merged.conflicts),
        (&vec![], &BTreeMap::new())
    );
    assert_eq!(
        text(&after(&merged, &ours), GUARD).as_deref(),
        Some("mine\n")
    );
    assert!(merged.rows.contains(&(rel(GUARD), Row::KeptUnmanaged)));
}

/// A file that says enough to be known under another name, and an edit of it.
const TEXT: &str = "a\nb\nc\n";
const MINE: &str = "a\nb\nmine\n";

#[test]
fn a_new_name_that_is_taken_waits_for_a_person() {
    let base = base_of(&files(&[(PATH, "a\n")]));
    let merged = merge(
        &base,
        &repo(&[(PATH, "mine\n"), (NEW, "mine too\n")]),
        &renamed("b\n"),
    );
    assert_eq!(merged.changes, []);
    assert_eq!(
        merged.conflicts[&rel(NEW)][0].at,
        ConflictPlace::File(WholeFileReason::Taken(rel(PATH)))
    );
    // The file under the old name is the team's now.
    assert_eq!(
        merged.rows,
        [(rel(PATH), Row::KeptUnmanaged), (rel(NEW), Row::Contested)]
    );
    assert_eq!(merged.files.keys().collect::<Vec<_>>(), [&rel(NEW)]);
    // Not by a copy of what was installed: the edit of the old name is what counts.
    let base = base_of(&files(&[(PATH, TEXT)]));
    let ours = repo(&[(PATH, MINE), (NEW, TEXT)]);
    let end = after(&merge(&base, &ours, &files(&[(NEW, TEXT)])), &ours);
    assert_eq!(
        (text(&end, PATH), text(&end, NEW).as_deref()),
        (None, Some(MINE))
    );
    let base = base_of(&files(&[(PATH, "a\n")]));
    // Not by what upstream would write there.
    let merged = merge(
        &base,
        &repo(&[(PATH, "a\n"), (NEW, "b\n")]),
        &renamed("b\n"),
    );
    assert_eq!(merged.conflicts, BTreeMap::new());
    assert_eq!(merged.changes.len(), 1);
}

#[test]
fn two_names_that_are_one_elsewhere_wait_for_a_person() {
    for (mine, theirs) in [
        (".claude/Rules/T/A.md", PATH),
        ("stra\u{df}e.md", "STRASSE.md"),
        ("e\u{301}.md", "\u{e9}.md"),
    ] {
        let merged = merge(
            &Base::default(),
            &repo(&[(mine, "mine\n")]),
            &files(&[(theirs, "a\n")]),
        );
        assert_eq!(merged.changes, [], "{mine}");
        assert_eq!(
            merged.conflicts[&rel(theirs)][0].at,
            ConflictPlace::File(WholeFileReason::Folded(rel(mine)))
        );
    }
    // What was to move there stays where it is, and is the team's now.
    let base = base_of(&files(&[(PATH, TEXT)]));
    let theirs = files(&[(".claude/rules/t/B.md", TEXT)]);
    let merged = merge(&base, &repo(&[(PATH, MINE), (NEW, "mine too\n")]), &theirs);
    assert_eq!((merged.conflicts.len(), merged.changes), (1, vec![]));
    assert!(merged.rows.contains(&(rel(PATH), Row::KeptUnmanaged)));
    // A name whose case upstream changed is no other file.
    let base = base_of(&files(&[(".claude/rules/t/A.md", TEXT)]));
    let merged = merge(
        &base,
        &repo(&[(".claude/rules/t/A.md", MINE)]),
        &files(&[(PATH, TEXT)]),
    );
    assert_eq!((merged.conflicts.len(), merged.changes.len()), (0, 2));
}

#[test]
fn the_executable_bit_merges_on_its_own() {
    let theirs = |executable: bool, text: &str| {
        let mut theirs = upstream(Some(text), false);
        let Some(Content::Whole(whole)) = theirs.files.get_mut(&rel(PATH)) else {
            unreachable!()
        };
        whole.file.executable = executable;
        theirs
    };
    let base = base_of(&theirs(true, "1"));
    let plain = Found::File(File::plain("1"));
    // The team took the bit away, upstream changed the text: both.
    let merge = run(&base, PATH, plain.clone(), &theirs(true, "2"));
    assert_eq!(merge.changes[0].new, Some(File::plain("2")));
    // The team took it away, upstream changed nothing.
    assert_eq!(
        run(&base, PATH, plain.clone(), &theirs(true, "1")).rows[0].1,
        Row::Kept
    );
    // A script that was copied without the bit gets it.
    let merge = run(&Base::default(), PATH, plain, &theirs(true, "1"));
    assert_eq!(
        merge.changes[0].new,
        Some(File {
            bytes: b"1".to_vec().into(),
            executable: true
        })
    );
}

#[test]
fn a_seed_is_the_teams() {
    let base = base_of(&upstream(Some("1"), true));
    let row = |found, theirs| run(&base, PATH, found, &upstream(theirs, true)).rows[0].1;
    assert_eq!(row(file("x"), Some("1")), Row::Seed { newer: false });
    assert_eq!(row(file("1"), Some("2")), Row::Seed { newer: true });
    assert_eq!(row(file("1"), None), Row::KeptUnmanaged);
    assert_eq!(row(ABSENT, Some("2")), Row::StillDeleted { changed: true });
    assert_eq!(
        run(
            &Base::default(),
            PATH,
            file("x"),
            &upstream(Some("1"), true)
        )
        .changes,
        []
    );
}

#[test]
fn a_seed_is_a_seed_as_long_as_upstream_says_so() {
    // It became one: an edit is no collision any more, and a link is the team's.
    let merged = base_of(&upstream(Some("1"), false));
    assert_eq!(
        run(&merged, PATH, file("x"), &upstream(Some("2"), true)).rows[0].1,
        Row::Seed { newer: true }
    );
    let link = Found::Link(File::plain("x"));
    assert_eq!(
        run(&merged, PATH, link, &upstream(Some("2"), true)).rows[0].1,
        Row::Seed { newer: true }
    );
    // It is none any more: upstream's change comes in.
    let seed = base_of(&upstream(Some("1"), true));
    assert_eq!(
        run(&seed, PATH, file("1"), &upstream(Some("2"), false)).rows[0].1,
        Row::Updated
    );
}

#[test]
fn a_file_that_the_team_had_before_stays_when_the_template_goes() {
    let theirs = upstream(Some("1"), false);
    let adopted = run(&Base::default(), PATH, file("1"), &theirs);
    let base = Base {
        files: adopted.files,
        ..Default::default()
    };
    assert_eq!(
        run(&base, PATH, file("1"), &Upstream::default()).rows[0].1,
        Row::KeptUnmanaged
    );
    // With upstream's text in it, too.
    let updated = run(&base, PATH, file("1"), &upstream(Some("2"), false));
    let base = Base {
        files: updated.files,
        ..Default::default()
    };
    assert_eq!(
        run(&base, PATH, file("2"), &Upstream::default()).rows[0].1,
        Row::KeptUnmanaged
    );
}

#[test]
fn upstreams_mode_arrives_in_a_file_that_was_edited() {
    let theirs = |executable: bool| {
        let mut theirs = upstream(Some("1"), false);
        let Some(Content::Whole(whole)) = theirs.files.get_mut(&rel(PATH)) else {
            unreachable!()
        };
        whole.file.executable = executable;
        theirs
    };
    let merge = run(&base_of(&theirs(false)), PATH, file("x"), &theirs(true));
    assert_eq!(
        merge.changes[0].new,
        Some(File {
            bytes: b"x".to_vec().into(),
            executable: true
        })
    );
    assert_eq!(merge.notes, [(rel(PATH), Note::Mode { executable: true })]);
}

#[test]
fn a_deletion_that_was_recorded_is_no_longer_missing() {
    let base = base_of(&upstream(Some("1"), false));
    let gone = run(&base, PATH, ABSENT, &upstream(Some("1"), false));
    let base = Base {
        files: gone.files,
        ..Default::default()
    };
    assert_eq!(
        run(&base, PATH, MISSING, &upstream(Some("1"), false)).rows[0].1,
        Row::StillDeleted { changed: false }
    );
}

const SETTINGS: &str = ".claude/settings.json";
const GUARD: &str = ".claude/hooks/t/guard.sh";

/// A hook with its script, its entry and a rule.
fn guarded() -> Upstream {
    let command = format!("\"$CLAUDE_PROJECT_DIR\"/{GUARD}");
    let group = json!({"matcher": "Bash", "hooks": [{"type": "command", "command": command}]});
    let part = json!({"permissions": {"deny": ["Read(.env)"]}, "hooks": {"PreToolUse": [group]}});
    let keys = Keys {
        parts: BTreeMap::from([(template(), part.clone())]),
        union: part,
    };
    let script = Whole {
        file: File {
            bytes: b"#!/bin/sh\n".to_vec().into(),
            executable: true,
        },
        origin: FileOrigin {
            template: template(),
            source: rel("hooks/guard.sh"),
        },
        seed: false,
    };
    let name = HookName {
        template: template(),
        id: "guard".into(),
    };
    let place = HookPlace {
        event: "PreToolUse".into(),
        script: rel(GUARD),
        file: None,
    };
    Upstream {
        files: BTreeMap::from([
            (rel(SETTINGS), Content::Keys(keys)),
            (rel(GUARD), Content::Whole(script)),
        ]),
        hooks: BTreeMap::from([(name, place)]),
        ..Upstream::default()
    }
}

/// The repo after a merge, as the next merge finds it.
fn after(merge: &Decision, ours: &Snapshot) -> Snapshot {
    let mut ours = ours.clone();
    for FileChange { path, new, .. } in &merge.changes {
        let found = new.clone().map_or(ABSENT, Found::File);
        ours.insert(path.clone(), Local::new(path.clone(), found));
    }
    ours
}

fn text(ours: &Snapshot, path: &'static str) -> Option<String> {
    match &ours.get(&rel(path))?.found {
        Found::File(file) => Some(file.text().unwrap().to_owned()),
        _ => None,
    }
}

#[test]
fn a_hooks_entry_and_its_script_come_and_go_together() {
    let theirs = guarded();
    let base = base_of(&theirs);
    let installed = after(
        &merge(&Base::default(), &Snapshot::new(), &theirs),
        &Snapshot::new(),
    );
    let nothing = Upstream::default();

    // Nothing edited: both go, and with them the files.
    let removed = merge(&base, &installed, &nothing);
    assert!(
        after(&removed, &installed)
            .values()
            .all(|local| local.found == ABSENT)
    );
    assert_eq!(removed.files, BTreeMap::new());

    // The script edited: its entry stays, the rule goes.
    let mut edited = installed.clone();
    edited.get_mut(&rel(GUARD)).unwrap().found = Found::File(File {
        bytes: b"mine".to_vec().into(),
        executable: true,
    });
    let merged = merge(&base, &edited, &nothing);
    let left = text(&after(&merged, &edited), SETTINGS).unwrap();
    assert!(
        left.contains("guard.sh") && !left.contains("deny"),
        "{left}"
    );
    assert!(merged.rows.contains(&(rel(GUARD), Row::KeptUnmanaged)));

    // The entry edited: its script stays.
    let mut edited = installed.clone();
    let settings = text(&installed, SETTINGS)
        .unwrap()
        .replace("\"Bash\"", "\"Bash|Edit\"");
    edited.get_mut(&rel(SETTINGS)).unwrap().found = file(&settings);
    let merged = merge(&base, &edited, &nothing);
    assert!(text(&after(&merged, &edited), GUARD).is_some());
    assert!(merged.rows.contains(&(rel(GUARD), Row::KeptUnmanaged)));

    // The script deleted while its entry names it: missing, whatever git says.
    let mut edited = installed.clone();
    edited.get_mut(&rel(GUARD)).unwrap().found = ABSENT;
    let merged = merge(&base, &edited, &theirs);
    assert!(merged.rows.contains(&(rel(GUARD), Row::Restored)));

    // Both deleted: on purpose.
    edited.get_mut(&rel(SETTINGS)).unwrap().found = file("{}\n");
    let merged = merge(&base, &edited, &theirs);
    assert!(
        merged
            .rows
            .contains(&(rel(GUARD), Row::StillDeleted { changed: false }))
    );
    assert_eq!(merged.changes, []);
}

#[test]
fn a_script_stays_as_long_as_anything_names_it() {
    let theirs = guarded();
    let base = base_of(&theirs);
    let installed = after(
        &merge(&Base::default(), &Snapshot::new(), &theirs),
        &Snapshot::new(),
    );
    // The team moved the entry to another event: it is the team's own now, and runs the script.
    let mut moved = installed.clone();
    let settings = text(&installed, SETTINGS)
        .unwrap()
        .replace("PreToolUse", "PostToolUse");
    moved.get_mut(&rel(SETTINGS)).unwrap().found = file(&settings);
    let merged = merge(&base, &moved, &Upstream::default());
    assert!(text(&after(&merged, &moved), GUARD).is_some());
    assert!(merged.rows.contains(&(rel(GUARD), Row::KeptUnmanaged)));
}

#[test]
fn a_folder_behind_a_link_holds_the_scripts() {
    let theirs = guarded();
    let behind =
        |path: &'static str, real: &'static str| (rel(path), Local::new(rel(real), ABSENT));
    let ours = Snapshot::from([
        behind(SETTINGS, "agents/settings.json"),
        behind(GUARD, "agents/hooks/t/guard.sh"),
    ]);
    let merged = merge(&Base::default(), &ours, &theirs);
    assert_eq!(merged.refusals, []);
    assert_eq!(merged.changes.len(), 2);
}

#[test]
fn settings_that_were_deleted_on_purpose_stay_gone_with_upstreams_news() {
    let base = base_of(&guarded());
    let mut news = guarded();
    let Some(Content::Keys(keys)) = news.files.get_mut(&rel(SETTINGS)) else {
        unreachable!()
    };
    POLICIES
        .union(
            &mut keys.union,
            &json!({"permissions": {"deny": ["Read(x)"]}}),
            false,
        )
        .unwrap();
    keys.parts.insert(template(), keys.union.clone());
    let merged = run(&base, SETTINGS, ABSENT, &news);
    assert!(
        merged
            .rows
            .contains(&(rel(SETTINGS), Row::StillDeleted { changed: true }))
    );
    assert_eq!(merged.changes, []);
    // What the lock knows of the file doesn't flip.
    let again = Base {
        files: merged.files,
        hooks: news.hooks.clone(),
        ..Base::default()
    };
    assert_eq!(run(&again, SETTINGS, ABSENT, &news).files, again.files);
    // A fresh clone gets it back.
    assert!(
        run(&base, SETTINGS, MISSING, &news)
            .rows
            .contains(&(rel(SETTINGS), Row::Restored))
    );
}

#[test]
fn an_entry_that_two_templates_bring_and_the_team_had_is_never_removed() {
    let part = json!({"permissions": {"deny": ["Read(.env)"]}});
    let theirs = |names: &[&str]| {
        let parts = names
            .iter()
            .map(|name| (name.parse().unwrap(), part.clone()))
            .collect();
        let keys = Content::Keys(Keys {
            parts,
            union: part.clone(),
        });
        let files = (!names.is_empty())
            .then(|| (rel(SETTINGS), keys))
            .into_iter()
            .collect();
        Upstream {
            files,
            ..Default::default()
        }
    };
    let mine = part.to_string();
    let mut ours = Snapshot::from([(rel(SETTINGS), Local::new(rel(SETTINGS), file(&mine)))]);
    let mut base = Base::default();
    for names in [&["a"][..], &["a", "b"], &["b"], &[]] {
        let merged = merge(&base, &ours, &theirs(names));
        ours = after(&merged, &ours);
        base = Base {
            files: merged.files,
            ..Default::default()
        };
    }
    assert_eq!(text(&ours, SETTINGS).unwrap(), mine);
}

#[test]
fn an_adopted_entry_is_shared_and_never_removed() {
    let theirs = guarded();
    let mine = "{\"permissions\": {\"deny\": [\"Read(.env)\"]}}";
    let ours = Snapshot::from([(rel(SETTINGS), Local::new(rel(SETTINGS), file(mine)))]);
    let first = merge(&Base::default(), &ours, &theirs);
    let installed = after(&first, &ours);
    let base = Base {
        files: first.files,
        hooks: theirs.hooks.clone(),
        ..Base::default()
    };
    assert_eq!(merge(&base, &installed, &theirs).changes, []);
    let removed = merge(&base, &installed, &Upstream::default());
    assert_eq!(text(&after(&removed, &installed), SETTINGS).unwrap(), mine);
}

#[test]
fn a_file_of_ours_that_is_not_json_stops_everything() {
    let merge = run(
        &Base::default(),
        SETTINGS,
        file("{\n  // why\n}"),
        &guarded(),
    );
    let (path, refusal) = &merge.refusals[0];
    assert_eq!(path.as_str(), SETTINGS);
    assert_eq!(
        refusal.to_string(),
        "line 2: a comment, which strict JSON does not have"
    );
    let merge = run(&Base::default(), SETTINGS, file("[]"), &guarded());
    assert_eq!(
        merge.refusals[0].1.to_string(),
        "line 1: something other than an object"
    );
}

const CONFIG: &str = ".codex/config.toml";

/// Servers of one template in a TOML file.
fn servers(servers: &Value) -> Upstream {
    let union = json!({ "mcp_servers": servers });
    let keys = Content::Keys(Keys {
        parts: BTreeMap::from([(template(), union.clone())]),
        union,
    });
    Upstream {
        files: BTreeMap::from([(rel(CONFIG), keys)]),
        ..Default::default()
    }
}

#[test]
fn entries_of_a_toml_file_come_are_kept_and_go() {
    let theirs = servers(&json!({"x": {"command": "npx", "args": ["a"]}}));
    let section = "[mcp_servers.x]\ncommand = \"npx\"\nargs = [\"a\"]\n";
    // A new file goes with its last entry.
    let first = run(&Base::default(), CONFIG, MISSING, &theirs);
    assert_eq!(first.changes[0].new, Some(File::plain(section)));
    let base = Base {
        files: first.files,
        ..Base::default()
    };
    let gone = run(&base, CONFIG, file(section), &Upstream::default());
    assert_eq!(gone.changes[0].new, None);
    // A file of the team's is what it was.
    let mine = "# Mine.\nmodel = \"o\"";
    let second = run(&Base::default(), CONFIG, file(mine), &theirs);
    let text = format!("{mine}\n\n{section}");
    assert_eq!(second.changes[0].new, Some(File::plain(text.as_str())));
    let base = Base {
        files: second.files,
        ..Base::default()
    };
    assert_eq!(run(&base, CONFIG, file(&text), &theirs).changes, []);
    let removed = run(&base, CONFIG, file(&text), &Upstream::default());
    assert_eq!(removed.changes[0].new, Some(File::plain(mine)));
    // An edit stays, and is known as one.
    let edited = text.replace("npx", "mine");
    let identities = identities(&base, &theirs);
    let record = &base.files[&rel(CONFIG)];
    for (text, expected) in [(&text, State::Unchanged), (&edited, State::Edited)] {
        let local = Local::new(rel(CONFIG), file(text));
        assert_eq!(state(record, &local, None, &identities), expected);
    }
    let news = servers(&json!({"x": {"command": "npx", "args": ["b"]}}));
    let upgraded = run(&base, CONFIG, file(&edited), &news);
    let expected = edited.replace("[\"a\"]", "[\"b\"]");
    assert_eq!(upgraded.changes[0].new, Some(File::plain(expected)));
    // What both changed is a conflict.
    let news = servers(&json!({"x": {"command": "other", "args": ["a"]}}));
    let contested = run(&base, CONFIG, file(&edited), &news);
    assert_eq!(
        (contested.changes, contested.rows[0].1),
        (vec![], Row::Contested)
    );
    let [open] = contested.conflicts[&rel(CONFIG)].as_slice() else {
        panic!("one conflict")
    };
    assert_eq!(
        open.at,
        ConflictPlace::Value("/mcp_servers/x/command".to_owned())
    );
    assert_eq!(open.theirs.as_deref(), Some("\"other\""));
}

#[test]
fn a_file_of_ours_that_is_not_toml_stops_everything() {
    let theirs = servers(&json!({"x": {"command": "npx"}}));
    let merge = run(&Base::default(), CONFIG, file("a = 1\na = 2\n"), &theirs);
    assert_eq!(
        merge.refusals[0].1.to_string(),
        "line 2: invalid TOML: the key `a` for the second time"
    );
}

#[test]
fn a_rule_that_ends_up_allowed_and_denied_is_said() {
    let mine = "{\"permissions\": {\"allow\": [\"Read(.env)\"]}}";
    let merge = run(&Base::default(), SETTINGS, file(mine), &guarded());
    assert_eq!(
        merge.notes,
        [(rel(SETTINGS), Note::AllowedAndDenied("Read(.env)".into()))]
    );
}

fn instructions(text: &str) -> Upstream {
    let block = Block {
        name: BlockName::of(&template()),
        source: Some(rel("root.md")),
        text: text.to_owned(),
    };
    let blocks = Blocks {
        comment: Comment::Html,
        blocks: vec![block],
    };
    Upstream {
        files: BTreeMap::from([(rel("CLAUDE.md"), Content::Blocks(blocks))]),
        ..Default::default()
    }
}

#[test]
fn a_file_that_was_ours_alone_goes_with_its_last_block() {
    let base = base_of(&instructions("one\n"));
    let block = "<!-- BEGIN agentpkg t -->\none\n<!-- END agentpkg t -->\n";
    let merge = run(&base, "CLAUDE.md", file(block), &Upstream::default());
    assert_eq!(merge.changes[0].new, None);
    // With a word of the team's in it, it stays.
    let merge = run(
        &base,
        "CLAUDE.md",
        file(&format!("mine\n{block}")),
        &Upstream::default(),
    );
    assert_eq!(merge.changes[0].new, Some(File::plain("mine\n")));
    // Deleted on purpose, it stays gone; missing, it is restored.
    assert_eq!(
        run(&base, "CLAUDE.md", ABSENT, &instructions("one\n")).rows[0].1,
        Row::StillDeleted { changed: false }
    );
    assert_eq!(
        run(&base, "CLAUDE.md", MISSING, &instructions("one\n")).rows[0].1,
        Row::Restored
    );
}

#[test]
fn a_block_follows_the_root_instructions_over_a_link() {
    const BLOCK: &str = "<!-- BEGIN agentpkg t -->\none\n<!-- END agentpkg t -->\n";
    let base = base_of(&instructions("one\n"));
    let moved = |text: &str| {
        let mut theirs = instructions(text);
        let content = theirs.files.remove(&rel("CLAUDE.md")).unwrap();
        theirs.files.insert(rel("AGENTS.md"), content);
        theirs
    };
    let there = Local::new(rel("AGENTS.md"), file(BLOCK));
    let link = Local::new(rel("AGENTS.md"), Found::Link(File::plain(BLOCK)));
    let ours = Snapshot::from([(rel("CLAUDE.md"), link), (rel("AGENTS.md"), there.clone())]);
    let merged = merge(&base, &ours, &moved("one\n"));
    assert_eq!((merged.changes.len(), merged.refusals.len()), (0, 0));
    assert_eq!(merged.files.keys().collect::<Vec<_>>(), [&rel("AGENTS.md")]);
    let merged = merge(&base, &ours, &moved("two\n"));
    assert_eq!(merged.changes.len(), 1);
    assert_eq!(
        merged.changes[0].new,
        Some(File::plain(BLOCK.replace("one", "two")))
    );
    // The link was replaced by a copy: the block goes from the old place and stays at the new one.
    let copy = Local::new(rel("CLAUDE.md"), file(BLOCK));
    let ours = Snapshot::from([(rel("CLAUDE.md"), copy), (rel("AGENTS.md"), there)]);
    let merged = merge(&base, &ours, &moved("one\n"));
    assert_eq!(merged.refusals, []);
    assert_eq!(
        merged
            .changes
            .iter()
            .map(|change| &change.path)
            .collect::<Vec<_>>(),
        [&rel("CLAUDE.md")]
    );
}

#[test]
fn an_import_stays_where_its_file_stays() {
    let mut theirs = instructions("one\n");
    let Some(Content::Blocks(blocks)) = theirs.files.get_mut(&rel("CLAUDE.md")) else {
        unreachable!()
    };
    let import = Block {
        name: BlockName::of(&TemplateName::composition()),
        source: None,
        text: "@AGENTS.md\n".to_owned(),
    };
    blocks.blocks.insert(0, import);
    let base = base_of(&theirs);
    let installed = after(
        &merge(&Base::default(), &Snapshot::new(), &theirs),
        &Snapshot::new(),
    );
    let whole = text(&installed, "CLAUDE.md").unwrap();
    // Nothing of the team's in it: the file goes.
    assert_eq!(
        run(&base, "CLAUDE.md", file(&whole), &Upstream::default()).changes[0].new,
        None
    );
    // Else it would hide AGENTS.md from now on.
    let merged = run(
        &base,
        "CLAUDE.md",
        file(&format!("{whole}mine\n")),
        &Upstream::default(),
    );
    assert_eq!(
        merged.changes[0].new,
        Some(File::plain("@AGENTS.md\n\nmine\n"))
    );
}

#[test]
fn a_write_goes_where_a_link_leads() {
    let local = Local::new(rel("AGENTS.md"), Found::Link(File::plain("mine\n")));
    let merge = merge(
        &Base::default(),
        &Snapshot::from([(rel("CLAUDE.md"), local)]),
        &instructions("one\n"),
    );
    assert_eq!(merge.changes[0].path, rel("AGENTS.md"));
}

#[test]
fn a_file_that_the_team_had_empty_stays_when_its_last_block_goes() {
    let merged = run(
        &Base::default(),
        "CLAUDE.md",
        file(""),
        &instructions("one\n"),
    );
    let base = Base {
        files: merged.files.clone(),
        ..Base::default()
    };
    let installed = merged.changes[0].new.clone().unwrap();
    let found = Found::File(installed);
    let merged = run(&base, "CLAUDE.md", found, &Upstream::default());
    assert_eq!(merged.changes[0].new, Some(File::plain("")));
}

#[test]
fn a_block_that_was_deleted_on_purpose_stays_gone_where_its_file_is_missing() {
    let mut theirs = instructions("one\n");
    let Some(Content::Blocks(blocks)) = theirs.files.get_mut(&rel("CLAUDE.md")) else {
        unreachable!()
    };
    blocks.blocks.push(Block {
        name: "other".parse().unwrap(),
        source: None,
        text: "two\n".to_owned(),
    });
    let mut base = base_of(&theirs);
    let Some(Record::Blocks(record)) = base.files.get_mut(&rel("CLAUDE.md")) else {
        unreachable!()
    };
    record
        .blocks
        .get_mut(&BlockName::of(&template()))
        .unwrap()
        .deleted = true;
    let merged = run(&base, "CLAUDE.md", MISSING, &theirs);
    assert_eq!(
        merged.changes[0].new,
        Some(File::plain(
            "<!-- BEGIN agentpkg other -->\ntwo\n<!-- END agentpkg other -->\n"
        ))
    );
}

#[test]
fn a_script_that_settings_run_can_be_executed_again() {
    let theirs = guarded();
    let nothing = Snapshot::new();
    let mut ours = after(&merge(&Base::default(), &nothing, &theirs), &nothing);
    ours.get_mut(&rel(GUARD)).unwrap().found = file("#!/bin/sh\n");
    let merged = merge(&base_of(&theirs), &ours, &theirs);
    assert!(merged.rows.contains(&(rel(GUARD), Row::Updated)));
    let [change] = merged.changes.as_slice() else {
        panic!("{:?}", merged.changes)
    };
    assert_eq!(change.path, rel(GUARD));
    assert!(change.new.as_ref().is_some_and(|file| file.executable));
}

#[test]
fn three_files_are_told_apart_by_bytes_and_mode() {
    let plain = |text: &str| Some(File::plain(text));
    let executable = |text: &str| {
        plain(text).map(|file| File {
            executable: true,
            ..file
        })
    };
    for (base, ours, theirs, expected) in [
        (None, None, plain("1"), Verdict::Row(Row::Added)),
        (None, plain("1"), plain("1"), Verdict::Row(Row::Adopted)),
        (None, plain("x"), plain("1"), Verdict::Merge),
        (
            plain("1"),
            plain("1"),
            plain("1"),
            Verdict::Row(Row::Unchanged),
        ),
        (
            plain("1"),
            plain("1"),
            executable("1"),
            Verdict::Row(Row::Updated),
        ),
        (
            plain("1"),
            plain("1"),
            plain("2"),
            Verdict::Row(Row::Updated),
        ),
        (
            plain("1"),
            executable("1"),
            plain("1"),
            Verdict::Row(Row::Kept),
        ),
        (
            plain("1"),
            plain("x"),
            executable("1"),
            Verdict::Row(Row::Kept),
        ),
        (plain("1"), plain("x"), plain("2"), Verdict::Merge),
        (plain("1"), plain("1"), None, Verdict::Row(Row::Deleted)),
        (
            plain("1"),
            plain("x"),
            None,
            Verdict::Row(Row::KeptUnmanaged),
        ),
    ] {
        let verdict = verdict_of_files(base.as_ref(), ours.as_ref(), theirs.as_ref());
        assert_eq!(verdict, expected, "{base:?} {ours:?} {theirs:?}");
    }
}

#[test]
fn what_is_wrong_at_a_path_is_said() {
    let folder = Found::Obstacle(Obstacle {
        at: rel(PATH),
        what: "a folder",
    });
    let binary = Found::File(File::plain(b"\xff"));
    for (theirs, path, found, expected) in [
        (upstream(Some("1"), false), PATH, ABSENT, None),
        (upstream(Some("1"), false), PATH, file("x"), None),
        (upstream(Some("1"), false), PATH, folder, Some(": a folder")),
        (
            upstream(Some("1"), false),
            PATH,
            Found::Link(File::plain("1")),
            Some(": a link"),
        ),
        (
            upstream(Some("1"), false),
            PATH,
            binary,
            Some(": it is not UTF-8 text"),
        ),
        (
            instructions("one\n"),
            "CLAUDE.md",
            file("<!-- BEGIN agentpkg t -->\none\n"),
            Some(" line 1: the block of `t` has no end"),
        ),
        (
            guarded(),
            SETTINGS,
            file("{\n  // why\n}"),
            Some(" line 2: a comment, which strict JSON does not have"),
        ),
    ] {
        let record = &base_of(&theirs).files[&rel(path)];
        let wrong = why_broken(record, &Local::new(rel(path), found));
        assert_eq!(wrong.as_deref(), expected, "{path}");
    }
}

/// What a file may hold: few lines, so that sides agree, differ and go often.
fn content() -> impl Strategy<Value = Option<String>> {
    let line = prop::sample::select(vec!["a\n", "b\n", "c\n", "d\n"]);
    prop::option::weighted(
        0.8,
        prop::collection::vec(line, 0..6).prop_map(|lines| lines.concat()),
    )
}

const PATHS: [&str; 4] = [PATH, NEW, ".claude/rules/t/c.md", ".claude/rules/t/C.md"];

/// A tree of few files; the last two names are one where case is not told apart, so a tree has one
/// of them at most.
fn tree() -> impl Strategy<Value = Vec<(&'static str, String)>> {
    prop::collection::vec(content(), PATHS.len()).prop_map(|texts| {
        let mut files: Vec<_> = PATHS
            .into_iter()
            .zip(texts)
            .filter_map(|(path, text)| Some((path, text?)))
            .collect();
        files.dedup_by_key(|(path, _)| path.to_lowercase());
        files
    })
}

fn borrowed<'a>(files: &'a [(&'static str, String)]) -> Vec<(&'static str, &'a str)> {
    files
        .iter()
        .map(|(path, text)| (*path, text.as_str()))
        .collect()
}

/// Each word that `text` has and `base` lacks, as often as it has it more.
fn added(text: &str, base: &str) -> BTreeMap<String, usize> {
    let mut words: BTreeMap<String, usize> = BTreeMap::new();
    text.lines()
        .for_each(|line| *words.entry(line.to_owned()).or_default() += 1);
    for line in base.lines() {
        if let Some(count) = words.get_mut(line) {
            *count = count.saturating_sub(1);
        }
    }
    words
}

/// The text of one of some files.
fn text_in(files: &[(&str, String)], path: &str) -> Option<String> {
    let (_, text) = files.iter().find(|(other, _)| *other == path)?;
    Some(text.clone())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 300,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn their_silence_changes_nothing(base in tree(), ours in tree()) {
        let theirs = files(&borrowed(&base));
        let merged = merge(&base_of(&theirs), &repo(&borrowed(&ours)), &theirs);
        let restored = |change: &FileChange| change.old.is_none();
        prop_assert!(merged.changes.iter().all(restored), "{:?}", merged.changes);
    }

    #[test]
    fn our_silence_takes_theirs(base in tree(), theirs in tree()) {
        let upstream = files(&borrowed(&theirs));
        let ours = repo(&borrowed(&base));
        let merged = merge(&base_of(&files(&borrowed(&base))), &ours, &upstream);
        prop_assert_eq!(&merged.conflicts, &BTreeMap::new());
        let end = after(&merged, &ours);
        for path in PATHS {
            prop_assert_eq!(text(&end, path), text_in(&theirs, path));
        }
    }

    #[test]
    fn an_edit_survives_or_its_place_is_named(base in tree(), ours in tree(), theirs in tree()) {
        let (installed, upstream) = (files(&borrowed(&base)), files(&borrowed(&theirs)));
        let before = repo(&borrowed(&ours));
        let merged = merge(&base_of(&installed), &before, &upstream);
        let end = after(&merged, &before);
        let text_of = |files: &[_], path: &str| text_in(files, path).unwrap_or_default();
        for change in &merged.changes {
            let Some(old) = &change.old else { continue };
            let old = old.text().unwrap();
            let path = change.path.as_str();
            // Where upstream renamed it, the edit is in the new file.
            let to = merged.notes.iter().find_map(|(to, note)| match note {
                Note::Renamed { from } if from.as_str() == path => Some(to.as_str()),
                _ => None,
            });
            let place = PATHS.into_iter().find(|other| *other == to.unwrap_or(path)).unwrap();
            // A copy under the new name of what was installed under the old one is no edit.
            let from = merged.notes.iter().find_map(|(to, note)| match note {
                Note::Renamed { from } if to.as_str() == path => Some(from.as_str()),
                _ => None,
            });
            let edit = added(old, &text_of(&base, from.unwrap_or(path)));
            let left = added(&text(&end, place).unwrap_or_default(), "");
            for (line, count) in edit.into_iter().filter(|(_, count)| *count > 0) {
                let is_left = left.get(&line).is_some_and(|left| *left >= count);
                prop_assert!(is_left, "{line:?} of {path} is lost");
            }
        }
    }

    #[test]
    fn merging_twice_changes_nothing(base in tree(), ours in tree(), theirs in tree()) {
        let (installed, upstream) = (files(&borrowed(&base)), files(&borrowed(&theirs)));
        let ours = repo(&borrowed(&ours));
        let merged = merge(&base_of(&installed), &ours, &upstream);
        let mut base = Base { files: merged.files.clone(), ..Base::default() };
        base.learn(&upstream);
        let again = merge(&base, &after(&merged, &ours), &upstream);
        prop_assert_eq!((again.changes, again.conflicts), (vec![], BTreeMap::new()));
        prop_assert_eq!(again.files, merged.files);
    }

    #[test]
    fn what_upstream_changed_arrives_or_is_named(base in tree(), ours in tree(), theirs in tree()) {
        let (installed, upstream) = (files(&borrowed(&base)), files(&borrowed(&theirs)));
        let before = repo(&borrowed(&ours));
        let merged = merge(&base_of(&installed), &before, &upstream);
        let end = after(&merged, &before);
        for (path, wanted) in &theirs {
            let row = merged.rows.iter().find(|(other, _)| other.as_str() == *path);
            let stays_gone = matches!(row, Some((_, Row::StillDeleted { .. })));
            // Where upstream renamed a file, its text was there under the old name.
            let is_renamed = merged.notes.iter().any(|(to, note)| {
                to.as_str() == *path && matches!(note, Note::Renamed { .. })
            });
            if merged.conflicts.contains_key(&rel(path)) || stays_gone || is_renamed {
                continue;
            }
            let new = added(wanted, &text_in(&base, path).unwrap_or_default());
            let there = added(&text(&end, path).unwrap_or_default(), "");
            for (line, count) in new.into_iter().filter(|(_, count)| *count > 0) {
                let arrived = there.contains_key(&line);
                prop_assert!(arrived, "{count} of {line:?} did not arrive in {path}: {row:?}");
            }
        }
    }
}
