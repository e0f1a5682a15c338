//! What the templates of a repo want it to hold: the composed tree, each path with its ownership
//! and provenance.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::Error;
use crate::model::name::TemplateName;
use crate::model::path::RelPath;
use crate::model::support::Limit;
use crate::model::template::{TEMPLATE_TOML, rendered_name};
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
    /// What the agents don't get as it is meant, by template.
    pub limits: BTreeMap<TemplateName, Vec<Limit>>,
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
    /// Returns whether a file is of agentpkg's making, and not a file of a template: what
    /// template.toml says, or agentpkg's own.
    pub fn is_of_agentpkg(&self) -> bool {
        self.source.as_str() == TEMPLATE_TOML || self.template == TemplateName::composition()
    }

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
    pub name: BlockName,
    /// The path in the template's source, unless composition wrote it.
    pub source: Option<RelPath>,
    /// Whole lines that end in `\n`.
    pub text: String,
}

/// The name of a block, as its markers have it: `org-baseline`, or `org-baseline/security` for a
/// section.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BlockName {
    /// The template, or composition itself.
    pub template: TemplateName,
    /// Which of a template's rules the block has, where an agent reads rules as sections of its
    /// root instructions. None is the template's own text.
    pub section: Option<SectionName>,
}

impl BlockName {
    /// Returns the name of the block of a template's own text.
    pub fn of(template: &TemplateName) -> Self {
        Self {
            template: template.clone(),
            section: None,
        }
    }
}

impl fmt::Display for BlockName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.section {
            None => self.template.fmt(f),
            Some(section) => write!(f, "{}/{section}", self.template),
        }
    }
}

impl FromStr for BlockName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let Some((template, section)) = text.split_once('/') else {
            return Ok(Self::of(&text.parse()?));
        };
        Ok(Self {
            template: template.parse()?,
            section: Some(section.parse()?),
        })
    }
}

impl TryFrom<String> for BlockName {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<BlockName> for String {
    fn from(name: BlockName) -> Self {
        name.to_string()
    }
}

/// The name of a section: letters, digits and `._-/%`. **It can't end a comment**, so it may stand
/// in a marker.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SectionName(String);

impl SectionName {
    /// Returns the name of a section with a file of the source. What may not stand in a name is
    /// written by its bytes, as in an address: two files never have one name.
    pub fn of_file(path: &str) -> Self {
        let mut name = String::new();
        for byte in path.bytes() {
            let letter = char::from(byte);
            let is_second_dash = letter == '-' && name.ends_with('-');
            match may_name(letter) && letter != '%' && !is_second_dash {
                true => name.push(letter),
                false => name += &format!("%{byte:02X}"),
            }
        }
        Self(name)
    }
}

fn may_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "._-/%".contains(letter)
}

impl fmt::Display for SectionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for SectionName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match !text.is_empty() && !text.contains("--") && text.chars().all(may_name) {
            true => Ok(Self(text.to_owned())),
            false => Err(Error::user(format!(
                "`{text}` is not the name of a section"
            ))),
        }
    }
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

/// Where a hook is found in the settings of agents.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HookPlace {
    /// Claude Code's name for the event.
    pub event: String,
    /// The script that is run.
    pub script: RelPath,
    /// The file that says how the hook runner runs it; none where entries name the script itself.
    #[serde(default)]
    pub file: Option<RelPath>,
}

impl HookPlace {
    /// Returns what the commands of entries name.
    pub fn named(&self) -> &RelPath {
        self.file.as_ref().unwrap_or(&self.script)
    }
}
