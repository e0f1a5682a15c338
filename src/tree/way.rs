//! Files that become folders upstream, and folders that become files: what is in the way goes with
//! the same change.

use std::collections::BTreeMap;

use crate::model::path::RelPath;
use crate::model::upstream::Upstream;

use super::{Absence, Base, Found, Merger, Ours, Refusal};

/// Takes what upstream no longer has for no obstacle to what it has now: whether it goes is asked
/// again when all is decided.
///
/// `folders` are folders where upstream wants a file, with all the files in each; `ours` has these
/// files.
pub fn make_way(
    base: &Base,
    ours: &mut Ours,
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

impl Merger<'_> {
    /// Refuses what would come where something stays.
    pub(super) fn refuse_what_stays_in_the_way(&mut self) {
        let is_gone = |path: &RelPath| {
            let mut changes = self.out.changes.iter();
            changes.any(|change| change.path == *path && change.new.is_none())
        };
        let is_there = |path: &RelPath| {
            let local = self.ours.get(path);
            local.is_some_and(|local| !local.is_absent() && !is_gone(&local.real))
        };
        let mut refusals = Vec::new();
        for (path, local) in self.ours {
            let Some(obstacle) = &local.making_way else {
                continue;
            };
            let mut changes = self.out.changes.iter();
            let comes = changes.any(|change| change.path == local.real && change.new.is_some());
            let stays = match obstacle.at == *path {
                true => {
                    let mut others = self.ours.keys();
                    others.any(|other| other.below(path.as_str()).is_some() && is_there(other))
                }
                false => is_there(&obstacle.at),
            };
            if comes && stays {
                refusals.push((path.clone(), Refusal::Obstacle(obstacle.clone())));
            }
        }
        self.out.refusals.extend(refusals);
    }
}
