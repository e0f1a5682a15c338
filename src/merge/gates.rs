//! What every result has to pass: the laws that are checked at run time, each time.

use foldhash::{HashMap, HashSet};
use std::cell::OnceCell;

use super::json;
use super::kind::FileKind;
use super::marking::frontmatter;
use super::memo::TextFacts;
use super::pieces::{Merge, Side, Sides};
use super::text::fences;
use super::text::lines::{self, Texts};
use super::text::regions::Region;
use super::text::rules::RulePart;
use super::text::tags;
use super::values;
use super::yaml;

/// Returns whether what settles a clash has every word in it that a side added there.
///
/// Where no rule was used there is nothing to check: every line that a side added is in the result,
/// by construction.
///
/// `known` is filled with the words of base when one is missing: what base has was not added.
pub fn keeps_every_word<'a>(
    texts: &Texts<'a>,
    region: &Region,
    runs: &[RulePart],
    known: &OnceCell<HashSet<&'a [u8]>>,
) -> bool {
    let mut kept = HashSet::default();
    for run in runs {
        match run {
            RulePart::Lines(side, lines) => texts
                .side(*side)
                .lines(lines)
                .for_each(|line| kept.extend(words(line))),
            RulePart::Line(spans, _) => {
                let bytes =
                    |(side, span): &(Side, _)| &texts.side(*side).bytes()[Clone::clone(span)];
                spans
                    .iter()
                    .for_each(|span| kept.extend(words(bytes(span))));
            }
        }
    }
    let sides = [(&texts.ours, &region.ours), (&texts.theirs, &region.theirs)];
    let changed = sides
        .iter()
        .flat_map(|(text, lines)| text.lines(lines))
        .flat_map(words);
    let mut missing = changed.filter(|word| !kept.contains(word));
    let of_base = || {
        texts
            .base
            .lines(&(0..texts.base.count()))
            .flat_map(words)
            .collect()
    };
    missing.all(|word| known.get_or_init(of_base).contains(word))
}

/// Returns whether no line comes back in a clash that one side took out and the other left there:
/// what one side only moved is gone.
pub fn keeps_removals(texts: &Texts<'_>, region: &Region, runs: &[RulePart]) -> bool {
    let mut counts: HashMap<u32, [usize; 4]> = HashMap::default();
    let mut count = |version: usize, ids: &[u32]| {
        for id in ids.iter().filter(|id| lines::speaks(**id)) {
            counts.entry(*id).or_default()[version] += 1;
        }
    };
    count(0, &texts.base.ids[region.base.clone()]);
    count(1, &texts.ours.ids[region.ours.clone()]);
    count(2, &texts.theirs.ids[region.theirs.clone()]);
    for run in runs {
        if let RulePart::Lines(side, lines) = run {
            count(3, &texts.side(*side).ids[lines.clone()]);
        }
    }
    counts
        .into_values()
        .all(|[base, ours, theirs, result]| match () {
            () if ours < base && theirs == base => result <= ours,
            () if theirs < base && ours == base => result <= theirs,
            () => true,
        })
}

/// Returns whether every word that a side added is in the result.
pub fn keeps_every_word_of<'a>(memo: &TextFacts<'a>, sides: &Sides<'a>, merge: &Merge) -> bool {
    let kept = memo.words(memo.keep(merge.bytes(sides)));
    let known = memo.words(sides.base);
    let is_there = |word| known.contains(word) || kept.contains(word);
    [sides.ours, sides.theirs]
        .into_iter()
        .all(|side| memo.words(side).iter().all(|word| is_there(*word)))
}

/// Returns whether every word that a side added is in the result that takes this side at every
/// conflict.
pub fn keeps_every_word_of_who_is_taken<'a>(
    memo: &TextFacts<'a>,
    sides: &Sides<'a>,
    merge: &Merge,
) -> bool {
    let known = memo.words(sides.base);
    [Side::Ours, Side::Theirs].into_iter().all(|side| {
        let kept = memo.words(memo.keep(merge.taking(side, sides)));
        let is_there = |word| known.contains(word) || kept.contains(word);
        memo.words(sides.of(side))
            .iter()
            .all(|word| is_there(*word))
    })
}

/// Returns whether taking either side at every conflict loses nothing that both sides have: where
/// one moved a line into a conflict, the line is gone from its old place, and must not be gone from
/// the result that takes the other side.
pub fn keeps_what_both_have(sides: &Sides<'_>, merge: &Merge) -> bool {
    // What is there several times, like a bracket, says nothing of where it went.
    let mut counts: HashMap<&[u8], [u8; 3]> = HashMap::default();
    for (version, text) in [sides.base, sides.ours, sides.theirs]
        .into_iter()
        .enumerate()
    {
        for line in speaking_lines(text) {
            match (version, counts.get_mut(line)) {
                (_, Some(count)) => count[version] = count[version].saturating_add(1),
                (0, None) => _ = counts.insert(line, [1, 0, 0]),
                _ => {}
            }
        }
    }
    let once: HashSet<&[u8]> = counts
        .into_iter()
        .filter(|(_, count)| *count == [1; 3])
        .map(|(line, _)| line)
        .collect();
    [Side::Ours, Side::Theirs].into_iter().all(|side| {
        let result = merge.taking(side, sides);
        let kept: HashSet<&[u8]> = speaking_lines(&result)
            .filter(|line| once.contains(line))
            .collect();
        kept.len() == once.len()
    })
}

