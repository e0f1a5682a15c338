//! Promises 1 and 2 over random templates, edits and releases, with the program itself: a local
//! edit survives, upgrading twice is upgrading once, and **what upstream changed is taken, waits as
//! a conflict, or is named as not taken**, whatever the team deleted: a line, a file, a block, an
//! entry, a list, a group of hooks, a key, all settings.
//!
//! Every line and every entry that anybody writes is a word that nobody else writes, so that each
//! can be looked for.

mod places;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::Value;
use support::{Entry, Scene, Skips};

/// A path in the template, where it lands, and what it is.
const FILES: [(&str, &str); 6] = [
    ("rules/review.md", ".claude/rules/house/review.md"),
    ("rules/tests.md", ".claude/rules/house/tests.md"),
    ("files/docs/guide.txt", "docs/guide.txt"),
    (SCRIPT, "tools/run.sh"),
    ("files/config/tool.yaml", "config/tool.yaml"),
    ("root.md", "CLAUDE.md"),
];

/// The script among them.
const SCRIPT: &str = "files/tools/run.sh";

const SETTINGS: &str = ".claude/settings.json";

/// A source: what each file holds, line by line, the rules that settings allow, a variable and a
/// hook with its time in seconds.
#[derive(Clone, Debug, Default, PartialEq)]
struct Release {
    files: BTreeMap<usize, Vec<String>>,
    allowed: Vec<String>,
    variable: String,
    seconds: usize,
}

/// What somebody does to a file.
#[derive(Clone, Debug)]
enum Edit {
    Replace(Index),
    Insert(Index),
    Remove(Index),
    Append,
    Delete,
    LineEnds,
    Executable,
    Rename,
}

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        4 => any::<Index>().prop_map(Edit::Replace),
        4 => any::<Index>().prop_map(Edit::Insert),
        2 => any::<Index>().prop_map(Edit::Remove),
        2 => Just(Edit::Append),
        1 => Just(Edit::Delete),
        1 => Just(Edit::LineEnds),
        1 => Just(Edit::Executable),
        1 => Just(Edit::Rename),
    ]
}

/// Edits by the number of the file; a number behind the last file is settings.
fn edits(most: usize) -> impl Strategy<Value = Vec<(usize, Edit)>> {
    prop::collection::vec((0..=FILES.len(), edit()), 0..most)
}

/// Words that nobody has used.
struct Words {
    who: &'static str,
    next: usize,
}

impl Words {
    fn word(&mut self) -> String {
        self.next += 1;
        format!("{}-{}", self.who, self.next)
    }
}

/// A release of files of which each has some lines.
fn first() -> impl Strategy<Value = Release> {
    (
        prop::collection::vec(prop::option::weighted(0.8, 1..9_usize), FILES.len()),
        0..4_usize,
    )
        .prop_map(|(lines, rules)| {
            let mut words = Words {
                who: "base",
                next: 0,
            };
            let mut file = |lines: usize| (0..lines).map(|_| words.word()).collect();
            let files = lines
                .iter()
                .enumerate()
                .filter_map(|(at, lines)| Some((at, file((*lines)?))))
                .collect();
            let allowed = file(rules);
            let variable = words.word();
            Release {
                files,
                allowed,
                variable,
                seconds: 10,
            }
        })
}

fn edit_lines(lines: &mut Vec<String>, edit: &Edit, words: &mut Words) {
    match edit {
        Edit::Insert(at) => lines.insert(at.index(lines.len() + 1), words.word()),
        Edit::Replace(at) if !lines.is_empty() => {
            let at = at.index(lines.len());
            lines[at] = words.word();
        }
        Edit::Remove(at) if !lines.is_empty() => drop(lines.remove(at.index(lines.len()))),
        _ => lines.push(words.word()),
    }
}

/// Makes the next release.
fn released(mut release: Release, edits: &[(usize, Edit)]) -> Release {
    let mut words = Words {
        who: "theirs",
        next: 0,
    };
    for (at, edit) in edits {
        match edit {
            Edit::Executable | Edit::Rename if *at == FILES.len() => release.seconds += 1,
            Edit::LineEnds | Edit::Delete if *at == FILES.len() => release.variable = words.word(),
            _ if *at == FILES.len() => edit_lines(&mut release.allowed, edit, &mut words),
            Edit::Delete => drop(release.files.remove(at)),
            _ => edit_lines(release.files.entry(*at).or_default(), edit, &mut words),
        }
    }
    release
}

