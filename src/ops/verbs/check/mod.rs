//! `check`: whether the repo holds what the team agreed on, from the lock alone. For CI: no
//! network, no cache.

mod files;
mod hooks;
mod settings;

use std::collections::BTreeSet;

use crate::error::{self, Error, Result};
use crate::hint::Hint;
use crate::model::agent::Agent;
use crate::model::finding::{FilePlace, Finding, Severity};
use crate::model::lock::{AGENTPKG_LOCK, Lock};
use crate::model::manifest::{AGENTPKG_TOML, DEFAULT_REGISTRY};
use crate::model::path::{RelPath, rel};
use crate::model::upstream::HookName;
use crate::store::journal::{self, Interrupted};
use crate::words;

use crate::ops::Session;
use crate::ops::steps::approval;
use crate::ops::steps::command_line::CommandLine;
use crate::ops::steps::git_view::{self, Hidden};
use crate::ops::steps::hook_calls::Tally;
use crate::ops::steps::in_review::{self, InReview};
use crate::ops::steps::packages;
use crate::ops::steps::records;
use crate::ops::steps::repo::Repo;

use hooks::HookRuns;

/// Something that is not as it should be.
pub type CheckFinding = Finding<CheckRule>;

/// Returns what is wrong with a file as a whole.
fn of_file(rule: CheckRule, path: RelPath, message: impl Into<String>) -> CheckFinding {
    let place = FilePlace::of_line(path, None);
    Finding::new(place, rule, rule.severity(), message)
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
    /// Returns how bad it is where nothing strict is asked for.
    fn severity(self) -> Severity {
        match self {
            Self::Answer | Self::Changed => Severity::Warning,
            _ => Severity::Error,
        }
    }

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
    pub failures: Vec<CheckFinding>,
    /// What the team changed: its right.
    pub changed: Vec<CheckFinding>,
    /// Answers that no template asks for.
    pub unasked: Vec<CheckFinding>,
    /// How many paths were looked at.
    pub checked: usize,
    /// Hooks whose tests were run, with how many passed.
    pub tested: Vec<(HookName, Tally)>,
    /// Tests of hooks that were not run, because somebody has to look at them first: a failure with
    /// `--strict` only.
    pub unrun: Vec<CheckFinding>,
    /// What was committed for review: a failure with `--strict` until somebody merged it.
    pub in_review: Option<InReview>,
    /// What git hides of the managed files.
    pub hidden: Hidden,
}

/// Checks the repo.
pub fn check(session: &Session, options: &Options) -> Result<Outcome> {
    packages::refuse_above(session, "check")?;
    let mut repo = Repo::without_lock(&session.workspace)?;
    let mut failures: Vec<CheckFinding> = interrupted(session)?.into_iter().collect();
    let mut changed = Vec::new();
    let mut hook_runs = HookRuns::default();
    match repo.read_lock(&session.workspace) {
        Err(error) if error.kind() == error::ErrorKind::Damaged => {
            failures.push(unreadable(&error));
        }
        read => {
            read?;
            let lock = repo.installed(session)?;
            failures.extend(lock_fits(session, &repo, lock)?);
            for finding in files::changed(session, &repo, lock)? {
                match finding.rule {
                    CheckRule::Changed => changed.push(finding),
                    _ => failures.push(finding),
                }
            }
            failures.extend(files::conflicts(session, lock)?);
            failures.extend(files::unreadable(session, lock)?);
            failures.extend(unapproved(session, lock)?);
            if options.hooks {
                hook_runs = hooks::run(session, &repo, lock)?;
                failures.append(&mut hook_runs.failures);
            }
        }
    }
    failures.extend(settings::check(session, &repo)?);
    let mut unasked = unasked_answers(&repo);
    if options.strict {
        for list in [&mut changed, &mut unasked, &mut hook_runs.unrun] {
            for mut finding in list.drain(..) {
                finding.severity = Severity::Error;
                failures.push(finding);
            }
        }
    }
    let (mut in_review, mut hidden) = (None, Hidden::default());
    if let Some(lock) = &repo.lock {
        in_review = in_review::find(session, lock)?;
        hidden = git_view::hidden(session, lock);
    }
    if options.strict
        && let Some(waiting) = in_review.take_if(|in_review| in_review.waiting() > 0)
    {
        failures.extend(unmerged(session, &waiting));
    }
    failures.sort_by(|a, b| (a.rule, &a.place.path).cmp(&(b.rule, &b.place.path)));
    Ok(Outcome {
        failures,
        changed,
        unasked,
        checked: repo.lock.as_ref().map_or(0, |lock| lock.files.len()),
        tested: hook_runs.counts(),
        unrun: hook_runs.unrun,
        in_review,
        hidden,
    })
}

/// What was committed for review and isn't known to be merged.
fn unmerged(session: &Session, in_review: &InReview) -> Vec<CheckFinding> {
    let install = Hint::from(CommandLine::new(session, "install"));
    let standing = in_review.standing.describe();
    let mut findings = Vec::new();
    for item in &in_review.items {
        let message = format!("{item}: {standing}");
        let finding = of_file(CheckRule::Unapproved, rel(AGENTPKG_LOCK), message);
        findings.push(finding.hint(install.clone()));
    }
    findings
}

