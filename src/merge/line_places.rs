//! Whether lines that one side added stand at the same place on the other side: below the same
//! headings of Markdown, or in the same block of a shell script.
//!
//! Documents don't need this: their values have paths (`values`).

use std::hash::BuildHasher;

use foldhash::fast::FixedState;
use foldhash::{HashMap, HashSet};

use super::counts::is_part_of;
use super::kind::FileKind;
use super::text::fences::Fences;
use super::text::headings::level;

/// How often each line stands at each place. A place is a number for the headings, or the openings
/// of blocks, above the line.
pub type LinePlaces<'a> = HashMap<(u64, &'a [u8]), isize>;

/// Returns whether `whole` did everything to `base` that `edit` did, place by place.
pub fn is_there(base: &LinePlaces<'_>, whole: &LinePlaces<'_>, edit: &LinePlaces<'_>) -> bool {
    base.keys().chain(edit.keys()).all(|line| {
        let before = times(base, line);
        is_part_of(times(edit, line) - before, times(whole, line) - before)
    })
}

/// Returns whether no line that `side` added stands in the result only at other places than `side`
/// put it.
///
/// Three cases don't count: a line that stands nowhere, which was merged word by word; a place that
/// the result doesn't have, which was renamed; and a heading, which another may stand above now.
pub fn stays_where_it_was_added(
    kind: FileKind,
    base: &LinePlaces<'_>,
    side: &LinePlaces<'_>,
    result: &LinePlaces<'_>,
) -> bool {
    let mut missing = Vec::new();
    for (line, count) in side {
        let is_missing = *count > times(base, line) && times(result, line) < *count;
        let is_heading = kind == FileKind::Markdown && level(line.1).is_some();
        if is_missing && !is_heading {
            missing.push(line);
        }
    }
    // The usual case.
    if missing.is_empty() {
        return true;
    }
    let [before, after] = [base, result].map(anywhere);
    let places: HashSet<u64> = result.keys().map(|(place, _)| *place).collect();
    missing
        .into_iter()
        .all(|(place, text)| !places.contains(place) || after.get(text) <= before.get(text))
}

/// Returns how often each line stands at any place.
fn anywhere<'a>(places: &LinePlaces<'a>) -> HashMap<&'a [u8], isize> {
    let mut counts: HashMap<&[u8], isize> = HashMap::default();
    for ((_, line), count) in places {
        *counts.entry(line).or_default() += count;
    }
    counts
}

fn times(places: &LinePlaces<'_>, line: &(u64, &[u8])) -> isize {
    places.get(line).copied().unwrap_or(0)
}

/// Returns where the lines of a text stand, or `None` where files of this kind have no places.
pub fn places(kind: FileKind, text: &[u8]) -> Option<LinePlaces<'_>> {
    let placed = match kind {
        FileKind::Markdown => below_headings(text),
        FileKind::Shell => in_blocks(text),
        _ => return None,
    };
    let mut places = LinePlaces::default();
    for line in placed {
        *places.entry(line).or_default() += 1;
    }
    Some(places)
}

/// Returns the lines that aren't blank, each with the place that the headings above it make.
fn below_headings(text: &[u8]) -> Vec<(u64, &[u8])> {
    let mut placed = Vec::new();
    let mut above: Vec<(usize, u64)> = Vec::new();
    let mut fences = Fences::default();
    for line in lines(text) {
        let was_open = fences.are_open();
        fences.read(line);
        let is_prose = !was_open && !fences.are_open();
        if let Some(level) = level(line).filter(|_| is_prose) {
            above.retain(|(other, _)| *other < level);
            let outer = above.last().map_or(0, |(_, place)| *place);
            placed.push((outer, line.trim_ascii()));
            above.push((level, below(outer, line.trim_ascii())));
        } else if !line.trim_ascii().is_empty() {
            let place = above.last().map_or(0, |(_, place)| *place);
            placed.push((place, line.trim_ascii_end()));
        }
    }
    placed
}

/// Returns the lines of a text, split at every `\n` and `\r`.
fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let mut start = 0;
    let ends = memchr::memchr2_iter(b'\n', b'\r', text).chain([text.len()]);
    ends.map(move |end| {
        let line = &text[start..end];
        start = end + 1;
        line
    })
}

