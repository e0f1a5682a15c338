//! `info PATH`: which template wrote a file, a block, an entry or a line, and what of it is the
//! team's. The lock and the repository say so; no other machine is asked.

mod part;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use bytes::Bytes;
use semver::Version;
use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::merge::blame::{Blame, blame};
use crate::merge::block;
use crate::merge::format::Format;
use crate::merge::json::{self, AttributedEntry};
use crate::model::conflict::{ConflictPlace, Open};
use crate::model::digest::Digest;
use crate::model::document::line_of;
use crate::model::lock::{AGENTPKG_LOCK, BlocksRecord, KeysRecord, Lock, Record, WholeRecord};
use crate::model::name::TemplateName;
use crate::model::path::RelPath;
use crate::model::tree::File;
use crate::model::upstream::{Comment, Content, Upstream, Whole};
use crate::store;
use crate::store::config::Chosen;
use crate::store::{fs, git};
use crate::tree::{self, Base, Found, Local, Snapshot, State, ownership};
use crate::words;

pub use part::{LineKind, LineOwner, PartOwner};

use part::part_owner;

use crate::ops::Session;
use crate::ops::steps::command_line::CommandLine;
use crate::ops::steps::conflicts;
use crate::ops::steps::packages;
use crate::ops::steps::place::{FilePart, paths_of, readings};
use crate::ops::steps::releases::Registries;
use crate::ops::steps::repo::Repo;

/// Whose a path is.
pub struct Outcome {
    /// The path; of what the team moved, where it was installed.
    pub path: RelPath,
    /// Where the team keeps it, if it moved it.
    pub moved: Option<RelPath>,
    /// What the team did to it; `None` where no template wrote it.
    pub state: Option<State>,
    /// What is wrong with it, if something is: words that follow its name.
    pub wrong: Option<String>,
    /// Whose it is.
    pub owner: PathOwner,
    /// The releases of the templates that are named.
    pub releases: BTreeMap<TemplateName, OwnerRelease>,
    /// What was asked about, if that isn't all of it.
    pub part: Option<PartOwner>,
    /// Its conflicts that wait for a person.
    pub conflicts: Vec<Open>,
}

impl Outcome {
    /// Returns the conflicts that what was asked about has a part in.
    pub fn conflicts_of_part(&self) -> impl Iterator<Item = &Open> {
        self.conflicts.iter().filter(|open| match &self.part {
            None => true,
            Some(PartOwner::Line(line)) => is_on_line(open, line.line),
            Some(PartOwner::Entries(entries)) => is_in_entries(open, entries),
        })
    }
}

fn is_on_line(open: &Open, line: usize) -> bool {
    let ConflictPlace::Lines { line: first, .. } = open.at else {
        return true;
    };
    let count = open.ours.as_deref().unwrap_or_default().lines().count();
    (first..first + count.max(1)).contains(&line)
}

fn is_in_entries(open: &Open, entries: &[AttributedEntry]) -> bool {
    let ConflictPlace::Value(pointer) = &open.at else {
        return true;
    };
    let mut entries = entries.iter();
    entries.any(|entry| pointer.starts_with(&entry.pointer) || entry.pointer.starts_with(pointer))
}

/// A release that wrote something.
pub struct OwnerRelease {
    pub version: Version,
    /// The registry, as agentpkg.toml names it.
    pub registry: String,
    /// Where that is, if agentpkg.toml still says so.
    pub address: Option<Chosen>,
}

/// Whose a path is.
pub enum PathOwner {
    /// No template wrote it.
    Team {
        /// A path with a similar name that one wrote.
        nearest: Option<RelPath>,
    },
    /// agentpkg's own record.
    Agentpkg,
    /// A folder, with what templates wrote in it.
    Folder(BTreeMap<TemplateName, BTreeSet<RelPath>>),
    /// A template owns the file.
    Whole(WholeOwner),
    /// Templates own blocks in it.
    Blocks {
        blocks: Vec<BlockOwner>,
        other_lines: usize,
    },
    /// Templates own entries in it.
    Entries(Vec<AttributedEntry>),
}

/// The template of a file.
pub struct WholeOwner {
    pub template: TemplateName,
    /// The path in the template's source.
    pub source: RelPath,
    /// Whether it is the team's since it was given.
    pub is_starter: bool,
    /// The hooks that run it: their ids, and the events.
    pub hooks: Vec<(String, String)>,
    /// Whether it can be run here and couldn't as it was installed, or the other way round.
    pub mode_differs: bool,
    /// Whose its lines are; `None` where it isn't there, isn't text, or what was installed isn't at
    /// hand.
    pub lines: Option<Blame>,
}

