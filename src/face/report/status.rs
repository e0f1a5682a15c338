//! What is installed, and what the team changed.

use std::collections::BTreeMap;

use crate::face::run::Needed;
use crate::face::ui::Ui;
use crate::model::path::RelPath;
use crate::ops::Session;
use crate::ops::steps::command_line::CommandLine;
use crate::ops::steps::local_changes::{ChangedFile, counts};
use crate::ops::steps::standing::Template;
use crate::ops::verbs::diff::FileDiff;
use crate::ops::verbs::status::{Offered, Outcome};
use crate::tree::State;
use crate::words;

/// Shows what is installed; `below` are packages of their own. A person is needed where a managed
/// file is broken.
pub fn show(ui: &mut Ui, context: &Session, outcome: &Outcome, below: &[RelPath]) -> Needed {
    super::folder(ui, context);
    if outcome.templates.is_empty() && outcome.wanted.is_empty() {
        ui.text("nothing is installed here");
        super::interrupted(ui, outcome.interrupted.as_ref());
        super::packages(ui, below);
        ui.gap();
        if !below.is_empty() {
            super::next_packages(ui, context, "status", below);
            return false;
        }
        ui.next(
            "next",
            &CommandLine::new(context, "install")
                .word("NAME")
                .to_string(),
        );
        ui.next("choose", &CommandLine::new(context, "search").to_string());
        return false;
    }
    for template in &outcome.templates {
        let unasked = outcome.unasked.contains(&template.name);
        show_template(ui, context, template, unasked, &outcome.files);
        show_offered(ui, template, &outcome.proposals);
    }
    let missing = outcome
        .files
        .iter()
        .any(|file| file.state == State::Missing);
    for name in &outcome.wanted {
        ui.heading(name.as_str(), "not installed yet");
    }
    for name in &outcome.unasked {
        ui.warning(
            &format!("`{name}` is installed, and nothing asks for it"),
            &[],
            &[CommandLine::new(context, "install").to_string()],
        );
    }
    super::packages(ui, below);
    super::standing::show_age(ui, context, &outcome.as_of);
    super::hidden::show_managed(ui, context, &outcome.hidden, outcome.managed);
    let hints = [
        CommandLine::new(context, "resolve").to_string(),
        format!(
            "to go back: {}",
            CommandLine::new(context, "upgrade --abort")
        ),
    ];
    super::conflicts(
        ui,
        "you and the release both changed these",
        &outcome.conflicts,
        &hints,
    );
    let is_broken = broken(ui, context, outcome);
    super::interrupted(ui, outcome.interrupted.as_ref());
    let edited = outcome.files.iter().any(|file| file.state == State::Edited);
    if missing || !outcome.wanted.is_empty() || edited {
        ui.gap();
    }
    if missing || !outcome.wanted.is_empty() {
        ui.next("next", &CommandLine::new(context, "install").to_string());
    }
    if edited {
        ui.next("see", &CommandLine::new(context, "diff").to_string());
        let offer = CommandLine::new(context, "contribute -m \"WHY\"");
        ui.next("offer", &offer.to_string());
    }
    if !below.is_empty() {
        let is_first = !(missing || !outcome.wanted.is_empty() || edited);
        if is_first {
            ui.gap();
        }
        ui.next(
            "all",
            &CommandLine::new(context, "status --all").to_string(),
        );
    }
    is_broken
}

/// Warns of managed files that can't be read as what they are. A person is needed where there is
/// one.
fn broken(ui: &mut Ui, context: &Session, outcome: &Outcome) -> Needed {
    let (mut lines, mut paths, mut hints) = (Vec::new(), Vec::new(), Vec::new());
    let mut in_the_way: BTreeMap<&RelPath, (&str, usize)> = BTreeMap::new();
    for file in &outcome.files {
        match (&file.wrong, &file.in_the_way) {
            (Some(_), Some(obstacle)) => {
                let at = in_the_way.entry(&obstacle.at);
                at.or_insert((obstacle.what, 0)).1 += 1;
            }
            (Some(wrong), None) => {
                lines.push(format!("`{}`{wrong}", file.path));
                paths.push(words::path_quoted(file.path.as_str()));
            }
            (None, _) => {}
        }
    }
    let count = lines.len() + in_the_way.values().map(|(_, count)| count).sum::<usize>();
    for (at, (what, count)) in in_the_way {
        let files = words::count(count, "managed file");
        let verb = if count == 1 { "belongs" } else { "belong" };
        lines.push(format!("`{at}` is {what}, and {files} {verb} there"));
        hints.push(format!(
            "move `{at}` away, then: {}",
            CommandLine::new(context, "install")
        ));
    }
    if lines.is_empty() {
        return false;
    }
    let files = words::count(count, "file");
    let verb = if count == 1 { "is" } else { "are" };
    if !paths.is_empty() {
        hints.push("mend what is named, and see that all is well: agentpkg check".to_owned());
        let (git, paths) = (context.git(), paths.join(" "));
        hints.push(format!(
            "or take the last committed: {git} checkout -- {paths}"
        ));
    }
    ui.warning(&format!("{files} {verb} broken"), &lines, &hints);
    true
}

