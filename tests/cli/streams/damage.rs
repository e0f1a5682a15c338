//! Proofs that the checker can fail: whatever is damaged in a tree that is accounted for, it
//! complains.

use std::collections::BTreeMap;

use super::checker::{self, Step};
use super::conflicts::{Conflict, Conflicts};
use super::hunks::{Hunk, Lines, hunks, lines, places};
use super::report::Report;
use super::summary::Summary;
use super::tree::{File, Tree};

/// Damages each file of an upgrade that is accounted for, in each way that can be told from
/// outside: an added line of either side is dropped, a hunk of either side is taken back, a file
/// goes, one that was deleted is restored.
///
/// Returns how many damages were tried; each one was complained about.
#[track_caller]
pub fn is_seen(step: &Step) -> usize {
    let mut tried = 0;
    for (path, after) in step.after {
        let [before, released] = [step.before, step.released].map(|tree| tree.get(path));
        let (Some(installed), Some(before), Some(released)) =
            (step.installed.get(path), before, released)
        else {
            continue;
        };
        let waits: Lines = step
            .conflicts
            .get(path)
            .into_iter()
            .flatten()
            .flat_map(lines_of)
            .collect();
        let [base, after] = [installed, after].map(|file| lines(file.text()));
        let sides = [before, released].map(|side| hunks(&base, &lines(side.text())));
        for hunk in sides
            .iter()
            .flatten()
            .filter(|hunk| !hunk.added.iter().any(|line| waits.contains(line)))
        {
            for damaged in damages(&after, hunk) {
                complains(step, path, Some(&damaged));
                tried += 1;
            }
        }
        complains(step, path, None);
        tried += 1;
    }
    for (path, file) in step
        .installed
        .iter()
        .filter(|(path, _)| !step.before.contains_key(*path))
    {
        complains(step, path, Some(&lines(file.text())));
        tried += 1;
    }
    tried
}

fn lines_of(conflict: &Conflict) -> Lines {
    [&conflict.base, &conflict.ours, &conflict.theirs]
        .into_iter()
        .flatten()
        .cloned()
        .collect()
}

/// Returns a file's lines with a hunk's lines dropped one by one, and with the hunk taken back.
fn damages(after: &Lines, hunk: &Hunk) -> Vec<Lines> {
    let [start] = places(after, &hunk.added)[..] else {
        return Vec::new();
    };
    let end = start + hunk.added.len();
    let spliced =
        |from: usize, to: usize, with: &[String]| [&after[..from], with, &after[to..]].concat();
    let dropped = (start..end).map(|line| spliced(line, line + 1, &[]));
    dropped
        .chain([spliced(start, end, &hunk.removed)])
        .collect()
}

/// Checks that the damage is seen by the lines that it is about, not by something that comes with
/// it.
#[track_caller]
fn complains(step: &Step, path: &str, damaged: Option<&Lines>) {
    let file = step.after.get(path);
    let end = if file.is_some_and(|file| file.text().contains("\r\n")) {
        "\r\n"
    } else {
        "\n"
    };
    let text = |lines: &Lines| {
        lines
            .iter()
            .map(|line| format!("{line}{end}"))
            .collect::<String>()
    };
    let executable = file.is_some_and(|file| file.executable);
    let damaged = damaged.map(|lines| File {
        bytes: text(lines).into_bytes(),
        executable,
    });
    let about = ["unaccounted for", "outside conflicts", "it is gone"];
    let after: Tree = damaged
        .into_iter()
        .map(|file| (path.to_owned(), file))
        .collect();
    let mut report = Report::default();
    checker::check_file(
        &Step {
            after: &after,
            ..*step
        },
        path,
        &mut report,
    );
    let seen = report
        .complaints
        .iter()
        .any(|complaint| about.iter().any(|words| complaint.contains(words)));
    assert!(
        seen,
        "{path}: nobody complained of\n{:?}\n{:#?}",
        after.get(path).map(File::text),
        report.complaints
    );
}

