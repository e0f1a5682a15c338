//! One side changed only the layout: blank lines, trailing space, line ends. The other side's edit
//! is taken.
//!
//! Never inside a quote or a here-document of a script, where white space means something.

use super::{Clash, RulePart, is_blank};
use crate::merge::pieces::Side;

/// Settles a place where one side differs from base in layout alone, and the other in more.
pub fn settle(clash: &Clash<'_>) -> Option<Vec<RulePart>> {
    if clash.is_quoted() {
        return None;
    }
    match (is_layout(clash, Side::Ours), is_layout(clash, Side::Theirs)) {
        (true, false) => Some(clash.all_of(Side::Theirs)),
        (false, true) => Some(clash.all_of(Side::Ours)),
        _ => None,
    }
}

fn is_layout(clash: &Clash<'_>, side: Side) -> bool {
    let said = |side| {
        clash
            .content(side)
            .map(<[u8]>::trim_ascii_end)
            .filter(|line| !is_blank(line))
    };
    said(Side::Base).eq(said(side))
}

#[cfg(test)]
mod tests {
    use super::super::Cases;
    use super::settle;
    use crate::merge::kind::FileKind;

    const RULE: Cases = Cases {
        settle,
        kind: FileKind::Text,
        symmetric: true,
    };

    #[test]
    fn the_edit_is_taken_and_the_layout_is_not() {
        RULE.gives("a\n", "a  \n", "b\n", "b\n");
        RULE.gives("a\nb\n", "a\n\nb\n", "A\nB\n", "A\nB\n");
        RULE.gives("a\n\n", "a\n", "a\nb\n\n", "a\nb\n\n");
    }

    #[test]
    fn what_says_something_else_is_no_layout() {
        // An indent is a meaning, in YAML and in lists.
        RULE.conflicts("- a\n", "  - a\n", "- b\n");
        RULE.conflicts("a b\n", "a  b\n", "a c\n");
        RULE.conflicts("a\n", "a \n", "a\t\n");
        RULE.conflicts("a\nb\n", "a b\n", "A\nb\n");
        let script = Cases {
            kind: FileKind::Shell,
            ..RULE
        };
        script.conflicts(
            "cat <<E\na\nb\nE\n",
            "cat <<E\na\n\nb\nE\n",
            "cat <<E\na\nB\nE\n",
        );
    }
}
