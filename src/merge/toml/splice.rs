//! Makes a document say another value, with as few changes of its bytes as that takes.
//!
//! First what is gone goes and what is another value is replaced; then what is new is added to the
//! document that is left (`insert`). **The result is read again, and says exactly the value that
//! was wanted, or there is no result.**

use foldhash::{HashSet, HashSetExt as _};
use serde_json::{Map, Value};

use super::document::{
    Document, Keys, Node, Statement, Table, is_unended, items_of, line_end, line_start,
};
use super::edits::Edits;
use super::insert;
use super::list::List;
use super::memory::{Around, Memory};
use super::scalars::written;
use crate::merge::invalid::InvalidDocument;
use crate::model::pointer::escaped;

/// Returns the text of a document that says `target`. `memory` is brought up to date. `managed` is
/// what templates want in the document.
///
/// # Errors
/// Where the spliced text says something else.
pub fn splice(
    document: &Document<'_>,
    target: &Value,
    managed: &Value,
    memory: &mut Memory,
) -> Result<String, InvalidDocument> {
    if document.value() == target {
        return Ok(document.text().to_owned());
    }
    let mut removal = Removal {
        document,
        managed,
        memory,
        edits: Edits::default(),
    };
    removal.carry_out(target);
    let left = removal.edits.applied_to(document.text());
    let text = insert::insert(&Document::parse(&left)?, target, memory);
    memory.forget(target);
    match Document::parse(&text)?.value() == target {
        true => Ok(text),
        false => Err(InvalidDocument {
            line: 1,
            what: "the merged text is not the merged value".to_owned(),
        }),
    }
}

/// Removes and replaces.
struct Removal<'a> {
    document: &'a Document<'a>,
    managed: &'a Value,
    memory: &'a mut Memory,
    edits: Edits,
}

/// The places of headers and items that go.
type Gone = HashSet<usize>;

