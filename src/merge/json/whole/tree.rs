//! The values of several documents, numbered so that equal values have equal numbers.

use foldhash::HashMap;

use serde_json::Value;

use crate::merge::json::document::{Document, NodeKind};
use crate::merge::json::plan::ValueItem;

/// A document whose values have numbers.
#[derive(Debug)]
pub struct Numbered<'a> {
    pub document: &'a Document<'a>,
    pub tree: ValueTree<'a>,
}

/// A value with the values in it.
#[derive(Debug)]
pub struct ValueTree<'a> {
    pub item: ValueItem<'a>,
    /// Equal where the values are equal, whatever the order of their properties.
    pub id: Id,
    pub children: Vec<ValueTree<'a>>,
}

pub type Id = u32;

impl<'a> ValueTree<'a> {
    pub fn property(&self, name: &str) -> Option<&ValueTree<'a>> {
        let NodeKind::Object(properties) = &self.item.node.kind else {
            return None;
        };
        self.children.get(properties.get_index_of(name)?)
    }

    /// Returns the name of a property; empty for an element.
    pub fn name(&self) -> &'a str {
        self.item.key.map_or("", |key| key.name)
    }

    /// Returns whether a value contains another: an object has each of its properties, a list has
    /// as many elements, and each of these contains the other's.
    pub fn contains(&self, other: &Self) -> bool {
        match () {
            () if self.id == other.id => true,
            () if self.is_object() && other.is_object() => other.children.iter().all(|child| {
                self.property(child.name())
                    .is_some_and(|property| property.contains(child))
            }),
            () if self.is_array()
                && other.is_array()
                && self.children.len() == other.children.len() =>
            {
                self.children
                    .iter()
                    .zip(&other.children)
                    .all(|(one, two)| one.contains(two))
            }
            () => false,
        }
    }

    pub fn is_object(&self) -> bool {
        self.item.value.is_object()
    }

    pub fn is_array(&self) -> bool {
        self.item.value.is_array()
    }
}

#[derive(Debug, Default)]
pub struct Numbers<'a>(HashMap<Shape<'a>, Id>);

#[derive(Debug, PartialEq, Eq, Hash)]
enum Shape<'a> {
    Scalar(&'a Value),
    Array(Vec<Id>),
    Object(Vec<(&'a str, Id)>),
}

impl<'a> Numbers<'a> {
    /// Numbers the values of a document.
    pub fn read(&mut self, document: &'a Document<'a>) -> Numbered<'a> {
        Numbered {
            document,
            tree: self.tree(ValueItem::root(document)),
        }
    }

    fn tree(&mut self, item: ValueItem<'a>) -> ValueTree<'a> {
        let children: Vec<ValueTree> = item
            .children()
            .into_iter()
            .map(|child| self.tree(child))
            .collect();
        let shape = match item.value {
            Value::Object(_) => {
                let mut properties: Vec<_> = children
                    .iter()
                    .map(|child| (child.name(), child.id))
                    .collect();
                properties.sort_unstable();
                Shape::Object(properties)
            }
            Value::Array(_) => Shape::Array(children.iter().map(|child| child.id).collect()),
            scalar => Shape::Scalar(scalar),
        };
        let next = Id::try_from(self.0.len()).expect("a document has fewer values than bytes");
        let id = *self.0.entry(shape).or_insert(next);
        ValueTree { item, id, children }
    }
}
