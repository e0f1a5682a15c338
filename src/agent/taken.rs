//! A template's source from the agent files that a repo has: what `new --from` makes.
//!
//! **Installed into that repo, it adopts every file and takes nothing away**: two lines mark root
//! instructions, and each agent gets what a template can give to all, beside what it has. What
//! can't be told in a template's own words is copied to the very path, or left out and said.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};
use toml_edit::{Array, ArrayOfTables, DocumentMut, InlineTable, Item, Table, value};

use crate::agent::translate::Form;
use crate::merge::block;
use crate::merge::format::Format;
use crate::merge::json::{self, Document};
use crate::model::agent::Agent;
use crate::model::name::TemplateName;
use crate::model::path::{RelPath, rel};
use crate::model::tree::{File, FileTree};
use crate::model::upstream::Comment;

use super::claude;
use super::claude::arrays::LISTS;
use super::claude::events;
use super::claude::parts::SERVERS_KEY;
use super::claude::places::{
    self, AGENT_MEMORY, FOLDER, FRAGMENT, HOOKS, LOCAL_SETTINGS, SERVERS, SETTINGS,
};
use super::definition::{self, Place, Servers, SourceFolder, definitions};
use super::documents::{self, DocumentKind};
use crate::model::template::is_rendered;

/// Where a template has its root instructions.
const ROOT: &str = "root.md";

/// Why root instructions are left out, where there are several.
const SAY_DIFFERENT_THINGS: &str =
    "root instructions here say different things: put what is for all teams into `root.md`";

/// Why root instructions are left out that have no words.
const SAY_NOTHING: &str = "it says nothing";

/// Why root instructions are left out that have what templates wrote.
const HAVE_BLOCKS: &str =
    "templates wrote a part of it: put what is yours, and for all teams, into `root.md`";

/// Why the permissions of another agent are left out.
const MADE_OF_PERMISSIONS: &str = "it is made of `[permissions]`: put what is for all teams there";

/// Why a file of servers is left out, in part or whole.
const NOT_ALL_TOLD: &str = "not all of it can be told by `[mcp.NAME]`; what can is there";

/// Why a file is left out that other agents get of a file which Claude Code has, too.
const MADE_OF_A_FILE: &str = "it is made of the file of this name that Claude Code has";

/// Why a file among the rules of an agent is left out.
const NOT_READ: &str = "no agent reads a file of this name there";

/// What was made of a repo's files.
#[derive(Clone, Debug, Default)]
pub struct Taken {
    /// The template's source.
    pub tree: FileTree,
    /// What was left out, and why.
    pub left: Vec<(RelPath, &'static str)>,
    /// Where each file of the repo lands again.
    pub places: Vec<RelPath>,
    /// Whether the repo had anything that a template can bring.
    pub has_any: bool,
}

/// Makes a template's source of the files that agents read in a repo.
pub fn template(name: &TemplateName, files: &FileTree) -> Taken {
    let mut maker = Maker {
        name,
        taken: Taken::default(),
        hooks: Vec::new(),
        lists: BTreeMap::new(),
        servers: Map::new(),
        agents: BTreeSet::from([Agent::Claude]),
    };
    maker.roots(files);
    let mut scripts = BTreeMap::new();
    for (path, file) in files {
        match path.as_str() {
            SETTINGS => maker.settings(path, file, files),
            SERVERS => maker.servers(path, file),
            LOCAL_SETTINGS => maker.leave(path, "it is one person's own"),
            _ if is_root(path) => {}
            _ if servers_of_others().any(|(_, servers)| servers.path == path.as_str()) => {}
            _ if let Some(why) = why_left(path, files) => maker.leave(path, why),
            _ => _ = scripts.insert(path, file),
        }
    }
    maker.servers_of_others(files);
    for (path, file) in scripts {
        maker.file(path, file, files);
    }
    maker.finish()
}

/// Returns whether a file is one of root instructions, of whichever agent.
fn is_root(path: &RelPath) -> bool {
    definitions().any(|(_, known)| known.roots.contains(&path.as_str()))
}

/// Returns the agents that read servers elsewhere than Claude Code, and where they do.
fn servers_of_others() -> impl Iterator<Item = (Agent, &'static Servers)> {
    definitions()
        .map(|(agent, known)| (agent, &known.servers))
        .filter(|(_, servers)| servers.path != SERVERS)
}

/// Returns why a file that another agent than Claude Code reads is left out, if it is.
fn why_left(path: &RelPath, files: &FileTree) -> Option<&'static str> {
    let mut not_written = definitions().flat_map(|(_, known)| known.not_written);
    let is_there = |place: &str| match place.strip_suffix('/') {
        Some(folder) => path.below(folder).is_some(),
        None => place == path.as_str(),
    };
    if let Some((_, why)) = not_written.find(|(place, _)| is_there(place)) {
        return Some(why);
    }
    if documents::other_at(path).is_some_and(|one| one.kind == DocumentKind::Permissions) {
        return Some(MADE_OF_PERMISSIONS);
    }
    if is_made_of_another(path, files) {
        return Some(MADE_OF_A_FILE);
    }
    let mut rules = definition::places().filter(|(_, place)| place.from == SourceFolder::Rules);
    let is_not_read = |place: &Place| {
        path.below(place.to).is_some() && place.ending.is_some() && !place.has(path)
    };
    rules
        .any(|(_, place)| is_not_read(place))
        .then_some(NOT_READ)
}

