//! The markers of blocks: which lines of a text are markers, and where the blocks are.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use crate::merge::line_ends::unix;
use crate::merge::markdown::fenced;
use crate::model::lock::BlockRecord;

use crate::model::upstream::{BlockName, Comment};

/// Markers that don't make blocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MalformedMarkers {
    /// The line, from 1.
    pub line: usize,
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
    pub name: BlockName,
    /// The block with its markers and its last line end.
    pub whole: Range<usize>,
    /// The text between the markers.
    pub inner: Range<usize>,
}

/// Returns the lines that a block called `name` starts and ends with, without their line ends.
pub fn markers(comment: Comment, name: &BlockName) -> [String; 2] {
    ["BEGIN", "END"].map(|word| match comment {
        Comment::Html => format!("<!-- {word} agentpkg {name} -->"),
        Comment::Hash => format!("# {word} agentpkg {name}"),
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

/// Finds the blocks of a text. `known` are the blocks that the lock remembers, with their texts.
///
/// **Markers inside a code fence are an example, and mark nothing**: a text may show what its
/// blocks look like. Fences inside blocks and fences around them are looked at separately: whether
/// a block stands inside a fence is decided by the text without its blocks, and which markers a
/// block only shows, by the text of the block. A fence that is still open at the end of the text
/// doesn't count (`markdown::fenced`), so one that a team forgot to close doesn't hide the block
/// appended after it. Where a later fence closes it, text between the two that equals the block in
/// the lock is that block nevertheless, if there is no other of that name.
///
/// # Errors
/// With the line, where a marker lacks its partner, is doubled, nested, or names nothing that could
/// be a template.
pub fn find_known(
    text: &str,
    comment: Comment,
    known: &BTreeMap<BlockName, BlockRecord>,
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

/// Returns whether a text may stand in a block called `name`: no line of it is a marker, and none
/// shows a marker of `name`.
pub fn may_stand_in(text: &str, comment: Comment, name: &BlockName) -> bool {
    let name = name.to_string();
    let markers = Lines::of(text).markers(comment);
    markers.iter().all(|marker| marker.name != name)
        && find(text, comment).is_ok_and(|found| found.is_empty())
}

/// Returns the blocks between markers.
fn blocks_between<'a>(
    markers: impl Iterator<Item = Marker<'a>>,
) -> Result<Vec<BlockRange>, MalformedMarkers> {
    let mut found: Vec<BlockRange> = Vec::new();
    let mut open: Option<(BlockName, usize, Range<usize>)> = None;
    for Marker {
        word,
        name,
        line,
        span,
    } in markers
    {
        let line = line + 1;
        let name: BlockName = name.parse().map_err(|_| MalformedMarkers {
            line,
            what: format!("`{name}` is not a template's name"),
        })?;
        let what = match (word, open.take()) {
            (MarkerWord::Begin, Some((other, line, _))) => {
                format!("the block of `{name}` begins inside that of `{other}` (line {line})")
            }
            (MarkerWord::Begin, None) if found.iter().any(|block| block.name == name) => {
                format!("the block of `{name}` begins for the second time")
            }
            (MarkerWord::Begin, None) => {
                open = Some((name, line, span));
                continue;
            }
            (MarkerWord::End, Some((other, _, begin))) if other == name => {
                found.push(BlockRange {
                    name,
                    whole: begin.start..span.end,
                    inner: begin.end..span.start,
                });
                continue;
            }
            (MarkerWord::End, _) => format!("the block of `{name}` ends without having begun"),
        };
        return Err(MalformedMarkers { line, what });
    }
    match open {
        Some((name, line, _)) => Err(MalformedMarkers {
            line,
            what: format!("the block of `{name}` has no end"),
        }),
        None => Ok(found),
    }
}

struct Lines<'a> {
    text: &'a str,
    /// Where each line is, with its line end.
    spans: Vec<Range<usize>>,
}

/// A line that is a marker, or shows one.
struct Marker<'a> {
    word: MarkerWord,
    name: &'a str,
    /// Counted from 0.
    line: usize,
    span: Range<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MarkerWord {
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
            if let Some((word, name)) = marker(&self.text[span.clone()], comment) {
                markers.push(Marker {
                    word,
                    name,
                    line,
                    span: span.clone(),
                });
            }
        }
        markers
    }

    /// Returns some lines without their ends.
    fn said(&self, lines: impl Iterator<Item = usize>) -> Vec<&'a [u8]> {
        let mut said = Vec::new();
        for line in lines {
            let line = &self.text[self.spans[line].clone()];
            said.push(line.trim_end_matches(['\r', '\n']).as_bytes());
        }
        said
    }
}

