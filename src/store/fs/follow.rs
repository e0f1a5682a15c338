//! Following links on the way to a file, and never out of the folder that holds them.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use crate::error::{Error, Result};
use crate::model::path::RelPath;
use crate::model::snapshot::Obstacle;
use crate::model::tree::File;

use super::{failed_to, is_absent, is_executable};

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

impl Followed {
    fn obstacle(at: &RelPath, what: &'static str) -> Self {
        let at = at.clone();
        Self::Obstacle(Obstacle { at, what })
    }
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
    let real: RelPath = match parent.filter(|parent| !parent.is_empty()) {
        Some(parent) => format!("{parent}/{}", path.file_name()).parse()?,
        None => path.file_name().parse()?,
    };
    let place = real.under(root);
    let metadata = match fs::symlink_metadata(&place) {
        Ok(metadata) => metadata,
        Err(error) if is_absent(&error) => return Ok(Followed::Absent(real)),
        Err(error) => return Err(Error::io("read", path, &error)),
    };
    if metadata.is_symlink() {
        return follow_link(root, path, &place);
    }
    if metadata.is_dir() {
        return Ok(Followed::obstacle(&real, "a folder"));
    }
    if !metadata.is_file() {
        return Ok(Followed::obstacle(&real, NO_FILE));
    }
    let file = read_file(&place).map_err(|error| Error::io("read", path, &error))?;
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
    let Ok(target) = fs::canonicalize(place) else {
        return Ok(Followed::obstacle(path, LEADS_NOWHERE));
    };
    let Some(real) = below(root, &target) else {
        return Ok(Followed::obstacle(path, LEADS_OUT));
    };
    let metadata = fs::metadata(&target).map_err(failed_to("read", &target))?;
    if metadata.is_dir() {
        return Ok(Followed::obstacle(path, "a link to a folder"));
    }
    if !metadata.is_file() {
        let what = "a link to something that is not a file";
        return Ok(Followed::obstacle(path, what));
    }
    let file = read_file(&target).map_err(failed_to("read", &target))?;
    Ok(Followed::File {
        real: real.parse()?,
        file,
        linked: true,
    })
}

/// Reads a file, as it is where the path leads.
pub(super) fn read_file(place: &Path) -> io::Result<File> {
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

impl Folder {
    fn obstacle(at: &str, what: &'static str) -> Result<Self> {
        let at = at.parse()?;
        Ok(Self::Obstacle(Obstacle { at, what }))
    }
}

fn follow_folder(root: &Path, path: &RelPath) -> Result<Folder> {
    let mut real = String::new();
    let mut absent = false;
    for component in path.components() {
        let next = match real.is_empty() {
            true => component.to_owned(),
            false => format!("{real}/{component}"),
        };
        if absent {
            real = next;
            continue;
        }
        let place = root.join(&next);
        real = match fs::symlink_metadata(&place) {
            Ok(metadata) if metadata.is_dir() => next,
            Ok(metadata) if metadata.is_symlink() => {
                let Ok(target) = fs::canonicalize(&place) else {
                    return Folder::obstacle(&next, LEADS_NOWHERE);
                };
                match below(root, &target) {
                    Some(target) if root.join(&target).is_dir() => target,
                    Some(_) => return Folder::obstacle(&next, "a link to a file"),
                    None => return Folder::obstacle(&next, LEADS_OUT),
                }
            }
            Ok(metadata) if metadata.is_file() => return Folder::obstacle(&next, "a file"),
            Ok(_) => return Folder::obstacle(&next, NO_FILE),
            Err(error) if is_absent(&error) => {
                absent = true;
                next
            }
            Err(error) => return Err(Error::io("read", next, &error)),
        };
    }
    Ok(match absent {
        true => Folder::Absent(real),
        false => Folder::There(real),
    })
}

/// Returns the path of `target` below `root`, in forward slashes; empty for the root itself.
pub(super) fn below(root: &Path, target: &Path) -> Option<String> {
    let rest = target.strip_prefix(root).ok()?;
    let components: Option<Vec<&str>> = rest
        .components()
        .map(|component| component.as_os_str().to_str())
        .collect();
    components.map(|components| components.join("/"))
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
}
