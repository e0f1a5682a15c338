//! `audit`: everything that may run or reach out in this repo, whoever wrote it, what the machine
//! switches off, and what of it is wrong: recalled, approved by nobody, or edited since.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::agent::claude;
use crate::agent::claude::faults::{Skips, faults};
use crate::agent::claude::places::MANAGED;
use crate::agent::claude::settings::SWITCHES;
use crate::agent::documents;
use crate::error::Result;
use crate::hint::Hint;
use crate::lint;
use crate::merge::format::Format;
use crate::merge::json::Document;
use crate::model::capability::CapabilityKind;
use crate::model::finding::{FilePlace, Finding, Severity};
use crate::model::lock::{Lock, Record};
use crate::model::name::TemplateName;
use crate::model::path::{RelPath, rel};
use crate::model::tree::File;
use crate::render::capability::{Capability, of_files};
use crate::store::agent_files::AgentFiles;
use crate::store::asked::AsOf;
use crate::store::fs;
use crate::store::registry::Address;

use crate::ops::Session;
use crate::ops::steps::approval;
use crate::ops::steps::in_review::{self, InReview};
use crate::ops::steps::releases::Registries;
use crate::ops::steps::repo::Repo;
use crate::ops::steps::standing::ReleaseStanding;
use crate::ops::steps::standing::{self, Template};

/// Settings and servers that an agent reads.
type Documents = Vec<(RelPath, Value)>;

/// Something that stands in the way of an agent, or of looking.
pub type AuditFinding = Finding<AuditRule>;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AuditRule {
    /// Settings or servers that the agent can't read: what they say doesn't hold.
    Unreadable,
    /// What this didn't look at: a large file, a folder of too many, a link out of the repository.
    NotLookedAt,
}

impl AuditRule {
    /// Returns its name in reports.
    pub fn id(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::NotLookedAt => "not-looked-at",
        }
    }
}

/// What was found.
pub struct Outcome {
    /// Everything that may run or reach out, by its kind and name.
    pub entries: Vec<AuditEntry>,
    /// What the agent can't read, and what wasn't looked at.
    pub findings: Vec<AuditFinding>,
    /// What templates brought and nobody approved.
    pub unapproved: Vec<Capability>,
    /// What was committed for review; wrong until somebody merged it.
    pub in_review: Option<InReview>,
    /// The templates, and how they stand in their registries.
    pub templates: Vec<Template>,
    /// Whether registries were to be asked.
    pub asks: bool,
    /// How old what they said is, where they weren't asked for anything newer.
    pub as_of: Vec<(Address, AsOf)>,
}

impl Outcome {
    /// Returns how many things are wrong.
    pub fn problems(&self) -> usize {
        let mut problems = self.unapproved.len() + self.findings.len();
        for entry in &self.entries {
            problems += usize::from(matches!(entry.origin, BroughtBy::Edited(_)));
        }
        for template in &self.templates {
            problems += usize::from(self.is_wrong(&template.standing));
        }
        problems + self.in_review.as_ref().map_or(0, InReview::waiting)
    }

    /// Returns whether a release isn't to stay: it was recalled, or nobody can say whether it was.
    pub fn is_wrong(&self, standing: &ReleaseStanding) -> bool {
        standing.recall().is_some() || (self.asks && standing.unknown.is_some())
    }
}

/// Something that may run or reach out.
pub struct AuditEntry {
    /// What it is.
    pub capability: Capability,
    pub origin: BroughtBy,
    /// What switches it off here: a setting, and where it stands.
    pub off: Option<String>,
}

/// Who brought something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BroughtBy {
    /// A template, as it was approved.
    Template(TemplateName),
    /// A template, and it was edited here.
    Edited(TemplateName),
    Team,
    /// One person, in a file that isn't shared.
    Person,
}

