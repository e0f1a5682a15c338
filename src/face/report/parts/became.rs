//! What became of each path, in a few rows: names where there are few, folders with counts where
//! there are many, all with `-v`.
//!
//! **What a release changed and isn't here is in the rows "not taken"**, or it was released, or
//! waits as a conflict.

use crate::face::report::Report;
use std::collections::BTreeMap;

use crate::merge::json::{EntryChange, MissedChange};
use crate::model::path::RelPath;
use crate::tree::{Note, Row};
use crate::words;

/// How many lines there are of one kind without `-v`.
const FEW: usize = 5;

/// Shows what became of the files. What wasn't taken is left to [`not_taken`].
pub fn rows(report: &mut Report, rows: &[(RelPath, Row)]) {
    show_grouped(report, rows, shown);
}

/// Shows what became of the files of templates, or of agents, that were removed.
pub fn rows_of_removal(report: &mut Report, rows: &[(RelPath, Row)]) {
    show_grouped(report, rows, |row| match row {
        Row::Merged => Some((1, "cleaned", "shared file", "")),
        Row::Deleted => Some((6, "deleted", "file", "")),
        row => shown(row),
    });
}

fn show_grouped(
    report: &mut Report,
    rows: &[(RelPath, Row)],
    shown: impl Fn(Row) -> Option<Shown>,
) {
    let mut groups: BTreeMap<Shown, Vec<&RelPath>> = BTreeMap::new();
    for (path, row) in rows {
        if let Some(shown) = shown(*row) {
            groups.entry(shown).or_default().push(path);
        }
    }
    for ((_, label, noun, rest), paths) in groups {
        let count = words::count(paths.len(), noun);
        let paths = super::paths(report, &paths);
        report.row(label, format!("{count}{rest}: {paths}"));
    }
}

/// Where a row stands among the others, its label, what is counted, and what is said of it.
type Shown = (u8, &'static str, &'static str, &'static str);

fn shown(row: Row) -> Option<Shown> {
    match row {
        Row::Added => Some((0, "added", "file", "")),
        Row::Merged => Some((1, "merged", "file", ", everything of yours kept")),
        Row::Updated => Some((2, "updated", "file", "")),
        Row::Restored => Some((3, "restored", "file", " from the templates")),
        Row::Adopted => Some((4, "now managed", "file", ", which you had already")),
        Row::Kept => Some((5, "kept", "file", " with your edits")),
        Row::Deleted => Some((6, "deleted", "file", ", which the templates no longer have")),
        Row::KeptUnmanaged => Some((7, "yours now", "file", " kept, no longer managed")),
        Row::StillDeleted { changed: false } => {
            Some((8, "not here", "file", " still deleted, by you"))
        }
        Row::StillDeleted { changed: true }
        | Row::Seed { .. }
        | Row::Unchanged
        | Row::Contested
        | Row::Forgotten => None,
    }
}

/// Shows what a release changed and isn't here.
pub fn not_taken(report: &mut Report, rows: &[(RelPath, Row)], notes: &[(RelPath, Note)]) {
    let lines = untaken(rows, notes, &|paths| super::paths(report, paths));
    few(report, "not taken", &lines);
}

/// Returns a line for each thing that a release changed and that isn't here; `name` writes the
/// names of several files.
pub fn untaken(
    rows: &[(RelPath, Row)],
    notes: &[(RelPath, Note)],
    name: &dyn Fn(&[&RelPath]) -> String,
) -> Vec<String> {
    let (mut deleted, mut seeds, mut layout) = (Vec::new(), Vec::new(), Vec::new());
    for (path, row) in rows {
        match row {
            Row::StillDeleted { changed: true } => deleted.push(path),
            Row::Seed { newer: true } => seeds.push(path),
            _ => {}
        }
    }
    let mut entries = Vec::new();
    for (path, note) in notes {
        match note {
            Note::EntryUntaken(untaken) => entries.push(entry(path, untaken)),
            Note::BlockGone(owner) => {
                entries.push(format!("the block of `{owner}` in {path}: you deleted it"));
            }
            Note::LayoutUntaken => layout.push(path),
            _ => {}
        }
    }
    let mut lines = Vec::new();
    for (paths, rest) in [
        (deleted, "which you deleted"),
        (seeds, "yours since it was first given"),
        (
            layout,
            "where only the layout changed in lines that you edited",
        ),
    ] {
        if !paths.is_empty() {
            let count = words::count(paths.len(), "file");
            lines.push(format!("{count}, {rest}: {}", name(&paths)));
        }
    }
    lines.extend(entries);
    lines
}

fn entry(path: &RelPath, untaken: &MissedChange) -> String {
    let MissedChange {
        pointer,
        hook,
        change,
        is_here,
    } = untaken;
    let hook = hook.as_ref();
    let hook = hook.map_or(String::new(), |hook| format!(" (hook {hook})"));
    let why = match change {
        EntryChange::Added | EntryChange::Changed if *is_here => "you changed it too",
        EntryChange::Added => "new, and you deleted what it belongs in",
        EntryChange::Changed => "you deleted it",
        EntryChange::Removed => "dropped, and yours before the template came",
        EntryChange::Reordered => "in another order, and you edited it",
    };
    format!("`{pointer}`{hook} in {path}: {why}")
}

/// Shows what has to be said besides.
pub fn notes(report: &mut Report, notes: &[(RelPath, Note)]) {
    let mut lines = Vec::new();
    for (path, note) in notes {
        lines.extend(match note {
            Note::EntryReleased(entry) => Some(format!(
                "`{entry}` in {path}: edited here and no longer managed; yours now"
            )),
            Note::BlockKeptUnmanaged(owner) => Some(format!(
                "the text of `{owner}` in {path}: edited here and no longer managed; yours now"
            )),
            Note::AllowedAndDenied(rule) => Some(format!(
                "`{rule}` is now both allowed and denied in {path}; the denial wins"
            )),
            Note::Renamed { from } => Some(format!("{from} is now {path}, as in the template")),
            Note::Moved { to } => Some(format!("{path} is {to} here, where you moved it")),
            Note::Mode { executable: true } => {
                Some(format!("{path} can be run now, as in the template"))
            }
            Note::Mode { executable: false } => {
                Some(format!("{path} can't be run any more, as in the template"))
            }
            Note::WasYours => Some(format!(
                "{path} was yours before and has changed; `agentpkg undo` brings it back"
            )),
            Note::EntryUntaken(_) | Note::BlockGone(_) | Note::LayoutUntaken => None,
        });
    }
    few(report, "note", &lines);
}

/// Shows some lines, the first of them with a label.
pub fn few(report: &mut Report, label: &str, lines: &[String]) {
    let shown = match report.is_verbose() {
        true => lines.len(),
        false => FEW.min(lines.len()),
    };
    for line in &lines[..shown] {
        report.row(label, line);
    }
    if shown < lines.len() {
        report.row("", format!("… {} more (-v)", lines.len() - shown));
    }
}
