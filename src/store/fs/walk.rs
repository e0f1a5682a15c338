//! The way to a file, walked component by component. **A folder that is swapped for a link between
//! a look and a write leads nowhere**: each step is taken from a folder that is open, and none
//! follows a link by itself.
//!
//! A link on the way is resolved, and the way to where it leads is walked anew from the root: links
//! inside the repository are people's own, absolute ones and `../root/x` too.
//!
//! Where no link is on the way, Linux takes all steps in one call (`system::open_straight`).

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, ErrorKind};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Component, Path, PathBuf};

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, fstat, openat, statat};

use super::system::{self, OpenName};
use crate::model::path::{RelPath, fold};
use crate::model::unicode::is_invisible;

/// How many links are followed on one way, as many as Linux does.
const MOST_LINKS: usize = 40;

/// The folder at which every way starts.
#[derive(Debug)]
pub struct RootFolder {
    folder: OwnedFd,
    real: PathBuf,
}

/// A name in a folder that is open.
#[derive(Debug)]
pub struct Spot {
    folder: OwnedFd,
    pub name: String,
}

impl Spot {
    /// Returns the folder.
    pub fn folder(&self) -> BorrowedFd<'_> {
        self.folder.as_fd()
    }

    /// Returns the folder and the name.
    pub fn place(&self) -> OpenName<'_> {
        (self.folder(), &self.name)
    }
}

impl RootFolder {
    /// Opens the folder at `path`.
    pub fn open(path: &Path) -> io::Result<Self> {
        let real = fs::canonicalize(path)?;
        let folder = openat(CWD, &real, passing(), Mode::empty())?;
        Ok(Self { folder, real })
    }

    /// Returns where the root really is.
    pub fn real(&self) -> &Path {
        &self.real
    }

    /// Walks to the folder of a path.
    ///
    /// Git's own folder is as far out as what lies beside the root: a file there can make git run
    /// anything.
    pub fn walk(&self, path: &RelPath) -> io::Result<Spot> {
        let above = path.parent();
        let mut ahead: VecDeque<OsString> = above
            .iter()
            .flat_map(RelPath::components)
            .map(OsString::from)
            .collect();
        for name in &ahead {
            refuse_git(name)?;
        }
        let name = path.file_name().to_owned();
        if let Some(folder) = above.as_ref().and_then(|above| self.straight(above)) {
            refuse_git(name.as_ref())?;
            return Ok(Spot { folder, name });
        }
        let mut links = 0;
        let mut folder = self.folder.try_clone()?;
        let mut passed = PathBuf::new();
        while let Some(name) = ahead.pop_front() {
            refuse_git(&name)?;
            let next = openat(&folder, &name, passing_any(), Mode::empty());
            let state = match &next {
                Ok(next) => fstat(next)?,
                // Some systems can't open a link, a socket, or what can't be read; they say so in
                // different ways.
                Err(error) => statat(&folder, &name, AtFlags::SYMLINK_NOFOLLOW)
                    .map_err(|_| io::Error::from(*error))?,
            };
            match FileType::from_raw_mode(state.st_mode) {
                FileType::Directory => {
                    folder = next?;
                    passed.push(name);
                }
                FileType::Symlink => {
                    links += 1;
                    if links > MOST_LINKS {
                        return Err(rustix::io::Errno::LOOP.into());
                    }
                    let target = fs::canonicalize(self.real.join(&passed).join(&name))?;
                    let inside = target.strip_prefix(&self.real).map_err(|_| leads_out())?;
                    for component in inside.components().rev() {
                        if let Component::Normal(name) = component {
                            ahead.push_front(name.to_owned());
                        }
                    }
                    folder = self.folder.try_clone()?;
                    passed = PathBuf::new();
                }
                _ => return Err(ErrorKind::NotADirectory.into()),
            }
        }
        refuse_git(name.as_ref())?;
        Ok(Spot { folder, name })
    }

    /// Opens a folder to which no link leads; `None` where the way has to be walked.
    fn straight(&self, folder: &RelPath) -> Option<OwnedFd> {
        system::open_straight(self.folder.as_fd(), folder.as_str(), passing())
    }
}

fn passing() -> OFlags {
    system::PASSING | OFlags::DIRECTORY | OFlags::CLOEXEC
}

/// As [`passing`], of whatever is there, which isn't followed.
fn passing_any() -> OFlags {
    system::PASSING | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC
}

fn refuse_git(name: &OsStr) -> io::Result<()> {
    match is_git(name) {
        true => Err(io::Error::new(
            ErrorKind::PermissionDenied,
            "git's own folder is not for templates",
        )),
        false => Ok(()),
    }
}

/// Returns whether some file system opens `.git` by this name: some ignore case, and HFS+ also what
/// can't be seen.
fn is_git(name: &OsStr) -> bool {
    if name.is_ascii() {
        return name.eq_ignore_ascii_case(".git");
    }
    let name = name.to_string_lossy();
    let seen: String = name.chars().filter(|one| !is_invisible(*one)).collect();
    fold(&seen) == ".git"
}

fn leads_out() -> io::Error {
    io::Error::new(
        ErrorKind::PermissionDenied,
        "a link on the way leads out of the repo",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gits_folder_is_known_by_each_of_its_names() {
        for name in [
            ".git",
            ".GIT",
            ".g\u{200c}it",
            "\u{feff}.git",
            ".GI\u{2060}T",
        ] {
            assert!(is_git(OsStr::new(name)), "{name:?}");
        }
        for name in [".gitignore", "git", ".gít", ".g it", ".github"] {
            assert!(!is_git(OsStr::new(name)), "{name:?}");
        }
    }
}
