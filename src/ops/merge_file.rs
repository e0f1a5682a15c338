//! `merge-file`: merge three versions of one file, for people, scripts and git's merge drivers.
//!
//! Plumbing: it needs no repo, no lock and no registry.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::merge;
use crate::merge::kind::Kind;
use crate::merge::pieces::{Labels, Merge, Sides};
use crate::store::fs;

/// Which files, and what to do with the result.
pub struct Options {
    /// The file of the repo, which the result replaces.
    pub ours: PathBuf,
    /// What both started from.
    pub base: PathBuf,
    /// What comes in.
    pub theirs: PathBuf,
    /// The name that the file has in its repository: it tells the kind.
    pub name: String,
    /// Whether the result replaces ours.
    pub replace: bool,
    /// Whether conflicts get markers, in a file that may have some.
    pub markers: bool,
}

/// What was merged.
pub struct Outcome {
    /// The name that the file has in its repository.
    pub name: String,
    /// Its kind.
    pub kind: Kind,
    /// The merge, as places in the three versions.
    pub merge: Merge,
    /// The result.
    pub bytes: Vec<u8>,
    /// Whether it has markers in it.
    pub marked: bool,
    base: Vec<u8>,
    ours: Vec<u8>,
    theirs: Vec<u8>,
}

impl Outcome {
    /// Returns the three versions.
    pub fn sides(&self) -> Sides<'_> {
        Sides { base: &self.base, ours: &self.ours, theirs: &self.theirs }
    }

    /// Returns whether conflicts may be marked in the file: no program reads it, or runs it.
    pub fn takes_markers(&self) -> bool {
        takes_markers(self.kind, &self.sides())
    }
}

/// Merges three files.
///
/// # Errors
/// Where one can't be read, or ours can't be written; it is whole then, and as it was.
pub fn merge_file(options: &Options) -> Result<Outcome> {
    let [base, ours, theirs] = [&options.base, &options.ours, &options.theirs].map(|path| read(path));
    let (base, ours, theirs) = (base?, ours?, theirs?);
    let sides = Sides { base: &base, ours: &ours, theirs: &theirs };
    let kind = Kind::of(&options.name, &ours);
    let merge = merge::merge(kind, &sides);
    let marked = options.markers && !merge.is_clean() && takes_markers(kind, &sides);
    let bytes = if marked { merge.marked(&sides, &labels()) } else { merge.bytes(&sides) };
    if options.replace && bytes != ours {
        fs::replace(&options.ours, &bytes)?;
    }
    Ok(Outcome { name: options.name.clone(), kind, merge, bytes, marked, base, ours, theirs })
}

fn takes_markers(kind: Kind, sides: &Sides<'_>) -> bool {
    let runs = sides.ours.starts_with(b"#!") || sides.theirs.starts_with(b"#!");
    kind.takes_markers() && !runs && !merge::is_binary(sides)
}

fn labels() -> Labels {
    Labels { base: "base".to_owned(), ours: "ours".to_owned(), theirs: "theirs".to_owned() }
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path)?.ok_or_else(|| Error::user(format!("there is no file `{}`", path.display())))
}
