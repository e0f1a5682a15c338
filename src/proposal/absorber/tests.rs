//! What comes home, and the law: without the edit nothing changes, and of what a team did nothing
//! else goes.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::agent::usual_facts;
use crate::merge::block::Marks;
use crate::model::agent::Agent;
use crate::model::answers::Answers;
use crate::model::author::Author;
use crate::model::lock::{Facts, Record};
use crate::model::path::rel;
use crate::model::renderer::RENDERER;
use crate::model::tree::{File, tree_digest};
use crate::tree::{Absence, Found, Local, decide};

const RULE: &str = ".claude/rules/x/a.md";

fn source(files: &[(&'static str, &str)]) -> Source {
    let manifest = "[template]\nname = \"x\"\nversion = \"1.0.0\"\ndescription = \"X\"\n";
    let files = files
        .iter()
        .map(|(path, text)| (rel(path), File::plain(*text)));
    Source::of(
        "x",
        files
            .chain([(rel("template.toml"), File::plain(manifest))])
            .collect(),
    )
    .unwrap()
}

fn proposal(before: &Source, after: &Source) -> Proposal {
    let author = Author {
        name: "A".into(),
        email: "a@example.org".into(),
        seconds: 0,
        zone: 0,
    };
    let base = super::super::BaseRelease {
        version: Version::new(1, 0, 0),
        tree: tree_digest(&before.tree),
    };
    let edit = Patch::between(&before.tree, &after.tree).unwrap();
    Proposal::new("x".parse().unwrap(), base, &author, "why", edit).unwrap()
}

fn inputs<'a>(answers: &'a Answers, facts: &'a Facts) -> ComposeInputs<'a> {
    ComposeInputs {
        agents: &[Agent::Claude],
        answers,
        facts,
        renderer: RENDERER,
    }
}

fn composed(source: &Source) -> Upstream {
    compose(
        std::slice::from_ref(source),
        &inputs(&Answers::new(), &usual_facts(&[Agent::Claude])),
    )
    .unwrap()
}

/// What the lock remembers after an install into an empty repo.
fn base_of(upstream: &Upstream) -> Base {
    let files = decide(&Base::default(), &Snapshot::new(), upstream, &Marks::new()).files;
    let mut base = Base {
        files,
        hooks: upstream.hooks.clone(),
        ..Base::default()
    };
    base.learn(upstream);
    base
}

/// The files of a repo, which has nothing at the other `paths`.
fn repo<'a>(
    files: &[(&'static str, &str)],
    paths: impl IntoIterator<Item = &'a RelPath>,
) -> Snapshot {
    let local = |path: &RelPath, found| (path.clone(), Local::new(path.clone(), found));
    let absent = paths
        .into_iter()
        .map(|path| local(path, Found::Absent(Absence::Deleted)));
    let here = files
        .iter()
        .map(|(path, text)| local(&rel(path), Found::File(File::plain(*text))));
    absent.chain(here).collect()
}

/// Takes home what makes `after` of `before`, into a repo that has `files` and gets `theirs`.
fn home(
    before: &Source,
    after: &Source,
    files: &[(&'static str, &str)],
    theirs: &Source,
) -> (Vec<AcceptedEdit>, Base, Snapshot) {
    let (answers, facts, theirs) = (
        Answers::new(),
        usual_facts(&[Agent::Claude]),
        composed(theirs),
    );
    let mut base = base_of(&composed(before));
    let accepted = vec![(Version::new(1, 1, 0), proposal(before, after))];
    let mut coming =
        Absorber::new(vec![before.clone()], inputs(&answers, &facts), accepted).unwrap();
    let new = coming.new_paths();
    let ours = repo(
        files,
        base.files.keys().chain(theirs.files.keys()).chain(&new),
    );
    let home = coming.take(&mut base, &ours, &theirs);
    (home, base, ours)
}

fn rule(text: &str) -> Source {
    source(&[("rules/a.md", text)])
}

fn digest(base: &Base) -> String {
    match &base.files[&rel(RULE)] {
        Record::Whole(record) => record.digest.to_string(),
        _ => panic!("a rule is a whole file"),
    }
}

const BEFORE: &str = "one\n\ntwo\n\nthree\n";

#[track_caller]
fn check(after: &str, ours: &str, comes_home: bool) {
    let (before, after) = (rule(BEFORE), rule(after));
    let (home, base, _) = home(&before, &after, &[(RULE, ours)], &after);
    assert_eq!(home.len(), usize::from(comes_home), "{home:?}");
    let expected = base_of(&composed(if comes_home { &after } else { &before }));
    assert_eq!((base.files, base.bytes), (expected.files, expected.bytes));
}

#[test]
fn a_base_takes_in_what_the_repo_has() {
    let after = "one\n\nTWO\n\nthree\n";
    check(after, after, true);
    check(after, "ONE\n\nTWO\n\nthree\nfour\n", true);
    // A line of it was edited further, or all of it was taken back.
    check(after, "one\n\nTWO of them\n\nthree\n", false);
    check(after, BEFORE, false);
    check(after, "ONE\n\ntwo\n\nthree\n", false);
    check(after, "", false);
    check(after, "something else\n", false);
    // What goes is gone in the repo too.
    check("one\n\nthree\n", "one\n\nthree\n", true);
    check("one\n\nthree\n", BEFORE, false);
}

#[test]
fn a_file_that_goes_is_gone_by_the_teams_doing() {
    let before = source(&[("rules/a.md", "a\n"), ("rules/b.md", "b\n")]);
    let after = source(&[("rules/b.md", "b\n")]);
    let (there, base, _) = home(
        &before,
        &after,
        &[(RULE, "a\n"), (".claude/rules/x/b.md", "b\n")],
        &after,
    );
    assert!(there.is_empty() && base.files.contains_key(&rel(RULE)));
    let (gone, base, _) = home(&before, &after, &[(".claude/rules/x/b.md", "b\n")], &after);
    assert!(gone[0].is_whole && !base.files.contains_key(&rel(RULE)));
    // Upstream still has it: the deletion stays one of the team's.
    let (gone, base, _) = home(&before, &after, &[(".claude/rules/x/b.md", "b\n")], &before);
    assert!(gone.is_empty() && base.files.contains_key(&rel(RULE)));
}

#[test]
fn what_the_release_has_as_it_was_stays_the_teams() {
    // A record that was left in although the edit was taken back, or that says what upstream never
    // had in mind.
    let before = source(&[("rules/a.md", BEFORE)]);
    let after = source(&[("rules/a.md", "one\n\nTWO\n\nthree\n")]);
    let is_left = |(homes, base, _): (Vec<AcceptedEdit>, Base, Snapshot), before: &Source| {
        assert!(
            homes.is_empty() && base.files == base_of(&composed(before)).files,
            "{homes:?}"
        );
    };
    is_left(
        home(&before, &after, &[(RULE, "one\n\nTWO\n\nthree\n")], &before),
        &before,
    );
    // A file of the team's own.
    let more = source(&[("rules/a.md", BEFORE), ("files/notes.txt", "our notes\n")]);
    is_left(
        home(
            &before,
            &more,
            &[(RULE, BEFORE), ("notes.txt", "our notes\n")],
            &before,
        ),
        &before,
    );
    // And an entry.
    let settings = |deny: &str| format!("{{\"permissions\": {{\"deny\": [{deny}]}}}}\n");
    let of = |deny: &str| source(&[("settings/claude.json", &settings(deny))]);
    let (before, more) = (of("\"a\""), of("\"a\", \"ours\""));
    let here = settings("\"a\", \"ours\"");
    is_left(
        home(&before, &more, &[(".claude/settings.json", &here)], &before),
        &before,
    );
}

#[test]
fn entries_have_to_be_there_and_the_others_gone() {
    const PATH: &str = ".claude/settings.json";
    let settings = |deny: &str| format!("{{\"permissions\": {{\"deny\": [{deny}]}}}}\n");
    let of = |deny: &str| source(&[("settings/claude.json", &settings(deny))]);
    let (before, after) = (of("\"a\", \"b\""), of("\"b\", \"c\""));
    let comes = |deny: &str| {
        !home(&before, &after, &[(PATH, &settings(deny))], &after)
            .0
            .is_empty()
    };
    assert!(comes("\"b\", \"c\"") && comes("\"c\", \"mine\", \"b\""));
    // The template's own entry that the team dropped is an edit of theirs, and stays one.
    assert!(comes("\"c\""));
    for other in ["\"a\", \"b\"", "\"a\", \"b\", \"c\"", "\"b\"", ""] {
        assert!(!comes(other), "{other}");
    }
    assert!(
        home(&before, &after, &[(PATH, "no JSON")], &after)
            .0
            .is_empty()
    );
    assert!(home(&before, &after, &[], &after).0.is_empty());
}

#[test]
fn a_hook_comes_home_with_its_script_and_its_name() {
    let (before, mut after) = (rule(BEFORE), rule(BEFORE));
    let hook = "\n[[hooks]]\nid = \"guard\"\nevent = \"before-tool\"\nmatches = \"Bash\"\nrun = \
                \"hooks/guard.sh\"\n";
    let manifest = format!("{}{hook}", after.text("template.toml").unwrap());
    after
        .tree
        .insert(rel("template.toml"), File::plain(manifest));
    after.tree.insert(
        rel("hooks/guard.sh"),
        File {
            bytes: b"#!/bin/sh\n".to_vec().into(),
            executable: true,
        },
    );
    let after = Source::of("x", after.tree).unwrap();
    let upstream = composed(&after);
    let settings = match &upstream.files[&rel(".claude/settings.json")] {
        Content::Keys(keys) => format!("{:#}\n", keys.union),
        _ => panic!("settings are entries"),
    };
    let (answers, facts) = (Answers::new(), usual_facts(&[Agent::Claude]));
    for executable in [true, false] {
        let mut base = base_of(&composed(&before));
        let accepted = vec![(Version::new(1, 1, 0), proposal(&before, &after))];
        let mut coming =
            Absorber::new(vec![before.clone()], inputs(&answers, &facts), accepted).unwrap();
        let script = rel(".claude/hooks/x/guard.sh");
        assert!(coming.new_paths().contains(&script));
        let mut ours = repo(&[(RULE, BEFORE), (".claude/settings.json", &settings)], []);
        let found = Found::File(File {
            bytes: b"#!/bin/sh\n".to_vec().into(),
            executable,
        });
        ours.insert(script.clone(), Local::new(script.clone(), found));
        let home = coming.take(&mut base, &ours, &upstream);
        // A script that can't run is not what was accepted, and nothing else of the edit says
        // anything without it.
        assert_eq!(home.len(), usize::from(executable), "{home:?}");
        assert_eq!(base.hooks == upstream.hooks, executable);
    }
}

#[test]
fn what_one_proposal_builds_on_comes_first() {
    let texts = [
        BEFORE,
        "one\n\nTWO\n\nthree\n",
        "one\n\nTWO and more\n\nthree\n",
    ]
    .map(rule);
    let mut later = proposal(&texts[1], &texts[2]);
    later.base.version = Version::new(1, 1, 0);
    let records = [proposal(&texts[0], &texts[1]), later]
        .map(|one| (one.accepted_path(), File::plain(one.accepted())));
    let mut now = texts[2].clone();
    now.tree.extend(records);
    let AcceptedSince {
        accepted,
        unreadable,
    } = news(&texts[0], &now);
    assert_eq!(
        (
            accepted[0].base.version.minor,
            accepted.len(),
            unreadable.len()
        ),
        (0, 2, 0)
    );
}

fn lines() -> impl Strategy<Value = String> {
    prop::collection::vec(
        prop::sample::select(vec!["a", "b", "c", "A", "B", "d"]),
        0..6,
    )
    .prop_map(|lines| lines.iter().map(|line| format!("{line}\n\n")).collect())
}

proptest! {
    /// **A base takes in only what the repo has**: with the edit or without it in the base, taking
    /// the edit in changes nothing here, and where nothing comes home the base is what it was.
    #[test]
    fn a_base_takes_in_only_what_the_repo_has(
        before in lines(),
        after in lines(),
        theirs in lines(),
        other in lines(),
        has_it in any::<bool>(),
    ) {
        prop_assume!(before != after);
        let ours = if has_it { format!("mine\n\n{after}{other}") } else { other };
        let sources = [&before, &after, &theirs].map(|text| rule(text));
        let known = base_of(&composed(&sources[0]));
        let (home, base, found) = home(&sources[0], &sources[1], &[(RULE, &ours)], &sources[2]);
        if home.is_empty() {
            prop_assert_eq!((&base.files, &base.bytes), (&known.files, &known.bytes));
            return Ok(());
        }
        prop_assert_ne!(&ours, &before);
        prop_assert_ne!(digest(&base), digest(&known));
        // With nothing new upstream the repo stays as it is: nothing of the edit was missing.
        let taken = std::str::from_utf8(&base.bytes[&rel(RULE)]).unwrap();
        let nothing_new = decide(&known, &found, &composed(&rule(taken)), &Marks::new());
        prop_assert_eq!((nothing_new.changes, nothing_new.conflicts), (vec![], BTreeMap::new()));
        // And what the team has besides the edit is still an edit of theirs.
        let taken_back = decide(&base, &found, &composed(&rule(taken)), &Marks::new());
        prop_assert_eq!((taken_back.changes, taken_back.conflicts), (vec![], BTreeMap::new()));
    }
}
