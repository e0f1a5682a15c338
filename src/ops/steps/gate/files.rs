//! Files that hooks need: why one can't do its part, here or in a clone.

use std::collections::{BTreeMap, BTreeSet};

use crate::agent::gate::{GateBasis, GateFinding, OwnEntry};
use crate::agent::hook_entries::HookTarget;
use crate::agent::hooks::{HookFile, is_runner};
use crate::error::Result;
use crate::hint::Hint;
use crate::lint::dead::{self, Dead};
use crate::model::digest::Digest;
use crate::model::lock::{Lock, Record};
use crate::model::path::RelPath;
use crate::model::snapshot::{Found, Local};
use crate::store::git::{self, EntryKind, Ignored, IndexEntry};
use crate::words;

use crate::ops::Session;
use crate::ops::steps::command_line::CommandLine;
use crate::ops::steps::git_view;

/// What a hook needs a file for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileRole {
    /// It has the agent's entry.
    Document,
    /// A shell or an interpreter is given it.
    Read,
    /// The runner reads it, as a part of itself.
    OfRunner,
    /// It is run itself.
    Run,
}

/// What git knows of files that hooks need.
#[derive(Clone, Debug)]
pub struct FileView {
    index: BTreeMap<RelPath, IndexEntry>,
    ignored: Vec<Ignored>,
    /// Whether git takes modes from the file system.
    believes_modes: bool,
}

impl FileView {
    /// Asks nobody: what only git knows is left out.
    pub fn of_disk() -> Self {
        Self {
            index: BTreeMap::new(),
            ignored: Vec::new(),
            believes_modes: true,
        }
    }

    /// Asks git about all managed files.
    ///
    /// # Errors
    /// When git can't say.
    pub fn of_git(session: &Session, lock: &Lock) -> Result<Self> {
        let root = session.workspace.root();
        let hidden = git_view::hidden(session, lock);
        if let Some(error) = hidden.silent {
            return Err(error);
        }
        Ok(Self {
            index: git::index(root, lock.files.keys())?,
            ignored: hidden.files,
            believes_modes: git::believes_modes(root)?,
        })
    }
}

/// Returns the files that an entry needs beside its document, and what for.
///
/// # Errors
/// When the file of a hook is there and can't be read.
pub fn needed(session: &Session, own: &OwnEntry) -> Result<BTreeSet<(RelPath, FileRole)>> {
    let mut files = BTreeSet::new();
    match HookTarget::of(&own.entry.command) {
        None => {}
        Some(HookTarget::Script {
            script,
            is_direct: true,
        }) => {
            files.insert((script, FileRole::Run));
        }
        Some(HookTarget::Script {
            script,
            is_direct: false,
        }) => {
            files.insert((script, FileRole::Read));
        }
        Some(HookTarget::Runner { runner, file, .. }) => {
            let text = session.workspace.file(&file)?;
            let text = text
                .as_ref()
                .and_then(|file| file.text())
                .unwrap_or_default();
            let said = HookFile::parse(&file, text);
            let role = match said.is_direct {
                true => FileRole::Run,
                false => FileRole::Read,
            };
            files.extend(said.script.map(|script| (script, role)));
            files.insert((runner, FileRole::Read));
            files.insert((file, FileRole::OfRunner));
        }
    }
    Ok(files)
}

/// A file that a hook needs.
struct NeededFile<'a> {
    path: &'a RelPath,
    role: FileRole,
    local: &'a Local,
    /// What is recorded of it, if it is a template's.
    record: Option<&'a Record>,
    view: &'a FileView,
}

/// Returns why a file can't do its part, if it can't.
///
/// # Errors
/// When it is there and can't be read.
pub fn finding(
    session: &Session,
    lock: &Lock,
    view: &FileView,
    path: &RelPath,
    role: FileRole,
) -> Result<Option<GateFinding>> {
    let snapshot = session.workspace.snapshot([path])?;
    let Some(local) = snapshot.get(path) else {
        return Ok(None);
    };
    let file = NeededFile {
        path,
        role,
        local,
        record: lock.files.get(path),
        view,
    };
    let commands = Mending {
        install: CommandLine::new(session, "install").to_string(),
        git: session.git(),
        diff: CommandLine::new(session, "diff")
            .word(path.as_str())
            .to_string(),
    };
    let fault = file.fault(&commands);
    Ok(fault.or_else(|| file.edited(&commands)))
}

