//! What agentpkg knows of one agent, as data. The folder of each agent has one [`Definition`]; what
//! is done with it is the same for all.

use serde_json::{Map, Value};

use crate::error::Result;
use crate::model::agent::Agent;
use crate::model::path::RelPath;
use crate::model::renderer::is_known;
use crate::model::template::McpServer;

use super::documents::Document;
use super::gate::Gate;
use super::hooks::HookCall;
use super::items::{Item, item};
use super::support::Supported;
use super::translate::Form;
use super::{Contribution, Rendered, definition};

/// What agentpkg knows of an agent.
pub struct Definition {
    /// What it makes of every kind of thing that a template has.
    pub supported: Supported,
    /// The files that may hold its root instructions, in the order in which it looks for them.
    pub roots: &'static [&'static str],
    /// Whether it reads all of them, and not the first one alone.
    pub reads_all_roots: bool,
    /// Further files of root instructions that it reads, whatever else it reads.
    pub read_besides: &'static [&'static str],
    /// A document of settings, and the key in it that names files of root instructions, as a JSON
    /// pointer: a name, or a list of them.
    pub root_key: Option<(&'static str, &'static str)>,
    /// What shows that it is in use in a repository.
    pub signs: &'static [&'static str],
    /// Where it reads files of a template.
    pub places: &'static [Place],
    /// Whether it reads rules nowhere but in its root instructions.
    pub rules_are_sections: bool,
    /// Whether root instructions can import files of the team's memory. Else they are named there.
    pub imports_memory: bool,
    /// The keys of a skill's header that it reads beside the usual ones. None if it reads all.
    pub skill_keys: Option<&'static [&'static str]>,
    /// Where it reads MCP servers.
    pub servers: Servers,
    /// Where it reads hooks; none where agentpkg writes none for it.
    pub hooks: Option<HookEntries>,
    /// The files of settings that it shares with other writers.
    pub documents: &'static [Document],
    /// Files that it reads and that agentpkg doesn't write, with why a template can't have them.
    /// What ends in `/` is a folder.
    pub not_written: &'static [(&'static str, &'static str)],
    /// Adds what of a template no table has for it.
    pub further: fn(&Rendered<'_>, &mut Contribution) -> Result<()>,
    /// Whether it runs hooks; nothing where it has none that agentpkg could write.
    pub gate: Option<&'static Gate>,
}

/// A folder of a template's source that agents have folders for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceFolder {
    Rules,
    Skills,
    Commands,
    Agents,
}

impl SourceFolder {
    /// Returns the folder that a file of a template is in, with the rest of its path.
    pub fn of(source: &RelPath) -> Option<(Self, &str)> {
        match item(source) {
            Item::Rule(rest) => Some((Self::Rules, rest)),
            Item::Skill(rest) => Some((Self::Skills, rest)),
            Item::Command(rest) => Some((Self::Commands, rest)),
            Item::Subagent(rest) => Some((Self::Agents, rest)),
            _ => None,
        }
    }

    /// Returns its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rules => "rules",
            Self::Skills => "skills",
            Self::Commands => "commands",
            Self::Agents => "agents",
        }
    }
}

/// Why an agent gets nothing of a file that isn't called as its kind is.
pub const MISNAMED: &str = "its name doesn't end in `.md`";

/// Where an agent reads the files of a folder of a template, and in which form.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    pub from: SourceFolder,
    pub to: &'static str,
    /// Whether each template has a folder of its own there.
    pub by_template: bool,
    /// Whether no folder below it is looked into.
    pub is_flat: bool,
    /// What stands in the place of `.md` at the ends of names. None: names stay as they are, and
    /// may end as they like.
    pub ending: Option<&'static str>,
    pub form: Form,
    /// The number of the first renderer that wrote this form. Those before it wrote files as they
    /// are.
    pub since: u32,
    /// Returns whether a file there is nothing but words, where its name doesn't show that.
    pub only_words: Option<fn(&[u8]) -> bool>,
}

impl Place {
    /// A place of files as a template has them.
    pub const fn new(from: SourceFolder, to: &'static str) -> Self {
        Self {
            from,
            to,
            by_template: false,
            is_flat: false,
            ending: None,
            form: Form::AsItIs,
            since: 1,
            only_words: None,
        }
    }

    /// The same place, with a folder for each template.
    pub const fn by_template(self) -> Self {
        Self {
            by_template: true,
            ..self
        }
    }

    /// The same place, with another ending of names than `.md`.
    pub const fn ending(self, ending: &'static str) -> Self {
        Self {
            ending: Some(ending),
            ..self
        }
    }

