//! What a repo is to become: what a verb wants of it, before anything is chosen.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::model::lock::LockedRelease;
use crate::model::manifest::Manifest;
use crate::model::name::TemplateName;
use crate::model::path::RelPath;

/// What the repo is to become.
pub struct TargetState {
    /// What agentpkg.toml says, with what was asked for in it.
    pub manifest: Manifest,
    /// The templates whose requirement is still to be written: whatever is chosen, and what is
    /// compatible with it.
    pub unversioned: Vec<TemplateName>,
    /// The templates whose newest release is asked for, pre-releases apart.
    pub latest: Vec<TemplateName>,
    /// The releases that stay, as long as the manifest admits them.
    pub held: BTreeMap<TemplateName, LockedRelease>,
    /// The templates that the command names.
    pub named: Vec<TemplateName>,
    /// Whether agentpkg.lock may not change.
    pub locked: bool,
    /// Paths that were deleted here, and come back.
    pub restore: BTreeSet<RelPath>,
    /// Whether conflicts in prose may be marked, for a person at a terminal.
    pub marks: bool,
    /// Whether it is an upgrade: what moves to another registry may become another release, and
    /// files are rendered anew where this program renders them otherwise than the one that
    /// installed them.
    pub upgrades: bool,
}
