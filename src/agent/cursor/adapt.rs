//! The way there: a template's root instructions, rules, skills, commands, agents, servers and
//! permissions for Cursor.

use serde_json::{Map, Value, json};

use crate::agent::claude::places::FRAGMENT;
use crate::agent::items::{Item, item};
use crate::agent::shared::block_of;
use crate::agent::{Contribution, Rendered};
use crate::error::Result;
use crate::model::agent::Agent;
use crate::model::path::rel;
use crate::model::support::{ItemKind, Limit, Support};
use crate::model::upstream::Comment;

use super::permissions::{allowed, denied, may_meet};
use super::{AGENTS, COMMANDS, PERMISSIONS, RULES, SERVERS, SKILLS, rules, servers};

/// The keys of a skill's header that Cursor reads beside the usual ones.
const KEYS_OF_SKILLS: [&str; 4] = ["paths", "disable-model-invocation", "icon", "color"];

/// Adds what a template contributes for Cursor.
pub fn adapt(rendered: &Rendered<'_>, to: &mut Contribution) -> Result<()> {
    let name = rendered.name;
    for (path, file) in &rendered.files {
        match item(path) {
            Item::Root => to.add_block(Agent::Cursor, block_of(rendered, file, Comment::Html)?),
            Item::Rule(rest) => {
                let Some(rule) = rest.strip_suffix(".md") else {
                    to.drop_misnamed(Agent::Cursor, ItemKind::Rule, path);
                    continue;
                };
                to.add_file(rendered, path, format!("{RULES}/{name}/{rule}.mdc"))?;
                if file.file.text().is_some_and(rules::loses_globs) {
                    let support = Support::Degraded {
                        place: RULES,
                        how: "without the patterns that Cursor has no globs for",
                    };
                    to.limit_one(Agent::Cursor, ItemKind::ScopedRule, rest, support);
                }
            }
            Item::Skill(rest) => {
                to.add_file(rendered, path, format!("{SKILLS}/{rest}"))?;
                to.limit_skill(Agent::Cursor, path, file, &KEYS_OF_SKILLS);
            }
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
    permissions(rendered, to)
}

/// What a template says of permissions, for [`allow`].
#[derive(Clone, Debug, Default)]
pub struct Pending {
    /// Each rule that allows, as Claude Code has it, and what Cursor would have of it.
    allow: Vec<(String, Vec<String>)>,
    /// The rules that Claude Code asks by, and those by which it denies what Cursor can't deny.
    held_back: Vec<String>,
}

/// Adds what a template denies. What it allows waits until it is known what all templates ask for.
///
/// Cursor's CLI takes a project's lists in place of a person's own, and skips a file that lacks one
/// of the two: a template that only allows would lift what a person denies.
fn permissions(rendered: &Rendered<'_>, to: &mut Contribution) -> Result<()> {
    let permissions = &rendered.source.manifest.permissions;
    let mut pending = Pending::default();
    pending.held_back.extend(permissions.ask.iter().cloned());
    // Of settings that are Claude Code's alone, Cursor denies nothing.
    for list in ["ask", "deny"] {
        pending.held_back.extend(in_fragment(rendered, list));
    }
    let (mut deny, mut unsaid) = (Vec::new(), 0);
    for rule in &permissions.deny {
        let written = denied(rule);
        if written.is_empty() {
            unsaid += 1;
            pending.held_back.push(rule.clone());
        }
        add_new(&mut deny, written);
    }
    for rule in &permissions.allow {
        let written = match deny.is_empty() {
            true => Vec::new(),
            false => allowed(rule),
        };
        pending.allow.push((rule.clone(), written));
    }
    limit(to, ItemKind::Deny, unsaid);
    to.pending = pending;
    if deny.is_empty() {
        return Ok(());
    }
    let part = json!({ "permissions": { "allow": [], "deny": deny } });
    to.add_entries(rendered, PERMISSIONS, &part)
}

/// Adds what templates allow, but for what one of them asks for or denies in a way that Cursor
/// can't.
pub fn allow<'a>(contributions: impl Iterator<Item = &'a mut Contribution>) {
    let mut all: Vec<&mut Contribution> = contributions.collect();
    let mut held_back: Vec<String> = Vec::new();
    for one in &all {
        held_back.extend(one.pending.held_back.iter().cloned());
    }
    for one in &mut all {
        let (mut rules, mut unsaid) = (Vec::new(), 0);
        for (rule, written) in std::mem::take(&mut one.pending.allow) {
            let is_held_back = held_back.iter().any(|other| may_meet(&rule, other));
            if is_held_back || written.is_empty() {
                unsaid += 1;
            } else {
                add_new(&mut rules, written);
            }
        }
        limit(one, ItemKind::Allow, unsaid);
        let document = one.keys.get_mut(&rel(PERMISSIONS));
        if let Some(list) = document.and_then(|keys| keys.pointer_mut("/permissions/allow")) {
            *list = json!(rules);
        }
    }
}

/// Says how many rules Cursor can't have; the table counts them all as had.
fn limit(to: &mut Contribution, kind: ItemKind, unsaid: usize) {
    if unsaid == 0 {
        return;
    }
    for limit in &mut to.limits {
        if limit.agent == Agent::Cursor && limit.kind == kind {
            limit.count -= unsaid.min(limit.count);
        }
    }
    to.limits.retain(|limit| limit.count > 0);
    to.limits.push(Limit {
        agent: Agent::Cursor,
        kind,
        count: unsaid,
        name: None,
        support: Support::Dropped("Cursor can't say them without allowing more"),
    });
}

/// Returns a list of permissions in the template's settings of Claude Code.
fn in_fragment(rendered: &Rendered<'_>, list: &str) -> Vec<String> {
    let Some(file) = rendered.files.get(&rel(FRAGMENT)) else {
        return Vec::new();
    };
    let settings: Value = serde_json::from_slice(&file.file.bytes).unwrap_or_default();
    let mut rules = Vec::new();
    for rule in settings["permissions"][list]
        .as_array()
        .into_iter()
        .flatten()
    {
        rules.extend(rule.as_str().map(str::to_owned));
    }
    rules
}

fn add_new(list: &mut Vec<String>, rules: Vec<String>) {
    for rule in rules {
        if !list.contains(&rule) {
            list.push(rule);
        }
    }
}
