//! What became of files, beyond what their rows say: copies, deletions, diffs.

use std::collections::BTreeMap;

use crate::face::report::Report;
use crate::face::report::parts::{self, became};
use crate::merge::diff;
use crate::model::lock::AGENTPKG_LOCK;
use crate::model::manifest::AGENTPKG_TOML;
use crate::model::name::TemplateName;
use crate::model::path::RelPath;
use crate::model::plan::FileChange;
use crate::model::tree::File;
use crate::model::version::Version;
use crate::ops::Session;
use crate::ops::steps::change::{Copied, Left, Outcome};
use crate::ops::steps::command_line::CommandLine;
use crate::tree::{Note, Row};
use crate::words;

/// Whether a file is agentpkg's own.
pub fn is_own(path: &RelPath) -> bool {
    [AGENTPKG_TOML, AGENTPKG_LOCK].contains(&path.as_str())
}

/// Whether a path is of a file that was once copied from a template by hand.
pub fn is_copy(outcome: &Outcome, path: &RelPath) -> bool {
    outcome.copied.keys().any(|(at, _)| at == path)
}

/// What was once copied from a template by hand.
pub fn add_copied(report: &mut Report, outcome: &Outcome) {
    let mut templates: BTreeMap<&TemplateName, Vec<&Copied>> = BTreeMap::new();
    for copied in outcome.copied.values() {
        templates.entry(&copied.name).or_default().push(copied);
    }
    for (name, copies) in templates {
        let files = words::count(copies.len(), "existing file");
        let versions = versions(&copies);
        let edited = copies.iter().filter(|copied| !copied.is_equal).count();
        let edits = match edited {
            0 => String::new(),
            _ => format!(", {edited} with your edits"),
        };
        report.row(
            "now managed",
            format!("{files}, copied from {name} {versions}{edits}"),
        );
    }
    let mut moved: Vec<&RelPath> = Vec::new();
    for (path, note) in &outcome.notes {
        if let Note::Renamed { from } = note
            && is_copy(outcome, from)
        {
            moved.push(path);
        }
    }
    if !moved.is_empty() {
        let files = words::count(moved.len(), "file");
        let places = parts::paths(report, &moved);
        report.row(
            "moved",
            format!("{files} to where the template has them: {places}"),
        );
    }
}

fn versions(copies: &[&Copied]) -> String {
    let mut versions: Vec<&Version> = copies.iter().map(|copied| &copied.version).collect();
    versions.sort();
    versions.dedup();
    let versions: Vec<String> = versions.iter().map(ToString::to_string).collect();
    versions.join(", ")
}

/// Copies that stay beside what the template brings.
pub fn add_twins(report: &mut Report, outcome: &Outcome) {
    let mut lines = Vec::new();
    for (at, (path, why)) in &outcome.left {
        let why = match why {
            Left::Named(by) => format!("{by} names it"),
            Left::RunOtherwise => "your settings run it in a way of their own".to_owned(),
            Left::Needed => "scripts beside it need it, or it needs them".to_owned(),
            Left::FindsOthers => "your edits find other files from where it lies".to_owned(),
        };
        lines.push(format!("{at} is like {path}, and stays: {why}"));
    }
    became::few(report, "there twice", &lines);
}

/// How to bring back what was deleted here and has changed upstream: a few by their names, many by
/// the folder that they were in. What waits for a person has to be settled first.
pub fn add_restore(report: &mut Report, session: &Session, outcome: &Outcome) {
    const FEW: usize = 3;
    let mut gone: Vec<&RelPath> = Vec::new();
    let mut deleted = 0;
    for (path, row) in &outcome.rows {
        if let Row::StillDeleted { changed } = row {
            deleted += 1;
            gone.extend(changed.then_some(path));
        }
    }
    let shared = deleted_in_shared_files(outcome, &gone);
    if !outcome.conflicts.is_empty() || gone.is_empty() && shared.is_empty() {
        return;
    }
    let is_many = gone.len() > FEW;
    // A pattern means files that aren't here.
    let files: Vec<String> = match (is_many, common_folder(&gone)) {
        (false, _) => gone.iter().map(|path| path.to_string()).collect(),
        (true, Some(folder)) => vec![format!("{folder}/**")],
        (true, None) => vec!["**".to_owned()],
    };
    let mut line = CommandLine::new(session, "upgrade");
    for path in &files {
        line = line.option("--restore", path);
    }
    for path in shared {
        line = line.option("--restore", path.as_str());
    }
    report.next("to have it", line);
    if is_many && deleted > gone.len() {
        report.row(
            "",
            "all that you deleted there; a path or another pattern names fewer",
        );
    }
}

/// Returns the files in which a block or an entry was deleted, but those that are `gone` whole.
fn deleted_in_shared_files<'a>(outcome: &'a Outcome, gone: &[&RelPath]) -> Vec<&'a RelPath> {
    let mut shared: Vec<&RelPath> = Vec::new();
    for (path, note) in &outcome.notes {
        let is_deleted = match note {
            Note::BlockGone(_) => true,
            Note::EntryUntaken(untaken) => untaken.is_deleted(),
            _ => false,
        };
        if is_deleted && !gone.contains(&path) && !shared.contains(&path) {
            shared.push(path);
        }
    }
    shared
}

/// Returns the innermost folder in which all of some paths are.
fn common_folder(paths: &[&RelPath]) -> Option<RelPath> {
    let (first, rest) = paths.split_first()?;
    first.ancestors().find(|folder| {
        rest.iter()
            .all(|path| path.below(folder.as_str()).is_some())
    })
}

/// Every change of a dry run.
pub fn add_diffs(report: &mut Report, outcome: &Outcome) {
    for FileChange { path, old, new, .. } in &outcome.plan.changes {
        if is_own(path) {
            continue;
        }
        report.gap();
        let what = match (old, new) {
            (None, _) => "added",
            (_, None) => "deleted",
            (Some(old), Some(new)) if old.executable != new.executable => "mode changed",
            _ => "",
        };
        report.heading(path.as_str(), what);
        match (text(old.as_ref()), text(new.as_ref())) {
            (Some(old), Some(new)) => report.diff(diff::unified(path.as_str(), old, new)),
            _ => report.text("  not text"),
        }
    }
}

/// Returns the text of a file; one that isn't there has none in it.
fn text(file: Option<&File>) -> Option<&str> {
    file.map_or(Some(""), File::text)
}
