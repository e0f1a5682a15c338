//! Which conflicts may be marked in their file, so that a person sees both sides there.
//!
//! **What a program reads or runs never gets markers**: JSON, TOML, YAML, scripts, executables, and
//! frontmatter.

use super::is_binary;
use super::kind::FileKind;
use super::markdown::fenced;
use super::pieces::{Location, Merge, Sides};

/// Returns whether the conflicts of a merge may be marked. `executable` says whether ours can be
/// run.
pub fn may_mark(kind: FileKind, merge: &Merge, sides: &Sides<'_>, executable: bool) -> bool {
    kind.takes_markers()
        && !executable
        && !is_binary(sides)
        && !merge.conflicts().any(|one| heads(&one.place, sides))
}

/// The label of ours in the markers that an upgrade writes.
pub const LOCAL: &str = "local";

/// Returns the line, from 1, of the first conflict that is marked in a text, whoever marked it, or
/// of the first marker that is left of one that an upgrade marked.
///
/// A conflict that stands as a whole inside one code fence is taken for an example. Whether it is a
/// real one only the lock can tell (`open_conflicts::first_marked`).
pub fn first_marker(kind: FileKind, text: &str) -> Option<usize> {
    let lines: Vec<&str> = text.lines().collect();
    let has_code = kind == FileKind::Markdown && (text.contains("```") || text.contains("~~~"));
    let code = match has_code {
        true => fenced(&lines.iter().map(|line| line.as_bytes()).collect::<Vec<_>>()),
        false => vec![None; lines.len()],
    };
    let is_left =
        |(line, fence): (&&str, &Option<usize>)| fence.is_none() && is_mark_of_upgrade(line);
    first_conflict(&lines, &code).or_else(|| {
        lines
            .iter()
            .zip(&code)
            .position(is_left)
            .map(|line| line + 1)
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

/// Returns the line, from 1, of the first conflict that doesn't stand as a whole inside one fence.
/// `code` says which fence each line is in.
fn first_conflict(lines: &[&str], code: &[Option<usize>]) -> Option<usize> {
    // The line of the first marker, how long it is, and whether the second was met.
    let mut open: Option<(usize, usize, bool)> = None;
    for (index, line) in lines.iter().enumerate() {
        let run = |mark: u8| line.bytes().take_while(|byte| *byte == mark).count();
        let is_marker = |mark: u8, length: usize| {
            run(mark) == length && matches!(line.as_bytes().get(length), None | Some(b' '))
        };
        match open {
            _ if run(b'<') >= SHORTEST && is_marker(b'<', run(b'<')) => {
                open = Some((index, run(b'<'), false));
            }
            Some((start, length, false)) if is_marker(b'=', length) => {
                open = Some((start, length, true))
            }
            Some((start, length, true)) if is_marker(b'>', length) => {
                if code[start].is_none() || code[start] != code[index] {
                    return Some(start + 1);
                }
                open = None;
            }
            _ => {}
        }
    }
    None
}

/// Returns whether a place is in a side's frontmatter, or contains it.
fn heads(place: &Location, sides: &Sides<'_>) -> bool {
    let (ours, theirs) = (frontmatter(sides.ours), frontmatter(sides.theirs));
    match place {
        Location::Lines {
            ours: at_ours,
            theirs: at_theirs,
            ..
        } => at_ours.start < ours || at_theirs.start < theirs,
        Location::File | Location::Value(_) => ours + theirs > 0,
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
    fn check(
        kind: FileKind,
        base: &str,
        ours: &str,
        theirs: &str,
        executable: bool,
        expected: bool,
    ) {
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
        assert_eq!(first_marker(FileKind::Markdown, git), Some(2));
        assert_eq!(first_marker(FileKind::Text, git), Some(2));
        assert_eq!(first_marker(FileKind::Markdown, ours), Some(1));
        for left in ["a\n<<<<<<< local\nb\n", "a\n||||||| t 1.0.0\nb\n"] {
            assert_eq!(first_marker(FileKind::Markdown, left), Some(2));
        }
        for spoken_of in [
            format!("```\n{git}```\n"),
            format!("- a\n\n  ~~~~diff\n{}  ~~~~\n", git.replace('\n', "\n  ")),
            format!("````\n```\n{git}```\n````\n"),
        ] {
            assert_eq!(
                first_marker(FileKind::Markdown, &spoken_of),
                None,
                "{spoken_of}"
            );
        }
        // A fence that nothing closes hides none, nor does one that a side closes.
        assert_eq!(
            first_marker(FileKind::Markdown, &format!("```\n{git}")),
            Some(3)
        );
        let closed = "```\n<<<<<<< HEAD\nb\n```\n=======\nc\n```\n>>>>>>> main\n";
        assert_eq!(first_marker(FileKind::Markdown, closed), Some(2));
        assert_eq!(
            first_marker(FileKind::Text, &format!("```\n{git}```\n")),
            Some(3)
        );
        for text in [
            "<<<<<<< a\n",
            "Title\n=======\n>>>>>>> b\n",
            "<<<<<<< a\nb\n>>>>>>> c\n",
            "<<<<<<<a\n=======\n>>>>>>>\n",
        ] {
            assert_eq!(first_marker(FileKind::Markdown, text), None, "{text}");
        }
    }

    #[test]
    fn prose_is_marked_and_what_programs_read_is_not() {
        check(FileKind::Markdown, "a\n", "b\n", "c\n", false, true);
        check(FileKind::Markdown, "a\n", "b\n", "c\n", true, false);
        check(FileKind::Shell, "a\n", "b\n", "c\n", false, false);
        check(FileKind::Script, "a\n", "b\n", "c\n", false, false);
        let head = |name: &str, body: &str| format!("---\nname: {name}\n---\n\n{body}\n");
        check(
            FileKind::Markdown,
            &head("a", "x"),
            &head("b", "x"),
            &head("c", "x"),
            false,
            false,
        );
        check(
            FileKind::Markdown,
            &head("a", "x"),
            &head("a", "y"),
            &head("a", "z"),
            false,
            true,
        );
    }
}
