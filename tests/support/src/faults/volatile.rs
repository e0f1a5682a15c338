//! A disk in memory that forgets what wasn't synced.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::io;

use agentpkg::error::{Error, Result};
use agentpkg::model::path::RelPath;
use agentpkg::model::tree::File;
use agentpkg::store::fs::{Attempt, Disk, OnDisk};

/// Everything outside `.agentpkg`, folders and forgotten temps included.
pub type Snapshot = BTreeMap<RelPath, OnDisk>;

/// A disk in memory that keeps what is synced apart from what isn't.
///
/// Each name and each file's bytes survive a power cut on their own, whatever the order in which
/// they were written.
#[derive(Clone, Default)]
pub struct Volatile {
    state: RefCell<State>,
    /// Whether two names can be swapped.
    exchanges: bool,
}

#[derive(Clone, Default)]
struct State {
    live: BTreeMap<RelPath, Node>,
    durable: BTreeMap<RelPath, Node>,
    /// Changes of names that aren't durable, each whole or not at all.
    pending: Vec<Vec<(RelPath, Option<Node>)>>,
    inodes: Vec<Inode>,
    /// Where links lead.
    targets: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Node {
    File(usize),
    Folder,
    /// Where it leads, by its number among the targets.
    Link(usize),
}

#[derive(Clone)]
struct Inode {
    live: File,
    durable: Option<File>,
}

impl Volatile {
    pub fn new(files: &[(RelPath, File)], folders: &[RelPath]) -> Self {
        let disk = Self {
            exchanges: true,
            ..Self::default()
        };
        for folder in folders {
            disk.folders_above(&folder.join("x").unwrap());
        }
        for (path, file) in files {
            disk.folders_above(path);
            disk.write_new(path, file).unwrap();
        }
        disk.flush();
        disk
    }

    /// Returns the disk with or without the ability to swap two names.
    pub fn swapping(self, exchanges: bool) -> Self {
        Self { exchanges, ..self }
    }

    fn folders_above(&self, path: &RelPath) {
        let mut above: Vec<RelPath> = path.ancestors().collect();
        above.reverse();
        for folder in above {
            let _ = self.create_folder(&folder).unwrap();
        }
    }

    pub fn snapshot(&self) -> Snapshot {
        let own = |path: &RelPath| path.components().next() == Some(".agentpkg");
        self.everything()
            .into_iter()
            .filter(|(path, _)| !own(path))
            .collect()
    }

    pub fn everything(&self) -> Snapshot {
        let paths: Vec<RelPath> = self.state.borrow().live.keys().cloned().collect();
        paths
            .into_iter()
            .map(|path| (path.clone(), self.look(&path).unwrap()))
            .collect()
    }

    /// Makes all that is there durable.
    pub fn flush(&self) {
        let state = &mut *self.state.borrow_mut();
        state.pending.clear();
        state.durable = state.live.clone();
        for inode in &mut state.inodes {
            inode.durable = Some(inode.live.clone());
        }
    }

    /// Returns what is left after a power cut. `choose(n)` says, below n, what becomes of each
    /// unsynced thing.
    pub fn cut(&self, choose: &mut dyn FnMut(usize) -> usize) -> Self {
        let state = self.state.borrow();
        let mut names = state.durable.clone();
        for change in &state.pending {
            if choose(2) == 1 {
                assign(&mut names, change);
            }
        }
        let reachable = |path: &RelPath| {
            path.ancestors()
                .all(|folder| names.get(&folder) == Some(&Node::Folder))
        };
        let live: BTreeMap<_, _> = names
            .iter()
            .filter(|(path, _)| reachable(path))
            .map(|(path, node)| (path.clone(), *node))
            .collect();
        let mut inodes = state.inodes.clone();
        for node in live.values() {
            if let Node::File(number) = node {
                let inode = &mut inodes[*number];
                inode.live = survivor(inode, choose);
                inode.durable = Some(inode.live.clone());
            }
        }
        let state = State {
            durable: live.clone(),
            live,
            pending: vec![],
            inodes,
            targets: state.targets.clone(),
        };
        Self {
            state: RefCell::new(state),
            exchanges: self.exchanges,
        }
    }

