//! Characters that aren't seen: one set for names, texts, mails and terminals.

/// Returns whether a character shows nothing, or changes the order in which others are shown.
///
/// These are Unicode's `Default_Ignorable_Code_Point` (zero widths, joiners, direction marks,
/// variation selectors, tags; those that HFS+ skips are among them), separators of lines and
/// paragraphs, and annotations. Control characters aren't: `char::is_control` knows them.
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

/// Returns whether a character chooses how the one before it looks: as an emoji or as text, in one
/// of several forms.
pub fn is_selector(letter: char) -> bool {
    matches!(
        letter,
        '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' | '\u{180b}'..='\u{180d}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

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
