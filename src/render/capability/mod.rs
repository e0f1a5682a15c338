//! What a tree lets an agent run, reach or do without asking, and what holds it back.
//!
//! **Nothing that executes or widens is left out because nobody knew it**: a settings key, a variable or a handler that isn't
//! classified counts as executing.

mod command;
mod review;
mod settings;
mod texts;

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Value, json};

use crate::model::digest::Digest;
use crate::model::name::TemplateName;
use crate::model::path::RelPath;
use crate::model::upstream::{Content, Upstream};

use super::agents::claude::{SERVERS, SETTINGS};
pub use review::{Fate, Item, Review, approvals, review};
use settings::Class;
pub use texts::is_read;

/// What kind of thing can execute or widen, or hold back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A handler of a hook.
    Hook,
    /// An MCP server, which is started or reached.
    Server,
    /// A command that the agent runs by itself: a status line, a helper.
    Command,
    /// A command inside a text, run when the text is used.
    Inline,
    /// A file that can be run, or that another tool runs.
    File,
    /// What a text makes the agent do without asking: tools of a skill, the mode of an agent.
    Tools,
    /// A rule that allows.
    Allow,
    /// A folder outside the project.
    Folder,
    /// An environment variable.
    Variable,
    /// A marketplace or a plugin: code from elsewhere.
    Source,
    /// A setting that widens, or that nobody has classified.
    Setting,
    /// A rule that denies.
    Deny,
    /// A rule that asks.
    Ask,
    /// A setting that limits.
    Limit,
}

impl Kind {
    /// Returns its name in reports and in the lock.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hook => "hook",
            Self::Server => "server",
            Self::Command => "command",
            Self::Inline => "inline command",
            Self::File => "file",
            Self::Tools => "tools",
            Self::Allow => "allow",
            Self::Folder => "folder",
            Self::Variable => "variable",
            Self::Source => "source",
            Self::Setting => "setting",
            Self::Deny => "deny",
            Self::Ask => "ask",
            Self::Limit => "limit",
        }
    }

    /// Returns whether it only holds back: nobody has to approve that it comes.
    pub fn only_guards(self) -> bool {
        matches!(self, Self::Deny | Self::Ask | Self::Limit)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Something that can execute or widen, or that holds back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capability {
    /// What kind of thing it is.
    pub kind: Kind,
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
    /// Whether taking it away lets something through.
    pub guards: bool,
    /// Who brings it; nobody, where a repo's own files are read.
    pub template: Option<TemplateName>,
}

impl Capability {
    /// Returns its identity across releases: `hook PreToolUse .claude/hooks/a/guard.sh`, `allow Bash(git status)`.
    pub fn id(&self) -> String {
        let is_usual = matches!(self.path.as_str(), SETTINGS | SERVERS);
        let parts = [self.kind.as_str(), if is_usual { "" } else { self.path.as_str() }, self.name.as_str()];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
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
        let is_named_by_it = matches!(self.kind, Kind::Hook | Kind::Inline | Kind::File);
        match self.said().filter(|said| !is_named_by_it && !said.is_empty()) {
            Some(said) => write!(f, " = {said}"),
            None => Ok(()),
        }
    }
}

impl Capability {
    /// Returns what it says, if that is one line: a value, a command with its arguments, an address.
    fn said(&self) -> Option<String> {
        if self.text.lines().count() <= 1 {
            return Some(self.text.trim_end().to_owned());
        }
        let value: Value = serde_json::from_str(&self.text).ok()?;
        let program = ["command", "url"].into_iter().find_map(|key| value.get(key)?.as_str())?;
        let arguments = value.get("args").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        Some(std::iter::once(program).chain(arguments).collect::<Vec<_>>().join(" "))
    }
}

/// A tree of files as far as it says what can execute.
#[derive(Clone, Debug, Default)]
pub struct Tree<'a> {
    /// JSON documents that several templates may write, each part with who brings it.
    pub documents: Vec<(&'a RelPath, &'a Value, Option<&'a TemplateName>)>,
    /// All other files.
    pub files: BTreeMap<&'a RelPath, TreeFile<'a>>,
}

/// A file of such a tree.
#[derive(Clone, Copy, Debug)]
pub struct TreeFile<'a> {
    /// Of its bytes.
    pub digest: Digest,
    /// Its executable bit.
    pub executable: bool,
    /// Its text, where it is at hand and is one.
    pub text: Option<&'a str>,
    /// Who brings it.
    pub template: Option<&'a TemplateName>,
}

impl<'a> Tree<'a> {
    /// Returns what templates want, as such a tree.
    pub fn of(upstream: &'a Upstream) -> Self {
        let mut tree = Self::default();
        for (path, content) in &upstream.files {
            match content {
                Content::Whole(whole) => {
                    let file = TreeFile {
                        digest: Digest::of(&whole.file.bytes),
                        executable: whole.file.executable,
                        text: whole.file.text(),
                        template: Some(&whole.origin.template),
                    };
                    tree.files.insert(path, file);
                }
                Content::Keys(keys) => {
                    tree.documents.extend(keys.parts.iter().map(|(owner, part)| (path, part, Some(owner))));
                }
                // Prose between markers runs nothing.
                Content::Blocks(_) => {}
            }
        }
        tree
    }
}

