//! Patches of trees of text files, as git writes and reads them.
//!
//! **A patch is applied to exactly the lines that it names, or not at all.** They may have moved;
//! nothing is guessed.

mod apply;
mod quoting;
mod read;
mod write;

#[cfg(test)]
mod laws;

use std::collections::BTreeMap;
use std::fmt;

use similar::{DiffOp, DiffTag, group_diff_ops};

use crate::model::digest::git_blob;
use crate::model::operations::{Algorithm, operations};
use crate::model::path::RelPath;
use crate::model::tree::{File, FileTree};

pub use apply::Misfit;
pub use read::{LIMIT, MalformedPatch};
pub use write::hunks_of;

/// Lines around a change that a hunk keeps, as many as git does.
const CONTEXT: usize = 3;

/// The name that git gives the blob of a file that isn't there.
const NO_BLOB: &str = "0000000000000000000000000000000000000000";

/// Changes of a tree's files, at most one for each file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Patch {
    /// The files, in the order of their paths unless a text had another.
    pub files: Vec<FilePatch>,
}

/// The change of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilePatch {
    /// Where the file is afterwards, or was if it is deleted.
    pub path: RelPath,
    /// Where it was before, if an edit renames it: that file goes.
    pub renamed_from: Option<RelPath>,
    pub change: PatchChange,
    /// Git's names for its content before and after, if they are known: `git am -3` needs them.
    pub blobs: Option<Blobs>,
}

/// Git's names for a file before and after, which may be abbreviated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blobs {
    /// The file before; zeros if there was none.
    pub old: String,
    /// The file after; zeros if there is none.
    pub new: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PatchChange {
    /// A file that wasn't there.
    Addition {
        executable: bool,
        text: String,
    },
    Deletion {
        executable: bool,
        text: String,
    },
    /// A file that stays, here or at another path.
    Edit {
        /// Its executable bit before and after, where the patch says it.
        modes: Option<Modes>,
        /// The changed places, from the top down.
        hunks: Vec<Hunk>,
    },
}

/// The executable bit before and after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Modes {
    pub old: bool,
    pub new: bool,
}

/// One changed place with the lines around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hunk {
    /// How many lines of the old file are before it.
    pub at: usize,
    pub lines: Vec<PatchLine>,
}

/// A line with its line end. Only the last line of a file may have none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PatchLine {
    Context(String),
    Removed(String),
    Added(String),
}

/// A file that a patch can't contain, since it isn't text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotText {
    pub path: RelPath,
}

/// A path of a patch that is outside of the folder that the patch should be about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outside {
    pub path: RelPath,
    pub directory: RelPath,
}

impl From<FilePatch> for Patch {
    fn from(file: FilePatch) -> Self {
        Self { files: vec![file] }
    }
}

impl Patch {
    /// Returns the patch that turns `old` into `new`, in the order of the paths.
    ///
    /// # Errors
    /// When a file that changed isn't UTF-8, or holds a NUL.
    pub fn between(old: &FileTree, new: &FileTree) -> Result<Self, NotText> {
        let mut paths: Vec<&RelPath> = old.keys().chain(new.keys()).collect();
        paths.sort();
        paths.dedup();
        let changes = paths
            .into_iter()
            .map(|path| between(path, old.get(path), new.get(path)));
        Ok(Self {
            files: changes
                .filter_map(Result::transpose)
                .collect::<Result<_, _>>()?,
        })
    }

    /// Returns whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Returns this patch as seen from inside `directory`.
    ///
    /// # Errors
    /// When it touches anything outside.
    pub fn below(&self, directory: &RelPath) -> Result<Self, Outside> {
        let inside = |path: &RelPath| {
            let rest = path
                .below(directory.as_str())
                .and_then(|rest| rest.parse().ok());
            rest.ok_or_else(|| Outside {
                path: path.clone(),
                directory: directory.clone(),
            })
        };
        let files = self.files.iter().map(|file| {
            let renamed_from = file.renamed_from.as_ref().map(inside).transpose()?;
            Ok(FilePatch {
                path: inside(&file.path)?,
                renamed_from,
                ..file.clone()
            })
        });
        Ok(Self {
            files: files.collect::<Result<_, _>>()?,
        })
    }

