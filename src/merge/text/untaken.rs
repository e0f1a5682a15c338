//! Checks that a result has the changes of layout that a release made.
//!
//! The gates make sure that every word that a release adds is in a clean result. A change of layout
//! isn't where the team edited the same lines (rule `layout`), and no check of words would notice.

use std::ops::Range;

use similar::{DiffOp, DiffTag};

use crate::merge::kind::FileKind;
use crate::merge::markdown;
use crate::model::operations::{Algorithm, operations};

/// Returns whether a release changed only the layout of some lines (blank lines, space at the ends
/// of lines), and none of the results has that change.
pub fn is_layout_untaken(
    kind: FileKind,
    base: &[u8],
    theirs: &[u8],
    results: &[impl AsRef<[u8]>],
) -> bool {
    let [base, theirs] = [base, theirs].map(lines);
    let mut untaken = layout_changes(kind, &base, &theirs);
    for result in results {
        let result = lines(result.as_ref());
        let differences = operations(Algorithm::Myers, &theirs, &result);
        untaken.retain(|change| !has(change, &differences, &result));
    }
    !untaken.is_empty()
}

/// Returns the lines of theirs that differ from those of base only in layout.
fn layout_changes(kind: FileKind, base: &[&[u8]], theirs: &[&[u8]]) -> Vec<Range<usize>> {
    let mut changes = Vec::new();
    let [before_said, after_said] = [base, theirs].map(|lines| forms(kind, lines));
    for operation in operations(Algorithm::Myers, base, theirs) {
        let (tag, before, after) = operation.as_tag_tuple();
        let [before, now] = [&before_said[before], &after_said[after.clone()]];
        let speaks = |form: &&Vec<u8>| markdown::speaks(form);
        let is_layout = before.iter().filter(speaks).eq(now.iter().filter(speaks));
        if tag != DiffTag::Equal && is_layout {
            changes.push(after);
        }
    }
    changes
}

/// Returns whether a result has these lines of theirs, without further blank lines.
fn has(change: &Range<usize>, differences: &[DiffOp], result: &[&[u8]]) -> bool {
    differences.iter().all(|operation| {
        let (tag, theirs, here) = operation.as_tag_tuple();
        let touches = theirs.start <= change.end && change.start <= theirs.end;
        let overlaps = theirs.start < change.end && change.start < theirs.end;
        match tag {
            DiffTag::Equal => true,
            DiffTag::Insert => !touches || said(&result[here]).next().is_some(),
            DiffTag::Delete | DiffTag::Replace => !overlaps,
        }
    })
}

/// Returns what each line says, whatever its layout.
fn forms(kind: FileKind, lines: &[&[u8]]) -> Vec<Vec<u8>> {
    match kind {
        FileKind::Markdown => markdown::canonical(lines),
        _ => lines
            .iter()
            .map(|line| line.trim_ascii_end().to_vec())
            .collect(),
    }
}

/// Returns the lines that aren't blank.
fn said<'a>(lines: &[&'a [u8]]) -> impl Iterator<Item = &'a [u8]> {
    let trimmed = lines.iter().map(|line| line.trim_ascii_end());
    trimmed.filter(|line| !line.is_empty())
}

/// Returns the lines of a text without their ends.
fn lines(text: &[u8]) -> Vec<&[u8]> {
    let mut lines: Vec<&[u8]> = Vec::new();
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        lines.push(line.strip_suffix(b"\r").unwrap_or(line));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::is_layout_untaken;
    use crate::merge::kind::FileKind;

    #[test]
    fn layout_is_taken_where_the_lines_stand_as_the_release_has_them() {
        let table: [(&str, &str, &str, bool); 11] = [
            // Space at the end of a line.
            ("a \nb\n", "a\nb\n", "a\nB\n", false),
            ("a \nb\n", "a\nb\n", "a \nB\n", true),
            ("a \nb\n", "a\nb\n", "A\nb\n", true),
            // A blank line more, or less.
            ("a\nb\n", "a\n\nb\n", "a\n\nb\nc\n", false),
            ("a\nb\n", "a\n\nb\n", "a\nb\nc\n", true),
            ("a\n\nb\n", "a\nb\n", "a\nb\nc\n", false),
            ("a\n\nb\n", "a\nb\n", "a\n\nb\nc\n", true),
            // Line ends are the envelope's, and words aren't layout.
            ("a\nb\n", "a\r\nb\r\n", "a\nb\nc\n", false),
            ("a\nb\n", "A\nb\n", "a\nb\n", false),
            // A formatter's.
            ("* a\n* b\n", "- a\n- b\n", "- a\n- B\n", true),
            ("* a\n* b\n", "- a\n- b\n", "* a\n* b\n* c\n", true),
        ];
        for (base, theirs, result, expected) in table {
            let untaken = is_layout_untaken(
                FileKind::Markdown,
                base.as_bytes(),
                theirs.as_bytes(),
                &[result.as_bytes()],
            );
            assert_eq!(untaken, expected, "{base:?} {theirs:?} {result:?}");
        }
    }
}
