//! Adds to a document what a value has and it doesn't.
//!
//! | where | how it is written |
//! |---|---|
//! | an inline table, an array | an item at its end |
//! | a table that dotted keys make | a line of such keys, behind the last of them |
//! | a table with a header | a line, behind its last one; a table among tables is a section |
//! | anywhere else | a section at the end of the file |
//!
//! A section is a header with its lines; tables in it are inline. A table that has nothing but
//! tables is no section itself: its tables are.

use std::ops::Range;

use serde_json::{Map, Value};

use super::document::{
    BYTE_ORDER_MARK, Document, Keys, Node, Statement, Table, is_unended, items_of, line_end,
    line_start,
};
use super::edits::Edits;
use super::list::List;
use super::memory::{Around, Memory};
use super::scalars::{key, written};
use crate::model::pointer::escaped;

/// Returns the text of a document with everything that `target` has. It has no other values than
/// the document has.
pub fn insert(document: &Document<'_>, target: &Value, memory: &mut Memory) -> String {
    let text = document.text();
    let mut insertion = Insertion {
        text,
        newline: newline_of(text),
        is_ended: !is_unended(text),
        edits: Edits::default(),
        sections: Vec::new(),
        statements: document.statements(),
        memory,
    };
    let root = TablePlace {
        header: Some(0..0),
        dotted: Vec::new(),
    };
    insertion.value(
        document.root(),
        [document.value(), target],
        &mut Vec::new(),
        &root,
    );
    insertion.finish()
}

fn newline_of(text: &str) -> &'static str {
    match text.contains("\r\n") {
        true => "\r\n",
        false => "\n",
    }
}

struct Insertion<'a> {
    text: &'a str,
    newline: &'static str,
    /// Whether the last line has its newline, perhaps since something is added behind it.
    is_ended: bool,
    edits: Edits,
    /// The tables that are added at the end, by their keys.
    sections: Vec<(Vec<String>, Map<String, Value>)>,
    statements: Vec<Statement>,
    memory: &'a mut Memory,
}

/// Where the lines of a table belong.
struct TablePlace {
    /// The header that they are below.
    header: Option<Range<usize>>,
    /// The keys from that header to the table.
    dotted: Vec<String>,
}

