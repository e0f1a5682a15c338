//! One side's edit contains the other's: the larger one is taken. First by lines, then by words.
//!
//! The same test at the size of a file is the step "already there"; this is its form for one place.

use similar::{Algorithm, capture_diff_slices, diff_ratio};

use super::tokens::Tokens;
use super::{Clash, Run};
use crate::merge::pieces::Side;
use crate::merge::text::regions::{Edit, edits};

/// How many words are compared; a place with more of them stays a conflict.
const MOST_WORDS: usize = 20_000;

/// How alike, of 1, the smaller edit in its place and the larger one have to be: a word alone is easily found anywhere.
const LIKENESS: f32 = 0.6;

/// Settles a place where everything that one side did, the other did too.
pub fn settle(clash: &Clash<'_>) -> Option<Vec<Run>> {
    by_lines(clash).or_else(|| by_words(clash)).map(|side| clash.all_of(side))
}

fn by_lines(clash: &Clash<'_>) -> Option<Side> {
    let ours = Version { edits: clash.ours, ids: &clash.texts.ours.ids };
    let theirs = Version { edits: clash.theirs, ids: &clash.texts.theirs.ids };
    larger(clash, &clash.texts.base.ids, &ours, &theirs, 0.0)
}

fn by_words(clash: &Clash<'_>) -> Option<Side> {
    let mut tokens = Tokens::default();
    let [base, ours, theirs] = [Side::Base, Side::Ours, Side::Theirs].map(|side| tokens.ids(clash.content(side)));
    if base.is_empty() || base.len() + ours.len() + theirs.len() > MOST_WORDS {
        return None;
    }
    let (of_ours, of_theirs) = (edits(Algorithm::Myers, &base, &ours), edits(Algorithm::Myers, &base, &theirs));
    larger(
        clash,
        &base,
        &Version { edits: &of_ours, ids: &ours },
        &Version { edits: &of_theirs, ids: &theirs },
        LIKENESS,
    )
}

/// A side as edits of base.
struct Version<'a> {
    edits: &'a [Edit],
    ids: &'a [u32],
}

fn larger(clash: &Clash<'_>, base: &[u32], ours: &Version<'_>, theirs: &Version<'_>, likeness: f32) -> Option<Side> {
    let in_ours = contains(base, ours, theirs, likeness);
    let in_theirs = contains(base, theirs, ours, likeness);
    clash.whichever_has_the_other(in_ours, in_theirs)
}

/// Returns whether each edit of `small`, and there is one, lies within an edit of `large` that has what it brings.
fn contains(base: &[u32], large: &Version<'_>, small: &Version<'_>, likeness: f32) -> bool {
    let mut rest = small.edits;
    for outer in large.edits {
        let within = |edit: &&Edit| outer.base.start <= edit.base.start && edit.base.end <= outer.base.end;
        let count = rest.iter().take_while(within).count();
        let (inner, behind) = rest.split_at(count);
        if !inner.is_empty() && !holds(base, outer, &large.ids[outer.side.clone()], inner, small.ids, likeness) {
            return false;
        }
        rest = behind;
    }
    rest.is_empty() && !small.edits.is_empty()
}

/// Returns whether what `outer` brings has in it what the edits `inner` bring, in order.
fn holds(base: &[u32], outer: &Edit, brings: &[u32], inner: &[Edit], ids: &[u32], likeness: f32) -> bool {
    let mut rest = brings;
    // Base with the smaller edits made.
    let mut made = Vec::new();
    let mut at = outer.base.start;
    for edit in inner {
        let wanted = &ids[edit.side.clone()];
        if wanted.is_empty() != brings.is_empty() {
            // A deletion is in a deletion, and in nothing else.
            return false;
        }
        let Some(found) = find(rest, wanted) else { return false };
        rest = &rest[found + wanted.len()..];
        made.extend_from_slice(&base[at..edit.base.start]);
        made.extend_from_slice(wanted);
        at = edit.base.end;
    }
    made.extend_from_slice(&base[at..outer.base.end]);
    let alike = || diff_ratio(&capture_diff_slices(Algorithm::Myers, &made, brings), made.len(), brings.len());
    likeness == 0.0 || brings.is_empty() || alike() >= likeness
}

fn find(list: &[u32], wanted: &[u32]) -> Option<usize> {
    if wanted.is_empty() { Some(0) } else { list.windows(wanted.len()).position(|window| window == wanted) }
}
