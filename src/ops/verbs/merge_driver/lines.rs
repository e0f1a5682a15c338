//! The driver's lines in `.gitattributes`: what stands around them stays, to the byte.

use std::ops::Range;
use std::path::Path;

use crate::agent::MERGED;
use crate::error::{Error, Result};
use crate::store::git::{self, Attribute};

use super::ATTRIBUTES;

/// What the attribute is called in `.gitattributes`.
const NAME: &str = "agentpkg";

const BEGIN: &str = "# BEGIN agentpkg merge driver";
const NOTE: &str =
    "# Set up in a clone by `agentpkg merge-file --install`; git merges as text without it.";
const END: &str = "# END agentpkg merge driver";

const BOM: &[u8] = b"\xef\xbb\xbf";

/// Refuses where some of the files have another driver, or are not to be merged.
pub fn refuse_others(root: &Path) -> Result<()> {
    let samples: Vec<&str> = MERGED.iter().map(|(_, sample)| *sample).collect();
    let others: Vec<(&str, String)> = git::attributes(root, "merge", &samples)?
        .into_iter()
        .zip(samples)
        .filter_map(|(attribute, sample)| match attribute {
            Attribute::Unspecified => None,
            Attribute::Value(value) if value == NAME => None,
            Attribute::Value(value) => Some((sample, format!("merge={value}"))),
            Attribute::Set => Some((sample, "merge".to_owned())),
            Attribute::Unset => Some((sample, "-merge".to_owned())),
        })
        .collect();
    if others.is_empty() {
        return Ok(());
    }
    let error = Error::user("git's attributes say otherwise how files are merged");
    let error = others.iter().fold(error, |error, (sample, said)| {
        error.detail(format!("`{sample}`: `{said}`"))
    });
    Err(error
        .note("nothing was changed")
        .hint("take that out of .gitattributes, .git/info/attributes or your own file first"))
}

/// Returns a text with the driver's lines. They come first: what a team says further down has the
/// last word, and what stands there, with or without a line end, stays as it is.
pub fn with_block(old: Option<&[u8]>, root: &Path) -> Result<Vec<u8>> {
    let text = old.unwrap_or_default();
    let found = find(text)?;
    if found.is_none() && all_driven(root)? {
        return Ok(text.to_vec());
    }
    let place = found.unwrap_or_else(|| {
        let start = if text.starts_with(BOM) { BOM.len() } else { 0 };
        start..start
    });
    let rest = [&text[..place.start], &text[place.end..]];
    let first_end = rest
        .concat()
        .split_inclusive(|byte| *byte == b'\n')
        .next()
        .map(<[u8]>::to_vec);
    let end = match first_end {
        Some(line) if line.ends_with(b"\r\n") => "\r\n",
        _ => "\n",
    };
    let mut block = String::new();
    for line in [BEGIN, NOTE] {
        block += &format!("{line}{end}");
    }
    for (pattern, _) in MERGED {
        block += &format!("{pattern} merge={NAME}{end}");
    }
    block += &format!("{END}{end}");
    Ok([rest[0], block.as_bytes(), rest[1]].concat())
}

fn all_driven(root: &Path) -> Result<bool> {
    let samples: Vec<&str> = MERGED.iter().map(|(_, sample)| *sample).collect();
    let attributes = git::attributes(root, "merge", &samples)?;
    Ok(attributes
        .iter()
        .all(|one| *one == Attribute::Value(NAME.to_owned())))
}

pub fn without_block(text: &[u8]) -> Result<Vec<u8>> {
    Ok(match find(text)? {
        Some(place) => [&text[..place.start], &text[place.end..]].concat(),
        None => text.to_vec(),
    })
}

/// Returns where the driver's lines are.
///
/// # Errors
/// Where one of the two marks is missing, or there are more.
fn find(text: &[u8]) -> Result<Option<Range<usize>>> {
    let mut at = if text.starts_with(BOM) { BOM.len() } else { 0 };
    let (mut begins, mut ends) = (Vec::new(), Vec::new());
    for line in text[at..].split_inclusive(|byte| *byte == b'\n') {
        let bare = line.trim_ascii_end();
        if bare == BEGIN.as_bytes() {
            begins.push(at);
        } else if bare == END.as_bytes() {
            ends.push(at + line.len());
        }
        at += line.len();
    }
    match (begins.as_slice(), ends.as_slice()) {
        ([], []) => Ok(None),
        ([begin], [end]) if begin < end => {
            refuse_lines_of_others(text, *begin..*end)?;
            Ok(Some(*begin..*end))
        }
        _ => Err(Error::user(format!(
            "`{ATTRIBUTES}` doesn't have `{BEGIN}` and `{END}` once each, in this order"
        ))
        .note("nothing was changed")
        .hint("take the lines out by hand")),
    }
}

/// Refuses where somebody wrote lines of their own between the marks: they would go with the rest.
fn refuse_lines_of_others(text: &[u8], block: Range<usize>) -> Result<()> {
    let first = text[..block.start]
        .split_inclusive(|byte| *byte == b'\n')
        .count();
    let lines = text[block].split_inclusive(|byte| *byte == b'\n');
    for (index, line) in lines.enumerate() {
        let bare = line.trim_ascii();
        let ours = [BEGIN, NOTE, END].map(str::as_bytes);
        if !ours.contains(&bare) && !bare.ends_with(b" merge=agentpkg") {
            return Err(Error::user(format!(
                "`{ATTRIBUTES}` line {} is not agentpkg's, and stands between its lines",
                first + index + 1
            ))
            .note("nothing was changed")
            .hint("move it out of there, and run the command again"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What stood there stands there, to the byte, once the lines are gone again.
    #[test]
    fn taking_the_lines_out_gives_back_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        for text in [
            &b""[..],
            b"* text=auto\n",
            b"* text=auto",
            b"* text=auto\r\n*.png binary\r\n",
            b"\r\n\n\n",
            b"\xef\xbb\xbf*.a b\n",
            b"\xff\xfe not text",
        ] {
            let with = with_block(Some(text), folder.path()).unwrap();
            assert_ne!(with, text);
            assert_eq!(without_block(&with).unwrap(), text);
            assert_eq!(with_block(Some(&with), folder.path()).unwrap(), with);
        }
    }

    #[test]
    fn lines_are_ended_as_the_file_ends_them() {
        let folder = tempfile::tempdir().unwrap();
        let with = with_block(Some(b"* text=auto\r\n"), folder.path()).unwrap();
        let ends = with.iter().filter(|byte| **byte == b'\n').count();
        let text = String::from_utf8(with).unwrap();
        assert_eq!(text.matches("\r\n").count(), ends, "{text:?}");
    }

    #[test]
    fn lines_of_others_between_the_marks_are_not_taken_along() {
        for line in ["*.txt filter=crypt", "<<<<<<< ours", "# A note of ours", ""] {
            let text = format!("a\n{BEGIN}\n{NOTE}\n*.md merge=agentpkg\n{line}\n{END}\n");
            let error = find(text.as_bytes()).unwrap_err();
            assert!(error.message().contains("line 5"), "{}", error.message());
        }
    }

    #[test]
    fn a_mark_without_its_partner_is_nobodys() {
        for text in [
            format!("{BEGIN}\n"),
            format!("{END}\n{BEGIN}\n"),
            format!("{BEGIN}\n{BEGIN}\n{END}\n"),
        ] {
            assert!(find(text.as_bytes()).is_err(), "{text}");
        }
    }
}
