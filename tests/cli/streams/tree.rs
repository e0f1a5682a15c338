//! Files by their paths, as a release brings them or a repo has them.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use support::Entry;

/// A file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    pub bytes: Vec<u8>,
    pub executable: bool,
}

/// Files by their paths below a folder, with `/` between the names.
pub type Tree = BTreeMap<String, File>;

impl File {
    /// Returns a file that can't be executed.
    pub fn plain(text: impl AsRef<[u8]>) -> Self {
        Self {
            bytes: text.as_ref().to_vec(),
            executable: false,
        }
    }

    /// Returns the text; everything in the corpus is text.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.bytes).expect("the corpus has text alone")
    }
}

/// Reads all files below a folder, but for what has one of these names at its top.
pub fn read(root: &Path, but: &[&str]) -> Tree {
    let mut tree = Tree::new();
    for (path, entry) in support::tree(root) {
        if but.iter().any(|name| path.starts_with(name)) {
            continue;
        }
        let path = path.to_str().expect("names are UTF-8").to_owned();
        match entry {
            Entry::Folder { .. } => {}
            Entry::File { bytes, mode } => {
                let executable = mode & 0o100 != 0;
                tree.insert(path, File { bytes, executable });
            }
            _ => panic!("`{path}` is neither a file nor a folder"),
        }
    }
    tree
}

/// Writes a file and the folders above it.
pub fn write(path: &Path, file: &File) {
    support::write(path, &file.bytes);
    let mode = if file.executable { 0o755 } else { 0o644 };
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}
