//! Following links on the way to a file, and never out of the folder that holds them.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::model::digest::Digest;
use crate::model::path::RelPath;
use crate::model::snapshot::Obstacle;
use crate::model::tree::File;

use super::{is_absent, is_executable};

/// What a path leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Followed {
    /// Nothing; it would be created at this real path.
    Absent(RelPath),
    /// A file at this real path; `linked` says whether the path itself is a link to it.
    File {
        /// The path with every link followed.
        real: RelPath,
        /// What is there.
        file: File,
        /// Whether the last component is a link.
        linked: bool,
    },
    /// Something that is no file inside the root.
    Obstacle(Obstacle),
}

/// Follows `path` below `root`, which has no links in it.
pub fn follow(root: &Path, path: &RelPath) -> Result<Followed> {
    Follower::new(root).follow(path)
}

/// Follows many paths below one root, and walks to each of their folders once.
pub struct Follower<'a> {
    root: &'a Path,
    folders: BTreeMap<RelPath, Folder>,
}

impl<'a> Follower<'a> {
    /// Starts at `root`, which has no links in it.
    pub fn new(root: &'a Path) -> Self {
        Self {
            root,
            folders: BTreeMap::new(),
        }
    }

    /// Follows `path` below the root.
    ///
    /// # Errors
    /// When something that is there can't be read.
    pub fn follow(&mut self, path: &RelPath) -> Result<Followed> {
        let parent = match path.parent() {
            None => None,
            Some(parent) => match self.folder(parent)? {
                Folder::Obstacle(obstacle) => return Ok(Followed::Obstacle(obstacle)),
                Folder::Absent(real) | Folder::There(real) => Some(real),
            },
        };
        file_in(self.root, parent, path)
    }

    fn folder(&mut self, path: RelPath) -> Result<Folder> {
        if let Some(known) = self.folders.get(&path) {
            return Ok(known.clone());
        }
        let found = follow_folder(self.root, &path)?;
        self.folders.insert(path, found.clone());
        Ok(found)
    }
}

/// Returns what is at `path`, whose folder really is `parent`.
fn file_in(root: &Path, parent: Option<String>, path: &RelPath) -> Result<Followed> {
    let failed = |error: io::Error| Error::io("read", path, &error);
    let real: RelPath = match parent.filter(|parent| !parent.is_empty()) {
        Some(parent) => format!("{parent}/{}", path.file_name()).parse()?,
        None => path.file_name().parse()?,
    };
    let place = real.under(root);
    let metadata = match fs::symlink_metadata(&place) {
        Ok(metadata) => metadata,
        Err(error) if is_absent(&error) => return Ok(Followed::Absent(real)),
        Err(error) => return Err(failed(error)),
    };
    let obstacle = |what| {
        let at = real.clone();
        Ok(Followed::Obstacle(Obstacle { at, what }))
    };
    if metadata.is_symlink() {
        return follow_link(root, path, &place);
    }
    if metadata.is_dir() {
        return obstacle("a folder");
    }
    if !metadata.is_file() {
        return obstacle(NO_FILE);
    }
    let file = read_file(&place).map_err(failed)?;
    Ok(Followed::File {
        real,
        file,
        linked: false,
    })
}

/// What is neither a file nor a folder nor a link.
pub const NO_FILE: &str = "something that is not a file";

/// What leads to nothing, or in a circle.
pub const LEADS_NOWHERE: &str = "a link that leads nowhere";

/// What leads where nobody else who has the repository can follow.
pub const LEADS_OUT: &str = "a link that leads out of the repository";