impl Insertion<'_> {
    fn value(
        &mut self,
        node: &Node,
        [here, target]: [&Value; 2],
        keys: &mut Vec<String>,
        place: &TablePlace,
    ) {
        match (node, here, target) {
            _ if here == target => {}
            (Node::Table(table), Value::Object(_), Value::Object(target)) => {
                self.add_to_table(table, target, keys, place);
                for (name, property) in &table.keys {
                    let (Some(here), Some(target)) = (here.get(name), target.get(name)) else {
                        continue;
                    };
                    let below = place_below(place, name, &property.node);
                    keys.push(name.clone());
                    self.value(&property.node, [here, target], keys, &below);
                    keys.pop();
                }
            }
            (Node::Inline(span, properties), Value::Object(_), Value::Object(target)) => {
                let mut items = items_of(node);
                items.sort_by_key(|item| item.start);
                let mut added = Vec::new();
                self.add_to_inline(
                    properties,
                    [here, &Value::Object(target.clone())],
                    "",
                    &mut added,
                );
                let list = List {
                    text: self.text,
                    inside: span.start + 1..span.end - 1,
                    items,
                    is_spaced: true,
                };
                self.append_to(&list, &added);
            }
            (Node::Array(span, elements), Value::Array(here), Value::Array(target)) => {
                let mut added = Vec::new();
                for (index, element) in elements.iter().enumerate() {
                    if let (Some(here), Some(target)) = (here.get(index), target.get(index)) {
                        self.value(element, [here, target], keys, place);
                    }
                }
                for element in target.iter().skip(here.len()) {
                    added.push(written(element));
                }
                let list = List {
                    text: self.text,
                    inside: span.start + 1..span.end - 1,
                    items: elements.iter().filter_map(Node::span).cloned().collect(),
                    is_spaced: false,
                };
                self.append_to(&list, &added);
            }
            // It says something else; that is found when the result is read.
            _ => {}
        }
    }

    fn append_to(&mut self, list: &List<'_>, added: &[String]) {
        if !added.is_empty() {
            list.append(added, &mut self.edits);
        }
    }

    /// Finds the items that are added to an inline table, and to those in it that its dotted keys
    /// make.
    fn add_to_inline(
        &mut self,
        keys: &Keys,
        [here, target]: [&Value; 2],
        dotted: &str,
        added: &mut Vec<String>,
    ) {
        let nothing = Map::new();
        for (name, value) in target.as_object().unwrap_or(&nothing) {
            let path = format!("{dotted}{}", key(name));
            match (keys.get(name), here.get(name)) {
                (Some(property), Some(here)) => match &property.node {
                    Node::Table(table) => {
                        let dotted = format!("{path}.");
                        self.add_to_inline(&table.keys, [here, value], &dotted, added);
                    }
                    node => {
                        let place = TablePlace {
                            header: None,
                            dotted: Vec::new(),
                        };
                        self.value(node, [here, value], &mut Vec::new(), &place);
                    }
                },
                _ => added.push(format!("{path} = {}", written(value))),
            }
        }
    }

    /// Adds the properties that a table lacks.
    fn add_to_table(
        &mut self,
        table: &Table,
        target: &Map<String, Value>,
        keys: &[String],
        place: &TablePlace,
    ) {
        let is_root = keys.is_empty();
        let own_header = table.header.is_some() || is_root;
        let missing = || {
            target
                .iter()
                .filter(|(name, _)| !table.keys.contains_key(*name))
        };
        let has_lines = table
            .keys
            .values()
            .any(|property| has_lines(property.item.is_some(), &property.node));
        let has_sections = table
            .keys
            .values()
            .any(|property| has_header(&property.node));
        let has_values = missing().any(|(_, value)| !value.is_object());
        let takes_sections = is_root || has_sections || !(has_lines || own_header && has_values);
        let mut lines = Vec::new();
        let mut section = Map::new();
        for (name, value) in missing() {
            match value.as_object() {
                Some(properties) if takes_sections && (own_header || !has_lines) => {
                    let path = [keys, std::slice::from_ref(name)].concat();
                    self.sections.push((path, properties.clone()));
                }
                _ if own_header || has_lines => lines.push((name, value)),
                _ => _ = section.insert(name.clone(), value.clone()),
            }
        }
        // Tables below are headers alone, and this one gets a header of its own.
        if !section.is_empty() {
            self.sections.push((keys.to_vec(), section));
        }
        if !lines.is_empty() {
            self.add_lines(table, &lines, keys, place);
        }
    }

    /// Adds lines to a table, behind its last one.
    fn add_lines(
        &mut self,
        table: &Table,
        lines: &[(&String, &Value)],
        keys: &[String],
        place: &TablePlace,
    ) {
        let last = last_item(&table.keys).or(place.header.as_ref());
        let is_top = last.is_none_or(|last| last.end == 0);
        let (at, indent, mut around) = match last {
            Some(last) if !is_top => {
                let rest = &self.text[line_start(self.text, last.start)..];
                let indent = &rest[..rest.len() - rest.trim_start_matches([' ', '\t']).len()];
                (line_end(self.text, last.end), indent, Around::default())
            }
            _ => self.top(),
        };
        if at == self.text.len() && !self.is_ended && !is_top {
            around.before = self.newline.to_owned();
        }
        self.is_ended |= at == self.text.len();
        let known = self.newline_before(at);
        let mut text = around.before.clone();
        let mut pointer = pointer_of(keys);
        for (index, (name, value)) in lines.iter().enumerate() {
            text.push_str(indent);
            for dotted in &place.dotted {
                text.push_str(&key(dotted));
                text.push('.');
            }
            text.push_str(&key(name));
            text.push_str(" = ");
            text.push_str(&written(value));
            text.push_str(self.newline);
            if index == 0 {
                pointer = format!("{pointer}/{}", escaped(name));
            }
        }
        text.push_str(&around.behind);
        if around != Around::default() {
            self.memory.around.insert(pointer, around);
        } else if let Some(known) = known {
            self.memory.around.insert(pointer, known);
        }
        self.edits.insert(at, text);
    }

    /// Takes the newline from what was put before the next statement, if it ended the line that
    /// ends at a place: now it is before what is added there.
    fn newline_before(&mut self, at: usize) -> Option<Around> {
        let next = self
            .statements
            .partition_point(|statement| statement.place.start < at);
        let next = self.statements.get(next)?;
        let around = self.memory.around.get_mut(&next.pointer)?;
        let start = line_start(self.text, next.place.start);
        let prior = self.text[..start].strip_suffix(around.before.as_str())?;
        let newline = self.text.get(prior.len()..at)?;
        if newline.trim() != "" || newline.is_empty() || !is_unended(prior) {
            return None;
        }
        around.before = around.before[newline.len()..].to_owned();
        Some(Around {
            before: newline.to_owned(),
            behind: String::new(),
        })
    }

    /// Returns where the first line of a document without any goes: behind the comment that the
    /// document starts with, if that is a paragraph of its own.
    fn top(&self) -> (usize, &'static str, Around) {
        let start = match self.text.starts_with(BYTE_ORDER_MARK) {
            true => BYTE_ORDER_MARK.len_utf8(),
            false => 0,
        };
        let mut end = start;
        let mut is_paragraph = false;
        for line in self.text[start..].split_inclusive('\n') {
            is_paragraph = line.trim().is_empty();
            if !line.trim_start().starts_with('#') {
                break;
            }
            end += line.len();
            is_paragraph = true;
        }
        let newline = self.newline.to_owned();
        let rest = &self.text[start..];
        let mut around = Around::default();
        if end > start && is_paragraph {
            around.before = newline;
            if is_unended(&self.text[..end]) {
                around.before += self.newline;
            }
            return (end, "", around);
        }
        let starts_blank = rest
            .lines()
            .next()
            .is_none_or(|line| line.trim().is_empty());
        if !starts_blank {
            around.behind = newline;
        }
        (start, "", around)
    }

    /// Returns the new text, with the sections at its end.
    fn finish(self) -> String {
        let mut out = Sections {
            text: self.edits.applied_to(self.text),
            newline: self.newline,
            memory: self.memory,
        };
        for (keys, properties) in self.sections {
            out.add(&mut keys.clone(), &properties);
        }
        out.text
    }
}

