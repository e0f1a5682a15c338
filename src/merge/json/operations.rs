//! What is done to ours, value by value: the result of a decision, before it is written.

use std::collections::BTreeMap;

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
}
