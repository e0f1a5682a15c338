//! Unpacking: strict, in two passes, the first of which only checks.
//!
//! The archive comes from anyone. What an ordinary reader makes of a doubtful archive depends on
//! the reader, so such archives are refused: what is read is what [`super::pack`] could have
//! written, whatever its owners and times, and plain folders. The first pass also counts what the
//! gzip layer gives without keeping it, so that a bomb is found before it takes memory.

use bytes::Bytes;
use std::io::Read as _;

use flate2::bufread::GzDecoder;
use tar::{Header, UstarHeader};

use super::names::{self, MemberKind, Names};
use super::write::check_size;
use super::{BLOCK, Rule, limits};
use crate::error::{Error, Result};
use crate::model::path::RelPath;
use crate::model::tree::{File, FileTree};

/// Returns the files of a `.tar.gz`.
///
/// # Errors
/// When a rule is broken: the message names the rule, and the entry if it is about one.
pub fn unpack(archive: &[u8]) -> Result<FileTree> {
    let tar = gunzip(archive).map_err(Error::damaged)?;
    untar(&tar.into()).map_err(Error::damaged)
}

/// Returns what the one gzip member holds.
fn gunzip(archive: &[u8]) -> Rule<Vec<u8>> {
    if archive.len() > limits::PACKED {
        return Err(format!(
            "the archive is larger than {}",
            limits::size(limits::PACKED)
        ));
    }
    let size = measure(archive)?;
    let mut tar = Vec::with_capacity(size);
    GzDecoder::new(archive)
        .take(size as u64)
        .read_to_end(&mut tar)
        .map_err(|error| no_gzip(&error))?;
    Ok(tar)
}

/// Returns how many bytes the gzip member holds, and takes memory for none of them.
fn measure(archive: &[u8]) -> Rule<usize> {
    let mut decoder = GzDecoder::new(archive);
    let mut buffer = [0; 16 * 1024];
    let (limit, mut size) = (limits::unpacked(archive.len()), 0);
    loop {
        match decoder.read(&mut buffer).map_err(|error| no_gzip(&error))? {
            0 => break,
            read => size += read,
        }
        if size > limit {
            return Err(match limit {
                limits::UNPACKED => {
                    format!("the archive unpacks to more than {}", limits::size(limit))
                }
                _ => format!(
                    "the archive unpacks to more than {} times its size",
                    limits::RATIO
                ),
            });
        }
    }
    match decoder.into_inner() {
        [] => Ok(size),
        _ => Err("the archive has bytes behind its gzip member".to_owned()),
    }
}

fn no_gzip(error: &std::io::Error) -> String {
    format!("the archive is no whole gzip file: {error}")
}

/// One file of the archive, checked.
struct Entry<'a> {
    path: RelPath,
    executable: bool,
    bytes: &'a [u8],
}

/// Returns the files, each a part of the one buffer: they take no memory of their own.
fn untar(tar: &Bytes) -> Rule<FileTree> {
    let mut files = FileTree::new();
    for entry in check(tar)? {
        let file = File {
            bytes: tar.slice_ref(entry.bytes),
            executable: entry.executable,
        };
        files.insert(entry.path, file);
    }
    Ok(files)
}

/// The first pass: every header, every name, every padding.
fn check(tar: &[u8]) -> Rule<Vec<Entry<'_>>> {
    let (mut files, mut names, mut count) = (Vec::new(), Names::default(), 0);
    let mut rest = tar;
    loop {
        let (block, behind) = rest.split_at_checked(BLOCK).ok_or(ENDS_EARLY)?;
        if is_zero(block) {
            check_end(behind)?;
            return Ok(files);
        }
        count += 1;
        if count > limits::ENTRIES {
            return Err(format!(
                "the archive has more than {} entries",
                limits::ENTRIES
            ));
        }
        let head = Head::parse(block)?;
        names.add(&head.path, head.kind)?;
        let (bytes, behind) = contents(&head, behind)?;
        if head.kind == MemberKind::File {
            files.push(Entry {
                path: head.path,
                executable: head.executable,
                bytes,
            });
        }
        rest = behind;
    }
}

const ENDS_EARLY: &str = "the archive ends before its two empty records";

/// Checks what follows the first empty record: a second one, then at most padding.
fn check_end(behind: &[u8]) -> Rule {
    if behind.len() < BLOCK {
        return Err(ENDS_EARLY.to_owned());
    }
    match is_zero(behind) && behind.len().is_multiple_of(BLOCK) {
        true => Ok(()),
        false => Err("the archive has bytes behind its end".to_owned()),
    }
}

/// Splits an entry's contents from what follows their padding.
fn contents<'a>(head: &Head, behind: &'a [u8]) -> Rule<(&'a [u8], &'a [u8])> {
    let (padded, rest) = behind
        .split_at_checked(head.size.next_multiple_of(BLOCK))
        .ok_or_else(|| format!("`{}` is cut off", head.path))?;
    let (bytes, padding) = padded.split_at(head.size);
    match is_zero(padding) {
        true => Ok((bytes, rest)),
        false => Err(format!("`{}` has bytes behind its end", head.path)),
    }
}

