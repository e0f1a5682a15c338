//! Diffs of two lists: which elements of one are replaced by which of the other.
//!
//! **Work is bounded by counting it.** Lists that are too large to be compared whole are split at
//! lines that each list has once. Parts without such lines are compared in windows, each starting
//! where the last one ended alike. What is left when the steps are used up is replaced whole: that
//! loses nothing, it is only a larger edit than necessary.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::Hash;
use std::ops::Range;

use foldhash::fast::RandomState;
use similar::DiffOp;
use similar::algorithms::{Capture, Compact, DiffHook, NoFinishHook, Replace, myers};

use crate::model::operations::{Algorithm, numbered};

/// A replacement of lines of base by lines of one side; one of the two may be empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineEdit {
    /// The lines that go.
    pub base: Range<usize>,
    /// The lines that come.
    pub side: Range<usize>,
}

/// How many steps the comparison of two whole lists may take at worst, which is the square of their
/// lines.
const MOST_AT_ONCE: usize = 1 << 24;

/// How many steps all comparisons of the parts of larger lists may take, and how many one of them.
const MOST: usize = 1 << 26;
const MOST_OF_A_PART: usize = 1 << 20;

/// How many lines a window has, of each list.
const WINDOW: usize = 512;

/// How often parts are split again.
const DEEPEST: usize = 8;

/// Returns the edits that turn `base` into `side`, in order; no two touch.
pub fn edits<T: Eq + Hash>(algorithm: Algorithm, base: &[T], side: &[T]) -> Vec<LineEdit> {
    let (base, side) = numbered(base, side);
    let mut alignment = Alignment {
        algorithm,
        base: &base,
        side: &side,
        left: MOST,
        edits: Vec::new(),
    };
    alignment.part(0..base.len(), 0..side.len(), 0);
    alignment.edits
}

/// Two lists, their elements [numbered].
struct Alignment<'a> {
    algorithm: Algorithm,
    base: &'a [u32],
    side: &'a [u32],
    /// How many steps may still be taken.
    left: usize,
    edits: Vec<LineEdit>,
}

