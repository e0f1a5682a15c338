//! What a capability is and does, in a few words.

use serde_json::Value;

use super::{Capability, RunnerCall, command};
use crate::agent::claude::places::IN_PROJECT;
use crate::agent::claude::{SERVERS, SETTINGS, events};
use crate::agent::hooks;
use crate::agent::readers::{self, Commands};
use crate::model::capability::CapabilityKind;
use crate::model::path::RelPath;

/// Keys of a handler that are said, or change nothing of what it does.
const USUAL: [&str; 13] = [
    "type",
    "command",
    "bash",
    "args",
    "url",
    "prompt",
    "tool",
    "server",
    "timeout",
    "timeoutSec",
    "statusMessage",
    "name",
    "failClosed",
];

impl Capability {
    /// Returns what it is called where there is no room for all: a hook's script without its
    /// folder, anything else with the file that it stands in.
    pub fn short_name(&self) -> String {
        let is_usual = matches!(self.path.as_str(), SETTINGS | SERVERS);
        if self.kind == CapabilityKind::Hook && is_usual {
            return self.hook_name();
        }
        if let Some(call) = &self.call {
            return format!("{} for {}", self.hook_name(), call.agent.title());
        }
        match (self.name.as_str(), is_usual) {
            ("", _) => self.path.to_string(),
            (name, true) => name.to_owned(),
            (name, false) => format!("{name} in {}", self.path),
        }
    }

    /// Returns what it does in a few words, each fact by itself: when a hook runs, what a server
    /// starts, what a setting says.
    pub fn summary(&self) -> Vec<String> {
        match self.kind {
            CapabilityKind::Hook => self.hook_summary(),
            CapabilityKind::File => {
                let reader = readers::reader_of(&self.path);
                let reader = reader.filter(|reader| reader.commands == Commands::All);
                reader
                    .map(|row| row.reader.to_owned())
                    .into_iter()
                    .collect()
            }
            CapabilityKind::Server => {
                let server: Value = serde_json::from_str(&self.text).unwrap_or_default();
                let said = self.one_line_text().map(|said| one_line(&said));
                let told = ["env", "environment", "headers"]
                    .into_iter()
                    .filter_map(|key| {
                        let names = server.get(key)?.as_object()?.keys();
                        let names: Vec<&str> = names.map(String::as_str).collect();
                        Some(format!("with {}", names.join(", ")))
                    });
                said.into_iter().chain(told).collect()
            }
            CapabilityKind::Command | CapabilityKind::Tools | CapabilityKind::Variable => self
                .one_line_text()
                .map(|said| one_line(&said))
                .into_iter()
                .collect(),
            CapabilityKind::Setting | CapabilityKind::Source => {
                // A value over several lines, on one.
                let said = self.one_line_text().or_else(|| {
                    let value: Value = serde_json::from_str(&self.text).ok()?;
                    Some(value.to_string())
                });
                said.map(|said| format!("= {}", one_line(&said)))
                    .into_iter()
                    .collect()
            }
            _ => Vec::new(),
        }
    }

    /// Returns a hook's script without its folder, where that is all that it runs; else what it
    /// runs, reaches or says.
    fn hook_name(&self) -> String {
        let handler = self.handler();
        if let Some(script) = self.script_of_call() {
            return script;
        }
        let is_command = line_of(&handler, "type").is_none_or(|kind| kind == "command");
        if is_command && handler.get("args").is_none() {
            let command = line_of(&handler, "command").unwrap_or_default();
            if let Some(script) = self.only_script(&command) {
                return script;
            }
            return command;
        }
        let said = ["command", "url", "tool", "prompt"]
            .into_iter()
            .find_map(|key| line_of(&handler, key));
        let kind = line_of(&handler, "type").unwrap_or_default();
        let arguments = handler
            .get("args")
            .map_or(String::new(), |args| format!(" {args}"));
        format!("{kind}: {}{arguments}", said.unwrap_or_default())
    }

