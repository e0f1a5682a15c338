//! What `install` did.

use std::collections::BTreeMap;

use crate::merge::tree::{Note, Row};
use crate::model::agent::Agent;
use crate::model::path::RelPath;
use crate::model::plan::Stage;
use crate::ops::Context;
use crate::ops::install::{Move, NewAnswer, Origin, Outcome};
use crate::render::cost::Cost;
use crate::store::git::Ignored;
use crate::words;

use crate::face::run::Needed;
use crate::face::ui::Ui;

/// Shows it. A person is needed when git hides what was written.
pub fn show(ui: &mut Ui, context: &Context, outcome: &Outcome) -> Needed {
    ui.title(&title(outcome));
    super::folder(ui, context);
    super::recovered(ui, outcome.recovered.as_ref());
    rows(ui, &outcome.rows);
    notes(ui, &outcome.notes);
    if outcome.first {
        assumptions(ui, outcome);
    }
    for NewAnswer { key, answer, from } in &outcome.answers {
        let from = match from {
            Origin::Setting => "--set".to_owned(),
            Origin::Person => "your answer".to_owned(),
            Origin::Detected(detector) => format!("read off {detector}"),
            Origin::Default => "the template's default".to_owned(),
        };
        ui.row("answer", &format!("{key} = {answer} ({from})"));
    }
    if !outcome.plan.is_empty() && !outcome.moves.is_empty() {
        ui.row("context", &cost(outcome.cost));
    }
    if outcome.applied && !outcome.plan.is_empty() {
        ui.gap();
        commit(ui, context, outcome);
        ui.next("go back", "agentpkg undo");
    }
    for (name, version, reason) in &outcome.yanked {
        let message = format!("`{name}` {version} was yanked: {reason}");
        ui.warning(&message, &[], &[format!("move to another release: agentpkg install {name}@^{}", version.major)]);
    }
    hidden(ui, outcome)
}

/// Shows what to hand to git: neither what it ignores nor what it has already.
fn commit(ui: &mut Ui, context: &Context, outcome: &Outcome) {
    let root = context.workspace.root();
    if !crate::store::fs::exists(&root.join(".git")) {
        return;
    }
    let restored = |path: &RelPath| outcome.rows.iter().any(|(other, row)| other == path && *row == Row::Restored);
    let hidden = |path: &RelPath| outcome.hidden.iter().any(|ignored| ignored.path == *path);
    let changed = outcome.plan.changes.iter().map(|change| &change.path);
    let names = super::to_commit(changed.filter(|path| !restored(path) && !hidden(path)));
    if names.is_empty() {
        return;
    }
    let folder = match root == context.environment.here {
        true => String::new(),
        false => format!(" -C {}", super::quoted(&root.display().to_string())),
    };
    ui.next("commit", &format!("git{folder} add {names}"));
    if outcome.first && outcome.hidden.is_empty() {
        ui.row("", "your teammates get all of it from git; they need no tool");
    }
}

fn title(outcome: &Outcome) -> String {
    let moved = |Move { name, from, to }: &Move| match (from, to) {
        (None, Some(to)) => format!("installed {name} {to}"),
        (Some(from), None) => format!("removed {name} {from}"),
        (Some(from), Some(to)) => format!("moved {name} {from} -> {to}"),
        (None, None) => name.to_string(),
    };
    let moves: Vec<String> = outcome.moves.iter().map(moved).collect();
    let own = outcome.plan.changes.iter().all(|change| matches!(change.stage, Stage::Manifest | Stage::Lock));
    let what = if own { "`agentpkg.lock`" } else { "the repository" };
    match (moves.is_empty(), outcome.plan.is_empty(), outcome.applied) {
        (_, true, _) => "nothing to do: everything is in place".to_owned(),
        (true, false, true) => format!("brought {what} up to date"),
        (true, false, false) => format!("would bring {what} up to date (nothing was changed)"),
        (false, false, true) => moves.join(", "),
        (false, false, false) => format!("would have {} (nothing was changed)", moves.join(", ")),
    }
}

