//! Characters that an agent reads and a person doesn't see: in texts, in paths, and behind escapes.
//!
//! What scripts and emoji need is let through: a joiner inside an emoji or between letters that
//! join, a selector after a character that has one, the tags of a flag.

use super::{Lines, LintRule, Report, is_markdown};
use crate::merge::json::{Document, Node, NodeKind};
use crate::model::frontmatter;
use crate::model::path::RelPath;
use crate::model::unicode::{is_invisible, is_selector, selects_nothing};

/// Why a character is hidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hidden {
    Tag,
    Direction,
    Selector,
    ZeroWidth,
}

impl Hidden {
    fn what(self) -> &'static str {
        match self {
            Self::Tag => "a tag character, with which text is written that nobody sees",
            Self::Direction => {
                "a control of direction, which shows the text in another order than the agent \
                 reads it"
            }
            Self::Selector => {
                "a variation selector that selects nothing, with which bytes are hidden"
            }
            Self::ZeroWidth => "a character without a width",
        }
    }
}

/// Checks a path.
pub fn check_path(path: &RelPath, report: &mut Report) {
    let letters: Vec<char> = path.as_str().chars().collect();
    if let Some((at, hidden)) = find(&letters).next() {
        let message = format!("its path has {}: {}", code(letters[at]), hidden.what());
        report.add(
            LintRule::HiddenUnicode,
            path,
            None,
            message,
            "rename it in letters that are seen",
        );
    }
}

/// Checks a text, and what its escapes stand for.
pub fn check(path: &RelPath, text: &str, report: &mut Report) {
    if !text.is_ascii() {
        // At the start of a file it says only how the file is encoded.
        let body = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut first: Option<(usize, char, Hidden)> = None;
        let mut count = 0;
        for (index, line) in body
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.is_ascii())
        {
            let letters: Vec<char> = line.chars().collect();
            for (at, hidden) in find(&letters) {
                first.get_or_insert((index + 1, letters[at], hidden));
                count += 1;
            }
        }
        if let Some((line, letter, hidden)) = first {
            add(path, line, letter, hidden, count, report);
        }
    }
    for (line, unescaped) in escaped(path, text) {
        let letters: Vec<char> = unescaped.chars().collect();
        let found: Vec<_> = find(&letters).collect();
        if let Some((at, hidden)) = found.first() {
            add(path, line, letters[*at], *hidden, found.len(), report);
        }
    }
}

fn add(
    path: &RelPath,
    line: usize,
    letter: char,
    hidden: Hidden,
    count: usize,
    report: &mut Report,
) {
    let more = if count > 1 {
        format!(", the first of {count} hidden characters here")
    } else {
        String::new()
    };
    let message = format!("{} is {}{more}", code(letter), hidden.what());
    report.add(
        LintRule::HiddenUnicode,
        path,
        line,
        message,
        "delete it; type the line anew if you can't find it",
    );
}

fn code(letter: char) -> String {
    format!("U+{:04X}", u32::from(letter))
}

/// Returns the hidden characters of a line, by their places.
fn find(letters: &[char]) -> impl Iterator<Item = (usize, Hidden)> + '_ {
    // A mark alone, which lies among the letters, isn't one.
    let has_right_to_left = letters
        .iter()
        .any(|letter| is_right_to_left(*letter) && !is_invisible(*letter));
    (0..letters.len()).filter_map(move |at| {
        let hidden = match letters[at] {
            '\u{e0000}'..='\u{e007f}' => (!is_in_flag(letters, at)).then_some(Hidden::Tag),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => Some(Hidden::Direction),
            '\u{200e}' | '\u{200f}' | '\u{61c}' => {
                (!has_right_to_left).then_some(Hidden::Direction)
            }
            letter if is_selector(letter) => {
                selects_nothing(letters, at).then_some(Hidden::Selector)
            }
            '\u{200c}' | '\u{200d}' => (!joins(letters, at)).then_some(Hidden::ZeroWidth),
            '\u{200b}' => (!breaks_words(letters, at)).then_some(Hidden::ZeroWidth),
            // Between words of braille it is a space.
            '\u{2800}' => {
                let is_braille =
                    |near: Option<char>| near.is_some_and(|c| matches!(c, '\u{2801}'..='\u{28ff}'));
                let in_braille =
                    is_braille(before(letters, at)) || is_braille(letters.get(at + 1).copied());
                (!in_braille).then_some(Hidden::ZeroWidth)
            }
            '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' => {
                let is_korean =
                    |near: Option<char>| near.is_some_and(|c| matches!(c, '\u{1100}'..='\u{11ff}'));
                let near_korean =
                    is_korean(before(letters, at)) || is_korean(letters.get(at + 1).copied());
                (!near_korean).then_some(Hidden::ZeroWidth)
            }
            letter => is_invisible(letter).then_some(Hidden::ZeroWidth),
        };
        hidden.map(|hidden| (at, hidden))
    })
}