/// Returns where other agents have files that are made of one which Claude Code has at a place of
/// its own. Rules are told apart by the template's name.
fn made_of() -> impl Iterator<Item = (&'static Place, &'static Place)> {
    let others = definition::places().filter(|(agent, _)| *agent != Agent::Claude);
    others.filter_map(|(_, place)| {
        let mut own = claude::DEFINITION.places.iter();
        let of = own.find(|own| own.from == place.from && !own.by_template)?;
        Some((place, of))
    })
}

/// Returns whether an agent gets the file at this path of a file that Claude Code has.
fn is_made_of_another(path: &RelPath, files: &FileTree) -> bool {
    made_of().any(|(place, of)| {
        let rest = place.rest_of("", path);
        let name = rest.and_then(|rest| of.path("", &rest).ok()?.parse().ok());
        name.is_some_and(|name| is_one_with_others(&name, files) && files.contains_key(&name))
    })
}

/// Returns whether the files that other agents have of this name are what a template would make of
/// the one that Claude Code has.
fn is_one_with_others(path: &RelPath, files: &FileTree) -> bool {
    let Some(text) = files.get(path).and_then(File::text) else {
        return true;
    };
    made_of().all(|(place, of)| {
        let at = of
            .rest_of("", path)
            .and_then(|rest| place.path("", &rest).ok());
        let at: Option<RelPath> = at.and_then(|at| at.parse().ok());
        at.and_then(|at| files.get(&at))
            .is_none_or(|file| file.bytes == place.form.write(text).as_bytes())
    })
}

struct Maker<'a> {
    name: &'a TemplateName,
    taken: Taken,
    hooks: Vec<Hook>,
    /// The lists of permissions.
    lists: BTreeMap<&'static str, Vec<String>>,
    servers: Map<String, Value>,
    /// The agents that the template's test is for.
    agents: BTreeSet<Agent>,
}

/// A handler that template.toml has words for.
struct Hook {
    event: String,
    matches: Option<String>,
    /// The script, below the template's folder of hooks.
    script: String,
    timeout: Option<u64>,
}

