//! Registries in temporary folders: what is published is found, and nothing half-published is.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::*;
use crate::model::path::rel;
use crate::model::template::TemplateManifest;
use crate::model::tree::File;

fn name(text: &str) -> TemplateName {
    text.parse().unwrap()
}

fn manifest_text(name: &str, version: &str) -> String {
    format!(
        "[template]\nname = \"{name}\"\nversion = \"{version}\"\ndescription = \"About \
         {version}\"\n"
    )
}

/// Returns a source with one rule, and its manifest.
fn source(name: &str, version: &str, rule: &str) -> (FileTree, TemplateManifest) {
    let text = manifest_text(name, version);
    let manifest = TemplateManifest::parse("template.toml", &text).unwrap();
    (
        FileTree::from([
            (rel("rules/a.md"), File::plain(rule)),
            (rel("template.toml"), File::plain(text)),
        ]),
        manifest,
    )
}

fn apply(folder: &Path, writes: &[Write]) {
    let mut decide = || Ok(writes.to_vec());
    in_folder(folder).place.change("x", &mut decide).unwrap();
}

fn in_folder(folder: &Path) -> Registry {
    Registry::open(&Address::folder(folder), &Reach::default()).unwrap()
}

fn publish_to(folder: &Path, name: &str, version: &str, rule: &str) -> Result<Published> {
    let (tree, manifest) = source(name, version, rule);
    publish(&in_folder(folder), &tree, &manifest, 0, false)
}

/// Yanks a release of `a`, or offers it again; returns it.
fn yank(
    registry: &Registry,
    name: &TemplateName,
    version: &semver::Version,
    reason: Option<&str>,
) -> Result<Release> {
    let withdrawal = match reason {
        Some(reason) => Withdrawal::Yank(version.clone(), reason.to_owned()),
        None => Withdrawal::Offer(version.clone()),
    };
    let (index, _) = withdraw(registry, name, &withdrawal)?;
    Ok(index.release(version).unwrap().clone())
}

/// Returns a new folder with `a` 1.0.0 and 1.1.0 published.
fn registry() -> (TempDir, Registry) {
    let folder = tempfile::tempdir().unwrap();
    for version in ["1.0.0", "1.1.0"] {
        publish_to(folder.path(), "a", version, "one\n").unwrap();
    }
    let registry = in_folder(folder.path());
    (folder, registry)
}

fn latest(registry: &Registry) -> Release {
    registry
        .index(&name("a"))
        .unwrap()
        .unwrap()
        .latest()
        .unwrap()
        .clone()
}

/// Returns every file below a folder with its bytes, the lock aside.
fn contents(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for path in fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
    {
        match path.is_dir() {
            true => found.extend(contents(&path)),
            false if path.ends_with(".lock") => {}
            false => found.push((path.clone(), fs::read(&path).unwrap())),
        }
    }
    found.sort();
    found
}

fn open(address: &str, base: &Path) -> Registry {
    Registry::open(&Address::parse(address, base).unwrap(), &Reach::default()).unwrap()
}

#[test]
fn the_embedded_registry_is_whole() {
    let registry = Registry::open(&Address::embedded(), &Reach::default()).unwrap();
    assert!(registry.is_embedded());
    assert_eq!(registry.info().unwrap().name, "agentpkg starter templates");
    for (name, entry) in registry.catalog().unwrap().templates {
        let index = registry.index(&name).unwrap().unwrap();
        assert_eq!(
            index.latest().map(|release| &release.version),
            entry.latest.as_ref()
        );
        for release in &index.releases {
            registry.artifact(release, &name).unwrap();
        }
    }
    assert_eq!(registry.index(&name("none")).unwrap(), None);
}

