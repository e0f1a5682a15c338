//! `install`: make the repo hold what its templates bring, keeping everything the team did.
//!
//! Adding a template, restoring a fresh clone, changing an answer and dropping a template are one operation: what the
//! lock remembers, what the repo has and what upstream wants now are merged, and one plan is carried out.

use std::collections::BTreeMap;

use semver::Version;

use crate::error::{Error, Result};
use crate::merge::tree::{Note, Row};
use crate::model::agent::Agent;
use crate::model::answers::Answers;
use crate::model::difference::Difference;
use crate::model::index::{Index, Release};
use crate::model::lock::{AGENTPKG_LOCK, Facts, Inputs, Lock, LockedRelease};
use crate::model::manifest::{AGENTPKG_TOML, DEFAULT_REGISTRY, Edit, Manifest, Wanted};
use crate::model::name::TemplateName;
use crate::model::path::{RelPath, rel};
use crate::model::plan::{Change, Plan, Stage};
use crate::model::tree::File;
use crate::model::upstream::Upstream;
use crate::model::version::{Request, Requirement};
use crate::render::RENDERER;
use crate::render::compose::{self, compose};
use crate::render::cost::{self, Cost};
use crate::render::source::Source;
use crate::store::config::Chosen;
use crate::store::fs::{self, Os};
use crate::store::git::Ignored;
use crate::store::journal::{self, Recovered};
use crate::store::lock_file::Writer;

use super::Context;
use super::answering;
pub use super::answering::{NewAnswer, Origin, Unasked};
use super::in_git::{InGit, in_git};
use super::merging;
use super::releases::Registries;
use super::repo::{self, Repo, this_version};

/// What to install.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Templates to add, or to move to another release.
    pub requests: Vec<Request>,
    /// Answers given on the command line.
    pub settings: Vec<(String, String)>,
    /// Whether to refuse to change the lock.
    pub locked: bool,
    /// Whether to stop before anything is written.
    pub dry_run: bool,
}

/// What was installed.
pub struct Outcome {
    /// Whether the plan was carried out.
    pub applied: bool,
    /// What changes in the repo.
    pub plan: Plan,
    /// What became of each path.
    pub rows: Vec<(RelPath, Row)>,
    /// What has to be said besides.
    pub notes: Vec<(RelPath, Note)>,
    /// Templates that came, moved or went: the versions before and after.
    pub moves: Vec<Move>,
    /// Inputs of rendering that are not what the lock said before.
    pub differences: Vec<Difference>,
    /// Answers that agentpkg.toml didn't have.
    pub answers: Vec<NewAnswer>,
    /// Answers of agentpkg.toml to no question.
    pub unasked: Vec<Unasked>,
    /// The registry of templates that name no other.
    pub registry: Chosen,
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
    /// Scripts that no template has any more and that stay, since they were edited here: they can still run.
    pub still_run: Vec<RelPath>,
    /// The changed paths that are for git; none where there is no git.
    pub to_commit: Vec<RelPath>,
    /// Why git can't tell what it would hide, if it can't.
    pub git_is_silent: Option<Error>,
    /// Locked releases that were yanked, with the reason.
    pub yanked: Vec<Yanked>,
    /// What an earlier command had left to do.
    pub recovered: Option<Recovered>,
}

