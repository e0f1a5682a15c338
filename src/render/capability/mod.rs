//! What a tree lets an agent run, reach or do without asking, and what holds it back.
//!
//! **Nothing that executes or widens is left out because nobody knew it**: a settings key, a
//! variable or a handler that isn't classified counts as executing.

mod command;
mod files;
mod found;
mod programs;
mod review;
mod running;
mod seen;
mod summary;
mod texts;
mod unpinned;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::Value;

use crate::agent::claude::{SERVERS, SETTINGS};
use crate::agent::documents::{self, DocumentKind};
use crate::agent::hooks;
use crate::agent::readers;
use crate::model::agent::Agent;
use crate::model::capability::CapabilityKind;
use crate::model::digest::Digest;
use crate::model::name::TemplateName;
use crate::model::path::RelPath;
use crate::model::tree::{File, FileTree};
use crate::model::upstream::{Content, HookPlace, Upstream};

use found::{EntryPlace, FoundCapabilities};

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
    /// What the hook runner makes of it, where it is a call of that and nothing else.
    pub call: Option<RunnerCall>,
}

/// A call of the hook runner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunnerCall {
    pub agent: Agent,
    /// The script that is run in the end.
    pub script: RelPath,
    /// The tools that it is run for.
    pub matches: String,
    /// Whether it may stop what the agent is about to do.
    pub blocks: bool,
    /// The whole command, where that is more than the script.
    pub command: Option<String>,
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
            .one_line_text()
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
    fn one_line_text(&self) -> Option<String> {
        if self.text.lines().count() <= 1 {
            return Some(self.text.trim_end().to_owned());
        }
        let value: Value = serde_json::from_str(&self.text).ok()?;
        let mut words: Vec<&str> = Vec::new();
        // OpenCode has a program and its arguments in one list, Gemini CLI an address of another
        // name.
        for key in ["command", "url", "httpUrl", "args"] {
            match value.get(key) {
                Some(Value::String(word)) => words.push(word),
                Some(Value::Array(list)) => words.extend(list.iter().filter_map(Value::as_str)),
                _ => {}
            }
        }
        (!words.is_empty()).then(|| words.join(" "))
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
    /// The script that each hook's file says is run, where that is known without its text.
    pub scripts: BTreeMap<RelPath, RelPath>,
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
        let mut tree = Self {
            scripts: scripts(upstream.hooks.values()),
            ..Self::default()
        };
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

/// Returns the script that each hook's file says is run.
pub fn scripts<'a>(hooks: impl Iterator<Item = &'a HookPlace>) -> BTreeMap<RelPath, RelPath> {
    let files = hooks.filter_map(|place| Some((place.file.clone()?, place.script.clone())));
    files.collect()
}

/// Returns everything in a tree that can execute or widen, and everything that holds back, sorted
/// by kind and name.
pub fn capabilities(tree: &CapabilityTree<'_>) -> Vec<Capability> {
    let mut found = FoundCapabilities {
        tree,
        all: Vec::new(),
    };
    for (path, document, template) in &tree.documents {
        let place = EntryPlace {
            path,
            template: *template,
        };
        match documents::kind(path) {
            DocumentKind::Servers(key) => found.servers(place, key, document),
            DocumentKind::Permissions => found.permissions(place, document),
            DocumentKind::Hooks => found.servers(place, "", document),
            DocumentKind::Settings => found.settings(place, document),
        }
    }
    for (path, file) in &tree.files {
        let place = EntryPlace {
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
        let is_named = found.all.iter().any(|one| {
            let is_its = one.template.as_ref() == file.template || hooks::is_runner(path);
            one.kind.is_command() && one.files.contains(path) && is_its
        });
        let is_run = files::runs(path, file)
            || run_by_others.contains(path)
            || tree.run_outside.contains(*path);
        if is_run && !is_named {
            let place = EntryPlace {
                path,
                template: file.template,
            };
            let files = vec![(*path).clone()];
            found.push(place, CapabilityKind::File, "", &[], &Value::Null, files);
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
    let mut found: BTreeMap<RelPath, Value> = BTreeMap::new();
    for (path, file) in files {
        if documents::is_document(path)
            && let Some(document) = documents::read(path, &file.bytes)
        {
            found.insert(path.clone(), document);
        }
    }
    let mut tree = CapabilityTree::default();
    for (path, file) in files {
        match found.get_key_value(path) {
            Some((path, document)) => tree.documents.push((path, document, None)),
            None => {
                tree.files.insert(path, TreeFile::here(file));
            }
        }
    }
    capabilities(&tree)
}

#[cfg(test)]
mod tests;
