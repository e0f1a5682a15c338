//! What became of each path, in a few rows: names where there are few, folders with counts where
//! there are many, all with `-v`.
//!
//! **What a release changed and isn't here is in the rows "not taken"**, or it was released, or
//! waits as a conflict.

use crate::face::report::Report;
use std::collections::BTreeMap;

use crate::merge::json::{EntryChange, Untaken};
use crate::model::path::RelPath;
use crate::tree::{Note, Row};
use crate::words;

/// How many lines there are of one kind without `-v`.
const FEW: usize = 5;

/// Shows what became of the files. What wasn't taken is left to [`not_taken`].
pub fn rows(report: &mut Report, rows: &[(RelPath, Row)]) {
    const SHOWN: [(&str, &str); 9] = [
        ("added", ""),
        ("merged", " into what was there"),
        ("updated", ""),
        ("restored", " from the templates"),
        ("adopted", ", which you had already"),
        ("kept", " with your edits"),
        ("deleted", ", which the templates no longer have"),
        ("released", ", no longer in a template and now yours"),
        ("stays gone", ", which you deleted"),
    ];
    let place = |row: Row| match row {
        Row::Added => Some(0),
        Row::Merged => Some(1),
        Row::Updated => Some(2),
        Row::Restored => Some(3),
        Row::Adopted => Some(4),
        Row::Kept => Some(5),
        Row::Deleted => Some(6),
        Row::Released => Some(7),
        Row::StaysGone { changed: false } => Some(8),
        Row::StaysGone { changed: true }
        | Row::Seed { .. }
        | Row::Unchanged
        | Row::Contested
        | Row::Forgotten => None,
    };
    let mut groups: BTreeMap<usize, Vec<&RelPath>> = BTreeMap::new();
    for (path, row) in rows {
        if let Some(place) = place(*row) {
            groups.entry(place).or_default().push(path);
        }
    }
    for (place, paths) in groups {
        let (label, rest) = SHOWN[place];
        let count = words::count(paths.len(), "file");
        report.row(
            label,
            format!("{count}{rest}: {}", self::paths(report, &paths)),
        );
    }
}

/// Shows what a release changed and isn't here.
pub fn not_taken(report: &mut Report, rows: &[(RelPath, Row)], notes: &[(RelPath, Note)]) {
    let lines = untaken(rows, notes, &|paths| self::paths(report, paths));
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
            Row::StaysGone { changed: true } => deleted.push(path),
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
    let mut add = |paths: &[&RelPath], rest: &str| {
        if !paths.is_empty() {
            let count = words::count(paths.len(), "file");
            lines.push(format!("{count}, {rest}: {}", name(paths)));
        }
    };
    add(&deleted, "which you deleted");
    add(&seeds, "yours since it was first given");
    add(
        &layout,
        "where only the layout changed in lines that you edited",
    );
    lines.extend(entries);
    lines
}

fn entry(path: &RelPath, untaken: &Untaken) -> String {
    let Untaken {
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
                "`{entry}` in {path}: edited here and no longer in a template; yours now"
            )),
            Note::BlockReleased(owner) => Some(format!(
                "the text of `{owner}` in {path}: edited here and no longer in a template; yours \
                 now"
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

/// Returns a few paths by name, or many by folder.
pub fn paths(report: &Report, paths: &[&RelPath]) -> String {
    const NAMES: usize = 3;
    const FOLDERS: usize = 5;
    if paths.len() <= NAMES || report.is_verbose() {
        let names: Vec<&str> = paths.iter().map(|path| path.as_str()).collect();
        return names.join(", ");
    }
    let mut folders: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for path in paths {
        let folder = path
            .parent()
            .map_or(String::new(), |parent| format!("{parent}/"));
        folders.entry(folder).or_default().push(path.file_name());
    }
    // Many folders are counted by the folder that they are in.
    while folders.len() > FOLDERS {
        let outer = outermost(&folders);
        if outer.len() == folders.len() {
            break;
        }
        folders = outer;
    }
    let mut shown = Vec::new();
    let mut files = 0;
    for (folder, names) in folders.iter().take(FOLDERS) {
        files += names.len();
        shown.push(match names.as_slice() {
            [one] => format!("{folder}{one}"),
            many if folder.is_empty() && many.len() <= FOLDERS => many.join(", "),
            many if folder.is_empty() => format!("./ ({})", many.len()),
            many => format!("{folder} ({})", many.len()),
        });
    }
    if files < paths.len() {
        shown.push(format!("{} more (-v)", paths.len() - files));
    }
    shown.join(", ")
}

/// Returns the innermost folders taken together with those beside them, in the folder above.
fn outermost<'a>(folders: &BTreeMap<String, Vec<&'a str>>) -> BTreeMap<String, Vec<&'a str>> {
    let depth = |folder: &str| folder.matches('/').count();
    let deepest = folders.keys().map(|folder| depth(folder)).max();
    let mut outer: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (folder, names) in folders {
        let above = match folder.trim_end_matches('/').rsplit_once('/') {
            Some((above, _)) if Some(depth(folder)) == deepest && depth(folder) > 1 => {
                format!("{above}/")
            }
            _ => folder.clone(),
        };
        outer.entry(above).or_default().extend(names);
    }
    outer
}
