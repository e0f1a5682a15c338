//! Edits of different words of one line of prose: both are kept.
//!
//! Only in prose, and never in what is read as a whole: code spans, links, versions, numbers. An
//! edit that touches one of those, or a word next to the other side's edit, stays a conflict.

use foldhash::HashMap;
use std::ops::Range;

use crate::model::operations::Algorithm;

use super::{Clash, RulePart};
use crate::merge::pieces::Side;
use crate::merge::text::lines::Text;
use crate::merge::text::regions::{LineEdit, edits};

/// How much of a line, of 1, each side has to leave as it was.
const LIKENESS: f64 = 0.6;

/// How long a line is at most, all versions together: nobody wrote a longer one by hand.
const LONGEST: usize = 1 << 16;

/// Settles a place with as many lines in all versions.
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
    let [b, o, t] = [
        texts.base.ids[base],
        texts.ours.ids[ours],
        texts.theirs.ids[theirs],
    ];
    if b == t || o == t {
        return Some(RulePart::Lines(Side::Ours, ours..ours + 1));
    }
    if b == o {
        return Some(RulePart::Lines(Side::Theirs, theirs..theirs + 1));
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
        texts.base.content(base),
        texts.ours.content(ours),
        texts.theirs.content(theirs),
    ]
    .map(|r| r.start);
    let shifted = |(side, span): (Side, Range<usize>)| {
        let start = starts[side as usize];
        (side, span.start + start..span.end + start)
    };
    // Where line ends are mixed, each is a scalar of its own: who changed it wins.
    let end = |text: &Text<'_>, index: usize| {
        text.line_with_end(index)[text.line(index).len()..].to_vec()
    };
    let is_old = end(&texts.ours, ours) == end(&texts.base, base);
    let end = if is_old {
        (Side::Theirs, theirs)
    } else {
        (Side::Ours, ours)
    };
    Some(RulePart::Line(
        merged(clash, lines)?.into_iter().map(shifted).collect(),
        end,
    ))
}

/// Merges one line word by word.
fn merged(clash: &Clash<'_>, lines: [&[u8]; 3]) -> Option<Vec<(Side, Range<usize>)>> {
    let [base, ours, theirs] = lines.map(tokens);
    if !clash.may_compare(base.len() + ours.len() + theirs.len()) {
        return None;
    }
    let mut known = HashMap::default();
    let mut ids = |line: &[u8], tokens: &[Token]| -> Vec<usize> {
        tokens
            .iter()
            .map(|token| {
                let next = known.len();
                *known
                    .entry(line[token.span.clone()].to_vec())
                    .or_insert(next)
            })
            .collect()
    };
    let [b, o, t] = [
        ids(lines[0], &base),
        ids(lines[1], &ours),
        ids(lines[2], &theirs),
    ];
    let (of_ours, of_theirs) = (
        edits(Algorithm::Myers, &b, &o),
        edits(Algorithm::Myers, &b, &t),
    );
    let prose = |edits: &[LineEdit], side: &[Token]| {
        let changed = |edit: &LineEdit| {
            base[edit.base.clone()]
                .iter()
                .chain(&side[edit.side.clone()])
                .all(|t| t.prose)
        };
        let kept = base.len() - edits.iter().map(|edit| edit.base.len()).sum::<usize>();
        edits.iter().all(changed) && kept as f64 >= LIKENESS * base.len().max(side.len()) as f64
    };
    if !prose(&of_ours, &ours) || !prose(&of_theirs, &theirs) {
        return None;
    }
    let side = |side, edits: Vec<LineEdit>| edits.into_iter().map(move |edit| (side, edit));
    let mut all: Vec<(Side, LineEdit)> = side(Side::Ours, of_ours)
        .chain(side(Side::Theirs, of_theirs))
        .collect();
    all.sort_by_key(|(_, edit)| (edit.base.start, edit.base.end));
    let word_between = |tokens: Range<usize>| {
        base.get(tokens)
            .is_some_and(|between| between.iter().any(|t| t.word))
    };
    if !all.windows(2).all(|pair| {
        pair[0].0 == pair[1].0 || word_between(pair[0].1.base.end..pair[1].1.base.start)
    }) {
        return None;
    }
    let mut pieces = Vec::new();
    let mut at = 0;
    let mut push = |side: Side, tokens: &[Token], range: Range<usize>| {
        if let (Some(first), Some(last)) = (tokens[range.clone()].first(), tokens[range].last()) {
            pieces.push((side, first.span.start..last.span.end));
        }
    };
    for (side, edit) in all {
        push(Side::Base, &base, at..edit.base.start);
        push(
            side,
            if side == Side::Ours { &ours } else { &theirs },
            edit.side,
        );
        at = edit.base.end;
    }
    push(Side::Base, &base, at..base.len());
    Some(pieces)
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
            // What white space encloses is one word if any of it is a digit, or it is an address.
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