/// What was installed, in a file of each kind.
const INSTALLED: &str = "# A\n\none\ntwo\nthree\nfour\nfive\nsix\nseven\neight\n";

/// Four trees that are accounted for.
struct Example {
    trees: [Tree; 4],
    moved: BTreeMap<String, String>,
    conflicts: Conflicts,
    summary: Summary,
}

/// The team changed `one` and `five`, deleted a file and moved another; the release changed
/// `three`, `five` and both.
fn example() -> Example {
    let tree = |files: &[(&str, String)]| -> Tree {
        files
            .iter()
            .map(|(path, text)| ((*path).to_owned(), File::plain(text)))
            .collect()
    };
    let text = |changes: &[(&str, &str)]| {
        changes
            .iter()
            .fold(INSTALLED.to_owned(), |text, (old, new)| {
                text.replacen(old, new, 1)
            })
    };
    let (new, moved) = (
        text(&[("two\n", "two\nand a half\n")]),
        INSTALLED.replace("# A", "# B"),
    );
    let moved_on = moved.replace("six", "SIX");
    let installed = [
        ("a.md", INSTALLED.into()),
        ("gone.md", INSTALLED.into()),
        ("moved.md", moved.clone()),
    ];
    let before = [
        ("a.md", text(&[("one", "ONE"), ("five", "ours")])),
        ("here.md", moved),
    ];
    let released = [
        (
            "a.md",
            text(&[("three", "THREE\nand more"), ("five", "theirs")]),
        ),
        ("gone.md", new),
        ("moved.md", moved_on.clone()),
    ];
    let after = [
        (
            "a.md",
            text(&[
                ("one", "ONE"),
                ("three", "THREE\nand more"),
                ("five", "ours"),
            ]),
        ),
        ("here.md", moved_on),
    ];
    let one = |line: &str| vec![line.to_owned()];
    let conflict = Conflict {
        line: Some(8),
        base: one("five"),
        ours: one("ours"),
        theirs: one("theirs"),
        ..Conflict::default()
    };
    let printed = "upgraded example 1.0.0 -> 1.1.0\n  merged      1 file into what was there: a.md\n  \
                   not taken   1 file, which you deleted: gone.md\n  \
                   note        moved.md is here.md here, where you moved it\n";
    Example {
        trees: [
            tree(&installed),
            tree(&before),
            tree(&released),
            tree(&after),
        ],
        moved: BTreeMap::from([("moved.md".to_owned(), "here.md".to_owned())]),
        conflicts: BTreeMap::from([("a.md".to_owned(), vec![conflict])]),
        summary: Summary::of(printed, "warning: 1 file has it\n  `a.md` line 8\n"),
    }
}

impl Example {
    fn report(&self) -> Report {
        checker::check(&self.step())
    }

    fn step(&self) -> Step<'_> {
        let [installed, before, released, after] = &self.trees;
        let Self {
            moved,
            conflicts,
            summary,
            ..
        } = self;
        Step {
            installed,
            before,
            released,
            moved,
            after,
            conflicts,
            summary,
        }
    }

    fn after(&mut self) -> &mut Tree {
        &mut self.trees[3]
    }

    fn replaced(mut self, path: &str, old: &str, new: &str) -> Self {
        let text = self.after()[path].text().to_owned();
        assert!(text.contains(old), "{path} has {old}");
        self.after()
            .insert(path.to_owned(), File::plain(text.replacen(old, new, 1)));
        self
    }

    /// Checks that something is complained of in these words.
    #[track_caller]
    fn complains(&self, words: &str) {
        let complaints = self.report().complaints;
        assert!(
            complaints.iter().any(|complaint| complaint.contains(words)),
            "no `{words}` in {complaints:#?}"
        );
    }
}

