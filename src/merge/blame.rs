//! Tells which lines of a text are as they were installed, and which are the team's.

use similar::DiffOp;

use crate::model::operations::{Algorithm, operations};

/// Whose the lines of a text are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Blame {
    pub lines: Vec<LineOrigin>,
    /// How many installed lines are gone, with nothing in their place.
    pub deleted: usize,
}

/// Whose a line is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineOrigin {
    Installed,
    /// The team's; `was` are the installed lines that it replaced, together with its neighbours.
    Yours {
        was: Vec<String>,
    },
}

/// Returns the origin of each line of `now`, where `base` was installed. Line ends are ignored.
pub fn blame(base: &str, now: &str) -> Blame {
    let base: Vec<&str> = base.lines().collect();
    let now: Vec<&str> = now.lines().collect();
    let mut blame = Blame::default();
    for operation in operations(Algorithm::Patience, &base, &now) {
        let (origin, count) = match operation {
            DiffOp::Equal { len, .. } => (LineOrigin::Installed, len),
            DiffOp::Insert { new_len, .. } => (LineOrigin::Yours { was: Vec::new() }, new_len),
            DiffOp::Replace {
                old_index,
                old_len,
                new_len,
                ..
            } => {
                let was = &base[old_index..old_index + old_len];
                let was = was.iter().map(|line| (*line).to_owned()).collect();
                (LineOrigin::Yours { was }, new_len)
            }
            DiffOp::Delete { old_len, .. } => {
                blame.deleted += old_len;
                continue;
            }
        };
        blame.lines.extend(vec![origin; count]);
    }
    blame
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(base: &str, now: &str, expected: &str, deleted: usize) {
        let blame = blame(base, now);
        let mut shown = String::new();
        for line in &blame.lines {
            shown += &match line {
                LineOrigin::Installed => "=".to_owned(),
                LineOrigin::Yours { was } => format!("({})", was.join(",")),
            };
        }
        assert_eq!((shown.as_str(), blame.deleted), (expected, deleted));
    }

    #[test]
    fn a_line_is_as_it_was_installed_or_yours() {
        check("a\nb\nc\n", "a\nb\nc\n", "===", 0);
        check("a\nb\nc\n", "a\r\nb\r\nc", "===", 0);
        check("a\nb\nc\n", "a\nB\nc\nd\n", "=(b)=()", 0);
        check("a\nb\nc\n", "a\nc\n", "==", 1);
        check("a\nb\n", "A\nB\nC\n", "(a,b)(a,b)(a,b)", 0);
        check("", "a\n", "()", 0);
        check("a\n", "", "", 1);
    }
}