/// The begin and end markers of one name, by their indexes among all markers.
type Pair = (usize, usize);

/// Finds out which markers are only shown, and mark nothing.
struct Shown<'t, 'a> {
    lines: &'t Lines<'a>,
    markers: &'t [Marker<'a>],
    is_shown: Vec<bool>,
}

impl<'t, 'a> Shown<'t, 'a> {
    /// In a text with more markers than anybody would show as examples, every marker counts.
    const MOST: usize = 256;

    fn of(
        lines: &'t Lines<'a>,
        markers: &'t [Marker<'a>],
        known: &BTreeMap<BlockName, BlockRecord>,
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

    /// Records the markers inside code fences, and returns which of them are pairs. When a pair
    /// turns out to be only shown, the lines between its markers are looked at again.
    fn between_fences(&mut self) -> Vec<Pair> {
        let mut between = Vec::new();
        loop {
            let pairs = self.pairs();
            let outside = self.lines_outside(&pairs);
            let code = fenced(&self.lines.said(outside.iter().copied()));
            let mut found = Vec::new();
            for (index, marker) in self.markers.iter().enumerate() {
                if let Ok(at) = outside.binary_search(&marker.line)
                    && code[at].is_some()
                    && !self.is_shown[index]
                {
                    found.push(index);
                }
            }
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

    /// Returns the lines that aren't in a block; the first line of each block is included.
    fn lines_outside(&self, pairs: &[Pair]) -> Vec<usize> {
        let mut lines: Vec<usize> = (0..self.lines.spans.len()).collect();
        lines.retain(|line| {
            pairs.iter().all(|(begin, end)| {
                !(self.markers[*begin].line + 1..=self.markers[*end].line).contains(line)
            })
        });
        lines
    }

    /// Makes a block again of each shown pair whose text the lock knows, if there is no other block
    /// of that name.
    fn take_back(&mut self, between: &[Pair], known: &BTreeMap<BlockName, BlockRecord>) {
        for (begin, end) in between {
            let name = self.markers[*begin].name;
            let inner = self.markers[*begin].span.end..self.markers[*end].span.start;
            let is_known = name.parse().is_ok_and(|name: BlockName| {
                let record = known.get(&name).filter(|record| !record.deleted);
                record.is_some_and(|record| unix(&self.lines.text[inner]) == record.text)
            });
            let mut all = self.markers.iter().zip(&self.is_shown);
            if is_known && !all.any(|(marker, is_shown)| !is_shown && marker.name == name) {
                self.is_shown[*begin] = false;
                self.is_shown[*end] = false;
            }
        }
    }

    /// Records the markers that blocks show inside their own code fences.
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

    /// Returns the pairs of markers that aren't only shown, in order.
    fn pairs(&self) -> Vec<Pair> {
        let mut pairs = Vec::new();
        let mut next = 0;
        while next < self.markers.len() {
            let partner = match self.markers[next].word {
                MarkerWord::Begin if !self.is_shown[next] => self.partner(next),
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

    /// Returns the end marker of a begin marker, before the next begin marker of the same name; of
    /// several, the first that isn't inside a fence itself.
    fn partner(&self, begin: usize) -> Option<usize> {
        let name = self.markers[begin].name;
        let mut later: Vec<usize> = (begin + 1..self.markers.len())
            .filter(|marker| !self.is_shown[*marker] && self.markers[*marker].name == name)
            .collect();
        let next = later
            .iter()
            .position(|marker| self.markers[*marker].word == MarkerWord::Begin);
        later.truncate(next.unwrap_or(later.len()));
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

/// Returns the word and the name of a marker line.
pub(super) fn marker(line: &str, comment: Comment) -> Option<(MarkerWord, &str)> {
    // A formatter may have indented it.
    let line = line.trim();
    let inner = match comment {
        Comment::Html => line.strip_prefix("<!-- ")?.strip_suffix(" -->")?,
        Comment::Hash => line.strip_prefix("# ")?,
    };
    if let Some(name) = inner.strip_prefix("BEGIN agentpkg ") {
        return Some((MarkerWord::Begin, name));
    }
    Some((MarkerWord::End, inner.strip_prefix("END agentpkg ")?))
}