#[test]
fn what_is_whole_is_accounted_for() {
    let report = example().report();
    assert!(report.complaints.is_empty(), "{:#?}", report.complaints);
    let (local, upstream) = (report.local, report.upstream);
    assert_eq!(
        (local.whole, local.unaccounted),
        (4, 0),
        "two lines, a deletion and a move"
    );
    assert_eq!(
        (
            upstream.whole,
            upstream.conflict,
            upstream.named,
            upstream.unaccounted
        ),
        (2, 1, 1, 0)
    );
    assert!(is_seen(&example().step()) > 4);
}

#[test]
fn a_local_line_that_was_dropped_is_missed() {
    example()
        .replaced("a.md", "ONE\n", "")
        .complains("a.md: Local is unaccounted for");
    example()
        .replaced("a.md", "ONE", "one")
        .complains("a.md: Local is unaccounted for");
}

#[test]
fn an_upstream_hunk_that_was_reverted_is_missed() {
    example()
        .replaced("a.md", "THREE\nand more", "three")
        .complains("a.md: Upstream is unaccounted for");
    example()
        .replaced("a.md", "and more\n", "")
        .complains("a.md: Upstream is unaccounted for");
    example()
        .replaced("here.md", "SIX", "six")
        .complains("moved.md: Upstream is unaccounted for");
}

#[test]
fn what_nobody_changed_is_missed_too() {
    example()
        .replaced("a.md", "seven\n", "")
        .complains("a line is there 0 times, not 1..=1: `seven`");
    example()
        .replaced("a.md", "seven\n", "seven\nseven\n")
        .complains("a line is there 2 times");
    example()
        .replaced("a.md", "seven\n", "seven\nnew\n")
        .complains("a line is there 1 times, not 0..=0: `new`");
}

#[test]
fn a_deleted_file_that_is_back_is_seen() {
    let mut example = example();
    example
        .after()
        .insert("gone.md".to_owned(), File::plain(INSTALLED));
    example.complains("gone.md: Local is unaccounted for");
}

#[test]
fn a_moved_file_that_is_back_is_seen() {
    let mut example = example();
    example
        .after()
        .insert("moved.md".to_owned(), File::plain(INSTALLED));
    example.complains("moved.md: it was moved to here.md and is back");
}

#[test]
fn a_conflict_that_is_not_recorded_is_missed() {
    let mut one = example();
    one.conflicts.clear();
    one.complains("a.md: Upstream is unaccounted for");
    one.complains("a.md: it waits in the lock or in the summary, not in both");
    let mut one = example();
    one.conflicts.get_mut("a.md").unwrap()[0].theirs = vec!["something".to_owned()];
    one.complains("a conflict's theirs isn't in the release");
}

#[test]
fn what_is_not_named_is_missed() {
    let mut one = example();
    one.summary = Summary::of("", "  `a.md` line 8\n");
    one.complains("gone.md: Upstream is unaccounted for");
    one.complains("moved.md: nobody says that here.md was followed");
}

#[test]
fn line_ends_and_bits_are_a_side_s() {
    let mut one = example();
    let [_, before, _, after] = &mut one.trees;
    before.get_mut("a.md").unwrap().bytes =
        before["a.md"].text().replace('\n', "\r\n").into_bytes();
    after.get_mut("a.md").unwrap().executable = true;
    one.complains("a.md: its line ends are neither side's change");
    one.complains("a.md: its executable bit is neither side's change");
    let [_, _, _, after] = &mut one.trees;
    let mixed = after["a.md"].text().replacen('\n', "\r\n", 3);
    *after.get_mut("a.md").unwrap() = File::plain(mixed);
    one.complains("a.md: its line ends are neither side's change");
    let [_, _, _, after] = &mut one.trees;
    let windows = after["a.md"]
        .text()
        .replace("\r\n", "\n")
        .replace('\n', "\r\n");
    *after.get_mut("a.md").unwrap() = File::plain(windows);
    assert!(
        one.report().complaints.is_empty(),
        "{:#?}",
        one.report().complaints
    );
}
