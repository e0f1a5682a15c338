//! Whether a repo, or a release, has the effect of a template's edit at one path; and how a base
//! takes that effect in.

use crate::agent;
use crate::merge::json::Identities;
use crate::merge::kind::FileKind;
use crate::merge::pieces;
use crate::model::path::RelPath;
use crate::model::snapshot::Snapshot;
use crate::model::upstream::{Content, Upstream};

use super::{content_edit, of};
use crate::tree::Base;

/// What an edit of a template does at one path of the repo.
pub struct PathEdit<'a> {
    pub path: &'a RelPath,
    /// What was installed.
    pub before: Option<&'a Content>,
    /// What would have been installed with the edit.
    pub after: Option<&'a Content>,
}

impl PathEdit<'_> {
    /// Returns the edit that takes it back.
    pub fn reversed(&self) -> Self {
        Self {
            path: self.path,
            before: self.after,
            after: self.before,
        }
    }

    /// Returns whether the edit changes anything that a repo could have.
    pub fn shows(&self) -> bool {
        content_edit(self).is_none_or(|edit| edit.shows())
    }

    /// Returns whether the repo has the edit, and the base is what was installed. `edited` is
    /// everything that the edited template renders to.
    pub fn repo_has_edit(
        &self,
        base: &Base,
        ours: &Snapshot,
        edited: &Upstream,
        identities: &Identities,
    ) -> bool {
        let record = base.files.get(self.path);
        let is_base = match (self.before, record) {
            (None, None) => true,
            (Some(before), Some(record)) => of(record).remembers(before),
            (_, _) => false,
        };
        match (content_edit(self), ours.get(self.path)) {
            (Some(edit), Some(local)) if is_base => {
                edit.repo_has_edit(local, record, edited, identities)
            }
            (_, _) => false,
        }
    }

    /// Returns whether a release has the edit as it was accepted.
    pub fn release_has_edit(&self, theirs: &Upstream, identities: &Identities) -> bool {
        content_edit(self).is_some_and(|edit| edit.release_has_edit(theirs, identities))
    }

    /// Takes the edit into the base.
    pub fn take(&self, base: &mut Base, theirs: &Upstream) {
        if let Some(edit) = content_edit(self) {
            edit.take(base, theirs);
        }
    }
}

/// Returns whether a text has an edit: merging the edit into it would change nothing.
pub(super) fn has_text(kind: FileKind, before: &[u8], after: &[u8], side: &[u8]) -> bool {
    if before == after || side == after {
        return true;
    }
    // An empty text may merge cleanly with the edit, but doesn't have it.
    if side.is_empty() || side == before {
        return false;
    }
    let sides = pieces::Sides {
        base: before,
        ours: side,
        theirs: after,
    };
    let merge = agent::merge(kind, &sides);
    merge.is_clean() && merge.bytes(&sides) == side
}
