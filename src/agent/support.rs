//! What becomes of each kind of thing that a template has, under each agent: the table that `info`,
//! `install` and docs/agents.md show.

use std::collections::BTreeMap;

use crate::model::agent::Agent;
use crate::model::renderer::RENDERER;
use crate::model::source::Source;
use crate::model::support::{ItemKind, Limit, Support};
use crate::model::template::rendered_name;

use super::items::{Item, item};
use super::rules::Rule;
use super::{Rendered, RenderedFile};
use super::{definition, usual_facts};

/// What an agent makes of every kind of thing.
pub struct Supported {
    /// The version of the agent that the table is about.
    pub version: &'static str,
    /// The day on which it was checked.
    pub date: &'static str,
    pub rows: [(ItemKind, Support); ItemKind::ALL.len()],
}

/// Returns what an agent makes of every kind of thing.
pub fn supported(agent: Agent) -> &'static Supported {
    &definition(agent).supported
}

/// Returns what an agent makes of a kind of thing.
pub fn support(agent: Agent, kind: ItemKind) -> Support {
    let rows = &supported(agent).rows;
    let row = rows.iter().find(|(other, _)| *other == kind);
    row.expect("the table has every kind").1
}

/// Returns what of a template the agents don't get as it is meant.
pub fn limits(agents: &[Agent], rendered: &Rendered<'_>) -> Vec<Limit> {
    let counts = counts(rendered);
    let mut limits = Vec::new();
    for agent in agents {
        for (kind, count) in &counts {
            let support = support(*agent, *kind);
            if !matches!(support, Support::Native(_)) {
                limits.push(Limit {
                    agent: *agent,
                    kind: *kind,
                    count: *count,
                    name: None,
                    support,
                });
            }
        }
    }
    limits
}

/// Returns what agents wouldn't get as it is meant of a template that nobody has rendered: what its
/// texts would be filled in with isn't known.
pub fn limits_of_source(agents: &[Agent], source: &Source) -> Vec<Limit> {
    let mut files = BTreeMap::new();
    for (path, file) in &source.tree {
        let Ok(name) = rendered_name(path).parse() else {
            continue;
        };
        let rendered = RenderedFile {
            file: file.clone(),
            source: path.clone(),
            seed: false,
        };
        files.insert(name, rendered);
    }
    let rendered = Rendered {
        name: &source.manifest.template.name,
        files,
        hooks: source.manifest.hooks.iter().collect(),
        source,
    };
    match super::adapt(agents, &usual_facts(agents), RENDERER, &rendered) {
        Ok(contribution) => contribution.limits,
        Err(_) => limits(agents, &rendered),
    }
}

/// Returns how many things of each kind a template has.
fn counts(rendered: &Rendered<'_>) -> BTreeMap<ItemKind, usize> {
    let mut counts = BTreeMap::new();
    let mut add = |kind, count| *counts.entry(kind).or_insert(0) += count;
    for (path, file) in &rendered.files {
        match item(path) {
            Item::Root => add(ItemKind::Root, 1),
            // What isn't called as its kind is is said by its name.
            Item::Rule(rest) if rest.ends_with(".md") => {
                let rule = file.file.text().map(Rule::parse);
                let is_scoped = rule.is_some_and(|rule| !rule.paths.is_empty());
                add(
                    if is_scoped {
                        ItemKind::ScopedRule
                    } else {
                        ItemKind::Rule
                    },
                    1,
                );
            }
            Item::Skill(rest) if rest.ends_with("/SKILL.md") => add(ItemKind::Skill, 1),
            Item::Command(_) => add(ItemKind::Command, 1),
            Item::Subagent(_) => add(ItemKind::Subagent, 1),
            Item::Memory(_) | Item::AgentMemory(_) => add(ItemKind::Memory, 1),
            Item::Fragment(Agent::Claude) => add(ItemKind::ClaudeSettings, 1),
            _ => {}
        }
    }
    let manifest = &rendered.source.manifest;
    let permissions = &manifest.permissions;
    for (kind, count) in [
        (ItemKind::Hook, rendered.hooks.len()),
        (ItemKind::Server, manifest.mcp.len()),
        (ItemKind::Allow, permissions.allow.len()),
        (ItemKind::Ask, permissions.ask.len()),
        (ItemKind::Deny, permissions.deny.len()),
    ] {
        if count > 0 {
            add(kind, count);
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_agent_says_something_of_every_kind() {
        for agent in Agent::ALL {
            let kinds: Vec<ItemKind> = supported(agent)
                .rows
                .iter()
                .map(|(kind, _)| *kind)
                .collect();
            assert_eq!(kinds, ItemKind::ALL, "{agent}");
        }
    }
}
