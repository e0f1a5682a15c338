//! Characters that aren't seen: one set for names, texts, mails and terminals.

/// Returns whether a character shows nothing, or changes the order in which others are shown.
///
/// These are Unicode's `Default_Ignorable_Code_Point` (zero widths, joiners, direction marks,
/// variation selectors, tags; those that HFS+ skips are among them), separators of lines and
/// paragraphs, annotations, and the blank of braille, which looks like a space. Control characters
/// aren't: `char::is_control` knows them.
pub fn is_invisible(letter: char) -> bool {
    matches!(
        letter,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Returns whether a character isn't shown as what it is: it is invisible, or a terminal obeys it.
pub fn is_unseen(letter: char) -> bool {
    letter.is_control() || is_invisible(letter)
}

/// Returns a JSON document with every character that isn't seen written as an escape. Such
/// characters stand in texts alone, apart from the line ends between values.
pub fn escaped_json(json: &str) -> String {
    if json.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\n')) {
        return json.to_owned();
    }
    let mut escaped = String::with_capacity(json.len());
    for letter in json.chars() {
        if letter != '\n' && is_unseen(letter) {
            for unit in letter.encode_utf16(&mut [0; 2]) {
                escaped.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            escaped.push(letter);
        }
    }
    escaped
}

/// Returns whether a character chooses how the one before it looks: as an emoji or as text, in one
/// of several forms.
pub fn is_selector(letter: char) -> bool {
    matches!(
        letter,
        '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' | '\u{180b}'..='\u{180d}' | '\u{180f}'
    )
}

/// Returns whether the selector at a place of a text has nothing to choose: it changes how the
/// character before it looks, and of those ASCII has only the keycaps.
pub fn selects_nothing(letters: &[char], at: usize) -> bool {
    let next = letters.get(at + 1).copied();
    match at.checked_sub(1).map(|before| letters[before]) {
        Some(before) if is_selector(before) => true,
        _ if next.is_some_and(is_selector) => true,
        Some(before) if letters[at] >= '\u{e0100}' => !is_ideograph(before),
        Some('0'..='9' | '#' | '*') => next != Some('\u{20e3}'),
        Some(before) => before.is_ascii_alphabetic(),
        None => false,
    }
}

fn is_ideograph(letter: char) -> bool {
    matches!(
        letter,
        '\u{2e80}'..='\u{2fdf}'
            | '\u{3005}'..='\u{3007}'
            | '\u{3400}'..='\u{9fff}'
            | '\u{f900}'..='\u{faff}'
            | '\u{20000}'..='\u{3ffff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_says_the_same_with_every_unseen_character_escaped() {
        let all: String = (0..0x110_000_u32).filter_map(char::from_u32).collect();
        let value = serde_json::json!({ "all": all, "\u{202e}": ["\u{9b}31m"] });
        let text = escaped_json(&format!("{value:#}\n"));
        assert!(
            text.chars()
                .all(|letter| letter == '\n' || !is_unseen(letter))
        );
        let read: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read, value);
    }

    #[test]
    fn what_is_seen_is_told_from_what_is_not() {
        for seen in [
            'a',
            'é',
            ' ',
            '\u{a0}',
            '\u{200a}',
            '\u{2070}',
            '\u{fffd}',
            '\u{1f600}',
        ] {
            assert!(!is_invisible(seen), "{}", seen.escape_unicode());
        }
        for unseen in [
            '\u{ad}',
            '\u{34f}',
            '\u{200d}',
            '\u{202e}',
            '\u{feff}',
            '\u{e0041}',
        ] {
            assert!(is_invisible(unseen), "{}", unseen.escape_unicode());
        }
    }
}
