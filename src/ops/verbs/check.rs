//! `check`: whether the repo holds what the team agreed on, from the lock alone. For CI: no
//! network, no cache.

use std::collections::{BTreeMap, BTreeSet};

use crate::agent::claude;
use crate::agent::claude::faults::{LARGEST, too_large};
use crate::agent::claude::handlers::{each_handler, script_in};
use crate::agent::claude::places::HOOKS;
use crate::error::{self, Error, Result};
use crate::lint;
use crate::lint::dead::{self, Dead};
use crate::merge::{block, json};
use crate::model::capability::CapabilityKind;
use crate::model::lock::{AGENTPKG_LOCK, Lock};
use crate::model::manifest::{AGENTPKG_TOML, DEFAULT_REGISTRY};
use crate::model::name::TemplateName;
use crate::model::path::{RelPath, rel};
use crate::model::scenario::Expect;
use crate::model::tree::FileTree;
use crate::model::upstream::{Comment, HookName, Upstream};
use crate::render::capability::{Capability, test_programs};
use crate::store::git::{self, EntryKind};
use crate::store::journal::{self, Interrupted};
use crate::store::snapshot;
use crate::tree::{self, Found, Local, State, ownership};
use crate::words;

use crate::ops::Session;
use crate::ops::steps::approval;
use crate::ops::steps::command_line::CommandLine;
use crate::ops::steps::conflicts;
use crate::ops::steps::git_view::{self, Hidden};
use crate::ops::steps::in_review::{self, InReview};
use crate::ops::steps::local_changes::{self, ChangedFile};
use crate::ops::steps::packages;
use crate::ops::steps::records;
use crate::ops::steps::releases::Registries;
use crate::ops::steps::repo::Repo;
use crate::ops::steps::scenario_run::{self, InstalledScripts};

/// Something that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What kind of thing it is.
    pub rule: CheckRule,
    /// Where.
    pub path: RelPath,
    /// What is so.
    pub message: String,
    /// What to type, where there is one thing to type.
    pub hint: Option<String>,
}

/// What `check` looks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CheckRule {
    /// A command was interrupted.
    Interrupted,
    /// The lock doesn't fit agentpkg.toml.
    Lock,
    /// A managed file is missing, or there is nothing in it.
    Missing,
    /// A file can't be read by the agent.
    Invalid,
    /// An entry runs a script that isn't there or can't be executed.
    Script,
    /// What both sides changed, and nobody has settled.
    Conflict,
    /// A conflict marker.
    Marker,
    /// Something that can execute or widen, and that nobody approved.
    Unapproved,
    /// A hook that does otherwise than its template's tests say.
    Hook,
    /// An answer that no template asks for: a failure with `--strict` only.
    Answer,
    /// Edited or deleted by the team: shown, and a failure with `--strict` only.
    Changed,
}

impl CheckRule {
    /// Returns its name in reports.
    pub fn id(self) -> &'static str {
        match self {
            Self::Interrupted => "interrupted",
            Self::Lock => "lock",
            Self::Missing => "missing",
            Self::Invalid => "invalid",
            Self::Script => "script",
            Self::Conflict => "conflict",
            Self::Marker => "marker",
            Self::Unapproved => "unapproved",
            Self::Hook => "hook",
            Self::Answer => "answer",
            Self::Changed => "changed",
        }
    }
}

/// What to check.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Whether what the team changed is a failure.
    pub strict: bool,
    /// Whether the tests of the templates' hooks are run, on the hooks as they are here. That
    /// reads the registry.
    pub hooks: bool,
}

/// What was found.
pub struct Outcome {
    /// What is wrong, in the order of rules and paths.
    pub failures: Vec<Finding>,
    /// What the team changed: its right.
    pub changed: Vec<Finding>,
    /// Answers that no template asks for.
    pub unasked: Vec<Finding>,
    /// How many paths were looked at.
    pub checked: usize,
    /// Hooks whose tests were run, with how many passed, and how many there are.
    pub tested: Vec<(HookName, usize, usize)>,
    /// Tests of hooks that were not run, because somebody has to look at them first: a failure with
    /// `--strict` only.
    pub unrun: Vec<Finding>,
    /// What was committed for review: a failure with `--strict` until somebody merged it.
    pub in_review: Option<InReview>,
    /// What git hides of the managed files.
    pub hidden: Hidden,
}

