//! The operating system's files below one root.
//!
//! **No write follows a link out of the root**: the folder of each path is resolved first, and has
//! to lie inside.

use std::fs::{self, File as Handle, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::{Attempt, Disk, Found, is_absent, is_executable, sync_folder, write_new};
use crate::error::{Error, Result};
use crate::model::path::RelPath;
use crate::model::tree::File;

/// A folder of this machine, as a [`Disk`].
#[derive(Debug)]
pub struct Os {
    root: PathBuf,
    /// Open from the start, since `syncfs` reports what failed while its descriptor was open.
    #[cfg_attr(not(target_os = "linux"), allow(dead_code))]
    handle: Handle,
}

impl Os {
    /// Opens the folder at `root`.
    pub fn open(root: &Path) -> Result<Self> {
        let open = || -> io::Result<Self> {
            let root = root.canonicalize()?;
            Ok(Self {
                handle: Handle::open(&root)?,
                root,
            })
        };
        open().map_err(|error| Error::io("open", root.display(), &error))
    }

    /// Returns where `path` is on this machine, once every link on the way to it was followed.
    ///
    /// Git's own folder is as far out as what lies beside the root: a file there can make git run
    /// anything.
    fn resolve(&self, path: &RelPath) -> io::Result<PathBuf> {
        let folder = match path.parent() {
            Some(parent) => parent.under(&self.root).canonicalize()?,
            None => self.root.clone(),
        };
        let resolved = folder.join(path.file_name());
        let refused = |why| Err(io::Error::new(ErrorKind::PermissionDenied, why));
        match resolved.strip_prefix(&self.root) {
            Err(_) => refused("a link on the way leads out of the repo"),
            Ok(inside) if inside.iter().any(|name| name.eq_ignore_ascii_case(".git")) => {
                refused("git's own folder is not for templates")
            }
            Ok(_) => Ok(resolved),
        }
    }

    fn at<T>(
        &self,
        verb: &str,
        path: &RelPath,
        act: impl FnOnce(PathBuf) -> io::Result<T>,
    ) -> Result<T> {
        self.resolve(path)
            .and_then(act)
            .map_err(|error| Error::io(verb, path, &error))
    }

    fn between<T>(
        &self,
        from: &RelPath,
        to: &RelPath,
        act: impl FnOnce(PathBuf, PathBuf) -> io::Result<T>,
    ) -> Result<T> {
        let both = || act(self.resolve(from)?, self.resolve(to)?);
        both().map_err(|error| Error::io("rename", format!("{from}` to `{to}"), &error))
    }
}

impl Disk for Os {
    fn look(&self, path: &RelPath) -> Result<Found> {
        match self.resolve(path).and_then(|path| look(&path)) {
            Err(error) if is_absent(&error) => Ok(Found::Absent),
            found => found.map_err(|error| Error::io("read", path, &error)),
        }
    }

    fn size(&self, path: &RelPath) -> Result<Option<u64>> {
        match self.resolve(path).and_then(fs::symlink_metadata) {
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(Error::io("read", path, &error)),
            Ok(metadata) => Ok(metadata.is_file().then_some(metadata.len())),
        }
    }

    fn make_private(&self, path: &RelPath) -> Result<()> {
        self.at("change the permissions of", path, |path| {
            fs::set_permissions(path, Permissions::from_mode(0o700))
        })
    }

    fn create_folder(&self, path: &RelPath) -> Result<Attempt> {
        self.at("create", path, |path| {
            attempt(fs::create_dir(path), |kind| {
                kind == ErrorKind::AlreadyExists
            })
        })
    }

    fn write_new(&self, path: &RelPath, file: &File) -> Result<()> {
        self.at("write", path, |path| {
            write_new(&path, &file.bytes, file.executable).map(drop)
        })
    }

    fn sync_file(&self, path: &RelPath) -> Result<()> {
        self.at("sync", path, |path| Handle::open(path)?.sync_all())
    }

    fn sync_folder_of(&self, path: &RelPath) -> Result<()> {
        self.at("sync the folder of", path, |path| {
            sync_folder(super::folder_of(&path))
        })
    }

    #[cfg(target_os = "linux")]
    fn sync_all(&self, _touched: &[&RelPath]) -> Result<()> {
        rustix::fs::syncfs(&self.handle)
            .map_err(|error| Error::io("sync", "the file system", &error.into()))
    }

    #[cfg(not(target_os = "linux"))]
    fn sync_all(&self, touched: &[&RelPath]) -> Result<()> {
        let mut folders = std::collections::BTreeSet::new();
        for path in touched {
            if let Found::File(_) = self.look(path)? {
                self.sync_file(path)?;
            }
            // The nearest folder that is still there: those that were removed are entries of it.
            folders.extend(
                path.ancestors()
                    .find(|folder| folder.under(&self.root).is_dir()),
            );
        }
        for folder in folders {
            self.at("sync", &folder, |path| sync_folder(&path))?;
        }
        sync_folder(&self.root).map_err(|error| Error::io("sync", self.root.display(), &error))
    }

    fn rename(&self, from: &RelPath, to: &RelPath) -> Result<()> {
        self.between(from, to, |from, to| {
            keep_rights(&from, &to)?;
            fs::rename(from, to)
        })
    }

    fn rename_if_absent(&self, from: &RelPath, to: &RelPath) -> Result<Attempt> {
        self.between(from, to, |from, to| {
            match rename_with(Flag::NoReplace, &from, &to) {
                Err(error) if is_unsupported(&error) => rename_by_link(&from, &to),
                renamed => attempt(renamed, |kind| kind == ErrorKind::AlreadyExists),
            }
        })
    }

    fn exchange(&self, one: &RelPath, other: &RelPath) -> Result<Attempt> {
        self.between(one, other, |one, other| {
            keep_rights(&one, &other)?;
            match rename_with(Flag::Exchange, &one, &other) {
                Err(error) if is_unsupported(&error) => Ok(Attempt::Refused),
                renamed => renamed.map(|()| Attempt::Done),
            }
        })
    }

    fn remove_file(&self, path: &RelPath) -> Result<()> {
        match self.resolve(path).and_then(fs::remove_file) {
            Err(error) if !is_absent(&error) => Err(Error::io("remove", path, &error)),
            _ => Ok(()),
        }
    }

    fn remove_folder(&self, path: &RelPath) -> Result<Attempt> {
        let removed = attempt(self.resolve(path).and_then(fs::remove_dir), |kind| {
            matches!(
                kind,
                ErrorKind::DirectoryNotEmpty | ErrorKind::NotFound | ErrorKind::NotADirectory
            )
        });
        removed.map_err(|error| Error::io("remove", path, &error))
    }
}

fn look(path: &Path) -> io::Result<Found> {
    let metadata = fs::symlink_metadata(path)?;
    let kind = metadata.file_type();
    Ok(if kind.is_file() {
        Found::File(File {
            bytes: fs::read(path)?,
            executable: is_executable(&metadata),
        })
    } else if kind.is_dir() {
        Found::Folder
    } else if kind.is_symlink() {
        Found::Link
    } else {
        Found::Other
    })
}

fn attempt(done: io::Result<()>, refused: impl FnOnce(ErrorKind) -> bool) -> io::Result<Attempt> {
    match done {
        Ok(()) => Ok(Attempt::Done),
        Err(error) if refused(error.kind()) => Ok(Attempt::Refused),
        Err(error) => Err(error),
    }
}

/// Gives the file `new` the rights of the one that it replaces: who may read and write a file is
/// the team's to say. Whether it can be executed is not theirs alone, and stays as it is.
fn keep_rights(new: &Path, old: &Path) -> io::Result<()> {
    let (Ok(new_metadata), Ok(old)) = (fs::symlink_metadata(new), fs::symlink_metadata(old)) else {
        return Ok(());
    };
    if !new_metadata.is_file() || !old.is_file() {
        return Ok(());
    }
    let rights = old.permissions().mode() & 0o777;
    let mode = match (is_executable(&new_metadata), is_executable(&old)) {
        (true, false) => rights | (rights & 0o444) >> 2,
        (false, true) => rights & !0o111,
        (true, true) | (false, false) => rights,
    };
    if new_metadata.permissions().mode() & 0o777 == mode {
        return Ok(());
    }
    fs::set_permissions(new, fs::Permissions::from_mode(mode))
}

#[derive(Clone, Copy)]
enum Flag {
    NoReplace,
    Exchange,
}

#[cfg(any(target_os = "linux", target_vendor = "apple"))]
fn rename_with(flag: Flag, from: &Path, to: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    let flags = match flag {
        Flag::NoReplace => RenameFlags::NOREPLACE,
        Flag::Exchange => RenameFlags::EXCHANGE,
    };
    Ok(renameat_with(CWD, from, CWD, to, flags)?)
}

#[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
fn rename_with(_flag: Flag, _from: &Path, _to: &Path) -> io::Result<()> {
    Err(ErrorKind::Unsupported.into())
}

/// A kernel without the call says so by `Unsupported`, a file system without the flag by
/// `InvalidInput`.
fn is_unsupported(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Unsupported | ErrorKind::InvalidInput
    )
}

