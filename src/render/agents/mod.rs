//! What each agent reads, a file an agent: from a rendered template to contributions to the repo's
//! files.

pub mod claude;
pub mod events;
mod shapes;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::model::path::RelPath;
use crate::model::upstream::{Block, HookName, HookPlace, Whole};

/// What one template contributes to a repo for one agent.
#[derive(Clone, Debug, Default)]
pub struct Contribution {
    /// Files that the template owns.
    pub whole: BTreeMap<RelPath, Whole>,
    /// A block for the root instructions.
    pub root: Option<Block>,
    /// A block for `.gitignore`.
    pub ignore: Option<Block>,
    /// Entries for JSON files: objects, none of them empty.
    pub keys: BTreeMap<RelPath, Value>,
    /// Where the hooks ended up.
    pub hooks: BTreeMap<HookName, HookPlace>,
}
