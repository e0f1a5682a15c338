//! A TOML document as a value and as nodes with the places that the parser found.
//!
//! A table can be written in many places: below its header, below those of its sub-tables, and by
//! dotted keys. So a node of a table has no place; its header and its items have.

use std::ops::Range;

use foldhash::HashMap;
use foldhash::fast::RandomState;
use indexmap::IndexMap;
use serde_json::{Map, Number, Value};
use toml_edit::{ArrayOfTables, InlineTable, Item, TableLike};

use super::scalars::special;
use crate::merge::invalid::InvalidDocument;
use crate::model::document::line_of;
use crate::model::pointer::escaped;

/// How deep values may be nested: as deep as `serde_json` reads them.
const DEEPEST: usize = 127;

pub const BYTE_ORDER_MARK: char = '\u{feff}';

/// A TOML document.
#[derive(Clone, Debug)]
pub struct Document<'a> {
    text: &'a str,
    root: Node,
    value: Value,
}

/// A value, and where it is written.
#[derive(Clone, Debug)]
pub enum Node {
    Scalar(Range<usize>),
    /// `[ … ]`, with the elements in their order.
    Array(Range<usize>, Vec<Node>),
    /// `{ … }`.
    Inline(Range<usize>, Keys),
    Table(Table),
    /// An array of tables, `[[…]]`.
    Tables(Vec<Table>),
}

/// A table that isn't one value: it has a header, or dotted keys and sub-tables make it.
#[derive(Clone, Debug)]
pub struct Table {
    /// The header with its brackets.
    pub header: Option<Range<usize>>,
    pub keys: Keys,
}

/// The properties of a table by their names.
pub type Keys = IndexMap<String, Property, RandomState>;

#[derive(Clone, Debug)]
pub struct Property {
    /// From the first of its dotted keys to the end of its value; `None` for a table that isn't one
    /// value.
    pub item: Option<Range<usize>>,
    pub node: Node,
}

/// A header or an item that isn't inside a value.
#[derive(Clone, Debug)]
pub struct Statement {
    /// The JSON pointer of the table, or of the item's value.
    pub pointer: String,
    pub place: Range<usize>,
    pub is_header: bool,
}

impl<'a> Document<'a> {
    /// Parses a text, which may start with a byte order mark.
    ///
    /// # Errors
    /// With the line, where it isn't TOML, or values are nested deeper than 127.
    pub fn parse(text: &'a str) -> Result<Self, InvalidDocument> {
        if is_too_deep(text) {
            return Err(too_deep(1));
        }
        let document = toml_edit::Document::parse(text).map_err(|error| explain(text, &error))?;
        let reader = Reader { text };
        let (keys, value) = reader.table(document.as_table(), 0)?;
        Ok(Self {
            text,
            root: Node::Table(Table { header: None, keys }),
            value,
        })
    }

    pub fn text(&self) -> &'a str {
        self.text
    }

    pub fn root(&self) -> &Node {
        &self.root
    }

    pub fn value(&self) -> &Value {
        &self.value
    }

    pub fn into_value(self) -> Value {
        self.value
    }

    /// Returns all values and headers with their places, the outer before the inner. A value that
    /// has a key has its place with it.
    pub fn places(&self) -> Vec<(String, Range<usize>)> {
        let mut places = Vec::new();
        collect(&self.root, "", None, &mut |pointer, place, _| {
            places.push((pointer.to_owned(), place.clone()));
        });
        places
    }

    /// Returns the headers and the items that aren't inside values, in the order of the text.
    pub fn statements(&self) -> Vec<Statement> {
        let mut statements = Vec::new();
        collect(&self.root, "", None, &mut |pointer, place, kind| {
            let is_header = match kind {
                PlaceKind::Header => true,
                PlaceKind::Item => false,
                PlaceKind::Inner => return,
            };
            statements.push(Statement {
                pointer: pointer.to_owned(),
                place: place.clone(),
                is_header,
            });
        });
        statements.sort_by_key(|statement| statement.place.start);
        statements
    }

    /// Returns the node of the value at a pointer.
    pub fn node(&self, keys: &[String]) -> Option<&Node> {
        let mut node = &self.root;
        for key in keys {
            node = match node {
                Node::Scalar(_) | Node::Tables(_) => return None,
                Node::Array(_, elements) => elements.get(key.parse::<usize>().ok()?)?,
                Node::Inline(_, keys) | Node::Table(Table { keys, .. }) => &keys.get(key)?.node,
            };
        }
        Some(node)
    }
}

