//! What people wrote, without what a mail can't carry and a reader can't see.

use crate::error::{Error, Result};
use crate::model::author::Author;

/// The last second of 2099: what git reads as a year of four digits ends there.
const LAST_SECOND: i64 = 4_102_444_799;

/// How many bytes a name or an address may have.
const LONGEST: usize = 200;

/// Returns the author as git would write one.
///
/// # Errors
/// When nothing is left of the name, the address is none, or the time is none that a mail can say.
pub fn author(author: &Author) -> Result<Author> {
    let name = line(&author.name.replace(['<', '>'], ""));
    let email = line(&author.email.replace(['<', '>'], "")).replace(' ', "");
    let wrong = if name.is_empty() || name.len() > LONGEST {
        "the name is empty or too long"
    } else if !email.contains('@') || email.len() > LONGEST {
        "the address has no `@`, or is too long"
    } else if !(0..=LAST_SECOND).contains(&author.seconds) || author.zone.abs() > 14 * 60 {
        "the time is none that a mail can say"
    } else {
        return Ok(Author {
            name,
            email,
            ..*author
        });
    };
    Err(Error::user("the author can't be credited")
        .cause(wrong)
        .command("git config user.name \"YOUR NAME\"")
        .command("git config user.email \"YOU@EXAMPLE.ORG\""))
}

/// Returns a text as one line: one space between words, nothing that can't be seen.
pub fn line(text: &str) -> String {
    let visible: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .filter(|c| !goes_from_mails(*c))
        .collect();
    visible.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns a text as git keeps a message: a first line, then paragraphs with one empty line between
/// them.
pub fn paragraphs(text: &str) -> String {
    let text = text
        .replace("\r\n", "\n")
        .replace('\r', "\n")
        .replace('\t', "    ");
    let mut lines = text.trim_start().lines();
    let mut result = line(lines.next().unwrap_or_default());
    let mut gap = true;
    for line in lines {
        let visible: String = line
            .chars()
            .filter(|c| !c.is_control() && !goes_from_mails(*c))
            .collect();
        let line = visible.trim_end();
        if line.is_empty() {
            gap = true;
            continue;
        }
        result.push_str(if gap { "\n\n" } else { "\n" });
        result.push_str(line);
        gap = false;
    }
    result
}

/// Returns whether a character is taken out of what a mail says. **A proposal's id is made of what
/// is left, so this set never changes**: a record that was written would be none any more. It is
/// smaller than [`crate::model::unicode::is_invisible`], and leaves an emoji its selector.
pub fn goes_from_mails(letter: char) -> bool {
    matches!(
        letter,
        '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proposal::samples;

    #[test]
    fn what_can_not_be_seen_goes() {
        assert_eq!(line("  a\tb\u{202e}\u{1b}[0m  c\n"), "a b [0m c");
        assert_eq!(
            paragraphs("\r\n why \r\nat once\r\n\r\n\r\n\tb\u{7} \r\n c\r\n"),
            "why\n\nat once\n\n    b\n c"
        );
        assert_eq!(paragraphs(" \n\n "), "");
        // Records that were written have the selector; 4,140 characters went from them.
        let goes = (char::MIN..=char::MAX).filter(|letter| goes_from_mails(*letter));
        assert_eq!(goes.count(), 4_140);
        assert_eq!(line("Love \u{2764}\u{fe0f} it"), "Love \u{2764}\u{fe0f} it");
    }

    #[test]
    fn an_author_is_one_that_git_takes() {
        let cleaned = author(&samples::author("  A <b>\n developer ")).unwrap();
        assert_eq!(cleaned.to_string(), "A b developer <dev@example.org>");
        assert!(author(&samples::author("<>")).is_err());
        assert!(
            author(&Author {
                email: "nowhere".to_owned(),
                ..samples::author("A")
            })
            .is_err()
        );
        assert!(
            author(&Author {
                seconds: -1,
                ..samples::author("A")
            })
            .is_err()
        );
        assert!(
            author(&Author {
                zone: 10_000,
                ..samples::author("A")
            })
            .is_err()
        );
    }
}
