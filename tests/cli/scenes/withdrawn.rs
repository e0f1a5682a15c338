//! What was published and is offered no more: yanked, recalled, deprecated.

use snapbox::str;
use support::{Files, Scene};

const HOUSE: Files = &[("rules/a.md", "- one\n")];

fn scene() -> Scene {
    Scene::new()
        .published("house", "1.0.0", HOUSE)
        .published("other", "1.0.0", HOUSE)
        .installed("house")
}

fn recall(scene: &Scene, version: &str) {
    scene
        .run(&format!(
            "agentpkg yank house@{version} --security --reason 'a push got past it' --registry ../registry"
        ))
        .succeeds();
}

#[test]
fn a_recalled_release_is_neither_installed_nor_kept() {
    let scene = scene().published("house", "1.1.0", HOUSE);
    let before = scene.tree();
    scene
        .run("agentpkg yank house@1.0.0 --security --reason 'a push got past it' --registry ../registry")
        .prints(str![[r#"
recalled house 1.0.0: installs and `agentpkg audit` fail, with the reason
  reason      a push got past it
  use         1.1.0
  registry    [SCENE]/registry

  go back     agentpkg yank house@1.0.0 --registry ../registry --undo

"#]]);
    scene.run("agentpkg status").prints(str![[r#"
house 1.0.0  (^1.0)
  recalled    house 1.0.0: a push got past it
              fix it: agentpkg upgrade house
  latest      1.1.0: agentpkg upgrade house
  changed     nothing: every file is as it was installed

"#]]);
    scene.run("agentpkg").prints(str![[r#"
1 template installed here
  installed   house 1.0.0 (recalled)
  recalled    house 1.0.0: a push got past it
              fix it: agentpkg upgrade house
  registry    [SCENE]/registry

  next        agentpkg upgrade house
  all         agentpkg --help

"#]]);
    scene.run("agentpkg install other").prints(str![[r#"
(standard error)
error: `house` 1.0.0 was recalled: a push got past it
note: nothing was changed
hint: agentpkg upgrade house
(exit code 2)

"#]]);
    for typed in ["install", "install --dry-run", "install --locked"] {
        scene
            .run(&format!("agentpkg {typed}"))
            .says(2, &["`house` 1.0.0 was recalled: a push got past it"]);
    }
    support::assert_same(&before, &scene.tree(), "what is there");
    scene.run("agentpkg audit").prints(str![[r#"
1 problem; nothing here can run, reach out or widen what is allowed
  recalled    house 1.0.0: a push got past it
              fix it: agentpkg upgrade house
(exit code 1)

"#]]);
    // Another repository gets the other release, or is told why not.
    scene.run("git init -q ../new").succeeds();
    scene
        .run("cd ../new && agentpkg install house@=1.0.0")
        .says(2, &["1.0.0 was recalled: a push got past it"]);
    scene.run("agentpkg upgrade house").succeeds();
    scene.run("agentpkg audit").succeeds();
}

#[test]
fn where_nothing_else_is_offered_a_recalled_release_is_removed_and_an_earlier_one_is_gone_back_to()
{
    let scene = scene();
    recall(&scene, "1.0.0");
    scene.run("agentpkg install").says(
        2,
        &["no other release of it is offered", "agentpkg remove house"],
    );
    scene.run("agentpkg remove house").succeeds();
    let scene = Scene::new()
        .published("house", "0.9.0", HOUSE)
        .published("house", "1.0.0", HOUSE)
        .installed("house");
    recall(&scene, "1.0.0");
    scene
        .run("agentpkg install")
        .says(2, &["agentpkg upgrade house@^0.9"]);
    scene
        .run("agentpkg upgrade house@^0.9")
        .says(0, &["1.0.0 -> 0.9.0"]);
    scene
        .run("agentpkg yank house@1.0.0 --undo --registry ../registry")
        .says(0, &["house 1.0.0 is offered again"]);
    scene.run("agentpkg install house@^1").succeeds();
}

#[test]
fn a_yanked_release_is_kept_and_an_earlier_one_is_named() {
    let scene = Scene::new()
        .published("house", "1.0.0", HOUSE)
        .published("house", "1.1.0", HOUSE)
        .installed("house");
    scene
        .run("agentpkg yank house@1.1.0 --why 'it forgets the names' --registry ../registry")
        .says(0, &["yanked house 1.1.0: no new installs", "use 1.0.0"]);
    scene.run("agentpkg status").says(
        0,
        &[
            "yanked house 1.1.0: it forgets the names",
            "latest 1.0.0, an earlier one",
        ],
    );
    scene.run("agentpkg install").succeeds();
    scene.run("agentpkg audit").succeeds();
}

#[test]
fn a_deprecated_template_names_what_takes_its_place() {
    let scene = scene();
    scene
        .run("agentpkg yank house --replaced-by other --reason 'other has it all' --registry ../registry")
        .prints(str![[r#"
deprecated house: teams are told to use other
  reason      other has it all
  registry    [SCENE]/registry

  go back     agentpkg yank house --registry ../registry --undo

"#]]);
    scene.run("agentpkg status").prints(str![[r#"
house 1.0.0  (^1.0)
  deprecated  house: use other (other has it all)
              replace it: agentpkg install other && agentpkg remove house
  latest      installed
  changed     nothing: every file is as it was installed

"#]]);
    scene.run("agentpkg upgrade").says(
        0,
        &[
            "`house` is deprecated, use `other`: other has it all",
            "agentpkg install other && agentpkg remove house",
        ],
    );
    scene
        .run("agentpkg search")
        .says(0, &["house 1.0.0", "deprecated use other"]);
    scene
        .run("agentpkg info house")
        .says(0, &["deprecated use other: other has it all"]);
    scene.run("agentpkg audit").succeeds();
    scene
        .run("agentpkg install other && agentpkg remove house")
        .succeeds();
    for (typed, said) in [
        ("house --replaced-by nothing", "no template named `nothing`"),
        ("house --replaced-by house", "can't take its own place"),
        (
            "house@1.0.0 --replaced-by other",
            "a template is replaced as a whole",
        ),
        (
            "house --reason x",
            "it is not said which release of `house` is meant",
        ),
        ("house@1.0.0", "it is not said why"),
        ("house@1.0.0 --reason ' '", "the reason is empty"),
        (
            "house --security --replaced-by other",
            "cannot be used with",
        ),
    ] {
        scene
            .run(&format!("agentpkg yank {typed} --registry ../registry"))
            .says(2, &[said]);
    }
    scene
        .run("agentpkg yank house --undo --registry ../registry")
        .says(0, &["house is not deprecated any more"]);
}

#[test]
fn when_a_release_was_published_stays_what_it_was() {
    let scene = scene();
    let index = scene.text("../registry/index/house.json");
    assert!(
        index.contains("\"releaseTimestamp\": \"2026-07-10T00:00:00Z\""),
        "{index}"
    );
    scene
        .run("SOURCE_DATE_EPOCH=1800000000 agentpkg publish ../templates/house --registry ../registry")
        .says(0, &["published already"]);
    assert_eq!(scene.text("../registry/index/house.json"), index);
}

#[test]
fn a_recall_is_taken_back_by_nothing_but_undo_and_two_templates_replace_no_one_another() {
    let scene = scene();
    recall(&scene, "1.0.0");
    scene
        .run("agentpkg yank house@1.0.0 --reason typo --registry ../registry")
        .says(2, &["was recalled, and a yank would take that back"]);
    scene
        .run("agentpkg yank other --replaced-by house --registry ../registry")
        .says(2, &["no release of `house` is offered"]);
    for _ in 0..2 {
        scene
            .run("agentpkg yank house@1.0.0 --undo --registry ../registry")
            .succeeds();
    }
    scene
        .run("agentpkg yank house@1.0.0 --undo --registry ../registry")
        .says(0, &["nothing to do: house 1.0.0 was not withdrawn"]);
    scene
        .run("agentpkg yank house --undo --registry ../registry")
        .says(0, &["nothing to do: house was not deprecated"]);
    scene
        .run("agentpkg yank house --replaced-by other --registry ../registry")
        .says(
            0,
            &["go back agentpkg yank house --registry ../registry --undo"],
        );
    scene
        .run("agentpkg yank other --replaced-by house --registry ../registry")
        .says(
            2,
            &["`house` is deprecated itself: `other` takes its place"],
        );
}

#[test]
fn an_upgrade_keeps_the_last_release_that_was_yanked() {
    let scene = scene();
    scene
        .run("agentpkg yank house@1.0.0 --reason 'it is slow' --registry ../registry")
        .succeeds();
    scene
        .run("agentpkg upgrade")
        .says(0, &["`house` 1.0.0 was yanked: it is slow"]);
    recall(&scene, "1.0.0");
    scene
        .run("agentpkg upgrade")
        .says(2, &["`house` 1.0.0 was recalled", "agentpkg remove house"]);
}

const NEEDS: Files = &[
    ("template.toml", "[dependencies]\nbase = \"^1\"\n"),
    ("rules/a.md", "- one\n"),
];

#[test]
fn what_others_need_is_kept_where_it_was_yanked_and_left_with_them_where_it_was_recalled() {
    let scene = Scene::new()
        .published("base", "1.0.0", HOUSE)
        .published("base", "2.0.0", HOUSE)
        .published("house", "1.0.0", NEEDS)
        .installed("house");
    scene
        .run("agentpkg yank base@1.0.0 --reason 'it is slow' --registry ../registry")
        .succeeds();
    scene
        .run("agentpkg upgrade")
        .says(0, &["`base` 1.0.0 was yanked: it is slow"]);
    scene
        .run("agentpkg status")
        .says(0, &["latest no release is offered"]);
    scene
        .run("agentpkg yank base@1.0.0 --security --reason 'it leaks' --registry ../registry")
        .succeeds();
    for typed in ["upgrade", "install"] {
        scene.run(&format!("agentpkg {typed}")).says(
            2,
            &[
                "`base` 1.0.0 was recalled: it leaks",
                "agentpkg remove house",
            ],
        );
    }
    scene
        .run("agentpkg audit")
        .says(1, &["fix it: agentpkg remove house"]);
    scene.run("agentpkg remove house").succeeds();
}

#[test]
fn several_recalled_releases_are_left_by_one_command() {
    let scene = Scene::new()
        .published("box", "1.0.0", HOUSE)
        .published("tool", "1.0.0", HOUSE)
        .installed("box tool")
        .published("box", "2.0.0", HOUSE)
        .published("tool", "1.1.0", HOUSE);
    for name in ["box", "tool"] {
        scene
            .run(&format!(
                "agentpkg yank {name}@1.0.0 --security --reason 'it leaks' --registry ../registry"
            ))
            .succeeds();
    }
    scene.run("agentpkg install").says(
        2,
        &["2 releases were recalled", "agentpkg upgrade box@^2.0 tool"],
    );
    scene
        .run("agentpkg upgrade box@^2.0 tool")
        .says(0, &["box 1.0.0 -> 2.0.0", "tool 1.0.0 -> 1.1.0"]);
}

#[test]
fn a_pre_release_takes_the_place_of_no_release_unasked() {
    let scene = Scene::new()
        .published("pre", "1.0.0", HOUSE)
        .installed("pre")
        .published("pre", "1.1.0-beta.1", HOUSE);
    scene
        .run("agentpkg yank pre@1.0.0 --security --reason 'it leaks' --registry ../registry")
        .says(0, &["no release is left: publish one"]);
    scene
        .run("agentpkg status")
        .says(0, &["fix it: agentpkg remove pre", "no release is offered"]);
    // Who asks for it gets it.
    scene.run("agentpkg upgrade pre@^1.1.0-beta.1").succeeds();
}

#[test]
fn the_highest_version_has_no_next_one() {
    let scene = Scene::new().published("big", "18446744073709551615.0.0", HOUSE);
    let ran = scene
        .run("agentpkg publish ../templates/big --bump major --prepare --registry ../registry");
    ran.says(2, &["no major version follows 18446744073709551615.0.0"]);
}