/// Checks the repo.
pub fn check(context: &Session, options: &Options) -> Result<Outcome> {
    packages::refuse_above(context, "check")?;
    let mut repo = Repo::without_lock(&context.workspace)?;
    let mut findings = interrupted(context)?;
    let (mut changed, mut tested) = (Vec::new(), Tested::default());
    match repo.read_lock(&context.workspace) {
        Err(error) if error.kind() == error::ErrorKind::Damaged => {
            findings.push(unreadable(&error))
        }
        read => {
            read?;
            let lock = repo.installed(context)?;
            findings.extend(lock_fits(context, &repo, lock)?);
            for finding in paths(context, &repo, lock)? {
                if finding.rule == CheckRule::Changed {
                    &mut changed
                } else {
                    &mut findings
                }
                .push(finding);
            }
            findings.extend(conflicts(context, lock)?);
            findings.extend(files(context, lock)?);
            findings.extend(unapproved(context, lock)?);
            if options.hooks {
                tested = hooks(context, &repo, lock)?;
                findings.append(&mut tested.failures);
            }
        }
    }
    findings.extend(settings(context, &repo)?);
    let mut unasked = answers(&repo);
    if options.strict {
        findings.append(&mut changed);
        findings.append(&mut unasked);
        findings.append(&mut tested.unrun);
    }
    let mut in_review = match &repo.lock {
        Some(lock) => in_review::of(context, lock)?,
        None => None,
    };
    if options.strict && in_review.as_ref().is_some_and(|one| one.waiting() > 0) {
        findings.extend(
            in_review
                .take()
                .iter()
                .flat_map(|one| unmerged(context, one)),
        );
    }
    findings.sort_by(|a, b| (a.rule, &a.path).cmp(&(b.rule, &b.path)));
    let checked = repo.lock.as_ref().map_or(0, |lock| lock.files.len());
    Ok(Outcome {
        failures: findings,
        changed,
        unasked,
        checked,
        tested: tested
            .hooks
            .into_iter()
            .map(|(hook, (right, all))| (hook, right, all))
            .collect(),
        unrun: tested.unrun,
        in_review,
        hidden: repo
            .lock
            .as_ref()
            .map(|lock| git_view::hidden(context, lock))
            .unwrap_or_default(),
    })
}

/// What was committed for review and isn't known to be merged.
fn unmerged(context: &Session, in_review: &InReview) -> Vec<Finding> {
    let install = CommandLine::new(context, "install").to_string();
    let finding = |item: &String| Finding {
        rule: CheckRule::Unapproved,
        path: rel(AGENTPKG_LOCK),
        message: format!("{item}: {}", in_review.standing.said()),
        hint: Some(install.clone()),
    };
    in_review.items.iter().map(finding).collect()
}

/// What the team did to each managed path.
fn paths(context: &Session, repo: &Repo, lock: &Lock) -> Result<Vec<Finding>> {
    let finding = |file: ChangedFile| {
        let install = || Some(CommandLine::new(context, "install").to_string());
        let (rule, message, hint) = match file.state {
            State::Missing => (CheckRule::Missing, "it is not there".to_owned(), install()),
            State::Elsewhere => {
                let elsewhere = file.elsewhere?;
                (
                    CheckRule::Missing,
                    elsewhere.to_string(),
                    Some(elsewhere.command(&context.git())),
                )
            }
            State::Deleted => (CheckRule::Changed, "deleted here".to_owned(), None),
            State::Moved => (CheckRule::Changed, "moved here".to_owned(), None),
            State::Edited if is_emptied(context, lock, &file.path) => {
                let message = "it is empty: nothing of what was installed is in it";
                (CheckRule::Missing, message.to_owned(), None)
            }
            State::Edited | State::Reformatted => {
                (CheckRule::Changed, "edited here".to_owned(), None)
            }
            State::Broken | State::Unchanged | State::Seed => return None,
        };
        Some(Finding {
            rule,
            path: file.path,
            message,
            hint,
        })
    };
    Ok(local_changes::changed(context, repo, lock, None)?
        .into_iter()
        .filter_map(finding)
        .collect())
}

