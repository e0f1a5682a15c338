//! What a tree lets an agent run, reach or do without asking, and what holds it back.
//!
//! **Nothing that executes or widens is left out because nobody knew it**: a settings key, a
//! variable or a handler that isn't classified counts as executing.

mod command;
mod files;
mod programs;
mod review;
mod running;
mod seen;
mod summary;
mod texts;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::{Map, Value, json};

use crate::merge::json::sorted;
use crate::model::capability::CapabilityKind;
use crate::model::digest::Digest;
use crate::model::name::TemplateName;
use crate::model::path::RelPath;
use crate::model::tree::{File, FileTree};
use crate::model::upstream::{Content, Upstream};

use crate::agent::claude;
use crate::agent::claude::faults::{Skips, faults};
use crate::agent::claude::settings::{self, Class};
use crate::agent::claude::{LOCAL_SETTINGS, SERVERS, SETTINGS, events, handlers, parts, variables};
use crate::agent::readers;
pub use command::interprets;
pub use files::is_read_only;
pub use programs::{is_test, test_programs};
pub use review::{CapabilityChange, Review, Unapproved, approvals, review};
pub use running::Running;

/// Something that can execute or widen, or that holds back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capability {
    /// What kind of thing it is.
    pub kind: CapabilityKind,
    /// The file that says it.
    pub path: RelPath,
    /// What it is called there.
    pub name: String,
    /// What it says: a JSON entry over several lines, a rule, a command.
    pub text: String,
    /// The files of the tree that it runs.
    pub files: Vec<RelPath>,
    /// Of what it says and of what it runs.
    pub digest: Digest,
    /// Why what it runs may be something else tomorrow.
    pub unpinned: Option<String>,
    /// What the agent skips for it, guards maybe among that.
    pub skips: Option<String>,
    /// Whether taking it away lets something through.
    pub guards: bool,
    /// Who brings it; nobody, where a repo's own files are read.
    pub template: Option<TemplateName>,
}

impl Capability {
    /// Returns its identity across releases: `hook PreToolUse .claude/hooks/a/guard.sh`, `allow
    /// Bash(git status)`.
    pub fn id(&self) -> String {
        let is_usual = matches!(self.path.as_str(), SETTINGS | SERVERS);
        let parts = [
            self.kind.as_str(),
            if is_usual { "" } else { self.path.as_str() },
            self.name.as_str(),
        ];
        parts
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
    }
}

impl fmt::Display for Capability {
    /// Writes what it is called, with what it says where that is one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.name.as_str(), self.path.as_str()) {
            ("", path) => f.write_str(path)?,
            (name, SETTINGS | SERVERS) => f.write_str(name)?,
            (name, path) => write!(f, "{name} in {path}")?,
        }
        let is_named_by_it = matches!(
            self.kind,
            CapabilityKind::Hook | CapabilityKind::Inline | CapabilityKind::File
        );
        match self
            .said()
            .filter(|said| !is_named_by_it && !said.is_empty())
        {
            Some(said) => write!(f, " = {said}"),
            None => Ok(()),
        }
    }
}

impl Capability {
    /// Returns what a person has to know beside what it says: " (why)", or nothing.
    pub fn remarks(&self) -> String {
        let remarks = self.unpinned.iter().chain(&self.skips);
        remarks.map(|why| format!(" ({why})")).collect()
    }

    /// Returns what it says, if that is one line: a value, a command with its arguments, an
    /// address.
    fn said(&self) -> Option<String> {
        if self.text.lines().count() <= 1 {
            return Some(self.text.trim_end().to_owned());
        }
        let value: Value = serde_json::from_str(&self.text).ok()?;
        let program = ["command", "url"]
            .into_iter()
            .find_map(|key| value.get(key)?.as_str())?;
        let arguments = value
            .get("args")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str);
        Some(
            std::iter::once(program)
                .chain(arguments)
                .collect::<Vec<_>>()
                .join(" "),
        )
    }
}

/// A tree of files as far as it says what can execute.
#[derive(Clone, Debug, Default)]
pub struct CapabilityTree<'a> {
    /// JSON documents that several templates may write, each part with who brings it.
    pub documents: Vec<(&'a RelPath, &'a Value, Option<&'a TemplateName>)>,
    /// All other files.
    pub files: BTreeMap<&'a RelPath, TreeFile<'a>>,
    /// Those of them that something outside of the tree runs.
    pub run_outside: BTreeSet<RelPath>,
}

/// A file of such a tree.
#[derive(Clone, Copy, Debug)]
pub struct TreeFile<'a> {
    /// Of its bytes.
    pub digest: Digest,
    /// Its executable bit.
    pub executable: bool,
    /// Its bytes, where they are at hand.
    pub bytes: Option<&'a [u8]>,
    /// Who brings it.
    pub template: Option<&'a TemplateName>,
}

impl<'a> TreeFile<'a> {
    /// Returns a file as it is in a repository, whoever brought it.
    pub fn here(file: &'a File) -> Self {
        Self {
            digest: Digest::of(&file.bytes),
            executable: file.executable,
            bytes: Some(&file.bytes),
            template: None,
        }
    }
}

