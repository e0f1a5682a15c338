//! What `check` says of the settings that the agent reads, managed or not: strict JSON, of the
//! right shapes, naming scripts that run.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::agent::claude;
use crate::agent::claude::faults::{LARGEST, too_large};
use crate::agent::claude::handlers::{each_handler, script_in};
use crate::agent::definition::definitions;
use crate::agent::documents::{self, Document as OtherDocument};
use crate::agent::hook_entries;
use crate::agent::hooks::{FOLDERS, HookFile, is_hook_file, runner_of};
use crate::error::Result;
use crate::hint::Hint;
use crate::lint;
use crate::lint::dead::{self, Dead};
use crate::merge::format::Format;
use crate::merge::invalid::InvalidDocument;
use crate::merge::json::{Document, Identities};
use crate::model::finding::Within;
use crate::model::lock::Lock;
use crate::model::path::{RelPath, rel};
use crate::model::tree::File;
use crate::model::upstream::Upstream;
use crate::store::git::{self, EntryKind};
use crate::tree::{self, Found, Local};
use crate::words;

use crate::ops::Session;
use crate::ops::steps::command_line::CommandLine;
use crate::ops::steps::repo::Repo;

use super::{CheckFinding, CheckRule, of_file};

/// Checks the settings that the agent reads.
pub fn check(session: &Session, repo: &Repo) -> Result<Vec<CheckFinding>> {
    let mut findings = Vec::new();
    // Several documents run one script.
    let mut said = BTreeSet::new();
    let identities = tree::identities(&repo.base(), &Upstream::default());
    for path in [claude::SETTINGS, claude::SERVERS].map(rel) {
        let Some(file) = session.workspace.file(&path)? else {
            continue;
        };
        let document = match parse(&path, &file) {
            Ok(document) => document,
            Err(finding) => {
                findings.push(finding);
                continue;
            }
        };
        if file.bytes.len() > LARGEST {
            findings.push(of_file(CheckRule::Invalid, path.clone(), too_large()));
        }
        for what in claude::misshapen(path.as_str(), &document) {
            findings.push(of_file(CheckRule::Invalid, path.clone(), what));
        }
        let mut commands = Commands::read(&document, &identities);
        commands.add_called(session)?;
        findings.extend(commands.findings(session, repo, &path, &mut said)?);
    }
    for other in documents::others() {
        let path = rel(other.path);
        if let Some(file) = session.workspace.file(&path)? {
            findings.extend(of_other(&path, &file, other));
        }
    }
    for path in documents_of_hooks(repo) {
        let file = session.workspace.file(&path)?;
        let text = file.as_ref().and_then(File::text);
        let Some(Ok(document)) = text.map(|text| Format::of(&path).read(text)) else {
            continue;
        };
        let mut commands = Commands::default();
        for entry in hook_entries::entries(&document) {
            commands.add_command(&entry.command);
        }
        commands.add_called(session)?;
        findings.extend(commands.findings(session, repo, &path, &mut said)?);
    }
    Ok(findings)
}

/// Returns the documents that other agents than Claude Code have the hooks of templates in.
fn documents_of_hooks(repo: &Repo) -> BTreeSet<RelPath> {
    let mut documents = BTreeSet::new();
    for template in repo
        .lock
        .iter()
        .flat_map(|lock| lock.inputs.releases.keys())
    {
        for (_, known) in definitions() {
            let document = known.gate.map(|gate| (gate.document)(template));
            documents.extend(document.and_then(|path| path.parse().ok()));
        }
    }
    documents.remove(&rel(claude::SETTINGS));
    documents
}

/// Checks a document of another agent than Claude Code.
fn of_other(path: &RelPath, file: &File, other: &OtherDocument) -> Vec<CheckFinding> {
    let invalid = |what: &str, then: &str| {
        of_file(CheckRule::Invalid, path.clone(), format!("{what}: {then}"))
    };
    let mut findings = Vec::new();
    let Some(text) = file.text() else {
        return vec![invalid("it is not UTF-8 text", other.then)];
    };
    match Format::of(path).read(text) {
        Err(InvalidDocument { line, what }) => {
            let mut finding = invalid(&what, other.then_of(path, text, &what));
            finding.place.within = Some(Within::Line(line));
            findings.push(finding);
        }
        Ok(value) => {
            for fault in (other.faults)(&value) {
                findings.push(invalid(&fault.to_string(), other.then));
            }
        }
    }
    findings
}

fn parse(path: &RelPath, file: &File) -> Result<Value, CheckFinding> {
    let invalid = |what: String| of_file(CheckRule::Invalid, path.clone(), what);
    match file.text().map(Document::of_file) {
        Some(Ok(document)) => Ok(document.into_value()),
        Some(Err(InvalidDocument { line, what })) => {
            let mut finding = invalid(what);
            finding.place.within = Some(Within::Line(line));
            Err(finding)
        }
        None => Err(invalid("it is not UTF-8 text".to_owned())),
    }
}

