//! Operations on a document to pieces of the original bytes, in the document's own layout.

use std::collections::BTreeMap;
use std::ops::Range;

use super::decide::{Change, Insert, Operations, Path, Source, Step, pointer};
use super::document::{Document, Kind, Node, Property};
use super::{Piece, Side};

/// The spliced document.
pub struct Spliced {
    pub pieces: Vec<Piece>,
    /// The bytes of the empty containers that were filled, by JSON pointer.
    pub filled: BTreeMap<String, String>,
}

/// Splices operations into ours.
pub fn splice(ours: &Document, theirs: &Document, operations: &Operations) -> Spliced {
    let mut splicer = Splicer {
        ours: ours.text(),
        theirs: theirs.root(),
        operations,
        layout: Layout::of(ours),
        edits: Vec::new(),
        filled: BTreeMap::new(),
    };
    splicer.node(&mut Path::new(), ours.root());
    Spliced { pieces: splicer.pieces(), filled: splicer.filled }
}

/// How ours is laid out.
struct Layout {
    newline: &'static str,
    /// One level of indent.
    unit: String,
    /// Whether everything is on one line.
    flat: bool,
}

impl Layout {
    fn of(document: &Document) -> Self {
        let text = document.text();
        let root = document.root();
        let lead = root.children().first().map(|first| &text[root.span.start + 1..first.start]);
        Self {
            newline: if text.contains("\r\n") { "\r\n" } else { "\n" },
            unit: lead.and_then(indent_after_newline).filter(|unit| !unit.is_empty()).unwrap_or("  ").to_owned(),
            flat: lead.is_some() && !text[root.span.clone()].contains('\n'),
        }
    }
}

/// Returns what follows the last newline of a run of whitespace.
fn indent_after_newline(whitespace: &str) -> Option<&str> {
    whitespace.rsplit_once('\n').map(|(_, indent)| indent)
}

struct Splicer<'a> {
    ours: &'a str,
    theirs: &'a Node,
    operations: &'a Operations,
    layout: Layout,
    /// Replacements of ours's bytes; they don't overlap.
    edits: Vec<(Range<usize>, Vec<Piece>)>,
    filled: BTreeMap<String, String>,
}

