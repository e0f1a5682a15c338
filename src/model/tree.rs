//! A tree of files as a value: paths, bytes and the executable bit.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use bytes::Bytes;

use crate::model::digest::Digest;
use crate::model::path::RelPath;

/// The bytes of one file and whether it may be executed.
#[derive(Clone, PartialEq, Eq)]
pub struct File {
    /// The content, shared by all that hold it: a file that is copied takes no more memory.
    pub bytes: Bytes,
    /// The owner's executable bit.
    pub executable: bool,
}

impl File {
    /// Returns whether the file is bytes of this digest, or a pointer of Git LFS to them: where LFS
    /// is in use, a checkout may have the pointer in their place.
    pub fn stands_for(&self, digest: &Digest) -> bool {
        Digest::of(&self.bytes) == *digest || self.pointed_at() == Some(digest.hex())
    }

    /// Returns the digest that a pointer of Git LFS names, as hexadecimal digits.
    fn pointed_at(&self) -> Option<String> {
        const LARGEST: usize = 1024;
        let text = self.text().filter(|text| text.len() <= LARGEST)?;
        let rest = text.strip_prefix("version https://git-lfs.github.com/spec/v1\n")?;
        let mut lines = rest.lines();
        let oid = lines.find_map(|line| line.strip_prefix("oid sha256:"))?;
        Some(oid.to_owned())
    }

    /// Returns a file that isn't executable.
    pub fn plain(bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            bytes: Bytes::from(bytes.into()),
            executable: false,
        }
    }

    /// Returns the content as text, if it is UTF-8.
    pub fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.bytes).ok()
    }

    /// Returns whether the content is text: UTF-8, without the zero bytes that UTF-16 has.
    pub fn is_text(&self) -> bool {
        !self.bytes.contains(&0) && self.text().is_some()
    }

    /// Returns the mode as archives and tree digests write it.
    pub fn mode(&self) -> &'static str {
        if self.executable { "0755" } else { "0644" }
    }
}

impl std::fmt::Debug for File {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} {:?}",
            self.mode(),
            String::from_utf8_lossy(&self.bytes)
        )
    }
}

/// What a repository has at a path, as git's trees do: a file, or a symbolic link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileOrLink {
    File(File),
    /// A symbolic link, with the path that it leads to as it is written in the link.
    Link(String),
}

/// Files by path, in the order of their paths' bytes.
pub type FileTree = BTreeMap<RelPath, File>;

/// Returns the digest that identifies a release: SHA-256 over the sorted lines `mode sha256 path`.
pub fn tree_digest(tree: &FileTree) -> Digest {
    let mut lines = String::new();
    for (path, file) in tree {
        let _ = writeln!(
            lines,
            "{} {} {path}",
            file.mode(),
            Digest::of(&file.bytes).hex()
        );
    }
    Digest::of(lines.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::path::rel;

    #[test]
    fn a_trees_digest_covers_paths_bytes_and_modes() {
        let tree = FileTree::from([(rel("a"), File::plain("1")), (rel("b"), File::plain("2"))]);
        let digest = tree_digest(&tree);
        let mut changed = tree.clone();
        changed.insert(
            rel("b"),
            File {
                bytes: b"2".to_vec().into(),
                executable: true,
            },
        );
        assert_ne!(tree_digest(&changed), digest);
        let mut renamed = tree.clone();
        let file = renamed.remove(&rel("b")).unwrap();
        renamed.insert(rel("c"), file);
        assert_ne!(tree_digest(&renamed), digest);
    }
}
