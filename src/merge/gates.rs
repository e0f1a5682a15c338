//! The laws that are checked at run time, each time. Which results have to pass which gate is
//! listed in the module `merge`; the steps call them.
//!
//! What settles a single clash of lines has to pass `text::gates` first. `steps::proof` checks that
//! merging again changes nothing.

use foldhash::{HashMap, HashSet};

use super::checks::Check;
use super::facts::TextFacts;
use super::kind::FileKind;
use super::marking::frontmatter;
use super::pieces::{Merge, Side, Sides};
use super::text::tags;
use super::trivial::trivial_merge;
use super::values;

/// Returns whether every word that a side added is in the result. A word that base has anywhere
/// doesn't count as added.
pub fn keeps_every_word_of<'a>(facts: &TextFacts<'a>, sides: &Sides<'a>, merge: &Merge) -> bool {
    let result = facts.keep(merge.bytes(sides));
    has_words_of(facts, sides, Side::Ours, result)
        && has_words_of(facts, sides, Side::Theirs, result)
}

/// Returns whether every word that a side added is in the result that takes that side at every
/// conflict.
pub fn keeps_every_word_of_who_is_taken<'a>(
    facts: &TextFacts<'a>,
    sides: &Sides<'a>,
    merge: &Merge,
) -> bool {
    [Side::Ours, Side::Theirs].into_iter().all(|side| {
        let result = facts.keep(merge.taking(side, sides));
        has_words_of(facts, sides, side, result)
    })
}

fn has_words_of<'a>(
    facts: &TextFacts<'a>,
    sides: &Sides<'a>,
    side: Side,
    result: &'a [u8],
) -> bool {
    let kept = facts.words(result);
    let known = facts.words(sides.base);
    facts
        .words(sides.of(side))
        .iter()
        .all(|word| known.contains(word) || kept.contains(word))
}

/// Returns whether each line that all versions have once is in the result, whichever side is taken
/// at every conflict. Where one side moved a line into a conflict, it is gone from its old place;
/// taking the other side there must not lose it.
pub fn keeps_what_both_have(sides: &Sides<'_>, merge: &Merge) -> bool {
    let once = lines_that_all_have_once(sides);
    [Side::Ours, Side::Theirs].into_iter().all(|side| {
        let result = merge.taking(side, sides);
        let kept: HashSet<&[u8]> = speaking_lines(&result)
            .filter(|line| once.contains(line))
            .collect();
        kept.len() == once.len()
    })
}

/// Returns the lines that each version has exactly once. Of a line that repeats, like a bracket,
/// nobody can say where it went.
fn lines_that_all_have_once<'a>(sides: &Sides<'a>) -> HashSet<&'a [u8]> {
    let mut counts: HashMap<&[u8], [u8; 3]> = HashMap::default();
    for line in speaking_lines(sides.base) {
        let [in_base, ..] = counts.entry(line).or_default();
        *in_base = in_base.saturating_add(1);
    }
    for (version, text) in [(1, sides.ours), (2, sides.theirs)] {
        for line in speaking_lines(text) {
            if let Some(count) = counts.get_mut(line) {
                count[version] = count[version].saturating_add(1);
            }
        }
    }
    counts.retain(|_, count| *count == [1; 3]);
    counts.into_keys().collect()
}

/// Returns the lines that aren't blank, without their ends.
fn speaking_lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| matches!(byte, b'\r' | b'\n'))
        .filter(|line| !line.trim_ascii().is_empty())
}

/// Returns whether the result is a document of its kind, if all inputs are: JSON, TOML, YAML and
/// frontmatter parse, code fences close, and a clean template keeps its tags. A result with
/// conflicts has to be valid whichever side is taken, so that it doesn't matter which one is ours.
pub fn stays_valid<'a>(facts: &TextFacts<'a>, sides: &Sides<'a>, merge: &Merge) -> bool {
    let mut results = vec![facts.keep(merge.taking(Side::Ours, sides))];
    if !merge.is_clean() {
        results.push(facts.keep(merge.taking(Side::Theirs, sides)));
    }
    let inputs = [sides.base, sides.ours, sides.theirs];
    let all = |check, texts: &[&'a [u8]]| texts.iter().all(|text| facts.passes(check, text));
    let stays = |check| all(check, &results) || !all(check, &inputs);
    match facts.kind {
        FileKind::Json => {
            all(Check::StrictJson, &results)
                || !all(Check::StrictJson, &inputs) && stays(Check::Json)
        }
        FileKind::Toml => stays(Check::Toml),
        FileKind::Yaml => stays(Check::Yaml),
        FileKind::Markdown => stays(Check::Fences) && stays(Check::Frontmatter),
        FileKind::Template => !merge.is_clean() || keeps_tags(sides, results[0]),
        _ => true,
    }
}

/// Returns whether a template has the right tags, in their order: those of the side that alone
/// changed any. Where both sides changed tags, any but those of base will do.
fn keeps_tags(sides: &Sides<'_>, result: &[u8]) -> bool {
    let [base, ours, theirs, made] = [sides.base, sides.ours, sides.theirs, result].map(tags_in);
    match trivial_merge(&base, &ours, &theirs) {
        Some(Side::Theirs) => made == theirs,
        Some(Side::Base | Side::Ours) => made == ours,
        // With base's, merging again would take them for unchanged.
        None => made != base,
    }
}

fn tags_in(text: &[u8]) -> Vec<&[u8]> {
    let tags = tags::tags(text).into_iter();
    tags.map(|tag| &text[tag]).collect()
}

/// Returns whether a clean result is strict JSON, and so is base, although a side isn't: the other
/// side's edit repaired by accident what that side broke. Nobody can check the result by its values
/// then.
pub fn is_mended<'a>(facts: &TextFacts<'a>, sides: &Sides<'a>, merge: &Merge) -> bool {
    facts.kind == FileKind::Json
        && !(facts.passes(Check::StrictJson, sides.ours)
            && facts.passes(Check::StrictJson, sides.theirs))
        && facts.passes(Check::StrictJson, sides.base)
        && facts.passes(Check::StrictJson, facts.keep(merge.bytes(sides)))
}

/// Returns whether all three versions have a value, or their kind has none: then every gate that
/// compares values does so for this merge and for one made again from its result.
pub fn asks_values_of_all<'a>(facts: &TextFacts<'a>, sides: &Sides<'a>) -> bool {
    let all = [sides.base, sides.ours, sides.theirs];
    let has_values = match facts.kind {
        FileKind::Json | FileKind::Toml | FileKind::Yaml => true,
        FileKind::Markdown => all.into_iter().any(|side| frontmatter(side) > 0),
        _ => false,
    };
    !has_values || all.into_iter().all(|side| facts.value(side).is_some())
}

/// Returns whether the result of a clean merge has the value that merging the values of the three
/// versions gives. Where one of the four doesn't parse there is nothing to compare, and the answer
/// is yes.
pub fn agrees_with_value_merge<'a>(
    facts: &TextFacts<'a>,
    sides: &Sides<'a>,
    merge: &Merge,
) -> bool {
    let [Some(base), Some(ours), Some(theirs)] =
        [sides.base, sides.ours, sides.theirs].map(|side| facts.value(side))
    else {
        return true;
    };
    let Some(result) = facts.value(facts.keep(merge.bytes(sides))) else {
        return true;
    };
    values::agrees(Some(&base), Some(&ours), Some(&theirs), Some(&result))
        && !values::tears_a_whole(
            &mut Vec::new(),
            [Some(&base), Some(&ours), Some(&theirs)],
            facts.policies,
        )
}