/// Returns everything in a tree that can execute or widen, and everything that holds back, sorted by kind and name.
pub fn capabilities(tree: &Tree<'_>) -> Vec<Capability> {
    let mut found = Found { tree, all: Vec::new() };
    for (path, document, template) in &tree.documents {
        let place = Place { path, template: *template };
        match path.as_str() {
            SERVERS => found.servers(place, document),
            _ => found.settings(place, document),
        }
    }
    for (path, file) in &tree.files {
        let place = Place { path, template: file.template };
        if let Some(text) = file.text.filter(|_| texts::is_read(path)) {
            texts::capabilities(&mut found, place, text);
        }
        let is_named = |one: &Capability| one.files.contains(path) && one.template.as_ref() == file.template;
        if runs(path, file) && !found.all.iter().any(is_named) {
            found.push(place, Kind::File, "", String::new(), vec![(*path).clone()]);
        }
    }
    let mut all = found.all;
    all.sort_by(|one, other| {
        (one.kind, &one.path, &one.name, one.digest).cmp(&(other.kind, &other.path, &other.name, other.digest))
    });
    all
}

/// Where something was found.
#[derive(Clone, Copy)]
struct Place<'a> {
    path: &'a RelPath,
    template: Option<&'a TemplateName>,
}

struct Found<'t, 'a> {
    tree: &'t Tree<'a>,
    all: Vec<Capability>,
}

impl Found<'_, '_> {
    fn push(&mut self, place: Place<'_>, kind: Kind, name: &str, text: String, files: Vec<RelPath>) -> &mut Capability {
        let mut content = format!("{kind}\n{name}\n{text}\n");
        for file in &files {
            let digest = self.tree.files.get(file).map(|file| file.digest.hex()).unwrap_or_default();
            content.push_str(&format!("{file} {digest}\n"));
        }
        self.all.push(Capability {
            kind,
            path: place.path.clone(),
            name: name.to_owned(),
            text,
            files,
            digest: Digest::of(content.as_bytes()),
            unpinned: None,
            guards: kind.only_guards() || kind == Kind::Setting,
            template: place.template.cloned(),
        });
        self.all.last_mut().expect("one was just pushed")
    }

    /// Adds something whose value may have commands in it.
    fn entry(&mut self, place: Place<'_>, kind: Kind, name: &str, value: &Value) -> &mut Capability {
        let files = self.files_named(value);
        let unpinned = unpinned_in(value);
        let capability = self.push(place, kind, name, canonical(value), files);
        capability.unpinned = unpinned;
        capability
    }

    /// Returns the files of the tree that the texts in a value name.
    fn files_named(&self, value: &Value) -> Vec<RelPath> {
        let mut files: Vec<RelPath> = Vec::new();
        each_text(value, &mut |text| {
            files.extend(command::paths(text).into_iter().filter(|path| self.tree.files.contains_key(path)));
        });
        files.sort();
        files.dedup();
        files
    }

    fn servers(&mut self, place: Place<'_>, document: &Value) {
        for (key, value) in document.as_object().into_iter().flatten() {
            match (key.as_str(), value) {
                ("mcpServers", Value::Object(servers)) => {
                    servers.iter().for_each(|(name, server)| _ = self.entry(place, Kind::Server, name, server));
                }
                _ => _ = self.entry(place, Kind::Setting, key, value),
            }
        }
    }

    fn settings(&mut self, place: Place<'_>, document: &Value) {
        match document {
            Value::Object(object) => self.keys(place, "", object),
            _ => _ = self.entry(place, Kind::Setting, "", document),
        }
    }

    fn keys(&mut self, place: Place<'_>, above: &str, object: &Map<String, Value>) {
        for (key, value) in object {
            let path = if above.is_empty() { key.clone() } else { format!("{above}.{key}") };
            self.key(place, &path, value);
        }
    }

    fn key(&mut self, place: Place<'_>, path: &str, value: &Value) {
        // A rule of a list is called what it says; which list it is in, the kind says, or the key.
        let within =
            |name: &str| if path.starts_with("permissions.") { name.to_owned() } else { format!("{path} {name}") };
        match (settings::class(path, value), value) {
            (Class::Harmless, _) => {}
            (Class::Inside, Value::Object(object)) => self.keys(place, path, object),
            (Class::Each(kind), Value::Array(elements)) => {
                for element in elements {
                    let name = element.as_str().map_or_else(|| canonical(element), str::to_owned);
                    self.push(place, kind, &within(&name), String::new(), Vec::new());
                }
            }
            (Class::Entries(kind), Value::Object(entries)) => {
                entries.iter().for_each(|(name, entry)| _ = self.entry(place, kind, name, entry));
            }
            (Class::Plugins, Value::Object(plugins)) => {
                for (name, value) in plugins {
                    let kind = if *value == json!(false) { Kind::Limit } else { Kind::Source };
                    self.entry(place, kind, &within(name), value);
                }
            }
            (Class::Variables, Value::Object(variables)) => {
                for (name, value) in variables.iter().filter(|(name, _)| !settings::is_harmless_variable(name)) {
                    self.entry(place, Kind::Variable, name, value);
                }
            }
            (Class::Limit(limits), value) => {
                let said = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                let kind = if limits.contains(&said.as_str()) { Kind::Limit } else { Kind::Setting };
                // What widens has its kind to be told from what limits; taking it away lets nothing through.
                self.entry(place, kind, path, value).guards = kind == Kind::Limit;
            }
            (Class::Hooks, Value::Object(events)) => {
                events.iter().for_each(|(event, groups)| self.hooks(place, event, groups));
            }
            (Class::Whole(kind), value) => _ = self.entry(place, kind, path, value),
            (_, value) => _ = self.entry(place, Kind::Setting, path, value),
        }
    }