    /// Returns the patches of one hunk each that this one is made of.
    ///
    /// An addition, a deletion, a change of mode and a renamed file are each a part of their own. A
    /// part of a file keeps its place in the old file, so any choice of parts can be put
    /// [`together`](Self::together) again.
    pub fn parts(&self) -> Vec<Self> {
        self.files
            .iter()
            .flat_map(FilePatch::parts)
            .map(|file| Self { files: vec![file] })
            .collect()
    }

    /// Returns the patch that does what these parts of one patch do, whatever their order.
    ///
    /// Applying parts one after the other gives the same where the lines of a file are distinct;
    /// where they repeat, a part may find its lines in another place once an earlier one moved
    /// them. Together they can't.
    pub fn together<'a>(parts: impl IntoIterator<Item = &'a Self>) -> Self {
        let mut files: BTreeMap<&RelPath, FilePatch> = BTreeMap::new();
        for part in parts.into_iter().flat_map(|part| &part.files) {
            match files.get_mut(&part.path) {
                Some(file) => file.take_in(part),
                None => _ = files.insert(&part.path, part.clone()),
            }
        }
        Self {
            files: files.into_values().collect(),
        }
    }
}

impl FilePatch {
    /// Returns the lines that the file gains, with their line ends.
    pub fn added_lines(&self) -> Vec<&str> {
        match &self.change {
            PatchChange::Addition { text, .. } => lines(text),
            PatchChange::Deletion { .. } => Vec::new(),
            PatchChange::Edit { hunks, .. } => hunks
                .iter()
                .flat_map(|hunk| &hunk.lines)
                .filter_map(PatchLine::added)
                .collect(),
        }
    }

    /// Returns the lines that the file loses, with their line ends.
    pub fn removed_lines(&self) -> Vec<&str> {
        match &self.change {
            PatchChange::Addition { .. } => Vec::new(),
            PatchChange::Deletion { text, .. } => lines(text),
            PatchChange::Edit { hunks, .. } => hunks
                .iter()
                .flat_map(|hunk| &hunk.lines)
                .filter_map(PatchLine::removed)
                .collect(),
        }
    }

    /// Returns the change of the executable bit, if there is one.
    fn mode_change(&self) -> Option<Modes> {
        match self.change {
            PatchChange::Edit { modes, .. } => modes.filter(|modes| modes.old != modes.new),
            _ => None,
        }
    }

    fn parts(&self) -> Vec<Self> {
        let PatchChange::Edit { hunks, .. } = &self.change else {
            return vec![self.clone()];
        };
        let mode = self.mode_change();
        if self.renamed_from.is_some() || hunks.len() + usize::from(mode.is_some()) == 1 {
            return vec![self.clone()];
        }
        // A part alone doesn't give the whole file, so it has no blobs.
        let part = |modes, hunks| Self {
            change: PatchChange::Edit { modes, hunks },
            blobs: None,
            ..self.clone()
        };
        let modes = mode.map(|mode| part(Some(mode), vec![]));
        modes
            .into_iter()
            .chain(hunks.iter().map(|hunk| part(None, vec![hunk.clone()])))
            .collect()
    }

    /// Adds another part of the same file. Additions and deletions have only one part.
    fn take_in(&mut self, part: &Self) {
        if let (
            PatchChange::Edit { modes, hunks },
            PatchChange::Edit {
                modes: other,
                hunks: more,
            },
        ) = (&mut self.change, &part.change)
        {
            *modes = modes.or(*other);
            hunks.extend(more.iter().cloned());
            hunks.sort_by_key(|hunk| hunk.at);
            hunks.dedup();
            self.blobs = None;
        }
    }
}

