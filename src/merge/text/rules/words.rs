//! Edits of different words of one line of prose: both are kept.
//!
//! Only in prose, and never in something that is read as a whole: code spans, links, versions,
//! numbers. An edit that touches one of those, or a word next to the other side's edit, stays a
//! conflict.

use foldhash::HashMap;
use std::ops::Range;

use crate::model::operations::Algorithm;

use super::{Clash, RulePart};
use crate::merge::pieces::Side;
use crate::merge::text::lines::Text;
use crate::merge::text::regions::{LineEdit, edits};
use crate::merge::trivial::trivial_merge;

/// The share of a line, from 0 to 1, that each side has to leave as it was.
const LIKENESS: f64 = 0.6;

/// The longest line that is merged, in bytes of all versions together: nobody writes a longer one
/// by hand.
const LONGEST: usize = 1 << 16;

/// Settles a place that has the same number of lines in all versions.
pub fn settle(clash: &Clash<'_>) -> Option<Vec<RulePart>> {
    let [base, ours, theirs] = [Side::Base, Side::Ours, Side::Theirs].map(|side| clash.lines(side));
    if base.len() != ours.len() || base.len() != theirs.len() {
        return None;
    }
    base.zip(ours.zip(theirs))
        .map(|(base, (ours, theirs))| line(clash, base, ours, theirs))
        .collect()
}

fn line(clash: &Clash<'_>, base: usize, ours: usize, theirs: usize) -> Option<RulePart> {
    let texts = clash.texts;
    let side = trivial_merge(
        &texts.base.ids[base],
        &texts.ours.ids[ours],
        &texts.theirs.ids[theirs],
    );
    match side {
        Some(Side::Theirs) => return Some(RulePart::Lines(Side::Theirs, theirs..theirs + 1)),
        Some(Side::Base | Side::Ours) => return Some(RulePart::Lines(Side::Ours, ours..ours + 1)),
        None => {}
    }
    let lines = [
        texts.base.line(base),
        texts.ours.line(ours),
        texts.theirs.line(theirs),
    ];
    if lines.iter().map(|line| line.len()).sum::<usize>() > LONGEST {
        return None;
    }
    let starts = [
        texts.base.content(base).start,
        texts.ours.content(ours).start,
        texts.theirs.content(theirs).start,
    ];
    // Where line ends are mixed, each is merged as a scalar: the side that changed it wins.
    let end = if line_end(&texts.ours, ours) == line_end(&texts.base, base) {
        (Side::Theirs, theirs)
    } else {
        (Side::Ours, ours)
    };
    let mut pieces = merged(clash, lines)?;
    for (side, span) in &mut pieces {
        let start = starts[*side as usize];
        *span = span.start + start..span.end + start;
    }
    Some(RulePart::Line(pieces, end))
}

fn line_end<'a>(text: &Text<'a>, index: usize) -> &'a [u8] {
    &text.line_with_end(index)[text.line(index).len()..]
}

/// Merges one line word by word.
fn merged(clash: &Clash<'_>, lines: [&[u8]; 3]) -> Option<Vec<(Side, Range<usize>)>> {
    let [base, ours, theirs] = lines.map(tokens);
    if !clash.may_compare(base.len() + ours.len() + theirs.len()) {
        return None;
    }
    let mut known = HashMap::default();
    let in_base = ids(&mut known, lines[0], &base);
    let in_ours = ids(&mut known, lines[1], &ours);
    let in_theirs = ids(&mut known, lines[2], &theirs);
    let of_ours = edits(Algorithm::Myers, &in_base, &in_ours);
    let of_theirs = edits(Algorithm::Myers, &in_base, &in_theirs);
    if !are_in_prose(&of_ours, &base, &ours) || !are_in_prose(&of_theirs, &base, &theirs) {
        return None;
    }
    let mut all: Vec<(Side, LineEdit)> = Vec::new();
    all.extend(of_ours.into_iter().map(|edit| (Side::Ours, edit)));
    all.extend(of_theirs.into_iter().map(|edit| (Side::Theirs, edit)));
    all.sort_by_key(|(_, edit)| (edit.base.start, edit.base.end));
    for pair in all.windows(2) {
        let [(side, edit), (next_side, next)] = pair else {
            continue;
        };
        if side != next_side && !has_word(&base, edit.base.end..next.base.start) {
            return None;
        }
    }
    let mut pieces = Vec::new();
    let mut at = 0;
    for (side, edit) in all {
        let tokens = if side == Side::Ours { &ours } else { &theirs };
        pieces.extend(piece(Side::Base, &base[at..edit.base.start]));
        pieces.extend(piece(side, &tokens[edit.side]));
        at = edit.base.end;
    }
    pieces.extend(piece(Side::Base, &base[at..]));
    Some(pieces)
}

/// Returns a number for each token: the same for the same bytes.
fn ids(known: &mut HashMap<Vec<u8>, usize>, line: &[u8], tokens: &[Token]) -> Vec<usize> {
    let mut ids = Vec::with_capacity(tokens.len());
    for token in tokens {
        let next = known.len();
        ids.push(
            *known
                .entry(line[token.span.clone()].to_vec())
                .or_insert(next),
        );
    }
    ids
}

/// Returns whether a side edits only prose, and leaves enough of the line as it was.
fn are_in_prose(edits: &[LineEdit], base: &[Token], side: &[Token]) -> bool {
    let mut kept = base.len();
    for edit in edits {
        let gone = &base[edit.base.clone()];
        let come = &side[edit.side.clone()];
        if !gone.iter().chain(come).all(|token| token.prose) {
            return false;
        }
        kept -= gone.len();
    }
    kept as f64 >= LIKENESS * base.len().max(side.len()) as f64
}