fn show_template(
    ui: &mut Ui,
    context: &Session,
    template: &Template,
    unasked: bool,
    files: &[ChangedFile],
) {
    let Template {
        name,
        release,
        requirement,
        ..
    } = template;
    let wanted = match requirement {
        Some(requirement) => requirement.to_string(),
        None if unasked => "no longer asked for".to_owned(),
        None => "needed by another template".to_owned(),
    };
    ui.heading(
        &format!("{name} {}", release.version),
        &format!("({wanted})"),
    );
    super::standing::show_withdrawn(ui, context, template);
    super::standing::show_latest(ui, context, template);
    const SAID: [(State, &str); 7] = [
        (State::Edited, "edited"),
        (State::Reformatted, "reformatted"),
        (State::Moved, "moved"),
        (State::Deleted, "deleted"),
        (State::Missing, "missing"),
        (State::Elsewhere, "not here"),
        (State::Broken, "broken"),
    ];
    let counts = counts(files, name);
    for (state, label) in SAID {
        let Some(count) = counts.get(&state) else {
            continue;
        };
        let here = files
            .iter()
            .filter(|file| file.state == state && file.owners.contains(name));
        let paths: Vec<_> = here
            .map(|file| file.moved.as_ref().unwrap_or(&file.path))
            .collect();
        ui.row(
            label,
            &format!(
                "{}: {}",
                words::count(*count, "file"),
                super::paths(ui, &paths)
            ),
        );
    }
    if counts.is_empty() {
        ui.row("changed", "nothing: every file is as it was installed");
    }
}

fn show_offered(ui: &mut Ui, template: &Template, proposals: &[Offered]) {
    for Offered { id, sent, accepted } in proposals
        .iter()
        .filter(|one| one.sent.template == template.name)
    {
        let state = match accepted {
            Some(version) => format!("accepted in {version}"),
            None => format!("sent: {}", sent.at),
        };
        ui.row(
            "proposal",
            &format!("{}  {}  {state}", id.short(), sent.subject),
        );
    }
}

/// Shows the team's changes as unified diffs.
pub fn show_diff(ui: &mut Ui, files: &[FileDiff]) {
    if files.is_empty() {
        ui.text("no changes to what the templates wrote");
    }
    for file in files {
        match file.state {
            State::Deleted => ui.heading(file.path.as_str(), "deleted"),
            State::Moved => ui.heading(file.path.as_str(), &moved(file)),
            State::Missing => ui.heading(
                file.path.as_str(),
                "missing; `agentpkg install` restores it",
            ),
            State::Elsewhere => ui.heading(
                file.path.as_str(),
                "in a part of the repository that this checkout doesn't have",
            ),
            State::Reformatted => ui.heading(
                file.path.as_str(),
                "reformatted: the same words in another layout",
            ),
            State::Broken => ui.heading(file.path.as_str(), "broken; `agentpkg check` says why"),
            _ if file.unified.is_empty() => ui.heading(file.path.as_str(), "edited; not text"),
            _ => {}
        }
        if !matches!(
            file.state,
            State::Moved | State::Deleted | State::Missing | State::Elsewhere | State::Broken
        ) {
            ui.diff(&file.unified);
        }
    }
}

fn moved(file: &FileDiff) -> String {
    file.moved
        .as_ref()
        .map_or_else(|| "moved".to_owned(), |to| format!("moved to {to}"))
}