impl Removal<'_> {
    fn carry_out(&mut self, target: &Value) {
        let mut gone = Gone::new();
        let document = self.document;
        self.value("", document.root(), [document.value(), target], &mut gone);
        self.delete(&gone);
    }

    fn value(&mut self, pointer: &str, node: &Node, [here, target]: [&Value; 2], gone: &mut Gone) {
        match (node, here, target) {
            _ if here == target => {}
            (Node::Table(table), Value::Object(here), Value::Object(target)) => {
                self.properties(pointer, &table.keys, [here, target], gone);
                if let Some(header) = &table.header
                    && self.memory.around.contains_key(pointer)
                    && needs_no_header(&table.keys, target)
                {
                    gone.insert(header.start);
                }
            }
            (Node::Inline(span, keys), Value::Object(here), Value::Object(target)) => {
                let mut items = items_of(node);
                items.sort_by_key(|item| item.start);
                let mut gone = Gone::new();
                self.properties(pointer, keys, [here, target], &mut gone);
                let mut removed = Vec::new();
                for (index, item) in items.iter().enumerate() {
                    if gone.contains(&item.start) {
                        removed.push(index);
                    }
                }
                let list = List {
                    text: self.document.text(),
                    inside: span.start + 1..span.end - 1,
                    items,
                    is_spaced: true,
                };
                self.remove_from(&list, pointer, &removed);
            }
            (Node::Array(span, elements), Value::Array(here), Value::Array(target)) => {
                let removed = removed_elements(here, target);
                if are_replaced_in_place(here, target, removed.len()) {
                    for (index, element) in elements.iter().enumerate() {
                        let pointer = format!("{pointer}/{index}");
                        self.value(&pointer, element, [&here[index], &target[index]], gone);
                    }
                    return;
                }
                if removed.len() == here.len() && !here.is_empty() && !target.is_empty() {
                    self.edits.replace(span.clone(), self.written(target));
                    return;
                }
                let list = List {
                    text: self.document.text(),
                    inside: span.start + 1..span.end - 1,
                    items: elements.iter().filter_map(Node::span).cloned().collect(),
                    is_spaced: false,
                };
                self.remove_from(&list, pointer, &removed);
            }
            _ => match node.span() {
                Some(span) => self.edits.replace(span.clone(), written(target)),
                // What is new here is added as a value.
                None => gone.extend(items_of(node).iter().map(|item| item.start)),
            },
        }
    }

    fn written(&self, elements: &[Value]) -> String {
        written(&Value::Array(elements.to_vec()))
    }

    fn properties(
        &mut self,
        pointer: &str,
        keys: &Keys,
        [here, target]: [&Map<String, Value>; 2],
        gone: &mut Gone,
    ) {
        for (name, property) in keys {
            match (&property.item, here.get(name), target.get(name)) {
                (_, Some(here), Some(target)) => {
                    let pointer = format!("{pointer}/{}", escaped(name));
                    self.value(&pointer, &property.node, [here, target], gone);
                }
                (Some(item), _, _) => _ = gone.insert(item.start),
                (None, _, _) => gone.extend(items_of(&property.node).iter().map(|item| item.start)),
            }
        }
    }

    fn remove_from(&mut self, list: &List<'_>, pointer: &str, removed: &[usize]) {
        if removed.is_empty() {
            return;
        }
        let emptied = self.memory.emptied.get(pointer);
        let emptied = emptied.and_then(|text| text.get(1..text.len() - 1));
        list.remove(removed, emptied.unwrap_or_default(), &mut self.edits);
    }

    /// Deletes the lines of headers and items.
    fn delete(&mut self, gone: &Gone) {
        let text = self.document.text();
        let statements = self.document.statements();
        let is_gone = |at: usize| {
            let statement: Option<&Statement> = statements.get(at);
            statement.is_some_and(|statement| gone.contains(&statement.place.start))
        };
        let mut is_in_gone_table = false;
        let mut at = 0;
        while at < statements.len() {
            let first = &statements[at];
            if first.is_header {
                is_in_gone_table = is_gone(at);
            }
            if !is_gone(at) {
                at += 1;
                continue;
            }
            let start = line_start(text, first.place.start);
            let mut end = line_end(text, first.place.end);
            at += 1;
            while is_gone(at) {
                let next = &statements[at];
                let gap = &text[end..line_start(text, next.place.start)];
                is_in_gone_table |= next.is_header;
                let around = self.memory.around.get(&next.pointer);
                let goes = match (next.is_header, around) {
                    // What is between the lines of a table goes with it.
                    (false, _) => is_in_gone_table || gap.is_empty(),
                    (true, Some(around)) => gap == around.before,
                    (true, None) => gap.trim().is_empty(),
                };
                if !goes {
                    break;
                }
                end = line_end(text, next.place.end);
                self.memory.around.remove(&next.pointer);
                at += 1;
            }
            self.delete_run(first, start, end, statements.get(at));
        }
    }

    /// Deletes lines, with the newlines that were put around them when they were added. `next` is
    /// what stays behind them.
    fn delete_run(
        &mut self,
        first: &Statement,
        start: usize,
        end: usize,
        next: Option<&Statement>,
    ) {
        let text = self.document.text();
        let around = self.memory.around.remove(&first.pointer);
        if let Some(next) = next
            && let Some(start_of_next) = self.start_of_managed(next, end)
        {
            // What was before these lines is before the next ones now.
            let of_next = self.memory.around.remove(&next.pointer);
            let is_first = start == line_start(text, 0);
            let Some(mut of_next) = of_next.filter(|_| !first.is_header && !is_first) else {
                if let Some(around) = around {
                    self.memory.around.insert(next.pointer.clone(), around);
                }
                self.edits.delete(start..start_of_next);
                return;
            };
            // A section keeps its distance from the lines before it.
            of_next.before = around.unwrap_or_default().before + &of_next.before;
            self.memory.around.insert(next.pointer.clone(), of_next);
            self.edits.delete(start..end);
            return;
        }
        let Around { before, behind } = around.unwrap_or_default();
        let end = match text[end..].starts_with(&behind) {
            true => end + behind.len(),
            false => end,
        };
        let Some(prior) = text[..start].strip_suffix(before.as_str()) else {
            self.edits.delete(start..end);
            return;
        };
        let rest = &text[end..];
        let line_behind = rest.lines().next();
        let is_blank_behind = line_behind.is_some_and(|line| line.trim().is_empty());
        let start = match rest.is_empty() {
            true => prior.len(),
            // A line that had no newline keeps the one that it got.
            false if is_blank_behind && is_unended(prior) => {
                start.min(prior.len() + 1 + usize::from(before.starts_with('\r')))
            }
            false if is_blank_behind => prior.len(),
            false => start,
        };
        self.edits.delete(start..end);
    }

    /// Returns where the line of what follows lines that go starts, if that was added by templates
    /// and has nothing before it but the newlines that were put there.
    fn start_of_managed(&self, next: &Statement, end: usize) -> Option<usize> {
        let text = self.document.text();
        let around = self.memory.around.get(&next.pointer);
        let is_managed = around.is_some() || self.managed.pointer(&next.pointer).is_some();
        let before = around.map_or("", |around| around.before.as_str());
        let start = line_start(text, next.place.start);
        (is_managed && end <= start && text[end..start] == *before).then_some(start)
    }
}

/// Returns the indexes of the elements that `target` doesn't go on from: it has the others in their
/// order, and then what is new.
fn removed_elements(here: &[Value], target: &[Value]) -> Vec<usize> {
    let mut left = target.iter();
    let mut next = left.next();
    let mut removed = Vec::new();
    for (index, element) in here.iter().enumerate() {
        match next == Some(element) {
            true => next = left.next(),
            false => removed.push(index),
        }
    }
    removed
}

/// Returns whether another array is the same one with some elements replaced, as far as one can
/// tell.
fn are_replaced_in_place(here: &[Value], target: &[Value], removed: usize) -> bool {
    let differing = here.iter().zip(target).filter(|(one, other)| one != other);
    here.len() == target.len() && differing.count() == removed
}

/// Returns whether a table is there without its header, since it is all headers of sub-tables.
fn needs_no_header(keys: &Keys, target: &Map<String, Value>) -> bool {
    let mut has_one = false;
    for (name, value) in target {
        match keys.get(name) {
            Some(property) if is_of_headers(&property.node) => has_one = true,
            None if value.is_object() => {}
            _ => return false,
        }
    }
    has_one
}

fn is_of_headers(node: &Node) -> bool {
    match node {
        Node::Tables(_) => true,
        Node::Table(Table { header, keys }) => {
            let mut properties = keys.values();
            header.is_some()
                || !keys.is_empty() && properties.all(|property| is_of_headers(&property.node))
        }
        Node::Scalar(_) | Node::Array(..) | Node::Inline(..) => false,
    }
}
