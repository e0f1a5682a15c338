//! What became of the hunks of a file that both sides have.

use std::collections::BTreeSet;
use std::ops::Range;

use super::conflicts::Conflict;
use super::counts::{Counts, Tally};
use super::hunks::{Hunk, Lines, hunks, lines, places};
use super::report::{Fate, Report, Side};
use super::tree::File;

/// A file as it was installed, as the team had it, as the new release has it, and as it is now.
pub struct Versions<'a> {
    pub base: &'a File,
    pub local: &'a File,
    pub upstream: &'a File,
    pub after: &'a File,
}

/// Accounts for each hunk of a file.
pub fn account(path: &str, versions: &Versions, conflicts: &[Conflict], report: &mut Report) {
    let Versions {
        base,
        local,
        upstream,
        after,
    } = versions;
    if local == base {
        report.demand(
            after == upstream,
            path,
            "it was untouched here and isn't the release's to the byte",
        );
    }
    if upstream == base {
        report.demand(
            after == local,
            path,
            "the release left it as it was, and it isn't the team's to the byte",
        );
    }
    let bit = if local.executable == base.executable {
        upstream.executable
    } else {
        local.executable
    };
    report.demand(
        after.executable == bit,
        path,
        "its executable bit is neither side's change",
    );
    let kept = if ends(local) == ends(base) {
        ends(upstream)
    } else {
        ends(local)
    };
    report.demand(
        matches!(kept, Ends::Mixed) || ends(after) == kept,
        path,
        "its line ends are neither side's change",
    );
    let whole = conflicts.iter().any(|conflict| conflict.whole);
    report.demand(
        !whole || after == local,
        path,
        "all of it waits for a person, and it isn't the team's",
    );
    let texts = Texts::of(versions, conflicts);
    for conflict in conflicts.iter().filter(|conflict| !conflict.whole) {
        texts.believe(path, conflict, report);
    }
    let (local, upstream) = (
        hunks(&texts.base, &texts.local),
        hunks(&texts.base, &texts.upstream),
    );
    let tallies = Tallies {
        lines: texts.outside(by_line),
        words: local
            .iter()
            .any(|hunk| upstream.iter().any(|other| other.overlaps(hunk)))
            .then(|| texts.outside(by_word)),
    };
    let mut by_words: Vec<&Hunk> = Vec::new();
    for (side, own, others) in [
        (Side::Local, &local, &upstream),
        (Side::Upstream, &upstream, &local),
    ] {
        for hunk in own {
            let fate = match texts.fate(&tallies, side, hunk, others) {
                Fate::Unaccounted if whole => Fate::Conflict,
                fate => fate,
            };
            report.hunk(path, side, hunk, fate);
            if fate == Fate::Words {
                by_words.push(hunk);
            }
        }
    }
    if !whole {
        texts.nothing_else(&tallies, path, &by_words, report);
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Ends {
    Unix,
    Windows,
    Mixed,
}

/// Returns how the lines of a file end.
fn ends(file: &File) -> Ends {
    let text = file.text();
    match (text.matches('\n').count(), text.matches("\r\n").count()) {
        (_, 0) => Ends::Unix,
        (all, windows) if all == windows => Ends::Windows,
        _ => Ends::Mixed,
    }
}

/// What is counted outside the conflicts.
struct Tallies<'a> {
    lines: Tally<'a>,
    /// Only where both sides changed one line.
    words: Option<Tally<'a>>,
}

/// The lines of four versions and of what waits.
struct Texts<'a> {
    base: Lines,
    local: Lines,
    upstream: Lines,
    after: Lines,
    conflicts: &'a [Conflict],
}

impl<'a> Texts<'a> {
    fn of(versions: &Versions, conflicts: &'a [Conflict]) -> Self {
        let [base, local, upstream, after] = [
            versions.base,
            versions.local,
            versions.upstream,
            versions.after,
        ]
        .map(|file| lines(file.text()));
        Self {
            base,
            local,
            upstream,
            after,
            conflicts,
        }
    }

