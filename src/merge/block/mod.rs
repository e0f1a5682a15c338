//! The three-way merge of blocks: what stands between a template's markers. Bytes outside are never
//! touched.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use super::is_layout_untaken;
use super::json::Policies;
use super::kind::FileKind;
use super::markdown::fenced;
use super::marking::may_mark;
use super::pieces::{Side, SideLabels, Sides};
use super::unsettled;
use crate::model::conflict::Open;
use crate::model::lock::BlockRecord;
use crate::model::name::TemplateName;
use crate::model::upstream::{Block, Comment};

/// Markers that don't make blocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MalformedMarkers {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong there.
    pub what: String,
}

impl fmt::Display for MalformedMarkers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

/// A block's place in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockRange {
    /// Whose it is.
    pub owner: TemplateName,
    /// With its markers, to the end of the last line.
    pub whole: Range<usize>,
    /// What is between the markers.
    pub inner: Range<usize>,
}

/// What became of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Appended.
    Added,
    /// Upstream's change came in.
    Updated,
    /// As upstream has it.
    Unchanged,
    /// Edited here, unchanged upstream.
    Kept,
    /// Deleted here; `changed` says whether upstream has news for it.
    StaysGone {
        /// Whether upstream changed it.
        changed: bool,
    },
    /// Dropped upstream, and taken out.
    Deleted,
    /// Dropped upstream and edited here: its text stays as the team's own, without markers.
    Released,
    /// Changed on both sides, and both changes are in it.
    Merged,
    /// Changed on both sides.
    Conflict,
}

/// How conflicts are marked: what the three versions are called, by template. Whose template isn't
/// named gets no markers.
pub type Marks = BTreeMap<TemplateName, SideLabels>;

/// The result of a merge of blocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockMerge {
    /// The file's new text.
    pub text: String,
    /// What the lock remembers of each block.
    pub records: BTreeMap<TemplateName, BlockRecord>,
    /// What became of each block.
    pub outcomes: Vec<(TemplateName, Outcome)>,
    /// Whether a change of the layout alone that upstream made isn't in the text.
    pub is_layout_untaken: bool,
    /// What both sides changed in the blocks, and a person has to decide; by lines of the new
    /// text.
    pub conflicts: Vec<Open>,
}

/// Returns the lines that a block of `owner` starts and ends with, without their line ends.
pub fn markers(comment: Comment, owner: &str) -> [String; 2] {
    ["BEGIN", "END"].map(|word| match comment {
        Comment::Html => format!("<!-- {word} agentpkg {owner} -->"),
        Comment::Hash => format!("# {word} agentpkg {owner}"),
    })
}

/// Finds the blocks of a text, as [`find_known`] does where nothing is known.
///
/// # Errors
/// With the line, where a marker lacks its partner, is doubled, nested, or names nothing that could
/// be a template.
pub fn find(text: &str, comment: Comment) -> Result<Vec<BlockRange>, MalformedMarkers> {
    find_known(text, comment, &BTreeMap::new())
}

/// Finds the blocks of a text. Of those that were `known` the lock has the text.
///
/// **Markers between the fences of code are shown, and mark nothing**: a text may say how its blocks
/// look. Whether a block itself is between fences is asked of the text without its blocks: what a
/// block has in it says nothing of where it stands, nor what is around it of what it shows. A fence
/// that is open at the end of the text is none (`markdown::fenced`), so one that a team forgot to
/// close doesn't hide the block that was appended behind it. Where a fence further down closes it,
/// what stands between them and has just the text that the lock knows is the block all the same, if
/// there is no other of that name.
///
/// # Errors
/// With the line, where a marker lacks its partner, is doubled, nested, or names nothing that could
/// be a template.
pub fn find_known(
    text: &str,
    comment: Comment,
    known: &BTreeMap<TemplateName, BlockRecord>,
) -> Result<Vec<BlockRange>, MalformedMarkers> {
    let lines = Lines::of(text);
    let markers = lines.markers(comment);
    let is_shown = match comment {
        Comment::Html => Shown::of(&lines, &markers, known),
        Comment::Hash => vec![false; markers.len()],
    };
    let marking = markers
        .into_iter()
        .zip(is_shown)
        .filter(|(_, is_shown)| !is_shown)
        .map(|(marker, _)| marker);
    blocks_between(marking)
}

/// Returns whether a text may stand in a block of `owner`: no line of it marks a block, and none
/// shows how its own is marked.
pub fn may_stand_in(text: &str, comment: Comment, owner: &str) -> bool {
    let markers = Lines::of(text).markers(comment);
    markers.iter().all(|marker| marker.owner != owner)
        && find(text, comment).is_ok_and(|found| found.is_empty())
}

