//! The registry inside the binary: made by `agentpkg publish` from `templates/`, and never by hand.

use std::path::Path;

use agentpkg::lint;
use agentpkg::model::name::TemplateName;
use agentpkg::model::source::Source;
use agentpkg::model::tree::tree_digest;
use agentpkg::ops::verbs::test::{self, Options};
use agentpkg::render::check;
use agentpkg::store::fs;
use agentpkg::store::reach::Reach;
use agentpkg::store::registry::{Address, Registry};

fn open(address: &str) -> Registry {
    let address = Address::parse(address, root()).unwrap();
    Registry::open(&address, &Reach::default()).unwrap()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn templates() -> Vec<(TemplateName, Source)> {
    let folders = fs::list(&root().join("templates")).unwrap();
    let read = |folder: &std::path::PathBuf| {
        let name: TemplateName = folder
            .file_name()
            .unwrap()
            .to_str()
            .unwrap()
            .parse()
            .unwrap();
        let source = Source::of(name.as_str(), fs::read_tree(folder).unwrap()).unwrap();
        (name, source)
    };
    folders.iter().map(read).collect()
}

#[test]
fn the_newest_release_is_what_the_templates_give() {
    let registry = open("registry");
    for (name, source) in templates() {
        let index = registry
            .index(&name)
            .unwrap()
            .expect("every template is published");
        let newest = index.releases.last().unwrap();
        assert_eq!(
            newest.version, source.manifest.template.version,
            "publish {name}: just publish"
        );
        assert_eq!(
            newest.tree,
            tree_digest(&source.tree),
            "{name} changed without a new version"
        );
    }
}

#[test]
fn every_release_is_what_its_index_says_and_would_be_published_again() {
    let registry = open("registry");
    let catalog = registry.catalog().unwrap();
    assert_eq!(catalog.templates.len(), templates().len());
    for (name, entry) in &catalog.templates {
        let index = registry.index(name).unwrap().unwrap();
        assert_eq!(
            entry.latest,
            index.latest().map(|release| release.version.clone())
        );
        for release in &index.releases {
            let tree = registry.artifact(release, name).unwrap();
            let source = Source::of(name.as_str(), tree).unwrap();
            assert_eq!(source.manifest.template.version, release.version);
            check::check(&source).unwrap();
        }
    }
}

#[test]
fn the_binary_holds_the_registry_of_this_tree() {
    let (embedded, folder) = (open("embedded"), open("registry"));
    assert_eq!(embedded.catalog().unwrap(), folder.catalog().unwrap());
    for name in folder.catalog().unwrap().templates.keys() {
        assert_eq!(embedded.index(name).unwrap(), folder.index(name).unwrap());
    }
}

#[test]
fn a_linter_finds_nothing_in_the_templates() {
    for (name, source) in templates() {
        assert_eq!(lint::source(&source), [], "{name}");
    }
}

/// Shells that may be a machine's `sh`.
const SHELLS: [&str; 3] = ["dash", "bash", "busybox sh"];

#[test]
#[ignore = "runs a thousand hooks"]
fn the_templates_do_what_their_tests_say_in_every_shell() {
    for shell in SHELLS {
        for (name, source) in templates() {
            let folder = tempfile::tempdir().unwrap();
            for (path, file) in &source.tree {
                let text = file.text().expect("templates are text");
                let text = text.replacen("#!/bin/sh\n", &format!("#!/usr/bin/env -S {shell}\n"), 1);
                fs::write_loose(&path.under(folder.path()), text.as_bytes(), file.executable)
                    .unwrap();
            }
            let outcome = test::test(&Options {
                source: folder.path().to_path_buf(),
                bless: false,
            })
            .unwrap();
            assert!(outcome.holds(), "{name} in {shell}: {:#?}", outcome.tried);
            assert_eq!(outcome.untested, Vec::<String>::new(), "{name}");
        }
    }
}

/// The hooks of org-baseline, run as the agent runs them, over a table of commands and files.
#[test]
#[ignore = "runs several thousand shells"]
fn the_guards_of_org_baseline_block_and_pass_as_their_table_says() {
    let run = root().join("tests/org-baseline/run.sh");
    let output = std::process::Command::new("bash")
        .arg(run)
        .arg(root().join("templates/org-baseline"))
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
    let passed = text
        .lines()
        .filter(|line| line.contains(": 420 passed, 0 failed"))
        .count();
    assert!(passed >= 2, "in two shells at least:\n{text}");
}
