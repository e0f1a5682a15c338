//! A JSON document as nodes with spans. It is strict: what an agent would refuse to read is an
//! error here.

use std::collections::HashSet;
use std::ops::Range;

use foldhash::fast::RandomState;
use indexmap::IndexMap;
use indexmap::map::Entry;
use jsonc_parser::ast;
use serde_json::{Map, Value};

use super::layout::Layout;
use crate::merge::invalid::InvalidDocument;
use crate::model::document::line_of;
use crate::model::pointer;

#[derive(Clone, Debug)]
pub struct Document<'a> {
    text: &'a str,
    root: Node,
    value: Value,
    layout: Layout<'a>,
}

/// A value's place in the text.
#[derive(Clone, Debug)]
pub struct Node {
    pub span: Range<usize>,
    pub kind: NodeKind,
}

#[derive(Clone, Debug)]
pub enum NodeKind {
    Scalar,
    /// The properties in their order, by unescaped keys.
    Object(IndexMap<String, Property, RandomState>),
    Array(Vec<Node>),
}

#[derive(Clone, Debug)]
pub struct Property {
    /// The key as it is written, with its quotes.
    pub key_span: Range<usize>,
    pub value: Node,
}

impl Node {
    /// Returns the spans of the children, each from its key to the end of its value.
    pub fn children(&self) -> Vec<Range<usize>> {
        match &self.kind {
            NodeKind::Scalar => Vec::new(),
            NodeKind::Object(properties) => properties
                .values()
                .map(|property| property.key_span.start..property.value.span.end)
                .collect(),
            NodeKind::Array(elements) => elements
                .iter()
                .map(|element| element.span.clone())
                .collect(),
        }
    }
}

fn layout_of<'a>(text: &'a str, root: &Node) -> Layout<'a> {
    Layout::of(text, &root.span, root.children().first())
}

const BYTE_ORDER_MARK: char = '\u{feff}';

impl<'a> Document<'a> {
    /// Parses `text`, which may start with a byte order mark.
    ///
    /// # Errors
    /// With the line, when it isn't strict JSON, has a key twice, or is nested deeper than 127.
    pub fn parse(text: &'a str) -> Result<Self, InvalidDocument> {
        let start = if text.starts_with(BYTE_ORDER_MARK) {
            BYTE_ORDER_MARK.len_utf8()
        } else {
            0
        };
        let body = &text[start..];
        // `serde_json` is strict and bounds the depth; the scanner only finds where things are.
        let value: Value = serde_json::from_str(body).map_err(|error| explain(body, &error))?;
        let root = Scanner { text, at: start }.value()?;
        Ok(Self {
            text,
            layout: layout_of(text, &root),
            root,
            value,
        })
    }

    /// Parses a file that an agent reads. A blank file, which may have white space and a byte order
    /// mark, is read as an object without properties that spans the whole file.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn of_file(text: &'a str) -> Result<Self, InvalidDocument> {
        if !is_blank(text) {
            return Self::parse(text);
        }
        let root = Node {
            span: 0..text.len(),
            kind: NodeKind::Object(IndexMap::default()),
        };
        Ok(Self {
            text,
            layout: layout_of(text, &root),
            root,
            value: Value::Object(Map::new()),
        })
    }

    /// Parses bytes, if they are a document.
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        Self::parse(std::str::from_utf8(bytes).ok()?).ok()
    }

    pub fn text(&self) -> &'a str {
        self.text
    }

    pub fn layout(&self) -> &Layout<'a> {
        &self.layout
    }

    pub fn root(&self) -> &Node {
        &self.root
    }

    pub fn value(&self) -> &Value {
        &self.value
    }

    /// Returns the pointer of the outermost value that stands at a place of the text, with its key
    /// or without.
    pub fn pointer_at(&self, place: &Range<usize>) -> Option<String> {
        let within = |span: &Range<usize>| place.start <= span.start && span.end <= place.end;
        self.places()
            .into_iter()
            .find(|(_, span)| within(span))
            .map(|(pointer, _)| pointer)
    }

    /// Returns the pointers (RFC 6901) of all values, the outer before the inner.
    pub fn pointers(&self) -> Vec<String> {
        self.places()
            .into_iter()
            .map(|(pointer, _)| pointer)
            .collect()
    }

    /// Returns where the value at a pointer stands.
    pub fn span(&self, pointer: &str) -> Option<Range<usize>> {
        self.places()
            .into_iter()
            .find(|(other, _)| other == pointer)
            .map(|(_, span)| span)
    }

    /// Returns all values with their places, the outer before the inner.
    pub fn places(&self) -> Vec<(String, Range<usize>)> {
        let mut all = Vec::new();
        let mut open = vec![(String::new(), &self.root)];
        while let Some((pointer, node)) = open.pop() {
            all.push((pointer.clone(), node.span.clone()));
            let children: Vec<(String, &Node)> = match &node.kind {
                NodeKind::Scalar => Vec::new(),
                NodeKind::Object(properties) => {
                    let below = |name: &String| format!("{pointer}/{}", pointer::escaped(name));
                    properties
                        .iter()
                        .map(|(name, property)| (below(name), &property.value))
                        .collect()
                }
                NodeKind::Array(elements) => elements
                    .iter()
                    .enumerate()
                    .map(|(index, node)| (format!("{pointer}/{index}"), node))
                    .collect(),
            };
            open.extend(children.into_iter().rev());
        }
        all
    }

    pub fn into_value(self) -> Value {
        self.value
    }
}