    /// A person writes a file, by a new one in its place or into the one that is there, and it is
    /// durable.
    pub fn edit(&self, path: &RelPath, bytes: &[u8], in_place: bool) {
        let node = self.state.borrow().live.get(path).copied();
        match node {
            Some(Node::File(number)) if in_place => {
                self.state.borrow_mut().inodes[number].live.bytes = bytes.to_vec().into()
            }
            Some(Node::Folder) => return,
            _ => {
                self.folders_above(path);
                self.erase(path);
                self.write_new(path, &File::plain(bytes)).unwrap();
            }
        }
        self.sync_file(path).unwrap();
        self.sync_folder_of(path).unwrap();
    }

    /// A person removes a file.
    pub fn erase(&self, path: &RelPath) {
        self.remove_file(path).unwrap();
    }

    /// A person puts something else where a file was.
    pub fn put_folder(&self, path: &RelPath) {
        self.erase(path);
        self.folders_above(&path.join("x").unwrap());
    }

    /// A person puts a link where a file was.
    pub fn put_link(&self, path: &RelPath, target: &str) {
        self.folders_above(path);
        self.erase(path);
        self.write_link(path, target).unwrap();
    }

    fn change(&self, change: Vec<(RelPath, Option<Node>)>) {
        let mut state = self.state.borrow_mut();
        assign(&mut state.live, &change);
        state.pending.push(change);
    }

    fn node(&self, path: &RelPath) -> Option<Node> {
        self.state.borrow().live.get(path).copied()
    }

    /// Returns the node at `path`, or the error that the system would give.
    fn expect(&self, path: &RelPath) -> Result<Node> {
        self.node(path)
            .ok_or_else(|| failed("find", path, io::ErrorKind::NotFound))
    }

    fn needs_parent(&self, path: &RelPath) -> Result<()> {
        match path.parent().map(|parent| self.node(&parent)) {
            None | Some(Some(Node::Folder)) => Ok(()),
            Some(None) => Err(failed("write", path, io::ErrorKind::NotFound)),
            Some(Some(_)) => Err(failed("write", path, io::ErrorKind::NotADirectory)),
        }
    }
}

fn failed(verb: &str, path: &RelPath, kind: io::ErrorKind) -> Error {
    Error::io(verb, path, &kind.into())
}

fn assign(names: &mut BTreeMap<RelPath, Node>, change: &[(RelPath, Option<Node>)]) {
    for (path, node) in change {
        match node {
            Some(node) => names.insert(path.clone(), *node),
            None => names.remove(path),
        };
    }
}

fn survivor(inode: &Inode, choose: &mut dyn FnMut(usize) -> usize) -> File {
    let File { bytes, executable } = inode.live.clone();
    if inode.durable.as_ref() == Some(&inode.live) {
        return inode.live.clone();
    }
    let bytes = match choose(4) {
        0 => vec![],
        1 => bytes[..bytes.len() / 2].to_vec(),
        2 => vec![0; bytes.len()],
        _ => bytes.to_vec(),
    };
    File {
        bytes: bytes.into(),
        executable,
    }
}

impl Disk for Volatile {
    fn look(&self, path: &RelPath) -> Result<OnDisk> {
        Ok(match self.node(path) {
            None => OnDisk::Absent,
            Some(Node::Folder) => OnDisk::Folder,
            Some(Node::Link(number)) => {
                let target = self.state.borrow().targets[number].clone();
                OnDisk::Link(target.into())
            }
            Some(Node::File(number)) => {
                OnDisk::File(self.state.borrow().inodes[number].live.clone())
            }
        })
    }

    fn create_folder(&self, path: &RelPath) -> Result<Attempt> {
        self.needs_parent(path)?;
        if self.node(path).is_some() {
            return Ok(Attempt::Refused);
        }
        self.change(vec![(path.clone(), Some(Node::Folder))]);
        Ok(Attempt::Done)
    }

    fn write_new(&self, path: &RelPath, file: &File) -> Result<()> {
        self.needs_parent(path)?;
        if self.node(path).is_some() {
            return Err(failed("write", path, io::ErrorKind::AlreadyExists));
        }
        let number = self.state.borrow().inodes.len();
        self.state.borrow_mut().inodes.push(Inode {
            live: file.clone(),
            durable: None,
        });
        self.change(vec![(path.clone(), Some(Node::File(number)))]);
        Ok(())
    }

