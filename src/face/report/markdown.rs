//! What an upgrade did, as the body of a merge request.

use std::fmt::Write as _;

use crate::error::Error;
use crate::merge::diff;
use crate::model::path::RelPath;
use crate::model::plan::FileChange;
use crate::model::tree::File;
use crate::ops::steps::approval::{lines, phrase, texts};
use crate::ops::steps::change::{AcceptedEdit, Outcome, RegistryMove, ReleaseNotes};
use crate::ops::steps::conflicts::describe_conflicts;
use crate::ops::steps::moves::Move;
use crate::tree::Row;

use super::parts::became::untaken;
use super::parts::merged_upstream::describe;
use super::printable;

/// Returns the Markdown: what needs a person, what can run, the changelog, and what became of each
/// file.
pub fn body(outcome: &Outcome) -> String {
    let mut text = String::new();
    for Move { name, from, to } in &outcome.moves {
        let title = match (from, to) {
            (Some(from), Some(to)) => format!("Upgrade `{name}` {from} → {to}"),
            (None, Some(to)) => format!("Install `{name}` {to}"),
            (Some(from), None) => format!("Remove `{name}` {from}"),
            (None, None) => continue,
        };
        let _ = writeln!(text, "# {title}\n");
    }
    for RegistryMove { name, from, to } in &outcome.registry_moves {
        let _ = writeln!(
            text,
            "`{name}` moves to the registry `{to}`, from `{from}`.\n"
        );
    }
    // What merging approves comes before anything else.
    if outcome.in_review {
        can_run(outcome, &mut text);
    }
    if !outcome.conflicts.is_empty() {
        text.push_str(
            "## Waiting for you\n\nBoth sides changed these; what this repository had is there. \
             Settle them with `agentpkg resolve`, or by editing.\n\n",
        );
        for line in describe_conflicts(&outcome.conflicts) {
            let _ = writeln!(text, "- {line}");
        }
        text.push('\n');
    }
    if !outcome.in_review {
        can_run(outcome, &mut text);
    }
    for ReleaseNotes {
        name,
        version,
        text: section,
    } in &outcome.news
    {
        let _ = writeln!(
            text,
            "## What {name} {version} says\n\n{}\n",
            deeper(section)
        );
    }
    merged_upstream(&outcome.merged_upstream, &mut text);
    files(outcome, &mut text);
    scripts(outcome, &mut text);
    text
}

/// What became of the files.
fn files(outcome: &Outcome, text: &mut String) {
    const TITLES: [&str; 4] = [
        "Updated",
        "Updated, with edits of this repository kept",
        "Deleted, as the template no longer has them",
        "No longer in the template, edited here and kept",
    ];
    let mut lists: [Vec<&RelPath>; 4] = Default::default();
    for (path, row) in &outcome.rows {
        let list = match row {
            Row::Added | Row::Updated | Row::Restored | Row::Adopted => 0,
            Row::Merged | Row::Kept => 1,
            Row::Deleted => 2,
            Row::KeptUnmanaged => 3,
            Row::StillDeleted { .. }
            | Row::Seed { .. }
            | Row::Unchanged
            | Row::Contested
            | Row::Forgotten => continue,
        };
        lists[list].push(path);
    }
    for (title, paths) in TITLES.iter().zip(lists) {
        if paths.is_empty() {
            continue;
        }
        let _ = writeln!(text, "## {title}\n");
        for path in paths {
            let _ = writeln!(text, "- `{path}`");
        }
        text.push('\n');
    }
    let untaken = untaken(&outcome.rows, &outcome.notes, &quoted);
    if !untaken.is_empty() {
        text.push_str("## Not taken: what changed in the template and not here\n\n");
        for line in untaken {
            let _ = writeln!(text, "- {line}");
        }
        text.push('\n');
    }
}

