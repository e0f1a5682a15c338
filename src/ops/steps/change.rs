//! The operation behind `install` and `upgrade`: the repo comes to hold what its templates bring,
//! and keeps everything the team did.
//!
//! Adding a template, restoring a fresh clone, changing an answer, moving to another release and
//! dropping a template are one operation with other ends: what the lock remembers, what the repo
//! has and what upstream wants now are merged, and one plan is carried out.

use std::collections::{BTreeMap, BTreeSet};

use semver::Version;

use crate::agent::claude::faults::{LARGEST, too_large};
use crate::agent::claude::places::is_settings;
use crate::error::{Error, Result};
use crate::merge::block::Marks;
use crate::model::agent::Agent;
use crate::model::difference::InputDifference;
use crate::model::lock::{AGENTPKG_LOCK, Approvals, Lock};
use crate::model::manifest::AGENTPKG_TOML;
use crate::model::name::TemplateName;
use crate::model::path::RelPath;
use crate::model::plan::{FileChange, Plan};
use crate::model::support::Limit;
use crate::render::capability::{Capability, test_programs};
use crate::render::cost::Cost;
use crate::store::config::Chosen;
use crate::store::fs;
use crate::store::git::Ignored;
use crate::store::journal::Recovered;
use crate::store::workspace::Workspace;
use crate::tree::{Note, Row, State};

use crate::ops::Session;
use crate::ops::steps::absorb;
pub use crate::ops::steps::absorb::{AcceptedEdit, Unchecked};
pub use crate::ops::steps::answers::{AnswerOrigin, NewAnswer, Unasked};
use crate::ops::steps::approval::{self, Approval, Remembered, ReviewInput};
use crate::ops::steps::commit::{self, Committing};
use crate::ops::steps::conflicts::{self, Conflicts};
use crate::ops::steps::decide::{self, MergeInputs, MergedFiles};
use crate::ops::steps::gate::{self, HooksOff};
use crate::ops::steps::git_view::{self, ToCommit};
pub use crate::ops::steps::guess_base::{Copied, Left};
use crate::ops::steps::in_review;
use crate::ops::steps::instructions;
use crate::ops::steps::local_changes::{self, ChangedFile};
use crate::ops::steps::manifest_changes::{ManifestChanges, own_files};
use crate::ops::steps::moves::{Move, moves};
use crate::ops::steps::reading::{ToldAgain, told_again, unread};
use crate::ops::steps::records;
pub use crate::ops::steps::registry_moves::{Moving, RegistryEdit, RegistryMove};
pub use crate::ops::steps::release_notes::ReleaseNotes;
use crate::ops::steps::release_notes::{marks, news};
use crate::ops::steps::releases::in_use;
use crate::ops::steps::render::{AgentChoice, RenderedTemplates, render};
use crate::ops::steps::repo::Repo;
use crate::ops::steps::resolve::{ResolvedReleases, resolve};
use crate::ops::steps::root_link;
use crate::ops::steps::standing::Template;
use crate::ops::steps::target::TargetState;
use crate::ops::steps::transaction;
use crate::ops::steps::unsigned;

/// How a verb goes about it.
pub struct Run<'a> {
    /// The command, as a person would type it behind `agentpkg`.
    pub command: String,
    /// Answers given on the command line.
    pub settings: Vec<(String, String)>,
    /// Codes that approve what would be able to run or to do more.
    pub approve: Vec<String>,
    /// Whether to stop before anything is written.
    pub dry_run: bool,
    /// Whether what was changed is committed.
    pub commits: bool,
    /// Whether whoever merges that commit approves what it can run.
    pub in_review: bool,
    /// How the verb reads a repo.
    pub read: fn(&Workspace) -> Result<Repo>,
    /// What the verb wants of a repo, or why it can't be had.
    pub wish: &'a dyn Fn(&Session, &Repo) -> Result<TargetState>,
}