fn is_zero(bytes: &[u8]) -> bool {
    bytes.iter().all(|&byte| byte == 0)
}

/// What a header says, checked.
struct Head {
    path: RelPath,
    kind: MemberKind,
    executable: bool,
    size: usize,
}

impl Head {
    fn parse(block: &[u8]) -> Rule<Self> {
        let header = Header::from_byte_slice(block);
        let lossy = String::from_utf8_lossy(&header.path_bytes())
            .escape_debug()
            .to_string();
        let about = |wrong: &str| format!("`{lossy}` {wrong}");
        check_sum(block).map_err(about)?;
        let fields = header
            .as_ustar()
            .ok_or_else(|| about("is no plain ustar entry"))?;
        let kind = kind(fields.typeflag[0]).map_err(about)?;
        let path = path(fields, kind, &about)?;
        check_unused(fields).map_err(about)?;
        let size = octal(&fields.size).and_then(|size| usize::try_from(size).ok());
        let size = size.ok_or_else(|| about("has a size that is no number"))?;
        check_size(&path, size)?;
        let executable = mode(fields, kind).map_err(about)?;
        match (kind, size) {
            (MemberKind::Folder, 1..) => Err(about("is a folder with contents")),
            _ => Ok(Self {
                path,
                kind,
                executable,
                size,
            }),
        }
    }
}

/// Checks a header's own sum of its bytes, its field for the sum read as spaces.
fn check_sum(block: &[u8]) -> Rule<(), &'static str> {
    let field = 148..156;
    let sum: u64 = block
        .iter()
        .enumerate()
        .map(|(at, &byte)| if field.contains(&at) { 32 } else { byte.into() })
        .sum();
    match octal(&block[field]) == Some(sum) {
        true => Ok(()),
        false => Err("has a header with a wrong checksum"),
    }
}

fn kind(typeflag: u8) -> Result<MemberKind, &'static str> {
    match typeflag {
        b'0' => Ok(MemberKind::File),
        b'5' => Ok(MemberKind::Folder),
        b'1' => Err("is a hard link; a release holds files only"),
        b'2' => Err("is a symbolic link; a release holds files only"),
        b'3' | b'4' | b'6' => Err("is a device or a pipe; a release holds files only"),
        b'x' | b'g' => Err("is a PAX extension; a release is plain ustar"),
        b'L' | b'K' | b'S' | b'M' | b'D' | b'V' => {
            Err("is a GNU extension; a release is plain ustar")
        }
        _ => Err("is of an unknown type; a release holds files only"),
    }
}

fn path(fields: &UstarHeader, kind: MemberKind, about: &dyn Fn(&str) -> String) -> Rule<RelPath> {
    let (Some(prefix), Some(name)) = (text(&fields.prefix), text(&fields.name)) else {
        return Err(about("has a name with bytes behind its end"));
    };
    let name = match kind {
        MemberKind::Folder => name.strip_suffix(b"/").unwrap_or(name),
        MemberKind::File => name,
    };
    let path = match prefix.is_empty() {
        true => name.to_vec(),
        false => [prefix, name].join(&b'/'),
    };
    names::parse(&String::from_utf8(path).map_err(|_| about("has a name that is not UTF-8"))?)
}

/// Returns a field up to its NULs, if nothing hides behind them.
fn text(field: &[u8]) -> Option<&[u8]> {
    let end = field
        .iter()
        .position(|&byte| byte == 0)
        .unwrap_or(field.len());
    is_zero(&field[end..]).then_some(&field[..end])
}

/// Checks the fields that only other kinds of entries, or extensions, use.
fn check_unused(fields: &UstarHeader) -> Rule<(), &'static str> {
    match is_zero(&fields.linkname) && is_zero(&fields.pad) {
        true => Ok(()),
        false => Err("has more in its header than a file needs"),
    }
}

fn mode(fields: &UstarHeader, kind: MemberKind) -> Rule<bool, &'static str> {
    match (kind, octal(&fields.mode)) {
        (MemberKind::File, Some(0o644)) => Ok(false),
        (MemberKind::File | MemberKind::Folder, Some(0o755)) => Ok(true),
        (MemberKind::File, _) => Err("has a mode other than 0644 and 0755"),
        (MemberKind::Folder, _) => Err("is a folder with a mode other than 0755"),
    }
}

/// Returns a number in octal digits, ended by NULs or spaces; GNU's binary numbers are none.
fn octal(field: &[u8]) -> Option<u64> {
    let end = field
        .iter()
        .position(|&byte| byte == 0 || byte == b' ')
        .unwrap_or(field.len());
    let (digits, rest) = field.split_at(end);
    let plain = !digits.is_empty() && rest.iter().all(|&byte| byte == 0 || byte == b' ');
    digits
        .iter()
        .try_fold(0_u64, |number, &digit| {
            let digit = char::from(digit).to_digit(8)?;
            number.checked_mul(8)?.checked_add(digit.into())
        })
        .filter(|_| plain)
}