impl Alignment<'_> {
    fn part(&mut self, base: Range<usize>, side: Range<usize>, depth: usize) {
        if depth == 0 && self.compared(&base, &side, MOST_AT_ONCE) {
            return;
        }
        let (base, side) = self.without_what_is_equal_around(base, side);
        if base.is_empty() || side.is_empty() {
            return self.push(LineEdit { base, side });
        }
        let most = if depth == 0 {
            MOST_AT_ONCE
        } else {
            MOST_OF_A_PART.min(self.left)
        };
        if self.compared(&base, &side, most) {
            return;
        }
        let anchors = if depth < DEEPEST {
            self.anchors(&base, &side)
        } else {
            Vec::new()
        };
        if anchors.is_empty() {
            return self.windows(base, side);
        }
        let mut at = (base.start, side.start);
        for (in_base, in_side) in anchors.into_iter().chain([(base.end, side.end)]) {
            self.part(at.0..in_base, at.1..in_side, depth + 1);
            at = (in_base + 1, in_side + 1);
        }
    }

    /// Compares parts that have no line once, window by window. The edits of a window count up to
    /// the last equal lines in its first three quarters: near its end it doesn't know what follows.
    fn windows(&mut self, base: Range<usize>, side: Range<usize>) {
        let (mut base, mut side) = (base, side);
        while !base.is_empty() && !side.is_empty() {
            let windows = (
                base.start..base.end.min(base.start + WINDOW),
                side.start..side.end.min(side.start + WINDOW),
            );
            let is_last = windows == (base.clone(), side.clone());
            let mut window = Alignment {
                algorithm: Algorithm::Myers,
                base: self.base,
                side: self.side,
                left: self.left,
                edits: Vec::new(),
            };
            if !window.compared(&windows.0, &windows.1, self.left) {
                break;
            }
            self.left = window.left;
            if is_last {
                window.edits.into_iter().for_each(|edit| self.push(edit));
                return;
            }
            let known = |edit: &&LineEdit| {
                edit.base.start - base.start < WINDOW / 4 * 3
                    && edit.side.start - side.start < WINDOW / 4 * 3
            };
            let count = window.edits.iter().take_while(known).count();
            // Alike behind the last but one, where more of them come.
            let (taken, next) = match window.edits.get(count) {
                Some(edit) => (count, (edit.base.start, edit.side.start)),
                None => match window.edits.last() {
                    Some(edit) => (count - 1, (edit.base.start, edit.side.start)),
                    None => (0, (windows.0.end, windows.1.end)),
                },
            };
            if next == (base.start, side.start) {
                break;
            }
            window.edits.truncate(taken);
            window.edits.into_iter().for_each(|edit| self.push(edit));
            (base.start, side.start) = next;
        }
        self.push(LineEdit { base, side });
    }

    /// Compares two parts, if they aren't too large. Returns whether it did.
    fn compared(&mut self, base: &Range<usize>, side: &Range<usize>, most: usize) -> bool {
        let lines = base.len() + side.len();
        let steps = lines.saturating_mul(lines);
        if steps > most {
            return false;
        }
        self.left = self.left.saturating_sub(steps);
        let mut found = Compact::new(Replace::new(Capture::new()), self.base, self.side);
        // The same hook type everywhere, so that the algorithm is compiled once.
        let mut parts = NoFinishHook::new(&mut found);
        let Ok(()) = match self.algorithm {
            Algorithm::Patience => self.patiently(&mut parts, base, side),
            Algorithm::Myers => self.exactly(&mut parts, base, side),
        };
        let Ok(()) = found.finish();
        for op in found.into_inner().into_inner().into_ops() {
            if !matches!(op, DiffOp::Equal { .. }) {
                self.push(LineEdit {
                    base: op.old_range(),
                    side: op.new_range(),
                });
            }
        }
        true
    }

    /// Compares what is between the lines that each part has once (Bram Cohen's patience diff).
    ///
    /// `similar` has it, too, but looks each line up several times, which took most of a merge's
    /// time.
    fn patiently<D: DiffHook>(
        &self,
        found: &mut D,
        base: &Range<usize>,
        side: &Range<usize>,
    ) -> Result<(), D::Error> {
        let mut at = (base.start, side.start);
        for (in_base, in_side) in self
            .anchors(base, side)
            .into_iter()
            .chain([(base.end, side.end)])
        {
            let equal = self.equal_ahead(&(at.0..in_base), &(at.1..in_side));
            if equal > 0 {
                found.equal(at.0, at.1, equal)?;
                at = (at.0 + equal, at.1 + equal);
            }
            if at != (in_base, in_side) {
                self.exactly(found, &(at.0..in_base), &(at.1..in_side))?;
            }
            // The anchor is the first of the equal lines that follow.
            at = (in_base, in_side);
        }
        Ok(())
    }

    /// Compares two parts by the fewest edits (Myers, 1986).
    fn exactly<D: DiffHook>(
        &self,
        found: &mut D,
        base: &Range<usize>,
        side: &Range<usize>,
    ) -> Result<(), D::Error> {
        myers::diff(found, self.base, base.clone(), self.side, side.clone())
    }

    /// Returns how many lines two parts start with alike.
    fn equal_ahead(&self, base: &Range<usize>, side: &Range<usize>) -> usize {
        let pairs = self.base[base.clone()].iter().zip(&self.side[side.clone()]);
        pairs.take_while(|(line, other)| line == other).count()
    }

    fn without_what_is_equal_around(
        &self,
        base: Range<usize>,
        side: Range<usize>,
    ) -> (Range<usize>, Range<usize>) {
        let (lines, others) = (&self.base[base.clone()], &self.side[side.clone()]);
        let before = lines
            .iter()
            .zip(others)
            .take_while(|(line, other)| line == other)
            .count();
        let (lines, others) = (&lines[before..], &others[before..]);
        let after = lines
            .iter()
            .rev()
            .zip(others.iter().rev())
            .take_while(|(line, other)| line == other)
            .count();
        (
            base.start + before..base.end - after,
            side.start + before..side.end - after,
        )
    }

    /// Returns the longest list of lines that both parts have once, in the order of both.
    fn anchors(&self, base: &Range<usize>, side: &Range<usize>) -> Vec<(usize, usize)> {
        #[derive(Clone, Copy)]
        enum Seen {
            In(usize),
            Never,
            Often,
        }
        let mut lines: Vec<[Seen; 2]> = Vec::with_capacity(base.len());
        let mut known: HashMap<u32, usize, RandomState> =
            HashMap::with_capacity_and_hasher(base.len(), RandomState::default());
        for index in base.clone() {
            match known.entry(self.base[index]) {
                Entry::Occupied(line) => lines[*line.get()][0] = Seen::Often,
                Entry::Vacant(new) => {
                    new.insert(lines.len());
                    lines.push([Seen::In(index), Seen::Never]);
                }
            }
        }
        for index in side.clone() {
            if let Some(line) = known.get(&self.side[index]) {
                let seen = &mut lines[*line][1];
                *seen = if let Seen::Never = seen {
                    Seen::In(index)
                } else {
                    Seen::Often
                };
            }
        }
        let once = |line: &[Seen; 2]| {
            if let [Seen::In(base), Seen::In(side)] = *line {
                Some((base, side))
            } else {
                None
            }
        };
        let pairs: Vec<(usize, usize)> = lines.iter().filter_map(once).collect();
        longest_rising(&pairs)
    }

    fn push(&mut self, edit: LineEdit) {
        if edit.base.is_empty() && edit.side.is_empty() {
            return;
        }
        match self.edits.last_mut() {
            Some(last) if last.base.end == edit.base.start && last.side.end == edit.side.start => {
                last.base.end = edit.base.end;
                last.side.end = edit.side.end;
            }
            _ => self.edits.push(edit),
        }
    }
}