/// Lists everything that may run or reach out, and asks the registries about what is installed.
pub fn audit(session: &Session) -> Result<Outcome> {
    let repo = Repo::read(&session.workspace)?;
    repo.refuse_lost(session, &[])?;
    let (unapproved, templates, as_of) = match &repo.lock {
        Some(lock) => {
            let registries = Registries::new(session, &repo.manifest)?;
            let templates = standing::templates(&registries, &repo, lock);
            (
                approval::missing(session, lock)?,
                templates,
                registries.as_of(),
            )
        }
        None => (Vec::new(), Vec::new(), Vec::new()),
    };
    let lock = repo.lock;
    let in_review = match &lock {
        Some(lock) => in_review::find(session, lock)?,
        None => None,
    };
    let mut read = AgentFiles::read(&session.workspace)?;
    for path in lock.iter().flat_map(|lock| &lock.files).filter_map(owned) {
        read.add(session.workspace.root(), path.clone())?;
    }
    for script in lint::scripts(&read.files) {
        if !read.files.contains_key(&script) {
            read.add(session.workspace.root(), script)?;
        }
    }
    let (documents, mut findings) = take_settings(&mut read);
    for (path, why) in &read.skipped {
        findings.push(Finding::new(
            FilePlace::of_line(path.clone(), None),
            AuditRule::NotLookedAt,
            Severity::Error,
            format!("this wasn't looked at: it {why}"),
        ));
    }
    let switches = switches(session, &documents)?;
    let mut entries = Vec::new();
    for capability in of_files(&read.files) {
        if capability.kind.only_guards() {
            continue;
        }
        let mut switches = switches.iter();
        let off = switches.find(|switch| switch.concerns(&capability));
        entries.push(AuditEntry {
            origin: origin(lock.as_ref(), &capability),
            off: off.map(|switch| switch.said.clone()),
            capability,
        });
    }
    Ok(Outcome {
        entries,
        findings,
        unapproved,
        in_review,
        templates,
        asks: !session.environment.offline,
        as_of,
    })
}

/// Returns the settings and servers that an agent reads, and why it doesn't read the others, which
/// are taken out of `read`.
fn take_settings(read: &mut AgentFiles) -> (Documents, Vec<AuditFinding>) {
    let (mut documents, mut unreadable) = (Vec::new(), Vec::new());
    for path in [claude::SETTINGS, claude::LOCAL_SETTINGS, claude::SERVERS].map(rel) {
        let Some(file) = read.files.get(&path) else {
            continue;
        };
        let (line, why) = match file.text().map(Document::of_file) {
            Some(Ok(document)) => match switched_off(&path, document.value()) {
                Some(why) => (None, why),
                None => {
                    documents.push((path, document.into_value()));
                    continue;
                }
            },
            Some(Err(invalid)) => (Some(invalid.line), invalid.what),
            None => (None, "it is not UTF-8 text".to_owned()),
        };
        read.files.remove(&path);
        let finding = Finding::new(
            FilePlace::of_line(path, line),
            AuditRule::Unreadable,
            Severity::Error,
            format!("the agent takes nothing from this file: {why}"),
        );
        unreadable.push(finding.hint(Hint::command("agentpkg lint")));
    }
    for other in documents::others() {
        let path = rel(other.path);
        let text = read.files.get(&path).map(File::text);
        let (line, why) = match text.map(|text| text.map(|text| Format::of(&path).read(text))) {
            None => continue,
            // What it says is listed all the same: it runs once the fault is mended.
            Some(Some(Ok(value))) => match (other.faults)(&value).first() {
                None => continue,
                Some(fault) => (None, fault.to_string()),
            },
            Some(Some(Err(invalid))) => {
                read.files.remove(&path);
                (Some(invalid.line), invalid.what)
            }
            Some(None) => {
                read.files.remove(&path);
                (None, "it is not UTF-8 text".to_owned())
            }
        };
        unreadable.push(
            Finding::new(
                FilePlace::of_line(path, line),
                AuditRule::Unreadable,
                Severity::Error,
                format!("{}: {why}", other.then),
            )
            .hint(Hint::command("agentpkg lint")),
        );
    }
    (documents, unreadable)
}

/// Returns why an agent skips all of a document.
fn switched_off(path: &RelPath, document: &Value) -> Option<String> {
    let is_settings = path.as_str() != claude::SERVERS;
    let mut faults = faults(document).into_iter();
    let fault = faults.find(|fault| is_settings && fault.skips == Skips::File)?;
    Some(claude::sentence(&fault))
}

/// Returns the path of a file that a template owns, where the team keeps it.
fn owned<'a>((path, record): (&'a RelPath, &'a Record)) -> Option<&'a RelPath> {
    let whole = record.as_whole()?;
    Some(whole.moved.as_ref().unwrap_or(path))
}

