//! One evil archive for each rule of the reader, made by hand, and arbitrary damage to good ones.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use proptest::prelude::*;
use tar::{EntryType, Header};

use super::write::{self, gzip};
use super::{BLOCK, limits, pack, unpack};
use crate::model::path::rel;
use crate::model::tree::{File, FileTree};

/// Returns a header that only `change` makes evil; the checksum is right.
fn header(name: &str, size: u64, change: impl FnOnce(&mut Header)) -> Vec<u8> {
    let mut header = Header::new_ustar();
    let fields = header.as_ustar_mut().unwrap();
    fields.name[..name.len()].copy_from_slice(name.as_bytes());
    header.set_entry_type(EntryType::Regular);
    header.set_mode(0o644);
    header.set_size(size);
    change(&mut header);
    header.set_cksum();
    header.as_bytes().to_vec()
}

fn entry(name: &str, contents: &[u8], change: impl FnOnce(&mut Header)) -> Vec<u8> {
    let mut entry = header(name, contents.len() as u64, change);
    entry.extend_from_slice(contents);
    entry.resize(entry.len().next_multiple_of(BLOCK), 0);
    entry
}

fn good(name: &str) -> Vec<u8> {
    entry(name, b"good\n", |_| {})
}

fn folder(name: &str) -> Vec<u8> {
    entry(name, b"", |header| {
        header.set_entry_type(EntryType::Directory);
        header.set_mode(0o755);
    })
}

fn end() -> Vec<u8> {
    vec![0; 2 * BLOCK]
}

/// Returns the message that refuses these records, after a good file and before the end.
fn refusal(records: &[Vec<u8>]) -> String {
    let tar = [&[good("good.md")], records, &[end()]].concat().concat();
    unpack(&gzip(&tar)).unwrap_err().message().to_owned()
}

#[track_caller]
fn refused(records: &[Vec<u8>], message: &str) {
    assert_eq!(refusal(records), message);
}

#[track_caller]
fn refused_header(change: impl FnOnce(&mut Header), message: &str) {
    refused(&[entry("evil.md", b"", change)], message);
}

#[test]
fn files_and_folders_are_read() {
    let executable = entry("hooks/a.sh", b"#!/bin/sh\n", |header| {
        header.set_mode(0o755)
    });
    let tar = [
        folder("rules/"),
        good("rules/a.md"),
        folder("hooks"),
        executable,
        end(),
        end(),
    ]
    .concat();
    let tree = unpack(&gzip(&tar)).unwrap();
    let expected = [
        (
            rel("hooks/a.sh"),
            File {
                bytes: b"#!/bin/sh\n".to_vec().into(),
                executable: true,
            },
        ),
        (rel("rules/a.md"), File::plain("good\n")),
    ];
    assert_eq!(tree, FileTree::from(expected));
}

#[test]
fn links_devices_and_extensions() {
    let of_type = |byte: u8, message: &str| {
        let change = |header: &mut Header| header.as_ustar_mut().unwrap().typeflag = [byte];
        refused_header(change, &format!("`evil.md` {message}"));
    };
    of_type(b'1', "is a hard link; a release holds files only");
    of_type(b'2', "is a symbolic link; a release holds files only");
    for device in *b"346" {
        of_type(device, "is a device or a pipe; a release holds files only");
    }
    of_type(b'x', "is a PAX extension; a release is plain ustar");
    of_type(b'g', "is a PAX extension; a release is plain ustar");
    for extension in *b"LKSMDV" {
        of_type(extension, "is a GNU extension; a release is plain ustar");
    }
    for unknown in *b"\x007AZ" {
        of_type(unknown, "is of an unknown type; a release holds files only");
    }
}

#[test]
fn headers_that_readers_understand_differently() {
    let field = |change: fn(&mut tar::UstarHeader), message: &str| {
        refused_header(
            |header| change(header.as_ustar_mut().unwrap()),
            &format!("`evil.md` {message}"),
        );
    };
    field(
        |fields| fields.magic = *b"ustar ",
        "is no plain ustar entry",
    );
    field(|fields| fields.version = *b" \0", "is no plain ustar entry");
    field(|fields| fields.magic = [0; 6], "is no plain ustar entry");
    field(
        |fields| fields.mode = *b"0000666\0",
        "has a mode other than 0644 and 0755",
    );
    field(
        |fields| fields.mode = *b"0004755\0",
        "has a mode other than 0644 and 0755",
    );
    field(
        |fields| fields.mode = [0; 8],
        "has a mode other than 0644 and 0755",
    );
    field(
        |fields| fields.size = *b"\x80\0\0\0\0\0\0\0\0\0\0\0",
        "has a size that is no number",
    );
    field(
        |fields| fields.size = *b"           \0",
        "has a size that is no number",
    );
    field(
        |fields| fields.size = *b"00000000-10\0",
        "has a size that is no number",
    );
    field(
        |fields| fields.size = *b"0000000\x0000\x001",
        "has a size that is no number",
    );
    field(
        |fields| fields.linkname[0] = b'a',
        "has more in its header than a file needs",
    );
    field(
        |fields| fields.pad[0] = b'a',
        "has more in its header than a file needs",
    );
    field(
        |fields| fields.name[50] = b'a',
        "has a name with bytes behind its end",
    );
    field(
        |fields| fields.prefix[50] = b'a',
        "has a name with bytes behind its end",
    );
    let mut wrong_sum = good("evil.md");
    wrong_sum[148..156].copy_from_slice(b"0000000\0");
    refused(&[wrong_sum], "`evil.md` has a header with a wrong checksum");
}