impl Hunk {
    /// Returns its lines in the old file.
    pub fn old_lines(&self) -> Vec<&str> {
        self.lines
            .iter()
            .filter(|line| line.added().is_none())
            .map(PatchLine::text)
            .collect()
    }

    /// Returns its lines in the new file.
    pub fn new_lines(&self) -> Vec<&str> {
        self.lines
            .iter()
            .filter(|line| line.removed().is_none())
            .map(PatchLine::text)
            .collect()
    }
}

impl PatchLine {
    /// Returns the line with its line end.
    pub fn text(&self) -> &str {
        match self {
            Self::Context(text) | Self::Removed(text) | Self::Added(text) => text,
        }
    }

    fn added(&self) -> Option<&str> {
        matches!(self, Self::Added(_)).then(|| self.text())
    }

    fn removed(&self) -> Option<&str> {
        matches!(self, Self::Removed(_)).then(|| self.text())
    }
}

/// Returns the lines of a text as git counts them: a lone carriage return ends none.
fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

fn between(
    path: &RelPath,
    old: Option<&File>,
    new: Option<&File>,
) -> Result<Option<FilePatch>, NotText> {
    if old == new {
        return Ok(None);
    }
    let read = |file: &File| {
        let text = file
            .text()
            .filter(|text| !text.contains('\0'))
            .map(str::to_owned);
        text.ok_or_else(|| NotText { path: path.clone() })
    };
    let change = match (old, new) {
        (None, None) => return Ok(None),
        (None, Some(new)) => PatchChange::Addition {
            executable: new.executable,
            text: read(new)?,
        },
        (Some(old), None) => PatchChange::Deletion {
            executable: old.executable,
            text: read(old)?,
        },
        (Some(old), Some(new)) => PatchChange::Edit {
            modes: Some(Modes {
                old: old.executable,
                new: new.executable,
            }),
            hunks: if old.bytes == new.bytes {
                vec![]
            } else {
                hunks(&read(old)?, &read(new)?)
            },
        },
    };
    let blob =
        |file: Option<&File>| file.map_or_else(|| NO_BLOB.to_owned(), |file| git_blob(&file.bytes));
    let same = old
        .zip(new)
        .is_some_and(|(old, new)| old.bytes == new.bytes);
    let blobs = (!same).then(|| Blobs {
        old: blob(old),
        new: blob(new),
    });
    Ok(Some(FilePatch {
        path: path.clone(),
        renamed_from: None,
        change,
        blobs,
    }))
}

fn hunks(old: &str, new: &str) -> Vec<Hunk> {
    let (old, new) = (lines(old), lines(new));
    let groups = group_diff_ops(operations(Algorithm::Myers, &old, &new), CONTEXT);
    groups
        .iter()
        .filter_map(|group| hunk(group, &old, &new))
        .collect()
}

fn hunk(group: &[DiffOp], old: &[&str], new: &[&str]) -> Option<Hunk> {
    let at = group.first()?.old_range().start;
    let mut lines = Vec::new();
    for operation in group {
        let (tag, old_range, new_range) = operation.as_tag_tuple();
        let (before, after) = (&old[old_range], &new[new_range]);
        if tag == DiffTag::Equal {
            lines.extend(
                before
                    .iter()
                    .map(|line| PatchLine::Context((*line).to_owned())),
            );
        } else {
            lines.extend(
                before
                    .iter()
                    .map(|line| PatchLine::Removed((*line).to_owned())),
            );
            lines.extend(
                after
                    .iter()
                    .map(|line| PatchLine::Added((*line).to_owned())),
            );
        }
    }
    Some(Hunk { at, lines })
}

impl fmt::Display for NotText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is not text", self.path.as_str().escape_debug())
    }
}

impl fmt::Display for Outside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` is not below `{}`",
            self.path.as_str().escape_debug(),
            self.directory.as_str().escape_debug()
        )
    }
}

impl std::error::Error for NotText {}
impl std::error::Error for Outside {}
