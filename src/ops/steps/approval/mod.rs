//! The step between a plan and its journal: **nothing new may execute or widen without being
//! shown**, and approved by somebody who saw exactly this.
//!
//! What is approved is what templates bring, by content; the lock remembers it, so that a clone
//! doesn't ask again. A local edit is the team's own and asks nothing.

mod here;
mod in_the_end;
mod installed;
mod list;

use bytes::Bytes;
use std::collections::{BTreeMap, BTreeSet};

use crate::agent::written_for;
use crate::error::{Error, Result};
use crate::model::agent::Agent;
use crate::model::digest::Digest;
use crate::model::lock::{Approvals, Lock, LockedRelease};
use crate::model::name::TemplateName;
use crate::model::path::RelPath;
use crate::model::upstream::Upstream;
use crate::render::capability::{
    self, Capability, CapabilityChange, CapabilityTree, Review, Unapproved,
};
use crate::store::config;
use crate::store::config::TRUST;
use crate::store::registry::Address;

use crate::ops::Session;
use crate::ops::steps::command_line::{CommandLine, REPORT};
use crate::ops::steps::in_review;
use crate::ops::steps::releases::Registries;
use crate::ops::steps::repo::Repo;

pub use in_the_end::InTheEnd;
use installed::{as_installed, orders, tree};
pub use installed::{missing, otherwise_here};
pub use list::{GONE, ListLine, lines, phrase};

/// What nobody had approved before.
#[derive(Clone, Debug, Default)]
pub struct Approval {
    /// What it is, whether it has to be asked about or not.
    pub shown: Vec<ShownCapability>,
    /// What approves exactly what has to be asked about; nothing where nothing has.
    pub code: Option<String>,
    /// The registries that it comes from.
    pub registries: Vec<Address>,
}

impl Approval {
    /// Returns what has to be asked about.
    pub fn asked(&self) -> impl Iterator<Item = &ShownCapability> {
        self.shown.iter().filter(|shown| shown.trusted.is_none())
    }

    /// Returns the text of what has to be asked about: entries and scripts as unified diffs, each
    /// once.
    pub fn texts(&self) -> Vec<&str> {
        texts(self.asked())
    }

    /// Returns what waits for whoever merges it, as the lock remembers it: what comes, and what
    /// goes.
    fn pending(&self) -> Approvals {
        let mut pending = Approvals::new();
        for Unapproved {
            fate, capability, ..
        } in self.asked().map(|shown| &shown.item)
        {
            let Some(template) = &capability.template else {
                continue;
            };
            let id = match fate {
                CapabilityChange::Lost => format!("{}{}", in_review::GONE, capability.id()),
                CapabilityChange::New | CapabilityChange::Changed => capability.id(),
            };
            let of_template = pending.entry(template.clone()).or_default();
            of_template.entry(id).or_default().insert(capability.digest);
        }
        pending
    }
}

/// Returns the texts of what is shown, each once.
pub fn texts<'a>(shown: impl IntoIterator<Item = &'a ShownCapability>) -> Vec<&'a str> {
    let mut known = BTreeSet::new();
    let diffs = shown.into_iter().flat_map(|shown| &shown.diffs);
    let texts = diffs.map(String::as_str);
    texts.filter(|text| known.insert(*text)).collect()
}

/// Something that can execute or widen, with everything that a person has to see of it.
#[derive(Clone, Debug)]
pub struct ShownCapability {
    /// What it is.
    pub item: Unapproved,
    /// Why it is only shown, and not asked about.
    pub trusted: Option<TrustReason>,
    /// What it says and what its scripts do, each as a unified diff.
    pub diffs: Vec<String>,
    /// Whether it can't run here as things stand: the team took the entry out that runs it.
    pub is_off: bool,
}

/// Why nobody is asked about something that can execute or widen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TrustReason {
    /// The registry that it comes from is trusted.
    Trusted(Address),
    /// Its template, or the agent that it is for, goes because somebody said so.
    Removed,
}

impl ShownCapability {
    /// Returns how many lines of its text came, and how many went.
    pub fn lines_changed(&self) -> (usize, usize) {
        let lines = self.diffs.iter().flat_map(|diff| diff.lines());
        let (mut more, mut less) = (0, 0);
        for line in lines.filter(|line| !line.starts_with("+++ ") && !line.starts_with("--- ")) {
            more += usize::from(line.starts_with('+'));
            less += usize::from(line.starts_with('-'));
        }
        (more, less)
    }
}