fn quoted(paths: &[&RelPath]) -> String {
    let names: Vec<String> = paths.iter().map(|path| format!("`{path}`")).collect();
    names.join(", ")
}

/// What can run that nobody had approved, with its text.
fn can_run(outcome: &Outcome, text: &mut String) {
    let approval = &outcome.approval;
    if approval.shown.is_empty() {
        return;
    }
    text.push_str("## Can run\n\n");
    if outcome.in_review && approval.code.is_some() {
        let phrase = phrase(approval.asked());
        let _ = writeln!(
            text,
            "**Nobody has approved this yet: whoever merges approves it.** {phrase}\n"
        );
    }
    let lines = lines(&approval.shown, true);
    let lines = lines.iter();
    let lines = lines.map(|line| format!("{:<12}{}\n", line.label, line.text));
    fenced("text", &lines.collect::<String>(), text);
    for diff in texts(&approval.shown) {
        fenced("diff", diff, text);
    }
}

/// Returns the Markdown of what has to be approved before anything is done.
pub fn refused(error: &Error) -> String {
    let mut text = format!("# {}\n\n", capitalised(error.message()));
    let (list, texts) = match error.attachments() {
        [list, texts @ ..] => (list.as_str(), texts),
        [] => ("", &[][..]),
    };
    fenced("text", list, &mut text);
    text.push_str("Nothing was changed. To approve exactly this:\n\n");
    for hint in error.next_steps() {
        fenced("sh", &format!("{hint}\n"), &mut text);
    }
    texts.iter().for_each(|one| fenced("diff", one, &mut text));
    text
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

/// Writes a text between fences that are longer than any in it; what hides is made visible.
fn fenced(language: &str, inside: &str, text: &mut String) {
    let inside: String = inside
        .trim_end_matches('\n')
        .split('\n')
        .map(|line| format!("{}\n", printable(line)))
        .collect();
    let longest = inside
        .lines()
        .map(|line| line.chars().filter(|letter| *letter == '`').count())
        .max()
        .unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    let _ = writeln!(text, "{fence}{language}\n{inside}{fence}\n");
}

/// What was accepted upstream and is here already.
fn merged_upstream(home: &[AcceptedEdit], text: &mut String) {
    if home.is_empty() {
        return;
    }
    text.push_str("## Merged upstream\n\n");
    for one in home {
        let _ = writeln!(text, "- {}", describe(one));
        for path in &one.changed {
            let _ = writeln!(text, "  - the platform team worded it otherwise: `{path}`");
        }
    }
    text.push('\n');
}

/// Headings of a changelog's section, below the one that it stands under.
fn deeper(section: &str) -> String {
    let mut lines = Vec::new();
    for line in section.lines() {
        let below = if line.starts_with('#') { "#" } else { "" };
        lines.push(format!("{below}{line}"));
    }
    lines.join("\n")
}

/// What can execute and changed, and isn't shown as what can run.
fn scripts(outcome: &Outcome, text: &mut String) {
    let mut shown: Vec<&RelPath> = Vec::new();
    for capability in &outcome.approval.shown {
        shown.extend(&capability.item.capability.files);
    }
    let mut changed = Vec::new();
    for change in &outcome.plan.changes {
        let is_script = is_executable(&change.old) || is_executable(&change.new);
        if is_script && !shown.contains(&&change.path) {
            changed.push(change);
        }
    }
    if changed.is_empty() {
        return;
    }
    text.push_str("## Scripts that changed\n\n");
    for FileChange { path, old, new, .. } in changed {
        let diff = diff::unified(path.as_str(), text_of(old), text_of(new));
        let _ = writeln!(text, "`{path}`\n");
        fenced("diff", &diff, text);
    }
}

fn is_executable(file: &Option<File>) -> bool {
    file.as_ref().is_some_and(|file| file.executable)
}

fn text_of(file: &Option<File>) -> &str {
    file.as_ref().and_then(File::text).unwrap_or_default()
}