impl Maker<'_> {
    fn leave(&mut self, path: &RelPath, why: &'static str) {
        self.taken.left.push((path.clone(), why));
    }

    fn put(&mut self, path: &str, file: File) -> bool {
        let Ok(path) = path.parse() else { return false };
        self.taken.tree.insert(path, file).is_none()
    }

    /// Takes the root instructions, where all that are there say the same.
    fn roots(&mut self, files: &FileTree) {
        let mut roots = files.iter().filter(|(path, _)| is_root(path));
        let Some((first, file)) = roots.clone().next() else {
            return;
        };
        let is_text = file.text().is_some();
        let text = file.text().map(block::whole_lines).unwrap_or_default();
        let has_no_blocks = block::find(&text, Comment::Html).is_ok_and(|found| found.is_empty());
        let why = match roots.all(|(_, other)| other.bytes == file.bytes) {
            false => Some(SAY_DIFFERENT_THINGS),
            true if !is_text => Some("it is not UTF-8 text"),
            true if text.trim().is_empty() => Some(SAY_NOTHING),
            true if !has_no_blocks => Some(HAVE_BLOCKS),
            true => None,
        };
        match why {
            None => {
                self.put(ROOT, File::plain(text));
                self.taken.has_any = true;
                if first.as_str() == places::ROOTS[0] {
                    self.taken.places.push(first.clone());
                }
            }
            Some(why) => {
                for path in files.keys().filter(|path| is_root(path)) {
                    self.leave(path, why);
                }
            }
        }
    }

    /// Takes the servers of other agents that a template can give to all.
    fn servers_of_others(&mut self, files: &FileTree) {
        for (agent, servers) in servers_of_others() {
            let Servers {
                key,
                write,
                read_back,
                ..
            } = servers;
            let path = rel(servers.path);
            let Some(file) = files.get(&path) else {
                continue;
            };
            let document = file
                .text()
                .and_then(|text| Format::of(&path).read(text).ok());
            let document = document.and_then(|document| document.as_object().cloned());
            let servers = document
                .as_ref()
                .and_then(|document| document.get(*key)?.as_object());
            let (mut taken, mut told) = (
                0,
                document
                    .as_ref()
                    .is_some_and(|all| all.keys().all(|one| one == *key)),
            );
            for (name, entry) in servers.into_iter().flatten() {
                let server = match self.servers.get(name) {
                    Some(known) => serde_json::from_value(known.clone())
                        .ok()
                        .filter(|known| write(known).as_ref() == Ok(entry)),
                    None => read_back(entry),
                };
                let value = server.and_then(|server| serde_json::to_value(server).ok());
                told &= value.is_some();
                taken += usize::from(value.is_some());
                if let Some(value) = value {
                    self.servers.entry(name.clone()).or_insert(value);
                }
            }
            if !told {
                self.leave(&path, NOT_ALL_TOLD);
            }
            if taken > 0 {
                self.agents.insert(agent);
                self.taken.has_any = true;
                self.taken.places.push(path);
            }
        }
    }

    /// Returns what a template has of a file that another agent reads, and where, so that this
    /// agent gets the same bytes again and the others get theirs.
    fn portable(&self, path: &RelPath, file: &File) -> Option<(Agent, String, File)> {
        let others = definition::places().filter(|(agent, _)| *agent != Agent::Claude);
        for (agent, place) in others {
            let Some(rest) = place.rest_of(self.name.as_str(), path) else {
                continue;
            };
            let text = file.text()?;
            let read = match place.form {
                Form::AsItIs => None,
                Form::Translated(translation) => (translation.read_back)(text),
            };
            let text = read.unwrap_or_else(|| text.to_owned());
            if place.form.write(&text).as_bytes() == file.bytes {
                let made = File {
                    bytes: text.into_bytes().into(),
                    executable: file.executable,
                };
                return Some((agent, format!("{}/{rest}", place.from.name()), made));
            }
        }
        None
    }

    /// Copies a file to where it lands again.
    fn file(&mut self, path: &RelPath, file: &File, files: &FileTree) {
        if is_rendered(path) {
            return self.leave(path, "its name says that it is to be rendered");
        }
        let (target, made) = match self.portable(path, file) {
            Some((agent, target, made)) => {
                self.agents.insert(agent);
                (target, made)
            }
            None if !is_one_with_others(path, files) => (format!("files/{path}"), file.clone()),
            None => {
                let target = self.place_in_template(path);
                let made = match target.starts_with("files/") {
                    true => file.clone(),
                    false => as_in_source(path, file),
                };
                (target, made)
            }
        };
        if self.put(&target, made) {
            self.taken.has_any = true;
            self.taken.places.push(path.clone());
        } else {
            self.leave(path, "its name can't be in a template");
        }
    }

    /// Returns where a template has a file so that it lands at `path`.
    fn place_in_template(&self, path: &RelPath) -> String {
        if let Some(rest) = self.below_own(path, "rules") {
            return format!("rules/{rest}");
        }
        if let Some(rest) = self.below_own(path, "hooks")
            && self.hooks.iter().any(|hook| hook.script == rest)
        {
            return format!("hooks/{rest}");
        }
        for folder in ["skills", "commands", "agents"] {
            if let Some(rest) = path.below(&format!("{FOLDER}/{folder}")) {
                return format!("{folder}/{rest}");
            }
        }
        if let Some(rest) = path.below(AGENT_MEMORY) {
            return format!("memory/agents/{rest}");
        }
        match path.below(&format!("{FOLDER}/memory")) {
            // That would land in the memory of agents.
            Some(rest) if !rest.starts_with("agents/") => format!("memory/{rest}"),
            _ => format!("files/{path}"),
        }
    }

    /// Returns what a path is below the template's own folder in one of the agent's.
    fn below_own<'p>(&self, path: &'p RelPath, folder: &str) -> Option<&'p str> {
        path.below(&format!("{FOLDER}/{folder}/{}", self.name))
    }

    /// Takes settings apart: permissions, hooks that are the template's own, and a fragment for the
    /// rest.
    fn settings(&mut self, path: &RelPath, file: &File, files: &FileTree) {
        let Some(Value::Object(mut rest)) = document(file) else {
            return self.leave(
                path,
                "it is no JSON that an agent reads; `agentpkg lint` says why",
            );
        };
        self.permissions(&mut rest);
        self.own_hooks(&mut rest, files);
        rest.retain(|key, value| key != "$schema" && !json::is_empty(value));
        if !rest.is_empty() {
            let text = format!("{:#}\n", Value::Object(rest));
            self.put(FRAGMENT, File::plain(text));
        }
        self.taken.has_any = true;
        self.taken.places.push(path.clone());
    }

    fn permissions(&mut self, settings: &mut Map<String, Value>) {
        let Some(permissions) = settings
            .get_mut("permissions")
            .and_then(Value::as_object_mut)
        else {
            return;
        };
        for list in LISTS {
            let rules = permissions.get(list).and_then(Value::as_array);
            let texts: Option<Vec<String>> = rules
                .map(|rules| {
                    rules
                        .iter()
                        .map(|rule| rule.as_str().map(str::to_owned))
                        .collect()
                })
                .unwrap_or_default();
            if let Some(texts) = texts {
                permissions.remove(list);
                self.lists.insert(list, texts);
            }
        }
    }

    /// Takes out the handlers that template.toml has words for: a script of the template's own
    /// folder, run as it would be.
    fn own_hooks(&mut self, settings: &mut Map<String, Value>, files: &FileTree) {
        let Some(events) = settings.get_mut("hooks").and_then(Value::as_object_mut) else {
            return;
        };
        for (event, groups) in events.iter_mut() {
            let Some(groups) = groups.as_array_mut() else {
                continue;
            };
            let mut known: Vec<String> = Vec::new();
            groups.retain(|group| match own_hook(self.name, event, group) {
                // The event and the script tell hooks of a template apart.
                Some(hook)
                    if is_there(self.name, &hook, files) && !known.contains(&hook.script) =>
                {
                    known.push(hook.script.clone());
                    self.hooks.push(hook);
                    false
                }
                _ => true,
            });
        }
    }

    fn servers(&mut self, path: &RelPath, file: &File) {
        let Some(Value::Object(document)) = document(file) else {
            return self.leave(
                path,
                "it is no JSON that an agent reads; `agentpkg lint` says why",
            );
        };
        let servers = document
            .get(SERVERS_KEY)
            .and_then(Value::as_object)
            .cloned()
            .unwrap_or_default();
        if document.len() > 1 || !servers.values().all(is_plain_server) {
            self.leave(
                path,
                "not all of it can be told by `[mcp.NAME]`; what can is there",
            );
        }
        self.servers = servers
            .into_iter()
            .filter(|(_, server)| is_plain_server(server))
            .collect();
        self.taken.has_any = true;
        self.taken.places.push(path.clone());
    }

    /// Writes template.toml and what a template has besides.
    fn finish(mut self) -> Taken {
        let name = self.name;
        let mut manifest = DocumentMut::new();
        let mut about = Table::new();
        about["name"] = value(name.as_str());
        about["version"] = value("0.1.0");
        about["description"] = value(format!("What {name} is for, in one line"));
        about["agentpkg"] = value(">=0.1");
        manifest["template"] = Item::Table(about);
        let mut hooks = ArrayOfTables::new();
        for hook in &self.hooks {
            hooks.push(hook.table());
        }
        if !hooks.is_empty() {
            manifest["hooks"] = Item::ArrayOfTables(hooks);
        }
        let mut permissions = Table::new();
        for (list, rules) in self.lists.iter().filter(|(_, rules)| !rules.is_empty()) {
            let mut array: Array = rules.iter().map(String::as_str).collect();
            array
                .iter_mut()
                .for_each(|rule| rule.decor_mut().set_prefix("\n  "));
            array.set_trailing("\n");
            array.set_trailing_comma(true);
            permissions[*list] = value(array);
        }
        if !permissions.is_empty() {
            manifest["permissions"] = Item::Table(permissions);
        }
        let mut servers = Table::new();
        servers.set_implicit(true);
        for (server, entry) in &self.servers {
            servers[server] = Item::Table(server_table(entry));
        }
        if !servers.is_empty() {
            manifest["mcp"] = Item::Table(servers);
        }
        let paths: Vec<String> = self
            .taken
            .places
            .iter()
            .map(|path| format!("  {},\n", value(path.as_str()).to_string().trim()))
            .collect();
        let agents: Vec<String> = self
            .agents
            .iter()
            .map(|agent| format!("\"{agent}\""))
            .collect();
        let agents = match agents.len() {
            1 => String::new(),
            _ => format!("agents = [{}]\n\n", agents.join(", ")),
        };
        let test = format!("{agents}[expect]\npresent = [\n{}]\n", paths.concat());
        let texts = [
            ("template.toml", manifest.to_string()),
            (
                "README.md",
                format!(
                    "# {name}\n\nThe agent files of a repository, as a template. Say here what it \
                     is for, and what is in it.\n"
                ),
            ),
            (
                "CHANGELOG.md",
                "# Changelog\n\n## [0.1.0]\n\n- What one repository had.\n".to_owned(),
            ),
            ("tests/default.toml", test),
        ];
        for (path, text) in texts {
            self.put(path, File::plain(text));
        }
        self.taken.left.sort();
        self.taken
    }
}

