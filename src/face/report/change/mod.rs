//! What `install` and `upgrade` did.

mod files;
mod registry;
mod title;
mod warnings;

use std::collections::BTreeSet;

use crate::agent::claude::places::RULES;
use crate::agent::hooks;
use crate::model::difference::{InputDifference, InputPair};
use crate::model::manifest::AGENTPKG_TOML;
use crate::model::path::RelPath;
use crate::model::renderer::{MARKS_RULES, RUNS_HOOKS};
use crate::model::version::Requirement;
use crate::ops::Session;
use crate::ops::steps::change::{AnswerOrigin, NewAnswer, Outcome, ReleaseNotes};
use crate::ops::steps::command_line::CommandLine;
use crate::render::cost::Cost;
use crate::tree::Note;
use crate::words;

use super::parts::{self, became, can_run, hidden, limits, links, merged_upstream};
use super::{Detail, Report};

/// What is shown of the files where nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DryRun {
    Names,
    Diffs,
}

/// A person is needed where both sides changed one place, or where git hides what was written.
pub fn report(session: &Session, outcome: &Outcome, dry_run: DryRun, detail: Detail) -> Report {
    let mut report = Report::new(detail);
    report.title(title::title(outcome));
    parts::folder(&mut report, session);
    parts::recovered(&mut report, outcome.recovered.as_ref());
    add_files(&mut report, session, outcome);
    registry::add_moves(&mut report, session, outcome);
    if outcome.first {
        registry::add_assumptions(&mut report, session, outcome);
    }
    add_answers(&mut report, &outcome.answers);
    if outcome.first || has_other_agents(outcome) {
        limits::show(&mut report, &outcome.limits);
        limits::show_again(&mut report, &outcome.told_again);
    }
    add_line_for_copilot(&mut report, outcome);
    add_runner(&mut report, outcome);
    can_run::show(&mut report, outcome);
    if !outcome.plan.is_empty() && !outcome.moves.is_empty() && outcome.cost != Cost::default() {
        report.row("context", in_context(&outcome.cost));
    }
    add_next(&mut report, session, outcome);
    parts::hooks_off::show(&mut report, session, &outcome.hooks_off);
    if !outcome.applied && dry_run == DryRun::Diffs {
        files::add_diffs(&mut report, outcome);
    }
    warnings::add_withdrawn(&mut report, session, outcome);
    warnings::add_silent_git(&mut report, outcome);
    warnings::add_unasked(&mut report, &outcome.unasked);
    let still_runs = parts::still_runs(&mut report, &outcome.notes, &outcome.still_run);
    report.end(still_runs);
    let conflicts = warnings::add_conflicts(&mut report, session, outcome);
    report.end(conflicts);
    let hidden = hidden::show(&mut report, session, outcome);
    report.ending(hidden)
}

/// Says why rules that nobody changed have changed: an earlier renderer wrote them.
fn add_line_for_copilot(report: &mut Report, outcome: &Outcome) {
    let mut differences = outcome.differences.iter();
    let is_newer = differences.any(|difference| {
        matches!(difference, InputDifference::Renderer(pair) if pair.locked < MARKS_RULES)
    });
    let mut changes = outcome.plan.changes.iter();
    if is_newer && changes.any(|change| change.path.below(RULES).is_some()) {
        report.row(
            "note",
            "each rule of Claude Code has a new line, `excludeAgent`, by which Copilot leaves it \
             out; docs/agents.md says why",
        );
    }
}

/// Says why hooks that nobody changed have changed: an earlier renderer wrote them.
fn add_runner(report: &mut Report, outcome: &Outcome) {
    let mut differences = outcome.differences.iter();
    let is_newer = differences.any(|difference| {
        matches!(difference, InputDifference::Renderer(pair) if pair.locked < RUNS_HOOKS)
    });
    let mut changes = outcome.plan.changes.iter();
    if is_newer && let Some(change) = changes.find(|change| hooks::is_runner(&change.path)) {
        let runner = &change.path;
        report.row(
            "note",
            format!(
                "hooks are run by `{runner}`, under every agent that has hooks; docs/agents.md says \
                 how"
            ),
        );
    }
}

/// Returns whether it is written for other agents than before.
fn has_other_agents(outcome: &Outcome) -> bool {
    let mut differences = outcome.differences.iter();
    differences.any(|difference| matches!(difference, InputDifference::Agents(_)))
}

/// Returns whether agents go, and nothing else changes.
fn agents_go(outcome: &Outcome) -> bool {
    outcome
        .differences
        .iter()
        .all(|difference| match difference {
            InputDifference::Agents(InputPair { locked, now }) => {
                now.iter().all(|agent| locked.contains(agent))
            }
            InputDifference::Root(_) | InputDifference::Link(_) | InputDifference::Imports(_) => {
                true
            }
            _ => false,
        })
        && has_other_agents(outcome)
}

