//! What a team made of a template's entries in an agent's JSON files, as an edit of template.toml.
//!
//! **Nothing is written that template.toml has no word for**: that is for the template's fragment
//! of the settings, or left out and said.

use serde_json::{Map, Value};
use toml_edit::{Array, Decor, DocumentMut, Item, RawString, Table, value};

use crate::model::path::RelPath;
use crate::model::source::Source;
use crate::model::template::TEMPLATE_TOML;
use crate::model::upstream::{HookName, HookPlace};

use super::arrays::{LISTS, permissions_of};
use super::handlers::script_in;
use super::parts::{SERVERS_KEY, server_pointer};
use super::places::{SERVERS, SETTINGS};
use crate::agent::taken::{is_plain_server, toml_value};

/// The entries of one JSON file.
#[derive(Clone, Copy)]
pub struct Entries<'a> {
    /// The file.
    pub path: &'a RelPath,
    /// What the template contributes.
    pub before: &'a Value,
    /// What the repo has of that.
    pub after: &'a Value,
    /// What the repo has besides, and is to be the template's, too.
    pub added: &'a Value,
}

/// An edit of template.toml.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TemplateTomlEdit {
    /// The text of template.toml.
    pub manifest: String,
    /// What it has no word for: where, as a JSON pointer.
    pub left: Vec<String>,
}

/// Makes the edit of a template's entries an edit of its template.toml.
pub fn write<'a>(
    source: &Source,
    hooks: impl Iterator<Item = (&'a HookName, &'a HookPlace)>,
    entries: &Entries<'_>,
) -> TemplateTomlEdit {
    let text = source.text(TEMPLATE_TOML).unwrap_or_default();
    let Ok(document) = text.parse::<DocumentMut>() else {
        return TemplateTomlEdit {
            manifest: text.to_owned(),
            left: vec![String::new()],
        };
    };
    let mut writer = Writer {
        source,
        document,
        left: Vec::new(),
    };
    match entries.path.as_str() {
        SETTINGS => {
            writer.permissions(entries);
            for (name, place) in hooks {
                writer.hook(&name.id, place, entries);
            }
            writer.left_of(entries.added, "permissions");
        }
        SERVERS => writer.servers(entries),
        _ => {}
    }
    TemplateTomlEdit {
        manifest: writer.document.to_string(),
        left: writer.left,
    }
}

struct Writer<'a> {
    source: &'a Source,
    document: DocumentMut,
    left: Vec<String>,
}

impl Writer<'_> {
    fn permissions(&mut self, entries: &Entries<'_>) {
        let declared = &self.source.manifest.permissions;
        for (list, declared) in LISTS
            .iter()
            .zip([&declared.deny, &declared.ask, &declared.allow])
        {
            let after: Vec<&str> = permissions_of(entries.after, list).collect();
            let added: Vec<&str> = permissions_of(entries.added, list).collect();
            let declared: Vec<&str> = declared.iter().map(String::as_str).collect();
            let gone: Vec<&str> = permissions_of(entries.before, list)
                .filter(|rule| !after.contains(rule) && declared.contains(rule))
                .collect();
            if gone.is_empty() && added.is_empty() {
                continue;
            }
            let table = self
                .document
                .entry("permissions")
                .or_insert_with(|| Item::Table(Table::new()));
            let Some(array) = table.as_table_like_mut().and_then(|table| {
                table
                    .entry(list)
                    .or_insert_with(|| value(Array::new()))
                    .as_array_mut()
            }) else {
                self.left.push(format!("/permissions/{list}"));
                continue;
            };
            let last = array
                .get(array.len().wrapping_sub(1))
                .map(|last| last.decor().clone());
            for rule in gone {
                remove(array, rule);
            }
            for rule in added {
                if !declared.contains(&rule) {
                    push_alike(array, rule, last.clone());
                }
            }
        }
    }

    fn hook(&mut self, id: &str, place: &HookPlace, entries: &Entries<'_>) {
        let Some(before) = group_of(entries.before, place) else {
            return;
        };
        let after = group_of(entries.after, place);
        if after == Some(before) {
            return;
        }
        let Some(tables) = self
            .document
            .get_mut("hooks")
            .and_then(Item::as_array_of_tables_mut)
        else {
            return;
        };
        let at = tables
            .iter()
            .position(|table| table.get("id").and_then(Item::as_str) == Some(id));
        let Some(at) = at else { return };
        let Some(after) = after else {
            tables.remove(at);
            return;
        };
        if !is_told(before, after) {
            self.left
                .push(format!("/hooks/{}: the hook `{id}`", place.event));
            return;
        }
        let Some(table) = tables.get_mut(at) else {
            return;
        };
        set(
            table,
            "matches",
            before.get("matcher"),
            after.get("matcher"),
        );
        set(
            table,
            "timeout",
            before["hooks"][0].get("timeout"),
            after["hooks"][0].get("timeout"),
        );
    }

    fn servers(&mut self, entries: &Entries<'_>) {
        let (before, after, added) = (
            servers_of(entries.before),
            servers_of(entries.after),
            servers_of(entries.added),
        );
        for (name, server) in &before {
            let now = after.get(name);
            if now == Some(server) {
                continue;
            }
            let Some(tables) = self
                .document
                .get_mut("mcp")
                .and_then(Item::as_table_like_mut)
            else {
                continue;
            };
            match now {
                None => _ = tables.remove(name),
                Some(now) if is_plain_server(now) => {
                    let (Some(server), Some(now)) = (server.as_object(), now.as_object()) else {
                        continue;
                    };
                    let Some(table) = tables.get_mut(name).and_then(Item::as_table_like_mut) else {
                        continue;
                    };
                    for key in server.keys().chain(now.keys()) {
                        set(table, key, server.get(key), now.get(key));
                    }
                }
                Some(_) => self.left.push(server_pointer(name)),
            }
        }
        for (name, server) in &added {
            if !is_plain_server(server) {
                self.left.push(server_pointer(name));
                continue;
            }
            let tables = self.document.entry("mcp").or_insert_with(|| {
                let mut tables = Table::new();
                tables.set_implicit(true);
                Item::Table(tables)
            });
            let mut table = Table::new();
            for (key, entry) in server.as_object().into_iter().flatten() {
                table[key] = toml_value(entry);
            }
            tables[name] = Item::Table(table);
        }
    }

    /// Says what template.toml has no word for.
    fn left_of(&mut self, added: &Value, known: &str) {
        let keys = added.as_object().into_iter().flat_map(Map::keys);
        self.left.extend(
            keys.filter(|key| *key != known)
                .map(|key| format!("/{key}")),
        );
    }
}

