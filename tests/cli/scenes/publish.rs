//! `publish` and `yank`.

use snapbox::str;
use support::Scene;

use super::templates::{GUARDS, REVIEWER, REVIEWER_LATER, reviewer};

#[test]
fn publishing_makes_a_registry_of_a_new_folder() {
    let scene = Scene::new().source("guards", "1.0.0", GUARDS);
    scene
        .run("agentpkg publish ../templates/guards --registry ../registry --dry-run")
        .prints(str![[r#"
would publish guards 1.0.0 (nothing was changed)
  registry    [SCENE]/registry, a new registry
  files       9 files, packed to 825 bytes
  tree        sha256:e91fa513517c6cc917e4fef580cbc331168fa92e32967c88a9399a1e484f5939

  for teams   agentpkg install guards --registry [SCENE]/registry

"#]]);
    scene.absent("../registry");
    scene
        .run("agentpkg publish ../templates/guards --registry ../registry")
        .prints(str![[r#"
published guards 1.0.0
  registry    [SCENE]/registry, a new registry
  files       9 files, packed to 825 bytes
  tree        sha256:e91fa513517c6cc917e4fef580cbc331168fa92e32967c88a9399a1e484f5939

  for teams   agentpkg install guards --registry [SCENE]/registry

"#]]);
    scene.reads(
        "../registry/registry.json",
        str![[r#"
{
  "format": 1,
  "name": "registry"
}

"#]],
    );
    scene.reads(
        "../registry/catalog.json",
        str![[r##"
{
  "format": 1,
  "templates": {
    "guards": {
      "description": "What guards is for",
      "keywords": [
        "security"
      ],
      "latest": "1.0.0",
      "contact": "#agent-platform",
      "recommended": true
    }
  }
}

"##]],
    );
    scene.reads(
        "../registry/index/guards.json",
        str![[r#"
{
  "format": 1,
  "name": "guards",
  "releases": [
    {
      "version": "1.0.0",
      "tree": "sha256:e91fa513517c6cc917e4fef580cbc331168fa92e32967c88a9399a1e484f5939",
      "artifact": "sha256:942c175b89aac3e5d11e886a83d470fe7633410d50b55e2253f937ec1ef09c8b",
      "size": 825,
      "releaseTimestamp": "2026-07-10T00:00:00Z"
    }
  ]
}

"#]],
    );
    scene
        .run("agentpkg install guards --registry ../registry --set team=payments")
        .succeeds();
}

#[test]
fn publishing_the_same_again_is_success() {
    let scene = reviewer();
    scene
        .run("agentpkg publish ../templates/reviewer --registry ../registry")
        .prints(str![[r#"
reviewer 1.0.0 is published already, with the same contents
  registry    [SCENE]/registry
  files       4 files, packed to 302 bytes
  tree        sha256:6fb059d00fd0566d9cf0f926faaa2e42cb73a056837f152b92784c98efda8c04

  for teams   agentpkg install reviewer --registry [SCENE]/registry

"#]]);
    scene
        .run("agentpkg publish ../templates/reviewer --registry ../registry --dry-run")
        .prints(str![[r#"
reviewer 1.0.0 is published already, with the same contents
  registry    [SCENE]/registry
  files       4 files, packed to 302 bytes
  tree        sha256:6fb059d00fd0566d9cf0f926faaa2e42cb73a056837f152b92784c98efda8c04

  for teams   agentpkg install reviewer --registry [SCENE]/registry

"#]]);
}

#[test]
fn a_release_never_changes() {
    let scene = reviewer().source("reviewer", "1.0.0", REVIEWER_LATER);
    scene
        .run("agentpkg publish ../templates/reviewer --registry ../registry")
        .prints(str![[r#"
(standard error)
error: `reviewer` 1.0.0 is already published with different contents
hint: a release never changes; set `version = "1.0.1"` in `template.toml`
(exit code 2)

"#]]);
}

#[test]
fn publishing_from_the_templates_folder_shows_the_changes_on_request() {
    let scene = Scene::new().source("reviewer", "1.0.0", REVIEWER);
    scene
        .run("cd ../templates/reviewer && agentpkg publish --registry ../../registry --verbose")
        .prints(str![[r#"
published reviewer 1.0.0
  registry    [SCENE]/registry, a new registry
  files       4 files, packed to 302 bytes
  tree        sha256:6fb059d00fd0566d9cf0f926faaa2e42cb73a056837f152b92784c98efda8c04

  - What changed

  for teams   agentpkg install reviewer --registry [SCENE]/registry

"#]]);
}

#[test]
fn a_yanked_release_is_hidden_until_the_yank_is_undone() {
    let scene = reviewer().published("reviewer", "1.1.0", REVIEWER_LATER);
    scene
        .run("agentpkg yank reviewer@1.1.0 --reason 'it forgets the names' --registry ../registry")
        .prints(str![[r#"
yanked reviewer 1.1.0: no new installs
  reason      it forgets the names
  use         1.0.0
  registry    [SCENE]/registry

  go back     agentpkg yank reviewer@1.1.0 --registry ../registry --undo

"#]]);
    scene
        .run("agentpkg install reviewer --dry-run")
        .prints(str![[r#"
would have installed reviewer 1.0.0 (nothing was changed)
  added       1 file: .claude/rules/reviewer/review.md
  registry    [SCENE]/registry, named by `AGENTPKG_REGISTRY`
              `agentpkg.toml` names it as `[SCENE]/registry`: teammates
              need a folder of that name too
  agent       Claude Code (assumed: nothing here says which agent you use)
  context     always loaded: 2 lines

"#]]);
    scene
        .run("agentpkg yank reviewer@1.1.0 --undo --registry ../registry")
        .prints(str![[r#"
reviewer 1.1.0 is offered again
  registry    [SCENE]/registry

"#]]);
    scene
        .run("agentpkg install reviewer --dry-run")
        .prints(str![[r#"
would have installed reviewer 1.1.0 (nothing was changed)
  added       1 file: .claude/rules/reviewer/review.md
  registry    [SCENE]/registry, named by `AGENTPKG_REGISTRY`
              `agentpkg.toml` names it as `[SCENE]/registry`: teammates
              need a folder of that name too
  agent       Claude Code (assumed: nothing here says which agent you use)
  context     always loaded: 3 lines

"#]]);
}