/// What commands to type begin with.
struct Mending {
    install: String,
    git: String,
    diff: String,
}

impl NeededFile<'_> {
    /// The first row that fits:
    ///
    /// | the file | |
    /// |---|---|
    /// | isn't here, and git was told so | a sparse checkout leaves it out |
    /// | isn't here | |
    /// | is a folder, a pipe, or behind one | |
    /// | can't run, whatever it says | [`dead::of`] |
    /// | is run itself, and not executable | |
    /// | is run itself, and not executable in git, which takes no modes from the disk | no clone runs it |
    /// | is ignored by git | no clone has it |
    fn fault(&self, commands: &Mending) -> Option<GateFinding> {
        let (path, git) = (self.path, &commands.git);
        let name = words::path_quoted(path.as_str());
        let indexed = self.view.index.get(path);
        let off = |why: String| Some(GateFinding::off(GateBasis::Files, why));
        let file = match &self.local.found {
            Found::File(file) | Found::Link(file) => file,
            Found::Obstacle(_) => return off(format!("`{path}` isn't a file")),
            _ if indexed.is_some_and(|entry| entry.is_left_out) => {
                let folder = path.components().next().unwrap_or_default();
                let add = format!("{git} sparse-checkout add {folder}");
                return off(format!("this sparse checkout leaves out `{path}`"))
                    .map(|finding| finding.mend(Hint::command(add)));
            }
            _ => {
                let install = self
                    .record
                    .is_some()
                    .then(|| Hint::command(&commands.install));
                let why = format!("`{path}` isn't here");
                let missing = GateFinding::off(GateBasis::Missing, why);
                return with_hint(Some(missing), install);
            }
        };
        if let Some(Dead { what, mend }) = self.dead(file) {
            let mend = match mend {
                Hint::Text(text) => Hint::Text(format!("`{path}`: {text}")),
                command => command,
            };
            return with_hint(off(format!("`{path}` {what}")), Some(mend));
        }
        if self.role == FileRole::Run && !file.executable {
            let mend = match self.record.is_some() && self.view.believes_modes {
                true => commands.install.clone(),
                false => format!("chmod +x {name}"),
            };
            return with_hint(
                off(format!("`{path}` isn't executable")),
                Some(Hint::command(mend)),
            );
        }
        let kind = indexed.map(|entry| entry.kind);
        let is_lost = kind == Some(EntryKind::File { executable: false });
        if self.role == FileRole::Run && is_lost && !self.view.believes_modes {
            let why = format!("`{path}` isn't executable in git, so that no clone runs it");
            let mend = format!("{git} update-index --chmod=+x {name}");
            return with_hint(off(why), Some(Hint::command(mend)));
        }
        let mut ignored = self.view.ignored.iter();
        let ignored = ignored.find(|ignored| ignored.path == *path)?;
        let (source, line) = (&ignored.source, ignored.line);
        let why = format!("git ignores `{path}` ({source} line {line}), so that no clone has it");
        with_hint(
            off(why),
            Some(Hint::command(format!("{git} add -f {name}"))),
        )
    }

    /// Returns that it isn't as agentpkg wrote it, where a person's edit of it may keep the hook
    /// from running. What a script does is the template's business, and the team's.
    fn edited(&self, commands: &Mending) -> Option<GateFinding> {
        let is_agentpkgs = match self.role {
            FileRole::Document | FileRole::OfRunner => true,
            FileRole::Read => is_runner(self.path),
            FileRole::Run => false,
        };
        let record = self.record.and_then(Record::as_whole)?;
        let (Found::File(file) | Found::Link(file)) = &self.local.found else {
            return None;
        };
        let text = file.text()?.replace("\r\n", "\n");
        if !is_agentpkgs || Digest::of(text.as_bytes()) == record.digest {
            return None;
        }
        let why = format!("`{}` isn't as agentpkg wrote it", self.path);
        Some(GateFinding::unknown(why).mend(Hint::command(&commands.diff)))
    }

    fn dead(&self, file: &crate::model::tree::File) -> Option<Dead> {
        match self.role {
            FileRole::Document => None,
            FileRole::Run => dead::of(self.path, file, true),
            FileRole::Read | FileRole::OfRunner => dead::of(self.path, file, false),
        }
    }
}

fn with_hint(finding: Option<GateFinding>, hint: Option<Hint>) -> Option<GateFinding> {
    match hint {
        Some(hint) => finding.map(|finding| finding.mend(hint)),
        None => finding,
    }
}
