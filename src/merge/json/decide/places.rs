//! One place in three documents.

use crate::merge::json::operations::{Path, PathStep, pointer};

/// The same value in base, in ours and in theirs.
pub struct ThreeValues {
    pub base: Path,
    pub ours: Path,
    pub theirs: Path,
    /// The path where it is keys alone; `None` inside an element of an array.
    pub keys: Option<Vec<String>>,
}

impl ThreeValues {
    pub fn key(&self, key: &str) -> Self {
        let step = [PathStep::Key(key.to_owned())];
        let mut below = self.element(&step, &step, &step);
        below.keys = self
            .keys
            .as_ref()
            .map(|keys| [keys.as_slice(), &[key.to_owned()]].concat());
        below
    }

    pub fn element(&self, base: &[PathStep], ours: &[PathStep], theirs: &[PathStep]) -> Self {
        Self {
            base: [self.base.as_slice(), base].concat(),
            ours: [self.ours.as_slice(), ours].concat(),
            theirs: [self.theirs.as_slice(), theirs].concat(),
            keys: None,
        }
    }

    pub fn pointer(&self) -> String {
        pointer(&self.ours)
    }

    /// Returns the names that policies are declared by.
    pub fn names(&self) -> Vec<String> {
        match (&self.keys, self.ours.last()) {
            (Some(keys), _) => keys.clone(),
            (None, Some(PathStep::Key(key))) => vec![key.clone()],
            (None, _) => Vec::new(),
        }
    }
}
