//! What a person has to look at after `install` or `upgrade`.

use crate::face::report::parts::standing::replacing;
use crate::face::report::{Ended, Report, parts};
use crate::hint::Hint;
use crate::model::conflict::{ConflictPlace, Open};
use crate::ops::Session;
use crate::ops::steps::change::{Outcome, Unasked};
use crate::ops::steps::command_line::CommandLine;
use crate::ops::steps::standing::{Template, leave};
use crate::words;

/// Which releases aren't offered any more, and which templates others take the place of.
pub fn add_withdrawn(report: &mut Report, session: &Session, outcome: &Outcome) {
    for template in &outcome.withdrawn {
        let Template {
            name,
            release,
            standing,
            ..
        } = template;
        if let Some(withdrawn) = &standing.withdrawn {
            let what = match withdrawn.recalled {
                true => "recalled",
                false => "yanked",
            };
            let (version, reason) = (&release.version, &withdrawn.reason);
            report.warning(
                format!("`{name}` {version} was {what}: {reason}"),
                [],
                [way_out(session, template)],
            );
        }
        if let Some(deprecated) = &standing.deprecated {
            let replacement = &deprecated.replacement;
            let why = deprecated.reason.as_ref();
            let why = why.map_or(String::new(), |why| format!(": {why}"));
            report.warning(
                format!("`{name}` is deprecated, use `{replacement}`{why}"),
                [],
                [Hint::command(replacing(session, template, replacement))],
            );
        }
    }
}

fn way_out(session: &Session, template: &Template) -> Hint {
    match template.standing.is_last() {
        true => Hint::text("no other release is offered; ask whoever keeps the template"),
        false => Hint::text_then_command("move to another release", leave(session, template)),
    }
}

pub fn add_silent_git(report: &mut Report, outcome: &Outcome) {
    if let Some(error) = &outcome.git_is_silent {
        parts::hidden::show_silent(report, error);
    }
}

/// Answers that no template asks for.
pub fn add_unasked(report: &mut Report, unasked: &[Unasked]) {
    for Unasked { key, nearest } in unasked {
        let hint = match nearest {
            Some(near) => format!(
                "give `{near}` the value of `{key}` in `agentpkg.toml`, and take `{key}` out"
            ),
            None => format!("take `{key}` out of `[answers]` in `agentpkg.toml`"),
        };
        report.warning(
            format!("no template asks for the answer `{key}`"),
            [],
            [Hint::text(hint)],
        );
    }
}

/// What both sides changed.
pub fn add_conflicts(report: &mut Report, session: &Session, outcome: &Outcome) -> Ended {
    let files = words::count(outcome.conflicts.len(), "file");
    if !outcome.applied {
        let message = format!("{files} would have conflicts");
        return parts::conflicts(report, &message, &outcome.conflicts, vec![]);
    }
    let message = match outcome.conflicts.len() {
        1 => format!("{files} has conflicts; your version was kept"),
        _ => format!("{files} have conflicts; your version was kept"),
    };
    let settle = match outcome.conflicts.values().flatten().any(is_marked) {
        true => "edit the marked lines, or run `agentpkg resolve`",
        false => "run `agentpkg resolve`, or edit these places: an edit settles them",
    };
    let abort = CommandLine::new(session, "upgrade --abort");
    let hints = vec![
        Hint::text(settle),
        Hint::text_then_command("to go back", abort),
    ];
    parts::conflicts(report, &message, &outcome.conflicts, hints)
}

fn is_marked(open: &Open) -> bool {
    matches!(open.at, ConflictPlace::Lines { marked: true, .. })
}