/// What was done.
pub struct Outcome {
    /// Whether the plan was carried out.
    pub applied: bool,
    /// How many files were committed.
    pub committed: Option<usize>,
    /// What changes in the repo.
    pub plan: Plan,
    /// What became of each path.
    pub rows: Vec<(RelPath, Row)>,
    /// What has to be said besides.
    pub notes: Vec<(RelPath, Note)>,
    /// What can execute or widen that nobody had approved before.
    pub approval: Approval,
    /// Whether whoever merges it approves that.
    pub in_review: bool,
    /// What both sides changed and nothing settles: ours is in its place, and the lock remembers
    /// upstream's.
    pub conflicts: Conflicts,
    /// What the team had copied from templates by hand, by where it lay and from which template.
    pub copied: BTreeMap<(RelPath, TemplateName), Copied>,
    /// Copies that stay where they are, with where the template has them and why.
    pub left: BTreeMap<RelPath, (RelPath, Left)>,
    /// Files of which an earlier agentpkg's rendering isn't at hand any more: this one's stood in
    /// for it.
    pub stand_ins: BTreeSet<RelPath>,
    /// What was accepted upstream and is here, or was sent from here.
    pub merged_upstream: Vec<AcceptedEdit>,
    /// What was accepted upstream and could not be looked for.
    pub unchecked: Vec<Unchecked>,
    /// How many files hold edits of the team's; counted for a commit's message alone.
    pub kept: usize,
    /// The sections of changelogs between what was installed and what is now, the newest first.
    pub news: Vec<ReleaseNotes>,
    /// Newer releases that agentpkg.toml doesn't admit.
    pub outside: Vec<(TemplateName, Version)>,
    /// Templates that came, moved or went: the versions before and after.
    pub moves: Vec<Move>,
    /// Templates that come from another registry than before, by `--registry`.
    pub registry_moves: Vec<RegistryMove>,
    /// What `--registry` did to agentpkg.toml.
    pub moving: Option<Moving>,
    /// Inputs of rendering that are not what the lock said before.
    pub differences: Vec<InputDifference>,
    /// Answers that agentpkg.toml didn't have.
    pub answers: Vec<NewAnswer>,
    /// Answers of agentpkg.toml to no question.
    pub unasked: Vec<Unasked>,
    /// The registry of templates that name no other.
    pub registry: Chosen,
    /// Whether git could not merge the lock, and it was rebuilt from both sides.
    pub rejoined: bool,
    /// Whether this is the first install here, so that what was assumed has to be said.
    pub first: bool,
    /// The agents written for.
    pub agents: Vec<Agent>,
    /// Why these.
    pub agent_choice: AgentChoice,
    /// Agents in use that nothing is written for, although it could be.
    pub unserved_agents: Vec<Agent>,
    /// Agents in use that nothing is written for yet, by their vendors' names.
    pub other_agents: Vec<&'static str>,
    /// What agents don't get as it is meant, of all templates.
    pub limits: Vec<Limit>,
    /// What each agent is told more than once.
    pub told_again: Vec<ToldAgain>,
    /// What an agent loads and runs because of the templates.
    pub cost: Cost,
    /// Files written for the first time that git hides from the team.
    pub hidden: Vec<Ignored>,
    /// The agents that files show not to run hooks, once it was carried out.
    pub hooks_off: Vec<HooksOff>,
    /// Scripts that no template has any more and that stay, since they were edited here: they can
    /// still run.
    pub still_run: Vec<RelPath>,
    /// The changed paths that are for git; none where there is no git.
    pub to_commit: ToCommit,
    /// Why git can't tell what it would hide, if it can't.
    pub git_is_silent: Option<Error>,
    /// Releases that aren't offered any more, and templates that others take the place of.
    pub withdrawn: Vec<Template>,
    /// What an earlier command had left to do.
    pub recovered: Option<Recovered>,
}

