//! What was accepted upstream and is here already: read from the releases before the trees are
//! merged.
//!
//! Work is done where a release brings records of what it accepted, and the one that is installed
//! lacks them.

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::model::lock::{Inputs, Lock, LockedRelease};
use crate::model::name::TemplateName;
use crate::model::path::RelPath;
use crate::model::proposal::{ProposalId, SentProposal};
use crate::model::renderer::is_known;
use crate::model::source::Source;
use crate::model::upstream::Upstream;
use crate::model::version::Version;
use crate::proposal::Proposal;
pub use crate::proposal::absorber::AcceptedEdit;
use crate::proposal::absorber::{self, Absorber};
use crate::render::compose;
use crate::tree::{Base, Snapshot};

use crate::ops::steps::releases::Registries;
use crate::ops::steps::repo::Repo;

/// What was accepted, and could not be looked for.
#[derive(Debug)]
pub struct Unchecked {
    pub template: TemplateName,
    /// The release that brings it.
    pub version: Version,
    /// The file that should be the record of it; none where it is about all of them.
    pub record: Option<RelPath>,
    pub why: Error,
}

/// What may come home, and what can't be looked for.
#[derive(Default)]
pub struct Absorption<'a> {
    homecoming: Option<Absorber<'a>>,
    /// What could not be looked for.
    pub passed: Vec<Unchecked>,
}

/// Reads what the releases of `sources` accepted that the installed ones had not.
pub fn coming<'a>(
    registries: &Registries,
    repo: &'a Repo,
    inputs: &Inputs,
    sources: &[Source],
) -> Absorption<'a> {
    let mut coming = Absorption::default();
    let Some(lock) = &repo.lock else {
        return coming;
    };
    let mut accepted = Vec::new();
    for source in sources {
        let about = &source.manifest.template;
        let (Some(before), Some(now)) = (
            lock.inputs.releases.get(&about.name),
            inputs.releases.get(&about.name),
        ) else {
            continue;
        };
        if before.tree == now.tree || absorber::records(source).next().is_none() {
            continue;
        }
        let mut unchecked = Vec::new();
        match installed(registries, &about.name, before) {
            Ok(before) => {
                let news = absorber::news(&before, source);
                for proposal in news.accepted {
                    accepted.push((about.version.clone(), proposal));
                }
                for (path, why) in news.unreadable {
                    unchecked.push((Some(path), why));
                }
            }
            Err(error) => unchecked.push((None, error)),
        }
        for (record, why) in unchecked {
            coming.passed.push(Unchecked {
                template: about.name.clone(),
                version: about.version.clone(),
                record,
                why,
            });
        }
    }
    let about = accepted
        .first()
        .map(|(version, proposal)| (proposal.template.clone(), version.clone()));
    let Some((template, version)) = about else {
        return coming;
    };
    match absorber(registries, lock, accepted) {
        Ok(homecoming) => coming.homecoming = Some(homecoming),
        Err(why) => coming.passed.push(Unchecked {
            template,
            version,
            record: None,
            why,
        }),
    }
    coming
}

fn installed(
    registries: &Registries,
    name: &TemplateName,
    locked: &LockedRelease,
) -> Result<Source> {
    registries.source(
        &locked.registry,
        name,
        &registries.locked_release(name, locked)?,
    )
}

fn absorber<'a>(
    registries: &Registries,
    lock: &'a Lock,
    accepted: Vec<(Version, Proposal)>,
) -> Result<Absorber<'a>> {
    if !is_known(lock.inputs.renderer) {
        return Err(Error::user(
            "these files were rendered by an older agentpkg",
        ));
    }
    Absorber::new(
        registries.locked_sources(lock)?,
        compose::ComposeInputs::of(&lock.inputs),
        accepted,
    )
}

impl Absorption<'_> {
    /// Returns the paths besides those of base and upstream where the repo has to be looked at.
    pub fn new_paths(&mut self) -> Vec<RelPath> {
        self.homecoming
            .as_mut()
            .map(|homecoming| homecoming.new_paths().into_iter().collect())
            .unwrap_or_default()
    }

    /// Takes what came home into the base. What the merge has no use for leaves `ours`.
    pub fn take(
        &mut self,
        base: &mut Base,
        ours: &mut Snapshot,
        theirs: &Upstream,
    ) -> Vec<AcceptedEdit> {
        let Some(homecoming) = self.homecoming.take() else {
            return Vec::new();
        };
        let home = homecoming.take(base, ours, theirs);
        ours.retain(|path, _| base.files.contains_key(path) || theirs.files.contains_key(path));
        home
    }
}

/// Takes out of `sent` what the releases have accepted, and says so: what came home and what isn't
/// here.
pub fn take_out_accepted(
    sent: &mut BTreeMap<ProposalId, SentProposal>,
    sources: &[Source],
    home: &mut Vec<AcceptedEdit>,
) {
    sent.retain(|id, sent| {
        let Some(source) = sources
            .iter()
            .find(|source| source.manifest.template.name == sent.template)
        else {
            return true;
        };
        let Ok(proposal) = absorber::record(source, &id.accepted_path()) else {
            return true;
        };
        let known = home.iter().position(|home| home.id == *id);
        let index = known.unwrap_or_else(|| {
            home.push(AcceptedEdit::of(
                &proposal,
                source.manifest.template.version.clone(),
            ));
            home.len() - 1
        });
        home[index].is_yours = true;
        false
    });
}
