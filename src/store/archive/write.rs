//! Packing: the same tree gives the same bytes, on any machine at any time.
//!
//! **Same input, same bytes.**

use std::io::Write as _;

use flate2::{Compression, GzBuilder};
use tar::{EntryType, Header};

use super::names::{self, MemberKind, Names};
use super::{BLOCK, Rule, limits};
use crate::error::{Error, Result};
use crate::model::path::RelPath;
use crate::model::tree::{File, FileTree};

/// Returns a tree as a `.tar.gz`: plain ustar, sorted by path, without folders, owners or times.
///
/// The tar inside depends on the tree alone; the gzip around it on the compressor's version too.
///
/// # Errors
/// When the tree holds what [`super::unpack`] would refuse, with the reader's words.
pub fn pack(tree: &FileTree) -> Result<Vec<u8>> {
    let packed = tar(tree).and_then(|tar| {
        let packed = gzip(&tar);
        match packed.len() > limits::PACKED {
            true => Err(format!(
                "the archive is larger than {}",
                limits::size(limits::PACKED)
            )),
            false => Ok(packed),
        }
    });
    packed.map_err(|message| {
        Error::user(message).hint("rename, split or remove it in the template's source")
    })
}

/// Returns the tar layer.
pub fn tar(tree: &FileTree) -> Rule<Vec<u8>> {
    check(tree)?;
    let mut tar = Vec::new();
    for (path, file) in tree {
        tar.extend_from_slice(header(path, file)?.as_bytes());
        tar.extend_from_slice(&file.bytes);
        tar.resize(tar.len().next_multiple_of(BLOCK), 0);
    }
    tar.resize(tar.len() + 2 * BLOCK, 0);
    match tar.len() > limits::UNPACKED {
        true => Err(format!(
            "the archive unpacks to more than {}",
            limits::size(limits::UNPACKED)
        )),
        false => Ok(tar),
    }
}

/// Returns the gzip layer: no name, no time, an unknown system (255), and always the best
/// compression.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzBuilder::new()
        .mtime(0)
        .operating_system(255)
        .write(Vec::new(), Compression::best());
    encoder
        .write_all(bytes)
        .expect("writing to memory succeeds");
    encoder.finish().expect("writing to memory succeeds")
}

/// Checks what the reader will check, so that a source that couldn't be read back is not packed.
fn check(tree: &FileTree) -> Rule {
    if tree.len() > limits::ENTRIES {
        return Err(format!(
            "the archive has more than {} entries",
            limits::ENTRIES
        ));
    }
    let mut names = Names::default();
    for (path, file) in tree {
        names::parse(path.as_str())?;
        names.add(path, MemberKind::File)?;
        check_size(path, file.bytes.len())?;
    }
    Ok(())
}

/// Checks the size of one file.
pub fn check_size(path: &RelPath, size: usize) -> Rule {
    match size > limits::FILE {
        true => Err(format!(
            "`{path}` is larger than {}",
            limits::size(limits::FILE)
        )),
        false => Ok(()),
    }
}

fn header(path: &RelPath, file: &File) -> Rule<Header> {
    let (prefix, name) =
        names::split(path.as_str()).ok_or_else(|| format!("tar can't hold the name `{path}`"))?;
    let mut header = Header::new_ustar();
    let fields = header.as_ustar_mut().expect("a new ustar header is one");
    fields.name[..name.len()].copy_from_slice(name.as_bytes());
    fields.prefix[..prefix.len()].copy_from_slice(prefix.as_bytes());
    header.set_entry_type(EntryType::Regular);
    header.set_mode(if file.executable { 0o755 } else { 0o644 });
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_size(file.bytes.len() as u64);
    header.set_cksum();
    Ok(header)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::digest::Digest;
    use crate::model::path::rel;
    use crate::store::archive::unpack;

    fn files() -> Vec<(RelPath, File)> {
        let long = format!(
            "files/{}/{}.md",
            "folder/".repeat(11).trim_end_matches('/'),
            "n".repeat(90)
        );
        vec![
            (
                rel("template.toml"),
                File::plain("[template]\nname = \"a\"\n"),
            ),
            (
                rel("hooks/guard.sh"),
                File {
                    bytes: b"#!/bin/sh\n".to_vec().into(),
                    executable: true,
                },
            ),
            (rel("rules/empty.md"), File::plain("")),
            (rel("rules/über.md"), File::plain("x".repeat(512))),
            (long.parse().unwrap(), File::plain("deep\n")),
        ]
    }

    #[test]
    fn the_tar_inside_never_changes() {
        let tar = tar(&files().into_iter().collect()).unwrap();
        assert_eq!(
            Digest::of(&tar).to_string(),
            "sha256:b0f1985ab6f21d529beab2cf6a6ecb92889d9a27a135874f4767126d6084bdde",
            "packed archives changed: every published digest of an artifact would too"
        );
    }

    #[test]
    fn the_order_of_insertion_does_not_matter_and_the_gzip_header_names_nothing() {
        let forwards = pack(&files().into_iter().collect()).unwrap();
        let backwards = pack(&files().into_iter().rev().collect()).unwrap();
        assert_eq!(forwards, backwards);
        assert_eq!(forwards[..10], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255]);
    }

    #[test]
    fn what_is_packed_reads_back() {
        let tree: FileTree = files().into_iter().collect();
        assert_eq!(unpack(&pack(&tree).unwrap()).unwrap(), tree);
        assert_eq!(
            unpack(&pack(&FileTree::new()).unwrap()).unwrap(),
            FileTree::new()
        );
    }

    #[test]
    fn a_source_that_could_not_be_read_back_is_not_packed() {
        let check = |path: &'static str, file: File, message: &str| {
            let error = pack(&FileTree::from([
                (rel("a.md"), File::plain("")),
                (rel(path), file),
            ]))
            .unwrap_err();
            assert_eq!(error.message(), message);
            assert!(!error.next_steps().is_empty());
        };
        check(
            "files/.envrc",
            File::plain(""),
            "`files/.envrc` can't be in a release: a template may not write `.envrc`",
        );
        check(
            "A.md",
            File::plain(""),
            "`a.md` and `A.md` are one name where case is ignored",
        );
        check(
            "a.md/b",
            File::plain(""),
            "`a.md` is both a file and a folder",
        );
        check(
            "b",
            File::plain(vec![0; limits::FILE + 1]),
            "`b` is larger than 4 MiB",
        );
        let many: FileTree = (0..=limits::ENTRIES)
            .map(|n| (format!("f{n}").parse().unwrap(), File::plain("")))
            .collect();
        assert_eq!(
            pack(&many).unwrap_err().message(),
            "the archive has more than 5000 entries"
        );
    }
}