/// Returns whether there is a word among the tokens between two edits. Edits that overlap have no
/// tokens between them.
fn has_word(base: &[Token], between: Range<usize>) -> bool {
    base.get(between)
        .is_some_and(|tokens| tokens.iter().any(|token| token.word))
}

fn piece(side: Side, tokens: &[Token]) -> Option<(Side, Range<usize>)> {
    let (first, last) = (tokens.first()?, tokens.last()?);
    Some((side, first.span.start..last.span.end))
}

/// A word, the white space between two, a mark, or something that is read as a whole.
struct Token {
    span: Range<usize>,
    /// Whether it may be merged word by word.
    prose: bool,
    /// Whether it is a word, or read as one.
    word: bool,
}

fn tokens(line: &[u8]) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < line.len() {
        let (length, prose, word) = token(&line[at..]);
        tokens.push(Token {
            span: at..at + length,
            prose,
            word,
        });
        at += length;
    }
    tokens
}

/// Returns how long the first token of a line's rest is, whether it is prose, and whether it is a
/// word.
fn token(rest: &[u8]) -> (usize, bool, bool) {
    let run = |is: fn(&u8) -> bool| rest.iter().take_while(|byte| is(byte)).count();
    match rest[0] {
        b'`' => {
            let ticks = run(|byte| *byte == b'`');
            let end = rest[ticks..]
                .windows(ticks)
                .position(|window| window.iter().all(|byte| *byte == b'`'));
            (
                end.map_or(rest.len(), |end| ticks + end + ticks),
                false,
                true,
            )
        }
        b'[' | b'<' => {
            let close = if rest[0] == b'[' { b']' } else { b'>' };
            let end = rest
                .iter()
                .position(|byte| *byte == close)
                .map_or(1, |at| at + 1);
            let target = if close == b']' && rest.get(end) == Some(&b'(') {
                rest[end..]
                    .iter()
                    .position(|byte| *byte == b')')
                    .map_or(0, |at| at + 1)
            } else {
                0
            };
            (end + target, false, true)
        }
        byte if byte.is_ascii_whitespace() => (run(u8::is_ascii_whitespace), true, false),
        byte if is_part_of_word(byte) => {
            // Everything up to white space is one token if it has a digit, or is an address.
            let whole = run(|byte| {
                !byte.is_ascii_whitespace() && !matches!(byte, b'`' | b'[' | b'<' | b'(' | b')')
            });
            let closing = rest[..whole]
                .iter()
                .rev()
                .take_while(|byte| matches!(byte, b'.' | b',' | b';' | b':' | b'!' | b'?'));
            let whole = whole - closing.count();
            let text = &rest[..whole];
            if text.iter().any(u8::is_ascii_digit)
                || text.windows(3).any(|w| w == b"://")
                || text.contains(&b'/')
            {
                (whole.max(1), false, true)
            } else {
                (run(|byte| is_part_of_word(*byte)), true, true)
            }
        }
        _ => (1, true, false),
    }
}

fn is_part_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'\'') || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use super::super::Cases;
    use super::settle;
    use crate::merge::kind::FileKind;

    const RULE: Cases = Cases {
        settle,
        kind: FileKind::Markdown,
        symmetric: true,
    };

    #[test]
    fn edits_of_different_words_are_both_kept() {
        RULE.gives(
            "Run the tests before you push, and wait for the result.\n",
            "Run all tests before you push, and wait for the result.\n",
            "Run the tests before you push, and wait for a result.\n",
            "Run all tests before you push, and wait for a result.\n",
        );
        RULE.gives(
            "Keep it short, and say `why` in 10 words.\nNext line of it here.\n",
            "Keep this short, and say `why` in 10 words.\nNext line of it here.\n",
            "Keep it short, and write `why` in 10 words.\nNext line of this here.\n",
            "Keep this short, and write `why` in 10 words.\nNext line of this here.\n",
        );
    }

    #[test]
    fn what_is_read_as_a_whole_is_not_merged() {
        let cases = [
            // Neighbouring words, and one word.
            [
                "one two three four five",
                "ONE two three four five",
                "one TWO three four five",
            ],
            [
                "one two three four five six",
                "one two 3rd four five six",
                "one two third four five six",
            ],
            // A number, a version, a code span, a link.
            [
                "there are 10 rules and some words",
                "there are 11 rules and some words",
                "there are 10 rules and many words",
            ],
            [
                "use it from v1.2 on, in all our code",
                "use it from v1.3 on, in all our code",
                "use it from v1.2 on, in all your code",
            ],
            [
                "run `a b` before you push it to main",
                "run `a c` before you push it to main",
                "run `a b` before you push this to main",
            ],
            [
                "see [a](b) before you push it to main",
                "see [a](c) before you push it to main",
                "see [a](b) before you push this to main",
            ],
            // Too little is left of it.
            [
                "one two three four",
                "one 2nd 3rd fourth",
                "first two three four",
            ],
        ];
        for [base, ours, theirs] in cases.map(|case| case.map(|line| format!("{line}\n"))) {
            RULE.conflicts(&base, &ours, &theirs);
        }
        RULE.conflicts("a b c d\n", "a x c d\ne\n", "a b c y\n");
    }
}
