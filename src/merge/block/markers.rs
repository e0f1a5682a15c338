//! The markers of blocks: which lines of a text mark one, and where its blocks are.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use crate::merge::line_ends::unix;
use crate::merge::markdown::fenced;
use crate::model::lock::BlockRecord;
use crate::model::name::TemplateName;
use crate::model::upstream::Comment;

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
/// **Markers between the fences of code are shown, and mark nothing**: a text may say how its
/// blocks look. Whether a block itself is between fences is asked of the text without its blocks:
/// what a block has in it says nothing of where it stands, nor what is around it of what it shows.
/// A fence that is open at the end of the text is none (`markdown::fenced`), so one that a team
/// forgot to close doesn't hide the block that was appended behind it. Where a fence further down
/// closes it, what stands between them and has just the text that the lock knows is the block all
/// the same, if there is no other of that name.
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
        let owner: TemplateName = owner.parse().map_err(|_| MalformedMarkers {
            line,
            what: format!("`{owner}` is not a template's name"),
        })?;
        let what = match (word, open.take()) {
            (MarkerWord::Begin, Some((other, line, _))) => {
                format!("the block of `{owner}` begins inside that of `{other}` (line {line})")
            }
            (MarkerWord::Begin, None) if found.iter().any(|block| block.owner == owner) => {
                format!("the block of `{owner}` begins for the second time")
            }
            (MarkerWord::Begin, None) => {
                open = Some((owner, line, span));
                continue;
            }
            (MarkerWord::End, Some((other, _, begin))) if other == owner => {
                found.push(BlockRange {
                    owner,
                    whole: begin.start..span.end,
                    inner: begin.end..span.start,
                });
                continue;
            }
            (MarkerWord::End, _) => format!("the block of `{owner}` ends without having begun"),
        };
        return Err(MalformedMarkers { line, what });
    }
    match open {
        Some((owner, line, _)) => Err(MalformedMarkers {
            line,
            what: format!("the block of `{owner}` has no end"),
        }),
        None => Ok(found),
    }
}

struct Lines<'a> {
    text: &'a str,
    /// Where each is, with its end.
    spans: Vec<Range<usize>>,
}

/// A line that marks a block, or shows how one is marked.
struct Marker<'a> {
    word: MarkerWord,
    owner: &'a str,
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
        let mut said = Vec::new();
        for line in lines {
            let line = &self.text[self.spans[line].clone()];
            said.push(line.trim_end_matches(['\r', '\n']).as_bytes());
        }
        said
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

    /// Notes the markers that stand between fences, and returns which of them are pairs. What a
    /// pair was thought to have in it is looked at once more when it turns out to be shown.
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

    /// Returns the lines that no pair has between its markers; a pair's first line is one.
    fn lines_outside(&self, pairs: &[Pair]) -> Vec<usize> {
        let mut lines: Vec<usize> = (0..self.lines.spans.len()).collect();
        lines.retain(|line| {
            pairs.iter().all(|(begin, end)| {
                !(self.markers[*begin].line + 1..=self.markers[*end].line).contains(line)
            })
        });
        lines
    }

    /// Takes back what the lock knows: it is a block, if no other is.
    fn take_back(&mut self, between: &[Pair], known: &BTreeMap<TemplateName, BlockRecord>) {
        for (begin, end) in between {
            let owner = self.markers[*begin].owner;
            let inner = self.markers[*begin].span.end..self.markers[*end].span.start;
            let is_known = owner.parse().is_ok_and(|owner: TemplateName| {
                let record = known.get(&owner).filter(|record| !record.deleted);
                record.is_some_and(|record| unix(&self.lines.text[inner]) == record.text)
            });
            let mut all = self.markers.iter().zip(&self.is_shown);
            if is_known && !all.any(|(marker, is_shown)| !is_shown && marker.owner == owner) {
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

    /// Returns the marker that ends what another begins, before one begins the same: the first that
    /// isn't between fences itself, where there are several.
    fn partner(&self, begin: usize) -> Option<usize> {
        let owner = self.markers[begin].owner;
        let mut later: Vec<usize> = (begin + 1..self.markers.len())
            .filter(|marker| !self.is_shown[*marker] && self.markers[*marker].owner == owner)
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

/// Returns the word and the owner of a marker line.
pub(super) fn marker(line: &str, comment: Comment) -> Option<(MarkerWord, &str)> {
    // A formatter may have indented it.
    let line = line.trim();
    let inner = match comment {
        Comment::Html => line.strip_prefix("<!-- ")?.strip_suffix(" -->")?,
        Comment::Hash => line.strip_prefix("# ")?,
    };
    if let Some(owner) = inner.strip_prefix("BEGIN agentpkg ") {
        return Some((MarkerWord::Begin, owner));
    }
    Some((MarkerWord::End, inner.strip_prefix("END agentpkg ")?))
}