fn before(letters: &[char], at: usize) -> Option<char> {
    at.checked_sub(1).map(|before| letters[before])
}

/// The flags of regions are a black flag, tags, and a tag that ends them.
fn is_in_flag(letters: &[char], at: usize) -> bool {
    const LONGEST: usize = 7;
    let from = at.saturating_sub(LONGEST);
    let start = letters[from..at]
        .iter()
        .rposition(|letter| !is_tag(*letter))
        .map(|start| from + start);
    let Some(start) = start.filter(|start| letters[*start] == '\u{1f3f4}') else {
        return false;
    };
    let tags = letters[start + 1..]
        .iter()
        .take(LONGEST + 1)
        .take_while(|letter| is_tag(**letter))
        .count();
    tags <= LONGEST && letters[start + tags] == '\u{e007f}'
}

fn is_tag(letter: char) -> bool {
    matches!(letter, '\u{e0020}'..='\u{e007f}')
}

/// A joiner stands between emoji, or beside a letter of a script that joins.
fn joins(letters: &[char], at: usize) -> bool {
    let is_dressing =
        |letter: &&char| is_selector(**letter) || matches!(letter, '\u{1f3fb}'..='\u{1f3ff}');
    let left = letters[..at]
        .iter()
        .rev()
        .find(|letter| !is_dressing(letter));
    let right = letters.get(at + 1);
    let is_between_symbols =
        left.is_some_and(|c| is_symbol(*c)) && right.is_some_and(|c| is_symbol(*c));
    is_between_symbols
        || [left, right]
            .into_iter()
            .flatten()
            .any(|c| joins_letters(*c))
}

fn is_symbol(letter: char) -> bool {
    matches!(
        letter,
        '\u{2190}'..='\u{2bff}'
            | '\u{1f000}'..='\u{1faff}'
            | '\u{3030}'
            | '\u{303d}'
            | '\u{3297}'
            | '\u{3299}'
            | '\u{a9}'
            | '\u{ae}'
    )
}

/// Arabic and its relatives, the scripts of India and around, Mongolian.
fn joins_letters(letter: char) -> bool {
    matches!(
        letter,
        '\u{600}'..='\u{8ff}'
            | '\u{900}'..='\u{109f}'
            | '\u{1780}'..='\u{18af}'
            | '\u{1900}'..='\u{1cff}'
            | '\u{a800}'..='\u{abff}'
            | '\u{fb50}'..='\u{fdff}'
            | '\u{fe70}'..='\u{fefe}'
            | '\u{11000}'..='\u{11fff}'
    )
}

/// Scripts that write words without spaces may say where a line can break.
fn breaks_words(letters: &[char], at: usize) -> bool {
    let beside = [before(letters, at), letters.get(at + 1).copied()];
    beside.into_iter().flatten().any(|letter| {
        matches!(
            letter,
            '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
        )
    })
}

fn is_right_to_left(letter: char) -> bool {
    matches!(
        letter,
        '\u{590}'..='\u{8ff}'
            | '\u{fb1d}'..='\u{fdff}'
            | '\u{fe70}'..='\u{fefc}'
            | '\u{10800}'..='\u{10fff}'
            | '\u{1e800}'..='\u{1efff}'
    )
}

