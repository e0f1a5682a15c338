//! What agents don't get as it is meant.

use std::collections::BTreeMap;

use crate::face::report::Report;
use crate::model::agent::Agent;
use crate::model::support::{ItemKind, Limit, Support};

/// Shows what is limited, a line for each agent and way.
pub fn show(report: &mut Report, limits: &[Limit]) {
    let mut label = "limited";
    for line in lines(limits) {
        report.row(label, line);
        label = "";
    }
}

/// Returns the lines: `Codex: 3 rules are sections of AGENTS.md`.
pub fn lines(limits: &[Limit]) -> Vec<String> {
    let mut ways: Vec<(Agent, Support)> = Vec::new();
    let mut counts: BTreeMap<(usize, ItemKind), usize> = BTreeMap::new();
    let mut lines = Vec::new();
    for limit in limits {
        if let Some(name) = &limit.name {
            let [kind, _] = limit.kind.words();
            if let Support::Dropped(why) = limit.support {
                lines.push(format!("{}: no {kind} {name}: {why}", limit.agent.title()));
            }
            continue;
        }
        let way = (limit.agent, limit.support);
        let index = match ways.iter().position(|other| *other == way) {
            Some(index) => index,
            None => {
                ways.push(way);
                ways.len() - 1
            }
        };
        *counts.entry((index, limit.kind)).or_default() += limit.count;
    }
    let mut all = Vec::new();
    for (index, (agent, support)) in ways.iter().enumerate() {
        let mut things = Vec::new();
        let mut total = 0;
        for ((_, kind), count) in counts.iter().filter(|((of, _), _)| *of == index) {
            let words = kind.words();
            things.push(format!("{count} {}", words[usize::from(*count != 1)]));
            total += count;
        }
        let things = things.join(", ");
        let are = if total == 1 { "is" } else { "are" };
        let agent = agent.title();
        all.push(match support {
            Support::Native(place) => format!("{agent}: {things}: {place}"),
            Support::Degraded { how, .. } => format!("{agent}: {things} {are} {how}"),
            Support::Dropped(why) => format!("{agent}: no {things}: {why}"),
        });
    }
    all.extend(lines);
    all
}
