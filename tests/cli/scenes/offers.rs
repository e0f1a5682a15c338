//! What is offered can be had: each version that is named beside a command is what it brings.

use snapbox::str;
use support::{Files, Scene};

use super::templates::{REVIEWER, REVIEWER_LATER};

const NEEDS_1: Files = &[("template.toml", "[dependencies]\nmemory = \"^1\"\n")];
const NEEDS_2: Files = &[("template.toml", "[dependencies]\nmemory = \"^2\"\n")];
const NEEDS_AGENTPKG_99: Files = &[("template.toml", "agentpkg = \">=99\"\n")];

/// Publishes `base`, which needs `memory` ^1, and installs it; `memory` 2.0.0 comes out then.
fn a_dependency() -> Scene {
    Scene::new()
        .published("memory", "1.0.0", REVIEWER)
        .published("base", "1.0.0", NEEDS_1)
        .installed("base")
        .published("memory", "2.0.0", REVIEWER_LATER)
}

/// Runs each command that `status` has beside a version, and checks that it would bring just that.
/// Returns how many there are.
#[track_caller]
fn offers_that_work(scene: &Scene) -> usize {
    let mut count = 0;
    for line in scene.run("agentpkg status").stdout().lines() {
        let Some((what, command)) = line.split_once(": agentpkg ") else {
            continue;
        };
        let (_, version) = what.trim().split_once(' ').unwrap();
        let version = version.trim().split([' ', ',']).next().unwrap();
        scene
            .run(&format!("agentpkg {command} --dry-run"))
            .says(0, &[&format!("-> {version}")]);
        count += 1;
    }
    count
}

