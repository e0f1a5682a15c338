//! The entries of TOML: keys with their values, and tables with their keys.

use std::ops::Range;

use foldhash::HashSet;
use toml_edit::{ArrayOfTables, Document, Item, TableLike};

use super::Entry;
use crate::merge::text::lines::Text;

/// The keys that tell the elements of an array of tables apart, before their first key does.
const IDENTIFYING: [&str; 2] = ["name", "id"];

/// Returns the keys and tables of a document.
pub fn entries(text: &Text<'_>) -> Option<Vec<Entry>> {
    let source = std::str::from_utf8(text.bytes()).ok()?;
    let document = Document::parse(source).ok()?;
    let mut found = Vec::new();
    collect(&mut found, document.as_table(), &Place::default())?;
    found.sort_by_key(|found| found.span.start);
    let line = |at: usize| text.line_at(at);
    let mut entries: Vec<Entry> = Vec::new();
    let mut at = 0;
    for Found { span, name, what } in found {
        let lines = line(span.start)..line(span.end.saturating_sub(1)) + 1;
        if lines.start < at {
            return None;
        }
        let entry = Entry::text(name, at..lines.start, lines.clone());
        at = lines.end;
        let last = entries.last_mut();
        match (what, last) {
            // A run of elements without names is one text.
            (What::Element, Some(last)) if last.name == entry.name => extend(last, lines.end),
            (What::Key, Some(last)) if last.inner.is_none() && is_table(&last.name) => {
                extend(last, lines.end);
            }
            (What::Key, Some(table)) if is_table(&table.name) => {
                table.tail = lines.end..lines.end;
                table.inner.as_mut()?.push(entry);
            }
            (What::Key | What::Element, _) => entries.push(entry),
            (What::Table, _) => entries.push(Entry {
                inner: Some(Vec::new()),
                ..entry
            }),
        }
    }
    let tables = entries.iter().filter_map(|entry| entry.inner.as_ref());
    let are_told_apart =
        are_told_apart(&entries) && tables.into_iter().all(|keys| are_told_apart(keys));
    are_told_apart.then_some(entries)
}

fn extend(entry: &mut Entry, end: usize) {
    entry.head.end = end;
    entry.tail = end..end;
}

fn are_told_apart(entries: &[Entry]) -> bool {
    let mut known = HashSet::default();
    entries.iter().all(|entry| known.insert(&entry.name))
}

/// A key or a header.
struct Found {
    span: Range<usize>,
    name: Vec<u8>,
    what: What,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Key,
    Table,
    /// A table that is an element of an array, or below one, and has no name of its own.
    Element,
}

/// Where a table is: the keys of the headers above it, and of what is dotted below its header.
#[derive(Clone, Default)]
struct Place {
    table: Vec<u8>,
    dotted: Vec<u8>,
    /// Whether it is below an array whose elements have no names.
    is_nameless: bool,
}

const TABLE: u8 = b'[';
const SEPARATOR: u8 = 0;

fn is_table(name: &[u8]) -> bool {
    name.first() == Some(&TABLE)
}

impl Place {
    fn below(&self, key: &str) -> Self {
        let mut place = self.clone();
        if !self.is_nameless {
            place.table.push(SEPARATOR);
            place.table.extend(key.as_bytes());
        }
        place.dotted.clear();
        place
    }

    fn dotted(&self, key: &str) -> Self {
        let mut place = self.clone();
        place.dotted.push(SEPARATOR);
        place.dotted.extend(key.as_bytes());
        place
    }

    fn name(&self) -> Vec<u8> {
        [&[TABLE], self.table.as_slice()].concat()
    }

    fn what(&self) -> What {
        if self.is_nameless {
            What::Element
        } else {
            What::Table
        }
    }
}

fn collect(found: &mut Vec<Found>, table: &dyn TableLike, place: &Place) -> Option<()> {
    for (name, item) in table.iter() {
        match item {
            Item::None => {}
            Item::Value(value) => {
                let (key, _) = table.get_key_value(name)?;
                found.push(Found {
                    span: key.span()?.start..value.span()?.end,
                    name: place.dotted(name).dotted,
                    what: What::Key,
                });
            }
            Item::Table(inner) if inner.is_dotted() => {
                collect(found, inner, &place.dotted(name))?;
            }
            Item::Table(inner) => {
                let place = place.below(name);
                if !inner.is_implicit() {
                    found.push(Found {
                        span: inner.span()?,
                        name: place.name(),
                        what: place.what(),
                    });
                }
                collect(found, inner, &place)?;
            }
            Item::ArrayOfTables(tables) => {
                let names = names(tables);
                for (index, element) in tables.iter().enumerate() {
                    let mut place = place.below(name);
                    match &names {
                        Some(names) => place = place.below(names[index]),
                        None => place.is_nameless = true,
                    }
                    found.push(Found {
                        span: element.span()?,
                        name: place.name(),
                        what: place.what(),
                    });
                    collect(found, element, &place)?;
                }
            }
        }
    }
    Some(())
}

/// Returns the names of the elements of an array, if each has one and no two the same.
fn names(tables: &ArrayOfTables) -> Option<Vec<&str>> {
    let first = tables.get(0)?.iter().next().map(|(key, _)| key);
    IDENTIFYING.into_iter().chain(first).find_map(|key| {
        let mut names = Vec::new();
        for table in tables {
            names.push(table.get(key)?.as_str()?);
        }
        let mut known = HashSet::default();
        names
            .iter()
            .all(|name| known.insert(*name))
            .then_some(names)
    })
}
