//! The way there: where the hooks, permissions and settings of a template go.

use serde_json::{Map, Value, json};

use crate::agent::definition::HookEntries;
use crate::agent::hooks::{are_run_by_runner, check_script, event};
use crate::agent::items::{Item, item};
use crate::agent::{Contribution, Rendered, RenderedFile};
use crate::error::{Error, Result};
use crate::merge::json as document;
use crate::model::agent::Agent;
use crate::model::template::Hook;
use crate::model::upstream::{HookName, HookPlace};

use super::arrays::LISTS;
use super::places::{HOOKS, SETTINGS};
use super::{events, handlers, places};

/// Adds what a template contributes for Claude Code alone.
pub fn adapt(rendered: &Rendered<'_>, to: &mut Contribution) -> Result<()> {
    let by_runner = are_run_by_runner(to.renderer);
    for (path, file) in &rendered.files {
        match item(path) {
            Item::Fragment(Agent::Claude) => {
                to.add_entries(rendered, SETTINGS, &fragment(rendered, file)?)?;
            }
            Item::Script(rest) if !by_runner => {
                to.add_file(rendered, path, format!("{HOOKS}/{}/{rest}", rendered.name))?;
            }
            _ => {}
        }
    }
    to.add_entries(rendered, SETTINGS, &permissions(rendered))?;
    let hooks = rendered.hooks.iter().filter(|_| !by_runner);
    for hook in hooks {
        let place = hook_place(rendered, hook)?;
        to.add_entries(rendered, SETTINGS, &hook_entry(hook, &place))?;
        let name = HookName {
            template: rendered.name.clone(),
            id: hook.id.clone(),
        };
        to.hooks.insert(name, place);
    }
    Ok(())
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
    let event = event(rendered, hook)?;
    check_script(rendered, hook)?;
    let script = hook.run.below("hooks").unwrap_or_default();
    Ok(HookPlace {
        event: event.to_owned(),
        script: format!("{HOOKS}/{}/{script}", rendered.name).parse()?,
        file: None,
    })
}

/// The entries of hooks that the runner runs.
pub const ENTRIES: HookEntries = HookEntries {
    path: SETTINGS,
    events: &events::WORDS,
    tools: &[],
    timeout: ("timeout", 1),
    write: |call| {
        // Longer than the runner waits.
        let declared = call.hook.timeout;
        let timeout = declared.map(|declared| declared.max(call.seconds() + 1));
        group(call.hook, call.command(Agent::Claude), timeout)
    },
    document: |events| json!({ "hooks": events }),
    tell: |_, told| Some(Value::Object(told)),
};

fn hook_entry(hook: &Hook, place: &HookPlace) -> Value {
    let command = places::command(&place.script);
    json!({ "hooks": { &place.event: [group(hook, command, hook.timeout)] } })
}

fn group(hook: &Hook, command: String, timeout: Option<u32>) -> Value {
    let mut handler = Map::new();
    handler.insert("type".to_owned(), json!("command"));
    handler.insert("command".to_owned(), json!(command));
    handler.extend(timeout.map(|seconds| ("timeout".to_owned(), json!(seconds))));
    let mut group = Map::new();
    group.extend(
        hook.matches
            .as_ref()
            .map(|tools| ("matcher".to_owned(), json!(tools))),
    );
    group.insert("hooks".to_owned(), json!([handler]));
    Value::Object(group)
}