/// What the commands of some settings run.
#[derive(Default)]
struct Commands {
    /// The scripts, and whether one is run itself, and not given to a shell.
    scripts: BTreeMap<RelPath, bool>,
    /// What is said of commands that no shell can run as they are meant.
    never_run: Vec<String>,
}

impl Commands {
    fn read(document: &Value, identities: &Identities) -> Self {
        let mut commands = Self::default();
        each_handler(document, &mut |handler| commands.add(handler, identities));
        commands
    }

    fn add(&mut self, handler: &Value, identities: &Identities) {
        let command = handler.get("command").and_then(Value::as_str);
        let command = command.unwrap_or_default();
        if let Some(variable) = lint::quoted_folder(command) {
            self.never_run.push(format!(
                "`{command}` has `${variable}` in single quotes, where no shell replaces it: \
                 the hook never runs"
            ));
            return;
        }
        match identities.script(handler) {
            Some(known) => self.add_script(known.clone(), command),
            None => self.add_command(command),
        }
    }

    fn add_command(&mut self, command: &str) {
        if let Some(script) = script_in(command) {
            self.add_script(script, command);
        }
    }

    fn add_script(&mut self, script: RelPath, command: &str) {
        let program = command.split_whitespace().next().unwrap_or_default();
        let mut folders = FOLDERS.into_iter();
        let direct = folders.any(|folder| program.contains(&format!("{folder}/")));
        *self.scripts.entry(script).or_default() |= direct;
    }

    /// Returns what is wrong with what the document at `path` runs, but for what was `said`.
    fn findings(
        self,
        session: &Session,
        repo: &Repo,
        path: &RelPath,
        said: &mut BTreeSet<RelPath>,
    ) -> Result<Vec<CheckFinding>> {
        let mut findings = Vec::new();
        for message in self.never_run {
            findings.push(of_file(CheckRule::Script, path.clone(), message));
        }
        for (script, direct) in self.scripts {
            if said.contains(&script) {
                continue;
            }
            if let Some((what, hint)) = why_not_run(session, repo.lock.as_ref(), &script, direct)? {
                let message = format!("it runs `{script}`, which {what}");
                let mut finding = of_file(CheckRule::Script, path.clone(), message);
                finding.hints.extend(hint);
                findings.push(finding);
                said.insert(script);
            }
        }
        Ok(findings)
    }

    /// Adds the scripts that the hook runner runs.
    fn add_called(&mut self, session: &Session) -> Result<()> {
        let files: Vec<RelPath> = self
            .scripts
            .keys()
            .filter(|path| is_hook_file(path))
            .cloned()
            .collect();
        for path in files {
            self.scripts.insert(runner_of(&path), false);
            let file = session.workspace.file(&path)?;
            let said = file.as_ref().and_then(File::text);
            let said = HookFile::parse(&path, said.unwrap_or_default());
            if let Some(script) = said.script {
                *self.scripts.entry(script).or_default() |= said.is_direct;
            }
        }
        Ok(())
    }
}

/// Returns why a script that settings run can't be run, here or in a clone, and what mends it.
/// `direct` says that it is run itself, and not given to a shell.
fn why_not_run(
    session: &Session,
    lock: Option<&Lock>,
    script: &RelPath,
    direct: bool,
) -> Result<Option<(&'static str, Option<Hint>)>> {
    let is_managed = lock.is_some_and(|lock| lock.files.contains_key(script));
    let install = is_managed.then(|| CommandLine::new(session, "install"));
    let mut found = session.workspace.snapshot([script])?;
    let (real, file) = match found.remove(script) {
        Some(Local {
            real,
            found: Found::File(file) | Found::Link(file),
            ..
        }) => (real, file),
        Some(Local {
            found: Found::Obstacle(_),
            ..
        }) => {
            let name = words::path_quoted(script.as_str());
            let mend = install.map(|install| Hint::command(format!("rm -r {name} && {install}")));
            return Ok(Some(("is no file", mend)));
        }
        _ => return Ok(Some(("is not there", install.map(Hint::from)))),
    };
    if let Some(Dead { what, mend }) = dead::of(&real, &file, direct) {
        let mend = match mend {
            Hint::Text(text) => Hint::Text(format!("`{real}`: {text}")),
            command => command,
        };
        return Ok(Some((what, Some(mend))));
    }
    if !direct {
        return Ok(None);
    }
    let name = words::shell_quoted(real.as_str());
    if session.workspace.has_modes()? && !file.executable {
        let mend = match install {
            Some(install) => Hint::from(install),
            None => Hint::command(format!("chmod +x {name}")),
        };
        return Ok(Some(("is not executable", Some(mend))));
    }
    // Where git believes them, a mode that it doesn't have is a change like any other.
    let root = session.workspace.root();
    if git::believes_modes(root)? {
        return Ok(None);
    }
    let index = git::index(root, [&real])?;
    let kind = index.get(&real).map(|entry| entry.kind);
    let is_dead = kind == Some(EntryKind::File { executable: false });
    Ok(is_dead.then(|| {
        let what = "git has as a file that can't be executed, so that no clone can run it";
        let git = session.git();
        let command = format!("{git} update-index --chmod=+x {name}");
        (what, Some(Hint::command(command)))
    }))
}
