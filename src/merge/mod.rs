//! Three-way merges, as pure functions: bytes and trees in, a decision out.
//!
//! **A local edit always survives: in the result, in a conflict, or in undo.**
//!
//! | module | what it merges |
//! |---|---|
//! | `text` | lines, with rules for what lines alone can't settle |
//! | `json` | documents, by value |
//! | `block` | a template's text between markers |
//! | `tree` | whole trees: the decision table |

pub mod block;
pub mod diff;
mod gates;
pub mod json;
pub mod kind;
pub mod pieces;
pub mod rule;
pub mod text;
pub mod tree;

use self::kind::Kind;
use self::pieces::{Conflict, Merge, Piece, Place, Side, Sides};
use self::rule::Rule;
use self::text::Comparison;

/// Merges three versions of a file.
///
/// It is total: whatever the bytes are, the result is a merge that holds the laws, or one with conflicts. The same input
/// gives the same bytes, and effort is bounded by counted work.
pub fn merge(kind: Kind, sides: &Sides<'_>) -> Merge {
    attempt(kind, sides, Effort::Full)
}

/// How much is tried, so that a merge that is made to check another doesn't check itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Effort {
    /// Lines, structure and rules.
    Plain,
    /// Whether one side has the other's edit already, too.
    Again,
    /// Whether merging again changes nothing, too.
    Full,
}

fn attempt(kind: Kind, sides: &Sides<'_>, effort: Effort) -> Merge {
    if let Some(merge) = identity(sides) {
        return merge;
    }
    if is_binary(sides) {
        return whole_conflict(sides);
    }
    let comparison = Comparison::of(kind, sides);
    if effort >= Effort::Again
        && let Some(merge) = already_there(kind, sides, &comparison)
    {
        return merge;
    }
    let lines = comparison.by_lines();
    let holds = |merge: &Merge| {
        let bytes = merge.bytes(sides);
        gates::stays_valid(kind, sides, &bytes)
    };
    if lines.is_clean() && holds(&lines) {
        return lines;
    }
    let rules = comparison.by_rules();
    if rules.is_clean() && !holds(&rules) {
        return if lines.is_clean() { whole_conflict(sides) } else { lines };
    }
    if effort == Effort::Full && rules.is_clean() && !is_fixpoint(kind, sides, &rules) {
        return lines;
    }
    rules
}

/// Settles what needs no merge: equal sides, or only one that changed.
fn identity(sides: &Sides<'_>) -> Option<Merge> {
    let Sides { base, ours, theirs } = *sides;
    if ours == theirs {
        Some(Merge::whole(Side::Ours, ours.len(), Rule::Equal))
    } else if base == theirs {
        Some(Merge::whole(Side::Ours, ours.len(), Rule::OnlyOurs))
    } else if base == ours {
        Some(Merge::whole(Side::Theirs, theirs.len(), Rule::OnlyTheirs))
    } else {
        None
    }
}

/// Whether a side isn't text.
pub fn is_binary(sides: &Sides<'_>) -> bool {
    [sides.base, sides.ours, sides.theirs].into_iter().any(|side| memchr::memchr(0, side).is_some())
}

fn whole_conflict(sides: &Sides<'_>) -> Merge {
    let whole = |side: &[u8]| (!side.is_empty()).then_some(0..side.len());
    let conflict = Conflict {
        place: Place::File,
        base: whole(sides.base),
        ours: whole(sides.ours),
        theirs: whole(sides.theirs),
        lead: String::new(),
    };
    Merge { pieces: vec![Piece::Conflict(conflict)], ..Merge::default() }
}

/// Settles what one side has in it already, by taking the other's edit out and merging it in again.
///
/// Tried only where each line that one side added is among the lines that the other added.
fn already_there(kind: Kind, sides: &Sides<'_>, comparison: &Comparison<'_>) -> Option<Merge> {
    let Sides { base, ours, theirs } = *sides;
    let has = |has: &[u8], edit: &[u8]| {
        let without = Sides { base: edit, ours: has, theirs: base };
        let taken_out = attempt(kind, &without, Effort::Plain);
        if !taken_out.is_clean() {
            return false;
        }
        let rest = taken_out.bytes(&without);
        let again = Sides { base, ours: &rest, theirs: edit };
        let merge = attempt(kind, &again, Effort::Plain);
        merge.is_clean() && merge.bytes(&again) == has
    };
    if comparison.adds_nothing_beside_the_other(Side::Theirs) && has(ours, theirs) {
        Some(Merge::whole(Side::Ours, ours.len(), Rule::AlreadyThere))
    } else if comparison.adds_nothing_beside_the_other(Side::Ours) && has(theirs, ours) {
        Some(Merge::whole(Side::Theirs, theirs.len(), Rule::AlreadyThere))
    } else {
        None
    }
}

/// Whether merging either side into the result again changes nothing.
fn is_fixpoint(kind: Kind, sides: &Sides<'_>, merge: &Merge) -> bool {
    let result = merge.bytes(sides);
    let same = |again: Sides<'_>| {
        let merge = attempt(kind, &again, Effort::Again);
        merge.is_clean() && merge.bytes(&again) == result
    };
    same(Sides { ours: &result, ..*sides }) && same(Sides { theirs: &result, ..*sides })
}
