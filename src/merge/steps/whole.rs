//! Whole files that need no merge, or can't be merged.

use crate::merge::pieces::{Conflict, Location, Merge, Piece, Side, Sides};
use crate::merge::rule::MergeRule;
use crate::merge::trivial::trivial_merge;

use super::progress::MergeProgress;

/// Takes a whole side where the sides are equal, or only one changed.
pub fn identity(progress: &MergeProgress<'_, '_>) -> Option<Merge> {
    unmerged(&progress.attempt.sides)
}

/// Returns the merge that takes a whole side, if one is the result.
pub fn unmerged(sides: &Sides<'_>) -> Option<Merge> {
    let side = trivial_merge(sides.base, sides.ours, sides.theirs)?;
    let rule = match side {
        _ if sides.ours == sides.theirs => MergeRule::Equal,
        Side::Theirs => MergeRule::OnlyTheirs,
        Side::Base | Side::Ours => MergeRule::OnlyOurs,
    };
    Some(Merge::whole(side, sides.of(side).len(), rule))
}

/// Gives up where a version isn't text, or the versions' lines can't be compared.
pub fn incomparable(progress: &MergeProgress<'_, '_>) -> Option<Merge> {
    let sides = &progress.attempt.sides;
    let is_comparable = !is_binary(sides) && progress.texts().have_lines_in_common();
    (!is_comparable).then(|| conflict(sides))
}

/// Returns whether a version isn't text: whether it has a NUL.
pub fn is_binary(sides: &Sides<'_>) -> bool {
    [sides.base, sides.ours, sides.theirs]
        .into_iter()
        .any(|side| memchr::memchr(0, side).is_some())
}

/// Returns a merge that is one conflict about the whole file.
pub fn conflict(sides: &Sides<'_>) -> Merge {
    let conflict = Conflict {
        place: Location::File,
        base: all_of(sides.base),
        ours: all_of(sides.ours),
        theirs: all_of(sides.theirs),
        lead: String::new(),
        trail: String::new(),
    };
    Merge {
        pieces: vec![Piece::Conflict(conflict)],
        ..Merge::default()
    }
}

fn all_of(side: &[u8]) -> Option<std::ops::Range<usize>> {
    (!side.is_empty()).then_some(0..side.len())
}
