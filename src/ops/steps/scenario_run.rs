//! A template's tests: what comes of its scenarios, and what its hooks do.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use crate::agent::hooks;
use crate::error::{Error, Result};
use crate::lint;
use crate::merge::block::Marks;
use crate::merge::diff::unified;
use crate::model::agent::Agent;
use crate::model::answers::{Answer, Answers};
use crate::model::finding::Severity;
use crate::model::path::RelPath;
use crate::model::renderer::RENDERER;
use crate::model::scenario::{Expect, Scenario};
use crate::model::source::Source;
use crate::model::tree::{File, FileTree};
use crate::model::upstream::{HookName, Upstream};
use crate::render::capability::is_test;
use crate::render::compose::{ComposeInputs, compose};
use crate::store::detect::detect;
use crate::store::snapshot;
use crate::store::trial::{self, Trial};
use crate::store::workspace::Workspace;
use crate::tree::{self, Base};
use crate::words;

use crate::ops::steps::decide;
use crate::ops::steps::hook_calls::{HookCalls, Tally, ways};

/// What came of one file of tests.
#[derive(Clone, Debug)]
pub struct ScenarioResult {
    /// The file, as a path of the source.
    pub path: RelPath,
    /// What doesn't hold.
    pub failures: Vec<ScenarioFailure>,
    /// The hooks that were run, by their ids.
    pub hooks: BTreeMap<String, Tally>,
    /// The repository afterwards, as text.
    pub tree: String,
}

/// Something that a test says, and that doesn't hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScenarioFailure {
    /// The hook that did it, by its id, if one did.
    pub hook: Option<String>,
    what: String,
    /// The unified diff of what has to be and what is, where it is about whole files.
    pub diff: Option<String>,
}

impl From<String> for ScenarioFailure {
    fn from(what: String) -> Self {
        Self {
            hook: None,
            what,
            diff: None,
        }
    }
}

impl fmt::Display for ScenarioFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.hook {
            Some(hook) => write!(f, "{hook}: {}", self.what),
            None => f.write_str(&self.what),
        }
    }
}

/// Returns the tests of a template, by their paths in its source.
pub fn scenarios(source: &Source) -> Result<Vec<(RelPath, Scenario)>> {
    let mut scenarios = Vec::new();
    for (path, file) in &source.tree {
        if !is_test(path) {
            continue;
        }
        let name = format!("{}/{path}", source.manifest.template.name);
        let text = file
            .text()
            .ok_or_else(|| Error::user(format!("`{name}` is not UTF-8 text")))?;
        scenarios.push((path.clone(), Scenario::parse(&name, text)?));
    }
    Ok(scenarios)
}

/// Tries one file of tests on what the template brings; what comes of it has to be the test's
/// snapshot, if there is one.
pub fn attempt_with_snapshot(
    source: &Source,
    path: &RelPath,
    scenario: &Scenario,
) -> Result<ScenarioResult> {
    let mut tried = attempt(source, path, scenario, None)?;
    let snapshot = snapshot_path(path)?;
    if let Some(known) = snapshot_text(source, &snapshot).filter(|known| *known != tried.tree) {
        let diff = unified(snapshot.as_str(), &known, &tried.tree);
        tried.failures.push(ScenarioFailure {
            hook: None,
            what: format!("the files are not those of `{snapshot}` (`--bless` takes them)"),
            diff: Some(diff),
        });
    }
    Ok(tried)
}

/// Returns where a test's snapshot lies: `tests/default.tree` for `tests/default.toml`.
pub fn snapshot_path(test: &RelPath) -> Result<RelPath> {
    test.as_str()
        .strip_suffix(".toml")
        .map_or_else(|| test.as_str().to_owned(), |stem| format!("{stem}.tree"))
        .parse()
}

/// Returns what a snapshot has, if it is there.
pub fn snapshot_text(source: &Source, snapshot: &RelPath) -> Option<String> {
    let file = source.tree.get(snapshot)?;
    Some(String::from_utf8_lossy(&file.bytes).into_owned())
}

/// What a repo made of a template, and what of it may run.
pub struct InstalledScripts {
    /// The template's files as they are, in the place of all that it would bring.
    pub files: FileTree,
    /// The hooks that are as somebody approved them.
    pub hooks: BTreeSet<String>,
    /// The agents that they are written for.
    pub agents: Vec<Agent>,
}

/// Tries one file of tests: on what the template brings, or on what there is `here`.
///
/// **What a repo has isn't mixed with what its template would bring with other answers**: nobody
/// approved that.
pub fn attempt(
    source: &Source,
    path: &RelPath,
    scenario: &Scenario,
    here: Option<&InstalledScripts>,
) -> Result<ScenarioResult> {
    let agents = here.map_or(&Agent::ALL[..], |here| &here.agents);
    let before = trial::texts(&scenario.files);
    let (after, upstream) = installed(source, scenario, &before)
        .map_err(|error| error.detail(format!("in `{path}`")))?;
    let mut failures: Vec<ScenarioFailure> = Vec::new();
    failures.extend(
        unmet(&scenario.expect, &after)
            .into_iter()
            .map(ScenarioFailure::from),
    );
    for finding in lint::repo(&after, &Default::default())
        .into_iter()
        .filter(|one| one.severity == Severity::Error)
    {
        let line = words::line_suffix(finding.place.line());
        let (path, message, rule) = (&finding.place.path, &finding.message, finding.rule.id());
        failures.push(format!("`{path}`{line}: {message} ({rule})").into());
    }
    let repository = match here {
        Some(here) => with_files_of(here, &after, &upstream),
        None => after.clone(),
    };
    let mut hooks = BTreeMap::new();
    for (id, tests) in &scenario.hooks {
        if here.is_some_and(|here| !here.hooks.contains(id)) {
            continue;
        }
        let name = HookName {
            template: source.manifest.template.name.clone(),
            id: id.clone(),
        };
        let hook = source.manifest.hooks.iter().find(|hook| hook.id == *id);
        let (Some(hook), Some(place)) = (hook, upstream.hooks.get(&name)) else {
            failures.push(format!("there is no hook `{id}` with these answers").into());
            continue;
        };
        let ways = ways(&name, hook, place, agents);
        let calls = HookCalls {
            hook,
            event: &place.event,
            before: &before,
            repository: &repository,
        };
        let (tally, failed) = calls.run(&ways, &tests.all())?;
        hooks.insert(id.clone(), tally);
        for what in failed {
            let hook = Some(id.clone());
            failures.push(ScenarioFailure {
                hook,
                what,
                diff: None,
            });
        }
    }
    let new = after
        .iter()
        .filter(|(path, file)| before.get(*path) != Some(file));
    Ok(ScenarioResult {
        path: path.clone(),
        failures,
        hooks,
        tree: shown(new),
    })
}