#[test]
fn what_is_published_is_found_by_a_relative_url() {
    let folder = tempfile::tempdir().unwrap();
    let published = publish_to(&folder.path().join("new"), "a", "1.0.0", "one\n").unwrap();
    let Published::New {
        release,
        created: true,
    } = published
    else {
        panic!("{published:?}")
    };
    let registry = open("new", folder.path());
    assert_eq!(registry.address().to_string(), "new");
    assert_eq!(
        registry.info().unwrap(),
        RegistryInfo {
            format: 1,
            name: "new".to_owned()
        }
    );
    assert_eq!(
        registry.index(&name("a")).unwrap().unwrap().releases,
        std::slice::from_ref(&release)
    );
    assert_eq!(
        registry.artifact(&release, &name("a")).unwrap(),
        source("a", "1.0.0", "one\n").0
    );
    assert_eq!(registry.index(&name("b")).unwrap(), None);
    let published = publish_to(&folder.path().join("new"), "a", "1.0.1", "two\n").unwrap();
    assert!(matches!(published, Published::New { created: false, .. }));
}

#[test]
fn a_folder_that_is_no_registry_is_neither_read_nor_written() {
    let folder = tempfile::tempdir().unwrap();
    let registry = open("x", folder.path());
    let missing = "there is no registry at `x`: it has no `registry.json`";
    assert_eq!(registry.info().unwrap_err().message(), missing);
    assert_eq!(registry.catalog().unwrap_err().message(), missing);
    assert_eq!(registry.index(&name("a")).unwrap_err().message(), missing);
    assert_eq!(
        yank(
            &in_folder(folder.path()),
            &name("a"),
            &"1.0.0".parse().unwrap(),
            None
        )
        .unwrap_err()
        .next_steps()
        .len(),
        1
    );
    assert_eq!(contents(folder.path()), []);

    fs::write(folder.path().join("notes.txt"), "mine").unwrap();
    let error = publish_to(folder.path(), "a", "1.0.0", "one\n").unwrap_err();
    assert_eq!(
        error.message(),
        format!(
            "`{}` is no registry, and not empty",
            folder.path().display()
        )
    );
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        1,
        "not even a lock"
    );
}

#[test]
fn a_fresh_clone_may_become_a_registry() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join(".git")).unwrap();
    assert!(matches!(
        publish_to(folder.path(), "a", "1.0.0", "").unwrap(),
        Published::New { created: true, .. }
    ));
}

#[test]
fn a_release_never_changes() {
    let (folder, registry) = registry();
    let before = contents(folder.path());
    let again = publish_to(folder.path(), "a", "1.1.0", "one\n").unwrap();
    assert_eq!(
        again,
        Published::Already {
            release: latest(&registry)
        }
    );
    let error = publish_to(folder.path(), "a", "1.0.0", "other\n").unwrap_err();
    assert_eq!(
        error.message(),
        "`a` 1.0.0 is already published with different contents"
    );
    assert_eq!(
        error.next_steps(),
        ["a release never changes; set `version = \"1.0.1\"` in `template.toml`".into()]
    );
    assert_eq!(contents(folder.path()), before);
}

#[test]
fn the_hint_names_the_manifests_place_in_its_repository() {
    let (folder, _) = registry();
    let (tree, mut manifest) = source("a", "1.0.0", "other\n");
    manifest.template.directory = Some(rel("templates/a"));
    let error = publish(&in_folder(folder.path()), &tree, &manifest, 0, true).unwrap_err();
    let hint = "a release never changes; set `version = \"1.0.1\"` in `templates/a/template.toml`";
    assert_eq!(error.next_steps(), [hint.into()]);
}

#[test]
fn a_dry_run_writes_nothing_and_says_the_same() {
    let (folder, _) = registry();
    let before = contents(folder.path());
    let (tree, manifest) = source("b", "1.0.0", "one\n");
    let dry = publish(&in_folder(folder.path()), &tree, &manifest, 0, true).unwrap();
    assert_eq!(contents(folder.path()), before);
    assert_eq!(
        publish(&in_folder(folder.path()), &tree, &manifest, 0, false).unwrap(),
        dry
    );
    let absent = folder.path().join("absent");
    publish(&in_folder(&absent), &tree, &manifest, 0, true).unwrap();
    assert!(!absent.exists());
}

