//! The three-way merge of blocks: the text between a template's markers. The team's lines outside
//! of blocks are never changed.

mod around;
mod markers;

use std::collections::BTreeMap;

use self::around::{
    first_taken_back, lead, patterns_that_go, replaces_text, without_lead, without_lines,
};
pub use self::markers::{BlockRange, MalformedMarkers, find, find_known, markers, may_stand_in};
use super::is_layout_untaken;
use super::json::Policies;
use super::kind::FileKind;
use super::line_ends::unix;
use super::marking::may_mark;
use super::open_conflicts;
use super::pieces::{Side, SideLabels, Sides};
use crate::model::conflict::Open;
use crate::model::lock::BlockRecord;
use crate::model::name::TemplateName;
use crate::model::upstream::{Block, BlockName, Comment};

/// What happened to a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was appended.
    Added,
    /// It has upstream's change now.
    Updated,
    /// It already was as upstream has it.
    Unchanged,
    /// Edited here, unchanged upstream.
    Kept,
    /// Deleted here, and not added again.
    StillDeleted {
        /// Whether upstream changed it.
        changed: bool,
    },
    /// Dropped upstream, and removed.
    Deleted,
    /// Dropped upstream and edited here: its text stays as the team's own, without markers.
    KeptUnmanaged,
    /// Changed on both sides, and merged.
    Merged,
    /// Changed on both sides, with conflicts left.
    Conflict,
}

/// The labels of conflict markers, by template. Blocks and files of other templates get no markers.
pub type Marks = BTreeMap<TemplateName, SideLabels>;

/// The result of a merge of blocks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlockMerge {
    pub text: String,
    /// What the lock remembers of each block.
    pub records: BTreeMap<BlockName, BlockRecord>,
    pub outcomes: Vec<(BlockName, Outcome)>,
    /// Whether upstream changed layout alone somewhere, and the text doesn't have that change.
    pub is_layout_untaken: bool,
    /// What a person has to decide, with places in lines of the new text.
    pub conflicts: Vec<Open>,
}

/// Merges blocks into `ours`, which is empty where the file is absent.
///
/// # Errors
/// Where the markers in ours are malformed; nothing may be written then.
pub fn merge(
    comment: Comment,
    base: &BTreeMap<BlockName, BlockRecord>,
    ours: &str,
    theirs: &[Block],
    marks: &Marks,
) -> Result<BlockMerge, MalformedMarkers> {
    let found = find_known(ours, comment, base)?;
    let mut merger = Merger {
        comment,
        base,
        ours,
        newline: if ours.contains("\r\n") { "\r\n" } else { "\n" },
        out: BlockMerge::default(),
    };
    let mut decided = Vec::new();
    for block in &found {
        let news = theirs.iter().find(|news| news.name == block.name);
        decided.push(merger.decide(block, news, marks));
    }
    merger.rewrite(&decided);
    for news in theirs {
        if found.iter().all(|block| block.name != news.name) {
            merger.append(news);
        }
    }
    merger.place_conflicts(&decided)?;
    Ok(merger.out)
}

/// A merge of blocks in the making.
struct Merger<'a> {
    comment: Comment,
    base: &'a BTreeMap<BlockName, BlockRecord>,
    ours: &'a str,
    newline: &'static str,
    out: BlockMerge,
}

/// What was decided about a block that ours has.
struct Decided<'a> {
    block: &'a BlockRange,
    outcome: Option<Outcome>,
    record: Option<&'a BlockRecord>,
    news: Option<&'a Block>,
    /// The merged text, where both sides changed it.
    merged: Option<String>,
    /// What a person has to decide, with places in lines of the block.
    conflicts: Vec<Open>,
}

