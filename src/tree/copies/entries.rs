//! Entries that were copied into settings, and hooks that run copied scripts.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::agent::POLICIES;
use crate::agent::claude::handlers::{HOOKS_KEY, each_handler, is_script};
use crate::agent::claude::parts::SERVERS_KEY;
use crate::merge::format::Format;
use crate::merge::json::{self, Identities, Policies};
use crate::model::name::TemplateName;
use crate::model::path::RelPath;
use crate::model::snapshot::{Local, Snapshot};
use crate::model::upstream::{Content, HookName, HookPlace};
use crate::tree::ownership::{identities_at, policies_at};

use super::{Copied, CopiedEntries, Copies, LIKENESS, Nearest, RenderedRelease, Search};

/// How many entries have to equal those of a release, where nothing else of it was copied. A hook,
/// or a server, counts as that many.
const ENTRIES_ALONE: usize = 3;

impl Search<'_> {
    pub(super) fn entries(&self, copies: &mut Copies) {
        self.hooks(copies);
        for (path, content) in &self.theirs.files {
            let Some(keys) = content.as_keys() else {
                continue;
            };
            let Some(document) = document_in(self.ours, path) else {
                continue;
            };
            let mut found = BTreeMap::new();
            for owner in keys
                .parts
                .keys()
                .filter(|owner| !self.is_known(path, owner))
            {
                let nearest = self.nearest_entries(path, owner, &document, copies);
                found.extend(nearest.map(|entries| (owner.clone(), entries)));
            }
            if !found.is_empty() {
                copies.entries.insert(path.clone(), found);
            }
        }
    }

    /// Records for hooks whose script the team has that their entries run it where it is.
    fn hooks(&self, copies: &mut Copies) {
        for (name, place) in &self.theirs.hooks {
            let script = match copies.files.get(&place.script) {
                Some(copy) => copy.at.clone(),
                None if self.runs_itself(name, place) => place.script.clone(),
                None => continue,
            };
            if script != *place.named() {
                let event = place.event.clone();
                let file = None;
                let place = HookPlace {
                    event,
                    script,
                    file,
                };
                copies.hooks.insert(name.clone(), place);
            }
        }
    }

    /// Returns whether the team has a hook's script where upstream has it, and runs it as it is.
    fn runs_itself(&self, name: &HookName, place: &HookPlace) -> bool {
        let hooks = self.theirs.hooks.values();
        let of_script = hooks.filter(|other| other.script == place.script);
        let events: Vec<&str> = of_script.map(|other| other.event.as_str()).collect();
        let is_here = self.ours.get(&place.script).and_then(Local::file).is_some();
        is_here
            && !self.base.hooks.contains_key(name)
            && is_run_plainly(self.ours, &place.script, &events)
    }

    /// Returns the entries that the nearest release has where the team has some.
    fn nearest_entries(
        &self,
        path: &RelPath,
        owner: &TemplateName,
        document: &Value,
        copies: &Copies,
    ) -> Option<CopiedEntries> {
        let mut nearest = Nearest::new();
        for release in self.of(owner) {
            let content = release.upstream.files.get(path);
            let keys = content.and_then(Content::as_keys);
            let Some(part) = keys.and_then(|keys| keys.parts.get(owner)) else {
                continue;
            };
            let identities = identities(release, copies);
            let identities = identities_at(path, &identities);
            let policies = policies_at(path);
            let part = run_where_they_lie(part, release, document, copies);
            let mut here = json::project(&part, document, &identities);
            let mut there = json::project(&here, &part, &identities);
            compare_units(
                policies,
                &mut Vec::new(),
                [&part, document],
                [&mut there, &mut here],
            );
            let differing = policies.subtract(&there, &here);
            let (all, other) = (weight(&there), weight(&differing));
            let equal = all.saturating_sub(other);
            if all == 0 {
                continue;
            }
            let is_alone = equal < ENTRIES_ALONE && !copies.has_any_of(owner);
            let likeness = equal as f32 / all as f32;
            let part = match !is_alone && likeness >= LIKENESS {
                true => policies.subtract(&there, &Value::Null),
                // An entry that runs a script which moves has to be changed, however it was edited.
                false => of_copied_scripts(&there, copies),
            };
            if !json::is_empty(&part) {
                let copied = Copied {
                    name: release.name.clone(),
                    version: release.version.clone(),
                    is_equal: other == 0,
                };
                let is_favourite = self.is_favourite(release);
                nearest.offer(likeness, is_favourite, CopiedEntries { copied, part });
            }
        }
        nearest.found()
    }
}

/// Compares objects that make sense only as a whole, of a release's part and a document: those that
/// are alike are all there, the others aren't copies of one another, whatever they are called.
fn compare_units(
    policies: &Policies,
    keys: &mut Vec<String>,
    [part, document]: [&Value; 2],
    [there, here]: [&mut Value; 2],
) {
    let (Some(found), Some(others)) = (there.as_object_mut(), here.as_object_mut()) else {
        return;
    };
    let names: Vec<String> = found.keys().cloned().collect();
    for name in names {
        keys.push(name.clone());
        let versions = [&part[&name], &document[&name]];
        if !policies.is_unit(keys) {
            if let (Some(there), Some(here)) = (found.get_mut(&name), others.get_mut(&name)) {
                compare_units(policies, keys, versions, [there, here]);
            }
        } else if are_alike(versions) {
            found.insert(name.clone(), versions[0].clone());
            others.insert(name, versions[1].clone());
        } else {
            found.remove(&name);
            others.remove(&name);
        }
        keys.pop();
    }
}

