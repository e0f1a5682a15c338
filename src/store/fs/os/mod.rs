//! The operating system's files below one root.
//!
//! **No write follows a link out of the root**, nor one that wasn't there a moment ago: every
//! operation is on a name in a folder that was walked to and is open.

mod spot;
mod sync;

use std::cell::OnceCell;
use std::fs::File as Handle;
use std::io::{self, ErrorKind, Write as _};
use std::path::Path;

use bytes::Bytes;
use rustix::fs::{AtFlags, Mode, OFlags, Stat};

use super::walk::{RootFolder, Spot};
use super::{Attempt, Disk, OnDisk, failed_to, is_absent, system};
use crate::error::{Error, Result};
use crate::model::path::RelPath;
use crate::model::tree::File;
use spot::{
    attempt, created, is_executable, is_file, keep_rights, look, open_folder, opened, remove,
    rename_by_link, state,
};

/// How many files are synced one by one at most, rather than with all of their file system.
const FEW: usize = 64;

/// A folder of this machine, as a [`Disk`].
#[derive(Debug)]
pub struct Os {
    root: RootFolder,
    /// Open from the start, since `syncfs` reports what failed while its descriptor was open.
    handle: Handle,
    /// Whether the file system keeps the modes of files; it is taken to until it was tried.
    modes: OnceCell<bool>,
}

impl Os {
    /// Opens the folder at `root`.
    pub fn open(root: &Path) -> Result<Self> {
        Self::open_root(root).map_err(failed_to("open", root))
    }

    fn open_root(root: &Path) -> io::Result<Self> {
        let root = RootFolder::open(root)?;
        Ok(Self {
            handle: Handle::open(root.real())?,
            root,
            modes: OnceCell::new(),
        })
    }

    /// Tries, at a path where nothing is, whether the file system keeps the modes of files: WSL,
    /// SMB and the like give all of them one. What can't be tried is taken for kept.
    pub fn try_modes(&self, path: &RelPath) {
        let kept = self.at("try", path, |spot| {
            // A command that was stopped may have left one.
            let _ = remove(&spot);
            let kept = keeps_modes(&spot);
            remove(&spot)?;
            kept
        });
        let _ = self.modes.set(kept.unwrap_or(true));
    }

    /// Returns whether two names are one file.
    pub fn are_one(&self, one: &RelPath, other: &RelPath) -> bool {
        let (Some(one), Some(other)) = (self.file_state(one), self.file_state(other)) else {
            return false;
        };
        (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino)
    }

    fn file_state(&self, path: &RelPath) -> Option<Stat> {
        let state = self.root.walk(path).and_then(|spot| state(&spot));
        state.ok().filter(is_file)
    }

    /// Makes `other` a name of the file at `one`, in place of the file that it was.
    ///
    /// # Errors
    /// When the file system can't, as some can't have two names of one file.
    pub fn make_one(&self, one: &RelPath, other: &RelPath, temp: &RelPath) -> Result<()> {
        // A command that was stopped may have left one.
        self.remove_file(temp)?;
        self.between(one, temp, |from, to| {
            let flags = AtFlags::empty();
            let (from_folder, to_folder) = (from.folder(), to.folder());
            Ok(rustix::fs::linkat(
                from_folder,
                &from.name,
                to_folder,
                &to.name,
                flags,
            )?)
        })?;
        self.rename(temp, other)
    }

    fn at<T>(
        &self,
        verb: &str,
        path: &RelPath,
        act: impl FnOnce(Spot) -> io::Result<T>,
    ) -> Result<T> {
        self.root
            .walk(path)
            .and_then(act)
            .map_err(|error| Error::io(verb, path, &error))
    }

    fn between<T>(
        &self,
        from: &RelPath,
        to: &RelPath,
        act: impl FnOnce(Spot, Spot) -> io::Result<T>,
    ) -> Result<T> {
        let from_spot = self.root.walk(from);
        from_spot
            .and_then(|from| act(from, self.root.walk(to)?))
            .map_err(|error| Error::io("rename", format!("{from}` to `{to}"), &error))
    }
}

