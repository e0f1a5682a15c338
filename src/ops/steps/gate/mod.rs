//! Whether the agents in use run the hooks of templates: what files, the folder that an agent is
//! started in and this shell say. No agent is asked.

mod files;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::agent::definition;
use crate::agent::gate::{
    FactText, FactTexts, Gate, GateBasis, GateFacts, GateFinding, GateVerdict, OwnEntry, Start,
};
use crate::agent::hook_entries::{HookEntry, HookTarget, entries};
use crate::error::{Error, Result};
use crate::hint::Hint;
use crate::model::agent::Agent;
use crate::model::lock::{Lock, Record};
use crate::model::name::TemplateName;
use crate::model::path::RelPath;
use crate::model::upstream::HookName;
use crate::store::fs;
use crate::store::gate::{start, texts};
use crate::words;

use crate::ops::Session;
use crate::ops::steps::command_line::CommandLine;

use files::{FileRole, FileView};

/// The hooks of templates that an agent is given, and why some don't run.
pub struct AgentHooks {
    pub agent: Agent,
    /// In the order of templates and their ids.
    pub hooks: Vec<HookName>,
    pub findings: Vec<GateFinding>,
}

impl AgentHooks {
    /// Returns the hooks that don't run.
    pub fn off(&self) -> Vec<&HookName> {
        let is_off = |hook: &&HookName| {
            let mut findings = self.findings.iter();
            findings.any(|finding| finding.verdict == GateVerdict::Off && finding.is_about(hook))
        };
        self.hooks.iter().filter(is_off).collect()
    }

    /// Returns the worst that can be said of its hooks; nothing where all run.
    pub fn verdict(&self) -> Option<GateVerdict> {
        self.findings.iter().map(|finding| finding.verdict).max()
    }
}

/// An agent that is in use, and whose hooks don't run.
pub struct HooksOff {
    pub agent: Agent,
    pub count: usize,
    /// How many hooks it has.
    pub all: usize,
}

/// Returns the agents that files show not to run hooks, wherever they are started. What `status`
/// names itself is no reason, nor is the trust of a person who has never used the agent here. What
/// can't be read is left out: `doctor` says why.
pub fn off_by_files(session: &Session, lock: &Lock) -> Vec<HooksOff> {
    let root = session.workspace.root();
    let mut found = Vec::new();
    let Ok(start) = start(&session.environment, root, root) else {
        return found;
    };
    for agent in &lock.inputs.agents {
        let look = Look {
            start: &start,
            view: &FileView::of_disk(),
            version: None,
        };
        let Ok(Some(mut hooks)) = look.at(session, lock, *agent) else {
            continue;
        };
        hooks.findings.retain(|finding| match finding.basis {
            GateBasis::Files => true,
            GateBasis::Trust => is_used(*agent, &start),
            GateBasis::Missing | GateBasis::Folder | GateBasis::Environment => false,
        });
        let (count, all) = (hooks.off().len(), hooks.hooks.len());
        if count > 0 {
            let agent = *agent;
            found.push(HooksOff { agent, count, all });
        }
    }
    found
}

/// Returns whether the person has settings of an agent.
fn is_used(agent: Agent, start: &Start) -> bool {
    let gate = definition(agent).gate;
    gate.is_some_and(|gate| fs::is_folder(&(gate.person)(start)))
}

/// What was seen from the current folder.
pub struct GateView {
    pub start: Start,
    /// Every agent that is in use. Those that run no hooks of templates have none.
    pub agents: Vec<AgentHooks>,
    /// Why git can't say what it knows of the files, if it can't.
    pub silent_git: Option<Error>,
}

/// Looks at every agent that is in use, started in the current folder.
///
/// # Errors
/// When something that is there can't be read.
pub fn look_from_here(
    session: &Session,
    lock: &Lock,
    versions: &BTreeMap<Agent, String>,
) -> Result<GateView> {
    let (root, here) = (session.workspace.root(), &session.environment.here);
    let start = start(&session.environment, root, here)?;
    let (view, silent_git) = match FileView::of_git(session, lock) {
        Ok(view) => (view, None),
        Err(error) => (FileView::of_disk(), Some(error)),
    };
    let mut agents = Vec::new();
    for agent in &lock.inputs.agents {
        let look = Look {
            start: &start,
            view: &view,
            version: versions.get(agent).map(String::as_str),
        };
        let nothing = AgentHooks {
            agent: *agent,
            hooks: Vec::new(),
            findings: Vec::new(),
        };
        agents.push(look.at(session, lock, *agent)?.unwrap_or(nothing));
    }
    Ok(GateView {
        start,
        agents,
        silent_git,
    })
}

/// How an agent is looked at.
struct Look<'a> {
    start: &'a Start,
    view: &'a FileView,
    version: Option<&'a str>,
}

