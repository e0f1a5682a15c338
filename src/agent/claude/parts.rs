//! Fragments of settings and servers, as far as they are made of entries: rules of permissions, and
//! servers by their names.

use serde_json::{Map, Value};

use super::arrays::LISTS;
use crate::agent::POLICIES;
use crate::merge::json;
use crate::model::pointer::escaped;

/// Where rules of permissions stand.
pub const PERMISSIONS: &str = "permissions";

/// Where servers stand.
pub const SERVERS_KEY: &str = "mcpServers";

/// Returns the JSON pointer of a server.
pub fn server_pointer(name: &str) -> String {
    format!("/{SERVERS_KEY}/{}", escaped(name))
}

/// Returns a part without the permissions and the servers that are new in it: the team had them
/// before the template did, so that they are adopted, and stay when it goes.
pub fn without_new(part: &Value, before: &Value) -> Value {
    let mut part = part.clone();
    if let Some(lists) = part.get_mut(PERMISSIONS).and_then(Value::as_object_mut) {
        for (list, rules) in lists.iter_mut() {
            let known = before[PERMISSIONS][list].as_array();
            if let Some(rules) = rules.as_array_mut() {
                rules.retain(|rule| known.is_some_and(|known| known.contains(rule)));
            }
        }
        lists.retain(|_, rules| rules.as_array().is_none_or(|rules| !rules.is_empty()));
    }
    if let Some(servers) = part.get_mut(SERVERS_KEY).and_then(Value::as_object_mut) {
        servers.retain(|name, _| before[SERVERS_KEY].get(name).is_some());
    }
    if let Some(entries) = part.as_object_mut() {
        entries.retain(|key, value| {
            let is_container = [PERMISSIONS, SERVERS_KEY].contains(&key.as_str());
            !is_container || !json::is_empty(value)
        });
    }
    part
}

/// Returns what a template contributes once the team's entries are its own, too; `left` has the
/// pointers of servers that template.toml has no words for.
pub fn with_additions(after: &Value, added: &Value, left: &[String]) -> Value {
    let mut all = after.clone();
    for key in [PERMISSIONS, SERVERS_KEY] {
        let Some(of_key) = added.get(key).and_then(Value::as_object) else {
            continue;
        };
        let mut entries = Map::new();
        for (name, entry) in of_key {
            let is_told = match key {
                PERMISSIONS => LISTS.contains(&name.as_str()),
                _ => !left.contains(&server_pointer(name)),
            };
            if is_told {
                entries.insert(name.clone(), entry.clone());
            }
        }
        let part = Value::Object(Map::from_iter([(key.to_owned(), Value::Object(entries))]));
        // What clashes with what is there was left out.
        let _ = POLICIES.union(&mut all, &part, false);
    }
    all
}
