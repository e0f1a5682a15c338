//! The operation behind `install` and `upgrade`: the repo comes to hold what its templates bring,
//! and keeps everything the team did.
//!
//! Adding a template, restoring a fresh clone, changing an answer, moving to another release and
//! dropping a template are one operation with other ends: what the lock remembers, what the repo
//! has and what upstream wants now are merged, and one plan is carried out.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use semver::Version;

use crate::agent::claude::faults::{LARGEST, too_large};
use crate::agent::claude::places::is_settings;
use crate::agent::usual_facts;
use crate::error::{Error, Result};
use crate::merge::block::Marks;
use crate::model::agent::Agent;
use crate::model::answers::Answers;
use crate::model::difference::InputDifference;
use crate::model::index::Release;
use crate::model::lock::{AGENTPKG_LOCK, Approvals, Inputs, Lock, LockedRelease};
use crate::model::manifest::{AGENTPKG_TOML, Manifest};
use crate::model::name::TemplateName;
use crate::model::path::RelPath;
use crate::model::plan::{FileChange, Plan};
use crate::model::source::Source;
use crate::model::upstream::Upstream;
use crate::model::version::Requirement;
use crate::render::RENDERER;
use crate::render::capability::{Capability, test_programs};
use crate::render::compose::{self, compose};
use crate::render::cost::Cost;
use crate::store::config::Chosen;
use crate::store::fs;
use crate::store::git::Ignored;
use crate::store::journal::Recovered;
use crate::store::workspace::Workspace;
use crate::tree::{Note, Row, State};
use crate::words;

use crate::ops::Session;
use crate::ops::steps::absorb;
pub use crate::ops::steps::absorb::{AcceptedEdit, Unchecked};
use crate::ops::steps::answers;
pub use crate::ops::steps::answers::{AnswerOrigin, NewAnswer, Unasked};
use crate::ops::steps::approval::{self, Approval, Remembered, ReviewInput};
use crate::ops::steps::commit;
use crate::ops::steps::conflicts::{self, Conflicts};
use crate::ops::steps::decide::{self, MergeInputs, MergedFiles};
use crate::ops::steps::from_lock::{AsLocked, as_locked};
use crate::ops::steps::git_view::{InGit, ToCommit, in_git};
pub use crate::ops::steps::guess_base::{Copied, Left};
use crate::ops::steps::in_review;
use crate::ops::steps::manifest_changes::{ManifestChanges, own_files};
use crate::ops::steps::records;
use crate::ops::steps::registry_moves;
pub use crate::ops::steps::registry_moves::{Moving, RegistryEdit, RegistryMove};
pub use crate::ops::steps::release_notes::ReleaseNotes;
use crate::ops::steps::release_notes::{marks, news};
use crate::ops::steps::releases::{Registries, in_use};
use crate::ops::steps::renames;
use crate::ops::steps::repo::Repo;
use crate::ops::steps::standing::{self, Template};
use crate::ops::steps::transaction;
use crate::ops::steps::unsigned;
use crate::ops::verbs::status;

/// What the repo is to become.
pub struct TargetState {
    /// What agentpkg.toml says, with what was asked for in it.
    pub manifest: Manifest,
    /// The templates whose requirement is still to be written: whatever is chosen, and what is
    /// compatible with it.
    pub unversioned: Vec<TemplateName>,
    /// The templates whose newest release is asked for, pre-releases apart.
    pub latest: Vec<TemplateName>,
    /// The releases that stay, as long as the manifest admits them.
    pub held: BTreeMap<TemplateName, LockedRelease>,
    /// The templates that the command names.
    pub named: Vec<TemplateName>,
    /// Whether agentpkg.lock may not change.
    pub locked: bool,
    /// Paths that were deleted here, and come back.
    pub restore: BTreeSet<RelPath>,
    /// Whether conflicts in prose may be marked, for a person at a terminal.
    pub marks: bool,
    /// Whether it is an upgrade: what moves to another registry may become another release, and
    /// files are rendered anew where this program renders them otherwise than the one that
    /// installed them.
    pub upgrades: bool,
}

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
    pub home: Vec<AcceptedEdit>,
    /// What was accepted upstream and could not be looked for.
    pub passed: Vec<Unchecked>,
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
    /// Whether what is in the repo says that they are in use; else they were assumed.
    pub agents_seen: bool,
    /// Agents in use that nothing is written for yet, by their vendors' names.
    pub other_agents: Vec<&'static str>,
    /// What an agent loads and runs because of the templates.
    pub cost: Cost,
    /// Files written for the first time that git hides from the team.
    pub hidden: Vec<Ignored>,
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

