//! Which conflicts may be marked in their file, where a person sees both sides.
//!
//! **What a program reads or runs never gets markers**: JSON, TOML, YAML, scripts, executables, and
//! frontmatter.

use super::is_binary;
use super::kind::Kind;
use super::pieces::{Merge, Place, Sides};
use super::text::fences::Fences;

/// Returns whether the conflicts of a merge may be marked. `executable` says whether ours can be
/// run.
pub fn may_mark(kind: Kind, merge: &Merge, sides: &Sides<'_>, executable: bool) -> bool {
    kind.takes_markers()
        && !executable
        && !is_binary(sides)
        && !merge.conflicts().any(|one| heads(&one.place, sides))
}

/// What the first line of a conflict that was marked starts with, behind its marks.
pub const LOCAL: &str = "local";

/// Returns the line, from 1, of the first conflict that is marked in a text, whoever marked it, or
/// of what is left of one that an upgrade marked. In the code fences of prose markers are spoken
/// of.
pub fn first_marker(kind: Kind, text: &str) -> Option<usize> {
    first_conflict(kind, text).or_else(|| {
        let mut fences = Fences::default();
        for (index, line) in text.lines().enumerate() {
            if !fences.are_open() && is_mark_of_upgrade(line) {
                return Some(index + 1);
            }
            if kind == Kind::Markdown {
                fences.read(line.as_bytes());
            }
        }
        None
    })
}

/// Returns whether a line is a marker that only an upgrade writes: the first of a conflict, or the
/// one before what was there.
pub fn is_mark_of_upgrade(line: &str) -> bool {
    let behind = |mark: char| {
        let rest = line.trim_end().trim_start_matches(mark);
        let is_run = line.chars().take_while(|letter| *letter == mark).count() >= SHORTEST;
        is_run.then_some(rest)
    };
    behind('<').is_some_and(|label| label.trim() == LOCAL)
        || behind('|').is_some_and(|label| label.starts_with(' ') && !label.contains('|'))
}

/// How long a marker is at least.
const SHORTEST: usize = 7;

fn first_conflict(kind: Kind, text: &str) -> Option<usize> {
    let mut fences = Fences::default();
    // The line of the first marker, how long it is, and whether the second was met.
    let mut open: Option<(usize, usize, bool)> = None;
    for (index, line) in text.lines().enumerate() {
        let run = |mark: u8| line.bytes().take_while(|byte| *byte == mark).count();
        let is_marker = |mark: u8, length: usize| {
            run(mark) == length && matches!(line.as_bytes().get(length), None | Some(b' '))
        };
        match open {
            _ if run(b'<') >= SHORTEST && is_marker(b'<', run(b'<')) && !fences.are_open() => {
                open = Some((index + 1, run(b'<'), false));
            }
            Some((start, length, false)) if is_marker(b'=', length) => {
                open = Some((start, length, true))
            }
            Some((start, length, true)) if is_marker(b'>', length) => return Some(start),
            _ => {}
        }
        if kind == Kind::Markdown {
            fences.read(line.as_bytes());
        }
    }
    None
}

/// Returns whether a place is in a side's frontmatter, or has it in it.
fn heads(place: &Place, sides: &Sides<'_>) -> bool {
    let (ours, theirs) = (frontmatter(sides.ours), frontmatter(sides.theirs));
    match place {
        Place::Lines {
            ours: at_ours,
            theirs: at_theirs,
            ..
        } => at_ours.start < ours || at_theirs.start < theirs,
        Place::File | Place::Value(_) => ours + theirs > 0,
    }
}

/// Returns how many lines the frontmatter of a text has, with its fences.
pub fn frontmatter(text: &[u8]) -> usize {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let mut lines = text
        .split(|byte| *byte == b'\n')
        .map(<[u8]>::trim_ascii_end);
    if lines.next() != Some(b"---") {
        return 0;
    }
    lines
        .position(|line| line == b"---" || line == b"...")
        .map_or(0, |index| index + 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merge::json::Policies;
    use crate::merge::merge;

    #[track_caller]
    fn check(kind: Kind, base: &str, ours: &str, theirs: &str, executable: bool, expected: bool) {
        let sides = Sides {
            base: base.as_bytes(),
            ours: ours.as_bytes(),
            theirs: theirs.as_bytes(),
        };
        let merge = merge(kind, &sides, Policies::NONE);
        assert!(!merge.is_clean());
        assert_eq!(may_mark(kind, &merge, &sides, executable), expected);
    }

    #[test]
    fn markers_are_found_but_in_code() {
        let git = "a\n<<<<<<< HEAD\nb\n=======\nc\n>>>>>>> main\n";
        let ours =
            "<<<<<<<< local\nb\n|||||||| reviewer 1.0.0\n========\n```\n>>>>>>>> reviewer 1.1.0\n";
        assert_eq!(first_marker(Kind::Markdown, git), Some(2));
        assert_eq!(first_marker(Kind::Text, git), Some(2));
        assert_eq!(first_marker(Kind::Markdown, ours), Some(1));
        for left in ["a\n<<<<<<< local\nb\n", "a\n||||||| t 1.0.0\nb\n"] {
            assert_eq!(first_marker(Kind::Markdown, left), Some(2));
        }
        let spoken_of = format!("```\n{git}```\n");
        assert_eq!(first_marker(Kind::Markdown, &spoken_of), None);
        for text in [
            "<<<<<<< a\n",
            "Title\n=======\n>>>>>>> b\n",
            "<<<<<<< a\nb\n>>>>>>> c\n",
            "<<<<<<<a\n=======\n>>>>>>>\n",
        ] {
            assert_eq!(first_marker(Kind::Markdown, text), None, "{text}");
        }
    }

    #[test]
    fn prose_is_marked_and_what_programs_read_is_not() {
        check(Kind::Markdown, "a\n", "b\n", "c\n", false, true);
        check(Kind::Markdown, "a\n", "b\n", "c\n", true, false);
        check(Kind::Shell, "a\n", "b\n", "c\n", false, false);
        check(Kind::Script, "a\n", "b\n", "c\n", false, false);
        let head = |name: &str, body: &str| format!("---\nname: {name}\n---\n\n{body}\n");
        check(
            Kind::Markdown,
            &head("a", "x"),
            &head("b", "x"),
            &head("c", "x"),
            false,
            false,
        );
        check(
            Kind::Markdown,
            &head("a", "x"),
            &head("a", "y"),
            &head("a", "z"),
            false,
            true,
        );
    }
}
