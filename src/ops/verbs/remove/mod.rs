//! `remove`: the upgrade to nothing. What a template brought goes, what was edited stays, and
//! shared files get back the bytes that were there before.
//!
//! The lock alone says what that is: no registry is asked for anything that has to be there. With
//! `--keep-files` everything that a template brought stays, and is managed no longer.

mod agents;
mod keep_files;

use std::collections::{BTreeMap, BTreeSet};

use crate::agent::usual_facts;
use crate::error::{Error, Result};
use crate::merge::block::Marks;
use crate::model::lock::{AGENTPKG_LOCK, Facts, Lock};
use crate::model::manifest::{AGENTPKG_TOML, ManifestEdit};
use crate::model::name::TemplateName;
use crate::model::path::{RelPath, rel};
use crate::model::plan::{FileChange, Plan, Stage};
use crate::model::tree::File;
use crate::model::upstream::Upstream;
use crate::render::questions;
use crate::store::journal::Recovered;
use crate::tree::{self, Base, Note, Row, ownership};
use crate::words;

use crate::ops::Session;
use crate::ops::steps::change;
use crate::ops::steps::conflicts;
use crate::ops::steps::decide;
use crate::ops::steps::git_view::{self, ToCommit};
use crate::ops::steps::moves::{Move, moves};
use crate::ops::steps::releases::Registries;
use crate::ops::steps::repo::Repo;
use crate::ops::steps::root_link;
use crate::ops::steps::transaction;

pub use agents::remove_agents;

/// What to remove.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The templates; none, with `keep_files`, are all of them.
    pub names: Vec<TemplateName>,
    /// Whether what they brought stays, and is the team's from then on.
    pub keep_files: bool,
    /// Whether to stop before anything is written.
    pub dry_run: bool,
}

/// What was removed.
pub struct Outcome {
    /// Whether the plan was carried out.
    pub applied: bool,
    /// What changes in the repo.
    pub plan: Plan,
    /// The templates that went, those among them that nothing else needed.
    pub moves: Vec<Move>,
    /// What became of each path.
    pub rows: Vec<(RelPath, Row)>,
    /// What has to be said besides.
    pub notes: Vec<(RelPath, Note)>,
    /// Scripts that no template has any more and that stay, since they were edited here: they can
    /// still run.
    pub still_run: Vec<RelPath>,
    /// The files that stay and that those templates manage no longer, with `keep_files`.
    pub kept_files: Vec<RelPath>,
    /// The changed paths that are for git; none where there is no git.
    pub to_commit: ToCommit,
    /// What an earlier command had left to do.
    pub recovered: Option<Recovered>,
}

/// Removes templates.
///
/// # Errors
/// Where one of them isn't installed, another one needs it, or a conflict waits in what it brought.
pub fn remove(session: &Session, options: &Options) -> Result<Outcome> {
    let decide = || match (options.keep_files, options.names.as_slice()) {
        (false, names) => with_files(session, names),
        (true, []) => keep_files::of_all(session),
        (true, names) => keep_files::of(session, names),
    };
    if options.dry_run {
        return decide();
    }
    let (mut outcome, recovered) =
        transaction::run(session, "remove", decide, |outcome| &outcome.plan)?;
    outcome.applied = true;
    outcome.recovered = recovered;
    Ok(outcome)
}

/// Returns the removal of templates with what they brought.
fn with_files(session: &Session, names: &[TemplateName]) -> Result<Outcome> {
    let repo = Repo::read(&session.workspace)?;
    repo.refuse_lost(session, &[])?;
    let lock = repo.installed(session)?;
    let gone = gone(&repo, lock, names, REMOVE)?;
    let upstream = left(lock, &gone);
    let mut base = repo.base();
    let ours = repo.ours(&session.workspace, &mut base, [])?;
    decide::refuse_elsewhere(session, &ours)?;
    // What another template owns whole is not touched, and needs no look.
    let (concerned, others): (BTreeMap<_, _>, BTreeMap<_, _>) =
        base.files
            .into_iter()
            .partition(|(_, record)| match record.as_whole() {
                Some(whole) => is_going(lock, &gone, &whole.origin.template),
                None => true,
            });
    let base = Base {
        files: concerned,
        ..base
    };
    let merge = tree::decide(&base, &ours, &upstream, &Marks::new());
    if !merge.refusals.is_empty() {
        return Err(decide::refused(&merge));
    }
    let mut after = lock.clone();
    after.files = merge.files.into_iter().chain(others).collect();
    forget(&mut after, &gone);
    let (staying, going): (conflicts::Conflicts, conflicts::Conflicts) =
        conflicts::still_open(session, lock)?
            .into_iter()
            .partition(|(path, _)| after.files.contains_key(path));
    // What would be forgotten with its file has to be settled first.
    if !going.is_empty() {
        return Err(conflicts::error_waiting(session, lock, going));
    }
    after.conflicts = staying;
    forget_inputs(session, &repo, &mut after);
    let mut changes = merge.changes;
    changes.extend(own_files(&repo, &after, names)?);
    let links = root_link::changes(session, Some(&lock.inputs.facts), &after.inputs.facts)?;
    let plan = Plan::new(command(REMOVE, names), changes).with_links(links);
    let git_view = git_view::of_plan(session, &plan, &[]);
    let still_run = change::still_run(session, &repo, &merge.rows)?;
    Ok(Outcome {
        applied: false,
        moves: moves(&lock.inputs.releases, &after.inputs.releases),
        rows: merge.rows,
        notes: merge.notes,
        still_run,
        kept_files: Vec::new(),
        to_commit: git_view.to_commit,
        recovered: None,
        plan,
    })
}

