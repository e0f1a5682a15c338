//! What the settings of a tree say that can execute or widen, entry by entry.

use serde_json::{Map, Value, json};

use crate::agent::claude;
use crate::agent::claude::faults::{Skips, faults};
use crate::agent::claude::handlers::HOOKS_KEY;
use crate::agent::claude::settings::{self, Class};
use crate::agent::claude::{events, handlers, parts, variables};
use crate::agent::documents;
use crate::agent::hooks::{self, HookFile};
use crate::merge::json::sorted;
use crate::model::agent::Agent;
use crate::model::capability::CapabilityKind;
use crate::model::digest::Digest;
use crate::model::name::TemplateName;
use crate::model::path::RelPath;

use super::{Capability, CapabilityTree, RunnerCall, command, unpinned};

/// Where something was found.
#[derive(Clone, Copy)]
pub(super) struct EntryPlace<'a> {
    pub(super) path: &'a RelPath,
    pub(super) template: Option<&'a TemplateName>,
}

/// What was found in a tree so far.
pub(super) struct FoundCapabilities<'t, 'a> {
    pub(super) tree: &'t CapabilityTree<'a>,
    pub(super) all: Vec<Capability>,
}

impl FoundCapabilities<'_, '_> {
    /// Adds something that says `value` at a place of its document. **Its digest is over all of
    /// that, taken apart**: no text can be read as another text and a file.
    pub(super) fn push(
        &mut self,
        place: EntryPlace<'_>,
        kind: CapabilityKind,
        name: &str,
        pointer: &[&str],
        value: &Value,
        files: Vec<RelPath>,
    ) -> &mut Capability {
        let mut run = Vec::new();
        for path in &files {
            let file = self.tree.files.get(path);
            run.push(json!([
                path,
                file.map(|file| file.digest),
                file.is_some_and(|file| file.executable)
            ]));
        }
        let content = json!([kind.as_str(), place.path, pointer, sorted(value), run]);
        self.all.push(Capability {
            kind,
            path: place.path.clone(),
            name: name.to_owned(),
            text: if value.is_null() {
                String::new()
            } else {
                canonical(value)
            },
            files,
            digest: Digest::of(content.to_string().as_bytes()),
            unpinned: None,
            skips: None,
            guards: kind.only_guards()
                || matches!(kind, CapabilityKind::Setting | CapabilityKind::Variable),
            template: place.template.cloned(),
            call: None,
        });
        self.all.last_mut().expect("one was just pushed")
    }

    /// Adds something whose value may have commands in it.
    pub(super) fn entry(
        &mut self,
        place: EntryPlace<'_>,
        kind: CapabilityKind,
        name: &str,
        pointer: &[&str],
        value: &Value,
    ) -> &mut Capability {
        let files = self.files_named(value);
        let unpinned = unpinned_in(value);
        let capability = self.push(place, kind, name, pointer, value, files);
        capability.unpinned = unpinned;
        capability
    }

    /// Returns the files of the tree that the texts in a value name.
    pub(super) fn files_named(&self, value: &Value) -> Vec<RelPath> {
        let mut files: Vec<RelPath> = Vec::new();
        each_text(value, &mut |text| {
            files.extend(
                command::paths(text)
                    .into_iter()
                    .filter(|path| self.tree.files.contains_key(path)),
            );
        });
        files.sort();
        files.dedup();
        files
    }

    /// Adds the servers of a document, which stand below `at`, its hooks, and whatever else it sets.
    pub(super) fn servers(&mut self, place: EntryPlace<'_>, at: &str, document: &Value) {
        for (key, value) in document.as_object().into_iter().flatten() {
            match value {
                Value::Object(servers) if key == at => {
                    for (name, server) in servers {
                        self.entry(place, CapabilityKind::Server, name, &[key, name], server);
                    }
                }
                Value::Object(events) if key == HOOKS_KEY => {
                    for (event, groups) in events {
                        self.hooks(place, &[key, event], groups);
                    }
                }
                _ if documents::is_harmless(place.path, key, value) => {}
                _ => _ = self.entry(place, CapabilityKind::Setting, key, &[key], value),
            }
        }
    }

    /// Adds the lists of what a document allows and denies, and whatever else it sets.
    ///
    /// A list of a project takes the place of a person's own, so that what the person denies is
    /// denied no longer: that there is one has to be approved, whatever it denies itself.
    pub(super) fn permissions(&mut self, place: EntryPlace<'_>, document: &Value) {
        if document.get(parts::PERMISSIONS).is_some() {
            let said = json!("instead of a person's own");
            self.push(
                place,
                CapabilityKind::Setting,
                parts::PERMISSIONS,
                &[],
                &said,
                Vec::new(),
            );
        }
        match document {
            Value::Object(object) => self.keys(place, &[], object),
            _ => _ = self.entry(place, CapabilityKind::Setting, "", &[], document),
        }
    }

