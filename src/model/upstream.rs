//! What the templates of a repo want it to hold: the composed tree, each path with its ownership
//! and provenance.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::name::TemplateName;
use crate::model::path::RelPath;
use crate::model::template::rendered_name;
use crate::model::tree::File;

/// The composition of all templates: what each path should hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Upstream {
    /// What each path should hold.
    pub files: BTreeMap<RelPath, Content>,
    /// Where each hook of each template ended up: identities that survive edits of the entry and
    /// renames of the script.
    pub hooks: BTreeMap<HookName, HookPlace>,
    /// What sources of earlier releases are called now; both names as [`FileOrigin::rendered`] has
    /// them.
    pub renames: BTreeMap<FileOrigin, RelPath>,
    /// Renames that the content of files tells, over versions between the installed one and this.
    pub likely_renames: BTreeMap<FileOrigin, RelPath>,
}

/// What a path should hold, by who owns it.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// One template owns the path.
    Whole(Whole),
    /// Each template owns a block; the bytes between are the team's.
    Blocks(Blocks),
    /// Each template owns entries of a JSON or TOML document; the rest is the team's.
    Keys(Keys),
}

impl Content {
    pub fn as_whole(&self) -> Option<&Whole> {
        match self {
            Self::Whole(whole) => Some(whole),
            Self::Blocks(_) | Self::Keys(_) => None,
        }
    }

    pub fn as_whole_mut(&mut self) -> Option<&mut Whole> {
        match self {
            Self::Whole(whole) => Some(whole),
            Self::Blocks(_) | Self::Keys(_) => None,
        }
    }

    pub fn as_blocks(&self) -> Option<&Blocks> {
        match self {
            Self::Blocks(blocks) => Some(blocks),
            Self::Whole(_) | Self::Keys(_) => None,
        }
    }

    pub fn as_blocks_mut(&mut self) -> Option<&mut Blocks> {
        match self {
            Self::Blocks(blocks) => Some(blocks),
            Self::Whole(_) | Self::Keys(_) => None,
        }
    }

    pub fn as_keys(&self) -> Option<&Keys> {
        match self {
            Self::Keys(keys) => Some(keys),
            Self::Whole(_) | Self::Blocks(_) => None,
        }
    }

    pub fn as_keys_mut(&mut self) -> Option<&mut Keys> {
        match self {
            Self::Keys(keys) => Some(keys),
            Self::Whole(_) | Self::Blocks(_) => None,
        }
    }
}

/// A file that one template owns.
#[derive(Clone, Debug, PartialEq)]
pub struct Whole {
    /// The rendered bytes and the mode.
    pub file: File,
    /// Where it came from.
    pub origin: FileOrigin,
    /// Whether it is given once and the team's afterwards.
    pub seed: bool,
}

/// The source of a rendered file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileOrigin {
    pub template: TemplateName,
    /// The path in the template's source.
    pub source: RelPath,
}

impl FileOrigin {
    /// Returns this source by the name it has without `.jinja`: what manifests call it.
    pub fn rendered(&self) -> Self {
        let short = rendered_name(&self.source).parse();
        Self {
            template: self.template.clone(),
            source: short.unwrap_or_else(|_| self.source.clone()),
        }
    }
}

/// Blocks in a file that the team may own too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocks {
    /// How the file writes comments.
    pub comment: Comment,
    /// The blocks in the order in which new ones are appended.
    pub blocks: Vec<Block>,
}

/// How a file writes comments, and so the markers of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comment {
    /// `<!-- … -->`.
    Html,
    /// `# …`.
    Hash,
}

impl Comment {
    /// Returns how the file at `path` writes comments.
    pub fn of(path: &RelPath) -> Self {
        if path.file_name() == ".gitignore" {
            Self::Hash
        } else {
            Self::Html
        }
    }
}

/// The text between one pair of markers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The template, or composition itself.
    pub owner: TemplateName,
    /// The path in the template's source, unless composition wrote it.
    pub source: Option<RelPath>,
    /// Whole lines that end in `\n`.
    pub text: String,
}

/// Entries of a JSON document, or of a TOML document.
#[derive(Clone, Debug, PartialEq)]
pub struct Keys {
    /// What each template contributes: JSON objects.
    pub parts: BTreeMap<TemplateName, Value>,
    /// Their union: a JSON object.
    pub union: Value,
}

/// A hook's identity: its template and its id there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HookName {
    pub template: TemplateName,
    /// The id in template.toml.
    pub id: String,
}

/// Where a hook is found in the agent's settings.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HookPlace {
    /// The agent's name for the event.
    pub event: String,
    /// The script that the entry's command names.
    pub script: RelPath,
}