impl Node {
    /// Returns where it is written as one value.
    pub fn span(&self) -> Option<&Range<usize>> {
        match self {
            Self::Scalar(span) | Self::Array(span, _) | Self::Inline(span, _) => Some(span),
            Self::Table(_) | Self::Tables(_) => None,
        }
    }
}

/// Returns the headers and items that a node is made of, but not what is inside values. Of an
/// inline table, it is the items between its brackets.
pub fn items_of(node: &Node) -> Vec<Range<usize>> {
    let mut items = Vec::new();
    let mut visit = |_: &str, place: &Range<usize>, kind| {
        if kind != PlaceKind::Inner {
            items.push(place.clone());
        }
    };
    match node {
        Node::Inline(_, keys) => properties(keys, "", None, &mut visit),
        node => collect(node, "", None, &mut visit),
    }
    items
}

/// What stands at a place.
#[derive(Clone, Copy, PartialEq, Eq)]
enum PlaceKind {
    Header,
    Item,
    /// Something inside a value.
    Inner,
}

/// Visits the places of a node and of what is in it.
fn collect(
    node: &Node,
    pointer: &str,
    kind: Option<PlaceKind>,
    visit: &mut impl FnMut(&str, &Range<usize>, PlaceKind),
) {
    match node {
        Node::Scalar(_) => {}
        Node::Array(_, elements) => {
            for (index, element) in elements.iter().enumerate() {
                let pointer = format!("{pointer}/{index}");
                if let Some(span) = element.span() {
                    visit(&pointer, span, PlaceKind::Inner);
                }
                collect(element, &pointer, Some(PlaceKind::Inner), visit);
            }
        }
        Node::Inline(_, keys) => properties(keys, pointer, Some(PlaceKind::Inner), visit),
        Node::Table(table) => self::table(table, pointer, kind, visit),
        Node::Tables(tables) => {
            for (index, element) in tables.iter().enumerate() {
                self::table(element, &format!("{pointer}/{index}"), kind, visit);
            }
        }
    }
}

fn table(
    table: &Table,
    pointer: &str,
    kind: Option<PlaceKind>,
    visit: &mut impl FnMut(&str, &Range<usize>, PlaceKind),
) {
    if let Some(header) = &table.header {
        visit(pointer, header, PlaceKind::Header);
    }
    properties(&table.keys, pointer, kind, visit);
}

fn properties(
    keys: &Keys,
    pointer: &str,
    kind: Option<PlaceKind>,
    visit: &mut impl FnMut(&str, &Range<usize>, PlaceKind),
) {
    for (name, property) in keys {
        let pointer = format!("{pointer}/{}", escaped(name));
        if let Some(item) = &property.item {
            visit(&pointer, item, kind.unwrap_or(PlaceKind::Item));
        }
        collect(&property.node, &pointer, kind, visit);
    }
}

/// Turns what the parser read into nodes and values.
struct Reader<'a> {
    text: &'a str,
}