/// Whether nothing is left of a file that templates have entries in: deleted by hand, or cut off by
/// a program. It is never filled again unasked.
fn is_emptied(context: &Session, lock: &Lock, path: &RelPath) -> bool {
    let is_blank = || {
        let file = context.workspace.file(path).ok().flatten();
        file.is_some_and(|file| file.text().is_some_and(json::is_blank))
    };
    let record = lock.files.get(path);
    record.is_some_and(|record| record.as_keys().is_some()) && is_blank()
}

/// A lock that doesn't parse: git left its markers there, or somebody edited it.
fn unreadable(error: &Error) -> Finding {
    let message = error.message();
    let message = message
        .strip_prefix(&format!("`{AGENTPKG_LOCK}` "))
        .unwrap_or(message)
        .to_owned();
    Finding {
        rule: CheckRule::Lock,
        path: rel(AGENTPKG_LOCK),
        message,
        hint: error.next_steps().first().cloned(),
    }
}

/// Answers that no installed template asks for, with the question that was probably meant.
fn answers(repo: &Repo) -> Vec<Finding> {
    let Some(lock) = &repo.lock else {
        return Vec::new();
    };
    let asked = || lock.inputs.answers.keys().map(String::as_str);
    let unasked = repo
        .manifest
        .answers
        .keys()
        .filter(|key| !lock.inputs.answers.contains_key(*key));
    let finding = |key: &String| Finding {
        rule: CheckRule::Answer,
        path: rel(AGENTPKG_TOML),
        message: format!("no template asks for the answer `{key}`"),
        hint: words::nearest(key, asked()).map(|near| {
            format!("give `{near}` the value of `{key}` in `{AGENTPKG_TOML}`, and take `{key}` out")
        }),
    };
    unasked.map(finding).collect()
}

fn interrupted(context: &Session) -> Result<Vec<Finding>> {
    let finding = |Interrupted { verb, is_own }: Interrupted| {
        let what = verb.map_or("a command".to_owned(), |verb| format!("`{verb}`"));
        let (message, hint) = match is_own {
            true => (format!("{what} was interrupted"), "agentpkg install"),
            false => (
                format!("{what} was interrupted, and wasn't begun by you at this place"),
                journal::SHOW,
            ),
        };
        Finding {
            rule: CheckRule::Interrupted,
            path: journal::journal(),
            message,
            hint: Some(hint.to_owned()),
        }
    };
    Ok(records::interrupted(context)?
        .map(finding)
        .into_iter()
        .collect())
}

fn lock_fits(context: &Session, repo: &Repo, lock: &Lock) -> Result<Vec<Finding>> {
    let mut messages = Vec::new();
    for (name, wanted) in &repo.manifest.templates {
        match lock.inputs.releases.get(name) {
            None => messages.push(format!(
                "`{AGENTPKG_TOML}` wants `{name}`, which is not installed"
            )),
            Some(release) if !wanted.version.matches(&release.version) => {
                let (installed, wanted) = (&release.version, &wanted.version);
                messages.push(format!(
                    "`{name}` {installed} is installed, and `{AGENTPKG_TOML}` wants {wanted}"
                ));
            }
            Some(release) => {
                let registry = wanted.registry.as_deref().unwrap_or(DEFAULT_REGISTRY);
                if release.registry != registry {
                    messages.push(format!(
                        "`{name}` is from `{}`, and is wanted from `{registry}`",
                        release.registry
                    ));
                }
            }
        }
    }
    messages.extend(
        repo.unasked()
            .iter()
            .map(|name| format!("`{name}` is installed, and nothing asks for it")),
    );
    for (key, answer) in &lock.inputs.answers {
        if repo
            .manifest
            .answers
            .get(key)
            .is_some_and(|wanted| wanted != answer)
        {
            messages.push(format!(
                "the answer to `{key}` in `{AGENTPKG_TOML}` has changed"
            ));
        }
    }
    if repo
        .manifest
        .agents
        .as_ref()
        .is_some_and(|agents| *agents != lock.inputs.agents)
    {
        messages.push(format!("the agents in `{AGENTPKG_TOML}` have changed"));
    }
    if lock.files.contains_key(&lock.inputs.facts.root) {
        let facts = context.workspace.facts(Some(lock))?;
        messages.extend(
            lock.inputs
                .facts
                .differences(&facts)
                .iter()
                .map(ToString::to_string),
        );
    }
    let finding = |message: String| Finding {
        rule: CheckRule::Lock,
        path: rel(AGENTPKG_LOCK),
        message,
        hint: Some(CommandLine::new(context, "install").to_string()),
    };
    Ok(messages.into_iter().map(finding).collect())
}

