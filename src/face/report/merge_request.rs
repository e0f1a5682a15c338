//! What an upgrade did, as the body of a merge request.

use std::fmt::Write as _;

use crate::error::Error;
use crate::face::ui::printable;
use crate::merge::diff;
use crate::model::path::RelPath;
use crate::model::tree::File;
use crate::ops::steps::approval::{lines, phrase, texts};
use crate::ops::steps::change::{AcceptedEdit, Outcome, RegistryMove, ReleaseNotes};
use crate::ops::steps::conflicts::describe_conflicts;
use crate::ops::steps::moves::Move;
use crate::tree::Row;

use super::became::untaken;
use super::home::said_of;

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
        describe_conflicts(&outcome.conflicts)
            .iter()
            .for_each(|line| _ = writeln!(text, "- {line}"));
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
    came_home(&outcome.home, &mut text);
    files(outcome, &mut text);
    scripts(outcome, &mut text);
    text
}

/// What became of the files.
fn files(outcome: &Outcome, text: &mut String) {
    let files = |wanted: &dyn Fn(Row) -> bool| -> Vec<&RelPath> {
        outcome
            .rows
            .iter()
            .filter(|(_, row)| wanted(*row))
            .map(|(path, _)| path)
            .collect()
    };
    let lists: [(&str, Vec<&RelPath>); 4] = [
        (
            "Updated",
            files(&|row| {
                matches!(
                    row,
                    Row::Added | Row::Updated | Row::Restored | Row::Adopted
                )
            }),
        ),
        (
            "Updated, with edits of this repository kept",
            files(&|row| matches!(row, Row::Merged | Row::Kept)),
        ),
        (
            "Deleted, as the template no longer has them",
            files(&|row| row == Row::Deleted),
        ),
        (
            "No longer in the template, edited here and kept",
            files(&|row| row == Row::Released),
        ),
    ];
    for (title, paths) in lists.into_iter().filter(|(_, paths)| !paths.is_empty()) {
        let _ = writeln!(text, "## {title}\n");
        paths
            .iter()
            .for_each(|path| _ = writeln!(text, "- `{path}`"));
        text.push('\n');
    }
    let all = |paths: &[&RelPath]| {
        let names: Vec<String> = paths.iter().map(|path| format!("`{path}`")).collect();
        names.join(", ")
    };
    let untaken = untaken(&outcome.rows, &outcome.notes, &all);
    if !untaken.is_empty() {
        text.push_str("## Not taken: what changed in the template and not here\n\n");
        untaken
            .iter()
            .for_each(|line| _ = writeln!(text, "- {line}"));
        text.push('\n');
    }
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
    let (list, texts) = match error.enclosures() {
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
fn came_home(home: &[AcceptedEdit], text: &mut String) {
    if home.is_empty() {
        return;
    }
    text.push_str("## Came home\n\n");
    for one in home {
        let _ = writeln!(text, "- {}", said_of(one));
        for path in &one.changed {
            let _ = writeln!(text, "  - the platform team worded it otherwise: `{path}`");
        }
    }
    text.push('\n');
}

/// Headings of a changelog's section, below the one that it stands under.
fn deeper(section: &str) -> String {
    let line = |line: &str| {
        if line.starts_with('#') {
            format!("#{line}")
        } else {
            line.to_owned()
        }
    };
    section.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// What can execute and changed, and isn't shown as what can run.
fn scripts(outcome: &Outcome, text: &mut String) {
    let shown: Vec<&RelPath> = outcome
        .approval
        .shown
        .iter()
        .flat_map(|shown| &shown.item.capability.files)
        .collect();
    let is_script = |file: &Option<File>| file.as_ref().is_some_and(|file| file.executable);
    let changed: Vec<_> = outcome
        .plan
        .changes
        .iter()
        .filter(|change| is_script(&change.old) || is_script(&change.new))
        .filter(|change| !shown.contains(&&change.path))
        .collect();
    if changed.is_empty() {
        return;
    }
    text.push_str("## Scripts that changed\n\n");
    for change in changed {
        let said = |file: &Option<File>| {
            file.as_ref()
                .and_then(File::text)
                .unwrap_or_default()
                .to_owned()
        };
        let diff = diff::unified(change.path.as_str(), &said(&change.old), &said(&change.new));
        let _ = writeln!(text, "`{}`\n", change.path);
        fenced("diff", &diff, text);
    }
}
