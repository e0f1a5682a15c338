//! `check --hooks`: the tests of the installed templates' hooks, run on the hooks as they are here.

use std::collections::{BTreeMap, BTreeSet};

use crate::agent::hooks;
use crate::error::Result;
use crate::model::capability::CapabilityKind;
use crate::model::digest::Digest;
use crate::model::finding::Severity;
use crate::model::lock::{Lock, Record};
use crate::model::name::TemplateName;
use crate::model::path::RelPath;
use crate::model::scenario::Expect;
use crate::model::tree::FileTree;
use crate::model::upstream::HookName;
use crate::render::capability::{Capability, test_programs};

use crate::ops::Session;
use crate::ops::steps::approval;
use crate::ops::steps::hook_calls::Tally;
use crate::ops::steps::releases::Registries;
use crate::ops::steps::repo::Repo;
use crate::ops::steps::scenario_run::{self, InstalledScripts, ScenarioResult};

use super::{CheckFinding, CheckRule, of_file};

/// What the tests of the installed templates' hooks showed.
#[derive(Default)]
pub struct HookRuns {
    /// Hooks with how many of their tests passed, and how many there are.
    hooks: BTreeMap<HookName, Tally>,
    /// What hooks did otherwise than they have to.
    pub failures: Vec<CheckFinding>,
    /// What wasn't run.
    pub unrun: Vec<CheckFinding>,
}

impl HookRuns {
    /// Returns each hook with how many of its tests passed, and how many there are.
    pub fn counts(&self) -> Vec<(HookName, Tally)> {
        let hooks = self.hooks.iter();
        hooks
            .map(|(hook, tally)| (hook.clone(), tally.clone()))
            .collect()
    }

    fn add(&mut self, lock: &Lock, template: &TemplateName, result: ScenarioResult) {
        for (id, tally) in result.hooks {
            let template = template.clone();
            let known = self.hooks.entry(HookName { template, id }).or_default();
            known.add(&tally);
        }
        for failure in result.failures {
            let message = failure.to_string();
            let Some(id) = failure.hook else { continue };
            let template = template.clone();
            if let Some(place) = lock.hooks.get(&HookName { template, id }) {
                let finding = of_file(CheckRule::Hook, place.script.clone(), message);
                self.failures.push(finding);
            }
        }
    }

    fn leave_out(&mut self, path: &RelPath, why: String) {
        let mut finding = of_file(CheckRule::Hook, path.clone(), why);
        finding.severity = Severity::Warning;
        self.unrun.push(finding);
    }
}

/// Runs the tests of the installed templates' hooks, with the files of templates as they are here.
///
/// **Nothing runs that nobody approved as it is**: neither a hook that was edited, nor what tests
/// bring.
pub fn run(session: &Session, repo: &Repo, lock: &Lock) -> Result<HookRuns> {
    let mut runs = HookRuns::default();
    let otherwise = approval::otherwise_here(session, lock)?;
    for source in Registries::new(session, &repo.manifest)?.locked_sources(lock)? {
        let template = &source.manifest.template.name;
        let here = scripts_here(session, lock, template, &otherwise, &mut runs)?;
        let brought = test_programs(&source);
        for (path, mut scenario) in scenario_run::scenarios(&source)? {
            let unseen = brought
                .iter()
                .find(|one| one.path == path && !one.is_approved(&lock.approvals));
            if let Some(unseen) = unseen {
                let why = format!("what these tests of {template} bring isn't approved");
                runs.leave_out(&unseen.path, why);
                continue;
            }
            // What the template brings is another question.
            scenario.expect = Expect::default();
            let result = scenario_run::attempt(&source, &path, &scenario, Some(&here))?;
            runs.add(lock, template, result);
        }
    }
    Ok(runs)
}

/// Returns the files of a template as they are here, with the hooks that may run; says which may
/// not. A file that any of them might use has to be as it was approved, too.
fn scripts_here(
    session: &Session,
    lock: &Lock,
    template: &TemplateName,
    otherwise: &[Capability],
    runs: &mut HookRuns,
) -> Result<InstalledScripts> {
    let mut here = InstalledScripts {
        files: FileTree::new(),
        hooks: BTreeSet::new(),
        agents: lock.inputs.agents.clone(),
    };
    for (path, record) in &lock.files {
        let whole = record.as_whole();
        let is_needed = |owner: &TemplateName| owner == template || hooks::is_runner(path);
        if whole.is_some_and(|whole| is_needed(&whole.origin.template)) {
            let file = session.workspace.file(path)?;
            here.files.extend(file.map(|file| (path.clone(), file)));
        }
    }
    for (hook, place) in &lock.hooks {
        if hook.template != *template {
            continue;
        }
        let stops = otherwise.iter().find(|one| {
            let is_of_it = one.kind == CapabilityKind::File || one.files.contains(&place.script);
            one.template.as_ref() == Some(template) && is_of_it
        });
        match stops {
            None if here.files.contains_key(&place.script) => {
                here.hooks.insert(hook.id.clone());
            }
            None => {}
            Some(one) => {
                let is_edited = |path: &&RelPath| {
                    let record = lock.files.get(*path).and_then(Record::as_whole);
                    let file = here.files.get(*path);
                    record.map(|whole| whole.digest) != file.map(|file| Digest::of(&file.bytes))
                };
                let edited = one.files.iter().find(is_edited);
                let what = match edited.or(one.files.first()) {
                    Some(path) => format!("`{path}` isn't as it was approved"),
                    None => "it isn't as it was approved".to_owned(),
                };
                let why = format!(
                    "the tests of {} of {template} were not run: {what}",
                    hook.id
                );
                runs.leave_out(&place.script, why);
            }
        }
    }
    Ok(here)
}