    /// Checks that a conflict tells what the versions have, and that ours is in its place.
    fn believe(&self, path: &str, conflict: &Conflict, report: &mut Report) {
        let has = |all: &Lines, some: &Lines| some.is_empty() || !places(all, some).is_empty();
        report.demand(
            !conflict.marked,
            path,
            "without a terminal, it is said to hold markers",
        );
        report.demand(
            has(&self.base, &conflict.base),
            path,
            "a conflict's base isn't in what was installed",
        );
        report.demand(
            has(&self.local, &conflict.ours),
            path,
            "a conflict's ours isn't in what the team had",
        );
        report.demand(
            has(&self.upstream, &conflict.theirs),
            path,
            "a conflict's theirs isn't in the release",
        );
        let line = conflict.line.map(|line| line - 1);
        let there = places(&self.after, &conflict.ours);
        let in_place = conflict.ours.is_empty() || line.is_some_and(|line| there.contains(&line));
        report.demand(
            in_place,
            path,
            "a conflict's ours isn't at the line that it names",
        );
    }

    /// Counts what is outside the conflicts, by lines or by words.
    fn outside<'s>(&'s self, part: impl Fn(&'s Lines) -> Vec<&'s str>) -> Tally<'s> {
        let places = || self.conflicts.iter().filter(|conflict| !conflict.whole);
        let waits = |of: fn(&'s Conflict) -> &'s Lines| {
            places().map(of).flat_map(&part).collect::<Vec<_>>()
        };
        Tally {
            base: Counts::of(part(&self.base), waits(|conflict| &conflict.base)),
            local: Counts::of(part(&self.local), waits(|conflict| &conflict.ours)),
            upstream: Counts::of(part(&self.upstream), waits(|conflict| &conflict.theirs)),
            // Ours is in its place.
            after: Counts::of(part(&self.after), waits(|conflict| &conflict.ours)),
        }
    }

    fn fate(&self, tallies: &Tallies, side: Side, hunk: &Hunk, others: &[Hunk]) -> Fate {
        let tally = &tallies.lines;
        let came = |line: &String| tally.came(line) && self.after.contains(line);
        let went = |line: &String| tally.went(line);
        if side == Side::Upstream && self.is_contested(hunk) && self.waits(side, hunk, came, went) {
            return Fate::Conflict;
        }
        let neighbours = others.iter().any(|other| other.touches(hunk));
        // That lines went says nothing where the other side put others in their place.
        let proves = !hunk.added.is_empty()
            || !others
                .iter()
                .any(|other| other.overlaps(hunk) && !other.added.is_empty());
        if proves && hunk.added.iter().all(came) && hunk.removed.iter().all(went) {
            if self.in_one_piece(side, hunk, neighbours) {
                return Fate::Whole;
            }
            if neighbours && in_order(&self.after, &hunk.added) {
                return Fate::Lines;
            }
        }
        if self.waits(side, hunk, came, went) {
            return Fate::Conflict;
        }
        let overlaps = others.iter().any(|other| other.overlaps(hunk));
        match &tallies.words {
            Some(words) if overlaps && self.word_by_word(words, hunk) => Fate::Words,
            _ => Fate::Unaccounted,
        }
    }

    /// Whether a conflict is about lines that an upstream hunk changed.
    fn is_contested(&self, hunk: &Hunk) -> bool {
        let meets = |all: &Lines, some: &Lines, of: &Range<usize>| {
            places(all, some)
                .iter()
                .any(|&start| start < of.end && of.start < start + some.len())
        };
        self.conflicts.iter().any(|conflict| {
            meets(&self.base, &conflict.base, &hunk.base)
                || meets(&self.upstream, &conflict.theirs, &hunk.side)
        })
    }

