//! What happens to a document, value by value. A plan is spliced as text and computed as a value,
//! independently of each other, so that one can be checked against the other.

use std::ops::Range;

use serde_json::{Map, Value};

use super::document::{Document, Node, NodeKind};
use crate::merge::pieces::Side;

/// A value of a document, with its key where it is a property.
#[derive(Clone, Copy, Debug)]
pub struct ValueItem<'a> {
    pub key: Option<Key<'a>>,
    pub node: &'a Node,
    pub value: &'a Value,
}

/// A property's key.
#[derive(Clone, Copy, Debug)]
pub struct Key<'a> {
    /// Unescaped.
    pub name: &'a str,
    /// As it is written, with its quotes.
    pub span: &'a Range<usize>,
}

/// What happens to one value of the document whose bytes stay.
#[derive(Clone, Debug)]
pub enum ValuePlan<'a> {
    Keep,
    Replace(ValueOrigin<'a>),
    /// It becomes the empty container that it was before a merge filled it, with these bytes.
    Restore(String),
    /// Both sides changed it.
    Contest(ValueConflict<'a>),
    /// It stays a container, with these children.
    Children(Vec<Slot<'a>>),
}

/// A child of a container in the result.
#[derive(Clone, Debug)]
pub enum Slot<'a> {
    /// The container's child of this index.
    Kept(usize, ValuePlan<'a>),
    /// A child that the container did not have.
    New(Option<Key<'a>>, ValueOrigin<'a>),
    /// The container's child of this index, which the other side dropped.
    Dropped(usize, Dispute),
    /// A child of the other side, which this side dropped.
    Missed(ValueItem<'a>, Dispute),
}

/// What a value that is new here is made of: a value of the other side, or parts of one.
#[derive(Clone, Debug)]
pub enum ValueOrigin<'a> {
    Whole(ValueItem<'a>),
    /// An object of these properties.
    Object(Vec<(Key<'a>, ValueOrigin<'a>)>),
    Array(Vec<ValueOrigin<'a>>),
}

/// A place that nothing settles.
#[derive(Clone, Debug)]
pub struct Dispute {
    /// A JSON pointer.
    pub pointer: String,
    pub base: Option<Range<usize>>,
}

/// Two values for one place.
#[derive(Clone, Debug)]
pub struct ValueConflict<'a> {
    pub dispute: Dispute,
    pub other: ValueItem<'a>,
}

impl<'a> ValueItem<'a> {
    pub fn root(document: &'a Document<'_>) -> Self {
        Self {
            key: None,
            node: document.root(),
            value: document.value(),
        }
    }

    /// Returns the values in a container, in order.
    pub fn children(self) -> Vec<Self> {
        match (&self.node.kind, self.value) {
            (NodeKind::Object(properties), Value::Object(values)) => {
                let pairs = properties.iter().zip(values.values());
                let item = |((name, property), value): (
                    (&'a String, &'a super::document::Property),
                    &'a Value,
                )| Self {
                    key: Some(Key {
                        name,
                        span: &property.key_span,
                    }),
                    node: &property.value,
                    value,
                };
                pairs.map(item).collect()
            }
            (NodeKind::Array(nodes), Value::Array(values)) => nodes
                .iter()
                .zip(values)
                .map(|(node, value)| Self {
                    key: None,
                    node,
                    value,
                })
                .collect(),
            _ => Vec::new(),
        }
    }

    pub fn property(self, name: &str) -> Option<Self> {
        let (NodeKind::Object(properties), Value::Object(values)) = (&self.node.kind, self.value)
        else {
            return None;
        };
        let (_, name, property) = properties.get_full(name)?;
        let key = Some(Key {
            name,
            span: &property.key_span,
        });
        Some(Self {
            key,
            node: &property.value,
            value: values.get(name)?,
        })
    }

    pub fn element(self, index: usize) -> Option<Self> {
        let (NodeKind::Array(nodes), Value::Array(values)) = (&self.node.kind, self.value) else {
            return None;
        };
        Some(Self {
            key: None,
            node: nodes.get(index)?,
            value: values.get(index)?,
        })
    }
}

impl ValuePlan<'_> {
    /// Returns what `here` becomes, with its own value in every conflict, or the other document's.
    pub fn value(&self, here: &Value, take_other: bool) -> Value {
        match self {
            Self::Keep => here.clone(),
            Self::Contest(contest) if take_other => contest.other.value.clone(),
            Self::Contest(_) => here.clone(),
            Self::Replace(source) => source.value(),
            // The restored bytes may be those of a blank file.
            Self::Restore(bytes) => Document::of_file(bytes)
                .map(Document::into_value)
                .unwrap_or_default(),
            Self::Children(slots) => container(slots, here, take_other),
        }
    }

    pub fn is_clean(&self) -> bool {
        match self {
            Self::Contest(_) => false,
            Self::Keep | Self::Replace(_) | Self::Restore(_) => true,
            Self::Children(slots) => slots.iter().all(|slot| match slot {
                Slot::Kept(_, plan) => plan.is_clean(),
                Slot::New(..) => true,
                Slot::Dropped(..) | Slot::Missed(..) => false,
            }),
        }
    }
}

fn container(slots: &[Slot<'_>], here: &Value, take_other: bool) -> Value {
    let children: Vec<(&str, &Value)> = match here {
        Value::Object(properties) => properties
            .iter()
            .map(|(key, value)| (key.as_str(), value))
            .collect(),
        Value::Array(elements) => elements.iter().map(|element| ("", element)).collect(),
        _ => Vec::new(),
    };
    let result = slots.iter().filter_map(|slot| match slot {
        Slot::Kept(index, plan) => children
            .get(*index)
            .map(|(key, child)| (*key, plan.value(child, take_other))),
        Slot::New(key, source) => Some((key.map_or("", |key| key.name), source.value())),
        Slot::Dropped(index, _) if !take_other => children
            .get(*index)
            .map(|(key, child)| (*key, (*child).clone())),
        Slot::Missed(item, _) if take_other => {
            Some((item.key.map_or("", |key| key.name), item.value.clone()))
        }
        Slot::Dropped(..) | Slot::Missed(..) => None,
    });
    match here {
        Value::Object(_) => Value::Object(
            result
                .map(|(key, value)| (key.to_owned(), value))
                .collect::<Map<_, _>>(),
        ),
        _ => Value::Array(result.map(|(_, value)| value).collect()),
    }
}

impl ValueOrigin<'_> {
    fn value(&self) -> Value {
        match self {
            Self::Whole(item) => item.value.clone(),
            Self::Object(properties) => Value::Object(
                properties
                    .iter()
                    .map(|(key, source)| (key.name.to_owned(), source.value()))
                    .collect(),
            ),
            Self::Array(elements) => Value::Array(elements.iter().map(Self::value).collect()),
        }
    }
}

/// Which side's bytes stay, and which side's are taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Roles {
    pub here: Side,
    pub other: Side,
}

impl Roles {
    pub const USUAL: Self = Self {
        here: Side::Ours,
        other: Side::Theirs,
    };
    pub const SWAPPED: Self = Self {
        here: Side::Theirs,
        other: Side::Ours,
    };
}