impl Hook {
    fn table(&self) -> Table {
        let id: String = self
            .script
            .chars()
            .map(|c| {
                if c.is_ascii_alphanumeric() {
                    c.to_ascii_lowercase()
                } else {
                    '-'
                }
            })
            .collect();
        let mut table = Table::new();
        table["id"] = value(format!(
            "{}-{}",
            self.event.to_ascii_lowercase(),
            id.trim_matches('-')
        ));
        table["event"] = value(&self.event);
        if let Some(matches) = &self.matches {
            table["matches"] = value(matches);
        }
        table["run"] = value(format!("hooks/{}", self.script));
        if let Some(timeout) = self.timeout {
            table["timeout"] = value(i64::try_from(timeout).unwrap_or(i64::MAX));
        }
        table
    }
}

/// Returns a file of Claude Code as a template has it: without what agentpkg adds to one.
fn as_in_source(path: &RelPath, file: &File) -> File {
    let mut own = claude::DEFINITION.places.iter();
    let form = own.find(|place| place.has(path)).map(|place| place.form);
    let (Some(Form::Translated(translation)), Some(text)) = (form, file.text()) else {
        return file.clone();
    };
    match (translation.read_back)(text) {
        Some(text) => File {
            bytes: text.into_bytes().into(),
            executable: file.executable,
        },
        None => file.clone(),
    }
}

