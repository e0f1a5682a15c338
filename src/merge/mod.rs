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
//!
//! # How a file is merged
//!
//! The first step that gives a clean result which passes the gates decides; where none does, the rest is a conflict.
//!
//! 1. Equal sides, or only one that changed.
//! 2. One side has the other's edit already: taken out and merged in again, it gives that side.
//! 3. Lines, in several alignments: diff3 over the operations of `similar`.
//! 4. Structure: JSON by value.
//! 5. The rules inside a place that both changed (`text::rules`), all or nothing for each place.
//!
//! The gates: no word that a side added is missing; what parsed still parses; merging a side into the result again changes
//! nothing. Effort is bounded by counted work: large files are aligned in one way, and long lines aren't compared by words.
//!
//! # What a person would have done otherwise
//!
//! Measured on merges that people made, a clean result differs from theirs in these ways, and no rule should guess them:
//!
//! - **They went on editing**: a typo fixed, a count corrected, a version raised in the merge commit. Nothing says so.
//! - **They took one side**, or dropped what both sides kept: an entry of an ignore file, an obsolete section.
//! - **Another order**: where both sides added to one list, entries sort in JSON, and ours come first in ignore files.
//!   People put theirs first in about one merge of three.
//! - **They left markers, or a document that doesn't parse.** Ours does.

pub mod block;
pub mod diff;
mod gates;
pub mod json;
pub mod kind;
pub mod pieces;
pub mod rule;
mod text;
pub mod tree;

use self::kind::Kind;
use self::pieces::{Conflict, Merge, Piece, Place, Side, Sides};
use self::rule::Rule;
use self::text::Comparison;
use self::text::lines::Texts;

use similar::Algorithm;
use std::collections::BTreeSet;

/// Merges three versions of a file.
///
/// It is total: whatever the bytes are, the result is a merge that holds the laws, or one with conflicts. The same input
/// gives the same bytes, and effort is bounded by counted work.
pub fn merge(kind: Kind, sides: &Sides<'_>) -> Merge {
    attempt(kind, sides, Effort::Full)
}

/// How much is tried, so that a merge that is made to check another doesn't check itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effort<'a> {
    /// Lines, structure and rules.
    Plain,
    /// Whether one side has the other's edit already, too. Of this side it may be known that merging the other one into
    /// these bytes gives it: that needn't be proved again.
    Again(Option<(Side, &'a [u8])>),
    /// Whether merging again changes nothing, too.
    Full,
}

/// How lines are aligned, the first that gives a clean result: a file that repeats itself can be read in several ways.
fn alignments(texts: &Texts<'_>) -> &'static [Algorithm] {
    match texts.are_small() {
        true => &[Algorithm::Patience, Algorithm::Myers],
        // The fastest one.
        false => &[Algorithm::Myers],
    }
}

fn attempt(kind: Kind, sides: &Sides<'_>, effort: Effort<'_>) -> Merge {
    if let Some(merge) = identity(sides) {
        return merge;
    }
    if is_binary(sides) {
        return whole_conflict(sides);
    }
    let texts = Texts::of(sides);
    if !texts.have_lines_in_common() {
        return whole_conflict(sides);
    }
    let mut comparisons = vec![Comparison::of(kind, &texts, alignments(&texts)[0])];
    if effort != Effort::Plain {
        let known = if let Effort::Again(known) = effort { known } else { None };
        if let Some(merge) = already_there(kind, sides, &comparisons[0], known) {
            return merge;
        }
    }
    let by_lines = |comparison: &Comparison<'_>, is_first: bool| {
        let merge = comparison.is_clean().then(|| comparison.by_lines())?;
        // What one alignment proves, another that is asked before it may read in another way.
        let is_stable = || comparison.algorithm() == alignments(&texts)[0] && comparison.is_stable();
        let is_proved = effort != Effort::Full || !texts.are_small() || is_stable();
        let gates = if is_proved { Gates::Valid } else { Gates::ValidAndStable { is_first } };
        holds(kind, sides, &merge, gates).then_some(merge)
    };
    if let Some(merge) = by_lines(&comparisons[0], true) {
        return merge;
    }
    comparisons.extend(alignments(&texts)[1..].iter().map(|alignment| Comparison::of(kind, &texts, *alignment)));
    let is_first = !comparisons[0].is_clean();
    if let Some(merge) = comparisons[1..].iter().find_map(|comparison| by_lines(comparison, is_first)) {
        return merge;
    }
    if let Some(merge) = by_structure(kind, sides, effort) {
        return merge;
    }
    let is_first = comparisons.iter().all(|comparison| !comparison.is_clean());
    let gates = if effort == Effort::Full { Gates::ValidAndStable { is_first } } else { Gates::Valid };
    by_rules(kind, sides, gates, &comparisons[0])
}

/// What a clean merge is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gates {
    /// Whether it is a document of its kind.
    Valid,
    /// Whether merging again changes nothing, too. `is_first` says that it is what the plain effort gives.
    ValidAndStable { is_first: bool },
}

/// Settles what rules can; the rest is a conflict. With ours there, the file has to be what it was.
fn by_rules(kind: Kind, sides: &Sides<'_>, gates: Gates, comparison: &Comparison<'_>) -> Merge {
    let rules = comparison.by_rules();
    let stands = |rules: &Merge| {
        let has_order = gates != Gates::Valid && rules.uses(Rule::Union);
        holds(kind, sides, rules, gates) && (!has_order || holds_swapped(kind, sides, comparison.algorithm()))
    };
    // Proving what rules make of a large file takes too long.
    if rules.is_clean() && comparison.is_small() && stands(&rules) {
        return rules;
    }
    let valid = |merge: &Merge| !merge.is_clean() && gates::stays_valid(kind, sides, merge);
    if valid(&rules) {
        return rules;
    }
    let lines = comparison.by_lines();
    if valid(&lines) { lines } else { whole_conflict(sides) }
}

