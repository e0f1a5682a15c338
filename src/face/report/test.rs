//! What came of a template's tests.

use crate::face::run::Needed;
use crate::face::ui::Ui;
use crate::model::template::About;
use crate::ops::steps::scenario_run::ScenarioResult;
use crate::ops::verbs::test::Outcome;
use crate::words;

/// Shows it. A person is needed where something doesn't hold.
pub fn show(ui: &mut Ui, outcome: &Outcome) -> Needed {
    let About { name, version, .. } = &outcome.source.manifest.template;
    let tests = words::count(outcome.tried.len(), "test");
    match outcome.holds() {
        true => ui.title(&format!("{name} {version}: {tests} passed")),
        false => {
            let failed = outcome
                .tried
                .iter()
                .filter(|tried| !tried.failures.is_empty())
                .count();
            ui.warn_title(&format!("{name} {version}: {failed} of {tests} failed"));
        }
    }
    for ScenarioResult {
        path,
        failures,
        hooks,
        ..
    } in &outcome.tried
    {
        let counts = hooks
            .iter()
            .map(|(id, (right, all))| format!("{id} {right}/{all}"));
        let counts: Vec<String> = counts.collect();
        let counts = if counts.is_empty() {
            String::new()
        } else {
            format!(": {}", counts.join(", "))
        };
        ui.row(
            if failures.is_empty() { "ok" } else { "failed" },
            &format!("{path}{counts}"),
        );
        for failure in failures {
            let failure = failure.to_string();
            let (first, diff) = failure.split_once('\n').unwrap_or((&failure, ""));
            ui.row("", first);
            ui.diff(diff);
        }
    }
    if !outcome.blessed.is_empty() {
        ui.row(
            "written",
            &super::paths(ui, &outcome.blessed.iter().collect::<Vec<_>>()),
        );
    }
    if !outcome.untested.is_empty() {
        let hooks = words::list(&outcome.untested);
        ui.row("untested", &format!("no test runs {hooks}"));
    }
    !outcome.holds()
}