/// Returns a repository with the files of a template as they are in another one.
fn with_files_of(here: &InstalledScripts, after: &FileTree, upstream: &Upstream) -> FileTree {
    let mut repository = after.clone();
    for (path, content) in &upstream.files {
        if content.as_whole().is_none() {
            continue;
        }
        match here.files.get(path) {
            Some(file) => repository.insert(path.clone(), file.clone()),
            None => repository.remove(path),
        };
    }
    repository
}

/// Returns what a repository has once the template is installed into it.
fn installed(
    source: &Source,
    scenario: &Scenario,
    before: &FileTree,
) -> Result<(FileTree, Upstream)> {
    let trial = Trial::new()?;
    trial.write(before)?;
    let workspace = Workspace::find(Some(&trial.root()), &trial.root())?;
    let agents = scenario.agents.as_deref().unwrap_or(&[Agent::Claude]);
    let facts = workspace.facts(agents, None, false)?;
    let answers = answers(source, scenario, &workspace)?;
    let inputs = ComposeInputs {
        agents,
        answers: &answers,
        facts: &facts,
        renderer: RENDERER,
    };
    let upstream = compose(std::slice::from_ref(source), &inputs)?;
    let ours = snapshot::managed(&workspace, &BTreeMap::new(), upstream.files.keys())?;
    let merge = tree::decide(&Base::default(), &ours, &upstream, &Marks::new());
    if !merge.refusals.is_empty() {
        return Err(decide::refused(&merge));
    }
    let mut after = before.clone();
    for change in merge.changes {
        match change.new {
            Some(file) => after.insert(change.path, file),
            None => after.remove(&change.path),
        };
    }
    Ok((after, upstream))
}

/// Returns an answer to every question: the scenario's, what is read off its files, the default.
fn answers(source: &Source, scenario: &Scenario, workspace: &Workspace) -> Result<Answers> {
    let questions = &source.manifest.questions;
    if let Some(unknown) = scenario
        .answers
        .keys()
        .find(|key| !questions.contains_key(*key))
    {
        return Err(
            Error::user(format!("{source} asks no `{unknown}`")).hint("take the answer out")
        );
    }
    let mut answers = Answers::new();
    for (key, question) in questions {
        let seen = match question.detect {
            Some(detector) => {
                detect(workspace.root(), detector)?.and_then(|text| question.parse(&text).ok())
            }
            None => None,
        };
        let answer: Option<Answer> = scenario
            .answers
            .get(key)
            .cloned()
            .or(seen)
            .or_else(|| question.default.clone());
        let answer = answer.ok_or_else(|| {
            Error::user(format!("nothing answers `{key}`"))
                .hint(format!("add `{key} = …` to `[answers]`"))
        })?;
        question
            .accept(&answer)
            .map_err(|why| Error::user(format!("the answer to `{key}` {why}")))?;
        answers.insert(key.clone(), answer);
    }
    Ok(answers)
}

/// Returns what a scenario expects, and isn't so.
fn unmet(expect: &Expect, after: &FileTree) -> Vec<String> {
    let mut failures = Vec::new();
    for path in &expect.present {
        if !after.contains_key(path) {
            failures.push(format!("`{path}` is not there"));
        }
    }
    for path in &expect.absent {
        if after.contains_key(path) {
            failures.push(format!("`{path}` is there"));
        }
    }
    for (lists, wanted) in [(&expect.contains, true), (&expect.lacks, false)] {
        for (path, texts) in lists {
            let Some(file) = after.get(path) else {
                failures.push(format!("`{path}` is not there"));
                continue;
            };
            let found = String::from_utf8_lossy(&file.bytes);
            let wrong = texts
                .iter()
                .filter(|text| found.contains(text.as_str()) != wanted);
            let verb = if wanted { "lacks" } else { "has" };
            failures.extend(wrong.map(|text| format!("`{path}` {verb} `{text}`")));
        }
    }
    failures
}

/// Files as a text: what `--bless` writes, and what is compared. The hook runner is no template's.
fn shown<'a>(files: impl Iterator<Item = (&'a RelPath, &'a File)>) -> String {
    let mut text = String::new();
    for (path, file) in files.filter(|(path, _)| !hooks::is_runner(path)) {
        text.push_str(&format!(
            "==== {path} {}\n{}",
            file.mode(),
            String::from_utf8_lossy(&file.bytes)
        ));
        if !text.ends_with('\n') {
            text.push('\n');
        }
    }
    text
}
