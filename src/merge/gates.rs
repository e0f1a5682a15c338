//! What every result has to pass: the laws that are checked at run time, each time.
//!
//! What settles a single clash of lines has to pass `text::gates` first; whether merging again
//! changes nothing is asked in `steps::proof`.

use foldhash::{HashMap, HashSet};

use super::checks::Check;
use super::facts::TextFacts;
use super::kind::FileKind;
use super::marking::frontmatter;
use super::pieces::{Merge, Side, Sides};
use super::text::tags;
use super::trivial::trivial_merge;
use super::values;

/// Returns whether every word that a side added is in the result.
pub fn keeps_every_word_of<'a>(facts: &TextFacts<'a>, sides: &Sides<'a>, merge: &Merge) -> bool {
    let result = facts.keep(merge.bytes(sides));
    has_words_of(facts, sides, Side::Ours, result)
        && has_words_of(facts, sides, Side::Theirs, result)
}

/// Returns whether every word that a side added is in the result that takes this side at every
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

/// Returns whether the words that a side added to base are in a result.
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

/// Returns whether taking either side at every conflict loses nothing that both sides have: where
/// one moved a line into a conflict, the line is gone from its old place, and must not be gone from
/// the result that takes the other side.
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

/// Returns the lines that each version has once. What is there several times, like a bracket, says
/// nothing of where it went.
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
/// frontmatter parse, code fences close. Where it has conflicts that holds whichever side is taken,
/// so that it doesn't matter which one is ours.
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

/// Returns whether a template has the tags that it had, where one side alone changed any: those of
/// that side, in their order.
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

/// Returns whether the result of a clean merge by lines is a document although base is one and a
/// side is none: the other side's edit put right what this one broke, by accident. Merging their
/// values would say something else of it.
pub fn is_mended<'a>(facts: &TextFacts<'a>, sides: &Sides<'a>, merge: &Merge) -> bool {
    facts.kind == FileKind::Json
        && !(facts.passes(Check::StrictJson, sides.ours)
            && facts.passes(Check::StrictJson, sides.theirs))
        && facts.passes(Check::StrictJson, sides.base)
        && facts.passes(Check::StrictJson, facts.keep(merge.bytes(sides)))
}

/// Returns whether all sides are documents, or none has values.
pub fn asks_values_of_all<'a>(facts: &TextFacts<'a>, sides: &Sides<'a>) -> bool {
    let all = [sides.base, sides.ours, sides.theirs];
    let has_values = match facts.kind {
        FileKind::Json | FileKind::Toml | FileKind::Yaml => true,
        FileKind::Markdown => all.into_iter().any(|side| frontmatter(side) > 0),
        _ => false,
    };
    !has_values || all.into_iter().all(|side| facts.value(side).is_some())
}

/// Returns whether the result of a clean merge says what merging the values of the three says. What
/// doesn't parse has no values, and says anything.
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
}