/// Returns the blocks that markers make.
fn blocks_between<'a>(
    markers: impl Iterator<Item = Marker<'a>>,
) -> Result<Vec<BlockRange>, MalformedMarkers> {
    let mut found: Vec<BlockRange> = Vec::new();
    let mut open: Option<(TemplateName, usize, Range<usize>)> = None;
    for Marker {
        word,
        owner,
        line,
        span,
    } in markers
    {
        let line = line + 1;
        let wrong = |what: String| MalformedMarkers { line, what };
        let owner: TemplateName = owner
            .parse()
            .map_err(|_| wrong(format!("`{owner}` is not a template's name")))?;
        match (word, open.take()) {
            (Word::Begin, Some((other, line, _))) => {
                return Err(wrong(format!(
                    "the block of `{owner}` begins inside that of `{other}` (line {line})"
                )));
            }
            (Word::Begin, None) if found.iter().any(|block| block.owner == owner) => {
                return Err(wrong(format!(
                    "the block of `{owner}` begins for the second time"
                )));
            }
            (Word::Begin, None) => open = Some((owner, line, span)),
            (Word::End, Some((other, _, begin))) if other == owner => {
                found.push(BlockRange {
                    owner,
                    whole: begin.start..span.end,
                    inner: begin.end..span.start,
                });
            }
            (Word::End, _) => {
                return Err(wrong(format!(
                    "the block of `{owner}` ends without having begun"
                )));
            }
        }
    }
    match open {
        Some((owner, line, _)) => Err(MalformedMarkers {
            line,
            what: format!("the block of `{owner}` has no end"),
        }),
        None => Ok(found),
    }
}

/// The lines of a text.
struct Lines<'a> {
    text: &'a str,
    /// Where each is, with its end.
    spans: Vec<Range<usize>>,
}

/// A line that marks a block, or shows how one is marked.
struct Marker<'a> {
    word: Word,
    owner: &'a str,
    /// Counted from 0.
    line: usize,
    span: Range<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Word {
    Begin,
    End,
}

impl<'a> Lines<'a> {
    fn of(text: &'a str) -> Self {
        let body = text.trim_start_matches('\u{feff}');
        let mut start = text.len() - body.len();
        let mut spans = Vec::new();
        for line in body.split_inclusive('\n') {
            spans.push(start..start + line.len());
            start += line.len();
        }
        Self { text, spans }
    }

    fn markers(&self, comment: Comment) -> Vec<Marker<'a>> {
        let mut markers = Vec::new();
        for (line, span) in self.spans.iter().enumerate() {
            if let Some((word, owner)) = marker(&self.text[span.clone()], comment) {
                markers.push(Marker {
                    word,
                    owner,
                    line,
                    span: span.clone(),
                });
            }
        }
        markers
    }

    /// Returns some lines without their ends.
    fn said(&self, lines: impl Iterator<Item = usize>) -> Vec<&'a [u8]> {
        let said = |line: usize| self.text[self.spans[line].clone()].trim_end_matches(['\r', '\n']);
        lines.map(|line| said(line).as_bytes()).collect()
    }
}

/// Two markers of one owner, by their places among all markers.
type Pair = (usize, usize);

/// Which markers are shown, and mark nothing.
struct Shown<'t, 'a> {
    lines: &'t Lines<'a>,
    markers: &'t [Marker<'a>],
    is_shown: Vec<bool>,
}

impl<'t, 'a> Shown<'t, 'a> {
    /// What has more markers than any text shows is looked at by its markers alone.
    const MOST: usize = 256;