/// A lock that doesn't parse: git left its markers there, or somebody edited it.
fn unreadable(error: &Error) -> CheckFinding {
    Finding::from_error(CheckRule::Lock, Severity::Error, error, rel(AGENTPKG_LOCK))
}

/// Answers that no installed template asks for, with the question that was probably meant.
fn unasked_answers(repo: &Repo) -> Vec<CheckFinding> {
    let Some(lock) = &repo.lock else {
        return Vec::new();
    };
    let asked = &lock.inputs.answers;
    let mut findings = Vec::new();
    for key in repo.manifest.answers.keys() {
        if asked.contains_key(key) {
            continue;
        }
        let nearest = words::nearest(key, asked.keys().map(String::as_str));
        let message = format!("no template asks for the answer `{key}`");
        let finding = of_file(CheckRule::Answer, rel(AGENTPKG_TOML), message);
        findings.push(match nearest {
            Some(near) => finding.hint(format!(
                "give `{near}` the value of `{key}` in `{AGENTPKG_TOML}`, and take `{key}` out"
            )),
            None => finding,
        });
    }
    findings
}

fn interrupted(session: &Session) -> Result<Option<CheckFinding>> {
    let Some(Interrupted { verb, is_own }) = records::interrupted(session)? else {
        return Ok(None);
    };
    let what = verb.map_or("a command".to_owned(), |verb| format!("`{verb}`"));
    let (message, command) = match is_own {
        true => (format!("{what} was interrupted"), "agentpkg install"),
        false => (
            format!("{what} was interrupted, and wasn't begun by you at this place"),
            journal::SHOW,
        ),
    };
    let finding = of_file(CheckRule::Interrupted, journal::journal(), message);
    Ok(Some(finding.hint(Hint::command(command))))
}

fn lock_fits(session: &Session, repo: &Repo, lock: &Lock) -> Result<Vec<CheckFinding>> {
    let mut messages = releases_fit(repo, lock);
    for name in repo.unasked() {
        messages.push(format!("`{name}` is installed, and nothing asks for it"));
    }
    let manifest = &repo.manifest;
    for (key, answer) in &lock.inputs.answers {
        let wanted = manifest.answers.get(key);
        if wanted.is_some_and(|wanted| wanted != answer) {
            messages.push(format!(
                "the answer to `{key}` in `{AGENTPKG_TOML}` has changed"
            ));
        }
    }
    let agents: Option<BTreeSet<&Agent>> = manifest.agents.as_ref().map(|all| all.iter().collect());
    if agents.is_some_and(|agents| agents != lock.inputs.agents.iter().collect()) {
        messages.push(format!("the agents in `{AGENTPKG_TOML}` have changed"));
    }
    if lock.inputs.facts.are_in(&lock.files) {
        let facts = session
            .workspace
            .facts(&lock.inputs.agents, Some(lock), false)?;
        let differences = lock.inputs.facts.differences(&facts);
        messages.extend(differences.iter().map(ToString::to_string));
    }
    let install = Hint::from(CommandLine::new(session, "install"));
    let mut findings = Vec::new();
    for message in messages {
        let finding = of_file(CheckRule::Lock, rel(AGENTPKG_LOCK), message);
        findings.push(finding.hint(install.clone()));
    }
    Ok(findings)
}

/// Says which releases aren't those that agentpkg.toml wants.
fn releases_fit(repo: &Repo, lock: &Lock) -> Vec<String> {
    let mut messages = Vec::new();
    for (name, wanted) in &repo.manifest.templates {
        let Some(release) = lock.inputs.releases.get(name) else {
            messages.push(format!(
                "`{AGENTPKG_TOML}` wants `{name}`, which is not installed"
            ));
            continue;
        };
        if !wanted.version.matches(&release.version) {
            let (installed, wanted) = (&release.version, &wanted.version);
            messages.push(format!(
                "`{name}` {installed} is installed, and `{AGENTPKG_TOML}` wants {wanted}"
            ));
            continue;
        }
        let registry = wanted.registry.as_deref().unwrap_or(DEFAULT_REGISTRY);
        if release.registry != registry {
            messages.push(format!(
                "`{name}` is from `{}`, and is wanted from `{registry}`",
                release.registry
            ));
        }
    }
    messages
}

/// What was installed and can execute or widen, as the lock has it. A local edit is the team's own.
fn unapproved(session: &Session, lock: &Lock) -> Result<Vec<CheckFinding>> {
    let install = Hint::from(CommandLine::new(session, "install"));
    let mut findings = Vec::new();
    for capability in approval::missing(session, lock)? {
        let message = format!("{} {capability}: not approved", capability.kind);
        let finding = of_file(CheckRule::Unapproved, capability.path, message);
        findings.push(finding.hint(install.clone()));
    }
    Ok(findings)
}