impl Look<'_> {
    /// Looks at one agent; nothing where it has no hooks of templates.
    fn at(&self, session: &Session, lock: &Lock, agent: Agent) -> Result<Option<AgentHooks>> {
        let Some(gate) = definition(agent).gate else {
            return Ok(None);
        };
        let expected = expected(gate, lock);
        if expected.is_empty() {
            return Ok(None);
        }
        let folder = (gate.reads_in)(self.start);
        let documents: BTreeSet<RelPath> = expected.values().cloned().collect();
        let places: Vec<PathBuf> = documents.iter().map(|path| path.under(&folder)).collect();
        let texts = texts(gate, self.start, &places);
        let found = own_entries(lock, &texts, &places);
        let facts = GateFacts {
            start: self.start,
            texts: &texts,
            entries: &found,
            version: self.version,
        };
        let mut findings = (gate.findings)(&facts);
        for (hook, document) in &expected {
            let place = document.under(&folder);
            if place.starts_with(&self.start.root) {
                let role = FileRole::Document;
                let finding = files::finding(session, lock, self.view, document, role)?;
                findings.extend(finding.map(|finding| finding.of(hook)));
            }
            let has_entry = found.iter().any(|own| own.name == *hook);
            let is_read = matches!(texts.json_with_comments(&place), FactText::Value(_));
            if is_read && !has_entry {
                findings.push(without_entry(session, self.start, hook, document, &place));
            }
            let here: Vec<&HookEntry> = found
                .iter()
                .filter(|own| own.name == *hook && own.document == place)
                .map(|own| &own.entry)
                .collect();
            findings.extend(other_entry(session, lock, hook, document, &here));
        }
        for own in &found {
            if !expected.contains_key(&own.name) {
                continue;
            }
            for (path, role) in files::needed(session, own)? {
                let finding = files::finding(session, lock, self.view, &path, role)?;
                findings.extend(finding.map(|finding| finding.of(&own.name)));
            }
        }
        Ok(Some(AgentHooks {
            agent,
            hooks: expected.into_keys().collect(),
            findings: once_each(findings),
        }))
    }
}

fn without_entry(
    session: &Session,
    start: &Start,
    hook: &HookName,
    document: &RelPath,
    place: &std::path::Path,
) -> GateFinding {
    let why = format!("{} has no entry for {}", start.shown(place), hook.id);
    let path = words::path_quoted(document.as_str());
    let restore = CommandLine::new(session, "upgrade")
        .flag("--restore")
        .flag(&path);
    GateFinding::off(GateBasis::Missing, why)
        .of(hook)
        .mend(Hint::command(restore))
}

/// Returns that none of the entries of a hook is as it was installed.
fn other_entry(
    session: &Session,
    lock: &Lock,
    hook: &HookName,
    document: &RelPath,
    here: &[&HookEntry],
) -> Option<GateFinding> {
    let keys = lock.files.get(document).and_then(Record::as_keys)?;
    let part = keys.parts.get(&hook.template).map(entries)?;
    let mut installed = part.iter();
    let installed = installed.find(|entry| name_of(lock, entry).as_ref() == Some(hook))?;
    let mut differing = None;
    for entry in here {
        differing = Some(entry.difference(installed, document)?);
    }
    let why = format!("the entry of {} in `{document}` {}", hook.id, differing?);
    let diff = CommandLine::new(session, "diff").word(document.as_str());
    Some(GateFinding::unknown(why).of(hook).mend(Hint::command(diff)))
}

/// Returns whether an agent was given hooks of templates.
pub fn has_hooks(gate: &Gate, lock: &Lock) -> bool {
    !expected(gate, lock).is_empty()
}

/// Returns the hooks of templates that an agent was given, each with the document that has it.
fn expected(gate: &Gate, lock: &Lock) -> BTreeMap<HookName, RelPath> {
    let mut expected = BTreeMap::new();
    for template in lock.inputs.releases.keys() {
        let own = (gate.document)(template);
        let documents = [Some(own.as_str()), gate.also_runs];
        for document in documents.into_iter().flatten() {
            let Ok(path) = document.parse::<RelPath>() else {
                continue;
            };
            let hooks = installed_in(lock, template, &path);
            if !hooks.is_empty() {
                expected.extend(hooks.into_iter().map(|hook| (hook, path.clone())));
                break;
            }
        }
    }
    expected
}

/// Returns the hooks that a template was given in a document.
fn installed_in(lock: &Lock, template: &TemplateName, path: &RelPath) -> Vec<HookName> {
    match lock.files.get(path) {
        Some(Record::Keys(keys)) => {
            let part = keys.parts.get(template).map(entries).unwrap_or_default();
            part.iter()
                .filter_map(|entry| name_of(lock, entry))
                .collect()
        }
        Some(Record::Whole(whole)) if whole.origin.template == *template => {
            let of_template = |name: &&HookName| name.template == *template;
            lock.hooks.keys().filter(of_template).cloned().collect()
        }
        _ => Vec::new(),
    }
}

/// Returns the hook that an entry runs, if it is a template's.
fn name_of(lock: &Lock, entry: &HookEntry) -> Option<HookName> {
    let script = match HookTarget::of(&entry.command)? {
        HookTarget::Runner { name, .. } => return Some(name),
        HookTarget::Script { script, .. } => script,
    };
    let is_script = |installed: &RelPath| {
        let moved = lock.files.get(installed).and_then(Record::moved);
        *installed == script || moved == Some(&script)
    };
    let named: Vec<_> = lock
        .hooks
        .iter()
        .filter(|(_, place)| is_script(&place.script))
        .collect();
    let same_event = named.iter().find(|(_, place)| place.event == entry.event);
    same_event
        .or(named.first())
        .map(|(name, _)| (*name).clone())
}

/// Returns the entries of templates' hooks in some documents.
fn own_entries(lock: &Lock, texts: &FactTexts, documents: &[PathBuf]) -> Vec<OwnEntry> {
    let mut found = Vec::new();
    for document in documents {
        let FactText::Value(value) = texts.json_with_comments(document) else {
            continue;
        };
        for entry in entries(&value) {
            if let Some(name) = name_of(lock, &entry) {
                let document = document.clone();
                found.push(OwnEntry {
                    name,
                    document,
                    entry,
                });
            }
        }
    }
    found
}

/// Several entries of a hook need the same files.
fn once_each(findings: Vec<GateFinding>) -> Vec<GateFinding> {
    let mut once: Vec<GateFinding> = Vec::new();
    for finding in findings {
        if !once.contains(&finding) {
            once.push(finding);
        }
    }
    once
}