impl Disk for Os {
    fn look(&self, path: &RelPath) -> Result<OnDisk> {
        match self.root.walk(path).and_then(|spot| look(&spot)) {
            Err(error) if is_absent(&error) => Ok(OnDisk::Absent),
            Ok(OnDisk::File(file)) if !self.has_modes() => Ok(OnDisk::File(File {
                executable: false,
                ..file
            })),
            found => found.map_err(|error| Error::io("read", path, &error)),
        }
    }

    fn has_modes(&self) -> bool {
        *self.modes.get().unwrap_or(&true)
    }

    fn size(&self, path: &RelPath) -> Result<Option<u64>> {
        match self.root.walk(path).and_then(|spot| state(&spot)) {
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(Error::io("read", path, &error)),
            Ok(state) => Ok(is_file(&state).then(|| u64::try_from(state.st_size).unwrap_or(0))),
        }
    }

    fn make_private(&self, path: &RelPath) -> Result<()> {
        self.at("change the permissions of", path, |spot| {
            let flags = OFlags::RDONLY | OFlags::DIRECTORY;
            Ok(rustix::fs::fchmod(
                opened(&spot, flags)?,
                Mode::from(0o700),
            )?)
        })
    }

    fn create_folder(&self, path: &RelPath) -> Result<Attempt> {
        self.at("create", path, |spot| {
            let made = rustix::fs::mkdirat(spot.folder(), &spot.name, Mode::from(0o777));
            attempt(made, &[ErrorKind::AlreadyExists])
        })
    }

    fn write_new(&self, path: &RelPath, file: &File) -> Result<()> {
        self.at("write", path, |spot| {
            let mode = if file.executable { 0o755 } else { 0o644 };
            created(&spot, mode)?.write_all(&file.bytes)
        })
    }

    fn write_link(&self, path: &RelPath, target: &str) -> Result<()> {
        self.at("make the link", path, |spot| {
            Ok(rustix::fs::symlinkat(target, spot.folder(), &spot.name)?)
        })
    }

    fn write_parts(&self, path: &RelPath, parts: &[Bytes]) -> Result<()> {
        self.at("write", path, |spot| {
            let mut file = io::BufWriter::with_capacity(1 << 16, created(&spot, 0o644)?);
            for part in parts {
                file.write_all(part)?;
            }
            file.flush()
        })
    }

    fn sync_file(&self, path: &RelPath) -> Result<()> {
        self.at("sync", path, |spot| {
            system::sync(&opened(&spot, OFlags::RDONLY)?.into())
        })
    }

    fn sync_folder_of(&self, path: &RelPath) -> Result<()> {
        self.at("sync the folder of", path, |spot| {
            system::sync(&open_folder(&spot)?)
        })
    }

    /// Few files are synced one by one, since `syncfs` waits for whatever other programs have
    /// written too: 14 files took 0.8 s beside another's 600 MB. Many are synced by one `syncfs`.
    fn sync_all(&self, touched: &[&RelPath]) -> Result<()> {
        if touched.len() > 2 * FEW {
            return self.sync_file_system(touched);
        }
        self.sync_files(touched, system::sync)?;
        self.sync_folders(touched, system::sync)
    }

    fn sync_names(&self, touched: &[&RelPath]) -> Result<()> {
        match touched.len() > 2 * FEW {
            true => self.sync_file_system(touched),
            false => self.sync_folders(touched, system::sync),
        }
    }

    fn rename(&self, from: &RelPath, to: &RelPath) -> Result<()> {
        self.between(from, to, |from, to| {
            keep_rights(&from, &to)?;
            Ok(rustix::fs::renameat(
                from.folder(),
                &from.name,
                to.folder(),
                &to.name,
            )?)
        })
    }