impl<'a> Merger<'a> {
    fn decide(
        &mut self,
        block: &'a BlockRange,
        news: Option<&'a Block>,
        marks: &Marks,
    ) -> Decided<'a> {
        let record = self.base.get(&block.name);
        let inner = unix(&self.ours[block.inner.clone()]);
        let mut decided = Decided {
            block,
            outcome: decide(record, Some(&inner), news),
            record,
            news,
            merged: None,
            conflicts: Vec::new(),
        };
        if let (Some(Outcome::Conflict), Some(news)) = (decided.outcome, news) {
            let settled = settle(self.comment, record, inner, news, marks);
            self.out.is_layout_untaken |= settled.is_layout_untaken;
            decided.outcome = Some(settled.outcome);
            decided.merged = Some(settled.text);
            decided.conflicts = settled.conflicts;
        }
        self.out
            .note(block.name.clone(), decided.outcome, record, news, None);
        decided
    }

    /// Writes the text with the blocks that it has, from the end, so that a block knows whether
    /// anything stays after it.
    fn rewrite(&mut self, decided: &[Decided<'_>]) {
        let mut end = self.ours.len();
        for (index, one) in decided.iter().enumerate().rev() {
            // The line end of the block before belongs to that block.
            let floor = match index.checked_sub(1) {
                Some(before) => decided[before].block.whole.end,
                None => 0,
            };
            let before = &self.ours[floor..one.block.whole.start];
            let behind = format!("{}{}", &self.ours[one.block.whole.end..end], self.out.text);
            let (kept, piece) = self.rewritten(one, before, &behind);
            self.out.text = piece + &behind;
            end = floor + kept;
        }
        self.out.text.insert_str(0, &self.ours[..end]);
    }

    /// Returns how many bytes before a block stay, and the text that takes the block's place.
    fn rewritten(&mut self, decided: &Decided<'_>, before: &str, behind: &str) -> (usize, String) {
        let own = self.patterns_given_back(decided);
        let block = decided.block;
        let piece = match (decided.outcome, decided.news) {
            (Some(Outcome::Updated), Some(news)) => {
                own + &written(self.comment, news, self.newline)
            }
            (Some(Outcome::Merged | Outcome::Conflict), _) => {
                let begin = &self.ours[block.whole.start..block.inner.start];
                let end = &self.ours[block.inner.end..block.whole.end];
                let text = decided.merged.as_deref().unwrap_or_default();
                let text = text.replace('\n', self.newline);
                format!("{own}{begin}{text}{end}")
            }
            (Some(Outcome::Deleted), _) if replaces_text(decided.record) => {
                let text = decided.record.map_or("", |record| record.before.as_str());
                text.replace('\n', self.newline)
            }
            (Some(Outcome::Deleted), _) => {
                return without_lead(before, decided.record, behind, self.comment);
            }
            (Some(Outcome::KeptUnmanaged), _) => self.ours[block.inner.clone()].to_owned(),
            (_, _) => self.ours[block.whole.clone()].to_owned(),
        };
        (before.len(), piece)
    }

    /// Returns the patterns that go back to the team, and removes them from the record.
    fn patterns_given_back(&mut self, decided: &Decided<'_>) -> String {
        let result = match (decided.outcome, decided.news, &decided.merged) {
            _ if self.comment != Comment::Hash => return String::new(),
            (Some(Outcome::Updated), Some(news), _) => &news.text,
            (Some(Outcome::Merged | Outcome::Conflict), _, Some(text)) => text,
            _ => return String::new(),
        };
        let inner = &self.ours[decided.block.inner.clone()];
        let own = patterns_that_go(decided.record, inner, result);
        let record = self.out.records.get_mut(&decided.block.name);
        if let Some(record) = record.filter(|_| !own.is_empty()) {
            record.before = without_lines(&record.before, &own);
        }
        own.replace('\n', self.newline)
    }

    /// Appends a block that ours doesn't have, if it is new.
    fn append(&mut self, news: &Block) {
        let record = self.base.get(&news.name);
        let outcome = decide(record, None, Some(news));
        let mut before = None;
        if outcome == Some(Outcome::Added) {
            let block = written(self.comment, news, self.newline);
            let text = &mut self.out.text;
            match first_taken_back(text, self.comment) {
                // A `!` line of the team stays after the block, so that it still has the last word.
                Some(place) => {
                    text.insert_str(place, &block);
                    before = Some(String::new());
                }
                None => {
                    let lead = lead(text, self.newline);
                    text.push_str(&lead);
                    text.push_str(&block);
                    before = Some(lead);
                }
            }
        }
        self.out
            .note(news.name.clone(), outcome, record, Some(news), before);
    }

    /// Records the conflicts of blocks with places in lines of the whole text.
    fn place_conflicts(&mut self, decided: &[Decided<'_>]) -> Result<(), MalformedMarkers> {
        for found in find_known(&self.out.text, self.comment, &self.out.records)? {
            let above = self.out.text[..found.inner.start].lines().count();
            for one in decided {
                if one.block.name == found.name {
                    let conflicts = one.conflicts.iter().cloned();
                    self.out
                        .conflicts
                        .extend(conflicts.map(|conflict| conflict.below(above)));
                }
            }
        }
        Ok(())
    }
}

/// The decision table for one block; `None` for one that is neither in the lock nor upstream.
fn decide(
    base: Option<&BlockRecord>,
    ours: Option<&str>,
    theirs: Option<&Block>,
) -> Option<Outcome> {
    let base_text = base.map(|base| base.text.as_str());
    let theirs_text = theirs.map(|theirs| theirs.text.as_str());
    Some(match (base_text, ours, theirs_text) {
        (None, None, Some(_)) => Outcome::Added,
        (None, Some(o), Some(t)) if o == t => Outcome::Unchanged,
        (None, Some(_), Some(_)) => Outcome::Conflict,
        (Some(b), Some(o), Some(t)) => match (o == b, t == b) {
            _ if o == t => Outcome::Unchanged,
            (true, _) => Outcome::Updated,
            (false, true) => Outcome::Kept,
            (false, false) => Outcome::Conflict,
        },
        (Some(b), None, Some(t)) => Outcome::StillDeleted { changed: b != t },
        (Some(b), Some(o), None) if o == b => Outcome::Deleted,
        (Some(_), Some(_), None) => Outcome::KeptUnmanaged,
        (Some(_) | None, None, None) | (None, Some(_), None) => return None,
    })
}

/// Returns the kind of text between markers.
pub fn kind(comment: Comment) -> FileKind {
    match comment {
        Comment::Html => FileKind::Markdown,
        Comment::Hash => FileKind::Ignore,
    }
}

/// The result for a block that both sides changed.
struct Settled {
    outcome: Outcome,
    /// Its text, in whole lines that end in `\n`.
    text: String,
    /// What a person has to decide, with places in lines of the block.
    conflicts: Vec<Open>,
    /// Whether upstream changed layout alone somewhere, and the text doesn't have that change.
    is_layout_untaken: bool,
}

/// Merges the text of a block that both sides changed.
fn settle(
    comment: Comment,
    record: Option<&BlockRecord>,
    ours: String,
    news: &Block,
    marks: &Marks,
) -> Settled {
    let kind = kind(comment);
    let base = record.map_or("", |record| record.text.as_str());
    let sides = Sides {
        base: base.as_bytes(),
        ours: ours.as_bytes(),
        theirs: news.text.as_bytes(),
    };
    let merge = super::merge(kind, &sides, Policies::NONE);
    let labels = marks
        .get(&news.name.template)
        .filter(|_| comment == Comment::Html && may_mark(kind, &merge, &sides, false));
    let bytes = match labels.filter(|_| !merge.is_clean()) {
        Some(labels) => merge.marked(&sides, labels),
        None => merge.bytes(&sides),
    };
    let text = String::from_utf8(bytes)
        .ok()
        .filter(|text| text.ends_with('\n') && may_stand_in(text, comment, &news.name));
    match text {
        Some(text) => {
            let results = [Side::Ours, Side::Theirs].map(|side| merge.taking(side, &sides));
            let outcome = match () {
                () if !merge.is_clean() => Outcome::Conflict,
                () if text == ours => Outcome::Kept,
                () if text == news.text => Outcome::Updated,
                () => Outcome::Merged,
            };
            Settled {
                outcome,
                text,
                conflicts: open_conflicts::of(&merge, &sides, labels.is_some()),
                is_layout_untaken: is_layout_untaken(kind, sides.base, sides.theirs, &results),
            }
        }
        // The result couldn't stand in a block. Ours stays as it is.
        None => {
            let conflicts = vec![Open {
                base: None,
                theirs: Some(news.text.clone()),
                ..open_conflicts::lines_of(&ours)
            }];
            Settled {
                outcome: Outcome::Conflict,
                text: ours,
                conflicts,
                is_layout_untaken: false,
            }
        }
    }
}

impl BlockMerge {
    fn note(
        &mut self,
        name: BlockName,
        outcome: Option<Outcome>,
        record: Option<&BlockRecord>,
        news: Option<&Block>,
        before: Option<String>,
    ) {
        let Some(outcome) = outcome else { return };
        if let Some(news) = news {
            let record = BlockRecord {
                source: news.source.clone(),
                text: news.text.clone(),
                before: before
                    .or_else(|| record.map(|record| record.before.clone()))
                    .unwrap_or_default(),
                deleted: matches!(outcome, Outcome::StillDeleted { .. }),
            };
            self.records.insert(name.clone(), record);
        }
        self.outcomes.push((name, outcome));
    }
}

/// Returns a text as it stands between its markers: whole lines, each ended by `\n`.
pub fn whole_lines(text: &str) -> String {
    let mut text = text
        .replace("\r\n", "\n")
        .trim_start_matches('\u{feff}')
        .to_owned();
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

fn written(comment: Comment, block: &Block, newline: &str) -> String {
    let [begin, end] = markers(comment, &block.name);
    format!("{begin}\n{}{end}\n", block.text).replace('\n', newline)
}

#[cfg(test)]
mod tests;