/// Does what a verb wants.
pub fn change(session: &mut Session, verb: &Run) -> Result<Outcome> {
    if verb.dry_run {
        let repo = (verb.read)(&session.workspace)?;
        return compute(session, verb, &repo, &verb.settings);
    }
    // What can be refused without touching anything is refused first.
    if records::interrupted(session)?.is_none() {
        let wish = wished(session, verb, &(verb.read)(&session.workspace)?)?;
        unsigned::require(session, &wish.manifest)?;
    }
    // A person takes the time they take: the questions come before the repo is locked, or touched
    // at all.
    let Asked {
        answers: asked,
        code,
    } = ask(session, verb)?;
    let approved: Vec<String> = verb.approve.iter().cloned().chain(code).collect();
    let settings = asked
        .iter()
        .map(|new| (new.key.clone(), new.answer.to_set()));
    let settings: Vec<_> = verb.settings.iter().cloned().chain(settings).collect();
    let created = session.workspace.create()?;
    let mut outcome = write(session, verb, &settings, &approved);
    if let Ok(outcome) = &mut outcome {
        let by_a_person = |new: &&mut NewAnswer| asked.iter().any(|other| other.key == new.key);
        outcome
            .answers
            .iter_mut()
            .filter(by_a_person)
            .for_each(|new| new.from = AnswerOrigin::Person);
    }
    // It is done, whatever can be read of it.
    if let (Ok(outcome), Ok(repo)) = (&mut outcome, Repo::read(&session.workspace))
        && let Some(lock) = &repo.lock
    {
        outcome.hooks_off = gate::off_by_files(session, lock);
    }
    if outcome.is_err() {
        created.iter().for_each(|folder| fs::remove_empty(folder));
    }
    outcome
}

/// Returns what a verb wants of a repo that has what it needs for that.
fn wished(session: &Session, verb: &Run, repo: &Repo) -> Result<TargetState> {
    let wish = (verb.wish)(session, repo)?;
    repo.refuse_lost(session, &wish.named)?;
    Ok(wish)
}

/// What a person said.
#[derive(Default)]
struct Asked {
    answers: Vec<NewAnswer>,
    /// What approves what they were shown.
    code: Option<String>,
}

/// Returns what a person answers to the questions that are open, and whether they approve what
/// comes of that, if there is a person.
fn ask(session: &Session, verb: &Run) -> Result<Asked> {
    let Some(person) = session.person else {
        return Ok(Asked::default());
    };
    if records::interrupted(session)?.is_some() {
        return Ok(Asked::default());
    }
    let repo = (verb.read)(&session.workspace)?;
    let outcome = compute(session, verb, &repo, &verb.settings)?;
    let mut answers = outcome.answers.clone();
    answers.retain(|new| new.from == AnswerOrigin::Person);
    let code = outcome
        .approval
        .code
        .clone()
        .filter(|code| !verb.in_review && !verb.approve.contains(code));
    if code.is_some() {
        session.progress.stop();
        if !person.approve(&outcome)? {
            return Err(Error::user("not approved").note("nothing was changed"));
        }
    }
    Ok(Asked { answers, code })
}

fn write(
    session: &Session,
    verb: &Run,
    settings: &[(String, String)],
    approved: &[String],
) -> Result<Outcome> {
    let decide = || {
        let outcome = compute(session, verb, &(verb.read)(&session.workspace)?, settings)?;
        if !verb.in_review {
            let moves: Vec<String> = outcome.moves.iter().map(Move::to_string).collect();
            approval::require(session, &outcome.approval, &moves, approved)?;
        }
        if verb.commits && !outcome.plan.is_empty() {
            commit::refuse_uncommitted(session, &outcome.plan, &outcome.to_commit)?;
        }
        Ok(outcome)
    };
    let (mut outcome, recovered) =
        transaction::run(session, &verb.command, decide, |outcome| &outcome.plan)?;
    outcome.applied = true;
    outcome.recovered = recovered;
    remember_registries(session, verb);
    if verb.commits {
        commit_plan(session, &mut outcome)?;
    }
    Ok(outcome)
}

/// Commits what was changed; where nothing was, what an upgrade changed before that git refused to
/// commit then.
fn commit_plan(session: &Session, outcome: &mut Outcome) -> Result<()> {
    if outcome.plan.is_empty()
        && let Some(unfinished) = commit::unfinished(session)?
    {
        outcome.moves = unfinished.moves;
        outcome.to_commit = unfinished.to_commit;
        outcome.plan = unfinished.plan;
    }
    if outcome.plan.is_empty() {
        return Ok(());
    }
    let committing = Committing {
        plan: &outcome.plan,
        to_commit: &outcome.to_commit,
        moves: &outcome.moves,
        home: &outcome.merged_upstream,
        conflicts: &outcome.conflicts,
        kept: outcome.kept,
    };
    outcome.committed = Some(commit::commit(session, &committing)?);
    Ok(())
}

