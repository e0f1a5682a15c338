//! The way there: a template's root instructions, rules, skills, commands, agents, servers and
//! permissions for Cursor.

use serde_json::{Map, Value, json};

use crate::agent::items::{Item, item};
use crate::agent::shared::block_of;
use crate::agent::{Contribution, Rendered};
use crate::error::Result;
use crate::model::agent::Agent;
use crate::model::support::{ItemKind, Limit, Support};
use crate::model::upstream::Comment;

use super::permissions::{allowed, denied, may_meet};
use super::{AGENTS, COMMANDS, PERMISSIONS, RULES, SERVERS, SKILLS, servers};

/// Adds what a template contributes for Cursor.
pub fn adapt(rendered: &Rendered<'_>, to: &mut Contribution) -> Result<()> {
    let name = rendered.name;
    for (path, file) in &rendered.files {
        match item(path) {
            Item::Root => to.add_block(Agent::Cursor, block_of(rendered, file, Comment::Html)?),
            Item::Rule(rest) => {
                if let Some(rule) = rest.strip_suffix(".md") {
                    to.add_file(rendered, path, format!("{RULES}/{name}/{rule}.mdc"))?;
                }
            }
            Item::Skill(rest) => to.add_file(rendered, path, format!("{SKILLS}/{rest}"))?,
            Item::Command(rest) => to.add_file(rendered, path, format!("{COMMANDS}/{rest}"))?,
            Item::Subagent(rest) => to.add_file(rendered, path, format!("{AGENTS}/{rest}"))?,
            _ => {}
        }
    }
    to.add_memory(Agent::Cursor, rendered);
    let mut entries = Map::new();
    for (name, server) in &rendered.source.manifest.mcp {
        match servers::server(server) {
            Ok(entry) => {
                entries.insert(name.clone(), entry);
            }
            Err(why) => to.drop_server(Agent::Cursor, name, why),
        }
    }
    if !entries.is_empty() {
        let part = json!({ "mcpServers": entries });
        to.add_entries(rendered, SERVERS, &part)?;
    }
    if let Some(part) = permissions(rendered, to) {
        to.add_entries(rendered, PERMISSIONS, &part)?;
    }
    Ok(())
}

/// Returns a template's permissions, if it denies anything.
///
/// Cursor's CLI takes a project's lists in place of a person's own, and skips a file that lacks one
/// of the two: a template that only allows would lift what a person denies.
fn permissions(rendered: &Rendered<'_>, to: &mut Contribution) -> Option<Value> {
    let permissions = &rendered.source.manifest.permissions;
    let (mut deny, mut allow) = (Vec::new(), Vec::new());
    let mut unsaid = [(ItemKind::Deny, 0), (ItemKind::Allow, 0)];
    for rule in &permissions.deny {
        let written = denied(rule);
        unsaid[0].1 += usize::from(written.is_empty());
        add_new(&mut deny, written);
    }
    for rule in &permissions.allow {
        let is_asked = permissions.ask.iter().any(|ask| may_meet(rule, ask));
        let written = match is_asked {
            true => Vec::new(),
            false => allowed(rule),
        };
        unsaid[1].1 += usize::from(written.is_empty());
        add_new(&mut allow, written);
    }
    if deny.is_empty() {
        unsaid = [
            (ItemKind::Deny, permissions.deny.len()),
            (ItemKind::Allow, permissions.allow.len()),
        ];
    }
    for (kind, count) in unsaid {
        // The table counts them all.
        for limit in &mut to.limits {
            if limit.agent == Agent::Cursor && limit.kind == kind {
                limit.count -= count;
            }
        }
        if count > 0 {
            to.limits.push(Limit {
                agent: Agent::Cursor,
                kind,
                count,
                name: None,
                support: Support::Dropped("Cursor can't say them without allowing more"),
            });
        }
    }
    to.limits.retain(|limit| limit.count > 0);
    (!deny.is_empty()).then(|| json!({ "permissions": { "allow": allow, "deny": deny } }))
}

fn add_new(list: &mut Vec<String>, rules: Vec<String>) {
    for rule in rules {
        if !list.contains(&rule) {
            list.push(rule);
        }
    }
}