    /// Whether what was added stands together, behind or before the line that it stood behind or
    /// before; only another side's edit of neighbouring lines can have changed both.
    fn in_one_piece(&self, side: Side, hunk: &Hunk, neighbours: bool) -> bool {
        let from = self.side(side);
        let before = |all: &Lines, at: usize| at.checked_sub(1).map(|above| all[above].clone());
        let anchored = |&start: &usize| {
            let end = start + hunk.added.len();
            before(&self.after, start) == before(from, hunk.side.start)
                || self.after.get(end) == from.get(hunk.side.end)
        };
        hunk.added.is_empty()
            || places(&self.after, &hunk.added)
                .iter()
                .any(|start| neighbours || anchored(start))
    }

    fn side(&self, side: Side) -> &Lines {
        match side {
            Side::Local => &self.local,
            Side::Upstream => &self.upstream,
        }
    }

    /// Whether each line of a hunk that isn't as it should be is in a conflict.
    fn waits(
        &self,
        side: Side,
        hunk: &Hunk,
        came: impl Fn(&String) -> bool,
        went: impl Fn(&String) -> bool,
    ) -> bool {
        let own = |conflict: &'a Conflict| match side {
            Side::Local => &conflict.ours,
            Side::Upstream => &conflict.theirs,
        };
        let of = |line: &String, lines: fn(&'a Conflict) -> &'a Lines| {
            self.conflicts
                .iter()
                .any(|conflict| lines(conflict).contains(line))
        };
        let adds = |line: &String| {
            self.conflicts
                .iter()
                .any(|conflict| own(conflict).contains(line))
        };
        let removes = |line: &String| of(line, |conflict| &conflict.base);
        let some = hunk.added.iter().any(adds) || hunk.removed.iter().any(removes);
        some && hunk.added.iter().all(|line| adds(line) || came(line))
            && hunk.removed.iter().all(|line| removes(line) || went(line))
    }

    /// Whether each run of words that a hunk added stands together, and all that it removed went.
    fn word_by_word(&self, tally: &Tally, hunk: &Hunk) -> bool {
        let [removed, added] = [&hunk.removed, &hunk.added].map(words);
        let after = words(&self.after);
        let runs = hunks(&removed, &added);
        !runs.is_empty()
            && runs.iter().all(|run| {
                (run.added.is_empty() || !places(&after, &run.added).is_empty())
                    && run.added.iter().all(|word| tally.came(word))
                    && run.removed.iter().all(|word| tally.went(word))
            })
    }

    /// Checks that every other line is there as often as the sides make it.
    fn nothing_else(&self, tallies: &Tallies, path: &str, by_words: &[&Hunk], report: &mut Report) {
        let known: BTreeSet<&String> = [&self.base, &self.local, &self.upstream]
            .into_iter()
            .flatten()
            .collect();
        let excused = |line: &str| {
            let of_hunk = |hunk: &&Hunk| {
                hunk.added
                    .iter()
                    .chain(&hunk.removed)
                    .any(|own| own == line)
            };
            by_words.iter().any(of_hunk)
                || (!by_words.is_empty() && !known.contains(&line.to_owned()))
        };
        let mut demand = |tally: &Tally, what: &str, text: &str| {
            let (is, may) = (tally.is(text), tally.may(text));
            report.demand(
                false,
                path,
                &format!("outside conflicts, a {what} is there {is} times, not {may:?}: `{text}`"),
            );
        };
        for line in tallies
            .lines
            .wrong()
            .into_iter()
            .filter(|line| !excused(line))
        {
            demand(&tallies.lines, "line", line);
        }
        for words in tallies.words.iter().filter(|_| !by_words.is_empty()) {
            words
                .wrong()
                .into_iter()
                .for_each(|word| demand(words, "word", word));
        }
    }
}

fn by_line(lines: &Lines) -> Vec<&str> {
    lines.iter().map(String::as_str).collect()
}

fn by_word(lines: &Lines) -> Vec<&str> {
    lines
        .iter()
        .flat_map(|line| line.split_whitespace())
        .collect()
}

fn words(lines: &Lines) -> Lines {
    by_word(lines).into_iter().map(str::to_owned).collect()
}

/// Whether some lines stand one below another, with others between.
fn in_order(all: &Lines, some: &Lines) -> bool {
    let mut all = all.iter();
    some.iter().all(|line| all.any(|other| other == line))
}
