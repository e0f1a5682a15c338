//! The files of settings that several writers share: which agent reads each, and what it says.

use std::fmt;

use serde_json::Value;

use crate::model::agent::Agent;
use crate::model::path::RelPath;

use crate::merge::format::Format;
use crate::merge::json::is_readable;
use crate::model::pointer::escaped;

use super::claude::handlers::HOOKS_KEY;
use super::definition::definitions;

/// What a document is to its agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentKind {
    /// Claude Code's settings.
    Settings,
    /// MCP servers, below this key.
    Servers(&'static str),
    /// Lists of what is allowed and denied.
    Permissions,
    /// Hooks, by the names of their events.
    Hooks,
}

impl DocumentKind {
    /// Returns what a template has instead of such a file.
    pub fn instead(self) -> &'static str {
        match self {
            Self::Settings => {
                "use template.toml, or `settings/claude.json` for what it has no word for"
            }
            Self::Servers(_) => "use `[mcp.NAME]` in template.toml",
            Self::Permissions => "use `[permissions]` in template.toml",
            Self::Hooks => "use `[[hooks]]` in template.toml",
        }
    }
}

/// A file of settings that several writers share.
#[derive(Clone, Copy, Debug)]
pub struct Document {
    pub path: &'static str,
    pub kind: DocumentKind,
    /// What the agent does with one that it can't read: "Codex doesn't start".
    pub then: &'static str,
    /// What is wrong with one that says something.
    pub faults: fn(&Value) -> Vec<DocumentFault>,
    /// Returns whether a key with this value, beside those of its kind, makes nothing run and
    /// widens nothing.
    pub is_harmless: fn(&str, &Value) -> bool,
}

/// Something in a document for which its agent takes nothing of it, or doesn't start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentFault {
    /// Where it is, as a JSON pointer.
    pub pointer: String,
    /// What is wrong there, as the end of a sentence: "is not a list of texts".
    pub what: String,
}

impl DocumentFault {
    pub fn new(pointer: String, what: impl Into<String>) -> Self {
        let what = what.into();
        Self { pointer, what }
    }
}

impl fmt::Display for DocumentFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.pointer.as_str() {
            "" => write!(f, "it {}", self.what),
            pointer => write!(f, "`{pointer}` {}", self.what),
        }
    }
}

impl Document {
    /// Returns what follows from a text that isn't of the format. Comments, trailing commas and
    /// keys that come twice are nothing that an agent is known to refuse; agentpkg can't merge
    /// them.
    pub fn then_of(&self, path: &RelPath, text: &str, what: &str) -> &'static str {
        match Format::of(path) {
            Format::Json if is_readable(text) || what.ends_with("for the second time") => {
                ONLY_STRICT
            }
            _ => self.then,
        }
    }
}

/// Returns what is wrong with the servers below a key: they are objects, and so is what has them.
pub fn misshapen_servers(document: &Value, key: &str) -> Vec<DocumentFault> {
    let one = |at: String| DocumentFault::new(at, "is not an object");
    let Some(servers) = document.get(key) else {
        return match document.is_object() {
            true => Vec::new(),
            false => vec![one(String::new())],
        };
    };
    let Some(servers) = servers.as_object() else {
        return vec![one(format!("/{key}"))];
    };
    let mut faults = Vec::new();
    for (name, server) in servers {
        if !server.is_object() {
            faults.push(one(format!("/{key}/{}", escaped(name))));
        }
    }
    faults
}

/// What agentpkg itself does with JSON that isn't strict.
pub const ONLY_STRICT: &str = "agentpkg merges strict JSON alone";

/// Returns all documents, with the agent that each is known to be of.
pub fn documents() -> impl Iterator<Item = (Agent, &'static Document)> {
    definitions().flat_map(|(agent, known)| known.documents.iter().map(move |one| (agent, one)))
}

/// Returns the documents of other agents than Claude Code, whose own are looked at by their schema.
pub fn others() -> impl Iterator<Item = &'static Document> {
    documents()
        .filter(|(agent, _)| *agent != Agent::Claude)
        .map(|(_, document)| document)
}

/// Returns the document of another agent that is at a path.
pub fn other_at(path: &RelPath) -> Option<&'static Document> {
    others().find(|other| other.path == path.as_str())
}

/// Returns what a document is; Claude Code's settings are what is read most strictly.
pub fn kind(path: &RelPath) -> DocumentKind {
    let mut documents = documents();
    let found = documents.find(|(_, known)| known.path == path.as_str());
    found.map_or(DocumentKind::Settings, |(_, known)| known.kind)
}

/// Returns whether agents take orders from a document at this path.
pub fn is_document(path: &RelPath) -> bool {
    documents().any(|(_, known)| known.path == path.as_str())
}

/// Returns whether a key of a document, beside those of its kind, makes nothing run.
pub fn is_harmless(path: &RelPath, key: &str, value: &Value) -> bool {
    let mut documents = documents();
    let found = documents.find(|(_, known)| known.path == path.as_str());
    found.is_some_and(|(_, known)| (known.is_harmless)(key, value))
}

/// Returns what a document says; none where it can't be read.
pub fn read(path: &RelPath, bytes: &[u8]) -> Option<Value> {
    match path.as_str().ends_with(".toml") {
        true => toml_edit::de::from_slice(bytes).ok(),
        false => serde_json::from_slice(bytes).ok(),
    }
}

/// Returns whether an entry of a document, by its pointer, makes an agent execute something.
pub fn executes(path: &RelPath, entry: &str) -> bool {
    let servers = match kind(path) {
        DocumentKind::Servers(key) => Some(key),
        DocumentKind::Settings | DocumentKind::Permissions | DocumentKind::Hooks => None,
    };
    let is_below = |key: &str| {
        let below = entry
            .strip_prefix('/')
            .and_then(|entry| entry.strip_prefix(key));
        below.is_some_and(|below| below.is_empty() || below.starts_with('/'))
    };
    is_below(HOOKS_KEY) || servers.is_some_and(is_below)
}