/// What an upgrade left to a person.
fn conflicts(context: &Session, lock: &Lock) -> Result<Vec<Finding>> {
    let open = conflicts::shown(lock, conflicts::still_open(context, lock)?);
    let places = open
        .iter()
        .flat_map(|(path, places)| places.iter().map(move |place| (path, place.place())));
    let finding = |(path, place): (&RelPath, String)| {
        let message = if place.starts_with("line") {
            format!("{place}: both changed")
        } else {
            place
        };
        let hint = Some(format!("agentpkg resolve {path}"));
        Finding {
            rule: CheckRule::Conflict,
            path: path.clone(),
            message,
            hint,
        }
    };
    Ok(places.map(finding).collect())
}

/// Managed files that the agent could not read as they are.
fn files(context: &Session, lock: &Lock) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    // What lies on the way to many files is said once.
    let mut in_the_way: BTreeMap<RelPath, (&'static str, usize)> = BTreeMap::new();
    for (path, local) in snapshot::managed(&context.workspace, &lock.files, [])? {
        if let Found::Obstacle(obstacle) = &local.found
            && obstacle.at != path
        {
            let at = in_the_way.entry(obstacle.at.clone());
            at.or_insert((obstacle.what, 0)).1 += 1;
            continue;
        }
        let finding = |rule, message: String| Finding {
            rule,
            path: path.clone(),
            message,
            hint: None,
        };
        match (&local.found, &lock.files[&path]) {
            (Found::Obstacle(obstacle), _) => {
                let message = format!("it is {}", obstacle.words(&path));
                findings.push(finding(CheckRule::Invalid, message));
            }
            (Found::Link(_), record) if !ownership::of(record).follows_links() => {
                findings.push(finding(CheckRule::Invalid, "it is a link".to_owned()))
            }
            (Found::File(file) | Found::Link(file), record) => {
                let Some(text) = file.text() else { continue };
                if let Some(line) = conflicts::marked_line(lock, &path, file, text) {
                    findings.push(finding(
                        CheckRule::Marker,
                        format!("line {line}: a conflict marker"),
                    ));
                }
                if let Some(record) = record.as_blocks()
                    && let Err(malformed) =
                        block::find_known(text, Comment::of(&local.real), &record.blocks)
                {
                    findings.push(finding(CheckRule::Invalid, malformed.to_string()));
                }
            }
            (Found::Absent(_), _) => {}
        }
    }
    for (path, (what, count)) in in_the_way {
        let files = words::count(count, "managed file");
        let verb = if count == 1 { "belongs" } else { "belong" };
        findings.push(Finding {
            rule: CheckRule::Invalid,
            message: format!("it is {what}, and {files} {verb} there"),
            hint: Some(format!("move `{path}` away, then: agentpkg install")),
            path,
        });
    }
    Ok(findings)
}

/// What was installed and can execute or widen, as the lock has it. A local edit is the team's own.
fn unapproved(context: &Session, lock: &Lock) -> Result<Vec<Finding>> {
    let missing = approval::missing(context, lock)?;
    let finding = |capability: Capability| Finding {
        rule: CheckRule::Unapproved,
        path: capability.path.clone(),
        message: format!("{} {capability}: nobody approved it", capability.kind),
        hint: Some(CommandLine::new(context, "install").to_string()),
    };
    Ok(missing.into_iter().map(finding).collect())
}