fn document(file: &File) -> Option<Value> {
    Some(Document::parse(file.text()?).ok()?.into_value())
}

/// Reads a group as the hook that template.toml would make it of.
fn own_hook(name: &TemplateName, event: &str, group: &Value) -> Option<Hook> {
    let group = group.as_object()?;
    let [handler] = group.get("hooks")?.as_array()?.as_slice() else {
        return None;
    };
    let handler = handler.as_object()?;
    let is_plain = has_only(group, &["matcher", "hooks"])
        && has_only(handler, &["type", "command", "timeout"])
        && handler.get("type")?.as_str()? == "command"
        && events::named(event).is_ok();
    let script = handler
        .get("command")?
        .as_str()?
        .strip_prefix(&places::command(format!("{HOOKS}/{name}/")))?;
    let timeout = handler.get("timeout").map(|timeout| {
        timeout
            .as_u64()
            .filter(|seconds| u32::try_from(*seconds).is_ok())
    });
    (is_plain && places::is_plain_script(script) && timeout != Some(None)).then(|| Hook {
        event: event.to_owned(),
        matches: group
            .get("matcher")
            .and_then(Value::as_str)
            .map(str::to_owned),
        script: script.to_owned(),
        timeout: timeout.flatten(),
    })
}

fn has_only(object: &Map<String, Value>, keys: &[&str]) -> bool {
    object.keys().all(|key| keys.contains(&key.as_str()))
}

