//! How mails carry what isn't ASCII: encoded words in headers (RFC 2047), quoted-printable and
//! base64 (RFC 2045).

use std::fmt::Write as _;

/// How long an encoded word and a line of quoted-printable may be.
const LONGEST: usize = 76;

/// How long git lets a line of a header be.
const LINE: usize = 78;

/// Returns the header `From`, without a line end, as git writes it.
pub fn sender(name: &str, email: &str) -> String {
    let mut header = String::from("From: ");
    if needs_encoding(name) {
        encode_words(&mut header, name, |byte| {
            byte.is_ascii_alphanumeric() || b"!*+-/".contains(&byte)
        });
    } else if name.contains(|c| "()<>[]:;@\\,.\"".contains(c)) {
        let _ = write!(
            header,
            "\"{}\"",
            name.replace('\\', "\\\\").replace('"', "\\\"")
        );
    } else {
        header.push_str(name);
    }
    let last = header.rsplit('\n').next().unwrap_or(&header).len();
    header.push_str(if last + email.len() + " <>".len() > LINE {
        "\n <"
    } else {
        " <"
    });
    header + email + ">"
}

/// Returns the header `Subject`, without a line end, as git writes it.
pub fn subject(text: &str) -> String {
    let mut header = String::from("Subject: [PATCH] ");
    if needs_encoding(text) {
        encode_words(&mut header, text, |byte| {
            byte.is_ascii_graphic() && !b"=?_".contains(&byte)
        });
        return header;
    }
    let mut length = header.len();
    for (at, word) in text.split(' ').enumerate() {
        let fits = at == 0 || length + 1 + word.len() <= LINE;
        if at > 0 {
            header.push_str(if fits { " " } else { "\n " });
        }
        length = if fits {
            length + usize::from(at > 0)
        } else {
            1
        } + word.len();
        header.push_str(word);
    }
    header
}

fn needs_encoding(text: &str) -> bool {
    !text.is_ascii() || text.contains("=?")
}

/// Adds words of at most [`LONGEST`] characters, none of which splits a character.
fn encode_words(header: &mut String, text: &str, is_plain: fn(u8) -> bool) {
    const START: &str = "=?UTF-8?q?";
    header.push_str(START);
    let mut length = header.len();
    for letter in text.chars() {
        let mut bytes = [0; 4];
        let encoded =
            letter
                .encode_utf8(&mut bytes)
                .bytes()
                .fold(String::new(), |mut encoded, byte| {
                    let _ = if is_plain(byte) {
                        write!(encoded, "{}", char::from(byte))
                    } else {
                        write!(encoded, "={byte:02X}")
                    };
                    encoded
                });
        if length + encoded.len() + "?=".len() > LONGEST {
            header.push_str("?=\n ");
            header.push_str(START);
            length = START.len() + 1;
        }
        length += encoded.len();
        header.push_str(&encoded);
    }
    header.push_str("?=");
}

/// Returns a header's value with its encoded words decoded; what can't be decoded stays.
pub fn decode_words(text: &str) -> String {
    let (mut result, mut bytes, mut rest) = (String::new(), Vec::new(), text);
    while let Some(start) = rest.find("=?") {
        let (before, word) = rest.split_at(start);
        let Some((decoded, behind)) = decode_word(word) else {
            flush(&mut result, &mut bytes);
            result.push_str(before);
            result.push_str("=?");
            rest = &word[2..];
            continue;
        };
        // Space between two encoded words is only there to separate them.
        if bytes.is_empty() || !before.trim().is_empty() {
            flush(&mut result, &mut bytes);
            result.push_str(before);
        }
        bytes.extend(decoded);
        rest = behind;
    }
    flush(&mut result, &mut bytes);
    result + rest
}

fn flush(result: &mut String, bytes: &mut Vec<u8>) {
    result.push_str(&String::from_utf8_lossy(bytes));
    bytes.clear();
}

/// Decodes the word that a text starts with.
fn decode_word(text: &str) -> Option<(Vec<u8>, &str)> {
    let mut fields = text.strip_prefix("=?")?.splitn(3, '?');
    let (charset, encoding, rest) = (fields.next()?, fields.next()?, fields.next()?);
    let (word, rest) = rest.split_once("?=")?;
    if !is_utf8(charset) {
        return None;
    }
    let bytes = match encoding {
        "q" | "Q" => decode_escapes(word.replace('_', " ").as_bytes())?,
        "b" | "B" => base64(word)?,
        _ => return None,
    };
    Some((bytes, rest))
}

/// Returns whether a character set is one that is read here.
pub fn is_utf8(charset: &str) -> bool {
    ["utf-8", "utf8", "us-ascii"]
        .iter()
        .any(|known| charset.eq_ignore_ascii_case(known))
}

/// Returns the bytes of `=XX` and of what stands for itself.
fn decode_escapes(text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, behind)) = rest.split_first() {
        if byte != b'=' {
            bytes.push(byte);
            rest = behind;
            continue;
        }
        let digits = behind
            .get(..2)
            .filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))?;
        bytes.push(u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?);
        rest = &behind[2..];
    }
    Some(bytes)
}

