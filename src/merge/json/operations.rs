//! What is done to ours, value by value: the result of a decision, before it is written.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::model::pointer::escaped;

/// The steps from a document's root to a value.
pub type Path = Vec<PathStep>;

/// One step down.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PathStep {
    /// Into an object.
    Key(String),
    /// Into an array, by the index in the document as it was parsed.
    Index(usize),
}

/// What to do to ours. Paths are those of the document as it was parsed.
#[derive(Clone, Debug, Default)]
pub struct Operations {
    /// Changes of values that ours has.
    pub changes: BTreeMap<Path, ValueChange>,
    /// Values appended to containers that ours has, in order.
    pub inserts: BTreeMap<Path, Vec<Insert>>,
}

#[derive(Clone, Debug)]
pub enum ValueChange {
    /// It is removed, with its key and its comma.
    Remove,
    Replace(InsertOrigin),
    /// It becomes the empty container that it was before a merge filled it, with these bytes.
    Restore(String),
    /// Both sides changed it.
    Contest {
        base: Option<Path>,
        theirs: Path,
    },
}

/// A value appended to a container.
#[derive(Clone, Debug)]
pub struct Insert {
    /// The property in theirs that gives the key, where the container is an object.
    pub property: Option<Path>,
    pub value: InsertOrigin,
}

/// What an inserted value is made of: a value of theirs, or parts of one.
#[derive(Clone, Debug)]
pub enum InsertOrigin {
    Whole(Path),
    /// An object of these properties.
    Object(Vec<(Path, InsertOrigin)>),
    /// An array of these values.
    Array(Vec<InsertOrigin>),
}

/// Returns the JSON pointer (RFC 6901) of a path.
pub fn pointer(path: &[PathStep]) -> String {
    path.iter()
        .map(|step| match step {
            PathStep::Key(key) => format!("/{}", escaped(key)),
            PathStep::Index(index) => format!("/{index}"),
        })
        .collect()
}

impl Operations {
    /// Drops all operations at and below `path`.
    pub fn forget(&mut self, path: &Path) {
        fn below<T>(map: &BTreeMap<Path, T>, path: &Path) -> Vec<Path> {
            map.range(path.clone()..)
                .map(|(other, _)| other)
                .take_while(|other| other.starts_with(path))
                .cloned()
                .collect()
        }
        for path in below(&self.changes, path) {
            self.changes.remove(&path);
        }
        for path in below(&self.inserts, path) {
            self.inserts.remove(&path);
        }
    }

    /// Returns whether there are operations at or below `path`.
    pub fn touches(&self, path: &Path) -> bool {
        fn is_below<T>(map: &BTreeMap<Path, T>, path: &Path) -> bool {
            map.range(path.clone()..)
                .next()
                .is_some_and(|(other, _)| other.starts_with(path))
        }
        is_below(&self.changes, path) || is_below(&self.inserts, path)
    }

    /// Returns the places that both sides changed.
    pub fn contests(&self) -> Vec<ContestedValue> {
        let mut contests = Vec::new();
        for (path, change) in &self.changes {
            if let ValueChange::Contest { base, theirs } = change {
                contests.push(ContestedValue {
                    ours: pointer(path),
                    base: base.as_deref().map(pointer),
                    theirs: pointer(theirs),
                });
            }
        }
        contests
    }

    /// Returns what ours becomes, with its own value at every contested place, or that of theirs.
    pub fn applied_to(&self, ours: &Value, theirs: &Value, takes_theirs: bool) -> Value {
        let applying = Applying {
            operations: self,
            theirs,
            takes_theirs,
        };
        applying.value(&mut Path::new(), ours)
    }
}

/// The JSON pointers of a value that both sides changed.
#[derive(Clone, Debug)]
pub struct ContestedValue {
    pub ours: String,
    pub base: Option<String>,
    pub theirs: String,
}

/// Carries out operations on values.
struct Applying<'a> {
    operations: &'a Operations,
    theirs: &'a Value,
    takes_theirs: bool,
}

impl Applying<'_> {
    fn value(&self, path: &mut Path, ours: &Value) -> Value {
        if !self.operations.touches(path) {
            return ours.clone();
        }
        match self.operations.changes.get(path) {
            Some(ValueChange::Replace(origin)) => self.origin(origin),
            Some(ValueChange::Restore(_)) if ours.is_array() => Value::Array(Vec::new()),
            Some(ValueChange::Restore(_)) => Value::Object(Map::new()),
            Some(ValueChange::Contest { theirs, .. }) if self.takes_theirs => {
                at(self.theirs, theirs)
            }
            Some(ValueChange::Contest { .. }) => ours.clone(),
            Some(ValueChange::Remove) | None => self.container(path, ours),
        }
    }

    fn container(&self, path: &mut Path, ours: &Value) -> Value {
        let inserts = self.operations.inserts.get(path);
        let inserts = inserts.map(Vec::as_slice).unwrap_or_default();
        match ours {
            Value::Object(properties) => {
                let mut left = Map::new();
                for (key, value) in properties {
                    path.push(PathStep::Key(key.clone()));
                    left.extend(self.child(path, value).map(|value| (key.clone(), value)));
                    path.pop();
                }
                for insert in inserts {
                    let last = insert.property.as_ref().and_then(|path| path.last());
                    if let Some(PathStep::Key(key)) = last {
                        left.insert(key.clone(), self.origin(&insert.value));
                    }
                }
                Value::Object(left)
            }
            Value::Array(elements) => {
                let mut left = Vec::new();
                for (index, value) in elements.iter().enumerate() {
                    path.push(PathStep::Index(index));
                    left.extend(self.child(path, value));
                    path.pop();
                }
                left.extend(inserts.iter().map(|insert| self.origin(&insert.value)));
                Value::Array(left)
            }
            scalar => scalar.clone(),
        }
    }

    /// Returns what a child becomes; `None` where it is removed.
    fn child(&self, path: &mut Path, ours: &Value) -> Option<Value> {
        match self.operations.changes.get(path) {
            Some(ValueChange::Remove) => None,
            _ => Some(self.value(path, ours)),
        }
    }

    fn origin(&self, origin: &InsertOrigin) -> Value {
        match origin {
            InsertOrigin::Whole(path) => at(self.theirs, path),
            InsertOrigin::Object(properties) => {
                let mut object = Map::new();
                for (path, origin) in properties {
                    if let Some(PathStep::Key(key)) = path.last() {
                        object.insert(key.clone(), self.origin(origin));
                    }
                }
                Value::Object(object)
            }
            InsertOrigin::Array(elements) => {
                Value::Array(elements.iter().map(|origin| self.origin(origin)).collect())
            }
        }
    }
}

/// Returns the value at a path.
fn at(root: &Value, path: &[PathStep]) -> Value {
    let mut value = root;
    for step in path {
        let below = match step {
            PathStep::Key(key) => value.get(key),
            PathStep::Index(index) => value.get(*index),
        };
        value = below.unwrap_or(&Value::Null);
    }
    value.clone()
}