    fn of(
        lines: &'t Lines<'a>,
        markers: &'t [Marker<'a>],
        known: &BTreeMap<TemplateName, BlockRecord>,
    ) -> Vec<bool> {
        let mut shown = Self {
            lines,
            markers,
            is_shown: vec![false; markers.len()],
        };
        let has_code = lines.text.contains("```") || lines.text.contains("~~~");
        if has_code && (1..=Self::MOST).contains(&markers.len()) {
            let between = shown.between_fences();
            shown.take_back(&between, known);
            shown.inside_blocks();
        }
        shown.is_shown
    }

    /// Notes the markers that stand between fences, and returns which of them are pairs. What a pair
    /// was thought to have in it is looked at once more when it turns out to be shown.
    fn between_fences(&mut self) -> Vec<Pair> {
        let mut between = Vec::new();
        loop {
            let pairs = self.pairs();
            let is_outside = |line: &usize| {
                let mut pairs = pairs.iter();
                pairs.all(|(begin, end)| {
                    !(self.markers[*begin].line + 1..=self.markers[*end].line).contains(line)
                })
            };
            let outside: Vec<usize> = (0..self.lines.spans.len()).filter(is_outside).collect();
            let code = fenced(&self.lines.said(outside.iter().copied()));
            let is_code = |marker: usize| {
                let at = outside.binary_search(&self.markers[marker].line);
                at.is_ok_and(|at| code[at].is_some())
            };
            let found: Vec<usize> = (0..self.markers.len())
                .filter(|marker| !self.is_shown[*marker] && is_code(*marker))
                .collect();
            if found.is_empty() {
                return between;
            }
            for marker in found {
                self.is_shown[marker] = true;
                if let Some(pair) = pairs.iter().find(|(begin, _)| *begin == marker) {
                    self.is_shown[pair.1] = true;
                    between.push(*pair);
                }
            }
        }
    }

    /// Takes back what the lock knows: it is a block, if no other is.
    fn take_back(&mut self, between: &[Pair], known: &BTreeMap<TemplateName, BlockRecord>) {
        for (begin, end) in between {
            let owner = self.markers[*begin].owner;
            let inner = self.markers[*begin].span.end..self.markers[*end].span.start;
            let is_other =
                |marker: usize| !self.is_shown[marker] && self.markers[marker].owner == owner;
            let is_known = owner.parse().is_ok_and(|owner: TemplateName| {
                let record = known.get(&owner).filter(|record| !record.deleted);
                record.is_some_and(|record| unix(&self.lines.text[inner]) == record.text)
            });
            if is_known && !(0..self.markers.len()).any(is_other) {
                self.is_shown[*begin] = false;
                self.is_shown[*end] = false;
            }
        }
    }

    /// Notes the markers that blocks show in the code that they have in them.
    fn inside_blocks(&mut self) {
        for (begin, end) in self.pairs() {
            if end == begin + 1 {
                continue;
            }
            let (first, last) = (self.markers[begin].line + 1, self.markers[end].line);
            let code = fenced(&self.lines.said(first..last));
            for marker in begin + 1..end {
                self.is_shown[marker] |= code[self.markers[marker].line - first].is_some();
            }
        }
    }

    /// Returns the pairs that the markers make which aren't shown, one behind the other.
    fn pairs(&self) -> Vec<Pair> {
        let mut pairs = Vec::new();
        let mut next = 0;
        while next < self.markers.len() {
            let partner = match self.markers[next].word {
                Word::Begin if !self.is_shown[next] => self.partner(next),
                _ => None,
            };
            match partner {
                Some(end) => {
                    pairs.push((next, end));
                    next = end + 1;
                }
                None => next += 1,
            }
        }
        pairs
    }

    /// Returns the marker that ends what another begins, before one begins the same: the first that
    /// isn't between fences itself, where there are several.
    fn partner(&self, begin: usize) -> Option<usize> {
        let owner = self.markers[begin].owner;
        let mut later: Vec<usize> = (begin + 1..self.markers.len())
            .filter(|marker| !self.is_shown[*marker] && self.markers[*marker].owner == owner)
            .collect();
        let is_end = |marker: &usize| self.markers[*marker].word == Word::End;
        later.truncate(later.iter().take_while(|marker| is_end(marker)).count());
        let (first, last) = (
            self.markers[begin].line + 1,
            self.markers[*later.last()?].line,
        );
        if later.len() == 1 {
            return later.pop();
        }
        let code = fenced(&self.lines.said(first..last));
        later.into_iter().find(|marker| {
            let at = code.get(self.markers[*marker].line - first);
            at.is_none_or(|fence| fence.is_none())
        })
    }
}

/// Returns the word and the owner of a marker line.
fn marker(line: &str, comment: Comment) -> Option<(Word, &str)> {
    // A formatter may have indented it.
    let line = line.trim();
    let inner = match comment {
        Comment::Html => line.strip_prefix("<!-- ")?.strip_suffix(" -->")?,
        Comment::Hash => line.strip_prefix("# ")?,
    };
    let owner_behind = |word: &str| inner.strip_prefix(word)?.strip_prefix(" agentpkg ");
    let begin = owner_behind("BEGIN").map(|owner| (Word::Begin, owner));
    begin.or_else(|| Some((Word::End, owner_behind("END")?)))
}

