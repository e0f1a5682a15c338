//! Text that was copied into a file in which templates have blocks: CLAUDE.md, .gitignore.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use similar::DiffTag;

use crate::merge::Fences;
use crate::merge::block::{self, markers};
use crate::model::lock::BlockRecord;
use crate::model::operations::{Algorithm, operations};
use crate::model::path::RelPath;
use crate::model::snapshot::Local;
use crate::model::tree::File;
use crate::model::upstream::{Block, BlockName, Comment, Content};

use super::{Copied, CopiedBlock, Copies, LIKENESS, Nearest, Search};

/// How many matching lines are tried as the first and the last line of a copy.
const MOST_MATCHES: usize = 2_000;

/// A line of the team's text.
#[derive(Clone, Debug)]
struct Line<'a> {
    /// Where it is, with its end.
    span: Range<usize>,
    /// Without its line end and trailing space.
    text: &'a str,
    /// Whether it is the team's own, and no part of a block.
    is_free: bool,
    /// Whether it starts inside an open code fence or comment.
    is_code: bool,
}

/// A part of the team's text that becomes a block.
struct Wrapped<'a> {
    name: &'a BlockName,
    /// The bytes that the block replaces: runs of whole lines. The block goes where the first one
    /// was.
    runs: Vec<Range<usize>>,
    /// What stands between the markers.
    inner: String,
}

impl Search<'_> {
    pub(super) fn blocks(&self, copies: &mut Copies) {
        for (path, content) in &self.theirs.files {
            let Some(blocks) = content.as_blocks() else {
                continue;
            };
            let file = self.ours.get(path).and_then(Local::file);
            if let Some(text) = file.and_then(File::text) {
                self.blocks_in(path, text, blocks.comment, &blocks.blocks, copies);
            }
        }
    }

    fn blocks_in(
        &self,
        path: &RelPath,
        text: &str,
        comment: Comment,
        blocks: &[Block],
        copies: &mut Copies,
    ) {
        let Ok(found) = block::find(text, comment) else {
            return;
        };
        let mut lines = lines(text);
        for line in &mut lines {
            let mut blocks = found.iter();
            line.is_free = !blocks.any(|block| block.whole.contains(&line.span.start));
        }
        let (mut wrapped, mut copied) = (Vec::new(), BTreeMap::new());
        for block in blocks {
            let is_marked = found.iter().any(|found| found.name == block.name);
            if is_marked || self.is_known(path, &block.name.template) {
                continue;
            }
            let Some((piece, copy)) = self.copied_block(path, text, comment, block, &lines) else {
                continue;
            };
            for line in &mut lines {
                line.is_free &= !piece.runs.iter().any(|run| run.contains(&line.span.start));
            }
            wrapped.push(piece);
            copied.insert(block.name.clone(), copy);
        }
        if !wrapped.is_empty() {
            copies
                .marked
                .insert(path.clone(), marked(text, comment, wrapped));
            copies.blocks.insert(path.clone(), copied);
        }
    }

    /// Returns the part of a text that was copied from a block, and what it was copied from.
    fn copied_block<'b>(
        &self,
        path: &RelPath,
        text: &str,
        comment: Comment,
        block: &'b Block,
        lines: &[Line],
    ) -> Option<(Wrapped<'b>, CopiedBlock)> {
        let mut nearest = Nearest::new();
        for release in self.of(&block.name.template) {
            let content = release.upstream.files.get(path);
            let Some(then) = content.and_then(Content::as_blocks) else {
                continue;
            };
            let mut of_owner = then.blocks.iter();
            let Some(then) = of_owner.find(|then| then.name == block.name) else {
                continue;
            };
            let Some((likeness, run)) = region(&then.text, lines) else {
                continue;
            };
            // The team may have ordered patterns in its own way, and what it ignores stays ignored.
            let is_block = block::whole_lines(&text[run.clone()]) == block.text;
            if comment == Comment::Hash && !is_block {
                continue;
            }
            let copied = Copied {
                name: release.name.clone(),
                version: release.version.clone(),
                is_equal: block::whole_lines(&text[run.clone()]) == then.text,
            };
            let inner = block::whole_lines(&text[run.clone()]);
            let is_favourite = self.is_favourite(release);
            nearest.offer(
                likeness,
                is_favourite,
                (vec![run], inner, then.clone(), copied),
            );
        }
        let found = match nearest.found() {
            None if comment == Comment::Hash => {
                let version = self.of(&block.name.template).next()?.version.clone();
                let copied = Copied {
                    name: block.name.template.clone(),
                    version,
                    is_equal: true,
                };
                // All of the block's patterns are as they are upstream.
                let runs = scattered(&block.text, lines);
                runs.map(|runs| (runs, block.text.clone(), block.clone(), copied))
            }
            found => found,
        };
        let (runs, inner, then, copied) = found?;
        let replaced: String = runs.iter().map(|run| &text[run.clone()]).collect();
        let record = BlockRecord {
            source: then.source,
            text: then.text,
            before: replaced.replace("\r\n", "\n"),
            deleted: false,
        };
        let name = &block.name;
        Some((
            Wrapped { name, runs, inner },
            CopiedBlock { copied, record },
        ))
    }
}

