//! What `check` says of managed files: missing, edited, in conflict, or not to be read.

use std::collections::BTreeMap;

use crate::error::Result;
use crate::hint::Hint;
use crate::merge::{block, json};
use crate::model::finding::Within;
use crate::model::lock::{Lock, Record};
use crate::model::path::RelPath;
use crate::model::tree::File;
use crate::model::upstream::Comment;
use crate::store::snapshot;
use crate::tree::{Found, Local, State, ownership};
use crate::words;

use crate::ops::Session;
use crate::ops::steps::command_line::CommandLine;
use crate::ops::steps::conflicts;
use crate::ops::steps::local_changes::{self, ChangedFile};
use crate::ops::steps::repo::Repo;

use super::{CheckFinding, CheckRule, of_file};

/// What the team did to each managed path.
pub fn changed(session: &Session, repo: &Repo, lock: &Lock) -> Result<Vec<CheckFinding>> {
    let changed = local_changes::changed(session, repo, lock, None)?;
    let findings = changed.into_iter();
    Ok(findings
        .filter_map(|file| changed_file(session, lock, file))
        .collect())
}

fn changed_file(session: &Session, lock: &Lock, file: ChangedFile) -> Option<CheckFinding> {
    const EMPTIED: &str = "it is empty: nothing of what was installed is in it";
    let install = Hint::from(CommandLine::new(session, "install"));
    let (rule, message, hint) = match file.state {
        State::Missing => (
            CheckRule::Missing,
            "it is not there".to_owned(),
            Some(install),
        ),
        State::Elsewhere => {
            let elsewhere = file.elsewhere?;
            let command = elsewhere.command(&session.git());
            let hint = Hint::command(command);
            (CheckRule::Missing, elsewhere.to_string(), Some(hint))
        }
        State::Deleted => (CheckRule::Changed, "deleted here".to_owned(), None),
        State::Moved => (CheckRule::Changed, "moved here".to_owned(), None),
        State::Edited if is_emptied(session, lock, &file.path) => {
            // Nothing fills it again unasked.
            (CheckRule::Missing, EMPTIED.to_owned(), None)
        }
        State::Edited | State::Reformatted => (CheckRule::Changed, "edited here".to_owned(), None),
        State::Broken | State::Unchanged | State::Seed => return None,
    };
    let mut finding = of_file(rule, file.path, message);
    finding.hints.extend(hint);
    Some(finding)
}

/// Whether nothing is left of a file that templates have entries in: deleted by hand, or cut off by
/// a program. It is never filled again unasked.
fn is_emptied(session: &Session, lock: &Lock, path: &RelPath) -> bool {
    if lock.files.get(path).and_then(Record::as_keys).is_none() {
        return false;
    }
    let file = session.workspace.file(path).ok().flatten();
    file.is_some_and(|file| file.text().is_some_and(json::is_blank))
}

/// What an upgrade left to a person.
pub fn conflicts(session: &Session, lock: &Lock) -> Result<Vec<CheckFinding>> {
    let open = conflicts::by_team_path(lock, conflicts::still_open(session, lock)?);
    let mut findings = Vec::new();
    for (path, places) in &open {
        for place in places {
            let message = match place.is_in_lines() {
                true => "both changed".to_owned(),
                false => place.place(),
            };
            let mut finding = of_file(CheckRule::Conflict, path.clone(), message);
            finding.place = place.place_in(path.clone());
            let resolve = CommandLine::new(session, "resolve").file(path.as_str());
            findings.push(finding.hint(resolve));
        }
    }
    Ok(findings)
}

/// Managed files that the agent could not read as they are.
pub fn unreadable(session: &Session, lock: &Lock) -> Result<Vec<CheckFinding>> {
    let mut findings = Vec::new();
    // What lies on the way to many files is said once.
    let mut in_the_way: BTreeMap<RelPath, (&'static str, usize)> = BTreeMap::new();
    for (path, local) in snapshot::managed(&session.workspace, &lock.files, [])? {
        if let Found::Obstacle(obstacle) = &local.found
            && obstacle.at != path
        {
            let at = in_the_way.entry(obstacle.at.clone());
            at.or_insert((obstacle.what, 0)).1 += 1;
            continue;
        }
        match (&local.found, &lock.files[&path]) {
            (Found::Obstacle(obstacle), _) => {
                let message = format!("it is {}", obstacle.words(&path));
                findings.push(of_file(CheckRule::Invalid, path, message));
            }
            (Found::Link(_), record) if !ownership::of(record).follows_links() => {
                findings.push(of_file(CheckRule::Invalid, path, "it is a link"));
            }
            (Found::File(file) | Found::Link(file), _) => {
                findings.extend(bad_marks(lock, &path, &local, file));
            }
            (Found::Absent(_), _) => {}
        }
    }
    for (path, (what, count)) in in_the_way {
        let files = words::count(count, "managed file");
        let verb = if count == 1 { "belongs" } else { "belong" };
        let message = format!("it is {what}, and {files} {verb} there");
        let install = CommandLine::new(session, "install");
        let hint = Hint::text_then_command(format!("move `{path}` away, then"), install);
        findings.push(of_file(CheckRule::Invalid, path, message).hint(hint));
    }
    Ok(findings)
}

/// The markers of a conflict, and marks of a template's block that don't match.
fn bad_marks(lock: &Lock, path: &RelPath, local: &Local, file: &File) -> Vec<CheckFinding> {
    let mut findings = Vec::new();
    let Some(text) = file.text() else {
        return findings;
    };
    if let Some(line) = conflicts::marked_line(lock, path, file, text) {
        let mut finding = of_file(CheckRule::Marker, path.clone(), "a conflict marker");
        finding.place.within = Some(Within::Line(line));
        findings.push(finding);
    }
    if let Some(record) = lock.files[path].as_blocks()
        && let Err(malformed) = block::find_known(text, Comment::of(&local.real), &record.blocks)
    {
        let mut finding = of_file(CheckRule::Invalid, path.clone(), malformed.what);
        finding.place.within = Some(Within::Line(malformed.line));
        findings.push(finding);
    }
    findings
}