/// A template's versions before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// The template.
    pub name: TemplateName,
    /// What was installed.
    pub from: Option<Version>,
    /// What is now.
    pub to: Option<Version>,
}

impl fmt::Display for Move {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.from, &self.to) {
            (Some(from), Some(to)) => write!(f, "{} {from} -> {to}", self.name),
            (None, Some(to)) => write!(f, "{} {to}", self.name),
            (Some(from), None) => write!(f, "{} {from} -> nothing", self.name),
            (None, None) => self.name.fmt(f),
        }
    }
}

/// Does what a verb wants.
pub fn change(context: &mut Session, verb: &Run) -> Result<Outcome> {
    if verb.dry_run {
        let repo = (verb.read)(&context.workspace)?;
        return compute(context, verb, &repo, &verb.settings);
    }
    // What can be refused without touching anything is refused first.
    if records::interrupted(context)?.is_none() {
        let wish = wished(context, verb, &(verb.read)(&context.workspace)?)?;
        unsigned::require(context, &wish.manifest)?;
    }
    // A person takes the time they take: the questions come before the repo is locked, or touched
    // at all.
    let Asked {
        answers: asked,
        code,
    } = ask(context, verb)?;
    let approved: Vec<String> = verb.approve.iter().cloned().chain(code).collect();
    let settings = asked
        .iter()
        .map(|new| (new.key.clone(), new.answer.to_set()));
    let settings: Vec<_> = verb.settings.iter().cloned().chain(settings).collect();
    let created = context.workspace.create()?;
    let mut outcome = write(context, verb, &settings, &approved);
    if let Ok(outcome) = &mut outcome {
        let by_a_person = |new: &&mut NewAnswer| asked.iter().any(|other| other.key == new.key);
        outcome
            .answers
            .iter_mut()
            .filter(by_a_person)
            .for_each(|new| new.from = AnswerOrigin::Person);
    }
    if outcome.is_err() {
        created.iter().for_each(|folder| fs::remove_empty(folder));
    }
    outcome
}

