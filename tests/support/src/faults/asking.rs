//! A disk that asks, before each operation, what is to become of it.

use std::cell::Cell;
use std::cmp::Ordering;
use std::io;

use agentpkg::error::{Error, Result};
use agentpkg::model::path::RelPath;
use agentpkg::model::tree::File;
use agentpkg::store::fs::{Attempt, Disk, OnDisk};

use super::Volatile;

/// What sort of operation is about to happen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    Look,
    Write,
    Rename,
    Remove,
    Sync,
}

/// What is to become of an operation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fate {
    Succeeds,
    /// Nothing happens.
    Fails,
    /// A written file is half there.
    FailsHalfway,
    /// It happens, and is reported as failed.
    FailsAfterwards,
}

pub const FAILURES: [Fate; 3] = [Fate::Fails, Fate::FailsHalfway, Fate::FailsAfterwards];

/// A disk that asks, before each operation, what is to become of it.
pub struct Asking<'a> {
    disk: &'a dyn Disk,
    ask: Box<dyn Fn(usize, Kind) -> Fate + 'a>,
    count: Cell<usize>,
    /// How often something was made durable.
    pub syncs: Cell<usize>,
}

impl<'a> Asking<'a> {
    pub fn new(disk: &'a dyn Disk, ask: impl Fn(usize, Kind) -> Fate + 'a) -> Self {
        Self {
            disk,
            ask: Box::new(ask),
            count: Cell::new(0),
            syncs: Cell::new(0),
        }
    }

    /// A disk whose change `stop`, and all after it, don't happen: as when the process is killed.
    pub fn killed(disk: &'a dyn Disk, stop: usize, last: Fate) -> Self {
        let changes = Cell::new(0);
        Self::new(disk, move |_, kind| {
            let change = changes.replace(changes.get() + usize::from(kind != Kind::Look));
            match change.cmp(&stop) {
                Ordering::Less => Fate::Succeeds,
                Ordering::Equal if kind == Kind::Look => Fate::Succeeds,
                Ordering::Equal => last,
                Ordering::Greater => Fate::Fails,
            }
        })
    }

    /// A disk whose operation `stop` fails, once.
    pub fn failing(disk: &'a dyn Disk, stop: usize, how: Fate) -> Self {
        Self::new(
            disk,
            move |count, _| if count == stop { how } else { Fate::Succeeds },
        )
    }

    /// Returns how many operations there were.
    pub fn count(&self) -> usize {
        self.count.get()
    }

    fn run<T>(&self, kind: Kind, act: impl Fn() -> Result<T>, half: impl FnOnce()) -> Result<T> {
        let count = self.count.replace(self.count.get() + 1);
        let full = || Error::io("use", "the disk", &io::ErrorKind::StorageFull.into());
        match (self.ask)(count, kind) {
            Fate::Succeeds => act(),
            Fate::Fails => Err(full()),
            Fate::FailsHalfway => {
                half();
                Err(full())
            }
            Fate::FailsAfterwards => act().and(Err(full())),
        }
    }
}

impl Disk for Asking<'_> {
    fn look(&self, path: &RelPath) -> Result<OnDisk> {
        self.run(Kind::Look, || self.disk.look(path), || {})
    }

    fn create_folder(&self, path: &RelPath) -> Result<Attempt> {
        self.run(Kind::Write, || self.disk.create_folder(path), || {})
    }

    fn write_new(&self, path: &RelPath, file: &File) -> Result<()> {
        let half = File {
            bytes: file.bytes[..file.bytes.len() / 2].to_vec().into(),
            ..file.clone()
        };
        self.run(
            Kind::Write,
            || self.disk.write_new(path, file),
            || drop(self.disk.write_new(path, &half)),
        )
    }

    fn write_link(&self, path: &RelPath, target: &str) -> Result<()> {
        self.run(Kind::Write, || self.disk.write_link(path, target), || {})
    }

    fn sync_file(&self, path: &RelPath) -> Result<()> {
        self.syncs.set(self.syncs.get() + 1);
        self.run(Kind::Sync, || self.disk.sync_file(path), || {})
    }

    fn sync_folder_of(&self, path: &RelPath) -> Result<()> {
        self.syncs.set(self.syncs.get() + 1);
        self.run(Kind::Sync, || self.disk.sync_folder_of(path), || {})
    }

    fn sync_all(&self, touched: &[&RelPath]) -> Result<()> {
        self.syncs.set(self.syncs.get() + 1);
        self.run(Kind::Sync, || self.disk.sync_all(touched), || {})
    }

    fn sync_names(&self, touched: &[&RelPath]) -> Result<()> {
        self.syncs.set(self.syncs.get() + 1);
        self.run(Kind::Sync, || self.disk.sync_names(touched), || {})
    }

    fn rename(&self, from: &RelPath, to: &RelPath) -> Result<()> {
        self.run(Kind::Rename, || self.disk.rename(from, to), || {})
    }

    fn rename_if_absent(&self, from: &RelPath, to: &RelPath) -> Result<Attempt> {
        self.run(Kind::Rename, || self.disk.rename_if_absent(from, to), || {})
    }

    fn exchange(&self, one: &RelPath, other: &RelPath) -> Result<Attempt> {
        self.run(Kind::Rename, || self.disk.exchange(one, other), || {})
    }

    fn remove_file(&self, path: &RelPath) -> Result<()> {
        self.run(Kind::Remove, || self.disk.remove_file(path), || {})
    }

    fn remove_folder(&self, path: &RelPath) -> Result<Attempt> {
        self.run(Kind::Remove, || self.disk.remove_folder(path), || {})
    }
}

/// Returns how many changes there are to be killed at.
pub fn changes(disk: &Volatile, run: impl Fn(&dyn Disk)) -> usize {
    let copy = disk.clone();
    let changes = Cell::new(0);
    run(&Asking::new(&copy, |_, kind| {
        changes.set(changes.get() + usize::from(kind != Kind::Look));
        Fate::Succeeds
    }));
    changes.get()
}