fn follow_link(root: &Path, path: &RelPath, place: &Path) -> Result<Followed> {
    let obstacle = |what| {
        let at = path.clone();
        Ok(Followed::Obstacle(Obstacle { at, what }))
    };
    let Ok(target) = fs::canonicalize(place) else {
        return obstacle(LEADS_NOWHERE);
    };
    let Some(real) = below(root, &target) else {
        return obstacle(LEADS_OUT);
    };
    let failed = |error: io::Error| Error::io("read", target.display(), &error);
    let metadata = fs::metadata(&target).map_err(failed)?;
    if metadata.is_dir() {
        return obstacle("a link to a folder");
    }
    if !metadata.is_file() {
        return obstacle("a link to something that is not a file");
    }
    let file = read_file(&target).map_err(failed)?;
    Ok(Followed::File {
        real: real.parse()?,
        file,
        linked: true,
    })
}

/// Reads a file, as it is where the path leads.
fn read_file(place: &Path) -> io::Result<File> {
    let file = super::open_without_waiting(place)?;
    let (bytes, metadata) = super::read_bounded(file, super::LARGEST)?;
    Ok(File {
        bytes: bytes.into(),
        executable: is_executable(&metadata),
    })
}

/// Where a folder really is, as text below the root.
#[derive(Clone)]
enum Folder {
    Absent(String),
    There(String),
    Obstacle(Obstacle),
}

fn follow_folder(root: &Path, path: &RelPath) -> Result<Folder> {
    let mut real = String::new();
    let mut absent = false;
    for component in path.components() {
        let next = if real.is_empty() {
            component.to_owned()
        } else {
            format!("{real}/{component}")
        };
        if absent {
            real = next;
            continue;
        }
        let place = root.join(&next);
        let obstacle = |what| {
            let at = next.parse()?;
            Ok(Folder::Obstacle(Obstacle { at, what }))
        };
        real = match fs::symlink_metadata(&place) {
            Ok(metadata) if metadata.is_dir() => next,
            Ok(metadata) if metadata.is_symlink() => {
                let Ok(target) = fs::canonicalize(&place) else {
                    return obstacle(LEADS_NOWHERE);
                };
                match below(root, &target) {
                    Some(target) if root.join(&target).is_dir() => target,
                    Some(_) => return obstacle("a link to a file"),
                    None => return obstacle(LEADS_OUT),
                }
            }
            Ok(metadata) if metadata.is_file() => return obstacle("a file"),
            Ok(_) => return obstacle(NO_FILE),
            Err(error) if is_absent(&error) => {
                absent = true;
                next
            }
            Err(error) => return Err(Error::io("read", next, &error)),
        };
    }
    Ok(if absent {
        Folder::Absent(real)
    } else {
        Folder::There(real)
    })
}

/// Returns the path of `target` below `root`, in forward slashes; empty for the root itself.
fn below(root: &Path, target: &Path) -> Option<String> {
    let rest = target.strip_prefix(root).ok()?;
    let components: Option<Vec<&str>> = rest
        .components()
        .map(|component| component.as_os_str().to_str())
        .collect();
    components.map(|components| components.join("/"))
}

/// Returns the folder without links and `..` in its path.
pub fn canonical(path: &Path) -> Result<PathBuf> {
    fs::canonicalize(path).map_err(|error| Error::io("find", path.display(), &error))
}

/// Returns a path, which may not exist yet, as the folders there are make it: without links and
/// `..`.
pub fn without_detours(path: &Path) -> PathBuf {
    let there = path
        .ancestors()
        .find_map(|folder| Some((fs::canonicalize(folder).ok()?, folder)));
    match there.and_then(|(real, folder)| Some((real, path.strip_prefix(folder).ok()?))) {
        Some((real, rest)) if rest.as_os_str().is_empty() => real,
        Some((real, rest)) if !rest.iter().any(|name| name == "..") => real.join(rest),
        _ => path.to_path_buf(),
    }
}

/// Returns whether there is anything at `path`, a link that leads nowhere included.
pub fn exists(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

/// Returns whether a program that reads what is there would wait for it, or find no end: it is
/// neither a file nor a folder. What a link leads to counts.
pub fn is_waited_for(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir())
}

/// Returns whether two paths lead to one file, over a link or as its two names.
pub fn are_one(one: &Path, other: &Path) -> bool {
    let found = |path: &Path| fs::metadata(path).ok().map(|file| (file.dev(), file.ino()));
    found(one).is_some_and(|file| found(other) == Some(file))
}