/// Returns the longest part of a list of pairs whose second members rise, too.
fn longest_rising(pairs: &[(usize, usize)]) -> Vec<(usize, usize)> {
    // The pair that ends the best list of each length, and before each pair the one that it
    // follows.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(pairs.len());
    for (index, (_, second)) in pairs.iter().enumerate() {
        let is_behind = |end: &usize| pairs[*end].1 < *second;
        // The usual case: nothing was moved.
        let length = match ends.last() {
            Some(last) if is_behind(last) => ends.len(),
            _ => ends.partition_point(is_behind),
        };
        before.push(length.checked_sub(1).map(|shorter| ends[shorter]));
        if length == ends.len() {
            ends.push(index);
        } else {
            ends[length] = index;
        }
    }
    let mut rising = Vec::with_capacity(ends.len());
    let mut at = ends.last().copied();
    while let Some(index) = at {
        rising.push(pairs[index]);
        at = before[index];
    }
    rising.reverse();
    rising
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Makes the edits.
    fn made(base: &[u32], side: &[u32], edits: &[LineEdit]) -> Vec<u32> {
        let mut out = Vec::new();
        let mut at = 0;
        for edit in edits {
            out.extend_from_slice(&base[at..edit.base.start]);
            out.extend_from_slice(&side[edit.side.clone()]);
            at = edit.base.end;
        }
        out.extend_from_slice(&base[at..]);
        out
    }

    #[test]
    fn lists_that_are_too_large_are_parted_where_they_agree() {
        let base: Vec<u32> = (0..100_000).collect();
        let mut side = base.clone();
        side.splice(70_000..70_002, [1, 2, 3]);
        side.insert(500, 500_000);
        let edits = edits(Algorithm::Myers, &base, &side);
        assert_eq!(
            edits,
            [
                LineEdit {
                    base: 500..500,
                    side: 500..501
                },
                LineEdit {
                    base: 70_000..70_002,
                    side: 70_001..70_004
                }
            ]
        );
    }

    #[test]
    fn lists_with_nothing_to_hold_on_to_are_one_edit() {
        let base: Vec<u32> = (0..20_000).map(|at| at % 2).collect();
        let side: Vec<u32> = (0..20_000).map(|at| at % 3).collect();
        for algorithm in [Algorithm::Patience, Algorithm::Myers] {
            let edits = edits(algorithm, &base, &side);
            assert_eq!(made(&base, &side, &edits), side);
        }
    }

    #[test]
    fn lists_that_repeat_themselves_are_compared_in_windows() {
        // Each third line is another one on the side, and no line is there once in both.
        let base: Vec<u32> = (0..12_000)
            .map(|at| [at + 10, 1, 2][at as usize % 3])
            .collect();
        let mut side: Vec<u32> = base
            .iter()
            .map(|line| if *line > 9 { line + 50_000 } else { *line })
            .collect();
        let lines: Vec<LineEdit> = (0..4_000)
            .map(|at| LineEdit {
                base: 3 * at..3 * at + 1,
                side: 3 * at..3 * at + 1,
            })
            .collect();
        assert_eq!(edits(Algorithm::Myers, &base, &side), lines);
        side.splice(3_000..3_001, []);
        side.splice(9_000..9_000, [3, 4, 5]);
        let edits = edits(Algorithm::Myers, &base, &side);
        assert_eq!(made(&base, &side, &edits), side);
        assert!(edits.len() > 3_900, "{}", edits.len());
    }

    #[test]
    fn the_longest_rising_list_is_found() {
        assert_eq!(
            longest_rising(&[(0, 5), (1, 1), (2, 2), (3, 0), (4, 3)]),
            [(1, 1), (2, 2), (4, 3)]
        );
        assert_eq!(longest_rising(&[]), []);
    }
}
