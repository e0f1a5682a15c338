//! `search` and `info`.

use snapbox::str;
use support::Scene;

use super::templates::{GUARDS, REVIEWER, REVIEWER_LATER, guards};

#[test]
fn search_lists_what_a_registry_has_and_what_it_recommends_first() {
    let scene = guards().published("aaa", "1.0.0", REVIEWER);
    scene.run("agentpkg search").prints(str![[r#"
  registry    [SCENE]/registry, named by `AGENTPKG_REGISTRY`
guards 1.0.0  What guards is for (recommended)
aaa 1.0.0  What aaa is for

  more        agentpkg info guards
  add         agentpkg install guards

"#]]);
    scene
        .run("agentpkg search SECURITY guards")
        .prints(str![[r#"
  registry    [SCENE]/registry, named by `AGENTPKG_REGISTRY`
guards 1.0.0  What guards is for (recommended)

  more        agentpkg info guards
  add         agentpkg install guards

"#]]);
    scene.run("agentpkg search knitting").prints(str![[r#"
  registry    [SCENE]/registry, named by `AGENTPKG_REGISTRY`
no template matches; the registry has 2 templates

"#]]);
}

#[test]
fn search_in_the_embedded_registry() {
    Scene::new().run("agentpkg search").prints(str![[r#"
  registry    embedded: agentpkg's own starter templates; `--registry DIR` names your own
org-baseline 1.6.0  Rules, guards and permissions that every repository starts from (recommended)
rust-service 1.3.0  Rules, a formatter, a gate and a release check for services written in Rust
team-memory 1.2.0  A memory that a team shares: conventions, decisions with their why, gotchas and
  vocabulary, as files of the repository

  more        agentpkg info org-baseline
  add         agentpkg install org-baseline

"#]]);
}

#[test]
fn info_tells_what_a_template_brings_and_asks() {
    let scene = guards().published("reviewer", "1.0.0", REVIEWER);
    let mut later = GUARDS.to_vec();
    later.retain(|(path, _)| *path != "template.toml");
    let manifest = GUARDS[0].1.replace(
        "[permissions]",
        "[dependencies]\nreviewer = \"^1\"\n\n[permissions]",
    );
    later.push(("template.toml", &manifest));
    let scene =
        scene
            .published("guards", "1.1.0", &later)
            .published("guards", "2.0.0-rc.1", GUARDS);
    scene.run("agentpkg info guards").prints(str![[r#"
guards 1.1.0  What guards is for
  registry    [SCENE]/registry, named by `AGENTPKG_REGISTRY`
  license     MIT
  contact     #agent-platform
  needs       reviewer ^1
  asks        team: Which team owns this repository? (text)
  asks        level: How strict should the guards be? (low | high)
  runs        hooks/guard.sh on before-tool for Bash
  server      docs: docs-mcp
  denies      Read(.env)
  asks for    Bash(git push *)
  releases    2.0.0-rc.1, 1.1.0, 1.0.0

  # guards

  add         agentpkg install guards

"#]]);
}

#[test]
fn info_shows_a_yanked_release_as_such() {
    let scene = Scene::new()
        .published("reviewer", "1.0.0", REVIEWER)
        .published("reviewer", "1.1.0", REVIEWER_LATER);
    scene
        .run("agentpkg yank reviewer@1.1.0 --reason 'it forgets the names' --registry ../registry")
        .succeeds();
    scene.run("agentpkg info reviewer").prints(str![[r#"
reviewer 1.0.0  What reviewer is for
  registry    [SCENE]/registry, named by `AGENTPKG_REGISTRY`
  releases    1.1.0 (yanked), 1.0.0

  # reviewer

  add         agentpkg install reviewer

"#]]);
    scene
        .run("agentpkg yank reviewer@1.0.0 --reason 'so does this' --registry ../registry")
        .succeeds();
    scene.run("agentpkg info reviewer").prints(str![[r#"
reviewer 1.1.0  What reviewer is for
  registry    [SCENE]/registry, named by `AGENTPKG_REGISTRY`
  releases    1.1.0 (yanked), 1.0.0 (yanked)

  # reviewer

"#]]);
    scene.run("agentpkg search").prints(str![[r#"
  registry    [SCENE]/registry, named by `AGENTPKG_REGISTRY`
reviewer  What reviewer is for (no release is offered)

"#]]);
}

#[test]
fn info_of_an_unknown_template_names_the_nearest() {
    let scene = guards();
    scene.run("agentpkg info gaurds").prints(str![[r#"
(standard error)
error: no template named `gaurds` in `[SCENE]/registry`
hint: a template with a similar name exists: agentpkg info guards
(exit code 2)

"#]]);
    scene.run("agentpkg info knitting").prints(str![[r#"
(standard error)
error: no template named `knitting` in `[SCENE]/registry`
hint: list the templates there are: agentpkg search
(exit code 2)

"#]]);
}

#[test]
fn info_tells_what_an_answer_of_each_kind_has_to_be() {
    let questions = "[questions.a]\nask = \"A?\"\nkind = \"bool\"\n[questions.b]\nask = \"B?\"\nkind = \"list\"\npattern = \"^b\"\n";
    let scene = Scene::new().published(
        "asks",
        "1.0.0",
        &[("template.toml", questions), ("rules/a.md", "a\n")],
    );
    scene.run("agentpkg info asks").prints(str![[r#"
asks 1.0.0  What asks is for
  registry    [SCENE]/registry, named by `AGENTPKG_REGISTRY`
  asks        a: A? (true | false)
  asks        b: B? (a,b,c)
  releases    1.0.0

  # asks

  add         agentpkg install asks

"#]]);
    scene.run("agentpkg install asks").prints(str![[r#"
(standard error)
error: 2 questions have to be answered, and nobody can be asked here
  `a` of `asks`: A? (true | false)
  `b` of `asks`: B? (a,b,c; each matches `^b`)
note: nothing was changed
hint: agentpkg install asks --set a=… --set b=…
(exit code 2)

"#]]);
}
