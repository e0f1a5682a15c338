//! The way there: where the files, hooks, servers and permissions of a template go.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::agent::items::{Item, item};
use crate::agent::shared::block_of;
use crate::agent::{Contribution, Rendered, RenderedFile};
use crate::error::{Error, Result};
use crate::merge::json as document;
use crate::model::agent::Agent;
use crate::model::template::Hook;
use crate::model::upstream::{Comment, HookName, HookPlace};

use super::arrays::LISTS;
use super::parts::SERVERS_KEY;
use super::places::{AGENTS, COMMANDS, HOOKS, RULES, SERVERS, SETTINGS, SKILLS};
use super::{events, handlers, places};

/// Adds what a template contributes for Claude Code.
pub fn adapt(rendered: &Rendered<'_>, to: &mut Contribution) -> Result<()> {
    let name = rendered.name;
    for (path, file) in &rendered.files {
        let target = match item(path) {
            Item::Root => {
                to.add_block(Agent::Claude, block_of(rendered, file, Comment::Html)?);
                continue;
            }
            Item::Fragment(Agent::Claude) => {
                to.add_entries(rendered, SETTINGS, &fragment(rendered, file)?)?;
                continue;
            }
            Item::Rule(rest) => format!("{RULES}/{name}/{rest}"),
            Item::Script(rest) => format!("{HOOKS}/{name}/{rest}"),
            Item::Skill(rest) => format!("{SKILLS}/{rest}"),
            Item::Command(rest) => format!("{COMMANDS}/{rest}"),
            Item::Subagent(rest) => format!("{AGENTS}/{rest}"),
            _ => continue,
        };
        to.add_file(rendered, path, target)?;
    }
    to.add_entries(rendered, SETTINGS, &permissions(rendered))?;
    for hook in &rendered.hooks {
        let place = hook_place(rendered, hook)?;
        to.add_entries(rendered, SETTINGS, &hook_entry(hook, &place))?;
        let name = HookName {
            template: name.clone(),
            id: hook.id.clone(),
        };
        to.hooks.insert(name, place);
    }
    to.add_entries(rendered, SERVERS, &servers(rendered))
}

fn fragment(rendered: &Rendered, file: &RenderedFile) -> Result<Value> {
    let path = &file.source;
    let text = file
        .file
        .text()
        .ok_or_else(|| Error::user(format!("`{path}` is not UTF-8 text")).of(rendered.source))?;
    let parsed = document::Document::parse(text).map_err(|invalid| {
        Error::in_file(path, Some(invalid.line), invalid.what).of(rendered.source)
    })?;
    match parsed.into_value() {
        Value::Object(mut object) => {
            handlers::one_handler_a_group(&mut object);
            Ok(Value::Object(object))
        }
        _ => Err(Error::user(format!("`{path}` is not a JSON object")).of(rendered.source)),
    }
}

fn permissions(rendered: &Rendered) -> Value {
    let permissions = &rendered.source.manifest.permissions;
    let mut lists = Map::new();
    for (list, rules) in LISTS
        .iter()
        .zip([&permissions.deny, &permissions.ask, &permissions.allow])
    {
        if !rules.is_empty() {
            lists.insert((*list).to_owned(), json!(rules));
        }
    }
    match lists.is_empty() {
        true => json!({}),
        false => json!({ "permissions": lists }),
    }
}

fn hook_place(rendered: &Rendered, hook: &Hook) -> Result<HookPlace> {
    let event = events::named(&hook.event).map_err(|error| {
        Error::user(format!("the hook `{}`: {}", hook.id, error.message()))
            .of(rendered.source)
            .hints(error.next_steps().iter().cloned())
    })?;
    let script = hook.run.below("hooks").unwrap_or_default();
    if !places::is_plain_script(script) {
        return Err(
            Error::user(format!("the hook `{}` runs `{}`", hook.id, hook.run))
                .of(rendered.source)
                .hint("name scripts in letters, digits, `.`, `_` and `-`: a shell reads the name"),
        );
    }
    let script = format!("{HOOKS}/{}/{script}", rendered.name).parse()?;
    Ok(HookPlace {
        event: event.to_owned(),
        script,
    })
}

fn hook_entry(hook: &Hook, place: &HookPlace) -> Value {
    let mut handler = Map::new();
    handler.insert("type".to_owned(), json!("command"));
    handler.insert("command".to_owned(), json!(places::command(&place.script)));
    handler.extend(
        hook.timeout
            .map(|seconds| ("timeout".to_owned(), json!(seconds))),
    );
    let mut group = Map::new();
    group.extend(
        hook.matches
            .as_ref()
            .map(|tools| ("matcher".to_owned(), json!(tools))),
    );
    group.insert("hooks".to_owned(), json!([handler]));
    json!({ "hooks": { &place.event: [group] } })
}

fn servers(rendered: &Rendered) -> Value {
    let mut servers = BTreeMap::new();
    for (name, server) in &rendered.source.manifest.mcp {
        let mut server = server.clone();
        if server.url.is_some() && server.kind.is_none() {
            server.kind = Some("http".to_owned());
        }
        servers.insert(name, server);
    }
    match servers.is_empty() {
        true => json!({}),
        false => json!({ SERVERS_KEY: servers }),
    }
}