#[test]
fn folders_with_contents_or_other_modes() {
    let folder = |change: fn(&mut Header), contents: &[u8]| {
        entry("evil", contents, |header| {
            header.set_entry_type(EntryType::Directory);
            header.set_mode(0o755);
            change(header);
        })
    };
    refused(&[folder(|_| {}, b"a")], "`evil` is a folder with contents");
    refused(
        &[folder(|header| header.set_mode(0o777), b"")],
        "`evil` is a folder with a mode other than 0755",
    );
}

#[test]
fn names_that_lead_elsewhere() {
    let name = |name: &str, wrong: &str| {
        refused(
            &[good(name)],
            &format!("`{}` can't be in a release: {wrong}", name.escape_debug()),
        );
    };
    name("../evil", "`..` would leave the folder");
    name("/evil", "the path starts at the root of the file system");
    name("a\\evil", "it has a backslash");
    name("c:evil", "it has a colon");
    name("evil/", "it has an empty component");
    name("u\u{308}", "it is not in Unicode's composed form (NFC)");
    name("con.md", "Windows reserves the name `con.md`");
    name("evil.", "a component ends in a dot, which Windows drops");
    name("a\u{200d}b", "it has an invisible character");
    name("a\tb", "it has a control character");
    name(
        &format!("{}a", "a/".repeat(16)),
        "it is deeper than 16 components",
    );
    name("files/.git/config", "a template may not write into `.git`");
    name(
        "files/.github/workflows/evil.yml",
        "a template may not write into `.github/workflows`",
    );
    refused(
        &[folder("../")],
        "`..` can't be in a release: `..` would leave the folder",
    );
    refused(
        &[folder("")],
        "`` can't be in a release: it has an empty component",
    );
    let not_text = header("", 0, |header| {
        header.as_ustar_mut().unwrap().name[0] = 0xff
    });
    refused(&[not_text], "`\u{fffd}` has a name that is not UTF-8");
    let too_long = header(&"n".repeat(100), 0, |header| {
        header.as_ustar_mut().unwrap().prefix = [b'p'; 155]
    });
    assert!(refusal(&[too_long]).ends_with("the path is longer than 240 bytes"));
}

#[test]
fn names_that_meet() {
    refused(&[good("good.md")], "`good.md` is there twice");
    refused(
        &[good("GOOD.md")],
        "`GOOD.md` and `good.md` are one name where case is ignored",
    );
    refused(
        &[good("good.md/evil")],
        "`good.md` is both a file and a folder",
    );
    refused(
        &[folder("good.md")],
        "`good.md` is both a file and a folder",
    );
    refused(&[folder("a"), folder("a/")], "`a` is there twice");
    refused(
        &[good("a/b"), good("A/c")],
        "`A` and `a` are one name where case is ignored",
    );
}

#[test]
fn ends_that_are_none() {
    let check = |tar: &[u8], message: &str| {
        assert_eq!(unpack(&gzip(tar)).unwrap_err().message(), message);
    };
    let early = "the archive ends before its two empty records";
    check(b"", early);
    check(&good("a"), early);
    check(&[good("a"), vec![0; BLOCK]].concat(), early);
    check(
        &[good("a"), vec![0; BLOCK], good("b")].concat(),
        "the archive has bytes behind its end",
    );
    check(
        &[good("a"), vec![0; BLOCK], good("b"), end()].concat(),
        "the archive has bytes behind its end",
    );
    check(
        &[good("a"), end(), b"evil".to_vec()].concat(),
        "the archive has bytes behind its end",
    );
    check(
        &[good("a"), end(), vec![0; 3]].concat(),
        "the archive has bytes behind its end",
    );
    check(&good("a")[..BLOCK + 2], "`a` is cut off");
    check(&header("a", 4 << 20, |_| {}), "`a` is cut off");
    let mut padded = good("a");
    *padded.last_mut().unwrap() = 1;
    check(&[padded, end()].concat(), "`a` has bytes behind its end");
}