fn origin(lock: Option<&Lock>, capability: &Capability) -> BroughtBy {
    if capability.path.as_str() == claude::LOCAL_SETTINGS {
        return BroughtBy::Person;
    }
    let id = capability.id();
    let approved = lock.into_iter().flat_map(|lock| &lock.approvals);
    let named: Vec<_> = approved
        .filter_map(|(name, approved)| Some((name, approved.get(&id)?)))
        .collect();
    match named
        .iter()
        .find(|(_, digests)| digests.contains(&capability.digest))
        .or(named.first())
    {
        Some((name, digests)) if digests.contains(&capability.digest) => {
            BroughtBy::Template((*name).clone())
        }
        Some((name, _)) => BroughtBy::Edited((*name).clone()),
        None => BroughtBy::Team,
    }
}

/// A setting that switches things off.
struct Switch {
    kinds: &'static [CapabilityKind],
    /// The setting, and where it stands.
    said: String,
}

impl Switch {
    fn concerns(&self, capability: &Capability) -> bool {
        self.kinds.contains(&capability.kind)
    }
}

/// Returns what the machine's managed settings, and the repo's own, switch off.
fn switches(session: &Session, documents: &[(RelPath, Value)]) -> Result<Vec<Switch>> {
    let mut switches = Vec::new();
    if let Some(folder) = &session.environment.managed {
        for (path, document) in managed(folder)? {
            switches.extend(switches_in(&path, &document, true));
        }
    }
    for (path, document) in documents {
        switches.extend(switches_in(path.as_str(), document, false));
    }
    Ok(switches)
}

fn switches_in(name: &str, document: &Value, is_managed: bool) -> Vec<Switch> {
    let mut switches = Vec::new();
    for (key, kinds, only_managed) in SWITCHES {
        if document.get(key) == Some(&Value::Bool(true)) && (is_managed || !only_managed) {
            switches.push(Switch {
                kinds,
                said: format!("`{key}` in `{name}`"),
            });
        }
    }
    switches
}

/// Returns the machine's managed settings, as far as they can be read.
fn managed(folder: &Path) -> Result<BTreeMap<String, Value>> {
    let (more, _) = fs::list_files(folder, &rel(MANAGED.1), 1_000)?;
    let mut managed = BTreeMap::new();
    for path in std::iter::once(rel(MANAGED.0)).chain(more) {
        let place = path.under(folder);
        if let Ok(Some(bytes)) = fs::read(&place)
            && let Ok(document) = serde_json::from_slice(&bytes)
        {
            managed.insert(place.display().to_string(), document);
        }
    }
    Ok(managed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::Progress;
    use crate::store::config::Environment;
    use crate::store::workspace::Workspace;

    struct Silent;

    impl Progress for Silent {
        fn step(&self, _: &str) {}
        fn expect(&self, _: u64) {}
        fn stop(&self) {}
    }

    #[test]
    #[allow(clippy::disallowed_methods, reason = "a test makes its own files")]
    fn managed_settings_switch_hooks_and_servers_off() {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write(
            "managed/managed-settings.json",
            r#"{"allowManagedHooksOnly": true}"#,
        );
        write(
            "managed/managed-settings.d/10.json",
            r#"{"allowManagedMcpServersOnly": true}"#,
        );
        write("managed/managed-settings.d/20.json", "not JSON");
        write(
            "repo/.claude/settings.json",
            r#"{
                "hooks": {"Stop": [{"hooks": [{"type": "command", "command": "x"}]}]},
                "permissions": {"allow": ["Bash(ls)"]},
                "allowManagedPermissionRulesOnly": true
            }"#,
        );
        write(
            "repo/.claude/settings.local.json",
            r#"{"permissions": {"allow": ["Bash(x)"]}}"#,
        );
        write(
            "repo/.mcp.json",
            r#"{"mcpServers": {"docs": {"command": "docs"}}}"#,
        );
        let repo = folder.path().join("repo");
        let session = Session {
            workspace: Workspace::find(Some(&repo), &repo).unwrap(),
            environment: Environment {
                managed: Some(folder.path().join("managed")),
                ..Environment::default()
            },
            person: None,
            progress: &Silent,
        };
        let found = audit(&session).unwrap();
        let shown: Vec<(String, bool, BroughtBy)> = found
            .entries
            .into_iter()
            .map(|entry| (entry.capability.id(), entry.off.is_some(), entry.origin))
            .collect();
        assert_eq!(
            shown,
            [
                ("hook Stop x".to_owned(), true, BroughtBy::Team),
                ("server docs".to_owned(), true, BroughtBy::Team),
                ("allow Bash(ls)".to_owned(), false, BroughtBy::Team),
                (
                    "allow .claude/settings.local.json Bash(x)".to_owned(),
                    false,
                    BroughtBy::Person
                ),
            ]
        );
    }
}