/// Returns whether a hook's script is there, and is run as it would be from a template.
fn is_there(name: &TemplateName, hook: &Hook, files: &FileTree) -> bool {
    let path = format!("{HOOKS}/{name}/{}", hook.script).parse::<RelPath>();
    path.is_ok_and(|path| files.get(&path).is_some_and(|file| file.executable))
}

/// Returns whether `[mcp.NAME]` has words for all of a server.
pub(super) fn is_plain_server(server: &Value) -> bool {
    // A server that is reached has its type said when it is written.
    let is_said = server.get("url").is_none() || server.get("type").is_some();
    is_said
        && server
            .as_object()
            .is_some_and(|server| server.iter().all(|(key, value)| is_told(key, value)))
}

/// Returns whether `[mcp.NAME]` can say this of a server.
fn is_told(key: &str, value: &Value) -> bool {
    match key {
        "type" | "command" | "url" => value.is_string(),
        "args" => value
            .as_array()
            .is_some_and(|args| !args.is_empty() && args.iter().all(Value::is_string)),
        "env" | "headers" => value
            .as_object()
            .is_some_and(|map| !map.is_empty() && map.values().all(Value::is_string)),
        _ => false,
    }
}

fn server_table(server: &Value) -> Table {
    let mut table = Table::new();
    for (key, entry) in server.as_object().into_iter().flatten() {
        table[key] = toml_value(entry);
    }
    table
}

/// Returns a text, a number, or texts by place or by name, as TOML has them.
pub(super) fn toml_value(entry: &Value) -> Item {
    match entry {
        Value::Array(elements) => {
            value(elements.iter().filter_map(Value::as_str).collect::<Array>())
        }
        Value::Object(map) => {
            let mut inline = InlineTable::new();
            map.iter()
                .filter_map(|(key, text)| Some((key, text.as_str()?)))
                .for_each(|(key, text)| {
                    inline.insert(key, text.into());
                });
            value(inline)
        }
        Value::Number(number) => value(number.as_i64().unwrap_or(i64::MAX)),
        other => value(other.as_str().unwrap_or_default()),
    }
}
