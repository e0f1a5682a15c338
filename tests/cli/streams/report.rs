//! What became of the hunks of a step.

use std::fmt;

use super::hunks::Hunk;

/// Whose a hunk is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Local,
    Upstream,
}

/// What became of a hunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is there, in one piece.
    Whole,
    /// It is there line by line, among what the other side did to neighbouring lines.
    Lines,
    /// It is there word by word, in lines that the other side changed too.
    Words,
    /// A conflict that the lock remembers has it.
    Conflict,
    /// The summary names its file.
    Named,
    Unaccounted,
}

/// How many hunks had each fate.
#[derive(Clone, Copy, Debug, Default)]
pub struct Fates {
    pub whole: usize,
    pub lines: usize,
    pub words: usize,
    pub conflict: usize,
    pub named: usize,
    pub unaccounted: usize,
}

impl Fates {
    fn add(&mut self, fate: Fate) {
        *match fate {
            Fate::Whole => &mut self.whole,
            Fate::Lines => &mut self.lines,
            Fate::Words => &mut self.words,
            Fate::Conflict => &mut self.conflict,
            Fate::Named => &mut self.named,
            Fate::Unaccounted => &mut self.unaccounted,
        } += 1;
    }
}

impl fmt::Display for Fates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            whole,
            lines,
            words,
            conflict,
            named,
            unaccounted,
        } = self;
        let (present, all) = (
            whole + lines + words,
            whole + lines + words + conflict + named + unaccounted,
        );
        write!(
            f,
            "{all} hunks: {present} present ({lines} line by line, {words} word by word), "
        )?;
        write!(
            f,
            "{conflict} in conflict, {named} named, {unaccounted} unaccounted"
        )
    }
}

/// The fates of both sides' hunks, and everything that is wrong.
#[derive(Clone, Debug, Default)]
pub struct Report {
    pub local: Fates,
    pub upstream: Fates,
    pub complaints: Vec<String>,
}

impl Report {
    /// Counts a hunk, and complains where it isn't accounted for.
    pub fn hunk(&mut self, path: &str, side: Side, hunk: &Hunk, fate: Fate) {
        self.change(path, side, fate, &hunk.shown());
    }

    /// Counts a change that is no hunk of lines: a file that came or went.
    pub fn change(&mut self, path: &str, side: Side, fate: Fate, what: &str) {
        match side {
            Side::Local => self.local.add(fate),
            Side::Upstream => self.upstream.add(fate),
        }
        if fate == Fate::Unaccounted {
            self.complaints
                .push(format!("{path}: {side:?} is unaccounted for\n{what}"));
        }
    }

    /// Complains unless something holds.
    pub fn demand(&mut self, holds: bool, path: &str, what: &str) {
        if !holds {
            self.complaints.push(format!("{path}: {what}"));
        }
    }
}