    pub(super) fn settings(&mut self, place: EntryPlace<'_>, document: &Value) {
        match document {
            Value::Object(object) => self.keys(place, &[], object),
            _ => _ = self.entry(place, CapabilityKind::Setting, "", &[], document),
        }
        // What makes the agent skip a guard, or the whole file, takes it away.
        for fault in faults(document) {
            let at: Vec<&str> = fault.at.iter().map(String::as_str).collect();
            let name = at.join(".");
            let is_known = self.all.iter().any(|one| {
                one.kind == CapabilityKind::Setting && one.path == *place.path && one.name == name
            });
            if is_known || fault.skips == Skips::Entry {
                continue;
            }
            let value = document.pointer(&fault.pointer()).unwrap_or(document);
            let setting = self.entry(place, CapabilityKind::Setting, &name, &at, value);
            setting.guards = false;
            setting.skips = Some(claude::sentence(&fault));
        }
    }

    fn keys(&mut self, place: EntryPlace<'_>, above: &[&str], object: &Map<String, Value>) {
        for (key, value) in object {
            self.key(place, &below(above, key), value);
        }
    }

    fn key(&mut self, place: EntryPlace<'_>, pointer: &[&str], value: &Value) {
        let path = pointer.join(".");
        let key = pointer.last().copied().unwrap_or_default();
        match (settings::class(&path, key, value), value) {
            (Class::Harmless(_), _) => {}
            (Class::Inside, Value::Object(object)) => self.keys(place, pointer, object),
            (Class::Each(kind), Value::Array(elements)) => {
                for element in elements {
                    let name = name_within(pointer, &canonical(element));
                    self.push(place, kind, &name, pointer, element, Vec::new())
                        .text
                        .clear();
                }
            }
            (Class::Entries(kind), Value::Object(entries)) => {
                for (name, entry) in entries {
                    self.entry(place, kind, name, &below(pointer, name), entry);
                }
            }
            (Class::Plugins, Value::Object(plugins)) => self.plugins(place, pointer, plugins),
            (Class::Variables, Value::Object(variables)) => {
                self.variables(place, pointer, variables);
            }
            (Class::Limit(narrow), value) => {
                let kind = if narrow.has(value) {
                    CapabilityKind::Limit
                } else {
                    CapabilityKind::Setting
                };
                // What widens has its kind to be told from what limits; taking it away lets nothing
                // through.
                self.entry(place, kind, &path, pointer, value).guards =
                    kind == CapabilityKind::Limit;
            }
            (Class::Hooks, Value::Object(events)) => {
                for (event, groups) in events {
                    self.hooks(place, &below(pointer, event), groups);
                }
            }
            (Class::Whole(kind), value) => _ = self.entry(place, kind, &path, pointer, value),
            (_, value) => _ = self.entry(place, CapabilityKind::Setting, &path, pointer, value),
        }
    }

    fn plugins(&mut self, place: EntryPlace<'_>, pointer: &[&str], plugins: &Map<String, Value>) {
        for (name, value) in plugins {
            let kind = if *value == json!(false) {
                CapabilityKind::Limit
            } else {
                CapabilityKind::Source
            };
            let within = name_within(pointer, name);
            self.entry(place, kind, &within, &below(pointer, name), value);
        }
    }

    fn variables(
        &mut self,
        place: EntryPlace<'_>,
        pointer: &[&str],
        variables: &Map<String, Value>,
    ) {
        for (name, value) in variables {
            if variables::is_harmless(name, value) {
                continue;
            }
            let kind = if variables::is_limiting(name, value) {
                CapabilityKind::Limit
            } else {
                CapabilityKind::Variable
            };
            self.entry(place, kind, name, &below(pointer, name), value);
        }
    }

