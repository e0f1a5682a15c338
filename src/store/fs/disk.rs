//! What the journal asks of a file system, so that tests can put a failing one in its place.

use bytes::Bytes;

use crate::error::Result;
use crate::model::path::RelPath;
use crate::model::tree::{File, FileOrLink};

/// The files below one root.
///
/// **No operation follows a link out of the root**, and none but [`look`](Self::look) follows a
/// final link: it is the link that is renamed or removed.
pub trait Disk {
    /// Returns what is at `path`. Below something that isn't a folder there is nothing.
    fn look(&self, path: &RelPath) -> Result<OnDisk>;

    /// Returns how many bytes a file has; nothing where there is none.
    fn size(&self, path: &RelPath) -> Result<Option<u64>> {
        Ok(match self.look(path)? {
            OnDisk::File(file) => Some(file.bytes.len() as u64),
            _ => None,
        })
    }

    /// Creates one folder; refused where something is already.
    fn create_folder(&self, path: &RelPath) -> Result<Attempt>;

    /// Writes a file where nothing is. After an error, part of it may be there.
    fn write_new(&self, path: &RelPath, file: &File) -> Result<()>;

    /// Makes a symbolic link where nothing is. No operation of a disk follows it.
    fn write_link(&self, path: &RelPath, target: &str) -> Result<()>;

    /// Writes a file of these parts where nothing is, which a disk may do without joining them.
    fn write_parts(&self, path: &RelPath, parts: &[Bytes]) -> Result<()> {
        self.write_new(path, &File::plain(parts.concat()))
    }

    /// Makes the bytes of a file durable, but not its name.
    fn sync_file(&self, path: &RelPath) -> Result<()>;

    /// Makes the names in the folder that holds `path` durable.
    fn sync_folder_of(&self, path: &RelPath) -> Result<()>;

    /// Makes everything durable; `touched` is all that changed, for systems that sync only what is
    /// named.
    fn sync_all(&self, touched: &[&RelPath]) -> Result<()>;

    /// Makes the names of files durable whose bytes are already, and what was removed.
    fn sync_names(&self, touched: &[&RelPath]) -> Result<()> {
        self.sync_all(touched)
    }

    /// Renames, atomically in place of a file that may be at `to`.
    fn rename(&self, from: &RelPath, to: &RelPath) -> Result<()>;

    /// Renames; refused where something is at `to`.
    fn rename_if_absent(&self, from: &RelPath, to: &RelPath) -> Result<Attempt>;

    /// Swaps two names atomically; refused where the file system can't.
    fn exchange(&self, one: &RelPath, other: &RelPath) -> Result<Attempt>;

    /// Removes a file or a link; nothing there is fine.
    fn remove_file(&self, path: &RelPath) -> Result<()>;

    /// Removes a folder; refused if something is in it, or if it isn't one.
    fn remove_folder(&self, path: &RelPath) -> Result<Attempt>;

    /// Whether a file can be executable or not. Where a file system gives all files one mode,
    /// [`look`](Self::look) finds none that is.
    fn has_modes(&self) -> bool {
        true
    }

    /// Lets nobody but the owner into a folder. A disk that knows no permissions does nothing.
    fn make_private(&self, _path: &RelPath) -> Result<()> {
        Ok(())
    }
}

/// What is at a path, without following a final link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OnDisk {
    /// Nothing.
    Absent,
    File(File),
    Folder,
    /// A symbolic link, with the path that is written in it.
    Link(Bytes),
    /// A socket, a device, a pipe.
    Other,
}

impl OnDisk {
    /// Returns whether it is `wanted`, to the byte and the mode.
    pub fn is(&self, wanted: Option<&File>) -> bool {
        match (self, wanted) {
            (Self::Absent, None) => true,
            (Self::File(file), Some(wanted)) => file == wanted,
            _ => false,
        }
    }

    /// Returns whether it is `wanted`, which may be a link.
    pub fn is_file_or_link(&self, wanted: Option<&FileOrLink>) -> bool {
        match (self, wanted) {
            (Self::Link(target), Some(FileOrLink::Link(wanted))) => *target == wanted.as_bytes(),
            (_, Some(FileOrLink::Link(_))) => false,
            (_, Some(FileOrLink::File(wanted))) => self.is(Some(wanted)),
            (_, None) => self.is(None),
        }
    }
}

/// What came of an operation that may be refused for a reason its caller foresees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Attempt {
    Done,
    /// Nothing changed.
    Refused,
}