/// Merges blocks into `ours`, which is empty where the file is absent.
///
/// # Errors
/// Where the markers in ours are malformed; nothing may be written then.
pub fn merge(
    comment: Comment,
    base: &BTreeMap<TemplateName, BlockRecord>,
    ours: &str,
    theirs: &[Block],
    marks: &Marks,
) -> Result<BlockMerge, MalformedMarkers> {
    let found = find_known(ours, comment, base)?;
    let newline = if ours.contains("\r\n") { "\r\n" } else { "\n" };
    let (records, outcomes, conflicts) = (BTreeMap::new(), Vec::new(), Vec::new());
    let mut merge = BlockMerge {
        text: String::new(),
        records,
        outcomes,
        is_layout_untaken: false,
        conflicts,
    };
    let mut contested: Vec<(&TemplateName, Vec<Open>)> = Vec::new();
    let mut decided = Vec::new();
    for block in &found {
        let record = base.get(&block.owner);
        let news = theirs.iter().find(|news| news.owner == block.owner);
        let inner = unix(&ours[block.inner.clone()]);
        let mut outcome = decide(record, Some(&inner), news);
        let mut both = None;
        if let (Some(Outcome::Conflict), Some(news)) = (outcome, news) {
            let Settled {
                outcome: settled,
                text,
                conflicts,
                is_layout_untaken,
            } = settle(comment, record, inner, news, marks);
            merge.is_layout_untaken |= is_layout_untaken;
            (outcome, both) = (Some(settled), Some(text));
            contested.push((&block.owner, conflicts));
        }
        merge.note(block.owner.clone(), outcome, record, news, None);
        decided.push((block, outcome, record, news, both));
    }
    // From the end, so that a block knows whether anything is left behind it.
    let mut end = ours.len();
    for (index, (block, outcome, record, news, both)) in decided.into_iter().enumerate().rev() {
        // What the block before ends with belongs to that block.
        let floor = index
            .checked_sub(1)
            .map_or(0, |before| found[before].whole.end);
        let before = &ours[floor..block.whole.start];
        let behind = format!("{}{}", &ours[block.whole.end..end], merge.text);
        let inner = &ours[block.inner.clone()];
        let own = match (outcome, news, &both) {
            (Some(Outcome::Updated), Some(news), _) if comment == Comment::Hash => {
                patterns_that_go(record, inner, &news.text)
            }
            (Some(Outcome::Merged | Outcome::Conflict), _, Some(text))
                if comment == Comment::Hash =>
            {
                patterns_that_go(record, inner, text)
            }
            _ => String::new(),
        };
        if let Some(record) = merge
            .records
            .get_mut(&block.owner)
            .filter(|_| !own.is_empty())
        {
            record.before = without_lines(&record.before, &own);
        }
        let own = own.replace('\n', newline);
        let (kept, piece) = match (outcome, news) {
            (Some(Outcome::Updated), Some(news)) => {
                (before.len(), own + &written(comment, news, newline))
            }
            (Some(Outcome::Merged | Outcome::Conflict), _) => {
                let [begin, end] = [
                    block.whole.start..block.inner.start,
                    block.inner.end..block.whole.end,
                ];
                let text = both.unwrap_or_default().replace('\n', newline);
                (
                    before.len(),
                    format!("{own}{}{text}{}", &ours[begin], &ours[end]),
                )
            }
            (Some(Outcome::Deleted), _) if replaces_text(record) => {
                let text = record.map_or("", |record| record.before.as_str());
                (before.len(), text.replace('\n', newline))
            }
            (Some(Outcome::Deleted), _) => without_lead(before, record, &behind, comment),
            (Some(Outcome::Released), _) => (before.len(), ours[block.inner.clone()].to_owned()),
            (_, _) => (before.len(), ours[block.whole.clone()].to_owned()),
        };
        merge.text = piece + &behind;
        end = floor + kept;
    }
    merge.text.insert_str(0, &ours[..end]);
    for news in theirs
        .iter()
        .filter(|news| found.iter().all(|block| block.owner != news.owner))
    {
        let record = base.get(&news.owner);
        let outcome = decide(record, None, Some(news));
        let mut before = None;
        if outcome == Some(Outcome::Added) {
            let block = written(comment, news, newline);
            match first_taken_back(&merge.text, comment) {
                // What the team takes back of other patterns stays the last word.
                Some(place) => {
                    merge.text.insert_str(place, &block);
                    before = Some(String::new());
                }
                None => {
                    let lead = lead(&merge.text, newline);
                    merge.text.push_str(&lead);
                    merge.text.push_str(&block);
                    before = Some(lead);
                }
            }
        }
        merge.note(news.owner.clone(), outcome, record, Some(news), before);
    }
    for found in find_known(&merge.text, comment, &merge.records)? {
        let above = merge.text[..found.inner.start].lines().count();
        let of_block = contested
            .iter()
            .filter(|(owner, _)| **owner == found.owner)
            .flat_map(|(_, places)| places);
        merge
            .conflicts
            .extend(of_block.cloned().map(|place| place.below(above)));
    }
    Ok(merge)
}

/// Returns how much of what stands before a block stays when the block goes, and what has to be put
/// there instead.
///
/// The bytes that were put before the block go with it, unless the team has moved things: a line of
/// theirs always keeps its end, and what stands apart stays apart.
fn without_lead(
    before: &str,
    record: Option<&BlockRecord>,
    behind: &str,
    comment: Comment,
) -> (usize, String) {
    let lead = unix(record.map_or("", |record| record.before.as_str()));
    // Of two newlines the first may be the end of another block.
    let half = if lead.len() == 2 { "\n" } else { lead.as_str() };
    let forms = [
        lead.replace('\n', "\r\n"),
        lead.clone(),
        half.replace('\n', "\r\n"),
        half.to_owned(),
    ];
    let Some((rest, lead)) = forms
        .iter()
        .find_map(|lead| Some((before.strip_suffix(lead.as_str())?, lead)))
    else {
        return (before.len(), String::new());
    };
    let ends_a_line = rest.trim_start_matches('\u{feff}').is_empty() || rest.ends_with('\n');
    let next_is_apart = behind.is_empty()
        || behind.starts_with(['\n', '\r'])
        || behind
            .lines()
            .next()
            .is_some_and(|line| marker(line, comment).is_some());
    match lead.matches('\n').count() {
        // The text had no final newline when the block came.
        2 if !ends_a_line && behind.is_empty() => (rest.len(), String::new()),
        2 if !ends_a_line => (rest.len(), lead[..lead.len() / 2].to_owned()),
        _ if ends_a_line && next_is_apart => (rest.len(), String::new()),
        _ => (before.len(), String::new()),
    }
}

/// Returns whether a block stands where text of the team's was: that comes back when it goes.
fn replaces_text(record: Option<&BlockRecord>) -> bool {
    record.is_some_and(|record| !record.before.trim().is_empty())
}