impl<'a> CapabilityTree<'a> {
    /// Returns what templates want, as such a tree.
    pub fn of(upstream: &'a Upstream) -> Self {
        let mut tree = Self::default();
        for (path, content) in &upstream.files {
            match content {
                Content::Whole(whole) => {
                    let file = TreeFile {
                        digest: Digest::of(&whole.file.bytes),
                        executable: whole.file.executable,
                        bytes: Some(&whole.file.bytes),
                        template: Some(&whole.origin.template),
                    };
                    tree.files.insert(path, file);
                }
                Content::Keys(keys) => {
                    tree.documents.extend(
                        keys.parts
                            .iter()
                            .map(|(owner, part)| (path, part, Some(owner))),
                    );
                }
                // Prose between markers runs nothing.
                Content::Blocks(_) => {}
            }
        }
        tree
    }
}

/// Returns everything in a tree that can execute or widen, and everything that holds back, sorted
/// by kind and name.
pub fn capabilities(tree: &CapabilityTree<'_>) -> Vec<Capability> {
    let mut found = Found {
        tree,
        all: Vec::new(),
    };
    for (path, document, template) in &tree.documents {
        let place = Place {
            path,
            template: *template,
        };
        match path.as_str() {
            SERVERS => found.servers(place, document),
            _ => found.settings(place, document),
        }
    }
    for (path, file) in &tree.files {
        let place = Place {
            path,
            template: file.template,
        };
        // An agent reads what is no UTF-8, too.
        if let (Some(bytes), Some(reader)) = (file.bytes, readers::reader_of(path)) {
            texts::capabilities(&mut found, place, &String::from_utf8_lossy(bytes), reader);
        }
    }
    let run_by_others = files::run_by_others(tree, &found.all);
    for (path, file) in &tree.files {
        // What a command runs is shown with it; what anything else names is shown itself.
        let is_named = |one: &Capability| {
            one.kind.is_command()
                && one.files.contains(path)
                && one.template.as_ref() == file.template
        };
        if (files::runs(path, file)
            || run_by_others.contains(path)
            || tree.run_outside.contains(*path))
            && !found.all.iter().any(is_named)
        {
            let place = Place {
                path,
                template: file.template,
            };
            found.push(
                place,
                CapabilityKind::File,
                "",
                &[],
                &Value::Null,
                vec![(*path).clone()],
            );
        }
    }
    let mut all = found.all;
    all.sort_by(|one, other| {
        (one.kind, &one.path, &one.name, one.digest).cmp(&(
            other.kind,
            &other.path,
            &other.name,
            other.digest,
        ))
    });
    all
}

/// Returns what files can execute or widen, whoever brought them.
pub fn of_files(files: &FileTree) -> Vec<Capability> {
    let is_document = |path: &RelPath| matches!(path.as_str(), SETTINGS | LOCAL_SETTINGS | SERVERS);
    let parsed = |(path, file): (&RelPath, &File)| {
        let document = serde_json::from_slice(&file.bytes).ok()?;
        is_document(path).then(|| (path.clone(), document))
    };
    let documents: BTreeMap<RelPath, Value> = files.iter().filter_map(parsed).collect();
    let mut tree = CapabilityTree::default();
    for (path, file) in files {
        match documents.get_key_value(path) {
            Some((path, document)) => tree.documents.push((path, document, None)),
            None => {
                tree.files.insert(path, TreeFile::here(file));
            }
        }
    }
    capabilities(&tree)
}

/// Where something was found.
#[derive(Clone, Copy)]
struct Place<'a> {
    path: &'a RelPath,
    template: Option<&'a TemplateName>,
}

struct Found<'t, 'a> {
    tree: &'t CapabilityTree<'a>,
    all: Vec<Capability>,
}