/// Returns whether two objects have half of the first one's properties in common.
fn are_alike([one, other]: [&Value; 2]) -> bool {
    let Some(properties) = one.as_object() else {
        return one == other;
    };
    let common = properties
        .iter()
        .filter(|(name, value)| other.get(name.as_str()) == Some(value))
        .count();
    2 * common >= properties.len()
}

/// Returns whether settings run a script exactly at these events, once for each of them, and
/// without arguments or anything around it; or not at all. `events` has one for each hook.
pub(super) fn is_run_plainly(ours: &Snapshot, script: &RelPath, events: &[&str]) -> bool {
    let mut left = events.to_vec();
    for path in ours.keys() {
        let Some(document) = document_in(ours, path) else {
            continue;
        };
        let mut plain = 0;
        let all = document.get(HOOKS_KEY).and_then(Value::as_object);
        for (event, groups) in all.into_iter().flatten() {
            let of_event = json!({ HOOKS_KEY: { event: groups } });
            each_handler(&of_event, &mut |handler| {
                let command = handler.get("command").and_then(Value::as_str);
                let place = left.iter().position(|one| one == event);
                if let Some(place) = place
                    && is_script(command.unwrap_or_default(), script)
                {
                    left.remove(place);
                    plain += 1;
                }
            });
        }
        // Any other mention would name a file that isn't there any more.
        if document.to_string().matches(script.file_name()).count() > plain {
            return false;
        }
    }
    true
}

/// Returns the scripts of a release's hooks, at the paths of the copies.
fn identities(release: &RenderedRelease, copies: &Copies) -> Identities {
    let mut identities = Identities::new(POLICIES);
    for (name, place) in &release.upstream.hooks {
        let copied = copies.hooks.get(name);
        let script = copied.map_or(place.named(), |copied| &copied.script);
        let identity = format!("{}/{}", name.template, name.id);
        identities.insert(&place.event, script.clone(), identity);
    }
    identities
}

/// Returns a release's entries with commands that run the copied scripts where they are, written as
/// the team writes them.
fn run_where_they_lie(
    part: &Value,
    release: &RenderedRelease,
    document: &Value,
    copies: &Copies,
) -> Value {
    let mut commands: BTreeMap<&RelPath, String> = BTreeMap::new();
    for (name, place) in &release.upstream.hooks {
        let Some(copied) = copies.hooks.get(name) else {
            continue;
        };
        each_handler(document, &mut |handler| {
            let command = handler.get("command").and_then(Value::as_str);
            if let Some(command) = command.filter(|command| is_script(command, &copied.script)) {
                commands.insert(place.named(), command.to_owned());
            }
        });
    }
    let mut part = part.clone();
    let events = part.get_mut(HOOKS_KEY).and_then(Value::as_object_mut);
    let groups = events.into_iter().flat_map(|events| events.values_mut());
    for group in groups.filter_map(Value::as_array_mut).flatten() {
        let handlers = group.get_mut("hooks").and_then(Value::as_array_mut);
        for handler in handlers.into_iter().flatten() {
            let Some(Value::String(command)) = handler.get_mut("command") else {
                continue;
            };
            let named = POLICIES.script_in(command);
            if let Some(ours) = named.and_then(|named| commands.get(&named)) {
                command.clone_from(ours);
            }
        }
    }
    part
}

/// Returns the hooks of a fragment that run scripts which were copied.
fn of_copied_scripts(part: &Value, copies: &Copies) -> Value {
    let places = copies.hooks.values().map(|place| &place.script).collect();
    let mut events = Map::new();
    let all = part.get(HOOKS_KEY).and_then(Value::as_object);
    for (event, groups) in all.into_iter().flatten() {
        let mut kept = groups.as_array().cloned().unwrap_or_default();
        kept.retain(|group| runs_one_of(group, &places));
        if !kept.is_empty() {
            events.insert(event.clone(), Value::Array(kept));
        }
    }
    match events.is_empty() {
        true => Value::Object(Map::new()),
        false => json!({ HOOKS_KEY: events }),
    }
}

fn runs_one_of(group: &Value, scripts: &BTreeSet<&RelPath>) -> bool {
    let mut found = false;
    let event = json!({ HOOKS_KEY: { "": [group] } });
    each_handler(&event, &mut |handler| {
        let command = handler.get("command").and_then(Value::as_str);
        let command = command.unwrap_or_default();
        found |= scripts.iter().any(|script| is_script(command, script));
    });
    found
}

/// Returns how many entries a fragment has. A hook, or a server, counts as several.
fn weight(value: &Value) -> usize {
    let mut weight = 0;
    let Some(keys) = value.as_object() else {
        return 0;
    };
    for (key, value) in keys {
        let each = if [HOOKS_KEY, SERVERS_KEY].contains(&key.as_str()) {
            ENTRIES_ALONE
        } else {
            1
        };
        weight += each * leaves(value, each);
    }
    weight
}

/// Returns how many values there are at a depth where they mean something by themselves.
fn leaves(value: &Value, each: usize) -> usize {
    match value {
        Value::Object(object) if each == 1 => object.values().map(|value| leaves(value, 1)).sum(),
        Value::Array(array) if each == 1 => array.len(),
        // Events hold groups; servers are one each.
        Value::Object(object) => object
            .values()
            .map(|value| value.as_array().map_or(1, Vec::len))
            .sum(),
        _ => 1,
    }
}

pub(super) fn document_in(ours: &Snapshot, path: &RelPath) -> Option<Value> {
    let text = ours.get(path)?.file()?.text()?;
    if !path.as_str().ends_with(".json") && Format::of(path) == Format::Json {
        return None;
    }
    let document = Format::of(path).read(text).ok()?;
    Some(document).filter(Value::is_object)
}