/// Returns what a verb wants of a repo that has what it needs for that.
fn wished(context: &Session, verb: &Run, repo: &Repo) -> Result<TargetState> {
    let wish = (verb.wish)(context, repo)?;
    repo.refuse_lost(context, &wish.named)?;
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
fn ask(context: &Session, verb: &Run) -> Result<Asked> {
    let Some(person) = context.person else {
        return Ok(Asked::default());
    };
    if records::interrupted(context)?.is_some() {
        return Ok(Asked::default());
    }
    let repo = (verb.read)(&context.workspace)?;
    let outcome = compute(context, verb, &repo, &verb.settings)?;
    let mut answers = outcome.answers.clone();
    answers.retain(|new| new.from == AnswerOrigin::Person);
    let code = outcome
        .approval
        .code
        .clone()
        .filter(|code| !verb.in_review && !verb.approve.contains(code));
    if code.is_some() {
        context.progress.stop();
        if !person.approve(&outcome)? {
            return Err(Error::user("not approved").note("nothing was changed"));
        }
    }
    Ok(Asked { answers, code })
}

fn write(
    context: &Session,
    verb: &Run,
    settings: &[(String, String)],
    approved: &[String],
) -> Result<Outcome> {
    let decide = || {
        let outcome = compute(context, verb, &(verb.read)(&context.workspace)?, settings)?;
        if !verb.in_review {
            let moves: Vec<String> = outcome.moves.iter().map(Move::to_string).collect();
            approval::require(context, &outcome.approval, &moves, approved)?;
        }
        if verb.commits && !outcome.plan.is_empty() {
            commit::check(context, &outcome)?;
        }
        Ok(outcome)
    };
    let (mut outcome, recovered) =
        transaction::alone(context, &verb.command, decide, |outcome| &outcome.plan)?;
    outcome.applied = true;
    outcome.recovered = recovered;
    remember_registries(context, verb);
    if verb.commits && outcome.plan.is_empty() {
        commit::take_up(context, &mut outcome)?;
    }
    if verb.commits && !outcome.plan.is_empty() {
        commit::commit(context, &outcome)?;
        outcome.committed = Some(commit::paths(&outcome).len());
    }
    Ok(outcome)
}

/// Remembers the registries that were used: who only looks asks them from now on, too. What was done
/// is done, so that it is no error where that fails.
fn remember_registries(context: &Session, verb: &Run) {
    let repo = (verb.read)(&context.workspace);
    let used = repo.and_then(|repo| in_use(context, &repo.manifest));
    for registry in used.unwrap_or_default() {
        context.environment.remember(&registry.address);
    }
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

/// Everything up to the point where something would be written.
fn compute(
    context: &Session,
    verb: &Run,
    repo: &Repo,
    settings: &[(String, String)],
) -> Result<Outcome> {
    let mut wish = wished(context, verb, repo)?;
    let moving = registry_moves::apply(context, repo, &mut wish)?;
    unsigned::mark(context, &mut wish.manifest)?;
    if !verb.dry_run {
        unsigned::check(context, &wish.manifest)?;
    }
    let typed = moving.as_ref().map(|moving| &moving.registry);
    let registries = Registries::recorded(context, &wish.manifest, typed)?;
    let as_before = match moving {
        Some(_) => Some(Registries::recorded(context, &repo.manifest, None)?),
        None => None,
    };
    context.progress.step("choosing releases");
    let before = repo
        .lock
        .as_ref()
        .map(|lock| lock.inputs.releases.clone())
        .unwrap_or_default();
    if let Some(lock) = repo.lock.as_ref().filter(|_| wish.locked) {
        registries.pin(lock);
    }
    ask_for_latest(&registries, &mut wish)?;
    let manifest = &wish.manifest;
    let chosen = choose(&registries, repo, &wish)?;
    let standings = standing::of_releases(&registries, manifest, &locked_as(&chosen));
    let outside = outside(&standings);
    let mut withdrawn = withdrawn(standings);
    refuse_recalled(context, &withdrawn)?;
    if wish.locked {
        // Nobody was asked, perhaps; what was read before is told.
        let kept = Registries::kept(context, manifest)?;
        let standings = standing::of_releases(&kept, manifest, &locked_as(&chosen));
        withdrawn = self::withdrawn(standings);
    }
    context.progress.step("reading releases");
    let sources = sources(context, &registries, &chosen)?;
    let answered = answers::answer(context, &sources, &manifest.answers, settings)?;
    let (agents_seen, other_agents) = context.workspace.agents_in_use();
    let agents = manifest
        .agents
        .clone()
        .unwrap_or_else(|| vec![Agent::Claude]);
    let mut inputs = inputs(context, repo, &agents, answered.all, &chosen)?;
    let mut upstream = compose_for(&inputs, &sources)?;
    renames::across(&registries, &before, &repo.base(), &sources, &mut upstream);
    if !upstream.files.contains_key(&inputs.facts.root) {
        // No template has root instructions: where they are is no input.
        inputs.facts = usual_facts();
    }
    let (mut still, mut is_as_locked) = (BTreeSet::new(), false);
    if let Some(lock) = repo
        .lock
        .as_ref()
        .filter(|lock| !wish.upgrades && only_renderer_differs(lock, &inputs))
    {
        inputs.renderer = lock.inputs.renderer;
        is_as_locked = true;
        AsLocked { upstream, still } = as_locked(&context.workspace, lock, &upstream)?;
    }
    let marks = match wish.marks && context.person.is_some() {
        true => marks(&before, &inputs.releases),
        false => Marks::new(),
    };
    let ends = MergeInputs {
        repo,
        registries: &registries,
        installed_from: installed_from(repo, as_before.as_ref(), &registries),
        inputs: &inputs,
        sources: &sources,
        upstream: &upstream,
        marks: &marks,
        restore: &wish.restore,
        still: &still,
    };
    let MergedFiles {
        merge,
        copied,
        left,
        stand_ins,
        mut home,
        passed,
        cost,
        in_the_end,
    } = decide::merged(context, &ends)?;
    let mut conflicts = repo
        .lock
        .as_ref()
        .map(|lock| conflicts::still_open(context, lock))
        .transpose()?
        .unwrap_or_default();
    conflicts.retain(|path, _| merge.files.contains_key(path));
    conflicts.extend(merge.conflicts.clone());
    let tests: Vec<Capability> = sources.iter().flat_map(test_programs).collect();
    let waiting = match repo.lock.as_ref().filter(|_| !verb.in_review) {
        Some(lock) => in_review::waiting(context, lock)?,
        None => Approvals::new(),
    };
    let wanted = ReviewInput {
        waiting: &waiting,
        upstream: &upstream,
        tests: &tests,
        releases: &inputs.releases,
        is_as_locked,
        in_the_end: &in_the_end,
    };
    let (approval, remembered) = approval::of(context, &registries, repo, &wanted)?;
    let Remembered { approvals, pending } = remembered;
    let mut in_review = match &repo.lock {
        Some(lock) => in_review::left(context, lock, &approvals, wish.upgrades, verb.in_review)?,
        None => Approvals::new(),
    };
    if verb.in_review {
        join(&mut in_review, pending);
    }
    let mut proposals = repo
        .lock
        .as_ref()
        .map(|lock| lock.proposals.clone())
        .unwrap_or_default();
    absorb::settle(&mut proposals, &sources, &mut home);
    let (files, hooks) = (merge.files.clone(), upstream.hooks.clone());
    let lock = Lock {
        inputs,
        files,
        hooks,
        conflicts,
        approvals,
        in_review,
        proposals,
    };
    if wish.locked {
        unchanged_inputs(repo, &lock)?;
    }
    let (agents_written, registry) = (agents.as_slice(), registries.chosen());
    let written = ManifestChanges {
        unversioned: &wish.unversioned,
        agents: agents_written,
        registry,
        answers: &answered.new,
    };
    let mut changes = merge.changes;
    if !wish.locked {
        changes.extend(own_files(context, repo, manifest, &lock, &written)?);
    }
    let plan = Plan::new(&verb.command, changes);
    refuse_skipped_settings(&plan)?;
    // What comes back on request is news to git.
    let mut restored = merge.restored.clone();
    restored.retain(|path| !wish.restore.contains(path));
    let InGit {
        hidden,
        to_commit,
        silent,
    } = in_git(context, &plan, &restored);
    let still_run = still_run(context, repo, &merge.rows)?;
    let kept = if verb.commits {
        edited_here(context, repo, &lock, &home, &merge.rows)?
    } else {
        0
    };
    Ok(Outcome {
        applied: false,
        committed: None,
        rows: merge.rows,
        notes: merge.notes,
        approval,
        in_review: verb.in_review,
        conflicts: conflicts::shown(&lock, merge.conflicts),
        copied,
        left,
        stand_ins,
        home,
        passed,
        kept,
        news: news(&sources, &before),
        outside,
        moves: moves(&before, &lock.inputs.releases),
        registry_moves: match (&moving, &as_before) {
            (Some(moving), Some(as_before)) => {
                registry_moves::moved(repo, &moving.edit, as_before, &registries, &chosen)?
            }
            _ => Vec::new(),
        },
        moving,
        differences: repo
            .lock
            .as_ref()
            .map(|before| before.inputs.differences(&lock.inputs))
            .unwrap_or_default(),
        answers: answered.new,
        unasked: answered.unasked,
        registry: registries.chosen().clone(),
        rejoined: repo.rejoined,
        first: repo.lock.is_none(),
        agents,
        agents_seen,
        other_agents,
        cost,
        hidden,
        still_run,
        to_commit,
        git_is_silent: silent,
        withdrawn,
        recovered: None,
        plan,
    })
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

/// Returns the registries that have what is installed: the ones that it came from, or where those
/// are gone, the ones that it comes from now.
fn installed_from<'a>(
    repo: &Repo,
    before: Option<&'a Registries>,
    now: &'a Registries,
) -> &'a Registries {
    match (before, &repo.lock) {
        (Some(before), Some(lock)) if before.have(lock) => before,
        _ => now,
    }
}

/// The release of each template, with the registry that it comes from.
pub type ChosenReleases = BTreeMap<TemplateName, (String, Release)>;

/// Has the manifest ask for the newest release of those templates of which it was asked for.
///
/// # Errors
/// When a registry can't be read, has no such template, or has nothing but pre-releases of it.
fn ask_for_latest(registries: &Registries, wish: &mut TargetState) -> Result<()> {
    for name in &wish.latest {
        let (_, index) = registries.index_of(name)?;
        let latest = index.latest();
        let Some(latest) = latest.filter(|latest| latest.version.pre.is_empty()) else {
            return Err(registries.no_latest(name, latest));
        };
        if let Some(wanted) = wish.manifest.templates.get_mut(name) {
            wanted.version = Requirement::exactly(&latest.version);
        }
    }
    Ok(())
}

/// Chooses releases. What is held stays, unless the manifest forbids it.
fn choose(registries: &Registries, repo: &Repo, wish: &TargetState) -> Result<ChosenReleases> {
    // A registry that lost or changed a locked release must not move the repo to another one
    // unasked. What isn't wanted any more may have gone from there, or its registry from
    // agentpkg.toml.
    let there = |name: &TemplateName, registry: &str| {
        let locked = wish
            .held
            .get(name)
            .filter(|locked| registries.are_one(registry, &locked.registry));
        let admits = |locked: &&LockedRelease| {
            wish.manifest
                .templates
                .get(name)
                .is_none_or(|wanted| wanted.version.matches(&locked.version))
        };
        let kept = locked.filter(admits);
        kept.map_or(Ok(()), |locked| {
            registries.locked_release(name, locked).map(drop)
        })
    };
    wish.manifest
        .templates
        .keys()
        .try_for_each(|name| there(name, registries.of_template(name)))?;
    let mut held = wish.held.clone();
    if wish.upgrades {
        held.extend(last_ones(registries, repo, wish));
    }
    let chosen = registries.resolve(&wish.manifest, &held)?;
    chosen
        .iter()
        .try_for_each(|(name, (registry, _))| there(name, registry))?;
    // Nor does it go back because a registry has lost what is locked.
    let locked = repo.lock.iter().flat_map(|lock| &lock.inputs.releases);
    for (name, locked) in locked {
        let (Some((registry, release)), Some(wanted)) =
            (chosen.get(name), wish.manifest.templates.get(name))
        else {
            continue;
        };
        let is_back = release.version < locked.version && wanted.version.matches(&locked.version);
        if is_back && registries.are_one(registry, &locked.registry) {
            registries.locked_release(name, locked)?;
        }
    }
    Ok(chosen)
}

/// Returns what is installed of templates of which no other release that is wanted is offered any
/// more: who has one that was yanked keeps it, and who has one that was recalled is told so.
fn last_ones(
    registries: &Registries,
    repo: &Repo,
    wish: &TargetState,
) -> BTreeMap<TemplateName, LockedRelease> {
    let Some(lock) = &repo.lock else {
        return BTreeMap::new();
    };
    let mut last = BTreeMap::new();
    for template in standing::of_releases(registries, &wish.manifest, &lock.inputs.releases) {
        let Template {
            name,
            release,
            requirement,
            standing,
            ..
        } = template;
        let is_wanted = requirement.is_none_or(|wanted| wanted.matches(&release.version));
        if is_wanted && standing.withdrawn.is_some() && !standing.has_other_wanted {
            last.insert(name, release);
        }
    }
    last
}

fn sources(
    context: &Session,
    registries: &Registries,
    chosen: &ChosenReleases,
) -> Result<Vec<Source>> {
    context.progress.expect(registries.bytes_to_come(chosen));
    registries.read_archives(chosen)?;
    chosen
        .iter()
        .map(|(name, (registry, release))| registries.source(registry, name, release))
        .collect()
}

fn inputs(
    context: &Session,
    repo: &Repo,
    agents: &[Agent],
    answers: Answers,
    chosen: &ChosenReleases,
) -> Result<Inputs> {
    let facts = context.workspace.facts(repo.lock.as_ref())?;
    let releases = locked_as(chosen);
    Ok(Inputs {
        renderer: RENDERER,
        agents: agents.to_vec(),
        facts,
        answers,
        releases,
    })
}

/// Returns chosen releases as the lock has them.
fn locked_as(chosen: &ChosenReleases) -> BTreeMap<TemplateName, LockedRelease> {
    let mut releases = BTreeMap::new();
    for (name, (registry, release)) in chosen {
        let locked = LockedRelease {
            version: release.version.clone(),
            registry: registry.clone(),
            tree: release.tree,
            artifact: release.artifact,
            dependencies: release.dependencies.keys().cloned().collect(),
        };
        releases.insert(name.clone(), locked);
    }
    releases
}

fn compose_for(inputs: &Inputs, sources: &[Source]) -> Result<Upstream> {
    compose(sources, &compose::ComposeInputs::of(inputs))
}

/// Whether the lock says what would be installed, but for the program that rendered it.
fn only_renderer_differs(lock: &Lock, inputs: &Inputs) -> bool {
    lock.inputs.renderer != inputs.renderer
        && lock.inputs
            == Inputs {
                renderer: lock.inputs.renderer,
                ..inputs.clone()
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

/// Returns the templates that came, moved or went.
pub fn moves(
    before: &BTreeMap<TemplateName, LockedRelease>,
    after: &BTreeMap<TemplateName, LockedRelease>,
) -> Vec<Move> {
    let mut names: Vec<&TemplateName> = before.keys().chain(after.keys()).collect();
    names.sort();
    names.dedup();
    let version = |releases: &BTreeMap<TemplateName, LockedRelease>, name| {
        releases
            .get(name)
            .map(|release: &LockedRelease| release.version.clone())
    };
    let moves = names.into_iter().map(|name| Move {
        name: name.clone(),
        from: version(before, name),
        to: version(after, name),
    });
    moves.filter(|one| one.from != one.to).collect()
}

/// How many managed files hold edits of the team's, as things stand, less those of which all came
/// home.
fn edited_here(
    context: &Session,
    repo: &Repo,
    lock: &Lock,
    home: &[AcceptedEdit],
    rows: &[(RelPath, Row)],
) -> Result<usize> {
    let Some(before) = &repo.lock else {
        return Ok(0);
    };
    let changed = status::changed(context, repo, before, None)?;
    let is_edited = |file: &&status::ChangedFile| {
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

/// Returns the newer releases that agentpkg.toml doesn't admit.
fn outside(standings: &[Template]) -> Vec<(TemplateName, Version)> {
    let mut outside = Vec::new();
    for Template { name, standing, .. } in standings {
        outside.extend(
            standing
                .outside
                .clone()
                .map(|version| (name.clone(), version)),
        );
    }
    outside
}

/// Returns the chosen releases that aren't offered any more, or whose template another takes the
/// place of.
fn withdrawn(mut standings: Vec<Template>) -> Vec<Template> {
    standings.retain(|Template { standing, .. }| {
        standing.withdrawn.is_some() || standing.deprecated.is_some()
    });
    standings
}

/// Refuses releases that were recalled: **who has one is to leave it**.
///
/// # Errors
/// With the reason of each, and the command that leaves it.
fn refuse_recalled(context: &Session, withdrawn: &[Template]) -> Result<()> {
    let is_recalled = |template: &&Template| template.standing.recall().is_some();
    let recalled: Vec<&Template> = withdrawn.iter().filter(is_recalled).collect();
    let Some(first) = recalled.first() else {
        return Ok(());
    };
    let what = |template: &Template| format!("`{}` {}", template.name, template.release.version);
    let message = match recalled.as_slice() {
        [one] => format!(
            "{} was recalled: {}",
            what(one),
            one.standing.recall().unwrap_or_default()
        ),
        many => format!("{} were recalled", words::count(many.len(), "release")),
    };
    let mut error = Error::user(message).note("nothing was changed");
    if recalled.len() > 1 {
        for one in &recalled {
            let why = one.standing.recall().unwrap_or_default();
            error = error.detail(format!("{}: {why}", what(one)));
        }
    }
    if first.standing.is_last() {
        error = error.note("no other release of it is offered");
    }
    Err(error.hints(standing::leave_all(context, &recalled)))
}

/// The scripts among the files that stay although no template has them any more.
pub fn still_run(context: &Session, repo: &Repo, rows: &[(RelPath, Row)]) -> Result<Vec<RelPath>> {
    let hooks = repo.base().hooks;
    let mut scripts = Vec::new();
    for (path, _) in rows.iter().filter(|(_, row)| *row == Row::Released) {
        let executable = context
            .workspace
            .file(path)?
            .is_some_and(|file| file.executable);
        if executable || hooks.values().any(|hook| hook.script == *path) {
            scripts.push(path.clone());
        }
    }
    Ok(scripts)
}