impl Found<'_, '_> {
    /// Adds something that says `value` at a place of its document. **Its digest is over all of
    /// that, taken apart**: no text can be read as another text and a file.
    fn push(
        &mut self,
        place: Place<'_>,
        kind: CapabilityKind,
        name: &str,
        pointer: &[&str],
        value: &Value,
        files: Vec<RelPath>,
    ) -> &mut Capability {
        let run = |path: &RelPath| {
            let file = self.tree.files.get(path);
            json!([
                path,
                file.map(|file| file.digest),
                file.is_some_and(|file| file.executable)
            ])
        };
        let run: Vec<Value> = files.iter().map(run).collect();
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
        });
        self.all.last_mut().expect("one was just pushed")
    }

    /// Adds something whose value may have commands in it.
    fn entry(
        &mut self,
        place: Place<'_>,
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
    fn files_named(&self, value: &Value) -> Vec<RelPath> {
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

    fn servers(&mut self, place: Place<'_>, document: &Value) {
        for (key, value) in document.as_object().into_iter().flatten() {
            match (key.as_str(), value) {
                (parts::SERVERS_KEY, Value::Object(servers)) => {
                    for (name, server) in servers {
                        self.entry(place, CapabilityKind::Server, name, &[key, name], server);
                    }
                }
                _ => _ = self.entry(place, CapabilityKind::Setting, key, &[key], value),
            }
        }
    }

    fn settings(&mut self, place: Place<'_>, document: &Value) {
        match document {
            Value::Object(object) => self.keys(place, &[], object),
            _ => _ = self.entry(place, CapabilityKind::Setting, "", &[], document),
        }
        // What makes the agent skip a guard, or the whole file, takes it away.
        for fault in faults(document)
            .into_iter()
            .filter(|fault| fault.skips != Skips::Entry)
        {
            let at: Vec<&str> = fault.at.iter().map(String::as_str).collect();
            let is_said = |one: &Capability| {
                one.kind == CapabilityKind::Setting
                    && one.path == *place.path
                    && one.name == at.join(".")
            };
            if self.all.iter().any(is_said) {
                continue;
            }
            let value = document.pointer(&fault.pointer()).unwrap_or(document);
            let setting = self.entry(place, CapabilityKind::Setting, &at.join("."), &at, value);
            setting.guards = false;
            setting.skips = Some(claude::sentence(&fault));
        }
    }

    fn keys(&mut self, place: Place<'_>, above: &[&str], object: &Map<String, Value>) {
        for (key, value) in object {
            let pointer: Vec<&str> = above.iter().copied().chain([key.as_str()]).collect();
            self.key(place, &pointer, value);
        }
    }

    fn key(&mut self, place: Place<'_>, pointer: &[&str], value: &Value) {
        let path = pointer.join(".");
        let key = pointer.last().copied().unwrap_or_default();
        // A rule of a list is called what it says; which list it is in, the kind says, or the key.
        let is_permission = pointer.first() == Some(&parts::PERMISSIONS);
        let within = |name: &str| {
            if is_permission {
                name.to_owned()
            } else {
                format!("{path} {name}")
            }
        };
        let below = |name| -> Vec<&str> { pointer.iter().copied().chain([name]).collect() };
        match (settings::class(&path, key, value), value) {
            (Class::Harmless(_), _) => {}
            (Class::Inside, Value::Object(object)) => self.keys(place, pointer, object),
            (Class::Each(kind), Value::Array(elements)) => {
                for element in elements {
                    let name = within(&canonical(element));
                    self.push(place, kind, &name, pointer, element, Vec::new())
                        .text
                        .clear();
                }
            }
            (Class::Entries(kind), Value::Object(entries)) => {
                entries.iter().for_each(|(name, entry)| {
                    _ = self.entry(place, kind, name, &below(name), entry)
                });
            }
            (Class::Plugins, Value::Object(plugins)) => {
                for (name, value) in plugins {
                    let kind = if *value == json!(false) {
                        CapabilityKind::Limit
                    } else {
                        CapabilityKind::Source
                    };
                    self.entry(place, kind, &within(name), &below(name), value);
                }
            }
            (Class::Variables, Value::Object(variables)) => {
                for (name, value) in variables
                    .iter()
                    .filter(|(name, value)| !variables::is_harmless(name, value))
                {
                    let kind = if variables::is_limiting(name, value) {
                        CapabilityKind::Limit
                    } else {
                        CapabilityKind::Variable
                    };
                    self.entry(place, kind, name, &below(name), value);
                }
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
                events
                    .iter()
                    .for_each(|(event, groups)| self.hooks(place, &below(event), groups));
            }
            (Class::Whole(kind), value) => _ = self.entry(place, kind, &path, pointer, value),
            (_, value) => _ = self.entry(place, CapabilityKind::Setting, &path, pointer, value),
        }
    }

    /// Adds the handlers of an event, each with what its group says.
    fn hooks(&mut self, place: Place<'_>, pointer: &[&str], groups: &Value) {
        let event = pointer.last().copied().unwrap_or_default();
        for group in groups.as_array().into_iter().flatten() {
            let list = group.get("hooks").and_then(Value::as_array);
            for (handler, alone) in list.into_iter().flatten().zip(handlers::split(group)) {
                let name = format!("{event} {}", handlers::name(handler));
                let hook = self.entry(
                    place,
                    CapabilityKind::Hook,
                    name.trim_end(),
                    pointer,
                    &alone,
                );
                hook.guards = events::find(event).is_some_and(|event| event.blocks);
            }
            if list.is_none() {
                self.entry(place, CapabilityKind::Hook, event, pointer, group);
            }
        }
        if !groups.is_array() {
            self.entry(place, CapabilityKind::Hook, event, pointer, groups);
        }
    }
}

/// Calls `visit` with each text in a value.
fn each_text(value: &Value, visit: &mut impl FnMut(&str)) {
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
    let call = || {
        let program = value.get("command")?.as_str()?;
        let arguments: Vec<String> = value
            .get("args")?
            .as_array()?
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect();
        command::unpinned_call(program, &arguments)
    };
    let inside = || match value {
        Value::String(text) => command::unpinned(text),
        Value::Array(elements) => elements.iter().find_map(unpinned_in),
        Value::Object(object) => object.values().find_map(unpinned_in),
        _ => None,
    };
    call().or_else(inside)
}

/// Returns a value as text, its keys sorted: one text for one value.
fn canonical(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        value => format!("{:#}", sorted(value)),
    }
}

#[cfg(test)]
mod tests;
