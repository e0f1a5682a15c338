//! The headings of Markdown: `#` and what follows, as CommonMark 0.31 has them in section 4.2.

/// Returns the level of a heading, from 1 to 6.
pub fn level(line: &[u8]) -> Option<usize> {
    let indent = line.iter().take_while(|byte| **byte == b' ').count();
    let line = &line[indent..];
    let level = line.iter().take_while(|byte| **byte == b'#').count();
    let is_heading =
        (1..=6).contains(&level) && line.get(level).is_none_or(u8::is_ascii_whitespace);
    (indent <= 3 && is_heading).then_some(level)
}

/// Returns what a heading says, whatever its level and its case.
pub fn title(line: &[u8]) -> Vec<u8> {
    let marks = |byte: &u8| *byte == b'#' || byte.is_ascii_whitespace();
    let start = line.iter().take_while(|byte| marks(byte)).count();
    let end = line.iter().rev().take_while(|byte| marks(byte)).count();
    folded(&line[start..line.len().saturating_sub(end).max(start)])
}

/// Returns a name as it is compared: in lower case, with single spaces.
pub fn folded(name: &[u8]) -> Vec<u8> {
    let words = name
        .split(|byte| byte.is_ascii_whitespace())
        .filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(&b' ').to_ascii_lowercase()
}