/// Returns what strings with escapes in them stand for, each with its line: of JSON, and of a
/// header.
fn escaped(path: &RelPath, text: &str) -> Vec<(usize, String)> {
    if path.as_str().ends_with(".json") && text.contains("\\u") {
        return Document::parse(text)
            .map_or_else(|_| Vec::new(), |document| strings(text, document.root()));
    }
    if is_markdown(path)
        && frontmatter::split(text)
            .header
            .is_some_and(|header| header.contains('\\'))
    {
        let mut texts = Vec::new();
        if let Ok(Some(header)) = frontmatter::read(text) {
            for (key, value) in &header.fields {
                let shown = value.to_string();
                if !text.contains(&shown) {
                    texts.push((header.lines.get(key).copied().unwrap_or(1), shown));
                }
            }
        }
        return texts;
    }
    Vec::new()
}

/// Returns the keys and values of a document that have an escape, unescaped, with their lines.
fn strings(text: &str, root: &Node) -> Vec<(usize, String)> {
    let lines = Lines::of(text);
    let mut strings = Vec::new();
    let mut spans = Vec::new();
    let mut open = vec![root];
    while let Some(node) = open.pop() {
        match &node.kind {
            NodeKind::Scalar => spans.push(&node.span),
            NodeKind::Array(elements) => open.extend(elements),
            NodeKind::Object(properties) => {
                spans.extend(properties.values().map(|property| &property.key_span));
                open.extend(properties.values().map(|property| &property.value));
            }
        }
    }
    for span in spans {
        let written = &text[span.clone()];
        if written.contains("\\u")
            && let Ok(unescaped) = serde_json::from_str::<String>(written)
        {
            strings.push((lines.at(span.start), unescaped));
        }
    }
    strings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, expected: &[Hidden]) {
        let letters: Vec<char> = line.chars().collect();
        let found: Vec<Hidden> = find(&letters).map(|(_, hidden)| hidden).collect();
        assert_eq!(found, expected, "{}", line.escape_unicode());
    }

    #[test]
    fn what_nobody_sees_is_found() {
        check("run\u{e0072}\u{e006d}", &[Hidden::Tag, Hidden::Tag]);
        check("\u{1f3f4}\u{e0067}\u{e0062}", &[Hidden::Tag, Hidden::Tag]);
        check("a\u{202e}b", &[Hidden::Direction]);
        check("a\u{200f}b", &[Hidden::Direction]);
        check("a\u{fe01}b", &[Hidden::Selector]);
        check(
            "\u{1f600}\u{e0101}\u{e0102}",
            &[Hidden::Selector, Hidden::Selector],
        );
        check("pass\u{200b}word", &[Hidden::ZeroWidth]);
        check("pass\u{200d}word", &[Hidden::ZeroWidth]);
        check("a\u{feff}", &[Hidden::ZeroWidth]);
        check("pass\u{ad}word", &[Hidden::ZeroWidth]);
        check("pass\u{34f}word\u{1d173}", &[Hidden::ZeroWidth; 2]);
        check("\u{3164} = 1", &[Hidden::ZeroWidth]);
    }

    #[test]
    fn what_scripts_and_emoji_need_is_let_through() {
        for line in [
            "plain",
            "a heart \u{2764}\u{fe0f}",
            "one 1\u{fe0f}\u{20e3}",
            "a family \u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}",
            "a technician \u{1f9d1}\u{1f3fd}\u{200d}\u{1f4bb}",
            "an eye \u{1f441}\u{fe0f}\u{200d}\u{1f5e8}\u{fe0f}",
            "a flag \u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
            "\u{645}\u{6cc}\u{200c}\u{62e}\u{648}\u{627}\u{647}\u{645}",
            "\u{915}\u{94d}\u{200d}\u{937}",
            "\u{5e9}\u{5dc}\u{5d5}\u{5dd}\u{200f}!",
            "\u{845b}\u{e0100}",
            "\u{e44}\u{e17}\u{e22}\u{200b}\u{e44}\u{e17}\u{e22}",
        ] {
            check(line, &[]);
        }
    }
}
