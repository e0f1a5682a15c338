//! Edits of neighbouring lines: each replaces lines of base that the other leaves alone, and both
//! are kept.
//!
//! Never next to a pure insertion or deletion: nothing says on which side of the neighbour's edit
//! it belongs. And never inside a quote or a here-document of a script: those lines are one value.
//!
//! In a template, inserted lines of control tags are allowed: a rendering has no such lines, so
//! their place is certain.

use super::{Clash, RulePart};
use crate::merge::pieces::Side;
use crate::merge::text::regions::LineEdit;

/// Settles a place where every edit replaces lines, and no two edits the same lines.
pub fn settle(clash: &Clash<'_>) -> Option<Vec<RulePart>> {
    let of = |side, edits: &'_ [LineEdit]| {
        edits
            .iter()
            .cloned()
            .map(move |edit| (side, edit))
            .collect::<Vec<_>>()
    };
    let mut edits = [of(Side::Ours, clash.ours), of(Side::Theirs, clash.theirs)].concat();
    edits.sort_by_key(|(_, edit)| (edit.base.start, edit.base.end));
    let replaces = edits.iter().all(|(side, edit)| {
        !edit.side.is_empty()
            && (!edit.base.is_empty() || clash.are_control_tags(*side, &edit.side))
    });
    let apart = edits.windows(2).all(|pair| {
        let (first, second) = (&pair[0].1.base, &pair[1].1.base);
        first.end <= second.start && !(first.is_empty() && second.is_empty())
    });
    if !replaces || !apart || clash.is_quoted() {
        return None;
    }
    let mut runs = Vec::new();
    let mut at = clash.region.base.start;
    for (side, edit) in edits {
        runs.push(RulePart::Lines(Side::Base, at..edit.base.start));
        runs.push(RulePart::Lines(side, edit.side));
        at = edit.base.end;
    }
    runs.push(RulePart::Lines(Side::Base, at..clash.region.base.end));
    Some(runs)
}

#[cfg(test)]
mod tests {
    use super::super::Cases;
    use super::settle;
    use crate::merge::kind::FileKind;

    const RULE: Cases = Cases {
        settle,
        kind: FileKind::Shell,
        symmetric: true,
    };

    #[test]
    fn edits_of_neighbours_are_both_kept() {
        RULE.gives("a\nb\n", "A\nb\n", "a\nB\n", "A\nB\n");
        RULE.gives("a\nb\nc\n", "A\nb\nC\n", "a\nB\nc\n", "A\nB\nC\n");
        RULE.gives("a\nb\n", "A\nX\nb\n", "a\nB\n", "A\nX\nB\n");
    }

    #[test]
    fn control_tags_stay_around_what_was_edited() {
        let template = Cases {
            kind: FileKind::Template,
            ..RULE
        };
        template.gives(
            "a\nb\nc\n",
            "a\n{% if x %}\nb\n{% endif %}\nc\n",
            "a\nB\nc\n",
            "a\n{% if x %}\nB\n{% endif %}\nc\n",
        );
        // A line more is inside or outside, and a tag that writes something is text.
        template.conflicts(
            "a\nb\nc\n",
            "a\n{% if x %}\nb\n{% endif %}\nc\n",
            "a\nb\nx\nc\n",
        );
        template.conflicts("a\nb\nc\n", "a\n{{ x }}\nb\nc\n", "a\nB\nc\n");
        template.conflicts("a\nc\n", "a\n{% if x %}\nc\n", "a\n{% if y %}\nc\n");
    }

    #[test]
    fn an_insertion_or_a_deletion_has_no_side_of_its_own() {
        RULE.conflicts("a\nb\n", "A\nb\n", "a\nx\nb\n");
        RULE.conflicts("a\nb\n", "A\nb\n", "a\n");
        RULE.conflicts("a\nb\n", "A\nb\n", "X\nB\n");
        // The lines of a here-document are one value, and so are those of a quote.
        RULE.conflicts(
            "cat <<E\na\nb\nE\n",
            "cat <<E\nA\nb\nE\n",
            "cat <<E\na\nB\nE\n",
        );
        RULE.conflicts("x='a\nb'\n", "x='A\nb'\n", "x='a\nB'\n");
    }
}