/// A locked release that was yanked.
pub struct Yanked {
    /// The template.
    pub name: TemplateName,
    /// The release.
    pub version: Version,
    /// Why.
    pub reason: String,
    /// The newest release that is offered.
    pub offered: Option<Version>,
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

/// Installs.
pub fn install(context: &mut Context, options: &Options) -> Result<Outcome> {
    let command = command(options);
    if options.dry_run {
        let repo = Repo::read(&context.workspace)?;
        return compute(context, options, &repo, &command);
    }
    // What can be refused without touching anything is refused first.
    if repo::interrupted(&context.workspace)?.is_none() {
        asks_for_something(&Repo::read(&context.workspace)?, options)?;
    }
    // A person takes the time they take: the questions come before the repo is locked, or touched at all.
    let asked = ask(context, options, &command)?;
    let mut answered = options.clone();
    answered.settings.extend(asked.iter().map(|new| (new.key.clone(), new.answer.to_set())));
    let created = context.workspace.create()?;
    let mut outcome = write(context, &answered, &command);
    if let Ok(outcome) = &mut outcome {
        let by_a_person = |new: &&mut NewAnswer| asked.iter().any(|other| other.key == new.key);
        outcome.answers.iter_mut().filter(by_a_person).for_each(|new| new.from = Origin::Person);
    }
    if outcome.is_err() {
        created.iter().for_each(|folder| fs::remove_empty(folder));
    }
    outcome
}

/// Returns what a person answers to the questions that are open, if there is a person.
fn ask(context: &Context, options: &Options, command: &str) -> Result<Vec<NewAnswer>> {
    if context.person.is_none() || repo::interrupted(&context.workspace)?.is_some() {
        return Ok(Vec::new());
    }
    let repo = Repo::read(&context.workspace)?;
    let mut answers = compute(context, options, &repo, command)?.answers;
    answers.retain(|new| new.from == Origin::Person);
    Ok(answers)
}

fn write(context: &Context, options: &Options, command: &str) -> Result<Outcome> {
    let root = context.workspace.root();
    let writer = Writer::enter(root, command)?;
    let disk = Os::open(root)?;
    let recovered = journal::recover(&disk)?;
    let computed = Repo::read(&context.workspace).and_then(|repo| compute(context, options, &repo, command));
    let mut outcome = match computed {
        Ok(outcome) if !outcome.plan.is_empty() => outcome,
        nothing_written => {
            writer.withdraw(&disk)?;
            return nothing_written.map(|outcome| Outcome { applied: true, recovered, ..outcome });
        }
    };
    context.progress.step("writing");
    journal::apply(&disk, &outcome.plan)?;
    outcome.applied = true;
    outcome.recovered = recovered;
    Ok(outcome)
}

fn command(options: &Options) -> String {
    let names = options.requests.iter().map(|request| match &request.requirement {
        Some(requirement) => format!(" {}@{requirement}", request.name),
        None => format!(" {}", request.name),
    });
    format!("install{}", names.collect::<String>())
}

/// An install of nothing in a repo that wants nothing is a question.
fn asks_for_something(repo: &Repo, options: &Options) -> Result<()> {
    if options.requests.is_empty() && repo.manifest.templates.is_empty() && repo.lock.is_none() {
        return Err(Error::user(format!("there is no template to install: `{AGENTPKG_TOML}` names none"))
            .hint("agentpkg install NAME")
            .hint("agentpkg search"));
    }
    if options.locked && repo.lock.is_none() {
        return Err(Error::user(format!("`--locked` needs an `{AGENTPKG_LOCK}`, and there is none"))
            .hint("run `agentpkg install` where it may write, and commit what it wrote"));
    }
    Ok(())
}

/// Everything up to the point where something would be written.
fn compute(context: &Context, options: &Options, repo: &Repo, command: &str) -> Result<Outcome> {
    asks_for_something(repo, options)?;
    let mut manifest = repo.manifest.clone();
    let unversioned = ask_for(&mut manifest, &options.requests);
    let registries = Registries::new(context, &manifest)?;
    context.progress.step("choosing releases");
    let before = repo.lock.as_ref().map(|lock| lock.inputs.releases.clone()).unwrap_or_default();
    let chosen = choose(&registries, &manifest, &before, options)?;
    context.progress.step("reading releases");
    let sources = sources(&registries, &chosen)?;
    let shown = format!("agentpkg {command}");
    let answered = answering::answer(context, &sources, &manifest.answers, &options.settings, &shown)?;
    let (agents_seen, other_agents) = context.workspace.agents_in_use();
    let agents = manifest.agents.clone().unwrap_or_else(|| vec![Agent::Claude]);
    let mut inputs = inputs(context, repo, &agents, answered.all, &chosen)?;
    let upstream = compose_for(&inputs, &sources)?;
    if !upstream.files.contains_key(&inputs.facts.root) {
        // No template has root instructions: where they are is no input.
        inputs.facts = Facts::default();
    }
    let merge = merging::merged(context, &registries, repo, &inputs, &upstream)?;
    let lock = Lock { inputs, files: merge.files.clone(), hooks: upstream.hooks.clone() };
    if options.locked {
        unchanged_inputs(repo, &lock)?;
    }
    let written = Written { unversioned, agents: &agents, registry: registries.chosen(), answers: &answered.new };
    let mut changes = merge.changes;
    if !options.locked {
        changes.extend(own_files(context, repo, &manifest, &lock, &written)?);
    }
    let plan = Plan::new(command, changes);
    let InGit { hidden, to_commit, silent } = in_git(context, &plan, &merge.restored);
    let still_run = still_run(context, repo, &merge.rows)?;
    Ok(Outcome {
        applied: false,
        rows: merge.rows,
        notes: merge.notes,
        moves: moves(&before, &lock.inputs.releases),
        differences: repo.lock.as_ref().map(|before| before.inputs.differences(&lock.inputs)).unwrap_or_default(),
        answers: answered.new,
        unasked: answered.unasked,
        registry: registries.chosen().clone(),
        first: repo.lock.is_none(),
        agents,
        agents_seen,
        other_agents,
        cost: cost::of(&upstream),
        hidden,
        still_run,
        to_commit,
        git_is_silent: silent,
        yanked: yanked(&registries, &chosen)?,
        recovered: None,
        plan,
    })
}

/// Adds what was requested to the manifest. Returns the templates whose requirement is still to be written.
fn ask_for(manifest: &mut Manifest, requests: &[Request]) -> Vec<TemplateName> {
    let mut unversioned = Vec::new();
    for Request { name, requirement } in requests {
        match (manifest.templates.get_mut(name), requirement) {
            (Some(wanted), Some(requirement)) => wanted.version = requirement.clone(),
            (Some(_), None) => {}
            (None, requirement) => {
                if requirement.is_none() {
                    unversioned.push(name.clone());
                }
                let version = requirement.clone().unwrap_or_else(Requirement::any);
                manifest.templates.insert(name.clone(), Wanted { version, registry: None });
            }
        }
    }
    unversioned
}

type ChosenReleases = BTreeMap<TemplateName, (String, Release)>;

/// Chooses releases. What is locked stays, unless it is asked to move.
fn choose(
    registries: &Registries,
    manifest: &Manifest,
    before: &BTreeMap<TemplateName, LockedRelease>,
    options: &Options,
) -> Result<ChosenReleases> {
    let mut locked = before.clone();
    for request in options.requests.iter().filter(|request| request.requirement.is_some()) {
        locked.remove(&request.name);
    }
    let asked: Vec<TemplateName> = options.requests.iter().map(|request| request.name.clone()).collect();
    let mind = |error| registries.mind_the_override(error, &asked);
    // A registry that lost or changed a locked release must not move the repo to another one unasked. What isn't
    // wanted any more may have gone from there, or its registry from agentpkg.toml.
    let there = |name: &TemplateName, registry: &str| {
        let locked = locked.get(name).filter(|locked| registries.are_one(registry, &locked.registry));
        let kept = locked
            .filter(|locked| manifest.templates.get(name).is_none_or(|wanted| wanted.version.matches(&locked.version)));
        kept.map_or(Ok(()), |locked| registries.locked_release(name, locked).map(drop).map_err(mind))
    };
    manifest.templates.keys().try_for_each(|name| there(name, registries.of_template(name)))?;
    let chosen = registries.resolve(manifest, &locked).map_err(mind)?;
    chosen.iter().try_for_each(|(name, (registry, _))| there(name, registry))?;
    Ok(chosen)
}

fn sources(registries: &Registries, chosen: &ChosenReleases) -> Result<Vec<Source>> {
    chosen.iter().map(|(name, (registry, release))| registries.source(registry, name, release)).collect()
}

fn inputs(
    context: &Context,
    repo: &Repo,
    agents: &[Agent],
    answers: Answers,
    chosen: &ChosenReleases,
) -> Result<Inputs> {
    let release = |(name, (registry, release)): (&TemplateName, &(String, Release))| {
        let locked = LockedRelease {
            version: release.version.clone(),
            registry: registry.clone(),
            tree: release.tree,
            artifact: release.artifact,
            dependencies: release.dependencies.keys().cloned().collect(),
        };
        (name.clone(), locked)
    };
    let facts = context.workspace.facts(repo.lock.as_ref())?;
    let releases = chosen.iter().map(release).collect();
    Ok(Inputs { renderer: RENDERER, agents: agents.to_vec(), facts, answers, releases })
}

fn compose_for(inputs: &Inputs, sources: &[Source]) -> Result<Upstream> {
    let inputs = compose::Inputs { agents: &inputs.agents, answers: &inputs.answers, facts: &inputs.facts };
    compose(sources, &inputs)
}

/// `--locked`: the files may be restored, what they come from may not change.
fn unchanged_inputs(repo: &Repo, lock: &Lock) -> Result<()> {
    let Some(before) = repo.lock.as_ref().filter(|before| before.inputs != lock.inputs) else { return Ok(()) };
    let message = format!("`{AGENTPKG_LOCK}` does not fit `{AGENTPKG_TOML}`, and `--locked` forbids to change it");
    let differences = before.inputs.differences(&lock.inputs);
    let error = differences.iter().fold(Error::user(message), |error, difference| error.detail(difference.to_string()));
    Err(error.note("nothing was changed").hint("run `agentpkg install` where it may write, and commit what it wrote"))
}

/// What is written down in agentpkg.toml.
struct Written<'a> {
    unversioned: Vec<TemplateName>,
    agents: &'a [Agent],
    registry: &'a Chosen,
    answers: &'a [NewAnswer],
}