/// Renames by a second hard link, which never replaces; where there are none either, by looking
/// first.
fn rename_by_link(from: &Path, to: &Path) -> io::Result<Attempt> {
    match fs::hard_link(from, to) {
        Ok(()) => fs::remove_file(from).map(|()| Attempt::Done),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(Attempt::Refused),
        Err(_) if fs::symlink_metadata(to).is_ok() => Ok(Attempt::Refused),
        Err(_) => fs::rename(from, to).map(|()| Attempt::Done),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::model::path::rel;

    fn disk() -> (tempfile::TempDir, Os) {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("out")).unwrap();
        fs::create_dir_all(folder.path().join("root/in")).unwrap();
        let os = Os::open(&folder.path().join("root")).unwrap();
        (folder, os)
    }

    #[test]
    fn what_is_written_is_found_with_its_mode() {
        let (_folder, os) = disk();
        let script = File {
            bytes: b"#!".to_vec(),
            executable: true,
        };
        os.write_new(&rel("in/a"), &script).unwrap();
        os.write_new(&rel("b"), &File::plain("b")).unwrap();
        assert_eq!(os.look(&rel("in/a")).unwrap(), Found::File(script));
        assert_eq!(os.look(&rel("b")).unwrap(), Found::File(File::plain("b")));
        assert_eq!(os.look(&rel("in")).unwrap(), Found::Folder);
        assert_eq!(os.look(&rel("b/c")).unwrap(), Found::Absent);
        let error = os.write_new(&rel("b"), &File::plain("c")).unwrap_err();
        assert_eq!(error.message(), "failed to write `b`");
        assert_eq!(error.causes(), ["file exists"]);
    }

    #[test]
    fn no_operation_follows_a_link_out_of_the_root() {
        let (folder, os) = disk();
        let root = folder.path().join("root");
        fs::write(folder.path().join("out/a"), "out").unwrap();
        symlink(folder.path().join("out"), root.join("link")).unwrap();
        symlink("in", root.join("inner")).unwrap();
        let (there, here) = (rel("link/a"), rel("x"));
        os.write_new(&here, &File::plain("x")).unwrap();
        os.look(&there).unwrap_err();
        os.create_folder(&rel("link/b")).unwrap_err();
        os.write_new(&rel("link/b"), &File::plain("b")).unwrap_err();
        os.rename(&here, &there).unwrap_err();
        os.rename(&there, &here).unwrap_err();
        os.rename_if_absent(&here, &rel("link/b")).unwrap_err();
        os.exchange(&here, &there).unwrap_err();
        os.remove_folder(&there).unwrap_err();
        let error = os.remove_file(&there).unwrap_err();
        assert_eq!(error.message(), "failed to remove `link/a`");
        assert_eq!(error.causes(), ["a link on the way leads out of the repo"]);
        assert_eq!(fs::read(folder.path().join("out/a")).unwrap(), b"out");
        assert_eq!(fs::read_dir(folder.path().join("out")).unwrap().count(), 1);
        os.write_new(&rel("inner/a"), &File::plain("in")).unwrap();
        assert_eq!(
            os.look(&rel("in/a")).unwrap(),
            Found::File(File::plain("in"))
        );
    }

    #[test]
    fn gits_own_folder_is_out_of_reach() {
        let (folder, os) = disk();
        fs::create_dir_all(folder.path().join("root/.git/hooks")).unwrap();
        symlink(".git/hooks", folder.path().join("root/tools")).unwrap();
        for path in [
            rel(".git/hooks/pre-commit"),
            rel(".GIT"),
            rel("tools/pre-commit"),
            rel("in/.git"),
        ] {
            let error = os.write_new(&path, &File::plain("#!")).unwrap_err();
            assert!(
                [
                    "git's own folder is not for templates",
                    "no such file or directory"
                ]
                .contains(&error.causes()[0].as_str())
            );
        }
        assert_eq!(
            fs::read_dir(folder.path().join("root/.git/hooks"))
                .unwrap()
                .count(),
            0
        );
    }

    #[test]
    fn a_final_link_is_seen_and_never_followed() {
        let (folder, os) = disk();
        fs::write(folder.path().join("out/a"), "out").unwrap();
        symlink(folder.path().join("out/a"), folder.path().join("root/a")).unwrap();
        assert_eq!(os.look(&rel("a")).unwrap(), Found::Link);
        os.write_new(&rel("a"), &File::plain("b")).unwrap_err();
        os.write_new(&rel("b"), &File::plain("b")).unwrap();
        os.rename(&rel("b"), &rel("a")).unwrap();
        assert_eq!(os.look(&rel("a")).unwrap(), Found::File(File::plain("b")));
        assert_eq!(fs::read(folder.path().join("out/a")).unwrap(), b"out");
    }

    #[test]
    fn renames_refuse_swap_or_replace() {
        let (_folder, os) = disk();
        let (a, b, c) = (rel("a"), rel("b"), rel("in/c"));
        os.write_new(&a, &File::plain("a")).unwrap();
        os.write_new(&b, &File::plain("b")).unwrap();
        assert_eq!(os.rename_if_absent(&a, &b).unwrap(), Attempt::Refused);
        assert_eq!(os.rename_if_absent(&a, &c).unwrap(), Attempt::Done);
        assert_eq!(os.exchange(&b, &c).unwrap(), Attempt::Done);
        assert_eq!(os.look(&b).unwrap(), Found::File(File::plain("a")));
        assert_eq!(os.look(&c).unwrap(), Found::File(File::plain("b")));
        assert_eq!(os.remove_folder(&rel("in")).unwrap(), Attempt::Refused);
        os.remove_file(&c).unwrap();
        os.remove_file(&c).unwrap();
        assert_eq!(os.remove_folder(&rel("in")).unwrap(), Attempt::Done);
        assert_eq!(os.remove_folder(&rel("in")).unwrap(), Attempt::Refused);
        os.sync_file(&b).unwrap();
        os.sync_folder_of(&b).unwrap();
        os.sync_all(&[&b]).unwrap();
    }

    #[test]
    fn what_replaces_a_file_has_its_rights() {
        let (folder, os) = disk();
        let (a, b) = (rel("a"), rel("b"));
        let path = |name: &RelPath| folder.path().join("root").join(name.as_str());
        let mode = |name| path(name).metadata().unwrap().permissions().mode() & 0o777;
        for (old, executable, new) in [
            (0o600, false, 0o600),
            (0o664, false, 0o664),
            (0o640, true, 0o750),
            (0o775, false, 0o664),
            (0o700, true, 0o700),
        ] {
            for swap in [true, false] {
                os.write_new(&a, &File::plain("ours")).unwrap();
                fs::set_permissions(path(&a), fs::Permissions::from_mode(old)).unwrap();
                os.write_new(
                    &b,
                    &File {
                        bytes: b"theirs".to_vec(),
                        executable,
                    },
                )
                .unwrap();
                match swap {
                    true => assert_eq!(os.exchange(&b, &a).unwrap(), Attempt::Done),
                    false => os.rename(&b, &a).unwrap(),
                }
                assert_eq!(
                    os.look(&a).unwrap(),
                    Found::File(File {
                        bytes: b"theirs".to_vec(),
                        executable
                    })
                );
                assert_eq!(mode(&a), new, "{old:o}");
                if swap {
                    assert_eq!(mode(&b), old, "what was replaced keeps its own");
                }
                os.remove_file(&a).unwrap();
                os.remove_file(&b).unwrap();
            }
        }
    }

    #[test]
    fn a_rename_by_link_never_replaces() {
        let (folder, os) = disk();
        let at = |name: &str| folder.path().join("root").join(name);
        os.write_new(&rel("a"), &File::plain("a")).unwrap();
        os.write_new(&rel("b"), &File::plain("b")).unwrap();
        assert_eq!(
            rename_by_link(&at("a"), &at("b")).unwrap(),
            Attempt::Refused
        );
        assert_eq!(rename_by_link(&at("a"), &at("c")).unwrap(), Attempt::Done);
        assert_eq!(
            rename_by_link(&at("in"), &at("c")).unwrap(),
            Attempt::Refused
        );
        assert_eq!(rename_by_link(&at("in"), &at("d")).unwrap(), Attempt::Done);
        assert_eq!(os.look(&rel("a")).unwrap(), Found::Absent);
        assert_eq!(os.look(&rel("c")).unwrap(), Found::File(File::plain("a")));
    }
}
