//! Any bytes as three versions of a file, held to the laws of the merge.
//!
//! The first byte is the kind, the second says how to read the rest: as three texts, or as a base
//! and what each side did to it, so that the versions have something in common. The variable
//! `KIND`, a name as `a.md`, is the only kind to try.

#![no_main]

#[path = "../../tests/laws/merge/laws.rs"]
mod laws;

use std::sync::LazyLock;

use agentpkg::merge::kind::FileKind;
use agentpkg::merge::pieces::Sides;
use libfuzzer_sys::fuzz_target;

const KINDS: [FileKind; 9] = [
    FileKind::Json,
    FileKind::Markdown,
    FileKind::Text,
    FileKind::Ignore,
    FileKind::Shell,
    FileKind::Toml,
    FileKind::Yaml,
    FileKind::Other,
    FileKind::Template,
];

/// The only kind to try, if one is named.
static ONLY: LazyLock<Option<FileKind>> =
    LazyLock::new(|| Some(FileKind::of(&std::env::var("KIND").ok()?, b"")));

/// What parts the three.
const SEPARATOR: u8 = 0xff;

/// How much is read: a step of the fuzzer has to be short.
const MOST: usize = 4_096;

fuzz_target!(|data: &[u8]| {
    let [kind, mode, rest @ ..] = data else {
        return;
    };
    let kind = ONLY.unwrap_or(KINDS[usize::from(*kind) % KINDS.len()]);
    let rest = &rest[..rest.len().min(MOST)];
    let mut parts = rest.splitn(3, |byte| *byte == SEPARATOR);
    let mut part = || parts.next().unwrap_or_default();
    let (base, first, second) = (part(), part(), part());
    let (ours, theirs) = if mode & 1 == 0 {
        (first.to_vec(), second.to_vec())
    } else {
        let ours = edited(base, first);
        let theirs = edited(if mode & 2 == 0 { base } else { &ours }, second);
        if mode & 4 == 0 {
            (ours, theirs)
        } else {
            (theirs, ours)
        }
    };
    let sides = Sides {
        base,
        ours: &ours,
        theirs: &theirs,
    };
    if let Err(broken) = laws::check(kind, &sides) {
        let [base, ours, theirs] = [base, &ours, &theirs].map(laws::shown);
        panic!("{broken}\n{kind:?}\n  base\n{base}  ours\n{ours}  theirs\n{theirs}");
    }
});

/// Makes the edits that a script says: an instruction, a line, and what is done with it.
fn edited(text: &[u8], script: &[u8]) -> Vec<u8> {
    let mut lines: Vec<Vec<u8>> = text
        .split_inclusive(|byte| *byte == b'\n')
        .map(<[u8]>::to_vec)
        .collect();
    let mut rest = script;
    while let [what, at, with, after @ ..] = rest {
        rest = after;
        let at = usize::from(*at) % (lines.len() + 1);
        let with = usize::from(*with);
        let there = lines.get(at).cloned();
        match (what % 8, there) {
            (0, _) => {
                let length = rest
                    .iter()
                    .take(with % 16)
                    .take_while(|byte| **byte != b'\n')
                    .count();
                let (line, after) = rest.split_at(length);
                rest = after;
                lines.insert(at, [line, b"\n"].concat());
            }
            (1, Some(_)) => _ = lines.drain(at..(at + 1 + with % 4).min(lines.len())),
            (2, Some(line)) => lines.insert(with % (lines.len() + 1), line),
            (3, Some(line)) => {
                lines.remove(at);
                lines.insert(with % (lines.len() + 1), line);
            }
            (4, Some(mut line)) => {
                let place = with % (line.len() + 1);
                line.splice(place..place, rest.iter().take(1).copied());
                lines[at] = line;
            }
            (5, Some(mut line)) => {
                if !line.is_empty() {
                    line.remove(with % line.len());
                }
                lines[at] = line;
            }
            (6, Some(line)) => {
                let line = line.strip_suffix(b"\n").unwrap_or(&line);
                lines[at] = [line, [&b"\r\n"[..], b"\r", b" \n", b""][with % 4]].concat();
            }
            (7, Some(_)) => lines.iter_mut().for_each(|line| {
                if with % 2 == 0 && line.ends_with(b"\n") && !line.ends_with(b"\r\n") {
                    line.insert(line.len() - 1, b'\r');
                }
            }),
            _ => {}
        }
    }
    lines.concat()
}
