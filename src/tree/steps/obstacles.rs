//! Files that become folders upstream, and folders that become files: what is in the way is removed
//! in the same plan.

use std::collections::BTreeMap;

use crate::model::path::RelPath;
use crate::model::upstream::Upstream;

use super::{Absence, Base, Deciding, Found, Refusal, Snapshot};

/// Doesn't count files that upstream no longer has as obstacles to what it has now. Whether they
/// really go is checked again when everything is decided.
///
/// `folders` are folders where upstream wants a file, with all the files in each; `ours` has these
/// files.
pub fn make_way(
    base: &Base,
    ours: &mut Snapshot,
    theirs: &Upstream,
    folders: &BTreeMap<RelPath, Vec<RelPath>>,
) {
    let goes = |path: &RelPath| base.files.contains_key(path) && !theirs.files.contains_key(path);
    for (path, local) in ours.iter_mut() {
        let Found::Obstacle(obstacle) = &local.found else {
            continue;
        };
        let makes_way = match folders.get(path) {
            Some(files) => files.iter().all(goes),
            None => obstacle.at != *path && goes(&obstacle.at),
        };
        if makes_way && theirs.files.contains_key(path) {
            local.making_way = Some(obstacle.clone());
            local.found = Found::Absent(Absence::Deleted);
        }
    }
}

impl Deciding<'_> {
    /// Refuses files that would be written where something else stays.
    pub fn refuse_what_stays_in_the_way(&mut self) {
        for (path, local) in self.ours {
            let Some(obstacle) = &local.making_way else {
                continue;
            };
            let comes = self
                .out
                .changes
                .iter()
                .any(|change| change.path == local.real && change.new.is_some());
            let stays = match obstacle.at == *path {
                true => {
                    let mut others = self.ours.keys();
                    others.any(|other| other.below(path.as_str()).is_some() && self.stays(other))
                }
                false => self.stays(&obstacle.at),
            };
            if comes && stays {
                self.refuse(path, Refusal::Obstacle(obstacle.clone()));
            }
        }
    }

    /// Returns whether something is at a path and isn't deleted.
    fn stays(&self, path: &RelPath) -> bool {
        let local = self.ours.get(path);
        local.is_some_and(|local| !local.is_absent() && !self.is_deleted(&local.real))
    }
}
