//! Real files that nobody makes durable.

use agentpkg::error::Result;
use agentpkg::model::path::RelPath;
use agentpkg::model::tree::File;
use agentpkg::store::fs::{Attempt, Disk, OnDisk, Os};

/// Real files without real syncs, which are slow and change nothing here.
pub struct Unsynced(pub Os);

impl Disk for Unsynced {
    fn look(&self, path: &RelPath) -> Result<OnDisk> {
        self.0.look(path)
    }

    fn create_folder(&self, path: &RelPath) -> Result<Attempt> {
        self.0.create_folder(path)
    }

    fn write_new(&self, path: &RelPath, file: &File) -> Result<()> {
        self.0.write_new(path, file)
    }

    fn write_link(&self, path: &RelPath, target: &str) -> Result<()> {
        self.0.write_link(path, target)
    }

    fn sync_file(&self, _: &RelPath) -> Result<()> {
        Ok(())
    }

    fn sync_folder_of(&self, _: &RelPath) -> Result<()> {
        Ok(())
    }

    fn sync_all(&self, _: &[&RelPath]) -> Result<()> {
        Ok(())
    }

    fn rename(&self, from: &RelPath, to: &RelPath) -> Result<()> {
        self.0.rename(from, to)
    }

    fn rename_if_absent(&self, from: &RelPath, to: &RelPath) -> Result<Attempt> {
        self.0.rename_if_absent(from, to)
    }

    fn exchange(&self, one: &RelPath, other: &RelPath) -> Result<Attempt> {
        self.0.exchange(one, other)
    }

    fn remove_file(&self, path: &RelPath) -> Result<()> {
        self.0.remove_file(path)
    }

    fn remove_folder(&self, path: &RelPath) -> Result<Attempt> {
        self.0.remove_folder(path)
    }
}