fn rows(ui: &mut Ui, rows: &[(RelPath, Row)]) {
    const SHOWN: [(&str, &str); 11] = [
        ("added", ""),
        ("merged", " into what was there"),
        ("updated", ""),
        ("restored", " from the templates"),
        ("adopted", ", which you had already"),
        ("kept", " with your edits"),
        ("deleted", ", which the templates no longer have"),
        ("released", ", no longer in a template and now yours"),
        ("stays gone", ", which you deleted"),
        ("stays gone", ", which you deleted and the template has changed since"),
        ("newer seed", ", kept as yours"),
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
        Row::StaysGone { changed: true } => Some(9),
        Row::Seed { newer: true } => Some(10),
        Row::Unchanged | Row::Forgotten | Row::Seed { newer: false } => None,
    };
    let mut groups: BTreeMap<usize, Vec<&RelPath>> = BTreeMap::new();
    for (path, row) in rows {
        if let Some(place) = place(*row) {
            groups.entry(place).or_default().push(path);
        }
    }
    for (place, paths) in groups {
        let (label, rest) = SHOWN[place];
        let text = format!("{}{rest}: {}", words::count(paths.len(), "file"), super::paths(ui, &paths));
        ui.row(label, &text);
    }
}

fn notes(ui: &mut Ui, notes: &[(RelPath, Note)]) {
    for (path, note) in notes {
        let text = match note {
            Note::EntryReleased(entry) => {
                format!("`{entry}` in {path}: edited here and no longer in a template; yours now")
            }
            Note::EntryGone(entry) => {
                format!("`{entry}` in {path} stays gone, as you deleted it; the template has changed it")
            }
            Note::BlockReleased(owner) => {
                format!("the text of `{owner}` in {path}: edited here and no longer in a template; yours now")
            }
            Note::BlockGone(owner) => {
                format!("the block of `{owner}` in {path} stays gone, as you deleted it; the template has changed it")
            }
            Note::AllowedAndDenied(rule) => {
                format!("`{rule}` is now both allowed and denied in {path}; the denial wins")
            }
        };
        ui.row("note", &text);
    }
}

fn assumptions(ui: &mut Ui, outcome: &Outcome) {
    ui.row("registry", &super::registry(&outcome.registry));
    let served: Vec<&str> = outcome.agents.iter().copied().map(Agent::title).collect();
    let why = if outcome.agents_seen { "in use here" } else { "assumed: nothing here says which agent you use" };
    let others = match outcome.other_agents.as_slice() {
        [] => String::new(),
        others => format!("; {} found, and not written for yet", others.join(" and ")),
    };
    ui.row("agent", &format!("{} ({why}){others}", served.join(", ")));
}

/// What the templates cost the agent's context, and what may run.
pub fn cost(cost: Cost) -> String {
    let mut parts = vec![format!("always loaded: {}", words::count(cost.lines, "line"))];
    if cost.scoped_rules > 0 {
        let verb = if cost.scoped_rules == 1 { "loads" } else { "load" };
        parts.push(format!("{} {verb} by path", words::count(cost.scoped_rules, "rule")));
    }
    if cost.hooks > 0 {
        parts.push(format!("{} may run", words::count(cost.hooks, "script")));
    }
    if cost.servers > 0 {
        parts.push(format!("{} may be started", words::count(cost.servers, "server")));
    }
    parts.join("; ")
}

/// Warns of files that were written and that git would not show to the team.
fn hidden(ui: &mut Ui, outcome: &Outcome) -> Needed {
    let new = outcome.plan.changes.iter().filter(|change| change.old.is_none()).count();
    let mut patterns: BTreeMap<(&str, usize, &str), Vec<&Ignored>> = BTreeMap::new();
    for ignored in &outcome.hidden {
        patterns.entry((&ignored.source, ignored.line, &ignored.pattern)).or_default().push(ignored);
    }
    for ((source, line, pattern), hidden) in &patterns {
        let message = format!(
            "`{source}` line {line} (`{pattern}`) hides {} of {} from your team",
            hidden.len(),
            words::count(new, "file")
        );
        let details: Vec<String> = match ui.verbose() {
            true => hidden.iter().map(|ignored| format!("`{}`", ignored.path)).collect(),
            false => Vec::new(),
        };
        ui.warning(&message, &details, &[narrower(source, *line, pattern, hidden)]);
    }
    !patterns.is_empty()
}

/// The line that hides what is personal and nothing else, or the one that takes the rest back.
fn narrower(source: &str, line: usize, pattern: &str, hidden: &[&Ignored]) -> String {
    let whole = pattern.trim_start_matches('/').trim_end_matches("/**").trim_end_matches("/*").trim_end_matches('/');
    if whole == ".claude" {
        return format!(
            "write `.claude/settings.local.json` in line {line} of `{source}`: it hides what is personal alone"
        );
    }
    let taken_back: Vec<String> = hidden.iter().take(3).map(|ignored| format!("!/{}", ignored.path)).collect();
    format!("add {} below line {line} of `{source}`", words::list(taken_back))
}