/// Returns the patterns that the team had before a block took their place, and that the block had
/// and has no more: they are the team's again, before the block, so that what takes a pattern back
/// in it still does.
fn patterns_that_go(record: Option<&BlockRecord>, ours: &str, result: &str) -> String {
    let Some(record) = record else {
        return String::new();
    };
    let goes = |line: &&str| {
        let is_in = |text: &str| {
            text.lines()
                .any(|other| other.trim_end() == line.trim_end())
        };
        !line.trim().is_empty() && is_in(&record.text) && is_in(ours) && !is_in(result)
    };
    let lines = record.before.lines().filter(goes);
    lines.map(|line| format!("{line}\n")).collect()
}

/// Returns where the first line of an ignore file starts that takes a pattern back, outside of
/// blocks.
fn first_taken_back(text: &str, comment: Comment) -> Option<usize> {
    if comment != Comment::Hash {
        return None;
    }
    let found = find(text, comment).unwrap_or_default();
    let is_in_block = |at: usize| found.iter().any(|block| block.whole.contains(&at));
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if line.starts_with('!') && !is_in_block(start) {
            return Some(start);
        }
        start += line.len();
    }
    None
}

fn without_lines(text: &str, gone: &str) -> String {
    let stays = |line: &&str| {
        !gone
            .lines()
            .any(|other| other == line.trim_end_matches('\n'))
    };
    text.split_inclusive('\n').filter(stays).collect()
}

fn unix(text: &str) -> String {
    text.replace("\r\n", "\n")
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
        (Some(b), None, Some(t)) => Outcome::StaysGone { changed: b != t },
        (Some(b), Some(o), None) if o == b => Outcome::Deleted,
        (Some(_), Some(_), None) => Outcome::Released,
        (Some(_) | None, None, None) | (None, Some(_), None) => return None,
    })
}

/// Returns the kind of the text that stands between markers.
pub fn kind(comment: Comment) -> FileKind {
    match comment {
        Comment::Html => FileKind::Markdown,
        Comment::Hash => FileKind::Ignore,
    }
}

/// What became of a block that both sides changed.
struct Settled {
    outcome: Outcome,
    /// Its text, in whole lines that end in `\n`.
    text: String,
    /// What is left to a person, by lines of the block.
    conflicts: Vec<Open>,
    /// Whether a change of the layout alone that upstream made isn't in the text.
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
        .get(&news.owner)
        .filter(|_| comment == Comment::Html && may_mark(kind, &merge, &sides, false));
    let bytes = match labels.filter(|_| !merge.is_clean()) {
        Some(labels) => merge.marked(&sides, labels),
        None => merge.bytes(&sides),
    };
    let is_block =
        |text: &String| text.ends_with('\n') && may_stand_in(text, comment, news.owner.as_str());
    match String::from_utf8(bytes).ok().filter(is_block) {
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
                conflicts: unsettled::of(&merge, &sides, labels.is_some()),
                is_layout_untaken: is_layout_untaken(kind, sides.base, sides.theirs, &results),
            }
        }
        // What would be no block any more: ours stays, whole.
        None => {
            let conflicts = vec![Open {
                base: None,
                theirs: Some(news.text.clone()),
                ..unsettled::lines_of(&ours)
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
        owner: TemplateName,
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
                deleted: matches!(outcome, Outcome::StaysGone { .. }),
            };
            self.records.insert(owner.clone(), record);
        }
        self.outcomes.push((owner, outcome));
    }
}

fn written(comment: Comment, block: &Block, newline: &str) -> String {
    let [begin, end] = markers(comment, block.owner.as_str());
    format!("{begin}\n{}{end}\n", block.text).replace('\n', newline)
}