/// Returns the lines of a text that resemble those of a block, and how much: from a first to a last
/// common line, chosen so that few other lines are between.
fn region(block: &str, lines: &[Line]) -> Option<(f32, Range<usize>)> {
    let wanted: Vec<&str> = block
        .lines()
        .map(str::trim_end)
        .filter(|line| !line.is_empty())
        .collect();
    let significant: Vec<usize> = (0..lines.len())
        .filter(|index| !lines[*index].text.is_empty())
        .collect();
    let there: Vec<&str> = significant.iter().map(|index| lines[*index].text).collect();
    // The pairs of equal lines, as indexes in the block and in the text.
    let mut matches: Vec<(usize, usize)> = Vec::new();
    for operation in operations(Algorithm::Patience, &wanted, &there) {
        let (tag, of_block, here) = operation.as_tag_tuple();
        if tag == DiffTag::Equal {
            let pairs = of_block.zip(here);
            matches.extend(pairs.filter(|(_, index)| lines[significant[*index]].is_free));
        }
    }
    if matches.len() > MOST_MATCHES {
        matches = vec![matches[0], *matches.last()?];
    }
    let mut best: Option<(f32, [(usize, usize); 2])> = None;
    for (first, start) in matches.iter().enumerate() {
        for (last, end) in matches.iter().enumerate().skip(first) {
            let run = significant[start.1]..significant[end.1] + 1;
            if !lines[run.clone()].iter().all(|line| line.is_free) {
                break;
            }
            // Text inside code is an example.
            let behind = lines.get(run.end).is_some_and(|line| line.is_code);
            if lines[run.start].is_code || behind {
                continue;
            }
            let (common, spanned) = (last - first + 1, end.1 - start.1 + 1);
            let likeness = 2.0 * common as f32 / (wanted.len() + spanned) as f32;
            if likeness >= LIKENESS && best.as_ref().is_none_or(|(other, _)| likeness > *other) {
                best = Some((likeness, [*start, *end]));
            }
        }
    }
    let (likeness, [mut start, mut end]) = best?;
    // The first and the last lines may be edited.
    while let (Some(of_block), Some(here)) = (start.0.checked_sub(1), start.1.checked_sub(1))
        && is_edit(wanted[of_block], &lines[significant[here]])
    {
        start = (of_block, here);
    }
    while let (Some(wanted), Some(here)) = (wanted.get(end.0 + 1), significant.get(end.1 + 1))
        && is_edit(wanted, &lines[*here])
    {
        end = (end.0 + 1, end.1 + 1);
    }
    let [first, last] = [start, end].map(|(_, here)| &lines[significant[here]].span);
    Some((likeness, first.start..last.end))
}

/// Returns whether a line may be an edited version of another: at least half of their words are the
/// same.
fn is_edit(wanted: &str, line: &Line) -> bool {
    if !line.is_free {
        return false;
    }
    let [one, other] = [line.text, wanted].map(words);
    let common = one.intersection(&other).count();
    2 * common >= one.len().max(other.len())
}

fn words(line: &str) -> BTreeSet<String> {
    let words = line.split(|c: char| !c.is_alphanumeric());
    let words = words.filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}

/// Returns the patterns of an ignore file.
fn patterns(text: &str) -> BTreeSet<&str> {
    let lines = text.lines().map(str::trim_end);
    lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect()
}

/// Returns the lines of an ignore file that are patterns of a block, wherever they are. Returns
/// `None` where a `!` line takes a pattern back, since order means something then.
fn scattered(block: &str, lines: &[Line]) -> Option<Vec<Range<usize>>> {
    let patterns = patterns(block);
    let all = lines.iter().map(|line| line.text);
    if all.chain(block.lines()).any(|line| line.starts_with('!')) {
        return None;
    }
    let runs: Vec<Range<usize>> = lines
        .iter()
        .filter(|line| line.is_free && patterns.contains(line.text))
        .map(|line| line.span.clone())
        .collect();
    (!runs.is_empty()).then_some(runs)
}

/// Returns a text with markers around the parts that become blocks.
fn marked(text: &str, comment: Comment, wrapped: Vec<Wrapped>) -> String {
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut pieces: Vec<(Range<usize>, String)> = Vec::new();
    for Wrapped { name, runs, inner } in wrapped {
        let [begin, end] = markers(comment, name);
        let block = format!("{begin}\n{inner}{end}\n").replace('\n', newline);
        for (index, run) in runs.into_iter().enumerate() {
            let piece = if index == 0 {
                block.clone()
            } else {
                String::new()
            };
            pieces.push((run, piece));
        }
    }
    pieces.sort_by_key(|(run, _)| run.start);
    let (mut marked, mut done) = (String::new(), 0);
    for (run, piece) in pieces {
        marked.push_str(&text[done..run.start]);
        marked.push_str(&piece);
        done = run.end;
    }
    marked.push_str(&text[done..]);
    marked
}

fn lines(text: &str) -> Vec<Line<'_>> {
    let mark = text.len() - text.trim_start_matches('\u{feff}').len();
    let (mut lines, mut start) = (Vec::new(), mark);
    let mut fences = Fences::default();
    let mut is_comment = false;
    for line in text[mark..].split_inclusive('\n') {
        lines.push(Line {
            span: start..start + line.len(),
            text: line.trim_end(),
            is_free: true,
            is_code: fences.are_open() || is_comment,
        });
        let (opens, closes) = (line.rfind("<!--"), line.rfind("-->"));
        is_comment = match (opens, closes) {
            (Some(opens), Some(closes)) => opens > closes,
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (None, None) => is_comment,
        };
        fences.read(line.trim_end().as_bytes());
        start += line.len();
    }
    lines
}