/// The changes of agentpkg.toml and agentpkg.lock.
fn own_files(
    context: &Context,
    repo: &Repo,
    manifest: &Manifest,
    lock: &Lock,
    written: &Written,
) -> Result<Vec<Change>> {
    let mut edit = Edit::of(repo.manifest_text.as_deref().unwrap_or_default())?;
    if repo.manifest_text.is_none() {
        let Version { major, minor, .. } = this_version();
        edit.needs(&format!(">={major}.{minor}").parse()?);
    }
    if repo.manifest.agents.is_none() {
        edit.agents(written.agents);
    }
    if !repo.manifest.registries.contains_key(DEFAULT_REGISTRY) {
        edit.registry(DEFAULT_REGISTRY, &written.registry.written(context.workspace.root()));
    }
    for (name, wanted) in &manifest.templates {
        let requirement = match lock.inputs.releases.get(name) {
            Some(release) if written.unversioned.contains(name) => Requirement::compatible_with(&release.version),
            _ => wanted.version.clone(),
        };
        if repo.manifest.templates.get(name).is_none_or(|before| before.version != requirement) {
            edit.template(name, &requirement);
        }
    }
    for NewAnswer { key, answer, .. } in written.answers {
        edit.answer(key, answer);
    }
    let change = |path: &'static str, stage: Stage, old: &Option<String>, new: String| Change {
        path: rel(path),
        stage,
        old: old.as_deref().map(File::plain),
        new: Some(File::plain(new)),
    };
    // The same lock in other bytes is no change: git may have given it carriage returns.
    let same = repo.lock_text.clone().filter(|_| repo.lock.as_ref() == Some(lock));
    let lock_text = same.unwrap_or_else(|| lock.to_text());
    Ok(vec![
        change(AGENTPKG_TOML, Stage::Manifest, &repo.manifest_text, edit.into_text()),
        change(AGENTPKG_LOCK, Stage::Lock, &repo.lock_text, lock_text),
    ])
}