/// Returns whether a link is there, wherever it leads.
pub fn is_link(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink())
}

/// Removes a folder, if it is empty.
pub fn remove_empty(path: &Path) {
    let _ = fs::remove_dir(path);
}

/// Returns whether `path` is a file, links followed.
pub fn is_file(path: &Path) -> bool {
    path.is_file()
}

/// Returns whether `path` is a folder, links followed.
pub fn is_folder(path: &Path) -> bool {
    path.is_dir()
}

/// Reads every file below `root` into a tree; a link or anything else that is no file or folder is
/// refused.
pub fn read_tree(root: &Path) -> Result<crate::model::tree::FileTree> {
    read_tree_without(root, &[])
}

/// What macOS leaves in folders that somebody looked into; nobody means it.
const LEFT_BY_FINDER: &str = ".DS_Store";

/// Reads as [`read_tree`] does, without what lies in folders of these names right below `root`.
pub fn read_tree_without(root: &Path, left_out: &[&str]) -> Result<crate::model::tree::FileTree> {
    let is_left_out = |place: &Path| {
        place.ends_with(LEFT_BY_FINDER) || left_out.iter().any(|name| place == root.join(name))
    };
    let mut tree = crate::model::tree::FileTree::new();
    let mut open = vec![root.to_path_buf()];
    while let Some(folder) = open.pop() {
        for place in super::list(&folder)? {
            if is_left_out(&place) {
                continue;
            }
            let failed = |error: io::Error| Error::io("read", place.display(), &error);
            let metadata = fs::symlink_metadata(&place).map_err(failed)?;
            if metadata.is_dir() {
                open.push(place);
                continue;
            }
            if !metadata.is_file() {
                return Err(Error::user(format!(
                    "`{}` is neither a file nor a folder",
                    place.display()
                ))
                .hint("a template holds files; replace a link by what it leads to"));
            }
            let path = below(root, &place).ok_or_else(|| {
                Error::user(format!("the name of `{}` is not UTF-8", place.display()))
                    .hint("rename it")
            })?;
            tree.insert(path.parse()?, read_file(&place).map_err(failed)?);
        }
    }
    Ok(tree)
}

/// Returns the digest of each file in a folder of `root` and below, links and large files left out;
/// none at all where there are more of them than a team keeps in such a folder.
pub fn digests(root: &Path, folder: &str) -> Result<Vec<(RelPath, Digest)>> {
    const FILES: usize = 4_000;
    const BYTES: u64 = 1 << 20;
    let mut digests = Vec::new();
    let mut open = vec![root.join(folder)];
    while let Some(folder) = open.pop() {
        for place in super::list(&folder)? {
            let failed = |error: io::Error| Error::io("read", place.display(), &error);
            let Ok(metadata) = fs::symlink_metadata(&place) else {
                continue;
            };
            if metadata.is_dir() {
                open.push(place);
            } else if metadata.is_file() && metadata.len() <= BYTES {
                let Some(Ok(path)) = below(root, &place).map(|path| path.parse()) else {
                    continue;
                };
                let file = read_file(&place).map_err(failed)?;
                digests.push((path, Digest::of(&file.bytes)));
            }
        }
        if digests.len() + open.len() > FILES {
            return Ok(Vec::new());
        }
    }
    Ok(digests)
}

/// Returns the files in a folder of `root` and below, where nothing else is in it: no link, no
/// empty folder, and not more than a template brings.
pub fn only_files(root: &Path, folder: &RelPath) -> Result<Option<Vec<RelPath>>> {
    const FILES: usize = 20_000;
    let mut files = Vec::new();
    let mut open = vec![folder.under(root)];
    while let Some(folder) = open.pop() {
        let places = super::list(&folder)?;
        if places.is_empty() || files.len() + places.len() > FILES {
            return Ok(None);
        }
        for place in places {
            let metadata = fs::symlink_metadata(&place)
                .map_err(|error| Error::io("read", place.display(), &error))?;
            match below(root, &place).map(|path| path.parse()) {
                _ if metadata.is_dir() => open.push(place),
                Some(Ok(path)) if metadata.is_file() => files.push(path),
                _ => return Ok(None),
            }
        }
    }
    Ok(Some(files))
}