impl Reader<'_> {
    fn table(
        &self,
        table: &toml_edit::Table,
        depth: usize,
    ) -> Result<(Keys, Value), InvalidDocument> {
        let (mut keys, mut values) = (Keys::default(), Map::new());
        for (name, item) in table.iter() {
            let at = span_of_key(table, name);
            let depth = self.below(depth, &at)?;
            let (item, node, value) = match item {
                Item::None => continue,
                Item::Value(value) => {
                    let start = self.start_of_line(at.start);
                    let (node, value) = self.value(value, depth)?;
                    let end = node.span().map_or(at.end, |span| span.end);
                    (Some(start..end), node, value)
                }
                Item::Table(inner) => {
                    let (table, value) = self.sub_table(inner, depth)?;
                    (None, Node::Table(table), value)
                }
                Item::ArrayOfTables(tables) => {
                    let (node, value) = self.tables(tables, depth)?;
                    (None, node, value)
                }
            };
            keys.insert(name.to_owned(), Property { item, node });
            values.insert(name.to_owned(), value);
        }
        Ok((keys, Value::Object(values)))
    }

    fn sub_table(
        &self,
        inner: &toml_edit::Table,
        depth: usize,
    ) -> Result<(Table, Value), InvalidDocument> {
        let has_header = !inner.is_implicit() && !inner.is_dotted();
        let (keys, value) = self.table(inner, depth)?;
        let header = inner.span().filter(|_| has_header);
        Ok((Table { header, keys }, value))
    }

    fn tables(
        &self,
        tables: &ArrayOfTables,
        depth: usize,
    ) -> Result<(Node, Value), InvalidDocument> {
        let (mut nodes, mut values) = (Vec::new(), Vec::new());
        for element in tables.iter() {
            let depth = self.below(depth, &element.span().unwrap_or_default())?;
            let (node, value) = self.sub_table(element, depth)?;
            nodes.push(node);
            values.push(value);
        }
        Ok((Node::Tables(nodes), Value::Array(values)))
    }

    fn value(
        &self,
        value: &toml_edit::Value,
        depth: usize,
    ) -> Result<(Node, Value), InvalidDocument> {
        let span = value.span().unwrap_or_default();
        let scalar = match value {
            toml_edit::Value::Array(array) => return self.array(array, span, depth),
            toml_edit::Value::InlineTable(table) => return self.inline(table, span, depth),
            toml_edit::Value::String(text) => super::scalars::string(text.value()),
            toml_edit::Value::Integer(number) => Value::from(*number.value()),
            toml_edit::Value::Boolean(yes) => Value::Bool(*yes.value()),
            toml_edit::Value::Datetime(time) => special(&time.value().to_string()),
            toml_edit::Value::Float(number) => float(*number.value()),
        };
        Ok((Node::Scalar(span), scalar))
    }

    fn array(
        &self,
        array: &toml_edit::Array,
        span: Range<usize>,
        depth: usize,
    ) -> Result<(Node, Value), InvalidDocument> {
        let depth = self.below(depth, &span)?;
        let (mut nodes, mut values) = (Vec::new(), Vec::new());
        for element in array.iter() {
            let (node, value) = self.value(element, depth)?;
            nodes.push(node);
            values.push(value);
        }
        Ok((Node::Array(span, nodes), Value::Array(values)))
    }

    fn inline(
        &self,
        table: &InlineTable,
        span: Range<usize>,
        depth: usize,
    ) -> Result<(Node, Value), InvalidDocument> {
        let starts = self.starts(table, span.start + 1);
        let (keys, value) = self.inline_keys(table, &starts, depth)?;
        Ok((Node::Inline(span, keys), value))
    }

    fn inline_keys(
        &self,
        table: &InlineTable,
        starts: &HashMap<usize, usize>,
        depth: usize,
    ) -> Result<(Keys, Value), InvalidDocument> {
        let (mut keys, mut values) = (Keys::default(), Map::new());
        for (name, value) in table.iter() {
            let at = span_of_key(table, name);
            let depth = self.below(depth, &at)?;
            let (item, node, value) = match value {
                toml_edit::Value::InlineTable(inner) if inner.is_dotted() => {
                    let (keys, value) = self.inline_keys(inner, starts, depth)?;
                    (None, Node::Table(Table { header: None, keys }), value)
                }
                written => {
                    let (node, value) = self.value(written, depth)?;
                    let start = starts.get(&at.start).copied().unwrap_or(at.start);
                    let end = node.span().map_or(at.end, |span| span.end);
                    (Some(start..end), node, value)
                }
            };
            keys.insert(name.to_owned(), Property { item, node });
            values.insert(name.to_owned(), value);
        }
        Ok((keys, Value::Object(values)))
    }

    /// Returns where the items of an inline table start, by where their last keys do.
    fn starts(&self, table: &InlineTable, open: usize) -> HashMap<usize, usize> {
        let mut items = Vec::new();
        for (keys, value) in table.get_values() {
            let key = keys.last().and_then(|key| key.span());
            if let (Some(key), Some(value)) = (key, value.span()) {
                items.push((key.start, value.end));
            }
        }
        items.sort_unstable();
        let mut starts = HashMap::default();
        let mut before = open;
        for (key, end) in items {
            let start = skip_trivia(self.text, before);
            let start = match self.text[start..].starts_with(',') {
                true => skip_trivia(self.text, start + 1),
                false => start,
            };
            starts.insert(key, start);
            before = end;
        }
        starts
    }

    /// Returns where what the line of `offset` says starts.
    fn start_of_line(&self, offset: usize) -> usize {
        let line = line_start(self.text, offset);
        let rest = &self.text[line..];
        line + rest.len() - rest.trim_start_matches([' ', '\t']).len()
    }

    /// Returns the depth one level down, if it may be read.
    fn below(&self, depth: usize, at: &Range<usize>) -> Result<usize, InvalidDocument> {
        match depth < DEEPEST {
            true => Ok(depth + 1),
            false => Err(too_deep(line_of(self.text, at.start))),
        }
    }
}

