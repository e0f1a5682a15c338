//! Real releases, one after another, in a repo that a team edits: every hunk of both sides is
//! accounted for.
//!
//! The releases are read from the folder that `AGENTPKG_CORPUS` names. They're packaged without
//! CLAUDE.md and AGENTS.md and land in a folder of their own; `publish` refuses none of the other
//! files.

mod checker;
mod conflicts;
mod contents;
mod counts;
mod damage;
mod edits;
mod hand_copies;
mod hunks;
mod kinds;
mod releases;
mod repo;
mod report;
mod summary;
mod tree;

use std::collections::{BTreeMap, BTreeSet};

use support::{Scene, formatter};

use checker::Step;
use conflicts::Conflicts;
use edits::Team;
use hunks::{Lines, lines, places};
use releases::{NAME, VERSIONS, released};
use repo::Repo;
use summary::Summary;
use tree::Tree;

/// How what waits is settled after each step.
const SETTLED: [&str; 3] = ["--local", "--upstream", "--local"];

#[test]
#[ignore = "needs AGENTPKG_CORPUS"]
fn every_hunk_of_four_releases_is_accounted_for() {
    all_is_accounted_for(0);
}

#[test]
#[ignore = "needs AGENTPKG_CORPUS"]
fn every_hunk_is_accounted_for_where_moved_files_are_contested() {
    all_is_accounted_for(1);
}

#[test]
#[ignore = "needs AGENTPKG_CORPUS"]
fn every_hunk_is_accounted_for_where_words_of_one_line_meet() {
    all_is_accounted_for(8);
}

/// Checks that nothing is unaccounted for after the edits of a [`Team`]'s turn.
#[track_caller]
fn all_is_accounted_for(turn: usize) {
    let complaints = through_all_releases(turn);
    assert!(
        complaints.is_empty(),
        "{} are unaccounted for:\n{}",
        complaints.len(),
        complaints.join("\n")
    );
}

/// Upgrades through the releases with edits before each, and returns what isn't accounted for.
fn through_all_releases(turn: usize) -> Vec<String> {
    let repo = Scene::new();
    repo.release(VERSIONS[0]);
    repo.agentpkg(&["install", NAME]).exits(0);
    repo.commit("install");
    let mut installed = released(VERSIONS[0]);
    assert_eq!(
        repo.files(),
        installed,
        "what is installed is what was published"
    );
    let mut moved = BTreeMap::new();
    let mut complaints = Vec::new();
    for (number, (version, settled)) in VERSIONS[1..].iter().zip(SETTLED).enumerate() {
        let next = released(version);
        repo.release(version);
        let team = Team::edits(&installed, repo.files(), &next, moved, number + 1, turn);
        repo.put(&team.tree);
        repo.commit("edits");
        let found = upgrade(&repo, &installed, &next, version, &team);
        complaints.extend(
            found
                .into_iter()
                .map(|complaint| format!("{version}: {complaint}")),
        );
        moved = team.moved;
        repo.commit("upgrade");
        settle(&repo, settled, &moved);
        repo.commit("settled");
        again(&repo, version);
        installed = next;
    }
    complaints
}

/// Upgrades, and returns what isn't accounted for.
fn upgrade(repo: &Scene, installed: &Tree, next: &Tree, version: &str, team: &Team) -> Vec<String> {
    let before = repo.files();
    let ran = repo.agentpkg(&["upgrade", "-v", &format!("{NAME}@^{version}")]);
    let (after, conflicts, summary) = (
        repo.files(),
        repo.conflicts(),
        Summary::of(&ran.stdout, &ran.stderr),
    );
    ran.exits(i32::from(!conflicts.is_empty()));
    assert_eq!(repo.version(), version);
    println!(
        "== {version}\n{}\n{}{}",
        team.done.join("\n"),
        ran.stdout,
        ran.stderr
    );
    // Of what was formatted counts what it says, where nothing waits that stands in a layout.
    let mut formatted = team.formatted.clone();
    formatted.retain(|path| !conflicts.contains_key(path));
    let [installed, before, next, after] =
        [installed, &before, next, &after].map(|tree| plain(tree, &formatted));
    let moved = &team.moved;
    let step = Step {
        installed: &installed,
        before: &before,
        released: &next,
        moved,
        after: &after,
        conflicts: &conflicts,
        summary: &summary,
    };
    let report = checker::check(&step);
    println!("local     {}\nupstream  {}", report.local, report.upstream);
    println!(
        "conflicts {} in {} files",
        conflicts.values().map(Vec::len).sum::<usize>(),
        conflicts.len()
    );
    assert!(
        !conflicts.is_empty(),
        "some edits hit lines that the release changes"
    );
    if report.complaints.is_empty() {
        println!("damages   {}, all seen", damage::is_seen(&step));
    }
    report.complaints
}

/// Returns files of which some are without their layout.
fn plain(tree: &Tree, formatted: &BTreeSet<String>) -> Tree {
    let mut tree = tree.clone();
    for path in formatted {
        if let Some(file) = tree.get_mut(path) {
            file.bytes = formatter::plain(file.text()).into_bytes();
        }
    }
    tree
}

/// Takes one side of everything that waits, and checks that it is in the files.
fn settle(repo: &Scene, side: &str, moved: &BTreeMap<String, String>) {
    let (before, conflicts) = (repo.files(), repo.conflicts());
    let here = |(path, all)| (moved.get(&path).cloned().unwrap_or(path), all);
    let conflicts: Conflicts = conflicts.into_iter().map(here).collect();
    repo.agentpkg(&["resolve", side, "--all"]).exits(0);
    assert!(repo.conflicts().is_empty(), "everything is settled");
    let after = repo.files();
    if side == "--local" {
        assert!(after == before, "ours was in its place already");
        return;
    }
    for (path, file) in &after {
        let waited = conflicts.contains_key(path);
        assert!(
            waited || before.get(path) == Some(file),
            "{path}: nothing of it waited"
        );
    }
    theirs_is_there(&after, &conflicts);
}

fn theirs_is_there(tree: &Tree, conflicts: &Conflicts) {
    for (path, conflict) in conflicts
        .iter()
        .flat_map(|(path, all)| all.iter().map(move |one| (path, one)))
    {
        let all: Lines = lines(tree[path].text());
        let there = conflict.theirs.is_empty() || !places(&all, &conflict.theirs).is_empty();
        assert!(
            there,
            "{path}: the release's lines were taken, and aren't there: {:#?}",
            conflict.theirs
        );
    }
}

/// Upgrading once more changes nothing.
fn again(repo: &Scene, version: &str) {
    let before = repo.files();
    repo.agentpkg(&["upgrade", &format!("{NAME}@^{version}")])
        .exits(0);
    assert!(repo.files() == before, "upgrading twice is upgrading once");
}