/// The template of a block.
pub struct BlockOwner {
    /// The template, or composition itself.
    pub template: TemplateName,
    /// The path in the template's source, unless composition wrote it.
    pub source: Option<RelPath>,
    /// The lines between the markers, from 1; `None` where it was deleted.
    pub lines: Option<Range<usize>>,
    /// Whose they are.
    pub blame: Blame,
}

/// Returns what is known of a place in the repository: `PATH`, `PATH:LINE` or `PATH#/POINTER`.
///
/// # Errors
/// Where there is no such path, line or entry.
pub fn info_path(session: &Session, typed: &str) -> Result<Outcome> {
    let repo = Repo::read(&session.workspace)?;
    let mut base = repo.base();
    let ours = repo.ours(&session.workspace, &mut base, [])?;
    let tree = ManagedTree {
        session,
        repo: &repo,
        base,
        ours,
    };
    let (path, part) = tree.find(typed)?;
    let (Some(lock), Some(record)) = (&repo.lock, tree.base.files.get(&path)) else {
        return tree.unmanaged(path, &part);
    };
    let open = conflicts::still_open(session, lock)?.remove(&path);
    let outcome = tree.managed(lock, path, record, part)?;
    Ok(Outcome {
        conflicts: open.unwrap_or_default(),
        ..outcome
    })
}

/// Whether an argument of `info` names a file, or something that a template wrote, rather than a
/// template.
pub fn is_path(session: &Session, typed: &str) -> bool {
    if TemplateName::typed(typed).is_err() {
        return true;
    }
    let paths = paths_of(session, typed).unwrap_or_default();
    paths.iter().any(|path| {
        let place = path.under(session.workspace.root());
        fs::exists(&place) && !fs::is_folder(&place)
    })
}

/// What is managed, and what is there.
struct ManagedTree<'a> {
    session: &'a Session<'a>,
    repo: &'a Repo,
    base: Base,
    ours: Snapshot,
}

