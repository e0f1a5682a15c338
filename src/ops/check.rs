//! `check`: whether the repo holds what the team agreed on, from the lock alone. For CI: no network, no cache.

use std::collections::BTreeMap;

use crate::error::Result;
use crate::merge::tree::{self, Found, Local, State};
use crate::merge::{block, json};
use crate::model::lock::{AGENTPKG_LOCK, Lock, Record};
use crate::model::manifest::AGENTPKG_TOML;
use crate::model::path::{RelPath, rel};
use crate::model::upstream::{Comment, Upstream};
use crate::render::agents::claude;

use super::Context;
use super::repo::{self, Repo};
use super::status;

/// Something that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What kind of thing it is.
    pub rule: Rule,
    /// Where.
    pub path: RelPath,
    /// What is so.
    pub message: String,
    /// What to type, where there is one thing to type.
    pub hint: Option<String>,
}

/// What `check` looks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// A command was interrupted.
    Interrupted,
    /// The lock doesn't fit agentpkg.toml.
    Lock,
    /// A managed file is missing.
    Missing,
    /// A file can't be read by the agent.
    Invalid,
    /// An entry runs a script that isn't there or can't be executed.
    Script,
    /// A conflict marker.
    Marker,
    /// Edited or deleted by the team: shown, and a failure with `--strict` only.
    Changed,
}

impl Rule {
    /// Returns its name in reports.
    pub fn id(self) -> &'static str {
        match self {
            Self::Interrupted => "interrupted",
            Self::Lock => "lock",
            Self::Missing => "missing",
            Self::Invalid => "invalid",
            Self::Script => "script",
            Self::Marker => "marker",
            Self::Changed => "changed",
        }
    }
}

/// What was found.
pub struct Outcome {
    /// What is wrong, in the order of rules and paths.
    pub failures: Vec<Finding>,
    /// What the team changed: its right.
    pub changed: Vec<Finding>,
    /// How many paths were looked at.
    pub checked: usize,
}

/// Checks the repo.
pub fn check(context: &Context, strict: bool) -> Result<Outcome> {
    let repo = Repo::read(&context.workspace)?;
    let lock = repo.installed()?;
    let mut findings = interrupted(context)?;
    findings.extend(lock_fits(&repo, lock));
    let mut changed = Vec::new();
    for file in status::changed(context, &repo, lock, None)? {
        let finding = |rule: Rule, message: &str, hint: Option<&str>| Finding {
            rule,
            path: file.path.clone(),
            message: message.to_owned(),
            hint: hint.map(str::to_owned),
        };
        match file.state {
            State::Missing => findings.push(finding(Rule::Missing, "it is not there", Some("agentpkg install"))),
            State::Deleted => changed.push(finding(Rule::Changed, "deleted here", None)),
            State::Edited | State::Reformatted => changed.push(finding(Rule::Changed, "edited here", None)),
            State::Broken | State::Unchanged | State::Seed => {}
        }
    }
    findings.extend(files(context, lock)?);
    findings.extend(settings(context, &repo)?);
    if strict {
        findings.append(&mut changed);
    }
    findings.sort_by(|a, b| (a.rule, &a.path).cmp(&(b.rule, &b.path)));
    Ok(Outcome { failures: findings, changed, checked: lock.files.len() })
}

fn interrupted(context: &Context) -> Result<Vec<Finding>> {
    let finding = |verb: String| Finding {
        rule: Rule::Interrupted,
        path: rel(".agentpkg/journal"),
        message: format!("`{verb}` was interrupted"),
        hint: Some("agentpkg install".to_owned()),
    };
    Ok(repo::interrupted(&context.workspace)?.map(finding).into_iter().collect())
}

