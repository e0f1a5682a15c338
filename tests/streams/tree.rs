//! Files by their paths, as a release brings them or a repo has them.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

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
    let mut open = vec![root.to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).unwrap().map(Result::unwrap) {
            let (path, kind) = (entry.path(), entry.file_type().unwrap());
            let name = path
                .strip_prefix(root)
                .unwrap()
                .to_str()
                .expect("names are UTF-8")
                .to_owned();
            if but.contains(&name.as_str()) {
                continue;
            }
            if kind.is_dir() {
                open.push(path);
                continue;
            }
            assert!(kind.is_file(), "`{name}` is neither a file nor a folder");
            let executable = entry.metadata().unwrap().permissions().mode() & 0o100 != 0;
            tree.insert(
                name,
                File {
                    bytes: fs::read(&path).unwrap(),
                    executable,
                },
            );
        }
    }
    tree
}

/// Writes a file and the folders above it.
pub fn write(path: &Path, file: &File) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, &file.bytes).unwrap();
    fs::set_permissions(
        path,
        fs::Permissions::from_mode(if file.executable { 0o755 } else { 0o644 }),
    )
    .unwrap();
}
