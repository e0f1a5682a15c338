//! Programs that the tests of a template bring. **Tests are code**: what stands in for a machine's
//! program is run, and so may be any file that a hook finds in the repository of a test.

use serde_json::{Value, json};

use super::{Capability, CapabilityTree, Found, Place};
use crate::model::capability::CapabilityKind;
use crate::model::path::RelPath;
use crate::model::scenario::{HookCase, Scenario};
use crate::model::source::Source;

/// Returns whether a path of a template's source is one of its tests.
pub fn is_test(path: &RelPath) -> bool {
    path.below("tests")
        .is_some_and(|rest| !rest.contains('/') && rest.ends_with(".toml"))
}

/// Returns what the tests of a template bring that runs when they do: each file of tests by itself.
pub fn test_programs(source: &Source) -> Vec<Capability> {
    let tree = CapabilityTree::default();
    let mut found = Found {
        tree: &tree,
        all: Vec::new(),
    };
    for (path, file) in source.tree.iter().filter(|(path, _)| is_test(path)) {
        let text = String::from_utf8_lossy(&file.bytes);
        let brought = match Scenario::parse(path.as_str(), &text) {
            Ok(scenario) => brought(&scenario),
            // What can't be read isn't run either, by this version.
            Err(_) => Value::from(text),
        };
        let place = Place {
            path,
            template: Some(&source.manifest.template.name),
        };
        if !brought.is_null() {
            found.push(
                place,
                CapabilityKind::TestProgram,
                "",
                &[],
                &brought,
                Vec::new(),
            );
        }
    }
    found.all
}

/// Returns the files and the programs of a file of tests that has hooks to run; null without any.
fn brought(scenario: &Scenario) -> Value {
    let cases = scenario.hooks.iter().flat_map(|(id, tests)| {
        let own = |case: &&HookCase| !case.programs.is_empty() || !case.files.is_empty();
        let cases = tests.cases.iter().filter(own);
        cases.map(move |case| {
            json!({ "hook": id, "why": case.why, "files": case.files, "programs": case.programs })
        })
    });
    let cases: Vec<Value> = cases.collect();
    let files = match scenario.hooks.is_empty() {
        true => &Default::default(),
        false => &scenario.files,
    };
    match cases.is_empty() && files.is_empty() {
        true => Value::Null,
        false => json!({ "files": files, "cases": cases }),
    }
}