/// What came of the tests of the installed templates' hooks.
#[derive(Default)]
struct Tested {
    /// Hooks with how many of their tests passed, and how many there are.
    hooks: BTreeMap<HookName, (usize, usize)>,
    /// What hooks did otherwise than they have to.
    failures: Vec<Finding>,
    /// What wasn't run.
    unrun: Vec<Finding>,
}

/// Runs the tests of the installed templates' hooks, with the files of templates as they are here.
///
/// **Nothing runs that nobody approved as it is**: neither a hook that was edited, nor what tests
/// bring.
fn hooks(context: &Session, repo: &Repo, lock: &Lock) -> Result<Tested> {
    let mut tested = Tested::default();
    let otherwise = approval::otherwise_here(context, lock)?;
    for source in Registries::new(context, &repo.manifest)?.locked_sources(lock)? {
        let template = &source.manifest.template.name;
        let here = here(context, lock, template, &otherwise, &mut tested)?;
        let brought = test_programs(&source);
        for (path, mut scenario) in scenario_run::scenarios(&source)? {
            if let Some(unseen) = brought
                .iter()
                .find(|one| one.path == path && !one.is_approved(&lock.approvals))
            {
                tested.unrun.push(not_run(
                    &unseen.path,
                    format!("nobody approved what these tests of {template} bring"),
                ));
                continue;
            }
            // What the template brings is another question.
            scenario.expect = Expect::default();
            let tried = scenario_run::attempt(&source, &path, &scenario, Some(&here))?;
            for (id, (right, all)) in tried.hooks {
                let hook = HookName {
                    template: template.clone(),
                    id,
                };
                let of_hook = tested.hooks.entry(hook).or_default();
                *of_hook = (of_hook.0 + right, of_hook.1 + all);
            }
            let place = |what: &String| {
                let id = what.split(':').next().unwrap_or_default();
                let hook = HookName {
                    template: template.clone(),
                    id: id.to_owned(),
                };
                lock.hooks.get(&hook).map(|place| place.script.clone())
            };
            tested
                .failures
                .extend(tried.failures.iter().filter_map(|what| {
                    Some(Finding {
                        rule: CheckRule::Hook,
                        path: place(what)?,
                        message: what.clone(),
                        hint: None,
                    })
                }));
        }
    }
    Ok(tested)
}

/// Returns the files of a template as they are here, with the hooks that may run; says which may
/// not. A file that any of them might use has to be as it was approved, too.
fn here(
    context: &Session,
    lock: &Lock,
    template: &TemplateName,
    otherwise: &[Capability],
    tested: &mut Tested,
) -> Result<InstalledScripts> {
    let mut here = InstalledScripts {
        files: FileTree::new(),
        hooks: BTreeSet::new(),
    };
    for (path, record) in &lock.files {
        if record
            .as_whole()
            .is_some_and(|whole| whole.origin.template == *template)
        {
            let file = context.workspace.file(path)?;
            here.files.extend(file.map(|file| (path.clone(), file)));
        }
    }
    for (hook, place) in lock
        .hooks
        .iter()
        .filter(|(hook, _)| hook.template == *template)
    {
        let stops = otherwise.iter().find(|one| {
            let is_of_it = one.kind == CapabilityKind::File || one.files.contains(&place.script);
            one.template.as_ref() == Some(template) && is_of_it
        });
        let is_there = here.files.contains_key(&place.script);
        match stops {
            None if is_there => _ = here.hooks.insert(hook.id.clone()),
            None => {}
            Some(one) => {
                let what = match one.files.first() {
                    Some(path) => format!("`{path}` isn't as it was approved"),
                    None => "it isn't as it was approved".to_owned(),
                };
                let why = format!(
                    "the tests of {} of {template} were not run: {what}",
                    hook.id
                );
                tested.unrun.push(not_run(&place.script, why));
            }
        }
    }
    Ok(here)
}

fn not_run(path: &RelPath, message: String) -> Finding {
    Finding {
        rule: CheckRule::Hook,
        path: path.clone(),
        message,
        hint: None,
    }
}