/// Returns the number of the place below a line that stands at a place. Equal places have equal
/// numbers, and deep ones cost no more than others.
fn below(place: u64, line: &[u8]) -> u64 {
    FixedState::default().hash_one((place, line))
}

/// Returns the lines of a script that aren't blank, each with the place that the blocks around it
/// make.
fn in_blocks(text: &[u8]) -> Vec<(u64, &[u8])> {
    const CLOSES: [&[u8]; 4] = [b"fi", b"done", b"esac", b"}"];
    const OPENS: [&[u8]; 5] = [b"if", b"for", b"while", b"until", b"case"];
    const TURNS: [&[u8]; 2] = [b"else", b"elif"];
    let is_between = |byte: &u8| matches!(byte, b' ' | b';' | b'\t');
    let mut placed = Vec::new();
    let mut open: Vec<u64> = Vec::new();
    for line in lines(text) {
        let command = line.trim_ascii();
        let first = command.split(is_between).next().unwrap_or_default();
        if CLOSES.contains(&first) || TURNS.contains(&first) {
            open.pop();
        }
        if !command.is_empty() {
            placed.push((open.last().copied().unwrap_or(0), command));
        }
        let last = command.rsplit(is_between).next().unwrap_or_default();
        let opens = OPENS.contains(&first) || TURNS.contains(&first) || last == b"{";
        // `if x; then y; fi` in one line.
        if opens && !CLOSES.contains(&last) {
            open.push(below(open.last().copied().unwrap_or(0), command));
        }
    }
    placed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(kind: FileKind, texts: [&str; 3], expected: bool) {
        let [base, whole, edit] = texts.map(|text| places_of(kind, text));
        assert_eq!(is_there(&base, &whole, &edit), expected);
    }

    fn places_of(kind: FileKind, text: &str) -> LinePlaces<'_> {
        places(kind, text.as_bytes()).expect("the kind has places")
    }

    #[test]
    fn an_item_is_there_below_the_same_heading() {
        let base = "# A\n- x\n# B\n- y\n";
        let edit = "# A\n- x\n- new\n# B\n- y\n";
        let more = "# A\n- x\n- new\n- own\n# B\n- y\n";
        check(FileKind::Markdown, [base, more, edit], true);
        check(
            FileKind::Markdown,
            [base, "# A\n- x\n# B\n- y\n- new\n", edit],
            false,
        );
        // A heading in code is none.
        let fenced = "# A\n```\n# B\n```\n- x\n- new\n# B\n- y\n";
        check(FileKind::Markdown, [base, fenced, edit], true);
    }

    #[test]
    fn an_item_that_was_added_here_is_not_to_be_found_elsewhere_alone() {
        let base = "# A\n- x\n# B\n";
        let side = "# A\n- x\n- new\n# B\n";
        let stays = |result: &str| {
            let kind = FileKind::Markdown;
            let [base, side, result] = [base, side, result].map(|text| places_of(kind, text));
            stays_where_it_was_added(kind, &base, &side, &result)
        };
        assert!(stays("# A\n- x\n- new\n# B\n- new\n"));
        assert!(stays("# A\n- x\n- newer\n# B\n"));
        assert!(!stays("# A\n- x\n# B\n- new\n"));
        assert!(stays("# Renamed\n- x\n- new\n# B\n"));
    }

    #[test]
    fn a_command_is_there_in_the_same_block() {
        let base = "a\nif x; then\n  b\nfi\n";
        let edit = "a\nrm y\nif x; then\n  b\nfi\n";
        check(
            FileKind::Shell,
            [base, "a\nrm y\nown\nif x; then\n  b\nfi\n", edit],
            true,
        );
        check(
            FileKind::Shell,
            [base, "a\nif x; then\n  b\n  rm y\nfi\n", edit],
            false,
        );
        let one_line = "if x; then y; fi\n";
        check(
            FileKind::Shell,
            ["", &format!("{one_line}a\n"), "a\n"],
            true,
        );
    }
}
