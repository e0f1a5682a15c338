//! Several registries, and templates that move from one to another.
//!
//! After each, a colleague's clone, which knows nothing but what git has, installs, upgrades and
//! checks.

use snapbox::str;
use support::Scene;

use super::templates::{REVIEWER, REVIEWER_LATER};

const TIDY: &[(&str, &str)] = &[("rules/tidy.md", "Leave it tidier.\n")];

/// `reviewer` 1.0.0 installed from `old`, and nothing in `new`.
fn installed() -> Scene {
    let scene = Scene::new().source("reviewer", "1.0.0", REVIEWER);
    scene.publish("reviewer", "old");
    scene.installed("reviewer --registry ../old")
}

/// Publishes to a registry beside the repo.
fn publish(scene: &Scene, registry: &str, name: &str, version: &str, files: support::Files) {
    scene.write_source(name, version, files);
    scene.publish(name, registry);
}

/// Checks that a clone, with nothing in its cache, can install, upgrade and check.
#[track_caller]
fn serves_a_colleague(scene: &Scene) {
    scene
        .run(
            "git add -A && git commit -qm all && rm -rf ../clone && git clone -q . ../clone && cd \
             ../clone && export XDG_CACHE_HOME=$PWD/../empty && agentpkg install --locked && agentpkg \
             upgrade && agentpkg check",
        )
        .succeeds();
}