/// The settings that the agent reads, managed or not: strict JSON, of the right shapes, naming
/// scripts that run.
fn settings(context: &Session, repo: &Repo) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let identities = tree::identities(&repo.base(), &Upstream::default());
    for path in [claude::SETTINGS, claude::SERVERS].map(rel) {
        let finding = |rule, message: String| Finding {
            rule,
            path: path.clone(),
            message,
            hint: None,
        };
        let Some(file) = context.workspace.file(&path)? else {
            continue;
        };
        let parsed = file.text().map(json::Document::of_file);
        let document = match parsed {
            Some(Ok(document)) => document.into_value(),
            Some(Err(invalid)) => {
                findings.push(finding(CheckRule::Invalid, invalid.to_string()));
                continue;
            }
            None => {
                findings.push(finding(
                    CheckRule::Invalid,
                    "it is not UTF-8 text".to_owned(),
                ));
                continue;
            }
        };
        if file.bytes.len() > LARGEST {
            findings.push(finding(CheckRule::Invalid, too_large()));
        }
        let wrong = claude::misshapen(path.as_str(), &document);
        findings.extend(
            wrong
                .into_iter()
                .map(|what| finding(CheckRule::Invalid, what)),
        );
        let mut scripts: BTreeMap<RelPath, bool> = BTreeMap::new();
        each_handler(&document, &mut |handler| {
            let command = handler
                .get("command")
                .and_then(|command| command.as_str())
                .unwrap_or_default();
            if let Some(variable) = lint::quoted_folder(command) {
                let message = format!(
                    "`{command}` has `${variable}` in single quotes, where no shell replaces it: \
                     the hook never runs"
                );
                findings.push(finding(CheckRule::Script, message));
                return;
            }
            let script = identities
                .script(handler)
                .cloned()
                .or_else(|| script_in(command));
            let direct = command
                .split_whitespace()
                .next()
                .is_some_and(|word| word.contains(&format!("{HOOKS}/")));
            if let Some(script) = script {
                *scripts.entry(script).or_default() |= direct;
            }
        });
        for (script, direct) in scripts {
            if let Some((what, hint)) = why_not_run(context, repo.lock.as_ref(), &script, direct)? {
                let message = format!("it runs `{script}`, which {what}");
                findings.push(Finding {
                    hint,
                    ..finding(CheckRule::Script, message)
                });
            }
        }
    }
    Ok(findings)
}

/// Returns why a script that settings run can't be run, here or in a clone, and what mends it.
/// `direct` says that it is run itself, and not given to a shell.
fn why_not_run(
    context: &Session,
    lock: Option<&Lock>,
    script: &RelPath,
    direct: bool,
) -> Result<Option<(&'static str, Option<String>)>> {
    let is_managed = lock.is_some_and(|lock| lock.files.contains_key(script));
    let install = || is_managed.then(|| CommandLine::new(context, "install").to_string());
    let mut found = context.workspace.snapshot([script])?;
    let (real, file) = match found.remove(script) {
        Some(Local {
            real,
            found: Found::File(file) | Found::Link(file),
            ..
        }) => (real, file),
        Some(Local {
            found: Found::Obstacle(_),
            ..
        }) => {
            let name = words::path_quoted(script.as_str());
            let mend = install().map(|install| format!("rm -r {name} && {install}"));
            return Ok(Some(("is no file", mend)));
        }
        _ => return Ok(Some(("is not there", install()))),
    };
    if let Some(Dead { what, mend }) = dead::of(&real, &file, direct) {
        return Ok(Some((what, Some(format!("`{real}`: {mend}")))));
    }
    if !direct {
        return Ok(None);
    }
    let name = words::shell_quoted(real.as_str());
    if context.workspace.has_modes()? && !file.executable {
        let mend = install().unwrap_or_else(|| format!("chmod +x {name}"));
        return Ok(Some(("is not executable", Some(mend))));
    }
    // Where git believes them, a mode that it doesn't have is a change like any other.
    let root = context.workspace.root();
    if git::believes_modes(root)? {
        return Ok(None);
    }
    let index = git::index(root, [&real])?;
    let kind = index.get(&real).map(|entry| entry.kind);
    let is_dead = kind == Some(EntryKind::File { executable: false });
    Ok(is_dead.then(|| {
        let what = "git has as a file that can't be executed, so that no clone can run it";
        (
            what,
            Some(format!("{} update-index --chmod=+x {name}", context.git())),
        )
    }))
}