#[test]
fn a_publisher_that_stops_anywhere_is_completed_by_publishing_again() {
    let (tree, manifest) = source("a", "1.0.0", "one\n");
    let archive = archive::pack(&tree).unwrap();
    let whole = tempfile::tempdir().unwrap();
    let writes = publish::plan(
        &in_folder(&whole.path().join("r")),
        &tree,
        &manifest,
        archive,
        "1970-01-01T00:00:00Z",
    )
    .unwrap()
    .writes;
    let paths: Vec<&str> = writes
        .iter()
        .map(|write| write.path.split('/').next().unwrap())
        .collect();
    assert_eq!(
        paths,
        ["registry.json", "artifacts", "catalog.json", "index"]
    );
    for stop in 0..writes.len() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("r");
        apply(&folder, &writes[..stop]);
        if stop > 0 {
            assert_eq!(
                in_folder(&folder).index(&name("a")).unwrap(),
                None,
                "seen after {stop} writes"
            );
        }
        let published = publish(&in_folder(&folder), &tree, &manifest, 0, false).unwrap();
        assert!(matches!(published, Published::New { .. }));
        let found: Vec<Vec<u8>> = contents(&folder)
            .into_iter()
            .map(|(_, bytes)| bytes)
            .collect();
        apply(&whole.path().join("r"), &writes);
        let expected: Vec<Vec<u8>> = contents(&whole.path().join("r"))
            .into_iter()
            .map(|(_, bytes)| bytes)
            .collect();
        assert_eq!(found, expected, "differs after {stop} writes");
    }
}

#[test]
fn publishing_again_restores_a_lost_archive() {
    let (folder, registry) = registry();
    let release = latest(&registry);
    let path = folder.path().join(artifact_path(&release.artifact));
    for damage in [None, Some("garbage")] {
        match damage {
            None => fs::remove_file(&path).unwrap(),
            Some(bytes) => fs::write(&path, bytes).unwrap(),
        }
        registry.artifact(&release, &name("a")).unwrap_err();
        publish_to(folder.path(), "a", "1.1.0", "one\n").unwrap();
        registry.artifact(&release, &name("a")).unwrap();
    }
}

#[test]
fn an_artifact_is_checked_to_the_byte() {
    let (folder, registry) = registry();
    let release = latest(&registry);
    let path = folder.path().join(artifact_path(&release.artifact));
    let bytes = fs::read(&path).unwrap();
    let check = |release: &Release, cause: &str| {
        let error = registry.artifact(release, &name("a")).unwrap_err();
        assert_eq!(
            error.message(),
            format!("`a` 1.1.0 in `{}` is damaged", folder.path().display())
        );
        assert_eq!(error.causes(), [cause]);
        assert!(!error.next_steps().is_empty());
    };
    let other_tree = Release {
        tree: Digest::of(b""),
        ..release.clone()
    };
    check(
        &other_tree,
        "its files are not the ones that were published",
    );
    let evil = b"no archive";
    fs::write(&path, evil).unwrap();
    let sizes = format!("its archive has 10 bytes, the index says {}", bytes.len());
    check(&release, &sizes);
    check(
        &Release {
            size: 10,
            ..release.clone()
        },
        "its archive is not the one that was published",
    );
    let path = folder.path().join(artifact_path(&Digest::of(evil)));
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, evil).unwrap();
    let evil = Release {
        size: 10,
        artifact: Digest::of(evil),
        ..release.clone()
    };
    check(
        &evil,
        "the archive is no whole gzip file: invalid gzip header",
    );
    fs::remove_file(&path).unwrap();
    check(
        &evil,
        &format!("its archive `{}` is missing", artifact_path(&evil.artifact)),
    );
}

