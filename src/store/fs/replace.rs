//! Other bytes for files that are there: whole or not at all, and all or none.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::{failed_to, read, system, temp_beside, write_new};
use crate::error::Result;

/// Gives the file at `path`, behind any link, other bytes: whole or not at all. Its permissions
/// stay.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<()> {
    Staged::beside(path, bytes)?.take_place()
}

/// Gives several files other bytes, as [`replace`] does: when one can't get them, all keep theirs.
pub fn replace_all(files: &[(&Path, &[u8])]) -> Result<()> {
    let mut staged = Vec::new();
    for (path, bytes) in files {
        let before = read(path)?.unwrap_or_default();
        staged.push((Staged::beside(path, bytes)?, Staged::beside(path, &before)?));
    }
    for at in 0..staged.len() {
        if let Err(error) = staged[at].0.take_place() {
            for (_, before) in &staged[..at] {
                before.take_place()?;
            }
            return Err(error);
        }
    }
    Ok(())
}

/// Bytes that lie beside a file, about to take its place; they go when this is dropped.
struct Staged {
    file: PathBuf,
    temp: PathBuf,
}

impl Staged {
    /// Writes the bytes beside the file at `path`, behind any link, durably and with its
    /// permissions.
    fn beside(path: &Path, bytes: &[u8]) -> Result<Self> {
        Self::stage(path, bytes).map_err(failed_to("write", path))
    }

    fn stage(path: &Path, bytes: &[u8]) -> io::Result<Self> {
        let file = fs::canonicalize(path)?;
        let permissions = fs::metadata(&file)?.permissions();
        let staged = Self {
            temp: temp_beside(&file),
            file,
        };
        let temp = write_new(&staged.temp, bytes, false)?;
        temp.set_permissions(permissions)?;
        system::sync(&temp)?;
        Ok(staged)
    }

    fn take_place(&self) -> Result<()> {
        fs::rename(&self.temp, &self.file).map_err(failed_to("write", &self.file))
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.temp);
    }
}

#[cfg(test)]
mod tests {
    use super::super::list;
    use super::*;

    #[test]
    fn files_are_replaced_together_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (folder.path().join("one"), folder.path().join("other"));
        fs::write(&one, "1").unwrap();
        fs::write(&other, "2").unwrap();
        let missing = folder.path().join("missing");
        replace_all(&[(&one, b"a"), (&missing, b"b")]).unwrap_err();
        assert_eq!(read(&one).unwrap(), Some(b"1".to_vec()));
        replace_all(&[(&one, b"a"), (&other, b"b")]).unwrap();
        assert_eq!(read(&one).unwrap(), Some(b"a".to_vec()));
        assert_eq!(read(&other).unwrap(), Some(b"b".to_vec()));
        assert_eq!(list(folder.path()).unwrap(), [one, other]);
    }
}
