//! What is done at one name in a folder that is open.

use std::fs::File as Handle;
use std::io::{self, ErrorKind, Read as _};
use std::os::fd::OwnedFd;

use rustix::fs::{AtFlags, FileType, Mode, OFlags, RawMode, Stat, openat, statat};

use crate::model::tree::File;
use crate::store::fs::walk::Spot;
use crate::store::fs::{Attempt, OnDisk};

/// How many bytes of a file are read: more than any record has.
const LARGEST: u64 = 1 << 30;

pub(super) fn state(spot: &Spot) -> io::Result<Stat> {
    Ok(statat(
        spot.folder(),
        &spot.name,
        AtFlags::SYMLINK_NOFOLLOW,
    )?)
}

pub(super) fn is_file(state: &Stat) -> bool {
    FileType::from_raw_mode(state.st_mode) == FileType::RegularFile
}

pub(super) fn is_executable(state: &Stat) -> bool {
    state.st_mode & 0o100 != 0
}

/// Opens what is there: no link is followed, and no pipe waited for.
pub(super) fn opened(spot: &Spot, flags: OFlags) -> io::Result<OwnedFd> {
    let flags = flags | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    Ok(openat(spot.folder(), &spot.name, flags, Mode::empty())?)
}

/// Opens what is there, if it is a file.
pub(super) fn open_file(spot: &Spot) -> io::Result<Option<Handle>> {
    match is_file(&state(spot)?) {
        true => Ok(Some(opened(spot, OFlags::RDONLY)?.into())),
        false => Ok(None),
    }
}

/// Makes a file where nothing is.
pub(super) fn created(spot: &Spot, mode: RawMode) -> io::Result<Handle> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW;
    let made = openat(
        spot.folder(),
        &spot.name,
        flags | OFlags::CLOEXEC,
        Mode::from(mode),
    )?;
    Ok(made.into())
}

pub(super) fn look(spot: &Spot) -> io::Result<OnDisk> {
    match FileType::from_raw_mode(state(spot)?.st_mode) {
        FileType::RegularFile => {}
        FileType::Directory => return Ok(OnDisk::Folder),
        FileType::Symlink => {
            let target = rustix::fs::readlinkat(spot.folder(), &spot.name, Vec::new())?;
            return Ok(OnDisk::Link(target.into_bytes().into()));
        }
        _ => return Ok(OnDisk::Other),
    }
    let handle = opened(spot, OFlags::RDONLY)?;
    // What was opened may be something else than what was looked at.
    let state = rustix::fs::fstat(&handle)?;
    if !is_file(&state) {
        return Ok(OnDisk::Other);
    }
    let mut bytes = Vec::new();
    let read = Handle::from(handle)
        .take(LARGEST + 1)
        .read_to_end(&mut bytes)?;
    if read as u64 > LARGEST {
        return Err(ErrorKind::FileTooLarge.into());
    }
    Ok(OnDisk::File(File {
        bytes: bytes.into(),
        executable: is_executable(&state),
    }))
}

pub(super) fn remove(spot: &Spot) -> io::Result<()> {
    Ok(rustix::fs::unlinkat(
        spot.folder(),
        &spot.name,
        AtFlags::empty(),
    )?)
}

/// Opens the folder of a name to sync it: its entries are durable only once it is itself.
pub(super) fn open_folder(spot: &Spot) -> io::Result<Handle> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    Ok(openat(spot.folder(), ".", flags, Mode::empty())?.into())
}

pub(super) fn attempt(
    done: Result<(), impl Into<io::Error>>,
    refused: &[ErrorKind],
) -> io::Result<Attempt> {
    match done.map_err(Into::into) {
        Ok(()) => Ok(Attempt::Done),
        Err(error) if refused.contains(&error.kind()) => Ok(Attempt::Refused),
        Err(error) => Err(error),
    }
}

/// Gives the file `new` the rights of the one that it replaces: who may read and write a file is
/// the team's to say. Whether it can be executed is not theirs alone, and stays as it is.
pub(super) fn keep_rights(new: &Spot, old: &Spot) -> io::Result<()> {
    let (Ok(new_state), Ok(old)) = (state(new), state(old)) else {
        return Ok(());
    };
    if !is_file(&new_state) || !is_file(&old) {
        return Ok(());
    }
    let rights = old.st_mode & 0o777;
    let mode = match (is_executable(&new_state), is_executable(&old)) {
        (true, false) => rights | (rights & 0o444) >> 2,
        (false, true) => rights & !0o111,
        (true, true) | (false, false) => rights,
    };
    if new_state.st_mode & 0o777 == mode {
        return Ok(());
    }
    // By its name, since its owner may not be allowed to read it.
    let flags = AtFlags::empty();
    Ok(rustix::fs::chmodat(
        new.folder(),
        &new.name,
        Mode::from_raw_mode(mode),
        flags,
    )?)
}

/// Renames by a second hard link, which never replaces; where there are none either, by looking
/// first.
pub(super) fn rename_by_link(from: &Spot, to: &Spot) -> io::Result<Attempt> {
    let linked = rustix::fs::linkat(
        from.folder(),
        &from.name,
        to.folder(),
        &to.name,
        AtFlags::empty(),
    );
    match linked.map_err(io::Error::from) {
        Ok(()) => remove(from).map(|()| Attempt::Done),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(Attempt::Refused),
        Err(_) if state(to).is_ok() => Ok(Attempt::Refused),
        Err(_) => {
            rustix::fs::renameat(from.folder(), &from.name, to.folder(), &to.name)?;
            Ok(Attempt::Done)
        }
    }
}