/// Returns whether a text has nothing but white space, and perhaps a byte order mark.
pub fn is_blank(text: &str) -> bool {
    text.strip_prefix(BYTE_ORDER_MARK)
        .unwrap_or(text)
        .trim()
        .is_empty()
}

/// Returns whether a text is JSON with comments, as editors read it, and no key comes twice.
pub fn is_readable(text: &str) -> bool {
    let body = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    let parsed = jsonc_parser::parse_to_ast(
        body,
        &Default::default(),
        &jsonc_parser::ParseOptions::default(),
    );
    parsed.is_ok_and(|parsed| parsed.value.is_some_and(|root| has_each_key_once(&root)))
}

/// Explains a parse error in the words of a person who writes JSON by hand.
fn explain(text: &str, error: &serde_json::Error) -> InvalidDocument {
    let line = error.line().max(1);
    let at = text.lines().nth(line - 1).unwrap_or_default();
    let here = at
        .get(error.column().saturating_sub(1)..)
        .unwrap_or_default();
    let what = if here.starts_with("//") || here.starts_with("/*") || here.starts_with('#') {
        "a comment, which strict JSON does not have".to_owned()
    } else if here.starts_with("<<<<<<<")
        || here.starts_with("=======")
        || here.starts_with(">>>>>>>")
    {
        "a conflict marker".to_owned()
    } else if error.to_string().starts_with("trailing comma") {
        "a trailing comma, which strict JSON does not have".to_owned()
    } else {
        let words = error.to_string();
        let words = words.split(" at line ").next().unwrap_or(&words);
        match words.strip_prefix("EOF while parsing ") {
            Some("a value") => "the file ends where a value has to be".to_owned(),
            Some(inside) => format!("the file ends inside {inside}"),
            None => words.to_owned(),
        }
    };
    InvalidDocument { line, what }
}

/// Returns whether no key comes twice in an object.
fn has_each_key_once(value: &ast::Value<'_>) -> bool {
    match value {
        ast::Value::Object(object) => {
            let mut known = HashSet::new();
            let mut properties = object.properties.iter();
            properties.all(|property| {
                known.insert(property.name.as_str()) && has_each_key_once(&property.value)
            })
        }
        ast::Value::Array(array) => array.elements.iter().all(has_each_key_once),
        _ => true,
    }
}