#[test]
fn gzip_files_that_are_more_or_less_than_one() {
    let check = |archive: &[u8], message: &str| {
        let found = unpack(archive).unwrap_err().message().to_owned();
        assert!(found.starts_with(message), "{found}");
    };
    let archive = gzip(&[good("a"), end()].concat());
    check(b"", "the archive is no whole gzip file: ");
    check(b"<html>", "the archive is no whole gzip file: ");
    check(
        &archive[..archive.len() - 1],
        "the archive is no whole gzip file: ",
    );
    check(
        &[archive.clone(), vec![0]].concat(),
        "the archive has bytes behind its gzip member",
    );
    check(
        &[archive.clone(), archive.clone()].concat(),
        "the archive has bytes behind its gzip member",
    );
    let mut wrong_sum = archive.clone();
    let at = wrong_sum.len() - 8;
    wrong_sum[at] ^= 1;
    check(&wrong_sum, "the archive is no whole gzip file: ");
}

#[test]
fn archives_that_are_too_large() {
    let check =
        |archive: &[u8], message: &str| assert_eq!(unpack(archive).unwrap_err().message(), message);
    check(
        &vec![0; limits::PACKED + 1],
        "the archive is larger than 32 MiB",
    );
    let large = header("large", limits::FILE as u64 + 1, |_| {});
    check(
        &gzip(&[large, end()].concat()),
        "`large` is larger than 4 MiB",
    );
    let huge = header("huge", 0, |header| {
        header.as_ustar_mut().unwrap().size = *b"77777777777\0"
    });
    check(
        &gzip(&[huge, end()].concat()),
        "`huge` is larger than 4 MiB",
    );
    let many: Vec<u8> = (0..=limits::ENTRIES)
        .flat_map(|number| good(&format!("{}{number}", noise(number, 30))))
        .collect();
    check(
        &gzip(&[many, end()].concat()),
        "the archive has more than 5000 entries",
    );
}

/// Returns text that compresses little, the same for the same seed.
fn noise(seed: usize, length: usize) -> String {
    let mut state = seed as u64 ^ 0x9e37_79b9_7f4a_7c15;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from(b'a' + (state % 26) as u8)
    };
    std::iter::repeat_with(next).take(length).collect()
}

#[test]
fn a_bomb_is_found_by_counting() {
    let floor = limits::RATIO_FLOOR;
    let zeros = |size: usize| unpack(&gzip(&vec![0; size]));
    assert!(zeros(floor).is_ok(), "a small archive may compress well");
    let message = |size: usize| zeros(size).unwrap_err().message().to_owned();
    assert_eq!(
        message(floor + 1),
        "the archive unpacks to more than 50 times its size"
    );
}

#[test]
fn an_archive_is_never_read_beyond_the_limit_in_all() {
    let mut chunk = DeflateEncoder::new(Vec::new(), Compression::best());
    chunk.write_all(&vec![0; 1 << 20]).unwrap();
    chunk.flush().unwrap();
    let bomb = chunk.get_ref().repeat(129);
    // What follows is never reached: it only makes the archive large enough for its ratio.
    let archive = [
        &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255],
        bomb.as_slice(),
        &[0; 3 << 20],
    ]
    .concat();
    assert_eq!(
        unpack(&archive).unwrap_err().message(),
        "the archive unpacks to more than 128 MiB"
    );
}

fn sample() -> FileTree {
    FileTree::from([
        (rel("template.toml"), File::plain("[template]\n")),
        (
            rel("hooks/a.sh"),
            File {
                bytes: b"#!/bin/sh\n".to_vec().into(),
                executable: true,
            },
        ),
        (rel("rules/a.md"), File::plain("x".repeat(700))),
    ])
}

/// Writes the right checksum into the header at `at`, so that damage gets past it.
fn seal(tar: &mut [u8], at: usize) {
    tar[at + 148..at + 156].fill(b' ');
    let sum: u32 = tar[at..at + BLOCK]
        .iter()
        .map(|&byte| u32::from(byte))
        .sum();
    tar[at + 148..at + 156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        let _ = unpack(&bytes);
        let _ = unpack(&gzip(&bytes));
    }

    #[test]
    fn damage_is_refused_or_read_as_something_that_packs(
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        sealed in any::<bool>(),
    ) {
        let mut tar = write::tar(&sample()).unwrap();
        for (at, byte) in damage {
            let at = at.index(tar.len());
            tar[at] = byte;
            let start = at / BLOCK * BLOCK;
            if sealed && tar[start + 257..].starts_with(b"ustar") {
                seal(&mut tar, start);
            }
        }
        if let Ok(tree) = unpack(&gzip(&tar)) {
            prop_assert_eq!(unpack(&pack(&tree).unwrap()).unwrap(), tree);
        }
    }

    #[test]
    fn a_damaged_gzip_never_reads_as_another_tree(at in any::<prop::sample::Index>(), bit in 0..8) {
        let mut archive = pack(&sample()).unwrap();
        let at = at.index(archive.len());
        archive[at] ^= 1_u8 << bit;
        if let Ok(tree) = unpack(&archive) {
            prop_assert_eq!(tree, sample());
        }
    }
}
