//! The gates for what rules make of a clash, place by place: no word is lost, and no line comes
//! back that one side removed.

use std::cell::OnceCell;

use foldhash::{HashMap, HashSet};

use super::lines::{self, Text, Texts};
use super::regions::Region;
use super::rules::RulePart;

/// Returns whether a settled clash has every word that a side added there. A word that base has
/// anywhere doesn't count as added.
///
/// Outside of clashes there is nothing to check: every line that a side added is in the result by
/// construction.
///
/// `known` caches the words of base, which are read when a word is missing.
pub fn keeps_every_word<'a>(
    texts: &Texts<'a>,
    region: &Region,
    runs: &[RulePart],
    known: &OnceCell<HashSet<&'a [u8]>>,
) -> bool {
    let mut kept = HashSet::default();
    for run in runs {
        match run {
            RulePart::Lines(side, lines) => {
                for line in texts.side(*side).lines(lines) {
                    kept.extend(words(line));
                }
            }
            RulePart::Line(spans, _) => {
                for (side, span) in spans {
                    kept.extend(words(&texts.side(*side).bytes()[span.clone()]));
                }
            }
        }
    }
    let mut changed = texts
        .ours
        .lines(&region.ours)
        .chain(texts.theirs.lines(&region.theirs))
        .flat_map(words);
    changed.all(|word| {
        kept.contains(word) || known.get_or_init(|| all_words(&texts.base)).contains(word)
    })
}

fn all_words<'a>(text: &Text<'a>) -> HashSet<&'a [u8]> {
    let lines = text.lines(&(0..text.count()));
    lines.flat_map(words).collect()
}

/// Returns whether no line is in a settled clash more often than on the side that removed it, where
/// the other side left it there or only moved it.
pub fn keeps_removals(texts: &Texts<'_>, region: &Region, runs: &[RulePart]) -> bool {
    let mut counts: HashMap<u32, [usize; 4]> = HashMap::default();
    add(&mut counts, 0, &texts.base.ids[region.base.clone()]);
    add(&mut counts, 1, &texts.ours.ids[region.ours.clone()]);
    add(&mut counts, 2, &texts.theirs.ids[region.theirs.clone()]);
    for run in runs {
        if let RulePart::Lines(side, lines) = run {
            add(&mut counts, 3, &texts.side(*side).ids[lines.clone()]);
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

/// Counts the lines of a version that aren't blank.
fn add(counts: &mut HashMap<u32, [usize; 4]>, version: usize, ids: &[u32]) {
    for id in ids.iter().filter(|id| lines::speaks(**id)) {
        counts.entry(*id).or_default()[version] += 1;
    }
}

/// Returns the words of a text: runs of letters, digits and underscores. Every byte that isn't
/// ASCII counts as a letter.
pub fn words(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| !(byte.is_ascii_alphanumeric() || *byte == b'_' || *byte >= 0x80))
        .filter(|word| !word.is_empty())
}