/// Finds where the values of a text are. The text is known to be JSON that isn't nested too deep.
struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl Scanner<'_> {
    fn value(&mut self) -> Result<Node, InvalidDocument> {
        let start = self.skip_white_space();
        let kind = match self.byte() {
            b'{' => self.object()?,
            b'[' => self.array()?,
            b'"' => {
                self.skip_string();
                NodeKind::Scalar
            }
            _ => {
                let rest = &self.text.as_bytes()[start..];
                let ends =
                    |byte: &u8| matches!(byte, b',' | b']' | b'}' | b' ' | b'\t' | b'\n' | b'\r');
                self.at += rest.iter().position(ends).unwrap_or(rest.len());
                NodeKind::Scalar
            }
        };
        Ok(Node {
            span: start..self.at,
            kind,
        })
    }

    fn object(&mut self) -> Result<NodeKind, InvalidDocument> {
        let mut properties = IndexMap::default();
        while self.enters(b'}') {
            let start = self.at;
            self.skip_string();
            let key_span = start..self.at;
            let written = &self.text[key_span.start + 1..key_span.end - 1];
            let key = match written.contains('\\') {
                false => written.to_owned(),
                true => serde_json::from_str(&self.text[key_span.clone()])
                    .expect("a string was read before"),
            };
            self.skip_white_space();
            self.at += 1;
            let value = self.value()?;
            match properties.entry(key) {
                Entry::Vacant(vacant) => vacant.insert(Property { key_span, value }),
                Entry::Occupied(known) => {
                    let (line, key) = (line_of(self.text, key_span.start), known.key());
                    return Err(InvalidDocument {
                        line,
                        what: format!("the key `{key}` for the second time"),
                    });
                }
            };
        }
        Ok(NodeKind::Object(properties))
    }

    fn array(&mut self) -> Result<NodeKind, InvalidDocument> {
        let mut elements = Vec::new();
        while self.enters(b']') {
            elements.push(self.value()?);
        }
        Ok(NodeKind::Array(elements))
    }

    /// Goes on to a container's next child. Returns whether there is one; else the container ended.
    fn enters(&mut self, close: u8) -> bool {
        self.skip_white_space();
        let byte = self.byte();
        // The opening bracket, or a comma.
        let is_before = byte != close;
        self.at += 1;
        if is_before {
            self.skip_white_space();
            // An empty one.
            if self.byte() == close {
                self.at += 1;
                return false;
            }
        }
        is_before
    }

    fn skip_string(&mut self) {
        self.at += 1;
        loop {
            let rest = &self.text.as_bytes()[self.at..];
            let next =
                memchr::memchr2(b'"', b'\\', rest).expect("a string that was read before ends");
            let is_escape = rest[next] == b'\\';
            self.at += next + if is_escape { 2 } else { 1 };
            if !is_escape {
                return;
            }
        }
    }

    fn skip_white_space(&mut self) -> usize {
        let rest = &self.text.as_bytes()[self.at..];
        let is_white = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
        self.at += rest
            .iter()
            .position(|byte| !is_white(byte))
            .unwrap_or(rest.len());
        self.at
    }

    fn byte(&self) -> u8 {
        self.text.as_bytes()[self.at]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(text: &str, message: &str) {
        assert_eq!(Document::parse(text).unwrap_err().to_string(), message);
    }

    #[test]
    fn what_an_agent_would_not_read_is_refused_with_its_line() {
        refused(
            "{\n  // why\n  \"a\": 1\n}",
            "line 2: a comment, which strict JSON does not have",
        );
        refused(
            "{\n  \"a\": 1, # why\n}",
            "line 2: a comment, which strict JSON does not have",
        );
        refused(
            "{\n  \"a\": 1,\n}",
            "line 3: a trailing comma, which strict JSON does not have",
        );
        refused("{\n<<<<<<< ours\n}", "line 2: a conflict marker");
        refused(
            "{\n\"a\": 1,\n\"a\": 2}",
            "line 3: the key `a` for the second time",
        );
        refused(
            "{\"a\": {\"b\": 1, \"\\u0062\": 2}}",
            "line 1: the key `b` for the second time",
        );
        refused("{} {}", "line 1: trailing characters");
        refused("", "line 1: the file ends where a value has to be");
        refused("{'a': 1}", "line 1: key must be a string");
        refused(&"[".repeat(10_000), "line 1: recursion limit exceeded");
    }

    #[test]
    fn spans_count_from_the_texts_start_even_behind_a_byte_order_mark() {
        let text = "\u{feff} {\"a\": [1, 2]}";
        let document = Document::parse(text).unwrap();
        assert_eq!(&text[document.root().span.clone()], "{\"a\": [1, 2]}");
        let NodeKind::Object(properties) = &document.root().kind else {
            panic!()
        };
        assert_eq!(&text[properties[0].value.span.clone()], "[1, 2]");
    }
}
