//! The first line of what `install` and `upgrade` did.

use crate::agent::AGENTS_MD;
use crate::model::agent::Agent;
use crate::model::difference::{InputDifference, InputPair};
use crate::model::path::RelPath;
use crate::ops::steps::change::Outcome;
use crate::ops::steps::moves::Move;
use crate::tree::Row;
use crate::words;

use super::files::is_own;
use super::registry::by_registries;

pub fn title(outcome: &Outcome) -> String {
    if outcome.plan.is_empty() {
        return match &outcome.recovered {
            Some(recovered) => format!("finished `{}`; nothing more to do", recovered.verb),
            None => "nothing to do: everything is in place".to_owned(),
        };
    }
    let moves: Vec<String> = outcome.moves.iter().map(moved).collect();
    let done = match moves.is_empty() {
        true => without_moves(outcome),
        false => moves,
    };
    let done = done.join(", ");
    match outcome.applied {
        true => done,
        false => format!("would have {done} (nothing was changed)"),
    }
}

fn moved(Move { name, from, to }: &Move) -> String {
    match (from, to) {
        (None, Some(to)) => format!("installed {name} {to}"),
        (Some(from), None) => format!("removed {name} {from}"),
        (Some(from), Some(to)) if to > from => format!("upgraded {name} {from} -> {to}"),
        (Some(from), Some(to)) => format!("moved {name} back {from} -> {to}"),
        (None, None) => name.to_string(),
    }
}

/// Returns what was done where no other release came.
fn without_moves(outcome: &Outcome) -> Vec<String> {
    let mut done = Vec::new();
    for (_, to, names) in by_registries(&outcome.registry_moves) {
        done.push(format!("moved {} to the registry `{to}`", names.join(", ")));
    }
    for difference in &outcome.differences {
        if !is_move_of_registry(outcome, difference) && !is_said(difference) {
            done.push(applied(difference));
        }
    }
    done.dedup();
    let rows = outcome.rows.iter();
    let restored = rows.filter(|(_, row)| *row == Row::Restored).count();
    if restored > 0 {
        let files = words::count(restored, "missing file");
        done.push(format!("restored {files}"));
    }
    if !done.is_empty() {
        return done;
    }
    let changes = outcome.plan.changes.iter();
    let changed: Vec<&RelPath> = changes.map(|change| &change.path).collect();
    match changed.iter().all(|path| is_own(path)) {
        true => vec![format!("updated {}", words::list(changed))],
        false => vec!["brought the repository to what `agentpkg.lock` says".to_owned()],
    }
}

/// Whether a difference is that there is no link any more, which the files say.
fn is_said(difference: &InputDifference) -> bool {
    matches!(
        difference,
        InputDifference::Link(InputPair { now: None, .. })
    )
}

/// Whether a difference is that a template moved to another registry, which is said already.
fn is_move_of_registry(outcome: &Outcome, difference: &InputDifference) -> bool {
    match difference {
        InputDifference::Registry(name, _) | InputDifference::Contents(name, _) => {
            let mut moves = outcome.registry_moves.iter();
            moves.any(|one| one.name == *name)
        }
        _ => false,
    }
}

/// Returns which agents are written for that weren't before, and which no longer.
fn agents(locked: &[Agent], now: &[Agent]) -> String {
    let titles = |all: &[Agent], without: &[Agent]| {
        let others = all.iter().filter(|agent| !without.contains(agent));
        others
            .map(|agent| agent.title())
            .collect::<Vec<_>>()
            .join(", ")
    };
    match (titles(now, locked), titles(locked, now)) {
        (added, gone) if gone.is_empty() => format!("added {added}"),
        (added, gone) if added.is_empty() => format!("removed {gone}"),
        (added, gone) => format!("added {added}, removed {gone}"),
    }
}

fn applied(difference: &InputDifference) -> String {
    match difference {
        InputDifference::Answer(..) => "applied the answers of `agentpkg.toml`".to_owned(),
        InputDifference::Agents(InputPair { locked, now }) => agents(locked, now),
        InputDifference::Registry(name, InputPair { now, .. }) => {
            format!("took {name} from the registry `{now}`")
        }
        InputDifference::Root(InputPair { now, .. }) => {
            format!("followed the root instructions to `{now}`")
        }
        InputDifference::Imports(InputPair { now: Some(now), .. }) => format!("imported `{now}`"),
        InputDifference::Imports(_) => format!("dropped the import of `{AGENTS_MD}`"),
        InputDifference::Link(InputPair { now: Some(now), .. }) => {
            format!("linked `{now}` to `{AGENTS_MD}`")
        }
        InputDifference::Link(_) => format!("made no link to `{AGENTS_MD}`"),
        InputDifference::Renderer(InputPair { now, .. }) => format!("rendered with renderer {now}"),
        InputDifference::Release(name, _) | InputDifference::Contents(name, _) => {
            format!("moved {name}")
        }
    }
}