impl ManagedTree<'_> {
    /// Returns the path and the part of it that are meant.
    fn find(&self, typed: &str) -> Result<(RelPath, FilePart)> {
        let root = self.session.workspace.root();
        for (path, part) in readings(typed) {
            for path in paths_of(self.session, path)? {
                if let Some(path) = self.installed_as(&path) {
                    return Ok((path, part));
                }
                if fs::exists(&path.under(root)) {
                    self.refuse_other_package(&path, &part)?;
                    return Ok((path, part));
                }
            }
        }
        let error = Error::user(format!(
            "there is no `{typed}` here, and no template wrote it"
        ));
        Err(match self.nearest(typed) {
            Some(path) => {
                error.command(CommandLine::next(self.session, "info").word(path.as_str()))
            }
            None => error.command(CommandLine::next(self.session, "status")),
        })
    }

    /// Refuses what lies in a package of its own, of which this one's lock knows nothing.
    fn refuse_other_package(&self, path: &RelPath, part: &FilePart) -> Result<()> {
        let root = self.session.workspace.root();
        let mut folder = Some(path.clone());
        while let Some(package) = folder {
            if store::packages::is_package(&package.under(root)) {
                let command = match path.below(package.as_str()) {
                    Some(inside) => {
                        format!("info {}", words::path_quoted(&format!("{inside}{part}")))
                    }
                    None => "status".to_owned(),
                };
                let command = packages::command_for(self.session, &command, &package);
                return Err(Error::user(format!(
                    "`{path}` belongs to the package `{package}`, which has an agentpkg.toml of \
                     its own"
                ))
                .command(command));
            }
            folder = package.parent();
        }
        Ok(())
    }

    /// Returns the name under which the lock has a path, wherever the team keeps it.
    fn installed_as(&self, path: &RelPath) -> Option<RelPath> {
        if self.base.files.contains_key(path) {
            return Some(path.clone());
        }
        let mut files = self.base.files.iter();
        let found = files
            .find(|(name, record)| record.moved() == Some(path) || self.ours[*name].real == *path);
        found.map(|(name, _)| name.clone())
    }

    fn nearest(&self, typed: &str) -> Option<RelPath> {
        let managed = self.base.files.keys().map(RelPath::as_str);
        words::nearest(typed, managed).and_then(|near| near.parse().ok())
    }

    /// Returns what is known of a path that no template wrote.
    fn unmanaged(&self, path: RelPath, part: &FilePart) -> Result<Outcome> {
        let is_folder = fs::is_folder(&path.under(self.session.workspace.root()));
        let owner = match path.as_str() {
            AGENTPKG_LOCK => PathOwner::Agentpkg,
            _ if is_folder => PathOwner::Folder(self.managed_below(&path)),
            name => PathOwner::Team {
                nearest: self.nearest(name),
            },
        };
        // Nothing is told of the entries of the team's own documents.
        let part = match part {
            FilePart::Line(line) => {
                let file = self.session.workspace.file(&path)?;
                part_owner(
                    self.session,
                    &path,
                    file.as_ref(),
                    &owner,
                    FilePart::Line(*line),
                )?
            }
            FilePart::Whole | FilePart::Entry(_) => None,
        };
        let releases = match &owner {
            PathOwner::Folder(files) => self.releases(files.keys()),
            _ => BTreeMap::new(),
        };
        Ok(Outcome {
            path,
            moved: None,
            state: None,
            wrong: None,
            owner,
            releases,
            part,
            conflicts: Vec::new(),
        })
    }

    fn managed_below(&self, folder: &RelPath) -> BTreeMap<TemplateName, BTreeSet<RelPath>> {
        let mut below: BTreeMap<TemplateName, BTreeSet<RelPath>> = BTreeMap::new();
        for (path, record) in &self.base.files {
            if path.below(folder.as_str()).is_some() {
                for owner in ownership::of(record).owners() {
                    below.entry(owner.clone()).or_default().insert(path.clone());
                }
            }
        }
        below
    }

    /// Returns what is known of a path that templates wrote.
    fn managed(
        &self,
        lock: &Lock,
        path: RelPath,
        record: &Record,
        part: FilePart,
    ) -> Result<Outcome> {
        let local = &self.ours[&path];
        let file = match &local.found {
            Found::File(file) | Found::Link(file) => Some(file),
            Found::Absent(_) | Found::Obstacle(_) => None,
        };
        let (owner, installed) = match record {
            Record::Whole(whole) => {
                let installed = self.installed(lock, &path, whole, file);
                let whole = whole_owner(lock, &path, whole, file, installed.as_ref());
                (PathOwner::Whole(whole), installed)
            }
            Record::Blocks(record) => (blocks(&local.real, record, file), None),
            Record::Keys(record) => (PathOwner::Entries(self.entries(&path, record, file)), None),
        };
        let state = self.state(&path, record, local, installed);
        let is_broken = state == State::Broken;
        if is_broken && part != FilePart::Whole {
            let wrong = tree::why_broken(record, local).unwrap_or_default();
            return Err(Error::user(format!("`{path}`{wrong}"))
                .note("so nobody can say whose a part of it is")
                .command(CommandLine::next(self.session, "status")));
        }
        Ok(Outcome {
            part: part_owner(self.session, &path, file, &owner, part)?,
            moved: record.moved().cloned(),
            state: Some(state),
            wrong: tree::why_broken(record, local).filter(|_| is_broken),
            releases: self.releases(ownership::of(record).owners()),
            path,
            owner,
            conflicts: Vec::new(),
        })
    }

    /// Returns what was installed at a path, if that is at hand: it is still there, git has it, or
    /// a registry whose files are kept on this machine.
    fn installed(
        &self,
        lock: &Lock,
        path: &RelPath,
        record: &WholeRecord,
        file: Option<&File>,
    ) -> Option<Whole> {
        let bytes = match file {
            Some(file) if file.stands_for(&record.digest) => file.bytes.clone(),
            _ => self.installed_bytes(lock, path, record)?,
        };
        Some(Whole {
            file: File {
                bytes,
                executable: record.executable,
            },
            origin: record.origin.clone(),
            seed: record.seed,
        })
    }

    fn installed_bytes(&self, lock: &Lock, path: &RelPath, record: &WholeRecord) -> Option<Bytes> {
        let root = self.session.workspace.root();
        if let Ok(mut found) = git::blobs(root, [record.blob.as_str()])
            && let Some(bytes) = found.remove(&record.blob)
            && Digest::of(&bytes) == record.digest
        {
            return Some(bytes);
        }
        let registries = Registries::kept(self.session, &self.repo.manifest).ok()?;
        match registries.upstream(lock).ok()?.files.remove(path)? {
            Content::Whole(whole) if Digest::of(&whole.file.bytes) == record.digest => {
                Some(whole.file.bytes)
            }
            _ => None,
        }
    }

    fn state(
        &self,
        path: &RelPath,
        record: &Record,
        local: &Local,
        installed: Option<Whole>,
    ) -> State {
        let identities = tree::identities(&self.base, &Upstream::default());
        let installed = installed.map(Content::Whole);
        match tree::state(record, local, installed.as_ref(), &identities) {
            State::Deleted
                if tree::scripts_named(&self.ours, &self.base.files, &identities)
                    .contains(path) =>
            {
                State::Missing
            }
            state => state,
        }
    }

    /// Returns whose the entries of a document are; none where it can't be read.
    fn entries(
        &self,
        path: &RelPath,
        record: &KeysRecord,
        file: Option<&File>,
    ) -> Vec<AttributedEntry> {
        let document = match file.map(File::text) {
            None => Some(Value::Object(Map::new())),
            Some(text) => text.and_then(|text| Format::of(path).read(text).ok()),
        };
        let identities = tree::identities(&self.base, &Upstream::default());
        let identities = ownership::identities_at(path, &identities);
        let Some(document) = document else {
            return Vec::new();
        };
        let mut entries = json::attribute(&record.parts, &record.adopted, &document, &identities);
        for entry in &mut entries {
            entry.value = Format::of(path).shown(&entry.value);
        }
        entries
    }

    fn releases<'n>(
        &self,
        names: impl IntoIterator<Item = &'n TemplateName>,
    ) -> BTreeMap<TemplateName, OwnerRelease> {
        let registries = Registries::kept(self.session, &self.repo.manifest).ok();
        let mut releases = BTreeMap::new();
        for name in names {
            // Composition's own block is of no release.
            let Some(release) = self.repo.installed_releases().get(name) else {
                continue;
            };
            let address = registries
                .as_ref()
                .and_then(|registries| registries.address_of(&release.registry).ok());
            let release = OwnerRelease {
                version: release.version.clone(),
                registry: release.registry.clone(),
                address,
            };
            releases.insert(name.clone(), release);
        }
        releases
    }
}