impl Splicer<'_> {
    fn node(&mut self, path: &mut Path, node: &Node) {
        match self.operations.changes.get(path) {
            Some(Change::Remove) => return,
            Some(Change::Restore(bytes)) => {
                return self.edits.push((node.span.clone(), vec![Piece::Restored(bytes.clone())]));
            }
            Some(Change::Replace(source)) => {
                let indent = self.line_indent(node.span.start);
                let pieces = self.printed(source, (!self.layout.flat).then_some(indent.as_str()));
                return self.edits.push((node.span.clone(), pieces));
            }
            None => {}
        }
        let steps: Vec<(Step, &Node)> = match &node.kind {
            Kind::Scalar => return,
            Kind::Object(properties) => {
                properties.iter().map(|property| (Step::Key(property.key.clone()), &property.value)).collect()
            }
            Kind::Array(elements) => {
                elements.iter().enumerate().map(|(index, element)| (Step::Index(index), element)).collect()
            }
        };
        let mut removed = Vec::with_capacity(steps.len());
        for (step, child) in steps {
            path.push(step);
            removed.push(matches!(self.operations.changes.get(path), Some(Change::Remove)));
            self.node(path, child);
            path.pop();
        }
        let operations = self.operations;
        self.container(path, node, &removed, operations.inserts.get(path).map(Vec::as_slice).unwrap_or_default());
    }

    /// Takes children away with their commas, and appends.
    fn container(&mut self, path: &Path, node: &Node, removed: &[bool], inserts: &[Insert]) {
        let children = node.children();
        let kept = removed.iter().position(|removed| !removed);
        match (children.as_slice(), kept) {
            ([], _) if inserts.is_empty() => {}
            ([], _) => {
                self.filled.insert(pointer(path), self.ours[node.span.clone()].to_owned());
                let pieces = self.filled_container(node, inserts);
                self.edits.push((node.span.clone(), pieces));
            }
            ([..], None) if inserts.is_empty() => {
                self.edits.push((node.span.start + 1..node.span.end - 1, Vec::new()));
            }
            ([first, .., last] | [first @ last], None) => {
                let pieces = self.joined(inserts, &self.gap(node));
                self.edits.push((first.start..last.end, pieces));
            }
            ([first, ..], Some(kept)) => {
                if kept > 0 {
                    self.edits.push((first.start..children[kept].start, Vec::new()));
                }
                for index in (kept + 1..children.len()).filter(|&index| removed[index]) {
                    self.edits.push((children[index - 1].end..children[index].end, Vec::new()));
                }
                if !inserts.is_empty() {
                    let gap = self.gap(node);
                    let end = children[children.len() - 1].end;
                    let comma = Piece::Separator(format!(",{gap}"));
                    let pieces = std::iter::once(comma).chain(self.joined(inserts, &gap)).collect();
                    self.edits.push((end..end, pieces));
                }
            }
        }
    }

    /// Returns what stands between a comma and the next child in this container.
    fn gap(&self, node: &Node) -> String {
        let children = node.children();
        let lead = &self.ours[node.span.start + 1..children[0].start];
        if let Some(indent) = indent_after_newline(lead) {
            return format!("{}{indent}", self.layout.newline);
        }
        match children.as_slice() {
            [.., before, last] => self.ours[before.end..last.start].trim_start().trim_start_matches(',').to_owned(),
            _ => " ".to_owned(),
        }
    }

    fn filled_container(&self, node: &Node, inserts: &[Insert]) -> Vec<Piece> {
        let (open, close) = brackets(matches!(node.kind, Kind::Object(_)));
        let outer = self.line_indent(node.span.start);
        let (gap, end) = match self.layout.flat {
            true => (" ".to_owned(), String::new()),
            false => {
                let newline = self.layout.newline;
                (format!("{newline}{outer}{}", self.layout.unit), format!("{newline}{outer}"))
            }
        };
        let first = if self.layout.flat { String::new() } else { gap.clone() };
        let mut pieces = vec![Piece::Separator(format!("{open}{first}"))];
        pieces.extend(self.joined(inserts, &gap));
        pieces.push(Piece::Separator(format!("{end}{close}")));
        pieces
    }

    fn joined(&self, inserts: &[Insert], gap: &str) -> Vec<Piece> {
        let indent = indent_after_newline(gap);
        let mut pieces = Vec::new();
        for (index, Insert { property, value }) in inserts.iter().enumerate() {
            if index > 0 {
                pieces.push(Piece::Separator(format!(",{gap}")));
            }
            pieces.extend(property.iter().flat_map(|path| self.key(path)));
            pieces.extend(self.printed(value, indent));
        }
        pieces
    }

    fn key(&self, path: &Path) -> [Piece; 2] {
        let span = property_at(self.theirs, path).map(|property| property.key_span.clone()).unwrap_or_default();
        [Piece::Take(Side::Theirs, span), Piece::Separator(": ".to_owned())]
    }

    /// Prints a value of theirs: a child a line at `indent`, or all on one line.
    fn printed(&self, source: &Source, indent: Option<&str>) -> Vec<Piece> {
        match source {
            Source::Whole(path) => match node_at(self.theirs, path) {
                Some(node) => self.printed_node(node, indent),
                None => Vec::new(),
            },
            Source::Object(properties) => {
                let child = |(path, source): &(Path, Source), indent: Option<&str>| {
                    self.key(path).into_iter().chain(self.printed(source, indent)).collect()
                };
                self.bracketed(true, properties, indent, child)
            }
            Source::Array(elements) => {
                self.bracketed(false, elements, indent, |element, indent| self.printed(element, indent))
            }
        }
    }

    fn printed_node(&self, node: &Node, indent: Option<&str>) -> Vec<Piece> {
        match &node.kind {
            Kind::Scalar => vec![Piece::Take(Side::Theirs, node.span.clone())],
            Kind::Object(properties) => self.bracketed(true, properties, indent, |property, indent| {
                let key = Piece::Take(Side::Theirs, property.key_span.clone());
                let colon = Piece::Separator(": ".to_owned());
                [key, colon].into_iter().chain(self.printed_node(&property.value, indent)).collect()
            }),
            Kind::Array(elements) => {
                self.bracketed(false, elements, indent, |element, indent| self.printed_node(element, indent))
            }
        }
    }

    fn bracketed<T>(
        &self,
        object: bool,
        children: &[T],
        indent: Option<&str>,
        child: impl Fn(&T, Option<&str>) -> Vec<Piece>,
    ) -> Vec<Piece> {
        let (open, close) = brackets(object);
        if children.is_empty() {
            return vec![Piece::Separator(format!("{open}{close}"))];
        }
        let inner = indent.map(|indent| format!("{indent}{}", self.layout.unit));
        let line =
            |indent: Option<&str>| indent.map_or(String::new(), |indent| format!("{}{indent}", self.layout.newline));
        let between = if indent.is_some() { format!(",{}", line(inner.as_deref())) } else { ", ".to_owned() };
        let mut pieces = vec![Piece::Separator(format!("{open}{}", line(inner.as_deref())))];
        for (index, value) in children.iter().enumerate() {
            if index > 0 {
                pieces.push(Piece::Separator(between.clone()));
            }
            pieces.extend(child(value, inner.as_deref()));
        }
        pieces.push(Piece::Separator(format!("{}{close}", line(indent))));
        pieces
    }

    /// Returns the whitespace that the line of `offset` starts with.
    fn line_indent(&self, offset: usize) -> String {
        let start = self.ours[..offset].rfind('\n').map_or(0, |newline| newline + 1);
        let line = self.ours[start..offset].trim_start_matches('\u{feff}');
        line[..line.len() - line.trim_start().len()].to_owned()
    }

    /// Returns ours with the edits in it.
    fn pieces(&mut self) -> Vec<Piece> {
        self.edits.sort_by_key(|(span, _)| (span.start, span.end));
        let mut pieces = Vec::new();
        let mut at = 0;
        for (span, replacement) in std::mem::take(&mut self.edits) {
            if at < span.start {
                pieces.push(Piece::Take(Side::Ours, at..span.start));
            }
            pieces.extend(replacement);
            at = span.end;
        }
        if at < self.ours.len() {
            pieces.push(Piece::Take(Side::Ours, at..self.ours.len()));
        }
        pieces
    }
}

fn brackets(object: bool) -> (char, char) {
    if object { ('{', '}') } else { ('[', ']') }
}

fn node_at<'a>(root: &'a Node, path: &[Step]) -> Option<&'a Node> {
    path.iter().try_fold(root, |node, step| match (step, &node.kind) {
        (Step::Key(key), Kind::Object(properties)) => {
            properties.iter().find(|property| property.key == *key).map(|property| &property.value)
        }
        (Step::Index(index), Kind::Array(elements)) => elements.get(*index),
        _ => None,
    })
}

fn property_at<'a>(root: &'a Node, path: &[Step]) -> Option<&'a Property> {
    let (Step::Key(key), folders) = path.split_last()? else { return None };
    match &node_at(root, folders)?.kind {
        Kind::Object(properties) => properties.iter().find(|property| property.key == *key),
        Kind::Array(_) | Kind::Scalar => None,
    }
}
