//! All that is in a folder, and what differs between two.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// What is at a path: enough to tell whether anything about it changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    Folder { mode: u32 },
    File { bytes: Vec<u8>, mode: u32 },
    Link(PathBuf),
    Other,
}

/// Everything below a folder, by its path there.
pub type Tree = BTreeMap<PathBuf, Entry>;

/// Returns everything below a folder, git's own folder at its top left out.
pub fn tree(root: &Path) -> Tree {
    let mut tree = Tree::new();
    let mut open = vec![root.to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).unwrap().map(Result::unwrap) {
            let (path, kind) = (entry.path(), entry.file_type().unwrap());
            let name = path.strip_prefix(root).unwrap().to_path_buf();
            if name == Path::new(".git") {
                continue;
            }
            let mode = entry.metadata().unwrap().permissions().mode() & 0o7777;
            let found = if kind.is_symlink() {
                Entry::Link(fs::read_link(&path).unwrap())
            } else if kind.is_dir() {
                open.push(path.clone());
                Entry::Folder { mode }
            } else if kind.is_file() {
                let bytes = fs::read(&path).unwrap();
                Entry::File { bytes, mode }
            } else {
                Entry::Other
            };
            tree.insert(name, found);
        }
    }
    tree
}

/// Checks that two trees are the same, and names what differs.
#[track_caller]
pub fn assert_same(before: &Tree, after: &Tree, what: &str) {
    let paths: BTreeSet<&PathBuf> = before.keys().chain(after.keys()).collect();
    let mut shown = Vec::new();
    for path in paths {
        let (old, new) = (before.get(path), after.get(path));
        if old != new {
            let (path, old, new) = (path.display(), show(old), show(new));
            shown.push(format!("{path}:\n  before {old}\n  after  {new}"));
        }
    }
    assert!(
        shown.is_empty(),
        "{what} changed {} paths:\n{}",
        shown.len(),
        shown.join("\n")
    );
}

fn show(entry: Option<&Entry>) -> String {
    match entry {
        None => "nothing".to_owned(),
        Some(Entry::File { bytes, mode }) => {
            let text = String::from_utf8_lossy(bytes);
            let start: String = text.chars().take(400).collect();
            format!("{mode:o} {} bytes {start:?}", bytes.len())
        }
        Some(other) => format!("{other:?}"),
    }
}