#[test]
fn a_template_moves_as_it_is_with_the_default_registry() {
    let scene = installed().replaced("agentpkg.toml", "[templates]", "# ours\n[templates]");
    publish(&scene, "new", "reviewer", "1.0.0", REVIEWER);
    publish(&scene, "new", "reviewer", "1.1.0", REVIEWER_LATER);
    scene
        .run("agentpkg install reviewer --registry ../new")
        .prints(str![[r#"
moved reviewer to the registry `../new`
  registry    reviewer: `[SCENE]/old` -> `../new`
  recorded    `../new` as `[registries.default]` in `agentpkg.toml`
              `agentpkg.toml` names it as `[SCENE]/new`: teammates need a
              folder of that name too

  commit      git add agentpkg.toml
  go back     agentpkg undo

"#]]);
    scene.reads(
        "agentpkg.toml",
        str![[r#"
agentpkg = ">=0.1"
agents = ["claude"]

[registries.default]
url = "[SCENE]/new"

# ours
[templates]
reviewer = "^1.0"

"#]],
    );
    serves_a_colleague(&scene);
}

#[test]
fn what_is_not_there_as_it_is_does_not_move_unasked() {
    let scene = installed();
    publish(&scene, "new", "reviewer", "1.1.0", REVIEWER_LATER);
    let before = scene.tree();
    scene
        .run("agentpkg install reviewer --registry ../new")
        .prints(str![[r#"
(standard error)
error: `reviewer` 1.0.0 can't move to `../new` as it is: that version isn't there
note: nothing was changed
hint: move it and upgrade it: agentpkg upgrade reviewer --registry ../new
(exit code 2)

"#]]);
    assert_eq!(scene.tree(), before);
    // The same version with other contents is another release.
    publish(&scene, "fork", "reviewer", "1.0.0", REVIEWER_LATER);
    scene
        .run("agentpkg install reviewer --registry ../fork")
        .prints(str![[r#"
(standard error)
error: `reviewer` 1.0.0 can't move to `../fork` as it is: that version has other contents there
note: nothing was changed
hint: move it and upgrade it: agentpkg upgrade reviewer --registry ../fork
(exit code 2)

"#]]);
    scene
        .run("agentpkg install reviewer --registry ../nowhere")
        .prints(str![[r#"
(standard error)
error: there is no registry at `../nowhere`: it has no `registry.json`
hint: check its address; publishing makes one: `agentpkg publish TEMPLATE_DIR --registry ../nowhere`
(exit code 2)

"#]]);
    assert_eq!(scene.tree(), before);
    // The hint works.
    scene
        .run("agentpkg upgrade reviewer --registry ../new")
        .prints(str![[r#"
upgraded reviewer 1.0.0 -> 1.1.0
  changelog   reviewer 1.1.0
              - What changed
  updated     1 file: .claude/rules/reviewer/review.md
  registry    reviewer: `[SCENE]/old` -> `../new`
  recorded    `../new` as `[registries.default]` in `agentpkg.toml`
              `agentpkg.toml` names it as `[SCENE]/new`: teammates need a
              folder of that name too
  context     always loaded: 3 lines

  commit      git add .claude agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
    serves_a_colleague(&scene);
}

#[test]
fn a_version_that_is_asked_for_moves() {
    let scene = installed().replaced(
        ".claude/rules/reviewer/review.md",
        "tests first",
        "TESTS first",
    );
    publish(&scene, "new", "reviewer", "1.1.0", REVIEWER_LATER);
    scene
        .run("agentpkg install reviewer@^1.1 --registry ../new --dry-run")
        .prints(str![[r#"
would have upgraded reviewer 1.0.0 -> 1.1.0 (nothing was changed)
  changelog   reviewer 1.1.0
              - What changed
  merged      1 file, everything of yours kept: .claude/rules/reviewer/review.md
  registry    reviewer: `[SCENE]/old` -> `../new`
  recorded    `../new` as `[registries.default]` in `agentpkg.toml`
              `agentpkg.toml` names it as `[SCENE]/new`: teammates need a
              folder of that name too
  context     always loaded: 3 lines

"#]]);
    scene
        .run("agentpkg install reviewer@^1.1 --registry ../new")
        .prints(str![[r#"
upgraded reviewer 1.0.0 -> 1.1.0
  changelog   reviewer 1.1.0
              - What changed
  merged      1 file, everything of yours kept: .claude/rules/reviewer/review.md
  registry    reviewer: `[SCENE]/old` -> `../new`
  recorded    `../new` as `[registries.default]` in `agentpkg.toml`
              `agentpkg.toml` names it as `[SCENE]/new`: teammates need a
              folder of that name too
  context     always loaded: 3 lines

  commit      git add .claude agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
    scene.reads(
        ".claude/rules/reviewer/review.md",
        str![[r#"
---
excludeAgent: "coding-agent"
---

Look at the TESTS first.
Then at the names.
Then at the errors.

"#]],
    );
    serves_a_colleague(&scene);
}

#[test]
fn day_one_of_a_platform_team_is_from_the_embedded_registry_to_its_own() {
    let scene = Scene::new();
    let team = "--set team=payments --set 'domain=card payments' --set test_command=none";
    scene
        .run(&format!("agentpkg install org-baseline team-memory {team}"))
        .succeeds();
    let templates = concat!(env!("CARGO_MANIFEST_DIR"), "/templates");
    for template in ["org-baseline", "team-memory"] {
        let publish = format!("agentpkg publish '{templates}/{template}' --registry ../agents");
        scene.run(&publish).succeeds();
    }
    scene
        .run("agentpkg upgrade --registry ../agents")
        .prints(str![[r#"
moved org-baseline, team-memory to the registry `../agents`
  registry    org-baseline, team-memory: `embedded` -> `../agents`
  recorded    `../agents` as `[registries.default]` in `agentpkg.toml`
              `agentpkg.toml` names it as `[SCENE]/agents`: teammates need
              a folder of that name too

  commit      git add agentpkg.toml
  go back     agentpkg undo

"#]]);
    serves_a_colleague(&scene);
    scene.run("agentpkg upgrade").prints(str![[r#"
nothing to do: everything is in place

"#]]);
    // And back: what agentpkg itself brings is a registry like any other.
    scene
        .run("agentpkg install team-memory --registry embedded")
        .prints(str![[r#"
moved team-memory to the registry `embedded`
  registry    team-memory: `[SCENE]/agents` -> `embedded`
  recorded    `embedded` as `[registries.embedded]` in `agentpkg.toml`

  commit      git add agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
    scene.reads(
        "agentpkg.toml",
        str![[r#"
agentpkg = ">=0.1"
agents = ["claude"]

[registries.default]
url = "[SCENE]/agents"

[registries.embedded]
url = "embedded"

[templates]
org-baseline = "^1.6"
team-memory = { version = "^1.2", registry = "embedded" }

[answers]
team = "payments"
domain = "card payments"
build_command = "none"
test_command = "none"
lint_command = "none"

"#]],
    );
    serves_a_colleague(&scene);
}

#[test]
fn upgrade_moves_everything_that_the_default_registry_serves() {
    let scene = installed();
    publish(&scene, "old", "tidy", "1.0.0", TIDY);
    let scene = scene.installed("tidy");
    publish(&scene, "new", "reviewer", "1.1.0", REVIEWER_LATER);
    scene
        .run("agentpkg upgrade --registry ../new")
        .prints(str![[r#"
(standard error)
error: `../new` has no `tidy`
note: nothing was changed
hint: move what it has: agentpkg upgrade reviewer --registry ../new
(exit code 2)

"#]]);
    // The old registry is gone, and an edit is merged all the same.
    scene.run("git add -A && git commit -qm all").succeeds();
    publish(&scene, "new", "tidy", "1.0.0", TIDY);
    let scene = scene
        .replaced(
            ".claude/rules/reviewer/review.md",
            "tests first",
            "tests twice",
        )
        .deleted("../old");
    scene
        .run("agentpkg upgrade --registry ../new")
        .prints(str![[r#"
upgraded reviewer 1.0.0 -> 1.1.0
  changelog   reviewer 1.1.0
              - What changed
  merged      1 file, everything of yours kept: .claude/rules/reviewer/review.md
  registry    reviewer, tidy: `[SCENE]/old` -> `../new`
  recorded    `../new` as `[registries.default]` in `agentpkg.toml`
              `agentpkg.toml` names it as `[SCENE]/new`: teammates need a
              folder of that name too
  context     always loaded: 4 lines

  commit      git add .claude agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
    scene.reads(
        "agentpkg.toml",
        str![[r#"
agentpkg = ">=0.1"
agents = ["claude"]

[registries.default]
url = "[SCENE]/new"

[templates]
reviewer = "^1.0"
tidy = "^1.0"

"#]],
    );
    serves_a_colleague(&scene);
}

#[test]
fn what_moves_gets_a_registry_of_its_own_where_others_stay() {
    let scene = installed();
    publish(&scene, "old", "tidy", "1.0.0", TIDY);
    let scene = scene.installed("tidy");
    publish(&scene, "new", "reviewer", "1.0.0", REVIEWER);
    publish(&scene, "new", "reviewer", "1.1.0", REVIEWER_LATER);
    scene
        .run("agentpkg install reviewer --registry ../new")
        .prints(str![[r#"
moved reviewer to the registry `../new`
  registry    reviewer: `[SCENE]/old` -> `../new`
  recorded    `../new` as `[registries.new]` in `agentpkg.toml`
              `agentpkg.toml` names it as `[SCENE]/new`: teammates need a
              folder of that name too

  commit      git add agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
    scene.reads(
        "agentpkg.toml",
        str![[r#"
agentpkg = ">=0.1"
agents = ["claude"]

[registries.default]
url = "[SCENE]/old"

[registries.new]
url = "[SCENE]/new"

[templates]
reviewer = { version = "^1.0", registry = "new" }
tidy = "^1.0"

"#]],
    );
    serves_a_colleague(&scene);
    // Back again, by the name that agentpkg.toml has for it.
    scene
        .run("agentpkg upgrade reviewer --registry default")
        .prints(str![[r#"
moved reviewer to the registry `[SCENE]/old`
  registry    reviewer: `[SCENE]/new` ->
              `[SCENE]/old`

  commit      git add agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
    scene.reads(
        "agentpkg.toml",
        str![[r#"
agentpkg = ">=0.1"
agents = ["claude"]

[registries.default]
url = "[SCENE]/old"

[registries.new]
url = "[SCENE]/new"

[templates]
reviewer = "^1.0"
tidy = "^1.0"

"#]],
    );
    serves_a_colleague(&scene);
    scene
        .run("agentpkg upgrade reviewer --registry new")
        .prints(str![[r#"
upgraded reviewer 1.0.0 -> 1.1.0
  changelog   reviewer 1.1.0
              - What changed
  updated     1 file: .claude/rules/reviewer/review.md
  registry    reviewer: `[SCENE]/old` ->
              `[SCENE]/new`
  context     always loaded: 4 lines

  commit      git add .claude agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
    serves_a_colleague(&scene);
    scene
        .run("agentpkg upgrade --registry new")
        .prints(str![[r#"
(standard error)
error: name the templates that are to come from `[SCENE]/new`
note: nothing was changed
hint: agentpkg upgrade tidy --registry new
(exit code 2)

"#]]);
}

#[test]
fn a_new_template_adds_its_registry_under_a_name() {
    let scene = installed();
    publish(&scene, "new", "tidy", "1.0.0", TIDY);
    scene
        .run("agentpkg install tidy --registry ../new")
        .prints(str![[r#"
installed tidy 1.0.0
  added       1 file: .claude/rules/tidy/tidy.md
  recorded    `../new` as `[registries.new]` in `agentpkg.toml`
              `agentpkg.toml` names it as `[SCENE]/new`: teammates need a
              folder of that name too
  context     always loaded: 3 lines

  commit      git add .claude agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
    scene.reads(
        "agentpkg.toml",
        str![[r#"
agentpkg = ">=0.1"
agents = ["claude"]

[registries.default]
url = "[SCENE]/old"

[registries.new]
url = "[SCENE]/new"

[templates]
reviewer = "^1.0"
tidy = { version = "^1.0", registry = "new" }

"#]],
    );
    serves_a_colleague(&scene);
    publish(&scene, "new", "third", "1.0.0", TIDY);
    scene.run("agentpkg search").prints(str![[r#"
  registry    [SCENE]/old
reviewer 1.0.0  What reviewer is for
  registry    new: [SCENE]/new
third 1.0.0  What third is for
tidy 1.0.0  What tidy is for

  more        agentpkg info reviewer
  add         agentpkg install reviewer
  more        agentpkg info third --registry new
  add         agentpkg install third --registry new

"#]]);
    scene.run("agentpkg search third").prints(str![[r#"
  registry    [SCENE]/old
no template matches; the registry has 1 template
  registry    new: [SCENE]/new
third 1.0.0  What third is for

  more        agentpkg info third --registry new
  add         agentpkg install third --registry new

"#]]);
    scene.run("agentpkg install third").prints(str![[r#"
(standard error)
error: no template named `third` in `[SCENE]/old`
hint: another registry has it: agentpkg install third --registry new
(exit code 2)

"#]]);
    scene
        .run("agentpkg info third --registry new | head -2")
        .prints(str![[r#"
third 1.0.0  What third is for
  registry    [SCENE]/new

"#]]);
    scene
        .run("agentpkg install third --registry new")
        .prints(str![[r#"
installed third 1.0.0
  added       1 file: .claude/rules/third/tidy.md
  context     always loaded: 4 lines

  commit      git add .claude agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
    scene.reads(
        "agentpkg.toml",
        str![[r#"
agentpkg = ">=0.1"
agents = ["claude"]

[registries.default]
url = "[SCENE]/old"

[registries.new]
url = "[SCENE]/new"

[templates]
reviewer = "^1.0"
tidy = { version = "^1.0", registry = "new" }
third = { version = "^1.0", registry = "new" }

"#]],
    );
    serves_a_colleague(&scene);
    // A registry that can't be read hides no other one.
    let scene = scene.deleted("../new");
    scene.run("agentpkg search reviewer").prints(str![[r#"
  registry    [SCENE]/old
reviewer 1.0.0  What reviewer is for
  registry    new: [SCENE]/new
  problem     there is no registry at `[SCENE]/new`: it has no
              `registry.json`

  more        agentpkg info reviewer
  add         agentpkg install reviewer

"#]]);
}

#[test]
fn what_a_template_needs_moves_along() {
    let needs = [
        ("template.toml", "[dependencies]\ntidy = \"1\"\n"),
        ("rules/a.md", "a\n"),
    ];
    let scene = Scene::new();
    publish(&scene, "old", "tidy", "1.0.0", TIDY);
    publish(&scene, "old", "house", "1.0.0", &needs);
    let scene = scene.installed("house --registry ../old");
    publish(&scene, "new", "house", "1.0.0", &needs);
    publish(&scene, "new", "tidy", "1.1.0", TIDY);
    scene
        .run("agentpkg install house --registry ../new")
        .prints(str![[r#"
(standard error)
error: `tidy` 1.0.0 can't move to `../new` as it is: that version isn't there
note: nothing was changed
hint: move it and upgrade it: agentpkg upgrade house --registry ../new
(exit code 2)

"#]]);
    publish(&scene, "new", "tidy", "1.0.0", TIDY);
    scene
        .run("agentpkg install house --registry ../new")
        .prints(str![[r#"
moved house, tidy to the registry `../new`
  registry    house, tidy: `[SCENE]/old` -> `../new`
  recorded    `../new` as `[registries.default]` in `agentpkg.toml`
              `agentpkg.toml` names it as `[SCENE]/new`: teammates need a
              folder of that name too

  commit      git add agentpkg.toml
  go back     agentpkg undo

"#]]);
    serves_a_colleague(&scene);
}

#[test]
fn a_version_with_other_contents_moves_by_an_upgrade() {
    let scene = installed();
    publish(&scene, "fork", "reviewer", "1.0.0", REVIEWER_LATER);
    scene
        .run("agentpkg upgrade --registry ../fork")
        .prints(str![[r#"
moved reviewer to the registry `../fork`
  updated     1 file: .claude/rules/reviewer/review.md
  registry    reviewer: `[SCENE]/old` -> `../fork`
  recorded    `../fork` as `[registries.default]` in `agentpkg.toml`
              `agentpkg.toml` names it as `[SCENE]/fork`: teammates need a
              folder of that name too

  commit      git add .claude agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
    scene.reads(
        ".claude/rules/reviewer/review.md",
        str![[r#"
---
excludeAgent: "coding-agent"
---

Look at the tests first.
Then at the names.
Then at the errors.

"#]],
    );
    serves_a_colleague(&scene);
    scene.run("agentpkg undo").succeeds();
    scene.reads(
        "agentpkg.toml",
        str![[r#"
agentpkg = ">=0.1"
agents = ["claude"]

[registries.default]
url = "[SCENE]/old"

[templates]
reviewer = "^1.0"

"#]],
    );
}

#[test]
fn what_comes_from_a_second_registry_moves_to_the_default_one() {
    let scene = installed();
    publish(&scene, "lab", "tidy", "1.0.0", TIDY);
    let scene = scene.installed("tidy --registry ../lab");
    // A name of agentpkg.toml may be published to.
    scene
        .run("agentpkg publish ../templates/tidy --registry default")
        .succeeds();
    scene
        .run("agentpkg install tidy --registry ../old")
        .prints(str![[r#"
moved tidy to the registry `../old`
  registry    tidy: `[SCENE]/lab` -> `../old`

  commit      git add agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
    scene.reads(
        "agentpkg.toml",
        str![[r#"
agentpkg = ">=0.1"
agents = ["claude"]

[registries.default]
url = "[SCENE]/old"

[registries.lab]
url = "[SCENE]/lab"

[templates]
reviewer = "^1.0"
tidy = "^1.0"

"#]],
    );
    serves_a_colleague(&scene);
}

#[test]
fn a_locked_install_takes_the_same_releases_from_a_mirror_and_writes_nothing() {
    let scene = installed();
    scene.run("cp -r ../old ../mirror").succeeds();
    publish(&scene, "other", "reviewer", "1.0.0", REVIEWER_LATER);
    let scene = scene
        .deleted("../old")
        .deleted(".claude/rules/reviewer/review.md");
    let locked = "agentpkg install --locked --registry";
    scene.run(&format!("{locked} ../other")).prints(str![[r#"
(standard error)
error: `reviewer` 1.0.0 in `[SCENE]/other` is not what `agentpkg.lock` was
  written for
  caused by: a release never changes; this one has other contents
note: nothing was changed
hint: ask whoever keeps the registry
(exit code 2)

"#]]);
    scene.run(&format!("{locked} ../mirror")).prints(str![[r#"
restored 1 missing file
  restored    1 file from the templates: .claude/rules/reviewer/review.md

  go back     agentpkg undo

"#]]);
    scene.reads(
        "agentpkg.toml",
        str![[r#"
agentpkg = ">=0.1"
agents = ["claude"]

[registries.default]
url = "[SCENE]/old"

[templates]
reviewer = "^1.0"

"#]],
    );
}

#[test]
fn a_lost_manifest_gets_its_default_registry_back() {
    let scene = installed().deleted("agentpkg.toml");
    scene
        .run("agentpkg install reviewer@^1.0 --registry ../old")
        .prints(str![[r#"
updated `agentpkg.toml`

  commit      git add agentpkg.toml
  go back     agentpkg undo

"#]]);
    scene.reads(
        "agentpkg.toml",
        str![[r#"
agentpkg = ">=0.1"
agents = ["claude"]

[registries.default]
url = "[SCENE]/old"

[templates]
reviewer = "^1.0"

"#]],
    );
}

#[test]
fn where_no_template_comes_from_the_default_registry_they_are_named() {
    let scene = installed();
    publish(&scene, "new", "reviewer", "1.0.0", REVIEWER);
    let lab = "[registries.lab]\nurl = \"../old\"\n[templates]\nreviewer = { version = \"1\", \
               registry = \"lab\" }\n";
    let scene = scene.edited("agentpkg.toml", lab).installed("");
    scene
        .run("agentpkg upgrade --registry ../new")
        .prints(str![[r#"
(standard error)
error: name the templates that are to come from `../new`
note: nothing was changed
hint: agentpkg upgrade reviewer --registry ../new
(exit code 2)

"#]]);
    // The hint works.
    scene
        .run("agentpkg upgrade reviewer --registry ../new")
        .prints(str![[r#"
moved reviewer to the registry `../new`
  registry    reviewer: `../old` -> `../new`
  recorded    `../new` as `[registries.new]` in `agentpkg.toml`
              `agentpkg.toml` names it as `[SCENE]/new`: teammates need a
              folder of that name too

  commit      git add agentpkg.lock agentpkg.toml
  go back     agentpkg undo

"#]]);
    serves_a_colleague(&scene);
}