#[test]
fn a_source_that_teams_could_not_install_is_not_published() {
    let folder = tempfile::tempdir().unwrap();
    let (mut tree, manifest) = source("a", "1.0.0", "");
    tree.insert(rel("files/.github/workflows/ci.yml"), File::plain(""));
    let error = publish(&in_folder(folder.path()), &tree, &manifest, 0, false).unwrap_err();
    assert!(
        error
            .message()
            .ends_with("a template may not write into `.github/workflows`")
    );
    let (tree, manifest) = source("a", "1.0.0+b", "");
    let error = publish(&in_folder(folder.path()), &tree, &manifest, 0, false).unwrap_err();
    assert_eq!(
        error.message(),
        "1.0.0+b can't be told from 1.0.0 by any requirement"
    );
    let (mut tree, manifest) = source("a", "1.0.0", "");
    tree.insert(rel("large"), File::plain(" ".repeat(3 << 20)));
    let error = publish(&in_folder(folder.path()), &tree, &manifest, 0, false).unwrap_err();
    assert_eq!(
        error.causes(),
        ["the archive unpacks to more than 50 times its size"]
    );
    assert_eq!(contents(folder.path()), []);
}

#[test]
fn yanking_hides_and_never_removes() {
    let (folder, registry) = registry();
    let version = "1.1.0".parse().unwrap();
    let latest_in_catalog = || {
        registry.catalog().unwrap().templates[&name("a")]
            .latest
            .clone()
            .unwrap()
            .to_string()
    };
    let before = contents(folder.path());
    let yanked = yank(
        &in_folder(folder.path()),
        &name("a"),
        &version,
        Some("breaks hooks"),
    )
    .unwrap();
    assert_eq!(yanked.yanked.as_deref(), Some("breaks hooks"));
    assert_eq!(latest_in_catalog(), "1.0.0");
    assert_eq!(
        registry
            .index(&name("a"))
            .unwrap()
            .unwrap()
            .release(&version),
        Some(&yanked)
    );
    registry.artifact(&yanked, &name("a")).unwrap();
    assert_eq!(
        publish_to(folder.path(), "a", "1.1.0", "one\n").unwrap(),
        Published::Already { release: yanked }
    );
    yank(&in_folder(folder.path()), &name("a"), &version, None).unwrap();
    assert_eq!(contents(folder.path()), before);
}

#[test]
fn yanking_what_is_not_there_says_what_is() {
    let (folder, _) = registry();
    let check = |template: &str, version: &str, message: &str, hint: &str| {
        let error = yank(
            &in_folder(folder.path()),
            &name(template),
            &version.parse().unwrap(),
            Some(""),
        )
        .unwrap_err();
        assert_eq!(
            error
                .message()
                .replace(&folder.path().display().to_string(), "DIR"),
            message
        );
        assert_eq!(error.next_steps(), [hint.into()]);
    };
    check(
        "aa",
        "1.0.0",
        "no template named `aa` in `DIR`",
        "a template with a similar name exists: `a`",
    );
    check(
        "a",
        "1.2.0",
        "`a` has no release 1.2.0 in `DIR`",
        "its newest releases are `1.1.0` and `1.0.0`",
    );
}

#[test]
fn the_catalog_speaks_for_the_newest_release() {
    let (folder, registry) = registry();
    publish_to(folder.path(), "a", "1.0.1", "fix\n").unwrap();
    let entry = &registry.catalog().unwrap().templates[&name("a")];
    assert_eq!(
        (entry.description.as_str(), entry.latest.clone()),
        ("About 1.1.0", Some("1.1.0".parse().unwrap()))
    );
}