    fn rename_if_absent(&self, from: &RelPath, to: &RelPath) -> Result<Attempt> {
        self.between(from, to, |from, to| {
            match system::rename_if_absent(from.place(), to.place()) {
                Err(error) if system::cannot(&error) => rename_by_link(&from, &to),
                renamed => attempt(renamed, &[ErrorKind::AlreadyExists]),
            }
        })
    }

    fn exchange(&self, one: &RelPath, other: &RelPath) -> Result<Attempt> {
        self.between(one, other, |one, other| {
            keep_rights(&one, &other)?;
            match system::exchange(one.place(), other.place()) {
                Err(error) if system::cannot(&error) => Ok(Attempt::Refused),
                renamed => renamed.map(|()| Attempt::Done),
            }
        })
    }

    fn remove_file(&self, path: &RelPath) -> Result<()> {
        match self.root.walk(path).and_then(|spot| remove(&spot)) {
            Err(error) if !is_absent(&error) => Err(Error::io("remove", path, &error)),
            _ => Ok(()),
        }
    }

    fn remove_folder(&self, path: &RelPath) -> Result<Attempt> {
        let refused = [
            ErrorKind::DirectoryNotEmpty,
            ErrorKind::NotFound,
            ErrorKind::NotADirectory,
        ];
        let removed = self.root.walk(path).and_then(|spot| {
            // A file system that can only be read refuses to remove also what isn't there.
            state(&spot)?;
            Ok(rustix::fs::unlinkat(
                spot.folder(),
                &spot.name,
                AtFlags::REMOVEDIR,
            )?)
        });
        attempt(removed, &refused).map_err(|error| Error::io("remove", path, &error))
    }
}

