//! Promises 1 and 2 over random templates, edits and releases, with the program itself: a local
//! edit survives, what upstream changed arrives or is named, and upgrading twice is upgrading once.
//!
//! Every line and every entry that anybody writes is a word that nobody else writes, so that each
//! can be looked for.

mod places;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use proptest::prelude::*;
use proptest::sample::Index;
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

/// A source: what each file holds, line by line, and the rules that settings allow.
#[derive(Clone, Debug, Default, PartialEq)]
struct Release {
    files: BTreeMap<usize, Vec<String>>,
    allowed: Vec<String>,
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
            Release { files, allowed }
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
    if !release.allowed.is_empty() {
        let rules: Vec<_> = release
            .allowed
            .iter()
            .map(|rule| format!("Bash({rule})"))
            .collect();
        let settings = serde_json::json!({"permissions": {"allow": rules}});
        files.push(("settings/claude.json", format!("{settings:#}\n")));
    }
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
            None => allow(repo, &mut own),
        };
        skips.uses(is_made);
    }
}

/// Allows something in settings; returns whether they allow anything.
fn allow(repo: &Scene, own: &mut Words) -> bool {
    let text = fs::read_to_string(repo.path(SETTINGS)).unwrap_or_default();
    let Ok(mut settings) = serde_json::from_str::<serde_json::Value>(&text) else {
        return false;
    };
    let Some(list) = settings["permissions"]["allow"].as_array_mut() else {
        return false;
    };
    list.push(format!("Bash({})", own.word()).into());
    repo.write(SETTINGS, format!("{settings:#}\n"));
    true
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
    let output = repo.agentpkg(&["upgrade"]);
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
    // 2. What upstream wrote is there, or waits in the lock, or its file is named.
    let brought = second
        .files
        .iter()
        .map(|(at, lines)| (FILES[*at].1, text(lines)));
    for (path, text) in brought.chain([(SETTINGS, text(&second.allowed))]) {
        for word in words(&text, "theirs") {
            let is_there =
                words(&all, "theirs").contains(word) || words(lock, "theirs").contains(word);
            prop_assert!(
                is_there || said.contains(path),
                "{word} of {path} did not arrive\n{said}\n{after:#?}"
            );
        }
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
    fn what_is_installed_and_removed_leaves_nothing_behind(release in first(), theirs in edits(6), mine in "[ \\t]{0,2}(\\{\\}|\\{ *\"model\": *\"x\" *\\})\n?") {
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