fn span_of_key(table: &dyn TableLike, name: &str) -> Range<usize> {
    let key = table.get_key_value(name).and_then(|(key, _)| key.span());
    key.unwrap_or_default()
}

fn float(number: f64) -> Value {
    match Number::from_f64(number) {
        Some(number) => Value::Number(number),
        None if number.is_nan() => special("nan"),
        None if number.is_sign_negative() => special("-inf"),
        None => special("inf"),
    }
}

/// Returns where white space, newlines and comments end.
pub fn skip_trivia(text: &str, from: usize) -> usize {
    let mut at = from;
    loop {
        let rest = &text[at..];
        at += rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
        if !text[at..].starts_with('#') {
            return at;
        }
        at = memchr::memchr(b'\n', &text.as_bytes()[at..]).map_or(text.len(), |end| at + end);
    }
}

/// Returns where the line of `offset` starts, behind the byte order mark.
pub fn line_start(text: &str, offset: usize) -> usize {
    let start = memchr::memrchr(b'\n', &text.as_bytes()[..offset]).map_or(0, |at| at + 1);
    match start == 0 && text.starts_with(BYTE_ORDER_MARK) {
        true => BYTE_ORDER_MARK.len_utf8(),
        false => start,
    }
}

/// Returns where the line of `offset` ends, behind its newline.
pub fn line_end(text: &str, offset: usize) -> usize {
    let rest = &text.as_bytes()[offset..];
    memchr::memchr(b'\n', rest).map_or(text.len(), |at| offset + at + 1)
}

fn too_deep(line: usize) -> InvalidDocument {
    InvalidDocument {
        line,
        what: format!("invalid TOML: values nested deeper than {DEEPEST}"),
    }
}

/// Returns whether brackets and dots alone could nest values so deep that the parser's tree could
/// not be dropped. The parser bounds the brackets, and the keys with dots; but not both together.
fn is_too_deep(text: &str) -> bool {
    const MOST: usize = 4 * DEEPEST;
    let bytes = text.as_bytes();
    // The dots since the last comma or newline, in each bracket that is open.
    let (mut open, mut dots, mut total) = (Vec::new(), 0_usize, 0_usize);
    let mut at = 0;
    while let Some(found) = next_structural(&bytes[at..]) {
        at += found;
        match bytes[at] {
            b'#' => at = memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |end| at + end),
            quote @ (b'"' | b'\'') => at = string_end(bytes, at, quote),
            byte => {
                at += 1;
                match byte {
                    b'{' | b'[' => {
                        total += 1;
                        open.push(std::mem::take(&mut dots));
                    }
                    b'}' | b']' => {
                        total = total.saturating_sub(1 + dots);
                        dots = open.pop().unwrap_or_default();
                    }
                    b'.' => {
                        total += 1;
                        dots += 1;
                    }
                    _ => total -= std::mem::take(&mut dots).min(total),
                }
            }
        }
        if total > MOST {
            return true;
        }
    }
    false
}

fn next_structural(bytes: &[u8]) -> Option<usize> {
    let is_structural = |byte: &u8| {
        matches!(
            byte,
            b'#' | b'"' | b'\'' | b'{' | b'}' | b'[' | b']' | b'.' | b',' | b'\n'
        )
    };
    bytes.iter().position(is_structural)
}

/// Returns where a string ends that starts at `at`: on its line, unless it has three quotes.
fn string_end(bytes: &[u8], at: usize, quote: u8) -> usize {
    let is_long = bytes[at..].starts_with(&[quote; 3]);
    let mut at = at + if is_long { 3 } else { 1 };
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' if quote == b'"' => at += 1,
            b'\n' if !is_long => return at,
            _ if byte != quote => {}
            _ if !is_long => return at + 1,
            _ if bytes[at..].starts_with(&[quote; 3]) => {
                let run = bytes[at..].iter().take_while(|&&byte| byte == quote);
                return at + run.count().min(5);
            }
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}

