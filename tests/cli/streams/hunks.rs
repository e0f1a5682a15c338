//! Lines without their ends, and the hunks in which one text differs from another.

use std::ops::Range;

use similar::{Algorithm, DiffTag, capture_diff_slices};

/// Lines without their ends and without the space before those.
pub type Lines = Vec<String>;

/// Returns the lines of a text.
pub fn lines(text: &str) -> Lines {
    text.lines()
        .map(|line| line.trim_end().to_owned())
        .collect()
}

/// A place where a side differs from the base.
#[derive(Clone, Debug)]
pub struct Hunk {
    /// Which lines of the base.
    pub base: Range<usize>,
    /// Which lines of the side.
    pub side: Range<usize>,
    pub removed: Lines,
    pub added: Lines,
}

impl Hunk {
    /// Whether this and another hunk are about neighbouring lines of the base, or the same.
    pub fn touches(&self, other: &Self) -> bool {
        self.base.start <= other.base.end && other.base.start <= self.base.end
    }

    /// Whether this and another hunk are about one line of the base.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.base.start < other.base.end && other.base.start < self.base.end
    }

    /// Returns it as a diff shows it.
    pub fn shown(&self) -> String {
        let marked = |sign: char, lines: &Lines| {
            lines
                .iter()
                .map(|line| format!("      {sign}{line}\n"))
                .collect()
        };
        let [removed, added]: [String; 2] = [marked('-', &self.removed), marked('+', &self.added)];
        format!(
            "      @@ base line {}\n{removed}{added}",
            self.base.start + 1
        )
    }
}

/// Returns the hunks between two texts, from the top.
pub fn hunks(base: &Lines, side: &Lines) -> Vec<Hunk> {
    let mut hunks: Vec<Hunk> = Vec::new();
    for operation in capture_diff_slices(Algorithm::Patience, base, side) {
        if operation.tag() == DiffTag::Equal {
            continue;
        }
        let (old, new) = (operation.old_range(), operation.new_range());
        match hunks.last_mut() {
            Some(last) if last.base.end == old.start && last.side.end == new.start => {
                last.base.end = old.end;
                last.side.end = new.end;
            }
            _ => hunks.push(Hunk {
                base: old,
                side: new,
                removed: Lines::new(),
                added: Lines::new(),
            }),
        }
    }
    for hunk in &mut hunks {
        hunk.removed = base[hunk.base.clone()].to_vec();
        hunk.added = side[hunk.side.clone()].to_vec();
    }
    hunks
}

/// Returns where some lines, or words, stand one after another.
pub fn places<T: PartialEq>(all: &[T], wanted: &[T]) -> Vec<usize> {
    match wanted {
        [] => Vec::new(),
        _ => (0..all.len())
            .filter(|&start| all[start..].starts_with(wanted))
            .collect(),
    }
}