#[test]
fn keys_of_a_later_agentpkg_survive() {
    let (folder, registry) = registry();
    let edit = |path: &str, from: &str, to: &str| {
        let path = folder.path().join(path);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{text}");
        fs::write(&path, text.replacen(from, to, 1)).unwrap();
    };
    edit(
        "index/a.json",
        "\"version\": \"1.0.0\",",
        "\"version\": \"1.0.0\", \"later\": {\"by\": \"b\"},",
    );
    edit(
        "catalog.json",
        "\"description\"",
        "\"owner\": \"us\", \"description\"",
    );
    publish_to(folder.path(), "a", "1.0.5", "two\n").unwrap();
    yank(
        &in_folder(folder.path()),
        &name("a"),
        &"1.0.0".parse().unwrap(),
        Some("old"),
    )
    .unwrap();
    let index = fs::read_to_string(folder.path().join("index/a.json")).unwrap();
    assert_eq!(index.matches("\"later\": {").count(), 1, "{index}");
    assert!(
        fs::read_to_string(folder.path().join("catalog.json"))
            .unwrap()
            .contains("\"owner\": \"us\"")
    );
    assert_eq!(
        registry.index(&name("a")).unwrap().unwrap().releases.len(),
        3
    );
}

#[test]
fn a_template_is_deprecated_as_a_whole_and_when_it_was_published_stays() {
    let (folder, registry) = registry();
    publish_to(folder.path(), "b", "1.0.0", "one\n").unwrap();
    let before = contents(folder.path());
    let deprecate = |by: &str| {
        Withdrawal::Deprecate(index::Deprecated {
            replacement: name(by),
            reason: None,
        })
    };
    for (by, message) in [
        ("a", "can't take its own place"),
        ("c", "no template named"),
    ] {
        let error = withdraw(&registry, &name("a"), &deprecate(by)).unwrap_err();
        assert!(error.message().contains(message), "{error:?}");
    }
    assert_eq!(contents(folder.path()), before);
    withdraw(&registry, &name("a"), &deprecate("b")).unwrap();
    let (tree, manifest) = source("a", "1.2.0", "two\n");
    publish(&registry, &tree, &manifest, 1_700_000_000, false).unwrap();
    publish(&registry, &tree, &manifest, 1_800_000_000, false).unwrap();
    let index = registry.index(&name("a")).unwrap().unwrap();
    assert!(index.releases.iter().all(|release| release.deprecated));
    assert_eq!(
        index.releases[2].released.as_deref(),
        Some("2023-11-14T22:13:20Z")
    );
    let catalog = registry.catalog().unwrap();
    assert_eq!(catalog.templates[&name("a")].deprecated, Some(name("b")));
    withdraw(&registry, &name("a"), &Withdrawal::Undeprecate).unwrap();
    let index = registry.index(&name("a")).unwrap().unwrap();
    assert!(!index.releases.iter().any(|release| release.deprecated));
}

#[test]
fn an_index_of_another_template_or_with_a_version_twice_is_damaged() {
    let (folder, registry) = registry();
    let path = folder.path().join("index/a.json");
    let text = fs::read_to_string(&path).unwrap();
    let check = |from: &str, to: &str, message: &str| {
        fs::write(&path, text.replace(from, to)).unwrap();
        let error = registry.index(&name("a")).unwrap_err();
        assert_eq!(
            error.message(),
            format!("`{}/index/a.json` {message}", folder.path().display())
        );
    };
    check("\"a\"", "\"b\"", "is the index of `b`");
    check("\"1.1.0\"", "\"1.0.0\"", "lists 1.0.0 twice");
    check(
        "\"format\": 1",
        "\"format\": 2",
        "has format 2; this agentpkg reads up to 1",
    );
}

#[test]
fn publishers_at_once_all_succeed() {
    let folder = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for number in 0..8 {
            let folder = folder.path();
            scope
                .spawn(move || publish_to(folder, "a", &format!("1.0.{number}"), "one\n").unwrap());
        }
    });
    let registry = in_folder(folder.path());
    let index = registry.index(&name("a")).unwrap().unwrap();
    assert_eq!(index.releases.len(), 8);
    for release in &index.releases {
        registry.artifact(release, &name("a")).unwrap();
    }
    assert_eq!(
        registry.catalog().unwrap().templates[&name("a")].latest,
        Some("1.0.7".parse().unwrap())
    );
}
