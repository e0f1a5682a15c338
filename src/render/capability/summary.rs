//! What a capability is and does, in a few words.

use serde_json::Value;

use super::Capability;
use crate::agent::claude::{SERVERS, SETTINGS, events};
use crate::agent::readers::{self, Commands};
use crate::model::capability::Kind;

impl Capability {
    /// Returns what it is called where there is no room for all: a hook's script without its
    /// folder, anything else with the file that it stands in.
    pub fn short_name(&self) -> String {
        let is_usual = matches!(self.path.as_str(), SETTINGS | SERVERS);
        match (self.kind, self.files.as_slice()) {
            (Kind::Hook, [script]) if is_usual => {
                let name = script.file_name();
                return name.strip_suffix(".sh").unwrap_or(name).to_owned();
            }
            // The event is said by the summary.
            (Kind::Hook, _) if is_usual => {
                let runs = self.name.split_once(' ').map_or("", |(_, runs)| runs);
                return runs.to_owned();
            }
            _ => {}
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
            Kind::Hook => self.hook_summary(),
            Kind::File => {
                let reader = readers::of(&self.path);
                let reader = reader.filter(|reader| reader.commands == Commands::All);
                reader
                    .map(|row| row.reader.to_owned())
                    .into_iter()
                    .collect()
            }
            Kind::Server | Kind::Command | Kind::Tools | Kind::Variable => {
                self.said().into_iter().collect()
            }
            Kind::Setting | Kind::Source => {
                // A value over several lines, on one.
                let compact = || serde_json::from_str::<Value>(&self.text).ok();
                let said = self.said().or_else(|| Some(compact()?.to_string()));
                said.map(|said| format!("= {said}")).into_iter().collect()
            }
            _ => Vec::new(),
        }
    }

    fn hook_summary(&self) -> Vec<String> {
        let Ok(group) = serde_json::from_str::<Value>(&self.text) else {
            return Vec::new();
        };
        let event = self.name.split(' ').next().unwrap_or_default();
        let Some(known) = events::find(event) else {
            return Vec::new();
        };
        let matcher = group
            .get("matcher")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let timeout = group.pointer("/hooks/0/timeout").and_then(Value::as_f64);
        let mut said = vec![events::when(event, matcher)];
        if known.blocks {
            said.push("can block".to_owned());
        }
        said.extend(timeout.map(|seconds| format!("{seconds} s")));
        said
    }
}