    /// The same place, with another form.
    pub const fn form(self, form: Form) -> Self {
        Self { form, ..self }
    }

    /// The same place, in which agents look into no folders.
    pub const fn flat(self) -> Self {
        Self {
            is_flat: true,
            ..self
        }
    }

    /// The same place, whose form this renderer is the first to write.
    pub const fn since(self, since: u32) -> Self {
        Self { since, ..self }
    }

    /// Returns the form that the renderer of this number writes.
    pub fn form_by(&self, renderer: u32) -> Form {
        match is_known(renderer) && renderer < self.since {
            true => Form::AsItIs,
            false => self.form,
        }
    }

    /// Returns the path of a file, by its path below the folder of the source.
    ///
    /// # Errors
    /// Why the agent would not find it.
    pub fn path(&self, template: &str, rest: &str) -> Result<String, &'static str> {
        if self.is_flat && rest.contains('/') {
            return Err("it looks for them in no folder below");
        }
        let name = match self.ending {
            Some(ending) => format!("{}{ending}", rest.strip_suffix(".md").ok_or(MISNAMED)?),
            None => rest.to_owned(),
        };
        Ok(match self.by_template {
            true => format!("{}/{template}/{name}", self.to),
            false => format!("{}/{name}", self.to),
        })
    }

    /// Returns the path below the folder of the source that a template's file at this path has.
    pub fn rest_of(&self, template: &str, path: &RelPath) -> Option<String> {
        let mut rest = path.below(self.to)?;
        if self.is_flat && rest.contains('/') {
            return None;
        }
        if self.by_template {
            rest = rest.strip_prefix(template)?.strip_prefix('/')?;
        }
        match self.ending {
            Some(ending) => Some(format!("{}.md", rest.strip_suffix(ending)?)),
            None => Some(rest.to_owned()),
        }
    }

    /// Returns whether it has this path.
    pub fn has(&self, path: &RelPath) -> bool {
        let ends = |ending| path.as_str().ends_with(ending);
        path.below(self.to).is_some() && self.ending.is_none_or(ends)
    }
}

/// How an agent reads MCP servers.
pub struct Servers {
    /// The document.
    pub path: &'static str,
    /// A file of servers that it reads only where that document isn't there.
    pub hides: Option<&'static str>,
    /// Its key that has the servers.
    pub key: &'static str,
    /// Returns whether a server may have a name.
    pub is_name: fn(&str) -> bool,
    /// Returns a server's entry, or why the agent can't have it.
    pub write: fn(&McpServer) -> Result<Value, &'static str>,
    /// Returns the server of a template that the agent gets as this entry, if there is one.
    pub read_back: fn(&Value) -> Option<McpServer>,
}

/// How an agent reads hooks.
pub struct HookEntries {
    /// The document, with [`BY_TEMPLATE`](super::hooks::BY_TEMPLATE) where each template has one.
    pub path: &'static str,
    /// agentpkg's words for events, or Claude Code's names where there is none, with its own names.
    pub events: &'static [(&'static str, &'static str)],
    /// Claude Code's names of tools, with its own. A tool that only Claude Code has has none.
    pub tools: &'static [(&'static str, &'static [&'static str])],
    /// The key that says how long the agent waits for a hook, and how many of it are a second.
    pub timeout: (&'static str, u32),
    /// Returns the entry of a hook.
    pub write: fn(HookCall<'_>) -> Value,
    /// Returns a document with nothing but the entries of hooks, by the names of their events.
    pub document: fn(Map<String, Value>) -> Value,
    /// Returns what the agent tells its hooks where Claude Code tells this, at an event of the
    /// agent's; none where it has no such tool.
    pub tell: fn(&str, Map<String, Value>) -> Option<Value>,
}

/// Returns all agents with what is known of them.
pub fn definitions() -> impl Iterator<Item = (Agent, &'static Definition)> {
    Agent::ALL
        .into_iter()
        .map(|agent| (agent, definition(agent)))
}

/// Returns where agents read the files of a template.
pub fn places() -> impl Iterator<Item = (Agent, &'static Place)> {
    definitions().flat_map(|(agent, known)| known.places.iter().map(move |place| (agent, place)))
}

/// Returns where a path is one of files that are words, if a look at them says so.
pub fn words_at(path: &RelPath) -> Option<fn(&[u8]) -> bool> {
    let mut places = places();
    places.find_map(|(_, place)| place.only_words.filter(|_| place.has(path)))
}