/// Remembers the registries that were used: who only looks asks them from now on, too. What was
/// done is done, so that it is no error where that fails.
fn remember_registries(session: &Session, verb: &Run) {
    let repo = (verb.read)(&session.workspace);
    let used = repo.and_then(|repo| in_use(session, &repo.manifest));
    for registry in used.unwrap_or_default() {
        session.environment.remember(&registry.address);
    }
}

/// Everything up to the point where something would be written.
fn compute(
    session: &Session,
    verb: &Run,
    repo: &Repo,
    settings: &[(String, String)],
) -> Result<Outcome> {
    let target = wished(session, verb, repo)?;
    let resolved = resolve(session, repo, target, !verb.dry_run)?;
    let rendered = render(session, repo, &resolved, settings)?;
    let mut merged = merge(session, repo, &resolved, &rendered)?;
    let approved = approve(session, verb, repo, &resolved, &rendered, &merged)?;
    let lock = lock_afterwards(session, repo, &rendered, &approved, &mut merged)?;
    if resolved.target.locked {
        unchanged_inputs(repo, &lock)?;
    }
    let plan = plan(session, verb, repo, &resolved, &rendered, &merged, &lock)?;
    let restored = restored(&merged, &resolved.target);
    let git_view = git_view::of_plan(session, &plan, &restored);
    let still_run = still_run(session, repo, &merged.merge.rows)?;
    let kept = match verb.commits {
        true => edited_here(session, repo, &lock, &merged.home, &merged.merge.rows)?,
        false => 0,
    };
    let before = repo.installed_releases();
    Ok(Outcome {
        applied: false,
        committed: None,
        recovered: None,
        kept,
        in_review: verb.in_review,
        approval: approved.approval,
        conflicts: conflicts::by_team_path(&lock, merged.merge.conflicts),
        rows: without_links(merged.merge.rows, &plan),
        notes: merged.merge.notes,
        copied: merged.copied,
        left: merged.left,
        stand_ins: merged.stand_ins,
        merged_upstream: merged.home,
        unchecked: merged.passed,
        cost: merged.cost,
        news: news(&rendered.sources, before),
        moves: moves(before, &lock.inputs.releases),
        registry_moves: resolved.registry_moves(repo)?,
        registry: resolved.registries.chosen().clone(),
        moving: resolved.moving,
        outside: resolved.outside,
        withdrawn: resolved.withdrawn,
        differences: match &repo.lock {
            Some(before) => before.inputs.differences(&lock.inputs),
            None => Vec::new(),
        },
        answers: rendered.answered.new,
        unasked: rendered.answered.unasked,
        rejoined: repo.rejoined,
        first: repo.lock.is_none(),
        agents: rendered.agents.written,
        agent_choice: rendered.agents.why,
        unserved_agents: rendered.agents.unserved,
        other_agents: rendered.agents.others,
        told_again: told_again(session, &rendered.inputs, &rendered.upstream, &plan)?,
        limits: {
            let mut limits = unread(session, &rendered.inputs, &plan)?;
            limits.extend(rendered.upstream.limits.into_values().flatten());
            limits
        },
        hidden: git_view.hidden,
        to_commit: git_view.to_commit,
        git_is_silent: git_view.silent,
        hooks_off: Vec::new(),
        still_run,
        plan,
    })
}

/// Merges what the templates want into what the repo has.
fn merge(
    session: &Session,
    repo: &Repo,
    resolved: &ResolvedReleases,
    rendered: &RenderedTemplates,
) -> Result<MergedFiles> {
    let releases = &rendered.inputs.releases;
    let marks = match resolved.target.marks && session.person.is_some() {
        true => marks(repo.installed_releases(), releases),
        false => Marks::new(),
    };
    let inputs = MergeInputs {
        repo,
        registries: &resolved.registries,
        installed_from: resolved.installed_from(repo),
        inputs: &rendered.inputs,
        sources: &rendered.sources,
        upstream: &rendered.upstream,
        marks: &marks,
        restore: &resolved.target.restore,
        still: &rendered.frozen,
    };
    decide::merged(session, &inputs)
}