/// A scene of a repo without git, whose registry's templates are shown and not asked about.
fn repo() -> Scene {
    Scene::without_git()
}

fn publish(repo: &Scene, version: &str, release: &Release) {
    let mut files = Vec::new();
    for (at, lines) in &release.files {
        files.push((FILES[*at].0, text(lines)));
    }
    let rules: Vec<_> = release
        .allowed
        .iter()
        .map(|rule| format!("Bash({rule})"))
        .collect();
    let mut settings = serde_json::json!({"env": {"OWNER": release.variable}});
    if !rules.is_empty() {
        settings["permissions"] = serde_json::json!({"allow": rules});
    }
    files.push(("settings/claude.json", format!("{settings:#}\n")));
    let hook = format!(
        "[[hooks]]\nid = \"guard\"\nevent = \"before-tool\"\nmatches = \"Bash\"\nrun = \"hooks/guard.sh\"\ntimeout = {}\n",
        release.seconds
    );
    files.push(("template.toml", hook));
    files.push(("hooks/guard.sh", "#!/bin/sh\ncat > /dev/null\n".to_owned()));
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (*path, text.as_str()))
        .collect();
    repo.write_source("house", version, &files);
    if files.iter().any(|(path, _)| *path == SCRIPT) {
        // That it may be executed is an edit.
        repo.chmod(&format!("../templates/house/{SCRIPT}"), 0o644);
    }
    repo.publish("house", "registry");
}

/// Every file but agentpkg's own folder, with its mode.
fn files(repo: &Scene) -> BTreeMap<String, (u32, String)> {
    let mut files = BTreeMap::new();
    for (path, entry) in repo.tree() {
        if let Entry::File { bytes, mode } = entry {
            let path = path.to_str().expect("names are UTF-8").to_owned();
            files.insert(path, (mode, String::from_utf8(bytes).unwrap()));
        }
    }
    files
}

fn text(lines: &[String]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// The words of a text that somebody wrote.
fn words<'a>(text: &'a str, who: &str) -> BTreeSet<&'a str> {
    let part = |byte: char| !(byte.is_ascii_alphanumeric() || byte == '-');
    text.split(part)
        .filter(|word| {
            word.strip_prefix(who)
                .is_some_and(|rest| rest.starts_with('-'))
        })
        .collect()
}

/// Makes the team's edits, and counts those of what is no longer there.
fn edited(repo: &Scene, edits: &[(usize, Edit)], skips: &Skips) {
    let mut own = Words {
        who: "ours",
        next: 0,
    };
    for (at, edit) in edits {
        let is_made = match FILES.get(*at) {
            Some((_, path)) => edit_file(repo, path, edit, &mut own),
            None => edit_settings(repo, edit, &mut own),
        };
        skips.uses(is_made);
    }
}

/// Edits settings: something more is allowed, a part of them goes, or all. Returns whether it could
/// be done.
fn edit_settings(repo: &Scene, edit: &Edit, own: &mut Words) -> bool {
    let text = fs::read_to_string(repo.path(SETTINGS)).unwrap_or_default();
    let Ok(mut settings) = serde_json::from_str::<Value>(&text) else {
        return false;
    };
    let is_done = match edit {
        Edit::Rename => return fs::remove_file(repo.path(SETTINGS)).is_ok(),
        Edit::Delete | Edit::Executable => {
            let parts = ["/permissions", "/permissions/allow", "/env", "/env/OWNER"];
            let hooks = ["/hooks", "/hooks/PreToolUse", "/hooks/PreToolUse/0"];
            let all = [&parts[..], &hooks[..]].concat();
            own.next += 1;
            drop_value(&mut settings, all[own.next * 5 % all.len()])
        }
        Edit::Remove(at) => {
            let lists = [
                "/permissions/allow",
                "/hooks/PreToolUse",
                "/hooks/PreToolUse/0/hooks",
            ];
            let list = settings.pointer_mut(lists[at.index(lists.len())]);
            let list = list.and_then(Value::as_array_mut);
            list.is_some_and(|list| {
                let had = !list.is_empty();
                list.clear();
                had
            })
        }
        _ => {
            let list = settings.pointer_mut("/permissions/allow");
            let list = list.and_then(Value::as_array_mut);
            list.is_some_and(|list| {
                list.push(format!("Bash({})", own.word()).into());
                true
            })
        }
    };
    repo.write(SETTINGS, format!("{settings:#}\n"));
    is_done
}