/// What is to be looked at.
pub struct ReviewInput<'a> {
    /// What templates bring.
    pub upstream: &'a Upstream,
    /// What their tests bring that runs when they do.
    pub tests: &'a [Capability],
    /// The agents that go because somebody said so, with all that is written for them alone.
    pub going: &'a [Agent],
    /// Their releases.
    pub releases: &'a BTreeMap<TemplateName, LockedRelease>,
    /// Whether that is what the lock remembers: its entries count then, and the digests of its
    /// files.
    pub is_as_locked: bool,
    /// What the lock calls approved and waits for a review: nobody approved it yet.
    pub waiting: &'a Approvals,
    /// Settings as they are in the end.
    pub in_the_end: &'a InTheEnd,
}

/// What becomes of the lock once everything that is shown is approved.
pub struct Remembered {
    /// What was approved.
    pub approvals: Approvals,
    /// What of it nobody had approved before.
    pub pending: Approvals,
}

/// Returns what of `wanted` nobody has approved, and what the lock remembers once somebody has.
pub fn review(
    session: &Session,
    registries: &Registries,
    repo: &Repo,
    wanted: &ReviewInput<'_>,
) -> Result<(Approval, Remembered)> {
    let ReviewInput {
        upstream,
        tests,
        going,
        releases,
        is_as_locked,
        in_the_end,
        waiting,
    } = wanted;
    let (mut approved, base) = match &repo.lock {
        Some(lock) => {
            let texts = orders(session, lock)?;
            let base = capability::capabilities(&tree(lock, &texts));
            (lock.approvals.clone(), base)
        }
        None => (Approvals::new(), Vec::new()),
    };
    let now = if *is_as_locked {
        base.clone()
    } else {
        capabilities_of(session, upstream, tests)?
    };
    let waiting = in_review::digests(waiting);
    for digests in approved.values_mut().flat_map(|items| items.values_mut()) {
        digests.retain(|digest| !waiting.contains(digest));
    }
    let review = capability::review(&approved, &base, &now);
    let review = review.only(|item| !in_the_end.still_has(item));
    let review = without_held(session, upstream, review, &waiting)?;
    let mut from = Vec::new();
    let trusted = trusted_templates(
        session,
        registries,
        repo.lock.as_ref(),
        releases,
        &review,
        &mut from,
    )?;
    let trust_reason = |item: &Unapproved| {
        let path = &item.capability.path;
        let readers = written_for(path);
        let goes = item.fate == CapabilityChange::Lost
            && !readers.is_empty()
            && readers.iter().all(|agent| going.contains(agent));
        match goes {
            true => Some(TrustReason::Removed),
            false => trusted.get(item.capability.template.as_ref()?).cloned(),
        }
    };
    let asked = review.only(|item| trust_reason(item).is_none());
    let code = (!asked.is_empty()).then(|| asked.code());
    let before = before(session, repo.lock.as_ref(), &review)?;
    let mut shown = Vec::new();
    for item in review.items {
        shown.push(ShownCapability {
            trusted: trust_reason(&item),
            diffs: diffs(&item, &before, upstream),
            is_off: in_the_end.is_off(&item),
            item,
        });
    }
    let mut approvals = capability::approvals(&now);
    if *is_as_locked {
        // Of files whose bytes aren't at hand, what they say was approved before.
        add_approvals(approved, &mut approvals);
    }
    let approval = Approval {
        shown,
        code,
        registries: from,
    };
    let pending = approval.pending();
    Ok((approval, Remembered { approvals, pending }))
}

/// Takes out of a review what the repository has itself already.
fn without_held(
    session: &Session,
    upstream: &Upstream,
    review: Review,
    waiting: &BTreeSet<Digest>,
) -> Result<Review> {
    if review.is_empty() {
        return Ok(review);
    }
    let mut held = here::held(session, upstream, &review)?;
    // What came with a branch that waits is here, and is what is asked about.
    held.retain(|digest| !waiting.contains(digest));
    Ok(review.only(|item| {
        item.fate == CapabilityChange::Lost || !held.contains(&item.capability.digest)
    }))
}

fn add_approvals(more: Approvals, approvals: &mut Approvals) {
    for (template, more) in more {
        let of_template = approvals.entry(template).or_default();
        for (id, digests) in more {
            of_template.entry(id).or_default().extend(digests);
        }
    }
}

/// Returns what templates and their tests bring that can execute or widen.
fn capabilities_of(
    session: &Session,
    upstream: &Upstream,
    tests: &[Capability],
) -> Result<Vec<Capability>> {
    let mut tree = CapabilityTree::of(upstream);
    tree.run_outside = here::run_by_the_team(session, upstream)?;
    let mut capabilities = capability::capabilities(&tree);
    capabilities.extend_from_slice(tests);
    Ok(capabilities)
}

