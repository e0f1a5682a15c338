//! The text of a paragraph in one form: emphasis has stars, and stars and underscores that aren't
//! marks are escaped. Code spans, targets of links, addresses and HTML stay as they are.

use std::ops::Range;

/// Returns the text of a paragraph, of one or several lines, in one form.
pub fn canonical(text: &[u8]) -> Vec<u8> {
    let has_marks = text.iter().any(|byte| matches!(byte, b'*' | b'_' | b'\\'));
    if !has_marks {
        return text.to_vec();
    }
    let pieces = pieces(text);
    let is_emphasis = pairs(text, &pieces);
    let mut made = Vec::with_capacity(text.len());
    for (piece, is_emphasis) in pieces.iter().zip(is_emphasis) {
        let said = &text[piece.span.clone()];
        match piece.what {
            What::Text => made.extend_from_slice(said),
            What::Escaped if said == b"\\*" => made.extend_from_slice(said),
            What::Escaped => made.extend_from_slice(&said[1..]),
            What::Marks { .. } if is_emphasis => made.extend(said.iter().map(|_| b'*')),
            // What can be a mark with one in another paragraph's line stays one.
            What::Marks { opens, closes } if said[0] == b'*' && (opens || closes) => {
                made.extend_from_slice(said)
            }
            What::Marks { .. } if said[0] == b'*' => {
                said.iter().for_each(|_| made.extend_from_slice(b"\\*"))
            }
            What::Marks { .. } => made.extend_from_slice(said),
        }
    }
    made
}

struct Piece {
    span: Range<usize>,
    what: What,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    /// Text that stays as it is.
    Text,
    /// `\*` or `\_`.
    Escaped,
    /// Stars or underscores, and whether emphasis may start or end there.
    Marks { opens: bool, closes: bool },
}

fn pieces(text: &[u8]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let (mut at, mut start) = (0, 0);
    while at < text.len() {
        let (length, what) = match text[at] {
            b'\\' if matches!(text.get(at + 1), Some(b'*' | b'_')) => (2, What::Escaped),
            b'\\' => (text.len().min(at + 2) - at, What::Text),
            mark @ (b'*' | b'_') => {
                let length = run(text, at, mark);
                (length, marks(text, at..at + length))
            }
            _ => (literal(text, at), What::Text),
        };
        if what != What::Text {
            if start < at {
                pieces.push(Piece {
                    span: start..at,
                    what: What::Text,
                });
            }
            pieces.push(Piece {
                span: at..at + length,
                what,
            });
            start = at + length;
        }
        at += length;
    }
    if start < at {
        pieces.push(Piece {
            span: start..at,
            what: What::Text,
        });
    }
    pieces
}

fn run(text: &[u8], at: usize, mark: u8) -> usize {
    text[at..].iter().take_while(|byte| **byte == mark).count()
}

/// Returns the length of the text at a place that stays as it is.
fn literal(text: &[u8], at: usize) -> usize {
    match text[at] {
        b'`' => {
            let length = run(text, at, b'`');
            code_span(text, at + length, length).map_or(length, |end| end - at)
        }
        b'<' if text.get(at + 1).is_some_and(opens_html) => until(text, at, b'>'),
        b']' if text.get(at + 1) == Some(&b'(') => target(text, at + 1).map_or(1, |end| end - at),
        b':' if text[at..].starts_with(b"://") => {
            let is_part = |byte: &&u8| !byte.is_ascii_whitespace() && !b"<>)`|".contains(byte);
            text[at..].iter().take_while(is_part).count()
        }
        _ => 1,
    }
}

/// Returns the end of a code span that `length` backticks opened.
fn code_span(text: &[u8], from: usize, length: usize) -> Option<usize> {
    let mut at = from;
    loop {
        at += memchr::memchr(b'`', text.get(at..)?)?;
        let closing = run(text, at, b'`');
        at += closing;
        if closing == length {
            return Some(at);
        }
    }
}

fn until(text: &[u8], at: usize, end: u8) -> usize {
    memchr::memchr(end, &text[at..]).map_or(1, |length| length + 1)
}

/// Returns the end of a link's target, which starts with a parenthesis.
fn target(text: &[u8], from: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (index, byte) in text[from..].iter().enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(from + index + 1);
        }
    }
    None
}

/// Returns whether emphasis may start or end at some marks (CommonMark 0.31, section 6.2).
fn marks(text: &[u8], span: Range<usize>) -> What {
    let before = span.start.checked_sub(1).map_or(b' ', |at| text[at]);
    let after = text.get(span.end).copied().unwrap_or(b' ');
    let (is_space, is_sign) = (
        |byte: u8| byte.is_ascii_whitespace(),
        |byte: u8| byte.is_ascii_punctuation(),
    );
    let flanks = |outer: u8, inner: u8| {
        !is_space(inner) && (!is_sign(inner) || is_space(outer) || is_sign(outer))
    };
    let (left, right) = (flanks(before, after), flanks(after, before));
    match text[span.start] {
        b'*' => What::Marks {
            opens: left,
            closes: right,
        },
        _ => What::Marks {
            opens: left && (!right || is_sign(before)),
            closes: right && (!left || is_sign(after)),
        },
    }
}

/// Returns which pieces are the marks of emphasis: those that pair up, each with as many of its
/// kind.
fn pairs(text: &[u8], pieces: &[Piece]) -> Vec<bool> {
    const LONGEST: usize = 3;
    let mut is_emphasis = vec![false; pieces.len()];
    let mut open: Vec<usize> = Vec::new();
    let said = |index: usize| &text[pieces[index].span.clone()];
    for index in 0..pieces.len() {
        let What::Marks { opens, closes } = pieces[index].what else {
            continue;
        };
        if said(index).len() > LONGEST {
            continue;
        }
        let partner = open.iter().rposition(|other| said(*other) == said(index));
        match partner.filter(|_| closes) {
            Some(partner) => {
                is_emphasis[open[partner]] = true;
                is_emphasis[index] = true;
                open.truncate(partner);
            }
            None if opens && open.len() < 64 => open.push(index),
            None => {}
        }
    }
    is_emphasis
}

/// Returns whether `<` before this byte opens an HTML tag.
fn opens_html(byte: &u8) -> bool {
    byte.is_ascii_alphabetic() || b"/!?".contains(byte)
}

#[cfg(test)]
mod tests {
    use super::canonical;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(
            String::from_utf8(canonical(text.as_bytes())).unwrap(),
            expected
        );
    }

    #[test]
    fn emphasis_has_stars() {
        for (text, expected) in [
            ("_a_ and __b c__.", "*a* and **b c**."),
            ("*a* and **b**", "*a* and **b**"),
            ("(_a_), **_b_**", "(*a*), ***b***"),
            ("_a\nb_", "*a\nb*"),
            ("snake_case_name and a__b__", "snake_case_name and a__b__"),
            ("a _private name", "a _private name"),
            ("*.rs and *.toml", "*.rs and *.toml"),
            ("2 * 3 \\* 4", "2 \\* 3 \\* 4"),
            ("a\\_b a_b \\_c\\_", "a_b a_b _c_"),
            ("\\*a\\*", "\\*a\\*"),
        ] {
            check(text, expected);
        }
    }

    #[test]
    fn what_is_read_as_a_whole_stays() {
        for text in [
            "`_a_` and ``_b` _c_``",
            "[x](a_b/_c_ \"_d_\")",
            "<a href=\"_x_\">",
            "https://x/_a_/b",
            "a\\\\b",
        ] {
            check(text, text);
        }
        check("[_x_](_y_) ` _z_", "[*x*](_y_) ` *z*");
    }
}