/// What a change needs somebody's approval for, and what the lock remembers once it has it.
struct Approved {
    approval: Approval,
    approvals: Approvals,
    /// What waits for whoever merges the commit.
    in_review: Approvals,
}

/// Finds what nobody has approved.
fn approve(
    session: &Session,
    verb: &Run,
    repo: &Repo,
    resolved: &ResolvedReleases,
    rendered: &RenderedTemplates,
    merged: &MergedFiles,
) -> Result<Approved> {
    let tests: Vec<Capability> = rendered.sources.iter().flat_map(test_programs).collect();
    let waiting = match &repo.lock {
        Some(lock) if !verb.in_review => in_review::waiting(session, lock)?,
        _ => Approvals::new(),
    };
    let mut going = match &repo.lock {
        Some(lock) => lock.inputs.agents.clone(),
        None => Vec::new(),
    };
    going.retain(|agent| !rendered.inputs.agents.contains(agent));
    let input = ReviewInput {
        waiting: &waiting,
        upstream: &rendered.upstream,
        tests: &tests,
        going: &going,
        releases: &rendered.inputs.releases,
        is_as_locked: rendered.is_from_lock,
        in_the_end: &merged.in_the_end,
    };
    let (approval, remembered) = approval::review(session, &resolved.registries, repo, &input)?;
    let Remembered { approvals, pending } = remembered;
    let upgrades = resolved.target.upgrades;
    let mut in_review = match &repo.lock {
        Some(lock) => in_review::left(session, lock, &approvals, upgrades, verb.in_review)?,
        None => Approvals::new(),
    };
    if verb.in_review {
        join(&mut in_review, pending);
    }
    Ok(Approved {
        approval,
        approvals,
        in_review,
    })
}

/// Returns the lock as it is to be. What came home drops out of the proposals that were sent.
fn lock_afterwards(
    session: &Session,
    repo: &Repo,
    rendered: &RenderedTemplates,
    approved: &Approved,
    merged: &mut MergedFiles,
) -> Result<Lock> {
    let (mut open, mut proposals) = (Conflicts::new(), BTreeMap::new());
    if let Some(lock) = &repo.lock {
        open = conflicts::still_open(session, lock)?;
        proposals = lock.proposals.clone();
    }
    open.retain(|path, _| merged.merge.files.contains_key(path));
    open.extend(merged.merge.conflicts.clone());
    absorb::take_out_accepted(&mut proposals, &rendered.sources, &mut merged.home);
    Ok(Lock {
        inputs: rendered.inputs.clone(),
        files: merged.merge.files.clone(),
        hooks: rendered.upstream.hooks.clone(),
        conflicts: open,
        approvals: approved.approvals.clone(),
        in_review: approved.in_review.clone(),
        proposals,
    })
}

/// Returns everything that changes in the repo: its files, agentpkg.toml and agentpkg.lock.
fn plan(
    session: &Session,
    verb: &Run,
    repo: &Repo,
    resolved: &ResolvedReleases,
    rendered: &RenderedTemplates,
    merged: &MergedFiles,
    lock: &Lock,
) -> Result<Plan> {
    let ResolvedReleases {
        target, registries, ..
    } = resolved;
    let mut changes = merged.merge.changes.clone();
    if !target.locked {
        let written = ManifestChanges {
            unversioned: &target.unversioned,
            agents: &rendered.agents.written,
            registry: registries.chosen(),
            answers: &rendered.answered.new,
        };
        changes.extend(own_files(session, repo, &target.manifest, lock, &written)?);
    }
    let before = repo.lock.as_ref().map(|lock| &lock.inputs.facts);
    let links = root_link::changes(session, before, &lock.inputs.facts)?;
    let plan = Plan::new(&verb.command, changes).with_links(links);
    refuse_skipped_settings(&plan)?;
    instructions::refuse_cut(session, &rendered.inputs, &plan)?;
    Ok(plan)
}

