//! The link that has root instructions read by an agent that looks for another name: CLAUDE.md, a
//! link to the team's AGENTS.md.
//!
//! Claude Code no longer reads AGENTS.md as soon as there is a CLAUDE.md, a personal one, or one in
//! a folder above or below. A link is read in all of those, and the two names stay one file.

use crate::agent::AGENTS_MD;
use crate::agent::claude::ROOTS;
use crate::error::Result;
use crate::model::lock::Facts;
use crate::model::path::RelPath;
use crate::model::plan::{LinkChange, Plan};
use crate::model::tree::FileOrLink;
use crate::ops::Session;
use crate::store::fs::{Disk, OnDisk, Os};

/// Returns the link that comes, or goes, where what was seen of the repository changes from
/// `before` to `after`. One that the team deleted stays deleted, and what the team put in its place
/// stays, too.
pub fn changes(
    session: &Session,
    before: Option<&Facts>,
    after: &Facts,
) -> Result<Vec<LinkChange>> {
    let look = |path: &RelPath| Os::open(session.workspace.root())?.look(path);
    let link = FileOrLink::Link(AGENTS_MD.to_owned());
    let mut changes = Vec::new();
    // A lock comes with a clone: no other link is ever made or removed.
    let own = |facts: &Facts| facts.link.clone().filter(|link| link.as_str() == ROOTS[0]);
    match (before.and_then(own), own(after)) {
        (None, Some(path)) => {
            // A file of agentpkg's own makes way, see `Plan::with_links`.
            if let OnDisk::Absent | OnDisk::File(_) = look(&path)? {
                changes.push(LinkChange {
                    path,
                    old: None,
                    new: Some(link),
                });
            }
        }
        (Some(path), None) => {
            if look(&path)?.is_file_or_link(Some(&link)) {
                changes.push(LinkChange {
                    path,
                    old: Some(link),
                    new: None,
                });
            }
        }
        (None, None) | (Some(_), Some(_)) => {}
    }
    Ok(changes)
}

/// Returns the links of a plan that aren't as it wants them.
pub fn to_do(session: &Session, plan: &Plan) -> Result<Vec<LinkChange>> {
    let mut left = Vec::new();
    for link in &plan.links {
        let disk = Os::open(session.workspace.root())?;
        if !disk.look(&link.path)?.is_file_or_link(link.new.as_ref()) {
            left.push(link.clone());
        }
    }
    Ok(left)
}

/// Returns what takes the links of a plan back, and the paths where something else is by now.
pub fn taking_back(session: &Session, done: &Plan) -> Result<(Vec<LinkChange>, Vec<RelPath>)> {
    let (mut links, mut edited) = (Vec::new(), Vec::new());
    for link in &done.links {
        let disk = Os::open(session.workspace.root())?;
        let found = disk.look(&link.path)?;
        if found.is_file_or_link(link.new.as_ref()) {
            links.push(link.reversed());
        } else if !found.is_file_or_link(link.old.as_ref()) {
            edited.push(link.path.clone());
        }
    }
    Ok((links, edited))
}
