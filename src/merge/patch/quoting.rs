//! How git quotes a name that isn't plain ASCII: as a C string, bytes above it in octal.

use std::fmt::Write as _;

/// The characters that have a letter of their own.
const LETTERS: [(u8, char); 9] = [
    (0x07, 'a'),
    (0x08, 'b'),
    (b'\t', 't'),
    (b'\n', 'n'),
    (0x0b, 'v'),
    (0x0c, 'f'),
    (b'\r', 'r'),
    (b'"', '"'),
    (b'\\', '\\'),
];

/// Returns a name as git writes it: between quotes only where it has to be.
pub fn quote(name: &str) -> String {
    if name
        .bytes()
        .all(|byte| matches!(byte, b' '..=b'~') && byte != b'"' && byte != b'\\')
    {
        return name.to_owned();
    }
    let mut quoted = String::from('"');
    for byte in name.bytes() {
        match LETTERS.iter().find(|(special, _)| *special == byte) {
            Some((_, letter)) => quoted.extend(['\\', *letter]),
            None if matches!(byte, b' '..=b'~') => quoted.push(char::from(byte)),
            None => _ = write!(quoted, "\\{byte:03o}"),
        }
    }
    quoted.push('"');
    quoted
}

/// Reads the quoted name that a text starts with, and returns it with what follows. `None` where
/// there is no such name.
pub fn unquote(text: &str) -> Option<(String, &str)> {
    let mut rest = text.strip_prefix('"')?.as_bytes();
    let mut name = Vec::new();
    loop {
        let (&byte, behind) = rest.split_first()?;
        rest = behind;
        match byte {
            b'"' => break,
            b'\\' => {
                let (byte, behind) = escape(rest)?;
                name.push(byte);
                rest = behind;
            }
            byte => name.push(byte),
        }
    }
    let rest = text.get(text.len() - rest.len()..)?;
    Some((String::from_utf8(name).ok()?, rest))
}

/// Reads what follows a backslash.
fn escape(text: &[u8]) -> Option<(u8, &[u8])> {
    let (&first, rest) = text.split_first()?;
    if let Some((byte, _)) = LETTERS
        .iter()
        .find(|(_, letter)| *letter == char::from(first))
    {
        return Some((*byte, rest));
    }
    let digits = std::str::from_utf8(text.get(..3)?).ok()?;
    if !digits.bytes().all(|digit| matches!(digit, b'0'..=b'7')) {
        return None;
    }
    Some((u8::from_str_radix(digits, 8).ok()?, text.get(3..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, quoted: &str) {
        assert_eq!(quote(name), quoted);
        if quoted != name {
            assert_eq!(
                unquote(&format!("{quoted} rest")),
                Some((name.to_owned(), " rest"))
            );
        }
    }

    #[test]
    fn names_are_quoted_as_git_quotes_them() {
        check("a/plain name's.md", "a/plain name's.md");
        check("a/über", r#""a/\303\274ber""#);
        check("a/\"x\"\t\u{7f}", r#""a/\"x\"\t\177""#);
    }

    #[test]
    fn what_is_no_quoted_name_is_none() {
        for bad in [
            "",
            "a",
            "\"",
            "\"a",
            r#""\"#,
            r#""\9""#,
            r#""\777""#,
            r#""\4"#,
            r#""\303""#,
        ] {
            assert_eq!(unquote(bad), None, "{bad}");
        }
    }
}