/// Merges documents by their values, where the kind has any. A conflict there is about one value.
///
/// The result has to hold in both orders of the sides; where the one that one order gives doesn't, the other's may.
fn by_structure(kind: Kind, sides: &Sides<'_>, effort: Effort<'_>) -> Option<Merge> {
    if kind != Kind::Json {
        return None;
    }
    let gates = if effort == Effort::Full { Gates::ValidAndStable { is_first: false } } else { Gates::Valid };
    let swapped = Sides { base: sides.base, ours: sides.theirs, theirs: sides.ours };
    let stands = |merge: &Merge| {
        gates::keeps_every_word_of(sides, &merge.bytes(sides))
            && holds(kind, sides, merge, gates)
            && (gates == Gates::Valid || holds(kind, &swapped, &merge.clone().mirrored(), gates))
    };
    let merge = json::merge_documents(sides);
    if let Some(merge) = merge.as_ref().filter(|merge| merge.is_clean() && stands(merge)) {
        return Some(merge.clone());
    }
    let other = json::merge_documents(&swapped).map(Merge::mirrored);
    if let Some(other) = other.as_ref().filter(|other| other.is_clean() && stands(other)) {
        return Some(other.clone());
    }
    merge.into_iter().chain(other).find(|merge| !merge.is_clean())
}

/// Whether a clean merge passes the gates.
fn holds(kind: Kind, sides: &Sides<'_>, merge: &Merge, gates: Gates) -> bool {
    gates::stays_valid(kind, sides, merge)
        && match gates {
            Gates::Valid => true,
            Gates::ValidAndStable { is_first } => is_fixpoint(kind, sides, merge, is_first),
        }
}

/// Whether the merge by rules passes the gates with the sides swapped, too: a declared order gives another text then.
fn holds_swapped(kind: Kind, sides: &Sides<'_>, algorithm: Algorithm) -> bool {
    let swapped = Sides { base: sides.base, ours: sides.theirs, theirs: sides.ours };
    let texts = Texts::of(&swapped);
    let merge = Comparison::of(kind, &texts, algorithm).by_rules();
    merge.is_clean() && holds(kind, &swapped, &merge, Gates::ValidAndStable { is_first: false })
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
        trail: String::new(),
    };
    Merge { pieces: vec![Piece::Conflict(conflict)], ..Merge::default() }
}

/// Settles what one side has in it already, by taking the other's edit out and merging it in again.
///
/// Tried only where each line that one side added is among the lines that the other added.
fn already_there(
    kind: Kind,
    sides: &Sides<'_>,
    comparison: &Comparison<'_>,
    known: Option<(Side, &[u8])>,
) -> Option<Merge> {
    let Sides { base, ours, theirs } = *sides;
    let known = |side| known.filter(|(known, _)| *known == side).map(|(_, rest)| rest);
    let in_ours =
        comparison.adds_nothing_beside_the_other(Side::Theirs) && has(kind, base, ours, theirs, known(Side::Ours));
    let in_theirs =
        comparison.adds_nothing_beside_the_other(Side::Ours) && has(kind, base, theirs, ours, known(Side::Theirs));
    let side = match (in_ours, in_theirs) {
        (true, true) => comparison.fuller(),
        (true, false) => Side::Ours,
        (false, true) => Side::Theirs,
        (false, false) => return None,
    };
    Some(Merge::whole(side, sides.of(side).len(), Rule::AlreadyThere))
}

/// Whether there is a version into which merging `edit` gives `whole`; one may be `known`.
///
/// What is guessed is proved: any version will do, however it was found.
fn has(kind: Kind, base: &[u8], whole: &[u8], edit: &[u8], known: Option<&[u8]>) -> bool {
    let reversed = Sides { base: edit, ours: whole, theirs: base };
    let gives_whole = |rest: &[u8]| {
        if known == Some(rest) {
            return true;
        }
        let again = Sides { base, ours: rest, theirs: edit };
        let merge = attempt(kind, &again, Effort::Plain);
        merge.is_clean() && merge.bytes(&again) == whole
    };
    if let Some(merge) = identity(&reversed) {
        return gives_whole(&merge.bytes(&reversed));
    }
    let texts = Texts::of(&reversed);
    let mut tried = BTreeSet::new();
    alignments(&texts).iter().any(|alignment| {
        let comparison = Comparison::of(kind, &texts, *alignment);
        let mut rests = comparison.guesses().map(|guess| guess.bytes(&reversed));
        rests.any(|rest| tried.insert(rest.clone()) && gives_whole(&rest))
    })
}

/// Whether merging either side into the result again changes nothing. `is_first` says that the result is what the plain
/// effort gives.
fn is_fixpoint(kind: Kind, sides: &Sides<'_>, merge: &Merge, is_first: bool) -> bool {
    let result = merge.bytes(sides);
    // It is what one side gives with the other merged into it, whichever is called ours, if no order was declared.
    let is_known = is_first && !merge.uses(Rule::Union) && merge.newline.is_none();
    let same = |again: Sides<'_>, side: Side| {
        let known = is_known.then_some((side, sides.of(side)));
        let merge = attempt(kind, &again, Effort::Again(known));
        // Lines that are united say who comes first: that is none of what was merged already.
        let is_united = kind == Kind::Ignore && merge.uses(Rule::Union);
        merge.is_clean() && !is_united && merge.bytes(&again) == result
    };
    same(Sides { ours: &result, ..*sides }, Side::Ours) && same(Sides { theirs: &result, ..*sides }, Side::Theirs)
}
