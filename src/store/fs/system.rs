//! The calls that systems don't have alike: **what differs between systems stands here and nowhere
//! else**. All other files of the program are the same on each Unix.
//!
//! | what is asked for | Linux | macOS | another Unix |
//! |---|---|---|---|
//! | a folder to pass through | `O_PATH`: searching it is enough | it has to be readable | as macOS |
//! | a way without links, at once | `openat2` | is walked | is walked |
//! | two names swapped | `renameat2` | `renameatx_np`: APFS, HFS+ | can't |
//! | a name given, none replaced | `renameat2` | `renameatx_np`: APFS, HFS+ | can't |
//! | a file system made durable | `syncfs` | can't | can't |
//! | a file made durable | `fsync` | `F_FULLFSYNC`, by std | `fsync` |
//! | a file handed to the drive | `fsync` | `fsync` | `fsync` |
//! | "can't" | `EINVAL`, `ENOSYS`, `EOPNOTSUPP` | also `ENOTSUP`, `ENOTTY` | as macOS |
//!
//! Whoever gets a "can't" has another way: slower, or with a moment in which an edit would be lost.
//! Only Linux was tried; what stands here of macOS is what its manuals say.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::fd::{BorrowedFd, OwnedFd};

use rustix::fs::OFlags;
use rustix::io::Errno;

/// A name in a folder that is open.
pub(super) type OpenName<'a> = (BorrowedFd<'a>, &'a str);

/// How a folder is opened that is only passed through.
#[cfg(target_os = "linux")]
pub(super) const PASSING: OFlags = OFlags::PATH;
#[cfg(not(target_os = "linux"))]
pub(super) const PASSING: OFlags = OFlags::RDONLY;

/// Opens what lies below a folder, if no link is on the way; `None` where the way has to be walked.
#[cfg(target_os = "linux")]
pub(super) fn open_straight(folder: BorrowedFd, path: &str, flags: OFlags) -> Option<OwnedFd> {
    use rustix::fs::{Mode, ResolveFlags, openat2};
    let inside = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS;
    openat2(folder, path, flags, Mode::empty(), inside).ok()
}

#[cfg(not(target_os = "linux"))]
pub(super) fn open_straight(_: BorrowedFd, _: &str, _: OFlags) -> Option<OwnedFd> {
    None
}

/// Swaps two names.
pub(super) fn exchange(one: OpenName, other: OpenName) -> io::Result<()> {
    rename(one, other, Flag::Exchange)
}

/// Renames, if nothing has the new name.
pub(super) fn rename_if_absent(from: OpenName, to: OpenName) -> io::Result<()> {
    rename(from, to, Flag::NoReplace)
}

enum Flag {
    Exchange,
    NoReplace,
}

#[cfg(any(target_os = "linux", target_vendor = "apple"))]
fn rename(from: OpenName, to: OpenName, flag: Flag) -> io::Result<()> {
    use rustix::fs::{RenameFlags, renameat_with};
    let flags = match flag {
        Flag::Exchange => RenameFlags::EXCHANGE,
        Flag::NoReplace => RenameFlags::NOREPLACE,
    };
    Ok(renameat_with(from.0, from.1, to.0, to.1, flags)?)
}

#[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
fn rename(_: OpenName, _: OpenName, _: Flag) -> io::Result<()> {
    Err(Errno::NOTSUP.into())
}

/// Makes all durable that was written to the file system in which `folder` lies; `None` where there
/// is no call for that.
#[cfg(target_os = "linux")]
pub(super) fn sync_file_system(folder: &File) -> Option<io::Result<()>> {
    Some(rustix::fs::syncfs(folder).map_err(Into::into))
}

#[cfg(not(target_os = "linux"))]
pub(super) fn sync_file_system(_: &File) -> Option<io::Result<()>> {
    None
}

/// Makes a file or a folder durable. Where its file system can't have the drive empty its cache, as
/// network drives on macOS can't, it is handed to the drive.
pub(super) fn sync(file: &File) -> io::Result<()> {
    match file.sync_all() {
        Err(error) if cannot(&error) => hand_over(file),
        synced => synced,
    }
}

/// Hands what was written to the drive. macOS leaves it in the drive's cache, which the next
/// [`sync`] empties, of whatever file: for many files that is one wait instead of many.
pub(super) fn hand_over(file: &File) -> io::Result<()> {
    Ok(rustix::fs::fsync(file)?)
}

/// Returns whether a call failed because the system or the file system doesn't have it. Numbers say
/// so where std has no kind for it.
pub(super) fn cannot(error: &io::Error) -> bool {
    const CANNOT: [Errno; 5] = [
        Errno::INVAL,
        Errno::NOSYS,
        Errno::NOTSUP,
        Errno::NOTTY,
        Errno::OPNOTSUPP,
    ];
    error.kind() == ErrorKind::Unsupported
        || Errno::from_io_error(error).is_some_and(|errno| CANNOT.contains(&errno))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_system_cannot_is_told_from_what_failed() {
        for errno in [Errno::NOTSUP, Errno::OPNOTSUPP, Errno::NOTTY, Errno::INVAL] {
            assert!(cannot(&errno.into()), "{errno}");
        }
        for errno in [Errno::IO, Errno::NOSPC, Errno::EXIST, Errno::NOENT] {
            assert!(!cannot(&errno.into()), "{errno}");
        }
    }
}
