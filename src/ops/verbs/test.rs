//! `test`: whether a template does what its tests say.

use std::path::PathBuf;

use crate::error::{Error, Result};
use crate::model::path::RelPath;
use crate::model::source::Source;
use crate::render::check;
use crate::store::fs;
use crate::store::snapshot;

use crate::ops::steps::scenario_run::{self, ScenarioResult};

/// What to test.
pub struct Options {
    /// The folder of the template's source.
    pub source: PathBuf,
    /// Whether snapshots take what there is now.
    pub bless: bool,
}

/// What came of it.
pub struct Outcome {
    /// The template.
    pub source: Source,
    /// What came of each file of tests.
    pub tried: Vec<ScenarioResult>,
    /// Snapshots that were written.
    pub blessed: Vec<RelPath>,
    /// Hooks that no test runs.
    pub untested: Vec<String>,
}

impl Outcome {
    /// Returns whether everything holds.
    pub fn holds(&self) -> bool {
        self.tried.iter().all(|tried| tried.failures.is_empty())
    }
}

/// Tests a template.
pub fn test(options: &Options) -> Result<Outcome> {
    let place = options.source.display().to_string();
    if !fs::is_folder(&options.source) {
        return Err(Error::user(format!("`{place}` is not a folder"))
            .hint("name the folder of a template's source"));
    }
    snapshot::refuse_part(&options.source)?;
    let source = Source::of(&place, fs::read_source(&options.source)?)?;
    check::check(&source)?;
    let scenarios = scenario_run::scenarios(&source)?;
    if scenarios.is_empty() {
        return Err(Error::user(format!("{source} has no tests"))
            .hint("write `tests/default.toml`; docs/tests.md says how"));
    }
    let mut tried = Vec::new();
    let mut blessed = Vec::new();
    for (path, scenario) in &scenarios {
        if !options.bless {
            tried.push(scenario_run::attempt_with_snapshot(
                &source, path, scenario,
            )?);
            continue;
        }
        let one = scenario_run::attempt(&source, path, scenario, None)?;
        let snapshot = scenario_run::snapshot_path(path)?;
        if scenario_run::snapshot_text(&source, &snapshot).as_deref() != Some(&one.tree) {
            fs::write_atomic(&snapshot.under(&options.source), one.tree.as_bytes(), false)?;
            blessed.push(snapshot);
        }
        tried.push(one);
    }
    let mut untested = Vec::new();
    for hook in &source.manifest.hooks {
        let mut scenarios = scenarios.iter();
        if !scenarios.any(|(_, scenario)| scenario.hooks.contains_key(&hook.id)) {
            untested.push(hook.id.clone());
        }
    }
    Ok(Outcome {
        source,
        tried,
        blessed,
        untested,
    })
}
