//! A monorepo: several folders that each have their own agentpkg.toml and agentpkg.lock.

use snapbox::str;
use support::Scene;

use super::json::is_documented;
use super::templates::{REVIEWER, REVIEWER_LATER};

/// A repository whose root is no package, with `packages/api` and `packages/web`, which is behind.
fn monorepo() -> Scene {
    let scene = Scene::new()
        .published("reviewer", "1.0.0", REVIEWER)
        .installed("reviewer --repo packages/web")
        .published("reviewer", "1.1.0", REVIEWER_LATER)
        .installed("reviewer --repo packages/api");
    scene.git(&["add", "."]);
    scene
}

/// The same, where a package's files are missing.
fn with_missing_files() -> Scene {
    monorepo().deleted("packages/api/.claude")
}

#[test]
fn the_root_names_the_packages_below() {
    let scene = monorepo();
    scene.run("agentpkg").prints(str![[r#"
no template is installed here
  packages    2 below, each on its own: packages/api, packages/web
  registry    [SCENE]/registry, named by `AGENTPKG_REGISTRY`

  next        agentpkg status --all
  all         agentpkg --help

"#]]);
    scene.run("agentpkg status").prints(str![[r#"
nothing is installed here
  packages    2 below, each on its own: packages/api, packages/web

  all         agentpkg status --all
  one         agentpkg status --repo packages/api

"#]]);
    scene.run("agentpkg check").prints(str![[r#"
(standard error)
error: nothing is installed here; 2 packages below: packages/api, packages/web
hint: all of them: agentpkg check --all
hint: one of them: agentpkg check --repo packages/api
(exit code 2)

"#]]);
    // What it says is pasted, and does it.
    scene.run("agentpkg check --all").succeeds();
    scene.run("agentpkg check --repo packages/api").succeeds();
    scene.run("agentpkg status --repo packages/api").succeeds();
    // A folder in between is the repository's.
    let ran = scene.agentpkg_in("packages", &["status"]);
    ran.says(0, &["2 below"]);
}

#[test]
fn a_root_that_is_a_package_says_that_there_are_others() {
    let scene = monorepo().installed("reviewer");
    scene.git(&["add", "."]);
    scene.run("agentpkg").prints(str![[r#"
1 template installed here
  packages    2 below, each on its own: packages/api, packages/web
  installed   reviewer 1.1.0 (latest)
  registry    [SCENE]/registry

  next        agentpkg status
  all         agentpkg --help

"#]]);
    scene.run("agentpkg status").prints(str![[r#"
reviewer 1.1.0  (^1.1)
  latest      installed
  changed     nothing: every file is as it was installed
  packages    2 below, each on its own: packages/api, packages/web

  all         agentpkg status --all

"#]]);
    scene.run("agentpkg check").prints(str![[r#"
ok: 1 file checked
  packages    2 below, each on its own: packages/api, packages/web

  all         agentpkg check --all

"#]]);
    scene.run("agentpkg check --quiet").prints(str![[r#""#]]);
    scene.run("agentpkg check --all").prints(str![[r#"
.
ok: 1 file checked

packages/api
ok: 1 file checked

packages/web
ok: 1 file checked

"#]]);
}

#[test]
fn all_packages_are_done_each_by_itself() {
    let scene = with_missing_files();
    scene.run("agentpkg status --all").prints(str![[r#"
packages/api
reviewer 1.1.0  (^1.1)
  latest      installed
  missing     1 file: .claude/rules/reviewer/review.md

  next        agentpkg install --repo packages/api

packages/web
reviewer 1.0.0  (^1.0)
  latest      1.1.0: agentpkg upgrade reviewer --repo packages/web
  changed     nothing: every file is as it was installed

"#]]);
    scene.run("agentpkg check --all").prints(str![[r#"
packages/api
1 problem found in 1 file
  missing     `.claude/rules/reviewer/review.md`: it is not there

  next        agentpkg install --repo packages/api

packages/web
ok: 1 file checked
(exit code 1)

"#]]);
    scene.run("agentpkg check --all --quiet").prints(str![[r#"
packages/api
1 problem found in 1 file
  missing     `.claude/rules/reviewer/review.md`: it is not there

  next        agentpkg install --repo packages/api
(exit code 1)

"#]]);
    scene.run("agentpkg install --repo packages/api").succeeds();
    scene
        .run("agentpkg check --all --quiet")
        .prints(str![[r#""#]]);
    // From elsewhere, too.
    let ran = scene.agentpkg_in("..", &["check", "--all", "--repo", "repo"]);
    ran.says(0, &["repo/packages/api", "repo/packages/web"]);
}

#[test]
fn a_broken_package_does_not_hide_the_others() {
    let scene = monorepo()
        .edited("packages/api/agentpkg.lock", "format = 99\n")
        .deleted("packages/web/.claude");
    scene.run("agentpkg check --all").prints(str![[r#"
packages/api

packages/web
1 problem found in 1 file
  missing     `.claude/rules/reviewer/review.md`: it is not there

  next        agentpkg install --repo packages/web
(standard error)
error: `agentpkg.lock` has format 99; this agentpkg reads up to 3
note: nothing was changed
note: in `packages/api`
hint: update agentpkg
error: 1 of 2 packages can't be read: packages/api
(exit code 2)

"#]]);
    scene.run("agentpkg status --all").prints(str![[r#"
packages/api

packages/web
reviewer 1.0.0  (^1.0)
  latest      1.1.0: agentpkg upgrade reviewer --repo packages/web
  missing     1 file: .claude/rules/reviewer/review.md

  next        agentpkg install --repo packages/web
(standard error)
error: `agentpkg.lock` has format 99; this agentpkg reads up to 3
note: nothing was changed
note: in `packages/api`
hint: update agentpkg
error: 1 of 2 packages can't be read: packages/api
(exit code 2)

"#]]);
    scene
        .run("agentpkg check --all --quiet")
        .exits(2)
        .complains("packages/api");
}

#[test]
fn all_packages_as_json() {
    let scene = with_missing_files();
    is_documented("agentpkg check --all --json", &scene);
    scene
        .run("agentpkg check --all --json --quiet")
        .prints(str![[r#"
{
  "format": 1,
  "command": "check",
  "root": "[SCENE]/repo",
  "packages": [
    {
      "folder": "packages/api",
      "report": {
        "root": "[SCENE]/repo/packages/api",
        "ok": false,
        "checked": 1,
        "hooks": [],
        "failures": [
          {
            "rule": "missing",
            "severity": "error",
            "path": ".claude/rules/reviewer/review.md",
            "line": null,
            "message": "it is not there",
            "hint": "agentpkg install --repo packages/api"
          }
        ],
        "changed": [],
        "unasked": [],
        "in_review": null,
        "not_run": [],
        "hidden": []
      },
      "error": null
    },
    {
      "folder": "packages/web",
      "report": {
        "root": "[SCENE]/repo/packages/web",
        "ok": true,
        "checked": 1,
        "hooks": [],
        "failures": [],
        "changed": [],
        "unasked": [],
        "in_review": null,
        "not_run": [],
        "hidden": []
      },
      "error": null
    }
  ]
}
(exit code 1)

"#]]);
    let scene = scene.edited("packages/api/agentpkg.lock", "format = 99\n");
    let ran = scene.run("agentpkg status --all --json");
    ran.exits(2)
        .shows("\"report\": null")
        .shows("\"newer\": \"1.1.0\"");
}

#[test]
fn packages_are_what_git_has_and_does_not_ignore() {
    let scene = Scene::new()
        .published("reviewer", "1.0.0", REVIEWER)
        .edited(".gitignore", "/out\n");
    for folder in ["a", "b/c", "out/d", "node_modules/e", "f"] {
        scene.write(&format!("{folder}/agentpkg.toml"), "[templates]\n");
    }
    scene.git(&["add", "a"]);
    scene.git(&["init", "-q", "f"]);
    let names = |scene: &Scene| -> Vec<String> {
        let ran = scene.run("agentpkg status --all --json").stdout();
        let lines = ran
            .lines()
            .filter_map(|line| line.trim().strip_prefix("\"folder\": \""));
        lines
            .map(|line| line.trim_end_matches("\",").to_owned())
            .collect()
    };
    assert_eq!(names(&scene), ["a", "b/c"]);
    // Where there is no git, all folders are looked into but those that tools fill.
    let scene = scene.deleted(".git");
    assert_eq!(names(&scene), ["a", "b/c", "out/d"]);
}

#[test]
fn where_there_is_no_package_that_is_said() {
    let scene = Scene::new();
    scene.run("agentpkg check --all").prints(str![[r#"
(standard error)
error: there is no package in `[SCENE]/repo`: no folder has an
  `agentpkg.toml` or an `agentpkg.lock`
hint: agentpkg install NAME
(exit code 2)

"#]]);
    scene.run("agentpkg status --all --json").exits(2);
    scene.run("agentpkg status").never("below");
}

#[test]
fn no_registry_is_asked_by_a_check_of_all() {
    let scene = monorepo().deleted("../registry");
    scene.run("agentpkg check --all").succeeds();
}