/// Takes a value out of a document; returns whether it was there.
fn drop_value(document: &mut Value, pointer: &str) -> bool {
    let (above, last) = pointer.rsplit_once('/').unwrap();
    match document.pointer_mut(above) {
        Some(Value::Object(object)) => object.shift_remove(last).is_some(),
        Some(Value::Array(array)) if !array.is_empty() => {
            array.remove(0);
            true
        }
        _ => false,
    }
}

/// Where settings have what a release says, as JSON pointers: `what` is a word or a number.
fn pointer_of(release: &Release, what: &str) -> &'static str {
    match what {
        _ if release.variable == what => "/env/OWNER",
        _ if release.seconds.to_string() == what => "/hooks/PreToolUse",
        _ => "/permissions/allow",
    }
}

/// What a summary says isn't taken: a text for each row.
fn not_taken(said: &str) -> Vec<String> {
    let mut rows: Vec<(String, String)> = Vec::new();
    for line in said.lines() {
        let Some((label, text)) = line
            .strip_prefix("  ")
            .and_then(|line| line.split_at_checked(12))
        else {
            continue;
        };
        match (label.trim(), rows.last_mut()) {
            ("", Some((_, row))) => *row += &format!(" {}", text.trim()),
            (label, _) => rows.push((label.to_owned(), text.trim().to_owned())),
        }
    }
    let rows = rows.into_iter();
    let rows = rows.filter(|(label, _)| ["not taken", "yours now"].contains(&label.as_str()));
    rows.map(|(_, row)| row).collect()
}

/// Whether rows name a path, or in it one of the values on the way to a place.
fn is_named(rows: &[String], path: &str, pointer: Option<&str>) -> bool {
    let names_file = |row: &&String| row.contains(path);
    rows.iter().filter(names_file).any(|row| {
        let Some(pointer) = pointer else { return true };
        match row.split('`').nth(1) {
            Some(named) => pointer == named || pointer.starts_with(&format!("{named}/")),
            // All of the file.
            None => true,
        }
    })
}

/// Makes an edit of a file; returns whether there is one.
fn edit_file(repo: &Scene, path: &str, edit: &Edit, own: &mut Words) -> bool {
    let place = repo.path(path);
    let Ok(text) = fs::read_to_string(&place) else {
        return false;
    };
    match edit {
        Edit::Delete => fs::remove_file(place).unwrap(),
        Edit::LineEnds => {
            fs::write(place, text.replace("\r\n", "\n").replace('\n', "\r\n")).unwrap()
        }
        Edit::Executable => _ = repo.chmod(path, 0o755),
        Edit::Rename if path != "CLAUDE.md" => {
            fs::rename(&place, place.with_file_name("moved.md")).unwrap()
        }
        _ => {
            let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
            // The markers of a block stay: one alone is refused.
            let inner = if path == "CLAUDE.md" {
                1..lines.len() - 1
            } else {
                0..lines.len()
            };
            let mut between: Vec<String> = lines[inner.clone()].to_vec();
            edit_lines(&mut between, edit, own);
            lines.splice(inner, between);
            let ending = if text.contains("\r\n") { "\r\n" } else { "\n" };
            let text: String = lines.iter().map(|line| format!("{line}{ending}")).collect();
            fs::write(place, text).unwrap();
        }
    }
    true
}

