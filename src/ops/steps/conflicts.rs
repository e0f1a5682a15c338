//! Which conflicts of the lock still wait for a person: what was settled by hand is noticed.

use std::collections::BTreeMap;

use crate::agent;
use crate::error::{Error, Result};
use crate::merge::format::Format;
use crate::merge::marking::first_marker;
use crate::merge::open_conflicts::{first_marked, is_open};
use crate::model::conflict::{ConflictPlace, Open};
use crate::model::digest::Digest;
use crate::model::lock::{Lock, Record};
use crate::model::path::RelPath;
use crate::model::tree::File;
use crate::store::snapshot;
use crate::words;

use crate::ops::Session;
use crate::ops::steps::command_line::CommandLine;

/// The open conflicts of a repo, by path.
pub type Conflicts = BTreeMap<RelPath, Vec<Open>>;

/// Returns the conflicts that are still open.
pub fn still_open(session: &Session, lock: &Lock) -> Result<Conflicts> {
    let mut open = Conflicts::new();
    for (path, places) in &lock.conflicts {
        let file = snapshot::file(&session.workspace, team_path(lock, path))?;
        let taken = is_upstreams(lock, path, file.as_ref());
        let left: Vec<Open> = places
            .iter()
            .filter(|place| !taken && is_open(place, file.as_ref(), Format::of(path)))
            .cloned()
            .collect();
        if !left.is_empty() {
            open.insert(path.clone(), left);
        }
    }
    Ok(open)
}

/// Returns conflicts by where the team keeps each file, as a person knows them.
pub fn by_team_path(lock: &Lock, open: Conflicts) -> Conflicts {
    open.into_iter()
        .map(|(path, places)| (team_path(lock, &path).clone(), places))
        .collect()
}

/// Returns where the team keeps a file.
pub fn team_path<'a>(lock: &'a Lock, path: &'a RelPath) -> &'a RelPath {
    let moved = lock.files.get(path).and_then(Record::moved);
    moved.unwrap_or(path)
}

fn is_upstreams(lock: &Lock, path: &RelPath, file: Option<&File>) -> bool {
    match (lock.files.get(path).and_then(Record::as_whole), file) {
        (Some(whole), Some(file)) => Digest::of(&file.bytes) == whole.digest,
        _ => false,
    }
}

/// Refuses while something is open, or a managed file still holds markers.
pub fn refuse_while_open(session: &Session, lock: &Lock) -> Result<()> {
    let open = still_open(session, lock)?;
    if !open.is_empty() {
        return Err(error_waiting(session, lock, open));
    }
    for path in lock.files.keys() {
        let Some(file) = session.workspace.file(team_path(lock, path))? else {
            continue;
        };
        let Some(text) = file
            .text()
            .filter(|_| !is_upstreams(lock, path, Some(&file)))
        else {
            continue;
        };
        let marker = marked_line(lock, path, &file, text);
        if marker.is_some() {
            let line = words::line_suffix(marker);
            return Err(Error::user(format!(
                "`{path}`{line} still holds the markers of a conflict"
            ))
            .note("nothing was changed")
            .hint("edit the marked lines and take the markers out, then run the command again"));
        }
    }
    Ok(())
}

/// Says which conflicts wait for a person.
pub fn error_waiting(session: &Session, lock: &Lock, open: Conflicts) -> Error {
    let count: usize = open.values().map(Vec::len).sum();
    let verb = if count == 1 { "waits" } else { "wait" };
    let mut error = Error::user(format!(
        "{} of the last upgrade still {verb} for you",
        words::count(count, "conflict")
    ));
    for line in describe_conflicts(&by_team_path(lock, open)) {
        error = error.detail(line);
    }
    error
        .note("nothing was changed")
        .command(CommandLine::new(session, "resolve"))
        .hint_command(
            "to go back to before that upgrade",
            CommandLine::new(session, "upgrade --abort"),
        )
}

/// Returns the line, from 1, of the first conflict that is marked in a managed file. Markers
/// between the fences of code are those of a conflict where the lock has one that was marked; else
/// the file shows how they look.
pub fn marked_line(lock: &Lock, path: &RelPath, file: &File, text: &str) -> Option<usize> {
    let known = lock.conflicts.get(path).into_iter().flatten();
    let was_marked = known
        .map(|open| &open.at)
        .any(|at| matches!(at, ConflictPlace::Lines { marked: true, .. }));
    first_marker(agent::kind_of(path.file_name(), &file.bytes), text)
        .or_else(|| first_marked(text).filter(|_| was_marked))
}

/// Returns a line for each place.
pub fn describe_conflicts(open: &Conflicts) -> Vec<String> {
    let mut lines = Vec::new();
    for (path, places) in open {
        for place in places {
            // A line reads best right behind its file.
            let colon = if place.is_in_lines() { "" } else { ":" };
            lines.push(format!("`{path}`{colon} {}", place.place()));
        }
    }
    lines
}