/// Returns the lines that aren't blank, without their ends.
fn speaking_lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| matches!(byte, b'\r' | b'\n'))
        .filter(|line| !line.trim_ascii().is_empty())
}

/// What a document of a kind has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Check {
    /// Strict JSON, in which no key comes twice.
    StrictJson,
    /// JSON with comments, in which no key comes twice.
    Json,
    /// TOML.
    Toml,
    /// YAML, in which no key comes twice.
    Yaml,
    /// A text whose code fences close.
    Fences,
    /// A text whose frontmatter, if it has one, is YAML.
    Frontmatter,
}

impl Check {
    /// Returns whether a text is that.
    pub fn passes(self, bytes: &[u8]) -> bool {
        let text = || std::str::from_utf8(bytes);
        match self {
            Self::StrictJson => text().is_ok_and(json::is_strict),
            Self::Json => text().is_ok_and(json::is_readable),
            Self::Toml => text().is_ok_and(|text| toml_edit::Document::parse(text).is_ok()),
            Self::Yaml => text().is_ok_and(yaml::is_valid),
            Self::Fences => fences::close(bytes),
            Self::Frontmatter => has_valid_frontmatter(bytes),
        }
    }
}

/// Returns whether the result is a document of its kind, if all inputs are: JSON, TOML, YAML and
/// frontmatter parse, code fences close. Where it has conflicts that holds whichever side is taken,
/// so that it doesn't matter which one is ours.
pub fn stays_valid<'a>(memo: &TextFacts<'a>, sides: &Sides<'a>, merge: &Merge) -> bool {
    let taken = [
        Some(Side::Ours),
        Some(Side::Theirs).filter(|_| !merge.is_clean()),
    ];
    let results: Vec<&[u8]> = taken
        .into_iter()
        .flatten()
        .map(|side| memo.keep(merge.taking(side, sides)))
        .collect();
    let is_result = |check| results.iter().all(|result| memo.passes(check, result));
    let are_inputs = |check| {
        [sides.base, sides.ours, sides.theirs]
            .into_iter()
            .all(|side| memo.passes(check, side))
    };
    let stays = |check| is_result(check) || !are_inputs(check);
    match memo.kind {
        FileKind::Json => {
            is_result(Check::StrictJson) || !are_inputs(Check::StrictJson) && stays(Check::Json)
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
    let [base, ours, theirs, made] = [sides.base, sides.ours, sides.theirs, result].map(|text| {
        tags::tags(text)
            .into_iter()
            .map(|tag| &text[tag])
            .collect::<Vec<_>>()
    });
    match () {
        () if theirs == base => made == ours,
        () if ours == base || ours == theirs => made == theirs,
        // With base's, merging again would take them for unchanged.
        () => made != base,
    }
}

/// Returns whether the result of a clean merge by lines is a document although base is one and a
/// side is none: the other side's edit put right what this one broke, by accident. Merging their
/// values would say something else of it.
pub fn is_mended<'a>(memo: &TextFacts<'a>, sides: &Sides<'a>, merge: &Merge) -> bool {
    let is_strict = |bytes| memo.passes(Check::StrictJson, bytes);
    memo.kind == FileKind::Json
        && !(is_strict(sides.ours) && is_strict(sides.theirs))
        && is_strict(sides.base)
        && is_strict(memo.keep(merge.bytes(sides)))
}

/// Returns whether all sides are documents, or none has values.
pub fn asks_values_of_all<'a>(memo: &TextFacts<'a>, sides: &Sides<'a>) -> bool {
    let all = [sides.base, sides.ours, sides.theirs];
    let has_values = match memo.kind {
        FileKind::Json | FileKind::Toml | FileKind::Yaml => true,
        FileKind::Markdown => all.into_iter().any(|side| frontmatter(side) > 0),
        _ => false,
    };
    !has_values || all.into_iter().all(|side| memo.value(side).is_some())
}

/// Returns whether the result of a clean merge says what merging the values of the three says. What
/// doesn't parse has no values, and says anything.
pub fn says_what_values_say<'a>(memo: &TextFacts<'a>, sides: &Sides<'a>, merge: &Merge) -> bool {
    let [Some(base), Some(ours), Some(theirs)] =
        [sides.base, sides.ours, sides.theirs].map(|side| memo.value(side))
    else {
        return true;
    };
    let Some(result) = memo.value(memo.keep(merge.bytes(sides))) else {
        return true;
    };
    values::agrees(Some(&base), Some(&ours), Some(&theirs), Some(&result))
}

/// Returns whether the frontmatter of a text, if it has one, is YAML.
fn has_valid_frontmatter(bytes: &[u8]) -> bool {
    let lines = bytes
        .split_inclusive(|byte| *byte == b'\n')
        .take(frontmatter(bytes));
    let inner: Vec<&[u8]> = lines.skip(1).collect();
    inner
        .split_last()
        .is_none_or(|(_, inner)| Check::Yaml.passes(&inner.concat()))
}

/// Returns the words of a text: runs of letters, digits and underscores; all that isn't ASCII is
/// taken for a letter.
pub fn words(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte >= 0x80;
    text.split(move |byte| !is_part(byte))
        .filter(|word| !word.is_empty())
}
