//! What was sent from here, as agentpkg.lock remembers it.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::Result;
use crate::merge::patch::Patch;
use crate::model::lock::{AGENTPKG_LOCK, Lock};
use crate::model::path::{RelPath, rel};
use crate::model::plan::{FileChange, Plan, Stage};
use crate::model::proposal::{ProposalId, SentProposal};
use crate::model::tree::File;
use crate::proposal::Proposal;

use crate::ops::Session;
use crate::ops::steps::repo::Repo;
use crate::ops::steps::transaction;

use super::Offer;

/// Returns the proposal that was sent from here and has some of the same lines.
pub fn earlier(lock: &Lock, proposal: &Proposal) -> Option<(ProposalId, SentProposal)> {
    if let Some(sent) = lock.proposals.get(&proposal.id) {
        return Some((proposal.id.clone(), sent.clone()));
    }
    let new = changed_lines(&proposal.edit);
    for (id, sent) in &lock.proposals {
        if sent.template != proposal.template {
            continue;
        }
        let Ok(old) = Patch::parse(&sent.edit) else {
            continue;
        };
        for (path, old) in changed_lines(&old) {
            if new.get(&path).is_some_and(|new| !new.is_disjoint(&old)) {
                return Some((id.clone(), sent.clone()));
            }
        }
    }
    None
}

/// Returns the lines that a patch adds or takes out, but for empty ones, by file.
fn changed_lines(patch: &Patch) -> BTreeMap<RelPath, BTreeSet<String>> {
    let mut by_path = BTreeMap::new();
    for file in &patch.files {
        let mut lines = BTreeSet::new();
        for line in file.added_lines().into_iter().chain(file.removed_lines()) {
            if !line.trim().is_empty() {
                lines.insert(line.to_owned());
            }
        }
        by_path.insert(file.path.clone(), lines);
    }
    by_path
}

/// Writes down in agentpkg.lock what was sent.
pub fn remember(session: &Session, offer: &Offer, sent: &SentProposal) -> Result<()> {
    transaction::run(
        session,
        "contribute",
        || remembering(session, offer, sent),
        |plan| plan,
    )
    .map(drop)
}

fn remembering(session: &Session, offer: &Offer, sent: &SentProposal) -> Result<Plan> {
    let repo = Repo::read(&session.workspace)?;
    let mut lock = repo.installed(session)?.clone();
    if let Some((id, _)) = &offer.updates {
        lock.proposals.remove(id);
    }
    lock.proposals
        .insert(offer.proposal.id.clone(), sent.clone());
    let change = FileChange {
        path: rel(AGENTPKG_LOCK),
        stage: Stage::Lock,
        old: repo.lock_text.as_deref().map(File::plain),
        new: Some(File::plain(lock.to_text())),
    };
    Ok(Plan::new("contribute", vec![change]))
}