/// A text to whose end sections are added.
struct Sections<'a> {
    text: String,
    newline: &'static str,
    memory: &'a mut Memory,
}

impl Sections<'_> {
    fn add(&mut self, keys: &mut Vec<String>, properties: &Map<String, Value>) {
        if !properties.is_empty() && properties.values().all(Value::is_object) {
            for (name, value) in properties {
                keys.push(name.clone());
                if let Some(properties) = value.as_object() {
                    self.add(keys, properties);
                }
                keys.pop();
            }
            return;
        }
        let mut before = String::new();
        if is_unended(&self.text) {
            before.push_str(self.newline);
        }
        if !ends_blank(&self.text) {
            before.push_str(self.newline);
        }
        self.text.push_str(&before);
        let path: Vec<String> = keys.iter().map(|name| key(name)).collect();
        self.text.push_str(&format!("[{}]", path.join(".")));
        self.text.push_str(self.newline);
        for (name, value) in properties {
            self.text
                .push_str(&format!("{} = {}", key(name), written(value)));
            self.text.push_str(self.newline);
        }
        let around = Around {
            before,
            behind: String::new(),
        };
        self.memory.around.insert(pointer_of(keys), around);
    }
}

/// Returns whether a text is empty, or ends in a blank line.
fn ends_blank(text: &str) -> bool {
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    let text = text.strip_suffix('\n').unwrap_or(text);
    let last = text.rsplit('\n').next().unwrap_or_default();
    last.trim().is_empty()
}

fn pointer_of(keys: &[String]) -> String {
    let mut pointer = String::new();
    for name in keys {
        pointer.push('/');
        pointer.push_str(&escaped(name));
    }
    pointer
}

fn place_below(place: &TablePlace, name: &str, node: &Node) -> TablePlace {
    match node {
        Node::Table(Table {
            header: Some(header),
            ..
        }) => TablePlace {
            header: Some(header.clone()),
            dotted: Vec::new(),
        },
        _ => TablePlace {
            header: place.header.clone(),
            dotted: [place.dotted.as_slice(), &[name.to_owned()]].concat(),
        },
    }
}

/// Returns whether a property is written in lines below the header of the table that has it.
fn has_lines(is_item: bool, node: &Node) -> bool {
    match node {
        _ if is_item => true,
        Node::Table(Table { header: None, keys }) => keys
            .values()
            .any(|property| has_lines(property.item.is_some(), &property.node)),
        _ => false,
    }
}

/// Returns whether a node has a header in it.
fn has_header(node: &Node) -> bool {
    match node {
        Node::Table(Table { header, keys }) => {
            header.is_some() || keys.values().any(|property| has_header(&property.node))
        }
        Node::Tables(_) => true,
        _ => false,
    }
}

/// Returns the last item that belongs to a table and is below no other header.
fn last_item(keys: &Keys) -> Option<&Range<usize>> {
    let mut last: Option<&Range<usize>> = None;
    for property in keys.values() {
        let item = match (&property.item, &property.node) {
            (Some(item), _) => Some(item),
            (None, Node::Table(Table { header: None, keys })) => last_item(keys),
            (None, _) => None,
        };
        if item.is_some_and(|item| last.is_none_or(|last| last.start < item.start)) {
            last = item;
        }
    }
    last
}
