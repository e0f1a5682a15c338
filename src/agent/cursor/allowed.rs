//! The permissions of templates for Cursor's CLI.

use serde_json::{Value, json};

use crate::agent::claude::places::FRAGMENT;
use crate::agent::{Contribution, Rendered};
use crate::error::Result;
use crate::model::agent::Agent;
use crate::model::path::rel;
use crate::model::support::{ItemKind, Limit, Support};

use super::PERMISSIONS;
use super::permissions::{allowed, denied, may_meet};

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
pub fn permissions(rendered: &Rendered<'_>, to: &mut Contribution) -> Result<()> {
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