fn lock_fits(repo: &Repo, lock: &Lock) -> Vec<Finding> {
    let mut messages = Vec::new();
    for (name, wanted) in &repo.manifest.templates {
        match lock.inputs.releases.get(name) {
            None => messages.push(format!("`{AGENTPKG_TOML}` wants `{name}`, which is not installed")),
            Some(release) if !wanted.version.matches(&release.version) => {
                let (installed, wanted) = (&release.version, &wanted.version);
                messages.push(format!("`{name}` {installed} is installed, and `{AGENTPKG_TOML}` wants {wanted}"));
            }
            Some(_) => {}
        }
    }
    messages.extend(repo.unasked().iter().map(|name| format!("`{name}` is installed, and nothing asks for it")));
    for (key, answer) in &lock.inputs.answers {
        if repo.manifest.answers.get(key).is_some_and(|wanted| wanted != answer) {
            messages.push(format!("the answer to `{key}` in `{AGENTPKG_TOML}` has changed"));
        }
    }
    if repo.manifest.agents.as_ref().is_some_and(|agents| *agents != lock.inputs.agents) {
        messages.push(format!("the agents in `{AGENTPKG_TOML}` have changed"));
    }
    let finding = |message: String| Finding {
        rule: Rule::Lock,
        path: rel(AGENTPKG_LOCK),
        message,
        hint: Some("agentpkg install".to_owned()),
    };
    messages.into_iter().map(finding).collect()
}

/// Managed files that the agent could not read as they are.
fn files(context: &Context, lock: &Lock) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for (path, local) in context.workspace.snapshot(lock.files.keys())? {
        let finding = |rule, message: String| Finding { rule, path: path.clone(), message, hint: None };
        match (&local.found, &lock.files[&path]) {
            (Found::Obstacle(what), _) => findings.push(finding(Rule::Invalid, format!("it is {what}"))),
            (Found::Link(_), Record::Whole(_)) => findings.push(finding(Rule::Invalid, "it is a link".to_owned())),
            (Found::File(file) | Found::Link(file), record) => {
                let Some(text) = file.text() else { continue };
                if let Some(line) = conflict_marker(text) {
                    findings.push(finding(Rule::Marker, format!("line {line}: a conflict marker")));
                }
                if let (Record::Blocks(_), Err(malformed)) = (record, block::find(text, Comment::of(&local.real))) {
                    findings.push(finding(Rule::Invalid, malformed.to_string()));
                }
            }
            (Found::Absent { .. }, _) => {}
        }
    }
    Ok(findings)
}

/// Returns the line of the first conflict marker, told from a Markdown heading's underline by its company.
fn conflict_marker(text: &str) -> Option<usize> {
    let line = |start: &str| text.lines().position(|line| line.starts_with(start)).map(|line| line + 1);
    line("<<<<<<< ").filter(|_| line(">>>>>>> ").is_some())
}

/// The settings that the agent reads, managed or not: strict JSON, of the right shapes, naming scripts that run.
fn settings(context: &Context, repo: &Repo) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let identities = tree::identities(&repo.base(), &Upstream::default());
    for path in [claude::SETTINGS, claude::SERVERS].map(rel) {
        let finding = |rule, message: String| Finding { rule, path: path.clone(), message, hint: None };
        let Some(file) = context.workspace.file(&path)? else { continue };
        let parsed = file.text().map(json::Document::parse);
        let document = match parsed {
            Some(Ok(document)) => document.into_value(),
            Some(Err(invalid)) => {
                findings.push(finding(Rule::Invalid, invalid.to_string()));
                continue;
            }
            None => {
                findings.push(finding(Rule::Invalid, "it is not UTF-8 text".to_owned()));
                continue;
            }
        };
        let wrong = claude::misshapen(path.as_str(), &document);
        findings.extend(wrong.into_iter().map(|what| finding(Rule::Invalid, what)));
        let mut scripts: BTreeMap<RelPath, bool> = BTreeMap::new();
        tree::each_handler(&document, &mut |handler| {
            let command = handler.get("command").and_then(|command| command.as_str()).unwrap_or_default();
            let script = identities.script(handler).cloned().or_else(|| json::script_in(command));
            let direct = command.split_whitespace().next().is_some_and(|word| word.contains(".claude/hooks/"));
            if let Some(script) = script {
                *scripts.entry(script).or_default() |= direct;
            }
        });
        for (script, direct) in scripts {
            let mut found = context.workspace.snapshot([&script])?;
            let message = match found.remove(&script).map(|Local { found, .. }| found) {
                Some(Found::File(file) | Found::Link(file)) if file.executable || !direct => continue,
                Some(Found::File(_) | Found::Link(_)) => format!("it runs `{script}`, which is not executable"),
                _ => format!("it runs `{script}`, which is not there"),
            };
            findings.push(finding(Rule::Script, message));
        }
    }
    Ok(findings)
}
