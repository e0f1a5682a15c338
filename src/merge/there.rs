//! Whether lines that one side added stand at the same place on the other: below the same headings
//! of Markdown, in the same block of a shell script.
//!
//! Documents have values for that, which say it by their paths (`values`).

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use super::counts::is_part_of;
use super::kind::Kind;
use super::text::fences::Fences;
use super::text::headings::level;

/// A number for what stands above a line, and the line.
type Placed = (u64, String);

/// Returns whether all that `edit` did to `base` is among what `whole` did to it, place by place.
pub fn is_there(kind: Kind, base: &[u8], whole: &[u8], edit: &[u8]) -> bool {
    let Some([base, whole, edit]) = counts(kind, [base, whole, edit]) else {
        return true;
    };
    let times = |counts: &Counts, line| counts.get(line).copied().unwrap_or(0);
    base.keys().chain(edit.keys()).all(|line| {
        let before = times(&base, line);
        is_part_of(times(&edit, line) - before, times(&whole, line) - before)
    })
}

/// Returns whether no line that `side` added stands in the result at other places alone. One that
/// stands nowhere was settled by its words, and a place that is gone was renamed; where a heading
/// stands says nothing, since another may stand above it now.
pub fn stays_where_it_was_added(kind: Kind, base: &[u8], side: &[u8], result: &[u8]) -> bool {
    let Some([base, side, result]) = counts(kind, [base, side, result]) else {
        return true;
    };
    let times = |counts: &Counts, line| counts.get(line).copied().unwrap_or(0);
    let [anywhere_before, anywhere] = [&base, &result].map(|counts| {
        let mut anywhere: HashMap<&String, isize> = HashMap::new();
        for ((_, text), count) in counts {
            *anywhere.entry(text).or_default() += count;
        }
        anywhere
    });
    let places: HashSet<&u64> = result.keys().map(|(place, _)| place).collect();
    side.iter().all(|(line, count)| {
        *count <= times(&base, line)
            || !places.contains(&line.0)
            || kind == Kind::Markdown && level(line.1.as_bytes()).is_some()
            || times(&result, line) >= *count
            || anywhere.get(&line.1) <= anywhere_before.get(&line.1)
    })
}

/// How often each line stands at each place.
type Counts = HashMap<Placed, isize>;

fn counts(kind: Kind, texts: [&[u8]; 3]) -> Option<[Counts; 3]> {
    let placed: fn(&str) -> Vec<Placed> = match kind {
        Kind::Markdown => below_headings,
        Kind::Shell => in_blocks,
        _ => return None,
    };
    Some(texts.map(|text| {
        let mut counts = Counts::new();
        for line in placed(&String::from_utf8_lossy(text)) {
            *counts.entry(line).or_default() += 1;
        }
        counts
    }))
}

/// Returns the lines of prose that say something, each below the headings above it.
fn below_headings(text: &str) -> Vec<Placed> {
    let mut placed = Vec::new();
    let mut above: Vec<(usize, u64)> = Vec::new();
    let mut fences = Fences::default();
    for line in lines(text) {
        let was_open = fences.are_open();
        fences.read(line.as_bytes());
        let is_prose = !was_open && !fences.are_open();
        if let Some(level) = level(line.as_bytes()).filter(|_| is_prose) {
            above.retain(|(other, _)| *other < level);
            let outer = above.last().map_or(0, |(_, place)| *place);
            placed.push((outer, line.trim().to_owned()));
            above.push((level, below(outer, line.trim())));
        } else if !line.trim().is_empty() {
            let place = above.last().map_or(0, |(_, place)| *place);
            placed.push((place, line.trim_end().to_owned()));
        }
    }
    placed
}

/// Returns the lines of a text, whatever ends them.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    text.split(['\n', '\r'])
}

/// Returns the number of what is below a line at a place: the same for the same, however deep, so
/// that a line costs no more the deeper it stands.
fn below(place: u64, line: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (place, line).hash(&mut hasher);
    hasher.finish()
}

/// Returns the commands of a script, each below the lines that open the blocks around it.
fn in_blocks(text: &str) -> Vec<Placed> {
    let mut placed = Vec::new();
    let mut open: Vec<u64> = Vec::new();
    for line in lines(text) {
        let command = line.trim();
        let first = command.split([' ', ';', '\t']).next().unwrap_or_default();
        if matches!(first, "fi" | "done" | "esac" | "}" | "else" | "elif") {
            open.pop();
        }
        if !command.is_empty() {
            placed.push((open.last().copied().unwrap_or(0), command.to_owned()));
        }
        let last = command
            .split([' ', ';', '\t'])
            .next_back()
            .unwrap_or_default();
        let opens = matches!(
            first,
            "if" | "for" | "while" | "until" | "case" | "else" | "elif"
        ) || last == "{";
        // `if x; then y; fi` in one line.
        if opens && !matches!(last, "fi" | "done" | "esac" | "}") {
            open.push(below(open.last().copied().unwrap_or(0), command));
        }
    }
    placed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(kind: Kind, [base, whole, edit]: [&str; 3], expected: bool) {
        let [base, whole, edit] = [base, whole, edit].map(str::as_bytes);
        assert_eq!(is_there(kind, base, whole, edit), expected);
    }

    #[test]
    fn an_item_is_there_below_the_same_heading() {
        let base = "# A\n- x\n# B\n- y\n";
        let edit = "# A\n- x\n- new\n# B\n- y\n";
        let more = "# A\n- x\n- new\n- own\n# B\n- y\n";
        check(Kind::Markdown, [base, more, edit], true);
        check(
            Kind::Markdown,
            [base, "# A\n- x\n# B\n- y\n- new\n", edit],
            false,
        );
        // A heading in code is none.
        let fenced = "# A\n```\n# B\n```\n- x\n- new\n# B\n- y\n";
        check(Kind::Markdown, [base, fenced, edit], true);
    }

    #[test]
    fn an_item_that_was_added_here_is_not_to_be_found_elsewhere_alone() {
        let base = "# A\n- x\n# B\n";
        let side = "# A\n- x\n- new\n# B\n";
        let stays = |result: &str| {
            let [base, side, result] = [base, side, result].map(str::as_bytes);
            stays_where_it_was_added(Kind::Markdown, base, side, result)
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
            Kind::Shell,
            [base, "a\nrm y\nown\nif x; then\n  b\nfi\n", edit],
            true,
        );
        check(
            Kind::Shell,
            [base, "a\nif x; then\n  b\n  rm y\nfi\n", edit],
            false,
        );
        let one_line = "if x; then y; fi\n";
        check(Kind::Shell, ["", &format!("{one_line}a\n"), "a\n"], true);
    }
}
