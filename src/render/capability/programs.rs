//! Programs that the tests of a template bring. **Tests are code**: what stands in for a machine's
//! program is run, and so may be any file that a hook finds in the repository of a test.

use serde_json::{Value, json};

use super::found::{EntryPlace, FoundCapabilities};
use super::{Capability, CapabilityTree};
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
    let mut found = FoundCapabilities {
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
        let place = EntryPlace {
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
    let mut cases: Vec<Value> = Vec::new();
    for (id, tests) in &scenario.hooks {
        for case in &tests.cases {
            let HookCase {
                why,
                files,
                programs,
                ..
            } = case;
            if !programs.is_empty() || !files.is_empty() {
                cases.push(json!({ "hook": id, "why": why, "files": files, "programs": programs }));
            }
        }
    }
    let files = match scenario.hooks.is_empty() {
        true => &Default::default(),
        false => &scenario.files,
    };
    match cases.is_empty() && files.is_empty() {
        true => Value::Null,
        false => json!({ "files": files, "cases": cases }),
    }
}
