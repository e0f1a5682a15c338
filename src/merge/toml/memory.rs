//! What a merge remembers of the text that it changed, so that a later one can give back its bytes.
//!
//! The lock keeps it as `KeysRecord::replaced`: by JSON pointer, either the brackets (or the
//! header) of a container that was empty, or the newlines that were put around a header or an item:
//! those before it and, behind an `=`, those behind it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::document::{Document, Node, Table};
use crate::model::pointer::escaped;

#[derive(Clone, Debug, Default)]
pub struct Memory {
    /// The text of containers that were empty, by JSON pointer.
    pub emptied: BTreeMap<String, String>,
    /// What was put around headers and items that were added, by JSON pointer.
    pub around: BTreeMap<String, Around>,
}

/// Newlines that were put around a header or an item.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Around {
    pub before: String,
    pub behind: String,
}

impl Memory {
    pub fn of(replaced: &BTreeMap<String, String>) -> Self {
        let mut memory = Self::default();
        for (pointer, text) in replaced {
            if text.starts_with(['{', '[']) {
                memory.emptied.insert(pointer.clone(), text.clone());
                continue;
            }
            let (before, behind) = text.split_once('=').unwrap_or((text, ""));
            let is_newline = |letter: char| matches!(letter, '\r' | '\n');
            // Somebody may have edited the lock.
            if !before.chars().chain(behind.chars()).all(is_newline) {
                continue;
            }
            let around = Around {
                before: before.to_owned(),
                behind: behind.to_owned(),
            };
            memory.around.insert(pointer.clone(), around);
        }
        memory
    }

    pub fn into_replaced(self) -> BTreeMap<String, String> {
        let mut replaced = self.emptied;
        for (pointer, Around { before, behind }) in self.around {
            let text = match behind.is_empty() {
                true => before,
                false => format!("{before}={behind}"),
            };
            replaced.insert(pointer, text);
        }
        replaced
    }

    /// Remembers the containers that are empty in a document and not in what it becomes, unless
    /// they are what templates installed.
    pub fn fill(&mut self, document: &Document<'_>, target: &Value, base: &Value) {
        self.fill_below(
            document,
            "",
            document.root(),
            [document.value(), target],
            Some(base),
        );
    }

    fn fill_below(
        &mut self,
        document: &Document<'_>,
        pointer: &str,
        node: &Node,
        [here, target]: [&Value; 2],
        base: Option<&Value>,
    ) {
        if is_empty(here) && !is_empty(target) {
            let place = match node {
                Node::Table(table) => table.header.as_ref(),
                node => node.span(),
            };
            if let (Some(place), None) = (place, base) {
                let text = document.text()[place.clone()].to_owned();
                self.emptied.insert(pointer.to_owned(), text);
            }
            return;
        }
        let (Node::Inline(_, keys) | Node::Table(Table { keys, .. })) = node else {
            return;
        };
        for (name, property) in keys {
            let (Some(here), Some(target)) = (here.get(name), target.get(name)) else {
                continue;
            };
            let base = base.and_then(|base| base.get(name));
            let pointer = format!("{pointer}/{}", escaped(name));
            self.fill_below(document, &pointer, &property.node, [here, target], base);
        }
    }

    /// Forgets what isn't so any more.
    pub fn forget(&mut self, now: &Value) {
        self.around
            .retain(|pointer, _| now.pointer(pointer).is_some());
        self.emptied.retain(|pointer, text| {
            let value = now.pointer(pointer);
            value.is_some_and(|value| !is_empty(value) && value.is_array() == is_array(text))
        });
    }
}

/// Returns whether a container is an array. The brackets of a header have a key between them.
fn is_array(text: &str) -> bool {
    let inside = text.strip_prefix('[').map(str::trim_start);
    inside.is_some_and(|inside| inside.starts_with([']', '#']))
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Object(properties) => properties.is_empty(),
        Value::Array(elements) => elements.is_empty(),
        _ => false,
    }
}