fn servers_of(part: &Value) -> Map<String, Value> {
    part[SERVERS_KEY].as_object().cloned().unwrap_or_default()
}

/// Returns the group of a hook, which its event and its script tell.
fn group_of<'v>(part: &'v Value, place: &HookPlace) -> Option<&'v Value> {
    let mut groups = part["hooks"][&place.event].as_array()?.iter();
    groups.find(|group| {
        let command = group["hooks"][0]["command"].as_str().unwrap_or_default();
        script_in(command).as_ref() == Some(place.named())
    })
}

/// Returns whether template.toml has words for all that differs.
fn is_told(before: &Value, after: &Value) -> bool {
    let is_text = after.get("matcher").is_none_or(Value::is_string);
    let timeout = after["hooks"][0].get("timeout");
    without_told(before) == without_told(after)
        && is_text
        && timeout.is_none_or(|timeout| timeout.as_u64().is_some())
}

/// Returns a group without what template.toml has words for.
fn without_told(group: &Value) -> Value {
    let mut group = group.clone();
    if let Some(group) = group.as_object_mut() {
        group.remove("matcher");
        if let Some(handler) = group
            .get_mut("hooks")
            .and_then(|handlers| handlers[0].as_object_mut())
        {
            handler.remove("timeout");
        }
    }
    group
}

/// Sets a key to what it is now, if that is something else than before.
fn set(
    table: &mut dyn toml_edit::TableLike,
    key: &str,
    before: Option<&Value>,
    after: Option<&Value>,
) {
    match after {
        _ if before == after => {}
        None => _ = table.remove(key),
        Some(after) => {
            let mut new = toml_value(after);
            // A comment behind the old value stays.
            if let (Some(new), Some(old)) =
                (new.as_value_mut(), table.get(key).and_then(Item::as_value))
            {
                *new.decor_mut() = old.decor().clone();
            }
            table.insert(key, new);
        }
    }
}

/// Takes an entry out of a list, with the comment behind it: what stands behind an entry in its
/// line is written before the next.
fn remove(array: &mut Array, rule: &str) {
    let Some(index) = array.iter().position(|other| other.as_str() == Some(rule)) else {
        return;
    };
    let gone = array.remove(index);
    let before = prefix(gone.decor());
    match array.get_mut(index) {
        Some(next) => {
            let behind = prefix(next.decor());
            let new = match behind.find('\n') {
                Some(end) => joined(before, &behind[end..]),
                None if index == 0 => before.to_owned(),
                None => behind.to_owned(),
            };
            next.decor_mut().set_prefix(new);
        }
        None if index > 0 => {
            let trailing = array.trailing().as_str().unwrap_or_default();
            if let Some(end) = trailing.find('\n') {
                let new = joined(before, &trailing[end..]);
                array.set_trailing(new);
            }
        }
        None => array.set_trailing(""),
    }
}

/// Returns the rest of the line that an entry began in, and the lines `below`.
fn joined(before: &str, below: &str) -> String {
    let first = before.split('\n').next().unwrap_or_default();
    format!("{first}{below}")
}

/// Returns what is written before an entry.
fn prefix(decor: &Decor) -> &str {
    let prefix = decor.prefix().and_then(RawString::as_str);
    prefix.unwrap_or_default()
}

/// Adds to a list as its last entry is written.
fn push_alike(array: &mut Array, rule: &str, decor: Option<Decor>) {
    array.push(rule);
    let last = array.len() - 1;
    if let (Some(decor), Some(added)) = (decor, array.get_mut(last))
        && prefix(&decor).contains('\n')
    {
        *added.decor_mut() = decor;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn without(list: &str, rule: &str, expected: &str) {
        let mut document: DocumentMut = format!("deny = {list}\n").parse().unwrap();
        remove(document["deny"].as_array_mut().unwrap(), rule);
        assert_eq!(document.to_string(), format!("deny = {expected}\n"));
    }

    #[test]
    fn an_entry_goes_with_its_comment_and_no_other() {
        without("[\"a\", \"b\", \"c\"]", "a", "[\"b\", \"c\"]");
        without("[\"a\", \"b\", \"c\"]", "b", "[\"a\", \"c\"]");
        without("[\"a\", \"b\"]", "b", "[\"a\"]");
        without("[\"a\"]", "a", "[]");
        let list = "[\n  \"a\", # one\n  # above\n  \"b\", # two\n  \"c\", # three\n]";
        without(
            list,
            "a",
            "[\n  # above\n  \"b\", # two\n  \"c\", # three\n]",
        );
        without(list, "b", "[\n  \"a\", # one\n  \"c\", # three\n]");
        without(list, "c", "[\n  \"a\", # one\n  # above\n  \"b\", # two\n]");
    }
}