/// What became of the files, and what the releases say of that.
fn add_files(report: &mut Report, session: &Session, outcome: &Outcome) {
    if outcome.rejoined {
        report.row(
            "lock",
            "`agentpkg.lock`, which git could not merge, is rebuilt from both sides",
        );
    }
    add_changelog(report, &outcome.news);
    merged_upstream::show(report, &outcome.merged_upstream, &outcome.unchecked);
    match agents_go(outcome) {
        true => became::rows_of_removal(report, &outcome.rows),
        false => became::rows(report, &outcome.rows),
    }
    links::show(report, &outcome.plan.links);
    files::add_copied(report, outcome);
    became::not_taken(report, &outcome.rows, &outcome.notes);
    files::add_restore(report, session, outcome);
    became::notes(report, &notes(outcome, report.is_verbose()));
    files::add_twins(report, outcome);
    for path in &outcome.stand_ins {
        report.row(
            "note",
            format!(
                "{path}: what this agentpkg renders otherwise than the last one stays as you have \
                 it"
            ),
        );
    }
}

/// Returns the notes that are named. Where copies went is counted.
fn notes(outcome: &Outcome, is_verbose: bool) -> Vec<(RelPath, Note)> {
    let mut notes = outcome.notes.clone();
    if !is_verbose {
        notes.retain(|(_, note)| match note {
            Note::Renamed { from } => !files::is_copy(outcome, from),
            _ => true,
        });
    }
    notes
}

/// What the releases say of themselves, the newest first: a few lines in all.
fn add_changelog(report: &mut Report, news: &[ReleaseNotes]) {
    const FEW: usize = 6;
    let mut left = if report.is_verbose() { usize::MAX } else { FEW };
    let mut more = 0;
    for ReleaseNotes {
        name,
        version,
        text,
    } in news
    {
        let lines: Vec<&str> = text
            .lines()
            .filter(|line| !line.trim().is_empty())
            .collect();
        let shown = left.min(lines.len());
        left -= shown;
        more += lines.len() - shown;
        if shown > 0 || lines.is_empty() && left > 0 {
            report.row("changelog", format!("{name} {version}"));
        }
        for line in &lines[..shown] {
            report.row("", *line);
        }
    }
    if more > 0 {
        report.row("", format!("… {} more (-v)", words::count(more, "line")));
    }
}

fn add_answers(report: &mut Report, answers: &[NewAnswer]) {
    for NewAnswer { key, answer, from } in answers {
        let from = match from {
            AnswerOrigin::Setting => "--set".to_owned(),
            AnswerOrigin::Person => "your answer".to_owned(),
            AnswerOrigin::Detected(detector) => format!("read off {detector}"),
            AnswerOrigin::Default => "the template's default".to_owned(),
        };
        report.row("answer", format!("{key} = {answer} ({from})"));
    }
}

/// Returns how many lines agents load always: of each, where they differ.
fn always_loaded(cost: &Cost) -> String {
    let counts: BTreeSet<usize> = cost.lines.values().copied().collect();
    if counts.len() < 2 {
        return words::count(counts.first().copied().unwrap_or_default(), "line");
    }
    let mut each = Vec::new();
    for (agent, count) in &cost.lines {
        each.push(format!(
            "{} {}",
            agent.title(),
            words::count(*count, "line")
        ));
    }
    each.join(", ")
}

/// Returns what the templates cost the agents' context, and what may run.
fn in_context(cost: &Cost) -> String {
    let mut parts = vec![format!("always loaded: {}", always_loaded(cost))];
    if cost.scoped_rules > 0 {
        let rules = words::count(cost.scoped_rules, "rule");
        let load = if cost.scoped_rules == 1 {
            "loads"
        } else {
            "load"
        };
        parts.push(format!("{rules} {load} by path"));
    }
    if cost.hooks > 0 {
        parts.push(format!("{} may run", words::count(cost.hooks, "script")));
    }
    if cost.servers > 0 {
        let servers = words::count(cost.servers, "server");
        parts.push(format!("{servers} may be started"));
    }
    parts.join("; ")
}

/// What to type next.
fn add_next(report: &mut Report, session: &Session, outcome: &Outcome) {
    if outcome.applied && !outcome.plan.is_empty() {
        report.gap();
        if let Some(committed) = outcome.committed {
            report.row("committed", words::count(committed, "file"));
        } else if !outcome.to_commit.is_empty() {
            parts::next_commit(report, session, &outcome.to_commit);
            if outcome.first && outcome.hidden.is_empty() {
                report.row(
                    "",
                    "your teammates get all of it from git; they need no tool",
                );
            }
        }
        parts::go_back(report, session);
    }
    for (name, version) in &outcome.outside {
        report.row(
            "newer",
            format!("{name} {version} is outside what `{AGENTPKG_TOML}` admits"),
        );
        let request = format!("{name}@{}", Requirement::compatible_with(version));
        let upgrade = CommandLine::new(session, "upgrade").word(&request);
        report.next("to take it", upgrade);
    }
    if let Some(code) = outcome.approval.code.as_ref().filter(|_| !outcome.applied) {
        report.next("approve with", format!("--approve {code}"));
    }
}