#[test]
fn a_dependency_that_is_held_back_is_said_to_be_without_a_command() {
    let scene = a_dependency();
    assert_eq!(offers_that_work(&scene), 0);
    scene.run("agentpkg status").prints(str![[r#"
base 1.0.0  (^1.0)
  latest      installed
  changed     nothing: every file is as it was installed
memory 1.0.0  (needed by another template)
  held back   2.0.0; `base` needs ^1
  changed     nothing: every file is as it was installed

"#]]);
    scene.run("agentpkg").prints(str![[r#"
2 templates installed here
  installed   base 1.0.0 (latest), memory 1.0.0 (2.0.0 is held back)
  registry    [SCENE]/registry

  next        agentpkg status
  all         agentpkg --help

"#]]);
    scene.run("agentpkg upgrade").prints(str![[r#"
nothing to do: everything is in place

"#]]);
    scene.run("agentpkg upgrade memory").prints(str![[r#"
nothing to do: everything is in place

"#]]);
}

#[test]
fn a_dependency_that_its_dependent_takes_along_is_said_to_come_with_it() {
    let scene = a_dependency().published("base", "1.1.0", NEEDS_2);
    assert_eq!(offers_that_work(&scene), 1);
    scene.run("agentpkg status").prints(str![[r#"
base 1.0.0  (^1.0)
  latest      1.1.0: agentpkg upgrade base
  changed     nothing: every file is as it was installed
memory 1.0.0  (needed by another template)
  held back   2.0.0; it comes with a newer `base`
  changed     nothing: every file is as it was installed

"#]]);
    scene
        .run("agentpkg upgrade base")
        .says(0, &["base 1.0.0 -> 1.1.0", "memory 1.0.0 -> 2.0.0"]);
}

#[test]
fn what_agentpkg_toml_and_a_dependent_both_name_moves_no_further_than_both_say() {
    let scene = a_dependency().installed("memory@^1");
    assert_eq!(offers_that_work(&scene), 0);
    scene.run("agentpkg status").prints(str![[r#"
base 1.0.0  (^1.0)
  latest      installed
  changed     nothing: every file is as it was installed
memory 1.0.0  (^1)
  held back   2.0.0; `base` needs ^1
  changed     nothing: every file is as it was installed

"#]]);
    // Nor does another command offer it when it is done.
    scene.run("agentpkg install").never("2.0.0");
    let scene = scene.published("memory", "1.1.0", REVIEWER_LATER);
    assert_eq!(offers_that_work(&scene), 1);
    scene.run("agentpkg upgrade").prints(str![[r#"
upgraded memory 1.0.0 -> 1.1.0
  changelog   memory 1.1.0
              - What changed
  updated     1 file: .claude/rules/memory/review.md
  context     always loaded: 3 lines

  commit      git add .claude agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
}

#[test]
fn a_release_for_a_later_agentpkg_is_no_offer() {
    let scene = Scene::new()
        .published("reviewer", "1.0.0", REVIEWER)
        .installed("reviewer")
        .published("reviewer", "1.1.0", NEEDS_AGENTPKG_99)
        .published("reviewer", "2.0.0", REVIEWER_LATER)
        .published("reviewer", "3.0.0", NEEDS_AGENTPKG_99);
    assert_eq!(offers_that_work(&scene), 1);
    scene.run("agentpkg status").prints(str![[r#"
reviewer 1.0.0  (^1.0)
  newer       2.0.0 is outside ^1.0: agentpkg upgrade reviewer@^2.0
  held back   3.0.0; it needs agentpkg >=99, and this is 0.1.0
  changed     nothing: every file is as it was installed

"#]]);
    scene.run("agentpkg").prints(str![[r#"
1 template installed here
  installed   reviewer 1.0.0 (2.0.0 is available, outside ^1.0)
  registry    [SCENE]/registry

  next        agentpkg status
  all         agentpkg --help

"#]]);
    scene.run("agentpkg install").prints(str![[r#"
nothing to do: everything is in place
  newer       reviewer 2.0.0 is outside what `agentpkg.toml` admits
  to take it  agentpkg upgrade reviewer@^2.0

"#]]);
}

#[test]
fn a_dependency_of_a_template_that_the_registry_lost_is_not_offered() {
    let scene = a_dependency().deleted("../registry/index/base.json");
    assert_eq!(offers_that_work(&scene), 0);
    scene.run("agentpkg status").never("2.0.0: ");
}

#[test]
fn what_nothing_asks_for_is_not_offered() {
    let scene = a_dependency();
    let scene = scene.replaced("agentpkg.toml", "base = \"^1.0\"\n", "");
    assert_eq!(offers_that_work(&scene), 0);
}

#[test]
fn a_pre_release_is_offered_to_who_has_one() {
    let scene = Scene::new()
        .published("pre", "1.0.0", REVIEWER)
        .published("pre", "1.1.0-rc.1", REVIEWER)
        .published("pre", "2.0.0-rc.1", REVIEWER)
        .installed("pre");
    assert_eq!(offers_that_work(&scene), 0);
    scene.run("agentpkg status").never("rc.");
    scene.run("agentpkg").never("rc.");
    scene.run("agentpkg upgrade").never("rc.");
    // Nor where the release that is installed was withdrawn.
    scene
        .run("agentpkg yank pre@1.0.0 --reason 'it is slow' --registry ../registry")
        .says(0, &["no release is left"]);
    assert_eq!(offers_that_work(&scene), 0);
    scene.run("agentpkg status").never("rc.");
    // Who asked for one gets the next one, and what it precedes.
    scene.run("agentpkg upgrade pre@1.1.0-rc.1").succeeds();
    let scene = scene.replaced("agentpkg.toml", "=1.1.0-rc.1", "^1.1.0-rc.1");
    let scene = scene.published("pre", "1.1.0-rc.2", REVIEWER_LATER);
    assert_eq!(offers_that_work(&scene), 2);
    scene.run("agentpkg status").prints(str![[r#"
pre 1.1.0-rc.1  (^1.1.0-rc.1)
  latest      1.1.0-rc.2: agentpkg upgrade pre
  newer       2.0.0-rc.1 is outside ^1.1.0-rc.1: agentpkg upgrade pre@^2.0.0-rc.1
  changed     nothing: every file is as it was installed

"#]]);
}

#[test]
fn a_template_with_pre_releases_alone_is_found_and_not_offered() {
    let manifest: Files = &[("template.toml", "recommended = true\n")];
    let scene = Scene::new().published("early", "1.0.0-rc.1", manifest);
    scene.run("agentpkg search").prints(str![[r#"
  registry    [SCENE]/registry, named by `AGENTPKG_REGISTRY`
early  What early is for (only as a pre-release: 1.0.0-rc.1)

"#]]);
    scene.run("agentpkg info early").prints(str![[r#"
early 1.0.0-rc.1  What early is for
  early       a pre-release: it is installed by naming its version
  registry    [SCENE]/registry, named by `AGENTPKG_REGISTRY`
  releases    1.0.0-rc.1

  # early

"#]]);
    scene.run("agentpkg").prints(str![[r#"
no template is installed here
  registry    [SCENE]/registry, named by `AGENTPKG_REGISTRY`

  next        agentpkg search
  all         agentpkg --help

"#]]);
    scene
        .run("agentpkg search --json")
        .shows("\"latest\": null");
}

#[test]
fn a_name_and_a_version_are_understood_as_people_type_them() {
    let scene = Scene::new()
        .published("base", "1.0.0", REVIEWER)
        .published("base", "1.1.0", REVIEWER_LATER)
        .published("base", "2.0.0", REVIEWER)
        .published("base", "3.0.0-rc.1", REVIEWER_LATER);
    for (typed, installed, written) in [
        ("install base@v1.0.0", "1.0.0", "=1.0.0"),
        ("upgrade Base@V1.1.0", "1.1.0", "=1.1.0"),
        ("upgrade base@v1", "1.1.0", "^1"),
        ("upgrade 'base@ 1.0'", "1.1.0", "^1.0"),
        ("upgrade base@latest", "2.0.0", "^2.0"),
        ("install base@1.x", "1.1.0", "1.*"),
        ("install BASE@LATEST", "2.0.0", "^2.0"),
    ] {
        scene.run(&format!("agentpkg {typed}")).succeeds();
        scene
            .run("agentpkg status")
            .shows(&format!("base {installed}  ({written})\n"));
        let manifest = scene.text("agentpkg.toml");
        assert!(
            manifest.contains(&format!("base = \"{written}\"")),
            "{manifest}"
        );
    }
    for command in [
        "info Base",
        "diff Base",
        "yank Base@v1.1.0 --reason 'it is slow' --registry ../registry",
        "remove Base",
    ] {
        scene.run(&format!("agentpkg {command}")).succeeds();
    }
}

#[test]
fn latest_is_the_newest_release_and_nothing_less() {
    let scene = a_dependency();
    // What a dependent forbids is no reason to take an earlier one.
    scene.run("agentpkg install memory@latest").prints(str![[r#"
(standard error)
error: no releases of `base` and `memory` fit together
  caused by: this repo wants `base` ^1.0
  caused by: this repo wants `memory` =2.0.0
  caused by: `base` 1.0.0 needs `memory` ^1
hint: ask for another version of one of `base` and `memory` in `agentpkg.toml`
(exit code 2)

"#]]);
    scene
        .run("agentpkg install Nowhere@latest")
        .prints(str![[r#"
(standard error)
error: no template named `nowhere` in `[SCENE]/registry`
hint: list the templates there are: agentpkg search
(exit code 2)

"#]]);
    let scene = scene.published("early", "1.0.0-rc.1", REVIEWER);
    scene.run("agentpkg install early@latest").prints(str![[r#"
(standard error)
error: no release of `early` is latest: only pre-releases are published
hint: name one: agentpkg install early@1.0.0-rc.1
(exit code 2)

"#]]);
    scene.run("agentpkg install early@V1.0.0-rc.1").succeeds();
}

#[test]
fn what_agentpkg_toml_asks_for_is_corrected_where_it_stands() {
    let scene = Scene::new()
        .published("base", "1.0.0", REVIEWER)
        .installed("base");
    let status_with = |wrong: &str| {
        scene.write("agentpkg.toml", format!("[templates]\nbase = {wrong}\n"));
        scene.run("agentpkg status")
    };
    status_with("\"latest\"").prints(str![[r#"
(standard error)
error: `agentpkg.toml` line 2: `latest` is not a version requirement: unexpected character 'l' while
  parsing major version number
hint: write which versions will do, like `^1.2`; `agentpkg install NAME@latest` writes the newest
(exit code 2)

"#]]);
    status_with("\"v1\"").prints(str![[r#"
(standard error)
error: `agentpkg.toml` line 2: `v1` is not a version requirement: unexpected character 'v' while
  parsing major version number
hint: write `^1`
(exit code 2)

"#]]);
    status_with("{ version = \"v1.0\" }").prints(str![[r#"
(standard error)
error: `agentpkg.toml` line 2: `v1.0` is not a version requirement: unexpected character 'v' while
  parsing major version number
hint: write `^1.0`
(exit code 2)

"#]]);
    status_with("1").prints(str![[r#"
(standard error)
error: `agentpkg.toml` line 2: invalid type: integer `1`, expected a requirement like "^1.2", or {
  version = "^1.2", registry = "lab" }
(exit code 2)

"#]]);
}
