//! Scripts that can't run, whatever they say: a guard in one of them holds nothing back, and nobody
//! is told.

use crate::agent::{self, hooks};
use crate::hint::Hint;
use crate::merge::kind::FileKind;
use crate::model::path::RelPath;
use crate::model::tree::File;

/// What a pointer of Git LFS begins with.
const POINTER: &[u8] = b"version https://git-lfs.github.com/spec/";
/// How long the name is at most that a link's text may be.
const LONGEST_NAME: usize = 255;

/// Why a script can't run, and what mends it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dead {
    /// As it follows the script's name: "is empty".
    pub what: &'static str,
    pub mend: Hint,
}

/// Returns why a script can't run: the first row that fits. `direct` says that it is run itself,
/// and not given to an interpreter.
///
/// | the file | what happens |
/// |---|---|
/// | is empty | it ends at once, with success |
/// | is UTF-16 | no shell and no interpreter reads it |
/// | is a pointer of Git LFS | the text of the pointer is run |
/// | is the text of a link | git made a file of a link, and the name is run |
/// | begins with a byte order mark, run itself | the system doesn't see the `#!` |
/// | has a first line that ends as Windows ends lines, run itself | there is no such interpreter |
/// | is a shell's, with such line ends | the shell fails at the first of them |
pub fn of(path: &RelPath, file: &File, direct: bool) -> Option<Dead> {
    let bytes = &*file.bytes;
    if bytes.trim_ascii().is_empty() {
        return dead("is empty", "write the script, or take the hook out");
    } else if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return dead("is UTF-16, which no shell reads", "save it as UTF-8");
    } else if bytes.starts_with(POINTER) {
        return dead(
            "is a Git LFS pointer, not the script",
            Hint::Command("git lfs pull".to_owned()),
        );
    } else if is_link(bytes) {
        return dead(
            "has nothing but the name of another file: a link that git checked out as text",
            "git config core.symlinks true, and check it out again",
        );
    }
    let without_mark = bytes.strip_prefix(b"\xef\xbb\xbf");
    if direct && without_mark.is_some_and(|rest| rest.starts_with(b"#!")) {
        return dead(
            "begins with a byte order mark, so that the system doesn't see its `#!`",
            "save it as UTF-8 without a byte order mark",
        );
    }
    let first = bytes
        .split(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default();
    let is_shell =
        agent::kind_of(path.file_name(), bytes) == FileKind::Shell || hooks::is_hook_file(path);
    if first.starts_with(b"#!") && first.ends_with(b"\r") && direct {
        return dead(
            "has Windows line endings (CRLF), so that its `#!` line names no program",
            with_unix_endings(path),
        );
    } else if is_shell && first.ends_with(b"\r") {
        return dead(
            "has Windows line endings (CRLF), at which a shell fails",
            with_unix_endings(path),
        );
    }
    None
}

/// Returns how a script gets line endings that it runs with, here and in every clone.
fn with_unix_endings(path: &RelPath) -> String {
    let name = path.file_name();
    let pattern = match name.rsplit_once('.') {
        Some((_, ending)) => format!("*.{ending}"),
        None => format!("/{path}"),
    };
    format!(
        "save it with Unix line endings (LF), and add `{pattern} text eol=lf` to .gitattributes"
    )
}

fn dead(what: &'static str, mend: impl Into<Hint>) -> Option<Dead> {
    let mend = mend.into();
    Some(Dead { what, mend })
}

/// Whether a file is what git makes of a link where links aren't allowed: one name, without an end
/// of the line.
fn is_link(bytes: &[u8]) -> bool {
    bytes.len() <= LONGEST_NAME
        && bytes
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._-/+@".contains(byte))
        && bytes.contains(&b'/')
        && (bytes.starts_with(b"../") || bytes.starts_with(b"./") || bytes.ends_with(b".sh"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, bytes: &[u8], direct: bool, what: Option<&str>) {
        let file = File::plain(bytes.to_vec());
        let found = of(&name.parse().unwrap(), &file, direct);
        match (found, what) {
            (None, None) => {}
            (Some(dead), Some(what)) => assert!(dead.what.contains(what), "{dead:?}"),
            other => panic!("{name}: {other:?}"),
        }
    }

    #[test]
    fn what_can_not_run_is_told_from_what_can() {
        let unix = b"#!/bin/sh\nexit 2\n";
        let windows = b"#!/bin/sh\r\nexit 2\r\n";
        check("a.sh", unix, true, None);
        check("a.sh", windows, true, Some("Windows"));
        check("a.sh", windows, false, Some("Windows"));
        check("a.sh", b"exit 2\r\n", false, Some("Windows"));
        check("a.sh", b"exit 2 # \r in a remark\n", false, None);
        check(
            "a.py",
            b"#!/usr/bin/env python3\r\nx\r\n",
            true,
            Some("names no program"),
        );
        check("a.py", b"#!/usr/bin/env python3\r\nx\r\n", false, None);
        check("a.ps1", b"exit 2\r\n", false, None);
        check("a.sh", b"", true, Some("is empty"));
        check("a.sh", b" \n\n", false, Some("is empty"));
        check("a.sh", b"\xff\xfee\0x\0", true, Some("UTF-16"));
        check(
            "a.sh",
            b"\xef\xbb\xbf#!/bin/sh\n",
            true,
            Some("byte order mark"),
        );
        check("a.py", b"\xef\xbb\xbf#!/bin/sh\n", false, None);
        let pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n";
        check("a.sh", pointer, true, Some("Git LFS"));
        check("a.sh", b"../shared/guard.sh", true, Some("a link"));
        check("a.sh", b"../shared/guard.sh\n", true, None);
        check("a.sh", b"exec ../shared/guard.sh", true, None);
    }
}
