//! What agents don't get as it is meant.

use std::collections::BTreeMap;

use crate::face::report::Report;
use crate::model::agent::Agent;
use crate::model::support::{ItemKind, Limit, Support};
use crate::ops::steps::reading::ToldAgain;
use crate::words;

/// Shows what is limited: a line for each agent, and with `-v` a line for each way.
pub fn show(report: &mut Report, limits: &[Limit]) {
    let lines = match report.is_verbose() {
        true => lines(limits),
        false => summaries(limits),
    };
    let mut label = "limited";
    for line in lines {
        report.row(label, line);
        label = "";
    }
}

/// Shows what agents are told more than once, and with `-v` what one can do about it.
pub fn show_again(report: &mut Report, told_again: &[ToldAgain]) {
    let mut label = "told twice";
    for again in told_again {
        let lines = words::count(again.lines, "line");
        let files = words::list(&again.files);
        let agent = again.agent.title();
        report.row(
            label,
            format!("{agent}: {lines} of {files} that it reads elsewhere, too"),
        );
        label = "";
    }
    if report.is_verbose() && told_again.iter().any(|again| again.has_blocks) {
        report.row(
            label,
            "it costs context and nothing else; docs/agents.md says what makes it less",
        );
    }
}

/// Returns a line for each agent: what it doesn't get, and what it gets in another form.
fn summaries(limits: &[Limit]) -> Vec<String> {
    let mut lines = Vec::new();
    for agent in Agent::ALL {
        let of_agent = limits.iter().filter(|limit| limit.agent == agent);
        let (mut dropped, mut degraded) = (BTreeMap::new(), BTreeMap::new());
        for limit in of_agent {
            let counts = match limit.support {
                Support::Dropped(_) => &mut dropped,
                _ => &mut degraded,
            };
            *counts.entry(limit.kind).or_default() += limit.count;
        }
        let mut parts = Vec::new();
        if !dropped.is_empty() {
            parts.push(format!("without {}", things(&dropped)));
        }
        if !degraded.is_empty() {
            parts.push(format!("{} in another form", things(&degraded)));
        }
        if !parts.is_empty() {
            lines.push(format!("{}: {} (-v)", agent.title(), parts.join("; ")));
        }
    }
    lines
}

/// Returns a line for each agent and way: `Codex: 3 rules in sections of AGENTS.md`.
pub fn lines(limits: &[Limit]) -> Vec<String> {
    let mut lines = Vec::new();
    for agent in Agent::ALL {
        let mut ways: Vec<(Support, BTreeMap<ItemKind, usize>)> = Vec::new();
        let mut named = Vec::new();
        for limit in limits.iter().filter(|limit| limit.agent == agent) {
            if let (Some(name), Support::Dropped(why)) = (&limit.name, limit.support) {
                let [kind, _] = limit.kind.words();
                named.push(format!("{}: without {kind} {name}: {why}", agent.title()));
                continue;
            }
            let index = match ways.iter().position(|(way, _)| *way == limit.support) {
                Some(index) => index,
                None => {
                    ways.push((limit.support, BTreeMap::new()));
                    ways.len() - 1
                }
            };
            *ways[index].1.entry(limit.kind).or_default() += limit.count;
        }
        for (support, counts) in ways {
            let things = things(&counts);
            lines.push(match support {
                Support::Native(place) => format!("{}: {things}: {place}", agent.title()),
                Support::Degraded { how, .. } => format!("{}: {things} {how}", agent.title()),
                Support::Dropped(why) => format!("{}: without {things}: {why}", agent.title()),
            });
        }
        lines.extend(named);
    }
    lines
}

fn things(counts: &BTreeMap<ItemKind, usize>) -> String {
    let mut things = Vec::new();
    for (kind, count) in counts {
        let words = kind.words();
        things.push(format!("{count} {}", words[usize::from(*count != 1)]));
    }
    things.join(", ")
}
