//! The step between a plan and its journal: **nothing new may execute or widen without being shown**, and approved by somebody
//! who saw exactly this.
//!
//! What is approved is what templates bring, by content; the lock remembers it, so that a clone doesn't ask again. A local edit
//! is the team's own and asks nothing.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::error::{Error, Result};
use crate::merge::diff::unified;
use crate::model::digest::Digest;
use crate::model::lock::{Approvals, Lock, LockedRelease, Record, WholeRecord};
use crate::model::name::TemplateName;
use crate::model::path::RelPath;
use crate::model::upstream::{Content, Upstream};
use crate::render::capability::{self, Capability, Fate, Item, Review, Tree, TreeFile};
use crate::store::{config, git};
use crate::words;

use super::Context;
use super::releases::Registries;
use super::repo::Repo;

/// What nobody had approved before.
#[derive(Clone, Debug, Default)]
pub struct Approval {
    /// What it is, whether it has to be asked about or not.
    pub shown: Vec<Shown>,
    /// What approves exactly what has to be asked about; nothing where nothing has.
    pub code: Option<String>,
}

/// Something that can execute or widen, with everything that a person has to see of it.
#[derive(Clone, Debug)]
pub struct Shown {
    /// What it is.
    pub item: Item,
    /// Whether it is only shown: its registry is trusted, or its template goes because somebody said so.
    pub is_settled: bool,
    /// What it says and what its scripts do, each as a unified diff.
    pub diffs: Vec<String>,
}

impl Shown {
    /// Returns what it is in one line: "changed hook of a: PreToolUse .claude/hooks/a/guard.sh".
    pub fn line(&self) -> String {
        let Item { fate, capability, .. } = &self.item;
        let of = capability.template.as_ref().map(|template| format!(" of {template}")).unwrap_or_default();
        let loose = capability.unpinned.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
        format!("{} {}{of}: {capability}{loose}", fate.as_str(), capability.kind)
    }
}

/// Returns what of `upstream` nobody has approved, and what the lock remembers once somebody has.
pub(super) fn of(
    context: &Context,
    registries: &Registries,
    repo: &Repo,
    upstream: &Upstream,
    releases: &BTreeMap<TemplateName, LockedRelease>,
) -> Result<(Approval, Approvals)> {
    let now = capability::capabilities(&Tree::of(upstream));
    let (approved, base) = match &repo.lock {
        Some(lock) => (lock.approvals.clone(), capability::capabilities(&tree(lock, &BTreeMap::new()))),
        None => (Approvals::new(), Vec::new()),
    };
    let review = capability::review(&approved, &base, &now);
    let settled = settled(context, registries, releases, &review)?;
    let is_settled = |item: &Item| item.capability.template.as_ref().is_some_and(|template| settled.contains(template));
    let asked = review.only(|item| !is_settled(item));
    let code = (!asked.is_empty()).then(|| asked.code());
    let before = before(context, repo.lock.as_ref(), &review)?;
    let shown = |item: Item| Shown { is_settled: is_settled(&item), diffs: diffs(&item, &before, upstream), item };
    Ok((Approval { shown: review.items.into_iter().map(shown).collect(), code }, capability::approvals(&now)))
}

/// Refuses what has to be approved and isn't.
///
/// # Errors
/// With everything that a person has to see, and with the command that approves it; `again` is the one that was typed.
pub(super) fn require(approval: &Approval, approved: &[String], again: impl FnOnce() -> String) -> Result<()> {
    let Some(code) = approval.code.as_ref().filter(|code| !approved.contains(code)) else { return Ok(()) };
    let asked = || approval.shown.iter().filter(|shown| !shown.is_settled);
    let what = match asked().count() {
        1 => "something".to_owned(),
        many => words::count(many, "thing"),
    };
    let mut error = Error::user(format!("nobody approved {what} that can run, reach out or widen what is allowed"));
    for shown in asked() {
        error = error.detail(shown.line());
    }
    for diff in asked().flat_map(|shown| &shown.diffs) {
        error = error.exhibit(diff.clone());
    }
    if !approved.is_empty() {
        error = error.note("what was approved on the command line is not what is there now");
    }
    Err(error
        .note("nothing was changed; what comes next approves exactly what is shown here")
        .hint(format!("{} --approve {code}", again())))
}

/// Returns what the lock says is installed, can execute or widen, and was approved by nobody.
pub(super) fn missing(context: &Context, lock: &Lock) -> Result<Vec<Capability>> {
    let mut texts = BTreeMap::new();
    for (path, record) in &lock.files {
        if let Record::Whole(WholeRecord { digest, .. }) = record
            && capability::is_read(path)
            && let Some(file) = context.workspace.file(path)?.filter(|file| Digest::of(&file.bytes) == *digest)
            && let Ok(text) = String::from_utf8(file.bytes)
        {
            texts.insert(path.clone(), text);
        }
    }
    let review = capability::review(&lock.approvals, &[], &capability::capabilities(&tree(lock, &texts)));
    Ok(review.items.into_iter().map(|item| item.capability).collect())
}