/// Decodes quoted-printable. `None` where it is broken.
pub fn quoted_printable(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let (content, end) = line
            .strip_suffix('\n')
            .map_or((line, ""), |content| (content, "\n"));
        let content = content.trim_end_matches([' ', '\t']);
        let (content, end) = content
            .strip_suffix('=')
            .map_or((content, end), |content| (content, ""));
        bytes.extend(decode_escapes(content.as_bytes())?);
        bytes.extend(end.as_bytes());
    }
    Some(bytes)
}

/// Returns a text as quoted-printable, which keeps carriage returns that programs on the way would
/// drop.
pub fn to_quoted_printable(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let (content, end) = line
            .strip_suffix('\n')
            .map_or((line, ""), |content| (content, "\n"));
        let mut length = 0;
        for (at, byte) in content.bytes().enumerate() {
            let at_end = at + 1 == content.len() && matches!(byte, b' ' | b'\t');
            // `From ` at the start of a line begins the next mail.
            let mail = at == 0 && content.starts_with("From ");
            let plain = matches!(byte, b' '..=b'~' | b'\t') && byte != b'=' && !at_end && !mail;
            let width = if plain { 1 } else { 3 };
            if length + width >= LONGEST {
                result.push_str("=\n");
                length = 0;
            }
            length += width;
            let _ = if plain {
                write!(result, "{}", char::from(byte))
            } else {
                write!(result, "={byte:02X}")
            };
        }
        result.push_str(end);
    }
    result
}

/// Decodes base64, with line ends anywhere. `None` where it is broken.
pub fn base64(text: &str) -> Option<Vec<u8>> {
    let text: Vec<u8> = text
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    let digits: &[u8] = text
        .strip_suffix(b"==")
        .or_else(|| text.strip_suffix(b"="))
        .unwrap_or(&text);
    let mut bytes = Vec::with_capacity(digits.len() * 3 / 4);
    for group in digits.chunks(4) {
        if group.len() == 1 {
            return None;
        }
        let mut bits = 0_u32;
        for at in 0..4 {
            bits = bits << 6 | group.get(at).map_or(Some(0), |digit| value(*digit))?;
        }
        bytes.extend(&bits.to_be_bytes()[1..group.len()]);
    }
    Some(bytes)
}

fn value(digit: u8) -> Option<u32> {
    Some(u32::from(match digit {
        b'A'..=b'Z' => digit - b'A',
        b'a'..=b'z' => digit - b'a' + 26,
        b'0'..=b'9' => digit - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unfolded(header: &str) -> String {
        decode_words(&header.replace("\n ", " "))
    }

    #[test]
    fn senders_are_written_as_git_writes_them() {
        let check = |name: &str, header: &str| assert_eq!(sender(name, "dev@example.org"), header);
        check("A developer", "From: A developer <dev@example.org>");
        check("A. \"B\" C", "From: \"A. \\\"B\\\" C\" <dev@example.org>");
        check("Ä d", "From: =?UTF-8?q?=C3=84=20d?= <dev@example.org>");
        let long = sender(&"x".repeat(70), "dev@example.org");
        assert!(long.ends_with("\n <dev@example.org>"), "{long}");
    }

    #[test]
    fn subjects_are_folded_or_encoded() {
        assert_eq!(subject("a b"), "Subject: [PATCH] a b");
        let words = "word ".repeat(30);
        let folded = subject(words.trim_end());
        assert!(folded.lines().all(|line| line.len() <= LINE), "{folded}");
        assert_eq!(
            unfolded(&folded),
            format!("Subject: [PATCH] {}", words.trim_end())
        );
        let long = "über_ =? ".repeat(20);
        let encoded = subject(long.trim_end());
        assert!(
            encoded.is_ascii() && encoded.lines().all(|line| line.len() <= LONGEST),
            "{encoded}"
        );
        assert_eq!(
            unfolded(&encoded),
            format!("Subject: [PATCH] {}", long.trim_end())
        );
    }

    #[test]
    fn words_are_decoded_and_broken_ones_stay() {
        assert_eq!(
            decode_words("a =?utf-8?B?w7w=?= =?UTF-8?q?=C3=9F_x?= b"),
            "a üß x b"
        );
        assert_eq!(decode_words("=?UTF-8?q?=C3?= =?UTF-8?q?=BC?="), "ü");
        for broken in [
            "=?",
            "=?utf-8?q?=X?=",
            "=?latin9?q?a?=",
            "=?utf-8?z?a?=",
            "=?utf-8?b?a?=",
            "x =? =?utf-8?q?",
        ] {
            assert_eq!(decode_words(broken), broken);
        }
    }

    #[test]
    fn transfer_encodings_come_back() {
        for text in [
            "",
            "a\r\n",
            "From x\n=3D ü \n\t\n",
            &format!("{}\r\n", "ü-".repeat(100)),
        ] {
            let encoded = to_quoted_printable(text);
            assert!(
                encoded.lines().all(|line| line.len() <= LONGEST) && !encoded.contains("From "),
                "{encoded}"
            );
            assert_eq!(quoted_printable(&encoded).unwrap(), text.as_bytes());
        }
        assert_eq!(base64("aGVs\nbG8K"), Some(b"hello\n".to_vec()));
        assert_eq!(base64("aGVsbG8="), Some(b"hello".to_vec()));
        assert_eq!(base64("a"), None);
        assert_eq!(base64("a-b="), None);
        assert_eq!(quoted_printable("=4"), None);
    }
}