/// Returns whether a file that is made at a name keeps its mode, and keeps another one.
fn keeps_modes(spot: &Spot) -> io::Result<bool> {
    let file = created(spot, 0o755)?;
    let mut kept = true;
    for mode in [0o755, 0o644] {
        rustix::fs::fchmod(&file, Mode::from(mode))?;
        let now = rustix::fs::fstat(&file)?;
        kept &= is_executable(&now) == (mode == 0o755);
    }
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;
    use crate::model::path::rel;
    use crate::model::tree::FileOrLink;

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
            bytes: b"#!".to_vec().into(),
            executable: true,
        };
        os.write_new(&rel("in/a"), &script).unwrap();
        os.write_new(&rel("b"), &File::plain("b")).unwrap();
        assert_eq!(os.look(&rel("in/a")).unwrap(), OnDisk::File(script));
        assert_eq!(os.look(&rel("b")).unwrap(), OnDisk::File(File::plain("b")));
        assert_eq!(os.look(&rel("in")).unwrap(), OnDisk::Folder);
        assert_eq!(os.look(&rel("b/c")).unwrap(), OnDisk::Absent);
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
            OnDisk::File(File::plain("in"))
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
        let target = folder.path().join("out/a");
        let target = Bytes::from(target.into_os_string().into_encoded_bytes());
        assert_eq!(os.look(&rel("a")).unwrap(), OnDisk::Link(target));
        os.write_new(&rel("a"), &File::plain("b")).unwrap_err();
        os.write_new(&rel("b"), &File::plain("b")).unwrap();
        os.rename(&rel("b"), &rel("a")).unwrap();
        assert_eq!(os.look(&rel("a")).unwrap(), OnDisk::File(File::plain("b")));
        assert_eq!(fs::read(folder.path().join("out/a")).unwrap(), b"out");
    }

    #[test]
    fn a_link_is_made_moved_and_removed_as_itself() {
        let (_folder, os) = disk();
        os.write_new(&rel("a"), &File::plain("a")).unwrap();
        os.write_link(&rel("in/temp"), "../a").unwrap();
        os.write_link(&rel("a"), "in").unwrap_err();
        let link = FileOrLink::Link("../a".to_owned());
        assert!(
            os.look(&rel("in/temp"))
                .unwrap()
                .is_file_or_link(Some(&link))
        );
        let moved = os.rename_if_absent(&rel("in/temp"), &rel("in/b")).unwrap();
        assert_eq!(moved, Attempt::Done);
        assert_eq!(os.exchange(&rel("in/b"), &rel("a")).unwrap(), Attempt::Done);
        assert!(os.look(&rel("a")).unwrap().is_file_or_link(Some(&link)));
        os.sync_all(&[&rel("a"), &rel("in/b")]).unwrap();
        os.remove_file(&rel("a")).unwrap();
        assert_eq!(os.look(&rel("a")).unwrap(), OnDisk::Absent);
        assert_eq!(
            os.look(&rel("in/b")).unwrap(),
            OnDisk::File(File::plain("a"))
        );
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
        assert_eq!(os.look(&b).unwrap(), OnDisk::File(File::plain("a")));
        assert_eq!(os.look(&c).unwrap(), OnDisk::File(File::plain("b")));
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
                        bytes: b"theirs".to_vec().into(),
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
                    OnDisk::File(File {
                        bytes: b"theirs".to_vec().into(),
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
        let root = RootFolder::open(&folder.path().join("root")).unwrap();
        let at = |name: &'static str| root.walk(&rel(name)).unwrap();
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
        assert_eq!(os.look(&rel("a")).unwrap(), OnDisk::Absent);
        assert_eq!(os.look(&rel("c")).unwrap(), OnDisk::File(File::plain("a")));
    }

    /// A folder is swapped for a link that leads out, again and again, while files are written
    /// below it.
    #[test]
    fn a_folder_that_is_swapped_for_a_link_leads_nowhere() {
        let (folder, os) = disk();
        let root = folder.path().join("root");
        let (inside, aside) = (root.join("in"), root.join("aside"));
        let over = std::sync::atomic::AtomicBool::new(false);
        let swaps = std::thread::scope(|scope| {
            let (over, inside, aside) = (&over, &inside, &aside);
            let swapping = scope.spawn(move || {
                let mut swaps = 0;
                while !over.load(std::sync::atomic::Ordering::Relaxed) {
                    fs::rename(inside, aside).unwrap();
                    symlink("../out", inside).unwrap();
                    fs::remove_file(inside).unwrap();
                    fs::rename(aside, inside).unwrap();
                    swaps += 1;
                }
                swaps
            });
            for number in 0..2_000 {
                let path = format!("in/{number}").parse().unwrap();
                let _ = os.write_new(&path, &File::plain("x"));
                let other = format!("in/{number}.b").parse().unwrap();
                let _ = os.rename(&path, &other);
                let _ = os.create_folder(&format!("in/{number}.d").parse().unwrap());
            }
            over.store(true, std::sync::atomic::Ordering::Relaxed);
            swapping.join().unwrap()
        });
        assert!(swaps > 0);
        let out = fs::read_dir(folder.path().join("out")).unwrap();
        assert_eq!(out.count(), 0, "something was written outside");
    }

    #[test]
    fn links_inside_are_followed_however_they_are_written() {
        let (folder, os) = disk();
        let root = fs::canonicalize(folder.path().join("root")).unwrap();
        symlink(root.join("in"), root.join("absolute")).unwrap();
        symlink("../root/in", root.join("around")).unwrap();
        symlink("absolute", root.join("twice")).unwrap();
        symlink("loop", root.join("loop")).unwrap();
        for (number, folder) in ["absolute", "around", "twice"].iter().enumerate() {
            let path = format!("{folder}/{number}").parse().unwrap();
            os.write_new(&path, &File::plain("x")).unwrap();
            assert!(root.join("in").join(number.to_string()).exists());
        }
        os.write_new(&rel("loop/a"), &File::plain("x")).unwrap_err();
    }

    #[test]
    fn a_pipe_is_no_file_and_is_not_waited_for() {
        let (folder, os) = disk();
        let pipe = folder.path().join("root/pipe");
        // A program, since macOS has no call that rustix knows.
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        assert_eq!(os.look(&rel("pipe")).unwrap(), OnDisk::Other);
        assert_eq!(os.size(&rel("pipe")).unwrap(), None);
    }
}
