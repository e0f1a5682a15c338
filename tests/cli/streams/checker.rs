//! Accounts for every local and every upstream hunk of an upgrade, from what was there before and
//! what is there after.
//!
//! **It knows nothing of how files are merged**: it has the trees, the lock's conflicts and what
//! was printed.

use std::collections::{BTreeMap, BTreeSet};

use super::conflicts::Conflicts;
use super::contents::{self, Versions};
use super::hunks::{Lines, hunks, lines};
use super::report::{Fate, Report, Side};
use super::summary::Summary;
use super::tree::{File, Tree};

/// An upgrade, seen from outside.
pub struct Step<'a> {
    pub installed: &'a Tree,
    pub before: &'a Tree,
    pub released: &'a Tree,
    /// Where the team has moved files, now or earlier.
    pub moved: &'a BTreeMap<String, String>,
    pub after: &'a Tree,
    pub conflicts: &'a Conflicts,
    pub summary: &'a Summary,
}

/// Accounts for an upgrade.
pub fn check(step: &Step) -> Report {
    let mut report = Report::default();
    let trees = [step.installed, step.before, step.released, step.after];
    let paths: BTreeSet<&String> = trees.into_iter().flat_map(BTreeMap::keys).collect();
    for path in paths {
        check_file(step, path, &mut report);
    }
    // The lock has a file by its name in the release, the summary by where it is.
    let place = |path: &String| step.moved.get(path).unwrap_or(path).clone();
    let contested: BTreeSet<String> = step.conflicts.keys().map(place).collect();
    for path in contested.symmetric_difference(step.summary.contested()) {
        report.demand(
            false,
            path,
            "it waits in the lock or in the summary, not in both",
        );
    }
    report
}

/// Accounts for one path.
pub fn check_file(step: &Step, path: &str, report: &mut Report) {
    let moved = |path: &str| {
        step.moved
            .get(path)
            .filter(|_| step.installed.contains_key(path))
    };
    if step
        .moved
        .iter()
        .any(|(from, to)| to == path && moved(from).is_some())
    {
        // It is looked at together with where it was.
        return;
    }
    let to = moved(path);
    let place = to.map_or(path, String::as_str);
    let [base, local, upstream, after] = [
        step.installed.get(path),
        step.before.get(place),
        step.released.get(path),
        step.after.get(place),
    ];
    if let Some(to) = to {
        report.demand(
            !step.after.contains_key(path),
            path,
            &format!("it was moved to {to} and is back"),
        );
        let said = upstream == base || step.summary.moved(path, to);
        report.demand(said, path, &format!("nobody says that {to} was followed"));
        let fate = if step.after.contains_key(path) {
            Fate::Unaccounted
        } else {
            Fate::Whole
        };
        report.change(path, Side::Local, fate, "      the move");
    }
    let changed = step.before.get(place) != after;
    report.demand(
        !changed || step.summary.mentions(path),
        path,
        "it changed, and the summary doesn't name it",
    );
    match (base, local, upstream) {
        (None, None, None) => {
            report.demand(after.is_none(), path, "nobody had it, and it is there")
        }
        (None, Some(local), None) => report.demand(
            after == Some(local),
            path,
            "it is the team's, and it changed",
        ),
        (None, None, Some(upstream)) => {
            let fate = if after == Some(upstream) {
                Fate::Whole
            } else {
                Fate::Unaccounted
            };
            report.change(path, Side::Upstream, fate, "      the new file");
        }
        (Some(base), None, upstream) => gone_here(step, path, base, upstream, report),
        (Some(base), Some(local), None) => gone_upstream(step, path, place, base, local, report),
        (base, Some(local), Some(upstream)) => {
            let nothing = File {
                bytes: Vec::new(),
                executable: upstream.executable,
            };
            let base = base.unwrap_or(&nothing);
            let Some(after) = after else {
                report.demand(false, path, "both sides have it, and it is gone");
                return;
            };
            let conflicts = step
                .conflicts
                .get(path)
                .or_else(|| step.conflicts.get(place));
            let versions = Versions {
                base,
                local,
                upstream,
                after,
            };
            contents::account(
                path,
                &versions,
                conflicts.map_or(&[], Vec::as_slice),
                report,
            );
        }
    }
}

/// The team deleted it: it stays gone, and what is new in it is named.
fn gone_here(step: &Step, path: &str, base: &File, upstream: Option<&File>, report: &mut Report) {
    let fate = if step.after.contains_key(path) {
        Fate::Unaccounted
    } else {
        Fate::Whole
    };
    report.change(path, Side::Local, fate, "      the deletion");
    let Some(upstream) = upstream else { return };
    let named = step.summary.names(&["not taken"], path);
    for hunk in hunks(&lines(base.text()), &lines(upstream.text())) {
        report.hunk(
            path,
            Side::Upstream,
            &hunk,
            if named {
                Fate::Named
            } else {
                Fate::Unaccounted
            },
        );
    }
}

/// The release dropped it: it goes, or stays as the team has it; both are said.
fn gone_upstream(
    step: &Step,
    path: &str,
    place: &str,
    base: &File,
    local: &File,
    report: &mut Report,
) {
    let after = step.after.get(place);
    if local == base && path == place {
        let fate = if after.is_none() {
            Fate::Whole
        } else {
            Fate::Unaccounted
        };
        report.change(path, Side::Upstream, fate, "      the deletion");
        report.demand(
            step.summary.names(&["deleted"], path),
            path,
            "it went, and no row says so",
        );
        return;
    }
    let said = step.summary.names(&["yours now", "kept"], path)
        || step.summary.names(&["yours now", "kept"], place);
    report.change(
        path,
        Side::Upstream,
        if said { Fate::Named } else { Fate::Unaccounted },
        "      the deletion",
    );
    report.demand(
        after == Some(local),
        path,
        "the team edited it, the release dropped it, and it isn't as it was",
    );
    let now: Lines = lines(after.map_or("", File::text));
    for hunk in hunks(&lines(base.text()), &lines(local.text())) {
        let fate = if now == lines(local.text()) {
            Fate::Whole
        } else {
            Fate::Unaccounted
        };
        report.hunk(path, Side::Local, &hunk, fate);
    }
}