    /// Adds a handler of an event, alone in its group. One that calls the hook runner is called by
    /// the script that it runs in the end, and runs all that this takes.
    fn hook(&mut self, place: EntryPlace<'_>, pointer: &[&str], handler: &Value, alone: &Value) {
        let event = pointer.last().copied().unwrap_or_default();
        let run = self.run_by_runner(handler);
        let name = match &run {
            Some((_, call)) => call.script.to_string(),
            None => handlers::name(handler),
        };
        let mut files = self.files_named(alone);
        files.extend(run.iter().flat_map(|(files, _)| files).cloned());
        files.sort();
        files.dedup();
        let unpinned = unpinned_in(alone);
        let name = format!("{event} {name}");
        let kind = CapabilityKind::Hook;
        let hook = self.push(place, kind, name.trim_end(), pointer, alone, files);
        hook.unpinned = unpinned;
        let command = handler.get("command").and_then(Value::as_str);
        let agent = command.and_then(hooks::agent_that_calls);
        hook.call = run
            .zip(agent)
            .map(|((_, call), agent)| RunnerCall { agent, ..call });
        let event = events::find(hooks::claudes_event(event));
        hook.guards = event.is_some_and(|event| event.blocks);
    }

    /// Returns what a call of the hook runner takes, and what becomes of it: the runner, the hook's
    /// file, and the files of the tree that this names. None of another command, or where the tree
    /// doesn't have them.
    fn run_by_runner(&self, handler: &Value) -> Option<(Vec<RelPath>, RunnerCall)> {
        let command = handler.get("command").and_then(Value::as_str);
        let file = command
            .and_then(handlers::script_in)
            .filter(hooks::is_hook_file)?;
        let runner = hooks::runner_of(&file);
        let text = self.tree.files.get(&file).and_then(|file| file.bytes);
        let text = String::from_utf8_lossy(text.unwrap_or_default());
        let said = HookFile::parse(&file, &text);
        let known = self.tree.scripts.get(&file).cloned();
        let script = said.script.or(known)?;
        let mut named = command::paths(&said.command);
        named.push(script.clone());
        named.retain(|path| self.tree.files.contains_key(path));
        let is_alone = command::words(&said.command) == [script.as_str()];
        let call = RunnerCall {
            agent: Agent::Claude,
            script,
            matches: said.matches,
            blocks: said.blocks,
            command: (!is_alone).then_some(said.command),
        };
        Some(([vec![runner, file], named].concat(), call))
    }

    /// Adds the handlers of an event, each with what its group says.
    fn hooks(&mut self, place: EntryPlace<'_>, pointer: &[&str], groups: &Value) {
        let event = pointer.last().copied().unwrap_or_default();
        for group in groups.as_array().into_iter().flatten() {
            let list = group.get("hooks").and_then(Value::as_array);
            for (handler, alone) in list.into_iter().flatten().zip(handlers::split(group)) {
                self.hook(place, pointer, handler, &alone);
            }
            if list.is_none() {
                self.hook(place, pointer, group, group);
            }
        }
        if !groups.is_array() {
            self.entry(place, CapabilityKind::Hook, event, pointer, groups);
        }
    }
}

/// Returns what something in a list or an object of settings is called. A rule is called what it
/// says; which list it is in, the kind says, or the key.
fn name_within(pointer: &[&str], name: &str) -> String {
    match pointer.first() {
        Some(&parts::PERMISSIONS) => name.to_owned(),
        _ => format!("{} {name}", pointer.join(".")),
    }
}

fn below<'p>(pointer: &[&'p str], key: &'p str) -> Vec<&'p str> {
    pointer.iter().copied().chain([key]).collect()
}

/// Calls `visit` with each text in a value.
pub(super) fn each_text(value: &Value, visit: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => visit(text),
        Value::Array(elements) => elements
            .iter()
            .for_each(|element| each_text(element, visit)),
        Value::Object(object) => object.values().for_each(|value| each_text(value, visit)),
        _ => {}
    }
}

/// Returns why what a value runs isn't fixed: of a program with arguments, or of any command in it.
fn unpinned_in(value: &Value) -> Option<String> {
    unpinned_call_in(value).or_else(|| match value {
        Value::String(text) => unpinned::unpinned(text),
        Value::Array(elements) => elements.iter().find_map(unpinned_in),
        Value::Object(object) => object.values().find_map(unpinned_in),
        _ => None,
    })
}

fn unpinned_call_in(value: &Value) -> Option<String> {
    let texts = |value: &Value| -> Option<Vec<String>> {
        let elements = value.as_array()?.iter();
        Some(
            elements
                .filter_map(|element| element.as_str().map(str::to_owned))
                .collect(),
        )
    };
    match value.get("command")? {
        Value::String(program) => {
            let arguments = texts(value.get("args")?)?;
            unpinned::unpinned_call(program, &arguments)
        }
        // OpenCode has the program and its arguments in one list.
        command => {
            let words = texts(command)?;
            let (program, arguments) = words.split_first()?;
            unpinned::unpinned_call(program, arguments)
        }
    }
}

/// Returns a value as text, its keys sorted: one text for one value.
fn canonical(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        value => format!("{:#}", sorted(value)),
    }
}