fn moves(before: &BTreeMap<TemplateName, LockedRelease>, after: &BTreeMap<TemplateName, LockedRelease>) -> Vec<Move> {
    let mut names: Vec<&TemplateName> = before.keys().chain(after.keys()).collect();
    names.sort();
    names.dedup();
    let version = |releases: &BTreeMap<TemplateName, LockedRelease>, name| {
        releases.get(name).map(|release: &LockedRelease| release.version.clone())
    };
    let moves = names.into_iter().map(|name| Move {
        name: name.clone(),
        from: version(before, name),
        to: version(after, name),
    });
    moves.filter(|one| one.from != one.to).collect()
}

fn yanked(registries: &Registries, chosen: &ChosenReleases) -> Result<Vec<Yanked>> {
    let mut yanked = Vec::new();
    for (name, (registry, release)) in chosen {
        let Some(reason) = release.yanked.clone() else { continue };
        let index = registries.index(registry, name)?;
        let offered = index.as_ref().and_then(Index::latest).map(|latest| latest.version.clone());
        yanked.push(Yanked { name: name.clone(), version: release.version.clone(), reason, offered });
    }
    Ok(yanked)
}

/// The scripts among the files that stay although no template has them any more.
fn still_run(context: &Context, repo: &Repo, rows: &[(RelPath, Row)]) -> Result<Vec<RelPath>> {
    let hooks = repo.base().hooks;
    let mut scripts = Vec::new();
    for (path, _) in rows.iter().filter(|(_, row)| *row == Row::Released) {
        let executable = context.workspace.file(path)?.is_some_and(|file| file.executable);
        if executable || hooks.values().any(|hook| hook.script == *path) {
            scripts.push(path.clone());
        }
    }
    Ok(scripts)
}