/// Returns what has to be put behind `text` so that a block starts on a line of its own after an
/// empty one.
fn lead(text: &str, newline: &str) -> String {
    let body = text.trim_start_matches('\u{feff}');
    if body.is_empty() {
        String::new()
    } else if !body.ends_with('\n') {
        newline.repeat(2)
    } else if body.ends_with("\n\n") || body.ends_with("\n\r\n") || body == newline {
        String::new()
    } else {
        newline.to_owned()
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn block(owner: &str, text: &str) -> Block {
        Block {
            owner: owner.parse().unwrap(),
            source: None,
            text: text.to_owned(),
        }
    }

    fn records(blocks: &[(&str, &str, &str)]) -> BTreeMap<TemplateName, BlockRecord> {
        let record = |text: &str, before: &str| BlockRecord {
            source: None,
            text: text.to_owned(),
            before: before.to_owned(),
            deleted: false,
        };
        blocks
            .iter()
            .map(|(owner, text, before)| (owner.parse().unwrap(), record(text, before)))
            .collect()
    }

    #[track_caller]
    fn check(
        base: &[(&str, &str, &str)],
        ours: &str,
        theirs: &[Block],
        text: &str,
        outcomes: &[Outcome],
    ) -> BlockMerge {
        let merge = merge(Comment::Html, &records(base), ours, theirs, &Marks::new()).unwrap();
        assert_eq!(merge.text, text);
        assert_eq!(
            merge
                .outcomes
                .iter()
                .map(|(_, outcome)| *outcome)
                .collect::<Vec<_>>(),
            outcomes
        );
        merge
    }

    const ONE: &str = "<!-- BEGIN agentpkg a -->\none\n<!-- END agentpkg a -->\n";

    #[test]
    fn a_block_is_appended_behind_an_empty_line() {
        let added = [Outcome::Added];
        for (ours, lead) in [
            ("", ""),
            ("# Ours\n", "\n"),
            ("# Ours", "\n\n"),
            ("# Ours\n\n", ""),
            ("\u{feff}", ""),
        ] {
            let merge = check(
                &[],
                ours,
                &[block("a", "one\n")],
                &format!("{ours}{lead}{ONE}"),
                &added,
            );
            assert_eq!(merge.records.values().next().unwrap().before, lead);
        }
        let crlf = format!("# Ours\r\n\r\n{}", ONE.replace('\n', "\r\n"));
        check(&[], "# Ours\r\n", &[block("a", "one\n")], &crlf, &added);
    }

    #[test]
    fn each_row_of_the_table() {
        let base = [("a", "one\n", "\n")];
        let edited = ONE.replace("one", "ONE");
        let two = ONE.replace("one", "two");
        check(
            &base,
            ONE,
            &[block("a", "two\n")],
            &two,
            &[Outcome::Updated],
        );
        check(
            &base,
            &edited,
            &[block("a", "one\n")],
            &edited,
            &[Outcome::Kept],
        );
        check(
            &base,
            &edited,
            &[block("a", "ONE\n")],
            &edited,
            &[Outcome::Unchanged],
        );
        check(
            &base,
            &edited,
            &[block("a", "two\n")],
            &edited,
            &[Outcome::Conflict],
        );
        check(
            &base,
            "x\n",
            &[block("a", "one\n")],
            "x\n",
            &[Outcome::StaysGone { changed: false }],
        );
        check(
            &base,
            "x\n",
            &[block("a", "two\n")],
            "x\n",
            &[Outcome::StaysGone { changed: true }],
        );
        check(
            &base,
            &format!("x\n\n{ONE}y\n"),
            &[],
            "x\n\ny\n",
            &[Outcome::Deleted],
        );
        check(
            &base,
            &format!("x\n\n{ONE}\ny\n"),
            &[],
            "x\n\ny\n",
            &[Outcome::Deleted],
        );
        check(
            &base,
            &format!("x\n\n{edited}y\n"),
            &[],
            "x\n\nONE\ny\n",
            &[Outcome::Released],
        );
        check(&base, "x\n", &[], "x\n", &[]);
        check(&[], ONE, &[block("a", "one\n")], ONE, &[Outcome::Unchanged]);
        check(
            &[],
            &edited,
            &[block("a", "one\n")],
            &edited,
            &[Outcome::Conflict],
        );
        check(&[], ONE, &[], ONE, &[]);
    }

    #[test]
    fn edits_of_different_lines_of_a_block_are_both_kept() {
        let base = [("a", "one\ntwo\nthree\nfour\n", "")];
        // A formatter has indented the marker: it stays as it is.
        let ours = "  <!-- BEGIN agentpkg a -->\r\nONE\r\ntwo\r\nthree\r\nfour\r\n<!-- END \
                    agentpkg a -->\r\nx\r\n";
        let theirs = [block("a", "one\ntwo\nthree\nFOUR\n")];
        let merge = check(
            &base,
            ours,
            &theirs,
            &ours.replace("four", "FOUR"),
            &[Outcome::Merged],
        );
        assert_eq!(merge.records.values().next().unwrap().text, theirs[0].text);
        let theirs = [block("a", "uno\ntwo\nthree\nfour\n")];
        let merge = check(&base, ours, &theirs, ours, &[Outcome::Conflict]);
        assert_eq!(merge.records.values().next().unwrap().text, theirs[0].text);
        let [open] = merge.conflicts.as_slice() else {
            panic!("one place")
        };
        assert_eq!(
            (
                open.place().as_str(),
                open.ours.as_deref(),
                open.theirs.as_deref()
            ),
            ("line 2", Some("ONE\n"), Some("uno\n"))
        );
        // What would be no block any more is none.
        let theirs = [block("a", "one\ntwo\nthree\n<!-- BEGIN agentpkg b -->\n")];
        check(&base, ours, &theirs, ours, &[Outcome::Conflict]);
    }

    #[test]
    fn markers_that_make_no_blocks_stop_everything() {
        let cases = [
            (
                "<!-- BEGIN agentpkg a -->\none\n",
                "line 1: the block of `a` has no end",
            ),
            (
                "x\n<!-- END agentpkg a -->\n",
                "line 2: the block of `a` ends without having begun",
            ),
            (
                &format!("{ONE}{ONE}"),
                "line 4: the block of `a` begins for the second time",
            ),
            (
                "<!-- BEGIN agentpkg a -->\n<!-- BEGIN agentpkg b -->\n",
                "line 2: the block of `b` begins inside that of `a` (line 1)",
            ),
            (
                "<!-- BEGIN agentpkg A B -->\n",
                "line 1: `A B` is not a template's name",
            ),
        ];
        for (text, message) in cases {
            assert_eq!(find(text, Comment::Html).unwrap_err().to_string(), message);
        }
        assert_eq!(
            find("# BEGIN agentpkg a\n# END agentpkg a\n", Comment::Html),
            Ok(vec![])
        );
        assert_eq!(
            find("# BEGIN agentpkg a\n# END agentpkg a\n", Comment::Hash)
                .unwrap()
                .len(),
            1
        );
    }

    #[track_caller]
    fn finds(text: &str, expected: &[(&str, &str)]) {
        let found = find(text, Comment::Html).unwrap();
        let found: Vec<(&str, &str)> = found
            .iter()
            .map(|block| (block.owner.as_str(), &text[block.inner.clone()]))
            .collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn markers_between_fences_are_shown() {
        let fenced = |fence: &str, text: &str| format!("{fence}md\n{text}{fence}\n");
        let (begin, end) = ("<!-- BEGIN agentpkg a -->\n", "<!-- END agentpkg a -->\n");
        let whole = [
            fenced("```", ONE),
            fenced("~~~~", ONE),
            fenced("````", &fenced("```", ONE)),
            format!(
                "- x\n\n  {}\n",
                fenced("```", ONE).trim_end().replace('\n', "\n  ")
            ),
            format!(
                "> {}\n",
                fenced("```", ONE).trim_end().replace('\n', "\n> ")
            ),
            format!("{}and\n{}", fenced("```", ONE), fenced("```", ONE)),
        ];
        let halves = [
            fenced("```", begin),
            fenced("```", end),
            format!("{}and\n{}", fenced("```", begin), fenced("```", end)),
        ];
        for shown in whole.iter().chain(&halves) {
            finds(shown, &[]);
            finds(&format!("{shown}\n{ONE}"), &[("a", "one\n")]);
            finds(&format!("{ONE}\n{shown}"), &[("a", "one\n")]);
            // A block may show what it likes.
            let other = format!("<!-- BEGIN agentpkg b -->\n{shown}<!-- END agentpkg b -->\n");
            finds(&other, &[("b", shown)]);
        }
        for shown in &whole {
            finds(&format!("{begin}{shown}{end}"), &[("a", shown)]);
        }
    }

    #[test]
    fn a_fence_that_was_not_closed_hides_no_block() {
        let two = "<!-- BEGIN agentpkg a -->\n```\nx\n```\n<!-- END agentpkg a -->\n";
        for open in ["```\nx\n\n", "~~~~\n", "```sh\nx\n```md\n\n"] {
            finds(&format!("{open}{ONE}"), &[("a", "one\n")]);
            finds(&format!("{open}{two}"), &[("a", "```\nx\n```\n")]);
            let other = two.replace(" a -->", " b -->");
            let both = [("a", "```\nx\n```\n"), ("b", "```\nx\n```\n")];
            finds(&format!("{open}{two}\n{other}"), &both);
        }
        // One that the block itself leaves open.
        let torn = "<!-- BEGIN agentpkg a -->\n```\none\n<!-- END agentpkg a -->\n";
        finds(torn, &[("a", "```\none\n")]);
        finds(&format!("{torn}```\nx\n```\n"), &[("a", "```\none\n")]);
        // One that is closed behind the block: the lock knows the block.
        let closed = format!("```\nx\n\n{ONE}\n```sh\ny\n```\n");
        finds(&closed, &[]);
        let known = records(&[("a", "one\n", "\n")]);
        assert_eq!(find_known(&closed, Comment::Html, &known).unwrap().len(), 1);
        let base = [("a", "one\n", "\n")];
        let two = closed.replace("one", "two");
        check(
            &base,
            &closed,
            &[block("a", "two\n")],
            &two,
            &[Outcome::Updated],
        );
        // What isn't just that is shown, and the block is gone.
        let gone = [Outcome::StaysGone { changed: false }];
        check(&base, &two, &[block("a", "one\n")], &two, &gone);
    }

    #[test]
    fn a_line_of_the_teams_keeps_its_end_wherever_the_block_was_moved() {
        let base = [("a", "one\n", "\n")];
        check(
            &base,
            &format!("target\n{ONE}node_modules\n"),
            &[],
            "target\nnode_modules\n",
            &[Outcome::Deleted],
        );
        check(
            &base,
            &format!("target\n{ONE}"),
            &[],
            "target\n",
            &[Outcome::Deleted],
        );
        let base = [("a", "one\n", "\n\n")];
        check(
            &base,
            &format!("x\n\n{ONE}y"),
            &[],
            "x\ny",
            &[Outcome::Deleted],
        );
        check(&base, &format!("x\n\n{ONE}"), &[], "x", &[Outcome::Deleted]);
        let crlf = format!("x\r\n\r\n{}", ONE.replace('\n', "\r\n"));
        check(
            &[("a", "one\n", "\n")],
            &crlf,
            &[],
            "x\r\n",
            &[Outcome::Deleted],
        );
        let indented = ONE.replace("<!--", "  <!--");
        check(
            &base,
            &indented,
            &[block("a", "one\n")],
            &indented,
            &[Outcome::Unchanged],
        );
    }

    #[test]
    fn a_block_behind_another_leaves_that_one_alone() {
        let other = ONE.replace(" a -->", " b -->").replace("one", "two");
        let base = [("a", "one\n", ""), ("b", "two\n", "\n\n")];
        let both = format!("{ONE}\n{other}");
        check(
            &base,
            &both,
            &[block("a", "one\n")],
            ONE,
            &[Outcome::Unchanged, Outcome::Deleted],
        );
        check(&base, &both, &[], "", &[Outcome::Deleted, Outcome::Deleted]);
    }

    /// Lines that show blocks, and those that open and close what they are shown in.
    const SHOWN: [&str; 12] = [
        "x\n",
        "\n",
        "```\n",
        "```md\n",
        "````\n",
        "~~~\n",
        "- x\n",
        "  ```\n",
        "<!-- BEGIN agentpkg a -->\n",
        "<!-- END agentpkg a -->\n",
        "  <!-- BEGIN agentpkg c -->\n",
        "  <!-- END agentpkg c -->\n",
    ];

    proptest! {
        #[test]
        fn any_text_and_any_lead_make_a_merge(
            parts in prop::collection::vec(0..6usize, 0..6),
            leads in prop::collection::vec("(\n|\n\n|\r\n)?", 2..3),
        ) {
            let other = ONE.replace(" a -->", " b -->");
            let pieces = [ONE, other.as_str(), "x\n", "y", "\n", "\r\n"];
            let ours: String = parts.iter().map(|part| pieces[*part]).collect();
            let base = records(&[("a", "one\n", &leads[0]), ("b", "one\n", &leads[1])]);
            if let Ok(merge) = merge(Comment::Html, &base, &ours, &[], &Marks::new()) {
                let outside = ours.replace(ONE, "").replace(&other, "");
                let words = |text: &str| text.replace(|c: char| !matches!(c, 'x' | 'y'), "");
                prop_assert_eq!(words(&merge.text), words(&outside));
            }
        }

        #[test]
        fn what_is_outside_is_never_touched(
            mut head in "[a#\n]{0,6}",
            tail in "[a#\n]{0,6}",
            before in "(\n|\n\n)?",
        ) {
            if !head.is_empty() && !head.ends_with('\n') {
                head.push('\n');
            }
            let ours = format!("{head}{ONE}{tail}");
            let base = records(&[("a", "one\n", &before)]);
            let removed = merge(Comment::Html, &base, &ours, &[], &Marks::new()).unwrap();
            let outside = format!("{head}{tail}");
            let [left, lines] = [&removed.text, &outside]
                .map(|text| text.lines().filter(|line| !line.is_empty()).collect::<Vec<_>>());
            prop_assert_eq!(left, lines);
        }

        #[test]
        fn what_shows_blocks_keeps_every_byte(
            lines in prop::collection::vec(0..SHOWN.len(), 0..8),
            inside in prop::collection::vec(0..SHOWN.len(), 0..5),
            ends in any::<bool>(),
        ) {
            let text = |lines: &[usize]| lines.iter().map(|line| SHOWN[*line]).collect::<String>();
            let mut ours = text(&lines);
            // The end of a line that is a block's own goes with nothing.
            if !ends && find(&ours, Comment::Html).is_ok_and(|found| found.is_empty()) {
                ours.truncate(ours.trim_end_matches('\n').len());
            }
            let inside = text(&inside);
            // What publish refuses is no block.
            prop_assume!(may_stand_in(&inside, Comment::Html, "a"));
            let theirs = [block("a", &inside), block("b", "other\n")];
            let (none, marks) = (BTreeMap::new(), Marks::new());
            let Ok(added) = merge(Comment::Html, &none, &ours, &theirs, &marks) else {
                return Ok(());
            };
            let (base, text) = (&added.records, &added.text);
            let again = merge(Comment::Html, base, text, &theirs, &marks).unwrap();
            prop_assert_eq!(&again.text, &added.text);
            let is_new = |outcome: &(TemplateName, Outcome)| outcome.1 == Outcome::Added;
            if added.outcomes.iter().all(is_new) {
                let removed = merge(Comment::Html, base, text, &[], &marks).unwrap();
                prop_assert_eq!(removed.text, ours);
            }
        }

        #[test]
        fn adding_and_removing_restores_every_byte(
            ours in "(\u{feff})?([a#]{0,3}(\n|\r\n)){0,4}[a ]{0,2}",
            text in "([b]{0,2}\n){1,3}",
        ) {
            let theirs = [block("a", &text), block("b", "other\n")];
            let (none, marks) = (BTreeMap::new(), Marks::new());
            let added = merge(Comment::Html, &none, &ours, &theirs, &marks).unwrap();
            let (base, text) = (&added.records, &added.text);
            let removed = merge(Comment::Html, base, text, &[], &marks).unwrap();
            prop_assert_eq!(removed.text, ours);
            let again = merge(Comment::Html, base, text, &theirs, &marks).unwrap();
            prop_assert_eq!(again.text, added.text);
        }
    }
}
