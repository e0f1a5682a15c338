//! Where templates come from, and what was assumed at the first install.

use crate::face::report::{Report, parts};
use crate::model::agent::Agent;
use crate::model::manifest::{AGENTPKG_TOML, DEFAULT_REGISTRY};
use crate::ops::Session;
use crate::ops::steps::change::{Moving, Outcome, RegistryEdit, RegistryMove};
use crate::ops::steps::command_line::CommandLine;
use crate::ops::steps::render::AgentChoice;
use crate::store::config::Chosen;
use crate::store::registry::Address;

/// What `--registry` did: where templates come from now, and what agentpkg.toml says of that.
pub fn add_moves(report: &mut Report, session: &Session, outcome: &Outcome) {
    for (from, to, names) in by_registries(&outcome.registry_moves) {
        let names = names.join(", ");
        report.row("registry", format!("{names}: `{from}` -> `{to}`"));
    }
    let Some(Moving { registry, edit }) = &outcome.moving else {
        return;
    };
    let address = &registry.address;
    let name = match edit {
        RegistryEdit::Default | RegistryEdit::Named(_) | RegistryEdit::First => return,
        RegistryEdit::Replaced => DEFAULT_REGISTRY,
        RegistryEdit::Added(name) => name,
    };
    report.row(
        "recorded",
        format!("`{address}` as `[registries.{name}]` in `{AGENTPKG_TOML}`"),
    );
    add_for_teammates(report, session, registry);
}

/// Returns the names of what moved from one registry to another, by both.
pub fn by_registries(moves: &[RegistryMove]) -> Vec<(&Address, &Address, Vec<&str>)> {
    let mut groups: Vec<(&Address, &Address, Vec<&str>)> = Vec::new();
    for RegistryMove { name, from, to } in moves {
        let mut same = groups.iter_mut();
        match same.find(|(old, new, _)| (*old, *new) == (from, to)) {
            Some((_, _, names)) => names.push(name.as_str()),
            None => groups.push((from, to, vec![name.as_str()])),
        }
    }
    groups
}

pub fn add_assumptions(report: &mut Report, session: &Session, outcome: &Outcome) {
    report.row("registry", parts::registry(&outcome.registry));
    add_for_teammates(report, session, &outcome.registry);
    let served: Vec<&str> = outcome.agents.iter().copied().map(Agent::title).collect();
    let why = match outcome.agent_choice {
        AgentChoice::Named => "as you said",
        AgentChoice::InUse => "in use here",
        AgentChoice::Assumed => "assumed: nothing here says which agent you use",
    };
    let others = match outcome.other_agents.as_slice() {
        [] => String::new(),
        others => format!("; {} found, and not written for yet", others.join(" and ")),
    };
    let unserved: Vec<&str> = outcome
        .unserved_agents
        .iter()
        .copied()
        .map(Agent::title)
        .collect();
    let besides = match unserved.as_slice() {
        [] => String::new(),
        titles => format!("; {} in use here, too", titles.join(" and ")),
    };
    report.row(
        "agent",
        format!("{} ({why}){besides}{others}", served.join(", ")),
    );
    if !unserved.is_empty() {
        let mut install = CommandLine::new(session, "install");
        for agent in &outcome.unserved_agents {
            install = install.option("--agent", agent.as_str());
        }
        report.next("to add", install);
    }
}

/// What an address asks of a team: a folder of this machine has to be on theirs.
fn add_for_teammates(report: &mut Report, session: &Session, registry: &Chosen) {
    let written = registry.address.for_repo(session.workspace.root());
    if written.starts_with('/') {
        report.row(
            "",
            format!(
                "`{AGENTPKG_TOML}` names it as `{written}`: teammates need a folder of that name \
                 too"
            ),
        );
    }
}