/// Returns the paths that come back and that git knows: what comes back on request is news to it.
fn restored(merged: &MergedFiles, target: &TargetState) -> Vec<RelPath> {
    let mut restored = merged.merge.restored.clone();
    restored.retain(|path| !target.restore.contains(path));
    restored
}

/// Returns the rows but those of files in whose place a link comes.
fn without_links(mut rows: Vec<(RelPath, Row)>, plan: &Plan) -> Vec<(RelPath, Row)> {
    for link in plan.links.iter().filter(|link| link.new.is_some()) {
        rows.retain(|(path, _)| *path != link.path);
    }
    rows
}

/// Refuses to make settings larger than the agent reads: it would skip them with all their guards.
fn refuse_skipped_settings(plan: &Plan) -> Result<()> {
    for FileChange { path, new, .. } in &plan.changes {
        let size = new.as_ref().map_or(0, |file| file.bytes.len());
        if is_settings(path) && size > LARGEST {
            return Err(
                Error::user(format!("`{path}` can't be written: {}", too_large()))
                    .note("nothing was changed")
                    .hint(format!(
                        "take out of `{path}`, or of a template, what makes it so large"
                    )),
            );
        }
    }
    Ok(())
}

/// Adds what waits for a review to what did before.
fn join(all: &mut Approvals, more: Approvals) {
    for (template, items) in more {
        let of_template = all.entry(template).or_default();
        for (id, digests) in items {
            of_template.entry(id).or_default().extend(digests);
        }
    }
}

/// `--locked`: the files may be restored, what they come from may not change.
fn unchanged_inputs(repo: &Repo, lock: &Lock) -> Result<()> {
    let Some(before) = repo
        .lock
        .as_ref()
        .filter(|before| before.inputs != lock.inputs)
    else {
        return Ok(());
    };
    let message = format!(
        "`{AGENTPKG_LOCK}` does not fit `{AGENTPKG_TOML}`, and `--locked` forbids to change it"
    );
    let differences = before.inputs.differences(&lock.inputs);
    let error = differences
        .iter()
        .fold(Error::user(message), |error, difference| {
            error.detail(difference.to_string())
        });
    Err(error
        .note("nothing was changed")
        .hint("run `agentpkg install` where it may write, and commit what it wrote"))
}

/// How many managed files hold edits of the team's, as things stand, less those of which all came
/// home.
fn edited_here(
    session: &Session,
    repo: &Repo,
    lock: &Lock,
    home: &[AcceptedEdit],
    rows: &[(RelPath, Row)],
) -> Result<usize> {
    let Some(before) = &repo.lock else {
        return Ok(0);
    };
    let changed = local_changes::changed(session, repo, before, None)?;
    let is_edited = |file: &&ChangedFile| {
        matches!(
            file.state,
            State::Edited | State::Reformatted | State::Moved
        )
    };
    let is_upstreams = |row: &(RelPath, Row)| matches!(row.1, Row::Unchanged | Row::Updated);
    let came_home = |path: &RelPath| {
        home.iter().any(|home| home.paths.contains(path))
            && rows.iter().any(|row| row.0 == *path && is_upstreams(row))
    };
    let kept = changed.iter().filter(is_edited).map(|file| &file.path);
    Ok(kept
        .filter(|path| lock.files.contains_key(*path) && !came_home(path))
        .count())
}

/// The scripts among the files that stay although no template has them any more.
pub fn still_run(session: &Session, repo: &Repo, rows: &[(RelPath, Row)]) -> Result<Vec<RelPath>> {
    let hooks = repo.base().hooks;
    let mut scripts = Vec::new();
    for (path, _) in rows.iter().filter(|(_, row)| *row == Row::KeptUnmanaged) {
        let executable = session
            .workspace
            .file(path)?
            .is_some_and(|file| file.executable);
        if executable || hooks.values().any(|hook| hook.script == *path) {
            scripts.push(path.clone());
        }
    }
    Ok(scripts)
}