/// Explains why a text isn't TOML.
fn explain(text: &str, error: &toml_edit::TomlError) -> InvalidDocument {
    let at = error.span().map_or(text.len(), |span| span.start);
    let line = line_of(text, at);
    let here = &text[line_start(text, at.min(text.len()))..];
    let is_marker = ["<<<<<<<", "=======", ">>>>>>>", "|||||||"]
        .iter()
        .any(|marker| here.starts_with(marker));
    let what = match error.message().lines().collect::<Vec<_>>().join("; ") {
        _ if is_marker => "a conflict marker".to_owned(),
        message if message == "duplicate key" => {
            let key = error.span().and_then(|span| text.get(span));
            format!("the key `{}` for the second time", key.unwrap_or_default())
        }
        message => message,
    };
    InvalidDocument {
        line,
        what: format!("invalid TOML: {what}"),
    }
}

/// Returns whether a text ends in a line without a newline.
pub fn is_unended(text: &str) -> bool {
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    !text.is_empty() && !text.ends_with('\n')
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn refused(text: &str, message: &str) {
        assert_eq!(Document::parse(text).unwrap_err().to_string(), message);
    }

    #[test]
    fn what_is_not_toml_is_refused_with_its_line() {
        refused(
            "a = 1\n\na = 2\n",
            "line 3: invalid TOML: the key `a` for the second time",
        );
        refused(
            "[a]\n[b]\n[a]\n",
            "line 3: invalid TOML: the key `a` for the second time",
        );
        refused(
            "[a]\nb.c = 1\n[a.b]\n",
            "line 3: invalid TOML: the key `b` for the second time",
        );
        refused(
            "a = 1\n<<<<<<< x\n",
            "line 2: invalid TOML: a conflict marker",
        );
        refused(
            "a = {b = 1}\n[a.c]\n",
            "line 2: invalid TOML: cannot extend value of type inline table with a dotted key",
        );
        refused(
            &format!("a = {}{}", "[".repeat(10_000), "]".repeat(10_000)),
            "line 1: invalid TOML: values nested deeper than 127",
        );
    }

    #[test]
    fn values_that_json_has_no_type_for_are_themselves_alone() {
        let text = "a = 1979-05-27 07:32:00Z\nb = 1979-05-27T07:32:00Z\nc = \"1979-05-27T07:32:00Z\"\nd = inf\ne \
                    = \"inf\"\nf = 0x10\ng = 1_6\nh = 16.0\n";
        let document = Document::parse(text).unwrap();
        let value = document.value();
        assert_eq!(value["a"], value["b"]);
        assert_ne!(value["a"], value["c"]);
        assert_ne!(value["d"], value["e"]);
        assert_eq!(value["f"], value["g"]);
        assert_ne!(value["g"], value["h"]);
        assert_eq!(
            (&value["c"], &value["g"]),
            (&json!("1979-05-27T07:32:00Z"), &json!(16))
        );
    }

    #[test]
    fn items_have_their_places_with_all_their_keys() {
        let text = "\u{feff}  a . b = { x.y=1, x . \"z\" = [2] }\r\n[t] # why\r\n";
        let document = Document::parse(text).unwrap();
        let places: Vec<(String, &str)> = document
            .places()
            .into_iter()
            .map(|(pointer, place)| (pointer, &text[place]))
            .collect();
        let places: Vec<(&str, &str)> = places.iter().map(|(a, b)| (a.as_str(), *b)).collect();
        assert_eq!(
            places,
            [
                ("/a/b", "a . b = { x.y=1, x . \"z\" = [2] }"),
                ("/a/b/x/y", "x.y=1"),
                ("/a/b/x/z", "x . \"z\" = [2]"),
                ("/a/b/x/z/0", "2"),
                ("/t", "[t]"),
            ]
        );
    }

    #[test]
    fn nesting_is_bounded_before_it_is_read() {
        let dotted = |count: usize| vec!["a"; count].join(".");
        for text in [
            format!("[{}]", dotted(100_000)),
            format!("{} = 1", dotted(100_000)),
            format!(
                "x = {}1{}",
                format!("{{{} = ", dotted(70)).repeat(70),
                "}".repeat(70)
            ),
            format!("x = {}", "{a=".repeat(100_000)),
            format!("x = {}", "[".repeat(100_000)),
            "[[a.b]]\n".to_owned() + &"[[a.b]]\n".repeat(1000) + &dotted(79) + " = 1",
        ] {
            _ = Document::parse(&text);
        }
        assert!(Document::parse(&format!("{} = 1", dotted(70))).is_ok());
        let many = "[mcp_servers.x.y]\na.b = 1.5 # [[[[\nc = '[[[' \n".to_owned();
        assert!(!is_too_deep(&many.repeat(1000)));
    }
}