    /// Returns the name of the script that the hook runner runs. With what, the summary says.
    fn script_of_call(&self) -> Option<String> {
        let call = self.call.as_ref();
        call.map(|call| bare(&call.script).to_owned())
    }

    /// Returns the name of the script that is all that a command runs, without arguments.
    fn only_script(&self, command: &str) -> Option<String> {
        let [script] = self.files.as_slice() else {
            return None;
        };
        let words = command::words(command);
        let [word] = words.as_slice() else {
            return None;
        };
        let is_alone = word == script.as_str()
            || IN_PROJECT
                .iter()
                .any(|root| *word == format!("{root}/{script}"));
        is_alone.then(|| bare(script).to_owned())
    }

    /// Returns whether it is a hook that runs one script and nothing else.
    pub fn is_script(&self) -> bool {
        if let Some(call) = &self.call {
            return call.command.is_none();
        }
        let handler = self.handler();
        let command = handler.get("command").and_then(Value::as_str);
        command.is_some_and(|command| self.only_script(command).is_some())
            && handler.get("args").is_none()
            && handler.get("type").is_none_or(|kind| kind == "command")
    }

    /// Returns whether it is a hook that runs no command, but reaches out or asks.
    pub fn is_other_handler(&self) -> bool {
        let handler = self.handler();
        self.kind == CapabilityKind::Hook
            && handler.get("type").is_some_and(|kind| kind != "command")
    }

    fn handler(&self) -> Value {
        let group: Option<Value> = serde_json::from_str(&self.text).ok();
        let group = group.unwrap_or_default();
        // Some agents have handlers without a group.
        group.pointer("/hooks/0").cloned().unwrap_or(group)
    }

    /// Returns when a hook runs, and whether it can block; nothing where no event is known.
    pub fn trigger(&self) -> Vec<String> {
        let Ok(group) = serde_json::from_str::<Value>(&self.text) else {
            return Vec::new();
        };
        let event = self.name.split(' ').next().unwrap_or_default();
        let event = hooks::claudes_event(event);
        let Some(known) = events::find(event) else {
            return Vec::new();
        };
        let matcher = group.get("matcher").and_then(Value::as_str);
        let matcher = match &self.call {
            Some(call) => &call.matches,
            None => matcher.unwrap_or_default(),
        };
        let mut said = vec![events::when(event, matcher)];
        if known.blocks && self.call.as_ref().is_none_or(|call| call.blocks) {
            said.push("can block".to_owned());
        }
        said
    }

    fn hook_summary(&self) -> Vec<String> {
        let mut said = self.trigger();
        if said.is_empty() {
            return said;
        }
        let timeout = hooks::seconds(&self.path, &self.handler());
        said.extend(timeout.map(|seconds| format!("{seconds} s")));
        said.extend(self.call.as_ref().and_then(RunnerCall::said));
        let handler = self.handler();
        let keys = handler
            .as_object()
            .into_iter()
            .flat_map(|handler| handler.keys());
        let others: Vec<&str> = keys
            .map(String::as_str)
            .filter(|key| !USUAL.contains(key))
            .collect();
        if !others.is_empty() {
            said.push(format!("with {}", others.join(", ")));
        }
        said
    }
}

impl RunnerCall {
    /// Returns how the runner runs the script, without its folder, where it isn't the script alone.
    fn said(&self) -> Option<String> {
        let script = format!("\"{}\"", self.script);
        let command = self
            .command
            .as_ref()?
            .replacen(&script, self.script.file_name(), 1);
        Some(format!("as {}", one_line(&command)))
    }
}

/// Returns a script's name without its folder and `.sh`.
fn bare(script: &RelPath) -> &str {
    let name = script.file_name();
    name.strip_suffix(".sh").unwrap_or(name)
}

/// Returns a text of a handler on one line.
fn line_of(handler: &Value, key: &str) -> Option<String> {
    handler.get(key).and_then(Value::as_str).map(one_line)
}

/// Returns a text on one line, each run of blanks as one: none pushes anything out of sight.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