/// Returns the files in a folder of `root` and below, links to files among them, and whether these
/// are all. At most `limit` are listed, and none in folders that tools fill.
pub fn list_files(root: &Path, folder: &RelPath, limit: usize) -> Result<(Vec<RelPath>, bool)> {
    const FILLED: [&str; 4] = [".git", ".venv", "__pycache__", "node_modules"];
    let mut files = Vec::new();
    let mut open = vec![folder.under(root)];
    while let Some(folder) = open.pop() {
        for place in super::list(&folder)? {
            let Ok(metadata) = fs::symlink_metadata(&place) else {
                continue;
            };
            let name = place.file_name().unwrap_or_default();
            if metadata.is_dir() && FILLED.iter().all(|filled| name != *filled) {
                open.push(place);
            } else if metadata.is_file() || (metadata.is_symlink() && place.is_file()) {
                files.extend(below(root, &place).and_then(|path| path.parse().ok()));
            }
        }
        if files.len() + open.len() > limit {
            files.truncate(limit);
            return Ok((files, false));
        }
    }
    Ok((files, true))
}

/// Returns how many bytes the file at a path has, links followed; 0 where there is none.
pub fn size(root: &Path, path: &RelPath) -> u64 {
    fs::metadata(path.under(root)).map_or(0, |metadata| metadata.len())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::model::path::rel;

    #[test]
    fn links_are_followed_inside_the_root_and_never_out_of_it() {
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("secret"), "s").unwrap();
        let folder = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(folder.path()).unwrap();
        fs::create_dir_all(root.join("real/deep")).unwrap();
        fs::write(root.join("AGENTS.md"), "a").unwrap();
        symlink("AGENTS.md", root.join("CLAUDE.md")).unwrap();
        symlink("real", root.join("alias")).unwrap();
        symlink(outside.path(), root.join("out")).unwrap();
        symlink(outside.path().join("secret"), root.join("leak")).unwrap();
        symlink("nothing", root.join("dangling")).unwrap();
        let look = |path: &'static str| follow(&root, &rel(path)).unwrap();
        let obstacle = |at, what| Followed::Obstacle(Obstacle { at: rel(at), what });
        let file = File::plain("a");
        assert_eq!(
            look("CLAUDE.md"),
            Followed::File {
                real: rel("AGENTS.md"),
                file,
                linked: true
            }
        );
        assert_eq!(
            look("alias/deep/new/x"),
            Followed::Absent(rel("real/deep/new/x"))
        );
        assert_eq!(
            look("out/x"),
            obstacle("out", "a link that leads out of the repository")
        );
        assert_eq!(
            look("leak"),
            obstacle("leak", "a link that leads out of the repository")
        );
        assert_eq!(
            look("dangling/x"),
            obstacle("dangling", "a link that leads nowhere")
        );
        assert_eq!(
            look("dangling"),
            obstacle("dangling", "a link that leads nowhere")
        );
        assert_eq!(look("real"), obstacle("real", "a folder"));
        assert_eq!(look("AGENTS.md/x"), obstacle("AGENTS.md", "a file"));
    }

    #[test]
    fn a_tree_is_read_without_what_finder_leaves_in_it() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir(root.join("rules")).unwrap();
        for path in [".DS_Store", "a.md", "rules/.DS_Store", "rules/b.md"] {
            fs::write(root.join(path), "x").unwrap();
        }
        let tree = read_tree(root).unwrap();
        let paths: Vec<&str> = tree.keys().map(RelPath::as_str).collect();
        assert_eq!(paths, ["a.md", "rules/b.md"]);
    }
}
