//! `merge-file`: merge three versions of one file, for people, scripts and git's merge drivers.
//!
//! Plumbing: it needs no repo, no lock and no registry.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::agent::{self, claude};
use crate::error::{Error, Result};
use crate::merge::kind::FileKind;
use crate::merge::marking::may_mark;
use crate::merge::pieces::{Merge, SideLabels, Sides};
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
    pub kind: FileKind,
    /// The merge, as places in the three versions.
    pub merge: Merge,
    /// The result.
    pub bytes: Vec<u8>,
    /// Whether it has markers in it.
    pub marked: bool,
    /// Whether its conflicts may be marked: no program reads it, or runs it.
    pub takes_markers: bool,
    /// Rules that the result both allows and denies, and neither side did.
    pub allowed_and_denied: BTreeSet<String>,
    base: Vec<u8>,
    ours: Vec<u8>,
    theirs: Vec<u8>,
}

impl Outcome {
    /// Returns the three versions.
    pub fn sides(&self) -> Sides<'_> {
        Sides {
            base: &self.base,
            ours: &self.ours,
            theirs: &self.theirs,
        }
    }
}

/// Merges three files.
///
/// # Errors
/// Where one can't be read, or ours can't be written; it is whole then, and as it was.
pub fn merge_file(options: &Options) -> Result<Outcome> {
    let [base, ours, theirs] =
        [&options.base, &options.ours, &options.theirs].map(|path| read(path));
    let (base, ours, theirs) = (base?, ours?, theirs?);
    let sides = Sides {
        base: &base,
        ours: &ours,
        theirs: &theirs,
    };
    let kind = agent::kind_of(&options.name, &ours);
    let merge = agent::merge(kind, &sides);
    let takes_markers = may_mark(kind, &merge, &sides, fs::is_executable_file(&options.ours));
    let marked = options.markers && !merge.is_clean() && takes_markers;
    let bytes = if marked {
        merge.marked(&sides, &labels())
    } else {
        merge.bytes(&sides)
    };
    if options.replace && bytes != ours {
        fs::replace(&options.ours, &bytes)?;
    }
    let allowed_and_denied = allowed_and_denied(kind, &bytes, &sides);
    Ok(Outcome {
        name: options.name.clone(),
        kind,
        merge,
        bytes,
        marked,
        takes_markers,
        allowed_and_denied,
        base,
        ours,
        theirs,
    })
}

/// Returns the rules that a merge made contradict each other.
fn allowed_and_denied(kind: FileKind, result: &[u8], sides: &Sides<'_>) -> BTreeSet<String> {
    if kind != FileKind::Json {
        return BTreeSet::new();
    }
    let [ours, theirs, result] = [sides.ours, sides.theirs, result].map(rules_in);
    let known: BTreeSet<String> = ours.into_iter().chain(theirs).collect();
    result.difference(&known).cloned().collect()
}

fn rules_in(settings: &[u8]) -> BTreeSet<String> {
    match serde_json::from_slice(settings) {
        Ok(settings) => claude::allowed_and_denied(&settings),
        Err(_) => BTreeSet::new(),
    }
}

fn labels() -> SideLabels {
    SideLabels {
        base: "base".to_owned(),
        ours: "ours".to_owned(),
        theirs: "theirs".to_owned(),
    }
}

fn read(path: &Path) -> Result<Vec<u8>> {
    if !fs::exists(path) {
        return Err(Error::user(format!(
            "there is no file `{}`",
            path.display()
        )));
    }
    // A person may give a pipe: `<(git show HEAD:a.md)`.
    fs::read_at_most(path, 256 << 20)
}
