//! What an upgrade did, as the body of a merge request.

use std::fmt::Write as _;

use crate::merge::diff;
use crate::model::path::RelPath;
use crate::model::tree::File;
use crate::ops::change::{Home, Move, News, Outcome, RegistryMove};
use crate::ops::unsettled::said;
use crate::tree::Row;

use super::home::said_of;

/// Returns the Markdown.
pub fn body(outcome: &Outcome) -> String {
    let mut text = String::new();
    for Move { name, from, to } in &outcome.moves {
        let version = |version: &Option<semver::Version>| {
            version
                .as_ref()
                .map_or("nothing".to_owned(), |v| v.to_string())
        };
        let _ = writeln!(
            text,
            "# Upgrade `{name}` {} → {}\n",
            version(from),
            version(to)
        );
    }
    for RegistryMove { name, from, to } in &outcome.registry_moves {
        let _ = writeln!(
            text,
            "`{name}` moves to the registry `{to}`, from `{from}`.\n"
        );
    }
    for News {
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
    let files = |wanted: &dyn Fn(Row) -> bool| -> Vec<&RelPath> {
        outcome
            .rows
            .iter()
            .filter(|(_, row)| wanted(*row))
            .map(|(path, _)| path)
            .collect()
    };
    let lists: [(&str, Vec<&RelPath>); 5] = [
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
        (
            "Deleted here, changed in the template: they stay gone",
            files(&|row| row == Row::StaysGone { changed: true }),
        ),
    ];
    for (title, paths) in lists.into_iter().filter(|(_, paths)| !paths.is_empty()) {
        let _ = writeln!(text, "## {title}\n");
        paths
            .iter()
            .for_each(|path| _ = writeln!(text, "- `{path}`"));
        text.push('\n');
    }
    if !outcome.conflicts.is_empty() {
        text.push_str(
            "## Waiting for you\n\nBoth sides changed these; what this repository had is there. \
             Settle them with `agentpkg resolve`, or by editing.\n\n",
        );
        said(&outcome.conflicts)
            .iter()
            .for_each(|line| _ = writeln!(text, "- {line}"));
        text.push('\n');
    }
    scripts(outcome, &mut text);
    text
}

/// What was accepted upstream and is here already.
fn came_home(home: &[Home], text: &mut String) {
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

/// What can execute, and changed.
fn scripts(outcome: &Outcome, text: &mut String) {
    let is_script = |file: &Option<File>| file.as_ref().is_some_and(|file| file.executable);
    let changed: Vec<_> = outcome
        .plan
        .changes
        .iter()
        .filter(|change| is_script(&change.old) || is_script(&change.new))
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
        let longest = diff
            .lines()
            .map(|line| line.chars().filter(|letter| *letter == '`').count())
            .max()
            .unwrap_or(0);
        let fence = "`".repeat(longest.max(2) + 1);
        let _ = writeln!(text, "`{}`\n\n{fence}diff\n{diff}{fence}\n", change.path);
    }
}
