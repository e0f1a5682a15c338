//! One side's edit contains the other's: the larger one is taken. First by lines, then by words.
//!
//! The same test at the size of a file is the step "already there"; this is its form for one place.

use crate::model::operations::Algorithm;
use foldhash::HashSet;

use super::tokens::Tokens;
use super::{Clash, RulePart};
use crate::merge::pieces::Side;
use crate::merge::text::regions::{LineEdit, edits};

/// How many words are compared; a place with more stays a conflict.
const MOST_WORDS: usize = 20_000;

/// How many bytes are read for them.
const MOST_BYTES: usize = 1 << 20;

/// How many steps the search for lines among others may take at worst. Where it would take more,
/// the lines count as not found.
const MOST_STEPS: usize = 1 << 24;

/// How alike the smaller edit at its place and the larger one have to be, from 0 to 1: a single
/// word is easily found anywhere.
const LIKENESS: f32 = 0.6;

/// Settles a place where one side did everything that the other did.
pub fn settle(clash: &Clash<'_>) -> Option<Vec<RulePart>> {
    by_lines(clash)
        .or_else(|| by_words(clash))
        .map(|side| clash.all_of(side))
}

fn by_lines(clash: &Clash<'_>) -> Option<Side> {
    let ours = Version {
        edits: clash.ours,
        ids: &clash.texts.ours.ids,
    };
    let theirs = Version {
        edits: clash.theirs,
        ids: &clash.texts.theirs.ids,
    };
    larger(clash, &clash.texts.base.ids, &ours, &theirs, 0.0)
}

fn by_words(clash: &Clash<'_>) -> Option<Side> {
    let contents = Side::ALL.into_iter().flat_map(|side| clash.content(side));
    if contents.map(<[u8]>::len).sum::<usize>() > MOST_BYTES {
        return None;
    }
    let mut tokens = Tokens::default();
    let [base, ours, theirs] =
        [Side::Base, Side::Ours, Side::Theirs].map(|side| tokens.ids(clash.content(side)));
    let words = base.len() + ours.len() + theirs.len();
    if base.is_empty()
        || words > MOST_WORDS
        || !may_contain(&base, &ours, &theirs)
        || !clash.may_compare(words)
    {
        return None;
    }
    let (of_ours, of_theirs) = (
        edits(Algorithm::Myers, &base, &ours),
        edits(Algorithm::Myers, &base, &theirs),
    );
    larger(
        clash,
        &base,
        &Version {
            edits: &of_ours,
            ids: &ours,
        },
        &Version {
            edits: &of_theirs,
            ids: &theirs,
        },
        LIKENESS,
    )
}

/// Returns whether one side has all words that the other added to base; otherwise neither can
/// contain the other.
fn may_contain(base: &[u32], ours: &[u32], theirs: &[u32]) -> bool {
    let [base, in_ours, in_theirs] =
        [base, ours, theirs].map(|ids| ids.iter().copied().collect::<HashSet<u32>>());
    theirs
        .iter()
        .all(|id| base.contains(id) || in_ours.contains(id))
        || ours
            .iter()
            .all(|id| base.contains(id) || in_theirs.contains(id))
}

/// A side as edits of base.
struct Version<'a> {
    edits: &'a [LineEdit],
    ids: &'a [u32],
}

fn larger(
    clash: &Clash<'_>,
    base: &[u32],
    ours: &Version<'_>,
    theirs: &Version<'_>,
    likeness: f32,
) -> Option<Side> {
    let in_ours = contains(base, ours, theirs, likeness);
    let in_theirs = contains(base, theirs, ours, likeness);
    clash.whichever_has_the_other(in_ours, in_theirs)
}

/// Returns whether each edit of `small`, and there is one, lies within an edit of `large` that adds
/// what it adds.
fn contains(base: &[u32], large: &Version<'_>, small: &Version<'_>, likeness: f32) -> bool {
    let mut rest = small.edits;
    for outer in large.edits {
        let count = rest
            .iter()
            .take_while(|edit| {
                outer.base.start <= edit.base.start && edit.base.end <= outer.base.end
            })
            .count();
        let (inner, behind) = rest.split_at(count);
        if !inner.is_empty()
            && !holds(
                base,
                outer,
                &large.ids[outer.side.clone()],
                inner,
                small.ids,
                likeness,
            )
        {
            return false;
        }
        rest = behind;
    }
    rest.is_empty() && !small.edits.is_empty()
}

/// Returns whether what `outer` adds contains what the edits `inner` add, in order.
fn holds(
    base: &[u32],
    outer: &LineEdit,
    brings: &[u32],
    inner: &[LineEdit],
    ids: &[u32],
    likeness: f32,
) -> bool {
    let mut rest = brings;
    // Base with the smaller edits applied.
    let mut made = Vec::new();
    let mut at = outer.base.start;
    for edit in inner {
        let wanted = &ids[edit.side.clone()];
        if wanted.is_empty() != brings.is_empty() {
            // Only a deletion contains a deletion.
            return false;
        }
        let Some(found) = find(rest, wanted) else {
            return false;
        };
        rest = &rest[found + wanted.len()..];
        made.extend_from_slice(&base[at..edit.base.start]);
        made.extend_from_slice(wanted);
        at = edit.base.end;
    }
    made.extend_from_slice(&base[at..outer.base.end]);
    let alike = || {
        let changed: usize = edits(Algorithm::Myers, &made, brings)
            .iter()
            .map(|edit| edit.base.len())
            .sum();
        2.0 * (made.len() - changed) as f32 / (made.len() + brings.len()) as f32
    };
    likeness == 0.0 || brings.is_empty() || alike() >= likeness
}

fn find(list: &[u32], wanted: &[u32]) -> Option<usize> {
    match wanted.len() {
        0 => Some(0),
        length if list.len().saturating_mul(length) > MOST_STEPS => None,
        length => list.windows(length).position(|window| window == wanted),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Cases;
    use super::settle;
    use crate::merge::kind::FileKind;

    const RULE: Cases = Cases {
        settle,
        kind: FileKind::Text,
        symmetric: true,
    };

    #[test]
    fn the_larger_edit_is_taken() {
        // By lines.
        RULE.gives("a\nb\n", "A\nb\n", "A\nB\n", "A\nB\n");
        RULE.gives("a\nb\nc\n", "b\nc\n", "c\n", "c\n");
        RULE.gives("a\n", "x\na\n", "x\ny\na\n", "x\ny\na\n");
        // By words.
        RULE.gives(
            "run the tests now\n",
            "run the quick tests now\n",
            "run all the quick tests now, twice\n",
            "run all the quick tests now, twice\n",
        );
    }

    #[test]
    fn what_only_looks_contained_is_a_conflict() {
        // A deletion is in no edit of the line.
        RULE.conflicts("a\nb\n", "b\n", "A\nb\n");
        // A number is one word, and this one is in neither.
        RULE.conflicts("version 0.7.0\n", "version 0.8.0\n", "version 0.8.4\n");
        // The word occurs, but the sentence is another.
        RULE.conflicts(
            "do push to main\n",
            "do not push to main\n",
            "branches are not what this guide is about\n",
        );
    }
}