    /// Adds the handlers of an event, each with what its group says.
    fn hooks(&mut self, place: Place<'_>, event: &str, groups: &Value) {
        for group in groups.as_array().into_iter().flatten() {
            let handlers = group.get("hooks").and_then(Value::as_array);
            for handler in handlers.into_iter().flatten() {
                let mut alone = group.clone();
                alone["hooks"] = json!([handler]);
                let name = format!("{event} {}", handler_name(handler));
                self.entry(place, Kind::Hook, name.trim_end(), &alone).guards = settings::is_guarded(event);
            }
            if handlers.is_none() {
                self.entry(place, Kind::Hook, event, group);
            }
        }
        if !groups.is_array() {
            self.entry(place, Kind::Hook, event, groups);
        }
    }
}

/// Returns what a handler is called: its script, else what it runs, reaches or says.
fn handler_name(handler: &Value) -> String {
    let text = |key: &str| handler.get(key).and_then(Value::as_str);
    let said = ["command", "url", "tool", "prompt"].into_iter().find_map(text).unwrap_or_default();
    match crate::merge::json::script_in(said) {
        Some(script) => script.to_string(),
        None => said.split_whitespace().collect::<Vec<_>>().join(" "),
    }
}

/// Returns whether a file of a tree can be run, or is run by something.
fn runs(path: &RelPath, file: &TreeFile<'_>) -> bool {
    const ENDINGS: [&str; 34] = [
        "sh", "bash", "zsh", "fish", "ksh", "py", "pyw", "js", "mjs", "cjs", "ts", "mts", "rb", "pl", "php", "lua",
        "ps1", "bat", "cmd", "awk", "go", "rs", "jar", "exe", "wasm", "so", "dll", "dylib", "mk", "gradle", "rego",
        "tcl", "r", "jl",
    ];
    /// Folders of files that some tool runs or takes orders from.
    const FOLDERS: [&str; 14] = [
        ".claude/hooks",
        ".claude-plugin",
        ".github/workflows",
        ".github/actions",
        ".github/hooks",
        ".gitlab",
        ".circleci",
        ".husky",
        ".githooks",
        ".cursor",
        ".codex",
        ".gemini",
        ".vscode",
        ".devcontainer",
    ];
    const NAMES: [&str; 24] = [
        "makefile",
        "gnumakefile",
        "justfile",
        "rakefile",
        "gemfile",
        "dockerfile",
        "jenkinsfile",
        "vagrantfile",
        "package.json",
        "pyproject.toml",
        "setup.cfg",
        "tox.ini",
        "noxfile.py",
        "cargo.toml",
        "config.toml",
        ".envrc",
        ".gitlab-ci.yml",
        ".pre-commit-config.yaml",
        "lefthook.yml",
        "compose.yaml",
        "docker-compose.yml",
        ".npmrc",
        ".gitattributes",
        ".gitmodules",
    ];
    let folded = path.as_str().to_lowercase();
    let name = folded.rsplit('/').next().unwrap_or(&folded);
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    let is_prose = matches!(ending, "md" | "mdc" | "txt");
    let has_interpreter = file.text.is_some_and(|text| text.starts_with("#!"));
    let in_folder = FOLDERS.iter().any(|folder| folded.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/')));
    file.executable || has_interpreter || ENDINGS.contains(&ending) || NAMES.contains(&name) || in_folder && !is_prose
}

/// Calls `visit` with each text in a value.
fn each_text(value: &Value, visit: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => visit(text),
        Value::Array(elements) => elements.iter().for_each(|element| each_text(element, visit)),
        Value::Object(object) => object.values().for_each(|value| each_text(value, visit)),
        _ => {}
    }
}

/// Returns why what a value runs isn't fixed: of a program with arguments, or of any command in it.
fn unpinned_in(value: &Value) -> Option<String> {
    let call = || {
        let program = value.get("command")?.as_str()?;
        let arguments: Vec<String> =
            value.get("args")?.as_array()?.iter().filter_map(Value::as_str).map(str::to_owned).collect();
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

fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(object) => {
            let by_key: BTreeMap<&String, &Value> = object.iter().collect();
            Value::Object(by_key.into_iter().map(|(key, value)| (key.clone(), sorted(value))).collect())
        }
        Value::Array(elements) => elements.iter().map(sorted).collect(),
        value => value.clone(),
    }
}

#[cfg(test)]
mod tests;
