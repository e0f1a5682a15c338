//! What was committed for review, `upgrade --approve-in-review`: **whoever merges it approves it**,
//! and git's history says who that was.

use std::collections::BTreeSet;

use crate::error::Result;
use crate::model::digest::Digest;
use crate::model::lock::{AGENTPKG_LOCK, Approvals, Lock};
use crate::model::name::TemplateName;
use crate::render::capability::Capability;
use crate::store::git::{self, Commit, Lies};

use crate::ops::Session;

/// What waits for review, or did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InReview {
    /// What it is: "hook PreToolUse .claude/hooks/a/guard.sh", by template and name.
    pub items: Vec<String>,
    /// How it stands.
    pub standing: ReviewState,
}

impl InReview {
    /// Returns whether something of a template is among it.
    pub fn has(&self, capability: &Capability, template: &TemplateName) -> bool {
        let name = format!("{} of {template}", capability.id());
        self.items.contains(&name)
    }

    /// Returns how many things nobody is known to have approved.
    pub fn waiting(&self) -> usize {
        match self.standing {
            ReviewState::Merged { .. } => 0,
            ReviewState::Waits | ReviewState::Unknown => self.items.len(),
        }
    }
}

/// How something that was committed for review stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReviewState {
    /// It was merged, by somebody, with a commit.
    Merged {
        /// Who merged it.
        by: String,
        /// The commit, as far as it is usually said.
        commit: String,
    },
    /// It waits for a review.
    Waits,
    /// Git's history isn't here, or nothing says where requests are merged to.
    Unknown,
}

/// Returns what of the lock was committed for review, and how it stands; nothing where nothing was.
///
/// # Errors
/// When git can't say.
pub fn find(session: &Session, lock: &Lock) -> Result<Option<InReview>> {
    let digests = digests(&lock.in_review);
    if digests.is_empty() {
        return Ok(None);
    }
    let named = lock
        .in_review
        .iter()
        .flat_map(|(template, items)| items.keys().map(move |id| format!("{id} of {template}")));
    let root = session.workspace.root();
    let history = git::history(root, AGENTPKG_LOCK)?;
    let mut brought = None;
    for commit in &history.commits {
        if !has(commit, &digests) {
            break;
        }
        brought = Some(commit);
    }
    let is_oldest = brought == history.commits.last();
    let standing = match brought {
        None => ReviewState::Waits,
        // Where its parents are cut off, nothing tells what a commit brought.
        Some(_) if is_oldest && history.is_cut => ReviewState::Unknown,
        Some(commit) => match (git::lies(root, &commit.id)?, commit.is_merge) {
            (Lies::OnTarget | Lies::Here, true) => merged(&commit.author, commit),
            (Lies::OnTarget, false) => merged(&commit.committer, commit),
            (Lies::Here, false) | (Lies::Elsewhere, _) => ReviewState::Waits,
            (Lies::Unknown, _) => ReviewState::Unknown,
        },
    };
    Ok(Some(InReview {
        items: named.collect(),
        standing,
    }))
}

/// Returns what of the lock is known to wait for a review.
///
/// # Errors
/// As for [`find`].
pub fn waiting(session: &Session, lock: &Lock) -> Result<Approvals> {
    Ok(match find(session, lock)? {
        Some(InReview {
            standing: ReviewState::Waits,
            ..
        }) => lock.in_review.clone(),
        _ => Approvals::new(),
    })
}

/// Returns what of the lock goes on to wait for a review. `upgrades` says whether what was merged
/// is forgotten, `again` whether what waits isn't asked about.
///
/// # Errors
/// As for [`find`].
pub fn left(
    session: &Session,
    lock: &Lock,
    approvals: &Approvals,
    upgrades: bool,
    again: bool,
) -> Result<Approvals> {
    let standing = find(session, lock)?.map(|one| one.standing);
    Ok(match standing {
        Some(ReviewState::Merged { .. }) if upgrades => Approvals::new(),
        // What comes is approved now, or refused; what went is nobody's to ask about any more.
        Some(ReviewState::Waits) if !again => both(&lock.in_review, &Approvals::new()),
        _ => both(&lock.in_review, approvals),
    })
}

/// How what goes is called in the lock, before its name.
pub const GONE: &str = "no longer ";

/// Returns what of some approvals is in others, too, and what goes.
fn both(some: &Approvals, others: &Approvals) -> Approvals {
    let mut both = some.clone();
    for (template, items) in &mut both {
        for (id, digests) in &mut *items {
            if id.starts_with(GONE) {
                continue;
            }
            let other = others.get(template).and_then(|items| items.get(id));
            digests.retain(|digest| other.is_some_and(|other| other.contains(digest)));
        }
        items.retain(|_, digests| !digests.is_empty());
    }
    both.retain(|_, items| !items.is_empty());
    both
}

/// Returns all digests of approvals.
pub fn digests(approvals: &Approvals) -> BTreeSet<Digest> {
    let all = approvals
        .values()
        .flat_map(|items| items.values().flatten());
    all.copied().collect()
}

/// Returns whether all of it was in review already with a commit.
fn has(commit: &Commit, wanted: &BTreeSet<Digest>) -> bool {
    let text = commit
        .bytes
        .as_ref()
        .and_then(|bytes| std::str::from_utf8(bytes).ok());
    let lock = text.and_then(|text| Lock::parse(text).ok());
    lock.is_some_and(|lock| wanted.is_subset(&digests(&lock.in_review)))
}

fn merged(by: &str, commit: &Commit) -> ReviewState {
    const SHORT: usize = 9;
    ReviewState::Merged {
        by: by.to_owned(),
        commit: commit.id.chars().take(SHORT).collect(),
    }
}

impl ReviewState {
    /// Returns it in a sentence.
    pub fn describe(&self) -> String {
        match self {
            Self::Merged { by, commit } => format!("approved by {by}, who merged it with {commit}"),
            Self::Waits => "not approved yet: merging it approves it".to_owned(),
            Self::Unknown => {
                "git's history isn't here, or no branch that requests go to: nothing says whether \
                 it was merged"
                    .to_owned()
            }
        }
    }
}