/// Upgrades from one release to the next, with edits of the team before.
fn upgrade(
    first: &Release,
    theirs: &[(usize, Edit)],
    ours: &[(usize, Edit)],
    skips: &Skips,
) -> Result<(), TestCaseError> {
    let repo = repo();
    publish(&repo, "1.0.0", first);
    prop_assert!(repo.agentpkg(&["install", "house"]).code == Some(0));
    edited(&repo, ours, skips);
    let before = files(&repo);
    let second = released(first.clone(), theirs);
    publish(&repo, "1.1.0", &second);
    let output = repo.agentpkg(&["upgrade", "-v"]);
    let said = format!("{}{}", output.stdout, output.stderr);
    prop_assert!(matches!(output.code, Some(0 | 1)), "{}", said);
    let after = files(&repo);
    let lock = &after["agentpkg.lock"].1;
    let all: String = after
        .iter()
        .filter(|(path, _)| *path != "agentpkg.lock")
        .map(|(_, (_, text))| text.as_str())
        .collect();

    // 1. What the team wrote is there.
    let had: String = before.values().map(|(_, text)| text.as_str()).collect();
    for word in words(&had, "ours") {
        prop_assert!(
            words(&all, "ours").contains(word),
            "{word} is lost\n{said}\n{after:#?}"
        );
    }
    // 2. What upstream wrote is there, or waits in the lock, or is named as not taken.
    let rows = not_taken(&said);
    let waits: String = lock
        .split_once("\n[conflicts")
        .map_or(String::new(), |(_, waits)| waits.replace("\\n", "\n"));
    let arrives = |path: &str, word: &str| {
        // All of a file waits where its name is among the conflicts.
        let waits_whole = lock.lines().any(|line| {
            let mut sides = line.split(" = ");
            sides.next().is_some_and(|name| name.contains(path)) && line.contains("file = ")
        });
        let is_there = words(&all, "theirs").contains(word);
        is_there || waits_whole || words(&waits, "theirs").contains(word)
    };
    for (at, lines) in &second.files {
        let path = FILES[*at].1;
        for word in words(&text(lines), "theirs") {
            prop_assert!(
                arrives(path, word) || is_named(&rows, path, None),
                "{word} of {path} did not arrive\n{said}\n{after:#?}"
            );
        }
    }
    let settings = text(&second.allowed) + &second.variable;
    for word in words(&settings, "theirs") {
        let pointer = pointer_of(&second, word);
        prop_assert!(
            arrives(SETTINGS, word) || is_named(&rows, SETTINGS, Some(pointer)),
            "{word} of {pointer} did not arrive\n{said}\n{after:#?}"
        );
    }
    if second.seconds != first.seconds {
        let now = format!("\"timeout\": {}", second.seconds);
        prop_assert!(
            all.contains(&now) || is_named(&rows, SETTINGS, Some("/hooks/PreToolUse")),
            "the hook's time did not arrive\n{said}\n{after:#?}"
        );
    }
    // And what it took out is gone, where the team had left it alone and nothing waits.
    for (at, lines) in &first.files {
        let path = FILES[*at].1;
        let taken: Vec<_> = lines
            .iter()
            .filter(|line| {
                second
                    .files
                    .get(at)
                    .is_none_or(|lines| !lines.contains(line))
            })
            .collect();
        let is_untouched = !ours.iter().any(|(edited, _)| edited == at);
        for word in taken.into_iter().filter(|_| is_untouched) {
            prop_assert!(
                !words(&all, "base").contains(word.as_str()),
                "{word} of {path} stays\n{said}"
            );
        }
    }
    // Upgrading twice is upgrading once.
    let again = repo.agentpkg(&["upgrade"]);
    let open = lock.contains("[conflicts");
    prop_assert_eq!(
        again.code,
        Some(if open { 2 } else { 0 }),
        "{}",
        again.stderr
    );
    prop_assert_eq!(&files(&repo), &after);
    // And the way back is exact.
    let back = repo.agentpkg(&["undo"]);
    prop_assert!(back.code == Some(0), "{}", back.stderr);
    prop_assert_eq!(files(&repo), before);
    Ok(())
}

fn config() -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        max_shrink_iters: 200,
        ..ProptestConfig::default()
    }
}

#[test]
#[ignore = "runs the program some hundred times"]
fn an_upgrade_loses_nothing_and_brings_everything() {
    // A quarter is of files that the first release doesn't have, or that an edit took away.
    let skips = Skips::at_most(40, "edits of the team");
    proptest!(config(), |(first in first(), theirs in edits(12), ours in edits(12))| {
        upgrade(&first, &theirs, &ours, &skips)?;
    });
    skips.check();
}

proptest! {
    #![proptest_config(config())]

    #[test]
    #[ignore = "runs the program some hundred times"]
    fn what_is_installed_and_removed_leaves_nothing_behind(release in first(), theirs in edits(6), mine in "[ \\t]{0,2}(\\{\\}|\\{ *\"model\": *\"x\" *\\})\n?|\u{feff}?[ \r\n]{0,3}") {
        let repo = repo();
        repo.write("CLAUDE.md", "# Ours\r\nours-1");
        repo.write(SETTINGS, &mine);
        let before = files(&repo);
        publish(&repo, "1.0.0", &release);
        prop_assert!(repo.agentpkg(&["install", "house"]).code == Some(0));
        publish(&repo, "1.1.0", &released(release, &theirs));
        prop_assert!(repo.agentpkg(&["upgrade"]).code == Some(0));
        let removed = repo.agentpkg(&["remove", "house"]);
        prop_assert!(removed.code == Some(0), "{}", removed.stderr);
        let mut after = files(&repo);
        after.retain(|path, _| path != "agentpkg.toml" && path != "agentpkg.lock");
        prop_assert_eq!(after, before);
    }
}