/// Refuses what has to be approved and isn't; `moves` are the templates that it comes with, and
/// their versions.
///
/// # Errors
/// With a list of it, its text for a report, and the command that approves it.
pub fn require(
    session: &Session,
    approval: &Approval,
    moves: &[String],
    approved: &[String],
) -> Result<()> {
    let Some(code) = approval
        .code
        .as_ref()
        .filter(|code| !approved.contains(code))
    else {
        return Ok(());
    };
    let phrase = phrase(approval.asked());
    let of = match moves {
        [] => String::new(),
        moves => format!(" for {}", moves.join(", ")),
    };
    let mut error = Error::user(match approved.is_empty() {
        true => format!("approval needed{of}: {phrase}"),
        false => format!("the code approves something else; approval needed{of}: {phrase}"),
    });
    for line in listed(approval, false) {
        error = error.detail(line);
    }
    error = error.attaching(listed(approval, true).join("\n") + "\n");
    for text in approval.texts() {
        error = error.attaching(text);
    }
    for address in config::unused_trust(&session.environment, &approval.registries)? {
        error = error.note(format!(
            "`{TRUST}` names `{address}`, which nothing here comes from"
        ));
    }
    let again = CommandLine::again(session);
    error = match again.has(REPORT) {
        true => error.note("nothing was changed; the report has the text of all this"),
        false => error.note("nothing was changed; `--report FILE.md` writes the text of all this"),
    };
    Err(error.command(again.option("--approve", code)))
}

/// Returns the list of what has to be asked about, as it is printed.
fn listed(approval: &Approval, all: bool) -> Vec<String> {
    let lines = lines(approval.asked(), all).into_iter();
    lines
        .map(|ListLine { label, text }| format!("{label:<12}{text}"))
        .collect()
}

/// Returns the templates whose capabilities are only shown, with why; adds the registries that
/// they come from to `from`.
fn trusted_templates(
    session: &Session,
    registries: &Registries,
    lock: Option<&Lock>,
    releases: &BTreeMap<TemplateName, LockedRelease>,
    review: &Review,
    from: &mut Vec<Address>,
) -> Result<BTreeMap<TemplateName, TrustReason>> {
    let concerned: BTreeSet<&TemplateName> = review
        .items
        .iter()
        .filter_map(|item| item.capability.template.as_ref())
        .collect();
    let mut trusted = BTreeMap::new();
    for name in concerned {
        let why = match releases.get(name) {
            Some(release) => {
                let chosen = registries.address_of(&release.registry)?;
                from.push(chosen.address.clone());
                let is_trusted = config::trusts(&session.environment, &chosen)?;
                is_trusted.then(|| TrustReason::Trusted(chosen.address.clone()))
            }
            // What a release needs no longer goes because whoever publishes it says so.
            None => {
                let was_needed = lock.is_some_and(|lock| is_needed(name, lock, releases));
                (!was_needed).then_some(TrustReason::Removed)
            }
        };
        if let Some(why) = why {
            trusted.insert(name.clone(), why);
        }
    }
    Ok(trusted)
}

/// Returns whether a release that the lock has, and that stays, needed a template.
fn is_needed(
    name: &TemplateName,
    lock: &Lock,
    staying: &BTreeMap<TemplateName, LockedRelease>,
) -> bool {
    let locked = lock.inputs.releases.iter();
    let mut dependents = locked.filter(|(_, release)| release.dependencies.contains(name));
    dependents.any(|(dependent, _)| staying.contains_key(dependent))
}

/// Returns the files that changed as they were installed, as far as the repo or its git still has
/// them.
fn before(
    session: &Session,
    lock: Option<&Lock>,
    review: &Review,
) -> Result<BTreeMap<RelPath, Bytes>> {
    let named = review.items.iter().flat_map(|item| &item.capability.files);
    lock.map(|lock| as_installed(session, lock, named))
        .transpose()
        .map(Option::unwrap_or_default)
}

/// Returns what a person has to see of something that comes.
fn diffs(item: &Unapproved, before: &BTreeMap<RelPath, Bytes>, upstream: &Upstream) -> Vec<String> {
    match item.fate {
        CapabilityChange::Lost => Vec::new(),
        CapabilityChange::New | CapabilityChange::Changed => item.capability.diffs(
            item.before.as_ref(),
            |path| before.get(path).map(AsRef::as_ref),
            upstream,
        ),
    }
}
