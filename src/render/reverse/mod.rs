//! What a team made of a rendered file, as an edit of its source: rendering, undone.
//!
//! | file | what it does |
//! |---|---|
//! | `hunks` | the edit, hunk by hunk |
//! | `placing` | the source with a hunk in it, and the proof |
//! | `candidates` | where it may be in the source, by the origins of its lines |
//! | `atoms` | rewritten lines with the tags whose values they keep |
//! | `origin` | the line of the source that each rendered line comes from |
//! | `answers` | answers in what was typed, and what looks like a tag there |
//! | `probes` | other answers, for which the edit has to hold, too |
//! | `rendering` | a file of a template, rendered with the repo's answers and with those |
//!
//! **What is mapped is proved: rendering the source gives exactly what the team has**, and with
//! other answers it gives the edit merged onto what they render to, wherever that merge is clean.
//! What can be read in two ways is asked, and what can't be proved is left out.

mod answers;
mod atoms;
mod candidates;
mod hunks;
mod origin;
mod placing;
mod probes;
mod rendering;

use std::fmt;
use std::ops::Range;

pub use hunks::EditHunk;
pub use rendering::AnswerRenderers;

use crate::merge::json::Policies;
use crate::merge::kind::FileKind;
use crate::merge::merge;
use crate::merge::pieces::Sides;

/// Renders one file of a template, as it lands in the repo.
pub trait Rendering {
    /// Renders the text with the repo's answers; `None` where it can't be rendered.
    fn render(&self, source: &str) -> Option<String>;

    /// Renders the text with each set of other answers.
    fn probe(&self, source: &str) -> Vec<Option<String>>;

    /// Returns the texts that answers stand for in the source, each with the name of its question.
    fn values(&self) -> &[(String, String)];
}

/// A file whose rendering was edited.
#[derive(Clone, Copy)]
pub struct Edited<'a> {
    /// The file in the template's source.
    pub source: &'a str,
    /// Whether it is rendered; else it is copied as it is.
    pub is_template: bool,
    pub rendered: &'a str,
    /// What the team made of that.
    pub edited: &'a str,
}

/// What is to become of a hunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HunkDecision {
    /// It is mapped, if that can be done in one way.
    Map,
    /// It is mapped in this of the ways in which it can be read.
    Read(usize),
    /// It is left out.
    Leave,
}

/// What became of a hunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HunkFate {
    /// It is in the source.
    Mapped,
    /// It can be read in these ways, and nobody said which one is meant.
    Asked(Vec<Reading>),
    /// It has no place in the source.
    Unmapped(UnplacedReason),
    /// It was left out because somebody said so.
    Left,
}

/// One way to read a hunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// What it means, as the end of "it …".
    pub meaning: String,
    /// The lines of the source, around the hunk, that it comes to: as a unified diff.
    pub source: String,
}

/// Why a hunk has no place in the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnplacedReason {
    /// It changes what a tag stands for, or lines that a loop or a condition wrote.
    Tag,
    /// The source would render to something else with other answers than the edit is.
    Elsewhere,
}

impl fmt::Display for UnplacedReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tag => "it changes what a tag of the template wrote",
            Self::Elsewhere => "with other answers it would come to something else",
        })
    }
}

/// An edit as an edit of the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undone {
    /// The source with every hunk that is mapped.
    pub source: String,
    /// What that renders to: what was rendered, with those hunks.
    pub rendered: String,
    /// What became of each hunk.
    pub hunks: Vec<(EditHunk, HunkFate)>,
}

impl Undone {
    /// Returns whether all of the edit is in the source.
    pub fn is_whole(&self) -> bool {
        self.hunks.iter().all(|(_, fate)| *fate == HunkFate::Mapped)
    }
}

/// Undoes the rendering of an edited file: maps each hunk to the source, as it was decided. Hunks
/// beyond `decisions` are to be mapped.
pub fn undo(file: &Edited<'_>, rendering: &dyn Rendering, decisions: &[HunkDecision]) -> Undone {
    let hunks = hunks::between(file.rendered, file.edited);
    let mut decisions = decisions.to_vec();
    decisions.resize(hunks.len(), HunkDecision::Map);
    if !file.is_template {
        return copied(file, hunks, &decisions);
    }
    let mut fates: Vec<HunkFate> = Vec::with_capacity(hunks.len());
    let mut step = placing::PlacedSource::new(file, rendering);
    if answers::is_strange(file.edited) || answers::is_strange(file.source) {
        fates.resize(hunks.len(), HunkFate::Unmapped(UnplacedReason::Tag));
    }
    // Runs of hunks that are still to be mapped, the next one last. Most edits are mapped all at
    // once; else each half is.
    let mut runs: Vec<Range<usize>> = Vec::new();
    runs.push(fates.len()..hunks.len());
    while let Some(run) = runs.pop().filter(|run| !run.is_empty()) {
        let is_plain = decisions[run.clone()]
            .iter()
            .all(|decision| *decision == HunkDecision::Map);
        if is_plain && step.map_all(&hunks[run.clone()]) {
            fates.extend(run.map(|_| HunkFate::Mapped));
        } else if run.len() == 1 {
            fates.push(match decisions[run.start] {
                HunkDecision::Leave => HunkFate::Left,
                HunkDecision::Map => step.map(&hunks[run.start], None),
                HunkDecision::Read(reading) => step.map(&hunks[run.start], Some(reading)),
            });
        } else {
            let middle = run.start + run.len() / 2;
            runs.push(middle..run.end);
            runs.push(run.start..middle);
        }
    }
    let (source, rendered) = step.into_texts();
    Undone {
        source,
        rendered,
        hunks: hunks.into_iter().zip(fates).collect(),
    }
}

/// A file that is copied is its own source.
fn copied(file: &Edited<'_>, hunks: Vec<EditHunk>, decisions: &[HunkDecision]) -> Undone {
    let mut decided = Vec::with_capacity(hunks.len());
    for (hunk, decision) in hunks.into_iter().zip(decisions) {
        let fate = match decision {
            HunkDecision::Map | HunkDecision::Read(_) => HunkFate::Mapped,
            HunkDecision::Leave => HunkFate::Left,
        };
        decided.push((hunk, fate));
    }
    let taken = decided
        .iter()
        .filter(|(_, fate)| *fate == HunkFate::Mapped)
        .map(|(hunk, _)| hunk);
    let rendered = hunks::applied(file.rendered, taken);
    let sides = Sides {
        base: file.rendered.as_bytes(),
        ours: rendered.as_bytes(),
        theirs: file.source.as_bytes(),
    };
    // What is copied differs from its source only in how lines end.
    let merge = merge(FileKind::Other, &sides, Policies::NONE);
    let source = match merge.is_clean() {
        true => String::from_utf8(merge.bytes(&sides)).unwrap_or_else(|_| rendered.clone()),
        false => rendered.clone(),
    };
    Undone {
        source,
        rendered,
        hunks: decided,
    }
}

#[cfg(test)]
mod tests;