    fn write_link(&self, path: &RelPath, target: &str) -> Result<()> {
        self.needs_parent(path)?;
        if self.node(path).is_some() {
            return Err(failed("make the link", path, io::ErrorKind::AlreadyExists));
        }
        let number = self.state.borrow().targets.len();
        self.state.borrow_mut().targets.push(target.to_owned());
        self.change(vec![(path.clone(), Some(Node::Link(number)))]);
        Ok(())
    }

    fn sync_file(&self, path: &RelPath) -> Result<()> {
        if let Node::File(number) = self.expect(path)? {
            let inode = &mut self.state.borrow_mut().inodes[number];
            inode.durable = Some(inode.live.clone());
        }
        Ok(())
    }

    fn sync_folder_of(&self, path: &RelPath) -> Result<()> {
        self.needs_parent(path)?;
        let state = &mut *self.state.borrow_mut();
        let (synced, pending): (Vec<_>, Vec<_>) = std::mem::take(&mut state.pending)
            .into_iter()
            .partition(|change| {
                change
                    .iter()
                    .any(|(changed, _)| changed.parent() == path.parent())
            });
        state.pending = pending;
        for change in synced {
            assign(&mut state.durable, &change);
        }
        Ok(())
    }

    /// What isn't named stays as it is: a system may sync file by file.
    fn sync_all(&self, touched: &[&RelPath]) -> Result<()> {
        for path in touched {
            let node = self.node(path);
            if let Some(Node::File(number)) = node {
                let inode = &mut self.state.borrow_mut().inodes[number];
                inode.durable = Some(inode.live.clone());
            }
        }
        self.sync_names(touched)
    }

    fn sync_names(&self, touched: &[&RelPath]) -> Result<()> {
        let names = touched
            .iter()
            .flat_map(|path| std::iter::once((*path).clone()).chain(path.ancestors()));
        let folders: BTreeSet<Option<RelPath>> = names.map(|name| name.parent()).collect();
        let state = &mut *self.state.borrow_mut();
        let (synced, pending): (Vec<_>, Vec<_>) = std::mem::take(&mut state.pending)
            .into_iter()
            .partition(|change| {
                change
                    .iter()
                    .any(|(changed, _)| folders.contains(&changed.parent()))
            });
        state.pending = pending;
        for change in synced {
            assign(&mut state.durable, &change);
        }
        Ok(())
    }

    fn rename(&self, from: &RelPath, to: &RelPath) -> Result<()> {
        let node = self.expect(from)?;
        self.needs_parent(to)?;
        self.change(vec![(from.clone(), None), (to.clone(), Some(node))]);
        Ok(())
    }

    fn rename_if_absent(&self, from: &RelPath, to: &RelPath) -> Result<Attempt> {
        self.expect(from)?;
        match self.node(to) {
            Some(_) => Ok(Attempt::Refused),
            None => self.rename(from, to).map(|()| Attempt::Done),
        }
    }

    fn exchange(&self, one: &RelPath, other: &RelPath) -> Result<Attempt> {
        if !self.exchanges {
            return Ok(Attempt::Refused);
        }
        let (first, second) = (self.expect(one)?, self.expect(other)?);
        self.change(vec![
            (one.clone(), Some(second)),
            (other.clone(), Some(first)),
        ]);
        Ok(Attempt::Done)
    }

    fn remove_file(&self, path: &RelPath) -> Result<()> {
        match self.node(path) {
            None => Ok(()),
            Some(Node::Folder) => Err(failed("remove", path, io::ErrorKind::IsADirectory)),
            Some(_) => {
                self.change(vec![(path.clone(), None)]);
                Ok(())
            }
        }
    }

    fn remove_folder(&self, path: &RelPath) -> Result<Attempt> {
        let full = self
            .state
            .borrow()
            .live
            .keys()
            .any(|inside| inside.below(path.as_str()).is_some());
        if full || self.node(path) != Some(Node::Folder) {
            return Ok(Attempt::Refused);
        }
        self.change(vec![(path.clone(), None)]);
        Ok(Attempt::Done)
    }
}