/// The command, as it is typed.
const REMOVE: &str = "remove";

/// Returns the command with the templates that it names.
fn command(verb: &str, names: &[TemplateName]) -> String {
    let mut command = verb.to_owned();
    for name in names {
        command = format!("{command} {name}");
    }
    command
}

/// Returns the templates that go: those that are named, and what only they needed. `verb` is the
/// command that names them.
fn gone(
    repo: &Repo,
    lock: &Lock,
    names: &[TemplateName],
    verb: &str,
) -> Result<BTreeSet<TemplateName>> {
    let releases = &lock.inputs.releases;
    if let Some(name) = names.iter().find(|name| !releases.contains_key(*name)) {
        let near = words::nearest(name.as_str(), releases.keys().map(|name| name.as_str()));
        let error = Error::user(format!("`{name}` is not installed")).note("nothing was changed");
        return Err(match near {
            Some(near) => error.command(format!("agentpkg {verb} {near}")),
            None => error.command("agentpkg status"),
        });
    }
    let mut kept: Vec<&TemplateName> = repo
        .manifest
        .templates
        .keys()
        .filter(|name| !names.contains(name))
        .collect();
    let mut next = 0;
    while let Some(name) = kept.get(next).copied() {
        next += 1;
        for needed in releases
            .get(name)
            .into_iter()
            .flat_map(|release| &release.dependencies)
        {
            if names.contains(needed) {
                return Err(Error::user(format!("`{name}` needs `{needed}`"))
                    .note("nothing was changed")
                    .command(format!("agentpkg {verb} {name} {needed}")));
            }
            if !kept.contains(&needed) {
                kept.push(needed);
            }
        }
    }
    Ok(releases
        .keys()
        .filter(|name| !kept.contains(name))
        .cloned()
        .collect())
}

/// Returns whether what is a template's goes. The hook runner is agentpkg's own, and goes with the
/// last hook.
fn is_going(lock: &Lock, gone: &BTreeSet<TemplateName>, owner: &TemplateName) -> bool {
    if *owner == TemplateName::composition() {
        return lock.hooks.keys().all(|hook| gone.contains(&hook.template));
    }
    gone.contains(owner)
}

/// Returns what the templates that stay want of shared files, as the lock has it.
fn left(lock: &Lock, gone: &BTreeSet<TemplateName>) -> Upstream {
    let mut upstream = Upstream::default();
    for (path, record) in &lock.files {
        let left = ownership::of(record).without(path, gone);
        upstream
            .files
            .extend(left.map(|content| (path.clone(), content)));
    }
    let stays = lock
        .hooks
        .iter()
        .filter(|(hook, _)| !gone.contains(&hook.template));
    upstream.hooks = stays
        .map(|(hook, place)| (hook.clone(), place.clone()))
        .collect();
    upstream
}

/// Forgets what a lock has of templates, but for their files.
fn forget(lock: &mut Lock, gone: &BTreeSet<TemplateName>) {
    lock.hooks.retain(|hook, _| !gone.contains(&hook.template));
    lock.approvals.retain(|name, _| !gone.contains(name));
    lock.in_review.retain(|name, _| !gone.contains(name));
    lock.proposals
        .retain(|_, sent| !gone.contains(&sent.template));
    lock.inputs.releases.retain(|name, _| !gone.contains(name));
}

/// Forgets what rendering no longer depends on.
fn forget_inputs(session: &Session, repo: &Repo, lock: &mut Lock) {
    if !lock.inputs.facts.are_in(&lock.files) {
        let hooks = lock.inputs.facts.hooks.take();
        lock.inputs.facts = Facts {
            hooks,
            ..usual_facts(&lock.inputs.agents)
        };
    }
    if lock.hooks.is_empty() {
        lock.inputs.facts.hooks = None;
    }
    forget_answers(session, repo, lock);
}

/// Forgets the answers that no template asks for any more, where the registry can still tell; else
/// the next install does.
fn forget_answers(session: &Session, repo: &Repo, lock: &mut Lock) {
    if lock.inputs.releases.is_empty() {
        lock.inputs.answers.clear();
    } else if let Ok(sources) = Registries::new(session, &repo.manifest)
        .and_then(|registries| registries.locked_sources(lock))
    {
        let questions = questions::collect(&sources);
        lock.inputs
            .answers
            .retain(|key, _| questions.contains_key(key.as_str()));
    }
}

/// The changes of agentpkg.toml and agentpkg.lock, which goes with the last template.
fn own_files(repo: &Repo, after: &Lock, names: &[TemplateName]) -> Result<Vec<FileChange>> {
    let mut edit = ManifestEdit::parse(repo.manifest_text.as_deref().unwrap_or_default())?;
    names.iter().for_each(|name| edit.without_template(name));
    let is_last = after.inputs.releases.is_empty() && after.files.is_empty();
    let lock = (!is_last).then(|| File::plain(after.to_text()));
    let plain = |text: &Option<String>| text.as_deref().map(File::plain);
    let manifest = repo
        .manifest_text
        .is_some()
        .then(|| File::plain(edit.into_text()));
    Ok(vec![
        FileChange {
            path: rel(AGENTPKG_TOML),
            stage: Stage::Manifest,
            old: plain(&repo.manifest_text),
            new: manifest,
        },
        FileChange {
            path: rel(AGENTPKG_LOCK),
            stage: Stage::Lock,
            old: plain(&repo.lock_text),
            new: lock,
        },
    ])
}
