//! `status`: what is installed, what is newer, and what the team changed. Never fails for want of a
//! registry.

use std::collections::BTreeSet;

use semver::Version;

use crate::error::Result;
use crate::model::lock::Lock;
use crate::model::name::TemplateName;
use crate::model::proposal::{ProposalId, SentProposal};
use crate::model::source::Source;
use crate::proposal::home;
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
pub fn status(context: &Session) -> Result<Outcome> {
    let repo = Repo::read(&context.workspace)?;
    let interrupted = records::interrupted(context)?;
    let wanted = |lock: Option<&Lock>| {
        let missing = |name: &&TemplateName| {
            lock.is_none_or(|lock| !lock.inputs.releases.contains_key(*name))
        };
        repo.manifest
            .templates
            .keys()
            .filter(missing)
            .cloned()
            .collect()
    };
    let Some(lock) = &repo.lock else {
        let (templates, files, unasked) = (Vec::new(), Vec::new(), Vec::new());
        let (wanted, conflicts, proposals) = (wanted(None), Conflicts::new(), Vec::new());
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
    let registries = Registries::new(context, &repo.manifest)?;
    let templates = standing::templates(&registries, &repo, lock);
    let mut files = local_changes::changed(context, &repo, lock, None)?;
    // Only an edit may be one of layout, which what was installed tells.
    if files.iter().any(|file| file.state == State::Edited) {
        let upstream = from_lock::installed(context, &registries, lock).ok();
        files = local_changes::changed(context, &repo, lock, upstream.as_ref())?;
    }
    let (managed, unasked, wanted) = (lock.files.len(), repo.unasked(), wanted(Some(lock)));
    let conflicts = conflicts::shown(lock, conflicts::still_open(context, lock)?);
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
        hidden: git_view::hidden(context, lock),
        as_of: registries.as_of(),
    })
}

/// Returns what was offered, and whether the newest release of each template has it, as far as the
/// registry says.
fn offered(registries: &Registries, lock: &Lock) -> Vec<Offered> {
    let templates: BTreeSet<&TemplateName> =
        lock.proposals.values().map(|sent| &sent.template).collect();
    let newest = |name: &TemplateName| -> Option<Source> {
        let registry = &lock.inputs.releases.get(name)?.registry;
        let index = registries.index(registry, name).ok()??;
        registries.source(registry, name, index.latest()?).ok()
    };
    let newest: Vec<Source> = templates.into_iter().filter_map(newest).collect();
    let offered = |(id, sent): (&ProposalId, &SentProposal)| {
        let source = newest
            .iter()
            .find(|source| source.manifest.template.name == sent.template);
        let accepted = source.filter(|source| home::record(source, &id.accepted_path()).is_ok());
        let accepted = accepted.map(|source| source.manifest.template.version.clone());
        Offered {
            id: id.clone(),
            sent: sent.clone(),
            accepted,
        }
    };
    lock.proposals.iter().map(offered).collect()
}