/// Returns the templates whose news are only shown.
fn settled(
    context: &Context,
    registries: &Registries,
    releases: &BTreeMap<TemplateName, LockedRelease>,
    review: &Review,
) -> Result<BTreeSet<TemplateName>> {
    let concerned: BTreeSet<&TemplateName> =
        review.items.iter().filter_map(|item| item.capability.template.as_ref()).collect();
    let mut settled = BTreeSet::new();
    for name in concerned {
        // Whoever took a template out of agentpkg.toml has said that what it guarded goes.
        let is_trusted = match releases.get(name) {
            Some(release) => config::trusts(&context.environment, &registries.chosen_as(&release.registry)?)?,
            None => true,
        };
        if is_trusted {
            settled.insert(name.clone());
        }
    }
    Ok(settled)
}

/// Returns what the lock says of what is installed. `texts` are those files whose bytes are at hand.
pub(super) fn tree<'a>(lock: &'a Lock, texts: &'a BTreeMap<RelPath, String>) -> Tree<'a> {
    let mut tree = Tree::default();
    for (path, record) in &lock.files {
        match record {
            Record::Whole(whole) => {
                let WholeRecord { origin, digest, executable, .. } = whole;
                let file = TreeFile {
                    digest: *digest,
                    executable: *executable,
                    text: texts.get(path).map(String::as_str),
                    template: Some(&origin.template),
                };
                tree.files.insert(path, file);
            }
            Record::Keys(keys) => {
                let parts = keys.parts.iter().map(|(owner, part): (&TemplateName, &Value)| (path, part, Some(owner)));
                tree.documents.extend(parts);
            }
            Record::Blocks(_) => {}
        }
    }
    tree
}

/// Returns the files that changed as they were installed, as far as the repo or its git still has them.
fn before(context: &Context, lock: Option<&Lock>, review: &Review) -> Result<BTreeMap<RelPath, Vec<u8>>> {
    let mut before = BTreeMap::new();
    let Some(lock) = lock else { return Ok(before) };
    let named = review.items.iter().flat_map(|item| &item.capability.files);
    let whole = |path: &RelPath| match lock.files.get(path) {
        Some(Record::Whole(whole)) => Some((path.clone(), whole.clone())),
        _ => None,
    };
    let needed: BTreeMap<RelPath, WholeRecord> = named.filter_map(whole).collect();
    let mut absent = Vec::new();
    for (path, record) in &needed {
        match context.workspace.file(path)?.filter(|file| Digest::of(&file.bytes) == record.digest) {
            Some(file) => _ = before.insert(path.clone(), file.bytes),
            None => absent.push(path),
        }
    }
    let blobs = git::blobs(context.workspace.root(), absent.iter().map(|path| needed[*path].blob.as_str()))?;
    for path in absent {
        if let Some(bytes) = blobs.get(&needed[path].blob) {
            before.insert(path.clone(), bytes.clone());
        }
    }
    Ok(before)
}

/// Returns what a person has to see of something: what it says, and what each file that it runs does.
fn diffs(item: &Item, before: &BTreeMap<RelPath, Vec<u8>>, upstream: &Upstream) -> Vec<String> {
    let Item { fate, capability, before: earlier } = item;
    if *fate == Fate::Lost {
        return Vec::new();
    }
    let said =
        |one: &Capability| if one.text.is_empty() { String::new() } else { format!("{}\n", one.text.trim_end()) };
    // One line was said with the name already.
    let entry = match earlier {
        None if capability.text.lines().count() <= 1 => String::new(),
        _ => unified(&capability.id(), &earlier.as_ref().map(said).unwrap_or_default(), &said(capability)),
    };
    let file = |path: &RelPath| {
        let now = match upstream.files.get(path) {
            Some(Content::Whole(whole)) => whole.file.bytes.as_slice(),
            _ => return None,
        };
        let old = before.get(path).map(Vec::as_slice).unwrap_or_default();
        Some(match (std::str::from_utf8(old), std::str::from_utf8(now)) {
            (Ok(old), Ok(now)) => unified(path.as_str(), old, now),
            _ => format!("+++ b/{path}\n+not text: {} bytes, {}\n", now.len(), Digest::of(now)),
        })
    };
    std::iter::once(entry).chain(capability.files.iter().filter_map(file)).filter(|diff| !diff.is_empty()).collect()
}