fn whole_owner(
    lock: &Lock,
    path: &RelPath,
    record: &WholeRecord,
    file: Option<&File>,
    installed: Option<&Whole>,
) -> WholeOwner {
    let mut hooks = Vec::new();
    for (name, place) in &lock.hooks {
        if place.script == *path || place.named() == path {
            hooks.push((name.id.clone(), place.event.clone()));
        }
    }
    let texts = file
        .and_then(File::text)
        .zip(installed.and_then(|installed| installed.file.text()));
    WholeOwner {
        template: record.origin.template.clone(),
        source: record.origin.source.clone(),
        is_starter: record.seed,
        hooks,
        mode_differs: file.is_some_and(|file| file.executable != record.executable),
        lines: texts.map(|(now, installed)| blame(installed, now)),
    }
}

/// Returns whose the lines of a file with blocks are; all are others where no block can be found.
fn blocks(real: &RelPath, record: &BlocksRecord, file: Option<&File>) -> PathOwner {
    let text = file.and_then(File::text).unwrap_or_default();
    let found = block::find_known(text, Comment::of(real), &record.blocks).unwrap_or_default();
    let mut other_lines = text.lines().count();
    let mut blocks = Vec::new();
    for (name, block) in &record.blocks {
        let there = found.iter().find(|found| found.name == *name);
        let inner = there.map_or(0..0, |there| there.inner.clone());
        let blame = blame(&block.text, &text[inner.clone()]);
        let lines = there.map(|_| {
            let first = line_of(text, inner.start);
            first..first + blame.lines.len()
        });
        if lines.is_some() {
            other_lines -= MARKERS + blame.lines.len();
        }
        blocks.push(BlockOwner {
            template: name.template.clone(),
            source: block.source.clone(),
            lines,
            blame,
        });
    }
    blocks.sort_by_key(|block| block.lines.as_ref().map(|lines| lines.start));
    PathOwner::Blocks {
        blocks,
        other_lines,
    }
}

/// How many lines mark a block.
const MARKERS: usize = 2;
