//! `status`: what is installed, what is newer, and what the team changed. Never fails for want of a
//! registry.

use std::collections::BTreeMap;

use semver::Version;

use crate::error::Result;
use crate::model::lock::Lock;
use crate::model::name::TemplateName;
use crate::model::proposal::{ProposalId, SentProposal};
use crate::model::source::Source;
use crate::proposal::absorber;
use crate::store::asked::AsOf;
use crate::store::journal::Interrupted;
use crate::store::registry::Address;
use crate::tree::State;

use crate::ops::Session;
use crate::ops::steps::conflicts::{self, Conflicts};
use crate::ops::steps::from_lock;
use crate::ops::steps::git_view::{self, Hidden};
use crate::ops::steps::local_changes::{self, ChangedFile};
use crate::ops::steps::records;
use crate::ops::steps::releases::Registries;
use crate::ops::steps::repo::Repo;
use crate::ops::steps::standing::{self, Template};

/// What is installed.
pub struct Outcome {
    /// The templates by name.
    pub templates: Vec<Template>,
    /// What the team did to each path that it did something to; shared files have several owners.
    pub files: Vec<ChangedFile>,
    /// How many paths are managed.
    pub managed: usize,
    /// Templates that agentpkg.toml asks for and that aren't installed.
    pub wanted: Vec<TemplateName>,
    /// Templates that are installed and that nothing asks for.
    pub unasked: Vec<TemplateName>,
    /// What both sides changed and waits for a person.
    pub conflicts: Conflicts,
    /// What was offered upstream from here, and hasn't come home.
    pub proposals: Vec<Offered>,
    /// The command that was interrupted, if one was.
    pub interrupted: Option<Interrupted>,
    /// What git hides of the managed files.
    pub hidden: Hidden,
    /// How old what registries said is, where they weren't asked for anything newer.
    pub as_of: Vec<(Address, AsOf)>,
}

/// A change that was offered upstream.
pub struct Offered {
    /// What names it.
    pub id: ProposalId,
    /// What the lock remembers of it.
    pub sent: SentProposal,
    /// The newest release, if that has it.
    pub accepted: Option<Version>,
}

/// Looks at everything that is installed.
pub fn status(session: &Session) -> Result<Outcome> {
    let repo = Repo::read(&session.workspace)?;
    let interrupted = records::interrupted(session)?;
    let Some(lock) = &repo.lock else {
        let (templates, files, unasked) = (Vec::new(), Vec::new(), Vec::new());
        let (wanted, conflicts, proposals) = (not_installed(&repo), Conflicts::new(), Vec::new());
        return Ok(Outcome {
            templates,
            files,
            managed: 0,
            wanted,
            unasked,
            conflicts,
            proposals,
            interrupted,
            hidden: Hidden::default(),
            as_of: Vec::new(),
        });
    };
    let registries = Registries::new(session, &repo.manifest)?;
    let templates = standing::templates(&registries, &repo, lock);
    let mut files = local_changes::changed(session, &repo, lock, None)?;
    // Only an edit may be one of layout, which what was installed tells.
    if files.iter().any(|file| file.state == State::Edited) {
        let upstream = from_lock::installed(session, &registries, lock).ok();
        files = local_changes::changed(session, &repo, lock, upstream.as_ref())?;
    }
    let (managed, unasked, wanted) = (lock.files.len(), repo.unasked(), not_installed(&repo));
    let conflicts = conflicts::by_team_path(lock, conflicts::still_open(session, lock)?);
    let proposals = offered(&registries, lock);
    Ok(Outcome {
        templates,
        files,
        managed,
        wanted,
        unasked,
        conflicts,
        proposals,
        interrupted,
        hidden: git_view::hidden(session, lock),
        as_of: registries.as_of(),
    })
}

/// Returns the templates that agentpkg.toml asks for and that aren't installed.
fn not_installed(repo: &Repo) -> Vec<TemplateName> {
    let mut names: Vec<TemplateName> = repo.manifest.templates.keys().cloned().collect();
    if let Some(lock) = &repo.lock {
        names.retain(|name| !lock.inputs.releases.contains_key(name));
    }
    names
}

/// Returns what was offered, and whether the newest release of each template has it, as far as the
/// registry says.
fn offered(registries: &Registries, lock: &Lock) -> Vec<Offered> {
    let mut newest_releases: BTreeMap<&TemplateName, Option<Source>> = BTreeMap::new();
    let mut offered = Vec::new();
    for (id, sent) in &lock.proposals {
        let source = newest_releases
            .entry(&sent.template)
            .or_insert_with(|| newest(registries, lock, &sent.template));
        let source = source.as_ref();
        let accepted =
            source.filter(|source| absorber::record(source, &id.accepted_path()).is_ok());
        offered.push(Offered {
            id: id.clone(),
            sent: sent.clone(),
            accepted: accepted.map(|source| source.manifest.template.version.clone()),
        });
    }
    offered
}

/// Returns the newest release of an installed template, as far as its registry says.
fn newest(registries: &Registries, lock: &Lock, name: &TemplateName) -> Option<Source> {
    let registry = &lock.inputs.releases.get(name)?.registry;
    let index = registries.index(registry, name).ok()??;
    registries.source(registry, name, index.latest()?).ok()
}
