//! `status`: what is installed, what is newer, and what the team changed. Never fails for want of a
//! registry.

use std::collections::{BTreeMap, BTreeSet};

use semver::Version;

use crate::error::Result;
use crate::model::lock::{Lock, Record};
use crate::model::name::TemplateName;
use crate::model::path::RelPath;
use crate::model::proposal::{ProposalId, SentProposal};
use crate::model::source::Source;
use crate::model::upstream::Upstream;
use crate::proposal::home;
use crate::store::asked::AsOf;
use crate::store::journal::Interrupted;
use crate::store::registry::Address;
use crate::tree::{self, Absence, Elsewhere, Found, Local, Obstacle, State};

use crate::ops::Session;
use crate::ops::steps::conflicts::{self, Conflicts};
use crate::ops::steps::from_lock;
use crate::ops::steps::git_view::{self, Hidden};
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

/// A path that isn't as it was installed.
pub struct ChangedFile {
    /// The path.
    pub path: RelPath,
    /// The templates whose it is.
    pub owners: Vec<TemplateName>,
    /// What the team did to it.
    pub state: State,
    /// Where the team keeps it, if it moved it.
    pub moved: Option<RelPath>,
    /// Which part of the repository it is in, if this checkout doesn't have that.
    pub elsewhere: Option<Elsewhere>,
    /// What is wrong with it, if something is: words that follow its name.
    pub wrong: Option<String>,
    /// What lies on the way to it, where a folder has to be.
    pub in_the_way: Option<Obstacle>,
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
    let mut files = changed(context, &repo, lock, None)?;
    // Only an edit may be one of layout, which what was installed tells.
    if files.iter().any(|file| file.state == State::Edited) {
        let upstream = from_lock::installed(context, &registries, lock).ok();
        files = changed(context, &repo, lock, upstream.as_ref())?;
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

/// Returns the paths that aren't as they were installed.
pub fn changed(
    context: &Session,
    repo: &Repo,
    lock: &Lock,
    upstream: Option<&Upstream>,
) -> Result<Vec<ChangedFile>> {
    let mut base = repo.base();
    let ours = repo.ours(&context.workspace, &mut base, [])?;
    let identities = tree::identities(&base, &Upstream::default());
    let named = tree::scripts_named(&ours, &lock.files, &identities);
    let mut files = Vec::new();
    for (path, record) in &base.files {
        let base = upstream.and_then(|upstream| upstream.files.get(path));
        let state = match tree::state(record, &ours[path], base, &identities) {
            State::Deleted if named.contains(path) => State::Missing,
            state => state,
        };
        if !matches!(state, State::Unchanged | State::Seed) {
            files.push(ChangedFile {
                path: path.clone(),
                owners: owners(record),
                state,
                moved: moved(record),
                elsewhere: elsewhere(&ours[path]),
                wrong: match state {
                    State::Broken => tree::why_broken(record, &ours[path]),
                    _ => None,
                },
                in_the_way: match &ours[path].found {
                    Found::Obstacle(obstacle) if obstacle.at != *path => Some(obstacle.clone()),
                    _ => None,
                },
            });
        }
    }
    Ok(files)
}

fn elsewhere(local: &Local) -> Option<Elsewhere> {
    match &local.found {
        Found::Absent(Absence::Elsewhere(elsewhere)) => Some(elsewhere.clone()),
        _ => None,
    }
}

fn moved(record: &Record) -> Option<RelPath> {
    match record {
        Record::Whole(whole) => whole.moved.clone(),
        Record::Blocks(_) | Record::Keys(_) => None,
    }
}

fn owners(record: &Record) -> Vec<TemplateName> {
    match record {
        Record::Whole(whole) => vec![whole.origin.template.clone()],
        Record::Blocks(blocks) => blocks.blocks.keys().cloned().collect(),
        Record::Keys(keys) => keys.parts.keys().cloned().collect(),
    }
}

/// Counts of changed files by what was done to them.
pub fn counts(files: &[ChangedFile], owner: &TemplateName) -> BTreeMap<State, usize> {
    let mut counts = BTreeMap::new();
    for file in files.iter().filter(|file| file.owners.contains(owner)) {
        *counts.entry(file.state).or_default() += 1;
    }
    counts
}
